//! The writing threads of PostgreSQL: each takes a closure, runs it as a transaction, and runs it
//! again whole when another transaction was in the way.

use super::{Job, Shared};
use crate::db::Db;
use crate::tx::WriteTx;
use crate::{StoreError, gates};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use vernis_domain::Event;

/// How often a closure is run before it is given up as contended.
const ATTEMPTS: u32 = 20;
/// How often it is run again because a unique value was taken: once shows what the first snapshot
/// did not; after that the closure's own answer stands (a taken login, say).
const TAKEN_ATTEMPTS: u32 = 2;

/// Runs until every sender is gone. The connection is made and dropped on this thread.
pub(crate) fn run(url: &str, shared: &Arc<Shared>, jobs: &Arc<Mutex<Receiver<Box<dyn Job>>>>) {
    let mut connection: Option<Db> = None;
    loop {
        let next = match jobs.lock() {
            Ok(jobs) => jobs.recv(),
            Err(_) => return,
        };
        let Ok(mut job) = next else { return };
        shared.taken(&*job);
        match attempts(url, &mut connection, shared, &mut *job) {
            Ok(events) => shared.tell(&events),
            Err(error) => job.fail(error),
        }
        job.finish();
    }
}

/// What one attempt came to.
enum Outcome {
    Committed(Vec<Event>),
    /// The closure itself refused; its own answer stands.
    Refused,
    Again(StoreError),
    Failed(StoreError),
}

fn attempts(
    url: &str,
    connection: &mut Option<Db>,
    shared: &Shared,
    job: &mut dyn Job,
) -> Result<Vec<Event>, StoreError> {
    let mut reconnected = false;
    for attempt in 0..ATTEMPTS {
        if connection.is_none() {
            *connection = Some(gates::open_postgres(url)?);
        }
        let Some(db) = connection.as_mut() else {
            return Err(StoreError::Closed);
        };
        let outcome = attempt_once(db, shared, job, attempt);
        let lost = matches!(db, Db::Postgres(pg) if pg.lost || pg.client.is_closed());
        if lost {
            *connection = None;
        }
        match outcome {
            Outcome::Committed(events) => return Ok(events),
            Outcome::Refused => return Ok(Vec::new()),
            // A connection that died while idle (a server restart) shows only when used.
            Outcome::Again(StoreError::Connection(_)) if !reconnected => reconnected = true,
            Outcome::Again(error @ StoreError::Connection(_)) | Outcome::Failed(error) => {
                return Err(error);
            }
            Outcome::Again(_) => {
                std::thread::sleep(Duration::from_millis(u64::from(attempt.min(6)).pow(2)));
            }
        }
    }
    Err(StoreError::Contended)
}

fn attempt_once(db: &mut Db, shared: &Shared, job: &mut dyn Job, attempt: u32) -> Outcome {
    if let Err(error) = db.batch(db.dialect().begin_write()) {
        return Outcome::Again(error);
    }
    clear(db);
    let mut tx = WriteTx::new(db, shared);
    let mut refused = !job.run(&mut tx);
    let mut events = Vec::new();
    if !refused {
        match tx.close() {
            Ok(own) => events = own,
            Err(error) => {
                refused = true;
                job.fail(error);
            }
        }
    }
    let (again, lost) = match db {
        Db::Postgres(pg) => (pg.conflict || pg.taken && attempt < TAKEN_ATTEMPTS, pg.lost),
        Db::Sqlite(_) => (false, false),
    };
    if lost {
        return Outcome::Again(StoreError::Connection("the connection was lost".to_owned()));
    }
    if refused {
        let _ = db.batch("rollback");
        return if again {
            Outcome::Again(StoreError::Contended)
        } else {
            Outcome::Refused
        };
    }
    match db.batch("commit") {
        Ok(()) => Outcome::Committed(events),
        Err(StoreError::Connection(_)) => Outcome::Failed(StoreError::CommitUnknown),
        Err(error @ StoreError::Contended) => {
            let _ = db.batch("rollback");
            Outcome::Again(error)
        }
        Err(error) => {
            let _ = db.batch("rollback");
            Outcome::Failed(error)
        }
    }
}

fn clear(db: &mut Db) {
    if let Db::Postgres(pg) = db {
        pg.conflict = false;
        pg.taken = false;
        pg.lost = false;
    }
}
