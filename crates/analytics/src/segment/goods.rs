//! Restrictions of goods: which lines of a document count.

use super::test::Test;
use crate::base::columns::Columns;
use crate::base::goods::Mask;
use crate::base::products::Products;
use crate::facts::FactValue;
use std::sync::Arc;
use vernis_domain::Day;

/// Lines of a document that count.
#[derive(Clone, Debug, Default)]
pub(crate) enum Lines {
    /// The document as it is.
    #[default]
    All,
    /// Those that meet all tests; not looked up yet, so none.
    Told(Vec<LineTest>),
    /// Those with one of these products.
    Of(Arc<Mask>),
}

/// A restriction of lines.
#[derive(Clone, Debug)]
pub(crate) enum LineTest {
    /// Row ids of products.
    Product(Test),
    /// Paths of categories: in one of them, or in none of them but in some other.
    Category(Vec<String>, bool),
}

/// What is measured of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Paid,
    Discount,
    /// In millionths.
    Quantity,
    Lines,
}

impl LineTest {
    fn mask(&self, products: &Products) -> Mask {
        match self {
            LineTest::Product(test) => {
                products.mask(|one| test.accepts(FactValue::Number(one.id.0), Day(0)))
            }
            LineTest::Category(paths, inside) => {
                let found: Vec<usize> = paths
                    .iter()
                    .filter_map(|path| products.find_category(path))
                    .collect();
                products.mask(|one| {
                    one.category.is_some()
                        && found.iter().any(|&at| products.lies_in(one.category, at)) == *inside
                })
            }
        }
    }
}

impl Lines {
    /// The lines that meet all tests.
    pub fn of(tests: Vec<LineTest>) -> Lines {
        match tests.is_empty() {
            true => Lines::All,
            false => Lines::Told(tests),
        }
    }

    /// The same with the products looked up.
    pub fn looked(&self, products: &Products) -> Lines {
        match self {
            Lines::Told(tests) => {
                let masks = tests.iter().map(|test| test.mask(products));
                Lines::Of(Arc::new(masks.reduce(|a, b| a.and(&b)).unwrap_or_default()))
            }
            ready => ready.clone(),
        }
    }

    /// No restriction.
    pub fn are_all(&self) -> bool {
        matches!(self, Lines::All)
    }

    /// Whether an amount is found from lines, not from the document.
    pub fn are_needed(&self, part: Part) -> bool {
        !self.are_all() || matches!(part, Part::Quantity | Part::Lines)
    }

    /// Whether anything of a document counts.
    #[inline]
    pub fn touch(&self, columns: &Columns, row: usize) -> bool {
        match self {
            Lines::All => true,
            Lines::Told(_) => false,
            Lines::Of(mask) => {
                let goods = &columns.goods;
                goods.lines(row).any(|line| mask.has(goods.product(line)))
            }
        }
    }

    /// An amount of what counts of a document.
    pub fn part(&self, columns: &Columns, row: usize, part: Part) -> i64 {
        let goods = &columns.goods;
        let mask = match (self, part) {
            (Lines::All, Part::Paid) => return columns.paid.get(row),
            (Lines::All, Part::Discount) => return columns.discount.get(row),
            (Lines::All, _) => None,
            (Lines::Told(_), _) => return 0,
            (Lines::Of(mask), _) => Some(mask),
        };
        goods
            .lines(row)
            .filter(|&line| mask.is_none_or(|mask| mask.has(goods.product(line))))
            .map(|line| match part {
                Part::Paid => goods.paid.get(line),
                Part::Discount => goods.discount.get(line),
                Part::Quantity => goods.quantity(line),
                Part::Lines => 1,
            })
            .sum()
    }
}
