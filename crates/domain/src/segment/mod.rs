//! A segment is a question about one customer: a small tree of conditions. It is written as JSON, as
//! text in Russian or English ([`parse`], [`print`]) and told in a sentence ([`words`]); all of them
//! are the same tree.
//!
//! This crate knows no registry: which facts, measures and names there are comes through a
//! [`Catalogue`]. What is computed from a tree is the business of `analytics`.

pub mod catalogue;
mod check;
mod decimal;
mod lex;
mod near;
mod parse;
mod print;
mod when;
mod words;

pub use catalogue::{Catalogue, Choice, Kind, Measure, Noun, Term};
pub use check::{Problem, check, ops};
pub use decimal::Decimal;
pub use parse::{Completion, TextError, clashes, complete, parse};
pub use print::{number_text, print};
pub use when::When;
pub use words::{words, words_of_leaf};

use serde::{Deserialize, Serialize};

/// Version of the JSON form.
pub const VERSION: u32 = 1;

/// What a definition may have at most; more is refused with the limit named.
pub mod limits {
    /// Groups within groups.
    pub const DEPTH: usize = 12;
    /// Conditions.
    pub const LEAVES: usize = 100;
    /// Characters of the text form.
    pub const TEXT: usize = 10_000;
    /// Values of one list.
    pub const VALUES: usize = 200;
    /// Characters of one value.
    pub const VALUE: usize = 200;
    /// Restrictions of one event.
    pub const RESTRICTIONS: usize = 10;
    /// Days of a window or a relative day.
    pub const DAYS: u32 = 36_500;
    /// Days a condition may be asked to have held.
    pub const HELD: u32 = 366;
}

/// A segment's definition as it is kept and sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Version of the form: 1.
    pub version: u32,
    /// Who is in.
    #[serde(rename = "where")]
    pub tree: Node,
}

impl Definition {
    /// A definition of this version.
    pub fn of(tree: Node) -> Definition {
        Definition {
            version: VERSION,
            tree,
        }
    }
}

/// A condition, or several together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Node {
    /// All of them hold; everybody, when there are none.
    All(Vec<Node>),
    /// At least one holds; nobody, when there are none.
    Any(Vec<Node>),
    /// It does not hold.
    Not(Box<Node>),
    /// A fact known about the customer.
    Fact(FactLeaf),
    /// What he did: a measure over his purchases.
    Event(EventLeaf),
    /// He bought one thing, and then bought another one or did not.
    Sequence(SequenceLeaf),
    /// It has held on every one of the last so many days, and today.
    Held(Held),
    /// He is in another segment, by its id.
    Segment(String),
    /// A random share of all customers; the same ones every time.
    Sample(Sample),
    /// How RFM moved him between a day and now.
    Moved(Moved),
    /// His class by spending in a period: A, B or C.
    Abc(Abc),
}

/// How something is compared. What has no value meets no condition but [`Op::Empty`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Equal.
    Eq,
    /// Has a value that is not equal.
    Ne,
    /// Less, earlier.
    Lt,
    /// Less or equal.
    Le,
    /// Greater, later.
    Gt,
    /// Greater or equal.
    Ge,
    /// One of a list.
    In,
    /// Has no value.
    Empty,
    /// Has a value.
    Filled,
    /// Comes round today or within so many days: birthdays.
    Next,
}

impl Op {
    /// Whether it is one of the six comparisons.
    pub fn compares(self) -> bool {
        !matches!(self, Op::In | Op::Empty | Op::Filled | Op::Next)
    }
}

/// What is compared with. Money is in minor units; days are texts (`2026-01-01`, `-60d`, `today`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    Number(Decimal),
    /// A day, a code, a text.
    Text(String),
    /// Several, for [`Op::In`].
    List(Vec<Value>),
}

