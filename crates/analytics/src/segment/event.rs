//! Measures over what a customer did, and the fields of his documents. One entry adds one
//! everywhere: to the text, the sentence, the builder and the reference.

use super::goods::{Lines, Part};
use crate::base::columns::Columns;
use crate::base::history::History;
use crate::base::live::LiveBase;
use crate::base::row::{NOT_A_PURCHASE, RETURN, Row, TAKEN_BACK};
use crate::facts::{FactType, FactValue, Lens};
use crate::metrics::Unit;
use crate::text::{Text, text};
use std::ops::Range;
use vernis_domain::segment::{Op, Window};
use vernis_domain::{Day, Instant, TimePrecision, Zone};

/// What happens to customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Sales that were not taken back whole. Their money is what is left of it: a return whose sale
    /// is known counts on the day of the sale.
    Purchases,
    /// Returns, on their own days.
    Returns,
}

impl Stream {
    /// Stable name.
    pub const fn key(self) -> &'static str {
        match self {
            Stream::Purchases => "purchases",
            Stream::Returns => "returns",
        }
    }
}

/// How events become one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    Count,
    Days,
    Paid,
    Discount,
    Average,
    Largest,
    Quantity,
    Lines,
    Since,
    First,
    Last,
}

/// A registry entry.
#[derive(Debug)]
pub struct Measure {
    /// Stable name; of a fact that is the same over all days, the same.
    pub key: &'static str,
    /// What it is called.
    pub label: Text,
    /// The sentence, with `{}` for the comparison.
    pub says: Text,
    /// What is measured.
    pub stream: Stream,
    /// What kind of value it has.
    pub kind: FactType,
    /// What it is counted in.
    pub unit: Option<Unit>,
    pub(crate) fold: Fold,
}

const fn measure(
    key: &'static str,
    (label, says): (Text, Text),
    stream: Stream,
    (kind, unit): (FactType, Option<Unit>),
    fold: Fold,
) -> Measure {
    Measure {
        key,
        label,
        says,
        stream,
        kind,
        unit,
        fold,
    }
}

const TIMES: (FactType, Option<Unit>) = (FactType::Number, Some(Unit::Count));
const DAYS: (FactType, Option<Unit>) = (FactType::Number, Some(Unit::Days));
const MONEY: (FactType, Option<Unit>) = (FactType::Money, Some(Unit::Money));
const DAY: (FactType, Option<Unit>) = (FactType::Day, None);
const PLAIN: (FactType, Option<Unit>) = (FactType::Number, Some(Unit::Ratio));

/// All measures in the order they are offered.
pub static MEASURES: [Measure; 15] = [
    measure(
        "orders",
        (
            text("Покупок", "Orders"),
            text("которые купили {}", "who bought {}"),
        ),
        Stream::Purchases,
        TIMES,
        Fold::Count,
    ),
    measure(
        "revenue",
        (
            text("Выручка", "Revenue"),
            text("которые потратили {}", "who spent {}"),
        ),
        Stream::Purchases,
        MONEY,
        Fold::Paid,
    ),
    measure(
        "average_order",
        (
            text("Средняя покупка", "Average order"),
            text("у которых средняя покупка {}", "whose average order is {}"),
        ),
        Stream::Purchases,
        MONEY,
        Fold::Average,
    ),
    measure(
        "largest_order",
        (
            text("Крупнейшая покупка", "Largest order"),
            text(
                "у которых крупнейшая покупка {}",
                "whose largest order is {}",
            ),
        ),
        Stream::Purchases,
        MONEY,
        Fold::Largest,
    ),
    measure(
        "purchase_days",
        (
            text("Дней с покупками", "Days with purchases"),
            text(
                "которые покупали в разные дни: {}",
                "who bought on different days: {}",
            ),
        ),
        Stream::Purchases,
        DAYS,
        Fold::Days,
    ),
    measure(
        "days_since",
        (
            text("Дней без покупок", "Days since last purchase"),
            text("которые не покупают {}", "who have not bought for {}"),
        ),
        Stream::Purchases,
        DAYS,
        Fold::Since,
    ),
    measure(
        "last_purchase_day",
        (
            text("Последняя покупка", "Last purchase"),
            text(
                "которые последний раз купили {}",
                "whose last purchase was {}",
            ),
        ),
        Stream::Purchases,
        DAY,
        Fold::Last,
    ),
    measure(
        "first_purchase_day",
        (
            text("Первая покупка", "First purchase"),
            text("которые впервые купили {}", "whose first purchase was {}"),
        ),
        Stream::Purchases,
        DAY,
        Fold::First,
    ),
    measure(
        "discount",
        (
            text("Скидки", "Discounts"),
            text(
                "которые получили скидок на сумму {}",
                "who got discounts of {}",
            ),
        ),
        Stream::Purchases,
        MONEY,
        Fold::Discount,
    ),
    measure(
        "quantity",
        (
            text("Количество товара", "Quantity"),
            text("которые купили {}", "who bought {}"),
        ),
        Stream::Purchases,
        PLAIN,
        Fold::Quantity,
    ),
    measure(
        "lines",
        (
            text("Позиций в чеках", "Lines of receipts"),
            text("у которых в чеках {}", "whose receipts have {}"),
        ),
        Stream::Purchases,
        PLAIN,
        Fold::Lines,
    ),
    measure(
        "returns_count",
        (
            text("Число возвратов", "Number of returns"),
            text("которые возвращали товар {}", "who returned goods {}"),
        ),
        Stream::Returns,
        TIMES,
        Fold::Count,
    ),
    measure(
        "returns",
        (
            text("Возвраты", "Returns"),
            text(
                "которые вернули товаров на сумму {}",
                "who returned goods for {}",
            ),
        ),
        Stream::Returns,
        MONEY,
        Fold::Paid,
    ),
    measure(
        "returned_quantity",
        (
            text("Возвращено товара", "Quantity returned"),
            text("которые вернули {}", "who returned {}"),
        ),
        Stream::Returns,
        PLAIN,
        Fold::Quantity,
    ),
    measure(
        "days_since_return",
        (
            text("Дней после возврата", "Days since last return"),
            text(
                "которые не возвращают товар {}",
                "who have not returned goods for {}",
            ),
        ),
        Stream::Returns,
        DAYS,
        Fold::Since,
    ),
];

