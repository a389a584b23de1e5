//! What is noted about a customer, changed: values of own fields, tags, likes, marks.

use crate::App;
use crate::contacts;
use crate::journal::Actor as JournalActor;
use crate::refusal::Refusal;
use serde_json::Value as Json;
use vernis_domain::about::field::{CustomField, CustomValue, FieldKind};
use vernis_domain::about::{self, Mark};
use vernis_domain::{About, Currency, FieldId, Instant, Text, UserId};

/// A change of what is noted; what is `None` or not named stays.
#[derive(Clone, Default)]
pub struct AboutPatch {
    /// Own fields; no value takes it away.
    pub custom: Vec<(FieldId, Option<CustomValue>)>,
    /// All tags.
    pub tags: Option<Vec<String>>,
    /// Tags put to those he has.
    pub add_tags: Vec<String>,
    /// Tags taken away, in whatever spelling.
    pub remove_tags: Vec<String>,
    /// All he likes.
    pub likes: Option<Vec<String>>,
    /// VIP with this reason, or no more.
    pub vip: Option<Option<String>>,
    /// Problem with this reason, or no more.
    pub problem: Option<Option<String>>,
    /// Who changes it; nobody for a program.
    pub by: Option<UserId>,
}

impl AboutPatch {
    /// Puts the change into what is noted.
    pub fn apply(&self, about: &mut About, now: Instant) {
        for (field, value) in &self.custom {
            about.set(*field, over(about.value(*field), value.clone()));
        }
        if let Some(tags) = &self.tags {
            about.tags = about::words(tags);
        }
        if !self.remove_tags.is_empty() {
            let gone = about::words(&self.remove_tags);
            let fold = |word: &String| vernis_domain::text::fold(word);
            let gone: Vec<String> = gone.iter().map(fold).collect();
            about.tags.retain(|tag| !gone.contains(&fold(tag)));
        }
        if !self.add_tags.is_empty() {
            about.tags = about::words(about.tags.iter().chain(&self.add_tags));
        }
        if let Some(likes) = &self.likes {
            about.likes = about::words(likes);
        }
        for (wanted, mark) in [
            (&self.vip, &mut about.vip),
            (&self.problem, &mut about.problem),
        ] {
            match wanted {
                None => {}
                Some(None) => *mark = None,
                Some(Some(reason)) => {
                    let before = mark.as_ref().map_or("", |own| &own.reason);
                    let reason = contacts::typed_over(before, reason);
                    let reason = vernis_domain::text::clean(&reason, about::MAX_REASON);
                    // The same mark again is no news: who set it first stays.
                    if mark.as_ref().is_none_or(|own| own.reason != reason) {
                        *mark = Some(Mark {
                            reason,
                            by: self.by.unwrap_or(UserId(0)),
                            at: now,
                        });
                    }
                }
            }
        }
    }

    /// Adds what is not known yet; changes nothing that is.
    pub fn enrich(&self, about: &mut About, now: Instant) {
        let mut news = About::default();
        self.apply(&mut news, now);
        about.merge(&news);
    }
}

impl App {
    /// The name of a member of staff; empty for a program, or one who is gone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn staff_name(&self, id: UserId) -> Result<String, Refusal> {
        if id == UserId(0) {
            return Ok(String::new());
        }
        let all = self.store.read(|tx| tx.users().map_err(Refusal::from))?;
        let found = all.into_iter().find(|user| user.id == id);
        Ok(found.map(|user| user.name).unwrap_or_default())
    }

    /// The name of who did something: of a member of staff or of a key; empty for the program.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn actor_name(&self, actor: JournalActor) -> Result<String, Refusal> {
        match actor {
            JournalActor::Staff(id) => self.staff_name(id),
            JournalActor::Key(id) => {
                let all = self.store.read(|tx| tx.api_keys().map_err(Refusal::from))?;
                let found = all.into_iter().find(|key| key.id == id);
                Ok(found.map(|key| key.name).unwrap_or_default())
            }
            _ => Ok(String::new()),
        }
    }
}

