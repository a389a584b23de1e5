//! One person under several records: what a merge shows, and where an edit of it goes.
//!
//! Every record keeps its own values and goes on learning by its own contacts, as if nobody had
//! been merged; the merged card is computed from them. An unmerge has therefore nothing to undo.

use crate::contact::KINDS;
use crate::customer::Child;
use crate::text::fold;
use crate::{About, Contact, Customer};

/// The current values of one person made of several records, the survivor first, the others in the
/// order in which they were joined. `None` of no records.
///
/// - Sex, birthday, city, address, store and channel: the first record that knows.
/// - Name: the first record with one; its missing parts from records of the same last name.
/// - Own fields and marks: the first record that has one; tags and likes: all, one spelling once; the
///   last contact: the latest ([`About::merge`]).
/// - Children: all of them, one of the same birthday and name once.
/// - Contacts: all of them, in the order of the records, so that the survivor's main one stays.
/// - Registered and recorded: the earliest.
pub fn merged(records: &[Customer]) -> Option<Customer> {
    let (first, rest) = records.split_first()?;
    let mut one = first.clone();
    for record in rest {
        let nameless = one.last_name.is_empty() && one.first_name.is_empty();
        if nameless || fold(&one.last_name) == fold(&record.last_name) {
            for (to, from) in [
                (&mut one.last_name, &record.last_name),
                (&mut one.first_name, &record.first_name),
                (&mut one.middle_name, &record.middle_name),
            ] {
                if to.is_empty() {
                    to.clone_from(from);
                }
            }
        }
        one.sex = one.sex.or(record.sex);
        one.birthday = one.birthday.or(record.birthday);
        if one.city.is_empty() {
            one.city.clone_from(&record.city);
        }
        if one.address.is_empty() {
            one.address.clone_from(&record.address);
        }
        one.store_id = one.store_id.or(record.store_id);
        one.channel_id = one.channel_id.or(record.channel_id);
        one.registered_day = one.registered_day.min(record.registered_day);
        one.recorded_at = one.recorded_at.min(record.recorded_at);
        one.about.merge(&record.about);
        for child in &record.children {
            if !one.children.contains(child) {
                one.children.push(child.clone());
            }
        }
        for contact in &record.contacts {
            if !one.contacts.contains(contact) {
                one.contacts.push(contact.clone());
            }
        }
    }
    let own = fold(&one.full_name());
    let mut told = vec![own];
    for record in records {
        let name = record.full_name();
        let folded = fold(&name);
        if !folded.is_empty() && !told.contains(&folded) {
            told.push(folded);
            one.other_names.push(name);
        }
    }
    Some(one)
}

