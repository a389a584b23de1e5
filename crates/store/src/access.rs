//! Who may come in: staff, sessions, API keys, one-time links. Secrets are kept as keyed digests.

use crate::StoreError;
use crate::db::{IdSource, ids_of};
use crate::tx::{ReadTx, WriteTx};
use crate::value::Row;
use vernis_domain::{Instant, UserId};

static USER_IDS: IdSource = ids_of!("staff_user");
static KEY_IDS: IdSource = ids_of!("api_key");

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffUser {
    /// Row id.
    pub id: UserId,
    /// Login, unique.
    pub login: String,
    /// Name shown on pages.
    pub name: String,
    /// When he was blocked, if he is.
    pub blocked_at: Option<Instant>,
    /// Code of his role.
    pub role: String,
    /// Whom he sees, as the program writes it.
    pub scope: String,
    /// When he was added.
    pub created_at: Instant,
}

/// Columns of a member of staff, in the order they are read in.
macro_rules! user_columns {
    () => {
        "u.id, u.login, u.name, u.blocked_at, u.role, u.scope, u.created_at"
    };
}

/// Whose session a token belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionUser {
    /// The user; never a blocked one.
    pub user: StaffUser,
    /// When the session ends.
    pub expires_at: Instant,
}

/// An open session, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// What tells it from the others; made of the digest, opens nothing.
    pub handle: String,
    /// When somebody signed in.
    pub created_at: Instant,
    /// The browser as it names itself; empty when it did not.
    pub agent: String,
    /// The session that asks.
    pub this: bool,
}

fn handle(token_hash: &[u8]) -> String {
    blake3::hash(token_hash).to_hex()[..16].to_owned()
}

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Row id.
    pub id: i64,
    /// Name a person gave it.
    pub name: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last used (kept to the minute).
    pub last_used_at: Option<Instant>,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
    /// What it may do, as the program writes it; `*` is everything.
    pub permissions: String,
    /// Whom it sees, as the program writes it.
    pub scope: String,
    /// Most requests a minute; `None`: as many as come.
    pub per_minute: Option<i64>,
    /// When its secret was last replaced.
    pub rotated_at: Option<Instant>,
    /// Until when the secret before that works too.
    pub old_until: Option<Instant>,
}

/// Columns of an API key, in the order they are read in.
macro_rules! key_columns {
    () => {
        "id, name, created_at, last_used_at, revoked_at, permissions, scope, per_minute, \
         rotated_at, old_until"
    };
}

/// A one-time link that can still be used, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLink {
    /// What tells it from the others; made of the digest, opens nothing.
    pub handle: String,
    /// What it gives, as the program writes it.
    pub gives: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
}

/// What an API key is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiKey {
    /// Name.
    pub name: String,
    /// What it may do, as the program writes it.
    pub permissions: String,
    /// Whom it sees, as the program writes it.
    pub scope: String,
    /// Most requests a minute.
    pub per_minute: Option<i64>,
}

fn user(row: &Row<'_>) -> Result<StaffUser, StoreError> {
    Ok(StaffUser {
        id: UserId(row.int(0)?),
        login: row.text(1)?,
        name: row.text(2)?,
        blocked_at: row.opt_int(3)?.map(Instant),
        role: row.text(4)?,
        scope: row.text(5)?,
        created_at: Instant(row.int(6)?),
    })
}

