//! Masked contacts that were shown: counted for the budget of a day.

use crate::StoreError;
use crate::db::{IdSource, ids_of};
use crate::tx::{ReadTx, WriteTx};
use vernis_domain::{CustomerId, Instant};

static REVEAL_IDS: IdSource = ids_of!("reveal");

impl ReadTx<'_> {
    /// Whose contacts somebody was shown since then, each once.
    pub fn revealed_since(
        &mut self,
        actor: (&str, i64),
        since: Instant,
    ) -> Result<Vec<CustomerId>, StoreError> {
        self.db.all(
            "select distinct customer_id from reveal
             where actor_kind = $1 and actor_id = $2 and recorded_at >= $3",
            &[actor.0.into(), actor.1.into(), since.into()],
            |row| Ok(CustomerId(row.int(0)?)),
        )
    }
}

impl WriteTx<'_> {
    /// Notes that somebody was shown a customer's contacts.
    pub fn note_reveal(&mut self, actor: (&str, i64), id: CustomerId) -> Result<(), StoreError> {
        let row = self.db.new_ids(&REVEAL_IDS, 1)?[0];
        let now = self.now();
        self.db.execute(
            "insert into reveal (id, customer_id, actor_kind, actor_id, recorded_at)
             values ($1, $2, $3, $4, $5)",
            &[
                row.into(),
                id.into(),
                actor.0.into(),
                actor.1.into(),
                now.into(),
            ],
        )?;
        Ok(())
    }
}
