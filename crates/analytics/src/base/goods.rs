//! Lines of receipts as narrow columns beside the documents. Kernels that ask for no goods never
//! touch them, and a shop that records no lines pays nothing.

use std::ops::Range;
use std::sync::Arc;

/// A line, unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Good {
    /// Code of the product in [`super::products::Products`]; 0 when the line names none.
    pub product: u32,
    /// Quantity in millionths.
    pub quantity: i64,
    /// Paid, minor units.
    pub paid: i64,
    /// Discount, minor units.
    pub discount: i64,
}

/// The lines of one document; `None` when there are none.
pub type GoodsOf = Option<Arc<[Good]>>;

/// Codes of products as bits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mask(Vec<u64>);

impl Mask {
    /// Takes a code in.
    pub fn put(&mut self, code: u32) {
        let at = code as usize / 64;
        if self.0.len() <= at {
            self.0.resize(at + 1, 0);
        }
        self.0[at] |= 1 << (code % 64);
    }

    /// Whether a code is in.
    #[inline]
    pub fn has(&self, code: u32) -> bool {
        let word = self.0.get(code as usize / 64).copied().unwrap_or(0);
        word >> (code % 64) & 1 == 1
    }

    /// Only codes that are in both.
    pub fn and(mut self, other: &Mask) -> Mask {
        self.0.truncate(other.0.len());
        let both = self.0.iter_mut().zip(&other.0);
        both.for_each(|(own, other)| *own &= other);
        self
    }

    /// Codes that are in, ascending.
    pub fn codes(&self) -> impl Iterator<Item = u32> {
        (0..self.0.len() as u32 * 64).filter(|&code| self.has(code))
    }
}

/// Whole numbers, all of them as narrow as the widest one needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slim {
    /// 8 bits each.
    Byte(Vec<i8>),
    /// 16 bits each.
    Short(Vec<i16>),
    /// 32 bits each.
    Half(Vec<i32>),
    /// 64 bits each.
    Wide(Vec<i64>),
}

impl Default for Slim {
    fn default() -> Self {
        Slim::Byte(Vec::new())
    }
}

macro_rules! each {
    ($self:expr, $values:ident => $what:expr) => {
        match $self {
            Slim::Byte($values) => $what,
            Slim::Short($values) => $what,
            Slim::Half($values) => $what,
            Slim::Wide($values) => $what,
        }
    };
}

impl Slim {
    /// How many.
    pub fn len(&self) -> usize {
        each!(self, values => values.len())
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number at `at`.
    #[inline]
    #[allow(clippy::useless_conversion)]
    pub fn get(&self, at: usize) -> i64 {
        each!(self, values => i64::from(values[at]))
    }

    /// Appends a number, widening the column if it must.
    #[allow(irrefutable_let_patterns, clippy::useless_conversion)]
    pub fn push(&mut self, value: i64) {
        each!(self, values => if let Ok(narrow) = value.try_into() {
            return values.push(narrow);
        });
        *self = self.widened();
        self.push(value);
    }

    #[allow(clippy::useless_conversion)]
    fn widened(&self) -> Slim {
        match self {
            Slim::Byte(values) => Slim::Short(values.iter().map(|&n| n.into()).collect()),
            Slim::Short(values) => Slim::Half(values.iter().map(|&n| n.into()).collect()),
            Slim::Half(values) => Slim::Wide(values.iter().map(|&n| n.into()).collect()),
            Slim::Wide(values) => Slim::Wide(values.clone()),
        }
    }

    fn extend(&mut self, from: &Slim, range: Range<usize>) {
        match (&mut *self, from) {
            (Slim::Byte(to), Slim::Byte(values)) => to.extend_from_slice(&values[range]),
            (Slim::Short(to), Slim::Short(values)) => to.extend_from_slice(&values[range]),
            (Slim::Half(to), Slim::Half(values)) => to.extend_from_slice(&values[range]),
            (Slim::Wide(to), Slim::Wide(values)) => to.extend_from_slice(&values[range]),
            _ => range.for_each(|at| self.push(from.get(at))),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Slim::Byte(values) => values.len(),
            Slim::Short(values) => values.len() * 2,
            Slim::Half(values) => values.len() * 4,
            Slim::Wide(values) => values.len() * 8,
        }
    }
}

/// Millionths in one piece.
const PIECE: i64 = 1_000_000;

/// Quantities: pieces, until one is no whole number of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quantities {
    /// Whether the numbers are millionths.
    pub parts: bool,
    /// The numbers.
    pub numbers: Slim,
}

impl Quantities {
    #[inline]
    fn get(&self, at: usize) -> i64 {
        let number = self.numbers.get(at);
        if self.parts { number } else { number * PIECE }
    }

    fn push(&mut self, micro: i64) {
        if !self.parts && micro % PIECE != 0 {
            let mut numbers = Slim::default();
            (0..self.numbers.len()).for_each(|at| numbers.push(self.get(at)));
            *self = Quantities {
                parts: true,
                numbers,
            };
        }
        let number = if self.parts { micro } else { micro / PIECE };
        self.numbers.push(number);
    }

    fn extend(&mut self, from: &Quantities, range: Range<usize>) {
        if self.parts == from.parts {
            self.numbers.extend(&from.numbers, range);
        } else {
            range.for_each(|at| self.push(from.get(at)));
        }
    }
}

