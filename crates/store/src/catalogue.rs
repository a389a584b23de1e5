//! Catalogues: stores, channels, products. Small tables found by their code.

use crate::StoreError;
use crate::db::{IdSource, ids_of};
use crate::dialect::{Insert, KeyList, insert};
use crate::tx::{ReadTx, WriteTx};
use crate::value::Row;
use std::collections::{HashMap, HashSet};
use vernis_domain::{Channel, ChannelId, Product, ProductId, Store, StoreId};

static STORE_IDS: IdSource = ids_of!("store");
static CHANNEL_IDS: IdSource = ids_of!("channel");
static PRODUCT_IDS: IdSource = ids_of!("product");

static PRODUCT: Insert<7> = insert!("product", key 1, [
    1 "id" Int, 2 "code" Text, 3 "name" Text, 4 "category" Text, 5 "price_minor" Int,
    6 "cost_minor" Int, 7 "recorded_at" Int,
]);

fn store(row: &Row<'_>) -> Result<Store, StoreError> {
    Ok(Store {
        id: StoreId(row.int(0)?),
        code: row.text(1)?,
        name: row.text(2)?,
        time_zone: row.text(3)?,
    })
}

fn channel(row: &Row<'_>) -> Result<Channel, StoreError> {
    Ok(Channel {
        id: ChannelId(row.int(0)?),
        code: row.text(1)?,
        name: row.text(2)?,
    })
}

fn product(row: &Row<'_>) -> Result<Product, StoreError> {
    Ok(Product {
        id: ProductId(row.int(0)?),
        code: row.text(1)?,
        name: row.text(2)?,
        category: row.text(3)?,
        price_minor: row.opt_int(4)?,
        cost_minor: row.opt_int(5)?,
    })
}

impl ReadTx<'_> {
    /// All stores, oldest first.
    pub fn stores(&mut self) -> Result<Vec<Store>, StoreError> {
        self.db.all(
            "select id, code, name, time_zone from store order by id",
            &[],
            store,
        )
    }

    /// The store of a code; of an empty code the oldest store.
    pub fn store(&mut self, code: &str) -> Result<Option<Store>, StoreError> {
        if code.is_empty() {
            return self.db.first(
                "select id, code, name, time_zone from store order by id limit 1",
                &[],
                store,
            );
        }
        self.db.first(
            "select id, code, name, time_zone from store where code = $1",
            &[code.into()],
            store,
        )
    }

    /// The channel of a code; of an empty code the oldest channel.
    pub fn channel(&mut self, code: &str) -> Result<Option<Channel>, StoreError> {
        if code.is_empty() {
            return self.db.first(
                "select id, code, name from channel order by id limit 1",
                &[],
                channel,
            );
        }
        self.db.first(
            "select id, code, name from channel where code = $1",
            &[code.into()],
            channel,
        )
    }

    /// All channels, oldest first.
    pub fn channels(&mut self) -> Result<Vec<Channel>, StoreError> {
        self.db.all(
            "select id, code, name from channel order by id",
            &[],
            channel,
        )
    }

    /// All products in id order, after `after`, at most `limit`.
    pub fn products_after(
        &mut self,
        after: ProductId,
        limit: i64,
    ) -> Result<Vec<Product>, StoreError> {
        self.db.all(
            "select id, code, name, category, price_minor, cost_minor from product
             where id > $1 order by id limit $2",
            &[after.into(), limit.into()],
            product,
        )
    }

    /// Products whose ids lie between two, both included.
    pub(crate) fn products_between(
        &mut self,
        first: ProductId,
        last: ProductId,
    ) -> Result<Vec<Product>, StoreError> {
        self.db.all(
            "select id, code, name, category, price_minor, cost_minor from product
             where id between $1 and $2 order by id",
            &[first.into(), last.into()],
            product,
        )
    }

    /// Products by id, in no particular order.
    pub fn products(&mut self, ids: &[ProductId]) -> Result<Vec<Product>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let mut found = Vec::with_capacity(ids.len());
        self.db.by_keys(
            "select id, code, name, category, price_minor, cost_minor from product where id = $keys",
            KeyList::Ints(&ids),
            &mut |row| {
                found.push(product(row)?);
                Ok(())
            },
        )?;
        Ok(found)
    }

    /// Ids of the products that exist, by code.
    pub fn product_ids(
        &mut self,
        codes: &[&str],
    ) -> Result<HashMap<String, ProductId>, StoreError> {
        let mut found = HashMap::with_capacity(codes.len());
        self.db.by_keys(
            "select code, id from product where code = $keys",
            KeyList::Texts(codes),
            &mut |row| {
                found.insert(row.text(0)?, ProductId(row.int(1)?));
                Ok(())
            },
        )?;
        Ok(found)
    }
}

