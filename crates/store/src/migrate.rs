//! Migrations: numbered, forward only, each in one transaction with the row that records it, so a
//! stop in the middle leaves either the old or the new schema.

use crate::StoreError;
use crate::db::Db;
use crate::dialect::Dialect;
use std::path::Path;
use vernis_domain::Instant;

struct Migration {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// One text for both databases, or one for each where they must differ.
macro_rules! migration {
    ($version:literal, $file:literal) => {
        Migration {
            version: $version,
            name: $file,
            sqlite: include_str!(concat!("../migrations/", $file, ".sql")),
            postgres: include_str!(concat!("../migrations/", $file, ".sql")),
        }
    };
    ($version:literal, $file:literal, each) => {
        Migration {
            version: $version,
            name: $file,
            sqlite: include_str!(concat!("../migrations/", $file, ".sqlite.sql")),
            postgres: include_str!(concat!("../migrations/", $file, ".postgres.sql")),
        }
    };
}

const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001_start"),
    migration!(2, "0002_append_only", each),
    migration!(3, "0003_receipt_search"),
    migration!(4, "0004_customer_of_purchase"),
    migration!(5, "0005_merge", each),
    migration!(6, "0006_session_agent"),
    migration!(7, "0007_journal"),
    migration!(8, "0008_powers"),
    migration!(9, "0009_manager"),
    migration!(10, "0010_custom_field"),
    migration!(11, "0011_second_factor"),
    migration!(12, "0012_note"),
    migration!(13, "0013_segment"),
    migration!(14, "0014_blocked", each),
    migration!(15, "0015_duplicates"),
    migration!(18, "0018_segment_people"),
    migration!(20, "0020_export"),
    migration!(22, "0022_bulk_edit"),
    migration!(23, "0023_people_group"),
];

/// The newest schema version this program knows.
pub const SCHEMA_VERSION: i64 = MIGRATIONS[MIGRATIONS.len() - 1].version;

/// Copies an SQLite base that is about to be brought up to `vernis-before-schema-N.db` beside it, so
/// that an older program can go on with it; an earlier copy goes when this one is whole. The
/// database of a PostgreSQL server is its administrator's to copy.
///
/// # Errors
/// No room for the copy: nothing has been changed then.
pub(crate) fn copy_before(db: &mut Db, dir: &Path) -> Result<(), StoreError> {
    // Before the first migration there is not even the table of versions.
    let known = "select count(*) from sqlite_master where name = 'schema_version'";
    if db.first(known, &[], |row| row.int(0))? == Some(0) {
        return Ok(());
    }
    let found = version(db)?;
    if found == 0 || found >= SCHEMA_VERSION {
        return Ok(());
    }
    let copy = dir.join(format!("{COPY_PREFIX}{found}.db"));
    let unfinished = dir.join(format!("{COPY_PREFIX}{found}.part"));
    let _ = std::fs::remove_file(&unfinished);
    let made = db
        .execute(
            "vacuum into $1",
            &[unfinished.to_string_lossy().as_ref().into()],
        )
        .and_then(|_| Ok(std::fs::File::open(&unfinished)?.sync_all()?))
        .and_then(|()| Ok(std::fs::rename(&unfinished, &copy)?));
    if let Err(error) = made {
        let _ = std::fs::remove_file(&unfinished);
        return Err(StoreError::NoCopyBefore {
            reason: error.to_string(),
        });
    }
    for entry in std::fs::read_dir(dir)?.flatten() {
        let earlier = entry.path() != copy
            && entry
                .file_name()
                .to_str()
                .is_some_and(|name| name.starts_with(COPY_PREFIX));
        if earlier {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    tracing::info!(copy = %copy.display(), "copied before the schema is brought up");
    Ok(())
}

/// How the names of such copies begin.
const COPY_PREFIX: &str = "vernis-before-schema-";

/// Number of PostgreSQL's advisory lock that one migrating process holds.
const LOCK: &str = "select pg_advisory_xact_lock(7381442901)";

/// Brings the schema up to `target` (a restore stops where its backup was made).
pub(crate) fn migrate(db: &mut Db, target: i64, now: Instant) -> Result<(), StoreError> {
    let dialect = db.dialect();
    in_transaction(db, |db| {
        db.batch(
            "create table if not exists schema_version (
               version bigint primary key, name text not null, applied_at bigint not null)",
        )
    })?;
    let found = version(db)?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::SchemaTooNew {
            found,
            known: SCHEMA_VERSION,
        });
    }
    for migration in MIGRATIONS {
        if migration.version > target {
            break;
        }
        in_transaction(db, |db| {
            // Asked under the lock: another process may have been faster. Asked of each by itself: numbers
            // are given to whoever works on something, and the greater one may be ready first.
            if is_applied(db, migration.version)? {
                return Ok(());
            }
            let text = match dialect {
                Dialect::Sqlite => migration.sqlite,
                Dialect::Postgres => migration.postgres,
            };
            db.batch(&dialect.migration(text))?;
            db.execute(
                "insert into schema_version (version, name, applied_at) values ($1, $2, $3)",
                &[migration.version.into(), migration.name.into(), now.into()],
            )?;
            tracing::info!(version = migration.version, "schema brought up");
            Ok(())
        })?;
    }
    Ok(())
}

