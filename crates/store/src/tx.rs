//! The two kinds of transaction. What can be read and written in them is in the modules of the
//! table families (`customers`, `purchases`, …), as methods.

use crate::changes::Changes;
use crate::db::Db;
use crate::keys::Keys;
use crate::writer::Shared;
use crate::writer::turns::Turns;
use std::time::Instant as Stopwatch;
use vernis_domain::Instant;

/// A consistent snapshot of the truth.
pub struct ReadTx<'a> {
    pub(crate) db: &'a mut Db,
    pub(crate) keys: &'a Keys,
    now: Instant,
}

impl<'a> ReadTx<'a> {
    pub(crate) fn new(db: &'a mut Db, keys: &'a Keys, now: Instant) -> Self {
        Self { db, keys, now }
    }

    /// The time of this transaction, from the store's clock: one value for the whole of it.
    pub fn now(&self) -> Instant {
        self.now
    }
}

/// A use case that writes. Everything in it is kept, or nothing.
///
/// It can read whatever a [`ReadTx`] can, its own writes included.
pub struct WriteTx<'a> {
    read: ReadTx<'a>,
    pub(crate) changes: Changes,
    began: Stopwatch,
    turns: &'a Turns,
}

impl<'a> WriteTx<'a> {
    pub(crate) fn new(db: &'a mut Db, shared: &'a Shared) -> Self {
        Self {
            read: ReadTx::new(db, &shared.keys, (shared.clock)()),
            changes: Changes::default(),
            began: Stopwatch::now(),
            turns: &shared.turns,
        }
    }

    /// Whether a [load](crate::Store::load) shall end here, because others wait for the writer or
    /// because it has had its time.
    pub fn turn_is_over(&self) -> bool {
        self.turns.is_over(self.began)
    }
}

impl<'a> std::ops::Deref for WriteTx<'a> {
    type Target = ReadTx<'a>;

    fn deref(&self) -> &ReadTx<'a> {
        &self.read
    }
}

impl<'a> std::ops::DerefMut for WriteTx<'a> {
    fn deref_mut(&mut self) -> &mut ReadTx<'a> {
        &mut self.read
    }
}
