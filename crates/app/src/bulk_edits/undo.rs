//! Taking a bulk edit back from one record. What it wrote stands in the facts: a value goes back when
//! the last word about it was the bulk edit's, and stays when somebody spoke since.

use std::collections::BTreeMap;
use vernis_domain::about::field::{CustomField, CustomValue};
use vernis_domain::about::{Mark, words};
use vernis_domain::text::fold;
use vernis_domain::{Customer, CustomerId, FieldId, Sex, StoreId, UserId};
use vernis_store::{Origin, RecordedValue, StoreError, WriteTx};

/// What a fact is about: one value that can be there or not. Of a tag, the tag itself.
fn slot(fact: &RecordedValue) -> Option<(String, String)> {
    let about = match fact.kind.as_str() {
        "custom" => fact.value.split(' ').next().unwrap_or("").to_owned(),
        "tag" => fold(&fact.value),
        "vip" | "problem" | "store" | "city" | "sex" => String::new(),
        _ => return None,
    };
    Some((fact.kind.clone(), about))
}

/// Takes back what the bulk edit did to a record: how many values went back, and how many stay as
/// somebody made them since, or because he is not seen any more by whoever takes back. Nothing of
/// somebody who is gone.
pub(super) fn undo(
    tx: &mut WriteTx<'_>,
    record: CustomerId,
    seen: bool,
    bulk: i64,
    (origin, by): (Origin, Option<UserId>),
) -> Result<(i64, i64), StoreError> {
    let Some(mut customer) = tx.customer(record)? else {
        return Ok((0, 0));
    };
    let facts = tx.customer_values(record)?;
    let fields = tx.custom_fields()?;
    let mut slots: BTreeMap<(String, String), Vec<&RecordedValue>> = BTreeMap::new();
    for fact in &facts {
        if let Some(slot) = slot(fact) {
            slots.entry(slot).or_default().push(fact);
        }
    }
    let ours = |fact: &RecordedValue| fact.origin == Origin::Bulk(bulk);
    let before = customer.clone();
    let (mut restored, mut kept) = (0, 0);
    for ((kind, about), facts) in &slots {
        if !facts.iter().any(|fact| ours(fact)) {
            continue;
        }
        if !seen || !facts.last().is_some_and(|last| ours(last)) {
            kept += 1;
            continue;
        }
        // What it took away; nothing where there was nothing.
        let gone = facts
            .iter()
            .find(|fact| ours(fact) && fact.withdraws.is_some());
        put_back(&mut customer, (kind, about), gone.copied(), facts, &fields);
        restored += 1;
    }
    if customer != before {
        tx.update_customers(vec![customer], origin)?;
    }
    let managers = tx.manager_facts(record)?;
    if let Some(at) = managers
        .iter()
        .position(|fact| fact.origin == Origin::Bulk(bulk))
    {
        if seen && at + 1 == managers.len() {
            let was = at.checked_sub(1).and_then(|at| managers[at].manager);
            tx.set_managers(&[record], was, origin, by)?;
            restored += 1;
        } else {
            kept += 1;
        }
    }
    Ok((restored, kept))
}

fn put_back(
    customer: &mut Customer,
    (kind, about): (&str, &str),
    gone: Option<&RecordedValue>,
    facts: &[&RecordedValue],
    fields: &[CustomField],
) {
    match kind {
        "custom" => {
            if let Ok(id) = about.parse().map(FieldId) {
                let value = gone.and_then(|fact| value_of(fields, id, &fact.value));
                customer.about.set(id, value);
            }
        }
        "tag" => {
            let tags = &mut customer.about.tags;
            tags.retain(|tag| fold(tag) != *about);
            if let Some(gone) = gone {
                *tags = words(tags.iter().chain([&gone.value]));
            }
        }
        "vip" => customer.about.vip = gone.and_then(|fact| mark_of(facts, fact)),
        "problem" => customer.about.problem = gone.and_then(|fact| mark_of(facts, fact)),
        "city" => customer.city = gone.map(|fact| fact.value.clone()).unwrap_or_default(),
        "sex" => {
            customer.sex = gone.and_then(|fact| match fact.value.as_str() {
                "male" => Some(Sex::Male),
                "female" => Some(Sex::Female),
                _ => None,
            });
        }
        _ => {
            let id = gone.and_then(|fact| fact.value.parse().ok());
            customer.store_id = id.map(StoreId);
        }
    }
}

fn value_of(fields: &[CustomField], id: FieldId, text: &str) -> Option<CustomValue> {
    let field = fields.iter().find(|field| field.id == id)?;
    CustomValue::from_stored(field.kind, text.split_once(' ')?.1)
}

/// The mark a withdrawal took away, set when and by whom it was.
fn mark_of(facts: &[&RecordedValue], gone: &RecordedValue) -> Option<Mark> {
    let (by, reason) = gone.value.split_once(' ')?;
    let first = facts.iter().find(|fact| Some(fact.id) == gone.withdraws);
    Some(Mark {
        reason: reason.to_owned(),
        by: UserId(by.parse().ok()?),
        at: first.map_or(gone.recorded_at, |fact| fact.recorded_at),
    })
}
