//! What the columns of a file mean, guessed from their names and from what stands in them.

use super::Kind;
use super::fields::{self, Field};
use std::collections::HashSet;
use vernis_domain::dates::{DateOrder, DateStyle};
use vernis_domain::{amount, dates, email, phone};

/// Guess for each column: the field, or nothing.
///
/// `names` may be shorter than the columns or empty; `rows` are sample rows below the header.
pub fn mapping(names: &[String], rows: &[Vec<String>], kind: Option<Kind>) -> Vec<Option<Field>> {
    let width = rows
        .iter()
        .map(Vec::len)
        .chain([names.len()])
        .max()
        .unwrap_or(0);
    let mut guess: Vec<Option<Field>> = vec![None; width];
    let mut taken: HashSet<Field> = HashSet::new();
    let mut assign = |column: usize, field: Field, guess: &mut Vec<Option<Field>>| {
        let spec = field.spec();
        let fits = kind.is_none_or(|kind| spec.kinds.contains(&kind));
        if guess[column].is_none() && fits && (taken.insert(field) || spec.many) {
            guess[column] = Some(field);
        }
    };
    let folded: Vec<String> = names.iter().map(|name| fields::fold_header(name)).collect();
    for (column, name) in folded.iter().enumerate() {
        if let Some(field) = fields::by_spelling(name)
            && !contradicts(field, rows, column)
        {
            assign(column, field, &mut guess);
        }
    }
    for (column, name) in folded.iter().enumerate() {
        if let Some(field) = by_part(name)
            && !contradicts(field, rows, column)
        {
            assign(column, field, &mut guess);
        }
    }
    for column in 0..width {
        // A named column that we do not know keeps its own meaning, except contacts, which show.
        let named = folded.get(column).is_some_and(|name| !name.is_empty());
        if let Some(field) = by_values(rows, column, named) {
            assign(column, field, &mut guess);
        }
    }
    settle(&mut guess, rows);
    guess
}

/// What kind of rows a mapping makes.
pub fn kind(mapping: &[Option<Field>]) -> Kind {
    let has = |field| mapping.contains(&Some(field));
    let sells = has(Field::Date) || has(Field::Receipt);
    let pays = has(Field::Paid) || has(Field::ListAmount) || has(Field::Price);
    if !(sells && pays) {
        return Kind::Customers;
    }
    let person = [Field::Birthday, Field::Sex, Field::City, Field::Registered];
    if person.into_iter().any(has) {
        Kind::Both
    } else {
        Kind::Purchases
    }
}

/// Text that tell a field inside a longer header («Телефон для связи»), most telling first.
const PARTS: &[(&str, Field)] = &[
    ("рожд", Field::Birthday),
    ("birth", Field::Birthday),
    ("телефон", Field::Phone),
    ("phone", Field::Phone),
    ("email", Field::Email),
    ("e mail", Field::Email),
    ("почт", Field::Email),
    ("фамил", Field::LastName),
    ("отчеств", Field::MiddleName),
    ("регистрац", Field::Registered),
    ("себестоим", Field::Cost),
    ("без скидк", Field::ListAmount),
    ("скидк", Field::Discount),
    ("discount", Field::Discount),
    ("артикул", Field::ProductCode),
    ("количеств", Field::Quantity),
    ("quantity", Field::Quantity),
    ("категор", Field::Category),
    ("category", Field::Category),
    ("магазин", Field::Store),
    ("номер карт", Field::Card),
    ("чек", Field::Receipt),
    ("сумма", Field::Paid),
    ("amount", Field::Paid),
    ("цена", Field::Price),
    ("price", Field::Price),
    ("дата", Field::Date),
    ("date", Field::Date),
];

fn by_part(name: &str) -> Option<Field> {
    // «Сумма бонусов», «Дата последней покупки»: about the customer's account, not a purchase.
    let other = [
        "бонус",
        "балл",
        "bonus",
        "points",
        "последн",
        "first",
        "last",
        "перв",
        "остат",
        "ндс",
        "vat",
        "balance",
    ];
    if other.iter().any(|word| name.contains(word)) {
        return None;
    }
    PARTS
        .iter()
        .find(|(part, _)| name.contains(part))
        .map(|(_, field)| *field)
}

fn samples(rows: &[Vec<String>], column: usize) -> Vec<&str> {
    rows.iter()
        .filter_map(|row| row.get(column).map(|cell| cell.trim()))
        .filter(|cell| !cell.is_empty())
        .collect()
}

fn share(samples: &[&str], test: impl Fn(&str) -> bool) -> f64 {
    if samples.is_empty() {
        return 0.0;
    }
    samples.iter().filter(|sample| test(sample)).count() as f64 / samples.len() as f64
}

fn is_date(text: &str) -> bool {
    [DateOrder::DayFirst, DateOrder::MonthFirst]
        .into_iter()
        .any(|order| {
            dates::parse(
                text,
                DateStyle {
                    order,
                    pivot_year: 2100,
                },
            )
            .is_ok()
        })
}

fn is_amount(text: &str) -> bool {
    amount::parse_quantity_micro(text, amount::DecimalMark::Unknown).is_ok()
}

