//! Checkpoints of the SQLite write-ahead log, on a thread and connection of their own: they, not
//! fsync, would be the writer's ceiling and its slowest answers.

use crate::StoreError;
use crate::db::Db;
use crate::gates;
use crate::location::SQLITE_FILE;
use rusqlite::Connection;
use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// When something is done about the log. Frames are 4 KiB each.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// From this many frames on, frames are copied into the database file.
    copy_frames: i64,
    /// From this many frames on, the writer is asked to copy the small rest itself between two
    /// commits. While it writes without a pause no checkpoint ever ends, so the log would never
    /// start over; and a `truncate` from here would make the writer's whole page cache stale.
    start_over_frames: i64,
    /// The writer is asked when no more than this is left, or when the log has grown out of bounds.
    small_rest_frames: i64,
    /// While a load goes on and others come, these wait longest for the writer's copying: it does not
    /// begin before the log has this many frames …
    start_over_shared_frames: i64,
    /// … and does not copy more than this.
    most_shared_frames: i64,
    /// The log is looked at no more often than this.
    pause: Duration,
}

impl Limits {
    /// The log has grown out of bounds.
    fn is_out_of_bounds(&self, log_frames: i64) -> bool {
        log_frames > 8 * self.start_over_frames
    }

    /// What every base runs with.
    pub const USUAL: Limits = Limits {
        copy_frames: 2_000,
        start_over_frames: 50_000,
        small_rest_frames: 500,
        start_over_shared_frames: 200_000,
        most_shared_frames: 2_000,
        pause: Duration::from_millis(50),
    };
}

/// The writer's end: tells the checkpoint thread that there is something to look at, never waits.
pub(crate) struct Nudge {
    looks: SyncSender<()>,
    finish: Arc<AtomicBool>,
    limits: Limits,
}

