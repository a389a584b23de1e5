//! The dashboard in one pass: per bucket (month or week) revenue, orders, buyers, new and
//! returning, active customers and strict retention, and the full cohort table.
//!
//! Per purchase: one look-up day → bucket and day → boundaries it is active at, two additions.
//! Per customer: three counters of bit masks. No sort, no hash, no branch inside a customer.

use crate::base::columns::{Amounts, Columns, Link};
use crate::base::history::History;
use crate::base::live::LiveBase;
use crate::base::row::{NO_DAY, NOT_A_PURCHASE, RETURN};
use crate::base::shard::Shard;
use crate::query::{Query, Scope};
use crate::tower::Tower;
use rayon::prelude::*;
use std::ops::Range;
use vernis_domain::Day;

/// Buckets one pass can take: a bit mask has 64 bits and the boundaries are one more.
pub const MOST_BUCKETS: usize = 62;

/// The dashboard's numbers; money in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dashboard {
    /// (first day, day after the last) of each bucket; the last one ends with the last seen day.
    pub buckets: Vec<(Day, Day)>,
    /// Revenue, booked, anonymous receipts included.
    pub revenue: Vec<i64>,
    /// Sales, anonymous ones included.
    pub orders: Vec<i64>,
    /// Distinct customers with a purchase.
    pub buyers: Vec<i64>,
    /// First purchase ever in the bucket (and in the asked store and channel).
    pub new: Vec<i64>,
    /// Buyers whose first purchase ever was before the bucket.
    pub returning: Vec<i64>,
    /// S: active at the bucket's start.
    pub start: Vec<i64>,
    /// E: active at the bucket's end.
    pub end: Vec<i64>,
    /// |S∩E|.
    pub kept: Vec<i64>,
    /// N: born in the bucket and active at its end.
    pub joined: Vec<i64>,
    /// Buyers of cohort c in bucket c + k, `[c][k]`.
    pub cohort_customers: Vec<Vec<i64>>,
    /// Spent by cohort c in bucket c + k (returns on the day of their sale), `[c][k]`.
    pub cohort_revenue: Vec<Vec<i64>>,
}

/// Everything the inner loop looks up. Tables have a place for every day a column can hold, so
/// that no look-up is checked; only the places of the period are ever touched.
struct Plan {
    buckets: usize,
    /// Day → bucket; `buckets` for days outside.
    bucket: Box<[u8; DAYS]>,
    /// Day → boundaries at which a purchase of that day makes the customer active.
    active: Box<[u64; DAYS]>,
}

/// Days a column can hold.
const DAYS: usize = 1 << 16;

/// Places per cohort row of [`Part::cells`]: one per bit, so that the index needs no check.
const STRIDE: usize = 64;

impl Plan {
    fn new(buckets: &[(Day, Day)], window: i32, seen_end: i32) -> Plan {
        let n = buckets.len();
        let mut plan = Plan {
            buckets: n,
            bucket: Box::new([n as u8; DAYS]),
            active: Box::new([0; DAYS]),
        };
        let stop = buckets.last().map_or(0, |b| b.1.0.min(seen_end));
        let within = |from: i32, to: i32| {
            let last = i32::from(NO_DAY);
            from.clamp(0, last) as usize..to.min(stop).clamp(0, last) as usize
        };
        for (at, (from, to)) in buckets.iter().enumerate() {
            plan.bucket[within(from.0, to.0)].fill(at as u8);
        }
        for (bit, boundary) in buckets.iter().map(|b| b.0.0).chain([stop]).enumerate() {
            for mask in &mut plan.active[within(boundary - window, boundary)] {
                *mask |= 1 << bit;
            }
        }
        plan
    }

    #[inline(always)]
    fn bucket_of(&self, day: u16) -> usize {
        usize::from(self.bucket[usize::from(day)])
    }
}

/// Sums of a part of the base. Cohort rows: 0..n born here in that bucket, n born here before,
/// then the same for those born in another store or channel.
#[derive(Clone)]
struct Part {
    /// [paid, sales] per cohort row and bucket (one more for outside).
    cells: Vec<[[i64; 2]; STRIDE]>,
    /// Corrections of `cells`' money for returns that belong to the bucket of their sale.
    moved: Vec<i64>,
    bought: Vec<i64>,
    active: Vec<i64>,
    kept: Vec<i64>,
    joined: Vec<i64>,
}

