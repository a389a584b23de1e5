//! Conditions on facts: `fact:op:value`, as addresses, commands and lists write them. Besides facts,
//! some conditions lead from a number of a report to exactly its people: `cohort:eq:2026-08` (first
//! bought in that month), `bought:eq:2026-10` (bought in that month), `rf_map:eq:31-90x3-4` (row
//! and column of the RF map) and `moved:eq:2026-08-24~333~23` (in segment 333 on that day, in one of
//! 231, 232, 233 now; also `new` and `outside`), `abc:eq:2026-01-01~2026-07-01~A` (in class A of the
//! spending of that period, which ends before the second day). They are seen from the lens: its day, store and
//! channel, its borders and window. A filter is a short spelling of a segment's rule: the same
//! evaluator answers both.

use super::{Fact, FactType, FactValue, Lens, find, find_in};
use crate::base::about::Word;
use crate::base::live::LiveBase;
use crate::life_cycle::State;
use crate::pareto;
use crate::rf_map;
use crate::rfm::Cell;
use crate::rfm::transitions::Places;
use crate::segment::{Leaf, MEASURES, Measured, Of, RowTest, Rule, Test, Which, With};
use vernis_domain::segment::{Op as Compare, When, Window};
use vernis_domain::{ChannelId, Day, StoreId};

/// How a fact is compared. A fact without a value meets no condition but [`Op::Empty`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Equal.
    Eq,
    /// Has a value that is not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Has no value.
    Empty,
    /// Has some value.
    Filled,
    /// Of tags and several choices: has this one. Of a text: contains this.
    Has,
    /// Of tags and several choices: has not this one, or none at all. Of a text: does not contain this.
    HasNot,
}

/// One condition.
#[derive(Clone, Debug)]
pub struct Filter(Condition);

#[derive(Clone, Debug)]
enum Condition {
    Fact(OfFact),
    /// First bought in the month that begins on this day.
    Cohort(Day),
    /// Bought in the month that begins on this day.
    Bought(Day),
    /// In this row and column of the RF map.
    RfMap(usize, usize),
    /// In one of the first places of RFM on this day, in one of the second now.
    Moved(Day, [Places; 2]),
    /// In this ABC class of the spending from the first day to before the second.
    Abc([Day; 2], usize),
}

/// A fact compared with a value.
#[derive(Clone, Debug)]
pub(crate) struct OfFact {
    fact: &'static Fact,
    op: Op,
    with: Operand,
}

/// What a fact is compared with.
#[derive(Clone, Debug)]
enum Operand {
    /// A number; whether it is a fraction.
    Rank(i64, bool),
    /// A folded text.
    Text(Box<str>),
    /// A choice as a bit.
    Bit(u64),
}

/// Why a condition cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Not of the form `fact:op:value`.
    #[error("a filter is written fact:op:value")]
    Form,
    /// No such fact.
    #[error("there is no fact “{0}”")]
    Fact(String),
    /// No such comparison.
    #[error("there is no comparison “{0}” (eq, ne, lt, le, gt, ge, has, hasnot, empty, filled)")]
    Op(String),
    /// The value does not fit the fact.
    #[error("“{0}” is not a value of this fact")]
    Value(String),
}

impl Filter {
    /// A condition; `value` must be of the fact's type.
    pub fn new(fact: &'static Fact, op: Op, value: FactValue<'_>) -> Filter {
        let with = match value {
            FactValue::Text(word) => Operand::Text((&*word.folded).into()),
            FactValue::Choice(no) if fact.kind == FactType::Choices => Operand::Bit(1 << no),
            value => {
                let real = matches!(value, FactValue::Real(_));
                Operand::Rank(value.rank().unwrap_or(0), real)
            }
        };
        Filter(Condition::Fact(OfFact { fact, op, with }))
    }

    /// Reads `fact:op:value` where the fact may be a field of the shop's own.
    ///
    /// # Errors
    /// [`FilterError`] when a part is unknown or does not fit.
    pub fn parse_in(base: &LiveBase, text: &str) -> Result<Filter, FilterError> {
        Filter::read(text, &|key| find_in(base, key))
    }

    /// Reads `fact:op:value` of a fact of the program. Stores and channels are row ids here: the API translates its public
    /// ids before.
    ///
    /// # Errors
    /// [`FilterError`] when a part is unknown or does not fit.
    pub fn parse(text: &str) -> Result<Filter, FilterError> {
        Filter::read(text, &find)
    }

