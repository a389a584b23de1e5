//! The live base and the handle through which it is replaced: readers take an `Arc` of one
//! version and keep it; the one writer makes the next version and publishes it whole.

use super::anonymous::{BLOCK_BITS, Block};
use super::catalogue::Catalogue;
use super::goods::{Good, GoodsOf};
use super::journal::Journal;
use super::links::{Joined, Links};
use super::managers::Managers;
use super::people::People;
use super::products::Products;
use super::row::Row;
use super::shard::{SHARD_BITS, Shard, low};
use crate::facts::own::OwnFacts;
use crate::memo::{Before, Totals};
use crate::pool::Pool;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use vernis_domain::{
    Customer, CustomerId, Day, Event, Instant, Item, Product, ProductId, Purchase, PurchaseId, Shop,
};

/// Rows from which on shards are replaced in parallel.
const MANY: usize = 4_096;

/// One version of the whole customer base. Immutable.
#[derive(Clone, Debug)]
pub struct LiveBase {
    pub(crate) version: u64,
    pub(crate) shop: Option<Shop>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) products: Arc<Products>,
    /// By key.
    pub(crate) shards: Vec<Arc<Shard>>,
    /// By key.
    pub(crate) anonymous: Vec<Block>,
    pub(crate) links: Links,
    pub(crate) managers: Managers,
    pub(crate) own: Arc<OwnFacts>,
    pub(crate) pool: Pool,
    /// Shared by the versions that come one after the other.
    totals: Arc<Totals>,
    /// The same.
    journal: Arc<Journal>,
}

impl LiveBase {
    /// An empty base whose kernels run on `pool`.
    pub fn empty(pool: Pool) -> LiveBase {
        LiveBase {
            version: 0,
            shop: None,
            catalogue: Arc::default(),
            products: Arc::default(),
            shards: Vec::new(),
            anonymous: Vec::new(),
            links: Links::default(),
            managers: Managers::default(),
            own: Arc::default(),
            pool,
            totals: Arc::default(),
            journal: Arc::default(),
        }
    }

    /// Grows by one with every applied batch.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The shop's settings, once known.
    pub fn shop(&self) -> Option<&Shop> {
        self.shop.as_ref()
    }

    /// Stores and channels.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Products and their categories.
    pub fn products(&self) -> &Arc<Products> {
        &self.products
    }

    /// The shop's own fields as facts.
    pub fn own_facts(&self) -> &OwnFacts {
        &self.own
    }

    /// Shards by customer id.
    pub fn shards(&self) -> &[Arc<Shard>] {
        &self.shards
    }

    /// Blocks of receipts without a person.
    pub fn anonymous(&self) -> &[Block] {
        &self.anonymous
    }

    /// The shard with a key.
    pub(crate) fn shard(&self, key: i64) -> Option<&Arc<Shard>> {
        let at = self.shards.binary_search_by_key(&key, |shard| shard.key);
        Some(&self.shards[at.ok()?])
    }

    /// The block with a key.
    pub(crate) fn block(&self, key: i64) -> Option<&Block> {
        let at = self.anonymous.binary_search_by_key(&key, |block| block.key);
        Some(&self.anonymous[at.ok()?])
    }

    /// Sums of the whole base that are remembered.
    pub(crate) fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Who was touched by which version.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The kernels' threads.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Shards a kernel's task should take at least: few tasks, as each has its own sums, but enough
    /// to keep all threads busy to the end.
    pub fn grain(&self) -> usize {
        (self.shards.len() / (self.pool.threads() * 4)).max(1)
    }

    /// Number of customers.
    pub fn customers(&self) -> usize {
        self.shards.iter().map(|shard| shard.len()).sum()
    }

