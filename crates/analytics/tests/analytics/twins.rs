//! Kernels against slow obvious twins on random histories with ties, returns, voids, deltas,
//! stores and filters.

use crate::shop::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use vernis_analytics::dashboard::dashboard;
use vernis_analytics::facts::Lens;
use vernis_analytics::facts::filter::Filter;
use vernis_analytics::facts::list::{ListQuery, list};
use vernis_analytics::metrics::rows::disagreements;
use vernis_analytics::metrics::series::{Grain, buckets, series};
use vernis_analytics::metrics::{all, find};
use vernis_analytics::panel::{Needs, Panel};
use vernis_analytics::pareto::spread;
use vernis_analytics::rfm::transitions::transitions;
use vernis_analytics::rfm::{Borders, Cell, Cuts, RfmQuery, cell_of, rfm, rfm_from_facts};
use vernis_analytics::{LiveBase, Query};
use vernis_domain::*;

const START: i32 = 20_000;

/// (customer or none, day, paid, store, discount, cost, what it returns: how many documents back)
type Draw = (Option<u8>, u8, i32, u8, u8, Option<i16>, Option<u8>);

fn purchases(draws: &[Draw]) -> Vec<Purchase> {
    let mut made: Vec<Purchase> = Vec::new();
    for (n, &(customer, on, paid, store, discount, cost, returns)) in draws.iter().enumerate() {
        let mut purchase = sale(
            n as i64 + 1,
            // Some customers live in the second shard.
            customer.map(|c| {
                if c % 5 == 0 {
                    5000 + i64::from(c)
                } else {
                    i64::from(c) + 1
                }
            }),
            Day(START + i32::from(on)),
            // Now and then an amount beyond 32 bits.
            i64::from(paid) * if paid % 97 == 0 { 10_000_000 } else { 1 },
        );
        purchase.store_id = StoreId(1 + i64::from(store % 3));
        purchase.channel_id = ChannelId(1 + i64::from(store % 2));
        purchase.discount_minor = i64::from(discount / 8);
        purchase.cost_minor = cost.map(i64::from);
        let sold = returns
            .and_then(|back| made.len().checked_sub(1 + usize::from(back)))
            .map(|at| made[at].clone())
            .filter(|sold| sold.kind == PurchaseKind::Sale);
        if let Some(sold) = sold {
            purchase.kind = PurchaseKind::Return;
            purchase.customer_id = sold.customer_id;
            purchase.store_id = sold.store_id;
            purchase.local_day = Day(sold.local_day.0 + i32::from(on) / 4);
            // Whole, half, or nameless.
            purchase.paid_minor = if on % 2 == 0 {
                -sold.paid_minor
            } else {
                -sold.paid_minor / 2
            };
            purchase.discount_minor = 0;
            purchase.returned_purchase_id = (on % 5 != 0).then_some(sold.id);
        }
        made.push(purchase);
    }
    made
}

fn draws() -> impl Strategy<Value = Vec<Draw>> {
    let draw = (
        prop::option::weighted(0.9, 0u8..12),
        any::<u8>(),
        0i32..2000,
        any::<u8>(),
        any::<u8>(),
        prop::option::weighted(0.8, 0i16..500),
        prop::option::weighted(0.15, 0u8..6),
    );
    prop::collection::vec(draw, 1..120)
}

fn base_of(purchases: &[Purchase], step: usize) -> std::sync::Arc<LiveBase> {
    let live = live();
    for part in purchases.chunks(step.max(1)) {
        live.apply(&[Event::Purchases(part.to_vec())]);
    }
    live.current()
}

/// A base whose first purchases are settled and whose others wait in deltas.
fn half_settled(purchases: &[Purchase], settled: usize) -> std::sync::Arc<LiveBase> {
    let live = live();
    let (first, rest) = purchases.split_at(settled.min(purchases.len()));
    live.apply(&[Event::Purchases(first.to_vec())]);
    live.replace(live.current().compact());
    live.apply(&[Event::Purchases(rest.to_vec())]);
    live.current()
}

/// Ids of those who meet a condition, ascending.
fn people_of(base: &LiveBase, rfm: &RfmQuery, filter: &str) -> Vec<CustomerId> {
    let query = ListQuery {
        filters: vec![Filter::parse(filter).unwrap()],
        limit: 1000,
        ..ListQuery::default()
    };
    let mut ids = list(base, &Lens::new(rfm.as_of, *rfm), &query).ids;
    ids.sort_unstable();
    ids
}

/// The obvious way: the purchases of one customer with their returns.
struct Slow {
    of: BTreeMap<i64, Vec<Purchase>>,
}

