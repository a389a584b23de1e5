//! Adding and changing customers: facts first, projections in the same transaction.

use super::profile::{Profile, changing_facts, contact_text, facts};
use super::{Origin, blind, profile_place, value_place};
use crate::StoreError;
use crate::db::{Db, IdSource, ids_of};
use crate::dialect::{Insert, insert};
use crate::halves::by_halves;
use crate::keys::Keys;
use crate::seal::{self, SealKey};
use crate::tx::WriteTx;
use crate::value::Value;
use std::collections::HashSet;
use vernis_domain::{Contact, Customer, CustomerId, Instant};

static CUSTOMER_IDS: IdSource = ids_of!("customer");
static VALUE_IDS: IdSource = ids_of!("customer_value");

static CUSTOMER: Insert<9> = insert!("customer", key 0, [
    1 "id" Int, 2 "store_id" Int, 3 "channel_id" Int, 4 "registered_day" Int, 5 "recorded_at" Int,
    6 "updated_at" Int, 7 "version" Int, 8 "import_id" Int, 9 "profile" Bytes,
]);
static PERSON_KEY: Insert<2> =
    insert!("person_key", key 0, [1 "customer_id" Int, 2 "sealed_key" Bytes]);
static VALUE: Insert<8> = insert!("customer_value", key 0, [
    1 "id" Int, 2 "customer_id" Int, 3 "kind" Text, 4 "value" Bytes, 5 "source_kind" Text,
    6 "source_id" Int, 7 "recorded_at" Int, 8 "withdraws" Int,
]);
static IDENTIFIER: Insert<3> = insert!("identifier", key 0, [
    1 "blind" Bytes, 2 "kind" Text, 3 "customer_id" Int,
]);

const EXISTING: &str = "select blind from identifier where blind = $keys";

/// A fact ready to be written.
struct SealedFact {
    customer_id: i64,
    kind: &'static str,
    value: Vec<u8>,
    withdraws: Option<i64>,
}

