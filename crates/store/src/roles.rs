//! Roles as the shop edited them: sets of permissions under a code.

use crate::StoreError;
use crate::tx::{ReadTx, WriteTx};
use crate::value::Row;

/// A role as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRow {
    /// Code, unique.
    pub code: String,
    /// Name a person gave it; empty for a given role.
    pub name: String,
    /// Codes of permissions with spaces between.
    pub permissions: String,
}

fn role(row: &Row<'_>) -> Result<RoleRow, StoreError> {
    Ok(RoleRow {
        code: row.text(0)?,
        name: row.text(1)?,
        permissions: row.text(2)?,
    })
}

impl ReadTx<'_> {
    /// Roles that were made or edited, by code.
    pub fn roles(&mut self) -> Result<Vec<RoleRow>, StoreError> {
        self.db.all(
            "select code, name, permissions from staff_role order by code",
            &[],
            role,
        )
    }
}

impl WriteTx<'_> {
    /// Keeps a role, and ends the sessions of all who have it.
    pub fn put_role(&mut self, role: &RoleRow) -> Result<(), StoreError> {
        let now = self.now();
        self.db.execute(
            "insert into staff_role (code, name, permissions, changed_at) values ($1, $2, $3, $4)
             on conflict (code) do update set name = excluded.name,
               permissions = excluded.permissions, changed_at = excluded.changed_at",
            &[
                (&role.code).into(),
                (&role.name).into(),
                (&role.permissions).into(),
                now.into(),
            ],
        )?;
        self.end_sessions_of_role(&role.code)
    }

    /// Forgets what was kept of a role; the flag tells whether there was anything.
    pub fn drop_role(&mut self, code: &str) -> Result<bool, StoreError> {
        let rows = self
            .db
            .execute("delete from staff_role where code = $1", &[code.into()])?;
        self.end_sessions_of_role(code)?;
        Ok(rows > 0)
    }

    fn end_sessions_of_role(&mut self, code: &str) -> Result<(), StoreError> {
        self.db.execute(
            "delete from session where user_id in (select id from staff_user where role = $1)",
            &[code.into()],
        )?;
        Ok(())
    }
}
