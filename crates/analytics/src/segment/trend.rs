//! A segment as it was on past days, by today's knowledge: how many were in it, and what those brought.

use crate::base::live::LiveBase;
use crate::metrics::answer::value;
use crate::metrics::find;
use crate::query::{Query, Segmented};
use std::sync::Arc;
use vernis_domain::Day;

/// Days over which the money of a point is counted, its own day included.
const YEAR: i32 = 365;

/// A segment on one day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The day.
    pub day: Day,
    /// Customers who were in it at the end of the day.
    pub customers: usize,
    /// The revenue they brought in the year up to that day, minor units.
    pub revenue_minor: i64,
}

/// The segment on each of the days.
pub fn trend(base: &LiveBase, segment: &Segmented, days: &[Day]) -> Vec<Point> {
    let revenue = find("revenue");
    let point = |&day: &Day| {
        let members = segment.members(base, day);
        let customers = members.len();
        let mut query = Query::new(day.plus(1 - YEAR), day.plus(1), day);
        query.customers = Some(Arc::new(members));
        let money = revenue.and_then(|metric| value(base, &query, metric).value);
        Point {
            day,
            customers,
            revenue_minor: money.unwrap_or(0.0).round() as i64,
        }
    };
    days.iter().map(point).collect()
}
