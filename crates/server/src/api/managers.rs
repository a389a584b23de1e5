//! Who looks after whom.

use crate::extract::{Body, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vernis_app::managers::Manager;
use vernis_app::{App, Entity, Refusal};

/// The member of staff who looks after a customer.
#[derive(Serialize, ToSchema)]
pub struct ManagerOut {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// Whom a customer may be given to.
#[derive(Serialize, ToSchema)]
pub struct ManagersOut {
    /// Oldest first.
    pub items: Vec<ManagerOut>,
}

/// Whom to give to whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ManagersIn {
    /// Ids of customers, at most 10000.
    pub customers: Vec<String>,
    /// Id of the member of staff; null: nobody looks after them any more.
    pub manager: Option<String>,
}

/// What was changed.
#[derive(Serialize, ToSchema)]
pub struct ChangedOut {
    /// How many customers are other than before.
    pub changed: usize,
}

pub(super) fn manager_out(app: &App, manager: Manager) -> ManagerOut {
    ManagerOut {
        id: app.public_id(Entity::User, manager.id.0),
        name: manager.name,
    }
}

/// Whom a customer may be given to.
#[utoipa::path(get, operation_id = "possible_managers", path = "/customers/managers", tag = "customers", responses((status = OK, body = ManagersOut)))]
pub async fn possible(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
) -> Result<Json<ManagersOut>, Problem> {
    let out = compute(move || {
        let all = state.app.possible_managers()?.into_iter();
        Ok(ManagersOut {
            items: all.map(|one| manager_out(&state.app, one)).collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// Gives customers to a member of staff who looks after them, or takes him off.
#[utoipa::path(post, operation_id = "set_managers", path = "/customers/managers", tag = "customers", request_body = ManagersIn, responses((status = OK, body = ChangedOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn set(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<ManagersIn>,
) -> Result<Json<ChangedOut>, Problem> {
    let changed = compute(move || {
        let app = &state.app;
        let view = app.base(&caller)?;
        let ids = body
            .customers
            .iter()
            .map(|id| app.record_id(&view, id))
            .collect::<Result<Vec<_>, Refusal>>()?;
        let manager = match &body.manager {
            Some(id) => Some(app.row_id(Entity::User, id)?.into()),
            None => None,
        };
        app.set_managers(&caller, &view, &ids, manager)
    })
    .await?;
    Ok(Json(ChangedOut { changed }))
}
