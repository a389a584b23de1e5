//! The card of a customer: by id with its history, by a contact for a till.

use super::TextOut;
use super::about::{AboutOut, about_out};
use super::facts::fact_json;
use super::managers::{ManagerOut, manager_out};
use super::merges::{JoinedOut, joined_out};
use super::metrics::filled;
use super::purchases::{KindIn, MessengerIn};
use crate::extract::{Params, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use vernis_analytics::LiveBase;
use vernis_analytics::facts::FactValue;
use vernis_analytics::facts::card::{Card, card};
use vernis_app::journal::acts;
use vernis_app::purchases::Who;
use vernis_app::{Caller, Entity, Refusal, View, contacts};
use vernis_domain::customer::{Birthday, Child};
use vernis_domain::{CustomerId, PurchaseKind, Sex, Text};

/// Purchases on the card itself.
const CARD_PURCHASES: usize = 10;

/// A contact value with where it came from.
#[derive(Serialize, ToSchema)]
pub struct ContactOut {
    /// phone, email, card, external, whatsapp, viber, telegram, max, vk.
    pub kind: &'static str,
    /// The value.
    pub value: String,
    /// For external ids: the system that gave it.
    pub source: String,
    /// Where the value was learned.
    pub source_label: TextOut,
    /// When.
    pub recorded_at: Option<String>,
    /// How it was made sure that it is the customer's own; null when it was not.
    pub verified: Option<VerifiedOut>,
    /// Nobody is found by it: a name of an account, or a value written only to fill the field.
    pub finds_nobody: bool,
}

/// How a contact was verified.
#[derive(Serialize, ToSchema)]
pub struct VerifiedOut {
    /// code, link, document, person, answer.
    pub how: String,
    /// In words.
    pub label: TextOut,
    /// When.
    pub at: String,
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
    /// Postal address as written; empty when unknown.
    pub address: String,
    /// What the shop notes about him.
    #[serde(flatten)]
    pub about: AboutOut,
    /// Id of the store of registration.
    pub store: Option<String>,
    /// Day of registration.
    pub registered: Option<String>,
    /// Contacts, the main one of each kind first.
    pub contacts: Vec<ContactOut>,
    /// The contacts are masked: `reveal` shows them.
    pub masked: bool,
    /// Who looks after him.
    pub manager: Option<ManagerOut>,
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

fn card_out(
    state: &ServerState,
    caller: &Caller,
    base: &LiveBase,
    id: CustomerId,
    card: Card<'_>,
) -> CardOut {
    let app = &state.app;
    let facts: BTreeMap<&'static str, serde_json::Value> = card
        .facts
        .iter()
        .map(|(fact, value)| (fact.key, fact_json(caller, base, fact, *value)))
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
            .map(|c| contacts::name(caller, c))
            .unwrap_or_default(),
        last_name: part(|c| &c.last_name),
        first_name: part(|c| &c.first_name),
        middle_name: part(|c| &c.middle_name),
        city: part(|c| &c.city),
        address: part(|c| &c.address),
        children: Vec::new(),
        about: customer
            .as_ref()
            .map(|c| about_out(caller, base.own_facts().fields(), &c.about))
            .unwrap_or_default(),
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
                        value: contacts::shown(caller, contact.kind, &contact.value),
                        source: contact.source.clone(),
                        source_label: Text::new("", "").into(),
                        recorded_at: None,
                        verified: None,
                        finds_nobody: !contact.identifies(),
                    })
                    .collect()
            })
            .unwrap_or_default(),
        masked: contacts::are_masked(caller),
        manager: None,
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
    caller: &Caller,
    view: &View,
    id: CustomerId,
) -> Result<(CardOut, Vec<vernis_domain::PurchaseId>), Refusal> {
    let lens = state.app.lens(view)?;
    let found = card(view, &lens, id, CARD_PURCHASES).ok_or_else(Refusal::not_found)?;
    let bought = found.recent.iter().map(|purchase| purchase.id).collect();
    Ok((card_out(state, caller, view, id, found), bought))
}

