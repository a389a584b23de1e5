//! Members of staff: invited, given a role and a scope, blocked, signed out. Whatever changes what
//! somebody may do ends all his sessions in the same transaction. Nobody gives, or touches somebody
//! who has, more than he has himself; an owner always remains.

use crate::App;
use crate::access::{
    Browser, HOUR_MICROS, LINK_HOURS, SESSION_DAYS, SignedIn, StaffUser, checked_login,
    display_name, login_taken,
};
use crate::caller::Caller;
use crate::journal::{By, Note, acts, fields};
use crate::password;
use crate::permission::OWNER;
use crate::refusal::{Refusal, RefusalKind};
use crate::roles::Roles;
use crate::scope::Scope;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use vernis_domain::{Instant, Text, UserId};
use vernis_store::{ReadTx, WriteTx};

/// Purpose of a link that invites a member of staff.
const INVITE: &str = "invite";

/// What an invitation gives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Invitation {
    /// Name shown on pages; may be empty.
    pub name: String,
    /// Code of the role.
    pub role: String,
    /// Whom he will see.
    pub scope: Scope,
    /// Who invites: his invitations end with him.
    by: Option<i64>,
}

impl Invitation {
    /// An invitation to a role and a scope.
    pub fn new(name: &str, role: &str, scope: Scope) -> Invitation {
        Invitation {
            name: display_name(name, ""),
            role: role.to_owned(),
            scope,
            by: None,
        }
    }
}

/// An invitation that was not taken up yet.
pub struct OpenInvitation {
    /// What to take it back by.
    pub handle: String,
    /// What it gives.
    pub invitation: Invitation,
    /// When it ends.
    pub expires_at: Instant,
}

/// A member of staff as the page shows him.
pub struct Member {
    /// Who.
    pub user: StaffUser,
    /// When he last signed in, of the sessions that are open.
    pub signed_in_at: Option<Instant>,
    /// Whether he signs in with a code.
    pub second_factor: bool,
    /// Whether the one who asks may change him.
    pub can_change: bool,
}

/// A change; `None` leaves a value as it is.
#[derive(Clone, Debug, Default)]
pub struct StaffPatch {
    /// Name shown on pages.
    pub name: Option<String>,
    /// Code of the role.
    pub role: Option<String>,
    /// Whom he sees.
    pub scope: Option<Scope>,
    /// Whether he is kept out.
    pub blocked: Option<bool>,
}

