//! What both servers are asked about: customers, articles and stores of the base; and the peer's
//! base, a copy of the same file.

use crate::http;
use anyhow::Result;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use vernis_domain::{ContactKind, Customer, Instant};
use vernis_store::{Keys, Location, NewApiKey, Store, StoreError};

/// Name of the base's file, of Vernis as of the peer.
pub const FILE: &str = "vernis.db";

/// What requests are made of.
pub struct Shop {
    /// Every phone.
    phones: Vec<String>,
    /// Codes of stores.
    stores: Vec<String>,
    /// Codes and prices (minor units) of articles.
    products: Vec<(String, i64)>,
    /// API key; the peer does not look at it.
    pub key: String,
    /// Makes operation keys of this run unlike those of all others.
    run: u128,
}

impl Shop {
    /// Reads the base at `vernis`, gives it an API key, and copies it to `peer` with the customers
    /// in plain columns: the bare server has no seals. Nobody may have the base open.
    ///
    /// # Errors
    /// When a base cannot be read or written.
    pub fn prepare(vernis: &Path, peer: &Path) -> Result<Shop> {
        let run = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
        let key = format!("vk_bench{run}");
        let mut customers = Vec::new();
        let mut stores = Vec::new();
        let mut products = Vec::new();
        {
            let now = Instant((run / 1_000) as i64);
            let store = Store::open(
                Location::Sqlite(vernis.to_owned()),
                Keys::open_or_create(vernis)?,
                Box::new(|_| {}),
                Arc::new(move || now),
            )?;
            let secret = key.clone();
            let bench = NewApiKey {
                name: "bench".to_owned(),
                permissions: "*".to_owned(),
                scope: r#"{"kind":"all"}"#.to_owned(),
                per_minute: None,
            };
            store
                .write(move |tx| tx.create_api_key(&bench, &secret))
                .map_err(|error: StoreError| error)?;
            store.read(|tx| -> Result<(), StoreError> {
                stores = tx.stores()?.into_iter().map(|store| store.code).collect();
                products = tx
                    .products_after(0.into(), 500)?
                    .into_iter()
                    .map(|product| (product.code, product.price_minor.unwrap_or(10_000)))
                    .collect();
                tx.scan_customers(|chunk| {
                    customers.extend(chunk);
                    Ok(())
                })
            })?;
        }
        std::fs::create_dir_all(peer)?;
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(peer.join(format!("{FILE}{suffix}")));
        }
        std::fs::copy(vernis.join(FILE), peer.join(FILE))?;
        plain_customers(&peer.join(FILE), &customers)?;
        Ok(Shop {
            phones: customers
                .iter()
                .filter_map(|customer| customer.contact(ContactKind::Phone).map(str::to_owned))
                .collect(),
            stores,
            products,
            key,
            run,
        })
    }

    /// A purchase of two articles by a known customer, by his phone.
    pub fn purchase(&self, n: u64) -> Vec<u8> {
        let dice = mixed(n);
        let pick = |shift: u32, count: usize| (dice >> shift) as usize % count;
        let phone = &self.phones[pick(0, self.phones.len())];
        let store = &self.stores[pick(24, self.stores.len())];
        let first = pick(32, self.products.len());
        let (one, price) = &self.products[first];
        let (other, dear) = &self.products[(first + 1) % self.products.len()];
        let (off, paid) = (dear / 10, price + dear - dear / 10);
        let body = format!(
            r#"{{"customer":{{"phone":"{phone}"}},"store":"{store}","channel":"store","receipt_no":"{n}","till":"1","paid_minor":{paid},"discount_minor":{off},"lines":[{{"product":"{one}","quantity_micro":1000000,"list_minor":{price},"paid_minor":{price}}},{{"product":"{other}","quantity_micro":1000000,"list_minor":{dear},"paid_minor":{}}}]}}"#,
            dear - off
        );
        let operation = format!("idempotency-key: {}-{n}\r\n", self.run);
        http::post(
            "/purchases",
            &self.key,
            "application/json",
            &operation,
            body.as_bytes(),
        )
    }

    /// The card of a customer by his phone.
    pub fn card(&self, n: u64) -> Vec<u8> {
        let phone = &self.phones[mixed(n) as usize % self.phones.len()];
        let path = format!("/customers/lookup?phone=%2B{}", &phone[1..]);
        http::get(&path, &self.key)
    }

    /// A file of `rows` purchases of customers of the base, unlike every file before.
    pub fn file(&self, number: u64, rows: u64) -> Vec<u8> {
        let mut text = String::from("date;receipt;phone;amount\n");
        for row in 0..rows {
            let dice = mixed(number * rows + row);
            let phone = &self.phones[dice as usize % self.phones.len()];
            text.push_str(&format!(
                "2026-11-{:02};B{}-{number}-{row};{phone};{}.00\n",
                1 + (dice >> 40) % 20,
                self.run,
                100 + (dice >> 50) % 900
            ));
        }
        text.into_bytes()
    }
}

/// The peer's own customer table: what its card shows, found by an indexed plain phone.
fn plain_customers(file: &Path, customers: &[Customer]) -> Result<()> {
    let mut conn = Connection::open(file)?;
    conn.execute_batch(
        "pragma journal_mode = wal;
         drop index if exists purchase_customer;
         create table plain_customer (customer_id integer primary key, phone text, email text,
           last_name text, first_name text, middle_name text, city text, registered_day bigint,
           store_id bigint, channel_id bigint);",
    )?;
    let tx = conn.transaction()?;
    {
        let mut insert = tx.prepare(
            "insert into plain_customer values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        for customer in customers {
            insert.execute(rusqlite::params![
                customer.id.0,
                customer.contact(ContactKind::Phone),
                customer.contact(ContactKind::Email),
                customer.last_name,
                customer.first_name,
                customer.middle_name,
                customer.city,
                customer.registered_day.0,
                customer.store_id.map(|id| id.0),
                customer.channel_id.map(|id| id.0),
            ])?;
        }
    }
    // A few phones are shared in the demo shop, as in life: the oldest customer is found.
    tx.execute_batch("create index plain_phone on plain_customer (phone) where phone is not null")?;
    tx.commit()?;
    conn.execute_batch("pragma wal_checkpoint(truncate)")?;
    Ok(())
}

/// A well-mixed number of `n` (SplitMix64).
fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
