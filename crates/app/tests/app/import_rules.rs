//! The rules of reading, one by one, on small files.

use crate::support::TestShop;
use vernis_app::import::{End, Kind};
use vernis_domain::{Contact, ContactKind, Customer, Purchase, PurchaseKind};
use vernis_store::StoreError;

fn purchases(shop: &TestShop) -> Vec<Purchase> {
    let mut all = Vec::new();
    shop.store
        .read(|tx| {
            tx.scan_purchases(|some| {
                all.extend(some);
                Ok::<_, StoreError>(())
            })
        })
        .unwrap();
    all
}

fn customers(shop: &TestShop) -> Vec<Customer> {
    let mut all = Vec::new();
    shop.store
        .read(|tx| {
            tx.scan_customers(|some| {
                all.extend(some);
                Ok::<_, StoreError>(())
            })
        })
        .unwrap();
    all
}

fn by_phone(shop: &TestShop, phone: &str) -> Customer {
    let contact = Contact {
        kind: ContactKind::Phone,
        value: phone.into(),
        source: String::new(),
    };
    shop.store
        .read(|tx| -> Result<_, StoreError> {
            let id = tx.find_customer(&contact)?.unwrap();
            Ok(tx.customer(id)?.unwrap())
        })
        .unwrap()
}

#[test]
fn lines_of_a_receipt_become_one_purchase() {
    let shop = TestShop::new();
    let text = "date;receipt;product;qty;price;amount\n\
                01.02.2026;7;Чай;2;100;180\n01.02.2026;7;Сахар;0,5;80;40\n02.02.2026;8;Чай;1;100;100\n01.02.2026;7;Чай;1;100;90\n";
    let fields = [
        "date",
        "receipt",
        "product_name",
        "quantity",
        "price",
        "paid",
    ];
    let counts = shop.import_text(Kind::Purchases, &fields, text).counts;
    assert_eq!(
        (
            counts.purchases_new,
            counts.lines_new,
            counts.products_new,
            counts.rejected
        ),
        (2, 4, 2, 0)
    );
    let first = purchases(&shop)[0].clone();
    assert_eq!((first.paid_minor, first.discount_minor), (31_000, 3_000));
    let counts = shop.import_text(Kind::Purchases, &fields, text).counts;
    assert_eq!(
        (
            counts.purchases_new,
            counts.purchases_known,
            counts.products_new
        ),
        (0, 2, 0)
    );
}

#[test]
fn a_receipt_of_lines_is_never_cut_by_a_chunk() {
    let shop = TestShop::new();
    let mut text = String::from("date;receipt;product;amount\n");
    for receipt in 0..30 {
        for line in 0..7 {
            text += &format!("01.02.2026;{receipt};Товар {line};10\n");
        }
    }
    let file = shop.file("lines.csv", text);
    let mut job = shop.job(&file);
    job.chunk_rows = Some(10);
    let counts = shop.run(&job).counts;
    assert_eq!(
        (counts.purchases_new, counts.lines_new, counts.rejected),
        (30, 210, 0)
    );
}

#[test]
fn lines_of_one_receipt_far_apart_are_told_not_lost() {
    let shop = TestShop::new();
    let mut text = String::from("date;receipt;product;amount\n01.02.2026;1;Чай;10\n");
    for receipt in 2..400 {
        text += &format!("01.02.2026;{receipt};Чай;10\n");
    }
    text += "01.02.2026;1;Сахар;10\n";
    let file = shop.file("far.csv", text);
    let mut job = shop.job(&file);
    job.chunk_rows = Some(10);
    let counts = shop.run(&job).counts;
    assert_eq!(
        (counts.rejected, counts.reasons[0].code.as_str()),
        (1, "receipt_split")
    );
}

#[test]
fn negative_amounts_and_marks_are_returns() {
    let shop = TestShop::new();
    let text = "date;receipt;type;amount;original\n\
                01.02.2026;1;Продажа;100;\n02.02.2026;2;Возврат;40;1\n03.02.2026;3;;-30;\n04.02.2026;4;Возврат;-20;99\n";
    let counts = shop
        .import_text(
            Kind::Purchases,
            &[
                "date",
                "receipt",
                "return_marker",
                "paid",
                "original_receipt",
            ],
            text,
        )
        .counts;
    assert_eq!((counts.purchases_new, counts.amount_minor), (4, 1_000));
    let all = purchases(&shop);
    let returns: Vec<&Purchase> = all
        .iter()
        .filter(|p| p.kind == PurchaseKind::Return)
        .collect();
    assert_eq!(
        returns
            .iter()
            .map(|p| p.paid_minor)
            .collect::<Vec<_>>()
            .len(),
        3
    );
    let named: Vec<_> = all
        .iter()
        .filter(|p| p.returned_purchase_id.is_some())
        .collect();
    assert_eq!((named.len(), named[0].paid_minor), (1, -4_000));
    assert_eq!(
        named[0].returned_purchase_id,
        all.iter().find(|p| p.paid_minor == 10_000).map(|p| p.id)
    );
    assert!(
        counts
            .warnings
            .iter()
            .any(|w| w.code == "original_not_found")
    );
}

