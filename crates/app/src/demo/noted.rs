//! What the demo shop notes about its customers: own fields, tags, tastes, marks, notes. Only shops of
//! a size that people look at have it: a large one is for measuring.

use super::DemoCustomer;
use vernis_domain::about::field::{Choice, CustomField, CustomValue, FieldKind};
use vernis_domain::about::{Mark, Outcome, TouchKind, words};
use vernis_domain::{About, Day, FieldId, Instant, UserId};
use vernis_store::{NewNote, StoreError, WriteTx};

/// Row ids of the demo fields: how coffee is made, cups a day, own cup.
pub(super) type Fields = [FieldId; 3];

const WAYS: [(&str, &str); 5] = [
    ("Турка", "Ibrik"),
    ("Рожковая машина", "Espresso machine"),
    ("Капсулы", "Capsules"),
    ("Воронка", "Pour-over"),
    ("Заварник", "Teapot"),
];
const TAGS: [&str; 6] = ["опт", "офис", "дегустации", "доставка", "подписка", "сосед"];
const LIKES: [&str; 6] = [
    "арабика",
    "зелёный чай",
    "тёмная обжарка",
    "без кислинки",
    "улун",
    "подарочные наборы",
];
const NOTES: [(&str, TouchKind, Outcome); 5] = [
    (
        "Спрашивал про кофе из Эфиопии, позвать на дегустацию.",
        TouchKind::Visit,
        Outcome::Done,
    ),
    (
        "Договорились о доставке в офис по понедельникам.",
        TouchKind::Call,
        Outcome::Agreed,
    ),
    (
        "Не ответил, перезвонить после шести.",
        TouchKind::Call,
        Outcome::NoAnswer,
    ),
    (
        "Просит больше не предлагать капсулы.",
        TouchKind::Message,
        Outcome::Refused,
    ),
    (
        "Выбирала подарок маме, вернётся за чаем.",
        TouchKind::Visit,
        Outcome::Done,
    ),
];

/// The demo shop's own fields, made where they are not there.
pub(super) fn fields(tx: &mut WriteTx<'_>) -> Result<Fields, StoreError> {
    let choices = (0..).zip(WAYS).map(|(no, (ru, en))| Choice {
        no,
        key: vernis_domain::about::field::key_of(en),
        ru: ru.to_owned(),
        en: en.to_owned(),
        archived: false,
    });
    let wanted = [
        (
            "brews",
            "Чем варит",
            "Brews with",
            FieldKind::Choices,
            choices.collect(),
        ),
        (
            "cups",
            "Чашек в день",
            "Cups a day",
            FieldKind::Number,
            Vec::new(),
        ),
        (
            "own_cup",
            "Со своей кружкой",
            "Brings an own cup",
            FieldKind::Flag,
            Vec::new(),
        ),
    ];
    let known = tx.custom_fields()?;
    let mut ids = [FieldId(0); 3];
    for (position, ((key, ru, en, kind, choices), id)) in
        (1..).zip(wanted.into_iter().zip(&mut ids))
    {
        *id = match known.iter().find(|field| field.key == key) {
            Some(field) => field.id,
            None => tx.put_custom_field(&CustomField {
                id: FieldId(0),
                key: key.to_owned(),
                ru: ru.to_owned(),
                en: en.to_owned(),
                kind,
                choices,
                personal: true,
                position,
                archived_at: None,
            })?,
        };
    }
    Ok(ids)
}

/// A number of a customer and a purpose, spread evenly below `below`.
fn spread(customer: &DemoCustomer, purpose: u64, below: u64) -> u64 {
    let mixed = (u64::from(customer.index) + 1)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(purpose.wrapping_mul(0xD1B5_4A32_D192_ED03));
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed >> 33) % below
}

/// What is noted about a customer.
pub(super) fn about(customer: &DemoCustomer, fields: &Fields) -> About {
    let mut about = About::default();
    let one_in = |purpose: u64, n: u64| spread(customer, purpose, n) == 0;
    let pick = |purpose: u64, list: &[&str]| {
        list[spread(customer, purpose, list.len() as u64) as usize].to_owned()
    };
    if one_in(1, 4) {
        about.tags.push(pick(2, &TAGS));
    }
    if one_in(3, 12) {
        about.tags.push(pick(4, &TAGS));
    }
    about.tags = words(&about.tags);
    if one_in(5, 5) {
        about.likes = words([pick(6, &LIKES)]);
    }
    let mark = |reason: &str| {
        Some(Mark {
            reason: reason.to_owned(),
            by: UserId(0),
            at: Instant(0),
        })
    };
    if one_in(7, 60) {
        about.vip = mark("постоянный заказчик офиса");
    } else if one_in(8, 120) {
        about.problem = mark("часто возвращает товар");
    }
    if one_in(9, 3) {
        let first = 1u64 << spread(customer, 10, WAYS.len() as u64);
        let second = if one_in(11, 3) {
            1 << spread(customer, 12, WAYS.len() as u64)
        } else {
            0
        };
        about.set(fields[0], Some(CustomValue::Choices(first | second)));
        let cups = 1 + spread(customer, 13, 6) as i64;
        about.set(fields[1], Some(CustomValue::Number(cups * 1_000_000)));
    }
    if one_in(14, 6) {
        about.set(fields[2], Some(CustomValue::Flag(one_in(15, 2))));
    }
    about
}

/// A note about a customer, if the shop wrote one: within three months before `today`.
pub(super) fn note(customer: &DemoCustomer, today: Day) -> Option<NewNote> {
    if spread(customer, 16, 25) != 0 {
        return None;
    }
    let (text, touch, outcome) = NOTES[spread(customer, 17, NOTES.len() as u64) as usize];
    let day = today.plus(-1 - spread(customer, 18, 90) as i32);
    let day = day.max(customer.registered_day).min(today.plus(-1));
    let noon = i64::from(day.0) * 86_400_000_000 + 9 * 3_600_000_000;
    Some(NewNote {
        body: text.to_owned(),
        touch: Some(touch),
        outcome: Some(outcome),
        occurred_at: Instant(noon + spread(customer, 19, 28_800) as i64 * 1_000_000),
        local_day: day,
        author: None,
    })
}
