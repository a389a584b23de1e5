//! Kernels on a generated base of 1 million customers and 10 million purchases with returns,
//! discounts, costs, five stores, nameless receipts and a non-empty delta in every shard.
//!
//! `cargo bench -p vernis-analytics [-- CUSTOMERS [THREADS]]`; medians of several runs.

use std::time::Instant as Clock;
use vernis_analytics::dashboard::dashboard;
use vernis_analytics::facts::list::{ListQuery, Sort, list};
use vernis_analytics::facts::search::search;
use vernis_analytics::facts::{Lens, find};
use vernis_analytics::metrics::answer::{By, answers, by_group, values};
use vernis_analytics::metrics::series::{Grain, buckets, series};
use vernis_analytics::metrics::{Metric, all, find as metric};
use vernis_analytics::panel::{Needs, Panel};
use vernis_analytics::rfm::{Borders, RfmQuery, rfm, rfm_from_facts};
use vernis_analytics::snapshot::{read_snapshot, write_snapshot};
use vernis_analytics::{Live, LiveBase, Pool, Query};
use vernis_domain::*;

/// SplitMix64: the same base in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }
}

const FIRST_NAMES: [&str; 8] = [
    "Анна",
    "Мария",
    "Елена",
    "Ольга",
    "Иван",
    "Пётр",
    "Сергей",
    "Алексей",
];
const LAST_NAMES: [&str; 8] = [
    "Смирнов",
    "Иванов",
    "Кузнецов",
    "Соколов",
    "Попов",
    "Лебедев",
    "Козлов",
    "Новиков",
];

fn customer(id: i64, dice: &mut Dice, first: Day) -> Customer {
    Customer {
        id: CustomerId(id),
        last_name: format!("{}{}", LAST_NAMES[dice.below(8) as usize], dice.below(1000)),
        first_name: FIRST_NAMES[dice.below(8) as usize].to_owned(),
        middle_name: String::new(),
        sex: None,
        birthday: None,
        city: "Тверь".to_owned(),
        address: String::new(),
        other_names: Vec::new(),
        contacts: vec![Contact {
            kind: ContactKind::Phone,
            value: format!("+79{:09}", dice.below(1_000_000_000)),
            source: String::new(),
        }],
        children: Vec::new(),
        about: vernis_domain::About::default(),
        store_id: Some(StoreId(1 + id % 5)),
        channel_id: Some(ChannelId(1 + id % 3)),
        registered_day: Day(first.0 + dice.below(1095) as i32),
        recorded_at: Instant(0),
    }
}

fn purchase(id: i64, customer: Option<i64>, dice: &mut Dice, day: Day) -> Purchase {
    let bits = dice.next();
    // Log-like spread of amounts.
    let paid = 10_000 + (((bits & 0xffff) * (bits >> 16 & 0xffff)) >> 12) as i64;
    let discount = if bits >> 40 & 7 == 0 { paid / 10 } else { 0 };
    Purchase {
        id: PurchaseId(id),
        customer_id: customer.map(CustomerId),
        kind: PurchaseKind::Sale,
        store_id: StoreId(1 + (bits >> 44 & 7) as i64 % 5),
        channel_id: ChannelId(1 + (bits >> 50 & 3) as i64 % 3),
        occurred_at: Instant(
            (i64::from(day.0) * 86_400 + (bits >> 32 & 0xffff) as i64) * 1_000_000,
        ),
        precision: TimePrecision::Instant,
        local_day: day,
        paid_minor: paid,
        discount_minor: discount,
        cost_minor: (bits >> 52 & 3 != 0).then_some(paid * 6 / 10),
        returned_purchase_id: None,
        items: Vec::new(),
    }
}

