//! The master key and everything derived from it.
//!
//! One file, `master.key`, mode 0600, made at the first start. From it come (BLAKE3 key
//! derivation, one context each): the key of the blind index, of public ids, of the sealing of
//! person keys, of shop-level sealed values (rejected rows, kept replies), and of the journal's marks.

use crate::StoreError;
use crate::public_id::PublicIds;
use crate::seal::{self, Place, SealKey};
use data_encoding::HEXLOWER;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

const FILE: &str = "master.key";
const PREFIX: &str = "vernis-master-key-1:";

/// All keys of an instance. Held in memory only; shows nothing when printed.
#[derive(Clone)]
pub struct Keys {
    master: [u8; 32],
    blind: [u8; 32],
    device: [u8; 32],
    journal: [u8; 32],
    person: SealKey,
    shop: SealKey,
    public: PublicIds,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.id_hex())
    }
}

impl Keys {
    /// All keys derived from a master key.
    pub fn from_master(master: [u8; 32]) -> Keys {
        let derive = |context: &str| blake3::derive_key(context, &master);
        let mut public = [0; 16];
        public.copy_from_slice(&derive("vernis 2026-11 public id")[..16]);
        Keys {
            master,
            blind: derive("vernis 2026-11 blind index"),
            device: derive("vernis 2026-11 known devices"),
            journal: derive("vernis 2026-11 journal"),
            person: derive("vernis 2026-11 sealing of person keys"),
            shop: derive("vernis 2026-11 shop-level sealing"),
            public: PublicIds::new(&public),
        }
    }

    /// Reads `DIR/master.key`, or makes it at the first start.
    ///
    /// When `DIR` already holds an SQLite base but no key, nothing is made: a new key could not
    /// open the old values and would only hide that the right one is missing.
    pub fn open_or_create(dir: &Path) -> Result<Keys, StoreError> {
        std::fs::create_dir_all(dir)?;
        let path = dir.join(FILE);
        // Two first starts at once must not make two keys.
        let lock = File::create(dir.join("master.key.lock"))?;
        lock.lock()?;
        let made = if path.exists() {
            Self::read(&path)
        } else if dir.join(crate::location::SQLITE_FILE).exists() {
            Err(StoreError::MasterKeyMissing {
                path: path.display().to_string(),
            })
        } else {
            let keys = Self::from_master(seal::random()?);
            keys.write_new(dir)?;
            Ok(keys)
        };
        drop(lock);
        made
    }

    /// Writes the master key as `DIR/master.key`; never overwrites another key.
    pub(crate) fn write_new(&self, dir: &Path) -> Result<(), StoreError> {
        let path = dir.join(FILE);
        if path.exists() {
            let found = Self::read(&path)?;
            return if found.master == self.master {
                Ok(())
            } else {
                Err(StoreError::WrongMasterKey {
                    key: found.id_hex(),
                    wanted: self.id_hex(),
                })
            };
        }
        let temporary = dir.join("master.key.new");
        let _ = std::fs::remove_file(&temporary);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        writeln!(file, "{PREFIX}{}", HEXLOWER.encode(&self.master))?;
        file.sync_all()?;
        std::fs::rename(&temporary, &path)?;
        File::open(dir)?.sync_all()?;
        Ok(())
    }

