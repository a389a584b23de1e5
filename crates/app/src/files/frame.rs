//! The protocol between child and parent: length-prefixed binary frames on a pipe.
//!
//! `kind u8, length u32 LE, payload`. Rows travel some thousands to a frame as one text and the
//! ends of its cells, so neither side allocates per cell. All numbers are little-endian `u32`
//! except `bytes_read u64`. The parent trusts nothing: [`RowBatch::decode`] checks every end.

use std::io::{self, Read, Write};

pub(super) const HEADER: u8 = 1;
pub(super) const ROWS: u8 = 2;
pub(super) const WARNING: u8 = 3;
pub(super) const ERROR: u8 = 4;
pub(super) const END: u8 = 5;

/// Rows of one frame at most, so that the parent has something to show early.
pub(super) const ROWS_PER_FRAME: usize = 4096;
/// Text of one frame, after which it is sent.
pub(super) const TEXT_PER_FRAME: usize = 1 << 20;
/// A frame the parent refuses: text of one frame plus one longest row and its ends.
const MAX_FRAME_BYTES: u32 = 64 << 20;

/// Rows on their way out of the child.
#[derive(Default)]
pub(super) struct BatchWriter {
    pub lines: Vec<u32>,
    /// Number of cells up to and with each row.
    pub row_ends: Vec<u32>,
    /// End of each cell in `text`.
    pub cell_ends: Vec<u32>,
    pub text: Vec<u8>,
    /// Bytes of the file consumed so far.
    pub bytes_read: u64,
}

impl BatchWriter {
    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= ROWS_PER_FRAME || self.text.len() >= TEXT_PER_FRAME
    }

    pub(super) fn push_cell(&mut self, cell: &str) {
        self.text.extend_from_slice(cell.as_bytes());
        self.cell_ends.push(self.text.len() as u32);
    }

    pub(super) fn end_row(&mut self, line: u64) {
        self.row_ends.push(self.cell_ends.len() as u32);
        self.lines.push(line.min(u64::from(u32::MAX)) as u32);
    }

    /// Writes the rows as one frame and starts anew; nothing when there are none.
    pub(super) fn send(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let numbers = 2 + self.lines.len() * 2 + self.cell_ends.len();
        let length = 8 + numbers * 4 + self.text.len();
        let mut head = Vec::with_capacity(5 + 8 + numbers * 4);
        head.push(ROWS);
        head.extend_from_slice(&(length as u32).to_le_bytes());
        head.extend_from_slice(&self.bytes_read.to_le_bytes());
        head.extend_from_slice(&(self.lines.len() as u32).to_le_bytes());
        head.extend_from_slice(&(self.cell_ends.len() as u32).to_le_bytes());
        for column in [&self.lines, &self.row_ends, &self.cell_ends] {
            head.extend(column.iter().flat_map(|n| n.to_le_bytes()));
        }
        out.write_all(&head)?;
        out.write_all(&self.text)?;
        self.lines.clear();
        self.row_ends.clear();
        self.cell_ends.clear();
        self.text.clear();
        Ok(())
    }
}

/// Writes a small frame with a JSON body.
pub(super) fn send_json(
    out: &mut impl Write,
    kind: u8,
    body: &impl serde::Serialize,
) -> io::Result<()> {
    let body = serde_json::to_vec(body).map_err(io::Error::other)?;
    let mut frame = Vec::with_capacity(5 + body.len());
    frame.push(kind);
    frame.extend_from_slice(&(body.len() as u32).to_le_bytes());
    frame.extend_from_slice(&body);
    out.write_all(&frame)
}

/// Reads one frame; `None` at the end of the pipe.
pub(super) fn receive(input: &mut impl Read) -> io::Result<Option<(u8, Vec<u8>)>> {
    let mut head = [0u8; 5];
    let mut have = 0;
    while have < head.len() {
        match input.read(&mut head[have..]) {
            Ok(0) if have == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => have += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]);
    if length > MAX_FRAME_BYTES {
        return Err(io::Error::other("a frame is too long"));
    }
    // Grown as it arrives: a length alone must not make the parent allocate.
    let mut payload = Vec::with_capacity((length as usize).min(TEXT_PER_FRAME * 2));
    input.take(u64::from(length)).read_to_end(&mut payload)?;
    if payload.len() != length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some((head[0], payload)))
}

/// Some thousands of rows in the parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowBatch {
    lines: Vec<u32>,
    row_ends: Vec<u32>,
    cell_ends: Vec<u32>,
    text: String,
    /// Bytes of the file the child has consumed so far.
    pub bytes_read: u64,
}

