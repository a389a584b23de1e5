//! Customers by whatever contact is known: found, made, enriched, changed.

use crate::App;
use crate::about::AboutPatch;
use crate::caller::Caller;
use crate::journal::{Note, acts, fields};
use crate::purchases::Who;
use crate::refusal::Refusal;
use crate::view::View;
use vernis_domain::contact::verification;
use vernis_domain::customer::{Birthday, Child, MAX_ADDRESS, MAX_CHILDREN};
use vernis_domain::phone::PhoneRegion;
use vernis_domain::{
    ChannelId, Contact, ContactKind, Customer, CustomerId, Day, Instant, Sex, StoreId, Text,
    blocked, name, one_person, text,
};
use vernis_store::{NewConflict, Origin, Owner, ReadTx, StoreError, WriteTx};

/// Normalised contacts of a person, in the order in which they decide who he is.
#[derive(Clone)]
pub struct Contacts {
    id: Option<CustomerId>,
    /// Each with the field it came in.
    contacts: Vec<(Contact, String)>,
    name: name::NameParts,
    /// Values that say nobody and were left out: field and kind.
    fillers: Vec<(String, ContactKind)>,
}

/// What became of a look-up that may add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// He was there.
    Known(CustomerId),
    /// He was made.
    New(CustomerId),
}

/// What was noticed about the contacts of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noticed {
    /// A value that says nobody: a filler, or one the shop has blocked. It was left out.
    Blocked(String, ContactKind),
    /// It finds another person than the one who was taken: it stays his, and the case waits in the
    /// queue of duplicates.
    Conflict(String, ContactKind),
}

impl Noticed {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Blocked(..) => "blocked_contact",
            Self::Conflict(..) => "conflicting_ids",
        }
    }

    /// The field it is about.
    pub fn field(&self) -> &str {
        match self {
            Self::Blocked(field, _) | Self::Conflict(field, _) => field,
        }
    }

    /// In words.
    pub fn words(&self) -> Text {
        match self {
            Self::Blocked(..) => BLOCKED.clone(),
            Self::Conflict(_, kind) => {
                let label = &kind.spec().label;
                Text::owned(
                    format!(
                        "{}: значение уже у другого клиента. Записано на того, кого указал более надёжный признак; случай ждёт в «Клиенты → Дубли».",
                        label.ru
                    ),
                    format!(
                        "{}: the value is another customer's. It was recorded for the one found by the stronger id; the case waits in Customers → Duplicates.",
                        label.en
                    ),
                )
            }
        }
    }
}

/// What is said of a value by which nobody can be recognised.
static BLOCKED: Text = Text::new(
    "это заглушка или контакт из списка запрещённых: по нему людей не узнают, он не записан",
    "a filler or a blocked contact: nobody is recognised by it, it was left out",
);

/// Who a purchase is recorded for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// `None` when all that was said of him says nobody.
    pub found: Option<Found>,
    /// What was noticed.
    pub notes: Vec<Noticed>,
}

/// What the contacts of somebody have found.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// Who it is.
    pub id: Option<CustomerId>,
    /// The kind that found him; `None`: Vernis's own id.
    by: Option<ContactKind>,
    /// Whom the contacts find, in their order, as far as they were asked.
    owners: Vec<Owner>,
}

impl Contacts {
    /// Normalises what the caller knows.
    ///
    /// # Errors
    /// Names the contact that is not what it should be, and a person without any.
    pub fn of(who: &Who) -> Result<Contacts, Refusal> {
        let contacts = Contacts::of_any(who)?;
        let told = contacts.contacts.iter().any(|(one, _)| one.identifies());
        if !told && contacts.id.is_none() && contacts.fillers.is_empty() {
            return Err(no_contact());
        }
        Ok(contacts)
    }

    /// What somebody is looked up by.
    ///
    /// # Errors
    /// A contact that is none; no contact at all.
    pub fn of_known(who: &Who) -> Result<Contacts, Refusal> {
        let contacts = Contacts::of_any(who)?;
        if contacts.contacts.is_empty() && contacts.id.is_none() && contacts.fillers.is_empty() {
            return Err(no_contact());
        }
        Ok(contacts)
    }

