//! Segments beside one another, on the CDNOW sample: what overlaps, what went, what a report of some
//! says, against plain loops over the file.

use crate::shop::{cdnow, cdnow_live, day};
use std::collections::BTreeMap;
use vernis_analytics::facts::Lens;
use vernis_analytics::query::Segmented;
use vernis_analytics::rf_map::rf_map;
use vernis_analytics::rfm::RfmQuery;
use vernis_analytics::rfm::transitions::transitions;
use vernis_analytics::segment::{Names, Place, Rule, Whole, overlap, resolve, select, trend};
use vernis_analytics::{CustomerSet, LiveBase};
use vernis_domain::segment::*;
use vernis_domain::*;

struct Nothing;

impl Names for Nothing {
    fn row(&self, _: Place, _: &str) -> Option<i64> {
        None
    }

    fn segment(&self, _: &str) -> Option<Whole> {
        None
    }
}

fn rule(fact: &str, least: i64) -> Rule {
    let leaf = FactLeaf {
        fact: fact.to_owned(),
        op: Op::Ge,
        value: Decimal::whole(least).map(Value::Number),
    };
    resolve(&Node::Fact(leaf), None, &Nothing).unwrap()
}

fn members(base: &LiveBase, rule: &Rule, as_of: Day) -> CustomerSet {
    select(base, &Lens::new(as_of, RfmQuery::new(as_of)), rule)
}

/// Purchases and money of each customer up to a day.
fn told(until: Day) -> BTreeMap<i64, (i64, i64)> {
    let mut told = BTreeMap::new();
    for sale in cdnow() {
        if sale.local_day <= until {
            let one: &mut (i64, i64) = told.entry(sale.customer_id.unwrap().0).or_default();
            one.0 += 1;
            one.1 += sale.paid_minor;
        }
    }
    told
}

#[test]
fn every_customer_is_in_exactly_one_part_of_an_overlap() {
    let live = cdnow_live();
    let base = live.current();
    let today = day("1998-07-01");
    let sets = [
        rule("orders", 2),
        rule("orders", 5),
        rule("revenue", 100_00),
    ]
    .map(|rule| members(&base, &rule, today));
    let mut expected = [(0, 0); 8];
    for (orders, paid) in told(today).values() {
        let at = usize::from(*orders >= 2)
            | usize::from(*orders >= 5) << 1
            | usize::from(*paid >= 100_00) << 2;
        expected[at].0 += 1;
        expected[at].1 += paid;
    }
    let found: Vec<(usize, i64)> = overlap(&base, &sets)
        .iter()
        .map(|part| (part.customers, part.paid_minor))
        .collect();
    assert_eq!(found, expected);
    // Nobody buys five times and not twice; the parts that can be there are.
    assert_eq!((expected[2].0, expected[6].0), (0, 0));
    assert_eq!(expected.iter().filter(|part| part.0 > 0).count(), 6);
    let none = overlap(&base, &[]);
    assert_eq!((none.len(), none[0].customers), (1, base.customers()));
}

#[test]
fn a_trend_counts_each_day_by_what_had_been_bought_by_then() {
    let live = cdnow_live();
    let base = live.current();
    let today = day("1998-07-01");
    let segment = Segmented {
        rule: rule("orders", 3),
        rfm: RfmQuery::new(today),
        today,
    };
    let days = ["1997-01-31", "1997-06-30", "1998-06-30", "1998-07-01"].map(day);
    for (point, on) in trend(&base, &segment, &days).iter().zip(days) {
        let regulars: Vec<i64> = told(on)
            .into_iter()
            .filter(|(_, (orders, _))| *orders >= 3)
            .map(|(id, _)| id)
            .collect();
        let year: i64 = cdnow()
            .iter()
            .filter(|sale| sale.local_day <= on && sale.local_day > on.plus(-365))
            .filter(|sale| regulars.contains(&sale.customer_id.unwrap().0))
            .map(|sale| sale.paid_minor)
            .sum();
        assert_eq!(
            (point.day, point.customers, point.revenue_minor),
            (on, regulars.len(), year)
        );
    }
}

#[test]
fn the_map_and_the_moves_of_some_and_of_the_others_add_up_to_those_of_all() {
    let live = cdnow_live();
    let base = live.current();
    let today = day("1998-07-01");
    let (query, rule) = (RfmQuery::new(today), rule("revenue", 80_00));
    let some = members(&base, &rule, today);
    let others = members(&base, &Rule::Not(Box::new(rule)), today);
    assert_eq!(some.len() + others.len(), base.customers());
    let [all, a, b] =
        [None, Some(&some), Some(&others)].map(|set| rf_map(&base, &query, set).concat());
    assert!(a.iter().map(|cell| cell.0).sum::<u32>() == some.len() as u32);
    for ((all, a), b) in all.iter().zip(&a).zip(&b) {
        assert_eq!(*all, (a.0 + b.0, a.1 + b.1));
    }
    let from = day("1998-03-01");
    let [all, a, b] =
        [None, Some(&some), Some(&others)].map(|set| transitions(&base, from, &query, set).links);
    assert_eq!(
        a.iter().map(|link| link.customers).sum::<u32>() as usize,
        some.len()
    );
    for link in &all {
        let of = |links: &[vernis_analytics::rfm::transitions::Link]| {
            let own = links
                .iter()
                .find(|own| (own.from, own.to) == (link.from, link.to));
            own.map_or((0, 0), |own| (own.customers, own.revenue_minor))
        };
        let (a, b) = (of(&a), of(&b));
        assert_eq!((link.customers, link.revenue_minor), (a.0 + b.0, a.1 + b.1));
    }
}
