//! The dashboard in one pass: per bucket (month or week) revenue, orders, buyers, new and
//! returning, active customers and strict retention, and the full cohort table.
//!
//! Per purchase: one look-up day → bucket and boundaries it is active at, two additions.
//! Per customer: three counters of bit masks. No sort, no hash, no branch inside a customer.
//! The sums are remembered shard by shard (see [`crate::memo`]): asked again, only customers who
//! have bought since are looked at.

use crate::base::columns::{Amounts, Columns, Link};
use crate::base::live::LiveBase;
use crate::base::row::{NO_DAY, NOT_A_PURCHASE, RETURN};
use crate::base::shard::{Run, Shard};
use crate::memo::{self, Key, Packed, Question, Sign, add_numbers};
use crate::query::{Query, Scope};
use crate::tower::Tower;
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

/// Everything the inner loop looks up. The table has a place for every day a column can hold, so
/// that no look-up is checked; only the places of the period are ever touched.
struct Plan {
    scope: Scope,
    /// Whom the answer may be remembered for; nobody when customers are chosen.
    key: Option<Key>,
    buckets: usize,
    days: Box<[DayPlan; DAYS]>,
}

#[derive(Clone, Copy)]
struct DayPlan {
    /// Boundaries at which a purchase of that day makes the customer active.
    active: u64,
    /// Number of the bucket; that of no bucket is the number of buckets.
    bucket: u8,
}

/// Days a column can hold.
const DAYS: usize = 1 << 16;

/// Places per cohort row of [`Sums::cells`]: one per bit, so that the index needs no check.
const STRIDE: usize = 64;

/// First number of every [`Key`] of a dashboard.
const KIND: i64 = 1;

impl Plan {
    fn new(buckets: &[(Day, Day)], scope: Scope) -> Plan {
        let n = buckets.len();
        let nothing = DayPlan {
            active: 0,
            bucket: n as u8,
        };
        let mut days = Box::new([nothing; DAYS]);
        let stop = buckets.last().map_or(0, |b| b.1.0.min(scope.seen_end));
        let within = |from: i32, to: i32| {
            let last = i32::from(NO_DAY);
            from.clamp(0, last) as usize..to.min(stop).clamp(0, last) as usize
        };
        for (at, (from, to)) in buckets.iter().enumerate() {
            for day in &mut days[within(from.0, to.0)] {
                day.bucket = at as u8;
            }
        }
        for (bit, boundary) in buckets.iter().map(|b| b.0.0).chain([stop]).enumerate() {
            for day in &mut days[within(boundary - scope.window, boundary)] {
                day.active |= 1 << bit;
            }
        }
        let key = scope.set.is_none().then(|| {
            let code = |code: Option<u16>| code.map_or(-1, i64::from);
            [KIND, i64::from(scope.window), code(scope.store)]
                .into_iter()
                .chain([code(scope.channel), i64::from(stop)])
                .chain(
                    buckets
                        .iter()
                        .flat_map(|b| [b.0, b.1].map(|day| i64::from(day.0))),
                )
                .collect()
        });
        Plan {
            scope,
            key,
            buckets: n,
            days,
        }
    }

    #[inline(always)]
    fn bucket_of(&self, day: u16) -> usize {
        usize::from(self.days[usize::from(day)].bucket)
    }
}

/// Sums over customers, one after the other in one list, so that adding, taking off and packing
/// need not know what they are. Cohort rows: 0..n born here in that bucket, n born here before,
/// then the same for those born in another store or channel.
#[derive(Clone)]
struct Sums {
    numbers: Vec<i64>,
    /// Paid per cohort row and bucket (one more for outside), booked on the own day.
    cells: Vec<[i64; STRIDE]>,
    /// Sales per bucket.
    sales: [i64; STRIDE],
    towers: Towers,
    /// Customers counted in the towers, not yet in the numbers.
    waiting: usize,
}

/// Counters of bits, one bit a bucket or boundary.
#[derive(Clone)]
struct Towers {
    rows: Vec<Tower>,
    active: Tower,
    kept: Tower,
}

/// Where which numbers stand in [`Sums::numbers`]; each takes as many places as it says.
#[derive(Clone, Copy)]
struct Layout {
    /// Buckets.
    n: usize,
}

impl Layout {
    /// Numbers per bucket, with the one outside.
    fn wide(self) -> usize {
        self.n + 1
    }

    fn rows(self) -> usize {
        2 * self.wide()
    }

    /// Spent, on the day of the sale: rows × wide.
    fn spent(self, row: usize, bucket: usize) -> usize {
        row * self.wide() + bucket
    }

