//! A definition with everything looked up, and whether it holds for one customer.

use super::event::{Measured, Rows, Sequence};
use super::hand::Hand;
use super::test::Test;
use super::time::next_change;
use crate::base::live::LiveBase;
use crate::facts::{Fact, FactValue, Lens, Subject};
use crate::pareto;
use crate::query::{CustomerSet, Query};
use crate::rfm::kernel::{Thresholds, score_one};
use crate::rfm::transitions::{Places, movers};
use crate::rfm::{Borders, CELLS, Cell, Cuts, RfmQuery, quick};
use std::sync::Arc;
use vernis_domain::Day;
use vernis_domain::segment::When;

/// A definition with everything looked up. It holds on any day: relative days are of the day it is
/// seen from.
#[derive(Clone, Debug)]
pub enum Rule {
    /// All hold.
    All(Vec<Rule>),
    /// At least one holds.
    Any(Vec<Rule>),
    /// It does not hold.
    Not(Box<Rule>),
    /// It has held on each of the last so many days, and today.
    Held(i32, Box<Rule>),
    /// Some are in or out by hand, whatever the rule says.
    Hand(Box<Rule>, Arc<Hand>),
    /// A condition.
    Leaf(Box<LeafOf>),
}

/// A condition; its kinds are the business of this crate.
#[derive(Clone, Debug)]
pub struct LeafOf(pub(crate) Leaf);

#[derive(Clone, Debug)]
pub(crate) enum Leaf {
    Fact(&'static Fact, Test),
    /// The cell of RFM, by these borders or by the lens's.
    Rfm(Option<Cuts>, Test),
    Measured(Measured, Test),
    Sequence(Sequence),
    /// Customers whose number, mixed with the first, is below the second.
    Sample(u64, u64),
    Moved(When, [Places; 2], Option<Cuts>),
    /// Class of the spending from the first day to the second, included.
    Abc(When, When, usize),
    /// Found by a look at the whole base.
    Among(Arc<CustomerSet>),
    Scored(Box<RfmQuery>, Cuts, Test),
}

impl Rule {
    /// Nobody.
    pub fn nobody() -> Rule {
        Rule::Any(Vec::new())
    }

    /// The same with people who are in or out by hand.
    pub fn by_hand(self, hand: &Arc<Hand>) -> Rule {
        match hand.is_empty() {
            true => self,
            false => Rule::Hand(Box::new(self), Arc::clone(hand)),
        }
    }

    pub(crate) fn leaf(leaf: Leaf) -> Rule {
        Rule::Leaf(Box::new(LeafOf(leaf)))
    }

    /// Finds what the rule needs to know of the whole base, once for everybody. Must not be called
    /// from within a kernel: it runs kernels itself.
    pub fn look(&self, base: &LiveBase, lens: &Lens) -> Ready {
        Ready {
            root: self.looked(base, lens),
        }
    }

    fn looked(&self, base: &LiveBase, lens: &Lens) -> Rule {
        let each = |rules: &[Rule]| rules.iter().map(|rule| rule.looked(base, lens)).collect();
        match self {
            Rule::All(rules) => Rule::All(each(rules)),
            Rule::Any(rules) => Rule::Any(each(rules)),
            Rule::Not(rule) => Rule::Not(Box::new(rule.looked(base, lens))),
            Rule::Held(days, rule) => Rule::Held(*days, Box::new(rule.looked(base, lens))),
            Rule::Hand(rule, hand) => {
                Rule::Hand(Box::new(rule.looked(base, lens)), hand.looked(base))
            }
            Rule::Leaf(leaf) => Rule::leaf(leaf.0.looked(base, lens)),
        }
    }

    /// Whether its answer changes when nothing but a day passes.
    pub fn is_moved_by_time(&self) -> bool {
        match self {
            Rule::All(rules) | Rule::Any(rules) => rules.iter().any(Rule::is_moved_by_time),
            Rule::Not(rule) | Rule::Hand(rule, _) => rule.is_moved_by_time(),
            Rule::Held(..) => true,
            Rule::Leaf(leaf) => super::time::moves(&leaf.0),
        }
    }

