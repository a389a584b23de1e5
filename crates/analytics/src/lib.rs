//! The live base and everything computed on it: metrics, cohorts, RFM, life cycle, lists, search.
//!
//! Pure: no clock, no database, no network, no async. Time arrives as [`query::Query::as_of`].
//! Kernels are plain functions over column slices, parallel by shard, with exact integer sums.

pub mod base;
pub mod cohorts;
pub mod dashboard;
pub mod duplicates;
pub mod facts;
pub mod life_cycle;
mod memo;
pub mod metrics;
pub mod panel;
pub mod pareto;
pub mod pool;
pub mod quantile;
pub mod query;
pub mod rf_map;
pub mod rfm;
pub mod segment;
pub mod snapshot;
pub mod text;
mod tower;

pub use base::cut::{Chosen, Cutter, Rule};
pub use base::live::{Live, LiveBase};
pub use base::memory::Memory;
pub use pool::Pool;
pub use query::{CustomerSet, Query};
pub use text::{Text, Words};
