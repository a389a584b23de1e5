//! Fields that a shop makes for itself: their definitions, and values of them read and written.

use crate::amount::{self, DecimalMark};
use crate::dates::{self, Civil, DateOrder, DateStyle};
use crate::text::{clean, fold};
use crate::{Currency, Day, FieldId, Instant};
use serde::{Deserialize, Serialize};

/// Longest text of a value, in characters.
pub const MAX_TEXT: usize = 500;
/// Choices of one field at most: several of them are bits of one number.
pub const MAX_CHOICES: usize = 60;
/// Fields a shop can have, archived ones included.
pub const MAX_FIELDS: usize = 200;

/// What kind of value a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// A line of text.
    Text,
    /// A number, to a millionth.
    Number,
    /// Money of the shop's currency.
    Money,
    /// A calendar day.
    Date,
    /// One of the field's choices.
    Choice,
    /// Several of the field's choices.
    Choices,
    /// Yes or no.
    Flag,
    /// A web address.
    Link,
}

/// Every kind, in the order offered.
pub const KINDS: [FieldKind; 8] = [
    FieldKind::Text,
    FieldKind::Number,
    FieldKind::Money,
    FieldKind::Date,
    FieldKind::Choice,
    FieldKind::Choices,
    FieldKind::Flag,
    FieldKind::Link,
];

impl FieldKind {
    /// Code stored in the database and shown by the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Money => "money",
            Self::Date => "date",
            Self::Choice => "choice",
            Self::Choices => "choices",
            Self::Flag => "flag",
            Self::Link => "link",
        }
    }

    /// The kind of a stored code.
    pub fn from_code(code: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether its values are named by choices.
    pub const fn has_choices(self) -> bool {
        matches!(self, Self::Choice | Self::Choices)
    }
}

/// One of the values a choice field offers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Choice {
    /// Number within the field, from 0; never given twice.
    pub no: u8,
    /// Stable name in the API and in filters.
    pub key: String,
    /// Russian name.
    pub ru: String,
    /// English name.
    pub en: String,
    /// Offered no more; who has it keeps it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
}

/// The definition of a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CustomField {
    /// Row id.
    pub id: FieldId,
    /// Stable name, unique: `[a-z][a-z0-9_]*`.
    pub key: String,
    /// Russian name.
    pub ru: String,
    /// English name.
    pub en: String,
    /// What it holds; never changes.
    pub kind: FieldKind,
    /// For choice fields: what may be chosen, in the order shown.
    pub choices: Vec<Choice>,
    /// Says something of a person: masked and left out where personal values are.
    pub personal: bool,
    /// Place among the fields.
    pub position: i64,
    /// No longer shown nor offered; values are kept.
    pub archived_at: Option<Instant>,
}

/// A value of a field.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum CustomValue {
    /// Text or a link.
    Text(String),
    /// A number in millionths.
    Number(i64),
    /// Minor units.
    Money(i64),
    /// Days since 1970-01-01; negative before.
    Date(i32),
    /// Number of a choice.
    Choice(u8),
    /// Numbers of choices as bits; never none.
    Choices(u64),
    /// Yes or no.
    Flag(bool),
}

/// Shows nothing: values of persons must not reach logs.
impl std::fmt::Debug for CustomValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CustomValue(***)")
    }
}

/// Why a text is no value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a value of this field")]
pub struct NotAValue;

