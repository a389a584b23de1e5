//! The catalogue of goods: short codes by which lines name products, and their categories as they
//! are now. What is asked about a category is asked with today's knowledge: a product that was moved
//! takes its past along.

use super::goods::Mask;
use std::collections::HashMap;
use vernis_domain::text::fold;
use vernis_domain::{Product, ProductId};

/// Between the levels of a category.
const LEVEL: char = ';';

/// A product as the base keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Row id.
    pub id: ProductId,
    /// Article code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Place of its category in [`Products::categories`].
    pub category: Option<usize>,
}

/// A category, or a level above one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Its levels, joined by `;`.
    pub path: String,
    /// Place of the level above.
    pub above: Option<usize>,
    /// Products in it and below it. A category without any is gone.
    pub products: usize,
}

impl Category {
    /// Its last level.
    pub fn name(&self) -> &str {
        self.path.rsplit(LEVEL).next().unwrap_or(&self.path)
    }
}

/// See the module. Codes and places are given in order of appearance and never change.
#[derive(Clone, Debug, Default)]
pub struct Products {
    codes: HashMap<ProductId, u32>,
    ids: Vec<ProductId>,
    named: Vec<Option<Named>>,
    by_article: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
    categories: Vec<Category>,
    /// Grows whenever a category comes to life or is gone.
    turns: u64,
    by_path: HashMap<String, usize>,
}

impl Products {
    /// Code of a product, given now if it is new; 0 is no product.
    pub fn code(&mut self, id: ProductId) -> u32 {
        let next = self.ids.len() as u32 + 1;
        let code = *self.codes.entry(id).or_insert(next);
        if code == next {
            self.ids.push(id);
            self.named.push(None);
        }
        code
    }

    /// Code of a product that has one.
    pub fn find(&self, id: ProductId) -> Option<u32> {
        self.codes.get(&id).copied()
    }

    /// Row id behind a code.
    pub fn id(&self, code: u32) -> Option<ProductId> {
        self.ids.get((code as usize).checked_sub(1)?).copied()
    }

    /// The product behind a code, once it is known.
    pub fn get(&self, code: u32) -> Option<&Named> {
        self.named.get((code as usize).checked_sub(1)?)?.as_ref()
    }

    /// The same as it came, but for its prices.
    pub fn product(&self, code: u32) -> Option<Product> {
        let named = self.get(code)?;
        let path = named.category.map(|at| self.categories[at].path.clone());
        Some(Product {
            id: named.id,
            code: named.code.clone(),
            name: named.name.clone(),
            category: path.unwrap_or_default(),
            price_minor: None,
            cost_minor: None,
        })
    }

    /// Row ids in the order of their codes, for the snapshot file.
    pub fn order(&self) -> &[ProductId] {
        &self.ids
    }

    /// All products that are known.
    pub fn all(&self) -> impl Iterator<Item = &Named> {
        self.named.iter().flatten()
    }

    /// A number that changes whenever there are other categories than before.
    pub fn turns(&self) -> u64 {
        self.turns
    }

    /// All categories, those that are gone too.
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// Adds or replaces a product. Whether a question about goods can have another answer now:
    /// somebody may have bought it already.
    pub fn put(&mut self, product: &Product) -> bool {
        let code = self.find(product.id);
        let at = self.code(product.id) as usize - 1;
        let category = self.category(&product.category);
        let named = Named {
            id: product.id,
            code: product.code.clone(),
            name: product.name.clone(),
            category,
        };
        let before = self.named[at].replace(named);
        if let Some(before) = &before {
            self.by_article.remove(&before.code);
            if let Some(same) = self.by_name.get_mut(&fold(&before.name)) {
                same.retain(|own| *own != at);
            }
            self.count(before.category, false);
        }
        self.by_article.insert(product.code.clone(), at);
        let same = self.by_name.entry(fold(&product.name)).or_default();
        same.push(at);
        self.count(category, true);
        code.is_some() && before.is_none_or(|before| before.category != category)
    }

