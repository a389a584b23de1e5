//! Dates and times as files write them.
//!
//! `23.11.2026`, `2026-11-23T12:30:00Z`, `11/23/2026 5:07 PM`, `19970101`, `46349`, `46349.52`,
//! `23 ноября 2026`, `23.11.26`.

use crate::{Day, Instant, TimePrecision, Zone};

mod calendar;

use calendar::{civil_from_days, days_from_civil, days_in_month};

/// Order of day and month in a column where both are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// `23/11/2026`
    DayFirst,
    /// `11/23/2026`
    MonthFirst,
}

/// Why a text is not a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DateError {
    /// Not written as a date.
    #[error("not a date")]
    NotADate,
    /// Written as a date that the calendar does not have (31 November).
    #[error("no such day")]
    NoSuchDay,
    /// Before 1970 or after 2149.
    #[error("outside 1970-2149")]
    OutOfRange,
}

impl DateError {
    /// Stable code for reports.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotADate => "date_not_a_date",
            Self::NoSuchDay => "date_no_such_day",
            Self::OutOfRange => "date_out_of_range",
        }
    }
}

/// How to read a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateStyle {
    /// Order of day and month.
    pub order: DateOrder,
    /// A two-digit year is placed in the hundred years that end with this year.
    pub pivot_year: i16,
}

/// A civil date, any year 1..=9999 (birthdays are before 1970).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Civil {
    /// Year.
    pub year: i16,
    /// Month 1..=12.
    pub month: i8,
    /// Day of the month 1..=31.
    pub day: i8,
}

impl Civil {
    /// The date if the calendar has it.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Civil> {
        let ok = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && day >= 1
            && day <= days_in_month(year, month);
        ok.then_some(Civil { year, month, day })
    }

    /// As a [`Day`], `None` outside its range.
    pub fn to_day(self) -> Option<Day> {
        let days = days_from_civil(self);
        (Day::MIN.0..=Day::MAX.0)
            .contains(&days)
            .then_some(Day(days))
    }
}

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The calendar date.
    pub date: Civil,
    /// Time of day in seconds, when written.
    pub second_of_day: Option<u32>,
    /// False when the time was written without seconds.
    pub has_seconds: bool,
    /// Offset from UTC in minutes, when written (`Z`, `+03:00`).
    pub offset_minutes: Option<i16>,
}

impl Moment {
    /// Day, instant and precision in a zone. A written offset wins: the day is then the day of that
    /// instant in the zone. A date alone stands for noon.
    ///
    /// # Errors
    /// [`DateError::OutOfRange`].
    pub fn place(self, zone: &Zone) -> Result<(Day, Instant, TimePrecision), DateError> {
        let day = self.date.to_day().ok_or(DateError::OutOfRange)?;
        let Some(second) = self.second_of_day else {
            return Ok((day, zone.noon_of(day), TimePrecision::Day));
        };
        let precision = if self.has_seconds {
            TimePrecision::Instant
        } else {
            TimePrecision::Minute
        };
        if let Some(offset) = self.offset_minutes {
            let seconds = i64::from(day.0) * 86_400 + i64::from(second) - i64::from(offset) * 60;
            let instant = Instant(seconds * 1_000_000);
            return Ok((zone.day_of(instant), instant, precision));
        }
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let at = day.date().at(hour as i8, minute as i8, second as i8, 0);
        let instant = zone.instant_of(at).unwrap_or_else(|| zone.noon_of(day));
        Ok((day, instant, precision))
    }
}

