//! How much of the trade has a name: receipts and revenue with a known customer.

use super::*;

static NAMED: Text = text("покупатель известен", "the customer is known");
static NAMELESS: Text = text("без покупателя", "no customer");

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        Metric {
            spec: Spec {
                key: "identified_receipts_share",
                group: Group::Customers,
                label: text("Доля чеков с клиентом", "Share of receipts with a customer"),
                short: text(
                    "В скольких чеках из ста вы знаете, кто купил.",
                    "In how many receipts out of a hundred you know who bought.",
                ),
                unit: Unit::Share,
                formula: text(
                    "Продажи с известным клиентом ÷ все продажи периода.",
                    "Sales with a known customer ÷ all sales of the period.",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::ratio(p.identified.sales, p.books().sales, NO_ORDERS),
            behind: Behind::Purchases(|doc, _| match (doc.is_return, doc.identified) {
                (true, _) => None,
                (false, true) => part(&NAMED, 1, 1),
                (false, false) => part(&NAMELESS, 0, 1),
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
        Metric {
            spec: Spec {
                key: "identified_revenue_share",
                group: Group::Customers,
                label: text(
                    "Доля выручки с клиентом",
                    "Share of revenue with a customer",
                ),
                short: text(
                    "Какая часть денег пришла от людей, которых вы знаете.",
                    "What part of the money came from people you know.",
                ),
                unit: Unit::Share,
                formula: text(
                    "Выручка по документам с известным клиентом ÷ вся выручка периода.",
                    "Revenue of documents with a known customer ÷ all revenue of the period.",
                ),
                better: Better::Up,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::ratio(p.identified.revenue(), p.books().revenue(), NO_REVENUE),
            behind: Behind::Purchases(|doc, _| {
                if doc.identified {
                    part(&NAMED, doc.paid, doc.paid)
                } else {
                    part(&NAMELESS, 0, doc.paid)
                }
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
    ]
}
