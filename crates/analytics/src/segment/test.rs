//! Comparing values.

use crate::facts::FactValue;
use crate::facts::filter::OfFact;
use vernis_domain::Day;
use vernis_domain::segment::{Op, When};

/// What a value is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum With {
    /// A number.
    Number(f64),
    /// Minor units, or the rank of a name.
    Rank(i64),
    /// A day.
    Day(When),
}

/// A comparison. What has no value meets only [`Test::Empty`].
#[derive(Clone, Debug)]
pub(crate) enum Test {
    /// One of the six.
    Than(Op, With),
    /// One of these ranks.
    In(Vec<i64>),
    /// No value.
    Empty,
    /// Any value.
    Filled,
    /// The day of the year comes today or within so many days.
    Next(i32),
    /// A word is one of these (folded), or none of them; of several words, one is.
    Words(Vec<Box<str>>, bool),
    /// One of several choices is one of these bits, or none is.
    Bits(u64, bool),
    /// A comparison that only lists have: of texts, tags, choices.
    Own(Box<OfFact>),
}

impl Test {
    /// Whether a value meets it on a day.
    pub fn accepts(&self, value: FactValue<'_>, as_of: Day) -> bool {
        if let Test::Own(own) = self {
            return own.accepts(value);
        }
        let Some(rank) = value.rank() else {
            return matches!(self, Test::Empty);
        };
        match self {
            Test::Empty | Test::Own(_) => false,
            Test::Filled => true,
            Test::In(ranks) => ranks.contains(&rank),
            Test::Words(texts, is) => {
                let meant = |own: &str| texts.iter().any(|text| **text == *own);
                let found = match value {
                    FactValue::Text(word) => meant(&word.folded),
                    FactValue::Words(words) => words.iter().any(|word| meant(&word.folded)),
                    _ => return false,
                };
                found == *is
            }
            Test::Bits(bits, is) => {
                matches!(value, FactValue::Choices(own) if (own & bits != 0) == *is)
            }
            Test::Next(days) => match value {
                FactValue::Birthday(month, day) => days_until(month, day, as_of) <= *days,
                _ => false,
            },
            Test::Than(op, With::Number(than)) => {
                let own = match value {
                    FactValue::Real(x) => x,
                    FactValue::Number(n) | FactValue::Money(n) => n as f64,
                    _ => return false,
                };
                compare(*op, own.partial_cmp(than))
            }
            Test::Than(op, With::Rank(than)) => compare(*op, Some(rank.cmp(than))),
            Test::Than(op, With::Day(when)) => {
                compare(*op, Some(rank.cmp(&i64::from(when.day(as_of).0))))
            }
        }
    }

    /// The whole numbers that meet it: from, to, and whether it is those outside instead.
    pub fn range(&self, as_of: Day) -> Option<(i64, i64, bool)> {
        let (op, low, high) = match self {
            Test::Than(op, With::Number(than)) if than.abs() < 9e15 => {
                (*op, than.floor() as i64, than.ceil() as i64)
            }
            Test::Than(op, With::Rank(than)) => (*op, *than, *than),
            Test::Than(op, With::Day(when)) => {
                let day = i64::from(when.day(as_of).0);
                (*op, day, day)
            }
            Test::Filled => return Some((i64::MIN, i64::MAX, false)),
            _ => return None,
        };
        // Between two whole numbers nothing is equal.
        let whole = low == high;
        Some(match op {
            Op::Ge => (high, i64::MAX, false),
            Op::Gt => (low + 1, i64::MAX, false),
            Op::Le => (i64::MIN, low, false),
            Op::Lt => (i64::MIN, high - 1, false),
            Op::Eq if whole => (low, low, false),
            Op::Ne if whole => (low, low, true),
            Op::Ne => (i64::MIN, i64::MAX, false),
            _ => (1, 0, false),
        })
    }
}

fn compare(op: Op, order: Option<std::cmp::Ordering>) -> bool {
    order.is_some_and(|order| match op {
        Op::Eq => order.is_eq(),
        Op::Ne => order.is_ne(),
        Op::Lt => order.is_lt(),
        Op::Le => order.is_le(),
        Op::Gt => order.is_gt(),
        Op::Ge => order.is_ge(),
        _ => false,
    })
}

/// Days from `as_of` until a day of the year comes round. 29 February is kept on the 28th of a year
/// that has none: nobody is congratulated late.
pub(crate) fn days_until(month: i8, day: i8, as_of: Day) -> i32 {
    let year = as_of.date().year();
    (year..=year + 1)
        .filter_map(|year| {
            Day::from_ymd(year, month, day).or_else(|| Day::from_ymd(year, month, day.min(28)))
        })
        .map(|next| next.0 - as_of.0)
        .find(|&days| days >= 0)
        .unwrap_or(i32::MAX)
}
