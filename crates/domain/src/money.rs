//! Money in minor units (kopecks, cents): signed 64-bit integers everywhere, never a float.

use serde::{Deserialize, Serialize};

/// ISO 4217 code and the number of decimal digits of its minor unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency {
    code: [u8; 3],
    digits: u8,
}

/// Currencies a shop may keep its books in, with the digits of the minor unit (ISO 4217).
const KNOWN: &[(&str, u8)] = &[
    ("RUB", 2),
    ("KZT", 2),
    ("BYN", 2),
    ("UZS", 2),
    ("KGS", 2),
    ("AMD", 2),
    ("GEL", 2),
    ("AZN", 2),
    ("TJS", 2),
    ("MDL", 2),
    ("USD", 2),
    ("EUR", 2),
    ("GBP", 2),
    ("CNY", 2),
    ("TRY", 2),
    ("AED", 2),
    ("ILS", 2),
    ("RSD", 2),
    ("CHF", 2),
    ("PLN", 2),
    ("INR", 2),
    ("JPY", 0),
    ("KRW", 0),
    ("VND", 0),
];

/// Why a text is not an amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a number at all.
    #[error("not a number")]
    NotANumber,
    /// More decimal digits than the currency has.
    #[error("more decimal digits than the currency has")]
    TooPrecise,
    /// Beyond what 64 bits hold.
    #[error("the amount is too large")]
    TooLarge,
}

impl Currency {
    /// A currency by its ISO code, or `None` if Vernis does not know it.
    pub fn new(code: &str) -> Option<Currency> {
        let (known, digits) = KNOWN.iter().find(|(known, _)| *known == code)?;
        let mut bytes = [0; 3];
        bytes.copy_from_slice(known.as_bytes());
        Some(Currency {
            code: bytes,
            digits: *digits,
        })
    }

    /// All known codes, in the order they are offered.
    pub fn known() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(code, _)| *code)
    }

    /// ISO code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("RUB")
    }

    /// Decimal digits of the minor unit: 2 for roubles, 0 for yen.
    pub fn digits(&self) -> u32 {
        u32::from(self.digits)
    }
}

impl TryFrom<String> for Currency {
    type Error = String;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        Currency::new(&code).ok_or_else(|| format!("“{code}” is not a currency Vernis knows"))
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

/// Rounded quotient, half away from zero: the one rounding rule of the product.
///
/// `None` when the divisor is zero.
pub fn div_round(dividend: i128, divisor: i128) -> Option<i128> {
    if divisor == 0 {
        return None;
    }
    let negative = (dividend < 0) != (divisor < 0);
    let (a, b) = (dividend.unsigned_abs(), divisor.unsigned_abs());
    let rounded = ((a + b / 2) / b) as i128;
    Some(if negative { -rounded } else { rounded })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!(div_round(5, 2), Some(3));
        assert_eq!(div_round(-5, 2), Some(-3));
        assert_eq!(div_round(4, 3), Some(1));
        assert_eq!(div_round(1, 0), None);
    }
}
