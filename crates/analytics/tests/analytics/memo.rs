//! Remembered sums: whatever happens to the base between questions, and whichever questions are
//! asked in between, the answers are those of a base that was never asked anything.

use crate::shop::*;
use proptest::prelude::*;
use vernis_analytics::dashboard::dashboard;
use vernis_analytics::metrics::answer::{By, by_group};
use vernis_analytics::metrics::series::{Grain, buckets};
use vernis_analytics::panel::{Needs, Panel};
use vernis_analytics::rfm::{RfmQuery, rfm, rfm_from_facts};
use vernis_analytics::snapshot::{read_snapshot, write_snapshot};
use vernis_analytics::{Live, LiveBase, Pool, Query};
use vernis_domain::*;

const START: i32 = 20_000;

/// What happens to the base.
#[derive(Clone, Debug)]
pub enum Step {
    /// So many documents from a seed: late ones, returns and nameless ones among them.
    Trade(usize, u64),
    Void(u64),
    Remove(u64),
    Register(i64, i32),
    Compact,
    Restart,
}

pub fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1usize..40, any::<u64>()).prop_map(|(count, seed)| Step::Trade(count, seed)),
        1 => (300usize..400, any::<u64>()).prop_map(|(count, seed)| Step::Trade(count, seed)),
        2 => any::<u64>().prop_map(Step::Void),
        1 => any::<u64>().prop_map(Step::Remove),
        2 => (1i64..60, 0i32..300).prop_map(|(id, day)| Step::Register(id, day)),
        1 => Just(Step::Compact),
        1 => Just(Step::Restart),
    ]
}

/// The truth the base is made of.
#[derive(Default)]
pub struct Truth {
    pub purchases: Vec<Purchase>,
    pub people: Vec<Customer>,
    made: i64,
}

/// Some customers live in a second shard.
fn customer(number: u64) -> i64 {
    let number = (number % 60) as i64;
    number + if number % 7 == 0 { 5000 } else { 1 }
}

impl Truth {
    pub fn trade(&mut self, count: usize, mut seed: u64) -> Event {
        let mut below = |n: u64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % n
        };
        let mut new = Vec::new();
        for _ in 0..count {
            self.made += 1;
            let who = (below(8) > 0).then(|| customer(below(60)));
            let paid = below(2000) as i64 * if below(60) == 0 { 10_000_000 } else { 1 };
            let mut made = sale(self.made, who, Day(START + below(300) as i32), paid);
            made.store_id = StoreId(1 + below(3) as i64);
            made.channel_id = ChannelId(1 + below(2) as i64);
            made.discount_minor = below(30) as i64 / 10;
            made.cost_minor = (below(5) > 0).then_some(paid / 2);
            if below(6) == 0 && !self.purchases.is_empty() {
                let sold = &self.purchases[below(self.purchases.len() as u64) as usize];
                if sold.kind == PurchaseKind::Sale {
                    made.kind = PurchaseKind::Return;
                    made.customer_id = sold.customer_id;
                    made.local_day = sold.local_day.plus(below(40) as i32);
                    made.paid_minor = if below(2) == 0 {
                        -sold.paid_minor
                    } else {
                        -sold.paid_minor / 2
                    };
                    made.returned_purchase_id = (below(4) > 0).then_some(sold.id);
                }
            }
            self.purchases.push(made.clone());
            new.push(made);
        }
        Event::Purchases(new)
    }

    pub fn event(&mut self, step: &Step) -> Option<Event> {
        match *step {
            Step::Trade(count, seed) => Some(self.trade(count, seed)),
            Step::Void(seed) if !self.purchases.is_empty() => {
                let at = (seed % self.purchases.len() as u64) as usize;
                let gone = self.purchases.remove(at);
                Some(Event::PurchasesVoided(vec![(gone.customer_id, gone.id)]))
            }
            Step::Remove(seed) => {
                let id = CustomerId(customer(seed));
                self.purchases.retain(|p| p.customer_id != Some(id));
                self.people.retain(|p| p.id != id);
                Some(Event::CustomersRemoved(vec![id]))
            }
            Step::Register(id, on) => {
                let mut who = person(id, "Иванов", Day(START + on));
                who.store_id = Some(StoreId(1 + i64::from(on % 3)));
                self.people.retain(|p| p.id != who.id);
                self.people.push(who.clone());
                Some(Event::Customers(vec![who]))
            }
            Step::Void(_) | Step::Compact | Step::Restart => None,
        }
    }

    /// A base that has been asked nothing.
    pub fn base(&self) -> std::sync::Arc<LiveBase> {
        let live = live();
        live.apply(&[
            Event::Purchases(self.purchases.clone()),
            Event::Customers(self.people.clone()),
        ]);
        live.current()
    }
}

