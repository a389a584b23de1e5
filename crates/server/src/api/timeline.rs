//! A customer's timeline, and notes written to it.

use super::TextOut;
use super::card::PurchaseBriefOut;
use super::metrics::filled;
use super::purchases::KindIn;
use crate::extract::{Body, Params, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vernis_app::notes::WantedNote;
use vernis_app::timeline::{Change, Entry, KINDS, Place, What};
use vernis_app::{App, Caller, Entity, Refusal, View, contacts};
use vernis_domain::about::{Outcome, TouchKind};
use vernis_domain::{ContactKind, Instant, PurchaseKind, Text, UserId};

/// Which part of the timeline.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TimelineIn {
    /// Kinds, comma between; absent: all.
    pub kind: Option<String>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// At most 100.
    pub limit: Option<usize>,
}

/// A kind of entry and how many there are.
#[derive(Serialize, ToSchema)]
pub struct TimelineKindOut {
    /// purchase, return, contact, note, mark, edit, import, merge, registered.
    pub key: &'static str,
    /// Name.
    pub label: TextOut,
    /// Entries of this kind in all.
    pub count: usize,
}

/// A value that came or went.
#[derive(Serialize, ToSchema)]
pub struct ChangeOut {
    /// What it is.
    pub label: TextOut,
    /// What was there and is no more.
    pub gone: Vec<TextOut>,
    /// What came.
    pub came: Vec<TextOut>,
}

/// A note or a contact.
#[derive(Serialize, ToSchema)]
pub struct NoteOut {
    /// Id: to change it or take it away.
    pub id: String,
    /// The text; empty when it was taken away.
    pub text: String,
    /// call, visit, message, email, other; null for a mere note.
    pub contact: Option<&'static str>,
    /// done, agreed, no_answer, refused.
    pub outcome: Option<&'static str>,
    /// Who wrote it; empty for a program.
    pub by: String,
    /// It was written anew.
    pub edited: bool,
    /// It was taken away.
    pub removed: bool,
}

/// A mark that was set or taken away.
#[derive(Serialize, ToSchema)]
pub struct MarkActOut {
    /// vip or problem.
    pub kind: String,
    /// Set or taken away.
    pub set: bool,
    /// Why.
    pub reason: String,
    /// Who set it.
    pub by: String,
}

/// Records that were joined or taken apart.
#[derive(Serialize, ToSchema)]
pub struct MergeActOut {
    /// Name of who stayed.
    pub survivor: String,
    /// Name of who joined him.
    pub joined: String,
    /// Taken apart again.
    pub undone: bool,
}

/// An entry.
#[derive(Serialize, ToSchema)]
pub struct TimelineEntryOut {
    /// Its place in the timeline.
    pub id: String,
    /// Kind.
    pub kind: &'static str,
    /// When. Of a registration only the day is known.
    pub at: String,
    /// Of an edit or import: where it came from.
    pub source: Option<TextOut>,
    /// Of an edit or import: what changed.
    pub changes: Vec<ChangeOut>,
    /// Of a purchase or return.
    pub purchase: Option<PurchaseBriefOut>,
    /// Of a note or contact.
    pub note: Option<NoteOut>,
    /// Of a mark.
    pub mark: Option<MarkActOut>,
    /// Of a merge.
    pub merge: Option<MergeActOut>,
}

/// A page of a timeline.
#[derive(Serialize, ToSchema)]
pub struct TimelineOut {
    /// Newest first.
    pub items: Vec<TimelineEntryOut>,
    /// Where to go on; null at the end.
    pub next_cursor: Option<String>,
    /// Kinds there are.
    pub kinds: Vec<TimelineKindOut>,
}

fn write_place(app: &App, place: Place) -> String {
    let row = app.public_id(Entity::TimelineRow, place.row);
    format!("{}.{}.{row}", place.at.0, place.stream)
}

fn read_place(app: &App, text: &str) -> Result<Place, Refusal> {
    let mut parts = text.splitn(3, '.');
    let mut part = || parts.next().ok_or_else(Refusal::not_found);
    Ok(Place {
        at: Instant(part()?.parse().map_err(|_| Refusal::not_found())?),
        stream: part()?.parse().map_err(|_| Refusal::not_found())?,
        row: app.row_id(Entity::TimelineRow, part()?)?,
    })
}

