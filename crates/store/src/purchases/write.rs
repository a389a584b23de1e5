//! Recording purchases and taking them out of the numbers.

use super::{NewPurchase, Recorded};
use crate::StoreError;
use crate::db::{IdSource, ids_of};
use crate::dialect::{Insert, KeyList, insert};
use crate::tx::WriteTx;
use crate::value::Value;
use std::collections::HashMap;
use vernis_domain::{PurchaseId, PurchaseKind};

static PURCHASE_IDS: IdSource = ids_of!("purchase");

static PURCHASE: Insert<22> = insert!("purchase", key 1, [
    1 "id" Int, 2 "operation_key" Bytes, 3 "kind" Int, 4 "customer_id" Int, 5 "store_id" Int,
    6 "channel_id" Int, 7 "occurred_at" Int, 8 "recorded_at" Int, 9 "local_day" Int,
    10 "time_precision" Int, 11 "paid_minor" Int, 12 "discount_minor" Int, 13 "cost_minor" Int,
    14 "returned_purchase_id" Int, 15 "import_id" Int, 16 "line_count" Int, 17 "receipt_no" Text,
    18 "till" Text, 19 "cashier" Text, 20 "fiscal_drive" Text, 21 "fiscal_document" Text,
    22 "fiscal_sign" Text,
]);
static LINE: Insert<16> = insert!("purchase_line", key 0, [
    1 "purchase_id" Int, 2 "line_no" Int, 3 "product_id" Int, 4 "quantity_micro" Int,
    5 "list_minor" Int, 6 "paid_minor" Int, 7 "discount_auto_minor" Int,
    8 "discount_code_minor" Int, 9 "discount_points_minor" Int, 10 "discount_manual_minor" Int,
    11 "discount_rounding_minor" Int, 12 "cost_minor" Int, 13 "returned_line_no" Int,
    14 "vat_rate_bp" Int, 15 "vat_minor" Int, 16 "vat_included" Int,
]);

const EXISTING: &str = "select operation_key from purchase where operation_key = $keys";

