//! People put into a segment or kept out of it by hand, whatever its conditions say. A static list is
//! a segment of nobody else.

use super::members::Members;
use crate::base::live::LiveBase;
use std::sync::Arc;
use vernis_domain::CustomerId;

/// Who is in by hand, and who is out. Nobody is both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hand {
    /// In.
    pub pinned: Members,
    /// Out.
    pub excluded: Members,
}

impl Hand {
    /// Nobody was named.
    pub fn is_empty(&self) -> bool {
        self.pinned.is_empty() && self.excluded.is_empty()
    }

    /// What was decided about somebody.
    pub fn decided(&self, id: CustomerId) -> Option<bool> {
        if self.excluded.has(id) {
            return Some(false);
        }
        self.pinned.has(id).then_some(true)
    }

    /// The same for the people of a base: a record that was merged into another one speaks for him,
    /// unless something was decided about himself. Out goes before in.
    pub(crate) fn looked(self: &Arc<Hand>, base: &LiveBase) -> Arc<Hand> {
        let mut hand = Arc::clone(self);
        for is_in in [false, true] {
            for (id, _) in base.links().all() {
                let root = base.links().root(id);
                if self.decided(id) == Some(is_in) && hand.decided(root).is_none() {
                    let hand = Arc::make_mut(&mut hand);
                    let side = match is_in {
                        true => &mut hand.pinned,
                        false => &mut hand.excluded,
                    };
                    side.put(root, true);
                }
            }
        }
        hand
    }
}
