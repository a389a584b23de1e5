//! The queue of people who may be one, and what is decided about them.

use super::TextOut;
use super::merges::{SideOut, side};
use super::metrics::filled;
use crate::extract::{Body, Params, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vernis_app::duplicates::{Case, Order};
use vernis_app::{App, Caller, Entity, Refusal};
use vernis_domain::{ContactKind, Text};

/// A page of the queue.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QueueIn {
    /// `score` (conflicts first, then the likeliest) or `money` (those first who bought most).
    pub sort: Option<String>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// At most 100.
    pub limit: Option<usize>,
}

/// Something that speaks for one person, or against it.
#[derive(Serialize, ToSchema)]
pub struct CaseReasonOut {
    /// In words.
    pub label: TextOut,
    /// It speaks against.
    pub against: bool,
}

/// Two trusted ids of one purchase or row pointed to two people.
#[derive(Serialize, ToSchema)]
pub struct ConflictOut {
    /// Kind of contact that found the first; `id` for an id of Vernis.
    pub one_kind: &'static str,
    /// Its name.
    pub one_label: TextOut,
    /// Kind of contact that found the other.
    pub other_kind: &'static str,
    /// Its name.
    pub other_label: TextOut,
    /// Where it came from.
    pub source: TextOut,
    /// When it was seen first.
    pub recorded_at: String,
}

/// Two people to be decided about.
#[derive(Serialize, ToSchema)]
pub struct CaseOut {
    /// Present when trusted ids pointed to both; then what was recorded went to the first.
    pub conflict: Option<ConflictOut>,
    /// How likely they are one person, 0 to 99.
    pub score: u8,
    /// Why.
    pub reasons: Vec<CaseReasonOut>,
    /// Who would stay.
    pub one: SideOut,
    /// Who would join him.
    pub other: SideOut,
    /// What both paid.
    pub paid_minor: i64,
}

/// The queue.
#[derive(Serialize, ToSchema)]
pub struct QueueOut {
    /// `ready`, or `searching` while the base is looked through for the first time.
    pub state: &'static str,
    /// Cases that wait.
    pub total: usize,
    /// Conflicts of ids among them.
    pub conflicts: usize,
    /// Likely duplicates among them.
    pub likely: usize,
    /// Put off for a week.
    pub put_off: usize,
    /// The page.
    pub items: Vec<CaseOut>,
    /// Where to go on; null at the end.
    pub next_cursor: Option<String>,
}

/// A decision about two people.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideIn {
    /// Who stays if they are merged.
    pub one: String,
    /// The other.
    pub other: String,
    /// `same` merges them, `different` never proposes them again, `later` puts them off for a week.
    pub decision: String,
}

/// A decision that was made.
#[derive(Serialize, ToSchema)]
pub struct DecidedOut {
    /// Its id: what an undo wants.
    pub decision: String,
}

/// A decision to take back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoIn {
    /// Its id.
    pub decision: String,
}

fn case_out(app: &App, caller: &Caller, case: Case) -> CaseOut {
    CaseOut {
        score: case.score,
        reasons: case
            .reasons
            .iter()
            .map(|reason| CaseReasonOut {
                label: reason.words().into(),
                against: reason.against(),
            })
            .collect(),
        one: side(app, caller, &case.one, case.bought[0]),
        other: side(app, caller, &case.other, case.bought[1]),
        paid_minor: case.bought[0].1.saturating_add(case.bought[1].1),
        conflict: case.conflict.map(|conflict| ConflictOut {
            one_kind: conflict.first.map_or("id", ContactKind::code),
            one_label: conflict
                .first
                .map_or(
                    Text::new("Карточка", "Card of the customer"),
                    |kind| kind.spec().label.clone(),
                )
                .into(),
            other_kind: conflict.second.code(),
            other_label: conflict.second.spec().label.clone().into(),
            source: conflict.source.into(),
            recorded_at: conflict.recorded_at.rfc3339(),
        }),
    }
}

/// People who may be one: conflicts of trusted ids, and likely duplicates with reasons.
#[utoipa::path(get, operation_id = "duplicates", path = "/duplicates", tag = "customers", params(QueueIn), responses((status = OK, body = QueueOut)))]
pub async fn queue(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(wanted): Params<QueueIn>,
) -> Result<Json<QueueOut>, Problem> {
    let order = match wanted.sort.as_deref() {
        Some("money") => Order::Money,
        _ => Order::Likely,
    };
    let offset = filled(wanted.cursor)
        .map_or(Ok(0), |cursor| cursor.parse::<usize>())
        .map_err(|_| Refusal::not_found())?;
    let limit = wanted.limit.unwrap_or(20).min(100);
    let out = compute(move || {
        let app = &state.app;
        let view = app.base(&caller)?;
        let cases = app.duplicate_cases(&view, order, offset, limit)?;
        let shown = cases
            .items
            .iter()
            .flat_map(|case| [case.one.id, case.other.id]);
        app.expose(&caller, shown)?;
        let total = cases.conflicts + cases.likely;
        Ok(QueueOut {
            state: if cases.ready { "ready" } else { "searching" },
            total,
            conflicts: cases.conflicts,
            likely: cases.likely,
            put_off: cases.put_off,
            next_cursor: (limit > 0 && offset + limit < total)
                .then(|| (offset + limit).to_string()),
            items: cases
                .items
                .into_iter()
                .map(|case| case_out(app, &caller, case))
                .collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// Decides about two people who may be one.
#[utoipa::path(post, operation_id = "decide_duplicate", path = "/duplicates/decide", tag = "customers", request_body = DecideIn, responses((status = OK, body = DecidedOut), (status = NOT_FOUND, body = ProblemOut), (status = CONFLICT, body = ProblemOut, description = "They are one already: same_customer")))]
pub async fn decide(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<DecideIn>,
) -> Result<Json<DecidedOut>, Problem> {
    let decision = vernis_app::duplicates::decision(&body.decision).ok_or_else(|| {
        Refusal::field(
            "decision",
            "unknown",
            Text::new(
                "same, different или later",
                "same, different or later is wanted",
            ),
        )
    })?;
    let out = compute(move || {
        let app = &state.app;
        let view = app.base(&caller)?;
        let one = app.record_id(&view, &body.one)?;
        let other = app.record_id(&view, &body.other)?;
        let id = app.decide_duplicate(&caller, &view, one, other, decision)?;
        Ok(DecidedOut {
            decision: app.public_id(Entity::Decision, id),
        })
    })
    .await?;
    Ok(Json(out))
}

/// Takes a decision back: people who were merged by it are taken apart, the case waits again.
#[utoipa::path(post, operation_id = "undo_duplicate", path = "/duplicates/undo", tag = "customers", request_body = UndoIn, responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemOut), (status = CONFLICT, body = ProblemOut, description = "It was taken back already: undone_already")))]
pub async fn undo(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<UndoIn>,
) -> Result<StatusCode, Problem> {
    let id = state.app.row_id(Entity::Decision, &body.decision)?;
    compute(move || {
        let view = state.app.base(&caller)?;
        state.app.undo_duplicate(&caller, &view, id)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
