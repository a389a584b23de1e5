//! Taking customers out as a file: asked for with a reason, approved by a second person when it is many,
//! made in the background, sealed with a password that is shown once, kept for a day, and marked so that a
//! leaked file names its maker. Why it is built like this: ADR 19.

mod columns;
mod files;
mod make;
mod mark;
mod question;
mod rules;
mod sheet;
mod trace;
mod view;

pub use columns::OfferedColumn;
pub use files::Fetched;
pub(crate) use make::Jobs;
pub(crate) use make::tidy_in_background;
pub use question::{Form, Question};
pub use rules::{ALONE, ExportRules};
pub use trace::{Evidence, Trace, Traced};
pub use view::{ExportState, ExportView, StepView};

use crate::App;
use crate::caller::Caller;
use crate::contacts;
use crate::journal::{Note, acts, checked_reason, fields};
use crate::permission::Permission;
use crate::refusal::{Refusal, RefusalKind};
use crate::roles::Roles;
use crate::scope::Scope;
use crate::view::View;
use question::Wanted;
use std::sync::Arc;
use vernis_domain::{Instant, Language, Text, UserId};
use vernis_store::{ExportRow, ExportStep, NewExport, ReadTx};

pub(crate) const HOUR: i64 = 3_600_000_000;
/// How long a file is kept, and how long an approval holds.
pub(crate) const KEPT: i64 = 24 * HOUR;
/// How long a request waits for somebody to decide.
pub(crate) const WAITS: i64 = 7 * 24 * HOUR;

/// What somebody wants to take out.
#[derive(Clone, Debug)]
pub struct ExportAsked {
    /// Why.
    pub reason: String,
    /// Whom.
    pub question: Question,
    /// Which columns, by key.
    pub columns: Vec<String>,
    /// As what.
    pub form: Form,
    /// Language of the head and of words in cells.
    pub language: Language,
}

/// What would come of an export.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// Columns that can be asked for.
    pub columns: Vec<OfferedColumn>,
    /// How many people it is.
    pub people: usize,
    /// A second person has to approve it.
    pub needs_second: bool,
    /// There is somebody who could.
    pub second_exists: bool,
    /// Contacts are masked in it.
    pub masked: bool,
    /// Invented customers in the file.
    pub canaries: i64,
    /// From how many people in a day a second person is asked.
    pub approve_over: u32,
}

/// An export that was asked for.
pub struct ExportBegun {
    /// Row id.
    pub id: i64,
    /// Opens the file; shown once, kept nowhere. None while a second person is waited for.
    pub password: Option<String>,
}

impl App {
    /// What an export of these people would be.
    ///
    /// # Errors
    /// A question that is none.
    pub fn look_at_export(
        &self,
        caller: &Caller,
        view: &View,
        question: &Question,
    ) -> Result<Outlook, Refusal> {
        let asker = caller.need_person()?;
        caller.need(Permission::Export)?;
        let people = self.people_of(caller, view, question, 1)?.total;
        let now = self.now();
        self.store.read(|tx| {
            let rules = ExportRules::read(tx)?;
            Ok(Outlook {
                columns: columns::offered(caller, view),
                people,
                needs_second: needs_second(tx, &rules, asker, people, now)?,
                second_exists: second_exists(tx, asker)?,
                masked: contacts::are_masked(caller),
                canaries: mark::canaries(&rules, people),
                approve_over: rules.approve_over,
            })
        })
    }

    /// Asks for an export. What needs no second person is begun at once.
    ///
    /// # Errors
    /// Somebody who may not; a reason that is missing; a question that is none or finds nobody.
    pub fn ask_export(
        self: &Arc<App>,
        caller: &Caller,
        view: &View,
        asked: ExportAsked,
    ) -> Result<ExportBegun, Refusal> {
        let asker = caller.need_person()?;
        caller.need(Permission::Export)?;
        let reason = checked_reason(&asked.reason)?;
        let chosen = columns::chosen(view, &asked.columns)?;
        let people = self.people_of(caller, view, &asked.question, 1)?.total;
        if people == 0 {
            return Err(Refusal::field(
                "question",
                "nobody",
                Text::new("таких клиентов нет", "there are no such customers"),
            ));
        }
        let named: Vec<_> = chosen.iter().map(|one| one.label(Language::Ru)).collect();
        let wanted = Wanted {
            reason: reason.clone(),
            question: asked.question,
            columns: chosen.iter().map(|one| one.key().to_owned()).collect(),
            form: asked.form,
            english: asked.language == Language::En,
        };
        let text = serde_json::to_string(&wanted).map_err(Refusal::internal)?;
        let seed: [u8; 16] = self.randomness.bytes();
        let mark = u32::from_be_bytes(self.randomness.bytes());
        let masked = contacts::are_masked(caller);
        let note = Note::new(&acts::EXPORT_ASKED, caller)
            .fact(&fields::CUSTOMERS, people)
            .fact(&fields::COLUMNS, named.join(", "))
            .because(&reason)?;
        let (id, waits) = self
            .store
            .write(move |tx| -> Result<(i64, bool), Refusal> {
                // Two small files asked for at one moment are one large one, too.
                tx.one_export_at_a_time(asker)?;
                let rules = ExportRules::read(tx)?;
                let now = tx.now();
                let waits = needs_second(tx, &rules, asker, people, now)?;
                let id = tx.create_export(&NewExport {
                    mark,
                    seed,
                    asked_by: asker,
                    wanted: text.clone(),
                    people: people as i64,
                    masked,
                    needs_second: waits,
                })?;
                note.clone().of("export", [id]).write(tx)?;
                Ok((id, waits))
            })?;
        let password = match waits {
            true => None,
            false => Some(self.begin_export(caller, id)?),
        };
        Ok(ExportBegun { id, password })
    }

