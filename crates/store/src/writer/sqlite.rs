//! The one writer thread of SQLite, with group commit.
//!
//! It takes what waits, runs each closure in a savepoint of its own, commits once with
//! `synchronous = FULL`, hands the events on, and only then answers: an answered request is on the
//! disk, and one fsync serves many.

use super::checkpoint::Nudge;
use super::{Job, Shared};
use crate::StoreError;
use crate::db::Db;
use crate::tx::WriteTx;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use vernis_domain::Event;

/// Most closures of one commit.
const BATCH: usize = 256;

/// Runs until every sender is gone.
pub(crate) fn run(mut db: Db, shared: Arc<Shared>, jobs: Receiver<Box<dyn Job>>, nudge: Nudge) {
    let mut batch: Vec<Box<dyn Job>> = Vec::with_capacity(BATCH);
    let mut put_off: Option<Box<dyn Job>> = None;
    while let Some(first) = put_off.take().or_else(|| jobs.recv().ok()) {
        shared.taken(&*first);
        let load = first.is_load();
        batch.push(first);
        while !load
            && batch.len() < BATCH
            && let Ok(next) = jobs.try_recv()
        {
            if next.is_load() {
                put_off = Some(next);
                break;
            }
            shared.taken(&*next);
            batch.push(next);
        }
        let committed = if load {
            commit_load(&mut db, &shared, &mut batch)
        } else {
            commit_together(&mut db, &shared, &mut batch)
        };
        match committed {
            Ok(events) => shared.tell(&events),
            Err(error) => {
                roll_back(&mut db);
                if batch.len() == 1 {
                    batch[0].fail(error);
                } else {
                    // Nobody in the batch can be trusted to be whole: each is run again by
                    // itself, so that the one that does not fit does not take others with it.
                    one_by_one(&mut db, &shared, &mut batch);
                }
            }
        }
        for job in batch.drain(..) {
            job.finish();
        }
        // After the answers: what is asked of the writer here may take a moment.
        nudge.committed(&mut db, shared.turns.are_shared());
    }
}

fn one_by_one(db: &mut Db, shared: &Shared, batch: &mut [Box<dyn Job>]) {
    for job in batch {
        match commit_together(db, shared, std::slice::from_mut(job)) {
            Ok(events) => shared.tell(&events),
            Err(error) => {
                roll_back(db);
                job.fail(error);
            }
        }
    }
}

/// Runs and commits a load. SQLite hears about foreign keys only between transactions.
fn commit_load(
    db: &mut Db,
    shared: &Shared,
    load: &mut [Box<dyn Job>],
) -> Result<Vec<Event>, StoreError> {
    db.batch("pragma foreign_keys = off")?;
    let committed = commit_together(db, shared, load);
    if committed.is_err() {
        roll_back(db);
    }
    db.batch("pragma foreign_keys = on")?;
    committed
}

/// Runs the closures and commits them together; on an error nothing of the batch is kept.
fn commit_together(
    db: &mut Db,
    shared: &Shared,
    batch: &mut [Box<dyn Job>],
) -> Result<Vec<Event>, StoreError> {
    let mut events = Vec::new();
    db.take_broken();
    db.execute(db.dialect().begin_write(), &[])?;
    for job in batch.iter_mut() {
        db.execute("savepoint job", &[])?;
        let mut tx = WriteTx::new(db, shared);
        let mut kept = job.run(&mut tx);
        if kept {
            match tx.close() {
                Ok(own) => own
                    .into_iter()
                    .for_each(|event| Event::append(&mut events, event)),
                Err(error) => {
                    job.fail(error);
                    kept = false;
                }
            }
        }
        if let Some(error) = db.take_broken() {
            return Err(error);
        }
        if !kept {
            db.execute("rollback to job", &[])?;
        }
        db.execute("release job", &[])?;
    }
    db.execute("commit", &[])?;
    Ok(events)
}

/// Back to no transaction, whatever SQLite has done by itself already.
fn roll_back(db: &mut Db) {
    if let Db::Sqlite(sqlite) = db
        && !sqlite.conn.is_autocommit()
        && let Err(error) = sqlite.conn.execute_batch("rollback")
    {
        tracing::error!(%error, "rollback failed");
    }
}

#[cfg(test)]
mod tests {
    use super::super::turns::Turns;
    use super::super::{checkpoint, job};
    use super::*;
    use crate::{Keys, gates, key_check, migrate};
    use std::sync::Mutex;
    use std::sync::mpsc::channel;
    use vernis_domain::Instant;

    /// A writer on a base that may grow by this many pages only; what each job was told.
    fn run_with_room(
        pages: i64,
        jobs: &[(&'static str, usize)],
    ) -> (Vec<Result<(), StoreError>>, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        let mut db = gates::open_sqlite_writer(dir.path()).unwrap();
        let keys = Keys::from_master([1; 32]);
        migrate::migrate(&mut db, migrate::SCHEMA_VERSION, Instant(0)).unwrap();
        key_check::check(&mut db, &keys, Instant(0)).unwrap();
        let used = db
            .first("select page_count from pragma_page_count", &[], |row| {
                row.int(0)
            })
            .unwrap();
        db.batch(&format!(
            "pragma max_page_count = {}",
            used.unwrap() + pages
        ))
        .unwrap();
        let shared = Arc::new(Shared {
            keys,
            clock: Arc::new(|| Instant(0)),
            on_commit: Mutex::new(Box::new(|_| {})),
            turns: Turns::new(),
        });
        let (sender, receiver) = channel();
        let (tell, told) = channel();
        for (number, (key, bytes)) in jobs.iter().enumerate() {
            let (tell, key, bytes) = (tell.clone(), *key, *bytes);
            let put = move |tx: &mut WriteTx<'_>| tx.put_setting(key, &"x".repeat(bytes));
            let done = Box::new(move |result: Result<(), StoreError>| {
                tell.send((number, result)).unwrap();
            });
            let job = job(false, put, done);
            shared.sent(&*job);
            sender.send(job).unwrap();
        }
        drop((sender, tell));
        let (nudge, thread) = checkpoint::start(dir.path(), checkpoint::Limits::USUAL).unwrap();
        // All jobs wait before the writer starts: they are one batch.
        run(db, shared, receiver, nudge);
        thread.join().unwrap();
        let mut told: Vec<_> = told.iter().collect();
        told.sort_by_key(|(number, _)| *number);
        let mut db = gates::open_sqlite_reader(dir.path()).unwrap();
        let kept = db
            .all("select key from setting order by key", &[], |row| {
                row.text(0)
            })
            .unwrap();
        (told.into_iter().map(|(_, result)| result).collect(), kept)
    }

    #[test]
    fn on_a_full_disk_only_what_does_not_fit_is_refused() {
        let (told, kept) = run_with_room(20, &[("a", 10), ("big", 4_000_000), ("c", 10)]);
        assert!(told[0].is_ok());
        assert!(matches!(told[1], Err(StoreError::DiskFull)));
        assert!(told[2].is_ok());
        assert_eq!(kept, ["a", "c"]);
    }

    #[test]
    fn with_room_all_of_a_batch_is_kept() {
        let (told, kept) = run_with_room(5_000, &[("a", 10), ("big", 4_000_000), ("c", 10)]);
        assert!(told.iter().all(Result::is_ok));
        assert_eq!(kept, ["a", "big", "c"]);
    }
}
