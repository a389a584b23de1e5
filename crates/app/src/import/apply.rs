//! Chunks put into the base, as many in one transaction as its turn allows, or only counted in a
//! dry run.

use super::counts::Counts;
use super::identify::{Known, Who, identify, key};
use super::person::NO_DAY;
use super::rows::{Chunk, NONE, Refs};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, RwLock};
use vernis_domain::{
    ChannelId, Contact, Customer, CustomerId, Day, ImportId, Product, ProductId, PurchaseId,
    PurchaseKind, StoreId,
};
use vernis_store::{
    ImportChunk, NewConflict, NewPurchase, Origin, Owner, ReadTx, StoreError, WriteTx,
};

/// Ids of what the run has numbered, known so far.
#[derive(Default)]
pub(super) struct Ids {
    pub stores: HashMap<u32, StoreId>,
    pub channels: HashMap<u32, ChannelId>,
    products: HashMap<u32, ProductId>,
    people: Vec<Option<CustomerId>>,
}

impl Ids {
    fn person(&self, number: u32) -> Option<CustomerId> {
        self.people.get(number as usize).copied().flatten()
    }

    /// Takes in what a transaction has decided.
    pub(super) fn learn(&mut self, applied: &Applied) {
        self.stores.extend(&applied.stores);
        self.channels.extend(&applied.channels);
        self.products.extend(&applied.products);
        for (number, id) in &applied.people {
            let at = *number as usize;
            if self.people.len() <= at {
                self.people.resize(at + 1, None);
            }
            self.people[at] = Some(*id);
        }
    }
}

/// What the whole run knows, for every transaction.
#[derive(Clone)]
pub(super) struct Run {
    pub import: ImportId,
    /// Day put into people whose registration day the file does not say.
    pub today: Day,
    pub time_zone: String,
    /// People this run has made, or changed and counted.
    pub touched: Arc<RwLock<HashSet<CustomerId>>>,
}

/// What a transaction has decided.
#[derive(Clone, Default)]
pub(super) struct Applied {
    /// Chunks written, from the first on.
    pub chunks: usize,
    /// People made or changed for the first time in the run.
    pub touched: HashSet<CustomerId>,
    pub counts: Counts,
    /// All stores and channels known.
    stores: HashMap<u32, StoreId>,
    channels: HashMap<u32, ChannelId>,
    /// Products and people found or made here.
    products: HashMap<u32, ProductId>,
    people: HashMap<u32, CustomerId>,
    purchases: Option<(PurchaseId, PurchaseId)>,
    customers: Option<(CustomerId, CustomerId)>,
}

impl Applied {
    /// Nothing decided yet, on what is known.
    pub(super) fn on(ids: &Ids) -> Applied {
        Applied {
            stores: ids.stores.clone(),
            channels: ids.channels.clone(),
            ..Applied::default()
        }
    }

    /// Writes chunks into one transaction until its turn is over, at least one, and how far the
    /// import is. `before` are the counts of the chunks before.
    pub(super) fn write(
        &mut self,
        tx: &mut WriteTx<'_>,
        chunks: &mut [Ready],
        run: &Run,
        before: &Counts,
    ) -> Result<(), StoreError> {
        let mut last = (0, 0);
        for ready in chunks {
            ready.write(tx, run, self)?;
            self.chunks += 1;
            last = (ready.chunk.no, ready.chunk.rows_done);
            if tx.turn_is_over() {
                break;
            }
        }
        let mut total = before.clone();
        total.add(&self.counts);
        tx.put_import_chunk(
            run.import,
            &ImportChunk {
                chunk_no: last.0,
                rows_done: last.1 as i64,
                purchases: self.purchases,
                customers: self.customers,
                counts: serde_json::to_value(&total)
                    .map_err(|error| StoreError::Invalid(error.to_string()))?,
            },
        )
    }
}

/// A chunk with everything that earlier transactions have decided already put in, so that the
/// writer has little left to do.
pub(super) struct Ready {
    chunk: Chunk,
    /// Lines whose product is not known yet: purchase, line, number.
    products: Vec<(usize, usize, u32)>,
    /// Purchases whose buyer is not known yet.
    buyers: Vec<(usize, u32)>,
}

