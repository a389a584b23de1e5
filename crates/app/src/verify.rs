//! Checking every invariant: the store's own, and that the live base is what the truth says.

use crate::App;
use crate::base::rebuild;
use crate::refusal::Refusal;
use vernis_analytics::facts::card::purchases;
use vernis_analytics::{Live, LiveBase, Memory};
use vernis_domain::CustomerId;

/// Differences named; more are only counted.
const NAMED: usize = 20;

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// Customers looked at.
    pub customers: usize,
    /// Purchases looked at.
    pub purchases: usize,
    /// What must not be, in words; names rows, never values.
    pub findings: Vec<String>,
}

impl App {
    /// Checks the data and the live base.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn verify(&self) -> Result<Verified, Refusal> {
        let mut findings: Vec<String> = self
            .store
            .verify()?
            .into_iter()
            .chain(self.store.verify_anchors(&self.data_dir)?)
            .map(|finding| format!("{}: {}", finding.check, finding.text))
            .collect();
        let current = self.live.current();
        let fresh = Live::new(LiveBase::empty(current.pool().clone()));
        rebuild(&self.store, &fresh)?;
        let fresh = fresh.current();
        compare(&current, &fresh, &mut findings);
        Ok(Verified {
            customers: fresh.customers(),
            purchases: fresh.purchases(),
            findings,
        })
    }

    /// What the live base keeps in memory.
    pub fn memory(&self) -> Memory {
        self.live.current().memory()
    }
}

/// Names where the base in memory differs from the one made anew from the truth.
fn compare(current: &LiveBase, fresh: &LiveBase, findings: &mut Vec<String>) {
    if current.customers() != fresh.customers() || current.purchases() != fresh.purchases() {
        findings.push(format!(
            "live base: it has {} customers and {} purchases, the database {} and {}",
            current.customers(),
            current.purchases(),
            fresh.customers(),
            fresh.purchases()
        ));
    }
    let mut different = 0;
    let ids = fresh
        .shards()
        .iter()
        .flat_map(|shard| (0..shard.len()).map(|slot| shard.id(slot)));
    for id in ids {
        if !same(current, fresh, id) {
            different += 1;
            if different <= NAMED {
                findings.push(format!(
                    "live base: customer {} is not as in the database",
                    id.0
                ));
            }
        }
    }
    if different > NAMED {
        findings.push(format!("live base: {} customers more", different - NAMED));
    }
}

fn same(current: &LiveBase, fresh: &LiveBase, id: CustomerId) -> bool {
    current.customer(id) == fresh.customer(id)
        && purchases(current, id, 0, usize::MAX) == purchases(fresh, id, 0, usize::MAX)
}
