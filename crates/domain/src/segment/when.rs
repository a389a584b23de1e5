//! Days of definitions: of the calendar, or so many days before or after today.

use crate::Day;
use serde::{Deserialize, Serialize};

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum When {
    /// Of the calendar.
    Date(Day),
    /// So many days after today (before, when negative).
    Relative(i32),
}

impl When {
    /// The day it is when `today` is today.
    pub fn day(self, today: Day) -> Day {
        match self {
            When::Date(day) => day,
            When::Relative(days) => today.plus(days),
        }
    }
}

impl std::fmt::Display for When {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            When::Date(day) => day.fmt(f),
            When::Relative(0) => f.write_str("today"),
            When::Relative(days) => write!(f, "{days:+}d"),
        }
    }
}

impl std::str::FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "today" {
            return Ok(When::Relative(0));
        }
        if let Some(days) = text.strip_suffix('d').and_then(|days| days.parse().ok())
            && text.starts_with(['+', '-'])
            && (-(super::limits::DAYS as i32)..=super::limits::DAYS as i32).contains(&days)
        {
            return Ok(When::Relative(days));
        }
        text.parse::<Day>()
            .map(When::Date)
            .map_err(|_| format!("“{text}” is no day (2026-01-31, -60d, today)"))
    }
}

impl TryFrom<String> for When {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<When> for String {
    fn from(when: When) -> Self {
        when.to_string()
    }
}
