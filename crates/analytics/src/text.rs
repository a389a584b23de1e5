//! Words shown to people: always Russian and English together.

use serde::Serialize;

/// A fixed text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Text {
    /// Russian.
    pub ru: &'static str,
    /// English.
    pub en: &'static str,
}

/// Short constructor for registry entries.
pub const fn text(ru: &'static str, en: &'static str) -> Text {
    Text { ru, en }
}

impl From<Text> for vernis_domain::Text {
    fn from(text: Text) -> Self {
        vernis_domain::Text::new(text.ru, text.en)
    }
}

/// A text in both languages that carries numbers or names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Words {
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl From<Text> for Words {
    fn from(text: Text) -> Self {
        Words {
            ru: text.ru.to_owned(),
            en: text.en.to_owned(),
        }
    }
}

/// Folds a text for search and comparison: lower case, `ё` as `е`, runs of white space as one space.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// [`fold`] that appends to `out`.
pub fn fold_into(text: &str, out: &mut String) {
    let start = out.len();
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            if out.len() > start && !out.ends_with(' ') {
                out.push(' ');
            }
            continue;
        }
        for lower in c.to_lowercase() {
            out.push(if lower == 'ё' { 'е' } else { lower });
        }
    }
    if out.len() > start && out.ends_with(' ') {
        out.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_ignores_case_yo_and_doubled_spaces() {
        assert_eq!(fold("  Алёна\t СЕМЁНОВА "), "алена семенова");
    }
}
