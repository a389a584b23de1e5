//! The history of a card, and setting a field back.

use super::TextOut;
use super::card::{CardOut, whole_card};
use crate::extract::{ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use vernis_app::history::Change;
use vernis_app::{Caller, Entity, contacts};
use vernis_domain::{ContactKind, Text};

/// A line of the history.
#[derive(Serialize, ToSchema)]
pub struct HistoryItemOut {
    /// Id of the fact: what setting back wants.
    pub id: String,
    /// Code of the field: last_name, phone, birthday…
    pub field: String,
    /// Its name.
    pub label: TextOut,
    /// The value in words.
    pub value: TextOut,
    /// `set`, `removed` or `verified`.
    pub change: &'static str,
    /// How it was verified.
    pub how: Option<TextOut>,
    /// Where it came from.
    pub source: TextOut,
    /// Who: a member of staff, or the name of the key; empty when it is not known.
    pub by: String,
    /// When.
    pub at: String,
    /// The card has this value now.
    pub current: bool,
    /// It can be set back.
    pub can_restore: bool,
}

/// The history of a card.
#[derive(Serialize, ToSchema)]
pub struct HistoryOut {
    /// The latest first, of all records of the person.
    pub items: Vec<HistoryItemOut>,
}

/// A contact as the caller may see it, also one that was taken away since.
fn shown(caller: &Caller, field: &str, value: Text) -> Text {
    match ContactKind::from_code(field) {
        Some(kind) => Text::owned(
            contacts::shown(caller, kind, &value.ru),
            contacts::shown(caller, kind, &value.en),
        ),
        None => Text::owned(
            contacts::text(caller, &value.ru),
            contacts::text(caller, &value.en),
        ),
    }
}

/// Who changed what on a card, and from which source.
#[utoipa::path(get, operation_id = "customer_history", path = "/customers/{id}/history", tag = "customers", params(("id" = String, Path)), responses((status = OK, body = HistoryOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn read(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<HistoryOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let view = app.base(&caller)?;
        let id = app.record_id(&view, &id)?;
        let items = app.customer_history(&view, id)?;
        Ok(HistoryOut {
            items: items
                .into_iter()
                .map(|one| HistoryItemOut {
                    id: app.public_id(Entity::CustomerValue, one.id),
                    value: shown(&caller, &one.field, one.value).into(),
                    field: one.field,
                    label: one.label.into(),
                    change: match one.change {
                        Change::Set => "set",
                        Change::Removed => "removed",
                        Change::Verified => "verified",
                    },
                    how: one.how.map(Into::into),
                    source: one.source.into(),
                    by: one.by,
                    at: one.at.rfc3339(),
                    current: one.current,
                    can_restore: one.can_restore,
                })
                .collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// Sets a field back to an earlier value: a new fact of whoever does it.
#[utoipa::path(post, operation_id = "restore_value", path = "/customers/{id}/history/{fact}/restore", tag = "customers", params(("id" = String, Path), ("fact" = String, Path)), responses((status = OK, body = CardOut), (status = NOT_FOUND, body = ProblemOut), (status = CONFLICT, body = ProblemOut, description = "The card has this value now: value_is_current"), (status = UNPROCESSABLE_ENTITY, body = ProblemOut, description = "The contact is another customer's by now, or blocked")))]
pub async fn restore(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path((id, fact)): Path<(String, String)>,
) -> Result<Json<CardOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let view = app.base(&caller)?;
        let id = app.record_id(&view, &id)?;
        let fact = app.row_id(Entity::CustomerValue, &fact)?;
        let root = app.restore_value(&caller, &view, id, fact)?;
        whole_card(&state, &caller, &app.base(&caller)?, root)
    })
    .await?;
    Ok(Json(out))
}
