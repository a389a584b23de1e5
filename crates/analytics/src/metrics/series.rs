//! Values by month or by week.

use super::{Metric, Value, answer};
use crate::base::live::LiveBase;
use crate::dashboard::{Dashboard, MOST_BUCKETS as MOST_IN_ONE_PASS, dashboard};
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

/// What the dashboard's pass gives for a bucket, in the panel's terms; other fields stay zero.
fn panel_of(dashboard: &Dashboard, at: usize) -> Panel {
    let mut panel = Panel::default();
    let (start, end, kept) = (dashboard.start[at], dashboard.end[at], dashboard.kept[at]);
    // Revenue and orders are totals here; the panel adds both halves up again.
    panel.identified.sold = dashboard.revenue[at];
    panel.identified.sales = dashboard.orders[at];
    panel.counts.buyers = dashboard.buyers[at];
    panel.counts.new = dashboard.new[at];
    panel.counts.returning = dashboard.returning[at];
    panel.counts.start = start;
    panel.counts.end = end;
    panel.counts.kept = kept;
    panel.counts.joined = dashboard.joined[at];
    panel.counts.reactivated = end - kept - dashboard.joined[at];
    panel
}

/// Metrics whose series the dashboard's one pass gives.
const QUICK: &[&str] = &[
    "revenue",
    "orders",
    "mean_order",
    "buyers",
    "customers_new",
    "customers_returning",
    "customers_active",
    "customers_lost",
    "customers_reactivated",
    "customers_start",
    "customers_end",
    "customers_joined",
    "crr",
    "crr_strict",
    "churn",
];

/// A metric's values per bucket: `values[metric][bucket]`. Buckets after `as_of` have no value.
/// The buckets are neighbours, as [`buckets`] makes them.
pub fn series(
    base: &LiveBase,
    query: &Query,
    metrics: &[&'static Metric],
    buckets: &[(Day, Day)],
) -> Vec<Vec<Option<Value>>> {
    let mut values: Vec<Vec<Option<Value>>> = metrics
        .iter()
        .map(|_| Vec::with_capacity(buckets.len()))
        .collect();
    if metrics
        .iter()
        .all(|metric| QUICK.contains(&metric.spec.key))
    {
        for part in buckets.chunks(MOST_IN_ONE_PASS) {
            let dashboard = dashboard(base, query, part);
            for at in 0..part.len() {
                let panel = (at < dashboard.buckets.len()).then(|| panel_of(&dashboard, at));
                for (values, metric) in values.iter_mut().zip(metrics) {
                    values.push(panel.as_ref().map(|panel| (metric.compute)(panel)));
                }
            }
        }
        return values;
    }
    let needs = answer::needs(metrics);
    let query = query.with_members(base);
    let queries: Vec<Query> = buckets
        .iter()
        .filter(|bucket| bucket.0 <= query.as_of)
        .map(|&(from, to)| query.over(from, to))
        .collect();
    let panels = Panel::many(base, &queries, needs);
    let mut panels = panels.iter();
    for &(from, _) in buckets {
        let panel = (from <= query.as_of).then(|| panels.next()).flatten();
        for (values, metric) in values.iter_mut().zip(metrics) {
            values.push(panel.map(|panel| (metric.compute)(panel)));
        }
    }
    values
}