/// Puts an edit of the merged card (`before` was shown, `after` is wanted) into the records.
///
/// A new value is the survivor's. A value taken away is taken from every record that has it, so
/// that it does not come back from another one. A contact goes from whoever has it; a new one is
/// the survivor's. When a contact of another record is put before the survivor's own, the survivor
/// gets it too: which of both keeps it after an unmerge is settled by [`apart`].
pub fn distribute(before: &Customer, after: &Customer, records: &mut [Customer]) {
    macro_rules! field {
        ($name:ident, $empty:expr) => {
            if before.$name != after.$name {
                if after.$name == $empty {
                    for record in records.iter_mut() {
                        record.$name = $empty;
                    }
                } else if let Some(first) = records.first_mut() {
                    first.$name = after.$name.clone();
                }
            }
        };
    }
    // The name is one value: a part that came from another record becomes the survivor's with it.
    let name = |c: &Customer| {
        (
            c.last_name.clone(),
            c.first_name.clone(),
            c.middle_name.clone(),
        )
    };
    if name(before) != name(after) {
        for record in records.iter_mut().skip(1) {
            for (part, was, is) in [
                (&mut record.last_name, &before.last_name, &after.last_name),
                (
                    &mut record.first_name,
                    &before.first_name,
                    &after.first_name,
                ),
                (
                    &mut record.middle_name,
                    &before.middle_name,
                    &after.middle_name,
                ),
            ] {
                if !was.is_empty() && is.is_empty() {
                    part.clear();
                }
            }
        }
        if let Some(first) = records.first_mut() {
            (first.last_name, first.first_name, first.middle_name) = name(after);
        }
    }
    field!(sex, None);
    field!(birthday, None);
    field!(city, String::new());
    field!(address, String::new());
    field!(store_id, None);
    field!(channel_id, None);
    if before.about != after.about && !records.is_empty() {
        let mut parts: Vec<&mut About> = records.iter_mut().map(|one| &mut one.about).collect();
        About::distribute(&before.about, &after.about, &mut parts);
    }
    let Some((first, rest)) = records.split_first_mut() else {
        return;
    };
    if before.children != after.children {
        for record in rest.iter_mut() {
            record
                .children
                .retain(|child| after.children.contains(child));
        }
        let others: Vec<Child> = rest.iter().flat_map(|r| r.children.clone()).collect();
        let own = std::mem::take(&mut first.children);
        first.children = firsts(&after.children, &own, &others);
    }
    if before.contacts == after.contacts {
        return;
    }
    let kept = |contact: &Contact| after.contacts.contains(contact);
    for record in rest.iter_mut() {
        record.contacts.retain(kept);
    }
    let others: Vec<Contact> = rest.iter().flat_map(|r| r.contacts.clone()).collect();
    let own = std::mem::take(&mut first.contacts);
    for spec in &KINDS {
        let kind = spec.kind;
        let of_kind = |list: &[Contact]| -> Vec<Contact> {
            list.iter().filter(|c| c.kind == kind).cloned().collect()
        };
        let wanted = of_kind(&after.contacts);
        first
            .contacts
            .extend(firsts(&wanted, &own, &of_kind(&others)));
    }
}

/// What the first record has to hold of a list so that the person shows it as `wanted`: what is its own
/// or new; all of it when the others' values would then stand in another order.
fn firsts<T: Clone + PartialEq>(wanted: &[T], own: &[T], others: &[T]) -> Vec<T> {
    let is_mine = |value: &&T| own.contains(value) || !others.contains(value);
    let mine: Vec<T> = wanted.iter().filter(is_mine).cloned().collect();
    let mut shown = mine.clone();
    for value in others {
        if !shown.contains(value) {
            shown.push(value.clone());
        }
    }
    if shown == wanted {
        mine
    } else {
        wanted.to_vec()
    }
}

