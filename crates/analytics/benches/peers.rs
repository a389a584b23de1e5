//! The two questions of `benches/peers`, asked of the live base.
//!
//! `cargo bench -p vernis-analytics --bench peers -- DIR [THREADS]` reads the dump in DIR, applies
//! it as events, answers, checks that the second way to each answer agrees, and prints seconds and
//! digests as JSON. What is asked and the canonical text stand in `benches/peers/question.py`.

use serde_json::json;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::Instant as Clock;
use vernis_analytics::dashboard::{Dashboard, dashboard};
use vernis_analytics::metrics::series::{Grain, buckets};
use vernis_analytics::rfm::{Cell, Rfm, RfmQuery, rfm, rfm_from_facts};
use vernis_analytics::{Live, LiveBase, Pool, Query};
use vernis_domain::*;

const NO_CUSTOMER: u32 = u32::MAX;
const MONTHS: i32 = 36;
const WINDOW: i32 = 90;
/// Documents per applied event.
const BATCH: usize = 1 << 20;
const RUNS: usize = 15;

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

    /// Documents of every owner; the sale a return belongs to is not in the dump and is found again
    /// (see [`link`]).
    fn purchases(&self) -> Vec<Purchase> {
        let mut all = Vec::with_capacity(self.day.len());
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
                all.push(Purchase {
                    id: PurchaseId(at as i64 + 1),
                    customer_id: (owner != NO_CUSTOMER).then_some(CustomerId(i64::from(owner) + 1)),
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
                    returned_purchase_id: original.map(|at: usize| PurchaseId(at as i64 + 1)),
                });
            }
            start = end;
        }
        all
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

fn main() -> Fallible<()> {
    // cargo adds `--bench`.
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    let Some(dir) = args.first() else {
        println!("say where the dump is: -- DIR [THREADS]");
        return Ok(());
    };
    let threads = args.get(1).map_or(Ok(2), |threads| threads.parse())?;
    let dump = Dump::read(Path::new(dir))?;
    let last = Day(i32::from(dump.day.iter().copied().max().unwrap_or(0)));
    let purchases = dump.purchases();
    drop(dump);
    let documents = purchases.len();
    let live = Live::new(LiveBase::empty(Pool::new(threads)?));
    let started = Clock::now();
    for batch in purchases.chunks(BATCH) {
        live.apply(&[Event::Purchases(batch.to_vec())]);
    }
    live.replace(live.current().compact());
    let load = started.elapsed().as_secs_f64();
    drop(purchases);
    let base = live.current();

    let end = last.month_start().add_months(1);
    let mut query = Query::new(end.add_months(-MONTHS), end, end.plus(-1));
    query.window_days = WINDOW;
    let months = buckets(query.from, query.to, Grain::Month);
    let cells = RfmQuery::new(last);
    let from_facts = rfm_text(&rfm_from_facts(&base, &cells).ok_or("no kept facts")?);
    let rfm = timed(|| rfm_text(&rfm(&base, &cells)));
    if from_facts != rfm.1 {
        return Err("RFM from the purchases and from the kept facts differ".into());
    }
    let facts = timed(|| {
        rfm_from_facts(&base, &cells)
            .as_ref()
            .map_or_else(String::new, rfm_text)
    });
    let board = timed(|| dashboard_text(&dashboard(&base, &query, &months)));
    let result = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "threads": base.pool().threads(),
        "customers": base.customers(),
        "documents": documents,
        "load_seconds": round(load),
        "rfm": seconds(rfm),
        "rfm_kept": seconds(facts),
        "dashboard": seconds(board),
        "peak_memory_mb": peak_memory_mb(),
    });
    println!("{result}");
    Ok(())
}

/// Seconds of every run, after one to warm up, and the text of the last.
fn timed(mut answer: impl FnMut() -> String) -> (Vec<f64>, String) {
    let mut text = answer();
    let mut seconds = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let started = Clock::now();
        text = answer();
        seconds.push(started.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    (seconds, text)
}

fn seconds((seconds, text): (Vec<f64>, String)) -> serde_json::Value {
    json!({
        "median_seconds": round(seconds[seconds.len() / 2]),
        "best_seconds": round(seconds[0]),
        "digest": digest(&text),
    })
}

fn round(seconds: f64) -> f64 {
    (seconds * 1e4).round() / 1e4
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
