//! Contact values the shop has blocked: they find nobody and join nobody.
//!
//! A blocked value is a row of the look-up that finds nobody: whoever asks for it, in any program on
//! this base, learns that in the statement he makes anyway. What people have of it stays on their
//! cards.

use super::{Origin, blind};
use crate::StoreError;
use crate::db::{IdSource, ids_of};
use crate::seal::Place;
use crate::tx::{ReadTx, WriteTx};
use vernis_domain::{Contact, ContactKind, CustomerId, Instant};

static IDS: IdSource = ids_of!("blocked_contact");

/// A value the shop has blocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedContact {
    /// Row id.
    pub id: i64,
    /// The value.
    pub contact: Contact,
    /// When.
    pub recorded_at: Instant,
    /// By whom.
    pub origin: Origin,
}

pub(crate) fn place(id: i64) -> Place {
    Place {
        table: "blocked_contact",
        id,
    }
}

impl ReadTx<'_> {
    /// The values that are blocked now, the latest first.
    pub fn blocked_contacts(&mut self) -> Result<Vec<BlockedContact>, StoreError> {
        let rows = self.db.all(
            "select b.id, b.kind, b.value, b.recorded_at, b.source_kind, b.source_id
             from blocked_contact b
             where b.withdraws is null
               and not exists (select 1 from blocked_contact w where w.withdraws = b.id)
             order by b.id desc",
            &[],
            |row| {
                Ok((
                    row.int(0)?,
                    row.text(1)?,
                    row.bytes(2)?,
                    row.int(3)?,
                    Origin::from_code(&row.text(4)?, row.opt_int(5)?),
                ))
            },
        )?;
        rows.into_iter()
            .map(|(id, kind, value, recorded_at, origin)| {
                let value = self.keys.open_for_shop(place(id), &value)?;
                let kind = ContactKind::from_code(&kind)
                    .ok_or_else(|| StoreError::Decode(format!("a contact of kind {kind}")))?;
                Ok(BlockedContact {
                    id,
                    contact: Contact::plain(kind, String::from_utf8_lossy(&value).into_owned()),
                    recorded_at: Instant(recorded_at),
                    origin,
                })
            })
            .collect()
    }
}

impl WriteTx<'_> {
    /// Blocks a value: from now on it finds nobody. False when it is blocked already.
    pub fn block_contact(&mut self, contact: &Contact, origin: Origin) -> Result<bool, StoreError> {
        let known = self.blocked_contacts()?;
        let digest = blind(self.keys, contact);
        let keys = self.keys;
        if known.iter().any(|one| blind(keys, &one.contact) == digest) {
            return Ok(false);
        }
        self.note_blocked(contact, None, origin)?;
        self.db.execute(
            "insert into identifier (blind, kind, customer_id) values ($1, $2, null)
             on conflict (blind) do update set customer_id = null",
            &[(&digest).into(), contact.kind.found_as().code().into()],
        )?;
        Ok(true)
    }

    /// Lets a blocked value go. It finds the first of `holders` who still has it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not blocked.
    pub fn unblock_contact(
        &mut self,
        id: i64,
        holders: &[CustomerId],
        origin: Origin,
    ) -> Result<(), StoreError> {
        let known = self.blocked_contacts()?;
        let found = known.into_iter().find(|one| one.id == id);
        let contact = found.ok_or(StoreError::NotFound("The value"))?.contact;
        self.note_blocked(&contact, Some(id), origin)?;
        let digest = blind(self.keys, &contact);
        self.db.execute(
            "delete from identifier where blind = $1 and customer_id is null",
            &[(&digest).into()],
        )?;
        let keys = self.keys;
        let has = |contacts: &[Contact]| contacts.iter().any(|one| blind(keys, one) == digest);
        let holders = self.customers(holders)?;
        if let Some(holder) = holders.iter().find(|one| has(&one.contacts)) {
            self.db.execute(
                "insert into identifier (blind, kind, customer_id) values ($1, $2, $3)",
                &[
                    (&digest).into(),
                    contact.kind.found_as().code().into(),
                    holder.id.into(),
                ],
            )?;
        }
        Ok(())
    }

    fn note_blocked(
        &mut self,
        contact: &Contact,
        withdraws: Option<i64>,
        origin: Origin,
    ) -> Result<(), StoreError> {
        let id = self.db.new_ids(&IDS, 1)?[0];
        let value = self
            .keys
            .seal_for_shop(place(id), contact.value.as_bytes())?;
        let now = self.now();
        self.db.execute(
            "insert into blocked_contact
               (id, kind, value, withdraws, source_kind, source_id, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            &[
                id.into(),
                contact.kind.code().into(),
                (&value).into(),
                withdraws.into(),
                origin.code().into(),
                origin.id().into(),
                now.into(),
            ],
        )?;
        Ok(())
    }
}