impl Ready {
    pub(super) fn new(mut chunk: Chunk, ids: &Ids, import: ImportId) -> Ready {
        let mut products = Vec::new();
        let mut buyers = Vec::new();
        for (at, (purchase, refs)) in chunk.purchases.iter_mut().zip(&chunk.refs).enumerate() {
            purchase.import_id = Some(import);
            if refs.person != NONE {
                buyers.push((at, refs.person));
            }
            let numbers = chunk.line_products[at].iter().enumerate();
            let named = numbers.filter(|(_, number)| **number != NONE);
            products.extend(named.map(|(line, number)| (at, line, *number)));
        }
        let mut ready = Ready {
            chunk,
            products,
            buyers,
        };
        ready.resolve(ids);
        ready
    }

    /// Puts in what has been decided by now.
    pub(super) fn resolve(&mut self, ids: &Ids) {
        let purchases = &mut self.chunk.purchases;
        self.buyers.retain(|(at, number)| {
            let id = ids.person(*number);
            purchases[*at].customer_id = id;
            id.is_none()
        });
        self.products.retain(|(at, line, number)| {
            let id = ids.products.get(number).copied();
            purchases[*at].lines[*line].line.product_id = id;
            id.is_none()
        });
    }

    /// Rows of the file done with this chunk, and bytes read by then.
    pub(super) fn place(&self) -> (u64, u64) {
        (self.chunk.rows_done, self.chunk.bytes_read)
    }

    /// Writes the chunk; can be run again after a rollback.
    fn write(
        &mut self,
        tx: &mut WriteTx<'_>,
        run: &Run,
        done: &mut Applied,
    ) -> Result<(), StoreError> {
        done.counts.add(&self.chunk.counts);
        for (number, name) in &self.chunk.stores {
            let (id, new) = tx.store_by_code(name, name, &run.time_zone)?;
            done.counts.stores_new += u64::from(new);
            done.stores.insert(*number, id);
        }
        for (number, name) in &self.chunk.channels {
            let (id, _) = tx.channel_by_code(name, name)?;
            done.channels.insert(*number, id);
        }
        self.write_products(tx, done)?;
        self.write_people(tx, run, done)?;
        self.fill_in(done)?;
        self.write_purchases(tx, done)?;
        if !self.chunk.rejected.is_empty() {
            tx.insert_rejected_rows(run.import, &self.chunk.rejected)?;
        }
        Ok(())
    }

    fn write_products(
        &mut self,
        tx: &mut WriteTx<'_>,
        done: &mut Applied,
    ) -> Result<(), StoreError> {
        if self.chunk.products.is_empty() {
            return Ok(());
        }
        let products: Vec<Product> = self
            .chunk
            .products
            .iter()
            .map(|(_, product)| product.clone())
            .collect();
        let (ids, new) = tx.products_by_code(&products)?;
        done.counts.products_new += new as u64;
        for (number, product) in &self.chunk.products {
            if let Some(id) = ids.get(&product.code) {
                done.products.insert(*number, *id);
            }
        }
        Ok(())
    }

    fn write_people(
        &mut self,
        tx: &mut WriteTx<'_>,
        run: &Run,
        done: &mut Applied,
    ) -> Result<(), StoreError> {
        if self.chunk.people.is_empty() {
            return Ok(());
        }
        let people = self.people(run.today, |refs| {
            (
                done.stores.get(&refs.store).copied(),
                done.channels.get(&refs.channel).copied(),
            )
        });
        let known = known(tx, &people)?;
        let found = identify(&people.iter().collect::<Vec<_>>(), known);
        done.counts.warn("conflicting_ids", found.conflicts);
        done.counts.warn("blocked_contact", found.blocked);
        done.counts.customers_new += found.new.len() as u64;
        let origin = Origin::Import(run.import.0);
        let made = tx.insert_customers(found.new, origin)?;
        done.customers = wider(done.customers, made.iter().copied());
        if !found.changed.is_empty() {
            let earlier = run
                .touched
                .read()
                .map_err(|_| StoreError::Panicked("import".to_owned()))?;
            for customer in &found.changed {
                if !earlier.contains(&customer.id) && done.touched.insert(customer.id) {
                    done.counts.customers_changed += 1;
                }
            }
            drop(earlier);
            tx.update_customers(found.changed, origin)?;
        }
        done.touched.extend(&made);
        let id = |who: Who| match who {
            Who::Known(id) => id,
            Who::New(at) => made[at],
        };
        let conflicts: Vec<NewConflict> = found
            .pairs
            .iter()
            .map(|(first, second)| NewConflict {
                first: (id(first.0), Some(first.1)),
                second: (id(second.0), second.1),
            })
            .collect();
        tx.note_conflicts(&conflicts, origin)?;
        for ((number, _, _), who) in self.chunk.people.iter().zip(&found.who) {
            done.people.insert(*number, id(*who));
        }
        Ok(())
    }

