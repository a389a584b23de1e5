//! Recording and reading purchases.

use super::TextOut;
use crate::extract::{Body, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vernis_app::purchases::{NewLine, NewPurchase, PurchaseCard, Recorded, When, Who};
use vernis_app::{App, Refusal, RefusalKind, View};
use vernis_domain::{ContactKind, Day, Instant, PurchaseKind, Text};

/// Most purchases of one batch.
const MAX_BATCH: usize = 1_000;

/// A sale or a return. Amounts are in minor units and not negative; `kind` gives the sign.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PurchaseIn {
    /// `sale` (default) or `return`.
    #[serde(default)]
    pub kind: KindIn,
    /// Who bought; absent for an anonymous receipt.
    pub customer: Option<WhoIn>,
    /// Store code; absent: the shop's first store.
    #[serde(default)]
    pub store: String,
    /// Channel code; absent: the shop's first channel.
    #[serde(default)]
    pub channel: String,
    /// Instant (RFC 3339), or a day (2026-11-23) when only the day is known. Absent: now.
    pub occurred_at: Option<String>,
    /// Receipt number.
    #[serde(default)]
    pub receipt_no: String,
    /// Till, as it names itself.
    #[serde(default)]
    pub till: String,
    /// Cashier.
    #[serde(default)]
    pub cashier: String,
    /// Paid in money, after discounts and points.
    pub paid_minor: i64,
    /// Discount against list price.
    #[serde(default)]
    pub discount_minor: i64,
    /// Cost of goods, when known.
    pub cost_minor: Option<i64>,
    /// For a return: id of the sale it takes back.
    pub returned_purchase_id: Option<String>,
    /// Product lines; may be absent.
    #[serde(default)]
    pub lines: Vec<LineIn>,
}

/// Sale or return.
#[derive(Clone, Copy, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KindIn {
    /// Goods went out.
    #[default]
    Sale,
    /// Goods came back.
    Return,
}

/// Who bought, by whatever is known: the first of id, external id, card, phone, WhatsApp, Viber,
/// Telegram, MAX, VK, e-mail that is somebody's decides.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhoIn {
    /// Id given by Vernis.
    pub id: Option<String>,
    /// Id in another system.
    pub external_id: Option<String>,
    /// Name of that system (`1c`, `site`).
    #[serde(default)]
    pub external_source: String,
    /// Card number.
    pub card: Option<String>,
    /// Phone, as typed.
    pub phone: Option<String>,
    /// E-mail, as typed.
    pub email: Option<String>,
    /// Contacts in messengers.
    #[serde(default)]
    pub messengers: Vec<MessengerIn>,
    /// Full name, for a newcomer.
    pub name: Option<String>,
}

/// A contact in a messenger.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessengerIn {
    /// whatsapp, viber, telegram, max, vk.
    pub kind: String,
    /// Number of the account, its name or its address, as typed. A name is kept and finds nobody:
    /// it can pass to another person.
    pub value: String,
}

impl MessengerIn {
    pub(super) fn typed(self, at: usize) -> Result<(ContactKind, String), Refusal> {
        let kind = ContactKind::from_code(&self.kind).filter(|kind| kind.spec().messenger);
        let unknown = || {
            Refusal::field(
                format!("messengers[{at}].kind"),
                "unknown",
                Text::new(
                    "такого мессенджера нет: whatsapp, viber, telegram, max, vk",
                    "no such messenger: whatsapp, viber, telegram, max, vk",
                ),
            )
        };
        Ok((kind.ok_or_else(unknown)?, self.value))
    }

    pub(super) fn all(list: Vec<MessengerIn>) -> Result<Vec<(ContactKind, String)>, Refusal> {
        let list = list.into_iter().enumerate();
        list.map(|(at, one)| one.typed(at)).collect()
    }
}

