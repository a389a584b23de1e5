//! The child's side: `vernis parse-file OPTIONS` with the file as standard input.

use super::delimited::{self, Failure, HEAD_BYTES};
use super::sniff::{self, Content};
use super::{FileError, Options, frame, limits, sheet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;

/// Exit codes of the child, besides 0 (the file was read or refused in words).
const EXIT_USAGE: u8 = 64;
const EXIT_NO_LIMITS: u8 = 70;
const EXIT_PIPE: u8 = 74;

/// Reads the file on standard input and writes frames to standard output.
///
/// `args` are the words behind the sub-command: one, the options as JSON. Called by the hidden
/// `vernis parse-file`; sets limits on its own process and must own it.
pub fn main(args: impl Iterator<Item = String>) -> ExitCode {
    let mut args = args;
    let options: Options = match args.next().map(|json| serde_json::from_str(&json)) {
        Some(Ok(options)) => options,
        _ => return ExitCode::from(EXIT_USAGE),
    };
    let descriptors = io::stdin().as_fd().try_clone_to_owned().and_then(|input| {
        Ok((
            File::from(input),
            File::from(io::stdout().as_fd().try_clone_to_owned()?),
        ))
    });
    let Ok((mut file, mut out)) = descriptors else {
        return ExitCode::from(EXIT_USAGE);
    };
    // A till that waits for an answer goes first.
    vernis_analytics::pool::stand_back();
    // Fewer switches between child and parent; a refusal costs only speed.
    let _ = rustix::pipe::fcntl_setpipe_size(&out, 1 << 20);
    let size = file
        .metadata()
        .ok()
        .filter(std::fs::Metadata::is_file)
        .map(|meta| meta.len());
    if let Err(error) = limits::drop_powers(&options.limits, size) {
        let _ = frame::send_json(
            &mut out,
            frame::ERROR,
            &FileError::new("reader_died", error),
        );
        return ExitCode::from(EXIT_NO_LIMITS);
    }
    match read(&mut file, &options, &mut out) {
        Ok(rows) => match frame::send_json(&mut out, frame::END, &rows) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(EXIT_PIPE),
        },
        Err(Failure::File(error)) => match frame::send_json(&mut out, frame::ERROR, &error) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(EXIT_PIPE),
        },
        Err(Failure::Pipe(_)) => ExitCode::from(EXIT_PIPE),
    }
}

fn read(file: &mut File, options: &Options, out: &mut impl Write) -> Result<u64, Failure> {
    let failed = |error: io::Error| FileError::new("read_failed", error);
    let mut head = Vec::with_capacity(64 << 10);
    Read::by_ref(file)
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(failed)?;
    match sniff::content(&head)? {
        Content::Zip => sheet::read(io::BufReader::new(file), options, out),
        Content::Text => {
            let mut guess_from = None;
            if options.encoding.is_none() && head.is_ascii() && head.len() == HEAD_BYTES {
                guess_from = first_foreign(file, HEAD_BYTES as u64);
            }
            match guess_from {
                Some(encoding) => {
                    let options = Options {
                        encoding: Some(encoding),
                        ..options.clone()
                    };
                    delimited::read(&head, file, &options, out)
                }
                None => delimited::read(&head, file, options, out),
            }
        }
    }
}

/// The first megabytes are plain ASCII: the encoding shows where the first other letter stands.
/// `None` when there is none or the input cannot be rewound.
fn first_foreign(file: &mut File, start: u64) -> Option<String> {
    file.stream_position().ok()?;
    let mut buffer = vec![0u8; 1 << 20];
    let found = loop {
        match file.read(&mut buffer) {
            Ok(0) => break None,
            Ok(n) if buffer[..n].is_ascii() => {}
            Ok(n) => {
                let at = buffer[..n].iter().position(|b| !b.is_ascii()).unwrap_or(0);
                break Some(sniff::encoding(&buffer[at..n], false).name().to_owned());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break None,
        }
    };
    file.seek(SeekFrom::Start(start)).ok()?;
    found
}
