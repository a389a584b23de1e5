//! Reports in the terminal: metrics, cohorts, RFM, customers; as tables or as JSON.

use crate::OK;
use crate::args::{Borders, By, Cli, Customers, Metrics, Named, Period, Rfm};
use crate::table::{self, Cell, money, percent, whole};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;
use vernis_analytics::facts::card::facts_of;
use vernis_analytics::facts::list::{ListQuery, Sort, list};
use vernis_analytics::facts::{self, FactValue};
use vernis_analytics::metrics::answer::{By as GroupBy, GroupKey, answers, by_group};
use vernis_analytics::metrics::series::{Grain, buckets, series};
use vernis_analytics::metrics::{self, Metric, Unit};
use vernis_analytics::rfm::{Cell as RfmCell, quick, within};
use vernis_analytics::{LiveBase, Query};
use vernis_app::reports::{Asked, RfmAsked, parse_cell};
use vernis_app::{App, Caller, Refusal};
use vernis_domain::{ContactKind, Currency, Language};

/// What the day and the filters of a command ask. The last day on the command line is included.
fn asked(app: &App, cli: &Cli, period: &Period, cell: Option<String>) -> Result<Asked, Refusal> {
    Ok(Asked {
        from: period.from,
        to: period.to.map(|day| day.plus(1)),
        store: period.store.clone(),
        channel: period.channel.clone(),
        cell,
        segment: named(app, &period.segments)?,
        as_of: cli.as_of,
    })
}

/// The segments of a command, as questions name them; `None` without any.
fn named(app: &App, wanted: &Named) -> Result<Option<String>, Refusal> {
    if wanted.segment.is_empty() && wanted.without.is_empty() {
        return Ok(None);
    }
    let shelf = app.shelf()?;
    let names = |list: &[String], prefix: &str| {
        list.iter()
            .map(|typed| Ok(format!("{prefix}{}", app.segment_called(typed, &shelf)?)))
            .collect::<Result<Vec<String>, Refusal>>()
    };
    let all = [names(&wanted.segment, "")?, names(&wanted.without, "not:")?].concat();
    Ok(Some(all.join(",")))
}

fn shown(value: Option<f64>, unit: Unit, currency: Currency, language: Language) -> String {
    let Some(value) = value else {
        return "—".to_owned();
    };
    let plain = |digits: usize| {
        let text = format!("{value:.digits$}");
        match language {
            Language::Ru => text.replace('.', ","),
            Language::En => text,
        }
    };
    match unit {
        Unit::Count => whole(value as i64, language),
        Unit::Money => money(value.round() as i64, currency, language),
        Unit::Share => percent(value, language),
        Unit::Days => plain(1),
        Unit::Ratio => plain(2),
    }
}

fn text(text: vernis_analytics::Text, language: Language) -> &'static str {
    match language {
        Language::Ru => text.ru,
        Language::En => text.en,
    }
}

pub fn metrics(app: &App, cli: &Cli, wanted: &Metrics, language: Language) -> Result<u8, Refusal> {
    let query = app.query(&asked(app, cli, &wanted.period, wanted.rfm.clone())?)?;
    let base = app.whole_base();
    let all: Vec<&'static Metric> = metrics::all().iter().collect();
    match wanted.by {
        None => one_period(app, cli, &base, &query, &all, language),
        Some(by) => {
            let columns = columns(&base, &query, &all, by);
            many_columns(app, cli, &all, &columns, language);
        }
    }
    Ok(OK)
}

