//! How many people an account is shown in a day. Whoever pages through the list, or asks the API, is shown
//! people as surely as by a file: at three times the day's budget the account is frozen and the owner told.
//!
//! Counted are distinct people whose contacts left in full, in lists, cards, searches and reveals: a person
//! seen ten times is one. Masked rows are not counted, nor whoever is looked up by his contact: who asks has it. It is counted in memory; the base is told ahead, in
//! steps, so that a program that was killed never comes back with less than was shown (ADR 19).

use crate::App;
use crate::caller::{Actor, Caller};
use crate::contacts;
use crate::journal::{By, Note, acts, fields};
use crate::permission::OWNER;
use crate::refusal::{Refusal, RefusalKind};
use crate::roles::Roles;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use vernis_domain::{CustomerId, Day, Instant, Text, UserId};
use vernis_store::{Freeze, ReadTx, StoreError};

const SETTING: &str = "people_a_day";
/// The base is told of so many people ahead.
const STEP: i64 = 100;
/// At so many budgets an account is frozen.
const TIMES: i64 = 3;
/// Accounts kept in memory; beyond, those of other days go.
const MOST: usize = 10_000;

/// How many people an account may be shown in a day before somebody looks at it; 0: as many as it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PeopleADay {
    /// A member of staff.
    pub staff: u32,
    /// An API key.
    pub keys: u32,
}

impl Default for PeopleADay {
    fn default() -> Self {
        PeopleADay {
            staff: 3_000,
            keys: 20_000,
        }
    }
}

/// An account that was shown too many people.
#[derive(Clone, Debug)]
pub struct FrozenAccount {
    /// Row id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// It is an API key.
    pub is_key: bool,
    /// It is shut; else somebody is only told of it.
    pub frozen: bool,
    /// People it was shown that day.
    pub people: i64,
    /// How many are usual.
    pub budget: i64,
    /// When it was noticed.
    pub at: Instant,
}

/// What was shown to whom.
#[derive(Default)]
pub(crate) struct Exposure {
    accounts: Mutex<HashMap<Actor, Account>>,
    /// The budgets, and until when they are remembered.
    budget: Mutex<Option<(PeopleADay, Instant)>>,
}

struct Account {
    day: Day,
    /// Shown by this program.
    shown: HashSet<i64>,
    /// What the base has been told of by all programs, this one's part of it.
    told: i64,
    own_told: i64,
    /// Somebody has looked at so many already.
    forgiven: i64,
}

impl Account {
    fn people(&self) -> i64 {
        // What others told, and what was told before this program began, is not known person by person.
        self.told - self.own_told + self.shown.len() as i64
    }
}

fn actor_of(actor: Actor) -> Option<(&'static str, i64)> {
    match actor {
        Actor::Staff(user) => Some(("staff", user.0)),
        Actor::Key(key) => Some(("key", key)),
        Actor::Shell => None,
    }
}

impl App {
    /// Notes that these people's contacts go out to the caller in full. To be called before they do.
    ///
    /// # Errors
    /// An account that was frozen by this; the base.
    pub fn expose(
        &self,
        caller: &Caller,
        people: impl IntoIterator<Item = CustomerId>,
    ) -> Result<(), Refusal> {
        if contacts::are_masked(caller) {
            return Ok(());
        }
        self.expose_contacts(caller, people)
    }

