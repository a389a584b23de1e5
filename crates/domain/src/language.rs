//! Words for people, in both languages of the product.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A text in Russian and English. Both are always there: a missing translation does not compile.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Text {
    /// Russian.
    pub ru: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

impl Text {
    /// A text known when the program is written.
    pub const fn new(ru: &'static str, en: &'static str) -> Text {
        Text {
            ru: Cow::Borrowed(ru),
            en: Cow::Borrowed(en),
        }
    }

    /// A text made at run time.
    pub fn owned(ru: impl Into<String>, en: impl Into<String>) -> Text {
        Text {
            ru: Cow::Owned(ru.into()),
            en: Cow::Owned(en.into()),
        }
    }

    /// The text in one language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

/// Language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Russian, the default.
    #[default]
    Ru,
    /// English.
    En,
}

impl Language {
    /// The better of the two for an `Accept-Language` header: the first of `ru` and `en` named.
    pub fn from_accept(header: &str) -> Language {
        header
            .split(',')
            .find_map(|part| {
                let tag = part.trim().to_ascii_lowercase();
                if tag.starts_with("ru") {
                    Some(Language::Ru)
                } else if tag.starts_with("en") {
                    Some(Language::En)
                } else {
                    None
                }
            })
            .unwrap_or_default()
    }
}
