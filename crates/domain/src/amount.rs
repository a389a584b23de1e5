//! Amounts of money and quantities as people and spreadsheets write them.
//!
//! `1 234,50 ₽`, `1,234.50`, `(15.00)`, `-3`, `1.5E3`, `199.99000000000001`.

use crate::money::{Currency, MoneyError};

/// Which sign separates the decimals in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalMark {
    /// `1.234,50`
    Comma,
    /// `1,234.50`
    Dot,
    /// Whatever each value shows by itself.
    Unknown,
}

/// What a lone separator with exactly three digits behind it means when nothing else tells:
/// `1,234` of money is a thousand, `1,234` of a weight is a kilogram and a bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Three {
    Thousands,
    Decimals,
}

/// Sees which sign a column of amounts uses.
///
/// A sign followed by one, two or more than three digits at the end separates decimals; two
/// different signs: the last one does.
pub fn decimal_mark<'a>(samples: impl IntoIterator<Item = &'a str>) -> DecimalMark {
    let (mut comma, mut dot) = (0u32, 0u32);
    for sample in samples {
        let bytes = sample
            .trim_end_matches(|c: char| !c.is_ascii_digit())
            .as_bytes();
        let Some(at) = bytes.iter().rposition(|b| matches!(b, b',' | b'.')) else {
            continue;
        };
        let mark = bytes[at];
        let other = if mark == b',' { b'.' } else { b',' };
        let repeated = bytes[..at].contains(&mark);
        if !repeated && (bytes.len() - at - 1 != 3 || bytes[..at].contains(&other)) {
            *(if mark == b',' { &mut comma } else { &mut dot }) += 1;
        }
    }
    match comma.cmp(&dot) {
        std::cmp::Ordering::Greater => DecimalMark::Comma,
        std::cmp::Ordering::Less => DecimalMark::Dot,
        std::cmp::Ordering::Equal => DecimalMark::Unknown,
    }
}

/// An amount in minor units of the currency, rounded half away from zero when more decimals are
/// written than the currency has (spreadsheets write `199.99000000000001`).
///
/// # Errors
/// [`MoneyError::NotANumber`], [`MoneyError::TooLarge`].
pub fn parse_minor(text: &str, currency: Currency, mark: DecimalMark) -> Result<i64, MoneyError> {
    parse_scaled(text, currency.digits(), mark, Three::Thousands)
}

/// An amount written by a program: like [`parse_minor`], but more decimals than the currency has
/// are refused.
///
/// # Errors
/// As [`parse_minor`], and [`MoneyError::TooPrecise`].
pub fn parse_minor_exact(text: &str, currency: Currency) -> Result<i64, MoneyError> {
    let decimals = text
        .trim()
        .rsplit_once(['.', ','])
        .map_or(0, |(_, tail)| tail.trim_end_matches('0').len());
    if decimals > currency.digits() as usize {
        return Err(MoneyError::TooPrecise);
    }
    parse_scaled(
        text,
        currency.digits(),
        DecimalMark::Unknown,
        Three::Decimals,
    )
}

/// A quantity in millionths (1 piece = 1 000 000).
///
/// # Errors
/// [`MoneyError::NotANumber`], [`MoneyError::TooLarge`].
pub fn parse_quantity_micro(text: &str, mark: DecimalMark) -> Result<i64, MoneyError> {
    parse_scaled(text, 6, mark, Three::Decimals)
}

/// The number times 10^`digits`, rounded half away from zero.
fn parse_scaled(
    text: &str,
    digits: u32,
    mark: DecimalMark,
    three: Three,
) -> Result<i64, MoneyError> {
    if let Some(fast) = parse_simple(text.as_bytes(), digits) {
        return Ok(fast);
    }
    let mut raw = [0u8; 48];
    let mut len = 0;
    let mut negative = false;
    let mut seen_digit = false;
    let mut letters = 0;
    let mut word_behind = false;
    let mut exponent: i32 = 0;
    let text = text.trim();
    let (text, bracketed) = match text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inner) => (inner, true),
        None => (text, false),
    };
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '0'..='9' | '.' | ',' => {
                if word_behind && c.is_ascii_digit() {
                    return Err(MoneyError::NotANumber);
                }
                // «руб.» ends with a dot that is no separator.
                if letters > 0 && !c.is_ascii_digit() {
                    continue;
                }
                seen_digit |= c.is_ascii_digit();
                *raw.get_mut(len).ok_or(MoneyError::TooLarge)? = c as u8;
                len += 1;
            }
            '-' | '−' | '–' | '—' => {
                let only_dashes_follow = seen_digit && text[at + c.len_utf8()..].trim().is_empty();
                if seen_digit && !only_dashes_follow || negative {
                    return Err(MoneyError::NotANumber);
                }
                negative = true;
            }
            '+' if !seen_digit => {}
            '\'' | '’' | '_' | '`' => {}
            c if c.is_whitespace()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}') =>
                {}
            'e' | 'E'
                if seen_digit
                    && letters == 0
                    && chars
                        .peek()
                        .is_some_and(|(_, n)| matches!(n, '+' | '-' | '0'..='9')) =>
            {
                exponent = text[at + 1..]
                    .trim()
                    .parse()
                    .map_err(|_| MoneyError::NotANumber)?;
                if !(-30..=30).contains(&exponent) {
                    return Err(MoneyError::TooLarge);
                }
                break;
            }
            '₽' | '$' | '€' | '£' | '¥' | '₸' | '₴' | '₺' | '₼' | '₾' | '֏' | '₪' | '₹' | '₩'
            | '₫' => {}
            c if c.is_alphabetic() && letters < 5 => {
                letters += 1;
                word_behind |= seen_digit;
            }
            _ => return Err(MoneyError::NotANumber),
        }
    }
    if !seen_digit || !is_currency_word(text, letters) {
        return Err(MoneyError::NotANumber);
    }
    let raw = &raw[..len];
    let point = decimal_point(raw, mark, three)?;
    let value = scale(raw, point, exponent, digits)?;
    Ok(if negative != bracketed { -value } else { value })
}

