//! The registry of metrics. A metric is an entry in one file of this folder: what it is called and
//! means, how it is computed from the panel, and which customers or purchases stand behind it.
//! One line in [`all`] adds a file.

mod customers;
mod discount;
mod flow;
mod frequency;
mod identified;
mod life_time;
mod margin;
mod orders;
mod repeat;
mod retention;
mod revenue;
mod spread;

pub mod answer;
pub mod rows;
pub mod series;

use crate::panel::look::{Doc, Look};
use crate::panel::{Needs, Panel};
use crate::query::Scope;
use crate::text::{Text, text};
use serde::Serialize;
use std::sync::LazyLock;

/// What a value is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// How many.
    Count,
    /// Minor units of the shop's currency (a mean may have a fraction).
    Money,
    /// A fraction of one.
    Share,
    /// Days.
    Days,
    /// A plain number.
    Ratio,
}

/// Which direction is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// More is better.
    Up,
    /// Less is better.
    Down,
    /// Neither.
    None,
}

/// Where the metric stands on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Who the customers are and how many.
    Customers,
    /// What was sold.
    Sales,
    /// Who comes again.
    Retention,
    /// What a customer is worth.
    Value,
}

/// What a metric is: read by the API, the pages, the command line and the documentation.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Spec {
    /// Stable name.
    pub key: &'static str,
    /// Where it stands.
    pub group: Group,
    /// What it is called.
    pub label: Text,
    /// What it tells, in a shopkeeper's words.
    pub short: Text,
    /// What it is measured in.
    pub unit: Unit,
    /// How it is computed, exactly.
    pub formula: Text,
    /// Which direction is good.
    pub better: Better,
    /// One of the nineteen numbers of the first screen.
    pub headline: bool,
}

/// Why a number cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Stable name.
    pub code: &'static str,
    /// In words.
    #[serde(flatten)]
    pub text: Text,
}

/// A metric's value, or why there is none, and what to say beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// The number in the metric's unit.
    pub value: Option<f64>,
    /// Why there is none.
    pub reason: Option<Reason>,
    /// What to know when reading it.
    pub note: Option<Text>,
}

impl Value {
    /// A number.
    pub fn of(value: f64) -> Value {
        Value {
            value: Some(value),
            reason: None,
            note: None,
        }
    }

    /// A whole number.
    pub fn count(value: i64) -> Value {
        Value::of(value as f64)
    }

    /// No number, and why.
    pub fn none(reason: Reason) -> Value {
        Value {
            value: None,
            reason: Some(reason),
            note: None,
        }
    }

    /// A quotient; without a divisor there is no number.
    pub fn ratio(top: i64, bottom: i64, reason: Reason) -> Value {
        if bottom == 0 {
            return Value::none(reason);
        }
        Value::of(top as f64 / bottom as f64)
    }

    /// With something to say beside it.
    pub fn note(self, note: Option<Text>) -> Value {
        Value { note, ..self }
    }
}

/// What part a customer or a purchase has in a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// What it is, in words.
    pub role: &'static Text,
    /// What it adds above the line (or, for a median or a spread, its value).
    pub top: i64,
    /// What it adds below the line.
    pub bottom: i64,
}

/// A part in the given role.
pub(crate) fn part(role: &'static Text, top: i64, bottom: i64) -> Option<Part> {
    Some(Part { role, top, bottom })
}

/// A part that is counted.
pub(crate) fn counted(yes: bool, role: &'static Text) -> Option<Part> {
    yes.then_some(Part {
        role,
        top: 1,
        bottom: 0,
    })
}

/// Where the rows behind a number come from.
#[derive(Clone, Copy)]
pub enum Behind {
    /// One row per customer.
    Customers(fn(&Look, &Scope, &Panel) -> Option<Part>),
    /// One row per customer with at least one gap: twice the median of his gaps.
    GapMedians(fn(u32) -> Option<Part>),
    /// One row per document of the period.
    Purchases(fn(&Doc, &Panel) -> Option<Part>),
    /// Nothing is behind it yet.
    Nothing,
}

/// How the rows make the number.
#[derive(Clone, Copy)]
pub enum Aggregate {
    /// Sum of the parts above the line.
    Sum,
    /// Sum of the parts above the line; without rows there is no number.
    SumOfSome,
    /// Sum above the line by the sum below it, times a factor.
    Ratio(f64),
    /// Median of the parts above the line, times a factor.
    Median(f64),
    /// Gini of the parts above the line.
    Gini,
    /// Share of the largest fifth.
    TopShare,
    /// No number.
    Nothing,
}

/// A registry entry.
pub struct Metric {
    /// What it is.
    pub spec: Spec,
    /// What it needs beyond the sums.
    pub needs: Needs,
    /// The number.
    pub compute: fn(&Panel) -> Value,
    /// Who stands behind it.
    pub behind: Behind,
    /// How they make it.
    pub aggregate: Aggregate,
}

const NEEDS_NOTHING: Needs = Needs {
    amounts: false,
    gaps: false,
    spending: false,
};

pub(crate) const NO_ORDERS: Reason = Reason {
    code: "no_orders",
    text: text("за период нет продаж", "no sales in the period"),
};
pub(crate) const NO_BUYERS: Reason = Reason {
    code: "no_buyers",
    text: text(
        "за период нет покупок с известным покупателем",
        "no purchases by known customers in the period",
    ),
};
pub(crate) const NO_REVENUE: Reason = Reason {
    code: "no_revenue",
    text: text("за период нет выручки", "no revenue in the period"),
};

impl std::fmt::Debug for Metric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Metric({})", self.spec.key)
    }
}

/// All metrics in the order they are shown.
pub fn all() -> &'static [Metric] {
    static ALL: LazyLock<Vec<Metric>> = LazyLock::new(|| {
        let mut all = Vec::new();
        all.extend(customers::metrics());
        all.extend(flow::metrics());
        all.extend(identified::metrics());
        all.extend(revenue::metrics());
        all.extend(orders::metrics());
        all.extend(frequency::metrics());
        all.extend(discount::metrics());
        all.extend(margin::metrics());
        all.extend(repeat::metrics());
        all.extend(retention::metrics());
        all.extend(life_time::metrics());
        all.extend(spread::metrics());
        all
    });
    &ALL
}

/// The metric of a key.
pub fn find(key: &str) -> Option<&'static Metric> {
    all().iter().find(|metric| metric.spec.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_its_own_key_and_words_in_both_languages() {
        let mut keys: Vec<_> = all().iter().map(|m| m.spec.key).collect();
        keys.sort_unstable();
        let count = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), count);
        for metric in all() {
            for words in [metric.spec.label, metric.spec.short, metric.spec.formula] {
                assert!(
                    words.ru.chars().any(|c| ('а'..='я').contains(&c)),
                    "{}",
                    metric.spec.key
                );
                assert!(
                    words.en.is_ascii()
                        || words
                            .en
                            .contains(['−', '÷', '×', '≥', '·', 'Σ', '…', '’', '∩', '–']),
                    "{}",
                    metric.spec.key
                );
            }
        }
    }
}
