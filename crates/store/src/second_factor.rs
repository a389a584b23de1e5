//! The second factor of staff: the sealed secret of a code generator, and recovery codes.

use crate::StoreError;
use crate::seal::Place;
use crate::tx::{ReadTx, WriteTx};
use vernis_domain::{Instant, UserId};

/// The code generator of a member of staff.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpRow {
    /// The secret it shares with the program.
    pub secret: Vec<u8>,
    /// When its owner showed that it works; none while it is being set up.
    pub confirmed_at: Option<Instant>,
    /// The last half-minute a code was taken for.
    pub last_step: i64,
}

fn place(user: UserId) -> Place {
    Place {
        table: "staff_totp",
        id: user.0,
    }
}

impl ReadTx<'_> {
    /// The code generator of a member of staff, confirmed or not.
    pub fn totp(&mut self, user: UserId) -> Result<Option<TotpRow>, StoreError> {
        let keys = self.keys;
        self.db.first(
            "select secret, confirmed_at, last_step from staff_totp where user_id = $1",
            &[user.into()],
            |row| {
                Ok(TotpRow {
                    secret: keys.open_for_shop(place(user), &row.bytes(0)?)?,
                    confirmed_at: row.opt_int(1)?.map(Instant),
                    last_step: row.int(2)?,
                })
            },
        )
    }

    /// Whether he signs in with a second factor.
    pub fn has_second_factor(&mut self, user: UserId) -> Result<bool, StoreError> {
        let found = self.db.first(
            "select user_id from staff_totp where user_id = $1 and confirmed_at is not null",
            &[user.into()],
            |row| row.int(0),
        )?;
        Ok(found.is_some())
    }

    /// Everybody who signs in with a second factor.
    pub fn with_second_factor(&mut self) -> Result<Vec<UserId>, StoreError> {
        self.db.all(
            "select user_id from staff_totp where confirmed_at is not null order by user_id",
            &[],
            |row| Ok(UserId(row.int(0)?)),
        )
    }

    /// Recovery codes that are not used yet.
    pub fn recovery_codes_left(&mut self, user: UserId) -> Result<i64, StoreError> {
        let left = self.db.first(
            "select count(*) from recovery_code where user_id = $1 and used_at is null",
            &[user.into()],
            |row| row.int(0),
        )?;
        Ok(left.unwrap_or(0))
    }
}

impl WriteTx<'_> {
    /// Begins to set a code generator up; a confirmed one is left alone and `false` is given.
    pub fn begin_totp(&mut self, user: UserId, secret: &[u8]) -> Result<bool, StoreError> {
        let sealed = self.keys.seal_for_shop(place(user), secret)?;
        let rows = self.db.execute(
            "insert into staff_totp (user_id, secret, confirmed_at, last_step)
             values ($1, $2, null, 0)
             on conflict (user_id) do update set secret = excluded.secret, last_step = 0
             where staff_totp.confirmed_at is null",
            &[user.into(), (&sealed).into()],
        )?;
        Ok(rows > 0)
    }

    /// Takes a code of the half-minute `step`: it is good only if none of it or a later one was. A
    /// generator that was being set up is confirmed by it.
    pub fn take_totp_step(&mut self, user: UserId, step: i64) -> Result<bool, StoreError> {
        let now = self.now();
        let rows = self.db.execute(
            "update staff_totp set last_step = $2, confirmed_at = coalesce(confirmed_at, $3)
             where user_id = $1 and last_step < $2",
            &[user.into(), step.into(), now.into()],
        )?;
        Ok(rows > 0)
    }

    /// Takes the second factor away with its recovery codes; false when there was none.
    pub fn remove_totp(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.db.execute(
            "delete from recovery_code where user_id = $1",
            &[user.into()],
        )?;
        let rows = self
            .db
            .execute("delete from staff_totp where user_id = $1", &[user.into()])?;
        Ok(rows > 0)
    }

    /// Replaces the recovery codes.
    pub fn put_recovery_codes(&mut self, user: UserId, codes: &[String]) -> Result<(), StoreError> {
        self.db.execute(
            "delete from recovery_code where user_id = $1",
            &[user.into()],
        )?;
        for code in codes {
            let hash = self.keys.digest("recovery code", code.as_bytes());
            self.db.execute(
                "insert into recovery_code (user_id, code_hash) values ($1, $2)",
                &[user.into(), (&hash).into()],
            )?;
        }
        Ok(())
    }

    /// Uses a recovery code up; false when it is unknown or used.
    pub fn use_recovery_code(&mut self, user: UserId, code: &str) -> Result<bool, StoreError> {
        let hash = self.keys.digest("recovery code", code.as_bytes());
        let now = self.now();
        let rows = self.db.execute(
            "update recovery_code set used_at = $3
             where user_id = $1 and code_hash = $2 and used_at is null",
            &[user.into(), (&hash).into(), now.into()],
        )?;
        Ok(rows > 0)
    }
}
