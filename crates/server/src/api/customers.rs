//! Customers: list, new, change, purchases.

use super::about::{MarkIn, custom_values, reason};
use super::card::{CardOut, ChildJson, whole_card};
use super::facts::{columns, fact_json, form_values};
use super::metrics::filled;
use super::purchases::{MessengerIn, PurchaseOut, WhoIn, purchase_out};
use super::rfm::RfmIn;
use crate::extract::{Body, Params, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use vernis_analytics::LiveBase;
use vernis_analytics::facts::card::facts_of;
use vernis_analytics::facts::list::{ListQuery, Sort, list};
use vernis_analytics::facts::{self, Fact, Lens};
use vernis_app::about::AboutPatch;
use vernis_app::customers::{CustomerPatch, Found, NewCustomer};
use vernis_app::reports::parse_cell;
use vernis_app::{App, Caller, Refusal, contacts};
use vernis_domain::customer::{Birthday, Child};
use vernis_domain::{ContactKind, CustomerId, Sex, Text};

/// Search, filters, order, page. `filter` may be repeated: `orders:ge:3`; cells of reports: `cohort:eq:2026-08`, `bought:eq:2026-10`, `rf_map:eq:31-90x3-4`, `moved:eq:2026-08-24~333~23`, `abc:eq:2026-01-01~2026-07-01~A`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListIn {
    /// Part of a name, phone, e-mail or card.
    pub search: Option<String>,
    /// RFM cell, `333`.
    pub cell: Option<String>,
    /// Segments: `id` of a saved one, `ready:key`, `a,not:b`.
    pub segment: Option<String>,
    /// `name` or a fact.
    pub sort: Option<String>,
    /// `asc` or `desc`.
    pub order: Option<String>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// At most 500.
    pub limit: Option<usize>,
    /// Facts of each row, comma between; absent: a usual few.
    pub columns: Option<String>,
    /// The day it is seen from.
    pub as_of: Option<String>,
    /// How RFM borders are set.
    pub borders: Option<String>,
    /// RFM window.
    pub window: Option<String>,
    /// Only customers who bought at this store (RFM of the store).
    pub store: Option<String>,
    /// The same for a channel.
    pub channel: Option<String>,
}

/// A customer in a list.
#[derive(Serialize, ToSchema)]
pub struct CustomerRowOut {
    /// Id.
    pub id: String,
    /// Full name; empty when unknown.
    pub name: String,
    /// Main phone.
    pub phone: Option<String>,
    /// Main e-mail.
    pub email: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Why he is a VIP; an empty text without a reason, null when he is none.
    pub vip: Option<String>,
    /// Why one has to be careful with him; the same.
    pub problem: Option<String>,
    /// Facts by key.
    #[schema(value_type = Object)]
    pub facts: BTreeMap<&'static str, serde_json::Value>,
}

/// A page of customers.
#[derive(Serialize, ToSchema)]
pub struct CustomersOut {
    /// How many fit in all.
    pub total: usize,
    /// The page.
    pub items: Vec<CustomerRowOut>,
    /// Where to go on; null at the end.
    pub next_cursor: Option<String>,
    /// Version of the live base that answered.
    pub version: u64,
}

