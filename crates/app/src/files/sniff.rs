//! What a file is, by its first bytes; never by its name.

use super::FileError;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, IBM866, KOI8_R, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251};

/// Encodings offered to people, the usual ones of Russian shops first.
pub(super) const OFFERED: [&Encoding; 6] =
    [UTF_8, WINDOWS_1251, UTF_16LE, UTF_16BE, IBM866, KOI8_R];

/// What kind of content begins a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Text,
    Zip,
}

/// Looks at the first bytes.
///
/// # Errors
/// The file is known to be something else than a table.
pub(super) fn content(head: &[u8]) -> Result<Content, FileError> {
    let not = |kind: &str| Err(FileError::new("not_a_table", kind));
    if head.is_empty() {
        return Err(FileError::new("empty", ""));
    }
    match head {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => return Ok(Content::Zip),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => return Err(FileError::new("old_excel", "")),
        [0x89, b'P', b'N', b'G', ..]
        | [0xFF, 0xD8, 0xFF, ..]
        | [b'G', b'I', b'F', b'8', ..]
        | [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => {
            return not("a picture");
        }
        [b'R', b'I', b'F', b'F', ..] => return not("a picture"),
        [b'%', b'P', b'D', b'F', ..] => return not("a PDF document"),
        [0x1F, 0x8B, ..]
        | [b'7', b'z', 0xBC, 0xAF, ..]
        | [b'R', b'a', b'r', b'!', ..]
        | [b'B', b'Z', b'h', ..]
        | [0x28, 0xB5, 0x2F, 0xFD, ..] => {
            return not("an archive");
        }
        [0x7F, b'E', b'L', b'F', ..] | [b'M', b'Z', 0x90 | 0x50, 0, ..] => return not("a program"),
        _ => {}
    }
    let start = String::from_utf8_lossy(&head[..head.len().min(256)])
        .trim_start()
        .to_lowercase();
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        return not("a web page");
    }
    if utf16(head).is_none() {
        let odd = head
            .iter()
            .filter(|b| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x1A))
            .count();
        // A few stray bytes in a short file are dirt, not a binary file.
        if odd >= 16 && odd * 50 > head.len() {
            return not("a binary file");
        }
    }
    Ok(Content::Text)
}

/// UTF-16 by its mark, or by the zero and 0x04 high bytes of Latin and Cyrillic text.
pub(super) fn utf16(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [0xFF, 0xFE, ..] => return Some(UTF_16LE),
        [0xFE, 0xFF, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let sample = &head[..head.len().min(64 << 10) & !1];
    let pairs = sample.len() / 2;
    if pairs < 4 {
        return None;
    }
    let high = |b: u8| b == 0 || b == 4;
    let even = sample
        .chunks_exact(2)
        .filter(|p| high(p[0]) && !high(p[1]))
        .count();
    let odd = sample
        .chunks_exact(2)
        .filter(|p| high(p[1]) && !high(p[0]))
        .count();
    if odd * 10 > pairs * 8 {
        Some(UTF_16LE)
    } else if even * 10 > pairs * 8 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Guesses the encoding of text from its beginning; `whole` when nothing follows.
pub(super) fn encoding(head: &[u8], whole: bool) -> &'static Encoding {
    if let Some(utf16) = utf16(head) {
        return utf16;
    }
    if head.starts_with(&[0xEF, 0xBB, 0xBF]) || is_utf8(head, whole) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, whole);
    let guess = detector.guess(Some(b"ru"), Utf8Detection::Deny);
    // KOI8-U is KOI8-R with four more letters; Mac Cyrillic is nearly always a short CP1251.
    match guess.name() {
        "KOI8-U" => KOI8_R,
        "x-mac-cyrillic" => WINDOWS_1251,
        _ => guess,
    }
}

/// Valid UTF-8, allowing a character cut at the end of a part.
fn is_utf8(head: &[u8], whole: bool) -> bool {
    match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => !whole && error.error_len().is_none() && error.valid_up_to() + 4 > head.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "Дата;Покупатель;Сумма\n23.11.2026;Иванова Мария;1 234,50\n24.11.2026;Пётр Ёлкин;99\n";

    #[test]
    fn the_encodings_of_russian_shops_are_told_apart() {
        for encoding_used in [WINDOWS_1251, IBM866, KOI8_R, UTF_8] {
            let (bytes, _, _) = encoding_used.encode(TEXT);
            assert_eq!(encoding(&bytes, true), encoding_used);
        }
        for (encoding_used, unit) in [
            (UTF_16LE, u16::to_le_bytes as fn(u16) -> [u8; 2]),
            (UTF_16BE, u16::to_be_bytes),
        ] {
            let bytes: Vec<u8> = TEXT.encode_utf16().flat_map(unit).collect();
            assert_eq!(encoding(&bytes, true), encoding_used);
            assert_eq!(content(&bytes), Ok(Content::Text));
        }
    }

    #[test]
    fn what_is_not_a_table_is_called_by_its_name() {
        assert_eq!(
            content(b"\x89PNG\r\n\x1a\n").unwrap_err().code,
            "not_a_table"
        );
        assert_eq!(content(b"").unwrap_err().code, "empty");
        assert_eq!(
            content(b"\xD0\xCF\x11\xE0\xA1").unwrap_err().code,
            "old_excel"
        );
        assert_eq!(content(&[1u8; 100]).unwrap_err().code, "not_a_table");
        assert_eq!(
            content(b"<!DOCTYPE html><html>").unwrap_err().detail,
            "a web page"
        );
        assert_eq!(content(b"a;b\n1;2\n"), Ok(Content::Text));
    }
}
