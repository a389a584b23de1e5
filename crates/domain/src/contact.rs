//! Contact values: what can be called, written to, or shown to recognise a person. One registry of
//! kinds, in the order in which they decide who somebody is.

pub mod spans;

use crate::phone::PhoneRegion;
use crate::{Text, blocked, email, phone, text};
use serde::{Deserialize, Serialize};

/// Kind of a contact value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    /// Phone in E.164 (`+79161234567`).
    Phone,
    /// E-mail, folded to lower case.
    Email,
    /// Loyalty card number as printed, without spaces.
    Card,
    /// Identifier of another system; unique within its source.
    External,
    /// Telegram: the account's number, or `@name`.
    Telegram,
    /// VK: `id123`, or the name in the address of the page.
    Vk,
    /// MAX: the account's number, or `@name`.
    Max,
    /// WhatsApp: the phone of the account, in E.164.
    Whatsapp,
    /// Viber: the phone of the account, in E.164.
    Viber,
}

/// Which of a kind's values say who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Each of them.
    Every,
    /// Numbers only: a name can be given away and taken by another person.
    Numbers,
}

/// How a kind's values are written in one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Phone,
    Email,
    Code,
    /// A number or `@name` of a messenger; the addresses its links begin with.
    Account(&'static [&'static str]),
    Vk,
}

/// A kind of contact.
#[derive(Debug)]
pub struct KindSpec {
    /// The kind.
    pub kind: ContactKind,
    /// Code in the database and the API.
    pub code: &'static str,
    /// What people call it.
    pub label: Text,
    /// What of it says who somebody is.
    pub trust: Trust,
    /// A means of writing to somebody (a messenger).
    pub messenger: bool,
    form: Form,
}

/// Every kind, the one that decides first in front: when two of them point to different people, a
/// purchase goes to whom the earlier one finds.
pub static KINDS: [KindSpec; 9] = [
    KindSpec {
        kind: ContactKind::External,
        code: "external",
        label: Text::new("Номер в другой программе", "Id in another program"),
        trust: Trust::Every,
        messenger: false,
        form: Form::Code,
    },
    KindSpec {
        kind: ContactKind::Card,
        code: "card",
        label: Text::new("Карта", "Card"),
        trust: Trust::Every,
        messenger: false,
        form: Form::Code,
    },
    KindSpec {
        kind: ContactKind::Phone,
        code: "phone",
        label: Text::new("Телефон", "Phone"),
        trust: Trust::Every,
        messenger: false,
        form: Form::Phone,
    },
    KindSpec {
        kind: ContactKind::Whatsapp,
        code: "whatsapp",
        label: Text::new("WhatsApp", "WhatsApp"),
        trust: Trust::Every,
        messenger: true,
        form: Form::Phone,
    },
    KindSpec {
        kind: ContactKind::Viber,
        code: "viber",
        label: Text::new("Viber", "Viber"),
        trust: Trust::Every,
        messenger: true,
        form: Form::Phone,
    },
    KindSpec {
        kind: ContactKind::Telegram,
        code: "telegram",
        label: Text::new("Telegram", "Telegram"),
        trust: Trust::Numbers,
        messenger: true,
        form: Form::Account(&["t.me/", "telegram.me/", "telegram.dog/"]),
    },
    KindSpec {
        kind: ContactKind::Max,
        code: "max",
        label: Text::new("MAX", "MAX"),
        trust: Trust::Numbers,
        messenger: true,
        form: Form::Account(&["max.ru/u/", "max.ru/", "web.max.ru/"]),
    },
    KindSpec {
        kind: ContactKind::Vk,
        code: "vk",
        label: Text::new("ВКонтакте", "VK"),
        trust: Trust::Numbers,
        messenger: true,
        form: Form::Vk,
    },
    KindSpec {
        kind: ContactKind::Email,
        code: "email",
        label: Text::new("Эл. почта", "E-mail"),
        trust: Trust::Every,
        messenger: false,
        form: Form::Email,
    },
];

/// Longest card number or id of another program, in characters.
const MAX_CODE: usize = 200;

