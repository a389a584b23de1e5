//! Use cases of Vernis: one verb, one transaction. Knows the truth (`store`) and the live base
//! (`analytics`); knows no HTTP and no command line.

pub mod environment;
pub mod password;
pub mod purchases;
pub mod refusal;

pub use refusal::{FieldError, Refusal, RefusalKind};
