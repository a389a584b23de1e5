//! What a shop notes about its customers, as facts: columns, sorting, filters, words, the snapshot.

use crate::shop::*;
use vernis_analytics::facts::filter::{Filter, FilterError};
use vernis_analytics::facts::list::{ListQuery, Sort, list};
use vernis_analytics::facts::words::{WordsOf, known};
use vernis_analytics::facts::{Lens, find_in, offered};
use vernis_analytics::rfm::RfmQuery;
use vernis_analytics::snapshot::{read_snapshot, write_snapshot};
use vernis_analytics::{Live, LiveBase, Pool};
use vernis_domain::about::field::{Choice, CustomField, CustomValue, FieldKind};
use vernis_domain::about::{LastTouch, Mark, TouchKind};
use vernis_domain::*;

fn field(id: i64, key: &str, kind: FieldKind) -> CustomField {
    let choice = |no: u8, key: &str| Choice {
        no,
        key: key.into(),
        ru: key.to_uppercase(),
        en: String::new(),
        archived: false,
    };
    CustomField {
        id: FieldId(id),
        key: key.into(),
        ru: format!("Поле {key}"),
        en: String::new(),
        kind,
        choices: if kind.has_choices() {
            vec![choice(0, "red"), choice(1, "green"), choice(2, "blue")]
        } else {
            Vec::new()
        },
        personal: true,
        position: id,
        archived_at: None,
    }
}

fn mark(reason: &str) -> Option<Mark> {
    Some(Mark {
        reason: reason.into(),
        by: UserId(3),
        at: Instant(7),
    })
}

/// Four people of two shards; the fourth has nothing noted.
fn noted() -> Live {
    let live = live();
    let mut people = vec![
        person(1, "Алёна", day("2024-01-01")),
        person(2, "Борис", day("2024-01-02")),
        person(70_000, "Вера", day("2024-01-03")),
        person(70_001, "Глеб", day("2024-01-04")),
    ];
    let texts = ["Дог немецкий", "дог", "Ёж"];
    for (n, person) in people[..3].iter_mut().enumerate() {
        let about = &mut person.about;
        about.set(FieldId(1), Some(CustomValue::Text(texts[n].into())));
        about.set(
            FieldId(2),
            Some(CustomValue::Number(42_500_000 - n as i64 * 500_000)),
        );
        about.set(FieldId(3), Some(CustomValue::Choices(1 << n | 1)));
        about.set(FieldId(4), Some(CustomValue::Choice(n as u8)));
    }
    people[0].about.tags = about::words(["Опт", "кофе"]);
    people[1].about.tags = about::words(["опт"]);
    people[2].about.likes = about::words(["зелёный"]);
    people[1].about.vip = mark("директор");
    people[2].about.last_touch = Some(LastTouch {
        at: Instant(1_736_500_000_000_000),
        day: day("2025-01-10"),
        kind: TouchKind::Visit,
    });
    live.apply(&[
        Event::Fields(vec![
            field(1, "dog", FieldKind::Text),
            field(2, "shoe", FieldKind::Number),
            field(3, "likes", FieldKind::Choices),
            field(4, "colour", FieldKind::Choice),
        ]),
        Event::Customers(people),
        Event::Purchases(vec![sale(1, 70_001, day("2025-01-01"), 100)]),
    ]);
    live
}

fn found(base: &LiveBase, filters: &[&str], sort: &str, descending: bool) -> Vec<i64> {
    let today = day("2025-03-10");
    let lens = Lens::new(today, RfmQuery::new(today));
    let query = ListQuery {
        filters: filters
            .iter()
            .map(|text| Filter::parse_in(base, text).unwrap())
            .collect(),
        sort: match find_in(base, sort) {
            Some(fact) => Sort::Fact(fact),
            None => Sort::Name,
        },
        descending,
        ..ListQuery::default()
    };
    list(base, &lens, &query)
        .ids
        .iter()
        .map(|id| id.0)
        .collect()
}

