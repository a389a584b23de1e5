//! Questions about a segment, saved or not: as JSON or as text, counted, told in words, explained.

use super::keeper::Seen;
use super::shelf::Shelf;
use crate::App;
use crate::refusal::{FieldError, Refusal};
use crate::view::View;
use vernis_analytics::facts::{self, FactType};
use vernis_analytics::segment::Names;
use vernis_analytics::segment::why::{Why, why};
use vernis_analytics::segment::{Tally, count, resolve, select};
use vernis_domain::segment::{
    Abc, Catalogue, Decimal, Definition, EventLeaf, FactLeaf, Kind, Moved, Node, Op,
    Problem as Fault, Restriction, TextError, Value, When, Window, parse,
};
use vernis_domain::{CustomerId, Day, Text};

/// A definition in one of its forms.
#[derive(Clone, Debug)]
pub enum Asking {
    /// As JSON.
    Tree(Definition),
    /// As text.
    Text(String),
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// At places of the tree.
    Tree(Vec<Fault>),
    /// At a place of the text.
    Text(TextError),
}

impl App {
    /// Reads a definition.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read_segment(&self, asked: &Asking, shelf: &Shelf) -> Result<Definition, Problem> {
        match asked {
            Asking::Tree(definition) => {
                let problems = definition.check(shelf);
                if problems.is_empty() {
                    Ok(definition.clone())
                } else {
                    Err(Problem::Tree(problems))
                }
            }
            Asking::Text(text) => parse(text, shelf)
                .map(Definition::of)
                .map_err(Problem::Text),
        }
    }

    /// A definition and the base and lens to look at it by, on a day (today when absent).
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn see_segment(
        &self,
        definition: &Definition,
        shelf: &Shelf,
        day: Option<Day>,
        view: &View,
    ) -> Result<Seen, Refusal> {
        let lens = self.segment_lens(day.unwrap_or_else(|| self.today()))?;
        let resolved = resolve(&definition.tree, None, shelf);
        let broken = resolved.as_ref().err().map(|error| error.0.clone());
        Ok(Seen {
            base: view.arc(),
            lens,
            rule: resolved.unwrap_or_else(|_| vernis_analytics::segment::Rule::nobody()),
            broken,
        })
    }
}

impl Seen {
    /// How many, how much money, some of them.
    pub fn count(&self, sample: usize) -> Tally {
        count(
            &self.base,
            &select(&self.base, &self.lens, &self.rule),
            sample,
        )
    }

    /// Everybody who is in.
    pub fn members(&self) -> Vec<CustomerId> {
        select(&self.base, &self.lens, &self.rule).ids(&self.base)
    }

    /// Why a customer is in or out.
    ///
    /// # Errors
    /// Not found.
    pub fn why(&self, id: CustomerId) -> Result<Why, Refusal> {
        why(&self.base, &self.lens, &self.rule, id).ok_or_else(Refusal::not_found)
    }
}

/// Faults as a refusal.
pub(super) fn refused(problems: &[Fault]) -> Refusal {
    let field = |problem: &Fault| FieldError {
        field: format!("definition.{}", problem.path),
        rule: "definition",
        message: problem.message.clone(),
    };
    Refusal::fields(problems.iter().map(field).collect())
}

/// What a list or a report is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Narrowed {
    /// Segments by their names, as [`App::named_segments`] reads them.
    pub segment: Option<String>,
    /// RFM cell.
    pub cell: Option<String>,
    /// `fact:op:value`.
    pub filters: Vec<String>,
    /// Public id of the store of a report.
    pub store: Option<String>,
    /// Public id of the channel of a report.
    pub channel: Option<String>,
    /// RFM window in days.
    pub window: Option<u32>,
}

/// The definition of a list: its conditions as a segment.
///
/// # Errors
/// A condition that segments do not have.
pub fn from_list(app: &App, narrowed: &Narrowed, shelf: &Shelf) -> Result<Definition, Refusal> {
    let mut nodes = match &narrowed.segment {
        Some(text) => app.nodes_named(text, shelf)?,
        None => Vec::new(),
    };
    if let Some(cell) = &narrowed.cell {
        nodes.push(fact("rfm_cell", Op::Eq, Value::Text(cell.clone())));
    }
    for filter in &narrowed.filters {
        nodes.push(of_filter(filter, narrowed, shelf).ok_or_else(|| {
            Refusal::field(
                "filter",
                "not_a_filter",
                Text::owned(
                    format!("из условия «{filter}» сегмент не сделать"),
                    format!("no segment can be made of the condition “{filter}”"),
                ),
            )
        })?);
    }
    Ok(Definition::of(Node::All(nodes).normal()))
}

fn fact(key: &str, op: Op, value: Value) -> Node {
    Node::Fact(FactLeaf {
        fact: key.to_owned(),
        op,
        value: Some(value),
    })
}