/// Decides the order of a column from its values: one value above 12 in a place settles it.
/// `None` when nothing settles it (all values fit both ways) or the values contradict each other.
/// Values with dots are always day first, ISO values say nothing.
pub fn decide_order<'a>(samples: impl IntoIterator<Item = &'a str>) -> Option<DateOrder> {
    let (mut day_first, mut month_first) = (false, false);
    for sample in samples {
        let head = sample.trim().split([' ', 'T']).next().unwrap_or("");
        let mut parts = head.split(['/', '-', '.']);
        let (Some(a), Some(b), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let (Ok(a), Ok(b)) = (a.parse::<u32>(), b.parse::<u32>()) else {
            continue;
        };
        if a > 31 {
            continue;
        }
        day_first |= head.contains('.') || (a > 12 && b <= 12);
        month_first |= b > 12 && b <= 31 && a <= 12;
    }
    match (day_first, month_first) {
        (true, false) => Some(DateOrder::DayFirst),
        (false, true) => Some(DateOrder::MonthFirst),
        _ => None,
    }
}

/// Reads a cell of a date column.
///
/// # Errors
/// Why it is not a date.
pub fn parse(text: &str, style: DateStyle) -> Result<Moment, DateError> {
    let text =
        text.trim_matches(|c: char| c.is_whitespace() || c == '\'' || c == '"' || c == '\u{feff}');
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > 64 {
        return Err(DateError::NotADate);
    }
    if bytes.iter().all(u8::is_ascii_digit) {
        return digits_only(text, style);
    }
    if let Some(serial) = serial_number(text) {
        return from_serial(serial);
    }
    let mut scan = Scan { bytes, at: 0 };
    let date = if bytes[0].is_ascii_digit() {
        let (first, width) = scan.number().ok_or(DateError::NotADate)?;
        match scan.peek() {
            Some(sign @ (b'.' | b'/' | b'-')) => {
                scan.at += 1;
                numeric_date(&mut scan, first, width, sign, style)?
            }
            _ => month_name_date(text, &mut scan, Some(first), style)?,
        }
    } else {
        month_name_date(text, &mut scan, None, style)?
    };
    let mut moment = Moment {
        date,
        second_of_day: None,
        has_seconds: false,
        offset_minutes: None,
    };
    time_part(&mut scan, &mut moment)?;
    Ok(moment)
}

/// A clock time alone (`12:30`, `12:30:59`, `5:07 PM`, or the fraction of a day Excel keeps), in
/// seconds of the day and whether seconds were written.
///
/// # Errors
/// [`DateError::NotADate`].
pub fn parse_time(text: &str) -> Result<(u32, bool), DateError> {
    let text = text.trim();
    if let Some(fraction) = text.strip_prefix('0').filter(|t| t.starts_with(['.', ','])) {
        let fraction: f64 = format!("0{}", fraction.replace(',', "."))
            .parse()
            .map_err(|_| DateError::NotADate)?;
        return Ok((((fraction * 86_400.0).round() as u32).min(86_399), true));
    }
    // A time column of a spreadsheet may carry Excel's day zero.
    let text = text.rsplit_once([' ', 'T']).map_or(text, |(head, tail)| {
        if head.contains(['-', '.']) && tail.contains(':') {
            tail
        } else {
            text
        }
    });
    let mut moment = Moment {
        date: Civil {
            year: 1970,
            month: 1,
            day: 1,
        },
        second_of_day: None,
        has_seconds: false,
        offset_minutes: None,
    };
    time_part(
        &mut Scan {
            bytes: text.as_bytes(),
            at: 0,
        },
        &mut moment,
    )?;
    moment
        .second_of_day
        .map(|second| (second, moment.has_seconds))
        .ok_or(DateError::NotADate)
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Up to nine digits: value and how many.
    fn number(&mut self) -> Option<(u32, usize)> {
        let start = self.at;
        let mut value = 0u32;
        while let Some(b @ b'0'..=b'9') = self.peek() {
            if self.at - start >= 9 {
                return None;
            }
            value = value * 10 + u32::from(b - b'0');
            self.at += 1;
        }
        (self.at > start).then_some((value, self.at - start))
    }

    fn eat(&mut self, sign: u8) -> bool {
        let hit = self.peek() == Some(sign);
        self.at += usize::from(hit);
        hit
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.at.min(self.bytes.len())..]
    }
}

fn numeric_date(
    scan: &mut Scan,
    first: u32,
    width: usize,
    sign: u8,
    style: DateStyle,
) -> Result<Civil, DateError> {
    let Some((second, _)) = scan.number() else {
        // «23-ноя-2026»
        let text = std::str::from_utf8(scan.bytes).map_err(|_| DateError::NotADate)?;
        return month_name_date(text, scan, Some(first), style);
    };
    if !scan.eat(sign) {
        return Err(DateError::NotADate);
    }
    let (third, third_width) = scan.number().ok_or(DateError::NotADate)?;
    let (year, month, day) = if width == 4 {
        (first, second, third)
    } else {
        let year = full_year(third, third_width, style)?;
        // Dots are used by people who write the day first.
        match if sign == b'.' {
            DateOrder::DayFirst
        } else {
            style.order
        } {
            DateOrder::DayFirst => (year, second, first),
            DateOrder::MonthFirst => (year, first, second),
        }
    };
    civil(year, month, day)
}

