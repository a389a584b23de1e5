//! Imports as people see them: an uploaded file, its preview, a dry run, a run with progress,
//! cancel and resume, the rows that were not taken.

use crate::App;
use crate::caller::Caller;
use crate::files;
use crate::import::{self, Counts, End, Job, Kind, Mapping, Preview, Progress, RunError};
use crate::journal::{By, Note, acts, fields};
use crate::refusal::{FieldError, Refusal, RefusalKind};
use crate::uploads::{Opened, Uploaded};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use vernis_domain::phone::PhoneRegion;
use vernis_domain::{ImportId, Instant, Text, text};
use vernis_store::{ImportRecord, NewImport, ReadTx, StoreError};

/// Name of the system whose customer ids a file carries, when nobody says another.
const SOURCE: &str = "file";

/// After this long without a chunk an import of another process counts as interrupted.
const SILENCE_MICROS: i64 = 30_000_000;

/// States of an import.
pub mod state {
    /// The file is here and looked at.
    pub const UPLOADED: &str = "uploaded";
    /// Being counted.
    pub const CHECKING: &str = "checking";
    /// Counted.
    pub const CHECKED: &str = "checked";
    /// Being written.
    pub const IMPORTING: &str = "importing";
    /// Whole.
    pub const DONE: &str = "done";
    /// Stopped by a person; what the counts say is in.
    pub const CANCELLED: &str = "cancelled";
    /// Nothing (more) was taken, see the error.
    pub const FAILED: &str = "failed";
    /// The program ended in the middle; it can go on.
    pub const INTERRUPTED: &str = "interrupted";
}

/// How a run was asked for; kept with the import so that a resume does the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunSettings {
    /// How the file is read.
    pub options: files::Options,
    /// What the rows are.
    pub kind: Kind,
    /// Which column is what.
    pub mapping: Mapping,
    /// Take good rows when some are bad.
    pub keep_good_rows: bool,
}

/// Why an import failed, in both languages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImportError {
    /// Stable code.
    pub code: String,
    /// In words.
    pub message: Text,
}

/// An import as it is shown.
#[derive(Clone, Debug)]
pub struct ImportView {
    /// Row id.
    pub id: ImportId,
    /// Name of the file.
    pub file_name: String,
    /// Its size.
    pub size_bytes: i64,
    /// When it was begun.
    pub created_at: Instant,
    /// See [`state`].
    pub state: String,
    /// What the rows are.
    pub kind: Option<Kind>,
    /// First rows and guesses; not in lists.
    pub preview: Option<Preview>,
    /// Mapping of the last run, or of the preview.
    pub mapping: Option<Mapping>,
    /// How far a run is.
    pub progress: Option<Progress>,
    /// What is in the base from this file.
    pub result: Option<Counts>,
    /// What would be.
    pub dry_run: Option<Counts>,
    /// Why it failed.
    pub error: Option<ImportError>,
}

/// Changes of how a file is looked at; what is absent stays as guessed.
#[derive(Clone, Debug, Default)]
pub struct LookAgain {
    /// Encoding.
    pub encoding: Option<String>,
    /// Delimiter.
    pub delimiter: Option<char>,
    /// Sheet.
    pub sheet: Option<String>,
    /// Header row from 0; `Some(None)`: there is none.
    pub header_row: Option<Option<u32>>,
    /// What the rows are.
    pub kind: Option<Kind>,
    /// Which column is what.
    pub mapping: Option<Mapping>,
}

/// Imports that run in this process.
#[derive(Default)]
pub(crate) struct Running(Mutex<HashMap<ImportId, Arc<Run>>>);

struct Run {
    cancel: AtomicBool,
    progress: Mutex<Progress>,
}

impl Running {
    fn get(&self, id: ImportId) -> Option<Arc<Run>> {
        self.all().get(&id).cloned()
    }

    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<ImportId, Arc<Run>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Whether an import runs in this program.
    pub(crate) fn importing(&self) -> bool {
        !self.running.all().is_empty()
    }

