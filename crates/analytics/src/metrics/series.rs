//! Values by month or by week.

use super::{Metric, Value, answer};
use crate::base::live::LiveBase;
use crate::panel::Panel;
use crate::query::Query;
use serde::Deserialize;
use vernis_domain::Day;

/// Grain of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// Calendar months.
    Month,
    /// ISO weeks, from Monday.
    Week,
}

/// Series longer than this are cut: no page shows more.
pub const MOST_BUCKETS: usize = 600;

/// Calendar buckets that cover `from..to`, as (first day, day after the last), the outer ones cut
/// to the period.
pub fn buckets(from: Day, to: Day, grain: Grain) -> Vec<(Day, Day)> {
    let next = |day: Day| match grain {
        Grain::Month => day.add_months(1),
        Grain::Week => day.week_start().plus(7),
    };
    let mut buckets = Vec::new();
    let mut start = from;
    while start < to && buckets.len() < MOST_BUCKETS {
        let end = next(start).min(to);
        if end <= start {
            break;
        }
        buckets.push((start, end));
        start = end;
    }
    buckets
}

/// A metric's values per bucket: `values[metric][bucket]`. Buckets after `as_of` have no value.
pub fn series(
    base: &LiveBase,
    query: &Query,
    metrics: &[&'static Metric],
    buckets: &[(Day, Day)],
) -> Vec<Vec<Option<Value>>> {
    let needs = answer::needs(metrics);
    let mut values: Vec<Vec<Option<Value>>> = metrics
        .iter()
        .map(|_| Vec::with_capacity(buckets.len()))
        .collect();
    for &(from, to) in buckets {
        let panel = (from <= query.as_of).then(|| Panel::of(base, &query.over(from, to), needs));
        for (values, metric) in values.iter_mut().zip(metrics) {
            values.push(panel.as_ref().map(|panel| (metric.compute)(panel)));
        }
    }
    values
}
