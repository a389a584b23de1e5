//! Who waits for a writer. A [load](crate::Store::load) goes on while nobody does and ends its
//! transaction early when somebody comes: an import is quick at night and lets the tills through by
//! day.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant as Stopwatch};

/// How long a load keeps a writer while others come.
const AMONG_OTHERS: Duration = Duration::from_millis(4);
/// How long while nobody comes: who comes first waits for the rest of it, and for its commit.
const ALONE: Duration = Duration::from_millis(100);
/// Others come when one has come within this time.
const LATELY: Duration = Duration::from_millis(200);

pub(crate) struct Turns {
    opened: Stopwatch,
    waiting: AtomicUsize,
    /// Microseconds from `opened` to the last one who came; 0: nobody yet.
    last_came_micros: AtomicU64,
    /// The same of the last step of a load.
    last_load_micros: AtomicU64,
}

impl Turns {
    pub fn new() -> Turns {
        Turns {
            opened: Stopwatch::now(),
            waiting: AtomicUsize::new(0),
            last_came_micros: AtomicU64::new(0),
            last_load_micros: AtomicU64::new(0),
        }
    }

    /// Somebody other than a load waits from now on.
    pub fn came(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.last_came_micros
            .store(self.now_micros(), Ordering::Relaxed);
    }

    /// He is being served.
    pub fn served(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether a load that has run since `began` shall end its transaction.
    pub fn is_over(&self, began: Stopwatch) -> bool {
        let mine = began.elapsed();
        self.last_load_micros
            .store(self.now_micros(), Ordering::Relaxed);
        self.waiting.load(Ordering::Relaxed) > 0
            || mine >= ALONE
            || (mine >= AMONG_OTHERS && self.is_lately(&self.last_came_micros))
    }

    /// Whether a load goes on and others come too.
    pub fn are_shared(&self) -> bool {
        self.is_lately(&self.last_load_micros) && self.is_lately(&self.last_came_micros)
    }

    fn is_lately(&self, last_micros: &AtomicU64) -> bool {
        let last = last_micros.load(Ordering::Relaxed);
        last > 0 && self.now_micros().saturating_sub(last) < LATELY.as_micros() as u64
    }

    fn now_micros(&self) -> u64 {
        self.opened.elapsed().as_micros() as u64 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_goes_on_while_nobody_comes_and_ends_when_somebody_waits() {
        let turns = Turns::new();
        let began = Stopwatch::now();
        assert!(!turns.is_over(began));
        turns.came();
        assert!(turns.is_over(began), "somebody waits");
        turns.served();
        assert!(!turns.is_over(Stopwatch::now()), "nobody waits");
        assert!(turns.are_shared());
    }

    #[test]
    fn a_load_is_short_while_others_come_and_never_endless() {
        let turns = Turns::new();
        let ago = |time: Duration| Stopwatch::now().checked_sub(time).unwrap();
        assert!(!turns.is_over(ago(AMONG_OTHERS)));
        assert!(turns.is_over(ago(ALONE)));
        assert!(!turns.are_shared());
        turns.came();
        turns.served();
        assert!(turns.is_over(ago(AMONG_OTHERS)));
    }
}
