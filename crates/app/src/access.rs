//! Who may come in: the first run, passwords, sessions, API keys.

use crate::caller::{Actor, Caller, Origin};
use crate::journal::{By, Note, acts, fields};
use crate::pace::{self, Pace, Rates};
use crate::permission::{self, Permissions};
use crate::refusal::{Refusal, RefusalKind};
use crate::roles::Roles;
use crate::scope::Scope;
use crate::{App, password, second_factor};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use vernis_domain::{Currency, Instant, Shop, Text, UserId};

pub use crate::browser::Browser;
pub use vernis_store::{ApiKey, OpenSession, StaffUser};

/// How long a session lives without signing in again.
pub(crate) const SESSION_DAYS: i64 = 30;
/// How long a one-time link works.
pub(crate) const LINK_HOURS: i64 = 24;
/// How long an answer about a session or key is remembered. Ending one here forgets it at once;
/// other processes learn it when this has passed.
const REMEMBERED_MICROS: i64 = 2_000_000;

/// Refused sign-ins under logins that nobody has are told of this often.
const TOLD_EVERY_MICROS: i64 = 60_000_000;

pub(crate) const HOUR_MICROS: i64 = 3_600_000_000;

/// What a request shows to come in.
#[derive(Clone)]
pub enum Credential {
    /// Token of a session's cookie.
    Session(String),
    /// API key.
    ApiKey(String),
}

/// What a browser gets when somebody signs in.
pub struct SignedIn {
    /// Token of the new session.
    pub session: String,
    /// Shown at the next sign-in, it keeps a stranger's wrong passwords from making this browser wait.
    pub device: String,
}

/// The first member of staff and the shop's own settings.
pub struct FirstRun {
    /// Login.
    pub login: String,
    /// Name shown on pages.
    pub name: String,
    /// Password.
    pub password: String,
    /// Name of the shop.
    pub shop_name: String,
    /// Currency of all amounts.
    pub currency: Currency,
    /// IANA zone.
    pub time_zone: String,
}

/// Who a secret belongs to, as it is remembered.
#[derive(Clone)]
struct Known {
    caller: Caller,
    per_minute: Option<i64>,
    /// When the secret a key had before ends.
    old_until: Option<Instant>,
}

impl Known {
    fn of_key(key: ApiKey) -> Known {
        Known {
            caller: Caller {
                actor: Actor::Key(key.id),
                login: key.name.clone(),
                name: key.name,
                role: String::new(),
                from: Origin::default(),
                set_up_first: false,
                permissions: Permissions::parse(&key.permissions).and(Permissions::of_keys()),
                scope: Arc::new(Scope::parse(&key.scope)),
            },
            per_minute: key.per_minute,
            old_until: key.old_until,
        }
    }

    fn of_user(user: StaffUser, roles: &Roles, set_up_first: bool) -> Known {
        Known {
            caller: Caller {
                actor: Actor::Staff(user.id),
                login: user.login,
                name: user.name,
                permissions: roles.permissions(&user.role),
                role: user.role,
                from: Origin::default(),
                set_up_first,
                scope: Arc::new(Scope::parse(&user.scope)),
            },
            per_minute: None,
            old_until: None,
        }
    }
}

/// What is remembered between requests.
#[derive(Default)]
pub(crate) struct Access {
    known: Mutex<HashMap<[u8; 32], (Known, Instant)>>,
    pub(crate) pace: Pace,
    /// Refused sign-ins under logins that nobody has, by address, and when they were last told of.
    strangers: Mutex<HashMap<String, (u64, Instant)>>,
    rates: Rates,
}

impl Access {
    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], (Known, Instant)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what was remembered: something about staff, sessions or keys changed.
    pub(crate) fn forget(&self) {
        self.known().clear();
    }
}

impl App {
    /// Who shows this credential, coming from there.
    ///
    /// # Errors
    /// The same refusal for a wrong, an old and an ended one; too many requests of a key.
    pub fn authenticate(&self, credential: &Credential, from: Origin) -> Result<Caller, Refusal> {
        let (secret, is_key) = match credential {
            Credential::Session(token) => (token, false),
            Credential::ApiKey(key) => (key, true),
        };
        let hash = *blake3::hash(secret.as_bytes()).as_bytes();
        let now = self.now();
        let remembered = self.access.known().get(&hash).cloned();
        let known = match remembered.filter(|(_, until)| now < *until) {
            Some((known, _)) => known,
            None => self.look_up(secret, is_key, hash)?,
        };
        if let (Actor::Key(id), Some(most)) = (known.caller.actor, known.per_minute) {
            self.access.rates.take(id, most, now)?;
        }
        Ok(Caller {
            from,
            ..known.caller
        })
    }

