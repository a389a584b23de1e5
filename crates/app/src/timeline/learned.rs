//! Values as they came and went: facts of one moment and one source are one entry; marks have
//! entries of their own.

use super::{Change, Gathered, Keys, What};
use crate::lookup::origin_words;
use vernis_domain::about::field::CustomValue;
use vernis_domain::{ContactKind, FieldId, Instant, Text, UserId};
use vernis_store::{Origin, RecordedValue};

const MARKS: [&str; 2] = ["vip", "problem"];

/// What facts are called.
const LABELS: &[(&str, &str, &str)] = &[
    ("last_name", "Фамилия", "Last name"),
    ("first_name", "Имя", "First name"),
    ("middle_name", "Отчество", "Middle name"),
    ("sex", "Пол", "Sex"),
    ("birthday", "День рождения", "Birthday"),
    ("child", "Ребёнок", "Child"),
    ("city", "Город", "City"),
    ("address", "Адрес", "Address"),
    ("tag", "Тег", "Tag"),
    ("like", "Любит", "Likes"),
    ("store", "Магазин регистрации", "Store of registration"),
    ("channel", "Откуда пришёл", "Channel"),
];

/// What belongs to one entry.
fn group(value: &RecordedValue) -> (Instant, Origin, Option<&str>) {
    let mark = MARKS.into_iter().find(|mark| *mark == value.kind);
    (value.recorded_at, value.origin, mark)
}

/// The first fact of each entry.
pub(super) fn keys(all: &Gathered) -> Keys {
    let mut keys = Vec::new();
    let mut seen = Vec::new();
    for value in &all.values {
        let group = group(value);
        if seen.contains(&group) {
            continue;
        }
        seen.push(group);
        let kind = match group {
            (_, _, Some(_)) => "mark",
            (_, Origin::Import(_), None) => "import",
            _ => "edit",
        };
        keys.push((value.recorded_at, kind, value.id));
    }
    keys
}

/// The entry that begins with a fact.
pub(super) fn show(all: &Gathered, row: i64) -> Option<What> {
    let first = all.values.iter().find(|value| value.id == row)?;
    let wanted = group(first);
    let facts = all.values.iter().filter(|value| group(value) == wanted);
    if let (_, _, Some(kind)) = wanted {
        let mut facts = facts;
        let set = facts.find(|fact| fact.withdraws.is_none());
        let (by, reason) = set.unwrap_or(first).value.split_once(' ')?;
        return Some(What::Mark {
            kind: kind.to_owned(),
            reason: set.map(|_| reason.to_owned()),
            by: UserId(if set.is_some() {
                by.parse().unwrap_or(0)
            } else {
                0
            }),
        });
    }
    let mut changes: Vec<Change> = Vec::new();
    for fact in facts {
        let Some((label, value)) = words(all, fact) else {
            continue;
        };
        let at = changes.iter().position(|change| change.label == label);
        let at = at.unwrap_or_else(|| {
            changes.push(Change {
                contact: ContactKind::from_code(&fact.kind),
                label,
                gone: Vec::new(),
                came: Vec::new(),
            });
            changes.len() - 1
        });
        match fact.withdraws {
            None => changes[at].came.push(value),
            Some(_) => changes[at].gone.push(value),
        }
    }
    Some(What::Learned {
        origin: origin_words(first.origin, &all.files),
        changes,
    })
}

/// A fact and its value as people call them; `None` for a field that is no more.
fn words(all: &Gathered, fact: &RecordedValue) -> Option<(Text, Text)> {
    let plain = |text: &str| Text::owned(text.to_owned(), text.to_owned());
    if fact.kind == "custom" {
        let (id, stored) = fact.value.split_once(' ')?;
        let id = FieldId(id.parse().ok()?);
        let field = all.fields.iter().find(|field| field.id == id)?;
        let value = CustomValue::from_stored(field.kind, stored)?;
        let en = if field.en.is_empty() {
            &field.ru
        } else {
            &field.en
        };
        return Some((
            Text::owned(field.ru.clone(), en.clone()),
            Text::owned(
                value.words(field, all.currency, true),
                value.words(field, all.currency, false),
            ),
        ));
    }
    let label = LABELS.iter().find(|(kind, _, _)| *kind == fact.kind);
    let label = match (ContactKind::from_code(&fact.kind), label) {
        (Some(kind), _) => kind.spec().label.clone(),
        (None, Some((_, ru, en))) => Text::new(ru, en),
        (None, None) => plain(&fact.kind),
    };
    let value = match (fact.kind.as_str(), fact.value.as_str()) {
        ("store", id) => {
            let known = all.stores.iter().find(|one| one.id.0.to_string() == id);
            plain(known.map_or("", |one| &one.name))
        }
        ("channel", id) => {
            let known = all.channels.iter().find(|one| one.id.0.to_string() == id);
            plain(known.map_or("", |one| &one.name))
        }
        ("sex", "male") => Text::new("мужской", "male"),
        ("sex", "female") => Text::new("женский", "female"),
        (_, value) => plain(value),
    };
    Some((label, value))
}