fn generate(customers: i64, threads: usize, first: Day) -> Live {
    let live = Live::new(LiveBase::empty(Pool::new(threads).expect("threads")));
    let mut dice = Dice(7);
    let mut next_id = 1;
    let mut id = 1;
    while id <= customers {
        let until = (id + 65_536).min(customers + 1);
        let people: Vec<Customer> = (id..until)
            .map(|id| customer(id, &mut dice, first))
            .collect();
        let mut purchases = Vec::with_capacity(800_000);
        for person in &people {
            // One to many, ten on average.
            let many = dice.below(10) < 3;
            let count = if many {
                5 + dice.below(45)
            } else {
                1 + dice.below(5)
            };
            let born = dice.below(1000);
            for _ in 0..count {
                let day = Day(first.0 + (born + dice.below(1095 - born)) as i32);
                let sold = purchase(next_id, Some(person.id.0), &mut dice, day);
                next_id += 1;
                purchases.push(sold.clone());
                if dice.below(25) == 0 {
                    let mut back = sold.clone();
                    back.id = PurchaseId(next_id);
                    next_id += 1;
                    back.kind = PurchaseKind::Return;
                    back.local_day = Day((day.0 + dice.below(14) as i32).min(first.0 + 1094));
                    let whole = dice.below(2) == 0;
                    back.paid_minor = if whole {
                        -sold.paid_minor
                    } else {
                        -sold.paid_minor / 2
                    };
                    back.discount_minor = if whole {
                        -sold.discount_minor
                    } else {
                        -sold.discount_minor / 2
                    };
                    back.cost_minor = sold.cost_minor.map(|c| if whole { -c } else { -c / 2 });
                    back.returned_purchase_id = Some(sold.id);
                    purchases.push(back);
                }
            }
            if dice.below(4) == 0 {
                let day = Day(first.0 + dice.below(1095) as i32);
                purchases.push(purchase(next_id, None, &mut dice, day));
                next_id += 1;
            }
        }
        live.apply(&[Event::Customers(people), Event::Purchases(purchases)]);
        id = until;
    }
    live.replace(live.current().compact());
    // The delta: about forty purchases wait in every shard.
    let waiting: Vec<Purchase> = (0..customers / 100)
        .map(|n| {
            let who = 1 + dice.below(customers as u64) as i64;
            purchase(next_id + n, Some(who), &mut dice, Day(first.0 + 1094))
        })
        .collect();
    live.apply(&[Event::Purchases(waiting)]);
    live
}

/// Milliseconds all threads of this process have spent on a processor (Linux; else zero): what a
/// kernel costs even when other programs share the cores.
fn processor_ms() -> f64 {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else {
        return 0.0;
    };
    tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
        .filter_map(|line| line.split(' ').next()?.parse::<f64>().ok())
        .sum::<f64>()
        / 1e6
}