/// A field of documents.
#[derive(Debug)]
pub struct Field {
    /// Stable name.
    pub key: &'static str,
    /// What it is called.
    pub label: Text,
    /// What is said of a document, with `{}` for the comparison.
    pub says: Text,
    pub(crate) of: Of,
}

/// What a field is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Store,
    Channel,
    Amount,
    Discount,
    Weekday,
    Hour,
    Category,
    Product,
}

/// Fields of purchases and returns. A restriction of goods leaves of a document the lines with these
/// goods: what is counted, summed and taken back then is that part.
pub static FIELDS: [Field; 8] = [
    Field {
        key: "category",
        label: text("Категория", "Category"),
        says: text("из категории {}", "from the category {}"),
        of: Of::Category,
    },
    Field {
        key: "product",
        label: text("Товар", "Product"),
        says: text("товар {}", "the product {}"),
        of: Of::Product,
    },
    Field {
        key: "store",
        label: text("Магазин", "Store"),
        says: text("в магазине {}", "at {}"),
        of: Of::Store,
    },
    Field {
        key: "channel",
        label: text("Канал", "Channel"),
        says: text("через канал {}", "by {}"),
        of: Of::Channel,
    },
    Field {
        key: "amount",
        label: text("Сумма чека", "Amount"),
        says: text("чеком {}", "with a receipt of {}"),
        of: Of::Amount,
    },
    Field {
        key: "discount",
        label: text("Скидка в чеке", "Discount on it"),
        says: text("со скидкой {}", "with a discount of {}"),
        of: Of::Discount,
    },
    Field {
        key: "weekday",
        label: text("День недели", "Weekday"),
        says: text("в день недели: {}", "on {}"),
        of: Of::Weekday,
    },
    Field {
        key: "hour",
        label: text("Час", "Hour"),
        says: text("в часы: {}", "at the hour: {}"),
        of: Of::Hour,
    },
];

/// Days of the week, Monday first.
pub const WEEKDAYS: [(&str, Text); 7] = [
    ("monday", text("понедельник", "Monday")),
    ("tuesday", text("вторник", "Tuesday")),
    ("wednesday", text("среда", "Wednesday")),
    ("thursday", text("четверг", "Thursday")),
    ("friday", text("пятница", "Friday")),
    ("saturday", text("суббота", "Saturday")),
    ("sunday", text("воскресенье", "Sunday")),
];

/// A restriction of documents.
#[derive(Clone, Debug)]
pub(crate) struct RowTest {
    pub of: Of,
    /// For places: their row ids; compared by code once the base is known.
    pub test: super::Test,
}

