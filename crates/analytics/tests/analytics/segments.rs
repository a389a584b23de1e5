//! Segments: whatever is asked, `select` and `why` say what a slow and obvious evaluator says, who
//! looks at every purchase on every day and knows nothing of columns, masks and moments of change.

use crate::shop::{day, live, person, sale};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use vernis_analytics::facts::Lens;
use vernis_analytics::rfm::{Borders, Cuts, RfmQuery};
use vernis_analytics::segment::why::{Change, why};
use vernis_analytics::segment::{Hand, Names, Place, Rule, Whole, count, resolve, select};
use vernis_analytics::{Live, LiveBase};
use vernis_domain::customer::Birthday;
use vernis_domain::segment::*;
use vernis_domain::*;

const CUTS: Cuts = Cuts {
    recency_days: [30, 90],
    frequency: [1, 3],
    monetary_minor: [1_000, 5_000],
};

/// Products `p1` to `p3` and their categories.
pub const CATEGORIES: [&str; 3] = ["Напитки;Кофе", "Напитки;Чай", "Сладости"];

pub fn product(id: i64, category: &str) -> Product {
    Product {
        id: ProductId(id),
        code: format!("p{id}"),
        name: format!("Товар {id}"),
        category: category.to_owned(),
        price_minor: None,
        cost_minor: None,
    }
}

/// Names of the tests: stores `s1`, `s2`, channels `c1`, `c2`; one other segment, `regulars`.
struct Shelf;

impl Names for Shelf {
    fn row(&self, of: Place, code: &str) -> Option<i64> {
        if of == Place::Category {
            return Some(0);
        }
        code.get(1..)?.parse().ok()
    }

    fn segment(&self, id: &str) -> Option<Whole> {
        (id == "regulars").then(|| Whole {
            definition: Definition::of(regulars()),
            cuts: None,
            hand: by_hand(),
        })
    }
}

/// Of the other segment the second is always in and the third never.
fn by_hand() -> Arc<Hand> {
    let mut hand = Hand::default();
    hand.pinned.put(CustomerId(2), true);
    hand.excluded.put(CustomerId(3), true);
    Arc::new(hand)
}

fn number(n: i64) -> Option<Value> {
    Decimal::whole(n).map(Value::Number)
}

fn regulars() -> Node {
    Node::Fact(FactLeaf {
        fact: "orders".to_owned(),
        op: Op::Ge,
        value: number(2),
    })
}

pub fn lens(as_of: Day) -> Lens {
    Lens::new(
        as_of,
        RfmQuery {
            borders: Borders::Fixed(CUTS),
            ..RfmQuery::new(as_of)
        },
    )
}

pub fn rule(tree: &Node) -> Rule {
    resolve(tree, Some(CUTS), &Shelf).unwrap_or_else(|error| panic!("{tree:?}: {error:?}"))
}

/// Who is in.
fn selected(base: &LiveBase, tree: &Node, as_of: Day) -> BTreeSet<i64> {
    let set = select(base, &lens(as_of), &rule(tree));
    let mut found = BTreeSet::new();
    for shard in base.shards() {
        for slot in 0..shard.len() {
            if set.has(shard.key, slot) {
                found.insert(shard.id(slot).0);
            }
        }
    }
    assert_eq!(count(base, &set, 3).customers, found.len());
    found
}

// ---- the slow and obvious evaluator ----

/// One customer as told.
#[derive(Clone, Debug)]
pub struct Told {
    id: i64,
    pub person: Option<Customer>,
    pub documents: Vec<Purchase>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Known {
    Nothing,
    Number(f64),
    Day(i32),
    Name(i64),
    Anniversary(i8, i8),
}

impl Told {
    /// What is known on a day: later documents do not exist.
    fn on(&self, today: i32) -> Told {
        let mut documents = self.documents.clone();
        documents.retain(|one| one.local_day.0 <= today);
        documents.sort_by_key(|one| (one.local_day.0, one.occurred_at.0, one.id.0));
        Told {
            id: self.id,
            person: self.person.clone(),
            documents,
        }
    }

    fn sale_of(&self, back: &Purchase) -> Option<&Purchase> {
        let sale = |one: &&Purchase| {
            Some(one.id) == back.returned_purchase_id && one.kind == PurchaseKind::Sale
        };
        self.documents.iter().find(sale)
    }

    fn returns(&self) -> impl Iterator<Item = &Purchase> {
        self.documents
            .iter()
            .filter(|one| one.kind == PurchaseKind::Return)
    }

