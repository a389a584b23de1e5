//! Cohorts: customers by the month of their first purchase, and how many of them, with how much
//! money, bought in each month after.

use crate::base::live::LiveBase;
use crate::dashboard::{MOST_BUCKETS, dashboard};
use crate::metrics::series::{Grain, buckets};
use crate::query::Query;
use vernis_domain::Day;

/// One cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// First day of its month.
    pub from: Day,
    /// Customers whose first purchase lies in that month.
    pub size: i64,
    /// By age in months: customers who bought in that month; `None` for months that are not over
    /// on the last seen day's month, that is in the future.
    pub customers: Vec<Option<i64>>,
    /// By age in months: spent in that month, minor units; `None` in the future.
    pub revenue_minor: Vec<Option<i64>>,
}

/// The cohort table.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohorts {
    /// By month; at most 62, the latest ones.
    pub cohorts: Vec<Cohort>,
    /// By age: Σ bought ÷ Σ size over the cohorts that reached it.
    pub weighted: Vec<Option<f64>>,
    /// By age: Σ money ÷ Σ money of age 0 over the cohorts that reached it (may exceed one).
    pub weighted_revenue: Vec<Option<f64>>,
}

/// The table of the months that touch the query's period. Months are always whole, so that a
/// cohort is the same whatever day the period begins with; the last seen day ends the last one.
pub fn cohorts(base: &LiveBase, query: &Query) -> Cohorts {
    let from = query.from.month_start();
    let to = query.to.plus(-1).add_months(1).max(from);
    let mut months = buckets(from, to, Grain::Month);
    if months.len() > MOST_BUCKETS {
        months.drain(..months.len() - MOST_BUCKETS);
    }
    let dashboard = dashboard(base, query, &months);
    let ages = months.len();
    let reached = dashboard.buckets.len();
    let cohorts: Vec<Cohort> = (0..reached)
        .map(|c| {
            let cells = |values: &[i64]| {
                (0..ages - c)
                    .map(|k| values.get(k).copied())
                    .collect::<Vec<Option<i64>>>()
            };
            Cohort {
                from: dashboard.buckets[c].0,
                size: dashboard.cohort_customers[c][0],
                customers: cells(&dashboard.cohort_customers[c]),
                revenue_minor: cells(&dashboard.cohort_revenue[c]),
            }
        })
        .collect();
    let weighted = |of: fn(&Cohort) -> &Vec<Option<i64>>| {
        (0..ages)
            .map(|age| {
                let (mut top, mut bottom) = (0, 0);
                for cohort in &cohorts {
                    if let (Some(Some(value)), Some(Some(start))) =
                        (of(cohort).get(age), of(cohort).first())
                    {
                        top += value;
                        bottom += start;
                    }
                }
                (bottom != 0).then(|| top as f64 / bottom as f64)
            })
            .collect::<Vec<Option<f64>>>()
    };
    Cohorts {
        weighted: weighted(|cohort| &cohort.customers),
        weighted_revenue: weighted(|cohort| &cohort.revenue_minor),
        cohorts,
    }
}
