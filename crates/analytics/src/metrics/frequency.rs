//! How often people buy, and how long they wait.

use super::*;
use crate::quantile::median_of_counts;

static BUYER: Text = text("покупатель периода", "buyer of the period");
static GAP: Text = text(
    "дней после прошлой покупки",
    "days after the purchase before",
);
static MEDIAN: Text = text("медиана его промежутков", "median of his gaps");

const NO_GAPS: Reason = Reason {
    code: "no_gaps",
    text: text(
        "за период никто не купил во второй раз",
        "nobody bought a second time in the period",
    ),
};

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        Metric {
            spec: Spec {
                key: "orders_per_customer",
                group: Group::Retention,
                label: text("Покупок на покупателя", "Orders per customer"),
                short: text(
                    "Сколько раз за период купил в среднем один покупатель.",
                    "How many times one buyer bought in the period on average.",
                ),
                unit: Unit::Ratio,
                formula: text(
                    "Покупки известных клиентов за период ÷ разные покупатели.",
                    "Purchases of known customers in the period ÷ distinct buyers.",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::ratio(p.counts.purchases, p.counts.buyers, NO_BUYERS),
            behind: Behind::Customers(|seen, _, _| {
                (seen.purchases > 0).then_some(Part {
                    role: &BUYER,
                    top: i64::from(seen.purchases),
                    bottom: 1,
                })
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
        Metric {
            spec: Spec {
                key: "gap_median",
                group: Group::Retention,
                label: text("Дней между покупками", "Days between purchases"),
                short: text(
                    "Половина повторных покупок случается быстрее, чем через столько дней. Число задают те, кто ходит часто.",
                    "Half of the repeat purchases happen sooner than after this many days. Frequent buyers set it.",
                ),
                unit: Unit::Days,
                formula: text(
                    "Медиана дней между соседними днями покупок одного клиента; берутся промежутки, которые закончились в периоде.",
                    "Median of days between neighbouring purchase days of one customer; gaps that ended in the period.",
                ),
                better: Better::Down,
                headline: true,
            },
            needs: Needs {
                gaps: true,
                ..NEEDS_NOTHING
            },
            compute: |p| median_of_counts(&p.gaps).map_or(Value::none(NO_GAPS), Value::of),
            behind: Behind::Purchases(|doc, _| {
                doc.gap.and_then(|gap| part(&GAP, i64::from(gap), 0))
            }),
            aggregate: Aggregate::Median(1.0),
        },
        Metric {
            spec: Spec {
                key: "gap_median_customers",
                group: Group::Retention,
                label: text(
                    "Дней между покупками у типичного клиента",
                    "Days between purchases of a typical customer",
                ),
                short: text(
                    "Через сколько дней возвращается типичный клиент: каждый человек считается один раз.",
                    "After how many days a typical customer comes back: every person counts once.",
                ),
                unit: Unit::Days,
                formula: text(
                    "Медиана по клиентам от медианы промежутков каждого; берутся промежутки, которые закончились в периоде.",
                    "Median over customers of each one’s median gap; gaps that ended in the period.",
                ),
                better: Better::Down,
                headline: false,
            },
            needs: Needs {
                gaps: true,
                ..NEEDS_NOTHING
            },
            compute: |p| {
                median_of_counts(&p.gap_medians)
                    .map_or(Value::none(NO_GAPS), |m| Value::of(m / 2.0))
            },
            behind: Behind::GapMedians(|twice| part(&MEDIAN, i64::from(twice), 0)),
            aggregate: Aggregate::Median(0.5),
        },
    ]
}
