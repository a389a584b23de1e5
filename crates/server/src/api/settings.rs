//! What a shop sets: its name, stores, channels, one's own password; the catalogue of
//! products.

use super::session::{ShopOut, shop_out};
use crate::extract::{Body, Params, ServerState, SignedIn, Where, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum_extra::extract::CookieJar;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vernis_app::settings::ShopPatch;
use vernis_app::{App, Entity, Refusal};
use vernis_domain::{Currency, Product, Text};

/// The shop.
#[utoipa::path(get, path = "/shop", tag = "settings", responses((status = OK, body = ShopOut)))]
pub async fn shop(State(state): State<ServerState>, SignedIn(caller): SignedIn) -> Json<ShopOut> {
    Json(shop_out(&state.app, Some(&caller)))
}

/// A change of the shop; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShopIn {
    /// Name.
    pub name: Option<String>,
    /// ISO code; refused after the first purchase.
    pub currency: Option<String>,
    /// IANA zone.
    pub time_zone: Option<String>,
}

/// Changes the shop.
#[utoipa::path(patch, path = "/shop", tag = "settings", request_body = ShopIn, responses((status = OK, body = ShopOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn change_shop(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<ShopIn>,
) -> Result<Json<ShopOut>, Problem> {
    let currency = match &body.currency {
        None => None,
        Some(code) => Some(Currency::new(code).ok_or_else(|| {
            Refusal::field(
                "currency",
                "unknown",
                Text::new(
                    "такой валюты Вернись не знает",
                    "Vernis does not know this currency",
                ),
            )
        })?),
    };
    let (app, by) = (state.app.clone(), caller.clone());
    compute(move || {
        let patch = ShopPatch {
            name: body.name,
            currency,
            time_zone: body.time_zone,
        };
        app.change_shop(&by, patch)
    })
    .await?;
    Ok(Json(shop_out(&state.app, Some(&caller))))
}

/// A store or channel.
#[derive(Serialize, ToSchema)]
pub struct PlaceOut {
    /// Id.
    pub id: String,
    /// Code, as files and tills name it.
    pub code: String,
    /// Name.
    pub name: String,
    /// IANA zone of its days; stores only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// Stores or channels.
#[derive(Serialize, ToSchema)]
pub struct PlacesOut {
    /// Oldest first.
    pub items: Vec<PlaceOut>,
}

/// A new store or channel, or a changed one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceIn {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// IANA zone; absent: the shop's.
    pub time_zone: Option<String>,
}

fn store_out(state: &ServerState, store: vernis_domain::Store) -> PlaceOut {
    PlaceOut {
        id: state.app.public_id(Entity::Store, store.id.0),
        code: store.code,
        name: store.name,
        time_zone: Some(store.time_zone),
    }
}

fn channel_out(state: &ServerState, channel: vernis_domain::Channel) -> PlaceOut {
    PlaceOut {
        id: state.app.public_id(Entity::Channel, channel.id.0),
        code: channel.code,
        name: channel.name,
        time_zone: None,
    }
}

/// Stores.
#[utoipa::path(get, path = "/stores", tag = "settings", responses((status = OK, body = PlacesOut)))]
pub async fn stores(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
) -> Result<Json<PlacesOut>, Problem> {
    let app = state.app.clone();
    let stores = compute(move || app.stores()).await?;
    let own = caller.scope().stores();
    Ok(Json(PlacesOut {
        items: stores
            .into_iter()
            .filter(|store| own.as_ref().is_none_or(|own| own.contains(&store.id)))
            .map(|store| store_out(&state, store))
            .collect(),
    }))
}

/// Adds a store.
#[utoipa::path(post, path = "/stores", tag = "settings", request_body = PlaceIn, responses((status = CREATED, body = PlaceOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn add_store(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<PlaceIn>,
) -> Result<(StatusCode, Json<PlaceOut>), Problem> {
    let app = state.app.clone();
    let store =
        compute(move || app.add_store(&caller, &body.code, &body.name, body.time_zone)).await?;
    Ok((StatusCode::CREATED, Json(store_out(&state, store))))
}