impl RowBatch {
    /// Reads a rows frame, refusing anything inconsistent.
    pub(super) fn decode(payload: Vec<u8>) -> io::Result<RowBatch> {
        let bad = || io::Error::other("a frame of rows is inconsistent");
        let number = |at: usize| -> io::Result<u32> {
            let bytes = payload.get(at..at + 4).ok_or_else(bad)?;
            Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        };
        let bytes_read = u64::from(number(0)?) | u64::from(number(4)?) << 32;
        let rows = number(8)? as usize;
        let cells = number(12)? as usize;
        let text_at = (rows.checked_mul(2))
            .and_then(|n| n.checked_add(cells))
            .and_then(|n| n.checked_mul(4))
            .and_then(|n| n.checked_add(16))
            .filter(|at| *at <= payload.len())
            .ok_or_else(bad)?;
        let column = |at: usize, len: usize| -> Vec<u32> {
            payload[at..at + len * 4]
                .chunks_exact(4)
                .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect()
        };
        let lines = column(16, rows);
        let row_ends = column(16 + rows * 4, rows);
        let cell_ends = column(16 + rows * 8, cells);
        let mut payload = payload;
        let text = String::from_utf8(payload.split_off(text_at)).map_err(|_| bad())?;
        let rising = |ends: &[u32], total: usize| {
            ends.windows(2).all(|w| w[0] <= w[1])
                && ends.last().map_or(total == 0, |e| *e as usize == total)
        };
        if !rising(&row_ends, cells) || !rising(&cell_ends, text.len()) {
            return Err(bad());
        }
        Ok(RowBatch {
            lines,
            row_ends,
            cell_ends,
            text,
            bytes_read,
        })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The row at `index`.
    pub fn row(&self, index: usize) -> RowRef<'_> {
        let first = if index == 0 {
            0
        } else {
            self.row_ends[index - 1]
        };
        RowRef {
            batch: self,
            first: first as usize,
            len: (self.row_ends[index] - first) as usize,
            line: self.lines[index],
        }
    }

    /// All rows in order.
    pub fn rows(&self) -> impl Iterator<Item = RowRef<'_>> {
        (0..self.len()).map(|index| self.row(index))
    }
}

/// One row of a [`RowBatch`].
#[derive(Clone, Copy)]
pub struct RowRef<'a> {
    batch: &'a RowBatch,
    first: usize,
    len: usize,
    line: u32,
}

impl<'a> RowRef<'a> {
    /// Line of the file (row of the sheet) it begins at, from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True without cells.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The cell of a column, as written; empty beyond the end of the row.
    pub fn cell(&self, column: usize) -> &'a str {
        if column >= self.len {
            return "";
        }
        let at = self.first + column;
        let start = if at == 0 {
            0
        } else {
            self.batch.cell_ends[at - 1] as usize
        };
        self.batch
            .text
            .get(start..self.batch.cell_ends[at] as usize)
            .unwrap_or("")
    }

    /// All cells in order.
    pub fn cells(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let row = *self;
        (0..self.len).map(move |column| row.cell(column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(rows: &[Vec<String>]) -> RowBatch {
        let mut batch = BatchWriter::default();
        for (i, row) in rows.iter().enumerate() {
            row.iter().for_each(|cell| batch.push_cell(cell));
            batch.end_row(i as u64 + 2);
        }
        batch.bytes_read = 7_000_000_000;
        let mut pipe = Vec::new();
        batch.send(&mut pipe).unwrap();
        let (kind, payload) = receive(&mut pipe.as_slice()).unwrap().unwrap();
        assert_eq!(kind, ROWS);
        RowBatch::decode(payload).unwrap()
    }

    proptest::proptest! {
        #[test]
        fn rows_come_out_of_the_pipe_as_they_went_in(rows in proptest::collection::vec(proptest::collection::vec(".{0,12}", 0..6), 1..20)) {
            let batch = pass(&rows);
            let back: Vec<Vec<String>> = batch.rows().map(|r| r.cells().map(str::to_owned).collect()).collect();
            proptest::prop_assert_eq!(back, rows);
            proptest::prop_assert_eq!(batch.bytes_read, 7_000_000_000);
            proptest::prop_assert_eq!(batch.row(0).line(), 2);
        }

        #[test]
        fn a_lying_child_cannot_make_the_parent_panic(payload in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            if let Ok(batch) = RowBatch::decode(payload) {
                for row in batch.rows() {
                    let _ = row.cells().count();
                }
            }
        }
    }

    #[test]
    fn a_frame_with_a_false_cell_end_is_refused() {
        let mut batch = BatchWriter::default();
        batch.push_cell("abc");
        batch.end_row(1);
        batch.cell_ends[0] = 400;
        let mut pipe = Vec::new();
        batch.send(&mut pipe).unwrap();
        let (_, payload) = receive(&mut pipe.as_slice()).unwrap().unwrap();
        assert!(RowBatch::decode(payload).is_err());
    }
}
