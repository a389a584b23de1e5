//! From a definition to a rule: facts, measures and fields by their registries, names by the data of
//! the shop, other segments by their definitions. What is unknown is an error here and nowhere later.

use super::event::{FIELDS, MEASURES, Measured, Of, RowTest, Sequence, Which, of_names};
use super::goods::{LineTest, Lines};
use super::hand::Hand;
use super::rule::{Leaf, Rule};
use super::test::{Test, With};
use crate::facts::{self, Fact, FactType};
use crate::life_cycle::State;
use crate::pareto;
use crate::rfm::transitions::Places;
use crate::rfm::{Cell, Cuts};
use crate::text::fold;
use std::sync::Arc;
use vernis_domain::Text;
use vernis_domain::segment::{
    Choice, Definition, Node, Op, Restriction, Value, When, Window, limits,
};

/// Names as the data of the shop know them.
pub trait Names {
    /// The row id of a store, channel or product by its code; any number for a category that is there.
    fn row(&self, of: Place, code: &str) -> Option<i64>;
    /// Another segment.
    fn segment(&self, id: &str) -> Option<Whole>;
    /// A fact: of the program, or a field of the shop's own.
    fn fact(&self, key: &str) -> Option<&'static Fact> {
        facts::find(key)
    }
}

/// Named places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A store.
    Store,
    /// A channel.
    Channel,
    /// A product.
    Product,
    /// A category of products, by its path.
    Category,
}

/// A saved segment: its definition and the borders of RFM it was saved with.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The definition.
    pub definition: Definition,
    /// Borders; `None` when it needs none.
    pub cuts: Option<Cuts>,
    /// Who is in or out by hand.
    pub hand: Arc<Hand>,
}

impl Whole {
    /// Its rule.
    ///
    /// # Errors
    /// As [`resolve`].
    pub fn rule(&self, names: &dyn Names) -> Result<Rule, Unresolved> {
        Ok(resolve(&self.definition.tree, self.cuts, names)?.by_hand(&self.hand))
    }
}

/// Why a definition cannot be computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved(pub Text);

/// Conditions of a segment and of all segments it refers to, at most.
const MOST_LEAVES: usize = 1_000;

/// Resolves a definition. RFM is cut by `cuts`, or by the lens's borders when there are none.
///
/// # Errors
/// The first thing that is not known (any more), or a circle of segments.
pub fn resolve(tree: &Node, cuts: Option<Cuts>, names: &dyn Names) -> Result<Rule, Unresolved> {
    let mut resolver = Resolver {
        names,
        within: Vec::new(),
        leaves: 0,
    };
    resolver.node(tree, cuts, 0)
}

fn unknown(what: &str) -> Unresolved {
    Unresolved(Text::owned(
        format!("«{what}» больше нет: измените условие"),
        format!("there is no “{what}” any more: change the condition"),
    ))
}

struct Resolver<'a> {
    names: &'a dyn Names,
    within: Vec<String>,
    leaves: usize,
}

