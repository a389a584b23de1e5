//! CSV and its cousins, read as a stream.

use super::frame::{BatchWriter, send_json};
use super::text::TextStream;
use super::{FileError, Format, Header, HeaderChoice, Options, Warning, frame, header, sniff};
use csv_core::{ReadRecordResult, ReaderBuilder};
use encoding_rs::Encoding;
use std::io::{self, Read, Write};

/// First bytes kept to guess from; more are looked at when these are pure ASCII.
pub(super) const HEAD_BYTES: usize = 4 << 20;
/// Text the delimiter and the header are guessed from.
const GUESS_BYTES: usize = 256 << 10;
/// Line breaks inside one row: more mean a quote that was never closed.
const MAX_BREAKS_IN_ROW: usize = 100;

/// Delimiters tried, the usual one of Russian Excel first.
const DELIMITERS: [u8; 4] = [b';', b'\t', b',', b'|'];

/// Reads a text file whose beginning is `head` and whose rest is `rest`; writes frames to `out`.
///
/// # Errors
/// The file cannot be read further. Rows before it are already sent.
pub(super) fn read(
    head: &[u8],
    rest: impl Read,
    options: &Options,
    out: &mut impl Write,
) -> Result<u64, Failure> {
    let whole = head.len() < HEAD_BYTES;
    let encoding = match &options.encoding {
        Some(label) => Encoding::for_label(label.as_bytes())
            .ok_or_else(|| FileError::new("unknown_encoding", label))?,
        None => sniff::encoding(head, whole),
    };
    let mut stream = TextStream::new(head.chain(rest), encoding);
    let beginning = beginning(head, encoding)?;
    let told = delimiter_line(&beginning);
    let delimiter = match (options.delimiter, told) {
        (Some(chosen), _) if chosen.is_ascii() => chosen as u8,
        (_, Some(told)) => told,
        _ => guess_delimiter(&beginning),
    };
    let mut top = top_rows(&beginning, delimiter);
    if told.is_some() && !top.is_empty() {
        top.remove(0);
    }
    let header_row = match options.header_row {
        HeaderChoice::Guess => header::find(&top),
        HeaderChoice::None => None,
        HeaderChoice::Row(row) => Some(row as usize),
    };
    let header = Header {
        format: Format::Csv,
        encoding: Some(encoding.name().to_owned()),
        encodings: encodings(encoding),
        delimiter: Some(char::from(delimiter)),
        sheet: None,
        sheets: Vec::new(),
        header_row: header_row.map(|row| row as u32),
        names: header_row
            .and_then(|row| top.get(row).cloned())
            .unwrap_or_default(),
        top: header::preview(&top),
    };
    send_json(out, frame::HEADER, &header)?;
    if let Some(row) = header_row
        && row > 0
    {
        send_json(
            out,
            frame::WARNING,
            &Warning::new("titles_above_header", None),
        )?;
    }
    let skip = header_row.map_or(0, |row| row as u64 + 1) + u64::from(told.is_some());
    let sent = Rows::new(options, delimiter, skip).run(&mut stream, out)?;
    if stream.replaced {
        send_json(
            out,
            frame::WARNING,
            &Warning::new("unreadable_characters", None),
        )?;
    }
    if sent == 0 {
        return Err(FileError::new(if top.is_empty() { "empty" } else { "no_rows" }, "").into());
    }
    Ok(sent)
}

/// Why reading stopped: the file, or the pipe to the parent.
pub(super) enum Failure {
    File(FileError),
    #[allow(dead_code)] // the parent is gone: nobody is left to be told
    Pipe(io::Error),
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Pipe(error)
    }
}

fn encodings(used: &'static Encoding) -> Vec<String> {
    let mut names: Vec<String> = sniff::OFFERED.iter().map(|e| e.name().to_owned()).collect();
    if !names.iter().any(|name| name == used.name()) {
        names.push(used.name().to_owned());
    }
    names
}

/// The first decoded text, cut at a line end when there is one.
fn beginning(head: &[u8], encoding: &'static Encoding) -> Result<String, FileError> {
    let part = &head[..head.len().min(GUESS_BYTES)];
    let mut stream = TextStream::new(part, encoding);
    let mut text = Vec::with_capacity(part.len() * 2);
    loop {
        let piece = stream
            .next_piece()
            .map_err(|error| FileError::new("read_failed", error))?;
        if piece.is_empty() {
            break;
        }
        text.extend_from_slice(piece);
    }
    let mut text = String::from_utf8(text).map_err(|error| FileError::new("read_failed", error))?;
    if part.len() < head.len()
        && let Some(end) = text.rfind('\n')
    {
        text.truncate(end + 1);
    }
    Ok(text)
}

