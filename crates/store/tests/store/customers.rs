//! Customers, their facts, and finding them.

use crate::build::{add, contact, customer};
use crate::database::{Database, TestStore};
use crate::on_both_databases;
use vernis_domain::{ContactKind, Customer, Event};
use vernis_store::{Origin, StoreError};

on_both_databases! {
    fn a_customer_comes_back_as_he_was_put(store: TestStore) {
        let put = customer("Иванова", "+79161234567");
        let id = add(&store, vec![put.clone()])[0];
        let got = store.read(|tx| tx.customer(id)).unwrap_or_else(|e: StoreError| panic!("{e}")).unwrap();
        assert_eq!(got.full_name(), "Иванова Мария");
        assert_eq!(got.contacts, put.contacts);
        assert_eq!(got.recorded_at, store.clock.now());
        assert_eq!(got.registered_day, put.registered_day);
    }

    fn a_customer_is_found_by_his_phone_and_by_no_other(store: TestStore) {
        let ids = add(&store, vec![customer("А", "+79160000001"), customer("Б", "+79160000002")]);
        let contacts = ["+79160000002", "+79160000003", "+79160000001"]
            .map(|phone| contact(ContactKind::Phone, phone));
        let found: Vec<_> = store.read(|tx| tx.find_customers(&contacts)).unwrap_or_else(|e: StoreError| panic!("{e}"));
        assert_eq!(found, vec![Some(ids[1]), None, Some(ids[0])]);
        let one = store.read(|tx| tx.find_customer(&contacts[0])).unwrap_or_else(|e: StoreError| panic!("{e}"));
        assert_eq!(one, Some(ids[1]));
    }

    fn a_changed_phone_is_a_new_fact_and_a_withdrawal(store: TestStore) {
        let id = add(&store, vec![customer("Иванова", "+79160000001")])[0];
        store.take_events();
        let mut changed: Customer = store.read(|tx| tx.customer(id)).unwrap_or_else(|e: StoreError| panic!("{e}")).unwrap();
        changed.contacts = vec![contact(ContactKind::Phone, "+79160000009")];
        store.clock.advance_seconds(60);
        let put = changed.clone();
        store.write(move |tx| tx.update_customers(vec![put.clone()], Origin::Form)).unwrap_or_else(|e: StoreError| panic!("{e}"));
        let events = store.take_events();
        assert!(matches!(&events[..], [Event::Customers(new)] if new[0] == changed));
        let facts = store.read(|tx| tx.customer_values(id)).unwrap_or_else(|e: StoreError| panic!("{e}"));
        let phones: Vec<_> = facts.iter().filter(|fact| fact.kind == "phone").collect();
        assert_eq!(phones.len(), 3);
        assert_eq!((phones[1].value.as_str(), phones[1].origin), ("+79160000009", Origin::Form));
        assert_eq!(phones[2].withdraws, Some(phones[0].id));
        let old = contact(ContactKind::Phone, "+79160000001");
        let new = contact(ContactKind::Phone, "+79160000009");
        let found = store.read(|tx| tx.find_customers(&[old.clone(), new.clone()])).unwrap_or_else(|e: StoreError| panic!("{e}"));
        assert_eq!(found, vec![None, Some(id)]);
    }

    fn the_scan_gives_every_living_customer_in_id_order(store: TestStore) {
        let many: Vec<_> = (0..1_500).map(|n| customer(&format!("Ф{n}"), &format!("+7916{n:07}"))).collect();
        let ids = add(&store, many);
        let gone = ids[7];
        store.write(move |tx| tx.archive_customers(&[gone])).unwrap_or_else(|e: StoreError| panic!("{e}"));
        let mut seen = Vec::new();
        store.read(|tx| tx.scan_customers(|chunk| { seen.extend(chunk); Ok::<_, StoreError>(()) })).unwrap();
        assert_eq!(seen.len(), 1_499);
        assert!(seen.is_sorted_by_key(|customer| customer.id));
        assert!(seen.iter().all(|customer| customer.id != gone));
        assert_eq!(seen[3].last_name, "Ф3");
    }
}
