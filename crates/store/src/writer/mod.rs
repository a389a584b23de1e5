//! How closures that write reach the database.
//!
//! SQLite has one writer thread with group commit; PostgreSQL has a pool of threads, each closure
//! a transaction of its own. Both run the same [`Job`].

pub(crate) mod checkpoint;
pub(crate) mod postgres;
pub(crate) mod sqlite;
pub(crate) mod turns;

use crate::tx::WriteTx;
use crate::{Keys, StoreError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use turns::Turns;
use vernis_domain::{Event, Instant};

/// What the caller wants to hear when a closure's outcome is on the disk.
pub(crate) type Done<T, E> = Box<dyn FnOnce(Result<T, E>) + Send>;

/// The store's clock.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// Called with the events of everything just committed, before anybody gets his answer.
pub type OnCommit = Box<dyn FnMut(&[Event]) + Send>;

/// What every writing thread needs.
pub(crate) struct Shared {
    pub keys: Keys,
    pub clock: Clock,
    pub on_commit: Mutex<OnCommit>,
    pub turns: Turns,
}

impl Shared {
    /// A job is on its way to a writer.
    pub fn sent(&self, job: &dyn Job) {
        if !job.is_load() {
            self.turns.came();
        }
    }

    /// A writer has taken the job.
    pub fn taken(&self, job: &dyn Job) {
        if !job.is_load() {
            self.turns.served();
        }
    }

    pub fn tell(&self, events: &[Event]) {
        if events.is_empty() {
            return;
        }
        let mut on_commit = match self.on_commit.lock() {
            Ok(guard) => guard,
            Err(poisoned) => poisoned.into_inner(),
        };
        // The data are on the disk; a fault in who takes them in must not turn an answer into a
        // false "failed".
        if catch_unwind(AssertUnwindSafe(|| on_commit(events))).is_err() {
            tracing::error!("taking in committed events panicked; the live base must be rebuilt");
        }
    }
}

/// A closure on its way through a writer.
pub(crate) trait Job: Send {
    /// Whether it is a [load](crate::Store::load): run alone, without a look-up of every parent.
    fn is_load(&self) -> bool;
    /// Runs the closure once (it may be run again) and tells whether its changes are to be kept.
    fn run(&mut self, tx: &mut WriteTx<'_>) -> bool;
    /// Replaces whatever the closure said by a failure of the store.
    fn fail(&mut self, error: StoreError);
    /// Tells the caller.
    fn finish(self: Box<Self>);
}

struct Typed<F, T, E> {
    load: bool,
    closure: F,
    result: Option<Result<T, E>>,
    done: Done<T, E>,
}

/// Wraps a closure as a job.
pub(crate) fn job<T, E, F>(load: bool, closure: F, done: Done<T, E>) -> Box<dyn Job>
where
    F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    Box::new(Typed {
        load,
        closure,
        result: None,
        done,
    })
}

impl<F, T, E> Job for Typed<F, T, E>
where
    F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn is_load(&self) -> bool {
        self.load
    }

    fn run(&mut self, tx: &mut WriteTx<'_>) -> bool {
        let result = catch_unwind(AssertUnwindSafe(|| (self.closure)(tx)))
            .unwrap_or_else(|panic| Err(StoreError::Panicked(panic_text(&*panic)).into()));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn fail(&mut self, error: StoreError) {
        self.result = Some(Err(error.into()));
    }

    fn finish(self: Box<Self>) {
        let result = self
            .result
            .unwrap_or_else(|| Err(StoreError::Closed.into()));
        let done = self.done;
        if catch_unwind(AssertUnwindSafe(|| done(result))).is_err() {
            tracing::error!("an answer's receiver panicked");
        }
    }
}

/// The text of a panic.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no reason given".to_owned())
}
