//! What is compared of a person, in forms in which two ways of writing one thing are alike.

use crate::text::fold;
use std::hash::{DefaultHasher, Hash, Hasher};
use vernis_domain::blocked::MAIL_SERVICES;
use vernis_domain::{Contact, ContactKind, Customer, Sex};

/// Digits of a phone that stay when only the code of the operator differs.
const TAIL: usize = 7;
/// Shortest first part of an address that says something by itself.
const LOCAL: usize = 6;

/// An address in the form in which its owner's other spellings are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mail {
    /// Before the @, without what a host does not look at.
    pub local: String,
    /// The service.
    pub host: String,
    /// The host was written with a slip of the finger.
    pub slip: bool,
}

/// A person as he is compared. Lives for the moment of a comparison only.
#[derive(Clone, Debug)]
pub(super) struct Face {
    pub last: String,
    pub first: String,
    pub middle: String,
    pub city: String,
    /// House and flat, as [`address`] gives it; empty when it is too vague.
    pub address: String,
    pub sex: Option<Sex>,
    /// Year (0 unknown), month, day.
    pub birthday: Option<(i16, i8, i8)>,
    /// The last ten digits of each.
    pub phones: Vec<String>,
    pub mails: Vec<Mail>,
}

impl Face {
    /// Of a customer; values that say nobody are left out.
    pub fn of(customer: &Customer, blocked: &impl Fn(&Contact) -> bool) -> Face {
        let mut phones: Vec<String> = Vec::new();
        let mut mails: Vec<Mail> = Vec::new();
        for contact in &customer.contacts {
            if !contact.identifies() || blocked(contact) {
                continue;
            }
            match contact.kind.found_as() {
                ContactKind::Phone => {
                    let digits = contact.value.trim_start_matches('+');
                    let tail = digits.get(digits.len().saturating_sub(10)..);
                    let tail = tail.unwrap_or(digits).to_owned();
                    if !phones.contains(&tail) {
                        phones.push(tail);
                    }
                }
                ContactKind::Email => mails.extend(mail(&contact.value)),
                _ => {}
            }
        }
        Face {
            last: skeleton(&customer.last_name),
            first: skeleton(&customer.first_name),
            middle: skeleton(&customer.middle_name),
            city: fold(&customer.city),
            address: address(&customer.address, &customer.city),
            sex: customer.sex,
            birthday: customer
                .birthday
                .map(|b| (b.year.unwrap_or(0), b.month, b.day)),
            phones,
            mails,
        }
    }

    /// Whether last and first name are both known in full.
    pub fn named(&self) -> bool {
        self.last.len() > 1 && self.first.len() > 1
    }

    /// The key of the name, in whatever order its parts were written; `None` of half a name.
    pub fn name_key(&self) -> Option<u32> {
        self.named().then(|| {
            let (a, b) = if self.last <= self.first {
                (&self.last, &self.first)
            } else {
                (&self.first, &self.last)
            };
            key(0, &(a, b))
        })
    }

    /// Keys of the blocks in which he is compared, without those of his name.
    pub fn keys(&self, out: &mut Vec<u32>) {
        if let Some(birthday) = self.birthday
            && birthday.0 != 0
        {
            for (kind, part) in [(1, &self.first), (2, &self.last)] {
                if part.len() > 1 {
                    out.push(key(kind, &(birthday, part)));
                }
            }
        }
        for phone in &self.phones {
            if let Some(tail) = phone.get(phone.len().saturating_sub(TAIL)..) {
                out.push(key(3, &tail));
            }
        }
        if !self.address.is_empty() && self.first.len() > 1 {
            out.push(key(9, &(&self.address, &self.first)));
        }
        for mail in &self.mails {
            if mail.local.len() >= LOCAL {
                out.push(key(4, &mail.local));
            }
        }
    }

