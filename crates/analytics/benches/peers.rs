//! The two questions of `benches/peers`, asked of the live base, and how the live base lives.
//!
//! `cargo bench -p vernis-analytics --bench peers -- DIR [THREADS] [--replicate N]` reads the dump in
//! DIR (N times, each time with customers of its own), applies it as events, answers, checks that
//! the second way to each answer agrees, and prints seconds and digests as JSON. What is asked and
//! the canonical text stand in `benches/peers/question.py`. After the questions it trades: what is
//! asked then is compared with a base that remembers nothing.

use serde_json::json;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::hint::black_box;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant as Clock};
use vernis_analytics::dashboard::{Dashboard, dashboard};
use vernis_analytics::metrics::answer::answers;
use vernis_analytics::metrics::series::{Grain, buckets};
use vernis_analytics::metrics::{Metric, all};
use vernis_analytics::rfm::{Cell, Rfm, RfmQuery, rfm, rfm_from_facts};
use vernis_analytics::snapshot::{read_snapshot, write_snapshot};
use vernis_analytics::{Live, LiveBase, Pool, Query};
use vernis_domain::*;

const NO_CUSTOMER: u32 = u32::MAX;
const MONTHS: i32 = 36;
const WINDOW: i32 = 90;
/// Documents per applied event.
const BATCH: usize = 1 << 20;
const RUNS: usize = 15;
/// New purchases before each answer of the living base.
const TRADE: usize = 1000;
/// Purchases committed one by one to measure how soon they are seen.
const SINGLE: usize = 20_000;
/// Of how many single purchases one is followed by a dashboard.
const LOOK_EVERY: usize = 100;
/// Dashboards with and without trade at the same time.
const WATCHES: usize = 100;
/// Pause between those dashboards.
const WATCH_PAUSE: Duration = Duration::from_millis(50);

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

struct Dump {
    customer: Vec<u32>,
    day: Vec<u16>,
    booked_day: Vec<u16>,
    paid: Vec<i32>,
    discount: Vec<i32>,
    store: Vec<u16>,
    kind: Vec<u8>,
}

fn column<T, const N: usize>(dir: &Path, name: &str, of: fn([u8; N]) -> T) -> Fallible<Vec<T>> {
    let bytes = std::fs::read(dir.join(name))?;
    let (values, rest) = bytes.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(format!("{name} is cut").into());
    }
    Ok(values.iter().map(|value| of(*value)).collect())
}

impl Dump {
    fn read(dir: &Path) -> Fallible<Dump> {
        let dump = Dump {
            customer: column(dir, "customer.u32", u32::from_le_bytes)?,
            day: column(dir, "day.u16", u16::from_le_bytes)?,
            booked_day: column(dir, "booked_day.u16", u16::from_le_bytes)?,
            paid: column(dir, "paid.i32", i32::from_le_bytes)?,
            discount: column(dir, "discount.i32", i32::from_le_bytes)?,
            store: column(dir, "store.u16", u16::from_le_bytes)?,
            kind: std::fs::read(dir.join("kind.u8"))?,
        };
        let n = dump.day.len();
        let same = [
            dump.customer.len(),
            dump.booked_day.len(),
            dump.paid.len(),
            dump.discount.len(),
            dump.store.len(),
            dump.kind.len(),
        ];
        if same.iter().any(|&len| len != n) {
            return Err("the columns are not of one length".into());
        }
        Ok(dump)
    }