/// Letters may only be the name of a currency or a unit: `руб.`, `RUB`, `шт`.
fn is_currency_word(text: &str, letters: usize) -> bool {
    if letters == 0 {
        return true;
    }
    let word: String = text
        .chars()
        .filter(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .collect();
    matches!(
        word.as_str(),
        "р" | "руб"
            | "рубл"
            | "рубле"
            | "рубля"
            | "рубль"
            | "rub"
            | "rur"
            | "r"
            | "usd"
            | "eur"
            | "kzt"
            | "byn"
            | "uzs"
            | "тг"
            | "тнг"
            | "тенге"
            | "сом"
            | "сум"
            | "gbp"
            | "cny"
            | "try"
            | "aed"
            | "шт"
            | "штук"
            | "кг"
            | "г"
            | "л"
            | "м"
            | "уп"
            | "pcs"
            | "kg"
    )
}

/// `123`, `-123.45`, `123,45`: what most cells are, without the general way. A lone mark with
/// exactly three digits behind it is left to the general way, which knows the column.
fn parse_simple(bytes: &[u8], digits: u32) -> Option<i64> {
    let (negative, rest) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, bytes),
    };
    if rest.is_empty() || rest.len() > 15 {
        return None;
    }
    let mut value: i64 = 0;
    let mut decimals: Option<u32> = None;
    for &b in rest {
        match b {
            b'0'..=b'9' => {
                value = value * 10 + i64::from(b - b'0');
                decimals = decimals.map(|d| d + 1);
            }
            b'.' | b',' if decimals.is_none() => decimals = Some(0),
            _ => return None,
        }
    }
    let decimals = match decimals {
        None => 0,
        Some(d @ (1 | 2)) if d <= digits => d,
        _ => return None,
    };
    if !rest[0].is_ascii_digit() {
        return None;
    }
    let value = value.checked_mul(10i64.checked_pow(digits - decimals)?)?;
    Some(if negative { -value } else { value })
}

/// Index of the decimal separator in `raw` (digits, dots, commas), checking the thousands groups.
fn decimal_point(raw: &[u8], mark: DecimalMark, three: Three) -> Result<Option<usize>, MoneyError> {
    let last = raw.iter().rposition(|b| !b.is_ascii_digit());
    let Some(last) = last else { return Ok(None) };
    let sign = raw[last];
    let marks = raw.iter().filter(|b| !b.is_ascii_digit()).count();
    let same = raw.iter().filter(|b| **b == sign).count();
    let behind = raw.len() - last - 1;
    let is_decimal = if marks > same {
        // Two different signs: the last is the decimal one and may stand once.
        if same > 1 {
            return Err(MoneyError::NotANumber);
        }
        true
    } else if same > 1 {
        false
    } else {
        match (mark, sign) {
            (DecimalMark::Comma, b',') | (DecimalMark::Dot, b'.') => true,
            (DecimalMark::Unknown, _) => {
                behind != 3 || three == Three::Decimals || last > 3 || raw[0] == b'0'
            }
            _ => behind != 3 || raw[0] == b'0' || last > 3,
        }
    };
    let whole = if is_decimal { &raw[..last] } else { raw };
    let mut groups = whole.split(|b| !b.is_ascii_digit());
    let first = groups.next().map_or(0, <[u8]>::len);
    let grouped = whole.iter().any(|b| !b.is_ascii_digit());
    if grouped && (first == 0 || first > 3 || groups.any(|group| group.len() != 3)) {
        return Err(MoneyError::NotANumber);
    }
    Ok(is_decimal.then_some(last))
}

