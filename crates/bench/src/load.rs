//! Load: so many clients that ask without a pause, or a fixed number of requests a second. One
//! blocking thread a connection: two system calls a request, and a sleep exact to 0.1 ms.

use crate::http::Connection;
use anyhow::Result;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Makes the n-th request.
pub type Make<'a> = &'a (dyn Fn(u64) -> Vec<u8> + Sync);

/// What a load came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    /// Answers a second.
    pub rate: f64,
    /// Median latency, ms.
    pub p50: f64,
    /// 99th percentile, ms.
    pub p99: f64,
    /// Answers other than 2xx, and broken connections: must be none.
    pub failed: usize,
}

/// `clients` connections, each asking again as soon as it is answered. The first half second warms
/// up and does not count. `number` goes on from load to load, so that no key comes twice.
pub fn closed(
    address: SocketAddr,
    clients: usize,
    time: Duration,
    number: &AtomicU64,
    make: Make<'_>,
) -> Load {
    let begin = Instant::now() + Duration::from_millis(500);
    let end = begin + time;
    gather(clients, time, || {
        let mut connection = Connection::open(address)?;
        let mut seen = Seen::default();
        loop {
            let asked = Instant::now();
            if asked >= end {
                return Ok(seen);
            }
            let request = make(number.fetch_add(1, Ordering::Relaxed));
            let status = connection.ask(&request)?.status;
            let now = Instant::now();
            seen.note(status, now - asked, asked >= begin && now < end);
        }
    })
}

/// `rate` requests a second over `clients` connections, until `time` has passed or `stop` is set. A
/// request's latency counts from the moment it was due, so that a stall is not hidden by requests
/// that were never sent.
pub fn steady(
    address: SocketAddr,
    clients: usize,
    rate: f64,
    time: Duration,
    stop: &AtomicBool,
    number: &AtomicU64,
    make: Make<'_>,
) -> Load {
    let begin = Instant::now() + Duration::from_millis(50);
    let next = AtomicU64::new(0);
    gather(clients, time, || {
        let mut connection = Connection::open(address)?;
        let mut seen = Seen::default();
        loop {
            let after = Duration::from_secs_f64(next.fetch_add(1, Ordering::Relaxed) as f64 / rate);
            if after >= time || stop.load(Ordering::Relaxed) {
                return Ok(seen);
            }
            let due = begin + after;
            let request = make(number.fetch_add(1, Ordering::Relaxed));
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let status = connection.ask(&request)?.status;
            seen.note(status, due.elapsed(), true);
        }
    })
}

#[derive(Default)]
struct Seen {
    waits: Vec<Duration>,
    failed: usize,
}

impl Seen {
    fn note(&mut self, status: u16, wait: Duration, counts: bool) {
        if !(200..300).contains(&status) {
            self.failed += 1;
        } else if counts {
            self.waits.push(wait);
        }
    }
}

fn gather(clients: usize, time: Duration, one: impl Fn() -> Result<Seen> + Sync) -> Load {
    let mut all = Seen::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(&one)).collect();
        for thread in threads {
            match thread.join() {
                Ok(Ok(seen)) => {
                    all.waits.extend(seen.waits);
                    all.failed += seen.failed;
                }
                Ok(Err(_)) | Err(_) => all.failed += 1,
            }
        }
    });
    all.waits.sort_unstable();
    Load {
        rate: all.waits.len() as f64 / time.as_secs_f64(),
        p50: at(&all.waits, 0.5),
        p99: at(&all.waits, 0.99),
        failed: all.failed,
    }
}

/// A quantile of sorted waits, ms.
pub fn at(sorted: &[Duration], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted
        .get((last as f64 * share).round() as usize)
        .map_or(f64::NAN, |wait| wait.as_secs_f64() * 1e3)
}
