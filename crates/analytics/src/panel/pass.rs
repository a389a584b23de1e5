//! One pass over the base for several periods at once.
//!
//! The bounds of all periods and of their look-back windows cut time into segments. A row says two
//! things: what to add to its segment, and in which periods it makes its customer a buyer or
//! active — bits, one per period. Whatever is a sum over customers comes out of a small table
//! "segment of the first purchase × segment of the row" afterwards; whatever counts customers, out
//! of counters of bits. Per customer and period there is work only where he bought.

use super::books::Books;
use super::{Counts, Needs, Panel};
use crate::base::columns::{Columns, Link};
use crate::base::history::{History, median_twice};
use crate::base::live::LiveBase;
use crate::base::people::People;
use crate::base::row::{COSTED, NO_DAY, NOT_A_PURCHASE, RETURN};
use crate::base::shard::Shard;
use crate::query::{Scope, has};
use crate::tower::Tower;
use rayon::prelude::*;
use std::ops::Range;

/// Days a column can hold.
const DAYS: usize = 1 << 16;

/// Periods one pass can take, one bit each.
const MOST_PERIODS: usize = 64;

/// Segments one pass can take: their numbers are bytes, and the table stays small.
const MOST_SEGMENTS: usize = 96;

/// Periods (bits) in which something on a day counts.
#[derive(Clone, Copy, Default)]
struct Bits {
    /// The day lies in the period.
    inside: u64,
    /// Within W days before its start.
    start: u64,
    /// Within W days before its end.
    end: u64,
}

/// Periods of one store, channel and choice of customers, as one pass sees them.
pub(super) struct Plan {
    /// What the periods share; its own period is that of the first.
    scope: Scope,
    /// Segments of each period: inside, and where it ends.
    periods: Vec<Period>,
    segments: usize,
    /// First day of the second segment: the days before need not be read when the whole shop is asked.
    low: u16,
    segment: Box<[u8; DAYS]>,
    bits: Vec<Bits>,
}

struct Period {
    from: i32,
    end: i32,
    /// First segment inside and one past the last.
    inside: Range<usize>,
}

fn clamped(day: i32) -> u16 {
    day.clamp(0, i32::from(NO_DAY)) as u16
}

fn bounds(scope: &Scope) -> [u16; 4] {
    [
        scope.from - scope.window,
        scope.end - scope.window,
        scope.from,
        scope.end,
    ]
    .map(clamped)
}

impl Plan {
    /// As few plans as the limits of one pass allow, each with the numbers of its scopes.
    pub(super) fn split(scopes: &[Scope]) -> Vec<(Plan, Vec<usize>)> {
        let mut plans = Vec::new();
        let mut waiting: Vec<usize> = (0..scopes.len()).collect();
        while let Some(&first) = waiting.first() {
            let (mut taken, mut left) = (Vec::new(), Vec::new());
            let mut days: Vec<u16> = Vec::new();
            for at in waiting {
                let mut more = days.clone();
                more.extend(bounds(&scopes[at]));
                more.sort_unstable();
                more.dedup();
                let fits = taken.len() < MOST_PERIODS && more.len() < MOST_SEGMENTS;
                if fits && scopes[first].asks_the_same_people(&scopes[at]) {
                    days = more;
                    taken.push(at);
                } else {
                    left.push(at);
                }
            }
            plans.push((Plan::new(scopes, &taken, &days), taken));
            waiting = left;
        }
        plans
    }

    fn new(scopes: &[Scope], taken: &[usize], days: &[u16]) -> Plan {
        let segment_of = |day: i32| days.partition_point(|&d| d <= clamped(day));
        let mut segment = Box::new([0u8; DAYS]);
        for (at, &day) in days.iter().enumerate() {
            segment[usize::from(day)..].fill(at as u8 + 1);
        }
        let mut bits = vec![Bits::default(); days.len() + 1];
        let mut periods = Vec::with_capacity(taken.len());
        for (bit, scope) in taken.iter().map(|&at| &scopes[at]).enumerate() {
            // The bound itself begins the segment with this number.
            let [start, last, from, end] = [
                scope.from - scope.window,
                scope.end - scope.window,
                scope.from,
                scope.end,
            ]
            .map(segment_of);
            bits[from..end]
                .iter_mut()
                .for_each(|b| b.inside |= 1 << bit);
            bits[start..from]
                .iter_mut()
                .for_each(|b| b.start |= 1 << bit);
            bits[last..end].iter_mut().for_each(|b| b.end |= 1 << bit);
            periods.push(Period {
                from: scope.from,
                end: scope.end,
                inside: from..end,
            });
        }
        Plan {
            scope: scopes[taken[0]].clone(),
            periods,
            segments: days.len() + 1,
            low: days[0],
            segment,
            bits,
        }
    }

