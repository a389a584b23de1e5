//! Customers by whatever contact is known: found, made, enriched, changed.

use crate::App;
use crate::about::AboutPatch;
use crate::journal::{Note, acts};
use crate::purchases::Who;
use crate::refusal::Refusal;
use crate::view::View;
use vernis_domain::customer::{Birthday, Child, MAX_CHILDREN};
use vernis_domain::phone::PhoneRegion;
use vernis_domain::{
    ChannelId, Contact, ContactKind, Customer, CustomerId, Day, Instant, Sex, StoreId, Text, email,
    name, one_person, phone, text,
};
use vernis_store::{Origin, ReadTx, StoreError, WriteTx};

/// Longest card number or external id taken.
const MAX_CODE: usize = 200;

/// Normalised contacts of a person, in the order in which they decide who he is: external id, card,
/// phone, e-mail.
#[derive(Clone)]
pub struct Contacts {
    id: Option<CustomerId>,
    contacts: Vec<Contact>,
    name: name::NameParts,
}

/// What became of a look-up that may add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// He was there.
    Known(CustomerId),
    /// He was made.
    New(CustomerId),
}

impl Contacts {
    /// Normalises what the caller knows.
    ///
    /// # Errors
    /// Names the contact that is not what it should be, and a person without any.
    pub fn of(who: &Who) -> Result<Contacts, Refusal> {
        Contacts::of_any(who, false)
    }

    /// The same; none at all will do when there are `others`.
    fn of_any(who: &Who, others: bool) -> Result<Contacts, Refusal> {
        let mut contacts = Vec::new();
        if let Some((source, id)) = &who.external_id {
            contacts.push(Contact {
                kind: ContactKind::External,
                value: code("customer.external_id", id)?,
                source: text::clean(source, 50),
            });
        }
        if let Some(card) = &who.card {
            let card: String = card.chars().filter(|c| !c.is_whitespace()).collect();
            contacts.push(plain(ContactKind::Card, code("customer.card", &card)?));
        }
        if let Some(typed) = &who.phone {
            let number = phone::parse(typed, PhoneRegion::RUSSIA).map_err(|error| {
                Refusal::field(
                    "customer.phone",
                    error.code(),
                    Text::new("это не номер телефона", "this is not a phone number"),
                )
            })?;
            contacts.push(plain(ContactKind::Phone, number));
        }
        if let Some(typed) = &who.email {
            let address = email::parse(typed).map_err(|error| {
                Refusal::field(
                    "customer.email",
                    error.code(),
                    Text::new("это не адрес почты", "this is not an e-mail address"),
                )
            })?;
            contacts.push(plain(ContactKind::Email, address));
        }
        if contacts.is_empty() && who.id.is_none() && !others {
            return Err(Refusal::field(
                "customer",
                "no_contact",
                Text::new(
                    "нужен хотя бы один из: id, external_id, card, phone, email",
                    "at least one of id, external_id, card, phone, email is wanted",
                ),
            ));
        }
        Ok(Contacts {
            id: who.id,
            contacts,
            name: who.name.as_deref().map(name::split).unwrap_or_default(),
        })
    }

    /// Who it is of those who are seen, by the first contact that finds somebody. At the counter of a
    /// store everybody is found: whoever buys there is its customer from then on.
    ///
    /// # Errors
    /// A given id that is nobody's.
    pub fn find(&self, tx: &mut ReadTx<'_>, view: &View) -> Result<Option<CustomerId>, Refusal> {
        self.find_among(tx, |tx, id| view.may_tell(tx, id))
    }

