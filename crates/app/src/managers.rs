//! Who looks after whom: set on the card or for many at once.

use crate::App;
use crate::caller::Caller;
use crate::journal::{Note, acts, fields};
use crate::refusal::Refusal;
use crate::view::View;
use vernis_domain::{CustomerId, Text, UserId};
use vernis_store::Origin;

/// Most customers set at once.
const MOST_AT_ONCE: usize = 10_000;

/// The member of staff who looks after a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    /// Who.
    pub id: UserId,
    /// His name.
    pub name: String,
}

impl App {
    /// Who looks after a customer.
    ///
    /// # Errors
    /// Somebody who is not seen.
    pub fn manager_of(&self, view: &View, id: CustomerId) -> Result<Option<Manager>, Refusal> {
        view.check(id)?;
        let root = view.links().root(id);
        let Some(manager) = view.managers().of_person(view.links(), root) else {
            return Ok(None);
        };
        let user = self
            .store
            .read(|tx| tx.user(manager).map_err(Refusal::from))?;
        Ok(user.map(|user| Manager {
            id: user.id,
            name: user.name,
        }))
    }

    /// Whom a customer may be given to: who can sign in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn possible_managers(&self) -> Result<Vec<Manager>, Refusal> {
        let all = self.users()?.into_iter();
        Ok(all
            .map(|user| Manager {
                id: user.id,
                name: user.name,
            })
            .collect())
    }

    /// Sets who looks after customers, or that nobody does. Tells how many are other than before.
    ///
    /// # Errors
    /// A customer who is not seen; a member of staff who is not there or is blocked.
    pub fn set_managers(
        &self,
        caller: &Caller,
        view: &View,
        ids: &[CustomerId],
        manager: Option<UserId>,
    ) -> Result<usize, Refusal> {
        if ids.is_empty() || ids.len() > MOST_AT_ONCE {
            return Err(Refusal::field(
                "customers",
                "out_of_range",
                Text::new("от 1 до 10000 клиентов", "from 1 to 10000 customers"),
            ));
        }
        for id in ids {
            view.check(*id)?;
        }
        let (ids, set_by) = (ids.to_vec(), caller.user_id());
        let note = Note::new(&acts::MANAGER_SET, caller).customers(ids.iter().copied());
        self.store.write(move |tx| -> Result<usize, Refusal> {
            let mut name = String::new();
            if let Some(manager) = manager {
                let user = tx.user(manager)?;
                let user = user.filter(|user| user.blocked_at.is_none());
                name = user
                    .ok_or_else(|| {
                        Refusal::field(
                            "manager",
                            "unknown",
                            Text::new("такого сотрудника нет", "there is no such member of staff"),
                        )
                    })?
                    .name;
            }
            // The person is told by his own record: what those joined to him had counts no more.
            let mut roots = Vec::with_capacity(ids.len());
            for id in &ids {
                let root = tx.root(*id)?;
                if manager.is_none() {
                    roots.extend(tx.records_of(root)?);
                } else {
                    roots.push(root);
                }
            }
            roots.sort_unstable();
            roots.dedup();
            let changed = tx
                .set_managers(&roots, manager, Origin::Form, set_by)?
                .len();
            if changed > 0 {
                note.clone().fact(&fields::NAME, &name).write(tx)?;
            }
            Ok(changed)
        })
    }
}
