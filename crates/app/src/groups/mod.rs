//! Companies and their people, and households. A group is seen by whoever sees everybody, or one of its
//! people; of its people each sees those he sees anyway.

mod household;

pub use household::Household;
pub use vernis_store::{Group, GroupProfile};

use crate::App;
use crate::caller::Caller;
use crate::contacts;
use crate::journal::{Note, acts, fields};
use crate::refusal::Refusal;
use crate::view::View;
use std::collections::BTreeMap;
use vernis_domain::{CustomerId, Text, inn, text};
use vernis_store::{GroupKind, ReadTx, WriteTx};

/// Longest name of a company.
const LONGEST_NAME: usize = 200;
/// Longest note about a company.
const LONGEST_NOTE: usize = 2_000;
/// Longest role.
const LONGEST_ROLE: usize = 60;
/// People of one group at most.
const MOST_PEOPLE: usize = 500;

/// A company with those of its people who are seen.
pub struct Company {
    /// The company.
    pub group: Group,
    /// Its people, each once, with what they are in it.
    pub people: Vec<(CustomerId, String)>,
}

/// What somebody belongs to.
pub struct Circle {
    /// His companies, with what he is in them.
    pub companies: Vec<(Group, String)>,
    /// Who lives with him.
    pub household: Option<Household>,
}

/// A company as it is wanted; `None` leaves a part as it is.
#[derive(Clone, Default)]
pub struct CompanyPatch {
    /// Name.
    pub name: Option<String>,
    /// ИНН; an empty text takes it away.
    pub inn: Option<String>,
    /// КПП; the same.
    pub kpp: Option<String>,
    /// Note.
    pub note: Option<String>,
    /// No longer offered, or again.
    pub archived: Option<bool>,
}

impl CompanyPatch {
    /// The company after the change.
    fn over(&self, before: &GroupProfile) -> Result<GroupProfile, Refusal> {
        let mut profile = before.clone();
        if let Some(name) = &self.name {
            profile.name = text::clean(name, LONGEST_NAME);
        }
        if let Some(note) = &self.note {
            let whole = contacts::typed_over(&before.note, note);
            profile.note = whole.trim().chars().take(LONGEST_NOTE).collect();
        }
        let number = |field: &str, typed: &str, read: fn(&str) -> Option<String>, wrong: Text| {
            if typed.trim().is_empty() {
                return Ok(String::new());
            }
            read(typed).ok_or_else(|| Refusal::field(field, "check_digits", wrong))
        };
        if let Some(typed) = &self.inn {
            let wrong = Text::new(
                "такого ИНН не бывает: нужно 10 или 12 цифр, и контрольные должны сойтись",
                "there is no such ИНН: 10 or 12 digits are wanted, with right check digits",
            );
            profile.inn = number("inn", typed, inn::inn, wrong)?;
        }
        if let Some(typed) = &self.kpp {
            let wrong = Text::new("в КПП 9 знаков", "a КПП has 9 signs");
            profile.kpp = number("kpp", typed, inn::kpp, wrong)?;
        }
        if !profile.kpp.is_empty() && profile.inn.len() != 10 {
            return Err(Refusal::field(
                "kpp",
                "of_companies",
                Text::new(
                    "КПП бывает только у организаций, с ИНН из 10 цифр",
                    "only companies have a КПП, with an ИНН of 10 digits",
                ),
            ));
        }
        if profile.name.is_empty() {
            return Err(Refusal::field(
                "name",
                "empty",
                Text::new("нужно название", "a name is wanted"),
            ));
        }
        Ok(profile)
    }
}

fn checked_role(role: &str) -> String {
    text::clean(role, LONGEST_ROLE)
}

