//! What the chain «Зерно и пар» has: stores, channels, shelves, products with prices and costs.

use vernis_domain::Day;

/// A place of sale of the demo chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoStore {
    /// Short code as files name it.
    pub code: &'static str,
    /// Name as people see it.
    pub name: &'static str,
    /// City, for customers who live near.
    pub city: &'static str,
    /// IANA zone of its days.
    pub time_zone: &'static str,
    /// Days after the start of the history on which it opened.
    pub opened_after_days: i32,
    /// How many customers it draws, relative to the others.
    pub(super) weight: u32,
}

/// A way purchases or customers come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoChannel {
    /// Short code as files name it.
    pub code: &'static str,
    /// Name as people see it.
    pub name: &'static str,
}

/// Five shops in two time zones and the online shop, which is the last one. The first has the code
/// of the store every new base begins with.
pub const STORES: [DemoStore; 6] = [
    store("main", "Зерно и пар на Покровке", "Москва", MOSCOW, 0, 26),
    store("sokol", "Зерно и пар на Соколе", "Москва", MOSCOW, 0, 18),
    store(
        "nnovgorod",
        "Зерно и пар, Нижний Новгород",
        "Нижний Новгород",
        MOSCOW,
        330,
        13,
    ),
    store(
        "ekb",
        "Зерно и пар, Екатеринбург",
        "Екатеринбург",
        YEKATERINBURG,
        0,
        17,
    ),
    store(
        "chel",
        "Зерно и пар, Челябинск",
        "Челябинск",
        YEKATERINBURG,
        600,
        9,
    ),
    store("online", "Зерно и пар, интернет-магазин", "", MOSCOW, 0, 17),
];

/// Number of the online shop in [`STORES`].
pub const ONLINE: u8 = 5;

const MOSCOW: &str = "Europe/Moscow";
const YEKATERINBURG: &str = "Asia/Yekaterinburg";

const fn store(
    code: &'static str,
    name: &'static str,
    city: &'static str,
    time_zone: &'static str,
    opened_after_days: i32,
    weight: u32,
) -> DemoStore {
    DemoStore {
        code,
        name,
        city,
        time_zone,
        opened_after_days,
        weight,
    }
}

/// Channels of purchases first (till, web, marketplace, phone), then those that only bring people.
/// The first has the code of the channel every new base begins with.
pub const CHANNELS: [DemoChannel; 9] = [
    DemoChannel {
        code: "store",
        name: "Касса",
    },
    DemoChannel {
        code: "web",
        name: "Сайт",
    },
    DemoChannel {
        code: "marketplace",
        name: "Маркетплейс",
    },
    DemoChannel {
        code: "phone",
        name: "Заказ по телефону",
    },
    DemoChannel {
        code: "search_ads",
        name: "Контекстная реклама",
    },
    DemoChannel {
        code: "social",
        name: "Социальные сети",
    },
    DemoChannel {
        code: "maps",
        name: "Карты и отзывы",
    },
    DemoChannel {
        code: "friend",
        name: "Привёл друг",
    },
    DemoChannel {
        code: "leaflet",
        name: "Листовка",
    },
];

/// A shelf: products that replace one another for a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shelf {
    Beans,
    Ground,
    Capsules,
    BlackTea,
    GreenTea,
    Oolong,
    HerbTea,
    /// Sold by weight; the price is of one kilogram.
    LooseTea,
    Filters,
    Care,
    Sweets,
    Cups,
    Brewing,
    Grinders,
    Machines,
    Gifts,
}

/// All shelves, in the order of [`DemoProduct::code`].
pub(super) const SHELVES: [Shelf; 16] = [
    Shelf::Beans,
    Shelf::Ground,
    Shelf::Capsules,
    Shelf::BlackTea,
    Shelf::GreenTea,
    Shelf::Oolong,
    Shelf::HerbTea,
    Shelf::LooseTea,
    Shelf::Filters,
    Shelf::Care,
    Shelf::Sweets,
    Shelf::Cups,
    Shelf::Brewing,
    Shelf::Grinders,
    Shelf::Machines,
    Shelf::Gifts,
];

