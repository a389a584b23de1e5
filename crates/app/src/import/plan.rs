//! A mapping made ready for reading: which column is what, and how its values are written.

use super::fields::{self, Field, Group};
use super::{Kind, Mapping};
use crate::files::{RowBatch, RowRef};
use vernis_domain::amount::{self, DecimalMark};
use vernis_domain::dates::{self, DateOrder, DateStyle};
use vernis_domain::{ContactKind, CustomField, Text};

/// Why a mapping cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingError {
    /// Stable code.
    pub code: &'static str,
    /// The field (or column) to blame.
    pub field: String,
    /// What is missing.
    pub words: Text,
}

/// Columns by field, and the writing of dates and amounts.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the rows are.
    pub kind: Kind,
    /// Rows are product lines, joined to receipts by number.
    pub by_lines: bool,
    columns: [Option<u16>; fields::COUNT],
    pub(super) phones: Vec<usize>,
    pub(super) emails: Vec<usize>,
    pub(super) cards: Vec<usize>,
    /// In the order in which their kinds decide who somebody is.
    pub(super) messengers: Vec<(usize, ContactKind)>,
    pub(super) children: Vec<usize>,
    pub(super) tags: Vec<usize>,
    pub(super) likes: Vec<usize>,
    /// Columns of the shop's own fields.
    pub(super) own: Vec<(usize, CustomField)>,
    /// All columns about the buyer, in order.
    pub(super) person: Vec<usize>,
    /// Those of them that say who he is.
    pub(super) identity: Vec<usize>,
    /// Columns of the file, when it names them.
    pub(super) width: Option<usize>,
    names: Vec<String>,
    /// Writing of purchase dates.
    pub(super) dates: DateStyle,
    /// Writing of birthdays and registration days.
    pub(super) person_dates: DateStyle,
    marks: [DecimalMark; fields::COUNT],
    /// Days and months could not be told apart.
    pub(super) ambiguous_dates: bool,
}

impl Plan {
    /// A plan from a mapping. `names` are the column names of the file (empty without a header
    /// row), `this_year` places two-digit years.
    ///
    /// # Errors
    /// Everything that is wrong with the mapping.
    pub fn new(
        kind: Kind,
        mapping: &Mapping,
        names: &[String],
        this_year: i16,
        own: &[CustomField],
    ) -> Result<Plan, Vec<MappingError>> {
        let mut errors = Vec::new();
        let style = DateStyle {
            order: DateOrder::DayFirst,
            pivot_year: this_year + 1,
        };
        let mut plan = Plan {
            kind,
            by_lines: false,
            columns: [None; fields::COUNT],
            phones: Vec::new(),
            emails: Vec::new(),
            cards: Vec::new(),
            messengers: Vec::new(),
            children: Vec::new(),
            tags: Vec::new(),
            likes: Vec::new(),
            own: Vec::new(),
            person: Vec::new(),
            identity: Vec::new(),
            width: (!names.is_empty()).then_some(names.len()),
            names: names.iter().map(|name| fields::fold_header(name)).collect(),
            dates: style,
            person_dates: DateStyle {
                pivot_year: this_year,
                ..style
            },
            marks: [DecimalMark::Unknown; fields::COUNT],
            ambiguous_dates: false,
        };
        let mut columns: Vec<(usize, Field)> = Vec::new();
        for (column, code) in mapping {
            if let (Ok(column), Some(field)) = (column.parse::<u16>(), fields::own(code, own)) {
                if kind != Kind::Purchases {
                    plan.own.push((usize::from(column), field.clone()));
                    plan.person.push(usize::from(column));
                }
                continue;
            }
            match (column.parse::<u16>(), Field::from_code(code)) {
                (Ok(column), Some(field)) => columns.push((usize::from(column), field)),
                _ => errors.push(MappingError {
                    code: "unknown_field",
                    field: code.clone(),
                    words: Text::owned(
                        format!("Поля «{code}» нет (столбец {column})."),
                        format!("There is no field “{code}” (column {column})."),
                    ),
                }),
            }
        }
        columns.sort_unstable_by_key(|(column, _)| *column);
        for (column, field) in columns {
            plan.assign(column, field, &mut errors);
        }
        plan.person.sort_unstable();
        plan.identity.sort_unstable();
        plan.check(&mut errors);
        plan.by_lines = plan.has(Field::Receipt)
            && (plan.has(Field::ProductCode) || plan.has(Field::ProductName));
        if errors.is_empty() {
            Ok(plan)
        } else {
            Err(errors)
        }
    }

    fn assign(&mut self, column: usize, field: Field, errors: &mut Vec<MappingError>) {
        let spec = field.spec();
        if !spec.kinds.contains(&self.kind) {
            return;
        }
        let slot = &mut self.columns[field as usize];
        if slot.is_some() && !spec.many {
            errors.push(MappingError {
                code: "field_twice",
                field: spec.code.to_owned(),
                words: Text::owned(
                    format!("Поле «{}» назначено двум столбцам.", spec.ru),
                    format!("The field “{}” is given to two columns.", spec.en),
                ),
            });
            return;
        }
        slot.get_or_insert(column as u16);
        match field {
            Field::Phone => self.phones.push(column),
            Field::Email => self.emails.push(column),
            Field::Card => self.cards.push(column),
            Field::Whatsapp | Field::Viber | Field::Telegram | Field::Max | Field::Vk => {
                if let Some(kind) = ContactKind::from_code(spec.code) {
                    self.messengers.push((column, kind));
                    self.messengers
                        .sort_by_key(|(column, kind)| (kind.priority(), *column));
                }
            }
            Field::Child => self.children.push(column),
            Field::Tags => self.tags.push(column),
            Field::Likes => self.likes.push(column),
            _ => {}
        }
        if spec.group == Group::Customer {
            self.person.push(column);
        }
        if matches!(
            field,
            Field::CustomerId
                | Field::Phone
                | Field::Email
                | Field::Card
                | Field::Whatsapp
                | Field::Viber
                | Field::Telegram
                | Field::Max
                | Field::Vk
        ) {
            self.identity.push(column);
        }
    }