/// The name says one thing, all the values another.
fn contradicts(field: Field, rows: &[Vec<String>], column: usize) -> bool {
    let samples = samples(rows, column);
    if samples.is_empty() {
        return false;
    }
    match field {
        Field::Date | Field::Birthday | Field::Registered => share(&samples, is_date) < 0.2,
        Field::Paid
        | Field::ListAmount
        | Field::Discount
        | Field::Cost
        | Field::Quantity
        | Field::Price => share(&samples, is_amount) < 0.2,
        // «Адрес» often means an e-mail.
        Field::Address => share(&samples, |text| text.contains('@')) > 0.5,
        // «Клиент» may hold codes: settled later.
        _ => false,
    }
}

/// A meaning that the values alone show.
fn by_values(rows: &[Vec<String>], column: usize, named: bool) -> Option<Field> {
    let samples = samples(rows, column);
    if samples.len() < 2 {
        return None;
    }
    let is_email = |text: &str| text.contains('@') && !email::parse_cell(text).emails.is_empty();
    let is_phone = |text: &str| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        (10..=40).contains(&digits)
            && !phone::parse_cell(text, phone::PhoneRegion::RUSSIA)
                .phones
                .is_empty()
    };
    if share(&samples, is_email) > 0.6 {
        return Some(Field::Email);
    }
    if share(&samples, is_phone) > 0.6 {
        return Some(Field::Phone);
    }
    if named {
        return None;
    }
    let dotted = |text: &str| {
        is_date(text)
            && (text.contains(['.', '-', '/', ':']) || text.len() == 8)
            && !is_amount(text)
            || (text.len() == 8 && is_date(text))
    };
    if share(&samples, dotted) > 0.8 {
        return Some(Field::Date);
    }
    let decimal = |text: &str| is_amount(text) && text.contains(['.', ',']);
    if share(&samples, decimal) > 0.5 && share(&samples, is_amount) > 0.9 {
        return Some(Field::Paid);
    }
    let name = |text: &str| {
        let words = text.split_whitespace().count();
        (2..=4).contains(&words) && text.chars().all(|c| c.is_alphabetic() || " .-".contains(c))
    };
    (share(&samples, name) > 0.7).then_some(Field::FullName)
}

/// Corrections that need the whole mapping.
fn settle(guess: &mut [Option<Field>], rows: &[Vec<String>]) {
    let column_of = |guess: &[Option<Field>], field| guess.iter().position(|g| *g == Some(field));
    // «Клиент», «Customer»: names are names, codes are codes.
    for (from, to) in [
        (Field::CustomerId, Field::FullName),
        (Field::FullName, Field::CustomerId),
    ] {
        if let Some(column) = column_of(guess, from)
            && column_of(guess, to).is_none()
        {
            let samples = samples(rows, column);
            let names = share(&samples, |text| {
                !text.chars().any(|c| c.is_ascii_digit()) && text.contains(' ')
            });
            let codes = share(&samples, |text| {
                text.chars().any(|c| c.is_ascii_digit()) && !text.contains(' ')
            });
            if (to == Field::FullName && names > 0.7) || (to == Field::CustomerId && codes > 0.7) {
                guess[column] = Some(to);
            }
        }
    }
    // A first name alone with spaces in it is a whole name.
    if let Some(column) = column_of(guess, Field::FirstName)
        && column_of(guess, Field::LastName).is_none()
        && column_of(guess, Field::FullName).is_none()
        && share(&samples(rows, column), |text| text.contains(' ')) > 0.5
    {
        guess[column] = Some(Field::FullName);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(text: &str) -> (Vec<&'static str>, Kind) {
        let mut rows: Vec<Vec<String>> = text
            .lines()
            .map(|l| l.split(';').map(str::to_owned).collect())
            .collect();
        let names = rows.remove(0);
        let mapping = mapping(&names, &rows, None);
        let kind = kind(&mapping);
        (
            mapping
                .iter()
                .map(|f| f.map_or("", |f| f.spec().code))
                .collect(),
            kind,
        )
    }

    #[test]
    fn the_cdnow_file_is_understood() {
        assert_eq!(
            guess("customer_id;date;cds;amount\n00004;19970101;2;29.33\n00004;19970118;2;29.73\n"),
            (
                vec!["customer_id", "date", "quantity", "paid"],
                Kind::Purchases
            )
        );
    }

    #[test]
    fn a_russian_report_is_understood() {
        assert_eq!(
            guess(
                "Дата продажи;№ чека;Клиент;Телефон для связи;Сумма, руб.;Сумма бонусов;Магазин\n01.02.2026;17;Иванова Мария;8 916 123-45-67;1 200,50;12;Центр\n02.02.2026;18;Пётр Ильин;8 903 111-22-33;99;1;Центр\n"
            ),
            (
                vec!["date", "receipt", "full_name", "phone", "paid", "", "store"],
                Kind::Purchases
            )
        );
    }

    #[test]
    fn a_list_of_people_is_understood_by_what_stands_in_it() {
        assert_eq!(
            guess(
                "Имя;Связь;Адрес;ДР\nИванова Мария;+7 916 123-45-67;a@b.ru;01.02.1985\nИльин Пётр;+7 903 111-22-33;c@d.ru;03.04.1990\n"
            ),
            (
                vec!["full_name", "phone", "email", "birthday"],
                Kind::Customers
            )
        );
    }

    #[test]
    fn a_name_that_the_values_deny_is_not_believed() {
        assert_eq!(guess("Дата;Сумма\nслон;кит\nёж;ёж\n").0, vec!["", ""]);
    }
}