impl Shelf {
    /// Category path, levels joined by `;`.
    pub(super) fn category(self) -> &'static str {
        match self {
            Shelf::Beans => "Кофе;В зёрнах",
            Shelf::Ground => "Кофе;Молотый",
            Shelf::Capsules => "Кофе;Капсулы и дрипы",
            Shelf::BlackTea => "Чай;Чёрный",
            Shelf::GreenTea => "Чай;Зелёный",
            Shelf::Oolong => "Чай;Улун и пуэр",
            Shelf::HerbTea => "Чай;Травяной",
            Shelf::LooseTea => "Чай;На развес",
            Shelf::Filters => "Расходники;Фильтры",
            Shelf::Care => "Расходники;Уход за техникой",
            Shelf::Sweets => "К чаю;Сладости",
            Shelf::Cups => "Кухня;Чашки и термосы",
            Shelf::Brewing => "Кухня;Заваривание",
            Shelf::Grinders => "Техника;Кофемолки",
            Shelf::Machines => "Техника;Кофемашины",
            Shelf::Gifts => "Подарки;Наборы",
        }
    }

    /// How often goods of this shelf come back, per mille of lines.
    pub(super) fn return_per_mille(self) -> u32 {
        match self {
            Shelf::Machines => 90,
            Shelf::Grinders => 80,
            Shelf::Brewing | Shelf::Cups => 45,
            Shelf::Gifts => 30,
            Shelf::Capsules => 18,
            Shelf::LooseTea | Shelf::Sweets => 4,
            _ => 12,
        }
    }
}

/// An article of the demo chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoProduct {
    /// Article code, unique.
    pub code: String,
    /// Name.
    pub name: &'static str,
    /// Category path, levels joined by `;`.
    pub category: &'static str,
    /// Today's shelf price of one piece, or of one kilogram if sold by weight; kopecks.
    pub price_minor: i64,
    /// Today's cost of the same; kopecks; unknown for a few.
    pub cost_minor: Option<i64>,
    /// Sold by weight.
    pub by_weight: bool,
    pub(super) shelf: Shelf,
    pub(super) popularity: u32,
}

impl DemoProduct {
    /// Shelf price on a day: prices rose about four percent each half-year until `today`, in
    /// steps, to whole tens of roubles.
    pub fn price_on(&self, day: Day, today: Day) -> i64 {
        (self.price_minor * 100 / price_level(day, today) / 1000).max(1) * 1000
    }

    /// Cost on a day; follows the price.
    pub fn cost_on(&self, day: Day, today: Day) -> Option<i64> {
        self.cost_minor
            .map(|cost| cost * 100 / price_level(day, today))
    }
}

/// Today's prices in percent of those of a day.
fn price_level(day: Day, today: Day) -> i64 {
    100 + 4 * i64::from((today.0 - day.0).max(0) / 182)
}

/// The whole assortment, ordered by shelf; a product's number is its place here.
pub fn products() -> Vec<DemoProduct> {
    let mut all = Vec::with_capacity(TABLE.len());
    let mut on_shelf = 0;
    for (row, &(shelf, name, price, cost, popularity)) in TABLE.iter().enumerate() {
        let same_shelf = row > 0 && TABLE[row - 1].0 == shelf;
        on_shelf = if same_shelf { on_shelf + 1 } else { 1 };
        all.push(DemoProduct {
            code: format!("ZP-{:02}{on_shelf:02}", shelf as u8 + 1),
            name,
            category: shelf.category(),
            price_minor: price * 100,
            cost_minor: (cost > 0).then_some(cost * 100),
            by_weight: shelf == Shelf::LooseTea,
            shelf,
            popularity,
        });
    }
    all
}

