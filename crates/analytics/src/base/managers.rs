//! Who looks after whom: the responsible member of staff of each record that has one.

use super::cut::Chosen;
use super::links::Links;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use vernis_domain::{CustomerId, UserId};

/// Parts the records are kept in: a change copies one of them.
const PARTS: usize = 256;

/// All records that have a manager. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Managers {
    /// Empty while nobody has one.
    parts: Arc<Vec<Arc<HashMap<CustomerId, UserId>>>>,
}

fn part(id: CustomerId) -> usize {
    id.0.rem_euclid(PARTS as i64) as usize
}

impl Managers {
    /// The manager of a record itself.
    pub fn get(&self, id: CustomerId) -> Option<UserId> {
        self.parts.get(part(id))?.get(&id).copied()
    }

    /// Sets or takes away the manager of a record.
    pub(crate) fn put(&mut self, id: CustomerId, manager: Option<UserId>) {
        if self.get(id) == manager {
            return;
        }
        let parts = Arc::make_mut(&mut self.parts);
        if parts.is_empty() {
            parts.resize_with(PARTS, Arc::default);
        }
        let part = Arc::make_mut(&mut parts[part(id)]);
        match manager {
            Some(manager) => part.insert(id, manager),
            None => part.remove(&id),
        };
    }

    /// Every record that has one.
    pub fn all(&self) -> impl Iterator<Item = (CustomerId, UserId)> {
        let parts = self.parts.iter();
        parts.flat_map(|part| part.iter().map(|(id, manager)| (*id, *manager)))
    }

    /// The manager of the person for whom `root` stands: his own, or else the one of the record
    /// joined to him that was recorded first.
    pub fn of_person(&self, links: &Links, root: CustomerId) -> Option<UserId> {
        self.get(root).or_else(|| {
            let joined = links.all().map(|(id, _)| id);
            let mine = joined.filter(|id| links.root(*id) == root);
            mine.filter_map(|id| Some((id, self.get(id)?)))
                .min_by_key(|(id, _)| *id)
                .map(|(_, manager)| manager)
        })
    }

    /// The people one looks after.
    pub fn people_of(&self, links: &Links, manager: UserId) -> Chosen {
        // Of a person: by his own record before a joined one, then by the order of recording.
        let mut people: BTreeMap<CustomerId, (bool, CustomerId, UserId)> = BTreeMap::new();
        for (id, own) in self.all() {
            let root = links.root(id);
            let told = (id != root, id, own);
            let first = people.entry(root).or_insert(told);
            if (told.0, told.1) < (first.0, first.1) {
                *first = told;
            }
        }
        let mine = people.into_iter().filter(|(_, told)| told.2 == manager);
        mine.map(|(root, _)| root).collect()
    }
}