impl CustomField {
    /// The choice of a number.
    pub fn choice(&self, no: u8) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.no == no)
    }

    /// The choice that a person or a file names: by key or by a name in either language.
    pub fn choice_named(&self, name: &str) -> Option<&Choice> {
        let folded = fold(name);
        self.choices.iter().find(|one| one.key == name).or_else(|| {
            self.choices
                .iter()
                .find(|one| [&one.ru, &one.en].iter().any(|own| fold(own) == folded))
        })
    }

    /// Whether this can be a value of the field.
    pub fn fits(&self, value: &CustomValue) -> bool {
        match (self.kind, value) {
            (FieldKind::Text | FieldKind::Link, CustomValue::Text(text)) => !text.is_empty(),
            (FieldKind::Number, CustomValue::Number(n))
            | (FieldKind::Money, CustomValue::Money(n)) => *n != i64::MIN,
            (FieldKind::Date, CustomValue::Date(_)) | (FieldKind::Flag, CustomValue::Flag(_)) => {
                true
            }
            (FieldKind::Choice, CustomValue::Choice(no)) => self.choice(*no).is_some(),
            (FieldKind::Choices, CustomValue::Choices(bits)) => {
                *bits != 0 && numbers(*bits).all(|no| self.choice(no).is_some())
            }
            _ => false,
        }
    }

    /// A value as a person types it or a file writes it; an empty text is no value (`Ok(None)`).
    ///
    /// # Errors
    /// [`NotAValue`] when the text does not fit.
    pub fn read(
        &self,
        typed: &str,
        currency: Currency,
        this_year: i16,
    ) -> Result<Option<CustomValue>, NotAValue> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        let value = match self.kind {
            FieldKind::Text => CustomValue::Text(clean(typed, MAX_TEXT)),
            FieldKind::Link => CustomValue::Text(link(typed).ok_or(NotAValue)?),
            FieldKind::Number => CustomValue::Number(
                amount::parse_quantity_micro(typed, DecimalMark::Unknown).map_err(|_| NotAValue)?,
            ),
            FieldKind::Money => CustomValue::Money(
                amount::parse_minor(typed, currency, DecimalMark::Unknown)
                    .map_err(|_| NotAValue)?,
            ),
            FieldKind::Date => {
                let style = DateStyle {
                    order: DateOrder::DayFirst,
                    pivot_year: this_year + 20,
                };
                let moment = dates::parse(typed, style).map_err(|_| NotAValue)?;
                CustomValue::Date(days(moment.date).ok_or(NotAValue)?)
            }
            FieldKind::Choice => CustomValue::Choice(self.choice_named(typed).ok_or(NotAValue)?.no),
            FieldKind::Choices => {
                let mut bits = 0;
                for name in typed.split([',', ';', '|']).map(str::trim) {
                    if !name.is_empty() {
                        bits |= 1 << self.choice_named(name).ok_or(NotAValue)?.no;
                    }
                }
                CustomValue::Choices(bits)
            }
            FieldKind::Flag => CustomValue::Flag(yes_or_no(typed).ok_or(NotAValue)?),
        };
        match value {
            CustomValue::Text(text) if text.is_empty() => Ok(None),
            CustomValue::Choices(0) => Ok(None),
            value if self.fits(&value) => Ok(Some(value)),
            _ => Err(NotAValue),
        }
    }
}

impl CustomValue {
    /// The value as it is kept in a fact.
    pub fn stored(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(n) | Self::Money(n) => n.to_string(),
            Self::Date(days) => days.to_string(),
            Self::Choice(no) => no.to_string(),
            Self::Choices(bits) => bits.to_string(),
            Self::Flag(yes) => if *yes { "1" } else { "0" }.to_owned(),
        }
    }

    /// A kept value of a field of this kind.
    pub fn from_stored(kind: FieldKind, text: &str) -> Option<Self> {
        Some(match kind {
            FieldKind::Text | FieldKind::Link => Self::Text(text.to_owned()),
            FieldKind::Number => Self::Number(text.parse().ok()?),
            FieldKind::Money => Self::Money(text.parse().ok()?),
            FieldKind::Date => Self::Date(text.parse().ok()?),
            FieldKind::Choice => Self::Choice(text.parse().ok()?),
            FieldKind::Choices => Self::Choices(text.parse().ok()?),
            FieldKind::Flag => Self::Flag(text == "1"),
        })
    }

    /// The value as people read it, without the sign of a currency; choices by their names in
    /// Russian or English.
    pub fn words(&self, field: &CustomField, currency: Currency, russian: bool) -> String {
        let name = |no: u8| {
            let choice = field.choice(no);
            choice.map_or(String::new(), |one| {
                if russian { &one.ru } else { &one.en }.clone()
            })
        };
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(n) => decimal(*n, 6),
            Self::Money(n) => decimal(*n, currency.digits()),
            Self::Date(days) => Day(*days).date().to_string(),
            Self::Choice(no) => name(*no),
            Self::Choices(bits) => numbers(*bits).map(name).collect::<Vec<_>>().join(", "),
            Self::Flag(yes) => match (yes, russian) {
                (true, true) => "да",
                (false, true) => "нет",
                (true, false) => "yes",
                (false, false) => "no",
            }
            .to_owned(),
        }
    }
}

