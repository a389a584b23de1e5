//! API keys: made, changed, given a new secret, ended.

use super::scope::ScopeJson;
use crate::extract::{Body, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vernis_app::access::ApiKey;
use vernis_app::api_keys::KeyPlan;
use vernis_app::{Entity, Permission, Permissions, Refusal, Scope};
use vernis_domain::Text;

/// An API key.
#[derive(Serialize, ToSchema)]
pub struct ApiKeyOut {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// What it may do: codes of permissions.
    pub permissions: Vec<&'static str>,
    /// Whom it sees.
    pub scope: ScopeJson,
    /// Most requests a minute; null: as many as come.
    pub per_minute: Option<i64>,
    /// When it was made.
    pub created_at: Option<String>,
    /// When it was last used.
    pub last_used_at: Option<String>,
    /// When its secret was last replaced.
    pub rotated_at: Option<String>,
    /// Until when the secret before that works too.
    pub old_works_until: Option<String>,
    /// The key itself: only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// API keys.
#[derive(Serialize, ToSchema)]
pub struct ApiKeysOut {
    /// Newest first.
    pub items: Vec<ApiKeyOut>,
}

/// What an API key is to be; what is absent stays, and for a new one is everything a key can.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyIn {
    /// Name: who uses it.
    pub name: Option<String>,
    /// What it may do: codes of permissions.
    pub permissions: Option<Vec<String>>,
    /// Whom it sees.
    pub scope: Option<ScopeJson>,
    /// Most requests a minute; 0: as many as come.
    pub per_minute: Option<i64>,
}

/// How to replace a secret.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateIn {
    /// Hours the secret before works on; 0 ends it at once.
    pub grace_hours: i64,
}

/// The permissions of codes.
///
/// # Errors
/// Names the code there is not.
pub(super) fn permissions_of(codes: &[String]) -> Result<Permissions, Refusal> {
    codes
        .iter()
        .map(|code| {
            Permission::of_code(code).ok_or_else(|| {
                Refusal::field(
                    "permissions",
                    "unknown",
                    Text::new("такого разрешения нет", "there is no such permission"),
                )
            })
        })
        .collect()
}

impl ApiKeyIn {
    fn plan(self, state: &ServerState, before: KeyPlan) -> Result<KeyPlan, Refusal> {
        Ok(KeyPlan {
            name: self.name.unwrap_or(before.name),
            permissions: match self.permissions {
                Some(codes) => permissions_of(&codes)?,
                None => before.permissions,
            },
            scope: match self.scope {
                Some(scope) => scope.scope(state)?,
                None => before.scope,
            },
            per_minute: match self.per_minute {
                Some(0) => None,
                Some(most) => Some(most),
                None => before.per_minute,
            },
        })
    }
}

fn plan_of(key: &ApiKey) -> KeyPlan {
    KeyPlan {
        name: key.name.clone(),
        permissions: Permissions::parse(&key.permissions).and(Permissions::of_keys()),
        scope: Scope::parse(&key.scope),
        per_minute: key.per_minute,
    }
}

fn key_out(state: &ServerState, key: ApiKey) -> ApiKeyOut {
    let plan = plan_of(&key);
    let now = state.app.now();
    ApiKeyOut {
        id: state.app.public_id(Entity::ApiKey, key.id),
        name: key.name,
        permissions: plan.permissions.iter().map(Permission::code).collect(),
        scope: ScopeJson::of(state, &plan.scope),
        per_minute: key.per_minute,
        created_at: Some(key.created_at.rfc3339()),
        last_used_at: key.last_used_at.map(|at| at.rfc3339()),
        rotated_at: key.rotated_at.map(|at| at.rfc3339()),
        old_works_until: key
            .old_until
            .filter(|until| now < *until)
            .map(|until| until.rfc3339()),
        key: None,
    }
}

fn one(state: &ServerState, id: i64) -> Result<ApiKey, Refusal> {
    let all = state.app.api_keys()?;
    all.into_iter()
        .find(|key| key.id == id)
        .ok_or_else(Refusal::not_found)
}

/// API keys that work.
#[utoipa::path(get, operation_id = "api_keys", path = "/api-keys", tag = "settings", responses((status = OK, body = ApiKeysOut)))]
pub async fn all(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
) -> Result<Json<ApiKeysOut>, Problem> {
    let app = state.app.clone();
    let keys = compute(move || app.api_keys()).await?;
    Ok(Json(ApiKeysOut {
        items: keys.into_iter().map(|key| key_out(&state, key)).collect(),
    }))
}

/// Makes an API key; the key is shown only here.
#[utoipa::path(post, operation_id = "add_api_key", path = "/api-keys", tag = "settings", request_body = ApiKeyIn, responses((status = CREATED, body = ApiKeyOut), (status = FORBIDDEN, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn add(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<ApiKeyIn>,
) -> Result<(StatusCode, Json<ApiKeyOut>), Problem> {
    let out = compute(move || {
        let full = KeyPlan {
            permissions: Permissions::of_keys().and(caller.permissions()),
            scope: caller.scope().clone(),
            ..KeyPlan::full("")
        };
        let plan = body.plan(&state, full)?;
        let (id, key) = state.app.add_api_key(&caller, plan)?;
        Ok(ApiKeyOut {
            key: Some(key),
            ..key_out(&state, one(&state, id)?)
        })
    })
    .await?;
    Ok((StatusCode::CREATED, Json(out)))
}

/// Changes what a key is called and may do.
#[utoipa::path(patch, operation_id = "change_api_key", path = "/api-keys/{id}", tag = "settings", params(("id" = String, Path)), request_body = ApiKeyIn, responses((status = OK, body = ApiKeyOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn change(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<ApiKeyIn>,
) -> Result<Json<ApiKeyOut>, Problem> {
    let id = state.app.row_id(Entity::ApiKey, &id)?;
    let out = compute(move || {
        let plan = body.plan(&state, plan_of(&one(&state, id)?))?;
        state.app.change_api_key(&caller, id, plan)?;
        Ok(key_out(&state, one(&state, id)?))
    })
    .await?;
    Ok(Json(out))
}

/// Gives a key a new secret, shown only here; the one before works on for a while or ends at once.
#[utoipa::path(post, operation_id = "rotate_api_key", path = "/api-keys/{id}/rotate", tag = "settings", params(("id" = String, Path)), request_body = RotateIn, responses((status = OK, body = ApiKeyOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn rotate(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<RotateIn>,
) -> Result<Json<ApiKeyOut>, Problem> {
    let id = state.app.row_id(Entity::ApiKey, &id)?;
    let out = compute(move || {
        let key = state.app.rotate_api_key(&caller, id, body.grace_hours)?;
        Ok(ApiKeyOut {
            key: Some(key),
            ..key_out(&state, one(&state, id)?)
        })
    })
    .await?;
    Ok(Json(out))
}

/// Ends an API key.
#[utoipa::path(delete, operation_id = "revoke_api_key", path = "/api-keys/{id}", tag = "settings", params(("id" = String, Path)), responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn revoke(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = state.app.row_id(Entity::ApiKey, &id)?;
    let app = state.app.clone();
    compute(move || app.revoke_api_key(&caller, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
