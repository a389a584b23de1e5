//! Purchases and returns with their lines. Append-only: what is recorded stays as it is; taking
//! one out of the numbers is a row of `purchase_void`.

mod read;
mod write;

pub(crate) use read::{purchase, row_of_purchase};

use vernis_domain::{
    ChannelId, CustomerId, Day, ImportId, Instant, Item, Line, Purchase, PurchaseId, PurchaseKind,
    StoreId, TimePrecision,
};

/// What makes a repeat of the same operation harmless: 16 bytes, unique over all purchases.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct OperationKey(pub(crate) [u8; 16]);

impl OperationKey {
    /// The key of an operation named by its source (`api`, `till:7`, `1c`) and that source's own
    /// key (an `Idempotency-Key`, a receipt number).
    pub fn new(source: &str, key: &str) -> Self {
        Self(digest(source, key))
    }

    /// The same for sources whose keys carry a day that never changes (a receipt of a file).
    ///
    /// The day stands in front of the digest, so that a file in order of time appends to the end
    /// of the unique index instead of writing all over it: on ten million rows that is the
    /// difference between cached and random writes.
    pub fn dated(source: &str, day: Day, key: &str) -> Self {
        let mut bytes = digest(source, &format!("{}\n{key}", day.0));
        let day = u16::try_from(day.0.clamp(0, Day::MAX.0)).unwrap_or(u16::MAX);
        bytes[..2].copy_from_slice(&day.to_be_bytes());
        Self(bytes)
    }
}

fn digest(source: &str, key: &str) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(source.len() as u32).to_be_bytes());
    hasher.update(source.as_bytes());
    hasher.update(key.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    bytes
}

/// Value-added tax of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vat {
    /// Rate in hundredths of a percent: 2000 is 20 %.
    pub rate_bp: i64,
    /// Amount in minor units; negative for a return.
    pub minor: i64,
    /// Whether the price paid includes it.
    pub included: bool,
}

/// One line of a purchase to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLine {
    /// The line; its number is set here, from 1, when it is 0.
    pub line: Line,
    /// Its tax, when known.
    pub vat: Option<Vat>,
}

impl From<Line> for NewLine {
    fn from(line: Line) -> Self {
        Self { line, vat: None }
    }
}

/// A purchase or return to be recorded. Amounts in minor units, negative for a return.
#[derive(Clone, Debug)]
pub struct NewPurchase {
    /// What makes a repeat harmless.
    pub operation: OperationKey,
    /// Who bought; `None` for an anonymous receipt.
    pub customer_id: Option<CustomerId>,
    /// Sale or return.
    pub kind: PurchaseKind,
    /// Where.
    pub store_id: StoreId,
    /// How it came.
    pub channel_id: ChannelId,
    /// When it happened.
    pub occurred_at: Instant,
    /// How exactly that is known.
    pub precision: TimePrecision,
    /// Calendar day in the store's zone.
    pub local_day: Day,
    /// Paid in money.
    pub paid_minor: i64,
    /// List price minus paid.
    pub discount_minor: i64,
    /// Cost of goods, when known.
    pub cost_minor: Option<i64>,
    /// For a return: the sale it takes back, when known.
    pub returned_purchase_id: Option<PurchaseId>,
    /// The import that brought it.
    pub import_id: Option<ImportId>,
    /// Number printed on the receipt.
    pub receipt_no: Option<String>,
    /// Till code.
    pub till: Option<String>,
    /// Cashier's code (not a name).
    pub cashier: Option<String>,
    /// Fiscal drive number (ФН).
    pub fiscal_drive: Option<String>,
    /// Fiscal document number (ФД).
    pub fiscal_document: Option<String>,
    /// Fiscal sign (ФПД).
    pub fiscal_sign: Option<String>,
    /// Product lines; may be empty.
    pub lines: Vec<NewLine>,
}

impl NewPurchase {
    /// The purchase as the live base takes it in.
    fn recorded(&self, id: PurchaseId) -> Purchase {
        Purchase {
            id,
            customer_id: self.customer_id,
            kind: self.kind,
            store_id: self.store_id,
            channel_id: self.channel_id,
            occurred_at: self.occurred_at,
            precision: self.precision,
            local_day: self.local_day,
            paid_minor: self.paid_minor,
            discount_minor: self.discount_minor,
            cost_minor: self.cost_minor,
            returned_purchase_id: self.returned_purchase_id,
            items: self.lines.iter().map(|new| Item::from(&new.line)).collect(),
        }
    }
}

/// What became of a purchase to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its row.
    pub id: PurchaseId,
    /// Whether it was new; otherwise the row recorded earlier under the same key, unchanged.
    pub new: bool,
}

/// A purchase with everything on its page.
#[derive(Clone, Debug)]
pub struct PurchaseRow {
    /// The purchase.
    pub purchase: Purchase,
    /// When Vernis recorded it.
    pub recorded_at: Instant,
    /// The import that brought it.
    pub import_id: Option<ImportId>,
    /// Number printed on the receipt.
    pub receipt_no: Option<String>,
    /// Till code.
    pub till: Option<String>,
    /// Cashier's code.
    pub cashier: Option<String>,
    /// Fiscal drive, document and sign (ФН, ФД, ФПД).
    pub fiscal: [Option<String>; 3],
    /// When it was taken out of the numbers, and why.
    pub voided: Option<(Instant, String)>,
    /// Lines in order; empty when the source gave none.
    pub lines: Vec<NewLine>,
    /// Returns of this sale.
    pub returns: Vec<PurchaseId>,
}