    /// The same; none at all will do.
    fn of_any(who: &Who) -> Result<Contacts, Refusal> {
        let mut contacts = Contacts {
            id: who.id,
            contacts: Vec::new(),
            name: who.name.as_deref().map(name::split).unwrap_or_default(),
            fillers: Vec::new(),
        };
        if let Some((source, id)) = &who.external_id {
            contacts.add("customer.external_id", ContactKind::External, source, id)?;
        }
        for (field, kind, typed) in [
            ("customer.card", ContactKind::Card, &who.card),
            ("customer.phone", ContactKind::Phone, &who.phone),
            ("customer.email", ContactKind::Email, &who.email),
        ] {
            if let Some(typed) = typed {
                contacts.add(field, kind, "", typed)?;
            }
        }
        for (at, (kind, typed)) in who.messengers.iter().enumerate() {
            contacts.add(&format!("customer.messengers[{at}]"), *kind, "", typed)?;
        }
        Ok(contacts)
    }

    fn add(
        &mut self,
        field: &str,
        kind: ContactKind,
        source: &str,
        typed: &str,
    ) -> Result<(), Refusal> {
        let value = match kind.normalise(typed, PhoneRegion::RUSSIA) {
            Ok(value) => value,
            Err("phone_filler") => {
                self.fillers.push((field.to_owned(), kind));
                return Ok(());
            }
            Err(rule) => return Err(Refusal::field(field, rule, not_a(kind))),
        };
        let contact = Contact {
            kind,
            value,
            source: text::clean(source, 50),
        };
        self.push(contact, field);
        Ok(())
    }

    /// Takes a contact in, behind those that decide before it.
    fn push(&mut self, contact: Contact, field: &str) {
        if blocked::given(&contact) {
            self.fillers.push((field.to_owned(), contact.kind));
        } else if !self.contacts.iter().any(|(one, _)| *one == contact) {
            let at = self
                .contacts
                .partition_point(|(one, _)| one.kind.priority() <= contact.kind.priority());
            self.contacts.insert(at, (contact, field.to_owned()));
        }
    }

    /// Who it is of those who are seen, by the first contact that finds somebody. At the counter of a
    /// store everybody is found: whoever buys there is its customer from then on.
    ///
    /// # Errors
    /// A given id that is nobody's.
    pub fn find(&self, tx: &mut ReadTx<'_>, view: &View) -> Result<Sought, Refusal> {
        self.find_among(tx, |tx, id| view.may_tell(tx, id))
    }

