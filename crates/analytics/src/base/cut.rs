//! A base cut down to what somebody may see. The result is a base like any other: every list, sum
//! and search asked of it knows nothing of what is outside, because it is not there.
//!
//! Shards never change, so a cut shard stays right as long as the shard it was cut from is in the
//! base: after a purchase only the touched shards are cut anew. Nothing remembered about the whole
//! base is taken over, and what is found out about the cut one stays with it.

use super::anonymous::Block;
use super::columns::Columns;
use super::history::Builder;
use super::live::LiveBase;
use super::people::People;
use super::shard::{Shard, low};
use crate::facts::filter::Filter;
use crate::facts::{Lens, Subject};
use crate::rfm::Cuts;
use crate::segment;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use vernis_domain::{CustomerId, Day, StoreId};

/// Whom and what of them somebody sees.
#[derive(Debug)]
pub enum Rule {
    /// Customers who registered or bought in these stores, and receipts without a person there.
    Stores {
        /// The stores.
        stores: Vec<StoreId>,
        /// Of each customer everything he bought, not only what he bought there.
        whole: bool,
    },
    /// These customers with everything they bought.
    Chosen(Chosen),
    /// Customers who meet all conditions, with everything they bought.
    Fitting {
        /// What they are seen by.
        lens: Arc<Lens>,
        /// The conditions.
        filters: Vec<Filter>,
    },
}

/// Chosen customers, by shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen(BTreeMap<i64, Vec<u16>>);

impl FromIterator<CustomerId> for Chosen {
    fn from_iter<I: IntoIterator<Item = CustomerId>>(ids: I) -> Chosen {
        let mut chosen = BTreeMap::<i64, Vec<u16>>::new();
        for id in ids {
            let key = id.0 >> super::shard::SHARD_BITS;
            chosen.entry(key).or_default().push(low(id));
        }
        for lows in chosen.values_mut() {
            lows.sort_unstable();
            lows.dedup();
        }
        Chosen(chosen)
    }
}

/// A shard and what was cut from it.
#[derive(Debug)]
struct Kept {
    /// Held, so that its address is nobody else's.
    whole: Arc<Shard>,
    /// Who was chosen, where that is not of the shard itself.
    chosen: Vec<u16>,
    cut: Arc<Shard>,
}

/// Cuts one version after the other by one kind of rule, and remembers what it cut.
#[derive(Debug, Default)]
pub struct Cutter {
    shards: HashMap<i64, Kept>,
    blocks: HashMap<i64, (Arc<Columns>, Block)>,
    /// What conditions were seen by: other borders or another day cut everything anew.
    seen_by: Option<(Day, Option<Cuts>)>,
}

