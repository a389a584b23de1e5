//! Numbers computed by independent Python programs (fixtures/expected) come out of the kernels.
//!
//! Planted bugs these tests caught: see fixtures/README.md.

use crate::shop::*;
use serde_json::Value as Json;
use std::sync::Arc;
use vernis_analytics::cohorts::cohorts;
use vernis_analytics::life_cycle::{STATES, life_cycle};
use vernis_analytics::metrics::answer::values;
use vernis_analytics::metrics::rows::disagreements;
use vernis_analytics::pareto::spread;
use vernis_analytics::rf_map::rf_map;
use vernis_analytics::rfm::transitions::transitions;
use vernis_analytics::rfm::{Borders, Cell, Cuts, RfmQuery, rfm, rfm_from_facts};
use vernis_analytics::{LiveBase, Query};
use vernis_domain::{ChannelId, Day, Event, StoreId};

fn cdnow_expected() -> Json {
    serde_json::from_str(include_str!("../../../../fixtures/expected/cdnow.json")).unwrap()
}

fn small_expected() -> Json {
    serde_json::from_str(include_str!(
        "../../../../fixtures/expected/small_shop.json"
    ))
    .unwrap()
}

/// The small shop arrives in pieces, so that part of it waits in deltas.
fn small_base() -> Arc<LiveBase> {
    let live = live();
    for part in small_shop().chunks(7) {
        live.apply(&[Event::Purchases(part.to_vec())]);
    }
    live.current()
}

fn json_day(value: &Json) -> Day {
    day(value.as_str().unwrap())
}

fn check_panel(base: &LiveBase, query: &Query, expected: &Json, what: &str) {
    let values = values(base, query);
    let expected = expected.as_object().unwrap();
    for (key, number) in expected {
        let (_, value) = values
            .iter()
            .find(|(metric, _)| metric.spec.key == key)
            .unwrap_or_else(|| panic!("no metric {key}"));
        match (value.value, number.as_f64()) {
            (Some(ours), Some(theirs)) => assert!(
                (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0),
                "{what}: {key} is {ours}, expected {theirs}"
            ),
            (None, None) => assert!(value.reason.is_some(), "{what}: {key} has no reason"),
            (ours, theirs) => panic!("{what}: {key} is {ours:?}, expected {theirs:?}"),
        }
    }
    // Only what needs people on record is not in the program.
    for (metric, _) in &values {
        let key = metric.spec.key;
        assert!(
            expected.contains_key(key) || key == "registrations",
            "{key} is not checked"
        );
    }
}

fn check_panels(base: &LiveBase, expected: &Json, as_of: Day) {
    for panel in expected["panels"].as_array().unwrap() {
        let mut query = Query::new(json_day(&panel["from"]), json_day(&panel["to"]), as_of);
        query.window_days = panel["window"].as_i64().unwrap() as i32;
        query.store = panel["store"].as_i64().map(StoreId);
        query.channel = panel["channel"].as_i64().map(ChannelId);
        let what = format!(
            "{}..{} W {} store {} channel {}",
            panel["from"], panel["to"], panel["window"], panel["store"], panel["channel"]
        );
        check_panel(base, &query, &panel["values"], &what);
        assert_eq!(
            disagreements(base, &query),
            Vec::<&str>::new(),
            "{what}: rows make another number"
        );
    }
}

fn check_cohorts(base: &LiveBase, expected: &Json, query: &Query) {
    let table = cohorts(base, query);
    let expected = expected.as_array().unwrap();
    assert_eq!(table.cohorts.len(), expected.len());
    for (cohort, expected) in table.cohorts.iter().zip(expected) {
        let numbers = |key: &str| -> Vec<Option<i64>> {
            expected[key]
                .as_array()
                .unwrap()
                .iter()
                .map(Json::as_i64)
                .collect()
        };
        assert_eq!(
            cohort.size,
            expected["size"].as_i64().unwrap(),
            "{}",
            cohort.from
        );
        assert_eq!(cohort.customers, numbers("customers"), "{}", cohort.from);
        assert_eq!(cohort.revenue_minor, numbers("revenue"), "{}", cohort.from);
    }
}

