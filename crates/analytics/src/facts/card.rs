//! A customer's card straight from his shard: who he is, his facts, his last purchases.

use super::{Fact, FactValue, Lens, Subject, offered};
use crate::base::catalogue::Catalogue;
use crate::base::columns::Columns;
use crate::base::live::LiveBase;
use crate::base::row::{COSTED, RETURN, Row, TAKEN_BACK};
use vernis_domain::{
    ChannelId, Customer, CustomerId, Day, Instant, PurchaseId, PurchaseKind, StoreId, TimePrecision,
};

/// A purchase as the card shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardPurchase {
    /// Row id.
    pub id: PurchaseId,
    /// Sale or return.
    pub kind: PurchaseKind,
    /// The sale was taken back whole.
    pub taken_back: bool,
    /// Day in the store's zone.
    pub day: Day,
    /// When, to 64 µs.
    pub occurred_at: Instant,
    /// How exactly the time is known.
    pub precision: TimePrecision,
    /// Paid, minor units.
    pub paid_minor: i64,
    /// Discount, minor units.
    pub discount_minor: i64,
    /// Cost of goods, when known.
    pub cost_minor: Option<i64>,
    /// Where.
    pub store: Option<StoreId>,
    /// How it came.
    pub channel: Option<ChannelId>,
}

/// A customer's card.
#[derive(Debug)]
pub struct Card<'a> {
    /// Who; `None` while only purchases of him are known.
    pub customer: Option<Customer>,
    /// Every fact.
    pub facts: Vec<(&'static Fact, FactValue<'a>)>,
    /// Last purchases, the latest first.
    pub recent: Vec<CardPurchase>,
    /// All documents.
    pub purchases: usize,
}

/// The card of a customer with his last `recent` purchases; `None` when he is not in the base.
pub fn card<'a>(
    base: &'a LiveBase,
    lens: &'a Lens,
    id: CustomerId,
    recent: usize,
) -> Option<Card<'a>> {
    let (number, slot) = base.place(id)?;
    let shard = &base.shards()[number];
    let (history, at) = shard.at(slot);
    let subject = Subject::new(base, lens, shard, slot);
    let range = history.range(at);
    Some(Card {
        customer: base.customer(id),
        facts: offered(base)
            .into_iter()
            .map(|fact| (fact, fact.value(&subject)))
            .collect(),
        recent: range
            .clone()
            .rev()
            .take(recent)
            .map(|row| purchase(&history.columns, row, base.catalogue()))
            .collect(),
        purchases: range.len(),
    })
}

/// Facts of one customer by key, for lists.
pub fn facts_of<'a>(
    base: &'a LiveBase,
    lens: &'a Lens,
    id: CustomerId,
    facts: &[&'static Fact],
) -> Vec<FactValue<'a>> {
    match base.place(id) {
        None => vec![FactValue::Empty; facts.len()],
        Some((number, slot)) => {
            let subject = Subject::new(base, lens, &base.shards()[number], slot);
            facts.iter().map(|fact| fact.value(&subject)).collect()
        }
    }
}

/// Purchases `offset..offset + limit` of a customer, the latest first, and how many there are.
pub fn purchases(
    base: &LiveBase,
    id: CustomerId,
    offset: usize,
    limit: usize,
) -> (Vec<CardPurchase>, usize) {
    let Some((number, slot)) = base.place(id) else {
        return (Vec::new(), 0);
    };
    let (history, at) = base.shards()[number].at(slot);
    let range = history.range(at);
    let total = range.len();
    let page = range
        .rev()
        .skip(offset)
        .take(limit)
        .map(|row| purchase(&history.columns, row, base.catalogue()))
        .collect();
    (page, total)
}

fn purchase(columns: &Columns, row: usize, catalogue: &Catalogue) -> CardPurchase {
    let flags = columns.flags[row];
    let day = columns.day[row];
    CardPurchase {
        id: PurchaseId(columns.id.get(row)),
        kind: if flags & RETURN != 0 {
            PurchaseKind::Return
        } else {
            PurchaseKind::Sale
        },
        taken_back: flags & TAKEN_BACK != 0,
        day: Day(i32::from(day)),
        occurred_at: Instant(Row::occurred_micros(day, columns.moment[row])),
        precision: Row::precision(flags),
        paid_minor: columns.paid.get(row),
        discount_minor: columns.discount.get(row),
        cost_minor: (flags & COSTED != 0).then(|| columns.cost.get(row)),
        store: catalogue.store_id(columns.store[row]),
        channel: catalogue.channel_id(columns.channel[row]),
    }
}
