//! Changes of many customers at once: what, whom, how far, and what each step changed, so that the whole
//! can be taken back.

use crate::StoreError;
use crate::changes::{ranges, subjects};
use crate::db::{IdSource, ids_of};
use crate::dialect::{Insert, insert};
use crate::journal::Actor;
use crate::seal::Place;
use crate::tx::{ReadTx, WriteTx};
use crate::value::Row;
use vernis_domain::{CustomerId, Instant};

static IDS: IdSource = ids_of!("bulk_edit");
static STEP: Insert<3> = insert!("bulk_edit_step", key 0, [
    1 "bulk_edit_id" Int, 2 "step_no" Int, 3 "targets" Text,
]);

macro_rules! edits {
    ($rest:literal) => {
        concat!(
            "select id, state, change, total, looked_at, changed, restored, kept, actor_kind,
               actor_id, created_at, updated_at from bulk_edit ",
            $rest
        )
    };
}

/// States of a bulk edit. The texts are on disk.
pub mod bulk_state {
    /// Being done.
    pub const RUNNING: &str = "running";
    /// Done.
    pub const DONE: &str = "done";
    /// Being taken back.
    pub const UNDOING: &str = "undoing";
    /// Taken back.
    pub const UNDONE: &str = "undone";
}

/// A bulk edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkEdit {
    /// Row id.
    pub id: i64,
    /// See [`bulk_state`].
    pub state: String,
    /// What is changed, as JSON.
    pub change: String,
    /// Customers it is about.
    pub total: i64,
    /// How many were looked at.
    pub looked_at: i64,
    /// Records that were changed.
    pub changed: i64,
    /// Values given back.
    pub restored: i64,
    /// Values not given back, because somebody changed them since.
    pub kept: i64,
    /// Who began it.
    pub by: Actor,
    /// When.
    pub created_at: Instant,
    /// When it was last heard of.
    pub updated_at: Instant,
}

/// A bulk edit to be noted.
#[derive(Clone, Debug)]
pub struct NewBulkEdit {
    /// What is changed, as JSON.
    pub change: String,
    /// Whom.
    pub customers: Vec<CustomerId>,
    /// Customers of one step.
    pub step: usize,
    /// Who begins it.
    pub by: Actor,
}

/// A step that waits to be done, or taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkStep {
    /// Number.
    pub no: i64,
    /// Whom it is about; of a step to be taken back: the records it changed.
    pub customers: Vec<CustomerId>,
}

fn place(id: i64) -> Place {
    Place {
        table: "bulk_edit",
        id,
    }
}

fn ids_in(text: &str) -> Result<Vec<CustomerId>, StoreError> {
    let ranges = ranges(text)?.into_iter();
    Ok(ranges
        .flat_map(|(first, last)| (first..=last).map(CustomerId))
        .collect())
}

fn row_of(row: &Row<'_>) -> Result<(BulkEdit, Vec<u8>), StoreError> {
    let (kind, actor) = (row.text(8)?, row.opt_int(9)?);
    let edit = BulkEdit {
        id: row.int(0)?,
        state: row.text(1)?,
        change: String::new(),
        total: row.int(3)?,
        looked_at: row.int(4)?,
        changed: row.int(5)?,
        restored: row.int(6)?,
        kept: row.int(7)?,
        by: Actor::of(&kind, actor)
            .ok_or_else(|| StoreError::Decode(format!("actor {kind} of a bulk edit")))?,
        created_at: Instant(row.int(10)?),
        updated_at: Instant(row.int(11)?),
    };
    Ok((edit, row.bytes(2)?))
}

