//! Writes the demo shop into a base, as an import would: in chunks, one transaction each.
//!
//! Every document carries an operation key made of the seed and its number, every customer an
//! external id, so a load that was broken off goes on where it stopped and a second one changes
//! nothing. One base takes one demo shop: customers of another seed would meet under the same ids.

use super::{CHANNELS, DemoCustomer, DemoLine, DemoProduct, DemoPurchase, DemoShop, STORES};
use super::{SHOP_NAME, SHOP_TIME_ZONE, noted};
use std::collections::HashMap;
use std::sync::Arc;
use vernis_domain::customer::Child;
use vernis_domain::{
    ChannelId, Contact, ContactKind, Currency, Customer, CustomerId, Instant, Line, Product,
    ProductId, PurchaseId, Shop, StoreId, TimePrecision,
};
use vernis_store::{NewNote, NewPurchase, OperationKey, Origin, Store, StoreError};

/// Source of the external ids of demo customers.
pub const EXTERNAL_SOURCE: &str = "demo";

/// Rows of one transaction: short enough to let others write in between.
const CHUNK: usize = 2000;

/// Up to this many customers purchases are written in time order, as a shop's life would: needs the
/// whole shop in memory. Bigger shops are written customer by customer.
const IN_TIME_ORDER: u32 = 20_000;

/// How far a load is, or what it came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Customers added.
    pub customers_new: u64,
    /// Customers that were there already.
    pub customers_known: u64,
    /// Sales and returns added.
    pub purchases_new: u64,
    /// Sales and returns that were there already.
    pub purchases_known: u64,
}

/// Row ids of the catalogues, by number in the demo shop.
struct Ids {
    stores: Vec<StoreId>,
    channels: Vec<ChannelId>,
    products: Vec<ProductId>,
    /// The shop's own fields, in shops that people look at.
    fields: Option<noted::Fields>,
}

/// Loads a demo shop. `progress` is called after each chunk with what is done so far.
///
/// The shop's own settings (name, currency, zone) are set only in a base that has none; the first
/// store and channel take over those a new base begins with.
pub fn load(
    store: &Store,
    shop: &DemoShop,
    mut progress: impl FnMut(Loaded),
) -> Result<Loaded, StoreError> {
    let mut loaded = Loaded::default();
    let ids = Arc::new(load_catalogues(
        store,
        shop.products(),
        shop.options().customers <= IN_TIME_ORDER,
    )?);
    let customers = load_customers(store, shop, &ids, &mut loaded, &mut progress)?;
    let mut writer = PurchaseWriter {
        store,
        ids,
        customers: Arc::new(customers),
        seed: shop.options().seed,
        sales: Arc::default(),
        chunk: Vec::new(),
        loaded,
    };
    if shop.options().customers <= IN_TIME_ORDER {
        for purchase in shop.purchases_in_time_order() {
            writer.chunk.push(purchase);
            if writer.chunk.len() >= CHUNK {
                writer.flush()?;
                progress(writer.loaded);
            }
        }
    } else {
        let known = (0..shop.options().customers).map(|index| shop.purchases_of(index));
        let blocks = 0..shop.anonymous_blocks();
        for owned in known.chain(blocks.map(|block| shop.anonymous_purchases(block))) {
            writer.chunk.extend(owned);
            if writer.chunk.len() >= CHUNK {
                writer.flush()?;
                // A return lies in the chunk of its sale here: nothing need be remembered.
                writer.sales = Arc::default();
                progress(writer.loaded);
            }
        }
    }
    writer.flush()?;
    progress(writer.loaded);
    Ok(writer.loaded)
}

