//! Products and categories as definitions name them. A product is named by its article code, a category
//! by its path; people read and write names, and the code where a name would lead astray.

use super::shelf::Named as Thing;
use std::sync::Arc;
use vernis_analytics::base::products::{Category, Named, Products};
use vernis_analytics::segment::Place;
use vernis_domain::Text;
use vernis_domain::segment::Choice;
use vernis_domain::text::fold;

/// The catalogue of goods at one moment.
pub(super) struct Goods(pub Arc<Products>);

impl Goods {
    /// Whether a list is one of goods.
    pub fn are(of: Choice) -> bool {
        matches!(of, Choice::Product | Choice::Category)
    }

    fn product(&self, code: &str) -> Option<&Named> {
        self.0.find_article(code)
    }

    fn category(&self, path: &str) -> Option<&Category> {
        Some(&self.0.categories()[self.0.find_category(path)?])
    }

    /// The only category whose last level has this name.
    fn category_of_name(&self, name: &str) -> Option<&Category> {
        let name = fold(name);
        let mut same = self
            .0
            .categories()
            .iter()
            .filter(|one| one.products > 0 && fold(one.name()) == name);
        same.next().filter(|_| same.next().is_none())
    }

    pub fn find(&self, of: Choice, typed: &str) -> Option<String> {
        if of == Choice::Category {
            let found = self
                .category(typed)
                .or_else(|| self.category_of_name(typed));
            return found.map(|one| one.path.clone());
        }
        let mut same = self.0.of_name(typed);
        let named = same.next().filter(|_| same.next().is_none());
        let found = self.product(typed).or(named);
        found.map(|one| one.code.clone())
    }

    /// A name that leads back to its thing, or the code.
    pub fn name(&self, of: Choice, code: &str) -> Option<String> {
        let (name, code) = match of {
            Choice::Category => {
                let category = self.category(code)?;
                (category.name().to_owned(), category.path.clone())
            }
            _ => {
                let product = self.product(code)?;
                (product.name.clone(), product.code.clone())
            }
        };
        let plain = !name.contains(['"', '«', '»']) && !name.is_empty();
        let leads_back = plain && self.find(of, &name).as_ref() == Some(&code);
        Some(if leads_back { name } else { code })
    }

    pub fn says(&self, of: Choice, code: &str) -> Option<String> {
        match of {
            Choice::Category => Some(self.category(code)?.path.replace(';', " / ")),
            _ => self.product(code).map(|one| one.name.clone()),
        }
    }

    /// The thing of a code.
    pub fn named(&self, of: Choice, code: &str) -> Option<Thing> {
        let name = self.says(of, code)?;
        let code = match of {
            Choice::Category => self.category(code)?.path.clone(),
            _ => self.product(code)?.code.clone(),
        };
        Some(Thing {
            code,
            name: Text::owned(name.clone(), name),
            also: Vec::new(),
        })
    }

    /// Codes and folded names of a list's things.
    fn things(&self, of: Choice) -> Box<dyn Iterator<Item = (String, &str)> + '_> {
        let categories = self.0.categories().iter().filter(|one| one.products > 0);
        match of {
            Choice::Category => Box::new(categories.map(|one| (fold(one.name()), &*one.path))),
            _ => Box::new(self.0.all().map(|one| (fold(&one.name), &*one.code))),
        }
    }

    /// Codes of things with `typed` (folded) in their names or codes, those that begin like it first.
    /// When there are none, of those that begin with the same letter: one of them may be meant.
    fn codes(&self, of: Choice, typed: &str, most: usize) -> Vec<String> {
        // Enough to choose from; a catalogue may have a hundred thousand.
        let enough = most * 4;
        let has =
            |(name, code): &(String, &str)| name.contains(typed) || fold(code).contains(typed);
        let mut found: Vec<_> = self.things(of).filter(has).take(enough).collect();
        if found.is_empty() {
            let first = typed.chars().next();
            let alike = |one: &(String, &str)| one.0.chars().next() == first;
            found = self.things(of).filter(alike).take(enough).collect();
        }
        found.sort_by_cached_key(|(name, _)| (!name.starts_with(typed), name.clone()));
        found.truncate(most);
        found.into_iter().map(|one| one.1.to_owned()).collect()
    }

    /// Things with `typed` (folded) in their names or codes.
    pub fn look(&self, of: Choice, typed: &str, most: usize) -> Vec<Thing> {
        let codes = self.codes(of, typed, most).into_iter();
        codes.filter_map(|code| self.named(of, &code)).collect()
    }

    /// The same as a text names them.
    pub fn names(&self, of: Choice, typed: &str, most: usize) -> Vec<String> {
        let codes = self.codes(of, typed, most).into_iter();
        codes.filter_map(|code| self.name(of, &code)).collect()
    }

    pub fn row(&self, of: Place, code: &str) -> Option<i64> {
        match of {
            Place::Category => self.0.find_category(code).map(|at| at as i64),
            _ => self.product(code).map(|one| one.id.0),
        }
    }
}
