//! The thin layer both kinds of transaction share: run a statement, read rows, insert many.
//!
//! Statement texts are `&'static str` (never built from input) and prepared once per connection.

pub(crate) mod connect;
pub(crate) mod postgres;
pub(crate) mod sqlite;

use crate::StoreError;
use crate::dialect::{Dialect, Insert, KeyList};
use crate::value::{OwnedValue, Row, Value};

/// What a query hands each row to.
pub(crate) type Each<'f> = &'f mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>;

/// A connection to either database.
pub(crate) enum Db {
    Sqlite(Box<sqlite::SqliteDb>),
    Postgres(Box<postgres::PostgresDb>),
}

impl Db {
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement; the number of rows it touched.
    pub fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(db) => db.execute(sql, params),
            Self::Postgres(db) => db.execute(sql, params),
        }
    }

    /// Runs a query and hands over each row as it arrives.
    pub fn query(
        &mut self,
        sql: &'static str,
        params: &[Value],
        each: Each<'_>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.query(sql, params, each),
            Self::Postgres(db) => db.query(sql, params, each),
        }
    }

    /// The first row, if there is one.
    pub fn first<T>(
        &mut self,
        sql: &'static str,
        params: &[Value],
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut found = None;
        self.query(sql, params, &mut |row| {
            if found.is_none() {
                found = Some(read(row)?);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// All rows.
    pub fn all<T>(
        &mut self,
        sql: &'static str,
        params: &[Value],
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut rows = Vec::new();
        self.query(sql, params, &mut |row| {
            rows.push(read(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Rows whose key is in the list (`= $keys` in the statement); in no particular order.
    pub fn by_keys(
        &mut self,
        sql: &'static str,
        keys: KeyList<'_>,
        each: Each<'_>,
    ) -> Result<(), StoreError> {
        if keys.len() == 0 {
            return Ok(());
        }
        match self {
            Self::Sqlite(db) => db.by_keys(sql, keys, each),
            Self::Postgres(db) => db.by_keys(sql, keys, each),
        }
    }

    /// Inserts all rows; fails if one conflicts.
    pub fn insert_many<'v, const N: usize>(
        &mut self,
        table: &'static Insert<N>,
        rows: impl ExactSizeIterator<Item = [Value<'v>; N]>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.insert_many(table.sql, rows, None),
            Self::Postgres(db) => db.insert_many(table, rows),
        }
    }

    /// Inserts the rows whose key column is new and tells for each whether it was.
    ///
    /// The key must be a 16-byte digest (column `table.key`) with a unique constraint.
    pub fn insert_new<'v, const N: usize>(
        &mut self,
        table: &'static Insert<N>,
        existing: &'static str,
        rows: impl ExactSizeIterator<Item = [Value<'v>; N]>,
    ) -> Result<Vec<bool>, StoreError> {
        match self {
            Self::Sqlite(db) => {
                let mut inserted = Vec::with_capacity(rows.len());
                db.insert_many(table.keep_sql, rows, Some(&mut inserted))?;
                Ok(inserted)
            }
            Self::Postgres(db) => db.insert_new(table, existing, rows),
        }
    }

    /// `count` new row ids of a table, growing. On PostgreSQL they may have gaps.
    pub fn new_ids(
        &mut self,
        ids: &'static IdSource,
        count: usize,
    ) -> Result<Vec<i64>, StoreError> {
        match self {
            Self::Sqlite(db) => {
                let mut last = 0;
                db.query(ids.last, &[], &mut |row| {
                    last = row.int(0)?;
                    Ok(())
                })?;
                Ok((last + 1..=last + count as i64).collect())
            }
            Self::Postgres(db) => {
                let mut new = Vec::with_capacity(count);
                db.query(ids.next, &[Value::Int(count as i64)], &mut |row| {
                    new.push(row.int(0)?);
                    Ok(())
                })?;
                new.sort_unstable();
                Ok(new)
            }
        }
    }

    /// Runs a text of several statements. For migrations and transaction control only.
    pub fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.batch(sql),
            Self::Postgres(db) => db.batch(sql),
        }
    }

    /// Names of a table's columns. The table's name must come from a list of our own.
    pub fn columns(&mut self, table: &str) -> Result<Vec<String>, StoreError> {
        let sql = format!("select * from {table} limit 0");
        Ok(match self {
            Self::Sqlite(db) => {
                let statement = db.conn.prepare(&sql)?;
                statement.column_names().map(str::to_owned).collect()
            }
            Self::Postgres(db) => {
                let statement = db.client.prepare(&sql)?;
                statement
                    .columns()
                    .iter()
                    .map(|column| column.name().to_owned())
                    .collect()
            }
        })
    }

    /// All rows of a table in the order of its key. For backups: names come from our own list and
    /// from the database's own description of it.
    pub fn dump(
        &mut self,
        table: &str,
        columns: &[String],
        key: &str,
        each: Each<'_>,
    ) -> Result<(), StoreError> {
        let sql = format!("select {} from {table} order by {key}", columns.join(", "));
        match self {
            Self::Sqlite(db) => {
                let mut statement = db.conn.prepare(&sql)?;
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next()? {
                    each(&Row::Sqlite(row))?;
                }
                Ok(())
            }
            Self::Postgres(db) => db.query_text(&sql, each),
        }
    }

    /// Inserts rows of a backup; names are checked by the caller.
    pub fn load(
        &mut self,
        table: &str,
        columns: &[String],
        rows: &[Vec<OwnedValue>],
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => {
                let places: Vec<String> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
                let mut statement = db.conn.prepare_cached(&format!(
                    "insert into {table} ({}) values ({})",
                    columns.join(", "),
                    places.join(", ")
                ))?;
                for row in rows {
                    for (index, value) in row.iter().enumerate() {
                        statement.raw_bind_parameter(index + 1, value.borrow())?;
                    }
                    statement.raw_execute()?;
                }
                Ok(())
            }
            Self::Postgres(db) => db.load(table, columns, rows),
        }
    }

    /// Takes the failure that makes the whole batch unsafe, if one was seen.
    pub fn take_broken(&mut self) -> Option<StoreError> {
        match self {
            Self::Sqlite(db) => db.broken.take(),
            Self::Postgres(_) => None,
        }
    }
}

/// Where the new row ids of a table come from.
pub(crate) struct IdSource {
    /// The last id in use. SQLite has one writer, so the next one is free.
    last: &'static str,
    /// `$1` numbers of the sequence.
    next: &'static str,
}

/// Declares the [`IdSource`] of a table.
macro_rules! ids_of {
    ($table:literal) => {
        $crate::db::IdSource::new(
            concat!("select coalesce(max(id), 0) from ", $table),
            concat!(
                "select nextval('",
                $table,
                "_id_seq') from generate_series(1::bigint, $1::bigint)"
            ),
        )
    };
}
pub(crate) use ids_of;

impl IdSource {
    pub const fn new(last: &'static str, next: &'static str) -> Self {
        Self { last, next }
    }
}
