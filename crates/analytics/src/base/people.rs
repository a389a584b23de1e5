//! Who the customers of a shard are: readable values for cards and lists, and a folded arena for
//! search. Lives in memory only; the snapshot file that carries it is sealed by the caller.

use crate::text::fold_into;
use vernis_domain::contact::KINDS;
use vernis_domain::customer::Birthday;
use vernis_domain::{
    ChannelId, Contact, ContactKind, Customer, CustomerId, Day, Instant, Sex, StoreId,
};

/// Separates fields of a text record; cannot occur in values (replaced by a space).
const FIELD: char = '\u{1f}';
/// Separates contacts of a text record.
const RECORD: char = '\u{1e}';

/// The customers of one shard, in slot order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Names, city, address, other names and contacts, one record per customer.
    pub text: String,
    /// Start of each record, plus the end.
    pub text_at: Vec<u32>,
    /// Folded "name\nphones\nemails\ncards\nother names\n" per customer.
    pub search: String,
    /// Start of each search record, plus the end.
    pub search_at: Vec<u32>,
    /// Store of registration, row id; 0 when unknown.
    pub store: Vec<i64>,
    /// Channel that brought him, row id; 0 when unknown.
    pub channel: Vec<i64>,
    /// Day of registration; [`super::row::NO_DAY`] while only purchases of him are known.
    pub registered: Vec<u16>,
    /// 0 unknown, 1 male, 2 female.
    pub sex: Vec<u8>,
    /// Birthday packed as year·512 + month·32 + day; 0 when unknown.
    pub birthday: Vec<u32>,
    /// When Vernis recorded him, µs UTC.
    pub recorded: Vec<i64>,
}

impl People {
    /// An empty block.
    pub fn new() -> People {
        People {
            text_at: vec![0],
            search_at: vec![0],
            ..People::default()
        }
    }

    /// Number of customers.
    pub fn len(&self) -> usize {
        self.registered.len()
    }

    /// No customers at all.
    pub fn is_empty(&self) -> bool {
        self.registered.is_empty()
    }

    /// Appends a customer.
    pub fn push(&mut self, customer: &Customer) {
        for (n, part) in [
            &customer.last_name,
            &customer.first_name,
            &customer.middle_name,
            &customer.city,
            &customer.address,
        ]
        .into_iter()
        .enumerate()
        {
            if n > 0 {
                self.text.push(FIELD);
            }
            push_plain(part, &mut self.text);
        }
        for name in &customer.other_names {
            self.text.push(FIELD);
            push_plain(name, &mut self.text);
        }
        for contact in &customer.contacts {
            self.text.push(RECORD);
            self.text.push(contact_letter(contact.kind));
            push_plain(&contact.value, &mut self.text);
            self.text.push(FIELD);
            push_plain(&contact.source, &mut self.text);
        }
        self.text_at.push(self.text.len() as u32);

        fold_into(&customer.full_name(), &mut self.search);
        for kinds in [
            &[
                ContactKind::Phone,
                ContactKind::Whatsapp,
                ContactKind::Viber,
            ][..],
            &[ContactKind::Email],
            &[
                ContactKind::Card,
                ContactKind::External,
                ContactKind::Telegram,
                ContactKind::Max,
                ContactKind::Vk,
            ],
        ] {
            self.search.push('\n');
            let mut first = true;
            for contact in customer.contacts.iter().filter(|c| kinds.contains(&c.kind)) {
                if !first {
                    self.search.push(' ');
                }
                first = false;
                fold_into(&contact.value, &mut self.search);
            }
        }
        self.search.push('\n');
        for (n, name) in customer.other_names.iter().enumerate() {
            if n > 0 {
                self.search.push(' ');
            }
            fold_into(name, &mut self.search);
        }
        self.search.push('\n');
        self.search_at.push(self.search.len() as u32);

        self.store.push(customer.store_id.map_or(0, |s| s.0));
        self.channel.push(customer.channel_id.map_or(0, |c| c.0));
        self.registered.push(
            customer
                .registered_day
                .0
                .clamp(0, i32::from(super::row::NO_DAY) - 1) as u16,
        );
        self.sex.push(match customer.sex {
            None => 0,
            Some(Sex::Male) => 1,
            Some(Sex::Female) => 2,
        });
        self.birthday.push(customer.birthday.map_or(0, |b| {
            (b.year.unwrap_or(0).max(0) as u32) * 512
                + (b.month.max(0) as u32) * 32
                + b.day.max(0) as u32
        }));
        self.recorded.push(customer.recorded_at.0);
    }

    /// Whether a customer is in every value the one of another block.
    pub fn same(&self, slot: usize, other: &People, at: usize) -> bool {
        self.record(slot) == other.record(at)
            && self.birthday[slot] == other.birthday[at]
            && self.sex[slot] == other.sex[at]
            && self.known(slot) == other.known(at)
    }

    /// Appends somebody of whom only purchases are known so far.
    pub fn push_unknown(&mut self) {
        for _ in 0..4 {
            self.text.push(FIELD);
        }
        self.text_at.push(self.text.len() as u32);
        self.search.push_str("\n\n\n\n\n");
        self.search_at.push(self.search.len() as u32);
        self.store.push(0);
        self.channel.push(0);
        self.registered.push(super::row::NO_DAY);
        self.sex.push(0);
        self.birthday.push(0);
        self.recorded.push(0);
    }

