//! The snapshot file: what is read is what was written, or nothing.

use crate::shop::*;
use vernis_analytics::Pool;
use vernis_analytics::snapshot::{SnapshotError, read_snapshot, write_snapshot};
use vernis_domain::*;

fn bytes() -> Vec<u8> {
    let live = live();
    live.apply(&[
        Event::Shop(Shop {
            name: "Лавка".into(),
            currency: Currency::new("RUB").unwrap(),
            time_zone: "Europe/Moscow".into(),
        }),
        Event::Stores(vec![Store {
            id: StoreId(2),
            code: "vl".into(),
            name: "Владивосток".into(),
            time_zone: "Asia/Vladivostok".into(),
        }]),
        Event::Customers(vec![
            person(1, "Семёнова", day("2024-01-01")),
            person(9000, "Ли", day("2024-01-01")),
        ]),
    ]);
    for part in small_shop().chunks(9) {
        live.apply(&[Event::Purchases(part.to_vec())]);
    }
    let mut bytes = Vec::new();
    write_snapshot(&live.current(), (17, -3), &mut bytes).unwrap();
    bytes
}

#[test]
fn a_base_comes_back_whole_with_its_place_in_the_feed() {
    let live = live();
    for part in small_shop().chunks(9) {
        live.apply(&[Event::Purchases(part.to_vec())]);
    }
    let bytes = bytes();
    let (base, position) = read_snapshot(&bytes[..], Pool::new(1).unwrap()).unwrap();
    assert_eq!(position, (17, -3));
    assert_eq!(base.shop().map(|shop| shop.name.as_str()), Some("Лавка"));
    assert_eq!(
        base.catalogue().store(StoreId(2)).map(|s| s.code.as_str()),
        Some("vl")
    );
    assert_eq!(
        base.customer(CustomerId(1)).map(|c| c.last_name),
        Some("Семёнова".into())
    );
    assert_eq!(base.purchases(), 40);
    let query =
        vernis_analytics::Query::new(day("2025-01-01"), day("2026-01-01"), day("2025-12-31"));
    let values = |base: &vernis_analytics::LiveBase| {
        vernis_analytics::metrics::answer::values(base, &query)
            .into_iter()
            .filter(|(metric, _)| !matches!(metric.spec.key, "customers_total" | "registrations"))
            .map(|(_, value)| value.value)
            .collect::<Vec<_>>()
    };
    assert_eq!(values(&base), values(&live.current()));
    // A base that was read goes on living.
    let live = vernis_analytics::Live::new(base);
    live.apply(&[Event::Purchases(small_shop())]);
    assert_eq!(live.current().purchases(), 40);
}

#[test]
fn a_damaged_or_cut_or_foreign_file_is_refused() {
    let good = bytes();
    let read = |bytes: &[u8]| read_snapshot(bytes, Pool::new(1).unwrap()).err();
    for at in [40, good.len() / 2, good.len() - 45, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert!(read(&bad).is_some(), "a changed byte at {at} was believed");
    }
    for length in [0, 7, 30, good.len() / 2, good.len() - 1] {
        assert!(
            read(&good[..length]).is_some(),
            "a file cut at {length} was believed"
        );
    }
    let mut other = good.clone();
    other[8] = 99;
    assert!(matches!(read(&other), Some(SnapshotError::Version)));
    // A length that claims more than there is must not ask for the memory.
    let mut huge = good;
    huge[28..36].copy_from_slice(&(u64::MAX / 2).to_le_bytes());
    assert!(read(&huge).is_some());
}

#[test]
fn who_was_joined_comes_back_and_can_be_taken_apart_again() {
    let live = live();
    let sales = small_shop();
    let of = |base: &vernis_analytics::LiveBase, id: i64| base.purchases_of(CustomerId(id));
    live.apply(&[Event::Purchases(sales.clone())]);
    let ids: Vec<i64> = sales
        .iter()
        .filter_map(|s| s.customer_id)
        .map(|c| c.0)
        .collect();
    let (a, b) = (ids[0], *ids.iter().find(|id| **id != ids[0]).unwrap());
    let (own_a, own_b) = (of(&live.current(), a), of(&live.current(), b));
    live.apply(&[Event::Links(vec![(CustomerId(b), Some(CustomerId(a)))])]);
    assert_eq!(of(&live.current(), a).len(), own_a.len() + own_b.len());
    assert_eq!(live.current().purchases(), sales.len());
    let mut bytes = Vec::new();
    write_snapshot(&live.current(), (1, 1), &mut bytes).unwrap();
    let (base, _) = read_snapshot(&bytes[..], Pool::new(1).unwrap()).unwrap();
    let again = vernis_analytics::Live::new(base);
    // Told twice, as a feed read again does: nothing changes.
    again.apply(&[Event::Links(vec![(CustomerId(b), Some(CustomerId(a)))])]);
    again.apply(&[Event::Purchases(sales.clone())]);
    assert_eq!(of(&again.current(), a).len(), own_a.len() + own_b.len());
    again.apply(&[Event::Links(vec![(CustomerId(b), None)])]);
    assert_eq!(
        (of(&again.current(), a), of(&again.current(), b)),
        (own_a, own_b)
    );
}
