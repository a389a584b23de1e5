//! Customers: list, card, new, change, look-up, purchases; the catalogue of facts.

use super::TextOut;
use super::facts::{columns, fact_json, form_values, parse_filter, store_of};
use super::merges::{JoinedOut, joined_out};
use super::metrics::filled;
use super::purchases::{KindIn, PurchaseOut, WhoIn, purchase_out};
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
use vernis_analytics::facts::card::{Card, card, facts_of};
use vernis_analytics::facts::list::{ListQuery, Sort, list};
use vernis_analytics::facts::{self, Fact, FactValue, Lens};
use vernis_app::customers::{CustomerPatch, Found, NewCustomer};
use vernis_app::purchases::Who;
use vernis_app::reports::parse_cell;
use vernis_app::{App, Entity, Refusal};
use vernis_domain::customer::{Birthday, Child};
use vernis_domain::{ContactKind, CustomerId, PurchaseKind, Sex, Text};

/// Purchases on the card itself.
const CARD_PURCHASES: usize = 10;

/// Search, filters, order, page. `filter` may be repeated: `orders:ge:3`; cells of reports: `cohort:eq:2026-08`, `bought:eq:2026-10`, `rf_map:eq:31-90x3-4`, `moved:eq:2026-08-24~333~23`, `abc:eq:2026-01-01~2026-07-01~A`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListIn {
    /// Part of a name, phone, e-mail or card.
    pub search: Option<String>,
    /// RFM cell, `333`.
    pub cell: Option<String>,
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
fn customer_row(
    app: &App,
    base: &LiveBase,
    lens: &Lens,
    id: CustomerId,
    columns: &[&'static Fact],
) -> CustomerRowOut {
    let customer = base.customer(id);
    let contact = |kind| {
        customer
            .as_ref()
            .and_then(|customer| customer.contact(kind).map(str::to_owned))
    };
    CustomerRowOut {
        id: app.public_customer_id(id),
        phone: contact(ContactKind::Phone),
        email: contact(ContactKind::Email),
        name: customer
            .as_ref()
            .map(vernis_domain::Customer::shown_name)
            .unwrap_or_default(),
        facts: columns
            .iter()
            .zip(facts_of(base, lens, id, columns))
            .map(|(fact, value)| (fact.key, fact_json(base, value)))
            .collect(),
    }
}

/// Customers: search while typing, filters, order, page.
#[utoipa::path(get, path = "/customers", tag = "customers", params(ListIn, ("filter" = Option<Vec<String>>, Query, description = "fact:comparison:value, e.g. orders:ge:3; may be repeated. Cells of reports: cohort:eq:2026-08 (first bought in that month), bought:eq:2026-10 (bought in that month), rf_map:eq:31-90x3-4 (row and column of the RF map), moved:eq:2026-08-24~333~23 (in segment 333 on that day, in one of 231, 232, 233 now; also new and outside), abc:eq:2026-01-01~2026-07-01~A (ABC class of the spending of a period that ends before the second day)")), responses((status = OK, body = CustomersOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn search_list(
    State(state): State<ServerState>,
    SignedIn(_staff): SignedIn,
    RawQuery(raw): RawQuery,
    Params(wanted): Params<ListIn>,
) -> Result<Json<CustomersOut>, Problem> {
    let filters: Vec<String> = raw
        .as_deref()
        .map(|raw| form_values(raw, "filter"))
        .unwrap_or_default();
    let app = state.app.clone();
    let out = compute(move || {
        let columns = columns(wanted.columns.as_deref());
        let rfm = RfmIn {
            as_of: wanted.as_of,
            borders: wanted.borders,
            window: wanted.window,
            store: wanted.store,
            channel: wanted.channel,
        }
        .query(&app)?;
        let lens = Lens::new(rfm.as_of, rfm);
        let offset = filled(wanted.cursor)
            .map_or(Ok(0), |cursor| cursor.parse::<usize>())
            .map_err(|_| Refusal::not_found())?;
        let query = ListQuery {
            search: wanted.search.unwrap_or_default(),
            cell: filled(wanted.cell)
                .map(|cell| parse_cell(&cell))
                .transpose()?,
            customers: None,
            filters: filters
                .iter()
                .map(|text| parse_filter(&app, text))
                .collect::<Result<Vec<_>, _>>()?,
            sort: parse_sort(wanted.sort.as_deref())?,
            descending: wanted.order.as_deref() == Some("desc"),
            offset,
            limit: wanted.limit.unwrap_or(50).clamp(1, 500),
        };
        let base = app.live.current();
        let page = list(&base, &lens, &query);
        Ok(CustomersOut {
            total: page.total,
            items: page
                .ids
                .iter()
                .map(|id| customer_row(&app, &base, &lens, *id, &columns))
                .collect(),
            next_cursor: page.next_offset.map(|next| next.to_string()),
            version: page.version,
        })
    })
    .await?;
    Ok(Json(out))
}

