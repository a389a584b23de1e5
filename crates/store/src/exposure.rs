//! How many people's contacts each account was shown in a day, and accounts frozen for too many.

use crate::StoreError;
use crate::db::{IdSource, ids_of};
use crate::tx::{ReadTx, WriteTx};
use vernis_domain::{Day, Instant, UserId};

static FREEZE_IDS: IdSource = ids_of!("account_freeze");

/// An account that was shown too many people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// Row id.
    pub id: i64,
    /// staff or key.
    pub actor_kind: String,
    /// His row.
    pub actor_id: i64,
    /// Day of the shop.
    pub day: Day,
    /// People shown that day when it was noticed.
    pub people: i64,
    /// How many a day are usual.
    pub budget: i64,
    /// The account was frozen; else somebody was only told of it.
    pub frozen: bool,
    /// When.
    pub recorded_at: Instant,
}

impl ReadTx<'_> {
    /// How many people an account was shown on a day, and how many of these were forgiven when it was
    /// let in again.
    pub fn exposed(&mut self, actor: (&str, i64), day: Day) -> Result<(i64, i64), StoreError> {
        let day = i64::from(day.0);
        let people = self.db.first(
            "select people from exposure where actor_kind = $1 and actor_id = $2 and day = $3",
            &[actor.0.into(), actor.1.into(), day.into()],
            |row| row.int(0),
        )?;
        let forgiven = self.db.first(
            "select coalesce(max(people), 0) from account_freeze
             where actor_kind = $1 and actor_id = $2 and day = $3",
            &[actor.0.into(), actor.1.into(), day.into()],
            |row| row.int(0),
        )?;
        Ok((people.unwrap_or(0), forgiven.unwrap_or(0)))
    }

    /// What was noticed and nobody has looked at yet, the earliest first.
    pub fn open_freezes(&mut self) -> Result<Vec<Freeze>, StoreError> {
        self.db.all(
            "select f.id, f.actor_kind, f.actor_id, f.day, f.people, f.budget, f.frozen, f.recorded_at
             from account_freeze f
             where not exists (select 1 from account_thaw t where t.freeze_id = f.id) order by f.id",
            &[],
            |row| {
                Ok(Freeze {
                    id: row.int(0)?,
                    actor_kind: row.text(1)?,
                    actor_id: row.int(2)?,
                    day: Day(row.int(3)? as i32),
                    people: row.int(4)?,
                    budget: row.int(5)?,
                    frozen: row.int(6)? != 0,
                    recorded_at: Instant(row.int(7)?),
                })
            },
        )
    }
}

impl WriteTx<'_> {
    /// Adds to what an account was shown on a day; the sum of all programs on this base.
    pub fn add_exposed(
        &mut self,
        actor: (&str, i64),
        day: Day,
        people: i64,
    ) -> Result<i64, StoreError> {
        let sum = self.db.first(
            "insert into exposure (actor_kind, actor_id, day, people) values ($1, $2, $3, $4)
             on conflict (actor_kind, actor_id, day)
               do update set people = exposure.people + excluded.people
             returning people",
            &[
                actor.0.into(),
                actor.1.into(),
                i64::from(day.0).into(),
                people.into(),
            ],
            |row| row.int(0),
        )?;
        // Days that are over matter to nobody.
        self.db.execute(
            "delete from exposure where actor_kind = $1 and actor_id = $2 and day < $3",
            &[actor.0.into(), actor.1.into(), i64::from(day.0 - 2).into()],
        )?;
        Ok(sum.unwrap_or(people))
    }

    /// Notes that an account was shown too many people; `freeze` also shuts it.
    pub fn note_freeze(
        &mut self,
        actor: (&str, i64),
        day: Day,
        people: i64,
        budget: i64,
        freeze: bool,
    ) -> Result<i64, StoreError> {
        let id = self.db.new_ids(&FREEZE_IDS, 1)?[0];
        let now = self.now();
        self.db.execute(
            "insert into account_freeze
               (id, actor_kind, actor_id, day, people, budget, frozen, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                id.into(),
                actor.0.into(),
                actor.1.into(),
                i64::from(day.0).into(),
                people.into(),
                budget.into(),
                i64::from(freeze).into(),
                now.into(),
            ],
        )?;
        match actor.0 {
            "staff" if freeze => self.set_blocked(UserId(actor.1), true)?,
            "key" if freeze => self.set_key_frozen(actor.1, true)?,
            _ => {}
        }
        Ok(id)
    }

    /// Somebody has looked at it; a frozen account is let in again.
    pub fn thaw(&mut self, freeze: &Freeze, by: Option<UserId>) -> Result<(), StoreError> {
        let now = self.now();
        self.db.execute(
            "insert into account_thaw (freeze_id, actor_id, recorded_at) values ($1, $2, $3)",
            &[freeze.id.into(), by.into(), now.into()],
        )?;
        match freeze.actor_kind.as_str() {
            "staff" if freeze.frozen => self.set_blocked(UserId(freeze.actor_id), false),
            "key" if freeze.frozen => self.set_key_frozen(freeze.actor_id, false),
            _ => Ok(()),
        }
    }

    fn set_key_frozen(&mut self, id: i64, frozen: bool) -> Result<(), StoreError> {
        let at = frozen.then(|| self.now());
        self.db.execute(
            "update api_key set frozen_at = $2 where id = $1",
            &[id.into(), at.into()],
        )?;
        Ok(())
    }
}