pub(super) fn customer_row(
    app: &App,
    caller: &Caller,
    base: &LiveBase,
    lens: &Lens,
    id: CustomerId,
    columns: &[&'static Fact],
) -> CustomerRowOut {
    let customer = base.customer(id);
    let contact = |kind| {
        customer
            .as_ref()
            .and_then(|customer| contacts::main(caller, customer, kind))
    };
    let about = customer.as_ref().map(|customer| &customer.about);
    CustomerRowOut {
        id: app.public_customer_id(id),
        tags: about.map(|about| about.tags.clone()).unwrap_or_default(),
        vip: about.and_then(|about| reason(caller, about.vip.as_ref())),
        problem: about.and_then(|about| reason(caller, about.problem.as_ref())),
        phone: contact(ContactKind::Phone),
        email: contact(ContactKind::Email),
        name: customer
            .as_ref()
            .map(|customer| contacts::name(caller, customer))
            .unwrap_or_default(),
        facts: columns
            .iter()
            .zip(facts_of(base, lens, id, columns))
            .map(|(fact, value)| (fact.key, fact_json(caller, base, fact, value)))
            .collect(),
    }
}

/// Customers: search while typing, filters, order, page.
#[utoipa::path(get, path = "/customers", tag = "customers", params(ListIn, ("filter" = Option<Vec<String>>, Query, description = "fact:comparison:value, e.g. orders:ge:3; may be repeated. Cells of reports: cohort:eq:2026-08 (first bought in that month), bought:eq:2026-10 (bought in that month), rf_map:eq:31-90x3-4 (row and column of the RF map), moved:eq:2026-08-24~333~23 (in segment 333 on that day, in one of 231, 232, 233 now; also new and outside), abc:eq:2026-01-01~2026-07-01~A (ABC class of the spending of a period that ends before the second day)")), responses((status = OK, body = CustomersOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn search_list(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    RawQuery(raw): RawQuery,
    Params(wanted): Params<ListIn>,
) -> Result<Json<CustomersOut>, Problem> {
    let filters: Vec<String> = raw
        .as_deref()
        .map(|raw| form_values(raw, "filter"))
        .unwrap_or_default();
    let app = state.app.clone();
    let out = compute(move || {
        let base = app.base(&caller)?;
        let columns = columns(&base, wanted.columns.as_deref());
        let rfm = RfmIn {
            as_of: wanted.as_of,
            borders: wanted.borders,
            window: wanted.window,
            store: wanted.store,
            channel: wanted.channel,
        }
        .query(&app)?;
        let lens = app.lens_of(rfm);
        let offset = filled(wanted.cursor)
            .map_or(Ok(0), |cursor| cursor.parse::<usize>())
            .map_err(|_| Refusal::not_found())?;
        let query = ListQuery {
            search: wanted.search.unwrap_or_default(),
            masked: contacts::are_masked(&caller),
            cell: filled(wanted.cell)
                .map(|cell| parse_cell(&cell))
                .transpose()?,
            customers: None,
            filters: filters
                .iter()
                .map(|text| app.parse_filter(text))
                .collect::<Result<Vec<_>, _>>()?,
            segment: filled(wanted.segment)
                .map(|names| app.rule_named(&names).map(std::sync::Arc::new))
                .transpose()?,
            sort: parse_sort(&base, wanted.sort.as_deref())?,
            descending: wanted.order.as_deref() == Some("desc"),
            offset,
            limit: wanted.limit.unwrap_or(50).clamp(1, 500),
        };
        let page = list(&base, &lens, &query);
        app.expose(&caller, page.ids.iter().copied())?;
        Ok(CustomersOut {
            total: page.total,
            items: page
                .ids
                .iter()
                .map(|id| customer_row(&app, &caller, &base, &lens, *id, &columns))
                .collect(),
            next_cursor: page.next_offset.map(|next| next.to_string()),
            version: page.version,
        })
    })
    .await?;
    Ok(Json(out))
}

pub(super) fn parse_sort(base: &LiveBase, wanted: Option<&str>) -> Result<Sort, Refusal> {
    Ok(match wanted {
        None | Some("") => Sort::Best,
        Some("name") => Sort::Name,
        Some(key) => {
            let fact = facts::find_in(base, key).filter(|fact| fact.sortable);
            Sort::Fact(fact.ok_or_else(|| {
                Refusal::field(
                    "sort",
                    "unknown",
                    Text::new("по этому не сортируют", "lists cannot be sorted by this"),
                )
            })?)
        }
    })
}
fn parse_birthday(field: &str, text: &str) -> Result<Birthday, Refusal> {
    let wrong = || {
        Refusal::field(
            field,
            "not_a_birthday",
            Text::new(
                "нужен день рождения вида 1985-03-08 или --03-08",
                "a birthday like 1985-03-08 or --03-08 is wanted",
            ),
        )
    };
    let (year, rest) = match text.strip_prefix("--") {
        Some(rest) => (None, rest),
        None => {
            let (year, rest) = text.split_once('-').ok_or_else(wrong)?;
            (Some(year.parse::<i16>().map_err(|_| wrong())?), rest)
        }
    };
    let (month, day) = rest.split_once('-').ok_or_else(wrong)?;
    let (month, day) = (
        month.parse::<i8>().map_err(|_| wrong())?,
        day.parse::<i8>().map_err(|_| wrong())?,
    );
    // 29 February exists in some year: the check without a year is made in a leap one.
    vernis_domain::Day::from_ymd(2000, month, day).ok_or_else(wrong)?;
    if year.is_some_and(|year| !(1900..=2100).contains(&year)) {
        return Err(wrong());
    }
    Ok(Birthday { year, month, day })
}

