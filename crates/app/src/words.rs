//! A text in both languages of the product.

use serde::{Deserialize, Serialize};

/// What people read, in Russian and in English.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl Words {
    /// Both texts.
    pub fn new(ru: impl Into<String>, en: impl Into<String>) -> Words {
        Words {
            ru: ru.into(),
            en: en.into(),
        }
    }
}
