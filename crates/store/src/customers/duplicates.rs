//! Two records that may be one person: conflicts of trusted ids as they came in, and what was
//! decided. Both are append-only and name records, so that they follow every merge.

use super::Origin;
use crate::StoreError;
use crate::db::{IdSource, ids_of};
use crate::tx::{ReadTx, WriteTx};
use vernis_domain::{ContactKind, CustomerId, Instant};

static DECISION_IDS: IdSource = ids_of!("duplicate_decision");

/// Stands for Vernis's own id among the kinds.
const OWN_ID: &str = "id";

/// Two trusted ids that point to two people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewConflict {
    /// Who got what was recorded, and the kind of contact that found him; `None`: Vernis's own id.
    pub first: (CustomerId, Option<ContactKind>),
    /// Whom another id found.
    pub second: (CustomerId, ContactKind),
}

/// The same, as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdConflict {
    /// Row id.
    pub id: i64,
    /// Who points to whom.
    pub what: NewConflict,
    /// Where it came from.
    pub origin: Origin,
    /// When it was seen first.
    pub recorded_at: Instant,
}

/// What was decided about two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// One person: they were merged.
    Same,
    /// Two people, for ever.
    Different,
    /// To be asked again.
    Later,
}

impl Decision {
    /// Code in the database and the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Later => "later",
        }
    }

    /// The decision of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Same, Self::Different, Self::Later]
            .into_iter()
            .find(|one| one.code() == code)
    }
}

/// A decision as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Row id.
    pub id: i64,
    /// About whom: records as they stood for people then.
    pub one: CustomerId,
    /// And whom.
    pub other: CustomerId,
    /// What.
    pub decision: Decision,
    /// The merge of [`Decision::Same`].
    pub merge_id: Option<i64>,
    /// The decision this row takes back.
    pub undoes: Option<i64>,
    /// By whom.
    pub origin: Origin,
    /// When.
    pub recorded_at: Instant,
}

impl ReadTx<'_> {
    /// Conflicts with a row id above this one, in id order.
    pub fn id_conflicts(&mut self, after: i64) -> Result<Vec<IdConflict>, StoreError> {
        self.db.all(
            "select id, first_id, first_kind, second_id, second_kind, source_kind, source_id,
               recorded_at
             from id_conflict where id > $1 order by id",
            &[after.into()],
            |row| {
                let kind = |text: String| {
                    ContactKind::from_code(&text)
                        .ok_or_else(|| StoreError::Decode(format!("a contact of kind {text}")))
                };
                let by = |text: String| match text.as_str() {
                    OWN_ID => Ok(None),
                    _ => kind(text).map(Some),
                };
                Ok(IdConflict {
                    id: row.int(0)?,
                    what: NewConflict {
                        first: (CustomerId(row.int(1)?), by(row.text(2)?)?),
                        second: (CustomerId(row.int(3)?), kind(row.text(4)?)?),
                    },
                    origin: Origin::from_code(&row.text(5)?, row.opt_int(6)?),
                    recorded_at: Instant(row.int(7)?),
                })
            },
        )
    }

    /// Decisions with a row id above this one, in id order.
    pub fn duplicate_decisions(&mut self, after: i64) -> Result<Vec<Decided>, StoreError> {
        self.db.all(
            "select id, one_id, other_id, decision, merge_id, undoes, source_kind, source_id,
               recorded_at
             from duplicate_decision where id > $1 order by id",
            &[after.into()],
            |row| {
                let code = row.text(3)?;
                Ok(Decided {
                    id: row.int(0)?,
                    one: CustomerId(row.int(1)?),
                    other: CustomerId(row.int(2)?),
                    decision: Decision::from_code(&code)
                        .ok_or_else(|| StoreError::Decode(format!("a decision {code}")))?,
                    merge_id: row.opt_int(4)?,
                    undoes: row.opt_int(5)?,
                    origin: Origin::from_code(&row.text(6)?, row.opt_int(7)?),
                    recorded_at: Instant(row.int(8)?),
                })
            },
        )
    }

    /// The record that a merge joined, while that merge holds.
    pub fn joined_by(&mut self, merge_id: i64) -> Result<Option<CustomerId>, StoreError> {
        Ok(self
            .db
            .first(
                "select l.joined_id from merge m join customer_link l on l.joined_id = m.joined_id
                 where m.id = $1 and l.merge_id = m.id",
                &[merge_id.into()],
                |row| row.int(0),
            )?
            .map(CustomerId))
    }
}

impl WriteTx<'_> {
    /// Notes conflicts; a pair that is noted already is not noted again.
    pub fn note_conflicts(
        &mut self,
        conflicts: &[NewConflict],
        origin: Origin,
    ) -> Result<(), StoreError> {
        let now = self.now();
        for conflict in conflicts {
            let (first, second) = (conflict.first, conflict.second);
            let pair = format!(
                "{}-{}",
                first.0.0.min(second.0.0),
                first.0.0.max(second.0.0)
            );
            self.db.execute(
                "insert into id_conflict
                   (pair_key, first_id, first_kind, second_id, second_kind, source_kind, source_id,
                    recorded_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (pair_key) do nothing",
                &[
                    (&pair).into(),
                    first.0.into(),
                    first.1.map_or(OWN_ID, ContactKind::code).into(),
                    second.0.into(),
                    second.1.code().into(),
                    origin.code().into(),
                    origin.id().into(),
                    now.into(),
                ],
            )?;
        }
        Ok(())
    }

    /// Keeps a decision about two records; gives its row id.
    pub fn note_decision(
        &mut self,
        one: CustomerId,
        other: CustomerId,
        decision: Decision,
        merge_id: Option<i64>,
        undoes: Option<i64>,
        origin: Origin,
    ) -> Result<i64, StoreError> {
        let id = self.db.new_ids(&DECISION_IDS, 1)?[0];
        let now = self.now();
        self.db.execute(
            "insert into duplicate_decision
               (id, one_id, other_id, decision, merge_id, undoes, source_kind, source_id, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &[
                id.into(),
                one.into(),
                other.into(),
                decision.code().into(),
                merge_id.into(),
                undoes.into(),
                origin.code().into(),
                origin.id().into(),
                now.into(),
            ],
        )?;
        Ok(id)
    }
}
