//! Phones as shops write them, turned into E.164.
//!
//! Numbering plans come from `rlibphonenumber` (Google's metadata). Ours is only what a table in a
//! shop does to a number: two numbers in one cell, an extension behind it, a number that Excel has
//! taken for a quantity.

use rlibphonenumber::{PHONE_NUMBER_UTIL, ParseError, PhoneNumberFormat, Region, ValidationError};

/// Longest cell that is looked at, in bytes; a longer one is not a phone.
const MAX_CELL_BYTES: usize = 300;

/// Country whose national numbers are meant when a number names no country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhoneRegion(Region);

impl PhoneRegion {
    /// By two-letter ISO 3166 code (`RU`); `None` if unknown.
    pub fn new(code: &str) -> Option<PhoneRegion> {
        code.parse::<Region>().ok().map(PhoneRegion)
    }

    /// Russia, the default of a shop.
    pub const RUSSIA: PhoneRegion = PhoneRegion(Region::RU);
}

/// Why a text is not a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PhoneError {
    /// Nothing is written.
    #[error("empty")]
    Empty,
    /// No digits, or words with a few digits.
    #[error("not a phone number")]
    NotANumber,
    /// Too few digits.
    #[error("too few digits")]
    TooShort,
    /// Too many digits.
    #[error("too many digits")]
    TooLong,
    /// Excel has rounded the number (`7,91612E+10`): the last digits are gone.
    #[error("Excel has cut the last digits")]
    LostDigits,
    /// The numbering plan has no such number.
    #[error("no such number exists")]
    Impossible,
    /// A number written only to fill the field (`9999999999`): it would join strangers.
    #[error("a filler, not a number")]
    Filler,
}

impl PhoneError {
    /// Stable code for reports.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "phone_empty",
            Self::NotANumber => "phone_not_a_number",
            Self::TooShort => "phone_too_short",
            Self::TooLong => "phone_too_long",
            Self::LostDigits => "phone_lost_digits",
            Self::Impossible => "phone_impossible",
            Self::Filler => "phone_filler",
        }
    }
}

/// The phones of one cell: the good ones in E.164 without repeats, and why others were not taken.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PhoneCell {
    /// E.164 numbers in the order they stand.
    pub phones: Vec<String>,
    /// What was wrong with the rest.
    pub errors: Vec<PhoneError>,
}

/// One phone in E.164 (`+79161234567`).
///
/// # Errors
/// The reason when it is not a phone; a cell with two numbers is [`PhoneError::TooLong`] here, use
/// [`parse_cell`] for it.
pub fn parse(text: &str, region: PhoneRegion) -> Result<String, PhoneError> {
    if text.len() > MAX_CELL_BYTES {
        return Err(PhoneError::NotANumber);
    }
    parse_plain(&plain(text), region)
}

/// All phones of a cell: `8 916 123-45-67, 8 (495) 765-43-21 доб. 12` gives two.
pub fn parse_cell(text: &str, region: PhoneRegion) -> PhoneCell {
    let mut cell = PhoneCell::default();
    if text.len() > MAX_CELL_BYTES {
        cell.errors.push(PhoneError::NotANumber);
        return cell;
    }
    let text = plain(text);
    if text.is_empty() {
        return cell;
    }
    for piece in split(&text) {
        match parse_plain(&piece, region) {
            Ok(phone) if cell.phones.contains(&phone) => {}
            Ok(phone) => cell.phones.push(phone),
            Err(error) => cell.errors.push(error),
        }
    }
    cell
}

/// Wide digits made ASCII, odd spaces plain, invisible marks out, wrapping quotes off (`'+7…`,
/// `="7916…"`).
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{FF10}'..='\u{FF19}' => out.push(char::from(b'0' + (c as u32 - 0xFF10) as u8)),
            '\u{FF0B}' | '\u{207A}' => out.push('+'),
            '\n' => out.push('\n'),
            c if c.is_whitespace() => out.push(' '),
            '\u{00AD}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\'' | '’' | '‘' | '"' | '=' | '`' | '«' | '»')
    })
    .to_owned()
}

