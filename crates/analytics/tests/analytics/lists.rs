//! Lists, search and cards.

use crate::shop::*;
use vernis_analytics::Live;
use vernis_analytics::cohorts::cohorts;
use vernis_analytics::facts::card::card;
use vernis_analytics::facts::filter::Filter;
use vernis_analytics::facts::list::{ListQuery, Sort, list};
use vernis_analytics::facts::search::search;
use vernis_analytics::facts::{FactValue, Lens, all, find};
use vernis_analytics::life_cycle::{STATES, life_cycle};
use vernis_analytics::rf_map::{COLUMNS, ROWS, rf_map};
use vernis_analytics::rfm::{Cell, RfmQuery, rfm};
use vernis_domain::*;

fn named() -> Live {
    let live = live();
    let contact = |kind, value: &str| Contact {
        kind,
        value: value.to_owned(),
        source: String::new(),
    };
    let mut people = vec![
        person(1, "Семёнова", day("2024-01-01")),
        person(2, "Иванов", day("2024-01-02")),
        person(3, "Ивашов", day("2024-01-03")),
        person(70_000, "Петрова", day("2024-01-04")),
    ];
    people[0].first_name = "Алёна".into();
    people[0].contacts = vec![contact(ContactKind::Phone, "+79161234567")];
    people[1].first_name = "Семен".into();
    people[2].contacts = vec![
        contact(ContactKind::Email, "boss@ivashov.ru"),
        contact(ContactKind::Card, "2200145"),
    ];
    live.apply(&[
        Event::Customers(people),
        Event::Purchases(vec![
            sale(1, 1, day("2025-01-01"), 100),
            sale(2, 1, day("2025-02-01"), 300),
            sale(3, 2, day("2025-01-15"), 900),
            sale(4, 70_000, day("2025-03-01"), 50),
        ]),
    ]);
    live
}

fn ids(hits: &[vernis_analytics::facts::search::Hit]) -> Vec<i64> {
    hits.iter().map(|hit| hit.id.0).collect()
}

#[test]
fn search_finds_names_phones_mails_and_cards_and_puts_beginnings_first() {
    let base = named().current();
    let found = |query: &str| ids(&search(&base, query, 10).0);
    assert_eq!(found("семен"), [1, 2]);
    assert_eq!(found("СЕМЁНОВА ал"), [1]);
    assert_eq!(found("ива"), [2, 3]);
    assert_eq!(found("шов"), [3]);
    assert_eq!(found("8 (916) 123-45-67"), [1]);
    assert_eq!(found("4567"), [1]);
    assert_eq!(found("2200145"), [3]);
    assert_eq!(found("ivashov.ru"), [3]);
    assert_eq!(found("нет такого"), Vec::<i64>::new());
    assert_eq!(search(&base, "  ", 10), (Vec::new(), 0));
    assert_eq!(search(&base, "ива", 1).1, 2);
}

#[test]
fn a_list_is_sorted_paged_and_counts_everybody() {
    let base = named().current();
    let lens = Lens::new(day("2025-03-10"), RfmQuery::new(day("2025-03-10")));
    let by_revenue = ListQuery {
        sort: Sort::Fact(find("revenue").unwrap()),
        descending: true,
        limit: 2,
        ..ListQuery::default()
    };
    let first = list(&base, &lens, &by_revenue);
    assert_eq!((first.total, first.next_offset), (4, Some(2)));
    assert_eq!(first.ids, [CustomerId(2), CustomerId(1)]);
    let second = list(
        &base,
        &lens,
        &ListQuery {
            offset: 2,
            ..by_revenue
        },
    );
    assert_eq!(second.ids, [CustomerId(70_000), CustomerId(3)]);
    assert_eq!(second.next_offset, None);
    // Without a purchase there is no last day: last in either direction.
    for descending in [false, true] {
        let query = ListQuery {
            sort: Sort::Fact(find("last_purchase_day").unwrap()),
            descending,
            ..ListQuery::default()
        };
        assert_eq!(list(&base, &lens, &query).ids.last(), Some(&CustomerId(3)));
    }
    let names = list(
        &base,
        &lens,
        &ListQuery {
            sort: Sort::Name,
            ..ListQuery::default()
        },
    );
    assert_eq!(names.ids, [2, 3, 70_000, 1].map(CustomerId));
}

#[test]
fn filters_search_and_cell_narrow_the_list_together() {
    let base = cdnow_live().current();
    let as_of = day("1998-06-30");
    let lens = Lens::new(as_of, RfmQuery::new(as_of));
    let counts = rfm(&base, &RfmQuery::new(as_of));
    for cell in ["333", "111", "213"].map(|code| code.parse::<Cell>().unwrap()) {
        let page = list(
            &base,
            &lens,
            &ListQuery {
                cell: Some(cell),
                ..ListQuery::default()
            },
        );
        assert_eq!(page.total as u32, counts.cells[cell.number()].0);
    }
    let filters = ["orders:ge:10", "revenue:lt:50000"].map(|f| Filter::parse(f).unwrap());
    let page = list(
        &base,
        &lens,
        &ListQuery {
            filters: filters.to_vec(),
            limit: 10_000,
            ..ListQuery::default()
        },
    );
    let mut sums = std::collections::BTreeMap::new();
    for purchase in cdnow() {
        let sum: &mut (u32, i64) = sums.entry(purchase.customer_id.unwrap()).or_default();
        *sum = (sum.0 + 1, sum.1 + purchase.paid_minor);
    }
    let fits = |id: CustomerId| sums[&id].0 >= 10 && sums[&id].1 < 50_000;
    assert_eq!(page.total, sums.keys().filter(|&&id| fits(id)).count());
    assert!(page.total > 0 && page.ids.iter().all(|&id| fits(id)));
}