fn parse_sort(wanted: Option<&str>) -> Result<Sort, Refusal> {
    Ok(match wanted {
        None | Some("") => Sort::Best,
        Some("name") => Sort::Name,
        Some(key) => Sort::Fact(facts::find(key).filter(|fact| fact.sortable).ok_or_else(
            || {
                Refusal::field(
                    "sort",
                    "unknown",
                    Text::new("по этому не сортируют", "lists cannot be sorted by this"),
                )
            },
        )?),
    })
}
/// A contact value with where it came from.
#[derive(Serialize, ToSchema)]
pub struct ContactOut {
    /// phone, email, card, external.
    pub kind: &'static str,
    /// The value.
    pub value: String,
    /// For external ids: the system that gave it.
    pub source: String,
    /// Where the value was learned.
    pub source_label: TextOut,
    /// When.
    pub recorded_at: Option<String>,
}

/// The customer's RFM cell.
#[derive(Serialize, ToSchema)]
pub struct CustomerCellOut {
    /// `333`.
    pub cell: String,
    /// Name.
    pub name: TextOut,
    /// What to do.
    pub strategy: TextOut,
}

/// A purchase on the card.
#[derive(Serialize, ToSchema)]
pub struct PurchaseBriefOut {
    /// Id.
    pub id: String,
    /// Sale or return.
    pub kind: KindIn,
    /// Day in the store's zone.
    pub day: String,
    /// Instant.
    pub occurred_at: String,
    /// Paid; negative for a return.
    pub paid_minor: i64,
    /// Discount; negative for a return.
    pub discount_minor: i64,
    /// Store.
    pub store: String,
    /// Channel.
    pub channel: String,
    /// Receipt number; may be empty.
    pub receipt_no: String,
    /// For a sale: what returns gave back of it so far.
    pub taken_back_minor: i64,
    /// The sale was taken back whole.
    pub taken_back: bool,
}

/// A child of a customer.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChildJson {
    /// Name; may be empty.
    #[serde(default)]
    pub name: String,
    /// Birthday: 2019-05-01, or --05-01 without the year.
    pub birthday: String,
}

impl ChildJson {
    pub(super) fn of(child: &Child) -> ChildJson {
        ChildJson {
            name: child.name.clone(),
            birthday: child.birthday.text(),
        }
    }
}

/// A customer's card.
#[derive(Serialize, ToSchema)]
pub struct CardOut {
    /// Id.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Last name.
    pub last_name: String,
    /// First name.
    pub first_name: String,
    /// Middle name.
    pub middle_name: String,
    /// Birthday: 1985-03-08, or --03-08 without the year.
    pub birthday: Option<String>,
    /// male or female.
    pub sex: Option<&'static str>,
    /// Children. The card of a look-up leaves them out.
    pub children: Vec<ChildJson>,
    /// City.
    pub city: String,
    /// Id of the store of registration.
    pub store: Option<String>,
    /// Day of registration.
    pub registered: Option<String>,
    /// Contacts, the main one of each kind first.
    pub contacts: Vec<ContactOut>,
    /// Facts by key.
    #[schema(value_type = Object)]
    pub facts: BTreeMap<&'static str, serde_json::Value>,
    /// RFM cell; null without purchases.
    pub rfm: Option<CustomerCellOut>,
    /// The last ten.
    pub recent_purchases: Vec<PurchaseBriefOut>,
    /// All documents.
    pub purchases: usize,
    /// Records joined to this one: the card by id names them.
    pub merged_from: Vec<JoinedOut>,
    /// Version of the live base that answered.
    pub version: u64,
}

pub(super) fn sex_code(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "male",
        Sex::Female => "female",
    }
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

