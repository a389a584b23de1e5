//! Companies with their people, and who lives with whom.

use super::metrics::filled;
use crate::extract::{Body, Params, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use vernis_analytics::facts::card::facts_of;
use vernis_analytics::facts::{self, Fact, FactValue, Lens};
use vernis_app::groups::{Circle, Company, CompanyPatch};
use vernis_app::{App, Caller, Entity, Refusal, View, contacts};
use vernis_domain::{CustomerId, Day};

/// Companies told at once.
const PAGE: usize = 200;

/// Which companies.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CompaniesIn {
    /// Part of the name, or the beginning of the ИНН or КПП.
    pub search: Option<String>,
    /// Also those that are archived.
    pub archived: Option<bool>,
}

/// What people bought together.
#[derive(Clone, Default, Serialize, ToSchema)]
pub struct TogetherOut {
    /// Purchases.
    pub orders: i64,
    /// Paid, minor units.
    pub revenue_minor: i64,
    /// Day of the last purchase.
    pub last_day: Option<String>,
}

/// A company.
#[derive(Serialize, ToSchema)]
pub struct CompanyOut {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// ИНН; may be empty.
    pub inn: String,
    /// КПП; may be empty.
    pub kpp: String,
    /// Note; a list leaves it out.
    pub note: String,
    /// No longer offered.
    pub archived: bool,
    /// How many of its people one sees.
    pub people_count: usize,
    /// What these people bought.
    pub together: TogetherOut,
    /// The people; a list leaves them out.
    pub people: Vec<GroupPersonOut>,
}

/// Somebody of a company or a household.
#[derive(Serialize, ToSchema)]
pub struct GroupPersonOut {
    /// Id of the customer.
    pub id: String,
    /// Name.
    pub name: String,
    /// What he is there; may be empty.
    pub role: String,
    /// What he bought.
    pub bought: TogetherOut,
}

/// Companies, those whose people paid most first.
#[derive(Serialize, ToSchema)]
pub struct CompaniesOut {
    /// How many there are in all.
    pub total: usize,
    /// The first 200 of them.
    pub items: Vec<CompanyOut>,
}

/// A new company.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompanyIn {
    /// Name.
    pub name: String,
    /// ИНН: 10 digits, or 12 of a sole trader; its check digits are checked.
    #[serde(default)]
    pub inn: String,
    /// КПП, of a company with an ИНН of 10 digits.
    #[serde(default)]
    pub kpp: String,
    /// Note.
    #[serde(default)]
    pub note: String,
    /// Its first people. Whoever sees only a part of the customers names at least one.
    #[serde(default)]
    pub people: Vec<CompanyPersonIn>,
}

/// Somebody of a company.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompanyPersonIn {
    /// Id of the customer.
    pub customer: String,
    /// What he is there.
    #[serde(default)]
    pub role: String,
}

/// A change of a company; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompanyPatchIn {
    /// Name.
    pub name: Option<String>,
    /// ИНН; an empty text takes it away.
    pub inn: Option<String>,
    /// КПП; the same.
    pub kpp: Option<String>,
    /// Note.
    pub note: Option<String>,
    /// No longer offered, or again.
    pub archived: Option<bool>,
}

/// What somebody is in a company or a household.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupRoleIn {
    /// Director, bookkeeper; wife, son. May be empty.
    #[serde(default)]
    pub role: String,
}

/// A company somebody belongs to.
#[derive(Serialize, ToSchema)]
pub struct OwnCompanyOut {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// ИНН; may be empty.
    pub inn: String,
    /// What he is there; may be empty.
    pub role: String,
}

/// Who lives together.
#[derive(Serialize, ToSchema)]
pub struct HouseholdOut {
    /// Who, the customer himself among them.
    pub people: Vec<GroupPersonOut>,
    /// What they bought.
    pub together: TogetherOut,
}

/// What a customer belongs to.
#[derive(Serialize, ToSchema)]
pub struct CircleOut {
    /// His companies.
    pub companies: Vec<OwnCompanyOut>,
    /// Who lives with him; null when nobody is known.
    pub household: Option<HouseholdOut>,
}

/// What people bought, by the facts of lists.
struct Sums {
    lens: Arc<Lens>,
    facts: Vec<&'static Fact>,
}

impl Sums {
    fn new(app: &App, view: &View) -> Result<Sums, Refusal> {
        let keys = ["orders", "revenue", "last_purchase_day"];
        Ok(Sums {
            lens: app.lens(view)?,
            facts: keys.into_iter().filter_map(facts::find).collect(),
        })
    }

