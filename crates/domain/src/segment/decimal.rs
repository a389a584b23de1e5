//! Numbers of definitions: exact, with at most six digits after the point.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(pub i64);

const ONE: i64 = 1_000_000;
/// Largest whole part: beyond it a double would lose digits.
const MOST: i64 = 9_000_000_000_000;
/// The same for numbers that are not whole.
const MOST_WITH_FRACTION: i64 = 1_000_000_000;

impl Decimal {
    /// A whole number; `None` when it is too large.
    pub fn whole(value: i64) -> Option<Decimal> {
        (value.abs() <= MOST).then(|| Decimal(value * ONE))
    }

    /// Reads digits with an optional point: `-12.5`.
    pub fn read(text: &str) -> Option<Decimal> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || fraction.len() > 6 || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let whole: i64 = whole.parse().ok().filter(|whole| *whole <= MOST)?;
        let fraction: i64 = format!("{fraction:0<6}").parse().ok()?;
        if fraction != 0 && whole > MOST_WITH_FRACTION {
            return None;
        }
        let value = whole * ONE + fraction;
        Some(Decimal(if negative { -value } else { value }))
    }

    /// The nearest double.
    pub fn real(self) -> f64 {
        self.0 as f64 / ONE as f64
    }

    /// The whole number it is, if it is one.
    pub fn as_whole(self) -> Option<i64> {
        (self.0 % ONE == 0).then_some(self.0 / ONE)
    }

    /// Times a whole number; `None` when it grows too large.
    pub fn times(self, factor: i64) -> Option<Decimal> {
        let value = self.0.checked_mul(factor)?;
        (value.abs() <= MOST * ONE).then_some(Decimal(value))
    }

    /// A part of it.
    pub fn over(self, divisor: i64) -> Decimal {
        Decimal(self.0 / divisor.max(1))
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, fraction) = (self.0.abs() / ONE, self.0.abs() % ONE);
        if self.0 < 0 {
            f.write_str("-")?;
        }
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{fraction:06}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_whole() {
            Some(whole) => serializer.serialize_i64(whole),
            None => serializer.serialize_f64(self.real()),
        }
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || serde::de::Error::custom("a number with at most 6 digits after the point");
        let number = serde_json::Number::deserialize(deserializer)?;
        if let Some(whole) = number.as_i64() {
            return Decimal::whole(whole).ok_or_else(wrong);
        }
        let real = number.as_f64().filter(|x| x.abs() <= MOST as f64);
        let value = (real.ok_or_else(wrong)? * ONE as f64).round() as i64;
        if value % ONE != 0 && value.abs() > MOST_WITH_FRACTION * ONE {
            return Err(wrong());
        }
        Ok(Decimal(value))
    }
}