    /// Sales of which something is left.
    fn purchases(&self) -> Vec<&Purchase> {
        let left = |sale: &&Purchase| {
            let backs: Vec<&Purchase> = self
                .returns()
                .filter(|back| back.returned_purchase_id == Some(sale.id))
                .collect();
            backs.is_empty()
                || sale.paid_minor + backs.iter().map(|back| back.paid_minor).sum::<i64>() > 0
        };
        self.documents
            .iter()
            .filter(|one| one.kind == PurchaseKind::Sale)
            .filter(left)
            .collect()
    }
}

fn rounded(sum: i64, count: usize) -> f64 {
    let exact = sum as f64 / count as f64;
    if exact < 0.0 {
        -(-exact + 0.5).floor()
    } else {
        (exact + 0.5).floor()
    }
}

fn months_and_day(birthday: &Birthday) -> Known {
    Known::Anniversary(birthday.month, birthday.day)
}

fn fact(told: &Told, key: &str, today: i32) -> Known {
    let purchases = told.purchases();
    let paid: i64 = told.documents.iter().map(|one| one.paid_minor).sum();
    let discount: i64 = told.documents.iter().map(|one| one.discount_minor).sum();
    let some = |value: Option<Known>| value.unwrap_or(Known::Nothing);
    let last = purchases.last().map(|one| one.local_day.0);
    let first = purchases.first().map(|one| one.local_day.0);
    let mut days: Vec<i32> = purchases.iter().map(|one| one.local_day.0).collect();
    days.dedup();
    let mut gaps: Vec<i32> = days.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable();
    let middle = match gaps.len() {
        0 => None,
        n if n % 2 == 1 => Some(f64::from(gaps[n / 2])),
        n => Some(f64::from(gaps[n / 2 - 1] + gaps[n / 2]) / 2.0),
    };
    let person = told.person.as_ref();
    match key {
        "orders" => Known::Number(purchases.len() as f64),
        "revenue" => Known::Number(paid as f64),
        "average_order" => {
            some((!purchases.is_empty()).then(|| Known::Number(rounded(paid, purchases.len()))))
        }
        "last_purchase_day" => some(last.map(Known::Day)),
        "first_purchase_day" => some(first.map(Known::Day)),
        "days_since" => some(last.map(|last| Known::Number(f64::from(today - last)))),
        "median_gap_days" => some(middle.map(Known::Number)),
        "overdue_ratio" => some(
            middle
                .zip(last)
                .map(|(gap, last)| Known::Number(f64::from(today - last) / gap)),
        ),
        "returns" => Known::Number(-told.returns().map(|one| one.paid_minor).sum::<i64>() as f64),
        "discount" => Known::Number(discount as f64),
        "discount_share" => some(
            (paid + discount != 0)
                .then(|| Known::Number(discount as f64 / (paid + discount) as f64)),
        ),
        "first_store" => some(purchases.first().map(|one| Known::Name(one.store_id.0))),
        "registered" => some(person.map(|one| Known::Day(one.registered_day.0))),
        "birthday" => some(
            person
                .and_then(|one| one.birthday.as_ref())
                .map(months_and_day),
        ),
        "sex" => some(
            person
                .and_then(|one| one.sex)
                .map(|sex| Known::Name(i64::from(sex == Sex::Female))),
        ),
        "life_cycle" => {
            let seen = first
                .into_iter()
                .chain(person.map(|one| one.registered_day.0))
                .min();
            if seen.is_some_and(|seen| seen > today) {
                return Known::Nothing;
            }
            Known::Name(match (first, last) {
                (Some(first), Some(last)) => match today - last {
                    silence if silence <= 30 && first == last => 1,
                    silence if silence <= 90 => 2,
                    silence if silence <= 180 => 3,
                    silence if silence <= 365 => 4,
                    _ => 5,
                },
                _ => 0,
            })
        }
        "rfm_cell" => some(last.map(|last| {
            let r = if today - last <= 30 {
                2
            } else {
                i64::from(today - last <= 90)
            };
            let f = i64::from(purchases.len() > 1) + i64::from(purchases.len() > 3);
            let m = i64::from(paid > 1_000) + i64::from(paid > 5_000);
            Known::Name(r * 9 + f * 3 + m)
        })),
        other => panic!("{other}"),
    }
}

fn rank(field: &str, code: &str) -> i64 {
    match field {
        "life_cycle" => ["prospect", "new", "active", "at_risk", "sleeping", "lost"]
            .iter()
            .position(|own| *own == code)
            .unwrap() as i64,
        "sex" => i64::from(code == "female"),
        "rfm_cell" => code
            .bytes()
            .fold(0, |cell, digit| cell * 3 + i64::from(digit - b'1')),
        "weekday" => [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ]
        .iter()
        .position(|own| *own == code)
        .unwrap() as i64,
        _ => code[1..].parse().unwrap(),
    }
}

fn meets(known: Known, field: &str, op: Op, value: Option<&Value>, today: i32) -> bool {
    if known == Known::Nothing {
        return op == Op::Empty;
    }
    let order = |value: &Value| match (known, value) {
        (Known::Number(own), Value::Number(than)) => own.partial_cmp(&than.real()).unwrap(),
        (Known::Day(own), Value::Text(text)) => {
            let than = match text
                .strip_suffix('d')
                .and_then(|days| days.parse::<i32>().ok())
            {
                Some(days) => today + days,
                None if text == "today" => today,
                None => text.parse::<Day>().unwrap().0,
            };
            own.cmp(&than)
        }
        (Known::Name(own), Value::Text(code)) => own.cmp(&rank(field, code)),
        other => panic!("{other:?}"),
    };
    match (op, value) {
        (Op::Empty, _) => false,
        (Op::Filled, _) => true,
        (Op::In, Some(Value::List(values))) => values.iter().any(|value| order(value).is_eq()),
        (Op::Next, Some(Value::Number(within))) => {
            let Known::Anniversary(month, of_month) = known else {
                panic!()
            };
            (0..=within.as_whole().unwrap() as i32).any(|ahead| {
                let date = Day(today + ahead).date();
                let leap = date.in_leap_year();
                let kept = if (month, of_month, leap) == (2, 29, false) {
                    28
                } else {
                    of_month
                };
                (date.month(), date.day()) == (month, kept)
            })
        }
        (op, Some(value)) => match op {
            Op::Eq => order(value).is_eq(),
            Op::Ne => order(value).is_ne(),
            Op::Lt => order(value).is_lt(),
            Op::Le => order(value).is_le(),
            Op::Gt => order(value).is_gt(),
            _ => order(value).is_ge(),
        },
        other => panic!("{other:?}"),
    }
}

fn in_window(window: &Window, on: i32, today: i32) -> bool {
    let at = |when: When| match when {
        When::Date(day) => day.0,
        When::Relative(days) => today + days,
    };
    window.last.is_none_or(|last| on > today - last as i32)
        && window.from.is_none_or(|from| on >= at(from))
        && window.to.is_none_or(|to| on <= at(to))
}

fn is_of_goods(restriction: &Restriction) -> bool {
    matches!(restriction.field.as_str(), "product" | "category")
}

fn restricted(one: &Purchase, with: &[Restriction], today: i32) -> bool {
    let of_documents = with.iter().filter(|one| !is_of_goods(one));
    of_documents.into_iter().all(|restriction| {
        let known = match restriction.field.as_str() {
            "store" => Known::Name(one.store_id.0),
            "channel" => Known::Name(one.channel_id.0),
            "amount" => Known::Number(one.paid_minor.abs() as f64),
            "discount" => Known::Number(one.discount_minor.abs() as f64),
            "weekday" => Known::Name(i64::from(
                one.local_day.date().weekday().to_monday_zero_offset(),
            )),
            other => panic!("{other}"),
        };
        meets(
            known,
            &restriction.field,
            restriction.op,
            Some(&restriction.value),
            today,
        )
    })
}

fn line_meets(item: &Item, restriction: &Restriction) -> bool {
    let Some(product) = item.product_id else {
        return false;
    };
    let is = |value: &Value| match value {
        Value::Text(code) if restriction.field == "product" => *code == format!("p{}", product.0),
        Value::Text(path) => {
            let own = format!("{};", CATEGORIES[product.0 as usize - 1]);
            own.starts_with(&format!("{path};"))
        }
        other => panic!("{other:?}"),
    };
    match (&restriction.value, restriction.op) {
        (Value::List(values), _) => values.iter().any(is),
        (value, Op::Ne) => !is(value),
        (value, _) => is(value),
    }
}

impl Told {
    /// Of every document only the lines with the goods asked for; documents without any are none.
    fn narrowed(&self, with: &[Restriction]) -> Told {
        if !with.iter().any(is_of_goods) {
            return self.clone();
        }
        let narrow = |one: &Purchase| {
            let mut one = one.clone();
            one.items.retain(|item| {
                with.iter()
                    .filter(|one| is_of_goods(one))
                    .all(|test| line_meets(item, test))
            });
            one.paid_minor = one.items.iter().map(|item| item.paid_minor).sum();
            one.discount_minor = one.items.iter().map(|item| item.discount_minor).sum();
            (!one.items.is_empty()).then_some(one)
        };
        Told {
            id: self.id,
            person: self.person.clone(),
            documents: self.documents.iter().filter_map(narrow).collect(),
        }
    }

