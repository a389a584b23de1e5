//! Who looks after a customer: facts, the last one of each record counts.

use crate::StoreError;
use crate::customers::Origin;
use crate::db::{IdSource, ids_of};
use crate::tx::{ReadTx, WriteTx};
use crate::value::Row;
use vernis_domain::{CustomerId, Instant, UserId};

static MANAGER_IDS: IdSource = ids_of!("customer_manager");

/// What was learned of who looks after a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManagerFact {
    /// Who; `None`: nobody any more.
    pub manager: Option<UserId>,
    /// From where it was learned.
    pub origin: Origin,
    /// Which member of staff set it, if one did.
    pub set_by: Option<UserId>,
    /// When.
    pub recorded_at: Instant,
}

fn current(row: &Row<'_>) -> Result<(CustomerId, Option<UserId>), StoreError> {
    Ok((CustomerId(row.int(0)?), row.opt_int(1)?.map(UserId)))
}

impl ReadTx<'_> {
    /// All records that have a manager.
    pub fn managers(&mut self) -> Result<Vec<(CustomerId, Option<UserId>)>, StoreError> {
        let mut all = self.managers_between(i64::MIN, i64::MAX)?;
        all.retain(|(_, manager)| manager.is_some());
        Ok(all)
    }

    /// The last fact of each record of a range that has any.
    pub(crate) fn managers_between(
        &mut self,
        first: i64,
        last: i64,
    ) -> Result<Vec<(CustomerId, Option<UserId>)>, StoreError> {
        self.db.all(
            "select m.customer_id, m.user_id from customer_manager m
             where m.customer_id between $1 and $2 and not exists (
               select 1 from customer_manager later
               where later.customer_id = m.customer_id and later.id > m.id)
             order by m.customer_id",
            &[first.into(), last.into()],
            current,
        )
    }

    /// Everything learned of who looks after a record, oldest first.
    pub fn manager_facts(&mut self, id: CustomerId) -> Result<Vec<ManagerFact>, StoreError> {
        self.db.all(
            "select user_id, source_kind, set_by, recorded_at, source_id from customer_manager
             where customer_id = $1 order by id",
            &[id.into()],
            |row| {
                Ok(ManagerFact {
                    manager: row.opt_int(0)?.map(UserId),
                    origin: Origin::from_code(&row.text(1)?, row.opt_int(4)?),
                    set_by: row.opt_int(2)?.map(UserId),
                    recorded_at: Instant(row.int(3)?),
                })
            },
        )
    }
}

impl WriteTx<'_> {
    /// Sets who looks after records, or that nobody does; gives those that are other than before. What
    /// is so already is not written again.
    pub fn set_managers(
        &mut self,
        ids: &[CustomerId],
        manager: Option<UserId>,
        origin: Origin,
        set_by: Option<UserId>,
    ) -> Result<Vec<CustomerId>, StoreError> {
        let mut changed = Vec::new();
        for id in ids {
            let before = self.manager_facts(*id)?.pop().and_then(|fact| fact.manager);
            if before != manager {
                changed.push(*id);
            }
        }
        if changed.is_empty() {
            return Ok(changed);
        }
        let now = self.now();
        let rows = self.db.new_ids(&MANAGER_IDS, changed.len())?;
        for (id, row) in changed.iter().zip(rows) {
            self.db.execute(
                "insert into customer_manager
                   (id, customer_id, user_id, source_kind, set_by, recorded_at, source_id)
                 values ($1, $2, $3, $4, $5, $6, $7)",
                &[
                    row.into(),
                    (*id).into(),
                    manager.into(),
                    origin.code().into(),
                    set_by.into(),
                    now.into(),
                    origin.id().into(),
                ],
            )?;
        }
        let told = changed.iter().map(|id| (*id, manager));
        self.changes.managers.extend(told);
        Ok(changed)
    }
}
