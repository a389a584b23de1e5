//! People in a segment by hand: pinned, excluded; static lists.

use super::metrics::{day, filled};
use super::segments::{SegmentOut, asking, one, refused};
use crate::extract::{Body, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vernis_app::segments::{Person, Stands};
use vernis_app::{App, Caller, Refusal, View, contacts};
use vernis_domain::segment::Definition;
use vernis_domain::{CustomerId, Text};

/// Ids of one request at most.
const AT_ONCE: usize = 10_000;
/// People named in an answer at most.
const NAMED: usize = 500;

/// A new static list: of people by their ids, or everybody who is in a segment, saved or not, now or on
/// an earlier day.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListIn {
    /// Name, unique among segments.
    pub name: String,
    /// Ids of customers, at most 10,000.
    #[serde(default)]
    pub customers: Vec<String>,
    /// Id of a saved segment whose people are taken as they are now.
    pub segment: Option<String>,
    /// A definition whose people are taken, as JSON.
    #[schema(value_type = Option<Object>)]
    pub definition: Option<Definition>,
    /// The same as text.
    pub text: Option<String>,
    /// The day a definition is seen from; absent: today.
    pub as_of: Option<String>,
}

/// Saves a static list. People come and go by hand only; it is used like any segment.
#[utoipa::path(post, path = "/segments/lists", tag = "segments", request_body = ListIn, responses((status = CREATED, body = SegmentOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn add_list(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<ListIn>,
) -> Result<(StatusCode, Json<SegmentOut>), Problem> {
    let out = compute(move || {
        let app = &state.app;
        let view = app.base(&caller)?;
        let mut people = ids(app, &view, "customers", &body.customers)?;
        if let Some(id) = filled(body.segment) {
            let (base, set, _) = app.segment_now(&view, app.segment_id(&id)?)?;
            people.extend(set.ids(&base));
        }
        if body.definition.is_some() || body.text.is_some() {
            let shelf = app.shelf()?;
            let asked = asking(body.definition, body.text)?;
            let definition = app.read_segment(&asked, &shelf).map_err(refused)?;
            let on = day("as_of", &body.as_of)?;
            people.extend(app.see_segment(&definition, &shelf, on, &view)?.members());
        }
        people.sort_unstable();
        people.dedup();
        let id = app.create_list(&caller, &body.name, &people)?;
        one(app, &caller, id)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(out)))
}

fn ids(
    app: &App,
    view: &View,
    field: &'static str,
    asked: &[String],
) -> Result<Vec<CustomerId>, Refusal> {
    if asked.len() > AT_ONCE {
        let message = Text::owned(
            format!("за один раз не больше {AT_ONCE} клиентов"),
            format!("at most {AT_ONCE} customers at once"),
        );
        return Err(Refusal::field(field, "too_many", message));
    }
    asked.iter().map(|id| app.customer_id(view, id)).collect()
}

/// People to be put into a segment or kept out of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentPeopleIn {
    /// Ids of customers who are in from now on, whatever the conditions say.
    #[serde(default)]
    pub pin: Vec<String>,
    /// Ids of those who are out. Not for lists.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Ids of those for whom the conditions decide again; off a list.
    #[serde(default)]
    pub release: Vec<String>,
}

/// Puts people into a segment by hand, keeps them out of it, or leaves them to its conditions again.
#[utoipa::path(post, path = "/segments/{id}/people", tag = "segments", params(("id" = String, Path,)), request_body = SegmentPeopleIn, responses((status = OK, body = SegmentOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn change_segment_people(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<SegmentPeopleIn>,
) -> Result<Json<SegmentOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let (id, view) = (app.segment_id(&id)?, app.base(&caller)?);
        let mut people = Vec::new();
        for (field, asked, stands) in [
            ("pin", body.pin, Stands::In),
            ("exclude", body.exclude, Stands::Out),
            ("release", body.release, Stands::Free),
        ] {
            let found = ids(app, &view, field, &asked)?;
            people.extend(found.into_iter().map(|one| (one, stands)));
        }
        app.change_segment_people(&caller, id, &people)?;
        one(app, &caller, id)
    })
    .await?;
    Ok(Json(out))
}

/// Somebody who is in or out by hand.
#[derive(Serialize, ToSchema)]
pub struct ByHandOut {
    /// Id of the customer.
    pub id: String,
    /// His name; empty when unknown.
    pub name: String,
    /// Since when.
    pub at: String,
}

/// Who is in a segment or out of it by hand, the latest first; at most 500 of each.
#[derive(Serialize, ToSchema)]
pub struct SegmentPeopleOut {
    /// In, whatever the conditions say.
    pub pinned: Vec<ByHandOut>,
    /// How many.
    pub pinned_total: usize,
    /// Out.
    pub excluded: Vec<ByHandOut>,
    /// How many.
    pub excluded_total: usize,
}

/// Who is in a segment or out of it by hand.
#[utoipa::path(get, path = "/segments/{id}/people", tag = "segments", params(("id" = String, Path,)), responses((status = OK, body = SegmentPeopleOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn segment_people(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<SegmentPeopleOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let (id, view) = (app.segment_id(&id)?, app.base(&caller)?);
        app.segment_now(&view, id)?;
        let mut found = app.segment_people(id)?;
        found.sort_by_key(|one| std::cmp::Reverse(one.recorded_at));
        let (pinned, excluded): (Vec<Person>, Vec<Person>) =
            found.into_iter().partition(|one| one.stands == Stands::In);
        Ok(SegmentPeopleOut {
            pinned_total: pinned.len(),
            excluded_total: excluded.len(),
            pinned: named(app, &caller, &view, &pinned),
            excluded: named(app, &caller, &view, &excluded),
        })
    })
    .await?;
    Ok(Json(out))
}

fn named(app: &App, caller: &Caller, view: &View, people: &[Person]) -> Vec<ByHandOut> {
    let out = |one: &Person| ByHandOut {
        id: app.public_customer_id(one.customer_id),
        name: view
            .customer(view.links().root(one.customer_id))
            .map(|known| contacts::name(caller, &known))
            .unwrap_or_default(),
        at: one.recorded_at.rfc3339(),
    };
    people.iter().take(NAMED).map(out).collect()
}
