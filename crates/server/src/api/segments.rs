//! Segments: saved ones, questions about ones that are not saved, members, reasons, history.

use super::TextOut;
use super::customers::{CustomersOut, customer_row, parse_sort};
use super::facts::{columns, fact_json};
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
use vernis_analytics::facts;
use vernis_analytics::facts::list::{ListQuery, list};
use vernis_analytics::segment::why::{Change, Condition, Why};
use vernis_app::segments::{Asking, Narrowed, Now, Problem as Wrong, Shelf, from_list, ready};
use vernis_app::{App, Caller, Entity, Refusal, contacts};
use vernis_domain::segment::{
    Choice, Definition, Kind, Node, complete as completions, print, words, words_of_leaf,
};
use vernis_domain::{CustomerId, Language, Text};

/// Customers named with a count.
const SAMPLE: usize = 8;
/// Moves of one page.
const MOVES: i64 = 500;

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

fn term(term: &vernis_domain::segment::Term, stream: Option<&'static str>) -> TermOut {
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

/// A customer and a definition, saved or not.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainIn {
    /// Id of the customer.
    pub customer: String,
    /// A saved segment.
    pub segment: Option<String>,
    /// As JSON.
    #[schema(value_type = Option<Object>)]
    pub definition: Option<Definition>,
    /// As text.
    pub text: Option<String>,
    /// The day it is seen from; absent: today.
    pub as_of: Option<String>,
}

/// One node of a definition.
#[derive(Serialize, ToSchema)]
pub struct ConditionOut {
    /// all, any, not, held or leaf.
    pub kind: &'static str,
    /// What it says.
    pub words: TextOut,
    /// Whether it holds.
    pub holds: bool,
    /// The value that was compared; null when there is none.
    #[schema(value_type = Object)]
    pub value: serde_json::Value,
    /// Kind of the value, as in the catalogue.
    pub value_kind: Option<&'static str>,
    /// Nodes directly below.
    #[schema(no_recursion)]
    pub below: Vec<ConditionOut>,
}

/// What would change the answer. Every way was tried on the customer.
#[derive(Serialize, ToSchema)]
pub struct WhyChangeOut {
    /// `buys` or `waits`.
    pub kind: &'static str,
    /// So many purchases today.
    pub purchases: Option<u32>,
    /// Of this much each at least.
    pub amount_minor: Option<i64>,
    /// Nothing is bought until this day.
    pub until: Option<String>,
}

/// Why somebody is in or out.
#[derive(Serialize, ToSchema)]
pub struct WhyOut {
    /// Whether he is in.
    pub is_in: bool,
    /// First day on which it is so; null when it always was.
    pub since: Option<String>,
    /// The definition, node by node.
    pub root: ConditionOut,
    /// At most three ways to change it.
    pub changes: Vec<WhyChangeOut>,
    /// The definition as a sentence.
    pub words: TextOut,
    /// `pinned` or `excluded` by hand: the definition decides nothing then.
    pub by_hand: Option<&'static str>,
}

/// The fact that names the values of a condition; where it has none, any does.
fn fact_of(node: &Node, base: &LiveBase) -> &'static facts::Fact {
    let own = match node {
        Node::Fact(leaf) => facts::find_in(base, &leaf.fact),
        _ => None,
    };
    own.unwrap_or(&facts::all()[0])
}

fn condition(
    caller: &Caller,
    node: &Node,
    found: &Condition,
    base: &LiveBase,
    shelf: &Shelf,
) -> ConditionOut {
    use vernis_domain::segment::Catalogue;
    let kind = match node {
        Node::All(_) => "all",
        Node::Any(_) => "any",
        Node::Not(_) => "not",
        Node::Held(_) => "held",
        _ => "leaf",
    };
    let of_term = |key: &str, terms: &[vernis_domain::segment::Term]| {
        terms
            .iter()
            .find(|one| one.key == key)
            .map(|one| term(one, None).kind)
    };
    let below = node.children().iter().zip(&found.below);
    ConditionOut {
        kind,
        words: TextOut {
            ru: words_of_leaf(node, shelf, Language::Ru),
            en: words_of_leaf(node, shelf, Language::En),
        },
        holds: found.holds,
        value: fact_json(caller, base, fact_of(node, base), found.value),
        value_kind: match node {
            Node::Fact(leaf) => of_term(&leaf.fact, shelf.facts()),
            Node::Event(leaf) => shelf
                .measures()
                .iter()
                .find(|one| one.term.key == leaf.measure)
                .map(|one| term(&one.term, None).kind),
            _ => None,
        },
        below: below
            .map(|(node, found)| condition(caller, node, found, base, shelf))
            .collect(),
    }
}

fn why_out(caller: &Caller, why: Why, tree: &Node, base: &LiveBase, shelf: &Shelf) -> WhyOut {
    WhyOut {
        by_hand: why
            .by_hand
            .map(|is_in| if is_in { "pinned" } else { "excluded" }),
        is_in: why.holds,
        since: why.since.map(|day| day.to_string()),
        root: condition(caller, tree, &why.root, base, shelf),
        changes: why
            .changes
            .into_iter()
            .map(|change| match change {
                Change::Buys(purchases, amount) => WhyChangeOut {
                    kind: "buys",
                    purchases: Some(purchases),
                    amount_minor: Some(amount),
                    until: None,
                },
                Change::Waits(day) => WhyChangeOut {
                    kind: "waits",
                    purchases: None,
                    amount_minor: None,
                    until: Some(day.to_string()),
                },
            })
            .collect(),
        words: TextOut {
            ru: words(tree, shelf, Language::Ru),
            en: words(tree, shelf, Language::En),
        },
    }
}