fn fixed(expected: &Json) -> Borders {
    let cut = |axis: usize, n: usize| expected["fixed"][axis][n].as_i64().unwrap();
    Borders::Fixed(Cuts {
        recency_days: [cut(0, 0) as i32, cut(0, 1) as i32],
        frequency: [cut(1, 0), cut(1, 1)],
        monetary_minor: [cut(2, 0), cut(2, 1)],
    })
}

fn check_rfm(base: &LiveBase, expected: &Json) {
    for one in expected["rfm"].as_array().unwrap() {
        let query = RfmQuery {
            window_days: one["window"].as_i64().map(|w| w as i32),
            borders: match one["borders"].as_str().unwrap() {
                "terciles" => Borders::Terciles,
                "rhythm" => Borders::Rhythm,
                _ => fixed(expected),
            },
            ..RfmQuery::new(json_day(&one["as_of"]))
        };
        let what = format!("{} {} {}", one["as_of"], one["borders"], one["window"]);
        let mut results = vec![rfm(base, &query)];
        results.extend(rfm_from_facts(base, &query));
        for result in results {
            for cell in Cell::all() {
                let expected = &one["cells"][cell.to_string()];
                let expected = (
                    expected[0].as_i64().unwrap_or(0) as u32,
                    expected[1].as_i64().unwrap_or(0),
                );
                assert_eq!(result.cells[cell.number()], expected, "{what}: {cell}");
            }
            assert_eq!(
                i64::from(result.outside),
                one["outside"].as_i64().unwrap(),
                "{what}"
            );
        }
    }
}

fn check_transitions(base: &LiveBase, expected: &Json) {
    let expected = &expected["transitions"];
    let query = RfmQuery::new(json_day(&expected["to"]));
    let links = transitions(base, json_day(&expected["from"]), &query, None).links;
    let theirs = expected["links"].as_object().unwrap();
    assert_eq!(links.len(), theirs.len());
    for link in links {
        let expected = &theirs[&format!("{}>{}", link.from, link.to)];
        let ours = [i64::from(link.customers), link.revenue_minor];
        assert_eq!(
            ours,
            [expected[0].as_i64().unwrap(), expected[1].as_i64().unwrap()]
        );
    }
}

fn check_life_cycle(base: &LiveBase, expected: &Json) {
    let (before, after) = (json_day(&expected["before"]), json_day(&expected["after"]));
    let cycle = life_cycle(base, &Query::new(before.plus(1), after.plus(1), after));
    let moves = expected["moves"].as_object().unwrap();
    for (i, from) in STATES.iter().enumerate() {
        for (j, to) in STATES.iter().enumerate() {
            let theirs = moves
                .get(&format!("{}>{}", from.key(), to.key()))
                .and_then(Json::as_i64);
            assert_eq!(
                i64::from(cycle.moves[i][j]),
                theirs.unwrap_or(0),
                "{from:?} to {to:?}"
            );
        }
        assert_eq!(
            cycle.moves[i].iter().sum::<u32>(),
            cycle.before[i],
            "row of {from:?}"
        );
    }
}

fn check_map(base: &LiveBase, expected: &Json, as_of: Day) {
    let map = rf_map(base, &RfmQuery::new(as_of), None);
    for (row, theirs) in map.iter().zip(expected["rf_map"].as_array().unwrap()) {
        for (cell, theirs) in row.iter().zip(theirs.as_array().unwrap()) {
            let ours = [i64::from(cell.0), cell.1];
            assert_eq!(
                ours,
                [theirs[0].as_i64().unwrap(), theirs[1].as_i64().unwrap()]
            );
        }
    }
}

fn check_abc(base: &LiveBase, expected: &Json, query: &Query) {
    let spread = spread(base, query);
    let ours: Vec<i64> = spread.abc.iter().map(|class| class.0 as i64).collect();
    let theirs: Vec<i64> = expected["abc"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Json::as_i64)
        .collect();
    assert_eq!(ours, theirs);
    assert!(spread.curve.len() <= 200 && spread.curve.last() == Some(&(1.0, 1.0)));
}

