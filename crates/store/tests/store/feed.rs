//! The change feed: nothing skipped, nothing needed twice.

use crate::build::{add, customer, ok, sale, shop};
use crate::database::{Database, TestStore};
use crate::on_both_databases;
use std::time::Duration;
use vernis_domain::{CustomerId, Event, Item, Line, Product, ProductId, Purchase, PurchaseId};
use vernis_store::{FeedPosition, NewLine, Origin, Store, StoreError};

/// Everything after a position, look by look, until the removal the test ends with. The horizon
/// of a PostgreSQL server covers all its databases: a test beside this one may hold it back.
fn follow_to_the_removal(store: &Store, mut position: FeedPosition) -> (Vec<Event>, FeedPosition) {
    let mut events: Vec<Event> = Vec::new();
    while !matches!(events.last(), Some(Event::CustomersRemoved(_))) {
        let followed = ok(store.follow(position, Duration::from_secs(60)));
        assert!(followed.position > position, "nothing new for 60 seconds");
        events.extend(followed.events);
        position = followed.position;
    }
    (events, position)
}

fn purchase_ids(events: &[Event]) -> Vec<PurchaseId> {
    events
        .iter()
        .flat_map(|event| match event {
            Event::Purchases(list) => list.iter().map(|purchase| purchase.id).collect(),
            _ => Vec::new(),
        })
        .collect()
}

