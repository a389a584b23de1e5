//! Search while typing, over everything.

use crate::extract::{Params, ServerState, SignedIn, compute};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vernis_analytics::facts;
use vernis_domain::ContactKind;

/// What is searched for everywhere.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchIn {
    /// Part of a name, phone, e-mail, card; a receipt number; an article.
    pub q: String,
}

/// A customer found.
#[derive(Serialize, ToSchema)]
pub struct HitOut {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Main phone.
    pub phone: Option<String>,
    /// Main e-mail or card, to tell namesakes apart.
    pub hint: Option<String>,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub struct SearchOut {
    /// The best ten customers.
    pub customers: Vec<HitOut>,
    /// How many customers fit in all.
    pub total: usize,
}

/// Search while typing.
#[utoipa::path(get, path = "/search", tag = "customers", params(SearchIn), responses((status = OK, body = SearchOut)))]
pub async fn everywhere(
    State(state): State<ServerState>,
    SignedIn(_staff): SignedIn,
    Params(wanted): Params<SearchIn>,
) -> Result<Json<SearchOut>, Problem> {
    let app = state.app.clone();
    let out = compute(move || {
        let base = app.live.current();
        let (hits, total) = facts::search::search(&base, &wanted.q, 10);
        Ok(SearchOut {
            customers: hits
                .into_iter()
                .map(|hit| {
                    let customer = base.customer(hit.id);
                    let contact = |kind| {
                        customer
                            .as_ref()
                            .and_then(|c| c.contact(kind).map(str::to_owned))
                    };
                    HitOut {
                        id: app.public_customer_id(hit.id),
                        name: customer
                            .as_ref()
                            .map(|c| c.shown_name())
                            .unwrap_or_default(),
                        phone: contact(ContactKind::Phone),
                        hint: contact(ContactKind::Email).or_else(|| contact(ContactKind::Card)),
                    }
                })
                .collect(),
            total,
        })
    })
    .await?;
    Ok(Json(out))
}
