//! RFM: who bought recently, often, for much. 27 cells, three ways to set borders, look-back
//! window, any day in the past, transitions between two days.

pub mod cell;
pub mod cuts;
pub mod kernel;
pub mod transitions;

pub use cell::{CELLS, Cell};
pub use cuts::{Borders, Cuts};

use crate::base::catalogue::NO_CODE;
use crate::base::history::NO_GAP;
use crate::base::live::LiveBase;
use crate::panel::look::gaps;
use crate::quantile::median_of_counts;
use crate::query::{CustomerSet, Scope, day};
use crate::segment::slots;
use crate::text::{Words, text};
use kernel::{
    Scores, Spread, Tally, Thresholds, Window, gather, kept_piece, money_cuts, score_shard,
};
use rayon::prelude::*;
use vernis_domain::{ChannelId, CustomerId, Day, StoreId};

/// A question to RFM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RfmQuery {
    /// The last day that is seen.
    pub as_of: Day,
    /// Look-back window in days; `None` is all history.
    pub window_days: Option<i32>,
    /// How the borders are found.
    pub borders: Borders,
    /// Only purchases of this store.
    pub store: Option<StoreId>,
    /// Only purchases that came this way.
    pub channel: Option<ChannelId>,
}

impl RfmQuery {
    /// All history, terciles, the whole shop.
    pub fn new(as_of: Day) -> RfmQuery {
        RfmQuery {
            as_of,
            window_days: None,
            borders: Borders::Terciles,
            store: None,
            channel: None,
        }
    }

    /// The window in column terms.
    pub fn window(&self, base: &LiveBase) -> Window {
        let end = self.as_of.0 + 1;
        let from = self
            .window_days
            .map_or(0, |days| (end - days.max(1)).max(0));
        Window {
            from: from as u16,
            days: (end - from).clamp(0, i32::from(u16::MAX)) as u16,
            store: self
                .store
                .map(|id| base.catalogue().find_store(id).unwrap_or(NO_CODE)),
            channel: self
                .channel
                .map(|id| base.catalogue().find_channel(id).unwrap_or(NO_CODE)),
        }
    }
}

/// Counts, money and borders of the 27 cells.
#[derive(Clone, Debug)]
pub struct Rfm {
    /// The question.
    pub query: RfmQuery,
    /// The borders that were found or given.
    pub cuts: Cuts,
    /// Customers and money per cell, by [`Cell::number`].
    pub cells: [(u32, i64); CELLS],
    /// Customers who have bought by the day, but not within the window.
    pub outside: u32,
    /// What to know before using the cells.
    pub warnings: Vec<Words>,
}

/// Scores of every shard.
struct Scored {
    shards: Vec<Scores>,
    spread: Spread,
}

fn score(base: &LiveBase, query: &RfmQuery) -> Scored {
    let window = query.window(base);
    base.pool().run(|| {
        let scored = base
            .shards()
            .par_iter()
            .with_min_len(base.grain())
            .fold(
                || (Vec::new(), Spread::default()),
                |(mut all, mut spread), shard| {
                    let scores = score_shard(shard, &window);
                    spread.add(&scores.piece());
                    all.push(scores);
                    (all, spread)
                },
            )
            .reduce(
                || (Vec::new(), Spread::default()),
                |(mut all, spread), (mut more, other)| {
                    all.append(&mut more);
                    (all, spread.merge(other))
                },
            );
        Scored {
            shards: scored.0,
            spread: scored.1,
        }
    })
}

/// Borders for `query` from the spread of scores; `gathered` finds amounts of wanted buckets.
fn cuts_of(
    base: &LiveBase,
    query: &RfmQuery,
    spread: &Spread,
    gathered: impl Fn(&[kernel::MoneyBucket]) -> Vec<(u8, i64)>,
) -> Cuts {
    if let Borders::Fixed(cuts) = query.borders {
        return cuts;
    }
    let wanted = spread.money_buckets();
    let found = gathered(&wanted);
    let monetary_minor = money_cuts(spread.customers, wanted, found);
    if query.borders == Borders::Rhythm {
        let gap = typical_gap(base, query).unwrap_or(f64::from(cuts::ASSUMED_GAP_DAYS));
        return Cuts {
            recency_days: [gap.floor() as i32, (gap * 2.0).floor() as i32],
            frequency: cuts::RHYTHM_FREQUENCY,
            monetary_minor,
        };
    }
    // Recency is scored by the last day, where more is better; an equal day goes to the lower score.
    let [low, high] = spread.last_cuts();
    Cuts {
        recency_days: [
            query.as_of.0 - high as i32 - 1,
            query.as_of.0 - low as i32 - 1,
        ],
        frequency: spread.order_cuts(),
        monetary_minor,
    }
}

