//! Counts, for each of 64 bits, how many masks had it set: a carry-save counter in bit planes.

/// Counts up to 8191 masks (a shard has at most 4096 customers).
#[derive(Clone, Copy, Debug, Default)]
pub struct Tower {
    planes: [u64; 13],
}

impl Tower {
    /// Counts a mask in.
    #[inline]
    pub fn add(&mut self, mask: u64) {
        let mut carry = mask;
        for plane in &mut self.planes {
            let next = *plane & carry;
            *plane ^= carry;
            carry = next;
            if carry == 0 {
                return;
            }
        }
    }

    /// How often a bit was set.
    pub fn count(&self, bit: usize) -> u32 {
        self.planes
            .iter()
            .enumerate()
            .map(|(n, plane)| ((plane >> bit & 1) as u32) << n)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tower_counts_every_bit_by_itself() {
        let mut tower = Tower::default();
        for n in 0..4096u64 {
            tower.add(1 << 63 | u64::from(n % 3 == 0) << 7);
        }
        assert_eq!(
            (tower.count(63), tower.count(7), tower.count(0)),
            (4096, 1366, 0)
        );
    }
}
