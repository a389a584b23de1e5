//! One transaction: find or make the customer, write the purchase under its operation key.

use super::check::{NewLine, NewPurchase, When};
use crate::App;
use crate::caller::Caller;
use crate::customers::{Contacts, Found, Noticed};
use crate::journal::{Note, acts};
use crate::refusal::{Refusal, RefusalKind};
use crate::view::View;
use std::collections::HashMap;
use vernis_domain::{
    Channel, CustomerId, Day, Line, Product, ProductId, Purchase, PurchaseId, PurchaseKind, Store,
    Text, TimePrecision, Zone,
};
use vernis_store::{OperationKey, Origin, PurchaseRow, ReadTx, StoreError, WriteTx};

/// Source of the operation keys callers of the API make.
const KEY_SOURCE: &str = "api";

/// What became of a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its row.
    pub id: PurchaseId,
    /// Who bought.
    pub customer_id: Option<CustomerId>,
    /// False when the operation key was known already.
    pub new: bool,
    /// Day in the store's zone.
    pub local_day: Day,
    /// What was noticed about the buyer's contacts.
    pub notes: Vec<Noticed>,
}

/// A purchase as its page shows it.
#[derive(Clone, Debug)]
pub struct PurchaseCard {
    /// The document.
    pub purchase: Purchase,
    /// Receipt number; may be empty.
    pub receipt_no: String,
    /// Lines with the names of their articles.
    pub lines: Vec<LineCard>,
    /// What returns gave back of a sale so far, minor units.
    pub taken_back_minor: i64,
}

impl PurchaseCard {
    /// A sale of which returns left nothing paid.
    pub fn taken_back(&self) -> bool {
        self.taken_back_minor > 0 && self.taken_back_minor >= self.purchase.paid_minor
    }
}

/// A line as its page shows it.
#[derive(Clone, Debug)]
pub struct LineCard {
    /// The line.
    pub line: Line,
    /// Article code; empty when there is none.
    pub product_code: String,
    /// Name of the article.
    pub product_name: String,
}

/// A checked purchase with what could be prepared outside the transaction.
#[derive(Clone)]
struct Prepared {
    operation: OperationKey,
    input: NewPurchase,
    contacts: Option<Contacts>,
}

impl App {
    /// Records purchases, all or none, in one transaction. Waits until they are on the disk and in
    /// every number.
    ///
    /// # Errors
    /// Names every wrong field; refuses a known operation key with another body.
    pub async fn record_purchases(
        &self,
        caller: &Caller,
        purchases: Vec<(String, NewPurchase)>,
    ) -> Result<Vec<Recorded>, Refusal> {
        let today = self.today();
        let origin = caller.origin();
        let view = self.base(caller)?;
        let mut prepared = Vec::with_capacity(purchases.len());
        for (key, mut input) in purchases {
            here(&view, &mut input)?;
            if key.is_empty() || key.len() > 200 {
                return Err(Refusal::field(
                    "Idempotency-Key",
                    "length",
                    Text::new("от 1 до 200 знаков", "from 1 to 200 characters"),
                ));
            }
            input.check(today)?;
            let contacts = match &input.who {
                Some(who) => Some(Contacts::of(who)?),
                None => None,
            };
            prepared.push(Prepared {
                operation: OperationKey::new(KEY_SOURCE, &key),
                input,
                contacts,
            });
        }
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let seen = view.clone();
        self.store.submit(
            move |tx: &mut WriteTx<'_>| record(tx, &view, &prepared, origin),
            Box::new(move |result: Result<Vec<Recorded>, Refusal>| {
                // Nobody waits any more when the caller hung up; the purchase is kept all the same.
                let _ = sender.send(result);
            }),
        );
        receiver
            .await
            .unwrap_or_else(|_| Err(Refusal::internal("the writer is gone")))
            .and_then(|recorded| self.told(caller, &seen, recorded))
    }