/// One product line.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineIn {
    /// Article code.
    #[serde(default)]
    pub product: String,
    /// Name, used when the code is new.
    #[serde(default)]
    pub name: String,
    /// Category, used when the code is new; levels joined by `;`.
    #[serde(default)]
    pub category: String,
    /// Quantity in millionths: one piece is 1000000.
    pub quantity_micro: i64,
    /// List price times quantity.
    pub list_minor: i64,
    /// Paid in money for the line.
    pub paid_minor: i64,
    /// Discounts by kind; absent: the whole difference is automatic.
    pub discounts: Option<DiscountsIn>,
    /// Cost of goods, when known.
    pub cost_minor: Option<i64>,
    /// For a return: number of the sold line, from 1.
    pub returned_line_no: Option<i64>,
}

/// Discounts of a line by kind.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DiscountsIn {
    /// By the till's own rules.
    pub auto_minor: i64,
    /// By a promo code.
    pub code_minor: i64,
    /// Points spent.
    pub points_minor: i64,
    /// By hand.
    pub manual_minor: i64,
    /// Rounding; may be negative.
    pub rounding_minor: i64,
}

/// What was recorded.
#[derive(Serialize, ToSchema)]
pub struct RecordedOut {
    /// Id of the purchase.
    pub id: String,
    /// Id of the customer, if any.
    pub customer_id: Option<String>,
    /// False when the operation key was known: nothing was recorded again.
    pub recorded: bool,
    /// Day in the store's zone.
    pub day: String,
    /// What was noticed about the buyer's contacts; absent when nothing was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub notes: Vec<NoticedOut>,
}

/// Something noticed in what was recorded.
#[derive(Serialize, ToSchema)]
pub struct NoticedOut {
    /// The field.
    pub field: String,
    /// `blocked_contact`: nobody is recognised by this value, it was left out. `conflicting_ids`: it
    /// is another customer's, the case waits in the queue of duplicates.
    pub code: &'static str,
    /// In words.
    pub message: TextOut,
}

/// Several purchases; each with its own operation key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchIn {
    /// At most 1000.
    pub items: Vec<BatchItemIn>,
}

/// One purchase of a batch.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchItemIn {
    /// Operation key of this purchase.
    pub key: String,
    /// The purchase.
    pub purchase: PurchaseIn,
}

/// What was recorded, in the order of the request.
#[derive(Serialize, ToSchema)]
pub struct BatchOut {
    /// One answer a purchase.
    pub items: Vec<RecordedOut>,
}

impl WhoIn {
    pub(super) fn who(self, state: &ServerState, view: &View) -> Result<Who, Refusal> {
        Ok(Who {
            id: match self.id {
                Some(id) => Some(state.app.record_id(view, &id)?),
                None => None,
            },
            external_id: self.external_id.map(|id| (self.external_source, id)),
            card: self.card,
            phone: self.phone,
            email: self.email,
            messengers: MessengerIn::all(self.messengers)?,
            name: self.name,
        })
    }
}

impl PurchaseIn {
    fn purchase(self, state: &ServerState, view: &View) -> Result<NewPurchase, Refusal> {
        let when = match &self.occurred_at {
            None => When::At(state.app.now()),
            Some(text) => parse_when(text)?,
        };
        Ok(NewPurchase {
            kind: match self.kind {
                KindIn::Sale => PurchaseKind::Sale,
                KindIn::Return => PurchaseKind::Return,
            },
            who: self.customer.map(|who| who.who(state, view)).transpose()?,
            store_code: self.store,
            channel_code: self.channel,
            when,
            when_is_arrival: self.occurred_at.is_none(),
            receipt_no: self.receipt_no,
            till: self.till,
            cashier: self.cashier,
            paid_minor: self.paid_minor,
            discount_minor: self.discount_minor,
            cost_minor: self.cost_minor,
            returned_purchase_id: self
                .returned_purchase_id
                .map(|id| state.app.purchase_id(&id))
                .transpose()?,
            lines: self.lines.into_iter().map(LineIn::line).collect(),
        })
    }
}

