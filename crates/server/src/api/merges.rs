//! Two records of one person: what a merge would give, the merge, and taking it back.

use super::card::{CardOut, ChildJson, sex_code, whole_card};
use crate::extract::{Body, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vernis_app::merging::JoinedRecord;
use vernis_app::{App, Caller, Entity, contacts};
use vernis_domain::customer::Birthday;
use vernis_domain::{Customer, CustomerId};

/// Who joins the customer of the address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeIn {
    /// Id of the other one.
    pub other: String,
    /// Only tells what it would give.
    #[serde(default)]
    pub dry_run: bool,
}

/// Whom to take out of the customer of the address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnmergeIn {
    /// Id of the record that was joined, as the card names it.
    pub other: String,
}

/// One side of a merge.
#[derive(Serialize, ToSchema)]
pub struct SideOut {
    /// Id.
    pub id: String,
    /// Full name.
    pub name: String,
    /// male or female.
    pub sex: Option<&'static str>,
    /// Birthday: 1985-03-08, or --03-08 without the year.
    pub birthday: Option<String>,
    /// Children.
    pub children: Vec<ChildJson>,
    /// City.
    pub city: String,
    /// Postal address.
    pub address: String,
    /// Day of registration.
    pub registered: String,
    /// Contacts, the main one of each kind first.
    pub contacts: Vec<SideContactOut>,
    /// Purchases and returns.
    pub documents: usize,
    /// Paid, net of returns.
    pub paid_minor: i64,
}

/// A contact of a side.
#[derive(Serialize, ToSchema)]
pub struct SideContactOut {
    /// phone, email, card, external.
    pub kind: &'static str,
    /// The value.
    pub value: String,
    /// For external ids: the system that gave it.
    pub source: String,
}

/// Both sides and who they are as one.
#[derive(Serialize, ToSchema)]
pub struct MergeOut {
    /// Who stays.
    pub survivor: SideOut,
    /// Who joins him.
    pub joined: SideOut,
    /// Both as one.
    pub merged: SideOut,
    /// False when this only tells what a merge would give.
    pub done: bool,
}

/// A record that was joined to the person of a card.
#[derive(Serialize, ToSchema)]
pub struct JoinedOut {
    /// Its id: what an unmerge wants.
    pub id: String,
    /// Its own name.
    pub name: String,
    /// Its own contacts.
    pub contacts: Vec<SideContactOut>,
    /// Id of the record it was joined to.
    pub joined_to: String,
    /// When.
    pub merged_at: String,
}

fn record(app: &App, id: CustomerId) -> String {
    app.public_id(Entity::Customer, id.0)
}

fn contacts(caller: &Caller, customer: &Customer) -> Vec<SideContactOut> {
    let out = |contact: &vernis_domain::Contact| SideContactOut {
        kind: contact.kind.code(),
        value: contacts::shown(caller, contact.kind, &contact.value),
        source: contact.source.clone(),
    };
    customer.contacts.iter().map(out).collect()
}

pub(super) fn joined_out(app: &App, caller: &Caller, joined: JoinedRecord) -> JoinedOut {
    JoinedOut {
        id: record(app, joined.own.id),
        name: contacts::name(caller, &joined.own),
        contacts: contacts(caller, &joined.own),
        joined_to: record(app, joined.to),
        merged_at: joined.merged_at.rfc3339(),
    }
}

pub(super) fn side(
    app: &App,
    caller: &Caller,
    customer: &Customer,
    bought: (usize, i64),
) -> SideOut {
    SideOut {
        id: record(app, customer.id),
        name: contacts::name(caller, customer),
        sex: customer.sex.map(sex_code),
        birthday: customer.birthday.map(Birthday::text),
        children: customer.children.iter().map(ChildJson::of).collect(),
        city: customer.city.clone(),
        address: customer.address.clone(),
        registered: customer.registered_day.to_string(),
        contacts: contacts(caller, customer),
        documents: bought.0,
        paid_minor: bought.1,
    }
}

/// Joins another customer to this one, or tells what it would give. What both have been and bought
/// stays written under each; `unmerge` takes it back.
#[utoipa::path(post, operation_id = "merge_customers", path = "/customers/{id}/merge", tag = "customers", params(("id" = String, Path)), request_body = MergeIn, responses((status = OK, body = MergeOut), (status = NOT_FOUND, body = ProblemOut), (status = CONFLICT, body = ProblemOut, description = "They are one already: same_customer")))]
pub async fn merge(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<MergeIn>,
) -> Result<Json<MergeOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let before = app.base(&caller)?;
        let id = app.record_id(&before, &id)?;
        let other = app.record_id(&before, &body.other)?;
        let pair = if body.dry_run {
            app.preview_merge(&before, id, other)?
        } else {
            app.merge_customers(&caller, &before, id, other)?
        };
        let (mine, his) = (
            before.bought(pair.survivor.id),
            before.bought(pair.joined.id),
        );
        Ok(MergeOut {
            survivor: side(app, &caller, &pair.survivor, mine),
            joined: side(app, &caller, &pair.joined, his),
            merged: side(app, &caller, &pair.merged, (mine.0 + his.0, mine.1 + his.1)),
            done: !body.dry_run,
        })
    })
    .await?;
    Ok(Json(out))
}

/// Takes a merge back: both are as they were, with what came since on the right side.
#[utoipa::path(post, operation_id = "unmerge_customer", path = "/customers/{id}/unmerge", tag = "customers", params(("id" = String, Path)), request_body = UnmergeIn, responses((status = OK, body = CardOut, description = "The customer who stays"), (status = NOT_FOUND, body = ProblemOut), (status = CONFLICT, body = ProblemOut, description = "They are not merged: not_merged")))]
pub async fn unmerge(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<UnmergeIn>,
) -> Result<Json<CardOut>, Problem> {
    let out = compute(move || {
        let view = state.app.base(&caller)?;
        let id = state.app.record_id(&view, &id)?;
        let other = state.app.record_id(&view, &body.other)?;
        let root = state.app.unmerge_customer(&caller, &view, id, other)?;
        whole_card(&state, &caller, &state.app.base(&caller)?, root)
    })
    .await?;
    Ok(Json(out))
}
