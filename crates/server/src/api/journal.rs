//! The journal: who did what, to whom, from where, when and why.

use super::TextOut;
use super::metrics::filled;
use crate::extract::{Params, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vernis_app::journal::{
    ACTS, EntryView, Group, JournalAsked, JournalPlace, Named, SaidField, WhoView,
};
use vernis_app::{JournalActor, Refusal};
use vernis_domain::{Day, Instant, Text, Zone};

/// Entries of a page.
const PAGE: usize = 50;

/// What is asked of the journal.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct JournalIn {
    /// By whom, as `/journal/catalogue` names them.
    pub who: Option<String>,
    /// An act or a group of acts, as `/journal/catalogue` names them.
    pub what: Option<String>,
    /// Id of a customer.
    pub customer: Option<String>,
    /// First day, in the shop's zone.
    pub from: Option<String>,
    /// The day after the last one.
    pub to: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Most entries, up to 200.
    pub limit: Option<usize>,
}

/// A page of the journal.
#[derive(Serialize, ToSchema)]
pub struct JournalOut {
    /// Newest first.
    pub items: Vec<EntryOut>,
    /// Where the next page begins; null at the end.
    pub next_cursor: Option<String>,
    /// Entries in the chain.
    pub chained: i64,
    /// The last link of the chain: the first 16 signs tell one chain from another.
    pub link: String,
    /// When the end of the chain was last noted in the file `journal-anchors`.
    pub anchored_at: Option<String>,
}

/// An entry.
#[derive(Serialize, ToSchema)]
pub struct EntryOut {
    /// Place in the chain; null for a moment after it was written.
    pub number: Option<i64>,
    /// When.
    pub at: String,
    /// Who.
    pub who: WhoOut,
    /// Code of the act.
    pub act: String,
    /// The act in words.
    pub label: TextOut,
    /// Whose and which.
    pub subjects: Vec<SubjectsOut>,
    /// What was changed. Values of customers are never told.
    pub changed: Vec<SaidOut>,
    /// What else is worth knowing.
    pub facts: Vec<SaidOut>,
    /// Why, as a person typed it.
    pub reason: Option<String>,
    /// Network address; empty where there is none.
    pub address: String,
    /// The browser in words; null for a program.
    pub browser: Option<TextOut>,
    /// The browser or program as it names itself.
    pub agent: String,
}

/// Who.
#[derive(Serialize, ToSchema)]
pub struct WhoOut {
    /// What to filter by.
    pub id: String,
    /// staff, key, command, program, stranger.
    pub kind: &'static str,
    /// Name.
    pub name: TextOut,
}

/// Rows of one kind that an entry concerns.
#[derive(Serialize, ToSchema)]
pub struct SubjectsOut {
    /// customer, staff, key, store, channel, import, purchase, …
    pub kind: String,
    /// How many.
    pub count: usize,
    /// The first of them.
    pub items: Vec<SubjectOut>,
}

/// One of them.
#[derive(Serialize, ToSchema)]
pub struct SubjectOut {
    /// Id, where there is a page of its own.
    pub id: Option<String>,
    /// Name, where there still is one.
    pub name: Option<String>,
}

/// A field an entry names.
#[derive(Serialize, ToSchema)]
pub struct SaidOut {
    /// Code.
    pub code: String,
    /// In words.
    pub label: TextOut,
    /// Value before.
    pub before: Option<TextOut>,
    /// Value after, or the value.
    pub after: Option<TextOut>,
}

/// What the journal can be filtered by.
#[derive(Serialize, ToSchema)]
pub struct JournalCatalogueOut {
    /// Who can be met in it.
    pub who: Vec<WhoOut>,
    /// Groups of acts with their acts.
    pub what: Vec<ActGroupOut>,
}

/// A group of acts.
#[derive(Serialize, ToSchema)]
pub struct ActGroupOut {
    /// Code.
    pub code: &'static str,
    /// Name.
    pub label: TextOut,
    /// Its acts.
    pub acts: Vec<ActOut>,
}

/// An act.
#[derive(Serialize, ToSchema)]
pub struct ActOut {
    /// Code.
    pub code: &'static str,
    /// In words.
    pub label: TextOut,
}

fn who_out(who: WhoView) -> WhoOut {
    let kind = who.actor.kind();
    WhoOut {
        id: match who.actor.id() {
            Some(id) => format!("{kind}:{id}"),
            None => kind.to_owned(),
        },
        kind,
        name: who.name.into(),
    }
}

fn said_out(said: SaidField) -> SaidOut {
    SaidOut {
        code: said.code,
        label: said.label.into(),
        before: said.before.map(TextOut::from),
        after: said.after.map(TextOut::from),
    }
}

