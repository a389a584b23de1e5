//! Finding a person by a contact, through the keyed blind index.

use crate::StoreError;
use crate::customers::blind;
use crate::dialect::KeyList;
use crate::tx::ReadTx;
use std::collections::HashMap;
use vernis_domain::{Contact, CustomerId};

impl ReadTx<'_> {
    /// Who is found by this normalised contact.
    pub fn find_customer(&mut self, contact: &Contact) -> Result<Option<CustomerId>, StoreError> {
        let digest = blind(self.keys, contact);
        Ok(self
            .db
            .first(
                "select customer_id from identifier where blind = $1",
                &[(&digest).into()],
                |row| row.int(0),
            )?
            .map(CustomerId))
    }

    /// Who is found by each of these normalised contacts, in their order.
    pub fn find_customers(
        &mut self,
        contacts: &[Contact],
    ) -> Result<Vec<Option<CustomerId>>, StoreError> {
        let digests: Vec<[u8; 16]> = contacts
            .iter()
            .map(|contact| blind(self.keys, contact))
            .collect();
        let mut found: HashMap<[u8; 16], CustomerId> = HashMap::new();
        self.db.by_keys(
            "select blind, customer_id from identifier where blind = $keys",
            KeyList::Digests(&digests),
            &mut |row| {
                found.insert(row.array(0)?, CustomerId(row.int(1)?));
                Ok(())
            },
        )?;
        Ok(digests
            .iter()
            .map(|digest| found.get(digest).copied())
            .collect())
    }
}
