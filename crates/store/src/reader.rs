//! The pool of connections that only read.

use crate::StoreError;
use crate::db::Db;
use crate::gates;
use crate::location::Location;
use crate::store::on_own_thread;
use std::sync::Mutex;

/// Idle connections kept; more are opened when needed and closed after use.
const KEPT: usize = 8;

/// The pool.
pub(crate) struct Readers {
    location: Location,
    idle: Mutex<Vec<Db>>,
}

impl Readers {
    pub fn new(location: Location) -> Self {
        Self {
            location,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Runs work on a connection. On PostgreSQL the work runs on a thread of its own, because the
    /// caller may belong to an async runtime.
    pub fn with<T: Send>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, StoreError> + Send,
    ) -> Result<T, StoreError> {
        match &self.location {
            Location::Sqlite(dir) => self.run(|| gates::open_sqlite_reader(dir), work),
            Location::Postgres(url) => {
                on_own_thread(|| self.run(|| gates::open_postgres(url), work))
            }
        }
    }

    fn run<T>(
        &self,
        open: impl Fn() -> Result<Db, StoreError>,
        work: impl FnOnce(&mut Db) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let kept = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        let mut db = match kept {
            Some(db) if !is_dead(&db) => db,
            _ => open()?,
        };
        let result = work(&mut db)?;
        if let Ok(mut idle) = self.idle.lock()
            && idle.len() < KEPT
        {
            idle.push(db);
        }
        Ok(result)
    }
}

fn is_dead(db: &Db) -> bool {
    matches!(db, Db::Postgres(pg) if pg.lost || pg.client.is_closed())
}

impl Drop for Readers {
    fn drop(&mut self) {
        if let Ok(idle) = self.idle.get_mut()
            && matches!(self.location, Location::Postgres(_))
        {
            // Closing a PostgreSQL connection drives its runtime: not on a stranger's thread.
            let idle = std::mem::take(idle);
            let _ = on_own_thread(move || {
                drop(idle);
                Ok(())
            });
        }
    }
}
