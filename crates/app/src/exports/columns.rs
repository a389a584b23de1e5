//! What an export can hold of a person: contacts as whoever asks may see them, and every fact of lists.

use crate::caller::Caller;
use crate::contacts;
use crate::refusal::Refusal;
use std::borrow::Cow;
use vernis_analytics::LiveBase;
use vernis_analytics::facts::{self, Fact, FactValue};
use vernis_analytics::metrics::Unit;
use vernis_domain::about::field::numbers;
use vernis_domain::{ContactKind, Customer, Day, Language, Sex, Text};

/// A value in a cell, typed: a text is never taken for a formula, a number or a day.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Empty,
    Text(String),
    Whole(i64),
    /// Minor units with so many digits behind the comma.
    Money(i64, u32),
    Real(f64),
    Day(Day),
}

/// What stands for a value that whoever asks may not carry away.
const VEILED: &str = "***";

/// A column of an export.
#[derive(Clone, Copy)]
pub(crate) enum Column {
    Own(&'static OwnColumn),
    Fact(&'static Fact),
}

/// A column that is no fact.
pub(crate) struct OwnColumn {
    pub key: &'static str,
    pub label: Text,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Name,
    Last,
    First,
    Middle,
    Main(ContactKind),
    All(ContactKind),
    City,
    Address,
}

/// A column that can be asked for.
#[derive(Clone, Debug)]
pub struct OfferedColumn {
    /// Stable key.
    pub key: &'static str,
    /// Name.
    pub label: Text,
    /// Whoever asks gets it masked.
    pub masked: bool,
}

static OWN: &[OwnColumn] = &[
    own("name", "Имя целиком", "Full name", What::Name),
    own("last_name", "Фамилия", "Last name", What::Last),
    own("first_name", "Имя", "First name", What::First),
    own("middle_name", "Отчество", "Middle name", What::Middle),
    own("phone", "Телефон", "Phone", What::Main(ContactKind::Phone)),
    own("email", "Почта", "E-mail", What::Main(ContactKind::Email)),
    own(
        "phones",
        "Все телефоны",
        "All phones",
        What::All(ContactKind::Phone),
    ),
    own(
        "emails",
        "Вся почта",
        "All e-mails",
        What::All(ContactKind::Email),
    ),
    own(
        "card",
        "Номер карты",
        "Card number",
        What::Main(ContactKind::Card),
    ),
    own("city", "Город", "City", What::City),
    own("address", "Адрес", "Address", What::Address),
];

const fn own(key: &'static str, ru: &'static str, en: &'static str, what: What) -> OwnColumn {
    OwnColumn {
        key,
        label: Text::new(ru, en),
        what,
    }
}

/// All columns there are, as this caller gets them.
pub(crate) fn offered(caller: &Caller, base: &LiveBase) -> Vec<OfferedColumn> {
    let masked = contacts::are_masked(caller);
    let own = OWN.iter().map(|one| OfferedColumn {
        key: one.key,
        label: one.label.clone(),
        masked: masked && matches!(one.what, What::Main(_) | What::All(_) | What::Address),
    });
    let facts = facts::offered(base).into_iter().map(|fact| OfferedColumn {
        key: fact.key,
        label: label_of(fact),
        masked: masked && says_something(fact),
    });
    own.chain(facts).collect()
}

/// A field of the shop's own that it calls personal: it leaves only with contacts.
fn says_something(fact: &Fact) -> bool {
    fact.field().is_some_and(|field| field.personal)
}

fn label_of(fact: &Fact) -> Text {
    Text::owned(fact.label.ru.to_string(), fact.label.en.to_string())
}

/// The columns of these keys, each once.
pub(crate) fn chosen(base: &LiveBase, keys: &[String]) -> Result<Vec<Column>, Refusal> {
    let mut all: Vec<Column> = Vec::new();
    for key in keys {
        let own = OWN.iter().find(|own| own.key == key).map(Column::Own);
        let column = own.or_else(|| facts::find_in(base, key).map(Column::Fact));
        let column = column.ok_or_else(|| {
            Refusal::field(
                "columns",
                "unknown",
                Text::owned(
                    format!("столбца «{key}» нет"),
                    format!("there is no column \"{key}\""),
                ),
            )
        })?;
        if all.iter().all(|one| one.key() != column.key()) {
            all.push(column);
        }
    }
    if all.is_empty() {
        return Err(Refusal::field(
            "columns",
            "none",
            Text::new(
                "выберите хотя бы один столбец",
                "choose at least one column",
            ),
        ));
    }
    Ok(all)
}

impl Column {
    pub fn key(self) -> &'static str {
        match self {
            Column::Own(own) => own.key,
            Column::Fact(fact) => fact.key,
        }
    }

    pub fn label(self, language: Language) -> String {
        match self {
            Column::Own(own) => own.label.get(language).to_owned(),
            Column::Fact(fact) => label_of(fact).get(language).to_owned(),
        }
    }

    /// The fact behind it.
    pub fn fact(self) -> Option<&'static Fact> {
        match self {
            Column::Own(_) => None,
            Column::Fact(fact) => Some(fact),
        }
    }