impl Resolver<'_> {
    fn node(&mut self, node: &Node, cuts: Option<Cuts>, depth: usize) -> Result<Rule, Unresolved> {
        self.leaves += 1;
        if depth > limits::DEPTH * 4 || self.leaves > MOST_LEAVES {
            return Err(Unresolved(Text::new(
                "сегменты ссылаются друг на друга слишком глубоко",
                "segments refer to one another too deeply",
            )));
        }
        let mut each = |nodes: &[Node]| -> Result<Vec<Rule>, Unresolved> {
            nodes
                .iter()
                .map(|node| self.node(node, cuts, depth + 1))
                .collect()
        };
        Ok(match node {
            Node::All(nodes) => Rule::All(each(nodes)?),
            Node::Any(nodes) => Rule::Any(each(nodes)?),
            Node::Not(node) => Rule::Not(Box::new(self.node(node, cuts, depth + 1)?)),
            Node::Held(held) => Rule::Held(
                held.days as i32,
                Box::new(self.node(&held.what, cuts, depth + 1)?),
            ),
            Node::Fact(leaf) => {
                let fact = self.names.fact(&leaf.fact);
                let fact = fact.ok_or_else(|| unknown(&leaf.fact))?;
                let test = match of_words(fact, leaf.op, leaf.value.as_ref())? {
                    Some(test) => test,
                    None => self.test(fact.kind, leaf.op, leaf.value.as_ref())?,
                };
                Rule::leaf(match fact.kind {
                    FactType::RfmCell => Leaf::Rfm(cuts, test),
                    _ => Leaf::Fact(fact, test),
                })
            }
            Node::Event(leaf) => {
                let measure = MEASURES.iter().find(|one| one.key == leaf.measure);
                let measure = measure.ok_or_else(|| unknown(&leaf.measure))?;
                let which = self.which(&leaf.with, leaf.window)?;
                let test = self.test(measure.kind, leaf.op, leaf.value.as_ref())?;
                Rule::leaf(Leaf::Measured(Measured { measure, which }, test))
            }
            Node::Sequence(leaf) => Rule::leaf(Leaf::Sequence(Sequence {
                first: self.which(&leaf.first, leaf.window)?,
                bought: leaf.bought,
                then: self.which(&leaf.then, Window::ALL)?,
                within: leaf.within as i32,
            })),
            Node::Segment(id) => {
                if self.within.contains(id) {
                    return Err(Unresolved(Text::new(
                        "сегменты ссылаются друг на друга по кругу",
                        "segments refer to one another in a circle",
                    )));
                }
                let whole = self.names.segment(id).ok_or_else(|| {
                    Unresolved(Text::new(
                        "сегмент, на который ссылается условие, удалён",
                        "the segment the condition refers to was removed",
                    ))
                })?;
                self.within.push(id.clone());
                let rule = self.node(&whole.definition.tree, whole.cuts, depth + 1);
                self.within.pop();
                rule?.by_hand(&whole.hand)
            }
            Node::Sample(sample) => {
                let seed = blake3::hash(sample.key.as_bytes());
                let mut first = [0; 8];
                first.copy_from_slice(&seed.as_bytes()[..8]);
                let share = (sample.percent.0.clamp(0, 100_000_000) as u128) * u128::from(u64::MAX)
                    / 100_000_000;
                Rule::leaf(Leaf::Sample(u64::from_le_bytes(first), share as u64))
            }
            Node::Moved(moved) => {
                let place = |text: &str| text.parse::<Places>().map_err(|_| unknown(text));
                Rule::leaf(Leaf::Moved(
                    moved.since,
                    [place(&moved.from)?, place(&moved.to)?],
                    cuts,
                ))
            }
            Node::Abc(abc) => {
                let class = pareto::CLASSES.iter().position(|name| *name == abc.class);
                Rule::leaf(Leaf::Abc(
                    abc.from,
                    abc.to,
                    class.ok_or_else(|| unknown(&abc.class))?,
                ))
            }
        })
    }

    fn which(&mut self, with: &[Restriction], window: Window) -> Result<Which, Unresolved> {
        let (mut rows, mut lines) = (Vec::new(), Vec::new());
        for one in with {
            let field = FIELDS.iter().find(|field| field.key == one.field);
            let of = field.ok_or_else(|| unknown(&one.field))?.of;
            let value = Some(&one.value);
            let test = match of {
                Of::Store => self.test(FactType::Store, one.op, value)?,
                Of::Channel => self.test(FactType::Channel, one.op, value)?,
                Of::Amount | Of::Discount => self.test(FactType::Money, one.op, value)?,
                Of::Hour => self.test(FactType::Number, one.op, value)?,
                Of::Weekday => named(one.op, value, |code| {
                    let at = super::event::WEEKDAYS
                        .iter()
                        .position(|(own, _)| *own == code);
                    at.map(|at| at as i64)
                })?,
                Of::Product => {
                    let row = |code: &str| self.names.row(Place::Product, code);
                    lines.push(LineTest::Product(named(one.op, value, row)?));
                    continue;
                }
                Of::Category => {
                    let mut paths = Vec::new();
                    named(one.op, value, |path| {
                        paths.push(path.to_owned());
                        self.names.row(Place::Category, path)
                    })?;
                    lines.push(LineTest::Category(paths, one.op != Op::Ne));
                    continue;
                }
            };
            rows.push(RowTest { of, test });
        }
        Ok(Which {
            with: rows,
            lines: Lines::of(lines),
            window,
        })
    }

    fn test(&self, kind: FactType, op: Op, value: Option<&Value>) -> Result<Test, Unresolved> {
        match op {
            Op::Empty => return Ok(Test::Empty),
            Op::Filled => return Ok(Test::Filled),
            _ => {}
        }
        let wrong = || unknown(&value.map_or_else(String::new, shown));
        Ok(match (kind, value) {
            (FactType::Number, Some(Value::Number(n))) => Test::Than(op, With::Number(n.real())),
            (FactType::Money, Some(Value::Number(n))) => {
                Test::Than(op, With::Rank(n.as_whole().ok_or_else(wrong)?))
            }
            (FactType::Day, Some(Value::Text(text))) => {
                Test::Than(op, With::Day(text.parse::<When>().map_err(|_| wrong())?))
            }
            (FactType::Birthday, Some(Value::Number(days))) => {
                Test::Next(days.as_whole().ok_or_else(wrong)? as i32)
            }
            (FactType::Store, _) => named(op, value, |code| self.names.row(Place::Store, code))?,
            (FactType::Channel, _) => {
                named(op, value, |code| self.names.row(Place::Channel, code))?
            }
            (FactType::RfmCell, _) => named(op, value, |code| {
                Some(code.parse::<Cell>().ok()?.number() as i64)
            })?,
            (FactType::LifeCycle, _) => {
                named(op, value, |code| Some(State::from_key(code)? as i64))?
            }
            (FactType::Sex, _) => named(op, value, |code| match code {
                "male" => Some(0),
                "female" => Some(1),
                _ => None,
            })?,
            _ => return Err(wrong()),
        })
    }
}

