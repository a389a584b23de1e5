//! The store itself: opening, writing, reading.

use crate::db::Db;
use crate::location::Location;
use crate::reader::Readers;
use crate::tx::{ReadTx, WriteTx};
use crate::writer::turns::Turns;
use crate::writer::{self, Clock, Done, Job, OnCommit, Shared};
use crate::{Keys, PublicIds, StoreError, gates, key_check, migrate};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use vernis_domain::Instant;

/// Writing threads (and connections) of PostgreSQL.
const POSTGRES_WRITERS: usize = 8;

/// The truth of one shop. Cheap to clone; the last clone closes it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    location: Location,
    shared: Arc<Shared>,
    readers: Readers,
    /// `None` only while closing.
    jobs: Option<Sender<Box<dyn Job>>>,
    threads: Vec<JoinHandle<()>>,
    /// Held so that no other process opens the same SQLite base.
    _lock: Option<std::fs::File>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.inner.location {
            Location::Sqlite(_) => "Store(SQLite)",
            Location::Postgres(_) => "Store(PostgreSQL)",
        })
    }
}

impl Store {
    /// Opens the base, brings its schema up, and starts the writing threads.
    ///
    /// Refuses with one plain sentence when a start gate fails or the master key is another one.
    /// `on_commit` is called with the events of everything committed here, before the answers.
    pub fn open(
        location: Location,
        keys: Keys,
        on_commit: OnCommit,
        clock: Clock,
    ) -> Result<Store, StoreError> {
        let shared = Arc::new(Shared {
            keys,
            clock,
            on_commit: Mutex::new(on_commit),
            turns: Turns::new(),
        });
        let (sender, receiver) = channel();
        let (lock, threads) = match &location {
            Location::Sqlite(dir) => {
                std::fs::create_dir_all(dir)?;
                let lock = gates::lock(dir)?;
                let mut db = gates::open_sqlite_writer(dir)?;
                migrate::copy_before(&mut db, dir)?;
                prepare(&mut db, &shared)?;
                (Some(lock), start_sqlite(dir, db, &shared, receiver)?)
            }
            Location::Postgres(url) => {
                on_own_thread(|| {
                    let mut db = gates::open_postgres(url)?;
                    gates::check_postgres(&mut db)?;
                    prepare(&mut db, &shared)
                })?;
                (None, start_postgres(url, &shared, receiver)?)
            }
        };
        Ok(Store {
            inner: Arc::new(Inner {
                readers: Readers::new(location.clone()),
                location,
                shared,
                jobs: Some(sender),
                threads,
                _lock: lock,
            }),
        })
    }

    /// Where the truth lies.
    pub fn location(&self) -> &Location {
        &self.inner.location
    }

    /// Public ids of this instance.
    pub fn public_ids(&self) -> &PublicIds {
        self.inner.shared.keys.public_ids()
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.inner.shared.keys
    }

    /// The time of the store's clock.
    pub fn now(&self) -> Instant {
        (self.inner.shared.clock)()
    }