/// The schema version of the base; 0 when it is empty.
pub(crate) fn version(db: &mut Db) -> Result<i64, StoreError> {
    Ok(db
        .first(
            "select coalesce(max(version), 0) from schema_version",
            &[],
            |row| row.int(0),
        )?
        .unwrap_or(0))
}

fn is_applied(db: &mut Db, version: i64) -> Result<bool, StoreError> {
    let found = db.first(
        "select count(*) from schema_version where version = $1",
        &[version.into()],
        |row| row.int(0),
    )?;
    Ok(found != Some(0))
}

fn in_transaction(
    db: &mut Db,
    work: impl FnOnce(&mut Db) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    match db.dialect() {
        Dialect::Sqlite => db.batch("begin immediate")?,
        Dialect::Postgres => {
            db.batch("begin")?;
            db.batch(LOCK)?;
        }
    }
    match work(db) {
        Ok(()) => db.batch("commit"),
        Err(error) => {
            let _ = db.batch("rollback");
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates;

    #[test]
    fn a_migration_that_stops_half_way_is_taken_up_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut db = gates::open_sqlite_writer(dir.path()).unwrap();
        migrate(&mut db, 1, Instant(0)).unwrap();
        assert_eq!(version(&mut db).unwrap(), 1);
        // The second one stops in its middle: nothing of it is there.
        let stopped = in_transaction(&mut db, |db| {
            db.batch(MIGRATIONS[1].sqlite)?;
            db.batch("this is where it stops")
        });
        assert!(stopped.is_err());
        let triggers = "select count(*) from sqlite_master where type = 'trigger'";
        assert_eq!(db.first(triggers, &[], |row| row.int(0)).unwrap(), Some(0));
        drop(db);
        let mut db = gates::open_sqlite_writer(dir.path()).unwrap();
        migrate(&mut db, SCHEMA_VERSION, Instant(0)).unwrap();
        migrate(&mut db, SCHEMA_VERSION, Instant(0)).unwrap();
        assert_eq!(version(&mut db).unwrap(), SCHEMA_VERSION);
        assert!(db.first(triggers, &[], |row| row.int(0)).unwrap() > Some(0));
    }

    #[test]
    fn a_base_is_copied_before_it_is_brought_up_and_only_the_last_copy_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let copies = || {
            let mut names: Vec<_> = std::fs::read_dir(dir.path())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| name.starts_with(COPY_PREFIX))
                .collect();
            names.sort();
            names
        };
        let mut db = gates::open_sqlite_writer(dir.path()).unwrap();
        copy_before(&mut db, dir.path()).unwrap();
        assert!(copies().is_empty(), "a new base needs none");
        migrate(&mut db, 1, Instant(0)).unwrap();
        db.batch("insert into setting values ('kept', '1', 0)")
            .unwrap();
        copy_before(&mut db, dir.path()).unwrap();
        assert_eq!(copies(), ["vernis-before-schema-1.db"]);
        let copy = rusqlite::Connection::open(dir.path().join(&copies()[0])).unwrap();
        let kept: String = copy
            .query_row("select key from setting", [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, "kept");
        drop(copy);
        migrate(&mut db, 2, Instant(0)).unwrap();
        copy_before(&mut db, dir.path()).unwrap();
        assert_eq!(copies(), ["vernis-before-schema-2.db"]);
        migrate(&mut db, SCHEMA_VERSION, Instant(0)).unwrap();
        copy_before(&mut db, dir.path()).unwrap();
        assert_eq!(
            copies(),
            ["vernis-before-schema-2.db"],
            "nothing to bring up"
        );
    }

    #[test]
    fn a_base_of_a_newer_program_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let mut db = gates::open_sqlite_writer(dir.path()).unwrap();
        migrate(&mut db, SCHEMA_VERSION, Instant(0)).unwrap();
        db.batch("insert into schema_version (version, name, applied_at) values (999, 'later', 0)")
            .unwrap();
        let refused = migrate(&mut db, SCHEMA_VERSION, Instant(0));
        assert!(matches!(
            refused,
            Err(StoreError::SchemaTooNew { found: 999, .. })
        ));
    }

    #[test]
    fn versions_grow() {
        assert!(MIGRATIONS.is_sorted_by(|a, b| a.version < b.version));
        for migration in MIGRATIONS {
            assert!(
                migration
                    .name
                    .starts_with(&format!("{:04}_", migration.version))
            );
        }
    }
}
