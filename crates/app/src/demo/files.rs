//! Files as such a shop would have them, to show and to test the import on.
//!
//! Believable mess on purpose: a byte-order mark, decimal commas, `дд.мм.гггг`; and in the older
//! program's exports Windows-1251, a title above the header, totals at the bottom, two phones in a
//! cell, phones as Excel mangles them, phones that are none.

use super::{CHANNELS, DemoCustomer, DemoOptions, DemoPurchase, DemoShop, STORES, external_id};
use crate::demo::number;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use vernis_domain::customer::Birthday;
use vernis_domain::{Day, PurchaseKind, Sex};

/// Names of the files [`write_csv`] makes.
pub const FILES: [&str; 4] = [
    "customers.csv",
    "purchases.csv",
    "clients_1251.csv",
    "receipts_1251.csv",
];

/// Writes the four files into a directory:
/// `customers.csv` (UTF-8), `purchases.csv` (UTF-8, one row per product line, in time order),
/// `clients_1251.csv` (the customers as the shop's older program exports them: Windows-1251, bad
/// phones, duplicates, a title and totals), `receipts_1251.csv` (one row per receipt, totals).
///
/// Keeps the whole shop in memory; meant for the small demo. See [`write_bench_csv`] for a big one.
pub fn write_csv(shop: &DemoShop, dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let purchases = shop.purchases_in_time_order();
    let create = |name: &str| File::create(dir.join(name)).map(BufWriter::new);
    customers(shop, &mut create(FILES[0])?)?;
    purchase_lines(shop, &purchases, &mut create(FILES[1])?)?;
    write_1251(&mut create(FILES[2])?, &clients_text(shop))?;
    write_1251(&mut create(FILES[3])?, &receipts_text(shop, &purchases))
}

fn write_1251(out: &mut impl Write, text: &str) -> io::Result<()> {
    let (bytes, _, unmappable) = encoding_rs::WINDOWS_1251.encode(text);
    if unmappable {
        return Err(io::Error::other("a character has no place in Windows-1251"));
    }
    out.write_all(&bytes)?;
    out.flush()
}

fn customers(shop: &DemoShop, out: &mut impl Write) -> io::Result<()> {
    write!(
        out,
        "\u{feff}Код клиента;Фамилия;Имя;Отчество;Пол;Дата рождения;"
    )?;
    write!(
        out,
        "День рождения ребёнка;Телефон;E-mail;Карта;Город;Магазин;Источник;"
    )?;
    write!(out, "Дата регистрации\r\n")?;
    for c in shop.customers() {
        let sex = match c.sex {
            Some(Sex::Female) => "ж",
            Some(Sex::Male) => "м",
            None => "",
        };
        let cells = [
            c.external_id().into(),
            Cow::from(c.last_name.as_str()),
            c.first_name.as_str().into(),
            c.middle_name.as_str().into(),
            sex.into(),
            birthday(c.birthday).into(),
            birthday(c.child_birthday).into(),
            c.phones.join(", ").into(),
            c.email.as_deref().unwrap_or("").into(),
            c.card.as_deref().unwrap_or("").into(),
            c.city.into(),
            STORES[c.store as usize].code.into(),
            CHANNELS[c.channel as usize].code.into(),
            date(c.registered_day).into(),
        ];
        write!(out, "{}\r\n", cells.join(";"))?;
    }
    out.flush()
}

fn purchase_lines(
    shop: &DemoShop,
    purchases: &[DemoPurchase],
    out: &mut impl Write,
) -> io::Result<()> {
    write!(
        out,
        "\u{feff}Номер чека;Вид;Дата;Время;Магазин;Канал;Код клиента;Артикул;Товар;"
    )?;
    write!(
        out,
        "Категория;Количество;Сумма без скидки;Скидка;Оплачено;Себестоимость;"
    )?;
    write!(out, "Чек продажи\r\n")?;
    for purchase in purchases {
        let returned = purchase.returned_key.map(number).unwrap_or_default();
        for line in &purchase.lines {
            let product = &shop.products()[line.product as usize];
            write!(
                out,
                "{};{};{};{};{};{};{};{};\"{}\";{};{};{};{};{};{};{returned}\r\n",
                purchase.number(),
                kind(purchase.kind),
                date(purchase.local_day),
                time(purchase.local_second),
                STORES[purchase.store as usize].code,
                CHANNELS[purchase.channel as usize].code,
                purchase.customer.map(external_id).unwrap_or_default(),
                product.code,
                product.name.replace('"', "\"\""),
                product.category.replace(';', " / "),
                thousandths(line.quantity_micro / 1000),
                money(line.list_minor),
                money(line.list_minor - line.paid_minor),
                money(line.paid_minor),
                line.cost_minor.map(money).unwrap_or_default(),
            )?;
        }
    }
    out.flush()
}

