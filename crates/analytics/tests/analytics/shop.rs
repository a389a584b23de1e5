//! Small helpers: bases made of events, and the CDNOW sample.

use vernis_analytics::{Live, LiveBase, Pool};
use vernis_domain::*;

/// A live base on two kernel threads.
pub fn live() -> Live {
    Live::new(LiveBase::empty(Pool::new(2).unwrap()))
}

/// A day from its text.
pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// A sale of 12:00 UTC on its day.
pub fn sale(id: i64, customer: impl Into<Option<i64>>, on: Day, paid: i64) -> Purchase {
    Purchase {
        id: PurchaseId(id),
        customer_id: customer.into().map(CustomerId),
        kind: PurchaseKind::Sale,
        store_id: StoreId(1),
        channel_id: ChannelId(1),
        occurred_at: Instant((i64::from(on.0) * 24 + 12) * 3_600_000_000),
        precision: TimePrecision::Day,
        local_day: on,
        paid_minor: paid,
        discount_minor: 0,
        cost_minor: None,
        returned_purchase_id: None,
        items: Vec::new(),
    }
}

/// A customer of whom a name is known.
pub fn person(id: i64, name: &str, registered: Day) -> Customer {
    Customer {
        id: CustomerId(id),
        last_name: name.to_owned(),
        first_name: String::new(),
        middle_name: String::new(),
        sex: None,
        birthday: None,
        city: String::new(),
        address: String::new(),
        other_names: Vec::new(),
        contacts: Vec::new(),
        children: Vec::new(),
        about: vernis_domain::About::default(),
        store_id: None,
        channel_id: None,
        registered_day: registered,
        recorded_at: Instant(0),
    }
}

/// The CDNOW sample as purchases, in file order; customer ids as in the file.
pub fn cdnow() -> Vec<Purchase> {
    let text = include_str!("../../../../fixtures/cdnow_sample.csv");
    text.lines()
        .skip(1)
        .zip(1..)
        .map(|(line, id)| {
            let cells: Vec<&str> = line.split(',').collect();
            let (units, cents) = cells[3].split_once('.').unwrap();
            let paid = units.parse::<i64>().unwrap() * 100 + cents.parse::<i64>().unwrap();
            sale(id, cells[0].parse::<i64>().unwrap(), day(cells[1]), paid)
        })
        .collect()
}

/// A live base with the CDNOW sample in it.
pub fn cdnow_live() -> Live {
    let live = live();
    live.apply(&[Event::Purchases(cdnow())]);
    live
}

/// Zones of the two stores of the small shop.
const ZONES: [&str; 2] = ["Europe/Moscow", "Asia/Vladivostok"];

/// The small hand-made shop: returns, discounts, missing costs, two zones, nameless receipts.
pub fn small_shop() -> Vec<Purchase> {
    let zones = ZONES.map(|name| Zone::new(name).unwrap());
    let text = include_str!("../../../../fixtures/small_shop.csv");
    text.lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let number = |at: usize| cells[at].parse::<i64>().ok();
            let at = Instant::parse_rfc3339(cells[5]).unwrap();
            let store = number(3).unwrap();
            Purchase {
                id: PurchaseId(number(0).unwrap()),
                customer_id: number(1).map(CustomerId),
                kind: if cells[2] == "return" {
                    PurchaseKind::Return
                } else {
                    PurchaseKind::Sale
                },
                store_id: StoreId(store),
                channel_id: ChannelId(number(4).unwrap()),
                occurred_at: at,
                precision: TimePrecision::Instant,
                local_day: zones[store as usize - 1].day_of(at),
                paid_minor: number(6).unwrap(),
                discount_minor: number(7).unwrap(),
                cost_minor: number(8),
                returned_purchase_id: number(9).map(PurchaseId),
                items: items(number(0).unwrap(), number(6).unwrap(), number(7).unwrap()),
            }
        })
        .collect()
}

/// Made up: every fourth document has no lines, others have two, the second of them of no product of
/// the catalogue.
fn items(document: i64, paid: i64, discount: i64) -> Vec<Item> {
    let item = |product_id, quantity_micro, paid_minor, discount_minor| Item {
        product_id,
        quantity_micro,
        paid_minor,
        discount_minor,
    };
    let known = Some(ProductId(1 + document % 7));
    match document % 4 {
        0 => Vec::new(),
        _ => vec![
            item(known, 1_000_000 * document, paid / 3, discount),
            item(None, 350_000, paid - paid / 3, 0),
        ],
    }
}
