//! How customers moved between cells from one day to another.

use super::{CELLS, Cell, Cuts, RfmQuery, born_by, cells_of_all};
use crate::base::live::LiveBase;
use crate::query::CustomerSet;
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

/// Places by number: the cells, outside, new.
const OUTSIDE: usize = CELLS;
const NEW: usize = CELLS + 1;
const PLACES: usize = CELLS + 2;

impl Place {
    fn at(number: usize) -> Place {
        match number {
            OUTSIDE => Place::Outside,
            n if n > OUTSIDE => Place::New,
            n => Place::Cell(Cell::at(n)),
        }
    }
}

/// Places taken together, one bit each: one place by its name, or with `33` the three cells of a
/// recency and a frequency, whatever the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places(u32);

impl Places {
    fn has(self, number: usize) -> bool {
        self.0 >> number & 1 == 1
    }
}

impl std::str::FromStr for Places {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let cells = match text {
            "outside" => return Ok(Places(1 << OUTSIDE)),
            "new" => return Ok(Places(1 << NEW)),
            group if group.len() == 2 => (1..=3).map(|m| format!("{group}{m}")).collect(),
            cell => vec![cell.to_owned()],
        };
        let mut places = Places(0);
        for cell in cells {
            places.0 |= 1 << cell.parse::<Cell>()?.number();
        }
        Ok(places)
    }
}

/// Borders of both days; calls `each` with shard, slot, the numbers of both places and the money of
/// everybody who has bought by the query's day. Tercile and rhythm borders are found on each day
/// anew.
fn moves(
    base: &LiveBase,
    from: Day,
    query: &RfmQuery,
    mut each: impl FnMut(usize, usize, [usize; 2], i64),
) -> [Cuts; 2] {
    let before = RfmQuery {
        as_of: from,
        ..*query
    };
    let (cuts_from, cells_from, _) = cells_of_all(base, &before);
    let (cuts_to, cells_to, paid) = cells_of_all(base, query);
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
                NEW
            };
            let end = usize::from(cells_to[n][slot]);
            each(n, slot, [start, end], paid[n][slot]);
        }
    }
    [cuts_from, cuts_to]
}

/// Moves from `from` to the query's day, of all customers or of some; the borders are always those of
/// the whole shop.
pub fn transitions(
    base: &LiveBase,
    from: Day,
    query: &RfmQuery,
    among: Option<&CustomerSet>,
) -> Transitions {
    let mut found = vec![(0u32, 0i64); PLACES * PLACES];
    let [cuts_from, cuts_to] = moves(base, from, query, |shard, slot, [start, end], paid| {
        if among.is_some_and(|set| !set.has(base.shards()[shard].key, slot)) {
            return;
        }
        let moved = &mut found[start * PLACES + end];
        moved.0 += 1;
        moved.1 += paid;
    });
    let links = found
        .into_iter()
        .enumerate()
        .filter(|(_, (customers, _))| *customers > 0)
        .map(|(n, (customers, revenue_minor))| Link {
            from: Place::at(n / PLACES),
            to: Place::at(n % PLACES),
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

/// The customers behind links: who was in one of the first places on `from` and is in one of the
/// second on the query's day.
pub fn movers(base: &LiveBase, from: Day, query: &RfmQuery, places: [Places; 2]) -> CustomerSet {
    let mut set = CustomerSet::default();
    moves(base, from, query, |shard, slot, [start, end], _| {
        if places[0].has(start) && places[1].has(end) {
            set.insert(base, shard, slot);
        }
    });
    set
}