impl WriteTx<'_> {
    /// The store of a code; made with this name and zone when it is new. The flag tells whether
    /// it was made.
    pub fn store_by_code(
        &mut self,
        code: &str,
        name: &str,
        time_zone: &str,
    ) -> Result<(StoreId, bool), StoreError> {
        let found = self.db.first(
            "select id from store where code = $1",
            &[code.into()],
            |row| row.int(0),
        )?;
        if let Some(id) = found {
            return Ok((StoreId(id), false));
        }
        let id = self.db.new_ids(&STORE_IDS, 1)?[0];
        let now = self.now();
        self.db.execute(
            "insert into store (id, code, name, time_zone, recorded_at) values ($1, $2, $3, $4, $5)",
            &[id.into(), code.into(), name.into(), time_zone.into(), now.into()],
        )?;
        self.changes.stores.push(Store {
            id: StoreId(id),
            code: code.to_owned(),
            name: name.to_owned(),
            time_zone: time_zone.to_owned(),
        });
        Ok((StoreId(id), true))
    }

    /// Changes a store's code, name or zone. Days already recorded keep the zone they were made in.
    pub fn update_store(&mut self, changed: &Store) -> Result<(), StoreError> {
        let rows = self.db.execute(
            "update store set code = $2, name = $3, time_zone = $4 where id = $1",
            &[
                changed.id.into(),
                (&changed.code).into(),
                (&changed.name).into(),
                (&changed.time_zone).into(),
            ],
        )?;
        if rows == 0 {
            return Err(StoreError::NotFound("The store"));
        }
        self.changes.stores.push(changed.clone());
        Ok(())
    }

    /// The channel of a code; made with this name when it is new. The flag tells whether it was.
    pub fn channel_by_code(
        &mut self,
        code: &str,
        name: &str,
    ) -> Result<(ChannelId, bool), StoreError> {
        let found = self.db.first(
            "select id from channel where code = $1",
            &[code.into()],
            |row| row.int(0),
        )?;
        if let Some(id) = found {
            return Ok((ChannelId(id), false));
        }
        let id = self.db.new_ids(&CHANNEL_IDS, 1)?[0];
        let now = self.now();
        self.db.execute(
            "insert into channel (id, code, name, recorded_at) values ($1, $2, $3, $4)",
            &[id.into(), code.into(), name.into(), now.into()],
        )?;
        self.changes.channels.push(Channel {
            id: ChannelId(id),
            code: code.to_owned(),
            name: name.to_owned(),
        });
        Ok((ChannelId(id), true))
    }

    /// Changes a channel's code or name.
    pub fn update_channel(&mut self, changed: &Channel) -> Result<(), StoreError> {
        let rows = self.db.execute(
            "update channel set code = $2, name = $3 where id = $1",
            &[
                changed.id.into(),
                (&changed.code).into(),
                (&changed.name).into(),
            ],
        )?;
        if rows == 0 {
            return Err(StoreError::NotFound("The channel"));
        }
        self.changes.channels.push(changed.clone());
        Ok(())
    }

    /// Ids of all these products by code; those whose code is new are made (their `id` is
    /// ignored). Also tells how many were made.
    pub fn products_by_code(
        &mut self,
        products: &[Product],
    ) -> Result<(HashMap<String, ProductId>, usize), StoreError> {
        let codes: Vec<&str> = products
            .iter()
            .map(|product| product.code.as_str())
            .collect();
        let mut ids = self.product_ids(&codes)?;
        let mut seen = HashSet::new();
        let new: Vec<&Product> = products
            .iter()
            .filter(|product| !ids.contains_key(&product.code) && seen.insert(&product.code))
            .collect();
        if new.is_empty() {
            return Ok((ids, 0));
        }
        let new_ids = self.db.new_ids(&PRODUCT_IDS, new.len())?;
        let now = self.now();
        self.db.insert_many(
            &PRODUCT,
            new.iter().zip(&new_ids).map(|(product, id)| {
                [
                    (*id).into(),
                    (&product.code).into(),
                    (&product.name).into(),
                    (&product.category).into(),
                    product.price_minor.into(),
                    product.cost_minor.into(),
                    now.into(),
                ]
            }),
        )?;
        for (product, id) in new.iter().zip(&new_ids) {
            ids.insert(product.code.clone(), ProductId(*id));
            self.changes.products.push(Product {
                id: ProductId(*id),
                ..(*product).clone()
            });
        }
        Ok((ids, new.len()))
    }

    /// Changes a product's name, category, price and cost.
    pub fn update_product(&mut self, changed: &Product) -> Result<(), StoreError> {
        let rows = self.db.execute(
            "update product set name = $2, category = $3, price_minor = $4, cost_minor = $5
             where id = $1",
            &[
                changed.id.into(),
                (&changed.name).into(),
                (&changed.category).into(),
                changed.price_minor.into(),
                changed.cost_minor.into(),
            ],
        )?;
        if rows == 0 {
            return Err(StoreError::NotFound("The product"));
        }
        self.changes.products.push(changed.clone());
        Ok(())
    }
}
