//! Changing many customers at once: a preview, a run in the background, taking the whole back.

use super::TextOut;
use super::about::{MarkIn, custom_values};
use super::customers::parse_sex;
use super::metrics::filled;
use super::rfm::RfmIn;
use super::timeline::{ChangeOut, changes_out};
use crate::extract::{Body, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use vernis_analytics::facts::list::{ListQuery, list};
use vernis_app::bulk_edits::{AskedOnce, BulkChange, BulkEdit, BulkPart, MarkChange, Wanted};
use vernis_app::reports::parse_cell;
use vernis_app::{App, Caller, Entity, Refusal, View, contacts};
use vernis_domain::{CustomerId, Text, UserId, text};

/// Longest reason of a mark, as everywhere.
const MOST_OF_A_REASON: usize = vernis_domain::about::MAX_REASON;
/// Customers named one by one at most; more are named by a filter.
const MOST_IDS: usize = 10_000;

/// What is changed; at least one part.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkChangeIn {
    /// Own fields by key; null takes a value away.
    #[schema(value_type = Option<Object>)]
    pub custom: Option<serde_json::Map<String, serde_json::Value>>,
    /// Tags given.
    #[serde(default)]
    pub add_tags: Vec<String>,
    /// Tags taken away.
    #[serde(default)]
    pub remove_tags: Vec<String>,
    /// VIP.
    pub vip: Option<MarkIn>,
    /// To be careful with.
    pub problem: Option<MarkIn>,
    /// Store of registration: its id or code.
    pub store: Option<String>,
    /// City; an empty text takes it away.
    pub city: Option<String>,
    /// male or female; an empty text takes it away.
    pub sex: Option<String>,
    /// Id of the member of staff who looks after them; an empty text: nobody. Wants `managers_set`.
    pub manager: Option<String>,
}

/// Whom: by ids, or as a list is narrowed; nothing at all is everybody one sees.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkWhomIn {
    /// These, at most 10,000.
    pub ids: Option<Vec<String>>,
    /// Part of a name, phone, e-mail or card.
    pub search: Option<String>,
    /// Saved segment.
    pub segment: Option<String>,
    /// RFM cell.
    pub cell: Option<String>,
    /// Conditions, as a list takes them.
    #[serde(default)]
    pub filter: Vec<String>,
    /// The day it is seen from.
    pub as_of: Option<String>,
    /// How RFM borders are set.
    pub borders: Option<String>,
    /// RFM window.
    pub window: Option<String>,
    /// Store of RFM.
    pub store: Option<String>,
    /// Channel of RFM.
    pub channel: Option<String>,
}

/// A change of many customers.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkEditIn {
    /// What.
    pub change: BulkChangeIn,
    /// Whom.
    pub customers: BulkWhomIn,
    /// Only tells what it would do.
    #[serde(default)]
    pub dry_run: bool,
}

/// One value of a preview, counted over all whom the change is about.
#[derive(Serialize, ToSchema)]
pub struct BulkPartOut {
    /// What is changed.
    pub label: TextOut,
    /// The value; null when it is taken away.
    pub value: Option<TextOut>,
    /// How many have it so already.
    pub already: usize,
    /// How many have nothing there, and get it.
    pub new: usize,
    /// How many have another value there, which is replaced or taken away.
    pub replaced: usize,
}

/// A customer of the preview.
#[derive(Serialize, ToSchema)]
pub struct BulkSampleOut {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// What changes.
    pub changes: Vec<ChangeOut>,
}

/// A bulk edit, or what it would do.
#[derive(Serialize, ToSchema)]
pub struct BulkEditOut {
    /// Id; null for a preview.
    pub id: Option<String>,
    /// preview, running, done, undoing, undone, interrupted.
    pub state: String,
    /// Customers it is about.
    pub total: u64,
    /// How many were looked at.
    pub looked_at: u64,
    /// Changed; of a preview: how many it would change.
    pub changed: u64,
    /// Values given back by taking it back.
    pub restored: u64,
    /// Values not given back: somebody changed them since.
    pub kept: u64,
    /// Who began it.
    pub by: String,
    /// When; null for a preview.
    pub created_at: Option<String>,
    /// Names of what is changed.
    pub what: Vec<TextOut>,
    /// Of a preview: what it does, value by value.
    pub parts: Vec<BulkPartOut>,
    /// Of a preview: some of those it changes.
    pub sample: Vec<BulkSampleOut>,
}

/// Bulk edits.
#[derive(Serialize, ToSchema)]
pub struct BulkEditsOut {
    /// Newest first.
    pub items: Vec<BulkEditOut>,
}