#[test]
fn the_same_row_three_times_is_three_purchases_in_every_file() {
    let shop = TestShop::new();
    let row = "01.02.2026;89161234567;50\n";
    let fields = ["date", "phone", "paid"];
    let head = "date;phone;amount\n";
    assert_eq!(
        shop.import_text(Kind::Purchases, &fields, &format!("{head}{row}{row}"))
            .counts
            .purchases_new,
        2
    );
    let more = shop
        .import_text(Kind::Purchases, &fields, &format!("{head}{row}{row}{row}"))
        .counts;
    assert_eq!((more.purchases_new, more.purchases_known), (1, 2));
}

#[test]
fn one_receipt_number_with_two_amounts_is_told() {
    let shop = TestShop::new();
    let text = "date;receipt;amount\n01.02.2026;1;100\n01.02.2026;1;100\n01.02.2026;1;90\n02.02.2026;1;90\n";
    let counts = shop
        .import_text(Kind::Purchases, &["date", "receipt", "paid"], text)
        .counts;
    assert_eq!(
        (
            counts.purchases_new,
            counts.purchases_known,
            counts.rejected
        ),
        (2, 1, 1)
    );
    assert_eq!(counts.reasons[0].code, "receipt_repeated");
}

#[test]
fn birthdays_of_children_come_from_one_cell_or_several_columns_and_add_up() {
    let shop = TestShop::new();
    let fields = ["full_name", "phone", "child_birthday", "child_birthday"];
    let first = "name;phone;k1;k2\nИванова Мария;89161234567;01.02.2015, 03.04;\n";
    shop.import_text(Kind::Customers, &fields, first);
    let second = "name;phone;k1;k2\nИванова Мария;89161234567;01.02.2015;05.06.2019\n\
                  Петров Пётр;89161234568;вчера;\n";
    let counts = shop.import_text(Kind::Customers, &fields, second).counts;
    assert_eq!((counts.customers_new, counts.customers_changed), (1, 1));
    assert_eq!(counts.warnings[0].code, "birthday_unreadable");
    let maria = by_phone(&shop, "+79161234567");
    let birthdays: Vec<String> = maria
        .children
        .iter()
        .map(|child| child.birthday.text())
        .collect();
    assert_eq!(birthdays, ["2015-02-01", "--04-03", "2019-06-05"]);
    let again = shop.import_text(Kind::Customers, &fields, second).counts;
    assert_eq!(again.customers_changed, 0);
}

#[test]
fn people_are_known_by_any_identifier_and_enriched_never_overwritten() {
    let shop = TestShop::new();
    let fields = ["full_name", "phone", "email", "card", "birthday", "city"];
    let first =
        "name;phone;email;card;bd;city\nИванова Мария Петровна;8 916 123-45-67;;;01.02.1985;\n";
    assert_eq!(
        shop.import_text(Kind::Customers, &fields, first)
            .counts
            .customers_new,
        1
    );
    let second = "name;phone;email;card;bd;city\nМаша;+79161234567, 84957654321;m@x.ru;77;03.03.1990;Москва\n";
    let counts = shop.import_text(Kind::Customers, &fields, second).counts;
    assert_eq!((counts.customers_new, counts.customers_changed), (0, 1));
    let maria = by_phone(&shop, "+74957654321");
    assert_eq!(maria.full_name(), "Иванова Мария Петровна");
    assert_eq!(
        (maria.city.as_str(), maria.birthday.unwrap().year),
        ("Москва", Some(1985))
    );
    assert_eq!(maria.contacts.len(), 4);
    assert_eq!(
        shop.import_text(Kind::Customers, &fields, second)
            .counts
            .customers_changed,
        0
    );
}

#[test]
fn conflicting_identifiers_are_counted_and_nobody_is_merged() {
    let shop = TestShop::new();
    let fields = ["card", "phone"];
    shop.import_text(Kind::Customers, &fields, "card;phone\n77;\n;89161234567\n");
    let counts = shop
        .import_text(Kind::Customers, &fields, "card;phone\n77;89161234567\n")
        .counts;
    assert_eq!((counts.customers_new, counts.customers_changed), (0, 0));
    assert_eq!(counts.warnings[0].code, "conflicting_ids");
    assert_eq!(customers(&shop).len(), 2);
}

#[test]
fn a_buyer_known_by_name_only_is_the_same_person_in_the_next_file() {
    let shop = TestShop::new();
    let fields = ["date", "full_name", "paid"];
    shop.import_text(Kind::Purchases, &fields, "date;name;amount\n01.02.2026;Иванова Мария;10\n02.02.2026;ИВАНОВА МАРИЯ;20\n03.02.2026;;5\n");
    shop.import_text(
        Kind::Purchases,
        &fields,
        "date;name;amount\n04.02.2026;иванова  мария;30\n",
    );
    assert_eq!(customers(&shop).len(), 1);
    assert_eq!(
        purchases(&shop)
            .iter()
            .filter(|p| p.customer_id.is_none())
            .count(),
        1
    );
}

