//! Which of the first rows names the columns.

use crate::import::fields;

/// Rows looked at.
pub(super) const LOOK_AT_ROWS: usize = 60;
/// Rows shown to people.
const SHOWN_ROWS: usize = 20;
/// Columns and characters of the rows shown.
const SHOWN_COLUMNS: usize = 200;
const SHOWN_CHARS: usize = 200;

/// The row that names the columns, or `None`.
///
/// Best is the row with the most cells that are known spellings of our fields (two at least, or
/// one in a narrow table); else the first full row of words above a row with numbers.
pub(super) fn find(rows: &[Vec<String>]) -> Option<usize> {
    let width = mode(rows.iter().map(|row| filled(row)))?;
    let known: Vec<usize> = rows
        .iter()
        .take(30)
        .map(|row| {
            row.iter()
                .filter(|cell| fields::is_known_spelling(cell))
                .count()
        })
        .collect();
    let best = (0..known.len()).max_by_key(|i| (known[*i], std::cmp::Reverse(*i)))?;
    if known[best] >= 2 || (known[best] == 1 && width <= 2) {
        return Some(best);
    }
    let first = rows
        .iter()
        .take(30)
        .position(|row| filled(row) * 5 >= width * 3)?;
    let words_only = rows[first]
        .iter()
        .filter(|cell| !cell.trim().is_empty())
        .all(|cell| {
            !cell.chars().any(|c| c.is_ascii_digit())
                || cell.chars().filter(|c| c.is_alphabetic()).count() > 2
        });
    let numbers_below = rows[first + 1..]
        .iter()
        .take(10)
        .any(|row| row.iter().any(|cell| is_numeric(cell)));
    (words_only && numbers_below && !rows[first].iter().any(|cell| is_numeric(cell)))
        .then_some(first)
}

/// The first rows, cut to what a person can look at.
pub(super) fn preview(rows: &[Vec<String>]) -> Vec<Vec<String>> {
    rows.iter()
        .take(SHOWN_ROWS)
        .map(|row| {
            row.iter()
                .take(SHOWN_COLUMNS)
                .map(|cell| cell.chars().take(SHOWN_CHARS).collect())
                .collect()
        })
        .collect()
}

/// The most frequent number; the larger of equally frequent ones.
pub(super) fn mode(numbers: impl Iterator<Item = usize>) -> Option<usize> {
    let mut counts = std::collections::BTreeMap::new();
    numbers.for_each(|n| *counts.entry(n).or_insert(0usize) += 1);
    counts
        .into_iter()
        .max_by_key(|(n, count)| (*count, *n))
        .map(|(n, _)| n)
}

fn filled(row: &[String]) -> usize {
    row.iter().filter(|cell| !cell.trim().is_empty()).count()
}

fn is_numeric(cell: &str) -> bool {
    let cell = cell.trim();
    cell.chars().any(|c| c.is_ascii_digit()) && !cell.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        text.lines()
            .map(|line| line.split(';').map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn titles_above_the_header_are_passed_over() {
        assert_eq!(
            find(&rows(
                "Отчёт о продажах за 2026 год;;\nООО Ромашка;;\nДата;Телефон;Сумма\n1.1.2026;8916;5\n"
            )),
            Some(2)
        );
        assert_eq!(
            find(&rows("customer_id;date;cds;amount\n4;19970101;2;29.33\n")),
            Some(0)
        );
        assert_eq!(find(&rows("слон;кит;ёж\n1;2;3\n")), Some(0));
    }

    #[test]
    fn data_without_names_has_no_header() {
        assert_eq!(
            find(&rows("4;19970101;2;29.33\n4;19970118;2;29.73\n")),
            None
        );
        assert_eq!(find(&[]), None);
    }
}
