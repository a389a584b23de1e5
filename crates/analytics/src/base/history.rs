//! The purchases of a shard's customers: offsets into sorted columns, and the facts kept per
//! customer so that lists and RFM need not read the purchases.

use super::columns::Columns;
use super::row::{COSTED, NO_DAY, NOT_A_PURCHASE, RETURN, Row, settle};
use crate::memo::Memo;
use std::ops::Range;
use std::sync::Arc;

/// Facts kept per customer, one column each. "Purchase" here is a sale that was not taken back
/// whole; sums are over all documents, returns included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Day of the first purchase, [`NO_DAY`] without any.
    pub first_day: Vec<u16>,
    /// Day of the last purchase, [`NO_DAY`] without any.
    pub last_day: Vec<u16>,
    /// Number of purchases.
    pub orders: Vec<u32>,
    /// Paid, minor units, net of returns.
    pub paid: Vec<i64>,
    /// Discount, minor units, net of returns.
    pub discount: Vec<i64>,
    /// Cost of goods, minor units, net of returns, where known.
    pub cost: Vec<i64>,
    /// Number of documents without a known cost.
    pub uncosted: Vec<u32>,
    /// Given back by returns, minor units, zero or negative.
    pub returned: Vec<i64>,
    /// Twice the median of days between purchase days, `u32::MAX` with fewer than two days.
    pub gap_twice: Vec<u32>,
    /// Store code of the first purchase.
    pub first_store: Vec<u16>,
    /// Channel code of the first purchase.
    pub first_channel: Vec<u16>,
}

/// No median gap: fewer than two purchase days.
pub const NO_GAP: u32 = u32::MAX;

impl Kept {
    fn reserve(&mut self, customers: usize) {
        self.first_day.reserve_exact(customers);
        self.last_day.reserve_exact(customers);
        self.orders.reserve_exact(customers);
        self.paid.reserve_exact(customers);
        self.discount.reserve_exact(customers);
        self.cost.reserve_exact(customers);
        self.uncosted.reserve_exact(customers);
        self.returned.reserve_exact(customers);
        self.gap_twice.reserve_exact(customers);
        self.first_store.reserve_exact(customers);
        self.first_channel.reserve_exact(customers);
    }

    /// Appends the facts of one customer, computed from his rows.
    fn push(&mut self, columns: &Columns, range: Range<usize>, gaps: &mut Vec<u16>) {
        let (mut first, mut last) = (NO_DAY, NO_DAY);
        let (mut orders, mut uncosted) = (0u32, 0u32);
        let (mut paid, mut discount, mut cost, mut returned) = (0i64, 0i64, 0i64, 0i64);
        let (mut store, mut channel) = (0, 0);
        gaps.clear();
        for at in range {
            let (flags, day) = (columns.flags[at], columns.day[at]);
            let amount = columns.paid.get(at);
            paid += amount;
            discount += columns.discount.get(at);
            cost += columns.cost.get(at);
            uncosted += u32::from(flags & COSTED == 0);
            if flags & RETURN != 0 {
                returned += amount;
            }
            if flags & NOT_A_PURCHASE == 0 {
                if orders == 0 {
                    first = day;
                    store = columns.store[at];
                    channel = columns.channel[at];
                } else if day != last {
                    gaps.push(day - last);
                }
                last = day;
                orders += 1;
            }
        }
        self.first_day.push(first);
        self.last_day.push(last);
        self.orders.push(orders);
        self.paid.push(paid);
        self.discount.push(discount);
        self.cost.push(cost);
        self.uncosted.push(uncosted);
        self.returned.push(returned);
        self.gap_twice.push(median_twice(gaps).unwrap_or(NO_GAP));
        self.first_store.push(store);
        self.first_channel.push(channel);
    }