/// Values as the caller may see them: contacts masked for whoever may not see them whole.
fn seen(caller: &Caller, contact: Option<ContactKind>, values: Vec<Text>) -> Vec<Text> {
    let shown = |text: &str| match contact {
        Some(kind) => contacts::shown(caller, kind, text),
        None => contacts::text(caller, text),
    };
    let each = |value: Text| Text::owned(shown(&value.ru), shown(&value.en));
    values.into_iter().map(each).collect()
}

/// Changes of values in JSON, as the caller may see them.
pub(super) fn changes_out(caller: &Caller, changes: Vec<Change>) -> Vec<ChangeOut> {
    let texts = |all: Vec<Text>| all.into_iter().map(TextOut::from).collect();
    changes
        .into_iter()
        .map(|change| ChangeOut {
            label: change.label.into(),
            gone: texts(seen(caller, change.contact, change.gone)),
            came: texts(seen(caller, change.contact, change.came)),
        })
        .collect()
}

fn entry_out(
    app: &App,
    caller: &Caller,
    view: &View,
    entry: Entry,
) -> Result<TimelineEntryOut, Refusal> {
    let mut out = TimelineEntryOut {
        id: write_place(app, entry.place),
        kind: entry.kind,
        at: entry.at.rfc3339(),
        source: None,
        changes: Vec::new(),
        purchase: None,
        note: None,
        mark: None,
        merge: None,
    };
    match entry.what {
        What::Purchase(card) => {
            let bought = card.purchase;
            let catalogue = view.catalogue();
            let store = catalogue.store(bought.store_id).map(|one| one.name.clone());
            let channel = catalogue.channel(bought.channel_id);
            out.purchase = Some(PurchaseBriefOut {
                id: app.public_purchase_id(bought.id),
                kind: match bought.kind {
                    PurchaseKind::Sale => KindIn::Sale,
                    PurchaseKind::Return => KindIn::Return,
                },
                day: bought.local_day.to_string(),
                occurred_at: bought.occurred_at.rfc3339(),
                paid_minor: bought.paid_minor,
                discount_minor: bought.discount_minor,
                store: store.unwrap_or_default(),
                channel: channel.map(|one| one.name.clone()).unwrap_or_default(),
                receipt_no: card.receipt_no,
                taken_back_minor: card.taken_back_minor,
                taken_back: card.taken_back_minor >= bought.paid_minor && bought.paid_minor > 0,
            });
        }
        What::Learned { origin, changes } => {
            out.source = Some(origin.into());
            out.changes = changes_out(caller, changes);
        }
        What::Mark { kind, reason, by } => {
            out.mark = Some(MarkActOut {
                kind,
                set: reason.is_some(),
                reason: contacts::text(caller, &reason.unwrap_or_default()),
                by: app.staff_name(by)?,
            });
        }
        What::Note(thread) => {
            out.note = Some(NoteOut {
                id: app.public_id(Entity::Note, thread.last.thread),
                text: contacts::text(caller, &thread.last.note.body),
                contact: thread.last.note.touch.map(TouchKind::code),
                outcome: thread.last.note.outcome.map(Outcome::code),
                by: app.staff_name(thread.author.unwrap_or(UserId(0)))?,
                edited: thread.edited && !thread.last.removed,
                removed: thread.last.removed,
            });
        }
        What::Merge {
            act,
            survivor,
            joined,
        } => {
            out.merge = Some(MergeActOut {
                survivor,
                joined,
                undone: act.undoes,
            });
        }
        What::Registered => {}
    }
    Ok(out)
}