    /// Number of purchases and returns, anonymous ones included.
    pub fn purchases(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.purchases())
            .sum::<usize>()
            + self
                .anonymous
                .iter()
                .map(|block| block.columns.len())
                .sum::<usize>()
    }

    /// First day of any purchase to one past the last; `None` without purchases.
    pub fn days(&self) -> Option<Range<Day>> {
        let of_people = self.pool.run(|| {
            self.shards
                .par_iter()
                .filter_map(|shard| shard.days())
                .reduce_with(|a, b| a.start.min(b.start)..a.end.max(b.end))
        });
        let of_nobody = self
            .anonymous
            .iter()
            .filter_map(|block| block.memo.days(&block.columns.day))
            .reduce(|a, b| a.start.min(b.start)..a.end.max(b.end));
        let both = match (of_people, of_nobody) {
            (Some(a), Some(b)) => Some(a.start.min(b.start)..a.end.max(b.end)),
            (a, b) => a.or(b),
        };
        both.map(|range| Day(range.start)..Day(range.end))
    }

    /// Records that are joined to others.
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// Who looks after whom.
    pub fn managers(&self) -> &Managers {
        &self.managers
    }

    /// Shard number and slot of a customer.
    pub fn place(&self, id: CustomerId) -> Option<(usize, usize)> {
        let key = id.0 >> SHARD_BITS;
        let at = self.shards.binary_search_by_key(&key, |shard| shard.key);
        let at = at.ok()?;
        Some((at, self.shards[at].slot(id)?))
    }

    /// A customer's current values; `None` when he is not in the base or only his purchases are.
    pub fn customer(&self, id: CustomerId) -> Option<Customer> {
        let (shard, slot) = self.place(id)?;
        let shard = &self.shards[shard];
        shard.people.known(slot).then(|| {
            let about = shard.about.about(slot, self.own.fields());
            Customer {
                about,
                ..shard.people.customer(slot, id)
            }
        })
    }

    /// How many documents a customer has, and what was paid in them, net of returns, minor units.
    pub fn bought(&self, id: CustomerId) -> (usize, i64) {
        self.place(id).map_or((0, 0), |(shard, slot)| {
            let (history, at) = self.shards[shard].at(slot);
            (history.range(at).len(), history.kept.paid[at])
        })
    }

    /// A customer's purchases and returns, newest first: when each occurred, to 64 µs, and its id.
    /// The truth has no index for this question: here it costs nothing to keep.
    pub fn purchases_of(&self, id: CustomerId) -> Vec<(Instant, PurchaseId)> {
        let Some((shard, slot)) = self.place(id) else {
            return Vec::new();
        };
        let (history, at) = self.shards[shard].at(slot);
        let columns = &history.columns;
        let mut found: Vec<_> = history
            .range(at)
            .map(|row| {
                let occurred = Row::occurred_micros(columns.day[row], columns.moment[row]);
                (Instant(occurred), PurchaseId(columns.id.get(row)))
            })
            .collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        found
    }

    /// The lines of a customer's purchases and returns, by purchase id.
    pub fn items_of(&self, id: CustomerId) -> Vec<(PurchaseId, Vec<Item>)> {
        let Some((shard, slot)) = self.place(id) else {
            return Vec::new();
        };
        let (history, at) = self.shards[shard].at(slot);
        let item = |good: &Good| Item {
            product_id: self.products.id(good.product),
            quantity_micro: good.quantity,
            paid_minor: good.paid,
            discount_minor: good.discount,
        };
        let mut found: Vec<_> = history
            .range(at)
            .map(|row| {
                let goods = history.columns.goods.of(row);
                let items = goods.iter().flat_map(|goods| goods.iter()).map(item);
                (PurchaseId(history.columns.id.get(row)), items.collect())
            })
            .collect();
        found.sort_unstable_by_key(|one| one.0);
        found
    }

    /// People block and slot of a customer, for lists that need one or two values.
    pub fn person(&self, id: CustomerId) -> Option<(&People, usize)> {
        let (shard, slot) = self.place(id)?;
        Some((&self.shards[shard].people, slot))
    }

    /// The next version with `events` in it.
    fn next(&self, events: &[Event]) -> LiveBase {
        let mut next = self.clone();
        next.version += 1;
        for event in events {
            match event {
                Event::Shop(shop) => next.shop = Some(shop.clone()),
                Event::Stores(stores) => {
                    let catalogue = Arc::make_mut(&mut next.catalogue);
                    stores.iter().for_each(|store| catalogue.put_store(store));
                }
                Event::Channels(channels) => {
                    let catalogue = Arc::make_mut(&mut next.catalogue);
                    channels
                        .iter()
                        .for_each(|channel| catalogue.put_channel(channel));
                }
                Event::Products(products) => next.put_products(products),
                Event::Fields(fields) => next.own = Arc::new(OwnFacts::of(fields.clone())),
                Event::Links(links) => next.link(links),
                Event::Managers(managers) => {
                    for (id, manager) in managers {
                        next.managers.put(*id, *manager);
                    }
                }
                Event::Customers(customers) => next.put_customers(customers),
                Event::Purchases(purchases) => next.put_purchases(purchases),
                Event::PurchasesVoided(voided) => next.void(voided),
                Event::CustomersRemoved(ids) => next.remove(ids),
            }
        }
        next
    }

    fn put_products(&mut self, products: &[Product]) {
        let known = Arc::make_mut(&mut self.products);
        let mut moved = false;
        for product in products {
            moved |= known.put(product);
        }
        if moved {
            // Whoever bought them may be in other segments now.
            self.journal.forget(self.version);
        }
    }

    /// Lines with their products' codes.
    fn goods(&mut self, items: &[Item]) -> GoodsOf {
        let mut code = |id: ProductId| match self.products.find(id) {
            Some(code) => code,
            None => Arc::make_mut(&mut self.products).code(id),
        };
        let good = |item: &Item| Good {
            product: item.product_id.map_or(0, &mut code),
            quantity: item.quantity_micro,
            paid: item.paid_minor,
            discount: item.discount_minor,
        };
        (!items.is_empty()).then(|| items.iter().map(good).collect())
    }

    fn put_customers(&mut self, customers: &[Customer]) {
        let mut by_shard: BTreeMap<i64, Vec<&Customer>> = BTreeMap::new();
        for customer in customers {
            // News of a record from before it was joined: the person is told of by his survivor.
            if self.links.get(customer.id).is_some() {
                continue;
            }
            by_shard
                .entry(customer.id.0 >> SHARD_BITS)
                .or_default()
                .push(customer);
        }
        let low = |customer: &&Customer| low(customer.id);
        self.replace_shards(by_shard, customers.len(), low, |shard, mut group| {
            Some(shard.with_people(&mut group))
        });
    }

    fn put_purchases(&mut self, purchases: &[Purchase]) {
        let mut by_shard: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
        let mut by_block: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
        for purchase in purchases {
            let codes = self
                .catalogue
                .find_store(purchase.store_id)
                .zip(self.catalogue.find_channel(purchase.channel_id));
            let place = codes.unwrap_or_else(|| {
                let catalogue = Arc::make_mut(&mut self.catalogue);
                (
                    catalogue.store_code(purchase.store_id),
                    catalogue.channel_code(purchase.channel_id),
                )
            });
            let owner = purchase.customer_id.map(|id| {
                self.links.note(id, purchase.id);
                self.links.root(id)
            });
            let goods = self.goods(&purchase.items);
            let row = Row::new(purchase, owner, place, goods);
            match owner {
                Some(id) => by_shard.entry(id.0 >> SHARD_BITS).or_default().push(row),
                None => by_block
                    .entry(purchase.id.0 >> BLOCK_BITS)
                    .or_default()
                    .push(row),
            }
        }
        self.put_rows(by_shard, purchases.len());
        for (key, rows) in by_block {
            let before = self.block(key).cloned();
            let empty = Block::empty(key);
            if let Some(block) = before.as_ref().unwrap_or(&empty).with(rows) {
                self.replace_block(before, block);
            }
        }
    }

    fn put_rows(&mut self, by_shard: BTreeMap<i64, Vec<Row>>, count: usize) {
        let low = |row: &Row| row.low;
        self.replace_shards(by_shard, count, low, |shard, rows| {
            shard.with_purchases(rows)
        });
    }

    /// Joins records to others and lets them stand alone. What is told again changes nothing.
    fn link(&mut self, links: &[(CustomerId, Option<CustomerId>)]) {
        for &(id, to) in links {
            if self.links.get(id).map(|joined| joined.to) == to {
                continue;
            }
            self.part(id);
            // What is known of a record by its id may hold for another one from now on.
            for one in [Some(id), to].into_iter().flatten() {
                let root = self.links.root(one);
                let key = root.0 >> SHARD_BITS;
                self.journal.note(self.version, key, vec![low(root)]);
            }
            // A circle can only come of news out of order: the right one is on its way.
            if let Some(to) = to
                && self.links.root(to) != id
            {
                self.join(id, to);
            }
        }
    }

    fn join(&mut self, id: CustomerId, to: CustomerId) {
        let rows = self.rows_of(id);
        let behind = self.links.purchases_behind(id);
        let own = rows.iter().map(|row| PurchaseId(row.id));
        let purchases = own.filter(|purchase| !behind.contains(purchase)).collect();
        self.links.put(id, Joined { to, purchases });
        self.remove(&[id]);
        self.give(self.links.root(to), rows);
    }

    /// Takes back that `id` is joined to somebody.
    fn part(&mut self, id: CustomerId) {
        let Some(joined) = self.links.get(id) else {
            return;
        };
        let mut leaving = joined.purchases.clone();
        leaving.extend(self.links.purchases_behind(id));
        leaving.sort_unstable();
        let root = self.links.root(id);
        self.links.take(id);
        let mut rows = self.rows_of(root);
        rows.retain(|row| leaving.binary_search(&PurchaseId(row.id)).is_ok());
        let gone: Vec<_> = rows
            .iter()
            .map(|row| (Some(root), PurchaseId(row.id)))
            .collect();
        if !gone.is_empty() {
            self.void(&gone);
        }
        self.give(id, rows);
    }

    /// All purchases that show with a customer.
    fn rows_of(&self, id: CustomerId) -> Vec<Row> {
        let Some((shard, slot)) = self.place(id) else {
            return Vec::new();
        };
        let (history, at) = self.shards[shard].at(slot);
        let mut rows = Vec::new();
        history.rows_with(at, low(id), &[], &mut rows);
        rows
    }

    fn give(&mut self, id: CustomerId, mut rows: Vec<Row>) {
        rows.iter_mut().for_each(|row| row.low = low(id));
        if !rows.is_empty() {
            let count = rows.len();
            self.put_rows([(id.0 >> SHARD_BITS, rows)].into(), count);
        }
    }

    fn void(&mut self, voided: &[(Option<CustomerId>, vernis_domain::PurchaseId)]) {
        let mut by_shard: BTreeMap<i64, Vec<(CustomerId, i64)>> = BTreeMap::new();
        let mut by_block: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for (customer, purchase) in voided {
            match customer.map(|id| self.links.root(id)) {
                Some(id) => {
                    by_shard
                        .entry(id.0 >> SHARD_BITS)
                        .or_default()
                        .push((id, purchase.0));
                }
                None => by_block
                    .entry(purchase.0 >> BLOCK_BITS)
                    .or_default()
                    .push(purchase.0),
            }
        }
        let whose = |(customer, _): &(CustomerId, i64)| low(*customer);
        self.replace_shards(by_shard, MANY, whose, |shard, gone| {
            Some(shard.without_purchases(&gone))
        });
        for (key, ids) in by_block {
            if let Some(before) = self.block(key).cloned() {
                let block = before.without(&ids);
                self.replace_block(Some(before), block);
            }
        }
    }

    fn remove(&mut self, ids: &[CustomerId]) {
        let mut by_shard: BTreeMap<i64, Vec<CustomerId>> = BTreeMap::new();
        for id in ids {
            by_shard.entry(id.0 >> SHARD_BITS).or_default().push(*id);
        }
        let low = |id: &CustomerId| low(*id);
        self.replace_shards(by_shard, MANY, low, |shard, gone| {
            Some(shard.without_customers(&gone))
        });
    }

    fn replace_block(&mut self, before: Option<Block>, block: Block) {
        match self.anonymous.binary_search_by_key(&block.key, |b| b.key) {
            Ok(at) if block.columns.is_empty() => {
                self.anonymous.remove(at);
            }
            Ok(at) => self.anonymous[at] = block.clone(),
            Err(at) => self.anonymous.insert(at, block.clone()),
        }
        if self.totals.is_empty() {
            self.totals.replaced(self.version);
        } else {
            let before = Before::Block(block.key, before);
            self.totals.touched(self.version, before, false);
        }
    }

    /// Replaces the touched shards; in parallel when there is much to do (`rows` in all) and more
    /// than one thread to do it. A group of tills' purchases is little, however many shards it
    /// touches: it must not queue behind kernels on the pool's threads. `low` tells whom a change
    /// touches.
    fn replace_shards<T: Send>(
        &mut self,
        groups: BTreeMap<i64, Vec<T>>,
        rows: usize,
        low: impl Fn(&T) -> u16,
        change: impl Fn(&Shard, Vec<T>) -> Option<Shard> + Sync,
    ) {
        let many = groups.values().map(Vec::len).sum::<usize>() >= MANY;
        for (&key, group) in &groups {
            self.journal
                .note(self.version, key, group.iter().map(&low).collect());
        }
        let mut touched = BTreeMap::new();
        if many || self.totals.is_empty() {
            self.totals.replaced(self.version);
        } else {
            let lows = |group: &Vec<T>| group.iter().map(&low).collect::<Vec<u16>>();
            touched.extend(groups.iter().map(|(&key, group)| (key, lows(group))));
        }
        let shards = &self.shards;
        let replace = |(key, group): (i64, Vec<T>)| {
            let changed = match shards.binary_search_by_key(&key, |shard| shard.key) {
                Ok(at) => change(&shards[at], group),
                Err(_) => change(&Shard::empty(key), group),
            };
            changed.map(Arc::new)
        };
        let alone = groups.len() < 8 || rows < MANY || self.pool.threads() < 2;
        let changed: Vec<Arc<Shard>> = if alone {
            groups.into_iter().filter_map(replace).collect()
        } else {
            let groups: Vec<(i64, Vec<T>)> = groups.into_iter().collect();
            self.pool
                .run(|| groups.into_par_iter().filter_map(replace).collect())
        };
        for shard in changed {
            if let Some(lows) = touched.remove(&shard.key) {
                let before = self.shard(shard.key).cloned();
                let moved = before
                    .as_ref()
                    .is_some_and(|before| !std::ptr::eq(before.stored(), shard.stored()));
                let before = Before::Shard(shard.key, before, lows);
                self.totals.touched(self.version, before, moved);
            }
            match self.shards.binary_search_by_key(&shard.key, |s| s.key) {
                Ok(at) if shard.is_empty() => {
                    self.shards.remove(at);
                }
                Ok(at) => self.shards[at] = shard,
                Err(_) if shard.is_empty() => {}
                Err(at) => self.shards.insert(at, shard),
            }
        }
    }

    /// This version with these shards and receipts in place of its own, and nothing remembered of
    /// the whole.
    pub(super) fn cut_to(&self, shards: Vec<Arc<Shard>>, anonymous: Vec<Block>) -> LiveBase {
        LiveBase {
            version: self.version,
            shop: self.shop.clone(),
            catalogue: Arc::clone(&self.catalogue),
            products: Arc::clone(&self.products),
            shards,
            anonymous,
            links: self.links.clone(),
            managers: self.managers.clone(),
            own: Arc::clone(&self.own),
            pool: self.pool.clone(),
            totals: Arc::default(),
            journal: Arc::new(Journal::after(self.version)),
        }
    }

    /// The same base with nothing remembered of earlier answers: what is asked of it is computed
    /// from the purchases, as at a first look.
    pub fn forget(&self) -> LiveBase {
        let mut next = self.clone();
        next.shards = self.pool.run(|| {
            let fresh = |shard: &Arc<Shard>| Arc::new(shard.forget());
            self.shards.par_iter().map(fresh).collect()
        });
        for block in &mut next.anonymous {
            *block = Block::of(block.key, Arc::clone(&block.columns));
        }
        next.totals = Arc::default();
        next
    }

    /// The same base with nothing waiting in any delta, as the snapshot file wants it.
    pub fn compact(&self) -> LiveBase {
        let mut next = self.clone();
        next.shards = self.pool.run(|| {
            self.shards
                .par_iter()
                .map(|shard| {
                    if shard.waiting() == 0 {
                        Arc::clone(shard)
                    } else {
                        Arc::new(shard.compact())
                    }
                })
                .collect()
        });
        next
    }
}