    /// Takes a whole upload as a new import and looks at it.
    ///
    /// # Errors
    /// A file that cannot be read, with line and reason; the import is kept as failed then.
    pub fn create_import(
        &self,
        caller: &Caller,
        file_name: &str,
        uploaded: Uploaded,
    ) -> Result<ImportView, Refusal> {
        let new = NewImport {
            file_name: text::clean(file_name, 200),
            size_bytes: uploaded.size_bytes as i64,
            digest: uploaded.digest.clone(),
            state: state::UPLOADED.to_owned(),
            created_by: caller.user_id(),
        };
        let note = Note::new(&acts::IMPORT_UPLOADED, caller);
        let id = self.store.write(move |tx| -> Result<ImportId, Refusal> {
            let id = tx.create_import(&new)?;
            note.clone().of("import", [id.0]).write(tx)?;
            Ok(id)
        })?;
        self.keep_upload(id, &uploaded)?;
        self.look_again(id, LookAgain::default())
    }

    /// Looks at the file again with what a person chose.
    ///
    /// # Errors
    /// Not found, or running.
    pub fn look_again(&self, id: ImportId, choice: LookAgain) -> Result<ImportView, Refusal> {
        self.not_running(id)?;
        let mut record = self.import_record(id)?;
        let opened = self.open_upload(id)?;
        let before: Option<Preview> = record
            .preview
            .take()
            .and_then(|json| serde_json::from_value(json).ok());
        let options = options(before.as_ref(), &choice);
        let file = opened.reopen().map_err(Refusal::internal)?;
        match import::preview(
            &self.program,
            file,
            &options,
            choice.kind,
            choice.mapping.as_ref(),
            &self.custom_fields(),
        ) {
            Ok(preview) => {
                record.kind = Some(preview.kind.code().to_owned());
                record.format = serde_json::to_value(preview.format)
                    .ok()
                    .and_then(|json| json.as_str().map(str::to_owned));
                record.preview = Some(serde_json::to_value(&preview).map_err(Refusal::internal)?);
                record.error = None;
                if record.counts.is_none() {
                    record.state = state::UPLOADED.to_owned();
                    record.dry_run = None;
                }
            }
            Err(error) => {
                fail(&mut record, &error.code, error.words());
            }
        }
        self.put_import(record)
    }

    /// Begins a run (or a dry run) in the background.
    ///
    /// # Errors
    /// A mapping that lacks something, with the fields to blame; running already; not found.
    pub fn run_import(
        self: &Arc<Self>,
        caller: &Caller,
        id: ImportId,
        dry_run: bool,
        kind: Kind,
        mapping: Mapping,
        keep_good_rows: bool,
    ) -> Result<ImportView, Refusal> {
        let record = self.import_record(id)?;
        let preview: Preview = record
            .preview
            .clone()
            .and_then(|json| serde_json::from_value(json).ok())
            .ok_or_else(|| {
                Refusal::new(
                    RefusalKind::Conflict,
                    "not_readable",
                    Text::new(
                        "Файл не прочитан, загружать нечего.",
                        "The file was not read; there is nothing to import.",
                    ),
                )
            })?;
        if !dry_run && record.state == state::DONE {
            return Err(already_done());
        }
        let settings = RunSettings {
            options: preview.options(),
            kind,
            mapping,
            keep_good_rows,
        };
        self.start(caller.into(), record, settings, dry_run)
    }

    /// Goes on with an import that was interrupted or cancelled.
    ///
    /// # Errors
    /// Nothing to go on with.
    pub fn resume_import(
        self: &Arc<Self>,
        caller: &Caller,
        id: ImportId,
    ) -> Result<ImportView, Refusal> {
        let record = self.import_record(id)?;
        let resumable = [state::INTERRUPTED, state::CANCELLED, state::FAILED];
        let settings = serde_json::from_value::<RunSettings>(record.settings.clone())
            .ok()
            .filter(|_| resumable.contains(&record.state.as_str()))
            .ok_or_else(|| {
                Refusal::new(
                    RefusalKind::Conflict,
                    "nothing_to_resume",
                    Text::new(
                        "Эту загрузку продолжать не нужно.",
                        "There is nothing to go on with in this import.",
                    ),
                )
            })?;
        self.start(caller.into(), record, settings, false)
    }

