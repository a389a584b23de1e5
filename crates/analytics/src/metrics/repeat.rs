//! First purchases and repeat purchases: by people, by orders, by money.

use super::*;

static ONCE: Text = text("купил один раз", "bought once");
static TWICE: Text = text("купил два раза и больше", "bought twice or more");
static BUYER: Text = text("покупатель периода", "buyer of the period");

fn orders(seen: &Look, scope: &Scope, first: bool) -> Option<Part> {
    (seen.purchases > 0).then(|| {
        let firsts = i64::from(seen.is_new(scope));
        let all = i64::from(seen.purchases);
        Part {
            role: &BUYER,
            top: if first { firsts } else { all - firsts },
            bottom: all,
        }
    })
}

fn money(seen: &Look, first: bool) -> Option<Part> {
    (seen.purchases > 0 || seen.spent != 0).then(|| Part {
        role: &BUYER,
        top: if first {
            seen.first_net
        } else {
            seen.spent - seen.first_net
        },
        bottom: seen.spent,
    })
}

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        Metric {
            spec: Spec {
                key: "repeat_rate",
                group: Group::Retention,
                label: text("Доля повторно купивших", "Repeat purchase rate"),
                short: text(
                    "Сколько покупателей из ста за период купили не один раз.",
                    "How many buyers out of a hundred bought more than once in the period.",
                ),
                unit: Unit::Share,
                formula: text(
                    "Клиенты с двумя и более покупками за период ÷ клиенты хотя бы с одной.",
                    "Customers with two or more purchases in the period ÷ customers with at least one.",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::ratio(p.counts.repeat_buyers, p.counts.buyers, NO_BUYERS),
            behind: Behind::Customers(|seen, _, _| match seen.purchases {
                0 => None,
                1 => part(&ONCE, 0, 1),
                _ => part(&TWICE, 1, 1),
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
        Metric {
            spec: Spec {
                key: "first_orders_share",
                group: Group::Retention,
                label: text("Доля первых покупок", "Share of first orders"),
                short: text(
                    "Сколько покупок из ста были у людей первыми.",
                    "How many purchases out of a hundred were somebody’s first.",
                ),
                unit: Unit::Share,
                formula: text(
                    "Самые первые покупки клиентов ÷ все их покупки за период.",
                    "Very first purchases of customers ÷ all their purchases in the period.",
                ),
                better: Better::None,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::ratio(p.counts.first_purchases, p.counts.purchases, NO_BUYERS),
            behind: Behind::Customers(|seen, scope, _| orders(seen, scope, true)),
            aggregate: Aggregate::Ratio(1.0),
        },
        Metric {
            spec: Spec {
                key: "repeat_orders_share",
                group: Group::Retention,
                label: text("Доля повторных покупок", "Share of repeat orders"),
                short: text(
                    "Сколько покупок из ста сделали те, кто уже покупал.",
                    "How many purchases out of a hundred came from those who had bought before.",
                ),
                unit: Unit::Share,
                formula: text(
                    "Не первые покупки клиентов ÷ все их покупки за период.",
                    "Purchases of customers other than their very first ÷ all their purchases in the period.",
                ),
                better: Better::Up,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| {
                let counts = &p.counts;
                Value::ratio(
                    counts.purchases - counts.first_purchases,
                    counts.purchases,
                    NO_BUYERS,
                )
            },
            behind: Behind::Customers(|seen, scope, _| orders(seen, scope, false)),
            aggregate: Aggregate::Ratio(1.0),
        },
        Metric {
            spec: Spec {
                key: "first_revenue_share",
                group: Group::Retention,
                label: text(
                    "Доля выручки первых покупок",
                    "Share of first-order revenue",
                ),
                short: text(
                    "Какая часть денег — от первых покупок.",
                    "What part of the money came from first purchases.",
                ),
                unit: Unit::Share,
                formula: text(
                    "Σ самых первых покупок ÷ Σ всех покупок известных клиентов за период, возвраты — ко дню своей продажи.",
                    "Σ of very first purchases ÷ Σ of all purchases of known customers in the period, returns on the day of their sale.",
                ),
                better: Better::None,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::ratio(p.counts.first_net, p.counts.spent, NO_REVENUE),
            behind: Behind::Customers(|seen, _, _| money(seen, true)),
            aggregate: Aggregate::Ratio(1.0),
        },
        Metric {
            spec: Spec {
                key: "repeat_revenue_share",
                group: Group::Retention,
                label: text("Доля выручки повторных покупок", "Share of repeat revenue"),
                short: text(
                    "Какую часть денег приносят те, кто возвращается.",
                    "What part of the money is brought by coming again.",
                ),
                unit: Unit::Share,
                formula: text(
                    "Σ не первых покупок ÷ Σ всех покупок известных клиентов за период, возвраты — ко дню своей продажи.",
                    "Σ of purchases other than the very first ÷ Σ of all purchases of known customers in the period, returns on the day of their sale.",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |p| {
                Value::ratio(
                    p.counts.spent - p.counts.first_net,
                    p.counts.spent,
                    NO_REVENUE,
                )
            },
            behind: Behind::Customers(|seen, _, _| money(seen, false)),
            aggregate: Aggregate::Ratio(1.0),
        },
    ]
}
