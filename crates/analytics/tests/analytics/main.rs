//! Tests of the live base and its numbers against independent computations.

mod cdnow;
mod shop;