    fn find_among(
        &self,
        tx: &mut ReadTx<'_>,
        may_tell: impl Fn(&mut ReadTx<'_>, CustomerId) -> Result<bool, StoreError>,
    ) -> Result<Sought, Refusal> {
        let mut sought = Sought::default();
        if let Some(id) = self.id {
            return match tx.customer(id)? {
                Some(_) if may_tell(tx, id)? => {
                    sought.id = Some(id);
                    Ok(sought)
                }
                _ => Err(Refusal::not_found()),
            };
        }
        for (contact, _) in &self.contacts {
            let owner = tx.owner(contact)?;
            sought.owners.push(owner);
            if let Some(id) = owner.id()
                && may_tell(tx, id)?
            {
                (sought.id, sought.by) = (Some(id), Some(contact.kind));
                break;
            }
        }
        Ok(sought)
    }

    /// Who it is at a till: with a scope of stores, whoever there is; an id must be of somebody seen.
    ///
    /// # Errors
    /// A given id that is nobody's.
    pub fn find_at_till(&self, tx: &mut ReadTx<'_>, view: &View) -> Result<Sought, Refusal> {
        if self.id.is_some() || view.stores().is_none() {
            return self.find(tx, view);
        }
        self.find_among(tx, |_, _| Ok(true))
    }

    /// Adds to the person found the contacts that are new and nobody else's, or makes him. A trusted
    /// contact of somebody else stays his: the case is noted for people to decide.
    ///
    /// # Errors
    /// A given id that is nobody's; the database.
    pub fn find_or_add(
        &self,
        tx: &mut WriteTx<'_>,
        view: &View,
        sought: Sought,
        (store, channel, day): (StoreId, ChannelId, Day),
        origin: Origin,
    ) -> Result<Identified, Refusal> {
        let mut notes: Vec<Noticed> = self
            .fillers
            .iter()
            .map(|(field, kind)| Noticed::Blocked(field.clone(), *kind))
            .collect();
        if let Some(id) = sought.id {
            self.enrich(tx, view, (id, &sought), &mut notes, origin)?;
            return Ok(Identified {
                found: Some(Found::Known(id)),
                notes,
            });
        }
        let mut contacts = Vec::with_capacity(self.contacts.len());
        let mut unseen = Vec::new();
        for ((contact, field), owner) in self.contacts.iter().zip(sought.owners) {
            match owner {
                Owner::Blocked => {
                    notes.push(Noticed::Blocked(field.clone(), contact.kind));
                    continue;
                }
                // Who is not seen does not exist for who asks: the contact goes on finding him, and
                // whoever sees both decides.
                Owner::Is(other) => unseen.push((other, contact.kind)),
                Owner::Nobody => {}
            }
            contacts.push(contact.clone());
        }
        if contacts.is_empty() {
            return Ok(Identified { found: None, notes });
        }
        let customer = Customer {
            id: CustomerId(0),
            last_name: self.name.last.clone(),
            first_name: self.name.first.clone(),
            middle_name: self.name.middle.clone(),
            sex: self.name.sex,
            birthday: None,
            city: String::new(),
            address: String::new(),
            other_names: Vec::new(),
            contacts,
            children: Vec::new(),
            about: vernis_domain::About::default(),
            store_id: Some(store),
            channel_id: Some(channel),
            registered_day: day,
            recorded_at: Instant(0),
        };
        let ids = tx.insert_customers(vec![customer], origin)?;
        let conflicts: Vec<NewConflict> = unseen
            .into_iter()
            .map(|second| NewConflict {
                first: (ids[0], Some(second.1)),
                second,
            })
            .collect();
        tx.note_conflicts(&conflicts, origin)?;
        Ok(Identified {
            found: Some(Found::New(ids[0])),
            notes,
        })
    }

    /// Adds to who was found what is new of him.
    fn enrich(
        &self,
        tx: &mut WriteTx<'_>,
        view: &View,
        (id, sought): (CustomerId, &Sought),
        notes: &mut Vec<Noticed>,
        origin: Origin,
    ) -> Result<(), Refusal> {
        let named = !(self.name.last.is_empty() && self.name.first.is_empty());
        // The one contact that found him is his already: the usual till, which knows nothing more.
        if self.id.is_none() && self.contacts.len() == 1 && !named {
            return Ok(());
        }
        let Some(mut customer) = tx.customer(id)? else {
            return Ok(());
        };
        let mut changed = false;
        let mut others = Vec::new();
        for (at, (contact, field)) in self.contacts.iter().enumerate() {
            if customer.contacts.contains(contact) {
                continue;
            }
            let owner = match sought.owners.get(at) {
                Some(owner) => *owner,
                None => tx.owner(contact)?,
            };
            match owner {
                Owner::Blocked => notes.push(Noticed::Blocked(field.clone(), contact.kind)),
                // Two people are never joined silently.
                Owner::Is(other) if other != id => others.push((other, contact.kind, field)),
                _ => {
                    customer.contacts.push(contact.clone());
                    changed = true;
                }
            }
        }
        for (other, kind, field) in others {
            if tx.root(other)? != tx.root(id)? {
                tx.note_conflicts(
                    &[NewConflict {
                        first: (id, sought.by),
                        second: (other, kind),
                    }],
                    origin,
                )?;
                if view.stores().is_some() || view.may_tell(tx, other)? {
                    notes.push(Noticed::Conflict(field.clone(), kind));
                }
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

fn no_contact() -> Refusal {
    Refusal::field(
        "customer",
        "no_contact",
        Text::new(
            "нужен хотя бы один из: id, external_id, card, phone, email или номер в мессенджере",
            "at least one of id, external_id, card, phone, email or a number in a messenger is wanted",
        ),
    )
}

/// What is said of a text that is no contact of its kind.
fn not_a(kind: ContactKind) -> Text {
    match kind {
        ContactKind::Phone => Text::new("это не номер телефона", "this is not a phone number"),
        ContactKind::Email => Text::new("это не адрес почты", "this is not an e-mail address"),
        ContactKind::Card | ContactKind::External => {
            Text::new("от 1 до 200 знаков", "from 1 to 200 characters")
        }
        other => {
            let label = &other.spec().label;
            Text::owned(
                format!("это не контакт {}", label.ru),
                format!("this is no contact of {}", label.en),
            )
        }
    }
}

/// A value by which nobody is recognised, entered by hand.
fn is_blocked(field: &str) -> Refusal {
    Refusal::field(
        field,
        "blocked_contact",
        Text::new(
            "это заглушка или контакт из списка запрещённых: по нему людей не узнают. Уберите его или впишите настоящий",
            "a filler or a blocked contact: nobody is recognised by it. Take it out or enter a real one",
        ),
    )
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
    /// Postal address.
    pub address: Option<String>,
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
    /// All cards, as typed.
    pub cards: Option<Vec<String>>,
    /// All contacts in messengers, as typed.
    pub messengers: Option<Vec<(ContactKind, String)>>,
    /// Store of registration.
    pub store: Option<StoreId>,
    /// What is noted about him.
    pub about: AboutPatch,
}

impl NewCustomer {
    /// All contacts and the name.
    fn contacts(&self) -> Result<Contacts, Refusal> {
        let profile = &self.profile;
        let mut all = Contacts::of_any(&self.who)?;
        for list in profile.contact_lists()? {
            for (contact, field) in list.contacts {
                all.push(contact, &field);
            }
            if let Some(field) = list.filler {
                return Err(is_blocked(&field));
            }
        }
        if let Some((field, _)) = all.fillers.first() {
            return Err(is_blocked(field));
        }
        if all.contacts.is_empty() && all.id.is_none() {
            return Err(no_contact());
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
    pub fn add_customer(
        &self,
        caller: &Caller,
        view: &View,
        new: NewCustomer,
    ) -> Result<Found, Refusal> {
        let origin = caller.origin();
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
            let told = contacts.find_or_add(tx, &view, known, place, origin)?;
            if let Some(Noticed::Blocked(field, _)) = told
                .notes
                .iter()
                .find(|note| matches!(note, Noticed::Blocked(..)))
            {
                return Err(is_blocked(field));
            }
            let found = told.found.ok_or_else(no_contact)?;
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
            if customer.address.is_empty() {
                let typed = profile.address.as_deref().unwrap_or("");
                customer.address = text::clean(typed, MAX_ADDRESS);
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
                tx.update_customers(vec![customer], origin)?;
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
        caller: &Caller,
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
        let lists = patch.contact_lists()?;
        if let Some(field) = lists.iter().find_map(|list| list.filler.as_deref()) {
            return Err(is_blocked(field));
        }
        let origin = caller.origin();
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
            if let Some(address) = &patch.address {
                customer.address = text::clean(address, MAX_ADDRESS);
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
            for list in &lists {
                for (contact, field) in &list.contacts {
                    check_contact(tx, &view, &records, contact, field)?;
                }
                customer
                    .contacts
                    .retain(|contact| !(list.kinds)(contact.kind));
                let wanted = list.contacts.iter().map(|(contact, _)| contact.clone());
                customer.contacts.extend(wanted);
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
                tx.update_customers(changed.collect(), origin)?;
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

pub(crate) fn no_such_store() -> Refusal {
    Refusal::field(
        "store",
        "unknown",
        Text::new("такого кода нет", "there is no such code"),
    )
}

impl App {
    /// Notes how it was made sure that a contact is the person's own; gives the record that stands
    /// for him.
    ///
    /// # Errors
    /// A contact he does not have, or an unknown way.
    pub fn verify_contact(
        &self,
        caller: &Caller,
        view: &View,
        id: CustomerId,
        contact: &Contact,
        how: &str,
    ) -> Result<CustomerId, Refusal> {
        view.check(id)?;
        if verification(how).is_none() {
            return Err(Refusal::field(
                "how",
                "unknown",
                Text::new(
                    "такого способа подтверждения нет",
                    "there is no such way of verifying",
                ),
            ));
        }
        let (contact, how, origin) = (contact.clone(), how.to_owned(), caller.origin());
        let note = Note::new(&acts::CONTACT_VERIFIED, caller)
            .fact(&fields::CONTACT_KIND, contact.kind.code())
            .fact(&fields::HOW, &how);
        self.store.write(move |tx| -> Result<CustomerId, Refusal> {
            let root = tx.root(id)?;
            let records = tx.own_values(root)?;
            let has = |one: &&Customer| one.contacts.contains(&contact);
            let record = records.iter().find(has).ok_or_else(Refusal::not_found)?;
            tx.verify_contact(record.id, &contact, &how, origin)?;
            note.clone().customers([root]).write(tx)?;
            Ok(root)
        })
    }
}

/// A contact put on a card by hand must be able to find its person, unless it stands there already.
pub(crate) fn check_contact(
    tx: &mut ReadTx<'_>,
    view: &View,
    records: &[Customer],
    contact: &Contact,
    field: &str,
) -> Result<(), Refusal> {
    if records.iter().any(|one| one.contacts.contains(contact)) {
        return Ok(());
    }
    if blocked::given(contact) {
        return Err(is_blocked(field));
    }
    match tx.owner(contact)? {
        Owner::Blocked => Err(is_blocked(field)),
        // Somebody outside does not exist for who asks: his contact goes on finding him.
        Owner::Is(owner)
            if !records.iter().any(|one| one.id == owner) && view.may_tell(tx, owner)? =>
        {
            Err(Refusal::field(
                field.split('[').next().unwrap_or(field),
                "belongs_to_another",
                Text::new(
                    "этот контакт уже у другого клиента",
                    "this contact is another customer's",
                ),
            ))
        }
        _ => Ok(()),
    }
}

/// All contacts of some kinds, as a change of the card says them.
struct ContactList {
    /// Of these kinds.
    kinds: fn(ContactKind) -> bool,
    /// Each with its field.
    contacts: Vec<(Contact, String)>,
    /// Field of a value that is only written to fill it.
    filler: Option<String>,
}

impl CustomerPatch {
    /// The lists of contacts it wants, normalised.
    fn contact_lists(&self) -> Result<Vec<ContactList>, Refusal> {
        let mut lists = Vec::new();
        for (typed, field, kind, kinds) in [
            (
                &self.phones,
                "phones",
                ContactKind::Phone,
                (|kind| kind == ContactKind::Phone) as fn(ContactKind) -> bool,
            ),
            (&self.emails, "emails", ContactKind::Email, |kind| {
                kind == ContactKind::Email
            }),
            (&self.cards, "cards", ContactKind::Card, |kind| {
                kind == ContactKind::Card
            }),
        ] {
            if let Some(typed) = typed {
                let typed = typed.iter().map(|one| (kind, one.as_str()));
                lists.push(normalised(typed, field, kinds)?);
            }
        }
        if let Some(typed) = &self.messengers {
            let typed = typed.iter().map(|(kind, one)| (*kind, one.as_str()));
            lists.push(normalised(typed, "messengers", |kind| {
                kind.spec().messenger
            })?);
        }
        Ok(lists)
    }
}

fn normalised<'a>(
    typed: impl Iterator<Item = (ContactKind, &'a str)>,
    field: &'static str,
    kinds: fn(ContactKind) -> bool,
) -> Result<ContactList, Refusal> {
    let mut list = ContactList {
        kinds,
        contacts: Vec::new(),
        filler: None,
    };
    for (index, (kind, one)) in typed.enumerate().take(20) {
        let field = format!("{field}[{index}]");
        let value = match kind.normalise(one, PhoneRegion::RUSSIA) {
            Ok(value) => value,
            Err("phone_filler") => {
                list.filler.get_or_insert(field);
                continue;
            }
            Err(rule) => {
                return Err(Refusal::field(
                    field,
                    rule,
                    Text::new("такого контакта не бывает", "there is no such contact"),
                ));
            }
        };
        let contact = Contact::plain(kind, value);
        if !list.contacts.iter().any(|(one, _)| *one == contact) {
            list.contacts.push((contact, field));
        }
    }
    Ok(list)
}
