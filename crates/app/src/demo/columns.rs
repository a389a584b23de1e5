//! The columnar dump the peer benches read (`benches/peers`): one little-endian array per column,
//! all of the same length, purchases ordered by customer, then day, then time; receipts without a
//! customer come last.
//!
//! | file | type | meaning |
//! | --- | --- | --- |
//! | `customer.u32` | u32 | number of the customer; 4294967295 = none |
//! | `day.u16` | u16 | day of the document in the store's zone, days since 1970-01-01 |
//! | `booked_day.u16` | u16 | for a return the day of its sale, else `day` |
//! | `paid.i32` | i32 | kopecks paid; negative for a return |
//! | `discount.i32` | i32 | shelf price minus paid, kopecks; negative for a return |
//! | `store.u16` | u16 | number of the store |
//! | `kind.u8` | u8 | 0 sale, 1 return, 2 sale that was returned whole later |

use super::{DemoPurchase, DemoShop};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use vernis_domain::PurchaseKind;

/// Number that stands for "no customer".
pub const NO_CUSTOMER: u32 = u32::MAX;

/// Writes the dump into a directory and answers the number of purchases.
///
/// Fails when the directory cannot be written or an amount does not fit 32 bits.
pub fn write_columns(shop: &DemoShop, dir: &Path) -> io::Result<u64> {
    std::fs::create_dir_all(dir)?;
    let mut columns = Columns {
        customer: create(dir, "customer.u32")?,
        day: create(dir, "day.u16")?,
        booked_day: create(dir, "booked_day.u16")?,
        paid: create(dir, "paid.i32")?,
        discount: create(dir, "discount.i32")?,
        store: create(dir, "store.u16")?,
        kind: create(dir, "kind.u8")?,
        rows: 0,
    };
    for index in 0..shop.options().customers {
        columns.write(&shop.purchases_of(index))?;
    }
    for block in 0..shop.anonymous_blocks() {
        columns.write(&shop.anonymous_purchases(block))?;
    }
    columns.finish()
}

fn create(dir: &Path, name: &str) -> io::Result<BufWriter<File>> {
    Ok(BufWriter::with_capacity(
        1 << 18,
        File::create(dir.join(name))?,
    ))
}

struct Columns {
    customer: BufWriter<File>,
    day: BufWriter<File>,
    booked_day: BufWriter<File>,
    paid: BufWriter<File>,
    discount: BufWriter<File>,
    store: BufWriter<File>,
    kind: BufWriter<File>,
    rows: u64,
}

impl Columns {
    /// Writes all purchases of one owner.
    fn write(&mut self, purchases: &[DemoPurchase]) -> io::Result<()> {
        let sales = sold_and_returned(purchases);
        for purchase in purchases {
            let sale = purchase.returned_key.and_then(|key| sales.get(&key));
            let booked = sale.map_or(purchase.local_day, |sale| sale.day);
            let kind = match purchase.kind {
                PurchaseKind::Return => 1u8,
                PurchaseKind::Sale if sales[&purchase.key].left_micro == 0 => 2,
                PurchaseKind::Sale => 0,
            };
            let customer = purchase.customer.unwrap_or(NO_CUSTOMER);
            self.customer.write_all(&customer.to_le_bytes())?;
            self.day
                .write_all(&narrow::<u16>(i64::from(purchase.local_day.0))?.to_le_bytes())?;
            self.booked_day
                .write_all(&narrow::<u16>(i64::from(booked.0))?.to_le_bytes())?;
            self.paid
                .write_all(&narrow::<i32>(purchase.paid_minor)?.to_le_bytes())?;
            self.discount
                .write_all(&narrow::<i32>(purchase.discount_minor)?.to_le_bytes())?;
            self.store
                .write_all(&u16::from(purchase.store).to_le_bytes())?;
            self.kind.write_all(&[kind])?;
            self.rows += 1;
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<u64> {
        let files = [
            &mut self.customer,
            &mut self.day,
            &mut self.booked_day,
            &mut self.paid,
            &mut self.discount,
            &mut self.store,
            &mut self.kind,
        ];
        for file in files {
            file.flush()?;
        }
        Ok(self.rows)
    }
}

/// A sale's day and what of its quantity did not come back.
pub(super) struct Sold {
    day: vernis_domain::Day,
    pub(super) left_micro: i64,
}

/// The sales of one owner by key, returns taken off.
pub(super) fn sold_and_returned(purchases: &[DemoPurchase]) -> HashMap<u64, Sold> {
    let mut sales = HashMap::with_capacity(purchases.len());
    let quantity = |purchase: &DemoPurchase| -> i64 {
        purchase.lines.iter().map(|line| line.quantity_micro).sum()
    };
    for purchase in purchases
        .iter()
        .filter(|purchase| purchase.kind == PurchaseKind::Sale)
    {
        let sold = Sold {
            day: purchase.local_day,
            left_micro: quantity(purchase),
        };
        sales.insert(purchase.key, sold);
    }
    for purchase in purchases {
        if let Some(sold) = purchase.returned_key.and_then(|key| sales.get_mut(&key)) {
            sold.left_micro += quantity(purchase);
        }
    }
    sales
}

fn narrow<T: TryFrom<i64>>(value: i64) -> io::Result<T> {
    T::try_from(value).map_err(|_| io::Error::other("an amount does not fit its column"))
}
