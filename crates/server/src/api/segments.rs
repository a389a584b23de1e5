//! Segments: saved ones, questions about ones that are not saved, members.

use super::TextOut;
use super::customers::{CustomersOut, customer_row, parse_sort};
use super::facts::columns;
use super::metrics::{day, filled};
use crate::extract::{Body, Params, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use vernis_analytics::LiveBase;
use vernis_analytics::facts::list::{ListQuery, list};
use vernis_app::segments::{Asking, Narrowed, Now, Problem as Wrong, Shelf, from_list};
use vernis_app::{App, Caller, Entity, Refusal, contacts};
use vernis_domain::segment::{Choice, Definition, Node, print, words};
use vernis_domain::{CustomerId, Language, Text};

/// Customers named with a count.
const SAMPLE: usize = 8;

/// A definition in one of its two forms.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedIn {
    /// As JSON (docs/reference/segment.schema.json).
    #[schema(value_type = Option<Object>)]
    pub definition: Option<Definition>,
    /// As text, in either language.
    pub text: Option<String>,
    /// The day it is seen from; absent: today.
    pub as_of: Option<String>,
}

pub(super) fn asking(
    definition: Option<Definition>,
    text: Option<String>,
) -> Result<Asking, Refusal> {
    match (definition, text) {
        (Some(definition), None) => Ok(Asking::Tree(definition)),
        (None, Some(text)) => Ok(Asking::Text(text)),
        _ => Err(Refusal::field(
            "definition",
            "one_form",
            Text::new(
                "нужно определение: definition или text",
                "a definition is wanted: definition or text",
            ),
        )),
    }
}

/// Something wrong with a definition.
#[derive(Serialize, ToSchema)]
pub struct WrongOut {
    /// Place in the JSON form, `all[1].fact.value`.
    pub path: Option<String>,
    /// First character in the text form.
    pub from: Option<usize>,
    /// One past the last.
    pub to: Option<usize>,
    /// What is wrong.
    pub message: TextOut,
    /// What may have been meant.
    pub proposals: Vec<String>,
}

fn wrong_out(wrong: Wrong) -> Vec<WrongOut> {
    match wrong {
        Wrong::Text(error) => vec![WrongOut {
            path: None,
            from: Some(error.at.start),
            to: Some(error.at.end),
            message: error.message.into(),
            proposals: error.proposals,
        }],
        Wrong::Tree(problems) => problems
            .into_iter()
            .map(|problem| WrongOut {
                path: Some(problem.path),
                from: None,
                to: None,
                message: problem.message.into(),
                proposals: problem.proposals,
            })
            .collect(),
    }
}

pub(super) fn refused(wrong: Wrong) -> Refusal {
    let fields = wrong_out(wrong)
        .into_iter()
        .map(|one| vernis_app::FieldError {
            field: match (one.path, one.from) {
                (Some(path), _) => format!("definition.{path}"),
                (None, Some(from)) => format!("text[{from}]"),
                (None, None) => "text".to_owned(),
            },
            rule: "definition",
            message: Text::owned(one.message.ru, one.message.en),
        });
    Refusal::fields(fields.collect())
}

/// Somebody by name.
#[derive(Serialize, ToSchema)]
pub struct NamedOut {
    /// Id.
    pub id: String,
    /// Full name; empty when unknown.
    pub name: String,
    /// Paid so far.
    pub paid_minor: i64,
}

fn named(app: &App, caller: &Caller, base: &LiveBase, ids: &[CustomerId]) -> Vec<NamedOut> {
    let one = |id: &CustomerId| NamedOut {
        id: app.public_customer_id(*id),
        name: base
            .customer(*id)
            .map(|one| contacts::name(caller, &one))
            .unwrap_or_default(),
        paid_minor: base.bought(*id).1,
    };
    ids.iter().map(one).collect()
}

