//! Answers that follow the base instead of being made again: most numbers are sums over customers,
//! and a sum need not be taken again where nothing has changed.
//!
//! A history never changes, so the part of an answer that its customers make up is remembered
//! beside it ([`Memo`]). The customers touched by the waiting purchases of a shard are corrected:
//! what they made up by the history is taken off, what they make up now is added. The price of an
//! answer is then the price of what has changed since the same question was asked before. Who adds
//! a question of this kind implements [`Question`] and asks it with [`sum`].

use crate::base::columns::Columns;
use crate::base::live::LiveBase;
use crate::base::shard::{Run, Shard};
use rayon::prelude::*;
use std::any::Any;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

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
    type Sum: Send;
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
    /// Makes a sum small, and the place where it was taken empty again.
    fn keep(&self, sum: &mut Self::Sum) -> Self::Kept;
    /// Adds a remembered sum.
    fn add_kept(&self, sum: &mut Self::Sum, kept: &Self::Kept);
    /// Adds another sum, or takes it off.
    fn merge(&self, sum: &mut Self::Sum, other: Self::Sum, sign: Sign);
    /// Bytes a remembered sum takes.
    fn bytes(kept: &Self::Kept) -> usize;
}

/// Questions remembered beside one history or block at most; the one not asked for longest goes.
const MOST_QUESTIONS: usize = 12;

struct Remembered {
    key: Key,
    sum: Arc<dyn Any + Send + Sync>,
    bytes: usize,
}

/// What has been found out about rows that never change. A copy of the rows starts without it.
#[derive(Default)]
pub struct Memo {
    /// The one asked for last is the last.
    sums: Mutex<Vec<Remembered>>,
    days: OnceLock<Option<Range<i32>>>,
}

impl Memo {
    fn find<T: Any + Send + Sync>(&self, key: &Key) -> Option<Arc<T>> {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let at = sums.iter().rposition(|own| own.key == *key)?;
        sums[at..].rotate_left(1);
        let sum = Arc::clone(&sums.last()?.sum);
        drop(sums);
        sum.downcast().ok()
    }

    /// Remembers a sum, within `room` bytes for all of them.
    fn put<T: Any + Send + Sync>(&self, key: &Key, sum: Arc<T>, bytes: usize, room: usize) {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums.retain(|own| own.key != *key);
        let key = Arc::clone(key);
        sums.push(Remembered { key, sum, bytes });
        while sums.len() > MOST_QUESTIONS || sums.iter().map(|own| own.bytes).sum::<usize>() > room
        {
            sums.remove(0);
        }
    }

    /// First day of the rows to one past the last, found once.
    pub fn days(&self, days: &[u16]) -> Option<Range<i32>> {
        let scan = || {
            let all = days.iter().copied();
            let (first, last) = all.fold((u16::MAX, 0), |(a, b), d| (a.min(d), b.max(d)));
            (first <= last).then(|| i32::from(first)..i32::from(last) + 1)
        };
        self.days.get_or_init(scan).clone()
    }

    /// Bytes of the remembered sums.
    pub fn bytes(&self) -> usize {
        let sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums.iter().map(|own| own.bytes + own.key.len() * 8).sum()
    }
}

impl Clone for Memo {
    fn clone(&self) -> Memo {
        Memo::default()
    }
}

/// What is remembered about rows is no part of them.
impl PartialEq for Memo {
    fn eq(&self, _: &Memo) -> bool {
        true
    }
}

impl Eq for Memo {}

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memo({} bytes)", self.bytes())
    }
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

/// The sum of the whole base: what is remembered, corrected.
pub fn sum<Q: Question>(base: &LiveBase, question: &Q) -> Q::Sum {
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
    let bytes = Q::bytes(&kept);
    memo.put(key, kept, bytes, room);
}

/// Numbers of which most are zero, packed: the others in runs.
#[derive(Debug, Default)]
pub struct Packed {
    /// (place of the first, how many) of each run.
    runs: Vec<(u32, u32)>,
    values: Vec<i64>,
}

/// Zeros within a run that are cheaper kept than a new run.
const GAP: usize = 2;

impl Packed {
    /// Packs the numbers and leaves zeros.
    pub fn take(numbers: &mut [i64]) -> Packed {
        let mut packed = Packed::default();
        for (at, number) in numbers.iter_mut().enumerate() {
            if *number == 0 {
                continue;
            }
            match packed.runs.last_mut() {
                Some((from, count)) if at - (*from + *count) as usize <= GAP => {
                    let zeros = at - (*from + *count) as usize;
                    packed.values.extend([0; GAP].iter().take(zeros));
                    *count += zeros as u32 + 1;
                }
                _ => packed.runs.push((at as u32, 1)),
            }
            packed.values.push(std::mem::take(number));
        }
        packed.runs.shrink_to_fit();
        packed.values.shrink_to_fit();
        packed
    }

    /// The numbers that are not zero (and a few that are) with their places, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (usize, i64)> {
        let places = self
            .runs
            .iter()
            .flat_map(|&(from, count)| from..from + count);
        places
            .map(|at| at as usize)
            .zip(self.values.iter().copied())
    }

    /// Adds the numbers at their places.
    pub fn add_to(&self, numbers: &mut [i64]) {
        let mut rest = self.values.as_slice();
        for &(from, count) in &self.runs {
            let (own, more) = rest.split_at(count as usize);
            add_numbers(&mut numbers[from as usize..][..own.len()], own, Sign::Plus);
            rest = more;
        }
    }

    /// Bytes of it.
    pub fn bytes(&self) -> usize {
        self.runs.len() * 8 + self.values.len() * 8
    }
}

/// Adds numbers place by place, or takes them off.
pub fn add_numbers(to: &mut [i64], numbers: &[i64], sign: Sign) {
    let pairs = to.iter_mut().zip(numbers);
    match sign {
        Sign::Plus => pairs.for_each(|(sum, number)| *sum += number),
        Sign::Minus => pairs.for_each(|(sum, number)| *sum -= number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packed_numbers_come_back_at_their_places(numbers in prop::collection::vec(prop_oneof![3 => Just(0i64), 1 => -9i64..9], 0..60)) {
            let mut taken = numbers.clone();
            let packed = Packed::take(&mut taken);
            prop_assert!(taken.iter().all(|&number| number == 0));
            packed.add_to(&mut taken);
            prop_assert_eq!(taken, numbers);
        }
    }

    #[test]
    fn a_memo_forgets_what_was_asked_longest_ago_and_stays_in_its_room() {
        let memo = Memo::default();
        let key = |n: i64| Key::from([n]);
        for n in 0..20 {
            memo.put(&key(n), Arc::new(n), 10, 1000);
            assert_eq!(memo.find(&key(0)), (n < 20).then_some(Arc::new(0i64)));
        }
        assert!(memo.find::<i64>(&key(1)).is_none());
        assert_eq!(memo.find(&key(19)), Some(Arc::new(19i64)));
        memo.put(&key(50), Arc::new(50i64), 995, 1000);
        assert_eq!(memo.bytes(), 995 + 8);
    }
}
