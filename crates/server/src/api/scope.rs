//! A scope as the API writes it: stores by their public ids.

use crate::extract::ServerState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vernis_app::{Entity, Refusal, Scope};
use vernis_domain::Text;

/// Whom somebody sees. What is outside does not exist for him.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ScopeJson {
    /// Everybody.
    All,
    /// Customers who bought or registered in these stores, with their purchases there.
    Stores {
        /// Ids of the stores.
        stores: Vec<String>,
    },
    /// Customers whose responsible manager he is.
    Own,
    /// Customers who fit all of these conditions, as lists write them (`orders:ge:3`).
    Filter {
        /// The conditions.
        filters: Vec<String>,
    },
}

impl ScopeJson {
    pub(super) fn of(state: &ServerState, scope: &Scope) -> ScopeJson {
        match scope {
            Scope::All => ScopeJson::All,
            Scope::Own => ScopeJson::Own,
            Scope::Stores { stores } => ScopeJson::Stores {
                stores: stores
                    .iter()
                    .map(|store| state.app.public_id(Entity::Store, *store))
                    .collect(),
            },
            Scope::Filter { filters } => ScopeJson::Filter {
                filters: filters.clone(),
            },
        }
    }

    /// The scope; a store that is not there or a condition that is none is refused.
    pub(super) fn scope(self, state: &ServerState) -> Result<Scope, Refusal> {
        let wrong = |rule: &'static str, text: Text| Refusal::field("scope", rule, text);
        Ok(match self {
            ScopeJson::All => Scope::All,
            ScopeJson::Own => Scope::Own,
            ScopeJson::Stores { stores } => {
                let known = state.app.stores()?;
                let mut rows = stores
                    .iter()
                    .map(|id| {
                        let row = state.app.row_id(Entity::Store, id).ok()?;
                        known.iter().any(|store| store.id.0 == row).then_some(row)
                    })
                    .collect::<Option<Vec<i64>>>()
                    .filter(|rows| !rows.is_empty())
                    .ok_or_else(|| {
                        wrong(
                            "unknown",
                            Text::new(
                                "нужен хотя бы один из магазинов сети",
                                "at least one of the shop's stores is wanted",
                            ),
                        )
                    })?;
                rows.sort_unstable();
                rows.dedup();
                Scope::Stores { stores: rows }
            }
            ScopeJson::Filter { filters } => {
                if filters.is_empty() || filters.len() > 20 {
                    return Err(wrong(
                        "length",
                        Text::new("от 1 до 20 условий", "from 1 to 20 conditions"),
                    ));
                }
                for filter in &filters {
                    state.app.parse_filter(filter)?;
                }
                Scope::Filter { filters }
            }
        })
    }
}
