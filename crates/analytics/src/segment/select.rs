//! A rule over all customers: bits per slot, shard by shard. Conditions are asked in the order of what
//! they cost, each only of those whom the ones before have left; the cheapest are plain passes over
//! the columns of kept facts.

use super::rule::{Leaf, Ready, Rule, holds};
use super::test::Test;
use crate::base::history::Kept;
use crate::base::live::LiveBase;
use crate::base::row::NO_DAY;
use crate::base::shard::Shard;
use crate::facts::{Fact, Lens, Subject};
use crate::query::CustomerSet;
use rayon::prelude::*;
use vernis_domain::CustomerId;

/// Bits of one shard.
type Bits = Vec<u64>;

/// How many, and with how much money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Customers.
    pub customers: usize,
    /// What they have paid so far, returns taken off, minor units.
    pub paid_minor: i64,
    /// Some of them.
    pub sample: Vec<CustomerId>,
}

/// The customers of a rule.
pub fn select(base: &LiveBase, lens: &Lens, rule: &Rule) -> CustomerSet {
    let ready = rule.look(base, lens);
    let found: Vec<(i64, Bits)> = base.pool().run(|| {
        let shards = base.shards().par_iter().with_min_len(base.grain());
        shards
            .map(|shard| (shard.key, of_shard(base, lens, &ready, shard)))
            .collect()
    });
    CustomerSet::of_bits(found)
}

/// Counts a set, its money, and names a few of it, spread over the base: the same ones for the same
/// set.
pub fn count(base: &LiveBase, set: &CustomerSet, sample: usize) -> Tally {
    let parts: Vec<(usize, i64)> = base.pool().run(|| {
        let shards = base.shards().par_iter().with_min_len(base.grain());
        shards
            .map(|shard| tally(shard, set.of_shard(shard.key).unwrap_or(&[])))
            .collect()
    });
    let customers = parts.iter().map(|part| part.0).sum();
    Tally {
        customers,
        paid_minor: parts.iter().map(|part| part.1).sum(),
        sample: named(base, set, &parts, customers, sample),
    }
}

fn tally(shard: &Shard, bits: &[u64]) -> (usize, i64) {
    let customers = bits.iter().map(|word| word.count_ones() as usize).sum();
    let mut paid = 0;
    if customers > 0 {
        for run in shard.runs() {
            for (at, amount) in run.history.kept.paid[run.from..run.to].iter().enumerate() {
                let slot = run.slot + at;
                let bit = bits
                    .get(slot / 64)
                    .map_or(0, |word| word >> (slot % 64) & 1);
                paid += amount * bit as i64;
            }
        }
    }
    (customers, paid)
}

fn named(
    base: &LiveBase,
    set: &CustomerSet,
    parts: &[(usize, i64)],
    customers: usize,
    sample: usize,
) -> Vec<CustomerId> {
    let step = (customers / sample.max(1)).max(1);
    let mut names = Vec::new();
    let mut passed = 0;
    for (shard, (count, _)) in base.shards().iter().zip(parts) {
        let wanted = names.len() * step;
        if names.len() < sample && wanted < passed + count {
            let slots = slots(set.of_shard(shard.key).unwrap_or(&[]));
            let own = slots
                .enumerate()
                .filter(|(at, _)| (passed + at).is_multiple_of(step));
            names.extend(own.map(|(_, slot)| shard.id(slot)));
        }
        passed += count;
    }
    names.truncate(sample);
    names
}

/// Places of set bits.
pub(crate) fn slots(bits: &[u64]) -> impl Iterator<Item = usize> {
    bits.iter().enumerate().flat_map(|(at, &word)| {
        let filled = |word: u64| (word != 0).then_some(word);
        std::iter::successors(filled(word), move |word| filled(word & (word - 1)))
            .map(move |word| at * 64 + word.trailing_zeros() as usize)
    })
}

/// The customers of one shard.
pub(crate) fn of_shard(base: &LiveBase, lens: &Lens, ready: &Ready, shard: &Shard) -> Bits {
    let mut everybody = vec![u64::MAX; shard.len().div_ceil(64)];
    if let (Some(last), rest @ 1..) = (everybody.last_mut(), shard.len() % 64) {
        *last = (1 << rest) - 1;
    }
    let look = Look {
        base,
        lens,
        shard,
        // Nothing of this shard lies after the day: facts are what is kept.
        whole: shard
            .days()
            .is_none_or(|days| days.end <= lens.seen_to.0 + 1),
    };
    look.rule(&ready.root, everybody)
}

struct Look<'a> {
    base: &'a LiveBase,
    lens: &'a Lens,
    shard: &'a Shard,
    whole: bool,
}

