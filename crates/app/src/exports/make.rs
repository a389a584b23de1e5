//! Making the file: in a thread of its own, from one version of the base, row by row into an archive that
//! only the password opens. The plain file is never on the disk.

use super::columns::{Cell, Column, chosen, fact_cell};
use super::mark::{Marks, canaries};
use super::question::Wanted;
use super::sheet::{Sheet, begin_sealed};
use super::view::state;
use super::{ExportRules, ExportState, Form, KEPT, own};
use crate::App;
use crate::caller::Caller;
use crate::journal::{By, Note, acts, fields};
use crate::permission::Permission;
use crate::refusal::{Refusal, RefusalKind};
use crate::view::View;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use vernis_analytics::facts::card::facts_of;
use vernis_domain::{CustomerId, Language, Text};
use vernis_store::{ExportRow, ExportStep};
use zip::ZipWriter;

/// Exports being made in this program.
#[derive(Default)]
pub(crate) struct Jobs {
    running: Mutex<HashMap<i64, Arc<Progress>>>,
    /// One is made at a time.
    turn: Mutex<()>,
}

#[derive(Default)]
struct Progress {
    done: AtomicU64,
    total: AtomicU64,
}

/// People whose export stands with each of them in the journal; of more only their number does.
const NAMED_IN_JOURNAL: usize = 2_000;

/// How often old files are looked for.
const TIDY_EVERY: u32 = 40;
const PAUSE: Duration = Duration::from_millis(500);

impl Jobs {
    pub fn progress(&self, id: i64) -> Option<(u64, u64)> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.get(&id).map(|one| {
            (
                one.done.load(Ordering::Relaxed),
                one.total.load(Ordering::Relaxed),
            )
        })
    }

    /// Nothing when it is being made already.
    fn begin(&self, id: i64) -> Option<Arc<Progress>> {
        let progress = Arc::new(Progress::default());
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.contains_key(&id) {
            return None;
        }
        running.insert(id, progress.clone());
        Some(progress)
    }

    fn end(&self, id: i64) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.remove(&id);
    }
}

/// Ends an export however its thread ends.
struct AtWork(Arc<App>, i64);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.exports.end(self.1);
    }
}

/// What was made.
struct Made {
    people: Vec<CustomerId>,
    canaries: i64,
    size_bytes: u64,
}

impl App {
    pub(crate) fn export_path(&self, id: i64) -> PathBuf {
        self.data_dir.join("exports").join(format!("{id}.zip"))
    }

    /// Begins to make the file; gives the password, once.
    ///
    /// # Errors
    /// Somebody else's export; one that waits for a second person, or was made.
    pub fn begin_export(self: &Arc<App>, caller: &Caller, id: i64) -> Result<String, Refusal> {
        let by = caller.need_person()?;
        caller.need(Permission::Export)?;
        // Somebody else's is not there, also while it is being made.
        self.store.read(|tx| own(tx, id, by).map(drop))?;
        let progress = self.exports.begin(id).ok_or_else(not_now)?;
        let at_work = AtWork(self.clone(), id);
        let row = self.store.write(move |tx| -> Result<ExportRow, Refusal> {
            let row = own(tx, id, by)?;
            let may = match state(&row, tx.now(), None) {
                ExportState::Approved => true,
                _ => !row.needs_second && row.steps.is_empty(),
            };
            if !may {
                return Err(not_now());
            }
            tx.add_export_step(id, &ExportStep::new("begun", "", Some(by)))?;
            Ok(row)
        })?;
        let password = self.new_password();
        let (caller, secret) = (caller.clone(), password.clone());
        let started = std::thread::Builder::new()
            .name("vernis-export".to_owned())
            .spawn(move || {
                vernis_analytics::pool::stand_back();
                at_work.0.run_export(&caller, &row, &secret, &progress);
            });
        started.map_err(Refusal::internal)?;
        Ok(password)
    }

