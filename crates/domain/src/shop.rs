//! The shop and its catalogues: stores, channels, products.

use crate::{ChannelId, Currency, ProductId, StoreId};
use serde::{Deserialize, Serialize};

/// The one shop (legal entity) an instance serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shop {
    /// Name shown on pages.
    pub name: String,
    /// Currency of all amounts; cannot change after the first purchase.
    pub currency: Currency,
    /// IANA zone of shop-wide days.
    pub time_zone: String,
}

/// A place of sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Row id.
    pub id: StoreId,
    /// Short code, unique, as files and tills name it.
    pub code: String,
    /// Name shown on pages.
    pub name: String,
    /// IANA zone of its days.
    pub time_zone: String,
}

/// A way purchases or customers come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Row id.
    pub id: ChannelId,
    /// Short code, unique, as files name it.
    pub code: String,
    /// Name shown on pages.
    pub name: String,
}

/// An article of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Row id.
    pub id: ProductId,
    /// Article code as files and tills name it, unique.
    pub code: String,
    /// Name.
    pub name: String,
    /// Category path, levels joined by `;`.
    pub category: String,
    /// Usual price of one piece, when known.
    pub price_minor: Option<i64>,
    /// Cost of one piece, when known.
    pub cost_minor: Option<i64>,
}
