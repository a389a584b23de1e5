//! How a segment came to be what it is: who came and went, its size by day, its versions.

use super::segments::{FormsOut, forms};
use crate::extract::{Params, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vernis_analytics::LiveBase;
use vernis_app::{App, Caller, contacts};

/// Moves of one page.
const MOVES: i64 = 500;

/// Somebody came in or went out.
#[derive(Serialize, ToSchema)]
pub struct SegmentMoveOut {
    /// Number: grows with time; where to go on after it.
    pub number: i64,
    /// Id of the customer.
    pub customer: String,
    /// His name now; empty when unknown.
    pub name: String,
    /// In, not out.
    pub came: bool,
    /// When it was recorded.
    pub at: String,
}

fn move_out(
    app: &App,
    caller: &Caller,
    base: &LiveBase,
    one: &vernis_app::segments::Move,
) -> SegmentMoveOut {
    SegmentMoveOut {
        number: one.id,
        customer: app.public_customer_id(one.customer_id),
        name: base
            .customer(one.customer_id)
            .map(|one| contacts::name(caller, &one))
            .unwrap_or_default(),
        came: one.came,
        at: one.recorded_at.rfc3339(),
    }
}

/// Size on a day.
#[derive(Serialize, ToSchema)]
pub struct SizeOut {
    /// Day.
    pub day: String,
    /// Customers at its end (or now).
    pub customers: i64,
    /// What they had paid by then.
    pub paid_minor: i64,
}

/// A version of a definition.
#[derive(Serialize, ToSchema)]
pub struct SegmentVersionOut {
    /// Number, from 1.
    pub version: i64,
    /// When it was saved.
    pub at: String,
    /// Its forms; null when this version of the program cannot read it.
    pub forms: Option<FormsOut>,
}

/// A segment's past.
#[derive(Serialize, ToSchema)]
pub struct SegmentHistoryOut {
    /// Size and money by day, from the day it was made.
    pub days: Vec<SizeOut>,
    /// Latest moves, newest first.
    pub moves: Vec<SegmentMoveOut>,
    /// Versions, newest first.
    pub versions: Vec<SegmentVersionOut>,
}

/// A segment's past: size and money by day, who came and went, versions.
#[utoipa::path(get, path = "/segments/{id}/history", tag = "segments", params(("id" = String, Path,)), responses((status = OK, body = SegmentHistoryOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn segment_history(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<SegmentHistoryOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let (base, shelf) = (app.base(&caller)?, app.shelf()?);
        let found = app.segment_history(&base, app.segment_id(&id)?, 100)?;
        Ok(SegmentHistoryOut {
            days: found
                .days
                .iter()
                .map(|one| SizeOut {
                    day: one.day.to_string(),
                    customers: one.customers,
                    paid_minor: one.paid_minor,
                })
                .collect(),
            moves: found
                .moves
                .iter()
                .map(|one| move_out(app, &caller, &base, one))
                .collect(),
            versions: found
                .versions
                .into_iter()
                .map(|one| SegmentVersionOut {
                    version: one.version_no,
                    at: one.recorded_at.rfc3339(),
                    forms: serde_json::from_str(&one.definition)
                        .ok()
                        .map(|whole| forms(whole, &shelf)),
                })
                .collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// Where to go on.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AfterIn {
    /// Number of the last move that is known; absent: from the first.
    pub after: Option<i64>,
}

/// Who came into a segment and who went, from one move on: ask again with the last number.
#[utoipa::path(get, path = "/segments/{id}/moves", tag = "segments", params(("id" = String, Path,), AfterIn), responses((status = OK, body = Vec<SegmentMoveOut>), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn segment_moves(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Params(wanted): Params<AfterIn>,
) -> Result<Json<Vec<SegmentMoveOut>>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let id = app.segment_id(&id)?;
        app.segment_rule(id).or_else(|refusal| {
            if refusal.code == "not_found" {
                Err(refusal)
            } else {
                Ok(vernis_analytics::segment::Rule::nobody())
            }
        })?;
        let found = app.segment_moves(id, wanted.after.unwrap_or(0), MOVES)?;
        let base = app.base(&caller)?;
        Ok(found
            .iter()
            .map(|one| move_out(app, &caller, &base, one))
            .collect())
    })
    .await?;
    Ok(Json(out))
}
