//! Facts: the catalogue of what is known about every customer, values in JSON, columns and filters
//! of lists.

use super::TextOut;
use crate::extract::{ServerState, SignedIn, compute};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vernis_analytics::LiveBase;
use vernis_analytics::facts::{self, Fact, FactType, FactValue};
use vernis_analytics::metrics::Unit;
use vernis_app::{Caller, contacts};
use vernis_domain::Sex;

/// What a fact is.
#[derive(Serialize, ToSchema)]
pub struct FactOut {
    /// Stable name.
    pub key: &'static str,
    /// Name.
    pub label: TextOut,
    /// number, money, day, store, channel, rfm_cell, life_cycle, text, link, choice, choices, flag, tags.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: FactType,
    /// Unit of numbers: count, share, days, ratio.
    #[schema(value_type = Option<String>)]
    pub unit: Option<Unit>,
    /// Lists can be sorted by it.
    pub sortable: bool,
    /// Lists can be filtered by it.
    pub filterable: bool,
    /// A field that the shop made for itself.
    pub own: bool,
    /// Says something of a person.
    pub personal: bool,
    /// Named values, for states and choices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<FactValueOut>,
}

/// A named value of a fact.
#[derive(Serialize, ToSchema)]
pub struct FactValueOut {
    /// Value in filters and answers.
    pub key: &'static str,
    /// Name.
    pub label: TextOut,
}

/// All facts.
#[derive(Serialize, ToSchema)]
pub struct FactsOut {
    /// In the order they are shown.
    pub items: Vec<FactOut>,
}

/// What is known about every customer: names, kinds, what lists can do with it.
#[utoipa::path(get, path = "/facts/catalogue", tag = "customers", responses((status = OK, body = FactsOut)))]
pub async fn fact_catalogue(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
) -> Result<Json<FactsOut>, Problem> {
    let app = state.app.clone();
    let base = compute(move || app.base(&caller)).await?;
    Ok(Json(FactsOut {
        items: facts::offered(&base)
            .into_iter()
            .map(|fact| FactOut {
                key: fact.key,
                label: fact.label.into(),
                kind: fact.kind,
                unit: fact.unit,
                sortable: fact.sortable,
                filterable: fact.filterable,
                own: fact.field().is_some(),
                personal: fact.field().is_some_and(|field| field.personal),
                values: fact
                    .choices()
                    .into_iter()
                    .map(|(key, label)| FactValueOut {
                        key,
                        label: label.into(),
                    })
                    .collect(),
            })
            .collect(),
    }))
}

/// A fact's value in JSON: numbers, days as text, stores and channels by name, states and choices by
/// key.
pub(super) fn fact_json(
    caller: &Caller,
    base: &LiveBase,
    fact: &Fact,
    value: FactValue<'_>,
) -> serde_json::Value {
    use serde_json::Value as Json;
    let text = |text: Option<String>| text.map_or(Json::Null, Json::String);
    match value {
        FactValue::Empty => Json::Null,
        FactValue::Number(n) | FactValue::Money(n) => Json::from(n),
        FactValue::Day(day) => Json::String(day.to_string()),
        FactValue::Real(x) => serde_json::Number::from_f64(x).map_or(Json::Null, Json::Number),
        FactValue::Store(id) => text(base.catalogue().store(id).map(|s| s.name.clone())),
        FactValue::Channel(id) => text(base.catalogue().channel(id).map(|c| c.name.clone())),
        FactValue::Cell(cell) => Json::String(cell.to_string()),
        FactValue::State(state) => Json::String(state.key().to_owned()),
        FactValue::Text(word) => Json::String(contacts::text(caller, &word.shown)),
        FactValue::Choice(no) => text(fact.choice_key(no).map(str::to_owned)),
        FactValue::Choices(bits) => vernis_domain::about::field::numbers(bits)
            .filter_map(|no| fact.choice_key(no))
            .collect::<Vec<_>>()
            .into(),
        FactValue::Flag(yes) => Json::Bool(yes),
        FactValue::Words(words) => words
            .iter()
            .map(|word| word.shown.to_string())
            .collect::<Vec<_>>()
            .into(),
        FactValue::Birthday(month, day) => Json::String(format!("--{month:02}-{day:02}")),
        FactValue::Sex(sex) => Json::String(sex_key(sex).to_owned()),
    }
}

fn sex_key(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "male",
        Sex::Female => "female",
    }
}

const USUAL_COLUMNS: &[&str] = &["last_purchase_day", "orders", "revenue", "rfm_cell"];

pub(super) fn columns(base: &LiveBase, wanted: Option<&str>) -> Vec<&'static Fact> {
    match wanted {
        Some(text) if !text.is_empty() => text
            .split(',')
            .filter_map(|key| facts::find_in(base, key))
            .collect(),
        _ => USUAL_COLUMNS
            .iter()
            .filter_map(|key| facts::find(key))
            .collect(),
    }
}

/// Every value of a repeated query parameter.
pub(super) fn form_values(raw: &str, name: &str) -> Vec<String> {
    serde_urlencoded::from_str::<Vec<(String, String)>>(raw)
        .unwrap_or_default()
        .into_iter()
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value)
        .collect()
}