    fn start(
        self: &Arc<Self>,
        by: By,
        mut record: ImportRecord,
        settings: RunSettings,
        dry_run: bool,
    ) -> Result<ImportView, Refusal> {
        let id = record.id;
        let opened = self.open_upload(id)?;
        let run = Arc::new(Run {
            cancel: AtomicBool::new(false),
            progress: Mutex::new(Progress::default()),
        });
        {
            let mut all = self.running.all();
            if all.contains_key(&id) {
                return Err(running());
            }
            all.insert(id, run.clone());
        }
        record.state = if dry_run {
            state::CHECKING
        } else {
            state::IMPORTING
        }
        .to_owned();
        record.kind = Some(settings.kind.code().to_owned());
        record.settings = serde_json::to_value(&settings).map_err(Refusal::internal)?;
        record.error = None;
        record.finished_at = None;
        let started = Note::new(&acts::IMPORT_STARTED, by.clone()).of("import", [id.0]);
        let told = if dry_run { Ok(()) } else { self.tell(started) };
        let view = told.and_then(|()| self.put_import(record));
        let begun = view.and_then(|view| {
            let app = self.clone();
            std::thread::Builder::new()
                .name("vernis-import".to_owned())
                .spawn(move || app.work(by, id, &settings, dry_run, &opened, &run))
                .map_err(Refusal::internal)?;
            Ok(view)
        });
        if begun.is_err() {
            self.running.all().remove(&id);
        }
        begun
    }

    fn work(
        &self,
        by: By,
        id: ImportId,
        settings: &RunSettings,
        dry_run: bool,
        opened: &Opened,
        run: &Run,
    ) {
        let job = self.job(id, opened.path(), settings.clone(), dry_run);
        let outcome = import::run(
            &self.store,
            &job,
            &mut |progress| {
                *run.progress.lock().unwrap_or_else(PoisonError::into_inner) = progress;
            },
            &run.cancel,
        );
        let written = self.import_record(id).and_then(|mut record| {
            finish(&mut record, outcome, dry_run, self.now());
            let done = record.state == state::DONE;
            let ended = ended(by, &record);
            let view = self.put_import(record)?;
            if !dry_run {
                self.tell(ended)?;
            }
            if done {
                // What the file held is in the base now: its copy is one more thing to leak.
                self.drop_upload(id);
            }
            Ok(view)
        });
        if let Err(error) = written {
            tracing::error!(%error, import = id.0, "the end of an import could not be noted");
        }
        self.running.all().remove(&id);
    }

    /// A job of this shop, for the page and the command line alike.
    pub fn job(
        &self,
        import: ImportId,
        file: PathBuf,
        settings: RunSettings,
        dry_run: bool,
    ) -> Job {
        Job {
            import,
            file,
            options: settings.options,
            kind: settings.kind,
            mapping: settings.mapping,
            dry_run,
            keep_good_rows: settings.keep_good_rows,
            source: SOURCE.to_owned(),
            region: PhoneRegion::RUSSIA,
            exe: self.program.clone(),
            chunk_rows: None,
            transaction_rows: import::TRANSACTION_ROWS,
        }
    }

    /// Stops a run after the chunk under way.
    ///
    /// # Errors
    /// Not found.
    pub fn cancel_import(&self, caller: &Caller, id: ImportId) -> Result<ImportView, Refusal> {
        let view = self.import_view(id)?;
        if self.running.get(id).is_none() {
            return Ok(view);
        }
        self.tell(Note::new(&acts::IMPORT_CANCELLED, caller).of("import", [id.0]))?;
        if let Some(run) = self.running.get(id) {
            run.cancel.store(true, Ordering::Relaxed);
        }
        self.import_view(id)
    }

