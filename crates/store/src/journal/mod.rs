//! The journal: who did what to whom, from where, when and why.
//!
//! An entry is written in the transaction of the act it tells of. It names rows by their ids, never a
//! personal value: an erasure has nothing to do here. Entries are append-only and chained in the order
//! of their commits by a sealer ([`chain`]); the head of the chain is kept outside the database
//! ([`anchors`]). See ADR 15.

pub(crate) mod anchors;
pub(crate) mod chain;
mod check;
mod read;
mod subjects;

pub use anchors::Anchored;
pub use chain::JournalHead;
pub use read::{JournalEntry, JournalPage, JournalPlace, JournalQuery};
pub use subjects::Subjects;

use crate::StoreError;
use crate::db::{Db, IdSource, ids_of};
use crate::dialect::{Insert, insert};
use crate::keys::Keys;
use crate::seal::Place;
use crate::tx::{ReadTx, WriteTx};
use chain::Content;
use vernis_domain::{Instant, UserId};

/// The act of bringing a backup back, which this crate journals itself.
pub const RESTORED: &str = "backup.restored";

static JOURNAL_IDS: IdSource = ids_of!("journal");

static ENTRY: Insert<11> = insert!("journal", key 0, [
    1 "id" Int, 2 "recorded_at" Int, 3 "act" Text, 4 "actor_kind" Text, 5 "actor_id" Int,
    6 "address" Text, 7 "agent" Text, 8 "subjects" Text, 9 "details" Text, 10 "reason" Bytes,
    11 "mark" Bytes
]);

static SUBJECT: Insert<3> =
    insert!("journal_subject", key 0, [1 "kind" Text, 2 "subject_id" Int, 3 "journal_id" Int]);

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A member of staff.
    Staff(UserId),
    /// A program with this API key.
    Key(i64),
    /// Somebody at the command line of the machine.
    Command,
    /// The program by itself.
    Program,
    /// Nobody who is known.
    Stranger,
}

impl Actor {
    /// The kind, as it stands on disk: never change one.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Staff(_) => "staff",
            Self::Key(_) => "key",
            Self::Command => "command",
            Self::Program => "program",
            Self::Stranger => "stranger",
        }
    }

    /// The row id, where there is a row.
    pub fn id(self) -> Option<i64> {
        match self {
            Self::Staff(user) => Some(user.0),
            Self::Key(id) => Some(id),
            _ => None,
        }
    }

    /// The actor of a kind and id.
    pub fn of(kind: &str, id: Option<i64>) -> Option<Actor> {
        Some(match (kind, id) {
            ("staff", Some(id)) => Self::Staff(UserId(id)),
            ("key", Some(id)) => Self::Key(id),
            ("command", _) => Self::Command,
            ("program", _) => Self::Program,
            ("stranger", _) => Self::Stranger,
            _ => return None,
        })
    }
}

/// An entry to be written.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Code of the act.
    pub act: String,
    /// Who.
    pub actor: Actor,
    /// Network address; empty where there is none.
    pub address: String,
    /// The browser or program as it names itself; empty where it does not.
    pub agent: String,
    /// Whose and which rows.
    pub subjects: Subjects,
    /// What else there is to say, as JSON; no personal value.
    pub details: String,
    /// Why, as a person typed it; kept sealed.
    pub reason: Option<String>,
    /// When, if not in this transaction.
    pub at: Option<Instant>,
}

impl WriteTx<'_> {
    /// Writes an entry of the journal, in the transaction of the act it tells of.
    pub fn journal(&mut self, entry: &NewEntry) -> Result<i64, StoreError> {
        let now = self.now();
        let keys = self.keys;
        write(self.db, keys, entry, now)
    }

    /// Takes a spool file into account; false when it has been already. The caller journals what is in
    /// it in the same transaction and then removes the file.
    pub fn take_spool(&mut self, id: &str) -> Result<bool, StoreError> {
        let rows = self.db.execute(
            "insert into journal_spool (id) values ($1) on conflict do nothing",
            &[id.into()],
        )?;
        Ok(rows > 0)
    }

    /// Forgets spool files that are removed.
    pub fn forget_spool(&mut self, id: &str) -> Result<(), StoreError> {
        self.db
            .execute("delete from journal_spool where id = $1", &[id.into()])?;
        Ok(())
    }
}

impl ReadTx<'_> {
    /// Whether what a spool file holds is in the journal.
    pub fn has_spool(&mut self, id: &str) -> Result<bool, StoreError> {
        let found = self.db.first(
            "select id from journal_spool where id = $1",
            &[id.into()],
            |row| row.text(0),
        )?;
        Ok(found.is_some())
    }
}

/// Where a typed reason belongs.
fn reason_place(id: i64) -> Place {
    Place {
        table: "journal.reason",
        id,
    }
}

/// Writes an entry with its mark and the rows it is found by.
pub(crate) fn write(
    db: &mut Db,
    keys: &Keys,
    entry: &NewEntry,
    now: Instant,
) -> Result<i64, StoreError> {
    let id = db.new_ids(&JOURNAL_IDS, 1)?[0];
    let reason = match &entry.reason {
        Some(reason) => Some(keys.seal_for_shop(reason_place(id), reason.as_bytes())?),
        None => None,
    };
    let content = Content {
        id,
        recorded_at: entry.at.unwrap_or(now).0,
        act: entry.act.clone(),
        actor_kind: entry.actor.kind().to_owned(),
        actor_id: entry.actor.id(),
        address: entry.address.clone(),
        agent: entry.agent.clone(),
        subjects: entry.subjects.text(),
        details: entry.details.clone(),
        reason,
    };
    let mark = content.mark(keys);
    db.insert_many(
        &ENTRY,
        std::iter::once([
            id.into(),
            content.recorded_at.into(),
            (&content.act).into(),
            (&content.actor_kind).into(),
            content.actor_id.into(),
            (&content.address).into(),
            (&content.agent).into(),
            (&content.subjects).into(),
            (&content.details).into(),
            content.reason.as_ref().into(),
            (&mark).into(),
        ]),
    )?;
    let pairs: Vec<(&str, i64)> = entry.subjects.pairs().collect();
    db.insert_many(
        &SUBJECT,
        pairs
            .iter()
            .map(|(kind, subject)| [(*kind).into(), (*subject).into(), id.into()]),
    )?;
    Ok(id)
}
