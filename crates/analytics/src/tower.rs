//! Counts, for each of 64 bits, how many masks had it set: a carry-save adder over bit planes.

/// Masks added up at a time: as many as four planes can count.
const BATCH: usize = 15;

/// Counts up to 8191 masks (a shard has at most 4096 customers).
#[derive(Clone, Copy, Debug, Default)]
pub struct Tower {
    waiting: [u64; BATCH],
    count: usize,
    planes: [u64; 13],
}

/// Sum of three bits at every place: (ones, twos).
#[inline(always)]
fn full(a: u64, b: u64, c: u64) -> (u64, u64) {
    let half = a ^ b;
    (half ^ c, (a & b) | (half & c))
}

impl Tower {
    /// Masks it can count.
    pub const MOST: usize = (1 << 13) - 1;

    /// No mask was counted.
    pub fn is_empty(&self) -> bool {
        self.count == 0 && self.planes == [0; 13]
    }

    /// Counts a mask in.
    #[inline(always)]
    pub fn add(&mut self, mask: u64) {
        self.waiting[self.count] = mask;
        self.count += 1;
        if self.count == BATCH {
            self.flush();
        }
    }

    /// Adds the waiting masks to the planes: fifteen masks to four planes, without a branch.
    fn flush(&mut self) {
        let w = &self.waiting;
        let (a, a2) = full(w[0], w[1], w[2]);
        let (b, b2) = full(w[3], w[4], w[5]);
        let (c, c2) = full(w[6], w[7], w[8]);
        let (d, d2) = full(w[9], w[10], w[11]);
        let (e, e2) = full(w[12], w[13], w[14]);
        let (f, f2) = full(a, b, c);
        let (ones, g2) = full(d, e, f);
        let (h, h4) = full(a2, b2, c2);
        let (i, i4) = full(d2, e2, f2);
        let (twos, j4) = full(g2, h, i);
        let (fours, eights) = full(h4, i4, j4);
        let mut carry = 0;
        for (plane, sum) in self
            .planes
            .iter_mut()
            .zip([ones, twos, fours, eights].into_iter().chain([0; 9]))
        {
            (*plane, carry) = full(*plane, sum, carry);
        }
        self.waiting = [0; BATCH];
        self.count = 0;
    }

    /// How often each bit was set.
    pub fn counts(mut self) -> [u32; 64] {
        self.flush();
        let mut counts = [0; 64];
        for (n, &plane) in self
            .planes
            .iter()
            .enumerate()
            .filter(|(_, plane)| **plane != 0)
        {
            for (bit, count) in counts.iter_mut().enumerate() {
                *count += ((plane >> bit & 1) as u32) << n;
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tower_counts_every_bit_by_itself() {
        let mut tower = Tower::default();
        let mut slow = [0u32; 64];
        let mut mask = 1u64;
        for _ in 0..4096 {
            mask = mask.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1) | 1 << 63;
            tower.add(mask);
            (0..64).for_each(|bit| slow[bit] += (mask >> bit & 1) as u32);
        }
        assert_eq!(tower.counts(), slow);
    }
}
