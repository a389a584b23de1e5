//! What lies in a basket and what is paid for it.

use super::DemoLine;
use super::calendar;
use super::catalogue::{DemoProduct, SHELVES, Shelf};
use super::draw::Draw;
use super::profile::{Rhythm, Taste};
use vernis_domain::Day;

/// The assortment with the places of each shelf, and today's date for prices.
pub(super) struct Assortment {
    pub(super) products: Vec<DemoProduct>,
    shelves: Vec<(Shelf, std::ops::Range<usize>)>,
    today: Day,
}

/// What a customer keeps buying, and what he still wants once.
pub(super) struct Habits {
    pub(super) rhythm: Rhythm,
    pub(super) taste: Taste,
    favourites: [u16; 3],
    machines_left: u32,
    grinders_left: u32,
    /// Percent that his status in the shop gives him.
    status_percent: i64,
}

/// When and how a basket is paid.
pub(super) struct Visit {
    pub(super) day: Day,
    pub(super) online: bool,
    pub(super) first: bool,
}

const MICRO: i64 = 1_000_000;

impl Assortment {
    pub(super) fn new(products: Vec<DemoProduct>, today: Day) -> Assortment {
        let range = |shelf: Shelf| {
            let from = products.iter().position(|p| p.shelf == shelf).unwrap_or(0);
            let until = products
                .iter()
                .rposition(|p| p.shelf == shelf)
                .map_or(0, |n| n + 1);
            (shelf, from..until)
        };
        let shelves = SHELVES.into_iter().map(range).collect();
        Assortment {
            products,
            shelves,
            today,
        }
    }

    pub(super) fn habits(&self, draw: &mut Draw, rhythm: Rhythm, taste: Taste) -> Habits {
        let favourites = std::array::from_fn(|_| self.taste_pick(draw, taste));
        let status = rhythm == Rhythm::Devoted || (rhythm == Rhythm::Regular && draw.chance(300));
        Habits {
            rhythm,
            taste,
            favourites,
            machines_left: 1 + u32::from(draw.chance(200)),
            grinders_left: 1,
            status_percent: if status { 5 } else { 0 },
        }
    }

    fn taste_pick(&self, draw: &mut Draw, taste: Taste) -> u16 {
        let shelf = draw.weighted(SHELVES.iter().map(|shelf| taste.weight(*shelf)));
        self.shelf_pick(draw, SHELVES[shelf])
    }

    fn shelf_pick(&self, draw: &mut Draw, shelf: Shelf) -> u16 {
        let (_, range) = &self.shelves[shelf as usize];
        let weights = self.products[range.clone()].iter().map(|p| p.popularity);
        (range.start + draw.weighted(weights)) as u16
    }

    /// One basket: products with quantities, no product twice.
    pub(super) fn fill(
        &self,
        draw: &mut Draw,
        habits: &mut Habits,
        visit: &Visit,
    ) -> Vec<DemoLine> {
        let mut chosen: Vec<(u16, i64)> = Vec::with_capacity(4);
        let gifts = calendar::is_gift_season(visit.day)
            && (habits.rhythm == Rhythm::Gifts || draw.chance(300));
        if gifts {
            self.put(draw, &mut chosen, Shelf::Gifts);
        }
        let coffee = matches!(habits.taste, Taste::Beans | Taste::Both | Taste::Capsules);
        if coffee && habits.machines_left > 0 && draw.chance(9) {
            habits.machines_left -= 1;
            self.put(draw, &mut chosen, Shelf::Machines);
        }
        if coffee && habits.grinders_left > 0 && draw.chance(8) {
            habits.grinders_left -= 1;
            self.put(draw, &mut chosen, Shelf::Grinders);
        }
        let more = draw.weighted([38, 30, 17, 9, 4, 2].into_iter()) + 1;
        for _ in 0..more {
            let product = if draw.chance(580) {
                draw.pick(&habits.favourites)
            } else {
                self.taste_pick(draw, habits.taste)
            };
            let quantity = self.quantity(draw, product);
            add(&mut chosen, product, quantity);
        }
        let offer = Offer::of(draw, habits, visit);
        chosen
            .into_iter()
            .map(|(product, quantity)| self.priced(draw, product, quantity, visit, &offer))
            .collect()
    }

