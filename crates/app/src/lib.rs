//! Use cases of Vernis: one verb, one transaction. Knows the truth (`store`) and the live base
//! (`analytics`); knows no HTTP and no command line.

pub mod access;
pub mod backups;
mod base;
pub mod browser;
pub mod command_imports;
pub mod customers;
pub mod demo;
mod demo_shop;
pub mod environment;
pub mod files;
mod finding;
mod follow;
pub mod import;
pub mod imports;
pub mod journal;
mod lookup;
pub mod merging;
mod pace;
pub mod password;
pub mod purchases;
pub mod refusal;
pub mod reports;
pub mod settings;
mod snapshot;
pub mod uploads;
mod verify;

pub use backups::restore;
pub use base::{App, Options};
pub use lookup::LearnedFrom;
pub use refusal::{FieldError, Refusal, RefusalKind};
pub use verify::Verified;
pub use vernis_store::Entity;
