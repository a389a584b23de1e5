//! Days and instants. A day is a calendar day of a store's (or the shop's) zone; an instant is a
//! point of time in UTC. Nothing here asks what time it is.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Calendar day: days since 1970-01-01, of the zone it was made in.
///
/// The supported range is 1970-01-01 to 2149-06-06 (what fits the live base's `u16` column).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(pub i32);

impl Day {
    /// First supported day, 1970-01-01.
    pub const MIN: Day = Day(0);
    /// Last supported day, 2149-06-06.
    pub const MAX: Day = Day(u16::MAX as i32);

    /// The day of a civil date, or `None` for a date that does not exist or is out of range.
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Option<Day> {
        Self::from_date(jiff::civil::Date::new(year, month, day).ok()?)
    }

    /// The day of a civil date, or `None` outside [`Day::MIN`]..=[`Day::MAX`].
    pub fn from_date(date: jiff::civil::Date) -> Option<Day> {
        let epoch = jiff::civil::date(1970, 1, 1);
        let days = date.since(epoch).ok()?.get_days();
        (0..=Self::MAX.0).contains(&days).then_some(Day(days))
    }

    /// The civil date of this day.
    pub fn date(self) -> jiff::civil::Date {
        use jiff::ToSpan;
        jiff::civil::date(1970, 1, 1)
            .checked_add(self.0.days())
            .unwrap_or(jiff::civil::Date::MAX)
    }

    /// `days` later (or earlier if negative), clamped to the supported range.
    pub fn plus(self, days: i32) -> Day {
        Day((self.0.saturating_add(days)).clamp(Self::MIN.0, Self::MAX.0))
    }

    /// First day of the month this day lies in.
    pub fn month_start(self) -> Day {
        Self::from_date(self.date().first_of_month()).unwrap_or(Self::MIN)
    }

    /// First day of the month `months` after (or before) the month of this day.
    pub fn add_months(self, months: i32) -> Day {
        use jiff::ToSpan;
        self.date()
            .first_of_month()
            .checked_add(months.months())
            .ok()
            .and_then(Self::from_date)
            .unwrap_or(if months < 0 { Self::MIN } else { Self::MAX })
    }

    /// Monday of the ISO week this day lies in.
    pub fn week_start(self) -> Day {
        // 1970-01-01 was a Thursday.
        Day((self.0 - (self.0 + 3).rem_euclid(7)).max(0))
    }

    /// The same civil date one year earlier; 29 February becomes 28 February.
    pub fn year_before(self) -> Day {
        use jiff::ToSpan;
        self.date()
            .checked_sub(1.year())
            .ok()
            .and_then(Self::from_date)
            .unwrap_or(Self::MIN)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.date().fmt(f)
    }
}

impl std::str::FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<jiff::civil::Date>()
            .ok()
            .and_then(Self::from_date)
            .ok_or_else(|| format!("“{text}” is not a day in the form 2026-11-23"))
    }
}

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

/// Point of time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(pub i64);

impl Instant {
    /// RFC 3339 text in UTC.
    pub fn rfc3339(self) -> String {
        jiff::Timestamp::from_microsecond(self.0)
            .map(|t| t.to_string())
            .unwrap_or_default()
    }

    /// Reads RFC 3339 text with any offset.
    pub fn parse_rfc3339(text: &str) -> Option<Instant> {
        Some(Instant(
            text.parse::<jiff::Timestamp>().ok()?.as_microsecond(),
        ))
    }
}

/// How exactly the time of a purchase is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimePrecision {
    /// To the second or better.
    Instant,
    /// To the minute.
    Minute,
    /// Only the day is known; the instant is the day's noon in the store's zone.
    Day,
}

impl TimePrecision {
    /// Code stored in the database.
    pub const fn code(self) -> i64 {
        match self {
            Self::Instant => 0,
            Self::Minute => 1,
            Self::Day => 2,
        }
    }

    /// The precision of a stored code; unknown codes read as [`TimePrecision::Instant`].
    pub const fn from_code(code: i64) -> Self {
        match code {
            1 => Self::Minute,
            2 => Self::Day,
            _ => Self::Instant,
        }
    }
}

/// A time zone by its IANA name, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// Looks an IANA name up (`Europe/Moscow`); `None` if there is no such zone.
    pub fn new(name: &str) -> Option<Zone> {
        let zone = TimeZone::get(name).ok()?;
        Some(Zone {
            name: name.to_owned(),
            zone,
        })
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The calendar day of an instant here; clamped to the supported range.
    pub fn day_of(&self, instant: Instant) -> Day {
        jiff::Timestamp::from_microsecond(instant.0)
            .ok()
            .and_then(|t| Day::from_date(self.zone.to_datetime(t).date()))
            .unwrap_or(if instant.0 < 0 { Day::MIN } else { Day::MAX })
    }

    /// The hour of an instant here, 0..=23.
    pub fn hour_of(&self, instant: Instant) -> i8 {
        jiff::Timestamp::from_microsecond(instant.0).map_or(0, |t| self.zone.to_datetime(t).hour())
    }

    /// The instant of a civil date and time here (the later one of an ambiguous hour is never
    /// chosen: the earlier is).
    pub fn instant_of(&self, at: jiff::civil::DateTime) -> Option<Instant> {
        let zoned = self.zone.to_ambiguous_zoned_datetime(at).earlier().ok()?;
        Some(Instant(zoned.timestamp().as_microsecond()))
    }

    /// The first instant of a day here.
    pub fn midnight_of(&self, day: Day) -> Instant {
        self.instant_of(day.date().at(0, 0, 0, 0))
            .unwrap_or(Instant(i64::from(day.0) * 86_400_000_000))
    }

    /// Noon of a day here: the instant that stands for a purchase of which only the day is known.
    pub fn noon_of(&self, day: Day) -> Instant {
        self.instant_of(day.date().at(12, 0, 0, 0))
            .unwrap_or(Instant(i64::from(day.0) * 86_400_000_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_starts_on_monday_and_a_month_on_its_first() {
        let day = Day::from_ymd(2026, 11, 25).unwrap(); // a Wednesday
        assert_eq!(day.week_start().to_string(), "2026-11-23");
        assert_eq!(day.month_start().to_string(), "2026-11-01");
        assert_eq!(day.add_months(-11).to_string(), "2025-12-01");
        assert_eq!(day.add_months(2).to_string(), "2027-01-01");
    }

    #[test]
    fn the_day_before_a_leap_day_exists_in_every_year() {
        let leap = Day::from_ymd(2024, 2, 29).unwrap();
        assert_eq!(leap.year_before().to_string(), "2023-02-28");
    }

    #[test]
    fn a_late_evening_in_vladivostok_is_another_day_than_in_moscow() {
        let at = Instant::parse_rfc3339("2026-11-22T20:00:00Z").unwrap();
        let moscow = Zone::new("Europe/Moscow").unwrap();
        let vladivostok = Zone::new("Asia/Vladivostok").unwrap();
        assert_eq!(moscow.day_of(at).to_string(), "2026-11-22");
        assert_eq!(vladivostok.day_of(at).to_string(), "2026-11-23");
    }
}