pub fn restarted(base: &LiveBase) -> LiveBase {
    let mut file = Vec::new();
    write_snapshot(base, (0, 0), &mut file).unwrap();
    read_snapshot(file.as_slice(), Pool::new(2).unwrap())
        .unwrap()
        .0
}

/// One of several questions, answered in words that can be compared.
pub fn answer(base: &LiveBase, question: u8) -> String {
    let day = |after: i32| Day(START + after);
    let mut query = Query::new(
        day(17),
        day(290),
        day(if question & 1 == 0 { 310 } else { 250 }),
    );
    query.window_days = if question & 2 == 0 { 40 } else { 90 };
    query.store = (question & 4 != 0).then_some(StoreId(2));
    query.channel = (question & 8 != 0).then_some(ChannelId(1));
    match question % 5 {
        0 => format!(
            "{:?}",
            dashboard(base, &query, &buckets(query.from, query.to, Grain::Month))
        ),
        1 => format!(
            "{:?}",
            dashboard(base, &query, &buckets(query.from, query.to, Grain::Week))
        ),
        2 => {
            let later = query.over(day(200), day(260));
            let queries = [later.year_ago(), later.previous(), later];
            let mut panels = Panel::many(base, &queries, Needs::ALL);
            panels
                .iter_mut()
                .for_each(|panel| panel.amounts.sort_unstable());
            format!("{panels:?}")
        }
        3 => {
            let metrics: Vec<_> = vernis_analytics::metrics::all().iter().collect();
            let mut groups: Vec<_> =
                by_group(base, &query.over(day(100), day(200)), &By::Store, &metrics);
            // A store nobody has bought in is no group of a new base.
            groups.retain(|(_, values)| values.iter().any(|v| v.value.is_some_and(|v| v != 0.0)));
            format!("{groups:?}")
        }
        _ => {
            let asked = RfmQuery {
                store: query.store,
                ..RfmQuery::new(query.as_of)
            };
            let of = |rfm: &vernis_analytics::rfm::Rfm| {
                format!("{:?} {:?} {}", rfm.cuts, rfm.cells, rfm.outside)
            };
            let slow = of(&rfm(base, &asked));
            if let Some(quick) = rfm_from_facts(base, &asked) {
                assert_eq!(of(&quick), slow);
            }
            slow
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_remembered_and_corrected_is_what_is_computed_from_nothing(
        first in 1usize..400,
        seed in any::<u64>(),
        steps in prop::collection::vec((step(), prop::collection::vec(any::<u8>(), 0..4)), 1..14),
    ) {
        let mut truth = Truth::default();
        let live: Live = live();
        live.apply(&[truth.trade(first, seed)]);
        live.replace(live.current().compact());
        // Asked before anything happens, so that there is something to correct.
        (0..20).for_each(|question| { answer(&live.current(), question); });
        for (step, questions) in &steps {
            if let Some(event) = truth.event(step) {
                live.apply(&[event]);
            }
            match step {
                Step::Compact => { live.replace(live.current().compact()); }
                Step::Restart => { live.replace(restarted(&live.current())); }
                _ => {}
            }
            for &question in questions {
                prop_assert_eq!(answer(&live.current(), question), answer(&truth.base(), question), "question {}", question);
            }
        }
    }
}

#[test]
fn an_answer_after_a_few_purchases_remembers_the_rest() {
    let live = cdnow_live();
    live.replace(live.current().compact());
    let remembered = || live.current().memory().memo_bytes;
    let ask = || answer(&live.current(), 0);
    assert_eq!(remembered(), 0);
    ask();
    let once = remembered();
    assert!(once > 0);
    live.apply(&[Event::Purchases(vec![sale(900_000, 4, Day(START), 5)])]);
    ask();
    assert_eq!(remembered(), once);
}
