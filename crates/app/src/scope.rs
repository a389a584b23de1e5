//! Whom somebody sees. What is outside does not exist for him.

use serde::{Deserialize, Serialize};
use vernis_domain::StoreId;

/// Which customers, and which of their purchases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Scope {
    /// Everybody.
    #[default]
    All,
    /// Customers who bought or registered in these stores, with their purchases there.
    Stores {
        /// Rows of the stores.
        stores: Vec<i64>,
    },
    /// Customers whose responsible manager he is.
    Own,
    /// Customers who fit all of these conditions, written as lists write them (`orders:ge:3`).
    Filter {
        /// The conditions.
        filters: Vec<String>,
    },
}

impl Scope {
    /// Whether it is everybody.
    pub fn is_all(&self) -> bool {
        *self == Scope::All
    }

    /// As it is kept.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what was kept. What cannot be read shows nobody.
    pub fn parse(text: &str) -> Scope {
        serde_json::from_str(text).unwrap_or_else(|error| {
            tracing::error!(%error, "a scope cannot be read: it shows nobody");
            Scope::Stores { stores: Vec::new() }
        })
    }

    /// The stores it is about, when it is about stores.
    pub fn stores(&self) -> Option<Vec<StoreId>> {
        match self {
            Scope::Stores { stores } => Some(stores.iter().copied().map(StoreId).collect()),
            _ => None,
        }
    }

    /// Whether whoever has this scope sees everybody `other` shows, whoever has that one. Only
    /// what is plain to see counts: conditions of filters are compared as they are written.
    pub fn covers(&self, other: &Scope) -> bool {
        match (self, other) {
            (Scope::All, _) => true,
            (Scope::Stores { stores }, Scope::Stores { stores: less }) => {
                less.iter().all(|store| stores.contains(store))
            }
            (Scope::Filter { filters }, Scope::Filter { filters: more }) => {
                filters.iter().all(|filter| more.contains(filter))
            }
            _ => false,
        }
    }
}