impl Part {
    fn new(n: usize) -> Part {
        let rows = 2 * (n + 1);
        Part {
            cells: vec![[[0; 2]; STRIDE]; rows],
            moved: vec![0; rows * (n + 1)],
            bought: vec![0; rows * (n + 1)],
            active: vec![0; n + 1],
            kept: vec![0; n],
            joined: vec![0; n],
        }
    }

    fn merge(mut self, other: Part) -> Part {
        let add = |a: &mut [i64], b: &[i64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        for (a, b) in self
            .cells
            .iter_mut()
            .flatten()
            .zip(other.cells.iter().flatten())
        {
            a[0] += b[0];
            a[1] += b[1];
        }
        add(&mut self.moved, &other.moved);
        add(&mut self.bought, &other.bought);
        add(&mut self.active, &other.active);
        add(&mut self.kept, &other.kept);
        add(&mut self.joined, &other.joined);
        self
    }

    fn add_shard(&mut self, shard: &Shard, scope: &Scope, plan: &Plan) {
        let n = plan.buckets;
        let mut towers = Towers {
            rows: vec![Tower::default(); 2 * (n + 1)],
            active: Tower::default(),
            kept: Tower::default(),
        };
        let bits = scope.bits(shard.key);
        if scope.set.is_some() && bits.is_none() {
            return;
        }
        for run in shard.runs() {
            let customers = run.from..run.to;
            let skip = |at: usize| !scope.chosen(bits, run.slot + at - run.from);
            match (&run.history.columns.paid, scope.set.is_some()) {
                (Amounts::Narrow(paid), false) => {
                    self.add_run(
                        run.history,
                        customers,
                        paid,
                        scope,
                        plan,
                        |_| false,
                        &mut towers,
                    );
                }
                (Amounts::Narrow(paid), true) => {
                    self.add_run(run.history, customers, paid, scope, plan, skip, &mut towers);
                }
                (Amounts::Wide(paid), _) => {
                    self.add_run(run.history, customers, paid, scope, plan, skip, &mut towers);
                }
            }
        }
        let add = |to: &mut [i64], tower: Tower| {
            to.iter_mut()
                .zip(tower.counts())
                .for_each(|(sum, count)| *sum += i64::from(count));
        };
        for (row, tower) in towers.rows.into_iter().enumerate() {
            add(&mut self.bought[row * (n + 1)..][..n], tower);
        }
        add(&mut self.active, towers.active);
        add(&mut self.kept, towers.kept);
    }

    #[allow(clippy::too_many_arguments)]
    fn add_run<P: Copy + Into<i64>>(
        &mut self,
        history: &History,
        customers: Range<usize>,
        paid: &[P],
        scope: &Scope,
        plan: &Plan,
        skip: impl Fn(usize) -> bool,
        towers: &mut Towers,
    ) {
        if scope.whole_shop() {
            self.add_rows(
                history,
                customers,
                paid,
                scope,
                plan,
                skip,
                |_, _| true,
                towers,
            );
        } else {
            let here = |columns: &Columns, row: usize| scope.here(columns, row);
            self.add_rows(history, customers, paid, scope, plan, skip, here, towers);
        }
    }

    #[allow(clippy::too_many_arguments)]
    #[inline(always)]
    fn add_rows<P: Copy + Into<i64>>(
        &mut self,
        history: &History,
        customers: Range<usize>,
        paid: &[P],
        scope: &Scope,
        plan: &Plan,
        skip: impl Fn(usize) -> bool,
        here: impl Fn(&Columns, usize) -> bool,
        towers: &mut Towers,
    ) {
        let n = plan.buckets;
        let columns = &*history.columns;
        let kept = &history.kept;
        let links = columns.links.as_slice();
        let first_row = history.offsets[customers.start];
        let mut link = links.partition_point(|link| link.row < first_row);
        for at in customers {
            if skip(at) {
                continue;
            }
            let range = history.range(at);
            let first = kept.first_day[at];
            let born_here = scope.store.is_none_or(|code| kept.first_store[at] == code)
                && scope
                    .channel
                    .is_none_or(|code| kept.first_channel[at] == code);
            let born = plan.bucket_of(first);
            let row = born + if born_here { 0 } else { n + 1 };
            let cells = &mut self.cells[row];
            let (mut bought, mut active) = (0u64, 0u64);
            let rows = columns.day[range.clone()]
                .iter()
                .zip(&columns.flags[range.clone()])
                .zip(&paid[range.clone()]);
            for (k, ((&day, &flags), &amount)) in rows.enumerate() {
                let bucket = plan.bucket_of(day) % STRIDE;
                let seen = here(columns, range.start + k);
                let counted = u64::from(seen & (flags & NOT_A_PURCHASE == 0)).wrapping_neg();
                bought |= (1 << bucket) & counted;
                active |= plan.active[usize::from(day)] & counted;
                let cell = &mut cells[bucket];
                cell[0] += if seen { amount.into() } else { 0 };
                cell[1] += i64::from(seen & (flags & RETURN == 0));
            }
            // Returns of named sales belong to the bucket of the sale in the cohorts' money.
            while link < links.len() && (links[link].row as usize) < range.end {
                let Link { row: at, day, .. } = links[link];
                let at = at as usize;
                link += 1;
                if at >= range.start && day != NO_DAY && here(columns, at) {
                    let amount: i64 = paid[at].into();
                    let moved = &mut self.moved[row * (n + 1)..(row + 1) * (n + 1)];
                    moved[plan.bucket_of(columns.day[at])] -= amount;
                    moved[plan.bucket_of(day)] += amount;
                }
            }
            towers.rows[row].add(bought);
            towers.active.add(active);
            towers.kept.add(active & (active >> 1));
            if born < n {
                self.joined[born] += (active >> (born + 1) & !(active >> born) & 1) as i64;
            }
        }
    }
}

struct Towers {
    rows: Vec<Tower>,
    active: Tower,
    kept: Tower,
}

/// Computes the dashboard over neighbouring `buckets` (at most [`MOST_BUCKETS`]; more are cut at the
/// beginning, those after the last seen day are left out).
pub fn dashboard(base: &LiveBase, query: &Query, buckets: &[(Day, Day)]) -> Dashboard {
    let scope = query.scope(base);
    let mut buckets: Vec<(Day, Day)> = buckets
        .iter()
        .copied()
        .filter(|b| b.0.0 < scope.seen_end)
        .collect();
    if buckets.len() > MOST_BUCKETS {
        buckets.drain(..buckets.len() - MOST_BUCKETS);
    }
    let n = buckets.len();
    if n == 0 {
        return Dashboard::default();
    }
    let plan = Plan::new(&buckets, scope.window, scope.seen_end);
    let sum = base.pool().run(|| {
        base.shards()
            .par_iter()
            .with_min_len(base.grain())
            .fold(
                || Part::new(n),
                |mut part, shard| {
                    part.add_shard(shard, &scope, &plan);
                    part
                },
            )
            .reduce(|| Part::new(n), Part::merge)
    });
    let mut revenue = vec![0; n];
    let mut orders = vec![0; n];
    let mut buyers = vec![0; n];
    for row in 0..2 * (n + 1) {
        for bucket in 0..n {
            let at = row * (n + 1) + bucket;
            revenue[bucket] += sum.cells[row][bucket][0];
            orders[bucket] += sum.cells[row][bucket][1];
            buyers[bucket] += sum.bought[at];
        }
    }
    if scope.set.is_none() {
        add_anonymous(base, &scope, &plan, &mut revenue, &mut orders);
    }
    let at = |row: usize, bucket: usize| row * (n + 1) + bucket;
    Dashboard {
        new: (0..n).map(|m| sum.bought[at(m, m)]).collect(),
        returning: (0..n)
            .map(|m| buyers[m] - sum.bought[at(m, m)] - sum.bought[at(n + 1 + m, m)])
            .collect(),
        start: sum.active[..n].to_vec(),
        end: sum.active[1..].to_vec(),
        kept: sum.kept,
        joined: sum.joined,
        cohort_customers: (0..n)
            .map(|c| (c..n).map(|m| sum.bought[at(c, m)]).collect())
            .collect(),
        cohort_revenue: (0..n)
            .map(|c| {
                (c..n)
                    .map(|m| sum.cells[c][m][0] + sum.moved[at(c, m)])
                    .collect()
            })
            .collect(),
        buckets,
        revenue,
        orders,
        buyers,
    }
}

fn add_anonymous(
    base: &LiveBase,
    scope: &Scope,
    plan: &Plan,
    revenue: &mut [i64],
    orders: &mut [i64],
) {
    for block in base.anonymous() {
        let columns = &*block.columns;
        for row in 0..columns.len() {
            let bucket = plan.bucket_of(columns.day[row]);
            if bucket < plan.buckets && scope.here(columns, row) {
                revenue[bucket] += columns.paid.get(row);
                orders[bucket] += i64::from(columns.flags[row] & RETURN == 0);
            }
        }
    }
}