    #[inline(always)]
    fn at(&self, day: u16) -> usize {
        usize::from(self.segment[usize::from(day)])
    }
}

/// Money of the rows of one segment.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    paid: i64,
    cost: i64,
    uncosted: i64,
}

impl Cell {
    #[inline(always)]
    fn add(&mut self, other: Cell) {
        self.paid += other.paid;
        self.cost += other.cost;
        self.uncosted += other.uncosted;
    }

    #[inline(always)]
    fn less(&mut self, other: Cell) {
        self.paid -= other.paid;
        self.cost -= other.cost;
        self.uncosted -= other.uncosted;
    }
}

#[inline(always)]
fn money(columns: &Columns, row: usize) -> Cell {
    Cell {
        paid: columns.paid.get(row),
        cost: columns.cost.get(row),
        uncosted: i64::from(columns.flags[row] & COSTED == 0),
    }
}

/// Sums per segment of the customer's first purchase or registration.
#[derive(Clone, Copy, Debug, Default)]
struct Beginnings {
    /// First purchase ever.
    born: i64,
    /// Sum of those days.
    born_days: i64,
    /// Of them in the asked store and channel.
    born_here: i64,
    /// What those first purchases brought.
    first_net: i64,
    /// First purchase in the asked store and channel.
    first_here: i64,
    /// Registered or first bought, whatever was first.
    member: i64,
    registered: i64,
}

/// Numbers of customers, one per period.
#[derive(Clone)]
struct Heads {
    buyers: [i64; MOST_PERIODS],
    repeat: [i64; MOST_PERIODS],
    returning: [i64; MOST_PERIODS],
    start: [i64; MOST_PERIODS],
    end: [i64; MOST_PERIODS],
    kept: [i64; MOST_PERIODS],
    joined: [i64; MOST_PERIODS],
    reactivated: [i64; MOST_PERIODS],
}

/// Sums of a part of the base.
pub(super) struct Part {
    segments: usize,
    /// By segment of the first purchase here, then by segment of the row (returns: of the sale).
    cells: Vec<Cell>,
    /// What the whole lives hold, by segment of the first purchase (whole shop only).
    lives: Vec<Cell>,
    /// Paid, by segment of the first purchase anywhere (store or channel only).
    by_birth: Vec<i64>,
    beginnings: Vec<Beginnings>,
    purchases: Vec<i64>,
    books: Vec<Books>,
    anonymous: Vec<Books>,
    amounts: Vec<Vec<i64>>,
    gaps: Vec<Vec<u32>>,
    heads: Heads,
    gap_medians: Vec<Vec<u32>>,
    spending: Vec<Vec<i64>>,
}

#[derive(Default)]
struct Towers {
    buyers: Tower,
    repeat: Tower,
    returning: Tower,
    start: Tower,
    end: Tower,
    kept: Tower,
    joined: Tower,
    reactivated: Tower,
}

/// Room that is used again for every customer.
#[derive(Default)]
struct Room {
    gaps: Vec<(u16, u8)>,
    own: Vec<u16>,
    /// What the customer spent, by segment.
    spent: Vec<i64>,
}

fn tally(counts: &mut Vec<u32>, value: usize) {
    if counts.len() <= value {
        counts.resize(value + 1, 0);
    }
    counts[value] += 1;
}

fn add_up(a: &mut Vec<u32>, b: &[u32]) {
    if a.len() < b.len() {
        a.resize(b.len(), 0);
    }
    a.iter_mut().zip(b).for_each(|(sum, more)| *sum += more);
}

