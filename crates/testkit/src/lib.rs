//! Helpers for tests only.

pub mod database;
mod running;

pub use database::{Database, START, TestClock};
pub use running::{Answer, Client, LOGIN, PASSWORD, TestApp, first_run_form};
