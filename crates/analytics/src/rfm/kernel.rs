//! Recency, frequency and money of every customer, from the purchases themselves or from the kept
//! facts, and the counts per cell. No sort of the whole base: histograms and one small selection.

use super::cell::CELLS;
use super::cuts::Cuts;
use crate::base::columns::{Amounts, Columns};
use crate::base::history::History;
use crate::base::row::{NO_DAY, NOT_A_PURCHASE};
use crate::base::shard::{Run, Shard};
use crate::quantile::{AMOUNT_BUCKETS, amount_bucket, nth_of_counts, tercile_floor, tercile_ranks};
use std::ops::Range;

/// Which purchases are looked at, in column terms.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// First day of the window.
    pub from: u16,
    /// Days of the window.
    pub days: u16,
    /// Store code.
    pub store: Option<u16>,
    /// Channel code.
    pub channel: Option<u16>,
}

/// Recency, frequency and money of neighbouring customers of a shard.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    /// Day of the last purchase in the window; [`NO_DAY`] without one.
    pub last: Vec<u16>,
    /// Purchases in the window.
    pub orders: Vec<u32>,
    /// Paid in the window, minor units, returns on the day of their sale.
    pub paid: Vec<i64>,
}

/// The same by reference; what the later passes read.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// First slot.
    pub slot: usize,
    /// See [`Scores`].
    pub last: &'a [u16],
    /// See [`Scores`].
    pub orders: &'a [u32],
    /// See [`Scores`].
    pub paid: &'a [i64],
}

impl Scores {
    /// As a piece that begins at slot 0.
    pub fn piece(&self) -> Piece<'_> {
        Piece {
            slot: 0,
            last: &self.last,
            orders: &self.orders,
            paid: &self.paid,
        }
    }

    fn room(customers: usize) -> Scores {
        Scores {
            last: Vec::with_capacity(customers),
            orders: Vec::with_capacity(customers),
            paid: Vec::with_capacity(customers),
        }
    }
}

/// The kept facts of a run, without copying.
pub fn kept_piece<'a>(run: &Run<'a>) -> Piece<'a> {
    let kept = &run.history.kept;
    Piece {
        slot: run.slot,
        last: &kept.last_day[run.from..run.to],
        orders: &kept.orders[run.from..run.to],
        paid: &kept.paid[run.from..run.to],
    }
}

/// Scores of all customers of a shard, read from the purchases.
pub fn score_shard(shard: &Shard, window: &Window) -> Scores {
    let mut scores = Scores::room(shard.len());
    let everything = window.store.is_none()
        && window.channel.is_none()
        && window.from == 0
        && shard
            .days()
            .is_none_or(|days| days.end <= i32::from(window.days));
    for run in shard.runs() {
        let columns = &*run.history.columns;
        if everything {
            match &columns.paid {
                Amounts::Narrow(paid) => {
                    score_all(run.history, run.from..run.to, paid, &mut scores)
                }
                Amounts::Wide(paid) => score_all(run.history, run.from..run.to, paid, &mut scores),
            }
            continue;
        }
        match &columns.paid {
            Amounts::Narrow(paid) => {
                score_run(run.history, run.from..run.to, paid, window, &mut scores)
            }
            Amounts::Wide(paid) => {
                score_run(run.history, run.from..run.to, paid, window, &mut scores)
            }
        }
    }
    scores
}

/// Scores when every purchase is looked at: two sums, and the last day found from the end.
fn score_all<P: Copy + Into<i64>>(
    history: &History,
    customers: Range<usize>,
    paid: &[P],
    scores: &mut Scores,
) {
    let columns = &*history.columns;
    let first = history.offsets[customers.start] as usize;
    let end = history.offsets[customers.end] as usize;
    // What is left of the run's columns: each customer takes his rows off the front.
    let (mut flags, mut paid) = (&columns.flags[first..end], &paid[first..end]);
    let mut days = &columns.day[first..end];
    for pair in history.offsets[customers.start..=customers.end].windows(2) {
        let count = (pair[1] - pair[0]) as usize;
        let (own_flags, rest) = flags.split_at(count);
        flags = rest;
        let (own_paid, rest) = paid.split_at(count);
        paid = rest;
        let (own_days, rest) = days.split_at(count);
        days = rest;
        let mut orders = 0u32;
        for &flag in own_flags {
            orders += u32::from(flag & NOT_A_PURCHASE == 0);
        }
        let mut sum = 0i64;
        for &amount in own_paid {
            sum += amount.into();
        }
        let last = own_flags
            .iter()
            .zip(own_days)
            .rev()
            .find(|(flag, _)| **flag & NOT_A_PURCHASE == 0)
            .map_or(NO_DAY, |(_, &day)| day);
        scores.last.push(last);
        scores.orders.push(orders);
        scores.paid.push(sum);
    }
}

