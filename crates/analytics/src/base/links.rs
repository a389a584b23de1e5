//! Records joined to others: whose purchases show with whom, and which of them go back when a merge
//! is taken back.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use vernis_domain::{CustomerId, PurchaseId};

/// Parts the records are kept in: a purchase of a joined record copies one of them.
const PARTS: usize = 256;

/// A record joined to another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// To whom.
    pub to: CustomerId,
    /// Purchases recorded for this very record.
    pub purchases: Vec<PurchaseId>,
}

/// All records that are joined to others. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// Empty while nobody was ever merged.
    parts: Arc<Vec<Arc<HashMap<CustomerId, Joined>>>>,
}

fn part(id: CustomerId) -> usize {
    id.0.rem_euclid(PARTS as i64) as usize
}

impl Links {
    /// How a record is joined; `None` when it stands for itself.
    pub fn get(&self, id: CustomerId) -> Option<&Joined> {
        self.parts.get(part(id))?.get(&id)
    }

    /// The record that stands for this one's person.
    pub fn root(&self, id: CustomerId) -> CustomerId {
        let mut at = id;
        while let Some(joined) = self.get(at) {
            at = joined.to;
        }
        at
    }

    fn part_mut(&mut self, id: CustomerId) -> &mut HashMap<CustomerId, Joined> {
        let parts = Arc::make_mut(&mut self.parts);
        if parts.is_empty() {
            parts.resize_with(PARTS, Arc::default);
        }
        Arc::make_mut(&mut parts[part(id)])
    }

    /// Joins a record.
    pub(crate) fn put(&mut self, id: CustomerId, joined: Joined) {
        self.part_mut(id).insert(id, joined);
    }

    /// Lets a record stand for itself again.
    pub(crate) fn take(&mut self, id: CustomerId) {
        if self.get(id).is_some() {
            self.part_mut(id).remove(&id);
        }
    }

    /// Notes a purchase recorded for a joined record; of others nothing has to be known.
    pub(crate) fn note(&mut self, id: CustomerId, purchase: PurchaseId) {
        if self.get(id).is_some()
            && let Some(joined) = self.part_mut(id).get_mut(&id)
            && !joined.purchases.contains(&purchase)
        {
            joined.purchases.push(purchase);
        }
    }

    /// Every joined record.
    pub fn all(&self) -> impl Iterator<Item = (CustomerId, &Joined)> {
        let parts = self.parts.iter();
        parts.flat_map(|part| part.iter().map(|(id, joined)| (*id, joined)))
    }

    /// Purchases recorded for the joined records behind `id` (not for `id` itself).
    pub(crate) fn purchases_behind(&self, id: CustomerId) -> Vec<PurchaseId> {
        let behind = |start: CustomerId| {
            let mut at = start;
            while let Some(joined) = self.get(at) {
                at = joined.to;
                if at == id {
                    return true;
                }
            }
            false
        };
        let mine = self.all().filter(|(record, _)| behind(*record));
        mine.flat_map(|(_, joined)| joined.purchases.iter().copied())
            .collect()
    }
}
