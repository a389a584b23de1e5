//! The import: from a shop's own file to purchases and customers.
//!
//! `files` gives rows; [`fields`] says what a column may mean; [`guess`] proposes it; [`plan`]
//! turns a mapping into a [`rows`] reader; the runner identifies people and writes chunk by chunk.

mod apply;
mod counts;
pub mod fields;
pub mod guess;
mod identify;
mod person;
mod plan;
mod preview;
mod reading;
mod reasons;
pub mod rejected;
pub(crate) use rejected::push_cell;
mod rows;
mod run;

pub use counts::Counts;
pub use person::BY_NAME;
pub use plan::{MappingError, Plan};
pub use preview::{Preview, PreviewColumn, preview};
pub use reasons::{ReasonCount, words as reason_words};
pub use run::{End, Job, Outcome, Progress, RunError, TRANSACTION_ROWS, run};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Each row is a receipt or a line of one; it names its buyer, or nobody.
    Purchases,
    /// Each row is a person.
    Customers,
    /// Rows of purchases that also carry the buyer's data; a row without date and amount is a person only.
    Both,
}

impl Kind {
    /// By its name in the API.
    pub fn from_code(code: &str) -> Option<Kind> {
        Some(match code {
            "purchases" => Kind::Purchases,
            "customers" => Kind::Customers,
            "both" => Kind::Both,
            _ => return None,
        })
    }

    /// Its name in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Kind::Purchases => "purchases",
            Kind::Customers => "customers",
            Kind::Both => "both",
        }
    }
}

/// Column index to field key, as the API carries it.
pub type Mapping = BTreeMap<String, String>;
