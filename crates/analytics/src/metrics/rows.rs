//! Who stands behind a number: the customers or purchases that make it, with their parts.

use super::{Aggregate, Behind, Metric, Part, Value, all};
use crate::base::live::LiveBase;
use crate::base::shard::Shard;
use crate::panel::Panel;
use crate::panel::look::{doc, gaps, look};
use crate::pareto::{gini, top_share};
use crate::quantile::median;
use crate::query::{Query, Scope};
use crate::text::Text;
use rayon::prelude::*;
use std::collections::HashMap;
use vernis_domain::{CustomerId, Day, PurchaseId};

/// What the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One row per customer.
    Customers,
    /// One row per purchase.
    Purchases,
}

/// One row behind a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowItem {
    /// The customer, when known.
    pub customer: Option<CustomerId>,
    /// The purchase, for rows of purchases.
    pub purchase: Option<PurchaseId>,
    /// Day of the purchase; of a customer his last purchase before the end of the period.
    pub day: Option<Day>,
    /// Paid by the document, or spent by the customer in the period; minor units.
    pub amount_minor: i64,
    /// What part it has.
    pub role: Text,
    /// What it adds above the line.
    pub contribution: i64,
    /// What it adds below the line.
    pub below: i64,
}

/// A page of rows.
#[derive(Clone, Debug)]
pub struct RowsPage {
    /// What the rows are.
    pub kind: Kind,
    /// How many rows there are in all.
    pub total: usize,
    /// The number they make.
    pub value: Value,
    /// The rows asked for.
    pub items: Vec<RowItem>,
}

/// Rows `offset..offset + limit` behind a metric, in the order of customers, then days; receipts
/// without a customer come last.
pub fn rows(
    base: &LiveBase,
    query: &Query,
    metric: &Metric,
    offset: usize,
    limit: usize,
) -> RowsPage {
    let scope = query.scope(base);
    let panel = Panel::of(base, query, metric.needs);
    let behind = metric.behind;
    let nameless = matches!(behind, Behind::Purchases(_)) && scope.set.is_none();
    let counts: Vec<usize> = base.pool().run(|| {
        base.shards()
            .par_iter()
            .map(|shard| {
                let mut count = 0;
                of_shard(shard, &scope, &panel, behind, |_| count += 1);
                count
            })
            .collect()
    });
    let mut items = Vec::new();
    let mut passed = 0;
    let until = offset.saturating_add(limit);
    for (shard, count) in base.shards().iter().zip(counts) {
        if passed < until && passed + count > offset {
            let mut at = passed;
            of_shard(shard, &scope, &panel, behind, |item| {
                if (offset..until).contains(&at) {
                    items.push(item);
                }
                at += 1;
            });
        }
        passed += count;
    }
    if let (true, Behind::Purchases(of)) = (nameless, behind) {
        for block in base.anonymous() {
            let columns = &*block.columns;
            for row in 0..columns.len() {
                if !scope.in_period(i32::from(columns.day[row])) || !scope.here(columns, row) {
                    continue;
                }
                let doc = doc(columns, row, false);
                if let Some(part) = of(&doc, &panel) {
                    if (offset..until).contains(&passed) {
                        items.push(purchase_row(None, &doc, part));
                    }
                    passed += 1;
                }
            }
        }
    }
    RowsPage {
        kind: match behind {
            Behind::Purchases(_) => Kind::Purchases,
            _ => Kind::Customers,
        },
        total: passed,
        value: (metric.compute)(&panel),
        items,
    }
}

fn purchase_row(
    customer: Option<CustomerId>,
    doc: &crate::panel::look::Doc,
    part: Part,
) -> RowItem {
    RowItem {
        customer,
        purchase: Some(PurchaseId(doc.id)),
        day: Some(Day(doc.day)),
        amount_minor: doc.paid,
        role: *part.role,
        contribution: part.top,
        below: part.bottom,
    }
}

fn of_shard(
    shard: &Shard,
    scope: &Scope,
    panel: &Panel,
    behind: Behind,
    mut each: impl FnMut(RowItem),
) {
    let bits = scope.bits(shard.key);
    let mut own = Vec::new();
    let mut gap_at: HashMap<usize, u16> = HashMap::new();
    for run in shard.runs() {
        for at in run.from..run.to {
            let slot = run.slot + at - run.from;
            if !scope.chosen(bits, slot) {
                continue;
            }
            let id = shard.id(slot);
            match behind {
                Behind::Customers(_) | Behind::GapMedians(_) => {
                    let seen = look(scope, run.history, at, &shard.people, slot);
                    let part = match behind {
                        Behind::Customers(of) => of(&seen, scope, panel),
                        Behind::GapMedians(of) => {
                            gaps(scope, run.history, at, &mut own, |_, _| {}).and_then(of)
                        }
                        _ => None,
                    };
                    if let Some(part) = part {
                        each(RowItem {
                            customer: Some(id),
                            purchase: None,
                            day: seen.last.map(Day),
                            amount_minor: seen.spent,
                            role: *part.role,
                            contribution: part.top,
                            below: part.bottom,
                        });
                    }
                }
                Behind::Purchases(of) => {
                    let columns = &*run.history.columns;
                    gap_at.clear();
                    gaps(scope, run.history, at, &mut own, |gap, row| {
                        gap_at.insert(row, gap);
                    });
                    for row in run.history.range(at) {
                        if !scope.in_period(i32::from(columns.day[row]))
                            || !scope.here(columns, row)
                        {
                            continue;
                        }
                        let mut doc = doc(columns, row, true);
                        doc.gap = gap_at.get(&row).copied();
                        if let Some(part) = of(&doc, panel) {
                            each(purchase_row(Some(id), &doc, part));
                        }
                    }
                }
                Behind::Nothing => {}
            }
        }
    }
}

/// Makes the number from its rows. Every metric's rows give its value back (tested for all).
pub fn aggregate(how: Aggregate, rows: &[RowItem]) -> Option<f64> {
    let tops = || rows.iter().map(|row| row.contribution);
    match how {
        Aggregate::Sum => Some(tops().sum::<i64>() as f64),
        Aggregate::SumOfSome => (!rows.is_empty()).then(|| tops().sum::<i64>() as f64),
        Aggregate::Ratio(factor) => {
            let below: i64 = rows.iter().map(|row| row.below).sum();
            (below != 0).then(|| tops().sum::<i64>() as f64 / below as f64 * factor)
        }
        Aggregate::Median(factor) => {
            median(&mut tops().collect::<Vec<_>>()).map(|median| median * factor)
        }
        Aggregate::Gini => gini(&tops().collect::<Vec<_>>()),
        Aggregate::TopShare => top_share(&tops().collect::<Vec<_>>(), 0.2),
        Aggregate::Nothing => None,
    }
}

/// Compares, for every metric, the value with what its rows make; returns the keys that differ.
/// Used by `vernis verify` and the tests.
pub fn disagreements(base: &LiveBase, query: &Query) -> Vec<&'static str> {
    all()
        .iter()
        .filter(|metric| {
            let page = rows(base, query, metric, 0, usize::MAX);
            let (value, made) = (page.value.value, aggregate(metric.aggregate, &page.items));
            match (value, made) {
                (Some(value), Some(made)) => (value - made).abs() > 1e-9 * value.abs().max(1.0),
                (None, None) => false,
                _ => true,
            }
        })
        .map(|metric| metric.spec.key)
        .collect()
}
