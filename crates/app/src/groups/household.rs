//! Households: who lives with whom, and what they are to the house.

use super::{checked_role, person, put};
use crate::App;
use crate::caller::Caller;
use crate::journal::{Note, acts};
use crate::refusal::Refusal;
use crate::view::View;
use vernis_domain::{CustomerId, Text};
use vernis_store::{GroupKind, GroupProfile, Origin, ReadTx, WriteTx};

/// Those of a household who are seen.
pub struct Household {
    /// Row id of the group.
    pub id: i64,
    /// Who, each once, with what he is to the house; he himself among them.
    pub people: Vec<(CustomerId, String)>,
}

/// The household of a person; none when nobody but him is seen of it.
pub(super) fn of(
    tx: &mut ReadTx<'_>,
    view: &View,
    root: CustomerId,
    records: &[CustomerId],
) -> Result<Option<Household>, Refusal> {
    let Some(id) = group_of(tx, records)? else {
        return Ok(None);
    };
    let mut people: Vec<(CustomerId, String)> = Vec::new();
    for one in tx.people_of_group(id)? {
        if let Some(seen) = person(view, one.customer)
            && !people.iter().any(|(known, _)| *known == seen)
        {
            people.push((seen, one.role));
        }
    }
    let others = people.iter().any(|(one, _)| *one != root);
    Ok(others.then_some(Household { id, people }))
}

/// The household one of some records belongs to.
fn group_of(tx: &mut ReadTx<'_>, records: &[CustomerId]) -> Result<Option<i64>, Refusal> {
    for record in records {
        if let Some(one) = tx.groups_of(GroupKind::Household, *record)?.pop() {
            return Ok(Some(one.group));
        }
    }
    Ok(None)
}

/// Takes a person out of a household; the last one who is left goes too.
fn leave(
    tx: &mut WriteTx<'_>,
    group: i64,
    root: CustomerId,
    origin: Origin,
) -> Result<(), Refusal> {
    put(tx, group, root, None, origin)?;
    let left = tx.people_of_group(group)?;
    let mut roots = Vec::new();
    for one in &left {
        roots.push(tx.root(one.customer)?);
    }
    roots.sort_unstable();
    roots.dedup();
    if let [last] = roots[..] {
        put(tx, group, last, None, origin)?;
    }
    Ok(())
}

impl App {
    /// Puts somebody into the household of a customer, with what he is to the house; he leaves the one
    /// he was in. The customer himself may be named: then only what he is to the house changes.
    ///
    /// # Errors
    /// Somebody who is not seen.
    pub fn join_household(
        &self,
        caller: &Caller,
        view: &View,
        customer: CustomerId,
        other: CustomerId,
        role: &str,
    ) -> Result<(), Refusal> {
        view.check(customer)?;
        view.check(other)?;
        let (view, origin, role) = (view.clone(), caller.origin(), checked_role(role));
        self.store.write(move |tx| -> Result<(), Refusal> {
            let (root, joins) = (tx.root(customer)?, tx.root(other)?);
            let records = tx.records_of(root)?;
            let own = group_of(tx, &records)?;
            if root == joins && own.is_none() {
                return Err(Refusal::field(
                    "other",
                    "same_customer",
                    Text::new("это тот же самый человек", "this is the same person"),
                ));
            }
            let records = tx.records_of(joins)?;
            let before = group_of(tx, &records)?;
            let group = match own {
                Some(group) => group,
                None => {
                    let group = tx.add_group(GroupKind::Household, &GroupProfile::default())?;
                    put(tx, group, root, Some(""), origin)?;
                    group
                }
            };
            if let Some(before) = before
                && before != group
            {
                leave(tx, before, joins, origin)?;
            }
            if put(tx, group, joins, Some(&role), origin)? {
                Note::new(&acts::HOUSEHOLD_CHANGED, view.by())
                    .customers([root, joins])
                    .write(tx)?;
            }
            Ok(())
        })
    }

    /// Takes somebody out of the household of a customer; nothing happens when he is not in it.
    ///
    /// # Errors
    /// Somebody who is not seen.
    pub fn leave_household(
        &self,
        caller: &Caller,
        view: &View,
        customer: CustomerId,
        other: CustomerId,
    ) -> Result<(), Refusal> {
        view.check(customer)?;
        view.check(other)?;
        let (view, origin) = (view.clone(), caller.origin());
        self.store.write(move |tx| -> Result<(), Refusal> {
            let (root, leaves) = (tx.root(customer)?, tx.root(other)?);
            let records = tx.records_of(root)?;
            let own = group_of(tx, &records)?;
            let records = tx.records_of(leaves)?;
            let his = group_of(tx, &records)?;
            let Some(group) = own.filter(|own| Some(*own) == his) else {
                return Ok(());
            };
            leave(tx, group, leaves, origin)?;
            Ok(Note::new(&acts::HOUSEHOLD_CHANGED, view.by())
                .customers([root, leaves])
                .write(tx)?)
        })
    }
}
