//! The second factor of staff: setting it up, recovery codes, taking it off, whether it is required.

use crate::App;
use crate::caller::Caller;
use crate::journal::{Note, acts, fields};
use crate::refusal::{Refusal, RefusalKind};
use crate::{pace, password, totp};
use vernis_domain::{Instant, Text, UserId};
use vernis_store::{ReadTx, StoreError, WriteTx};

/// Recovery codes given at once.
const CODES: usize = 10;
/// Whether everybody has to have a second factor.
const REQUIRED: &str = "second_factor_required";

/// How somebody's second factor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactorView {
    /// Since when codes are asked; none: they are not.
    pub since: Option<Instant>,
    /// Recovery codes not used yet.
    pub codes_left: i64,
    /// Whether everybody has to have it.
    pub required: bool,
}

/// What a program for phones is told.
#[derive(Clone)]
pub struct SetUp {
    /// To be typed by hand, in groups of four.
    pub key: String,
    /// To be read from the picture.
    pub address: String,
}

/// What was shown as the second factor at a sign-in.
pub(crate) enum Shown {
    /// A code of this half-minute.
    Step(i64),
    /// Perhaps a recovery code.
    Recovery(String),
}

/// Whether everybody has to have a second factor.
pub(crate) fn is_required(tx: &mut ReadTx<'_>) -> Result<bool, StoreError> {
    Ok(tx.setting::<bool>(REQUIRED)?.unwrap_or(false))
}

/// What a typed code may be, by the secret and the time.
pub(crate) fn shown(secret: &[u8], typed: &str, now: Instant) -> Shown {
    match totp::fits(secret, typed, now) {
        Some(step) => Shown::Step(step),
        None => Shown::Recovery(recovery_form(typed)),
    }
}

/// Takes a code, so that it is never taken again; false when it does not fit or was taken. Tells whether
/// a recovery code was used up.
pub(crate) fn take(
    tx: &mut WriteTx<'_>,
    user: UserId,
    shown: &Shown,
) -> Result<Option<bool>, StoreError> {
    Ok(match shown {
        Shown::Step(step) => tx.take_totp_step(user, *step)?.then_some(false),
        Shown::Recovery(code) => tx.use_recovery_code(user, code)?.then_some(true),
    })
}

/// A recovery code as it is kept, however it was typed.
fn recovery_form(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .take(40)
        .collect::<String>()
        .to_ascii_lowercase()
}

pub(crate) fn code_required() -> Refusal {
    Refusal::new(
        RefusalKind::SignInRequired,
        "code_required",
        Text::new(
            "Введите код из программы на телефоне или запасной код.",
            "Enter the code from the program on your phone, or a recovery code.",
        ),
    )
}

pub(crate) fn wrong_code() -> Refusal {
    Refusal::new(
        RefusalKind::SignInRequired,
        "wrong_code",
        Text::new(
            "Код не подходит или уже использован. Дождитесь следующего.",
            "The code does not fit or was used already. Wait for the next one.",
        ),
    )
}

/// What whoever has to set a second factor up is told about everything else.
pub fn set_up_first() -> Refusal {
    Refusal::new(
        RefusalKind::Forbidden,
        "second_factor_setup_required",
        Text::new(
            "Сначала включите вход с кодом: в этом магазине он обязателен для всех.",
            "Set up sign-in with a code first: in this shop everybody has to have it.",
        ),
    )
}

fn field_refusal(ru: &'static str, en: &'static str, rule: &'static str) -> Refusal {
    Refusal::field("code", rule, Text::new(ru, en))
}

impl App {
    /// How the caller's second factor stands.
    ///
    /// # Errors
    /// For a key.
    pub fn second_factor(&self, caller: &Caller) -> Result<SecondFactorView, Refusal> {
        let user = caller.need_person()?;
        self.store.read(|tx| -> Result<_, Refusal> {
            let totp = tx.totp(user)?;
            Ok(SecondFactorView {
                since: totp.and_then(|totp| totp.confirmed_at),
                codes_left: tx.recovery_codes_left(user)?,
                required: is_required(tx)?,
            })
        })
    }

