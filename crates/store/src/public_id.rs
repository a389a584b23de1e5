//! Public ids: what the outside sees instead of row ids.
//!
//! A public id is the AES-128 image of (entity, zeros, row id) under a key derived from the master
//! key, in lower-case base32. Nothing random is stored or indexed, the count of rows cannot be
//! guessed, and a made-up id is refused because the zeros do not come back.

use aes::Aes128;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use data_encoding::BASE32_NOPAD;

/// What a public id names. The number is part of every id given out: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Entity {
    /// A customer.
    Customer = 1,
    /// A purchase or a return.
    Purchase = 2,
    /// A product.
    Product = 3,
    /// A place of sale.
    Store = 4,
    /// A channel.
    Channel = 5,
    /// An import.
    Import = 6,
    /// A member of staff.
    User = 7,
    /// An API key.
    ApiKey = 8,
    /// A recorded contact value.
    CustomerValue = 9,
    /// A saved segment.
    Segment = 18,
    /// A field that the shop made for itself.
    CustomField = 20,
    /// A note about a customer.
    Note = 21,
    /// Where an entry of a timeline stands.
    TimelineRow = 22,
    /// A change of many customers.
    BulkEdit = 23,
    /// A company or a household.
    Group = 24,
    /// A blocked contact.
    Blocked = 30,
    /// A decision about two records.
    Decision = 31,
    /// An export.
    Export = 40,
    /// A customer in the file of an export: see [`PublicIds::row_code`].
    ExportedRow = 41,
    /// An account that was shown too many people.
    Freeze = 42,
}

/// Turns row ids into public ids and back. Cheap to clone and to use from any thread.
#[derive(Clone)]
pub struct PublicIds {
    cipher: Aes128,
}

impl std::fmt::Debug for PublicIds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PublicIds(***)")
    }
}

impl PublicIds {
    pub(crate) fn new(key: &[u8; 16]) -> Self {
        Self {
            cipher: Aes128::new(&Array::from(*key)),
        }
    }

    /// The public id of a row: 26 characters of `a-z2-7`.
    pub fn encode(&self, entity: Entity, id: impl Into<i64>) -> String {
        let mut block = [0u8; 16];
        block[..4].copy_from_slice(&(entity as u32).to_be_bytes());
        block[8..].copy_from_slice(&id.into().to_be_bytes());
        let mut block = Array::from(block);
        self.cipher.encrypt_block(&mut block);
        BASE32_NOPAD.encode(&block).to_ascii_lowercase()
    }

    /// The code of a row in the file of an export: names the export by its mark and the customer.
    pub fn row_code(&self, mark: u32, id: i64) -> String {
        let mut block = [0u8; 16];
        block[..4].copy_from_slice(&(Entity::ExportedRow as u32).to_be_bytes());
        block[4..8].copy_from_slice(&mark.to_be_bytes());
        block[8..].copy_from_slice(&id.to_be_bytes());
        let mut block = Array::from(block);
        self.cipher.encrypt_block(&mut block);
        BASE32_NOPAD.encode(&block).to_ascii_lowercase()
    }

    /// The mark and the customer of a row code; `None` if it was not made here.
    pub fn row_of_code(&self, text: &str) -> Option<(u32, i64)> {
        if text.len() != 26 || !text.is_ascii() {
            return None;
        }
        let bytes = BASE32_NOPAD
            .decode(text.to_ascii_uppercase().as_bytes())
            .ok()?;
        let mut block = Array::from(<[u8; 16]>::try_from(bytes).ok()?);
        self.cipher.decrypt_block(&mut block);
        if block[..4] != (Entity::ExportedRow as u32).to_be_bytes() {
            return None;
        }
        let (mut mark, mut id) = ([0; 4], [0; 8]);
        mark.copy_from_slice(&block[4..8]);
        id.copy_from_slice(&block[8..]);
        Some((u32::from_be_bytes(mark), i64::from_be_bytes(id)))
    }

    /// The row id behind a public id, or `None` if it was not made here for this entity.
    pub fn decode(&self, entity: Entity, text: &str) -> Option<i64> {
        if text.len() != 26 || !text.is_ascii() {
            return None;
        }
        let bytes = BASE32_NOPAD
            .decode(text.to_ascii_uppercase().as_bytes())
            .ok()?;
        let mut block = Array::from(<[u8; 16]>::try_from(bytes).ok()?);
        self.cipher.decrypt_block(&mut block);
        if block[..4] != (entity as u32).to_be_bytes() || block[4..8] != [0; 4] {
            return None;
        }
        let mut id = [0; 8];
        id.copy_from_slice(&block[8..]);
        Some(i64::from_be_bytes(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_id_comes_back_only_as_what_it_was() {
        let ids = PublicIds::new(&[3; 16]);
        for id in [1, 2, 77, i64::MAX] {
            let text = ids.encode(Entity::Customer, id);
            assert_eq!(text.len(), 26);
            assert!(text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')));
            assert_eq!(ids.decode(Entity::Customer, &text), Some(id));
            assert_eq!(ids.decode(Entity::Purchase, &text), None);
            assert_eq!(
                PublicIds::new(&[4; 16]).decode(Entity::Customer, &text),
                None
            );
        }
        for wrong in ["", "1", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "ааааааааааааа"] {
            assert_eq!(ids.decode(Entity::Customer, wrong), None);
        }
    }
}
