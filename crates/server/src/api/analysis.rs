//! Cohorts, life cycle, spread of revenue.

use super::TextOut;
use super::metrics::PeriodIn;
use crate::extract::{Params, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vernis_analytics::life_cycle::STATES;
use vernis_analytics::{cohorts, life_cycle, pareto};

/// One cohort.
#[derive(Serialize, ToSchema)]
pub struct CohortOut {
    /// First day of its month.
    pub from: String,
    /// `2026-11`.
    pub label: String,
    /// Customers whose first purchase lies in that month.
    pub size: i64,
    /// By age in months: who bought; null in the future.
    pub customers: Vec<Option<i64>>,
    /// By age in months: money, returns on the month of their sale; null in the future.
    pub revenue_minor: Vec<Option<i64>>,
}

/// The cohort table.
#[derive(Serialize, ToSchema)]
pub struct CohortsOut {
    /// By month.
    pub months: Vec<CohortOut>,
    /// By age: bought by size over the cohorts that reached it.
    pub weighted: Vec<Option<f64>>,
    /// By age: money by money of the first month; may exceed one.
    pub weighted_revenue: Vec<Option<f64>>,
    /// Oldest age.
    pub max_age: usize,
}

/// Customers by the month of their first purchase, and who came back with how much money.
#[utoipa::path(get, path = "/cohorts", tag = "analysis", params(PeriodIn), responses((status = OK, body = CohortsOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn cohort_table(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(period): Params<PeriodIn>,
) -> Result<Json<CohortsOut>, Problem> {
    let app = state.app.clone();
    let out = compute(move || {
        let mut asked = period.asked()?;
        // A cohort table without a period means the last twelve months.
        if asked.from.is_none() {
            let as_of = asked.as_of.unwrap_or_else(|| app.today());
            asked.from = Some(as_of.add_months(-11));
        }
        let query = app.query(&asked)?;
        let table = cohorts::cohorts(&*app.base(&caller)?, &query);
        Ok(CohortsOut {
            max_age: table.weighted.len().saturating_sub(1),
            weighted: table.weighted,
            weighted_revenue: table.weighted_revenue,
            months: table
                .cohorts
                .into_iter()
                .map(|cohort| {
                    let from = cohort.from.to_string();
                    CohortOut {
                        label: from[..7].to_owned(),
                        from,
                        size: cohort.size,
                        customers: cohort.customers,
                        revenue_minor: cohort.revenue_minor,
                    }
                })
                .collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// Customers in one state.
#[derive(Serialize, ToSchema)]
pub struct StateOut {
    /// prospect, new, active, at_risk, sleeping, lost.
    pub key: &'static str,
    /// Name.
    pub label: TextOut,
    /// At the end of the period.
    pub customers: u32,
    /// On the day before the period.
    pub customers_before: u32,
    /// Spent in the period by those in the state at its end.
    pub revenue_minor: i64,
    /// What they have paid so far, returns taken off.
    pub paid_minor: i64,
}

/// Customers who went one way.
#[derive(Serialize, ToSchema)]
pub struct MoveOut {
    /// State before the period.
    pub from: &'static str,
    /// State at its end.
    pub to: &'static str,
    /// How many.
    pub customers: u32,
}

/// States and moves.
#[derive(Serialize, ToSchema)]
pub struct LifeCycleOut {
    /// In order.
    pub states: Vec<StateOut>,
    /// Non-empty moves; those from a state sum to its customers before.
    pub transitions: Vec<MoveOut>,
    /// Came back after more than 90 days of silence within the last 30 days.
    pub reactivated: u32,
}

/// Life-cycle states at the end of a period and the moves within it.
#[utoipa::path(get, path = "/life-cycle", tag = "analysis", params(PeriodIn), responses((status = OK, body = LifeCycleOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn life_cycle_states(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(period): Params<PeriodIn>,
) -> Result<Json<LifeCycleOut>, Problem> {
    let app = state.app.clone();
    let out = compute(move || {
        let query = app.query(&period.asked()?)?;
        let found = life_cycle::life_cycle(&*app.base(&caller)?, &query);
        let mut transitions = Vec::new();
        for (from, row) in STATES.iter().zip(&found.moves) {
            for (to, &customers) in STATES.iter().zip(row) {
                if customers > 0 {
                    transitions.push(MoveOut {
                        from: from.key(),
                        to: to.key(),
                        customers,
                    });
                }
            }
        }
        Ok(LifeCycleOut {
            states: STATES
                .iter()
                .zip(found.after)
                .zip(found.before)
                .map(|((state, after), before)| StateOut {
                    key: state.key(),
                    label: state.label().into(),
                    customers: after.customers,
                    customers_before: before,
                    revenue_minor: after.revenue_minor,
                    paid_minor: after.paid_minor,
                })
                .collect(),
            transitions,
            reactivated: found.reactivated,
        })
    })
    .await?;
    Ok(Json(out))
}

/// What the largest part of the customers brings.
#[derive(Serialize, ToSchema)]
pub struct TopShareOut {
    /// Share of buyers.
    pub customers_share: f64,
    /// Share of revenue they bring; null without revenue.
    pub revenue_share: Option<f64>,
}

/// One ABC class.
#[derive(Serialize, ToSchema)]
pub struct ClassOut {
    /// A, B or C.
    pub class: &'static str,
    /// Buyers.
    pub customers: usize,
    /// Their money.
    pub revenue_minor: i64,
}

/// The spread of revenue.
#[derive(Serialize, ToSchema)]
pub struct ParetoOut {
    /// Buyers of the period.
    pub customers: usize,
    /// 0: all alike; 1: one brings everything.
    pub gini: Option<f64>,
    /// What the best fifth brings.
    pub top_share: TopShareOut,
    /// Points (share of buyers, share of revenue), best buyers first.
    #[schema(value_type = Vec<Vec<f64>>)]
    pub curve: Vec<(f64, f64)>,
    /// Classes by rule D (80 and 95 %).
    pub abc: Vec<ClassOut>,
    /// Negative amounts were counted as zero.
    pub clipped: bool,
}

/// How the period's revenue is spread over its buyers.
#[utoipa::path(get, path = "/pareto", tag = "analysis", params(PeriodIn), responses((status = OK, body = ParetoOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn revenue_spread(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(period): Params<PeriodIn>,
) -> Result<Json<ParetoOut>, Problem> {
    let app = state.app.clone();
    let out = compute(move || {
        let query = app.query(&period.asked()?)?;
        let spread = pareto::spread(&*app.base(&caller)?, &query);
        Ok(ParetoOut {
            customers: spread.customers,
            gini: spread.gini,
            top_share: TopShareOut {
                customers_share: spread.top_customers_share,
                revenue_share: spread.top_revenue_share,
            },
            curve: spread.curve,
            abc: pareto::CLASSES
                .into_iter()
                .zip(spread.abc)
                .map(|(class, (customers, revenue_minor))| ClassOut {
                    class,
                    customers,
                    revenue_minor,
                })
                .collect(),
            clipped: spread.clipped,
        })
    })
    .await?;
    Ok(Json(out))
}