    /// Keys that part a name which many have into blocks that can be compared.
    pub fn name_parts(&self, out: &mut Vec<u32>) {
        let Some(name) = self.name_key() else { return };
        if let Some((_, month, day)) = self.birthday {
            out.push(key(5, &(name, month, day)));
        }
        if !self.city.is_empty() && !self.middle.is_empty() {
            out.push(key(6, &(name, &self.city, &self.middle)));
        }
        for phone in &self.phones {
            if let Some((head, tail)) = phone.split_at_checked(5) {
                out.push(key(7, &(name, head)));
                out.push(key(8, &(name, tail)));
            }
        }
    }
}

fn key(kind: u8, what: &impl Hash) -> u32 {
    let mut hasher = DefaultHasher::new();
    kind.hash(&mut hasher);
    what.hash(&mut hasher);
    hasher.finish() as u32
}

fn mail(address: &str) -> Option<Mail> {
    let (local, host) = address.rsplit_once('@')?;
    let local = local.split('+').next().unwrap_or(local);
    let (host, slip) = service(host);
    let local = match host {
        "gmail.com" => local.replace('.', ""),
        "yandex.ru" => local.replace('.', "-"),
        _ => local.to_owned(),
    };
    Some(Mail {
        local,
        host: host.to_owned(),
        slip,
    })
}

/// Words of an address that are written or left out as one likes.
const ADDRESS_WORDS: &[&str] = &[
    "г",
    "гор",
    "город",
    "ул",
    "улица",
    "д",
    "дом",
    "кв",
    "квартира",
    "пр",
    "просп",
    "проспект",
    "пер",
    "переулок",
    "корп",
    "корпус",
    "к",
    "стр",
    "строение",
    "россия",
    "street",
    "st",
    "apt",
    "flat",
    "russia",
];

/// An address in the form in which its spellings are alike: `г. Тверь, ул. Ленина, д.5, кв. 12` and
/// `Ленина 5-12` are `ленина 5 12`. Empty without a house: a whole street lives there.
pub(super) fn address(typed: &str, city: &str) -> String {
    let folded = fold(typed);
    let city = fold(city);
    let mut words: Vec<String> = Vec::new();
    let mut digits = None;
    for c in folded.chars() {
        if !c.is_alphanumeric() {
            digits = None;
            continue;
        }
        let digit = c.is_ascii_digit();
        if digits != Some(digit) {
            words.push(String::new());
            digits = Some(digit);
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    let index = |word: &str| word.len() == 6 && word.bytes().all(|c| c.is_ascii_digit());
    words.retain(|word| {
        !ADDRESS_WORDS.contains(&word.as_str())
            && !index(word)
            && !city.split([' ', '-']).any(|part| part == word)
    });
    let number = |word: &String| word.bytes().all(|c| c.is_ascii_digit());
    let street = |word: &String| word.chars().count() >= 3 && !number(word);
    // The word before the house names the street; what stands before it is a town or nothing.
    match words.iter().position(number) {
        Some(house) if words.iter().any(street) => words[house.saturating_sub(1)..].join(" "),
        _ => String::new(),
    }
}

/// The service behind a host, by one of its names; and whether it was written with a slip.
fn service(host: &str) -> (&str, bool) {
    let named = |host| match host {
        "googlemail.com" => "gmail.com",
        "ya.ru" | "yandex.com" | "yandex.by" | "yandex.kz" => "yandex.ru",
        "me.com" => "icloud.com",
        other => other,
    };
    if MAIL_SERVICES.contains(&host) {
        return (named(host), false);
    }
    let meant = MAIL_SERVICES.iter().find(|right| {
        let long = right.len() > 6 && host.len() > 6;
        long && strsim::osa_distance(host, right) == 1
    });
    meant.map_or((host, false), |right| (named(right), true))
}

/// A name in the form in which its spellings in both alphabets are alike: `Наталья`, `Наталия`,
/// `Natalya` and `NATALIA` are `natalia`.
pub(super) fn skeleton(name: &str) -> String {
    let folded = fold(name);
    let russian = folded
        .chars()
        .any(|c| matches!(c, 'а'..='я' | 'і' | 'ї' | 'є'));
    let mut out = String::with_capacity(folded.len());
    let mut put = |piece: &str| {
        for c in piece.chars() {
            if !out.ends_with(c) {
                out.push(c);
            }
        }
    };
    if russian {
        for c in folded.chars() {
            put(cyrillic(c));
        }
    } else {
        let latin = folded
            .replace("shch", "sh")
            .replace("sch", "sh")
            .replace("kh", "h")
            .replace("ph", "f")
            .replace("ck", "k");
        let mut characters = latin.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                'y' | 'j' => put("i"),
                'w' => put("v"),
                'q' => put("k"),
                'x' => put("ks"),
                'c' if characters.peek() != Some(&'h') => put("k"),
                'a'..='z' => put(c.encode_utf8(&mut [0; 4])),
                _ if c.is_alphanumeric() => put(c.encode_utf8(&mut [0; 4])),
                _ => {}
            }
        }
    }
    out
}

