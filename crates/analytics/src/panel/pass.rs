//! One pass over the base for several periods at once.
//!
//! The bounds of all periods and of their look-back windows cut time into segments. A row says two
//! things: what to add to its segment, and in which periods it makes its customer a buyer or
//! active — bits, one per period. Whatever is a sum over customers comes out of a small table
//! "segment of the first purchase × segment of the row" afterwards; whatever counts customers, out
//! of counters of bits. Per customer and period there is work only where he bought. All of it is
//! remembered shard by shard (see [`crate::memo`]).

use super::books::Books;
use super::{Counts, Needs, Panel};
use crate::base::columns::{Amounts, Columns, Link};
use crate::base::history::{History, median_twice};
use crate::base::live::LiveBase;
use crate::base::people::People;
use crate::base::row::{COSTED, NO_DAY, NOT_A_PURCHASE, RETURN};
use crate::base::shard::{Run, Shard};
use crate::memo::{self, Key, Packed, Question, Sign};
use crate::quantile::{sort_amounts, take_off};
use crate::query::{Scope, has};
use crate::tower::Tower;
use rayon::prelude::*;
use std::ops::Range;

/// First number of every [`Key`] of a panel.
const KIND: i64 = 2;

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
    needs: Needs,
    /// Nothing when customers are chosen.
    key: Option<Key>,
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
    pub(super) fn split(scopes: &[Scope], needs: Needs) -> Vec<(Plan, Vec<usize>)> {
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
            plans.push((Plan::new(scopes, &taken, &days, needs), taken));
            waiting = left;
        }
        plans
    }

    fn new(scopes: &[Scope], taken: &[usize], days: &[u16], needs: Needs) -> Plan {
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
        let scope = scopes[taken[0]].clone();
        let key = scope.set.is_none().then(|| {
            let code = |code: Option<u16>| code.map_or(-1, i64::from);
            let Needs {
                amounts,
                gaps,
                spending,
            } = needs;
            let wanted = [amounts, gaps, spending].map(i64::from);
            [
                KIND,
                i64::from(scope.window),
                code(scope.store),
                code(scope.channel),
            ]
            .into_iter()
            .chain(wanted)
            .chain(
                periods
                    .iter()
                    .flat_map(|p: &Period| [p.from, p.end].map(i64::from)),
            )
            .collect()
        });
        Plan {
            scope,
            needs,
            key,
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
#[derive(Clone)]
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
    towers: Towers,
    /// Customers counted in the towers, not yet in the heads.
    waiting: usize,
    room: Room,
}

/// A [`Part`] as it is remembered.
pub(super) struct Kept {
    numbers: Packed,
    /// Gaps by segment, then medians of gaps by period.
    counts: Vec<Packed>,
    /// Amounts by segment, then spending by period.
    lists: Vec<Amounts>,
}

#[derive(Clone, Default)]
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
#[derive(Clone, Default)]
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
            towers: Towers::default(),
            waiting: 0,
            room: Room {
                spent: vec![0; n],
                ..Room::default()
            },
        }
    }

    /// Every number that is a plain sum, always in the same order.
    fn each(&mut self, mut visit: impl FnMut(&mut i64)) {
        for cell in self.cells.iter_mut().chain(&mut self.lives) {
            [&mut cell.paid, &mut cell.cost, &mut cell.uncosted]
                .into_iter()
                .for_each(&mut visit);
        }
        self.by_birth.iter_mut().for_each(&mut visit);
        self.purchases.iter_mut().for_each(&mut visit);
        for begun in &mut self.beginnings {
            let Beginnings {
                born,
                born_days,
                born_here,
                first_net,
                first_here,
                member,
                registered,
            } = begun;
            [
                born, born_days, born_here, first_net, first_here, member, registered,
            ]
            .into_iter()
            .for_each(&mut visit);
        }
        for books in self.books.iter_mut().chain(&mut self.anonymous) {
            books.each(&mut visit);
        }
        let heads = &mut self.heads;
        for numbers in [
            &mut heads.buyers,
            &mut heads.repeat,
            &mut heads.returning,
            &mut heads.start,
            &mut heads.end,
            &mut heads.kept,
            &mut heads.joined,
            &mut heads.reactivated,
        ] {
            numbers.iter_mut().for_each(&mut visit);
        }
    }

    /// Counts of small numbers: gaps by segment, then medians of gaps by period.
    fn counts(&mut self) -> impl Iterator<Item = &mut Vec<u32>> {
        self.gaps.iter_mut().chain(&mut self.gap_medians)
    }

    /// Lists of amounts: by segment, then what was spent by period.
    fn lists(&mut self) -> impl Iterator<Item = &mut Vec<i64>> {
        self.amounts.iter_mut().chain(&mut self.spending)
    }

    /// Brings what the towers counted into the heads.
    fn settle(&mut self) {
        if std::mem::take(&mut self.waiting) == 0 {
            return;
        }
        let add = |to: &mut [i64; MOST_PERIODS], tower: Tower| {
            to.iter_mut()
                .zip(tower.counts())
                .for_each(|(sum, count)| *sum += i64::from(count));
        };
        let towers = std::mem::take(&mut self.towers);
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
    ) {
        let (scope, needs) = (&plan.scope, plan.needs);
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
                self.room.spent[segment] += amount.paid;
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
                self.room.spent[own] -= amount.paid;
                self.room.spent[sold] += amount.paid;
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
        self.towers.buyers.add(buyer);
        self.towers.repeat.add(repeat);
        self.towers.returning.add(buyer & !born_in);
        self.towers.start.add(start);
        self.towers.end.add(end);
        self.towers.kept.add(start & end);
        self.towers.joined.add(end & !start & born_in);
        self.towers.reactivated.add(end & !start & !born_in);
        if needs.spending {
            let mut periods = buyer;
            while periods != 0 {
                let bit = periods.trailing_zeros() as usize;
                periods &= periods - 1;
                let spent = &self.room.spent[plan.periods[bit].inside.clone()];
                self.spending[bit].push(spent.iter().sum());
            }
            self.room.spent.fill(0);
        }
        if needs.gaps && buyer != 0 {
            self.add_gaps(plan, columns, all, range.start, buyer, here);
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
    ) {
        let room = &mut self.room;
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

    fn add_nameless(&mut self, plan: &Plan, columns: &Columns) {
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
            if plan.needs.amounts && flags & RETURN == 0 {
                self.amounts[segment].push(paid);
            }
        }
    }

    /// The cells with the first segments filled: what of the whole lives was not read lies there.
    fn whole_cells(&self, plan: &Plan) -> Vec<Cell> {
        let mut cells = self.cells.clone();
        if !plan.scope.whole_shop() {
            return cells;
        }
        for (own, life) in cells.chunks_mut(self.segments).zip(&self.lives) {
            let mut rest = *life;
            own[1..].iter().for_each(|cell| rest.less(*cell));
            own[0] = rest;
        }
        cells
    }

    fn panel(&self, plan: &Plan, bit: usize, cells: &[Cell]) -> Panel {
        let needs = plan.needs;
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
            let cells = &cells[born * n..][..n];
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

impl Question for Plan {
    type Sum = Part;
    type Kept = Kept;

    fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    fn nothing(&self) -> Part {
        Part::new(self)
    }

    fn add(&self, part: &mut Part, shard: &Shard, run: Run<'_>) {
        let bits = self.scope.bits(shard.key);
        if self.scope.set.is_some() && bits.is_none_or(|bits| bits.iter().all(|&word| word == 0)) {
            return;
        }
        let customers = run.to - run.from;
        if part.waiting + customers > Tower::MOST {
            part.settle();
        }
        part.waiting += customers;
        let history = run.history;
        let links = history.columns.links.as_slice();
        let first_row = history.offsets[run.from];
        let mut link = links.partition_point(|link| link.row < first_row);
        for at in run.from..run.to {
            let slot = run.slot_of(at);
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
            if self.scope.whole_shop() {
                part.add_customer::<true>(self, history, at, own, &shard.people, slot);
            } else {
                part.add_customer::<false>(self, history, at, own, &shard.people, slot);
            }
        }
    }

    fn add_nameless(&self, part: &mut Part, columns: &Columns) {
        if self.scope.set.is_none() {
            part.add_nameless(self, columns);
        }
    }

    fn settle(&self, part: &mut Part) {
        part.settle();
        // Kept in order: after a few purchases the next answer has little to sort.
        part.spending.iter_mut().for_each(sort_amounts);
    }

    fn keep(&self, part: &mut Part) -> Kept {
        part.settle();
        let mut numbers = Vec::new();
        part.each(|number| numbers.push(std::mem::take(number)));
        Kept {
            numbers: Packed::take(&mut numbers),
            counts: part
                .counts()
                .map(|counts| {
                    let mut numbers: Vec<i64> = counts.drain(..).map(i64::from).collect();
                    Packed::take(&mut numbers)
                })
                .collect(),
            lists: part.lists().map(|list| list.drain(..).collect()).collect(),
        }
    }

    fn add_kept(&self, part: &mut Part, kept: &Kept) {
        let mut numbers = kept.numbers.iter();
        let mut next = numbers.next();
        let mut place = 0;
        part.each(|number| {
            if let Some((_, value)) = next.filter(|(at, _)| *at == place) {
                *number += value;
                next = numbers.next();
            }
            place += 1;
        });
        for (counts, kept) in part.counts().zip(&kept.counts) {
            for (at, count) in kept.iter() {
                if counts.len() <= at {
                    counts.resize(at + 1, 0);
                }
                counts[at] += count as u32;
            }
        }
        for (list, kept) in part.lists().zip(&kept.lists) {
            match kept {
                Amounts::Narrow(values) => list.extend(values.iter().copied().map(i64::from)),
                Amounts::Wide(values) => list.extend_from_slice(values),
            }
        }
    }

    fn merge(&self, part: &mut Part, mut other: Part, sign: Sign) {
        other.settle();
        let mut numbers = Vec::new();
        other.each(|number| numbers.push(*number));
        let mut numbers = numbers.into_iter();
        part.each(|sum| {
            let number = numbers.next().unwrap_or(0);
            *sum += if sign == Sign::Plus { number } else { -number };
        });
        for (counts, more) in part.counts().zip(other.counts()) {
            match sign {
                Sign::Plus => add_up(counts, more),
                // Nothing is taken off that is not in; what stands at the end is not zero.
                Sign::Minus => {
                    counts
                        .iter_mut()
                        .zip(more)
                        .for_each(|(sum, less)| *sum -= *less);
                    let used = counts.iter().rposition(|&count| count != 0);
                    counts.truncate(used.map_or(0, |last| last + 1));
                }
            }
        }
        for (list, more) in part.lists().zip(other.lists()) {
            match sign {
                Sign::Plus => list.append(more),
                Sign::Minus => take_off(list, more),
            }
        }
    }

    fn kept_bytes(kept: &Kept) -> usize {
        let counts: usize = kept.counts.iter().map(Packed::bytes).sum();
        let lists: usize = kept.lists.iter().map(Amounts::bytes).sum();
        kept.numbers.bytes() + counts + lists
    }

    fn sum_bytes(part: &Part) -> usize {
        let lists = part.amounts.iter().chain(&part.spending);
        let counts = part.gaps.iter().chain(&part.gap_medians);
        size_of_val(&part.cells[..])
            + size_of_val(&part.by_birth[..])
            + lists.map(|list| list.len() * 8).sum::<usize>()
            + counts.map(|counts| counts.len() * 4).sum::<usize>()
    }
}

/// The panels of all scopes, in their order.
pub(super) fn panels(base: &LiveBase, scopes: &[Scope], needs: Needs) -> Vec<Panel> {
    let mut panels = vec![Panel::default(); scopes.len()];
    for (plan, taken) in Plan::split(scopes, needs) {
        let part = memo::sum(base, &plan);
        let cells = part.whole_cells(&plan);
        // Medians and shares of many amounts take their time too.
        let made: Vec<Panel> = base.pool().run(|| {
            let bits = (0..taken.len()).into_par_iter();
            bits.map(|bit| part.panel(&plan, bit, &cells)).collect()
        });
        for (at, panel) in taken.into_iter().zip(made) {
            panels[at] = panel;
        }
    }
    panels
}
