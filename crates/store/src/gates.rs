//! Opening connections, and the gates a database must pass before anything is trusted to it.

use crate::StoreError;
use crate::db::Db;
use crate::db::connect::connect;
use crate::db::postgres::PostgresDb;
use crate::db::sqlite::SqliteDb;
use crate::location::SQLITE_FILE;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::path::Path;
use std::time::Duration;

/// Oldest SQLite: 3.51.3 mended a WAL reset fault that could lose committed pages.
const SQLITE_OLDEST: i32 = 3_051_003;
/// Oldest PostgreSQL major version.
const POSTGRES_OLDEST: i64 = 14;

/// Takes the lock that keeps other processes from an SQLite base; held until dropped.
pub(crate) fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("vernis.lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse {
            path: path.display().to_string(),
        }),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

/// The version gate alone, so that a test can give it any number.
pub(crate) fn check_sqlite_version(number: i32, text: &str) -> Result<(), StoreError> {
    if number < SQLITE_OLDEST {
        return Err(StoreError::SqliteTooOld {
            found: text.to_owned(),
        });
    }
    Ok(())
}

/// The one connection that writes: WAL, `synchronous = FULL`, foreign keys, no memory map, and no
/// checkpoints of its own (they have a thread).
pub(crate) fn open_sqlite_writer(dir: &Path) -> Result<Db, StoreError> {
    check_sqlite_version(rusqlite::version_number(), rusqlite::version())?;
    let conn = Connection::open(dir.join(SQLITE_FILE))?;
    conn.busy_timeout(Duration::from_secs(30))?;
    keep_plans(&conn)?;
    set(&conn, "journal_mode", "wal", "wal")?;
    set(&conn, "synchronous", "full", "2")?;
    set(&conn, "foreign_keys", "on", "1")?;
    set(&conn, "mmap_size", "0", "0")?;
    set(&conn, "wal_autocheckpoint", "0", "0")?;
    set(&conn, "cache_size", "-262144", "-262144")?;
    set(&conn, "temp_store", "memory", "2")?;
    // A log that once grew large gives its space back when it starts over.
    set(&conn, "journal_size_limit", "268435456", "268435456")?;
    Ok(Db::Sqlite(Box::new(SqliteDb::new(conn))))
}

