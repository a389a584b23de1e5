//! What one customer did, as the panel's question sees him.
//!
//! A *purchase* is a sale that was not taken back whole. *Spent* books every return against the
//! day of its sale (its own day when the sale is unknown); *booked* books it on its own day.

use crate::base::history::{History, median_twice};
use crate::base::people::People;
use crate::base::row::{COSTED, DISCOUNTED, NO_DAY, NOT_A_PURCHASE, RETURN};
use crate::query::{Scope, day};

/// One customer in the light of one question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Day of the first purchase ever, anywhere, if it is before the end of the period.
    pub born: Option<i32>,
    /// That purchase was made in the asked store and channel.
    pub born_here: bool,
    /// Belongs to the base at the end: registered or bought by then (with a store or channel: bought there).
    pub member: bool,
    /// Registered within the period.
    pub registered: bool,
    /// Purchases in the period.
    pub purchases: u32,
    /// Spent in the period, minor units.
    pub spent: i64,
    /// What the first purchase ever brought, net of its returns, if it lies in the period and here.
    pub first_net: i64,
    /// Bought within W days before the period.
    pub active_start: bool,
    /// Bought within W days before the end.
    pub active_end: bool,
    /// Purchases up to the end.
    pub life_purchases: u32,
    /// Spent up to the end, minor units.
    pub life_spent: i64,
    /// Cost of goods up to the end, where known.
    pub life_cost: i64,
    /// Documents up to the end without a known cost.
    pub life_uncosted: u32,
    /// Cost of goods of what was spent in the period, where known.
    pub cost: i64,
    /// Documents behind `spent` without a known cost.
    pub uncosted: u32,
    /// Days of the period he was a customer: from the later of its start and his first purchase.
    pub exposure_days: i32,
    /// Last purchase day before the end.
    pub last: Option<i32>,
}

impl Look {
    /// First purchase ever lies in the period and here.
    pub fn is_new(&self, scope: &Scope) -> bool {
        self.born_here && self.born_in(scope)
    }

    /// First purchase ever lies in the period, anywhere.
    pub fn born_in(&self, scope: &Scope) -> bool {
        self.born.is_some_and(|day| scope.in_period(day))
    }

    /// Still a customer at the end, was none at the start, and is not new.
    pub fn reactivated(&self, scope: &Scope) -> bool {
        self.active_end && !self.active_start && !self.born_in(scope)
    }
}

/// Looks at one customer.
pub fn look(scope: &Scope, history: &History, at: usize, people: &People, slot: usize) -> Look {
    let columns = &*history.columns;
    let mut seen = Look::default();
    let born = day(history.kept.first_day[at]).filter(|&d| d < scope.end);
    seen.born = born;
    let registered = i32::from(people.registered[slot]);
    let start_active = scope.from - scope.window..scope.from;
    let end_active = scope.end - scope.window..scope.end;
    let mut range = history.range(at);
    let mut first_purchase = true;
    let mut first_id = None;
    let mut has_returns = false;
    if scope.whole_shop() {
        // The whole life is kept; rows older than anything asked for need not be read. What lies
        // after the end is taken off again below.
        let kept = &history.kept;
        seen.life_purchases = kept.orders[at];
        seen.life_spent = kept.paid[at];
        seen.life_cost = kept.cost[at];
        seen.life_uncosted = kept.uncosted[at];
        seen.born_here = born.is_some();
        first_purchase = born.is_some_and(|day| day >= start_active.start);
        let days = &columns.day[range.clone()];
        let older = days
            .iter()
            .rev()
            .position(|&day| i32::from(day) < start_active.start);
        range.start = range.end - older.unwrap_or(days.len());
    }
    for row in range.clone() {
        let flags = columns.flags[row];
        let counted = flags & NOT_A_PURCHASE == 0;
        let first = counted && std::mem::take(&mut first_purchase);
        let here = scope.here(columns, row);
        let own_day = i32::from(columns.day[row]);
        if first {
            seen.born_here = here && born.is_some();
            if here && scope.in_period(own_day) {
                seen.first_net = columns.paid.get(row);
                first_id = Some(columns.id.get(row));
            }
        }
        if !here {
            continue;
        }
        has_returns |= flags & RETURN != 0;
        if counted && own_day >= scope.end {
            seen.life_purchases -= u32::from(scope.whole_shop());
        } else if counted {
            seen.life_purchases += u32::from(!scope.whole_shop());
            seen.purchases += u32::from(own_day >= scope.from);
            seen.active_start |= start_active.contains(&own_day);
            seen.active_end |= end_active.contains(&own_day);
            seen.last = Some(own_day);
        }
        if flags & RETURN == 0 {
            add(&mut seen, scope, own_day, history, row);
        }
    }
    // Returns: those that name a sale count on the day of the sale.
    if has_returns {
        let links = columns.links_in(range.clone());
        let mut next = 0;
        for row in range.clone() {
            if columns.flags[row] & RETURN == 0 {
                continue;
            }
            while next < links.len() && (links[next].row as usize) < row {
                next += 1;
            }
            let link = links
                .get(next)
                .filter(|link| link.row as usize == row && link.day != NO_DAY);
            if !scope.here(columns, row) {
                continue;
            }
            let booked_on = link.map_or(i32::from(columns.day[row]), |link| i32::from(link.day));
            add(&mut seen, scope, booked_on, history, row);
            if let (Some(link), Some(first)) = (link, first_id)
                && link.original == first
            {
                seen.first_net += columns.paid.get(row);
            }
        }
    }
    if scope.whole_shop() && seen.last.is_none() {
        let before = history.range(at).start..range.start;
        let purchase = |row: &usize| columns.flags[*row] & NOT_A_PURCHASE == 0;
        seen.last = before
            .rev()
            .find(purchase)
            .map(|row| i32::from(columns.day[row]));
    }
    seen.member = seen.life_purchases > 0
        || (scope.whole_shop()
            && (born.is_some() || (registered != i32::from(NO_DAY) && registered < scope.end)));
    seen.registered =
        scope.whole_shop() && registered != i32::from(NO_DAY) && scope.in_period(registered);
    if let Some(born) = born {
        seen.exposure_days = scope.end - born.max(scope.from);
    }
    seen
}

