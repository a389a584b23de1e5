//! What kind of buyer a customer is: rhythm, home shop, taste, and how he was found.

use super::catalogue::{DemoStore, ONLINE, STORES, Shelf};
use super::draw::{Draw, Purpose};
use super::{DemoOptions, calendar};
use vernis_domain::Day;

/// How a customer buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rhythm {
    /// Registered and never bought.
    Never,
    /// One purchase.
    Once,
    /// A few purchases, months apart.
    Occasional,
    /// Every few weeks.
    Regular,
    /// Every week or so.
    Devoted,
    /// Before New Year and 8 March only.
    Gifts,
    /// Only when there is something off.
    Hunter,
}

/// A buyer's habits. All of it follows from the seed and the customer's number.
pub(super) struct Profile {
    pub(super) rhythm: Rhythm,
    /// Number of the shop he usually goes to.
    pub(super) home: u8,
    /// First day in the base.
    pub(super) start: Day,
    /// Number of the channel that brought him.
    pub(super) found_by: u8,
    pub(super) taste: Taste,
}

/// What a customer drinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taste {
    Beans,
    Ground,
    Capsules,
    Tea,
    ChineseTea,
    Both,
}

impl Taste {
    pub(super) fn of(draw: &mut Draw) -> Taste {
        const ALL: [Taste; 6] = [
            Taste::Beans,
            Taste::Ground,
            Taste::Capsules,
            Taste::Tea,
            Taste::ChineseTea,
            Taste::Both,
        ];
        ALL[draw.weighted([30, 14, 11, 22, 9, 14].into_iter())]
    }

    /// Weight of a shelf in an everyday basket.
    pub(super) fn weight(self, shelf: Shelf) -> u32 {
        use Shelf::*;
        let [coffee, ground, capsules, tea, china] = match self {
            Taste::Beans => [60, 4, 1, 5, 2],
            Taste::Ground => [4, 55, 2, 8, 2],
            Taste::Capsules => [2, 2, 60, 6, 2],
            Taste::Tea => [2, 3, 1, 50, 10],
            Taste::ChineseTea => [3, 1, 0, 12, 55],
            Taste::Both => [26, 8, 3, 22, 10],
        };
        match shelf {
            Beans => coffee,
            Ground => ground,
            Capsules => capsules,
            BlackTea => tea / 2,
            GreenTea => tea / 4 + china / 4,
            HerbTea => tea / 3,
            LooseTea => tea / 4,
            Oolong => china,
            Filters => 2 + coffee / 10 + ground / 6,
            Care => 1 + coffee / 12,
            Sweets => 14,
            Cups => 3,
            Brewing => 2,
            Gifts => 1,
            Grinders | Machines => 0,
        }
    }
}

impl Profile {
    /// The habits of a customer, and the stream his purchases go on with.
    pub(super) fn of(options: &DemoOptions, index: u32) -> (Profile, Draw) {
        let mut draw = Draw::new(options.seed, Purpose::History, index);
        let (first, last) = (options.first_day(), options.last_day());
        let rhythm = rhythm(&mut draw);
        // Some were customers before the history begins: they show up in its first weeks.
        let known_before = draw.chance(120);
        let mut start = if known_before {
            first.plus(draw.below(45) as i32)
        } else {
            calendar::growing(&mut draw, first, last)
        };
        if let Some(original) = options.duplicate_of(index) {
            // A second card is made out after the first one.
            let (other, _) = Profile::of(options, original);
            start = calendar::growing(&mut draw, other.start, last);
        }
        if rhythm == Rhythm::Gifts {
            start = next_gift_day(start, last);
        }
        let home = open_store(&mut draw, start.0 - first.0);
        let found_by = if home == ONLINE {
            [1, 2, 4, 5, 7][draw.weighted([25, 25, 25, 18, 7].into_iter())]
        } else {
            [0, 1, 4, 5, 6, 7, 8][draw.weighted([45, 8, 9, 12, 13, 9, 4].into_iter())]
        };
        let taste = Taste::of(&mut draw);
        (
            Profile {
                rhythm,
                home,
                start,
                found_by,
                taste,
            },
            draw,
        )
    }
}

fn rhythm(draw: &mut Draw) -> Rhythm {
    const ALL: [(Rhythm, u32); 7] = [
        (Rhythm::Never, 25),
        (Rhythm::Once, 320),
        (Rhythm::Occasional, 250),
        (Rhythm::Regular, 235),
        (Rhythm::Devoted, 55),
        (Rhythm::Gifts, 50),
        (Rhythm::Hunter, 65),
    ];
    ALL[draw.weighted(ALL.iter().map(|(_, weight)| *weight))].0
}

/// A store that is open so many days after the start of the history.
pub(super) fn open_store(draw: &mut Draw, days_after_start: i32) -> u8 {
    let open = |store: &DemoStore| {
        if store.opened_after_days <= days_after_start {
            store.weight
        } else {
            0
        }
    };
    draw.weighted(STORES.iter().map(open)) as u8
}

/// The next day on which gifts are bought.
pub(super) fn next_gift_day(from: Day, last: Day) -> Day {
    (from.0..=last.0)
        .map(Day)
        .find(|day| calendar::is_gift_season(*day))
        .unwrap_or(last)
}
