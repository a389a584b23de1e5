//! Backup and restore: one file, encrypted with the owner's passphrase, from either database into
//! either database.
//!
//! The file is an `age` passphrase file around a gzip stream of all tables in one consistent
//! snapshot, with the master key in front: one file and one passphrase restore everything. What is
//! temporary (sessions, one-time links) and what a restore makes anew (feed epoch, key check,
//! schema version) is not in it. A restore replays `erasures.log` before anything can be read, and is
//! told of in the journal it brings back.

mod stream;

use crate::db::Db;
use crate::journal::{Actor, NewEntry, RESTORED, Subjects};
use crate::location::{Location, SQLITE_FILE};
use crate::store::{Store, on_own_thread};
use crate::value::OwnedValue;
use crate::{Keys, StoreError, erasure, gates, journal, key_check, migrate};
use age::secrecy::SecretString;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use stream::{Header, Reader, Writer};
use vernis_domain::Instant;

/// A table in a backup: its name, the order its rows are written in, and whether row ids are
/// counted. Parents stand before their children.
struct Table {
    name: &'static str,
    order: &'static str,
    counted: bool,
}

const fn table(name: &'static str, order: &'static str, counted: bool) -> Table {
    Table {
        name,
        order,
        counted,
    }
}

const TABLES: &[Table] = &[
    table("setting", "key", false),
    table("store", "id", true),
    table("channel", "id", true),
    table("custom_field", "id", true),
    table("product", "id", true),
    table("staff_role", "code", false),
    table("staff_user", "id", true),
    table("api_key", "id", true),
    table("staff_totp", "user_id", false),
    table("recovery_code", "user_id, code_hash", false),
    table("import", "id", true),
    table("import_chunk", "import_id, chunk_no", false),
    table("rejected_row", "import_id, row_no", false),
    table("customer", "id", true),
    table("person_key", "customer_id", false),
    table("customer_value", "id", true),
    table("note", "id", true),
    table("bulk_edit", "id", true),
    table("bulk_edit_step", "bulk_edit_id, step_no", false),
    table("people_group", "id", true),
    table("group_person", "id", true),
    table("merge", "id", true),
    table("customer_link", "joined_id", false),
    table("identifier", "blind", false),
    table("customer_manager", "id", true),
    table("reveal", "id", true),
    table("blocked_contact", "id", true),
    table("id_conflict", "id", true),
    table("duplicate_decision", "id", true),
    table("purchase", "id", true),
    table("purchase_void", "purchase_id", false),
    table("purchase_line", "purchase_id, line_no", false),
    table("change", "id", true),
    table("segment", "id", true),
    table("segment_version", "id", true),
    table("segment_state", "segment_id", false),
    table("segment_move", "id", true),
    table("segment_day", "segment_id, day", false),
    table("segment_person", "id", true),
    table("export", "id", true),
    table("export_step", "id", true),
    table("exposure", "actor_kind, actor_id, day", false),
    table("account_freeze", "id", true),
    table("account_thaw", "freeze_id", false),
    table("idempotency", "id", true),
    table("journal", "id", true),
    table("journal_subject", "kind, subject_id, journal_id", false),
    table("journal_seal", "number", false),
];

/// Tables that are not in a backup: temporary, or made anew by a restore.
#[cfg(test)]
const LEFT_OUT: &[&str] = &[
    "schema_version",
    "key_check",
    "feed_epoch",
    "session",
    "one_time_link",
    "journal_spool",
];

/// What a restore brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// When the backup was made.
    pub made_at: Instant,
    /// Rows brought back, of all tables.
    pub rows: u64,
    /// People erased again because they were erased after the backup was made.
    pub erased_again: usize,
}