/// Comparisons of texts, tags and the choices of own fields; `None` for other facts and for those
/// that every fact has.
fn of_words(fact: &Fact, op: Op, value: Option<&Value>) -> Result<Option<Test>, Unresolved> {
    let values = match value {
        Some(Value::List(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => return Ok(None),
    };
    let texts = || {
        values.iter().map(|value| match value {
            Value::Text(text) => Ok(text.as_str()),
            other => Err(unknown(&shown(other))),
        })
    };
    let no = |code: &str| fact.choice_no(code).ok_or_else(|| unknown(code));
    Ok(Some(match fact.kind {
        FactType::Text | FactType::Link | FactType::Tags => {
            let words = texts().map(|text| Ok(fold(text?).into()));
            Test::Words(words.collect::<Result<_, _>>()?, op != Op::Ne)
        }
        FactType::Choices => {
            let bits = texts().map(|code| Ok(1 << no(code?)?));
            let bits = bits.collect::<Result<Vec<u64>, _>>()?;
            Test::Bits(bits.iter().fold(0, |all, bit| all | bit), op != Op::Ne)
        }
        FactType::Choice => named(op, value, |code| Some(i64::from(fact.choice_no(code)?)))?,
        FactType::Flag => named(op, value, |code| match code {
            "yes" => Some(1),
            "no" => Some(0),
            _ => None,
        })?,
        _ => return Ok(None),
    }))
}

fn named(
    op: Op,
    value: Option<&Value>,
    mut rank: impl FnMut(&str) -> Option<i64>,
) -> Result<Test, Unresolved> {
    let mut one = |value: &Value| match value {
        Value::Text(code) => rank(code).ok_or_else(|| unknown(code)),
        other => Err(unknown(&shown(other))),
    };
    match value {
        Some(Value::List(values)) => {
            Ok(Test::In(values.iter().map(one).collect::<Result<_, _>>()?))
        }
        Some(value) if of_names(op) => Ok(Test::Than(op, With::Rank(one(value)?))),
        _ => Err(unknown("")),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Number(n) => n.to_string(),
        Value::Text(text) => text.clone(),
        Value::List(_) => "…".to_owned(),
    }
}

/// What list a place is of.
impl From<Place> for Choice {
    fn from(place: Place) -> Choice {
        match place {
            Place::Store => Choice::Store,
            Place::Channel => Choice::Channel,
            Place::Product => Choice::Product,
            Place::Category => Choice::Category,
        }
    }
}
