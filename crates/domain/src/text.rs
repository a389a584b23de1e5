//! Text that came from outside: made harmless to show, and folded for comparing.

use unicode_normalization::UnicodeNormalization;

/// True for characters that must never reach a page, a file or a terminal from foreign text:
/// control characters, bidirectional overrides and isolates, invisible formatting marks.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}')
}

/// Foreign text made safe: NFC, control and bidirectional marks taken out, any white space
/// (also line breaks and non-breaking spaces) one plain space, trimmed, at most `max_chars`
/// characters. What is left is kept as written.
pub fn clean(text: &str, max_chars: usize) -> String {
    if text.len() <= max_chars && is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len().min(max_chars * 2));
    let mut pending_space = false;
    let mut left = max_chars;
    for c in text.nfc() {
        if c.is_whitespace() {
            pending_space = !out.is_empty();
            continue;
        }
        if is_hostile(c) {
            continue;
        }
        let need = 1 + usize::from(pending_space);
        if left < need {
            break;
        }
        if pending_space {
            out.push(' ');
            pending_space = false;
        }
        out.push(c);
        left -= need;
    }
    out
}

/// Text that [`clean`] would not change, seen without decoding: printable ASCII, no doubled or
/// outer spaces. Most cells of real files are that.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut previous = b' ';
    for &b in bytes {
        if !(0x20..0x7f).contains(&b) || (b == b' ' && previous == b' ') {
            return false;
        }
        previous = b;
    }
    bytes.is_empty() || previous != b' '
}

/// Folded for comparing and searching: NFC, lower case, `ё` as `е`, single spaces.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut pending_space = false;
    for c in text.nfc() {
        if c.is_whitespace() {
            pending_space = !out.is_empty();
            continue;
        }
        if is_hostile(c) {
            continue;
        }
        if pending_space {
            out.push(' ');
            pending_space = false;
        }
        for lower in c.to_lowercase() {
            out.push(if lower == 'ё' { 'е' } else { lower });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bidi_overrides_and_control_characters_never_pass() {
        assert_eq!(clean("Ива\u{202E}нов\u{0}\u{7}", 50), "Иванов");
        assert_eq!(clean("a\r\nb\u{a0}\u{a0}c ", 50), "a b c");
        assert_eq!(
            clean("<script>alert(1)</script>", 50),
            "<script>alert(1)</script>"
        );
    }

    #[test]
    fn length_is_capped_in_characters_not_bytes() {
        assert_eq!(clean("абвгд", 3), "абв");
        assert_eq!(clean("ab cd", 3), "ab");
    }

    #[test]
    fn folding_joins_yo_and_ye_and_composed_forms() {
        assert_eq!(fold("  ПЁТР  "), "петр");
        assert_eq!(fold("Пе\u{308}тр"), "петр");
        assert_eq!(fold("и\u{306}"), "й");
    }

    proptest::proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in ".{0,60}") {
            let once = clean(&text, 40);
            proptest::prop_assert_eq!(clean(&once, 40), once.clone());
            proptest::prop_assert!(once.chars().count() <= 40);
            proptest::prop_assert!(!once.chars().any(is_hostile));
        }
    }
}