impl Store {
    /// Writes a backup file. Others go on writing meanwhile; the backup is of one moment.
    pub fn backup(&self, path: &Path, passphrase: &str) -> Result<u64, StoreError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".unfinished");
        let unfinished = Path::new(&name);
        let made = self.write_backup(unfinished, passphrase);
        if made.is_err() {
            let _ = std::fs::remove_file(unfinished);
        } else {
            std::fs::rename(unfinished, path)?;
            let parent = path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty());
            File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
        }
        made
    }

    fn write_backup(&self, path: &Path, passphrase: &str) -> Result<u64, StoreError> {
        let file = File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(path)?;
        let encryptor =
            age::Encryptor::with_user_passphrase(SecretString::from(passphrase.to_owned()));
        let sealed = encryptor.wrap_output(BufWriter::with_capacity(1 << 18, file))?;
        let packed = GzEncoder::new(sealed, Compression::fast());
        let (rows, packed) = self.read(|tx| {
            let header = Header {
                schema_version: migrate::version(tx.db)?,
                made_at: tx.now(),
            };
            let mut out = Writer::new(packed, &header, tx.keys.master())?;
            for table in TABLES {
                let columns = tx.db.columns(table.name)?;
                out.table(table.name, &columns)?;
                tx.db
                    .dump(table.name, &columns, table.order, &mut |row| out.row(row))?;
                out.end_of_table()?;
            }
            out.finish()
        })?;
        let mut buffered = packed.finish()?.finish()?;
        buffered.flush()?;
        buffered.get_ref().sync_all()?;
        Ok(rows)
    }
}

/// Brings a backup back into an empty place, of either kind; `dir` gets the master key and holds
/// `erasures.log`. Nothing is there until everything is: it is one transaction.
pub fn restore(
    backup: &Path,
    passphrase: &str,
    dir: &Path,
    location: &Location,
    now: Instant,
) -> Result<Restored, StoreError> {
    std::fs::create_dir_all(dir)?;
    let decryptor =
        age::Decryptor::new_buffered(BufReader::with_capacity(1 << 18, File::open(backup)?))
            .map_err(|error| StoreError::BadBackup(error.to_string()))?;
    let identity = age::scrypt::Identity::new(SecretString::from(passphrase.to_owned()));
    let opened = decryptor
        .decrypt(std::iter::once(&identity as &dyn age::Identity))
        .map_err(|error| match error {
            age::DecryptError::NoMatchingKeys
            | age::DecryptError::DecryptionFailed
            | age::DecryptError::KeyDecryptionFailed => StoreError::WrongPassphrase,
            other => StoreError::BadBackup(other.to_string()),
        })?;
    let unpacked = GzDecoder::new(opened);
    match location {
        Location::Sqlite(base) => {
            std::fs::create_dir_all(base)?;
            let _lock = gates::lock(base)?;
            let existed = base.join(SQLITE_FILE).exists();
            let mut db = gates::open_sqlite_writer(base)?;
            let result = load(&mut db, unpacked, dir, now);
            drop(db);
            if result.is_err() && !existed {
                // An empty schema left behind would ask for a key that is not there.
                for suffix in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(base.join(format!("{SQLITE_FILE}{suffix}")));
                }
            }
            result
        }
        Location::Postgres(url) => on_own_thread(move || {
            let mut db = gates::open_postgres(url)?;
            gates::check_postgres(&mut db)?;
            load(&mut db, unpacked, dir, now)
        }),
    }
}

fn load(db: &mut Db, source: impl Read, dir: &Path, now: Instant) -> Result<Restored, StoreError> {
    let mut reader = Reader::new(source);
    let (header, master) = reader.header()?;
    if header.schema_version > migrate::SCHEMA_VERSION {
        return Err(StoreError::SchemaTooNew {
            found: header.schema_version,
            known: migrate::SCHEMA_VERSION,
        });
    }
    let keys = Keys::from_master(master);
    migrate::migrate(db, header.schema_version, now)?;
    if key_check::is_used(db)? {
        return Err(StoreError::NotEmpty);
    }
    db.batch("begin")?;
    let loaded = load_rows(db, &mut reader, &keys, dir, now).and_then(|loaded| {
        if loaded.has_journal {
            note_restore(db, &keys, dir, header.made_at, now)?;
        }
        keys.write_new(dir)?;
        db.batch("commit")?;
        Ok(loaded)
    });
    match loaded {
        Ok(loaded) => {
            if let Some(sql) = db.dialect().after_load() {
                db.batch(sql)?;
            }
            migrate::migrate(db, migrate::SCHEMA_VERSION, now)?;
            if !loaded.has_journal {
                // The backup is of a program that had no journal: the restore is its first entry.
                db.batch("begin")?;
                note_restore(db, &keys, dir, header.made_at, now)?;
                db.batch("commit")?;
            }
            Ok(Restored {
                made_at: header.made_at,
                rows: loaded.rows,
                erased_again: loaded.erased_again,
            })
        }
        Err(error) => {
            let _ = db.batch("rollback");
            Err(error)
        }
    }
}

