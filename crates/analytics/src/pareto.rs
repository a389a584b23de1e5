//! How revenue is spread over customers: Lorenz curve, top share, Gini, ABC.

use crate::base::live::LiveBase;
use crate::panel::look::look;
use crate::panel::{Needs, Panel};
use crate::query::{CustomerSet, Query};
use rayon::prelude::*;
use serde::Serialize;

/// Points of a curve at most.
const CURVE_POINTS: usize = 200;

/// The spread of a period's revenue over its buyers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Buyers.
    pub customers: usize,
    /// See [`gini`].
    pub gini: Option<f64>,
    /// Share of buyers that "top" means.
    pub top_customers_share: f64,
    /// Share of revenue they bring.
    pub top_revenue_share: Option<f64>,
    /// (share of buyers, largest first; share of revenue they bring), at most 200 points.
    pub curve: Vec<(f64, f64)>,
    /// ABC classes of the buyers by rule D: customers and revenue of A, B, C.
    pub abc: [(usize, i64); 3],
    /// Some amounts were negative and count as zero.
    pub clipped: bool,
}

/// Computes the spread of revenue over the buyers of the query's period.
pub fn spread(base: &LiveBase, query: &Query) -> Spread {
    let needs = Needs {
        spending: true,
        ..Needs::default()
    };
    let mut values = Panel::of(base, query, needs).spending;
    values.sort_unstable_by(|a, b| b.cmp(a));
    let total: i128 = values.iter().map(|&v| i128::from(v.max(0))).sum();
    let n = values.len();
    let points = n.min(CURVE_POINTS - 1);
    let mut curve = Vec::with_capacity(points + 1);
    if total > 0 {
        curve.push((0.0, 0.0));
        let (mut at, mut sum) = (0, 0i128);
        for point in 1..=points {
            let until = n * point / points;
            sum += values[at..until]
                .iter()
                .map(|&v| i128::from(v.max(0)))
                .sum::<i128>();
            at = until;
            curve.push((until as f64 / n as f64, sum as f64 / total as f64));
        }
    }
    let mut abc = [(0, 0); 3];
    for (value, class) in values.iter().zip(classes(&values)) {
        abc[class].0 += 1;
        abc[class].1 += value;
    }
    Spread {
        customers: n,
        gini: gini(&values),
        top_customers_share: 0.2,
        top_revenue_share: top_share(&values, 0.2),
        curve,
        abc,
        clipped: values.iter().any(|&v| v < 0),
    }
}

/// The buyers of one ABC class (0, 1, 2). Of those who spent the same at its border the class takes
/// as many as it needs, those known longest first: by their numbers.
pub fn members(base: &LiveBase, query: &Query, class: usize) -> CustomerSet {
    let scope = query.scope(base);
    let mut buyers: Vec<(i64, usize, usize)> = base.pool().run(|| {
        base.shards()
            .par_iter()
            .enumerate()
            .with_min_len(base.grain())
            .flat_map_iter(|(number, shard)| {
                let (scope, bits) = (&scope, scope.bits(shard.key));
                (0..shard.len()).filter_map(move |slot| {
                    let (history, at) = shard.at(slot);
                    let seen = look(scope, history, at, &shard.people, slot);
                    (seen.purchases > 0 && scope.chosen(bits, slot))
                        .then_some((seen.spent, number, slot))
                })
            })
            .collect()
    });
    buyers.sort_unstable_by_key(|&(spent, shard, slot)| (std::cmp::Reverse(spent), shard, slot));
    let values: Vec<i64> = buyers.iter().map(|buyer| buyer.0).collect();
    let mut set = CustomerSet::default();
    for (&(_, shard, slot), own) in buyers.iter().zip(classes(&values)) {
        if own == class {
            set.insert(base, shard, slot);
        }
    }
    set
}

/// Gini coefficient 2·Σ i·v(i) ÷ (n·Σ v) − (n + 1) ÷ n; negative values count as zero.
/// `None` when the sum is zero.
pub fn gini(values: &[i64]) -> Option<f64> {
    let mut own;
    let mut sorted = values;
    if !values.is_sorted() {
        own = values.to_vec();
        own.sort_unstable();
        sorted = &own;
    }
    let n = sorted.len() as i128;
    let total: i128 = sorted.iter().map(|&v| i128::from(v.max(0))).sum();
    if total == 0 {
        return None;
    }
    let weighted: i128 = sorted
        .iter()
        .zip(1i128..)
        .map(|(&v, i)| i * i128::from(v.max(0)))
        .sum();
    // One division of exact integers.
    Some((2 * weighted - (n + 1) * total) as f64 / (n * total) as f64)
}

/// Share of the sum that the largest `share` of values (their number rounded up) make; negative
/// values count as zero. `None` when the sum is zero.
pub fn top_share(values: &[i64], share: f64) -> Option<f64> {
    let total: i128 = values.iter().map(|&v| i128::from(v.max(0))).sum();
    if total == 0 {
        return None;
    }
    let count = ((values.len() as f64 * share - 1e-9).ceil() as usize).clamp(1, values.len());
    if values.is_sorted() {
        let top = &values[values.len() - count..];
        let top: i128 = top.iter().map(|&v| i128::from(v.max(0))).sum();
        return Some(top as f64 / total as f64);
    }
    let mut values: Vec<i64> = values.to_vec();
    let (above, border, _) = values.select_nth_unstable_by(count - 1, |a, b| b.cmp(a));
    let top: i128 =
        above.iter().map(|&v| i128::from(v.max(0))).sum::<i128>() + i128::from((*border).max(0));
    Some(top as f64 / total as f64)
}

/// Names of the ABC classes.
pub const CLASSES: [&str; 3] = ["A", "B", "C"];

/// ABC class (0, 1, 2) of each of `values`, which stand in descending order, by rule D: the share
/// before the item is below 80 % (A), below 95 % (B). Zero and negative values are C and do not
/// count in the total.
pub fn classes(values: &[i64]) -> impl Iterator<Item = usize> + '_ {
    let total: i128 = values.iter().map(|&v| i128::from(v.max(0))).sum();
    let mut before = 0i128;
    values.iter().map(move |&value| {
        let class = if value <= 0 {
            2
        } else if before * 100 < total * 80 {
            0
        } else if before * 100 < total * 95 {
            1
        } else {
            2
        };
        before += i128::from(value.max(0));
        class
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_spenders_have_no_inequality_and_one_spender_has_nearly_all() {
        assert_eq!(gini(&[5, 5, 5]), Some(0.0));
        assert_eq!(gini(&[0, 0, 0, 8]), Some(0.75));
        assert_eq!(gini(&[0, -3]), None);
    }

    #[test]
    fn the_item_that_crosses_the_line_stays_in_a() {
        assert_eq!(classes(&[90, 6, 4, 0]).collect::<Vec<_>>(), [0, 1, 2, 2]);
    }

    #[test]
    fn a_fifth_of_six_buyers_is_two() {
        assert_eq!(top_share(&[1, 1, 1, 1, 3, 3], 0.2), Some(0.6));
    }
}
