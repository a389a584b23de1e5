//! The whole measurement, in one run: recording, cards, freshness, dashboards, starts.

use crate::http::{self, Connection};
use crate::load::{self, Load, Make};
use crate::process::Server;
use crate::report;
use crate::shop::Shop;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Alternating runs of both servers; the median counts.
const RUNS: usize = 5;
const CARD: &str = "a card by phone";
/// Time of one load.
const TIME: Duration = Duration::from_secs(4);
/// Rows of the file imported meanwhile.
const FILE_ROWS: u64 = 200_000;

/// Everything about one run.
struct Bench<'a> {
    vernis: &'a Path,
    dir: &'a Path,
    shop: Shop,
    /// Number of the next request.
    number: AtomicU64,
}

/// Measures and writes the table into `page`. `dir` holds `vernis`, the data folder with the demo
/// shop; the peer's copy is made beside it and removed.
///
/// # Errors
/// When a server does not start, or an answer is not what it should be.
pub fn run(vernis: &Path, dir: &Path, page: &Path) -> Result<()> {
    let load_before = report::machine_load();
    let peer_dir = dir.join("peer");
    let bench = Bench {
        vernis,
        dir,
        shop: Shop::prepare(&dir.join("vernis"), &peer_dir)?,
        number: AtomicU64::new(0),
    };
    let text = bench.measure(&peer_dir, &load_before);
    std::fs::remove_dir_all(&peer_dir)?;
    // A load of which nothing was answered has no quantiles.
    let text = text?.replace("NaN", "—");
    print!("{text}");
    report::put(page, &text)
}

/// Measures recording quiet and beside an import and RFM, and prints it: for work on just that.
///
/// # Errors
/// When the server does not start, or an answer is not what it should be.
pub fn tills(vernis: &Path, dir: &Path) -> Result<()> {
    let peer_dir = dir.join("peer");
    let bench = Bench {
        vernis,
        dir,
        shop: Shop::prepare(&dir.join("vernis"), &peer_dir)?,
        number: AtomicU64::new(0),
    };
    std::fs::remove_dir_all(&peer_dir)?;
    let (_, server) = bench.start()?;
    let purchase: Make<'_> = &|n| bench.shop.purchase(n);
    let steady = || bench.steady(server.address, 500.0, purchase);
    let full = || bench.closed(server.address, 16, purchase);
    for (name, load) in [
        ("500/s", &steady as &dyn Fn() -> Result<Load>),
        ("16 clients", &full),
    ] {
        let quiet = load()?;
        let (busy, work) = bench.at_work(server.address, load)?;
        println!(
            "{name}: {:.0}/s p50 {:.2} p99 {:.2} ms quiet; {:.0}/s p50 {:.2} p99 {:.2} ms ({:.1} x) while {work}",
            quiet.rate,
            quiet.p50,
            quiet.p99,
            busy.rate,
            busy.p50,
            busy.p99,
            busy.p99 / quiet.p99
        );
    }
    server.end()
}