    fn look_up(&self, secret: &str, is_key: bool, hash: [u8; 32]) -> Result<Known, Refusal> {
        let found = self
            .store
            .read(|tx| -> Result<Option<Known>, Refusal> {
                if is_key {
                    return Ok(tx.api_key(secret)?.map(Known::of_key));
                }
                let Some(session) = tx.session(secret)? else {
                    return Ok(None);
                };
                let roles = Roles::read(tx)?;
                let set_up_first =
                    second_factor::is_required(tx)? && !tx.has_second_factor(session.user.id)?;
                Ok(Some(Known::of_user(session.user, &roles, set_up_first)))
            })?
            .ok_or_else(not_signed_in)?;
        let mut until = Instant(self.now().0 + REMEMBERED_MICROS);
        if let Actor::Key(id) = found.caller.actor {
            // When a key was last used is worth knowing, not worth waiting for.
            self.store.submit(
                move |tx| tx.touch_api_key(id),
                Box::new(|_: Result<(), vernis_store::StoreError>| {}),
            );
            until = found.old_until.map_or(until, |end| until.min(end));
        }
        let mut known = self.access.known();
        // Bounded: whoever guesses tokens finds none and leaves nothing behind.
        if known.len() > 10_000 {
            known.clear();
        }
        known.insert(hash, (found.clone(), until));
        Ok(found)
    }

    /// Signs in; whoever has a second factor shows a code of it too, or a recovery code.
    ///
    /// # Errors
    /// One refusal for an unknown login, a blocked one and a wrong password; a code that is wanted or
    /// does not fit; a wait after several.
    pub fn sign_in(
        &self,
        login: &str,
        password: &str,
        code: Option<&str>,
        browser: &Browser,
    ) -> Result<SignedIn, Refusal> {
        let login = login.trim().to_lowercase();
        let from = pace::origin(&self.keys, &login, browser.device.as_deref());
        self.access.pace.check(&from, self.now())?;
        let wanted = login.clone();
        let found = self
            .store
            .read(move |tx| tx.user_by_login(&wanted).map_err(Refusal::from))?;
        // A blocked one is somebody too: the journal tells who was refused.
        let known = found.as_ref().map(|(user, _)| user.id);
        let user = found.filter(|(user, _)| user.blocked_at.is_none());
        let kept = user.as_ref().map(|(_, hash)| hash.as_str());
        if !password::verify(password, kept) {
            self.access.pace.wrong(from, self.now());
            self.note_refused(known, "wrong_password", browser);
            return Err(wrong_password());
        }
        let Some((user, _)) = user else {
            return Err(wrong_password());
        };
        let totp = self
            .store
            .read(|tx| tx.totp(user.id).map_err(Refusal::from))?;
        let shown = match (totp.filter(|totp| totp.confirmed_at.is_some()), code) {
            (None, _) => None,
            (Some(_), None) => return Err(second_factor::code_required()),
            (Some(totp), Some(code)) => {
                // Wrong codes are counted apart: a right password does not forgive them.
                self.access.pace.check(&from.of_codes(), self.now())?;
                Some(second_factor::shown(&totp.secret, code, self.now()))
            }
        };
        let session = self.open_session(user.id, shown, browser)?;
        let Some(session) = session else {
            self.access.pace.wrong(from.of_codes(), self.now());
            self.note_refused(known, "wrong_code", browser);
            return Err(second_factor::wrong_code());
        };
        self.access.pace.right(&from.of_codes());
        self.access.pace.right(&from);
        Ok(SignedIn {
            session,
            device: match from {
                pace::From::Device(_, nonce) => pace::mark(&self.keys, &login, &nonce),
                _ => self.new_device(&login),
            },
        })
    }

    pub(crate) fn new_device(&self, login: &str) -> String {
        pace::mark(&self.keys, login, &self.randomness.token())
    }

