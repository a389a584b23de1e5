//! Segments computed: a definition is resolved against the registries into a [`Rule`] that cannot
//! contain anything unknown, and a rule has two readers over the same leaves: [`select`] over all
//! customers, and [`why`] over one. Lists, reports and saved segments use no other evaluator.
//!
//! Every leaf is total: what has no value meets no condition but “empty”, so that `not` is always
//! the complement. Days are resolved when a rule is looked at, so a rule holds on any day.

mod event;
mod goods;
mod hand;
mod members;
mod overlap;
mod resolve;
mod rule;
mod select;
mod terms;
mod test;
mod time;
mod trend;
pub mod why;

pub use event::{FIELDS, MEASURES, Measure, Stream, WEEKDAYS};
pub(crate) use event::{Measured, Of, RowTest, Which};
pub use hand::Hand;
pub use members::Members;
pub use overlap::{MOST_SETS, Part, overlap};
pub use resolve::{Names, Place, Unresolved, Whole, resolve};
pub(crate) use rule::Leaf;
pub use rule::{Ready, Rule};
pub(crate) use select::slots;
pub use select::{Tally, count, select};
pub use terms::{Vocabulary, of_fact};
pub(crate) use test::{Test, With, days_until};
pub use trend::{Point, trend};
