//! What definitions can speak of: facts, measures, names, what may stand at the cursor, and what is ready.

use super::TextOut;
use super::metrics::filled;
use super::segments::{FormsOut, forms};
use crate::extract::{Body, Params, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vernis_app::Refusal;
use vernis_app::segments::ready;
use vernis_domain::segment::{Choice, Kind, complete as completions};
use vernis_domain::{Language, Text};

/// A text that is being typed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TypedIn {
    /// The text.
    pub text: String,
    /// Characters before the cursor.
    pub cursor: usize,
    /// `ru` or `en`.
    #[schema(value_type = String)]
    pub language: Language,
}

/// A way to go on.
#[derive(Serialize, ToSchema)]
pub struct CompletionOut {
    /// First character it replaces.
    pub from: usize,
    /// One past the last.
    pub to: usize,
    /// What to write there.
    pub insert: String,
}

/// What may stand at the cursor.
#[utoipa::path(post, path = "/segments/complete", tag = "segments", request_body = TypedIn, responses((status = OK, body = Vec<CompletionOut>)))]
pub async fn complete_segment(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
    Body(body): Body<TypedIn>,
) -> Result<Json<Vec<CompletionOut>>, Problem> {
    let out = compute(move || {
        let shelf = state.app.shelf()?;
        let found = completions(&body.text, body.cursor, &shelf, body.language);
        Ok(found
            .into_iter()
            .map(|one| CompletionOut {
                from: one.at.start,
                to: one.at.end,
                insert: one.insert,
            })
            .collect())
    })
    .await?;
    Ok(Json(out))
}

/// A fact, a measure or a field.
#[derive(Serialize, ToSchema)]
pub struct TermOut {
    /// Stable name.
    pub key: &'static str,
    /// What it is called.
    pub label: TextOut,
    /// number, days, times, share, money, day, choice, anniversary, text.
    pub kind: &'static str,
    /// Of a choice: which list.
    pub choice: Option<&'static str>,
    /// Comparisons it takes.
    #[schema(value_type = Vec<String>)]
    pub ops: &'static [vernis_domain::segment::Op],
    /// Of a measure: whose fields restrict it.
    pub stream: Option<&'static str>,
}

/// A name of a list.
#[derive(Serialize, ToSchema)]
pub struct SegmentNameOut {
    /// Which list; `ready` are the ready segments, as questions name them.
    pub list: &'static str,
    /// How definitions name it.
    pub code: String,
    /// How people do.
    pub label: TextOut,
}

/// What definitions can speak of.
#[derive(Serialize, ToSchema)]
pub struct VocabularyOut {
    /// Facts of a customer.
    pub facts: Vec<TermOut>,
    /// Measures over his purchases and returns.
    pub measures: Vec<TermOut>,
    /// Fields that restrict purchases and returns.
    pub fields: Vec<TermOut>,
    /// Names.
    pub choices: Vec<SegmentNameOut>,
}

const LISTS: [(Choice, &str); 10] = [
    (Choice::Store, "store"),
    (Choice::Channel, "channel"),
    (Choice::RfmCell, "rfm_cell"),
    (Choice::LifeCycle, "life_cycle"),
    (Choice::Sex, "sex"),
    (Choice::Weekday, "weekday"),
    (Choice::Segment, "segment"),
    (Choice::Category, "category"),
    (Choice::Product, "product"),
    (Choice::Flag, "flag"),
];

/// Names of a list that are told with the catalogue; of longer ones the rest is found by
/// `GET /segments/names`.
const NAMES: usize = 500;

pub(super) fn term(term: &vernis_domain::segment::Term, stream: Option<&'static str>) -> TermOut {
    use vernis_domain::segment::catalogue::{DAYS, TIMES};
    let (kind, choice) = match term.kind {
        Kind::Number(Some(noun)) if noun == DAYS => ("days", None),
        Kind::Number(Some(noun)) if noun == TIMES => ("times", None),
        Kind::Number(_) => ("number", None),
        Kind::Share => ("share", None),
        Kind::Money => ("money", None),
        Kind::Day => ("day", None),
        Kind::Anniversary => ("anniversary", None),
        Kind::Text => ("text", None),
        Kind::Choice(of) => (
            "choice",
            match of {
                Choice::Own(key) => Some(key),
                of => LISTS
                    .iter()
                    .find(|(own, _)| *own == of)
                    .map(|(_, name)| *name),
            },
        ),
    };
    TermOut {
        key: term.key,
        label: term.label.clone().into(),
        kind,
        choice,
        ops: vernis_domain::segment::ops(term.kind),
        stream,
    }
}

