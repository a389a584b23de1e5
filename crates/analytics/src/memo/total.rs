//! Sums of the whole base, brought up to the version that is asked about: the customers touched
//! since the last answer are taken off as they were and added as they are.
//!
//! The writer notes what it touches ([`Totals::touched`]), with the part of the base as it was; a
//! reader follows the notes. Where they do not reach back far enough (much was changed, or the
//! question was not asked for long) the sum is taken anew from what is remembered beside the rows.

use super::{Key, Question, Sign};
use crate::base::anonymous::Block;
use crate::base::live::LiveBase;
use crate::base::shard::{Run, Shard};
use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whole sums remembered at most; the one not asked for longest goes.
const MOST_TOTALS: usize = 12;

/// Bytes all whole sums may take per customer of the base.
const ROOM_PER_CUSTOMER: usize = 64;

/// Room in a small base.
const LEAST_ROOM: usize = 1 << 20;

/// Weight of all notes at most: about as many touched customers as cost less to follow than all
/// shards cost to be added up.
const MOST_NOTED: usize = 4_096;

/// What a note weighs beyond the customers it names when it holds on to rows that the base has
/// moved elsewhere: they stay in memory until the note goes.
const WEIGHT_OF_ROWS: usize = 64;

/// A part of the base that was replaced, as it was.
#[derive(Clone)]
pub enum Before {
    /// Customers (lower bits of their ids) of the shard with this key; nobody when it is new.
    Shard(i64, Option<Arc<Shard>>, Vec<u16>),
    /// Receipts without a person.
    Block(i64, Option<Block>),
}

struct Note {
    /// The version that has the change.
    version: u64,
    weight: usize,
    before: Before,
}

#[derive(Default)]
struct Notes {
    list: VecDeque<Note>,
    weight: usize,
    /// Every change of a later version is in the list.
    complete_after: u64,
}

/// A whole sum and the version it belongs to.
struct Total {
    version: u64,
    sum: Arc<dyn Any + Send + Sync>,
    bytes: usize,
}

/// Place of one question's total; empty while it is being made.
struct Place {
    key: Key,
    total: Mutex<Option<Total>>,
}

/// Whole sums shared by all versions of one base.
#[derive(Default)]
pub struct Totals {
    notes: Mutex<Notes>,
    /// The one asked for last is the last.
    places: Mutex<Vec<Arc<Place>>>,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Totals {
    /// Nothing is remembered: nothing need be noted but that ([`Totals::replaced`]), for a reader who
    /// is just about to remember his answer.
    pub fn is_empty(&self) -> bool {
        lock(&self.places).is_empty()
    }

    /// Notes what `version` replaces; `moved` when rows beyond those of the change are in new places.
    pub fn touched(&self, version: u64, before: Before, moved: bool) {
        let customers = match &before {
            Before::Shard(_, _, lows) => lows.len(),
            Before::Block(..) => 1,
        };
        let weight = customers + if moved { WEIGHT_OF_ROWS } else { 0 };
        let mut notes = lock(&self.notes);
        notes.weight += weight;
        notes.list.push_back(Note {
            version,
            weight,
            before,
        });
        while notes.weight > MOST_NOTED
            && let Some(gone) = notes.list.pop_front()
        {
            notes.weight -= gone.weight;
            notes.complete_after = gone.version;
        }
    }

    /// What `version` replaces is not noted: it cannot be followed.
    pub fn replaced(&self, version: u64) {
        *lock(&self.notes) = Notes {
            complete_after: version,
            ..Notes::default()
        };
    }

    /// Bytes of the remembered sums.
    pub fn bytes(&self) -> usize {
        // The writer asks for this lock: it is not kept while somebody brings a sum up.
        let places = lock(&self.places).clone();
        let bytes = |place: &Arc<Place>| {
            let own = lock(&place.total).as_ref().map_or(0, |total| total.bytes);
            own + place.key.len() * 8
        };
        places.iter().map(bytes).sum()
    }

    /// The sum for `base`: followed from an earlier answer, or made by `anew`.
    pub fn sum<Q: Question>(
        &self,
        base: &LiveBase,
        question: &Q,
        key: &Key,
        anew: impl FnOnce() -> Q::Sum,
    ) -> Arc<Q::Sum> {
        let place = self.place(key);
        // The lock is held on a thread of the pool only, and by work that waits for no other: who
        // waits for it there waits for somebody who is running.
        let followed = base.pool().run(|| self.follow(base, question, &place));
        if let Some(sum) = followed {
            return sum;
        }
        let sum = Arc::new(anew());
        let made = Total {
            version: base.version(),
            sum: sum.clone(),
            bytes: Q::sum_bytes(&sum),
        };
        let mut total = lock(&place.total);
        if total.as_ref().is_none_or(|own| own.version < made.version) {
            *total = Some(made);
        }
        drop(total);
        self.stay_within((base.customers() * ROOM_PER_CUSTOMER).max(LEAST_ROOM));
        sum
    }

    fn place(&self, key: &Key) -> Arc<Place> {
        let mut places = lock(&self.places);
        match places.iter().rposition(|own| own.key == *key) {
            Some(at) => places[at..].rotate_left(1),
            None => places.push(Arc::new(Place {
                key: Arc::clone(key),
                total: Mutex::default(),
            })),
        }
        if places.len() > MOST_TOTALS {
            places.remove(0);
        }
        Arc::clone(&places[places.len() - 1])
    }

    fn stay_within(&self, room: usize) {
        while self.bytes() > room {
            let mut places = lock(&self.places);
            if places.is_empty() {
                return;
            }
            places.remove(0);
        }
    }

    fn follow<Q: Question>(
        &self,
        base: &LiveBase,
        question: &Q,
        place: &Place,
    ) -> Option<Arc<Q::Sum>> {
        let mut total = lock(&place.total);
        let version = total.as_ref()?.version;
        if version > base.version() {
            return None;
        }
        let changes = self.changes(version, base.version())?;
        // Taken out, so that the sum is changed where it is unless a reader still has it.
        let own = total.take()?;
        let mut sum: Arc<Q::Sum> = own.sum.downcast().ok()?;
        if !changes.is_empty() {
            bring_up(base, question, Arc::make_mut(&mut sum), changes);
        }
        *total = Some(Total {
            version: base.version(),
            sum: sum.clone(),
            bytes: Q::sum_bytes(&sum),
        });
        Some(sum)
    }

    /// What was replaced after version `from` up to version `to`, the earliest first; `None` when it
    /// is not all noted.
    fn changes(&self, from: u64, to: u64) -> Option<Vec<Before>> {
        let notes = lock(&self.notes);
        if from < notes.complete_after {
            return None;
        }
        let start = notes.list.partition_point(|note| note.version <= from);
        let end = notes.list.partition_point(|note| note.version <= to);
        let noted = notes.list.range(start..end);
        Some(noted.map(|note| note.before.clone()).collect())
    }
}

impl std::fmt::Debug for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Totals({} bytes)", self.bytes())
    }
}

