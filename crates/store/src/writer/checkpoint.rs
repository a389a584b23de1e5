//! Checkpoints of the SQLite write-ahead log, on a thread and connection of their own: they, not
//! fsync, would be the writer's ceiling and its slowest answers.

use crate::StoreError;
use crate::db::Db;
use crate::gates;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// From this many frames (4 KiB each) on, frames are copied into the database file.
const COPY_FRAMES: i64 = 2_000;
/// From this many frames on, the writer is asked to copy the small rest itself between two
/// commits. While it writes without a pause no checkpoint ever ends, so the log would never start
/// over; and a `truncate` from here would make the writer's whole page cache stale.
const START_OVER_FRAMES: i64 = 50_000;
/// The writer is asked when no more than this is left, or when the log has grown out of bounds.
const SMALL_REST: i64 = 500;
/// The log is looked at no more often than this.
const PAUSE: Duration = Duration::from_millis(50);

/// The writer's end: tells the checkpoint thread that there is something to look at, never waits.
pub(crate) struct Nudge {
    looks: SyncSender<()>,
    finish: Arc<AtomicBool>,
}

impl Nudge {
    /// Called after each commit, on the writer's thread.
    pub fn committed(&self, writer: &mut Db) {
        match self.looks.try_send(()) {
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
        if self.finish.swap(false, Ordering::AcqRel)
            && let Db::Sqlite(writer) = writer
            && let Err(error) = pragma(&writer.conn, "passive")
        {
            tracing::warn!(%error, "checkpoint put off");
        }
    }
}

/// Starts the thread; it ends when the nudge is dropped.
pub(crate) fn start(dir: &Path) -> Result<(Nudge, JoinHandle<()>), StoreError> {
    let conn = gates::open_sqlite_checkpointer(dir)?;
    let (looks, receiver) = sync_channel(1);
    let finish = Arc::new(AtomicBool::new(false));
    let asked = finish.clone();
    let thread = std::thread::Builder::new()
        .name("vernis-checkpoint".to_owned())
        .spawn(move || run(&conn, &receiver, &asked))?;
    Ok((Nudge { looks, finish }, thread))
}

fn run(conn: &Connection, nudges: &Receiver<()>, finish: &AtomicBool) {
    while nudges.recv().is_ok() {
        if let Err(error) = look(conn, finish) {
            // A full disk or a busy reader: the log keeps everything, the next look tries again.
            tracing::warn!(%error, "checkpoint put off");
        }
        std::thread::sleep(PAUSE);
    }
    let _ = pragma(conn, "truncate");
}

fn look(conn: &Connection, finish: &AtomicBool) -> Result<(), StoreError> {
    // Only one can copy at a time: a pass from here would turn the writer away, and in a bulk load,
    // where one pass follows the other, the log would never start over and fill the disk.
    if finish.load(Ordering::Acquire) {
        return Ok(());
    }
    let (log, copied) = pragma(conn, "noop")?;
    if log - copied < COPY_FRAMES {
        return Ok(());
    }
    let (mut log, mut copied) = pragma(conn, "passive")?;
    // Each pass leaves what was written meanwhile: a few passes make the rest small, so that the
    // writer's own part is over in a moment.
    for _ in 0..6 {
        if log < START_OVER_FRAMES || log - copied < SMALL_REST {
            break;
        }
        (log, copied) = pragma(conn, "passive")?;
    }
    let worth_it = log - copied < SMALL_REST || log > 8 * START_OVER_FRAMES;
    // Also when nothing is left: by now the writer is in its next transaction, which began before.
    if log > START_OVER_FRAMES && worth_it {
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
