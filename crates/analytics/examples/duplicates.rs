//! Likely duplicates in a made base: seconds and memory of the full pass, cost of a newcomer.
//! `cargo run --release -p vernis-analytics --example duplicates -- 1000000`

use std::collections::HashSet;
use std::time::Instant as Moment;
use vernis_analytics::duplicates::Duplicates;
use vernis_analytics::{Live, LiveBase, Pool};
use vernis_domain::customer::Birthday;
use vernis_domain::{Contact, ContactKind, Customer, CustomerId, Day, Event, Instant, Sex};

/// A small generator of its own: the same base at every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((self.0 >> 33) as usize) % n
    }

    /// Small numbers are the more frequent, as names are.
    fn skewed(&mut self, n: usize) -> usize {
        let (a, b) = (self.below(n), self.below(n));
        a * b / n
    }
}

const ROOTS: [&str; 24] = [
    "Иван",
    "Петр",
    "Сидор",
    "Кузнец",
    "Смирн",
    "Попо",
    "Васил",
    "Соколо",
    "Михайл",
    "Новик",
    "Федор",
    "Мороз",
    "Волко",
    "Алексе",
    "Лебеде",
    "Семен",
    "Егор",
    "Павло",
    "Козло",
    "Степан",
    "Николае",
    "Орло",
    "Андрее",
    "Макаро",
];
const ENDINGS: [&str; 12] = [
    "ова",
    "ева",
    "ина",
    "ская",
    "енко",
    "ян",
    "ич",
    "ук",
    "ых",
    "цкая",
    "ская-Белова",
    "ко",
];
const FIRST: [&str; 30] = [
    "Анна",
    "Мария",
    "Елена",
    "Ольга",
    "Наталья",
    "Ирина",
    "Светлана",
    "Татьяна",
    "Екатерина",
    "Юлия",
    "Анастасия",
    "Дарья",
    "Марина",
    "Людмила",
    "Галина",
    "Валентина",
    "Надежда",
    "Вера",
    "Любовь",
    "Алина",
    "Полина",
    "Ксения",
    "Виктория",
    "Жанна",
    "Яна",
    "Алла",
    "Инна",
    "Лариса",
    "Нина",
    "Зоя",
];
const CITIES: [&str; 6] = ["Москва", "Тверь", "Клин", "Дубна", "Химки", ""];

fn person(id: i64, dice: &mut Dice) -> Customer {
    let last = format!(
        "{}{}{}",
        ROOTS[dice.skewed(ROOTS.len())],
        ["", "о", "и", "ен"][dice.below(4)],
        ENDINGS[dice.skewed(ENDINGS.len())]
    );
    let phone = format!("+79{:02}{:07}", dice.below(100), dice.below(10_000_000));
    let mut contacts = vec![Contact::plain(ContactKind::Phone, phone)];
    if dice.below(2) == 0 {
        let local = format!("client{}", dice.below(100_000_000));
        let host = ["mail.ru", "gmail.com", "yandex.ru"][dice.below(3)];
        contacts.push(Contact::plain(
            ContactKind::Email,
            format!("{local}@{host}"),
        ));
    }
    Customer {
        id: CustomerId(id),
        last_name: last,
        first_name: FIRST[dice.skewed(FIRST.len())].to_owned(),
        middle_name: String::new(),
        sex: Some(Sex::Female),
        birthday: (dice.below(10) < 6).then(|| Birthday {
            year: Some(1940 + dice.below(65) as i16),
            month: 1 + dice.below(12) as i8,
            day: 1 + dice.below(28) as i8,
        }),
        city: CITIES[dice.skewed(CITIES.len())].to_owned(),
        address: String::new(),
        other_names: Vec::new(),
        contacts,
        children: Vec::new(),
        about: vernis_domain::About::default(),
        store_id: None,
        channel_id: None,
        registered_day: Day(20_000),
        recorded_at: Instant(0),
    }
}

/// The same person, written once more by somebody else.
fn again(of: &Customer, id: i64, dice: &mut Dice) -> Customer {
    let mut other = of.clone();
    other.id = CustomerId(id);
    match dice.below(3) {
        0 => std::mem::swap(&mut other.last_name, &mut other.first_name),
        1 => other.first_name = other.first_name.replace("ья", "ия").to_uppercase(),
        _ => {}
    }
    other.contacts.truncate(1);
    let phone = &mut other.contacts[0].value;
    phone.replace_range(11..12, "5");
    other
}

fn main() {
    let count: i64 = std::env::args()
        .nth(1)
        .map_or(1_000_000, |n| n.parse().expect("a number of customers"));
    let mut dice = Dice(7);
    let mut people: Vec<Customer> = (1..=count).map(|id| person(id, &mut dice)).collect();
    let planted = count / 1_000;
    for n in 0..planted {
        let of = people[(n * 997 % count) as usize].clone();
        people.push(again(&of, count + 1 + n, &mut dice));
    }
    let live = Live::new(LiveBase::empty(Pool::new(0).expect("threads")));
    live.apply(&[Event::Customers(people)]);
    let mut found = Duplicates::default();
    let began = Moment::now();
    let done = found.update(&live.current(), &HashSet::new(), &|| false);
    let full = began.elapsed().as_secs_f64();
    let pairs: HashSet<(i64, i64)> = found.pairs().map(|p| (p.one.0, p.other.0)).collect();
    let hit = (0..planted)
        .filter(|n| pairs.contains(&(n * 997 % count + 1, count + 1 + n)))
        .count();
    println!(
        "{count} customers: full pass {full:.2} s, {} pairs compared, {} proposed, {hit} of {planted} planted found; {:.0} MB kept",
        done.compared,
        pairs.len(),
        found.bytes() as f64 / 1e6
    );
    let mut times = Vec::new();
    for n in 0..300 {
        let id = count + planted + 1 + n;
        let newcomer = if n % 2 == 0 {
            person(id, &mut dice)
        } else {
            let mut dice = Dice(n as u64);
            again(
                &live.current().customer(CustomerId(1 + n)).expect("him"),
                id,
                &mut dice,
            )
        };
        live.apply(&[Event::Customers(vec![newcomer])]);
        let base = live.current();
        let began = Moment::now();
        found.update(&base, &HashSet::new(), &|| false);
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_unstable_by(f64::total_cmp);
    println!(
        "one newcomer: median {:.2} ms, 99 of 100 {:.2} ms",
        times[times.len() / 2],
        times[times.len() * 99 / 100]
    );
}