/// A rule with everything looked up.
enum Ready<'a> {
    Stores(Vec<u16>, Vec<i64>, bool),
    Chosen(&'a Chosen),
    Fitting(&'a Lens, segment::Ready),
}

impl Cutter {
    /// This version of the base, cut by the rule. A cutter is for one rule: the same stores, or the
    /// same conditions, or one person's customers whoever they are.
    pub fn cut(&mut self, base: &LiveBase, rule: &Rule) -> LiveBase {
        let ready = match rule {
            Rule::Stores { stores, whole } => {
                let codes = stores
                    .iter()
                    .filter_map(|id| base.catalogue().find_store(*id));
                let rows = stores.iter().map(|id| id.0).collect();
                Ready::Stores(codes.collect(), rows, *whole)
            }
            Rule::Chosen(chosen) => Ready::Chosen(chosen),
            Rule::Fitting { lens, filters } => {
                let rules = filters.iter().map(|filter| filter.rule(lens)).collect();
                let seen = segment::Rule::All(rules).look(base, lens);
                let seen_by = Some((lens.as_of, lens.known_cuts()));
                if self.seen_by != seen_by {
                    self.shards.clear();
                    self.seen_by = seen_by;
                }
                Ready::Fitting(lens, seen)
            }
        };
        let shards = self.cut_shards(base, &ready);
        let anonymous = self.cut_blocks(base, &ready);
        base.cut_to(shards, anonymous)
    }

    fn cut_shards(&mut self, base: &LiveBase, ready: &Ready<'_>) -> Vec<Arc<Shard>> {
        let before = std::mem::take(&mut self.shards);
        let nobody = Vec::new();
        let cut = |whole: &Arc<Shard>| {
            let chosen = match ready {
                Ready::Chosen(chosen) => chosen.0.get(&whole.key).unwrap_or(&nobody),
                _ => &nobody,
            };
            let kept = before.get(&whole.key);
            let kept = kept.filter(|k| Arc::ptr_eq(&k.whole, whole) && k.chosen == *chosen);
            Kept {
                whole: Arc::clone(whole),
                chosen: chosen.clone(),
                cut: kept.map_or_else(
                    || Arc::new(cut_shard(base, whole, ready, chosen)),
                    |kept| Arc::clone(&kept.cut),
                ),
            }
        };
        let all: Vec<Kept> = base
            .pool()
            .run(|| base.shards().par_iter().map(cut).collect());
        let seen = all.iter().map(|kept| &kept.cut);
        let shards = seen.filter(|cut| !cut.is_empty()).map(Arc::clone).collect();
        self.shards = all.into_iter().map(|kept| (kept.whole.key, kept)).collect();
        shards
    }

    fn cut_blocks(&mut self, base: &LiveBase, ready: &Ready<'_>) -> Vec<Block> {
        // A receipt without a person is of a store, not of anybody's customers.
        let Ready::Stores(codes, ..) = ready else {
            return Vec::new();
        };
        let mut before = std::mem::take(&mut self.blocks);
        for block in base.anonymous() {
            let kept = before.remove(&block.key);
            let kept = kept.filter(|(whole, _)| Arc::ptr_eq(whole, &block.columns));
            let kept = kept.unwrap_or_else(|| {
                let mut columns = Columns::default();
                for at in 0..block.columns.len() {
                    if codes.contains(&block.columns.store[at]) {
                        columns.extend(&block.columns, at..at + 1);
                    }
                }
                let cut = Block::of(block.key, Arc::new(columns));
                (Arc::clone(&block.columns), cut)
            });
            self.blocks.insert(block.key, kept);
        }
        let seen = base.anonymous().iter();
        let seen = seen.filter_map(|block| self.blocks.get(&block.key));
        seen.filter(|(_, cut)| !cut.columns.is_empty())
            .map(|(_, cut)| cut.clone())
            .collect()
    }
}

fn cut_shard(base: &LiveBase, whole: &Shard, ready: &Ready<'_>, chosen: &[u16]) -> Shard {
    let mut lows = Vec::new();
    let mut slots = Vec::new();
    let mut people = People::new();
    let mut build = Builder::new(0);
    let mut rows = Vec::new();
    for slot in 0..whole.len() {
        let (history, at) = whole.at(slot);
        let low = whole.lows[slot];
        let columns = &history.columns;
        let sees = match ready {
            Ready::Stores(codes, stores, _) => {
                let mut range = history.range(at);
                stores.contains(&whole.people.store[slot])
                    || range.any(|row| codes.contains(&columns.store[row]))
            }
            Ready::Chosen(_) => chosen.binary_search(&low).is_ok(),
            Ready::Fitting(lens, seen) => {
                let subject = Subject::new(base, lens, whole, slot);
                seen.holds(&subject)
            }
        };
        if !sees {
            continue;
        }
        lows.push(low);
        slots.push(Some(slot));
        people.copy(&whole.people, slot);
        if let Ready::Stores(codes, _, false) = ready {
            let own = history.range(at);
            let here = own.filter(|&row| codes.contains(&columns.store[row]));
            rows.clear();
            rows.extend(here.map(|row| columns.row(row, low)));
            build.customer(&mut rows);
        } else {
            build.copy(history, at..at + 1);
        }
    }
    Shard::of(
        whole.key,
        Arc::new(lows),
        Arc::new(people),
        Arc::new(whole.about.next(slots.into_iter(), &[])),
        Arc::new(build.finish()),
    )
}