/// Changes a store.
#[utoipa::path(patch, path = "/stores/{id}", tag = "settings", params(("id" = String, Path)), request_body = PlaceIn, responses((status = OK, body = PlaceOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn change_store(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<PlaceIn>,
) -> Result<Json<PlaceOut>, Problem> {
    let id = state.app.row_id(Entity::Store, &id)?;
    let app = state.app.clone();
    let store = compute(move || {
        app.change_store(&caller, id.into(), &body.code, &body.name, body.time_zone)
    })
    .await?;
    Ok(Json(store_out(&state, store)))
}

/// Channels.
#[utoipa::path(get, path = "/channels", tag = "settings", responses((status = OK, body = PlacesOut)))]
pub async fn channels(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
) -> Result<Json<PlacesOut>, Problem> {
    let app = state.app.clone();
    let channels = compute(move || app.channels()).await?;
    Ok(Json(PlacesOut {
        items: channels
            .into_iter()
            .map(|c| channel_out(&state, c))
            .collect(),
    }))
}

/// Adds a channel.
#[utoipa::path(post, path = "/channels", tag = "settings", request_body = PlaceIn, responses((status = CREATED, body = PlaceOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn add_channel(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<PlaceIn>,
) -> Result<(StatusCode, Json<PlaceOut>), Problem> {
    let app = state.app.clone();
    let channel = compute(move || app.add_channel(&caller, &body.code, &body.name)).await?;
    Ok((StatusCode::CREATED, Json(channel_out(&state, channel))))
}

/// A page of products.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProductsIn {
    /// Words that stand in the name, the article or the category.
    pub search: Option<String>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// At most 500.
    pub limit: Option<usize>,
}

/// A product.
#[derive(Serialize, ToSchema)]
pub struct ProductOut {
    /// Id.
    pub id: String,
    /// Article code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Category, levels joined by `;`.
    pub category: String,
    /// Usual price, when known.
    pub price_minor: Option<i64>,
    /// Cost, when known.
    pub cost_minor: Option<i64>,
}

/// Products.
#[derive(Serialize, ToSchema)]
pub struct ProductsOut {
    /// The page.
    pub items: Vec<ProductOut>,
    /// Where to go on; null at the end.
    pub next_cursor: Option<String>,
}

/// Products in the order they were added.
#[utoipa::path(get, path = "/products", tag = "products", params(ProductsIn), responses((status = OK, body = ProductsOut)))]
pub async fn products(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
    Params(page): Params<ProductsIn>,
) -> Result<Json<ProductsOut>, Problem> {
    let after = match super::metrics::filled(page.cursor) {
        Some(cursor) => state.app.row_id(Entity::Product, &cursor)?,
        None => 0,
    };
    let limit = page.limit.unwrap_or(100).clamp(1, 500);
    let app = state.app.clone();
    let search = page.search.unwrap_or_default();
    let products = compute(move || app.find_products(&search, after.into(), limit)).await?;
    let next = (products.len() == limit)
        .then(|| products.last())
        .flatten()
        .map(|product| state.app.public_id(Entity::Product, product.id.0));
    Ok(Json(ProductsOut {
        next_cursor: next,
        items: products
            .into_iter()
            .map(|product| product_out(&state.app, product))
            .collect(),
    }))
}

pub(super) fn product_out(app: &App, product: Product) -> ProductOut {
    ProductOut {
        id: app.public_id(Entity::Product, product.id.0),
        code: product.code,
        name: product.name,
        category: product.category,
        price_minor: product.price_minor,
        cost_minor: product.cost_minor,
    }
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordIn {
    /// The password as it is.
    pub old_password: String,
    /// The new one.
    pub password: String,
}

/// Changes one's own password; ends all other sessions.
#[utoipa::path(put, path = "/session/password", tag = "session", request_body = PasswordIn, responses((status = NO_CONTENT), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn change_password(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    headers: HeaderMap,
    from: Where,
    jar: CookieJar,
    Body(body): Body<PasswordIn>,
) -> Result<(StatusCode, CookieJar), Problem> {
    let app = state.app.clone();
    let browser = super::session::browser(&state, &jar, &headers, &from);
    let change = move || app.change_password(&caller, &body.old_password, &body.password, &browser);
    let token = compute(change).await?;
    Ok((
        StatusCode::NO_CONTENT,
        jar.add(super::session::cookie(&state, token)),
    ))
}