fn children_of(told: Vec<ChildJson>) -> Result<Vec<Child>, Refusal> {
    told.into_iter()
        .enumerate()
        .map(|(at, child)| {
            Ok(Child {
                name: child.name,
                birthday: parse_birthday(&format!("children[{at}].birthday"), &child.birthday)?,
            })
        })
        .collect()
}

pub(super) fn parse_sex(text: &str) -> Result<Sex, Refusal> {
    match text {
        "male" => Ok(Sex::Male),
        "female" => Ok(Sex::Female),
        _ => Err(Refusal::field(
            "sex",
            "unknown",
            Text::new("male или female", "male or female is wanted"),
        )),
    }
}

/// A newcomer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerIn {
    /// A contact and the full name; at least one contact is wanted, here or below.
    #[serde(default)]
    pub customer: WhoIn,
    /// Everything else, as in a change; a name by its parts goes before a full one.
    #[serde(flatten)]
    pub profile: CustomerPatchIn,
}

/// Adds a customer; one who is found by a contact already is enriched instead.
#[utoipa::path(post, path = "/customers", tag = "customers", request_body = CustomerIn, responses((status = CREATED, body = CardOut), (status = OK, body = CardOut, description = "He was there already"), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn add(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<CustomerIn>,
) -> Result<(StatusCode, Json<CardOut>), Problem> {
    let (status, out) = compute(move || {
        let view = state.app.base(&caller)?;
        let new = NewCustomer {
            who: body.customer.who(&state, &view)?,
            profile: body.profile.patch(&state, &caller)?,
        };
        let (status, id) = match state.app.add_customer(&caller, &view, new)? {
            Found::New(id) => (StatusCode::CREATED, id),
            Found::Known(id) => (StatusCode::OK, id),
        };
        // Seen anew: the newcomer is in it.
        let view = state.app.base(&caller)?;
        Ok((status, whole_card(&state, &caller, &view, id)?))
    })
    .await?;
    Ok((status, Json(out)))
}

/// A change; what is absent stays, an empty text takes a value away.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerPatchIn {
    /// Last name.
    pub last_name: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Middle name.
    pub middle_name: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Postal address.
    pub address: Option<String>,
    /// Birthday.
    pub birthday: Option<String>,
    /// All children.
    pub children: Option<Vec<ChildJson>>,
    /// male, female or empty.
    pub sex: Option<String>,
    /// All phones.
    pub phones: Option<Vec<String>>,
    /// All e-mails.
    pub emails: Option<Vec<String>>,
    /// All cards.
    pub cards: Option<Vec<String>>,
    /// All contacts in messengers.
    pub messengers: Option<Vec<MessengerIn>>,
    /// Store of registration: its id or code.
    pub store: Option<String>,
    /// Own fields by key: text, number, minor units, 2026-11-23, key of a choice, list of keys,
    /// true or false; null takes a value away. Those not named stay.
    #[schema(value_type = Option<Object>)]
    pub custom: Option<serde_json::Map<String, serde_json::Value>>,
    /// All tags.
    pub tags: Option<Vec<String>>,
    /// Tags put to those he has.
    pub add_tags: Option<Vec<String>>,
    /// Tags taken away.
    pub remove_tags: Option<Vec<String>>,
    /// All he likes.
    pub likes: Option<Vec<String>>,
    /// VIP.
    pub vip: Option<MarkIn>,
    /// To be careful with.
    pub problem: Option<MarkIn>,
}

