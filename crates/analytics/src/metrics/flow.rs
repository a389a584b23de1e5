//! How the base moves: who came, who left, who came back.

use super::*;

static NEW: Text = text("первая покупка за период", "first purchase in the period");
static RETURNING: Text = text("покупал и раньше", "had bought before");
static LOST: Text = text(
    "был активен, перестал покупать",
    "was active and stopped buying",
);
static BACK: Text = text("вернулся после перерыва", "came back after a break");

/// Said beside newcomers when the history may simply begin here.
pub(super) const NEWNESS_UNKNOWN: Text = text(
    "Новизна неизвестна: период лежит у самого начала истории, часть «новых» могла покупать раньше.",
    "Newness unknown: the period lies at the very start of the history, some of the “new” may have bought before.",
);

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        Metric {
            spec: Spec {
                key: "customers_new",
                group: Group::Customers,
                label: text("Новых клиентов", "New customers"),
                short: text(
                    "Сколько людей купили у вас впервые.",
                    "How many people bought from you for the first time.",
                ),
                unit: Unit::Count,
                formula: text(
                    "Клиенты, у которых самая первая покупка лежит в периоде (в разрезе — сделана в этом магазине или канале). Никто не исключается.",
                    "Customers whose very first purchase lies in the period (for a store or channel: was made there). Nobody is left out.",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |panel| {
                Value::count(panel.counts.new)
                    .note(panel.newness_unknown.then_some(NEWNESS_UNKNOWN))
            },
            behind: Behind::Customers(|seen, scope, _| counted(seen.is_new(scope), &NEW)),
            aggregate: Aggregate::Sum,
        },
        Metric {
            spec: Spec {
                key: "customers_returning",
                group: Group::Customers,
                label: text("Постоянных покупателей", "Returning customers"),
                short: text(
                    "Сколько из купивших за период уже были вашими клиентами.",
                    "How many of the period’s buyers were your customers already.",
                ),
                unit: Unit::Count,
                formula: text(
                    "Покупатели периода, чья самая первая покупка была до его начала.",
                    "Buyers of the period whose very first purchase was before its start.",
                ),
                better: Better::Up,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |panel| Value::count(panel.counts.returning),
            behind: Behind::Customers(|seen, scope, _| {
                counted(seen.purchases > 0 && !seen.born_in(scope), &RETURNING)
            }),
            aggregate: Aggregate::Sum,
        },
        Metric {
            spec: Spec {
                key: "customers_lost",
                group: Group::Customers,
                label: text("Ушедших клиентов", "Lost customers"),
                short: text(
                    "Сколько людей были активны в начале периода, а к концу замолчали.",
                    "How many people were active at the start and had gone quiet by the end.",
                ),
                unit: Unit::Count,
                formula: text(
                    "Активные на начало периода (покупка за W дней до него), которые не активны на его конец.",
                    "Customers active at the start (a purchase within W days before it) and not active at the end.",
                ),
                better: Better::Down,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |panel| Value::count(panel.counts.lost()),
            behind: Behind::Customers(|seen, _, _| {
                counted(seen.active_start && !seen.active_end, &LOST)
            }),
            aggregate: Aggregate::Sum,
        },
        Metric {
            spec: Spec {
                key: "customers_reactivated",
                group: Group::Customers,
                label: text("Вернувшихся клиентов", "Reactivated customers"),
                short: text(
                    "Сколько людей снова купили после долгого молчания.",
                    "How many people bought again after a long silence.",
                ),
                unit: Unit::Count,
                formula: text(
                    "Активные на конец периода, не активные на его начало и не новые: конец = начало − ушедшие + новые + вернувшиеся. В разрезе магазина сюда входят и пришедшие из других магазинов.",
                    "Active at the end, not active at the start and not new: end = start − lost + new + reactivated. For one store this includes those who came from other stores.",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |panel| Value::count(panel.counts.reactivated),
            behind: Behind::Customers(|seen, scope, _| counted(seen.reactivated(scope), &BACK)),
            aggregate: Aggregate::Sum,
        },
    ]
}
