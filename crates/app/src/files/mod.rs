//! Untrusted files. They are parsed only in a child process: the same binary started again with a
//! hidden sub-command, under limits it sets itself first. The file is its standard input, rows come
//! back as frames on its standard output. Whatever the file does, only the child may die.

pub mod child;
mod delimited;
mod error;
mod frame;
mod header;
mod limits;
mod parser;
mod sheet;
mod sniff;
mod text;

pub use error::FileError;
pub use frame::{RowBatch, RowRef};
pub use parser::{Message, Parser};

use serde::{Deserialize, Serialize};

/// Kind of a file, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Text with a delimiter.
    Csv,
    /// An Excel workbook.
    Xlsx,
}

/// Which row names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeaderChoice {
    /// Found by looking at the first rows.
    #[default]
    Guess,
    /// None does: data starts at the first row.
    None,
    /// This non-empty row of the file, from 0.
    Row(u32),
}

/// How a file is to be read; what is not said is guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// One of [`Header::encodings`].
    pub encoding: Option<String>,
    /// Delimiter of a text file.
    pub delimiter: Option<char>,
    /// Sheet of a workbook, by name.
    pub sheet: Option<String>,
    /// Row that names the columns.
    pub header_row: HeaderChoice,
    /// Stop after so many rows (for a preview).
    pub max_rows: Option<u64>,
    /// What a file may cost.
    pub limits: Limits,
}

/// What a file may cost before it is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Columns of one row.
    pub max_columns: u32,
    /// Bytes of one cell, in UTF-8.
    pub max_cell_bytes: u32,
    /// Bytes of one row, in UTF-8.
    pub max_row_bytes: u32,
    /// Cells of a workbook's sheet.
    pub max_sheet_cells: u64,
    /// Unpacked bytes of a workbook.
    pub max_unpacked_bytes: u64,
    /// Unpacked to packed size of one large part of a workbook.
    pub max_unpacked_ratio: u64,
    /// Address space of the child, bytes.
    pub max_memory_bytes: u64,
    /// CPU seconds of the child, besides what the size of the file gives.
    pub cpu_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_columns: 1_000,
            max_cell_bytes: 64 << 10,
            max_row_bytes: 1 << 20,
            max_sheet_cells: 200_000_000,
            max_unpacked_bytes: 8 << 30,
            max_unpacked_ratio: 300,
            max_memory_bytes: 1 << 30,
            cpu_seconds: 60,
        }
    }
}

/// What the child found out before the first row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Kind of the file.
    pub format: Format,
    /// Encoding used, for text.
    pub encoding: Option<String>,
    /// Encodings that may be chosen instead.
    pub encodings: Vec<String>,
    /// Delimiter used, for text.
    pub delimiter: Option<char>,
    /// Sheet used, for a workbook.
    pub sheet: Option<String>,
    /// Sheets of the workbook.
    pub sheets: Vec<String>,
    /// Non-empty row that names the columns, from 0.
    pub header_row: Option<u32>,
    /// Names of the columns; empty without a header row.
    pub names: Vec<String>,
    /// First rows of the file as they stand, header and titles among them.
    pub top: Vec<Vec<String>>,
}

/// Something worth telling that does not stop the reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable code.
    pub code: String,
    /// Line of the file, from 1, when known.
    pub line: Option<u64>,
}

impl Warning {
    fn new(code: &str, line: Option<u64>) -> Warning {
        Warning {
            code: code.to_owned(),
            line,
        }
    }

    /// The warning for people.
    pub fn words(&self) -> vernis_domain::Text {
        use vernis_domain::Text;
        match self.code.as_str() {
            "unreadable_characters" => Text::owned(
                "Часть символов не читается в этой кодировке: они показаны как «�». Проверьте кодировку.",
                "Some characters cannot be read in this encoding and are shown as “�”. Check the encoding.",
            ),
            "cut_utf16" => Text::owned(
                "Файл обрывается посреди символа.",
                "The file ends in the middle of a character.",
            ),
            "titles_above_header" => Text::owned(
                "Строки над заголовком таблицы пропущены.",
                "Lines above the table header are left out.",
            ),
            "no_header" => Text::owned(
                "Строка с названиями столбцов не найдена: назначьте столбцы вручную.",
                "No row with column names was found: choose the columns by hand.",
            ),
            _ => Text::owned(self.code.clone(), self.code.clone()),
        }
    }
}
