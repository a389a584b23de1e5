//! How evenly the revenue is spread over the buyers.

use super::*;
use crate::pareto::{gini, top_share};

static BUYER: Text = text("покупатель периода", "buyer of the period");

const NOTHING_SPENT: Reason = Reason {
    code: "nothing_spent",
    text: text(
        "за период известные клиенты ничего не оставили",
        "known customers spent nothing in the period",
    ),
};
const CLIPPED: Text = text(
    "Отрицательные суммы (вернули больше, чем купили) приняты за ноль.",
    "Negative amounts (more given back than bought) are taken as zero.",
);

fn clipped(panel: &Panel) -> Option<Text> {
    // In ascending order.
    panel
        .spending
        .first()
        .is_some_and(|&spent| spent < 0)
        .then_some(CLIPPED)
}

fn buyer(seen: &Look, _: &Scope, _: &Panel) -> Option<Part> {
    (seen.purchases > 0).then_some(Part {
        role: &BUYER,
        top: seen.spent,
        bottom: 0,
    })
}

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        Metric {
            spec: Spec {
                key: "pareto_share",
                group: Group::Value,
                label: text("Доля лучших 20 %", "Share of the top 20 %"),
                short: text(
                    "Какую часть выручки приносит пятая часть покупателей.",
                    "What part of the revenue comes from a fifth of the buyers.",
                ),
                unit: Unit::Share,
                formula: text(
                    "Выручка 20 % покупателей с наибольшими суммами (число округляется вверх) ÷ выручка всех покупателей периода; отрицательные суммы — ноль.",
                    "Revenue of the 20 % of buyers who spent most (their number rounded up) ÷ revenue of all buyers of the period; negative amounts count as zero.",
                ),
                better: Better::None,
                headline: false,
            },
            needs: Needs {
                spending: true,
                ..NEEDS_NOTHING
            },
            compute: |p| {
                top_share(&p.spending, 0.2)
                    .map_or(Value::none(NOTHING_SPENT), Value::of)
                    .note(clipped(p))
            },
            behind: Behind::Customers(buyer),
            aggregate: Aggregate::TopShare,
        },
        Metric {
            spec: Spec {
                key: "gini",
                group: Group::Value,
                label: text("Неравномерность (Джини)", "Inequality (Gini)"),
                short: text(
                    "0 — все тратят поровну, 1 — всё приносит один человек.",
                    "0: everybody spends the same, 1: one person brings everything.",
                ),
                unit: Unit::Ratio,
                formula: text(
                    "2·Σ i·v(i) ÷ (n·Σ v) − (n + 1) ÷ n, где v(i) — суммы покупателей по возрастанию; отрицательные суммы — ноль.",
                    "2·Σ i·v(i) ÷ (n·Σ v) − (n + 1) ÷ n, v(i) being buyers’ amounts in ascending order; negative amounts count as zero.",
                ),
                better: Better::None,
                headline: false,
            },
            needs: Needs {
                spending: true,
                ..NEEDS_NOTHING
            },
            compute: |p| {
                gini(&p.spending)
                    .map_or(Value::none(NOTHING_SPENT), Value::of)
                    .note(clipped(p))
            },
            behind: Behind::Customers(buyer),
            aggregate: Aggregate::Gini,
        },
    ]
}
