//! Who is in a segment, kept by row id: unlike the slots of a [`CustomerSet`] these places never move,
//! so that a membership outlives the version of the base it was found in. Plain words of bits: a shard
//! is a range of 4096 ids, 512 bytes, which is what a compressed set would use for it as well.

use super::rule::Rule;
use super::select::{select, slots};
use crate::base::journal::Touched;
use crate::base::live::LiveBase;
use crate::base::shard::SHARD_BITS;
use crate::facts::{Lens, Subject};
use crate::query::CustomerSet;
use std::collections::BTreeMap;
use vernis_domain::CustomerId;

/// Words per shard.
const WORDS: usize = 1 << (SHARD_BITS - 6);

/// Customers by row id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members(BTreeMap<i64, Box<[u64; WORDS]>>);

impl Members {
    /// The members of a set.
    pub fn of(base: &LiveBase, set: &CustomerSet) -> Members {
        let mut members = Members::default();
        for shard in base.shards() {
            let Some(bits) = set.of_shard(shard.key) else {
                continue;
            };
            let words = members.words(shard.key);
            for slot in slots(bits).take_while(|&slot| slot < shard.len()) {
                let low = usize::from(shard.lows[slot]);
                words[low / 64] |= 1 << (low % 64);
            }
        }
        members
    }

    /// The same as a set of this version of the base. Who is not in the base is left out.
    pub fn set(&self, base: &LiveBase) -> CustomerSet {
        CustomerSet::of_bits(base.shards().iter().filter_map(|shard| {
            let words = self.0.get(&shard.key)?;
            let mut bits = vec![0u64; shard.len().div_ceil(64)];
            for (slot, &low) in shard.lows.iter().enumerate() {
                let low = usize::from(low);
                bits[slot / 64] |= (words[low / 64] >> (low % 64) & 1) << (slot % 64);
            }
            Some((shard.key, bits))
        }))
    }

    fn words(&mut self, key: i64) -> &mut [u64; WORDS] {
        self.0.entry(key).or_insert_with(|| Box::new([0; WORDS]))
    }

    /// The words of a shard, by the lower bits of the ids.
    pub(crate) fn of_shard(&self, key: i64) -> Option<&[u64; WORDS]> {
        self.0.get(&key).map(|words| &**words)
    }

    /// Whether somebody is in.
    pub fn has(&self, id: CustomerId) -> bool {
        let low = (id.0 & ((1 << SHARD_BITS) - 1)) as usize;
        let words = self.0.get(&(id.0 >> SHARD_BITS));
        words.is_some_and(|words| words[low / 64] >> (low % 64) & 1 == 1)
    }

    /// Takes somebody in, or out.
    pub fn put(&mut self, id: CustomerId, is_in: bool) {
        let low = (id.0 & ((1 << SHARD_BITS) - 1)) as usize;
        let word = &mut self.words(id.0 >> SHARD_BITS)[low / 64];
        *word = *word & !(1 << (low % 64)) | u64::from(is_in) << (low % 64);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        let words = self.0.values().flat_map(|words| words.iter());
        words.map(|word| word.count_ones() as usize).sum()
    }

    /// Nobody at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Who is in one of the two and not in the other, and whether he is in `self`; by id.
    pub fn since(&self, before: &Members) -> Vec<(CustomerId, bool)> {
        let nobody = [0; WORDS];
        let mut moved = Vec::new();
        let keys: std::collections::BTreeSet<i64> =
            self.0.keys().chain(before.0.keys()).copied().collect();
        for key in keys {
            let words = |members: &Members| members.0.get(&key).map_or(nobody, |words| **words);
            let (now, then) = (words(self), words(before));
            for at in 0..WORDS {
                let mut differ = now[at] ^ then[at];
                while differ != 0 {
                    let bit = differ.trailing_zeros() as usize;
                    differ &= differ - 1;
                    let id = (key << SHARD_BITS) | (at * 64 + bit) as i64;
                    moved.push((CustomerId(id), now[at] >> bit & 1 == 1));
                }
            }
        }
        moved
    }

    /// As bytes: key and words of each shard, little-endian.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (key, words) in self
            .0
            .iter()
            .filter(|(_, words)| words.iter().any(|word| *word != 0))
        {
            bytes.extend(key.to_le_bytes());
            words
                .iter()
                .for_each(|word| bytes.extend(word.to_le_bytes()));
        }
        bytes
    }

    /// From [`Members::bytes`]; `None` when they are something else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Members> {
        let mut members = Members::default();
        let part = 8 * (WORDS + 1);
        if !bytes.len().is_multiple_of(part) {
            return None;
        }
        for shard in bytes.chunks_exact(part) {
            let mut numbers = shard.chunks_exact(8).map(|bytes| {
                let mut word = [0; 8];
                word.copy_from_slice(bytes);
                u64::from_le_bytes(word)
            });
            let words = members.words(numbers.next()? as i64);
            words
                .iter_mut()
                .zip(numbers)
                .for_each(|(word, own)| *word = own);
        }
        Some(members)
    }

    /// Brings a membership of version `version` up to `base`: only those who were touched since are
    /// asked again, unless too many were or others' purchases count.
    pub fn follow(&mut self, base: &LiveBase, lens: &Lens, rule: &Rule, version: u64) {
        if version == base.version() {
            return;
        }
        let touched = match base.journal().touched(version, base.version()) {
            Some(touched) if !rule.is_of_everybody() => touched,
            _ => {
                *self = Members::of(base, &select(base, lens, rule));
                return;
            }
        };
        self.ask(base, lens, rule, &touched);
    }

    /// Asks some customers again.
    fn ask(&mut self, base: &LiveBase, lens: &Lens, rule: &Rule, touched: &Touched) {
        if touched.is_empty() {
            return;
        }
        let ready = rule.look(base, lens);
        for (&key, lows) in touched {
            let shard = base.shard(key);
            for &low in lows {
                let id = CustomerId((key << SHARD_BITS) | i64::from(low));
                let is_in = shard.and_then(|shard| {
                    let slot = shard.slot(id)?;
                    Some(ready.holds(&Subject::new(base, lens, shard, slot)))
                });
                if is_in.unwrap_or(false) || self.has(id) {
                    self.put(id, is_in.unwrap_or(false));
                }
            }
        }
    }
}
