//! Facts: the catalogue of what is known about every customer, values in JSON, columns and filters
//! of lists.

use super::TextOut;
use crate::extract::SignedIn;
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use vernis_analytics::LiveBase;
use vernis_analytics::facts::{self, Fact, FactType, FactValue};
use vernis_analytics::life_cycle::STATES;
use vernis_analytics::metrics::Unit;

/// What a fact is.
#[derive(Serialize, ToSchema)]
pub struct FactOut {
    /// Stable name.
    pub key: &'static str,
    /// Name.
    pub label: TextOut,
    /// number, money, day, store, channel, rfm_cell, life_cycle.
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
    /// Values of a life-cycle fact with their names.
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
pub async fn fact_catalogue(SignedIn(_caller): SignedIn) -> Json<FactsOut> {
    Json(FactsOut {
        items: facts::all()
            .iter()
            .map(|fact| FactOut {
                key: fact.key,
                label: fact.label.into(),
                kind: fact.kind,
                unit: fact.unit,
                sortable: fact.sortable,
                filterable: fact.filterable,
                values: if fact.kind == FactType::LifeCycle {
                    STATES
                        .iter()
                        .map(|state| FactValueOut {
                            key: state.key(),
                            label: state.label().into(),
                        })
                        .collect()
                } else {
                    Vec::new()
                },
            })
            .collect(),
    })
}

/// A fact's value in JSON: numbers, days as text, stores and channels by name, states by key.
pub(super) fn fact_json(base: &LiveBase, value: FactValue) -> serde_json::Value {
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
    }
}

const USUAL_COLUMNS: &[&str] = &["last_purchase_day", "orders", "revenue", "rfm_cell"];

pub(super) fn columns(wanted: Option<&str>) -> Vec<&'static Fact> {
    match wanted {
        Some(text) if !text.is_empty() => text.split(',').filter_map(facts::find).collect(),
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