    fn put(&self, draw: &mut Draw, chosen: &mut Vec<(u16, i64)>, shelf: Shelf) {
        let product = self.shelf_pick(draw, shelf);
        add(chosen, product, MICRO);
    }

    /// Pieces, or tens of grams of goods sold by weight.
    fn quantity(&self, draw: &mut Draw, product: u16) -> i64 {
        let product = &self.products[product as usize];
        match product.shelf {
            Shelf::LooseTea => i64::from(draw.between(5, 30)) * MICRO / 100,
            Shelf::Capsules => (1 + i64::from(draw.below(4))) * MICRO,
            Shelf::Beans | Shelf::Sweets => (1 + i64::from(draw.below(5) / 3)) * MICRO,
            Shelf::Cups => (1 + i64::from(draw.below(7) / 5)) * MICRO,
            _ => (1 + i64::from(draw.below(12) / 10)) * MICRO,
        }
    }

    fn priced(
        &self,
        draw: &mut Draw,
        number: u16,
        quantity_micro: i64,
        visit: &Visit,
        offer: &Offer,
    ) -> DemoLine {
        let product = &self.products[number as usize];
        let price = product.price_on(visit.day, self.today);
        let list = times(price, quantity_micro);
        let takes_part = !matches!(product.shelf, Shelf::Machines | Shelf::Grinders);
        let auto_percent = if takes_part && draw.chance(offer.covers_per_mille) {
            offer.auto_percent.max(offer.status_percent)
        } else {
            offer.status_percent
        };
        let auto = list * auto_percent / 100;
        let code = if takes_part {
            (list - auto) * offer.code_percent / 100
        } else {
            0
        };
        let manual = (list - auto - code) * offer.manual_percent / 100;
        let rest = list - auto - code - manual;
        // Tills take whole roubles; the kopecks are the shop's gift.
        let rounding = if visit.online { 0 } else { rest % 100 };
        DemoLine {
            product: number,
            quantity_micro,
            list_minor: list,
            paid_minor: rest - rounding,
            discount_auto_minor: auto,
            discount_code_minor: code,
            discount_manual_minor: manual,
            discount_rounding_minor: rounding,
            cost_minor: product
                .cost_on(visit.day, self.today)
                .map(|cost| times(cost, quantity_micro)),
            returned_line_no: None,
        }
    }
}

/// What is taken off in one basket.
struct Offer {
    auto_percent: i64,
    covers_per_mille: u32,
    status_percent: i64,
    code_percent: i64,
    manual_percent: i64,
}

impl Offer {
    fn of(draw: &mut Draw, habits: &Habits, visit: &Visit) -> Offer {
        let hunter = habits.rhythm == Rhythm::Hunter;
        let week = calendar::offer_percent(visit.day);
        let welcome = visit.online && visit.first && draw.chance(500);
        let found_code = draw.chance(if hunter { 700 } else { 35 });
        Offer {
            auto_percent: week,
            covers_per_mille: if hunter { 950 } else { 450 },
            status_percent: habits.status_percent,
            code_percent: if welcome || found_code { 10 } else { 0 },
            manual_percent: if draw.chance(12) { 5 } else { 0 },
        }
    }
}

fn add(chosen: &mut Vec<(u16, i64)>, product: u16, quantity: i64) {
    match chosen.iter_mut().find(|(known, _)| *known == product) {
        Some((_, total)) => *total += quantity,
        None => chosen.push((product, quantity)),
    }
}

/// Amount for a quantity in millionths, fractions of a kopeck dropped.
fn times(minor: i64, quantity_micro: i64) -> i64 {
    minor * quantity_micro / MICRO
}