    fn document(&self, id: PurchaseId) -> &Purchase {
        self.documents.iter().find(|one| one.id == id).unwrap()
    }
}

/// Purchases that count, each with what of it counts. What is asked of whole documents is asked of
/// the whole ones.
fn counted(told: &Told, with: &[Restriction], today: i32) -> Vec<Purchase> {
    let left: Vec<PurchaseId> = told.purchases().iter().map(|one| one.id).collect();
    let narrowed = told.narrowed(with);
    let purchases = narrowed.purchases().into_iter();
    purchases
        .filter(|one| left.contains(&one.id) && restricted(told.document(one.id), with, today))
        .cloned()
        .collect()
}

fn quantity(one: &Purchase) -> i64 {
    one.items.iter().map(|item| item.quantity_micro).sum()
}

fn event(told: &Told, leaf: &EventLeaf, today: i32) -> Known {
    let of_goods = leaf.with.iter().any(is_of_goods);
    let counts = |one: &&Purchase| {
        in_window(&leaf.window, one.local_day.0, today) && restricted(one, &leaf.with, today)
    };
    let mut purchases = counted(told, &leaf.with, today);
    purchases.retain(|one| in_window(&leaf.window, one.local_day.0, today));
    let narrowed = told.narrowed(&leaf.with);
    let returns: Vec<&Purchase> = narrowed
        .returns()
        .filter(|one| counts(&told.document(one.id)))
        .collect();
    let left: Vec<PurchaseId> = told.purchases().iter().map(|one| one.id).collect();
    // Money belongs to the sale it came for; of goods nothing is left in a sale taken back whole.
    let money = |of_lines: bool, amount: fn(&Purchase) -> i64| {
        let home = |one: &&Purchase| {
            let own = told.document(one.id);
            let home = match told.sale_of(own) {
                Some(sale) if own.kind == PurchaseKind::Return => sale,
                _ => own,
            };
            let gone = home.kind == PurchaseKind::Sale && !left.contains(&home.id);
            counts(&home) && !(of_lines && gone)
        };
        let documents = narrowed.documents.iter().filter(home);
        documents.map(amount).sum::<i64>()
    };
    let paid = money(of_goods, |one| one.paid_minor);
    let some = |value: Option<Known>| value.unwrap_or(Known::Nothing);
    let pieces = |micro: i64| Known::Number(micro as f64 / 1e6);
    match leaf.measure.as_str() {
        "orders" => Known::Number(purchases.len() as f64),
        "revenue" => Known::Number(paid as f64),
        "discount" => Known::Number(money(of_goods, |one| one.discount_minor) as f64),
        "quantity" => pieces(money(true, quantity)),
        "lines" => Known::Number(purchases.iter().map(|one| one.items.len()).sum::<usize>() as f64),
        "returned_quantity" => pieces(-returns.iter().map(|one| quantity(one)).sum::<i64>()),
        "average_order" => {
            some((!purchases.is_empty()).then(|| Known::Number(rounded(paid, purchases.len()))))
        }
        "largest_order" => some(
            purchases
                .iter()
                .map(|one| one.paid_minor)
                .max()
                .map(|most| Known::Number(most as f64)),
        ),
        "purchase_days" => {
            let days: BTreeSet<i32> = purchases.iter().map(|one| one.local_day.0).collect();
            Known::Number(days.len() as f64)
        }
        "days_since" => some(
            purchases
                .last()
                .map(|one| Known::Number(f64::from(today - one.local_day.0))),
        ),
        "first_purchase_day" => some(purchases.first().map(|one| Known::Day(one.local_day.0))),
        "last_purchase_day" => some(purchases.last().map(|one| Known::Day(one.local_day.0))),
        "returns_count" => Known::Number(returns.len() as f64),
        "returns" => Known::Number(-returns.iter().map(|one| one.paid_minor).sum::<i64>() as f64),
        "days_since_return" => some(
            returns
                .last()
                .map(|one| Known::Number(f64::from(today - one.local_day.0))),
        ),
        other => panic!("{other}"),
    }
}

fn slow(told: &Told, node: &Node, today: i32) -> bool {
    let seen = told.on(today);
    match node {
        Node::All(nodes) => nodes.iter().all(|node| slow(told, node, today)),
        Node::Any(nodes) => nodes.iter().any(|node| slow(told, node, today)),
        Node::Not(node) => !slow(told, node, today),
        Node::Held(held) => (0..=held.days as i32).all(|ago| slow(told, &held.what, today - ago)),
        Node::Segment(_) => match told.id {
            2 => true,
            3 => false,
            _ => slow(told, &regulars(), today),
        },
        Node::Fact(leaf) => meets(
            fact(&seen, &leaf.fact, today),
            &leaf.fact,
            leaf.op,
            leaf.value.as_ref(),
            today,
        ),
        Node::Event(leaf) => meets(
            event(&seen, leaf, today),
            "",
            leaf.op,
            leaf.value.as_ref(),
            today,
        ),
        Node::Sequence(leaf) => {
            let order = |one: &Purchase| (one.local_day.0, one.occurred_at.0, one.id.0);
            let thens = counted(&seen, &leaf.then, today);
            counted(&seen, &leaf.first, today).iter().any(|first| {
                let on = first.local_day.0;
                let then = thens.iter().any(|one| {
                    order(one) > order(first) && one.local_day.0 - on <= leaf.within as i32
                });
                in_window(&leaf.window, on, today)
                    && if leaf.bought {
                        then
                    } else {
                        !then && on + (leaf.within as i32) < today
                    }
            })
        }
        other => panic!("{other:?}"),
    }
}

// ---- random shops and random questions ----

pub const TODAY: i32 = 20_400;

fn document(id: i64) -> impl Strategy<Value = (Purchase, bool, usize)> {
    let what = (0i64..5, 0..140i32, 1i64..6_000, 0i64..900, 1i64..3, 1i64..3);
    let item = (
        prop::option::weighted(0.9, 1i64..4),
        prop_oneof![Just(1_000_000i64), Just(3_000_000), Just(350_000)],
        0i64..3_000,
        prop_oneof![2 => Just(0i64), 1 => 1i64..400],
    );
    let item = item.prop_map(
        |(product, quantity_micro, paid_minor, discount_minor)| Item {
            product_id: product.map(ProductId),
            quantity_micro,
            paid_minor,
            discount_minor,
        },
    );
    let items = prop::collection::vec(item, 0..4);
    (what, items, prop::bool::weighted(0.2), any::<usize>()).prop_map(
        move |((who, ago, paid, discount, store, channel), items, back, of)| {
            let mut one = sale(id, who + 1, Day(TODAY - ago), paid);
            one.discount_minor = if discount < 500 { 0 } else { discount };
            if !items.is_empty() {
                one.paid_minor = items.iter().map(|item| item.paid_minor).sum();
                one.discount_minor = items.iter().map(|item| item.discount_minor).sum();
                one.items = items;
            }
            (one.store_id, one.channel_id) = (StoreId(store), ChannelId(channel));
            (one, back, of)
        },
    )
}

/// Documents of five customers; a fifth are returns, most of them of a sale that is there.
pub fn shops() -> impl Strategy<Value = Vec<Told>> {
    let documents =
        (0usize..24).prop_flat_map(|count| (1..=count as i64).map(document).collect::<Vec<_>>());
    let people = prop::collection::vec(
        prop::option::of((
            0..200i32,
            prop::option::of((1i8..13, 1i8..29)),
            prop::option::of(any::<bool>()),
        )),
        5,
    );
    (documents, people).prop_map(|(documents, people)| {
        let mut told: Vec<Told> = people
            .into_iter()
            .zip(1..)
            .map(|(one, id)| Told {
                id,
                person: one.map(|(ago, birthday, male)| Customer {
                    birthday: birthday.map(|(month, day)| Birthday {
                        year: None,
                        month,
                        day,
                    }),
                    sex: male.map(|male| if male { Sex::Male } else { Sex::Female }),
                    ..person(id, "Кто-то", Day(TODAY - ago))
                }),
                documents: Vec::new(),
            })
            .collect();
        for (mut one, back, of) in documents {
            let own = &mut told[one.customer_id.unwrap().0 as usize - 1].documents;
            if back {
                let sales: Vec<Purchase> = own
                    .iter()
                    .filter(|one| one.kind == PurchaseKind::Sale)
                    .cloned()
                    .collect();
                let sale = (of % 4 != 0 && !sales.is_empty()).then(|| &sales[of % sales.len()]);
                one.kind = PurchaseKind::Return;
                if let Some(sale) = &sale {
                    // All of it or a part; with its lines or without.
                    let parts = if of % 3 == 0 { 1 } else { 2 };
                    one.paid_minor = sale.paid_minor / parts;
                    one.discount_minor = sale.discount_minor / parts;
                    one.items.clone_from(&sale.items);
                    if parts == 2 && !one.items.is_empty() {
                        one.items.truncate(1);
                        one.paid_minor = one.items[0].paid_minor;
                        one.discount_minor = one.items[0].discount_minor;
                    }
                    if of % 5 == 0 {
                        one.items.clear();
                    }
                }
                one.paid_minor = -one.paid_minor;
                one.discount_minor = -one.discount_minor;
                for item in &mut one.items {
                    item.quantity_micro = -item.quantity_micro;
                    item.paid_minor = -item.paid_minor;
                    item.discount_minor = -item.discount_minor;
                }
                one.returned_purchase_id = sale.as_ref().map(|sale| sale.id);
                if let Some(sale) = sale {
                    one.local_day = Day(one.local_day.0.max(sale.local_day.0));
                    one.occurred_at =
                        Instant((i64::from(one.local_day.0) * 24 + 13) * 3_600_000_000);
                }
            }
            own.push(one);
        }
        told
    })
}

fn base_of(told: &[Told]) -> Live {
    let live = live();
    let people = told.iter().filter_map(|one| one.person.clone()).collect();
    let documents: Vec<Purchase> = told
        .iter()
        .flat_map(|one| one.documents.iter().cloned())
        .collect();
    let (early, late) = documents.split_at(documents.len() / 2);
    // One product is known late, one lies in another category at first.
    let early_goods = vec![product(1, "Сладости"), product(2, CATEGORIES[1])];
    live.apply(&[
        Event::Products(early_goods),
        Event::Customers(people),
        Event::Purchases(early.to_vec()),
    ]);
    live.apply(&[Event::Purchases(late.to_vec())]);
    let late_goods = vec![product(3, CATEGORIES[2]), product(1, CATEGORIES[0])];
    live.apply(&[Event::Products(late_goods)]);
    live
}

fn compare() -> impl Strategy<Value = Op> {
    prop::sample::select(vec![Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge])
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        (-140i32..20).prop_map(When::Relative),
        (0i32..140).prop_map(|ago| When::Date(Day(TODAY - ago)))
    ]
}

