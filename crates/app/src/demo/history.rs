//! Receipts of one customer, or of one block of people without a card.

use super::basket::{Assortment, Habits, Visit};
use super::catalogue::{ONLINE, STORES};
use super::draw::{Draw, Purpose};
use super::profile::{self, Profile, Rhythm, Taste};
use super::{DemoOptions, DemoPurchase, Receipts, calendar, returns};
use vernis_domain::{Day, PurchaseKind};

/// All receipts of a customer, in time order.
pub(super) fn of_customer(
    options: &DemoOptions,
    assortment: &Assortment,
    receipts: &mut Receipts<'_>,
    index: u32,
) -> Vec<DemoPurchase> {
    let (profile, mut draw) = Profile::of(options, index);
    let mut habits = assortment.habits(&mut draw, profile.rhythm, profile.taste);
    let mut days = days(&mut draw, &profile, options.last_day());
    days.sort_unstable();
    let mut first = true;
    for day in days {
        let store = place(&mut draw, profile.home, day.0 - options.first_day().0);
        sell(
            &mut draw,
            assortment,
            &mut habits,
            receipts,
            (store, profile.home),
            day,
            first,
        );
        first = false;
    }
    receipts.take()
}

/// All receipts of a block of strangers, in time order.
pub(super) fn of_strangers(
    options: &DemoOptions,
    assortment: &Assortment,
    receipts: &mut Receipts<'_>,
    block: u32,
    count: u32,
) -> Vec<DemoPurchase> {
    let mut draw = Draw::new(options.seed, Purpose::Anonymous, block);
    for _ in 0..count {
        let day = calendar::growing(&mut draw, options.first_day(), options.last_day());
        let mut store = profile::open_store(&mut draw, day.0 - options.first_day().0);
        if store == ONLINE {
            store = 0; // An online order always has a name.
        }
        let taste = Taste::of(&mut draw);
        let mut habits = assortment.habits(&mut draw, Rhythm::Once, taste);
        sell(
            &mut draw,
            assortment,
            &mut habits,
            receipts,
            (store, store),
            day,
            false,
        );
    }
    receipts.take()
}

fn sell(
    draw: &mut Draw,
    assortment: &Assortment,
    habits: &mut Habits,
    receipts: &mut Receipts<'_>,
    (store, home): (u8, u8),
    day: Day,
    first: bool,
) {
    let online = store == ONLINE;
    let channel = if online {
        [1, 2, 3][draw.weighted([64, 31, 5].into_iter())]
    } else {
        [0, 3][draw.weighted([97, 3].into_iter())]
    };
    let lines = assortment.fill(draw, habits, &Visit { day, online, first });
    let second = calendar::second_of_day(draw, online);
    let sale = receipts.add(PurchaseKind::Sale, store, channel, day, second, lines, None);
    if let Some(sale) = sale {
        returns::add_returns(draw, assortment, &sale, home, receipts);
    }
}

/// The shop of one visit: mostly the usual one, now and then another or the site.
fn place(draw: &mut Draw, home: u8, days_after_start: i32) -> u8 {
    if draw.chance(870) {
        return home;
    }
    if home != ONLINE && draw.chance(600) {
        return ONLINE;
    }
    let other = profile::open_store(draw, days_after_start);
    let same_zone = STORES[other as usize].time_zone == STORES[home as usize].time_zone;
    if same_zone { other } else { home }
}

/// Days of a customer's visits.
fn days(draw: &mut Draw, profile: &Profile, last: Day) -> Vec<Day> {
    let start = profile.start;
    // Mean days between visits, mean days from the first visit to the last.
    let (gap, life) = match profile.rhythm {
        Rhythm::Never => return Vec::new(),
        Rhythm::Once => return vec![start],
        Rhythm::Gifts => return gift_days(draw, start, last),
        Rhythm::Hunter => (f64::from(draw.between(30, 60)), 700.0),
        Rhythm::Occasional => (f64::from(draw.between(50, 150)), 500.0),
        Rhythm::Regular => (f64::from(draw.between(10, 38)), 750.0),
        Rhythm::Devoted => (f64::from(draw.between(4, 11)), 1200.0),
    };
    let mut days = vec![start];
    let mut leaves = until(draw, start, life, last);
    walk(draw, profile.rhythm, start, gap, leaves, &mut days);
    if leaves < last && draw.chance(200) {
        // Came back after a long silence.
        let back = leaves.plus(draw.between(150, 420));
        if back <= last {
            days.push(calendar::settle(draw, back, last));
            leaves = until(draw, back, life / 2.0, last);
            walk(draw, profile.rhythm, back, gap, leaves, &mut days);
        }
    }
    if days.len() > 1 {
        gifts_on_top(draw, start, leaves, &mut days);
    }
    days
}

fn until(draw: &mut Draw, from: Day, mean: f64, last: Day) -> Day {
    from.plus(draw.waiting(mean).min(20_000.0) as i32).min(last)
}

fn walk(draw: &mut Draw, rhythm: Rhythm, from: Day, gap: f64, until: Day, days: &mut Vec<Day>) {
    let mut at = from;
    loop {
        let summer = matches!(at.date().month(), 6..=8);
        let stretch = if summer { 1.35 } else { 1.0 };
        // Seven days of settling are three on average; own rhythm plus or minus sixty percent.
        let wait = (gap * (0.4 + 1.2 * draw.unit()) * stretch - 3.0).max(1.0);
        at = calendar::settle(draw, at.plus(wait as i32), until);
        if rhythm == Rhythm::Hunter {
            at = next_offer(at, until);
        }
        if at >= until {
            return;
        }
        days.push(at);
        if draw.chance(12) {
            days.push(at); // Forgot something and came back the same day.
        }
    }
}

/// The next day with special offers, three weeks ahead at most.
fn next_offer(from: Day, until: Day) -> Day {
    (from.0..=until.0.min(from.0 + 21))
        .map(Day)
        .find(|day| calendar::offer_percent(*day) > 0)
        .unwrap_or(from)
}

fn gift_days(draw: &mut Draw, start: Day, last: Day) -> Vec<Day> {
    let mut days = vec![start];
    let mut at = start;
    loop {
        at = profile::next_gift_day(at.plus(60), last);
        if at >= last {
            return days;
        }
        at = at.plus(draw.below(14) as i32);
        if at <= last && calendar::is_gift_season(at) && draw.chance(600) {
            days.push(at);
        }
    }
}

fn gifts_on_top(draw: &mut Draw, start: Day, leaves: Day, days: &mut Vec<Day>) {
    let mut at = start;
    loop {
        at = profile::next_gift_day(at.plus(45), leaves);
        if at >= leaves {
            return;
        }
        let day = at.plus(draw.below(10) as i32);
        if day < leaves && draw.chance(280) {
            days.push(day);
        }
    }
}