/// Median milliseconds of `runs` runs, and processor time per run.
fn measure<R>(what: &str, runs: usize, mut work: impl FnMut() -> R) -> R {
    let mut times = Vec::new();
    let mut result = work();
    let before = processor_ms();
    for _ in 0..runs {
        let start = Clock::now();
        result = work();
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let processor = (processor_ms() - before) / runs as f64;
    times.sort_by(f64::total_cmp);
    println!(
        "{what:<52} median {:9.2} ms   best {:9.2} ms   processor {processor:9.2} ms",
        times[times.len() / 2],
        times[0]
    );
    result
}

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    let customers = numbers.first().copied().unwrap_or(1_000_000) as i64;
    let threads = numbers.get(1).copied().unwrap_or(2);
    let first = Day::from_ymd(2023, 11, 1).expect("a day");
    let start = Clock::now();
    let live = generate(customers, threads, first);
    let base = live.current();
    let (people, purchases) = (base.customers(), base.purchases());
    println!(
        "{people} customers, {purchases} purchases, {} threads, made in {:.1?}",
        base.pool().threads(),
        start.elapsed()
    );
    println!("{}", base.memory());

    let as_of = Day(first.0 + 1095);
    let query = RfmQuery::new(as_of);
    let a = measure("RFM 27 from the purchases", 15, || rfm(&base, &query));
    let b = measure("RFM 27 from the kept facts", 15, || {
        rfm_from_facts(&base, &query)
    })
    .expect("all");
    assert_eq!(a.cells, b.cells, "both ways agree");
    let rhythm = RfmQuery {
        borders: Borders::Rhythm,
        ..query
    };
    measure("RFM 27 by rhythm", 5, || rfm(&base, &rhythm));
    let period = Query::new(first, first.add_months(36), as_of);
    let months = buckets(period.from, period.to, Grain::Month);
    measure("dashboard, 36 months with the cohort table", 15, || {
        dashboard(&base, &period, &months)
    });
    let of_store = Query {
        store: Some(StoreId(2)),
        ..period.clone()
    };
    measure("dashboard of one store", 5, || {
        dashboard(&base, &of_store, &months)
    });
    let month = period.over(Day(as_of.0 - 30), as_of);
    measure("the panel of one month, sums only", 5, || {
        Panel::of(&base, &month, Needs::default())
    });
    measure("all metrics of one month", 5, || values(&base, &month));
    let metrics: Vec<&'static Metric> = all().iter().collect();
    measure("all metrics of a month with two comparisons", 9, || {
        answers(&base, &month, &metrics)
    });
    let year = period.over(Day(as_of.0 - 365), as_of);
    measure("all metrics of a year with two comparisons", 5, || {
        answers(&base, &year, &metrics)
    });
    let some = ["repeat_rate", "ltv", "margin", "orders_per_customer"].map(metric);
    let some: Vec<&'static Metric> = some.into_iter().flatten().collect();
    measure("36 months of metrics outside the quick ones", 3, || {
        series(&base, &period, &some, &months)
    });
    measure("36 months of the median order", 3, || {
        series(
            &base,
            &period,
            &[metric("median_order").expect("metric")],
            &months,
        )
    });
    measure("all metrics of a month by store", 3, || {
        by_group(&base, &month, &By::Store, &metrics)
    });
    measure("all metrics of a month by RFM cell", 3, || {
        by_group(&base, &month, &By::Cell(query), &metrics)
    });
    let lens = Lens::new(as_of, query);
    lens.cuts(&base);
    let by_revenue = ListQuery {
        sort: Sort::Fact(find("revenue").expect("fact")),
        descending: true,
        ..ListQuery::default()
    };
    measure("first page of all customers by revenue", 9, || {
        list(&base, &lens, &by_revenue)
    });
    let by_overdue = ListQuery {
        sort: Sort::Fact(find("overdue_ratio").expect("fact")),
        descending: true,
        ..ListQuery::default()
    };
    measure("first page by overdue ratio", 9, || {
        list(&base, &lens, &by_overdue)
    });
    measure("first page by name", 9, || {
        list(&base, &lens, &ListQuery::default())
    });
    measure("search “кузнецов1 ан”", 9, || {
        search(&base, "кузнецов1 ан", 20)
    });
    measure("search “79161”", 9, || search(&base, "79161", 20));

    let mut bytes = Vec::new();
    measure("write the snapshot (to memory)", 1, || {
        bytes.clear();
        write_snapshot(&base, (1, 1), &mut bytes).expect("memory takes it");
    });
    println!("snapshot of {:.1} MB", bytes.len() as f64 / 1e6);
    measure("read the snapshot (from memory)", 3, || {
        read_snapshot(&bytes[..], base.pool().clone())
            .expect("just written")
            .0
            .purchases()
    });

    let mut next = 1_000_000_000;
    let mut dice = Dice(99);
    measure("apply one purchase", 500, || {
        next += 1;
        let who = 1 + dice.below(customers as u64) as i64;
        live.apply(&[Event::Purchases(vec![purchase(
            next,
            Some(who),
            &mut dice,
            as_of,
        )])])
    });
    measure("apply one purchase, then the dashboard", 9, || {
        next += 1;
        let who = 1 + dice.below(customers as u64) as i64;
        live.apply(&[Event::Purchases(vec![purchase(
            next,
            Some(who),
            &mut dice,
            as_of,
        )])]);
        dashboard(&live.current(), &period, &months)
    });
    measure(
        "apply 1000 purchases one by one, then the dashboard",
        5,
        || {
            for _ in 0..1000 {
                next += 1;
                let who = 1 + dice.below(customers as u64) as i64;
                live.apply(&[Event::Purchases(vec![purchase(
                    next,
                    Some(who),
                    &mut dice,
                    as_of,
                )])]);
            }
            let start = Clock::now();
            dashboard(&live.current(), &period, &months);
            println!(
                "  of which the dashboard {:.2} ms",
                start.elapsed().as_secs_f64() * 1e3
            );
        },
    );
}