impl CustomerPatchIn {
    fn patch(self, state: &ServerState, caller: &Caller) -> Result<CustomerPatch, Refusal> {
        let filled = |text: &&str| !text.is_empty();
        let about = AboutPatch {
            custom: custom_values(&state.app, self.custom.as_ref())?,
            tags: self.tags,
            add_tags: self.add_tags.unwrap_or_default(),
            remove_tags: self.remove_tags.unwrap_or_default(),
            likes: self.likes,
            vip: self.vip.map(MarkIn::wanted),
            problem: self.problem.map(MarkIn::wanted),
            by: caller.user_id(),
        };
        Ok(CustomerPatch {
            last_name: self.last_name,
            first_name: self.first_name,
            middle_name: self.middle_name,
            city: self.city,
            address: self.address,
            birthday: self
                .birthday
                .as_deref()
                .map(|text| {
                    Some(text)
                        .filter(filled)
                        .map(|text| parse_birthday("birthday", text))
                        .transpose()
                })
                .transpose()?,
            children: self.children.map(children_of).transpose()?,
            sex: self
                .sex
                .as_deref()
                .map(|text| Some(text).filter(filled).map(parse_sex).transpose())
                .transpose()?,
            phones: self.phones,
            emails: self.emails,
            cards: self.cards,
            messengers: self.messengers.map(MessengerIn::all).transpose()?,
            store: self
                .store
                .as_deref()
                .filter(filled)
                .map(|store| state.app.store_of(store))
                .transpose()?,
            about,
        })
    }
}

/// Changes a customer.
#[utoipa::path(patch, path = "/customers/{id}", tag = "customers", params(("id" = String, Path)), request_body = CustomerPatchIn, responses((status = OK, body = CardOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn change(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<CustomerPatchIn>,
) -> Result<Json<CardOut>, Problem> {
    let out = compute(move || {
        let view = state.app.base(&caller)?;
        // Whom it belongs to is asked in the transaction: another program may just have merged him.
        let id = state.app.record_id(&view, &id)?;
        let patch = body.patch(&state, &caller)?;
        let root = state.app.change_customer(&caller, &view, id, patch)?;
        whole_card(&state, &caller, &state.app.base(&caller)?, root)
    })
    .await?;
    Ok(Json(out))
}

/// Page of purchases.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PurchasesIn {
    /// Where to go on.
    pub cursor: Option<String>,
    /// At most 200.
    pub limit: Option<i64>,
}

/// Purchases, newest first.
#[derive(Serialize, ToSchema)]
pub struct PurchasesOut {
    /// The page.
    pub items: Vec<PurchaseOut>,
    /// Where to go on; null at the end.
    pub next_cursor: Option<String>,
}

/// A customer's purchases with their lines, newest first.
#[utoipa::path(get, path = "/customers/{id}/purchases", tag = "customers", params(("id" = String, Path), PurchasesIn), responses((status = OK, body = PurchasesOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn purchases(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Params(page): Params<PurchasesIn>,
) -> Result<Json<PurchasesOut>, Problem> {
    let limit = page.limit.unwrap_or(20).clamp(1, 200) as usize;
    let out = compute(move || {
        let app = &state.app;
        let view = app.base(&caller)?;
        let id = app.customer_id(&view, &id)?;
        let after = filled(page.cursor)
            .map(|cursor| app.purchase_id(&cursor))
            .transpose()?;
        let cards = app.customer_purchases(&view, id, after, limit)?;
        let last = cards.last().filter(|_| cards.len() == limit);
        Ok(PurchasesOut {
            next_cursor: last.map(|card| app.public_purchase_id(card.purchase.id)),
            items: cards
                .into_iter()
                .map(|card| purchase_out(app, &view, card))
                .collect(),
        })
    })
    .await?;
    Ok(Json(out))
}
