//! Segments on a generated base: 10 purchases a customer with 2.5 lines each, returns among them.
//!
//! `cargo bench -p vernis-analytics --bench segments [-- CUSTOMERS [THREADS [DUMP]]]` prints one line of
//! JSON: the sentence of issue 4 (count and ids), previews of many definitions, 200 saved segments kept
//! current under trade, and their midnight. With DUMP the purchases are written there as columns, for
//! `benches/peers/segment.py`, which asks other engines the same sentence and compares the digest.

use serde_json::json;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant as Clock;
use vernis_analytics::base::products::Products;
use vernis_analytics::facts::Lens;
use vernis_analytics::rfm::RfmQuery;
use vernis_analytics::segment::{Members, Names, Place, Rule, Whole, count, resolve, select};
use vernis_analytics::{Live, LiveBase, Pool};
use vernis_domain::segment::{Decimal, EventLeaf, FactLeaf, Node, Op, Restriction, Value, Window};
use vernis_domain::*;

/// Days of the shop; the last one is today.
const DAYS: u64 = 1_096;
const LAST: i32 = 20_700;
const CATEGORIES: u64 = 20;
const PRODUCTS: u64 = 500;
/// Segments that are kept current.
const SAVED: usize = 200;
/// Purchases between two looks of the keeper at 1,000 a second.
const BETWEEN_LOOKS: usize = 250;

/// SplitMix64: the same base in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ (z >> 31)) * u128::from(n)) >> 64) as u64
    }
}

impl Dice {
    /// Small numbers more often than large ones.
    fn few(&mut self, n: u64) -> u64 {
        let most = 1 + self.below(n);
        self.below(most)
    }
}

fn category(product: u64) -> u64 {
    product % CATEGORIES
}

fn products() -> Vec<Product> {
    let product = |id: u64| Product {
        id: ProductId(id as i64 + 1),
        code: format!("p{id}"),
        name: format!("Товар {id}"),
        category: format!("Отдел {};Категория {}", category(id) % 4, category(id)),
        price_minor: None,
        cost_minor: None,
    };
    (0..PRODUCTS).map(product).collect()
}

fn sale(id: i64, customer: i64, day: i32, dice: &mut Dice) -> Purchase {
    let item = |dice: &mut Dice| Item {
        // Few are bought often.
        product_id: Some(ProductId(1 + dice.few(PRODUCTS) as i64)),
        quantity_micro: 1_000_000 * (1 + dice.below(3) as i64),
        paid_minor: 5_000 + dice.below(60_000) as i64,
        discount_minor: 0,
    };
    let items: Vec<Item> = (0..1 + dice.below(4)).map(|_| item(dice)).collect();
    Purchase {
        id: PurchaseId(id),
        customer_id: Some(CustomerId(customer)),
        kind: PurchaseKind::Sale,
        store_id: StoreId(1 + dice.below(5) as i64),
        channel_id: ChannelId(1),
        occurred_at: Instant((i64::from(day) * 24 + 9) * 3_600_000_000),
        precision: TimePrecision::Day,
        local_day: Day(day),
        paid_minor: items.iter().map(|item| item.paid_minor).sum(),
        discount_minor: 0,
        cost_minor: None,
        returned_purchase_id: None,
        items,
    }
}

/// Everybody's purchases; every thirtieth is taken back whole or by one line.
fn shop(customers: i64) -> Vec<Purchase> {
    let mut dice = Dice(11);
    let mut all = Vec::new();
    for customer in 1..=customers {
        // Some come once, some every week, and most stop one day.
        let times = 1 + dice.few(38);
        let gone = dice.below(DAYS);
        for _ in 0..times {
            let day = LAST - (gone + dice.below(DAYS - gone)) as i32;
            let sold = sale(all.len() as i64 + 1, customer, day, &mut dice);
            let back = (dice.below(30) == 0).then(|| {
                let mut back = sold.clone();
                back.id = PurchaseId(sold.id.0 + 1);
                back.kind = PurchaseKind::Return;
                back.returned_purchase_id = Some(sold.id);
                back.items.truncate(1 + dice.below(2) as usize * 9);
                for item in &mut back.items {
                    item.quantity_micro = -item.quantity_micro;
                    item.paid_minor = -item.paid_minor;
                }
                back.paid_minor = back.items.iter().map(|item| item.paid_minor).sum();
                back
            });
            all.push(sold);
            all.extend(back);
        }
    }
    all
}

/// Names of categories by their paths, of products by `p17`.
struct Shelf(Arc<Products>);

