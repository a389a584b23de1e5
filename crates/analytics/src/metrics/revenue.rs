//! The money that came in, as it was booked, and whose money it was.

use super::*;

static SALE: Text = text("продажа", "sale");
static RETURN: Text = text("возврат", "return");
static NEW: Text = text("новый клиент", "new customer");
static RETURNING: Text = text("покупал и раньше", "had bought before");
static BUYER: Text = text("покупатель периода", "buyer of the period");
static NOT_BUYER: Text = text("только возвраты", "returns only");

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        Metric {
            spec: Spec {
                key: "revenue",
                group: Group::Sales,
                label: text("Выручка", "Revenue"),
                short: text(
                    "Сколько денег заплатили за период за вычетом возвратов.",
                    "How much was paid in the period, less what was given back.",
                ),
                unit: Unit::Money,
                formula: text(
                    "Σ оплаченного по всем чекам периода (после скидок и баллов) − возвраты, сделанные в этом периоде.",
                    "Σ paid over all receipts of the period (after discounts and points) − returns made in the period.",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::count(p.books().revenue()),
            behind: Behind::Purchases(|doc, _| {
                part(if doc.is_return { &RETURN } else { &SALE }, doc.paid, 0)
            }),
            aggregate: Aggregate::Sum,
        },
        Metric {
            spec: Spec {
                key: "revenue_new",
                group: Group::Sales,
                label: text("Выручка новых клиентов", "Revenue of new customers"),
                short: text(
                    "Сколько за период оставили те, кто пришёл впервые.",
                    "What those who came for the first time spent in the period.",
                ),
                unit: Unit::Money,
                formula: text(
                    "Σ всех покупок периода у клиентов, чья первая покупка лежит в периоде. Возврат относится ко дню своей продажи.",
                    "Σ of all purchases in the period by customers whose first purchase lies in it. A return counts on the day of its sale.",
                ),
                better: Better::Up,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::count(p.counts.spent_new),
            behind: Behind::Customers(|seen, scope, _| {
                (seen.born_in(scope) && (seen.spent != 0 || seen.purchases > 0)).then_some(Part {
                    role: &NEW,
                    top: seen.spent,
                    bottom: 0,
                })
            }),
            aggregate: Aggregate::Sum,
        },
        Metric {
            spec: Spec {
                key: "revenue_returning",
                group: Group::Sales,
                label: text(
                    "Выручка постоянных клиентов",
                    "Revenue of returning customers",
                ),
                short: text(
                    "Сколько за период оставили те, кто покупал у вас и раньше.",
                    "What those who had bought before spent in the period.",
                ),
                unit: Unit::Money,
                formula: text(
                    "Σ покупок периода у всех остальных известных клиентов. Возврат относится ко дню своей продажи.",
                    "Σ of purchases in the period by all other known customers. A return counts on the day of its sale.",
                ),
                better: Better::Up,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::count(p.counts.spent - p.counts.spent_new),
            behind: Behind::Customers(|seen, scope, _| {
                (!seen.born_in(scope) && (seen.spent != 0 || seen.purchases > 0)).then_some(Part {
                    role: &RETURNING,
                    top: seen.spent,
                    bottom: 0,
                })
            }),
            aggregate: Aggregate::Sum,
        },
        Metric {
            spec: Spec {
                key: "revenue_per_customer",
                group: Group::Sales,
                label: text("Выручка на покупателя", "Revenue per customer"),
                short: text(
                    "Сколько в среднем оставил за период один покупатель.",
                    "What one buyer spent in the period on average.",
                ),
                unit: Unit::Money,
                formula: text(
                    "Σ покупок известных клиентов за период ÷ разные покупатели. Это не средний чек: один человек может прийти несколько раз.",
                    "Σ spent by known customers in the period ÷ distinct buyers. Not the mean receipt: one person may come several times.",
                ),
                better: Better::Up,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::ratio(p.counts.spent, p.counts.buyers, NO_BUYERS),
            behind: Behind::Customers(|seen, _, _| {
                if seen.purchases > 0 {
                    part(&BUYER, seen.spent, 1)
                } else if seen.spent != 0 {
                    part(&NOT_BUYER, seen.spent, 0)
                } else {
                    None
                }
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
    ]
}
