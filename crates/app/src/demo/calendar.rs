//! When people come: seasons, weekdays, hours, weeks of special offers.

use super::draw::Draw;
use vernis_domain::Day;

/// How lively a day is for a shop of coffee, tea and gifts; 1000 is an ordinary day.
pub(super) fn liveliness(day: Day) -> u32 {
    let date = day.date();
    let (month, of_month) = (date.month(), date.day());
    let season = match (month, of_month) {
        (12, 15..=30) => 2300,
        (12, 31) => 1400,
        (12, _) => 1300,
        (1, 1) => 150,
        (1, 2..=8) => 600,
        (2, 18..=22) => 1350,
        (3, 1..=7) => 1900,
        (3, 8) => 1200,
        (6, _) => 850,
        (7, _) => 720,
        (8, _) => 780,
        (9, 1) | (10, 5) => 1250,
        (11, 20..=30) => 1350,
        _ => 1000,
    };
    season * weekday(day) / 1000
}

fn weekday(day: Day) -> u32 {
    // 1970-01-01 was a Thursday; Monday is 0.
    [820, 840, 900, 960, 1180, 1280, 1020][(day.0 + 3).rem_euclid(7) as usize]
}

/// True in the weeks before New Year and before 8 March, when gifts are bought.
pub(super) fn is_gift_season(day: Day) -> bool {
    let date = day.date();
    matches!(
        (date.month(), date.day()),
        (12, 8..=31) | (3, 1..=8) | (2, 18..=23)
    )
}

/// Percent taken off in a week of special offers; 0 outside of them.
///
/// The last ten days of November, and every sixth week for the rest of the year.
pub(super) fn offer_percent(day: Day) -> i64 {
    let date = day.date();
    if date.month() == 11 && date.day() >= 20 {
        return 20;
    }
    let week = (day.0 + 3).div_euclid(7);
    if week % 6 == 0 {
        10 + i64::from(week / 6 % 2) * 5
    } else {
        0
    }
}

/// One of the seven days from `day` on, the lively ones more likely; not after `last`.
pub(super) fn settle(draw: &mut Draw, day: Day, last: Day) -> Day {
    let offset = draw.weighted((0..7).map(|offset| liveliness(day.plus(offset))));
    day.plus(offset as i32).min(last)
}

/// A day between two days, more likely later (growth) and on lively days.
pub(super) fn growing(draw: &mut Draw, first: Day, last: Day) -> Day {
    let span = (last.0 - first.0 + 1).max(1) as u32;
    for _ in 0..40 {
        let day = first.plus(draw.below(span) as i32);
        // From 1 at the start to 2.2 at the end; 3000 is above the liveliest Saturday.
        let growth = 1000 + (day.0 - first.0) as u32 * 1200 / span;
        if draw.below(2200) < growth && draw.below(3000) < liveliness(day) {
            return day;
        }
    }
    last
}

/// Seconds after local midnight at which a receipt is printed.
pub(super) fn second_of_day(draw: &mut Draw, online: bool) -> u32 {
    // Visits by hour 8..=21 in a street shop: before work, at lunch, after work.
    const STREET: [u32; 14] = [60, 75, 70, 70, 95, 100, 85, 75, 80, 100, 120, 110, 80, 30];
    const WEB: [u32; 24] = [
        25, 12, 6, 4, 3, 6, 15, 30, 45, 60, 75, 80, 85, 75, 70, 70, 72, 75, 80, 90, 105, 110, 85,
        50,
    ];
    let hour = if online {
        draw.weighted(WEB.into_iter()) as u32
    } else {
        8 + draw.weighted(STREET.into_iter()) as u32
    };
    hour * 3600 + draw.below(3600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn december_is_lively_and_july_is_not() {
        let day = |m, d| Day::from_ymd(2025, m, d).unwrap();
        assert!(liveliness(day(12, 20)) > 2 * liveliness(day(7, 19)));
        assert!(liveliness(day(1, 1)) < 300);
        assert!((0..400).all(|n| liveliness(day(1, 1).plus(n)) <= 3000));
    }

    #[test]
    fn offers_are_the_exception() {
        let start = Day::from_ymd(2025, 1, 1).unwrap();
        let with_offer = (0..365)
            .filter(|n| offer_percent(start.plus(*n)) > 0)
            .count();
        assert!((50..110).contains(&with_offer), "{with_offer}");
    }
}