    /// Begins to set the caller's code generator up. Nothing is asked of him at a sign-in before he has
    /// shown that it works.
    ///
    /// # Errors
    /// A wrong password; one that is set up already.
    pub fn begin_second_factor(&self, caller: &Caller, password: &str) -> Result<SetUp, Refusal> {
        let user = self.prove(caller, password)?;
        let secret = self.randomness.bytes::<{ totp::SECRET_BYTES }>();
        let begun = self.store.write(move |tx| tx.begin_totp(user, &secret))?;
        if !begun {
            return Err(Refusal::new(
                RefusalKind::Conflict,
                "second_factor_on",
                Text::new(
                    "Вход с кодом уже включён. Чтобы перейти на другой телефон, сначала отключите его.",
                    "Sign-in with a code is on already. To move to another phone, take it off first.",
                ),
            ));
        }
        let plain = data_encoding::BASE32_NOPAD.encode(&secret);
        let groups: Vec<&str> = plain
            .as_bytes()
            .chunks(4)
            .filter_map(|four| std::str::from_utf8(four).ok())
            .collect();
        Ok(SetUp {
            key: groups.join(" "),
            address: totp::address(&secret, &self.shop().name, &caller.login),
        })
    }

    /// Shows that the code generator works: from now on its codes are asked. Gives the recovery codes,
    /// which are shown this once; his other sessions end in the same transaction.
    ///
    /// # Errors
    /// A code that does not fit; nothing begun.
    pub fn confirm_second_factor(
        &self,
        caller: &Caller,
        session: &str,
        code: &str,
    ) -> Result<Vec<String>, Refusal> {
        let user = caller.need_person()?;
        let from = pace::From::Inside(caller.login.clone());
        self.access.pace.check(&from, self.now())?;
        let now = self.now();
        let codes = self.new_codes();
        let (typed, session, kept) = (code.to_owned(), session.to_owned(), codes.clone());
        let note = Note::new(&acts::SECOND_FACTOR_ON, caller);
        let done = self.store.write(move |tx| -> Result<bool, Refusal> {
            let waiting = tx.totp(user)?.filter(|totp| totp.confirmed_at.is_none());
            let Some(totp) = waiting else {
                return Err(field_refusal(
                    "начните настройку заново",
                    "begin the set-up again",
                    "not_begun",
                ));
            };
            let Some(step) = totp::fits(&totp.secret, &typed, now) else {
                return Ok(false);
            };
            tx.take_totp_step(user, step)?;
            tx.put_recovery_codes(user, &recovery_forms(&kept))?;
            tx.end_other_sessions(user, &session)?;
            note.write(tx)?;
            Ok(true)
        })?;
        self.access.forget();
        if !done {
            self.access.pace.wrong(from, now);
            return Err(field_refusal(
                "код не подходит; проверьте время на телефоне",
                "the code does not fit; check the clock of the phone",
                "wrong",
            ));
        }
        self.access.pace.right(&from);
        Ok(codes)
    }

    /// New recovery codes; those before are good no more.
    ///
    /// # Errors
    /// A wrong password; no second factor.
    pub fn new_recovery_codes(
        &self,
        caller: &Caller,
        password: &str,
    ) -> Result<Vec<String>, Refusal> {
        let user = self.prove(caller, password)?;
        let codes = self.new_codes();
        let kept = codes.clone();
        let note = Note::new(&acts::RECOVERY_CODES_MADE, caller);
        self.store.write(move |tx| -> Result<(), Refusal> {
            if !tx.has_second_factor(user)? {
                return Err(Refusal::not_found());
            }
            tx.put_recovery_codes(user, &recovery_forms(&kept))?;
            note.write(tx)?;
            Ok(())
        })?;
        Ok(codes)
    }

    /// Takes the caller's own second factor off.
    ///
    /// # Errors
    /// A wrong password or code; in a shop where everybody has to have one.
    pub fn remove_second_factor(
        &self,
        caller: &Caller,
        password: &str,
        code: &str,
    ) -> Result<(), Refusal> {
        let user = self.prove(caller, password)?;
        let from = pace::From::Inside(caller.login.clone());
        let now = self.now();
        let typed = code.to_owned();
        let note = Note::new(&acts::SECOND_FACTOR_OFF, caller);
        let done = self.store.write(move |tx| -> Result<bool, Refusal> {
            if is_required(tx)? {
                return Err(Refusal::new(
                    RefusalKind::Conflict,
                    "second_factor_required",
                    Text::new(
                        "Отключить нельзя: в этом магазине вход с кодом обязателен для всех.",
                        "It cannot be taken off: in this shop everybody has to have it.",
                    ),
                ));
            }
            let totp = tx
                .totp(user)?
                .filter(|totp| totp.confirmed_at.is_some())
                .ok_or_else(Refusal::not_found)?;
            if take(tx, user, &shown(&totp.secret, &typed, now))?.is_none() {
                return Ok(false);
            }
            tx.remove_totp(user)?;
            note.write(tx)?;
            Ok(true)
        })?;
        if !done {
            self.access.pace.wrong(from, now);
            return Err(field_refusal(
                "код не подходит",
                "the code does not fit",
                "wrong",
            ));
        }
        Ok(())
    }

