//! Two records that may be one person: found in the readable values of the live base, never by keys
//! on the disk.
//!
//! Whoever is new or changed is compared with those who share a *block* with him: the same name,
//! birthday and name, tail of the phone, first part of the address. The blocks of the whole base are
//! one sorted list of 8 bytes an entry; what came since stands beside it.

mod face;
mod score;

pub use score::{ENOUGH, Reason};

use crate::base::live::LiveBase;
use crate::base::people::People;
use crate::base::shard::Shard;
use face::Face;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use vernis_domain::{Contact, CustomerId};

/// Most people of a block that are compared with each other; more have nothing in common but a
/// frequent name.
const BLOCK: usize = 48;
/// Most pairs kept: beyond it the least likely are forgotten.
const PAIRS: usize = 200_000;
/// From so many changed people on everything is found anew.
const ANEW: usize = 30_000;

/// Two people who may be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The one recorded first.
    pub one: CustomerId,
    /// The other.
    pub other: CustomerId,
    /// How likely, [`ENOUGH`] to 99.
    pub score: u8,
}

/// What an update has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Updated {
    /// People looked at because they are new or changed.
    pub changed: usize,
    /// Pairs of people compared.
    pub compared: usize,
    /// Everything was found anew.
    pub anew: bool,
}

type Lows = Arc<Vec<u16>>;

/// The pairs of a base, kept up with it.
#[derive(Default)]
pub struct Duplicates {
    /// People as they were at the last look, by shard.
    seen: HashMap<i64, (Lows, Arc<People>)>,
    /// Blocks: key in the upper half, customer in the lower, sorted.
    blocks: Vec<u64>,
    /// Blocks of those who came since.
    since: HashMap<u32, Vec<u32>>,
    since_count: usize,
    pairs: HashMap<(u32, u32), u8>,
    of: HashMap<u32, Vec<u32>>,
    blocked: HashSet<Contact>,
}

impl Duplicates {
    /// Whether the base was looked at already.
    pub fn looked(&self) -> bool {
        !self.seen.is_empty()
    }

    /// All pairs, in no order.
    pub fn pairs(&self) -> impl Iterator<Item = Pair> {
        self.pairs.iter().map(|(&(one, other), &score)| Pair {
            one: CustomerId(one.into()),
            other: CustomerId(other.into()),
            score,
        })
    }

    /// Bytes of what is kept.
    pub fn bytes(&self) -> usize {
        self.blocks.capacity() * 8
            + self.since_count * 8
            + self.since.len() * 40
            + self.pairs.capacity() * 10
            + self.of.len() * 40
    }

    /// How many people of the base differ from those of the last look; cheap.
    pub fn behind(&self, base: &LiveBase) -> usize {
        self.changes(base).0.len()
    }