/// A value, or none for an empty text.
fn wanted<T>(
    given: Option<String>,
    read: impl FnOnce(&str) -> Result<T, Refusal>,
) -> Result<Option<Wanted<T>>, Refusal> {
    given
        .map(|text| match text.trim() {
            "" => Ok(Wanted::Clear),
            text => read(text).map(Wanted::Set),
        })
        .transpose()
}

impl BulkChangeIn {
    fn change(self, app: &App, caller: &Caller) -> Result<BulkChange, Refusal> {
        let mark = |mark: Option<MarkIn>| {
            mark.map(|mark| match mark.wanted() {
                Some(reason) => MarkChange::Set(text::clean(&reason, MOST_OF_A_REASON)),
                None => MarkChange::Clear,
            })
        };
        Ok(BulkChange {
            custom: custom_values(app, self.custom.as_ref())?,
            add_tags: vernis_domain::about::words(&self.add_tags),
            remove_tags: vernis_domain::about::words(&self.remove_tags),
            vip: mark(self.vip),
            problem: mark(self.problem),
            store: filled(self.store)
                .map(|store| app.store_of(&store))
                .transpose()?,
            city: wanted(self.city, |city| Ok(text::clean(city, 100)))?,
            sex: wanted(self.sex, parse_sex)?,
            manager: wanted(self.manager, |id| Ok(UserId(app.row_id(Entity::User, id)?)))?,
            by: caller.user_id(),
        })
    }
}

impl BulkWhomIn {
    fn ids(self, app: &App, caller: &Caller, view: &View) -> Result<Vec<CustomerId>, Refusal> {
        if let Some(ids) = self.ids {
            if ids.len() > MOST_IDS {
                return Err(Refusal::field(
                    "customers.ids",
                    "too_many",
                    Text::new("не больше 10 000", "at most 10,000"),
                ));
            }
            let mut found = ids
                .iter()
                .map(|id| app.customer_id(view, id))
                .collect::<Result<Vec<_>, _>>()?;
            found.sort_unstable();
            found.dedup();
            return Ok(found);
        }
        let rfm = RfmIn {
            as_of: self.as_of,
            borders: self.borders,
            window: self.window,
            store: self.store,
            channel: self.channel,
        }
        .query(app)?;
        let query = ListQuery {
            search: self.search.unwrap_or_default(),
            masked: contacts::are_masked(caller),
            cell: filled(self.cell)
                .map(|cell| parse_cell(&cell))
                .transpose()?,
            filters: self
                .filter
                .iter()
                .map(|text| app.parse_filter(text))
                .collect::<Result<Vec<_>, _>>()?,
            segment: filled(self.segment)
                .map(|names| app.rule_named(&names).map(Arc::new))
                .transpose()?,
            limit: usize::MAX,
            ..ListQuery::default()
        };
        let mut found = list(view, &app.lens_of(rfm), &query).ids;
        found.sort_unstable();
        Ok(found)
    }
}

fn part_out(part: BulkPart) -> BulkPartOut {
    BulkPartOut {
        label: part.label.into(),
        value: part.value.map(TextOut::from),
        already: part.already,
        new: part.new,
        replaced: part.replaced,
    }
}

/// A text somebody typed, as the caller may see it.
fn seen(caller: &Caller, typed: Text) -> TextOut {
    TextOut {
        ru: contacts::text(caller, &typed.ru),
        en: contacts::text(caller, &typed.en),
    }
}

fn out(app: &App, caller: &Caller, edit: &BulkEdit) -> Result<BulkEditOut, Refusal> {
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    Ok(BulkEditOut {
        id: Some(app.public_id(Entity::BulkEdit, edit.id)),
        state: if app.is_interrupted(edit) {
            "interrupted".to_owned()
        } else {
            edit.state.clone()
        },
        total: count(edit.total),
        looked_at: count(edit.looked_at),
        changed: count(edit.changed),
        restored: count(edit.restored),
        kept: count(edit.kept),
        by: app.actor_name(edit.by)?,
        created_at: Some(edit.created_at.rfc3339()),
        what: app
            .bulk_edit_names(edit)?
            .into_iter()
            .map(|typed| seen(caller, typed))
            .collect(),
        parts: Vec::new(),
        sample: Vec::new(),
    })
}

/// Under which key a request came, if under any.
fn asked_once(headers: &HeaderMap, body: &BulkEditIn) -> Result<Option<AskedOnce>, Refusal> {
    let Some(key) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = key.to_str().unwrap_or("");
    if key.is_empty() || key.len() > 200 {
        return Err(Refusal::field(
            "Idempotency-Key",
            "length",
            Text::new("от 1 до 200 знаков", "from 1 to 200 characters"),
        ));
    }
    Ok(Some(AskedOnce {
        key: key.to_owned(),
        request: serde_json::to_vec(body).map_err(Refusal::internal)?,
    }))
}

