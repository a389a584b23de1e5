//! The writer: what is answered is kept, what fails takes nobody with it.

use crate::build::{customer, ok, sale, shop};
use crate::database::{Database, TestStore};
use crate::on_both_databases;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use vernis_domain::Event;
use vernis_store::{Origin, StoreError};

on_both_databases! {
    fn a_failing_closure_does_not_hurt_its_neighbours(store: TestStore) {
        shop(&store);
        let (sender, answers) = channel();
        for n in 0..200 {
            let sender = sender.clone();
            store.submit(
                move |tx| {
                    tx.insert_purchase(&sale(&n.to_string(), None, 100))?;
                    match n % 4 {
                        1 => Err(StoreError::Invalid("refused".to_owned())),
                        2 => panic!("a fault in a use case"),
                        _ => Ok(n),
                    }
                },
                Box::new(move |result: Result<i32, StoreError>| { let _ = sender.send(result); }),
            );
        }
        drop(sender);
        let mut kept = 0;
        for answer in answers {
            match answer {
                Ok(_) => kept += 1,
                Err(StoreError::Invalid(_)) => {}
                Err(StoreError::Panicked(text)) => assert_eq!(text, "a fault in a use case"),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(kept, 100);
        assert_eq!(ok(store.read(|tx| tx.purchase_count())), 100);
        let told: usize = store.take_events().iter().map(|event| match event {
            Event::Purchases(list) => list.len(),
            _ => 0,
        }).sum();
        assert_eq!(told, 100);
        assert_eq!(ok(store.verify()), vec![]);
    }

    fn after_a_load_the_next_write_may_not_name_somebody_who_is_not_there(store: TestStore) {
        shop(&store);
        let nobody = Some(vernis_domain::CustomerId(77));
        ok(store.load(|tx| tx.insert_purchase(&sale("1", None, 1))));
        assert!(store.write(move |tx| tx.insert_purchase(&sale("2", nobody, 1))).is_err());
        let refused = store.load(|tx| {
            tx.insert_purchase(&sale("3", None, 1))?;
            Err::<(), _>(StoreError::Invalid("no".to_owned()))
        });
        assert!(refused.is_err());
        assert!(store.write(move |tx| tx.insert_purchase(&sale("4", nobody, 1))).is_err());
        assert_eq!(ok(store.read(|tx| tx.purchase_count())), 1);
        assert_eq!(ok(store.verify()), vec![]);
    }

    fn loads_and_writes_from_many_threads_are_all_kept(store: TestStore) {
        shop(&store);
        std::thread::scope(|scope| {
            for thread in 0..6 {
                let store = &store;
                scope.spawn(move || {
                    for n in 0..20 {
                        let sale = sale(&format!("{thread}/{n}"), None, 1);
                        if thread % 2 == 0 {
                            ok(store.load(move |tx| tx.insert_purchase(&sale)));
                        } else {
                            ok(store.write(move |tx| tx.insert_purchase(&sale)));
                        }
                    }
                });
            }
        });
        assert_eq!(ok(store.read(|tx| tx.purchase_count())), 120);
        assert_eq!(ok(store.verify()), vec![]);
    }

    fn a_failed_closure_leaves_nothing_behind(store: TestStore) {
        shop(&store);
        let refused = store.write(|tx| {
            tx.insert_customers(vec![customer("А", "+79160000001")], Origin::Api)?;
            tx.insert_purchase(&sale("1", None, 1))?;
            Err::<(), _>(StoreError::Invalid("no".to_owned()))
        });
        assert!(refused.is_err());
        assert_eq!(ok(store.read(|tx| tx.customer_count())), 0);
        assert_eq!(ok(store.read(|tx| tx.purchase_count())), 0);
    }

    fn events_come_before_the_answer(store: TestStore) {
        shop(&store);
        store.take_events();
        for n in 0..20 {
            ok(store.write(move |tx| tx.insert_purchase(&sale(&n.to_string(), None, 1))));
            assert_eq!(store.take_events().len(), 1);
        }
    }

    fn a_store_found_by_many_at_once_is_made_once(store: TestStore) {
        let start = Arc::new(Barrier::new(8));
        let runs = Arc::new(AtomicUsize::new(0));
        let ids: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| {
                let (store, start, runs) = ((*store).clone(), start.clone(), runs.clone());
                scope.spawn(move || {
                    start.wait();
                    ok(store.write(move |tx| {
                        runs.fetch_add(1, Ordering::SeqCst);
                        tx.store_by_code("north", "Север", "Europe/Moscow")
                    })).0
                })
            }).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(ok(store.read(|tx| tx.stores())).len(), 1);
        assert!(runs.load(Ordering::SeqCst) >= 8);
    }

    fn many_writers_lose_no_purchase(store: TestStore) {
        shop(&store);
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let store = (*store).clone();
                scope.spawn(move || {
                    for n in 0..25 {
                        // Every key is sent by two threads: one of them is told it is known.
                        let key = format!("{}/{n}", thread / 2);
                        ok(store.write(move |tx| tx.insert_purchase(&sale(&key, None, 7))));
                    }
                });
            }
        });
        assert_eq!(ok(store.read(|tx| tx.purchase_count())), 100);
        assert_eq!(ok(store.verify()), vec![]);
    }
}
