//! Who stays: customers at the start (S), at the end (E), new (N), and the two retention rates.

use super::*;

static START: Text = text("клиент на начало периода", "customer at the start");
static END: Text = text("клиент на конец периода", "customer at the end");
static STAYED: Text = text("остался", "stayed");
static LEFT: Text = text("ушёл", "left");
static BACK: Text = text("вернулся", "came back");
static JOINED: Text = text("новый и ещё клиент", "new and still a customer");

const NO_START: Reason = Reason {
    code: "no_customers_at_start",
    text: text(
        "на начало периода активных клиентов ещё не было",
        "there were no active customers at the start of the period",
    ),
};

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        Metric {
            spec: Spec {
                key: "crr_strict",
                group: Group::Retention,
                label: text("Удержание строгое (CRR)", "Strict retention (CRR)"),
                short: text(
                    "Сколько из ста активных клиентов остались активными к концу периода.",
                    "How many out of a hundred active customers were still active at the end.",
                ),
                unit: Unit::Share,
                formula: text(
                    "|S∩E| ÷ S: активные и в начале, и в конце периода ÷ активные в начале. Активный — покупка за последние W дней.",
                    "|S∩E| ÷ S: active both at the start and at the end ÷ active at the start. Active: a purchase within the last W days.",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::ratio(p.counts.kept, p.counts.start, NO_START),
            behind: Behind::Customers(|seen, _, _| match (seen.active_start, seen.active_end) {
                (true, true) => part(&STAYED, 1, 1),
                (true, false) => part(&LEFT, 0, 1),
                (false, _) => None,
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
        Metric {
            spec: Spec {
                key: "crr",
                group: Group::Retention,
                label: text("Удержание (CRR)", "Retention (CRR)"),
                short: text(
                    "Клиентов на конец без новых к клиентам на начало. Вернувшиеся тоже считаются, поэтому бывает больше 100 %.",
                    "Customers at the end without the new ones, by customers at the start. Those who came back count too, so it may exceed 100 %.",
                ),
                unit: Unit::Share,
                formula: text(
                    "(E − N) ÷ S: активные в конце без новых ÷ активные в начале. Активный — покупка за последние W дней.",
                    "(E − N) ÷ S: active at the end without the new ÷ active at the start. Active: a purchase within the last W days.",
                ),
                better: Better::Up,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::ratio(p.counts.end - p.counts.joined, p.counts.start, NO_START),
            behind: Behind::Customers(|seen, scope, _| {
                match (seen.active_start, seen.active_end) {
                    (true, true) => part(&STAYED, 1, 1),
                    (true, false) => part(&LEFT, 0, 1),
                    (false, true) if !seen.born_in(scope) => part(&BACK, 1, 0),
                    (false, _) => None,
                }
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
        Metric {
            spec: Spec {
                key: "churn",
                group: Group::Retention,
                label: text("Отток", "Churn"),
                short: text(
                    "Сколько из ста активных клиентов перестали покупать за период.",
                    "How many out of a hundred active customers stopped buying in the period.",
                ),
                unit: Unit::Share,
                formula: text(
                    "Ушедшие ÷ S = 1 − строгое удержание. Активный — покупка за последние W дней.",
                    "Lost ÷ S = 1 − strict retention. Active: a purchase within the last W days.",
                ),
                better: Better::Down,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::ratio(p.counts.lost(), p.counts.start, NO_START),
            behind: Behind::Customers(|seen, _, _| match (seen.active_start, seen.active_end) {
                (true, true) => part(&STAYED, 0, 1),
                (true, false) => part(&LEFT, 1, 1),
                (false, _) => None,
            }),
            aggregate: Aggregate::Ratio(1.0),
        },
        Metric {
            spec: Spec {
                key: "customers_start",
                group: Group::Retention,
                label: text("Клиентов на начало (S)", "Customers at the start (S)"),
                short: text(
                    "Сколько клиентов были активны, когда период начался.",
                    "How many customers were active when the period began.",
                ),
                unit: Unit::Count,
                formula: text(
                    "Разные клиенты с покупкой за W дней перед началом периода.",
                    "Distinct customers with a purchase within W days before the period.",
                ),
                better: Better::Up,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::count(p.counts.start),
            behind: Behind::Customers(|seen, _, _| counted(seen.active_start, &START)),
            aggregate: Aggregate::Sum,
        },
        Metric {
            spec: Spec {
                key: "customers_end",
                group: Group::Retention,
                label: text("Клиентов на конец (E)", "Customers at the end (E)"),
                short: text(
                    "Сколько клиентов активны, когда период закончился.",
                    "How many customers are active when the period ends.",
                ),
                unit: Unit::Count,
                formula: text(
                    "Разные клиенты с покупкой за W дней перед концом периода.",
                    "Distinct customers with a purchase within W days before the end of the period.",
                ),
                better: Better::Up,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::count(p.counts.end),
            behind: Behind::Customers(|seen, _, _| counted(seen.active_end, &END)),
            aggregate: Aggregate::Sum,
        },
        Metric {
            spec: Spec {
                key: "customers_joined",
                group: Group::Retention,
                label: text(
                    "Новых, оставшихся клиентами (N)",
                    "New and still customers (N)",
                ),
                short: text(
                    "Сколько пришедших за период всё ещё активны на его конец.",
                    "How many of the period’s newcomers are still active at its end.",
                ),
                unit: Unit::Count,
                formula: text(
                    "Клиенты с первой покупкой в периоде и покупкой за W дней перед его концом.",
                    "Customers with their first purchase in the period and a purchase within W days before its end.",
                ),
                better: Better::Up,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |p| Value::count(p.counts.joined),
            behind: Behind::Customers(|seen, scope, _| {
                counted(
                    seen.active_end && !seen.active_start && seen.born_in(scope),
                    &JOINED,
                )
            }),
            aggregate: Aggregate::Sum,
        },
    ]
}