impl App {
    /// All members of staff, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn staff(&self, caller: &Caller) -> Result<Vec<Member>, Refusal> {
        self.store.read(|tx| -> Result<Vec<Member>, Refusal> {
            let roles = Roles::read(tx)?;
            let last: HashMap<_, _> = tx.last_sign_ins()?.into_iter().collect();
            let with_codes = tx.with_second_factor()?;
            let member = |user: StaffUser| Member {
                second_factor: with_codes.contains(&user.id),
                signed_in_at: last.get(&user.id).copied(),
                can_change: may_touch(caller, &roles, &user).is_ok(),
                user,
            };
            Ok(tx.users()?.into_iter().map(member).collect())
        })
    }

    /// Invites somebody: a link that works once, for a day.
    ///
    /// # Errors
    /// A role that is not there; more than the caller has himself.
    pub fn invite(&self, caller: &Caller, invitation: Invitation) -> Result<String, Refusal> {
        let invitation = Invitation {
            by: caller.user_id().map(|id| id.0),
            ..invitation
        };
        let token = self.randomness.token();
        let (secret, caller) = (token.clone(), caller.clone());
        let expires = Instant(self.now().0 + LINK_HOURS * HOUR_MICROS);
        self.store.write(move |tx| -> Result<(), Refusal> {
            let roles = Roles::read(tx)?;
            let role = roles.check(&invitation.role)?;
            caller.may_give(role.permissions, &invitation.scope)?;
            let gives = serde_json::to_string(&invitation).map_err(Refusal::internal)?;
            tx.create_link(&secret, INVITE, expires, &gives)?;
            Note::new(&acts::STAFF_INVITED, &caller)
                .fact(&fields::ROLE, &invitation.role)
                .fact(&fields::SCOPE, invitation.scope.text())
                .write(tx)?;
            Ok(())
        })?;
        Ok(token)
    }

    /// Invitations that were not taken up yet, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn invitations(&self) -> Result<Vec<OpenInvitation>, Refusal> {
        self.store.read(|tx| -> Result<_, Refusal> {
            let open = tx.open_links(INVITE)?.into_iter();
            let read = |link: vernis_store::OpenLink| {
                Some(OpenInvitation {
                    invitation: serde_json::from_str(&link.gives).ok()?,
                    handle: link.handle,
                    expires_at: link.expires_at,
                })
            };
            Ok(open.filter_map(read).collect())
        })
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    /// Not found.
    pub fn withdraw_invitation(&self, caller: &Caller, handle: &str) -> Result<(), Refusal> {
        let handle = handle.to_owned();
        let note = Note::new(&acts::INVITATION_WITHDRAWN, caller);
        self.store.write(move |tx| -> Result<(), Refusal> {
            if !tx.drop_link(&handle, INVITE)? {
                return Err(Refusal::not_found());
            }
            note.write(tx)?;
            Ok(())
        })
    }

    /// What an invitation gives, with the name of its role.
    ///
    /// # Errors
    /// Not found, when it was used, is too old, was taken back, or never was.
    pub fn check_invitation(&self, token: &str) -> Result<(Invitation, Text), Refusal> {
        self.store.read(|tx| -> Result<_, Refusal> {
            let invitation = good(tx, token)?;
            let roles = Roles::read(tx)?;
            let name = roles.check(&invitation.role)?.name.clone();
            Ok((invitation, name))
        })
    }

    /// Takes an invitation up: makes the member of staff and signs him in.
    ///
    /// # Errors
    /// A wrong field, or a link that does not work any more; nothing is changed then.
    pub fn accept_invitation(
        &self,
        token: &str,
        login: &str,
        name: &str,
        password: &str,
        browser: &Browser,
    ) -> Result<SignedIn, Refusal> {
        let login = checked_login(login)?;
        let hash = password::hash(password, &login, &self.randomness)?;
        let session = self.randomness.token();
        let device = self.new_device(&login);
        let (link, secret, agent) = (token.to_owned(), session.clone(), browser.agent());
        let name = name.to_owned();
        let expires = Instant(self.now().0 + SESSION_DAYS * 24 * HOUR_MICROS);
        self.store.write(move |tx| -> Result<(), Refusal> {
            let invitation = good(tx, &link)?;
            if !tx.use_link(&link, INVITE)? {
                return Err(Refusal::not_found());
            }
            Roles::read(tx)?.check(&invitation.role)?;
            if tx.user_by_login(&login)?.is_some() {
                return Err(login_taken());
            }
            let shown = match name.trim() {
                "" => display_name(&invitation.name, &login),
                typed => display_name(typed, &login),
            };
            let scope = invitation.scope.text();
            let user = tx.create_user(&login, &shown, &hash, &invitation.role, &scope)?;
            tx.create_session(&secret, user, expires, &agent)?;
            let by = By {
                actor: vernis_store::Actor::Staff(user),
                address: String::new(),
                agent: agent.clone(),
            };
            Note::new(&acts::STAFF_ADDED, by)
                .of("staff", [user.0])
                .fact(&fields::ROLE, &invitation.role)
                .fact(&fields::SCOPE, &scope)
                .write(tx)?;
            Ok(())
        })?;
        Ok(SignedIn { session, device })
    }

    /// Changes a member of staff. Another role or scope, and a block, end all his sessions at once.
    ///
    /// # Errors
    /// Not found; oneself; somebody who may more; the last owner.
    pub fn change_staff(
        &self,
        caller: &Caller,
        id: UserId,
        patch: StaffPatch,
    ) -> Result<(), Refusal> {
        let caller = caller.clone();
        self.store.write(move |tx| -> Result<(), Refusal> {
            let before = tx.user(id)?.ok_or_else(Refusal::not_found)?;
            let roles = Roles::read(tx)?;
            may_touch(&caller, &roles, &before)?;
            let role = patch.role.clone().unwrap_or_else(|| before.role.clone());
            let scope = match &patch.scope {
                Some(scope) => scope.clone(),
                None => Scope::parse(&before.scope),
            };
            let powers = (role != before.role) || scope != Scope::parse(&before.scope);
            let blocked = patch.blocked.unwrap_or(before.blocked_at.is_some());
            if caller.user_id() == Some(id) && (powers || blocked) {
                return Err(oneself());
            }
            if powers {
                caller.may_give(roles.check(&role)?.permissions, &scope)?;
            }
            let name = match &patch.name {
                Some(name) => display_name(name, &before.login),
                None => before.name.clone(),
            };
            tx.change_user(id, &name, &role, &scope.text())?;
            if powers || name != before.name {
                Note::new(&acts::STAFF_CHANGED, &caller)
                    .of("staff", [id.0])
                    .changed(&fields::NAME, &before.name, &name)
                    .changed(&fields::ROLE, &before.role, &role)
                    .changed(&fields::SCOPE, &before.scope, scope.text())
                    .write(tx)?;
            }
            if blocked != before.blocked_at.is_some() {
                tx.set_blocked(id, blocked)?;
                let act = if blocked {
                    &acts::STAFF_BLOCKED
                } else {
                    &acts::STAFF_UNBLOCKED
                };
                Note::new(act, &caller).of("staff", [id.0]).write(tx)?;
            }
            keeps_an_owner(tx)
        })?;
        self.access.forget();
        Ok(())
    }

    /// Signs a member of staff out everywhere.
    ///
    /// # Errors
    /// Not found; somebody who may more.
    pub fn end_sessions_of(&self, caller: &Caller, id: UserId) -> Result<(), Refusal> {
        let caller = caller.clone();
        self.store.write(move |tx| -> Result<(), Refusal> {
            let user = tx.user(id)?.ok_or_else(Refusal::not_found)?;
            may_touch(&caller, &Roles::read(tx)?, &user)?;
            tx.end_sessions(id)?;
            Note::new(&acts::STAFF_SIGNED_OUT, &caller)
                .of("staff", [id.0])
                .write(tx)?;
            Ok(())
        })?;
        self.access.forget();
        Ok(())
    }

    /// Takes the second factor off somebody who has lost his phone, and ends all his sessions.
    ///
    /// # Errors
    /// Not found; somebody who may more.
    pub fn reset_second_factor(&self, caller: &Caller, id: UserId) -> Result<bool, Refusal> {
        let who = caller.clone();
        self.reset_second_factor_of(caller, id, move |tx| {
            let user = tx.user(id)?.ok_or_else(Refusal::not_found)?;
            may_touch(&who, &Roles::read(tx)?, &user)
        })
    }
}

