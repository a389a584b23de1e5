//! Why somebody is in a segment or out of it, and what would change that.

use super::TextOut;
use super::facts::fact_json;
use super::metrics::day;
use super::segment_vocabulary::term;
use super::segments::{asking, refused};
use crate::extract::{Body, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vernis_analytics::segment::why::{Change, Condition, Why};
use vernis_analytics::{LiveBase, facts};
use vernis_app::segments::Shelf;
use vernis_app::{Caller, Refusal};
use vernis_domain::Language;
use vernis_domain::segment::{Definition, Node, words, words_of_leaf};

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