/// What two sides that are no longer one lose: the contacts that find somebody of the other side.
/// `owner_here` tells whether a contact finds a record of the side. True when something was taken.
pub fn apart(record: &mut Customer, owner_here: impl Fn(&Contact) -> bool) -> bool {
    let had = record.contacts.len();
    record.contacts.retain(owner_here);
    record.contacts.len() != had
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customer::Birthday;
    use crate::{ContactKind, CustomerId, Day, Instant, Sex};

    fn record(id: i64, name: &str, phones: &[&str]) -> Customer {
        let (last, first) = name.split_once(' ').unwrap_or((name, ""));
        Customer {
            id: CustomerId(id),
            last_name: last.into(),
            first_name: first.into(),
            middle_name: String::new(),
            sex: None,
            birthday: None,
            city: String::new(),
            address: String::new(),
            other_names: Vec::new(),
            children: Vec::new(),
            about: About::default(),
            contacts: phones
                .iter()
                .map(|value| Contact {
                    kind: ContactKind::Phone,
                    value: (*value).into(),
                    source: String::new(),
                })
                .collect(),
            store_id: None,
            channel_id: None,
            registered_day: Day(100 - id as i32),
            recorded_at: Instant(id),
        }
    }

    fn phones(customer: &Customer) -> Vec<&str> {
        customer.contacts.iter().map(|c| c.value.as_str()).collect()
    }

    #[test]
    fn the_survivors_values_win_and_missing_ones_come_from_the_joined() {
        let mut joined = record(2, "Иванова Анна", &["2"]);
        joined.city = "Тверь".into();
        joined.sex = Some(Sex::Female);
        let one = merged(&[record(1, "Иванова", &["1"]), joined]).unwrap();
        assert_eq!(one.full_name(), "Иванова Анна");
        assert_eq!((one.city.as_str(), one.sex), ("Тверь", Some(Sex::Female)));
        assert_eq!(phones(&one), ["1", "2"]);
        assert_eq!((one.registered_day, one.recorded_at), (Day(98), Instant(1)));
    }

    #[test]
    fn parts_of_different_names_are_not_mixed() {
        let one = merged(&[record(1, "Иванова", &[]), record(2, "Петров Пётр", &[])]).unwrap();
        assert_eq!(one.full_name(), "Иванова");
    }

    #[test]
    fn what_an_edit_wants_is_what_is_shown_after_it() {
        let mut joined = record(2, "Иванова Анна", &["2", "3"]);
        joined.city = "Тверь".into();
        let start = [record(1, "", &["1"]), joined];
        let before = merged(&start).unwrap();
        let wanted: [(&str, &str, &[&str]); 5] = [
            ("Петрова Анна", "Тверь", &["1", "2", "3"]),
            ("", "", &[]),
            ("Иванова", "Клин", &["3", "1", "2"]),
            ("Иванова Анна", "", &["1", "4", "2"]),
            ("Анна", "Тверь", &["2"]),
        ];
        for (name, city, numbers) in wanted {
            let mut after = record(1, name, numbers);
            after.city = city.into();
            after.registered_day = before.registered_day;
            after.recorded_at = before.recorded_at;
            let mut records = start.clone();
            distribute(&before, &after, &mut records);
            let shown = merged(&records).unwrap();
            assert_eq!(shown.full_name(), after.full_name());
            assert_eq!(phones(&shown), phones(&after));
            assert_eq!(shown.city, after.city);
        }
    }

    #[test]
    fn children_of_all_records_are_shown_and_one_taken_away_is_gone_from_all() {
        let child = |name: &str, month: i8| Child {
            name: name.into(),
            birthday: Birthday {
                year: None,
                month,
                day: 1,
            },
        };
        let mut start = [record(1, "Иванова", &["1"]), record(2, "", &["2"])];
        start[0].children = vec![child("Маша", 5)];
        start[1].children = vec![child("Маша", 5), child("Петя", 6)];
        let before = merged(&start).unwrap();
        assert!(before.children == [child("Маша", 5), child("Петя", 6)]);
        for wanted in [
            vec![child("Петя", 6)],
            vec![child("Петя", 6), child("Маша", 5), child("Оля", 7)],
            vec![],
        ] {
            let mut after = before.clone();
            after.children = wanted.clone();
            let mut records = start.clone();
            distribute(&before, &after, &mut records);
            assert!(merged(&records).unwrap().children == wanted);
        }
    }

    #[test]
    fn a_new_value_is_the_survivors_and_leaves_the_joined_as_he_was() {
        let start = [record(1, "Иванова", &["1"]), record(2, "Иванов", &["2"])];
        let before = merged(&start).unwrap();
        let mut after = before.clone();
        after.city = "Клин".into();
        after
            .contacts
            .push(record(0, "", &["5"]).contacts[0].clone());
        let mut records = start.clone();
        distribute(&before, &after, &mut records);
        assert_eq!(records[0].city, "Клин");
        // Behind the joined one's number stands the new one: both are the survivor's list now.
        assert_eq!(phones(&records[0]), ["1", "2", "5"]);
        assert!(records[1] == start[1]);
        assert!(apart(&mut records[0], |c| c.value != "2"));
        assert_eq!(phones(&records[0]), ["1", "5"]);
    }
}