/// A definition in all its forms.
#[derive(Serialize, ToSchema)]
pub struct FormsOut {
    /// As JSON.
    #[schema(value_type = Object)]
    pub definition: Definition,
    /// As text.
    pub text: TextOut,
    /// As a sentence.
    pub words: TextOut,
}

pub(super) fn forms(definition: Definition, shelf: &Shelf) -> FormsOut {
    let both =
        |write: fn(&Node, &dyn vernis_domain::segment::Catalogue, Language) -> String| TextOut {
            ru: write(&definition.tree, shelf, Language::Ru),
            en: write(&definition.tree, shelf, Language::En),
        };
    FormsOut {
        text: both(print),
        words: both(words),
        definition,
    }
}

/// An answer about a definition that need not be saved.
#[derive(Serialize, ToSchema)]
pub struct CountOut {
    /// What is wrong; nothing else is answered then.
    pub problems: Vec<WrongOut>,
    /// Its forms.
    pub forms: Option<FormsOut>,
    /// How many are in.
    pub customers: Option<usize>,
    /// What they have paid so far.
    pub paid_minor: Option<i64>,
    /// Share of all customers.
    pub share: Option<f64>,
    /// Some of them.
    pub sample: Vec<NamedOut>,
    /// Version of the live base that answered.
    pub version: u64,
}

