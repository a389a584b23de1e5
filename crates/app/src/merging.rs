//! Merging two records of one person, and taking a merge back.

use crate::App;
use crate::caller::Caller;
use crate::journal::{Note, acts};
use crate::refusal::{Refusal, RefusalKind};
use crate::view::View;
use vernis_domain::{Customer, CustomerId, Instant, Text, one_person};
use vernis_store::{ReadTx, WriteTx};

/// Two people and who they would be as one.
#[derive(Clone, Debug)]
pub struct Pair {
    /// Who stays.
    pub survivor: Customer,
    /// Who joins him.
    pub joined: Customer,
    /// What is shown of both as one.
    pub merged: Customer,
}

/// A record that was joined to the person of a card.
#[derive(Clone, Debug)]
pub struct JoinedRecord {
    /// Its own values.
    pub own: Customer,
    /// The record it was joined to.
    pub to: CustomerId,
    /// When.
    pub merged_at: Instant,
}

impl App {
    /// What a merge would give; nothing is changed.
    ///
    /// # Errors
    /// One who is gone; two records of one person already.
    pub fn preview_merge(
        &self,
        view: &View,
        survivor: CustomerId,
        joined: CustomerId,
    ) -> Result<Pair, Refusal> {
        view.check(survivor)?;
        view.check(joined)?;
        self.store.read(|tx| Ok(pair(tx, survivor, joined)?.0))
    }

    /// Joins a person to another. Waits until it is on the disk and in every number.
    ///
    /// # Errors
    /// One who is gone; two records of one person already.
    pub fn merge_customers(
        &self,
        caller: &Caller,
        view: &View,
        survivor: CustomerId,
        joined: CustomerId,
    ) -> Result<Pair, Refusal> {
        view.check(survivor)?;
        view.check(joined)?;
        let note = Note::new(&acts::CUSTOMERS_MERGED, view.by());
        let origin = caller.origin();
        self.store.write(move |tx: &mut WriteTx<'_>| {
            let (pair, survivor, joined) = pair(tx, survivor, joined)?;
            tx.merge_customers(survivor, joined, origin)?;
            note.clone().customers([survivor, joined]).write(tx)?;
            Ok(pair)
        })
    }

    /// Takes back the merge by which `joined` became part of the person `id`: both are as they were,
    /// with what came since on the right side. Gives the record that stands for who stays.
    ///
    /// # Errors
    /// One who is no part of that person.
    pub fn unmerge_customer(
        &self,
        caller: &Caller,
        view: &View,
        id: CustomerId,
        joined: CustomerId,
    ) -> Result<CustomerId, Refusal> {
        view.check(id)?;
        view.check(joined)?;
        let note = Note::new(&acts::CUSTOMERS_UNMERGED, view.by());
        let origin = caller.origin();
        self.store
            .write(move |tx: &mut WriteTx<'_>| -> Result<CustomerId, Refusal> {
                let root = tx.root(joined)?;
                if root == joined || root != tx.root(id)? {
                    return Err(Refusal::new(
                        RefusalKind::Conflict,
                        "not_merged",
                        Text::new(
                            "Эти карточки не объединены: разъединять нечего.",
                            "These cards are not merged: there is nothing to take apart.",
                        ),
                    ));
                }
                tx.unmerge_customer(joined, origin)?;
                note.clone().customers([root, joined]).write(tx)?;
                Ok(root)
            })
    }

    /// The records joined to the person of a card, each with its own values.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn joined_records(
        &self,
        view: &View,
        id: CustomerId,
    ) -> Result<Vec<JoinedRecord>, Refusal> {
        view.check(id)?;
        self.store.read(|tx| -> Result<_, Refusal> {
            let root = tx.root(id)?;
            let merges = tx.merges_of(root)?;
            let ids: Vec<CustomerId> = merges.iter().map(|merge| merge.joined).collect();
            let own = tx.customers(&ids)?;
            let record = |id| own.iter().find(|one| one.id == id).cloned();
            Ok(merges
                .into_iter()
                .filter_map(|merge| {
                    Some(JoinedRecord {
                        own: record(merge.joined)?,
                        to: merge.survivor,
                        merged_at: merge.recorded_at,
                    })
                })
                .collect())
        })
    }
}

/// Both, as they are shown now and as one, and the records that stand for them.
pub(crate) fn pair(
    tx: &mut ReadTx<'_>,
    survivor: CustomerId,
    joined: CustomerId,
) -> Result<(Pair, CustomerId, CustomerId), Refusal> {
    let (survivor, joined) = (tx.root(survivor)?, tx.root(joined)?);
    if survivor == joined {
        return Err(Refusal::new(
            RefusalKind::Conflict,
            "same_customer",
            Text::new(
                "Это один и тот же клиент: объединять нечего.",
                "This is one and the same customer: there is nothing to merge.",
            ),
        ));
    }
    let mut all = tx.own_values(survivor)?;
    let others = tx.own_values(joined)?;
    let shown = |records: &[Customer]| one_person::merged(records).ok_or_else(Refusal::not_found);
    let (first, second) = (shown(&all)?, shown(&others)?);
    all.extend(others);
    let pair = Pair {
        survivor: first,
        joined: second,
        merged: shown(&all)?,
    };
    Ok((pair, survivor, joined))
}