impl LineIn {
    fn line(self) -> NewLine {
        NewLine {
            product_code: self.product,
            product_name: self.name,
            category: self.category,
            quantity_micro: self.quantity_micro,
            list_minor: self.list_minor,
            paid_minor: self.paid_minor,
            discounts_minor: self.discounts.map(|d| {
                [
                    d.auto_minor,
                    d.code_minor,
                    d.points_minor,
                    d.manual_minor,
                    d.rounding_minor,
                ]
            }),
            cost_minor: self.cost_minor,
            returned_line_no: self.returned_line_no,
        }
    }
}

fn parse_when(text: &str) -> Result<When, Refusal> {
    if let Some(at) = Instant::parse_rfc3339(text) {
        return Ok(When::At(at));
    }
    text.parse::<Day>().map(When::On).map_err(|_| {
        Refusal::field(
            "occurred_at",
            "not_a_time",
            Text::new(
                "нужен момент 2026-11-23T12:00:00+03:00 или день 2026-11-23",
                "an instant 2026-11-23T12:00:00+03:00 or a day 2026-11-23 is wanted",
            ),
        )
    })
}

fn recorded_out(state: &ServerState, recorded: Recorded) -> RecordedOut {
    RecordedOut {
        id: state.app.public_purchase_id(recorded.id),
        customer_id: recorded
            .customer_id
            .map(|id| state.app.public_customer_id(id)),
        recorded: recorded.new,
        day: recorded.local_day.to_string(),
        notes: recorded
            .notes
            .iter()
            .map(|note| NoticedOut {
                field: note.field().to_owned(),
                code: note.code(),
                message: note.words().into(),
            })
            .collect(),
    }
}

fn key_wanted() -> Refusal {
    Refusal::new(
        RefusalKind::Invalid,
        "idempotency_key_required",
        Text::new(
            "Нужен заголовок Idempotency-Key: по нему повтор запроса не запишет покупку второй раз.",
            "The header Idempotency-Key is wanted: by it a repeated request does not record the purchase twice.",
        ),
    )
}

/// Records a sale or a return. Answered when it is on the disk and in every number.
#[utoipa::path(post, path = "/purchases", tag = "purchases",
    params(("Idempotency-Key" = String, Header, description = "1 to 200 characters, unique per purchase for ever; the same key with another body is refused")),
    request_body = PurchaseIn,
    responses((status = CREATED, body = RecordedOut), (status = OK, body = RecordedOut, description = "The key was known; nothing was recorded again"), (status = UNPROCESSABLE_ENTITY, body = ProblemOut), (status = UNAUTHORIZED, body = ProblemOut)))]
pub async fn record(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    headers: HeaderMap,
    Body(body): Body<PurchaseIn>,
) -> Result<(StatusCode, Json<RecordedOut>), Problem> {
    let key = headers
        .get("idempotency-key")
        .and_then(|value| value.to_str().ok())
        .ok_or_else(key_wanted)?;
    let view = state.app.base(&caller)?;
    let purchase = body.purchase(&state, &view)?;
    let recorded = state
        .app
        .record_purchases(&caller, vec![(key.to_owned(), purchase)])
        .await?
        .pop()
        .ok_or_else(|| Refusal::internal("no answer for a purchase"))?;
    let status = if recorded.new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(recorded_out(&state, recorded))))
}

/// Records up to 1000 purchases in one transaction: all or none.
#[utoipa::path(post, path = "/purchases/batch", tag = "purchases", request_body = BatchIn,
    responses((status = OK, body = BatchOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut), (status = UNAUTHORIZED, body = ProblemOut)))]
pub async fn record_batch(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<BatchIn>,
) -> Result<Json<BatchOut>, Problem> {
    if body.items.is_empty() || body.items.len() > MAX_BATCH {
        return Err(Problem(Refusal::field(
            "items",
            "out_of_range",
            Text::new("от 1 до 1000 покупок", "from 1 to 1000 purchases"),
        )));
    }
    let view = state.app.base(&caller)?;
    let mut purchases = Vec::with_capacity(body.items.len());
    for item in body.items {
        purchases.push((item.key, item.purchase.purchase(&state, &view)?));
    }
    let recorded = state.app.record_purchases(&caller, purchases).await?;
    Ok(Json(BatchOut {
        items: recorded
            .into_iter()
            .map(|r| recorded_out(&state, r))
            .collect(),
    }))
}

