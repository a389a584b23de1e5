//! Contacts inside free text: a phone or an e-mail that somebody typed into a note.

use super::ContactKind;
use std::ops::Range;

/// Fewest digits of a phone without its town's code.
const PHONE_DIGITS: usize = 7;

/// Phones and e-mails in a text: where they stand (bytes), in order. Dates (`29.11.2026`,
/// `2026-11-29`) and sums in groups of three (`1 200 000`) are none.
pub fn spans(text: &str) -> Vec<(Range<usize>, ContactKind)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@') {
        let begin = text[..at]
            .char_indices()
            .rev()
            .take_while(|(_, c)| is_address(*c))
            .last()
            .map(|(begin, _)| begin);
        let length: usize = text[at + 1..]
            .chars()
            .take_while(|c| is_address(*c))
            .map(char::len_utf8)
            .sum();
        let host = text[at + 1..at + 1 + length].trim_end_matches(['.', '-']);
        if let Some(begin) = begin
            && host.contains('.')
        {
            found.push((begin..at + 1 + host.len(), ContactKind::Email));
        }
    }
    let within = |found: &[(Range<usize>, ContactKind)], at: usize| {
        found.iter().any(|(range, _)| range.contains(&at))
    };
    let mut rest = 0;
    while let Some(begin) = text[rest..].find(|c: char| c.is_ascii_digit()) {
        let begin = rest + begin;
        let end = phone_end(text, begin);
        rest = end;
        if within(&found, begin) {
            continue;
        }
        let typed = &text[begin..end];
        let digits = typed.bytes().filter(u8::is_ascii_digit).count();
        if digits >= PHONE_DIGITS && !is_date(typed) && !is_sum(typed) {
            let plus = text[..begin].ends_with('+');
            found.push((begin - usize::from(plus)..end, ContactKind::Phone));
        }
    }
    found.sort_by_key(|(range, _)| range.start);
    found
}

fn is_address(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%')
}

/// Where a run of digits with what people put between them ends: after its last digit.
fn phone_end(text: &str, begin: usize) -> usize {
    let mut end = begin;
    let mut between = 0;
    for (at, c) in text[begin..].char_indices() {
        if c.is_ascii_digit() {
            end = begin + at + 1;
            between = 0;
        } else if matches!(c, ' ' | '\u{a0}' | '-' | '–' | '(' | ')' | '.') && between < 2 {
            between += 1;
        } else {
            break;
        }
    }
    end
}

fn is_date(typed: &str) -> bool {
    let parts: Vec<usize> = typed.split(['.', '-']).map(str::len).collect();
    let plain = typed
        .bytes()
        .all(|c| c.is_ascii_digit() || c == b'.' || c == b'-');
    plain && matches!(parts[..], [4, 2, 2] | [2, 2, 4] | [1, 2, 4])
}

fn is_sum(typed: &str) -> bool {
    let mut groups = typed.split([' ', '\u{a0}']);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    let digits = |group: &str| group.bytes().all(|c| c.is_ascii_digit());
    (1..=3).contains(&first.len())
        && digits(first)
        && !rest.is_empty()
        && rest.iter().all(|group| group.len() == 3 && digits(group))
}

/// The text with each of its contacts written as `write` says.
pub fn rewritten(text: &str, write: impl Fn(ContactKind, &str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (range, kind) in spans(text) {
        out.push_str(&text[from..range.start]);
        out.push_str(&write(kind, &text[range.clone()]));
        from = range.end;
    }
    out.push_str(&text[from..]);
    out
}

/// What somebody who saw a text with its contacts masked typed over it, with the contacts he left
/// alone put back: otherwise his edit would lose what he must not see.
pub fn restored(typed: &str, before: &str, mask: impl Fn(ContactKind, &str) -> String) -> String {
    let mut out = String::with_capacity(typed.len());
    let mut rest = typed;
    for (range, kind) in spans(before) {
        let masked = mask(kind, &before[range.clone()]);
        if let Some((ahead, behind)) = rest.split_once(masked.as_str()) {
            out.push_str(ahead);
            out.push_str(&before[range]);
            rest = behind;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        rewritten(text, |kind, _| format!("<{}>", kind.code()))
    }

    #[test]
    fn phones_and_emails_are_found_in_a_note() {
        for (text, found) in [
            ("звонить 8 (916) 123-45-67, мама", "звонить <phone>, мама"),
            ("+79161234567", "<phone>"),
            ("тел. 123-45-67.", "тел. <phone>."),
            ("пишите на ivan.petrov@mail.ru.", "пишите на <email>."),
            ("я@почта.рф и 89161234567", "<email> и <phone>"),
            ("a89161234567@mail.ru", "<email>"),
        ] {
            assert_eq!(masked(text), found);
        }
    }

    #[test]
    fn dates_sums_and_short_numbers_are_no_contacts() {
        for text in [
            "придёт 29.11.2026",
            "с 2026-11-29 в 12:30",
            "потратил 1 200 000 ₽",
            "чек 554, скидка 10 %",
            "@ivan",
            "a@b",
            "",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn an_edit_of_a_masked_text_keeps_what_was_not_seen() {
        let mask = |kind: ContactKind, _: &str| format!("***{}", kind.code());
        let before = "мама 8 916 123-45-67, почта m@mail.ru";
        assert_eq!(
            restored("мама: ***phone, почта ***email!", before, mask),
            "мама: 8 916 123-45-67, почта m@mail.ru!"
        );
        assert_eq!(restored("почта ***email", before, mask), "почта m@mail.ru");
        assert_eq!(restored("ничего", before, mask), "ничего");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic_and_comes_back_whole(text in "\\PC{0,60}") {
            let as_is = rewritten(&text, |_, value| value.to_owned());
            proptest::prop_assert_eq!(&as_is, &text);
            let veil = |_: ContactKind, _: &str| "•".to_owned();
            let _ = restored(&rewritten(&text, veil), &text, veil);
        }
    }
}
