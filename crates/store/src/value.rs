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

/// A value that outlives the row it came from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OwnedValue {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

impl OwnedValue {
    pub fn borrow(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(value) => Value::Int(*value),
            Self::Real(value) => Value::Real(*value),
            Self::Text(value) => Value::Text(value),
            Self::Bytes(value) => Value::Bytes(value),
        }
    }
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
    vernis_domain::FieldId,
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

    /// Columns of the row.
    pub fn len(&self) -> usize {
        match self {
            Self::Sqlite(row) => row.as_ref().column_count(),
            Self::Postgres(row) => row.len(),
        }
    }

    /// A column of whatever type it has, handed on without a copy where the database allows.
    pub fn with_value<T>(
        &self,
        column: usize,
        read: impl FnOnce(Value<'_>) -> T,
    ) -> Result<T, StoreError> {
        use rusqlite::types::ValueRef;
        match self {
            Self::Sqlite(row) => Ok(read(match row.get_ref(column).map_err(decode)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Int(number),
                ValueRef::Real(number) => Value::Real(number),
                ValueRef::Text(text) => Value::Text(std::str::from_utf8(text).map_err(decode)?),
                ValueRef::Blob(bytes) => Value::Bytes(bytes),
            })),
            Self::Postgres(row) => {
                let kind = row.columns()[column].type_();
                Ok(match *kind {
                    Type::INT8 => read(
                        row.try_get::<_, Option<i64>>(column)
                            .map_err(decode)?
                            .into(),
                    ),
                    Type::FLOAT8 => read(
                        row.try_get::<_, Option<f64>>(column)
                            .map_err(decode)?
                            .map_or(Value::Null, Value::Real),
                    ),
                    Type::TEXT => read(
                        row.try_get::<_, Option<&str>>(column)
                            .map_err(decode)?
                            .into(),
                    ),
                    Type::BYTEA => read(
                        row.try_get::<_, Option<&[u8]>>(column)
                            .map_err(decode)?
                            .into(),
                    ),
                    _ => return Err(StoreError::Decode(format!("a column of type {kind}"))),
                })
            }
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
