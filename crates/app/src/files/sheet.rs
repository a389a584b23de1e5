//! XLSX by its streaming reader: cell after cell, never a whole sheet. A sheet of one cell in the
//! last corner claims 17 billion cells; here it is one cell in a column that is too far.

use super::delimited::Failure;
use super::frame::{BatchWriter, send_json};
use super::{FileError, Format, Header, HeaderChoice, Limits, Options, Warning, frame, header};
use calamine::{Data, DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use std::io::{Read, Seek, SeekFrom, Write};

/// Parts of a workbook larger than this are looked at for their ratio.
const LARGE_PART_BYTES: u64 = 16 << 20;

/// Reads a workbook; writes frames to `out`.
///
/// # Errors
/// The workbook cannot be read (further).
pub(super) fn read<R: Read + Seek>(
    mut file: R,
    options: &Options,
    out: &mut impl Write,
) -> Result<u64, Failure> {
    check_parts(&mut file, &options.limits)?;
    file.seek(SeekFrom::Start(0))
        .map_err(|error| FileError::new("read_failed", error))?;
    let mut book: Xlsx<R> = Xlsx::new(file).map_err(|error| bad_book(&error))?;
    let sheets: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let (sheet, top) = match &options.sheet {
        Some(name) if sheets.contains(name) => {
            (name.clone(), top_rows(&mut book, name, &options.limits)?)
        }
        Some(name) => return Err(FileError::new("no_sheet", name).into()),
        None => first_filled(&mut book, &sheets, &options.limits)?,
    };
    let header_row = match options.header_row {
        HeaderChoice::Guess => header::find(&top),
        HeaderChoice::None => None,
        HeaderChoice::Row(row) => Some(row as usize),
    };
    let head = Header {
        format: Format::Xlsx,
        encoding: None,
        encodings: Vec::new(),
        delimiter: None,
        sheet: Some(sheet.clone()),
        sheets,
        header_row: header_row.map(|row| row as u32),
        names: header_row
            .and_then(|row| top.get(row).cloned())
            .unwrap_or_default(),
        top: header::preview(&top),
    };
    send_json(out, frame::HEADER, &head)?;
    if header_row.is_some_and(|row| row > 0) {
        send_json(
            out,
            frame::WARNING,
            &Warning::new("titles_above_header", None),
        )?;
    }
    let mut skip = header_row.map_or(0, |row| row + 1);
    let mut batch = BatchWriter::default();
    let mut sent = 0u64;
    let mut pipe = Ok(());
    let result = each_row(&mut book, &sheet, &options.limits, |cells, line| {
        if skip > 0 {
            skip -= 1;
            return true;
        }
        cells.iter().for_each(|cell| batch.push_cell(cell));
        batch.end_row(line);
        sent += 1;
        if batch.is_full() {
            pipe = batch.send(out);
        }
        pipe.is_ok() && options.max_rows.is_none_or(|max| sent < max)
    });
    pipe?;
    batch.send(out)?;
    result?;
    if sent == 0 {
        return Err(FileError::new(if top.is_empty() { "empty" } else { "no_rows" }, "").into());
    }
    Ok(sent)
}

/// The declared sizes of the parts: an honest zip bomb is refused in words. One that lies about
/// its sizes meets the memory limit of the process.
fn check_parts<R: Read + Seek>(file: &mut R, limits: &Limits) -> Result<(), FileError> {
    let bad = |error: zip::result::ZipError| FileError::new("bad_workbook", error);
    let mut archive = zip::ZipArchive::new(file).map_err(bad)?;
    if archive.len() > 10_000 {
        return Err(FileError::new(
            "unpacks_too_large",
            format!("{} parts", archive.len()),
        ));
    }
    let mut total = 0u64;
    let mut is_book = false;
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).map_err(bad)?;
        is_book |= part.name().is_ok_and(|name| name.ends_with("workbook.xml"));
        let (unpacked, packed) = (part.size(), part.compressed_size().max(1));
        total = total.saturating_add(unpacked);
        if unpacked > LARGE_PART_BYTES && unpacked / packed > limits.max_unpacked_ratio {
            return Err(FileError::new(
                "unpacks_too_large",
                format!("1:{}", unpacked / packed),
            ));
        }
    }
    if !is_book {
        return Err(FileError::new(
            "not_a_table",
            "a ZIP archive without a workbook",
        ));
    }
    if total > limits.max_unpacked_bytes {
        return Err(FileError::new(
            "unpacks_too_large",
            format!("{} MB", total >> 20),
        ));
    }
    Ok(())
}

