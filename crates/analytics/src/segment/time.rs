//! When the answer to a rule can change without anything happening: the next day on which somebody
//! may come in or fall out. A day too early costs a look; a day too late would be a wrong answer.

use super::event::{Fold, Which};
use super::rule::{Leaf, Rule};
use super::test::{Test, With, days_until};
use crate::base::history::NO_GAP;
use crate::facts::{FactValue, Subject};
use crate::life_cycle::{ACTIVE_DAYS, AT_RISK_DAYS, NEW_DAYS, SLEEPING_DAYS};
use crate::query::day;
use vernis_domain::segment::When;

/// The first day after the subject's on which the rule may answer otherwise, when he buys nothing;
/// `i32::MAX` for never.
pub(crate) fn next_change(rule: &Rule, subject: &Subject<'_>) -> i32 {
    match rule {
        Rule::All(rules) | Rule::Any(rules) => rules
            .iter()
            .map(|rule| next_change(rule, subject))
            .min()
            .unwrap_or(i32::MAX),
        Rule::Not(rule) | Rule::Hand(rule, _) => next_change(rule, subject),
        Rule::Held(..) => subject.lens.as_of.0 + 1,
        Rule::Leaf(leaf) => of_leaf(&leaf.0, subject),
    }
}

/// Whether a condition changes with the days at all.
pub(crate) fn moves(leaf: &Leaf) -> bool {
    let relative = |when: &When| matches!(when, When::Relative(_));
    let by_day = |test: &Test| matches!(test, Test::Than(_, With::Day(When::Relative(_))));
    let window = |which: &Which| {
        let window = &which.window;
        window.last.is_some() || window.from.iter().chain(&window.to).any(relative)
    };
    match leaf {
        Leaf::Fact(fact, test) => {
            matches!(
                fact.key,
                "days_since"
                    | "overdue_ratio"
                    | "life_cycle"
                    | "birthday"
                    | "child_birthday"
                    | "child_age"
                    | "eldest_age"
            ) || by_day(test)
        }
        Leaf::Measured(measured, test) => {
            measured.measure.fold == Fold::Since || by_day(test) || window(&measured.which)
        }
        Leaf::Sequence(_) | Leaf::Rfm(..) | Leaf::Scored(..) | Leaf::Moved(..) | Leaf::Abc(..) => {
            true
        }
        Leaf::Sample(..) | Leaf::Among(_) => false,
    }
}

/// The earliest of some days that is after today.
fn soonest(today: i32, days: impl IntoIterator<Item = i32>) -> i32 {
    days.into_iter()
        .filter(|&day| day > today)
        .min()
        .unwrap_or(i32::MAX)
}

fn of_leaf(leaf: &Leaf, subject: &Subject<'_>) -> i32 {
    let today = subject.lens.as_of.0;
    match leaf {
        Leaf::Fact(fact, test) => {
            let kept = &subject.history.kept;
            let last = day(kept.last_day[subject.at]);
            match (fact.key, test) {
                ("days_since", Test::Than(_, With::Number(days))) => {
                    last.map_or(i32::MAX, |last| crossing(today, last, *days))
                }
                ("overdue_ratio", Test::Than(_, With::Number(times))) => {
                    match (last, kept.gap_twice[subject.at]) {
                        (Some(last), twice) if twice != NO_GAP => {
                            crossing(today, last, times * f64::from(twice) / 2.0)
                        }
                        _ => i32::MAX,
                    }
                }
                ("life_cycle", _) => {
                    let borders = [NEW_DAYS, ACTIVE_DAYS, AT_RISK_DAYS, SLEEPING_DAYS];
                    let passed = last.map(|last| borders.map(|border| last + border + 1));
                    // Before he is on record he is in no state.
                    let registered = day(subject.people.registered[subject.slot]);
                    soonest(today, passed.into_iter().flatten().chain(registered))
                }
                // A birthday comes within a year: a look a day costs less than a rule of its own.
                ("child_age" | "eldest_age", _) => today + 1,
                ("birthday" | "child_birthday", Test::Next(within)) => match fact.value(subject) {
                    FactValue::Birthday(month, day) => {
                        let next = today.saturating_add(days_until(month, day, subject.lens.as_of));
                        soonest(today, [next.saturating_sub(*within), next + 1])
                    }
                    _ => i32::MAX,
                },
                _ => of_day_test(today, test, fact.value(subject)),
            }
        }
        Leaf::Measured(measured, test) => {
            let value = leaf.value(subject);
            let by_value = match (measured.measure.fold, test, value) {
                (Fold::Since, Test::Than(_, With::Number(days)), FactValue::Number(since)) => {
                    crossing(today, today - since as i32, *days)
                }
                _ => of_day_test(today, test, value),
            };
            by_value.min(of_window(today, &measured.which, subject))
        }
        Leaf::Sequence(sequence) => {
            let over = subject
                .history
                .range(subject.at)
                .map(|row| i32::from(subject.history.columns.day[row]) + sequence.within + 1);
            soonest(today, over).min(of_window(today, &sequence.first, subject))
        }
        Leaf::Scored(query, cuts, _) => {
            if query.window_days.is_some() {
                return today + 1;
            }
            let last = day(subject.history.kept.last_day[subject.at]);
            last.map_or(i32::MAX, |last| {
                soonest(today, cuts.recency_days.map(|days| last + days + 1))
            })
        }
        _ => i32::MAX,
    }
}

/// When days since `from` reach and pass a number.
fn crossing(today: i32, from: i32, days: f64) -> i32 {
    if !(-1.0..100_000.0).contains(&days) {
        return i32::MAX;
    }
    let at = from + days.floor() as i32;
    soonest(today, [at, at + 1])
}

/// When a day falls before or after one that moves along.
fn of_day_test(today: i32, test: &Test, value: FactValue<'_>) -> i32 {
    match (test, value) {
        (Test::Than(_, With::Day(When::Relative(days))), FactValue::Day(own)) => {
            soonest(today, [own.0 - days, own.0 - days + 1])
        }
        _ => i32::MAX,
    }
}

/// When a document comes into a window or leaves it.
fn of_window(today: i32, which: &Which, subject: &Subject<'_>) -> i32 {
    let window = &which.window;
    let from = match (window.last, window.from) {
        (Some(last), _) => Some(1 - last as i32),
        (None, Some(When::Relative(days))) => Some(days),
        _ => None,
    };
    let to = match window.to {
        Some(When::Relative(days)) => Some(days),
        _ => None,
    };
    if from.is_none() && to.is_none() {
        return i32::MAX;
    }
    let columns = &*subject.history.columns;
    let days = subject
        .history
        .range(subject.at)
        .map(|row| i32::from(columns.day[row]));
    days.flat_map(|day| [from.map(|from| day - from + 1), to.map(|to| day - to)])
        .flatten()
        .filter(|&day| day > today)
        .min()
        .unwrap_or(i32::MAX)
}
