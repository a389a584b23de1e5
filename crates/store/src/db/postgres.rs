//! A PostgreSQL connection with its prepared statements.
//!
//! The synchronous client drives its own small runtime, so a connection is only ever used on
//! threads of the store's own, never on a thread of somebody's async runtime.

use super::Each;
use crate::StoreError;
use crate::dialect::{Dialect, Insert, KeyList, Kind};
use crate::value::{OwnedValue, Row, Value};
use postgres::binary_copy::BinaryCopyInWriter;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{ToSql, Type};
use postgres::{Client, Statement};
use std::collections::{HashMap, HashSet};

/// A PostgreSQL connection with its prepared statements.
pub(crate) struct PostgresDb {
    pub client: Client,
    statements: HashMap<(usize, usize), Statement>,
    /// A conflict with another transaction was seen: the closure is to be run again.
    pub conflict: bool,
    /// A unique value was taken, perhaps by a transaction this snapshot does not see: the next
    /// attempt sees it and decides properly.
    pub taken: bool,
    /// The connection was lost.
    pub lost: bool,
}

impl PostgresDb {
    pub fn new(client: Client) -> Self {
        Self {
            client,
            statements: HashMap::new(),
            conflict: false,
            taken: false,
            lost: false,
        }
    }

    fn prepare(&mut self, sql: &'static str) -> Result<Statement, StoreError> {
        let key = (sql.as_ptr() as usize, sql.len());
        if let Some(statement) = self.statements.get(&key) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&Dialect::Postgres.statement(sql))?;
        self.statements.insert(key, statement.clone());
        Ok(statement)
    }

    /// Remembers why the transaction has to be run again.
    fn watch<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        match &result {
            Err(StoreError::Contended) => self.conflict = true,
            Err(StoreError::Unique(_)) => self.taken = true,
            Err(StoreError::Connection(_)) => self.lost = true,
            _ => {}
        }
        result
    }

    pub fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, StoreError> {
        let result = (|| {
            let statement = self.prepare(sql)?;
            let params: Vec<&(dyn ToSql + Sync)> = params
                .iter()
                .map(|value| value as &(dyn ToSql + Sync))
                .collect();
            Ok(self.client.execute(&statement, &params)?)
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
            let statement = self.prepare(sql)?;
            let mut rows = self.client.query_raw(&statement, params.iter())?;
            while let Some(row) = rows.next()? {
                each(&Row::Postgres(&row))?;
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
            let statement = self.prepare(sql)?;
            let digests: Vec<&[u8]>;
            let list: &(dyn ToSql + Sync) = match &keys {
                KeyList::Ints(keys) => keys,
                KeyList::Texts(keys) => keys,
                KeyList::Digests(keys) => {
                    digests = keys.iter().map(|key| &key[..]).collect();
                    &digests
                }
            };
            let mut rows = self.client.query_raw(&statement, [list])?;
            while let Some(row) = rows.next()? {
                each(&Row::Postgres(&row))?;
            }
            Ok(())
        })();
        self.watch(result)
    }

    pub fn insert_many<'v, const N: usize>(
        &mut self,
        table: &'static Insert<N>,
        rows: impl ExactSizeIterator<Item = [Value<'v>; N]>,
    ) -> Result<(), StoreError> {
        // A COPY needs its own round trips: for a few rows plain inserts are faster.
        if rows.len() < 8 {
            for row in rows {
                self.execute(table.sql, &row)?;
            }
            return Ok(());
        }
        let result = copy(&mut self.client, table, rows);
        self.watch(result)
    }

    pub fn insert_new<'v, const N: usize>(
        &mut self,
        table: &'static Insert<N>,
        existing: &'static str,
        rows: impl ExactSizeIterator<Item = [Value<'v>; N]>,
    ) -> Result<Vec<bool>, StoreError> {
        if rows.len() < 8 {
            let mut inserted = Vec::with_capacity(rows.len());
            for row in rows {
                inserted.push(self.execute(table.keep_sql, &row)? > 0);
            }
            return Ok(inserted);
        }
        let rows: Vec<[Value<'v>; N]> = rows.collect();
        let keys = rows
            .iter()
            .map(|row| match row[table.key] {
                Value::Bytes(key) => key
                    .try_into()
                    .map_err(|_| StoreError::Invalid("a key must have 16 bytes".to_owned())),
                _ => Err(StoreError::Invalid("a key must be bytes".to_owned())),
            })
            .collect::<Result<Vec<[u8; 16]>, _>>()?;
        let mut seen: HashSet<[u8; 16]> = HashSet::with_capacity(rows.len());
        self.by_keys(existing, KeyList::Digests(&keys), &mut |row| {
            seen.insert(row.array(0)?);
            Ok(())
        })?;
        let inserted: Vec<bool> = keys.iter().map(|key| seen.insert(*key)).collect();
        let new: Vec<[Value<'v>; N]> = rows
            .into_iter()
            .zip(&inserted)
            .filter_map(|(row, new)| new.then_some(row))
            .collect();
        self.insert_many(table, new.into_iter())?;
        Ok(inserted)
    }

    /// A query whose text is made by a backup.
    pub fn query_text(&mut self, sql: &str, each: Each<'_>) -> Result<(), StoreError> {
        let none: [&str; 0] = [];
        let mut rows = self.client.query_raw(sql, none)?;
        while let Some(row) = rows.next()? {
            each(&Row::Postgres(&row))?;
        }
        Ok(())
    }

    /// Copies rows of a backup in.
    pub fn load(
        &mut self,
        table: &str,
        columns: &[String],
        rows: &[Vec<OwnedValue>],
    ) -> Result<(), StoreError> {
        let columns = columns.join(", ");
        let described = self
            .client
            .prepare(&format!("select {columns} from {table} limit 0"))?;
        let types: Vec<Type> = described
            .columns()
            .iter()
            .map(|column| column.type_().clone())
            .collect();
        let sql = format!("copy {table} ({columns}) from stdin (format binary)");
        let mut writer = BinaryCopyInWriter::new(self.client.copy_in(&sql)?, &types);
        for row in rows {
            let values: Vec<Value<'_>> = row.iter().map(OwnedValue::borrow).collect();
            writer.write_raw(values.iter())?;
        }
        writer.finish()?;
        Ok(())
    }

    pub fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        let result = self.client.batch_execute(sql).map_err(StoreError::from);
        self.watch(result)
    }
}

fn copy<'v, const N: usize>(
    client: &mut Client,
    table: &Insert<N>,
    rows: impl Iterator<Item = [Value<'v>; N]>,
) -> Result<(), StoreError> {
    let types: Vec<Type> = table
        .columns
        .iter()
        .map(|(_, kind)| pg_type(*kind))
        .collect();
    let columns: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let sql = format!(
        "copy {} ({}) from stdin (format binary)",
        table.table,
        columns.join(", ")
    );
    let mut writer = BinaryCopyInWriter::new(client.copy_in(&sql)?, &types);
    for row in rows {
        writer.write_raw(row.iter())?;
    }
    writer.finish()?;
    Ok(())
}

pub(crate) fn pg_type(kind: Kind) -> Type {
    match kind {
        Kind::Int => Type::INT8,
        Kind::Text => Type::TEXT,
        Kind::Bytes => Type::BYTEA,
    }
}
