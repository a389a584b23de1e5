//! Change records: what a transaction did, as kind and row ids on disk and as [`Event`]s in memory.

use crate::StoreError;
use crate::dialect::{Insert, insert};
use crate::tx::WriteTx;
use vernis_domain::{
    Channel, CustomField, Customer, CustomerId, Event, Product, Purchase, PurchaseId, Shop, Store,
    UserId,
};

/// What one transaction did so far.
#[derive(Default)]
pub(crate) struct Changes {
    pub shop: Option<Shop>,
    pub stores: Vec<Store>,
    pub channels: Vec<Channel>,
    pub products: Vec<Product>,
    pub fields: Option<Vec<CustomField>>,
    pub links: Vec<(CustomerId, Option<CustomerId>)>,
    pub managers: Vec<(CustomerId, Option<UserId>)>,
    pub customers: Vec<Customer>,
    pub purchases: Vec<Purchase>,
    pub voided: Vec<(Option<CustomerId>, PurchaseId)>,
    pub removed: Vec<CustomerId>,
}

/// Kinds of change records. The texts are on disk: never change one.
pub(crate) mod kind {
    pub const SHOP: &str = "shop";
    pub const STORES: &str = "stores";
    pub const CHANNELS: &str = "channels";
    pub const PRODUCTS: &str = "products";
    pub const FIELDS: &str = "fields";
    pub const LINKS: &str = "links";
    pub const MANAGERS: &str = "managers";
    pub const CUSTOMERS: &str = "customers";
    pub const PURCHASES: &str = "purchases";
    pub const VOIDED: &str = "voided";
    pub const REMOVED: &str = "removed";
}

static CHANGE: Insert<3> =
    insert!("change", key 0, [1 "kind" Text, 2 "subjects" Text, 3 "recorded_at" Int]);

impl WriteTx<'_> {
    /// Writes the change rows of this transaction and gives its events, catalogues first: a
    /// purchase never arrives before its store or its customer.
    pub(crate) fn close(&mut self) -> Result<Vec<Event>, StoreError> {
        let changes = std::mem::take(&mut self.changes);
        let mut rows: Vec<(&'static str, String)> = Vec::new();
        let mut events = Vec::new();
        if let Some(shop) = changes.shop {
            rows.push((kind::SHOP, String::new()));
            events.push(Event::Shop(shop));
        }
        macro_rules! part {
            ($list:expr, $kind:expr, $event:path, $id:expr) => {
                if !$list.is_empty() {
                    rows.push(($kind, subjects($list.iter().map($id).collect())));
                    events.push($event($list));
                }
            };
        }
        part!(changes.stores, kind::STORES, Event::Stores, |s| s.id.0);
        part!(changes.channels, kind::CHANNELS, Event::Channels, |c| c
            .id
            .0);
        part!(changes.products, kind::PRODUCTS, Event::Products, |p| p
            .id
            .0);
        if let Some(fields) = changes.fields {
            let ids = fields.iter().map(|field| field.id.0).collect();
            rows.push((kind::FIELDS, subjects(ids)));
            events.push(Event::Fields(fields));
        }
        part!(changes.links, kind::LINKS, Event::Links, |l| l.0.0);
        if !changes.customers.is_empty() {
            // The record names the records that changed, the event shows the people behind them.
            let mut ids: Vec<i64> = changes.customers.iter().map(|c| c.id.0).collect();
            let people = self.people(changes.customers)?;
            ids.extend(people.iter().map(|c| c.id.0));
            rows.push((kind::CUSTOMERS, subjects(ids)));
            events.push(Event::Customers(people));
        }
        part!(changes.managers, kind::MANAGERS, Event::Managers, |m| m.0.0);
        part!(changes.purchases, kind::PURCHASES, Event::Purchases, |p| p
            .id
            .0);
        part!(changes.voided, kind::VOIDED, Event::PurchasesVoided, |v| v
            .1
            .0);
        part!(
            changes.removed,
            kind::REMOVED,
            Event::CustomersRemoved,
            |c| c.0
        );
        if !rows.is_empty() {
            let now = self.now();
            self.db.insert_many(
                &CHANGE,
                rows.iter()
                    .map(|(kind, subjects)| [(*kind).into(), subjects.into(), now.into()]),
            )?;
        }
        Ok(events)
    }
}

/// Row ids as text: sorted ranges, `5-1004,1007`.
pub(crate) fn subjects(mut ids: Vec<i64>) -> String {
    use std::fmt::Write;
    ids.sort_unstable();
    ids.dedup();
    let mut text = String::new();
    let mut position = 0;
    while position < ids.len() {
        let first = ids[position];
        let mut last = first;
        while position + 1 < ids.len() && ids[position + 1] == last + 1 {
            position += 1;
            last = ids[position];
        }
        position += 1;
        if !text.is_empty() {
            text.push(',');
        }
        let _ = if first == last {
            write!(text, "{first}")
        } else {
            write!(text, "{first}-{last}")
        };
    }
    text
}

/// The ranges (first, last) of a text of row ids.
pub(crate) fn ranges(text: &str) -> Result<Vec<(i64, i64)>, StoreError> {
    let broken = || StoreError::Decode("the subjects of a change record".to_owned());
    let number = |text: &str| text.parse::<i64>().map_err(|_| broken());
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(|part| match part.split_once('-') {
            None => number(part).map(|id| (id, id)),
            Some((first, last)) => {
                let (first, last) = (number(first)?, number(last)?);
                if first > last {
                    Err(broken())
                } else {
                    Ok((first, last))
                }
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_ids_come_back_from_their_text() {
        assert_eq!(subjects(vec![7, 5, 6, 9, 9]), "5-7,9");
        assert_eq!(ranges("5-7,9").unwrap(), vec![(5, 7), (9, 9)]);
        assert_eq!(subjects(vec![]), "");
        assert!(ranges("7-5").is_err());
        assert!(ranges("x").is_err());
    }
}
