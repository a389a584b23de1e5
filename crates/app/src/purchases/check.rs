//! What a till, a shop or a person may hand over, and what is checked before it becomes a fact.

use crate::refusal::{FieldError, Refusal};
use vernis_domain::{Day, Instant, PurchaseId, PurchaseKind, Text};

/// Largest amount taken, in minor units: ten billion roubles. Larger ones are slips of the finger.
const MAX_AMOUNT_MINOR: i64 = 1_000_000_000_000;
/// Most lines of one purchase.
const MAX_LINES: usize = 1_000;
/// Longest code or number taken.
const MAX_CODE: usize = 200;

/// Who bought, by whatever the caller knows. The first that is there decides; others enrich.
#[derive(Clone, Default)]
pub struct Who {
    /// Known customer.
    pub id: Option<vernis_domain::CustomerId>,
    /// Id in another system, with the system's name.
    pub external_id: Option<(String, String)>,
    /// Card number.
    pub card: Option<String>,
    /// Phone as typed.
    pub phone: Option<String>,
    /// E-mail as typed.
    pub email: Option<String>,
    /// Contacts in messengers, as typed.
    pub messengers: Vec<(vernis_domain::ContactKind, String)>,
    /// Full name, for a newcomer.
    pub name: Option<String>,
}

/// When it happened: to the instant, or only the day.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// To the second.
    At(Instant),
    /// Only the day, in the store's zone.
    On(Day),
}

/// One line as handed over.
#[derive(Clone, Debug)]
pub struct NewLine {
    /// Article code; empty when there is none.
    pub product_code: String,
    /// Name of the article, used when the code is new.
    pub product_name: String,
    /// Category path of the article, used when the code is new.
    pub category: String,
    /// Quantity in millionths, positive.
    pub quantity_micro: i64,
    /// Price without discounts times quantity, not negative.
    pub list_minor: i64,
    /// Paid in money, not negative.
    pub paid_minor: i64,
    /// Discount by kind: automatic, code, points, manual, rounding. `None`: the difference between
    /// list and paid is automatic.
    pub discounts_minor: Option<[i64; 5]>,
    /// Cost of goods, when known.
    pub cost_minor: Option<i64>,
    /// For a return: number of the sold line.
    pub returned_line_no: Option<i64>,
}

/// A sale or return as handed over; amounts are positive in both, the kind gives the sign.
#[derive(Clone)]
pub struct NewPurchase {
    /// Sale or return.
    pub kind: PurchaseKind,
    /// Who; `None` for an anonymous receipt.
    pub who: Option<Who>,
    /// Store code; empty for the shop's first store.
    pub store_code: String,
    /// Channel code; empty for the shop's first channel.
    pub channel_code: String,
    /// When.
    pub when: When,
    /// The caller gave no time: `when` is the time of arrival.
    pub when_is_arrival: bool,
    /// Receipt number; may be empty.
    pub receipt_no: String,
    /// Till and cashier, as the till names them.
    pub till: String,
    /// Cashier.
    pub cashier: String,
    /// Paid in money, not negative.
    pub paid_minor: i64,
    /// Discount against list price, not negative.
    pub discount_minor: i64,
    /// Cost of goods, when known.
    pub cost_minor: Option<i64>,
    /// For a return: the sale it takes back, when known.
    pub returned_purchase_id: Option<PurchaseId>,
    /// Lines; may be empty.
    pub lines: Vec<NewLine>,
}

impl NewPurchase {
    /// Checks what can be checked without the database.
    ///
    /// # Errors
    /// Names every wrong field with the rule it breaks.
    pub fn check(&self, today: Day) -> Result<(), Refusal> {
        let mut wrong = Wrong::default();
        wrong.amount("paid_minor", self.paid_minor);
        wrong.amount("discount_minor", self.discount_minor);
        if let Some(cost) = self.cost_minor {
            wrong.amount("cost_minor", cost);
        }
        for (field, text) in [
            ("store", &self.store_code),
            ("channel", &self.channel_code),
            ("receipt_no", &self.receipt_no),
            ("till", &self.till),
            ("cashier", &self.cashier),
        ] {
            wrong.code(field, text);
        }
        self.check_when(today, &mut wrong);
        if self.kind == PurchaseKind::Sale && self.returned_purchase_id.is_some() {
            wrong.push(
                "returned_purchase_id",
                "only_for_returns",
                Text::new("бывает только у возврата", "belongs to a return only"),
            );
        }
        if self.lines.len() > MAX_LINES {
            wrong.push(
                "lines",
                "too_many",
                Text::new(
                    "не больше 1000 строк в чеке",
                    "at most 1000 lines in a receipt",
                ),
            );
        } else {
            self.check_lines(&mut wrong);
        }
        wrong.into_result()
    }

    fn check_when(&self, today: Day, wrong: &mut Wrong) {
        let day = match self.when {
            When::On(day) => day,
            When::At(at) if at.0 < 0 => Day(-1),
            When::At(at) => Day(i32::try_from(at.0 / 86_400_000_000).unwrap_or(i32::MAX)),
        };
        // A till's clock may be a zone or two ahead, not more.
        if day > today.plus(1) {
            wrong.push(
                "occurred_at",
                "in_the_future",
                Text::new(
                    "покупка не может быть в будущем; проверьте часы кассы",
                    "a purchase cannot lie in the future; check the till's clock",
                ),
            );
        }
        if day < Day::MIN {
            wrong.push(
                "occurred_at",
                "too_early",
                Text::new("раньше 1970 года", "before 1970"),
            );
        }
    }

