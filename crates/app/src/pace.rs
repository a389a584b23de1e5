//! The pace at which passwords may be tried. Whoever guesses has to wait longer and longer; the person
//! himself does not, because the browser he signs in with is known: its tries are counted apart
//! (device cookies, after OWASP "Slow Down Online Guessing Attacks with Device Cookies").

use crate::refusal::{Refusal, RefusalKind};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use vernis_domain::{Instant, Text};
use vernis_store::Keys;

/// Wrong passwords taken before waiting begins.
const FREE_TRIES: u32 = 5;
/// First wait, µs; doubles with every further wrong try, up to a quarter of an hour.
const FIRST_WAIT_MICROS: i64 = 2_000_000;
const LONGEST_WAIT_MICROS: i64 = 900_000_000;
/// Counters kept at most; those whose wait is over go first.
const COUNTERS: usize = 10_000;

/// From where a password is tried; each is counted by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum From {
    /// A browser nothing is known of: all of them together, per login.
    Anywhere(String),
    /// The browser with this number, in which this login signed in before.
    Device(String, String),
    /// Somebody who is signed in already and proves it once more.
    Inside(String),
    /// Codes of the second factor, tried from there.
    Codes(Box<From>),
}

impl From {
    /// The same place, for codes of the second factor.
    pub fn of_codes(&self) -> From {
        From::Codes(Box::new(self.clone()))
    }
}

/// Wrong tries so far, and when the next one may come.
#[derive(Default)]
pub(crate) struct Pace(Mutex<HashMap<From, (u32, Instant)>>);

impl Pace {
    fn tries(&self) -> std::sync::MutexGuard<'_, HashMap<From, (u32, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one more try may be made now.
    pub fn check(&self, from: &From, now: Instant) -> Result<(), Refusal> {
        match self.tries().get(from) {
            Some((wrong, next)) if *wrong >= FREE_TRIES && now < *next => Err(Refusal::new(
                RefusalKind::TooMany,
                "too_many_tries",
                Text::new(
                    "Слишком много неверных паролей подряд. Подождите немного и попробуйте ещё раз.",
                    "Too many wrong passwords in a row. Wait a little and try again.",
                ),
            )),
            _ => Ok(()),
        }
    }

    /// A wrong password was tried.
    pub fn wrong(&self, from: From, now: Instant) {
        let mut tries = self.tries();
        if tries.len() > COUNTERS {
            tries.retain(|_, (_, next)| now < *next);
        }
        let (wrong, next) = tries.entry(from).or_insert((0, now));
        *wrong = wrong.saturating_add(1);
        let doublings = wrong.saturating_sub(FREE_TRIES).min(20);
        *next = Instant(now.0 + (FIRST_WAIT_MICROS << doublings).min(LONGEST_WAIT_MICROS));
    }

    /// The right one was.
    pub fn right(&self, from: &From) {
        self.tries().remove(from);
    }
}

/// How often each API key asks: a bucket that fills within a minute.
#[derive(Default)]
pub(crate) struct Rates(Mutex<HashMap<i64, (f64, Instant)>>);

impl Rates {
    /// Takes one request of a key that has `most` a minute.
    pub fn take(&self, key: i64, most: i64, now: Instant) -> Result<(), Refusal> {
        let most = most.max(1) as f64;
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, at) = buckets.entry(key).or_insert((most, now));
        let minutes = now.0.saturating_sub(at.0).max(0) as f64 / 60_000_000.0;
        *left = (*left + minutes * most).min(most);
        *at = now;
        if *left < 1.0 {
            return Err(Refusal::new(
                RefusalKind::TooMany,
                "too_many_requests",
                Text::new(
                    "Ключ спрашивает чаще, чем ему разрешено. Ничего не записано; повторите через минуту.",
                    "The key asks more often than it may. Nothing was recorded; try again in a minute.",
                ),
            ));
        }
        *left -= 1.0;
        Ok(())
    }
}

/// What a browser keeps to be known again: its number and the proof that this shop gave it for this
/// login. It opens nothing; it only has its wrong tries counted apart.
pub(crate) fn mark(keys: &Keys, login: &str, nonce: &str) -> String {
    format!("{nonce}.{}", keys.device_proof(login, nonce).to_hex())
}

/// Where a try for `login` comes from, by what the browser showed.
pub(crate) fn origin(keys: &Keys, login: &str, shown: Option<&str>) -> From {
    let known = shown.and_then(|shown| {
        let (nonce, proof) = shown.split_once('.')?;
        let proof = blake3::Hash::from_hex(proof).ok()?;
        // Compared in constant time.
        (keys.device_proof(login, nonce) == proof).then(|| nonce.to_owned())
    });
    match known {
        Some(nonce) => From::Device(login.to_owned(), nonce),
        None => From::Anywhere(login.to_owned()),
    }
}