/// Takes what was replaced off the sum as it was, and adds it as it is in `base`.
fn bring_up<Q: Question>(base: &LiveBase, question: &Q, sum: &mut Q::Sum, changes: Vec<Before>) {
    // Of several changes of one part the first tells how it was.
    let mut shards: BTreeMap<i64, (Option<Arc<Shard>>, Vec<u16>)> = BTreeMap::new();
    let mut blocks: BTreeMap<i64, Option<Block>> = BTreeMap::new();
    for change in changes {
        match change {
            Before::Shard(key, before, lows) => {
                let (_, own) = shards.entry(key).or_insert((before, Vec::new()));
                own.extend(lows);
            }
            Before::Block(key, before) => {
                blocks.entry(key).or_insert(before);
            }
        }
    }
    // Taken off first, from lists that are still in order.
    let mut less = question.nothing();
    for (before, lows) in shards.values_mut() {
        lows.sort_unstable();
        lows.dedup();
        if let Some(before) = before {
            add_some(question, &mut less, before, lows);
        }
    }
    let mut new = Vec::with_capacity(blocks.len());
    for (key, before) in blocks {
        let nothing = Block::empty(key);
        let before = before.as_ref().unwrap_or(&nothing);
        let now = base.block(key).unwrap_or(&nothing);
        question.add_nameless(&mut less, &before.beyond(now));
        new.push(now.beyond(before));
    }
    question.merge(sum, less, Sign::Minus);
    for (key, (_, lows)) in &shards {
        if let Some(now) = base.shard(*key) {
            add_some(question, sum, now, lows);
        }
    }
    for columns in &new {
        question.add_nameless(sum, columns);
    }
    question.settle(sum);
}

fn add_some<Q: Question>(question: &Q, sum: &mut Q::Sum, shard: &Shard, lows: &[u16]) {
    let (slots, history) = shard.some(lows);
    let run = Run {
        slot: 0,
        slots: Some(&slots),
        history: &history,
        from: 0,
        to: slots.len(),
    };
    question.add(sum, shard, run);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(totals: &Totals, version: u64, customers: usize) {
        totals.touched(version, Before::Shard(1, None, vec![0; customers]), false);
    }

    #[test]
    fn notes_that_were_dropped_are_not_taken_for_nothing() {
        let totals = Totals::default();
        noted(&totals, 1, 10);
        noted(&totals, 2, MOST_NOTED - 10);
        assert_eq!(totals.changes(0, 2).map(|c| c.len()), Some(2));
        noted(&totals, 3, 5);
        assert!(totals.changes(0, 3).is_none());
        assert_eq!(totals.changes(1, 3).map(|c| c.len()), Some(2));
        assert_eq!(totals.changes(2, 2).map(|c| c.len()), Some(0));
        totals.replaced(4);
        assert!(totals.changes(3, 4).is_none());
        assert_eq!(totals.changes(4, 4).map(|c| c.len()), Some(0));
    }

    #[test]
    fn what_holds_on_to_old_rows_weighs_more() {
        let totals = Totals::default();
        for version in 1..=100 {
            totals.touched(version, Before::Block(1, None), true);
        }
        let kept = MOST_NOTED / (1 + WEIGHT_OF_ROWS);
        assert!(totals.changes(100 - kept as u64, 100).is_some());
        assert!(totals.changes(99 - kept as u64, 100).is_none());
    }
}