    fn check_lines(&self, wrong: &mut Wrong) {
        for (index, line) in self.lines.iter().enumerate() {
            let at = |field: &str| format!("lines[{index}].{field}");
            wrong.amount(at("list_minor"), line.list_minor);
            wrong.amount(at("paid_minor"), line.paid_minor);
            wrong.code(at("product"), &line.product_code);
            wrong.code(at("category"), &line.category);
            if let Some(cost) = line.cost_minor {
                wrong.amount(at("cost_minor"), cost);
            }
            if !(1..=MAX_AMOUNT_MINOR).contains(&line.quantity_micro) {
                wrong.push(
                    at("quantity_micro"),
                    "out_of_range",
                    Text::new(
                        "количество должно быть больше нуля",
                        "the quantity must be above zero",
                    ),
                );
            }
            if let Some(discounts) = line.discounts_minor {
                // Rounding may go either way; the other kinds only take off.
                if discounts[..4]
                    .iter()
                    .any(|d| !(0..=MAX_AMOUNT_MINOR).contains(d))
                    || discounts[4].abs() > MAX_AMOUNT_MINOR
                    || discounts.iter().sum::<i64>() != line.list_minor - line.paid_minor
                {
                    wrong.push(
                        at("discounts_minor"),
                        "does_not_add_up",
                        Text::new(
                            "цена без скидки минус скидки должна дать оплаченную сумму",
                            "list price less discounts must give the paid amount",
                        ),
                    );
                }
            } else if line.paid_minor > line.list_minor {
                wrong.push(
                    at("paid_minor"),
                    "above_list",
                    Text::new(
                        "оплачено больше цены без скидки",
                        "more was paid than the list price",
                    ),
                );
            }
        }
        if self.lines.is_empty() {
            return;
        }
        let paid: i128 = self.lines.iter().map(|l| i128::from(l.paid_minor)).sum();
        if paid != i128::from(self.paid_minor) {
            wrong.push(
                "paid_minor",
                "does_not_add_up",
                Text::new(
                    "сумма чека не равна сумме строк",
                    "the receipt's amount is not the sum of its lines",
                ),
            );
        }
        let discount: i128 = self
            .lines
            .iter()
            .map(|l| i128::from(l.list_minor) - i128::from(l.paid_minor))
            .sum();
        if discount != i128::from(self.discount_minor) {
            wrong.push(
                "discount_minor",
                "does_not_add_up",
                Text::new(
                    "скидка чека не равна сумме скидок строк",
                    "the receipt's discount is not the sum of its lines' discounts",
                ),
            );
        }
    }
}

/// Collects wrong fields.
#[derive(Default)]
struct Wrong(Vec<FieldError>);

impl Wrong {
    fn push(&mut self, field: impl Into<String>, rule: &'static str, message: Text) {
        self.0.push(FieldError {
            field: field.into(),
            rule,
            message,
        });
    }

    fn amount(&mut self, field: impl Into<String>, minor: i64) {
        if !(0..=MAX_AMOUNT_MINOR).contains(&minor) {
            self.push(
                field,
                "out_of_range",
                Text::new(
                    "сумма от 0 до 10 миллиардов, знак даёт вид документа",
                    "an amount from 0 to 10 billion; the kind gives the sign",
                ),
            );
        }
    }

    fn code(&mut self, field: impl Into<String>, text: &str) {
        if text.chars().count() > MAX_CODE {
            self.push(
                field,
                "too_long",
                Text::new("не длиннее 200 знаков", "at most 200 characters"),
            );
        }
    }

    fn into_result(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Refusal::fields(self.0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sale() -> NewPurchase {
        NewPurchase {
            kind: PurchaseKind::Sale,
            who: None,
            store_code: String::new(),
            channel_code: String::new(),
            when: When::On(Day::from_ymd(2026, 11, 20).unwrap()),
            when_is_arrival: false,
            receipt_no: "554".into(),
            till: String::new(),
            cashier: String::new(),
            paid_minor: 90_00,
            discount_minor: 10_00,
            cost_minor: None,
            returned_purchase_id: None,
            lines: vec![NewLine {
                product_code: "A-1".into(),
                product_name: String::new(),
                category: String::new(),
                quantity_micro: 1_000_000,
                list_minor: 100_00,
                paid_minor: 90_00,
                discounts_minor: Some([0, 10_00, 0, 0, 0]),
                cost_minor: None,
                returned_line_no: None,
            }],
        }
    }

    fn wrong_fields(purchase: &NewPurchase) -> Vec<String> {
        let today = Day::from_ymd(2026, 11, 23).unwrap();
        purchase
            .check(today)
            .err()
            .map(|refusal| refusal.fields.into_iter().map(|f| f.field).collect())
            .unwrap_or_default()
    }

    #[test]
    fn a_receipt_whose_lines_add_up_is_taken() {
        assert_eq!(wrong_fields(&sale()), Vec::<String>::new());
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let mut purchase = sale();
        purchase.paid_minor = 95_00;
        purchase.lines[0].quantity_micro = 0;
        purchase.lines[0].discounts_minor = Some([0, 5_00, 0, 0, 0]);
        purchase.when = When::On(Day::from_ymd(2027, 1, 1).unwrap());
        assert_eq!(
            wrong_fields(&purchase),
            [
                "occurred_at",
                "lines[0].quantity_micro",
                "lines[0].discounts_minor",
                "paid_minor"
            ]
        );
    }

    #[test]
    fn huge_and_negative_amounts_are_refused_not_wrapped() {
        let mut purchase = sale();
        purchase.lines.clear();
        purchase.paid_minor = i64::MAX;
        purchase.discount_minor = -1;
        assert_eq!(wrong_fields(&purchase), ["paid_minor", "discount_minor"]);
    }
}
