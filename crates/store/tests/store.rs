//! Conformance of the store: every test runs on SQLite and on PostgreSQL.

// The helpers live in the test kit; included by path so that these tests need not build the
// server they would otherwise pull in.
#[path = "store/build.rs"]
mod build;
#[path = "store/customers.rs"]
mod customers;
#[allow(dead_code)]
#[path = "../../testkit/src/database.rs"]
mod database;
#[path = "store/purchases.rs"]
mod purchases;