/// Changes many customers, or tells what a change would do. A change runs in the background in short
/// steps, so that tills do not wait.
#[utoipa::path(post, operation_id = "bulk_edit", path = "/bulk-edits", tag = "customers",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 characters: the same request under the same key is done once")),
    request_body = BulkEditIn,
    responses((status = OK, body = BulkEditOut, description = "A preview"), (status = ACCEPTED, body = BulkEditOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn start(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    headers: HeaderMap,
    Body(body): Body<BulkEditIn>,
) -> Result<(StatusCode, Json<BulkEditOut>), Problem> {
    let app = state.app.clone();
    let done = compute(move || {
        let once = asked_once(&headers, &body)?;
        let view = app.base(&caller)?;
        let change = body.change.change(&app, &caller)?;
        let ids = body.customers.ids(&app, &caller, &view)?;
        if !body.dry_run {
            let id = app.start_bulk_edit(&caller, &view, ids, &change, once)?;
            let edit = app.bulk_edit(&caller, id)?;
            return Ok((StatusCode::ACCEPTED, out(&app, &caller, &edit)?));
        }
        app.check_change(&caller, &view, &change)?;
        let preview = app.preview_bulk_edit(&caller, &view, &ids, &change)?;
        let sample = preview
            .sample
            .into_iter()
            .map(|(id, name, changes)| BulkSampleOut {
                id: app.public_customer_id(id),
                name,
                changes: changes_out(&caller, changes),
            });
        let told = BulkEditOut {
            id: None,
            state: "preview".to_owned(),
            total: preview.total as u64,
            looked_at: preview.total as u64,
            changed: preview.changing as u64,
            restored: 0,
            kept: 0,
            by: String::new(),
            created_at: None,
            what: Vec::new(),
            parts: preview.parts.into_iter().map(part_out).collect(),
            sample: sample.collect(),
        };
        Ok((StatusCode::OK, told))
    })
    .await?;
    Ok((done.0, Json(done.1)))
}

/// The latest bulk edits: one's own, or all when one sees the whole base.
#[utoipa::path(get, operation_id = "bulk_edits", path = "/bulk-edits", tag = "customers", responses((status = OK, body = BulkEditsOut)))]
pub async fn all(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
) -> Result<Json<BulkEditsOut>, Problem> {
    let app = state.app.clone();
    let items = compute(move || {
        let edits = app.bulk_edits(&caller)?;
        edits.iter().map(|edit| out(&app, &caller, edit)).collect()
    })
    .await?;
    Ok(Json(BulkEditsOut { items }))
}

/// How far a bulk edit is.
#[utoipa::path(get, operation_id = "bulk_edit_state", path = "/bulk-edits/{id}", tag = "customers", params(("id" = String, Path)), responses((status = OK, body = BulkEditOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn read(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<BulkEditOut>, Problem> {
    let app = state.app.clone();
    let told = compute(move || {
        let id = app.row_id(Entity::BulkEdit, &id)?;
        out(&app, &caller, &app.bulk_edit(&caller, id)?)
    })
    .await?;
    Ok(Json(told))
}

/// Takes a bulk edit back: every value that nobody changed since.
#[utoipa::path(post, operation_id = "undo_bulk_edit", path = "/bulk-edits/{id}/undo", tag = "customers", params(("id" = String, Path)), responses((status = ACCEPTED, body = BulkEditOut), (status = NOT_FOUND, body = ProblemOut), (status = CONFLICT, body = ProblemOut)))]
pub async fn undo(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<BulkEditOut>), Problem> {
    let app = state.app.clone();
    let told = compute(move || {
        let id = app.row_id(Entity::BulkEdit, &id)?;
        app.undo_bulk_edit(&caller, id)?;
        out(&app, &caller, &app.bulk_edit(&caller, id)?)
    })
    .await?;
    Ok((StatusCode::ACCEPTED, Json(told)))
}

/// Goes on with a bulk edit that the end of the program interrupted.
#[utoipa::path(post, operation_id = "resume_bulk_edit", path = "/bulk-edits/{id}/resume", tag = "customers", params(("id" = String, Path)), responses((status = ACCEPTED, body = BulkEditOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn resume(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<BulkEditOut>), Problem> {
    let app = state.app.clone();
    let told = compute(move || {
        let id = app.row_id(Entity::BulkEdit, &id)?;
        app.resume_bulk_edit(&caller, id)?;
        out(&app, &caller, &app.bulk_edit(&caller, id)?)
    })
    .await?;
    Ok((StatusCode::ACCEPTED, Json(told)))
}
