//! What the base costs in memory, by part. A tracked figure: at most 16 bytes per purchase and
//! 200 per customer for what RFM and the dashboard read.

use super::live::LiveBase;
use serde::Serialize;

/// Bytes by part, and the counts to divide them by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// Customers.
    pub customers: usize,
    /// Purchases, anonymous ones included.
    pub purchases: usize,
    /// Purchase columns that RFM and the dashboard read: day, paid, store, channel, flags, links.
    pub purchase_hot_bytes: usize,
    /// Purchase columns for other numbers and cards: discount, cost, moment, id.
    pub purchase_cold_bytes: usize,
    /// Lines of purchases.
    pub lines: usize,
    /// Columns of lines: product, quantity, paid, discount, and where each purchase's begin.
    pub line_bytes: usize,
    /// Products and categories.
    pub product_bytes: usize,
    /// Kept facts, offsets and ids.
    pub customer_hot_bytes: usize,
    /// Registration, sex, birthday.
    pub person_bytes: usize,
    /// Readable names and contacts.
    pub text_bytes: usize,
    /// Folded search arena.
    pub search_bytes: usize,
    /// Own fields, tags, marks, last contacts.
    pub about_bytes: usize,
    /// Purchases that wait to be folded.
    pub delta_bytes: usize,
    /// Parts of answers that are remembered.
    pub memo_bytes: usize,
}

impl Memory {
    /// Bytes per purchase RFM and the dashboard need.
    pub fn hot_per_purchase(&self) -> f64 {
        self.purchase_hot_bytes as f64 / self.purchases.max(1) as f64
    }

    /// Bytes per customer RFM and the dashboard need.
    pub fn hot_per_customer(&self) -> f64 {
        self.customer_hot_bytes as f64 / self.customers.max(1) as f64
    }

    /// Everything.
    pub fn total_bytes(&self) -> usize {
        self.purchase_hot_bytes
            + self.purchase_cold_bytes
            + self.line_bytes
            + self.product_bytes
            + self.customer_hot_bytes
            + self.person_bytes
            + self.text_bytes
            + self.search_bytes
            + self.about_bytes
            + self.delta_bytes
            + self.memo_bytes
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let per_purchase = |bytes: usize| bytes as f64 / self.purchases.max(1) as f64;
        let per_customer = |bytes: usize| bytes as f64 / self.customers.max(1) as f64;
        writeln!(
            f,
            "customers {}, purchases {}",
            self.customers, self.purchases
        )?;
        writeln!(
            f,
            "per purchase: {:.1} B read by RFM and dashboard, {:.1} B other columns",
            per_purchase(self.purchase_hot_bytes),
            per_purchase(self.purchase_cold_bytes)
        )?;
        writeln!(
            f,
            "lines {}: {:.1} B each, {:.1} B per purchase; products {:.1} MB",
            self.lines,
            self.line_bytes as f64 / self.lines.max(1) as f64,
            per_purchase(self.line_bytes),
            self.product_bytes as f64 / 1e6
        )?;
        writeln!(
            f,
            "per customer: {:.1} B facts and offsets, {:.1} B attributes, {:.1} B names and contacts, {:.1} B search, {:.1} B own fields, tags and marks",
            per_customer(self.customer_hot_bytes),
            per_customer(self.person_bytes),
            per_customer(self.text_bytes),
            per_customer(self.search_bytes),
            per_customer(self.about_bytes)
        )?;
        write!(
            f,
            "waiting {:.1} MB, remembered sums {:.1} MB, total {:.1} MB",
            self.delta_bytes as f64 / 1e6,
            self.memo_bytes as f64 / 1e6,
            self.total_bytes() as f64 / 1e6
        )
    }
}

impl LiveBase {
    /// Counts the bytes of every part.
    pub fn memory(&self) -> Memory {
        let mut memory = Memory {
            customers: self.customers(),
            purchases: self.purchases(),
            ..Memory::default()
        };
        for shard in &self.shards {
            let history = shard.stored();
            memory.purchase_hot_bytes += history.columns.hot_bytes();
            memory.purchase_cold_bytes += history.columns.cold_bytes();
            memory.lines += history.columns.goods.len();
            memory.line_bytes += history.columns.goods.bytes();
            memory.customer_hot_bytes +=
                history.kept.bytes() + history.offsets.len() * 4 + shard.lows.len() * 2;
            let (text, search, other) = shard.people.bytes();
            memory.text_bytes += text;
            memory.search_bytes += search;
            memory.person_bytes += other;
            memory.about_bytes += shard.about.bytes();
            memory.delta_bytes += shard.delta_bytes();
            memory.memo_bytes += shard.memo_bytes();
        }
        memory.memo_bytes += self.totals().bytes();
        memory.product_bytes = self.products.bytes();
        for block in &self.anonymous {
            memory.purchase_hot_bytes += block.columns.hot_bytes();
            memory.purchase_cold_bytes += block.columns.cold_bytes();
            memory.lines += block.columns.goods.len();
            memory.line_bytes += block.columns.goods.bytes();
            memory.memo_bytes += block.memo.bytes();
        }
        memory
    }
}
