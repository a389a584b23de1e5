//! What a file carries so that it names its maker: the order of its rows, and invented customers whose
//! mail comes to the shop.

use super::rules::ExportRules;
use crate::demo::{invented_name, latin};
use vernis_domain::customer::Customer;
use vernis_domain::{About, Contact, ContactKind, CustomerId, Day, Instant};

/// The hidden order and the invented customers of one export.
pub(crate) struct Marks {
    secret: [u8; 32],
}

/// An invented customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Canary {
    pub last: String,
    pub first: String,
    pub middle: String,
    /// Eight letters and digits in his address that only this export has.
    pub code: String,
    /// Where he stands among the rows.
    pub place: u64,
    /// Picks whose purchases he borrows.
    pub donor: u64,
}

impl Marks {
    pub fn new(secret: [u8; 32]) -> Marks {
        Marks { secret }
    }

    fn hash(&self, what: &str, number: i64) -> blake3::OutputReader {
        let mut hasher = blake3::Hasher::new_keyed(&self.secret);
        hasher.update(what.as_bytes());
        hasher.update(&number.to_be_bytes());
        hasher.finalize_xof()
    }

    fn number(&self, what: &str, number: i64) -> u64 {
        let mut bytes = [0; 8];
        self.hash(what, number).fill(&mut bytes);
        u64::from_be_bytes(bytes)
    }

    /// Where a customer stands: rows are written in this order.
    pub fn place(&self, id: CustomerId) -> u64 {
        self.number("row", id.0)
    }

    /// The invented customer of a number.
    pub fn canary(&self, number: i64) -> Canary {
        let pick = |what: &str| self.number(what, number);
        let (last, first, middle) = invented_name([
            pick("canary last"),
            pick("canary first"),
            pick("canary father"),
        ]);
        let mut bytes = [0; 5];
        self.hash("canary code", number).fill(&mut bytes);
        Canary {
            last,
            first,
            middle,
            code: data_encoding::BASE32_NOPAD
                .encode(&bytes)
                .to_ascii_lowercase(),
            place: pick("canary place"),
            donor: pick("canary donor"),
        }
    }
}

/// How many invented customers a file of so many people carries.
pub(crate) fn canaries(rules: &ExportRules, people: usize) -> i64 {
    match people {
        _ if rules.canary_mail.is_empty() => 0,
        0..=29 => 1,
        30..=299 => 2,
        _ => 3,
    }
}

impl Canary {
    /// His address: at the shop's own domain, or in one mailbox behind a plus.
    pub fn address(&self, mail: &str) -> String {
        match mail.split_once('@') {
            Some(("", domain)) => format!("{}.{}@{domain}", latin(&self.last), self.code),
            Some((mailbox, domain)) => format!("{mailbox}+{}@{domain}", self.code),
            None => format!("{}@{mail}", self.code),
        }
    }

    /// He as a customer of the shop.
    pub fn customer(&self, rules: &ExportRules, city: String) -> Customer {
        let contact = |kind, value: String| Contact {
            kind,
            value,
            source: String::new(),
        };
        let mut contacts = vec![contact(
            ContactKind::Email,
            self.address(&rules.canary_mail),
        )];
        if !rules.canary_phone.is_empty() {
            contacts.push(contact(ContactKind::Phone, rules.canary_phone.clone()));
        }
        Customer {
            id: CustomerId(0),
            last_name: self.last.clone(),
            first_name: self.first.clone(),
            middle_name: self.middle.clone(),
            sex: None,
            birthday: None,
            city,
            address: String::new(),
            other_names: Vec::new(),
            contacts,
            children: Vec::new(),
            about: About::default(),
            store_id: None,
            channel_id: None,
            registered_day: Day(0),
            recorded_at: Instant(0),
        }
    }

    /// The words of his name, as a trace looks for them.
    pub fn words(&self) -> [String; 3] {
        [&self.last, &self.first, &self.middle].map(|word| vernis_domain::text::fold(word))
    }
}
