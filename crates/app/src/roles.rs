//! Roles: the given ones and the shop's own, as they are now.

use crate::App;
use crate::caller::Caller;
use crate::journal::{Note, acts, fields};
use crate::permission::{self, GIVEN, OWNER, Permissions};
use crate::refusal::{Refusal, RefusalKind};
use vernis_domain::{Text, text};
use vernis_store::{ReadTx, RoleRow, StoreError};

/// One role.
#[derive(Clone, Debug)]
pub struct Role {
    /// Code.
    pub code: String,
    /// Name.
    pub name: Text,
    /// For whom; empty for the shop's own.
    pub about: Text,
    /// What it may do.
    pub permissions: Permissions,
    /// The program gives it: it cannot be removed.
    pub given: bool,
    /// The shop edited it.
    pub edited: bool,
}

/// All roles.
pub struct Roles(Vec<Role>);

impl Roles {
    pub(crate) fn read(tx: &mut ReadTx<'_>) -> Result<Roles, StoreError> {
        let kept = tx.roles()?;
        let edited = |code: &str| kept.iter().find(|row| row.code == code);
        let mut all: Vec<Role> = GIVEN
            .iter()
            .map(|role| {
                let edited = edited(role.code).filter(|_| role.code != OWNER);
                Role {
                    code: role.code.to_owned(),
                    name: role.name.clone(),
                    about: role.about.clone(),
                    permissions: edited
                        .map_or_else(|| role.set(), |row| Permissions::parse(&row.permissions)),
                    given: true,
                    edited: edited.is_some(),
                }
            })
            .collect();
        let own = |row: RoleRow| Role {
            code: row.code,
            name: Text::owned(row.name.clone(), row.name),
            about: Text::new("", ""),
            permissions: Permissions::parse(&row.permissions),
            given: false,
            edited: true,
        };
        let theirs = kept.into_iter();
        all.extend(
            theirs
                .filter(|row| permission::given(&row.code).is_none())
                .map(own),
        );
        Ok(Roles(all))
    }

    /// All of them, the given ones first.
    pub fn all(&self) -> &[Role] {
        &self.0
    }

    /// The role of a code.
    pub fn find(&self, code: &str) -> Option<&Role> {
        self.0.iter().find(|role| role.code == code)
    }

    /// What a role may do; one that is not there may do nothing.
    pub fn permissions(&self, code: &str) -> Permissions {
        self.find(code)
            .map_or(Permissions::NONE, |role| role.permissions)
    }

    /// The role of a code, or the field error.
    pub(crate) fn check(&self, code: &str) -> Result<&Role, Refusal> {
        self.find(code).ok_or_else(|| {
            Refusal::field(
                "role",
                "unknown",
                Text::new("такой роли нет", "there is no such role"),
            )
        })
    }
}

/// What a role is to be.
#[derive(Clone, Debug)]
pub struct RolePlan {
    /// Name, for one of the shop's own.
    pub name: String,
    /// What it may do.
    pub permissions: Permissions,
}

fn owner_stays() -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        "owner_stays",
        Text::new(
            "Владелец может всё, и это не меняется.",
            "The owner may do everything, and that stays.",
        ),
    )
}

fn checked_name(name: String) -> Result<String, Refusal> {
    if (1..=60).contains(&name.chars().count()) {
        return Ok(name);
    }
    Err(Refusal::field(
        "name",
        "length",
        Text::new("от 1 до 60 знаков", "from 1 to 60 characters"),
    ))
}

impl App {
    /// Edits a role or, without a code, makes one; ends the sessions of all who have it.
    ///
    /// # Errors
    /// The owner's role; one that is not there; more than the caller may himself, before or after.
    pub fn put_role(
        &self,
        caller: &Caller,
        code: Option<&str>,
        plan: RolePlan,
    ) -> Result<Role, Refusal> {
        if code == Some(OWNER) {
            return Err(owner_stays());
        }
        let made = self.randomness.token();
        let made = format!("own-{}", &made[..made.len().min(8)].to_lowercase());
        let (code, caller) = (code.map(str::to_owned), caller.clone());
        let role = self.store.write(move |tx| -> Result<Role, Refusal> {
            let roles = Roles::read(tx)?;
            caller.may_give(plan.permissions, caller.scope())?;
            let name = text::clean(&plan.name, 61);
            let row = match &code {
                Some(code) => {
                    let before = roles.find(code).ok_or_else(Refusal::not_found)?;
                    caller.may_give(before.permissions, caller.scope())?;
                    RoleRow {
                        code: code.clone(),
                        name: if before.given {
                            String::new()
                        } else {
                            checked_name(name)?
                        },
                        permissions: plan.permissions.text(),
                    }
                }
                None => RoleRow {
                    code: made.clone(),
                    name: checked_name(name)?,
                    permissions: plan.permissions.text(),
                },
            };
            let before = roles.permissions(&row.code);
            tx.put_role(&row)?;
            Note::new(&acts::ROLE_CHANGED, &caller)
                .fact(&fields::ROLE, &row.code)
                .changed(&fields::MAY, before.text(), &row.permissions)
                .write(tx)?;
            let after = Roles::read(tx)?;
            after
                .find(&row.code)
                .cloned()
                .ok_or_else(Refusal::not_found)
        })?;
        self.access.forget();
        Ok(role)
    }

    /// Removes one of the shop's own roles, or gives a given one its permissions back.
    ///
    /// # Errors
    /// The owner's role; one that is not there or that somebody has; more than the caller may.
    pub fn drop_role(&self, caller: &Caller, code: &str) -> Result<(), Refusal> {
        if code == OWNER {
            return Err(owner_stays());
        }
        let (code, caller) = (code.to_owned(), caller.clone());
        self.store.write(move |tx| -> Result<(), Refusal> {
            let roles = Roles::read(tx)?;
            let role = roles.find(&code).ok_or_else(Refusal::not_found)?;
            caller.may_give(role.permissions, caller.scope())?;
            match permission::given(&code) {
                Some(given) => caller.may_give(given.set(), caller.scope())?,
                None if tx.users()?.iter().any(|user| user.role == code) => {
                    return Err(Refusal::new(
                        RefusalKind::Conflict,
                        "role_in_use",
                        Text::new(
                            "Эта роль у кого-то есть: сначала дайте им другую. Ничего не изменено.",
                            "Somebody has this role: give them another one first. Nothing was changed.",
                        ),
                    ));
                }
                None => {}
            }
            tx.drop_role(&code)?;
            Note::new(&acts::ROLE_REMOVED, &caller)
                .fact(&fields::ROLE, &code)
                .write(tx)?;
            Ok(())
        })?;
        self.access.forget();
        Ok(())
    }

    /// All roles as they are now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn roles(&self) -> Result<Vec<Role>, Refusal> {
        let roles = self
            .store
            .read(|tx| Roles::read(tx).map_err(Refusal::from))?;
        Ok(roles.0)
    }
}