impl ContactKind {
    /// Its entry in the registry.
    pub fn spec(self) -> &'static KindSpec {
        &KINDS[self.priority()]
    }

    /// Place in the order in which kinds decide who somebody is; the smallest decides.
    pub const fn priority(self) -> usize {
        match self {
            Self::External => 0,
            Self::Card => 1,
            Self::Phone => 2,
            Self::Whatsapp => 3,
            Self::Viber => 4,
            Self::Telegram => 5,
            Self::Max => 6,
            Self::Vk => 7,
            Self::Email => 8,
        }
    }

    /// Code stored in the database.
    pub fn code(self) -> &'static str {
        self.spec().code
    }

    /// The kind of a stored code.
    pub fn from_code(code: &str) -> Option<Self> {
        let spec = KINDS.iter().find(|spec| spec.code == code)?;
        Some(spec.kind)
    }

    /// The kind by which its values find people: whoever has a WhatsApp has the phone of it.
    pub const fn found_as(self) -> ContactKind {
        match self {
            Self::Whatsapp | Self::Viber => Self::Phone,
            other => other,
        }
    }

    /// A typed value in the one form it is kept in.
    ///
    /// # Errors
    /// The code of the reason.
    pub fn normalise(self, typed: &str, region: PhoneRegion) -> Result<String, &'static str> {
        match self.spec().form {
            Form::Phone => {
                let typed = typed.trim();
                let bare = strip_address(typed, &["wa.me/", "api.whatsapp.com/send?phone="]);
                let number = match bare {
                    Some(digits) => format!("+{}", digits.trim_start_matches('+')),
                    None => typed.to_owned(),
                };
                phone::parse(&number, region).map_err(phone::PhoneError::code)
            }
            Form::Email => email::parse(typed).map_err(email::EmailError::code),
            Form::Code => {
                let mut value = text::clean(typed, MAX_CODE + 1);
                if self == Self::Card {
                    value.retain(|c| !c.is_whitespace());
                }
                if value.is_empty() || value.chars().count() > MAX_CODE {
                    return Err("length");
                }
                Ok(value)
            }
            Form::Account(addresses) => account(typed, addresses).ok_or("not_an_account"),
            Form::Vk => vk(typed).ok_or("not_an_account"),
        }
    }
}

/// The text behind one of these addresses, up to the next slash or question mark.
fn strip_address<'a>(typed: &'a str, addresses: &[&str]) -> Option<&'a str> {
    let bare = typed
        .strip_prefix("https://")
        .or_else(|| typed.strip_prefix("http://"))
        .unwrap_or(typed);
    let bare = bare.strip_prefix("www.").unwrap_or(bare);
    addresses.iter().find_map(|address| {
        let head = bare.get(..address.len())?;
        head.eq_ignore_ascii_case(address).then(|| {
            let rest = &bare[address.len()..];
            rest.split(['/', '?', '#']).next().unwrap_or(rest)
        })
    })
}

fn account(typed: &str, addresses: &[&str]) -> Option<String> {
    let typed = typed.trim();
    let bare = strip_address(typed, addresses).unwrap_or(typed);
    let bare = bare.strip_prefix('@').unwrap_or(bare).to_ascii_lowercase();
    if !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit()) {
        let number = bare.trim_start_matches('0');
        return (4..=19).contains(&number.len()).then(|| number.to_owned());
    }
    let named = (3..=40).contains(&bare.len())
        && bare.starts_with(|c: char| c.is_ascii_alphabetic())
        && bare.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    named.then(|| format!("@{bare}"))
}

fn vk(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let bare = strip_address(typed, &["vk.com/", "vk.ru/", "m.vk.com/", "m.vk.ru/"]);
    let bare = bare.unwrap_or(typed);
    let bare = bare.strip_prefix('@').unwrap_or(bare).to_ascii_lowercase();
    let digits = bare.strip_prefix("id").unwrap_or(&bare);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        let number = digits.trim_start_matches('0');
        return (1..=19)
            .contains(&number.len())
            .then(|| format!("id{number}"));
    }
    let named = (3..=40).contains(&bare.len())
        && bare
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
    named.then_some(bare)
}

/// One normalised contact value.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Contact {
    /// What it is.
    pub kind: ContactKind,
    /// The normalised value.
    pub value: String,
    /// For [`ContactKind::External`]: the system that gave the id (`1c`, `site`); empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// Shows the kind only: contact values must not reach logs.
impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Contact({:?}, ***)", self.kind)
    }
}

