//! The snapshot file: the live base on disk for a quick start, sealed in chunks. Only a cache:
//! whatever is wrong with it, the base is rebuilt from the truth.

use crate::refusal::Refusal;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use vernis_analytics::snapshot::{read_snapshot, write_snapshot};
use vernis_analytics::{LiveBase, Pool};
use vernis_store::{FeedPosition, Keys};

/// Name under which the chunks are sealed.
const FILE: &str = "live.snapshot";
/// Plain bytes sealed together.
const CHUNK: usize = 1 << 20;
/// Sealed bytes of a chunk at most: nonce and tag come on top.
const SEALED_MAX: usize = CHUNK + 64;
/// Chunks opened ahead of who reads them.
const CHUNKS_AHEAD: usize = 8;

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("live.snapshot")
}

/// Writes the snapshot beside the old one and puts it in its place.
///
/// # Errors
/// When the disk does not take it; the old file stays then.
pub(crate) fn write(
    data_dir: &Path,
    keys: &Keys,
    base: &LiveBase,
    position: FeedPosition,
) -> Result<(), Refusal> {
    let fresh = data_dir.join("live.snapshot.new");
    let written = File::create(&fresh).and_then(|file| {
        let mut sealed = SealedWriter {
            out: BufWriter::with_capacity(SEALED_MAX, file),
            keys,
            plain: Vec::with_capacity(CHUNK),
            number: 0,
        };
        sealed.write_all(&position.epoch.to_le_bytes())?;
        write_snapshot(base, (position.txid, position.seq), &mut sealed)
            .map_err(io::Error::other)?;
        sealed.seal()?;
        sealed.out.flush()?;
        std::fs::rename(&fresh, path(data_dir))
    });
    written.map_err(|error| {
        let _ = std::fs::remove_file(&fresh);
        Refusal::internal(error)
    })
}

/// Reads the snapshot, or `None` when there is none or anything about it is in doubt. One thread opens
/// the chunks while this one takes the base out of them.
pub(crate) fn read(data_dir: &Path, keys: &Keys, pool: Pool) -> Option<(LiveBase, FeedPosition)> {
    let file = File::open(path(data_dir)).ok()?;
    let ahead = file.try_clone().ok()?;
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(CHUNKS_AHEAD);
        std::thread::Builder::new()
            .name("vernis-snapshot".to_owned())
            .spawn_scoped(scope, move || open_chunks(file, keys, &sender))
            .ok()?;
        // The disk reads all of it ahead while the first chunks are opened; refused, it is only slower.
        let _ = rustix::fs::fadvise(&ahead, 0, None, rustix::fs::Advice::WillNeed);
        let mut opened = OpenedReader {
            chunks: receiver,
            plain: Vec::new(),
            at: 0,
        };
        let mut epoch = [0; 8];
        opened.read_exact(&mut epoch).ok()?;
        match read_snapshot(opened, pool) {
            Ok((base, (txid, seq))) => Some((
                base,
                FeedPosition {
                    epoch: i64::from_le_bytes(epoch),
                    txid,
                    seq,
                },
            )),
            Err(error) => {
                tracing::info!(%error, "the snapshot file is not used; rebuilding");
                None
            }
        }
    })
}

/// Seals what is written, a chunk at a time: length, then the sealed bytes.
struct SealedWriter<'a> {
    out: BufWriter<File>,
    keys: &'a Keys,
    plain: Vec<u8>,
    number: u64,
}

impl SealedWriter<'_> {
    fn seal(&mut self) -> io::Result<()> {
        if self.plain.is_empty() {
            return Ok(());
        }
        let sealed = self
            .keys
            .seal_chunk(FILE, self.number, &self.plain)
            .map_err(io::Error::other)?;
        self.number += 1;
        self.plain.clear();
        self.out.write_all(&(sealed.len() as u32).to_le_bytes())?;
        self.out.write_all(&sealed)
    }
}

impl Write for SealedWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(CHUNK - self.plain.len());
        self.plain.extend_from_slice(&bytes[..taken]);
        if self.plain.len() == CHUNK {
            self.seal()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens the chunks of a file one after the other, to its end or the first that cannot be opened, or
/// until nobody takes them.
fn open_chunks(file: File, keys: &Keys, opened: &SyncSender<io::Result<Vec<u8>>>) {
    let mut input = BufReader::with_capacity(SEALED_MAX, file);
    let mut sealed = Vec::new();
    for number in 0.. {
        let chunk = open_chunk(&mut input, keys, number, &mut sealed).transpose();
        let last = !matches!(chunk, Some(Ok(_)));
        let taken = chunk.is_none_or(|chunk| opened.send(chunk).is_ok());
        if last || !taken {
            return;
        }
    }
}

/// `None` at the end of the file.
fn open_chunk(
    input: &mut impl Read,
    keys: &Keys,
    number: u64,
    sealed: &mut Vec<u8>,
) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > SEALED_MAX {
        return Err(io::Error::other("a chunk that no snapshot has"));
    }
    sealed.resize(length, 0);
    input.read_exact(sealed)?;
    let plain = keys.open_chunk(FILE, number, sealed);
    plain.map(Some).map_err(io::Error::other)
}

/// What was opened, as one stream.
struct OpenedReader {
    chunks: Receiver<io::Result<Vec<u8>>>,
    plain: Vec<u8>,
    at: usize,
}

impl Read for OpenedReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at == self.plain.len() {
            match self.chunks.recv() {
                Ok(plain) => self.plain = plain?,
                Err(_) => return Ok(0),
            }
            self.at = 0;
        }
        let taken = out.len().min(self.plain.len() - self.at);
        out[..taken].copy_from_slice(&self.plain[self.at..self.at + taken]);
        self.at += taken;
        Ok(taken)
    }
}