    /// Puts in what this transaction has decided.
    fn fill_in(&mut self, done: &Applied) -> Result<(), StoreError> {
        let purchases = &mut self.chunk.purchases;
        for (purchase, line, number) in &self.products {
            purchases[*purchase].lines[*line].line.product_id = done.products.get(number).copied();
        }
        for (purchase, number) in &self.buyers {
            // A purchase must never lose its buyer in silence.
            let id = done.people.get(number).copied();
            let id = id.ok_or(StoreError::NotFound("The buyer of a purchase"))?;
            purchases[*purchase].customer_id = Some(id);
        }
        for (purchase, refs) in purchases.iter_mut().zip(&self.chunk.refs) {
            purchase.store_id = place(&done.stores, refs.store)?;
            purchase.channel_id = place(&done.channels, refs.channel)?;
        }
        Ok(())
    }

    fn write_purchases(
        &mut self,
        tx: &mut WriteTx<'_>,
        done: &mut Applied,
    ) -> Result<(), StoreError> {
        let returns: HashMap<usize, _> = self.chunk.originals.iter().copied().collect();
        let recorded = if returns.is_empty() {
            tx.insert_purchases(&self.chunk.purchases)?
        } else {
            // What is returned must be in the base before the return names it.
            let (later, first): (Vec<usize>, Vec<usize>) =
                (0..self.chunk.purchases.len()).partition(|at| returns.contains_key(at));
            let pick = |at: &[usize], from: &[NewPurchase]| {
                at.iter().map(|i| from[*i].clone()).collect::<Vec<_>>()
            };
            let mut recorded = tx.insert_purchases(&pick(&first, &self.chunk.purchases))?;
            let mut with_sales = pick(&later, &self.chunk.purchases);
            for (purchase, at) in with_sales.iter_mut().zip(&later) {
                purchase.returned_purchase_id = tx.purchase_by_operation(&returns[at])?;
            }
            recorded.extend(tx.insert_purchases(&with_sales)?);
            let order: Vec<usize> = first.into_iter().chain(later).collect();
            let mut in_order = recorded.clone();
            for (result, at) in recorded.into_iter().zip(order) {
                in_order[at] = result;
            }
            in_order
        };
        for (purchase, recorded) in self.chunk.purchases.iter().zip(&recorded) {
            count_purchase(&mut done.counts, purchase, recorded.new);
        }
        let made = recorded.iter().filter(|r| r.new).map(|r| r.id);
        done.purchases = wider(done.purchases, made);
        Ok(())
    }

    /// The people of the chunk with store, channel and day put in.
    fn people(
        &self,
        today: Day,
        places: impl Fn(&Refs) -> (Option<StoreId>, Option<ChannelId>),
    ) -> Vec<Customer> {
        self.chunk
            .people
            .iter()
            .map(|(_, person, refs)| {
                let (store_id, channel_id) = places(refs);
                let mut person = person.clone();
                person.store_id = store_id;
                person.channel_id = channel_id;
                if person.registered_day == NO_DAY {
                    person.registered_day = today;
                }
                person
            })
            .collect()
    }
}

fn count_purchase(counts: &mut Counts, purchase: &NewPurchase, new: bool) {
    if new {
        counts.purchases_new += 1;
        counts.lines_new += purchase.lines.len() as u64;
        counts.amount_minor = counts.amount_minor.saturating_add(purchase.paid_minor);
    } else {
        counts.purchases_known += 1;
    }
    debug_assert!(purchase.kind == PurchaseKind::Sale || purchase.paid_minor <= 0);
}

/// First and last id with these among them.
fn wider<T: Copy + Ord>(ids: Option<(T, T)>, more: impl Iterator<Item = T>) -> Option<(T, T)> {
    more.fold(ids, |ids, id| {
        Some(ids.map_or((id, id), |(first, last)| (first.min(id), last.max(id))))
    })
}

