//! Files that are broken or mean harm: the child refuses or dies, the parent says a plain sentence.

use crate::support::{TestShop, child};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Stdio;
use vernis_app::files::{FileError, Limits, Message, Options, Parser};
use vernis_app::import::{self, End};

/// Reads a whole file; rows and how it ended.
fn read(file: &Path, options: &Options) -> (Vec<Vec<String>>, Result<(), FileError>) {
    drain(Parser::spawn(&child(), File::open(file).unwrap(), options).unwrap())
}

fn drain(mut parser: Parser) -> (Vec<Vec<String>>, Result<(), FileError>) {
    let mut rows = Vec::new();
    loop {
        match parser.next_message() {
            Ok(Some(Message::Rows(batch))) => {
                rows.extend(
                    batch
                        .rows()
                        .map(|r| r.cells().map(str::to_owned).collect::<Vec<_>>()),
                );
            }
            Ok(Some(_)) => {}
            Ok(None) => return (rows, Ok(())),
            Err(error) => return (rows, Err(error)),
        }
    }
}

fn refused(content: impl AsRef<[u8]>) -> FileError {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file.csv");
    std::fs::write(&path, content).unwrap();
    let error = read(&path, &Options::default()).1.unwrap_err();
    let words = error.words();
    assert!(!words.ru.is_empty() && !words.en.is_empty() && words.ru != words.en);
    error
}