fn one_period(
    app: &App,
    cli: &Cli,
    base: &LiveBase,
    query: &Query,
    all: &[&'static Metric],
    language: Language,
) {
    let found = answers(base, query, all);
    if cli.json {
        let items: Map<String, Json> = found
            .iter()
            .map(|answer| {
                let item = json!({
                    "value": answer.value.value,
                    "reason": answer.value.reason.map(|reason| reason.code),
                    "previous": answer.previous,
                    "year_ago": answer.year_ago,
                    "unit": answer.metric.spec.unit,
                });
                (answer.metric.spec.key.to_owned(), item)
            })
            .collect();
        outln!(
            "{}",
            json!({"from": query.from, "to": query.to, "as_of": query.as_of, "metrics": items})
        );
        return;
    }
    let currency = app.shop().currency;
    let header = match language {
        Language::Ru => ["Показатель", "Значение", "До этого", "Год назад"],
        Language::En => ["Metric", "Value", "Before", "A year ago"],
    };
    let rows: Vec<Vec<Cell>> = found
        .iter()
        .map(|answer| {
            let unit = answer.metric.spec.unit;
            let number = |value| Cell::Number(shown(value, unit, currency, language));
            vec![
                Cell::Text(text(answer.metric.spec.label, language).to_owned()),
                number(answer.value.value),
                number(answer.previous),
                number(answer.year_ago),
            ]
        })
        .collect();
    outln!("{} … {}", query.from, query.to.plus(-1));
    table::print(&header, &rows);
}

/// Name and values of each column.
type Columns = Vec<(String, Vec<Option<f64>>)>;

fn columns(base: &LiveBase, query: &Query, all: &[&'static Metric], by: By) -> Columns {
    let grain = match by {
        By::Month => Some(Grain::Month),
        By::Week => Some(Grain::Week),
        By::Store | By::Channel => None,
    };
    if let Some(grain) = grain {
        let buckets = buckets(query.from, query.to, grain);
        let values = series(base, query, all, &buckets);
        return buckets
            .iter()
            .enumerate()
            .map(|(at, (from, _))| {
                let column = values
                    .iter()
                    .map(|metric| metric[at].and_then(|value| value.value))
                    .collect();
                (from.to_string(), column)
            })
            .collect();
    }
    let by = if matches!(by, By::Store) {
        GroupBy::Store
    } else {
        GroupBy::Channel
    };
    by_group(base, query, &by, all)
        .into_iter()
        .map(|(key, values)| {
            let name = match key {
                GroupKey::Store(id) => base.catalogue().store(id).map(|s| s.code.clone()),
                GroupKey::Channel(id) => base.catalogue().channel(id).map(|c| c.code.clone()),
                GroupKey::Cell(cell) => Some(cell.to_string()),
            };
            (
                name.unwrap_or_default(),
                values.into_iter().map(|value| value.value).collect(),
            )
        })
        .collect()
}

fn many_columns(
    app: &App,
    cli: &Cli,
    all: &[&'static Metric],
    columns: &Columns,
    language: Language,
) {
    if cli.json {
        let columns: Vec<Json> = columns
            .iter()
            .map(|(name, values)| {
                let metrics: Map<String, Json> = all
                    .iter()
                    .zip(values)
                    .map(|(metric, value)| (metric.spec.key.to_owned(), json!(value)))
                    .collect();
                json!({"group": name, "metrics": metrics})
            })
            .collect();
        outln!("{}", json!({ "columns": columns }));
        return;
    }
    let currency = app.shop().currency;
    let mut header = vec![match language {
        Language::Ru => "Показатель",
        Language::En => "Metric",
    }];
    header.extend(columns.iter().map(|(name, _)| name.as_str()));
    let rows: Vec<Vec<Cell>> = all
        .iter()
        .enumerate()
        .map(|(at, metric)| {
            let mut row = vec![Cell::Text(text(metric.spec.label, language).to_owned())];
            row.extend(columns.iter().map(|(_, values)| {
                Cell::Number(shown(values[at], metric.spec.unit, currency, language))
            }));
            row
        })
        .collect();
    table::print(&header, &rows);
}

pub fn cohorts(app: &App, cli: &Cli, period: &Period, language: Language) -> Result<u8, Refusal> {
    let mut asked = asked(app, cli, period, None)?;
    if asked.from.is_none() {
        asked.from = Some(cli.as_of.unwrap_or_else(|| app.today()).add_months(-11));
    }
    let query = app.query(&asked)?;
    let found = vernis_analytics::cohorts::cohorts(&app.whole_base(), &query);
    if cli.json {
        let months: Vec<Json> = found
            .cohorts
            .iter()
            .map(|cohort| {
                json!({
                    "from": cohort.from,
                    "size": cohort.size,
                    "customers": cohort.customers,
                    "revenue_minor": cohort.revenue_minor,
                })
            })
            .collect();
        outln!(
            "{}",
            json!({"cohorts": months, "weighted": found.weighted, "weighted_revenue": found.weighted_revenue})
        );
        return Ok(OK);
    }
    let ages = found.weighted.len();
    let names: Vec<String> = (0..ages).map(|age| age.to_string()).collect();
    let mut header = match language {
        Language::Ru => vec!["Месяц", "Клиентов"],
        Language::En => vec!["Month", "Customers"],
    };
    header.extend(names.iter().map(String::as_str));
    let rows: Vec<Vec<Cell>> = found
        .cohorts
        .iter()
        .map(|cohort| {
            let mut row = vec![
                Cell::Text(cohort.from.to_string()[..7].to_owned()),
                Cell::Number(whole(cohort.size, language)),
            ];
            row.extend((0..ages).map(|age| {
                Cell::Number(match cohort.customers.get(age) {
                    Some(Some(customers)) => whole(*customers, language),
                    _ => String::new(),
                })
            }));
            row
        })
        .collect();
    table::print(&header, &rows);
    Ok(OK)
}

pub fn rfm(app: &App, cli: &Cli, wanted: &Rfm, language: Language) -> Result<u8, Refusal> {
    let query = app.rfm_query(&RfmAsked {
        as_of: cli.as_of,
        borders: wanted.borders.map(|borders| {
            match borders {
                Borders::Terciles => "terciles",
                Borders::Fixed => "fixed",
                Borders::Rhythm => "rhythm",
            }
            .to_owned()
        }),
        window: Some(wanted.window.clone()),
        ..RfmAsked::default()
    })?;
    let base = app.whole_base();
    let found = match named(app, &wanted.segments)? {
        Some(names) => {
            let segment = app.segmented(&names, query.as_of)?;
            within(&base, &query, &segment.members(&base, query.as_of))
        }
        None => quick(&base, &query),
    };
    if cli.json {
        let cells: Map<String, Json> = RfmCell::all()
            .map(|cell| {
                let (customers, revenue) = found.cells[cell.number()];
                (
                    cell.to_string(),
                    json!({"customers": customers, "revenue_minor": revenue}),
                )
            })
            .collect();
        outln!(
            "{}",
            json!({
                "as_of": query.as_of,
                "borders": query.borders.code(),
                "window_days": query.window_days,
                "cuts": found.cuts,
                "outside": found.outside,
                "cells": cells,
            })
        );
        return Ok(OK);
    }
    let header = match language {
        Language::Ru => ["RFM", "Кто это", "Клиентов", "Деньги", "Что делать"],
        Language::En => ["RFM", "Who they are", "Customers", "Money", "What to do"],
    };
    let currency = app.shop().currency;
    let mut cells: Vec<RfmCell> = RfmCell::all().collect();
    cells.reverse();
    let rows: Vec<Vec<Cell>> = cells
        .into_iter()
        .map(|cell| {
            let (customers, revenue) = found.cells[cell.number()];
            vec![
                Cell::Text(cell.to_string()),
                Cell::Text(text(cell.name(), language).to_owned()),
                Cell::Number(whole(i64::from(customers), language)),
                Cell::Number(money(revenue, currency, language)),
                Cell::Text(text(cell.strategy(), language).to_owned()),
            ]
        })
        .collect();
    table::print(&header, &rows);
    for warning in &found.warnings {
        eprintln!(
            "{}",
            match language {
                Language::Ru => &warning.ru,
                Language::En => &warning.en,
            }
        );
    }
    Ok(OK)
}

pub fn customers(
    app: &App,
    cli: &Cli,
    wanted: &Customers,
    language: Language,
) -> Result<u8, Refusal> {
    let base = app.base(&Caller::shell())?;
    let lens = app.lens(&base)?;
    let page = list(
        &base,
        &lens,
        &ListQuery {
            search: wanted.search.clone(),
            cell: wanted.rfm.as_deref().map(parse_cell).transpose()?,
            segment: named(app, &wanted.segments)?
                .map(|names| app.rule_named(&names).map(Arc::new))
                .transpose()?,
            sort: Sort::Best,
            limit: wanted.limit.clamp(1, 10_000),
            ..ListQuery::default()
        },
    );
    let columns: Vec<_> = ["last_purchase_day", "orders", "revenue", "rfm_cell"]
        .iter()
        .filter_map(|key| facts::find(key))
        .collect();
    let currency = app.shop().currency;
    let people = page.ids.iter().map(|id| {
        let customer = base.customer(*id);
        let contact = |kind| {
            customer
                .as_ref()
                .and_then(|c| c.contact(kind).map(str::to_owned))
                .unwrap_or_default()
        };
        (
            *id,
            customer
                .as_ref()
                .map(|c| c.shown_name())
                .unwrap_or_default(),
            contact(ContactKind::Phone),
            facts_of(&base, &lens, *id, &columns),
        )
    });
    if cli.json {
        let items: Vec<Json> = people
            .map(|(id, name, phone, values)| {
                let facts: Map<String, Json> = columns
                    .iter()
                    .zip(values)
                    .map(|(fact, value)| (fact.key.to_owned(), fact_json(value)))
                    .collect();
                json!({"id": app.public_customer_id(id), "name": name, "phone": phone, "facts": facts})
            })
            .collect();
        outln!("{}", json!({"total": page.total, "items": items}));
        return Ok(OK);
    }
    let mut header = match language {
        Language::Ru => vec!["Имя", "Телефон"],
        Language::En => vec!["Name", "Phone"],
    };
    header.extend(columns.iter().map(|fact| text(fact.label, language)));
    let rows: Vec<Vec<Cell>> = people
        .map(|(_, name, phone, values)| {
            let mut row = vec![Cell::Text(name), Cell::Text(phone)];
            row.extend(values.into_iter().map(|value| match value {
                FactValue::Money(minor) => Cell::Number(money(minor, currency, language)),
                FactValue::Number(n) => Cell::Number(whole(n, language)),
                FactValue::Day(day) => Cell::Text(day.to_string()),
                FactValue::Cell(cell) => Cell::Text(cell.to_string()),
                _ => Cell::Text(String::new()),
            }));
            row
        })
        .collect();
    outln!(
        "{}",
        match language {
            Language::Ru => format!("Найдено: {}", whole(page.total as i64, language)),
            Language::En => format!("Found: {}", whole(page.total as i64, language)),
        }
    );
    table::print(&header, &rows);
    Ok(OK)
}

fn fact_json(value: FactValue<'_>) -> Json {
    match value {
        FactValue::Number(n) | FactValue::Money(n) => json!(n),
        FactValue::Day(day) => json!(day),
        FactValue::Real(x) => json!(x),
        FactValue::Cell(cell) => json!(cell.to_string()),
        FactValue::State(state) => json!(state.key()),
        _ => Json::Null,
    }
}