/// Scores of one customer.
pub fn score_one(history: &History, at: usize, window: &Window) -> Scores {
    let mut scores = Scores::default();
    match &history.columns.paid {
        Amounts::Narrow(paid) => score_run(history, at..at + 1, paid, window, &mut scores),
        Amounts::Wide(paid) => score_run(history, at..at + 1, paid, window, &mut scores),
    }
    scores
}

fn score_run<P: Copy + Into<i64>>(
    history: &History,
    customers: Range<usize>,
    paid: &[P],
    window: &Window,
    scores: &mut Scores,
) {
    if window.store.is_none() && window.channel.is_none() {
        score(history, customers, paid, window, |_, _| true, scores);
    } else {
        let here = |columns: &Columns, row: usize| {
            window.store.is_none_or(|code| columns.store[row] == code)
                && window
                    .channel
                    .is_none_or(|code| columns.channel[row] == code)
        };
        score(history, customers, paid, window, here, scores);
    }
}

#[inline(always)]
fn score<P: Copy + Into<i64>>(
    history: &History,
    customers: Range<usize>,
    paid: &[P],
    window: &Window,
    here: impl Fn(&Columns, usize) -> bool,
    scores: &mut Scores,
) {
    let columns = &*history.columns;
    let links = columns.links.as_slice();
    let first_row = history.offsets[customers.start];
    let mut link = links.partition_point(|link| link.row < first_row);
    let inside = |day: u16| day.wrapping_sub(window.from) < window.days;
    let offsets = &history.offsets[customers.start..=customers.end];
    for pair in offsets.windows(2) {
        let range = pair[0] as usize..pair[1] as usize;
        let start = range.start;
        let rows = columns.day[range.clone()]
            .iter()
            .zip(&columns.flags[range.clone()])
            .zip(&paid[range]);
        let (mut last, mut orders, mut sum) = (NO_DAY, 0u32, 0i64);
        for (n, ((&day, &flags), &amount)) in rows.enumerate() {
            let seen = inside(day) & here(columns, start + n);
            let counted = seen & (flags & NOT_A_PURCHASE == 0);
            orders += u32::from(counted);
            sum += if seen { amount.into() } else { 0 };
            last = if counted { day } else { last };
        }
        // Returns that belong to a sale on the other side of the window's edge.
        while link < links.len() && links[link].row < pair[1] {
            let Some(found) = links.get(link).filter(|l| l.day != NO_DAY) else {
                link += 1;
                continue;
            };
            let row = found.row as usize;
            if here(columns, row) {
                let amount: i64 = paid[row].into();
                let own = inside(columns.day[row]);
                sum += amount * (i64::from(inside(found.day)) - i64::from(own));
            }
            link += 1;
        }
        scores.last.push(last);
        scores.orders.push(orders);
        scores.paid.push(sum);
    }
}

/// Orders counted one by one below this; above it the exact numbers are kept in a list.
const ORDER_BUCKETS: usize = 4096;

/// How the scores are spread: enough to find their terciles.
#[derive(Clone, Debug, Default)]
pub struct Spread {
    /// Customers in the window.
    pub customers: u64,
    last: Vec<u32>,
    orders: Vec<u32>,
    many_orders: Vec<u32>,
    paid: Vec<u32>,
}

impl Spread {
    /// Counts a piece in.
    pub fn add(&mut self, piece: &Piece<'_>) {
        if self.last.is_empty() {
            self.last = vec![0; 1 << 16];
            self.orders = vec![0; ORDER_BUCKETS];
            self.paid = vec![0; AMOUNT_BUCKETS];
        }
        for ((&last, &orders), &paid) in piece.last.iter().zip(piece.orders).zip(piece.paid) {
            if last == NO_DAY {
                continue;
            }
            self.customers += 1;
            self.last[usize::from(last)] += 1;
            match self.orders.get_mut(orders as usize) {
                Some(count) => *count += 1,
                None => self.many_orders.push(orders),
            }
            self.paid[amount_bucket(paid)] += 1;
        }
    }

    /// Both together.
    pub fn merge(mut self, mut other: Spread) -> Spread {
        if self.last.is_empty() {
            return other;
        }
        if other.last.is_empty() {
            return self;
        }
        let add = |a: &mut Vec<u32>, b: &[u32]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        add(&mut self.last, &other.last);
        add(&mut self.orders, &other.orders);
        add(&mut self.paid, &other.paid);
        self.many_orders.append(&mut other.many_orders);
        self.customers += other.customers;
        self
    }

    /// Tercile cuts of the last purchase day.
    pub fn last_cuts(&self) -> [i64; 2] {
        let nth = |rank| nth_of_counts(&self.last, rank) as i64;
        [1, 2].map(|third| tercile_floor(self.customers, third, nth))
    }

    /// Tercile cuts of the number of purchases.
    pub fn order_cuts(&self) -> [i64; 2] {
        let mut many = self.many_orders.clone();
        many.sort_unstable();
        let few = self.customers - many.len() as u64;
        let nth = |rank: u64| {
            if rank < few {
                nth_of_counts(&self.orders, rank) as i64
            } else {
                i64::from(many[(rank - few) as usize])
            }
        };
        [1, 2].map(|third| tercile_floor(self.customers, third, nth))
    }

