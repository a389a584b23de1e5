//! Conditions on facts: `fact:op:value`, as addresses, commands and lists write them.

use super::{Fact, FactType, FactValue, find};
use crate::life_cycle::State;
use crate::rfm::Cell;
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
}

/// One condition.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    fact: &'static Fact,
    op: Op,
    rank: i64,
    real: bool,
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
    #[error("there is no comparison “{0}” (eq, ne, lt, le, gt, ge, empty)")]
    Op(String),
    /// The value does not fit the fact.
    #[error("“{0}” is not a value of this fact")]
    Value(String),
}

impl Filter {
    /// A condition; `value` must be of the fact's type.
    pub fn new(fact: &'static Fact, op: Op, value: FactValue) -> Filter {
        Filter {
            fact,
            op,
            rank: value.rank().unwrap_or(0),
            real: matches!(value, FactValue::Real(_)),
        }
    }

    /// Reads `fact:op:value`. Stores and channels are row ids here: the API translates its public
    /// ids before.
    ///
    /// # Errors
    /// [`FilterError`] when a part is unknown or does not fit.
    pub fn parse(text: &str) -> Result<Filter, FilterError> {
        let mut parts = text.splitn(3, ':');
        let (Some(key), Some(op)) = (parts.next(), parts.next()) else {
            return Err(FilterError::Form);
        };
        let fact = find(key)
            .filter(|fact| fact.filterable)
            .ok_or_else(|| FilterError::Fact(key.to_owned()))?;
        let op = match op {
            "eq" => Op::Eq,
            "ne" => Op::Ne,
            "lt" => Op::Lt,
            "le" => Op::Le,
            "gt" => Op::Gt,
            "ge" => Op::Ge,
            "empty" => Op::Empty,
            _ => return Err(FilterError::Op(op.to_owned())),
        };
        if op == Op::Empty {
            return Ok(Filter::new(fact, op, FactValue::Empty));
        }
        let value = parts.next().ok_or(FilterError::Form)?;
        let wrong = || FilterError::Value(value.to_owned());
        let number = || value.parse::<i64>().map_err(|_| wrong());
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
        };
        Ok(Filter::new(fact, op, value))
    }

    /// The fact it asks about.
    pub fn fact(&self) -> &'static Fact {
        self.fact
    }

    /// Whether a value meets the condition.
    pub fn accepts(&self, value: FactValue) -> bool {
        let value = match (value, self.real) {
            // A number is compared as it was asked for: 2 and 2.5 are on one scale.
            (FactValue::Number(n), true) => FactValue::Real(n as f64),
            (other, _) => other,
        };
        match (value.rank(), self.op) {
            (None, op) => op == Op::Empty,
            (Some(_), Op::Empty) => false,
            (Some(rank), Op::Eq) => rank == self.rank,
            (Some(rank), Op::Ne) => rank != self.rank,
            (Some(rank), Op::Lt) => rank < self.rank,
            (Some(rank), Op::Le) => rank <= self.rank,
            (Some(rank), Op::Gt) => rank > self.rank,
            (Some(rank), Op::Ge) => rank >= self.rank,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_read_and_a_wrong_one_says_what_is_wrong() {
        let filter = Filter::parse("orders:ge:2").unwrap();
        assert!(filter.accepts(FactValue::Number(2)) && !filter.accepts(FactValue::Number(1)));
        assert!(!filter.accepts(FactValue::Empty));
        assert!(
            Filter::parse("median_gap_days:empty")
                .unwrap()
                .accepts(FactValue::Empty)
        );
        assert!(Filter::parse("last_purchase_day:lt:2026-01-01").is_ok());
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