/// A fact compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactLeaf {
    /// Key of the fact.
    pub fact: String,
    /// How.
    pub op: Op,
    /// With what; absent for `empty` and `filled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// A restriction of the events that count.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restriction {
    /// Field of the event.
    pub field: String,
    /// How.
    pub op: Op,
    /// With what.
    pub value: Value,
}

/// Days that count. Nothing said: all of them up to today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The last so many days, today included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<u32>,
    /// First day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<When>,
    /// Last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<When>,
}

impl Window {
    /// All days.
    pub const ALL: Window = Window {
        last: None,
        from: None,
        to: None,
    };

    /// All days count.
    pub fn is_all(&self) -> bool {
        *self == Window::ALL
    }
}

/// A measure over events, compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventLeaf {
    /// Key of the measure.
    pub measure: String,
    /// Only these events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<Restriction>,
    /// Only these days.
    #[serde(rename = "in", default, skip_serializing_if = "Window::is_all")]
    pub window: Window,
    /// How.
    pub op: Op,
    /// With what; absent for `empty` and `filled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// One purchase, and another one after it or none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequenceLeaf {
    /// The first purchase.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<Restriction>,
    /// Days of the first purchase.
    #[serde(rename = "in", default, skip_serializing_if = "Window::is_all")]
    pub window: Window,
    /// Whether the second one is there, or is missing when its days are over.
    pub bought: bool,
    /// The second purchase.
    #[serde(rename = "second", default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Restriction>,
    /// Days after the first within which it counts.
    pub within: u32,
}

/// Something that has held for a while.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Days before today.
    pub days: u32,
    /// What.
    pub what: Box<Node>,
}

/// A random share.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// How many of a hundred.
    pub percent: Decimal,
    /// Other keys pick other customers.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
}

/// A move in RFM. A place is a segment (`333`), three of them whatever the money (`33`), `new` or
/// `outside`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// Since when.
    pub since: When,
    /// Where he was on that day.
    pub from: String,
    /// Where he is now.
    pub to: String,
}

/// A class by spending.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Abc {
    /// `A`, `B` or `C`.
    pub class: String,
    /// First day.
    pub from: When,
    /// Last day.
    pub to: When,
}

impl Node {
    /// The same question in its shortest form: groups of one are their condition, a group within a
    /// group of the same kind is part of it. What is printed and read again is this form.
    pub fn normal(self) -> Node {
        match self {
            Node::All(nodes) => group(nodes, true),
            Node::Any(nodes) => group(nodes, false),
            Node::Not(node) => Node::Not(Box::new(node.normal())),
            Node::Held(held) => Node::Held(Held {
                days: held.days,
                what: Box::new(held.what.normal()),
            }),
            leaf => leaf,
        }
    }

    /// Nodes directly below.
    pub fn children(&self) -> &[Node] {
        match self {
            Node::All(nodes) | Node::Any(nodes) => nodes,
            Node::Not(node) => std::slice::from_ref(node),
            Node::Held(held) => std::slice::from_ref(&held.what),
            _ => &[],
        }
    }

    /// Ids of the segments it refers to.
    pub fn segments(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.each(&mut |node| {
            if let Node::Segment(id) = node {
                found.push(id.as_str());
            }
        });
        found
    }

    /// Calls `look` with every node, parents first.
    pub fn each<'a>(&'a self, look: &mut impl FnMut(&'a Node)) {
        look(self);
        for child in self.children() {
            child.each(look);
        }
    }
}

fn group(nodes: Vec<Node>, all: bool) -> Node {
    let mut flat = Vec::with_capacity(nodes.len());
    for node in nodes {
        match (node.normal(), all) {
            (Node::All(inner), true) | (Node::Any(inner), false) => flat.extend(inner),
            (other, _) => flat.push(other),
        }
    }
    match (flat.len(), all) {
        (1, _) => flat.remove(0),
        (_, true) => Node::All(flat),
        (_, false) => Node::Any(flat),
    }
}

#[cfg(test)]
mod tests;
