//! Who asks: a member of staff, an API key or the command line; what he may do, whom he sees, and
//! from where he came. Every use case that somebody asks for takes this.

use crate::journal::By;
use crate::permission::{Permission, Permissions};
use crate::refusal::{Refusal, RefusalKind};
use crate::scope::Scope;
use std::net::IpAddr;
use std::sync::Arc;
use vernis_domain::{Text, UserId};

/// Who.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A member of staff.
    Staff(UserId),
    /// An API key, by its row.
    Key(i64),
    /// Whoever has the command line of the server.
    Shell,
}

/// From where a request came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Network address, when it came over the network.
    pub address: Option<IpAddr>,
    /// How the program names itself (`User-Agent`), made harmless.
    pub agent: String,
}

/// Somebody who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// Login, or the name of the key.
    pub login: String,
    /// Name shown on pages.
    pub name: String,
    /// Code of his role; empty for a key.
    pub role: String,
    /// From where.
    pub from: Origin,
    /// He has to set up a second factor before he can do anything else.
    pub set_up_first: bool,
    pub(crate) permissions: Permissions,
    pub(crate) scope: Arc<Scope>,
}

impl From<&Caller> for By {
    fn from(caller: &Caller) -> By {
        By {
            actor: match caller.actor {
                Actor::Staff(id) => vernis_store::Actor::Staff(id),
                Actor::Key(id) => vernis_store::Actor::Key(id),
                Actor::Shell => vernis_store::Actor::Command,
            },
            address: caller
                .from
                .address
                .map(|address| address.to_string())
                .unwrap_or_default(),
            agent: caller.from.agent.clone(),
        }
    }
}

impl Caller {
    /// Whoever has the command line: may do everything and sees everybody.
    pub fn shell() -> Caller {
        Caller {
            actor: Actor::Shell,
            login: "shell".to_owned(),
            name: "shell".to_owned(),
            role: String::new(),
            from: Origin::default(),
            set_up_first: false,
            permissions: Permissions::all(),
            scope: Arc::default(),
        }
    }

    /// Where what he does is said to come from.
    pub(crate) fn origin(&self) -> vernis_store::Origin {
        match self.actor {
            Actor::Staff(id) => vernis_store::Origin::Staff(id.0),
            Actor::Key(id) => vernis_store::Origin::Key(id),
            Actor::Shell => vernis_store::Origin::Form,
        }
    }

    /// The member of staff who asks; nobody for a key.
    pub fn user_id(&self) -> Option<UserId> {
        match self.actor {
            Actor::Staff(id) => Some(id),
            Actor::Key(_) | Actor::Shell => None,
        }
    }

    /// What he may do.
    pub fn permissions(&self) -> Permissions {
        self.permissions
    }

    /// Whom he sees.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether he may.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }

    /// Refuses when he may not.
    ///
    /// # Errors
    /// One plain refusal that names what is missing, and nothing of what was asked for.
    pub fn need(&self, permission: Permission) -> Result<(), Refusal> {
        if self.may(permission) {
            return Ok(());
        }
        let label = &permission.entry().label;
        Err(Refusal::new(
            RefusalKind::Forbidden,
            "not_allowed",
            Text::owned(
                format!(
                    "Вашей роли этого нельзя: «{}». Ничего не изменено.",
                    label.ru
                ),
                format!("Your role may not: \"{}\". Nothing was changed.", label.en),
            ),
        ))
    }

    /// Refuses a key: what is a person's own, or would let a key outlive its end.
    ///
    /// # Errors
    /// When it is not a member of staff who asks.
    pub fn need_person(&self) -> Result<UserId, Refusal> {
        self.user_id().ok_or_else(|| {
            Refusal::new(
                RefusalKind::Forbidden,
                "people_only",
                Text::new(
                    "Это может только человек, вошедший по паролю.",
                    "Only a person signed in with a password may do this.",
                ),
            )
        })
    }

    /// Refuses to give away more than he has himself: a permission he lacks, a customer he does not
    /// see.
    ///
    /// # Errors
    /// Names the field that is too much.
    pub fn may_give(&self, permissions: Permissions, scope: &Scope) -> Result<(), Refusal> {
        if let Some(more) = permissions.iter().find(|one| !self.may(*one)) {
            let label = &more.entry().label;
            return Err(Refusal::field(
                "permissions",
                "more_than_own",
                Text::owned(
                    format!("вам самим этого нельзя: «{}»", label.ru),
                    format!("you may not do this yourself: \"{}\"", label.en),
                ),
            ));
        }
        if permissions.has(Permission::ImportsRun) && !permissions.has(Permission::ContactsSee) {
            return Err(Refusal::field(
                "permissions",
                "needs_contacts",
                Text::new(
                    "в файлах контакты видны: к загрузке файлов нужно и «Видеть контакты целиком»",
                    "files show contacts: loading files needs \"See contacts in full\" too",
                ),
            ));
        }
        if self.scope.covers(scope) {
            return Ok(());
        }
        Err(Refusal::field(
            "scope",
            "more_than_own",
            Text::new(
                "это больше клиентов, чем видно вам самим",
                "these are more customers than you see yourself",
            ),
        ))
    }
}
