//! The truth of Vernis: SQLite or PostgreSQL, one statement text for both.
//!
//! [`Store::write`] takes a whole use case as one closure; [`Store::read`] gives a consistent
//! snapshot. What can be read and written is found as methods of [`ReadTx`] and [`WriteTx`], one
//! module per table family. Nothing outside this crate writes SQL.
//!
//! * Ground facts are append-only (triggers refuse anything else): purchases, lines, contact
//!   values, changes. A correction is a new row that names what it corrects.
//! * Personal values are sealed with the person's own key ([`keys`], `seal`); look-up goes by
//!   keyed blind indexes. Purchases stay plain.
//! * Every transaction leaves change records; the events of a commit go to `on_commit` before
//!   anybody is answered, and other processes follow the same records ([`follow`]).
//! * A base is opened only through its gates (`gates`): settings that could lose an
//!   acknowledged row are refused in one sentence.

mod access;
pub mod backup;
mod bulk_edits;
mod catalogue;
mod changes;
mod customers;
mod db;
mod dialect;
mod erasure;
mod error;
mod exports;
mod exposure;
mod fields;
pub mod follow;
mod gates;
mod groups;
mod halves;
mod idempotency;
mod imports;
mod journal;
mod key_check;
pub mod keys;
mod location;
mod lookup;
mod managers;
mod migrate;
mod notes;
pub mod public_id;
pub mod purchases;
mod reader;
mod reveals;
mod roles;
mod seal;
mod second_factor;
mod segments;
mod settings;
mod store;
mod timeline;
mod tx;
mod value;
mod verify;
mod writer;

pub use access::{ApiKey, NewApiKey, OpenLink, OpenSession, SessionUser, StaffUser};
pub use backup::{Restored, restore};
pub use bulk_edits::{BulkEdit, BulkStep, NewBulkEdit, bulk_state};
pub use customers::{
    BlockedContact, Decided, Decision, IdConflict, Merge, NewConflict, Origin, RecordedValue,
};
pub use erasure::note_erasures;
pub use error::StoreError;
pub use exports::{ExportRow, ExportStep, NewExport};
pub use exposure::Freeze;
pub use follow::{FeedPosition, Followed};
pub use groups::{Group, GroupKind, GroupPerson, GroupProfile};
pub use idempotency::{Kept, KeptReply};
pub use imports::{ImportChunk, ImportRecord, NewImport, RejectedRow};
pub use journal::{
    Actor, Anchored, JournalEntry, JournalHead, JournalPage, JournalPlace, JournalQuery, NewEntry,
    RESTORED as RESTORED_ACT, Subjects,
};
pub use keys::Keys;
pub use location::Location;
pub use lookup::Owner;
pub use migrate::SCHEMA_VERSION;
pub use notes::{NewNote, NoteRow};
pub use public_id::{Entity, PublicIds};
pub use purchases::{NewLine, NewPurchase, OperationKey, PurchaseRow, Recorded, Vat};
pub use roles::RoleRow;
pub use second_factor::TotpRow;
pub use segments::people::{SegmentPerson, Stands};
pub use segments::{SegmentDay, SegmentMove, SegmentRow, SegmentState, SegmentVersion};
pub use store::Store;
pub use timeline::MergeAct;
pub use tx::{ReadTx, WriteTx};
pub use verify::Finding;
pub use writer::{Clock, OnCommit};