    fn read(path: &Path) -> Result<Keys, StoreError> {
        let name = path.display().to_string();
        let mut file = File::open(path)?;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            return Err(StoreError::MasterKeyExposed { path: name });
        }
        let mut text = String::new();
        file.read_to_string(&mut text)
            .ok()
            .and_then(|_| text.trim().strip_prefix(PREFIX))
            .and_then(|hex| HEXLOWER.decode(hex.as_bytes()).ok())
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .map(Keys::from_master)
            .ok_or(StoreError::MasterKeyBroken { path: name })
    }

    pub(crate) fn master(&self) -> &[u8; 32] {
        &self.master
    }

    /// The key's own id: tells which key it is, says nothing about it.
    pub(crate) fn id(&self) -> [u8; 8] {
        let mut id = [0; 8];
        id.copy_from_slice(&blake3::derive_key("vernis 2026-11 key id", &self.master)[..8]);
        id
    }

    pub(crate) fn id_hex(&self) -> String {
        HEXLOWER.encode(&self.id())
    }

    /// A value only the right key can make; kept in the database.
    pub(crate) fn check_value(&self) -> [u8; 32] {
        blake3::derive_key("vernis 2026-11 check value", &self.master)
    }

    /// Public ids under this key.
    pub fn public_ids(&self) -> &PublicIds {
        &self.public
    }

    /// Proof that this shop gave a browser the number `nonce` when `login` signed in there.
    pub fn device_proof(&self, login: &str, nonce: &str) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.device);
        for part in [login, nonce] {
            hasher.update(&(part.len() as u32).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize()
    }

    /// Keyed blind index of a normalised look-up value.
    pub(crate) fn blind(&self, kind: &str, source: &str, value: &str) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new_keyed(&self.blind);
        for part in [kind, source, value] {
            hasher.update(&(part.len() as u32).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        let mut index = [0; 16];
        index.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        index
    }

    /// A keyed 16-byte digest for keys and tokens that are looked up but must not be readable.
    pub(crate) fn digest(&self, purpose: &str, value: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.blind);
        hasher.update(&(purpose.len() as u32).to_be_bytes());
        hasher.update(purpose.as_bytes());
        hasher.update(value);
        *hasher.finalize().as_bytes()
    }

    /// What the order of rows and the invented customers of an export are made of.
    pub fn export_secret(&self, seed: &[u8; 16]) -> [u8; 32] {
        self.digest("export", seed)
    }

    /// A keyed digest of a part of the journal: only the program can make one.
    pub(crate) fn journal_digest(&self, purpose: &str, value: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.journal);
        hasher.update(&(purpose.len() as u32).to_be_bytes());
        hasher.update(purpose.as_bytes());
        hasher.update(value);
        *hasher.finalize().as_bytes()
    }

    /// A new person key: the key itself and its sealed form.
    pub(crate) fn new_person_key(
        &self,
        customer_id: i64,
    ) -> Result<(SealKey, Vec<u8>), StoreError> {
        let key: SealKey = seal::random()?;
        let place = Place {
            table: "person_key",
            id: customer_id,
        };
        Ok((key, seal::seal(&self.person, place, &key)?))
    }

    /// Opens a sealed person key.
    pub(crate) fn open_person_key(
        &self,
        customer_id: i64,
        sealed: &[u8],
    ) -> Result<SealKey, StoreError> {
        let place = Place {
            table: "person_key",
            id: customer_id,
        };
        SealKey::try_from(seal::open(&self.person, place, sealed)?)
            .map_err(|_| StoreError::Sealed("person_key"))
    }

    /// Seals a value that belongs to the shop, not to one person.
    pub(crate) fn seal_for_shop(&self, place: Place, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        seal::seal(&self.shop, place, plain)
    }

    /// Seals a chunk of a file of the shop (a snapshot, an upload): `file` names the file, so that
    /// chunks of one cannot be passed off as another's.
    pub fn seal_chunk(
        &self,
        file: &'static str,
        chunk_no: u64,
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        self.seal_for_shop(chunk_place(file, chunk_no), plain)
    }

    /// Opens a chunk sealed by [`Keys::seal_chunk`].
    pub fn open_chunk(
        &self,
        file: &'static str,
        chunk_no: u64,
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        self.open_for_shop(chunk_place(file, chunk_no), sealed)
    }

    /// Opens a value sealed for the shop.
    pub(crate) fn open_for_shop(&self, place: Place, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        seal::open(&self.shop, place, sealed)
    }
}

fn chunk_place(file: &'static str, chunk_no: u64) -> Place {
    Place {
        table: file,
        id: chunk_no as i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_is_private_and_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let first = Keys::open_or_create(dir.path()).unwrap();
        let again = Keys::open_or_create(dir.path()).unwrap();
        assert_eq!(first.master, again.master);
        let path = dir.path().join(FILE);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            Keys::open_or_create(dir.path()),
            Err(StoreError::MasterKeyExposed { .. })
        ));
    }

    #[test]
    fn a_base_without_its_key_gets_no_new_key() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("vernis.db"), b"x").unwrap();
        assert!(matches!(
            Keys::open_or_create(dir.path()),
            Err(StoreError::MasterKeyMissing { .. })
        ));
        assert!(!dir.path().join(FILE).exists());
    }

    #[test]
    fn a_blind_index_tells_kind_source_and_value_apart() {
        let keys = Keys::from_master([1; 32]);
        let base = keys.blind("phone", "", "+79161234567");
        assert_eq!(base, keys.blind("phone", "", "+79161234567"));
        assert_ne!(base, keys.blind("card", "", "+79161234567"));
        assert_ne!(
            keys.blind("external", "1c", "5"),
            keys.blind("external", "1", "c5")
        );
        assert_ne!(
            base,
            Keys::from_master([2; 32]).blind("phone", "", "+79161234567")
        );
    }
}
