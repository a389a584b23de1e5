//! Values bound to statements and rows read back: the four storage types of both databases.

use crate::StoreError;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut};

/// A bound value: bigint, double, text, bytes or null.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! ids {
    ($($id:ty),*) => {$(
        impl From<$id> for Value<'_> {
            fn from(id: $id) -> Self {
                Self::Int(id.0)
            }
        }
    )*};
}
ids!(
    vernis_domain::CustomerId,
    vernis_domain::PurchaseId,
    vernis_domain::ProductId,
    vernis_domain::StoreId,
    vernis_domain::ChannelId,
    vernis_domain::ImportId,
    vernis_domain::UserId,
    vernis_domain::Instant
);

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(value) => value.to_sql(kind, out),
            Self::Real(value) => value.to_sql(kind, out),
            Self::Text(value) => value.to_sql(kind, out),
            Self::Bytes(value) => value.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::FLOAT8, Type::TEXT, Type::BYTEA].contains(kind)
    }

    fn to_sql_checked(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let fits = match self {
            Self::Null => true,
            Self::Int(_) => *kind == Type::INT8,
            Self::Real(_) => *kind == Type::FLOAT8,
            Self::Text(_) => *kind == Type::TEXT,
            Self::Bytes(_) => *kind == Type::BYTEA,
        };
        if !fits {
            return Err(format!("a value was bound where {kind} is wanted").into());
        }
        ToSql::to_sql(self, kind, out)
    }
}

/// One row of a result, of either database. Columns are counted from 0.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a postgres::Row),
}

impl Row<'_> {
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column).map_err(decode)?),
            Self::Postgres(row) => Ok(row.try_get(column).map_err(decode)?),
        }
    }

    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column).map_err(decode)?),
            Self::Postgres(row) => Ok(row.try_get(column).map_err(decode)?),
        }
    }

    pub fn opt_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column).map_err(decode)?),
            Self::Postgres(row) => Ok(row.try_get(column).map_err(decode)?),
        }
    }

    pub fn text(&self, column: usize) -> Result<String, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column).map_err(decode)?),
            Self::Postgres(row) => Ok(row.try_get(column).map_err(decode)?),
        }
    }

    pub fn opt_bytes(&self, column: usize) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column).map_err(decode)?),
            Self::Postgres(row) => Ok(row.try_get(column).map_err(decode)?),
        }
    }

    pub fn bytes(&self, column: usize) -> Result<Vec<u8>, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column).map_err(decode)?),
            Self::Postgres(row) => Ok(row.try_get(column).map_err(decode)?),
        }
    }

    /// Bytes of a fixed length.
    pub fn array<const N: usize>(&self, column: usize) -> Result<[u8; N], StoreError> {
        let bytes = self.bytes(column)?;
        let found = bytes.len();
        bytes
            .try_into()
            .map_err(|_| StoreError::Decode(format!("{found} bytes where {N} are wanted")))
    }
}

fn decode(error: impl std::fmt::Display) -> StoreError {
    StoreError::Decode(error.to_string())
}