/// A letter of a Russian word; Latin ones in it were typed for those that look the same.
fn cyrillic(c: char) -> &'static str {
    match c {
        'а' | 'a' => "a",
        'б' | 'b' => "b",
        'в' => "v",
        'г' => "g",
        'д' => "d",
        'е' | 'e' | 'э' | 'є' => "e",
        'ж' => "zh",
        'з' => "z",
        'и' | 'й' | 'ы' | 'і' | 'ї' => "i",
        'к' | 'k' => "k",
        'л' => "l",
        'м' | 'm' => "m",
        'н' => "n",
        'о' | 'o' => "o",
        'п' => "p",
        'р' | 'p' => "r",
        'с' | 'c' => "s",
        'т' | 't' => "t",
        'у' | 'y' => "u",
        'ф' => "f",
        'х' | 'x' => "h",
        'ц' => "ts",
        'ч' => "ch",
        'ш' | 'щ' => "sh",
        'ю' => "iu",
        'я' => "ia",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_alike() {
        for (a, b) in [
            ("Наталья", "Наталия"),
            ("Наталья", "NATALYA"),
            ("Семёнов", "Семенов"),
            ("Щукина", "Shchukina"),
            ("Ивaнов", "Иванов"),
            ("Анна", "Ана"),
            ("Юлия", "Yuliya"),
            ("Хабаров", "Khabarov"),
        ] {
            assert_eq!(skeleton(a), skeleton(b), "{a} {b}");
        }
        assert_ne!(skeleton("Мария"), skeleton("Марина"));
    }

    #[test]
    fn spellings_of_one_house_are_alike() {
        for typed in [
            "г. Тверь, ул. Ленина, д.5, кв. 12",
            "170000, Тверь, Ленина 5-12",
            "улица Ленина, дом 5, квартира 12",
            "Калинин, Ленина 5, 12",
        ] {
            assert_eq!(address(typed, "Тверь"), "ленина 5 12", "{typed}");
        }
        assert_ne!(address("Ленина 5-12", ""), address("Ленина 5-13", ""));
        assert_eq!(address("Ленина 5а", ""), address("ул. Ленина, 5 А", ""));
        for vague in ["Тверь", "ул. Ленина", "5", "170000 Тверь"] {
            assert_eq!(address(vague, "Тверь"), "", "{vague}");
        }
    }

    #[test]
    fn addresses_of_one_box_are_alike() {
        assert_eq!(mail("i.pet.rov@gmail.com"), mail("ipetrov+shop@gmail.com"));
        assert_ne!(mail("i.petrov@mail.ru"), mail("ipetrov@mail.ru"));
        assert_eq!(service("gmial.com"), ("gmail.com", true));
        assert_eq!(service("mail.rru"), ("mail.ru", true));
        assert_eq!(service("ya.ru"), ("yandex.ru", false));
        for own in ["bk.ru", "mail.ru", "kofe.ru", "gail.co"] {
            assert_eq!(service(own), (own, false));
        }
    }
}