/// The lines of the rows of [`super::columns::Columns`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Goods {
    /// One past the last line of each row; rows after the last one here have none.
    pub ends: Vec<u32>,
    /// Products.
    pub product: Slim,
    /// Quantities.
    pub quantity: Quantities,
    /// Paid, minor units.
    pub paid: Slim,
    /// Discount, minor units.
    pub discount: Slim,
}

impl Goods {
    /// Number of lines.
    pub fn len(&self) -> usize {
        self.product.len()
    }

    /// No lines at all.
    pub fn is_empty(&self) -> bool {
        self.product.is_empty()
    }

    /// The lines of a row.
    #[inline]
    pub fn lines(&self, row: usize) -> Range<usize> {
        let Some(&end) = self.ends.get(row) else {
            return 0..0;
        };
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..end as usize
    }

    /// Product code of a line.
    #[inline]
    pub fn product(&self, line: usize) -> u32 {
        self.product.get(line) as u32
    }

    /// Quantity of a line, in millionths.
    #[inline]
    pub fn quantity(&self, line: usize) -> i64 {
        self.quantity.get(line)
    }

    /// The lines of a row, unpacked.
    pub fn of(&self, row: usize) -> GoodsOf {
        let lines = self.lines(row);
        (!lines.is_empty()).then(|| {
            lines
                .map(|line| Good {
                    product: self.product(line),
                    quantity: self.quantity(line),
                    paid: self.paid.get(line),
                    discount: self.discount.get(line),
                })
                .collect()
        })
    }

    fn fill(&mut self, rows: usize) {
        let last = self.ends.last().copied().unwrap_or(0);
        self.ends.resize(rows, last);
    }

    /// Gives lines to the row `row`, which is after all that have some.
    pub fn push(&mut self, row: usize, goods: &GoodsOf) {
        let Some(goods) = goods else {
            return;
        };
        self.fill(row);
        for good in goods.iter() {
            self.product.push(i64::from(good.product));
            self.quantity.push(good.quantity);
            self.paid.push(good.paid);
            self.discount.push(good.discount);
        }
        self.ends.push(self.len() as u32);
    }

    /// Gives the row `row` and those after it the lines of other rows.
    pub fn extend(&mut self, row: usize, from: &Goods, rows: Range<usize>) {
        let rows = rows.start..rows.end.min(from.ends.len());
        if rows.is_empty() {
            return;
        }
        let start = from.lines(rows.start).start;
        let lines = start..from.ends[rows.end - 1] as usize;
        if lines.is_empty() {
            return;
        }
        self.fill(row);
        let shift = self.len();
        let ends = from.ends[rows].iter();
        self.ends
            .extend(ends.map(|&end| (end as usize - start + shift) as u32));
        self.product.extend(&from.product, lines.clone());
        self.quantity.extend(&from.quantity, lines.clone());
        self.paid.extend(&from.paid, lines.clone());
        self.discount.extend(&from.discount, lines);
    }

    /// Whether ends and columns belong together (of a file that was read).
    pub fn is_sound(&self, rows: usize) -> bool {
        let lines = self.len();
        [
            self.quantity.numbers.len(),
            self.paid.len(),
            self.discount.len(),
        ]
        .iter()
        .all(|&len| len == lines)
            && self.ends.len() <= rows
            && self.ends.is_sorted()
            && self.ends.last().copied().unwrap_or(0) as usize == lines
            && (0..lines).all(|line| u32::try_from(self.product.get(line)).is_ok())
    }

    /// Bytes of it.
    pub fn bytes(&self) -> usize {
        self.ends.len() * 4
            + self.product.bytes()
            + self.quantity.numbers.bytes()
            + self.paid.bytes()
            + self.discount.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn goods() -> impl Strategy<Value = GoodsOf> {
        let amount = || prop_oneof![4 => -200i64..200, 1 => any::<i32>().prop_map(i64::from), 1 => any::<i64>()];
        let quantity =
            prop_oneof![4 => (-5i64..5).prop_map(|n| n * PIECE), 1 => -9_000_000i64..9_000_000];
        let good = (0u32..70_000, quantity, amount(), amount()).prop_map(
            |(product, quantity, paid, discount)| Good {
                product,
                quantity,
                paid,
                discount,
            },
        );
        prop::collection::vec(good, 0..4)
            .prop_map(|goods| (!goods.is_empty()).then(|| goods.into()))
    }

    proptest! {
        #[test]
        fn lines_come_back_however_their_rows_are_put_together(all in prop::collection::vec(goods(), 0..12), cut in 0usize..12) {
            let mut first = Goods::default();
            for (row, goods) in all.iter().enumerate() {
                first.push(row, goods);
            }
            let cut = cut.min(all.len());
            let mut second = Goods::default();
            second.extend(0, &first, cut..all.len());
            second.extend(all.len() - cut, &first, 0..cut);
            let turned = all[cut..].iter().chain(&all[..cut]);
            for (row, (own, other)) in all.iter().zip(turned).enumerate() {
                prop_assert_eq!(&first.of(row), own);
                prop_assert_eq!(&second.of(row), other);
            }
            prop_assert!(first.is_sound(all.len()) && second.is_sound(all.len()));
        }
    }

    #[test]
    fn masks_meet_where_both_have_a_code() {
        let mask = |codes: &[u32]| {
            let mut mask = Mask::default();
            codes.iter().for_each(|&code| mask.put(code));
            mask
        };
        let both = mask(&[1, 70, 200]).and(&mask(&[70, 1, 3]));
        assert_eq!(both.codes().collect::<Vec<_>>(), [1, 70]);
        assert!(!both.has(100_000));
    }
}