impl ReadTx<'_> {
    /// All staff, oldest first.
    pub fn users(&mut self) -> Result<Vec<StaffUser>, StoreError> {
        self.db.all(
            concat!(
                "select ",
                user_columns!(),
                " from staff_user u order by u.id"
            ),
            &[],
            user,
        )
    }

    /// A user by login with the hash of his password.
    pub fn user_by_login(
        &mut self,
        login: &str,
    ) -> Result<Option<(StaffUser, String)>, StoreError> {
        self.db.first(
            concat!(
                "select ",
                user_columns!(),
                ", u.password_hash from staff_user u where u.login = $1"
            ),
            &[login.into()],
            |row| Ok((user(row)?, row.text(7)?)),
        )
    }

    /// Whose session this token is; nobody's when it has ended or the user is blocked.
    pub fn session(&mut self, token: &str) -> Result<Option<SessionUser>, StoreError> {
        let hash = self.keys.digest("session", token.as_bytes());
        let now = self.now();
        self.db.first(
            concat!(
                "select ",
                user_columns!(),
                ", s.expires_at
             from session s join staff_user u on u.id = s.user_id
             where s.token_hash = $1 and s.expires_at > $2 and u.blocked_at is null"
            ),
            &[(&hash).into(), now.into()],
            |row| {
                Ok(SessionUser {
                    user: user(row)?,
                    expires_at: Instant(row.int(7)?),
                })
            },
        )
    }

    /// The open sessions of a user, newest first; `token` is that of the one that asks.
    pub fn sessions_of(
        &mut self,
        user: UserId,
        token: &str,
    ) -> Result<Vec<OpenSession>, StoreError> {
        let this = self.keys.digest("session", token.as_bytes());
        let now = self.now();
        self.db.all(
            "select token_hash, created_at, agent from session
             where user_id = $1 and expires_at > $2 order by created_at desc, token_hash",
            &[user.into(), now.into()],
            |row| {
                let hash = row.bytes(0)?;
                Ok(OpenSession {
                    handle: handle(&hash),
                    created_at: Instant(row.int(1)?),
                    agent: row.text(2)?,
                    this: hash[..] == this,
                })
            },
        )
    }

    /// All API keys, newest first.
    pub fn api_keys(&mut self) -> Result<Vec<ApiKey>, StoreError> {
        self.db.all(
            concat!("select ", key_columns!(), " from api_key order by id desc"),
            &[],
            api_key,
        )
    }

    /// The living API key of this secret.
    pub fn api_key(&mut self, secret: &str) -> Result<Option<ApiKey>, StoreError> {
        let hash = self.keys.digest("api key", secret.as_bytes());
        let now = self.now();
        self.db.first(
            concat!(
                "select ",
                key_columns!(),
                " from api_key
                 where (key_hash = $1 or (old_hash = $1 and old_until > $2)) and revoked_at is null
                   and frozen_at is null"
            ),
            &[(&hash).into(), now.into()],
            api_key,
        )
    }

    /// What a one-time link gives; `None` when it is unknown, used or over.
    pub fn link_gives(&mut self, token: &str, purpose: &str) -> Result<Option<String>, StoreError> {
        let hash = self.keys.digest("link", token.as_bytes());
        let now = self.now();
        self.db.first(
            "select gives from one_time_link
             where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3",
            &[(&hash).into(), purpose.into(), now.into()],
            |row| row.text(0),
        )
    }

    /// Links of a purpose that can still be used, newest first.
    pub fn open_links(&mut self, purpose: &str) -> Result<Vec<OpenLink>, StoreError> {
        let now = self.now();
        self.db.all(
            "select token_hash, gives, created_at, expires_at from one_time_link
             where purpose = $1 and used_at is null and expires_at > $2
             order by created_at desc, token_hash",
            &[purpose.into(), now.into()],
            |row| {
                Ok(OpenLink {
                    handle: handle(&row.bytes(0)?),
                    gives: row.text(1)?,
                    created_at: Instant(row.int(2)?),
                    expires_at: Instant(row.int(3)?),
                })
            },
        )
    }

    /// A member of staff.
    pub fn user(&mut self, id: UserId) -> Result<Option<StaffUser>, StoreError> {
        self.db.first(
            concat!(
                "select ",
                user_columns!(),
                " from staff_user u where u.id = $1"
            ),
            &[id.into()],
            user,
        )
    }

    /// When somebody last signed in, of those whose session is still open.
    pub fn last_sign_ins(&mut self) -> Result<Vec<(UserId, Instant)>, StoreError> {
        let now = self.now();
        self.db.all(
            "select user_id, max(created_at) from session where expires_at > $1 group by user_id",
            &[now.into()],
            |row| Ok((UserId(row.int(0)?), Instant(row.int(1)?))),
        )
    }

    /// Whether a one-time link can still be used.
    pub fn link_is_good(&mut self, token: &str, purpose: &str) -> Result<bool, StoreError> {
        let hash = self.keys.digest("link", token.as_bytes());
        let now = self.now();
        Ok(self
            .db
            .first(
                "select expires_at from one_time_link
                 where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3",
                &[(&hash).into(), purpose.into(), now.into()],
                |row| row.int(0),
            )?
            .is_some())
    }
}

fn api_key(row: &Row<'_>) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: row.int(0)?,
        name: row.text(1)?,
        created_at: Instant(row.int(2)?),
        last_used_at: row.opt_int(3)?.map(Instant),
        revoked_at: row.opt_int(4)?.map(Instant),
        permissions: row.text(5)?,
        scope: row.text(6)?,
        per_minute: row.opt_int(7)?,
        rotated_at: row.opt_int(8)?.map(Instant),
        old_until: row.opt_int(9)?.map(Instant),
    })
}