    fn check(&mut self, errors: &mut Vec<MappingError>) {
        let mut missing = |field: Field, ru: &str, en: &str| {
            errors.push(MappingError {
                code: "field_missing",
                field: field.spec().code.to_owned(),
                words: Text::owned(ru, en),
            });
        };
        if self.kind != Kind::Customers {
            if !self.has(Field::Date) {
                missing(
                    Field::Date,
                    "Укажите столбец с датой покупки.",
                    "Choose the column with the date of the purchase.",
                );
            }
            let pays =
                self.has(Field::Paid) || self.has(Field::ListAmount) || self.has(Field::Price);
            if !pays {
                missing(
                    Field::Paid,
                    "Укажите столбец с суммой.",
                    "Choose the column with the amount.",
                );
            }
        }
        let named =
            self.has(Field::FullName) || self.has(Field::LastName) || self.has(Field::FirstName);
        if self.kind == Kind::Customers && self.identity.is_empty() && !named {
            missing(
                Field::Phone,
                "Укажите столбец, по которому узнают покупателя: телефон, почту, карту, код или имя.",
                "Choose a column that tells who the customer is: phone, e-mail, card, id or name.",
            );
        }
        // Without any identifier a name is all there is.
        if self.identity.is_empty() {
            let names = [
                Field::FullName,
                Field::LastName,
                Field::FirstName,
                Field::MiddleName,
                Field::Birthday,
            ];
            self.identity = names
                .into_iter()
                .filter_map(|field| self.column(field))
                .collect();
        }
    }

    /// Learns how dates and amounts are written from sample rows.
    pub fn learn(&mut self, batches: &[RowBatch]) {
        let values = |column: usize| {
            batches
                .iter()
                .flat_map(RowBatch::rows)
                .map(move |row| row.cell(column))
        };
        if let Some(column) = self.column(Field::Date) {
            let slashes = values(column).any(|text| text.contains('/') && !text.starts_with("20"));
            let order = dates::decide_order(values(column));
            self.ambiguous_dates = slashes && order.is_none();
            self.dates.order = order.unwrap_or(DateOrder::DayFirst);
            self.person_dates.order = self.dates.order;
        }
        for field in [Field::Birthday, Field::Registered] {
            if let Some(order) = self
                .column(field)
                .and_then(|column| dates::decide_order(values(column)))
            {
                self.person_dates.order = order;
            }
        }
        for field in [
            Field::Paid,
            Field::ListAmount,
            Field::Discount,
            Field::Cost,
            Field::Quantity,
            Field::Price,
        ] {
            if let Some(column) = self.column(field) {
                self.marks[field as usize] = amount::decimal_mark(values(column));
            }
        }
    }

    /// The column of a field.
    pub fn column(&self, field: Field) -> Option<usize> {
        self.columns[field as usize].map(usize::from)
    }

    /// Whether a field has a column.
    pub fn has(&self, field: Field) -> bool {
        self.columns[field as usize].is_some()
    }

    /// The trimmed cell of a field; empty without a column.
    pub(super) fn cell<'a>(&self, row: &RowRef<'a>, field: Field) -> &'a str {
        match self.columns[field as usize] {
            Some(column) => row.cell(usize::from(column)).trim(),
            None => "",
        }
    }

    pub(super) fn mark(&self, field: Field) -> DecimalMark {
        self.marks[field as usize]
    }

    /// Totals, subtotals and repeated headers: rows that are not data.
    pub(super) fn is_service_row(&self, row: &RowRef) -> bool {
        let Some(first) = row.cells().map(str::trim).find(|cell| !cell.is_empty()) else {
            return true;
        };
        // Nearly every row of data starts with a digit.
        if first.as_bytes()[0].is_ascii_digit() {
            return false;
        }
        let head: String = first
            .chars()
            .take(24)
            .flat_map(char::to_lowercase)
            .collect();
        let total = [
            "итог",
            "всего",
            "total",
            "grand total",
            "subtotal",
            "сумма итого",
            "общий итог",
            "промежуточный итог",
        ]
        .iter()
        .any(|word| {
            head.strip_prefix(word).is_some_and(|rest| {
                let rest = rest.strip_prefix('о').unwrap_or(rest);
                rest.is_empty() || !rest.starts_with(char::is_alphabetic)
            })
        });
        if total {
            // A shop named «Итого» with a date and a buyer is data.
            let date = self.cell(row, Field::Date);
            let person = self
                .identity
                .iter()
                .any(|column| !row.cell(*column).trim().is_empty());
            let named_here = self
                .column(Field::Date)
                .is_some_and(|c| row.cell(c).trim() == first);
            return date.is_empty() || named_here || !person;
        }
        self.is_header_again(row)
    }

    fn is_header_again(&self, row: &RowRef) -> bool {
        let mut same = 0;
        for (column, name) in self
            .names
            .iter()
            .enumerate()
            .filter(|(_, name)| !name.is_empty())
        {
            let cell = row.cell(column);
            if cell.len() > name.len() * 2 + 16 || fields::fold_header(cell) != *name {
                return false;
            }
            same += 1;
        }
        same >= 2
    }
}
