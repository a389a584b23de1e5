//! Backup and restore, from either database into either.

use crate::build::{add, customer, line, ok, sale, shop};
use crate::database::{Database, Place, TestStore};
use crate::on_both_databases;
use vernis_domain::{Customer, CustomerId, Purchase};
use vernis_store::{NewLine, Store, StoreError, note_erasures, restore};

fn everything(store: &Store) -> (Vec<Customer>, Vec<Purchase>) {
    let (mut customers, mut purchases) = (Vec::new(), Vec::new());
    ok(store.read(|tx| {
        tx.scan_customers(|chunk| {
            customers.extend(chunk);
            Ok::<_, StoreError>(())
        })?;
        tx.scan_purchases(|chunk| {
            purchases.extend(chunk);
            Ok::<_, StoreError>(())
        })
    }));
    (customers, purchases)
}

fn fill(store: &Store) -> Vec<CustomerId> {
    shop(store);
    let ids = add(
        store,
        (0..300)
            .map(|n| customer(&format!("Ф{n}"), &format!("+7916{n:07}")))
            .collect(),
    );
    let purchases: Vec<_> = (0..900_usize)
        .map(|n| {
            let mut sale = sale(&n.to_string(), Some(ids[n % 300]), 100 + n as i64);
            sale.lines = vec![NewLine::from(line(100 + n as i64, 0))];
            sale
        })
        .collect();
    ok(store.write(move |tx| tx.insert_purchases(&purchases)));
    ids
}

on_both_databases! {
    fn a_backup_restores_into_both_databases(store: TestStore) {
        let ids = fill(&store);
        let before = everything(&store);
        let position = ok(store.feed_position());
        let file = store.place().dir().join("base.backup");
        ok(store.backup(&file, "correct horse"));
        for database in [Database::Sqlite, Database::Postgres] {
            let Some(place) = Place::new(database) else { continue };
            let wrong = restore(&file, "wrong", place.dir(), &place.location(), store.clock.now());
            assert!(matches!(wrong, Err(StoreError::WrongPassphrase)), "{wrong:?}");
            let restored = ok(restore(&file, "correct horse", place.dir(), &place.location(), store.clock.now()));
            assert_eq!((restored.made_at, restored.erased_again), (store.clock.now(), 0));
            let again = restore(&file, "correct horse", place.dir(), &place.location(), store.clock.now());
            assert!(matches!(again, Err(StoreError::NotEmpty)), "{again:?}");
            let back = TestStore::open(place);
            assert!(everything(&back) == before);
            assert_eq!(ok(back.verify()), vec![]);
            // New rows go on after the old ones; the feed is a new one.
            let buyer = ids[0];
            let new = ok(back.write(move |tx| tx.insert_purchase(&sale("new", Some(buyer), 1))));
            assert!(new.new && new.id > before.1.last().unwrap().id);
            assert_ne!(ok(back.feed_position()).epoch, position.epoch);
            assert_eq!(ok(back.verify()), vec![]);
        }
    }

    fn a_restore_erases_again_who_was_erased_after_the_backup(store: TestStore) {
        let ids = fill(&store);
        let file = store.place().dir().join("base.backup");
        ok(store.backup(&file, "correct horse"));
        let keys = ok(store.place().keys());
        let database = if store.is_postgres() { Database::Postgres } else { Database::Sqlite };
        let place = Place::new(database).unwrap();
        ok(note_erasures(place.dir(), &keys, &ids[..2]));
        let restored = ok(restore(&file, "correct horse", place.dir(), &place.location(), store.clock.now()));
        assert_eq!(restored.erased_again, 2);
        let back = TestStore::open(place);
        assert!(ok(back.read(|tx| tx.customer(ids[0]))).is_none());
        assert!(ok(back.read(|tx| tx.customer(ids[2]))).is_some());
        assert_eq!(ok(back.verify()), vec![]);
    }

    fn a_damaged_backup_leaves_nothing_behind(store: TestStore) {
        fill(&store);
        let file = store.place().dir().join("base.backup");
        ok(store.backup(&file, "correct horse"));
        let whole = std::fs::read(&file).unwrap();
        let database = if store.is_postgres() { Database::Postgres } else { Database::Sqlite };
        let place = Place::new(database).unwrap();
        for damaged in [whole[..whole.len() - 100].to_vec(), b"not a backup".to_vec(), {
            let mut bent = whole.clone();
            let at = bent.len() / 2;
            bent[at] ^= 1;
            bent
        }] {
            let bad = place.dir().join("bad.backup");
            std::fs::write(&bad, &damaged).unwrap();
            let refused = restore(&bad, "correct horse", place.dir(), &place.location(), store.clock.now());
            assert!(matches!(refused, Err(StoreError::BadBackup(_) | StoreError::Io(_))), "{refused:?}");
        }
        ok(restore(&file, "correct horse", place.dir(), &place.location(), store.clock.now()));
    }
}
