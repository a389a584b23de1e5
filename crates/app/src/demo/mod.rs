//! The demo shop: «Зерно и пар», a chain of five shops of coffee, tea and kitchen goods in two
//! time zones with a site, made from a seed.
//!
//! The same options give the same shop on every machine, to the last kopeck: it serves the demo,
//! the docs, the screenshots, the tests and the benches. Everything is a pure function of
//! [`DemoOptions`] and a customer's number, so a shop of ten million purchases needs no more
//! memory than one customer does.
//!
//! The history covers three years up to the day before `today`: growth, seasons (New Year,
//! 8 March, a quiet summer), weekdays and hours; regulars each with a rhythm of his own,
//! one-timers, those who left and those who came back, gift buyers, hunters of discounts; returns
//! of receipts and of parts of them; receipts without a customer (about 15 %); records of one
//! person made twice.

mod basket;
mod calendar;
mod catalogue;
mod columns;
mod draw;
mod files;
mod history;
mod load;
mod names;
mod noted;
mod people;
mod profile;
mod returns;
#[cfg(test)]
mod tests;

pub use catalogue::{CHANNELS, DemoChannel, DemoProduct, DemoStore, STORES};
pub use columns::{NO_CUSTOMER, write_columns};
pub use files::{FILES, write_bench_csv, write_csv};
pub use load::{EXTERNAL_SOURCE, Loaded, load};
pub(crate) use names::invented_name;
pub(crate) use names::latin;
pub use people::{DemoCustomer, external_id};

use basket::Assortment;
use draw::{Draw, Purpose};
use vernis_domain::{Day, Instant, PurchaseKind, Zone};

/// Name of the demo shop.
pub const SHOP_NAME: &str = "Зерно и пар";

/// Zone of the demo shop's shop-wide days.
pub const SHOP_TIME_ZONE: &str = "Europe/Moscow";

/// Days of history before `today`.
const HISTORY_DAYS: i32 = 1095;

/// One record in so many is a second record of somebody (at most; see `duplicate_of`).
const BLOCK: u32 = 32;

/// What to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoOptions {
    /// Number of customer records; purchases are about ten times as many.
    pub customers: u32,
    /// Another seed is another shop.
    pub seed: u64,
    /// The day after the last purchase.
    pub today: Day,
}

impl DemoOptions {
    /// The usual demo: 3,000 customers with about 30,000 purchases.
    pub fn usual(today: Day) -> DemoOptions {
        DemoOptions {
            customers: 3000,
            seed: 1,
            today,
        }
    }

    /// First day of the history.
    pub fn first_day(&self) -> Day {
        self.today.plus(-HISTORY_DAYS)
    }

    /// Last day of the history, yesterday: nothing is bought in the future of a frozen clock.
    pub fn last_day(&self) -> Day {
        self.today.plus(-1)
    }

    /// The first record of the person whose record this is, if it is a second one. The last record
    /// of each block of 32 repeats another of its block.
    pub fn duplicate_of(&self, index: u32) -> Option<u32> {
        (index % BLOCK == BLOCK - 1).then(|| {
            let mut draw = Draw::new(self.seed, Purpose::Twin, index);
            index - 1 - draw.below(BLOCK - 1)
        })
    }
}

/// A sale or a return of the demo shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoPurchase {
    /// Number, unique in the shop; see [`DemoPurchase::number`] for its printed form.
    pub key: u64,
    /// Number of the customer; `None` for a receipt without one.
    pub customer: Option<u32>,
    /// Sale or return.
    pub kind: PurchaseKind,
    /// Number of the store in [`STORES`].
    pub store: u8,
    /// Number of the channel in [`CHANNELS`].
    pub channel: u8,
    /// When it happened.
    pub occurred_at: Instant,
    /// Day in the store's zone.
    pub local_day: Day,
    /// Seconds after midnight in the store's zone.
    pub local_second: u32,
    /// Paid in money, kopecks; negative for a return.
    pub paid_minor: i64,
    /// Shelf price minus paid; negative or zero for a return.
    pub discount_minor: i64,
    /// Cost of goods; unknown when the cost of one of the products is.
    pub cost_minor: Option<i64>,
    /// For a return: the key of the sale.
    pub returned_key: Option<u64>,
    /// Product lines, numbered from 1.
    pub lines: Vec<DemoLine>,
}

impl DemoPurchase {
    /// Number as the till prints it: `Ч0000042-003`, or `Б…` without a customer.
    pub fn number(&self) -> String {
        number(self.key)
    }
}

/// Printed form of a purchase key.
pub fn number(key: u64) -> String {
    let letter = if key & ANONYMOUS == 0 { 'Ч' } else { 'Б' };
    format!("{letter}{:07}-{:03}", (key & !ANONYMOUS) >> 12, key & 0xfff)
}

const ANONYMOUS: u64 = 1 << 44;

/// A product line of a demo purchase. Paid is list minus all discounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoLine {
    /// Number of the product in [`DemoShop::products`].
    pub product: u16,
    /// Quantity in millionths; negative for a return.
    pub quantity_micro: i64,
    /// Shelf price times quantity, kopecks.
    pub list_minor: i64,
    /// Paid in money.
    pub paid_minor: i64,
    /// Week of offers, or the customer's status.
    pub discount_auto_minor: i64,
    /// Promo code.
    pub discount_code_minor: i64,
    /// Given by the cashier.
    pub discount_manual_minor: i64,
    /// Kopecks dropped at the till.
    pub discount_rounding_minor: i64,
    /// Cost of goods, when known.
    pub cost_minor: Option<i64>,
    /// For a line of a return: the number of the sold line.
    pub returned_line_no: Option<i64>,
}

