//! The sealed part of a customer: JSON with short names, and its split into single facts.

use serde::{Deserialize, Serialize};
use vernis_domain::customer::{Birthday, Child};
use vernis_domain::{
    About, ChannelId, Contact, ContactKind, Customer, CustomerId, Day, Instant, Sex, StoreId,
};

/// What is sealed. Missing fields read as empty, so that later versions may add some.
#[derive(Serialize, Deserialize)]
pub(super) struct Profile {
    #[serde(rename = "l", default, skip_serializing_if = "String::is_empty")]
    last_name: String,
    #[serde(rename = "f", default, skip_serializing_if = "String::is_empty")]
    first_name: String,
    #[serde(rename = "m", default, skip_serializing_if = "String::is_empty")]
    middle_name: String,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    sex: Option<Sex>,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    birthday: Option<Birthday>,
    #[serde(rename = "c", default, skip_serializing_if = "String::is_empty")]
    city: String,
    #[serde(rename = "d", default, skip_serializing_if = "String::is_empty")]
    address: String,
    #[serde(rename = "v", default, skip_serializing_if = "Vec::is_empty")]
    contacts: Vec<Contact>,
    #[serde(rename = "k", default, skip_serializing_if = "Vec::is_empty")]
    children: Vec<Child>,
    #[serde(rename = "a", default, skip_serializing_if = "About::is_empty")]
    about: About,
}

impl Profile {
    pub fn of(customer: &Customer) -> Self {
        Self {
            last_name: customer.last_name.clone(),
            first_name: customer.first_name.clone(),
            middle_name: customer.middle_name.clone(),
            sex: customer.sex,
            birthday: customer.birthday,
            city: customer.city.clone(),
            address: customer.address.clone(),
            contacts: customer.contacts.clone(),
            children: customer.children.clone(),
            about: customer.about.clone(),
        }
    }

    pub fn into_customer(
        self,
        id: CustomerId,
        store_id: Option<StoreId>,
        channel_id: Option<ChannelId>,
        registered_day: Day,
        recorded_at: Instant,
    ) -> Customer {
        Customer {
            id,
            last_name: self.last_name,
            first_name: self.first_name,
            middle_name: self.middle_name,
            sex: self.sex,
            birthday: self.birthday,
            city: self.city,
            address: self.address,
            other_names: Vec::new(),
            contacts: self.contacts,
            children: self.children,
            about: self.about,
            store_id,
            channel_id,
            registered_day,
            recorded_at,
        }
    }
}

/// The single facts of a customer: (kind, value as text).
pub(super) fn facts(customer: &Customer) -> Vec<(&'static str, String)> {
    let mut facts = Vec::with_capacity(6 + customer.contacts.len());
    for (kind, value) in [
        ("last_name", &customer.last_name),
        ("first_name", &customer.first_name),
        ("middle_name", &customer.middle_name),
        ("city", &customer.city),
        ("address", &customer.address),
    ] {
        if !value.is_empty() {
            facts.push((kind, value.clone()));
        }
    }
    if let Some(sex) = customer.sex {
        let text = match sex {
            Sex::Male => "male",
            Sex::Female => "female",
        };
        facts.push(("sex", text.to_owned()));
    }
    if let Some(birthday) = customer.birthday {
        facts.push(("birthday", birthday.text()));
    }
    for child in &customer.children {
        let text = format!("{} {}", child.birthday.text(), child.name);
        facts.push(("child", text.trim_end().to_owned()));
    }
    for contact in &customer.contacts {
        facts.push((contact.kind.code(), contact_text(contact)));
    }
    let about = &customer.about;
    for (field, value) in &about.custom {
        facts.push(("custom", format!("{} {}", field.0, value.stored())));
    }
    for (kind, words) in [("tag", &about.tags), ("like", &about.likes)] {
        facts.extend(words.iter().map(|word| (kind, word.clone())));
    }
    for (kind, mark) in [("vip", &about.vip), ("problem", &about.problem)] {
        if let Some(mark) = mark {
            facts.push((kind, format!("{} {}", mark.by.0, mark.reason)));
        }
    }
    facts
}

/// The facts of a change: also those that the row of a new customer says by itself.
pub(super) fn changing_facts(customer: &Customer) -> Vec<(&'static str, String)> {
    let mut facts = facts(customer);
    let store = customer.store_id.map(|id| ("store", id.0.to_string()));
    let channel = customer.channel_id.map(|id| ("channel", id.0.to_string()));
    facts.extend(store.into_iter().chain(channel));
    facts
}

/// A contact as the text of a fact.
pub(super) fn contact_text(contact: &Contact) -> String {
    if contact.kind == ContactKind::External {
        format!("{}:{}", contact.source, contact.value)
    } else {
        contact.value.clone()
    }
}
