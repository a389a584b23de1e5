//! What is asked for: period, store, channel, customers, the day it is seen from.

use crate::base::catalogue::NO_CODE;
use crate::base::columns::Columns;
use crate::base::live::LiveBase;
use crate::base::row::{NO_DAY, NOT_A_PURCHASE};
use crate::facts::Lens;
use crate::rfm::{Cell, RfmQuery};
use crate::segment::{Rule, select};
use std::sync::Arc;
use vernis_domain::{ChannelId, CustomerId, Day, StoreId};

/// Days of the look-back window of "active" unless the shop says otherwise.
pub const DEFAULT_WINDOW_DAYS: i32 = 90;

/// A chosen part of the customers: one bit per slot of each shard of one version of the base. Make
/// it from the version it is asked about: slots move when customers join or leave a shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerSet {
    /// Per shard key: bits by slot.
    shards: std::collections::BTreeMap<i64, Vec<u64>>,
}

impl CustomerSet {
    /// A set of customers by id; those not in the base are left out.
    pub fn of(base: &LiveBase, ids: impl IntoIterator<Item = CustomerId>) -> CustomerSet {
        let mut set = CustomerSet::default();
        for id in ids {
            if let Some((shard, slot)) = base.place(id) {
                set.insert(base, shard, slot);
            }
        }
        set
    }

    /// Adds the customer at a slot of the shard with number `shard`.
    pub fn insert(&mut self, base: &LiveBase, shard: usize, slot: usize) {
        let shard = &base.shards()[shard];
        let bits = self
            .shards
            .entry(shard.key)
            .or_insert_with(|| vec![0; shard.len().div_ceil(64)]);
        bits[slot / 64] |= 1 << (slot % 64);
    }

    /// A set of bits by shard key.
    pub(crate) fn of_bits(shards: impl IntoIterator<Item = (i64, Vec<u64>)>) -> CustomerSet {
        let filled = |bits: &Vec<u64>| bits.iter().any(|word| *word != 0);
        CustomerSet {
            shards: shards
                .into_iter()
                .filter(|(_, bits)| filled(bits))
                .collect(),
        }
    }

    /// Bits of one shard; `None` when nobody of it is in.
    pub fn of_shard(&self, key: i64) -> Option<&[u64]> {
        self.shards.get(&key).map(Vec::as_slice)
    }

    /// Whether the customer at a slot of the shard with this key is in.
    pub fn has(&self, key: i64, slot: usize) -> bool {
        self.of_shard(key).is_some_and(|bits| has(bits, slot))
    }

    /// Who is in, by id.
    pub fn ids(&self, base: &LiveBase) -> Vec<CustomerId> {
        let shards = base.shards().iter();
        shards
            .filter_map(|shard| Some((shard, self.of_shard(shard.key)?)))
            .flat_map(|(shard, bits)| crate::segment::slots(bits).map(|slot| shard.id(slot)))
            .collect()
    }

    /// Number of customers in the set.
    pub fn len(&self) -> usize {
        self.shards
            .values()
            .flatten()
            .map(|bits| bits.count_ones() as usize)
            .sum()
    }

    /// Nobody at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A segment, and the borders of RFM it is seen by where it has none of its own.
#[derive(Clone, Debug)]
pub struct Segmented {
    /// Who is in.
    pub rule: Rule,
    /// Borders, store and channel.
    pub rfm: RfmQuery,
    /// From this day on everything that is recorded is seen.
    pub today: Day,
}

impl Segmented {
    /// Its customers on a day.
    pub fn members(&self, base: &LiveBase, as_of: Day) -> CustomerSet {
        let rfm = RfmQuery { as_of, ..self.rfm };
        let lens = if as_of >= self.today {
            Lens::now(as_of, rfm)
        } else {
            Lens::new(as_of, rfm)
        };
        select(base, &lens, &self.rule)
    }
}

/// A question to the metrics.
#[derive(Clone, Debug)]
pub struct Query {
    /// First day of the period.
    pub from: Day,
    /// The day after the last day of the period.
    pub to: Day,
    /// Only purchases of this store.
    pub store: Option<StoreId>,
    /// Only purchases that came this way.
    pub channel: Option<ChannelId>,
    /// Only customers in this RFM cell, as the RFM question cuts it.
    pub cell: Option<(Cell, RfmQuery)>,
    /// Only the customers of this segment, as they are on the last seen day.
    pub segment: Option<Arc<Segmented>>,
    /// Only these customers.
    pub customers: Option<Arc<CustomerSet>>,
    /// The last day that is seen (today): later purchases do not exist yet.
    pub as_of: Day,
    /// W: who bought within this many days counts as active.
    pub window_days: i32,
}

impl Query {
    /// The whole shop over a period, seen from `as_of`, W = 90.
    pub fn new(from: Day, to: Day, as_of: Day) -> Query {
        Query {
            from,
            to,
            store: None,
            channel: None,
            cell: None,
            segment: None,
            customers: None,
            as_of,
            window_days: DEFAULT_WINDOW_DAYS,
        }
    }

