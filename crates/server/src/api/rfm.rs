//! RFM: the 27 cells, their words, borders, moves between two days, and the RF map.

use super::TextOut;
use super::metrics::{day, filled};
use crate::extract::{Body, Params, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vernis_analytics::rf_map::{COLUMNS, ROWS, rf_map};
use vernis_analytics::rfm::transitions::transitions;
use vernis_analytics::rfm::{Borders, Cell, Cuts, RfmQuery, quick, within};
use vernis_analytics::{CustomerSet, LiveBase};
use vernis_app::reports::{CellWords, RfmAsked};
use vernis_app::{App, Refusal};
use vernis_domain::{Day, Text};

/// The question.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RfmIn {
    /// The day it is seen from; absent: today.
    pub as_of: Option<String>,
    /// `terciles`, `fixed` or `rhythm`; absent: the frozen borders, or terciles.
    pub borders: Option<String>,
    /// `all` or a number of days.
    pub window: Option<String>,
    /// Store code.
    pub store: Option<String>,
    /// Channel code.
    pub channel: Option<String>,
}

impl RfmIn {
    pub(super) fn query(self, app: &App) -> Result<RfmQuery, Refusal> {
        app.rfm_query(&RfmAsked {
            as_of: day("as_of", &self.as_of)?,
            borders: filled(self.borders),
            window: filled(self.window),
            store: filled(self.store),
            channel: filled(self.channel),
        })
    }
}

/// Only these customers.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AmongIn {
    /// Segments, `id`, `ready:key`, `a,not:b`: their customers by the borders of the whole shop.
    pub segment: Option<String>,
}

impl AmongIn {
    /// The customers it leaves, as they are on the question's day; `None`: all of them.
    fn members(
        self,
        app: &App,
        base: &LiveBase,
        as_of: Day,
    ) -> Result<Option<CustomerSet>, Refusal> {
        filled(self.segment)
            .map(|names| Ok(app.segmented(&names, as_of)?.members(base, as_of)))
            .transpose()
    }
}

/// Borders between the scores.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CutsOut {
    /// Days since the last purchase: up to the first is 3, up to the second 2, more is 1.
    #[schema(value_type = Vec<i32>)]
    pub recency_days: [i32; 2],
    /// Purchases: up to the first is 1, up to the second 2, more is 3.
    #[schema(value_type = Vec<i64>)]
    pub frequency: [i64; 2],
    /// Paid: up to the first is 1, up to the second 2, more is 3.
    #[schema(value_type = Vec<i64>)]
    pub monetary_minor: [i64; 2],
}

impl From<Cuts> for CutsOut {
    fn from(cuts: Cuts) -> Self {
        CutsOut {
            recency_days: cuts.recency_days,
            frequency: cuts.frequency,
            monetary_minor: cuts.monetary_minor,
        }
    }
}

/// One cell.
#[derive(Serialize, ToSchema)]
pub struct CellOut {
    /// `333`: recency, frequency, money; 3 is best.
    pub cell: String,
    /// Name.
    pub name: TextOut,
    /// What to do with these customers.
    pub strategy: TextOut,
    /// Customers.
    pub customers: u32,
    /// Their money in the window.
    pub revenue_minor: i64,
    /// Share of the customers in all cells.
    pub share_customers: Option<f64>,
    /// Share of the money of all cells.
    pub share_revenue: Option<f64>,
    /// Customers a month before, by the same rule of borders.
    pub last_month_customers: u32,
}

/// All cells.
#[derive(Serialize, ToSchema)]
pub struct RfmOut {
    /// The day it is seen from.
    pub as_of: String,
    /// How borders were set.
    pub borders: &'static str,
    /// Window in days; null: all history.
    pub window_days: Option<i32>,
    /// The borders.
    pub cuts: CutsOut,
    /// 27 cells, 333 first.
    pub cells: Vec<CellOut>,
    /// Bought before, but not within the window.
    pub outside: u32,
    /// What to know before using the cells.
    pub warnings: Vec<TextOut>,
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole != 0.0).then(|| part / whole)
}

