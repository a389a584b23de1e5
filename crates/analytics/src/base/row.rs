//! One purchase as the live base keeps it, unpacked; and what is derived when all purchases of a
//! customer are seen together.

use super::goods::GoodsOf;
use super::shard::low;
use std::collections::HashMap;
use vernis_domain::{CustomerId, Day, Purchase, PurchaseKind, TimePrecision};

/// The document is a return.
pub const RETURN: u8 = 1;
/// The sale was taken back whole: it is no purchase for recency and frequency.
pub const TAKEN_BACK: u8 = 2;
/// The document carries a discount.
pub const DISCOUNTED: u8 = 4;
/// The cost of goods is known.
pub const COSTED: u8 = 8;
/// Two bits: how exactly the time is known.
pub const PRECISION_SHIFT: u8 = 4;
/// A row with none of these bits is a purchase of the customer.
pub const NOT_A_PURCHASE: u8 = RETURN | TAKEN_BACK;

/// "No day" in a day column: 2149-06-06 is given up for it.
pub const NO_DAY: u16 = u16::MAX;

/// Microseconds in one step of [`Row::moment`].
const STEP_MICROS: i64 = 64;
const DAY_MICROS: i64 = 86_400_000_000;

/// A purchase, unpacked. `low` is the customer's place within the shard's id range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Lower 12 bits of the customer id.
    pub low: u16,
    /// Day since 1970-01-01 in the store's zone.
    pub day: u16,
    /// When within the day: steps of 64 µs since 24 hours before the day's midnight UTC.
    pub moment: u32,
    /// Purchase id.
    pub id: i64,
    /// Paid, minor units.
    pub paid: i64,
    /// Discount, minor units.
    pub discount: i64,
    /// Cost of goods, minor units; zero when unknown.
    pub cost: i64,
    /// Dictionary code of the store.
    pub store: u16,
    /// Dictionary code of the channel.
    pub channel: u16,
    /// Bits above.
    pub flags: u8,
    /// For a return: the sale it takes back.
    pub original: Option<i64>,
    /// For a return whose sale is found: the day of that sale.
    pub original_day: u16,
    /// Its lines.
    pub goods: GoodsOf,
}

impl Row {
    /// Packs a purchase of `owner`; `store`, `channel` and the products of the lines are dictionary
    /// codes.
    pub fn new(
        purchase: &Purchase,
        owner: Option<CustomerId>,
        (store, channel): (u16, u16),
        goods: GoodsOf,
    ) -> Row {
        let day = purchase.local_day.0.clamp(0, i32::from(NO_DAY) - 1) as u16;
        let since = purchase
            .occurred_at
            .0
            .saturating_sub((i64::from(day) - 1) * DAY_MICROS);
        let moment = (since / STEP_MICROS).clamp(0, i64::from(u32::MAX)) as u32;
        let mut flags = (purchase.precision.code() as u8) << PRECISION_SHIFT;
        if purchase.kind == PurchaseKind::Return {
            flags |= RETURN;
        }
        if purchase.discount_minor != 0 {
            flags |= DISCOUNTED;
        }
        if purchase.cost_minor.is_some() {
            flags |= COSTED;
        }
        Row {
            low: owner.map_or(0, low),
            day,
            moment,
            id: purchase.id.0,
            paid: purchase.paid_minor,
            discount: purchase.discount_minor,
            cost: purchase.cost_minor.unwrap_or(0),
            store,
            channel,
            flags,
            original: purchase.returned_purchase_id.map(|p| p.0),
            original_day: NO_DAY,
            goods,
        }
    }

    /// Sorting key: customer, day, moment, id.
    pub fn key(&self) -> (u16, u16, u32, i64) {
        (self.low, self.day, self.moment, self.id)
    }

    /// When it happened, µs UTC, to 64 µs.
    pub fn occurred_micros(day: u16, moment: u32) -> i64 {
        (i64::from(day) - 1) * DAY_MICROS + i64::from(moment) * STEP_MICROS
    }

    /// How exactly the time is known.
    pub fn precision(flags: u8) -> TimePrecision {
        TimePrecision::from_code(i64::from((flags >> PRECISION_SHIFT) & 3))
    }

    /// The day as a domain day.
    pub fn local_day(&self) -> Day {
        Day(i32::from(self.day))
    }
}

/// Marks, in all rows of one customer, the sales that were taken back whole and the returns whose
/// sale is known. A sale is taken back when returns name it and nothing of it is left paid.
pub fn settle(rows: &mut [Row]) {
    if rows.iter().all(|row| row.original.is_none()) {
        for row in rows {
            row.flags &= !TAKEN_BACK;
        }
        return;
    }
    let mut given_back: HashMap<i64, i64> = HashMap::new();
    for row in rows.iter() {
        if let (Some(original), true) = (row.original, row.flags & RETURN != 0) {
            *given_back.entry(original).or_default() += row.paid;
        }
    }
    let mut sale_day: HashMap<i64, u16> = HashMap::new();
    for row in rows.iter_mut().filter(|row| row.flags & RETURN == 0) {
        row.flags &= !TAKEN_BACK;
        if let Some(back) = given_back.get(&row.id) {
            sale_day.insert(row.id, row.day);
            if row.paid + back <= 0 {
                row.flags |= TAKEN_BACK;
            }
        }
    }
    for row in rows.iter_mut().filter(|row| row.flags & RETURN != 0) {
        row.original_day = row
            .original
            .and_then(|original| sale_day.get(&original).copied())
            .unwrap_or(NO_DAY);
    }
}