    /// What may be told of what was recorded: whoever sees a part of the base is not told the id of
    /// somebody outside it.
    fn told(
        &self,
        caller: &Caller,
        before: &View,
        mut recorded: Vec<Recorded>,
    ) -> Result<Vec<Recorded>, Refusal> {
        if before.is_whole() {
            return Ok(recorded);
        }
        let view = self.base(caller)?;
        for one in &mut recorded {
            one.customer_id = one.customer_id.filter(|id| view.sees(*id));
        }
        Ok(recorded)
    }

    /// A purchase with its lines.
    ///
    /// # Errors
    /// Not found.
    pub fn purchase_card(&self, view: &View, id: PurchaseId) -> Result<PurchaseCard, Refusal> {
        self.store.read(move |tx| -> Result<PurchaseCard, Refusal> {
            let row = tx
                .purchase_rows(&[id])?
                .pop()
                .filter(|row| row.voided.is_none() && view.sees_purchase(&row.purchase))
                .ok_or_else(Refusal::not_found)?;
            Ok(cards(tx, view, vec![row])?.remove(0))
        })
    }

    /// A page of a customer's purchases, newest first, after the one named.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn customer_purchases(
        &self,
        view: &View,
        customer: CustomerId,
        after: Option<PurchaseId>,
        limit: usize,
    ) -> Result<Vec<PurchaseCard>, Refusal> {
        view.check(customer)?;
        let all = view.purchases_of(customer);
        let from = match after {
            None => 0,
            Some(after) => match all.iter().position(|(_, id)| *id == after) {
                Some(at) => at + 1,
                // Taken out of the numbers since the page before: it has its place still.
                None => {
                    let mut found = self.store.read(|tx| tx.purchases(&[after]))?;
                    found.retain(|purchase| view.sees_purchase(purchase));
                    let last = found.first().map(|last| (last.occurred_at, after));
                    last.map_or(0, |last| all.partition_point(|one| *one > last))
                }
            },
        };
        let page = all.into_iter().skip(from);
        let ids: Vec<PurchaseId> = page.take(limit).map(|(_, id)| id).collect();
        let place: HashMap<PurchaseId, usize> = ids.iter().copied().zip(0..).collect();
        let mut cards = self.purchase_cards(view, &ids)?;
        cards.sort_unstable_by_key(|card| place.get(&card.purchase.id));
        Ok(cards)
    }

    /// These purchases without those that were voided, in id order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn purchase_cards(
        &self,
        view: &View,
        ids: &[PurchaseId],
    ) -> Result<Vec<PurchaseCard>, Refusal> {
        self.store
            .read(move |tx| -> Result<Vec<PurchaseCard>, Refusal> {
                let mut rows = tx.purchase_rows(ids)?;
                rows.retain(|row| row.voided.is_none() && view.sees_purchase(&row.purchase));
                Ok(cards(tx, view, rows)?)
            })
    }
}

/// What the returns of each sale gave back, by the sale; those that are seen.
fn given_back(
    tx: &mut ReadTx<'_>,
    view: &View,
    rows: &[PurchaseRow],
) -> Result<HashMap<PurchaseId, i64>, StoreError> {
    let ids: Vec<PurchaseId> = rows.iter().flat_map(|row| row.returns.clone()).collect();
    let mut sums = HashMap::new();
    if ids.is_empty() {
        return Ok(sums);
    }
    for back in tx.purchase_rows(&ids)? {
        if let (None, Some(sale)) = (&back.voided, back.purchase.returned_purchase_id)
            && view.sees_purchase(&back.purchase)
        {
            *sums.entry(sale).or_default() -= back.purchase.paid_minor;
        }
    }
    Ok(sums)
}

/// Purchases with the names of their articles.
fn cards(
    tx: &mut ReadTx<'_>,
    view: &View,
    rows: Vec<PurchaseRow>,
) -> Result<Vec<PurchaseCard>, StoreError> {
    let mut ids: Vec<ProductId> = rows
        .iter()
        .flat_map(|row| row.lines.iter().filter_map(|line| line.line.product_id))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let products: HashMap<ProductId, Product> = tx
        .products(&ids)?
        .into_iter()
        .map(|product| (product.id, product))
        .collect();
    let given_back = given_back(tx, view, &rows)?;
    Ok(rows
        .into_iter()
        .map(|row| PurchaseCard {
            taken_back_minor: given_back.get(&row.purchase.id).copied().unwrap_or(0),
            purchase: row.purchase,
            receipt_no: row.receipt_no.unwrap_or_default(),
            lines: row
                .lines
                .into_iter()
                .map(|line| {
                    let product = line.line.product_id.and_then(|id| products.get(&id));
                    LineCard {
                        line: line.line,
                        product_code: product.map(|p| p.code.clone()).unwrap_or_default(),
                        product_name: product.map(|p| p.name.clone()).unwrap_or_default(),
                    }
                })
                .collect(),
        })
        .collect())
}