fn digits_in(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Cuts a cell into single numbers.
fn split(text: &str) -> Vec<String> {
    if excel_number(text).is_some() || digits_in(text) <= 11 {
        return vec![text.to_owned()];
    }
    let spelled = text
        .replace(" или ", ";")
        .replace(" и ", ";")
        .replace(" or ", ";")
        .replace(" and ", ";");
    let mut pieces: Vec<String> = Vec::new();
    for piece in spelled.split([';', ',', '/', '|', '\\', '\n']) {
        match pieces.last_mut() {
            // «123-45-67, 68»: another ending of the same number, not a number.
            Some(last) if digits_in(piece) < 5 && digits_in(last) >= 10 => {}
            Some(last) if digits_in(piece) < 5 => {
                last.push(' ');
                last.push_str(piece);
            }
            _ => pieces.push(piece.to_owned()),
        }
    }
    pieces.iter().flat_map(|piece| split_glued(piece)).collect()
}

/// Numbers written one after another with only spaces, pluses or nothing between them.
fn split_glued(piece: &str) -> Vec<String> {
    let main = without_extension(piece);
    let digits = digits_in(main);
    let pluses = main.bytes().filter(|b| *b == b'+').count();
    // Two numbers have twenty digits at least; a country code, 810 or 00 make one number longer.
    if pluses < 2 && digits < 20 {
        return vec![piece.to_owned()];
    }
    let mut out: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut have = 0;
    for c in main.chars() {
        let full = match current
            .trim_start()
            .bytes()
            .find(|b| b.is_ascii_digit() || *b == b'+')
        {
            Some(b'9') => 10,
            _ => 11,
        };
        if (c == '+' && have > 0) || (have >= full && c.is_ascii_digit()) {
            out.push(std::mem::take(&mut current));
            have = 0;
        }
        have += usize::from(c.is_ascii_digit());
        current.push(c);
    }
    out.push(current);
    out.retain(|number| digits_in(number) >= 5);
    out
}

/// The text before «доб. 12», «ext 12», «#12».
fn without_extension(text: &str) -> &str {
    let mut digits = 0;
    for (at, c) in text.char_indices() {
        if c.is_ascii_digit() {
            digits += 1;
        }
        if digits >= 6 && (c == '#' || c == '*' || c.is_alphabetic()) {
            return &text[..at];
        }
    }
    text
}

/// A number that went through a spreadsheet: `7.9161234567E10`, `79161234567.0`.
/// `None` if the text is not written like that.
fn excel_number(text: &str) -> Option<Result<String, PhoneError>> {
    let (mantissa, exponent) = match text.find(['e', 'E', 'Е', 'е']) {
        Some(at) => {
            let after = &text[at + text[at..].chars().next()?.len_utf8()..];
            let exponent: usize = after.strip_prefix('+').unwrap_or(after).parse().ok()?;
            (&text[..at], Some(exponent))
        }
        None => (text, None),
    };
    let mantissa = mantissa.strip_prefix('+').unwrap_or(mantissa);
    let (whole, fraction) = mantissa.split_once(['.', ','])?;
    let numeric = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !numeric(whole) || !numeric(fraction) {
        return None;
    }
    let Some(exponent) = exponent else {
        let is_integer = whole.len() >= 10 && fraction.bytes().all(|b| b == b'0');
        return is_integer.then(|| Ok(whole.to_owned()));
    };
    let fraction = fraction.trim_end_matches('0');
    if exponent > 15 || fraction.len() > exponent {
        return Some(Err(PhoneError::NotANumber));
    }
    // Two trailing zeros of a real number are thinkable; more mean that digits were rounded away.
    let zeros = exponent - fraction.len();
    if zeros > 2 {
        return Some(Err(PhoneError::LostDigits));
    }
    Some(Ok(format!("{whole}{fraction}{}", "0".repeat(zeros))))
}

/// One number of an already [`plain`] text.
fn parse_plain(text: &str, region: PhoneRegion) -> Result<String, PhoneError> {
    if text.is_empty() {
        return Err(PhoneError::Empty);
    }
    let restored = match excel_number(text) {
        Some(number) => Some(number?),
        None => None,
    };
    let text = restored.as_deref().unwrap_or(text);
    let main = without_extension(text);
    let digits: String = main.chars().filter(char::is_ascii_digit).collect();
    let plus = main
        .find(|c: char| c.is_ascii_digit())
        .is_some_and(|at| main[..at].contains('+'));
    if digits.is_empty() || (digits.len() < 6 && text.chars().any(char::is_alphabetic)) {
        return Err(PhoneError::NotANumber);
    }
    if digits.len() > 17 {
        return Err(PhoneError::TooLong);
    }
    if !plus && digits.len() < 10 && is_seven(region) {
        return Err(PhoneError::TooShort);
    }
    let dialled = dialled(&digits, plus, region);
    if is_russian_mobile(&dialled) {
        return if is_filler(&dialled) {
            Err(PhoneError::Filler)
        } else {
            Ok(dialled)
        };
    }
    by_library(&dialled, region)
}

/// `+7 9…` with ten digits: the plan has holes only in 930, so any other such number is valid and
/// its own E.164. Nearly every phone of a shop in Russia is one, and the library takes 20 µs for it.
fn is_russian_mobile(dialled: &str) -> bool {
    dialled.len() == 12 && dialled.starts_with("+79") && !dialled.starts_with("+7930")
}

/// What the numbering plans say of a number with nothing but digits and perhaps a plus.
fn by_library(dialled: &str, region: PhoneRegion) -> Result<String, PhoneError> {
    let digits = digits_in(dialled);
    let number = PHONE_NUMBER_UTIL
        .parse(dialled, Some(region.0))
        .map_err(|error| match error {
            ParseError::TooShortNsn | ParseError::TooShortAfterIdd => PhoneError::TooShort,
            ParseError::TooLongNsn => PhoneError::TooLong,
            ParseError::InvalidCountryCode => PhoneError::Impossible,
            ParseError::NotANumber(_) if digits < 7 => PhoneError::TooShort,
            ParseError::NotANumber(_) => PhoneError::NotANumber,
        })?;
    let e164 = PHONE_NUMBER_UTIL
        .format(&number, PhoneNumberFormat::E164)
        .into_owned();
    if is_filler(&e164) {
        return Err(PhoneError::Filler);
    }
    if !PHONE_NUMBER_UTIL.is_valid_number(&number) {
        return Err(
            match PHONE_NUMBER_UTIL.is_possible_number_with_reason(&number) {
                Err(ValidationError::TooShort) => PhoneError::TooShort,
                Err(ValidationError::TooLong) => PhoneError::TooLong,
                _ => PhoneError::Impossible,
            },
        );
    }
    Ok(e164)
}

/// What to give the library: repairs of the habits of the +7 countries, where 8 and 7 are mixed.
fn dialled(digits: &str, plus: bool, region: PhoneRegion) -> String {
    if is_seven(region) {
        match (digits.len(), digits.as_bytes()) {
            (11, [b'7', ..]) => return format!("+{digits}"),
            // «+8 916 …»: a plus before the trunk eight. No country code starts with 89.
            (11, [b'8', b'3' | b'4' | b'8' | b'9', ..]) => return format!("+7{}", &digits[1..]),
            // «+7 8 916 …»: both.
            (12, [b'7', b'8', b'9', ..]) => return format!("+7{}", &digits[2..]),
            (10, [b'3' | b'4' | b'7' | b'8' | b'9', ..]) if !plus => return format!("+7{digits}"),
            (13.., [b'0', b'0', b'7', ..]) => return format!("+{}", &digits[2..]),
            _ => {}
        }
    }
    // Twelve and more digits without a plus still start with a country code (375…, 998…).
    if plus || (digits.len() >= 12 && !digits.starts_with('8') && !digits.starts_with('0')) {
        format!("+{digits}")
    } else {
        digits.to_owned()
    }
}

/// Russia and Kazakhstan: national numbers of ten digits under +7.
fn is_seven(region: PhoneRegion) -> bool {
    matches!(region.0, Region::RU | Region::KZ)
}

/// All ten last digits the same, or the last seven zeros.
fn is_filler(e164: &str) -> bool {
    let bytes = e164.as_bytes();
    let tail = |n: usize| bytes.len().checked_sub(n).map(|at| &bytes[at..]);
    tail(10).is_some_and(|t| t.iter().all(|b| *b == t[0]))
        || tail(7).is_some_and(|t| t.iter().all(|b| *b == b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use PhoneError::*;

    /// What is written, what it means: E.164 numbers joined by a space, or the reason.
    const TABLE: &[(&str, Result<&str, PhoneError>)] = &[
        ("+7 (916) 123-45-67", Ok("+79161234567")),
        ("8 916 123 45 67", Ok("+79161234567")),
        ("8(916)1234567", Ok("+79161234567")),
        ("79161234567", Ok("+79161234567")),
        ("9161234567", Ok("+79161234567")),
        ("916 123-45-67", Ok("+79161234567")),
        ("+8 916 123-45-67", Ok("+79161234567")),
        ("+7 8 916 123-45-67", Ok("+79161234567")),
        ("7.9161234567E10", Ok("+79161234567")),
        ("7,9161234567E+10", Ok("+79161234567")),
        ("8.9161234567e+10", Ok("+79161234567")),
        ("7.916123456E10", Ok("+79161234560")),
        ("7,91612E+10", Err(LostDigits)),
        ("7.92E+10", Err(LostDigits)),
        ("79161234567.0", Ok("+79161234567")),
        ("79161234567,00", Ok("+79161234567")),
        ("9161234567.0", Ok("+79161234567")),
        ("'+79161234567", Ok("+79161234567")),
        ("=\"79161234567\"", Ok("+79161234567")),
        ("８９１６１２３４５６７", Ok("+79161234567")),
        ("＋７ ９１６ １２３ ４５ ６７", Ok("+79161234567")),
        (
            "+7\u{a0}916\u{2009}123\u{2011}45\u{2011}67",
            Ok("+79161234567"),
        ),
        ("\u{202d}+7 916 123-45-67\u{202c}", Ok("+79161234567")),
        ("тел. 8-916-123-45-67", Ok("+79161234567")),
        ("моб.: +7.916.123.45.67", Ok("+79161234567")),
        ("+7 (916) 123-45-67 доб. 12", Ok("+79161234567")),
        ("8 (495) 765-43-21 доб.1234", Ok("+74957654321")),
        ("8 495 765-43-21 ext 12", Ok("+74957654321")),
        ("8 (495) 765-43-21 #12", Ok("+74957654321")),
        ("89161234567 (мама)", Ok("+79161234567")),
        // 812 St Petersburg, 843 Kazan, 861 Krasnodar, 800: the numbers another library breaks.
        ("8 812 325 12 34", Ok("+78123251234")),
        ("+7 812 325-12-34", Ok("+78123251234")),
        ("8123251234", Ok("+78123251234")),
        ("78123251234", Ok("+78123251234")),
        ("8 (843) 292-12-34", Ok("+78432921234")),
        ("+78432921234", Ok("+78432921234")),
        ("8 861 255-12-34", Ok("+78612551234")),
        ("88612551234", Ok("+78612551234")),
        ("8 800 555-35-35", Ok("+78005553535")),
        ("+7 800 555 35 35", Ok("+78005553535")),
        ("8005553535", Ok("+78005553535")),
        ("8-342-212-34-56", Ok("+73422123456")),
        // Neighbours.
        ("+7 701 123 45 67", Ok("+77011234567")),
        ("8 701 123 45 67", Ok("+77011234567")),
        ("+375 29 123-45-67", Ok("+375291234567")),
        ("375291234567", Ok("+375291234567")),
        ("810 375 29 1234567", Ok("+375291234567")),
        ("+998 90 123 45 67", Ok("+998901234567")),
        ("+1 212 555 0123", Ok("+12125550123")),
        ("00 7 916 123 45 67", Ok("+79161234567")),
        // Two in a cell.
        (
            "8 916 123-45-67, 8 (495) 765-43-21 доб. 12",
            Ok("+79161234567 +74957654321"),
        ),
        ("+79161234567;+79031112233", Ok("+79161234567 +79031112233")),
        ("89161234567/89031112233", Ok("+79161234567 +79031112233")),
        ("89161234567 89031112233", Ok("+79161234567 +79031112233")),
        (
            "+7 916 123 45 67 +7 903 111 22 33",
            Ok("+79161234567 +79031112233"),
        ),
        ("8916123456789031112233", Ok("+79161234567 +79031112233")),
        ("9161234567 9031112233", Ok("+79161234567 +79031112233")),
        (
            "8 916 123-45-67 или 8 903 111-22-33",
            Ok("+79161234567 +79031112233"),
        ),
        ("8 916 123-45-67\n8 916 123-45-67", Ok("+79161234567")),
        // Not phones.
        ("нет", Err(NotANumber)),
        ("-", Err(NotANumber)),
        ("12345", Err(TooShort)),
        ("123-45-67", Err(TooShort)),
        ("8 916 123 45", Err(TooShort)),
        ("8 (495) 765-43-21, 22", Ok("+74957654321")),
        ("+7 000 000 00 00", Err(Filler)),
        ("9999999999", Err(Filler)),
        ("+7 100 123 45 67", Err(Impossible)),
        ("+999 123 456 789", Err(Impossible)),
    ];

    #[test]
    fn every_number_of_the_table_is_read_as_a_person_reads_it() {
        let mut wrong = Vec::new();
        for (text, want) in TABLE {
            let cell = parse_cell(text, PhoneRegion::RUSSIA);
            let got = match cell.errors.first() {
                Some(error) => Err(*error),
                None => Ok(cell.phones.join(" ")),
            };
            if got != want.map(str::to_owned) {
                wrong.push(format!("{text:?}: {got:?}, wanted {want:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(TABLE.len() >= 60);
    }

    #[test]
    fn a_bad_number_beside_a_good_one_does_not_lose_the_good_one() {
        let cell = parse_cell("8 916 123-45-67, 8 000 123-45-67", PhoneRegion::RUSSIA);
        assert_eq!(cell.phones, ["+79161234567"]);
        assert_eq!(cell.errors.len(), 1);
    }

    #[test]
    fn the_region_decides_what_a_national_number_means() {
        let kz = PhoneRegion::new("BY").unwrap();
        assert_eq!(parse("8 029 123-45-67", kz).as_deref(), Ok("+375291234567"));
        assert!(PhoneRegion::new("??").is_none());
    }

    #[test]
    fn the_library_says_the_same_of_every_block_of_russian_mobile_numbers() {
        // The plan tells blocks of ten thousand apart, nothing smaller.
        for block in 0..100_000 {
            let dialled = format!("+79{block:05}4567");
            let quick = parse_plain(&dialled, PhoneRegion::RUSSIA);
            assert_eq!(quick, by_library(&dialled, PhoneRegion::RUSSIA));
        }
    }

    proptest::proptest! {
        #[test]
        fn the_quick_way_and_the_library_say_the_same(n in 0u32..1_000_000_000, region in proptest::sample::select(vec!["RU", "KZ", "BY", "US"])) {
            let dialled = format!("+79{n:09}");
            let region = PhoneRegion::new(region).unwrap();
            proptest::prop_assert_eq!(parse_plain(&dialled, region), by_library(&dialled, region));
        }

        #[test]
        fn no_cell_panics_and_what_is_read_reads_the_same_again(text in "[0-9+(), ;доб.eE'х-]{0,60}|.{0,40}") {
            for phone in parse_cell(&text, PhoneRegion::RUSSIA).phones {
                proptest::prop_assert_eq!(parse(&phone, PhoneRegion::RUSSIA), Ok(phone));
            }
        }

        #[test]
        fn a_mobile_number_is_the_same_in_every_writing(n in 0u32..10_000_000u32, code in 910u32..920) {
            let tail = format!("{n:07}");
            proptest::prop_assume!(tail != "0000000");
            let want = format!("+7{code}{tail}");
            let (a, b, c) = (&tail[..3], &tail[3..5], &tail[5..]);
            for text in [
                format!("8 ({code}) {a}-{b}-{c}"),
                format!("7{code}{tail}.0"),
                format!("{code}{a} {b} {c}"),
                format!("тел 8{code}{tail} доб 5"),
            ] {
                proptest::prop_assert_eq!(parse(&text, PhoneRegion::RUSSIA).ok(), Some(want.clone()));
            }
        }
    }
}
