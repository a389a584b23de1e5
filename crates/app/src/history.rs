//! The history of a card: every value a person ever had, from whom, and setting one back.

use crate::App;
use crate::caller::Caller;
use crate::customers::check_contact;
use crate::journal::{Note, acts};
use crate::lookup::origin_words;
use crate::refusal::{Refusal, RefusalKind};
use crate::view::View;
use std::collections::HashMap;
use vernis_domain::about::field::CustomValue;
use vernis_domain::about::{self, Mark};
use vernis_domain::customer::{Birthday, Child, MAX_CHILDREN};
use vernis_domain::text::fold;
use vernis_domain::{
    ChannelId, Contact, ContactKind, Currency, CustomField, Customer, CustomerId, FieldId,
    ImportId, Instant, Sex, StoreId, Text, UserId, contact, one_person,
};
use vernis_store::{Actor, Origin, RecordedValue};

/// What a fact did to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The value came.
    Set,
    /// It was taken away.
    Removed,
    /// It was made sure that it is the person's own.
    Verified,
}

/// A line of the history.
#[derive(Clone, Debug)]
pub struct HistoryItem {
    /// Row id of the fact.
    pub id: i64,
    /// Record it was learned of.
    pub record: CustomerId,
    /// Code of the field.
    pub field: String,
    /// Its name.
    pub label: Text,
    /// The value in words.
    pub value: Text,
    /// What happened.
    pub change: Change,
    /// How it was verified.
    pub how: Option<Text>,
    /// Where from, in words.
    pub source: Text,
    /// Who, when it was a member of staff; or the name of the key.
    pub by: String,
    /// When.
    pub at: Instant,
    /// The person has this value now.
    pub current: bool,
    /// It can be set back.
    pub can_restore: bool,
}

fn label(field: &str) -> Text {
    if let Some(kind) = ContactKind::from_code(field) {
        return kind.spec().label.clone();
    }
    match field {
        "last_name" => Text::new("Фамилия", "Last name"),
        "first_name" => Text::new("Имя", "First name"),
        "middle_name" => Text::new("Отчество", "Middle name"),
        "city" => Text::new("Город", "City"),
        "address" => Text::new("Адрес", "Address"),
        "sex" => Text::new("Пол", "Sex"),
        "birthday" => Text::new("День рождения", "Birthday"),
        "child" => Text::new("Ребёнок", "Child"),
        "store" => Text::new("Магазин регистрации", "Store of registration"),
        "channel" => Text::new("Откуда пришёл", "Channel"),
        "custom" => Text::new("Своё поле", "Own field"),
        "tag" => Text::new("Тег", "Tag"),
        "like" => Text::new("Любит", "Likes"),
        "vip" => Text::new("VIP", "VIP"),
        "problem" => Text::new("Проблемный", "Problem"),
        other => Text::owned(other, other),
    }
}

fn birthday(text: &str) -> Option<Birthday> {
    let (year, rest) = match text.strip_prefix("--") {
        Some(rest) => (None, rest),
        None => {
            let (year, rest) = text.split_once('-')?;
            (Some(year.parse().ok()?), rest)
        }
    };
    let (month, day) = rest.split_once('-')?;
    Some(Birthday {
        year,
        month: month.parse().ok()?,
        day: day.parse().ok()?,
    })
}

fn sex(text: &str) -> Option<Sex> {
    match text {
        "male" => Some(Sex::Male),
        "female" => Some(Sex::Female),
        _ => None,
    }
}

fn contact_of(kind: ContactKind, text: &str) -> Contact {
    match (kind, text.split_once(':')) {
        (ContactKind::External, Some((source, value))) => Contact {
            kind,
            value: value.to_owned(),
            source: source.to_owned(),
        },
        _ => Contact::plain(kind, text.to_owned()),
    }
}

fn child_of(text: &str) -> Option<Child> {
    let (born, name) = text.split_once(' ').unwrap_or((text, ""));
    Some(Child {
        name: name.to_owned(),
        birthday: birthday(born)?,
    })
}

