//! The 27 cells of RFM: recency, frequency, money, each from 1 (worst) to 3 (best), with a name
//! and a strategy a shop starts from. Digits are never shown bare: words are.

use crate::text::{Text, text};
use serde::Serialize;

/// One of the 27 cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell(u8);

/// Number of cells.
pub const CELLS: usize = 27;

impl Cell {
    /// The cell of three scores, each 1..=3.
    pub fn new(r: u8, f: u8, m: u8) -> Option<Cell> {
        let ok = |score: u8| (1..=3).contains(&score);
        (ok(r) && ok(f) && ok(m)).then(|| Cell((r - 1) * 9 + (f - 1) * 3 + m - 1))
    }

    /// The cell with number 0..27 (recency slowest).
    pub(crate) fn at(number: usize) -> Cell {
        Cell((number % CELLS) as u8)
    }

    /// Number 0..27.
    pub fn number(self) -> usize {
        usize::from(self.0)
    }

    /// Recency score.
    pub fn r(self) -> u8 {
        self.0 / 9 + 1
    }

    /// Frequency score.
    pub fn f(self) -> u8 {
        self.0 / 3 % 3 + 1
    }

    /// Money score.
    pub fn m(self) -> u8 {
        self.0 % 3 + 1
    }

    /// All cells, 111 first.
    pub fn all() -> impl Iterator<Item = Cell> {
        (0..CELLS).map(Cell::at)
    }

    /// Name until the shop gives its own.
    pub fn name(self) -> Text {
        CARDS[self.number()].0
    }

    /// Strategy until the shop writes its own.
    pub fn strategy(self) -> Text {
        CARDS[self.number()].1
    }
}

/// "333": recency, frequency, money.
impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}{}", self.r(), self.f(), self.m())
    }
}

impl std::str::FromStr for Cell {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        match code.as_bytes() {
            [r, f, m] => Cell::new(
                r.wrapping_sub(b'0'),
                f.wrapping_sub(b'0'),
                m.wrapping_sub(b'0'),
            ),
            _ => None,
        }
        .ok_or_else(|| format!("“{code}” is not an RFM cell from 111 to 333"))
    }
}

