//! The two forms of a file: CSV as Russian Excel opens it, and XLSX with typed cells. Both are written
//! row by row and keep nothing.

use super::columns::Cell;
use crate::import::push_cell;
use std::io::{self, Seek, Write};
use vernis_domain::Language;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

/// Most letters a cell of Excel takes.
const LONGEST_CELL: usize = 32_767;

/// Where rows go.
pub(crate) enum Sheet<W: Write> {
    Csv { out: W, language: Language },
    Xlsx(Box<ZipWriter<StreamWriter<W>>>),
}

impl<W: Write> Sheet<W> {
    /// CSV: UTF-8 with a mark, `;`, formulas made text.
    pub fn csv(mut out: W, language: Language) -> io::Result<Sheet<W>> {
        out.write_all("\u{feff}".as_bytes())?;
        Ok(Sheet::Csv { out, language })
    }

    /// A workbook of one sheet.
    pub fn xlsx(out: W) -> io::Result<Sheet<W>> {
        let mut zip = ZipWriter::new_stream(out);
        for (name, body) in PARTS {
            zip.start_file(*name, packed())?;
            zip.write_all(body.as_bytes())?;
        }
        zip.start_file("xl/worksheets/sheet1.xml", packed())?;
        zip.write_all(SHEET_HEAD.as_bytes())?;
        Ok(Sheet::Xlsx(Box::new(zip)))
    }

    /// Writes a row.
    pub fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        let mut line = String::with_capacity(64 * cells.len());
        match self {
            Sheet::Csv { out, language } => {
                for (at, cell) in cells.iter().enumerate() {
                    if at > 0 {
                        line.push(';');
                    }
                    csv_cell(&mut line, cell, *language);
                }
                line.push_str("\r\n");
                out.write_all(line.as_bytes())
            }
            Sheet::Xlsx(zip) => {
                line.push_str("<row>");
                for cell in cells {
                    xlsx_cell(&mut line, cell);
                }
                line.push_str("</row>");
                zip.write_all(line.as_bytes())
            }
        }
    }

    /// Ends the file; what it was written into comes back.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Sheet::Csv { mut out, .. } => out.flush(),
            Sheet::Xlsx(mut zip) => {
                zip.write_all(b"</sheetData></worksheet>")?;
                zip.finish()?;
                Ok(())
            }
        }
    }
}

fn packed() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

/// Begins an encrypted file in an archive: AES-256 (WinZip AE-1).
pub(crate) fn begin_sealed<W: Write + Seek>(
    zip: &mut ZipWriter<W>,
    name: &str,
    password: &str,
    pack: bool,
) -> io::Result<()> {
    let method = if pack {
        CompressionMethod::Deflated
    } else {
        CompressionMethod::Stored
    };
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .large_file(true)
        .with_aes_encryption(zip::AesMode::Aes256, password);
    zip.start_file(name, options)?;
    Ok(())
}

fn csv_cell(line: &mut String, cell: &Cell, language: Language) {
    let comma = |text: String| match language {
        Language::Ru => text.replace('.', ","),
        Language::En => text,
    };
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => push_cell(line, text),
        Cell::Whole(n) => line.push_str(&n.to_string()),
        Cell::Money(minor, digits) => line.push_str(&comma(major(*minor, *digits))),
        Cell::Real(x) => line.push_str(&comma(x.to_string())),
        Cell::Day(day) => match language {
            Language::Ru => line.push_str(&day.date().strftime("%d.%m.%Y").to_string()),
            Language::En => line.push_str(&day.to_string()),
        },
    }
}

fn xlsx_cell(line: &mut String, cell: &Cell) {
    let mut number = |text: &str, style: &str| {
        line.push_str("<c");
        line.push_str(style);
        line.push_str("><v>");
        line.push_str(text);
        line.push_str("</v></c>");
    };
    match cell {
        Cell::Empty => line.push_str("<c/>"),
        Cell::Whole(n) => number(&n.to_string(), ""),
        Cell::Money(minor, digits) => number(&major(*minor, *digits), " s=\"2\""),
        Cell::Real(x) => number(&x.to_string(), ""),
        // Days of Excel are counted from 1899-12-30.
        Cell::Day(day) => number(&(day.0 + 25_569).to_string(), " s=\"1\""),
        Cell::Text(text) => {
            line.push_str("<c t=\"inlineStr\" s=\"3\"><is><t xml:space=\"preserve\">");
            for c in text.chars().take(LONGEST_CELL) {
                match c {
                    '&' => line.push_str("&amp;"),
                    '<' => line.push_str("&lt;"),
                    '>' => line.push_str("&gt;"),
                    // What XML cannot hold at all.
                    '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' => {}
                    '\u{fffe}' | '\u{ffff}' => {}
                    '\r' => line.push('\n'),
                    c => line.push(c),
                }
            }
            line.push_str("</t></is></c>");
        }
    }
}

