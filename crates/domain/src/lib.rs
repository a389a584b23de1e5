//! The pure rules of Vernis: what a customer, a purchase, a day and an amount are.
//!
//! Nothing here knows a clock, a database, a network or a thread. Time and randomness arrive as
//! arguments. Everything else in the house may use this crate; it uses nothing of ours.

pub mod about;
pub mod amount;
pub mod blocked;
pub mod contact;
pub mod customer;
pub mod dates;
pub mod email;
pub mod event;
pub mod ids;
pub mod inn;
pub mod language;
pub mod money;
pub mod name;
pub mod one_person;
pub mod phone;
pub mod purchase;
pub mod segment;
pub mod shop;
pub mod text;
pub mod time;

pub use about::About;
pub use about::field::CustomField;
pub use contact::{Contact, ContactKind};
pub use customer::{Customer, Sex};
pub use event::Event;
pub use ids::{
    ChannelId, CustomerId, FieldId, ImportId, LineId, ProductId, PurchaseId, StoreId, UserId,
};
pub use language::{Language, Text};
pub use money::{Currency, MoneyError};
pub use purchase::{Item, Line, Purchase, PurchaseKind};
pub use shop::{Channel, Product, Shop, Store};
pub use time::{Day, Instant, TimePrecision, Zone};
