//! Likely duplicates: found by what they share, kept up with a base that changes.

use std::collections::{BTreeSet, HashSet};
use vernis_analytics::duplicates::{Duplicates, ENOUGH, Reason};
use vernis_analytics::{Live, LiveBase, Pool};
use vernis_domain::customer::Birthday;
use vernis_domain::{Contact, ContactKind, Customer, CustomerId, Day, Event, Instant};

fn person(id: i64, name: &str, born: Option<(i16, i8, i8)>, contacts: &[&str]) -> Customer {
    let mut parts = name.split(' ').map(str::to_owned);
    let mut part = || parts.next().unwrap_or_default();
    Customer {
        id: CustomerId(id),
        last_name: part(),
        first_name: part(),
        middle_name: part(),
        sex: None,
        birthday: born.map(|(year, month, day)| Birthday {
            year: (year != 0).then_some(year),
            month,
            day,
        }),
        city: String::new(),
        address: String::new(),
        other_names: Vec::new(),
        contacts: contacts
            .iter()
            .map(|value| {
                let kind = if value.contains('@') {
                    ContactKind::Email
                } else {
                    ContactKind::Phone
                };
                Contact::plain(kind, (*value).to_owned())
            })
            .collect(),
        children: Vec::new(),
        about: vernis_domain::About::default(),
        store_id: None,
        channel_id: None,
        registered_day: Day(20_000),
        recorded_at: Instant(0),
    }
}

fn live(people: Vec<Customer>) -> Live {
    let live = Live::new(LiveBase::empty(Pool::new(1).unwrap()));
    live.apply(&[Event::Customers(people)]);
    live
}

fn found(duplicates: &Duplicates) -> BTreeSet<(i64, i64)> {
    duplicates
        .pairs()
        .map(|pair| (pair.one.0, pair.other.0))
        .collect()
}

fn update(duplicates: &mut Duplicates, live: &Live) -> bool {
    duplicates
        .update(&live.current(), &HashSet::new(), &|| false)
        .anew
}

#[test]
fn who_shares_enough_is_proposed_with_reasons_and_who_shares_little_is_not() {
    let birthday = Some((1985, 3, 8));
    let live = live(vec![
        person(1, "Семёнова Наталья", birthday, &["+79161234501"]),
        person(2, "Наталия Семенова", birthday, &["+79261234588"]),
        person(3, "Semenova Natalya", birthday, &[]),
        person(4, "Семенова Наталья", Some((1990, 1, 1)), &["+79031112233"]),
        person(5, "Котов Ян", None, &["i.kotov@gmail.com"]),
        person(6, "Котов Ян", None, &["ikotov+shop@gmail.com"]),
        person(7, "Зуева Яна", None, &["+79161230077"]),
        person(8, "Зуева Яна", None, &["+79161230707"]),
        person(9, "Зуева Мария", None, &["+79161230078"]),
        person(10, "Белова Ольга", None, &["olga.bel@gmial.com"]),
        person(11, "Белова Ольга", None, &["olga.bel@gmail.com"]),
        person(12, "Белов Олег", None, &["belov@mail.ru"]),
    ]);
    let mut duplicates = Duplicates::default();
    update(&mut duplicates, &live);
    assert_eq!(
        found(&duplicates),
        BTreeSet::from([(1, 2), (1, 3), (2, 3), (5, 6), (7, 8), (10, 11)])
    );
    let base = live.current();
    let (score, why) = duplicates
        .explain(&base, CustomerId(1), CustomerId(2))
        .unwrap();
    assert!(score >= ENOUGH);
    assert!(why.contains(&Reason::SameName) && why.contains(&Reason::SameBirthday));
    let (_, why) = duplicates
        .explain(&base, CustomerId(1), CustomerId(4))
        .unwrap();
    assert!(why.contains(&Reason::OtherBirthday));
}

#[test]
fn a_blocked_contact_joins_nobody() {
    let shop = "kassa.lesnaya@gmail.com";
    let live = live(vec![
        person(1, "Котов Ян", None, &[shop, "+79161234501"]),
        person(2, "", None, &["k.assa.lesnaya@gmail.com"]),
    ]);
    let mut duplicates = Duplicates::default();
    update(&mut duplicates, &live);
    assert_eq!(found(&duplicates), BTreeSet::from([(1, 2)]));
    let blocked = HashSet::from([Contact::plain(ContactKind::Email, shop.to_owned())]);
    duplicates.update(&live.current(), &blocked, &|| false);
    assert_eq!(found(&duplicates), BTreeSet::new());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    /// Whatever came in whatever order: kept up, the pairs are those of a base looked at anew.
    #[test]
    fn pairs_kept_up_are_those_found_anew(
        steps in proptest::collection::vec((1..40_i64, 0..6_usize, 0..5_usize, 0..7_usize, proptest::bool::ANY), 1..60)
    ) {
        let names = ["Семёнова Наталья", "Семенова Наталия", "Котов Ян", "Котова Яна", "", "Наталья Семенова"];
        let born = [None, Some((1985, 3, 8)), Some((0, 3, 8)), Some((1985, 8, 3)), Some((1990, 1, 1))];
        let contacts: [&[&str]; 7] = [
            &[], &["+79161234501"], &["+79161234510"], &["+79261234501"],
            &["i.kotov@gmail.com"], &["ikotov@gmail.com"], &["ikotov@mail.ru"],
        ];
        let live = Live::new(LiveBase::empty(Pool::new(1).unwrap()));
        live.apply(&[Event::Customers(vec![person(5_000, "Первый Пётр", None, &[])])]);
        let mut kept = Duplicates::default();
        update(&mut kept, &live);
        for (n, (id, name, day, contact, gone)) in steps.into_iter().enumerate() {
            // In two shards.
            let id = if id % 2 == 0 { id } else { id + 5_000 };
            live.apply(&[if gone && n % 3 == 0 {
                Event::CustomersRemoved(vec![CustomerId(id)])
            } else {
                Event::Customers(vec![person(id, names[name], born[day], contacts[contact])])
            }]);
            if n % 2 == 0 {
                proptest::prop_assert!(!update(&mut kept, &live));
            }
        }
        update(&mut kept, &live);
        let mut anew = Duplicates::default();
        update(&mut anew, &live);
        // How rare a name is changes with every newcomer; who was compared before keeps the points of
        // then. What does not hang on it is the same.
        let base = live.current();
        let (kept, all) = (found(&kept), found(&anew));
        for pair in kept.union(&all) {
            let Some((score, why)) = anew.explain(&base, CustomerId(pair.0), CustomerId(pair.1)) else {
                return Err(proptest::prelude::TestCaseError::fail("somebody who is gone"));
            };
            let rare = match &why {
                why if why.contains(&Reason::RareName) => 20,
                why if why.contains(&Reason::FewHaveName) => 10,
                _ => 0,
            };
            let named = why.contains(&Reason::SameName);
            let without = score - rare;
            // A block of before may still show somebody a pair that a new look does not meet.
            if without >= ENOUGH && all.contains(pair) {
                proptest::prop_assert!(kept.contains(pair), "{:?} {:?}", pair, why);
            }
            let most = without + if named { 20 } else { 0 };
            proptest::prop_assert!(most >= ENOUGH, "{:?} {:?}", pair, why);
        }
    }
}