    /// Hands over the documents of every owner in batches, as the copy with the number `copy`: its
    /// customers and documents have ids of their own. The sale a return belongs to is not in the
    /// dump and is found again (see [`link`]).
    fn batches(&self, copy: usize, mut each: impl FnMut(Vec<Purchase>)) {
        let first_id = (copy * self.day.len()) as i64 + 1;
        let first_customer = copy as i64 * self.owners() + 1;
        let mut batch = Vec::new();
        let mut start = 0;
        while start < self.day.len() {
            let owner = self.customer[start];
            let end = start
                + self.customer[start..]
                    .iter()
                    .take_while(|&&c| c == owner)
                    .count();
            let originals = if owner == NO_CUSTOMER {
                vec![None; end - start]
            } else {
                self.link(start, end)
            };
            for (at, original) in (start..end).zip(originals) {
                let day = Day(i32::from(self.day[at]));
                let id = |at: usize| PurchaseId(first_id + at as i64);
                batch.push(Purchase {
                    id: id(at),
                    customer_id: (owner != NO_CUSTOMER)
                        .then(|| CustomerId(first_customer + i64::from(owner))),
                    kind: if self.kind[at] == 1 {
                        PurchaseKind::Return
                    } else {
                        PurchaseKind::Sale
                    },
                    store_id: StoreId(i64::from(self.store[at]) + 1),
                    channel_id: ChannelId(1),
                    occurred_at: Instant((i64::from(day.0) * 24 + 12) * 3_600_000_000),
                    precision: TimePrecision::Day,
                    local_day: day,
                    paid_minor: i64::from(self.paid[at]),
                    discount_minor: i64::from(self.discount[at]),
                    cost_minor: None,
                    returned_purchase_id: original.map(id),
                    items: Vec::new(),
                });
                if owner == NO_CUSTOMER && batch.len() >= BATCH {
                    each(std::mem::take(&mut batch));
                }
            }
            if batch.len() >= BATCH {
                each(std::mem::take(&mut batch));
            }
            start = end;
        }
        each(batch);
    }

    /// One past the largest number of a customer.
    fn owners(&self) -> i64 {
        let known = self.customer.iter().filter(|&&owner| owner != NO_CUSTOMER);
        known.max().map_or(0, |&owner| i64::from(owner) + 1)
    }

    /// For the documents `start..end` of one customer: the sale each return takes back. A sale that
    /// was taken back whole gets the returns booked on its day whose sums are its own; the others go
    /// to any sale of their day that stays one.
    fn link(&self, start: usize, end: usize) -> Vec<Option<usize>> {
        let mut originals = vec![None; end - start];
        if self.kind[start..end].iter().all(|&kind| kind == 0) {
            return originals;
        }
        for sale in (start..end).filter(|&at| self.kind[at] == 2) {
            let free: Vec<usize> = (start..end)
                .filter(|&at| {
                    self.kind[at] == 1
                        && originals[at - start].is_none()
                        && self.booked_day[at] == self.day[sale]
                })
                .collect();
            // Rarely more than two returns: try all choices of them.
            let choices = 1u32 << free.len().min(16);
            let sum = |choice: u32| -> i64 {
                let chosen = free.iter().enumerate();
                chosen
                    .filter(|(bit, _)| choice >> bit & 1 == 1)
                    .map(|(_, &at)| i64::from(self.paid[at]))
                    .sum()
            };
            let wanted = -i64::from(self.paid[sale]);
            if let Some(choice) = (1..choices).find(|&choice| sum(choice) == wanted) {
                for (bit, &at) in free.iter().enumerate() {
                    if choice >> bit & 1 == 1 {
                        originals[at - start] = Some(sale);
                    }
                }
            }
        }
        for back in (start..end).filter(|&at| self.kind[at] == 1) {
            if originals[back - start].is_none() {
                // The largest sale of that day, so that it stays a sale.
                originals[back - start] = (start..end)
                    .filter(|&at| self.kind[at] == 0 && self.day[at] == self.booked_day[back])
                    .max_by_key(|&at| self.paid[at]);
            }
        }
        originals
    }
}

fn rfm_text(answer: &Rfm) -> String {
    let lines: Vec<String> = Cell::all()
        .zip(&answer.cells)
        .map(|(cell, (customers, revenue))| format!("{cell} {customers} {revenue}"))
        .collect();
    lines.join("\n")
}

