//! Use cases of Vernis: one verb, one transaction. Knows the truth (`store`) and the live base
//! (`analytics`); knows no HTTP and no command line.

pub mod about;
pub mod access;
pub mod api_keys;
pub mod backups;
mod base;
pub mod browser;
pub mod caller;
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
pub mod own_fields;
mod pace;
pub mod password;
pub mod permission;
pub mod purchases;
pub mod refusal;
pub mod reports;
pub mod roles;
pub mod scope;
pub mod settings;
mod snapshot;
pub mod staff;
pub mod uploads;
mod verify;
mod view;

pub use backups::restore;
pub use base::{App, Options};
pub use caller::{Actor, Caller, Origin};
pub use lookup::LearnedFrom;
pub use permission::{Permission, Permissions};
pub use refusal::{FieldError, Refusal, RefusalKind};
pub use scope::Scope;
pub use verify::Verified;
pub use vernis_store::Entity;
pub use view::{View, whole_shop_only};