impl WriteTx<'_> {
    /// Adds customers: `id` and `recorded_at` of each are set here. Returns the ids in order.
    ///
    /// A contact that already finds somebody keeps finding him: who matches whom is decided by
    /// the caller, with a look-up in this same transaction, before he adds.
    pub fn insert_customers(
        &mut self,
        mut customers: Vec<Customer>,
        origin: Origin,
    ) -> Result<Vec<CustomerId>, StoreError> {
        if customers.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.now();
        let ids = self.db.new_ids(&CUSTOMER_IDS, customers.len())?;
        for (customer, id) in customers.iter_mut().zip(&ids) {
            customer.id = CustomerId(*id);
            customer.recorded_at = now;
        }
        let keys = self.keys;
        let people = by_halves(&customers, |customer| seal_person(keys, customer))?;
        let import = match origin {
            Origin::Import(id) => Some(id),
            _ => None,
        };
        self.db.insert_many(
            &CUSTOMER,
            customers.iter().zip(&people).map(|(customer, person)| {
                [
                    customer.id.into(),
                    customer.store_id.into(),
                    customer.channel_id.into(),
                    Value::Int(i64::from(customer.registered_day.0)),
                    now.into(),
                    now.into(),
                    Value::Int(1),
                    import.into(),
                    (&person.profile).into(),
                ]
            }),
        )?;
        self.db.insert_many(
            &PERSON_KEY,
            ids.iter()
                .zip(&people)
                .map(|(id, person)| [(*id).into(), (&person.sealed_key).into()]),
        )?;
        let mut all = Vec::with_capacity(customers.len() * 4);
        for (customer, person) in customers.iter().zip(people) {
            for (kind, value) in person.facts {
                all.push((customer.id.0, person.key, kind, value));
            }
        }
        self.insert_facts(&all, origin)?;
        self.insert_identifiers(&customers)?;
        self.changes.customers.extend(customers);
        Ok(ids.into_iter().map(CustomerId).collect())
    }

    /// Changes customers to these values (`recorded_at` is kept as it was recorded).
    ///
    /// What is new becomes a fact from `origin`; what is gone becomes a withdrawal of the fact it
    /// came from. Contacts that are gone no longer find the person.
    pub fn update_customers(
        &mut self,
        mut customers: Vec<Customer>,
        origin: Origin,
    ) -> Result<(), StoreError> {
        for customer in &mut customers {
            self.update_customer(customer, origin)?;
        }
        self.insert_identifiers(&customers)?;
        self.changes.customers.extend(customers);
        Ok(())
    }

    fn update_customer(
        &mut self,
        customer: &mut Customer,
        origin: Origin,
    ) -> Result<(), StoreError> {
        let old = self
            .customer(customer.id)?
            .ok_or(StoreError::NotFound("The customer"))?;
        customer.recorded_at = old.recorded_at;
        let key = self.person_key(customer.id)?;
        let now = self.now();
        let profile = seal_profile(&key, customer)?;
        self.db.execute(
            "update customer set store_id = $2, channel_id = $3, registered_day = $4,
               updated_at = $5, version = version + 1, profile = $6
             where id = $1",
            &[
                customer.id.into(),
                customer.store_id.into(),
                customer.channel_id.into(),
                Value::Int(i64::from(customer.registered_day.0)),
                now.into(),
                (&profile).into(),
            ],
        )?;
        let before: HashSet<_> = changing_facts(&old).into_iter().collect();
        let after = changing_facts(customer);
        let added: Vec<_> = after
            .iter()
            .filter(|fact| !before.contains(*fact))
            .map(|(kind, value)| (customer.id.0, key, *kind, value.clone()))
            .collect();
        self.insert_facts(&added, origin)?;
        let after: HashSet<_> = after.into_iter().collect();
        let gone: Vec<_> = before.difference(&after).collect();
        if !gone.is_empty() {
            self.withdraw(customer.id, &key, &gone, origin)?;
        }
        let kept: HashSet<[u8; 16]> = customer
            .contacts
            .iter()
            .map(|contact| blind(self.keys, contact))
            .collect();
        for contact in &old.contacts {
            // A phone may go while a WhatsApp of the same number stays.
            let digest = blind(self.keys, contact);
            if !kept.contains(&digest) {
                self.db.execute(
                    "delete from identifier where blind = $1 and customer_id = $2",
                    &[(&digest).into(), customer.id.into()],
                )?;
            }
        }
        Ok(())
    }

    /// Writes withdrawals of the newest fact of each gone value.
    fn withdraw(
        &mut self,
        id: CustomerId,
        key: &SealKey,
        gone: &[&(&'static str, String)],
        origin: Origin,
    ) -> Result<(), StoreError> {
        let known = self.customer_values(id)?;
        let mut rows = Vec::with_capacity(gone.len());
        let ids = self.db.new_ids(&VALUE_IDS, gone.len())?;
        for ((kind, value), row_id) in gone.iter().zip(&ids) {
            let withdrawn = known.iter().rev().find(|fact| {
                fact.withdraws.is_none() && fact.kind == *kind && fact.value == *value
            });
            rows.push(SealedFact {
                customer_id: id.0,
                kind,
                value: seal::seal(key, value_place(*row_id), value.as_bytes())?,
                // A value without its fact cannot be; naming the withdrawal itself keeps the row
                // a withdrawal even then.
                withdraws: Some(withdrawn.map_or(*row_id, |fact| fact.id)),
            });
        }
        let now = self.now();
        write_facts(self.db, &ids, &rows, origin, now)
    }

    /// Notes how it was made sure that a contact of a record is the person's own.
    pub fn verify_contact(
        &mut self,
        id: CustomerId,
        contact: &Contact,
        how: &str,
        origin: Origin,
    ) -> Result<(), StoreError> {
        let key = self.person_key(id)?;
        let row_id = self.db.new_ids(&VALUE_IDS, 1)?[0];
        let text = contact_text(contact);
        let value = seal::seal(&key, value_place(row_id), text.as_bytes())?;
        let now = self.now();
        self.db.execute(
            "insert into customer_value
               (id, customer_id, kind, value, source_kind, source_id, recorded_at, verified)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                row_id.into(),
                id.into(),
                contact.kind.code().into(),
                (&value).into(),
                origin.code().into(),
                origin.id().into(),
                now.into(),
                how.into(),
            ],
        )?;
        Ok(())
    }

    fn insert_facts(
        &mut self,
        facts: &[(i64, SealKey, &'static str, String)],
        origin: Origin,
    ) -> Result<(), StoreError> {
        if facts.is_empty() {
            return Ok(());
        }
        let ids = self.db.new_ids(&VALUE_IDS, facts.len())?;
        let numbered: Vec<_> = facts.iter().zip(&ids).collect();
        let rows = by_halves(&numbered, |((customer_id, key, kind, value), id)| {
            Ok(SealedFact {
                customer_id: *customer_id,
                kind,
                value: seal::seal(key, value_place(**id), value.as_bytes())?,
                withdraws: None,
            })
        })?;
        let now = self.now();
        write_facts(self.db, &ids, &rows, origin, now)
    }

    fn insert_identifiers(&mut self, customers: &[Customer]) -> Result<(), StoreError> {
        let rows: Vec<([u8; 16], &'static str, i64)> = customers
            .iter()
            .flat_map(|customer| {
                let telling = customer.contacts.iter().filter(|c| c.identifies());
                telling.map(|contact| {
                    (
                        blind(self.keys, contact),
                        contact.kind.found_as().code(),
                        customer.id.0,
                    )
                })
            })
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.db.insert_new(
            &IDENTIFIER,
            EXISTING,
            rows.iter()
                .map(|(blind, kind, id)| [blind.into(), (*kind).into(), (*id).into()]),
        )?;
        Ok(())
    }

    /// Takes customers out of all numbers (an undone import). Their rows stay; their contacts no
    /// longer find them, and merges with them are taken back.
    pub fn archive_customers(&mut self, ids: &[CustomerId]) -> Result<(), StoreError> {
        let now = self.now();
        for id in ids {
            self.stand_alone(*id, Origin::Api)?;
        }
        for customer in self.customers(ids)? {
            for contact in &customer.contacts {
                let digest = blind(self.keys, contact);
                self.db.execute(
                    "delete from identifier where blind = $1 and customer_id = $2",
                    &[(&digest).into(), customer.id.into()],
                )?;
            }
            self.db.execute(
                "update customer set archived_at = $2, updated_at = $2, version = version + 1
                 where id = $1",
                &[customer.id.into(), now.into()],
            )?;
            self.changes.removed.push(customer.id);
        }
        Ok(())
    }
}

/// Destroys a person: key, look-ups and readable row. What the append-only tables still hold can
/// never be opened again. Also used by a restore that replays erasures.
pub(crate) fn remove_person(
    db: &mut Db,
    keys: &Keys,
    id: CustomerId,
    now: Instant,
) -> Result<bool, StoreError> {
    let mut found = Vec::new();
    db.query(
        "select c.id, c.store_id, c.channel_id, c.registered_day, c.recorded_at, c.profile,
           k.sealed_key
         from customer c join person_key k on k.customer_id = c.id where c.id = $1",
        &[id.into()],
        &mut |row| {
            found.push(super::sealed(row)?);
            Ok(())
        },
    )?;
    let Some(row) = found.pop() else {
        return Ok(false);
    };
    for contact in row.open(keys)?.contacts {
        let digest = blind(keys, &contact);
        db.execute(
            "delete from identifier where blind = $1 and customer_id = $2",
            &[(&digest).into(), id.into()],
        )?;
    }
    db.execute(
        "delete from person_key where customer_id = $1",
        &[id.into()],
    )?;
    db.execute(
        "update customer set archived_at = coalesce(archived_at, $2), updated_at = $2,
           version = version + 1, profile = null where id = $1",
        &[id.into(), now.into()],
    )?;
    Ok(true)
}

/// A new person with his own key, ready to be written.
struct SealedPerson {
    key: SealKey,
    sealed_key: Vec<u8>,
    profile: Vec<u8>,
    facts: Vec<(&'static str, String)>,
}

fn seal_person(keys: &Keys, customer: &Customer) -> Result<SealedPerson, StoreError> {
    let (key, sealed_key) = keys.new_person_key(customer.id.0)?;
    Ok(SealedPerson {
        profile: seal_profile(&key, customer)?,
        facts: facts(customer),
        key,
        sealed_key,
    })
}

fn seal_profile(key: &SealKey, customer: &Customer) -> Result<Vec<u8>, StoreError> {
    let plain = serde_json::to_vec(&Profile::of(customer))
        .map_err(|error| StoreError::Invalid(error.to_string()))?;
    seal::seal(key, profile_place(customer.id.0), &plain)
}

fn write_facts(
    db: &mut Db,
    ids: &[i64],
    facts: &[SealedFact],
    origin: Origin,
    now: Instant,
) -> Result<(), StoreError> {
    db.insert_many(
        &VALUE,
        ids.iter().zip(facts).map(|(id, fact)| {
            [
                (*id).into(),
                fact.customer_id.into(),
                fact.kind.into(),
                (&fact.value).into(),
                origin.code().into(),
                origin.id().into(),
                now.into(),
                fact.withdraws.into(),
            ]
        }),
    )
}
