//! Sums as they are remembered: plain numbers, most of them zero.

use super::Sign;

/// Numbers of which most are zero, packed: the others in runs.
#[derive(Debug, Default)]
pub struct Packed {
    /// (place of the first, how many) of each run.
    runs: Vec<(u32, u32)>,
    values: Vec<i64>,
}

/// Zeros within a run that are cheaper kept than a new run.
const GAP: usize = 2;

impl Packed {
    /// Packs the numbers and leaves zeros.
    pub fn take(numbers: &mut [i64]) -> Packed {
        let mut packed = Packed::default();
        for (at, number) in numbers.iter_mut().enumerate() {
            if *number == 0 {
                continue;
            }
            match packed.runs.last_mut() {
                Some((from, count)) if at - (*from + *count) as usize <= GAP => {
                    let zeros = at - (*from + *count) as usize;
                    packed.values.extend([0; GAP].iter().take(zeros));
                    *count += zeros as u32 + 1;
                }
                _ => packed.runs.push((at as u32, 1)),
            }
            packed.values.push(std::mem::take(number));
        }
        packed.runs.shrink_to_fit();
        packed.values.shrink_to_fit();
        packed
    }

    /// The numbers that are not zero (and a few that are) with their places, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (usize, i64)> {
        let places = self
            .runs
            .iter()
            .flat_map(|&(from, count)| from..from + count);
        places
            .map(|at| at as usize)
            .zip(self.values.iter().copied())
    }

    /// Adds the numbers at their places.
    pub fn add_to(&self, numbers: &mut [i64]) {
        let mut rest = self.values.as_slice();
        for &(from, count) in &self.runs {
            let (own, more) = rest.split_at(count as usize);
            add_numbers(&mut numbers[from as usize..][..own.len()], own, Sign::Plus);
            rest = more;
        }
    }

    /// Bytes of it.
    pub fn bytes(&self) -> usize {
        self.runs.len() * 8 + self.values.len() * 8
    }
}

/// Adds numbers place by place, or takes them off.
pub fn add_numbers(to: &mut [i64], numbers: &[i64], sign: Sign) {
    let pairs = to.iter_mut().zip(numbers);
    match sign {
        Sign::Plus => pairs.for_each(|(sum, number)| *sum += number),
        Sign::Minus => pairs.for_each(|(sum, number)| *sum -= number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packed_numbers_come_back_at_their_places(numbers in prop::collection::vec(prop_oneof![3 => Just(0i64), 1 => -9i64..9], 0..60)) {
            let mut taken = numbers.clone();
            let packed = Packed::take(&mut taken);
            prop_assert!(taken.iter().all(|&number| number == 0));
            packed.add_to(&mut taken);
            prop_assert_eq!(taken, numbers);
        }
    }
}