impl Contact {
    /// A contact of a kind that knows no source.
    pub fn plain(kind: ContactKind, value: String) -> Contact {
        Contact {
            kind,
            value,
            source: String::new(),
        }
    }

    /// Whether this value may say who somebody is: its kind is trusted for it, and it is no value
    /// that people write only to fill the field. (The shop's own list is not asked here.)
    pub fn identifies(&self) -> bool {
        let trusted = match self.kind.spec().trust {
            Trust::Every => true,
            Trust::Numbers => {
                let number = self.value.strip_prefix("id").unwrap_or(&self.value);
                number.bytes().all(|b| b.is_ascii_digit())
            }
        };
        trusted && !blocked::given(self)
    }
}

/// How it was made sure that a contact is the person's own.
#[derive(Debug)]
pub struct VerificationSpec {
    /// Code in the database and the API.
    pub code: &'static str,
    /// In words.
    pub label: Text,
}

/// Every way. A value without one is not verified.
pub static VERIFICATIONS: [VerificationSpec; 5] = [
    VerificationSpec {
        code: "code",
        label: Text::new("кодом из сообщения или звонка", "by a code sent to it"),
    },
    VerificationSpec {
        code: "link",
        label: Text::new("по ссылке из письма", "by a link in a letter"),
    },
    VerificationSpec {
        code: "document",
        label: Text::new("по документу", "by a document"),
    },
    VerificationSpec {
        code: "person",
        label: Text::new("подтвердил сам покупатель", "confirmed by the customer"),
    },
    VerificationSpec {
        code: "answer",
        label: Text::new(
            "ответил на звонок или сообщение",
            "answered a call or message",
        ),
    },
];

/// A way by its code.
pub fn verification(code: &str) -> Option<&'static VerificationSpec> {
    VERIFICATIONS.iter().find(|spec| spec.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn norm(kind: ContactKind, typed: &str) -> Result<String, &'static str> {
        kind.normalise(typed, PhoneRegion::RUSSIA)
    }

    #[test]
    fn every_kind_stands_at_its_priority() {
        for (at, spec) in KINDS.iter().enumerate() {
            assert_eq!(spec.kind.priority(), at);
            assert_eq!(ContactKind::from_code(spec.code), Some(spec.kind));
        }
    }

    #[test]
    fn accounts_of_messengers_have_one_form_however_they_are_written() {
        use ContactKind::*;
        for (kind, typed, want) in [
            (Telegram, "@Ivan_Petrov", "@ivan_petrov"),
            (Telegram, "https://t.me/Ivan_Petrov?start=1", "@ivan_petrov"),
            (Telegram, " 123456789 ", "123456789"),
            (Max, "https://max.ru/u/98765", "98765"),
            (Vk, "https://vk.com/id42", "id42"),
            (Vk, "42", "id42"),
            (Vk, "vk.ru/Anna.P", "anna.p"),
            (Whatsapp, "https://wa.me/79161234567", "+79161234567"),
            (Viber, "8 916 123-45-67", "+79161234567"),
            (Card, " 77 88 ", "7788"),
        ] {
            assert_eq!(norm(kind, typed).as_deref(), Ok(want), "{typed}");
        }
        for (kind, typed) in [
            (Telegram, "нет"),
            (Telegram, "+79161234567"),
            (Vk, "нет"),
            (Whatsapp, "@ivan"),
            (Card, "  "),
        ] {
            assert!(norm(kind, typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_name_that_can_be_given_away_says_nobody() {
        use ContactKind::*;
        for (kind, value, identifies) in [
            (Telegram, "123456789", true),
            (Telegram, "@ivan", false),
            (Vk, "id42", true),
            (Vk, "ideal", false),
            (Phone, "+79161234567", true),
            (Phone, "+70000000000", false),
            (Email, "test@test.ru", false),
        ] {
            let contact = Contact::plain(kind, value.to_owned());
            assert_eq!(contact.identifies(), identifies, "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn normalising_twice_changes_nothing(typed in "[@a-zA-Z0-9_./:+ -]{0,40}") {
            for spec in &KINDS {
                if let Ok(once) = norm(spec.kind, &typed) {
                    proptest::prop_assert_eq!(norm(spec.kind, &once), Ok(once));
                }
            }
        }
    }
}