impl ReadTx<'_> {
    /// The latest bulk edits, newest first.
    pub fn bulk_edits(&mut self, limit: i64) -> Result<Vec<BulkEdit>, StoreError> {
        let rows = self
            .db
            .all(edits!("order by id desc limit $1"), &[limit.into()], row_of)?;
        rows.into_iter().map(|row| self.opened(row)).collect()
    }

    /// A bulk edit.
    pub fn bulk_edit(&mut self, id: i64) -> Result<Option<BulkEdit>, StoreError> {
        let row = self
            .db
            .first(edits!("where id = $1"), &[id.into()], row_of)?;
        row.map(|row| self.opened(row)).transpose()
    }

    fn opened(&self, (mut edit, sealed): (BulkEdit, Vec<u8>)) -> Result<BulkEdit, StoreError> {
        let plain = self.keys.open_for_shop(place(edit.id), &sealed)?;
        edit.change = String::from_utf8_lossy(&plain).into_owned();
        Ok(edit)
    }

    /// The next step to be done.
    pub fn next_bulk_step(&mut self, id: i64) -> Result<Option<BulkStep>, StoreError> {
        self.step(
            "select step_no, targets from bulk_edit_step
             where bulk_edit_id = $1 and changed is null order by step_no limit 1",
            id,
        )
    }

    /// The next step to be taken back, the last one first.
    pub fn next_undo_step(&mut self, id: i64) -> Result<Option<BulkStep>, StoreError> {
        self.step(
            "select step_no, changed from bulk_edit_step
             where bulk_edit_id = $1 and changed is not null and undone_at is null
             order by step_no desc limit 1",
            id,
        )
    }

    fn step(&mut self, sql: &'static str, id: i64) -> Result<Option<BulkStep>, StoreError> {
        let found = self
            .db
            .first(sql, &[id.into()], |row| Ok((row.int(0)?, row.text(1)?)))?;
        let Some((no, text)) = found else {
            return Ok(None);
        };
        let customers = ids_in(&text)?;
        Ok(Some(BulkStep { no, customers }))
    }
}

impl WriteTx<'_> {
    /// Notes a bulk edit and its steps.
    pub fn create_bulk_edit(&mut self, new: &NewBulkEdit) -> Result<i64, StoreError> {
        let id = self.db.new_ids(&IDS, 1)?[0];
        let sealed = self.keys.seal_for_shop(place(id), new.change.as_bytes())?;
        let now = self.now();
        self.db.execute(
            "insert into bulk_edit (id, state, change, total, looked_at, changed, restored, kept,
               actor_kind, actor_id, created_at, updated_at)
             values ($1, $2, $3, $4, 0, 0, 0, 0, $5, $6, $7, $7)",
            &[
                id.into(),
                bulk_state::RUNNING.into(),
                (&sealed).into(),
                (new.customers.len() as i64).into(),
                new.by.kind().into(),
                new.by.id().into(),
                now.into(),
            ],
        )?;
        let steps: Vec<(i64, String)> = (0..)
            .zip(new.customers.chunks(new.step.max(1)))
            .map(|(no, chunk)| (no, subjects(chunk.iter().map(|id| id.0).collect())))
            .collect();
        self.db.insert_many(
            &STEP,
            steps
                .iter()
                .map(|(no, targets)| [id.into(), (*no).into(), targets.into()]),
        )?;
        Ok(id)
    }

    /// Notes what a step changed; false when it was noted already.
    pub fn bulk_step_done(
        &mut self,
        id: i64,
        step: &BulkStep,
        changed: &[CustomerId],
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let text = subjects(changed.iter().map(|id| id.0).collect());
        let rows = self.db.execute(
            "update bulk_edit_step set changed = $3
             where bulk_edit_id = $1 and step_no = $2 and changed is null",
            &[id.into(), step.no.into(), (&text).into()],
        )?;
        self.db.execute(
            "update bulk_edit set looked_at = looked_at + $2, changed = changed + $3, updated_at = $4
             where id = $1",
            &[
                id.into(),
                (step.customers.len() as i64).into(),
                (changed.len() as i64).into(),
                now.into(),
            ],
        )?;
        Ok(rows == 1)
    }

    /// Notes that a step was taken back: how many values were, and how many were not. False when it
    /// was noted already.
    pub fn bulk_step_undone(
        &mut self,
        id: i64,
        step: &BulkStep,
        (restored, kept): (i64, i64),
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let rows = self.db.execute(
            "update bulk_edit_step set undone_at = $3
             where bulk_edit_id = $1 and step_no = $2 and undone_at is null",
            &[id.into(), step.no.into(), now.into()],
        )?;
        self.db.execute(
            "update bulk_edit set restored = restored + $2, kept = kept + $3, updated_at = $4
             where id = $1",
            &[id.into(), restored.into(), kept.into(), now.into()],
        )?;
        Ok(rows == 1)
    }

    /// Puts a bulk edit into another state; false when it is not in the one it must be in.
    pub fn move_bulk_edit(
        &mut self,
        id: i64,
        from: &'static str,
        to: &'static str,
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let rows = self.db.execute(
            "update bulk_edit set state = $3, updated_at = $4 where id = $1 and state = $2",
            &[id.into(), from.into(), to.into(), now.into()],
        )?;
        Ok(rows == 1)
    }
}