    /// Sixteen letters and digits that are not mistaken for one another: 80 bits.
    fn new_password(&self) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let bytes: [u8; 16] = self.randomness.bytes();
        let mut text = String::with_capacity(19);
        for (at, byte) in bytes.iter().enumerate() {
            if at > 0 && at % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(LETTERS[usize::from(byte & 31)]));
        }
        text
    }

    fn run_export(&self, caller: &Caller, row: &ExportRow, password: &str, progress: &Progress) {
        let _one = self
            .exports
            .turn
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let made = self.make(caller, row, password, progress);
        let path = self.export_path(row.id);
        let (id, by) = (row.id, By::from(caller));
        let mut step = ExportStep::new("ended", "made", None);
        let note = match &made {
            Ok(made) => {
                step.people = Some(made.people.len() as i64);
                step.size_bytes = Some(made.size_bytes as i64);
                step.canaries = Some(made.canaries);
                let note = Note::new(&acts::EXPORT_MADE, by)
                    .of("export", [id])
                    .fact(&fields::CUSTOMERS, made.people.len());
                match made.people.len() {
                    ..=NAMED_IN_JOURNAL => note.customers(made.people.iter().copied()),
                    _ => note,
                }
            }
            Err(refusal) => {
                tracing::warn!(%refusal, export = id, "an export was not made");
                step.outcome = "failed".to_owned();
                Note::new(&acts::EXPORT_FAILED, by)
                    .of("export", [id])
                    .fact(&fields::CAUSE, refusal.code)
            }
        };
        let written = self.store.write(move |tx| -> Result<(), Refusal> {
            tx.add_export_step(id, &step)?;
            note.write(tx)?;
            Ok(())
        });
        let good = written.is_ok() && made.is_ok();
        if !good {
            let _ = std::fs::remove_file(&path);
            return;
        }
        // Whoever was erased while the file was being made stands in it: it goes. An erasure after the
        // step above ends the file itself.
        let people = made.map(|made| made.people).unwrap_or_default();
        let base = self.live.current();
        let gone = |id: &CustomerId| base.place(base.links().root(*id)).is_none();
        if people.iter().any(gone) {
            let _ = std::fs::remove_file(&path);
            let ended = self.store.write(move |tx| -> Result<(), Refusal> {
                if tx
                    .export(id)?
                    .is_some_and(|row| row.step("removed").is_none())
                {
                    tx.add_export_step(id, &ExportStep::new("removed", "erased", None))?;
                }
                Ok(())
            });
            if let Err(error) = ended {
                tracing::error!(%error, export = id, "the end of an export's file was not noted");
            }
        }
    }

    fn make(
        &self,
        caller: &Caller,
        row: &ExportRow,
        password: &str,
        progress: &Progress,
    ) -> Result<Made, Refusal> {
        let wanted: Wanted = serde_json::from_str(&row.wanted).map_err(Refusal::internal)?;
        // One version of the base: what is written down is of one moment.
        let view = self.base(caller)?;
        let page = self.people_of(caller, &view, &wanted.question, usize::MAX)?;
        let people = page.ids;
        // Nobody approved, and no limit was asked about, what has grown since.
        if people.len() as i64 > row.people + row.people / 10 + 10 {
            return Err(Refusal::new(
                RefusalKind::Conflict,
                "export_grew",
                Text::new(
                    "Клиентов стало заметно больше, чем было в запросе: попросите выгрузку заново.",
                    "There are many more customers than were asked for: ask again.",
                ),
            ));
        }
        progress.total.store(people.len() as u64, Ordering::Relaxed);
        let rules = self.export_rules()?;
        let path = self.export_path(row.id);
        let unfinished = path.with_extension("part");
        let written = self
            .write_file(
                caller,
                row,
                &wanted,
                &view,
                &people,
                &rules,
                password,
                &unfinished,
                progress,
            )
            .and_then(|()| std::fs::rename(&unfinished, &path));
        if let Err(error) = written {
            let _ = std::fs::remove_file(&unfinished);
            return Err(disk(&error));
        }
        Ok(Made {
            canaries: canaries(&rules, people.len()),
            people,
            size_bytes: std::fs::metadata(&path).map_or(0, |meta| meta.len()),
        })
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one file is made of all of these"
    )]
    fn write_file(
        &self,
        caller: &Caller,
        row: &ExportRow,
        wanted: &Wanted,
        view: &View,
        people: &[CustomerId],
        rules: &ExportRules,
        password: &str,
        path: &Path,
        progress: &Progress,
    ) -> io::Result<()> {
        let other = |refusal: Refusal| io::Error::other(refusal.code);
        let language = if wanted.english {
            Language::En
        } else {
            Language::Ru
        };
        let columns = chosen(view, &wanted.columns).map_err(other)?;
        let lens = self.lens_of_question(&wanted.question).map_err(other)?;
        let writer = Rows {
            app: self,
            caller,
            view,
            lens: &lens,
            columns: &columns,
            language,
            digits: self.shop().currency.digits(),
            mark: row.mark,
        };
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        let file = File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(path)?;
        let mut zip = ZipWriter::new(BufWriter::with_capacity(1 << 18, file));
        let name = format!("customers-{}.{}", self.today(), wanted.form.code());
        begin_sealed(&mut zip, &name, password, wanted.form == Form::Csv)?;
        let mut sheet = match wanted.form {
            Form::Csv => Sheet::csv(&mut zip, language)?,
            Form::Xlsx => Sheet::xlsx(&mut zip)?,
        };
        sheet.row(&writer.head())?;
        let marks = Marks::new(self.keys.export_secret(&row.seed));
        let invented = (0..canaries(rules, people.len())).map(|number| {
            let canary = marks.canary(number);
            (canary.place, Err(canary))
        });
        let mut order: Vec<_> = people
            .iter()
            .map(|id| (marks.place(*id), Ok(*id)))
            .chain(invented)
            .collect();
        order.sort_by_key(|(place, _)| *place);
        for (_, one) in order {
            match one {
                Ok(id) => {
                    sheet.row(&writer.row(id))?;
                    progress.done.fetch_add(1, Ordering::Relaxed);
                }
                Err(canary) => {
                    let donor = people[(canary.donor % people.len() as u64) as usize];
                    sheet.row(&writer.canary(&canary, rules, donor))?;
                }
            }
        }
        sheet.finish()?;
        let mut out = zip.finish()?;
        out.flush()?;
        out.get_ref().sync_all()
    }

    /// Removes files that have had their day, and ends what a stopped program left unfinished.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn tidy_exports(&self) -> Result<(), Refusal> {
        let now = self.now();
        let (kept, unfinished) = self
            .store
            .read(|tx| Ok::<_, Refusal>((tx.exports_kept()?, tx.exports_unfinished()?)))?;
        let old: Vec<i64> = kept
            .iter()
            .filter(|(_, made)| now.0 >= made.0 + KEPT)
            .map(|(id, _)| *id)
            .collect();
        // Another program on the same base may be making one.
        let patience = if self.follows { KEPT / 4 } else { 0 };
        let broken: Vec<i64> = unfinished
            .iter()
            .filter(|(id, begun)| {
                self.exports.progress(*id).is_none() && now.0 >= begun.0 + patience
            })
            .map(|(id, _)| *id)
            .collect();
        if !old.is_empty() || !broken.is_empty() {
            let (old, broken) = (old.clone(), broken.clone());
            self.store.write(move |tx| -> Result<(), Refusal> {
                for id in &old {
                    let open = |row: ExportRow| row.step("removed").is_none();
                    if tx.export(*id)?.is_some_and(open) {
                        tx.add_export_step(*id, &ExportStep::new("removed", "expired", None))?;
                        Note::new(&acts::EXPORT_REMOVED, By::program())
                            .of("export", [*id])
                            .write(tx)?;
                    }
                }
                for id in &broken {
                    let open = |row: ExportRow| row.step("ended").is_none();
                    if tx.export(*id)?.is_some_and(open) {
                        tx.add_export_step(*id, &ExportStep::new("ended", "failed", None))?;
                        Note::new(&acts::EXPORT_FAILED, By::program())
                            .of("export", [*id])
                            .fact(&fields::CAUSE, "interrupted")
                            .write(tx)?;
                    }
                }
                Ok(())
            })?;
        }
        let kept: Vec<i64> = kept
            .into_iter()
            .map(|(id, _)| id)
            .filter(|id| !old.contains(id))
            .collect();
        self.sweep_files(&kept);
        Ok(())
    }

    /// Removes every file that no kept export and no running one owns.
    fn sweep_files(&self, kept: &[i64]) {
        let Ok(all) = std::fs::read_dir(self.data_dir.join("exports")) else {
            return;
        };
        for file in all.flatten() {
            let path = file.path();
            let id = path
                .file_stem()
                .and_then(|stem| stem.to_str()?.parse().ok());
            let wanted =
                id.is_some_and(|id: i64| kept.contains(&id) || self.exports.progress(id).is_some());
            if !wanted && let Err(error) = std::fs::remove_file(&path) {
                tracing::warn!(%error, "an old export could not be removed");
            }
        }
    }
}

