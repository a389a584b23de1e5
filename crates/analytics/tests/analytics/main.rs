//! Tests of the live base and its numbers: against independent programs, against slow obvious
//! twins on random histories, and against themselves (delta and rebuild, rows and values).

mod apply;
mod cut;
mod duplicates;
mod expected;
mod lists;
mod memo;
mod own_facts;
mod segment_views;
mod segments;
mod segments_live;
mod shop;
mod snapshot;
mod twins;
