//! Rates of the store on this machine: bulk insert, single purchases with group commit, full scan.
//!
//! `cargo run --release -p vernis-store --example rates [ROWS]`; with a PostgreSQL URL in
//! `VERNIS_RATES_POSTGRES` the same on that (empty) database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant as Moment};
use vernis_domain::{
    ChannelId, Contact, ContactKind, Customer, CustomerId, Day, Instant, Line, PurchaseKind,
    StoreId, TimePrecision,
};
use vernis_store::{Keys, Location, NewLine, NewPurchase, OperationKey, Origin, Store, StoreError};

/// Rows of one bulk transaction.
const CHUNK: u64 = 100_000;

fn customer(n: u64) -> Customer {
    let contact = |kind, value: String| Contact {
        kind,
        value,
        source: String::new(),
    };
    Customer {
        id: CustomerId(0),
        last_name: format!("Покупателев{n}"),
        first_name: "Мария".to_owned(),
        middle_name: "Ивановна".to_owned(),
        sex: None,
        birthday: None,
        city: "Казань".to_owned(),
        address: String::new(),
        other_names: Vec::new(),
        contacts: vec![
            contact(ContactKind::Phone, format!("+79{n:09}")),
            contact(ContactKind::Email, format!("p{n}@example.ru")),
        ],
        children: Vec::new(),
        about: vernis_domain::About::default(),
        store_id: Some(StoreId(1)),
        channel_id: Some(ChannelId(1)),
        registered_day: Day(19_000),
        recorded_at: Instant(0),
    }
}

/// A purchase of a spread-out customer; days grow with `n` as in a shop's file.
fn purchase(n: u64, total: u64, customers: u64, operation: OperationKey) -> NewPurchase {
    let day = 18_000 + (n * 1_500 / total.max(1)) as i32;
    let customer = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % customers;
    NewPurchase {
        operation,
        customer_id: Some(CustomerId(customer as i64 + 1)),
        kind: PurchaseKind::Sale,
        store_id: StoreId(1),
        channel_id: ChannelId(1),
        occurred_at: Instant(i64::from(day) * 86_400_000_000),
        precision: TimePrecision::Day,
        local_day: Day(day),
        paid_minor: 100_000 + n as i64 % 5_000,
        discount_minor: 500,
        cost_minor: Some(60_000),
        returned_purchase_id: None,
        import_id: None,
        receipt_no: Some(n.to_string()),
        till: None,
        cashier: None,
        fiscal_drive: None,
        fiscal_document: None,
        fiscal_sign: None,
        lines: Vec::new(),
    }
}

fn line(paid_minor: i64, discount_minor: i64) -> NewLine {
    NewLine::from(Line {
        line_no: 0,
        product_id: None,
        quantity_micro: 1_000_000,
        list_minor: paid_minor + discount_minor,
        paid_minor,
        discount_auto_minor: discount_minor,
        discount_code_minor: 0,
        discount_points_minor: 0,
        discount_manual_minor: 0,
        discount_rounding_minor: 0,
        cost_minor: None,
        returned_line_no: None,
    })
}

