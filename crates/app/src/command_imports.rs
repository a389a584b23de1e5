//! Imports of the command line: a file where it lies, in the calling thread. One that was
//! interrupted goes on where it stopped.

use crate::App;
use crate::caller::Caller;
use crate::import::{self, Preview, Progress};
use crate::imports::{LookAgain, RunSettings, ended, fail, finish, options, run_refusal, state};
use crate::refusal::{Refusal, RefusalKind};
use std::fs::File;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use vernis_domain::{ImportId, Text, text};
use vernis_store::{ImportRecord, NewImport};

/// An import of the command line.
#[derive(Clone, Copy, Debug)]
pub struct CommandImport<'a> {
    /// The file where it lies.
    pub file: &'a Path,
    /// What was seen in it, with the mapping a person settled.
    pub preview: &'a Preview,
    /// Only count.
    pub dry_run: bool,
    /// Take good rows when some are bad.
    pub keep_good_rows: bool,
}

impl App {
    /// Looks at a file where it lies: for the command line.
    ///
    /// # Errors
    /// A file that is not there or cannot be read, with line and reason.
    pub fn look_at_file(&self, file: &Path, choice: &LookAgain) -> Result<Preview, Refusal> {
        let opened = open_file(file)?;
        let options = options(None, choice);
        import::preview(
            &self.program,
            opened,
            &options,
            choice.kind,
            choice.mapping.as_ref(),
            &self.custom_fields(),
        )
        .map_err(|error| {
            let words = error.words();
            Refusal::new(
                RefusalKind::Invalid,
                "file_unreadable",
                Text::owned(words.ru, words.en),
            )
        })
    }

    /// Runs an import of a file where it lies, in this thread. A file whose import was interrupted
    /// (the same content) goes on where it stopped.
    ///
    /// # Errors
    /// A mapping that lacks something; the base.
    pub fn run_command_import(
        &self,
        wanted: CommandImport<'_>,
        progress: &mut dyn FnMut(Progress),
        cancel: &AtomicBool,
    ) -> Result<(ImportId, import::Outcome), Refusal> {
        let settings = RunSettings {
            options: wanted.preview.options(),
            kind: wanted.preview.kind,
            mapping: wanted.preview.mapping(),
            keep_good_rows: wanted.keep_good_rows,
        };
        if wanted.dry_run {
            let job = self.job(ImportId(0), wanted.file.to_owned(), settings, true);
            let outcome = import::run(&self.store, &job, progress, cancel).map_err(run_refusal)?;
            return Ok((ImportId(0), outcome));
        }
        let mut record = self.command_record(wanted.file, &settings)?;
        let id = record.id;
        let job = self.job(id, wanted.file.to_owned(), settings, false);
        let outcome = import::run(&self.store, &job, progress, cancel);
        match outcome {
            Ok(outcome) => {
                finish(&mut record, Ok(outcome.clone()), false, self.now());
                let note = ended((&Caller::shell()).into(), &record);
                self.put_import(record)?;
                self.tell(note)?;
                Ok((id, outcome))
            }
            Err(error) => {
                let refusal = run_refusal(error);
                fail(&mut record, refusal.code, refusal.detail.clone());
                let note = ended((&Caller::shell()).into(), &record);
                self.put_import(record)?;
                self.tell(note)?;
                Err(refusal)
            }
        }
    }

    /// The record of a file from the command line: the interrupted one of the same content and
    /// settings, or a new one.
    fn command_record(&self, file: &Path, settings: &RunSettings) -> Result<ImportRecord, Refusal> {
        let (size, digest) = digest(file)?;
        let wanted = serde_json::to_value(settings).map_err(Refusal::internal)?;
        let known = self.import_records(|tx| tx.imports())?;
        let interrupted = known.into_iter().find(|record| {
            record.digest == digest
                && record.settings == wanted
                && [state::INTERRUPTED, state::CANCELLED].contains(&record.state.as_str())
        });
        let mut record = match interrupted {
            Some(record) => record,
            None => {
                let name = file.file_name().map(|n| n.to_string_lossy().into_owned());
                let new = NewImport {
                    file_name: text::clean(&name.unwrap_or_default(), 200),
                    size_bytes: size as i64,
                    digest,
                    state: state::IMPORTING.to_owned(),
                    created_by: None,
                };
                let id = self
                    .store
                    .write(move |tx| tx.create_import(&new).map_err(Refusal::from))?;
                self.import_record(id)?
            }
        };
        record.state = state::IMPORTING.to_owned();
        record.kind = Some(settings.kind.code().to_owned());
        record.settings = wanted;
        self.put_import(record.clone())?;
        Ok(record)
    }
}

fn open_file(file: &Path) -> Result<File, Refusal> {
    File::open(file).map_err(|error| {
        Refusal::new(
            RefusalKind::NotFound,
            "file_not_opened",
            Text::owned(
                format!("Файл {} не открывается: {error}.", file.display()),
                format!("The file {} cannot be opened: {error}.", file.display()),
            ),
        )
    })
}

/// Size and digest of a file's content.
fn digest(file: &Path) -> Result<(u64, Vec<u8>), Refusal> {
    let mut hasher = blake3::Hasher::new();
    let mut opened = open_file(file)?;
    let size = std::io::copy(&mut opened, &mut hasher).map_err(Refusal::internal)?;
    Ok((size, hasher.finalize().as_bytes().to_vec()))
}