fn bad_book(error: &XlsxError) -> FileError {
    match error {
        XlsxError::Password => FileError::new("old_excel", ""),
        other => FileError::new("bad_workbook", other),
    }
}

fn first_filled<R: Read + Seek>(
    book: &mut Xlsx<R>,
    sheets: &[String],
    limits: &Limits,
) -> Result<(String, Vec<Vec<String>>), FileError> {
    for name in sheets {
        let top = top_rows(book, name, limits)?;
        if !top.is_empty() {
            return Ok((name.clone(), top));
        }
    }
    match sheets.first() {
        Some(name) => Ok((name.clone(), Vec::new())),
        None => Err(FileError::new("bad_workbook", "no sheets")),
    }
}

fn top_rows<R: Read + Seek>(
    book: &mut Xlsx<R>,
    sheet: &str,
    limits: &Limits,
) -> Result<Vec<Vec<String>>, FileError> {
    let mut rows = Vec::new();
    each_row(book, sheet, limits, |cells, _| {
        rows.push(cells.to_vec());
        rows.len() < header::LOOK_AT_ROWS
    })?;
    Ok(rows)
}

/// Calls `visit` with each non-empty row and its number from 1 until it says false.
fn each_row<R: Read + Seek>(
    book: &mut Xlsx<R>,
    sheet: &str,
    limits: &Limits,
    mut visit: impl FnMut(&[String], u64) -> bool,
) -> Result<(), FileError> {
    let mut reader = book
        .worksheet_cells_reader(sheet)
        .map_err(|error| bad_book(&error))?;
    let mut row: Vec<String> = Vec::new();
    let mut line = 0u64;
    let mut bytes = 0usize;
    let mut cells = 0u64;
    let flush =
        |row: &mut Vec<String>, line: u64, visit: &mut dyn FnMut(&[String], u64) -> bool| {
            let go_on = row.iter().all(|cell| cell.trim().is_empty()) || visit(row, line);
            row.clear();
            go_on
        };
    loop {
        let cell = reader.next_cell().map_err(|error| {
            let mut error = bad_book(&error);
            error.line = (line > 0).then_some(line);
            error
        })?;
        let Some(cell) = cell else { break };
        let (row_index, column) = cell.get_position();
        let here = u64::from(row_index) + 1;
        if here != line {
            if !flush(&mut row, line, &mut visit) {
                return Ok(());
            }
            line = here;
            bytes = 0;
        }
        let text = show(cell.get_value());
        if text.is_empty() {
            continue;
        }
        if column >= limits.max_columns {
            return Err(FileError::at("too_many_columns", here, limits.max_columns));
        }
        cells += 1;
        bytes += text.len();
        if cells > limits.max_sheet_cells {
            return Err(FileError::at(
                "too_many_cells",
                here,
                limits.max_sheet_cells,
            ));
        }
        if text.len() > limits.max_cell_bytes as usize {
            return Err(FileError::at("cell_too_long", here, limits.max_cell_bytes));
        }
        if bytes > limits.max_row_bytes as usize {
            return Err(FileError::at("line_too_long", here, limits.max_row_bytes));
        }
        let column = column as usize;
        if row.len() <= column {
            row.resize(column + 1, String::new());
        }
        row[column] = text;
    }
    flush(&mut row, line, &mut visit);
    Ok(())
}

/// A cell as text that reads back as what it means: whole numbers without a point, dates as ISO.
fn show(value: &DataRef) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(n) => number(*n),
        DataRef::Bool(b) => (if *b { "1" } else { "0" }).to_owned(),
        DataRef::DateTime(at) if at.is_datetime() => {
            let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
            let time_only = at.as_f64() < 1.0;
            let clock = format!("{hour:02}:{minute:02}:{:02}", second);
            match (hour, minute, second, milli) {
                _ if time_only => clock,
                (0, 0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02}T{clock}"),
            }
        }
        DataRef::DateTime(at) => number(at.as_f64()),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => Data::Error(error.clone()).to_string(),
    }
}

fn number(n: f64) -> String {
    if n.fract() == 0.0 && n.abs() < 1e15 {
        format!("{}", n as i64)
    } else {
        format!("{n}")
    }
}
