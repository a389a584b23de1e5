//! How some sets of customers overlap: every customer is in exactly one part, told by the sets he is in.

use crate::base::live::LiveBase;
use crate::base::shard::Shard;
use crate::query::{CustomerSet, has};
use rayon::prelude::*;

/// Sets at most: two to the power of this many parts.
pub const MOST_SETS: usize = 5;

/// Customers who are in the same of the sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// One bit per set, the first set lowest; 0: in none of them.
    pub sets: u32,
    /// How many.
    pub customers: usize,
    /// What they have paid so far, returns taken off, minor units.
    pub paid_minor: i64,
}

/// The parts, by their bits: all of them, also the empty ones. Sets after [`MOST_SETS`] do not count.
pub fn overlap(base: &LiveBase, sets: &[CustomerSet]) -> Vec<Part> {
    let sets = &sets[..sets.len().min(MOST_SETS)];
    let none = || -> Vec<(usize, i64)> { vec![(0, 0); 1 << sets.len()] };
    let found = base.pool().run(|| {
        base.shards()
            .par_iter()
            .with_min_len(base.grain())
            .map(|shard| {
                let mut parts = none();
                of_shard(shard, sets, &mut parts);
                parts
            })
            .reduce(none, |mut all, own| {
                for (one, other) in all.iter_mut().zip(own) {
                    one.0 += other.0;
                    one.1 += other.1;
                }
                all
            })
    });
    let part = |(at, (customers, paid_minor))| Part {
        sets: at as u32,
        customers,
        paid_minor,
    };
    found.into_iter().enumerate().map(part).collect()
}

fn of_shard(shard: &Shard, sets: &[CustomerSet], parts: &mut [(usize, i64)]) {
    let bits: Vec<&[u64]> = sets
        .iter()
        .map(|set| set.of_shard(shard.key).unwrap_or(&[]))
        .collect();
    for run in shard.runs() {
        let paid = &run.history.kept.paid[run.from..run.to];
        for (slot, paid) in (run.slot..).zip(paid) {
            let mut at = 0;
            for (set, bits) in bits.iter().enumerate() {
                at |= usize::from(has(bits, slot)) << set;
            }
            parts[at].0 += 1;
            parts[at].1 += paid;
        }
    }
}
