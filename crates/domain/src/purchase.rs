//! Sales and returns. Both are documents of one kind of table: a return has its own day, its
//! amounts are negative, and it names the sale it takes back when that is known.

use crate::{ChannelId, CustomerId, Day, Instant, ProductId, PurchaseId, StoreId, TimePrecision};
use serde::{Deserialize, Serialize};

/// Sale or return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseKind {
    /// Goods went out, money came in.
    Sale,
    /// Goods came back; all amounts are zero or negative.
    Return,
}

impl PurchaseKind {
    /// Code stored in the database.
    pub const fn code(self) -> i64 {
        match self {
            Self::Sale => 0,
            Self::Return => 1,
        }
    }

    /// The kind of a stored code.
    pub const fn from_code(code: i64) -> Self {
        if code == 1 { Self::Return } else { Self::Sale }
    }
}

/// A committed purchase, as the live base takes it in. No personal values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// Row id; grows with the order of recording.
    pub id: PurchaseId,
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
    /// How exactly `occurred_at` is known.
    pub precision: TimePrecision,
    /// Calendar day in the store's zone.
    pub local_day: Day,
    /// What was paid in money, after discounts and points; negative for a return.
    pub paid_minor: i64,
    /// List price minus paid; zero or positive for a sale, zero or negative for a return.
    pub discount_minor: i64,
    /// Cost of goods, when known; negative for a return.
    pub cost_minor: Option<i64>,
    /// For a return: the sale it takes back, when known.
    pub returned_purchase_id: Option<PurchaseId>,
    /// Its lines; none when the source gave none.
    pub items: Vec<Item>,
}

/// A line of a purchase, as the live base takes it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The article, when it is in the catalogue.
    pub product_id: Option<ProductId>,
    /// Quantity in millionths; negative for a return.
    pub quantity_micro: i64,
    /// Paid in money.
    pub paid_minor: i64,
    /// List price minus paid.
    pub discount_minor: i64,
}

impl From<&Line> for Item {
    fn from(line: &Line) -> Item {
        Item {
            product_id: line.product_id,
            quantity_micro: line.quantity_micro,
            paid_minor: line.paid_minor,
            discount_minor: line.list_minor - line.paid_minor,
        }
    }
}

/// One product line of a purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Number within the purchase, from 1.
    pub line_no: i64,
    /// The article, when it is in the catalogue.
    pub product_id: Option<ProductId>,
    /// Quantity in millionths (1 piece = 1 000 000); negative for a return.
    pub quantity_micro: i64,
    /// Price without discounts times quantity.
    pub list_minor: i64,
    /// Paid in money for this line.
    pub paid_minor: i64,
    /// Discount given by the till's own rules.
    pub discount_auto_minor: i64,
    /// Discount by a promo code.
    pub discount_code_minor: i64,
    /// Points spent, as money.
    pub discount_points_minor: i64,
    /// Discount given by hand.
    pub discount_manual_minor: i64,
    /// Rounding of the receipt.
    pub discount_rounding_minor: i64,
    /// Cost of goods, when known.
    pub cost_minor: Option<i64>,
    /// For a line of a return: the line it takes back, when known.
    pub returned_line_no: Option<i64>,
}
