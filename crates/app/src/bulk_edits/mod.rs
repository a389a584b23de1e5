//! Changing many customers at once: a preview, a run in short steps that lets others through, and
//! taking the whole back.

mod change;
mod preview;
mod undo;
mod work;

pub use change::{BulkChange, MarkChange, Wanted};
pub use preview::{BulkPart, BulkPreview};
pub use vernis_store::BulkEdit;
pub(crate) use work::AtWork;

use crate::App;
use crate::caller::{Actor, Caller};
use crate::journal::{By, Note, acts, fields};
use crate::permission::Permission;
use crate::refusal::{Refusal, RefusalKind};
use crate::view::View;
use std::sync::Arc;
use vernis_domain::{CustomerId, Text};
use vernis_store::{Kept, KeptReply, NewBulkEdit, WriteTx, bulk_state};
use work::Way;

/// Customers of one step: short, so that a till never waits long behind it.
const STEP: usize = 32;
/// After this long without a step a bulk edit of another program counts as interrupted.
const SILENCE_MICROS: i64 = 30_000_000;
/// Of more customers the journal tells only how many they are; the steps tell who.
const NAMED_IN_JOURNAL: usize = 10_000;
/// Bulk edits told in a list.
const TOLD: usize = 30;

/// Under which key a request came, and the request itself: a repeat finds what was begun.
#[derive(Clone)]
pub struct AskedOnce {
    /// The key.
    pub key: String,
    /// The request, to be compared.
    pub request: Vec<u8>,
}

impl App {
    /// Begins a change of these customers in the background; gives its id. The same request again
    /// begins nothing and gives the same.
    ///
    /// # Errors
    /// Nothing to change, nobody to change it of; what the caller may not; the database.
    pub fn start_bulk_edit(
        self: &Arc<Self>,
        caller: &Caller,
        view: &View,
        customers: Vec<CustomerId>,
        change: &BulkChange,
        once: Option<AskedOnce>,
    ) -> Result<i64, Refusal> {
        self.check_change(caller, view, change)?;
        let (text, who) = (
            serde_json::to_string(change).map_err(Refusal::internal)?,
            By::from(caller),
        );
        let mut note = change
            .note(Note::new(&acts::BULK_EDIT_STARTED, caller))
            .fact(&fields::CUSTOMERS, customers.len());
        if customers.len() <= NAMED_IN_JOURNAL {
            note = note.customers(customers.iter().copied());
        }
        let new = NewBulkEdit {
            change: text,
            customers,
            step: STEP,
            by: who.actor,
        };
        let scope = format!(
            "bulk edits of {} {}",
            who.actor.kind(),
            who.actor.id().unwrap_or(0)
        );
        let (id, new) = self
            .store
            .write(move |tx| -> Result<(i64, bool), Refusal> {
                if let Some(once) = &once {
                    match tx.kept_reply(&scope, &once.key, &once.request)? {
                        Kept::Nothing => {}
                        Kept::Reply(reply) => {
                            let id = String::from_utf8_lossy(&reply.body).parse();
                            return Ok((id.map_err(Refusal::internal)?, false));
                        }
                        Kept::OtherRequest => return Err(key_is_used()),
                    }
                }
                if new.customers.is_empty() {
                    return Err(nothing());
                }
                let id = tx.create_bulk_edit(&new)?;
                if let Some(once) = &once {
                    let body = id.to_string().into_bytes();
                    let reply = KeptReply { status: 202, body };
                    tx.keep_reply(&scope, &once.key, &once.request, &reply)?;
                }
                note.clone().of("bulk_edit", [id]).write(tx)?;
                Ok((id, true))
            })?;
        if new {
            self.work_on(caller, id, Way::Do)?;
        }
        Ok(id)
    }

