//! Customers of the demo shop: who they are and how they can be reached.
//!
//! Nobody real can be reached by what is made here. Phones are well-formed Russian mobile numbers
//! with the codes 943 to 948, which to our knowledge no operator has been given; e-mails lie in
//! the domains RFC 2606 and RFC 6761 reserve for examples.

use super::catalogue::STORES;
use super::draw::{Draw, Purpose};
use super::profile::{Profile, Rhythm};
use super::{DemoOptions, names};
use vernis_domain::customer::Birthday;
use vernis_domain::{Day, Sex};

/// A customer of the demo shop.
#[derive(Clone, PartialEq)]
pub struct DemoCustomer {
    /// Number in the demo shop, from 0.
    pub index: u32,
    /// The record of the same person that was made first, if this one is a duplicate.
    pub duplicate_of: Option<u32>,
    /// Last name; empty when only the first name was asked.
    pub last_name: String,
    /// First name.
    pub first_name: String,
    /// Patronymic, when recorded.
    pub middle_name: String,
    /// Sex, when recorded.
    pub sex: Option<Sex>,
    /// Birthday, when recorded; some without the year.
    pub birthday: Option<Birthday>,
    /// Birthday of a child, when recorded.
    pub child_birthday: Option<Birthday>,
    /// City.
    pub city: &'static str,
    /// Phones in E.164, the main one first; at most two.
    pub phones: Vec<String>,
    /// E-mail, when recorded.
    pub email: Option<String>,
    /// Loyalty card: 13 digits with an EAN check digit, when given out.
    pub card: Option<String>,
    /// Number of the store of registration in [`super::STORES`].
    pub store: u8,
    /// Number of the channel that brought the customer in [`super::CHANNELS`].
    pub channel: u8,
    /// Day of registration.
    pub registered_day: Day,
}

/// Shows the number only, as the real customer does.
impl std::fmt::Debug for DemoCustomer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DemoCustomer({})", self.index)
    }
}

impl DemoCustomer {
    /// Identifier in the shop's own books, as accounting programs write it: `00-00000042`.
    pub fn external_id(&self) -> String {
        external_id(self.index)
    }
}

/// Identifier of a customer in the demo shop's own books.
pub fn external_id(index: u32) -> String {
    format!("00-{:08}", index + 1)
}

/// How a duplicate record differs from the first one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slip {
    /// A second phone, nothing else.
    SecondPhone,
    /// The same phone, the last name misspelt.
    Misspelt,
    /// The same e-mail from another phone, no patronymic.
    SameEmail,
    /// A second phone and a misspelt name; only the birthday tells.
    MisspeltSecondPhone,
}

/// Makes the customer of this number.
pub(super) fn customer(options: &DemoOptions, index: u32) -> DemoCustomer {
    let (profile, _) = Profile::of(options, index);
    let original = options.duplicate_of(index);
    let mut person = facts_of_a_person(options, original.unwrap_or(index));
    person.index = index;
    person.duplicate_of = original;
    person.store = profile.home;
    person.channel = profile.found_by;
    person.registered_day = profile.start;

    let mut draw = Draw::new(options.seed, Purpose::Record, index);
    if original.is_some() {
        let slip = [
            Slip::SecondPhone,
            Slip::Misspelt,
            Slip::SameEmail,
            Slip::MisspeltSecondPhone,
        ][draw.weighted([40, 25, 20, 15].into_iter())];
        make_slip(&mut draw, &mut person, options, slip);
    } else if profile.rhythm != Rhythm::Never && draw.chance(200) {
        // Registered on the site or by a form some days before the first purchase.
        let early = draw.below(30) as i32;
        person.registered_day = Day(profile.start.0 - early).max(options.first_day());
    }
    person
}

fn make_slip(draw: &mut Draw, person: &mut DemoCustomer, options: &DemoOptions, slip: Slip) {
    person.card = None;
    person.child_birthday = None;
    let other_phone = phone(options.seed, person.index, 0);
    if slip != Slip::Misspelt || person.phones.is_empty() {
        person.phones = vec![other_phone];
    } else {
        person.phones.truncate(1);
    }
    if slip != Slip::SameEmail {
        person.email = None;
    }
    if matches!(slip, Slip::Misspelt | Slip::MisspeltSecondPhone) {
        person.last_name = match person.last_name.as_str() {
            "" => String::new(),
            name => names::misspelt(name, draw.below(6)),
        };
    }
    if slip == Slip::SameEmail {
        person.middle_name.clear();
        person.birthday = None;
    }
}

