//! The run of an import: the child parses, one thread reads and normalises, the store writes.

use super::apply::{Applied, Ids, Pretended, Ready, Run};
use super::counts::Counts;
use super::plan::{MappingError, Plan};
use super::reading::{self, Done, Sent};
use super::rows::{Chunk, Context};
use super::{Kind, Mapping};
use crate::files::{FileError, Options, Parser};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant as Clock;
use vernis_domain::Text;
use vernis_domain::phone::PhoneRegion;
use vernis_domain::text::fold;
use vernis_domain::{ImportId, Shop, Zone};
use vernis_store::{RejectedRow, Store, StoreError};

/// Rows of one transaction at most, while nobody else writes: large ones write less, as each writes
/// every page it touches once.
pub const TRANSACTION_ROWS: usize = 32_768;
/// Code of the store and the channel that are meant when a row names none; made at init.
const DEFAULT_STORE: &str = "main";
const DEFAULT_CHANNEL: &str = "store";

/// One import to be run.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its record in the base.
    pub import: ImportId,
    /// The uploaded file.
    pub file: PathBuf,
    /// How it is read (from its preview, so that the run sees what the person saw).
    pub options: Options,
    /// What the rows are.
    pub kind: Kind,
    /// Which column is what.
    pub mapping: Mapping,
    /// Only count.
    pub dry_run: bool,
    /// Take the good rows when some are bad; otherwise one bad row means that nothing is written.
    pub keep_good_rows: bool,
    /// Name of the system whose customer ids the file carries.
    pub source: String,
    /// Country of phones written without a country code.
    pub region: PhoneRegion,
    /// The program that parses, see [`Parser::spawn`].
    pub exe: PathBuf,
    /// Rows of one step; `None`: what [`Store::load_step_rows`] says when it begins. A resume may have
    /// another.
    pub chunk_rows: Option<usize>,
    /// Rows of one transaction at most ([`TRANSACTION_ROWS`]).
    pub transaction_rows: usize,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Rows done.
    pub rows_done: u64,
    /// Rows of the file, guessed from the bytes read so far.
    pub rows_total_estimate: u64,
    /// Speed since the start.
    pub rows_per_second: u64,
    /// Seconds left at this speed.
    pub seconds_left: u64,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// The whole file is in (or counted).
    Done,
    /// The person stopped it: what the counts say is in.
    Cancelled,
    /// There were bad rows and the person wanted all or nothing: nothing was written.
    Refused,
    /// The file could not be read further: what the counts say is in.
    Broken(FileError),
}

/// What a run did.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// What is in the base from this file (or would be).
    pub counts: Counts,
    /// What the parser noticed.
    pub warnings: Vec<Text>,
}

/// Why a run did not even begin, or the base failed under it.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The base.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file is not there.
    #[error("the uploaded file cannot be opened: {0}")]
    File(#[from] std::io::Error),
    /// The mapping.
    #[error("the mapping is wrong")]
    Mapping(Vec<MappingError>),
    /// The shop is not set up.
    #[error("the shop is not set up yet")]
    NoShop,
}

/// Runs an import, on from where it stopped if it was begun before.
///
/// `progress` is called after each transaction; `cancel` is looked at before each. Each takes as many
/// whole chunks as nobody waits for: whatever stops the run, the base is whole and a second call goes
/// on. The same file run again changes nothing: every purchase carries an operation key made of its
/// content.
///
/// # Errors
/// [`RunError`]; a file that cannot be read is no error but [`End::Broken`].
pub fn run(
    store: &Store,
    job: &Job,
    progress: &mut dyn FnMut(Progress),
    cancel: &AtomicBool,
) -> Result<Outcome, RunError> {
    if job.dry_run {
        return Pass::new(store, job, true)?.go(progress, cancel);
    }
    if !job.keep_good_rows && store.read(|tx| tx.import_chunks(job.import))?.is_empty() {
        let mut look = Pass::new(store, job, true)?;
        look.keep_rejected = true;
        let rejected = look.rejected.clone();
        let outcome = look.go(progress, cancel)?;
        if outcome.end != End::Done || outcome.counts.rejected > 0 {
            return refuse(store, job, outcome, &rejected);
        }
    }
    Pass::new(store, job, false)?.go(progress, cancel)
}

/// Nothing of the file is taken; its bad rows are kept for the person to look at.
fn refuse(
    store: &Store,
    job: &Job,
    outcome: Outcome,
    rejected: &Mutex<Vec<RejectedRow>>,
) -> Result<Outcome, RunError> {
    let rows = std::mem::take(
        &mut *rejected
            .lock()
            .map_err(|_| StoreError::Panicked("import".to_owned()))?,
    );
    if !rows.is_empty() {
        let import = job.import;
        store.write(move |tx| -> Result<(), StoreError> {
            // A second attempt finds the rows of the first.
            if tx.rejected_rows(import, 0, 1)?.is_empty() {
                tx.insert_rejected_rows(import, &rows)?;
            }
            Ok(())
        })?;
    }
    let end = if outcome.end == End::Done {
        End::Refused
    } else {
        outcome.end
    };
    let counts = Counts {
        rows: outcome.counts.rows,
        rejected: outcome.counts.rejected,
        skipped_service_rows: outcome.counts.skipped_service_rows,
        reasons: outcome.counts.reasons,
        warnings: outcome.counts.warnings,
        ..Counts::default()
    };
    Ok(Outcome {
        end,
        counts,
        warnings: outcome.warnings,
    })
}

