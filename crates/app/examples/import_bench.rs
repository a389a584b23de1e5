//! The import of a shop's purchases, from the file to the numbers: rows per second of the parsing
//! child alone, of the whole import on SQLite (and PostgreSQL), and of bare SQLite given the same
//! rows. Prints JSON; `benches/import` builds what it needs, runs it and writes its table.
//!
//! `import_bench DIR [ROWS [ROUNDS]]`: works under DIR (removed at the end), 10 purchases to a
//! customer. With an empty database's URL in `VERNIS_BENCH_POSTGRES` the last round imports there
//! too. Programs looked for: `vernis-parse-file` one folder up, the example `bare` beside this one.

use serde_json::{Value, json};
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Instant as Clock;
use vernis_app::command_imports::CommandImport;
use vernis_app::environment::{Randomness, frozen_clock};
use vernis_app::files::{self, Message, Parser};
use vernis_app::import::End;
use vernis_app::imports::LookAgain;
use vernis_app::{App, Options};
use vernis_domain::{Day, Zone};

type Fallible<T> = Result<T, Box<dyn Error>>;

/// Receipts in order of time, each of some customer known by id and phone; five stores, one
/// receipt in fifty a return, one in ten with a discount.
fn generate(path: &Path, rows: u64, customers: u64) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    writeln!(
        out,
        "receipt;date;time;store;customer_id;phone;amount;discount"
    )?;
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for row in 0..rows {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let random = state >> 33;
        let customer = random % customers;
        let day = Day(17_000 + (row * 3_000 / rows) as i32).date();
        // A shop is open from nine to nine.
        let second = 32_400 + random / 7 % 43_200;
        let amount = 1_000 + random % 500_000;
        let sign = if random.is_multiple_of(50) { "-" } else { "" };
        let discount = if random.is_multiple_of(10) {
            amount / 20
        } else {
            0
        };
        writeln!(
            out,
            "{};{:02}.{:02}.{};{:02}:{:02}:{:02};Магазин {};{};8 (916) {:03}-{:02}-{:02};{sign}{},{:02};{},{:02}",
            row + 1,
            day.day(),
            day.month(),
            day.year(),
            second / 3_600,
            second / 60 % 60,
            second % 60,
            random % 5,
            customer + 1,
            (customer + 1) / 10_000 % 1_000,
            (customer + 1) / 100 % 100,
            (customer + 1) % 100,
            amount / 100,
            amount % 100,
            discount / 100,
            discount % 100,
        )?;
    }
    out.flush()
}

/// Wall clock and processor seconds (user and system; of this process and of children waited for).
struct Watch {
    clock: Clock,
    processor: f64,
}

impl Watch {
    fn start() -> Watch {
        Watch {
            clock: Clock::now(),
            processor: processor_seconds(),
        }
    }

    fn stop(&self, rows: u64) -> Value {
        let seconds = self.clock.elapsed().as_secs_f64();
        json!({
            "rows": rows,
            "seconds": round(seconds),
            "processor_seconds": round(processor_seconds() - self.processor),
            "rows_per_second": (rows as f64 / seconds) as u64,
        })
    }
}

fn round(seconds: f64) -> f64 {
    (seconds * 100.0).round() / 100.0
}

/// What the kernel has charged this process and its children, in its ticks of 10 ms.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the program's name in brackets; utime, stime, cutime and cstime are fields 14 to 17.
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    let ticks: u64 = fields
        .split(' ')
        .skip(11)
        .take(4)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    ticks as f64 / 100.0
}

fn child_alone(program: &Path, file: &Path) -> Fallible<Value> {
    let watch = Watch::start();
    let mut parser = Parser::spawn(program, File::open(file)?, &files::Options::default())?;
    let mut rows = 0;
    while let Some(message) = parser.next_message()? {
        if let Message::Rows(batch) = message {
            rows += batch.len() as u64;
        }
    }
    drop(parser);
    Ok(watch.stop(rows))
}