/// The store of a purchase: one in which whoever records it works.
fn here(view: &View, input: &mut NewPurchase) -> Result<(), Refusal> {
    let Some(stores) = view.stores() else {
        return Ok(());
    };
    let code = |id| view.catalogue().store(id).map(|store| store.code.clone());
    if input.store_code.is_empty() {
        input.store_code = stores.iter().copied().find_map(code).unwrap_or_default();
    }
    let own = stores.iter().copied().filter_map(code);
    if own.into_iter().any(|code| code == input.store_code) {
        return Ok(());
    }
    Err(no_such_store())
}

fn record(
    tx: &mut WriteTx<'_>,
    view: &View,
    prepared: &[Prepared],
    origin: Origin,
) -> Result<Vec<Recorded>, Refusal> {
    let mut recorded = Vec::with_capacity(prepared.len());
    for one in prepared {
        if let Some(known) = tx.purchase_by_operation(&one.operation)? {
            recorded.push(replay(tx, view, known, one)?);
            continue;
        }
        recorded.push(record_one(tx, view, one, origin)?);
    }
    // What tills record is a fact with its own source; what a person types is an act of his.
    let by = view.by();
    let new = || recorded.iter().filter(|one| one.new);
    if matches!(by.actor, vernis_store::Actor::Staff(_)) && new().count() > 0 {
        Note::new(&acts::PURCHASE_RECORDED, by)
            .of("purchase", new().map(|one| one.id.0))
            .customers(new().filter_map(|one| one.customer_id))
            .write(tx)?;
    }
    Ok(recorded)
}

fn record_one(
    tx: &mut WriteTx<'_>,
    view: &View,
    one: &Prepared,
    origin: Origin,
) -> Result<Recorded, Refusal> {
    let input = &one.input;
    let store = find_store(tx, &input.store_code)?;
    let channel = find_channel(tx, &input.channel_code)?;
    let (occurred_at, local_day, precision) = place(input.when, &store)?;
    let (customer_id, notes) = match &one.contacts {
        Some(contacts) => {
            let known = contacts.find_at_till(tx, view)?;
            let place = (store.id, channel.id, local_day);
            let told = contacts.find_or_add(tx, view, known, place, origin)?;
            let id = match told.found {
                Some(Found::New(id)) => {
                    if let Some(manager) = view.own_of() {
                        tx.set_managers(&[id], Some(manager), Origin::Api, Some(manager))?;
                    }
                    Some(id)
                }
                Some(Found::Known(id)) => Some(id),
                None => None,
            };
            (id, told.notes)
        }
        None => (None, Vec::new()),
    };
    let returned = match input.returned_purchase_id {
        Some(id) => Some(check_returned(tx, view, id, input)?),
        None => None,
    };
    let products = products(tx, &input.lines)?;
    let sign = match input.kind {
        PurchaseKind::Sale => 1,
        PurchaseKind::Return => -1,
    };
    let purchase = vernis_store::NewPurchase {
        operation: one.operation,
        customer_id: customer_id.or(returned.as_ref().and_then(|sale| sale.customer_id)),
        kind: input.kind,
        store_id: store.id,
        channel_id: channel.id,
        occurred_at,
        precision,
        local_day,
        paid_minor: sign * input.paid_minor,
        discount_minor: sign * input.discount_minor,
        cost_minor: input.cost_minor.map(|cost| sign * cost),
        returned_purchase_id: input.returned_purchase_id,
        import_id: None,
        receipt_no: some_text(&input.receipt_no),
        till: some_text(&input.till),
        cashier: some_text(&input.cashier),
        fiscal_drive: None,
        fiscal_document: None,
        fiscal_sign: None,
        lines: input
            .lines
            .iter()
            .zip(1..)
            .map(|(line, number)| signed_line(line, number, sign, &products).into())
            .collect(),
    };
    let customer_id = purchase.customer_id;
    let recorded = tx.insert_purchase(&purchase)?;
    Ok(Recorded {
        id: recorded.id,
        customer_id,
        new: recorded.new,
        local_day,
        notes,
    })
}

