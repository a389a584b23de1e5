//! Groups of people: companies and households, and who belongs to them.

use crate::StoreError;
use crate::customers::Origin;
use crate::db::{IdSource, ids_of};
use crate::seal::{self, Place};
use crate::tx::{ReadTx, WriteTx};
use crate::value::Row;
use serde::{Deserialize, Serialize};
use vernis_domain::{CustomerId, Instant};

static GROUP_IDS: IdSource = ids_of!("people_group");
static PERSON_IDS: IdSource = ids_of!("group_person");

/// What a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// A company or a sole trader.
    Company,
    /// People of one household.
    Household,
}

impl GroupKind {
    /// Code on disk.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Household => "household",
        }
    }
}

/// What is known of a group. Sealed for the shop.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupProfile {
    /// Name.
    #[serde(rename = "n", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// ИНН of a company.
    #[serde(rename = "i", skip_serializing_if = "String::is_empty")]
    pub inn: String,
    /// КПП of a company.
    #[serde(rename = "k", skip_serializing_if = "String::is_empty")]
    pub kpp: String,
    /// Whatever else is worth knowing.
    #[serde(rename = "t", skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Shows nothing: a sole trader's name must not reach logs.
impl std::fmt::Debug for GroupProfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GroupProfile(***)")
    }
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Row id.
    pub id: i64,
    /// What is known of it.
    pub profile: GroupProfile,
    /// When it was added.
    pub created_at: Instant,
    /// No longer offered.
    pub archived_at: Option<Instant>,
}

/// Somebody who belongs to a group now.
#[derive(Clone, PartialEq, Eq)]
pub struct GroupPerson {
    /// The group.
    pub group: i64,
    /// Record of the person.
    pub customer: CustomerId,
    /// What he is in it; may be empty.
    pub role: String,
}

fn place(id: i64) -> Place {
    Place {
        table: "people_group",
        id,
    }
}

fn role_place(id: i64) -> Place {
    Place {
        table: "group_person",
        id,
    }
}

type SealedGroup = (Group, Vec<u8>);

fn group_of(row: &Row<'_>) -> Result<SealedGroup, StoreError> {
    let group = Group {
        id: row.int(0)?,
        profile: GroupProfile::default(),
        created_at: Instant(row.int(2)?),
        archived_at: row.opt_int(3)?.map(Instant),
    };
    Ok((group, row.bytes(1)?))
}

/// A row of `group_person` with the key that opens its role.
struct SealedPerson {
    id: i64,
    group: i64,
    customer: i64,
    role: Option<Vec<u8>>,
    key: Vec<u8>,
}

fn person_of(row: &Row<'_>) -> Result<SealedPerson, StoreError> {
    Ok(SealedPerson {
        id: row.int(0)?,
        group: row.int(1)?,
        customer: row.int(2)?,
        role: row.opt_bytes(3)?,
        key: row.bytes(4)?,
    })
}

impl ReadTx<'_> {
    /// All groups of a kind, the archived ones too, oldest first.
    pub fn groups(&mut self, kind: GroupKind) -> Result<Vec<Group>, StoreError> {
        let rows = self.db.all(
            "select id, profile, created_at, archived_at from people_group
             where kind = $1 order by id",
            &[kind.code().into()],
            group_of,
        )?;
        rows.into_iter().map(|row| self.opened_group(row)).collect()
    }

    /// A group of a kind.
    pub fn group(&mut self, kind: GroupKind, id: i64) -> Result<Option<Group>, StoreError> {
        let row = self.db.first(
            "select id, profile, created_at, archived_at from people_group
             where kind = $1 and id = $2",
            &[kind.code().into(), id.into()],
            group_of,
        )?;
        row.map(|row| self.opened_group(row)).transpose()
    }

    fn opened_group(&self, (mut group, sealed): SealedGroup) -> Result<Group, StoreError> {
        let plain = self.keys.open_for_shop(place(group.id), &sealed)?;
        group.profile = serde_json::from_slice(&plain)
            .map_err(|error| StoreError::Decode(format!("group {}: {error}", group.id)))?;
        Ok(group)
    }

    /// The company that an ИНН with a КПП finds.
    pub fn company_by_inn(&mut self, inn: &str, kpp: &str) -> Result<Option<i64>, StoreError> {
        let blind = self.keys.blind("inn", kpp, inn);
        self.db.first(
            "select id from people_group where blind = $1",
            &[(&blind).into()],
            |row| row.int(0),
        )
    }

    /// Which records belong to the groups of a kind: (group, record). Whoever was erased is left out.
    pub fn belongings(&mut self, kind: GroupKind) -> Result<Vec<(i64, CustomerId)>, StoreError> {
        self.db.all(
            "select p.group_id, p.customer_id from group_person p
             join people_group g on g.id = p.group_id
             join person_key k on k.customer_id = p.customer_id
             where g.kind = $1 and p.present = 1 and not exists (
               select 1 from group_person later
               where later.group_id = p.group_id and later.customer_id = p.customer_id
                 and later.id > p.id)
             order by p.group_id, p.id",
            &[kind.code().into()],
            |row| Ok((row.int(0)?, CustomerId(row.int(1)?))),
        )
    }

    /// Who belongs to a group, in the order they came.
    pub fn people_of_group(&mut self, group: i64) -> Result<Vec<GroupPerson>, StoreError> {
        let rows = self.db.all(
            "select p.id, p.group_id, p.customer_id, p.role, k.sealed_key from group_person p
             join person_key k on k.customer_id = p.customer_id
             where p.group_id = $1 and p.present = 1 and not exists (
               select 1 from group_person later
               where later.group_id = p.group_id and later.customer_id = p.customer_id
                 and later.id > p.id)
             order by p.id",
            &[group.into()],
            person_of,
        )?;
        rows.into_iter()
            .map(|row| self.opened_person(row))
            .collect()
    }

    /// Which groups of a kind a record belongs to.
    pub fn groups_of(
        &mut self,
        kind: GroupKind,
        record: CustomerId,
    ) -> Result<Vec<GroupPerson>, StoreError> {
        let rows = self.db.all(
            "select p.id, p.group_id, p.customer_id, p.role, k.sealed_key from group_person p
             join people_group g on g.id = p.group_id
             join person_key k on k.customer_id = p.customer_id
             where p.customer_id = $1 and g.kind = $2 and p.present = 1 and not exists (
               select 1 from group_person later
               where later.group_id = p.group_id and later.customer_id = p.customer_id
                 and later.id > p.id)
             order by p.id",
            &[record.into(), kind.code().into()],
            person_of,
        )?;
        rows.into_iter()
            .map(|row| self.opened_person(row))
            .collect()
    }

    fn opened_person(&self, row: SealedPerson) -> Result<GroupPerson, StoreError> {
        let role = match &row.role {
            None => String::new(),
            Some(sealed) => {
                let key = self.keys.open_person_key(row.customer, &row.key)?;
                let plain = seal::open(&key, role_place(row.id), sealed)?;
                String::from_utf8_lossy(&plain).into_owned()
            }
        };
        Ok(GroupPerson {
            group: row.group,
            customer: CustomerId(row.customer),
            role,
        })
    }
}