/// Counts a definition: how many, how much money, some of them. A wrong one is answered with what is
/// wrong and where.
#[utoipa::path(post, path = "/segments/count", tag = "segments", request_body = AskedIn, responses((status = OK, body = CountOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn count_segment(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<AskedIn>,
) -> Result<Json<CountOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let (shelf, view) = (app.shelf()?, app.base(&caller)?);
        let on = day("as_of", &body.as_of)?;
        let nothing = |problems| CountOut {
            problems,
            forms: None,
            customers: None,
            paid_minor: None,
            share: None,
            sample: Vec::new(),
            version: view.version(),
        };
        let definition = match app.read_segment(&asking(body.definition, body.text)?, &shelf) {
            Ok(definition) => definition,
            Err(wrong) => return Ok(nothing(wrong_out(wrong))),
        };
        let seen = app.see_segment(&definition, &shelf, on, &view)?;
        if let Some(broken) = seen.broken {
            return Ok(nothing(vec![WrongOut {
                path: Some(String::new()),
                from: None,
                to: None,
                message: broken.into(),
                proposals: Vec::new(),
            }]));
        }
        let tally = seen.count(SAMPLE);
        let all = seen.base.customers();
        Ok(CountOut {
            problems: Vec::new(),
            forms: Some(forms(definition, &shelf)),
            customers: Some(tally.customers),
            paid_minor: Some(tally.paid_minor),
            share: (all > 0).then(|| tally.customers as f64 / all as f64),
            sample: named(app, &caller, &seen.base, &tally.sample),
            version: seen.base.version(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// What a list or a report is narrowed by, as `GET /customers` takes it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedIn {
    /// Segments: `id`, `ready:key`, `a,not:b`.
    pub segment: Option<String>,
    /// RFM cell.
    pub cell: Option<String>,
    /// `fact:comparison:value`.
    #[serde(default)]
    pub filter: Vec<String>,
    /// Code or id of the store of a report.
    pub store: Option<String>,
    /// Code or id of the channel.
    pub channel: Option<String>,
    /// RFM window, `all` or days.
    pub window: Option<String>,
}

/// Makes a definition of a list's conditions, also of a cell of a report.
#[utoipa::path(post, path = "/segments/from-list", tag = "segments", request_body = ListedIn, responses((status = OK, body = FormsOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn of_list(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
    Body(body): Body<ListedIn>,
) -> Result<Json<FormsOut>, Problem> {
    use vernis_domain::segment::Catalogue;
    let out = compute(move || {
        let shelf = state.app.shelf()?;
        let place = |of, typed: Option<String>| {
            filled(typed)
                .map(|typed| shelf.find(of, &typed).ok_or_else(Refusal::not_found))
                .transpose()
        };
        let narrowed = Narrowed {
            segment: filled(body.segment),
            cell: filled(body.cell),
            filters: body.filter,
            store: place(Choice::Store, body.store)?,
            channel: place(Choice::Channel, body.channel)?,
            window: filled(body.window).and_then(|days| days.parse().ok()),
        };
        let definition = from_list(&state.app, &narrowed, &shelf)?;
        let checked = state
            .app
            .read_segment(&Asking::Tree(definition), &shelf)
            .map_err(refused)?;
        Ok(forms(checked, &shelf))
    })
    .await?;
    Ok(Json(out))
}

/// A saved segment as it is now.
#[derive(Serialize, ToSchema)]
pub struct SegmentOut {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Its forms; null when this version of the program cannot read the definition.
    pub forms: Option<FormsOut>,
    /// Why it matches nobody until it is mended.
    pub broken: Option<TextOut>,
    /// How many are in.
    pub customers: usize,
    /// What they have paid so far.
    pub paid_minor: i64,
    /// Some of them.
    pub sample: Vec<NamedOut>,
    /// Number of the version of the definition.
    pub version: i64,
    /// When that version was saved.
    pub versioned_at: String,
    /// When the segment was made.
    pub created_at: String,
    /// Not shown among the others any more.
    pub archived: bool,
    /// `live` (its conditions decide) or `list` (nobody is in but by hand).
    pub kind: &'static str,
    /// How many are in by hand.
    pub pinned: usize,
    /// How many are out by hand.
    pub excluded: usize,
}

fn segment_out(app: &App, caller: &Caller, base: &LiveBase, shelf: &Shelf, now: Now) -> SegmentOut {
    let hand = now.whole.as_ref().map(|whole| whole.hand.clone());
    let hand = hand.unwrap_or_default();
    SegmentOut {
        kind: if now.row.is_list { "list" } else { "live" },
        pinned: hand.pinned.len(),
        excluded: hand.excluded.len(),
        id: app.public_id(Entity::Segment, now.row.id),
        sample: named(app, caller, base, &now.tally.sample),
        name: now.row.name,
        forms: now.whole.map(|whole| forms(whole.definition, shelf)),
        broken: now.broken.map(Into::into),
        customers: now.tally.customers,
        paid_minor: now.tally.paid_minor,
        version: now.row.version_no,
        versioned_at: now.row.versioned_at.rfc3339(),
        created_at: now.row.created_at.rfc3339(),
        archived: now.row.archived_at.is_some(),
    }
}

pub(super) fn one(app: &App, caller: &Caller, id: i64) -> Result<SegmentOut, Refusal> {
    let view = app.base(caller)?;
    let (base, _, now) = app.segment_now(&view, id)?;
    Ok(segment_out(app, caller, &base, &app.shelf()?, now))
}

/// Saved segments with their size and money now.
#[derive(Serialize, ToSchema)]
pub struct SegmentsOut {
    /// In the order they were made.
    pub items: Vec<SegmentOut>,
}

/// Saved segments with their size and money now.
#[utoipa::path(get, path = "/segments", tag = "segments", responses((status = OK, body = SegmentsOut)))]
pub async fn segment_list(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
) -> Result<Json<SegmentsOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let (shelf, view) = (app.shelf()?, app.base(&caller)?);
        let found = app.segments_now(&view)?;
        let items = found
            .into_iter()
            .map(|now| segment_out(app, &caller, &view, &shelf, now));
        Ok(SegmentsOut {
            items: items.collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// A new segment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentIn {
    /// Name, unique.
    pub name: String,
    /// As JSON.
    #[schema(value_type = Option<Object>)]
    pub definition: Option<Definition>,
    /// As text.
    pub text: Option<String>,
}

/// Saves a segment.
#[utoipa::path(post, path = "/segments", tag = "segments", request_body = SegmentIn, responses((status = CREATED, body = SegmentOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn add_segment(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<SegmentIn>,
) -> Result<(StatusCode, Json<SegmentOut>), Problem> {
    let out = compute(move || {
        let app = &state.app;
        let asked = asking(body.definition, body.text)?;
        let definition = app.read_segment(&asked, &app.shelf()?).map_err(refused)?;
        let id = app.create_segment(&caller, &body.name, &definition)?;
        one(app, &caller, id)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(out)))
}

/// One saved segment.
#[utoipa::path(get, path = "/segments/{id}", tag = "segments", params(("id" = String, Path,)), responses((status = OK, body = SegmentOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn segment(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<SegmentOut>, Problem> {
    let out = compute(move || one(&state.app, &caller, state.app.segment_id(&id)?)).await?;
    Ok(Json(out))
}

