//! Integration tests of the use cases: one binary, a module for each subject.

#[path = "app/hostile.rs"]
mod hostile;
#[path = "app/import.rs"]
mod import;
#[path = "app/import_rules.rs"]
mod import_rules;
#[path = "app/journal.rs"]
mod journal;
#[path = "app/support.rs"]
mod support;
