//! Handing a file over: to whoever asked for it, within its day, counted.

use super::view::state;
use super::{ExportState, own};
use crate::App;
use crate::caller::Caller;
use crate::journal::{Note, acts};
use crate::permission::Permission;
use crate::refusal::{Refusal, RefusalKind};
use std::io::{Cursor, Read};
use vernis_domain::Text;
use vernis_store::ExportStep;
use zip::ZipArchive;

/// Largest file that is opened on the server: it lies in memory whole.
const OPENED_HERE: u64 = 128 << 20;

/// A file on its way.
pub struct Fetched {
    /// Its name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl App {
    /// The sealed file, for whoever asked for it; counted and noted.
    ///
    /// # Errors
    /// Somebody else's; one that is not made, or had its day.
    pub fn fetch_export(&self, caller: &Caller, id: i64) -> Result<Fetched, Refusal> {
        let bytes = self.kept_file(caller, id)?;
        self.note_download(caller, id)?;
        Ok(Fetched {
            name: format!("vernis-{}.zip", self.today()),
            bytes,
        })
    }

    /// The same, opened with its password: for a machine that has no program for sealed archives.
    ///
    /// # Errors
    /// The same; a wrong password; a file that is too large to be opened here.
    pub fn open_export(
        &self,
        caller: &Caller,
        id: i64,
        password: &str,
    ) -> Result<Fetched, Refusal> {
        let sealed = self.kept_file(caller, id)?;
        let wrong = || {
            Refusal::field(
                "password",
                "wrong",
                Text::new("пароль не подходит", "the password does not fit"),
            )
        };
        let mut zip = ZipArchive::new(Cursor::new(sealed)).map_err(Refusal::internal)?;
        let mut file = zip
            .by_index_decrypt(0, password.trim().as_bytes())
            .map_err(|_| wrong())?;
        if file.size() > OPENED_HERE {
            return Err(Refusal::new(
                RefusalKind::TooLarge,
                "too_large_to_open",
                Text::new(
                    "Файл слишком велик, чтобы открыть его здесь: скачайте архив и откройте его программой 7-Zip.",
                    "The file is too large to be opened here: download the archive and open it with 7-Zip.",
                ),
            ));
        }
        let name = file.name().map_err(Refusal::internal)?.into_owned();
        let mut bytes = Vec::with_capacity(file.size() as usize);
        file.read_to_end(&mut bytes).map_err(|_| wrong())?;
        drop(file);
        self.note_download(caller, id)?;
        Ok(Fetched { name, bytes })
    }

    /// Removes the file before its day is over.
    ///
    /// # Errors
    /// Somebody else's; one that has no file.
    pub fn remove_export_file(&self, caller: &Caller, id: i64) -> Result<(), Refusal> {
        let by = caller.need_person()?;
        let note = Note::new(&acts::EXPORT_REMOVED, caller).of("export", [id]);
        self.store.write(move |tx| -> Result<(), Refusal> {
            let row = own(tx, id, by)?;
            if state(&row, tx.now(), None) != ExportState::Ready {
                return Err(gone());
            }
            tx.add_export_step(id, &ExportStep::new("removed", "by_hand", Some(by)))?;
            note.write(tx)?;
            Ok(())
        })?;
        let _ = std::fs::remove_file(self.export_path(id));
        Ok(())
    }

    fn kept_file(&self, caller: &Caller, id: i64) -> Result<Vec<u8>, Refusal> {
        let by = caller.need_person()?;
        caller.need(Permission::Export)?;
        let row = self.store.read(|tx| own(tx, id, by))?;
        let path = self.export_path(id);
        if state(&row, self.now(), None) != ExportState::Ready {
            if row.step("ended").is_some() {
                let _ = std::fs::remove_file(&path);
            }
            return Err(gone());
        }
        std::fs::read(&path).map_err(|_| gone())
    }

    fn note_download(&self, caller: &Caller, id: i64) -> Result<(), Refusal> {
        let by = caller.need_person()?;
        let note = Note::new(&acts::EXPORT_DOWNLOADED, caller).of("export", [id]);
        self.store.write(move |tx| -> Result<(), Refusal> {
            // Between the look at it and now its day may have ended, or somebody was erased.
            let row = own(tx, id, by)?;
            if state(&row, tx.now(), None) != ExportState::Ready {
                return Err(gone());
            }
            tx.add_export_step(id, &ExportStep::new("downloaded", "", Some(by)))?;
            note.write(tx)?;
            Ok(())
        })
    }
}

fn gone() -> Refusal {
    Refusal::new(
        RefusalKind::NotFound,
        "export_gone",
        Text::new(
            "Этого файла нет: он ещё не готов, или его сутки прошли и он удалён.",
            "There is no such file: it is not ready yet, or its day is over and it was removed.",
        ),
    )
}
