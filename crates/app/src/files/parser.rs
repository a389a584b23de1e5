//! The parent's side: starts the child, reads its frames, says in words how it died.

use super::frame::{self, RowBatch};
use super::{FileError, Header, Options, Warning};
use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// What the child tells, in order: one header, then rows and warnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// How the file is read; always first.
    Header(Header),
    /// Some thousands of rows.
    Rows(RowBatch),
    /// Something worth telling.
    Warning(Warning),
}

/// A running child. Dropping it ends the child.
pub struct Parser {
    child: Child,
    pipe: ChildStdout,
    ended: bool,
}

impl Parser {
    /// Starts `exe parse-file OPTIONS` on a file. `exe` is the running program itself
    /// ([`std::env::current_exe`]); tests name another one.
    ///
    /// # Errors
    /// The child cannot be started.
    pub fn spawn(exe: &Path, file: File, options: &Options) -> io::Result<Parser> {
        Self::spawn_on(exe, Stdio::from(file), options)
    }

    /// As [`Parser::spawn`], reading any descriptor (a pipe).
    ///
    /// # Errors
    /// The child cannot be started.
    pub fn spawn_on(exe: &Path, input: Stdio, options: &Options) -> io::Result<Parser> {
        let options = serde_json::to_string(options).map_err(io::Error::other)?;
        let mut child = Command::new(exe)
            .arg("parse-file")
            .arg(options)
            .env_clear()
            // One arena: the address space is counted, and arenas reserve it by the hundred megabytes.
            .env("MALLOC_ARENA_MAX", "1")
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let pipe = child
            .stdout
            .take()
            .ok_or_else(|| io::Error::other("no pipe"))?;
        Ok(Parser {
            child,
            pipe,
            ended: false,
        })
    }

    /// The next message; `None` when the whole file was read.
    ///
    /// # Errors
    /// The file cannot be read (further), in code and words. The rows before the error were given.
    pub fn next_message(&mut self) -> Result<Option<Message>, FileError> {
        if self.ended {
            return Ok(None);
        }
        let Ok(Some((kind, payload))) = frame::receive(&mut self.pipe) else {
            self.ended = true;
            return Err(self.cause_of_death());
        };
        let inconsistent = |error: String| FileError::new("reader_died", error);
        let message = match kind {
            frame::HEADER => serde_json::from_slice(&payload)
                .map(Message::Header)
                .map_err(|e| inconsistent(e.to_string())),
            frame::ROWS => RowBatch::decode(payload)
                .map(Message::Rows)
                .map_err(|e| inconsistent(e.to_string())),
            frame::WARNING => serde_json::from_slice(&payload)
                .map(Message::Warning)
                .map_err(|e| inconsistent(e.to_string())),
            frame::ERROR => {
                self.ended = true;
                return Err(serde_json::from_slice(&payload)
                    .unwrap_or_else(|e| inconsistent(e.to_string())));
            }
            frame::END => {
                self.ended = true;
                return Ok(None);
            }
            other => Err(inconsistent(format!("frame {other}"))),
        };
        self.ended = message.is_err();
        message.map(Some)
    }

    /// The first message of every file that can be read.
    ///
    /// # Errors
    /// As [`Parser::next_message`].
    pub fn header(&mut self) -> Result<Header, FileError> {
        match self.next_message()? {
            Some(Message::Header(header)) => Ok(header),
            _ => Err(FileError::new("reader_died", "no header")),
        }
    }

    fn cause_of_death(&mut self) -> FileError {
        let status = match self.child.wait() {
            Ok(status) => status,
            Err(error) => return FileError::new("reader_died", error),
        };
        match status.signal() {
            Some(libc::SIGXCPU | libc::SIGKILL) => FileError::new("too_much_time", ""),
            // An allocation that fails aborts; a stack that cannot grow is a segmentation fault.
            Some(libc::SIGABRT | libc::SIGSEGV | libc::SIGBUS) => {
                FileError::new("too_much_memory", "")
            }
            _ => FileError::new("reader_died", status),
        }
    }
}

impl Drop for Parser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
