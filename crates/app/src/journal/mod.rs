//! The journal as use cases write and people read it.
//!
//! A use case writes its entry in its own transaction: `Note::new(&acts::SHOP_CHANGED, by).…write(tx)`.
//! Views of cards, which must not wait for the disk, go through a spool ([`spool`]); a keeper
//! ([`keeper`]) takes it in, chains the entries and notes the head of the chain in the data folder.

pub mod acts;
pub mod fields;
pub(crate) mod keeper;
mod page;
pub(crate) mod spool;
mod words;

pub use acts::{ACTS, Act, Group};
pub use page::{EntryView, JournalAsked, JournalView, Named, SaidField, WhoView};
pub use vernis_store::JournalPlace;

use crate::browser::Browser;
use crate::refusal::Refusal;
use fields::Field;
use serde::{Deserialize, Serialize};
use vernis_domain::{Contact, ContactKind, Customer, CustomerId, Instant, Text, text};
pub use vernis_store::Actor;
use vernis_store::{NewEntry, StoreError, Subjects, WriteTx};

/// Longest reason taken.
const LONGEST_REASON: usize = 500;

/// Who did something, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// Network address; empty where there is none.
    pub address: String,
    /// The browser or program as it names itself.
    pub agent: String,
}

impl By {
    /// The program by itself.
    pub fn program() -> By {
        By {
            actor: Actor::Program,
            address: String::new(),
            agent: String::new(),
        }
    }

    /// Somebody at this browser.
    pub(crate) fn at(actor: Actor, browser: &Browser) -> By {
        let address = browser.address.map(|address| address.to_string());
        By {
            actor,
            address: address.unwrap_or_default(),
            agent: browser.agent(),
        }
    }
}

/// What an entry says besides who, what and whose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Details {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Changed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(String, String)>,
}

/// A field that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Changed {
    pub field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// An entry in the making.
#[derive(Clone, Debug)]
pub struct Note {
    act: &'static str,
    by: By,
    subjects: Subjects,
    details: Details,
    reason: Option<String>,
    at: Option<Instant>,
}

impl Note {
    /// Somebody did this.
    pub fn new(act: &'static Act, by: impl Into<By>) -> Note {
        Note {
            act: act.code,
            by: by.into(),
            subjects: Subjects::none(),
            details: Details::default(),
            reason: None,
            at: None,
        }
    }

    /// To these customers.
    #[must_use]
    pub fn customers(self, ids: impl IntoIterator<Item = CustomerId>) -> Note {
        self.of("customer", ids.into_iter().map(|id| id.0))
    }

    /// To these rows of another kind: `staff`, `key`, `store`, `channel`, `import`, `purchase`, …
    #[must_use]
    pub fn of(mut self, kind: &str, ids: impl IntoIterator<Item = i64>) -> Note {
        self.subjects = self.subjects.and(kind, ids);
        self
    }

    /// A field was changed; nothing is said when it was not.
    #[must_use]
    pub fn changed(
        mut self,
        field: &'static Field,
        before: impl ToString,
        after: impl ToString,
    ) -> Note {
        let (before, after) = (before.to_string(), after.to_string());
        if before != after {
            let value = |value: String| {
                (!field.personal && !value.is_empty()).then(|| text::clean(&value, 200))
            };
            self.details.changed.push(Changed {
                field: field.code.to_owned(),
                before: value(before),
                after: value(after),
            });
        }
        self
    }

    /// Something worth knowing; of a personal field nothing is taken.
    #[must_use]
    pub fn fact(mut self, field: &'static Field, value: impl ToString) -> Note {
        if !field.personal {
            let value = text::clean(&value.to_string(), 200);
            self.details.facts.push((field.code.to_owned(), value));
        }
        self
    }

    /// A field of a customer was changed: only named, whatever the values.
    #[must_use]
    pub fn touched(mut self, field: &'static Field, differs: bool) -> Note {
        if differs {
            self.details.changed.push(Changed {
                field: field.code.to_owned(),
                before: None,
                after: None,
            });
        }
        self
    }

