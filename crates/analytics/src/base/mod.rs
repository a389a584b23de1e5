//! The live base: the whole customer base as columns in memory, replaced version by version.

pub mod about;
pub mod anonymous;
pub mod catalogue;
pub mod columns;
pub mod cut;
pub mod goods;
pub mod history;
pub mod journal;
pub mod links;
pub mod live;
pub mod managers;
pub mod memory;
pub mod people;
pub mod products;
pub mod row;
pub mod shard;
