//! Tables for the terminal: columns aligned, numbers to the right.

use vernis_domain::{Currency, Language};

/// A cell that knows its side.
pub enum Cell {
    /// Text, to the left.
    Text(String),
    /// Number, to the right.
    Number(String),
}

/// Prints rows under a header, two spaces between columns.
pub fn print(header: &[&str], rows: &[Vec<Cell>]) {
    let mut widths: Vec<usize> = header.iter().map(|name| name.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let number: Vec<bool> = (0..header.len())
        .map(|column| {
            matches!(
                rows.first().and_then(|row| row.get(column)),
                Some(Cell::Number(_))
            )
        })
        .collect();
    let line: Vec<String> = header
        .iter()
        .enumerate()
        .map(|(column, name)| pad(name, widths[column], number[column]))
        .collect();
    outln!("{}", line.join("  ").trim_end());
    for row in rows {
        let line: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(column, cell)| match cell {
                Cell::Text(text) => pad(text, widths[column], false),
                Cell::Number(text) => pad(text, widths[column], true),
            })
            .collect();
        outln!("{}", line.join("  ").trim_end());
    }
}

impl Cell {
    fn width(&self) -> usize {
        match self {
            Cell::Text(text) | Cell::Number(text) => text.chars().count(),
        }
    }
}

fn pad(text: &str, width: usize, right: bool) -> String {
    let fill = " ".repeat(width.saturating_sub(text.chars().count()));
    if right {
        format!("{fill}{text}")
    } else {
        format!("{text}{fill}")
    }
}

/// A whole number with thin spaces (Russian) or commas (English) between thousands.
pub fn whole(value: i64, language: Language) -> String {
    let digits = value.unsigned_abs().to_string();
    let separator = match language {
        Language::Ru => "\u{202f}",
        Language::En => ",",
    };
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push_str(separator);
        }
        text.push(digit);
    }
    if value < 0 { format!("-{text}") } else { text }
}

/// Money with its minor units.
pub fn money(minor: i64, currency: Currency, language: Language) -> String {
    let unit = 10_i64.pow(currency.digits());
    let sign = if minor < 0 { "-" } else { "" };
    let (major, rest) = (
        minor.unsigned_abs() / unit as u64,
        minor.unsigned_abs() % unit as u64,
    );
    let major = whole(major as i64, language);
    if currency.digits() == 0 {
        return format!("{sign}{major}");
    }
    let mark = match language {
        Language::Ru => ',',
        Language::En => '.',
    };
    format!(
        "{sign}{major}{mark}{rest:0width$}",
        width = currency.digits() as usize
    )
}

/// A fraction as per cent with two decimals, rounded half away from zero.
pub fn percent(share: f64, language: Language) -> String {
    let text = format!("{:.2}", (share * 10_000.0).round() / 100.0);
    match language {
        Language::Ru => format!("{} %", text.replace('.', ",")),
        Language::En => format!("{text}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_write_them() {
        let roubles = Currency::new("RUB").unwrap();
        assert_eq!(money(-129_990, roubles, Language::Ru), "-1\u{202f}299,90");
        assert_eq!(money(1_234_567_89, roubles, Language::En), "1,234,567.89");
        assert_eq!(
            money(500, Currency::new("JPY").unwrap(), Language::En),
            "500"
        );
        assert_eq!(percent(0.979_508_19, Language::Ru), "97,95 %");
    }
}
