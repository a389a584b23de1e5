//! What a bulk edit does to one person.

use crate::about::AboutPatch;
use crate::journal::{Note, fields};
use serde::{Deserialize, Serialize};
use vernis_domain::about::field::CustomValue;
use vernis_domain::{Customer, CustomerId, FieldId, Instant, Sex, StoreId, UserId, one_person};
use vernis_store::{Origin, StoreError, WriteTx};

/// What happens to a mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MarkChange {
    /// It is set with this reason.
    Set(String),
    /// It is taken away.
    Clear,
}

/// A value that is set or taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wanted<T> {
    /// This one.
    Set(T),
    /// None any more.
    Clear,
}

impl<T> Wanted<T> {
    /// The value, or none.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Clear => None,
        }
    }
}

/// What is changed. Kept sealed with the bulk edit.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BulkChange {
    /// Own fields; no value takes it away.
    pub custom: Vec<(FieldId, Option<CustomValue>)>,
    /// Tags given.
    pub add_tags: Vec<String>,
    /// Tags taken away.
    pub remove_tags: Vec<String>,
    /// The VIP mark.
    pub vip: Option<MarkChange>,
    /// The problem mark.
    pub problem: Option<MarkChange>,
    /// Store of registration.
    pub store: Option<StoreId>,
    /// City.
    pub city: Option<Wanted<String>>,
    /// Sex.
    pub sex: Option<Wanted<Sex>>,
    /// Who looks after them.
    pub manager: Option<Wanted<UserId>>,
    /// Which member of staff changes.
    pub by: Option<UserId>,
}

impl BulkChange {
    pub(super) fn is_empty(&self) -> bool {
        !self.touches_customer() && self.manager.is_none()
    }

    /// Whether it changes anything but who looks after somebody.
    fn touches_customer(&self) -> bool {
        self.touches_about() || self.store.is_some() || self.city.is_some() || self.sex.is_some()
    }

    fn touches_about(&self) -> bool {
        !self.custom.is_empty()
            || !self.add_tags.is_empty()
            || !self.remove_tags.is_empty()
            || self.vip.is_some()
            || self.problem.is_some()
    }

    /// Which fields it names, for the journal.
    pub(super) fn note(&self, note: Note) -> Note {
        note.touched(&fields::ABOUT, self.touches_about())
            .touched(&fields::REGISTERED_IN, self.store.is_some())
            .touched(&fields::CITY, self.city.is_some())
            .touched(&fields::SEX, self.sex.is_some())
            .touched(&fields::MANAGER, self.manager.is_some())
    }

    pub(super) fn apply(&self, customer: &mut Customer, now: Instant) {
        let mark = |change: &Option<MarkChange>| {
            change.as_ref().map(|change| match change {
                MarkChange::Set(reason) => Some(reason.clone()),
                MarkChange::Clear => None,
            })
        };
        let patch = AboutPatch {
            custom: self.custom.clone(),
            add_tags: self.add_tags.clone(),
            remove_tags: self.remove_tags.clone(),
            vip: mark(&self.vip),
            problem: mark(&self.problem),
            by: self.by,
            ..AboutPatch::default()
        };
        patch.apply(&mut customer.about, now);
        customer.store_id = self.store.or(customer.store_id);
        if let Some(city) = self.city.clone() {
            customer.city = city.value().unwrap_or_default();
        }
        if let Some(sex) = self.sex {
            customer.sex = sex.value();
        }
    }

    /// Changes people in a transaction; gives the records that were written. Who is gone is left out.
    pub(super) fn write(
        &self,
        tx: &mut WriteTx<'_>,
        people: &[CustomerId],
        bulk: i64,
    ) -> Result<Vec<CustomerId>, StoreError> {
        let now = tx.now();
        let origin = Origin::Bulk(bulk);
        let mut changed = Vec::new();
        for one in people {
            let root = tx.root(*one)?;
            if self.touches_customer() {
                let mut records = tx.own_values(root)?;
                let Some(before) = one_person::merged(&records) else {
                    continue;
                };
                let mut after = before.clone();
                self.apply(&mut after, now);
                if after != before {
                    let were = records.clone();
                    one_person::distribute(&before, &after, &mut records);
                    let news = records.into_iter().zip(were);
                    let news: Vec<Customer> = news
                        .filter(|(is, was)| is != was)
                        .map(|(is, _)| is)
                        .collect();
                    changed.extend(news.iter().map(|one| one.id));
                    tx.update_customers(news, origin)?;
                }
            }
            if let Some(manager) = self.manager {
                // The person is told by his own record; nobody is when no record has one.
                let records = match manager {
                    Wanted::Set(_) => vec![root],
                    Wanted::Clear => tx.records_of(root)?,
                };
                changed.extend(tx.set_managers(&records, manager.value(), origin, self.by)?);
            }
        }
        changed.sort_unstable();
        changed.dedup();
        Ok(changed)
    }
}
