//! The thread that keeps the journal: takes views in, chains entries in the order of their commits,
//! notes the head of the chain in the data folder.

use super::spool::Spool;
use super::{Act, By, Note};
use crate::App;
use crate::refusal::Refusal;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use vernis_domain::CustomerId;
use vernis_store::Store;

/// How often it looks.
const EVERY: Duration = Duration::from_millis(700);
/// Entries chained in one transaction: others wait for the writer meanwhile.
const AT_ONCE: i64 = 2_000;

/// The keeper; ends with the program that started it.
pub(crate) struct Keeper {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Keeper {
    pub fn start(store: Store, spool: Arc<Spool>, data_dir: PathBuf) -> Result<Keeper, Refusal> {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let told = stop.clone();
        let thread = std::thread::Builder::new()
            .name("vernis-journal".to_owned())
            .spawn(move || {
                let (stopped, wake) = &*told;
                let mut guard = stopped.lock().unwrap_or_else(PoisonError::into_inner);
                loop {
                    let ending = *guard;
                    drop(guard);
                    if let Err(error) = round(&store, &spool, &data_dir) {
                        tracing::error!(%error, "the journal is not kept; trying again");
                    }
                    if ending {
                        return;
                    }
                    guard = stopped.lock().unwrap_or_else(PoisonError::into_inner);
                    if !*guard {
                        guard = wake
                            .wait_timeout(guard, EVERY)
                            .unwrap_or_else(PoisonError::into_inner)
                            .0;
                    }
                }
            })
            .map_err(Refusal::internal)?;
        Ok(Keeper {
            stop,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Ends it after a last round.
    pub fn end(&self) {
        let (stopped, wake) = &*self.stop;
        *stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        wake.notify_all();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.end();
    }
}

fn round(store: &Store, spool: &Spool, data_dir: &Path) -> Result<(), Refusal> {
    spool.take_in(store)?;
    loop {
        let (sealed, _) = store.seal_journal(AT_ONCE)?;
        if sealed < AT_ONCE as usize {
            break;
        }
    }
    store.anchor_journal(data_dir)?;
    Ok(())
}

impl App {
    /// Notes that somebody saw these customers. Does not wait for the disk; what a killed program has
    /// noted is taken in by the next one.
    ///
    /// # Errors
    /// The disk: then what was to be seen must not be shown.
    pub fn note_view(
        &self,
        act: &'static Act,
        by: impl Into<By>,
        customers: &[CustomerId],
    ) -> Result<(), Refusal> {
        self.spool.note(act.code, &by.into(), customers, self.now())
    }

    /// Tells the journal of something that is no transaction of its own: what happened outside the base.
    ///
    /// # Errors
    /// The database.
    pub fn tell(&self, note: Note) -> Result<(), Refusal> {
        Ok(self.store.write(move |tx| note.write(tx))?)
    }

    /// Does at once what the keeper does by and by: afterwards everything noted so far is in the journal
    /// and chained.
    ///
    /// # Errors
    /// The database or the disk.
    pub fn settle_journal(&self) -> Result<(), Refusal> {
        round(&self.store, &self.spool, &self.data_dir)
    }
}
