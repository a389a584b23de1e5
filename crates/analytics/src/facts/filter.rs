//! Conditions on facts: `fact:op:value`, as addresses, commands and lists write them. Besides facts,
//! some conditions lead from a number of a report to exactly its people: `cohort:eq:2026-08` (first
//! bought in that month), `bought:eq:2026-10` (bought in that month), `rf_map:eq:31-90x3-4` (row
//! and column of the RF map) and `moved:eq:2026-08-24~333~23` (in segment 333 on that day, in one of
//! 231, 232, 233 now; also `new` and `outside`), `abc:eq:2026-01-01~2026-07-01~A` (in class A of the
//! spending of that period, which ends before the second day). They are seen from the lens: its day, store and
//! channel, its borders and window.

use super::{Fact, FactType, FactValue, Lens, Subject, find, find_in};
use crate::base::about::Word;
use crate::base::live::LiveBase;
use crate::base::row::{NO_DAY, NOT_A_PURCHASE};
use crate::life_cycle::State;
use crate::pareto;
use crate::query::{CustomerSet, Query};
use crate::rf_map;
use crate::rfm::Cell;
use crate::rfm::kernel::score_one;
use crate::rfm::transitions::{Places, movers};
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
struct OfFact {
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

    /// Finds what the condition needs to know of the whole base, once for everybody.
    pub fn look(&self, base: &LiveBase, lens: &Lens) -> Seen {
        let among = match &self.0 {
            Condition::Fact(of) => {
                of.fact.look(base, lens);
                None
            }
            Condition::Moved(from, places) => Some(movers(base, *from, &lens.rfm, *places)),
            Condition::Abc([from, to], class) => {
                let mut query = Query::new(*from, *to, lens.as_of);
                (query.store, query.channel) = (lens.rfm.store, lens.rfm.channel);
                Some(pareto::members(base, &query, *class))
            }
            Condition::Cohort(_) | Condition::Bought(_) | Condition::RfMap(..) => None,
        };
        Seen {
            condition: self.0.clone(),
            among: among.unwrap_or_default(),
        }
    }
}

/// A condition in the light of one base and lens.
#[derive(Debug)]
pub struct Seen {
    condition: Condition,
    /// Those who meet it, where only a look at everybody tells.
    among: CustomerSet,
}

impl Seen {
    /// Whether a customer meets the condition.
    pub fn holds(&self, subject: &Subject<'_>) -> bool {
        match &self.condition {
            Condition::Fact(of) => of.accepts(of.fact.value(subject)),
            Condition::Cohort(month) => first_bought_in(subject, *month),
            Condition::Bought(month) => bought_in(subject, *month),
            Condition::RfMap(row, column) => {
                let rfm = &subject.lens.rfm;
                let scores = score_one(subject.history, subject.at, &rfm.window(subject.base));
                rf_map::place(scores.last[0], scores.orders[0], rfm.as_of) == Some((*row, *column))
            }
            Condition::Moved(..) | Condition::Abc(..) => {
                self.among.has(subject.shard, subject.slot)
            }
        }
    }
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

/// Day numbers of a month up to the lens's day.
fn seen_of(subject: &Subject<'_>, month: Day) -> std::ops::Range<i32> {
    month.0..month.add_months(1).0.min(subject.lens.as_of.0 + 1)
}

fn first_bought_in(subject: &Subject<'_>, month: Day) -> bool {
    let (kept, at) = (&subject.history.kept, subject.at);
    let window = subject.lens.rfm.window(subject.base);
    let first = kept.first_day[at];
    first != NO_DAY
        && seen_of(subject, month).contains(&i32::from(first))
        && window.store.is_none_or(|code| kept.first_store[at] == code)
        && window
            .channel
            .is_none_or(|code| kept.first_channel[at] == code)
}

fn bought_in(subject: &Subject<'_>, month: Day) -> bool {
    let columns = &*subject.history.columns;
    let window = subject.lens.rfm.window(subject.base);
    let days = seen_of(subject, month);
    subject.history.range(subject.at).any(|row| {
        columns.flags[row] & NOT_A_PURCHASE == 0
            && days.contains(&i32::from(columns.day[row]))
            && window.store.is_none_or(|code| columns.store[row] == code)
            && window
                .channel
                .is_none_or(|code| columns.channel[row] == code)
    })
}

impl OfFact {
    /// Whether a value meets the condition.
    fn accepts(&self, value: FactValue<'_>) -> bool {
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