    fn of(&self, view: &View, people: impl Iterator<Item = CustomerId>) -> TogetherOut {
        let mut together = TogetherOut::default();
        let mut last: Option<Day> = None;
        for one in people {
            let values = facts_of(view, &self.lens, one, &self.facts);
            if let [orders, revenue, day] = &values[..] {
                together.orders += orders.rank().unwrap_or(0);
                together.revenue_minor += revenue.rank().unwrap_or(0);
                if let FactValue::Day(day) = day {
                    last = last.max(Some(*day));
                }
            }
        }
        together.last_day = last.map(|day| day.to_string());
        together
    }
}

/// Who asks, and of what.
struct Asked<'a> {
    app: &'a App,
    caller: &'a Caller,
    view: &'a View,
    sums: Sums,
}

impl<'a> Asked<'a> {
    fn new(app: &'a App, caller: &'a Caller, view: &'a View) -> Result<Asked<'a>, Refusal> {
        Ok(Asked {
            app,
            caller,
            view,
            sums: Sums::new(app, view)?,
        })
    }

    fn people(&self, people: &[(CustomerId, String)]) -> Vec<GroupPersonOut> {
        let each = people.iter().map(|(id, role)| GroupPersonOut {
            id: self.app.public_customer_id(*id),
            name: self
                .view
                .customer(*id)
                .map(|customer| contacts::name(self.caller, &customer))
                .unwrap_or_default(),
            role: contacts::text(self.caller, role),
            bought: self.sums.of(self.view, [*id].into_iter()),
        });
        each.collect()
    }

    fn company(&self, company: &Company, whole: bool) -> CompanyOut {
        let profile = &company.group.profile;
        let people = company.people.iter().map(|(id, _)| *id);
        CompanyOut {
            id: self.app.public_id(Entity::Group, company.group.id),
            name: profile.name.clone(),
            inn: profile.inn.clone(),
            kpp: profile.kpp.clone(),
            note: if whole {
                contacts::text(self.caller, &profile.note)
            } else {
                String::new()
            },
            archived: company.group.archived_at.is_some(),
            people_count: company.people.len(),
            together: self.sums.of(self.view, people),
            people: if whole {
                self.people(&company.people)
            } else {
                Vec::new()
            },
        }
    }

    fn circle(&self, circle: Circle) -> CircleOut {
        let companies = circle.companies.into_iter();
        CircleOut {
            companies: companies
                .map(|(group, role)| OwnCompanyOut {
                    id: self.app.public_id(Entity::Group, group.id),
                    name: group.profile.name,
                    inn: group.profile.inn,
                    role: contacts::text(self.caller, &role),
                })
                .collect(),
            household: circle.household.map(|household| HouseholdOut {
                together: self
                    .sums
                    .of(self.view, household.people.iter().map(|(id, _)| *id)),
                people: self.people(&household.people),
            }),
        }
    }
}

fn one(app: &App, caller: &Caller, id: i64) -> Result<CompanyOut, Refusal> {
    let view = app.base(caller)?;
    let company = app.company(&view, id)?;
    Ok(Asked::new(app, caller, &view)?.company(&company, true))
}

fn circle_out(app: &App, caller: &Caller, id: &str) -> Result<CircleOut, Refusal> {
    let view = app.base(caller)?;
    let id = app.customer_id(&view, id)?;
    let circle = app.circle_of(&view, id)?;
    Ok(Asked::new(app, caller, &view)?.circle(circle))
}

/// Companies of the customers one sees, those whose people paid most first.
#[utoipa::path(get, operation_id = "companies", path = "/companies", tag = "customers", params(CompaniesIn), responses((status = OK, body = CompaniesOut)))]
pub async fn all(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(wanted): Params<CompaniesIn>,
) -> Result<Json<CompaniesOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let view = app.base(&caller)?;
        let search = filled(wanted.search).unwrap_or_default();
        let mut found = app.companies(&view, &search)?;
        found.retain(|one| wanted.archived == Some(true) || one.group.archived_at.is_none());
        let asked = Asked::new(app, &caller, &view)?;
        let mut items: Vec<CompanyOut> =
            found.iter().map(|one| asked.company(one, false)).collect();
        items.sort_by_key(|one| std::cmp::Reverse(one.together.revenue_minor));
        let total = items.len();
        items.truncate(PAGE);
        Ok(CompaniesOut { total, items })
    })
    .await?;
    Ok(Json(out))
}

