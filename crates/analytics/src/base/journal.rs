//! Who was touched by which version of a base, for those who keep something about each customer and
//! want to look again at nobody else.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Touched customers noted at most: about as many as cost less to look at again than everybody.
const MOST_NOTED: usize = 100_000;

/// Customers by shard key and lower bits of their ids.
pub type Touched = BTreeMap<i64, BTreeSet<u16>>;

/// Shared by the versions that come one after the other.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    list: VecDeque<(u64, i64, Vec<u16>)>,
    noted: usize,
    /// Every change of a later version is in the list.
    complete_after: u64,
}

impl Journal {
    /// A journal that knows of nothing up to a version.
    pub(crate) fn after(version: u64) -> Journal {
        Journal(Mutex::new(Notes {
            complete_after: version,
            ..Notes::default()
        }))
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes customers of a shard that `version` changes.
    pub(crate) fn note(&self, version: u64, key: i64, mut lows: Vec<u16>) {
        lows.dedup();
        let mut notes = self.notes();
        notes.noted += lows.len();
        notes.list.push_back((version, key, lows));
        while notes.noted > MOST_NOTED
            && let Some((version, _, lows)) = notes.list.pop_front()
        {
            notes.noted -= lows.len();
            notes.complete_after = version;
        }
    }

    /// Whoever asks about a version before `version` must look at everybody.
    pub(crate) fn forget(&self, version: u64) {
        let mut notes = self.notes();
        notes.complete_after = version;
        notes.list.clear();
        notes.noted = 0;
    }

    /// Customers touched after version `from` up to version `to`; `None` when not all are noted.
    pub fn touched(&self, from: u64, to: u64) -> Option<Touched> {
        let notes = self.notes();
        if from < notes.complete_after {
            return None;
        }
        let start = notes.list.partition_point(|note| note.0 <= from);
        let end = notes.list.partition_point(|note| note.0 <= to);
        let mut touched = Touched::new();
        for (_, key, lows) in notes.list.range(start..end) {
            touched.entry(*key).or_default().extend(lows);
        }
        Some(touched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_that_were_dropped_are_not_taken_for_nothing() {
        let journal = Journal::after(3);
        assert!(journal.touched(2, 4).is_none());
        journal.note(4, 1, vec![7, 7, 8]);
        journal.note(5, 1, vec![8]);
        assert_eq!(
            journal.touched(3, 5),
            Some(BTreeMap::from([(1, BTreeSet::from([7, 8]))]))
        );
        assert_eq!(
            journal.touched(4, 5),
            Some(BTreeMap::from([(1, BTreeSet::from([8]))]))
        );
        for version in 6..60 {
            journal.note(version, 2, (0..4_000).collect());
        }
        assert!(journal.touched(3, 59).is_none());
        assert!(journal.touched(58, 59).is_some());
    }
}
