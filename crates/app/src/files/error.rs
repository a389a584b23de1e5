//! Why a file cannot be read, in a code and in words.

use serde::{Deserialize, Serialize};
use vernis_domain::Text;

/// A file that cannot be read: stable code, line when one is to blame, a detail for the words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code} (line {line:?}) {detail}")]
pub struct FileError {
    /// Stable code.
    pub code: String,
    /// Line (row of a sheet), from 1.
    pub line: Option<u64>,
    /// A number or name the words mention.
    pub detail: String,
}

impl FileError {
    /// An error of a whole file.
    pub fn new(code: &str, detail: impl ToString) -> FileError {
        FileError {
            code: code.to_owned(),
            line: None,
            detail: detail.to_string(),
        }
    }

    /// An error of one line.
    pub fn at(code: &str, line: u64, detail: impl ToString) -> FileError {
        FileError {
            line: Some(line),
            ..FileError::new(code, detail)
        }
    }

    /// What happened and what to do, naming the line.
    pub fn words(&self) -> Text {
        let d = &self.detail;
        let (ru, en) = match self.code.as_str() {
            "empty" => ("Файл пуст.".into(), "The file is empty.".into()),
            "no_rows" => (
                "В файле есть заголовок, но нет ни одной строки с данными.".into(),
                "The file has a header but not a single row of data.".into(),
            ),
            "not_a_table" => (
                format!("Это не таблица, а {}. Нужен CSV, TSV или XLSX.", ru_kind(d)),
                format!("This is not a table but {d}. A CSV, TSV or XLSX file is needed."),
            ),
            "old_excel" => (
                "Это старый формат Excel (XLS) или книга с паролем. Откройте её в Excel и сохраните как XLSX или CSV без пароля.".into(),
                "This is the old Excel format (XLS) or a workbook with a password. Open it in Excel and save it as XLSX or CSV without a password.".into(),
            ),
            "bad_workbook" => (
                format!("Книга Excel повреждена: {d}."),
                format!("The Excel workbook is damaged: {d}."),
            ),
            "no_sheet" => (
                format!("В книге нет листа «{d}»."),
                format!("The workbook has no sheet “{d}”."),
            ),
            "too_many_columns" => (
                format!("Слишком много столбцов: больше {d}."),
                format!("Too many columns: more than {d}."),
            ),
            "too_many_cells" => (
                format!("Слишком много ячеек: больше {d}. Разделите файл на части."),
                format!("Too many cells: more than {d}. Split the file into parts."),
            ),
            "cell_too_long" => (
                format!("Ячейка длиннее {d} байт. Возможно, не закрыта кавычка."),
                format!("A cell is longer than {d} bytes. Perhaps a quote is not closed."),
            ),
            "line_too_long" => (
                format!("Строка длиннее {d} байт: похоже, это не таблица или не закрыта кавычка."),
                format!("The line is longer than {d} bytes: not a table, it seems, or a quote is not closed."),
            ),
            "unclosed_quote" => (
                "Кавычка открыта и не закрыта: таблица дальше не читается.".into(),
                "A quote is opened and never closed: the table cannot be read further.".into(),
            ),
            "unpacks_too_large" => (
                format!("Книга распаковывается в слишком большой объём ({d}). Такой файл не читается из осторожности."),
                format!("The workbook unpacks to too much ({d}). Such a file is not read, to be safe."),
            ),
            "too_much_memory" => (
                "Для чтения файла нужно больше памяти, чем разрешено. Разделите файл на части или сохраните его как CSV.".into(),
                "Reading the file takes more memory than allowed. Split it into parts or save it as CSV.".into(),
            ),
            "too_much_time" => (
                "Чтение файла заняло слишком много времени и остановлено.".into(),
                "Reading the file took too long and was stopped.".into(),
            ),
            "unknown_encoding" => (
                format!("Кодировка «{d}» не поддерживается."),
                format!("The encoding “{d}” is not supported."),
            ),
            "read_failed" => (format!("Файл не читается: {d}."), format!("The file cannot be read: {d}.")),
            "reader_died" => (
                format!("Программа чтения файла остановилась ({d}). База не изменилась."),
                format!("The file reader stopped ({d}). The base was not changed."),
            ),
            other => (format!("Файл не читается ({other}): {d}."), format!("The file cannot be read ({other}): {d}.")),
        };
        match self.line {
            Some(line) => Text::owned(format!("Строка {line}. {ru}"), format!("Line {line}. {en}")),
            None => Text::owned(ru, en),
        }
    }
}

/// Kinds found by [`super::sniff`], in Russian.
fn ru_kind(kind: &str) -> &str {
    match kind {
        "a picture" => "картинка",
        "a PDF document" => "документ PDF",
        "an archive" => "архив",
        "a ZIP archive without a workbook" => "архив ZIP без книги Excel",
        "a web page" => "веб-страница",
        "a program" => "программа",
        _ => "двоичный файл",
    }
}
