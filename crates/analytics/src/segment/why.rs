//! One customer and one rule: which conditions hold, with the values; since when he is in or out; and
//! what would change that, each way tried on him before it is told.

use super::event::{Fold, Which};
use super::rule::{Leaf, Ready, Rule, holds, walk};
use super::test::{Test, With};
use super::time::next_change;
use crate::base::live::LiveBase;
use crate::base::row::{NO_DAY, Row};
use crate::facts::{FactValue, Lens, Subject};
use vernis_domain::segment::Op;
use vernis_domain::{CustomerId, Day};

/// A node of the definition. Another segment stands as its own definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Whether it holds.
    pub holds: bool,
    /// The value that was compared, where there is one.
    pub value: FactValue<'static>,
    /// Nodes directly below.
    pub below: Vec<Condition>,
}

/// What would bring a customer in, or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// So many purchases today, of this much each at least.
    Buys(u32, i64),
    /// Nothing is bought until this day.
    Waits(Day),
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// Whether he is in.
    pub holds: bool,
    /// First day on which it is so without a break; `None` when it always was.
    pub since: Option<Day>,
    /// The definition, node by node.
    pub root: Condition,
    /// At most three ways to change it.
    pub changes: Vec<Change>,
    /// Whether he was put in (or kept out) by hand: the definition decides nothing then.
    pub by_hand: Option<bool>,
}

/// Days ahead that are looked at.
const AHEAD_DAYS: i32 = 730;
/// Purchases that are tried at most.
const MOST_PURCHASES: u32 = 20;
/// Days on which somebody's story is looked at, at most.
const MOST_STEPS: usize = 5_000;

/// Why a customer is in or out; `None` when he is not in the base.
pub fn why(base: &LiveBase, lens: &Lens, rule: &Rule, id: CustomerId) -> Option<Why> {
    let ready = rule.look(base, lens);
    let (number, slot) = base.place(id)?;
    let subject = Subject::new(base, lens, &base.shards()[number], slot);
    let is = ready.holds(&subject);
    Some(Why {
        holds: is,
        since: since(&ready, &subject, is),
        root: tell(&ready.root, &subject),
        changes: changes(&ready, &subject, is),
        by_hand: match &ready.root {
            Rule::Hand(_, hand) => hand.decided(id),
            _ => None,
        },
    })
}

/// Whether a customer is in.
pub fn is_in(base: &LiveBase, lens: &Lens, ready: &Ready, id: CustomerId) -> bool {
    base.place(id).is_some_and(|(number, slot)| {
        ready.holds(&Subject::new(base, lens, &base.shards()[number], slot))
    })
}

fn tell(rule: &Rule, subject: &Subject<'_>) -> Condition {
    // What the definition says; the hand is told apart.
    if let Rule::Hand(rule, _) = rule {
        return tell(rule, subject);
    }
    Condition {
        holds: holds(rule, subject),
        value: match rule {
            Rule::Leaf(leaf) => leaf.0.value(subject).plain(),
            _ => FactValue::Empty,
        },
        below: match rule {
            Rule::All(rules) | Rule::Any(rules) => {
                rules.iter().map(|rule| tell(rule, subject)).collect()
            }
            Rule::Not(rule) | Rule::Held(_, rule) | Rule::Hand(rule, _) => {
                vec![tell(rule, subject)]
            }
            Rule::Leaf(_) => Vec::new(),
        },
    }
}

fn since(ready: &Ready, subject: &Subject<'_>, is: bool) -> Option<Day> {
    let columns = &subject.history.columns;
    let first = subject
        .history
        .range(subject.at)
        .next()
        .map(|row| columns.day[row]);
    let registered = Some(subject.people.registered[subject.slot]).filter(|day| *day != NO_DAY);
    let first = first.into_iter().chain(registered).min()?;
    let start = Day(i32::from(first)).plus(-1);
    let mut since = None;
    let mut before = None;
    let mut steps = 0;
    walk(
        &ready.root,
        subject,
        start,
        subject.lens.as_of,
        |day, holds| {
            if before != Some(holds) {
                since = before.map(|_| day);
                before = Some(holds);
            }
            steps += 1;
            steps < MOST_STEPS
        },
    );
    if before == Some(is) { since } else { None }
}

/// Ways to change the answer, the smallest first; every one of them does.
fn changes(ready: &Ready, subject: &Subject<'_>, is: bool) -> Vec<Change> {
    let mut found = Vec::new();
    if !ready.root.has_held() {
        found.extend(buys(ready, subject, is));
    }
    found.extend(waits(ready, subject, is));
    found.truncate(3);
    found
}