impl Names for Shelf {
    fn row(&self, of: Place, code: &str) -> Option<i64> {
        match of {
            Place::Category => self.0.find_category(code).map(|at| at as i64),
            _ => self.0.find_article(code).map(|one| one.id.0),
        }
    }

    fn segment(&self, _: &str) -> Option<Whole> {
        None
    }
}

fn number(n: i64) -> Option<Value> {
    Decimal::whole(n).map(Value::Number)
}

fn orders(with: Vec<Restriction>, last: Option<u32>, times: i64) -> Node {
    Node::Event(EventLeaf {
        measure: "orders".to_owned(),
        with,
        window: Window {
            last,
            ..Window::ALL
        },
        op: Op::Ge,
        value: number(times),
    })
}

fn fact(key: &str, op: Op, value: Option<Value>) -> Node {
    Node::Fact(FactLeaf {
        fact: key.to_owned(),
        op,
        value,
    })
}

fn bought(no: u64) -> Node {
    let path = format!("Отдел {};Категория {no}", no % 4);
    let of = Restriction {
        field: "category".to_owned(),
        op: Op::Eq,
        value: Value::Text(path),
    };
    orders(vec![of], None, 1)
}

/// “Bought at least 3 times in the last 180 days, last purchase over 60 days ago, over X in all, and
/// bought in category C.”
fn sentence(times: i64, within: u32, quiet: i64, over: i64, no: u64) -> Node {
    Node::All(vec![
        orders(Vec::new(), Some(within), times),
        fact("days_since", Op::Gt, number(quiet)),
        fact("revenue", Op::Gt, number(over)),
        bought(no),
    ])
}

/// Definitions like those a shop saves: half of them move with the days.
fn definitions(many: usize) -> Vec<Node> {
    let mut dice = Dice(23);
    let one = |at: usize| {
        let no = dice.below(CATEGORIES);
        let days = 30 + 10 * dice.below(20) as i64;
        let over = 1_000_000 * dice.below(8) as i64;
        match at % 6 {
            0 => sentence(1 + at as i64 % 4, days as u32 + 60, days, over, no),
            1 => Node::All(vec![bought(no), fact("revenue", Op::Gt, number(over))]),
            2 => fact("days_since", Op::Gt, number(days)),
            3 => Node::All(vec![
                fact("orders", Op::Ge, number(3)),
                Node::Not(Box::new(bought(no))),
            ]),
            4 => orders(Vec::new(), Some(days as u32), 2),
            _ => Node::Any(vec![
                fact("average_order", Op::Gt, number(over / 100)),
                fact("orders", Op::Ge, number(10)),
            ]),
        }
    };
    (0..many).map(one).collect()
}

fn ids(base: &LiveBase, lens: &Lens, rule: &Rule) -> Vec<CustomerId> {
    select(base, lens, rule).ids(base)
}

