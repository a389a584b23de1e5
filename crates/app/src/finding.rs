//! Finding purchases by the number on the receipt and products by name or article.

use crate::App;
use crate::purchases::PurchaseCard;
use crate::refusal::Refusal;
use crate::view::View;
use vernis_domain::{Product, ProductId, text};

/// Products read at a time.
const CHUNK: i64 = 2_000;

impl App {
    /// The latest purchases with this number on the receipt, the latest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn purchases_by_receipt(
        &self,
        view: &View,
        number: &str,
        limit: usize,
    ) -> Result<Vec<PurchaseCard>, Refusal> {
        let number = number
            .trim()
            .trim_start_matches(['№', '#'])
            .trim()
            .to_owned();
        if number.is_empty() {
            return Ok(Vec::new());
        }
        // What others bought must not push out what is seen.
        let most = if view.is_whole() {
            limit as i64
        } else {
            i64::MAX
        };
        let ids = self.store.read(move |tx| {
            tx.purchases_by_receipt(&number, most)
                .map_err(Refusal::from)
        })?;
        let mut found = self.purchase_cards(view, &ids)?;
        found.sort_unstable_by_key(|card| {
            std::cmp::Reverse((card.purchase.occurred_at, card.purchase.id))
        });
        found.truncate(limit);
        Ok(found)
    }

    /// Products after the one named whose name, article or category has every word asked for; all of
    /// them when nothing is asked.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn find_products(
        &self,
        asked: &str,
        after: ProductId,
        limit: usize,
    ) -> Result<Vec<Product>, Refusal> {
        let asked = text::fold(asked);
        let words: Vec<&str> = asked.split_whitespace().collect();
        let mut found = Vec::new();
        let mut after = after;
        loop {
            let chunk = self.products(after, CHUNK)?;
            let Some(last) = chunk.last() else {
                return Ok(found);
            };
            after = last.id;
            for product in chunk {
                let about = text::fold(&format!(
                    "{} {} {}",
                    product.code, product.name, product.category
                ));
                if words.iter().all(|word| about.contains(word)) {
                    found.push(product);
                    if found.len() == limit {
                        return Ok(found);
                    }
                }
            }
        }
    }
}