fn parse_sex(text: &str) -> Result<Sex, Refusal> {
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

fn card_out(state: &ServerState, base: &LiveBase, id: CustomerId, card: Card) -> CardOut {
    let app = &state.app;
    let facts: BTreeMap<&'static str, serde_json::Value> = card
        .facts
        .iter()
        .map(|(fact, value)| (fact.key, fact_json(base, *value)))
        .collect();
    let cell = card.facts.iter().find_map(|(_, value)| match value {
        FactValue::Cell(cell) => Some(*cell),
        _ => None,
    });
    let customer = card.customer;
    let part = |pick: fn(&vernis_domain::Customer) -> &String| {
        customer
            .as_ref()
            .map(|c| pick(c).clone())
            .unwrap_or_default()
    };
    CardOut {
        id: app.public_customer_id(id),
        name: customer
            .as_ref()
            .map(|c| c.shown_name())
            .unwrap_or_default(),
        last_name: part(|c| &c.last_name),
        first_name: part(|c| &c.first_name),
        middle_name: part(|c| &c.middle_name),
        city: part(|c| &c.city),
        children: Vec::new(),
        store: customer
            .as_ref()
            .and_then(|c| c.store_id)
            .map(|id| app.public_id(Entity::Store, id.0)),
        birthday: customer
            .as_ref()
            .and_then(|c| c.birthday)
            .map(Birthday::text),
        sex: customer.as_ref().and_then(|c| c.sex).map(sex_code),
        registered: customer.as_ref().map(|c| c.registered_day.to_string()),
        contacts: customer
            .as_ref()
            .map(|c| {
                c.contacts
                    .iter()
                    .map(|contact| ContactOut {
                        kind: contact.kind.code(),
                        value: contact.value.clone(),
                        source: contact.source.clone(),
                        source_label: Text::new("", "").into(),
                        recorded_at: None,
                    })
                    .collect()
            })
            .unwrap_or_default(),
        facts,
        rfm: cell.map(|cell| CustomerCellOut {
            cell: cell.to_string(),
            name: cell.name().into(),
            strategy: cell.strategy().into(),
        }),
        recent_purchases: card
            .recent
            .into_iter()
            .map(|purchase| PurchaseBriefOut {
                id: app.public_purchase_id(purchase.id),
                kind: match purchase.kind {
                    PurchaseKind::Sale => KindIn::Sale,
                    PurchaseKind::Return => KindIn::Return,
                },
                day: purchase.day.to_string(),
                occurred_at: purchase.occurred_at.rfc3339(),
                paid_minor: purchase.paid_minor,
                discount_minor: purchase.discount_minor,
                store: purchase
                    .store
                    .and_then(|id| base.catalogue().store(id))
                    .map(|store| store.name.clone())
                    .unwrap_or_default(),
                channel: purchase
                    .channel
                    .and_then(|id| base.catalogue().channel(id))
                    .map(|channel| channel.name.clone())
                    .unwrap_or_default(),
                receipt_no: String::new(),
                taken_back_minor: 0,
                taken_back: purchase.taken_back,
            })
            .collect(),
        purchases: card.purchases,
        merged_from: Vec::new(),
        version: base.version(),
    }
}

/// The card from the live base alone: what a till needs, in the time it has. Off the network
/// threads: once a second the borders of RFM are found anew for it.
fn live_card(
    state: &ServerState,
    id: CustomerId,
) -> Result<(CardOut, Vec<vernis_domain::PurchaseId>), Refusal> {
    let base = state.app.live.current();
    let lens = state.app.lens(&base)?;
    let found = card(&base, &lens, id, CARD_PURCHASES).ok_or_else(Refusal::not_found)?;
    let bought = found.recent.iter().map(|purchase| purchase.id).collect();
    Ok((card_out(state, &base, id, found), bought))
}

/// The card with what is history and no column of the live base: where each contact was learned,
/// the numbers of the receipts, what was given back.
pub(super) fn whole_card(state: &ServerState, id: CustomerId) -> Result<CardOut, Refusal> {
    let (mut out, bought) = live_card(state, id)?;
    out.children = state.app.children(id)?.iter().map(ChildJson::of).collect();
    let origins = state.app.contact_origins(id)?;
    for contact in &mut out.contacts {
        if let Some(origin) = origins.of(contact.kind, &contact.source, &contact.value) {
            contact.source_label = origin.label.clone().into();
            contact.recorded_at = Some(origin.recorded_at.rfc3339());
        }
    }
    for joined in state.app.joined_records(id)? {
        out.merged_from.push(joined_out(&state.app, joined));
    }
    for told in state.app.purchase_cards(&bought)? {
        let public = state.app.public_purchase_id(told.purchase.id);
        if let Some(brief) = out.recent_purchases.iter_mut().find(|one| one.id == public) {
            brief.receipt_no = told.receipt_no;
            brief.taken_back_minor = told.taken_back_minor;
        }
    }
    Ok(out)
}

/// A customer's card: facts and the last ten purchases.
#[utoipa::path(get, operation_id = "customer", path = "/customers/{id}", tag = "customers", params(("id" = String, Path)), responses((status = OK, body = CardOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn read(
    State(state): State<ServerState>,
    SignedIn(_staff): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<CardOut>, Problem> {
    let id = state.app.customer_id(&id)?;
    Ok(Json(compute(move || whole_card(&state, id)).await?))
}

/// By what to look somebody up; the first that is given decides.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LookupIn {
    /// Phone as typed.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Card number.
    pub card: Option<String>,
}