fn waits(ready: &Ready, subject: &Subject<'_>, is: bool) -> Option<Change> {
    let shard = subject.base.shard(subject.shard)?;
    let end = subject.lens.as_of.plus(AHEAD_DAYS);
    let mut day = subject.lens.as_of;
    for _ in 0..400 {
        let later = subject.lens.on(day);
        let lens = if day == subject.lens.as_of {
            subject.lens
        } else {
            &later
        };
        let then = Subject::new(subject.base, lens, shard, subject.slot);
        if holds(&ready.root, &then) != is {
            return Some(Change::Waits(day));
        }
        let next = next_change(&ready.root, &then);
        if next > end.0 {
            return None;
        }
        day = Day(next.max(day.0 + 1));
    }
    None
}

fn buys(ready: &Ready, subject: &Subject<'_>, is: bool) -> Vec<Change> {
    let mut amounts = Vec::new();
    wanted(&ready.root, subject, &mut amounts);
    let usual = subject.history.kept.paid[subject.at]
        / i64::from(subject.history.kept.orders[subject.at].max(1));
    amounts.push(usual.max(100));
    amounts.retain(|amount| (1..=10_000_000_000).contains(amount));
    amounts.sort_unstable();
    amounts.dedup();
    let mut found: Vec<Change> = Vec::new();
    // One purchase of the least sum that does, and the fewest of a usual one.
    if let Some(&amount) = amounts
        .iter()
        .find(|&&amount| after(ready, subject, 1, amount) != is)
    {
        found.push(Change::Buys(1, amount));
    }
    let usual = usual.max(100);
    let fewest = (1..=MOST_PURCHASES).find(|&count| after(ready, subject, count, usual) != is);
    if let Some(count) = fewest
        && !found.contains(&Change::Buys(count, usual))
        && (count > 1 || found.is_empty())
    {
        found.push(Change::Buys(count, usual));
    }
    found
}

/// Whether the rule holds after purchases today.
fn after(ready: &Ready, subject: &Subject<'_>, count: u32, amount: i64) -> bool {
    let range = subject.history.range(subject.at);
    let columns = &subject.history.columns;
    let mut rows: Vec<Row> = range.clone().map(|row| columns.row(row, 0)).collect();
    let like = rows.last().map(|row| (row.store, row.channel));
    for n in 0..count {
        rows.push(Row {
            low: 0,
            day: subject.lens.as_of.0.clamp(0, i32::from(NO_DAY) - 1) as u16,
            moment: u32::MAX - count + n,
            id: i64::MAX - i64::from(count - n),
            paid: amount,
            discount: 0,
            cost: 0,
            store: like.map_or(0, |like| like.0),
            channel: like.map_or(0, |like| like.1),
            flags: 0,
            original: None,
            original_day: NO_DAY,
            goods: None,
        });
    }
    holds(&ready.root, &subject.with_rows(&mut rows))
}

/// Sums that would carry a comparison of money over its border.
fn wanted(rule: &Rule, subject: &Subject<'_>, out: &mut Vec<i64>) {
    match rule {
        Rule::All(rules) | Rule::Any(rules) => {
            rules.iter().for_each(|rule| wanted(rule, subject, out))
        }
        Rule::Not(rule) | Rule::Held(_, rule) | Rule::Hand(rule, _) => wanted(rule, subject, out),
        Rule::Leaf(leaf) => {
            let which = |which: &Which, out: &mut Vec<i64>| {
                for test in &which.with {
                    if let Test::Than(op, With::Rank(border)) = test.test {
                        out.push(border + i64::from(op == Op::Gt));
                    }
                }
            };
            match &leaf.0 {
                Leaf::Sequence(sequence) => {
                    which(&sequence.first, out);
                    which(&sequence.then, out);
                }
                Leaf::Measured(measured, test) => {
                    which(&measured.which, out);
                    by_value(&leaf.0, test, measured.measure.fold, subject, out);
                }
                Leaf::Fact(_, test) => by_value(&leaf.0, test, Fold::Paid, subject, out),
                Leaf::Scored(_, cuts, _) => {
                    let paid = subject.history.kept.paid[subject.at];
                    out.extend(cuts.monetary_minor.map(|border| border - paid + 1));
                }
                _ => {}
            }
        }
    }
}

fn by_value(leaf: &Leaf, test: &Test, fold: Fold, subject: &Subject<'_>, out: &mut Vec<i64>) {
    if let (Test::Than(op, With::Rank(border)), FactValue::Money(own)) = (test, leaf.value(subject))
    {
        let over = i64::from(matches!(op, Op::Gt | Op::Le));
        match fold {
            Fold::Largest => out.push(border + over),
            _ => out.push(border - own + over),
        }
        // For averages: what lifts the mean over the border.
        let orders = i64::from(subject.history.kept.orders[subject.at]);
        out.push((border + over) * (orders + 1) - subject.history.kept.paid[subject.at]);
    }
}