impl RowTest {
    fn accepts(&self, base: &LiveBase, columns: &Columns, row: usize) -> bool {
        let catalogue = base.catalogue();
        let value = match self.of {
            Of::Store => match catalogue.store_id(columns.store[row]) {
                Some(id) => FactValue::Store(id),
                None => FactValue::Empty,
            },
            Of::Channel => match catalogue.channel_id(columns.channel[row]) {
                Some(id) => FactValue::Channel(id),
                None => FactValue::Empty,
            },
            Of::Amount => FactValue::Money(columns.paid.get(row).abs()),
            Of::Discount => FactValue::Money(columns.discount.get(row).abs()),
            Of::Weekday => FactValue::Number((i64::from(columns.day[row]) + 3) % 7),
            Of::Hour => hour(base, columns, row).map_or(FactValue::Empty, FactValue::Number),
            // Asked of lines.
            Of::Category | Of::Product => FactValue::Empty,
        };
        self.test.accepts(value, Day(0))
    }
}

/// The hour in the store's zone; `None` when only the day is known.
fn hour(base: &LiveBase, columns: &Columns, row: usize) -> Option<i64> {
    if Row::precision(columns.flags[row]) == TimePrecision::Day {
        return None;
    }
    let store = base.catalogue().store_id(columns.store[row])?;
    let zone = Zone::new(&base.catalogue().store(store)?.time_zone)?;
    let at = Row::occurred_micros(columns.day[row], columns.moment[row]);
    Some(i64::from(zone.hour_of(Instant(at))))
}

/// Documents that count: restrictions and days; and what of each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Which {
    pub with: Vec<RowTest>,
    pub lines: Lines,
    pub window: Window,
}

impl Which {
    /// Days that count, seen from a lens.
    pub fn days(&self, lens: &Lens) -> Range<i32> {
        let as_of = lens.as_of;
        let from = match (self.window.last, self.window.from) {
            (Some(last), _) => as_of.0 + 1 - last as i32,
            (None, Some(when)) => when.day(as_of).0,
            (None, None) => i32::MIN,
        };
        let to = self.window.to.map(|when| when.day(as_of));
        from..to.map_or(lens.seen_to, |to| to.min(lens.seen_to)).0 + 1
    }

    /// The same with its goods looked up.
    pub fn looked(&self, base: &LiveBase) -> Which {
        Which {
            lines: self.lines.looked(base.products()),
            ..self.clone()
        }
    }

    fn accepts(&self, base: &LiveBase, columns: &Columns, row: usize) -> bool {
        self.with
            .iter()
            .all(|test| test.accepts(base, columns, row))
    }
}

/// A measure over the documents that count.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub measure: &'static Measure,
    pub which: Which,
}

/// One customer's documents.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub base: &'a LiveBase,
    pub history: &'a History,
    pub at: usize,
}

impl Rows<'_> {
    /// Whether a document or a part of it counts as a purchase or a return.
    fn counts(&self, stream: Stream, which: &Which, row: usize) -> bool {
        let columns = &*self.history.columns;
        let of_stream = match stream {
            Stream::Purchases => columns.flags[row] & NOT_A_PURCHASE == 0,
            Stream::Returns => columns.flags[row] & RETURN != 0,
        };
        of_stream
            && which.lines.touch(columns, row)
            && which.accepts(self.base, columns, row)
            && !(stream == Stream::Purchases && self.is_taken_back(&which.lines, row))
    }

    /// Whether returns took back all that was paid for the lines of a sale that count.
    fn is_taken_back(&self, lines: &Lines, sale: usize) -> bool {
        let columns = &*self.history.columns;
        if columns.links.is_empty() || lines.are_all() {
            return false;
        }
        let id = columns.id.get(sale);
        let back = columns.links_in(self.history.range(self.at)).iter();
        let mut back = back
            .filter(|link| link.original == id)
            .map(|link| link.row as usize)
            .filter(|&row| lines.touch(columns, row))
            .peekable();
        back.peek().is_some()
            && lines.part(columns, sale, Part::Paid)
                + back
                    .map(|row| lines.part(columns, row, Part::Paid))
                    .sum::<i64>()
                <= 0
    }
}

