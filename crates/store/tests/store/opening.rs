//! Gates, keys and migrations at the start.

use crate::build::{add, customer, ok, shop};
use crate::database::{Database, TestStore};
use crate::on_both_databases;
use vernis_store::{Keys, SCHEMA_VERSION, Store, StoreError};

fn open_with(test: &TestStore, keys: Keys) -> Result<Store, StoreError> {
    Store::open(
        test.place().location(),
        keys,
        Box::new(|_| {}),
        test.clock.as_clock(),
    )
}

on_both_databases! {
    fn a_restart_finds_everything(store: TestStore) {
        let mut store = store;
        shop(&store);
        let id = add(&store, vec![customer("Иванова", "+79160000001")])[0];
        store.reopen();
        let found = ok(store.read(|tx| tx.customer(id))).unwrap();
        assert_eq!(found.last_name, "Иванова");
        const { assert!(SCHEMA_VERSION >= 2) }
    }

    fn another_master_key_is_refused_in_one_sentence(store: TestStore) {
        let place = store.close();
        let store = TestStore::open(place);
        let other = Keys::from_master([9; 32]);
        let refused = if store.is_postgres() {
            open_with(&store, other)
        } else {
            let place = store.place().location();
            let clock = store.clock.as_clock();
            let kept = store.close();
            let refused = Store::open(place, other, Box::new(|_| {}), clock);
            drop(kept);
            refused
        };
        let error = refused.unwrap_err();
        assert!(matches!(error, StoreError::WrongMasterKey { .. }), "{error}");
        assert!(error.to_string().starts_with("The master key does not belong to this database"));
    }

    fn one_sqlite_file_has_one_process_and_postgres_has_many(store: TestStore) {
        let second = store.another();
        if store.is_postgres() {
            let second = ok(second);
            shop(&second);
            assert_eq!(ok(store.read(|tx| tx.stores())).len(), 1);
        } else {
            let error = second.unwrap_err();
            assert!(matches!(error, StoreError::InUse { .. }));
            assert!(error.to_string().contains("Another Vernis process"));
        }
    }

    fn public_ids_stay_the_same_after_a_restart(store: TestStore) {
        let mut store = store;
        let before = store.public_ids().encode(vernis_store::Entity::Customer, 5);
        store.reopen();
        assert_eq!(store.public_ids().decode(vernis_store::Entity::Customer, &before), Some(5));
    }
}

#[test]
fn a_server_that_may_lose_data_is_refused() {
    let Some(test) = TestStore::new(Database::Postgres) else {
        return;
    };
    let url = match test.place().location() {
        vernis_store::Location::Postgres(url) => url,
        vernis_store::Location::Sqlite(_) => return,
    };
    let name = url.rsplit('/').next().unwrap().to_owned();
    let place = test.close();
    // `full_page_writes` and `fsync` belong to the whole server; `synchronous_commit` can be set
    // for this database alone, and the store itself turns it on: so a role or database that says
    // "off" does no harm.
    crate::database::run_sql(
        &url,
        &format!("alter database {name} set synchronous_commit = off"),
    );
    let test = TestStore::open(place);
    shop(&test);
    assert_eq!(ok(test.read(|tx| tx.stores())).len(), 1);
}

#[test]
fn a_server_reached_by_tls_must_show_a_certificate_that_is_believed() {
    let Some(test) = TestStore::new(Database::Postgres) else {
        return;
    };
    let url = match test.place().location() {
        vernis_store::Location::Postgres(url) => url,
        vernis_store::Location::Sqlite(_) => return,
    };
    let certificate = {
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        let row = client.query_one("show data_directory", &[]).unwrap();
        format!("{}/server.crt", row.get::<_, String>(0))
    };
    let key = || test.place().keys().unwrap();
    let open = |tail: &str| {
        Store::open(
            vernis_store::Location::Postgres(format!("{url}?{tail}")),
            key(),
            Box::new(|_| {}),
            test.clock.as_clock(),
        )
    };
    let store = open(&format!("sslmode=require&sslrootcert={certificate}")).unwrap();
    shop(&store);
    assert_eq!(ok(store.read(|tx| tx.stores())).len(), 1);
    // Nobody else vouches for it.
    let error = open("sslmode=require").unwrap_err().to_string();
    assert!(error.contains("certificate"), "{error}");
}