/// The customers as the older program exports them.
fn clients_text(shop: &DemoShop) -> String {
    let mut text = format!("Список клиентов «{}»;;;;\r\n;;;;\r\n", super::SHOP_NAME);
    text += "ФИО;Телефон;Почта;ДР;Город\r\n";
    for customer in shop.customers() {
        let name = [
            &customer.last_name,
            &customer.first_name,
            &customer.middle_name,
        ];
        let name: Vec<&str> = name.into_iter().map(String::as_str).collect();
        let row = [
            name.join(" ").trim().to_owned(),
            messy_phone(&customer),
            customer.email.clone().unwrap_or_default(),
            birthday(customer.birthday),
            customer.city.to_owned(),
        ];
        text += &row.join(";");
        text += "\r\n";
        // A hurried cashier saved some cards twice.
        if customer.index % 97 == 5 {
            text += &row.join(";").to_uppercase();
            text += "\r\n";
        }
    }
    text += &format!("Итого клиентов: {};;;;\r\n", shop.options().customers);
    text
}

/// A phone as people and programs write it; every fortieth cell holds none.
fn messy_phone(customer: &DemoCustomer) -> String {
    let Some(phone) = customer.phones.first() else {
        return String::new();
    };
    let d = phone.trim_start_matches("+7");
    match customer.index % 40 {
        3 => format!("7,{}E+10", &d[..5]), // what Excel leaves of a long number
        7 => "нет".to_owned(),
        11 => d[..6].to_owned(),
        19 => format!("{d}0"),
        23 => format!("7{d},0"),
        29 => "0000000000".to_owned(),
        31 => format!("8{d} мама"),
        37 => "79999999999999".to_owned(),
        _ if customer.phones.len() > 1 => format!("8{d}, {}", customer.phones[1]),
        n if n % 5 == 0 => format!("8 ({}) {}-{}-{}", &d[..3], &d[3..6], &d[6..8], &d[8..]),
        n if n % 5 == 1 => format!("8{d}"),
        n if n % 5 == 2 => format!("+7 {} {} {}", &d[..3], &d[3..6], &d[6..]),
        n if n % 5 == 3 => d.to_owned(),
        _ => format!("7{d}"),
    }
}

/// One row per receipt, as an accounting report prints it.
fn receipts_text(shop: &DemoShop, purchases: &[DemoPurchase]) -> String {
    let options = shop.options();
    let (from, until) = (date(options.first_day()), date(options.last_day()));
    let mut text = format!("Отчёт по чекам за период с {from} по {until};;;;;;\r\n");
    text += "Чек;Дата и время;Магазин;Клиент;Телефон;Сумма;Скидка\r\n";
    let (mut paid, mut discount) = (0, 0);
    for purchase in purchases {
        let customer = purchase.customer.map(|index| shop.customer(index));
        let (name, phone) = customer.map_or_else(Default::default, |c| {
            let name = format!("{} {}", c.last_name, c.first_name);
            (name.trim().to_owned(), messy_phone(&c))
        });
        text += &format!(
            "{};{} {};\"{}\";{name};{phone};{};{}\r\n",
            purchase.number(),
            date(purchase.local_day),
            &time(purchase.local_second)[..5],
            STORES[purchase.store as usize].name,
            spaced(purchase.paid_minor),
            spaced(purchase.discount_minor),
        );
        paid += purchase.paid_minor;
        discount += purchase.discount_minor;
    }
    text += &format!("Итого;;;;;{};{}\r\n", spaced(paid), spaced(discount));
    text
}

/// The plain file of the import benches: one row per purchase, customer by customer, receipts
/// without a customer last; any size, in the memory of one customer. Answers the number of rows.
///
/// Columns: `receipt,kind,customer,date,time,store,amount,discount,cost`.
pub fn write_bench_csv(options: DemoOptions, out: &mut impl Write) -> io::Result<u64> {
    let shop = DemoShop::new(options).map_err(io::Error::other)?;
    writeln!(
        out,
        "receipt,kind,customer,date,time,store,amount,discount,cost"
    )?;
    let mut dates = Dates::default();
    let mut rows = 0;
    for purchase in shop.purchases() {
        let customer = purchase.customer.map(external_id).unwrap_or_default();
        let (day, time) = (dates.iso(purchase.local_day), time(purchase.local_second));
        let kind = if purchase.kind == PurchaseKind::Sale {
            "sale"
        } else {
            "return"
        };
        let (receipt, store) = (purchase.number(), STORES[purchase.store as usize].code);
        let cost = purchase.cost_minor.map(decimal).unwrap_or_default();
        let (paid, discount) = (
            decimal(purchase.paid_minor),
            decimal(purchase.discount_minor),
        );
        writeln!(
            out,
            "{receipt},{kind},{customer},{day},{time},{store},{paid},{discount},{cost}"
        )?;
        rows += 1;
    }
    out.flush()?;
    Ok(rows)
}

