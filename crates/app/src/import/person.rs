//! The buyer of a row: identifiers, name and the rest, normalised.

use super::counts::Counts;
use super::fields::Field;
use super::plan::Plan;
use crate::files::RowRef;
use vernis_domain::about::{self, Mark};
use vernis_domain::customer::{Birthday, Child, MAX_ADDRESS, MAX_CHILDREN};
use vernis_domain::phone::PhoneRegion;
use vernis_domain::text::{clean, fold};
use vernis_domain::{
    About, Contact, ContactKind, Currency, Customer, CustomerId, Day, Instant, Sex, UserId,
    blocked, dates, email, name, phone,
};

/// Source of the external id made of a name, for people known by nothing else.
pub const BY_NAME: &str = "name";
/// Longest identifier kept, in characters.
const MAX_ID_CHARS: usize = 64;

/// Reads the buyer of a row; `None` when nothing tells who he is. `source` names the system whose
/// customer ids the file carries. Unreadable contacts are counted and left out.
pub(super) fn read(
    plan: &Plan,
    row: &RowRef,
    source: &str,
    region: PhoneRegion,
    currency: Currency,
    notes: &mut Counts,
) -> Option<Customer> {
    let mut person = Customer {
        id: CustomerId(0),
        last_name: name::part(plan.cell(row, Field::LastName)),
        first_name: name::part(plan.cell(row, Field::FirstName)),
        middle_name: name::part(plan.cell(row, Field::MiddleName)),
        sex: None,
        birthday: birthday(plan, plan.cell(row, Field::Birthday), notes),
        city: clean(plan.cell(row, Field::City), 100),
        address: clean(plan.cell(row, Field::Address), MAX_ADDRESS),
        other_names: Vec::new(),
        contacts: contacts(plan, row, source, region, notes),
        children: children(plan, row, notes),
        about: about(plan, row, currency, notes),
        store_id: None,
        channel_id: None,
        registered_day: registered(plan, row, notes).unwrap_or(NO_DAY),
        recorded_at: Instant(0),
    };
    let full = plan.cell(row, Field::FullName);
    if !full.is_empty() && person.last_name.is_empty() {
        let parts = name::split(full);
        person.last_name = parts.last;
        if person.first_name.is_empty() {
            person.first_name = parts.first;
        }
        if person.middle_name.is_empty() {
            person.middle_name = parts.middle;
        }
    }
    person.sex = sex(plan.cell(row, Field::Sex), notes)
        .or_else(|| name::sex_of(&person.first_name, &person.middle_name));
    if person.contacts.is_empty() {
        let known_as = fold(&person.full_name());
        if known_as.is_empty() {
            return None;
        }
        let birthday = person.birthday.map_or(String::new(), |b| {
            format!("|{}-{}-{}", b.year.unwrap_or(0), b.month, b.day)
        });
        notes.warn("identified_by_name", 1);
        person.contacts.push(Contact {
            kind: ContactKind::External,
            value: format!("{known_as}{birthday}"),
            source: BY_NAME.to_owned(),
        });
    }
    Some(person)
}

/// Stands for "not said in the file" until the day of recording is put in.
pub(super) const NO_DAY: Day = Day(-1);

/// Identifiers, strongest first, without those that say nobody.
fn contacts(
    plan: &Plan,
    row: &RowRef,
    source: &str,
    region: PhoneRegion,
    notes: &mut Counts,
) -> Vec<Contact> {
    let mut found: Vec<Contact> = Vec::new();
    let mut fillers = 0;
    let mut add = |kind: ContactKind, value: String, source: &str| {
        let contact = Contact {
            kind,
            value,
            source: source.to_owned(),
        };
        if contact.value.is_empty() || found.contains(&contact) {
            return;
        }
        if blocked::given(&contact) {
            fillers += 1;
        } else {
            found.push(contact);
        }
    };
    add(
        ContactKind::External,
        identifier(plan.cell(row, Field::CustomerId)),
        source,
    );
    for column in &plan.cards {
        add(
            ContactKind::Card,
            identifier(row.cell(*column)).replace([' ', '-'], ""),
            "",
        );
    }
    for column in &plan.phones {
        let cell = phone::parse_cell(row.cell(*column), region);
        cell.phones
            .into_iter()
            .for_each(|value| add(ContactKind::Phone, value, ""));
        cell.errors
            .iter()
            .for_each(|error| notes.warn(error.code(), 1));
    }
    for (column, kind) in &plan.messengers {
        let text = row.cell(*column).trim();
        if text.is_empty() {
            continue;
        }
        match kind.normalise(text, region) {
            Ok(value) => add(*kind, value, ""),
            Err(_) => notes.warn("messenger_unreadable", 1),
        }
    }
    for column in &plan.emails {
        let cell = email::parse_cell(row.cell(*column));
        cell.emails
            .into_iter()
            .for_each(|value| add(ContactKind::Email, value, ""));
        cell.errors
            .iter()
            .for_each(|error| notes.warn(error.code(), 1));
    }
    notes.warn("blocked_contact", fillers);
    found
}

/// A code as written; `123.0` of a spreadsheet is `123`, dashes and «нет» are nothing.
fn identifier(text: &str) -> String {
    let cleaned = clean(text, MAX_ID_CHARS);
    let code = cleaned.trim_matches(['\'', '"']);
    let code = match code.split_once('.') {
        Some((whole, zeros))
            if zeros.bytes().all(|b| b == b'0') && whole.bytes().all(|b| b.is_ascii_digit()) =>
        {
            whole
        }
        _ => code,
    };
    match code.to_lowercase().as_str() {
        "-" | "—" | "–" | "нет" | "null" | "none" | "nan" | "n/a" | "#n/a" | "0" => {
            String::new()
        }
        _ => code.to_owned(),
    }
}

