//! A membership that is kept current is the one found anew: through purchases, returns, voids, merges,
//! people taken apart, products that change their category, and days that pass.

use crate::segments::{CATEGORIES, TODAY, Told, lens, product, rule, shops, trees};
use crate::shop::{live, person};
use proptest::prelude::*;
use std::collections::BTreeMap;
use vernis_analytics::facts::Lens;
use vernis_analytics::segment::{Members, Rule, select};
use vernis_analytics::{Live, LiveBase};
use vernis_domain::*;

/// People of the random shops.
const PEOPLE: i64 = 5;

#[derive(Clone, Debug)]
enum Step {
    /// The next so many documents, returns among them.
    Sell(usize),
    /// One of those sold is taken out of the numbers.
    Void(usize),
    Join(i64, i64),
    Part(i64),
    /// A product goes into another category.
    Move(i64, usize),
    /// Days pass.
    Wait(i32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = || 1..=PEOPLE;
    let step = prop_oneof![
        6 => (1usize..5).prop_map(Step::Sell),
        1 => any::<usize>().prop_map(Step::Void),
        2 => (who(), who()).prop_map(|(one, other)| Step::Join(one, other)),
        2 => who().prop_map(Step::Part),
        1 => (1i64..4, 0usize..3).prop_map(|(product, category)| Step::Move(product, category)),
        2 => (1i32..40).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..14)
}

/// What was told so far.
struct Story {
    live: Live,
    people: Vec<Customer>,
    waiting: Vec<Purchase>,
    sold: Vec<Purchase>,
    links: BTreeMap<i64, i64>,
    products: Vec<Product>,
    today: i32,
}

impl Story {
    fn of(told: &[Told]) -> Story {
        let someone = |id: i64| person(id, "Кто-то", Day(TODAY - 200));
        let people: Vec<Customer> = told
            .iter()
            .zip(1..)
            .map(|(one, id)| one.person.clone().unwrap_or_else(|| someone(id)))
            .collect();
        let waiting = told.iter().flat_map(|one| one.documents.iter().cloned());
        let story = Story {
            live: live(),
            people,
            waiting: waiting.collect(),
            sold: Vec::new(),
            links: BTreeMap::new(),
            products: (1..4)
                .map(|id| product(id, CATEGORIES[id as usize - 1]))
                .collect(),
            today: TODAY - 20,
        };
        let products = Event::Products(story.products.clone());
        story
            .live
            .apply(&[products, Event::Customers(story.people.clone())]);
        story
    }

    fn root(&self, id: i64) -> i64 {
        self.links.get(&id).map_or(id, |&to| self.root(to))
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Sell(count) => {
                let new: Vec<Purchase> = self
                    .waiting
                    .drain(..count.min(self.waiting.len()))
                    .collect();
                self.sold.extend(new.iter().cloned());
                self.live.apply(&[Event::Purchases(new)]);
            }
            Step::Void(at) if !self.sold.is_empty() => {
                let gone = self.sold.remove(at % self.sold.len());
                let gone = vec![(gone.customer_id, gone.id)];
                self.live.apply(&[Event::PurchasesVoided(gone)]);
            }
            Step::Join(one, other) if !self.links.contains_key(&one) && self.root(other) != one => {
                let to = self.root(other);
                self.links.insert(one, to);
                let link = (CustomerId(one), Some(CustomerId(to)));
                self.live.apply(&[Event::Links(vec![link])]);
            }
            Step::Part(one) if self.links.remove(&one).is_some() => {
                let himself = self.people[one as usize - 1].clone();
                let link = (CustomerId(one), None);
                self.live
                    .apply(&[Event::Links(vec![link]), Event::Customers(vec![himself])]);
            }
            Step::Move(id, category) => {
                let moved = product(id, CATEGORIES[category]);
                self.products[id as usize - 1] = moved.clone();
                self.live.apply(&[Event::Products(vec![moved])]);
            }
            Step::Wait(days) => self.today += days,
            _ => {}
        }
    }

    /// The base as it is made of all that holds now.
    fn anew(&self) -> Live {
        let fresh = live();
        let links = self.links.iter();
        let links = links.map(|(one, to)| (CustomerId(*one), Some(CustomerId(*to))));
        fresh.apply(&[
            Event::Products(self.products.clone()),
            Event::Links(links.collect()),
            Event::Customers(self.people.clone()),
            Event::Purchases(self.sold.clone()),
        ]);
        fresh
    }
}

/// As the keeper of saved segments does it.
struct Kept {
    rule: Rule,
    at: Option<(u64, i32)>,
    members: Members,
}

impl Kept {
    fn bring_up(&mut self, base: &LiveBase, today: i32) {
        let lens = now(today);
        match self.at {
            Some((version, day)) if day == today || !self.rule.is_moved_by_time() => {
                self.members.follow(base, &lens, &self.rule, version);
            }
            _ => self.members = anew(base, today, &self.rule),
        }
        self.at = Some((base.version(), today));
    }
}

/// What is recorded has happened: a day that passes shows no more purchases.
fn now(today: i32) -> Lens {
    Lens::now(Day(today), lens(Day(today)).rfm)
}

fn anew(base: &LiveBase, today: i32, rule: &Rule) -> Members {
    Members::of(base, &select(base, &now(today), rule))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_membership_that_follows_is_the_one_found_anew(told in shops(), trees in prop::collection::vec(trees(), 1..4), steps in steps()) {
        let mut story = Story::of(&told);
        let mut kept: Vec<Kept> = trees
            .iter()
            .map(|tree| Kept { rule: rule(tree), at: None, members: Members::default() })
            .collect();
        for step in &steps {
            story.take(step);
            let base = story.live.current();
            for one in &mut kept {
                one.bring_up(&base, story.today);
                let found = anew(&base, story.today, &one.rule);
                prop_assert!(one.members.since(&found).is_empty(), "{:?} after {:?}", one.members.since(&found), step);
            }
        }
        // Nothing of the way there is left in the base either.
        let fresh = story.anew();
        for one in &kept {
            let found = anew(&fresh.current(), story.today, &one.rule);
            prop_assert!(one.members.since(&found).is_empty(), "{:?}", one.members.since(&found));
        }
    }
}