/// The 27 segments.
#[utoipa::path(get, path = "/rfm", tag = "rfm", params(RfmIn, AmongIn), responses((status = OK, body = RfmOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn cells(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(wanted): Params<RfmIn>,
    Params(among): Params<AmongIn>,
) -> Result<Json<RfmOut>, Problem> {
    let app = state.app.clone();
    let out = compute(move || {
        let query = wanted.query(&app)?;
        let words = app.cell_words()?;
        let base = app.base(&caller)?;
        let segment = filled(among.segment)
            .map(|id| app.segmented(&id, query.as_of))
            .transpose()?;
        let cut = |query: RfmQuery| match &segment {
            Some(segment) => within(&base, &query, &segment.members(&base, query.as_of)),
            None => quick(&base, &query),
        };
        let found = cut(query);
        let before = cut(RfmQuery {
            as_of: query.as_of.plus(-30),
            ..query
        });
        let people: u32 = found.cells.iter().map(|(customers, _)| customers).sum();
        let money: i64 = found.cells.iter().map(|(_, money)| money).sum();
        let mut cells: Vec<CellOut> = Cell::all()
            .map(|cell| {
                let (customers, revenue_minor) = found.cells[cell.number()];
                let key = cell.to_string();
                let own = words.get(&key).cloned().unwrap_or_default();
                CellOut {
                    name: own.name.map_or_else(|| cell.name().into(), Into::into),
                    strategy: own
                        .strategy
                        .map_or_else(|| cell.strategy().into(), Into::into),
                    cell: key,
                    customers,
                    revenue_minor,
                    share_customers: share(f64::from(customers), f64::from(people)),
                    share_revenue: share(revenue_minor as f64, money as f64),
                    last_month_customers: before.cells[cell.number()].0,
                }
            })
            .collect();
        cells.reverse();
        Ok(RfmOut {
            as_of: query.as_of.to_string(),
            borders: query.borders.code(),
            window_days: query.window_days,
            cuts: found.cuts.into(),
            cells,
            outside: found.outside,
            warnings: found.warnings.into_iter().map(Into::into).collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// Text of a cell; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CellIn {
    /// Name.
    pub name: Option<WordsIn>,
    /// Strategy.
    pub strategy: Option<WordsIn>,
}

/// A text in both languages.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WordsIn {
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl From<WordsIn> for Text {
    fn from(words: WordsIn) -> Self {
        Text::owned(words.ru, words.en)
    }
}

/// Writes a cell's name or strategy.
#[utoipa::path(put, path = "/rfm/cells/{cell}", tag = "rfm", params(("cell" = String, Path)), request_body = CellIn, responses((status = NO_CONTENT), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn write_cell(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(cell): Path<String>,
    Body(body): Body<CellIn>,
) -> Result<StatusCode, Problem> {
    let app = state.app.clone();
    compute(move || {
        app.put_cell_words(
            &caller,
            &cell,
            CellWords {
                name: body.name.map(Into::into),
                strategy: body.strategy.map(Into::into),
            },
        )
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Frozen borders.
#[derive(Serialize, ToSchema)]
pub struct FrozenOut {
    /// Version, from 1; 0: never frozen, these are today's terciles as a proposal.
    pub version: u32,
    /// When they were frozen.
    pub frozen_at: Option<String>,
    /// The borders.
    #[serde(flatten)]
    pub cuts: CutsOut,
}

/// The frozen borders, or today's terciles as a proposal.
#[utoipa::path(get, path = "/rfm/borders", tag = "rfm", responses((status = OK, body = FrozenOut)))]
pub async fn borders(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
) -> Result<Json<FrozenOut>, Problem> {
    let app = state.app.clone();
    let out = compute(move || {
        Ok(match app.frozen_borders()?.pop() {
            Some(frozen) => FrozenOut {
                version: frozen.version,
                frozen_at: Some(frozen.frozen_at.rfc3339()),
                cuts: frozen.cuts.into(),
            },
            None => {
                let mut query = app.rfm_query(&RfmAsked::default())?;
                query.borders = Borders::Terciles;
                FrozenOut {
                    version: 0,
                    frozen_at: None,
                    cuts: quick(&*app.base(&caller)?, &query).cuts.into(),
                }
            }
        })
    })
    .await?;
    Ok(Json(out))
}

/// Freezes borders as a new version.
#[utoipa::path(put, path = "/rfm/borders", tag = "rfm", request_body = CutsOut, responses((status = OK, body = FrozenOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn freeze_borders(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<CutsOut>,
) -> Result<Json<FrozenOut>, Problem> {
    let app = state.app.clone();
    let frozen = compute(move || {
        let cuts = Cuts {
            recency_days: body.recency_days,
            frequency: body.frequency,
            monetary_minor: body.monetary_minor,
        };
        app.freeze_borders(&caller, cuts)
    })
    .await?;
    Ok(Json(FrozenOut {
        version: frozen.version,
        frozen_at: Some(frozen.frozen_at.rfc3339()),
        cuts: frozen.cuts.into(),
    }))
}

/// Two days and the question.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TransitionsIn {
    /// The earlier day.
    pub from: Option<String>,
    /// The later day; absent: today.
    pub to: Option<String>,
    /// How borders are set.
    pub borders: Option<String>,
    /// `all` or a number of days.
    pub window: Option<String>,
    /// Store code.
    pub store: Option<String>,
    /// Channel code.
    pub channel: Option<String>,
}

/// Customers who went one way.
#[derive(Serialize, ToSchema)]
pub struct TransitionOut {
    /// Cell, `new` or `outside`.
    pub from: String,
    /// Cell or `outside`.
    pub to: String,
    /// How many.
    pub customers: u32,
    /// Their money in the window of the later day.
    pub revenue_minor: i64,
}

/// Moves between two days.
#[derive(Serialize, ToSchema)]
pub struct TransitionsOut {
    /// Places that occur.
    pub nodes: Vec<String>,
    /// Non-empty moves.
    pub links: Vec<TransitionOut>,
}

/// How customers moved between cells from one day to another.
#[utoipa::path(get, path = "/rfm/transitions", tag = "rfm", params(TransitionsIn, AmongIn), responses((status = OK, body = TransitionsOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn moves(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(wanted): Params<TransitionsIn>,
    Params(among): Params<AmongIn>,
) -> Result<Json<TransitionsOut>, Problem> {
    let app = state.app.clone();
    let out = compute(move || {
        let from = day("from", &wanted.from)?;
        let query = RfmIn {
            as_of: wanted.to,
            borders: wanted.borders,
            window: wanted.window,
            store: wanted.store,
            channel: wanted.channel,
        }
        .query(&app)?;
        let from = from.unwrap_or_else(|| query.as_of.plus(-30));
        if from > query.as_of {
            return Err(Refusal::field(
                "from",
                "after_to",
                Text::new(
                    "первый день позже второго",
                    "the first day is after the second",
                ),
            ));
        }
        let base = app.base(&caller)?;
        let set = among.members(&app, &base, query.as_of)?;
        let found = transitions(&base, from, &query, set.as_ref());
        let mut nodes: Vec<String> = found
            .links
            .iter()
            .flat_map(|link| [link.from.to_string(), link.to.to_string()])
            .collect();
        nodes.sort_unstable();
        nodes.dedup();
        Ok(TransitionsOut {
            nodes,
            links: found
                .links
                .into_iter()
                .map(|link| TransitionOut {
                    from: link.from.to_string(),
                    to: link.to.to_string(),
                    customers: link.customers,
                    revenue_minor: link.revenue_minor,
                })
                .collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// One cell of the map.
#[derive(Serialize, ToSchema)]
pub struct MapCellOut {
    /// Customers.
    pub customers: u32,
    /// Their money in the window.
    pub revenue_minor: i64,
}

/// The RF map.
#[derive(Serialize, ToSchema)]
pub struct MapOut {
    /// Days since the last purchase.
    #[schema(value_type = Vec<String>)]
    pub rows: [&'static str; 5],
    /// Number of purchases.
    #[schema(value_type = Vec<String>)]
    pub columns: [&'static str; 5],
    /// By row, then column.
    pub cells: Vec<Vec<MapCellOut>>,
}

/// How long ago by how often: customers and money.
#[utoipa::path(get, path = "/rf-map", tag = "rfm", params(RfmIn, AmongIn), responses((status = OK, body = MapOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn map(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(wanted): Params<RfmIn>,
    Params(among): Params<AmongIn>,
) -> Result<Json<MapOut>, Problem> {
    let app = state.app.clone();
    let out = compute(move || {
        let query = wanted.query(&app)?;
        let base = app.base(&caller)?;
        let set = among.members(&app, &base, query.as_of)?;
        let map = rf_map(&base, &query, set.as_ref());
        Ok(MapOut {
            rows: ROWS,
            columns: COLUMNS,
            cells: map
                .into_iter()
                .map(|row| {
                    row.into_iter()
                        .map(|(customers, revenue_minor)| MapCellOut {
                            customers,
                            revenue_minor,
                        })
                        .collect()
                })
                .collect(),
        })
    })
    .await?;
    Ok(Json(out))
}
