//! Metrics: catalogue, values with comparisons, series, groups, rows behind a number.

use super::TextOut;
use crate::extract::{Params, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use vernis_analytics::LiveBase;
use vernis_analytics::metrics::answer::{By, GroupKey, answers, by_group};
use vernis_analytics::metrics::rows::{Kind, rows};
use vernis_analytics::metrics::series::{Grain, buckets, series};
use vernis_analytics::metrics::{self, Better, Group, Metric, Unit};
use vernis_app::reports::{Asked, RfmAsked};
use vernis_app::{App, Caller, Refusal, contacts};
use vernis_domain::{Day, Text};

/// Most rows of one page.
const MAX_ROWS: usize = 500;

/// Period and filters.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PeriodIn {
    /// First day (2026-11-01); absent: the first day of this month.
    pub from: Option<String>,
    /// Day after the last; absent: tomorrow.
    pub to: Option<String>,
    /// Store code.
    pub store: Option<String>,
    /// Channel code.
    pub channel: Option<String>,
    /// RFM cell, `333`.
    pub cell: Option<String>,
    /// Only the customers of segments: `id` of a saved one, `ready:key`, `a,not:b`.
    pub segment: Option<String>,
    /// The day it is seen from; absent: today.
    pub as_of: Option<String>,
}

pub(super) fn day(field: &'static str, text: &Option<String>) -> Result<Option<Day>, Refusal> {
    match text.as_deref() {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| {
            Refusal::field(
                field,
                "not_a_day",
                Text::new(
                    "нужен день вида 2026-11-23",
                    "a day like 2026-11-23 is wanted",
                ),
            )
        }),
    }
}

pub(super) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

impl PeriodIn {
    pub(super) fn asked(self) -> Result<Asked, Refusal> {
        Ok(Asked {
            from: day("from", &self.from)?,
            to: day("to", &self.to)?,
            store: filled(self.store),
            channel: filled(self.channel),
            cell: filled(self.cell),
            segment: filled(self.segment),
            as_of: day("as_of", &self.as_of)?,
        })
    }
}

/// What a metric is.
#[derive(Serialize, ToSchema)]
pub struct MetricOut {
    /// Stable name.
    pub key: &'static str,
    /// Where it stands: customers, sales, retention, value.
    #[schema(value_type = String)]
    pub group: Group,
    /// Name.
    pub label: TextOut,
    /// What it tells.
    pub short: TextOut,
    /// count, money (minor units), share (of one), days, ratio.
    #[schema(value_type = String)]
    pub unit: Unit,
    /// How it is computed, exactly.
    pub formula: TextOut,
    /// up, down or none.
    #[schema(value_type = String)]
    pub better: Better,
    /// One of the numbers of the first screen.
    pub headline: bool,
}

/// All metrics.
#[derive(Serialize, ToSchema)]
pub struct CatalogueOut {
    /// In the order they are shown.
    pub items: Vec<MetricOut>,
}

/// All metrics: names, meanings, formulas.
#[utoipa::path(get, path = "/metrics/catalogue", tag = "metrics", responses((status = OK, body = CatalogueOut)))]
pub async fn catalogue(SignedIn(_caller): SignedIn) -> Json<CatalogueOut> {
    Json(CatalogueOut {
        items: metrics::all()
            .iter()
            .map(|metric| MetricOut {
                key: metric.spec.key,
                group: metric.spec.group,
                label: metric.spec.label.into(),
                short: metric.spec.short.into(),
                unit: metric.spec.unit,
                formula: metric.spec.formula.into(),
                better: metric.spec.better,
                headline: metric.spec.headline,
            })
            .collect(),
    })
}