    fn read(
        text: &str,
        find: &dyn Fn(&str) -> Option<&'static Fact>,
    ) -> Result<Filter, FilterError> {
        let mut parts = text.splitn(3, ':');
        let (Some(key), Some(op)) = (parts.next(), parts.next()) else {
            return Err(FilterError::Form);
        };
        if let Some(condition) = cell_of_report(key, op, parts.clone().next())? {
            return Ok(Filter(condition));
        }
        let fact = find(key)
            .filter(|fact| fact.filterable)
            .ok_or_else(|| FilterError::Fact(key.to_owned()))?;
        let named = op;
        let op = match op {
            "eq" => Op::Eq,
            "ne" => Op::Ne,
            "lt" => Op::Lt,
            "le" => Op::Le,
            "gt" => Op::Gt,
            "ge" => Op::Ge,
            "empty" => Op::Empty,
            "filled" => Op::Filled,
            "has" => Op::Has,
            "hasnot" => Op::HasNot,
            _ => return Err(FilterError::Op(op.to_owned())),
        };
        // Which comparisons a kind of value has.
        let fits = match fact.kind {
            FactType::Tags | FactType::Choices => {
                matches!(op, Op::Has | Op::HasNot | Op::Empty | Op::Filled)
            }
            FactType::Text | FactType::Link => true,
            FactType::Choice | FactType::Flag => {
                matches!(op, Op::Eq | Op::Ne | Op::Empty | Op::Filled)
            }
            _ => !matches!(op, Op::Has | Op::HasNot),
        };
        if !fits {
            return Err(FilterError::Op(named.to_owned()));
        }
        if matches!(op, Op::Empty | Op::Filled) {
            return Ok(Filter::new(fact, op, FactValue::Empty));
        }
        let value = parts.next().ok_or(FilterError::Form)?;
        let wrong = || FilterError::Value(value.to_owned());
        let number = || value.parse::<i64>().map_err(|_| wrong());
        let word = Word::new(value);
        let value = match fact.kind {
            FactType::Money => FactValue::Money(number()?),
            FactType::Number => FactValue::Real(
                value
                    .parse::<f64>()
                    .ok()
                    .filter(|x| x.is_finite())
                    .ok_or_else(wrong)?,
            ),
            FactType::Day => FactValue::Day(value.parse::<Day>().map_err(|_| wrong())?),
            FactType::Store => FactValue::Store(StoreId(number()?)),
            FactType::Channel => FactValue::Channel(ChannelId(number()?)),
            FactType::RfmCell => FactValue::Cell(value.parse::<Cell>().map_err(|_| wrong())?),
            FactType::LifeCycle => FactValue::State(State::from_key(value).ok_or_else(wrong)?),
            FactType::Birthday | FactType::Sex => return Err(wrong()),
            FactType::Text | FactType::Link | FactType::Tags if word.folded.is_empty() => {
                return Err(wrong());
            }
            FactType::Text | FactType::Link | FactType::Tags => FactValue::Text(&word),
            FactType::Choice | FactType::Choices => {
                FactValue::Choice(fact.choice_no(value).ok_or_else(wrong)?)
            }
            FactType::Flag => FactValue::Flag(match value {
                "yes" => true,
                "no" => false,
                _ => return Err(wrong()),
            }),
        };
        Ok(Filter::new(fact, op, value))
    }