    /// The same of contacts that a masked role was shown one by one.
    pub(crate) fn expose_contacts(
        &self,
        caller: &Caller,
        people: impl IntoIterator<Item = CustomerId>,
    ) -> Result<(), Refusal> {
        let Some(actor) = actor_of(caller.actor) else {
            return Ok(());
        };
        let budgets = self.budgets()?;
        let budget = i64::from(match actor.0 {
            "key" => budgets.keys,
            _ => budgets.staff,
        });
        let day = self.today();
        let (people, ahead) = {
            let mut accounts = self.exposure.accounts();
            if accounts.len() >= MOST {
                accounts.retain(|_, one| one.day == day);
            }
            let account = match accounts.get_mut(&caller.actor) {
                Some(account) if account.day == day => account,
                _ => {
                    let (told, forgiven) = self.store.read(|tx| tx.exposed(actor, day))?;
                    let fresh = Account {
                        day,
                        shown: HashSet::new(),
                        told,
                        own_told: 0,
                        forgiven,
                    };
                    accounts.insert(caller.actor, fresh);
                    accounts
                        .get_mut(&caller.actor)
                        .unwrap_or_else(|| unreachable!("just put in"))
                }
            };
            account.shown.extend(people.into_iter().map(|id| id.0));
            let shown = account.shown.len() as i64;
            let ahead = match shown > account.own_told {
                true => (shown - account.own_told + STEP - 1) / STEP * STEP,
                false => 0,
            };
            account.own_told += ahead;
            account.told += ahead;
            (account.people() - account.forgiven, ahead)
        };
        if ahead > 0 {
            self.tell_ahead(caller.actor, actor, day, ahead);
        }
        if budget == 0 || people < TIMES * budget {
            return Ok(());
        }
        self.freeze(caller, actor, day, budget)
    }

