//! How customers moved between cells from one day to another.

use super::{CELLS, Cell, Cuts, RfmQuery, born_by, cells_of_all};
use crate::base::live::LiveBase;
use serde::Serialize;
use vernis_domain::Day;

/// Where a customer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In a cell.
    Cell(Cell),
    /// Bought before, but not within the window.
    Outside,
    /// Had not bought yet.
    New,
}

impl Serialize for Place {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Cell(cell) => cell.fmt(f),
            Place::Outside => f.write_str("outside"),
            Place::New => f.write_str("new"),
        }
    }
}

/// Customers who went one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Where they were.
    pub from: Place,
    /// Where they are.
    pub to: Place,
    /// How many.
    pub customers: u32,
    /// Their money in the window of the later day, minor units.
    pub revenue_minor: i64,
}

/// Moves between two days.
#[derive(Clone, Debug)]
pub struct Transitions {
    /// Borders of the earlier day.
    pub cuts_from: Cuts,
    /// Borders of the later day.
    pub cuts_to: Cuts,
    /// Non-empty moves, by from, then to. Only customers who have bought by the later day.
    pub links: Vec<Link>,
}

/// Moves from `from` to the query's day. Tercile and rhythm borders are found on each day anew.
pub fn transitions(base: &LiveBase, from: Day, query: &RfmQuery) -> Transitions {
    let before = RfmQuery {
        as_of: from,
        ..*query
    };
    let (cuts_from, cells_from, _) = cells_of_all(base, &before);
    let (cuts_to, cells_to, paid) = cells_of_all(base, query);
    // Places by number: 27 cells, outside, new.
    const PLACES: usize = CELLS + 2;
    let mut moves = vec![(0u32, 0i64); PLACES * PLACES];
    for (n, shard) in base.shards().iter().enumerate() {
        for slot in 0..shard.len() {
            let (history, at) = shard.at(slot);
            let first = history.kept.first_day[at];
            if !born_by(first, query.as_of) {
                continue;
            }
            let start = if born_by(first, from) {
                usize::from(cells_from[n][slot])
            } else {
                CELLS + 1
            };
            let end = usize::from(cells_to[n][slot]);
            let moved = &mut moves[start * PLACES + end];
            moved.0 += 1;
            moved.1 += paid[n][slot];
        }
    }
    let place = |number: usize| match number {
        CELLS => Place::Outside,
        n if n > CELLS => Place::New,
        n => Place::Cell(Cell::at(n)),
    };
    let links = moves
        .into_iter()
        .enumerate()
        .filter(|(_, (customers, _))| *customers > 0)
        .map(|(n, (customers, revenue_minor))| Link {
            from: place(n / PLACES),
            to: place(n % PLACES),
            customers,
            revenue_minor,
        })
        .collect();
    Transitions {
        cuts_from,
        cuts_to,
        links,
    }
}
