//! Finding a person by a contact, through the keyed blind index.

use crate::StoreError;
use crate::customers::blind;
use crate::dialect::KeyList;
use crate::tx::ReadTx;
use std::collections::HashMap;
use vernis_domain::{Contact, CustomerId};

/// Whom a contact finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nobody yet.
    Nobody,
    /// Nobody, and nobody ever: the shop has blocked it.
    Blocked,
    /// This record.
    Is(CustomerId),
}

impl Owner {
    /// The record, if one is found.
    pub fn id(self) -> Option<CustomerId> {
        match self {
            Self::Is(id) => Some(id),
            Self::Nobody | Self::Blocked => None,
        }
    }
}

impl ReadTx<'_> {
    /// Who is found by this normalised contact.
    pub fn find_customer(&mut self, contact: &Contact) -> Result<Option<CustomerId>, StoreError> {
        Ok(self.owner(contact)?.id())
    }

    /// Whom this normalised contact finds. One that [does not identify](Contact::identifies) is not
    /// even asked about.
    pub fn owner(&mut self, contact: &Contact) -> Result<Owner, StoreError> {
        if !contact.identifies() {
            return Ok(Owner::Nobody);
        }
        let digest = blind(self.keys, contact);
        let found = self.db.first(
            "select customer_id from identifier where blind = $1",
            &[(&digest).into()],
            |row| row.opt_int(0),
        )?;
        Ok(owner_of(found))
    }

    /// Whom each of these normalised contacts finds, in their order.
    pub fn owners(&mut self, contacts: &[Contact]) -> Result<Vec<Owner>, StoreError> {
        let digests: Vec<[u8; 16]> = contacts
            .iter()
            .map(|contact| blind(self.keys, contact))
            .collect();
        let mut found: HashMap<[u8; 16], Option<i64>> = HashMap::new();
        self.db.by_keys(
            "select blind, customer_id from identifier where blind = $keys",
            KeyList::Digests(&digests),
            &mut |row| {
                found.insert(row.array(0)?, row.opt_int(1)?);
                Ok(())
            },
        )?;
        Ok(contacts
            .iter()
            .zip(&digests)
            .map(|(contact, digest)| {
                let found = found.get(digest).copied();
                owner_of(found.filter(|_| contact.identifies()))
            })
            .collect())
    }
}

impl ReadTx<'_> {
    /// Who is found by each of these normalised contacts, in their order.
    pub fn find_customers(
        &mut self,
        contacts: &[Contact],
    ) -> Result<Vec<Option<CustomerId>>, StoreError> {
        let owners = self.owners(contacts)?;
        Ok(owners.into_iter().map(Owner::id).collect())
    }
}

fn owner_of(found: Option<Option<i64>>) -> Owner {
    match found {
        None => Owner::Nobody,
        Some(None) => Owner::Blocked,
        Some(Some(id)) => Owner::Is(CustomerId(id)),
    }
}
