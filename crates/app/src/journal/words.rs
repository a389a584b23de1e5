//! Values of the journal that are codes, in words.

use crate::permission::Permissions;
use crate::scope::Scope;
use vernis_domain::contact::verification;
use vernis_domain::{ContactKind, Text};

/// The value of a field in words; none for one that is no code.
pub(super) fn of(field: &str, value: &str) -> Option<Text> {
    match field {
        "scope" => Some(scope(&Scope::parse(value))),
        "may" => Some(permissions(Permissions::parse(value))),
        "contact_kind" => Some(ContactKind::from_code(value)?.spec().label.clone()),
        "how" => Some(verification(value)?.label.clone()),
        "decision" | "cause" | "outcome" | "required" | "blocked" | "second_person" => CODES
            .iter()
            .find(|(code, ..)| *code == value)
            .map(|(_, ru, en)| Text::owned(*ru, *en)),
        _ => None,
    }
}

const CODES: &[(&str, &str, &str)] = &[
    ("true", "да", "yes"),
    ("false", "нет", "no"),
    ("wrong_password", "неверный пароль", "wrong password"),
    ("wrong_code", "неверный код", "wrong code"),
    (
        "unknown_login",
        "такого логина нет",
        "nobody has this login",
    ),
    ("different", "разные люди", "different people"),
    ("later", "отложить", "later"),
    ("done", "загружен целиком", "whole"),
    (
        "export_grew",
        "клиентов стало больше, чем просили",
        "more customers than were asked for",
    ),
    ("disk_full", "на диске нет места", "the disk was full"),
    ("cancelled", "остановлен человеком", "stopped by a person"),
    ("failed", "не удался", "failed"),
    (
        "interrupted",
        "прерван, можно продолжить",
        "interrupted, can go on",
    ),
];

fn scope(scope: &Scope) -> Text {
    match scope {
        Scope::All => Text::new("всех", "everybody"),
        Scope::Stores { stores } => Text::owned(
            format!("клиентов своих магазинов ({})", stores.len()),
            format!("customers of his stores ({})", stores.len()),
        ),
        Scope::Own => Text::new("своих клиентов", "his own customers"),
        Scope::Filter { .. } => Text::new("клиентов по условию", "customers by a condition"),
    }
}

fn permissions(all: Permissions) -> Text {
    if all == Permissions::all() {
        return Text::new("всё", "everything");
    }
    if all == Permissions::of_keys() {
        return Text::new("всё, что может ключ", "everything a key may");
    }
    let join = |pick: fn(&Text) -> &str| {
        let labels: Vec<&str> = all.iter().map(|one| pick(&one.entry().label)).collect();
        labels.join(", ").to_lowercase()
    };
    match all.iter().count() {
        0 => Text::new("ничего", "nothing"),
        _ => Text::owned(join(|text| &text.ru), join(|text| &text.en)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_in_words_and_the_rest_stays() {
        let ru = |field, value| of(field, value).map(|text| text.ru.into_owned());
        assert_eq!(ru("scope", r#"{"kind":"all"}"#).as_deref(), Some("всех"));
        assert_eq!(ru("may", "*").as_deref(), Some("всё"));
        assert_eq!(ru("may", "").as_deref(), Some("ничего"));
        assert_eq!(
            ru("may", "customers_see").as_deref(),
            Some("видеть клиентов")
        );
        assert_eq!(ru("cause", "wrong_code").as_deref(), Some("неверный код"));
        assert_eq!(ru("cause", "else"), None);
        assert_eq!(ru("name", "true"), None);
    }
}
