//! A SQLite connection with its prepared statements.

use super::Each;
use crate::StoreError;
use crate::dialect::{Dialect, KeyList};
use crate::value::{Row, Value};
use rusqlite::{CachedStatement, Connection};
use std::collections::HashMap;

/// A SQLite connection with its prepared statements.
pub(crate) struct SqliteDb {
    pub conn: Connection,
    /// Statement texts in SQLite's spelling, by the address of the original: the text is never
    /// hashed or rewritten twice.
    texts: HashMap<(usize, usize), String>,
    /// A failure from below the database seen since the batch began.
    pub broken: Option<StoreError>,
}

impl SqliteDb {
    pub fn new(conn: Connection) -> Self {
        conn.set_prepared_statement_cache_capacity(256);
        Self {
            conn,
            texts: HashMap::new(),
            broken: None,
        }
    }

    fn prepare(&mut self, sql: &'static str) -> Result<CachedStatement<'_>, StoreError> {
        let text = self
            .texts
            .entry((sql.as_ptr() as usize, sql.len()))
            .or_insert_with(|| Dialect::Sqlite.statement(sql));
        Ok(self.conn.prepare_cached(text)?)
    }

    /// Remembers a failure that concerns the whole batch.
    fn watch<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result
            && error.breaks_batch()
        {
            self.broken = Some(match error {
                StoreError::DiskFull => StoreError::DiskFull,
                other => StoreError::Io(other.to_string()),
            });
        }
        result
    }

    pub fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, StoreError> {
        let result = (|| {
            let mut statement = self.prepare(sql)?;
            bind(&mut statement, params)?;
            Ok(statement.raw_execute()? as u64)
        })();
        self.watch(result)
    }

    pub fn query(
        &mut self,
        sql: &'static str,
        params: &[Value],
        each: Each<'_>,
    ) -> Result<(), StoreError> {
        let result = (|| {
            let mut statement = self.prepare(sql)?;
            bind(&mut statement, params)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                each(&Row::Sqlite(row))?;
            }
            Ok(())
        })();
        self.watch(result)
    }

    pub fn by_keys(
        &mut self,
        sql: &'static str,
        keys: KeyList<'_>,
        each: Each<'_>,
    ) -> Result<(), StoreError> {
        let result = (|| {
            let mut statement = self.prepare(sql)?;
            for index in 0..keys.len() {
                bind(&mut statement, &[keys.get(index)])?;
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next()? {
                    each(&Row::Sqlite(row))?;
                }
            }
            Ok(())
        })();
        self.watch(result)
    }

    pub fn insert_many<'v, const N: usize>(
        &mut self,
        sql: &'static str,
        rows: impl Iterator<Item = [Value<'v>; N]>,
        mut inserted: Option<&mut Vec<bool>>,
    ) -> Result<(), StoreError> {
        let result = (|| {
            let mut statement = self.prepare(sql)?;
            for row in rows {
                bind(&mut statement, &row)?;
                let count = statement.raw_execute()?;
                if let Some(inserted) = inserted.as_deref_mut() {
                    inserted.push(count > 0);
                }
            }
            Ok(())
        })();
        self.watch(result)
    }

    pub fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        let result = self.conn.execute_batch(sql).map_err(StoreError::from);
        self.watch(result)
    }
}

fn bind(statement: &mut CachedStatement<'_>, params: &[Value]) -> Result<(), StoreError> {
    for (index, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, value)?;
    }
    Ok(())
}