impl Look<'_> {
    /// Those of `among` for whom the rule holds.
    fn rule(&self, rule: &Rule, among: Bits) -> Bits {
        match rule {
            Rule::All(rules) => {
                let mut left = among;
                for rule in by_cost(rules) {
                    if left.iter().all(|word| *word == 0) {
                        break;
                    }
                    left = self.rule(rule, left);
                }
                left
            }
            Rule::Any(rules) => {
                let mut found = vec![0; among.len()];
                let mut left = among;
                for rule in by_cost(rules) {
                    let more = self.rule(rule, left.clone());
                    found
                        .iter_mut()
                        .zip(&more)
                        .for_each(|(found, more)| *found |= more);
                    left.iter_mut()
                        .zip(&more)
                        .for_each(|(left, more)| *left &= !more);
                }
                found
            }
            Rule::Not(rule) => {
                let mut left = among.clone();
                let out = self.rule(rule, among);
                left.iter_mut()
                    .zip(&out)
                    .for_each(|(left, out)| *left &= !out);
                left
            }
            Rule::Held(_, what) => {
                let now = self.rule(what, among);
                self.each(now, |subject| holds(rule, subject))
            }
            Rule::Hand(rule, hand) => {
                let mut bits = self.rule(rule, among.clone());
                for (named, is_in) in [(&hand.pinned, true), (&hand.excluded, false)] {
                    let Some(words) = named.of_shard(self.shard.key) else {
                        continue;
                    };
                    for (slot, &low) in self.shard.lows.iter().enumerate() {
                        let own = words[usize::from(low) / 64] >> (low % 64) & 1;
                        let place = 1 << (slot % 64);
                        match own == 1 {
                            true if is_in => bits[slot / 64] |= among[slot / 64] & place,
                            true => bits[slot / 64] &= !place,
                            false => {}
                        }
                    }
                }
                bits
            }
            Rule::Leaf(leaf) => self.leaf(&leaf.0, among),
        }
    }

    fn leaf(&self, leaf: &Leaf, among: Bits) -> Bits {
        if let Leaf::Among(set) = leaf {
            let theirs = set.of_shard(self.shard.key).unwrap_or(&[]);
            let mut bits = among;
            bits.iter_mut()
                .enumerate()
                .for_each(|(at, word)| *word &= theirs.get(at).copied().unwrap_or(0));
            return bits;
        }
        if self.whole
            && let Leaf::Fact(fact, test) = leaf
            && let Some(bits) = self.column(fact, test, &among)
        {
            return bits;
        }
        self.each(among, |subject| leaf.holds(subject))
    }

    /// Asks one by one.
    fn each(&self, among: Bits, holds: impl Fn(&Subject<'_>) -> bool) -> Bits {
        let mut bits = vec![0; among.len()];
        for run in self.shard.runs() {
            let (first, end) = (run.slot, run.slot + (run.to - run.from));
            for word in first / 64..end.div_ceil(64) {
                let mut left = among[word];
                if word == first / 64 {
                    left &= u64::MAX << (first % 64);
                }
                while left != 0 {
                    let slot = word * 64 + left.trailing_zeros() as usize;
                    left &= left - 1;
                    if slot >= end {
                        break;
                    }
                    let place = (run.history, run.from + slot - first);
                    let subject = Subject::of(self.base, self.lens, self.shard, slot, place);
                    if holds(&subject) {
                        bits[word] |= 1 << (slot % 64);
                    }
                }
            }
        }
        bits
    }

    /// A comparison of a kept fact, column by column.
    fn column(&self, fact: &Fact, test: &Test, among: &Bits) -> Option<Bits> {
        let (low, high, outside) = test.range(self.lens.as_of)?;
        let today = i64::from(self.lens.as_of.0);
        let day = |value: u16| (value != NO_DAY).then_some(i64::from(value));
        Some(match fact.key {
            "orders" => self.compare(
                among,
                |kept, at| Some(i64::from(kept.orders[at])),
                (low, high, outside),
            ),
            "revenue" => self.compare(among, |kept, at| Some(kept.paid[at]), (low, high, outside)),
            "discount" => self.compare(
                among,
                |kept, at| Some(kept.discount[at]),
                (low, high, outside),
            ),
            "returns" => self.compare(
                among,
                |kept, at| Some(-kept.returned[at]),
                (low, high, outside),
            ),
            "last_purchase_day" => self.compare(
                among,
                |kept, at| day(kept.last_day[at]),
                (low, high, outside),
            ),
            "first_purchase_day" => self.compare(
                among,
                |kept, at| day(kept.first_day[at]),
                (low, high, outside),
            ),
            "days_since" => self.compare(
                among,
                |kept, at| day(kept.last_day[at]).map(|last| (today - last).max(0)),
                (low, high, outside),
            ),
            _ => return None,
        })
    }

    fn compare(
        &self,
        among: &Bits,
        value: impl Fn(&Kept, usize) -> Option<i64>,
        (low, high, outside): (i64, i64, bool),
    ) -> Bits {
        let mut bits = vec![0u64; among.len()];
        for run in self.shard.runs() {
            let kept = &run.history.kept;
            for at in run.from..run.to {
                let met =
                    value(kept, at).is_some_and(|value| (low <= value && value <= high) != outside);
                let slot = run.slot + at - run.from;
                bits[slot / 64] |= u64::from(met) << (slot % 64);
            }
        }
        bits.iter_mut()
            .zip(among)
            .for_each(|(bits, among)| *bits &= among);
        bits
    }
}

/// Whether [`Look::column`] knows a fact.
pub(crate) fn has_column(fact: &Fact) -> bool {
    matches!(
        fact.key,
        "orders"
            | "revenue"
            | "discount"
            | "returns"
            | "last_purchase_day"
            | "first_purchase_day"
            | "days_since"
    )
}

fn by_cost(rules: &[Rule]) -> Vec<&Rule> {
    let mut order: Vec<&Rule> = rules.iter().collect();
    order.sort_by_key(|rule| rule.cost());
    order
}
