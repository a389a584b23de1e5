//! Reading the journal by pages, newest first.

use super::chain::{Content, content_columns};
use super::{Actor, Subjects, reason_place};
use crate::StoreError;
use crate::keys::Keys;
use crate::tx::ReadTx;
use crate::value::{Row, Value};
use vernis_domain::Instant;

/// An entry as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// Row id.
    pub id: i64,
    /// Its place in the chain; none for a moment after it was written.
    pub number: Option<i64>,
    /// When.
    pub recorded_at: Instant,
    /// Code of the act.
    pub act: String,
    /// Who.
    pub actor: Actor,
    /// From which address.
    pub address: String,
    /// With what.
    pub agent: String,
    /// Whose and which rows.
    pub subjects: Subjects,
    /// The rest, as JSON.
    pub details: String,
    /// Why.
    pub reason: Option<String>,
}

/// A place in the journal: where the next page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalPlace {
    /// Time of the last entry shown.
    pub at: Instant,
    /// Its row.
    pub id: i64,
}

impl JournalPlace {
    /// Before the newest entry.
    pub const NEWEST: JournalPlace = JournalPlace {
        at: Instant(i64::MAX),
        id: i64::MAX,
    };
}

/// Which entries.
#[derive(Clone, Debug, Default)]
pub struct JournalQuery {
    /// By whom.
    pub actor: Option<Actor>,
    /// Of which acts; empty: of all.
    pub acts: Vec<String>,
    /// Concerning this row.
    pub subject: Option<(String, i64)>,
    /// Not before.
    pub from: Option<Instant>,
    /// Before.
    pub until: Option<Instant>,
    /// After this place; none: from the newest.
    pub after: Option<JournalPlace>,
    /// Most entries.
    pub limit: usize,
}

/// A page of the journal.
#[derive(Clone, Debug, Default)]
pub struct JournalPage {
    /// Newest first.
    pub entries: Vec<JournalEntry>,
    /// Where the next page begins; none at the end.
    pub next: Option<JournalPlace>,
}

/// A page's statement: driven by one index, the rest of the wishes checked row by row. Always
/// `$1` from, `$2` until, `$3` and `$4` the place, `$5` the limit, `$6` the acts as `,a,b,`.
macro_rules! page {
    ($from:literal, $where:literal) => {
        concat!(
            "select s.number, ",
            content_columns!(),
            " from ",
            $from,
            " left join journal_seal s on s.journal_id = j.id
             where j.recorded_at >= $1 and j.recorded_at < $2 and (j.recorded_at, j.id) < ($3, $4)
               and ($6 = '' or $6 like '%,' || j.act || ',%') ",
            $where,
            " order by j.recorded_at desc, j.id desc limit $5"
        )
    };
}

impl ReadTx<'_> {
    /// A page of the journal.
    pub fn journal_page(&mut self, query: &JournalQuery) -> Result<JournalPage, StoreError> {
        let place = query.after.unwrap_or(JournalPlace::NEWEST);
        let wanted = query.limit as i64 + 1;
        let acts = match query.acts.len() {
            0 => String::new(),
            _ => format!(",{},", query.acts.join(",")),
        };
        let common: [Value<'_>; 5] = [
            query.from.map_or(i64::MIN, |at| at.0).into(),
            query.until.map_or(i64::MAX, |at| at.0).into(),
            place.at.into(),
            place.id.into(),
            wanted.into(),
        ];
        let all = (&acts).into();
        let mut entries = match (&query.subject, query.actor) {
            (Some((kind, id)), actor) => {
                let mut found = self.entries(
                    page!(
                        "journal_subject w join journal j on j.id = w.journal_id",
                        "and w.kind = $7 and w.subject_id = $8
                         and ($9 = '' or (j.actor_kind = $9 and coalesce(j.actor_id, 0) = $10))"
                    ),
                    &[
                        &common[..],
                        &[
                            all,
                            kind.into(),
                            (*id).into(),
                            actor.map_or("", Actor::kind).into(),
                            actor.and_then(Actor::id).unwrap_or(0).into(),
                        ],
                    ]
                    .concat(),
                )?;
                found.dedup_by_key(|entry| entry.id);
                found
            }
            (None, Some(actor)) => match actor.id() {
                Some(id) => self.entries(
                    page!("journal j", "and j.actor_kind = $7 and j.actor_id = $8"),
                    &[&common[..], &[all, actor.kind().into(), id.into()]].concat(),
                )?,
                None => self.entries(
                    page!("journal j", "and j.actor_kind = $7 and j.actor_id is null"),
                    &[&common[..], &[all, actor.kind().into()]].concat(),
                )?,
            },
            (None, None) if query.acts.is_empty() => {
                self.entries(page!("journal j", ""), &[&common[..], &[all]].concat())?
            }
            // Each act by its index, then the newest of all of them.
            (None, None) => {
                let mut found = Vec::new();
                for act in &query.acts {
                    found.extend(self.entries(
                        page!("journal j", "and j.act = $7"),
                        &[&common[..], &["".into(), act.into()]].concat(),
                    )?);
                }
                found
                    .sort_unstable_by_key(|entry| std::cmp::Reverse((entry.recorded_at, entry.id)));
                found
            }
        };
        let more = entries.len() > query.limit;
        entries.truncate(query.limit);
        let next = entries.last().filter(|_| more).map(|last| JournalPlace {
            at: last.recorded_at,
            id: last.id,
        });
        Ok(JournalPage { entries, next })
    }

    fn entries(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let keys = self.keys;
        self.db.all(sql, params, |row| entry(keys, row))
    }
}

fn entry(keys: &Keys, row: &Row<'_>) -> Result<JournalEntry, StoreError> {
    let (content, _) = Content::of(row, 1)?;
    let reason = match &content.reason {
        Some(sealed) => {
            let opened = keys.open_for_shop(reason_place(content.id), sealed)?;
            Some(String::from_utf8_lossy(&opened).into_owned())
        }
        None => None,
    };
    Ok(JournalEntry {
        id: content.id,
        number: row.opt_int(0)?,
        recorded_at: Instant(content.recorded_at),
        actor: Actor::of(&content.actor_kind, content.actor_id)
            .ok_or_else(|| StoreError::Decode("the actor of an entry".to_owned()))?,
        act: content.act,
        address: content.address,
        agent: content.agent,
        subjects: Subjects::parse(&content.subjects)?,
        details: content.details,
        reason,
    })
}