/// A change of a segment; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentPatchIn {
    /// Name.
    pub name: Option<String>,
    /// As JSON; a new version.
    #[schema(value_type = Option<Object>)]
    pub definition: Option<Definition>,
    /// As text; a new version.
    pub text: Option<String>,
    /// Put away, or taken out again.
    pub archived: Option<bool>,
}

/// Changes a segment. A new definition is a new version; the earlier ones stay.
#[utoipa::path(patch, path = "/segments/{id}", tag = "segments", params(("id" = String, Path,)), request_body = SegmentPatchIn, responses((status = OK, body = SegmentOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn change_segment(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<SegmentPatchIn>,
) -> Result<Json<SegmentOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let id = app.segment_id(&id)?;
        let definition = match (body.definition, body.text) {
            (None, None) => None,
            (definition, text) => {
                let asked = asking(definition, text)?;
                Some(app.read_segment(&asked, &app.shelf()?).map_err(refused)?)
            }
        };
        app.change_segment(
            &caller,
            id,
            body.name.as_deref(),
            definition.as_ref(),
            body.archived,
        )?;
        one(app, &caller, id)
    })
    .await?;
    Ok(Json(out))
}

/// Order and page of members.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MembersIn {
    /// `name` or a fact.
    pub sort: Option<String>,
    /// `asc` or `desc`.
    pub order: Option<String>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// At most 500.
    pub limit: Option<usize>,
    /// Facts of each row, comma between.
    pub columns: Option<String>,
}

/// Members of a saved segment, sorted by any fact.
#[utoipa::path(get, path = "/segments/{id}/members", tag = "segments", params(("id" = String, Path,), MembersIn), responses((status = OK, body = CustomersOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn segment_members(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Params(wanted): Params<MembersIn>,
) -> Result<Json<CustomersOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let view = app.base(&caller)?;
        let (base, set, _) = app.segment_now(&view, app.segment_id(&id)?)?;
        let columns = columns(&view, wanted.columns.as_deref());
        let lens = app.lens(&view)?;
        let offset = filled(wanted.cursor)
            .map_or(Ok(0), |cursor| cursor.parse::<usize>())
            .map_err(|_| Refusal::not_found())?;
        let query = ListQuery {
            customers: Some(Arc::new(set)),
            sort: parse_sort(&view, wanted.sort.as_deref())?,
            descending: wanted.order.as_deref() == Some("desc"),
            offset,
            limit: wanted.limit.unwrap_or(50).clamp(1, 500),
            ..ListQuery::default()
        };
        let page = list(&base, &lens, &query);
        app.expose(&caller, page.ids.iter().copied())?;
        let row = |id: &CustomerId| customer_row(app, &caller, &base, &lens, *id, &columns);
        Ok(CustomersOut {
            total: page.total,
            items: page.ids.iter().map(row).collect(),
            next_cursor: page.next_offset.map(|next| next.to_string()),
            version: page.version,
        })
    })
    .await?;
    Ok(Json(out))
}