/// Puts a value of a fact into a customer; false when it is no value that can be put, `None` when he
/// has it already.
fn put(
    customer: &mut Customer,
    (field, value): (&str, &str),
    fields: &[CustomField],
    (by, at): (UserId, Instant),
) -> Option<bool> {
    let text = |to: &mut String| {
        if to == value {
            return None;
        }
        value.clone_into(to);
        Some(true)
    };
    if let Some(kind) = ContactKind::from_code(field) {
        let contact = contact_of(kind, value);
        if customer.contacts.contains(&contact) {
            return None;
        }
        customer.contacts.push(contact);
        return Some(true);
    }
    macro_rules! set {
        ($to:expr, $is:expr) => {{
            let Some(is) = $is else { return Some(false) };
            if $to == Some(is) {
                return None;
            }
            $to = Some(is);
            Some(true)
        }};
    }
    match field {
        "last_name" => text(&mut customer.last_name),
        "first_name" => text(&mut customer.first_name),
        "middle_name" => text(&mut customer.middle_name),
        "city" => text(&mut customer.city),
        "address" => text(&mut customer.address),
        "sex" => set!(customer.sex, sex(value)),
        "birthday" => set!(customer.birthday, birthday(value)),
        "store" => set!(customer.store_id, value.parse().ok().map(StoreId)),
        "channel" => set!(customer.channel_id, value.parse().ok().map(ChannelId)),
        "child" => {
            let Some(child) = child_of(value) else {
                return Some(false);
            };
            if customer.children.contains(&child) {
                return None;
            }
            if customer.children.len() >= MAX_CHILDREN {
                return Some(false);
            }
            customer.children.push(child);
            Some(true)
        }
        "custom" => {
            let Some((field, value)) = own_value(fields, value) else {
                return Some(false);
            };
            if customer.about.value(field.id) == Some(&value) {
                return None;
            }
            customer.about.set(field.id, Some(value));
            Some(field.archived_at.is_none())
        }
        "tag" | "like" => {
            let words = if field == "tag" {
                &mut customer.about.tags
            } else {
                &mut customer.about.likes
            };
            if words.iter().any(|own| fold(own) == fold(value)) {
                return None;
            }
            let before = words.len();
            *words = about::words(words.iter().map(String::as_str).chain([value]));
            Some(words.len() > before)
        }
        "vip" | "problem" => {
            let mark = if field == "vip" {
                &mut customer.about.vip
            } else {
                &mut customer.about.problem
            };
            let reason = value.split_once(' ').map_or("", |(_, reason)| reason);
            if mark.as_ref().is_some_and(|own| own.reason == reason) {
                return None;
            }
            let reason = reason.to_owned();
            *mark = Some(Mark { reason, by, at });
            Some(true)
        }
        _ => Some(false),
    }
}

/// An own field and its value, as a fact of it says them.
fn own_value<'a>(fields: &'a [CustomField], fact: &str) -> Option<(&'a CustomField, CustomValue)> {
    let (id, stored) = fact.split_once(' ')?;
    let id = FieldId(id.parse().ok()?);
    let field = fields.iter().find(|field| field.id == id)?;
    Some((field, CustomValue::from_stored(field.kind, stored)?))
}

/// What a fact is about, and its value, where the shop itself has named them.
fn own_words(fields: &[CustomField], fact: &str, currency: Currency) -> Option<(Text, Text)> {
    let (field, value) = own_value(fields, fact)?;
    let en = if field.en.is_empty() {
        &field.ru
    } else {
        &field.en
    };
    let words = |russian| value.words(field, currency, russian);
    Some((
        Text::owned(field.ru.clone(), en.clone()),
        Text::owned(words(true), words(false)),
    ))
}

