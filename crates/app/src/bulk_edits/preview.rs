//! What a bulk edit would do: how many have a value already, how many get it, how many lose another
//! one; and some people, each with what changes.

use super::BulkEdit;
use super::change::{BulkChange, MarkChange, Wanted};
use crate::App;
use crate::caller::Caller;
use crate::contacts;
use crate::refusal::Refusal;
use crate::timeline::Change;
use crate::view::View;
use std::collections::HashMap;
use vernis_analytics::LiveBase;
use vernis_domain::about::Mark;
use vernis_domain::about::field::{CustomField, CustomValue};
use vernis_domain::text::fold;
use vernis_domain::{Currency, Customer, CustomerId, Sex, StoreId, Text, UserId};

/// Customers shown in a preview.
const SAMPLE: usize = 8;

/// What a bulk edit would do.
pub struct BulkPreview {
    /// Customers it is about.
    pub total: usize,
    /// How many of them it changes.
    pub changing: usize,
    /// What it does, value by value.
    pub parts: Vec<BulkPart>,
    /// Some of those it changes, each with what changes.
    pub sample: Vec<(CustomerId, String, Vec<Change>)>,
}

/// One value a bulk edit sets or takes away, counted over all whom it is about.
pub struct BulkPart {
    /// What.
    pub label: Text,
    /// The value; none when it is taken away.
    pub value: Option<Text>,
    /// So already.
    pub already: usize,
    /// Nothing was there, and it comes.
    pub new: usize,
    /// Another value was there: it is replaced, or taken away.
    pub replaced: usize,
}

enum State {
    Already,
    New,
    Replaced,
}

/// How a customer and who looks after him are found.
type Find<'a> = Box<dyn Fn(&Customer, Option<UserId>) -> State + 'a>;
type Counted<'a> = (BulkPart, Find<'a>);

fn plain(word: &str) -> Text {
    Text::owned(word, word)
}

fn field_label(field: &CustomField) -> Text {
    let en = if field.en.is_empty() {
        &field.ru
    } else {
        &field.en
    };
    Text::owned(field.ru.clone(), en.clone())
}

fn value_words(field: &CustomField, value: &CustomValue, currency: Currency) -> Text {
    Text::owned(
        value.words(field, currency, true),
        value.words(field, currency, false),
    )
}

fn sex_words(sex: Sex) -> Text {
    match sex {
        Sex::Male => Text::new("мужской", "male"),
        Sex::Female => Text::new("женский", "female"),
    }
}

fn mark_words(mark: &Mark) -> Text {
    match mark.reason.as_str() {
        "" => Text::new("да", "yes"),
        reason => plain(reason),
    }
}

static TAG: Text = Text::new("Тег", "Tag");
static VIP: Text = Text::new("VIP", "VIP");
static PROBLEM: Text = Text::new("Проблемный", "Problem");
static STORE: Text = Text::new("Магазин регистрации", "Store of registration");
static CITY: Text = Text::new("Город", "City");
static SEX: Text = Text::new("Пол", "Sex");
static MANAGER: Text = Text::new("Ответственный", "Looked after by");

/// Of a value that is wanted, whether it is there.
fn found<T: PartialEq>(has: Option<T>, wanted: Option<&T>) -> State {
    match (has, wanted) {
        (None, None) => State::Already,
        (Some(has), Some(wanted)) if has == *wanted => State::Already,
        (None, Some(_)) => State::New,
        (Some(_), _) => State::Replaced,
    }
}

