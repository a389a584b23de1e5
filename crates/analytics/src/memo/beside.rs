//! Sums remembered beside the rows they were taken from.

use super::Key;
use std::any::Any;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

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
    pub fn find<T: Any + Send + Sync>(&self, key: &Key) -> Option<Arc<T>> {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let at = sums.iter().rposition(|own| own.key == *key)?;
        sums[at..].rotate_left(1);
        let sum = Arc::clone(&sums.last()?.sum);
        drop(sums);
        sum.downcast().ok()
    }

    /// Remembers a sum, within `room` bytes for all of them.
    pub fn put<T: Any + Send + Sync>(&self, key: &Key, sum: Arc<T>, bytes: usize, room: usize) {
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

#[cfg(test)]
mod tests {
    use super::*;

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