    /// Whether somebody's purchases can change the answer for others: a border or a class that is
    /// found from everybody.
    pub fn is_of_everybody(&self) -> bool {
        match self {
            Rule::All(rules) | Rule::Any(rules) => rules.iter().any(Rule::is_of_everybody),
            Rule::Not(rule) | Rule::Held(_, rule) | Rule::Hand(rule, _) => rule.is_of_everybody(),
            Rule::Leaf(leaf) => match &leaf.0 {
                Leaf::Rfm(cuts, _) => cuts.is_none(),
                Leaf::Moved(..) | Leaf::Abc(..) => true,
                _ => false,
            },
        }
    }

    /// Whether it looks at earlier days.
    pub(crate) fn has_held(&self) -> bool {
        match self {
            Rule::All(rules) | Rule::Any(rules) => rules.iter().any(Rule::has_held),
            Rule::Not(rule) | Rule::Hand(rule, _) => rule.has_held(),
            Rule::Held(..) => true,
            Rule::Leaf(_) => false,
        }
    }

    /// Whether it needs borders of RFM that are not told.
    pub fn wants_borders(&self) -> bool {
        match self {
            Rule::All(rules) | Rule::Any(rules) => rules.iter().any(Rule::wants_borders),
            Rule::Not(rule) | Rule::Held(_, rule) | Rule::Hand(rule, _) => rule.wants_borders(),
            Rule::Leaf(leaf) => matches!(&leaf.0, Leaf::Rfm(None, _) | Leaf::Moved(_, _, None)),
        }
    }

    /// About how much a look at one customer costs.
    pub(crate) fn cost(&self) -> u32 {
        match self {
            Rule::All(rules) | Rule::Any(rules) => rules.iter().map(Rule::cost).sum(),
            Rule::Not(rule) | Rule::Hand(rule, _) => rule.cost(),
            Rule::Held(_, rule) => 100 + 10 * rule.cost(),
            Rule::Leaf(leaf) => match &leaf.0 {
                Leaf::Among(_) | Leaf::Sample(..) => 1,
                Leaf::Fact(fact, _) if super::select::has_column(fact) => 1,
                Leaf::Fact(..) => 3,
                Leaf::Measured(measured, _) => {
                    let which = &measured.which;
                    let lines = if which.lines.are_all() { 0 } else { 20 };
                    10 + 5 * which.with.len() as u32 + lines
                }
                _ => 20,
            },
        }
    }
}

impl Leaf {
    fn looked(&self, base: &LiveBase, lens: &Lens) -> Leaf {
        let rfm = |cuts: &Option<Cuts>| match cuts {
            None => lens.rfm,
            Some(cuts) => RfmQuery {
                borders: Borders::Fixed(*cuts),
                ..lens.rfm
            },
        };
        match self {
            Leaf::Fact(fact, test) => {
                fact.look(base, lens);
                Leaf::Fact(fact, test.clone())
            }
            Leaf::Rfm(cuts, test) => {
                let query = rfm(cuts);
                let cuts = match query.borders {
                    Borders::Fixed(cuts) => cuts,
                    _ if query == lens.rfm => lens.cuts(base),
                    _ => quick(base, &query).cuts,
                };
                Leaf::Scored(Box::new(query), cuts, test.clone())
            }
            Leaf::Moved(since, places, cuts) => Leaf::Among(Arc::new(movers(
                base,
                since.day(lens.as_of),
                &rfm(cuts),
                *places,
            ))),
            Leaf::Abc(from, to, class) => {
                let (from, to) = (from.day(lens.as_of), to.day(lens.as_of).plus(1));
                let mut query = Query::new(from, to, lens.as_of);
                (query.store, query.channel) = (lens.rfm.store, lens.rfm.channel);
                Leaf::Among(Arc::new(pareto::members(base, &query, *class)))
            }
            Leaf::Measured(measured, test) => {
                let which = measured.which.looked(base);
                Leaf::Measured(
                    Measured {
                        measure: measured.measure,
                        which,
                    },
                    test.clone(),
                )
            }
            Leaf::Sequence(sequence) => Leaf::Sequence(Sequence {
                first: sequence.first.looked(base),
                then: sequence.then.looked(base),
                ..sequence.clone()
            }),
            ready => ready.clone(),
        }
    }

