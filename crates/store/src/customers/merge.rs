//! Merging: a withdrawable link between two records of one person.
//!
//! A merge is a row, an unmerge a row that takes it back; `customer_link` is what holds now. Nothing
//! else changes: every record keeps its own values, facts and purchases and goes on learning by its
//! own contacts. What is shown of the person is computed ([`one_person::merged`]).

use super::Origin;
use crate::StoreError;
use crate::customers::blind;
use crate::db::{IdSource, ids_of};
use crate::dialect::KeyList;
use crate::tx::{ReadTx, WriteTx};
use std::collections::{HashMap, HashSet};
use vernis_domain::{Customer, CustomerId, Instant, one_person};

static MERGE_IDS: IdSource = ids_of!("merge");

/// A merge that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Who was joined.
    pub joined: CustomerId,
    /// To whom.
    pub survivor: CustomerId,
    /// When.
    pub recorded_at: Instant,
}

impl ReadTx<'_> {
    /// The record that stands for the person: the record itself unless it was joined to another.
    pub fn root(&mut self, id: CustomerId) -> Result<CustomerId, StoreError> {
        let mut at = id;
        while let Some(next) = self.db.first(
            "select survivor_id from customer_link where joined_id = $1",
            &[at.into()],
            |row| row.int(0),
        )? {
            at = CustomerId(next);
            if at == id {
                return Err(StoreError::Decode("merges that go in a circle".to_owned()));
            }
        }
        Ok(at)
    }

    /// Of these records those that are joined to another one, each with who stands for it.
    pub fn roots(
        &mut self,
        ids: &[CustomerId],
    ) -> Result<HashMap<CustomerId, CustomerId>, StoreError> {
        if !self.any_merges()? {
            return Ok(HashMap::new());
        }
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let mut joined = Vec::new();
        self.db.by_keys(
            "select joined_id from customer_link where joined_id = $keys",
            KeyList::Ints(&ids),
            &mut |row| {
                joined.push(CustomerId(row.int(0)?));
                Ok(())
            },
        )?;
        joined
            .into_iter()
            .map(|id| Ok((id, self.root(id)?)))
            .collect()
    }

    fn any_merges(&mut self) -> Result<bool, StoreError> {
        let any = self
            .db
            .first("select joined_id from customer_link limit 1", &[], |row| {
                row.int(0)
            })?;
        Ok(any.is_some())
    }

    /// All records of the person for whom `root` stands: `root` first, then those joined to it in
    /// the order of the merges, each with its own behind it.
    pub fn records_of(&mut self, root: CustomerId) -> Result<Vec<CustomerId>, StoreError> {
        let mut all = Vec::new();
        let mut open = vec![root];
        while let Some(id) = open.pop() {
            all.push(id);
            let joined = self.db.all(
                "select joined_id from customer_link where survivor_id = $1
                 order by merge_id desc",
                &[id.into()],
                |row| Ok(CustomerId(row.int(0)?)),
            )?;
            open.extend(joined);
        }
        Ok(all)
    }

    /// The merges that make up the person for whom `root` stands.
    pub fn merges_of(&mut self, root: CustomerId) -> Result<Vec<Merge>, StoreError> {
        let mut merges = Vec::new();
        for joined in self.records_of(root)?.into_iter().skip(1) {
            merges.extend(self.db.first(
                "select l.survivor_id, m.recorded_at from customer_link l
                 join merge m on m.id = l.merge_id where l.joined_id = $1",
                &[joined.into()],
                |row| {
                    Ok(Merge {
                        joined,
                        survivor: CustomerId(row.int(0)?),
                        recorded_at: Instant(row.int(1)?),
                    })
                },
            )?);
        }
        Ok(merges)
    }

    /// The own values of the records of a person, in the order of [`ReadTx::records_of`].
    pub fn own_values(&mut self, root: CustomerId) -> Result<Vec<Customer>, StoreError> {
        let ids = self.records_of(root)?;
        let mut records = self.customers(&ids)?;
        records.sort_by_key(|record| ids.iter().position(|id| *id == record.id));
        Ok(records)
    }

    /// What is shown of a person, by any of his records.
    pub fn person(&mut self, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        let root = self.root(id)?;
        Ok(one_person::merged(&self.own_values(root)?))
    }

    /// Every record that is joined to another one, and to which.
    pub fn links(&mut self) -> Result<Vec<(CustomerId, Option<CustomerId>)>, StoreError> {
        self.db.all(
            "select joined_id, survivor_id from customer_link order by joined_id",
            &[],
            |row| Ok((CustomerId(row.int(0)?), Some(CustomerId(row.int(1)?)))),
        )
    }

    /// Which of these records are joined to another one.
    pub(crate) fn joined_between(
        &mut self,
        own: &[Customer],
    ) -> Result<HashSet<CustomerId>, StoreError> {
        let (Some(first), Some(last)) = (own.first(), own.last()) else {
            return Ok(HashSet::new());
        };
        let joined = self.db.all(
            "select joined_id from customer_link where joined_id between $1 and $2",
            &[first.id.into(), last.id.into()],
            |row| Ok(CustomerId(row.int(0)?)),
        )?;
        Ok(joined.into_iter().collect())
    }

    pub(crate) fn links_between(
        &mut self,
        first: i64,
        last: i64,
    ) -> Result<Vec<(CustomerId, Option<CustomerId>)>, StoreError> {
        let mut links = Vec::new();
        for id in first..=last {
            let survivor = self.db.first(
                "select survivor_id from customer_link where joined_id = $1",
                &[id.into()],
                |row| row.int(0),
            )?;
            links.push((CustomerId(id), survivor.map(CustomerId)));
        }
        Ok(links)
    }

    /// The people behind these records' own values: those who were never merged as they are, the
    /// others once, as they are shown.
    pub(crate) fn people(&mut self, own: Vec<Customer>) -> Result<Vec<Customer>, StoreError> {
        if !self.any_merges()? {
            return Ok(own);
        }
        let ids: Vec<i64> = own.iter().map(|customer| customer.id.0).collect();
        let mut linked = HashSet::new();
        for sql in [
            "select joined_id from customer_link where joined_id = $keys",
            "select survivor_id from customer_link where survivor_id = $keys",
        ] {
            self.db.by_keys(sql, KeyList::Ints(&ids), &mut |row| {
                linked.insert(row.int(0)?);
                Ok(())
            })?;
        }
        let mut seen = HashSet::new();
        let mut people = Vec::with_capacity(own.len());
        for customer in own {
            if !linked.contains(&customer.id.0) {
                people.push(customer);
                continue;
            }
            let root = self.root(customer.id)?;
            if seen.insert(root) {
                people.extend(one_person::merged(&self.own_values(root)?));
            }
        }
        Ok(people)
    }
}