fn window() -> impl Strategy<Value = Window> {
    prop_oneof![
        Just(Window::ALL),
        (1u32..140).prop_map(|last| Window {
            last: Some(last),
            ..Window::ALL
        }),
        (prop::option::of(when()), prop::option::of(when())).prop_map(|(from, to)| Window {
            last: None,
            from,
            to
        }),
    ]
}

fn texts(codes: &'static [&'static str]) -> impl Strategy<Value = (Op, Value)> {
    let text = |code: &str| Value::Text(code.to_owned());
    prop_oneof![
        (
            prop::sample::select(vec![Op::Eq, Op::Ne]),
            prop::sample::select(codes)
        )
            .prop_map(move |(op, code)| (op, text(code))),
        prop::sample::subsequence(codes, 1..codes.len()).prop_map(move |codes| (
            Op::In,
            Value::List(codes.iter().map(|code| text(code)).collect())
        )),
    ]
}

fn restrictions() -> impl Strategy<Value = Vec<Restriction>> {
    let of = |field: &'static str| {
        move |(op, value)| Restriction {
            field: field.to_owned(),
            op,
            value,
        }
    };
    let amount = |most: i64| (compare(), (0..most).prop_map(|n| number(n).unwrap()));
    let one = prop_oneof![
        texts(&["s1", "s2"]).prop_map(of("store")),
        texts(&["c1", "c2"]).prop_map(of("channel")),
        amount(6_000).prop_map(of("amount")),
        amount(900).prop_map(of("discount")),
        texts(&["monday", "tuesday", "saturday", "sunday"]).prop_map(of("weekday")),
        texts(&["p1", "p2", "p3"]).prop_map(of("product")),
        texts(&["Напитки", "Напитки;Кофе", "Сладости"]).prop_map(of("category")),
        texts(&["Напитки", "Напитки;Чай", "Сладости"]).prop_map(of("category")),
    ];
    prop::collection::vec(one, 0..3)
}

