//! The panel: one pass over the base that gathers everything the metrics are computed from.

pub mod books;
pub mod look;

use crate::base::live::LiveBase;
use crate::base::row::RETURN;
use crate::base::shard::Shard;
use crate::query::{Query, Scope};
use books::Books;
use look::{Look, doc, gaps, look};
use rayon::prelude::*;

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
    #[inline]
    fn add(&mut self, seen: &Look, scope: &Scope) {
        let one = i64::from;
        let born_in = seen.born_in(scope);
        let buyer = seen.purchases > 0;
        let new = seen.is_new(scope);
        self.members += one(seen.member);
        self.registered += one(seen.registered);
        self.buyers += one(buyer);
        self.repeat_buyers += one(seen.purchases >= 2);
        self.new += one(new);
        self.returning += one(buyer && !born_in);
        self.purchases += i64::from(seen.purchases);
        self.first_purchases += one(new);
        self.spent += seen.spent;
        self.spent_new += if born_in { seen.spent } else { 0 };
        self.first_net += seen.first_net;
        self.cost += seen.cost;
        self.uncosted += i64::from(seen.uncosted);
        self.start += one(seen.active_start);
        self.end += one(seen.active_end);
        self.kept += one(seen.active_start && seen.active_end);
        self.joined += one(seen.active_end && !seen.active_start && born_in);
        self.reactivated += one(seen.reactivated(scope));
        self.exposure_days += i64::from(seen.exposure_days);
        if seen.life_purchases > 0 {
            self.life_customers += 1;
            self.life_spent += seen.life_spent;
            self.life_cost += seen.life_cost;
            self.life_uncosted += i64::from(seen.life_uncosted);
        }
    }

    fn merge(mut self, o: Counts) -> Counts {
        self.members += o.members;
        self.registered += o.registered;
        self.buyers += o.buyers;
        self.repeat_buyers += o.repeat_buyers;
        self.new += o.new;
        self.returning += o.returning;
        self.purchases += o.purchases;
        self.first_purchases += o.first_purchases;
        self.spent += o.spent;
        self.spent_new += o.spent_new;
        self.first_net += o.first_net;
        self.cost += o.cost;
        self.uncosted += o.uncosted;
        self.start += o.start;
        self.end += o.end;
        self.kept += o.kept;
        self.joined += o.joined;
        self.reactivated += o.reactivated;
        self.exposure_days += o.exposure_days;
        self.life_customers += o.life_customers;
        self.life_spent += o.life_spent;
        self.life_cost += o.life_cost;
        self.life_uncosted += o.life_uncosted;
        self
    }

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
    /// What each buyer spent, in no order, when asked for.
    pub spending: Vec<i64>,
    /// W in days.
    pub window_days: i32,
    /// The period begins within W days of the first purchase ever recorded.
    pub newness_unknown: bool,
    /// Days of the period.
    pub days: i32,
}

fn tally(counts: &mut Vec<u32>, value: usize) {
    if counts.len() <= value {
        counts.resize(value + 1, 0);
    }
    counts[value] += 1;
}

fn add_up(mut a: Vec<u32>, b: Vec<u32>) -> Vec<u32> {
    if a.len() < b.len() {
        return add_up(b, a);
    }
    for (sum, more) in a.iter_mut().zip(b) {
        *sum += more;
    }
    a
}

impl Panel {
    /// Gathers the panel of one question.
    pub fn of(base: &LiveBase, query: &Query, needs: Needs) -> Panel {
        let scope = query.scope(base);
        let mut panel = base.pool().run(|| {
            base.shards()
                .par_iter()
                .with_min_len(base.grain())
                .fold(Panel::default, |panel, shard| {
                    panel.with_shard(&scope, shard, needs)
                })
                .reduce(Panel::default, Panel::merge)
        });
        if scope.set.is_none() {
            for block in base.anonymous() {
                let columns = &*block.columns;
                for row in 0..columns.len() {
                    if scope.in_period(i32::from(columns.day[row])) && scope.here(columns, row) {
                        let doc = doc(columns, row, false);
                        panel.anonymous.add(&doc);
                        if needs.amounts && !doc.is_return {
                            panel.amounts.push(doc.paid);
                        }
                    }
                }
            }
        }
        panel.window_days = scope.window;
        panel.days = scope.end - scope.from;
        panel.newness_unknown = base.days().is_some_and(|days| {
            query.from < days.start.plus(scope.window) && query.to > days.start
        });
        panel
    }

    fn with_shard(mut self, scope: &Scope, shard: &Shard, needs: Needs) -> Panel {
        let bits = scope.bits(shard.key);
        if scope.set.is_some() && bits.is_none() {
            return self;
        }
        let mut own = Vec::new();
        for run in shard.runs() {
            for at in run.from..run.to {
                let slot = run.slot + at - run.from;
                if !scope.chosen(bits, slot) {
                    continue;
                }
                let seen = look(scope, run.history, at, &shard.people, slot);
                self.counts.add(&seen, scope);
                if needs.spending && seen.purchases > 0 {
                    self.spending.push(seen.spent);
                }
                let columns = &*run.history.columns;
                for row in run.history.range(at).rev() {
                    let day = i32::from(columns.day[row]);
                    if day < scope.from {
                        break;
                    }
                    if day < scope.end && scope.here(columns, row) {
                        self.identified.add(&doc(columns, row, true));
                        if needs.amounts && columns.flags[row] & RETURN == 0 {
                            self.amounts.push(columns.paid.get(row));
                        }
                    }
                }
                if needs.gaps && seen.purchases > 0 {
                    let pooled = &mut self.gaps;
                    let median = gaps(scope, run.history, at, &mut own, |gap, _| {
                        tally(pooled, usize::from(gap));
                    });
                    if let Some(twice) = median {
                        tally(&mut self.gap_medians, twice as usize);
                    }
                }
            }
        }
        self
    }

    /// Sums of two parts of the base.
    pub fn merge(mut self, mut other: Panel) -> Panel {
        self.counts = self.counts.merge(other.counts);
        self.identified = self.identified.merge(other.identified);
        self.anonymous = self.anonymous.merge(other.anonymous);
        self.amounts.append(&mut other.amounts);
        self.spending.append(&mut other.spending);
        self.gaps = add_up(self.gaps, other.gaps);
        self.gap_medians = add_up(self.gap_medians, other.gap_medians);
        self
    }

    /// All documents of the period, with and without a customer.
    pub fn books(&self) -> Books {
        self.identified.merge(self.anonymous)
    }
}