/// Excel's `sep=;` first line.
fn delimiter_line(text: &str) -> Option<u8> {
    let line = text.lines().next()?.trim().trim_matches('"');
    match line
        .get(..4)?
        .eq_ignore_ascii_case("sep=")
        .then(|| line.as_bytes().get(4..))??
    {
        [delimiter] => Some(*delimiter),
        [] if text.starts_with("sep=\t") => Some(b'\t'),
        _ => None,
    }
}

/// The delimiter that cuts most of the first rows into the same number (above one) of cells.
fn guess_delimiter(text: &str) -> u8 {
    let mut best = (0.0, b',');
    for delimiter in DELIMITERS {
        let rows = top_rows(text, delimiter);
        let widths: Vec<usize> = rows.iter().map(Vec::len).collect();
        let Some(mode) = header::mode(widths.iter().copied().filter(|w| *w > 1)) else {
            continue;
        };
        let share = widths.iter().filter(|w| **w == mode).count() as f64 / widths.len() as f64;
        let score = share * (mode as f64).ln_1p();
        if score > best.0 * 1.0001 {
            best = (score, delimiter);
        }
    }
    best.1
}

/// The first rows of a text, cell by cell.
fn top_rows(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = ReaderBuilder::new().delimiter(delimiter).build();
    let mut input = text.as_bytes();
    let mut output = vec![0u8; text.len() + 1];
    let mut ends = vec![0usize; text.len().min(1 << 16) + 2];
    let mut rows = Vec::new();
    while rows.len() < header::LOOK_AT_ROWS {
        let (result, read, written, count) = reader.read_record(input, &mut output, &mut ends);
        input = &input[read..];
        match result {
            ReadRecordResult::Record => {
                let record = std::str::from_utf8(&output[..written]).unwrap_or("");
                let mut start = 0;
                let row: Vec<String> = ends[..count]
                    .iter()
                    .map(|end| {
                        let cell = record.get(start..*end).unwrap_or("").to_owned();
                        start = *end;
                        cell
                    })
                    .collect();
                if !is_blank(record.as_bytes()) {
                    rows.push(row);
                }
            }
            // The rest of the last row: an empty input ends it.
            ReadRecordResult::InputEmpty => input = &[],
            _ => break,
        }
    }
    rows
}

/// Nothing but spaces (and the end mark of DOS): not a row of the table.
fn is_blank(row: &[u8]) -> bool {
    row.iter().all(|b| b.is_ascii_whitespace() || *b == 0x1A)
}

/// The streaming part.
struct Rows<'a> {
    options: &'a Options,
    reader: csv_core::Reader,
    /// Non-empty rows still to leave out (titles, header).
    skip: u64,
    sent: u64,
    /// Line the reader stands on, from 1.
    line: u64,
    batch: BatchWriter,
    /// Line the current row began at.
    row_line: u64,
    /// End of the finished rows in the batch's text.
    text_start: usize,
    ends: Vec<usize>,
    ends_len: usize,
    text_len: usize,
    breaks: usize,
    in_row: bool,
}

impl<'a> Rows<'a> {
    fn new(options: &'a Options, delimiter: u8, skip: u64) -> Self {
        Rows {
            options,
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            skip,
            sent: 0,
            line: 1,
            batch: BatchWriter::default(),
            row_line: 1,
            text_start: 0,
            ends: vec![0; options.limits.max_columns as usize + 1],
            ends_len: 0,
            text_len: 0,
            breaks: 0,
            in_row: false,
        }
    }

    fn run<R: Read>(
        mut self,
        stream: &mut TextStream<R>,
        out: &mut impl Write,
    ) -> Result<u64, Failure> {
        loop {
            let piece = match stream.next_piece() {
                Ok(piece) => piece,
                Err(error) => return Err(FileError::at("read_failed", self.line, error).into()),
            };
            let at_end = piece.is_empty();
            let done = self.take(piece, at_end, out)?;
            self.batch.bytes_read = stream.bytes_read;
            if self.is_full() {
                self.flush(out)?;
            }
            if done || at_end {
                break;
            }
        }
        self.batch.bytes_read = stream.bytes_read;
        self.drop_unfinished();
        self.batch.send(out)?;
        Ok(self.sent)
    }

    /// Sends finished rows, keeping the beginning of an unfinished one.
    fn flush(&mut self, out: &mut impl Write) -> io::Result<()> {
        let tail = self.batch.text.split_off(self.text_start);
        self.batch.send(out)?;
        self.batch.text = tail;
        self.text_start = 0;
        Ok(())
    }

    /// The text buffer is longer than what is in it, so its length says nothing.
    fn is_full(&self) -> bool {
        self.batch.lines.len() >= frame::ROWS_PER_FRAME || self.text_start >= frame::TEXT_PER_FRAME
    }