/// Whether somebody who sees this sees a group: everybody's, or one of the people he sees.
fn is_seen(tx: &mut ReadTx<'_>, view: &View, group: i64) -> Result<bool, vernis_store::StoreError> {
    if view.is_whole() {
        return Ok(true);
    }
    for person in tx.people_of_group(group)? {
        if view.may_tell(tx, person.customer)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The person of a record, when he is in the base as it is seen.
fn person(view: &View, record: CustomerId) -> Option<CustomerId> {
    let root = view.links().root(record);
    view.place(root).map(|_| root)
}

fn taken() -> Refusal {
    Refusal::field(
        "inn",
        "taken",
        Text::new(
            "компания с таким ИНН и КПП уже есть",
            "there is a company with this ИНН and КПП already",
        ),
    )
}

impl App {
    /// Companies that are seen, with their people; a text narrows them to names and numbers with it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn companies(&self, view: &View, search: &str) -> Result<Vec<Company>, Refusal> {
        let wanted = text::fold(search.trim());
        let (groups, all) = self.store.read(|tx| -> Result<_, Refusal> {
            let groups = tx.groups(GroupKind::Company)?;
            Ok((groups, tx.belongings(GroupKind::Company)?))
        })?;
        let mut people: BTreeMap<i64, Vec<(CustomerId, String)>> = BTreeMap::new();
        for (group, record) in all {
            if let Some(one) = person(view, record) {
                let list = people.entry(group).or_default();
                if !list.iter().any(|(known, _)| *known == one) {
                    list.push((one, String::new()));
                }
            }
        }
        let fits = |group: &Group| {
            let profile = &group.profile;
            wanted.is_empty()
                || text::fold(&profile.name).contains(&wanted)
                || profile.inn.starts_with(&wanted)
                || profile.kpp.starts_with(&wanted)
        };
        let mut found = Vec::new();
        for group in groups.into_iter().filter(fits) {
            let people = people.remove(&group.id).unwrap_or_default();
            if view.is_whole() || !people.is_empty() {
                found.push(Company { group, people });
            }
        }
        Ok(found)
    }

    /// A company with those of its people who are seen.
    ///
    /// # Errors
    /// Not found, the same for one that is not seen.
    pub fn company(&self, view: &View, id: i64) -> Result<Company, Refusal> {
        let (group, all) = self.store.read(|tx| -> Result<_, Refusal> {
            let group = tx.group(GroupKind::Company, id)?;
            Ok((group, tx.people_of_group(id)?))
        })?;
        let mut people: Vec<(CustomerId, String)> = Vec::new();
        for one in all {
            let Some(root) = person(view, one.customer) else {
                continue;
            };
            match people.iter_mut().find(|(known, _)| *known == root) {
                Some((_, role)) if role.is_empty() => *role = one.role,
                Some(_) => {}
                None => people.push((root, one.role)),
            }
        }
        let seen = view.is_whole() || !people.is_empty();
        let group = group.filter(|_| seen).ok_or_else(Refusal::not_found)?;
        Ok(Company { group, people })
    }

    /// Adds a company with its first people; one that is found by its ИНН and КПП and seen is taken, and the
    /// people join it. Tells whether it is new.
    ///
    /// # Errors
    /// A wrong part; somebody who is not seen; nobody, for whoever sees only a part of the base.
    pub fn add_company(
        &self,
        caller: &Caller,
        view: &View,
        patch: &CompanyPatch,
        people: Vec<(CustomerId, String)>,
    ) -> Result<(i64, bool), Refusal> {
        let profile = patch.over(&GroupProfile::default())?;
        for (one, _) in &people {
            view.check(*one)?;
        }
        if people.is_empty() && !view.is_whole() {
            // Nobody could see it then, not even who adds it.
            return Err(Refusal::field(
                "people",
                "wanted",
                Text::new(
                    "укажите хотя бы одного человека компании",
                    "name at least one person of the company",
                ),
            ));
        }
        let (view, origin) = (view.clone(), caller.origin());
        self.store.write(move |tx| -> Result<(i64, bool), Refusal> {
            let known = match profile.inn.as_str() {
                "" => None,
                inn => tx.company_by_inn(inn, &profile.kpp)?,
            };
            // One that is not seen does not exist for who adds: his is another.
            let known = match known {
                Some(id) if is_seen(tx, &view, id)? => Some(id),
                _ => None,
            };
            let id = match known {
                Some(id) => {
                    let group = tx.group(GroupKind::Company, id)?;
                    let group = group.ok_or_else(Refusal::not_found)?;
                    if group.archived_at.is_some() {
                        tx.change_group(id, &group.profile, false)?;
                    }
                    id
                }
                None => tx.add_group(GroupKind::Company, &profile)?,
            };
            let mut roots = Vec::with_capacity(people.len());
            for (one, role) in &people {
                let root = tx.root(*one)?;
                tx.put_into_group(id, root, Some(&checked_role(role)), origin)?;
                roots.push(root);
            }
            let act = if known.is_none() {
                &acts::COMPANY_ADDED
            } else {
                &acts::COMPANY_PEOPLE
            };
            Note::new(act, view.by())
                .of("company", [id])
                .customers(roots)
                .write(tx)?;
            Ok((id, known.is_none()))
        })
    }

    /// Changes a company.
    ///
    /// # Errors
    /// Not found; a wrong part; an ИНН of another company that is seen.
    pub fn change_company(&self, view: &View, id: i64, patch: CompanyPatch) -> Result<(), Refusal> {
        self.company(view, id)?;
        let view = view.clone();
        self.store.write(move |tx| -> Result<(), Refusal> {
            let before = tx.group(GroupKind::Company, id)?;
            let before = before.ok_or_else(Refusal::not_found)?;
            let profile = patch.over(&before.profile)?;
            let archived = patch.archived.unwrap_or(before.archived_at.is_some());
            if !profile.inn.is_empty()
                && let Some(other) = tx.company_by_inn(&profile.inn, &profile.kpp)?
                && other != id
                && is_seen(tx, &view, other)?
            {
                return Err(taken());
            }
            if profile == before.profile && archived == before.archived_at.is_some() {
                return Ok(());
            }
            let was = &before.profile;
            Note::new(&acts::COMPANY_CHANGED, view.by())
                .of("company", [id])
                .touched(&fields::COMPANY_NAME, profile.name != was.name)
                .touched(&fields::INN, profile.inn != was.inn)
                .touched(&fields::KPP, profile.kpp != was.kpp)
                .touched(&fields::NOTE, profile.note != was.note)
                .changed(&fields::ARCHIVED, before.archived_at.is_some(), archived)
                .write(tx)?;
            Ok(tx.change_group(id, &profile, archived)?)
        })
    }

    /// Puts somebody into a company with a role, or takes him out of it.
    ///
    /// # Errors
    /// Not found: the company, or the person.
    pub fn set_company_person(
        &self,
        caller: &Caller,
        view: &View,
        id: i64,
        customer: CustomerId,
        role: Option<&str>,
    ) -> Result<(), Refusal> {
        self.company(view, id)?;
        view.check(customer)?;
        let (view, origin) = (view.clone(), caller.origin());
        let role = role.map(checked_role);
        self.store.write(move |tx| -> Result<(), Refusal> {
            let root = tx.root(customer)?;
            if !put(tx, id, root, role.as_deref(), origin)? {
                return Ok(());
            }
            Ok(Note::new(&acts::COMPANY_PEOPLE, view.by())
                .of("company", [id])
                .customers([root])
                .write(tx)?)
        })
    }

    /// What somebody belongs to.
    ///
    /// # Errors
    /// Somebody who is not seen.
    pub fn circle_of(&self, view: &View, id: CustomerId) -> Result<Circle, Refusal> {
        view.check(id)?;
        self.store.read(|tx| -> Result<Circle, Refusal> {
            let root = tx.root(id)?;
            let mut companies: Vec<(Group, String)> = Vec::new();
            let records = tx.records_of(root)?;
            for record in &records {
                for one in tx.groups_of(GroupKind::Company, *record)? {
                    if companies.iter().any(|(known, _)| known.id == one.group) {
                        continue;
                    }
                    if let Some(group) = tx.group(GroupKind::Company, one.group)? {
                        companies.push((group, one.role));
                    }
                }
            }
            let household = household::of(tx, view, root, &records)?;
            Ok(Circle {
                companies,
                household,
            })
        })
    }
}

/// Puts the person for whom a record stands into a group, or takes all his records out of it; false when
/// nothing had to be done.
fn put(
    tx: &mut WriteTx<'_>,
    group: i64,
    root: CustomerId,
    role: Option<&str>,
    origin: vernis_store::Origin,
) -> Result<bool, Refusal> {
    let people = tx.people_of_group(group)?;
    let records = tx.records_of(root)?;
    let own = people.iter().filter(|one| records.contains(&one.customer));
    let mut own: Vec<CustomerId> = own.map(|one| one.customer).collect();
    if role.is_some() && own.is_empty() {
        if people.len() >= MOST_PEOPLE {
            return Err(Refusal::field(
                "people",
                "too_many",
                Text::owned(
                    format!("не больше {MOST_PEOPLE}"),
                    format!("at most {MOST_PEOPLE}"),
                ),
            ));
        }
        own.push(root);
    }
    let mut changed = false;
    for record in own {
        changed |= tx.put_into_group(group, record, role, origin)?;
    }
    Ok(changed)
}
