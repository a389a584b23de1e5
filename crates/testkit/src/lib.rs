//! Helpers for tests only.

pub mod database;