fn main() -> Result<(), StoreError> {
    let rows: u64 = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(2_000_000);
    let customers = (rows / 10).max(1_000);
    let dir = std::env::temp_dir().join(format!("vernis-rates-{}", std::process::id()));
    let location = match std::env::var("VERNIS_RATES_POSTGRES") {
        Ok(url) => Location::Postgres(url),
        Err(_) => Location::Sqlite(dir.clone()),
    };
    let store = Store::open(
        location,
        Keys::open_or_create(&dir)?,
        Box::new(|_| {}),
        Arc::new(|| Instant(1_795_424_400_000_000)),
    )?;
    println!("{store:?}, {rows} purchases of {customers} customers");
    store.write(|tx| {
        tx.store_by_code("main", "Магазин", "Europe/Moscow")?;
        tx.channel_by_code("store", "Магазин")?;
        Ok::<_, StoreError>(())
    })?;

    let start = Moment::now();
    for first in (0..customers).step_by(CHUNK as usize) {
        let chunk: Vec<_> = (first..(first + CHUNK).min(customers))
            .map(customer)
            .collect();
        store.write(move |tx| tx.insert_customers(chunk.clone(), Origin::Api))?;
    }
    report(
        "customers in bulk, 7 facts each",
        customers,
        start.elapsed(),
    );

    let start = Moment::now();
    let mut inserting = Duration::ZERO;
    for first in (0..rows).step_by(CHUNK as usize) {
        let chunk: Vec<_> = (first..(first + CHUNK).min(rows))
            .map(|n| {
                let key = OperationKey::dated(
                    "rates",
                    Day(18_000 + (n * 1_500 / rows) as i32),
                    &n.to_string(),
                );
                purchase(n, rows, customers, key)
            })
            .collect();
        let begun = Moment::now();
        store.write(move |tx| tx.insert_purchases(&chunk))?;
        inserting += begun.elapsed();
    }
    report("purchases in bulk, dated keys", rows, inserting);
    report("  the same with making them", rows, start.elapsed());

    let part = rows / 4;
    let mut inserting = Duration::ZERO;
    for first in (0..part).step_by(CHUNK as usize) {
        let chunk: Vec<_> = (first..(first + CHUNK).min(part))
            .map(|n| {
                purchase(
                    n,
                    part,
                    customers,
                    OperationKey::new("random", &n.to_string()),
                )
            })
            .collect();
        let begun = Moment::now();
        store.write(move |tx| tx.insert_purchases(&chunk))?;
        inserting += begun.elapsed();
    }
    report("purchases in bulk, random keys", part, inserting);

    bare(rows, customers)?;

    for submitters in [16, 256] {
        single(&store, submitters, customers);
    }

    let start = Moment::now();
    let mut count = 0;
    store.read(|tx| {
        tx.scan_purchases(|chunk| {
            count += chunk.len() as u64;
            Ok::<_, StoreError>(())
        })
    })?;
    report("purchases scanned", count, start.elapsed());
    let start = Moment::now();
    let mut count = 0;
    store.read(|tx| {
        tx.scan_customers(|chunk| {
            count += chunk.len() as u64;
            Ok::<_, StoreError>(())
        })
    })?;
    report("customers scanned and opened", count, start.elapsed());
    drop(store);
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

/// The same rows, indexes and chunks through bare rusqlite: what the layers above it cost.
fn bare(rows: u64, customers: u64) -> Result<(), StoreError> {
    let path = std::env::temp_dir().join(format!("vernis-bare-{}.db", std::process::id()));
    let mut conn = rusqlite::Connection::open(&path)?;
    conn.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -262144;
         create table purchase (id integer primary key, operation_key blob not null unique,
           kind, customer_id, store_id, channel_id, occurred_at, recorded_at, local_day,
           time_precision, paid_minor, discount_minor, cost_minor, returned_purchase_id, import_id,
           line_count, receipt_no, till, cashier, fiscal_drive, fiscal_document, fiscal_sign);",
    )?;
    let mut time = Duration::ZERO;
    for first in (0..rows).step_by(CHUNK as usize) {
        let chunk: Vec<_> = (first..(first + CHUNK).min(rows))
            .map(|n| {
                let day = 18_000 + (n * 1_500 / rows) as u16;
                let mut key = *blake3::hash(&n.to_le_bytes()).as_bytes();
                key[..2].copy_from_slice(&day.to_be_bytes());
                let customer = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % customers;
                (n, key, customer as i64 + 1, i64::from(day), n.to_string())
            })
            .collect();
        let begun = Moment::now();
        let tx = conn.transaction()?;
        {
            let mut insert = tx.prepare_cached(
                "insert into purchase (id, operation_key, kind, customer_id, store_id, channel_id,
                   occurred_at, recorded_at, local_day, time_precision, paid_minor, discount_minor,
                   cost_minor, line_count, receipt_no)
                 values (?1, ?2, 0, ?3, 1, 1, ?4, ?5, ?6, 2, ?7, 500, 60000, 0, ?8)",
            )?;
            for (n, key, customer, day, receipt) in &chunk {
                insert.execute(rusqlite::params![
                    *n as i64 + 1,
                    &key[..16],
                    customer,
                    day * 86_400_000_000,
                    1_795_424_400_000_000_i64,
                    day,
                    100_000 + *n as i64 % 5_000,
                    receipt
                ])?;
            }
        }
        tx.commit()?;
        time += begun.elapsed();
    }
    report("bare rusqlite, the same rows and indexes", rows, time);
    drop(conn);
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    Ok(())
}

/// Purchases with two lines, each answered durable, from a fixed number of waiting clients.
fn single(store: &Store, submitters: u64, customers: u64) {
    let time = Duration::from_secs(4);
    let number = Arc::new(AtomicU64::new(0));
    let mut slowest = Vec::new();
    let start = Moment::now();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..submitters)
            .map(|_| {
                let number = number.clone();
                scope.spawn(move || {
                    let mut waits = Vec::new();
                    while start.elapsed() < time {
                        let n = number.fetch_add(1, Ordering::Relaxed);
                        let key = OperationKey::new("single", &format!("{submitters}/{n}"));
                        let mut sale = purchase(n, 1 << 40, customers, key);
                        sale.lines = vec![line(sale.paid_minor - 500, 300), line(500, 200)];
                        let begun = Moment::now();
                        let (sender, receiver) = channel();
                        store.submit(
                            move |tx| tx.insert_purchase(&sale),
                            Box::new(move |result: Result<_, StoreError>| {
                                let _ = sender.send(result);
                            }),
                        );
                        if !matches!(receiver.recv(), Ok(Ok(_))) {
                            eprintln!("a purchase was not recorded");
                        }
                        waits.push(begun.elapsed());
                    }
                    waits
                })
            })
            .collect();
        for thread in threads {
            slowest.extend(thread.join().unwrap_or_default());
        }
    });
    slowest.sort_unstable();
    let at =
        |share: f64| slowest[((slowest.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    report(
        &format!("single purchases with 2 lines, {submitters} clients"),
        slowest.len() as u64,
        start.elapsed(),
    );
    println!(
        "  p50 {:.2} ms, p99 {:.2} ms, worst {:.1} ms",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

fn report(what: &str, count: u64, time: Duration) {
    println!(
        "{what}: {:.0}/s ({count} in {:.2} s)",
        count as f64 / time.as_secs_f64(),
        time.as_secs_f64()
    );
}