    /// Buyers: rows × wide.
    fn bought(self, row: usize, bucket: usize) -> usize {
        (self.rows() + row) * self.wide() + bucket
    }

    /// Paid, on the own day: wide.
    fn revenue(self) -> usize {
        2 * self.rows() * self.wide()
    }

    /// Sales: wide.
    fn sales(self) -> usize {
        self.revenue() + self.wide()
    }

    /// Active at a boundary: wide.
    fn active(self) -> usize {
        self.sales() + self.wide()
    }

    /// Active at a boundary and the next: wide.
    fn kept(self) -> usize {
        self.active() + self.wide()
    }

    /// Born in the bucket and active at its end: wide.
    fn joined(self) -> usize {
        self.kept() + self.wide()
    }

    fn len(self) -> usize {
        self.joined() + self.wide()
    }
}

impl Sums {
    fn new(n: usize) -> Sums {
        let layout = Layout { n };
        Sums {
            numbers: vec![0; layout.len()],
            cells: vec![[0; STRIDE]; layout.rows()],
            sales: [0; STRIDE],
            towers: Towers {
                rows: vec![Tower::default(); layout.rows()],
                active: Tower::default(),
                kept: Tower::default(),
            },
            waiting: 0,
        }
    }

    /// Brings everything counted into the numbers.
    fn settle(&mut self, n: usize) {
        if std::mem::take(&mut self.waiting) == 0 {
            return;
        }
        let layout = Layout { n };
        let numbers = &mut self.numbers;
        let mut add = |from: usize, tower: &mut Tower| {
            let counts = std::mem::take(tower).counts();
            let sums = &mut numbers[from..from + layout.wide()];
            sums.iter_mut()
                .zip(counts)
                .for_each(|(sum, count)| *sum += i64::from(count));
        };
        for (row, tower) in self.towers.rows.iter_mut().enumerate() {
            if !tower.is_empty() {
                add(layout.bought(row, 0), tower);
            }
        }
        add(layout.active(), &mut self.towers.active);
        add(layout.kept(), &mut self.towers.kept);
        for (row, cells) in self.cells.iter_mut().enumerate() {
            let own = &cells[..layout.wide()];
            add_numbers(&mut numbers[layout.spent(row, 0)..], own, Sign::Plus);
            add_numbers(&mut numbers[layout.revenue()..], own, Sign::Plus);
            cells[..layout.wide()].fill(0);
        }
        add_numbers(
            &mut numbers[layout.sales()..],
            &self.sales[..layout.wide()],
            Sign::Plus,
        );
        self.sales = [0; STRIDE];
    }

    fn add_run<P: Copy + Into<i64>>(
        &mut self,
        plan: &Plan,
        run: Run<'_>,
        paid: &[P],
        skip: impl Fn(usize) -> bool,
    ) {
        if plan.scope.whole_shop() {
            self.add_rows(plan, run, paid, skip, |_, _| true);
        } else {
            let here = |columns: &Columns, row: usize| plan.scope.here(columns, row);
            self.add_rows(plan, run, paid, skip, here);
        }
    }

    #[inline(always)]
    fn add_rows<P: Copy + Into<i64>>(
        &mut self,
        plan: &Plan,
        run: Run<'_>,
        paid: &[P],
        skip: impl Fn(usize) -> bool,
        here: impl Fn(&Columns, usize) -> bool,
    ) {
        let n = plan.buckets;
        let layout = Layout { n };
        let Run { history, .. } = run;
        let columns = &*history.columns;
        let kept = &history.kept;
        let links = columns.links.as_slice();
        let first_row = history.offsets[run.from];
        let mut link = links.partition_point(|link| link.row < first_row);
        for at in run.from..run.to {
            if skip(at) {
                continue;
            }
            let range = history.range(at);
            let born_here = plan
                .scope
                .store
                .is_none_or(|code| kept.first_store[at] == code)
                && plan
                    .scope
                    .channel
                    .is_none_or(|code| kept.first_channel[at] == code);
            let born = plan.bucket_of(kept.first_day[at]);
            let row = born + if born_here { 0 } else { n + 1 };
            let cells = &mut self.cells[row];
            let (mut bought, mut active) = (0u64, 0u64);
            let rows = columns.day[range.clone()]
                .iter()
                .zip(&columns.flags[range.clone()])
                .zip(&paid[range.clone()]);
            for (k, ((&day, &flags), &amount)) in rows.enumerate() {
                let day = plan.days[usize::from(day)];
                let bucket = usize::from(day.bucket) % STRIDE;
                let seen = here(columns, range.start + k);
                let counted = u64::from(seen & (flags & NOT_A_PURCHASE == 0)).wrapping_neg();
                bought |= (1 << bucket) & counted;
                active |= day.active & counted;
                cells[bucket] += if seen { amount.into() } else { 0 };
                self.sales[bucket] += i64::from(seen & (flags & RETURN == 0));
            }
            // Returns of named sales belong to the bucket of the sale in the cohorts' money.
            while link < links.len() && (links[link].row as usize) < range.end {
                let Link { row: at, day, .. } = links[link];
                let at = at as usize;
                link += 1;
                if at >= range.start && day != NO_DAY && here(columns, at) {
                    let amount: i64 = paid[at].into();
                    let own = plan.bucket_of(columns.day[at]);
                    self.numbers[layout.spent(row, own)] -= amount;
                    self.numbers[layout.spent(row, plan.bucket_of(day))] += amount;
                }
            }
            self.towers.rows[row].add(bought);
            self.towers.active.add(active);
            self.towers.kept.add(active & (active >> 1));
            if born < n {
                self.numbers[layout.joined() + born] +=
                    (active >> (born + 1) & !(active >> born) & 1) as i64;
            }
        }
    }
}

