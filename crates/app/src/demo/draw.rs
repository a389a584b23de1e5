//! Draws of the demo shop: everything random in it comes from here.
//!
//! Each customer has a stream of his own, so any customer can be made without making the others,
//! and one more draw for one of them changes nobody else. Only operations that IEEE 754 rounds
//! exactly are used (own logarithm included): the same seed gives the same shop on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream is for; part of its number.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// Name, contacts, birthday.
    Person = 0,
    /// Purchases of a customer.
    History = 1,
    /// A block of receipts without a customer.
    Anonymous = 2,
    /// How a record differs from the person.
    Record = 3,
    /// Whose second record it is.
    Twin = 4,
}

/// A stream of draws.
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    /// The stream of one owner for one purpose.
    pub(super) fn new(seed: u64, purpose: Purpose, owner: u32) -> Draw {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(u64::from(owner) * 8 + purpose as u64);
        Draw(rng)
    }

    /// A number in `0..n`; 0 when `n` is 0.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(n)) >> 32) as u32
    }

    /// A number in `low..=high`.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1).max(1) as u32) as i32
    }

    /// True in `per_mille` of a thousand cases.
    pub(super) fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// A number in `(0, 1]`.
    pub(super) fn unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    /// A waiting time of the given mean, in the mean's unit.
    pub(super) fn waiting(&mut self, mean: f64) -> f64 {
        -ln(self.unit()) * mean
    }

    /// An index, as likely as its weight; 0 when all weights are 0.
    pub(super) fn weighted(&mut self, weights: impl Iterator<Item = u32> + Clone) -> usize {
        let mut left = self.below(weights.clone().sum());
        for (index, weight) in weights.enumerate() {
            if left < weight {
                return index;
            }
            left -= weight;
        }
        0
    }

    /// One of the items, each as likely as the others.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u32) as usize]
    }

    /// One of the items, the first ones more likely: lists are ordered by how common an item is.
    pub(super) fn pick_common<T: Copy>(&mut self, items: &[T]) -> T {
        let n = items.len() as u32;
        let place = (0..4).map(|_| self.below(n)).min();
        items[place.unwrap_or(0) as usize]
    }
}

/// Natural logarithm of a number in `(0, 1]`, by exact operations only (the platform's `ln` may
/// differ in the last bit). Good to nine digits: ln(m·2^e) = e·ln 2 + 2·artanh((m−1)/(m+1)).
fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let exponent = (bits >> 52) as i64 - 1023;
    let mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
    let y = (mantissa - 1.0) / (mantissa + 1.0);
    let (mut power, mut sum) = (y, 0.0);
    for odd in 0..10 {
        sum += power / f64::from(2 * odd + 1);
        power *= y * y;
    }
    exponent as f64 * std::f64::consts::LN_2 + 2.0 * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_logarithm_agrees_with_the_platform() {
        for x in [1.0, 0.999, 0.5, 0.3333, 1e-3, 1e-16] {
            assert!((ln(x) - f64::ln(x)).abs() < 1e-8, "ln({x})");
        }
    }

    #[test]
    fn weights_decide_how_often_an_index_comes() {
        let mut draw = Draw::new(1, Purpose::Person, 0);
        let mut seen = [0; 3];
        for _ in 0..3000 {
            seen[draw.weighted([1u32, 0, 2].into_iter())] += 1;
        }
        assert_eq!(seen[1], 0);
        assert!((850..1150).contains(&seen[0]));
    }
}
