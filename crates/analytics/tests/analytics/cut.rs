//! A base cut down to what somebody may see: whatever happens to the whole, every answer is that of
//! a base to which nothing else was ever told.

use crate::memo::{Step, Truth, answer, restarted, step};
use crate::shop::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use vernis_analytics::facts::Lens;
use vernis_analytics::facts::filter::Filter;
use vernis_analytics::facts::list::{ListQuery, list};
use vernis_analytics::facts::search::search;
use vernis_analytics::rfm::RfmQuery;
use vernis_analytics::{Chosen, Cutter, Live, LiveBase, Rule};
use vernis_domain::*;

const TODAY: Day = Day(20_310);

fn lens() -> Lens {
    Lens::new(TODAY, RfmQuery::new(TODAY))
}

/// Whom the list of a base shows under a condition.
fn fitting(base: &LiveBase, filter: &str) -> BTreeSet<CustomerId> {
    let query = ListQuery {
        filters: vec![Filter::parse(filter).unwrap()],
        limit: 10_000,
        ..ListQuery::default()
    };
    list(base, &lens(), &query).ids.into_iter().collect()
}

fn stores(ids: &[i64], whole: bool) -> Rule {
    Rule::Stores {
        stores: ids.iter().copied().map(StoreId).collect(),
        whole,
    }
}

fn of_fitting(filter: &str) -> Rule {
    Rule::Fitting {
        lens: Arc::new(lens()),
        filters: vec![Filter::parse(filter).unwrap()],
    }
}

/// The obvious way: what may be seen of the truth, told to a new base.
fn seen(truth: &Truth, rule: u8) -> Arc<LiveBase> {
    let own = match rule {
        0 | 1 => vec![StoreId(2), StoreId(3)],
        _ => Vec::new(),
    };
    let whole = truth.base();
    let here = |p: &&Purchase| own.contains(&p.store_id);
    let people: BTreeSet<CustomerId> = match rule {
        0 | 1 => {
            let registered = truth.people.iter();
            let registered = registered.filter(|c| c.store_id.is_some_and(|s| own.contains(&s)));
            let bought = truth.purchases.iter().filter(here);
            let bought = bought.filter_map(|p| p.customer_id);
            bought.chain(registered.map(|c| c.id)).collect()
        }
        2 => CHOSEN.iter().copied().map(CustomerId).collect(),
        3 => fitting(&whole, "orders:ge:3"),
        _ => fitting(&whole, "rfm_cell:eq:333"),
    };
    let mut purchases = truth.purchases.clone();
    purchases.retain(|p| match p.customer_id {
        Some(id) => people.contains(&id) && (rule != 0 || here(&p)),
        None => here(&p),
    });
    let mut known = truth.people.clone();
    known.retain(|c| people.contains(&c.id));
    let live = live();
    live.apply(&[Event::Purchases(purchases), Event::Customers(known)]);
    live.current()
}

const CHOSEN: &[i64] = &[2, 5, 9, 5007, 5014, 777];

fn rule(number: u8) -> Rule {
    match number {
        0 => stores(&[2, 3], false),
        1 => stores(&[2, 3], true),
        2 => Rule::Chosen(CHOSEN.iter().copied().map(CustomerId).collect::<Chosen>()),
        3 => of_fitting("orders:ge:3"),
        _ => of_fitting("rfm_cell:eq:333"),
    }
}

fn lists(base: &LiveBase) -> String {
    let everybody = fitting(base, "orders:ge:0");
    format!(
        "{:?} {:?} {} {} {:?}",
        everybody,
        search(base, "Иван", 100),
        base.customers(),
        base.purchases(),
        base.days()
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_cut_base_answers_as_one_that_was_told_nothing_else(
        first in 1usize..300,
        seed in any::<u64>(),
        steps in prop::collection::vec((step(), prop::collection::vec(any::<u8>(), 0..3)), 1..10),
    ) {
        let mut truth = Truth::default();
        let live: Live = live();
        live.apply(&[truth.trade(first, seed)]);
        let mut cutters: Vec<Cutter> = (0..5).map(|_| Cutter::default()).collect();
        for (step, questions) in &steps {
            // Whoever lost his only purchase stays in a base, and is not in one made anew.
            let void = matches!(step, Step::Void(_));
            if let Some(event) = (!void).then(|| truth.event(step)).flatten() {
                live.apply(&[event]);
            }
            match step {
                Step::Compact => { live.replace(live.current().compact()); }
                Step::Restart => { live.replace(restarted(&live.current())); }
                _ => {}
            }
            for (number, cutter) in cutters.iter_mut().enumerate() {
                let cut = cutter.cut(&live.current(), &rule(number as u8));
                let told = seen(&truth, number as u8);
                prop_assert_eq!(lists(&cut), lists(&told), "rule {}", number);
                for &question in questions {
                    prop_assert_eq!(answer(&cut, question), answer(&told, question), "rule {} question {}", number, question);
                }
            }
        }
    }
}

#[test]
fn after_a_purchase_only_its_shard_is_cut_anew() {
    let live = live();
    let at_two = |id, customer| {
        let mut made = sale(id, customer, Day(20_000), 100);
        made.store_id = StoreId(2);
        live.apply(&[Event::Purchases(vec![made])]);
    };
    at_two(1, 1);
    at_two(2, 5_000);
    let mut cutter = Cutter::default();
    let rule = stores(&[2], false);
    let before = cutter.cut(&live.current(), &rule);
    at_two(3, 1);
    let after = cutter.cut(&live.current(), &rule);
    assert!(!Arc::ptr_eq(&before.shards()[0], &after.shards()[0]));
    assert!(Arc::ptr_eq(&before.shards()[1], &after.shards()[1]));
    assert_eq!((before.purchases(), after.purchases()), (2, 3));
}