impl App {
    /// What a change of these customers would do; nothing is changed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn preview_bulk_edit(
        &self,
        caller: &Caller,
        view: &View,
        customers: &[CustomerId],
        change: &BulkChange,
    ) -> Result<BulkPreview, Refusal> {
        let now = self.now();
        let staff = self.managers_by_id()?;
        let joined = joined_managers(view);
        let mut parts = parts(change, view, &staff, self.shop().currency);
        let mut preview = BulkPreview {
            total: customers.len(),
            changing: 0,
            parts: Vec::new(),
            sample: Vec::new(),
        };
        for id in customers {
            let Some(before) = view.customer(*id) else {
                continue;
            };
            let own = view.managers().get(*id);
            let manager = own.or_else(|| joined.get(id).copied());
            for (part, find) in &mut parts {
                match find(&before, manager) {
                    State::Already => part.already += 1,
                    State::New => part.new += 1,
                    State::Replaced => part.replaced += 1,
                }
            }
            let mut after = before.clone();
            change.apply(&mut after, now);
            let managed = change.manager.map_or(manager, Wanted::value);
            if after == before && managed == manager {
                continue;
            }
            preview.changing += 1;
            if preview.sample.len() < SAMPLE {
                let mut changes = self.differences(view, &before, &after);
                if managed != manager {
                    let name = |id: Option<UserId>| -> Vec<Text> {
                        let name = id.and_then(|id| staff.get(&id));
                        name.map(|name| plain(name)).into_iter().collect()
                    };
                    changes.push(told(&MANAGER, name(manager), name(managed)));
                }
                let name = contacts::name(caller, &before);
                preview.sample.push((*id, name, changes));
            }
        }
        preview.parts = parts.into_iter().map(|(part, _)| part).collect();
        Ok(preview)
    }

    /// What a bulk edit changes: names with values, or that they are taken away.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn bulk_edit_names(&self, edit: &BulkEdit) -> Result<Vec<Text>, Refusal> {
        let change: BulkChange = serde_json::from_str(&edit.change).map_err(Refusal::internal)?;
        let staff = self.managers_by_id()?;
        let base = self.whole_base();
        let parts = parts(&change, &base, &staff, self.shop().currency);
        let named = parts.into_iter().map(|(part, _)| {
            let value = part.value.unwrap_or(Text::new("убрать", "taken away"));
            Text::owned(
                format!("{}: {}", part.label.ru, value.ru),
                format!("{}: {}", part.label.en, value.en),
            )
        });
        Ok(named.collect())
    }

    fn managers_by_id(&self) -> Result<HashMap<UserId, String>, Refusal> {
        let all = self.possible_managers()?.into_iter();
        Ok(all.map(|one| (one.id, one.name)).collect())
    }

    /// What differs between two states of a person, in words.
    fn differences(&self, view: &View, before: &Customer, after: &Customer) -> Vec<Change> {
        let currency = self.shop().currency;
        let mut all = Vec::new();
        for field in view.own_facts().fields() {
            let (was, is) = (before.about.value(field.id), after.about.value(field.id));
            if was != is {
                let words = |value: Option<&CustomValue>| {
                    let words = value.map(|value| value_words(field, value, currency));
                    words.into_iter().collect()
                };
                all.push(told(&field_label(field), words(was), words(is)));
            }
        }
        let new_in = |a: &[String], b: &[String]| -> Vec<Text> {
            let new = b.iter().filter(|word| !a.contains(word));
            new.map(|word| plain(word)).collect()
        };
        let (was, is) = (&before.about.tags, &after.about.tags);
        if was != is {
            all.push(told(&TAG, new_in(is, was), new_in(was, is)));
        }
        let list = |words: Option<Text>| words.into_iter().collect::<Vec<_>>();
        for (label, was, is) in [
            (&VIP, &before.about.vip, &after.about.vip),
            (&PROBLEM, &before.about.problem, &after.about.problem),
        ] {
            if was != is {
                let words = |mark: &Option<Mark>| list(mark.as_ref().map(mark_words));
                all.push(told(label, words(was), words(is)));
            }
        }
        if before.store_id != after.store_id {
            let name = |id| list(store_name(view, id));
            all.push(told(&STORE, name(before.store_id), name(after.store_id)));
        }
        if before.city != after.city {
            let name = |city: &str| list((!city.is_empty()).then(|| plain(city)));
            all.push(told(&CITY, name(&before.city), name(&after.city)));
        }
        if before.sex != after.sex {
            let words = |sex: Option<Sex>| list(sex.map(sex_words));
            all.push(told(&SEX, words(before.sex), words(after.sex)));
        }
        all
    }
}

fn told(label: &Text, gone: Vec<Text>, came: Vec<Text>) -> Change {
    Change {
        contact: None,
        label: label.clone(),
        gone,
        came,
    }
}

