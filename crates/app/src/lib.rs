//! Use cases of Vernis: one verb, one transaction. Knows the truth (`store`) and the live base
//! (`analytics`); knows no HTTP and no command line.

pub mod access;
mod base;
pub mod customers;
pub mod environment;
pub mod password;
pub mod purchases;
pub mod refusal;
mod snapshot;

pub use base::{App, Options};
pub use refusal::{FieldError, Refusal, RefusalKind};
pub use vernis_store::Entity;
