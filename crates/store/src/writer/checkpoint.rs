//! Checkpoints of the SQLite write-ahead log, on a thread and connection of their own: they, not
//! fsync, would be the writer's ceiling and its slowest answers.

use crate::StoreError;
use crate::gates;
use rusqlite::Connection;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// From this many frames (4 KiB each) on, frames are copied into the database file.
const COPY_FRAMES: i64 = 2_000;
/// From this many frames on, the log is emptied, which makes the writer wait a moment. Passive
/// checkpoints normally let the log start over long before.
const EMPTY_FRAMES: i64 = 100_000;
/// The log is looked at no more often than this.
const PAUSE: Duration = Duration::from_millis(50);

/// Tells the checkpoint thread that there is something to look at; never waits.
pub(crate) struct Nudge(SyncSender<()>);

impl Nudge {
    pub fn committed(&self) {
        match self.0.try_send(()) {
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
    }
}

/// Starts the thread; it ends when the nudge is dropped.
pub(crate) fn start(dir: &Path) -> Result<(Nudge, JoinHandle<()>), StoreError> {
    let conn = gates::open_sqlite_checkpointer(dir)?;
    let (sender, receiver) = sync_channel(1);
    let thread = std::thread::Builder::new()
        .name("vernis-checkpoint".to_owned())
        .spawn(move || run(&conn, &receiver))?;
    Ok((Nudge(sender), thread))
}

fn run(conn: &Connection, nudges: &Receiver<()>) {
    while nudges.recv().is_ok() {
        if let Err(error) = look(conn) {
            // A full disk or a busy reader: the log keeps everything, the next look tries again.
            tracing::warn!(%error, "checkpoint put off");
        }
        std::thread::sleep(PAUSE);
    }
    let _ = pragma(conn, "truncate");
}

fn look(conn: &Connection) -> Result<(), StoreError> {
    let (log, copied) = pragma(conn, "noop")?;
    if log - copied < COPY_FRAMES {
        return Ok(());
    }
    let (log, copied) = pragma(conn, "passive")?;
    if log > EMPTY_FRAMES && log - copied < COPY_FRAMES {
        pragma(conn, "truncate")?;
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
