//! Recording sales and returns, and reading them back.

mod check;
mod record;

pub use check::{NewLine, NewPurchase, When, Who};
pub use record::{LineCard, PurchaseCard, Recorded};