on_both_databases! {
    fn the_feed_tells_what_the_commit_told(store: TestStore) {
        let start = ok(store.feed_position());
        shop(&store);
        let ids = add(&store, (0..30).map(|n| customer(&format!("Ф{n}"), &format!("+7916{n:07}"))).collect());
        let purchases: Vec<_> = (0..50).map(|n| sale(&n.to_string(), Some(ids[n % 30]), n as i64)).collect();
        let recorded = ok(store.write(move |tx| tx.insert_purchases(&purchases)));
        let void = recorded[3].id;
        ok(store.write(move |tx| tx.void_purchases(&[void], "test")));
        let gone = ids[29];
        ok(store.write(move |tx| tx.archive_customers(&[gone])));
        let told = store.take_events();
        let (followed, end) = follow_to_the_removal(&store, start);
        assert_eq!(purchase_ids(&followed), purchase_ids(&told));
        assert_eq!(purchase_ids(&followed).len(), 50);
        let customers: Vec<CustomerId> = followed.iter().flat_map(|event| match event {
            Event::Customers(list) => list.iter().map(|customer| customer.id).collect(),
            _ => Vec::new(),
        }).collect();
        // The last one is gone by the time the record is read; his removal follows.
        assert_eq!(customers, ids[..29]);
        assert!(followed.iter().any(|event| matches!(event, Event::PurchasesVoided(list) if list[..] == [(Some(ids[3]), void)])));
        assert!(matches!(followed.last(), Some(Event::CustomersRemoved(list)) if list[..] == [gone]));
        // Nothing stands behind the end.
        assert!(ok(store.follow(end, Duration::ZERO)).events.is_empty());
    }

    fn products_and_lines_are_told_by_the_commit_the_feed_and_the_scan_alike(store: TestStore) {
        let start = ok(store.feed_position());
        shop(&store);
        let product = |code: &str| Product {
            id: ProductId(0),
            code: code.to_owned(),
            name: format!("Товар {code}"),
            category: "Напитки;Кофе".to_owned(),
            price_minor: Some(300),
            cost_minor: None,
        };
        let goods = ["A", "B"].map(product);
        let (ids, _) = ok(store.write(move |tx| tx.products_by_code(&goods)));
        let line = |product: Option<&str>, quantity_micro, paid_minor, discount| NewLine::from(Line {
            line_no: 0,
            product_id: product.map(|code| ids[code]),
            quantity_micro,
            list_minor: paid_minor + discount,
            paid_minor,
            discount_auto_minor: discount,
            discount_code_minor: 0,
            discount_points_minor: 0,
            discount_manual_minor: 0,
            discount_rounding_minor: 0,
            cost_minor: None,
            returned_line_no: None,
        });
        let mut sold: Vec<_> = (0..6).map(|n| sale(&n.to_string(), None, 0)).collect();
        for (n, one) in sold.iter_mut().enumerate().filter(|(n, _)| n % 3 != 0) {
            one.lines = vec![line(Some("A"), 1_500_000, 100 * n as i64, 7), line(None, 2_000_000, 50, 0), line(Some("B"), 1_000_000, 9, 0)];
            one.paid_minor = one.lines.iter().map(|one| one.line.paid_minor).sum();
            one.discount_minor = 7;
        }
        let recorded = ok(store.write(move |tx| tx.insert_purchases(&sold)));
        let moved = Product { id: ids["B"], category: "Чай".to_owned(), ..product("B") };
        ok(store.write(move |tx| tx.update_product(&moved)));
        let end = add(&store, vec![customer("Конец", "+79160000000")]);
        ok(store.write(move |tx| tx.archive_customers(&end)));
        let told = store.take_events();
        let (followed, _) = follow_to_the_removal(&store, start);
        let purchases = |events: &[Event]| -> Vec<Purchase> {
            let of = |event: &Event| match event {
                Event::Purchases(list) => list.clone(),
                _ => Vec::new(),
            };
            events.iter().flat_map(of).collect()
        };
        let mut scanned = Vec::new();
        ok(store.read(|tx| tx.scan_purchases(|chunk| { scanned.extend(chunk); Ok::<_, StoreError>(()) })));
        assert_eq!(purchases(&told), purchases(&followed));
        assert_eq!(purchases(&told), scanned);
        let items = |n: usize| scanned.iter().find(|one| one.id == recorded[n].id).unwrap().items.clone();
        let item = |product_id, quantity_micro, paid_minor, discount_minor| Item { product_id, quantity_micro, paid_minor, discount_minor };
        assert_eq!(items(0), []);
        assert_eq!(items(2), [item(Some(ids["A"]), 1_500_000, 200, 7), item(None, 2_000_000, 50, 0), item(Some(ids["B"]), 1_000_000, 9, 0)]);
        // Whoever follows ends with the products as they are.
        let last = |events: &[Event]| {
            let of = |event: &Event| match event {
                Event::Products(list) => list.clone(),
                _ => Vec::new(),
            };
            let mut found: Vec<(ProductId, String)> = Vec::new();
            for one in events.iter().flat_map(of) {
                found.retain(|own| own.0 != one.id);
                found.push((one.id, one.category));
            }
            found.sort();
            found
        };
        assert_eq!(last(&told), [(ids["A"], "Напитки;Кофе".to_owned()), (ids["B"], "Чай".to_owned())]);
        assert_eq!(last(&followed), last(&told));
    }

    fn a_follower_beside_many_writers_skips_none(store: TestStore) {
        shop(&store);
        let start = ok(store.feed_position());
        let mut seen = Vec::new();
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..4).map(|thread| {
                let store = (*store).clone();
                scope.spawn(move || {
                    for n in 0..40 {
                        let key = format!("{thread}/{n}");
                        ok(store.write(move |tx| {
                            // A transaction that begins early and ends late is what a follower
                            // by number alone would skip.
                            if n % 7 == 0 {
                                tx.insert_customers(vec![customer("А", &format!("+7916{thread:03}{n:04}"))], Origin::Api)?;
                            }
                            tx.insert_purchase(&sale(&key, None, 1))
                        }));
                    }
                })
            }).collect();
            let mut position = start;
            while seen.len() < 160 {
                let followed = ok(store.follow(position, Duration::from_secs(60)));
                assert!(followed.position > position, "nothing for 60 seconds with {} seen", seen.len());
                seen.extend(purchase_ids(&followed.events));
                position = followed.position;
            }
            for writer in writers {
                writer.join().unwrap();
            }
        });
        let total = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!((total, seen.len()), (160, 160));
    }

    fn a_position_of_another_feed_is_refused(store: TestStore) {
        let mut position = ok(store.feed_position());
        position.epoch ^= 1;
        assert!(matches!(store.follow(position, Duration::ZERO), Err(StoreError::FeedEpochChanged)));
    }
}
