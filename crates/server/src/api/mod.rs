//! The API: one family of endpoints a file, one line here each. The OpenAPI document is made from
//! the same lines.

mod analysis;
mod card;
mod customers;
mod facts;
mod imports;
mod merges;
mod metrics;
mod purchases;
mod rfm;
mod search;
mod session;
mod sessions;
mod settings;

pub use session::cross_site;

use crate::extract::ServerState;
use serde::Serialize;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vernis_domain::Text;

/// A text in both languages.
#[derive(Clone, Serialize, ToSchema)]
pub struct TextOut {
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl From<Text> for TextOut {
    fn from(text: Text) -> Self {
        TextOut {
            ru: text.ru.into_owned(),
            en: text.en.into_owned(),
        }
    }
}

impl From<vernis_analytics::Text> for TextOut {
    fn from(text: vernis_analytics::Text) -> Self {
        TextOut {
            ru: text.ru.to_owned(),
            en: text.en.to_owned(),
        }
    }
}

impl From<vernis_analytics::Words> for TextOut {
    fn from(words: vernis_analytics::Words) -> Self {
        TextOut {
            ru: words.ru,
            en: words.en,
        }
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vernis",
        description = "The API of a shop's customer base. Amounts are integers in minor units of the shop's one currency; days are calendar days; instants are RFC 3339. What cannot be computed is null with a reason. Every refusal is a problem document (RFC 9457) with a stable code."
    ),
    servers((url = "/api/v1")),
    security(("key" = []), ("session" = [])),
    modifiers(&Security)
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "key",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        );
        components.add_security_scheme(
            "session",
            SecurityScheme::ApiKey(utoipa::openapi::security::ApiKey::Cookie(
                utoipa::openapi::security::ApiKeyValue::new("__Host-vernis"),
            )),
        );
    }
}

/// All endpoints.
pub fn router() -> OpenApiRouter<ServerState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(session::read, session::sign_in, session::sign_out))
        .routes(routes!(session::first_run, session::finish_first_run))
        .routes(routes!(settings::change_password))
        .routes(routes!(sessions::all, sessions::end_others))
        .routes(routes!(sessions::end))
        .routes(routes!(settings::shop, settings::change_shop))
        .routes(routes!(settings::stores, settings::add_store))
        .routes(routes!(settings::change_store))
        .routes(routes!(settings::channels, settings::add_channel))
        .routes(routes!(settings::products))
        .routes(routes!(settings::api_keys, settings::add_api_key))
        .routes(routes!(settings::revoke_api_key))
        .routes(routes!(metrics::catalogue))
        .routes(routes!(metrics::values))
        .routes(routes!(metrics::by_time))
        .routes(routes!(metrics::by_groups))
        .routes(routes!(metrics::behind))
        .routes(routes!(analysis::cohort_table))
        .routes(routes!(analysis::life_cycle_states))
        .routes(routes!(analysis::revenue_spread))
        .routes(routes!(rfm::cells))
        .routes(routes!(rfm::write_cell))
        .routes(routes!(rfm::borders, rfm::freeze_borders))
        .routes(routes!(rfm::moves))
        .routes(routes!(rfm::map))
        .routes(routes!(facts::fact_catalogue))
        .routes(routes!(customers::search_list, customers::add))
        .routes(routes!(card::lookup))
        .routes(routes!(card::read, customers::change))
        .routes(routes!(customers::purchases))
        .routes(routes!(merges::merge))
        .routes(routes!(merges::unmerge))
        .routes(routes!(search::everywhere))
        .routes(routes!(purchases::record))
        .routes(routes!(purchases::record_batch))
        .routes(routes!(purchases::read))
        .routes(routes!(imports::all))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(imports::upload))
                .layer(imports::upload_limit()),
        )
        .routes(routes!(imports::read))
        .routes(routes!(imports::look))
        .routes(routes!(imports::run))
        .routes(routes!(imports::cancel))
        .routes(routes!(imports::resume))
        .routes(routes!(imports::rejected))
        .routes(routes!(imports::import_fields))
        .routes(routes!(imports::demo))
}

/// The OpenAPI document as it is served and kept in docs/reference/openapi.json.
pub fn document_text(document: &utoipa::openapi::OpenApi) -> String {
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
