//! A shard: the customers of one range of 4096 row ids, who they are and what they bought.
//!
//! A shard is never changed, only replaced. New purchases wait in a small delta; what a reader
//! sees is always history and delta together, made at the first look and kept with the shard:
//! a small delta becomes an overlay (whole merged histories of the few customers it touches; the
//! next version's begins with it), a larger one is folded, and the next writer starts from the
//! folded history.

use super::about::{Abouts, Noted};
use super::goods::Good;
use super::history::{Builder, History};
use super::people::People;
use super::row::Row;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use vernis_domain::{Customer, CustomerId};

/// Customers' row ids per shard, as a power of two.
pub const SHARD_BITS: u32 = 12;

/// Lower bits of an id: how a shard knows a customer.
pub(crate) fn low(id: CustomerId) -> u16 {
    (id.0 & ((1 << SHARD_BITS) - 1)) as u16
}

/// Up to this many waiting rows, and up to twice more in some shards, a reader merges only the
/// customers they touch.
const OVERLAY_ROWS: usize = 64;

/// Whole histories of the customers the delta touches.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    /// Whose, ascending.
    slots: Vec<u16>,
    /// Their histories without the delta, in that order: neighbours here, so that what they made
    /// up before is added as fast as what they make up now.
    before: History,
    /// Their whole histories.
    now: History,
}

impl Overlay {
    /// The touched customers as they were without the delta, and as they are.
    pub(crate) fn runs(&self) -> [Run<'_>; 2] {
        [&self.before, &self.now].map(|history| Run {
            slot: 0,
            slots: Some(&self.slots),
            history,
            from: 0,
            to: self.slots.len(),
        })
    }
}

/// See the module.
#[derive(Debug)]
pub struct Shard {
    /// Customer ids of this shard lie in `key << 12 .. (key + 1) << 12`.
    pub key: i64,
    /// Lower 12 bits of the ids, ascending: slot to id.
    pub lows: Arc<Vec<u16>>,
    /// Who they are.
    pub people: Arc<People>,
    /// What the shop notes about them.
    pub about: Arc<Abouts>,
    history: Arc<History>,
    delta: Vec<Arc<Vec<Row>>>,
    waiting: usize,
    folded: OnceLock<Arc<History>>,
    overlay: OnceLock<Arc<Overlay>>,
    /// The overlay of an earlier version over the same history: customers it holds whole are taken
    /// from it.
    earlier: Option<Arc<Overlay>>,
    days: OnceLock<Option<Range<i32>>>,
}

/// Neighbouring customers of one history: the customers `from..to` of `history` stand at the
/// shard's slots `slot..slot + (to - from)`, unless `slots` names them.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Slot of the first.
    pub slot: usize,
    /// Slots of all customers of `history`, when they are no neighbours in the shard.
    pub slots: Option<&'a [u16]>,
    /// Where their rows and facts are.
    pub history: &'a History,
    /// First customer in `history`.
    pub from: usize,
    /// One past the last.
    pub to: usize,
}

impl Run<'_> {
    /// Slot of the customer `at` of the history.
    #[inline]
    pub fn slot_of(&self, at: usize) -> usize {
        self.slots
            .map_or(self.slot + at - self.from, |slots| usize::from(slots[at]))
    }
}

impl Shard {
    /// A shard without customers.
    pub fn empty(key: i64) -> Shard {
        Shard::of(
            key,
            Arc::default(),
            Arc::new(People::new()),
            Arc::default(),
            Arc::default(),
        )
    }

    /// A shard of ready parts.
    pub fn of(
        key: i64,
        lows: Arc<Vec<u16>>,
        people: Arc<People>,
        about: Arc<Abouts>,
        history: Arc<History>,
    ) -> Shard {
        Shard {
            key,
            lows,
            people,
            about,
            history,
            delta: Vec::new(),
            waiting: 0,
            folded: OnceLock::new(),
            overlay: OnceLock::new(),
            earlier: None,
            days: OnceLock::new(),
        }
    }

    /// Number of customers.
    pub fn len(&self) -> usize {
        self.lows.len()
    }

    /// No customers at all.
    pub fn is_empty(&self) -> bool {
        self.lows.is_empty()
    }

    /// Number of purchases, folded and waiting.
    pub fn purchases(&self) -> usize {
        self.history.columns.len() + self.waiting
    }

    /// Purchases that wait to be folded.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// Row id of the customer at a slot.
    pub fn id(&self, slot: usize) -> CustomerId {
        CustomerId((self.key << SHARD_BITS) | i64::from(self.lows[slot]))
    }