/// The numbers whose bits are set.
pub fn numbers(bits: u64) -> impl Iterator<Item = u8> {
    (0..64u8).filter(move |no| bits >> no & 1 == 1)
}

/// Days since 1970-01-01 of a date from 1900 to 2149.
pub fn days(date: Civil) -> Option<i32> {
    if !(1900..=2149).contains(&date.year) {
        return None;
    }
    let date = jiff::civil::Date::new(date.year, date.month, date.day).ok()?;
    let since = date.since(jiff::civil::date(1970, 1, 1)).ok()?;
    Some(since.get_days())
}

/// An integer of 10^-`digits` as a decimal without empty places: `42.5`, `-3`.
pub fn decimal(value: i64, digits: u32) -> String {
    let scale = 10u64.pow(digits);
    let (whole, rest) = (value.unsigned_abs() / scale, value.unsigned_abs() % scale);
    let sign = if value < 0 { "-" } else { "" };
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let rest = format!("{rest:0width$}", width = digits as usize);
    format!("{sign}{whole}.{}", rest.trim_end_matches('0'))
}

/// A web address that is safe to be followed: http or https only; `vk.com/id1` is taken as https.
pub fn link(typed: &str) -> Option<String> {
    let text = clean(typed, MAX_TEXT);
    let lower = text.to_lowercase();
    let (scheme, rest) = match ["https://", "http://"]
        .iter()
        .find(|s| lower.starts_with(**s))
    {
        Some(scheme) => (*scheme, &text[scheme.len()..]),
        None if text.contains("://") => return None,
        None => ("https://", text.as_str()),
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    // `javascript:…` has a colon where a host has none, or a port behind it.
    let (name, port) = host.split_once(':').unwrap_or((host, "80"));
    let good = name.contains('.')
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || "-.".contains(c))
        && !port.is_empty()
        && port.bytes().all(|b| b.is_ascii_digit())
        && !rest.contains([' ', '"', '<', '>', '\\']);
    good.then(|| format!("{scheme}{rest}"))
}

fn yes_or_no(typed: &str) -> Option<bool> {
    match fold(typed).trim_end_matches('.') {
        "да" | "д" | "есть" | "истина" | "yes" | "y" | "true" | "1" | "+" | "✓" | "x" | "х" => {
            Some(true)
        }
        "нет" | "н" | "ложь" | "no" | "n" | "false" | "0" | "-" => Some(false),
        _ => None,
    }
}

/// A key made of a name: Russian letters are spelled in Latin ones.
pub fn key_of(name: &str) -> String {
    let mut key = String::new();
    for c in fold(name).chars() {
        let spelled = match c {
            'а' => "a",
            'б' => "b",
            'в' => "v",
            'г' => "g",
            'д' => "d",
            'е' | 'э' => "e",
            'ж' => "zh",
            'з' => "z",
            'и' => "i",
            'й' | 'ы' => "y",
            'к' => "k",
            'л' => "l",
            'м' => "m",
            'н' => "n",
            'о' => "o",
            'п' => "p",
            'р' => "r",
            'с' => "s",
            'т' => "t",
            'у' => "u",
            'ф' => "f",
            'х' => "kh",
            'ц' => "ts",
            'ч' => "ch",
            'ш' => "sh",
            'щ' => "shch",
            'ю' => "yu",
            'я' => "ya",
            'ъ' | 'ь' => "",
            c if c.is_ascii_alphanumeric() => {
                key.push(c);
                continue;
            }
            _ => {
                if !key.is_empty() && !key.ends_with('_') {
                    key.push('_');
                }
                continue;
            }
        };
        key.push_str(spelled);
    }
    let mut key: String = key.trim_matches('_').chars().take(40).collect();
    key.truncate(key.trim_end_matches('_').len());
    if !key.starts_with(|c: char| c.is_ascii_lowercase()) {
        key.insert_str(0, "f_");
    }
    key.trim_end_matches('_').to_owned()
}