/// A connection that can only read.
pub(crate) fn open_sqlite_reader(dir: &Path) -> Result<Db, StoreError> {
    let conn = Connection::open_with_flags(
        dir.join(SQLITE_FILE),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(Duration::from_secs(30))?;
    keep_plans(&conn)?;
    set(&conn, "query_only", "on", "1")?;
    set(&conn, "mmap_size", "0", "0")?;
    set(&conn, "cache_size", "-16384", "-16384")?;
    Ok(Db::Sqlite(Box::new(SqliteDb::new(conn))))
}

/// The connection of the checkpoint thread.
pub(crate) fn open_sqlite_checkpointer(dir: &Path) -> Result<Connection, StoreError> {
    let conn = Connection::open(dir.join(SQLITE_FILE))?;
    conn.busy_timeout(Duration::from_millis(200))?;
    set(&conn, "synchronous", "full", "2")?;
    set(&conn, "mmap_size", "0", "0")?;
    set(&conn, "wal_autocheckpoint", "0", "0")?;
    Ok(conn)
}

/// Plans never depend on bound values: otherwise SQLite plans a look-up by blind index anew each
/// time another digest is bound, which costs more than the look-up.
fn keep_plans(conn: &Connection) -> Result<(), StoreError> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Makes a setting and believes only what SQLite answers when asked again.
fn set(
    conn: &Connection,
    setting: &'static str,
    value: &str,
    wanted: &'static str,
) -> Result<(), StoreError> {
    conn.execute_batch(&format!("pragma {setting} = {value}"))?;
    let found: rusqlite::types::Value =
        match conn.query_row(&format!("pragma {setting}"), [], |row| row.get(0)) {
            Err(rusqlite::Error::QueryReturnedNoRows) => rusqlite::types::Value::Integer(0),
            other => other?,
        };
    let found = match found {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        other => format!("{other:?}"),
    };
    if found == wanted {
        Ok(())
    } else {
        Err(StoreError::SqliteSetting {
            setting,
            found,
            wanted,
        })
    }
}

/// A PostgreSQL connection. Must be called on a thread of the store's own.
pub(crate) fn open_postgres(url: &str) -> Result<Db, StoreError> {
    let mut client = connect(url)?;
    client.batch_execute(
        "set synchronous_commit = on; set idle_in_transaction_session_timeout = '10min';
         set client_min_messages = warning",
    )?;
    Ok(Db::Postgres(Box::new(PostgresDb::new(client))))
}

/// The gates of a PostgreSQL server.
pub(crate) fn check_postgres(db: &mut Db) -> Result<(), StoreError> {
    let version = show(db, "select current_setting('server_version_num')")?;
    if version.parse::<i64>().unwrap_or(0) / 10_000 < POSTGRES_OLDEST {
        return Err(StoreError::PostgresTooOld { found: version });
    }
    for (setting, sql) in [
        ("fsync", "select current_setting('fsync')"),
        (
            "full_page_writes",
            "select current_setting('full_page_writes')",
        ),
        (
            "synchronous_commit",
            "select current_setting('synchronous_commit')",
        ),
    ] {
        let found = show(db, sql)?;
        check_postgres_setting(setting, &found)?;
    }
    Ok(())
}

/// One setting's gate, apart so that a test can give it any value.
pub(crate) fn check_postgres_setting(setting: &'static str, found: &str) -> Result<(), StoreError> {
    // `remote_apply` and `remote_write` wait for a standby as well: at least as safe.
    if ["on", "remote_apply", "remote_write"].contains(&found) {
        Ok(())
    } else {
        Err(StoreError::PostgresSetting {
            setting,
            found: found.to_owned(),
        })
    }
}

fn show(db: &mut Db, sql: &'static str) -> Result<String, StoreError> {
    Ok(db.first(sql, &[], |row| row.text(0))?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate;
    use rusqlite::StatementStatus;
    use vernis_domain::Instant;

    #[test]
    fn a_look_up_is_planned_once_whatever_is_bound() {
        let dir = tempfile::tempdir().unwrap();
        let mut db = open_sqlite_writer(dir.path()).unwrap();
        migrate::migrate(&mut db, migrate::SCHEMA_VERSION, Instant(0)).unwrap();
        let Db::Sqlite(db) = db else { unreachable!() };
        for sql in [
            "select customer_id from identifier where blind = ?1",
            "select id from purchase where operation_key = ?1",
        ] {
            let mut look_up = db.conn.prepare(sql).unwrap();
            for digest in [[1_u8; 16], [2; 16], [3; 16]] {
                assert!(!look_up.exists([&digest[..]]).unwrap());
            }
            assert_eq!(look_up.get_status(StatementStatus::RePrepare), 0, "{sql}");
        }
    }

    #[test]
    fn an_old_sqlite_is_refused_in_one_sentence() {
        let error = check_sqlite_version(3_051_002, "3.51.2").unwrap_err();
        assert_eq!(
            error.to_string(),
            "SQLite 3.51.2 is too old: Vernis needs 3.51.3 or newer."
        );
        check_sqlite_version(3_051_003, "3.51.3").unwrap();
    }

    #[test]
    fn a_postgres_that_may_lose_data_is_refused_in_one_sentence() {
        let error = check_postgres_setting("fsync", "off").unwrap_err();
        assert_eq!(
            error.to_string(),
            "PostgreSQL has fsync = off, which can lose acknowledged data: set it to “on” and start again."
        );
        assert!(check_postgres_setting("synchronous_commit", "local").is_err());
    }
}