    /// Its cell of a customer, as the caller may see it. `None` of a fact.
    pub fn own_cell(self, caller: &Caller, customer: &Customer) -> Option<Cell> {
        let Column::Own(own) = self else { return None };
        let text = |text: &str| match text {
            "" => Cell::Empty,
            text => Cell::Text(text.to_owned()),
        };
        let seen = |kind, value: &str| {
            let shown = contacts::shown(caller, kind, value);
            match kind {
                ContactKind::Phone => spaced(&shown).into_owned(),
                _ => shown,
            }
        };
        Some(match own.what {
            What::Name => text(&customer.full_name()),
            What::Last => text(&customer.last_name),
            What::First => text(&customer.first_name),
            What::Middle => text(&customer.middle_name),
            What::City => text(&customer.city),
            What::Address if contacts::are_masked(caller) && !customer.address.is_empty() => {
                text(VEILED)
            }
            What::Address => text(&customer.address),
            What::Main(kind) => customer
                .contact(kind)
                .map_or(Cell::Empty, |value| Cell::Text(seen(kind, value))),
            What::All(kind) => {
                let all = customer.contacts.iter().filter(|one| one.kind == kind);
                let all: Vec<String> = all.map(|one| seen(kind, &one.value)).collect();
                text(&all.join(", "))
            }
        })
    }
}

/// `+7 (916) 123-45-67`: a spreadsheet leaves it a text, where bare digits become 7,9E+10.
fn spaced(phone: &str) -> Cow<'_, str> {
    match phone.strip_prefix("+7") {
        Some(rest) if rest.len() == 10 && rest.bytes().all(|b| b.is_ascii_digit()) => {
            Cow::Owned(format!(
                "+7 ({}) {}-{}-{}",
                &rest[..3],
                &rest[3..6],
                &rest[6..8],
                &rest[8..]
            ))
        }
        _ => Cow::Borrowed(phone),
    }
}

/// The cell of a fact.
pub(crate) fn fact_cell(
    caller: &Caller,
    base: &LiveBase,
    fact: &'static Fact,
    value: FactValue<'_>,
    language: Language,
    digits: u32,
) -> Cell {
    let text = |text: Option<String>| match text {
        Some(text) if !text.is_empty() => Cell::Text(text),
        _ => Cell::Empty,
    };
    let named = |key: &str| {
        let all = fact.choices();
        let found = all.iter().find(|(one, _)| *one == key);
        found.map(|(_, label)| match language {
            Language::Ru => label.ru.to_string(),
            Language::En => label.en.to_string(),
        })
    };
    match value {
        FactValue::Empty => Cell::Empty,
        _ if contacts::are_masked(caller) && says_something(fact) => Cell::Text(VEILED.to_owned()),
        FactValue::Number(n) => Cell::Whole(n),
        FactValue::Money(n) => Cell::Money(n, digits),
        FactValue::Real(x) if fact.unit == Some(Unit::Share) => Cell::Real((x * 1e4).round() / 1e4),
        FactValue::Real(x) => Cell::Real((x * 100.0).round() / 100.0),
        FactValue::Day(day) => Cell::Day(day),
        FactValue::Store(id) => text(base.catalogue().store(id).map(|one| one.name.clone())),
        FactValue::Channel(id) => text(base.catalogue().channel(id).map(|one| one.name.clone())),
        FactValue::Cell(cell) => Cell::Text(cell.to_string()),
        FactValue::State(state) => text(named(state.key()).or(Some(state.key().to_owned()))),
        FactValue::Text(word) => text(Some(contacts::text(caller, &word.shown))),
        FactValue::Choice(no) => text(fact.choice_key(no).and_then(named)),
        FactValue::Choices(bits) => {
            let all = numbers(bits).filter_map(|no| fact.choice_key(no).and_then(named));
            text(Some(all.collect::<Vec<_>>().join(", ")))
        }
        FactValue::Words(words) => {
            let all = words.iter().map(|word| contacts::text(caller, &word.shown));
            text(Some(all.collect::<Vec<_>>().join(", ")))
        }
        FactValue::Flag(yes) => {
            let word = match (yes, language) {
                (true, Language::Ru) => "да",
                (true, Language::En) => "yes",
                (false, _) => "",
            };
            text(Some(word.to_owned()))
        }
        FactValue::Birthday(month, day) => Cell::Text(match language {
            Language::Ru => format!("{day:02}.{month:02}"),
            Language::En => format!("{month:02}-{day:02}"),
        }),
        FactValue::Sex(sex) => Cell::Text(
            match (sex, language) {
                (Sex::Male, Language::Ru) => "муж.",
                (Sex::Female, Language::Ru) => "жен.",
                (Sex::Male, Language::En) => "male",
                (Sex::Female, Language::En) => "female",
            }
            .to_owned(),
        ),
    }
}