    /// The same question about another period.
    pub fn over(&self, from: Day, to: Day) -> Query {
        Query {
            from,
            to,
            ..self.clone()
        }
    }

    /// The period of the same length just before.
    pub fn previous(&self) -> Query {
        self.over(self.from.plus(self.from.0 - self.to.0), self.from)
    }

    /// The same dates one year earlier.
    pub fn year_ago(&self) -> Query {
        self.over(self.from.year_before(), self.to.year_before())
    }

    /// The same question with the customers of its RFM cell cut out once, to be asked many times.
    pub fn with_members(&self, base: &LiveBase) -> Query {
        Query {
            cell: None,
            segment: None,
            customers: self.scope(base).set,
            ..self.clone()
        }
    }

    /// Looks names up and cuts the RFM cell out, once per question.
    pub fn scope(&self, base: &LiveBase) -> Scope {
        let both = |members: CustomerSet, other: &Option<Arc<CustomerSet>>| {
            Some(Arc::new(match other {
                None => members,
                Some(other) => members.and(other),
            }))
        };
        let among = match &self.segment {
            None => self.customers.clone(),
            Some(segment) => both(segment.members(base, self.as_of), &self.customers),
        };
        let set = match &self.cell {
            None => among,
            Some((cell, rfm)) => both(crate::rfm::members(base, rfm, *cell), &among),
        };
        let end = self.to.0.min(self.as_of.0 + 1).max(self.from.0);
        Scope {
            from: self.from.0,
            end,
            seen_end: self.as_of.0 + 1,
            window: self.window_days.max(1),
            store: self
                .store
                .map(|id| base.catalogue().find_store(id).unwrap_or(NO_CODE)),
            channel: self
                .channel
                .map(|id| base.catalogue().find_channel(id).unwrap_or(NO_CODE)),
            set,
        }
    }
}

impl CustomerSet {
    /// Those in both sets.
    pub fn and(&self, other: &CustomerSet) -> CustomerSet {
        let mut both = self.clone();
        for (key, bits) in &mut both.shards {
            match other.shards.get(key) {
                None => bits.fill(0),
                Some(theirs) => bits.iter_mut().zip(theirs).for_each(|(a, b)| *a &= b),
            }
        }
        both
    }
}

/// A question with everything looked up: plain numbers for the kernels.
#[derive(Clone, Debug)]
pub struct Scope {
    /// First day of the period.
    pub from: i32,
    /// One past the last seen day of the period.
    pub end: i32,
    /// One past the last seen day at all.
    pub seen_end: i32,
    /// W in days.
    pub window: i32,
    /// Store code.
    pub store: Option<u16>,
    /// Channel code.
    pub channel: Option<u16>,
    /// Chosen customers.
    pub set: Option<Arc<CustomerSet>>,
}

impl Scope {
    /// No store and no channel is asked for.
    #[inline]
    pub fn whole_shop(&self) -> bool {
        self.store.is_none() && self.channel.is_none()
    }

    /// Nothing but the period differs.
    pub fn asks_the_same_people(&self, other: &Scope) -> bool {
        let same_set = match (&self.set, &other.set) {
            (None, None) => true,
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        };
        same_set
            && (self.store, self.channel, self.window) == (other.store, other.channel, other.window)
    }

    /// The row is of the asked store and channel.
    #[inline]
    pub fn here(&self, columns: &Columns, at: usize) -> bool {
        self.store.is_none_or(|code| columns.store[at] == code)
            && self.channel.is_none_or(|code| columns.channel[at] == code)
    }

    /// The row is a purchase (a sale that was not taken back whole) of the asked store and channel.
    #[inline]
    pub fn purchase_here(&self, columns: &Columns, at: usize) -> bool {
        columns.flags[at] & NOT_A_PURCHASE == 0 && self.here(columns, at)
    }

    /// The day lies in the period.
    #[inline]
    pub fn in_period(&self, day: i32) -> bool {
        day >= self.from && day < self.end
    }

    /// The customer at a slot is asked for; `bits` are those of his shard.
    #[inline]
    pub fn chosen(&self, bits: Option<&[u64]>, slot: usize) -> bool {
        match (&self.set, bits) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some(bits)) => has(bits, slot),
        }
    }

    /// Bits of a shard, when customers are chosen.
    pub fn bits(&self, key: i64) -> Option<&[u64]> {
        self.set.as_ref().and_then(|set| set.of_shard(key))
    }
}

/// Whether the bit of a slot is set; slots beyond the bits (a later version of the base) are not.
#[inline]
pub fn has(bits: &[u64], slot: usize) -> bool {
    bits.get(slot / 64)
        .is_some_and(|word| word >> (slot % 64) & 1 == 1)
}

/// A day column value as a number of days; `None` for "no day".
#[inline]
pub fn day(value: u16) -> Option<i32> {
    (value != NO_DAY).then_some(i32::from(value))
}
