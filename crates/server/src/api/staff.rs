//! Members of staff and invitations.

use super::TextOut;
use super::scope::ScopeJson;
use super::session::{browser, with_cookies};
use crate::extract::{Body, ServerState, SignedIn, Where, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum_extra::extract::CookieJar;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vernis_app::staff::{Invitation, Member, OpenInvitation, StaffPatch};
use vernis_app::{Caller, Entity, Refusal, Scope};

/// A member of staff.
#[derive(Serialize, ToSchema)]
pub struct MemberOut {
    /// Id.
    pub id: String,
    /// Login.
    pub login: String,
    /// Name shown on pages.
    pub name: String,
    /// Code of the role.
    pub role: String,
    /// Whom he sees.
    pub scope: ScopeJson,
    /// Kept out since.
    pub blocked_at: Option<String>,
    /// When he was added.
    pub added_at: String,
    /// When he last signed in, of the sessions that are open.
    pub signed_in_at: Option<String>,
    /// Whether he signs in with a code.
    pub second_factor: bool,
    /// Whether the one who asks may change him.
    pub can_change: bool,
    /// The one who asks.
    pub this: bool,
}

/// Members of staff and invitations.
#[derive(Serialize, ToSchema)]
pub struct StaffOut {
    /// Oldest first, blocked ones among them.
    pub items: Vec<MemberOut>,
    /// Invitations that were not taken up yet, newest first.
    pub invitations: Vec<InvitationOut>,
}

/// An invitation that was not taken up yet.
#[derive(Serialize, ToSchema)]
pub struct InvitationOut {
    /// What to take it back by.
    pub id: String,
    /// For whom; may be empty.
    pub name: String,
    /// Code of the role.
    pub role: String,
    /// Whom he will see.
    pub scope: ScopeJson,
    /// When it ends.
    pub expires_at: String,
    /// The secret part of the link, `/invitation/{token}`: only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// Whom to invite.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteIn {
    /// Name shown on pages; may be empty: he types it himself then.
    #[serde(default)]
    pub name: String,
    /// Code of the role.
    pub role: String,
    /// Whom he will see; absent: everybody.
    pub scope: Option<ScopeJson>,
}

/// A change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberIn {
    /// Name shown on pages.
    pub name: Option<String>,
    /// Code of the role.
    pub role: Option<String>,
    /// Whom he sees.
    pub scope: Option<ScopeJson>,
    /// Whether he is kept out.
    pub blocked: Option<bool>,
}

fn member_out(state: &ServerState, caller: &Caller, member: Member) -> MemberOut {
    let user = member.user;
    MemberOut {
        id: state.app.public_id(Entity::User, user.id.0),
        this: caller.user_id() == Some(user.id),
        login: user.login,
        name: user.name,
        role: user.role,
        scope: ScopeJson::of(state, &Scope::parse(&user.scope)),
        blocked_at: user.blocked_at.map(|at| at.rfc3339()),
        added_at: user.created_at.rfc3339(),
        signed_in_at: member.signed_in_at.map(|at| at.rfc3339()),
        second_factor: member.second_factor,
        can_change: member.can_change,
    }
}

fn invitation_out(state: &ServerState, open: OpenInvitation) -> InvitationOut {
    InvitationOut {
        id: open.handle,
        name: open.invitation.name,
        role: open.invitation.role,
        scope: ScopeJson::of(state, &open.invitation.scope),
        expires_at: open.expires_at.rfc3339(),
        token: None,
    }
}

fn one(state: &ServerState, caller: &Caller, id: i64) -> Result<MemberOut, Refusal> {
    let all = state.app.staff(caller)?.into_iter();
    all.map(|member| (member.user.id.0, member))
        .find(|(row, _)| *row == id)
        .map(|(_, member)| member_out(state, caller, member))
        .ok_or_else(Refusal::not_found)
}