fn load_catalogues(
    store: &Store,
    products: &[DemoProduct],
    noted: bool,
) -> Result<Ids, StoreError> {
    let products: Vec<Product> = products
        .iter()
        .map(|product| Product {
            id: ProductId(0),
            code: product.code.clone(),
            name: product.name.to_owned(),
            category: product.category.to_owned(),
            price_minor: Some(product.price_minor),
            cost_minor: product.cost_minor,
        })
        .collect();
    store.write(move |tx| {
        if tx.shop()?.is_none() {
            tx.put_shop(&Shop {
                name: SHOP_NAME.to_owned(),
                currency: Currency::new("RUB")
                    .ok_or_else(|| StoreError::Invalid("The rouble is not known.".to_owned()))?,
                time_zone: SHOP_TIME_ZONE.to_owned(),
            })?;
        }
        let mut stores = Vec::with_capacity(STORES.len());
        for demo in &STORES {
            let (id, made) = tx.store_by_code(demo.code, demo.name, demo.time_zone)?;
            if !made {
                tx.update_store(&vernis_domain::Store {
                    id,
                    code: demo.code.to_owned(),
                    name: demo.name.to_owned(),
                    time_zone: demo.time_zone.to_owned(),
                })?;
            }
            stores.push(id);
        }
        let mut channels = Vec::with_capacity(CHANNELS.len());
        for demo in &CHANNELS {
            let (id, made) = tx.channel_by_code(demo.code, demo.name)?;
            if !made {
                tx.update_channel(&vernis_domain::Channel {
                    id,
                    code: demo.code.to_owned(),
                    name: demo.name.to_owned(),
                })?;
            }
            channels.push(id);
        }
        let (by_code, _) = tx.products_by_code(&products)?;
        let products = products
            .iter()
            .map(|product| by_code.get(&product.code).copied())
            .collect::<Option<Vec<_>>>()
            .ok_or(StoreError::NotFound("A product"))?;
        Ok(Ids {
            stores,
            channels,
            products,
            fields: if noted {
                Some(noted::fields(tx)?)
            } else {
                None
            },
        })
    })
}

/// Adds the customers that are not there; answers the row id of each.
fn load_customers(
    store: &Store,
    shop: &DemoShop,
    ids: &Arc<Ids>,
    loaded: &mut Loaded,
    progress: &mut impl FnMut(Loaded),
) -> Result<Vec<CustomerId>, StoreError> {
    let count = shop.options().customers;
    let mut all = Vec::with_capacity(count as usize);
    for first in (0..count).step_by(CHUNK) {
        let chunk: Vec<(Customer, Option<NewNote>)> = (first..count.min(first + CHUNK as u32))
            .map(|index| {
                let demo = shop.customer(index);
                let note = ids
                    .fields
                    .and_then(|_| noted::note(&demo, shop.options().today));
                (customer(&demo, ids), note)
            })
            .collect();
        let (found, new) = store.write(move |tx| add_missing(tx, &chunk))?;
        loaded.customers_new += new;
        loaded.customers_known += found.len() as u64 - new;
        all.extend(found);
        progress(*loaded);
    }
    Ok(all)
}

fn add_missing(
    tx: &mut vernis_store::WriteTx<'_>,
    chunk: &[(Customer, Option<NewNote>)],
) -> Result<(Vec<CustomerId>, u64), StoreError> {
    // The external id is the last contact of each; see `customer`.
    let external: Vec<Contact> = chunk
        .iter()
        .filter_map(|(customer, _)| customer.contacts.last().cloned())
        .collect();
    let mut ids = tx.find_customers(&external)?;
    let missing = chunk.iter().zip(&ids).filter(|(_, id)| id.is_none());
    let notes: Vec<Option<NewNote>> = missing.clone().map(|((_, note), _)| note.clone()).collect();
    let missing: Vec<Customer> = missing.map(|((customer, _), _)| customer.clone()).collect();
    let new = missing.len() as u64;
    let added = tx.insert_customers(missing, Origin::Api)?;
    for (id, note) in added.iter().zip(&notes) {
        if let Some(note) = note {
            tx.add_note(*id, note, Origin::Api)?;
        }
    }
    let mut added = added.into_iter();
    for id in ids.iter_mut().filter(|id| id.is_none()) {
        *id = added.next();
    }
    let all = ids.into_iter().collect::<Option<Vec<_>>>();
    Ok((all.ok_or(StoreError::NotFound("A customer"))?, new))
}