/// Median over customers of each one's median gap, days, over all history up to the day: a short
/// look-back window does not change the shop's rhythm.
fn typical_gap(base: &LiveBase, query: &RfmQuery) -> Option<f64> {
    let window = query.window(base);
    let scope = Scope {
        from: 0,
        end: query.as_of.0 + 1,
        seen_end: query.as_of.0 + 1,
        window: 1,
        store: window.store,
        channel: window.channel,
        set: None,
    };
    let counts = base.pool().run(|| {
        base.shards()
            .par_iter()
            .map(|shard| {
                let mut counts = vec![0u32; 1 << 12];
                let mut own = Vec::new();
                for run in shard.runs() {
                    for at in run.from..run.to {
                        if run.history.kept.gap_twice[at] == NO_GAP {
                            continue;
                        }
                        if let Some(twice) = gaps(&scope, run.history, at, &mut own, |_, _| {}) {
                            let twice = twice as usize;
                            if counts.len() <= twice {
                                counts.resize(twice + 1, 0);
                            }
                            counts[twice] += 1;
                        }
                    }
                }
                counts
            })
            .reduce(Vec::new, |mut a, mut b| {
                if a.len() < b.len() {
                    std::mem::swap(&mut a, &mut b);
                }
                a.iter_mut().zip(&b).for_each(|(a, b)| *a += b);
                a
            })
    });
    median_of_counts(&counts).map(|twice| twice / 2.0)
}

/// RFM from the purchases themselves: any day, window, store, channel.
pub fn rfm(base: &LiveBase, query: &RfmQuery) -> Rfm {
    let scored = score(base, query);
    let cuts = cuts_of(base, query, &scored.spread, |wanted| {
        gather_all(base, &scored, wanted)
    });
    let thresholds = Thresholds::new(&cuts, query.as_of.0);
    let tally = base.pool().run(|| {
        scored
            .shards
            .par_iter()
            .with_min_len(base.grain())
            .fold(Tally::default, |mut tally, scores| {
                tally.add(&scores.piece(), &thresholds);
                tally
            })
            .reduce(Tally::default, Tally::merge)
    });
    finish(base, query, cuts, &tally, &scored.spread)
}

fn gather_all(base: &LiveBase, scored: &Scored, wanted: &[kernel::MoneyBucket]) -> Vec<(u8, i64)> {
    base.pool().run(|| {
        scored
            .shards
            .par_iter()
            .with_min_len(base.grain())
            .fold(Vec::new, |mut found, scores| {
                gather(&scores.piece(), wanted, &mut found);
                found
            })
            .reduce(Vec::new, |mut a, mut b| {
                a.append(&mut b);
                a
            })
    })
}

/// RFM from the facts kept per customer. Gives `None` when the question looks at less than all
/// purchases (a window, a store, a channel, or a day before the last purchase).
pub fn rfm_from_facts(base: &LiveBase, query: &RfmQuery) -> Option<Rfm> {
    let latest = base.days().map_or(0, |days| days.end.0 - 1);
    if query.window_days.is_some()
        || query.store.is_some()
        || query.channel.is_some()
        || query.as_of.0 < latest
    {
        return None;
    }
    let spread = base.pool().run(|| {
        base.shards()
            .par_iter()
            .with_min_len(base.grain())
            .fold(Spread::default, |mut spread, shard| {
                shard.runs().for_each(|run| spread.add(&kept_piece(&run)));
                spread
            })
            .reduce(Spread::default, Spread::merge)
    });
    let cuts = cuts_of(base, query, &spread, |wanted| {
        base.pool().run(|| {
            base.shards()
                .par_iter()
                .with_min_len(base.grain())
                .fold(Vec::new, |mut found, shard| {
                    shard
                        .runs()
                        .for_each(|run| gather(&kept_piece(&run), wanted, &mut found));
                    found
                })
                .reduce(Vec::new, |mut a, mut b| {
                    a.append(&mut b);
                    a
                })
        })
    });
    let thresholds = Thresholds::new(&cuts, query.as_of.0);
    let tally = base.pool().run(|| {
        base.shards()
            .par_iter()
            .with_min_len(base.grain())
            .fold(Tally::default, |mut tally, shard| {
                shard
                    .runs()
                    .for_each(|run| tally.add(&kept_piece(&run), &thresholds));
                tally
            })
            .reduce(Tally::default, Tally::merge)
    });
    Some(finish(base, query, cuts, &tally, &spread))
}

/// RFM by the fastest way that answers the question.
pub fn quick(base: &LiveBase, query: &RfmQuery) -> Rfm {
    rfm_from_facts(base, query).unwrap_or_else(|| rfm(base, query))
}

fn finish(base: &LiveBase, query: &RfmQuery, cuts: Cuts, tally: &Tally, spread: &Spread) -> Rfm {
    let mut cells = [(0, 0); CELLS];
    for (number, cell) in cells.iter_mut().enumerate() {
        *cell = (tally.customers[number], tally.revenue[number]);
    }
    let inside: u32 = cells.iter().map(|cell| cell.0).sum();
    let born: u32 = base.pool().run(|| {
        base.shards()
            .par_iter()
            .with_min_len(base.grain())
            .map(|shard| {
                shard
                    .runs()
                    .flat_map(|run| run.history.kept.first_day[run.from..run.to].iter())
                    .map(|&first| u32::from(i32::from(first) <= query.as_of.0))
                    .sum::<u32>()
            })
            .sum()
    });
    Rfm {
        query: *query,
        cuts,
        cells,
        outside: born.saturating_sub(inside),
        warnings: warnings(query, &cuts, &cells, spread),
    }
}

