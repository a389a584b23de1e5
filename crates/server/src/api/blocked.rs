//! Contacts by which nobody is recognised: the shop's own list; and kinds of contacts.

use super::TextOut;
use crate::extract::{Body, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vernis_app::blocked::BlockedContact;
use vernis_app::{App, Entity, Refusal};
use vernis_domain::contact::{KINDS, Trust, VERIFICATIONS};
use vernis_domain::{ContactKind, Text};

/// A contact by which nobody is recognised.
#[derive(Serialize, ToSchema)]
pub struct BlockedOut {
    /// Id.
    pub id: String,
    /// phone, email, card, whatsapp…
    pub kind: &'static str,
    /// The value.
    pub value: String,
    /// When it was blocked.
    pub recorded_at: String,
}

/// The shop's own list.
#[derive(Serialize, ToSchema)]
pub struct BlockedListOut {
    /// The latest first.
    pub items: Vec<BlockedOut>,
}

/// A value to block.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockIn {
    /// phone, email, card, whatsapp…
    pub kind: String,
    /// As typed.
    pub value: String,
}

/// A kind of contact.
#[derive(Serialize, ToSchema)]
pub struct ContactKindOut {
    /// Code.
    pub kind: &'static str,
    /// Name.
    pub label: TextOut,
    /// A means of writing to somebody.
    pub messenger: bool,
    /// Only numbers of accounts say who somebody is; names of accounts do not.
    pub numbers_only: bool,
}

/// A way of making sure that a contact is the person's own.
#[derive(Serialize, ToSchema)]
pub struct VerificationOut {
    /// Code.
    pub how: &'static str,
    /// In words.
    pub label: TextOut,
}

/// The registry of contacts.
#[derive(Serialize, ToSchema)]
pub struct ContactKindsOut {
    /// Kinds, the one that decides first in front.
    pub items: Vec<ContactKindOut>,
    /// Ways of verifying.
    pub verifications: Vec<VerificationOut>,
}

fn out(app: &App, one: BlockedContact) -> BlockedOut {
    BlockedOut {
        id: app.public_id(Entity::Blocked, one.id),
        kind: one.contact.kind.code(),
        value: one.contact.value,
        recorded_at: one.recorded_at.rfc3339(),
    }
}

/// Kinds of contacts in the order in which they decide who somebody is.
#[utoipa::path(get, operation_id = "contact_kinds", path = "/contact-kinds", tag = "customers", responses((status = OK, body = ContactKindsOut)))]
pub async fn kinds(SignedIn(_caller): SignedIn) -> Json<ContactKindsOut> {
    let kind = |spec: &vernis_domain::contact::KindSpec| ContactKindOut {
        kind: spec.code,
        label: spec.label.clone().into(),
        messenger: spec.messenger,
        numbers_only: spec.trust == Trust::Numbers,
    };
    let way = |spec: &vernis_domain::contact::VerificationSpec| VerificationOut {
        how: spec.code,
        label: spec.label.clone().into(),
    };
    Json(ContactKindsOut {
        items: KINDS.iter().map(kind).collect(),
        verifications: VERIFICATIONS.iter().map(way).collect(),
    })
}

/// Contacts the shop has blocked: nobody is recognised by them.
#[utoipa::path(get, operation_id = "blocked_contacts", path = "/blocked-contacts", tag = "settings", responses((status = OK, body = BlockedListOut)))]
pub async fn all(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
) -> Result<Json<BlockedListOut>, Problem> {
    let out = compute(move || {
        let all = state.app.blocked_contacts()?;
        Ok(BlockedListOut {
            items: all.into_iter().map(|one| out(&state.app, one)).collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// Blocks a contact. Who has it keeps it on his card and is no longer found by it.
#[utoipa::path(post, operation_id = "block_contact", path = "/blocked-contacts", tag = "settings", request_body = BlockIn, responses((status = CREATED, body = BlockedOut), (status = CONFLICT, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn block(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<BlockIn>,
) -> Result<(StatusCode, Json<BlockedOut>), Problem> {
    let kind = ContactKind::from_code(&body.kind)
        .filter(|kind| *kind != ContactKind::External)
        .ok_or_else(|| {
            Refusal::field(
                "kind",
                "unknown",
                Text::new("такого вида контактов нет", "no such kind of contact"),
            )
        })?;
    let out = compute(move || {
        let one = state.app.block_contact(&caller, kind, &body.value)?;
        Ok(out(&state.app, one))
    })
    .await?;
    Ok((StatusCode::CREATED, Json(out)))
}

/// Lets a blocked contact go.
#[utoipa::path(delete, operation_id = "unblock_contact", path = "/blocked-contacts/{id}", tag = "settings", params(("id" = String, Path)), responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn unblock(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = state.app.row_id(Entity::Blocked, &id)?;
    compute(move || state.app.unblock_contact(&caller, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What makes sure that a contact is the customer's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyIn {
    /// phone, email, card, external, whatsapp…
    pub kind: String,
    /// The value as the card shows it.
    pub value: String,
    /// For external ids: the system that gave it.
    #[serde(default)]
    pub source: String,
    /// code, link, document, person, answer.
    pub how: String,
}

/// Notes how it was made sure that a contact is the customer's own.
#[utoipa::path(post, operation_id = "verify_contact", path = "/customers/{id}/verify-contact", tag = "customers", params(("id" = String, Path)), request_body = VerifyIn, responses((status = OK, body = super::card::CardOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn verify(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<VerifyIn>,
) -> Result<Json<super::card::CardOut>, Problem> {
    let out = compute(move || {
        let view = state.app.base(&caller)?;
        let id = state.app.record_id(&view, &id)?;
        let kind = ContactKind::from_code(&body.kind).ok_or_else(Refusal::not_found)?;
        let contact = vernis_domain::Contact {
            kind,
            value: body.value,
            source: body.source,
        };
        let root = state
            .app
            .verify_contact(&caller, &view, id, &contact, &body.how)?;
        super::card::whole_card(&state, &caller, &state.app.base(&caller)?, root)
    })
    .await?;
    Ok(Json(out))
}
