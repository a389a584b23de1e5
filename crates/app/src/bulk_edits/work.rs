//! Doing a bulk edit, and taking it back: steps of their own transactions, each with its mark, so that
//! a program that is killed leaves whole steps, and a repeated one does nothing twice.

use super::change::BulkChange;
use super::undo;
use crate::App;
use crate::caller::Caller;
use crate::journal::{Note, acts, fields};
use crate::refusal::{Refusal, RefusalKind};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use vernis_domain::{CustomerId, Text};
use vernis_store::{BulkEdit, bulk_state};

/// Which way it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    Do,
    Undo,
}

impl Way {
    /// The way a bulk edit in this state goes; none when it stands at its end.
    pub(super) fn of(state: &str) -> Option<Way> {
        match state {
            bulk_state::RUNNING => Some(Way::Do),
            bulk_state::UNDOING => Some(Way::Undo),
            _ => None,
        }
    }
}

/// Bulk edits that this program is at.
#[derive(Default)]
pub(crate) struct AtWork(Mutex<HashSet<(i64, Way)>>);

impl AtWork {
    fn set(&self) -> std::sync::MutexGuard<'_, HashSet<(i64, Way)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has(&self, id: i64, way: Way) -> bool {
        self.set().contains(&(id, way))
    }
}

/// Another program did this step meanwhile.
const TAKEN: &str = "step_taken";

fn taken() -> Refusal {
    let text = Text::new(
        "Этот шаг уже сделан другой программой.",
        "Another program has done this step.",
    );
    Refusal::new(RefusalKind::Conflict, TAKEN, text)
}

impl App {
    /// Works on a bulk edit in the background, unless it is worked on.
    pub(super) fn work_on(
        self: &Arc<Self>,
        caller: &Caller,
        id: i64,
        way: Way,
    ) -> Result<(), Refusal> {
        if !self.bulk_work.set().insert((id, way)) {
            return Ok(());
        }
        let (app, caller) = (Arc::clone(self), caller.clone());
        let spawned = std::thread::Builder::new()
            .name("vernis-bulk-edit".to_owned())
            .spawn(move || {
                vernis_analytics::pool::stand_back();
                if let Err(error) = app.steps(&caller, id, way) {
                    tracing::error!(%error, bulk_edit = id, "a bulk edit stopped");
                }
                app.bulk_work.set().remove(&(id, way));
            });
        if spawned.is_err() {
            self.bulk_work.set().remove(&(id, way));
        }
        spawned.map(|_| ()).map_err(Refusal::internal)
    }

    fn steps(&self, caller: &Caller, id: i64, way: Way) -> Result<(), Refusal> {
        let edit = self
            .store
            .read(|tx| tx.bulk_edit(id).map_err(Refusal::from))?
            .ok_or_else(Refusal::not_found)?;
        let change: BulkChange = serde_json::from_str(&edit.change).map_err(Refusal::internal)?;
        while !self.stop.load(std::sync::atomic::Ordering::Relaxed) {
            let more = match way {
                Way::Do => self.do_step(caller, &edit, &change),
                Way::Undo => self.undo_step(caller, &edit),
            };
            match more {
                Ok(true) => {}
                Ok(false) => break,
                Err(refusal) if refusal.code == TAKEN => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(())
    }

    /// Does the next step; false when there is none and the edit is done.
    fn do_step(
        &self,
        caller: &Caller,
        edit: &BulkEdit,
        change: &BulkChange,
    ) -> Result<bool, Refusal> {
        let id = edit.id;
        let next = self
            .store
            .read(|tx| tx.next_bulk_step(id).map_err(Refusal::from))?;
        let Some(step) = next else {
            let caller = caller.clone();
            return self.store.write(move |tx| -> Result<bool, Refusal> {
                if tx.move_bulk_edit(id, bulk_state::RUNNING, bulk_state::DONE)? {
                    let changed = tx.bulk_edit(id)?.map_or(0, |edit| edit.changed);
                    Note::new(&acts::BULK_EDIT_ENDED, &caller)
                        .of("bulk_edit", [id])
                        .fact(&fields::RECORDS, changed)
                        .write(tx)?;
                }
                Ok(false)
            });
        };
        // Somebody who is not seen any more is left as he is.
        let view = self.base(caller)?;
        let seen = step.customers.iter().filter(|one| view.sees(**one));
        let people: Vec<CustomerId> = seen.copied().collect();
        let change = change.clone();
        self.store.write(move |tx| -> Result<bool, Refusal> {
            let changed = change.write(tx, &people, id)?;
            if tx.bulk_step_done(id, &step, &changed)? {
                Ok(true)
            } else {
                Err(taken())
            }
        })
    }

    /// Takes the next step back; false when there is none and the edit is taken back.
    fn undo_step(&self, caller: &Caller, edit: &BulkEdit) -> Result<bool, Refusal> {
        let id = edit.id;
        let next = self
            .store
            .read(|tx| tx.next_undo_step(id).map_err(Refusal::from))?;
        let Some(step) = next else {
            let caller = caller.clone();
            return self.store.write(move |tx| -> Result<bool, Refusal> {
                if tx.move_bulk_edit(id, bulk_state::UNDOING, bulk_state::UNDONE)? {
                    let counts = tx.bulk_edit(id)?.map(|edit| (edit.restored, edit.kept));
                    let (restored, kept) = counts.unwrap_or_default();
                    Note::new(&acts::BULK_EDIT_UNDONE, &caller)
                        .of("bulk_edit", [id])
                        .fact(&fields::RESTORED, restored)
                        .fact(&fields::KEPT, kept)
                        .write(tx)?;
                }
                Ok(false)
            });
        };
        let view = self.base(caller)?;
        let seen: Vec<bool> = step.customers.iter().map(|one| view.sees(*one)).collect();
        let source = (caller.origin(), caller.user_id());
        self.store.write(move |tx| -> Result<bool, Refusal> {
            let (mut restored, mut kept) = (0, 0);
            for (record, seen) in step.customers.iter().zip(&seen) {
                let (back, stays) = undo::undo(tx, *record, *seen, id, source)?;
                restored += back;
                kept += stays;
            }
            if tx.bulk_step_undone(id, &step, (restored, kept))? {
                Ok(true)
            } else {
                Err(taken())
            }
        })
    }
}
