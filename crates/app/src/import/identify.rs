//! Who the people of a chunk are: found by their strongest known identifier, enriched, or made.
//! Nobody is ever merged: when trusted identifiers point to different people, the strongest wins and
//! the case is noted for people to decide.

use super::person;
use std::collections::{HashMap, HashSet};
use vernis_domain::{Contact, ContactKind, Customer, CustomerId};
use vernis_store::Owner;

/// A person of the chunk, found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// In the base.
    Known(CustomerId),
    /// The index in [`Identified::new`].
    New(usize),
}

/// What is to be done.
#[derive(Default)]
pub(super) struct Identified {
    /// Who each person is, in their order.
    pub who: Vec<Who>,
    /// People to make.
    pub new: Vec<Customer>,
    /// People of the base with something added.
    pub changed: Vec<Customer>,
    /// People whose identifiers point to somebody else too.
    pub conflicts: u64,
    /// The pairs they point to: who was taken and by which kind, who else and by which.
    pub pairs: Vec<((Who, ContactKind), (Who, ContactKind))>,
    /// Contacts left out because the shop has blocked them.
    pub blocked: u64,
}

/// Owners of contacts and current values, as they are in the base.
pub(super) struct Known {
    /// Owner of each contact of each person, in order.
    pub owners: Vec<Owner>,
    /// For those merged into somebody: who stands for them.
    pub roots: HashMap<CustomerId, CustomerId>,
    /// Current values of the owners.
    pub customers: HashMap<CustomerId, Customer>,
}

/// Decides about the people of a chunk. `known` answers for all their contacts, flattened.
pub(super) fn identify(people: &[&Customer], known: Known) -> Identified {
    let mut out = Identified::default();
    let one = |who: Who| match who {
        Who::Known(id) => Who::Known(known.roots.get(&id).copied().unwrap_or(id)),
        new => new,
    };
    let mut current = known.customers;
    let mut claimed: HashMap<Contact, Who> = HashMap::new();
    let mut changed: HashSet<CustomerId> = HashSet::new();
    let mut owners = known.owners.iter();
    for person in people {
        let mut blocked = Vec::new();
        let owned: Vec<Option<Who>> = person
            .contacts
            .iter()
            .map(|contact| match owners.next() {
                Some(Owner::Is(id)) => Some(Who::Known(*id)),
                Some(Owner::Blocked) => {
                    blocked.push(contact);
                    None
                }
                _ if contact.identifies() => claimed.get(&key(contact)).copied(),
                _ => None,
            })
            .collect();
        let found = owned.iter().position(Option::is_some);
        if let Some(by) = found {
            let taken = owned[by].map(one);
            let other = (by + 1..owned.len())
                .find(|at| owned[*at].is_some_and(|who| Some(one(who)) != taken));
            if let (Some(other), Some(who)) = (other, owned[by]) {
                out.conflicts += 1;
                let kind = |at: usize| person.contacts[at].kind;
                out.pairs
                    .extend(owned[other].map(|second| ((who, kind(by)), (second, kind(other)))));
            }
        }
        out.blocked += blocked.len() as u64;
        let free = |contact: &Contact| {
            let mut contacts = person.contacts.iter().zip(&owned);
            let free = contacts.find(|(c, _)| *c == contact);
            free.is_some_and(|(_, owner)| owner.is_none()) && !blocked.contains(&contact)
        };
        let who = match found.and_then(|at| owned[at]) {
            None => {
                let mut new = (*person).clone();
                new.contacts.retain(|contact| !blocked.contains(&contact));
                out.new.push(new);
                Who::New(out.new.len() - 1)
            }
            Some(Who::New(at)) => {
                person::enrich(&mut out.new[at], person, free);
                Who::New(at)
            }
            Some(Who::Known(id)) => {
                if let Some(customer) = current.get_mut(&id)
                    && person::enrich(customer, person, free)
                {
                    changed.insert(id);
                }
                Who::Known(id)
            }
        };
        for (contact, owner) in person.contacts.iter().zip(&owned) {
            if owner.is_none() && contact.identifies() && !blocked.contains(&contact) {
                claimed.insert(key(contact), who);
            }
        }
        out.who.push(who);
    }
    let mut changed: Vec<CustomerId> = changed.into_iter().collect();
    changed.sort_unstable();
    out.changed = changed.iter().filter_map(|id| current.remove(id)).collect();
    out
}