    /// Tells the base; nobody waits for it.
    fn tell_ahead(&self, who: Actor, actor: (&'static str, i64), day: Day, ahead: i64) {
        let exposure = self.exposure.clone();
        self.store.submit(
            move |tx| tx.add_exposed(actor, day, ahead),
            Box::new(move |sum: Result<i64, StoreError>| match sum {
                Ok(sum) => {
                    // What other programs showed the same account counts too.
                    if let Some(account) = exposure.accounts().get_mut(&who)
                        && account.day == day
                    {
                        account.told = account.told.max(sum);
                    }
                }
                Err(error) => tracing::error!(%error, "what an account was shown is not noted"),
            }),
        );
    }

    fn freeze(
        &self,
        caller: &Caller,
        actor: (&'static str, i64),
        day: Day,
        budget: i64,
    ) -> Result<(), Refusal> {
        let people = {
            let mut accounts = self.exposure.accounts();
            let Some(account) = accounts.get_mut(&caller.actor) else {
                return Ok(());
            };
            if account.people() - account.forgiven < TIMES * budget {
                // Another request of the same account was first.
                return Ok(());
            }
            account.forgiven = account.people();
            account.forgiven
        };
        // Nobody could let an owner in again: he is told, and goes on.
        let freeze = caller.role != OWNER;
        let act = if freeze {
            &acts::ACCOUNT_FROZEN
        } else {
            &acts::ACCOUNT_WARNED
        };
        let note = Note::new(act, By::program())
            .of(actor.0, [actor.1])
            .fact(&fields::CUSTOMERS, people)
            .fact(&fields::PEOPLE_A_DAY, budget);
        self.store.write(move |tx| -> Result<(), Refusal> {
            tx.note_freeze(actor, day, people, budget, freeze)?;
            note.write(tx)?;
            Ok(())
        })?;
        if !freeze {
            return Ok(());
        }
        self.access.forget();
        Err(Refusal::new(
            RefusalKind::Forbidden,
            "account_frozen",
            Text::new(
                "Показано слишком много клиентов за день: доступ заморожен, владельцу сообщено. Он может вернуть доступ.",
                "Too many customers were shown in a day: the account is frozen and the owner told. He can let you in again.",
            ),
        ))
    }

    fn budgets(&self) -> Result<PeopleADay, Refusal> {
        let now = self.now();
        let mut kept = self
            .exposure
            .budget
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((budget, until)) = *kept
            && now < until
        {
            return Ok(budget);
        }
        let budget = self.store.read(people_a_day)?;
        *kept = Some((budget, Instant(now.0 + 5_000_000)));
        Ok(budget)
    }

    /// How many people an account may be shown in a day.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn people_a_day(&self) -> Result<PeopleADay, Refusal> {
        self.store.read(people_a_day)
    }

    /// Sets how many people an account may be shown in a day.
    ///
    /// # Errors
    /// More than ten million.
    pub fn set_people_a_day(&self, caller: &Caller, wanted: PeopleADay) -> Result<(), Refusal> {
        for (field, number) in [("staff", wanted.staff), ("keys", wanted.keys)] {
            if number > 10_000_000 {
                return Err(Refusal::field(
                    field,
                    "out_of_range",
                    Text::new("от 0 до 10000000", "from 0 to 10000000"),
                ));
            }
        }
        let note = Note::new(&acts::PEOPLE_A_DAY_SET, caller);
        self.store.write(move |tx| -> Result<(), Refusal> {
            let before = people_a_day(tx)?;
            tx.put_setting(SETTING, &wanted)?;
            note.clone()
                .changed(&fields::PEOPLE_A_DAY, before.staff, wanted.staff)
                .changed(&fields::PEOPLE_A_DAY_KEYS, before.keys, wanted.keys)
                .write(tx)?;
            Ok(())
        })?;
        *self
            .exposure
            .budget
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    /// Accounts that were shown too many people, which nobody has looked at yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn frozen_accounts(&self) -> Result<Vec<FrozenAccount>, Refusal> {
        self.store.read(|tx| -> Result<_, Refusal> {
            let open = tx.open_freezes()?;
            let users = tx.users()?;
            let keys = tx.api_keys()?;
            let named = |one: &Freeze| match one.actor_kind.as_str() {
                "key" => keys
                    .iter()
                    .find(|key| key.id == one.actor_id)
                    .map(|key| (key.name.clone(), key.revoked_at.is_none())),
                _ => users
                    .iter()
                    .find(|user| user.id.0 == one.actor_id)
                    // Somebody let him in on the page of staff: that is looked at, too.
                    .map(|user| {
                        let shut = user.blocked_at.is_some();
                        (user.name.clone(), shut || !one.frozen)
                    }),
            };
            Ok(open
                .iter()
                .filter_map(|one| {
                    let (name, open) = named(one)?;
                    open.then_some(FrozenAccount {
                        id: one.id,
                        name,
                        is_key: one.actor_kind == "key",
                        frozen: one.frozen,
                        people: one.people,
                        budget: one.budget,
                        at: one.recorded_at,
                    })
                })
                .collect())
        })
    }

    /// Somebody has looked at a frozen account: it is let in again. What it was shown is forgiven, not
    /// forgotten: it may be shown three budgets more.
    ///
    /// # Errors
    /// Not found; oneself.
    pub fn thaw_account(&self, caller: &Caller, id: i64) -> Result<(), Refusal> {
        let by = caller.user_id();
        let caller = caller.clone();
        self.store.write(move |tx| -> Result<(), Refusal> {
            let open = tx.open_freezes()?;
            let one = open
                .into_iter()
                .find(|one| one.id == id)
                .ok_or_else(Refusal::not_found)?;
            if one.actor_kind == "staff" && one.frozen {
                // Nobody gives back more than he has himself.
                let user = tx
                    .user(UserId(one.actor_id))?
                    .ok_or_else(Refusal::not_found)?;
                let powers = Roles::read(tx)?.permissions(&user.role);
                caller.may_give(powers, &crate::Scope::parse(&user.scope))?;
            }
            tx.thaw(&one, by)?;
            Note::new(&acts::ACCOUNT_THAWED, &caller)
                .of(&one.actor_kind, [one.actor_id])
                .fact(&fields::CUSTOMERS, one.people)
                .write(tx)?;
            Ok(())
        })?;
        self.access.forget();
        Ok(())
    }
}

impl Exposure {
    fn accounts(&self) -> std::sync::MutexGuard<'_, HashMap<Actor, Account>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn people_a_day(tx: &mut ReadTx<'_>) -> Result<PeopleADay, Refusal> {
    Ok(tx.setting(SETTING)?.unwrap_or_default())
}

/// Kept by the program, and by what it waits for.
pub(crate) type SharedExposure = Arc<Exposure>;