impl Question for Plan {
    type Sum = Sums;
    type Kept = Packed;

    fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    fn nothing(&self) -> Sums {
        Sums::new(self.buckets)
    }

    fn add(&self, sums: &mut Sums, shard: &Shard, run: Run<'_>) {
        let scope = &self.scope;
        let bits = scope.bits(shard.key);
        if scope.set.is_some() && bits.is_none() {
            return;
        }
        let customers = run.to - run.from;
        if sums.waiting + customers > Tower::MOST {
            sums.settle(self.buckets);
        }
        sums.waiting += customers;
        let skip = |at: usize| !scope.chosen(bits, run.slot_of(at));
        match (&run.history.columns.paid, scope.set.is_some()) {
            (Amounts::Narrow(paid), false) => sums.add_run(self, run, paid, |_| false),
            (Amounts::Narrow(paid), true) => sums.add_run(self, run, paid, skip),
            (Amounts::Wide(paid), _) => sums.add_run(self, run, paid, skip),
        }
    }

    fn add_nameless(&self, sums: &mut Sums, columns: &Columns) {
        if self.scope.set.is_some() {
            return;
        }
        let layout = Layout { n: self.buckets };
        for row in 0..columns.len() {
            if self.scope.here(columns, row) {
                let bucket = self.bucket_of(columns.day[row]);
                sums.numbers[layout.revenue() + bucket] += columns.paid.get(row);
                sums.numbers[layout.sales() + bucket] +=
                    i64::from(columns.flags[row] & RETURN == 0);
            }
        }
    }

    fn settle(&self, sums: &mut Sums) {
        sums.settle(self.buckets);
    }

    fn keep(&self, sums: &mut Sums) -> Packed {
        sums.settle(self.buckets);
        Packed::take(&mut sums.numbers)
    }

    fn add_kept(&self, sums: &mut Sums, kept: &Packed) {
        kept.add_to(&mut sums.numbers);
    }

    fn merge(&self, sums: &mut Sums, mut other: Sums, sign: Sign) {
        other.settle(self.buckets);
        add_numbers(&mut sums.numbers, &other.numbers, sign);
    }

    fn kept_bytes(kept: &Packed) -> usize {
        kept.bytes()
    }

    fn sum_bytes(sums: &Sums) -> usize {
        size_of_val(&sums.numbers[..])
            + size_of_val(&sums.cells[..])
            + size_of_val(&sums.towers.rows[..])
    }
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
    let plan = Plan::new(&buckets, scope);
    let sums = memo::sum(base, &plan);
    let layout = Layout { n };
    let numbers = |from: usize, count: usize| sums.numbers[from..from + count].to_vec();
    let bought = |row: usize, bucket: usize| sums.numbers[layout.bought(row, bucket)];
    let buyers: Vec<i64> = (0..n)
        .map(|m| (0..layout.rows()).map(|row| bought(row, m)).sum())
        .collect();
    Dashboard {
        revenue: numbers(layout.revenue(), n),
        orders: numbers(layout.sales(), n),
        new: (0..n).map(|m| bought(m, m)).collect(),
        returning: (0..n)
            .map(|m| buyers[m] - bought(m, m) - bought(n + 1 + m, m))
            .collect(),
        start: numbers(layout.active(), n),
        end: numbers(layout.active() + 1, n),
        kept: numbers(layout.kept(), n),
        joined: numbers(layout.joined(), n),
        cohort_customers: (0..n)
            .map(|c| numbers(layout.bought(c, c), n - c))
            .collect(),
        cohort_revenue: (0..n).map(|c| numbers(layout.spent(c, c), n - c)).collect(),
        buckets,
        buyers,
    }
}
