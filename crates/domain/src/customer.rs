//! The customer as the rest of the house sees him: current values, readable, in memory only.

use crate::{About, ChannelId, Contact, ContactKind, CustomerId, Day, Instant, StoreId};
use serde::{Deserialize, Serialize};

/// Sex as recorded; absent when unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Male.
    Male,
    /// Female.
    Female,
}

/// Birthday; the year is often unknown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Birthday {
    /// Year, when known.
    pub year: Option<i16>,
    /// Month 1..=12.
    pub month: i8,
    /// Day of the month 1..=31.
    pub day: i8,
}

impl Birthday {
    /// `1985-03-08`, or `--03-08` without a year (the form of RFC 6350, vCard).
    pub fn text(self) -> String {
        match self.year {
            Some(year) => format!("{year:04}-{:02}-{:02}", self.month, self.day),
            None => format!("--{:02}-{:02}", self.month, self.day),
        }
    }
}

/// A child of a customer: whom a gift is for, and when.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Child {
    /// Name as the parent calls him; empty when unknown.
    #[serde(rename = "n", default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Birthday.
    #[serde(rename = "b")]
    pub birthday: Birthday,
}

/// Shows nothing: a child's name and birthday must not reach logs.
impl std::fmt::Debug for Child {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Child(***)")
    }
}

/// Longest postal address, in characters.
pub const MAX_ADDRESS: usize = 300;

/// Children kept of one customer at most.
pub const MAX_CHILDREN: usize = 12;

/// A customer's current values. Kept sealed on disk; this form lives in memory only.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    /// Row id.
    pub id: CustomerId,
    /// Last name, or the whole name when it could not be split.
    pub last_name: String,
    /// First name.
    pub first_name: String,
    /// Middle name (patronymic).
    pub middle_name: String,
    /// Sex, when known.
    pub sex: Option<Sex>,
    /// Birthday, when known.
    pub birthday: Option<Birthday>,
    /// City as written.
    pub city: String,
    /// Postal address as written.
    pub address: String,
    /// Full names of the records merged into him that say another name than his: he is found by them
    /// too. Computed by a merge, never kept.
    pub other_names: Vec<String>,
    /// Phones, e-mails, cards, external ids; the first of a kind is the main one.
    pub contacts: Vec<Contact>,
    /// Children, in the order they were told. Known to the truth only: the live base has no column
    /// of them, so a customer that it gives has none.
    pub children: Vec<Child>,
    /// What the shop notes about him: own fields, tags, marks.
    pub about: About,
    /// Store of registration, when known.
    pub store_id: Option<StoreId>,
    /// Channel that brought the customer, when known.
    pub channel_id: Option<ChannelId>,
    /// When the shop registered him, when known (else when Vernis first saw him).
    pub registered_day: Day,
    /// When Vernis recorded him.
    pub recorded_at: Instant,
}

/// Shows the id only: names must not reach logs.
impl std::fmt::Debug for Customer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Customer({})", self.id.0)
    }
}

impl Customer {
    /// "Last First Middle" without doubled spaces; empty when no name is known.
    pub fn full_name(&self) -> String {
        [&self.last_name, &self.first_name, &self.middle_name]
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The name as lists show it: the full name, else what else tells him from others.
    pub fn shown_name(&self) -> String {
        self.shown_name_by(|_, value| value.to_owned())
    }

    /// The same, with a contact that stands for the name written by `contact`.
    pub fn shown_name_by(&self, contact: impl Fn(ContactKind, &str) -> String) -> String {
        let name = self.full_name();
        if !name.is_empty() {
            return name;
        }
        [
            ContactKind::Card,
            ContactKind::External,
            ContactKind::Phone,
            ContactKind::Email,
            ContactKind::Whatsapp,
            ContactKind::Viber,
            ContactKind::Telegram,
            ContactKind::Max,
            ContactKind::Vk,
        ]
        .into_iter()
        .find_map(|kind| {
            let value = contact(kind, self.contact(kind)?);
            Some(match kind {
                ContactKind::Card | ContactKind::External => format!("№ {value}"),
                _ => value,
            })
        })
        .unwrap_or_default()
    }

    /// The first contact of a kind.
    pub fn contact(&self, kind: ContactKind) -> Option<&str> {
        self.contacts
            .iter()
            .find(|contact| contact.kind == kind)
            .map(|contact| contact.value.as_str())
    }
}