fn event(measure: &str, narrowed: &Narrowed, window: Window, op: Op, value: i64) -> Node {
    let place = |field: &str, id: &Option<String>| {
        id.as_ref().map(|id| Restriction {
            field: field.to_owned(),
            op: Op::Eq,
            value: Value::Text(id.clone()),
        })
    };
    let store = place("store", &narrowed.store);
    Node::Event(EventLeaf {
        measure: measure.to_owned(),
        with: store
            .into_iter()
            .chain(place("channel", &narrowed.channel))
            .collect(),
        window,
        op,
        value: Decimal::whole(value).map(Value::Number),
    })
}

fn month(text: &str) -> Option<[Day; 2]> {
    let first: Day = format!("{text}-01").parse().ok()?;
    Some([first, first.add_months(1).plus(-1)])
}

fn of_filter(filter: &str, narrowed: &Narrowed, shelf: &Shelf) -> Option<Node> {
    let mut parts = filter.splitn(3, ':');
    let (key, op, value) = (parts.next()?, parts.next()?, parts.next().unwrap_or(""));
    let several = |key: &str| {
        facts::find(key).map(|fact| fact.kind) == Some(FactType::Tags)
            || matches!(shelf.fact(key), Some(fact) if fact.kind == FactType::Choices)
    };
    // Of tags and several choices a definition says “is”, and “is not” of everybody who has not this one.
    match op {
        "has" if several(key) => return of_filter(&format!("{key}:eq:{value}"), narrowed, shelf),
        "hasnot" if several(key) => {
            let has = of_filter(&format!("{key}:eq:{value}"), narrowed, shelf)?;
            return Some(Node::Not(Box::new(has)));
        }
        _ => {}
    }
    let op: Op = serde_json::from_value(serde_json::Value::String(op.to_owned())).ok()?;
    let days = |[from, to]: [Day; 2]| Window {
        last: None,
        from: Some(When::Date(from)),
        to: Some(When::Date(to)),
    };
    Some(match key {
        "cohort" => {
            let [from, to] = month(value)?;
            let mut nodes = vec![
                fact("first_purchase_day", Op::Ge, Value::Text(from.to_string())),
                fact("first_purchase_day", Op::Le, Value::Text(to.to_string())),
            ];
            let place = |key: &str, id: &String| fact(key, Op::Eq, Value::Text(id.clone()));
            nodes.extend(narrowed.store.iter().map(|id| place("first_store", id)));
            nodes.extend(narrowed.channel.iter().map(|id| place("first_channel", id)));
            Node::All(nodes)
        }
        "bought" => event("orders", narrowed, days(month(value)?), Op::Ge, 1),
        "rf_map" => {
            let (row, column) = value.split_once('x')?;
            let window = Window {
                last: narrowed.window,
                ..Window::ALL
            };
            let mut nodes = Vec::new();
            for (measure, text) in [("days_since", row), ("orders", column)] {
                // `31-90`, `365+`, `1`
                let (low, high) = match (text.strip_suffix('+'), text.split_once('-')) {
                    (Some(low), _) if measure == "days_since" => {
                        (low.parse::<i64>().ok()? + 1, None)
                    }
                    (Some(low), _) => (low.parse().ok()?, None),
                    (_, Some((low, high))) => (low.parse().ok()?, Some(high.parse().ok()?)),
                    _ => (text.parse().ok()?, Some(text.parse().ok()?)),
                };
                nodes.push(event(measure, narrowed, window, Op::Ge, low));
                nodes.extend(high.map(|high| event(measure, narrowed, window, Op::Le, high)));
            }
            Node::All(nodes)
        }
        "moved" => {
            let parts: Vec<&str> = value.split('~').collect();
            let [day, from, to] = parts[..] else {
                return None;
            };
            Node::Moved(Moved {
                since: When::Date(day.parse().ok()?),
                from: from.to_owned(),
                to: to.to_owned(),
            })
        }
        "abc" => {
            let parts: Vec<&str> = value.split('~').collect();
            let [from, to, class] = parts[..] else {
                return None;
            };
            Node::Abc(Abc {
                class: class.to_owned(),
                from: When::Date(from.parse().ok()?),
                to: When::Date(to.parse::<Day>().ok()?.plus(-1)),
            })
        }
        key => {
            let text = value;
            let number = || Decimal::read(value).map(Value::Number);
            let value = match key {
                _ if matches!(op, Op::Empty | Op::Filled) => None,
                _ => Some(number().unwrap_or_else(|| Value::Text(value.to_owned()))),
            };
            // Names are told by name or code, whatever they look like.
            let term = shelf.facts().iter().find(|term| term.key == key)?;
            let value = match (term.kind, value) {
                (Kind::Choice(of), Some(_)) => Some(Value::Text(shelf.find(of, text)?)),
                (Kind::Text, Some(_)) => Some(Value::Text(text.to_owned())),
                (_, value) => value,
            };
            Node::Fact(FactLeaf {
                fact: key.to_owned(),
                op,
                value,
            })
        }
    })
}