    /// The rule it stands for, seen from a lens.
    pub fn rule(&self, lens: &Lens) -> Rule {
        let of_fact = |key: &str, test: Test| {
            find(key).map_or_else(Rule::nobody, |fact| Rule::leaf(Leaf::Fact(fact, test)))
        };
        match &self.0 {
            Condition::Fact(of) => {
                let test = of.test();
                Rule::leaf(match of.fact.kind {
                    FactType::RfmCell => Leaf::Rfm(None, test),
                    _ => Leaf::Fact(of.fact, test),
                })
            }
            Condition::Cohort(month) => {
                let day = |op, day| Test::Than(op, With::Day(When::Date(day)));
                let mut rules = vec![
                    of_fact("first_purchase_day", day(Compare::Ge, *month)),
                    of_fact("first_purchase_day", day(Compare::Lt, month.add_months(1))),
                ];
                let place = |id: i64| Test::Than(Compare::Eq, With::Rank(id));
                rules.extend(lens.rfm.store.map(|id| of_fact("first_store", place(id.0))));
                rules.extend(
                    lens.rfm
                        .channel
                        .map(|id| of_fact("first_channel", place(id.0))),
                );
                Rule::All(rules)
            }
            Condition::Bought(month) => {
                let window = Window {
                    last: None,
                    from: Some(When::Date(*month)),
                    to: Some(When::Date(month.add_months(1).plus(-1))),
                };
                measured(
                    "orders",
                    lens,
                    window,
                    Test::Than(Compare::Ge, With::Number(1.0)),
                )
            }
            Condition::RfMap(row, column) => {
                let window = Window {
                    last: lens.rfm.window_days.map(|days| days.max(1) as u32),
                    ..Window::ALL
                };
                let mut rules = Vec::new();
                let mut between = |key, borders: &[f64], at: usize| {
                    // An upper bound even where the last one has no end: somebody who has not bought
                    // is in no row.
                    let over = at.checked_sub(1).map_or(0.0, |at| borders[at] + 1.0);
                    let least = Test::Than(Compare::Ge, With::Number(over));
                    rules.push(measured(key, lens, window, least));
                    if let Some(most) = borders.get(at) {
                        rules.push(measured(
                            key,
                            lens,
                            window,
                            Test::Than(Compare::Le, With::Number(*most)),
                        ));
                    }
                };
                between("days_since", &rf_map::ROW_DAYS.map(f64::from), *row);
                between("orders", &rf_map::COLUMN_ORDERS.map(f64::from), *column);
                Rule::All(rules)
            }
            Condition::Moved(from, places) => {
                Rule::leaf(Leaf::Moved(When::Date(*from), *places, None))
            }
            Condition::Abc([from, to], class) => {
                let last = When::Date(to.plus(-1));
                Rule::leaf(Leaf::Abc(When::Date(*from), last, *class))
            }
        }
    }
}

/// A measure of the lens's store and channel.
fn measured(key: &str, lens: &Lens, window: Window, test: Test) -> Rule {
    let place = |of, id: i64| RowTest {
        of,
        test: Test::Than(Compare::Eq, With::Rank(id)),
    };
    let store = lens.rfm.store.map(|id| place(Of::Store, id.0));
    let channel = lens.rfm.channel.map(|id| place(Of::Channel, id.0));
    let which = Which {
        with: store.into_iter().chain(channel).collect(),
        window,
        ..Which::default()
    };
    let measure = MEASURES.iter().find(|one| one.key == key);
    measure.map_or_else(Rule::nobody, |measure| {
        Rule::leaf(Leaf::Measured(Measured { measure, which }, test))
    })
}

/// The conditions that are cells of reports; `None` when the key is none of theirs.
fn cell_of_report(
    key: &str,
    op: &str,
    value: Option<&str>,
) -> Result<Option<Condition>, FilterError> {
    if !["cohort", "bought", "rf_map", "moved", "abc"].contains(&key) {
        return Ok(None);
    }
    if op != "eq" {
        return Err(FilterError::Op(op.to_owned()));
    }
    let value = value.ok_or(FilterError::Form)?;
    let wrong = || FilterError::Value(value.to_owned());
    let month = || format!("{value}-01").parse::<Day>().map_err(|_| wrong());
    Ok(Some(match key {
        "cohort" => Condition::Cohort(month()?),
        "bought" => Condition::Bought(month()?),
        "moved" => {
            let parts: Vec<&str> = value.split('~').collect();
            let [day, from, to] = parts[..] else {
                return Err(wrong());
            };
            let places = |text: &str| text.parse::<Places>().map_err(|_| wrong());
            Condition::Moved(
                day.parse().map_err(|_| wrong())?,
                [places(from)?, places(to)?],
            )
        }
        "abc" => {
            let parts: Vec<&str> = value.split('~').collect();
            let [from, to, class] = parts[..] else {
                return Err(wrong());
            };
            let day = |text: &str| text.parse::<Day>().map_err(|_| wrong());
            let class = pareto::CLASSES.iter().position(|name| *name == class);
            Condition::Abc([day(from)?, day(to)?], class.ok_or_else(wrong)?)
        }
        _ => {
            let (row, column) = value.split_once('x').ok_or_else(wrong)?;
            let at = |names: &[&str], name: &str| {
                names.iter().position(|one| *one == name).ok_or_else(wrong)
            };
            Condition::RfMap(at(&rf_map::ROWS, row)?, at(&rf_map::COLUMNS, column)?)
        }
    }))
}

impl OfFact {
    /// The condition as a segment's test: comparisons of numbers as they are there, the rest as it is
    /// here.
    fn test(&self) -> Test {
        let op = match self.op {
            Op::Eq => Compare::Eq,
            Op::Ne => Compare::Ne,
            Op::Lt => Compare::Lt,
            Op::Le => Compare::Le,
            Op::Gt => Compare::Gt,
            Op::Ge => Compare::Ge,
            Op::Empty => return Test::Empty,
            Op::Filled => return Test::Filled,
            Op::Has | Op::HasNot => return Test::Own(Box::new(self.clone())),
        };
        match self.with {
            Operand::Rank(rank, false) => Test::Than(op, With::Rank(rank)),
            _ => Test::Own(Box::new(self.clone())),
        }
    }