fn subjects_out(named: Named) -> SubjectsOut {
    SubjectsOut {
        kind: named.kind,
        count: named.count,
        items: named
            .first
            .into_iter()
            .map(|(id, name)| SubjectOut { id, name })
            .collect(),
    }
}

fn entry_out(entry: EntryView) -> EntryOut {
    EntryOut {
        number: entry.number,
        at: entry.at.rfc3339(),
        who: who_out(entry.who),
        act: entry.act,
        label: entry.label.into(),
        subjects: entry.subjects.into_iter().map(subjects_out).collect(),
        changed: entry.changed.into_iter().map(said_out).collect(),
        facts: entry.facts.into_iter().map(said_out).collect(),
        reason: entry.reason,
        address: entry.address,
        browser: entry.browser.map(TextOut::from),
        agent: entry.agent,
    }
}

fn wrong(field: &'static str) -> Refusal {
    Refusal::field(
        field,
        "wrong_value",
        Text::new("такого значения не бывает", "there is no such value"),
    )
}

fn who(text: &str) -> Result<JournalActor, Refusal> {
    let (kind, id) = match text.split_once(':') {
        Some((kind, id)) => (kind, Some(id.parse().map_err(|_| wrong("who"))?)),
        None => (text, None),
    };
    JournalActor::of(kind, id).ok_or_else(|| wrong("who"))
}

/// Midnight of a day in the shop's zone.
fn midnight(zone: &str, day: &str, field: &'static str) -> Result<Instant, Refusal> {
    let day: Day = day.parse().map_err(|_| wrong(field))?;
    let zone = Zone::new(zone).ok_or_else(|| Refusal::internal("the shop's zone"))?;
    Ok(zone.midnight_of(day))
}

fn place(text: &str) -> Option<JournalPlace> {
    let (at, id) = text.split_once('.')?;
    Some(JournalPlace {
        at: Instant(at.parse().ok()?),
        id: id.parse().ok()?,
    })
}

/// A page of the journal.
#[utoipa::path(get, operation_id = "journal", path = "/journal", tag = "journal", params(JournalIn), responses((status = OK, body = JournalOut), (status = FORBIDDEN, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn read(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(asked): Params<JournalIn>,
) -> Result<Json<JournalOut>, Problem> {
    let zone = state.app.shop().time_zone;
    let limit = asked.limit.unwrap_or(PAGE);
    if !(1..=200).contains(&limit) {
        return Err(Problem(wrong("limit")));
    }
    let wanted = JournalAsked {
        who: filled(asked.who).as_deref().map(who).transpose()?,
        what: filled(asked.what),
        customer: None,
        from: filled(asked.from)
            .map(|day| midnight(&zone, &day, "from"))
            .transpose()?,
        until: filled(asked.to)
            .map(|day| midnight(&zone, &day, "to"))
            .transpose()?,
        after: filled(asked.cursor)
            .map(|text| place(&text).ok_or_else(|| wrong("cursor")))
            .transpose()?,
        limit,
    };
    let (app, customer) = (state.app.clone(), filled(asked.customer));
    let page = compute(move || {
        let customer = match customer {
            Some(id) => Some(app.customer_id(&app.base(&caller)?, &id)?),
            None => None,
        };
        app.journal(&caller, &JournalAsked { customer, ..wanted })
    })
    .await?;
    Ok(Json(JournalOut {
        items: page.entries.into_iter().map(entry_out).collect(),
        next_cursor: page.next.map(|next| format!("{}.{}", next.at.0, next.id)),
        chained: page.head.number,
        link: page
            .head
            .link
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        anchored_at: page.anchored_at.map(|at| at.rfc3339()),
    }))
}

/// What the journal can be filtered by.
#[utoipa::path(get, operation_id = "journal_catalogue", path = "/journal/catalogue", tag = "journal", responses((status = OK, body = JournalCatalogueOut), (status = FORBIDDEN, body = ProblemOut)))]
pub async fn catalogue(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
) -> Result<Json<JournalCatalogueOut>, Problem> {
    let app = state.app.clone();
    let people = compute(move || app.journal_people()).await?;
    let group = |group: Group| ActGroupOut {
        code: group.code(),
        label: group.label().into(),
        acts: ACTS
            .iter()
            .filter(|act| act.group == group)
            .map(|act| ActOut {
                code: act.code,
                label: act.label.clone().into(),
            })
            .collect(),
    };
    Ok(Json(JournalCatalogueOut {
        who: people.into_iter().map(who_out).collect(),
        what: Group::ALL.into_iter().map(group).collect(),
    }))
}
