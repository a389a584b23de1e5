//! The CDNOW sample: figures published in analytics papers and computed by other programs.

use crate::shop::*;
use vernis_analytics::Query;
use vernis_analytics::metrics::answer::values;
use vernis_analytics::rfm::{self, Cell, RfmQuery};

#[test]
fn the_published_figures_of_the_sample_come_out() {
    let live = cdnow_live();
    let base = live.current();
    assert_eq!((base.customers(), base.purchases()), (2357, 6919));
    let query = Query::new(day("1997-01-01"), day("1998-07-01"), day("1998-06-30"));
    let values = values(&base, &query);
    let value = |key: &str| {
        let found = values
            .iter()
            .find(|(metric, _)| metric.spec.key == key)
            .unwrap();
        found.1.value.unwrap_or(f64::NAN)
    };
    assert_eq!(value("orders"), 6919.0);
    assert_eq!(value("customers_total"), 2357.0);
    assert_eq!(value("revenue"), 24_409_194.0);
    assert_eq!((value("mean_order") * 100.0).round(), 352_785.0);
    assert_eq!((value("repeat_rate") * 10_000.0).round(), 4888.0);
    assert_eq!((value("first_orders_share") * 10_000.0).round(), 3407.0);

    for result in [
        rfm::rfm(&base, &RfmQuery::new(day("1998-06-30"))),
        rfm::rfm_from_facts(&base, &RfmQuery::new(day("1998-06-30"))).unwrap(),
    ] {
        let count = |code: &str| result.cells[code.parse::<Cell>().unwrap().number()].0;
        assert_eq!((count("333"), count("111")), (522, 429));
        let marginal = |axis: fn(Cell) -> u8| {
            [1, 2, 3].map(|score| {
                Cell::all()
                    .filter(|&c| axis(c) == score)
                    .map(|c| result.cells[c.number()].0)
                    .sum::<u32>()
            })
        };
        assert_eq!(marginal(Cell::r), [786, 785, 786]);
        assert_eq!(marginal(Cell::f), [1205, 406, 746]);
        assert_eq!(marginal(Cell::m), [786, 785, 786]);
    }
}