/// Everything that happened with a customer, newest first: purchases, returns, contacts, notes, marks,
/// edits of values, imports that touched him, merges, his registration.
#[utoipa::path(get, operation_id = "timeline", path = "/customers/{id}/timeline", tag = "customers", params(("id" = String, Path), TimelineIn), responses((status = OK, body = TimelineOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn read(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Params(wanted): Params<TimelineIn>,
) -> Result<Json<TimelineOut>, Problem> {
    let app = state.app.clone();
    let out = compute(move || {
        let view = app.base(&caller)?;
        let id = app.customer_id(&view, &id)?;
        let after = filled(wanted.cursor)
            .map(|cursor| read_place(&app, &cursor))
            .transpose()?;
        let kinds: Vec<String> = filled(wanted.kind)
            .map(|kinds| kinds.split(',').map(str::to_owned).collect())
            .unwrap_or_default();
        let limit = wanted.limit.unwrap_or(30).clamp(1, 100);
        let page = app.timeline(&view, id, &kinds, after, limit)?;
        Ok(TimelineOut {
            next_cursor: page.next.map(|place| write_place(&app, place)),
            kinds: KINDS
                .iter()
                .zip(page.counts)
                .map(|(kind, count)| TimelineKindOut {
                    key: kind.code,
                    label: kind.label.clone().into(),
                    count,
                })
                .collect(),
            items: page
                .entries
                .into_iter()
                .map(|entry| entry_out(&app, &caller, &view, entry))
                .collect::<Result<_, _>>()?,
        })
    })
    .await?;
    Ok(Json(out))
}

/// A note, or a contact with what came of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteIn {
    /// The text; may be empty for a contact.
    #[serde(default)]
    pub text: String,
    /// call, visit, message, email, other.
    pub contact: Option<String>,
    /// done, agreed, no_answer, refused.
    pub outcome: Option<String>,
    /// When it happened (RFC 3339); absent: now, in a change as it was.
    pub at: Option<String>,
}

impl NoteIn {
    fn wanted(self, author: Option<UserId>) -> Result<WantedNote, Refusal> {
        let unknown = |field: &str| {
            Refusal::field(
                field,
                "unknown",
                Text::new("такого нет", "there is no such"),
            )
        };
        let touch = filled(self.contact)
            .map(|code| TouchKind::from_code(&code).ok_or_else(|| unknown("contact")))
            .transpose()?;
        let outcome = filled(self.outcome)
            .map(|code| Outcome::from_code(&code).ok_or_else(|| unknown("outcome")))
            .transpose()?;
        let at = filled(self.at)
            .map(|text| Instant::parse_rfc3339(&text).ok_or_else(|| unknown("at")))
            .transpose()?;
        Ok(WantedNote {
            body: self.text,
            touch,
            outcome,
            occurred_at: at,
            author,
        })
    }
}

/// What was written.
#[derive(Serialize, ToSchema)]
pub struct NoteWrittenOut {
    /// Id of the note.
    pub id: String,
}

/// Writes a note, or a contact: it becomes his last one if it is the latest.
#[utoipa::path(post, operation_id = "add_note", path = "/customers/{id}/notes", tag = "customers", params(("id" = String, Path)), request_body = NoteIn, responses((status = CREATED, body = NoteWrittenOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn add_note(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<NoteIn>,
) -> Result<(StatusCode, Json<NoteWrittenOut>), Problem> {
    let wanted = body.wanted(caller.user_id())?;
    let written = compute(move || {
        let view = state.app.base(&caller)?;
        let id = state.app.record_id(&view, &id)?;
        let thread = state.app.add_note(&view, id, &wanted)?;
        Ok(NoteWrittenOut {
            id: state.app.public_id(Entity::Note, thread),
        })
    })
    .await?;
    Ok((StatusCode::CREATED, Json(written)))
}

/// Writes a note anew. What stood there before stays in the history, sealed.
#[utoipa::path(put, operation_id = "change_note", path = "/customers/{id}/notes/{note}", tag = "customers", params(("id" = String, Path), ("note" = String, Path)), request_body = NoteIn, responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn change_note(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path((id, note)): Path<(String, String)>,
    Body(body): Body<NoteIn>,
) -> Result<StatusCode, Problem> {
    let wanted = body.wanted(caller.user_id())?;
    compute(move || {
        let view = state.app.base(&caller)?;
        let id = state.app.record_id(&view, &id)?;
        let thread = state.app.row_id(Entity::Note, &note)?;
        state.app.change_note(&view, id, thread, &wanted)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a note away; the timeline says so.
#[utoipa::path(delete, operation_id = "remove_note", path = "/customers/{id}/notes/{note}", tag = "customers", params(("id" = String, Path), ("note" = String, Path)), responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn remove_note(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path((id, note)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    compute(move || {
        let view = state.app.base(&caller)?;
        let id = state.app.record_id(&view, &id)?;
        let thread = state.app.row_id(Entity::Note, &note)?;
        state.app.remove_note(&view, id, thread, caller.user_id())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
