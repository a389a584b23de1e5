//! Answers that follow the base instead of being made again: most numbers are sums over customers,
//! and a sum need not be taken again where nothing has changed.
//!
//! The sum over the whole base is kept and follows the changes ([`Totals`]): who was touched is taken
//! off as he was and added as he is. The price of an answer is then the price of what has changed
//! since the same question was asked before. When too much has, the sum is taken from parts: a
//! history never changes, so what its customers make up is remembered beside it ([`Memo`]), and
//! those touched by the waiting purchases of a shard are corrected. Who adds a question of this
//! kind implements [`Question`] and asks it with [`sum`].

mod beside;
mod packed;
mod total;

pub use beside::Memo;
pub use packed::{Packed, add_numbers};
pub use total::{Before, Totals};

use crate::base::columns::Columns;
use crate::base::live::LiveBase;
use crate::base::shard::{Run, Shard};
use rayon::prelude::*;
use std::any::Any;
use std::sync::Arc;

/// Whether customers are counted in or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// In.
    Plus,
    /// Out.
    Minus,
}

/// A question in numbers; equal numbers are the same question. The first one tells its kind.
pub type Key = Arc<[i64]>;

/// A question whose answer is made from a sum over customers and nameless receipts.
pub trait Question: Sync {
    /// Where the sum is taken.
    type Sum: Any + Clone + Send + Sync;
    /// A sum as it is remembered, as small as it can be.
    type Kept: Any + Send + Sync;

    /// What the sum depends on beside the purchases and the people; `None` when nothing is to be
    /// remembered, because chosen customers are asked about.
    fn key(&self) -> Option<&Key>;
    /// The sum over nobody.
    fn nothing(&self) -> Self::Sum;
    /// Adds the customers of a run.
    fn add(&self, sum: &mut Self::Sum, shard: &Shard, run: Run<'_>);
    /// Adds receipts without a person.
    fn add_nameless(&self, sum: &mut Self::Sum, columns: &Columns);
    /// Brings everything counted to where it is read.
    fn settle(&self, sum: &mut Self::Sum);
    /// Makes a sum small, and the place where it was taken empty again.
    fn keep(&self, sum: &mut Self::Sum) -> Self::Kept;
    /// Adds a remembered sum.
    fn add_kept(&self, sum: &mut Self::Sum, kept: &Self::Kept);
    /// Adds another sum, or takes it off.
    fn merge(&self, sum: &mut Self::Sum, other: Self::Sum, sign: Sign);
    /// Bytes a remembered sum of a part takes.
    fn kept_bytes(kept: &Self::Kept) -> usize;
    /// Bytes of a whole sum.
    fn sum_bytes(sum: &Self::Sum) -> usize;
}

/// Bytes the sums of one shard may take per customer, so that the whole memory stays in bounds.
const ROOM_PER_CUSTOMER: usize = 64;

/// The same per receipt without a person.
const ROOM_PER_RECEIPT: usize = 8;

/// Room of a small shard or block.
const LEAST_ROOM: usize = 4096;

/// What one thread works with.
struct Work<S> {
    sum: S,
    /// What the touched customers made up by the history.
    less: Option<S>,
    /// Where the sum of one history is taken.
    own: Option<S>,
}

/// The sum of the whole base, settled.
pub fn sum<Q: Question>(base: &LiveBase, question: &Q) -> Arc<Q::Sum> {
    let anew = || {
        let mut sum = sum_of_parts(base, question);
        question.settle(&mut sum);
        sum
    };
    match question.key() {
        Some(key) => base.totals().sum(base, question, key, anew),
        None => Arc::new(anew()),
    }
}

/// The same from the parts: what is remembered of each, corrected.
fn sum_of_parts<Q: Question>(base: &LiveBase, question: &Q) -> Q::Sum {
    let start = || Work {
        sum: question.nothing(),
        less: None,
        own: None,
    };
    let end = |mut work: Work<Q::Sum>| {
        if let Some(less) = work.less {
            question.merge(&mut work.sum, less, Sign::Minus);
        }
        work.sum
    };
    let blocks = base.anonymous();
    base.pool().run(|| {
        let merge = |mut a: Q::Sum, b: Q::Sum| {
            question.merge(&mut a, b, Sign::Plus);
            a
        };
        let people = base
            .shards()
            .par_iter()
            .with_min_len(base.grain())
            .fold(start, |mut work, shard| {
                add_shard(question, &mut work, shard);
                work
            })
            .map(end);
        let nobody = blocks
            .par_iter()
            .with_min_len((blocks.len() / (base.pool().threads() * 4)).max(1))
            .fold(start, |mut work, block| {
                let columns = &*block.columns;
                let room = (columns.len() * ROOM_PER_RECEIPT).max(LEAST_ROOM);
                add_memo(question, &mut work, &block.memo, room, |sum| {
                    question.add_nameless(sum, columns);
                });
                work
            })
            .map(end);
        people
            .chain(nobody)
            .reduce_with(merge)
            .unwrap_or_else(|| question.nothing())
    })
}

fn add_shard<Q: Question>(question: &Q, work: &mut Work<Q::Sum>, shard: &Shard) {
    if question.key().is_none() {
        for run in shard.runs() {
            question.add(&mut work.sum, shard, run);
        }
        return;
    }
    let (history, touched) = shard.settled();
    let room = (history.len() * ROOM_PER_CUSTOMER).max(LEAST_ROOM);
    add_memo(question, work, &history.memo, room, |sum| {
        let whole = Run {
            slot: 0,
            slots: None,
            history,
            from: 0,
            to: history.len(),
        };
        question.add(sum, shard, whole);
    });
    let Some(touched) = touched else { return };
    let less = work.less.get_or_insert_with(|| question.nothing());
    let [before, now] = touched.runs();
    question.add(less, shard, before);
    question.add(&mut work.sum, shard, now);
}

/// Adds the sum remembered in `memo`, taken now by `take` if there is none.
fn add_memo<Q: Question>(
    question: &Q,
    work: &mut Work<Q::Sum>,
    memo: &Memo,
    room: usize,
    take: impl FnOnce(&mut Q::Sum),
) {
    let Some(key) = question.key() else {
        return take(&mut work.sum);
    };
    if let Some(kept) = memo.find::<Q::Kept>(key) {
        return question.add_kept(&mut work.sum, &kept);
    }
    let own = work.own.get_or_insert_with(|| question.nothing());
    take(own);
    let kept = Arc::new(question.keep(own));
    question.add_kept(&mut work.sum, &kept);
    let bytes = Q::kept_bytes(&kept);
    memo.put(key, kept, bytes, room);
}