impl WriteTx<'_> {
    /// Joins one record to another; both must stand for a person. Each brings the records joined to
    /// it before. Gives the row id of the merge.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when one is gone, [`StoreError::Invalid`] when it is joined to
    /// somebody already or both are the same.
    pub fn merge_customers(
        &mut self,
        survivor: CustomerId,
        joined: CustomerId,
        origin: Origin,
    ) -> Result<i64, StoreError> {
        if survivor == joined || self.root(survivor)? != survivor || self.root(joined)? != joined {
            return Err(StoreError::Invalid(
                "Only two records that stand for two people can be merged.".to_owned(),
            ));
        }
        let merge = self.record_merge(survivor, joined, None, origin)?;
        self.db.execute(
            "insert into customer_link (joined_id, survivor_id, merge_id) values ($1, $2, $3)",
            &[joined.into(), survivor.into(), merge.into()],
        )?;
        self.changes.links.push((joined, Some(survivor)));
        self.tell(&[survivor])?;
        Ok(merge)
    }

    /// Takes back the merge that joined a record to another one. Both sides get what is theirs: a
    /// contact that both have stays with the one whom it finds.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the record is joined to nobody.
    pub fn unmerge_customer(
        &mut self,
        joined: CustomerId,
        origin: Origin,
    ) -> Result<(), StoreError> {
        let (survivor, undone) = self
            .db
            .first(
                "select survivor_id, merge_id from customer_link where joined_id = $1",
                &[joined.into()],
                |row| Ok((CustomerId(row.int(0)?), row.int(1)?)),
            )?
            .ok_or(StoreError::NotFound("The merge"))?;
        self.record_merge(survivor, joined, Some(undone), origin)?;
        self.db.execute(
            "delete from customer_link where joined_id = $1",
            &[joined.into()],
        )?;
        self.changes.links.push((joined, None));
        let root = self.root(survivor)?;
        for side in [root, joined] {
            self.take_apart(side, origin)?;
        }
        self.tell(&[root, joined])
    }

    fn record_merge(
        &mut self,
        survivor: CustomerId,
        joined: CustomerId,
        undoes: Option<i64>,
        origin: Origin,
    ) -> Result<i64, StoreError> {
        let now = self.now();
        // Two merges of the same people at once: the second meets the first here and is done again.
        for id in [survivor.min(joined), survivor.max(joined)] {
            let rows = self.db.execute(
                "update customer set version = version + 1, updated_at = $2
                 where id = $1 and archived_at is null",
                &[id.into(), now.into()],
            )?;
            if rows == 0 {
                return Err(StoreError::NotFound("The customer"));
            }
        }
        let id = self.db.new_ids(&MERGE_IDS, 1)?[0];
        self.db.execute(
            "insert into merge (id, survivor_id, joined_id, undoes, source_kind, recorded_at)
             values ($1, $2, $3, $4, $5, $6)",
            &[
                id.into(),
                survivor.into(),
                joined.into(),
                undoes.into(),
                origin.code().into(),
                now.into(),
            ],
        )?;
        Ok(id)
    }

    /// Takes from the records of one side the contacts that find somebody of another.
    fn take_apart(&mut self, root: CustomerId, origin: Origin) -> Result<(), StoreError> {
        let side: HashSet<CustomerId> = self.records_of(root)?.into_iter().collect();
        let mut changed = Vec::new();
        for mut record in self.own_values(root)? {
            let owners = self.owners(&record.contacts)?;
            let foreign: HashSet<[u8; 16]> = record
                .contacts
                .iter()
                .zip(owners)
                .filter(|(_, owner)| owner.id().is_some_and(|owner| !side.contains(&owner)))
                .map(|(contact, _)| blind(self.keys, contact))
                .collect();
            let keys = self.keys;
            if one_person::apart(&mut record, |c| !foreign.contains(&blind(keys, c))) {
                changed.push(record);
            }
        }
        self.update_customers(changed, origin)
    }

    /// Takes a record out of every merge it is part of.
    pub(super) fn stand_alone(&mut self, id: CustomerId, origin: Origin) -> Result<(), StoreError> {
        let joined = self.db.all(
            "select joined_id from customer_link where joined_id = $1 or survivor_id = $1
             order by merge_id desc",
            &[id.into()],
            |row| Ok(CustomerId(row.int(0)?)),
        )?;
        for joined in joined {
            self.unmerge_customer(joined, origin)?;
        }
        Ok(())
    }

    /// Puts people into the change record; what is shown of them is computed when it is closed.
    fn tell(&mut self, roots: &[CustomerId]) -> Result<(), StoreError> {
        let own = self.customers(roots)?;
        self.changes.customers.extend(own);
        Ok(())
    }
}
