//! Lists of customers: search, filters, sort, page. The first page of a million is found by
//! selection, shard by shard, not by sorting everybody.

use super::filter::Filter;
use super::search::{Fit, Needle};
use super::{Fact, Lens, Subject};
use crate::base::live::LiveBase;
use crate::base::shard::Shard;
use crate::query::CustomerSet;
use crate::rfm::Cell;
use crate::segment::{Ready, Rule, select, slots};
use rayon::prelude::*;
use std::cmp::Ordering;
use std::sync::Arc;
use vernis_domain::CustomerId;

/// What a list is sorted by.
#[derive(Clone, Copy, Debug)]
pub enum Sort {
    /// How well the search fits, then name; by name without a search.
    Best,
    /// Full name.
    Name,
    /// A fact; customers without it come last either way.
    Fact(&'static Fact),
}

/// A question to the list.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Words that must occur; empty for everybody.
    pub search: String,
    /// Whoever asks sees contacts masked: they are searched only as far as the mask shows.
    pub masked: bool,
    /// Only this RFM cell, as the lens cuts it.
    pub cell: Option<Cell>,
    /// Only these customers.
    pub customers: Option<Arc<CustomerSet>>,
    /// Conditions, all of which must hold.
    pub filters: Vec<Filter>,
    /// Only the customers of this segment.
    pub segment: Option<Arc<Rule>>,
    /// Order.
    pub sort: Sort,
    /// From the end.
    pub descending: bool,
    /// Customers to pass over.
    pub offset: usize,
    /// Customers on the page.
    pub limit: usize,
}

impl Default for ListQuery {
    fn default() -> Self {
        ListQuery {
            search: String::new(),
            masked: false,
            cell: None,
            customers: None,
            filters: Vec::new(),
            segment: None,
            sort: Sort::Best,
            descending: false,
            offset: 0,
            limit: 50,
        }
    }
}

/// A page of customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPage {
    /// How many fit in all.
    pub total: usize,
    /// The page.
    pub ids: Vec<CustomerId>,
    /// Where the next page begins; `None` on the last.
    pub next_offset: Option<usize>,
    /// The version of the base that answered.
    pub version: u64,
}

/// Sorting key of one customer. Names are compared by their first bytes, then whole.
#[derive(Clone, Copy)]
struct Key {
    fit: u8,
    rank: i64,
    shard: u32,
    slot: u32,
}

/// The first `keep` keys of those seen so far, in no order, and perhaps as many that are not.
struct Best {
    keep: usize,
    total: usize,
    keys: Vec<Key>,
    /// No key after this one can be among the first.
    worst: Option<Key>,
}

impl Best {
    fn new(keep: usize) -> Best {
        Best {
            keep,
            total: 0,
            keys: Vec::new(),
            worst: None,
        }
    }

    /// Counts a key and keeps it if it may be among the first. Most keys of a long list cost one
    /// comparison.
    fn add(&mut self, key: Key, by: &impl Fn(&Key, &Key) -> Ordering) {
        self.total += 1;
        if self.keep == 0 || self.worst.is_some_and(|worst| by(&key, &worst).is_gt()) {
            return;
        }
        self.keys.push(key);
        if self.keys.len() >= self.keep.saturating_mul(2).saturating_add(64) {
            let (_, worst, _) = self.keys.select_nth_unstable_by(self.keep - 1, by);
            self.worst = Some(*worst);
            self.keys.truncate(self.keep);
        }
    }
}