/// Makes rows of a file.
struct Rows<'a> {
    app: &'a App,
    caller: &'a Caller,
    view: &'a View,
    lens: &'a vernis_analytics::facts::Lens,
    columns: &'a [Column],
    language: Language,
    digits: u32,
    mark: u32,
}

impl Rows<'_> {
    fn head(&self) -> Vec<Cell> {
        let code = Text::new("Код строки", "Row code");
        std::iter::once(code.get(self.language).to_owned())
            .chain(self.columns.iter().map(|one| one.label(self.language)))
            .map(Cell::Text)
            .collect()
    }

    fn row(&self, id: CustomerId) -> Vec<Cell> {
        let customer = self.view.customer(id);
        self.cells(id, id.0, customer.as_ref())
    }

    fn canary(
        &self,
        canary: &super::mark::Canary,
        rules: &ExportRules,
        donor: CustomerId,
    ) -> Vec<Cell> {
        let city = self.view.customer(donor).map(|one| one.city);
        let invented = canary.customer(rules, city.unwrap_or_default());
        // His code is like the others': the number is nobody's.
        self.cells(donor, i64::MIN | canary.place as i64, Some(&invented))
    }

    fn cells(
        &self,
        facts_from: CustomerId,
        code: i64,
        customer: Option<&vernis_domain::Customer>,
    ) -> Vec<Cell> {
        let facts: Vec<_> = self.columns.iter().filter_map(|one| one.fact()).collect();
        let mut values = facts_of(self.view, self.lens, facts_from, &facts).into_iter();
        let code = self.app.store.public_ids().row_code(self.mark, code);
        let mut cells = Vec::with_capacity(self.columns.len() + 1);
        cells.push(Cell::Text(code));
        for column in self.columns {
            cells.push(match column {
                Column::Fact(fact) => values.next().map_or(Cell::Empty, |value| {
                    fact_cell(
                        self.caller,
                        self.view,
                        fact,
                        value,
                        self.language,
                        self.digits,
                    )
                }),
                Column::Own(_) => customer
                    .and_then(|one| column.own_cell(self.caller, one))
                    .unwrap_or(Cell::Empty),
            });
        }
        cells
    }
}