    /// Opens a session; none when a code was shown and is not taken. The code is used up in the same
    /// transaction.
    fn open_session(
        &self,
        user: UserId,
        shown: Option<second_factor::Shown>,
        browser: &Browser,
    ) -> Result<Option<String>, Refusal> {
        let token = self.randomness.token();
        let expires = Instant(self.now().0 + SESSION_DAYS * 24 * HOUR_MICROS);
        let (secret, agent) = (token.clone(), browser.agent());
        let by = By::at(vernis_store::Actor::Staff(user), browser);
        let opened = self.store.write(move |tx| -> Result<bool, Refusal> {
            let mut act = &acts::SIGNED_IN;
            if let Some(shown) = &shown {
                match second_factor::take(tx, user, shown)? {
                    None => return Ok(false),
                    Some(recovery) if recovery => act = &acts::RECOVERY_CODE_USED,
                    Some(_) => {}
                }
            }
            tx.create_session(&secret, user, expires, &agent)?;
            let mut note = Note::new(act, by.clone());
            if act.code == acts::RECOVERY_CODE_USED.code {
                note = note.fact(&fields::CODES_LEFT, tx.recovery_codes_left(user)?);
            }
            note.write(tx)?;
            Ok(true)
        })?;
        Ok(opened.then_some(token))
    }

    /// Tells the journal of a refused sign-in. Nobody waits for it: the time would tell which logins
    /// there are. Under logins that nobody has the refusals of an address are counted and told once a
    /// minute: whoever guesses must not fill the journal. What he typed is not kept, it may be a password.
    fn note_refused(&self, known: Option<UserId>, cause: &'static str, browser: &Browser) {
        let by = By::at(vernis_store::Actor::Stranger, browser);
        let note = Note::new(&acts::SIGN_IN_REFUSED, by.clone());
        let note = match known {
            Some(user) => note.of("staff", [user.0]).fact(&fields::CAUSE, cause),
            None => {
                let strangers = self.access.strangers.lock();
                let mut strangers = strangers.unwrap_or_else(PoisonError::into_inner);
                if strangers.len() > 10_000 {
                    strangers.clear();
                }
                let now = self.now();
                let never = Instant(now.0 - TOLD_EVERY_MICROS);
                let (times, told) = strangers.entry(by.address).or_insert((0, never));
                *times += 1;
                if now.0 - told.0 < TOLD_EVERY_MICROS {
                    return;
                }
                let times = std::mem::take(times);
                *told = now;
                note.fact(&fields::CAUSE, "unknown_login")
                    .fact(&fields::TIMES, times)
            }
        };
        self.store.submit(
            move |tx| note.write(tx),
            Box::new(|told: Result<(), vernis_store::StoreError>| {
                if let Err(error) = told {
                    tracing::error!(%error, "a refused sign-in is not in the journal");
                }
            }),
        );
    }

    /// Where somebody is signed in, newest first; `token` is that of the session that asks.
    ///
    /// # Errors
    /// Not found, for a key.
    pub fn open_sessions(&self, caller: &Caller, token: &str) -> Result<Vec<OpenSession>, Refusal> {
        let user = caller.need_person()?;
        Ok(self.store.read(|tx| tx.sessions_of(user, token))?)
    }

    /// Ends one of somebody's own sessions.
    ///
    /// # Errors
    /// Not found, the same for an ended one and somebody else's.
    pub fn end_session(&self, caller: &Caller, handle: &str) -> Result<(), Refusal> {
        let user = caller.need_person()?;
        let handle = handle.to_owned();
        let note = Note::new(&acts::SESSION_ENDED, caller);
        let ended = self.store.write(move |tx| -> Result<bool, Refusal> {
            let ended = tx.end_session(user, &handle)?;
            if ended {
                note.write(tx)?;
            }
            Ok(ended)
        })?;
        self.access.forget();
        if ended {
            Ok(())
        } else {
            Err(Refusal::not_found())
        }
    }

    /// Signs somebody out everywhere but here.
    ///
    /// # Errors
    /// Not found, for a key.
    pub fn end_other_sessions(&self, caller: &Caller, token: &str) -> Result<(), Refusal> {
        let user = caller.need_person()?;
        let token = token.to_owned();
        let note = Note::new(&acts::SESSIONS_ENDED, caller);
        self.store.write(move |tx| -> Result<(), Refusal> {
            tx.end_other_sessions(user, &token)?;
            note.write(tx)?;
            Ok(())
        })?;
        self.access.forget();
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn sign_out(&self, token: &str, browser: &Browser) -> Result<(), Refusal> {
        let (secret, browser) = (token.to_owned(), browser.clone());
        self.store.write(move |tx| -> Result<(), Refusal> {
            if let Some(session) = tx.session(&secret)? {
                let by = By::at(vernis_store::Actor::Staff(session.user.id), &browser);
                Note::new(&acts::SIGNED_OUT, by).write(tx)?;
            }
            tx.delete_session(&secret)?;
            Ok(())
        })?;
        self.access.forget();
        Ok(())
    }

    /// Whether anybody can sign in yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn has_staff(&self) -> Result<bool, Refusal> {
        Ok(!self.users()?.is_empty())
    }

