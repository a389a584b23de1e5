//! Notes about a customer, and contacts with him. Sealed, append-only: what holds is the newest row of
//! a thread. The last contact is a projection in the customer's profile, kept in the same transaction.

use crate::StoreError;
use crate::customers::Origin;
use crate::db::{IdSource, ids_of};
use crate::seal::{self, Place};
use crate::tx::{ReadTx, WriteTx};
use crate::value::Row;
use std::collections::BTreeMap;
use vernis_domain::about::{LastTouch, Outcome, TouchKind};
use vernis_domain::{CustomerId, Day, Instant, UserId};

static NOTE_IDS: IdSource = ids_of!("note");

/// What is written: a note, or a note of a contact.
#[derive(Clone, PartialEq, Eq)]
pub struct NewNote {
    /// The text; may be empty for a contact.
    pub body: String,
    /// How they were in contact; none for a mere note.
    pub touch: Option<TouchKind>,
    /// What came of the contact.
    pub outcome: Option<Outcome>,
    /// When it happened.
    pub occurred_at: Instant,
    /// The day of that in the shop's zone.
    pub local_day: Day,
    /// Who wrote it; nobody for a program.
    pub author: Option<UserId>,
}

/// A row of a thread.
#[derive(Clone, PartialEq, Eq)]
pub struct NoteRow {
    /// Row id.
    pub id: i64,
    /// Id of the first row.
    pub thread: i64,
    /// Whose record it was written to.
    pub customer: CustomerId,
    /// What was written; empty in a removal.
    pub note: NewNote,
    /// The note is taken away.
    pub removed: bool,
    /// When it was written.
    pub recorded_at: Instant,
}

fn place(id: i64) -> Place {
    Place { table: "note", id }
}

type SealedNote = (NoteRow, Vec<u8>);

fn row_of(row: &Row<'_>) -> Result<SealedNote, StoreError> {
    let day = row.int(7)?;
    let note = NewNote {
        body: String::new(),
        touch: row.opt_text(4)?.as_deref().and_then(TouchKind::from_code),
        outcome: row.opt_text(5)?.as_deref().and_then(Outcome::from_code),
        occurred_at: Instant(row.int(6)?),
        local_day: crate::customers::day(day),
        author: row.opt_int(9)?.map(UserId),
    };
    let row = (
        NoteRow {
            id: row.int(0)?,
            thread: row.int(1)?,
            customer: CustomerId(row.int(2)?),
            note,
            removed: row.int(8)? != 0,
            recorded_at: Instant(row.int(10)?),
        },
        row.bytes(3)?,
    );
    Ok(row)
}

impl ReadTx<'_> {
    /// Every row of every thread written to a record, oldest first.
    pub fn notes_of(&mut self, id: CustomerId) -> Result<Vec<NoteRow>, StoreError> {
        let key = self.person_key(id)?;
        let rows = self.db.all(
            "select id, thread_id, customer_id, body, touch, outcome, occurred_at, local_day, removed,
               author_id, recorded_at
             from note where customer_id = $1 order by id",
            &[id.into()],
            row_of,
        )?;
        rows.into_iter()
            .map(|(mut row, body)| {
                let plain = seal::open(&key, place(row.id), &body)?;
                row.note.body = String::from_utf8_lossy(&plain).into_owned();
                Ok(row)
            })
            .collect()
    }

    /// What holds of a thread; `None` when there is none, or it is taken away.
    pub fn note(&mut self, thread: i64) -> Result<Option<NoteRow>, StoreError> {
        let found = self.db.first(
            "select id, thread_id, customer_id, body, touch, outcome, occurred_at, local_day, removed,
               author_id, recorded_at
             from note where thread_id = $1 order by id desc limit 1",
            &[thread.into()],
            row_of,
        )?;
        let Some((mut row, body)) = found.filter(|(row, _)| !row.removed) else {
            return Ok(None);
        };
        let key = self.person_key(row.customer)?;
        let plain = seal::open(&key, place(row.id), &body)?;
        row.note.body = String::from_utf8_lossy(&plain).into_owned();
        Ok(Some(row))
    }

    /// The last contact by the notes that hold.
    pub(crate) fn last_touch(&mut self, id: CustomerId) -> Result<Option<LastTouch>, StoreError> {
        let rows = self.db.all(
            "select id, thread_id, customer_id, body, touch, outcome, occurred_at, local_day, removed,
               author_id, recorded_at
             from note where customer_id = $1 order by id",
            &[id.into()],
            row_of,
        )?;
        let mut threads = BTreeMap::new();
        for (row, _) in rows {
            threads.insert(row.thread, row);
        }
        let touches = threads.into_values().filter(|row| !row.removed);
        Ok(touches
            .filter_map(|row| {
                Some(LastTouch {
                    at: row.note.occurred_at,
                    day: row.note.local_day,
                    kind: row.note.touch?,
                })
            })
            .max())
    }
}

impl WriteTx<'_> {
    /// Writes a note to a record.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when he is gone.
    pub fn add_note(
        &mut self,
        id: CustomerId,
        note: &NewNote,
        origin: Origin,
    ) -> Result<i64, StoreError> {
        self.write_note(id, None, note, false, origin)
    }

    /// Writes a thread anew; `None` takes it away.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such note.
    pub fn change_note(
        &mut self,
        thread: i64,
        note: Option<&NewNote>,
        author: Option<UserId>,
        origin: Origin,
    ) -> Result<CustomerId, StoreError> {
        let before = self.note(thread)?.ok_or(StoreError::NotFound("The note"))?;
        let removal = NewNote {
            body: String::new(),
            touch: None,
            outcome: None,
            author,
            ..before.note
        };
        let removed = note.is_none();
        let written = note.unwrap_or(&removal);
        self.write_note(before.customer, Some(thread), written, removed, origin)?;
        Ok(before.customer)
    }

    fn write_note(
        &mut self,
        id: CustomerId,
        thread: Option<i64>,
        note: &NewNote,
        removed: bool,
        origin: Origin,
    ) -> Result<i64, StoreError> {
        let key = self.person_key(id)?;
        let now = self.now();
        let row = self.db.new_ids(&NOTE_IDS, 1)?[0];
        let body = seal::seal(&key, place(row), note.body.as_bytes())?;
        let thread = thread.unwrap_or(row);
        self.db.execute(
            "insert into note (id, thread_id, customer_id, body, touch, outcome, occurred_at, local_day,
               removed, author_id, source_kind, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            &[
                row.into(),
                thread.into(),
                id.into(),
                (&body).into(),
                note.touch.map(TouchKind::code).into(),
                note.outcome.map(Outcome::code).into(),
                note.occurred_at.into(),
                i64::from(note.local_day.0).into(),
                i64::from(removed).into(),
                note.author.into(),
                origin.code().into(),
                now.into(),
            ],
        )?;
        let last = self.last_touch(id)?;
        let mut customer = self
            .customer(id)?
            .ok_or(StoreError::NotFound("The customer"))?;
        if customer.about.last_touch != last {
            customer.about.last_touch = last;
            self.update_customers(vec![customer], origin)?;
        }
        Ok(thread)
    }
}