/// Name, sex, birthday, city and contacts of a person, however often he is recorded.
fn facts_of_a_person(options: &DemoOptions, index: u32) -> DemoCustomer {
    let (profile, _) = Profile::of(options, index);
    let mut draw = Draw::new(options.seed, Purpose::Person, index);
    let sex = if draw.chance(600) {
        Sex::Female
    } else {
        Sex::Male
    };
    let first_name = match sex {
        Sex::Female => draw.pick_common(names::FEMALE),
        Sex::Male => draw.pick_common(names::MALE),
    };
    let last_name = names::last_name(draw.pick_common(names::LAST), sex);
    let middle_name = names::patronymic(draw.pick_common(names::MALE), sex);
    let age = 19 + draw.below(28) + draw.below(33);
    let birthday = birthday(&mut draw, options.today, age as i32);
    let with_year = draw.chance(850);
    let child_age = 1 + draw.below(16);
    let child = self::birthday(&mut draw, options.today, child_age as i32);
    let city = city(&mut draw, profile.home);
    let mut phones = Vec::with_capacity(1);
    let (has_phone, has_second) = (draw.chance(965), draw.chance(40));
    if has_phone {
        phones.push(phone(options.seed, index, 0));
        if has_second {
            phones.push(phone(options.seed, index, 1));
        }
    }
    let online = STORES[profile.home as usize].city.is_empty();
    let has_email = draw.chance(if online { 940 } else { 420 }) || !has_phone;
    let has_card = draw.chance(if online { 150 } else { 640 });
    let local = match draw.below(3) {
        0 => format!("{}.{}", names::latin(first_name), names::latin(&last_name)),
        1 => format!(
            "{}{}",
            names::latin(&last_name),
            birthday.year.unwrap_or(0) % 100
        ),
        _ => format!(
            "{}_{}",
            names::latin(&last_name),
            &names::latin(first_name)[..1]
        ),
    };
    let domain = draw.pick(&[
        "example.com",
        "example.org",
        "example.net",
        "pochta.example",
    ]);
    let asked_last = draw.chance(890);
    let asked_middle = asked_last && draw.chance(650);
    DemoCustomer {
        index,
        duplicate_of: None,
        last_name: if asked_last { last_name } else { String::new() },
        first_name: first_name.to_owned(),
        middle_name: if asked_middle {
            middle_name
        } else {
            String::new()
        },
        sex: draw.chance(900).then_some(sex),
        birthday: draw.chance(620).then_some(Birthday {
            year: if with_year { birthday.year } else { None },
            ..birthday
        }),
        child_birthday: ((24..=55).contains(&age) && draw.chance(260)).then_some(child),
        city,
        phones,
        // The number keeps two people of one name apart.
        email: has_email.then(|| format!("{local}.{index}@{domain}")),
        card: has_card.then(|| card(options.seed, index)),
        store: profile.home,
        channel: profile.found_by,
        registered_day: profile.start,
    }
}

/// A birthday of somebody who is `age` years old today.
fn birthday(draw: &mut Draw, today: Day, age: i32) -> Birthday {
    use jiff::ToSpan;
    let days_since = draw.below(365) as i32;
    let born = today
        .plus(-days_since)
        .date()
        .checked_sub(age.years())
        .unwrap_or(jiff::civil::date(1970, 1, 1));
    Birthday {
        year: Some(born.year()),
        month: born.month(),
        day: born.day(),
    }
}

fn city(draw: &mut Draw, home: u8) -> &'static str {
    const NEAR_MOSCOW: [&str; 6] = [
        "Химки",
        "Мытищи",
        "Балашиха",
        "Подольск",
        "Королёв",
        "Люберцы",
    ];
    const NEAR_EKB: [&str; 4] = [
        "Верхняя Пышма",
        "Берёзовский",
        "Первоуральск",
        "Нижний Тагил",
    ];
    const ANYWHERE: [&str; 16] = [
        "Москва",
        "Санкт-Петербург",
        "Екатеринбург",
        "Казань",
        "Новосибирск",
        "Нижний Новгород",
        "Самара",
        "Уфа",
        "Краснодар",
        "Пермь",
        "Воронеж",
        "Челябинск",
        "Тюмень",
        "Ростов-на-Дону",
        "Калининград",
        "Владивосток",
    ];
    let shop_city = STORES[home as usize].city;
    if shop_city.is_empty() {
        return draw.pick_common(&ANYWHERE);
    }
    match (shop_city, draw.chance(140)) {
        ("Москва", true) => draw.pick(&NEAR_MOSCOW),
        ("Екатеринбург", true) => draw.pick(&NEAR_EKB),
        _ => shop_city,
    }
}

/// The `which`-th (0 or 1) phone of a record: a different one for each of 30 million records.
fn phone(seed: u64, index: u32, which: u32) -> String {
    const NUMBERS: u64 = 60_000_000; // six codes of ten million
    // The factor shares no divisor with NUMBERS, so that no two records meet.
    let place = (u64::from(index) * 2 + u64::from(which)) * 38_237_587
        + (seed.wrapping_add(1)).wrapping_mul(7_919_333) % NUMBERS;
    let number = place % NUMBERS;
    format!("+7{}{:07}", 943 + number / 10_000_000, number % 10_000_000)
}

/// A 13-digit card number of the shop's own range with its EAN check digit.
fn card(seed: u64, index: u32) -> String {
    let digits = format!(
        "2900{:08}",
        (u64::from(index) * 60_013_337 + seed % 1000) % 100_000_000
    );
    let sum: u32 = digits
        .bytes()
        .zip([1, 3].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}
