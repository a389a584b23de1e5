//! Purchases as narrow columns. A column of integers starts narrow and becomes wide as a whole
//! when one value does not fit, so that kernels stay free of branches.

use super::goods::Goods;
use super::row::{NO_DAY, RETURN, Row};
use std::ops::Range;

/// Amounts in minor units: 32 bits each until one does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amounts {
    /// All fit 32 bits.
    Narrow(Vec<i32>),
    /// At least one did not.
    Wide(Vec<i64>),
}

impl Default for Amounts {
    fn default() -> Self {
        Amounts::Narrow(Vec::new())
    }
}

impl FromIterator<i64> for Amounts {
    fn from_iter<I: IntoIterator<Item = i64>>(values: I) -> Amounts {
        let mut amounts = Amounts::default();
        values.into_iter().for_each(|value| amounts.push(value));
        amounts
    }
}

impl Amounts {
    /// The value at `at`.
    #[inline]
    pub fn get(&self, at: usize) -> i64 {
        match self {
            Amounts::Narrow(values) => i64::from(values[at]),
            Amounts::Wide(values) => values[at],
        }
    }

    /// Appends a value, widening the column if it must.
    pub fn push(&mut self, value: i64) {
        match self {
            Amounts::Narrow(values) => match i32::try_from(value) {
                Ok(narrow) => values.push(narrow),
                Err(_) => self.widen().push(value),
            },
            Amounts::Wide(values) => values.push(value),
        }
    }

    fn widen(&mut self) -> &mut Vec<i64> {
        if let Amounts::Narrow(values) = self {
            *self = Amounts::Wide(values.iter().copied().map(i64::from).collect());
        }
        match self {
            Amounts::Wide(values) => values,
            Amounts::Narrow(_) => unreachable!("just widened"),
        }
    }

    fn extend(&mut self, from: &Amounts, range: Range<usize>) {
        match (&mut *self, from) {
            (Amounts::Narrow(to), Amounts::Narrow(values)) => to.extend_from_slice(&values[range]),
            (Amounts::Wide(to), Amounts::Wide(values)) => to.extend_from_slice(&values[range]),
            (Amounts::Wide(to), Amounts::Narrow(values)) => {
                to.extend(values[range].iter().copied().map(i64::from));
            }
            (Amounts::Narrow(_), Amounts::Wide(values)) => {
                for &value in &values[range] {
                    self.push(value);
                }
            }
        }
    }

    /// Bytes of it.
    pub fn bytes(&self) -> usize {
        match self {
            Amounts::Narrow(values) => values.len() * 4,
            Amounts::Wide(values) => values.len() * 8,
        }
    }

    fn reserve(&mut self, rows: usize) {
        match self {
            Amounts::Narrow(values) => values.reserve_exact(rows),
            Amounts::Wide(values) => values.reserve_exact(rows),
        }
    }
}

/// Row ids: 32 bits each until one does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ids {
    /// All fit 32 bits.
    Narrow(Vec<u32>),
    /// At least one did not.
    Wide(Vec<i64>),
}

impl Default for Ids {
    fn default() -> Self {
        Ids::Narrow(Vec::new())
    }
}

impl Ids {
    /// The id at `at`.
    #[inline]
    pub fn get(&self, at: usize) -> i64 {
        match self {
            Ids::Narrow(values) => i64::from(values[at]),
            Ids::Wide(values) => values[at],
        }
    }

    /// Whether `id` stands in `range`.
    pub fn contains(&self, range: Range<usize>, id: i64) -> bool {
        match self {
            Ids::Narrow(values) => {
                u32::try_from(id).is_ok_and(|narrow| values[range].contains(&narrow))
            }
            Ids::Wide(values) => values[range].contains(&id),
        }
    }

    /// Appends an id, widening the column if it must.
    pub fn push(&mut self, id: i64) {
        match self {
            Ids::Narrow(values) => match u32::try_from(id) {
                Ok(narrow) => values.push(narrow),
                Err(_) => {
                    let mut wide: Vec<i64> = values.iter().copied().map(i64::from).collect();
                    wide.push(id);
                    *self = Ids::Wide(wide);
                }
            },
            Ids::Wide(values) => values.push(id),
        }
    }

    fn extend(&mut self, from: &Ids, range: Range<usize>) {
        match (&mut *self, from) {
            (Ids::Narrow(to), Ids::Narrow(values)) => to.extend_from_slice(&values[range]),
            (Ids::Wide(to), Ids::Wide(values)) => to.extend_from_slice(&values[range]),
            _ => {
                for at in range {
                    self.push(from.get(at));
                }
            }
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Ids::Narrow(values) => values.len() * 4,
            Ids::Wide(values) => values.len() * 8,
        }
    }

    fn reserve(&mut self, rows: usize) {
        match self {
            Ids::Narrow(values) => values.reserve_exact(rows),
            Ids::Wide(values) => values.reserve_exact(rows),
        }
    }
}

/// What a return says beyond its own row: the sale it takes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Row of the return.
    pub row: u32,
    /// Day of the sale, [`NO_DAY`] when the sale is not among the customer's rows.
    pub day: u16,
    /// Purchase id of the sale.
    pub original: i64,
}