    /// Runs a use case and waits until it is on the disk.
    ///
    /// The closure may be run more than once (another transaction was in the way, the disk was
    /// full for a neighbour), so it must not take anything out of its captures and must not go on
    /// after an error of the store: return it. It is bounded in time (imports go in chunks) and
    /// never reads the live base, which lacks the earlier closures of the same batch. A panic
    /// takes its changes back and becomes [`StoreError::Panicked`].
    pub fn write<T, E, F>(&self, closure: F) -> Result<T, E>
    where
        F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.wait(false, closure)
    }

    /// [`Store::write`] for tens of thousands of rows at once (a chunk of an import), in a
    /// transaction of their own.
    ///
    /// On SQLite foreign keys are not looked up row by row, which would take a quarter of the
    /// time: the closure names only parents that it has read or made, in this transaction or an
    /// earlier one. Rows that others refer to are never removed, and `verify` checks every
    /// reference.
    ///
    /// The closure works in steps of [`Store::load_step_rows`] and asks
    /// [`WriteTx::turn_is_over`] after each: what is left goes into the next load.
    pub fn load<T, E, F>(&self, closure: F) -> Result<T, E>
    where
        F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.wait(true, closure)
    }

    /// Rows of one step of a load, at this moment: few where everybody waits for one writer, and
    /// fewest while others come; many where a step is a bulk copy and nobody waits.
    pub fn load_step_rows(&self) -> usize {
        match self.inner.location {
            Location::Sqlite(_) if self.inner.shared.turns.are_shared() => 16,
            Location::Sqlite(_) => 64,
            Location::Postgres(_) => 8_192,
        }
    }

    fn wait<T, E, F>(&self, load: bool, closure: F) -> Result<T, E>
    where
        F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (sender, receiver) = channel();
        let done = move |result| {
            // The receiver waits below; it cannot be gone.
            let _ = sender.send(result);
        };
        self.hand_over(writer::job(load, closure, Box::new(done)));
        receiver
            .recv()
            .unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Like [`Store::write`], without waiting: `done` is called (on a thread of the store, so it
    /// must be short) when the outcome is on the disk.
    pub fn submit<T, E, F>(&self, closure: F, done: Done<T, E>)
    where
        F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.hand_over(writer::job(false, closure, done));
    }

    fn hand_over(&self, mut job: Box<dyn Job>) {
        match &self.inner.jobs {
            Some(jobs) => {
                self.inner.shared.sent(&*job);
                if let Err(refused) = jobs.send(job) {
                    let mut job = refused.0;
                    job.fail(StoreError::Closed);
                    job.finish();
                }
            }
            None => {
                job.fail(StoreError::Closed);
                job.finish();
            }
        }
    }

    /// Reads one consistent snapshot. Blocks the calling thread; a thread of an async runtime
    /// calls it through `spawn_blocking`.
    pub fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut ReadTx<'_>) -> Result<T, E> + Send,
        T: Send,
        E: From<StoreError> + Send,
    {
        let now = self.now();
        self.inner.readers.with(|db| {
            let begin = db.dialect().begin_read();
            db.batch(begin)?;
            let result = work(&mut ReadTx::new(db, self.keys(), now));
            // A connection that cannot even end its transaction is not used again.
            match db.batch("rollback") {
                Ok(()) => Ok(result),
                Err(error) if result.is_ok() => Err(error),
                Err(_) => Ok(result),
            }
        })?
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.jobs = None;
        let current = std::thread::current().id();
        for thread in self.threads.drain(..) {
            // The last clone may be dropped by a closure on the writer itself.
            if thread.thread().id() != current {
                let _ = thread.join();
            }
        }
    }
}

/// Schema and key check, before any other thread sees the base.
fn prepare(db: &mut Db, shared: &Shared) -> Result<(), StoreError> {
    let now = (shared.clock)();
    migrate::migrate(db, migrate::SCHEMA_VERSION, now)?;
    key_check::check(db, &shared.keys, now)
}

fn start_sqlite(
    dir: &std::path::Path,
    db: Db,
    shared: &Arc<Shared>,
    jobs: Receiver<Box<dyn Job>>,
) -> Result<Vec<JoinHandle<()>>, StoreError> {
    let (nudge, checkpoints) = writer::checkpoint::start(dir, writer::checkpoint::Limits::USUAL)?;
    let shared = shared.clone();
    let writer = std::thread::Builder::new()
        .name("vernis-writer".to_owned())
        .spawn(move || writer::sqlite::run(db, shared, jobs, nudge))?;
    Ok(vec![writer, checkpoints])
}

fn start_postgres(
    url: &str,
    shared: &Arc<Shared>,
    jobs: Receiver<Box<dyn Job>>,
) -> Result<Vec<JoinHandle<()>>, StoreError> {
    let jobs = Arc::new(Mutex::new(jobs));
    (0..POSTGRES_WRITERS)
        .map(|number| {
            let (url, shared, jobs) = (url.to_owned(), shared.clone(), jobs.clone());
            Ok(std::thread::Builder::new()
                .name(format!("vernis-writer-{number}"))
                .spawn(move || writer::postgres::run(&url, &shared, &jobs))?)
        })
        .collect()
}

/// Runs work that uses a PostgreSQL connection on a thread that belongs to no async runtime.
pub(crate) fn on_own_thread<T: Send>(
    work: impl FnOnce() -> Result<T, StoreError> + Send,
) -> Result<T, StoreError> {
    std::thread::scope(|scope| {
        scope
            .spawn(work)
            .join()
            .unwrap_or_else(|panic| Err(StoreError::Panicked(writer::panic_text(&*panic))))
    })
}