#[test]
fn a_long_sorted_list_pages_like_a_full_sort() {
    let base = cdnow_live().current();
    let lens = Lens::new(day("1998-06-30"), RfmQuery::new(day("1998-06-30")));
    let mut all: Vec<(i64, i64)> = {
        let mut sums = std::collections::BTreeMap::new();
        cdnow()
            .iter()
            .for_each(|p| *sums.entry(p.customer_id.unwrap().0).or_insert(0) += p.paid_minor);
        sums.into_iter().map(|(id, sum)| (-sum, id)).collect()
    };
    all.sort_unstable();
    let mut paged = Vec::new();
    let mut query = ListQuery {
        sort: Sort::Fact(find("revenue").unwrap()),
        descending: true,
        limit: 311,
        ..ListQuery::default()
    };
    loop {
        let page = list(&base, &lens, &query);
        paged.extend(page.ids.iter().map(|id| id.0));
        match page.next_offset {
            Some(next) => query.offset = next,
            None => break,
        }
    }
    assert_eq!(paged, all.iter().map(|pair| pair.1).collect::<Vec<_>>());
}

#[test]
fn a_card_has_every_fact_and_the_last_purchases_first() {
    let base = named().current();
    let lens = Lens::new(day("2025-03-10"), RfmQuery::new(day("2025-03-10")));
    let shown = card(&base, &lens, CustomerId(1), 10).unwrap();
    assert_eq!(shown.facts.len(), all().len());
    let fact = |key: &str| shown.facts.iter().find(|(f, _)| f.key == key).unwrap().1;
    assert_eq!(fact("orders"), FactValue::Number(2));
    assert_eq!(fact("revenue"), FactValue::Money(400));
    assert_eq!(fact("average_order"), FactValue::Money(200));
    assert_eq!(fact("median_gap_days"), FactValue::Real(31.0));
    assert_eq!(fact("days_since"), FactValue::Number(37));
    assert_eq!(fact("margin"), FactValue::Empty);
    let days: Vec<_> = shown.recent.iter().map(|p| p.day).collect();
    assert_eq!(days, [day("2025-02-01"), day("2025-01-01")]);
    assert_eq!(
        shown.recent[0].occurred_at,
        sale(2, 1, day("2025-02-01"), 0).occurred_at
    );
    assert!(card(&base, &lens, CustomerId(4), 10).is_none());
    assert_eq!(card(&base, &lens, CustomerId(3), 10).unwrap().purchases, 0);
}

/// How many customers meet all these conditions, seen from a day and a store.
fn fitting(base: &vernis_analytics::LiveBase, rfm: &RfmQuery, filters: &[String]) -> i64 {
    let query = ListQuery {
        filters: filters.iter().map(|f| Filter::parse(f).unwrap()).collect(),
        ..ListQuery::default()
    };
    list(base, &Lens::new(rfm.as_of, *rfm), &query).total as i64
}

#[test]
fn every_cell_of_a_report_leads_to_exactly_its_people() {
    let base = cdnow_live().current();
    for as_of in ["1997-09-15", "1998-06-30"].map(day) {
        let rfm = RfmQuery::new(as_of);
        let query = vernis_analytics::query::Query::new(day("1997-01-01"), as_of.plus(1), as_of);
        let mut people = 0;
        for cohort in cohorts(&base, &query).cohorts {
            let month = |age: i32| cohort.from.add_months(age).to_string()[..7].to_owned();
            for (age, cell) in cohort.customers.iter().enumerate() {
                let filters = [
                    format!("cohort:eq:{}", month(0)),
                    format!("bought:eq:{}", month(age as i32)),
                ];
                assert_eq!(fitting(&base, &rfm, &filters), cell.unwrap(), "{filters:?}");
                people += cell.unwrap();
            }
        }
        assert!(people > 1000, "{people}");
        for (row, cells) in ROWS.iter().zip(rf_map(&base, &rfm, None)) {
            for (column, (customers, _)) in COLUMNS.iter().zip(cells) {
                let filters = [format!("rf_map:eq:{row}x{column}")];
                assert_eq!(
                    fitting(&base, &rfm, &filters),
                    i64::from(customers),
                    "{filters:?}"
                );
            }
        }
        let states = life_cycle(&base, &query).after;
        for (state, told) in STATES.iter().zip(states) {
            let filters = [format!("life_cycle:eq:{}", state.key())];
            let found = fitting(&base, &rfm, &filters);
            assert_eq!(found, i64::from(told.customers), "{as_of} {filters:?}");
        }
    }
}