/// Purchases in columns; rows of a customer are neighbours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Day since 1970-01-01.
    pub day: Vec<u16>,
    /// Paid, minor units.
    pub paid: Amounts,
    /// Discount, minor units.
    pub discount: Amounts,
    /// Cost of goods, minor units; meaningful where the flag says so.
    pub cost: Amounts,
    /// Store code.
    pub store: Vec<u16>,
    /// Channel code.
    pub channel: Vec<u16>,
    /// Bits of [`super::row`].
    pub flags: Vec<u8>,
    /// Time within the day.
    pub moment: Vec<u32>,
    /// Purchase ids.
    pub id: Ids,
    /// Returns with a named sale, by row.
    pub links: Vec<Link>,
    /// Lines.
    pub goods: Goods,
}

impl Columns {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.day.len()
    }

    /// No rows at all.
    pub fn is_empty(&self) -> bool {
        self.day.is_empty()
    }

    /// Room for `rows` more rows, without slack.
    pub fn reserve(&mut self, rows: usize) {
        self.day.reserve_exact(rows);
        self.paid.reserve(rows);
        self.discount.reserve(rows);
        self.cost.reserve(rows);
        self.store.reserve_exact(rows);
        self.channel.reserve_exact(rows);
        self.flags.reserve_exact(rows);
        self.moment.reserve_exact(rows);
        self.id.reserve(rows);
    }

    /// Appends a row.
    pub fn push(&mut self, row: &Row) {
        if let (Some(original), true) = (row.original, row.flags & RETURN != 0) {
            self.links.push(Link {
                row: self.len() as u32,
                day: row.original_day,
                original,
            });
        }
        self.goods.push(self.len(), &row.goods);
        self.day.push(row.day);
        self.paid.push(row.paid);
        self.discount.push(row.discount);
        self.cost.push(row.cost);
        self.store.push(row.store);
        self.channel.push(row.channel);
        self.flags.push(row.flags);
        self.moment.push(row.moment);
        self.id.push(row.id);
    }

    /// Appends rows of another block as they are.
    pub fn extend(&mut self, from: &Columns, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        self.goods.extend(self.len(), &from.goods, range.clone());
        let shift = self.len() as i64 - range.start as i64;
        for link in from.links_in(range.clone()) {
            self.links.push(Link {
                row: (i64::from(link.row) + shift) as u32,
                ..*link
            });
        }
        self.day.extend_from_slice(&from.day[range.clone()]);
        self.paid.extend(&from.paid, range.clone());
        self.discount.extend(&from.discount, range.clone());
        self.cost.extend(&from.cost, range.clone());
        self.store.extend_from_slice(&from.store[range.clone()]);
        self.channel.extend_from_slice(&from.channel[range.clone()]);
        self.flags.extend_from_slice(&from.flags[range.clone()]);
        self.moment.extend_from_slice(&from.moment[range.clone()]);
        self.id.extend(&from.id, range);
    }

    /// The links whose rows lie in `range`.
    #[inline]
    pub fn links_in(&self, range: Range<usize>) -> &[Link] {
        if self.links.is_empty() {
            return &[];
        }
        let from = self
            .links
            .partition_point(|link| (link.row as usize) < range.start);
        let count = self.links[from..]
            .iter()
            .take_while(|link| (link.row as usize) < range.end)
            .count();
        &self.links[from..from + count]
    }

    /// One row, unpacked.
    pub fn row(&self, at: usize, low: u16) -> Row {
        Row {
            goods: self.goods.of(at),
            ..self.row_without_goods(at, low)
        }
    }

    /// The same without its lines.
    pub(crate) fn row_without_goods(&self, at: usize, low: u16) -> Row {
        let link = if self.flags[at] & RETURN != 0 {
            self.links_in(at..at + 1).first()
        } else {
            None
        };
        Row {
            low,
            day: self.day[at],
            moment: self.moment[at],
            id: self.id.get(at),
            paid: self.paid.get(at),
            discount: self.discount.get(at),
            cost: self.cost.get(at),
            store: self.store[at],
            channel: self.channel[at],
            flags: self.flags[at],
            original: link.map(|link| link.original),
            original_day: link.map_or(NO_DAY, |link| link.day),
            goods: None,
        }
    }

    /// Bytes of the columns recency, frequency, money and the dashboard read:
    /// day, paid, store, channel, flags, links.
    pub fn hot_bytes(&self) -> usize {
        self.day.len() * 2
            + self.paid.bytes()
            + self.store.len() * 2
            + self.channel.len() * 2
            + self.flags.len()
            + self.links.len() * size_of::<Link>()
    }

    /// Bytes of the other columns: discount, cost, moment, id.
    pub fn cold_bytes(&self) -> usize {
        self.discount.bytes() + self.cost.bytes() + self.moment.len() * 4 + self.id.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_beyond_32_bits_widens_the_column_and_keeps_the_others() {
        let mut amounts = Amounts::default();
        amounts.push(-5);
        amounts.push(300_000_000_000);
        amounts.push(7);
        assert!(matches!(amounts, Amounts::Wide(_)));
        assert_eq!(
            (amounts.get(0), amounts.get(1), amounts.get(2)),
            (-5, 300_000_000_000, 7)
        );
    }

    #[test]
    fn wide_rows_appended_to_a_narrow_block_keep_their_values() {
        let mut wide = Amounts::default();
        wide.push(1 << 40);
        let mut narrow = Amounts::default();
        narrow.push(1);
        narrow.extend(&wide, 0..1);
        assert_eq!((narrow.get(0), narrow.get(1)), (1, 1 << 40));
    }
}
