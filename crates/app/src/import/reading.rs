//! The reading thread of a run: rows of the child, made into chunks.

use super::plan::{MappingError, Plan};
use super::rows::{Chunk, Context, Reader};
use super::run::Job;
use crate::files::{FileError, Message, Parser, RowBatch};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use vernis_domain::Text;

/// Rows looked at to learn how dates and amounts are written.
const LEARN_ROWS: usize = 20_000;

/// Lines of one receipt may stand this many chunks of single rows apart.
const LINES_OF_RECEIPTS: usize = 16;

/// How far an import is that goes on: its chunks were of other sizes, so the file read anew says
/// nothing of how many there were.
#[derive(Clone, Copy, Default)]
pub(super) struct Done {
    /// Rows of the file that are in the base.
    pub rows: u64,
    /// Number of the next chunk.
    pub next_chunk: i64,
}

/// What the reading thread sends.
pub(super) enum Sent {
    Chunk(Box<Chunk>),
    Warning(Text),
    Broken(FileError),
    Mapping(Vec<MappingError>),
}

/// The reading thread: rows of the child into chunks.
pub(super) fn read(
    mut parser: Parser,
    mut context: Context,
    job: &Job,
    done: Done,
    out: &SyncSender<Sent>,
    stop: &AtomicBool,
) {
    // A till that waits for an answer goes first.
    vernis_analytics::pool::stand_back();
    // A send fails only when the taker has gone: then there is nobody to work for.
    let work = || -> Result<(), Sent> {
        let header = parser.header().map_err(Sent::Broken)?;
        let year = context.today.date().year();
        context.plan = Plan::new(job.kind, &job.mapping, &header.names, year, &context.own)
            .map_err(Sent::Mapping)?;
        if context.plan.by_lines {
            let rows = context.chunk_rows;
            context.chunk_rows = Box::new(move || rows() * LINES_OF_RECEIPTS);
        }
        let mut learn: Vec<RowBatch> = Vec::new();
        let mut learned = 0;
        let mut broken = None;
        while learned < LEARN_ROWS {
            match parser.next_message() {
                Ok(Some(Message::Rows(batch))) => {
                    learned += batch.len();
                    learn.push(batch);
                }
                Ok(Some(Message::Warning(warning))) => {
                    let _ = out.send(Sent::Warning(warning.words()));
                }
                Ok(Some(Message::Header(_))) => {}
                Ok(None) => break,
                Err(error) => {
                    broken = Some(error);
                    break;
                }
            }
        }
        context.plan.learn(&learn);
        let mut reader = Reader::new(context, done.rows);
        let take = |batch: &RowBatch, reader: &mut Reader| -> bool {
            for row in batch.rows() {
                if let Some(chunk) = reader.full_before(&row)
                    && !give(chunk, reader, done, out)
                {
                    return false;
                }
                reader.take(row, batch.bytes_read);
            }
            !stop.load(Ordering::Relaxed)
        };
        for batch in learn.drain(..) {
            if !take(&batch, &mut reader) {
                return Ok(());
            }
        }
        while broken.is_none() {
            match parser.next_message() {
                Ok(Some(Message::Rows(batch))) => {
                    if !take(&batch, &mut reader) {
                        return Ok(());
                    }
                }
                Ok(Some(Message::Warning(warning))) => {
                    let _ = out.send(Sent::Warning(warning.words()));
                }
                Ok(Some(Message::Header(_))) => {}
                Ok(None) => break,
                Err(error) => broken = Some(error),
            }
        }
        if let Some(chunk) = reader.finish()
            && chunk.rows_done > done.rows
        {
            let _ = out.send(Sent::Chunk(Box::new(chunk)));
        }
        broken.map_or(Ok(()), |error| Err(Sent::Broken(error)))
    };
    if let Err(end) = work() {
        let _ = out.send(end);
    }
}

/// Sends a chunk unless it is in the base already; false when nobody takes any more.
fn give(chunk: Chunk, reader: &mut Reader, done: Done, out: &SyncSender<Sent>) -> bool {
    if chunk.rows_done <= done.rows {
        if chunk.rows_done == done.rows {
            reader.go_on(done.next_chunk);
        }
        return true;
    }
    out.send(Sent::Chunk(Box::new(chunk))).is_ok()
}