impl Serialize for Cell {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Name and strategy by cell number: 111, 112, 113, 121 … 333.
const CARDS: [(Text, Text); CELLS] = [
    // 1xx: long ago
    (
        text("Потерянные разовые, малый чек", "Lost one-timers, small"),
        text(
            "Не тратьте на них платные рассылки. Оставьте в бесплатных каналах или уберите из списков.",
            "Spend no paid messages on them. Keep them in free channels or take them off the lists.",
        ),
    ),
    (
        text("Потерянные разовые, средний чек", "Lost one-timers, medium"),
        text(
            "Одно бесплатное письмо в сезон, платные каналы остановить.",
            "One free e-mail a season, paid channels off.",
        ),
    ),
    (
        text("Потерянные разовые, крупный чек", "Lost one-timers, large"),
        text(
            "Одна попытка с личным поводом; нет ответа — платные каналы остановить.",
            "One try with a personal reason; no answer, then paid channels off.",
        ),
    ),
    (
        text("Отток редких, малый чек", "Gone occasional, small"),
        text(
            "Вернуть дёшево: общее предложение, без звонков. Не дороже прибыли с одного чека.",
            "Win back cheaply: a general offer, no calls. Never above the profit of one receipt.",
        ),
    ),
    (
        text("Отток редких, средний чек", "Gone occasional, medium"),
        text(
            "Предложение со сроком на то, что покупали раньше; стоимость контакта ограничить.",
            "A dated offer on what they used to buy; cap the cost of contact.",
        ),
    ),
    (
        text("Отток редких, крупный чек", "Gone occasional, large"),
        text(
            "Личное предложение по прошлой крупной покупке; вложить не больше её прибыли.",
            "A personal offer after the last large purchase; spend no more than its profit.",
        ),
    ),
    (
        text("Потерянные частые, малый чек", "Lost regulars, small"),
        text(
            "Напомните о себе дешёвым каналом и узнайте, что изменилось рядом: цены, график, конкурент.",
            "Remind them through a cheap channel and find out what changed nearby: prices, hours, a rival.",
        ),
    ),
    (
        text("Потерянные лояльные", "Lost loyal"),
        text(
            "Вторая волна возврата: ощутимое предложение и честный вопрос, почему ушли.",
            "Second win-back wave: a real offer and an honest question why they left.",
        ),
    ),
    (
        text("Потерянные VIP", "Lost VIPs"),
        text(
            "Лучшее предложение и разговор с владельцем; запишите причину ухода.",
            "Your best offer and a talk with the owner; write down why they left.",
        ),
    ),
    // 2xx: a while ago
    (
        text("Разовые остывающие, малый чек", "Cooling one-timers, small"),
        text(
            "Одно напоминание с поводом зайти, затем пауза.",
            "One reminder with a reason to drop in, then a pause.",
        ),
    ),
    (
        text(
            "Разовые остывающие, средний чек",
            "Cooling one-timers, medium",
        ),
        text(
            "Одно предложение к первой покупке: что к ней подходит. Затем пауза.",
            "One offer that goes with the first purchase. Then a pause.",
        ),
    ),
    (
        text(
            "Разовые остывающие, крупный чек",
            "Cooling one-timers, large",
        ),
        text(
            "Спросите, всё ли в порядке с покупкой, и предложите помощь. Один раз.",
            "Ask whether all is well with the purchase and offer help. Once.",
        ),
    ),
    (
        text("Спящие малые", "Sleeping, small"),
        text(
            "Общая рассылка о новинках и акциях, без личных затрат.",
            "A general message about news and offers, no personal effort.",
        ),
    ),
    (
        text("Спящие средние", "Sleeping, medium"),
        text(
            "Первая волна возврата: небольшой бонус со сроком.",
            "First win-back wave: a small bonus with a date.",
        ),
    ),
    (
        text("Спящие крупные", "Sleeping, large"),
        text(
            "Подберите лично: новинки под их прошлые покупки.",
            "Choose for them: news that fits what they bought.",
        ),
    ),
    (
        text("Остывающие частые, малый чек", "Cooling regulars, small"),
        text(
            "Напомните о товаре, который у них заканчивается.",
            "Remind them of what they are about to run out of.",
        ),
    ),
    (
        text("Остывающие лояльные", "Cooling loyal"),
        text(
            "Напомните пополнить запас и что даёт их статус. Скидка пока не нужна.",
            "Remind them to restock and what their status gives. No discount yet.",
        ),
    ),
    (
        text("Уходящие VIP", "Leaving VIPs"),
        text(
            "Позвоните сами: что случилось, чем помочь. Сегодня, а не через месяц.",
            "Call them: what happened, how to help. Today, not in a month.",
        ),
    ),
    // 3xx: recently
    (
        text("Новички с малым чеком", "Newcomers, small"),
        text(
            "Бонус на вторую покупку с коротким сроком: главное, чтобы пришли ещё раз.",
            "A short-dated bonus for the second purchase: what matters is that they come again.",
        ),
    ),
    (
        text("Новички", "Newcomers"),
        text(
            "Серия знакомства: спасибо, как пользоваться, повод для второй покупки.",
            "A welcome series: thanks, how to use it, a reason for a second purchase.",
        ),
    ),
    (
        text("Новички с крупным чеком", "Newcomers, large"),
        text(
            "Поблагодарите лично и проверьте, что всё хорошо. Скидку не предлагайте.",
            "Thank them in person and check that all is well. Offer no discount.",
        ),
    ),
    (
        text("Растущие с малым чеком", "Growing, small"),
        text(
            "Дайте повод зайти: событие, новинка, бонус за третий визит.",
            "Give a reason to drop in: an event, something new, a bonus for the third visit.",
        ),
    ),
    (
        text("Перспективные", "Promising"),
        text(
            "Покажите программу статусов: сколько осталось до следующей ступени.",
            "Show the status programme: how little is left to the next step.",
        ),
    ),
    (
        text("Перспективные с крупным чеком", "Promising, large"),
        text(
            "Познакомьте со второй категорией товаров, которую они ещё не пробовали.",
            "Introduce a second category they have not tried yet.",
        ),
    ),
    (
        text("Частые с малым чеком", "Regulars, small"),
        text(
            "Наборы и бонус от суммы чека, чтобы брали больше за раз.",
            "Bundles and a bonus above a receipt sum, so that they take more at a time.",
        ),
    ),
    (
        text("Лояльные", "Loyal"),
        text(
            "Предлагайте товар на ступень выше и просите рекомендовать вас.",
            "Offer a step up and ask them to recommend you.",
        ),
    ),
    (
        text("Чемпионы (VIP)", "Champions (VIP)"),
        text(
            "Привилегии и ранний доступ вместо скидок; узнавайте в лицо.",
            "Privileges and early access instead of discounts; know them by face.",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_a_partition_and_read_back_from_their_code() {
        let codes: Vec<String> = Cell::all().map(|cell| cell.to_string()).collect();
        assert_eq!((codes[0].as_str(), codes[26].as_str()), ("111", "333"));
        for cell in Cell::all() {
            assert_eq!(cell.to_string().parse::<Cell>(), Ok(cell));
            assert_eq!(Cell::new(cell.r(), cell.f(), cell.m()), Some(cell));
        }
        assert!("341".parse::<Cell>().is_err());
        assert_eq!(
            Cell::new(2, 3, 3).map(|c| c.name().ru),
            Some("Уходящие VIP")
        );
        assert_eq!(
            Cell::new(3, 1, 3).map(|c| c.name().ru),
            Some("Новички с крупным чеком")
        );
    }
}
