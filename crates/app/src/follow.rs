//! Taking in what other processes on the same PostgreSQL commit, without losing sight of what this one
//! has just done: the feed shows rows as they were when it was read, and this program puts its own
//! changes into the live base at once. A reading that an own change has overtaken is thrown away and
//! made again, so that nobody sees his own change undone for a moment.

use crate::App;
use crate::base::rebuild_anew;
use crate::refusal::Refusal;
use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use vernis_analytics::Live;
use vernis_domain::{CustomerId, Event};
use vernis_store::StoreError;

/// How long readings are made again before what was not overtaken in them is shown: a program that
/// changes people without a pause still sees within a second what others do elsewhere.
const AGAIN_FOR: Duration = Duration::from_millis(700);
/// How long what was overtaken waits for a reading that is not.
const WAIT_FOR: Duration = Duration::from_secs(5);
/// Customers noted one by one; from here on, everything counts as changed.
const NOTED_AT_MOST: usize = 100_000;

/// What this program put into the live base since the follower began to read.
pub(crate) struct OwnNews {
    follows: bool,
    since: Mutex<Since>,
}

#[derive(Default)]
struct Since {
    /// Merges, voids, or more people than are noted: whatever is read of may be told wrongly.
    all: bool,
    /// The shop itself, its stores, channels or fields, or who looks after whom.
    settings: bool,
    customers: HashSet<CustomerId>,
}

impl OwnNews {
    /// `follows`: somebody else may work on the same base.
    pub fn new(follows: bool) -> OwnNews {
        OwnNews {
            follows,
            since: Mutex::default(),
        }
    }

    fn since(&self) -> MutexGuard<'_, Since> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts own changes into the live base.
    pub fn apply(&self, live: &Live, events: &[Event]) {
        if !self.follows || events.iter().all(only_adds) {
            live.apply(events);
            return;
        }
        // Held until they are visible: the follower looks here before it shows what it has read.
        let mut since = self.since();
        for event in events {
            match event {
                Event::Links(_) | Event::PurchasesVoided(_) => since.all = true,
                Event::Customers(customers) => since.note(customers.iter().map(|one| one.id)),
                Event::CustomersRemoved(ids) => since.note(ids.iter().copied()),
                event if is_setting(event) => since.settings = true,
                _ => {}
            }
        }
        live.apply(events);
    }

    /// A new reading begins.
    fn begin(&self) {
        *self.since() = Since::default();
    }
}

/// What is told as it stands now: an older telling would take a newer one back.
fn is_setting(event: &Event) -> bool {
    matches!(
        event,
        Event::Shop(_)
            | Event::Stores(_)
            | Event::Channels(_)
            | Event::Fields(_)
            | Event::Managers(_)
    )
}

/// What adds to the base and takes nothing back: told late or twice, it shows the same.
fn only_adds(event: &Event) -> bool {
    matches!(event, Event::Purchases(_) | Event::Products(_))
}

impl Since {
    fn note(&mut self, ids: impl Iterator<Item = CustomerId>) {
        if self.customers.len() < NOTED_AT_MOST {
            self.customers.extend(ids);
        } else {
            self.all = true;
        }
    }

    /// Whether own changes came after what was read of the same thing.
    fn overtook(&self, event: &Event) -> bool {
        match event {
            Event::Links(_) | Event::Purchases(_) => self.all,
            Event::Customers(customers) => {
                self.all || customers.iter().any(|one| self.customers.contains(&one.id))
            }
            event => self.settings && is_setting(event),
        }
    }
}

/// The thread that takes in what other processes commit.
pub(crate) fn follow(app: &Arc<App>) -> Result<std::thread::JoinHandle<()>, Refusal> {
    let (store, live, stop) = (app.store.clone(), app.live.clone(), app.stop.clone());
    let (followed, own) = (app.followed.clone(), app.own.clone());
    let mut position = *followed.lock().unwrap_or_else(PoisonError::into_inner);
    std::thread::Builder::new()
        .name("vernis-follower".to_owned())
        .spawn(move || {
            let mut overtaken_since: Option<Instant> = None;
            while !stop.load(Ordering::Relaxed) {
                own.begin();
                match store.follow(position, Duration::from_millis(500)) {
                    Ok(mut news) => {
                        let since = own.since();
                        if news.events.iter().any(|event| since.overtook(event)) {
                            let waited = overtaken_since.get_or_insert_with(Instant::now).elapsed();
                            if waited < WAIT_FOR {
                                if waited >= AGAIN_FOR {
                                    // The position stays: what is left out now is read again.
                                    news.events.retain(|event| !since.overtook(event));
                                    live.apply(&news.events);
                                }
                                continue;
                            }
                        }
                        overtaken_since = None;
                        if !news.events.is_empty() {
                            live.apply(&news.events);
                        }
                        position = news.position;
                    }
                    Err(StoreError::FeedEpochChanged) => match rebuild_anew(&store, &live) {
                        Ok(at) => position = at,
                        Err(error) => {
                            tracing::error!(%error, "the base could not be rebuilt");
                            std::thread::sleep(Duration::from_secs(1));
                        }
                    },
                    Err(error) => {
                        tracing::warn!(%error, "the change feed does not answer; trying again");
                        std::thread::sleep(Duration::from_secs(1));
                    }
                }
                *followed.lock().unwrap_or_else(PoisonError::into_inner) = position;
            }
        })
        .map_err(Refusal::internal)
}
