//! Two programs on one PostgreSQL: each sees what the other recorded, within a second.

use serde_json::json;
use std::time::{Duration, Instant};
use vernis_testkit::{Client, Database, TestApp};

const EACH: usize = 300;
const THREADS: usize = 4;

fn purchases(client: &Client) -> u64 {
    client.get("/session").expect(200)["purchases"]
        .as_u64()
        .unwrap()
}

fn record(app: &TestApp, name: &'static str) -> Vec<std::thread::JoinHandle<()>> {
    (0..THREADS)
        .map(|thread| {
            let till = app.till(&format!("{name}{thread}"));
            std::thread::spawn(move || {
                for n in (thread..EACH).step_by(THREADS) {
                    // The same few customers from both programs, met for the first time by either.
                    let phone = format!("8916{:07}", n % 50 + 1_234_500);
                    let body = json!({"paid_minor": 100, "customer": {"phone": phone}});
                    till.buy(&format!("{name}-{n}"), &body).expect(201);
                }
            })
        })
        .collect()
}

#[test]
fn see_each_others_purchases_within_a_second_and_skip_none() {
    let Some(one) = TestApp::new(Database::Postgres) else {
        return;
    };
    let mine = one.signed_in();
    let two = one.beside();
    let theirs = two.till("watcher");
    // One purchase alone: how soon the other sees it.
    mine.buy("first", &json!({"paid_minor": 1})).expect(201);
    let answered = Instant::now();
    while purchases(&theirs) < 1 {
        assert!(
            answered.elapsed() < Duration::from_secs(1),
            "not seen within a second"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    let threads: Vec<_> = record(&one, "a")
        .into_iter()
        .chain(record(&two, "b"))
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let answered = Instant::now();
    let whole = 2 * EACH as u64 + 1;
    while purchases(&mine) < whole || purchases(&theirs) < whole {
        assert!(
            answered.elapsed() < Duration::from_secs(1),
            "{} and {} of {whole}",
            purchases(&mine),
            purchases(&theirs)
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    for client in [&mine, &theirs] {
        let metrics = client.get("/metrics").expect(200);
        let revenue = metrics["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|m| m["key"] == "revenue")
            .unwrap();
        assert_eq!(revenue["value"], json!(2.0 * EACH as f64 * 100.0 + 1.0));
        assert_eq!(client.get("/customers").expect(200)["total"], 50);
    }
    assert_eq!(one.app.verify().unwrap().findings, Vec::<String>::new());
    // A key of the one is known to the other.
    let same = json!({"paid_minor": 100, "customer": {"phone": "89161234500"}});
    assert_eq!(theirs.buy("a-0", &same).status, 200);
}

fn until(what: impl Fn() -> bool, words: &str) {
    let began = Instant::now();
    while !what() {
        assert!(began.elapsed() < Duration::from_secs(2), "{words}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_merge_by_the_one_shows_at_the_other_and_so_does_taking_it_back() {
    let Some(one) = TestApp::new(Database::Postgres) else {
        return;
    };
    let mine = one.signed_in();
    let two = one.beside();
    let theirs = two.till("other");
    let person = |phone: &str| {
        let body = json!({"paid_minor": 100, "customer": {"phone": phone}});
        let bought = mine.buy(phone, &body).expect(201);
        bought["customer_id"].as_str().unwrap().to_owned()
    };
    let (a, b) = (person("89161234501"), person("89161234502"));
    until(|| purchases(&theirs) == 2, "the purchases");
    mine.post(&format!("/customers/{a}/merge"), &json!({ "other": b }))
        .expect(200);
    let card = |client: &Client, id: &str| client.get(&format!("/customers/{id}")).expect(200);
    until(
        || card(&theirs, &b)["id"] == json!(a) && card(&theirs, &b)["purchases"] == 2,
        "the merge",
    );
    // The other program sells to the one merged away, this one sees it with the survivor.
    let body = json!({"paid_minor": 7, "customer": {"phone": "89161234502"}});
    let bought = theirs.buy("later", &body).expect(201);
    assert_eq!(bought["customer_id"], json!(a));
    until(
        || card(&mine, &a)["purchases"] == 3,
        "the purchase after the merge",
    );
    mine.post(&format!("/customers/{a}/unmerge"), &json!({ "other": b }))
        .expect(200);
    for client in [&mine, &theirs] {
        until(
            || card(client, &b)["purchases"] == 2 && card(client, &a)["purchases"] == 1,
            "apart",
        );
    }
    for app in [&one, &two] {
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
    }
    // Two programs merge the same two into each other at once: one of them is told it is done.
    let other_way = std::thread::spawn({
        let (theirs, path, body) = (
            theirs.clone(),
            format!("/customers/{b}/merge"),
            json!({ "other": a }),
        );
        move || theirs.post(&path, &body).status
    });
    let first = mine
        .post(&format!("/customers/{a}/merge"), &json!({ "other": b }))
        .status;
    let mut statuses = [first, other_way.join().unwrap()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    until(
        || {
            card(&mine, &a)["id"] == card(&theirs, &a)["id"]
                && card(&mine, &a)["purchases"] == 3
                && card(&theirs, &a)["purchases"] == 3
        },
        "one of both ways",
    );
    for app in [&one, &two] {
        assert_eq!(app.app.verify().unwrap().findings, Vec::<String>::new());
    }
}
