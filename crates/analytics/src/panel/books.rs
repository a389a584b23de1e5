//! Sums over the documents of a period, each booked on its own day.

use crate::base::row::{COSTED, DISCOUNTED, RETURN};

/// Exact sums; amounts in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// Sales (those taken back later included).
    pub sales: i64,
    /// Returns.
    pub returns: i64,
    /// Paid for sales.
    pub sold: i64,
    /// Given back, zero or negative.
    pub given_back: i64,
    /// Discount, net of returns.
    pub discount: i64,
    /// Sales with a discount.
    pub discounted_sales: i64,
    /// Paid for sales with a discount.
    pub discounted_sold: i64,
    /// Discount of sales with a discount.
    pub discounted_discount: i64,
    /// Paid in documents with a known cost.
    pub costed_paid: i64,
    /// Their cost.
    pub cost: i64,
    /// Documents without a known cost.
    pub uncosted: i64,
}

impl Books {
    /// Adds a document: its flags and amounts, the cost zero when unknown. Without branches: what
    /// is discounted or costed follows no pattern a processor could foresee.
    #[inline(always)]
    pub fn add(&mut self, flags: u8, paid: i64, discount: i64, cost: i64) {
        let bit = |flag: u8| i64::from(flags & flag != 0);
        let back = bit(RETURN);
        let sale = 1 - back;
        let discounted = bit(DISCOUNTED) & sale;
        let costed = bit(COSTED);
        self.returns += back;
        self.given_back += paid & -back;
        self.sales += sale;
        self.sold += paid & -sale;
        self.discounted_sales += discounted;
        self.discounted_sold += paid & -discounted;
        self.discounted_discount += discount & -discounted;
        self.discount += discount;
        self.costed_paid += paid & -costed;
        self.cost += cost & -costed;
        self.uncosted += 1 - costed;
    }

    /// Sums of both.
    pub fn merge(self, other: Books) -> Books {
        Books {
            sales: self.sales + other.sales,
            returns: self.returns + other.returns,
            sold: self.sold + other.sold,
            given_back: self.given_back + other.given_back,
            discount: self.discount + other.discount,
            discounted_sales: self.discounted_sales + other.discounted_sales,
            discounted_sold: self.discounted_sold + other.discounted_sold,
            discounted_discount: self.discounted_discount + other.discounted_discount,
            costed_paid: self.costed_paid + other.costed_paid,
            cost: self.cost + other.cost,
            uncosted: self.uncosted + other.uncosted,
        }
    }

    /// Every sum, always in the same order.
    pub fn each(&mut self, mut visit: impl FnMut(&mut i64)) {
        let Books {
            sales,
            returns,
            sold,
            given_back,
            discount,
            discounted_sales,
            discounted_sold,
            discounted_discount,
            costed_paid,
            cost,
            uncosted,
        } = self;
        [
            sales,
            returns,
            sold,
            given_back,
            discount,
            costed_paid,
            cost,
            uncosted,
        ]
        .into_iter()
        .for_each(&mut visit);
        [discounted_sales, discounted_sold, discounted_discount]
            .into_iter()
            .for_each(&mut visit);
    }

    /// Revenue: paid, less what was given back.
    pub fn revenue(&self) -> i64 {
        self.sold + self.given_back
    }
}
