//! Quantiles, exactly: medians, and terciles of type 7 (linear interpolation between order
//! statistics, as in spreadsheets, R and NumPy), found by a histogram and one small selection.

use std::collections::HashMap;

/// Median (mean of the middle two if even); reorders `values`. `None` when empty.
pub fn median(values: &mut [i64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let odd = values.len() % 2 == 1;
    let (below, &mut high, _) = values.select_nth_unstable(middle);
    Some(if odd {
        high as f64
    } else {
        let low = below.iter().copied().max().unwrap_or(high);
        (low as f64 + high as f64) / 2.0
    })
}

/// Median of amounts in any order, without moving them: a histogram finds the bucket of the middle
/// ones, and only those of that bucket are looked at. `None` when empty.
pub fn median_amount(amounts: &[i64]) -> Option<f64> {
    if amounts.len() < AMOUNT_BUCKETS / 4 {
        return median(&mut amounts.to_vec());
    }
    let mut counts = vec![0u32; AMOUNT_BUCKETS];
    for &amount in amounts {
        counts[amount_bucket(amount)] += 1;
    }
    let n = amounts.len() as u64;
    let (low, high) = ((n - 1) / 2, n / 2);
    let buckets = nth_of_counts(&counts, low)..=nth_of_counts(&counts, high);
    let before: u64 = counts[..*buckets.start()]
        .iter()
        .map(|&c| u64::from(c))
        .sum();
    let mut near: Vec<i64> = amounts
        .iter()
        .copied()
        .filter(|&amount| buckets.contains(&amount_bucket(amount)))
        .collect();
    let mut nth = |rank: u64| *near.select_nth_unstable((rank - before) as usize).1 as f64;
    let low = nth(low);
    Some(if n % 2 == 1 {
        low
    } else {
        (low + nth(high)) / 2.0
    })
}

/// Sorts amounts: counted into their buckets first, then every bucket by itself. Where few stand
/// behind many sorted ones, only those few are sorted and merged.
pub fn sort_amounts(amounts: &mut Vec<i64>) {
    let pairs = amounts.windows(2);
    let sorted = 1 + pairs.take_while(|pair| pair[0] <= pair[1]).count();
    if amounts.len().saturating_sub(sorted) < amounts.len() / 8 {
        // The stable sort finds runs.
        amounts.sort();
        return;
    }
    if amounts.len() < AMOUNT_BUCKETS / 4 {
        amounts.sort_unstable();
        return;
    }
    let mut next = vec![0u32; AMOUNT_BUCKETS + 1];
    for &amount in amounts.iter() {
        next[amount_bucket(amount) + 1] += 1;
    }
    for at in 1..next.len() {
        next[at] += next[at - 1];
    }
    let mut sorted = vec![0; amounts.len()];
    for &amount in amounts.iter() {
        let place = &mut next[amount_bucket(amount)];
        sorted[*place as usize] = amount;
        *place += 1;
    }
    // Every place now stands where the next bucket begins.
    let mut start = 0;
    for &end in &next[..AMOUNT_BUCKETS] {
        sorted[start..end as usize].sort_unstable();
        start = end as usize;
    }
    *amounts = sorted;
}

/// Takes values off a list that has each of them at least as often. A sorted list stays sorted; the
/// order of another is lost.
pub fn take_off(values: &mut Vec<i64>, gone: &[i64]) {
    if gone.is_empty() {
        return;
    }
    if values.is_sorted() {
        return take_off_sorted(values, gone);
    }
    // By hash: how many are still to go. Most values share no place with any.
    let place = |value: i64| ((value as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize;
    let mut near = vec![0u32; 1 << 16];
    let mut left: HashMap<i64, u32> = HashMap::with_capacity(gone.len());
    for &value in gone {
        near[place(value)] += 1;
        *left.entry(value).or_default() += 1;
    }
    let mut missing = gone.len();
    // From the end: what moves into a gap has been looked at.
    for at in (0..values.len()).rev() {
        let near = &mut near[place(values[at])];
        if *near == 0 {
            continue;
        }
        if let Some(count) = left.get_mut(&values[at]).filter(|count| **count > 0) {
            *count -= 1;
            *near -= 1;
            values.swap_remove(at);
            missing -= 1;
            if missing == 0 {
                return;
            }
        }
    }
}

fn take_off_sorted(values: &mut Vec<i64>, gone: &[i64]) {
    let mut gone = gone.to_vec();
    gone.sort_unstable();
    // `..kept` is done, `from..` is to be looked at.
    let (mut kept, mut from) = (0, 0);
    for value in gone {
        let at = from + values[from..].partition_point(|&own| own < value);
        values.copy_within(from..at, kept);
        kept += at - from;
        from = at + usize::from(values.get(at) == Some(&value));
    }
    values.copy_within(from.., kept);
    values.truncate(values.len() - (from - kept));
}

/// Median of small whole numbers given as counts. `None` when there are none.
pub fn median_of_counts(counts: &[u32]) -> Option<f64> {
    let total: u64 = counts.iter().map(|&c| u64::from(c)).sum();
    if total == 0 {
        return None;
    }
    let at = |rank: u64| nth_of_counts(counts, rank) as f64;
    Some((at((total - 1) / 2) + at(total / 2)) / 2.0)
}

/// The value with the given rank (from zero) among small whole numbers given as counts.
pub fn nth_of_counts(counts: &[u32], rank: u64) -> usize {
    let mut before = 0;
    for (value, &count) in counts.iter().enumerate() {
        before += u64::from(count);
        if before > rank {
            return value;
        }
    }
    counts.len().saturating_sub(1)
}

/// The whole part of a type-7 tercile (`third` 1 or 2) of `n` values whose order statistics `nth` gives.
///
/// For whole values `v > q` is the same as `v > floor(q)`, so cuts need no fractions.
pub fn tercile_floor(n: u64, third: u64, nth: impl Fn(u64) -> i64) -> i64 {
    if n == 0 {
        return 0;
    }
    let position = (n - 1) * third;
    let (rank, rest) = (position / 3, (position % 3) as i128);
    let low = nth(rank);
    if rest == 0 {
        return low;
    }
    let step = i128::from(nth(rank + 1)) - i128::from(low);
    low + (rest * step).div_euclid(3) as i64
}

/// Ranks (from zero) that [`tercile_floor`] asks for.
pub fn tercile_ranks(n: u64) -> [u64; 4] {
    let rank = |third: u64| n.saturating_sub(1) * third / 3;
    let next = |rank: u64| (rank + 1).min(n.saturating_sub(1));
    [rank(1), next(rank(1)), rank(2), next(rank(2))]
}

/// A bucket number that grows with the amount: sign, exponent and seven bits of the 32-bit float
/// nearest to it. Amounts of one bucket differ by less than one percent.
#[inline]
pub fn amount_bucket(amount: i64) -> usize {
    let bits = (amount as f32).to_bits();
    let ordered = bits ^ (((bits as i32 >> 31) as u32) | 0x8000_0000);
    (ordered >> 16) as usize
}

/// Number of buckets of [`amount_bucket`].
pub const AMOUNT_BUCKETS: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn buckets_never_put_a_smaller_amount_above_a_larger(a in any::<i64>(), b in any::<i64>()) {
            prop_assert_eq!(a <= b, amount_bucket(a) <= amount_bucket(b) && (a <= b));
        }

        #[test]
        fn many_amounts_are_sorted_and_halved_as_few_are(seed in any::<u64>(), n in 16_384usize..40_000) {
            let mut x = seed | 1;
            let mut values: Vec<i64> = (0..n).map(|_| {
                x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (x >> 40) as i64 % 100_000 - 20_000
            }).collect();
            prop_assert_eq!(median_amount(&values), median(&mut values.clone()));
            let mut sorted = values.clone();
            sorted.sort_unstable();
            sort_amounts(&mut values);
            prop_assert_eq!(&values, &sorted);
            let few: Vec<i64> = sorted.iter().step_by(n / 9).map(|value| value ^ 77).collect();
            values.extend(&few);
            sorted.extend(&few);
            sorted.sort_unstable();
            sort_amounts(&mut values);
            prop_assert_eq!(values, sorted);
        }

        #[test]
        fn terciles_agree_with_the_plain_formula(mut values in prop::collection::vec(-1000i64..1000, 1..50)) {
            values.sort_unstable();
            for third in [1u64, 2] {
                let h = (values.len() as f64 - 1.0) * third as f64 / 3.0;
                let (low, high) = (values[h.floor() as usize], values[h.ceil() as usize]);
                let q = low as f64 + (h - h.floor()) * (high - low) as f64;
                let floor = tercile_floor(values.len() as u64, third, |rank| values[rank as usize]);
                // Floats may miss a whole number by a hair; the exact floor may not.
                prop_assert!((q - floor as f64) > -1e-6 && (q - floor as f64) < 1.0 + 1e-6);
            }
        }
    }

    #[test]
    fn values_go_as_often_as_they_are_taken_off() {
        let mut values = vec![5, 7, 5, -2, 5, 9];
        take_off(&mut values, &[5, 9, 5]);
        values.sort_unstable();
        assert_eq!(values, [-2, 5, 7]);
        let mut sorted = vec![-2, 5, 5, 5, 7, 9, 9];
        take_off(&mut sorted, &[9, 5, -2, 5]);
        assert_eq!(sorted, [5, 7, 9]);
        take_off(&mut sorted, &[9, 7, 5]);
        assert!(sorted.is_empty());
    }

    #[test]
    fn the_median_of_counts_is_the_median_of_the_values() {
        assert_eq!(median_of_counts(&[0, 2, 0, 1, 1]), Some(2.0));
        assert_eq!(median_of_counts(&[0, 0, 3]), Some(2.0));
        assert_eq!(median_of_counts(&[]), None);
    }
}