    /// Which values of a customer are other than before.
    #[must_use]
    pub fn customer_changed(self, before: &Customer, after: &Customer) -> Note {
        let mut note = self
            .touched(&fields::LAST_NAME, before.last_name != after.last_name)
            .touched(&fields::FIRST_NAME, before.first_name != after.first_name)
            .touched(
                &fields::MIDDLE_NAME,
                before.middle_name != after.middle_name,
            )
            .touched(&fields::CITY, before.city != after.city)
            .touched(&fields::ADDRESS, before.address != after.address)
            .touched(&fields::SEX, before.sex != after.sex)
            .touched(&fields::BIRTHDAY, before.birthday != after.birthday)
            .touched(&fields::CHILDREN, before.children != after.children)
            .touched(&fields::ABOUT, before.about != after.about)
            .touched(&fields::REGISTERED_IN, before.store_id != after.store_id);
        for (field, kind) in [
            (&fields::PHONES, ContactKind::Phone),
            (&fields::EMAILS, ContactKind::Email),
            (&fields::CARDS, ContactKind::Card),
            (&fields::EXTERNAL_IDS, ContactKind::External),
        ] {
            let of_kind = |one: &Customer| -> Vec<Contact> {
                let all = one.contacts.iter();
                all.filter(|contact| contact.kind == kind)
                    .cloned()
                    .collect()
            };
            note = note.touched(field, of_kind(before) != of_kind(after));
        }
        note
    }

    /// Why, as a person typed it.
    ///
    /// # Errors
    /// None given, or one that spells a phone or an e-mail: the journal names nobody.
    pub fn because(mut self, reason: &str) -> Result<Note, Refusal> {
        self.reason = Some(checked_reason(reason)?);
        Ok(self)
    }

    /// When, if not in the transaction that writes it.
    #[must_use]
    pub(crate) fn at(mut self, at: Instant) -> Note {
        self.at = Some(at);
        self
    }

    /// Writes the entry with the act it tells of.
    ///
    /// # Errors
    /// The database.
    pub fn write(&self, tx: &mut WriteTx<'_>) -> Result<(), StoreError> {
        let details = serde_json::to_string(&self.details)
            .map_err(|error| StoreError::Invalid(error.to_string()))?;
        tx.journal(&NewEntry {
            act: self.act.to_owned(),
            actor: self.by.actor,
            address: self.by.address.clone(),
            agent: self.by.agent.clone(),
            subjects: self.subjects.clone(),
            details,
            reason: self.reason.clone(),
            at: self.at,
        })?;
        Ok(())
    }
}

/// A reason fit for keeping.
pub(crate) fn checked_reason(reason: &str) -> Result<String, Refusal> {
    let reason = text::clean(reason, LONGEST_REASON + 1);
    let length = reason.chars().count();
    if !(5..=LONGEST_REASON).contains(&length) {
        return Err(Refusal::field(
            "reason",
            "length",
            Text::new("от 5 до 500 знаков", "from 5 to 500 characters"),
        ));
    }
    let mut run = 0;
    let longest = reason
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.'))
        .map(|c| {
            run = if c.is_ascii_digit() { run + 1 } else { 0 };
            run
        })
        .max();
    if reason.contains('@') || longest.unwrap_or(0) >= 7 {
        return Err(Refusal::field(
            "reason",
            "personal",
            Text::new(
                "без телефонов и адресов почты: журнал никого не называет",
                "no phones and e-mails: the journal names nobody",
            ),
        ));
    }
    Ok(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_asked_and_names_nobody() {
        assert_eq!(
            checked_reason("  рассылка   по почте ").unwrap(),
            "рассылка по почте"
        );
        assert!(checked_reason("10 и 12 ноября 2026").is_ok());
        for bad in [
            "",
            "ок",
            "звонил +7 (916) 123-45-67",
            "anna@example.ru просила",
        ] {
            assert!(checked_reason(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn personal_values_are_named_and_not_spelled() {
        let note = Note::new(&acts::CUSTOMER_CHANGED, By::program())
            .changed(&fields::PHONES, "+79161234567", "+79160000000")
            .changed(&fields::TIME_ZONE, "Europe/Moscow", "Asia/Omsk")
            .changed(&fields::CITY, "Казань", "Казань")
            .fact(&fields::LAST_NAME, "Иванова");
        let json = serde_json::to_string(&note.details).unwrap();
        assert_eq!(
            json,
            r#"{"changed":[{"field":"phones"},{"field":"time_zone","before":"Europe/Moscow","after":"Asia/Omsk"}]}"#
        );
    }
}
