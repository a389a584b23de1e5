//! What must hold of every demo shop.

use super::*;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

fn today() -> Day {
    Day::from_ymd(2026, 11, 23).unwrap()
}

fn shop(customers: u32, seed: u64) -> DemoShop {
    DemoShop::new(DemoOptions {
        customers,
        seed,
        today: today(),
    })
    .unwrap()
}

/// Everything the shop holds, as text, hashed.
fn digest(shop: &DemoShop) -> String {
    let mut hash = blake3::Hasher::new();
    let mut text = String::new();
    for c in shop.customers() {
        text.clear();
        let DemoCustomer {
            index,
            duplicate_of,
            last_name,
            first_name,
            middle_name,
            ..
        } = &c;
        writeln!(
            text,
            "{index} {duplicate_of:?} {last_name} {first_name} {middle_name}"
        )
        .unwrap();
        let days = [c.birthday, c.child_birthday].map(|b| b.map(|b| (b.year, b.month, b.day)));
        writeln!(text, "{:?} {days:?} {} {:?}", c.sex, c.city, c.phones).unwrap();
        writeln!(text, "{:?} {:?} {} {}", c.email, c.card, c.store, c.channel).unwrap();
        writeln!(text, "{}", c.registered_day).unwrap();
        hash.update(text.as_bytes());
    }
    for purchase in shop.purchases_in_time_order() {
        text.clear();
        writeln!(text, "{purchase:?}").unwrap();
        hash.update(text.as_bytes());
    }
    hash.finalize().to_hex()[..16].to_owned()
}

#[test]
fn the_same_options_give_the_same_shop_for_ever() {
    // A change here changes every screenshot and every number in the docs: say so in CHANGELOG.
    assert_eq!(digest(&shop(3000, 1)), "e1e0addb6f903a3f");
}

#[test]
fn another_seed_is_another_shop() {
    assert_ne!(digest(&shop(100, 1)), digest(&shop(100, 2)));
}

#[test]
fn a_bigger_shop_begins_with_the_smaller_one() {
    let (small, big) = (shop(64, 1), shop(640, 1));
    for index in 0..64 {
        assert!(small.customer(index) == big.customer(index));
        assert_eq!(small.purchases_of(index), big.purchases_of(index));
    }
}

#[test]
fn lines_add_up_to_the_purchase_and_discounts_to_the_shelf_price() {
    for purchase in shop(1000, 7).purchases() {
        let sign = if purchase.kind == PurchaseKind::Sale {
            1
        } else {
            -1
        };
        assert!(!purchase.lines.is_empty());
        let paid: i64 = purchase.lines.iter().map(|line| line.paid_minor).sum();
        let list: i64 = purchase.lines.iter().map(|line| line.list_minor).sum();
        assert_eq!(
            (paid, list - paid),
            (purchase.paid_minor, purchase.discount_minor)
        );
        for line in &purchase.lines {
            let discounts = [
                line.discount_auto_minor,
                line.discount_code_minor,
                line.discount_manual_minor,
                line.discount_rounding_minor,
            ];
            assert_eq!(
                line.list_minor - discounts.iter().sum::<i64>(),
                line.paid_minor
            );
            let rounding = line.discount_rounding_minor.abs() < 500;
            assert!(rounding && discounts[..3].iter().all(|amount| amount * sign >= 0));
            assert!(line.paid_minor * sign > 0 && line.quantity_micro * sign > 0);
            assert!((line.product as usize) < catalogue::products().len());
        }
    }
}

#[test]
fn returns_follow_their_sale_and_never_exceed_it() {
    let all = shop(2000, 3).purchases_in_time_order();
    let sales: HashMap<u64, &DemoPurchase> = all
        .iter()
        .filter(|purchase| purchase.kind == PurchaseKind::Sale)
        .map(|purchase| (purchase.key, purchase))
        .collect();
    let mut left: HashMap<(u64, i64), (i64, i64, i64)> = HashMap::new();
    let (mut returns, mut whole) = (0, 0);
    for back in all
        .iter()
        .filter(|purchase| purchase.kind == PurchaseKind::Return)
    {
        let sale = sales[&back.returned_key.unwrap()];
        assert!(back.occurred_at > sale.occurred_at);
        assert_eq!(back.customer, sale.customer);
        for line in &back.lines {
            let no = line.returned_line_no.unwrap();
            let sold = &sale.lines[no as usize - 1];
            assert_eq!(sold.product, line.product);
            let rest = left.entry((sale.key, no)).or_insert((
                sold.quantity_micro,
                sold.paid_minor,
                sold.list_minor,
            ));
            rest.0 += line.quantity_micro;
            rest.1 += line.paid_minor;
            rest.2 += line.list_minor;
            assert!(rest.0 >= 0 && rest.1 >= 0 && rest.2 >= 0, "{rest:?}");
            assert_eq!(rest.0 == 0, rest.1 == 0 && rest.2 == 0);
        }
        returns += 1;
        whole += u32::from(-back.paid_minor == sale.paid_minor);
    }
    let share = f64::from(returns) / sales.len() as f64;
    assert!((0.015..0.06).contains(&share), "{share}");
    assert!(whole > 0 && whole < returns);
}

