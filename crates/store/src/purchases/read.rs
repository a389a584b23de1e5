//! Reading purchases: by id, by receipt, and all of them for building the live base.

use super::{NewLine, PurchaseRow, Vat};
use crate::StoreError;
use crate::customers::day;
use crate::dialect::KeyList;
use crate::tx::ReadTx;
use crate::value::Row;
use std::collections::HashMap;
use vernis_domain::{
    ChannelId, CustomerId, ImportId, Instant, Item, Line, ProductId, Purchase, PurchaseId,
    PurchaseKind, StoreId, TimePrecision,
};

/// The columns every purchase is read from, in the order [`purchase`] reads them.
macro_rules! row_of_purchase {
    ($tail:literal) => {
        concat!(
            "select p.id, p.customer_id, p.kind, p.store_id, p.channel_id, p.occurred_at, ",
            "p.time_precision, p.local_day, p.paid_minor, p.discount_minor, p.cost_minor, ",
            "p.returned_purchase_id ",
            $tail
        )
    };
}

pub(crate) use row_of_purchase;

pub(crate) fn purchase(row: &Row<'_>) -> Result<Purchase, StoreError> {
    Ok(Purchase {
        id: PurchaseId(row.int(0)?),
        customer_id: row.opt_int(1)?.map(CustomerId),
        kind: PurchaseKind::from_code(row.int(2)?),
        store_id: StoreId(row.int(3)?),
        channel_id: ChannelId(row.int(4)?),
        occurred_at: Instant(row.int(5)?),
        precision: TimePrecision::from_code(row.int(6)?),
        local_day: day(row.int(7)?),
        paid_minor: row.int(8)?,
        discount_minor: row.int(9)?,
        cost_minor: row.opt_int(10)?,
        returned_purchase_id: row.opt_int(11)?.map(PurchaseId),
        items: Vec::new(),
    })
}

fn line(row: &Row<'_>) -> Result<(i64, NewLine), StoreError> {
    let vat = match (row.opt_int(13)?, row.opt_int(14)?, row.opt_int(15)?) {
        (Some(rate_bp), Some(minor), included) => Some(Vat {
            rate_bp,
            minor,
            included: included == Some(1),
        }),
        _ => None,
    };
    Ok((
        row.int(0)?,
        NewLine {
            line: Line {
                line_no: row.int(1)?,
                product_id: row.opt_int(2)?.map(ProductId),
                quantity_micro: row.int(3)?,
                list_minor: row.int(4)?,
                paid_minor: row.int(5)?,
                discount_auto_minor: row.int(6)?,
                discount_code_minor: row.int(7)?,
                discount_points_minor: row.int(8)?,
                discount_manual_minor: row.int(9)?,
                discount_rounding_minor: row.int(10)?,
                cost_minor: row.opt_int(11)?,
                returned_line_no: row.opt_int(12)?,
            },
            vat,
        },
    ))
}

