//! Where the truth lies.

use std::path::PathBuf;

/// Name of the SQLite file inside its directory.
pub(crate) const SQLITE_FILE: &str = "vernis.db";

/// Where the truth lies.
#[derive(Clone, Debug)]
pub enum Location {
    /// `DIR/vernis.db`, one process.
    Sqlite(PathBuf),
    /// A PostgreSQL database by its URL (`postgres://user:password@host/database`), any number of
    /// processes.
    Postgres(String),
}