impl Part {
    fn new(plan: &Plan) -> Part {
        let (n, k) = (plan.segments, plan.periods.len());
        let none = [0; MOST_PERIODS];
        Part {
            segments: n,
            cells: vec![Cell::default(); n * n],
            lives: vec![Cell::default(); n],
            by_birth: vec![0; n * n],
            beginnings: vec![Beginnings::default(); n],
            purchases: vec![0; n],
            books: vec![Books::default(); n],
            anonymous: vec![Books::default(); n],
            amounts: vec![Vec::new(); n],
            gaps: vec![Vec::new(); n],
            heads: Heads {
                buyers: none,
                repeat: none,
                returning: none,
                start: none,
                end: none,
                kept: none,
                joined: none,
                reactivated: none,
            },
            gap_medians: vec![Vec::new(); k],
            spending: vec![Vec::new(); k],
        }
    }

    fn merge(mut self, mut other: Part) -> Part {
        let add = |a: &mut [i64], b: &[i64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        for (a, b) in self.cells.iter_mut().zip(&other.cells) {
            a.add(*b);
        }
        for (a, b) in self.lives.iter_mut().zip(&other.lives) {
            a.add(*b);
        }
        add(&mut self.by_birth, &other.by_birth);
        for (a, b) in self.beginnings.iter_mut().zip(&other.beginnings) {
            a.born += b.born;
            a.born_days += b.born_days;
            a.born_here += b.born_here;
            a.first_net += b.first_net;
            a.first_here += b.first_here;
            a.member += b.member;
            a.registered += b.registered;
        }
        add(&mut self.purchases, &other.purchases);
        for (a, b) in self.books.iter_mut().zip(&other.books) {
            *a = a.merge(*b);
        }
        for (a, b) in self.anonymous.iter_mut().zip(&other.anonymous) {
            *a = a.merge(*b);
        }
        let append = |a: &mut [Vec<i64>], b: &mut [Vec<i64>]| {
            a.iter_mut().zip(b).for_each(|(a, b)| a.append(b));
        };
        append(&mut self.amounts, &mut other.amounts);
        append(&mut self.spending, &mut other.spending);
        for (a, b) in self.gaps.iter_mut().zip(&other.gaps) {
            add_up(a, b);
        }
        for (a, b) in self.gap_medians.iter_mut().zip(&other.gap_medians) {
            add_up(a, b);
        }
        let (a, b) = (&mut self.heads, &other.heads);
        add(&mut a.buyers, &b.buyers);
        add(&mut a.repeat, &b.repeat);
        add(&mut a.returning, &b.returning);
        add(&mut a.start, &b.start);
        add(&mut a.end, &b.end);
        add(&mut a.kept, &b.kept);
        add(&mut a.joined, &b.joined);
        add(&mut a.reactivated, &b.reactivated);
        self
    }

    fn add_shard(&mut self, plan: &Plan, shard: &Shard, needs: Needs) {
        let bits = plan.scope.bits(shard.key);
        if plan.scope.set.is_some() && bits.is_none_or(|bits| bits.iter().all(|&word| word == 0)) {
            return;
        }
        let mut towers = Towers::default();
        let mut room = Room {
            spent: vec![0; plan.segments],
            ..Room::default()
        };
        let people = &shard.people;
        for run in shard.runs() {
            let history = run.history;
            let links = history.columns.links.as_slice();
            let first_row = history.offsets[run.from];
            let mut link = links.partition_point(|link| link.row < first_row);
            for at in run.from..run.to {
                let slot = run.slot + at - run.from;
                if bits.is_some_and(|bits| !has(bits, slot)) {
                    continue;
                }
                let range = history.range(at);
                while link < links.len() && (links[link].row as usize) < range.start {
                    link += 1;
                }
                let from = link;
                while link < links.len() && (links[link].row as usize) < range.end {
                    link += 1;
                }
                let own = &links[from..link];
                if plan.scope.whole_shop() {
                    self.add_customer::<true>(
                        plan,
                        history,
                        at,
                        own,
                        people,
                        slot,
                        needs,
                        &mut towers,
                        &mut room,
                    );
                } else {
                    self.add_customer::<false>(
                        plan,
                        history,
                        at,
                        own,
                        people,
                        slot,
                        needs,
                        &mut towers,
                        &mut room,
                    );
                }
            }
        }
        let add = |to: &mut [i64; MOST_PERIODS], tower: Tower| {
            to.iter_mut()
                .zip(tower.counts())
                .for_each(|(sum, count)| *sum += i64::from(count));
        };
        let heads = &mut self.heads;
        add(&mut heads.buyers, towers.buyers);
        add(&mut heads.repeat, towers.repeat);
        add(&mut heads.returning, towers.returning);
        add(&mut heads.start, towers.start);
        add(&mut heads.end, towers.end);
        add(&mut heads.kept, towers.kept);
        add(&mut heads.joined, towers.joined);
        add(&mut heads.reactivated, towers.reactivated);
    }

    /// Adds one customer; `WHOLE` when no store and no channel is asked for: then the kept facts
    /// stand for the rows older than anything asked for.
    #[allow(clippy::too_many_arguments)]
    #[inline(always)]
    fn add_customer<const WHOLE: bool>(
        &mut self,
        plan: &Plan,
        history: &History,
        at: usize,
        links: &[Link],
        people: &People,
        slot: usize,
        needs: Needs,
        towers: &mut Towers,
        room: &mut Room,
    ) {
        let scope = &plan.scope;
        let columns = &*history.columns;
        let kept = &history.kept;
        let first_day = kept.first_day[at];
        let born = plan.at(first_day);
        let here = |row: usize| WHOLE || scope.here(columns, row);
        let mut range = history.range(at);
        let all = range.clone();
        let mut first_here = born;
        let beginning = &mut self.beginnings[born];
        beginning.born += 1;
        beginning.born_days += i64::from(first_day);
        let born_here = WHOLE
            || (scope.store.is_none_or(|code| kept.first_store[at] == code)
                && scope
                    .channel
                    .is_none_or(|code| kept.first_channel[at] == code));
        beginning.born_here += i64::from(born_here);
        if WHOLE {
            beginning.first_here += 1;
            let registered = people.registered[slot];
            self.beginnings[plan.at(registered.min(first_day))].member += 1;
            self.beginnings[plan.at(registered)].registered += 1;
            self.lives[born].add(Cell {
                paid: kept.paid[at],
                cost: kept.cost[at],
                uncosted: i64::from(kept.uncosted[at]),
            });
            let days = &columns.day[range.clone()];
            if days.last().is_none_or(|&day| day < plan.low) {
                return;
            }
            let read = days.iter().rev().position(|&day| day < plan.low);
            range.start = range.end - read.unwrap_or(days.len());
        } else {
            let first = range
                .clone()
                .find(|&row| columns.flags[row] & NOT_A_PURCHASE == 0 && here(row))
                .map_or(NO_DAY, |row| columns.day[row]);
            first_here = plan.at(first);
            self.beginnings[first_here].first_here += 1;
        }
        let n = self.segments;
        let born_in = plan.bits[born].inside;
        let (mut buyer, mut repeat, mut start, mut end) = (0u64, 0u64, 0u64, 0u64);
        let rows = columns.day[range.clone()]
            .iter()
            .zip(&columns.flags[range.clone()]);
        for (row, (&day, &flags)) in range.clone().zip(rows) {
            if !here(row) {
                continue;
            }
            let segment = plan.at(day);
            let bits = plan.bits[segment];
            let counted = u64::from(flags & NOT_A_PURCHASE == 0);
            let mask = counted.wrapping_neg();
            repeat |= buyer & bits.inside & mask;
            buyer |= bits.inside & mask;
            start |= bits.start & mask;
            end |= bits.end & mask;
            let amount = money(columns, row);
            self.cells[first_here * n + segment].add(amount);
            if !WHOLE {
                self.by_birth[born * n + segment] += amount.paid;
            }
            if needs.spending {
                room.spent[segment] += amount.paid;
            }
            if bits.inside != 0 {
                self.purchases[segment] += counted as i64;
                self.books[segment].add(flags, amount.paid, columns.discount.get(row), amount.cost);
                if needs.amounts && flags & RETURN == 0 {
                    self.amounts[segment].push(amount.paid);
                }
            }
        }
        // Returns of named sales belong to the day of the sale.
        for link in links.iter().filter(|link| link.day != NO_DAY) {
            let row = link.row as usize;
            if !here(row) {
                continue;
            }
            let (own, sold) = (plan.at(columns.day[row]), plan.at(link.day));
            let amount = money(columns, row);
            self.cells[first_here * n + own].less(amount);
            self.cells[first_here * n + sold].add(amount);
            if needs.spending {
                room.spent[own] -= amount.paid;
                room.spent[sold] += amount.paid;
            }
            if !WHOLE {
                self.by_birth[born * n + own] -= amount.paid;
                self.by_birth[born * n + sold] += amount.paid;
            }
        }
        if born_in != 0 && born_here {
            let first = range
                .clone()
                .find(|&row| columns.flags[row] & NOT_A_PURCHASE == 0);
            if let Some(first) = first {
                let mut net = columns.paid.get(first);
                for link in links.iter().filter(|link| link.day != NO_DAY) {
                    if link.original == columns.id.get(first) && here(link.row as usize) {
                        net += columns.paid.get(link.row as usize);
                    }
                }
                self.beginnings[born].first_net += net;
            }
        }
        towers.buyers.add(buyer);
        towers.repeat.add(repeat);
        towers.returning.add(buyer & !born_in);
        towers.start.add(start);
        towers.end.add(end);
        towers.kept.add(start & end);
        towers.joined.add(end & !start & born_in);
        towers.reactivated.add(end & !start & !born_in);
        if needs.spending {
            let mut periods = buyer;
            while periods != 0 {
                let bit = periods.trailing_zeros() as usize;
                periods &= periods - 1;
                let spent = &room.spent[plan.periods[bit].inside.clone()];
                self.spending[bit].push(spent.iter().sum());
            }
            room.spent.fill(0);
        }
        if needs.gaps && buyer != 0 {
            self.add_gaps(plan, columns, all, range.start, buyer, here, room);
        }
    }

    #[allow(clippy::too_many_arguments)]
    #[inline(always)]
    fn add_gaps(
        &mut self,
        plan: &Plan,
        columns: &Columns,
        all: Range<usize>,
        from: usize,
        mut periods: u64,
        here: impl Fn(usize) -> bool,
        room: &mut Room,
    ) {
        let purchase = |row: usize| columns.flags[row] & NOT_A_PURCHASE == 0 && here(row);
        let mut last = (all.start..from)
            .rev()
            .find(|&row| purchase(row))
            .map(|row| columns.day[row]);
        room.gaps.clear();
        for row in from..all.end {
            if !purchase(row) {
                continue;
            }
            let day = columns.day[row];
            if let Some(last) = last.filter(|&last| last != day) {
                let segment = plan.at(day);
                if plan.bits[segment].inside != 0 {
                    room.gaps.push((day - last, segment as u8));
                    tally(&mut self.gaps[segment], usize::from(day - last));
                }
            }
            last = Some(day);
        }
        if room.gaps.is_empty() {
            return;
        }
        while periods != 0 {
            let bit = periods.trailing_zeros() as usize;
            periods &= periods - 1;
            let inside = &plan.periods[bit].inside;
            if let [(gap, segment)] = room.gaps[..] {
                if inside.contains(&usize::from(segment)) {
                    tally(&mut self.gap_medians[bit], usize::from(gap) * 2);
                }
                continue;
            }
            room.own.clear();
            room.own.extend(
                room.gaps
                    .iter()
                    .filter(|(_, segment)| inside.contains(&usize::from(*segment)))
                    .map(|(gap, _)| *gap),
            );
            if let Some(twice) = median_twice(&mut room.own) {
                tally(&mut self.gap_medians[bit], twice as usize);
            }
        }
    }

    fn add_nameless(&mut self, plan: &Plan, columns: &Columns, needs: Needs) {
        for row in 0..columns.len() {
            let segment = plan.at(columns.day[row]);
            if plan.bits[segment].inside == 0 || !plan.scope.here(columns, row) {
                continue;
            }
            let (flags, paid) = (columns.flags[row], columns.paid.get(row));
            self.anonymous[segment].add(
                flags,
                paid,
                columns.discount.get(row),
                columns.cost.get(row),
            );
            if needs.amounts && flags & RETURN == 0 {
                self.amounts[segment].push(paid);
            }
        }
    }

    /// What of the whole lives was not read lies in the first segment.
    fn fill_the_first_segment(&mut self, plan: &Plan) {
        if !plan.scope.whole_shop() {
            return;
        }
        let n = self.segments;
        for born in 0..n {
            let mut rest = self.lives[born];
            for cell in &self.cells[born * n + 1..(born + 1) * n] {
                rest.less(*cell);
            }
            self.cells[born * n] = rest;
        }
    }

    fn panel(&self, plan: &Plan, bit: usize, needs: Needs) -> Panel {
        let n = self.segments;
        let period = &plan.periods[bit];
        let inside = period.inside.clone();
        let whole = plan.scope.whole_shop();
        let heads = &self.heads;
        let mut counts = Counts {
            buyers: heads.buyers[bit],
            repeat_buyers: heads.repeat[bit],
            returning: heads.returning[bit],
            start: heads.start[bit],
            end: heads.end[bit],
            kept: heads.kept[bit],
            joined: heads.joined[bit],
            reactivated: heads.reactivated[bit],
            ..Counts::default()
        };
        for born in 0..n {
            let cells = &self.cells[born * n..][..n];
            for cell in &cells[inside.clone()] {
                counts.spent += cell.paid;
                counts.cost += cell.cost;
                counts.uncosted += cell.uncosted;
            }
            if born < inside.end {
                for cell in &cells[..inside.end] {
                    counts.life_spent += cell.paid;
                    counts.life_cost += cell.cost;
                    counts.life_uncosted += cell.uncosted;
                }
                let at = &self.beginnings[born];
                counts.life_customers += at.first_here;
                counts.members += if whole { at.member } else { at.first_here };
                counts.exposure_days += at.born * i64::from(period.end)
                    - if inside.contains(&born) {
                        at.born_days
                    } else {
                        at.born * i64::from(period.from)
                    };
            }
            if inside.contains(&born) {
                let at = &self.beginnings[born];
                counts.registered += if whole { at.registered } else { 0 };
                counts.new += at.born_here;
                counts.first_net += at.first_net;
                counts.spent_new += if whole {
                    cells[inside.clone()].iter().map(|cell| cell.paid).sum()
                } else {
                    self.by_birth[born * n..][inside.clone()]
                        .iter()
                        .sum::<i64>()
                };
            }
        }
        counts.first_purchases = counts.new;
        counts.purchases = self.purchases[inside.clone()].iter().sum();
        let books = |books: &[Books]| books.iter().fold(Books::default(), |a, b| a.merge(*b));
        let mut panel = Panel {
            counts,
            identified: books(&self.books[inside.clone()]),
            anonymous: books(&self.anonymous[inside.clone()]),
            window_days: plan.scope.window,
            days: period.end - period.from,
            ..Panel::default()
        };
        if needs.amounts {
            panel.amounts = self.amounts[inside.clone()].concat();
        }
        if needs.spending {
            panel.spending.clone_from(&self.spending[bit]);
            crate::quantile::sort_amounts(&mut panel.spending);
        }
        if needs.gaps {
            for counts in &self.gaps[inside] {
                add_up(&mut panel.gaps, counts);
            }
            panel.gap_medians.clone_from(&self.gap_medians[bit]);
        }
        panel
    }
}

/// The panels of all scopes, in their order.
pub(super) fn panels(base: &LiveBase, scopes: &[Scope], needs: Needs) -> Vec<Panel> {
    let plans = Plan::split(scopes);
    let parts = || -> Vec<Part> { plans.iter().map(|(plan, _)| Part::new(plan)).collect() };
    let merge = |a: Vec<Part>, b: Vec<Part>| -> Vec<Part> {
        a.into_iter().zip(b).map(|(a, b)| a.merge(b)).collect()
    };
    base.pool().run(|| {
        let people = base
            .shards()
            .par_iter()
            .with_min_len(base.grain())
            .fold(parts, |mut parts, shard| {
                for (part, (plan, _)) in parts.iter_mut().zip(&plans) {
                    part.add_shard(plan, shard, needs);
                }
                parts
            })
            .reduce_with(merge);
        let nobody = base
            .anonymous()
            .par_iter()
            .with_min_len((base.anonymous().len() / (base.pool().threads() * 4)).max(1))
            .fold(parts, |mut parts, block| {
                for (part, (plan, _)) in parts.iter_mut().zip(&plans) {
                    if plan.scope.set.is_none() {
                        part.add_nameless(plan, &block.columns, needs);
                    }
                }
                parts
            })
            .reduce_with(merge);
        let mut sums = match (people, nobody) {
            (Some(a), Some(b)) => merge(a, b),
            (a, b) => a.or(b).unwrap_or_else(parts),
        };
        let mut panels = vec![Panel::default(); scopes.len()];
        for (part, (plan, taken)) in sums.iter_mut().zip(&plans) {
            part.fill_the_first_segment(plan);
            for (bit, &at) in taken.iter().enumerate() {
                panels[at] = part.panel(plan, bit, needs);
            }
        }
        panels
    })
}