    /// Appends a customer of another block as he is.
    pub fn copy(&mut self, from: &People, slot: usize) {
        self.text.push_str(from.record(slot));
        self.text_at.push(self.text.len() as u32);
        self.search.push_str(from.search_record(slot));
        self.search_at.push(self.search.len() as u32);
        self.store.push(from.store[slot]);
        self.channel.push(from.channel[slot]);
        self.registered.push(from.registered[slot]);
        self.sex.push(from.sex[slot]);
        self.birthday.push(from.birthday[slot]);
        self.recorded.push(from.recorded[slot]);
    }

    fn record(&self, slot: usize) -> &str {
        &self.text[self.text_at[slot] as usize..self.text_at[slot + 1] as usize]
    }

    /// The folded search record of a customer.
    pub fn search_record(&self, slot: usize) -> &str {
        &self.search[self.search_at[slot] as usize..self.search_at[slot + 1] as usize]
    }

    /// The folded full name, for sorting.
    pub fn folded_name(&self, slot: usize) -> &str {
        self.search_record(slot).split('\n').next().unwrap_or("")
    }

    /// Whether the person himself was recorded, not only his purchases.
    pub fn known(&self, slot: usize) -> bool {
        self.registered[slot] != super::row::NO_DAY
    }

    /// The customer as recorded.
    pub fn customer(&self, slot: usize, id: CustomerId) -> Customer {
        let mut parts = self.record(slot).split(RECORD);
        let mut names = parts.next().unwrap_or("").split(FIELD).map(str::to_owned);
        let mut name = || names.next().unwrap_or_default();
        let (last_name, first_name, middle_name) = (name(), name(), name());
        let (city, address) = (name(), name());
        let other_names = names.collect();
        let contacts = parts
            .filter_map(|part| {
                let kind = contact_kind(*part.as_bytes().first()?);
                let (value, source) = part[1..].split_once(FIELD)?;
                Some(Contact {
                    kind,
                    value: value.to_owned(),
                    source: source.to_owned(),
                })
            })
            .collect();
        let packed = self.birthday[slot];
        Customer {
            id,
            last_name,
            first_name,
            middle_name,
            sex: match self.sex[slot] {
                1 => Some(Sex::Male),
                2 => Some(Sex::Female),
                _ => None,
            },
            birthday: (packed != 0).then(|| Birthday {
                year: (packed / 512 != 0).then_some((packed / 512) as i16),
                month: (packed / 32 % 16) as i8,
                day: (packed % 32) as i8,
            }),
            city,
            address,
            other_names,
            contacts,
            children: Vec::new(),
            about: vernis_domain::About::default(),
            store_id: (self.store[slot] != 0).then_some(StoreId(self.store[slot])),
            channel_id: (self.channel[slot] != 0).then_some(ChannelId(self.channel[slot])),
            registered_day: Day(if self.known(slot) {
                i32::from(self.registered[slot])
            } else {
                0
            }),
            recorded_at: Instant(self.recorded[slot]),
        }
    }

    /// Bytes: (readable text, search arena, other columns).
    pub fn bytes(&self) -> (usize, usize, usize) {
        (
            self.text.len() + self.text_at.len() * 4,
            self.search.len() + self.search_at.len() * 4,
            self.len() * (8 + 8 + 2 + 1 + 4 + 8),
        )
    }
}

fn contact_letter(kind: ContactKind) -> char {
    match kind {
        ContactKind::Phone => 'p',
        ContactKind::Email => 'e',
        ContactKind::Card => 'c',
        ContactKind::External => 'x',
        ContactKind::Telegram => 't',
        ContactKind::Vk => 'v',
        ContactKind::Max => 'm',
        ContactKind::Whatsapp => 'w',
        ContactKind::Viber => 'b',
    }
}

fn contact_kind(letter: u8) -> ContactKind {
    KINDS
        .iter()
        .map(|spec| spec.kind)
        .find(|kind| contact_letter(*kind) == char::from(letter))
        .unwrap_or(ContactKind::External)
}

fn push_plain(value: &str, out: &mut String) {
    if value.contains([FIELD, RECORD]) {
        out.extend(
            value
                .chars()
                .map(|c| if c == FIELD || c == RECORD { ' ' } else { c }),
        );
    } else {
        out.push_str(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_comes_back_as_he_was_recorded() {
        let customer = Customer {
            id: CustomerId(7),
            last_name: "Семёнова".into(),
            first_name: "Алёна".into(),
            middle_name: String::new(),
            sex: Some(Sex::Female),
            birthday: Some(Birthday {
                year: None,
                month: 12,
                day: 31,
            }),
            city: "Тверь".into(),
            address: String::new(),
            other_names: Vec::new(),
            contacts: vec![
                Contact {
                    kind: ContactKind::Phone,
                    value: "+79161234567".into(),
                    source: String::new(),
                },
                Contact {
                    kind: ContactKind::External,
                    value: "A-1".into(),
                    source: "1c".into(),
                },
            ],
            children: Vec::new(),
            about: vernis_domain::About::default(),
            store_id: Some(StoreId(2)),
            channel_id: None,
            registered_day: Day(20_000),
            recorded_at: Instant(5),
        };
        let mut people = People::new();
        people.push_unknown();
        people.push(&customer);
        assert!(people.customer(1, CustomerId(7)) == customer);
        assert_eq!(
            people.search_record(1),
            "семенова алена\n+79161234567\n\na-1\n\n"
        );
        assert!(!people.known(0));
    }
}