/// Answers a list question.
pub fn list(base: &LiveBase, lens: &Lens, query: &ListQuery) -> ListPage {
    let needle = Needle::new(&query.search).map(|needle| needle.of_masked(query.masked));
    if query.cell.is_some() {
        lens.cuts(base);
    }
    if let Sort::Fact(fact) = query.sort {
        fact.look(base, lens);
    }
    let rules = query.filters.iter().map(|filter| filter.rule(lens));
    let rules = rules.chain(query.segment.as_deref().cloned());
    let rule = Rule::All(rules.collect());
    let everybody = matches!(&rule, Rule::All(rules) if rules.is_empty());
    let mut chosen = query.customers.clone();
    // Few are found by a search: they are asked one by one. Of everybody whole columns are.
    let filters = if needle.is_some() || everybody {
        rule.look(base, lens)
    } else {
        let members = select(base, lens, &rule);
        chosen = Some(Arc::new(match &chosen {
            None => members,
            Some(other) => members.and(other),
        }));
        Rule::All(Vec::new()).look(base, lens)
    };
    // What is compared whole where the ranks are equal: a name, or the text of an own field.
    let text_of = match query.sort {
        Sort::Fact(fact) => fact
            .field()
            .filter(|_| matches!(fact.kind, super::FactType::Text | super::FactType::Link))
            .map(|field| Some(field.id.0)),
        Sort::Best | Sort::Name => Some(None),
    };
    let name = |key: &Key, field: Option<i64>| {
        let (shard, slot) = (&base.shards()[key.shard as usize], key.slot as usize);
        match field {
            None => shard.people.folded_name(slot),
            Some(field) => {
                let word = shard.about.word(field, slot);
                word.map_or("", |word| &*word.folded)
            }
        }
    };
    let by = |a: &Key, b: &Key| {
        let ranks = a.fit.cmp(&b.fit).then(a.rank.cmp(&b.rank));
        let whole = || match (text_of, query.descending) {
            (None, _) => Ordering::Equal,
            (Some(of), false) => name(a, of).cmp(name(b, of)),
            (Some(of), true) => name(b, of).cmp(name(a, of)),
        };
        ranks
            .then_with(whole)
            .then((a.shard, a.slot).cmp(&(b.shard, b.slot)))
    };
    let until = query.offset.saturating_add(query.limit);
    let found = base.pool().run(|| {
        base.shards()
            .par_iter()
            .enumerate()
            .with_min_len(base.grain())
            .fold(
                || Best::new(until),
                |mut best, (number, shard)| {
                    let asked = (query, needle.as_ref(), &filters, chosen.as_deref());
                    each_key(base, lens, asked, number, shard, |key| {
                        best.add(key, &by);
                    });
                    best
                },
            )
            .reduce(
                || Best::new(until),
                |mut best, other| {
                    best.total += other.total - other.keys.len();
                    other.keys.into_iter().for_each(|key| best.add(key, &by));
                    best
                },
            )
    });
    let total = found.total;
    let mut keys = found.keys;
    keys.sort_unstable_by(by);
    keys.truncate(until);
    let ids = keys
        .iter()
        .skip(query.offset)
        .map(|key| base.shards()[key.shard as usize].id(key.slot as usize))
        .collect();
    ListPage {
        total,
        ids,
        next_offset: (until < total).then_some(until),
        version: base.version(),
    }
}

fn each_key(
    base: &LiveBase,
    lens: &Lens,
    (query, needle, filters, chosen): (&ListQuery, Option<&Needle>, &Ready, Option<&CustomerSet>),
    number: usize,
    shard: &Shard,
    mut each: impl FnMut(Key),
) {
    let bits = chosen.map(|set| set.of_shard(shard.key).unwrap_or(&[]));
    let mut add = |slot: usize, fit: Fit| {
        if let Some(bits) = bits
            && !crate::query::has(bits, slot)
        {
            return;
        }
        let subject = Subject::new(base, lens, shard, slot);
        if let Some(cell) = query.cell {
            let value = super::find("rfm_cell").map(|fact| fact.value(&subject));
            if value != Some(super::FactValue::Cell(cell)) {
                return;
            }
        }
        if !filters.holds(&subject) {
            return;
        }
        let rank = match query.sort {
            Sort::Fact(fact) => fact.value(&subject).rank(),
            Sort::Best | Sort::Name => {
                let name = shard.people.folded_name(slot);
                (!name.is_empty()).then(|| text_rank(name))
            }
        };
        each(Key {
            fit: if matches!(query.sort, Sort::Best) {
                fit as u8
            } else {
                0
            },
            // Whoever has no value comes last in either direction.
            rank: match rank {
                None => i64::MAX,
                Some(rank) if query.descending => !rank,
                Some(rank) => rank,
            },
            shard: number as u32,
            slot: slot as u32,
        });
    };
    match needle {
        Some(needle) => needle.find(&shard.people, &mut add),
        None => match bits {
            Some(bits) => slots(bits).for_each(|slot| add(slot, Fit::Start)),
            None => (0..shard.len()).for_each(|slot| add(slot, Fit::Start)),
        },
    }
}

/// The first seven bytes of a text as a number that orders like the text.
pub(super) fn text_rank(name: &str) -> i64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes[1..].iter_mut().zip(name.bytes()) {
        *to = from;
    }
    i64::from_be_bytes(bytes)
}
