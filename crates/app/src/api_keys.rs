//! API keys: what each may do and see, how often it may ask, and how its secret is replaced.

use crate::App;
use crate::caller::Caller;
use crate::journal::{Note, acts, fields};
use crate::permission::Permissions;
use crate::refusal::{Refusal, RefusalKind};
use crate::scope::Scope;
use vernis_domain::{Instant, Text};
use vernis_store::{ApiKey, NewApiKey};

/// Most requests a minute that a limit may name.
const MOST_PER_MINUTE: i64 = 1_000_000;
/// Longest time the secret before works on after a rotation, hours.
const MOST_GRACE_HOURS: i64 = 30 * 24;

/// What a key is to be.
#[derive(Clone, Debug)]
pub struct KeyPlan {
    /// Name: who uses it.
    pub name: String,
    /// What it may do.
    pub permissions: Permissions,
    /// Whom it sees.
    pub scope: Scope,
    /// Most requests a minute; `None`: as many as come.
    pub per_minute: Option<i64>,
}

impl KeyPlan {
    /// A key that may do everything a key can.
    pub fn full(name: &str) -> KeyPlan {
        KeyPlan {
            name: name.to_owned(),
            permissions: Permissions::of_keys(),
            scope: Scope::All,
            per_minute: None,
        }
    }

    fn checked(self, caller: &Caller) -> Result<NewApiKey, Refusal> {
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 100 {
            return Err(Refusal::field(
                "name",
                "length",
                Text::new("от 1 до 100 знаков", "from 1 to 100 characters"),
            ));
        }
        if !Permissions::of_keys().has_all(self.permissions) {
            return Err(Refusal::field(
                "permissions",
                "people_only",
                Text::new(
                    "это может только человек, не ключ",
                    "only a person may do this, not a key",
                ),
            ));
        }
        if self
            .per_minute
            .is_some_and(|most| !(1..=MOST_PER_MINUTE).contains(&most))
        {
            return Err(Refusal::field(
                "per_minute",
                "out_of_range",
                Text::new("от 1 до 1000000", "from 1 to 1000000"),
            ));
        }
        if self.scope == Scope::Own {
            return Err(Refusal::field(
                "scope",
                "people_only",
                Text::new(
                    "своих клиентов у ключа не бывает",
                    "a key has no customers of its own",
                ),
            ));
        }
        caller.may_give(self.permissions, &self.scope)?;
        Ok(NewApiKey {
            name,
            permissions: self.permissions.text(),
            scope: self.scope.text(),
            per_minute: self.per_minute,
        })
    }
}

impl App {
    /// API keys that work.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn api_keys(&self) -> Result<Vec<ApiKey>, Refusal> {
        self.store.read(|tx| -> Result<Vec<ApiKey>, Refusal> {
            let all = tx.api_keys()?.into_iter();
            Ok(all.filter(|key| key.revoked_at.is_none()).collect())
        })
    }

    /// Makes an API key; the key itself is shown once and kept as a hash.
    ///
    /// # Errors
    /// A wrong field, or more than the caller may give.
    pub fn add_api_key(&self, caller: &Caller, plan: KeyPlan) -> Result<(i64, String), Refusal> {
        let plan = plan.checked(caller)?;
        let key = format!("vk_{}", self.randomness.token());
        let secret = key.clone();
        let note = Note::new(&acts::KEY_MADE, caller);
        let id = self.store.write(move |tx| -> Result<i64, Refusal> {
            let id = tx.create_api_key(&plan, &secret)?;
            let note = note.clone().of("key", [id]);
            note.fact(&fields::NAME, &plan.name)
                .fact(&fields::MAY, &plan.permissions)
                .fact(&fields::SCOPE, &plan.scope)
                .write(tx)?;
            Ok(id)
        })?;
        Ok((id, key))
    }

    /// Changes what a key is called and may do.
    ///
    /// # Errors
    /// Not found, a wrong field, or more than the caller may give or take.
    pub fn change_api_key(&self, caller: &Caller, id: i64, plan: KeyPlan) -> Result<(), Refusal> {
        let plan = plan.checked(caller)?;
        let caller = caller.clone();
        self.store.write(move |tx| -> Result<(), Refusal> {
            let all = tx.api_keys()?;
            let before = within(&caller, &all, id)?;
            if !tx.change_api_key(id, &plan)? {
                return Err(Refusal::not_found());
            }
            Note::new(&acts::KEY_CHANGED, &caller)
                .of("key", [id])
                .changed(&fields::NAME, &before.name, &plan.name)
                .changed(&fields::MAY, &before.permissions, &plan.permissions)
                .changed(&fields::SCOPE, &before.scope, &plan.scope)
                .write(tx)?;
            Ok(())
        })?;
        self.access.forget();
        Ok(())
    }

    /// Gives a key a new secret; the one before works for `grace_hours` more, or ends at once.
    ///
    /// # Errors
    /// Not found, or a time that is too long.
    pub fn rotate_api_key(
        &self,
        caller: &Caller,
        id: i64,
        grace_hours: i64,
    ) -> Result<String, Refusal> {
        if !(0..=MOST_GRACE_HOURS).contains(&grace_hours) {
            return Err(Refusal::field(
                "grace_hours",
                "out_of_range",
                Text::new("от 0 до 720 часов", "from 0 to 720 hours"),
            ));
        }
        let until = Instant(self.now().0 + grace_hours * 3_600_000_000);
        let key = format!("vk_{}", self.randomness.token());
        let (secret, caller) = (key.clone(), caller.clone());
        self.store.write(move |tx| -> Result<(), Refusal> {
            let all = tx.api_keys()?;
            within(&caller, &all, id)?;
            if !tx.rotate_api_key(id, &secret, until)? {
                return Err(Refusal::not_found());
            }
            Note::new(&acts::KEY_ROTATED, &caller)
                .of("key", [id])
                .write(tx)?;
            Ok(())
        })?;
        self.access.forget();
        Ok(key)
    }

    /// Ends an API key.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn revoke_api_key(&self, caller: &Caller, id: i64) -> Result<(), Refusal> {
        let note = Note::new(&acts::KEY_REVOKED, caller).of("key", [id]);
        self.store.write(move |tx| -> Result<(), Refusal> {
            if !tx.revoke_api_key(id)? {
                return Err(Refusal::not_found());
            }
            note.write(tx)?;
            Ok(())
        })?;
        self.access.forget();
        Ok(())
    }
}

/// A key that may do more than the caller is not his to change: he could take its secret.
fn within<'a>(caller: &Caller, all: &'a [ApiKey], id: i64) -> Result<&'a ApiKey, Refusal> {
    let key = all
        .iter()
        .find(|key| key.id == id && key.revoked_at.is_none())
        .ok_or_else(Refusal::not_found)?;
    let permissions = Permissions::parse(&key.permissions).and(Permissions::of_keys());
    caller
        .may_give(permissions, &Scope::parse(&key.scope))
        .map_err(|_| {
            Refusal::new(
                RefusalKind::Forbidden,
                "key_may_more",
                Text::new(
                    "Этот ключ может больше, чем вы: изменить его нельзя.",
                    "This key may do more than you: you cannot change it.",
                ),
            )
        })?;
    Ok(key)
}
