//! Views of cards on their way into the journal. A view must neither wait for the disk nor be lost: it
//! is written to a spool file (the system's memory: a killed program loses nothing, a pulled plug the
//! last second) before the card is answered, and taken into the journal once a second, all views of one
//! person from one place as one entry. A spool that a killed program left behind is taken in by the next
//! one; the journal remembers which it has, so that none counts twice.

use super::{By, Note, acts};
use crate::environment::Randomness;
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use vernis_domain::{CustomerId, Instant};
use vernis_store::{Actor, Store, StoreError};

const FOLDER: &str = "journal-spool";

/// One line of a spool.
#[derive(Serialize, Deserialize)]
struct View {
    at: i64,
    act: String,
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    address: String,
    agent: String,
    customers: Vec<i64>,
}

/// The spool of this program.
pub(crate) struct Spool {
    folder: PathBuf,
    randomness: Randomness,
    current: Mutex<Option<Current>>,
    /// One takes in at a time: whoever asks for all to be in waits for who is at it.
    one: Mutex<()>,
    /// There may be files that nobody writes any more.
    left: AtomicBool,
    /// Files that were removed and that the journal still remembers.
    gone: Mutex<Vec<String>>,
}

struct Current {
    path: PathBuf,
    /// Locked as long as this program lives: others leave it alone.
    file: File,
}

/// Views of one person from one place with one program.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    act: String,
    kind: String,
    id: Option<i64>,
    address: String,
    agent: String,
}

impl Spool {
    pub fn new(data_dir: &Path, randomness: Randomness) -> Spool {
        Spool {
            folder: data_dir.join(FOLDER),
            randomness,
            current: Mutex::new(None),
            one: Mutex::new(()),
            left: AtomicBool::new(true),
            gone: Mutex::default(),
        }
    }

    /// Notes a view. When this returns, a kill of the program does not lose it.
    pub fn note(
        &self,
        act: &'static str,
        by: &By,
        customers: &[CustomerId],
        now: Instant,
    ) -> Result<(), Refusal> {
        let view = View {
            at: now.0,
            act: act.to_owned(),
            kind: by.actor.kind().to_owned(),
            id: by.actor.id(),
            address: by.address.clone(),
            agent: by.agent.clone(),
            customers: customers.iter().map(|id| id.0).collect(),
        };
        let mut line = serde_json::to_vec(&view).map_err(Refusal::internal)?;
        line.push(b'\n');
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.is_none() {
            *current = Some(self.begin().map_err(Refusal::internal)?);
        }
        match current.as_mut() {
            // One call for the whole line.
            Some(current) => current.file.write_all(&line).map_err(Refusal::internal),
            None => Ok(()),
        }
    }

    fn begin(&self) -> std::io::Result<Current> {
        std::fs::create_dir_all(&self.folder)?;
        let path = self
            .folder
            .join(format!("{}.views", self.randomness.token()));
        let file = File::options()
            .create_new(true)
            .append(true)
            .mode(0o600)
            .open(&path)?;
        file.lock()?;
        Ok(Current { path, file })
    }

    /// Takes into the journal what was noted since the last time.
    pub fn take_in(&self, store: &Store) -> Result<(), Refusal> {
        let _one = self.one.lock().unwrap_or_else(PoisonError::into_inner);
        if self.left.swap(false, Ordering::SeqCst)
            && let Err(error) = self.take_in_left_behind(store)
        {
            self.left.store(true, Ordering::SeqCst);
            return Err(error);
        }
        let current = self
            .current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(current) = current else {
            return Ok(());
        };
        let taken = self.take(store, &current.path);
        if taken.is_err() {
            // It stays where it is and is tried again.
            self.left.store(true, Ordering::SeqCst);
        }
        taken
    }

    /// Takes in what programs left behind that are gone, and what could not be taken in before.
    fn take_in_left_behind(&self, store: &Store) -> Result<(), Refusal> {
        let files = match std::fs::read_dir(&self.folder) {
            Ok(files) => files,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Refusal::internal(error)),
        };
        for file in files {
            let path = file.map_err(Refusal::internal)?.path();
            if path.extension().is_none_or(|end| end != "views") {
                continue;
            }
            let Ok(file) = File::open(&path) else {
                continue;
            };
            // Held by whoever writes it.
            if file.try_lock().is_ok() {
                self.take(store, &path)?;
            }
        }
        Ok(())
    }

    fn take(&self, store: &Store, path: &Path) -> Result<(), Refusal> {
        let id = path
            .file_stem()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let text = std::fs::read_to_string(path).map_err(Refusal::internal)?;
        let notes = notes(&text);
        let gone = std::mem::take(&mut *self.gone());
        let (spool, forgotten) = (id.clone(), gone.clone());
        let written = store.write(move |tx| -> Result<(), StoreError> {
            for id in &forgotten {
                tx.forget_spool(id)?;
            }
            if tx.take_spool(&spool)? {
                for note in &notes {
                    note.write(tx)?;
                }
            }
            Ok(())
        });
        if let Err(error) = written {
            self.gone().extend(gone);
            return Err(error.into());
        }
        std::fs::remove_file(path).map_err(Refusal::internal)?;
        self.gone().push(id);
        Ok(())
    }

    fn gone(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One note for each who, what and from where, with all the customers. A last line that a pulled plug
/// cut off is left out.
fn notes(text: &str) -> Vec<Note> {
    let mut groups: BTreeMap<Group, (i64, Vec<i64>)> = BTreeMap::new();
    for view in text
        .lines()
        .filter_map(|line| serde_json::from_str::<View>(line).ok())
    {
        let group = Group {
            act: view.act,
            kind: view.kind,
            id: view.id,
            address: view.address,
            agent: view.agent,
        };
        let (at, customers) = groups.entry(group).or_insert((view.at, Vec::new()));
        *at = (*at).max(view.at);
        customers.extend(view.customers);
    }
    groups
        .into_iter()
        .filter_map(|(group, (at, customers))| {
            let by = By {
                actor: Actor::of(&group.kind, group.id)?,
                address: group.address,
                agent: group.agent,
            };
            let note = Note::new(acts::act(&group.act)?, by).at(Instant(at));
            Some(note.customers(customers.into_iter().map(CustomerId)))
        })
        .collect()
}
