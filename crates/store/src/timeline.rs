//! What else a person's timeline is made of: the merges his records took part in.

use crate::StoreError;
use crate::tx::ReadTx;
use vernis_domain::{CustomerId, Instant};

/// A merge or its taking back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergeAct {
    /// Row id.
    pub id: i64,
    /// Who stayed.
    pub survivor: CustomerId,
    /// Who joined him.
    pub joined: CustomerId,
    /// It takes back an earlier one.
    pub undoes: bool,
    /// When.
    pub recorded_at: Instant,
}

impl ReadTx<'_> {
    /// Every merge a record took part in, and every taking back, oldest first.
    pub fn merge_acts(&mut self, id: CustomerId) -> Result<Vec<MergeAct>, StoreError> {
        self.db.all(
            "select id, survivor_id, joined_id, undoes, recorded_at from merge
             where survivor_id = $1 or joined_id = $1 order by id",
            &[id.into()],
            |row| {
                Ok(MergeAct {
                    id: row.int(0)?,
                    survivor: CustomerId(row.int(1)?),
                    joined: CustomerId(row.int(2)?),
                    undoes: row.opt_int(3)?.is_some(),
                    recorded_at: Instant(row.int(4)?),
                })
            },
        )
    }
}