fn dashboard_text(answer: &Dashboard) -> String {
    let mut lines = Vec::new();
    let label = |at: usize| answer.buckets[at].0.to_string()[..7].to_owned();
    for at in 0..answer.buckets.len() {
        let (revenue, orders) = (answer.revenue[at], answer.orders[at]);
        let mean = if orders == 0 {
            0
        } else {
            (2 * revenue.abs() + orders) / (2 * orders) * revenue.signum()
        };
        lines.push(format!(
            "{} {revenue} {orders} {mean} {} {} {} {} {}",
            label(at),
            answer.new[at],
            answer.returning[at],
            answer.end[at],
            answer.start[at],
            answer.kept[at]
        ));
    }
    for (cohort, customers) in answer.cohort_customers.iter().enumerate() {
        for (age, count) in customers.iter().enumerate() {
            let money = answer.cohort_revenue[cohort][age];
            lines.push(format!("{}+{age} {count} {money}", label(cohort)));
        }
    }
    lines.join("\n")
}

/// New purchases of the last day: nine of ten by known customers, as a till sends them.
struct Till {
    /// SplitMix64.
    state: u64,
    next_id: i64,
    customers: i64,
    day: Day,
}

impl Till {
    fn below(&mut self, n: u64) -> i64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((u128::from(z ^ (z >> 31))) * u128::from(n)) >> 64) as i64
    }

    fn sell(&mut self, count: usize) -> Event {
        let sales = (0..count).map(|_| {
            self.next_id += 1;
            let known = self.below(10) > 0;
            Purchase {
                id: PurchaseId(self.next_id),
                customer_id: known.then(|| CustomerId(1 + self.below(self.customers as u64))),
                kind: PurchaseKind::Sale,
                store_id: StoreId(1),
                channel_id: ChannelId(1),
                occurred_at: Instant((i64::from(self.day.0) * 24 + 13) * 3_600_000_000),
                precision: TimePrecision::Day,
                local_day: self.day,
                paid_minor: 10_000 + self.below(500_000),
                discount_minor: 0,
                cost_minor: None,
                returned_purchase_id: None,
                items: Vec::new(),
            }
        });
        Event::Purchases(sales.collect())
    }
}

/// The questions as they are asked.
struct Asked {
    board: Query,
    months: Vec<(Day, Day)>,
    cells: RfmQuery,
    /// The page of all metrics: the last month, with both comparisons.
    page: Query,
}

impl Asked {
    fn new(last: Day) -> Asked {
        let end = last.month_start().add_months(1);
        let mut board = Query::new(end.add_months(-MONTHS), end, end.plus(-1));
        board.window_days = WINDOW;
        Asked {
            months: buckets(board.from, board.to, Grain::Month),
            cells: RfmQuery::new(last),
            page: board.over(last.month_start(), end),
            board,
        }
    }

    fn board(&self, base: &LiveBase) -> String {
        dashboard_text(&dashboard(base, &self.board, &self.months))
    }

    fn rfm(&self, base: &LiveBase) -> String {
        rfm_text(&rfm(base, &self.cells))
    }

    fn rfm_kept(&self, base: &LiveBase) -> String {
        rfm_from_facts(base, &self.cells).map_or_else(String::new, |answer| rfm_text(&answer))
    }

    fn page(&self, base: &LiveBase) -> String {
        let metrics: Vec<&'static Metric> = all().iter().collect();
        let lines: Vec<String> = answers(base, &self.page, &metrics)
            .iter()
            .map(|answer| {
                let (key, value) = (answer.metric.spec.key, answer.value.value);
                format!(
                    "{key} {value:?} {:?} {:?}",
                    answer.previous, answer.year_ago
                )
            })
            .collect();
        lines.join("\n")
    }
}

type Ask = fn(&Asked, &LiveBase) -> String;

