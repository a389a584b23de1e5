//! Accounts that were shown too many people in a day.

use crate::extract::{Body, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vernis_app::Entity;
use vernis_app::exposure::PeopleADay;

/// How many people an account may be shown in a day; 0: as many as it likes.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeopleADayJson {
    /// A member of staff. At three times as many he is frozen; an owner is only told of.
    pub staff: u32,
    /// An API key. At three times as many it is frozen.
    pub keys: u32,
}

/// How many people an account may be shown in a day.
#[utoipa::path(get, operation_id = "people_a_day", path = "/people-a-day", tag = "staff", responses((status = OK, body = PeopleADayJson)))]
pub async fn people_a_day(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
) -> Result<Json<PeopleADayJson>, Problem> {
    let told = compute(move || state.app.people_a_day()).await?;
    Ok(Json(PeopleADayJson {
        staff: told.staff,
        keys: told.keys,
    }))
}

/// Sets how many people an account may be shown in a day.
#[utoipa::path(put, operation_id = "set_people_a_day", path = "/people-a-day", tag = "staff", request_body = PeopleADayJson, responses((status = OK, body = PeopleADayJson), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn set_people_a_day(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<PeopleADayJson>,
) -> Result<Json<PeopleADayJson>, Problem> {
    let wanted = PeopleADay {
        staff: body.staff,
        keys: body.keys,
    };
    compute(move || state.app.set_people_a_day(&caller, wanted)).await?;
    Ok(Json(body))
}

/// An account that was shown too many people.
#[derive(Serialize, ToSchema)]
pub struct FrozenAccountOut {
    /// Id.
    pub id: String,
    /// Name of the member of staff or of the key.
    pub name: String,
    /// It is an API key.
    pub is_key: bool,
    /// It is shut; an owner is only told of.
    pub frozen: bool,
    /// People it was shown that day.
    pub people: i64,
    /// How many are usual.
    pub budget: i64,
    /// When it was noticed.
    pub at: String,
}

/// Accounts that were shown too many people.
#[derive(Serialize, ToSchema)]
pub struct FrozenListOut {
    /// Those nobody has looked at yet.
    pub items: Vec<FrozenAccountOut>,
}

/// Accounts that were shown too many people and that nobody has looked at yet.
#[utoipa::path(get, operation_id = "frozen_accounts", path = "/frozen", tag = "staff", responses((status = OK, body = FrozenListOut)))]
pub async fn frozen(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
) -> Result<Json<FrozenListOut>, Problem> {
    let out = compute(move || {
        let all = state.app.frozen_accounts()?.into_iter();
        Ok(FrozenListOut {
            items: all
                .map(|one| FrozenAccountOut {
                    id: state.app.public_id(Entity::Freeze, one.id),
                    name: one.name,
                    is_key: one.is_key,
                    frozen: one.frozen,
                    people: one.people,
                    budget: one.budget,
                    at: one.at.rfc3339(),
                })
                .collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// Lets a frozen account in again; what is only told of is taken off the list.
#[utoipa::path(delete, operation_id = "thaw_account", path = "/frozen/{id}", tag = "staff", params(("id" = String, Path)), responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn thaw(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    compute(move || {
        let id = state.app.row_id(Entity::Freeze, &id)?;
        state.app.thaw_account(&caller, id)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