/// Printed dates by day: a big file has ten million rows and a thousand days.
#[derive(Default)]
struct Dates(std::collections::HashMap<Day, String>);

impl Dates {
    fn iso(&mut self, day: Day) -> &str {
        self.0.entry(day).or_insert_with(|| day.to_string())
    }
}

fn kind(kind: PurchaseKind) -> &'static str {
    match kind {
        PurchaseKind::Sale => "Продажа",
        PurchaseKind::Return => "Возврат",
    }
}

fn date(day: Day) -> String {
    let date = day.date();
    format!("{:02}.{:02}.{}", date.day(), date.month(), date.year())
}

fn birthday(birthday: Option<Birthday>) -> String {
    match birthday {
        None => String::new(),
        Some(Birthday {
            year: Some(year),
            month,
            day,
        }) => format!("{day:02}.{month:02}.{year}"),
        Some(Birthday {
            year: None,
            month,
            day,
        }) => format!("{day:02}.{month:02}"),
    }
}

fn time(second: u32) -> String {
    format!(
        "{:02}:{:02}:{:02}",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// `-1234,50`.
fn money(minor: i64) -> String {
    decimal(minor).replace('.', ",")
}

/// `-1234.50`.
fn decimal(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", minor.abs() / 100, minor.abs() % 100)
}

/// `-1 234,50` with a no-break space, as accounting reports print sums.
fn spaced(minor: i64) -> String {
    let (whole, sign) = (
        (minor.abs() / 100).to_string(),
        if minor < 0 { "-" } else { "" },
    );
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push('\u{a0}');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped},{:02}", minor.abs() % 100)
}

/// A quantity in thousandths: `2`, `0,150`.
fn thousandths(quantity: i64) -> String {
    let sign = if quantity < 0 { "-" } else { "" };
    match quantity.abs() % 1000 {
        0 => format!("{sign}{}", quantity.abs() / 1000),
        part => format!("{sign}{},{part:03}", quantity.abs() / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> DemoShop {
        let today = Day::from_ymd(2026, 11, 23).unwrap();
        DemoShop::new(DemoOptions {
            customers: 300,
            seed: 1,
            today,
        })
        .unwrap()
    }

    #[test]
    fn every_row_of_a_file_has_as_many_cells_as_its_header() {
        let (shop, dir) = (shop(), tempfile::tempdir().unwrap());
        write_csv(&shop, dir.path()).unwrap();
        for (name, title_rows, encoding) in [
            (FILES[0], 0, encoding_rs::UTF_8),
            (FILES[1], 0, encoding_rs::UTF_8),
            (FILES[2], 2, encoding_rs::WINDOWS_1251),
            (FILES[3], 1, encoding_rs::WINDOWS_1251),
        ] {
            let bytes = std::fs::read(dir.path().join(name)).unwrap();
            let (text, _, bad) = encoding.decode(&bytes);
            assert!(!bad, "{name}");
            let mut reader = csv::ReaderBuilder::new()
                .delimiter(b';')
                .has_headers(false)
                .flexible(false)
                .from_reader(text.as_bytes());
            let rows = reader.records().collect::<Result<Vec<_>, _>>().expect(name);
            assert!(rows.len() > 300 + title_rows, "{name}");
        }
    }

    #[test]
    fn the_line_file_adds_up_to_the_shop() {
        let (shop, dir) = (shop(), tempfile::tempdir().unwrap());
        write_csv(&shop, dir.path()).unwrap();
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(b';')
            .from_path(dir.path().join(FILES[1]))
            .unwrap();
        let paid = |row: csv::StringRecord| row[13].replace(',', "").parse::<i64>().unwrap();
        let total: i64 = reader.records().map(|row| paid(row.unwrap())).sum();
        assert_eq!(
            total,
            shop.purchases()
                .map(|purchase| purchase.paid_minor)
                .sum::<i64>()
        );
    }

    #[test]
    fn the_bench_file_has_one_row_per_purchase() {
        let shop = shop();
        let mut out = Vec::new();
        let rows = write_bench_csv(*shop.options(), &mut out).unwrap();
        assert_eq!(rows as usize, shop.purchases().count());
        let mut reader = csv::Reader::from_reader(out.as_slice());
        assert_eq!(reader.records().map(Result::unwrap).count() as u64, rows);
    }

    #[test]
    fn amounts_are_printed_as_reports_print_them() {
        assert_eq!(spaced(-123_456_789), "-1\u{a0}234\u{a0}567,89");
        assert_eq!(money(-5), "-0,05");
        assert_eq!(thousandths(150), "0,150");
    }
}
