//! Writes the demo shop for benches and for looking at it.
//!
//! `cargo run --release -p vernis-app --example demo_dump -- columns DIR CUSTOMERS [SEED]` writes
//! the columns `benches/peers/run.py` reads; `bench-csv FILE …` writes the plain purchases file of
//! the import benches; `files DIR …` writes the files of a small shop; `load DIR …` makes an SQLite
//! base. The day is 2026-11-23.

use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use vernis_app::demo::{self, DemoOptions, DemoShop};
use vernis_domain::Day;
use vernis_store::{Keys, Location, Store};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [what, path, customers, rest @ ..] = args.as_slice() else {
        return Err("say what to write: columns|bench-csv|files|load PATH CUSTOMERS [SEED]".into());
    };
    let today = Day::from_ymd(2026, 11, 23).ok_or("no such day")?;
    let seed = rest.first().map_or(Ok(1), |seed| seed.parse())?;
    let options = DemoOptions {
        customers: customers.parse()?,
        seed,
        today,
    };
    let (path, started) = (Path::new(path), Instant::now());
    let rows = match what.as_str() {
        "columns" => demo::write_columns(&DemoShop::new(options)?, path)?,
        "bench-csv" => {
            let file = std::fs::File::create(path)?;
            demo::write_bench_csv(options, &mut BufWriter::with_capacity(1 << 20, file))?
        }
        "files" => {
            demo::write_csv(&DemoShop::new(options)?, path)?;
            demo::FILES.len() as u64
        }
        "load" => {
            let clock = Arc::new(|| vernis_domain::Instant(1_795_424_400_000_000));
            std::fs::create_dir_all(path)?;
            let keys = Keys::open_or_create(path)?;
            let location = Location::Sqlite(path.to_owned());
            let store = Store::open(location, keys, Box::new(|_| {}), clock)?;
            demo::load(&store, &DemoShop::new(options)?, |_| {})?.purchases_new
        }
        other => {
            return Err(format!("“{other}” is none of columns, bench-csv, files, load").into());
        }
    };
    println!("{rows} rows in {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}