/// Why a number cannot be given.
#[derive(Serialize, ToSchema)]
pub struct NoValueOut {
    /// Stable name.
    pub code: &'static str,
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

/// One metric's answer.
#[derive(Serialize, ToSchema)]
pub struct AnswerOut {
    /// Which metric.
    pub key: &'static str,
    /// The number in the metric's unit, or null.
    pub value: Option<f64>,
    /// Why it is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<NoValueOut>,
    /// The period of the same length before.
    pub previous: Option<f64>,
    /// The same dates one year earlier.
    pub year_ago: Option<f64>,
    /// What to know when reading it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<TextOut>,
}

/// Values of a period.
#[derive(Serialize, ToSchema)]
pub struct ValuesOut {
    /// First day.
    pub from: String,
    /// Day after the last.
    pub to: String,
    /// The day it is seen from.
    pub as_of: String,
    /// Version of the live base.
    pub version: u64,
    /// One answer a metric.
    pub items: Vec<AnswerOut>,
}

/// All metrics of a period, with the period before and the same a year ago.
#[utoipa::path(get, path = "/metrics", tag = "metrics", params(PeriodIn), responses((status = OK, body = ValuesOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn values(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(period): Params<PeriodIn>,
) -> Result<Json<ValuesOut>, Problem> {
    let app = state.app.clone();
    let out = compute(move || {
        let query = app.query(&period.asked()?)?;
        let base = app.base(&caller)?;
        let all: Vec<&'static Metric> = metrics::all().iter().collect();
        let items = answers(&base, &query, &all)
            .into_iter()
            .map(|answer| AnswerOut {
                key: answer.metric.spec.key,
                value: answer.value.value,
                reason: answer.value.reason.map(|reason| NoValueOut {
                    code: reason.code,
                    ru: reason.text.ru.to_owned(),
                    en: reason.text.en.to_owned(),
                }),
                previous: answer.previous,
                year_ago: answer.year_ago,
                note: answer.value.note.map(Into::into),
            })
            .collect();
        Ok(ValuesOut {
            from: query.from.to_string(),
            to: query.to.to_string(),
            as_of: query.as_of.to_string(),
            version: base.version(),
            items,
        })
    })
    .await?;
    Ok(Json(out))
}

/// Which metrics, by what grain.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeriesIn {
    /// Metric keys, comma between.
    pub keys: String,
    /// `month` or `week`, or for groups `store`, `channel`, `cell`.
    pub by: String,
    /// First day.
    pub from: Option<String>,
    /// Day after the last.
    pub to: Option<String>,
    /// Store code.
    pub store: Option<String>,
    /// Channel code.
    pub channel: Option<String>,
    /// RFM cell.
    pub cell: Option<String>,
    /// Only the customers of segments: `id` of a saved one, `ready:key`, `a,not:b`.
    pub segment: Option<String>,
    /// The day it is seen from.
    pub as_of: Option<String>,
}

impl SeriesIn {
    fn split(self) -> Result<(Vec<&'static Metric>, String, Asked), Refusal> {
        let metrics = self
            .keys
            .split(',')
            .map(str::trim)
            .filter(|key| !key.is_empty())
            .map(|key| metrics::find(key).ok_or_else(unknown_metric))
            .collect::<Result<Vec<_>, _>>()?;
        let asked = PeriodIn {
            from: self.from,
            to: self.to,
            store: self.store,
            channel: self.channel,
            cell: self.cell,
            segment: self.segment,
            as_of: self.as_of,
        }
        .asked()?;
        Ok((metrics, self.by, asked))
    }
}

fn unknown_metric() -> Refusal {
    Refusal::field(
        "keys",
        "unknown",
        Text::new("такого показателя нет", "there is no such metric"),
    )
}

fn unknown_by() -> Refusal {
    Refusal::field(
        "by",
        "unknown",
        Text::new("так разложить нельзя", "it cannot be split like that"),
    )
}

/// A bucket of time.
#[derive(Serialize, ToSchema)]
pub struct BucketOut {
    /// First day.
    pub from: String,
    /// Day after the last.
    pub to: String,
}

/// A metric over time.
#[derive(Serialize, ToSchema)]
pub struct SeriesOut {
    /// Metric.
    pub key: &'static str,
    /// One value a bucket.
    pub values: Vec<Option<f64>>,
}

/// Metrics over time.
#[derive(Serialize, ToSchema)]
pub struct SeriesPageOut {
    /// Buckets.
    pub buckets: Vec<BucketOut>,
    /// One series a metric.
    pub series: Vec<SeriesOut>,
}