    /// A second person lets an export be made, or not.
    ///
    /// # Errors
    /// Whoever asked himself; a request that waits for nobody.
    pub fn decide_export(&self, caller: &Caller, id: i64, approve: bool) -> Result<(), Refusal> {
        let by = caller.need_person()?;
        caller.need(Permission::ExportsApprove)?;
        if !caller.scope().is_all() {
            return Err(crate::whole_shop_only());
        }
        let act = if approve {
            &acts::EXPORT_APPROVED
        } else {
            &acts::EXPORT_REFUSED
        };
        let note = Note::new(act, caller).of("export", [id]);
        self.store.write(move |tx| -> Result<(), Refusal> {
            let row = tx.export(id)?.ok_or_else(Refusal::not_found)?;
            if row.asked_by == by {
                return Err(Refusal::new(
                    RefusalKind::Forbidden,
                    "own_export",
                    Text::new(
                        "Свою выгрузку разрешает другой человек.",
                        "One's own export is approved by somebody else.",
                    ),
                ));
            }
            if view::state(&row, tx.now(), None) != ExportState::Waiting {
                return Err(decided_already());
            }
            let outcome = if approve { "approved" } else { "refused" };
            tx.add_export_step(id, &ExportStep::new("decided", outcome, Some(by)))?;
            note.clone()
                .of("staff", [row.asked_by.0])
                .fact(&fields::CUSTOMERS, row.people)
                .write(tx)?;
            Ok(())
        })
    }

    /// Whoever asked takes his request back.
    ///
    /// # Errors
    /// Somebody else's; one that was decided.
    pub fn withdraw_export(&self, caller: &Caller, id: i64) -> Result<(), Refusal> {
        let by = caller.need_person()?;
        let note = Note::new(&acts::EXPORT_WITHDRAWN, caller).of("export", [id]);
        self.store.write(move |tx| -> Result<(), Refusal> {
            let row = own(tx, id, by)?;
            if view::state(&row, tx.now(), None) != ExportState::Waiting {
                return Err(decided_already());
            }
            tx.add_export_step(id, &ExportStep::new("decided", "withdrawn", Some(by)))?;
            note.write(tx)?;
            Ok(())
        })
    }

    /// The newest exports: one's own, or `everybody`'s for whoever approves them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn exports(&self, caller: &Caller, everybody: bool) -> Result<Vec<ExportView>, Refusal> {
        let me = caller.need_person()?;
        let approves = caller.may(Permission::ExportsApprove) && caller.scope().is_all();
        let all = everybody && approves;
        let now = self.now();
        self.store.read(|tx| {
            let rows = tx.exports(200)?.into_iter();
            let names = view::names(tx)?;
            Ok(rows
                .filter(|row| all || row.asked_by == me)
                .map(|row| {
                    let progress = self.exports.progress(row.id);
                    view::view(row, now, progress, &names, me)
                })
                .collect())
        })
    }

    /// One of the exports that [`App::exports`] gives.
    ///
    /// # Errors
    /// Not found.
    pub fn export(&self, caller: &Caller, id: i64) -> Result<ExportView, Refusal> {
        let all = self.exports(caller, true)?;
        let found = all.into_iter().find(|one| one.id == id);
        found.ok_or_else(Refusal::not_found)
    }
}

/// One's own export.
pub(crate) fn own(tx: &mut ReadTx<'_>, id: i64, by: UserId) -> Result<ExportRow, Refusal> {
    let row = tx.export(id)?;
    row.filter(|row| row.asked_by == by)
        .ok_or_else(Refusal::not_found)
}

fn decided_already() -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        "export_decided",
        Text::new(
            "По этому запросу уже решено, или он устарел.",
            "This request was decided already, or is too old.",
        ),
    )
}

/// Whether so many people more than he took out alone in the last day need a second person: many small
/// files are one large one.
fn needs_second(
    tx: &mut ReadTx<'_>,
    rules: &ExportRules,
    asker: UserId,
    people: usize,
    now: Instant,
) -> Result<bool, Refusal> {
    if !rules.second_person {
        return Ok(false);
    }
    let before = tx.exported_alone_since(asker, Instant(now.0 - KEPT))?;
    Ok(before.saturating_add(people as i64) > i64::from(rules.approve_over))
}

/// Whether anybody else could approve.
fn second_exists(tx: &mut ReadTx<'_>, asker: UserId) -> Result<bool, Refusal> {
    let roles = Roles::read(tx)?;
    let able = |user: &vernis_store::StaffUser| {
        user.id != asker
            && user.blocked_at.is_none()
            && Scope::parse(&user.scope).is_all()
            && roles
                .permissions(&user.role)
                .has(Permission::ExportsApprove)
    };
    Ok(tx.users()?.iter().any(able))
}
