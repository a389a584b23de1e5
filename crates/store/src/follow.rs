//! Following the change feed: what other processes did, or what happened since a snapshot file.
//!
//! Records are ordered by (transaction number, id). On PostgreSQL a transaction with a smaller
//! number may commit later, so a reader stops before the oldest transaction still running
//! (the horizon, which a long write transaction in another database of the same server holds back
//! too): nothing can appear behind a position once reached. Records hold ids only; the
//! rows are read in the same snapshot, so an event may show a row newer than the record — applying
//! events is idempotent, and the newer record comes later anyway.

use crate::StoreError;
use crate::changes::{kind, ranges};
use crate::customers::sealed;
use crate::purchases::row_of_purchase;
use crate::store::Store;
use crate::tx::ReadTx;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant as Moment};
use vernis_domain::{CustomerId, Event, ProductId, PurchaseId};

/// A place in the change feed. Everything up to it has been taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FeedPosition {
    /// The feed this position belongs to; a restore starts a new one.
    pub epoch: i64,
    /// Transaction number (0 on SQLite).
    pub txid: i64,
    /// Change record.
    pub seq: i64,
}

/// What a look at the feed found.
#[derive(Debug)]
pub struct Followed {
    /// Events in order; empty when nothing happened.
    pub events: Vec<Event>,
    /// Where to go on.
    pub position: FeedPosition,
}

/// Change records resolved in one look.
const RECORDS: i64 = 500;
/// Pause between two looks while waiting.
const PAUSE: Duration = Duration::from_millis(100);

impl ReadTx<'_> {
    /// The position a scan in this same transaction stands at: follow from here after building
    /// from the scan. (On PostgreSQL the feed may repeat what the scan already saw.)
    pub fn feed_position(&mut self) -> Result<FeedPosition, StoreError> {
        let epoch = self.epoch()?;
        let horizon = self.horizon()?;
        let last = self.db.first(
            "select txid, id from change where txid < $1 order by txid desc, id desc limit 1",
            &[horizon.into()],
            |row| Ok((row.int(0)?, row.int(1)?)),
        )?;
        let (txid, seq) = last.unwrap_or((0, 0));
        Ok(FeedPosition { epoch, txid, seq })
    }

    /// Change records after a position, resolved into events.
    pub fn changes_after(&mut self, position: FeedPosition) -> Result<Followed, StoreError> {
        if self.epoch()? != position.epoch {
            return Err(StoreError::FeedEpochChanged);
        }
        let horizon = self.horizon()?;
        let records = self.db.all(
            "select txid, id, kind, subjects from change
             where (txid, id) > ($1, $2) and txid < $3 order by txid, id limit $4",
            &[
                position.txid.into(),
                position.seq.into(),
                horizon.into(),
                RECORDS.into(),
            ],
            |row| Ok((row.int(0)?, row.int(1)?, row.text(2)?, row.text(3)?)),
        )?;
        let mut followed = Followed {
            events: Vec::new(),
            position,
        };
        for (txid, seq, kind, subjects) in records {
            self.resolve(&kind, &subjects, &mut followed.events)?;
            followed.position.txid = txid;
            followed.position.seq = seq;
        }
        Ok(followed)
    }

    fn epoch(&mut self) -> Result<i64, StoreError> {
        self.db
            .first("select epoch from feed_epoch where id = 1", &[], |row| {
                row.int(0)
            })?
            .ok_or_else(|| StoreError::Decode("the feed epoch".to_owned()))
    }

    fn horizon(&mut self) -> Result<i64, StoreError> {
        let sql = self.db.dialect().feed_horizon();
        Ok(self.db.first(sql, &[], |row| row.int(0))?.unwrap_or(0))
    }

    fn resolve(
        &mut self,
        kind: &str,
        subjects: &str,
        events: &mut Vec<Event>,
    ) -> Result<(), StoreError> {
        match kind {
            kind::SHOP => events.extend(self.shop()?.map(Event::Shop)),
            kind::STORES => events.push(Event::Stores(self.stores()?)),
            kind::CHANNELS => events.push(Event::Channels(self.channels()?)),
            kind::PRODUCTS => {
                let mut products = Vec::new();
                for (first, last) in ranges(subjects)? {
                    products.extend(self.products_between(ProductId(first), ProductId(last))?);
                }
                events.push(Event::Products(products));
            }
            kind::FIELDS => events.push(Event::Fields(self.custom_fields()?)),
            kind::LINKS => {
                let mut links = Vec::new();
                for (first, last) in ranges(subjects)? {
                    links.extend(self.links_between(first, last)?);
                }
                events.push(Event::Links(links));
            }
            kind::MANAGERS => {
                let mut managers = Vec::new();
                for (first, last) in ranges(subjects)? {
                    managers.extend(self.managers_between(first, last)?);
                }
                events.push(Event::Managers(managers));
            }
            kind::CUSTOMERS => {
                let mut customers = Vec::new();
                for (first, last) in ranges(subjects)? {
                    let rows = self.db.all(
                        "select c.id, c.store_id, c.channel_id, c.registered_day, c.recorded_at,
                           c.profile, k.sealed_key
                         from customer c join person_key k on k.customer_id = c.id
                         where c.archived_at is null and c.id between $1 and $2 order by c.id",
                        &[first.into(), last.into()],
                        sealed,
                    )?;
                    for row in rows {
                        customers.push(row.open(self.keys)?);
                    }
                }
                events.push(Event::Customers(self.people(customers)?));
            }
            kind::PURCHASES => {
                let mut purchases = Vec::new();
                for (first, last) in ranges(subjects)? {
                    purchases.extend(self.purchases_between(first, last)?);
                }
                events.push(Event::Purchases(purchases));
            }
            kind::VOIDED => {
                let mut voided = Vec::new();
                for (first, last) in ranges(subjects)? {
                    for purchase in self.purchases_between(first, last)? {
                        voided.push((purchase.customer_id, purchase.id));
                    }
                }
                events.push(Event::PurchasesVoided(voided));
            }
            kind::REMOVED => {
                let removed = ranges(subjects)?
                    .into_iter()
                    .flat_map(|(first, last)| (first..=last).map(CustomerId))
                    .collect();
                events.push(Event::CustomersRemoved(removed));
            }
            other => {
                return Err(StoreError::Decode(format!(
                    "a change record of kind {other}"
                )));
            }
        }
        Ok(())
    }

    fn purchases_between(
        &mut self,
        first: i64,
        last: i64,
    ) -> Result<Vec<vernis_domain::Purchase>, StoreError> {
        let mut purchases = self.db.all(
            row_of_purchase!("from purchase p where p.id between $1 and $2 order by p.id"),
            &[PurchaseId(first).into(), PurchaseId(last).into()],
            crate::purchases::purchase,
        )?;
        self.give_items(&mut purchases)?;
        Ok(purchases)
    }
}

impl Store {
    /// The position of everything committed so far.
    pub fn feed_position(&self) -> Result<FeedPosition, StoreError> {
        self.read(|tx| tx.feed_position())
    }

    /// What happened after a position: at once when something did, else after at most `wait`.
    ///
    /// On PostgreSQL this includes the process's own changes again, and the caller must not be a
    /// thread of an async runtime.
    pub fn follow(&self, position: FeedPosition, wait: Duration) -> Result<Followed, StoreError> {
        let until = Moment::now() + wait;
        loop {
            let followed = self.read(|tx| tx.changes_after(position))?;
            let left = until.saturating_duration_since(Moment::now());
            if followed.position != position || left.is_zero() {
                return Ok(followed);
            }
            std::thread::sleep(PAUSE.min(left));
        }
    }
}