/// One purchase with its lines.
#[derive(Serialize, ToSchema)]
pub struct PurchaseOut {
    /// Id.
    pub id: String,
    /// Sale or return.
    pub kind: KindIn,
    /// Customer, if any.
    pub customer_id: Option<String>,
    /// Store.
    pub store: String,
    /// Channel.
    pub channel: String,
    /// Instant, RFC 3339.
    pub occurred_at: String,
    /// Day in the store's zone.
    pub day: String,
    /// Receipt number.
    pub receipt_no: String,
    /// Paid; negative for a return.
    pub paid_minor: i64,
    /// Discount; negative for a return.
    pub discount_minor: i64,
    /// Cost, when known.
    pub cost_minor: Option<i64>,
    /// For a return: the sale it takes back.
    pub returned_purchase_id: Option<String>,
    /// For a sale: what returns gave back of it so far.
    pub taken_back_minor: i64,
    /// The sale was taken back whole.
    pub taken_back: bool,
    /// Lines.
    pub lines: Vec<LineOut>,
}

/// One product line.
#[derive(Serialize, ToSchema)]
pub struct LineOut {
    /// Number, from 1.
    pub line_no: i64,
    /// Article code.
    pub product: String,
    /// Name.
    pub name: String,
    /// Quantity in millionths; negative for a return.
    pub quantity_micro: i64,
    /// List price times quantity.
    pub list_minor: i64,
    /// Paid.
    pub paid_minor: i64,
    /// Cost, when known.
    pub cost_minor: Option<i64>,
}

pub(super) fn purchase_out(app: &App, base: &View, card: PurchaseCard) -> PurchaseOut {
    let taken_back = card.taken_back();
    let purchase = card.purchase;
    PurchaseOut {
        id: app.public_purchase_id(purchase.id),
        kind: match purchase.kind {
            PurchaseKind::Sale => KindIn::Sale,
            PurchaseKind::Return => KindIn::Return,
        },
        customer_id: purchase.customer_id.map(|id| app.public_customer_id(id)),
        store: base
            .catalogue()
            .store(purchase.store_id)
            .map(|store| store.name.clone())
            .unwrap_or_default(),
        channel: base
            .catalogue()
            .channel(purchase.channel_id)
            .map(|channel| channel.name.clone())
            .unwrap_or_default(),
        occurred_at: purchase.occurred_at.rfc3339(),
        day: purchase.local_day.to_string(),
        receipt_no: card.receipt_no,
        paid_minor: purchase.paid_minor,
        discount_minor: purchase.discount_minor,
        cost_minor: purchase.cost_minor,
        returned_purchase_id: purchase
            .returned_purchase_id
            .map(|id| app.public_purchase_id(id)),
        taken_back_minor: card.taken_back_minor,
        taken_back,
        lines: card
            .lines
            .into_iter()
            .map(|line| LineOut {
                line_no: line.line.line_no,
                product: line.product_code,
                name: line.product_name,
                quantity_micro: line.line.quantity_micro,
                list_minor: line.line.list_minor,
                paid_minor: line.line.paid_minor,
                cost_minor: line.line.cost_minor,
            })
            .collect(),
    }
}

/// One purchase with its lines.
#[utoipa::path(get, operation_id = "purchase", path = "/purchases/{id}", tag = "purchases", params(("id" = String, Path)),
    responses((status = OK, body = PurchaseOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn read(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<PurchaseOut>, Problem> {
    let out = compute(move || {
        let app = &state.app;
        let view = app.base(&caller)?;
        let card = app.purchase_card(&view, app.purchase_id(&id)?)?;
        Ok(purchase_out(app, &view, card))
    })
    .await?;
    Ok(Json(out))
}
