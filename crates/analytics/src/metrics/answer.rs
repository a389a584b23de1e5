//! Answers of the panel: values with their comparisons, and values by group.

use super::{Metric, Value, all};
use crate::base::live::LiveBase;
use crate::panel::{Needs, Panel};
use crate::query::Query;
use crate::rfm::{Cell, RfmQuery};
use vernis_domain::{ChannelId, StoreId};

/// One metric's answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Which metric.
    pub metric: &'static Metric,
    /// The value of the period.
    pub value: Value,
    /// The value of the period of the same length just before.
    pub previous: Option<f64>,
    /// The value of the same dates one year earlier.
    pub year_ago: Option<f64>,
}

/// Values of `metrics` for the query, with the previous period and the same period a year ago.
/// A comparison that lies wholly before the first purchase is left out.
pub fn answers(base: &LiveBase, query: &Query, metrics: &[&'static Metric]) -> Vec<Answer> {
    let query = query.with_members(base);
    let days = base.days();
    let known = |other: &Query| {
        days.as_ref()
            .is_some_and(|days| other.to > days.start && other.to > other.from)
    };
    let others = [query.previous(), query.year_ago()];
    let asked: Vec<Query> = others
        .iter()
        .filter(|other| known(other))
        .cloned()
        .collect();
    let queries: Vec<Query> = std::iter::once(query).chain(asked).collect();
    let mut panels = Panel::many(base, &queries, needs(metrics)).into_iter();
    let panel = panels.next().unwrap_or_default();
    let [previous, year_ago] = others.map(|other| known(&other).then(|| panels.next()).flatten());
    let value = |panel: &Option<Panel>, metric: &Metric| {
        panel
            .as_ref()
            .and_then(|panel| (metric.compute)(panel).value)
    };
    metrics
        .iter()
        .map(|&metric| Answer {
            metric,
            value: (metric.compute)(&panel),
            previous: value(&previous, metric),
            year_ago: value(&year_ago, metric),
        })
        .collect()
}

/// Values of all metrics for the query, without comparisons.
pub fn values(base: &LiveBase, query: &Query) -> Vec<(&'static Metric, Value)> {
    let panel = Panel::of(base, query, Needs::ALL);
    all()
        .iter()
        .map(|metric| (metric, (metric.compute)(&panel)))
        .collect()
}

/// The value of one metric.
pub fn value(base: &LiveBase, query: &Query, metric: &Metric) -> Value {
    (metric.compute)(&Panel::of(base, query, metric.needs))
}

pub(crate) fn needs(metrics: &[&'static Metric]) -> Needs {
    metrics
        .iter()
        .fold(Needs::default(), |needs, metric| needs.or(metric.needs))
}

/// How the base is cut into groups.
#[derive(Clone, Debug)]
pub enum By {
    /// One group per store.
    Store,
    /// One group per channel.
    Channel,
    /// One group per RFM cell.
    Cell(RfmQuery),
}

/// Which group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKey {
    /// A store.
    Store(StoreId),
    /// A channel.
    Channel(ChannelId),
    /// An RFM cell.
    Cell(Cell),
}

/// Values of `metrics` per group; the groups in the order of their ids or cells.
pub fn by_group(
    base: &LiveBase,
    query: &Query,
    by: &By,
    metrics: &[&'static Metric],
) -> Vec<(GroupKey, Vec<Value>)> {
    let needs = needs(metrics);
    // A cell asked for is cut out once for all groups.
    let query = &query.with_members(base);
    let mut groups: Vec<(GroupKey, Query)> = Vec::new();
    match by {
        By::Store => groups.extend(base.catalogue().stores().into_iter().map(|id| {
            let query = Query {
                store: Some(id),
                ..query.clone()
            };
            (GroupKey::Store(id), query)
        })),
        By::Channel => groups.extend(base.catalogue().channels().into_iter().map(|id| {
            let query = Query {
                channel: Some(id),
                ..query.clone()
            };
            (GroupKey::Channel(id), query)
        })),
        By::Cell(rfm) => {
            let sets = crate::rfm::all_members(base, rfm);
            groups.extend(Cell::all().zip(sets).map(|(cell, set)| {
                let set = match &query.customers {
                    Some(chosen) => set.and(chosen),
                    None => set,
                };
                let query = Query {
                    cell: None,
                    customers: Some(std::sync::Arc::new(set)),
                    ..query.clone()
                };
                (GroupKey::Cell(cell), query)
            }));
        }
    }
    let queries: Vec<Query> = groups.iter().map(|(_, query)| query.clone()).collect();
    let panels = Panel::many(base, &queries, needs);
    groups
        .into_iter()
        .zip(panels)
        .map(|((key, _), panel)| {
            let values = metrics
                .iter()
                .map(|metric| (metric.compute)(&panel))
                .collect();
            (key, values)
        })
        .collect()
}