impl App {
    /// Everything that was ever learned about the person of a card, the latest first.
    ///
    /// # Errors
    /// Somebody who is not seen; the database.
    pub fn customer_history(
        &self,
        view: &View,
        id: CustomerId,
    ) -> Result<Vec<HistoryItem>, Refusal> {
        view.check(id)?;
        let currency = self.shop().currency;
        self.store.read(|tx| -> Result<_, Refusal> {
            let root = tx.root(id)?;
            let person = tx.person(root)?.ok_or_else(Refusal::not_found)?;
            let mut all: Vec<(CustomerId, RecordedValue)> = Vec::new();
            for record in tx.records_of(root)? {
                let values = tx.customer_values(record)?;
                all.extend(values.into_iter().map(|value| (record, value)));
            }
            all.sort_by_key(|(_, value)| std::cmp::Reverse(value.id));
            let mut files = HashMap::new();
            for (_, value) in &all {
                if let Origin::Import(import) = value.origin
                    && !files.contains_key(&import)
                {
                    let name = tx.import(ImportId(import))?.map(|one| one.file_name);
                    files.insert(import, name.unwrap_or_default());
                }
            }
            let staff = tx.users()?;
            let keys = tx.api_keys()?;
            let fields = tx.custom_fields()?;
            let stores = tx.stores()?;
            let channels = tx.channels()?;
            let mut bulk = HashMap::new();
            for (_, value) in &all {
                if let Origin::Bulk(id) = value.origin
                    && !bulk.contains_key(&id)
                {
                    bulk.insert(id, tx.bulk_edit(id)?.map(|edit| edit.by));
                }
            }
            let name = |actor| match actor {
                Some(Actor::Staff(id)) => {
                    let found = staff.iter().find(|one| one.id == id);
                    found.map(|one| one.name.clone())
                }
                Some(Actor::Key(id)) => {
                    let found = keys.iter().find(|one| one.id == id);
                    found.map(|one| one.name.clone())
                }
                _ => None,
            };
            let by = |origin| {
                name(match origin {
                    Origin::Staff(id) => Some(Actor::Staff(UserId(id))),
                    Origin::Key(id) => Some(Actor::Key(id)),
                    Origin::Bulk(id) => bulk.get(&id).copied().flatten(),
                    _ => None,
                })
            };
            let spell = |field: &str, value: &str| -> Text {
                if let Some(kind) = ContactKind::from_code(field) {
                    let contact = contact_of(kind, value);
                    let told = if contact.source.is_empty() {
                        contact.value
                    } else {
                        format!("{} ({})", contact.value, contact.source)
                    };
                    return Text::owned(told.clone(), told);
                }
                let named = |name: Option<&String>| {
                    let name = name.cloned().unwrap_or_else(|| value.to_owned());
                    Text::owned(name.clone(), name)
                };
                match (field, value) {
                    ("sex", "male") => Text::new("мужской", "male"),
                    ("sex", "female") => Text::new("женский", "female"),
                    ("store", id) => {
                        let found = stores.iter().find(|one| one.id.0.to_string() == *id);
                        named(found.map(|one| &one.name))
                    }
                    ("channel", id) => {
                        let found = channels.iter().find(|one| one.id.0.to_string() == *id);
                        named(found.map(|one| &one.name))
                    }
                    ("vip" | "problem", text) => match text.split_once(' ') {
                        Some((_, reason)) if !reason.is_empty() => Text::owned(reason, reason),
                        _ => Text::new("без причины", "no reason"),
                    },
                    (_, text) => Text::owned(text, text),
                }
            };
            Ok(all
                .into_iter()
                .map(|(record, value)| {
                    let fact = (value.kind.as_str(), value.value.as_str());
                    let nobody = (UserId(0), Instant(0));
                    let put = put(&mut person.clone(), fact, &fields, nobody);
                    let own = (value.kind == "custom")
                        .then(|| own_words(&fields, &value.value, currency))
                        .flatten();
                    let (label, words) = own
                        .unwrap_or_else(|| (label(&value.kind), spell(&value.kind, &value.value)));
                    HistoryItem {
                        id: value.id,
                        record,
                        label,
                        value: words,
                        change: match (value.withdraws, &value.verified) {
                            (Some(_), _) => Change::Removed,
                            (None, Some(_)) => Change::Verified,
                            (None, None) => Change::Set,
                        },
                        how: value
                            .verified
                            .as_deref()
                            .and_then(contact::verification)
                            .map(|way| way.label.clone()),
                        source: origin_words(value.origin, &files),
                        by: by(value.origin).unwrap_or_default(),
                        at: value.recorded_at,
                        current: put.is_none(),
                        can_restore: put == Some(true),
                        field: value.kind,
                    }
                })
                .collect())
        })
    }

    /// Sets a field back to the value of a fact: a new fact of whoever does it. Gives the record that
    /// stands for the person.
    ///
    /// # Errors
    /// A fact of somebody else; a value he has now; a contact that is another's by now.
    pub fn restore_value(
        &self,
        caller: &Caller,
        view: &View,
        id: CustomerId,
        fact: i64,
    ) -> Result<CustomerId, Refusal> {
        view.check(id)?;
        let (view, origin) = (view.clone(), caller.origin());
        let by = caller.user_id().unwrap_or(UserId(0));
        self.store.write(move |tx| -> Result<CustomerId, Refusal> {
            let root = tx.root(id)?;
            let mut found = None;
            let mut records = tx.own_values(root)?;
            for record in &records {
                let values = tx.customer_values(record.id)?;
                found = found.or_else(|| values.into_iter().find(|value| value.id == fact));
            }
            let value = found.ok_or_else(Refusal::not_found)?;
            let before = one_person::merged(&records).ok_or_else(Refusal::not_found)?;
            let mut after = before.clone();
            let fields = tx.custom_fields()?;
            let who = (by, tx.now());
            match put(&mut after, (&value.kind, &value.value), &fields, who) {
                Some(true) => {}
                Some(false) => return Err(Refusal::not_found()),
                None => {
                    return Err(Refusal::new(
                        RefusalKind::Conflict,
                        "value_is_current",
                        Text::new(
                            "Это значение и сейчас стоит на карточке.",
                            "The card has this value now.",
                        ),
                    ));
                }
            }
            if let Some(kind) = ContactKind::from_code(&value.kind) {
                let contact = contact_of(kind, &value.value);
                check_contact(tx, &view, &records, &contact, kind.code())?;
            }
            Note::new(&acts::CUSTOMER_CHANGED, view.by())
                .customers([root])
                .customer_changed(&before, &after)
                .write(tx)?;
            let were = records.clone();
            one_person::distribute(&before, &after, &mut records);
            let changed = records.into_iter().zip(were);
            let changed = changed.filter(|(is, was)| is != was).map(|(is, _)| is);
            tx.update_customers(changed.collect(), origin)?;
            Ok(root)
        })
    }
}