/// The handle: the current version for readers, one writer at a time.
#[derive(Debug)]
pub struct Live {
    current: RwLock<Arc<LiveBase>>,
    writer: Mutex<()>,
}

impl Live {
    /// A handle that starts with `base`.
    pub fn new(mut base: LiveBase) -> Live {
        // The versions of this handle are no others'.
        base.totals = Arc::default();
        base.journal = Arc::new(Journal::after(base.version));
        Live {
            current: RwLock::new(Arc::new(base)),
            writer: Mutex::new(()),
        }
    }

    /// The current version. Keep the `Arc` for as long as the answer is being made.
    pub fn current(&self) -> Arc<LiveBase> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Applies events in order and publishes them together; returns the new version's number.
    /// Readers never wait for more than the exchange of one pointer.
    pub fn apply(&self, events: &[Event]) -> u64 {
        let _one_writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let next = Arc::new(self.current().next(events));
        let version = next.version;
        let previous = {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *current, next)
        };
        // Freed here, not under the lock.
        drop(previous);
        version
    }

    /// Replaces the whole base (a rebuild); the version number goes on growing.
    pub fn replace(&self, mut base: LiveBase) -> u64 {
        let _one_writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        base.version = self.current().version + 1;
        base.totals = Arc::default();
        base.journal = Arc::new(Journal::after(base.version));
        let version = base.version;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(base);
        version
    }
}