/// A contact as it finds people: a WhatsApp finds by its phone.
pub(super) fn key(contact: &Contact) -> Contact {
    Contact {
        kind: contact.kind.found_as(),
        ..contact.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vernis_domain::Instant;

    fn person(contacts: &[(ContactKind, &str)], name: &str) -> Customer {
        Customer {
            id: CustomerId(0),
            last_name: name.into(),
            first_name: String::new(),
            middle_name: String::new(),
            sex: None,
            birthday: None,
            city: String::new(),
            address: String::new(),
            other_names: Vec::new(),
            contacts: contacts
                .iter()
                .map(|(kind, value)| Contact {
                    kind: *kind,
                    value: (*value).into(),
                    source: String::new(),
                })
                .collect(),
            children: Vec::new(),
            about: vernis_domain::About::default(),
            store_id: None,
            channel_id: None,
            registered_day: person::NO_DAY,
            recorded_at: Instant(0),
        }
    }

    #[test]
    fn two_rows_of_one_phone_are_one_new_person() {
        let a = person(&[(ContactKind::Phone, "+7916")], "Иванова");
        let b = person(
            &[
                (ContactKind::Phone, "+7916"),
                (ContactKind::Email, "a@b.ru"),
            ],
            "",
        );
        let done = identify(
            &[&a, &b],
            Known {
                owners: vec![Owner::Nobody; 3],
                roots: HashMap::new(),
                customers: HashMap::new(),
            },
        );
        assert_eq!(done.who, [Who::New(0), Who::New(0)]);
        assert_eq!(done.new[0].contacts.len(), 2);
        assert_eq!(done.conflicts, 0);
    }

    #[test]
    fn the_strongest_identifier_wins_and_nobody_is_merged() {
        let row = person(
            &[(ContactKind::Card, "77"), (ContactKind::Phone, "+7916")],
            "",
        );
        let mut first = person(&[(ContactKind::Card, "77")], "Первый");
        first.id = CustomerId(1);
        let mut second = person(&[(ContactKind::Phone, "+7916")], "Второй");
        second.id = CustomerId(2);
        let known = Known {
            owners: vec![Owner::Is(CustomerId(1)), Owner::Is(CustomerId(2))],
            roots: HashMap::new(),
            customers: [(first.id, first), (second.id, second)].into(),
        };
        let done = identify(&[&row], known);
        assert_eq!(done.who, [Who::Known(CustomerId(1))]);
        assert_eq!((done.conflicts, done.changed.len()), (1, 0));
        let (first, second) = done.pairs[0];
        assert_eq!(first, (Who::Known(CustomerId(1)), ContactKind::Card));
        assert_eq!(second, (Who::Known(CustomerId(2)), ContactKind::Phone));
    }

    #[test]
    fn a_blocked_contact_is_left_out_and_joins_nobody() {
        let shop = (ContactKind::Phone, "+74950001122");
        let a = person(&[(ContactKind::Card, "78"), shop], "Иванова");
        let b = person(&[(ContactKind::Card, "79"), shop], "Петрова");
        let known = Known {
            owners: vec![Owner::Nobody, Owner::Blocked, Owner::Nobody, Owner::Blocked],
            roots: HashMap::new(),
            customers: HashMap::new(),
        };
        let done = identify(&[&a, &b], known);
        assert_eq!(done.who, [Who::New(0), Who::New(1)]);
        assert_eq!((done.blocked, done.conflicts), (2, 0));
        assert!(done.new.iter().all(|one| one.contacts.len() == 1));
    }
}
