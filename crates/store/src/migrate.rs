//! Migrations: numbered, forward only, each in one transaction with the row that records it, so a
//! stop in the middle leaves either the old or the new schema.

use crate::StoreError;
use crate::db::Db;
use crate::dialect::Dialect;
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
];

/// The newest schema version this program knows.
pub const SCHEMA_VERSION: i64 = MIGRATIONS[MIGRATIONS.len() - 1].version;

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
            // Asked again under the lock: another process may have been faster.
            if version(db)? >= migration.version {
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