    /// Whether somebody may make a change at all.
    ///
    /// # Errors
    /// Nothing to change; a store he does not work in; a manager he may not set, or who is not there.
    pub fn check_change(
        &self,
        caller: &Caller,
        view: &View,
        change: &BulkChange,
    ) -> Result<(), Refusal> {
        if change.is_empty() {
            return Err(nothing());
        }
        if let Some(store) = change.store
            && !view.works_in(store)
        {
            return Err(crate::customers::no_such_store());
        }
        if let Some(manager) = change.manager {
            caller.need(Permission::ManagersSet)?;
            let known = self.possible_managers()?;
            if manager
                .value()
                .is_some_and(|id| !known.iter().any(|one| one.id == id))
            {
                return Err(Refusal::field(
                    "change.manager",
                    "unknown",
                    Text::new("такого сотрудника нет", "there is no such member of staff"),
                ));
            }
        }
        Ok(())
    }

    /// Begins to take a bulk edit back.
    ///
    /// # Errors
    /// Not found; it is not done, or taken back already.
    pub fn undo_bulk_edit(self: &Arc<Self>, caller: &Caller, id: i64) -> Result<(), Refusal> {
        let edit = self.bulk_edit(caller, id)?;
        let change: BulkChange = serde_json::from_str(&edit.change).map_err(Refusal::internal)?;
        if change.manager.is_some() {
            caller.need(Permission::ManagersSet)?;
        }
        let note = change
            .note(Note::new(&acts::BULK_EDIT_UNDO, caller))
            .of("bulk_edit", [id]);
        self.store.write(move |tx: &mut WriteTx<'_>| {
            if !tx.move_bulk_edit(id, bulk_state::DONE, bulk_state::UNDOING)? {
                return Err(Refusal::new(
                    RefusalKind::Conflict,
                    "not_done",
                    Text::new(
                        "Отменить можно только законченное изменение, и один раз.",
                        "Only a change that is done can be taken back, and once.",
                    ),
                ));
            }
            note.write(tx).map_err(Refusal::from)
        })?;
        self.work_on(caller, id, Way::Undo)
    }

    /// Goes on with a bulk edit that was interrupted; nothing happens to one that is at its end.
    ///
    /// # Errors
    /// Not found; the database.
    pub fn resume_bulk_edit(self: &Arc<Self>, caller: &Caller, id: i64) -> Result<(), Refusal> {
        let edit = self.bulk_edit(caller, id)?;
        match Way::of(&edit.state) {
            Some(way) => self.work_on(caller, id, way),
            None => Ok(()),
        }
    }

    /// A bulk edit that the caller may see: his own, or any when he sees the whole base.
    ///
    /// # Errors
    /// Not found.
    pub fn bulk_edit(&self, caller: &Caller, id: i64) -> Result<BulkEdit, Refusal> {
        self.store
            .read(|tx| tx.bulk_edit(id).map_err(Refusal::from))?
            .filter(|edit| is_his(caller, edit))
            .ok_or_else(Refusal::not_found)
    }

    /// The latest bulk edits the caller may see.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn bulk_edits(&self, caller: &Caller) -> Result<Vec<BulkEdit>, Refusal> {
        let all = self
            .store
            .read(|tx| tx.bulk_edits(1000).map_err(Refusal::from))?;
        let seen = all.into_iter().filter(|edit| is_his(caller, edit));
        Ok(seen.take(TOLD).collect())
    }

    /// Whether a bulk edit stands still although it is not at its end.
    pub fn is_interrupted(&self, edit: &BulkEdit) -> bool {
        let silent = self.now().0 - edit.updated_at.0 > SILENCE_MICROS;
        Way::of(&edit.state)
            .is_some_and(|way| !self.bulk_work.has(edit.id, way) && (silent || !self.follows))
    }
}

fn is_his(caller: &Caller, edit: &BulkEdit) -> bool {
    let own = matches!(caller.actor, Actor::Staff(_) | Actor::Key(_))
        && By::from(caller).actor == edit.by;
    own || caller.scope().is_all()
}

fn nothing() -> Refusal {
    Refusal::field(
        "change",
        "empty",
        Text::new(
            "нечего или некого менять",
            "there is nothing or nobody to change",
        ),
    )
}

fn key_is_used() -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        "key_is_used",
        Text::new(
            "Этот Idempotency-Key уже был у другого изменения. Ничего не изменено.",
            "This Idempotency-Key was used for another change. Nothing was changed.",
        ),
    )
}
