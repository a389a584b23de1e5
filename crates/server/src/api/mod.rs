//! The API: one family of endpoints a file, one line here each. The OpenAPI document is made from
//! the same lines.

mod about;
mod analysis;
mod api_keys;
mod blocked;
mod bulk_edits;
mod card;
mod companies;
mod customers;
mod duplicates;
mod export_rules;
mod exports;
mod exposure;
mod facts;
mod history;
mod imports;
mod journal;
mod managers;
mod merges;
mod metrics;
mod own_fields;
mod purchases;
mod rfm;
mod roles;
mod scope;
mod search;
mod second_factor;
mod segment_moves;
mod segment_people;
mod segment_views;
mod segment_vocabulary;
mod segment_why;
mod segments;
mod session;
mod sessions;
mod settings;
mod staff;
mod timeline;

pub use session::cross_site;

use crate::extract::ServerState;
use crate::policy::Guarded;
use crate::policy::Policy::{May, Person, PersonHalf, SignedIn, SignedInHalf, Stranger, Whole};
use serde::Serialize;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vernis_app::Permission::*;
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

/// All endpoints, each with the policy that says who may reach it.
pub fn router() -> OpenApiRouter<ServerState> {
    Guarded::new(Document::openapi())
        .routes(Stranger, routes!(session::sign_in, session::sign_out))
        .routes(SignedInHalf, routes!(session::read))
        .routes(
            PersonHalf,
            routes!(second_factor::read, second_factor::begin),
        )
        .routes(PersonHalf, routes!(second_factor::confirm))
        .routes(PersonHalf, routes!(second_factor::new_codes))
        .routes(PersonHalf, routes!(second_factor::remove))
        .routes(
            Whole(RolesManage),
            routes!(second_factor::requirement, second_factor::require),
        )
        .routes(May(StaffManage), routes!(second_factor::reset))
        .routes(Whole(JournalSee), routes!(journal::read))
        .routes(Whole(JournalSee), routes!(journal::catalogue))
        .routes(
            Stranger,
            routes!(session::first_run, session::finish_first_run),
        )
        .routes(Person, routes!(settings::change_password))
        .routes(Person, routes!(sessions::all, sessions::end_others))
        .routes(Person, routes!(sessions::end))
        .routes(SignedIn, routes!(settings::shop))
        .routes(Whole(SettingsChange), routes!(settings::change_shop))
        .routes(SignedIn, routes!(settings::stores))
        .routes(Whole(SettingsChange), routes!(settings::add_store))
        .routes(Whole(SettingsChange), routes!(settings::change_store))
        .routes(SignedIn, routes!(settings::channels))
        .routes(Whole(SettingsChange), routes!(settings::add_channel))
        .routes(SignedIn, routes!(settings::products))
        .routes(May(KeysManage), routes!(api_keys::all, api_keys::add))
        .routes(May(KeysManage), routes!(api_keys::change, api_keys::revoke))
        .routes(May(KeysManage), routes!(api_keys::rotate))
        .routes(SignedIn, routes!(roles::permissions))
        .routes(SignedIn, routes!(roles::all))
        .routes(May(RolesManage), routes!(roles::add))
        .routes(May(RolesManage), routes!(roles::change, roles::remove))
        .routes(May(StaffManage), routes!(staff::all))
        .routes(May(StaffManage), routes!(staff::rules))
        .routes(Whole(StaffManage), routes!(staff::set_rules))
        .routes(May(StaffManage), routes!(staff::invite))
        .routes(May(StaffManage), routes!(staff::withdraw))
        .routes(May(StaffManage), routes!(staff::change))
        .routes(May(StaffManage), routes!(staff::end_sessions))
        .routes(Stranger, routes!(staff::invitation, staff::accept))
        .routes(May(NumbersSee), routes!(metrics::catalogue))
        .routes(May(NumbersSee), routes!(metrics::values))
        .routes(May(NumbersSee), routes!(metrics::by_time))
        .routes(May(NumbersSee), routes!(metrics::by_groups))
        .routes(May(CustomersSee), routes!(metrics::behind))
        .routes(May(NumbersSee), routes!(analysis::cohort_table))
        .routes(May(NumbersSee), routes!(analysis::life_cycle_states))
        .routes(May(NumbersSee), routes!(analysis::revenue_spread))
        .routes(May(NumbersSee), routes!(rfm::cells))
        .routes(Whole(RfmSet), routes!(rfm::write_cell))
        .routes(May(NumbersSee), routes!(rfm::borders))
        .routes(Whole(RfmSet), routes!(rfm::freeze_borders))
        .routes(May(NumbersSee), routes!(rfm::moves))
        .routes(May(NumbersSee), routes!(rfm::map))
        .routes(May(CustomersSee), routes!(facts::fact_catalogue))
        .routes(May(CustomersSee), routes!(own_fields::all))
        .routes(Whole(SettingsChange), routes!(own_fields::add))
        .routes(Whole(SettingsChange), routes!(own_fields::change))
        .routes(May(CustomersSee), routes!(own_fields::words))
        .routes(May(CustomersSee), routes!(customers::search_list))
        .routes(May(CustomersEdit), routes!(customers::add))
        .routes(May(CustomersSee), routes!(card::lookup))
        .routes(May(CustomersSee), routes!(card::read))
        .routes(May(ContactsReveal), routes!(card::reveal))
        .routes(May(CustomersSee), routes!(managers::possible))
        .routes(May(ManagersSet), routes!(managers::set))
        .routes(May(CustomersEdit), routes!(customers::change))
        .routes(May(CustomersSee), routes!(customers::purchases))
        .routes(May(CustomersSee), routes!(timeline::read))
        .routes(May(CustomersSee), routes!(companies::all))
        .routes(May(CustomersEdit), routes!(companies::add))
        .routes(May(CustomersSee), routes!(companies::read))
        .routes(May(CustomersEdit), routes!(companies::change))
        .routes(
            May(CustomersEdit),
            routes!(companies::put_person, companies::drop_person),
        )
        .routes(May(CustomersSee), routes!(companies::circle))
        .routes(
            May(CustomersEdit),
            routes!(companies::put_household, companies::drop_household),
        )
        .routes(
            May(CustomersEdit),
            routes!(bulk_edits::all, bulk_edits::start),
        )
        .routes(May(CustomersEdit), routes!(bulk_edits::read))
        .routes(May(CustomersEdit), routes!(bulk_edits::undo))
        .routes(May(CustomersEdit), routes!(bulk_edits::resume))
        .routes(May(CustomersEdit), routes!(timeline::add_note))
        .routes(
            May(CustomersEdit),
            routes!(timeline::change_note, timeline::remove_note),
        )
        .routes(May(CustomersMerge), routes!(merges::merge))
        .routes(May(CustomersMerge), routes!(merges::unmerge))
        .routes(May(CustomersSee), routes!(history::read))
        .routes(May(CustomersEdit), routes!(history::restore))
        .routes(May(CustomersMerge), routes!(duplicates::queue))
        .routes(May(CustomersMerge), routes!(duplicates::decide))
        .routes(May(CustomersMerge), routes!(duplicates::undo))
        .routes(SignedIn, routes!(blocked::kinds))
        .routes(Whole(SettingsChange), routes!(blocked::all, blocked::block))
        .routes(Whole(SettingsChange), routes!(blocked::unblock))
        .routes(May(CustomersEdit), routes!(blocked::verify))
        .routes(May(CustomersSee), routes!(search::everywhere))
        .routes(May(PurchasesRecord), routes!(purchases::record))
        .routes(May(PurchasesRecord), routes!(purchases::record_batch))
        .routes(May(CustomersSee), routes!(purchases::read))
        .routes(Whole(ImportsRun), routes!(imports::all))
        .merge(
            Guarded::new(Document::openapi())
                .routes(Whole(ImportsRun), routes!(imports::upload))
                .layer(imports::upload_limit()),
        )
        .routes(Whole(ImportsRun), routes!(imports::read))
        .routes(Whole(ImportsRun), routes!(imports::look))
        .routes(Whole(ImportsRun), routes!(imports::run))
        .routes(Whole(ImportsRun), routes!(imports::cancel))
        .routes(Whole(ImportsRun), routes!(imports::resume))
        .routes(Whole(ImportsRun), routes!(imports::rejected))
        .routes(Whole(ImportsRun), routes!(imports::import_fields))
        .routes(Whole(ImportsRun), routes!(imports::demo))
        .routes(May(Export), routes!(exports::outlook))
        .routes(May(Export), routes!(exports::all, exports::ask))
        .routes(May(Export), routes!(exports::make))
        .routes(May(Export), routes!(exports::withdraw))
        .routes(May(Export), routes!(exports::fetch, exports::remove))
        .routes(May(Export), routes!(exports::open))
        .routes(Whole(ExportsApprove), routes!(exports::requests))
        .routes(Whole(ExportsApprove), routes!(exports::decide))
        .routes(
            Whole(RolesManage),
            routes!(export_rules::rules, export_rules::set_rules),
        )
        .routes(Whole(ExportsApprove), routes!(export_rules::trace_text))
        .routes(
            Whole(RolesManage),
            routes!(exposure::people_a_day, exposure::set_people_a_day),
        )
        .routes(Whole(RolesManage), routes!(exposure::frozen))
        .routes(Whole(RolesManage), routes!(exposure::thaw))
        .merge(
            Guarded::new(Document::openapi())
                .routes(Whole(ExportsApprove), routes!(export_rules::trace_file))
                .layer(export_rules::trace_limit()),
        )
        .routes(May(NumbersSee), routes!(segments::segment_list))
        .routes(Whole(NumbersSee), routes!(segments::add_segment))
        .routes(May(NumbersSee), routes!(segments::count_segment))
        .routes(
            May(CustomersSee),
            routes!(segment_vocabulary::complete_segment),
        )
        .routes(
            May(CustomersSee),
            routes!(segment_vocabulary::segment_vocabulary),
        )
        .routes(
            May(CustomersSee),
            routes!(segment_vocabulary::segment_names),
        )
        .routes(May(NumbersSee), routes!(segment_vocabulary::ready_made))
        .routes(May(CustomersSee), routes!(segments::of_list))
        .routes(May(CustomersSee), routes!(segment_why::explain_segment))
        .routes(
            May(CustomersSee),
            routes!(segment_vocabulary::segment_schema),
        )
        .routes(May(NumbersSee), routes!(segment_views::compare))
        .routes(May(NumbersSee), routes!(segment_views::segment_trend))
        .routes(May(NumbersSee), routes!(segments::segment))
        .routes(Whole(NumbersSee), routes!(segments::change_segment))
        .routes(May(CustomersSee), routes!(segments::segment_members))
        .routes(Whole(NumbersSee), routes!(segment_moves::segment_history))
        .routes(Whole(CustomersSee), routes!(segment_moves::segment_moves))
        .routes(Whole(NumbersSee), routes!(segment_people::add_list))
        .routes(
            Whole(NumbersSee),
            routes!(segment_people::change_segment_people),
        )
        .routes(Whole(CustomersSee), routes!(segment_people::segment_people))
        .done()
}

/// The OpenAPI document as it is served and kept in docs/reference/openapi.json.
pub fn document_text(document: &utoipa::openapi::OpenApi) -> String {
    let value = serde_json::to_value(document).unwrap_or_default();
    let mut text = serde_json::to_string_pretty(&in_order(value)).unwrap_or_default();
    text.push('\n');
    text
}

/// Keys in the order of the alphabet: extensions come in another order in every run.
fn in_order(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(map) => {
            let sorted: std::collections::BTreeMap<_, _> = map.into_iter().collect();
            let sorted = sorted
                .into_iter()
                .map(|(key, value)| (key, in_order(value)));
            serde_json::Value::Object(sorted.collect())
        }
        serde_json::Value::Array(all) => all.into_iter().map(in_order).collect(),
        other => other,
    }
}