/// Metrics by month or week.
#[utoipa::path(get, path = "/metrics/series", tag = "metrics", params(SeriesIn), responses((status = OK, body = SeriesPageOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn by_time(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(wanted): Params<SeriesIn>,
) -> Result<Json<SeriesPageOut>, Problem> {
    let app = state.app.clone();
    let out = compute(move || {
        let (metrics, by, asked) = wanted.split()?;
        let grain = match by.as_str() {
            "month" => Grain::Month,
            "week" => Grain::Week,
            _ => return Err(unknown_by()),
        };
        let query = app.query(&asked)?;
        let base = app.base(&caller)?;
        let buckets = buckets(query.from, query.to, grain);
        let values = series(&base, &query, &metrics, &buckets);
        Ok(SeriesPageOut {
            series: metrics
                .iter()
                .zip(values)
                .map(|(metric, values)| SeriesOut {
                    key: metric.spec.key,
                    values: values
                        .into_iter()
                        .map(|value| value.and_then(|value| value.value))
                        .collect(),
                })
                .collect(),
            buckets: buckets
                .into_iter()
                .map(|(from, to)| BucketOut {
                    from: from.to_string(),
                    to: to.to_string(),
                })
                .collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// One group's values.
#[derive(Serialize, ToSchema)]
pub struct GroupOut {
    /// Code of the store or channel, or the cell.
    pub key: String,
    /// Name.
    pub label: TextOut,
    /// Metric by metric.
    pub values: BTreeMap<&'static str, Option<f64>>,
}

/// Metrics by group.
#[derive(Serialize, ToSchema)]
pub struct GroupsOut {
    /// One entry a group.
    pub groups: Vec<GroupOut>,
}

/// Metrics by store, channel or RFM cell.
#[utoipa::path(get, path = "/metrics/by", tag = "metrics", params(SeriesIn), responses((status = OK, body = GroupsOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn by_groups(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(wanted): Params<SeriesIn>,
) -> Result<Json<GroupsOut>, Problem> {
    let app = state.app.clone();
    let out = compute(move || groups(&app, &caller, wanted)).await?;
    Ok(Json(out))
}

fn groups(app: &App, caller: &Caller, wanted: SeriesIn) -> Result<GroupsOut, Refusal> {
    let (metrics, by, asked) = wanted.split()?;
    let query = app.query(&asked)?;
    let by = match by.as_str() {
        "store" => By::Store,
        "channel" => By::Channel,
        "cell" => By::Cell(app.rfm_query(&RfmAsked {
            as_of: Some(query.as_of),
            ..RfmAsked::default()
        })?),
        _ => return Err(unknown_by()),
    };
    let base = app.base(caller)?;
    let words = app.cell_words()?;
    let groups = by_group(&base, &query, &by, &metrics)
        .into_iter()
        .filter(|(key, _)| match key {
            GroupKey::Store(store) => base.works_in(*store),
            _ => true,
        })
        .map(|(key, values)| {
            let (key, label) = group_name(&base, key, &words);
            GroupOut {
                key,
                label,
                values: metrics
                    .iter()
                    .zip(values)
                    .map(|(metric, value)| (metric.spec.key, value.value))
                    .collect(),
            }
        })
        .collect();
    Ok(GroupsOut { groups })
}

fn group_name(
    base: &LiveBase,
    key: GroupKey,
    words: &BTreeMap<String, vernis_app::reports::CellWords>,
) -> (String, TextOut) {
    let both = |name: &str| TextOut {
        ru: name.to_owned(),
        en: name.to_owned(),
    };
    match key {
        GroupKey::Store(id) => base.catalogue().store(id).map_or_else(
            || (id.0.to_string(), both("—")),
            |store| (store.code.clone(), both(&store.name)),
        ),
        GroupKey::Channel(id) => base.catalogue().channel(id).map_or_else(
            || (id.0.to_string(), both("—")),
            |channel| (channel.code.clone(), both(&channel.name)),
        ),
        GroupKey::Cell(cell) => {
            let key = cell.to_string();
            let own = words.get(&key).and_then(|words| words.name.clone());
            (key, own.map_or_else(|| cell.name().into(), Into::into))
        }
    }
}

/// Which rows.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RowsIn {
    /// First day.
    pub from: Option<String>,
    /// Day after the last.
    pub to: Option<String>,
    /// Store code.
    pub store: Option<String>,
    /// Channel code.
    pub channel: Option<String>,
    /// RFM cell.
    pub cell: Option<String>,
    /// Only the customers of segments: `id` of a saved one, `ready:key`, `a,not:b`.
    pub segment: Option<String>,
    /// The day it is seen from.
    pub as_of: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows of a page, at most 500.
    pub limit: Option<usize>,
}

/// A customer or purchase behind a number.
#[derive(Serialize, ToSchema)]
pub struct RowOut {
    /// The customer, when known.
    pub customer: Option<PersonOut>,
    /// Id of the purchase, for rows of purchases.
    pub purchase_id: Option<String>,
    /// Day.
    pub day: Option<String>,
    /// Paid or spent, minor units.
    pub amount_minor: i64,
    /// What part it has in the number.
    pub role: TextOut,
    /// What it adds above the line.
    pub contribution: i64,
    /// What it adds below the line.
    pub below: i64,
}

/// A person in a list.
#[derive(Serialize, ToSchema)]
pub struct PersonOut {
    /// Id.
    pub id: String,
    /// Name as shown.
    pub name: String,
}

/// Rows behind a number.
#[derive(Serialize, ToSchema)]
pub struct RowsOut {
    /// `customers` or `purchases`.
    pub kind: &'static str,
    /// How many there are in all.
    pub total: usize,
    /// The number they make.
    pub value: Option<f64>,
    /// The page.
    pub items: Vec<RowOut>,
    /// Where to go on; null at the end.
    pub next_cursor: Option<String>,
}

pub(super) fn person_out(
    app: &App,
    caller: &Caller,
    base: &LiveBase,
    id: vernis_domain::CustomerId,
) -> PersonOut {
    PersonOut {
        id: app.public_customer_id(id),
        name: base
            .customer(id)
            .map(|customer| contacts::name(caller, &customer))
            .unwrap_or_default(),
    }
}

/// The customers or purchases behind a number.
#[utoipa::path(get, path = "/metrics/{key}/rows", tag = "metrics", params(("key" = String, Path), RowsIn), responses((status = OK, body = RowsOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn behind(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(key): Path<String>,
    Params(wanted): Params<RowsIn>,
) -> Result<Json<RowsOut>, Problem> {
    let app = state.app.clone();
    let out = compute(move || {
        let metric = metrics::find(&key).ok_or_else(Refusal::not_found)?;
        let offset = wanted
            .cursor
            .as_deref()
            .map_or(Ok(0), str::parse::<usize>)
            .map_err(|_| Refusal::not_found())?;
        let limit = wanted.limit.unwrap_or(50).clamp(1, MAX_ROWS);
        let query = app.query(
            &PeriodIn {
                from: wanted.from,
                to: wanted.to,
                store: wanted.store,
                channel: wanted.channel,
                cell: wanted.cell,
                segment: wanted.segment,
                as_of: wanted.as_of,
            }
            .asked()?,
        )?;
        let base = app.base(&caller)?;
        let page = rows(&base, &query, metric, offset, limit);
        app.expose(&caller, page.items.iter().filter_map(|row| row.customer))?;
        let next = offset + page.items.len();
        Ok(RowsOut {
            kind: match page.kind {
                Kind::Customers => "customers",
                Kind::Purchases => "purchases",
            },
            total: page.total,
            value: page.value.value,
            next_cursor: (next < page.total).then(|| next.to_string()),
            items: page
                .items
                .into_iter()
                .map(|row| RowOut {
                    customer: row.customer.map(|id| person_out(&app, &caller, &base, id)),
                    purchase_id: row.purchase.map(|id| app.public_purchase_id(id)),
                    day: row.day.map(|day| day.to_string()),
                    amount_minor: row.amount_minor,
                    role: row.role.into(),
                    contribution: row.contribution,
                    below: row.below,
                })
                .collect(),
        })
    })
    .await?;
    Ok(Json(out))
}