#[test]
fn own_fields_tags_and_marks_filter_and_sort_a_list() {
    let base = noted().current();
    for (filter, ids) in [
        ("x_dog:eq:дог", vec![2]),
        ("x_dog:has:ДОГ", vec![1, 2]),
        ("x_dog:hasnot:дог", vec![70_000, 70_001]),
        ("x_dog:ne:дог", vec![1, 70_000]),
        ("x_dog:ge:еж", vec![70_000]),
        ("x_dog:empty", vec![70_001]),
        ("x_dog:filled", vec![1, 2, 70_000]),
        ("x_shoe:eq:42.5", vec![1]),
        ("x_shoe:lt:42.5", vec![2, 70_000]),
        ("x_likes:has:green", vec![2]),
        ("x_likes:has:red", vec![1, 2, 70_000]),
        ("x_likes:hasnot:green", vec![1, 70_000, 70_001]),
        ("x_colour:eq:blue", vec![70_000]),
        ("x_colour:ne:blue", vec![1, 2]),
        ("tags:has:ОПТ", vec![1, 2]),
        ("tags:hasnot:опт", vec![70_000, 70_001]),
        ("tags:empty", vec![70_000, 70_001]),
        ("likes:has:зеленый", vec![70_000]),
        ("vip:eq:yes", vec![2]),
        ("vip:eq:no", vec![1, 70_000, 70_001]),
        ("last_contact_day:ge:2025-01-10", vec![70_000]),
        ("last_contact_kind:eq:visit", vec![70_000]),
    ] {
        assert_eq!(found(&base, &[filter], "name", false), ids, "{filter}");
    }
    assert_eq!(
        found(&base, &["tags:has:опт", "x_shoe:ge:42.5"], "name", false),
        [1]
    );
    // «Дог» and «дог немецкий» begin alike; who has none comes last either way.
    assert_eq!(found(&base, &[], "x_dog", false), [2, 1, 70_000, 70_001]);
    assert_eq!(found(&base, &[], "x_dog", true), [70_000, 1, 2, 70_001]);
    assert_eq!(found(&base, &[], "x_shoe", false), [70_000, 2, 1, 70_001]);
    for (wrong, why) in [
        ("x_none:eq:1", FilterError::Fact("x_none".into())),
        ("x_shoe:has:1", FilterError::Op("has".into())),
        ("tags:eq:опт", FilterError::Op("eq".into())),
        ("x_colour:eq:black", FilterError::Value("black".into())),
        ("tags:has: ", FilterError::Value(" ".into())),
        ("vip:eq:1", FilterError::Value("1".into())),
    ] {
        assert_eq!(Filter::parse_in(&base, wrong).unwrap_err(), why, "{wrong}");
    }
}

#[test]
fn known_words_come_by_use_and_what_begins_with_the_typed_first() {
    let base = noted().current();
    let words = |typed| -> Vec<(String, usize)> {
        known(&base, WordsOf::Tags, typed, 10)
            .into_iter()
            .map(|(word, count)| (word.to_string(), count))
            .collect()
    };
    assert_eq!(words(""), [("Опт".into(), 2), ("кофе".into(), 1)]);
    assert_eq!(words("КО"), [("кофе".into(), 1)]);
    assert_eq!(words("чай"), []);
}

#[test]
fn facts_follow_the_definitions_and_kept_facts_stay_the_same() {
    let live = noted();
    let keys = |base: &LiveBase| -> Vec<&str> {
        let own = offered(base)
            .into_iter()
            .filter(|fact| fact.field().is_some());
        own.map(|fact| fact.key).collect()
    };
    let before = live.current();
    assert_eq!(keys(&before), ["x_dog", "x_shoe", "x_likes", "x_colour"]);
    let mut dog = field(1, "dog", FieldKind::Text);
    dog.ru = "Порода".into();
    let mut shoe = field(2, "shoe", FieldKind::Number);
    shoe.archived_at = Some(Instant(5));
    live.apply(&[Event::Fields(vec![dog, shoe])]);
    let base = live.current();
    assert_eq!(keys(&base), ["x_dog"]);
    assert_eq!(find_in(&base, "x_dog").unwrap().label.ru, "Порода");
    // A list that was saved with an archived field goes on.
    assert!(find_in(&base, "x_shoe").is_some());
    // The same definition is the same fact, whoever asks.
    let again = noted().current();
    assert!(std::ptr::eq(
        find_in(&before, "x_dog").unwrap(),
        find_in(&again, "x_dog").unwrap()
    ));
}

#[test]
fn the_snapshot_carries_what_is_noted_and_removing_forgets_it() {
    let live = noted();
    let mut bytes = Vec::new();
    write_snapshot(&live.current(), (1, 1), &mut bytes).unwrap();
    let (base, _) = read_snapshot(&bytes[..], Pool::new(1).unwrap()).unwrap();
    let current = live.current();
    for id in [1, 2, 70_000, 70_001].map(CustomerId) {
        assert!(base.customer(id).unwrap() == current.customer(id).unwrap());
    }
    assert!(base.customer(CustomerId(1)).unwrap().about.tags == ["кофе", "Опт"]);
    assert!(base.memory().about_bytes > 0);
    live.apply(&[Event::CustomersRemoved(vec![CustomerId(1), CustomerId(2)])]);
    let base = live.current();
    assert_eq!(found(&base, &["tags:filled"], "name", false), [0i64; 0]);
    assert_eq!(found(&base, &["x_dog:filled"], "name", false), [70_000]);
    // Somebody who comes between does not take his neighbour's values.
    live.apply(&[Event::Customers(vec![person(
        69_999,
        "Аня",
        day("2024-01-01"),
    )])]);
    let base = live.current();
    assert_eq!(found(&base, &["x_dog:filled"], "name", false), [70_000]);
    assert!(base.customer(CustomerId(69_999)).unwrap().about.is_empty());
}

#[test]
fn a_base_without_notes_pays_nothing_for_them() {
    let live = live();
    let people = (1..2_000).map(|id| person(id, "Имя", day("2024-01-01")));
    live.apply(&[Event::Customers(people.collect())]);
    assert_eq!(live.current().memory().about_bytes, 0);
}