fn main() -> Fallible<()> {
    // cargo adds `--bench`.
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let (mut copies, mut plain) = (1, Vec::new());
    while let Some(arg) = args.next() {
        if arg == "--replicate" {
            copies = args.next().ok_or("how many times?")?.parse()?;
        } else {
            plain.push(arg);
        }
    }
    let Some(dir) = plain.first() else {
        println!("say where the dump is: -- DIR [THREADS] [--replicate N]");
        return Ok(());
    };
    let threads = plain.get(1).map_or(Ok(2), |threads| threads.parse())?;
    let dump = Dump::read(Path::new(dir))?;
    let last = Day(i32::from(dump.day.iter().copied().max().unwrap_or(0)));
    let documents = dump.day.len() * copies;
    let owners = dump.owners() * copies as i64;
    let live = Live::new(LiveBase::empty(Pool::new(threads)?));
    let started = Clock::now();
    for copy in 0..copies {
        dump.batches(copy, |batch| {
            live.apply(&[Event::Purchases(batch)]);
        });
    }
    live.replace(live.current().compact());
    let load = started.elapsed().as_secs_f64();
    drop(dump);
    let base = live.current();
    let customers = base.customers();
    let memory = base.memory();

    let asked = Asked::new(last);
    let same = || Arc::clone(&base);
    let first = || Arc::new(base.forget());
    let rfm = timed(same, |base| asked.rfm(base));
    let rfm_kept = timed(same, |base| asked.rfm_kept(base));
    if rfm_kept.1 != rfm.1 {
        return Err("RFM from the purchases and from the kept facts differ".into());
    }
    let board = timed(first, |base| asked.board(base));
    let page = timed(first, |base| asked.page(base));
    let start = restart(&base)?;
    drop(base);

    let mut till = Till {
        state: 7,
        next_id: documents as i64,
        customers: owners,
        day: last,
    };
    let board_live = living(&live, &mut till, &asked, Asked::board)?;
    let rfm_live = living(&live, &mut till, &asked, Asked::rfm_kept)?;
    let page_live = living(&live, &mut till, &asked, Asked::page)?;
    let remembered = live.current().memory();
    let visible = visible(&live, &mut till, &asked);
    let quiet = watch(&live, &asked);
    let trading = under_trade(&live, &mut till, || watch(&live, &asked));
    let result = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "threads": threads,
        "copies": copies,
        "customers": customers,
        "documents": documents,
        "load_seconds": round(load),
        "rfm": seconds(rfm),
        "rfm_kept": seconds(rfm_kept),
        "rfm_live": seconds(rfm_live),
        "dashboard": seconds(board),
        "dashboard_live": seconds(board_live),
        "metrics": seconds(page),
        "metrics_live": seconds(page_live),
        "start": start,
        "visible": visible,
        "dashboard_quiet": quiet,
        "dashboard_trading": trading,
        "hot_bytes_per_purchase": tenths(memory.hot_per_purchase()),
        "hot_bytes_per_customer": tenths(memory.hot_per_customer()),
        "remembered_bytes_per_customer": tenths(remembered.memo_bytes as f64 / customers as f64),
        "peak_memory_mb": peak_memory_mb(),
    });
    println!("{result}");
    Ok(())
}

