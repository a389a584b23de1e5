//! What a customer is worth: to date, in twelve months, and what it cost to win him.

use super::*;

static CUSTOMER: Text = text("клиент с покупкой", "customer with a purchase");

const DAYS_A_YEAR: f64 = 365.25;
const NO_CUSTOMERS: Reason = Reason {
    code: "no_customers",
    text: text(
        "к концу периода ещё никто не купил",
        "nobody had bought by the end of the period",
    ),
};
const NO_SPEND: Reason = Reason {
    code: "no_spend",
    text: text(
        "расходы на привлечение ещё не заведены",
        "spending on acquisition is not entered yet",
    ),
};
const REVENUE_ONLY: Text = text(
    "Выручка за жизнь, не прибыль: себестоимость известна не для всех чеков.",
    "Life-time revenue, not profit: the cost is not known for every receipt.",
);
const LOWER_BOUND: Text = text(
    "Прибыль на сегодня; для живых клиентов это нижняя граница.",
    "Profit to date; for living customers a lower bound.",
);
const PROFIT: Text = text(
    "Прибыль (оплачено − себестоимость).",
    "Profit (paid − cost).",
);
const REVENUE_12: Text = text(
    "Выручка, не прибыль: себестоимость известна не для всех чеков.",
    "Revenue, not profit: the cost is not known for every receipt.",
);

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        Metric {
            spec: Spec {
                key: "ltv_historical",
                group: Group::Value,
                label: text("LTV на сегодня", "LTV to date"),
                short: text(
                    "Сколько в среднем уже принёс один клиент за всё время.",
                    "What one customer has brought so far, on average.",
                ),
                unit: Unit::Money,
                formula: text(
                    "Σ (оплачено − себестоимость) от первой покупки до конца периода ÷ клиенты хотя бы с одной покупкой. Если себестоимость известна не везде — выручка за жизнь.",
                    "Σ (paid − cost) from the first purchase to the end of the period ÷ customers with at least one purchase. Where costs are missing: life-time revenue.",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |p| {
                let counts = &p.counts;
                if counts.life_uncosted > 0 {
                    return Value::ratio(counts.life_spent, counts.life_customers, NO_CUSTOMERS)
                        .note(Some(REVENUE_ONLY));
                }
                Value::ratio(
                    counts.life_spent - counts.life_cost,
                    counts.life_customers,
                    NO_CUSTOMERS,
                )
                .note(Some(LOWER_BOUND))
            },
            behind: Behind::Customers(|seen, _, panel| {
                (seen.life_purchases > 0).then(|| Part {
                    role: &CUSTOMER,
                    top: if panel.counts.life_uncosted > 0 {
                        seen.life_spent
                    } else {
                        seen.life_spent - seen.life_cost
                    },
                    bottom: 1,
                })
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
        Metric {
            spec: Spec {
                key: "ltv_12_months",
                group: Group::Value,
                label: text("LTV за 12 месяцев", "LTV over 12 months"),
                short: text(
                    "Сколько один клиент принесёт за год, если всё пойдёт как в этом периоде.",
                    "What one customer brings in a year if things go on as in this period.",
                ),
                unit: Unit::Money,
                formula: text(
                    "Средняя покупка × покупок на клиента в месяц × 12 (× доля маржи, если себестоимость известна везде). Месяцы клиента — от первой покупки или начала периода до конца. Так считается просто, без прогноза.",
                    "Mean purchase × purchases per customer per month × 12 (× margin share where all costs are known). A customer’s months run from his first purchase or the start of the period to its end. Simple, no prediction.",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |p| {
                let counts = &p.counts;
                let whole = counts.uncosted == 0;
                let top = if whole {
                    counts.spent - counts.cost
                } else {
                    counts.spent
                };
                let value = Value::ratio(top, counts.exposure_days, NO_CUSTOMERS);
                Value {
                    value: value.value.map(|per_day| per_day * DAYS_A_YEAR),
                    ..value
                }
                .note(Some(if whole { PROFIT } else { REVENUE_12 }))
            },
            behind: Behind::Customers(|seen, _, panel| {
                (seen.exposure_days > 0 || seen.spent != 0 || seen.cost != 0).then(|| Part {
                    role: &CUSTOMER,
                    top: if panel.counts.uncosted > 0 {
                        seen.spent
                    } else {
                        seen.spent - seen.cost
                    },
                    bottom: i64::from(seen.exposure_days),
                })
            }),
            aggregate: Aggregate::Ratio(DAYS_A_YEAR),
        },
        Metric {
            spec: Spec {
                key: "cac",
                group: Group::Value,
                label: text("Стоимость привлечения (CAC)", "Acquisition cost (CAC)"),
                short: text(
                    "Во сколько обходится один новый клиент.",
                    "What one new customer costs you.",
                ),
                unit: Unit::Money,
                formula: text(
                    "Расходы на привлечение за период ÷ новые клиенты периода.",
                    "Spending on acquisition in the period ÷ new customers of the period.",
                ),
                better: Better::Down,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |_| Value::none(NO_SPEND),
            behind: Behind::Nothing,
            aggregate: Aggregate::Nothing,
        },
    ]
}