/// The card of the customer with this phone, e-mail or card number, as a till needs it: without
/// numbers of receipts and sources of contacts, which the card by id has.
#[utoipa::path(get, path = "/customers/lookup", tag = "customers", params(LookupIn), responses((status = OK, body = CardOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn lookup(
    State(state): State<ServerState>,
    SignedIn(_staff): SignedIn,
    Params(wanted): Params<LookupIn>,
) -> Result<Json<CardOut>, Problem> {
    let who = Who {
        phone: filled(wanted.phone),
        email: filled(wanted.email),
        card: filled(wanted.card),
        ..Who::default()
    };
    let out = compute(move || {
        let id = state.app.find_by_contact(&who)?;
        Ok(live_card(&state, id)?.0)
    })
    .await?;
    Ok(Json(out))
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
    SignedIn(_staff): SignedIn,
    Body(body): Body<CustomerIn>,
) -> Result<(StatusCode, Json<CardOut>), Problem> {
    let new = NewCustomer {
        who: body.customer.who(&state)?,
        profile: body.profile.patch(&state)?,
    };
    let (status, out) = compute(move || {
        let (status, id) = match state.app.add_customer(new)? {
            Found::New(id) => (StatusCode::CREATED, id),
            Found::Known(id) => (StatusCode::OK, id),
        };
        Ok((status, whole_card(&state, id)?))
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
    /// Store of registration: its id or code.
    pub store: Option<String>,
}

impl CustomerPatchIn {
    fn patch(self, state: &ServerState) -> Result<CustomerPatch, Refusal> {
        let filled = |text: &&str| !text.is_empty();
        Ok(CustomerPatch {
            last_name: self.last_name,
            first_name: self.first_name,
            middle_name: self.middle_name,
            city: self.city,
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
            store: self
                .store
                .as_deref()
                .filter(filled)
                .map(|store| store_of(&state.app, store))
                .transpose()?,
        })
    }
}

/// Changes a customer.
#[utoipa::path(patch, path = "/customers/{id}", tag = "customers", params(("id" = String, Path)), request_body = CustomerPatchIn, responses((status = OK, body = CardOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn change(
    State(state): State<ServerState>,
    SignedIn(_staff): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<CustomerPatchIn>,
) -> Result<Json<CardOut>, Problem> {
    // Whom it belongs to is asked in the transaction: another program may just have merged him.
    let id = state.app.record_id(&id)?;
    let patch = body.patch(&state)?;
    let out = compute(move || {
        let root = state.app.change_customer(id, patch)?;
        whole_card(&state, root)
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
    SignedIn(_staff): SignedIn,
    Path(id): Path<String>,
    Params(page): Params<PurchasesIn>,
) -> Result<Json<PurchasesOut>, Problem> {
    let id = state.app.customer_id(&id)?;
    let after = filled(page.cursor)
        .map(|cursor| state.app.purchase_id(&cursor))
        .transpose()?;
    let limit = page.limit.unwrap_or(20).clamp(1, 200) as usize;
    let app = state.app.clone();
    let cards = compute(move || app.customer_purchases(id, after, limit)).await?;
    let next = (cards.len() == limit)
        .then(|| cards.last())
        .flatten()
        .map(|card| state.app.public_purchase_id(card.purchase.id));
    Ok(Json(PurchasesOut {
        items: cards
            .into_iter()
            .map(|card| purchase_out(&state, card))
            .collect(),
        next_cursor: next,
    }))
}