    /// Takes in what has changed in the base. `blocked` are values of the shop's own list; `stop`
    /// ends a long search early, which then is as if it had not begun.
    pub fn update(
        &mut self,
        base: &LiveBase,
        blocked: &HashSet<Contact>,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Updated {
        let (changed, gone) = self.changes(base);
        let anew = !self.looked() || changed.len() > ANEW || self.blocked != *blocked;
        self.blocked.clone_from(blocked);
        let mut done = Updated {
            changed: changed.len(),
            compared: 0,
            anew,
        };
        if anew {
            match self.find_all(base, stop) {
                Some(compared) => done.compared = compared,
                None => {
                    *self = Duplicates::default();
                    return done;
                }
            }
        } else {
            for id in gone.iter().chain(&changed) {
                self.forget(*id);
            }
            for id in &changed {
                done.compared += self.find_for(base, *id);
            }
        }
        self.seen = base
            .shards()
            .iter()
            .map(|shard| {
                let now = (Arc::clone(&shard.lows), Arc::clone(&shard.people));
                (shard.key, now)
            })
            .collect();
        self.keep_the_best();
        done
    }

    /// Points of a pair as it is now, and why.
    pub fn explain(
        &self,
        base: &LiveBase,
        one: CustomerId,
        other: CustomerId,
    ) -> Option<(u8, Vec<Reason>)> {
        let blocked = |contact: &Contact| self.blocked.contains(contact);
        let a = Face::of(&base.customer(one)?, &blocked);
        let b = Face::of(&base.customer(other)?, &blocked);
        let holders = a.name_key().map_or(0, |key| self.members(key).1);
        Some(score::compare(&a, &b, holders))
    }

    /// Who is new or other than at the last look, and who is gone.
    fn changes(&self, base: &LiveBase) -> (Vec<u32>, Vec<u32>) {
        let (mut changed, mut gone) = (Vec::new(), Vec::new());
        let mut met = 0;
        for shard in base.shards() {
            let before = self.seen.get(&shard.key);
            met += usize::from(before.is_some());
            match before {
                Some((_, people)) if Arc::ptr_eq(people, &shard.people) => {}
                None => changed.extend((0..shard.len()).filter_map(|slot| known(shard, slot))),
                Some((lows, people)) => {
                    let mut at = 0;
                    for slot in 0..shard.len() {
                        let low = shard.lows[slot];
                        while at < lows.len() && lows[at] < low {
                            gone.extend(narrow(shard.key, lows[at]));
                            at += 1;
                        }
                        let same = at < lows.len()
                            && lows[at] == low
                            && people.same(at, &shard.people, slot);
                        at += usize::from(at < lows.len() && lows[at] == low);
                        if !same {
                            changed.extend(known(shard, slot));
                        }
                    }
                    gone.extend(lows[at..].iter().filter_map(|low| narrow(shard.key, *low)));
                }
            }
        }
        if met < self.seen.len() {
            let now: HashSet<i64> = base.shards().iter().map(|shard| shard.key).collect();
            for (key, (lows, _)) in self.seen.iter().filter(|(key, _)| !now.contains(key)) {
                gone.extend(lows.iter().filter_map(|low| narrow(*key, *low)));
            }
        }
        (changed, gone)
    }

    fn face(&self, base: &LiveBase, id: u32) -> Option<Face> {
        let customer = base.customer(CustomerId(id.into()))?;
        Some(Face::of(&customer, &|contact| {
            self.blocked.contains(contact)
        }))
    }

    /// Finds every pair of the base; `None` when it was stopped. Gives how many were compared.
    fn find_all(&mut self, base: &LiveBase, stop: &(dyn Fn() -> bool + Sync)) -> Option<usize> {
        *self = Duplicates {
            blocked: std::mem::take(&mut self.blocked),
            ..Duplicates::default()
        };
        let faces = |shard: &Shard, parts: Option<&HashSet<u32>>| {
            let mut keys = Vec::new();
            let mut entries = Vec::new();
            for slot in 0..shard.len() {
                let Some(id) = known(shard, slot) else {
                    continue;
                };
                let Some(face) = self.face(base, id) else {
                    continue;
                };
                keys.clear();
                match parts {
                    None => {
                        face.keys(&mut keys);
                        keys.extend(face.name_key());
                    }
                    Some(frequent) => {
                        if face.name_key().is_some_and(|name| frequent.contains(&name)) {
                            face.name_parts(&mut keys);
                        }
                    }
                }
                entries.extend(keys.iter().map(|key| entry(*key, id)));
            }
            entries
        };
        let gather = |parts: Option<&HashSet<u32>>| -> Option<Vec<u64>> {
            let mut all = Vec::new();
            for some in base.shards().chunks(64) {
                if stop() {
                    return None;
                }
                let found: Vec<Vec<u64>> = base
                    .pool()
                    .run(|| some.par_iter().map(|shard| faces(shard, parts)).collect());
                all.extend(found.into_iter().flatten());
            }
            Some(all)
        };
        let mut blocks = gather(None)?;
        blocks.sort_unstable();
        let frequent: HashSet<u32> = groups(&blocks)
            .filter(|group| group.len() > BLOCK)
            .map(|group| (group[0] >> 32) as u32)
            .collect();
        blocks.extend(gather(Some(&frequent))?);
        blocks.sort_unstable();
        blocks.dedup();
        blocks.shrink_to_fit();
        self.blocks = blocks;
        let blocks = &self.blocks;
        let compare = |groups: &[&[u64]]| {
            let mut found = Vec::new();
            let mut compared = 0;
            for group in groups {
                let ids: Vec<u32> = group.iter().map(|entry| *entry as u32).collect();
                let faces: Vec<Option<Face>> = ids.iter().map(|id| self.face(base, *id)).collect();
                for (at, a) in faces.iter().enumerate() {
                    let Some(a) = a else { continue };
                    let holders = a.name_key().map_or(0, |key| self.members(key).1);
                    for (to, b) in faces.iter().enumerate().skip(at + 1) {
                        let Some(b) = b else { continue };
                        compared += 1;
                        let (score, _) = score::compare(a, b, holders);
                        if score >= ENOUGH {
                            found.push((ids[at], ids[to], score));
                        }
                    }
                }
            }
            (found, compared)
        };
        let worth: Vec<&[u64]> = groups(blocks)
            .filter(|group| (2..=BLOCK).contains(&group.len()))
            .collect();
        let (mut pairs, mut compared) = (Vec::new(), 0);
        for some in worth.chunks(16_384) {
            if stop() {
                return None;
            }
            let found: Vec<_> = base
                .pool()
                .run(|| some.par_chunks(512).map(compare).collect());
            for (some, count) in found {
                pairs.extend(some);
                compared += count;
            }
        }
        for (one, other, score) in pairs {
            self.put(one, other, score);
        }
        Some(compared)
    }

    /// Compares one person with those of his blocks; gives how many.
    fn find_for(&mut self, base: &LiveBase, id: u32) -> usize {
        let Some(face) = self.face(base, id) else {
            return 0;
        };
        let mut keys = Vec::new();
        face.keys(&mut keys);
        keys.extend(face.name_key());
        face.name_parts(&mut keys);
        let mut others: Vec<u32> = Vec::new();
        for key in &keys {
            let (members, count) = self.members(*key);
            if count <= BLOCK {
                others.extend(members);
            }
        }
        others.sort_unstable();
        others.dedup();
        others.retain(|other| *other != id);
        let holders = face.name_key().map_or(0, |key| self.members(key).1) + 1;
        for other in &others {
            let Some(theirs) = self.face(base, *other) else {
                continue;
            };
            let (score, _) = score::compare(&face, &theirs, holders);
            if score >= ENOUGH {
                self.put(id, *other, score);
            }
        }
        for key in keys {
            let members = self.since.entry(key).or_default();
            if !members.contains(&id) {
                members.push(id);
                self.since_count += 1;
            }
        }
        others.len()
    }

    /// People of a block (none when there are too many to compare), and how many they are.
    fn members(&self, key: u32) -> (Vec<u32>, usize) {
        let from = self.blocks.partition_point(|e| *e < entry(key, 0));
        let to = self.blocks.partition_point(|e| *e <= entry(key, u32::MAX));
        let since = self.since.get(&key).map_or(&[][..], Vec::as_slice);
        let count = to - from + since.len();
        if count > BLOCK {
            return (Vec::new(), count);
        }
        let mut members: Vec<u32> = self.blocks[from..to].iter().map(|e| *e as u32).collect();
        members.extend(
            since
                .iter()
                .filter(|id| !members.contains(id))
                .copied()
                .collect::<Vec<_>>(),
        );
        let count = members.len();
        (members, count)
    }

    fn put(&mut self, a: u32, b: u32, score: u8) {
        let pair = (a.min(b), a.max(b));
        if self.pairs.insert(pair, score).is_none() {
            self.of.entry(a).or_default().push(b);
            self.of.entry(b).or_default().push(a);
        }
    }

    fn forget(&mut self, id: u32) {
        for other in self.of.remove(&id).unwrap_or_default() {
            self.pairs.remove(&(id.min(other), id.max(other)));
            if let Some(of) = self.of.get_mut(&other) {
                of.retain(|one| *one != id);
                if of.is_empty() {
                    self.of.remove(&other);
                }
            }
        }
    }

    fn keep_the_best(&mut self) {
        if self.pairs.len() <= PAIRS {
            return;
        }
        let mut all: Vec<((u32, u32), u8)> = self.pairs.drain().collect();
        all.sort_unstable_by_key(|(pair, score)| (std::cmp::Reverse(*score), *pair));
        all.truncate(PAIRS);
        self.of.clear();
        for ((one, other), score) in all {
            self.put(one, other, score);
        }
    }
}

fn entry(key: u32, id: u32) -> u64 {
    u64::from(key) << 32 | u64::from(id)
}

/// Neighbours of one key.
fn groups(blocks: &[u64]) -> impl Iterator<Item = &[u64]> {
    blocks.chunk_by(|a, b| a >> 32 == b >> 32)
}

/// The id of a customer of whom more than purchases is known, in 32 bits: row ids grow by one.
fn known(shard: &Shard, slot: usize) -> Option<u32> {
    let known = shard.people.known(slot);
    known
        .then(|| u32::try_from(shard.id(slot).0).ok())
        .flatten()
}

fn narrow(key: i64, low: u16) -> Option<u32> {
    u32::try_from((key << crate::base::shard::SHARD_BITS) + i64::from(low)).ok()
}