    fn extend(&mut self, from: &Kept, range: Range<usize>) {
        self.first_day
            .extend_from_slice(&from.first_day[range.clone()]);
        self.last_day
            .extend_from_slice(&from.last_day[range.clone()]);
        self.orders.extend_from_slice(&from.orders[range.clone()]);
        self.paid.extend_from_slice(&from.paid[range.clone()]);
        self.discount
            .extend_from_slice(&from.discount[range.clone()]);
        self.cost.extend_from_slice(&from.cost[range.clone()]);
        self.uncosted
            .extend_from_slice(&from.uncosted[range.clone()]);
        self.returned
            .extend_from_slice(&from.returned[range.clone()]);
        self.gap_twice
            .extend_from_slice(&from.gap_twice[range.clone()]);
        self.first_store
            .extend_from_slice(&from.first_store[range.clone()]);
        self.first_channel
            .extend_from_slice(&from.first_channel[range]);
    }

    /// Bytes of all kept facts.
    pub fn bytes(&self) -> usize {
        self.first_day.len() * (2 + 2 + 4 + 8 + 8 + 8 + 4 + 8 + 4 + 2 + 2)
    }
}

/// Twice the median (so that halves stay whole numbers); reorders `values`. `None` when empty.
pub fn median_twice(values: &mut [u16]) -> Option<u32> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let odd = values.len() % 2 == 1;
    let (below, &mut high, _) = values.select_nth_unstable(middle);
    Some(if odd {
        u32::from(high) * 2
    } else {
        u32::from(high) + u32::from(below.iter().copied().max().unwrap_or(high))
    })
}

/// The purchases of the customers of one shard, in slot order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// `offsets[slot]..offsets[slot + 1]` are the customer's rows.
    pub offsets: Vec<u32>,
    /// Facts kept per slot.
    pub kept: Kept,
    /// The rows.
    pub columns: Arc<Columns>,
    /// What was found out about the history as it is.
    pub memo: Memo,
}

impl Default for History {
    fn default() -> Self {
        History {
            offsets: vec![0],
            kept: Kept::default(),
            columns: Arc::default(),
            memo: Memo::default(),
        }
    }
}

impl History {
    /// The history of one customer alone.
    pub(crate) fn of_one(rows: &mut [Row]) -> History {
        let mut build = Builder::new(1);
        build.customer(rows);
        build.finish()
    }

    /// The history of the customer `at` alone, as it was with his first `known` rows. Lines are
    /// copied as columns: nothing is unpacked that does not change.
    pub(crate) fn first_rows(&self, at: usize, known: usize) -> History {
        let from = self.range(at).start;
        let rows = from..from + known;
        let bare = |row| self.columns.row_without_goods(row, 0);
        let mut seen: Vec<Row> = rows.clone().map(bare).collect();
        let mut build = Builder::new(1);
        build.customer(&mut seen);
        build.columns.goods.extend(0, &self.columns.goods, rows);
        build.finish()
    }

    /// Number of customers.
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// No customers at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows of the customer at `at`.
    #[inline]
    pub fn range(&self, at: usize) -> Range<usize> {
        self.offsets[at] as usize..self.offsets[at + 1] as usize
    }

    /// The same purchases with the customers `new_lows` (sorted) in place of `old_lows` (sorted):
    /// customers who appear get no rows, customers who vanish lose theirs.
    pub fn with_customers(&self, old_lows: &[u16], new_lows: &[u16]) -> History {
        let vanish = old_lows
            .iter()
            .any(|low| new_lows.binary_search(low).is_err());
        let mut build = Builder::new(new_lows.len());
        if vanish {
            for low in new_lows {
                match old_lows.binary_search(low) {
                    Ok(slot) => build.copy(self, slot..slot + 1),
                    Err(_) => build.customer(&mut []),
                }
            }
            return build.finish();
        }
        // Nobody leaves: the rows stay where they are, only offsets and facts get gaps.
        let mut offsets = Vec::with_capacity(new_lows.len() + 1);
        offsets.push(0);
        let empty = Columns::default();
        let mut gaps = Vec::new();
        for low in new_lows {
            let end = *offsets.last().unwrap_or(&0);
            match old_lows.binary_search(low) {
                Ok(slot) => {
                    build.kept.extend(&self.kept, slot..slot + 1);
                    offsets.push(self.offsets[slot + 1]);
                }
                Err(_) => {
                    build.kept.push(&empty, 0..0, &mut gaps);
                    offsets.push(end);
                }
            }
        }
        History {
            offsets,
            kept: build.kept,
            columns: Arc::clone(&self.columns),
            memo: Memo::default(),
        }
    }

