//! Life-cycle states: a pure function of the purchases up to a day, and the moves between two days.

use crate::base::history::History;
use crate::base::live::LiveBase;
use crate::base::row::NOT_A_PURCHASE;
use crate::query::{Query, Scope};
use crate::text::{Text, text};
use rayon::prelude::*;
use serde::Serialize;

/// Days after the only purchase day during which a customer is new.
pub const NEW_DAYS: i32 = 30;
/// Silence up to which a customer is active.
pub const ACTIVE_DAYS: i32 = 90;
/// Silence up to which he is at risk.
pub const AT_RISK_DAYS: i32 = 180;
/// Silence up to which he sleeps; longer is lost.
pub const SLEEPING_DAYS: i32 = 365;
/// Days the "reactivated" flag lasts.
pub const REACTIVATED_DAYS: i32 = 30;

/// Where a customer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// On record, has not bought.
    Prospect,
    /// One purchase day, at most 30 days ago.
    New,
    /// Bought within 90 days.
    Active,
    /// Silent for 91–180 days.
    AtRisk,
    /// Silent for 181–365 days.
    Sleeping,
    /// Silent for longer.
    Lost,
}

/// All states in order.
pub const STATES: [State; 6] = [
    State::Prospect,
    State::New,
    State::Active,
    State::AtRisk,
    State::Sleeping,
    State::Lost,
];

impl State {
    /// The state after `first` and `last` purchase day on `as_of`.
    pub fn of(first: Option<i32>, last: Option<i32>, as_of: i32) -> State {
        let (Some(first), Some(last)) = (first, last) else {
            return State::Prospect;
        };
        match as_of - last {
            silence if silence <= NEW_DAYS && first == last => State::New,
            silence if silence <= ACTIVE_DAYS => State::Active,
            silence if silence <= AT_RISK_DAYS => State::AtRisk,
            silence if silence <= SLEEPING_DAYS => State::Sleeping,
            _ => State::Lost,
        }
    }

    /// Stable name.
    pub const fn key(self) -> &'static str {
        match self {
            State::Prospect => "prospect",
            State::New => "new",
            State::Active => "active",
            State::AtRisk => "at_risk",
            State::Sleeping => "sleeping",
            State::Lost => "lost",
        }
    }

    /// The state of a stable name.
    pub fn from_key(key: &str) -> Option<State> {
        STATES.into_iter().find(|state| state.key() == key)
    }

    /// In words.
    pub const fn label(self) -> Text {
        match self {
            State::Prospect => text("Ещё не купил", "Has not bought yet"),
            State::New => text("Новый", "New"),
            State::Active => text("Активный", "Active"),
            State::AtRisk => text("Под угрозой", "At risk"),
            State::Sleeping => text("Спящий", "Sleeping"),
            State::Lost => text("Потерянный", "Lost"),
        }
    }
}

/// How many customers are in a state at the end of the period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InState {
    /// Customers.
    pub customers: u32,
    /// What they spent in the period, minor units (returns on the day of their sale).
    pub revenue_minor: i64,
    /// What they have paid so far, returns taken off, minor units: what is at stake with them.
    pub paid_minor: i64,
}

/// States on the last day before the period and on its last day, and the moves between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LifeCycle {
    /// Customers per state before the period.
    pub before: [u32; STATES.len()],
    /// Customers per state at the end.
    pub after: [InState; STATES.len()],
    /// Moves `[from][to]`; a row sums to the state's customers before. Who was not on record then
    /// counts as a prospect.
    pub moves: [[u32; STATES.len()]; STATES.len()],
    /// Customers who bought again after more than 90 days of silence within the last 30 days.
    pub reactivated: u32,
}

struct Seen {
    first: Option<i32>,
    before: Option<i32>,
    after: Option<i32>,
    reactivated: bool,
    paid: i64,
}

fn see(scope: &Scope, history: &History, at: usize) -> Seen {
    let columns = &*history.columns;
    let mut seen = Seen {
        first: None,
        before: None,
        after: None,
        reactivated: false,
        paid: 0,
    };
    for row in history.range(at) {
        let day = i32::from(columns.day[row]);
        if day >= scope.end || !scope.here(columns, row) {
            continue;
        }
        seen.paid += columns.paid.get(row);
        if columns.flags[row] & NOT_A_PURCHASE != 0 {
            continue;
        }
        seen.first = seen.first.or(Some(day));
        seen.reactivated |= seen.after.is_some_and(|last| day - last > ACTIVE_DAYS)
            && scope.end - 1 - day <= REACTIVATED_DAYS;
        seen.after = Some(day);
        if day < scope.from {
            seen.before = Some(day);
        }
    }
    seen
}

/// Life cycle over the query's period: states on the day before `from` and on the last seen day.
pub fn life_cycle(base: &LiveBase, query: &Query) -> LifeCycle {
    let scope = query.scope(base);
    base.pool().run(|| {
        base.shards()
            .par_iter()
            .with_min_len(base.grain())
            .map(|shard| {
                let mut sum = LifeCycle::default();
                let bits = scope.bits(shard.key);
                for run in shard.runs() {
                    for at in run.from..run.to {
                        let slot = run.slot + at - run.from;
                        if !scope.chosen(bits, slot) {
                            continue;
                        }
                        let look =
                            crate::panel::look::look(&scope, run.history, at, &shard.people, slot);
                        if !look.member {
                            continue;
                        }
                        let seen = see(&scope, run.history, at);
                        let first_before = seen.first.filter(|&day| day < scope.from);
                        let before = State::of(first_before, seen.before, scope.from - 1) as usize;
                        let after = State::of(seen.first, seen.after, scope.end - 1) as usize;
                        sum.before[before] += 1;
                        sum.after[after].customers += 1;
                        sum.after[after].revenue_minor += look.spent;
                        sum.after[after].paid_minor += seen.paid;
                        sum.moves[before][after] += 1;
                        sum.reactivated += u32::from(seen.reactivated);
                    }
                }
                sum
            })
            .reduce(LifeCycle::default, LifeCycle::merge)
    })
}

impl LifeCycle {
    /// Sums of two parts of the base.
    pub fn merge(mut self, other: LifeCycle) -> LifeCycle {
        for state in 0..STATES.len() {
            self.before[state] += other.before[state];
            self.after[state].customers += other.after[state].customers;
            self.after[state].revenue_minor += other.after[state].revenue_minor;
            self.after[state].paid_minor += other.after[state].paid_minor;
            for to in 0..STATES.len() {
                self.moves[state][to] += other.moves[state][to];
            }
        }
        self.reactivated += other.reactivated;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_decides_the_state_and_a_second_day_ends_being_new() {
        let at = |first, last, as_of| State::of(Some(first), Some(last), as_of);
        assert_eq!(State::of(None, None, 5), State::Prospect);
        assert_eq!(at(0, 0, 30), State::New);
        assert_eq!(at(0, 0, 31), State::Active);
        assert_eq!(at(0, 1, 20), State::Active);
        assert_eq!((at(0, 0, 90), at(0, 0, 91)), (State::Active, State::AtRisk));
        assert_eq!(
            (at(0, 0, 180), at(0, 0, 181)),
            (State::AtRisk, State::Sleeping)
        );
        assert_eq!(
            (at(0, 0, 365), at(0, 0, 366)),
            (State::Sleeping, State::Lost)
        );
    }
}