fn with_number(most: i64) -> impl Strategy<Value = (Op, Option<Value>)> {
    prop_oneof![
        8 => (compare(), 0..most).prop_map(|(op, n)| (op, number(n))),
        1 => prop::sample::select(vec![Op::Empty, Op::Filled]).prop_map(|op| (op, None)),
        1 => (compare(), 0..most).prop_map(|(op, n)| (op, Some(Value::Number(Decimal(n * 1_000_000 + 500_000))))),
    ]
}

fn money(most: i64) -> impl Strategy<Value = (Op, Option<Value>)> {
    (compare(), 0..most).prop_map(|(op, n)| (op, number(n)))
}

fn with_day() -> impl Strategy<Value = (Op, Option<Value>)> {
    prop_oneof![
        8 => (compare(), when()).prop_map(|(op, when)| (op, Some(Value::Text(when.to_string())))),
        1 => prop::sample::select(vec![Op::Empty, Op::Filled]).prop_map(|op| (op, None)),
    ]
}

fn leaf() -> impl Strategy<Value = Node> {
    let fact = |key: &'static str| {
        move |(op, value)| {
            Node::Fact(FactLeaf {
                fact: key.to_owned(),
                op,
                value,
            })
        }
    };
    let some = |(op, value)| (op, Some(value));
    let facts = prop_oneof![
        with_number(4).prop_map(fact("orders")),
        money(9_000).prop_map(fact("revenue")),
        money(4_000).prop_map(fact("average_order")),
        with_day().prop_map(fact("last_purchase_day")),
        with_day().prop_map(fact("first_purchase_day")),
        with_day().prop_map(fact("registered")),
        with_number(140).prop_map(fact("days_since")),
        with_number(60).prop_map(fact("median_gap_days")),
        with_number(4).prop_map(fact("overdue_ratio")),
        money(4_000).prop_map(fact("returns")),
        money(900).prop_map(fact("discount")),
        with_number(1).prop_map(fact("discount_share")),
        texts(&["s1", "s2"])
            .prop_map(some)
            .prop_map(fact("first_store")),
        texts(&["new", "active", "at_risk", "prospect"])
            .prop_map(some)
            .prop_map(fact("life_cycle")),
        texts(&["333", "222", "311", "123", "113", "211", "111"])
            .prop_map(some)
            .prop_map(fact("rfm_cell")),
        texts(&["male", "female"])
            .prop_map(some)
            .prop_map(fact("sex")),
        (0i64..200)
            .prop_map(|days| (Op::Next, number(days)))
            .prop_map(fact("birthday")),
    ];
    let event = |measure: &'static str| {
        move |((op, value), with, window)| {
            Node::Event(EventLeaf {
                measure: measure.to_owned(),
                with,
                window,
                op,
                value,
            })
        }
    };
    let which = || (restrictions(), window());
    let flat = |(test, (with, window))| (test, with, window);
    let events = prop_oneof![
        (with_number(3), which())
            .prop_map(flat)
            .prop_map(event("orders")),
        (money(9_000), which())
            .prop_map(flat)
            .prop_map(event("revenue")),
        (money(900), which())
            .prop_map(flat)
            .prop_map(event("discount")),
        (money(4_000), which())
            .prop_map(flat)
            .prop_map(event("average_order")),
        (money(6_000), which())
            .prop_map(flat)
            .prop_map(event("largest_order")),
        (with_number(3), which())
            .prop_map(flat)
            .prop_map(event("purchase_days")),
        (with_number(140), which())
            .prop_map(flat)
            .prop_map(event("days_since")),
        (with_day(), which())
            .prop_map(flat)
            .prop_map(event("first_purchase_day")),
        (with_day(), which())
            .prop_map(flat)
            .prop_map(event("last_purchase_day")),
        (with_number(2), which())
            .prop_map(flat)
            .prop_map(event("returns_count")),
        (money(4_000), which())
            .prop_map(flat)
            .prop_map(event("returns")),
        (with_number(140), which())
            .prop_map(flat)
            .prop_map(event("days_since_return")),
        (with_number(6), which())
            .prop_map(flat)
            .prop_map(event("quantity")),
        (with_number(6), which())
            .prop_map(flat)
            .prop_map(event("lines")),
        (with_number(4), which())
            .prop_map(flat)
            .prop_map(event("returned_quantity")),
    ];
    let sequences = (
        restrictions(),
        window(),
        any::<bool>(),
        restrictions(),
        1u32..60,
    )
        .prop_map(|(first, window, bought, then, within)| {
            Node::Sequence(SequenceLeaf {
                first,
                window,
                bought,
                then,
                within,
            })
        });
    prop_oneof![5 => facts, 5 => events, 2 => sequences, 1 => Just(Node::Segment("regulars".to_owned()))]
}

