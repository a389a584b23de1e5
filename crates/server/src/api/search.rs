//! Search while typing, over everything.

use super::settings::{ProductOut, product_out};
use crate::extract::{Params, ServerState, SignedIn, compute};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vernis_analytics::facts::search::{Needle, search_for};
use vernis_app::{Entity, contacts};
use vernis_domain::{ContactKind, CustomerId};

/// Most purchases and products shown while typing.
const FOUND: usize = 5;

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

/// A purchase found by its receipt number.
#[derive(Serialize, ToSchema)]
pub struct ReceiptHitOut {
    /// Id.
    pub id: String,
    /// Who bought; null for an anonymous receipt.
    pub customer_id: Option<String>,
    /// His name.
    pub customer_name: String,
    /// Receipt number.
    pub receipt_no: String,
    /// Day in the store's zone.
    pub day: String,
    /// Paid; negative for a return.
    pub paid_minor: i64,
    /// Store.
    pub store: String,
}

/// A company found.
#[derive(Serialize, ToSchema)]
pub struct CompanyHitOut {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// ИНН; may be empty.
    pub inn: String,
    /// How many of its people one sees.
    pub people_count: usize,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub struct SearchOut {
    /// The best ten customers.
    pub customers: Vec<HitOut>,
    /// How many customers fit in all.
    pub total: usize,
    /// The latest five purchases with exactly this receipt number.
    pub purchases: Vec<ReceiptHitOut>,
    /// The first five companies with these words in the name, or with this beginning of the ИНН.
    pub companies: Vec<CompanyHitOut>,
    /// The first five products with these words in name, article or category.
    pub products: Vec<ProductOut>,
}

/// Search while typing.
#[utoipa::path(get, path = "/search", tag = "customers", params(SearchIn), responses((status = OK, body = SearchOut)))]
pub async fn everywhere(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(wanted): Params<SearchIn>,
) -> Result<Json<SearchOut>, Problem> {
    let app = state.app.clone();
    let out = compute(move || {
        let base = app.base(&caller)?;
        let needle = Needle::new(&wanted.q).map(|n| n.of_masked(contacts::are_masked(&caller)));
        let (hits, total) =
            needle.map_or_else(Default::default, |needle| search_for(&base, &needle, 10));
        app.expose(&caller, hits.iter().map(|hit| hit.id))?;
        let name_of = |id: CustomerId| {
            let customer = base.customer(id);
            customer
                .as_ref()
                .map(|c| contacts::name(&caller, c))
                .unwrap_or_default()
        };
        let purchases = app
            .purchases_by_receipt(&base, &wanted.q, FOUND)?
            .into_iter()
            .map(|card| {
                let customer = card.purchase.customer_id;
                ReceiptHitOut {
                    id: app.public_purchase_id(card.purchase.id),
                    customer_id: customer.map(|id| app.public_customer_id(id)),
                    customer_name: customer.map(name_of).unwrap_or_default(),
                    receipt_no: card.receipt_no,
                    day: card.purchase.local_day.to_string(),
                    paid_minor: card.purchase.paid_minor,
                    store: base
                        .catalogue()
                        .store(card.purchase.store_id)
                        .map(|store| store.name.clone())
                        .unwrap_or_default(),
                }
            })
            .collect();
        let products = if wanted.q.trim().is_empty() {
            Vec::new()
        } else {
            app.find_products(&wanted.q, 0.into(), FOUND)?
        };
        let companies = if wanted.q.trim().is_empty() {
            Vec::new()
        } else {
            app.companies(&base, &wanted.q)?
        };
        Ok(SearchOut {
            companies: companies
                .into_iter()
                .filter(|one| one.group.archived_at.is_none())
                .take(FOUND)
                .map(|one| CompanyHitOut {
                    id: app.public_id(Entity::Group, one.group.id),
                    name: one.group.profile.name,
                    inn: one.group.profile.inn,
                    people_count: one.people.len(),
                })
                .collect(),
            purchases,
            products: products
                .into_iter()
                .map(|product| product_out(&app, product))
                .collect(),
            customers: hits
                .into_iter()
                .map(|hit| {
                    let customer = base.customer(hit.id);
                    let contact = |kind| {
                        customer
                            .as_ref()
                            .and_then(|c| contacts::main(&caller, c, kind))
                    };
                    HitOut {
                        id: app.public_customer_id(hit.id),
                        name: customer
                            .as_ref()
                            .map(|c| contacts::name(&caller, c))
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
