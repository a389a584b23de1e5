//! Words, numbers and signs of the text form, with their places.

use super::decimal::Decimal;
use crate::text::fold;
use std::ops::Range;

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A word, folded: letters, digits, `_`.
    Word(String),
    /// In quotation marks, as written.
    Quoted(String),
    /// A number without sign.
    Number(Decimal),
    /// A calendar day: `2026-01-31` or `31.01.2026`.
    Day(crate::Day),
    /// A sign.
    Sign(&'static str),
    /// Something that belongs nowhere.
    Strange(String),
    /// The end.
    End,
}

/// A token and its place, in characters.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub kind: Kind,
    pub at: Range<usize>,
}

const SIGNS: &[&str] = &[
    ">=", "<=", "!=", "<>", "==", "≥", "≤", "≠", "..", "…", "(", ")", ",", ";", "=", "<", ">", "%",
    "+", "-", "−", "–", "₽",
];

/// Signs written otherwise.
fn plain(sign: &'static str) -> &'static str {
    match sign {
        "≥" => ">=",
        "≤" => "<=",
        "≠" | "<>" => "!=",
        "==" => "=",
        "…" => "..",
        "−" | "–" => "-",
        ";" => ",",
        other => other,
    }
}

/// All tokens, the end last. Never fails: what is strange is a token.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut out: Vec<Token> = Vec::new();
    let mut at = 0;
    // Within a list a comma parts values: it is no decimal comma.
    let mut in_list = false;
    while at < chars.len() {
        let c = chars[at];
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let (kind, end) = if let Some(close) = closing(c) {
            quoted(&chars, at, close)
        } else if c.is_ascii_digit() {
            number(&chars, at, in_list)
        } else if c.is_alphabetic() || c == '_' {
            let end = (at..chars.len())
                .find(|&i| !(chars[i].is_alphanumeric() || chars[i] == '_'))
                .unwrap_or(chars.len());
            let word: String = chars[at..end].iter().collect();
            (Kind::Word(fold(&word)), end)
        } else {
            sign(&chars, at)
        };
        match &kind {
            Kind::Sign("(") => {
                in_list = matches!(&out.last().map(|t| &t.kind), Some(Kind::Word(w)) if w == "in" || w == "из");
            }
            Kind::Sign(")") => in_list = false,
            _ => {}
        }
        out.push(Token { kind, at: at..end });
        at = end;
    }
    out.push(Token {
        kind: Kind::End,
        at: chars.len()..chars.len(),
    });
    out
}

fn closing(open: char) -> Option<char> {
    Some(match open {
        '"' => '"',
        '«' => '»',
        '“' => '”',
        '„' => '“',
        _ => return None,
    })
}

fn quoted(chars: &[char], at: usize, close: char) -> (Kind, usize) {
    match (at + 1..chars.len()).find(|&i| chars[i] == close) {
        Some(end) => (Kind::Quoted(chars[at + 1..end].iter().collect()), end + 1),
        None => (Kind::Strange(chars[at..].iter().collect()), chars.len()),
    }
}

fn sign(chars: &[char], at: usize) -> (Kind, usize) {
    for sign in SIGNS {
        let length = sign.chars().count();
        if chars[at..].len() >= length && sign.chars().eq(chars[at..at + length].iter().copied()) {
            return (Kind::Sign(plain(sign)), at + length);
        }
    }
    (Kind::Strange(chars[at].to_string()), at + 1)
}

fn number(chars: &[char], at: usize, in_list: bool) -> (Kind, usize) {
    let digits = |from: usize| {
        let rest = chars.get(from..).unwrap_or(&[]);
        rest.iter().take_while(|c| c.is_ascii_digit()).count()
    };
    let text = |range: Range<usize>| chars[range].iter().collect::<String>();
    let first = digits(at);
    let day = |separator: char, lengths: [usize; 3]| {
        let mut end = at;
        for (index, length) in lengths.iter().enumerate() {
            if index > 0 {
                if chars.get(end) != Some(&separator) {
                    return None;
                }
                end += 1;
            }
            if digits(end) != *length {
                return None;
            }
            end += length;
        }
        Some(end)
    };
    if let Some(end) = day('-', [4, 2, 2])
        && let Ok(day) = text(at..end).parse()
    {
        return (Kind::Day(day), end);
    }
    if let Some(end) = day('.', [2, 2, 4])
        && let Ok(day) = format!(
            "{}-{}-{}",
            text(at + 6..end),
            text(at + 3..at + 5),
            text(at..at + 2)
        )
        .parse()
    {
        return (Kind::Day(day), end);
    }
    let mut whole = text(at..at + first);
    let mut end = at + first;
    // Thousands apart: 10 000, 10_000.
    while first <= 3
        && matches!(chars.get(end), Some(' ' | '_' | '\u{a0}' | '\u{202f}'))
        && digits(end + 1) == 3
    {
        whole.push_str(&text(end + 1..end + 4));
        end += 4;
    }
    let point = match chars.get(end) {
        Some('.') => true,
        Some(',') => !in_list,
        _ => false,
    };
    if point && digits(end + 1) > 0 {
        let more = digits(end + 1);
        whole.push('.');
        whole.push_str(&text(end + 1..end + 1 + more));
        end += 1 + more;
    }
    match Decimal::read(&whole) {
        Some(value) => (Kind::Number(value), end),
        None => (Kind::Strange(whole), end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        tokens(text).into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let number = |text: &str| match kinds(text)[0].clone() {
            Kind::Number(n) => n.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(number("10 000"), "10000");
        assert_eq!(number("10\u{202f}000,50"), "10000.5");
        assert_eq!(number("1_000_000.25"), "1000000.25");
        assert_eq!(number("10 0000"), "10");
        assert_eq!(kinds("in (333,332)").len(), 7);
        assert_eq!(kinds("31.12.2026")[0], kinds("2026-12-31")[0]);
    }

    #[test]
    fn places_are_counted_in_characters() {
        let tokens = tokens("выручка > «Кофе»");
        assert_eq!(tokens[1].at, 8..9);
        assert_eq!(tokens[2].kind, Kind::Quoted("Кофе".into()));
        assert_eq!(tokens[3].at, 16..16);
    }
}
