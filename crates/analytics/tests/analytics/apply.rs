//! The live base stays itself: repeats change nothing, pieces make the same base as the whole,
//! removals undo, readers keep their version.

use crate::shop::*;
use proptest::prelude::*;
use vernis_analytics::metrics::answer::values;
use vernis_analytics::{LiveBase, Query};
use vernis_domain::*;

/// What a reader can see of the purchases: everything but the order of dictionary codes.
fn seen(base: &LiveBase) -> Vec<(CustomerId, Vec<vernis_analytics::facts::card::CardPurchase>)> {
    let mut all = Vec::new();
    for shard in base.shards() {
        for slot in 0..shard.len() {
            let id = shard.id(slot);
            all.push((
                id,
                vernis_analytics::facts::card::purchases(base, id, 0, usize::MAX).0,
            ));
        }
    }
    all
}

fn panel(base: &LiveBase) -> Vec<Option<f64>> {
    let query = Query::new(day("1997-01-01"), day("1998-03-01"), day("1998-06-30"));
    values(base, &query)
        .into_iter()
        .map(|(_, value)| value.value)
        .collect()
}

#[test]
fn a_repeated_event_changes_nothing() {
    let live = cdnow_live();
    let before = live.current();
    live.apply(&[Event::Purchases(cdnow())]);
    live.apply(&[Event::Purchases(cdnow()[100..160].to_vec())]);
    let after = live.current();
    assert_eq!(after.purchases(), 6919);
    assert_eq!(panel(&before), panel(&after));
    assert!(after.version() > before.version());
}

#[test]
fn a_repeat_within_one_batch_and_of_a_waiting_purchase_counts_once() {
    let live = live();
    let one = sale(1, 7, day("2025-01-01"), 500);
    live.apply(&[Event::Purchases(vec![one.clone(), one.clone()])]);
    live.apply(&[Event::Purchases(vec![one])]);
    let nameless = sale(2, None, day("2025-01-01"), 300);
    live.apply(&[Event::Purchases(vec![nameless.clone(), nameless.clone()])]);
    live.apply(&[Event::Purchases(vec![nameless])]);
    assert_eq!(live.current().purchases(), 2);
}

#[test]
fn voided_purchases_and_removed_customers_leave_no_trace() {
    let live = cdnow_live();
    let plain = panel(&live.current());
    let extra: Vec<Purchase> = (0..500)
        .map(|n| {
            sale(
                100_000 + n,
                if n % 3 == 0 { None } else { Some(n * 40 + 4) },
                day("1998-01-05"),
                777,
            )
        })
        .collect();
    let new_people: Vec<CustomerId> = extra
        .iter()
        .filter_map(|p| p.customer_id)
        .filter(|id| live.current().place(*id).is_none())
        .collect();
    live.apply(&[Event::Purchases(extra.clone())]);
    assert_ne!(panel(&live.current()), plain);
    let voided = extra.iter().map(|p| (p.customer_id, p.id)).collect();
    live.apply(&[
        Event::PurchasesVoided(voided),
        Event::CustomersRemoved(new_people),
    ]);
    assert_eq!(panel(&live.current()), plain);
    assert_eq!(seen(&live.current()), seen(&cdnow_live().current()));
}

#[test]
fn a_return_that_takes_everything_back_unmakes_the_purchase_and_voiding_it_brings_it_back() {
    let live = live();
    let sold = sale(1, 7, day("2025-01-01"), 500);
    let mut back = sale(2, 7, day("2025-01-09"), -500);
    back.kind = PurchaseKind::Return;
    back.returned_purchase_id = Some(sold.id);
    let buyers = |base: &LiveBase| {
        let query = Query::new(day("2025-01-01"), day("2025-02-01"), day("2025-02-01"));
        values(base, &query)
            .iter()
            .find(|(m, _)| m.spec.key == "buyers")
            .unwrap()
            .1
            .value
    };
    // The return may even arrive before its sale.
    live.apply(&[Event::Purchases(vec![back.clone()])]);
    live.apply(&[Event::Purchases(vec![sold])]);
    assert_eq!(buyers(&live.current()), Some(0.0));
    live.apply(&[Event::PurchasesVoided(vec![(back.customer_id, back.id)])]);
    assert_eq!(buyers(&live.current()), Some(1.0));
}

#[test]
fn a_reader_keeps_the_version_it_took() {
    let live = live();
    live.apply(&[Event::Purchases(vec![sale(1, 7, day("2025-01-01"), 500)])]);
    let held = live.current();
    live.apply(&[Event::Purchases(vec![sale(2, 7, day("2025-01-02"), 500)])]);
    assert_eq!((held.purchases(), live.current().purchases()), (1, 2));
}

#[test]
fn customers_are_read_back_and_a_later_value_replaces_the_earlier() {
    let live = live();
    live.apply(&[Event::Purchases(vec![sale(1, 9, day("2025-01-01"), 500)])]);
    assert!(live.current().customer(CustomerId(9)).is_none());
    live.apply(&[Event::Customers(vec![
        person(9, "Иванов", day("2024-01-01")),
        person(9000, "Петров", day("2024-01-02")),
    ])]);
    live.apply(&[Event::Customers(vec![person(
        9,
        "Сидоров",
        day("2024-01-01"),
    )])]);
    let base = live.current();
    let name = |id| base.customer(CustomerId(id)).map(|c| c.last_name);
    assert_eq!(
        (name(9).as_deref(), name(9000).as_deref()),
        (Some("Сидоров"), Some("Петров"))
    );
    assert_eq!((base.customers(), base.purchases()), (2, 1));
}

#[test]
fn memory_of_the_columns_stays_within_the_promise() {
    let base = cdnow_live().current().compact();
    let memory = base.memory();
    assert!(memory.hot_per_purchase() <= 16.0, "{memory}");
    assert!(memory.hot_per_customer() <= 200.0, "{memory}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_in_any_order_with_looks_in_between_make_the_same_base(seed in any::<u64>(), step in 1usize..400, look_each in 1usize..5) {
        let mut purchases = cdnow()[..1500].to_vec();
        // A fixed shuffle by a linear congruence.
        let mut state = seed;
        for at in (1..purchases.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            purchases.swap(at, (state >> 33) as usize % (at + 1));
        }
        let pieces = live();
        for (n, part) in purchases.chunks(step).enumerate() {
            pieces.apply(&[Event::Purchases(part.to_vec())]);
            if n % look_each == 0 {
                panel(&pieces.current());
            }
        }
        let whole = live();
        whole.apply(&[Event::Purchases(cdnow()[..1500].to_vec())]);
        prop_assert_eq!(seen(&pieces.current()), seen(&whole.current()));
        prop_assert_eq!(panel(&pieces.current()), panel(&whole.current()));
        let (a, b) = (pieces.current().compact(), whole.current().compact());
        for (a, b) in a.shards().iter().zip(b.shards()) {
            prop_assert_eq!(a.whole(), b.whole());
        }
    }
}