/// Seconds of every run, after one to warm up, and the text of the last. What `prepare` does before
/// each is not counted.
fn timed<B: std::ops::Deref<Target = LiveBase>>(
    prepare: impl Fn() -> B,
    answer: impl Fn(&LiveBase) -> String,
) -> (Vec<f64>, String) {
    let mut text = answer(&prepare());
    let mut seconds = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let base = prepare();
        let started = Clock::now();
        text = answer(&base);
        seconds.push(started.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    (seconds, text)
}

/// Answers that each follow new purchases: nothing can simply be repeated. Every answer must be
/// that of a base that remembers nothing. Applying the purchases is not counted, seeing them is.
fn living(live: &Live, till: &mut Till, asked: &Asked, ask: Ask) -> Fallible<(Vec<f64>, String)> {
    ask(asked, &live.current());
    let mut seconds = Vec::with_capacity(RUNS);
    let mut text = String::new();
    for _ in 0..RUNS {
        live.apply(&[till.sell(TRADE)]);
        let base = live.current();
        let started = Clock::now();
        text = ask(asked, &base);
        seconds.push(started.elapsed().as_secs_f64());
        if text != ask(asked, &base.forget()) {
            return Err("the living answer is not the one computed from nothing".into());
        }
    }
    seconds.sort_by(f64::total_cmp);
    Ok((seconds, text))
}

/// Seconds to write the snapshot to a file and to read it back, and its size. The file lies in the
/// page cache then, as after a restart of the program; it is not sealed here.
fn restart(base: &LiveBase) -> Fallible<serde_json::Value> {
    let path = std::env::temp_dir().join(format!("vernis-peers-{}.snapshot", std::process::id()));
    let started = Clock::now();
    let mut file = BufWriter::new(File::create(&path)?);
    write_snapshot(base, (0, 0), &mut file)?;
    file.flush()?;
    let write = started.elapsed().as_secs_f64();
    let bytes = std::fs::metadata(&path)?.len();
    let started = Clock::now();
    let read = read_snapshot(BufReader::new(File::open(&path)?), base.pool().clone());
    let seconds = started.elapsed().as_secs_f64();
    std::fs::remove_file(&path)?;
    if read?.0.purchases() != base.purchases() {
        return Err("the snapshot lost purchases".into());
    }
    Ok(json!({"write_seconds": round(write), "read_seconds": round(seconds), "mb": bytes >> 20}))
}

/// Purchases committed one by one. `apply`: until every reader who comes sees the purchase in every
/// number. `dashboard`: the first dashboard after it, for one purchase in [`LOOK_EVERY`], with all
/// purchases since the last look in it.
fn visible(live: &Live, till: &mut Till, asked: &Asked) -> serde_json::Value {
    let (mut applied, mut looked) = (Vec::new(), Vec::new());
    asked.board(&live.current());
    for n in 0..SINGLE {
        let event = [till.sell(1)];
        let started = Clock::now();
        live.apply(&event);
        let base = live.current();
        applied.push(started.elapsed().as_secs_f64());
        if n % LOOK_EVERY == 0 {
            black_box(dashboard(&base, &asked.board, &asked.months));
            looked.push(started.elapsed().as_secs_f64());
        }
    }
    json!({
        "purchases": SINGLE,
        "apply": spread(applied),
        "dashboard": spread(looked),
    })
}

/// Dashboards asked one after the other with a pause between them.
fn watch(live: &Live, asked: &Asked) -> serde_json::Value {
    let looks = (0..WATCHES).map(|_| {
        std::thread::sleep(WATCH_PAUSE);
        let started = Clock::now();
        black_box(dashboard(&live.current(), &asked.board, &asked.months));
        started.elapsed().as_secs_f64()
    });
    spread(looks.collect())
}

/// What `look` says while a thread commits a thousand purchases a second, one by one.
fn under_trade<T>(live: &Live, till: &mut Till, look: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let started = Clock::now();
            for n in 0.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let due = Duration::from_millis(n);
                std::thread::sleep(due.saturating_sub(started.elapsed()));
                live.apply(&[till.sell(1)]);
            }
        });
        let seen = look();
        over.store(true, Ordering::Relaxed);
        seen
    })
}

/// Median, 99th of a hundred and worst of some seconds, as milliseconds.
fn spread(mut seconds: Vec<f64>) -> serde_json::Value {
    seconds.sort_by(f64::total_cmp);
    let ms = |share: f64| {
        let at = (seconds.len() as f64 * share) as usize;
        let value = seconds.get(at.min(seconds.len().saturating_sub(1)));
        value.map(|seconds| (seconds * 1e6).round() / 1e3)
    };
    json!({"p50_ms": ms(0.5), "p99_ms": ms(0.99), "worst_ms": ms(1.0)})
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn seconds((seconds, text): (Vec<f64>, String)) -> serde_json::Value {
    json!({
        "median_seconds": round(seconds[seconds.len() / 2]),
        "best_seconds": round(seconds[0]),
        "digest": digest(&text),
    })
}

fn round(seconds: f64) -> f64 {
    (seconds * 1e5).round() / 1e5
}

/// Most memory this process has had, with the purchases it was built from.
fn peak_memory_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

/// First sixteen hex digits of SHA-256, as the peers print.
fn digest(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