/// Digits of `raw` as an integer scaled by 10^(digits + exponent), rounded half away from zero.
fn scale(raw: &[u8], point: Option<usize>, exponent: i32, digits: u32) -> Result<i64, MoneyError> {
    let mut value: i128 = 0;
    let mut decimals = 0i32;
    for (at, &b) in raw.iter().enumerate() {
        if !b.is_ascii_digit() {
            continue;
        }
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(i128::from(b - b'0')))
            .ok_or(MoneyError::TooLarge)?;
        decimals += i32::from(point.is_some_and(|p| at > p));
    }
    let shift = digits as i32 + exponent - decimals;
    let scaled = if shift >= 0 {
        10i128
            .checked_pow(shift as u32)
            .and_then(|p| value.checked_mul(p))
            .ok_or(MoneyError::TooLarge)?
    } else {
        match 10i128.checked_pow(shift.unsigned_abs()) {
            Some(p) => crate::money::div_round(value, p).unwrap_or(0),
            None => 0,
        }
    };
    i64::try_from(scaled).map_err(|_| MoneyError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rub(text: &str) -> Result<i64, MoneyError> {
        parse_minor(text, Currency::new("RUB").unwrap(), DecimalMark::Unknown)
    }

    #[test]
    fn amounts_are_read_as_a_shopkeeper_reads_them() {
        for (text, minor) in [
            ("1234,5", 123_450),
            ("1 234,50", 123_450),
            ("1\u{a0}234,50 ₽", 123_450),
            ("1\u{2009}234\u{202f}567.89", 123_456_789),
            ("1,234.50", 123_450),
            ("1.234,50", 123_450),
            ("1.234.567", 123_456_700),
            ("1,234", 123_400),
            ("0,125", 13),
            ("1234,125", 123_413),
            ("12.345", 1_234_500),
            ("100 руб.", 10_000),
            ("100р.", 10_000),
            ("RUB 100", 10_000),
            ("$ 11.77", 1_177),
            ("-3", -300),
            ("−3,00", -300),
            ("(15.00)", -1_500),
            ("15.00-", -1_500),
            ("1.5E3", 150_000),
            ("199.99000000000001", 19_999),
            ("0.285", 29),
            ("+7", 700),
            ("0", 0),
            ("'100", 10_000),
        ] {
            assert_eq!(rub(text), Ok(minor), "{text}");
        }
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for text in [
            "",
            "-",
            "н/д",
            "1-2",
            "12 мая",
            "1.2.3",
            "1,23,456",
            "1e999",
            "abc",
            "10 яблок",
            "--5",
            "12:30",
        ] {
            assert!(rub(text).is_err(), "{text}");
        }
        assert_eq!(rub("99999999999999999999"), Err(MoneyError::TooLarge));
        assert_eq!(rub("922337203685477580.70"), Err(MoneyError::TooLarge));
    }

    #[test]
    fn a_column_decides_what_a_lone_separator_means() {
        assert_eq!(decimal_mark(["1,5", "2", "1,234"]), DecimalMark::Comma);
        assert_eq!(decimal_mark(["1,234.00", "5.99"]), DecimalMark::Dot);
        assert_eq!(decimal_mark(["1,234", "5"]), DecimalMark::Unknown);
        let currency = Currency::new("RUB").unwrap();
        assert_eq!(parse_minor("1,234", currency, DecimalMark::Comma), Ok(123));
        assert_eq!(
            parse_minor("1,234", currency, DecimalMark::Dot),
            Ok(123_400)
        );
    }

    #[test]
    fn a_yen_has_no_decimals_and_a_quantity_has_six() {
        let yen = Currency::new("JPY").unwrap();
        assert_eq!(parse_minor("1500", yen, DecimalMark::Unknown), Ok(1500));
        assert_eq!(parse_minor_exact("1.5", yen), Err(MoneyError::TooPrecise));
        assert_eq!(
            parse_quantity_micro("1,234", DecimalMark::Unknown),
            Ok(1_234_000)
        );
        assert_eq!(
            parse_quantity_micro("2 шт", DecimalMark::Unknown),
            Ok(2_000_000)
        );
        assert_eq!(
            parse_quantity_micro("-0.5", DecimalMark::Unknown),
            Ok(-500_000)
        );
    }

    proptest::proptest! {
        #[test]
        fn any_amount_comes_back_from_every_writing(minor in -1_000_000_000_000i64..1_000_000_000_000) {
            let (whole, part) = (minor.unsigned_abs() / 100, minor.unsigned_abs() % 100);
            let sign = if minor < 0 { "-" } else { "" };
            let digits = whole.to_string();
            let mut grouped = String::new();
            for (i, c) in digits.chars().enumerate() {
                if i > 0 && (digits.len() - i) % 3 == 0 { grouped.push('\u{a0}'); }
                grouped.push(c);
            }
            for text in [
                format!("{sign}{whole}.{part:02}"),
                format!("{sign}{whole},{part:02}"),
                format!("{sign}{grouped},{part:02} ₽"),
                format!("{sign}{}.{part:02}", grouped.replace('\u{a0}', ",")),
            ] {
                proptest::prop_assert_eq!(rub(&text), Ok(minor), "{}", text);
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,60}|[0-9.,eE() -]{0,60}") {
            let _ = rub(&text);
            let _ = parse_quantity_micro(&text, DecimalMark::Comma);
        }
    }
}