/// The import as `vernis import` runs it; what is measured ends when everything is on the disk and
/// in the live base. Then the same file again, which must change nothing, and `verify`.
fn import(
    program: &Path,
    file: &Path,
    data_dir: &Path,
    url: Option<String>,
    rows: u64,
) -> Fallible<Value> {
    let now = Zone::new("Europe/Moscow")
        .ok_or("no zone")?
        .noon_of(Day::from_ymd(2026, 11, 23).ok_or("no day")?);
    let app = App::open(Options {
        data_dir: data_dir.to_owned(),
        database_url: url,
        clock: frozen_clock(now),
        randomness: Randomness::system(),
        kernel_threads: 0,
        program: program.to_owned(),
    })
    .map_err(|refusal| refusal.detail.en)?;
    if app.whole_base().purchases() > 0 {
        return Err("the database is not empty".into());
    }
    let mut measured = Vec::new();
    for again in [false, true] {
        let watch = Watch::start();
        let preview = app
            .look_at_file(file, &LookAgain::default())
            .map_err(|refusal| refusal.detail.en)?;
        let (_, outcome) = app
            .run_command_import(
                CommandImport {
                    file,
                    preview: &preview,
                    dry_run: false,
                    keep_good_rows: true,
                },
                &mut |_| {},
                &AtomicBool::new(false),
            )
            .map_err(|refusal| refusal.detail.en)?;
        let base = app.whole_base();
        measured.push(watch.stop(rows));
        let counts = outcome.counts;
        let new = if again { 0 } else { rows };
        let as_wanted = outcome.end == End::Done
            && counts.purchases_new == new
            && counts.rejected == 0
            && base.purchases() as u64 == rows;
        if !as_wanted {
            return Err(format!("not as wanted: {:?}, {counts:?}", outcome.end).into());
        }
    }
    let findings = app.verify().map_err(|refusal| refusal.detail.en)?.findings;
    if !findings.is_empty() {
        return Err(findings.join("\n").into());
    }
    let customers = app.whole_base().customers();
    app.stop();
    let again = measured.pop();
    Ok(json!({ "import": measured.pop(), "again": again, "customers": customers }))
}

/// The rows of an imported base, put into a bare one by a program of the store's.
fn bare(program: &Path, data_dir: &Path) -> Fallible<Value> {
    let output = Command::new(program).arg(data_dir).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn main() -> Fallible<()> {
    let mut arguments = std::env::args().skip(1);
    let dir = PathBuf::from(arguments.next().ok_or("say where to work: DIR")?);
    let mut number = |default: u64| match arguments.next() {
        Some(text) => text.parse(),
        None => Ok(default),
    };
    let (rows, rounds) = (number(10_000_000)?, number(1)?);
    let customers = (rows / 10).max(1);
    if dir.exists() {
        return Err(format!("{} is there already", dir.display()).into());
    }
    std::fs::create_dir_all(&dir)?;
    let file = dir.join("purchases.csv");
    generate(&file, rows, customers)?;
    let beside = std::env::current_exe()?;
    let examples = beside.parent().ok_or("no folder")?;
    let child = examples
        .parent()
        .ok_or("no folder")?
        .join("vernis-parse-file");
    let mut all = Vec::new();
    for number in 1..=rounds {
        let base = dir.join("base");
        let mut round = json!({ "child_alone": child_alone(&child, &file)? });
        round["sqlite"] = import(&child, &file, &base, None, rows)?;
        round["bare_sqlite"] = bare(&examples.join("bare"), &base)?;
        std::fs::remove_dir_all(&base)?;
        let url = std::env::var("VERNIS_BENCH_POSTGRES").ok();
        if number == rounds && url.is_some() {
            round["postgres"] = import(&child, &file, &base, url, rows)?;
        }
        all.push(round);
    }
    let megabytes = std::fs::metadata(&file)?.len() >> 20;
    std::fs::remove_dir_all(&dir)?;
    let result =
        json!({ "rows": rows, "customers": customers, "file_mb": megabytes, "rounds": all });
    println!("{result:#}");
    Ok(())
}
