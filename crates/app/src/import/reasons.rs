//! Why a row was not taken, and what was noticed in rows that were: stable codes and their words.

use serde::{Deserialize, Serialize};
use vernis_domain::Text;

/// A reason with the number of its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonCount {
    /// Stable code.
    pub code: String,
    /// What it means.
    pub label: Text,
    /// How many rows.
    pub count: u64,
}

/// Every reason: code, Russian, English.
const REASONS: &[(&str, &str, &str)] = &[
    (
        "too_many_cells",
        "В строке больше ячеек, чем столбцов: возможно, лишний разделитель",
        "The row has more cells than there are columns: perhaps an extra delimiter",
    ),
    ("no_date", "Нет даты", "There is no date"),
    (
        "date_not_a_date",
        "Дата не читается",
        "The date cannot be read",
    ),
    (
        "date_no_such_day",
        "Такого дня нет в календаре",
        "The calendar has no such day",
    ),
    (
        "date_out_of_range",
        "Дата раньше 1970 или позже 2149 года",
        "The date is before 1970 or after 2149",
    ),
    ("date_future", "Дата в будущем", "The date is in the future"),
    ("no_amount", "Нет суммы", "There is no amount"),
    (
        "amount_not_a_number",
        "Сумма не читается",
        "The amount cannot be read",
    ),
    (
        "amount_too_large",
        "Сумма слишком велика",
        "The amount is too large",
    ),
    (
        "quantity_not_a_number",
        "Количество не читается",
        "The quantity cannot be read",
    ),
    (
        "no_receipt",
        "Нет номера чека, а строки файла — это товары чека",
        "There is no receipt number, and rows are lines of receipts",
    ),
    (
        "receipt_repeated",
        "Чек с тем же номером, днём и магазином уже был в файле с другой суммой",
        "A receipt with this number, day and store already stood in the file with another amount",
    ),
    (
        "receipt_split",
        "Строки одного чека стоят далеко друг от друга: отсортируйте файл по номеру чека",
        "Lines of one receipt are far apart: sort the file by receipt number",
    ),
    (
        "no_person",
        "Нет ни телефона, ни почты, ни карты, ни кода, ни имени",
        "There is no phone, e-mail, card, code or name",
    ),
    (
        "phone_not_a_number",
        "Телефон не читается",
        "The phone cannot be read",
    ),
    (
        "phone_too_short",
        "В телефоне не хватает цифр",
        "The phone has too few digits",
    ),
    (
        "phone_too_long",
        "В телефоне лишние цифры",
        "The phone has too many digits",
    ),
    (
        "phone_lost_digits",
        "Excel отрезал последние цифры телефона",
        "Excel has cut the last digits of the phone",
    ),
    (
        "phone_impossible",
        "Такого телефона не бывает",
        "No such phone number can exist",
    ),
    (
        "phone_filler",
        "Телефон-заглушка (одни и те же цифры): по нему людей не узнают, он не записан",
        "A filler instead of a phone (the same digit): nobody is recognised by it, it was left out",
    ),
    ("phone_empty", "Телефон пуст", "The phone is empty"),
    (
        "email_not_an_address",
        "Адрес почты не читается",
        "The e-mail address cannot be read",
    ),
    (
        "email_too_long",
        "Адрес почты слишком длинный",
        "The e-mail address is too long",
    ),
    (
        "own_field_unreadable",
        "Значение своего поля не читается и не записано",
        "The value of an own field cannot be read and was left out",
    ),
    (
        "birthday_unreadable",
        "День рождения не читается",
        "The birthday cannot be read",
    ),
    (
        "registered_unreadable",
        "Дата регистрации не читается",
        "The day of registration cannot be read",
    ),
    (
        "sex_unreadable",
        "Пол не читается",
        "The sex cannot be read",
    ),
    (
        "time_unreadable",
        "Время не читается: взят только день",
        "The time cannot be read: only the day was taken",
    ),
    (
        "discount_unreadable",
        "Скидка не читается: не учтена",
        "The discount cannot be read and was left out",
    ),
    (
        "cost_unreadable",
        "Себестоимость не читается: не учтена",
        "The cost cannot be read and was left out",
    ),
    (
        "list_unreadable",
        "Сумма без скидки не читается: не учтена",
        "The list amount cannot be read and was left out",
    ),
    (
        "ambiguous_dates",
        "Дни и месяцы не различить: принято день/месяц",
        "Days and months cannot be told apart: day/month was assumed",
    ),
    (
        "conflicting_ids",
        "Код, карта, телефон или почта указывают на разных людей: взят главный признак, никто не объединён, случаи ждут в «Клиенты → Дубли»",
        "Id, card, phone or e-mail point to different people: the strongest was used, nobody was merged, the cases wait in Customers → Duplicates",
    ),
    (
        "blocked_contact",
        "Заглушка или контакт из списка запрещённых (test@test.ru, телефон магазина): по нему людей не узнают, он не записан",
        "A filler or a blocked contact (test@test.ru, the shop's own phone): nobody is recognised by it, it was left out",
    ),
    (
        "messenger_unreadable",
        "Контакт в мессенджере не читается",
        "The contact in a messenger cannot be read",
    ),
    (
        "identified_by_name",
        "Покупатель узнан только по имени",
        "The buyer is recognised by name only",
    ),
    (
        "original_not_found",
        "Чек продажи для возврата не найден",
        "The receipt that is returned was not found",
    ),
];

/// Text of a reason; the code itself for one that is not known.
pub fn words(code: &str) -> Text {
    REASONS
        .iter()
        .find(|(known, _, _)| *known == code)
        .map_or_else(
            || Text::owned(code, code),
            |(_, ru, en)| Text::owned(*ru, *en),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_reason_is_listed_twice() {
        let mut codes: Vec<&str> = REASONS.iter().map(|r| r.0).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), REASONS.len());
    }
}