/// What definitions can speak of: facts, measures, fields, names.
#[utoipa::path(get, path = "/segments/catalogue", tag = "segments", responses((status = OK, body = VocabularyOut)))]
pub async fn segment_vocabulary(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
) -> Result<Json<VocabularyOut>, Problem> {
    use vernis_domain::segment::Catalogue;
    let out = compute(move || {
        let shelf = state.app.shelf()?;
        let measures = shelf.measures().iter();
        let lists = LISTS.into_iter().chain(shelf.own_lists());
        let choices = lists.flat_map(|(of, list)| {
            let named = shelf.look(of, "", NAMES).into_iter();
            named.map(move |one| SegmentNameOut {
                list,
                code: one.code,
                label: one.name.into(),
            })
        });
        // A cell is called as the shop has written.
        let cell_name = |key: &str| {
            let cell = key.strip_prefix("rfm_")?;
            let own = shelf.all(Choice::RfmCell).iter();
            own.clone()
                .find(|own| own.code == cell)
                .map(|own| own.name.clone())
        };
        let ready = ready::all().into_iter().map(|one| SegmentNameOut {
            list: "ready",
            label: cell_name(&one.key).unwrap_or(one.name).into(),
            code: format!("ready:{}", one.key),
        });
        Ok(VocabularyOut {
            facts: shelf.facts().iter().map(|one| term(one, None)).collect(),
            measures: measures
                .map(|one| term(&one.term, Some(one.stream)))
                .collect(),
            fields: shelf
                .fields("purchases")
                .iter()
                .map(|one| term(one, None))
                .collect(),
            choices: choices.chain(ready).collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// What is looked for in a list of names.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct NamesQuery {
    /// Which list: `product`, `category`, `store`, `channel`, `segment`…
    pub list: String,
    /// A part of a name or code.
    pub typed: Option<String>,
    /// The one of this code instead.
    pub code: Option<String>,
}

/// Names of a list by a part of them: for products, of which there may be too many for
/// `GET /segments/catalogue`.
#[utoipa::path(get, path = "/segments/names", tag = "segments", params(NamesQuery), responses((status = OK, body = Vec<SegmentNameOut>), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn segment_names(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
    Params(query): Params<NamesQuery>,
) -> Result<Json<Vec<SegmentNameOut>>, Problem> {
    let out = compute(move || {
        let (of, list) = LISTS
            .iter()
            .find(|(_, list)| *list == query.list)
            .ok_or_else(|| {
                let message = Text::new("такого списка нет", "there is no such list");
                Refusal::field("list", "unknown", message)
            })?;
        let shelf = state.app.shelf()?;
        let found = match filled(query.code) {
            Some(code) => shelf.thing(*of, &code).into_iter().collect(),
            None => shelf.look(*of, query.typed.as_deref().unwrap_or(""), 50),
        };
        Ok(found
            .into_iter()
            .map(|one| SegmentNameOut {
                list,
                code: one.code,
                label: one.name.into(),
            })
            .collect())
    })
    .await?;
    Ok(Json(out))
}

/// A ready segment.
#[derive(Serialize, ToSchema)]
pub struct ReadyOut {
    /// Stable name.
    pub key: String,
    /// behaviour, life_cycle, rfm.
    pub group: &'static str,
    /// Name.
    pub name: TextOut,
    /// What it is good for.
    pub about: TextOut,
    /// Its forms.
    pub forms: FormsOut,
    /// How many are in now.
    pub customers: usize,
    /// What they have paid so far.
    pub paid_minor: i64,
}

/// Ready segments: definitions to open, copy and change.
#[utoipa::path(get, path = "/segments/ready", tag = "segments", responses((status = OK, body = Vec<ReadyOut>)))]
pub async fn ready_made(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
) -> Result<Json<Vec<ReadyOut>>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let (shelf, view) = (app.shelf()?, app.base(&caller)?);
        let cells = app.cell_words()?;
        ready::all()
            .into_iter()
            .map(|one| {
                let definition = app.ready_definition(&one, &shelf)?;
                let tally = app.see_segment(&definition, &shelf, None, &view)?.count(0);
                // A cell is called and treated as the shop has written.
                let own = one
                    .key
                    .strip_prefix("rfm_")
                    .and_then(|cell| cells.get(cell))
                    .cloned()
                    .unwrap_or_default();
                Ok(ReadyOut {
                    name: own.name.unwrap_or(one.name).into(),
                    about: own.strategy.unwrap_or(one.about).into(),
                    key: one.key,
                    group: one.group,
                    forms: forms(definition, &shelf),
                    customers: tally.customers,
                    paid_minor: tally.paid_minor,
                })
            })
            .collect()
    })
    .await?;
    Ok(Json(out))
}

/// The JSON schema of definitions.
#[utoipa::path(get, path = "/segments/schema", tag = "segments", responses((status = OK, body = Object)))]
pub async fn segment_schema(
    SignedIn(_caller): SignedIn,
) -> ([(axum::http::HeaderName, &'static str); 1], &'static str) {
    let kind = (axum::http::header::CONTENT_TYPE, "application/schema+json");
    (
        [kind],
        include_str!("../../../../docs/reference/segment.schema.json"),
    )
}
