//! Values that people write only to fill a field: they say nobody and join nobody. This is the list
//! that comes with the program; the shop's own (its phone, the cashier's card) is in the database.

use crate::{Contact, ContactKind};

/// First parts of addresses that are nobody's on any host.
const NOBODY: &[&str] = &[
    "test",
    "tests",
    "testing",
    "tester",
    "noemail",
    "no-email",
    "no_email",
    "nomail",
    "no-mail",
    "noreply",
    "no-reply",
    "none",
    "null",
    "undefined",
    "nobody",
    "example",
    "asdf",
    "qwerty",
    "нет",
    "нету",
    "тест",
    "net",
    "netu",
];
/// First parts that are nobody's at a free mail service, and may be a real desk elsewhere.
const NOBODY_AT_SERVICES: &[&str] = &[
    "no", "mail", "email", "e-mail", "user", "client", "klient", "a", "aa", "aaa", "q", "qwe",
    "abc", "1", "11", "111", "12", "123", "1234", "12345", "123456", "1234567", "12345678", "0",
    "00", "000", "x", "xx", "xxx",
];
/// Services where anybody may open an address.
pub const MAIL_SERVICES: &[&str] = &[
    "mail.ru",
    "bk.ru",
    "inbox.ru",
    "list.ru",
    "internet.ru",
    "vk.com",
    "yandex.ru",
    "ya.ru",
    "yandex.com",
    "yandex.by",
    "yandex.kz",
    "rambler.ru",
    "gmail.com",
    "googlemail.com",
    "icloud.com",
    "me.com",
    "hotmail.com",
    "outlook.com",
    "live.com",
    "yahoo.com",
    "proton.me",
    "protonmail.com",
];
/// Hosts that exist only in examples.
const NO_HOSTS: &[&str] = &[
    "test.ru",
    "test.com",
    "test.test",
    "mail.mail",
    "domain.com",
    "domain.ru",
    "email.com",
    "no.no",
    "net.net",
    "aaa.ru",
    "aa.ru",
    "a.ru",
    "123.ru",
    "qwe.ru",
];

/// Whether a normalised value is on the list that comes with the program.
pub fn given(contact: &Contact) -> bool {
    match contact.kind {
        ContactKind::Phone | ContactKind::Whatsapp | ContactKind::Viber => phone(&contact.value),
        ContactKind::Email => email(&contact.value),
        ContactKind::Card | ContactKind::External => code(&contact.value),
        ContactKind::Telegram | ContactKind::Max | ContactKind::Vk => false,
    }
}

fn same(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair[0] == pair[1])
}

fn runs(digits: &[u8], step: u8) -> bool {
    let next = |digit: u8| b'0' + (digit - b'0' + step) % 10;
    digits.windows(2).all(|pair| pair[1] == next(pair[0]))
}

fn phone(value: &str) -> bool {
    let digits: Vec<u8> = value.bytes().filter(u8::is_ascii_digit).collect();
    if digits.len() < 10 {
        return false;
    }
    let national = &digits[digits.len() - 10..];
    // Nine the same behind a code's first digit (+7 900 000-00-00), or all ten in a row.
    same(&national[1..])
        || national[3..].iter().all(|digit| *digit == b'0')
        || runs(national, 1)
        || runs(national, 9)
}

fn email(value: &str) -> bool {
    let Some((local, host)) = value.rsplit_once('@') else {
        return false;
    };
    let label = host.split('.').next().unwrap_or(host);
    NOBODY.contains(&local)
        || NO_HOSTS.contains(&host)
        || local == label && local.len() <= 5
        || MAIL_SERVICES.contains(&host) && NOBODY_AT_SERVICES.contains(&local)
}

fn code(value: &str) -> bool {
    let bytes = value.as_bytes();
    let digits = bytes.iter().all(u8::is_ascii_digit);
    match bytes.len() {
        0 => true,
        1..=3 => bytes.iter().all(|b| *b == b'0'),
        _ => digits && (same(bytes) || (bytes.len() >= 6 && runs(bytes, 1))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fillers_are_known_and_real_values_are_not_taken_for_them() {
        use ContactKind::*;
        for (kind, value, filler) in [
            (Phone, "+70000000000", true),
            (Phone, "+79999999999", true),
            (Phone, "+79000000000", true),
            (Phone, "+79160000000", true),
            (Phone, "+71234567890", true),
            (Phone, "+79876543210", true),
            (Phone, "+79161234567", false),
            (Phone, "+79167777777", false),
            (Phone, "+79160000001", false),
            (Whatsapp, "+70000000000", true),
            (Email, "test@test.ru", true),
            (Email, "test@shop.ru", true),
            (Email, "нет@mail.ru", true),
            (Email, "no@mail.ru", true),
            (Email, "mail@mail.ru", true),
            (Email, "mail@kofe.ru", false),
            (Email, "1@yandex.ru", true),
            (Email, "anna@example.com", false),
            (Email, "anna.test@mail.ru", false),
            (Card, "0000", true),
            (Card, "11111111", true),
            (Card, "123456", true),
            (Card, "77", false),
            (Card, "7788", false),
            (External, "0", true),
            (External, "1", false),
            (External, "иванова мария", false),
        ] {
            let contact = Contact::plain(kind, value.to_owned());
            assert_eq!(given(&contact), filler, "{value}");
        }
    }
}