/// The answer to a known operation key: the same as the first time if the body says the same.
fn replay(
    tx: &mut WriteTx<'_>,
    view: &View,
    known: PurchaseId,
    one: &Prepared,
) -> Result<Recorded, Refusal> {
    let row = tx
        .purchase_rows(&[known])?
        .pop()
        .ok_or_else(|| Refusal::internal("a known operation without its purchase"))?;
    let (kept, input) = (&row.purchase, &one.input);
    let sign = match input.kind {
        PurchaseKind::Sale => 1,
        PurchaseKind::Return => -1,
    };
    let same_time = match input.when {
        When::On(day) => kept.local_day == day,
        // A body without a time gets the time of its arrival: it cannot be compared.
        When::At(at) => kept.occurred_at == at || input.when_is_arrival,
    };
    let same_lines = row.lines.len() == input.lines.len()
        && row.lines.iter().zip(&input.lines).all(|(kept, line)| {
            kept.line.paid_minor == sign * line.paid_minor
                && kept.line.list_minor == sign * line.list_minor
                && kept.line.quantity_micro == sign * line.quantity_micro
        });
    let same_customer = match &one.contacts {
        None => true,
        Some(contacts) => match contacts.find_at_till(tx, view)?.id {
            Some(id) => kept.customer_id == Some(id),
            // Everything said of him says nobody.
            None => kept.customer_id.is_none() || input.returned_purchase_id.is_some(),
        },
    };
    let same = view.sees_purchase(kept)
        && kept.kind == input.kind
        && kept.paid_minor == sign * input.paid_minor
        && kept.discount_minor == sign * input.discount_minor
        && kept.cost_minor == input.cost_minor.map(|cost| sign * cost)
        && kept.store_id == find_store(tx, &input.store_code)?.id
        && kept.channel_id == find_channel(tx, &input.channel_code)?.id
        && kept.returned_purchase_id == input.returned_purchase_id
        && row.receipt_no.as_deref().unwrap_or_default() == input.receipt_no
        && same_time
        && same_lines
        && same_customer;
    if !same {
        return Err(Refusal::new(
            RefusalKind::Invalid,
            "idempotency_key_reused",
            Text::new(
                "С этим ключом уже записана другая покупка. Ничего не записано; для новой покупки возьмите новый ключ.",
                "Another purchase was recorded under this key. Nothing was recorded; take a new key for a new purchase.",
            ),
        ));
    }
    Ok(Recorded {
        id: known,
        customer_id: kept.customer_id,
        new: false,
        local_day: kept.local_day,
        notes: Vec::new(),
    })
}

