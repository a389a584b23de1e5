//! Sealing of personal values: XChaCha20-Poly1305, a random 24-byte nonce in front.
//!
//! Every sealed value is bound to its place (table and row): a value copied into another row does
//! not open there.

use crate::StoreError;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use std::cell::RefCell;

/// Bytes of a sealing key.
pub(crate) type SealKey = [u8; 32];

const NONCE: usize = 24;
const TAG: usize = 16;

/// The place a sealed value belongs to; part of what the seal authenticates.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// Table (and column, where a table has two sealed ones).
    pub table: &'static str,
    /// Row id.
    pub id: i64,
}

impl Place {
    fn bytes(self, buffer: &mut [u8; 64]) -> &[u8] {
        let name = self.table.as_bytes();
        let length = name.len().min(48);
        buffer[..length].copy_from_slice(&name[..length]);
        buffer[length] = 0;
        buffer[length + 1..length + 9].copy_from_slice(&self.id.to_be_bytes());
        &buffer[..length + 9]
    }
}

thread_local! {
    // One system call for about 170 nonces instead of one each: a bulk import seals millions.
    static POOL: RefCell<(Box<[u8; 4096]>, usize)> = RefCell::new((Box::new([0; 4096]), 4096));
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    use rand::TryRng;
    POOL.with_borrow_mut(|(pool, used)| {
        if *used + N > pool.len() {
            rand::rngs::SysRng
                .try_fill_bytes(&mut pool[..])
                .map_err(|error| StoreError::Randomness(error.to_string()))?;
            *used = 0;
        }
        let mut bytes = [0; N];
        bytes.copy_from_slice(&pool[*used..*used + N]);
        // What was given out is not kept: a memory dump must not hold the keys twice.
        pool[*used..*used + N].fill(0);
        *used += N;
        Ok(bytes)
    })
}

/// Seals a value for its place.
pub(crate) fn seal(key: &SealKey, place: Place, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
    let nonce: [u8; NONCE] = random()?;
    let mut out = Vec::with_capacity(NONCE + plain.len() + TAG);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(plain);
    let tag = XChaCha20Poly1305::new(key.into())
        .encrypt_inout_detached(
            &XNonce::from(nonce),
            place.bytes(&mut [0; 64]),
            (&mut out[NONCE..]).into(),
        )
        .map_err(|_| StoreError::Sealed(place.table))?;
    out.extend_from_slice(&tag);
    Ok(out)
}

/// Opens a value sealed for this place.
pub(crate) fn open(key: &SealKey, place: Place, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let broken = StoreError::Sealed(place.table);
    let Some(body) = sealed.len().checked_sub(NONCE + TAG) else {
        return Err(broken);
    };
    let mut nonce = [0; NONCE];
    nonce.copy_from_slice(&sealed[..NONCE]);
    let mut tag = [0; TAG];
    tag.copy_from_slice(&sealed[NONCE + body..]);
    let mut plain = sealed[NONCE..NONCE + body].to_vec();
    XChaCha20Poly1305::new(key.into())
        .decrypt_inout_detached(
            &XNonce::from(nonce),
            place.bytes(&mut [0; 64]),
            plain.as_mut_slice().into(),
            &Tag::from(tag),
        )
        .map_err(|_| broken)?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_with_its_key_and_in_its_place() {
        let key = [7; 32];
        let place = Place {
            table: "customer",
            id: 5,
        };
        let sealed = seal(&key, place, "Иванова".as_bytes()).unwrap();
        assert_eq!(open(&key, place, &sealed).unwrap(), "Иванова".as_bytes());
        assert!(open(&[8; 32], place, &sealed).is_err());
        assert!(open(&key, Place { id: 6, ..place }, &sealed).is_err());
        assert!(
            open(
                &key,
                Place {
                    table: "other",
                    ..place
                },
                &sealed
            )
            .is_err()
        );
        assert!(open(&key, place, &sealed[..20]).is_err());
        let mut bent = sealed.clone();
        bent[30] ^= 1;
        assert!(open(&key, place, &bent).is_err());
    }

    #[test]
    fn the_same_value_sealed_twice_looks_different() {
        let place = Place {
            table: "customer",
            id: 5,
        };
        assert_ne!(
            seal(&[7; 32], place, b"x").unwrap(),
            seal(&[7; 32], place, b"x").unwrap()
        );
    }
}