    /// A new one-time link for making the first member of staff, or one more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn first_run_link(&self) -> Result<String, Refusal> {
        let token = self.randomness.token();
        let expires = Instant(self.now().0 + LINK_HOURS * HOUR_MICROS);
        let secret = token.clone();
        // Only whoever has the machine gets one.
        let note = Note::new(&acts::FIRST_LINK_MADE, &Caller::shell());
        self.store.write(move |tx| -> Result<(), Refusal> {
            tx.create_link(&secret, FIRST_RUN, expires, "")?;
            note.write(tx)?;
            Ok(())
        })?;
        Ok(token)
    }

    /// Whether a first-run link still works.
    ///
    /// # Errors
    /// Not found, when it was used, is too old, or never was.
    pub fn check_first_run(&self, token: &str) -> Result<(), Refusal> {
        let works = self
            .store
            .read(|tx| tx.link_is_good(token, FIRST_RUN).map_err(Refusal::from))?;
        if works {
            Ok(())
        } else {
            Err(Refusal::not_found())
        }
    }

    /// Uses a first-run link: makes the member of staff, sets the shop, opens a session.
    ///
    /// # Errors
    /// A wrong field, or a link that does not work any more; nothing is changed then.
    pub fn finish_first_run(
        &self,
        token: &str,
        run: FirstRun,
        browser: &Browser,
    ) -> Result<SignedIn, Refusal> {
        let login = checked_login(&run.login)?;
        if run.shop_name.trim().is_empty() || run.shop_name.chars().count() > 200 {
            return Err(Refusal::field(
                "shop_name",
                "length",
                Text::new("от 1 до 200 знаков", "from 1 to 200 characters"),
            ));
        }
        let password_hash = password::hash(&run.password, &login, &self.randomness)?;
        let session = self.randomness.token();
        let (link, secret) = (token.to_owned(), session.clone());
        let expires = Instant(self.now().0 + SESSION_DAYS * 24 * HOUR_MICROS);
        let device = self.new_device(&login);
        let agent = browser.agent();
        let name = display_name(&run.name, &login);
        let shop = Shop {
            name: run.shop_name.trim().to_owned(),
            currency: run.currency,
            time_zone: run.time_zone,
        };
        let browser = browser.clone();
        let has_purchases = self.live.current().purchases() > 0;
        self.store.write(move |tx| -> Result<(), Refusal> {
            if !tx.use_link(&link, FIRST_RUN)? {
                return Err(Refusal::not_found());
            }
            if tx.user_by_login(&login)?.is_some() {
                return Err(login_taken());
            }
            let scope = Scope::All.text();
            let user = tx.create_user(&login, &name, &password_hash, permission::OWNER, &scope)?;
            tx.create_session(&secret, user, expires, &agent)?;
            let mut shop = shop.clone();
            if let (true, Some(before)) = (has_purchases, tx.shop()?) {
                shop.currency = before.currency;
            }
            tx.put_shop(&shop)?;
            let by = By::at(vernis_store::Actor::Staff(user), &browser);
            Note::new(&acts::FIRST_RUN, by)
                .of("staff", [user.0])
                .fact(&fields::SHOP_NAME, &shop.name)
                .write(tx)?;
            Ok(())
        })?;
        Ok(SignedIn { session, device })
    }

    /// Who can sign in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn users(&self) -> Result<Vec<StaffUser>, Refusal> {
        self.store.read(|tx| -> Result<Vec<StaffUser>, Refusal> {
            let all = tx.users()?.into_iter();
            Ok(all.filter(|user| user.blocked_at.is_none()).collect())
        })
    }

    /// Adds a member of staff; the command line asks no further.
    ///
    /// # Errors
    /// A wrong login or password, a login that is taken, a role that is not there.
    pub fn add_user(
        &self,
        login: &str,
        name: &str,
        password: &str,
        role: &str,
        scope: &Scope,
    ) -> Result<UserId, Refusal> {
        let login = checked_login(login)?;
        let hash = password::hash(password, &login, &self.randomness)?;
        let name = display_name(name, &login);
        let (role, scope) = (role.to_owned(), scope.text());
        self.store.write(move |tx| -> Result<UserId, Refusal> {
            Roles::read(tx)?.check(&role)?;
            if tx.user_by_login(&login)?.is_some() {
                return Err(login_taken());
            }
            let user = tx.create_user(&login, &name, &hash, &role, &scope)?;
            Note::new(&acts::STAFF_ADDED, &Caller::shell())
                .of("staff", [user.0])
                .fact(&fields::ROLE, &role)
                .write(tx)?;
            Ok(user)
        })
    }

    /// Sets a new password and ends all sessions of the person in the same transaction.
    ///
    /// # Errors
    /// An unknown login or a password that is not taken.
    pub fn set_password(&self, login: &str, password: &str) -> Result<(), Refusal> {
        self.put_password(login, password, &Caller::shell())
    }

    fn put_password(&self, login: &str, password: &str, caller: &Caller) -> Result<(), Refusal> {
        let own = caller.user_id();
        let by: By = caller.into();
        let login = login.trim().to_lowercase();
        let hash = password::hash(password, &login, &self.randomness)?;
        self.store.write(move |tx| -> Result<(), Refusal> {
            let (user, _) = tx.user_by_login(&login)?.ok_or_else(Refusal::not_found)?;
            tx.set_password(user.id, &hash)?;
            let note = match own {
                Some(_) => Note::new(&acts::PASSWORD_CHANGED, by.clone()),
                None => Note::new(&acts::STAFF_PASSWORD_SET, by.clone()).of("staff", [user.id.0]),
            };
            note.write(tx)?;
            Ok(())
        })?;
        self.access.forget();
        Ok(())
    }

    /// Changes one's own password; the old one is asked for.
    ///
    /// # Errors
    /// A wrong old password, or a new one that is not taken.
    pub fn change_password(
        &self,
        caller: &Caller,
        old: &str,
        new: &str,
        browser: &Browser,
    ) -> Result<String, Refusal> {
        let user = caller.need_person()?;
        let from = pace::From::Inside(caller.login.clone());
        self.access.pace.check(&from, self.now())?;
        let login = caller.login.clone();
        let kept = self
            .store
            .read(move |tx| tx.user_by_login(&login).map_err(Refusal::from))?;
        if !password::verify(old, kept.as_ref().map(|(_, hash)| hash.as_str())) {
            self.access.pace.wrong(from, self.now());
            return Err(Refusal::field(
                "old_password",
                "wrong",
                Text::new("прежний пароль другой", "the old password is another one"),
            ));
        }
        self.access.pace.right(&from);
        self.put_password(&caller.login, new, caller)?;
        self.open_session(user, None, browser)?
            .ok_or_else(|| Refusal::internal("a session without a code"))
    }
}