    fn find_among(
        &self,
        tx: &mut ReadTx<'_>,
        may_tell: impl Fn(&mut ReadTx<'_>, CustomerId) -> Result<bool, StoreError>,
    ) -> Result<Option<CustomerId>, Refusal> {
        if let Some(id) = self.id {
            return match tx.customer(id)? {
                Some(_) if may_tell(tx, id)? => Ok(Some(id)),
                _ => Err(Refusal::not_found()),
            };
        }
        for contact in &self.contacts {
            if let Some(id) = tx.find_customer(contact)?
                && may_tell(tx, id)?
            {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Who it is at a till: with a scope of stores, whoever there is; an id must be of somebody seen.
    ///
    /// # Errors
    /// A given id that is nobody's.
    pub fn find_at_till(
        &self,
        tx: &mut ReadTx<'_>,
        view: &View,
    ) -> Result<Option<CustomerId>, Refusal> {
        if self.id.is_some() || view.stores().is_none() {
            return self.find(tx, view);
        }
        self.find_among(tx, |_, _| Ok(true))
    }

    /// Adds to the person found the contacts that are new and nobody else's, or makes him.
    ///
    /// # Errors
    /// A given id that is nobody's; the database.
    pub fn find_or_add(
        &self,
        tx: &mut WriteTx<'_>,
        found: Option<CustomerId>,
        (store, channel, day): (StoreId, ChannelId, Day),
        origin: Origin,
    ) -> Result<Found, Refusal> {
        if let Some(id) = found {
            self.enrich(tx, id, origin)?;
            return Ok(Found::Known(id));
        }
        let customer = Customer {
            id: CustomerId(0),
            last_name: self.name.last.clone(),
            first_name: self.name.first.clone(),
            middle_name: self.name.middle.clone(),
            sex: self.name.sex,
            birthday: None,
            city: String::new(),
            contacts: self.contacts.clone(),
            children: Vec::new(),
            about: vernis_domain::About::default(),
            store_id: Some(store),
            channel_id: Some(channel),
            registered_day: day,
            recorded_at: Instant(0),
        };
        let ids = tx.insert_customers(vec![customer], origin)?;
        Ok(Found::New(ids[0]))
    }

    fn enrich(&self, tx: &mut WriteTx<'_>, id: CustomerId, origin: Origin) -> Result<(), Refusal> {
        let named = !(self.name.last.is_empty() && self.name.first.is_empty());
        // The one contact that found him is his already: the usual till, which knows nothing more.
        if self.id.is_none() && self.contacts.len() == 1 && !named {
            return Ok(());
        }
        let Some(mut customer) = tx.customer(id)? else {
            return Ok(());
        };
        let mut changed = false;
        for contact in &self.contacts {
            // A contact that is somebody else's stays his: two people are never joined silently.
            if !customer.contacts.contains(contact) && tx.find_customer(contact)?.is_none() {
                customer.contacts.push(contact.clone());
                changed = true;
            }
        }
        if named && customer.full_name().is_empty() {
            customer.last_name = self.name.last.clone();
            customer.first_name = self.name.first.clone();
            customer.middle_name = self.name.middle.clone();
            customer.sex = customer.sex.or(self.name.sex);
            changed = true;
        }
        if changed {
            tx.update_customers(vec![customer], origin)?;
        }
        Ok(())
    }
}

/// A newcomer entered by a person or a program.
#[derive(Clone)]
pub struct NewCustomer {
    /// A contact and the full name.
    pub who: Who,
    /// Everything else; names by part and further contacts among it.
    pub profile: CustomerPatch,
}

/// A change of a customer's own values; `None` leaves a value as it is.
#[derive(Clone, Default)]
pub struct CustomerPatch {
    /// Last name.
    pub last_name: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Middle name.
    pub middle_name: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Birthday; `Some(None)` takes it away.
    pub birthday: Option<Option<Birthday>>,
    /// All children; names as typed.
    pub children: Option<Vec<Child>>,
    /// Sex; `Some(None)` takes it away.
    pub sex: Option<Option<Sex>>,
    /// All phones, as typed.
    pub phones: Option<Vec<String>>,
    /// All e-mails, as typed.
    pub emails: Option<Vec<String>>,
    /// Store of registration.
    pub store: Option<StoreId>,
    /// What is noted about him.
    pub about: AboutPatch,
}

impl NewCustomer {
    /// All contacts and the name.
    fn contacts(&self) -> Result<Contacts, Refusal> {
        let profile = &self.profile;
        let mut typed = Vec::new();
        for (list, field, kind) in [
            (&profile.phones, "phones", ContactKind::Phone),
            (&profile.emails, "emails", ContactKind::Email),
        ] {
            if let Some(list) = list {
                typed.extend(normalised(list, field, kind)?);
            }
        }
        let mut all = Contacts::of_any(&self.who, !typed.is_empty())?;
        for contact in typed {
            if !all.contacts.contains(&contact) {
                all.contacts.push(contact);
            }
        }
        let part = |value: &Option<String>| name::part(value.as_deref().unwrap_or(""));
        let (last, first) = (part(&profile.last_name), part(&profile.first_name));
        let middle = part(&profile.middle_name);
        if !(last.is_empty() && first.is_empty() && middle.is_empty()) {
            all.name = name::NameParts {
                last,
                first,
                middle,
                ..all.name
            };
        }
        Ok(all)
    }
}

/// Children with their names cleaned; more than a family has are refused.
fn checked_children(told: Option<&[Child]>) -> Result<Option<Vec<Child>>, Refusal> {
    let Some(told) = told else { return Ok(None) };
    if told.len() > MAX_CHILDREN {
        return Err(Refusal::field(
            "children",
            "too_many",
            Text::owned(
                format!("не больше {MAX_CHILDREN}"),
                format!("at most {MAX_CHILDREN}"),
            ),
        ));
    }
    Ok(Some(
        told.iter()
            .map(|child| Child {
                name: name::part(&child.name),
                birthday: child.birthday,
            })
            .collect(),
    ))
}

impl App {
    /// The person of a record with what only the truth knows: children, who set marks.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn person(&self, view: &View, id: CustomerId) -> Result<Option<Customer>, Refusal> {
        view.check(id)?;
        self.store.read(|tx| tx.person(id).map_err(Refusal::from))
    }

    /// Adds a customer. One who is found by a contact already is enriched instead.
    ///
    /// # Errors
    /// A wrong field.
    pub fn add_customer(&self, view: &View, new: NewCustomer) -> Result<Found, Refusal> {
        let contacts = new.contacts()?;
        let profile = new.profile;
        may_add(view, profile.store)?;
        let view = view.clone();
        let children = checked_children(profile.children.as_deref())?.unwrap_or_default();
        let today = self.today();
        self.store.write(move |tx| -> Result<Found, Refusal> {
            let (Some(store), Some(channel)) = (
                tx.stores()?.first().cloned(),
                tx.channels()?.first().cloned(),
            ) else {
                return Err(Refusal::internal("no store or channel"));
            };
            let own = view.stores().and_then(|stores| stores.first().copied());
            let store = profile.store.or(own).unwrap_or(store.id);
            let known = contacts.find(tx, &view)?;
            let place = (store, channel.id, today);
            let found = contacts.find_or_add(tx, known, place, Origin::Form)?;
            if let (Found::New(id), Some(manager)) = (found, view.own_of()) {
                // Else he would not see whom he has just added.
                tx.set_managers(&[id], Some(manager), Origin::Form, Some(manager))?;
            }
            let (Found::Known(id) | Found::New(id)) = found;
            let mut customer = tx.customer(id)?.ok_or_else(Refusal::not_found)?;
            let before = customer.clone();
            if customer.city.is_empty() {
                customer.city = text::clean(profile.city.as_deref().unwrap_or(""), 100);
            }
            customer.birthday = customer.birthday.or(profile.birthday.flatten());
            if customer.children.is_empty() {
                customer.children.clone_from(&children);
            }
            if let (Found::New(_), Some(sex)) = (found, profile.sex) {
                customer.sex = sex;
            }
            customer.sex = customer.sex.or(profile.sex.flatten());
            profile.about.enrich(&mut customer.about, tx.now());
            let note = match found {
                Found::New(_) => Note::new(&acts::CUSTOMER_ADDED, view.by()).customers([id]),
                Found::Known(_) => Note::new(&acts::CUSTOMER_CHANGED, view.by())
                    .customers([id])
                    .customer_changed(&before, &customer),
            };
            if customer != before {
                tx.update_customers(vec![customer], Origin::Form)?;
            }
            note.write(tx)?;
            Ok(match found {
                Found::Known(id) => Found::Known(tx.root(id)?),
                new => new,
            })
        })
    }

    /// Changes the person of a record; gives the record that stands for him.
    ///
    /// # Errors
    /// A wrong field, or a contact that is somebody else's.
    pub fn change_customer(
        &self,
        view: &View,
        id: CustomerId,
        patch: CustomerPatch,
    ) -> Result<CustomerId, Refusal> {
        view.check(id)?;
        if patch.store.is_some_and(|store| !view.works_in(store)) {
            return Err(no_such_store());
        }
        let view = view.clone();
        let children = checked_children(patch.children.as_deref())?;
        let phones = patch
            .phones
            .as_ref()
            .map(|typed| normalised(typed, "phones", ContactKind::Phone))
            .transpose()?;
        let emails = patch
            .emails
            .as_ref()
            .map(|typed| normalised(typed, "emails", ContactKind::Email))
            .transpose()?;
        self.store.write(move |tx| -> Result<CustomerId, Refusal> {
            let root = tx.root(id)?;
            let mut records = tx.own_values(root)?;
            let before = one_person::merged(&records).ok_or_else(Refusal::not_found)?;
            let mut customer = before.clone();
            for (field, value) in [
                (&mut customer.last_name, &patch.last_name),
                (&mut customer.first_name, &patch.first_name),
                (&mut customer.middle_name, &patch.middle_name),
            ] {
                if let Some(value) = value {
                    *field = name::part(value);
                }
            }
            customer.store_id = patch.store.or(customer.store_id);
            patch.about.apply(&mut customer.about, tx.now());
            if let Some(city) = &patch.city {
                customer.city = text::clean(city, 100);
            }
            if let Some(birthday) = patch.birthday {
                customer.birthday = birthday;
            }
            if let Some(children) = &children {
                customer.children.clone_from(children);
            }
            if let Some(sex) = patch.sex {
                customer.sex = sex;
            }
            for (kind, field, contacts) in [
                (ContactKind::Phone, "phones", &phones),
                (ContactKind::Email, "emails", &emails),
            ] {
                let Some(contacts) = contacts else { continue };
                for contact in contacts {
                    let owner = tx.find_customer(contact)?;
                    // Somebody outside does not exist for who asks: his contact goes on finding him.
                    let known = match owner {
                        Some(owner) => view.may_tell(tx, owner)?,
                        None => false,
                    };
                    let owner = owner.filter(|_| known);
                    if owner.is_some_and(|owner| !records.iter().any(|one| one.id == owner)) {
                        return Err(Refusal::field(
                            field,
                            "belongs_to_another",
                            Text::new(
                                "этот контакт уже у другого клиента",
                                "this contact is another customer's",
                            ),
                        ));
                    }
                }
                customer.contacts.retain(|contact| contact.kind != kind);
                customer.contacts.extend(contacts.iter().cloned());
            }
            if customer != before {
                Note::new(&acts::CUSTOMER_CHANGED, view.by())
                    .customers([root])
                    .customer_changed(&before, &customer)
                    .write(tx)?;
                let were = records.clone();
                one_person::distribute(&before, &customer, &mut records);
                let changed = records.into_iter().zip(were);
                let changed = changed.filter(|(is, was)| is != was).map(|(is, _)| is);
                tx.update_customers(changed.collect(), Origin::Form)?;
            }
            Ok(root)
        })
    }
}

/// Whether whoever sees this may add a customer who registers there.
fn may_add(view: &View, store: Option<StoreId>) -> Result<(), Refusal> {
    if store.is_some_and(|store| !view.works_in(store)) {
        return Err(no_such_store());
    }
    let by_conditions = !view.is_whole() && view.stores().is_none() && view.own_of().is_none();
    if by_conditions {
        // Nobody could say whether he would see the newcomer.
        return Err(crate::view::whole_shop_only());
    }
    Ok(())
}

fn no_such_store() -> Refusal {
    Refusal::field(
        "store",
        "unknown",
        Text::new("такого кода нет", "there is no such code"),
    )
}

fn plain(kind: ContactKind, value: String) -> Contact {
    Contact {
        kind,
        value,
        source: String::new(),
    }
}

fn code(field: &'static str, typed: &str) -> Result<String, Refusal> {
    let value = text::clean(typed, MAX_CODE + 1);
    if value.is_empty() || value.chars().count() > MAX_CODE {
        return Err(Refusal::field(
            field,
            "length",
            Text::new("от 1 до 200 знаков", "from 1 to 200 characters"),
        ));
    }
    Ok(value)
}

fn normalised(
    typed: &[String],
    field: &'static str,
    kind: ContactKind,
) -> Result<Vec<Contact>, Refusal> {
    let mut contacts: Vec<Contact> = Vec::new();
    for (index, one) in typed.iter().enumerate().take(20) {
        let value = match kind {
            ContactKind::Phone => {
                phone::parse(one, PhoneRegion::RUSSIA).map_err(|error| error.code())
            }
            _ => email::parse(one).map_err(|error| error.code()),
        };
        let value = value.map_err(|rule| {
            Refusal::field(
                format!("{field}[{index}]"),
                rule,
                Text::new("такого контакта не бывает", "there is no such contact"),
            )
        })?;
        let contact = plain(kind, value);
        if !contacts.contains(&contact) {
            contacts.push(contact);
        }
    }
    Ok(contacts)
}
