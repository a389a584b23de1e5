//! One encrypted file that restores everything.

use crate::App;
use crate::environment::system_clock;
use crate::refusal::{Refusal, RefusalKind};
use std::path::Path;
use vernis_domain::Text;
use vernis_store::{Location, StoreError};

/// Shortest passphrase of a backup: the file holds every name, phone and the key.
const MIN_PASSPHRASE: usize = 8;

impl App {
    /// Writes a backup; gives the number of rows in it.
    ///
    /// # Errors
    /// A passphrase that is too short; a disk that does not take it.
    pub fn backup(&self, file: &Path, passphrase: &str) -> Result<u64, Refusal> {
        if passphrase.chars().count() < MIN_PASSPHRASE {
            return Err(Refusal::field(
                "passphrase",
                "length",
                Text::new("не короче 8 знаков", "at least 8 characters"),
            ));
        }
        self.store.backup(file, passphrase).map_err(said)
    }
}

/// Restores a backup into an empty data folder or database; gives the number of rows.
///
/// # Errors
/// A wrong passphrase, a damaged file, a place that is not empty; nothing is changed then.
pub fn restore(
    file: &Path,
    passphrase: &str,
    data_dir: &Path,
    database_url: Option<&str>,
) -> Result<u64, Refusal> {
    let location = match database_url {
        Some(url) => Location::Postgres(url.to_owned()),
        None => Location::Sqlite(data_dir.to_owned()),
    };
    vernis_store::restore(file, passphrase, data_dir, &location, system_clock()())
        .map(|restored| restored.rows)
        .map_err(said)
}

/// The store's sentence as it is: it was written for the person who restores.
fn said(error: StoreError) -> Refusal {
    let text = error.to_string();
    Refusal::new(
        RefusalKind::Conflict,
        "backup",
        Text::owned(format!("Не получилось: {text}"), text),
    )
}