    fn count(&mut self, mut category: Option<usize>, more: bool) {
        while let Some(at) = category {
            let own = &mut self.categories[at];
            own.products = match more {
                true => own.products + 1,
                false => own.products - 1,
            };
            self.turns += u64::from(own.products == u64::from(more) as usize);
            category = own.above;
        }
    }

    fn category(&mut self, path: &str) -> Option<usize> {
        let mut above = None;
        let mut whole = String::new();
        for level in path
            .split(LEVEL)
            .map(str::trim)
            .filter(|one| !one.is_empty())
        {
            if !whole.is_empty() {
                whole.push(LEVEL);
            }
            whole.push_str(level);
            let next = self.categories.len();
            let at = *self.by_path.entry(fold(&whole)).or_insert(next);
            if at == next {
                self.categories.push(Category {
                    path: whole.clone(),
                    above,
                    products: 0,
                });
            }
            above = Some(at);
        }
        above
    }

    /// A category by its path, when there is something in it.
    pub fn find_category(&self, path: &str) -> Option<usize> {
        let at = *self.by_path.get(&fold(path))?;
        (self.categories[at].products > 0).then_some(at)
    }

    /// A product by its article code.
    pub fn find_article(&self, code: &str) -> Option<&Named> {
        self.named[*self.by_article.get(code)?].as_ref()
    }

    /// Products of a name, whatever its case.
    pub fn of_name(&self, name: &str) -> impl Iterator<Item = &Named> {
        let places = self.by_name.get(&fold(name)).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|&at| self.named[at].as_ref())
    }

    /// Codes of the products that meet a test.
    pub fn mask(&self, mut meets: impl FnMut(&Named) -> bool) -> Mask {
        let mut mask = Mask::default();
        for (named, code) in self.named.iter().zip(1..) {
            if named.as_ref().is_some_and(&mut meets) {
                mask.put(code);
            }
        }
        mask
    }

    /// Whether a category lies in another one, or is it.
    pub fn lies_in(&self, category: Option<usize>, other: usize) -> bool {
        let above = |at: &usize| self.categories[*at].above;
        std::iter::successors(category, above).any(|at| at == other)
    }

    /// Bytes of it, about.
    pub fn bytes(&self) -> usize {
        let text = |text: &str| 2 * text.len() + 24;
        let named: usize = self
            .all()
            .map(|one| size_of::<Named>() + text(&one.code) + text(&one.name) + 48)
            .sum();
        let paths = self.categories.iter();
        let paths: usize = paths
            .map(|one| size_of::<Category>() + text(&one.path))
            .sum();
        self.ids.len() * 32 + named + paths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(id: i64, code: &str, name: &str, category: &str) -> Product {
        Product {
            id: ProductId(id),
            code: code.to_owned(),
            name: name.to_owned(),
            category: category.to_owned(),
            price_minor: None,
            cost_minor: None,
        }
    }

    #[test]
    fn a_category_is_its_levels_and_what_lies_below_and_is_gone_with_its_last_product() {
        let mut products = Products::default();
        assert!(!products.put(&product(7, "a", "Эспрессо", "Напитки; Кофе")));
        assert!(!products.put(&product(9, "b", "Сенча", "Напитки;Чай")));
        let drinks = products.find_category("напитки").unwrap();
        let tea = products.find_category("НАПИТКИ;ЧАЙ").unwrap();
        let below = |at| products.mask(|one| products.lies_in(one.category, at));
        assert_eq!(below(drinks).codes().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(below(tea).codes().collect::<Vec<_>>(), [2]);
        assert!(products.put(&product(9, "b", "Сенча", "Напитки;Кофе")));
        assert_eq!(products.find_category("Напитки;Чай"), None);
        assert_eq!(products.categories()[drinks].products, 2);
        assert!(!products.put(&product(9, "b", "Сенча зелёная", "Напитки;Кофе")));
        assert_eq!(products.of_name("сенча").count(), 0);
        assert_eq!(products.of_name("сенча ЗЕЛЕНАЯ").count(), 1);
        assert_eq!(products.find_article("b").unwrap().id, ProductId(9));
        // A line may come before its product does.
        assert_eq!(products.code(ProductId(20)), 3);
        assert!(products.put(&product(20, "c", "Мята", "Чай")));
    }
}
