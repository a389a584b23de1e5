//! The RF map: how long ago by how often, five by five, customers and money.

use crate::base::live::LiveBase;
use crate::base::row::NO_DAY;
use crate::query::{CustomerSet, has};
use crate::rfm::RfmQuery;
use crate::rfm::kernel::{Piece, score_shard};
use rayon::prelude::*;
use vernis_domain::Day;

/// Days since the last purchase up to which a row reaches; the last row has no end.
pub const ROW_DAYS: [i32; 4] = [30, 90, 180, 365];
/// Row names.
pub const ROWS: [&str; 5] = ["0-30", "31-90", "91-180", "181-365", "365+"];
/// Purchases up to which a column reaches; the last column has no end.
pub const COLUMN_ORDERS: [u32; 4] = [1, 2, 4, 9];
/// Column names.
pub const COLUMNS: [&str; 5] = ["1", "2", "3-4", "5-9", "10+"];

/// Customers and money per cell, `[row][column]`; money in minor units over the whole window.
pub type RfMap = [[(u32, i64); 5]; 5];

/// The map of the question's window, of all customers or of some; borders play no part.
pub fn rf_map(base: &LiveBase, query: &RfmQuery, among: Option<&CustomerSet>) -> RfMap {
    let window = query.window(base);
    let as_of = query.as_of;
    base.pool().run(|| {
        base.shards()
            .par_iter()
            .with_min_len(base.grain())
            .map(|shard| {
                let mut map = RfMap::default();
                let chosen = among.map(|set| set.of_shard(shard.key).unwrap_or(&[]));
                if chosen.is_none_or(|bits| !bits.is_empty()) {
                    add(
                        &mut map,
                        &score_shard(shard, &window).piece(),
                        as_of,
                        chosen,
                    );
                }
                map
            })
            .reduce(RfMap::default, |mut a, b| {
                for (row, other) in a.iter_mut().zip(b) {
                    for (cell, (customers, revenue)) in row.iter_mut().zip(other) {
                        cell.0 += customers;
                        cell.1 += revenue;
                    }
                }
                a
            })
    })
}

fn add(map: &mut RfMap, piece: &Piece<'_>, as_of: Day, chosen: Option<&[u64]>) {
    let rows = piece.last.iter().zip(piece.orders).zip(piece.paid);
    for (slot, ((&last, &orders), &paid)) in rows.enumerate() {
        if chosen.is_some_and(|bits| !has(bits, slot)) {
            continue;
        }
        if let Some((row, column)) = place(last, orders, as_of) {
            map[row][column].0 += 1;
            map[row][column].1 += paid;
        }
    }
}

/// Row and column of a customer by the day of his last purchase within the window and their number;
/// `None` without any.
pub(crate) fn place(last: u16, orders: u32, as_of: Day) -> Option<(usize, usize)> {
    if last == NO_DAY {
        return None;
    }
    let silence = as_of.0 - i32::from(last);
    Some((
        ROW_DAYS.iter().filter(|&&until| silence > until).count(),
        COLUMN_ORDERS
            .iter()
            .filter(|&&until| orders > until)
            .count(),
    ))
}