fn full_year(year: u32, width: usize, style: DateStyle) -> Result<u32, DateError> {
    match width {
        4 => Ok(year),
        2 => {
            let pivot = i32::from(style.pivot_year);
            let candidate = pivot - pivot.rem_euclid(100) + year as i32;
            Ok((if candidate > pivot {
                candidate - 100
            } else {
                candidate
            }) as u32)
        }
        _ => Err(DateError::NotADate),
    }
}

fn civil(year: u32, month: u32, day: u32) -> Result<Civil, DateError> {
    if year > 9999 || month > 99 || day > 99 {
        return Err(DateError::NotADate);
    }
    Civil::new(year as i16, month as i8, day as i8).ok_or(DateError::NoSuchDay)
}

const MONTHS: [(&str, &str); 12] = [
    ("янв", "jan"),
    ("фев", "feb"),
    ("мар", "mar"),
    ("апр", "apr"),
    ("ма", "may"),
    ("июн", "jun"),
    ("июл", "jul"),
    ("авг", "aug"),
    ("сен", "sep"),
    ("окт", "oct"),
    ("ноя", "nov"),
    ("дек", "dec"),
];

/// `23 ноября 2026 г.`, `23 nov 2026`, `Nov 23, 2026`; `first` is the number already read.
fn month_name_date(
    text: &str,
    scan: &mut Scan,
    first: Option<u32>,
    style: DateStyle,
) -> Result<Civil, DateError> {
    let skip = |scan: &mut Scan| {
        while matches!(scan.peek(), Some(b' ' | b'-' | b'.' | b',')) {
            scan.at += 1;
        }
    };
    skip(scan);
    let tail = text.get(scan.at..).ok_or(DateError::NotADate)?;
    let end = tail
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(tail.len());
    let word = tail[..end].to_lowercase();
    let month = MONTHS
        .iter()
        .position(|(ru, en)| {
            // «мар» must be tried before «ма» («мая», «май»), which the order of the list does.
            word.starts_with(ru) || word.starts_with(en)
        })
        .ok_or(DateError::NotADate)? as u32
        + 1;
    scan.at += end;
    skip(scan);
    let (second, second_width) = scan.number().ok_or(DateError::NotADate)?;
    let (day, year) = match first {
        Some(day) => (day, full_year(second, second_width, style)?),
        None => {
            skip(scan);
            let (year, width) = scan.number().ok_or(DateError::NotADate)?;
            (second, full_year(year, width, style)?)
        }
    };
    civil(year, month, day)
}

/// What follows the date: nothing, «г.», or a time.
fn time_part(scan: &mut Scan, moment: &mut Moment) -> Result<(), DateError> {
    while matches!(scan.peek(), Some(b' ' | b'T' | b't' | b',')) {
        scan.at += 1;
    }
    let year_word = "г".as_bytes();
    if scan.rest().starts_with(year_word) {
        scan.at += year_word.len();
        scan.eat(b'.');
        while scan.eat(b' ') {}
    }
    if scan.rest().is_empty() {
        return Ok(());
    }
    let (mut hour, _) = scan.number().ok_or(DateError::NotADate)?;
    if !scan.eat(b':') {
        return Err(DateError::NotADate);
    }
    let (minute, _) = scan.number().ok_or(DateError::NotADate)?;
    let mut second = 0;
    if scan.eat(b':') {
        second = scan.number().ok_or(DateError::NotADate)?.0;
        moment.has_seconds = true;
        if scan.eat(b'.') || scan.eat(b',') {
            scan.number().ok_or(DateError::NotADate)?;
        }
    }
    while scan.eat(b' ') {}
    let rest = scan.rest().to_ascii_lowercase();
    let half = match rest.get(..2) {
        Some(b"am") => Some(0),
        Some(b"pm") => Some(12),
        _ => None,
    };
    if let Some(half) = half {
        if !(1..=12).contains(&hour) {
            return Err(DateError::NotADate);
        }
        hour = hour % 12 + half;
        scan.at += 2;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return Err(DateError::NotADate);
    }
    moment.second_of_day = Some(hour * 3600 + minute * 60 + second.min(59));
    offset_part(scan, moment)
}

