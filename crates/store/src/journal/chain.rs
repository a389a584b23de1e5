//! Marks, links, and the sealer that makes a chain of the journal's entries in commit order.
//!
//! The *mark* of an entry is a keyed digest of everything in it, made when it is written. The *link* of
//! the n-th entry is a keyed digest of the link before it, n, and its mark. Without the master key nobody
//! can write an entry or mend the chain after a change; with it, the heads kept outside
//! ([`super::anchors`]) still tell.

use crate::StoreError;
use crate::db::Db;
use crate::keys::Keys;
use crate::store::Store;
use crate::tx::ReadTx;
use crate::value::Row;

/// Everything an entry says, as it stands on disk. (The transaction number is not among it: a restore
/// gives new ones.)
pub(crate) struct Content {
    pub id: i64,
    pub recorded_at: i64,
    pub act: String,
    pub actor_kind: String,
    pub actor_id: Option<i64>,
    pub address: String,
    pub agent: String,
    pub subjects: String,
    pub details: String,
    pub reason: Option<Vec<u8>>,
}

/// The columns of [`Content`] and the mark, in the order [`Content::of`] reads them.
macro_rules! content_columns {
    () => {
        "j.id, j.recorded_at, j.act, j.actor_kind, j.actor_id, j.address, j.agent, j.subjects,
         j.details, j.reason, j.mark"
    };
}

pub(crate) use content_columns;

impl Content {
    /// Reads [`content_columns!`] that begin at a column.
    pub fn of(row: &Row<'_>, first: usize) -> Result<(Content, Vec<u8>), StoreError> {
        let content = Content {
            id: row.int(first)?,
            recorded_at: row.int(first + 1)?,
            act: row.text(first + 2)?,
            actor_kind: row.text(first + 3)?,
            actor_id: row.opt_int(first + 4)?,
            address: row.text(first + 5)?,
            agent: row.text(first + 6)?,
            subjects: row.text(first + 7)?,
            details: row.text(first + 8)?,
            reason: row.opt_bytes(first + 9)?,
        };
        Ok((content, row.bytes(first + 10)?))
    }

    pub fn mark(&self, keys: &Keys) -> [u8; 32] {
        let mut bytes = Vec::with_capacity(256);
        let mut put = |part: &[u8]| {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        };
        put(&self.id.to_be_bytes());
        put(&self.recorded_at.to_be_bytes());
        put(self.act.as_bytes());
        put(self.actor_kind.as_bytes());
        match self.actor_id {
            Some(id) => put(&id.to_be_bytes()),
            None => put(b""),
        }
        for text in [&self.address, &self.agent, &self.subjects, &self.details] {
            put(text.as_bytes());
        }
        match &self.reason {
            Some(reason) => put(reason),
            None => put(b""),
        }
        keys.journal_digest("entry", &bytes)
    }
}

/// The end of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalHead {
    /// How many entries are chained.
    pub number: i64,
    /// The link of the last one.
    pub link: [u8; 32],
}

impl JournalHead {
    /// Before the first entry.
    pub(crate) const START: JournalHead = JournalHead {
        number: 0,
        link: [0; 32],
    };

    /// The head after one more entry.
    pub(crate) fn with(self, keys: &Keys, mark: &[u8]) -> JournalHead {
        let number = self.number + 1;
        let mut bytes = self.link.to_vec();
        bytes.extend_from_slice(&number.to_be_bytes());
        bytes.extend_from_slice(mark);
        JournalHead {
            number,
            link: keys.journal_digest("link", &bytes),
        }
    }
}

pub(crate) fn head(db: &mut Db) -> Result<JournalHead, StoreError> {
    let last = db.first(
        "select number, link from journal_seal order by number desc limit 1",
        &[],
        |row| {
            Ok(JournalHead {
                number: row.int(0)?,
                link: row.array(1)?,
            })
        },
    )?;
    Ok(last.unwrap_or(JournalHead::START))
}

/// Chains up to `most` entries that wait; how many it were, and the head after them. Nothing when another
/// process is at it.
pub(crate) fn seal(
    db: &mut Db,
    keys: &Keys,
    most: i64,
) -> Result<(usize, JournalHead), StoreError> {
    if let Some(sql) = db.dialect().one_sealer()
        && db.first(sql, &[], |row| row.int(0))? != Some(1)
    {
        return Ok((0, head(db)?));
    }
    let horizon = db.dialect().feed_horizon();
    let horizon = db.first(horizon, &[], |row| row.int(0))?.unwrap_or(0);
    let last = db.first(
        "select j.txid, j.id from journal_seal s join journal j on j.id = s.journal_id
         order by s.number desc limit 1",
        &[],
        |row| Ok((row.int(0)?, row.int(1)?)),
    )?;
    let (txid, id) = last.unwrap_or((-1, 0));
    let waiting = db.all(
        "select id, mark from journal where (txid, id) > ($1, $2) and txid < $3
         order by txid, id limit $4",
        &[txid.into(), id.into(), horizon.into(), most.into()],
        |row| Ok((row.int(0)?, row.bytes(1)?)),
    )?;
    append(db, keys, &waiting)
}

/// Chains whatever waits, in the order of the ids: where nobody else is at work (a restore).
pub(crate) fn seal_all(db: &mut Db, keys: &Keys) -> Result<JournalHead, StoreError> {
    loop {
        let waiting = db.all(
            "select j.id, j.mark from journal j left join journal_seal s on s.journal_id = j.id
             where s.number is null order by j.id limit 10000",
            &[],
            |row| Ok((row.int(0)?, row.bytes(1)?)),
        )?;
        let (done, head) = append(db, keys, &waiting)?;
        if done == 0 {
            return Ok(head);
        }
    }
}

fn append(
    db: &mut Db,
    keys: &Keys,
    waiting: &[(i64, Vec<u8>)],
) -> Result<(usize, JournalHead), StoreError> {
    let mut head = head(db)?;
    for (id, mark) in waiting {
        head = head.with(keys, mark);
        db.execute(
            "insert into journal_seal (number, journal_id, link) values ($1, $2, $3)",
            &[head.number.into(), (*id).into(), (&head.link).into()],
        )?;
    }
    Ok((waiting.len(), head))
}

impl Store {
    /// Chains entries that wait, at most this many; how many it were, and the head after them.
    pub fn seal_journal(&self, most: i64) -> Result<(usize, JournalHead), StoreError> {
        // Asked without the writer first: nearly always there is nothing.
        let (waits, head) =
            self.read(|tx| Ok::<_, StoreError>((tx.journal_waits()?, tx.journal_head()?)))?;
        if !waits {
            return Ok((0, head));
        }
        self.write(move |tx| {
            let keys = tx.keys;
            seal(tx.db, keys, most)
        })
    }
}

impl ReadTx<'_> {
    /// The end of the chain.
    pub fn journal_head(&mut self) -> Result<JournalHead, StoreError> {
        head(self.db)
    }

    fn journal_waits(&mut self) -> Result<bool, StoreError> {
        let newest = self.db.first(
            "select j.id from journal j left join journal_seal s on s.journal_id = j.id
             where j.id = (select id from journal order by txid desc, id desc limit 1)
               and s.number is null",
            &[],
            |row| row.int(0),
        )?;
        Ok(newest.is_some())
    }
}