    /// Stops all runs: the program is about to end. They can be resumed.
    pub(crate) fn stop_imports(&self) {
        for run in self.running.all().values() {
            run.cancel.store(true, Ordering::Relaxed);
        }
    }

    /// One import.
    ///
    /// # Errors
    /// Not found.
    pub fn import_view(&self, id: ImportId) -> Result<ImportView, Refusal> {
        Ok(self.view(self.import_record(id)?, true))
    }

    /// All imports, newest first, without their previews.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn import_views(&self) -> Result<Vec<ImportView>, Refusal> {
        Ok(self
            .import_records(|tx| tx.imports())?
            .into_iter()
            .map(|record| self.view(record, false))
            .collect())
    }

    /// The rejected rows as a CSV file.
    ///
    /// # Errors
    /// Not found.
    pub fn rejected_csv(
        &self,
        caller: &Caller,
        id: ImportId,
        russian: bool,
    ) -> Result<Vec<u8>, Refusal> {
        let view = self.import_view(id)?;
        self.tell(Note::new(&acts::REJECTED_DOWNLOADED, caller).of("import", [id.0]))?;
        let names: Vec<String> = view
            .preview
            .map(|preview| preview.columns.into_iter().map(|c| c.name).collect())
            .unwrap_or_default();
        let mut out = Vec::new();
        import::rejected::write_csv(&self.store, id, &names, russian, &mut out)
            .map_err(Refusal::internal)?;
        Ok(out)
    }

    /// Records as they are true now: one that says it runs, but runs nowhere (its program was
    /// stopped in the middle), was interrupted and can go on.
    pub(crate) fn import_records(
        &self,
        read: impl Fn(&mut ReadTx<'_>) -> Result<Vec<ImportRecord>, StoreError> + Sync,
    ) -> Result<Vec<ImportRecord>, Refusal> {
        // Who runs is asked before the records are read and again after it: a run that ends in between
        // has left a record behind that still says it goes on.
        let ran: HashSet<ImportId> = self.running.all().keys().copied().collect();
        let records = self.store.read(|tx| read(tx).map_err(Refusal::from))?;
        Ok(records
            .into_iter()
            .map(|record| {
                let ran = ran.contains(&record.id) || self.running.get(record.id).is_some();
                if ran { record } else { self.settled(record) }
            })
            .collect())
    }

    fn settled(&self, mut record: ImportRecord) -> ImportRecord {
        // Another process on the same PostgreSQL may be at it: its chunks are signs of life.
        let silence_micros = if self.follows { SILENCE_MICROS } else { 0 };
        if self.now().0 - record.updated_at.0 >= silence_micros {
            match record.state.as_str() {
                state::CHECKING => record.state = state::UPLOADED.to_owned(),
                state::IMPORTING => record.state = state::INTERRUPTED.to_owned(),
                _ => {}
            }
        }
        record
    }

    fn not_running(&self, id: ImportId) -> Result<(), Refusal> {
        if self.running.get(id).is_some() {
            return Err(running());
        }
        Ok(())
    }

    pub(crate) fn import_record(&self, id: ImportId) -> Result<ImportRecord, Refusal> {
        self.import_records(|tx| Ok(tx.import(id)?.into_iter().collect()))?
            .pop()
            .ok_or_else(Refusal::not_found)
    }

    pub(crate) fn put_import(&self, record: ImportRecord) -> Result<ImportView, Refusal> {
        let written = record.clone();
        self.store
            .write(move |tx| tx.put_import(&written).map_err(Refusal::from))?;
        Ok(self.view(record, true))
    }

    fn view(&self, record: ImportRecord, with_preview: bool) -> ImportView {
        let progress = self
            .running
            .get(record.id)
            .map(|run| *run.progress.lock().unwrap_or_else(PoisonError::into_inner));
        let preview: Option<Preview> = record
            .preview
            .filter(|_| with_preview)
            .and_then(|json| serde_json::from_value(json).ok());
        let run = serde_json::from_value::<RunSettings>(record.settings).ok();
        ImportView {
            id: record.id,
            file_name: record.file_name,
            size_bytes: record.size_bytes,
            created_at: record.created_at,
            state: record.state,
            kind: record.kind.as_deref().and_then(Kind::from_code),
            mapping: run
                .map(|run| run.mapping)
                .or_else(|| preview.as_ref().map(Preview::mapping)),
            preview,
            progress,
            result: record
                .counts
                .and_then(|json| serde_json::from_value(json).ok()),
            dry_run: record
                .dry_run
                .and_then(|json| serde_json::from_value(json).ok()),
            error: record
                .error
                .and_then(|json| serde_json::from_value(json).ok()),
        }
    }
}