fn offset_part(scan: &mut Scan, moment: &mut Moment) -> Result<(), DateError> {
    if scan.eat(b'Z') || scan.eat(b'z') {
        moment.offset_minutes = Some(0);
    } else if let Some(sign @ (b'+' | b'-')) = scan.peek() {
        scan.at += 1;
        let (value, width) = scan.number().ok_or(DateError::NotADate)?;
        let minutes = match width {
            2 if scan.eat(b':') => value * 60 + scan.number().ok_or(DateError::NotADate)?.0,
            2 => value * 60,
            4 => value / 100 * 60 + value % 100,
            _ => return Err(DateError::NotADate),
        };
        if minutes > 18 * 60 {
            return Err(DateError::NotADate);
        }
        moment.offset_minutes = Some(if sign == b'-' {
            -(minutes as i16)
        } else {
            minutes as i16
        });
    } else if scan.rest().starts_with(b" UTC") || scan.rest() == b"UTC" {
        moment.offset_minutes = Some(0);
        return Ok(());
    }
    if scan.rest().is_empty() {
        Ok(())
    } else {
        Err(DateError::NotADate)
    }
}

/// `20261123`, `20261123123000`, or an Excel serial number.
fn digits_only(text: &str, style: DateStyle) -> Result<Moment, DateError> {
    let part = |a: usize, b: usize| text[a..b].parse::<u32>().map_err(|_| DateError::NotADate);
    let plain = |date| Moment {
        date,
        second_of_day: None,
        has_seconds: false,
        offset_minutes: None,
    };
    match text.len() {
        8 => {
            let ymd = civil(part(0, 4)?, part(4, 6)?, part(6, 8)?);
            if let (Ok(date), true) = (ymd, part(0, 4)? >= 1900) {
                return Ok(plain(date));
            }
            // 23112026
            let date = match style.order {
                DateOrder::DayFirst => civil(part(4, 8)?, part(2, 4)?, part(0, 2)?),
                DateOrder::MonthFirst => civil(part(4, 8)?, part(0, 2)?, part(2, 4)?),
            }?;
            if date.year < 1900 {
                Err(DateError::NotADate)
            } else {
                Ok(plain(date))
            }
        }
        12 | 14 => {
            let mut moment = plain(civil(part(0, 4)?, part(4, 6)?, part(6, 8)?)?);
            let (hour, minute) = (part(8, 10)?, part(10, 12)?);
            let second = if text.len() == 14 { part(12, 14)? } else { 0 };
            if hour > 23 || minute > 59 || second > 59 {
                return Err(DateError::NotADate);
            }
            moment.second_of_day = Some(hour * 3600 + minute * 60 + second);
            moment.has_seconds = text.len() == 14;
            Ok(moment)
        }
        5 => from_serial(text.parse::<u32>().map_err(|_| DateError::NotADate)?.into()),
        _ => Err(DateError::NotADate),
    }
}

/// `46349.52`, `46349,52`: an Excel serial number with a time.
fn serial_number(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once(['.', ','])?;
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 5 || !digits(whole) || !digits(fraction) {
        return None;
    }
    format!("{whole}.{fraction}").parse().ok()
}

/// Excel's days since 1899-12-30, 10 000..=99 999 (1927 to 2173).
fn from_serial(serial: f64) -> Result<Moment, DateError> {
    if !(10_000.0..100_000.0).contains(&serial) {
        return Err(DateError::NotADate);
    }
    let total_seconds = (serial * 86_400.0).round() as i64;
    let days = total_seconds / 86_400 - 25_569;
    let second = (total_seconds % 86_400) as u32;
    Ok(Moment {
        date: civil_from_days(days as i32),
        second_of_day: (serial.fract() != 0.0).then_some(second),
        has_seconds: true,
        offset_minutes: None,
    })
}

#[cfg(test)]
mod tests;