impl Measured {
    /// The value on a day.
    pub fn value(&self, rows: Rows<'_>, lens: &Lens) -> FactValue<'static> {
        let Rows { base, history, at } = rows;
        let columns = &*history.columns;
        let days = self.which.days(lens);
        let range = history.range(at);
        let on_days = |row: usize| days.contains(&i32::from(columns.day[row]));
        let inside = |row: usize| on_days(row) && self.which.accepts(base, columns, row);
        let stream = self.measure.stream;
        let counts = |row: &usize| on_days(*row) && rows.counts(stream, &self.which, *row);
        let part = |row: usize, part: Part| self.which.lines.part(columns, row, part);
        let day = |row: usize| Day(i32::from(columns.day[row]));
        let sum = |of: Part| match stream {
            Stream::Returns => -range
                .clone()
                .filter(counts)
                .map(|row| part(row, of))
                .sum::<i64>(),
            Stream::Purchases => self.sum(rows, &inside, of),
        };
        match self.measure.fold {
            Fold::Count => FactValue::Number(range.filter(counts).count() as i64),
            Fold::Days => {
                let mut days: Vec<u16> = range.filter(counts).map(|row| columns.day[row]).collect();
                days.dedup();
                FactValue::Number(days.len() as i64)
            }
            Fold::Paid => FactValue::Money(sum(Part::Paid)),
            Fold::Discount => FactValue::Money(sum(Part::Discount)),
            Fold::Quantity => match sum(Part::Quantity) {
                whole if whole % 1_000_000 == 0 => FactValue::Number(whole / 1_000_000),
                micro => FactValue::Real(micro as f64 / 1e6),
            },
            Fold::Lines => {
                FactValue::Number(range.filter(counts).map(|row| part(row, Part::Lines)).sum())
            }
            Fold::Average => {
                let orders = range.clone().filter(counts).count();
                vernis_domain::money::div_round(i128::from(sum(Part::Paid)), orders as i128)
                    .map_or(FactValue::Empty, |mean| FactValue::Money(mean as i64))
            }
            Fold::Largest => range
                .filter(counts)
                .map(|row| part(row, Part::Paid))
                .max()
                .map_or(FactValue::Empty, FactValue::Money),
            Fold::Since => match range.rev().find(counts) {
                Some(row) => FactValue::Number(i64::from((lens.as_of.0 - day(row).0).max(0))),
                None => FactValue::Empty,
            },
            Fold::First => range
                .clone()
                .find(counts)
                .map_or(FactValue::Empty, |row| FactValue::Day(day(row))),
            Fold::Last => range
                .rev()
                .find(counts)
                .map_or(FactValue::Empty, |row| FactValue::Day(day(row))),
        }
    }

    /// An amount of all documents, each return where its sale is when that is known. Of goods nothing
    /// is left in a sale that was taken back whole, also by a return that names no lines.
    fn sum(&self, rows: Rows<'_>, inside: &impl Fn(usize) -> bool, of: Part) -> i64 {
        let Rows { history, at, .. } = rows;
        let columns = &*history.columns;
        let range = history.range(at);
        let of_lines = self.which.lines.are_needed(of);
        let mut sum = 0;
        for row in range.clone() {
            let home = if columns.flags[row] & RETURN == 0 || columns.links.is_empty() {
                row
            } else {
                let link = columns.links_in(row..row + 1).first();
                let sale = link.and_then(|link| {
                    range
                        .clone()
                        .find(|&own| columns.id.get(own) == link.original)
                });
                sale.unwrap_or(row)
            };
            let gone = of_lines && columns.flags[home] & TAKEN_BACK != 0;
            if !gone && inside(home) {
                sum += self.which.lines.part(columns, row, of);
            }
        }
        sum
    }
}

/// One purchase, and another one after it or none.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    pub first: Which,
    pub bought: bool,
    pub then: Which,
    pub within: i32,
}

impl Sequence {
    pub fn holds(&self, rows: Rows<'_>, lens: &Lens) -> bool {
        let Rows { history, at, .. } = rows;
        let columns = &*history.columns;
        let range = history.range(at);
        let days = self.first.days(lens);
        let day = |row: usize| i32::from(columns.day[row]);
        let purchase = |which: &Which, row: usize| {
            day(row) <= lens.seen_to.0 && rows.counts(Stream::Purchases, which, row)
        };
        let mut firsts = range
            .clone()
            .filter(|&row| days.contains(&day(row)) && purchase(&self.first, row));
        firsts.any(|first| {
            let until = day(first) + self.within;
            let followed = (first + 1..range.end)
                .take_while(|&row| day(row) <= until)
                .any(|row| purchase(&self.then, row));
            // Nobody has failed to come before his days are over.
            followed == self.bought && (self.bought || until < lens.as_of.0)
        })
    }
}

/// Whether the operation is one a place takes.
pub(crate) fn of_names(op: Op) -> bool {
    matches!(op, Op::Eq | Op::Ne | Op::In)
}
