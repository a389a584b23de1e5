//! The snapshot file: the live base as raw columns, for a fast start. It is only a cache: checked
//! by length and digest, versioned, thrown away when in doubt.
//!
//! The bytes carry names and contacts in the clear: the caller seals them before they reach a disk.
//! Layout: magic, format version, feed position, shop and catalogue as JSON, shards, anonymous
//! blocks, then a trailer with the length of all before it and its BLAKE3 digest. Numbers are
//! little-endian.

mod read;
mod write;

pub use read::read_snapshot;
pub use write::write_snapshot;

/// First bytes of every snapshot.
const MAGIC: &[u8; 8] = b"VERNISLB";
/// Grows whenever the layout changes; other versions are not read.
const FORMAT: u32 = 5;

/// Where in the change feed the snapshot stands; the analytics do not interpret it.
pub type FeedPosition = (i64, i64);

/// Why a snapshot cannot be used. Every case means: rebuild from the database.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Reading or writing failed, or the file ends early.
    #[error("the snapshot cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// Not a snapshot, or one of another version.
    #[error("the snapshot is of another version")]
    Version,
    /// Length, digest or inner structure do not agree.
    #[error("the snapshot is damaged")]
    Damaged,
}