fn not_now() -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        "export_not_ready",
        Text::new(
            "Эту выгрузку сейчас сделать нельзя: её не разрешили, или файл уже делали.",
            "This export cannot be made now: it is not approved, or was made already.",
        ),
    )
}

fn disk(error: &io::Error) -> Refusal {
    if error.kind() == io::ErrorKind::StorageFull {
        return Refusal::new(
            RefusalKind::Unavailable,
            "disk_full",
            Text::new("На диске сервера нет места.", "The server's disk is full."),
        );
    }
    Refusal::internal(error)
}

/// Starts the thread that removes old files; ends with the program.
pub(crate) fn tidy_in_background(app: &Arc<App>) -> Result<(), Refusal> {
    app.tidy_exports()?;
    let (app, stop): (Weak<App>, _) = (Arc::downgrade(app), app.stop.clone());
    std::thread::Builder::new()
        .name("vernis-exports".to_owned())
        .spawn(move || {
            let mut pauses = 0;
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(PAUSE);
                let Some(app) = app.upgrade() else { return };
                pauses += 1;
                if pauses < TIDY_EVERY {
                    continue;
                }
                pauses = 0;
                if let Err(error) = app.tidy_exports() {
                    tracing::warn!(%error, "old exports were not looked for");
                }
            }
        })
        .map(drop)
        .map_err(Refusal::internal)
}