impl WriteTx<'_> {
    /// Adds a group. A company is found by its ИНН unless another one is found by it already.
    pub fn add_group(
        &mut self,
        kind: GroupKind,
        profile: &GroupProfile,
    ) -> Result<i64, StoreError> {
        let id = self.db.new_ids(&GROUP_IDS, 1)?[0];
        let blind = self.blind_of(id, profile)?;
        let sealed = self.sealed_profile(id, profile)?;
        let now = self.now();
        self.db.execute(
            "insert into people_group (id, kind, profile, blind, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $5)",
            &[
                id.into(),
                kind.code().into(),
                (&sealed).into(),
                blind.as_ref().map(|blind| &blind[..]).into(),
                now.into(),
            ],
        )?;
        Ok(id)
    }

    /// Writes what is known of a group anew, and whether it is still offered.
    pub fn change_group(
        &mut self,
        id: i64,
        profile: &GroupProfile,
        archived: bool,
    ) -> Result<(), StoreError> {
        let blind = self.blind_of(id, profile)?;
        let sealed = self.sealed_profile(id, profile)?;
        let now = self.now();
        self.db.execute(
            "update people_group set profile = $2, blind = $3, updated_at = $4,
               archived_at = $5 where id = $1",
            &[
                id.into(),
                (&sealed).into(),
                blind.as_ref().map(|blind| &blind[..]).into(),
                now.into(),
                archived.then_some(now.0).into(),
            ],
        )?;
        Ok(())
    }

    /// The look-up of a group, when no other group has it.
    fn blind_of(
        &mut self,
        id: i64,
        profile: &GroupProfile,
    ) -> Result<Option<[u8; 16]>, StoreError> {
        if profile.inn.is_empty() {
            return Ok(None);
        }
        let found = self.company_by_inn(&profile.inn, &profile.kpp)?;
        let free = found.is_none_or(|found| found == id);
        Ok(free.then(|| self.keys.blind("inn", &profile.kpp, &profile.inn)))
    }

    fn sealed_profile(&self, id: i64, profile: &GroupProfile) -> Result<Vec<u8>, StoreError> {
        let plain =
            serde_json::to_vec(profile).map_err(|error| StoreError::Invalid(error.to_string()))?;
        self.keys.seal_for_shop(place(id), &plain)
    }

    /// Puts a record into a group with a role, or takes it out (`None`); false when it is so already.
    pub fn put_into_group(
        &mut self,
        group: i64,
        record: CustomerId,
        role: Option<&str>,
        origin: Origin,
    ) -> Result<bool, StoreError> {
        let people = self.people_of_group(group)?;
        let before = people.iter().find(|one| one.customer == record);
        if before.map(|one| one.role.as_str()) == role {
            return Ok(false);
        }
        let id = self.db.new_ids(&PERSON_IDS, 1)?[0];
        let sealed = match role {
            None | Some("") => None,
            Some(role) => {
                let key = self.person_key(record)?;
                Some(seal::seal(&key, role_place(id), role.as_bytes())?)
            }
        };
        let now = self.now();
        self.db.execute(
            "insert into group_person
               (id, group_id, customer_id, present, role, source_kind, source_id, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                id.into(),
                group.into(),
                record.into(),
                i64::from(role.is_some()).into(),
                sealed.as_deref().into(),
                origin.code().into(),
                origin.id().into(),
                now.into(),
            ],
        )?;
        Ok(true)
    }
}