/// The card with what is history and no column of the live base: where each contact was learned,
/// the numbers of the receipts, what was given back.
pub(super) fn whole_card(
    state: &ServerState,
    caller: &Caller,
    view: &View,
    id: CustomerId,
) -> Result<CardOut, Refusal> {
    let (mut out, bought) = live_card(state, caller, view, id)?;
    if let Some(person) = state.app.person(view, id)? {
        out.children = person.children.iter().map(ChildJson::of).collect();
        out.about.sign(&state.app, &person.about)?;
    }
    let manager = state.app.manager_of(view, id)?;
    out.manager = manager.map(|manager| manager_out(&state.app, manager));
    let origins = state.app.contact_origins(view, id)?;
    let known = view.customer(id).map(|c| c.contacts).unwrap_or_default();
    for (contact, own) in out.contacts.iter_mut().zip(known) {
        if let Some(origin) = origins.of(contact.kind, &contact.source, &own.value) {
            contact.source_label = origin.label.clone().into();
            contact.recorded_at = Some(origin.recorded_at.rfc3339());
            contact.verified = origin.verified.as_ref().and_then(|(how, at)| {
                let spec = vernis_domain::contact::verification(how)?;
                Some(VerifiedOut {
                    how: how.clone(),
                    label: spec.label.clone().into(),
                    at: at.rfc3339(),
                })
            });
        }
    }
    for joined in state.app.joined_records(view, id)? {
        out.merged_from.push(joined_out(&state.app, caller, joined));
    }
    for told in state.app.purchase_cards(view, &bought)? {
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
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<CardOut>, Problem> {
    let card = compute(move || {
        let view = state.app.base(&caller)?;
        let id = state.app.customer_id(&view, &id)?;
        state
            .app
            .note_view(&acts::CUSTOMER_OPENED, &caller, &[id])?;
        state.app.expose(&caller, [id])?;
        whole_card(&state, &caller, &view, id)
    });
    Ok(Json(card.await?))
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
    /// Id in another system.
    pub external_id: Option<String>,
    /// Name of that system.
    pub external_source: Option<String>,
    /// Messenger: whatsapp, viber, telegram, max, vk.
    pub messenger: Option<String>,
    /// Number of the account in it.
    pub account: Option<String>,
}

/// The card of the customer with this phone, e-mail, card number, id in another system or account in
/// a messenger, as a till needs it: without
/// numbers of receipts and sources of contacts, which the card by id has.
#[utoipa::path(get, path = "/customers/lookup", tag = "customers", params(LookupIn), responses((status = OK, body = CardOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn lookup(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(wanted): Params<LookupIn>,
) -> Result<Json<CardOut>, Problem> {
    let who = Who {
        phone: filled(wanted.phone),
        email: filled(wanted.email),
        card: filled(wanted.card),
        external_id: filled(wanted.external_id)
            .map(|id| (wanted.external_source.unwrap_or_default(), id)),
        messengers: match filled(wanted.messenger).zip(filled(wanted.account)) {
            Some((kind, value)) => MessengerIn::all(vec![MessengerIn { kind, value }])?,
            None => Vec::new(),
        },
        ..Who::default()
    };
    let out = compute(move || {
        let view = state.app.base(&caller)?;
        let id = state.app.find_by_contact(&view, &who)?;
        state
            .app
            .note_view(&acts::CUSTOMER_LOOKED_UP, &caller, &[id])?;
        Ok(live_card(&state, &caller, &view, id)?.0)
    })
    .await?;
    Ok(Json(out))
}

/// Contacts that were shown.
#[derive(Serialize, ToSchema)]
pub struct RevealedOut {
    /// Contacts in full, in the order of the card.
    pub contacts: Vec<RevealedContactOut>,
    /// How many more people's contacts may be shown today; null: no limit.
    pub left_today: Option<u32>,
}

/// A contact in full.
#[derive(Serialize, ToSchema)]
pub struct RevealedContactOut {
    /// phone, email, card, external.
    pub kind: &'static str,
    /// The value.
    pub value: String,
}

/// Shows the contacts of a customer in full. Counted: each customer once a day, up to the day's budget;
/// written in the journal.
#[utoipa::path(post, operation_id = "reveal", path = "/customers/{id}/reveal", tag = "customers", params(("id" = String, Path)), responses((status = OK, body = RevealedOut), (status = NOT_FOUND, body = ProblemOut), (status = TOO_MANY_REQUESTS, body = ProblemOut, description = "The day's budget is used up: reveals_used_up")))]
pub async fn reveal(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<RevealedOut>, Problem> {
    let out = compute(move || {
        let view = state.app.base(&caller)?;
        let id = state.app.customer_id(&view, &id)?;
        let revealed = state.app.reveal(&caller, &view, id)?;
        let out = |contact: &vernis_domain::Contact| RevealedContactOut {
            kind: contact.kind.code(),
            value: contact.value.clone(),
        };
        Ok(RevealedOut {
            contacts: revealed.contacts().iter().map(out).collect(),
            left_today: revealed.left,
        })
    })
    .await?;
    Ok(Json(out))
}