pub(crate) fn options(before: Option<&Preview>, choice: &LookAgain) -> files::Options {
    // A changed encoding or sheet changes everything behind it: the rest is guessed again.
    let fresh = choice.encoding.is_some() || choice.sheet.is_some();
    let mut options = match before {
        Some(preview) if !fresh => preview.options(),
        _ => files::Options::default(),
    };
    if choice.encoding.is_some() {
        options.encoding.clone_from(&choice.encoding);
    }
    if choice.delimiter.is_some() {
        options.delimiter = choice.delimiter;
    }
    if choice.sheet.is_some() {
        options.sheet.clone_from(&choice.sheet);
    }
    if let Some(row) = choice.header_row {
        options.header_row = row.map_or(files::HeaderChoice::None, files::HeaderChoice::Row);
    }
    options
}

pub(crate) fn finish(
    record: &mut ImportRecord,
    outcome: Result<import::Outcome, RunError>,
    dry_run: bool,
    now: Instant,
) {
    record.finished_at = Some(now);
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            let refusal = run_refusal(error);
            fail(record, refusal.code, refusal.detail);
            return;
        }
    };
    let counts = serde_json::to_value(&outcome.counts).ok();
    if dry_run {
        record.dry_run = counts;
    } else {
        record.counts = counts;
    }
    match outcome.end {
        End::Done => {
            record.state = if dry_run { state::CHECKED } else { state::DONE }.to_owned();
        }
        End::Cancelled => {
            record.state = if dry_run {
                state::UPLOADED
            } else {
                state::CANCELLED
            }
            .to_owned();
        }
        End::Refused => fail(
            record,
            "rejected_rows",
            Text::new(
                "Ничего не записано: есть строки с ошибками, а вы просили «всё или ничего». Исправьте их или возьмите только хорошие строки.",
                "Nothing was recorded: some rows are bad and all or nothing was wanted. Mend them or take only the good rows.",
            ),
        ),
        End::Broken(error) => {
            fail(record, &error.code, error.words());
        }
    }
}

/// What stopped a run, as a refusal.
pub fn run_refusal(error: RunError) -> Refusal {
    match error {
        RunError::Store(error) => error.into(),
        RunError::File(error) => Refusal::internal(error),
        RunError::NoShop => Refusal::internal("the shop is not set up"),
        RunError::Mapping(errors) => Refusal::fields(
            errors
                .into_iter()
                .map(|error| FieldError {
                    field: format!("mapping.{}", error.field),
                    rule: error.code,
                    message: error.words,
                })
                .collect(),
        ),
    }
}

pub(crate) fn fail(record: &mut ImportRecord, code: &str, message: Text) {
    record.state = state::FAILED.to_owned();
    record.error = serde_json::to_value(ImportError {
        code: code.to_owned(),
        message,
    })
    .ok();
}

fn running() -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        "import_running",
        Text::new(
            "Эта загрузка сейчас идёт.",
            "This import is running right now.",
        ),
    )
}

fn already_done() -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        "import_done",
        Text::new(
            "Этот файл уже загружен целиком.",
            "This file is imported already.",
        ),
    )
}

/// How an import ended, for the journal.
pub(crate) fn ended(by: By, record: &ImportRecord) -> Note {
    Note::new(&acts::IMPORT_ENDED, by)
        .of("import", [record.id.0])
        .fact(&fields::OUTCOME, &record.state)
}