fn digest(ids: &[CustomerId]) -> String {
    let lines: Vec<String> = ids.iter().map(|id| id.0.to_string()).collect();
    let hash = Sha256::digest(lines.join("\n"));
    hash.iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Milliseconds: median and 99th percentile.
fn spread(mut seconds: Vec<f64>) -> serde_json::Value {
    seconds.sort_by(f64::total_cmp);
    let ms = |at: usize| (seconds[at.min(seconds.len() - 1)] * 1e5).round() / 100.0;
    json!({"median_ms": ms(seconds.len() / 2), "p99_ms": ms(seconds.len() * 99 / 100)})
}

fn timed(runs: usize, mut what: impl FnMut(usize)) -> Vec<f64> {
    what(0);
    let run = |at| {
        let started = Clock::now();
        what(at);
        started.elapsed().as_secs_f64()
    };
    (0..runs).map(run).collect()
}

/// Purchases and lines as columns, rows sorted by customer and day.
fn dump(dir: &Path, purchases: &[Purchase]) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let mut order: Vec<&Purchase> = purchases.iter().collect();
    order.sort_by_key(|one| (one.customer_id, one.local_day, one.id));
    let file = |name: &str| File::create(dir.join(name)).map(BufWriter::new);
    let [mut customer, mut day, mut paid, mut id, mut of] = [
        "customer.u32",
        "day.u16",
        "paid.i32",
        "id.u32",
        "original.u32",
    ]
    .map(file);
    let [mut line_id, mut line_category, mut line_paid] =
        ["line_id.u32", "line_category.u8", "line_paid.i32"].map(file);
    let put = |to: &mut std::io::Result<BufWriter<File>>, bytes: &[u8]| match to {
        Ok(to) => to.write_all(bytes),
        Err(error) => Err(std::io::Error::other(error.to_string())),
    };
    for one in order {
        let number = |id: Option<i64>| (id.unwrap_or(0) as u32).to_le_bytes();
        put(&mut customer, &number(one.customer_id.map(|id| id.0)))?;
        put(&mut day, &(one.local_day.0 as u16).to_le_bytes())?;
        put(&mut paid, &(one.paid_minor as i32).to_le_bytes())?;
        put(&mut id, &number(Some(one.id.0)))?;
        put(&mut of, &number(one.returned_purchase_id.map(|id| id.0)))?;
        for item in &one.items {
            let product = item.product_id.map_or(0, |id| id.0 as u64 - 1);
            put(&mut line_id, &number(Some(one.id.0)))?;
            put(&mut line_category, &[category(product) as u8])?;
            put(&mut line_paid, &(item.paid_minor as i32).to_le_bytes())?;
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // cargo adds `--bench`.
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    let customers: i64 = args.first().map_or(Ok(100_000), |n| n.parse())?;
    let threads: usize = args.get(1).map_or(Ok(2), |n| n.parse())?;
    let purchases = shop(customers);
    if let Some(dir) = args.get(2) {
        dump(Path::new(dir), &purchases)?;
    }
    let mut next = purchases.len() as i64 + 1;
    let live = Live::new(LiveBase::empty(Pool::new(threads)?));
    live.apply(&[Event::Products(products())]);
    for part in purchases.chunks(1 << 20) {
        live.apply(&[Event::Purchases(part.to_vec())]);
    }
    live.replace(live.current().compact());
    drop(purchases);
    let base = live.current();
    let shelf = Shelf(base.products().clone());
    let ready = |tree: &Node| resolve(tree, None, &shelf).map_err(|error| error.0.en.into_owned());
    let day = |on: i32| Lens::now(Day(on), RfmQuery::new(Day(on)));
    let today = day(LAST);

    let asked = ready(&sentence(3, 180, 60, 1_000_000, 3))?;
    let found = ids(&base, &today, &asked);
    let sentence = timed(50, |_| {
        black_box(ids(&base, &today, &asked));
    });
    let alone = ready(&bought(3))?;
    let category = timed(30, |_| {
        black_box(select(&base, &today, &alone));
    });
    let mut rules = Vec::new();
    for tree in definitions(SAVED) {
        rules.push(ready(&tree)?);
    }
    let preview = timed(SAVED, |at| {
        black_box(count(&base, &select(&base, &today, &rules[at]), 8));
    });

    // 200 saved segments under trade: one look of the keeper after every 250 purchases.
    let mut kept: Vec<Members> = rules
        .iter()
        .map(|rule| Members::of(&base, &select(&base, &today, rule)))
        .collect();
    let mut version = base.version();
    drop(base);
    let mut dice = Dice(5);
    let looks = (0..40).map(|_| {
        for _ in 0..BETWEEN_LOOKS {
            next += 1;
            let who = 1 + dice.below(customers as u64) as i64;
            live.apply(&[Event::Purchases(vec![sale(next, who, LAST, &mut dice)])]);
        }
        let base = live.current();
        let started = Clock::now();
        for (members, rule) in kept.iter_mut().zip(&rules) {
            members.follow(&base, &today, rule, version);
        }
        version = base.version();
        started.elapsed().as_secs_f64()
    });
    let looks: Vec<f64> = looks.collect();
    let base = live.current();
    for (members, rule) in kept.iter().zip(&rules) {
        let anew = Members::of(&base, &select(&base, &today, rule));
        if !members.since(&anew).is_empty() {
            return Err("a membership that followed is not the one found anew".into());
        }
    }
    let per_purchase = looks.iter().sum::<f64>() / (looks.len() * BETWEEN_LOOKS) as f64;
    let tomorrow = day(LAST + 1);
    let moving: Vec<&Rule> = rules
        .iter()
        .filter(|rule| rule.is_moved_by_time())
        .collect();
    let midnight = timed(5, |_| {
        for rule in &moving {
            black_box(Members::of(&base, &select(&base, &tomorrow, rule)));
        }
    });
    let memory = base.memory();
    println!(
        "{}",
        json!({
            "customers": customers,
            "purchases": memory.purchases,
            "lines": memory.lines,
            "threads": threads,
            "found": found.len(),
            "digest": digest(&found),
            "sentence": spread(sentence),
            "category_alone": spread(category),
            "preview": spread(preview),
            "look_of_200": spread(looks),
            "added_per_purchase_ms": (per_purchase * 1e5).round() / 100.0,
            "midnight": spread(midnight),
            "moved_by_midnight": moving.len(),
            "line_bytes": memory.line_bytes as f64 / memory.lines.max(1) as f64,
        })
    );
    Ok(())
}