/// Whether a text can be a key.
pub fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= 40
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: FieldKind) -> CustomField {
        let choice = |no: u8, key: &str, ru: &str| Choice {
            no,
            key: key.into(),
            ru: ru.into(),
            en: key.into(),
            archived: false,
        };
        CustomField {
            id: FieldId(1),
            key: "f".into(),
            ru: "Поле".into(),
            en: "Field".into(),
            kind,
            choices: vec![choice(0, "red", "Красный"), choice(5, "green", "Зелёный")],
            personal: true,
            position: 1,
            archived_at: None,
        }
    }

    fn read(kind: FieldKind, text: &str) -> Result<Option<String>, NotAValue> {
        let field = field(kind);
        let rub = Currency::new("RUB").unwrap();
        let value = field.read(text, rub, 2026)?;
        if let Some(value) = &value {
            let again = CustomValue::from_stored(kind, &value.stored());
            assert!(again.as_ref() == Some(value), "stored and read again");
        }
        Ok(value.map(|value| value.words(&field, rub, true)))
    }

    #[test]
    fn values_are_read_as_people_write_them() {
        for (kind, typed, shown) in [
            (FieldKind::Text, " мопс \u{202e}", "мопс"),
            (FieldKind::Number, "42,5", "42.5"),
            (FieldKind::Number, "-7", "-7"),
            (FieldKind::Money, "1 234,50 ₽", "1234.5"),
            (FieldKind::Date, "23.11.2026", "2026-11-23"),
            (FieldKind::Date, "01.02.1965", "1965-02-01"),
            (FieldKind::Choice, "зеленый", "Зелёный"),
            (FieldKind::Choice, "green", "Зелёный"),
            (FieldKind::Choices, "Красный; green", "Красный, Зелёный"),
            (FieldKind::Flag, "Да", "да"),
            (FieldKind::Flag, "0", "нет"),
            (FieldKind::Link, "vk.com/id1", "https://vk.com/id1"),
        ] {
            assert_eq!(read(kind, typed), Ok(Some(shown.to_owned())), "{typed}");
        }
        for (kind, typed) in [
            (FieldKind::Number, "много"),
            (FieldKind::Money, "сто"),
            (FieldKind::Date, "31.02.2026"),
            (FieldKind::Choice, "синий"),
            (FieldKind::Choices, "Красный, синий"),
            (FieldKind::Flag, "может быть"),
            (FieldKind::Link, "javascript:alert(1)"),
            (FieldKind::Link, "data://x.y"),
            (FieldKind::Link, "https://a.b/ c"),
        ] {
            assert_eq!(read(kind, typed), Err(NotAValue), "{typed}");
        }
        assert_eq!(read(FieldKind::Date, "  "), Ok(None));
        assert_eq!(read(FieldKind::Choices, " ; "), Ok(None));
    }

    #[test]
    fn a_key_is_made_of_a_name() {
        assert_eq!(key_of("Размер обуви"), "razmer_obuvi");
        assert_eq!(key_of("  1C: код "), "f_1c_kod");
        assert_eq!(key_of("!!!"), "f");
        for name in ["Щёлочь и ёж", "x".repeat(90).as_str(), "日本"] {
            assert!(is_key(&key_of(name)), "{name}");
        }
        assert!(!is_key("1a") && !is_key("a-b") && !is_key(""));
    }
}