/// The sale a return names: it must exist, be a sale, and leave something to take back.
fn check_returned(
    tx: &mut WriteTx<'_>,
    view: &View,
    id: PurchaseId,
    input: &NewPurchase,
) -> Result<Purchase, Refusal> {
    let wrong =
        |rule: &'static str, message: Text| Refusal::field("returned_purchase_id", rule, message);
    let row = tx
        .purchase_rows(&[id])?
        .pop()
        .filter(|row| row.voided.is_none() && row.purchase.kind == PurchaseKind::Sale)
        .filter(|row| view.sees_purchase(&row.purchase))
        .ok_or_else(|| {
            wrong(
                "not_a_sale",
                Text::new("такой продажи нет", "there is no such sale"),
            )
        })?;
    let too_much = || {
        Text::new(
            "возвращается больше, чем осталось от этой продажи",
            "more is taken back than is left of this sale",
        )
    };
    let before: Vec<PurchaseRow> = tx
        .purchase_rows(&row.returns)?
        .into_iter()
        .filter(|row| row.voided.is_none())
        .collect();
    let taken_back: i64 = before.iter().map(|back| -back.purchase.paid_minor).sum();
    if taken_back + input.paid_minor > row.purchase.paid_minor {
        return Err(wrong("more_than_sold", too_much()));
    }
    // Lines that name a sold line give back no more pieces than it had.
    let mut left: HashMap<i64, i64> = row
        .lines
        .iter()
        .map(|sold| (sold.line.line_no, sold.line.quantity_micro))
        .collect();
    for line in before.iter().flat_map(|back| &back.lines) {
        if let Some(pieces) = line.line.returned_line_no.and_then(|no| left.get_mut(&no)) {
            *pieces += line.line.quantity_micro;
        }
    }
    for (index, line) in input.lines.iter().enumerate() {
        let Some(no) = line.returned_line_no else {
            continue;
        };
        let at = |field: &str| format!("lines[{index}].{field}");
        let Some(pieces) = left.get_mut(&no) else {
            return Err(Refusal::field(
                at("returned_line_no"),
                "unknown",
                Text::new("такой строки в продаже нет", "the sale has no such line"),
            ));
        };
        *pieces -= line.quantity_micro;
        if *pieces < 0 {
            return Err(Refusal::field(
                at("quantity_micro"),
                "more_than_sold",
                too_much(),
            ));
        }
    }
    Ok(row.purchase)
}

fn place(
    when: When,
    store: &Store,
) -> Result<(vernis_domain::Instant, Day, TimePrecision), Refusal> {
    let zone = Zone::new(&store.time_zone)
        .ok_or_else(|| Refusal::internal(format!("store {} has no zone", store.id.0)))?;
    Ok(match when {
        When::At(at) => (at, zone.day_of(at), TimePrecision::Instant),
        When::On(day) => (zone.noon_of(day), day, TimePrecision::Day),
    })
}

fn find_store(tx: &mut WriteTx<'_>, code: &str) -> Result<Store, Refusal> {
    tx.store(code)?.ok_or_else(no_such_store)
}

fn no_such_store() -> Refusal {
    Refusal::field(
        "store",
        "unknown",
        Text::new(
            "магазина с таким кодом нет; заведите его в настройках",
            "there is no store of this code; add it in Settings",
        ),
    )
}

fn find_channel(tx: &mut WriteTx<'_>, code: &str) -> Result<Channel, Refusal> {
    tx.channel(code)?.ok_or_else(|| {
        Refusal::field(
            "channel",
            "unknown",
            Text::new(
                "канала с таким кодом нет; заведите его в настройках",
                "there is no channel of this code; add it in Settings",
            ),
        )
    })
}

fn products(
    tx: &mut WriteTx<'_>,
    lines: &[NewLine],
) -> Result<HashMap<String, ProductId>, StoreError> {
    let wanted: Vec<Product> = lines
        .iter()
        .filter(|line| !line.product_code.is_empty())
        .map(|line| Product {
            id: ProductId(0),
            code: line.product_code.clone(),
            name: if line.product_name.is_empty() {
                line.product_code.clone()
            } else {
                line.product_name.clone()
            },
            category: line.category.clone(),
            price_minor: None,
            cost_minor: None,
        })
        .collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(tx.products_by_code(&wanted)?.0)
}

fn signed_line(
    line: &NewLine,
    line_no: i64,
    sign: i64,
    products: &HashMap<String, ProductId>,
) -> Line {
    let [auto, code, points, manual, rounding] =
        line.discounts_minor
            .unwrap_or([line.list_minor - line.paid_minor, 0, 0, 0, 0]);
    Line {
        line_no,
        product_id: products.get(&line.product_code).copied(),
        quantity_micro: sign * line.quantity_micro,
        list_minor: sign * line.list_minor,
        paid_minor: sign * line.paid_minor,
        discount_auto_minor: sign * auto,
        discount_code_minor: sign * code,
        discount_points_minor: sign * points,
        discount_manual_minor: sign * manual,
        discount_rounding_minor: sign * rounding,
        cost_minor: line.cost_minor.map(|cost| sign * cost),
        returned_line_no: line.returned_line_no,
    }
}

fn some_text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