impl WriteTx<'_> {
    /// Records purchases. One whose operation key is known already (in the base or earlier in this
    /// list) changes nothing and gives the row recorded then. Results in the order given.
    pub fn insert_purchases(
        &mut self,
        purchases: &[NewPurchase],
    ) -> Result<Vec<Recorded>, StoreError> {
        if purchases.is_empty() {
            return Ok(Vec::new());
        }
        for purchase in purchases {
            check(purchase)?;
        }
        let now = self.now();
        let ids = self.db.new_ids(&PURCHASE_IDS, purchases.len())?;
        let inserted = self.db.insert_new(
            &PURCHASE,
            EXISTING,
            purchases.iter().zip(&ids).map(|(purchase, id)| {
                [
                    (*id).into(),
                    (&purchase.operation.0).into(),
                    Value::Int(purchase.kind.code()),
                    purchase.customer_id.into(),
                    purchase.store_id.into(),
                    purchase.channel_id.into(),
                    purchase.occurred_at.into(),
                    now.into(),
                    Value::Int(i64::from(purchase.local_day.0)),
                    Value::Int(purchase.precision.code()),
                    Value::Int(purchase.paid_minor),
                    Value::Int(purchase.discount_minor),
                    purchase.cost_minor.into(),
                    purchase.returned_purchase_id.into(),
                    purchase.import_id.into(),
                    Value::Int(purchase.lines.len() as i64),
                    purchase.receipt_no.as_ref().into(),
                    purchase.till.as_ref().into(),
                    purchase.cashier.as_ref().into(),
                    purchase.fiscal_drive.as_ref().into(),
                    purchase.fiscal_document.as_ref().into(),
                    purchase.fiscal_sign.as_ref().into(),
                ]
            }),
        )?;
        self.insert_lines(purchases, &ids, &inserted)?;
        let known = self.known(purchases, &inserted)?;
        let mut recorded = Vec::with_capacity(purchases.len());
        for ((purchase, id), new) in purchases.iter().zip(&ids).zip(&inserted) {
            let id = if *new {
                self.changes
                    .purchases
                    .push(purchase.recorded(PurchaseId(*id)));
                *id
            } else {
                *known
                    .get(&purchase.operation.0)
                    .ok_or(StoreError::Contended)?
            };
            recorded.push(Recorded {
                id: PurchaseId(id),
                new: *new,
            });
        }
        Ok(recorded)
    }

    /// Records one purchase.
    pub fn insert_purchase(&mut self, purchase: &NewPurchase) -> Result<Recorded, StoreError> {
        self.insert_purchases(std::slice::from_ref(purchase))?
            .pop()
            .ok_or(StoreError::NotFound("The purchase"))
    }

    fn insert_lines(
        &mut self,
        purchases: &[NewPurchase],
        ids: &[i64],
        inserted: &[bool],
    ) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for ((purchase, id), new) in purchases.iter().zip(ids).zip(inserted) {
            if *new {
                for (index, line) in purchase.lines.iter().enumerate() {
                    rows.push((*id, index as i64 + 1, line));
                }
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        self.db.insert_many(
            &LINE,
            rows.iter().map(|(id, position, new)| {
                let line = &new.line;
                let number = if line.line_no == 0 {
                    *position
                } else {
                    line.line_no
                };
                [
                    (*id).into(),
                    number.into(),
                    line.product_id.into(),
                    line.quantity_micro.into(),
                    line.list_minor.into(),
                    line.paid_minor.into(),
                    line.discount_auto_minor.into(),
                    line.discount_code_minor.into(),
                    line.discount_points_minor.into(),
                    line.discount_manual_minor.into(),
                    line.discount_rounding_minor.into(),
                    line.cost_minor.into(),
                    line.returned_line_no.into(),
                    new.vat.map(|vat| vat.rate_bp).into(),
                    new.vat.map(|vat| vat.minor).into(),
                    new.vat.map(|vat| i64::from(vat.included)).into(),
                ]
            }),
        )
    }

    /// Rows recorded earlier under the keys that were not new.
    fn known(
        &mut self,
        purchases: &[NewPurchase],
        inserted: &[bool],
    ) -> Result<HashMap<[u8; 16], i64>, StoreError> {
        let keys: Vec<[u8; 16]> = purchases
            .iter()
            .zip(inserted)
            .filter(|(_, new)| !**new)
            .map(|(purchase, _)| purchase.operation.0)
            .collect();
        let mut known = HashMap::with_capacity(keys.len());
        self.db.by_keys(
            "select operation_key, id from purchase where operation_key = $keys",
            KeyList::Digests(&keys),
            &mut |row| {
                known.insert(row.array(0)?, row.int(1)?);
                Ok(())
            },
        )?;
        Ok(known)
    }

    /// Takes purchases out of all numbers. Those already out, or unknown, change nothing; returns
    /// how many were taken out now.
    pub fn void_purchases(
        &mut self,
        ids: &[PurchaseId],
        reason: &str,
    ) -> Result<usize, StoreError> {
        let now = self.now();
        let mut count = 0;
        for purchase in self.purchases(ids)? {
            let rows = self.db.execute(
                "insert into purchase_void (purchase_id, reason, recorded_at) values ($1, $2, $3)
                 on conflict do nothing",
                &[purchase.id.into(), reason.into(), now.into()],
            )?;
            if rows > 0 {
                self.changes
                    .voided
                    .push((purchase.customer_id, purchase.id));
                count += 1;
            }
        }
        Ok(count)
    }
}

/// The rules every recorded purchase keeps; `verify` checks the same.
fn check(purchase: &NewPurchase) -> Result<(), StoreError> {
    let refuse = |text: &str| Err(StoreError::Invalid(text.to_owned()));
    match purchase.kind {
        PurchaseKind::Return if purchase.paid_minor > 0 || purchase.discount_minor > 0 => {
            return refuse("The amounts of a return must be zero or negative.");
        }
        PurchaseKind::Sale if purchase.paid_minor < 0 => {
            return refuse("What was paid for a sale must be zero or positive.");
        }
        _ => {}
    }
    if !purchase.lines.is_empty() {
        let mut paid = 0_i128;
        let mut list = 0_i128;
        for line in &purchase.lines {
            paid += i128::from(line.line.paid_minor);
            list += i128::from(line.line.list_minor);
        }
        if paid != i128::from(purchase.paid_minor) {
            return refuse("What was paid must be the sum of the lines.");
        }
        if list != i128::from(purchase.paid_minor) + i128::from(purchase.discount_minor) {
            return refuse("Paid plus discount must be the sum of the lines' list prices.");
        }
    }
    Ok(())
}
