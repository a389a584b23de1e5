//! Rows per second of the parsing child alone and of the whole import on SQLite.
//!
//! `cargo run --release -p vernis-app --example import_bench -- ROWS CUSTOMERS` (build
//! `--bin vernis-parse-file` of the same profile first: the child is looked for beside this program).

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant as Clock;
use vernis_app::files::{Message, Options, Parser};
use vernis_app::import::{self, CHUNK_ROWS, Job};
use vernis_domain::phone::PhoneRegion;
use vernis_domain::{Currency, Day, Shop, Zone};
use vernis_store::{Keys, Location, NewImport, Store, StoreError};

/// Purchases in order of time, a customer by external id and phone, two stores, some returns.
fn generate(path: &Path, rows: u64, customers: u64) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    writeln!(out, "customer_id;phone;date;store;amount;discount;quantity")?;
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for row in 0..rows {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let random = state >> 33;
        let customer = random % customers;
        let day = Day(17_000 + (row * 3_000 / rows) as i32).date();
        let amount = 1_000 + random % 500_000;
        let sign = if random.is_multiple_of(50) { "-" } else { "" };
        writeln!(
            out,
            "{customer};8916{:07};{:02}.{:02}.{};Магазин {};{sign}{},{:02};;{}",
            1 + customer % 9_999_998,
            day.day(),
            day.month(),
            day.year(),
            random % 2,
            amount / 100,
            amount % 100,
            1 + random % 4,
        )?;
    }
    out.flush()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let number = |at: usize, default: u64| {
        std::env::args()
            .nth(at)
            .and_then(|n| n.parse().ok())
            .unwrap_or(default)
    };
    let (rows, customers) = (number(1, 1_000_000), number(2, 100_000));
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("purchases.csv");
    generate(&file, rows, customers)?;
    println!(
        "{rows} rows, {customers} customers, {} MB",
        std::fs::metadata(&file)?.len() >> 20
    );
    let mut exe = std::env::current_exe()?;
    exe.pop();
    exe.pop();
    exe.push("vernis-parse-file");

    let started = Clock::now();
    let mut parser = Parser::spawn(&exe, File::open(&file)?, &Options::default())?;
    let mut seen = 0;
    while let Some(message) = parser.next_message()? {
        if let Message::Rows(batch) = message {
            seen += batch.len();
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "child alone: {seen} rows in {seconds:.2} s, {:.0} rows/s",
        seen as f64 / seconds
    );

    let now = Zone::new("Europe/Moscow")
        .ok_or("no zone")?
        .noon_of(Day::from_ymd(2026, 11, 23).ok_or("no day")?);
    let base = dir.path().join("base");
    std::fs::create_dir_all(&base)?;
    let store = Store::open(
        Location::Sqlite(base.clone()),
        Keys::open_or_create(&base)?,
        Box::new(|_| {}),
        Arc::new(move || now),
    )?;
    let shop = Shop {
        name: "Bench".into(),
        currency: Currency::new("RUB").ok_or("no currency")?,
        time_zone: "Europe/Moscow".into(),
    };
    let new = NewImport {
        file_name: "purchases.csv".into(),
        size_bytes: 0,
        digest: vec![0; 32],
        state: "importing".into(),
        created_by: None,
    };
    let id = store.write(move |tx| -> Result<_, StoreError> {
        tx.put_shop(&shop)?;
        tx.create_import(&new)
    })?;
    let preview = import::preview(&exe, File::open(&file)?, &Options::default(), None, None)?;
    let job = Job {
        import: id,
        file,
        options: preview.options(),
        kind: preview.kind,
        mapping: preview.mapping(),
        dry_run: false,
        keep_good_rows: true,
        source: "file".into(),
        region: PhoneRegion::RUSSIA,
        exe,
        chunk_rows: CHUNK_ROWS,
    };
    for pass in ["dry run", "import", "the same again"] {
        let dry_run = pass == "dry run";
        let mut job = Job {
            dry_run,
            ..job.clone()
        };
        if pass == "the same again" {
            let new = NewImport {
                file_name: "again".into(),
                size_bytes: 0,
                digest: vec![0; 32],
                state: "importing".into(),
                created_by: None,
            };
            job.import =
                store.write(move |tx| -> Result<_, StoreError> { tx.create_import(&new) })?;
        }
        let started = Clock::now();
        let outcome = import::run(&store, &job, &mut |_| {}, &AtomicBool::new(false))?;
        let seconds = started.elapsed().as_secs_f64();
        let c = &outcome.counts;
        println!(
            "{pass}: {} rows in {seconds:.2} s, {:.0} rows/s; {} purchases, {} known, {} lines, {} customers, {} rejected",
            c.rows,
            c.rows as f64 / seconds,
            c.purchases_new,
            c.purchases_known,
            c.lines_new,
            c.customers_new,
            c.rejected,
        );
    }
    Ok(())
}