/// A workbook with one sheet of this XML.
fn workbook(sheet_data: &[u8]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let deflated = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    let mut part = |name: &str, body: &[u8]| {
        out.start_file(name, deflated).unwrap();
        out.write_all(body).unwrap();
    };
    part("[Content_Types].xml", br#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>"#);
    part("_rels/.rels", br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#);
    part("xl/workbook.xml", br#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#);
    part("xl/_rels/workbook.xml.rels", br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#);
    let mut sheet = br#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/><sheetData>"#.to_vec();
    sheet.extend_from_slice(sheet_data);
    sheet.extend_from_slice(b"</sheetData></worksheet>");
    part("xl/worksheets/sheet1.xml", &sheet);
    out.finish().unwrap().into_inner()
}

#[test]
fn a_small_workbook_that_claims_seventeen_billion_cells_is_one_cell_too_far() {
    let book = workbook(br#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#);
    assert!(book.len() < 2_000, "{}", book.len());
    let error = refused(book);
    assert_eq!(
        (error.code.as_str(), error.line),
        ("too_many_columns", Some(1_048_576))
    );
    let book = workbook(br#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="B1048576"><v>2</v></c></row>"#);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("far.xlsx");
    std::fs::write(&path, book).unwrap();
    let (rows, end) = read(&path, &Options::default());
    assert_eq!((rows.len(), end), (2, Ok(())));
}

#[test]
fn a_zip_bomb_is_refused_before_it_unpacks() {
    let error = refused(workbook(&vec![b' '; 64 << 20]));
    assert_eq!(error.code, "unpacks_too_large");
}

#[test]
fn a_bomb_that_passes_the_ratio_dies_of_its_memory_alone() {
    // One inline text of 300 MB in one cell, with the memory of a small child.
    let mut data = br#"<row r="1"><c r="A1" t="inlineStr"><is><t>"#.to_vec();
    data.resize(300 << 20, b'x');
    data.extend_from_slice(b"</t></is></c></row>");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bomb.xlsx");
    std::fs::write(&path, workbook(&data)).unwrap();
    let options = Options {
        limits: Limits {
            max_unpacked_ratio: u64::MAX,
            max_memory_bytes: 256 << 20,
            ..Limits::default()
        },
        ..Options::default()
    };
    let error = read(&path, &options).1.unwrap_err();
    assert_eq!(error.code, "too_much_memory", "{error}");
}

#[test]
fn a_line_of_two_gigabytes_is_refused_after_its_first_megabyte() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let feeder = std::thread::spawn(move || {
        let mut sent = 0u64;
        let block = vec![b'x'; 1 << 20];
        writer.write_all(b"date;amount\n01.02.2026;5\n").ok();
        while sent < 2 << 30 && writer.write_all(&block).is_ok() {
            sent += block.len() as u64;
        }
        sent
    });
    let parser = Parser::spawn_on(&child(), Stdio::from(reader), &Options::default()).unwrap();
    let (rows, end) = drain(parser);
    let error = end.unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.line),
        ("line_too_long", Some(3))
    );
    assert!(error.words().ru.starts_with("Строка 3."));
    assert_eq!(rows.len(), 1, "the good row before it was given");
    assert!(
        feeder.join().unwrap() < 64 << 20,
        "the rest was not even read"
    );
}

#[test]
fn files_that_are_not_tables_are_called_by_their_name() {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.resize(500, 0);
    let error = refused(png);
    assert_eq!(error.code, "not_a_table");
    assert!(error.words().ru.contains("картинка"));
    assert_eq!(refused("").code, "empty");
    assert_eq!(refused(" \n\r\n\t\n").code, "empty");
    assert_eq!(refused("Дата;Сумма\n").code, "no_rows");
    assert_eq!(refused(b"PK\x03\x04 not really").code, "bad_workbook");
    assert_eq!(refused(b"\x1f\x8b\x08\0\0\0\0\0").code, "not_a_table");
    assert_eq!(
        refused(
            (0..4096u32)
                .map(|n| (n * 37 % 23) as u8)
                .collect::<Vec<_>>()
        )
        .code,
        "not_a_table"
    );
}

#[test]
fn ten_thousand_columns_are_too_many() {
    let header: Vec<String> = (0..10_000).map(|n| format!("c{n}")).collect();
    let error = refused(header.join(";") + "\n" + &vec!["1"; 10_000].join(";") + "\n");
    assert_eq!(
        (error.code.as_str(), error.line),
        ("too_many_columns", Some(1))
    );
}

#[test]
fn a_quote_never_closed_names_the_line_it_opens_on() {
    let error = refused(format!(
        "date;amount\n01.02.2026;4\n02.02.2026;\"5\n{}",
        "03.02.2026;6\n".repeat(1_000)
    ));
    assert_eq!(
        (error.code.as_str(), error.line),
        ("unclosed_quote", Some(3))
    );
}

#[test]
fn nul_bytes_and_broken_utf16_do_not_stop_the_rest() {
    let shop = TestShop::new();
    let nul = shop.file(
        "nul.csv",
        b"date;amount;phone\n01.02.2026;10;8916\x00123\x004567\n02.02.2026;20;\n",
    );
    assert_eq!(shop.import(&nul).counts.purchases_new, 2);
    let mut bytes = vec![0xFF, 0xFE];
    bytes.extend(
        "date;amount\n01.03.2026;5\n02.03.2026;6\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes),
    );
    bytes.extend([0x00, 0xD8, 0x3B, 0x00, 0x31]);
    let outcome = shop.import(&shop.file("utf16.csv", bytes));
    assert_eq!(
        (outcome.counts.purchases_new, outcome.counts.rejected),
        (2, 1)
    );
    assert!(
        outcome
            .warnings
            .iter()
            .any(|w| w.en.contains("cannot be read"))
    );
}

#[test]
fn formulas_are_text_and_come_back_as_text() {
    let shop = TestShop::new();
    let file = shop.file("f.csv", "date;amount;name;phone\n01.02.2026;=1+1;\"=cmd|'/c calc'!A1\";89161234567\n01.02.2026;5;=HYPERLINK(1);89161234567\n");
    let job = shop.job(&file);
    let outcome = shop.run(&job);
    assert_eq!(
        (outcome.counts.purchases_new, outcome.counts.rejected),
        (1, 1)
    );
    let mut csv = Vec::new();
    import::rejected::write_csv(&shop.store, job.import, &[], false, &mut csv).unwrap();
    let text = String::from_utf8(csv).unwrap();
    assert!(text.contains(";'=1+1;'=cmd|") && text.contains("The amount cannot be read"));
}

#[test]
fn a_file_that_breaks_in_the_middle_keeps_what_was_good_only_if_wanted() {
    let text = format!(
        "date;amount\n01.02.2026;4\n02.02.2026;\"5\n{}",
        "03.02.2026;6\n".repeat(1_000)
    );
    for keep in [true, false] {
        let shop = TestShop::new();
        let mut job = shop.job(&shop.file("broken.csv", &text));
        job.keep_good_rows = keep;
        let outcome = shop.run(&job);
        let End::Broken(error) = &outcome.end else {
            panic!("{:?}", outcome.end)
        };
        assert_eq!(error.line, Some(3));
        assert_eq!(shop.totals().0, i64::from(keep));
    }
}

#[test]
fn the_child_has_no_network_no_files_and_no_children() {
    // The child of these tests stops under its own limits; what it may not do is seen from its status.
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut process = std::process::Command::new(child())
        .args([
            "parse-file",
            &serde_json::to_string(&Options::default()).unwrap(),
        ])
        .stdin(Stdio::from(reader))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It answers with the header once it has read the beginning, which is after it set its limits.
    // It waits for room in the pipe of its rows then, and stays to be looked at.
    let feeder = std::thread::spawn(move || {
        let text = "date;amount\n01.02.2026;5\n".repeat(800_000);
        writer.write_all(text.as_bytes())
    });
    let mut first = [0u8; 1];
    process
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut first)
        .unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.id()));
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(feeder.join().unwrap().is_err());
    let line = |name: &str| {
        status
            .lines()
            .find(|l| l.starts_with(name))
            .unwrap_or("")
            .to_owned()
    };
    assert!(line("Seccomp:").ends_with('2'), "{}", line("Seccomp:"));
    assert!(line("NoNewPrivs:").ends_with('1'));
    if let Ok(limits) = limits {
        let of = |name: &str| {
            limits
                .lines()
                .find(|l| l.starts_with(name))
                .unwrap_or("")
                .to_owned()
        };
        assert!(of("Max address space").contains(&(1u64 << 30).to_string()));
        assert!(of("Max processes").contains(" 0 "));
        assert!(of("Max file size").contains(" 0 "));
    }
}