    /// Buckets of [`amount_bucket`] that hold the order statistics the terciles of money need.
    pub fn money_buckets(&self) -> Vec<MoneyBucket> {
        let mut wanted: Vec<MoneyBucket> = Vec::new();
        if self.customers == 0 {
            return wanted;
        }
        for rank in tercile_ranks(self.customers) {
            let mut before = 0;
            for (bucket, &count) in self.paid.iter().enumerate() {
                if before + u64::from(count) > rank {
                    if !wanted.iter().any(|w| w.bucket == bucket) {
                        wanted.push(MoneyBucket {
                            bucket,
                            before,
                            values: Vec::new(),
                        });
                    }
                    break;
                }
                before += u64::from(count);
            }
        }
        wanted
    }
}

/// All amounts of one bucket, and how many lie below it.
#[derive(Clone, Debug)]
pub struct MoneyBucket {
    bucket: usize,
    before: u64,
    values: Vec<i64>,
}

/// Amounts of the wanted buckets in a piece, as (index in `wanted`, amount).
pub fn gather(piece: &Piece<'_>, wanted: &[MoneyBucket], found: &mut Vec<(u8, i64)>) {
    let mut is_wanted = [usize::MAX; 4];
    for (slot, bucket) in is_wanted.iter_mut().zip(wanted) {
        *slot = bucket.bucket;
    }
    for (&last, &paid) in piece.last.iter().zip(piece.paid) {
        let bucket = amount_bucket(paid);
        let hit = (bucket == is_wanted[0])
            | (bucket == is_wanted[1])
            | (bucket == is_wanted[2])
            | (bucket == is_wanted[3]);
        if hit
            && last != NO_DAY
            && let Some(at) = is_wanted.iter().position(|&w| w == bucket)
        {
            found.push((at as u8, paid));
        }
    }
}

/// Tercile cuts of money from the gathered amounts.
pub fn money_cuts(customers: u64, mut wanted: Vec<MoneyBucket>, found: Vec<(u8, i64)>) -> [i64; 2] {
    for (at, paid) in found {
        wanted[usize::from(at)].values.push(paid);
    }
    for bucket in &mut wanted {
        bucket.values.sort_unstable();
    }
    let nth = |rank: u64| {
        wanted
            .iter()
            .find(|b| rank >= b.before && rank - b.before < b.values.len() as u64)
            .map_or(0, |b| b.values[(rank - b.before) as usize])
    };
    [1, 2].map(|third| tercile_floor(customers, third, nth))
}

/// Customers and money per cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Customers per cell; the last place counts those outside the window.
    pub customers: [u32; CELLS + 1],
    /// Their money in the window, minor units.
    pub revenue: [i64; CELLS + 1],
}

impl Default for Tally {
    fn default() -> Self {
        Tally {
            customers: [0; CELLS + 1],
            revenue: [0; CELLS + 1],
        }
    }
}

/// The cuts as thresholds of the columns.
#[derive(Clone, Copy, Debug)]
pub struct Thresholds {
    /// Last day at or after which recency is 2, 3.
    last: [i32; 2],
    orders: [i64; 2],
    paid: [i64; 2],
}

impl Thresholds {
    /// Thresholds of `cuts` as of a day.
    pub fn new(cuts: &Cuts, as_of: i32) -> Thresholds {
        Thresholds {
            last: [as_of - cuts.recency_days[1], as_of - cuts.recency_days[0]],
            orders: cuts.frequency,
            paid: cuts.monetary_minor,
        }
    }

    /// Number of the cell, or [`CELLS`] outside the window.
    #[inline]
    pub fn cell(&self, last: u16, orders: u32, paid: i64) -> usize {
        let (day, orders) = (i32::from(last), i64::from(orders));
        let r = usize::from(day >= self.last[0]) + usize::from(day >= self.last[1]);
        let f = usize::from(orders > self.orders[0]) + usize::from(orders > self.orders[1]);
        let m = usize::from(paid > self.paid[0]) + usize::from(paid > self.paid[1]);
        if last == NO_DAY {
            CELLS
        } else {
            r * 9 + f * 3 + m
        }
    }
}

impl Tally {
    /// Counts a piece in.
    pub fn add(&mut self, piece: &Piece<'_>, thresholds: &Thresholds) {
        for ((&last, &orders), &paid) in piece.last.iter().zip(piece.orders).zip(piece.paid) {
            let cell = thresholds.cell(last, orders, paid);
            self.customers[cell] += 1;
            self.revenue[cell] += paid;
        }
    }

    /// Both together.
    pub fn merge(mut self, other: Tally) -> Tally {
        for cell in 0..=CELLS {
            self.customers[cell] += other.customers[cell];
            self.revenue[cell] += other.revenue[cell];
        }
        self
    }
}