/// Children by their birthdays; several may stand in one cell, parted by commas, semicolons or lines.
fn children(plan: &Plan, row: &RowRef, notes: &mut Counts) -> Vec<Child> {
    let mut found: Vec<Child> = Vec::new();
    for column in &plan.children {
        for text in row.cell(*column).split([',', ';', '\n']) {
            let Some(birthday) = birthday(plan, text.trim(), notes) else {
                continue;
            };
            let child = Child {
                name: String::new(),
                birthday,
            };
            if found.len() < MAX_CHILDREN && !found.contains(&child) {
                found.push(child);
            }
        }
    }
    found
}

/// What the row notes of him: tags, likes, the VIP mark, values of own fields.
fn about(plan: &Plan, row: &RowRef, currency: Currency, notes: &mut Counts) -> About {
    let words_of = |columns: &[usize]| {
        let all = columns
            .iter()
            .flat_map(|column| about::words_of(row.cell(*column)));
        about::words(all.collect::<Vec<_>>())
    };
    let mut found = About {
        tags: words_of(&plan.tags),
        likes: words_of(&plan.likes),
        ..About::default()
    };
    let vip = clean(plan.cell(row, Field::Vip), about::MAX_REASON);
    let reason = match fold(&vip).as_str() {
        "" | "нет" | "no" | "0" | "-" | "false" | "ложь" | "н" | "n" => None,
        "да" | "yes" | "1" | "+" | "true" | "истина" | "д" | "y" | "vip" | "вип" => {
            Some(String::new())
        }
        _ => Some(vip),
    };
    found.vip = reason.map(|reason| Mark {
        reason,
        by: UserId(0),
        at: Instant(0),
    });
    for (column, field) in &plan.own {
        match field.read(row.cell(*column), currency, plan.person_dates.pivot_year) {
            Ok(value) => {
                if value.is_some() {
                    found.set(field.id, value);
                }
            }
            Err(_) => notes.warn("own_field_unreadable", 1),
        }
    }
    found
}

fn birthday(plan: &Plan, text: &str, notes: &mut Counts) -> Option<Birthday> {
    if text.is_empty() {
        return None;
    }
    // «23.11» without a year.
    if let Some((day, month)) = text.trim_end_matches('.').split_once('.')
        && let (Ok(day), Ok(month)) = (day.parse::<i8>(), month.parse::<i8>())
        && let Some(date) = dates::Civil::new(2000, month, day)
    {
        return Some(Birthday {
            year: None,
            month: date.month,
            day: date.day,
        });
    }
    match dates::parse(text, plan.person_dates) {
        Ok(moment) => {
            let date = moment.date;
            // 1900 and earlier is what programs write for "unknown year".
            let year = (date.year > 1900 && date.year <= plan.person_dates.pivot_year)
                .then_some(date.year);
            Some(Birthday {
                year,
                month: date.month,
                day: date.day,
            })
        }
        Err(_) => {
            notes.warn("birthday_unreadable", 1);
            None
        }
    }
}

fn registered(plan: &Plan, row: &RowRef, notes: &mut Counts) -> Option<Day> {
    let text = plan.cell(row, Field::Registered);
    if text.is_empty() {
        return None;
    }
    let day = dates::parse(text, plan.person_dates)
        .ok()
        .and_then(|moment| moment.date.to_day());
    if day.is_none() {
        notes.warn("registered_unreadable", 1);
    }
    day
}

fn sex(text: &str, notes: &mut Counts) -> Option<Sex> {
    if text.is_empty() {
        return None;
    }
    let folded = fold(text);
    match folded.trim_end_matches('.') {
        "м" | "муж" | "мужской" | "мужчина" | "m" | "male" | "man" => {
            Some(Sex::Male)
        }
        "ж" | "жен" | "женский" | "женщина" | "f" | "female" | "woman" | "w" => {
            Some(Sex::Female)
        }
        "-" | "не указан" | "нет" | "unknown" | "0" => None,
        _ => {
            notes.warn("sex_unreadable", 1);
            None
        }
    }
}

/// Puts into `known` what `read` adds: empty fields are filled, contacts that find nobody else
/// (`free`) are added. Nothing that is there is changed. True when something was added.
pub(super) fn enrich(
    known: &mut Customer,
    read: &Customer,
    free: impl Fn(&Contact) -> bool,
) -> bool {
    let mut changed = false;
    let mut fill = |to: &mut String, from: &String| {
        if to.is_empty() && !from.is_empty() {
            to.clone_from(from);
            changed = true;
        }
    };
    let nameless = known.last_name.is_empty() && known.first_name.is_empty();
    if nameless || fold(&known.last_name) == fold(&read.last_name) {
        fill(&mut known.last_name, &read.last_name);
        fill(&mut known.first_name, &read.first_name);
        fill(&mut known.middle_name, &read.middle_name);
    }
    fill(&mut known.city, &read.city);
    fill(&mut known.address, &read.address);
    if known.sex.is_none() && read.sex.is_some() {
        known.sex = read.sex;
        changed = true;
    }
    if known.birthday.is_none() && read.birthday.is_some() {
        known.birthday = read.birthday;
        changed = true;
    }
    for child in &read.children {
        let told = known
            .children
            .iter()
            .any(|one| one.birthday == child.birthday);
        if !told && known.children.len() < MAX_CHILDREN {
            known.children.push(child.clone());
            changed = true;
        }
    }
    let noted = known.about.clone();
    known.about.merge(&read.about);
    changed |= known.about != noted;
    for contact in &read.contacts {
        if !known.contacts.contains(contact) && free(contact) {
            known.contacts.push(contact.clone());
            changed = true;
        }
    }
    changed
}