impl WriteTx<'_> {
    /// Adds a member of staff. A taken login is [`StoreError::Unique`].
    pub fn create_user(
        &mut self,
        login: &str,
        name: &str,
        password_hash: &str,
        role: &str,
        scope: &str,
    ) -> Result<UserId, StoreError> {
        let id = self.db.new_ids(&USER_IDS, 1)?[0];
        let now = self.now();
        self.db.execute(
            "insert into staff_user (id, login, name, password_hash, created_at, role, scope)
             values ($1, $2, $3, $4, $5, $6, $7)",
            &[
                id.into(),
                login.into(),
                name.into(),
                password_hash.into(),
                now.into(),
                role.into(),
                scope.into(),
            ],
        )?;
        Ok(UserId(id))
    }

    /// Sets name, role and scope of a user; ends all his sessions when his powers are others now.
    pub fn change_user(
        &mut self,
        id: UserId,
        name: &str,
        role: &str,
        scope: &str,
    ) -> Result<(), StoreError> {
        let before = self
            .db
            .first(
                "select role, scope from staff_user where id = $1",
                &[id.into()],
                |row| Ok((row.text(0)?, row.text(1)?)),
            )?
            .ok_or(StoreError::NotFound("The user"))?;
        self.db.execute(
            "update staff_user set name = $2, role = $3, scope = $4 where id = $1",
            &[id.into(), name.into(), role.into(), scope.into()],
        )?;
        if (before.0.as_str(), before.1.as_str()) != (role, scope) {
            self.end_sessions(id)?;
        }
        Ok(())
    }

    /// Sets a password and ends all sessions of the user.
    pub fn set_password(&mut self, id: UserId, password_hash: &str) -> Result<(), StoreError> {
        let rows = self.db.execute(
            "update staff_user set password_hash = $2 where id = $1",
            &[id.into(), password_hash.into()],
        )?;
        if rows == 0 {
            return Err(StoreError::NotFound("The user"));
        }
        self.end_sessions(id)
    }

    /// Blocks a user (and ends his sessions) or lets him in again.
    pub fn set_blocked(&mut self, id: UserId, blocked: bool) -> Result<(), StoreError> {
        let at = blocked.then(|| self.now());
        let rows = self.db.execute(
            "update staff_user set blocked_at = $2 where id = $1",
            &[id.into(), at.into()],
        )?;
        if rows == 0 {
            return Err(StoreError::NotFound("The user"));
        }
        self.end_sessions(id)
    }

    /// Ends all sessions of a user.
    pub fn end_sessions(&mut self, id: UserId) -> Result<(), StoreError> {
        self.db
            .execute("delete from session where user_id = $1", &[id.into()])?;
        Ok(())
    }

    /// Begins a session. Sessions that have ended are swept on the way.
    pub fn create_session(
        &mut self,
        token: &str,
        user: UserId,
        expires_at: Instant,
        agent: &str,
    ) -> Result<(), StoreError> {
        let hash = self.keys.digest("session", token.as_bytes());
        let now = self.now();
        self.db
            .execute("delete from session where expires_at <= $1", &[now.into()])?;
        self.db.execute(
            "insert into session (token_hash, user_id, created_at, expires_at, agent)
             values ($1, $2, $3, $4, $5)",
            &[
                (&hash).into(),
                user.into(),
                now.into(),
                expires_at.into(),
                agent.into(),
            ],
        )?;
        Ok(())
    }

    /// Ends one of a user's own sessions by its handle; the flag tells whether there was one.
    pub fn end_session(&mut self, user: UserId, wanted: &str) -> Result<bool, StoreError> {
        let hashes = self.db.all(
            "select token_hash from session where user_id = $1",
            &[user.into()],
            |row| row.bytes(0),
        )?;
        let Some(hash) = hashes.into_iter().find(|hash| handle(hash) == wanted) else {
            return Ok(false);
        };
        self.db.execute(
            "delete from session where token_hash = $1",
            &[(&hash).into()],
        )?;
        Ok(true)
    }

    /// Ends all sessions of a user but the one of this token.
    pub fn end_other_sessions(&mut self, user: UserId, token: &str) -> Result<(), StoreError> {
        let this = self.keys.digest("session", token.as_bytes());
        self.db.execute(
            "delete from session where user_id = $1 and token_hash <> $2",
            &[user.into(), (&this).into()],
        )?;
        Ok(())
    }

    /// Ends a session; an unknown one is no error.
    pub fn delete_session(&mut self, token: &str) -> Result<(), StoreError> {
        let hash = self.keys.digest("session", token.as_bytes());
        self.db.execute(
            "delete from session where token_hash = $1",
            &[(&hash).into()],
        )?;
        Ok(())
    }

    /// Keeps an API key; the secret itself is shown once by the caller and never stored.
    pub fn create_api_key(&mut self, key: &NewApiKey, secret: &str) -> Result<i64, StoreError> {
        let hash = self.keys.digest("api key", secret.as_bytes());
        let id = self.db.new_ids(&KEY_IDS, 1)?[0];
        let now = self.now();
        self.db.execute(
            "insert into api_key (id, key_hash, name, created_at, permissions, scope, per_minute)
             values ($1, $2, $3, $4, $5, $6, $7)",
            &[
                id.into(),
                (&hash).into(),
                (&key.name).into(),
                now.into(),
                (&key.permissions).into(),
                (&key.scope).into(),
                key.per_minute.into(),
            ],
        )?;
        Ok(id)
    }

    /// Changes what a living key is called and may do; the flag tells whether there was one.
    pub fn change_api_key(&mut self, id: i64, key: &NewApiKey) -> Result<bool, StoreError> {
        let rows = self.db.execute(
            "update api_key set name = $2, permissions = $3, scope = $4, per_minute = $5
             where id = $1 and revoked_at is null",
            &[
                id.into(),
                (&key.name).into(),
                (&key.permissions).into(),
                (&key.scope).into(),
                key.per_minute.into(),
            ],
        )?;
        Ok(rows > 0)
    }

    /// Gives a living key a new secret; the one it had works until `old_until`.
    pub fn rotate_api_key(
        &mut self,
        id: i64,
        secret: &str,
        old_until: Instant,
    ) -> Result<bool, StoreError> {
        let hash = self.keys.digest("api key", secret.as_bytes());
        let now = self.now();
        let rows = self.db.execute(
            "update api_key set old_hash = key_hash, old_until = $3, key_hash = $2, rotated_at = $4
             where id = $1 and revoked_at is null",
            &[id.into(), (&hash).into(), old_until.into(), now.into()],
        )?;
        Ok(rows > 0)
    }

    /// Takes an API key back; the flag tells whether there was a living one.
    pub fn revoke_api_key(&mut self, id: i64) -> Result<bool, StoreError> {
        let now = self.now();
        let rows = self.db.execute(
            "update api_key set revoked_at = $2 where id = $1 and revoked_at is null",
            &[id.into(), now.into()],
        )?;
        Ok(rows > 0)
    }

    /// Notes that a key was used, at most once a minute.
    pub fn touch_api_key(&mut self, id: i64) -> Result<(), StoreError> {
        let now = self.now();
        self.db.execute(
            "update api_key set last_used_at = $2
             where id = $1 and coalesce(last_used_at, 0) < $3",
            &[id.into(), now.into(), (now.0 - 60_000_000).into()],
        )?;
        Ok(())
    }

    /// Keeps a one-time link.
    pub fn create_link(
        &mut self,
        token: &str,
        purpose: &str,
        expires_at: Instant,
        gives: &str,
    ) -> Result<(), StoreError> {
        let hash = self.keys.digest("link", token.as_bytes());
        let now = self.now();
        self.db.execute(
            "insert into one_time_link (token_hash, purpose, created_at, expires_at, gives)
             values ($1, $2, $3, $4, $5)",
            &[
                (&hash).into(),
                purpose.into(),
                now.into(),
                expires_at.into(),
                gives.into(),
            ],
        )?;
        Ok(())
    }

    /// Takes a link back by its handle; the flag tells whether there was an open one.
    pub fn drop_link(&mut self, wanted: &str, purpose: &str) -> Result<bool, StoreError> {
        let hashes = self.db.all(
            "select token_hash from one_time_link where purpose = $1 and used_at is null",
            &[purpose.into()],
            |row| row.bytes(0),
        )?;
        let Some(hash) = hashes.into_iter().find(|hash| handle(hash) == wanted) else {
            return Ok(false);
        };
        self.db.execute(
            "delete from one_time_link where token_hash = $1",
            &[(&hash).into()],
        )?;
        Ok(true)
    }

    /// Uses a one-time link up; false when it is unknown, used or over.
    pub fn use_link(&mut self, token: &str, purpose: &str) -> Result<bool, StoreError> {
        let hash = self.keys.digest("link", token.as_bytes());
        let now = self.now();
        let rows = self.db.execute(
            "update one_time_link set used_at = $3
             where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3",
            &[(&hash).into(), purpose.into(), now.into()],
        )?;
        Ok(rows > 0)
    }
}
