//! Customers: the sealed current values, and the append-only facts they come from.

mod blocked;
mod duplicates;
mod merge;
mod profile;
mod write;

use crate::StoreError;
use crate::dialect::KeyList;
use crate::halves::by_halves;
use crate::keys::Keys;
use crate::seal::{self, Place, SealKey};
use crate::tx::ReadTx;
use crate::value::Row;
use profile::Profile;
use vernis_domain::{ChannelId, ContactKind, Customer, CustomerId, Day, Instant, StoreId};

pub use blocked::BlockedContact;
pub use duplicates::{Decided, Decision, IdConflict, NewConflict};
pub use merge::Merge;
pub(crate) use write::remove_person;

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file, by the import that read it.
    Import(i64),
    /// The HTTP interface.
    Api,
    /// A person at a form or in the staff's own pages.
    Form,
    /// A till.
    Till,
    /// This member of staff, at a form or in the staff's own pages.
    Staff(i64),
    /// The HTTP interface, with this key.
    Key(i64),
    /// A change of many customers at once.
    Bulk(i64),
}

impl Origin {
    /// Code stored in the database.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Import(_) => "import",
            Self::Api | Self::Key(_) => "api",
            Self::Form | Self::Staff(_) => "form",
            Self::Till => "till",
            Self::Bulk(_) => "bulk",
        }
    }

    pub(crate) const fn id(self) -> Option<i64> {
        match self {
            Self::Import(id) | Self::Staff(id) | Self::Key(id) | Self::Bulk(id) => Some(id),
            Self::Api | Self::Form | Self::Till => None,
        }
    }

    pub(crate) fn from_code(code: &str, id: Option<i64>) -> Self {
        match (code, id) {
            ("import", Some(id)) => Self::Import(id),
            ("form", Some(id)) => Self::Staff(id),
            ("api", Some(id)) => Self::Key(id),
            ("form", None) => Self::Form,
            ("bulk", Some(id)) => Self::Bulk(id),
            ("till", _) => Self::Till,
            _ => Self::Api,
        }
    }
}

/// One fact learned about a person. Its value is readable in memory only.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordedValue {
    /// Row id of the fact.
    pub id: i64,
    /// `phone`, `email`, `card`, `external`, `last_name`, `first_name`, `middle_name`, `sex`,
    /// `birthday`, `city`, `address`, `child` (birthday and name), `custom` (field and value), `tag`, `like`,
    /// `vip` and `problem` (who set it and why).
    pub kind: String,
    /// The value; for an external id `source:value`.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
    /// When Vernis learned it.
    pub recorded_at: Instant,
    /// The fact this one takes back, if it is a withdrawal.
    pub withdraws: Option<i64>,
    /// The fact says nothing new but how its value was verified.
    pub verified: Option<String>,
}

/// Shows no value: it must not reach logs.
impl std::fmt::Debug for RecordedValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecordedValue({}, {}, ***)", self.id, self.kind)
    }
}

/// A customer row as stored.
pub(crate) struct SealedCustomer {
    id: i64,
    store_id: Option<i64>,
    channel_id: Option<i64>,
    registered_day: i64,
    recorded_at: i64,
    profile: Vec<u8>,
    sealed_key: Vec<u8>,
}

pub(crate) fn sealed(row: &Row<'_>) -> Result<SealedCustomer, StoreError> {
    Ok(SealedCustomer {
        id: row.int(0)?,
        store_id: row.opt_int(1)?,
        channel_id: row.opt_int(2)?,
        registered_day: row.int(3)?,
        recorded_at: row.int(4)?,
        profile: row.bytes(5)?,
        sealed_key: row.bytes(6)?,
    })
}

impl SealedCustomer {
    pub fn open(&self, keys: &Keys) -> Result<Customer, StoreError> {
        let key = keys.open_person_key(self.id, &self.sealed_key)?;
        let plain = seal::open(&key, profile_place(self.id), &self.profile)?;
        let profile: Profile = serde_json::from_slice(&plain)
            .map_err(|error| StoreError::Decode(format!("customer {}: {error}", self.id)))?;
        Ok(profile.into_customer(
            CustomerId(self.id),
            self.store_id.map(StoreId),
            self.channel_id.map(ChannelId),
            day(self.registered_day),
            Instant(self.recorded_at),
        ))
    }
}