/// Minor units as a decimal: exact, never through a float.
fn major(minor: i64, digits: u32) -> String {
    let unit = 10_u64.pow(digits);
    let sign = if minor < 0 { "-" } else { "" };
    let whole = minor.unsigned_abs() / unit;
    match digits {
        0 => format!("{sign}{whole}"),
        _ => format!(
            "{sign}{whole}.{:0width$}",
            minor.unsigned_abs() % unit,
            width = digits as usize
        ),
    }
}

const SHEET_HEAD: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">"#,
    r#"<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>"#,
    r#"<sheetFormatPr defaultColWidth="18" defaultRowHeight="15"/><sheetData>"#
);

/// The other parts of a workbook. Style 1 is a day, 2 money, 3 a text: what is typed over it stays one.
const PARTS: &[(&str, &str)] = &[
    (
        "[Content_Types].xml",
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>"#,
    ),
    (
        "_rels/.rels",
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Vernis" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#,
    ),
    (
        "xl/styles.xml",
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/></cellXfs></styleSheet>"#,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use vernis_domain::Day;

    const HOSTILE: [&str; 6] = [
        "=cmd|' /c calc'!A1",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "<script>alert(1)</script> & Co",
        "\u{202e}abc\u{202d}",
        "a;\"b\"\nc",
        "-2+3+cmd",
    ];

    fn cells() -> Vec<Cell> {
        let mut all: Vec<Cell> = HOSTILE.map(|text| Cell::Text(text.to_owned())).into();
        all.push(Cell::Text("я".repeat(10_000)));
        all.push(Cell::Money(-1_234_05, 2));
        all.push(Cell::Day(Day::from_ymd(2026, 11, 23).unwrap()));
        all.push(Cell::Empty);
        all
    }

    #[test]
    fn csv_is_read_back_as_texts_with_formulas_defused() {
        let mut out = Vec::new();
        let mut sheet = Sheet::csv(&mut out, Language::Ru).unwrap();
        sheet.row(&cells()).unwrap();
        sheet.finish().unwrap();
        let text = String::from_utf8(out).unwrap();
        let text = text.strip_prefix('\u{feff}').expect("a mark of UTF-8");
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(b';')
            .has_headers(false)
            .from_reader(text.as_bytes());
        let row = reader.records().next().unwrap().unwrap();
        assert_eq!(&row[0], "'=cmd|' /c calc'!A1");
        assert_eq!(&row[1], "'@SUM(1+1)*cmd|' /C calc'!A0");
        assert_eq!(&row[2], HOSTILE[2]);
        assert_eq!(&row[3], HOSTILE[3]);
        assert_eq!(&row[4], HOSTILE[4]);
        assert_eq!(&row[5], "'-2+3+cmd");
        assert_eq!(row[6].chars().count(), 10_000);
        assert_eq!((&row[7], &row[8], &row[9]), ("-1234,05", "23.11.2026", ""));
    }

    #[test]
    fn a_workbook_is_read_back_by_another_reader_with_typed_cells() {
        use calamine::{Data, Reader, Xlsx};
        let mut out = Vec::new();
        let mut sheet = Sheet::xlsx(&mut out).unwrap();
        sheet.row(&cells()).unwrap();
        sheet.row(&[Cell::Whole(7), Cell::Real(0.5)]).unwrap();
        sheet.finish().unwrap();
        let mut book = Xlsx::new(io::Cursor::new(out)).unwrap();
        let range = book.worksheet_range("Vernis").unwrap();
        for (at, text) in HOSTILE.iter().enumerate() {
            let cell = range.get((0, at)).unwrap();
            assert_eq!(cell, &Data::String((*text).to_owned()), "{cell:?}");
        }
        let Some(Data::String(long)) = range.get((0, 6)) else {
            panic!("a text")
        };
        assert_eq!(long.chars().count(), 10_000);
        assert_eq!(range.get((0, 7)), Some(&Data::Float(-1234.05)));
        let Some(Data::DateTime(day)) = range.get((0, 8)) else {
            panic!("a day: {:?}", range.get((0, 8)))
        };
        assert_eq!(day.to_ymd_hms_milli(), (2026, 11, 23, 0, 0, 0, 0));
        assert_eq!(range.get((1, 0)), Some(&Data::Float(7.0)));
        assert!(book.worksheet_formula("Vernis").unwrap().is_empty());
    }
}
