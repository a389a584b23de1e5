//! Sign-in with a code: setting it up, recovery codes, whether everybody has to have it.

use super::sessions::token;
use crate::extract::{Body, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use fast_qr::{ECL, QRBuilder};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use utoipa::ToSchema;
use vernis_app::{Entity, Refusal};

/// How one's own sign-in with a code stands.
#[derive(Serialize, ToSchema)]
pub struct SecondFactorOut {
    /// Since when codes are asked; null: they are not.
    pub since: Option<String>,
    /// Recovery codes not used yet.
    pub codes_left: i64,
    /// Whether everybody in this shop has to have it.
    pub required: bool,
}

/// One's own password, asked once more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofIn {
    /// Password.
    pub password: String,
}

/// Password and code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveIn {
    /// Password.
    pub password: String,
    /// A code of now, or a recovery code.
    pub code: String,
}

/// A code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeIn {
    /// A code of now.
    pub code: String,
}

/// What the program on the phone is told: shown this once.
#[derive(Serialize, ToSchema)]
pub struct SetUpOut {
    /// To be typed by hand.
    pub key: String,
    /// The same as an address.
    pub address: String,
    /// The address as a picture: dark squares as the path of an SVG of `size` by `size`.
    pub qr_path: String,
    /// Squares of a side.
    pub qr_size: usize,
}

/// Recovery codes: shown this once.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodesOut {
    /// Each is good once.
    pub codes: Vec<String>,
}

/// Whether everybody has to have it.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequirementJson {
    /// Whether.
    pub required: bool,
}

/// How one's own sign-in with a code stands.
#[utoipa::path(get, operation_id = "second_factor", path = "/session/second-factor", tag = "session", responses((status = OK, body = SecondFactorOut), (status = FORBIDDEN, body = ProblemOut)))]
pub async fn read(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
) -> Result<Json<SecondFactorOut>, Problem> {
    let view = compute(move || state.app.second_factor(&caller)).await?;
    Ok(Json(SecondFactorOut {
        since: view.since.map(|at| at.rfc3339()),
        codes_left: view.codes_left,
        required: view.required,
    }))
}

/// Begins to set it up. Nothing is asked at a sign-in before a code was shown to work.
#[utoipa::path(post, operation_id = "begin_second_factor", path = "/session/second-factor", tag = "session", request_body = ProofIn, responses((status = OK, body = SetUpOut), (status = CONFLICT, body = ProblemOut, description = "It is on: second_factor_on"), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn begin(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<ProofIn>,
) -> Result<Json<SetUpOut>, Problem> {
    let out = compute(move || {
        let told = state.app.begin_second_factor(&caller, &body.password)?;
        let (qr_path, qr_size) = picture(&told.address)?;
        Ok(SetUpOut {
            key: told.key,
            address: told.address,
            qr_path,
            qr_size,
        })
    })
    .await?;
    Ok(Json(out))
}

/// Shows that it works: from now on codes are asked. All other sessions end.
#[utoipa::path(post, operation_id = "confirm_second_factor", path = "/session/second-factor/confirm", tag = "session", request_body = CodeIn, responses((status = OK, body = RecoveryCodesOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn confirm(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    jar: CookieJar,
    Body(body): Body<CodeIn>,
) -> Result<Json<RecoveryCodesOut>, Problem> {
    let session = token(&state, &jar);
    let codes = compute(move || {
        state
            .app
            .confirm_second_factor(&caller, &session, &body.code)
    })
    .await?;
    Ok(Json(RecoveryCodesOut { codes }))
}

/// New recovery codes; those before are good no more.
#[utoipa::path(post, operation_id = "new_recovery_codes", path = "/session/second-factor/codes", tag = "session", request_body = ProofIn, responses((status = OK, body = RecoveryCodesOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn new_codes(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<ProofIn>,
) -> Result<Json<RecoveryCodesOut>, Problem> {
    let codes = compute(move || state.app.new_recovery_codes(&caller, &body.password)).await?;
    Ok(Json(RecoveryCodesOut { codes }))
}

/// Takes it off.
#[utoipa::path(post, operation_id = "remove_second_factor", path = "/session/second-factor/remove", tag = "session", request_body = RemoveIn, responses((status = NO_CONTENT), (status = CONFLICT, body = ProblemOut, description = "Everybody has to have it: second_factor_required"), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn remove(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<RemoveIn>,
) -> Result<StatusCode, Problem> {
    compute(move || {
        state
            .app
            .remove_second_factor(&caller, &body.password, &body.code)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether everybody has to have it.
#[utoipa::path(get, operation_id = "second_factor_requirement", path = "/staff/second-factor", tag = "staff", responses((status = OK, body = RequirementJson)))]
pub async fn requirement(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
) -> Result<Json<RequirementJson>, Problem> {
    let required = compute(move || state.app.second_factor_required()).await?;
    Ok(Json(RequirementJson { required }))
}

/// Requires it of everybody, or no longer. Whoever has none sets it up next and can do nothing else before.
#[utoipa::path(put, operation_id = "require_second_factor", path = "/staff/second-factor", tag = "staff", request_body = RequirementJson, responses((status = NO_CONTENT), (status = CONFLICT, body = ProblemOut, description = "One's own is not set up: own_second_factor_first")))]
pub async fn require(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<RequirementJson>,
) -> Result<StatusCode, Problem> {
    compute(move || state.app.require_second_factor(&caller, body.required)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes it off a member of staff who has lost his phone; his sessions end.
#[utoipa::path(delete, operation_id = "reset_second_factor", path = "/staff/{id}/second-factor", tag = "staff", params(("id" = String, Path)), responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemOut), (status = FORBIDDEN, body = ProblemOut)))]
pub async fn reset(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = state.app.row_id(Entity::User, &id)?;
    let had = compute(move || state.app.reset_second_factor(&caller, id.into())).await?;
    if had {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem(Refusal::not_found()))
    }
}

/// The dark squares of a text as the path of an SVG, with four light ones around.
fn picture(text: &str) -> Result<(String, usize), Refusal> {
    let code = QRBuilder::new(text)
        .ecl(ECL::L)
        .build()
        .map_err(|error| Refusal::internal(format!("{error:?}")))?;
    let mut path = String::new();
    for row in 0..code.size {
        let mut column = 0;
        while column < code.size {
            let from = column;
            while column < code.size && code[row][column].value() {
                column += 1;
            }
            if column > from {
                let length = column - from;
                let _ = write!(path, "M{} {}h{length}v1h-{length}z", from + 4, row + 4);
            } else {
                column += 1;
            }
        }
    }
    Ok((path, code.size + 8))
}
