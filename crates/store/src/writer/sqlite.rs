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
    while let Ok(first) = jobs.recv() {
        batch.push(first);
        while batch.len() < BATCH
            && let Ok(next) = jobs.try_recv()
        {
            batch.push(next);
        }
        match commit_together(&mut db, &shared, &mut batch) {
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
        nudge.committed();
        for job in batch.drain(..) {
            job.finish();
        }
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
        let mut tx = WriteTx::new(db, &shared.keys, (shared.clock)());
        let mut kept = job.run(&mut tx);
        if kept {
            match tx.close() {
                Ok(own) => events.extend(own),
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