/// A value of a field as a program gives it in JSON; null and an empty text take it away.
///
/// # Errors
/// Names the field under `custom`.
pub fn value_of(
    field: &CustomField,
    given: &Json,
    currency: Currency,
    this_year: i16,
) -> Result<Option<CustomValue>, Refusal> {
    let wrong = || {
        let (ru, en) = match field.kind {
            FieldKind::Number => ("нужно число", "a number is wanted"),
            FieldKind::Money => (
                "нужна сумма в копейках (целое число)",
                "an amount in minor units (a whole number) is wanted",
            ),
            FieldKind::Date => (
                "нужна дата вида 2026-11-23",
                "a date like 2026-11-23 is wanted",
            ),
            FieldKind::Choice => ("нет такого варианта", "there is no such choice"),
            FieldKind::Choices => (
                "нужен список вариантов этого поля",
                "a list of this field's choices is wanted",
            ),
            FieldKind::Flag => ("нужно да или нет", "true or false is wanted"),
            FieldKind::Link => (
                "нужна ссылка http или https",
                "an http or https address is wanted",
            ),
            FieldKind::Text => ("нужен текст", "a text is wanted"),
        };
        Refusal::field(
            format!("custom.{}", field.key),
            "not_a_value",
            Text::new(ru, en),
        )
    };
    let typed = match (field.kind, given) {
        (_, Json::Null) => return Ok(None),
        (FieldKind::Money, Json::Number(number)) => {
            let minor = number.as_i64().filter(|n| *n != i64::MIN);
            return Ok(Some(CustomValue::Money(minor.ok_or_else(wrong)?)));
        }
        (FieldKind::Number, Json::Number(number)) => number.to_string(),
        (FieldKind::Flag, Json::Bool(yes)) => return Ok(Some(CustomValue::Flag(*yes))),
        (FieldKind::Choices, Json::Array(keys)) => {
            let mut bits = 0;
            for key in keys {
                let key = key.as_str().ok_or_else(wrong)?;
                bits |= 1 << field.choice_named(key).ok_or_else(wrong)?.no;
            }
            return Ok((bits != 0).then_some(CustomValue::Choices(bits)));
        }
        (FieldKind::Money, Json::String(text)) if text.is_empty() => return Ok(None),
        (FieldKind::Money, _) => return Err(wrong()),
        (_, Json::String(text)) => text.clone(),
        _ => return Err(wrong()),
    };
    if typed.chars().count() > about::field::MAX_TEXT {
        return Err(wrong());
    }
    field.read(&typed, currency, this_year).map_err(|_| wrong())
}

/// A value of a field in JSON: what [`value_of`] reads.
pub fn json_of(field: &CustomField, value: &CustomValue) -> Json {
    let key = |no: u8| field.choice(no).map(|one| Json::String(one.key.clone()));
    match value {
        CustomValue::Text(text) => Json::String(text.clone()),
        CustomValue::Number(n) => serde_json::Number::from_f64(*n as f64 / 1e6)
            .filter(|_| n % 1_000_000 != 0)
            .map_or_else(|| Json::from(n / 1_000_000), Json::Number),
        CustomValue::Money(n) => Json::from(*n),
        CustomValue::Date(days) => Json::String(vernis_domain::Day(*days).date().to_string()),
        CustomValue::Choice(no) => key(*no).unwrap_or(Json::Null),
        CustomValue::Choices(bits) => about::field::numbers(*bits)
            .filter_map(key)
            .collect::<Vec<_>>()
            .into(),
        CustomValue::Flag(yes) => Json::Bool(*yes),
    }
}

/// A text typed over a masked one keeps what was masked in it.
fn over(before: Option<&CustomValue>, typed: Option<CustomValue>) -> Option<CustomValue> {
    match (before, typed) {
        (Some(CustomValue::Text(before)), Some(CustomValue::Text(typed))) => {
            Some(CustomValue::Text(contacts::typed_over(before, &typed)))
        }
        (_, typed) => typed,
    }
}