/// What was brought back.
struct Loaded {
    rows: u64,
    erased_again: usize,
    has_journal: bool,
}

/// Makes the chain whole (nobody else is at work here) and tells in it and beside it that it was brought
/// back: what was noted of later entries is of a history that is gone.
fn note_restore(
    db: &mut Db,
    keys: &Keys,
    dir: &Path,
    made_at: Instant,
    now: Instant,
) -> Result<(), StoreError> {
    let base = journal::chain::seal_all(db, keys)?.number;
    let entry = NewEntry {
        act: RESTORED.to_owned(),
        actor: Actor::Command,
        address: String::new(),
        agent: String::new(),
        subjects: Subjects::none(),
        details: format!("{{\"facts\":[[\"made_at\",\"{}\"]]}}", made_at.rfc3339()),
        reason: None,
        at: None,
    };
    journal::write(db, keys, &entry, now)?;
    let head = journal::chain::seal_all(db, keys)?;
    journal::anchors::note_restore(dir, keys, base, head, now)
}

fn load_rows(
    db: &mut Db,
    reader: &mut Reader<impl Read>,
    keys: &Keys,
    dir: &Path,
    now: Instant,
) -> Result<Loaded, StoreError> {
    let mut has_journal = false;
    while let Some((name, columns)) = reader.table()? {
        let table = TABLES
            .iter()
            .find(|table| table.name == name)
            .ok_or_else(|| StoreError::BadBackup(format!("it holds an unknown table {name}")))?;
        has_journal |= name == "journal";
        let own = db.columns(table.name)?;
        if let Some(unknown) = columns.iter().find(|column| !own.contains(column)) {
            return Err(StoreError::BadBackup(format!(
                "{name} has no column {unknown}"
            )));
        }
        // Transaction numbers belong to the server that gave them: the history keeps its order by
        // id, and everything new stands after it.
        let txid = matches!(name.as_str(), "change" | "journal")
            .then(|| columns.iter().position(|column| column == "txid"))
            .flatten();
        let mut chunk = Vec::with_capacity(4096);
        while let Some(mut row) = reader.row(columns.len())? {
            if let Some(txid) = txid {
                row[txid] = OwnedValue::Int(0);
            }
            chunk.push(row);
            if chunk.len() == 4096 {
                db.load(table.name, &columns, &chunk)?;
                chunk.clear();
            }
        }
        if !chunk.is_empty() {
            db.load(table.name, &columns, &chunk)?;
        }
        if table.counted
            && let Some(sql) = db.dialect().follow_loaded_ids(table.name)
        {
            db.batch(&sql)?;
        }
    }
    let rows = reader.end()?;
    key_check::check(db, keys, now)?;
    let erased_again = erasure::replay(db, dir, keys, now)?;
    Ok(Loaded {
        rows,
        erased_again,
        has_journal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_the_schema_is_in_the_backup_or_left_out_on_purpose() {
        let dir = tempfile::tempdir().unwrap();
        let mut db = gates::open_sqlite_writer(dir.path()).unwrap();
        migrate::migrate(&mut db, migrate::SCHEMA_VERSION, Instant(0)).unwrap();
        let tables = db
            .all(
                "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'",
                &[],
                |row| row.text(0),
            )
            .unwrap();
        for name in tables {
            let kept = TABLES.iter().any(|table| table.name == name);
            let left = LEFT_OUT.contains(&name.as_str());
            assert!(
                kept != left,
                "decide whether backups carry the table {name}"
            );
        }
    }
}
