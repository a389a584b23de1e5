//! `verify` finds what the triggers and the code would never let happen.

use crate::build::{add, customer, line, ok, sale, shop};
use crate::database::{Database, TestStore, run_sql};
use crate::on_both_databases;
use vernis_store::Location;

/// Runs a statement behind the store's back.
fn meddle(store: &TestStore, sql: &str) -> Result<(), String> {
    match store.place().location() {
        Location::Postgres(url) => {
            std::panic::catch_unwind(|| run_sql(&url, sql)).map_err(|_| "refused".to_owned())
        }
        Location::Sqlite(dir) => {
            let conn = rusqlite::Connection::open(dir.join("vernis.db")).unwrap();
            conn.execute_batch(sql).map_err(|error| error.to_string())
        }
    }
}

/// The statement with the guards off, as a fault of the program or the disk would act.
fn force(store: &TestStore, table: &str, sql: &str) {
    match store.place().location() {
        Location::Postgres(_) => meddle(
            store,
            &format!("alter table {table} disable trigger all; {sql}; alter table {table} enable trigger all"),
        ),
        Location::Sqlite(_) => meddle(
            store,
            &format!(
                "pragma foreign_keys = off; drop trigger if exists {table}_no_update;
                 drop trigger if exists {table}_no_delete; {sql}"
            ),
        ),
    }
    .unwrap();
}

on_both_databases! {
    fn ground_facts_cannot_be_changed(store: TestStore) {
        shop(&store);
        add(&store, vec![customer("А", "+79160000001")]);
        let mut bought = sale("1", None, 5);
        bought.lines = vec![line(5, 0).into()];
        ok(store.write(move |tx| {
            let recorded = tx.insert_purchase(&bought)?;
            tx.void_purchases(&[recorded.id], "x")
        }));
        for sql in [
            "update purchase set paid_minor = 1", "delete from purchase",
            "update purchase_line set paid_minor = 1", "delete from purchase_line",
            "update purchase_void set reason = 'y'", "delete from purchase_void",
            "update customer_value set kind = 'y'", "delete from customer_value",
            "update change set kind = 'y'", "delete from change", "delete from customer",
        ] {
            assert!(meddle(&store, sql).is_err(), "{sql}");
        }
        assert_eq!(ok(store.verify()), vec![]);
    }

    fn each_kind_of_damage_is_found(store: TestStore) {
        shop(&store);
        add(&store, vec![customer("А", "+79160000001"), customer("Б", "+79160000002")]);
        let mut bought = sale("1", None, 5);
        bought.lines = vec![line(5, 0).into()];
        ok(store.write(move |tx| tx.insert_purchase(&bought)));
        assert_eq!(ok(store.verify()), vec![]);
        for (check, table, harm, heal) in [
            ("lines add up", "purchase_line", "update purchase_line set list_minor = 6", "update purchase_line set list_minor = 5"),
            ("signs", "purchase", "update purchase set kind = 1", "update purchase set kind = 0"),
            ("returns", "purchase", "update purchase set returned_purchase_id = 99", "update purchase set returned_purchase_id = null"),
            ("imports", "purchase", "update purchase set import_id = 99", "update purchase set import_id = null"),
            ("look-up", "identifier", "update identifier set customer_id = 3 - customer_id", "update identifier set customer_id = 3 - customer_id"),
            ("sealed values", "customer_value", "update customer_value set customer_id = 3 - customer_id", "update customer_value set customer_id = 3 - customer_id"),
            ("change feed", "change", "update change set subjects = '1-2' where kind = 'purchases'", "update change set subjects = '1' where kind = 'purchases'"),
            ("voids", "purchase_void", "insert into purchase_void (purchase_id, reason, recorded_at) values (99, 'x', 1)", "delete from purchase_void"),
        ] {
            force(&store, table, harm);
            let found = ok(store.verify());
            assert!(found.iter().any(|finding| finding.check == check), "{check} not found: {found:?}");
            force(&store, table, heal);
            assert_eq!(ok(store.verify()), vec![], "after {check}");
        }
    }
}