fn customer(demo: &DemoCustomer, ids: &Ids) -> Customer {
    let contact = |kind, value: &str, source: &str| Contact {
        kind,
        value: value.to_owned(),
        source: source.to_owned(),
    };
    let phones = demo
        .phones
        .iter()
        .map(|phone| contact(ContactKind::Phone, phone, ""));
    let email = demo
        .email
        .iter()
        .map(|email| contact(ContactKind::Email, email, ""));
    let card = demo
        .card
        .iter()
        .map(|card| contact(ContactKind::Card, card, ""));
    let external = contact(ContactKind::External, &demo.external_id(), EXTERNAL_SOURCE);
    Customer {
        id: CustomerId(0),
        last_name: demo.last_name.clone(),
        first_name: demo.first_name.clone(),
        middle_name: demo.middle_name.clone(),
        sex: demo.sex,
        birthday: demo.birthday,
        city: demo.city.to_owned(),
        address: String::new(),
        other_names: Vec::new(),
        contacts: phones.chain(email).chain(card).chain([external]).collect(),
        about: ids
            .fields
            .map(|fields| noted::about(demo, &fields))
            .unwrap_or_default(),
        children: demo
            .child_birthday
            .map(|birthday| Child {
                name: String::new(),
                birthday,
            })
            .into_iter()
            .collect(),
        store_id: Some(ids.stores[demo.store as usize]),
        channel_id: Some(ids.channels[demo.channel as usize]),
        registered_day: demo.registered_day,
        recorded_at: Instant(0),
    }
}

/// Writes purchases chunk by chunk and remembers where the sales went, for their returns.
struct PurchaseWriter<'a> {
    store: &'a Store,
    ids: Arc<Ids>,
    customers: Arc<Vec<CustomerId>>,
    seed: u64,
    sales: Arc<HashMap<u64, PurchaseId>>,
    chunk: Vec<DemoPurchase>,
    loaded: Loaded,
}

impl PurchaseWriter<'_> {
    fn flush(&mut self) -> Result<(), StoreError> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let (mut keys, mut sales, mut returns) = (Vec::new(), Vec::new(), Vec::new());
        for demo in self.chunk.drain(..) {
            let new = purchase(&demo, self.seed, &self.ids, &self.customers);
            match demo.returned_key {
                None => {
                    keys.push(demo.key);
                    sales.push(new);
                }
                Some(key) => returns.push((key, new)),
            }
        }
        let count = (sales.len() + returns.len()) as u64;
        let earlier = self.sales.clone();
        let (ids, new) = self.store.write(move |tx| {
            // Sales first: a return may follow its sale within the chunk.
            let sold = tx.insert_purchases(&sales)?;
            let here: HashMap<u64, PurchaseId> = keys
                .iter()
                .copied()
                .zip(sold.iter().map(|recorded| recorded.id))
                .collect();
            let returns: Vec<NewPurchase> = returns
                .iter()
                .map(|(key, new)| NewPurchase {
                    returned_purchase_id: here.get(key).or_else(|| earlier.get(key)).copied(),
                    ..new.clone()
                })
                .collect();
            let back = tx.insert_purchases(&returns)?;
            let new = sold
                .iter()
                .chain(&back)
                .filter(|recorded| recorded.new)
                .count();
            Ok::<_, StoreError>((here, new as u64))
        })?;
        Arc::make_mut(&mut self.sales).extend(ids);
        self.loaded.purchases_new += new;
        self.loaded.purchases_known += count - new;
        Ok(())
    }
}

