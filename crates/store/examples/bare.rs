//! What SQLite alone makes of an import: the rows of an imported base once more, into the same
//! tables and indexes, by bare rusqlite with prepared statements, `synchronous = FULL`, one
//! transaction for each chunk of the import. Reading the rows does not
//! count. Prints JSON.
//!
//! `bare DATA_DIR`, where nobody has DATA_DIR's base open.

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

/// A table and the statement that reads the rows of one chunk: customers from `?1` to `?2`,
/// purchases from `?3` to `?4`.
const TABLES: [(&str, &str); 6] = [
    ("customer", "where id between ?1 and ?2 order by id"),
    (
        "person_key",
        "where customer_id between ?1 and ?2 order by customer_id",
    ),
    (
        "customer_value",
        "where customer_id between ?1 and ?2 order by customer_id, id",
    ),
    // Read from a copy that has an index by customer; in the order the import wrote them.
    (
        "identifier",
        "where customer_id between ?1 and ?2 order by customer_id, rowid",
    ),
    ("purchase", "where id between ?3 and ?4 order by id"),
    (
        "purchase_line",
        "where purchase_id between ?3 and ?4 order by purchase_id, line_no",
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let dir = std::env::args().nth(1).ok_or("say which data folder")?;
    let dir = Path::new(&dir);
    let source = Connection::open_with_flags(
        dir.join("vernis.db"),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    source.execute_batch(
        "create temp table identifier as select * from main.identifier;
         create index temp.identifier_customer on identifier (customer_id);",
    )?;
    let path = dir.join("bare.db");
    let mut bare = Connection::open(&path)?;
    bare.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -262144;
         pragma foreign_keys = off;",
    )?;
    let mut schema = source.prepare(
        "select sql from main.sqlite_master
         where type in ('table', 'index') and sql is not null and name not like 'sqlite_%'",
    )?;
    for sql in schema.query_map([], |row| row.get::<_, String>(0))? {
        bare.execute_batch(&sql?)?;
    }
    let everything = [0, i64::MAX, 0, i64::MAX];
    for table in ["store", "channel", "product"] {
        write(
            &bare,
            table,
            &read(&source, &format!("select * from {table}"), everything)?,
        )?;
    }
    let mut chunks = source.prepare(
        "select coalesce(first_customer_id, 0), coalesce(last_customer_id, -1),
           coalesce(first_purchase_id, 0), coalesce(last_purchase_id, -1)
         from import_chunk order by import_id, chunk_no",
    )?;
    let chunks = chunks
        .query_map([], |row| {
            Ok([row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let mut rows = [0_u64; TABLES.len()];
    let (mut time, mut processor_time) = (Duration::ZERO, Duration::ZERO);
    for ids in chunks {
        let mut chunk = Vec::with_capacity(TABLES.len());
        for (table, tail) in TABLES {
            chunk.push(read(
                &source,
                &format!("select * from {table} {tail}"),
                ids,
            )?);
        }
        let (begun, processor_then) = (Instant::now(), processor());
        let tx = bare.transaction()?;
        for (((table, _), of_table), count) in TABLES.iter().zip(&chunk).zip(&mut rows) {
            write(&tx, table, of_table)?;
            *count += of_table.len() as u64;
        }
        tx.commit()?;
        time += begun.elapsed();
        processor_time += processor() - processor_then;
    }
    let [customers, _, values, identifiers, purchases, lines] = rows;
    println!(
        "{{\"rows\": {purchases}, \"lines\": {lines}, \"customers\": {customers}, \
         \"values\": {values}, \"identifiers\": {identifiers}, \"seconds\": {:.2}, \
         \"processor_seconds\": {:.2}, \"rows_per_second\": {:.0}}}",
        time.as_secs_f64(),
        processor_time.as_secs_f64(),
        purchases as f64 / time.as_secs_f64()
    );
    drop(bare);
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    Ok(())
}

/// Time on the processor of this one thread, as the kernel counts it in nanoseconds.
fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split(' ').next().and_then(|field| field.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

fn write(bare: &Connection, table: &str, rows: &[Vec<Value>]) -> rusqlite::Result<()> {
    let Some(first) = rows.first() else {
        return Ok(());
    };
    let places: Vec<String> = (1..=first.len()).map(|n| format!("?{n}")).collect();
    let sql = format!("insert into {table} values ({})", places.join(", "));
    let mut insert = bare.prepare_cached(&sql)?;
    for row in rows {
        insert.execute(params_from_iter(row))?;
    }
    Ok(())
}

fn read(source: &Connection, sql: &str, ids: [i64; 4]) -> rusqlite::Result<Vec<Vec<Value>>> {
    let mut statement = source.prepare_cached(sql)?;
    let columns = statement.column_count();
    // A statement uses some of the four numbers; SQLite counts places up to the highest.
    let used = statement.parameter_count();
    statement
        .query_map(params_from_iter(&ids[..used]), |row| {
            (0..columns).map(|column| row.get(column)).collect()
        })?
        .collect()
}
