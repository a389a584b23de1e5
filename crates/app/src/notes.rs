//! Notes about a customer and contacts with him: written, changed, taken away.

use crate::App;
use crate::contacts;
use crate::journal::{Act, Note, acts};
use crate::refusal::Refusal;
use crate::view::View;
use vernis_domain::about::{Outcome, TouchKind};
use vernis_domain::{CustomerId, Instant, Text, UserId, Zone};
use vernis_store::{NewNote, Origin, StoreError, WriteTx};

/// Longest note, in characters.
pub const MAX_NOTE: usize = 4_000;

/// A note as it is wanted.
#[derive(Clone, Default)]
pub struct WantedNote {
    /// The text; may be empty for a contact.
    pub body: String,
    /// How they were in contact; none for a mere note.
    pub touch: Option<TouchKind>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// When it happened; absent: now, or as it was.
    pub occurred_at: Option<Instant>,
    /// Who writes.
    pub author: Option<UserId>,
}

impl App {
    /// Writes a note to the person of a record; gives the note's id.
    ///
    /// # Errors
    /// A wrong part; nobody of that id.
    pub fn add_note(
        &self,
        view: &View,
        id: CustomerId,
        wanted: &WantedNote,
    ) -> Result<i64, Refusal> {
        view.check(id)?;
        let at = wanted.occurred_at.unwrap_or_else(|| self.now());
        let note = self.checked_note(wanted, at)?;
        let entry = Note::new(&acts::NOTE_ADDED, view.by());
        self.store
            .write(move |tx: &mut WriteTx<'_>| -> Result<i64, Refusal> {
                let root = tx.root(id)?;
                entry.clone().customers([root]).write(tx)?;
                tx.add_note(root, &note, Origin::Form).map_err(gone)
            })
    }

    /// Writes a note of a person anew.
    ///
    /// # Errors
    /// A wrong part; no such note of his.
    pub fn change_note(
        &self,
        view: &View,
        id: CustomerId,
        thread: i64,
        wanted: &WantedNote,
    ) -> Result<(), Refusal> {
        view.check(id)?;
        let before = self
            .store
            .read(|tx| tx.note(thread).map_err(Refusal::from))?;
        let before = before.ok_or_else(Refusal::not_found)?;
        let at = wanted.occurred_at.unwrap_or(before.note.occurred_at);
        let mut wanted = wanted.clone();
        wanted.body = contacts::typed_over(&before.note.body, &wanted.body);
        let note = self.checked_note(&wanted, at)?;
        self.rewrite(
            &acts::NOTE_CHANGED,
            view,
            (id, thread),
            Some(note),
            wanted.author,
        )
    }

    /// Takes a note of a person away. What was written stays sealed in the history.
    ///
    /// # Errors
    /// No such note of his.
    pub fn remove_note(
        &self,
        view: &View,
        id: CustomerId,
        thread: i64,
        author: Option<UserId>,
    ) -> Result<(), Refusal> {
        view.check(id)?;
        self.rewrite(&acts::NOTE_REMOVED, view, (id, thread), None, author)
    }

    fn rewrite(
        &self,
        act: &'static Act,
        view: &View,
        (id, thread): (CustomerId, i64),
        note: Option<NewNote>,
        author: Option<UserId>,
    ) -> Result<(), Refusal> {
        let entry = Note::new(act, view.by());
        self.store
            .write(move |tx: &mut WriteTx<'_>| -> Result<(), Refusal> {
                let before = tx.note(thread)?.ok_or_else(Refusal::not_found)?;
                let root = tx.root(id)?;
                if tx.root(before.customer)? != root {
                    return Err(Refusal::not_found());
                }
                entry.clone().customers([root]).write(tx)?;
                tx.change_note(thread, note.as_ref(), author, Origin::Form)
                    .map_err(gone)?;
                Ok(())
            })
    }

    fn checked_note(&self, wanted: &WantedNote, at: Instant) -> Result<NewNote, Refusal> {
        let body = clean_lines(&wanted.body);
        let refuse = |field: &str, rule, ru: &str, en: &str| {
            let words = Text::owned(ru.to_owned(), en.to_owned());
            Err(Refusal::field(field, rule, words))
        };
        if body.chars().count() > MAX_NOTE {
            return refuse(
                "text",
                "too_long",
                "не больше 4000 знаков",
                "at most 4000 characters",
            );
        }
        if body.is_empty() && wanted.touch.is_none() {
            return refuse("text", "empty", "напишите что-нибудь", "a text is wanted");
        }
        if wanted.outcome.is_some() && wanted.touch.is_none() {
            return refuse(
                "outcome",
                "no_contact",
                "итог бывает только у контакта",
                "only a contact has an outcome",
            );
        }
        // A day ahead of the clock is a slip of the finger; clocks differ by minutes.
        if at.0 > self.now().0 + 86_400_000_000 {
            return refuse(
                "at",
                "future",
                "это ещё не наступило",
                "this is still to come",
            );
        }
        let zone = Zone::new(&self.shop().time_zone)
            .ok_or_else(|| Refusal::internal("the shop's time zone"))?;
        Ok(NewNote {
            body,
            touch: wanted.touch,
            outcome: wanted.outcome,
            occurred_at: at,
            local_day: zone.day_of(at),
            author: wanted.author,
        })
    }
}

/// Text of several lines made safe line by line; empty lines at the ends fall away.
fn clean_lines(typed: &str) -> String {
    let lines: Vec<String> = typed
        .lines()
        .map(|line| vernis_domain::text::clean(line, MAX_NOTE + 1))
        .collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

fn gone(error: StoreError) -> Refusal {
    match error {
        StoreError::NotFound(_) => Refusal::not_found(),
        other => other.into(),
    }
}
