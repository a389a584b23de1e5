//! Receipts: how many, how large on average and in the middle, how much came back.

use super::*;
use crate::quantile::median_amount;

static SALE: Text = text("продажа", "sale");
static RETURN: Text = text("возврат", "return");

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        Metric {
            spec: Spec {
                key: "orders",
                group: Group::Sales,
                label: text("Чеков", "Orders"),
                short: text("Сколько было продаж.", "How many sales there were."),
                unit: Unit::Count,
                formula: text(
                    "Число продаж периода, с клиентом и без. Возвраты — отдельные документы и здесь не считаются.",
                    "Number of sales in the period, with and without a customer. Returns are documents of their own and do not count here.",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::count(p.books().sales),
            behind: Behind::Purchases(|doc, _| counted(!doc.is_return, &SALE)),
            aggregate: Aggregate::Sum,
        },
        Metric {
            spec: Spec {
                key: "mean_order",
                group: Group::Sales,
                label: text("Средний чек", "Mean order"),
                short: text(
                    "Сколько в среднем приносит один чек.",
                    "What one receipt brings on average.",
                ),
                unit: Unit::Money,
                formula: text(
                    "Выручка ÷ число чеков (продаж), а не число клиентов.",
                    "Revenue ÷ number of orders (sales), not of customers.",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::ratio(p.books().revenue(), p.books().sales, NO_ORDERS),
            behind: Behind::Purchases(|doc, _| {
                if doc.is_return {
                    part(&RETURN, doc.paid, 0)
                } else {
                    part(&SALE, doc.paid, 1)
                }
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
        Metric {
            spec: Spec {
                key: "median_order",
                group: Group::Sales,
                label: text("Медианный чек", "Median order"),
                short: text(
                    "Половина чеков меньше этой суммы, половина больше. Редкие крупные чеки его не сдвигают.",
                    "Half of the receipts are smaller, half are larger. A few large receipts do not move it.",
                ),
                unit: Unit::Money,
                formula: text(
                    "Медиана оплаченного по продажам периода (при чётном числе — среднее двух средних).",
                    "Median of what was paid over the sales of the period (the mean of the middle two if even).",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: Needs {
                amounts: true,
                ..NEEDS_NOTHING
            },
            compute: |p| median_amount(&p.amounts).map_or(Value::none(NO_ORDERS), Value::of),
            behind: Behind::Purchases(|doc, _| {
                (!doc.is_return).then_some(Part {
                    role: &SALE,
                    top: doc.paid,
                    bottom: 0,
                })
            }),
            aggregate: Aggregate::Median(1.0),
        },
        Metric {
            spec: Spec {
                key: "returns_share",
                group: Group::Sales,
                label: text("Доля возвратов", "Returns share"),
                short: text(
                    "Какую часть проданного за период принесли назад.",
                    "What part of what was sold came back in the period.",
                ),
                unit: Unit::Share,
                formula: text(
                    "Возвращённые за период деньги ÷ оплаченное по продажам периода.",
                    "Money given back in the period ÷ money paid for the sales of the period.",
                ),
                better: Better::Down,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| {
                let books = p.books();
                Value::ratio(-books.given_back, books.sold, NO_REVENUE)
            },
            behind: Behind::Purchases(|doc, _| {
                if doc.is_return {
                    part(&RETURN, -doc.paid, 0)
                } else {
                    part(&SALE, 0, doc.paid)
                }
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
    ]
}