/// The demo shop: makes any of its customers and their purchases when asked.
pub struct DemoShop {
    options: DemoOptions,
    assortment: Assortment,
    zones: Vec<Zone>,
}

/// The time zone data of this machine lack a zone the demo shop lies in.
#[derive(Debug, thiserror::Error)]
#[error("the time zone {0} is not known on this machine")]
pub struct UnknownZone(&'static str);

impl DemoShop {
    /// A shop by its options. Fails only where the machine does not know Moscow's time.
    pub fn new(options: DemoOptions) -> Result<DemoShop, UnknownZone> {
        let zone =
            |store: &DemoStore| Zone::new(store.time_zone).ok_or(UnknownZone(store.time_zone));
        Ok(DemoShop {
            options,
            assortment: Assortment::new(catalogue::products(), options.today),
            zones: STORES.iter().map(zone).collect::<Result<_, _>>()?,
        })
    }

    /// What it was made from.
    pub fn options(&self) -> &DemoOptions {
        &self.options
    }

    /// The assortment; a product's number is its place here.
    pub fn products(&self) -> &[DemoProduct] {
        &self.assortment.products
    }

    /// The customer of this number, below `options.customers`.
    pub fn customer(&self, index: u32) -> DemoCustomer {
        people::customer(&self.options, index)
    }

    /// All customers.
    pub fn customers(&self) -> impl Iterator<Item = DemoCustomer> + '_ {
        (0..self.options.customers).map(|index| self.customer(index))
    }

    /// Sales and returns of a customer, in time order.
    pub fn purchases_of(&self, index: u32) -> Vec<DemoPurchase> {
        let mut receipts = Receipts::new(self, Some(index), u64::from(index));
        history::of_customer(&self.options, &self.assortment, &mut receipts, index)
    }

    /// Number of blocks of receipts without a customer.
    pub fn anonymous_blocks(&self) -> u32 {
        self.options.customers.div_ceil(BLOCK)
    }

    /// Receipts without a customer of one block, in time order.
    pub fn anonymous_purchases(&self, block: u32) -> Vec<DemoPurchase> {
        let people = BLOCK.min(self.options.customers.saturating_sub(block * BLOCK));
        // About 15 % of all documents: 1.6 for each customer.
        let count = people * 16 / 10;
        let mut receipts = Receipts::new(self, None, (ANONYMOUS >> 12) | u64::from(block));
        history::of_strangers(&self.options, &self.assortment, &mut receipts, block, count)
    }

    /// All purchases, customer by customer, those without one last; in the memory of one customer.
    pub fn purchases(&self) -> impl Iterator<Item = DemoPurchase> + '_ {
        let known = (0..self.options.customers).flat_map(|index| self.purchases_of(index));
        let blocks = 0..self.anonymous_blocks();
        known.chain(blocks.flat_map(|block| self.anonymous_purchases(block)))
    }

    /// All purchases in time order, as a shop's books hold them. Keeps the whole shop in memory:
    /// about a kilobyte a purchase.
    pub fn purchases_in_time_order(&self) -> Vec<DemoPurchase> {
        let mut all: Vec<_> = self.purchases().collect();
        all.sort_by_key(|purchase| (purchase.occurred_at, purchase.key));
        all
    }
}

/// Collects the receipts of one owner and gives them their keys.
struct Receipts<'a> {
    shop: &'a DemoShop,
    customer: Option<u32>,
    owner: u64,
    all: Vec<DemoPurchase>,
}

impl<'a> Receipts<'a> {
    fn new(shop: &'a DemoShop, customer: Option<u32>, owner: u64) -> Receipts<'a> {
        Receipts {
            shop,
            customer,
            owner,
            all: Vec::new(),
        }
    }

    /// Adds a document unless it lies after the history's end; answers a copy of it.
    #[expect(
        clippy::too_many_arguments,
        reason = "one value per property of a receipt"
    )]
    fn add(
        &mut self,
        kind: PurchaseKind,
        store: u8,
        channel: u8,
        day: Day,
        second: u32,
        lines: Vec<DemoLine>,
        returned_key: Option<u64>,
    ) -> Option<DemoPurchase> {
        if day > self.shop.options.last_day() {
            return None;
        }
        let [hour, minute, second_of_minute] =
            [second / 3600, second / 60 % 60, second % 60].map(|part| part as i8);
        let at = day.date().at(hour, minute, second_of_minute, 0);
        let occurred_at = self.shop.zones[store as usize].instant_of(at)?;
        let sum = |value: fn(&DemoLine) -> i64| lines.iter().map(value).sum::<i64>();
        let purchase = DemoPurchase {
            key: (self.owner << 12) | (self.all.len() as u64 + 1),
            customer: self.customer,
            kind,
            store,
            channel,
            occurred_at,
            local_day: day,
            local_second: second,
            paid_minor: sum(|line| line.paid_minor),
            discount_minor: sum(|line| line.list_minor - line.paid_minor),
            cost_minor: lines.iter().map(|line| line.cost_minor).sum(),
            returned_key,
            lines,
        };
        self.all.push(purchase.clone());
        Some(purchase)
    }

    /// All of them, in time order.
    fn take(&mut self) -> Vec<DemoPurchase> {
        let mut all = std::mem::take(&mut self.all);
        all.sort_by_key(|purchase| (purchase.occurred_at, purchase.key));
        all
    }
}