#[test]
fn the_published_figures_of_the_cdnow_sample_come_out() {
    let base = cdnow_live().current();
    let as_of = day("1998-06-30");
    assert_eq!((base.customers(), base.purchases()), (2357, 6919));
    let query = Query::new(day("1997-01-01"), day("1998-07-01"), as_of);
    let all = values(&base, &query);
    let value = |key: &str| {
        all.iter()
            .find(|(metric, _)| metric.spec.key == key)
            .and_then(|(_, v)| v.value)
            .unwrap()
    };
    assert_eq!(
        (value("orders"), value("customers_total")),
        (6919.0, 2357.0)
    );
    assert_eq!(value("revenue"), 24_409_194.0);
    assert_eq!((value("mean_order") * 100.0).round(), 352_785.0);
    assert_eq!((value("repeat_rate") * 10_000.0).round(), 4888.0);
    assert_eq!((value("first_orders_share") * 10_000.0).round(), 3407.0);
    assert_eq!(cdnow_expected()["purchase_days"], 6696);
    let table = cohorts(&base, &query);
    let early: Vec<_> = table.cohorts[..3]
        .iter()
        .map(|c| (c.size, c.customers[1]))
        .collect();
    assert_eq!(early, [(781, Some(124)), (857, Some(134)), (719, Some(87))]);
    assert_eq!(
        spread(&base, &query).abc.map(|class| class.0),
        [777, 801, 779]
    );
    let result = rfm(&base, &RfmQuery::new(as_of));
    let count = |code: &str| result.cells[code.parse::<Cell>().unwrap().number()].0;
    assert_eq!((count("333"), count("111")), (522, 429));
    let marginal = |axis: fn(Cell) -> u8| {
        [1, 2, 3].map(|score| {
            let cells = Cell::all().filter(|&cell| axis(cell) == score);
            cells.map(|cell| result.cells[cell.number()].0).sum::<u32>()
        })
    };
    assert_eq!(marginal(Cell::r), [786, 785, 786]);
    assert_eq!(marginal(Cell::f), [1205, 406, 746]);
    assert_eq!(marginal(Cell::m), [786, 785, 786]);
}

#[test]
fn every_metric_of_the_cdnow_sample_is_what_the_other_program_says() {
    let base = cdnow_live().current();
    check_panels(&base, &cdnow_expected(), day("1998-06-30"));
}

#[test]
fn cohorts_rfm_life_cycle_and_maps_of_the_cdnow_sample_are_what_the_other_program_says() {
    let (base, expected) = (cdnow_live().current(), cdnow_expected());
    let as_of = day("1998-06-30");
    let query = Query::new(day("1997-01-01"), day("1998-07-01"), as_of);
    check_cohorts(&base, &expected["cohorts"], &query);
    check_rfm(&base, &expected);
    check_transitions(&base, &expected);
    check_life_cycle(&base, &expected["life_cycle"]);
    check_life_cycle(&base, &expected["life_cycle_early"]);
    check_map(&base, &expected, as_of);
    check_abc(&base, &expected, &query);
}

#[test]
fn every_metric_of_the_small_shop_by_store_and_channel_is_what_the_other_program_says() {
    check_panels(&small_base(), &small_expected(), day("2025-12-31"));
}

#[test]
fn cohorts_rfm_life_cycle_and_maps_of_the_small_shop_are_what_the_other_program_says() {
    let (base, expected) = (small_base(), small_expected());
    let as_of = day("2025-12-31");
    // The last two months are in the future on that day.
    let query = Query::new(day("2025-01-01"), day("2026-03-01"), as_of);
    check_cohorts(&base, &expected["cohorts"], &query);
    check_rfm(&base, &expected);
    check_transitions(&base, &expected);
    check_life_cycle(&base, &expected["life_cycle"]);
    check_map(&base, &expected, as_of);
    check_abc(
        &base,
        &expected,
        &Query::new(day("2025-01-01"), day("2026-01-01"), as_of),
    );
}

#[test]
fn a_panel_of_one_rfm_cell_counts_its_customers_only() {
    let (base, expected) = (small_base(), small_expected());
    let expected = &expected["cell_panel"];
    let as_of = json_day(&expected["as_of"]);
    let cell = expected["cell"].as_str().unwrap().parse().unwrap();
    let mut query = Query::new(day("2025-01-01"), day("2026-01-01"), as_of);
    query.cell = Some((cell, RfmQuery::new(as_of)));
    check_panel(&base, &query, &expected["values"], "one cell");
    assert_eq!(disagreements(&base, &query), Vec::<&str>::new());
}