impl ReadTx<'_> {
    /// Reads the lines of purchases that are in id order. It costs one walk over the lines between
    /// the first and the last of them.
    pub(crate) fn give_items(&mut self, purchases: &mut [Purchase]) -> Result<(), StoreError> {
        let (Some(first), Some(last)) = (purchases.first(), purchases.last()) else {
            return Ok(());
        };
        let mut place = 0;
        let lines = self.db.all(
            "select purchase_id, product_id, quantity_micro, paid_minor, list_minor
             from purchase_line where purchase_id between $1 and $2
             order by purchase_id, line_no",
            &[first.id.into(), last.id.into()],
            |row| {
                let paid_minor = row.int(3)?;
                let item = Item {
                    product_id: row.opt_int(1)?.map(ProductId),
                    quantity_micro: row.int(2)?,
                    paid_minor,
                    discount_minor: row.int(4)? - paid_minor,
                };
                Ok((row.int(0)?, item))
            },
        )?;
        for (id, item) in lines {
            while purchases.get(place).is_some_and(|one| one.id.0 < id) {
                place += 1;
            }
            if let Some(purchase) = purchases.get_mut(place).filter(|one| one.id.0 == id) {
                purchase.items.push(item);
            }
        }
        Ok(())
    }

    /// Purchases by id, in id order, voided ones too; without their lines.
    pub fn purchases(&mut self, ids: &[PurchaseId]) -> Result<Vec<Purchase>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let mut found = Vec::with_capacity(ids.len());
        self.db.by_keys(
            row_of_purchase!("from purchase p where p.id = $keys"),
            KeyList::Ints(&ids),
            &mut |row| {
                found.push(purchase(row)?);
                Ok(())
            },
        )?;
        found.sort_unstable_by_key(|purchase| purchase.id);
        found.dedup_by_key(|purchase| purchase.id);
        Ok(found)
    }

    /// All purchases that count (not voided), in id order, in chunks: for building the live base.
    pub fn scan_purchases<E: From<StoreError>>(
        &mut self,
        mut each: impl FnMut(Vec<Purchase>) -> Result<(), E>,
    ) -> Result<(), E> {
        // Few are ever voided: they are looked up once, not joined to every row.
        let voided = self.db.all(
            "select purchase_id from purchase_void order by purchase_id",
            &[],
            |row| row.int(0),
        )?;
        let mut after = i64::MIN;
        loop {
            let mut chunk = self.db.all(
                row_of_purchase!("from purchase p where p.id > $1 order by p.id limit 16384"),
                &[after.into()],
                purchase,
            )?;
            let Some(last) = chunk.last() else {
                return Ok(());
            };
            after = last.id.0;
            self.give_items(&mut chunk)?;
            if !voided.is_empty() {
                chunk.retain(|purchase| voided.binary_search(&purchase.id.0).is_err());
            }
            each(chunk)?;
        }
    }

    /// Number of purchases and returns that count.
    pub fn purchase_count(&mut self) -> Result<i64, StoreError> {
        Ok(self
            .db
            .first(
                "select (select count(*) from purchase) - (select count(*) from purchase_void)",
                &[],
                |row| row.int(0),
            )?
            .unwrap_or(0))
    }

    /// The purchase recorded under an operation key.
    pub fn purchase_by_operation(
        &mut self,
        key: &super::OperationKey,
    ) -> Result<Option<PurchaseId>, StoreError> {
        Ok(self
            .db
            .first(
                "select id from purchase where operation_key = $1",
                &[(&key.0).into()],
                |row| row.int(0),
            )?
            .map(PurchaseId))
    }

    /// The latest purchases with this number on the receipt.
    pub fn purchases_by_receipt(
        &mut self,
        receipt_no: &str,
        limit: i64,
    ) -> Result<Vec<PurchaseId>, StoreError> {
        self.db.all(
            "select p.id from purchase p
             where p.receipt_no = $1
               and not exists (select 1 from purchase_void v where v.purchase_id = p.id)
             order by p.occurred_at desc, p.id desc limit $2",
            &[receipt_no.into(), limit.into()],
            |row| Ok(PurchaseId(row.int(0)?)),
        )
    }

    /// Purchases with lines and everything on their pages, in id order, voided ones too.
    pub fn purchase_rows(&mut self, ids: &[PurchaseId]) -> Result<Vec<PurchaseRow>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let mut rows = Vec::with_capacity(ids.len());
        self.db.by_keys(
            row_of_purchase!(
                ", p.recorded_at, p.import_id, p.receipt_no, p.till, p.cashier, p.fiscal_drive,
                   p.fiscal_document, p.fiscal_sign, v.recorded_at, v.reason
                 from purchase p left join purchase_void v on v.purchase_id = p.id
                 where p.id = $keys"
            ),
            KeyList::Ints(&ids),
            &mut |row| {
                let reason = row.opt_text(21)?.unwrap_or_default();
                rows.push(PurchaseRow {
                    purchase: purchase(row)?,
                    recorded_at: Instant(row.int(12)?),
                    import_id: row.opt_int(13)?.map(ImportId),
                    receipt_no: row.opt_text(14)?,
                    till: row.opt_text(15)?,
                    cashier: row.opt_text(16)?,
                    fiscal: [row.opt_text(17)?, row.opt_text(18)?, row.opt_text(19)?],
                    voided: row.opt_int(20)?.map(|at| (Instant(at), reason)),
                    lines: Vec::new(),
                    returns: Vec::new(),
                });
                Ok(())
            },
        )?;
        rows.sort_unstable_by_key(|row| row.purchase.id);
        rows.dedup_by_key(|row| row.purchase.id);
        let mut lines: HashMap<i64, Vec<NewLine>> = HashMap::new();
        self.db.by_keys(
            "select purchase_id, line_no, product_id, quantity_micro, list_minor, paid_minor,
               discount_auto_minor, discount_code_minor, discount_points_minor,
               discount_manual_minor, discount_rounding_minor, cost_minor, returned_line_no,
               vat_rate_bp, vat_minor, vat_included
             from purchase_line where purchase_id = $keys",
            KeyList::Ints(&ids),
            &mut |row| {
                let (id, line) = line(row)?;
                lines.entry(id).or_default().push(line);
                Ok(())
            },
        )?;
        let mut returns: HashMap<i64, Vec<PurchaseId>> = HashMap::new();
        self.db.by_keys(
            "select returned_purchase_id, id from purchase
             where returned_purchase_id is not null and returned_purchase_id = $keys",
            KeyList::Ints(&ids),
            &mut |row| {
                returns
                    .entry(row.int(0)?)
                    .or_default()
                    .push(PurchaseId(row.int(1)?));
                Ok(())
            },
        )?;
        for row in &mut rows {
            let id = row.purchase.id.0;
            row.lines = lines.remove(&id).unwrap_or_default();
            row.lines.sort_unstable_by_key(|line| line.line.line_no);
            row.returns = returns.remove(&id).unwrap_or_default();
            row.returns.sort_unstable();
        }
        Ok(rows)
    }
}

impl ReadTx<'_> {
    /// Which of these operations are recorded already, in their order.
    pub fn known_operations(
        &mut self,
        operations: &[super::OperationKey],
    ) -> Result<Vec<bool>, StoreError> {
        let keys: Vec<[u8; 16]> = operations.iter().map(|operation| operation.0).collect();
        let mut found = std::collections::HashSet::new();
        self.db.by_keys(
            "select operation_key from purchase where operation_key = $keys",
            KeyList::Digests(&keys),
            &mut |row| {
                found.insert(row.array::<16>(0)?);
                Ok(())
            },
        )?;
        Ok(keys.iter().map(|key| found.contains(key)).collect())
    }
}
