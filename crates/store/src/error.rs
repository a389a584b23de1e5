//! What can go wrong in the store, each in one plain sentence a person can act on.

/// Why the store refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Start gate: the SQLite library is too old.
    #[error("SQLite {found} is too old: Vernis needs 3.51.3 or newer.")]
    SqliteTooOld {
        /// Version found.
        found: String,
    },
    /// Start gate: a SQLite setting could not be made.
    #[error(
        "SQLite did not accept the setting {setting}: it says “{found}” where “{wanted}” is needed."
    )]
    SqliteSetting {
        /// Name of the pragma.
        setting: &'static str,
        /// What SQLite says.
        found: String,
        /// What is needed.
        wanted: &'static str,
    },
    /// Start gate: another process has the file.
    #[error("Another Vernis process already works with {path}: stop it, or let it do the work.")]
    InUse {
        /// The lock file.
        path: String,
    },
    /// Start gate: a PostgreSQL setting would lose data.
    #[error(
        "PostgreSQL has {setting} = {found}, which can lose acknowledged data: set it to “on” and start again."
    )]
    PostgresSetting {
        /// Name of the server setting.
        setting: &'static str,
        /// Its value.
        found: String,
    },
    /// Start gate: the PostgreSQL server is too old.
    #[error("PostgreSQL {found} is too old: Vernis needs 14 or newer.")]
    PostgresTooOld {
        /// Version found.
        found: String,
    },
    /// The database was made by a newer Vernis.
    #[error(
        "This database has schema version {found}, this program knows only {known}: start a newer Vernis."
    )]
    SchemaTooNew {
        /// Version in the database.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// The base could not be copied before its schema is brought up.
    #[error(
        "Before this program brings the database up it copies it, and the copy could not be made ({reason}): nothing was changed. Free as much space as the database takes, and start again."
    )]
    NoCopyBefore {
        /// What went wrong.
        reason: String,
    },
    /// The master key is not the one the database was made with.
    #[error(
        "The master key does not belong to this database (the key is {key}, the database wants {wanted}): put the right master.key beside the data."
    )]
    WrongMasterKey {
        /// Id of the key found.
        key: String,
        /// Id the database remembers.
        wanted: String,
    },
    /// There are data but no key file.
    #[error(
        "There is a database but no master key at {path}: without it no personal value can be read; put the key file back or restore a backup."
    )]
    MasterKeyMissing {
        /// Where the key file should be.
        path: String,
    },
    /// The key file cannot be read as a key.
    #[error("The file {path} is not a Vernis master key.")]
    MasterKeyBroken {
        /// The file.
        path: String,
    },
    /// Others may read the key file.
    #[error("The master key {path} can be read by other users: run `chmod 600 {path}`.")]
    MasterKeyExposed {
        /// The file.
        path: String,
    },
    /// No space left for the database.
    #[error("The disk is full: nothing was written. Free some space and try again.")]
    DiskFull,
    /// Reading or writing failed below the database.
    #[error("The disk or file system failed: {0}")]
    Io(String),
    /// The database server cannot be reached or the connection was lost.
    #[error("The database cannot be reached: {0}")]
    Connection(String),
    /// The connection was lost while committing: the outcome is not known.
    #[error(
        "The connection to the database was lost while saving: it is not known whether the change was kept. Repeat it with the same operation key."
    )]
    CommitUnknown,
    /// A serialization failure or deadlock, after all retries.
    #[error("Too many others change the same data at this moment: try again.")]
    Contended,
    /// A unique value is taken. The text names table and column or the constraint.
    #[error("This value is taken already ({0}).")]
    Unique(String),
    /// A row that was named does not exist.
    #[error("{0} does not exist.")]
    NotFound(&'static str),
    /// The caller broke a rule of the store.
    #[error("{0}")]
    Invalid(String),
    /// A statement failed.
    #[error("The database refused a statement: {0}")]
    Sql(String),
    /// A stored value is not what it should be.
    #[error("A stored value cannot be understood: {0}")]
    Decode(String),
    /// A sealed value does not open.
    #[error("A sealed value does not open with its key ({0}).")]
    Sealed(&'static str),
    /// The operating system gave no random bytes.
    #[error("The operating system gave no random bytes: {0}")]
    Randomness(String),
    /// A use case panicked; its changes were taken back.
    #[error("A fault in the program stopped this operation ({0}); nothing was changed.")]
    Panicked(String),
    /// The store has been closed.
    #[error("The store is closed.")]
    Closed,
    /// The feed was replaced (a restore): positions of the old feed mean nothing now.
    #[error(
        "The data were restored from a backup: everything derived from them must be built again."
    )]
    FeedEpochChanged,
    /// Restore would overwrite data.
    #[error("There are data here already: restore into an empty place.")]
    NotEmpty,
    /// The passphrase does not open the backup.
    #[error("This passphrase does not open the backup.")]
    WrongPassphrase,
    /// The backup file is damaged or not a backup.
    #[error("The backup cannot be read: {0}")]
    BadBackup(String),
}

impl StoreError {
    /// Whether the failure came from below the database: no closure of the batch can be trusted
    /// to be whole, so all are rolled back together.
    pub(crate) fn breaks_batch(&self) -> bool {
        matches!(self, Self::DiskFull | Self::Io(_))
    }
}

/// SQLite's result codes after which the kernel may have dropped dirty pages.
fn is_fsync(extended: i32) -> bool {
    // SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC
    extended == 1034 || extended == 1290
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        if let rusqlite::Error::SqliteFailure(failure, message) = &error {
            if is_fsync(failure.extended_code) {
                // After a failed fsync the kernel forgets the dirty pages: whatever memory says
                // may not be on the disk, and a retry would "succeed". Stop at once; the next
                // start reads what is really there.
                eprintln!(
                    "vernis: fsync failed; the process stops so that nothing unsaved is reported as saved"
                );
                std::process::abort();
            }
            let text = message.clone().unwrap_or_else(|| failure.to_string());
            return match failure.code {
                Code::DiskFull => Self::DiskFull,
                Code::SystemIoFailure | Code::DatabaseCorrupt | Code::NotADatabase => {
                    Self::Io(text)
                }
                Code::ConstraintViolation
                    if failure.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
                        || failure.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY =>
                {
                    Self::Unique(
                        text.trim_start_matches("UNIQUE constraint failed: ")
                            .to_owned(),
                    )
                }
                _ => Self::Sql(text),
            };
        }
        Self::Sql(error.to_string())
    }
}

impl From<postgres::Error> for StoreError {
    fn from(error: postgres::Error) -> Self {
        use postgres::error::SqlState as S;
        let Some(db) = error.as_db_error() else {
            return if error.is_closed() {
                Self::Connection("the connection was closed".to_owned())
            } else {
                Self::Connection(describe(&error))
            };
        };
        match db.code() {
            &S::T_R_SERIALIZATION_FAILURE | &S::T_R_DEADLOCK_DETECTED => Self::Contended,
            &S::UNIQUE_VIOLATION => {
                Self::Unique(db.constraint().unwrap_or(db.message()).to_owned())
            }
            &S::DISK_FULL => Self::DiskFull,
            &S::IO_ERROR => Self::Io(db.message().to_owned()),
            code if code.code().starts_with("57P") || code.code().starts_with("08") => {
                Self::Connection(db.message().to_owned())
            }
            // The detail may quote a row: only the message itself is passed on.
            _ => Self::Sql(db.message().to_owned()),
        }
    }
}

/// The error with its causes, in one line.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::StorageFull {
            Self::DiskFull
        } else {
            Self::Io(error.to_string())
        }
    }
}