fn purchase(demo: &DemoPurchase, seed: u64, ids: &Ids, customers: &[CustomerId]) -> NewPurchase {
    let number = demo.number();
    let source = format!("{EXTERNAL_SOURCE}:{seed}");
    NewPurchase {
        operation: OperationKey::dated(&source, demo.local_day, &number),
        customer_id: demo.customer.map(|index| customers[index as usize]),
        kind: demo.kind,
        store_id: ids.stores[demo.store as usize],
        channel_id: ids.channels[demo.channel as usize],
        occurred_at: demo.occurred_at,
        precision: TimePrecision::Instant,
        local_day: demo.local_day,
        paid_minor: demo.paid_minor,
        discount_minor: demo.discount_minor,
        cost_minor: demo.cost_minor,
        returned_purchase_id: None,
        import_id: None,
        receipt_no: Some(number),
        till: None,
        cashier: None,
        fiscal_drive: None,
        fiscal_document: None,
        fiscal_sign: None,
        lines: demo
            .lines
            .iter()
            .map(|line| self::line(line, ids).into())
            .collect(),
    }
}

fn line(demo: &DemoLine, ids: &Ids) -> Line {
    Line {
        line_no: 0,
        product_id: Some(ids.products[demo.product as usize]),
        quantity_micro: demo.quantity_micro,
        list_minor: demo.list_minor,
        paid_minor: demo.paid_minor,
        discount_auto_minor: demo.discount_auto_minor,
        discount_code_minor: demo.discount_code_minor,
        discount_points_minor: 0,
        discount_manual_minor: demo.discount_manual_minor,
        discount_rounding_minor: demo.discount_rounding_minor,
        cost_minor: demo.cost_minor,
        returned_line_no: demo.returned_line_no,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::DemoOptions;
    use vernis_domain::{Day, PurchaseKind};
    use vernis_store::{Keys, Location};

    fn open(dir: &std::path::Path) -> Store {
        let keys = Keys::open_or_create(dir).unwrap();
        let clock = Arc::new(|| Instant(1_795_424_400_000_000));
        Store::open(
            Location::Sqlite(dir.to_owned()),
            keys,
            Box::new(|_| {}),
            clock,
        )
        .unwrap()
    }

    fn shop(customers: u32) -> DemoShop {
        let today = Day::from_ymd(2026, 11, 23).unwrap();
        DemoShop::new(DemoOptions {
            customers,
            seed: 1,
            today,
        })
        .unwrap()
    }

    #[test]
    fn a_loaded_shop_is_the_made_one_and_a_second_load_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (store, shop) = (open(dir.path()), shop(150));
        let made: Vec<DemoPurchase> = shop.purchases().collect();
        let mut calls = 0;
        let first = load(&store, &shop, |_| calls += 1).unwrap();
        assert_eq!(
            (first.customers_new, first.purchases_new),
            (150, made.len() as u64)
        );
        assert!(calls > 1);
        let again = load(&store, &shop, |_| {}).unwrap();
        assert_eq!((again.customers_new, again.purchases_new), (0, 0));
        assert_eq!(
            (again.customers_known, again.purchases_known),
            (150, made.len() as u64)
        );

        let key = |number: &DemoPurchase| {
            OperationKey::dated("demo:1", number.local_day, &number.number())
        };
        store
            .read(|tx| {
                assert_eq!(tx.customer_count()?, 150);
                assert_eq!(tx.purchase_count()?, made.len() as i64);
                assert_eq!(tx.shop()?.map(|shop| shop.name), Some(SHOP_NAME.to_owned()));
                for demo in &made {
                    let id = tx.purchase_by_operation(&key(demo))?.unwrap();
                    let row = tx.purchase_rows(&[id])?.pop().unwrap();
                    assert_eq!(row.purchase.paid_minor, demo.paid_minor);
                    assert_eq!(row.lines.len(), demo.lines.len());
                    assert_eq!(row.purchase.customer_id.is_some(), demo.customer.is_some());
                    let sale = demo
                        .returned_key
                        .and_then(|key| made.iter().find(|purchase| purchase.key == key));
                    let sale = sale.map(|sale| tx.purchase_by_operation(&key(sale)));
                    assert_eq!(
                        row.purchase.returned_purchase_id,
                        sale.transpose()?.flatten()
                    );
                    let kind = row.purchase.kind;
                    assert_eq!(kind == PurchaseKind::Return, demo.returned_key.is_some());
                }
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
}