pub(crate) fn day(days: i64) -> Day {
    Day(i32::try_from(days).unwrap_or(Day::MAX.0))
}

fn profile_place(id: i64) -> Place {
    Place {
        table: "customer",
        id,
    }
}

pub(crate) fn value_place(id: i64) -> Place {
    Place {
        table: "customer_value",
        id,
    }
}

impl ReadTx<'_> {
    /// Customers by id, in id order; those that are gone are left out.
    pub fn customers(&mut self, ids: &[CustomerId]) -> Result<Vec<Customer>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let mut rows = Vec::with_capacity(ids.len());
        self.db.by_keys(
            "select c.id, c.store_id, c.channel_id, c.registered_day, c.recorded_at, c.profile,
               k.sealed_key
             from customer c join person_key k on k.customer_id = c.id
             where c.archived_at is null and c.id = $keys",
            KeyList::Ints(&ids),
            &mut |row| {
                rows.push(sealed(row)?);
                Ok(())
            },
        )?;
        rows.sort_unstable_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        let keys = self.keys;
        by_halves(&rows, |row| row.open(keys))
    }

    /// One customer.
    pub fn customer(&mut self, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        Ok(self.customers(&[id])?.pop())
    }

    /// All people in id order of their records, in chunks, merged ones once: for building the live
    /// base.
    pub fn scan_customers<E: From<StoreError>>(
        &mut self,
        mut each: impl FnMut(Vec<Customer>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut after = i64::MIN;
        loop {
            let rows = self.db.all(
                "select c.id, c.store_id, c.channel_id, c.registered_day, c.recorded_at,
                   c.profile, k.sealed_key
                 from customer c join person_key k on k.customer_id = c.id
                 where c.id > $1 and c.archived_at is null order by c.id limit 8192",
                &[after.into()],
                sealed,
            )?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = last.id;
            let keys = self.keys;
            let own = by_halves(&rows, |row| row.open(keys))?;
            let joined = self.joined_between(&own)?;
            let standing = own.into_iter().filter(|one| !joined.contains(&one.id));
            let standing = standing.collect();
            each(self.people(standing)?)?;
        }
    }

    /// Number of customers.
    pub fn customer_count(&mut self) -> Result<i64, StoreError> {
        Ok(self
            .db
            .first(
                "select (select count(*) from customer where archived_at is null)
                   - (select count(*) from customer_link)",
                &[],
                |row| row.int(0),
            )?
            .unwrap_or(0))
    }

    /// Everything learned about a person, oldest first: what a card shows as source of a value.
    pub fn customer_values(&mut self, id: CustomerId) -> Result<Vec<RecordedValue>, StoreError> {
        let key = self.person_key(id)?;
        let rows = self.db.all(
            "select id, kind, value, source_kind, source_id, recorded_at, withdraws, verified
             from customer_value where customer_id = $1 order by id",
            &[id.into()],
            |row| {
                Ok((
                    row.int(0)?,
                    row.text(1)?,
                    row.bytes(2)?,
                    Origin::from_code(&row.text(3)?, row.opt_int(4)?),
                    row.int(5)?,
                    row.opt_int(6)?,
                    row.opt_text(7)?,
                ))
            },
        )?;
        rows.into_iter()
            .map(
                |(id, kind, value, origin, recorded_at, withdraws, verified)| {
                    let plain = seal::open(&key, value_place(id), &value)?;
                    Ok(RecordedValue {
                        id,
                        kind,
                        value: String::from_utf8_lossy(&plain).into_owned(),
                        origin,
                        recorded_at: Instant(recorded_at),
                        withdraws,
                        verified,
                    })
                },
            )
            .collect()
    }

    pub(crate) fn person_key(&mut self, id: CustomerId) -> Result<SealKey, StoreError> {
        let sealed = self
            .db
            .first(
                "select sealed_key from person_key where customer_id = $1",
                &[id.into()],
                |row| row.bytes(0),
            )?
            .ok_or(StoreError::NotFound("The customer"))?;
        self.keys.open_person_key(id.0, &sealed)
    }
}

/// The blind index of a contact.
pub(crate) fn blind(keys: &Keys, contact: &vernis_domain::Contact) -> [u8; 16] {
    let source = if contact.kind == ContactKind::External {
        contact.source.as_str()
    } else {
        ""
    };
    keys.blind(contact.kind.found_as().code(), source, &contact.value)
}
