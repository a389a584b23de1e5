//! Checking every invariant: the store's own, and that the live base is what the truth says.

use crate::App;
use crate::base::rebuild;
use crate::permission::OWNER;
use crate::refusal::Refusal;
use crate::roles::Roles;
use crate::scope::Scope;
use std::collections::BTreeSet;
use vernis_analytics::facts::card::purchases;
use vernis_analytics::{Live, LiveBase, Memory};
use vernis_domain::{CustomerId, UserId};
use vernis_store::{ReadTx, StaffUser};

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
        findings.extend(self.store.read(staff_findings)?);
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

/// What must not be among staff: nobody who may do everything, a role that is not there.
fn staff_findings(tx: &mut ReadTx<'_>) -> Result<Vec<String>, Refusal> {
    let roles = Roles::read(tx)?;
    let staff = tx.users()?;
    let mut findings: Vec<String> = staff
        .iter()
        .filter(|user| roles.find(&user.role).is_none())
        .map(|user| format!("staff: {} has a role that is not there", user.id.0))
        .collect();
    let owner = |user: &StaffUser| {
        user.blocked_at.is_none() && user.role == OWNER && Scope::parse(&user.scope).is_all()
    };
    if !staff.is_empty() && !staff.iter().any(owner) {
        findings.push("staff: there is no owner who can sign in".to_owned());
    }
    Ok(findings)
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
    let managers =
        |base: &LiveBase| -> BTreeSet<(CustomerId, UserId)> { base.managers().all().collect() };
    if managers(current) != managers(fresh) {
        findings.push("live base: managers of customers are not as in the database".to_owned());
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
        && current.items_of(id) == fresh.items_of(id)
}