fn place<T: Copy>(ids: &HashMap<u32, T>, number: u32) -> Result<T, StoreError> {
    ids.get(&number)
        .copied()
        .ok_or(StoreError::NotFound("The place of a purchase"))
}

fn known(tx: &mut ReadTx<'_>, people: &[Customer]) -> Result<Known, StoreError> {
    let contacts: Vec<Contact> = people
        .iter()
        .flat_map(|person| person.contacts.clone())
        .collect();
    let owners = tx.owners(&contacts)?;
    let mut ids: Vec<CustomerId> = owners.iter().filter_map(|owner| owner.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    let customers = if ids.is_empty() {
        Vec::new()
    } else {
        tx.customers(&ids)?
    };
    Ok(Known {
        roots: tx.roots(&ids)?,
        owners,
        customers: customers
            .into_iter()
            .map(|customer| (customer.id, customer))
            .collect(),
    })
}

/// What a dry run pretends to have written.
#[derive(Default)]
pub(super) struct Pretended {
    contacts: HashMap<Contact, CustomerId>,
    customers: HashMap<CustomerId, Customer>,
    changed: HashSet<CustomerId>,
    operations: HashSet<vernis_store::OperationKey>,
    products: HashSet<String>,
}

impl Pretended {
    /// Counts what [`Ready::write`] would do, in the same order and by the same rules.
    pub(super) fn count(
        &mut self,
        chunk: Chunk,
        tx: &mut ReadTx<'_>,
    ) -> Result<Counts, StoreError> {
        let mut counts = chunk.counts.clone();
        counts.stores_new += chunk.stores.len() as u64;
        if !chunk.products.is_empty() {
            let codes: Vec<&str> = chunk
                .products
                .iter()
                .map(|(_, product)| product.code.as_str())
                .collect();
            let known = tx.product_ids(&codes)?;
            for code in codes {
                if !known.contains_key(code) && self.products.insert(code.to_owned()) {
                    counts.products_new += 1;
                }
            }
        }
        self.count_people(&chunk, tx, &mut counts)?;
        let operations: Vec<_> = chunk
            .purchases
            .iter()
            .map(|purchase| purchase.operation)
            .collect();
        let known = tx.known_operations(&operations)?;
        for (purchase, known) in chunk.purchases.iter().zip(known) {
            let new = !known && self.operations.insert(purchase.operation);
            count_purchase(&mut counts, purchase, new);
        }
        Ok(counts)
    }

    fn count_people(
        &mut self,
        chunk: &Chunk,
        tx: &mut ReadTx<'_>,
        counts: &mut Counts,
    ) -> Result<(), StoreError> {
        if chunk.people.is_empty() {
            return Ok(());
        }
        let people: Vec<Customer> = chunk
            .people
            .iter()
            .map(|(_, person, _)| person.clone())
            .collect();
        let mut known = known(tx, &people)?;
        let contacts = people.iter().flat_map(|person| &person.contacts);
        for (owner, contact) in known.owners.iter_mut().zip(contacts) {
            if *owner == Owner::Nobody
                && contact.identifies()
                && let Some(id) = self.contacts.get(&key(contact))
            {
                *owner = Owner::Is(*id);
            }
            if let Some(pretended) = owner.id().and_then(|id| self.customers.get(&id)) {
                known.customers.insert(pretended.id, pretended.clone());
            }
        }
        let found = identify(&people.iter().collect::<Vec<_>>(), known);
        counts.warn("conflicting_ids", found.conflicts);
        counts.warn("blocked_contact", found.blocked);
        counts.customers_new += found.new.len() as u64;
        for customer in found.changed {
            if customer.id.0 >= 0 && self.changed.insert(customer.id) {
                counts.customers_changed += 1;
            }
            self.remember(customer);
        }
        for mut customer in found.new {
            // Ids of the base are positive.
            customer.id = CustomerId(-1 - self.customers.len() as i64);
            while self.customers.contains_key(&customer.id) {
                customer.id.0 -= 1;
            }
            self.remember(customer);
        }
        Ok(())
    }

    fn remember(&mut self, customer: Customer) {
        for contact in &customer.contacts {
            self.contacts.entry(key(contact)).or_insert(customer.id);
        }
        self.customers.insert(customer.id, customer);
    }
}