#[test]
fn a_file_of_both_takes_rows_without_a_purchase_as_people() {
    let shop = TestShop::new();
    let text = "phone;city;date;amount\n89161234567;Москва;;\n89031112233;Тверь;01.02.2026;10\n;;;\nнет;;01.02.2026;7\n";
    let counts = shop
        .import_text(Kind::Both, &["phone", "city", "date", "paid"], text)
        .counts;
    assert_eq!(
        (counts.customers_new, counts.purchases_new, counts.rejected),
        (2, 2, 0)
    );
    assert_eq!(by_phone(&shop, "+79161234567").city, "Москва");
}

#[test]
fn discounts_and_list_prices_agree() {
    let shop = TestShop::new();
    let text = "date;amount;discount;list;qty;price;cost\n\
        01.02.2026;90;10;;;;50\n02.02.2026;90;;100;;;\n03.02.2026;90;;;2;50;\n04.02.2026;;10;;2;50;\n05.02.2026;90;;80;;;\n06.02.2026;-90;10;;;;50\n";
    let fields = [
        "date",
        "paid",
        "discount",
        "list_amount",
        "quantity",
        "price",
        "cost",
    ];
    assert_eq!(
        shop.import_text(Kind::Purchases, &fields, text)
            .counts
            .rejected,
        0
    );
    let seen: Vec<(i64, i64, Option<i64>)> = purchases(&shop)
        .iter()
        .map(|p| (p.paid_minor, p.discount_minor, p.cost_minor))
        .collect();
    assert_eq!(
        seen,
        [
            (9_000, 1_000, Some(5_000)),
            (9_000, 1_000, None),
            (9_000, 1_000, None),
            (9_000, 1_000, None),
            (9_000, 0, None),
            (-9_000, -1_000, Some(-5_000)),
        ]
    );
}

#[test]
fn month_first_dates_are_seen_by_the_column() {
    let shop = TestShop::new();
    let outcome = shop.import_text(
        Kind::Purchases,
        &["date", "paid"],
        "date;amount\n01/02/2026;1\n01/25/2026;2\n",
    );
    assert_eq!(outcome.counts.first_day.unwrap().to_string(), "2026-01-02");
    let outcome = shop.import_text(
        Kind::Purchases,
        &["date", "paid"],
        "date;amount\n01/02/2026;1\n03/04/2026;2\n",
    );
    assert_eq!(outcome.counts.first_day.unwrap().to_string(), "2026-02-01");
    assert!(
        outcome
            .counts
            .warnings
            .iter()
            .any(|w| w.code == "ambiguous_dates")
    );
}

#[test]
fn rows_from_the_future_and_rows_too_wide_are_told() {
    let shop = TestShop::new();
    let counts = shop
        .import_text(
            Kind::Purchases,
            &["date", "paid"],
            "date;amount\n01.01.2030;1\n01.02.2026;2;лишнее\n01.02.2026;2;\n",
        )
        .counts;
    let codes: Vec<&str> = counts.reasons.iter().map(|r| r.code.as_str()).collect();
    assert_eq!(
        (counts.purchases_new, codes),
        (1, vec!["date_future", "too_many_cells"])
    );
}

#[test]
fn a_mapping_without_date_or_amount_is_refused_in_words() {
    let shop = TestShop::new();
    let file = shop.file("a.csv", "date;amount\n01.02.2026;1\n");
    let mut job = shop.job(&file);
    job.mapping.clear();
    let error = vernis_app::import::run(
        &shop.store,
        &job,
        &mut |_| {},
        &std::sync::atomic::AtomicBool::new(false),
    )
    .unwrap_err();
    let vernis_app::import::RunError::Mapping(errors) = error else {
        panic!("{error}")
    };
    assert_eq!(
        errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(),
        ["date", "paid"]
    );
}

#[test]
fn quotes_line_breaks_and_the_delimiter_inside_cells_are_kept() {
    let shop = TestShop::new();
    let text = "date;amount;name;phone\r\n01.02.2026;10;\"ООО \"\"Ромашка; опт\"\"\r\nотдел 2\";89161234567\r\nвчера;1;x;\r\n";
    let file = shop.file("q.csv", text);
    let mut job = shop.job(&file);
    job.mapping = crate::support::mapping(&["date", "paid", "last_name", "phone"]);
    let outcome = shop.run(&job);
    assert_eq!((outcome.end, outcome.counts.purchases_new), (End::Done, 1));
    assert_eq!(
        by_phone(&shop, "+79161234567").last_name,
        "ООО \"Ромашка; опт\" отдел 2"
    );
    let bad = shop
        .store
        .read(|tx| tx.rejected_rows(job.import, 0, 9))
        .unwrap();
    assert_eq!(bad[0].row_no, 4, "the line after a quoted line break");
}
