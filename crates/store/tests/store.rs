//! Conformance of the store: every test runs on SQLite and on PostgreSQL.

// The helpers live in the test kit; included by path so that these tests need not build the
// server they would otherwise pull in.
#[path = "store/about.rs"]
mod about;
#[path = "store/access.rs"]
mod access;
#[path = "store/backup.rs"]
mod backup;
#[path = "store/build.rs"]
mod build;
#[path = "store/crash.rs"]
mod crash;
#[path = "store/customers.rs"]
mod customers;
#[allow(dead_code)]
#[path = "../../testkit/src/database.rs"]
mod database;
#[path = "store/feed.rs"]
mod feed;
#[path = "store/imports.rs"]
mod imports;
#[path = "store/journal.rs"]
mod journal;
#[path = "store/opening.rs"]
mod opening;
#[path = "store/personal.rs"]
mod personal;
#[path = "store/purchases.rs"]
mod purchases;
#[path = "store/verify.rs"]
mod verify;
#[path = "store/writing.rs"]
mod writing;