    /// Whether a value meets the condition.
    pub(crate) fn accepts(&self, value: FactValue<'_>) -> bool {
        let (rank, real) = match &self.with {
            Operand::Rank(rank, real) => (*rank, *real),
            Operand::Text(text) => return self.accepts_text(value, text),
            Operand::Bit(bit) => {
                let has = matches!(value, FactValue::Choices(bits) if bits & bit != 0);
                return has == (self.op == Op::Has);
            }
        };
        let value = match (value, real) {
            // A number is compared as it was asked for: 2 and 2.5 are on one scale.
            (FactValue::Number(n), true) => FactValue::Real(n as f64),
            (other, _) => other,
        };
        match (value.rank(), self.op) {
            (None, op) => op == Op::Empty,
            (Some(_), op @ (Op::Empty | Op::Filled)) => op == Op::Filled,
            (Some(own), Op::Eq) => own == rank,
            (Some(own), Op::Ne) => own != rank,
            (Some(own), Op::Lt) => own < rank,
            (Some(own), Op::Le) => own <= rank,
            (Some(own), Op::Gt) => own > rank,
            (Some(own), Op::Ge) => own >= rank,
            (Some(_), Op::Has | Op::HasNot) => false,
        }
    }

    fn accepts_text(&self, value: FactValue<'_>, text: &str) -> bool {
        match (value, self.op) {
            (FactValue::Words(words), op) => {
                words.iter().any(|word| &*word.folded == text) == (op == Op::Has)
            }
            (FactValue::Text(word), op) => {
                let own = &*word.folded;
                match op {
                    Op::Eq => own == text,
                    Op::Ne => own != text,
                    Op::Lt => own < text,
                    Op::Le => own <= text,
                    Op::Gt => own > text,
                    Op::Ge => own >= text,
                    Op::Has => own.contains(text),
                    Op::HasNot => !own.contains(text),
                    Op::Empty => false,
                    Op::Filled => true,
                }
            }
            (_, op) => op == Op::HasNot,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_read_and_a_wrong_one_says_what_is_wrong() {
        let accepts = |text: &str, value: FactValue<'_>| match Filter::parse(text).unwrap().0 {
            Condition::Fact(of) => of.accepts(value),
            other => panic!("{other:?} is no fact"),
        };
        assert!(accepts("orders:ge:2", FactValue::Number(2)));
        assert!(!accepts("orders:ge:2", FactValue::Number(1)));
        assert!(!accepts("orders:ge:2", FactValue::Empty));
        assert!(accepts("median_gap_days:empty", FactValue::Empty));
        for good in [
            "last_purchase_day:lt:2026-01-01",
            "cohort:eq:2026-08",
            "bought:eq:2026-10",
            "rf_map:eq:31-90x3-4",
            "rf_map:eq:365+x10+",
            "moved:eq:2026-08-24~new~333",
            "moved:eq:2026-08-24~33~outside",
            "abc:eq:2026-01-01~2026-07-01~B",
        ] {
            assert!(Filter::parse(good).is_ok(), "{good}");
        }
        for wrong in [
            "cohort:eq:2026",
            "bought:eq:2026-13",
            "rf_map:eq:31-90",
            "rf_map:eq:1x1",
            "moved:eq:2026-08-24~333",
            "moved:eq:2026-08-24~334~111",
            "moved:eq:2026-08-24~ne~111",
            "moved:eq:August~333~111",
            "abc:eq:2026-01-01~B",
            "abc:eq:2026-01-01~2026-07-01~D",
        ] {
            assert!(
                matches!(Filter::parse(wrong), Err(FilterError::Value(_))),
                "{wrong}"
            );
        }
        assert!(matches!(
            Filter::parse("cohort:ge:2026-08"),
            Err(FilterError::Op(_))
        ));
        assert!(matches!(
            Filter::parse("shoe_size:eq:42"),
            Err(FilterError::Fact(_))
        ));
        assert!(matches!(
            Filter::parse("orders:about:2"),
            Err(FilterError::Op(_))
        ));
        assert!(matches!(
            Filter::parse("orders:eq:many"),
            Err(FilterError::Value(_))
        ));
        assert!(matches!(Filter::parse("orders"), Err(FilterError::Form)));
    }
}