#[test]
fn a_phone_belongs_to_one_person_and_is_well_formed() {
    let shop = shop(5000, 1);
    let mut owners: HashMap<String, u32> = HashMap::new();
    let (mut emails, mut cards) = (HashMap::new(), HashSet::new());
    for customer in shop.customers() {
        let person = customer.duplicate_of.unwrap_or(customer.index);
        for phone in customer.phones {
            let digits = phone.strip_prefix("+794").unwrap();
            assert!(digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_digit()));
            assert!(matches!(digits.as_bytes()[0], b'3'..=b'8'));
            assert_eq!(*owners.entry(phone).or_insert(person), person);
        }
        if let Some(email) = customer.email {
            let domain = email.split_once('@').unwrap().1;
            assert!(domain.starts_with("example.") || domain.ends_with(".example"));
            assert!(email.is_ascii());
            assert_eq!(*emails.entry(email).or_insert(person), person);
        }
        if let Some(card) = customer.card {
            assert_eq!(card.len(), 13);
            assert!(cards.insert(card));
        }
    }
}

#[test]
fn ages_are_those_of_buyers_and_of_children() {
    for customer in shop(3000, 1).customers() {
        let age = |year: i16| i32::from(today().date().year()) - i32::from(year);
        if let Some(year) = customer.birthday.and_then(|birthday| birthday.year) {
            assert!((18..=81).contains(&age(year)), "{}", age(year));
        }
        if let Some(year) = customer.child_birthday.and_then(|birthday| birthday.year) {
            assert!((0..=18).contains(&age(year)));
        }
    }
}

#[test]
fn the_base_has_the_shape_of_a_real_one() {
    let shop = shop(3000, 1);
    let options = *shop.options();
    let all = shop.purchases_in_time_order();
    let mut orders = vec![0u32; 3000];
    let mut last = vec![Day::MIN; 3000];
    let (mut anonymous, mut december, mut july, mut with_cost, mut discount, mut list) =
        (0, 0, 0, 0, 0, 0);
    for purchase in &all {
        assert!((options.first_day()..=options.last_day()).contains(&purchase.local_day));
        with_cost += u32::from(purchase.cost_minor.is_some());
        discount += purchase.discount_minor;
        list += purchase.discount_minor + purchase.paid_minor;
        match purchase.customer {
            None => anonymous += 1,
            Some(index) if purchase.kind == PurchaseKind::Sale => {
                orders[index as usize] += 1;
                last[index as usize] = purchase.local_day;
                let customer = shop.customer(index);
                assert!(customer.registered_day <= purchase.local_day);
            }
            Some(_) => {}
        }
        december += u32::from(purchase.local_day.date().month() == 12);
        july += u32::from(purchase.local_day.date().month() == 7);
    }
    let share = |part: u32, whole: usize| f64::from(part) / whole as f64;
    let buyers = orders.iter().filter(|n| **n > 0).count();
    let one_time = orders.iter().filter(|n| **n == 1).count() as u32;
    let lapsed = last
        .iter()
        .filter(|day| day.0 > 0 && day.0 < today().0 - 180)
        .count() as u32;
    let figures = format!(
        "{} documents, {buyers} buyers, one-timers {:.3}, anonymous {:.3}, silent for half a year \
         {:.3}, discounts {:.3}, cost known {:.3}, December to July {:.2}",
        all.len(),
        share(one_time, buyers),
        share(anonymous, all.len()),
        share(lapsed, buyers),
        discount as f64 / list as f64,
        share(with_cost, all.len()),
        f64::from(december) / f64::from(july),
    );
    assert!((27_000..33_000).contains(&all.len()), "{figures}");
    assert!((0.30..0.50).contains(&share(one_time, buyers)), "{figures}");
    assert!(
        (0.13..0.17).contains(&share(anonymous, all.len())),
        "{figures}"
    );
    assert!((0.25..0.65).contains(&share(lapsed, buyers)), "{figures}");
    assert!(
        (0.02..0.12).contains(&(discount as f64 / list as f64)),
        "{figures}"
    );
    assert!(
        (0.9..0.999).contains(&share(with_cost, all.len())),
        "{figures}"
    );
    assert!(december > july * 5 / 4, "{figures}");
    assert!(buyers > 2850, "{figures}");
}

#[test]
fn the_columns_hold_the_same_shop() {
    let shop = shop(200, 5);
    let dir = tempfile::tempdir().unwrap();
    let rows = write_columns(&shop, dir.path()).unwrap() as usize;
    let column = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
    let paid: i64 = column("paid.i32")
        .chunks(4)
        .map(|bytes| i64::from(i32::from_le_bytes(bytes.try_into().unwrap())))
        .sum();
    assert_eq!(
        paid,
        shop.purchases()
            .map(|purchase| purchase.paid_minor)
            .sum::<i64>()
    );
    let kinds = column("kind.u8");
    assert_eq!(
        (rows, column("customer.u32").len()),
        (kinds.len(), kinds.len() * 4)
    );
    let returns = shop
        .purchases()
        .filter(|p| p.kind == PurchaseKind::Return)
        .count();
    assert_eq!(kinds.iter().filter(|kind| **kind == 1).count(), returns);
    assert!(kinds.contains(&2));
    let days = |name: &str| {
        let days = column(name);
        let days = days
            .chunks(2)
            .map(|bytes| u16::from_le_bytes(bytes.try_into().unwrap()));
        days.collect::<Vec<_>>()
    };
    let booked = days("booked_day.u16")
        .into_iter()
        .zip(days("day.u16"))
        .zip(kinds);
    assert!({ booked }.all(|((booked, day), kind)| if kind == 1 {
        booked < day
    } else {
        booked == day
    }));
}