/// Cells with fewer customers than this say little.
const FEW_CUSTOMERS: u32 = 100;

fn warnings(
    query: &RfmQuery,
    cuts: &Cuts,
    cells: &[(u32, i64); CELLS],
    spread: &Spread,
) -> Vec<Words> {
    let mut warnings = Vec::new();
    if spread.customers == 0 {
        return warnings;
    }
    if query.borders == Borders::Terciles && cuts.frequency[0] == cuts.frequency[1] {
        warnings.push(
            text(
                "Слишком много разовых покупателей: по частоте получилось две группы вместо трёх. Задайте постоянные границы.",
                "Too many one-time buyers: frequency has two groups instead of three. Set fixed borders.",
            )
            .into(),
        );
    }
    let few = cells
        .iter()
        .filter(|(count, _)| *count > 0 && *count < FEW_CUSTOMERS)
        .count();
    if few > 0 {
        warnings.push(Words {
            ru: format!("Ячеек, где меньше {FEW_CUSTOMERS} клиентов: {few}. Для сравнений и проверок этого мало."),
            en: format!("Cells with fewer than {FEW_CUSTOMERS} customers: {few}. Too few for comparisons and tests."),
        });
    }
    warnings
}

/// RFM of some customers only, by the borders of the whole shop.
pub fn within(base: &LiveBase, query: &RfmQuery, set: &CustomerSet) -> Rfm {
    let whole = quick(base, query);
    let fixed = RfmQuery {
        borders: Borders::Fixed(whole.cuts),
        ..*query
    };
    let (_, cells, paid) = cells_of_all(base, &fixed);
    let mut found = Rfm {
        cells: [(0, 0); CELLS],
        outside: 0,
        ..whole
    };
    for ((shard, cells), paid) in base.shards().iter().zip(&cells).zip(&paid) {
        for slot in slots(set.of_shard(shard.key).unwrap_or(&[])) {
            let (history, at) = shard.at(slot);
            match found.cells.get_mut(usize::from(cells[slot])) {
                Some(cell) => {
                    cell.0 += 1;
                    cell.1 += paid[slot];
                }
                None => {
                    found.outside += u32::from(born_by(history.kept.first_day[at], query.as_of))
                }
            }
        }
    }
    found
}

/// The cell of every customer: number per slot of each shard, [`CELLS`] outside the window.
pub fn cells_of_all(base: &LiveBase, query: &RfmQuery) -> (Cuts, Vec<Vec<u8>>, Vec<Vec<i64>>) {
    let scored = score(base, query);
    let cuts = cuts_of(base, query, &scored.spread, |wanted| {
        gather_all(base, &scored, wanted)
    });
    let thresholds = Thresholds::new(&cuts, query.as_of.0);
    let (cells, paid) = scored
        .shards
        .into_iter()
        .map(|scores| {
            let piece = scores.piece();
            let cells = (0..piece.last.len())
                .map(|n| thresholds.cell(piece.last[n], piece.orders[n], piece.paid[n]) as u8)
                .collect::<Vec<u8>>();
            (cells, scores.paid)
        })
        .unzip();
    (cuts, cells, paid)
}

/// The customers of one cell.
pub fn members(base: &LiveBase, query: &RfmQuery, cell: Cell) -> CustomerSet {
    let (_, cells, _) = cells_of_all(base, query);
    let mut set = CustomerSet::default();
    for (shard, cells) in cells.iter().enumerate() {
        for (slot, &number) in cells.iter().enumerate() {
            if usize::from(number) == cell.number() {
                set.insert(base, shard, slot);
            }
        }
    }
    set
}

/// The customers of every cell, by [`Cell::number`].
pub fn all_members(base: &LiveBase, query: &RfmQuery) -> Vec<CustomerSet> {
    let (_, cells, _) = cells_of_all(base, query);
    let mut sets = vec![CustomerSet::default(); CELLS];
    for (shard, cells) in cells.iter().enumerate() {
        for (slot, &number) in cells.iter().enumerate() {
            if let Some(set) = sets.get_mut(usize::from(number)) {
                set.insert(base, shard, slot);
            }
        }
    }
    sets
}

/// The cell of one customer under borders found before; `None` outside the window.
pub fn cell_of(base: &LiveBase, query: &RfmQuery, cuts: &Cuts, id: CustomerId) -> Option<Cell> {
    let (shard, slot) = base.place(id)?;
    let (history, at) = base.shards()[shard].at(slot);
    let scores = kernel::score_one(history, at, &query.window(base));
    let number =
        Thresholds::new(cuts, query.as_of.0).cell(scores.last[0], scores.orders[0], scores.paid[0]);
    (number < CELLS).then(|| Cell::at(number))
}

/// First purchase day of a customer at a place, when it is not after `as_of`.
pub(crate) fn born_by(first_day: u16, as_of: Day) -> bool {
    day(first_day).is_some_and(|first| first <= as_of.0)
}
