//! Roles and permissions: what there is, and what each role may do.

use super::TextOut;
use super::api_keys::permissions_of;
use crate::extract::{Body, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vernis_app::permission::PERMISSIONS;
use vernis_app::roles::{Role, RolePlan};
use vernis_app::{Caller, Permission};

/// One thing somebody may do or not.
#[derive(Serialize, ToSchema)]
pub struct PermissionOut {
    /// Code.
    pub code: &'static str,
    /// Where it stands: customers, numbers, shop, people.
    pub group: &'static str,
    /// Name of the group.
    pub group_label: TextOut,
    /// Name.
    pub label: TextOut,
    /// What it allows.
    pub allows: TextOut,
    /// Only a person may have it, not an API key.
    pub people_only: bool,
}

/// All permissions.
#[derive(Serialize, ToSchema)]
pub struct PermissionsOut {
    /// Those of one group together.
    pub items: Vec<PermissionOut>,
}

/// All permissions there are.
#[utoipa::path(get, operation_id = "permissions", path = "/permissions", tag = "staff", responses((status = OK, body = PermissionsOut)))]
pub async fn permissions(SignedIn(_caller): SignedIn) -> Json<PermissionsOut> {
    let out = |entry: &vernis_app::permission::Entry| PermissionOut {
        code: entry.code,
        group: entry.group.code(),
        group_label: entry.group.label().into(),
        label: entry.label.clone().into(),
        allows: entry.allows.clone().into(),
        people_only: entry.people_only,
    };
    Json(PermissionsOut {
        items: PERMISSIONS.iter().map(out).collect(),
    })
}

/// A role.
#[derive(Serialize, ToSchema)]
pub struct RoleOut {
    /// Code.
    pub code: String,
    /// Name.
    pub name: TextOut,
    /// For whom; empty for the shop's own roles.
    pub about: TextOut,
    /// What it may do: codes of permissions.
    pub permissions: Vec<&'static str>,
    /// The program gives it: it cannot be removed.
    pub given: bool,
    /// The shop edited it.
    pub edited: bool,
    /// Whether the one who asks may give it to somebody.
    pub can_give: bool,
}

/// All roles.
#[derive(Serialize, ToSchema)]
pub struct RolesOut {
    /// The given ones first.
    pub items: Vec<RoleOut>,
}

pub(super) fn role_out(caller: &Caller, role: Role) -> RoleOut {
    RoleOut {
        can_give: caller.permissions().has_all(role.permissions),
        code: role.code,
        name: role.name.into(),
        about: role.about.into(),
        permissions: role.permissions.iter().map(Permission::code).collect(),
        given: role.given,
        edited: role.edited,
    }
}

/// All roles.
#[utoipa::path(get, operation_id = "roles", path = "/roles", tag = "staff", responses((status = OK, body = RolesOut)))]
pub async fn all(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
) -> Result<Json<RolesOut>, Problem> {
    let app = state.app.clone();
    let roles = compute(move || app.roles()).await?;
    Ok(Json(RolesOut {
        items: roles
            .into_iter()
            .map(|role| role_out(&caller, role))
            .collect(),
    }))
}

/// What a role is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleIn {
    /// Name; a given role keeps its own.
    #[serde(default)]
    pub name: String,
    /// What it may do: codes of permissions.
    pub permissions: Vec<String>,
}

async fn put(
    state: ServerState,
    caller: Caller,
    code: Option<String>,
    body: RoleIn,
) -> Result<Json<RoleOut>, Problem> {
    let out = compute(move || {
        let plan = RolePlan {
            name: body.name,
            permissions: permissions_of(&body.permissions)?,
        };
        let role = state.app.put_role(&caller, code.as_deref(), plan)?;
        Ok(role_out(&caller, role))
    })
    .await?;
    Ok(Json(out))
}

/// Makes a role of the shop's own.
#[utoipa::path(post, operation_id = "add_role", path = "/roles", tag = "staff", request_body = RoleIn, responses((status = CREATED, body = RoleOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn add(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<RoleIn>,
) -> Result<(StatusCode, Json<RoleOut>), Problem> {
    Ok((StatusCode::CREATED, put(state, caller, None, body).await?))
}

/// Edits a role; all who have it have to sign in again.
#[utoipa::path(put, operation_id = "change_role", path = "/roles/{code}", tag = "staff", params(("code" = String, Path)), request_body = RoleIn, responses((status = OK, body = RoleOut), (status = NOT_FOUND, body = ProblemOut), (status = CONFLICT, body = ProblemOut, description = "The owner's: owner_stays"), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn change(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(code): Path<String>,
    Body(body): Body<RoleIn>,
) -> Result<Json<RoleOut>, Problem> {
    put(state, caller, Some(code), body).await
}

/// Removes one of the shop's own roles, or gives a given one its permissions back.
#[utoipa::path(delete, operation_id = "remove_role", path = "/roles/{code}", tag = "staff", params(("code" = String, Path)), responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemOut), (status = CONFLICT, body = ProblemOut, description = "Somebody has it: role_in_use")))]
pub async fn remove(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(code): Path<String>,
) -> Result<StatusCode, Problem> {
    let app = state.app.clone();
    compute(move || app.drop_role(&caller, &code)).await?;
    Ok(StatusCode::NO_CONTENT)
}