/// The invitation of a link that still works, of somebody who still works here.
fn good(tx: &mut ReadTx<'_>, token: &str) -> Result<Invitation, Refusal> {
    let gives = tx
        .link_gives(token, INVITE)?
        .ok_or_else(Refusal::not_found)?;
    let invitation: Invitation = serde_json::from_str(&gives).map_err(Refusal::internal)?;
    if let Some(by) = invitation.by {
        let by = tx
            .user(UserId(by))?
            .filter(|user| user.blocked_at.is_none());
        by.ok_or_else(Refusal::not_found)?;
    }
    Ok(invitation)
}

/// Whoever may more than the caller, or sees more, is not his to change.
fn may_touch(caller: &Caller, roles: &Roles, user: &StaffUser) -> Result<(), Refusal> {
    let scope = Scope::parse(&user.scope);
    caller
        .may_give(roles.permissions(&user.role), &scope)
        .map_err(|_| {
            Refusal::new(
                RefusalKind::Forbidden,
                "may_more",
                Text::new(
                    "Этот сотрудник может больше, чем вы: изменить его нельзя.",
                    "This member of staff may do more than you: you cannot change him.",
                ),
            )
        })
}

fn oneself() -> Refusal {
    Refusal::new(
        RefusalKind::Forbidden,
        "oneself",
        Text::new(
            "Свою роль и охват себе не меняют и себя не блокируют: попросите другого.",
            "One's own role and scope are changed by somebody else; nobody blocks himself.",
        ),
    )
}

fn keeps_an_owner(tx: &mut WriteTx<'_>) -> Result<(), Refusal> {
    let owner = |user: &StaffUser| {
        user.blocked_at.is_none() && user.role == OWNER && Scope::parse(&user.scope).is_all()
    };
    if tx.users()?.iter().any(owner) {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalKind::Conflict,
        "last_owner",
        Text::new(
            "Это последний владелец: сначала сделайте владельцем кого-то ещё. Ничего не изменено.",
            "This is the last owner: make somebody else an owner first. Nothing was changed.",
        ),
    ))
}
