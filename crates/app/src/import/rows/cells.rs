//! What one row says: its day, its money, its product, its place, its buyer.

use super::super::fields::Field;
use super::super::person;
use super::{NONE, Reader, Refs, RowPurchase, hash128};
use crate::files::RowRef;
use vernis_domain::amount::{parse_minor, parse_quantity_micro};
use vernis_domain::dates::{self, DateError};
use vernis_domain::text::{clean, fold};
use vernis_domain::{Day, Instant, MoneyError, Product, ProductId, TimePrecision};

impl Reader {
    /// Day, money and product of a row, checked.
    pub(super) fn purchase(&mut self, row: &RowRef) -> Result<RowPurchase, &'static str> {
        let store = self.store(row);
        let (day, occurred_at, precision) = self.moment(row, store)?;
        if day > self.context.today.plus(1) {
            return Err("date_future");
        }
        let money = self.money(row)?;
        let product = self.product(row);
        Ok(RowPurchase {
            day,
            occurred_at,
            precision,
            store,
            product,
            ..money
        })
    }

    fn moment(
        &mut self,
        row: &RowRef,
        store: u32,
    ) -> Result<(Day, Instant, TimePrecision), &'static str> {
        let plan = &self.context.plan;
        let text = plan.cell(row, Field::Date);
        if text.is_empty() {
            return Err("no_date");
        }
        let mut moment = dates::parse(text, plan.dates).map_err(|error| error.code())?;
        let time = plan.cell(row, Field::Time);
        if !time.is_empty() && (moment.second_of_day.is_none() || moment.second_of_day == Some(0)) {
            match dates::parse_time(time) {
                Ok((second, has_seconds)) => {
                    moment.second_of_day = Some(second);
                    moment.has_seconds = has_seconds;
                }
                Err(_) => self.chunk.counts.warn("time_unreadable", 1),
            }
        }
        let zone = self.zones.get(store as usize).unwrap_or(&self.context.zone);
        if moment.second_of_day.is_none() {
            let day = moment.date.to_day().ok_or(DateError::OutOfRange.code())?;
            let noon = self
                .noons
                .entry((store, day.0))
                .or_insert_with(|| zone.noon_of(day));
            return Ok((day, *noon, TimePrecision::Day));
        }
        moment.place(zone).map_err(|error| error.code())
    }

    /// Paid, list, cost, quantity; the sign says sale or return.
    fn money(&mut self, row: &RowRef) -> Result<RowPurchase, &'static str> {
        let plan = &self.context.plan;
        let currency = self.context.currency;
        let read = |field: Field| -> Result<Option<i64>, MoneyError> {
            match plan.cell(row, field) {
                "" => Ok(None),
                text => parse_minor(text, currency, plan.mark(field)).map(Some),
            }
        };
        let needed = |value: Result<Option<i64>, MoneyError>| {
            value.map_err(|error| match error {
                MoneyError::TooLarge => "amount_too_large",
                _ => "amount_not_a_number",
            })
        };
        let paid = needed(read(Field::Paid))?;
        let price = needed(read(Field::Price))?;
        let quantity = match plan.cell(row, Field::Quantity) {
            "" => None,
            text => Some(
                parse_quantity_micro(text, plan.mark(Field::Quantity))
                    .map_err(|_| "quantity_not_a_number")?,
            ),
        };
        let mut notes = Vec::new();
        let mut optional = |field, code: &'static str| {
            read(field).unwrap_or_else(|_| {
                notes.push(code);
                None
            })
        };
        let list = optional(Field::ListAmount, "list_unreadable");
        let discount = optional(Field::Discount, "discount_unreadable").map(i64::abs);
        let cost = optional(Field::Cost, "cost_unreadable");
        let by_price = price.and_then(|price| {
            let total = i128::from(price) * i128::from(quantity.unwrap_or(1_000_000));
            vernis_domain::money::div_round(total, 1_000_000)
                .and_then(|total| i64::try_from(total).ok())
        });
        let paid = match (paid, list.or(by_price)) {
            (Some(paid), _) => paid,
            (None, Some(gross)) => match discount {
                // A discount larger than the goods cannot turn a sale into a return.
                Some(discount) => gross.signum() * (gross.saturating_abs() - discount).max(0),
                None => gross,
            },
            (None, None) => return Err("no_amount"),
        };
        // A tenth of what 64 bits hold: sums of lines stay within them.
        if paid.unsigned_abs() > (i64::MAX / 1_000) as u64 {
            return Err("amount_too_large");
        }
        let is_return = paid < 0
            || quantity.is_some_and(|q| q < 0)
            || is_return_mark(plan.cell(row, Field::Return));
        let size = paid.abs();
        let gross = match (discount, list, by_price) {
            (Some(discount), _, _) => size.saturating_add(discount),
            (None, Some(list), _) => list.saturating_abs(),
            (None, None, Some(by_price)) => by_price.saturating_abs(),
            (None, None, None) => size,
        };
        // A list amount below what was paid is a slip of the file.
        let gross = if gross < size || gross > i64::MAX / 1_000 {
            size
        } else {
            gross
        };
        let sign = if is_return { -1 } else { 1 };
        let cost = cost.map(|cost| sign * cost.saturating_abs());
        notes
            .into_iter()
            .for_each(|code| self.chunk.counts.warn(code, 1));
        Ok(RowPurchase {
            day: Day::MIN,
            occurred_at: Instant(0),
            precision: TimePrecision::Day,
            store: 0,
            product: NONE,
            is_return,
            paid: sign * size,
            list: sign * gross,
            cost,
            quantity_micro: quantity,
        })
    }

    fn store(&mut self, row: &RowRef) -> u32 {
        let text = self.context.plan.cell(row, Field::Store);
        if text.is_empty() {
            return 0;
        }
        if let Some(number) = self.stores.get(text) {
            return *number;
        }
        let folded = fold(text);
        let number = match self.stores.get(&folded) {
            Some(number) => *number,
            None => {
                let number = self.zones.len() as u32;
                self.zones.push(self.context.zone.clone());
                self.chunk.stores.push((number, clean(text, 60)));
                self.stores.insert(folded, number);
                number
            }
        };
        self.stores.insert(text.to_owned(), number);
        number
    }

    pub(super) fn channel(&mut self, row: &RowRef) -> u32 {
        let text = self.context.plan.cell(row, Field::Channel);
        if text.is_empty() {
            return 0;
        }
        let folded = fold(text);
        if let Some(number) = self.channels.get(&folded) {
            return *number;
        }
        let number = self.channel_count;
        self.channel_count += 1;
        self.chunk.channels.push((number, clean(text, 60)));
        self.channels.insert(folded, number);
        number
    }

    fn product(&mut self, row: &RowRef) -> u32 {
        let plan = &self.context.plan;
        let (code, name) = (
            plan.cell(row, Field::ProductCode),
            plan.cell(row, Field::ProductName),
        );
        let key = if code.is_empty() { name } else { code };
        if key.is_empty() {
            return NONE;
        }
        if let Some(number) = self.products.get(key) {
            return *number;
        }
        let number = self.products.len() as u32;
        let code = clean(key, 120);
        let price = parse_minor(
            plan.cell(row, Field::Price),
            self.context.currency,
            plan.mark(Field::Price),
        )
        .ok();
        self.chunk.products.push((
            number,
            Product {
                id: ProductId(0),
                name: if name.is_empty() {
                    code.clone()
                } else {
                    clean(name, 300)
                },
                code,
                category: clean(plan.cell(row, Field::Category), 200),
                price_minor: price.filter(|price| *price >= 0),
                cost_minor: None,
            },
        ));
        self.products.insert(key.to_owned(), number);
        number
    }

    /// Number of the buyer; reads him only the first time his cells are seen.
    pub(super) fn person(&mut self, row: &RowRef) -> u32 {
        let plan = &self.context.plan;
        if plan
            .person
            .iter()
            .all(|column| row.cell(*column).trim().is_empty())
        {
            return NONE;
        }
        let cells = plan.person.iter().map(|column| row.cell(*column).trim());
        let key = hash128(cells);
        if let Some(number) = self.people.get(&key) {
            return *number;
        }
        let read = person::read(
            plan,
            row,
            &self.context.source,
            self.context.region,
            self.context.currency,
            &mut self.chunk.counts,
        );
        let number = match read {
            None => NONE,
            Some(customer) => {
                let number = self.people_count;
                self.people_count += 1;
                let refs = Refs {
                    person: number,
                    store: self.store(row),
                    channel: self.channel(row),
                };
                self.chunk.people.push((number, customer, refs));
                number
            }
        };
        self.people.insert(key, number);
        number
    }
}

fn is_return_mark(text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    let folded = fold(text);
    ["возвр", "return", "refund", "сторно"]
        .iter()
        .any(|word| folded.contains(word))
        || matches!(
            folded.as_str(),
            "да" | "yes" | "true" | "1" | "-1" | "в" | "r"
        )
}
