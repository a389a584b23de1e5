//! The file of rejected rows: what a person opens in Excel, mends, and drops in again.

use super::reasons;
use std::io::{self, Write};
use vernis_domain::ImportId;
use vernis_store::{Store, StoreError};

/// Rows read from the base at once.
const PAGE: i64 = 1_000;

/// Writes the rejected rows of an import as CSV: UTF-8 with a mark, `;`, the line number first, the
/// cells as they were, the reason last. Cells that a spreadsheet would run as formulas are made
/// text by an apostrophe.
///
/// # Errors
/// The base or the writer.
pub fn write_csv(
    store: &Store,
    import: ImportId,
    names: &[String],
    russian: bool,
    out: &mut impl Write,
) -> Result<(), RejectedError> {
    out.write_all("\u{feff}".as_bytes())?;
    let (line, reason) = if russian {
        ("Строка", "Причина")
    } else {
        ("Line", "Reason")
    };
    let head = std::iter::once(line)
        .chain(names.iter().map(String::as_str))
        .chain([reason]);
    write_row(out, head)?;
    let mut after = 0;
    loop {
        let rows = store.read(|tx| tx.rejected_rows(import, after, PAGE))?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.row_no;
        for row in &rows {
            let words = reasons::words(&row.reason);
            let number = row.row_no.to_string();
            let missing = names.len().saturating_sub(row.cells.len());
            let cells = std::iter::once(number.as_str())
                .chain(row.cells.iter().map(String::as_str))
                .chain(std::iter::repeat_n("", missing))
                .chain([if russian { &*words.ru } else { &*words.en }]);
            write_row(out, cells)?;
        }
    }
}

/// Why the file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RejectedError {
    /// The base.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The writer.
    #[error(transparent)]
    Io(#[from] io::Error),
}

fn write_row<'a>(out: &mut impl Write, cells: impl Iterator<Item = &'a str>) -> io::Result<()> {
    let mut line = String::new();
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            line.push(';');
        }
        push_cell(&mut line, cell);
    }
    line.push_str("\r\n");
    out.write_all(line.as_bytes())
}

/// A cell of a file that a spreadsheet opens: quoted where it must be, no formula.
pub(crate) fn push_cell(line: &mut String, cell: &str) {
    let cell = cell.trim_start_matches(['\t', '\r', '\n', ' ']);
    let number = cell.strip_prefix(['-', '+']).is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .chars()
                .all(|c| c.is_ascii_digit() || " .,()-".contains(c))
    });
    let formula = cell.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) && !number;
    let quoted = cell.contains([';', '"', '\n', '\r', '\t']);
    if quoted {
        line.push('"');
    }
    if formula {
        line.push('\'');
    }
    for c in cell.chars() {
        if c == '"' {
            line.push('"');
        }
        line.push(c);
    }
    if quoted {
        line.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut line = String::new();
        push_cell(&mut line, text);
        line
    }

    #[test]
    fn formulas_become_text_and_numbers_stay_numbers() {
        assert_eq!(cell("=cmd|' /c calc'!A1"), "'=cmd|' /c calc'!A1");
        assert_eq!(cell("\t=1+1"), "'=1+1");
        assert_eq!(cell("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(cell("-15,50"), "-15,50");
        assert_eq!(cell("+7 (916) 123-45-67"), "+7 (916) 123-45-67");
        assert_eq!(cell("-2+cmd"), "'-2+cmd");
    }

    #[test]
    fn delimiters_and_quotes_are_kept_inside_a_cell() {
        assert_eq!(cell("a;b"), "\"a;b\"");
        assert_eq!(cell("ООО \"Ромашка\""), "\"ООО \"\"Ромашка\"\"\"");
    }
}
