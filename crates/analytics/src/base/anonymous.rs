//! Receipts without a person: they count in the totals of the shop and in the identified share,
//! and nowhere else. Kept in blocks by purchase id, so that a repeat is found at once.

use super::columns::{Columns, Ids};
use super::row::Row;
use crate::memo::Memo;
use std::sync::Arc;

/// Purchase ids per block, as a power of two.
pub const BLOCK_BITS: u32 = 12;

/// Anonymous receipts whose purchase ids lie in `key << 12 .. (key + 1) << 12`, by id.
#[derive(Clone, Debug)]
pub struct Block {
    /// Which ids.
    pub key: i64,
    /// The receipts.
    pub columns: Arc<Columns>,
    /// What was found out about them.
    pub memo: Arc<Memo>,
}

impl Block {
    /// A block without receipts.
    pub fn empty(key: i64) -> Block {
        Block::of(key, Arc::default())
    }

    /// A block of ready columns.
    pub fn of(key: i64, columns: Arc<Columns>) -> Block {
        Block {
            key,
            columns,
            memo: Arc::default(),
        }
    }

    /// This block with receipts added; those already known change nothing. `None` if all are.
    pub fn with(&self, mut rows: Vec<Row>) -> Option<Block> {
        rows.sort_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        rows.retain(|row| self.find(row.id).is_none());
        if rows.is_empty() {
            return None;
        }
        let mut columns = Columns::default();
        columns.reserve(self.columns.len() + rows.len());
        let mut from = 0;
        for row in &rows {
            let until = self.place(row.id);
            columns.extend(&self.columns, from..until);
            columns.push(row);
            from = until;
        }
        columns.extend(&self.columns, from..self.columns.len());
        Some(Block::of(self.key, Arc::new(columns)))
    }

    /// This block without some receipts.
    pub fn without(&self, ids: &[i64]) -> Block {
        let mut columns = Columns::default();
        for at in 0..self.columns.len() {
            if !ids.contains(&self.columns.id.get(at)) {
                columns.extend(&self.columns, at..at + 1);
            }
        }
        Block::of(self.key, Arc::new(columns))
    }

    /// The receipts of this block that another does not have.
    pub fn beyond(&self, other: &Block) -> Columns {
        let mut columns = Columns::default();
        let mut theirs = 0;
        for at in 0..self.columns.len() {
            let id = self.columns.id.get(at);
            while theirs < other.columns.len() && other.columns.id.get(theirs) < id {
                theirs += 1;
            }
            if theirs == other.columns.len() || other.columns.id.get(theirs) != id {
                columns.extend(&self.columns, at..at + 1);
            }
        }
        columns
    }

    fn place(&self, id: i64) -> usize {
        match &self.columns.id {
            Ids::Narrow(ids) => ids.partition_point(|&own| i64::from(own) < id),
            Ids::Wide(ids) => ids.partition_point(|&own| own < id),
        }
    }

    /// Row of a receipt.
    pub fn find(&self, id: i64) -> Option<usize> {
        let at = self.place(id);
        (at < self.columns.len() && self.columns.id.get(at) == id).then_some(at)
    }
}
