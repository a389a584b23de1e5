//! Segments beside one another: metrics of each, how they overlap, how one went over time.

use super::TextOut;
use super::metrics::{NoValueOut, PeriodIn, filled};
use super::segments::{FormsOut, forms};
use crate::extract::{Params, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use vernis_analytics::metrics::answer::values;
use vernis_analytics::segment::{MOST_SETS, Part, overlap, trend};
use vernis_analytics::{CustomerSet, LiveBase, Query};
use vernis_app::segments::Shelf;
use vernis_app::{App, Refusal};
use vernis_domain::{Day, Text};

/// Months of a trend.
const MONTHS: i32 = 13;

/// A column of a comparison.
#[derive(Serialize, ToSchema)]
pub struct ComparedOut {
    /// `id`, `ready:key`, `rest` (in none of them) or `all`.
    pub key: String,
    /// Name.
    pub name: TextOut,
    /// Its forms; null for `rest` and `all`, and for a segment this version of the program cannot read.
    pub forms: Option<FormsOut>,
    /// How many are in.
    pub customers: usize,
    /// Share of all customers.
    pub share_customers: Option<f64>,
    /// What they have paid so far.
    pub paid_minor: i64,
    /// Share of what everybody has paid.
    pub share_paid: Option<f64>,
    /// What narrows lists and reports to them; null for `all`.
    pub segment: Option<String>,
}

/// A value of a metric.
#[derive(Serialize, ToSchema)]
pub struct CellValueOut {
    /// The number in the metric's unit, or null.
    pub value: Option<f64>,
    /// Why it is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<NoValueOut>,
}

/// One metric of all columns.
#[derive(Serialize, ToSchema)]
pub struct ComparedMetricOut {
    /// Which metric.
    pub key: &'static str,
    /// One value a column.
    pub values: Vec<CellValueOut>,
}

/// Customers who are in the same of the segments.
#[derive(Serialize, ToSchema)]
pub struct OverlapOut {
    /// Per segment: whether they are in it.
    pub inside: Vec<bool>,
    /// How many.
    pub customers: usize,
    /// What they have paid so far.
    pub paid_minor: i64,
    /// What narrows lists and reports to exactly them.
    pub segment: String,
}

/// Segments side by side.
#[derive(Serialize, ToSchema)]
pub struct CompareOut {
    /// First day of the metrics.
    pub from: String,
    /// Day after the last.
    pub to: String,
    /// The day the segments are seen from.
    pub as_of: String,
    /// The segments as asked, then `rest`, then `all`.
    pub columns: Vec<ComparedOut>,
    /// All metrics.
    pub metrics: Vec<ComparedMetricOut>,
    /// Every customer is in exactly one part. Empty parts are left out; the largest first.
    pub parts: Vec<OverlapOut>,
}

/// Customers and money of a set.
fn sums(parts: &[Part], chosen: impl Fn(u32) -> bool) -> (usize, i64) {
    parts
        .iter()
        .filter(|part| chosen(part.sets))
        .fold((0, 0), |(customers, paid), part| {
            (customers + part.customers, paid + part.paid_minor)
        })
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole != 0.0).then(|| part / whole)
}

/// Compares segments: metrics of each, of who is in none of them and of everybody; who is in which of
/// them. `segment` names one to five, comma between: `id` of a saved one or `ready:key`.
#[utoipa::path(get, path = "/segments/compare", tag = "segments", params(PeriodIn), responses((status = OK, body = CompareOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn compare(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(period): Params<PeriodIn>,
) -> Result<Json<CompareOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let mut asked = period.asked()?;
        let names = asked.segment.take().unwrap_or_default();
        let query = app.query(&asked)?;
        compared(app, &*app.base(&caller)?, &names, &query)
    })
    .await?;
    Ok(Json(out))
}

fn wanted(names: &str) -> Result<Vec<String>, Refusal> {
    let mut keys: Vec<String> = Vec::new();
    for name in names
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        if !keys.iter().any(|key| key == name) {
            keys.push(name.to_owned());
        }
    }
    if keys.is_empty() || keys.len() > MOST_SETS || keys.iter().any(|key| key.starts_with("not:")) {
        return Err(Refusal::field(
            "segment",
            "wanted",
            Text::owned(
                format!("нужны сегменты через запятую, от одного до {MOST_SETS}"),
                format!("one to {MOST_SETS} segments are wanted, comma between"),
            ),
        ));
    }
    Ok(keys)
}

