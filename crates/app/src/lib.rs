//! Use cases of Vernis: one verb, one transaction. Nothing here knows HTTP or a command line.

pub mod files;
pub mod import;
pub mod words;

pub use words::Words;