/// Purpose of a link that makes a member of staff.
const FIRST_RUN: &str = "first_run";

pub(crate) fn checked_login(login: &str) -> Result<String, Refusal> {
    let login = login.trim().to_lowercase();
    let length = login.chars().count();
    if !(2..=64).contains(&length) || login.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Refusal::field(
            "login",
            "format",
            Text::new(
                "от 2 до 64 знаков без пробелов",
                "from 2 to 64 characters without spaces",
            ),
        ));
    }
    Ok(login)
}

pub(crate) fn display_name(name: &str, login: &str) -> String {
    let name: String = name
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(100)
        .collect();
    if name.is_empty() {
        login.to_owned()
    } else {
        name
    }
}

fn not_signed_in() -> Refusal {
    Refusal::new(
        RefusalKind::SignInRequired,
        "sign_in_required",
        Text::new("Войдите, чтобы продолжить.", "Sign in to go on."),
    )
}

fn wrong_password() -> Refusal {
    Refusal::new(
        RefusalKind::SignInRequired,
        "wrong_password",
        Text::new(
            "Логин или пароль не подходят.",
            "Login or password do not fit.",
        ),
    )
}

pub(crate) fn login_taken() -> Refusal {
    Refusal::field(
        "login",
        "taken",
        Text::new("такой логин уже есть", "this login is taken"),
    )
}