pub fn trees() -> impl Strategy<Value = Node> {
    leaf().prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 1..4).prop_map(Node::All),
            3 => prop::collection::vec(inner.clone(), 1..4).prop_map(Node::Any),
            2 => inner.clone().prop_map(|node| Node::Not(Box::new(node))),
            1 => (1u32..40, inner).prop_map(|(days, what)| Node::Held(Held { days, what: Box::new(what) })),
        ]
    })
}

fn everybody(base: &LiveBase) -> BTreeSet<i64> {
    selected(base, &Node::All(Vec::new()), Day(TODAY))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn select_and_why_say_what_the_slow_evaluator_says(told in shops(), tree in trees(), ago in 0i32..100) {
        let ago = if ago > 60 { 0 } else { ago };
        let today = TODAY - ago;
        let live = base_of(&told);
        let base = live.current();
        let all = everybody(&base);
        let expected: BTreeSet<i64> = all.iter().copied().filter(|&id| slow(&told[id as usize - 1], &tree, today)).collect();
        prop_assert_eq!(&selected(&base, &tree, Day(today)), &expected);
        let not = selected(&base, &Node::Not(Box::new(tree.clone())), Day(today));
        prop_assert_eq!(all.difference(&expected).copied().collect::<BTreeSet<_>>(), not);
        for &id in &all {
            let why = why(&base, &lens(Day(today)), &rule(&tree), CustomerId(id)).unwrap();
            prop_assert_eq!(why.holds, expected.contains(&id));
        }
    }

    #[test]
    fn since_when_and_what_would_change_it_are_true(told in shops(), tree in trees()) {
        let live = base_of(&told);
        let base = live.current();
        for id in everybody(&base) {
            let one = &told[id as usize - 1];
            let why = why(&base, &lens(Day(TODAY)), &rule(&tree), CustomerId(id)).unwrap();
            if let Some(since) = why.since {
                prop_assert!((since.0..=TODAY).all(|day| slow(one, &tree, day) == why.holds), "{:?}", why);
                prop_assert!(slow(one, &tree, since.0 - 1) != why.holds, "{:?}", why);
            }
            prop_assert!(why.changes.len() <= 3);
            for change in &why.changes {
                let after = base_of(&told);
                let mut today = Day(TODAY);
                match *change {
                    Change::Waits(day) => {
                        prop_assert!((TODAY..day.0).all(|day| slow(one, &tree, day) == why.holds), "{:?}", change);
                        today = day;
                    }
                    Change::Buys(count, amount) => {
                        let last = one.on(TODAY).documents.last().cloned();
                        let buy = |n: i64| {
                            let mut buy = sale(900 + n, id, today, amount);
                            buy.occurred_at = Instant((i64::from(TODAY) * 24 + 20) * 3_600_000_000);
                            // Like his last one; a newcomer's is of the first place there is.
                            let places = base.catalogue();
                            if let Some(last) = &last {
                                (buy.store_id, buy.channel_id) = (last.store_id, last.channel_id);
                            } else if let Some((store, channel)) =
                                places.store_id(0).zip(places.channel_id(0))
                            {
                                (buy.store_id, buy.channel_id) = (store, channel);
                            }
                            buy
                        };
                        after.apply(&[Event::Purchases((0..i64::from(count)).map(buy).collect())]);
                    }
                }
                let after = after.current();
                prop_assert_eq!(selected(&after, &tree, today).contains(&id), !why.holds, "{:?}", change);
            }
        }
    }
}

