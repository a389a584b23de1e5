//! What was given away in discounts.

use super::*;

static WITH: Text = text("со скидкой", "with a discount");
static WITHOUT: Text = text("без скидки", "without a discount");

const NO_LIST: Reason = Reason {
    code: "nothing_sold",
    text: text(
        "за период ничего не продано",
        "nothing was sold in the period",
    ),
};
const NO_DISCOUNTED: Reason = Reason {
    code: "no_discounts",
    text: text(
        "за период нет продаж со скидкой",
        "no discounted sales in the period",
    ),
};

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        Metric {
            spec: Spec {
                key: "discount_share",
                group: Group::Sales,
                label: text("Доля скидок", "Discount share"),
                short: text(
                    "Какую часть цены вы отдали скидками и баллами.",
                    "What part of the list price you gave away in discounts and points.",
                ),
                unit: Unit::Share,
                formula: text(
                    "Скидка ÷ (оплачено + скидка) по всем документам периода.",
                    "Discount ÷ (paid + discount) over all documents of the period.",
                ),
                better: Better::Down,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |p| {
                let books = p.books();
                Value::ratio(books.discount, books.revenue() + books.discount, NO_LIST)
            },
            behind: Behind::Purchases(|doc, _| {
                part(
                    if doc.discounted { &WITH } else { &WITHOUT },
                    doc.discount,
                    doc.paid + doc.discount,
                )
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
        Metric {
            spec: Spec {
                key: "discounted_orders_share",
                group: Group::Sales,
                label: text("Доля чеков со скидкой", "Share of discounted orders"),
                short: text(
                    "Сколько чеков из ста были со скидкой.",
                    "How many receipts out of a hundred carried a discount.",
                ),
                unit: Unit::Share,
                formula: text(
                    "Продажи со скидкой ÷ все продажи периода.",
                    "Discounted sales ÷ all sales of the period.",
                ),
                better: Better::None,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::ratio(p.books().discounted_sales, p.books().sales, NO_ORDERS),
            behind: Behind::Purchases(|doc, _| match (doc.is_return, doc.discounted) {
                (true, _) => None,
                (false, true) => part(&WITH, 1, 1),
                (false, false) => part(&WITHOUT, 0, 1),
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
        Metric {
            spec: Spec {
                key: "promo_revenue_share",
                group: Group::Sales,
                label: text("Доля выручки со скидкой", "Share of revenue on discount"),
                short: text(
                    "Какая часть денег пришла с продаж со скидкой.",
                    "What part of the money came from discounted sales.",
                ),
                unit: Unit::Share,
                formula: text(
                    "Оплачено по продажам со скидкой ÷ оплачено по всем продажам периода.",
                    "Paid for discounted sales ÷ paid for all sales of the period.",
                ),
                better: Better::None,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::ratio(p.books().discounted_sold, p.books().sold, NO_REVENUE),
            behind: Behind::Purchases(|doc, _| match (doc.is_return, doc.discounted) {
                (true, _) => None,
                (false, true) => part(&WITH, doc.paid, doc.paid),
                (false, false) => part(&WITHOUT, 0, doc.paid),
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
        Metric {
            spec: Spec {
                key: "discount_depth",
                group: Group::Sales,
                label: text("Средняя глубина скидки", "Mean discount depth"),
                short: text(
                    "На сколько в среднем снижена цена там, где скидка была.",
                    "By how much the price was cut where there was a discount.",
                ),
                unit: Unit::Share,
                formula: text(
                    "Скидка ÷ (оплачено + скидка) только по продажам со скидкой.",
                    "Discount ÷ (paid + discount) over discounted sales only.",
                ),
                better: Better::Down,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| {
                let books = p.books();
                let list = books.discounted_sold + books.discounted_discount;
                Value::ratio(books.discounted_discount, list, NO_DISCOUNTED)
            },
            behind: Behind::Purchases(|doc, _| {
                (!doc.is_return && doc.discounted).then_some(Part {
                    role: &WITH,
                    top: doc.discount,
                    bottom: doc.paid + doc.discount,
                })
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
    ]
}