impl Slow {
    fn new(purchases: &[Purchase]) -> Slow {
        let mut of: BTreeMap<i64, Vec<Purchase>> = BTreeMap::new();
        for purchase in purchases {
            if let Some(customer) = purchase.customer_id {
                of.entry(customer.0).or_default().push(purchase.clone());
            }
        }
        for own in of.values_mut() {
            own.sort_by_key(|p| (p.local_day, p.occurred_at, p.id));
        }
        Slow { of }
    }

    fn is_purchase(&self, p: &Purchase) -> bool {
        let own = &self.of[&p.customer_id.unwrap().0];
        let back: Vec<i64> = own
            .iter()
            .filter(|r| r.kind == PurchaseKind::Return && r.returned_purchase_id == Some(p.id))
            .map(|r| r.paid_minor)
            .collect();
        p.kind == PurchaseKind::Sale
            && (back.is_empty() || p.paid_minor + back.iter().sum::<i64>() > 0)
    }

    fn credited(&self, p: &Purchase) -> i32 {
        let own = &self.of[&p.customer_id.unwrap().0];
        let sale = own.iter().find(|s| {
            s.kind == PurchaseKind::Sale
                && p.kind == PurchaseKind::Return
                && Some(s.id) == p.returned_purchase_id
        });
        sale.unwrap_or(p).local_day.0
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rfm_is_what_the_slow_way_finds(draws in draws(), step in 1usize..40, ago in 0i32..200, window in prop::option::of(1i32..200), store in prop::option::of(1i64..4)) {
        let purchases = purchases(&draws);
        let base = base_of(&purchases, step);
        let as_of = START + 320 - ago;
        let query = RfmQuery { window_days: window, store: store.map(StoreId), ..RfmQuery::new(Day(as_of)) };
        let result = rfm(&base, &query);
        let slow = Slow::new(&purchases);
        let from = window.map_or(0, |w| as_of + 1 - w);
        let here = |p: &Purchase| store.is_none_or(|s| p.store_id.0 == s);
        let inside = |d: i32| d >= from && d <= as_of;
        let mut scores = Vec::new();
        for own in slow.of.values() {
            let bought: Vec<_> = own.iter().filter(|p| slow.is_purchase(p) && here(p) && inside(p.local_day.0)).collect();
            if let Some(last) = bought.last() {
                let money: i64 = own.iter().filter(|p| here(p) && inside(slow.credited(p))).map(|p| p.paid_minor).sum();
                scores.push((i64::from(last.local_day.0), bought.len() as i64, money));
            }
        }
        // Three times the type-7 tercile is a whole number: compare without fractions.
        let cut = |mut values: Vec<i64>, third: usize| {
            values.sort_unstable();
            let (at, rest) = ((values.len() - 1) * third / 3, ((values.len() - 1) * third % 3) as i64);
            let next = values[(at + 1).min(values.len() - 1)];
            3 * values[at] + rest * (next - values[at])
        };
        let group = |value: i64, all: Vec<i64>| 1 + u8::from(3 * value > cut(all.clone(), 1)) + u8::from(3 * value > cut(all, 2));
        let mut cells = vec![(0u32, 0i64); 27];
        for &(r, f, m) in &scores {
            let cell = Cell::new(
                group(r, scores.iter().map(|s| s.0).collect()),
                group(f, scores.iter().map(|s| s.1).collect()),
                group(m, scores.iter().map(|s| s.2).collect()),
            ).unwrap();
            cells[cell.number()].0 += 1;
            cells[cell.number()].1 += m;
        }
        prop_assert_eq!(&result.cells[..], &cells[..]);
        if let Some(quick) = rfm_from_facts(&base, &query) {
            prop_assert_eq!(&quick.cells[..], &cells[..]);
        }
    }

    #[test]
    fn every_link_of_the_moves_leads_to_exactly_its_people(draws in draws(), settled in 0usize..120, back in 0i32..200, window in prop::option::of(30i32..200), store in prop::option::of(1i64..4), borders in 0u8..2) {
        let base = half_settled(&purchases(&draws), settled);
        let query = RfmQuery {
            window_days: window,
            store: store.map(StoreId),
            borders: [Borders::Terciles, Borders::Rhythm][usize::from(borders)],
            ..RfmQuery::new(Day(START + 280))
        };
        let from = query.as_of.plus(-back);
        let before = RfmQuery { as_of: from, ..query };
        let cuts = [rfm(&base, &before).cuts, rfm(&base, &query).cuts];
        // Each customer on his own, by the borders of the day.
        let place = |query: &RfmQuery, cuts: &Cuts, id| cell_of(&base, query, cuts, id).map_or("outside".to_owned(), |cell| cell.to_string());
        let mut expected: BTreeMap<(String, String), Vec<CustomerId>> = BTreeMap::new();
        for (id, own) in Slow::new(&purchases(&draws)).of {
            let slow = Slow { of: BTreeMap::from([(id, own)]) };
            let Some(first) = slow.of[&id].iter().find(|p| slow.is_purchase(p)).map(|p| p.local_day) else { continue };
            if first > query.as_of {
                continue;
            }
            let id = CustomerId(id);
            let start = if first > from { "new".to_owned() } else { place(&before, &cuts[0], id) };
            expected.entry((start, place(&query, &cuts[1], id))).or_default().push(id);
        }
        let moves = transitions(&base, from, &query, None);
        prop_assert_eq!(moves.links.len(), expected.len());
        let found = |start: &str, end: &str| people_of(&base, &query, &format!("moved:eq:{from}~{start}~{end}"));
        let mut folded: BTreeMap<(String, String), u32> = BTreeMap::new();
        for link in &moves.links {
            let (start, end) = (link.from.to_string(), link.to.to_string());
            let people = found(&start, &end);
            prop_assert_eq!(people.len(), link.customers as usize);
            prop_assert_eq!(&people, &expected[&(start.clone(), end.clone())]);
            let fold = |place: String| if place.starts_with(|c: char| c.is_ascii_digit()) { place[..2].to_owned() } else { place };
            *folded.entry((fold(start), fold(end))).or_default() += link.customers;
        }
        for ((start, end), customers) in folded {
            prop_assert_eq!(found(&start, &end).len(), customers as usize, "{} {}", start, end);
        }
    }

    #[test]
    fn every_abc_class_leads_to_exactly_its_people(draws in draws(), settled in 0usize..120, from in 0i32..250, length in 1i32..300, same in 1i32..2000, store in prop::option::of(1i64..4)) {
        // Few different amounts: many spend the same, and the border runs through them.
        let draws: Vec<Draw> = draws.into_iter().map(|(c, on, paid, s, d, cost, back)| (c, on, paid % same / 100, s, d, cost, back)).collect();
        let purchases = purchases(&draws);
        let base = half_settled(&purchases, settled);
        let mut query = Query::new(Day(START + from), Day(START + from + length), Day(START + 280));
        query.store = store.map(StoreId);
        let rfm = RfmQuery { store: query.store, ..RfmQuery::new(query.as_of) };
        let slow = Slow::new(&purchases);
        let inside = |day: i32| day >= query.from.0 && day < query.to.0.min(query.as_of.0 + 1);
        let here = |p: &&Purchase| query.store.is_none_or(|store| store == p.store_id);
        let mut buyers: Vec<(i64, i64)> = Vec::new();
        for (&id, own) in &slow.of {
            if own.iter().filter(here).any(|p| slow.is_purchase(p) && inside(p.local_day.0)) {
                let spent: i64 = own.iter().filter(here).filter(|p| inside(slow.credited(p))).map(|p| p.paid_minor).sum();
                buyers.push((-spent, id));
            }
        }
        buyers.sort_unstable();
        let total: f64 = buyers.iter().map(|(minus, _)| (-minus).max(0) as f64).sum();
        let mut expected = [Vec::new(), Vec::new(), Vec::new()];
        let mut before = 0.0;
        for (minus, id) in buyers {
            let spent = -minus as f64;
            let class = if spent <= 0.0 { 2 } else { usize::from(before / total >= 0.8) + usize::from(before / total >= 0.95) };
            before += spent.max(0.0);
            expected[class].push(CustomerId(id));
        }
        let told = spread(&base, &query).abc;
        for ((class, mut people), (customers, _)) in ["A", "B", "C"].into_iter().zip(expected).zip(told) {
            people.sort_unstable();
            let found = people_of(&base, &rfm, &format!("abc:eq:{}~{}~{class}", query.from, query.to));
            prop_assert_eq!(found.len(), customers, "{}", class);
            prop_assert_eq!(found, people, "{}", class);
        }
    }

    #[test]
    fn the_dashboard_says_what_the_panel_says_bucket_by_bucket(draws in draws(), step in 1usize..40, store in prop::option::of(1i64..4), window in 5i32..120, ago in 0i32..100) {
        let purchases = purchases(&draws);
        let base = base_of(&purchases, step);
        let mut query = Query::new(Day(START + 17), Day(START + 300), Day(START + 320 - ago));
        query.store = store.map(StoreId);
        query.window_days = window;
        let months = buckets(query.from, query.to, Grain::Month);
        let quick = dashboard(&base, &query, &months);
        for (at, &(from, to)) in quick.buckets.iter().enumerate() {
            let panel = Panel::of(&base, &query.over(from, to), Needs::default());
            let counts = panel.counts;
            let expected = (panel.books().revenue(), panel.books().sales, counts.buyers, counts.new, counts.returning, counts.start, counts.end, counts.kept, counts.joined);
            let ours = (quick.revenue[at], quick.orders[at], quick.buyers[at], quick.new[at], quick.returning[at], quick.start[at], quick.end[at], quick.kept[at], quick.joined[at]);
            prop_assert_eq!(ours, expected, "bucket {}", at);
        }
        let weeks = buckets(query.from, query.to, Grain::Week);
        let keys = ["crr", "customers_reactivated", "mean_order", "customers_new"];
        let fast = series(&base, &query, &keys.map(|k| find(k).unwrap()), &weeks);
        // One metric that needs the panel makes the whole series take the slow way.
        let slow = series(&base, &query, &["crr", "customers_reactivated", "mean_order", "customers_new", "gini"].map(|k| find(k).unwrap()), &weeks);
        for (fast, slow) in fast.iter().zip(&slow) {
            let numbers = |values: &[Option<vernis_analytics::metrics::Value>]| values.iter().map(|v| v.map(|v| v.value)).collect::<Vec<_>>();
            prop_assert_eq!(numbers(fast), numbers(slow));
        }
    }

    #[test]
    fn many_panels_at_once_are_what_each_is_alone(draws in draws(), step in 1usize..40, store in prop::option::of(1i64..4), periods in prop::collection::vec((0i32..320, 0i32..120), 1..50)) {
        let base = base_of(&purchases(&draws), step);
        let queries: Vec<Query> = periods.iter().map(|&(from, length)| {
            let mut query = Query::new(Day(START + from), Day(START + from + length), Day(START + 300));
            query.store = store.map(StoreId);
            query.window_days = 40;
            query
        }).collect();
        let together = Panel::many(&base, &queries, Needs::ALL);
        for (query, mut panel) in queries.iter().zip(together) {
            let mut alone = Panel::of(&base, query, Needs::ALL);
            panel.amounts.sort_unstable();
            alone.amounts.sort_unstable();
            prop_assert_eq!(panel, alone);
        }
    }

    #[test]
    fn cohorts_are_what_the_slow_way_counts(draws in draws(), step in 1usize..40) {
        let purchases = purchases(&draws);
        let base = base_of(&purchases, step);
        let query = Query::new(Day(START), Day(START + 330), Day(START + 330));
        let table = vernis_analytics::cohorts::cohorts(&base, &query);
        let slow = Slow::new(&purchases);
        let months: Vec<Day> = table.cohorts.iter().map(|c| c.from).collect();
        let month = |d: i32| months.iter().rposition(|m| m.0 <= d);
        for (c, cohort) in table.cohorts.iter().enumerate() {
            let mut people = vec![BTreeSet::new(); cohort.customers.len()];
            let mut money = vec![0i64; cohort.customers.len()];
            for (id, own) in &slow.of {
                let first = own.iter().find(|p| slow.is_purchase(p));
                if first.and_then(|p| month(p.local_day.0)) != Some(c) {
                    continue;
                }
                for p in own {
                    let credited = month(slow.credited(p)).unwrap();
                    if credited >= c {
                        money[credited - c] += p.paid_minor;
                    }
                    if slow.is_purchase(p) {
                        people[month(p.local_day.0).unwrap() - c].insert(*id);
                    }
                }
            }
            let people: Vec<_> = people.iter().map(|p| Some(p.len() as i64)).collect();
            prop_assert_eq!(&cohort.customers, &people);
            prop_assert_eq!(&cohort.revenue_minor, &money.into_iter().map(Some).collect::<Vec<_>>());
        }
    }

    #[test]
    fn rows_make_every_number_and_the_customer_identity_holds(draws in draws(), step in 1usize..40, store in prop::option::of(1i64..4), from in 0i32..250, length in 1i32..120) {
        let base = base_of(&purchases(&draws), step);
        let mut query = Query::new(Day(START + from), Day(START + from + length), Day(START + 280));
        query.store = store.map(StoreId);
        query.window_days = 40;
        prop_assert_eq!(disagreements(&base, &query), Vec::<&str>::new());
        let counts = Panel::of(&base, &query, Needs::default()).counts;
        prop_assert_eq!(counts.end, counts.start - counts.lost() + counts.joined + counts.reactivated);
        prop_assert!(all().len() >= 40);
    }
}