/// One way through the file.
struct Pass<'a> {
    store: &'a Store,
    job: &'a Job,
    dry: bool,
    keep_rejected: bool,
    rejected: Arc<Mutex<Vec<RejectedRow>>>,
    shop: Shop,
    run: Run,
    ids: Ids,
    context: Option<Context>,
    parser: Option<Parser>,
    file_bytes: u64,
    /// Rows of chunks that are in the base already.
    done: Done,
    counts: Counts,
}

impl<'a> Pass<'a> {
    fn new(store: &'a Store, job: &'a Job, dry: bool) -> Result<Pass<'a>, RunError> {
        let (shop, stores, channels, chunks, own) = store.read(|tx| -> Result<_, StoreError> {
            Ok((
                tx.shop()?,
                tx.stores()?,
                tx.channels()?,
                tx.import_chunks(job.import)?,
                tx.custom_fields()?,
            ))
        })?;
        let shop = shop.ok_or(RunError::NoShop)?;
        let zone = Zone::new(&shop.time_zone).ok_or(RunError::NoShop)?;
        let now = store.now();
        let today = zone.day_of(now);
        let mut ids = Ids::default();
        // The default place is number 0; a base whose init made none gets it with the first chunk.
        let mut places = vec![(vec![fold(DEFAULT_STORE)], zone.clone())];
        let mut ways = vec![vec![fold(DEFAULT_CHANNEL)]];
        for known in &stores {
            let own = Zone::new(&known.time_zone).unwrap_or_else(|| zone.clone());
            let names = vec![fold(&known.code), fold(&known.name)];
            if known.code == DEFAULT_STORE {
                ids.stores.insert(0, known.id);
                places[0] = (names, own);
            } else {
                ids.stores.insert(places.len() as u32, known.id);
                places.push((names, own));
            }
        }
        for known in &channels {
            let names = vec![fold(&known.code), fold(&known.name)];
            if known.code == DEFAULT_CHANNEL {
                ids.channels.insert(0, known.id);
                ways[0] = names;
            } else {
                ids.channels.insert(ways.len() as u32, known.id);
                ways.push(names);
            }
        }
        let file = File::open(&job.file)?;
        let file_bytes = file.metadata()?.len();
        let parser = Parser::spawn(&job.exe, file, &job.options)?;
        let (done, counts) = match chunks.last().filter(|_| !dry) {
            None => (Done::default(), Counts::default()),
            Some(last) => (
                Done {
                    rows: last.rows_done.unsigned_abs(),
                    next_chunk: last.chunk_no + 1,
                },
                serde_json::from_value(last.counts.clone()).unwrap_or_default(),
            ),
        };
        // Checked before anything runs; the reading thread makes it again with the column names.
        let this_year = today.date().year();
        let plan =
            Plan::new(job.kind, &job.mapping, &[], this_year, &own).map_err(RunError::Mapping)?;
        Ok(Pass {
            store,
            job,
            dry,
            keep_rejected: false,
            rejected: Arc::default(),
            run: Run {
                import: job.import,
                today,
                time_zone: shop.time_zone.clone(),
                touched: Arc::default(),
            },
            context: Some(Context {
                plan,
                own,
                source: job.source.clone(),
                region: job.region,
                currency: shop.currency,
                zone,
                today,
                chunk_rows: {
                    let (store, fixed) = (store.clone(), job.chunk_rows);
                    Box::new(move || fixed.unwrap_or_else(|| store.load_step_rows()))
                },
                stores: places,
                channels: ways,
            }),
            shop,
            ids,
            parser: Some(parser),
            file_bytes,
            done,
            counts,
        })
    }

    fn go(
        mut self,
        progress: &mut dyn FnMut(Progress),
        cancel: &AtomicBool,
    ) -> Result<Outcome, RunError> {
        let (Some(context), Some(parser)) = (self.context.take(), self.parser.take()) else {
            return Err(RunError::NoShop);
        };
        if !self.dry {
            self.defaults()?;
        }
        let stop = AtomicBool::new(false);
        let (sender, receiver) = sync_channel(self.chunks_at_once());
        let (done, job) = (self.done, self.job);
        std::thread::scope(|scope| {
            let stop = &stop;
            std::thread::Builder::new()
                .name("vernis-import".to_owned())
                .spawn_scoped(scope, move || {
                    reading::read(parser, context, job, done, &sender, stop)
                })?;
            let outcome = self.take_all(&receiver, progress, cancel);
            // The reader may wait for room: it sees the flag when the receiver is gone.
            stop.store(true, Ordering::Relaxed);
            drop(receiver);
            outcome
        })
    }

    /// Makes the default store and channel when init has not.
    fn defaults(&mut self) -> Result<(), StoreError> {
        if self.ids.stores.contains_key(&0) && self.ids.channels.contains_key(&0) {
            return Ok(());
        }
        let (name, zone) = (self.shop.name.clone(), self.shop.time_zone.clone());
        let (store, channel) = self.store.write(move |tx| -> Result<_, StoreError> {
            Ok((
                tx.store_by_code(DEFAULT_STORE, &name, &zone)?.0,
                tx.channel_by_code(DEFAULT_CHANNEL, DEFAULT_CHANNEL)?.0,
            ))
        })?;
        self.ids.stores.insert(0, store);
        self.ids.channels.insert(0, channel);
        Ok(())
    }

    /// Chunks that wait for one transaction at most.
    fn chunks_at_once(&self) -> usize {
        let rows = self.job.chunk_rows;
        let rows = rows.unwrap_or_else(|| self.store.load_step_rows());
        (self.job.transaction_rows / rows.max(1)).clamp(1, 512)
    }

    fn take_all(
        &mut self,
        receiver: &Receiver<Sent>,
        progress: &mut dyn FnMut(Progress),
        cancel: &AtomicBool,
    ) -> Result<Outcome, RunError> {
        let started = Clock::now();
        let mut warnings = Vec::new();
        let mut pretended = Pretended::default();
        let mut waiting = Vec::new();
        let mut end = End::Done;
        loop {
            while waiting.len() < self.chunks_at_once() {
                let sent = match receiver.try_recv() {
                    Err(TryRecvError::Empty) if waiting.is_empty() => receiver.recv().ok(),
                    sent => sent.ok(),
                };
                match sent {
                    None => break,
                    Some(Sent::Warning(words)) => warnings.push(words),
                    // The last that is sent: what came before it is still written.
                    Some(Sent::Broken(error)) => end = End::Broken(error),
                    Some(Sent::Mapping(errors)) => return Err(RunError::Mapping(errors)),
                    Some(Sent::Chunk(chunk)) if self.dry => {
                        if cancel.load(Ordering::Relaxed) {
                            end = End::Cancelled;
                            break;
                        }
                        let (rows_done, bytes) = (chunk.rows_done, chunk.bytes_read);
                        self.count_chunk(*chunk, &mut pretended)?;
                        progress(self.progress(rows_done, bytes, started));
                    }
                    Some(Sent::Chunk(chunk)) => {
                        waiting.push(Ready::new(*chunk, &self.ids, self.job.import));
                    }
                }
            }
            if waiting.is_empty() {
                break;
            }
            if cancel.load(Ordering::Relaxed) {
                end = End::Cancelled;
                break;
            }
            let (rows_done, bytes) = self.write_chunks(&mut waiting)?;
            progress(self.progress(rows_done, bytes, started));
        }
        Ok(Outcome {
            end,
            counts: self.counts.clone(),
            warnings,
        })
    }

    fn count_chunk(&mut self, chunk: Chunk, pretended: &mut Pretended) -> Result<(), RunError> {
        if self.keep_rejected
            && let Ok(mut kept) = self.rejected.lock()
        {
            kept.extend(chunk.rejected.iter().cloned());
        }
        let counts = self.store.read(|tx| pretended.count(chunk, tx))?;
        self.counts.add(&counts);
        Ok(())
    }

    /// Writes as many chunks as the transaction's turn allows; the others stay. Rows and bytes done.
    fn write_chunks(&mut self, waiting: &mut Vec<Ready>) -> Result<(u64, u64), RunError> {
        let chunks = Arc::new(Mutex::new(std::mem::take(waiting)));
        let (run, before, known) = (
            self.run.clone(),
            self.counts.clone(),
            Applied::on(&self.ids),
        );
        let written = chunks.clone();
        let applied = self.store.load(move |tx| -> Result<Applied, StoreError> {
            let mut chunks = written.lock().unwrap_or_else(PoisonError::into_inner);
            let mut applied = known.clone();
            applied.write(tx, &mut chunks, &run, &before)?;
            Ok(applied)
        })?;
        self.ids.learn(&applied);
        if let Ok(mut touched) = self.run.touched.write() {
            touched.extend(&applied.touched);
        }
        self.counts.add(&applied.counts);
        let mut chunks = chunks.lock().unwrap_or_else(PoisonError::into_inner);
        let done = chunks[applied.chunks - 1].place();
        waiting.extend(chunks.drain(..).skip(applied.chunks));
        for ready in waiting {
            ready.resolve(&self.ids);
        }
        Ok(done)
    }

    fn progress(&self, rows_done: u64, bytes: u64, started: Clock) -> Progress {
        let seconds = started.elapsed().as_secs_f64().max(0.001);
        let total = match bytes {
            0 => rows_done,
            bytes => (rows_done as f64 * self.file_bytes.max(bytes) as f64 / bytes as f64) as u64,
        };
        let speed = (rows_done - self.done.rows.min(rows_done)) as f64 / seconds;
        Progress {
            rows_done,
            rows_total_estimate: total.max(rows_done),
            rows_per_second: speed as u64,
            seconds_left: ((total.saturating_sub(rows_done)) as f64 / speed.max(1.0)).ceil() as u64,
        }
    }
}
