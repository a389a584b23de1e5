//! The portable form of all tables: names once per table, then values with a type byte each.

use crate::StoreError;
use crate::value::{OwnedValue, Row, Value};
use serde::{Deserialize, Serialize};
use std::io::{BufReader, Read, Write};
use vernis_domain::Instant;

const MAGIC: &[u8] = b"VERNIS-BACKUP-1\n";
/// Longest value accepted: a limit for damaged files, far above anything stored.
const LONGEST: u64 = 256 << 20;

/// What stands in front of the tables.
#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    pub schema_version: i64,
    pub made_at: Instant,
}

pub(super) struct Writer<W: Write> {
    out: W,
    buffer: Vec<u8>,
    rows: u64,
}

impl<W: Write> Writer<W> {
    pub fn new(mut out: W, header: &Header, master: &[u8; 32]) -> Result<Self, StoreError> {
        let json =
            serde_json::to_vec(header).map_err(|error| StoreError::Invalid(error.to_string()))?;
        let mut buffer = MAGIC.to_vec();
        put_bytes(&mut buffer, &json);
        buffer.extend_from_slice(master);
        out.write_all(&buffer)?;
        buffer.clear();
        Ok(Self {
            out,
            buffer,
            rows: 0,
        })
    }

    pub fn table(&mut self, name: &str, columns: &[String]) -> Result<(), StoreError> {
        self.buffer.push(1);
        put_bytes(&mut self.buffer, name.as_bytes());
        put_number(&mut self.buffer, columns.len() as u64);
        for column in columns {
            put_bytes(&mut self.buffer, column.as_bytes());
        }
        self.flush(0)
    }

    pub fn row(&mut self, row: &Row<'_>) -> Result<(), StoreError> {
        self.rows += 1;
        self.buffer.push(1);
        for column in 0..row.len() {
            let buffer = &mut self.buffer;
            row.with_value(column, |value| put_value(buffer, value))?;
        }
        self.flush(1 << 16)
    }

    pub fn end_of_table(&mut self) -> Result<(), StoreError> {
        self.buffer.push(0);
        self.flush(0)
    }

    /// Ends the stream; the number of rows written and the output.
    pub fn finish(mut self) -> Result<(u64, W), StoreError> {
        self.buffer.push(0);
        let rows = self.rows;
        put_number(&mut self.buffer, rows);
        self.flush(0)?;
        Ok((rows, self.out))
    }

    fn flush(&mut self, above: usize) -> Result<(), StoreError> {
        if self.buffer.len() > above {
            self.out.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_value(out: &mut Vec<u8>, value: Value<'_>) {
    match value {
        Value::Null => out.push(0),
        Value::Int(number) => {
            out.push(1);
            put_number(out, ((number << 1) ^ (number >> 63)) as u64);
        }
        Value::Real(number) => {
            out.push(2);
            out.extend_from_slice(&number.to_le_bytes());
        }
        Value::Text(text) => {
            out.push(3);
            put_bytes(out, text.as_bytes());
        }
        Value::Bytes(bytes) => {
            out.push(4);
            put_bytes(out, bytes);
        }
    }
}

pub(super) struct Reader<R: Read> {
    source: BufReader<R>,
    rows: u64,
}

impl<R: Read> Reader<R> {
    pub fn new(source: R) -> Self {
        Self {
            source: BufReader::with_capacity(1 << 16, source),
            rows: 0,
        }
    }

    pub fn header(&mut self) -> Result<(Header, [u8; 32]), StoreError> {
        let magic: [u8; 16] = self.array()?;
        if magic != MAGIC {
            return Err(StoreError::BadBackup(
                "it is not a Vernis backup".to_owned(),
            ));
        }
        let json = self.bytes()?;
        let header = serde_json::from_slice(&json).map_err(damaged)?;
        Ok((header, self.array()?))
    }

    /// The next table's name and columns.
    pub fn table(&mut self) -> Result<Option<(String, Vec<String>)>, StoreError> {
        if self.array::<1>()? == [0] {
            return Ok(None);
        }
        let name = self.text()?;
        let count = self.number()?;
        let columns = (0..count.min(1000))
            .map(|_| self.text())
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Some((name, columns)))
    }

    /// The next row of the table.
    pub fn row(&mut self, columns: usize) -> Result<Option<Vec<OwnedValue>>, StoreError> {
        if self.array::<1>()? == [0] {
            return Ok(None);
        }
        self.rows += 1;
        (0..columns)
            .map(|_| {
                Ok(match self.array::<1>()? {
                    [0] => OwnedValue::Null,
                    [1] => {
                        let number = self.number()?;
                        OwnedValue::Int((number >> 1) as i64 ^ -((number & 1) as i64))
                    }
                    [2] => OwnedValue::Real(f64::from_le_bytes(self.array()?)),
                    [3] => OwnedValue::Text(self.text()?),
                    [4] => OwnedValue::Bytes(self.bytes()?),
                    _ => return Err(damaged("an unknown kind of value")),
                })
            })
            .collect::<Result<Vec<_>, _>>()
            .map(Some)
    }

    /// The end: all rows came.
    pub fn end(&mut self) -> Result<u64, StoreError> {
        let rows = self.number()?;
        if rows != self.rows {
            return Err(damaged("rows are missing"));
        }
        // Reading to the end makes the encryption check its last block.
        let mut rest = Vec::new();
        self.source
            .by_ref()
            .take(1)
            .read_to_end(&mut rest)
            .map_err(damaged)?;
        if rest.is_empty() {
            Ok(rows)
        } else {
            Err(damaged("something follows the end"))
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let mut bytes = [0; N];
        self.source.read_exact(&mut bytes).map_err(damaged)?;
        Ok(bytes)
    }

    fn number(&mut self) -> Result<u64, StoreError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(damaged("a number without end"))
    }

    fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        let length = self.number()?;
        if length > LONGEST {
            return Err(damaged("a value of impossible length"));
        }
        let mut bytes = vec![0; length as usize];
        self.source.read_exact(&mut bytes).map_err(damaged)?;
        Ok(bytes)
    }

    fn text(&mut self) -> Result<String, StoreError> {
        String::from_utf8(self.bytes()?).map_err(damaged)
    }
}

fn damaged(reason: impl std::fmt::Display) -> StoreError {
    StoreError::BadBackup(format!("it is damaged ({reason})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_value_comes_back_from_the_stream(number: i64, text: String, bytes: Vec<u8>) {
            let mut out = Vec::new();
            put_value(&mut out, Value::Int(number));
            put_value(&mut out, Value::Text(&text));
            put_value(&mut out, Value::Bytes(&bytes));
            put_value(&mut out, Value::Null);
            let mut all = vec![1];
            all.extend(out);
            let row = Reader::new(&all[..]).row(4).unwrap().unwrap();
            prop_assert_eq!(row, vec![
                OwnedValue::Int(number),
                OwnedValue::Text(text),
                OwnedValue::Bytes(bytes),
                OwnedValue::Null,
            ]);
        }
    }
}