    fn drop_unfinished(&mut self) {
        self.batch.text.truncate(self.text_start);
    }

    /// Feeds a piece of text; true when enough rows were read.
    fn take(
        &mut self,
        mut input: &[u8],
        at_end: bool,
        out: &mut impl Write,
    ) -> Result<bool, Failure> {
        let limits = &self.options.limits;
        let max_row = limits.max_row_bytes as usize;
        loop {
            if !self.in_row {
                // Blank lines and the second half of CRLF belong to no row.
                while let [first @ (b'\n' | b'\r'), rest @ ..] = input {
                    self.line += u64::from(*first == b'\n');
                    input = rest;
                }
                self.row_line = self.line;
                self.text_len = 0;
                self.ends_len = 0;
                self.breaks = 0;
            }
            if input.is_empty() && !at_end {
                return Ok(false);
            }
            let used = self.text_start + self.text_len;
            let room = (input.len() + 16).max(4096);
            if self.batch.text.len() < used + room {
                self.batch.text.resize((used + room).next_power_of_two(), 0);
            }
            let (result, read, written, ended) = self.reader.read_record(
                input,
                &mut self.batch.text[used..],
                &mut self.ends[self.ends_len..],
            );
            if read > 0 {
                let breaks = memchr::memchr_iter(b'\n', &input[..read]).count();
                self.line += breaks as u64;
                self.breaks += breaks;
            }
            input = &input[read..];
            self.text_len += written;
            self.ends_len += ended;
            self.in_row = true;
            if self.text_len > max_row {
                self.give_up(out)?;
                return Err(FileError::at("line_too_long", self.row_line, max_row).into());
            }
            if self.breaks > MAX_BREAKS_IN_ROW {
                self.give_up(out)?;
                return Err(FileError::at("unclosed_quote", self.row_line, "").into());
            }
            match result {
                ReadRecordResult::InputEmpty if at_end => {}
                ReadRecordResult::InputEmpty => return Ok(false),
                ReadRecordResult::OutputFull => {}
                ReadRecordResult::OutputEndsFull => {
                    self.give_up(out)?;
                    return Err(FileError::at(
                        "too_many_columns",
                        self.row_line,
                        limits.max_columns,
                    )
                    .into());
                }
                ReadRecordResult::End => return Ok(true),
                ReadRecordResult::Record => {
                    self.in_row = false;
                    if self.end_row()? {
                        return Ok(true);
                    }
                    if self.is_full() {
                        self.drop_unfinished();
                        self.batch.send(out)?;
                        self.text_start = 0;
                    }
                }
            }
        }
    }

    /// Sends what was read well before an error.
    fn give_up(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.drop_unfinished();
        self.batch.send(out)
    }

    /// Takes the row into the batch unless it is blank or above the data; true when enough.
    fn end_row(&mut self) -> Result<bool, Failure> {
        let (start, len) = (self.text_start, self.text_len);
        let row = &self.batch.text[start..start + len];
        if is_blank(row) {
            return Ok(false);
        }
        if self.skip > 0 {
            self.skip -= 1;
            return Ok(false);
        }
        let max_cell = self.options.limits.max_cell_bytes as usize;
        let ends = &self.ends[..self.ends_len];
        let mut previous = 0;
        if len > max_cell {
            for end in ends {
                if end - previous > max_cell {
                    return Err(FileError::at("cell_too_long", self.row_line, max_cell).into());
                }
                previous = *end;
            }
        }
        self.batch
            .cell_ends
            .extend(ends.iter().map(|end| (start + end) as u32));
        self.batch.end_row(self.row_line);
        self.text_start += len;
        self.sent += 1;
        Ok(self.options.max_rows.is_some_and(|max| self.sent >= max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_cuts_evenly() {
        assert_eq!(guess_delimiter("a;b;c\n1,5;2,5;3\n4,5;5,5;6\n"), b';');
        assert_eq!(guess_delimiter("a,b\n1,2\n"), b',');
        assert_eq!(guess_delimiter("a\tb, c\n1\t2, 3\n"), b'\t');
        assert_eq!(guess_delimiter("a|b\n1|2\n"), b'|');
        assert_eq!(
            guess_delimiter("Отчёт за год, черновик\nДата;Сумма\n1;2\n3;4\n"),
            b';'
        );
    }

    #[test]
    fn the_first_line_may_name_the_delimiter() {
        assert_eq!(delimiter_line("sep=|\na|b\n"), Some(b'|'));
        assert_eq!(delimiter_line("a;b\n"), None);
        assert_eq!(delimiter_line("я"), None);
    }
}
