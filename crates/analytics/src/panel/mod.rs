//! The panel: one pass over the base that gathers everything the metrics are computed from.

pub mod books;
pub mod look;
mod pass;

use crate::base::live::LiveBase;
use crate::query::Query;
use books::Books;

/// What beyond the plain sums a metric needs; gathered only when asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Every sale's amount, for the median receipt.
    pub amounts: bool,
    /// Gaps between purchase days.
    pub gaps: bool,
    /// What every buyer spent, for the Pareto share and Gini.
    pub spending: bool,
}

impl Needs {
    /// Everything.
    pub const ALL: Needs = Needs {
        amounts: true,
        gaps: true,
        spending: true,
    };

    /// What either needs.
    pub fn or(self, other: Needs) -> Needs {
        Needs {
            amounts: self.amounts || other.amounts,
            gaps: self.gaps || other.gaps,
            spending: self.spending || other.spending,
        }
    }
}

/// Counts and sums over customers. Money in minor units. Names follow [`Look`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Counts {
    pub members: i64,
    pub registered: i64,
    pub buyers: i64,
    pub repeat_buyers: i64,
    pub new: i64,
    pub returning: i64,
    pub purchases: i64,
    pub first_purchases: i64,
    pub spent: i64,
    pub spent_new: i64,
    pub first_net: i64,
    pub cost: i64,
    pub uncosted: i64,
    /// S: active at the start.
    pub start: i64,
    /// E: active at the end.
    pub end: i64,
    /// |S∩E|.
    pub kept: i64,
    /// N: born in the period and active at the end.
    pub joined: i64,
    pub reactivated: i64,
    pub exposure_days: i64,
    pub life_customers: i64,
    pub life_spent: i64,
    pub life_cost: i64,
    pub life_uncosted: i64,
}

impl Counts {
    /// Lost: active at the start, not at the end.
    pub fn lost(&self) -> i64 {
        self.start - self.kept
    }
}

/// Everything the metrics of one question are computed from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Panel {
    /// Customers.
    pub counts: Counts,
    /// Documents of known customers.
    pub identified: Books,
    /// Documents without a customer.
    pub anonymous: Books,
    /// Amounts of all sales, in no order, when asked for.
    pub amounts: Vec<i64>,
    /// How often each gap in days occurred, when asked for.
    pub gaps: Vec<u32>,
    /// How often each doubled median of a customer's gaps occurred, when asked for.
    pub gap_medians: Vec<u32>,
    /// What each buyer spent, in ascending order, when asked for.
    pub spending: Vec<i64>,
    /// W in days.
    pub window_days: i32,
    /// The period begins within W days of the first purchase ever recorded.
    pub newness_unknown: bool,
    /// Days of the period.
    pub days: i32,
}

impl Panel {
    /// Gathers the panel of one question.
    pub fn of(base: &LiveBase, query: &Query, needs: Needs) -> Panel {
        Panel::many(base, std::slice::from_ref(query), needs)
            .pop()
            .unwrap_or_default()
    }

    /// Gathers the panels of several questions, in their order: those that differ in nothing but
    /// their periods together, in one pass.
    pub fn many(base: &LiveBase, queries: &[Query], needs: Needs) -> Vec<Panel> {
        let scopes: Vec<_> = queries.iter().map(|query| query.scope(base)).collect();
        let mut panels = pass::panels(base, &scopes, needs);
        let days = base.days();
        for (panel, query) in panels.iter_mut().zip(queries) {
            panel.newness_unknown = days.as_ref().is_some_and(|days| {
                query.from < days.start.plus(panel.window_days) && query.to > days.start
            });
        }
        panels
    }

    /// All documents of the period, with and without a customer.
    pub fn books(&self) -> Books {
        self.identified.merge(self.anonymous)
    }
}
