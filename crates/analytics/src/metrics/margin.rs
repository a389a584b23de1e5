//! What is left after the cost of goods. Only documents with a known cost take part.

use super::*;

static KNOWN: Text = text("себестоимость известна", "the cost is known");

const NO_COST: Reason = Reason {
    code: "no_cost",
    text: text(
        "себестоимость не загружена: без неё нет прибыли",
        "costs are not loaded: there is no profit without them",
    ),
};
const PART_OF_COST: Text = text(
    "Только по документам с известной себестоимостью.",
    "Only over documents with a known cost.",
);

fn note(panel: &Panel) -> Option<Text> {
    (panel.books().uncosted > 0).then_some(PART_OF_COST)
}

fn known(panel: &Panel) -> bool {
    let books = panel.books();
    books.sales + books.returns > books.uncosted
}

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        Metric {
            spec: Spec {
                key: "margin",
                group: Group::Sales,
                label: text("Маржа", "Margin"),
                short: text(
                    "Сколько осталось от выручки после закупочной цены.",
                    "What is left of the revenue after the cost of goods.",
                ),
                unit: Unit::Money,
                formula: text(
                    "Σ (оплачено − себестоимость) по документам периода, где себестоимость известна.",
                    "Σ (paid − cost) over documents of the period with a known cost.",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |p| {
                if !known(p) {
                    return Value::none(NO_COST);
                }
                Value::count(p.books().costed_paid - p.books().cost).note(note(p))
            },
            behind: Behind::Purchases(|doc, _| {
                doc.cost.and_then(|cost| part(&KNOWN, doc.paid - cost, 0))
            }),
            aggregate: Aggregate::SumOfSome,
        },
        Metric {
            spec: Spec {
                key: "margin_share",
                group: Group::Sales,
                label: text("Маржинальность", "Margin share"),
                short: text(
                    "Сколько копеек с каждого рубля остаётся вам.",
                    "How much of every unit of revenue stays with you.",
                ),
                unit: Unit::Share,
                formula: text(
                    "(оплачено − себестоимость) ÷ оплачено по документам с известной себестоимостью.",
                    "(paid − cost) ÷ paid over documents with a known cost.",
                ),
                better: Better::Up,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| {
                let books = p.books();
                Value::ratio(books.costed_paid - books.cost, books.costed_paid, NO_COST)
                    .note(note(p))
            },
            behind: Behind::Purchases(|doc, _| {
                doc.cost
                    .and_then(|cost| part(&KNOWN, doc.paid - cost, doc.paid))
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
    ]
}