#[inline]
fn add(seen: &mut Look, scope: &Scope, booked_on: i32, history: &History, row: usize) {
    let after = booked_on >= scope.end;
    let whole = scope.whole_shop();
    if after && !whole {
        return;
    }
    let columns = &history.columns;
    let paid = columns.paid.get(row);
    let cost = columns.cost.get(row);
    let uncosted = u32::from(columns.flags[row] & COSTED == 0);
    if after {
        seen.life_spent -= paid;
        seen.life_cost -= cost;
        seen.life_uncosted -= uncosted;
        return;
    }
    if !whole {
        seen.life_spent += paid;
        seen.life_cost += cost;
        seen.life_uncosted += uncosted;
    }
    if booked_on >= scope.from {
        seen.spent += paid;
        seen.cost += cost;
        seen.uncosted += uncosted;
    }
}

/// Calls `each` with every gap (days between neighbouring purchase days of the customer here) that
/// ends in the period, and with the row that ends it; returns twice the median of those gaps.
pub fn gaps(
    scope: &Scope,
    history: &History,
    at: usize,
    own: &mut Vec<u16>,
    mut each: impl FnMut(u16, usize),
) -> Option<u32> {
    let columns = &*history.columns;
    own.clear();
    let mut last: Option<u16> = None;
    for row in history.range(at) {
        if !scope.purchase_here(columns, row) {
            continue;
        }
        let day = columns.day[row];
        if let Some(last) = last.filter(|&last| last != day)
            && scope.in_period(i32::from(day))
        {
            own.push(day - last);
            each(day - last, row);
        }
        last = Some(day);
    }
    median_twice(own)
}

/// One document of the period, as it was booked.
#[derive(Clone, Copy, Debug)]
pub struct Doc {
    /// Purchase id.
    pub id: i64,
    /// Day it is booked on.
    pub day: i32,
    /// Paid, minor units.
    pub paid: i64,
    /// Discount, minor units.
    pub discount: i64,
    /// Cost of goods, when known.
    pub cost: Option<i64>,
    /// It is a return.
    pub is_return: bool,
    /// It carries a discount.
    pub discounted: bool,
    /// The customer is known.
    pub identified: bool,
    /// Days since the customer's purchase day before, on the first purchase of a later day.
    pub gap: Option<u16>,
}

/// The document at a row.
#[inline]
pub fn doc(columns: &crate::base::columns::Columns, row: usize, identified: bool) -> Doc {
    let flags = columns.flags[row];
    Doc {
        id: columns.id.get(row),
        day: i32::from(columns.day[row]),
        paid: columns.paid.get(row),
        discount: columns.discount.get(row),
        cost: (flags & COSTED != 0).then(|| columns.cost.get(row)),
        is_return: flags & RETURN != 0,
        discounted: flags & DISCOUNTED != 0,
        identified,
        gap: None,
    }
}