fn store_name(base: &LiveBase, id: Option<StoreId>) -> Option<Text> {
    let store = id.and_then(|id| base.catalogue().store(id));
    store.map(|store| plain(&store.name))
}

/// Of people whose own record has no manager: the one of a record joined to them.
fn joined_managers(view: &View) -> HashMap<CustomerId, UserId> {
    let mut all: Vec<_> = view.links().all().collect();
    all.sort_unstable_by_key(|(joined, _)| std::cmp::Reverse(joined.0));
    let mut found = HashMap::new();
    for (joined, _) in all {
        if let Some(manager) = view.managers().get(joined) {
            found.insert(view.links().root(joined), manager);
        }
    }
    found
}

/// The values a change names, each with how it finds a customer.
fn parts<'a>(
    change: &'a BulkChange,
    base: &LiveBase,
    staff: &HashMap<UserId, String>,
    currency: Currency,
) -> Vec<Counted<'a>> {
    let mut all: Vec<Counted<'a>> = Vec::new();
    let mut add = |label: &Text, value: Option<Text>, find: Find<'a>| {
        let part = BulkPart {
            label: label.clone(),
            value,
            already: 0,
            new: 0,
            replaced: 0,
        };
        all.push((part, find));
    };
    for (id, wanted) in &change.custom {
        let field = base
            .own_facts()
            .fields()
            .iter()
            .find(|field| field.id == *id);
        let Some(field) = field else { continue };
        let value = wanted.as_ref();
        let words = value.map(|value| value_words(field, value, currency));
        let find = |one: &Customer, _| found(one.about.value(*id), wanted.as_ref().as_ref());
        add(&field_label(field), words, Box::new(find));
    }
    for (tags, wanted) in [(&change.add_tags, true), (&change.remove_tags, false)] {
        for tag in tags {
            let folded = fold(tag);
            let find = move |one: &Customer, _| {
                let has = one.about.tags.iter().any(|own| fold(own) == folded);
                match (has, wanted) {
                    (true, true) | (false, false) => State::Already,
                    (false, true) => State::New,
                    (true, false) => State::Replaced,
                }
            };
            let label = if wanted {
                TAG.clone()
            } else {
                Text::owned(format!("Тег «{tag}»"), format!("Tag “{tag}”"))
            };
            add(&label, wanted.then(|| plain(tag)), Box::new(find));
        }
    }
    type MarkOf = fn(&Customer) -> &Option<Mark>;
    for (label, wanted, mark) in [
        (&VIP, &change.vip, (|one| &one.about.vip) as MarkOf),
        (&PROBLEM, &change.problem, |one| &one.about.problem),
    ] {
        let Some(wanted) = wanted else { continue };
        let reason = match wanted {
            MarkChange::Set(reason) => Some(reason),
            MarkChange::Clear => None,
        };
        let words = reason.map(|reason| match reason.as_str() {
            "" => Text::new("да", "yes"),
            reason => plain(reason),
        });
        let find = move |one: &Customer, _| {
            let has = mark(one).as_ref().map(|mark| &mark.reason);
            found(has, reason.as_ref())
        };
        add(label, words, Box::new(find));
    }
    if let Some(store) = change.store {
        let find = move |one: &Customer, _| found(one.store_id, Some(&store));
        add(&STORE, store_name(base, Some(store)), Box::new(find));
    }
    if let Some(city) = &change.city {
        let wanted = city.clone().value();
        let words = wanted.as_deref().map(plain);
        let find = move |one: &Customer, _| {
            let has = Some(&one.city).filter(|city| !city.is_empty());
            found(has, wanted.as_ref().as_ref())
        };
        add(&CITY, words, Box::new(find));
    }
    if let Some(sex) = change.sex {
        let find = move |one: &Customer, _| found(one.sex, sex.value().as_ref());
        add(&SEX, sex.value().map(sex_words), Box::new(find));
    }
    if let Some(manager) = change.manager {
        let name = manager.value().and_then(|id| staff.get(&id));
        let find = move |_: &Customer, has: Option<UserId>| found(has, manager.value().as_ref());
        add(&MANAGER, name.map(|name| plain(name)), Box::new(find));
    }
    all
}