    /// Slot of a customer.
    pub fn slot(&self, id: CustomerId) -> Option<usize> {
        let low = u16::try_from(id.0 - (self.key << SHARD_BITS)).ok()?;
        // Ids without gaps are the rule: look where the id would stand then.
        let first = *self.lows.first()?;
        let guess = usize::from(low.checked_sub(first)?);
        if self.lows.get(guess) == Some(&low) {
            return Some(guess);
        }
        self.lows.binary_search(&low).ok()
    }

    /// History without the waiting rows, and those rows (for the memory report).
    pub fn stored(&self) -> &History {
        &self.history
    }

    /// The history with everything folded in.
    pub fn whole(&self) -> &History {
        if self.waiting == 0 {
            return &self.history;
        }
        self.folded
            .get_or_init(|| Arc::new(self.history.fold(&self.lows, &self.arrivals(), &[])))
    }

    fn arrivals(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = self
            .delta
            .iter()
            .flat_map(|chunk| chunk.iter().cloned())
            .collect();
        rows.sort_unstable_by_key(Row::key);
        rows
    }

    /// Up to how many waiting rows this shard is not folded. Shards differ, so that those trade
    /// spreads over evenly are not all folded at one look.
    fn overlay_rows(&self) -> usize {
        OVERLAY_ROWS + (self.key.wrapping_mul(37) & 127) as usize
    }

    /// The history, and over it the customers whom the delta touches.
    pub(crate) fn settled(&self) -> (&History, Option<&Overlay>) {
        if self.waiting == 0 {
            return (&self.history, None);
        }
        if self.waiting > self.overlay_rows() || self.folded.get().is_some() {
            return (self.whole(), None);
        }
        let overlay = self.overlay.get_or_init(|| Arc::new(self.lay_over()));
        (&self.history, Some(overlay))
    }

    fn lay_over(&self) -> Overlay {
        let nobody = Overlay::default();
        let earlier = self.earlier.as_deref().unwrap_or(&nobody);
        let arrivals = self.arrivals();
        let mut slots = Vec::new();
        let mut before = Builder::new(arrivals.len());
        let mut now = Builder::new(arrivals.len());
        before.reserve_rows(earlier.before.columns.len());
        now.reserve_rows(earlier.now.columns.len());
        let mut rows = Vec::new();
        // Customers of the earlier overlay before this one are copied or made anew.
        let mut copied = 0;
        for group in arrivals.chunk_by(|a, b| a.low == b.low) {
            let Ok(slot) = self.lows.binary_search(&group[0].low) else {
                continue;
            };
            slots.push(slot as u16);
            let place = earlier.slots.binary_search(&(slot as u16));
            let (Ok(at) | Err(at)) = place;
            let knows = |row: &Row| {
                let own = earlier.now.range(at);
                earlier.now.columns.id.contains(own, row.id)
            };
            if place.is_ok() && group.iter().all(knows) {
                continue;
            }
            before.copy(&earlier.before, copied..at);
            now.copy(&earlier.now, copied..at);
            copied = at + usize::from(place.is_ok());
            self.history.rows_with(slot, group[0].low, group, &mut rows);
            before.copy(&self.history, slot..slot + 1);
            now.customer(&mut rows);
        }
        before.copy(&earlier.before, copied..earlier.slots.len());
        now.copy(&earlier.now, copied..earlier.slots.len());
        Overlay {
            slots,
            before: before.finish(),
            now: now.finish(),
        }
    }

    /// Some customers (lower bits of their ids, ascending): their slots and their whole histories.
    /// Those who are not here are left out.
    pub(crate) fn some(&self, lows: &[u16]) -> (Vec<u16>, History) {
        let mut slots = Vec::with_capacity(lows.len());
        let mut build = Builder::new(lows.len());
        let mut rows = Vec::new();
        let mut arrivals = Vec::new();
        for &low in lows {
            let Ok(slot) = self.lows.binary_search(&low) else {
                continue;
            };
            slots.push(slot as u16);
            arrivals.clear();
            arrivals.extend(self.waiting_of(low).cloned());
            if arrivals.is_empty() {
                build.copy(&self.history, slot..slot + 1);
            } else {
                self.history.rows_with(slot, low, &arrivals, &mut rows);
                build.customer(&mut rows);
            }
        }
        (slots, build.finish())
    }