    /// Takes somebody's second factor off, who has lost his phone, and ends all his sessions in the same
    /// transaction. Who may do that to whom is checked by `may` inside it.
    ///
    /// # Errors
    /// Nobody of that id; what `may` refuses.
    pub(crate) fn reset_second_factor_of(
        &self,
        caller: &Caller,
        user: UserId,
        may: impl Fn(&mut WriteTx<'_>) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<bool, Refusal> {
        let note = Note::new(&acts::SECOND_FACTOR_RESET, caller).of("staff", [user.0]);
        let had = self.store.write(move |tx| -> Result<bool, Refusal> {
            may(tx)?;
            let had = tx.remove_totp(user)?;
            tx.end_sessions(user)?;
            note.write(tx)?;
            Ok(had)
        })?;
        self.access.forget();
        Ok(had)
    }

    /// The same for the command line.
    ///
    /// # Errors
    /// Nobody of that login.
    pub fn reset_second_factor_by_login(
        &self,
        caller: &Caller,
        login: &str,
    ) -> Result<bool, Refusal> {
        let login = login.trim().to_lowercase();
        let (user, _) = self
            .store
            .read(move |tx| tx.user_by_login(&login).map_err(Refusal::from))?
            .ok_or_else(Refusal::not_found)?;
        self.reset_second_factor_of(caller, user.id, |_| Ok(()))
    }

    /// Whether everybody has to have a second factor.
    ///
    /// # Errors
    /// The database.
    pub fn second_factor_required(&self) -> Result<bool, Refusal> {
        self.store.read(|tx| is_required(tx).map_err(Refusal::from))
    }

    /// Requires a second factor of everybody, or no longer. Whoever has none sets it up next and can do
    /// nothing else before.
    ///
    /// # Errors
    /// Requiring what one has not set up oneself.
    pub fn require_second_factor(&self, caller: &Caller, required: bool) -> Result<(), Refusal> {
        let user = caller.user_id();
        let caller_note = Note::new(&acts::SECOND_FACTOR_REQUIRED, caller);
        self.store.write(move |tx| -> Result<(), Refusal> {
            let before = is_required(tx)?;
            if let (true, Some(user)) = (required, user)
                && !tx.has_second_factor(user)?
            {
                return Err(Refusal::new(
                    RefusalKind::Conflict,
                    "own_second_factor_first",
                    Text::new(
                        "Сначала включите вход с кодом у себя: так вы проверите, что он работает.",
                        "Set it up for yourself first: so you will have seen that it works.",
                    ),
                ));
            }
            if before != required {
                tx.put_setting(REQUIRED, &required)?;
                caller_note
                    .clone()
                    .changed(&fields::REQUIRED, before, required)
                    .write(tx)?;
            }
            Ok(())
        })?;
        self.access.forget();
        Ok(())
    }

    /// Asks the caller's password once more: an open session alone may be somebody else at his desk.
    fn prove(&self, caller: &Caller, typed: &str) -> Result<UserId, Refusal> {
        let user = caller.need_person()?;
        let from = pace::From::Inside(caller.login.clone());
        self.access.pace.check(&from, self.now())?;
        let login = caller.login.clone();
        let kept = self
            .store
            .read(move |tx| tx.user_by_login(&login).map_err(Refusal::from))?;
        if !password::verify(typed, kept.as_ref().map(|(_, hash)| hash.as_str())) {
            self.access.pace.wrong(from, self.now());
            return Err(Refusal::field(
                "password",
                "wrong",
                Text::new("пароль другой", "the password is another one"),
            ));
        }
        self.access.pace.right(&from);
        Ok(user)
    }

    /// `k3v7q-x2m9p`: fifty bits each, no sign that is mistaken for another.
    fn new_codes(&self) -> Vec<String> {
        (0..CODES)
            .map(|_| {
                let text = data_encoding::BASE32_NOPAD
                    .encode(&self.randomness.bytes::<7>())
                    .to_ascii_lowercase();
                format!("{}-{}", &text[..5], &text[5..10])
            })
            .collect()
    }
}

fn recovery_forms(codes: &[String]) -> Vec<String> {
    codes.iter().map(|code| recovery_form(code)).collect()
}