fn compared(app: &App, base: &LiveBase, names: &str, query: &Query) -> Result<CompareOut, Refusal> {
    let keys = wanted(names)?;
    let shelf = app.shelf()?;
    let members = |names: &str| -> Result<CustomerSet, Refusal> {
        Ok(app
            .segmented(names, query.as_of)?
            .members(base, query.as_of))
    };
    let sets = keys
        .iter()
        .map(|key| members(key))
        .collect::<Result<Vec<_>, _>>()?;
    let parts = overlap(base, &sets);
    let rest_names: Vec<String> = keys.iter().map(|key| format!("not:{key}")).collect();
    let rest_names = rest_names.join(",");
    let all = sums(&parts, |_| true);
    let column =
        |key: String, (name, forms), (customers, paid_minor): (usize, i64), segment| ComparedOut {
            key,
            name,
            forms,
            customers,
            share_customers: share(customers as f64, all.0 as f64),
            paid_minor,
            share_paid: share(paid_minor as f64, all.1 as f64),
            segment,
        };
    let mut columns = Vec::new();
    for (at, key) in keys.iter().enumerate() {
        let told = told(app, key, &shelf)?;
        let sums = sums(&parts, |sets| sets >> at & 1 == 1);
        columns.push(column(key.clone(), told, sums, Some(key.clone())));
    }
    let nothing = |ru: &str, en: &str| (Text::owned(ru, en).into(), None);
    columns.push(column(
        "rest".to_owned(),
        nothing("Остальные", "The rest"),
        sums(&parts, |sets| sets == 0),
        Some(rest_names.clone()),
    ));
    columns.push(column(
        "all".to_owned(),
        nothing("Вся база", "Everybody"),
        all,
        None,
    ));
    let rest = members(&rest_names)?;
    let of = |set: Option<CustomerSet>| {
        let mut query = query.clone();
        query.customers = set.map(Arc::new);
        values(base, &query)
    };
    let sets = sets.into_iter().chain([rest]).map(Some).chain([None]);
    let by_column: Vec<_> = sets.map(of).collect();
    let metrics = by_column.first().map_or(&[][..], Vec::as_slice);
    let metrics = metrics.iter().enumerate().map(|(at, (metric, _))| {
        let values = by_column.iter().map(|column| &column[at].1);
        ComparedMetricOut {
            key: metric.spec.key,
            values: values
                .map(|value| CellValueOut {
                    value: value.value,
                    reason: value.reason.map(|reason| NoValueOut {
                        code: reason.code,
                        ru: reason.text.ru.to_owned(),
                        en: reason.text.en.to_owned(),
                    }),
                })
                .collect(),
        }
    });
    Ok(CompareOut {
        from: query.from.to_string(),
        to: query.to.to_string(),
        as_of: query.as_of.to_string(),
        metrics: metrics.collect(),
        parts: overlap_out(&keys, &parts),
        columns,
    })
}

fn told(app: &App, key: &str, shelf: &Shelf) -> Result<(TextOut, Option<FormsOut>), Refusal> {
    let one = app
        .named_segments(key)?
        .pop()
        .ok_or_else(Refusal::not_found)?;
    let (name, definition) = app.told_segment(&one.of, shelf)?;
    Ok((name.into(), definition.map(|whole| forms(whole, shelf))))
}

fn overlap_out(keys: &[String], parts: &[Part]) -> Vec<OverlapOut> {
    let mut parts: Vec<&Part> = parts.iter().filter(|part| part.customers > 0).collect();
    parts.sort_by_key(|part| (std::cmp::Reverse(part.customers), part.sets));
    let part = |part: &Part| {
        let inside: Vec<bool> = (0..keys.len()).map(|at| part.sets >> at & 1 == 1).collect();
        let names: Vec<String> = keys
            .iter()
            .zip(&inside)
            .map(|(key, inside)| {
                if *inside {
                    key.clone()
                } else {
                    format!("not:{key}")
                }
            })
            .collect();
        OverlapOut {
            inside,
            customers: part.customers,
            paid_minor: part.paid_minor,
            segment: names.join(","),
        }
    };
    parts.into_iter().map(part).collect()
}

/// Which segment.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TrendIn {
    /// `id` of a saved segment, `ready:key`, `a,not:b`.
    pub segment: String,
}

/// A segment on a past day.
#[derive(Serialize, ToSchema)]
pub struct TrendPointOut {
    /// The day: ends of months, then today.
    pub day: String,
    /// Customers who were in it at the end of that day.
    pub customers: usize,
    /// The revenue those brought in the 365 days up to it.
    pub revenue_minor: i64,
}

/// How a segment went: its size and money at the end of each of the last months, by what is known
/// today. Who really came and went is in its history.
#[utoipa::path(get, path = "/segments/trend", tag = "segments", params(TrendIn), responses((status = OK, body = Vec<TrendPointOut>), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn segment_trend(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(asked): Params<TrendIn>,
) -> Result<Json<Vec<TrendPointOut>>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let base = app.base(&caller)?;
        let today = app.today();
        let names = filled(Some(asked.segment)).ok_or_else(Refusal::not_found)?;
        let segment = app.segmented(&names, today)?;
        let points = trend(
            &base,
            &segment,
            &month_ends(today, base.days().map(|days| days.start)),
        );
        Ok(points
            .into_iter()
            .map(|point| TrendPointOut {
                day: point.day.to_string(),
                customers: point.customers,
                revenue_minor: point.revenue_minor,
            })
            .collect())
    })
    .await?;
    Ok(Json(out))
}

/// Ends of the months before this one, and today; none before the first purchase.
fn month_ends(today: Day, first: Option<Day>) -> Vec<Day> {
    let this = today.month_start();
    let ends = (1 - MONTHS..=0).map(|back| this.add_months(back).plus(-1));
    ends.filter(|end| first.is_some_and(|first| *end >= first))
        .chain([today])
        .collect()
}
