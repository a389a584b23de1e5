//! How many customers there are: all of them, those who bought, those who are active.

use super::*;

static MEMBER: Text = text("клиент базы", "customer of the base");
static BUYER: Text = text("купил за период", "bought in the period");
static ACTIVE: Text = text(
    "активный на конец периода",
    "active at the end of the period",
);
static REGISTERED: Text = text("зарегистрирован за период", "registered in the period");

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        Metric {
            spec: Spec {
                key: "customers_total",
                group: Group::Customers,
                label: text("Клиентов всего", "Customers in total"),
                short: text(
                    "Сколько людей в вашей базе к концу периода.",
                    "How many people your base holds by the end of the period.",
                ),
                unit: Unit::Count,
                formula: text(
                    "Клиенты, которые к концу периода зарегистрированы или хотя бы раз купили. В разрезе магазина или канала — кто хотя бы раз купил там.",
                    "Customers registered or with a purchase by the end of the period. For a store or channel: with at least one purchase there.",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |panel| Value::count(panel.counts.members),
            behind: Behind::Customers(|seen, _, _| counted(seen.member, &MEMBER)),
            aggregate: Aggregate::Sum,
        },
        Metric {
            spec: Spec {
                key: "buyers",
                group: Group::Customers,
                label: text("Покупателей", "Buyers"),
                short: text(
                    "Сколько разных людей купили за период.",
                    "How many different people bought in the period.",
                ),
                unit: Unit::Count,
                formula: text(
                    "Разные известные клиенты хотя бы с одной покупкой за период. Продажа, возвращённая целиком, — не покупка.",
                    "Distinct known customers with at least one purchase in the period. A sale taken back whole is no purchase.",
                ),
                better: Better::Up,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |panel| Value::count(panel.counts.buyers),
            behind: Behind::Customers(|seen, _, _| counted(seen.purchases > 0, &BUYER)),
            aggregate: Aggregate::Sum,
        },
        Metric {
            spec: Spec {
                key: "customers_active",
                group: Group::Customers,
                label: text("Активных клиентов", "Active customers"),
                short: text(
                    "Сколько людей покупали недавно и, скорее всего, ещё ваши.",
                    "How many people bought recently and are most likely still yours.",
                ),
                unit: Unit::Count,
                formula: text(
                    "Разные клиенты с покупкой за последние W дней перед концом периода (W по умолчанию 90).",
                    "Distinct customers with a purchase within the last W days before the end of the period (W is 90 by default).",
                ),
                better: Better::Up,
                headline: true,
            },
            needs: NEEDS_NOTHING,
            compute: |panel| Value::count(panel.counts.end),
            behind: Behind::Customers(|seen, _, _| counted(seen.active_end, &ACTIVE)),
            aggregate: Aggregate::Sum,
        },
        Metric {
            spec: Spec {
                key: "registrations",
                group: Group::Customers,
                label: text("Регистраций", "Registrations"),
                short: text(
                    "Сколько людей записали в базу за период, даже если они ещё не купили.",
                    "How many people were put on record in the period, even if they have not bought yet.",
                ),
                unit: Unit::Count,
                formula: text(
                    "Клиенты, чей день регистрации лежит в периоде. В разрезе магазина и канала не считается.",
                    "Customers whose day of registration lies in the period. Not counted for a single store or channel.",
                ),
                better: Better::Up,
                headline: false,
            },
            needs: NEEDS_NOTHING,
            compute: |panel| Value::count(panel.counts.registered),
            behind: Behind::Customers(|seen, _, _| counted(seen.registered, &REGISTERED)),
            aggregate: Aggregate::Sum,
        },
    ]
}
