//! Where somebody is signed in, and signing out from afar.

use super::TextOut;
use crate::extract::{ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use serde::Serialize;
use utoipa::ToSchema;
use vernis_app::browser;

/// Where one is signed in.
#[derive(Serialize, ToSchema)]
pub struct SessionsOut {
    /// Newest first.
    pub items: Vec<OpenSessionOut>,
}

/// One place.
#[derive(Serialize, ToSchema)]
pub struct OpenSessionOut {
    /// What to end it by.
    pub id: String,
    /// The browser and the system, as it names itself.
    pub browser: TextOut,
    /// When somebody signed in there.
    pub signed_in_at: String,
    /// The place that asks.
    pub this: bool,
}

pub(super) fn token(state: &ServerState, jar: &CookieJar) -> String {
    jar.get(state.cookie_name())
        .map(|cookie| cookie.value().to_owned())
        .unwrap_or_default()
}

/// Where one is signed in.
#[utoipa::path(get, operation_id = "sessions", path = "/sessions", tag = "session", responses((status = OK, body = SessionsOut), (status = FORBIDDEN, body = ProblemOut)))]
pub async fn all(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    jar: CookieJar,
) -> Result<Json<SessionsOut>, Problem> {
    let (app, token) = (state.app.clone(), token(&state, &jar));
    let open = compute(move || app.open_sessions(&caller, &token)).await?;
    let out = |one: vernis_app::access::OpenSession| OpenSessionOut {
        id: one.handle,
        browser: browser::words(&one.agent).into(),
        signed_in_at: one.created_at.rfc3339(),
        this: one.this,
    };
    Ok(Json(SessionsOut {
        items: open.into_iter().map(out).collect(),
    }))
}

/// Signs out everywhere but here.
#[utoipa::path(delete, operation_id = "end_other_sessions", path = "/sessions", tag = "session", responses((status = NO_CONTENT), (status = FORBIDDEN, body = ProblemOut)))]
pub async fn end_others(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    jar: CookieJar,
) -> Result<StatusCode, Problem> {
    let (app, token) = (state.app.clone(), token(&state, &jar));
    compute(move || app.end_other_sessions(&caller, &token)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs out at one place.
#[utoipa::path(delete, operation_id = "end_session", path = "/sessions/{id}", tag = "session", params(("id" = String, Path)), responses((status = NO_CONTENT), (status = FORBIDDEN, body = ProblemOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn end(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let app = state.app.clone();
    compute(move || app.end_session(&caller, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