impl Bench<'_> {
    fn measure(&self, peer_dir: &Path, load_before: &str) -> Result<String> {
        let (from_snapshot, server) = self.start()?;
        let peer = Server::start(
            Command::new(std::env::current_exe()?)
                .arg("peer")
                .arg(peer_dir),
        )?;
        let session = ask(server.address, &http::get("/session", &self.shop.key))?;

        let mut table = String::from(
            "| over HTTP | Vernis, /s | p50, ms | p99, ms | bare, /s | p50, ms | p99, ms | ratio |\n\
             | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
        );
        let purchase: Make<'_> = &|n| self.shop.purchase(n);
        let card: Make<'_> = &|n| self.shop.card(n);
        for (name, clients, make) in [
            ("`POST /purchases`, durable", 16, purchase),
            ("`POST /purchases`, durable", 256, purchase),
            (CARD, 16, card),
        ] {
            eprintln!("{name}, {clients} clients");
            if name == CARD {
                ask(
                    peer.address,
                    &http::post("/card-index", "", "text/plain", "", b""),
                )?;
            }
            let (own, bare) = self.alternate(server.address, peer.address, clients, make)?;
            writeln!(
                table,
                "| {name}, {clients} clients | {:.0} | {:.2} | {:.2} | {:.0} | {:.2} | {:.2} | {:.2} |",
                own.rate,
                own.p50,
                own.p99,
                bare.rate,
                bare.p50,
                bare.p99,
                own.rate / bare.rate
            )?;
        }
        peer.end()?;

        eprintln!("steady loads");
        let cards = self.steady(server.address, 1_000.0, card)?;
        let quiet = self.steady(server.address, 500.0, purchase)?;
        let quiet_full = self.closed(server.address, 16, purchase)?;
        let (busy, work) = self.at_work(server.address, || {
            self.steady(server.address, 500.0, purchase)
        })?;
        let (busy_full, work_full) =
            self.at_work(server.address, || self.closed(server.address, 16, purchase))?;
        eprintln!("freshness");
        let fresh = self.fresh(server.address)?;
        eprintln!("dashboards");
        let (still, moving, kept_up) = self.dashboards(server.address)?;
        server.end()?;

        eprintln!("starts");
        let (again, server) = self.start()?;
        server.end()?;
        std::fs::remove_file(self.dir.join("vernis/live.snapshot"))?;
        let (rebuilt, server) = self.start()?;
        server.end()?;

        let count = |name: &str| session[name].as_u64().unwrap_or(0);
        Ok(format!(
            "{}, commit {}: {}. Client and both servers share the cores. {} customers, {} documents.\n\n\
             Load of the machine (1, 5, 15 minutes) before the run {load_before}, after it {}; the run \
             itself adds about two.\n\n\
             {table}\n\
             Medians of {RUNS} alternating runs of {} s; a ratio is of the medians. The bare server is \
             axum + rusqlite on a copy of the same file with group commit; it checks no key and seals \
             nothing (`crates/bench/src/peer.rs`).\n\n\
             | alone | p50, ms | p99, ms |\n\
             | --- | ---: | ---: |\n\
             | a card by phone, 1,000/s steady ({:.0}/s answered) | {:.2} | {:.2} |\n\
             | `POST /purchases`, 500/s steady, quiet | {:.2} | {:.2} |\n\
             | the same while {work} | {:.2} | {:.2} ({:.1} × quiet) |\n\
             | `POST /purchases`, 16 clients, quiet ({:.0}/s) | {:.2} | {:.2} |\n\
             | the same while {work_full} ({:.0}/s) | {:.2} | {:.2} ({:.1} × quiet) |\n\
             | dashboard (metrics, 12 months, cohorts), quiet | {:.1} | {:.1} |\n\
             | the same under {:.0} purchases/s | {:.1} ({:.2} × quiet) | {:.1} |\n\n\
             {fresh} purchases one after another, each followed by `GET /metrics`: every answer counted \
             the purchase just recorded.\n\n\
             From the start of the process to the first answered `GET /metrics`: {:.2} and {:.2} s from \
             the snapshot file, {:.1} s when it is gone and everything is rebuilt from SQLite.\n",
            report::said("date", &["-u", "+%F"]),
            report::said("git", &["rev-parse", "--short", "HEAD"]),
            report::machine(),
            count("customers"),
            count("purchases"),
            report::machine_load(),
            TIME.as_secs(),
            cards.rate,
            cards.p50,
            cards.p99,
            quiet.p50,
            quiet.p99,
            busy.p50,
            busy.p99,
            busy.p99 / quiet.p99,
            quiet_full.rate,
            quiet_full.p50,
            quiet_full.p99,
            busy_full.rate,
            busy_full.p50,
            busy_full.p99,
            busy_full.p99 / quiet_full.p99,
            still.0,
            still.1,
            kept_up,
            moving.0,
            moving.0 / still.0,
            moving.1,
            from_snapshot,
            again,
            rebuilt,
        ))
    }

    /// Starts `vernis serve`; seconds to the first answered question about metrics.
    fn start(&self) -> Result<(f64, Server)> {
        let begun = Instant::now();
        let server = Server::start(
            Command::new(self.vernis)
                .args(["serve", "--lang", "en", "--listen", "127.0.0.1:0", "--data"])
                .arg(self.dir.join("vernis")),
        )?;
        ask(server.address, &http::get("/metrics", &self.shop.key))?;
        Ok((begun.elapsed().as_secs_f64(), server))
    }

    fn closed(&self, address: SocketAddr, clients: usize, make: Make<'_>) -> Result<Load> {
        whole(load::closed(address, clients, TIME, &self.number, make))
    }

    fn steady(&self, address: SocketAddr, rate: f64, make: Make<'_>) -> Result<Load> {
        let never = AtomicBool::new(false);
        let time = TIME * 2;
        whole(load::steady(
            address,
            32,
            rate,
            time,
            &never,
            &self.number,
            make,
        ))
    }

    fn alternate(
        &self,
        own: SocketAddr,
        bare: SocketAddr,
        clients: usize,
        make: Make<'_>,
    ) -> Result<(Load, Load)> {
        let mut loads = (Vec::new(), Vec::new());
        for run in 0..RUNS {
            loads.0.push(self.closed(own, clients, make)?);
            loads.1.push(self.closed(bare, clients, make)?);
            eprintln!(
                "  {}: {:.0} and {:.0}/s",
                run + 1,
                loads.0[run].rate,
                loads.1[run].rate
            );
        }
        Ok((median(&loads.0), median(&loads.1)))
    }

    /// A load while RFM is scored anew without a pause and files are imported one after another.
    fn at_work(
        &self,
        address: SocketAddr,
        load: impl FnOnce() -> Result<Load>,
    ) -> Result<(Load, String)> {
        static FILES: AtomicU64 = AtomicU64::new(0);
        let stop = AtomicBool::new(false);
        let (scored, rows) = (AtomicU64::new(0), AtomicU64::new(0));
        let done = std::thread::scope(|scope| {
            let scoring = scope.spawn(|| -> Result<()> {
                while !stop.load(Ordering::Relaxed) {
                    ask(address, &http::get("/rfm", &self.shop.key))?;
                    scored.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            });
            let importing = scope.spawn(|| -> Result<()> {
                while !stop.load(Ordering::Relaxed) {
                    let number = FILES.fetch_add(1, Ordering::Relaxed);
                    rows.fetch_add(self.import(address, number, &stop)?, Ordering::Relaxed);
                }
                Ok(())
            });
            // The upload and its preview are over when the load begins.
            std::thread::sleep(Duration::from_millis(1_500));
            let done = load();
            stop.store(true, Ordering::Relaxed);
            for thread in [scoring, importing] {
                thread.join().ok().context("a worker panicked")??;
            }
            done
        })?;
        let work = format!(
            "RFM is scored anew ({} times) and {} rows are imported",
            scored.into_inner(),
            rows.into_inner()
        );
        Ok((done, work))
    }

    /// Imports a file as the page does; when `stop` is set, ends the import. Rows done.
    fn import(&self, address: SocketAddr, number: u64, stop: &AtomicBool) -> Result<u64> {
        let key = &self.shop.key;
        let mut body = b"--b\r\nContent-Disposition: form-data; name=\"file\"; \
            filename=\"sales.csv\"\r\nContent-Type: text/csv\r\n\r\n"
            .to_vec();
        body.extend(self.shop.file(number, FILE_ROWS));
        body.extend_from_slice(b"\r\n--b--\r\n");
        let kind = "multipart/form-data; boundary=b";
        let uploaded = ask(address, &http::post("/imports", key, kind, "", &body))?;
        let path = format!("/imports/{}", uploaded["id"].as_str().context("an id")?);
        let wanted = json!({
            "dry_run": false, "kind": uploaded["kind"], "mapping": uploaded["mapping"],
            "keep_good_rows": true,
        });
        let post = |path: &str, body: &Value| {
            let text = body.to_string();
            http::post(path, key, "application/json", "", text.as_bytes())
        };
        ask(address, &post(&format!("{path}/run"), &wanted))?;
        let mut cancelled = false;
        loop {
            let import = ask(address, &http::get(&path, key))?;
            if !["checking", "importing"].contains(&import["state"].as_str().unwrap_or_default()) {
                let counts = [&import["result"]["rows"], &import["progress"]["rows_done"]];
                return Ok(counts.iter().find_map(|rows| rows.as_u64()).unwrap_or(0));
            }
            if stop.load(Ordering::Relaxed) && !cancelled {
                ask(address, &post(&format!("{path}/cancel"), &json!({})))?;
                cancelled = true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Records purchases one after another and looks each time whether the number of orders has
    /// grown by it. Their number.
    fn fresh(&self, address: SocketAddr) -> Result<usize> {
        const TIMES: usize = 500;
        let orders = || -> Result<f64> {
            let values = ask(address, &http::get("/metrics", &self.shop.key))?;
            values["items"]
                .as_array()
                .and_then(|items| items.iter().find(|item| item["key"] == "orders"))
                .and_then(|item| item["value"].as_f64())
                .context("the number of orders")
        };
        let before = orders()?;
        for time in 1..=TIMES {
            let n = self.number.fetch_add(1, Ordering::Relaxed);
            ask(address, &self.shop.purchase(n))?;
            let now = orders()?;
            ensure!(
                now == before + time as f64,
                "purchase {time} is not in the number of orders: {before} before, {now} now"
            );
        }
        Ok(TIMES)
    }

    /// The dashboard's median and 99th percentile (ms) quiet and under 1,000 purchases a second,
    /// and the purchases answered a second meanwhile.
    #[allow(clippy::type_complexity)]
    fn dashboards(&self, address: SocketAddr) -> Result<((f64, f64), (f64, f64), f64)> {
        let (mut still, mut moving, mut rates) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..3 {
            self.look(address, TIME, &mut still)?;
            let stop = AtomicBool::new(false);
            let (looked, load) = std::thread::scope(|scope| {
                let load = scope.spawn(|| {
                    let make: Make<'_> = &|n| self.shop.purchase(n);
                    load::steady(address, 32, 1_000.0, TIME, &stop, &self.number, make)
                });
                std::thread::sleep(Duration::from_millis(200));
                let looked = self.look(address, TIME.mul_f64(0.9), &mut moving);
                (looked, load.join())
            });
            looked?;
            rates.push(whole(load.ok().context("a panic")?)?.rate);
        }
        let of = |waits: &mut Vec<Duration>| {
            waits.sort_unstable();
            (load::at(waits, 0.5), load::at(waits, 0.99))
        };
        let rate = rates.iter().sum::<f64>() / rates.len() as f64;
        Ok((of(&mut still), of(&mut moving), rate))
    }

    /// One person who looks at the dashboard again and again.
    fn look(&self, address: SocketAddr, time: Duration, waits: &mut Vec<Duration>) -> Result<()> {
        let mut connection = Connection::open(address)?;
        let requests = [
            "/metrics",
            "/metrics/series?keys=revenue,orders&by=month&from=2025-12-01",
            "/cohorts",
        ]
        .map(|path| http::get(path, &self.shop.key));
        let end = Instant::now() + time;
        while Instant::now() < end {
            let asked = Instant::now();
            for request in &requests {
                let status = connection.ask(request)?.status;
                ensure!(status == 200, "the dashboard answered {status}");
            }
            waits.push(asked.elapsed());
        }
        Ok(())
    }
}

/// The median of each figure.
fn median(loads: &[Load]) -> Load {
    let of = |pick: fn(&Load) -> f64| {
        let mut values: Vec<f64> = loads.iter().map(pick).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Load {
        rate: of(|load| load.rate),
        p50: of(|load| load.p50),
        p99: of(|load| load.p99),
        failed: 0,
    }
}

/// A load of which everything was answered.
fn whole(load: Load) -> Result<Load> {
    ensure!(load.failed == 0, "{} requests failed", load.failed);
    Ok(load)
}

/// Asks once, on a connection of its own.
fn ask(address: SocketAddr, request: &[u8]) -> Result<Value> {
    let mut connection = Connection::open(address)?;
    let answer = connection.ask(request)?;
    let text = String::from_utf8_lossy(answer.body);
    ensure!(
        (200..300).contains(&answer.status),
        "{}: {text}",
        answer.status
    );
    Ok(serde_json::from_str(&text)?)
}