/// Adds a company; one with this ИНН and КПП that is there already is given back, and the people join it.
#[utoipa::path(post, operation_id = "add_company", path = "/companies", tag = "customers", request_body = CompanyIn, responses((status = CREATED, body = CompanyOut), (status = OK, body = CompanyOut, description = "It was there already"), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn add(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<CompanyIn>,
) -> Result<(StatusCode, Json<CompanyOut>), Problem> {
    let (status, out) = compute(move || {
        let app = &state.app;
        let view = app.base(&caller)?;
        let people = body
            .people
            .into_iter()
            .map(|one| Ok((app.customer_id(&view, &one.customer)?, one.role)))
            .collect::<Result<Vec<_>, Refusal>>()?;
        let patch = CompanyPatch {
            name: Some(body.name),
            inn: Some(body.inn),
            kpp: Some(body.kpp),
            note: Some(body.note),
            archived: None,
        };
        let (id, new) = app.add_company(&caller, &view, &patch, people)?;
        let status = if new {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        Ok((status, one(app, &caller, id)?))
    })
    .await?;
    Ok((status, Json(out)))
}

/// A company with its people and what they bought.
#[utoipa::path(get, operation_id = "company", path = "/companies/{id}", tag = "customers", params(("id" = String, Path)), responses((status = OK, body = CompanyOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn read(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<CompanyOut>, Problem> {
    let out = compute(move || {
        let id = state.app.row_id(Entity::Group, &id)?;
        one(&state.app, &caller, id)
    })
    .await?;
    Ok(Json(out))
}

/// Changes a company.
#[utoipa::path(patch, operation_id = "change_company", path = "/companies/{id}", tag = "customers", params(("id" = String, Path)), request_body = CompanyPatchIn, responses((status = OK, body = CompanyOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn change(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<CompanyPatchIn>,
) -> Result<Json<CompanyOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let id = app.row_id(Entity::Group, &id)?;
        let patch = CompanyPatch {
            name: body.name,
            inn: body.inn,
            kpp: body.kpp,
            note: body.note,
            archived: body.archived,
        };
        app.change_company(&app.base(&caller)?, id, patch)?;
        one(app, &caller, id)
    })
    .await?;
    Ok(Json(out))
}

/// Puts a customer into a company, or gives him another role in it.
#[utoipa::path(put, operation_id = "put_company_person", path = "/companies/{id}/people/{customer}", tag = "customers", params(("id" = String, Path), ("customer" = String, Path)), request_body = GroupRoleIn, responses((status = OK, body = CompanyOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn put_person(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path((id, customer)): Path<(String, String)>,
    Body(body): Body<GroupRoleIn>,
) -> Result<Json<CompanyOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let view = app.base(&caller)?;
        let id = app.row_id(Entity::Group, &id)?;
        let customer = app.customer_id(&view, &customer)?;
        app.set_company_person(&caller, &view, id, customer, Some(&body.role))?;
        one(app, &caller, id)
    })
    .await?;
    Ok(Json(out))
}

/// Takes a customer out of a company.
#[utoipa::path(delete, operation_id = "drop_company_person", path = "/companies/{id}/people/{customer}", tag = "customers", params(("id" = String, Path), ("customer" = String, Path)), responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn drop_person(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path((id, customer)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    compute(move || {
        let app = &state.app;
        let view = app.base(&caller)?;
        let id = app.row_id(Entity::Group, &id)?;
        let customer = app.customer_id(&view, &customer)?;
        app.set_company_person(&caller, &view, id, customer, None)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A customer's companies, and who lives with him.
#[utoipa::path(get, operation_id = "circle", path = "/customers/{id}/circle", tag = "customers", params(("id" = String, Path)), responses((status = OK, body = CircleOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn circle(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<CircleOut>, Problem> {
    let out = compute(move || circle_out(&state.app, &caller, &id)).await?;
    Ok(Json(out))
}

/// Puts somebody into the household of a customer, or changes what he is to the house; he leaves the
/// household he was in.
#[utoipa::path(put, operation_id = "put_household_person", path = "/customers/{id}/household/{other}", tag = "customers", params(("id" = String, Path), ("other" = String, Path)), request_body = GroupRoleIn, responses((status = OK, body = CircleOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn put_household(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path((id, other)): Path<(String, String)>,
    Body(body): Body<GroupRoleIn>,
) -> Result<Json<CircleOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let view = app.base(&caller)?;
        let customer = app.customer_id(&view, &id)?;
        let joins = app.customer_id(&view, &other)?;
        app.join_household(&caller, &view, customer, joins, &body.role)?;
        circle_out(app, &caller, &id)
    })
    .await?;
    Ok(Json(out))
}

/// Takes somebody out of the household of a customer.
#[utoipa::path(delete, operation_id = "drop_household_person", path = "/customers/{id}/household/{other}", tag = "customers", params(("id" = String, Path), ("other" = String, Path)), responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn drop_household(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path((id, other)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    compute(move || {
        let app = &state.app;
        let view = app.base(&caller)?;
        let customer = app.customer_id(&view, &id)?;
        let leaves = app.customer_id(&view, &other)?;
        app.leave_household(&caller, &view, customer, leaves)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
