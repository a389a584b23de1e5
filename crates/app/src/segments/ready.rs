//! Ready segments: definitions people can open, copy and change. They are written as texts, as one
//! would type them.

use vernis_analytics::life_cycle::STATES;
use vernis_analytics::rfm::Cell;
use vernis_domain::Text;

/// A ready segment.
#[derive(Clone, Debug)]
pub struct ReadySegment {
    /// Stable name.
    pub key: String,
    /// Where it stands: behaviour, life_cycle, rfm.
    pub group: &'static str,
    /// Name.
    pub name: Text,
    /// What it is good for.
    pub about: Text,
    /// The definition.
    pub text: String,
}

/// Key, definition, name, what for.
type Entry = (
    &'static str,
    &'static str,
    [&'static str; 2],
    [&'static str; 2],
);

const BEHAVIOUR: &[Entry] = &[
    (
        "regular_gone_quiet",
        "orders >= 3 and days_since > 60 and revenue > 10 000",
        ["Были постоянными, замолчали", "Regulars gone quiet"],
        [
            "Покупали часто и на хорошие деньги, а два месяца их нет. Позвать в первую очередь.",
            "Bought often and for good money, and have not come for two months. Call these first.",
        ],
    ),
    (
        "vip",
        "abc \"A\" from -365d to today and orders >= 2",
        ["VIP", "VIP"],
        [
            "Приносят 80 % денег за год. Личное внимание, без скидок.",
            "They bring 80% of a year's money. Personal attention, no discounts.",
        ],
    ),
    (
        "one_timers",
        "orders = 1",
        ["Купили один раз", "One-timers"],
        [
            "Вторая покупка делает из них клиентов.",
            "A second purchase makes customers of them.",
        ],
    ),
    (
        "second_due",
        "orders = 1 and days_since >= 14 and days_since <= 60",
        ["Пора второй покупки", "Second purchase due"],
        [
            "Купили недавно и впервые: сейчас напомнить о себе дешевле всего.",
            "They bought lately and for the first time: now a reminder costs least.",
        ],
    ),
    (
        "late_by_rhythm",
        "overdue_ratio >= 2 and overdue_ratio < 3",
        ["Опаздывают по своему ритму", "Late by their own rhythm"],
        [
            "Молчат вдвое дольше, чем обычно. Ещё можно вернуть.",
            "Silent twice as long as usual. They can still be won back.",
        ],
    ),
    (
        "gone_by_rhythm",
        "overdue_ratio >= 3",
        ["Ушли по своему ритму", "Gone by their own rhythm"],
        [
            "Молчат втрое дольше своего обычного промежутка.",
            "Silent three times as long as their usual gap.",
        ],
    ),
    (
        "sleeping_3",
        "days_since > 90 and days_since <= 180",
        ["Спят от 3 до 6 месяцев", "Asleep for 3 to 6 months"],
        ["Первая попытка вернуть.", "A first try to win them back."],
    ),
    (
        "sleeping_6",
        "days_since > 180 and days_since <= 365",
        ["Спят от полугода до года", "Asleep for 6 to 12 months"],
        [
            "Вторая попытка, с хорошим поводом.",
            "A second try, with a good reason.",
        ],
    ),
    (
        "sleeping_12",
        "days_since > 365",
        ["Не были больше года", "Not seen for over a year"],
        [
            "Последнее письмо или пауза: платные каналы им не нужны.",
            "A last letter or a pause: no paid channels for them.",
        ],
    ),
    (
        "birthday_soon",
        "birthday in next 7d",
        ["Скоро день рождения", "Birthday soon"],
        [
            "Сегодня или в ближайшие 7 дней.",
            "Today or within the next 7 days.",
        ],
    ),
    (
        "child_birthday_soon",
        "child_birthday in next 14d",
        [
            "Скоро день рождения ребёнка",
            "A child\u{2019}s birthday soon",
        ],
        [
            "Сегодня или в ближайшие 14 дней: повод для подарка.",
            "Today or within the next 14 days: a reason for a present.",
        ],
    ),
    (
        "only_discounts",
        "orders >= 3 and not bought discount = 0",
        ["Покупают только со скидкой", "Buy at a discount only"],
        [
            "Ни одной покупки без скидки. Новая скидка их не удержит, а прибыль съест.",
            "Not one purchase at full price. One more discount will not keep them and will eat the margin.",
        ],
    ),
    (
        "big_but_rare",
        "rfm_cell in (313, 213, 113)",
        ["Крупно, но редко", "Large but rare"],
        [
            "Купили мало раз, но на большую сумму. Вторая категория, личная подборка.",
            "Few purchases of large sums. A second category, a personal choice.",
        ],
    ),
];

const STATE_ABOUT: [[&str; 2]; 6] = [
    [
        "Записаны, но ещё не покупали.",
        "On record, have not bought yet.",
    ],
    [
        "Первая покупка не больше 30 дней назад.",
        "First purchase within 30 days.",
    ],
    ["Покупали за последние 90 дней.", "Bought within 90 days."],
    ["Молчат от 91 до 180 дней.", "Silent for 91 to 180 days."],
    [
        "Молчат от 181 дня до года.",
        "Silent for 181 days to a year.",
    ],
    ["Молчат больше года.", "Silent for over a year."],
];

/// All ready segments, those by behaviour first.
pub fn all() -> Vec<ReadySegment> {
    let behaviour = BEHAVIOUR
        .iter()
        .map(|(key, text, name, about)| ReadySegment {
            key: (*key).to_owned(),
            group: "behaviour",
            name: Text::new(name[0], name[1]),
            about: Text::new(about[0], about[1]),
            text: (*text).to_owned(),
        });
    let states = STATES
        .iter()
        .zip(STATE_ABOUT)
        .map(|(state, about)| ReadySegment {
            key: format!("state_{}", state.key()),
            group: "life_cycle",
            name: state.label().into(),
            about: Text::new(about[0], about[1]),
            text: format!("life_cycle = \"{}\"", state.key()),
        });
    let cells = Cell::all().map(|cell| ReadySegment {
        key: format!("rfm_{cell}"),
        group: "rfm",
        name: cell.name().into(),
        about: cell.strategy().into(),
        text: format!("rfm_cell = {cell}"),
    });
    behaviour.chain(states).chain(cells).collect()
}
