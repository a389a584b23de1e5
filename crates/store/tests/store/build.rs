//! Small builders of what the tests put in.

use vernis_domain::{
    ChannelId, Contact, ContactKind, Customer, CustomerId, Day, Instant, Line, PurchaseKind,
    StoreId, TimePrecision,
};
use vernis_store::{NewPurchase, OperationKey, Store, StoreError};

pub fn contact(kind: ContactKind, value: &str) -> Contact {
    Contact {
        kind,
        value: value.to_owned(),
        source: String::new(),
    }
}

pub fn customer(last_name: &str, phone: &str) -> Customer {
    Customer {
        id: CustomerId(0),
        last_name: last_name.to_owned(),
        first_name: "Мария".to_owned(),
        middle_name: String::new(),
        sex: None,
        birthday: None,
        city: "Казань".to_owned(),
        address: String::new(),
        other_names: Vec::new(),
        contacts: vec![contact(ContactKind::Phone, phone)],
        children: Vec::new(),
        about: vernis_domain::About::default(),
        store_id: None,
        channel_id: None,
        registered_day: Day(20_000),
        recorded_at: Instant(0),
    }
}

pub fn line(paid_minor: i64, discount_minor: i64) -> Line {
    Line {
        line_no: 0,
        product_id: None,
        quantity_micro: 1_000_000,
        list_minor: paid_minor + discount_minor,
        paid_minor,
        discount_auto_minor: discount_minor,
        discount_code_minor: 0,
        discount_points_minor: 0,
        discount_manual_minor: 0,
        discount_rounding_minor: 0,
        cost_minor: Some(paid_minor / 2),
        returned_line_no: None,
    }
}

/// A sale in the first store and channel (see [`shop`]).
pub fn sale(key: &str, customer_id: Option<CustomerId>, paid_minor: i64) -> NewPurchase {
    NewPurchase {
        operation: OperationKey::new("test", key),
        customer_id,
        kind: PurchaseKind::Sale,
        store_id: StoreId(1),
        channel_id: ChannelId(1),
        occurred_at: Instant(1_700_000_000_000_000),
        precision: TimePrecision::Minute,
        local_day: Day(19_675),
        paid_minor,
        discount_minor: 0,
        cost_minor: None,
        returned_purchase_id: None,
        import_id: None,
        receipt_no: Some("12-3".to_owned()),
        till: None,
        cashier: None,
        fiscal_drive: None,
        fiscal_document: None,
        fiscal_sign: None,
        lines: Vec::new(),
    }
}

/// The first store and channel, as the first start makes them.
pub fn shop(store: &Store) {
    store
        .write(|tx| {
            tx.store_by_code("main", "Магазин", "Europe/Moscow")?;
            tx.channel_by_code("store", "Магазин")?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

/// Adds customers and gives their ids.
pub fn add(store: &Store, customers: Vec<Customer>) -> Vec<CustomerId> {
    store
        .write(move |tx| tx.insert_customers(customers.clone(), vernis_store::Origin::Api))
        .unwrap_or_else(|error: StoreError| panic!("{error}"))
}

/// The value, or the store's sentence as the test's failure.
#[track_caller]
pub fn ok<T>(result: Result<T, StoreError>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}