    /// The value that is compared; whether it holds, for conditions without a value.
    pub fn value<'a>(&self, subject: &Subject<'a>) -> FactValue<'a> {
        let rows = Rows {
            base: subject.base,
            history: &subject.history,
            at: subject.at,
        };
        match self {
            Leaf::Fact(fact, _) => fact.value(subject),
            Leaf::Measured(measured, _) => measured.value(rows, subject.lens),
            Leaf::Scored(query, cuts, _) => {
                let query = RfmQuery {
                    as_of: subject.lens.as_of,
                    ..**query
                };
                let scores = score_one(&subject.history, subject.at, &query.window(subject.base));
                let place = Thresholds::new(cuts, query.as_of.0).cell(
                    scores.last[0],
                    scores.orders[0],
                    scores.paid[0],
                );
                if place < CELLS {
                    FactValue::Cell(Cell::at(place))
                } else {
                    FactValue::Empty
                }
            }
            _ => FactValue::Empty,
        }
    }

    pub fn holds(&self, subject: &Subject<'_>) -> bool {
        let as_of = subject.lens.as_of;
        match self {
            Leaf::Fact(_, test) | Leaf::Measured(_, test) | Leaf::Scored(_, _, test) => {
                test.accepts(self.value(subject), as_of)
            }
            Leaf::Sequence(sequence) => {
                let rows = Rows {
                    base: subject.base,
                    history: &subject.history,
                    at: subject.at,
                };
                sequence.holds(rows, subject.lens)
            }
            Leaf::Sample(seed, below) => mixed(subject.id.0 as u64 ^ seed) < *below,
            Leaf::Among(set) => set.has(subject.shard, subject.slot),
            // Never met: `look` has replaced them.
            Leaf::Rfm(..) | Leaf::Moved(..) | Leaf::Abc(..) => false,
        }
    }
}

/// Scatters numbers evenly (splitmix64).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A rule in the light of one base and lens.
#[derive(Clone, Debug)]
pub struct Ready {
    pub(crate) root: Rule,
}

impl Ready {
    /// Whether it holds for a customer.
    pub fn holds(&self, subject: &Subject<'_>) -> bool {
        holds(&self.root, subject)
    }
}

pub(crate) fn holds(rule: &Rule, subject: &Subject<'_>) -> bool {
    match rule {
        Rule::All(rules) => rules.iter().all(|rule| holds(rule, subject)),
        Rule::Any(rules) => rules.iter().any(|rule| holds(rule, subject)),
        Rule::Not(rule) => !holds(rule, subject),
        Rule::Held(days, rule) => holds(rule, subject) && held(rule, *days, subject),
        Rule::Hand(rule, hand) => match hand.decided(subject.id) {
            Some(is_in) => is_in,
            None => holds(rule, subject),
        },
        Rule::Leaf(leaf) => leaf.0.holds(subject),
    }
}

/// Whether a rule held on every one of the days before the subject's: looked at only where it can
/// have changed.
fn held(rule: &Rule, days: i32, subject: &Subject<'_>) -> bool {
    let today = subject.lens.as_of;
    let mut all = true;
    walk(
        rule,
        subject,
        today.plus(-days),
        today.plus(-1),
        |_, holds| {
            all &= holds;
            all
        },
    );
    all
}

/// Tells whether a rule holds on the first day, and then on each day on which that can have changed,
/// up to the last one; until `each` says that it has heard enough.
pub(crate) fn walk(
    rule: &Rule,
    subject: &Subject<'_>,
    first: Day,
    last: Day,
    mut each: impl FnMut(Day, bool) -> bool,
) {
    let Some(shard) = subject.base.shard(subject.shard) else {
        return;
    };
    let (history, at) = shard.at(subject.slot);
    let rows = history.range(at);
    let mut day = first;
    while day <= last {
        let past = subject.lens.on(day);
        let lens = if day == subject.lens.as_of {
            subject.lens
        } else {
            &past
        };
        let then = Subject::new(subject.base, lens, shard, subject.slot);
        if !each(day, holds(rule, &then)) {
            return;
        }
        let own = &history.columns.day[rows.clone()];
        let bought = own.get(own.partition_point(|&own| i32::from(own) <= day.0));
        let next = next_change(rule, &then).min(bought.map_or(i32::MAX, |&day| i32::from(day)));
        if next == i32::MAX {
            return;
        }
        day = Day(next.max(day.0 + 1));
    }
}