/// Members of staff and invitations.
#[utoipa::path(get, operation_id = "staff", path = "/staff", tag = "staff", responses((status = OK, body = StaffOut)))]
pub async fn all(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
) -> Result<Json<StaffOut>, Problem> {
    let out = compute(move || {
        let staff = state.app.staff(&caller)?.into_iter();
        let open = state.app.invitations()?.into_iter();
        Ok(StaffOut {
            items: staff
                .map(|member| member_out(&state, &caller, member))
                .collect(),
            invitations: open.map(|one| invitation_out(&state, one)).collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// Invites somebody: a link that works once, for a day, shown only here.
#[utoipa::path(post, operation_id = "invite", path = "/staff/invitations", tag = "staff", request_body = InviteIn, responses((status = CREATED, body = InvitationOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn invite(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<InviteIn>,
) -> Result<(StatusCode, Json<InvitationOut>), Problem> {
    let out = compute(move || {
        let scope = body.scope.unwrap_or(ScopeJson::All).scope(&state)?;
        let invitation = Invitation::new(&body.name, &body.role, scope);
        let token = state.app.invite(&caller, invitation)?;
        let newest = state.app.invitations()?.into_iter().next();
        let open = newest.ok_or_else(|| Refusal::internal("no invitation"))?;
        Ok(InvitationOut {
            token: Some(token),
            ..invitation_out(&state, open)
        })
    })
    .await?;
    Ok((StatusCode::CREATED, Json(out)))
}

/// Takes an invitation back.
#[utoipa::path(delete, operation_id = "withdraw_invitation", path = "/staff/invitations/{id}", tag = "staff", params(("id" = String, Path)), responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn withdraw(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let app = state.app.clone();
    compute(move || app.withdraw_invitation(&caller, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes a member of staff. Another role or scope, and a block, end all his sessions at once.
#[utoipa::path(patch, operation_id = "change_staff", path = "/staff/{id}", tag = "staff", params(("id" = String, Path)), request_body = MemberIn, responses((status = OK, body = MemberOut), (status = NOT_FOUND, body = ProblemOut), (status = FORBIDDEN, body = ProblemOut), (status = CONFLICT, body = ProblemOut, description = "The last owner: last_owner"), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn change(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<MemberIn>,
) -> Result<Json<MemberOut>, Problem> {
    let id = state.app.row_id(Entity::User, &id)?;
    let out = compute(move || {
        let patch = StaffPatch {
            name: body.name,
            role: body.role,
            scope: body.scope.map(|scope| scope.scope(&state)).transpose()?,
            blocked: body.blocked,
        };
        state.app.change_staff(&caller, id.into(), patch)?;
        one(&state, &caller, id)
    })
    .await?;
    Ok(Json(out))
}

/// Signs a member of staff out everywhere.
#[utoipa::path(delete, operation_id = "end_sessions_of", path = "/staff/{id}/sessions", tag = "staff", params(("id" = String, Path)), responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemOut), (status = FORBIDDEN, body = ProblemOut)))]
pub async fn end_sessions(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = state.app.row_id(Entity::User, &id)?;
    let app = state.app.clone();
    compute(move || app.end_sessions_of(&caller, id.into())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an invitation gives.
#[derive(Serialize, ToSchema)]
pub struct InvitedOut {
    /// Name of the shop.
    pub shop: String,
    /// Name as the one who invites typed it; may be empty.
    pub name: String,
    /// Name of the role.
    pub role: TextOut,
}

/// Who takes an invitation up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptIn {
    /// Login.
    pub login: String,
    /// Name shown on pages; empty: as the invitation has it.
    #[serde(default)]
    pub name: String,
    /// Password, 10 to 256 characters.
    pub password: String,
}

/// Whether an invitation still works, and what it gives.
#[utoipa::path(get, operation_id = "invitation", path = "/invitations/{token}", tag = "session", params(("token" = String, Path)), responses((status = OK, body = InvitedOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn invitation(
    State(state): State<ServerState>,
    Path(token): Path<String>,
) -> Result<Json<InvitedOut>, Problem> {
    let app = state.app.clone();
    let (invitation, role) = compute(move || app.check_invitation(&token)).await?;
    Ok(Json(InvitedOut {
        shop: state.app.shop().name,
        name: invitation.name,
        role: role.into(),
    }))
}

/// Takes an invitation up: makes the member of staff and signs him in.
#[utoipa::path(post, operation_id = "accept_invitation", path = "/invitations/{token}", tag = "session", params(("token" = String, Path)), request_body = AcceptIn, responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn accept(
    State(state): State<ServerState>,
    Path(token): Path<String>,
    headers: HeaderMap,
    from: Where,
    jar: CookieJar,
    Body(body): Body<AcceptIn>,
) -> Result<(StatusCode, CookieJar), Problem> {
    let app = state.app.clone();
    let browser = browser(&state, &jar, &headers, &from);
    let come = compute(move || {
        app.accept_invitation(&token, &body.login, &body.name, &body.password, &browser)
    })
    .await?;
    Ok((StatusCode::NO_CONTENT, with_cookies(&state, jar, come)))
}

/// Rules of the shop for its staff.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesJson {
    /// How many people's contacts somebody who sees them masked may be shown in a day.
    pub reveals_a_day: u32,
}

/// Rules of the shop for its staff.
#[utoipa::path(get, operation_id = "staff_rules", path = "/staff/rules", tag = "staff", responses((status = OK, body = RulesJson)))]
pub async fn rules(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
) -> Result<Json<RulesJson>, Problem> {
    let app = state.app.clone();
    let reveals_a_day = compute(move || app.reveals_a_day()).await?;
    Ok(Json(RulesJson { reveals_a_day }))
}

/// Sets the rules.
#[utoipa::path(put, operation_id = "set_staff_rules", path = "/staff/rules", tag = "staff", request_body = RulesJson, responses((status = OK, body = RulesJson), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn set_rules(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<RulesJson>,
) -> Result<Json<RulesJson>, Problem> {
    let app = state.app.clone();
    let reveals_a_day = compute(move || {
        app.set_reveals_a_day(&caller, body.reveals_a_day)?;
        app.reveals_a_day()
    })
    .await?;
    Ok(Json(RulesJson { reveals_a_day }))
}
