//! Files people handed over: kept sealed, because they are full of names, and opened only into
//! memory for the child that parses them.

use crate::App;
use crate::refusal::{Refusal, RefusalKind};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use vernis_domain::{ImportId, Text};
use vernis_store::Keys;

/// Largest file taken over the network: it is opened into memory. A larger one is imported from
/// the command line, which reads it where it lies.
pub const MAX_UPLOAD_BYTES: u64 = 512 * 1024 * 1024;

/// Name under which chunks of uploads are sealed.
const FILE: &str = "upload";
/// Plain bytes sealed together.
const CHUNK: usize = 1 << 20;

/// A file being taken in.
pub struct Upload {
    path: PathBuf,
    out: BufWriter<File>,
    keys: Keys,
    plain: Vec<u8>,
    chunks: u64,
    bytes: u64,
    digest: blake3::Hasher,
    /// Uploads are sealed under a number of their own, known before the import's row is.
    number: u64,
}

/// A file taken in whole.
pub struct Uploaded {
    path: PathBuf,
    /// Its size.
    pub size_bytes: u64,
    /// BLAKE3 digest of its content.
    pub digest: Vec<u8>,
    number: u64,
}

/// An upload opened for reading, in memory only.
pub struct Opened {
    file: File,
}

impl Opened {
    /// A path by which this process can open the file again while `self` lives.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.file.as_raw_fd()))
    }

    /// The file itself, at its beginning.
    ///
    /// # Errors
    /// When the operating system gives no descriptor.
    pub fn reopen(&self) -> io::Result<File> {
        File::open(self.path())
    }
}

impl App {
    /// Begins to take a file in.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn begin_upload(&self) -> Result<Upload, Refusal> {
        let number = u64::from_le_bytes(self.randomness.bytes()) >> 24;
        let dir = self.data_dir.join("uploads");
        let path = dir.join(format!("{number:010x}.part"));
        let file = std::fs::create_dir_all(&dir)
            .and_then(|()| File::create(&path))
            .map_err(disk)?;
        Ok(Upload {
            path,
            out: BufWriter::new(file),
            keys: self.keys.clone(),
            plain: Vec::with_capacity(CHUNK),
            chunks: 0,
            bytes: 0,
            digest: blake3::Hasher::new(),
            number,
        })
    }

    fn upload_path(&self, id: ImportId) -> PathBuf {
        self.data_dir
            .join("uploads")
            .join(format!("{}.sealed", id.0))
    }

    /// Puts a whole upload where its import finds it.
    pub(crate) fn keep_upload(&self, id: ImportId, uploaded: &Uploaded) -> Result<(), Refusal> {
        std::fs::rename(&uploaded.path, self.upload_path(id)).map_err(disk)
    }

    /// Removes an import's file.
    pub(crate) fn drop_upload(&self, id: ImportId) {
        if let Err(error) = std::fs::remove_file(self.upload_path(id)) {
            tracing::warn!(%error, import = id.0, "the copy of an imported file could not be removed");
        }
    }

    /// Opens an import's file into memory.
    pub(crate) fn open_upload(&self, id: ImportId) -> Result<Opened, Refusal> {
        let gone = || {
            Refusal::new(
                RefusalKind::NotFound,
                "file_gone",
                Text::new(
                    "Файла этой загрузки больше нет на сервере; бросьте его ещё раз.",
                    "The file of this import is no longer on the server; drop it again.",
                ),
            )
        };
        let sealed = File::open(self.upload_path(id)).map_err(|_| gone())?;
        let mut input = BufReader::with_capacity(CHUNK + 64, sealed);
        let memory = rustix::fs::memfd_create("vernis-upload", rustix::fs::MemfdFlags::CLOEXEC)
            .map_err(Refusal::internal)?;
        let mut file = File::from(memory);
        let mut number = [0; 8];
        input.read_exact(&mut number).map_err(Refusal::internal)?;
        let number = u64::from_le_bytes(number);
        let mut chunk = 0;
        loop {
            let mut length = [0; 4];
            match input.read_exact(&mut length) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(Refusal::internal(error)),
            }
            let length = u32::from_le_bytes(length) as usize;
            if length > CHUNK + 64 {
                return Err(Refusal::internal("a chunk that no upload has"));
            }
            let mut bytes = vec![0; length];
            input.read_exact(&mut bytes).map_err(Refusal::internal)?;
            let plain = self
                .keys
                .open_chunk(FILE, place(number, chunk), &bytes)
                .map_err(Refusal::internal)?;
            chunk += 1;
            file.write_all(&plain).map_err(Refusal::internal)?;
        }
        Ok(Opened { file })
    }
}

/// Where a chunk belongs: the upload's number and the chunk's, so that none can be exchanged.
fn place(number: u64, chunk: u64) -> u64 {
    (number << 16) | chunk
}

impl Upload {
    /// Takes some bytes.
    ///
    /// # Errors
    /// A file that is too large, or a disk that is full; nothing is kept then.
    pub fn take(&mut self, mut bytes: &[u8]) -> Result<(), Refusal> {
        self.bytes += bytes.len() as u64;
        if self.bytes > MAX_UPLOAD_BYTES {
            let _ = std::fs::remove_file(&self.path);
            return Err(Refusal::new(
                RefusalKind::TooLarge,
                "file_too_large",
                Text::new(
                    "Файл больше 512 МБ. Загрузите его командой vernis import на сервере; ничего не записано.",
                    "The file is larger than 512 MB. Use the command vernis import on the server; nothing was recorded.",
                ),
            ));
        }
        self.digest.update(bytes);
        while !bytes.is_empty() {
            let taken = bytes.len().min(CHUNK - self.plain.len());
            self.plain.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if self.plain.len() == CHUNK {
                self.seal()?;
            }
        }
        Ok(())
    }

    fn seal(&mut self) -> Result<(), Refusal> {
        if self.chunks == 0 {
            self.out
                .write_all(&self.number.to_le_bytes())
                .map_err(disk)?;
        }
        let sealed = self
            .keys
            .seal_chunk(FILE, place(self.number, self.chunks), &self.plain)?;
        self.chunks += 1;
        self.plain.clear();
        self.out
            .write_all(&(sealed.len() as u32).to_le_bytes())
            .and_then(|()| self.out.write_all(&sealed))
            .map_err(disk)
    }

    /// Ends the taking in; the file is on the disk then.
    ///
    /// # Errors
    /// A disk that is full.
    pub fn finish(mut self) -> Result<Uploaded, Refusal> {
        if !self.plain.is_empty() || self.chunks == 0 {
            self.seal()?;
        }
        let file = self.out.into_inner().map_err(|e| disk(e.into_error()))?;
        file.sync_all().map_err(disk)?;
        Ok(Uploaded {
            path: self.path,
            size_bytes: self.bytes,
            digest: self.digest.finalize().as_bytes().to_vec(),
            number: self.number,
        })
    }
}

impl std::fmt::Debug for Uploaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Uploaded({:010x}, {} bytes)",
            self.number, self.size_bytes
        )
    }
}

fn disk(error: io::Error) -> Refusal {
    if error.kind() == io::ErrorKind::StorageFull {
        return Refusal::new(
            RefusalKind::Unavailable,
            "disk_full",
            Text::new(
                "На диске сервера нет места. Ничего не записано; освободите место и повторите.",
                "The server's disk is full. Nothing was recorded; free some space and try again.",
            ),
        );
    }
    Refusal::internal(error)
}