impl Nudge {
    /// Called after each commit, on the writer's thread; `shared`: a load goes on and others come.
    pub fn committed(&self, writer: &mut Db, shared: bool) {
        match self.looks.try_send(()) {
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
        if self.finish.swap(false, Ordering::AcqRel)
            && let Db::Sqlite(writer) = writer
            && let Err(error) = self.finish(&writer.conn, shared)
        {
            tracing::warn!(%error, "checkpoint put off");
        }
    }

    /// Copies the rest of the log; in shared times, leaves it to the thread once more when it is
    /// early, or when the rest has become much since the writer was asked, as after a large load.
    fn finish(&self, writer: &Connection, shared: bool) -> Result<(), StoreError> {
        if shared {
            let (log, copied) = pragma(writer, "noop")?;
            let early = log < self.limits.start_over_shared_frames;
            let much = log - copied > self.limits.most_shared_frames;
            if (early || much) && !self.limits.is_out_of_bounds(log) {
                return Ok(());
            }
        }
        pragma(writer, "passive")?;
        Ok(())
    }
}

/// Starts the thread; it ends when the nudge is dropped.
pub(crate) fn start(dir: &Path, limits: Limits) -> Result<(Nudge, JoinHandle<()>), StoreError> {
    let copier = Copier {
        conn: gates::open_sqlite_checkpointer(dir)?,
        file: ManuallyDrop::new(File::open(dir.join(SQLITE_FILE))?),
    };
    let (looks, receiver) = sync_channel(1);
    let finish = Arc::new(AtomicBool::new(false));
    let asked = finish.clone();
    let thread = std::thread::Builder::new()
        .name("vernis-checkpoint".to_owned())
        .spawn(move || run(&copier, limits, &receiver, &asked))?;
    let nudge = Nudge {
        looks,
        finish,
        limits,
    };
    Ok((nudge, thread))
}

/// What the thread copies with.
struct Copier {
    conn: Connection,
    /// The database file once more, to flush it. Never closed: closing any descriptor of a file
    /// takes all locks of the process off it (POSIX), those of SQLite's connections too.
    file: ManuallyDrop<File>,
}

fn run(copier: &Copier, limits: Limits, nudges: &Receiver<()>, finish: &AtomicBool) {
    while nudges.recv().is_ok() {
        if let Err(error) = look(copier, &limits, finish) {
            // A full disk or a busy reader: the log keeps everything, the next look tries again.
            tracing::warn!(%error, "checkpoint put off");
        }
        std::thread::sleep(limits.pause);
    }
    let _ = pragma(&copier.conn, "truncate");
}

fn look(copier: &Copier, limits: &Limits, finish: &AtomicBool) -> Result<(), StoreError> {
    let conn = &copier.conn;
    // Only one can copy at a time: a pass from here would turn the writer away, and in a bulk load,
    // where one pass follows the other, the log would never start over and fill the disk.
    if finish.load(Ordering::Acquire) {
        return Ok(());
    }
    let (log, copied) = pragma(conn, "noop")?;
    if log - copied < limits.copy_frames {
        return Ok(());
    }
    let (mut log, mut copied) = pragma(conn, "passive")?;
    if log > limits.start_over_frames {
        // SQLite flushes the database file only when it has copied the log to its end. The writer
        // is to do that: what is copied already shall not be left to him.
        copier.file.sync_data()?;
    }
    // Each pass leaves what was written meanwhile: a few passes make the rest small, so that the
    // writer's own part is over in a moment.
    for _ in 0..6 {
        if log < limits.start_over_frames || log - copied < limits.small_rest_frames {
            break;
        }
        (log, copied) = pragma(conn, "passive")?;
    }
    let worth_it = log - copied < limits.small_rest_frames || limits.is_out_of_bounds(log);
    // Also when nothing is left: by now the writer is in its next transaction, which began before.
    if log > limits.start_over_frames && worth_it {
        finish.store(true, Ordering::Release);
    }
    Ok(())
}

/// Frames in the log and frames copied from it.
fn pragma(conn: &Connection, mode: &str) -> Result<(i64, i64), StoreError> {
    Ok(
        conn.query_row(&format!("pragma wal_checkpoint({mode})"), [], |row| {
            Ok((row.get(1)?, row.get(2)?))
        })?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often the log has started over: the checkpoint number in its header.
    fn starts(dir: &Path) -> u32 {
        let log = std::fs::read(dir.join("vernis.db-wal")).unwrap();
        u32::from_be_bytes(log[12..16].try_into().unwrap())
    }

    #[test]
    fn while_a_load_and_others_share_the_writer_he_leaves_much_to_the_thread() {
        let dir = tempfile::tempdir().unwrap();
        let mut db = gates::open_sqlite_writer(dir.path()).unwrap();
        let fill = |db: &mut Db, times: usize| {
            for _ in 0..times {
                db.batch("insert into filled values (zeroblob(10000))")
                    .unwrap();
            }
        };
        db.batch("create table filled (bytes blob)").unwrap();
        let limits = Limits {
            copy_frames: i64::MAX,
            start_over_frames: 1_000,
            small_rest_frames: 0,
            start_over_shared_frames: 20,
            most_shared_frames: 10,
            pause: Duration::ZERO,
        };
        let (nudge, thread) = start(dir.path(), limits).unwrap();
        // Frames left to copy after the writer was asked.
        let left = |db: &mut Db, shared: bool| {
            nudge.finish.store(true, Ordering::Release);
            nudge.committed(db, shared);
            let Db::Sqlite(writer) = db else {
                unreachable!()
            };
            let (log, copied) = pragma(&writer.conn, "noop").unwrap();
            log - copied
        };
        fill(&mut db, 2);
        assert!(left(&mut db, true) > 0, "early");
        fill(&mut db, 20);
        assert!(left(&mut db, true) > 10, "much");
        assert_eq!(left(&mut db, false), 0, "nobody else comes");
        fill(&mut db, 10);
        assert_eq!(left(&mut db, false), 0);
        drop((nudge, db));
        thread.join().unwrap();
    }

    #[test]
    fn the_log_starts_over_while_the_writer_never_pauses() {
        let dir = tempfile::tempdir().unwrap();
        let mut db = gates::open_sqlite_writer(dir.path()).unwrap();
        db.batch("create table filled (bytes blob)").unwrap();
        let limits = Limits {
            copy_frames: 4,
            start_over_frames: 40,
            small_rest_frames: 20,
            start_over_shared_frames: 60,
            most_shared_frames: 40,
            pause: Duration::from_millis(1),
        };
        let (nudge, thread) = start(dir.path(), limits).unwrap();
        let mut commits = 0;
        // In a bulk load the next transaction is open before the checkpoint thread has looked.
        db.batch("begin immediate").unwrap();
        while starts(dir.path()) < 3 && commits < 3_000 {
            db.batch("insert into filled values (zeroblob(10000)); commit")
                .unwrap();
            nudge.committed(&mut db, commits % 2 == 0);
            db.batch("begin immediate").unwrap();
            commits += 1;
        }
        db.batch("rollback").unwrap();
        let starts = starts(dir.path());
        drop((nudge, db));
        thread.join().unwrap();
        assert!(starts >= 3, "{starts} starts in {commits} commits");
    }
}