/// Shelf, name, price and cost in roubles (cost 0 = unknown), popularity within the shelf.
#[rustfmt::skip]
const TABLE: &[(Shelf, &str, i64, i64, u32)] = &[
    (Shelf::Beans, "Кофе в зёрнах «Утренний» эспрессо-смесь, 250 г", 620, 320, 30),
    (Shelf::Beans, "Кофе в зёрнах «Утренний» эспрессо-смесь, 1 кг", 2190, 1210, 34),
    (Shelf::Beans, "Кофе в зёрнах Бразилия Серрадо, 250 г", 640, 330, 22),
    (Shelf::Beans, "Кофе в зёрнах Бразилия Серрадо, 1 кг", 2290, 1280, 20),
    (Shelf::Beans, "Кофе в зёрнах Колумбия Уила, 250 г", 790, 420, 18),
    (Shelf::Beans, "Кофе в зёрнах Колумбия Уила, 1 кг", 2790, 1590, 12),
    (Shelf::Beans, "Кофе в зёрнах Эфиопия Иргачеффе, 250 г", 890, 470, 20),
    (Shelf::Beans, "Кофе в зёрнах Эфиопия Сидамо, 250 г", 840, 440, 12),
    (Shelf::Beans, "Кофе в зёрнах Кения АА, 250 г", 1090, 610, 8),
    (Shelf::Beans, "Кофе в зёрнах Гватемала Антигуа, 250 г", 860, 450, 9),
    (Shelf::Beans, "Кофе в зёрнах Никарагуа Марагоджип, 250 г", 990, 560, 5),
    (Shelf::Beans, "Кофе в зёрнах Руанда, 250 г", 920, 500, 4),
    (Shelf::Beans, "Кофе в зёрнах без кофеина, 250 г", 850, 450, 7),
    (Shelf::Beans, "Кофе в зёрнах Панама Гейша, 100 г", 2490, 1650, 1),
    (Shelf::Ground, "Кофе молотый «Утренний» для турки, 250 г", 650, 335, 20),
    (Shelf::Ground, "Кофе молотый «Утренний» для чашки, 250 г", 650, 335, 16),
    (Shelf::Ground, "Кофе молотый Бразилия для кофеварки, 250 г", 660, 340, 14),
    (Shelf::Ground, "Кофе молотый Колумбия для фильтра, 250 г", 810, 430, 12),
    (Shelf::Ground, "Кофе молотый «Восточный» с кардамоном, 200 г", 590, 300, 9),
    (Shelf::Ground, "Кофе молотый «Ирландский крем», 200 г", 570, 280, 6),
    (Shelf::Ground, "Кофе молотый без кофеина, 250 г", 870, 460, 4),
    (Shelf::Capsules, "Капсулы «Эспрессо», 10 шт", 390, 190, 24),
    (Shelf::Capsules, "Капсулы «Лунго», 10 шт", 390, 190, 16),
    (Shelf::Capsules, "Капсулы «Ристретто», 10 шт", 390, 190, 12),
    (Shelf::Capsules, "Капсулы без кофеина, 10 шт", 430, 215, 5),
    (Shelf::Capsules, "Дрип-пакеты «Эфиопия», 7 шт", 490, 240, 14),
    (Shelf::Capsules, "Дрип-пакеты «Ассорти», 10 шт", 690, 350, 16),
    (Shelf::BlackTea, "Чай чёрный Ассам, 100 г", 340, 140, 18),
    (Shelf::BlackTea, "Чай чёрный Цейлон, 100 г", 320, 130, 18),
    (Shelf::BlackTea, "Чай чёрный Дарджилинг, 100 г", 690, 340, 7),
    (Shelf::BlackTea, "Чай чёрный «Эрл Грей», 100 г", 360, 150, 16),
    (Shelf::BlackTea, "Чай чёрный с чабрецом, 100 г", 370, 150, 14),
    (Shelf::BlackTea, "Чай чёрный краснодарский, 100 г", 390, 180, 8),
    (Shelf::BlackTea, "Чай чёрный «Русский караван», 100 г", 410, 190, 6),
    (Shelf::BlackTea, "Чай чёрный в пакетиках, 25 шт", 260, 100, 12),
    (Shelf::GreenTea, "Чай зелёный Сенча, 100 г", 380, 160, 16),
    (Shelf::GreenTea, "Чай зелёный с жасмином, 100 г", 410, 175, 15),
    (Shelf::GreenTea, "Чай зелёный Лунцзин, 50 г", 690, 350, 6),
    (Shelf::GreenTea, "Чай зелёный Ганпаудер, 100 г", 330, 135, 9),
    (Shelf::GreenTea, "Матча церемониальная, 30 г", 1190, 620, 8),
    (Shelf::GreenTea, "Матча для выпечки, 100 г", 990, 480, 5),
    (Shelf::GreenTea, "Генмайча, 100 г", 450, 200, 5),
    (Shelf::Oolong, "Улун молочный, 100 г", 590, 270, 18),
    (Shelf::Oolong, "Улун Тегуаньинь, 100 г", 790, 390, 12),
    (Shelf::Oolong, "Улун Дахунпао, 50 г", 890, 450, 6),
    (Shelf::Oolong, "Пуэр шу, блин 357 г", 1690, 850, 6),
    (Shelf::Oolong, "Пуэр шу «Гнёзда», 10 шт", 490, 220, 9),
    (Shelf::Oolong, "Пуэр шэн, блин 200 г", 1490, 780, 3),
    (Shelf::Oolong, "Белый чай Бай Му Дань, 50 г", 590, 280, 4),
    (Shelf::HerbTea, "Иван-чай листовой, 100 г", 350, 140, 14),
    (Shelf::HerbTea, "Травяной сбор «Алтайский», 75 г", 320, 125, 12),
    (Shelf::HerbTea, "Ройбуш ванильный, 100 г", 380, 160, 10),
    (Shelf::HerbTea, "Каркаде, 100 г", 260, 95, 9),
    (Shelf::HerbTea, "Гречишный чай, 100 г", 340, 140, 7),
    (Shelf::HerbTea, "Фруктовый чай «Лесная поляна», 100 г", 330, 130, 11),
    (Shelf::HerbTea, "Мята перечная, 50 г", 210, 70, 8),
    (Shelf::LooseTea, "Чай чёрный с бергамотом, на развес", 3200, 1300, 14),
    (Shelf::LooseTea, "Чай зелёный с саусепом, на развес", 3600, 1500, 12),
    (Shelf::LooseTea, "Улун клубничный, на развес", 4900, 2200, 8),
    (Shelf::LooseTea, "Сбор «Ягодный чердак», на развес", 2900, 1100, 9),
    (Shelf::LooseTea, "Пуэр листовой, на развес", 5400, 2600, 5),
    (Shelf::LooseTea, "Иван-чай с облепихой, на развес", 3100, 1250, 7),
    (Shelf::Filters, "Фильтры бумажные №2, 100 шт", 290, 120, 16),
    (Shelf::Filters, "Фильтры бумажные №4, 100 шт", 320, 135, 18),
    (Shelf::Filters, "Фильтры для воронки V60, 100 шт", 690, 360, 16),
    (Shelf::Filters, "Фильтры для аэропресса, 350 шт", 590, 300, 8),
    (Shelf::Filters, "Фильтр-пакеты для чая, 100 шт", 240, 90, 10),
    (Shelf::Filters, "Картридж смягчения воды", 1290, 720, 10),
    (Shelf::Care, "Таблетки от кофейных масел, 10 шт", 590, 260, 14),
    (Shelf::Care, "Средство от накипи, 250 мл", 490, 200, 16),
    (Shelf::Care, "Средство для молочной системы, 500 мл", 690, 310, 8),
    (Shelf::Care, "Щётка для кофемолки", 350, 130, 5),
    (Shelf::Care, "Салфетки из микрофибры, 3 шт", 390, 150, 5),
    (Shelf::Sweets, "Шоколад горький 72 %, 100 г", 290, 150, 18),
    (Shelf::Sweets, "Шоколад молочный с морской солью, 100 г", 290, 150, 12),
    (Shelf::Sweets, "Пастила яблочная, 150 г", 320, 165, 10),
    (Shelf::Sweets, "Печенье овсяное с клюквой, 200 г", 260, 120, 14),
    (Shelf::Sweets, "Мёд липовый, 250 г", 450, 230, 8),
    (Shelf::Sweets, "Варенье из сосновых шишек, 250 г", 490, 240, 5),
    (Shelf::Sweets, "Халва подсолнечная, 250 г", 240, 110, 6),
    (Shelf::Sweets, "Сироп карамельный, 250 мл", 390, 180, 9),
    (Shelf::Sweets, "Пряник тульский, 140 г", 150, 70, 9),
    (Shelf::Cups, "Кружка «Зерно и пар», 350 мл", 790, 280, 14),
    (Shelf::Cups, "Пара для эспрессо фарфоровая, 70 мл", 890, 390, 8),
    (Shelf::Cups, "Чашка для капучино, 200 мл", 690, 300, 9),
    (Shelf::Cups, "Стакан с двойными стенками, 300 мл", 950, 430, 8),
    (Shelf::Cups, "Термокружка стальная, 400 мл", 1990, 1050, 8),
    (Shelf::Cups, "Термос стальной, 1 л", 2990, 1650, 4),
    (Shelf::Cups, "Пиала керамическая, 120 мл", 390, 150, 7),
    (Shelf::Brewing, "Турка медная, 400 мл", 2890, 1500, 8),
    (Shelf::Brewing, "Турка керамическая, 250 мл", 1690, 850, 5),
    (Shelf::Brewing, "Френч-пресс, 600 мл", 1590, 760, 12),
    (Shelf::Brewing, "Воронка V60 пластиковая, размер 02", 790, 350, 10),
    (Shelf::Brewing, "Воронка V60 керамическая, размер 02", 1990, 1050, 5),
    (Shelf::Brewing, "Чайник с тонким носиком, 1 л", 3490, 1900, 4),
    (Shelf::Brewing, "Гейзерная кофеварка на 6 чашек", 2990, 1600, 6),
    (Shelf::Brewing, "Аэропресс с фильтрами", 4290, 2550, 4),
    (Shelf::Brewing, "Кемекс на 6 чашек", 5490, 3300, 2),
    (Shelf::Brewing, "Чайник заварочный стеклянный, 800 мл", 1290, 560, 10),
    (Shelf::Brewing, "Чайник исинский глиняный, 250 мл", 3290, 1700, 3),
    (Shelf::Brewing, "Гайвань фарфоровая, 150 мл", 990, 430, 4),
    (Shelf::Brewing, "Чабань бамбуковая", 3690, 1950, 2),
    (Shelf::Brewing, "Весы кухонные с таймером", 2490, 1300, 5),
    (Shelf::Brewing, "Питчер для молока, 350 мл", 990, 430, 5),
    (Shelf::Brewing, "Венчик для матча бамбуковый", 790, 310, 4),
    (Shelf::Grinders, "Кофемолка ручная стальная", 3990, 2250, 10),
    (Shelf::Grinders, "Кофемолка ручная с керамическими жерновами", 2490, 1350, 10),
    (Shelf::Grinders, "Кофемолка электрическая жерновая", 12990, 8700, 6),
    (Shelf::Grinders, "Кофемолка электрическая ножевая", 2990, 1700, 6),
    (Shelf::Machines, "Кофеварка рожковая домашняя", 24990, 18200, 10),
    (Shelf::Machines, "Кофемашина капсульная", 11990, 8400, 12),
    (Shelf::Machines, "Кофемашина автоматическая", 54990, 42500, 8),
    (Shelf::Machines, "Кофемашина автоматическая с капучинатором", 79990, 62800, 4),
    (Shelf::Machines, "Кофеварка капельная", 6990, 4600, 8),
    (Shelf::Gifts, "Набор подарочный «Три страны», кофе 3×100 г", 1490, 720, 16),
    (Shelf::Gifts, "Набор подарочный «Чайная коллекция», 6 видов", 1290, 580, 18),
    (Shelf::Gifts, "Набор подарочный «Для неё», чай и шоколад", 1690, 0, 12),
    (Shelf::Gifts, "Набор подарочный «Новый год», кофе и кружка", 1990, 0, 12),
    (Shelf::Gifts, "Набор подарочный «Бариста дома»", 5990, 3200, 3),
    (Shelf::Gifts, "Коробка подарочная с лентой", 250, 90, 14),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_assortment_is_believable() {
        let all = products();
        assert!((115..=130).contains(&all.len()), "{}", all.len());
        let codes: std::collections::HashSet<_> = all.iter().map(|p| &p.code).collect();
        assert_eq!(codes.len(), all.len());
        assert!(
            all.iter()
                .all(|p| p.cost_minor.is_none_or(|cost| cost < p.price_minor))
        );
        assert!(
            SHELVES
                .iter()
                .all(|shelf| all.iter().any(|p| p.shelf == *shelf))
        );
    }

    #[test]
    fn prices_were_lower_three_years_ago_and_above_cost() {
        let today = Day::from_ymd(2026, 11, 23).unwrap();
        for product in products() {
            let then = product.price_on(today.plus(-1090), today);
            assert!(then < product.price_minor || product.price_minor < 2_00_00);
            assert!(
                product
                    .cost_on(today.plus(-1090), today)
                    .is_none_or(|cost| cost < then)
            );
        }
    }
}
