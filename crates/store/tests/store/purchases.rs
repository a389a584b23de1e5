//! Purchases: idempotent by operation key, whole, append-only.

use crate::build::{add, customer, line, sale, shop};
use crate::database::{Database, TestStore};
use crate::on_both_databases;
use vernis_domain::{Event, Instant, PurchaseId, PurchaseKind};
use vernis_store::{NewLine, NewPurchase, Recorded, Store, StoreError, Vat};

fn record(store: &Store, purchases: Vec<NewPurchase>) -> Vec<Recorded> {
    store
        .write(move |tx| tx.insert_purchases(&purchases))
        .unwrap_or_else(|error: StoreError| panic!("{error}"))
}

on_both_databases! {
    fn a_repeated_operation_key_changes_nothing(store: TestStore) {
        shop(&store);
        for count in [1, 3, 40] {
            let purchases: Vec<_> = (0..count).map(|n| sale(&format!("{count}/{n}"), None, 100 + n)).collect();
            let first = record(&store, purchases.clone());
            assert!(first.iter().all(|recorded| recorded.new));
            store.take_events();
            let again = record(&store, purchases);
            assert!(again.iter().all(|recorded| !recorded.new));
            assert_eq!(
                first.iter().map(|r| r.id).collect::<Vec<_>>(),
                again.iter().map(|r| r.id).collect::<Vec<_>>()
            );
            assert!(store.take_events().is_empty());
        }
        let total = store.read(|tx| tx.purchase_count()).unwrap_or_else(|e: StoreError| panic!("{e}"));
        assert_eq!(total, 44);
    }

    fn the_same_key_twice_in_one_list_is_one_purchase(store: TestStore) {
        shop(&store);
        for extra in [0, 30] {
            let mut list = vec![sale("a", None, 100), sale("b", None, 100), sale("a", None, 100)];
            list.extend((0..extra).map(|n| sale(&format!("x{n}"), None, 1)));
            let recorded = record(&store, list);
            assert_eq!(recorded[0].id, recorded[2].id);
            assert!(!recorded[2].new);
        }
        let total = store.read(|tx| tx.purchase_count()).unwrap_or_else(|e: StoreError| panic!("{e}"));
        assert_eq!(total, 32);
    }

    fn a_purchase_comes_back_with_its_lines_and_returns(store: TestStore) {
        shop(&store);
        let buyer = add(&store, vec![customer("Иванова", "+79160000001")])[0];
        let mut bought = sale("1", Some(buyer), 900);
        bought.discount_minor = 100;
        bought.fiscal_drive = Some("9960440300000000".to_owned());
        let vat = Vat { rate_bp: 2000, minor: 83, included: true };
        bought.lines = vec![
            NewLine { line: line(500, 100), vat: Some(vat) },
            line(400, 0).into(),
        ];
        let sold = record(&store, vec![bought])[0].id;
        let mut back = sale("2", Some(buyer), -400);
        back.kind = PurchaseKind::Return;
        back.returned_purchase_id = Some(sold);
        back.occurred_at = Instant(1_700_000_100_000_000);
        let returned = record(&store, vec![back])[0].id;
        let rows = store.read(|tx| tx.purchase_rows(&[returned, sold])).unwrap_or_else(|e: StoreError| panic!("{e}"));
        assert_eq!(rows.iter().map(|row| row.purchase.id).collect::<Vec<_>>(), vec![sold, returned]);
        let row = &rows[0];
        assert_eq!(row.returns, vec![returned]);
        assert_eq!(row.lines.len(), 2);
        assert_eq!(row.lines[0].vat, Some(vat));
        assert_eq!((row.lines[1].line.line_no, row.lines[1].line.paid_minor), (2, 400));
        assert_eq!(row.fiscal[0].as_deref(), Some("9960440300000000"));
    }

    fn a_voided_purchase_leaves_the_scan_but_not_the_base(store: TestStore) {
        shop(&store);
        let ids: Vec<PurchaseId> = record(&store, (0..100).map(|n| sale(&n.to_string(), None, n)).collect())
            .into_iter().map(|recorded| recorded.id).collect();
        store.take_events();
        let gone = ids[5];
        let count = store.write(move |tx| tx.void_purchases(&[gone, gone], "till error")).unwrap_or_else(|e: StoreError| panic!("{e}"));
        assert_eq!(count, 1);
        assert!(matches!(&store.take_events()[..], [Event::PurchasesVoided(list)] if list[..] == [(None, gone)]));
        let mut seen = Vec::new();
        store.read(|tx| tx.scan_purchases(|chunk| { seen.extend(chunk); Ok::<_, StoreError>(()) })).unwrap();
        assert_eq!(seen.len(), 99);
        assert!(seen.iter().all(|purchase| purchase.id != gone));
        let row = store.read(|tx| tx.purchase_rows(&[gone])).unwrap_or_else(|e: StoreError| panic!("{e}"));
        assert_eq!(row[0].voided.as_ref().map(|void| void.1.as_str()), Some("till error"));
    }

    fn amounts_that_do_not_add_up_are_refused(store: TestStore) {
        shop(&store);
        let mut wrong = sale("1", None, 900);
        wrong.lines = vec![line(800, 0).into()];
        let refused = store.write(move |tx| tx.insert_purchase(&wrong));
        assert!(matches!(refused, Err(StoreError::Invalid(_))));
        let mut wrong = sale("2", None, 900);
        wrong.kind = PurchaseKind::Return;
        let refused = store.write(move |tx| tx.insert_purchase(&wrong));
        assert!(matches!(refused, Err(StoreError::Invalid(_))));
    }
}