#[test]
fn a_random_share_is_of_that_size_and_always_the_same() {
    let live = live();
    live.apply(&[Event::Customers(
        (1..=20_000)
            .map(|id| person(id, "Кто-то", day("2026-01-01")))
            .collect(),
    )]);
    let base = live.current();
    let sample = |percent: i64, key: &str| {
        let tree = Node::Sample(Sample {
            percent: Decimal::whole(percent).unwrap(),
            key: key.to_owned(),
        });
        selected(&base, &tree, Day(TODAY))
    };
    let (tenth, fifth) = (sample(10, ""), sample(20, ""));
    assert!((1_800..2_200).contains(&tenth.len()), "{}", tenth.len());
    assert!(tenth.is_subset(&fifth));
    assert_eq!(sample(10, ""), tenth);
    let other = sample(10, "b");
    assert!((100..300).contains(&tenth.intersection(&other).count()));
    assert_eq!((sample(0, "").len(), sample(100, "").len()), (0, 20_000));
}

#[test]
fn segments_that_refer_to_one_another_in_a_circle_or_to_nothing_are_refused() {
    struct Circle;
    impl Names for Circle {
        fn row(&self, _: Place, _: &str) -> Option<i64> {
            None
        }
        fn segment(&self, id: &str) -> Option<Whole> {
            let next = match id {
                "a" => "b",
                "b" => "a",
                _ => return None,
            };
            Some(Whole {
                definition: Definition::of(Node::Segment(next.to_owned())),
                cuts: None,
                hand: Arc::default(),
            })
        }
    }
    let of = |id: &str| {
        resolve(&Node::Segment(id.to_owned()), None, &Circle)
            .unwrap_err()
            .0
            .en
            .into_owned()
    };
    assert_eq!(of("a"), "segments refer to one another in a circle");
    assert_eq!(
        of("gone"),
        "the segment the condition refers to was removed"
    );
}

#[test]
fn a_purchase_of_a_store_where_it_is_tomorrow_already_counts_today() {
    let live = live();
    live.apply(&[Event::Purchases(vec![sale(1, 1, Day(TODAY + 1), 100)])]);
    let base = live.current();
    let bought = |lens: &Lens| {
        let forms = [
            regulars(),
            Node::Event(EventLeaf {
                measure: "orders".to_owned(),
                with: Vec::new(),
                window: Window {
                    last: Some(30),
                    ..Window::ALL
                },
                op: Op::Ge,
                value: number(1),
            }),
            Node::Fact(FactLeaf {
                fact: "days_since".to_owned(),
                op: Op::Eq,
                value: number(0),
            }),
        ];
        forms.map(|tree| select(&base, lens, &rule(&tree)).len())
    };
    let today = lens(Day(TODAY));
    assert_eq!(bought(&today), [0, 0, 0]);
    assert_eq!(bought(&Lens::now(Day(TODAY), today.rfm)), [0, 1, 1]);
}