/// Why a customer is in a segment or not: which conditions hold, with the values, since when, and what
/// would change it.
#[utoipa::path(post, path = "/segments/explain", tag = "segments", request_body = ExplainIn, responses((status = OK, body = WhyOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn explain_segment(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<ExplainIn>,
) -> Result<Json<WhyOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let (shelf, view) = (app.shelf()?, app.base(&caller)?);
        let customer = app.customer_id(&view, &body.customer)?;
        let on = day("as_of", &body.as_of)?;
        let (definition, rule) = match body.segment {
            Some(id) => {
                let id = app.segment_id(&id)?;
                let (_, _, now) = app.segment_now(&view, id)?;
                let whole = now.whole.ok_or_else(Refusal::not_found)?;
                (whole.definition, Some(app.segment_rule(id)?))
            }
            None => {
                let asked = asking(body.definition, body.text)?;
                (app.read_segment(&asked, &shelf).map_err(refused)?, None)
            }
        };
        let definition = Definition::of(definition.tree.normal());
        let mut seen = app.see_segment(&definition, &shelf, on, &view)?;
        // A saved one is seen by the borders it was saved with.
        seen.rule = rule.unwrap_or(seen.rule);
        let why = seen.why(customer)?;
        Ok(why_out(&caller, why, &definition.tree, &seen.base, &shelf))
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

/// Somebody came in or went out.
#[derive(Serialize, ToSchema)]
pub struct SegmentMoveOut {
    /// Number: grows with time; where to go on after it.
    pub number: i64,
    /// Id of the customer.
    pub customer: String,
    /// His name now; empty when unknown.
    pub name: String,
    /// In, not out.
    pub came: bool,
    /// When it was recorded.
    pub at: String,
}

fn move_out(
    app: &App,
    caller: &Caller,
    base: &LiveBase,
    one: &vernis_app::segments::Move,
) -> SegmentMoveOut {
    SegmentMoveOut {
        number: one.id,
        customer: app.public_customer_id(one.customer_id),
        name: base
            .customer(one.customer_id)
            .map(|one| contacts::name(caller, &one))
            .unwrap_or_default(),
        came: one.came,
        at: one.recorded_at.rfc3339(),
    }
}

/// Size on a day.
#[derive(Serialize, ToSchema)]
pub struct SizeOut {
    /// Day.
    pub day: String,
    /// Customers at its end (or now).
    pub customers: i64,
    /// What they had paid by then.
    pub paid_minor: i64,
}

/// A version of a definition.
#[derive(Serialize, ToSchema)]
pub struct SegmentVersionOut {
    /// Number, from 1.
    pub version: i64,
    /// When it was saved.
    pub at: String,
    /// Its forms; null when this version of the program cannot read it.
    pub forms: Option<FormsOut>,
}

/// A segment's past.
#[derive(Serialize, ToSchema)]
pub struct SegmentHistoryOut {
    /// Size and money by day, from the day it was made.
    pub days: Vec<SizeOut>,
    /// Latest moves, newest first.
    pub moves: Vec<SegmentMoveOut>,
    /// Versions, newest first.
    pub versions: Vec<SegmentVersionOut>,
}

/// A segment's past: size and money by day, who came and went, versions.
#[utoipa::path(get, path = "/segments/{id}/history", tag = "segments", params(("id" = String, Path,)), responses((status = OK, body = SegmentHistoryOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn segment_history(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<SegmentHistoryOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let (base, shelf) = (app.base(&caller)?, app.shelf()?);
        let found = app.segment_history(&base, app.segment_id(&id)?, 100)?;
        Ok(SegmentHistoryOut {
            days: found
                .days
                .iter()
                .map(|one| SizeOut {
                    day: one.day.to_string(),
                    customers: one.customers,
                    paid_minor: one.paid_minor,
                })
                .collect(),
            moves: found
                .moves
                .iter()
                .map(|one| move_out(app, &caller, &base, one))
                .collect(),
            versions: found
                .versions
                .into_iter()
                .map(|one| SegmentVersionOut {
                    version: one.version_no,
                    at: one.recorded_at.rfc3339(),
                    forms: serde_json::from_str(&one.definition)
                        .ok()
                        .map(|whole| forms(whole, &shelf)),
                })
                .collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// Where to go on.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AfterIn {
    /// Number of the last move that is known; absent: from the first.
    pub after: Option<i64>,
}

/// Who came into a segment and who went, from one move on: ask again with the last number.
#[utoipa::path(get, path = "/segments/{id}/moves", tag = "segments", params(("id" = String, Path,), AfterIn), responses((status = OK, body = Vec<SegmentMoveOut>), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn segment_moves(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Params(wanted): Params<AfterIn>,
) -> Result<Json<Vec<SegmentMoveOut>>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let id = app.segment_id(&id)?;
        app.segment_rule(id).or_else(|refusal| {
            if refusal.code == "not_found" {
                Err(refusal)
            } else {
                Ok(vernis_analytics::segment::Rule::nobody())
            }
        })?;
        let found = app.segment_moves(id, wanted.after.unwrap_or(0), MOVES)?;
        let base = app.base(&caller)?;
        Ok(found
            .iter()
            .map(|one| move_out(app, &caller, &base, one))
            .collect())
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
