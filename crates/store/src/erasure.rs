//! Erasing a person, and the list that keeps him erased after a restore of an older backup.
//!
//! The list (`erasures.log` beside the data, append-only, never part of a backup) holds row ids
//! only. Every restore replays it before anything is served.

use crate::customers::remove_person;
use crate::db::Db;
use crate::tx::WriteTx;
use crate::{Keys, StoreError};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use vernis_domain::{CustomerId, Instant};

const FILE: &str = "erasures.log";

/// Notes erasures durably in `DIR/erasures.log`. Called before the transaction that erases: an
/// entry too many erases again what is being erased, an entry too few would bring a person back.
pub fn note_erasures(dir: &Path, keys: &Keys, ids: &[CustomerId]) -> Result<(), StoreError> {
    let mut lines = String::new();
    for id in ids {
        lines.push_str(&format!("1 {} {}\n", keys.id_hex(), id.0));
    }
    let mut file = File::options()
        .create(true)
        .append(true)
        .open(dir.join(FILE))?;
    file.write_all(lines.as_bytes())?;
    file.sync_all()?;
    File::open(dir)?.sync_all()?;
    Ok(())
}

/// The ids noted for bases of this master key.
pub(crate) fn noted(dir: &Path, keys: &Keys) -> Result<Vec<CustomerId>, StoreError> {
    let text = match std::fs::read_to_string(dir.join(FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let own = keys.id_hex();
    Ok(text
        .lines()
        .filter_map(|line| {
            let mut parts = line.split(' ');
            match (parts.next(), parts.next(), parts.next()) {
                (Some("1"), Some(key), Some(id)) if key == own => id.parse().ok().map(CustomerId),
                _ => None,
            }
        })
        .collect())
}

/// Erases again whoever was erased after the backup was made.
pub(crate) fn replay(
    db: &mut Db,
    dir: &Path,
    keys: &Keys,
    now: Instant,
) -> Result<usize, StoreError> {
    let mut count = 0;
    for id in noted(dir, keys)? {
        count += usize::from(remove_person(db, keys, id, now)?);
    }
    Ok(count)
}

impl WriteTx<'_> {
    /// Destroys the keys and look-ups of a person: of all records merged into him. Call
    /// [`note_erasures`] with the [`ReadTx::records_of`] his root first.
    pub fn erase_customer(&mut self, id: CustomerId) -> Result<bool, StoreError> {
        let now = self.now();
        let keys = self.keys;
        let root = self.root(id)?;
        let mut any = false;
        for record in self.records_of(root)? {
            if remove_person(self.db, keys, record, now)? {
                self.changes.removed.push(record);
                any = true;
            }
        }
        if any {
            self.end_kept_exports()?;
        }
        Ok(any)
    }
}
