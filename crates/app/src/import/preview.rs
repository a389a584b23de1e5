//! The first look at a file: how it is read, what its columns seem to mean, first rows.

use super::fields::{self, Field};
use super::{Kind, Mapping, guess};
use crate::files::{FileError, Format, Header, HeaderChoice, Message, Options, Parser};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::Path;
use vernis_domain::{CustomField, Text};

/// Rows the guess looks at.
const SAMPLE_ROWS: u64 = 500;
/// Rows shown.
const SHOWN_ROWS: usize = 20;
/// Samples of one column.
const SAMPLES: usize = 3;

/// What a person sees before an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Kind of file.
    pub format: Format,
    /// Encoding used, for text.
    pub encoding: Option<String>,
    /// Encodings that may be chosen.
    pub encodings: Vec<String>,
    /// Delimiter used, for text.
    pub delimiter: Option<String>,
    /// Sheet used, for a workbook.
    pub sheet: Option<String>,
    /// Sheets of the workbook.
    pub sheets: Vec<String>,
    /// Non-empty row of the file that names the columns, from 0.
    pub header_row: Option<u32>,
    /// What the rows are.
    pub kind: Kind,
    /// The columns.
    pub columns: Vec<PreviewColumn>,
    /// The first rows of data below the header.
    pub rows: Vec<Vec<String>>,
    /// The first rows of the file as they stand, to choose another header row from.
    pub top: Vec<Vec<String>>,
    /// What is worth knowing.
    pub warnings: Vec<Text>,
}

/// One column of a [`Preview`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewColumn {
    /// Index from 0.
    pub index: usize,
    /// Name in the file; empty without a header row.
    pub name: String,
    /// Key of the field it is taken for.
    pub field: Option<String>,
    /// A few of its values.
    pub samples: Vec<String>,
}

impl Preview {
    /// The mapping of the preview, as a run takes it.
    pub fn mapping(&self) -> Mapping {
        self.columns
            .iter()
            .filter_map(|column| Some((column.index.to_string(), column.field.clone()?)))
            .collect()
    }

    /// The reading options of the preview, made fixed: a run reads the file the same way.
    pub fn options(&self) -> Options {
        Options {
            encoding: self.encoding.clone(),
            delimiter: self.delimiter.as_ref().and_then(|d| d.chars().next()),
            sheet: self.sheet.clone(),
            header_row: self
                .header_row
                .map_or(HeaderChoice::None, HeaderChoice::Row),
            ..Options::default()
        }
    }
}

/// Looks at the beginning of a file.
///
/// `kind` and `mapping` are a person's choice when there is one; `exe` as in [`Parser::spawn`].
///
/// # Errors
/// The file cannot be read, in words.
pub fn preview(
    exe: &Path,
    file: File,
    options: &Options,
    kind: Option<Kind>,
    mapping: Option<&Mapping>,
    own: &[CustomField],
) -> Result<Preview, FileError> {
    let options = Options {
        max_rows: Some(SAMPLE_ROWS),
        ..options.clone()
    };
    let mut parser =
        Parser::spawn(exe, file, &options).map_err(|error| FileError::new("reader_died", error))?;
    let header = parser.header()?;
    let mut warnings = Vec::new();
    let mut rows: Vec<Vec<String>> = Vec::new();
    loop {
        match parser.next_message() {
            Ok(Some(Message::Rows(batch))) => {
                rows.extend(
                    batch
                        .rows()
                        .map(|row| row.cells().map(str::to_owned).collect()),
                );
            }
            Ok(Some(Message::Warning(warning))) => warnings.push(warning.words()),
            Ok(Some(Message::Header(_))) => {}
            Ok(None) => break,
            // What was read is still worth showing; the words say where the file breaks.
            Err(error) if !rows.is_empty() => {
                warnings.push(error.words());
                break;
            }
            Err(error) => return Err(error),
        }
    }
    if header.header_row.is_none() {
        warnings.push(
            crate::files::Warning {
                code: "no_header".into(),
                line: None,
            }
            .words(),
        );
    }
    Ok(assemble(header, &rows, kind, mapping, own, warnings))
}

fn assemble(
    header: Header,
    rows: &[Vec<String>],
    kind: Option<Kind>,
    mapping: Option<&Mapping>,
    own: &[CustomField],
    warnings: Vec<Text>,
) -> Preview {
    let guessed = match mapping {
        Some(mapping) => chosen(mapping, &header, rows),
        None => guess::mapping(&header.names, rows, kind),
    };
    let kind = kind.unwrap_or_else(|| guess::kind(&guessed));
    let columns = guessed
        .iter()
        .enumerate()
        .map(|(index, field)| PreviewColumn {
            index,
            name: header
                .names
                .get(index)
                .map(|name| shown(name))
                .unwrap_or_default(),
            field: field
                .filter(|field| field.spec().kinds.contains(&kind))
                .map(|field| field.spec().code.to_owned())
                .or_else(|| own_field(index, &header, mapping, own)),
            samples: rows
                .iter()
                .filter_map(|row| row.get(index).map(|cell| shown(cell)))
                .filter(|cell| !cell.is_empty())
                .take(SAMPLES)
                .collect(),
        })
        .collect();
    Preview {
        format: header.format,
        encoding: header.encoding,
        encodings: header.encodings,
        delimiter: header.delimiter.map(String::from),
        sheet: header.sheet,
        sheets: header.sheets,
        header_row: header.header_row,
        kind,
        columns,
        rows: rows
            .iter()
            .take(SHOWN_ROWS)
            .map(|row| row.iter().map(|cell| shown(cell)).collect())
            .collect(),
        top: header.top,
        warnings,
    }
}

/// The code of the own field a column holds: as chosen, else by its name.
fn own_field(
    index: usize,
    header: &Header,
    mapping: Option<&Mapping>,
    own: &[CustomField],
) -> Option<String> {
    let field = match mapping {
        Some(mapping) => fields::own(mapping.get(&index.to_string())?, own),
        None => fields::own_named(header.names.get(index)?, own),
    };
    field.map(|field| format!("{}{}", fields::OWN, field.key))
}

fn chosen(mapping: &Mapping, header: &Header, rows: &[Vec<String>]) -> Vec<Option<Field>> {
    let width = rows
        .iter()
        .map(Vec::len)
        .chain([header.names.len()])
        .max()
        .unwrap_or(0);
    (0..width)
        .map(|column| {
            mapping
                .get(&column.to_string())
                .and_then(|code| Field::from_code(code))
        })
        .collect()
}

/// A foreign cell made safe to show.
fn shown(cell: &str) -> String {
    vernis_domain::text::clean(cell, 200)
}