    /// All customers in slot order, in as long runs as the delta allows.
    pub fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        let (base, overlay) = self.settled();
        let touched: &[u16] = overlay.map_or(&[], |o| &o.slots);
        let mut slot = 0;
        let mut next = 0;
        std::iter::from_fn(move || {
            if slot >= base.len() {
                return None;
            }
            let stop = touched.get(next).map_or(base.len(), |&s| usize::from(s));
            if let (true, Some(overlay)) = (stop == slot, overlay) {
                let run = Run {
                    slot,
                    slots: None,
                    history: &overlay.now,
                    from: next,
                    to: next + 1,
                };
                next += 1;
                slot += 1;
                return Some(run);
            }
            let run = Run {
                slot,
                slots: None,
                history: base,
                from: slot,
                to: stop,
            };
            slot = stop;
            Some(run)
        })
    }

    /// Where the rows and facts of one customer are.
    pub fn at(&self, slot: usize) -> (&History, usize) {
        let (base, overlay) = self.settled();
        match overlay {
            Some(o) => match o.slots.binary_search(&(slot as u16)) {
                Ok(k) => (&o.now, k),
                Err(_) => (base, slot),
            },
            None => (base, slot),
        }
    }

    /// This shard with `lows` made known; people and histories get empty places for new ones.
    fn with_lows(&self, lows: &[u16]) -> Shard {
        // The usual purchase: its customer is known.
        if lows.iter().all(|low| self.lows.binary_search(low).is_ok()) {
            return self.same();
        }
        let mut all: Vec<u16> = self
            .lows
            .iter()
            .copied()
            .chain(lows.iter().copied())
            .collect();
        all.sort_unstable();
        all.dedup();
        let mut people = People::new();
        for low in &all {
            match self.lows.binary_search(low) {
                Ok(slot) => people.copy(&self.people, slot),
                Err(_) => people.push_unknown(),
            }
        }
        let base = self.base();
        let slots = all.iter().map(|low| self.lows.binary_search(low).ok());
        Shard {
            about: Arc::new(self.about.next(slots, &[])),
            history: Arc::new(base.0.with_customers(&self.lows, &all)),
            lows: Arc::new(all),
            people: Arc::new(people),
            delta: base.1,
            waiting: base.2,
            ..Shard::empty(self.key)
        }
    }

    /// The best known start for a new version: a reader may have folded already.
    fn base(&self) -> (Arc<History>, Vec<Arc<Vec<Row>>>, usize) {
        match self.folded.get() {
            Some(folded) => (Arc::clone(folded), Vec::new(), 0),
            None => (Arc::clone(&self.history), self.delta.clone(), self.waiting),
        }
    }

    fn same(&self) -> Shard {
        let (history, delta, waiting) = self.base();
        let overlay = self.overlay.get().or(self.earlier.as_ref());
        Shard {
            earlier: overlay.filter(|_| waiting > 0).cloned(),
            history,
            delta,
            waiting,
            ..Shard::of(
                self.key,
                Arc::clone(&self.lows),
                Arc::clone(&self.people),
                Arc::clone(&self.about),
                Arc::default(),
            )
        }
    }

    /// This shard with customers added or replaced.
    pub fn with_people(&self, customers: &mut [&Customer]) -> Shard {
        // A stable sort: of two values of one customer the later one in the event wins.
        customers.sort_by_key(|c| c.id);
        let lows: Vec<u16> = customers.iter().map(|c| low(c.id)).collect();
        let mut shard = self.with_lows(&lows);
        let mut people = People::new();
        let mut noted = Vec::new();
        let mut next = 0;
        for (slot, &own) in shard.lows.iter().enumerate() {
            let mut newest = None;
            while next < customers.len() && low(customers[next].id) == own {
                newest = Some(customers[next]);
                next += 1;
            }
            match newest {
                Some(customer) => {
                    people.push(customer);
                    let about = Noted::of(customer);
                    if !shard.about.knows(Some(slot), &about) {
                        noted.push((slot, about));
                    }
                }
                None => people.copy(&shard.people, slot),
            }
        }
        if people.registered != self.people.registered {
            // Sums remembered about the history count registrations too.
            shard.history = Arc::new(History::clone(&shard.history));
        }
        if !noted.is_empty() {
            let slots = (0..shard.lows.len()).map(Some);
            shard.about = Arc::new(shard.about.next(slots, &noted));
        }
        shard.people = Arc::new(people);
        shard
    }

    /// This shard with purchases added; those already known change nothing. `None` if all are.
    pub fn with_purchases(&self, mut rows: Vec<Row>) -> Option<Shard> {
        rows.sort_unstable_by_key(Row::key);
        rows.dedup_by_key(|row| (row.low, row.id));
        rows.retain(|row| !self.knows(row));
        if rows.is_empty() {
            return None;
        }
        let mut lows: Vec<u16> = rows.iter().map(|row| row.low).collect();
        lows.dedup();
        let mut shard = self.with_lows(&lows);
        shard.waiting += rows.len();
        shard.delta.push(Arc::new(rows));
        // Chunks of like size are joined, so that few remain and each row moves few times.
        while let [.., a, b] = shard.delta.as_slice()
            && a.len() <= b.len() * 2
        {
            let mut joined: Vec<Row> = a.iter().chain(b.iter()).cloned().collect();
            // Two sorted runs: the stable sort merges them.
            joined.sort_by_key(Row::key);
            shard.delta.truncate(shard.delta.len() - 2);
            shard.delta.push(Arc::new(joined));
        }
        if shard.waiting > shard.overlay_rows().max(shard.history.columns.len() / 4) {
            shard = shard.compact();
        }
        Some(shard)
    }

    fn knows(&self, row: &Row) -> bool {
        let Ok(slot) = self.lows.binary_search(&row.low) else {
            return false;
        };
        self.history
            .columns
            .id
            .contains(self.history.range(slot), row.id)
            || self.waiting_of(row.low).any(|own| own.id == row.id)
    }

    /// The waiting rows of a customer.
    fn waiting_of(&self, low: u16) -> impl Iterator<Item = &Row> {
        self.delta.iter().flat_map(move |chunk| {
            let from = chunk.partition_point(|row| row.low < low);
            chunk[from..].iter().take_while(move |row| row.low == low)
        })
    }

    /// This shard with nothing waiting.
    pub fn compact(&self) -> Shard {
        if self.waiting == 0 {
            return self.same();
        }
        self.whole();
        self.same()
    }

    /// This shard with nothing remembered about its history.
    pub fn forget(&self) -> Shard {
        let same = self.same();
        Shard {
            history: Arc::new(History::clone(&same.history)),
            ..same
        }
    }

    /// This shard without some purchases (customer, purchase id).
    pub fn without_purchases(&self, voided: &[(CustomerId, i64)]) -> Shard {
        let mut gone: Vec<(u16, i64)> = voided.iter().map(|(c, id)| (low(*c), *id)).collect();
        gone.sort_unstable();
        let history = self.history.fold(&self.lows, &self.arrivals(), &gone);
        Shard {
            history: Arc::new(history),
            ..Shard::of(
                self.key,
                Arc::clone(&self.lows),
                Arc::clone(&self.people),
                Arc::clone(&self.about),
                Arc::default(),
            )
        }
    }

    /// This shard without some customers and their purchases.
    pub fn without_customers(&self, ids: &[CustomerId]) -> Shard {
        let gone: Vec<usize> = ids.iter().filter_map(|id| self.slot(*id)).collect();
        let kept: Vec<usize> = (0..self.len())
            .filter(|slot| !gone.contains(slot))
            .collect();
        let lows: Vec<u16> = kept.iter().map(|&slot| self.lows[slot]).collect();
        let mut people = People::new();
        for &slot in &kept {
            people.copy(&self.people, slot);
        }
        let slots = kept.iter().map(|&slot| Some(slot));
        let about = Arc::new(self.about.next(slots, &[]));
        let history = self.whole().with_customers(&self.lows, &lows);
        Shard::of(
            self.key,
            Arc::new(lows),
            Arc::new(people),
            about,
            Arc::new(history),
        )
    }

    /// First day of all purchases to one past the last.
    pub fn days(&self) -> Option<Range<i32>> {
        let scan = || {
            let waiting = self.delta.iter().flat_map(|chunk| chunk.iter());
            let told = self.history.memo.days(&self.history.columns.day);
            waiting
                .map(|row| i32::from(row.day)..i32::from(row.day) + 1)
                .chain(told)
                .reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))
        };
        self.days.get_or_init(scan).clone()
    }

    /// Bytes of the sums remembered about the shard's history.
    pub fn memo_bytes(&self) -> usize {
        let folded = self.folded.get().map_or(0, |folded| folded.memo.bytes());
        self.history.memo.bytes() + folded
    }

    /// Bytes of the waiting rows and of what was merged for readers.
    pub fn delta_bytes(&self) -> usize {
        let rows = self.delta.iter().flat_map(|chunk| chunk.iter());
        let lines = rows.flat_map(|row| &row.goods).map(|goods| goods.len());
        self.waiting * size_of::<Row>() + lines.sum::<usize>() * size_of::<Good>()
    }
}