    /// The purchases with `arrivals` (sorted by [`Row::key`], customers known in `lows`) folded in
    /// and the rows of `voided` (customer, purchase id; sorted) left out.
    pub fn fold(&self, lows: &[u16], arrivals: &[Row], voided: &[(u16, i64)]) -> History {
        let mut build = Builder::new(self.len());
        build.columns.reserve(self.columns.len() + arrivals.len());
        let (mut next, mut gone) = (0, 0);
        let mut untouched = 0;
        let mut rows = Vec::new();
        while next < arrivals.len() || gone < voided.len() {
            let low = match (arrivals.get(next), voided.get(gone)) {
                (Some(row), Some((low, _))) => row.low.min(*low),
                (Some(row), None) => row.low,
                (None, Some((low, _))) => *low,
                (None, None) => break,
            };
            let until = next + arrivals[next..].iter().take_while(|r| r.low == low).count();
            let gone_until = gone + voided[gone..].iter().take_while(|v| v.0 == low).count();
            if let Ok(slot) = lows.binary_search(&low) {
                build.copy(self, untouched..slot);
                untouched = slot + 1;
                self.rows_with(slot, low, &arrivals[next..until], &mut rows);
                rows.retain(|row| {
                    voided[gone..gone_until]
                        .binary_search(&(low, row.id))
                        .is_err()
                });
                build.customer(&mut rows);
            }
            next = until;
            gone = gone_until;
        }
        build.copy(self, untouched..self.len());
        build.finish()
    }

    /// Rows of one customer with `arrivals` merged in, in order, settled by the caller.
    pub fn rows_with(&self, slot: usize, low: u16, arrivals: &[Row], rows: &mut Vec<Row>) {
        rows.clear();
        rows.extend(self.range(slot).map(|at| self.columns.row(at, low)));
        rows.extend_from_slice(arrivals);
        rows.sort_unstable_by_key(Row::key);
    }
}

/// Builds a history customer by customer.
pub struct Builder {
    offsets: Vec<u32>,
    kept: Kept,
    columns: Columns,
    gaps: Vec<u16>,
}

impl Builder {
    /// Starts a history of about `customers` customers.
    pub fn new(customers: usize) -> Builder {
        let mut offsets = Vec::with_capacity(customers + 1);
        offsets.push(0);
        let mut kept = Kept::default();
        kept.reserve(customers);
        Builder {
            offsets,
            kept,
            columns: Columns::default(),
            gaps: Vec::new(),
        }
    }

    /// Room for `rows` rows without moving them.
    pub fn reserve_rows(&mut self, rows: usize) {
        self.columns.reserve(rows);
    }

    /// Appends a customer with these rows, sorted by [`Row::key`].
    pub fn customer(&mut self, rows: &mut [Row]) {
        settle(rows);
        let start = self.columns.len();
        for row in rows.iter() {
            self.columns.push(row);
        }
        self.kept
            .push(&self.columns, start..self.columns.len(), &mut self.gaps);
        self.offsets.push(self.columns.len() as u32);
    }

    /// Appends customers of another history as they are.
    pub fn copy(&mut self, from: &History, slots: Range<usize>) {
        if slots.is_empty() {
            return;
        }
        let rows = from.offsets[slots.start] as usize..from.offsets[slots.end] as usize;
        let (start, shift) = (self.columns.len() as u32, rows.start as u32);
        self.columns.extend(&from.columns, rows);
        self.kept.extend(&from.kept, slots.clone());
        self.offsets.extend(
            from.offsets[slots.start + 1..=slots.end]
                .iter()
                .map(|o| o - shift + start),
        );
    }

    /// The finished history.
    pub fn finish(self) -> History {
        History {
            offsets: self.offsets,
            kept: self.kept,
            columns: Arc::new(self.columns),
            memo: Memo::default(),
        }
    }
}
