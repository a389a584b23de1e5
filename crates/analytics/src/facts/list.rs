//! Lists of customers: search, filters, sort, page. The first page of a million is found by
//! selection, shard by shard, not by sorting everybody.

use super::filter::Filter;
use super::search::{Fit, Needle};
use super::{Fact, Lens, Subject};
use crate::base::live::LiveBase;
use crate::base::shard::Shard;
use crate::query::CustomerSet;
use crate::rfm::Cell;
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
    /// Only this RFM cell, as the lens cuts it.
    pub cell: Option<Cell>,
    /// Only these customers.
    pub customers: Option<Arc<CustomerSet>>,
    /// Conditions, all of which must hold.
    pub filters: Vec<Filter>,
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
            cell: None,
            customers: None,
            filters: Vec::new(),
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

/// Answers a list question.
pub fn list(base: &LiveBase, lens: &Lens, query: &ListQuery) -> ListPage {
    let needle = Needle::new(&query.search);
    if query.cell.is_some() {
        lens.cuts(base);
    }
    let names = !matches!(query.sort, Sort::Fact(_));
    let name = |key: &Key| {
        base.shards()[key.shard as usize]
            .people
            .folded_name(key.slot as usize)
    };
    let by = |a: &Key, b: &Key| {
        let ranks = a.fit.cmp(&b.fit).then(a.rank.cmp(&b.rank));
        let whole = || match (names, query.descending) {
            (false, _) => Ordering::Equal,
            (true, false) => name(a).cmp(name(b)),
            (true, true) => name(b).cmp(name(a)),
        };
        ranks
            .then_with(whole)
            .then((a.shard, a.slot).cmp(&(b.shard, b.slot)))
    };
    let until = query.offset.saturating_add(query.limit);
    let best = |keys: &mut Vec<Key>| {
        if until > 0 && keys.len() > until {
            keys.select_nth_unstable_by(until - 1, by);
        }
        keys.truncate(until);
    };
    let found: Vec<(usize, Vec<Key>)> = base.pool().run(|| {
        base.shards()
            .par_iter()
            .enumerate()
            .map(|(number, shard)| {
                let mut keys = keys_of(base, lens, query, needle.as_ref(), number, shard);
                let total = keys.len();
                best(&mut keys);
                (total, keys)
            })
            .collect()
    });
    let total = found.iter().map(|(total, _)| total).sum();
    let mut keys: Vec<Key> = found.into_iter().flat_map(|(_, keys)| keys).collect();
    best(&mut keys);
    keys.sort_unstable_by(by);
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

fn keys_of(
    base: &LiveBase,
    lens: &Lens,
    query: &ListQuery,
    needle: Option<&Needle>,
    number: usize,
    shard: &Shard,
) -> Vec<Key> {
    let bits = query.customers.as_ref().map(|set| set.of_shard(shard.key));
    let mut keys = Vec::new();
    let mut add = |slot: usize, fit: Fit| {
        if let Some(bits) = bits
            && !bits.is_some_and(|bits| bits[slot / 64] >> (slot % 64) & 1 == 1)
        {
            return;
        }
        let subject = Subject::new(base, lens, shard, slot);
        if let Some(cell) = query.cell {
            let value = super::find("rfm_cell").map(|fact| (fact.compute)(&subject));
            if value != Some(super::FactValue::Cell(cell)) {
                return;
            }
        }
        if !query
            .filters
            .iter()
            .all(|f| f.accepts((f.fact().compute)(&subject)))
        {
            return;
        }
        let rank = match query.sort {
            Sort::Fact(fact) => (fact.compute)(&subject).rank(),
            Sort::Best | Sort::Name => name_rank(shard.people.folded_name(slot)),
        };
        keys.push(Key {
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
        None => (0..shard.len()).for_each(|slot| add(slot, Fit::Start)),
    }
    keys
}

/// The first seven bytes of a name as a number that orders like the name; `None` without a name.
fn name_rank(name: &str) -> Option<i64> {
    if name.is_empty() {
        return None;
    }
    let mut bytes = [0; 8];
    for (to, from) in bytes[1..].iter_mut().zip(name.bytes()) {
        *to = from;
    }
    Some(i64::from_be_bytes(bytes))
}
