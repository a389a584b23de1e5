//! `kill -9` of the real program in the middle of work, on both databases: the data stay clean,
//! what was acknowledged exists exactly once, and an import goes on to the exact count.
//!
//! Kills in an import are aimed: so many chunks are committed, and a part of the time of one more
//! has gone by. `VERNIS_SOAK=N` spreads N kills evenly over the three kinds of work
//! and the databases; `benches/soak` runs it so.

use crate::program::{Folder, Serving, said};
use serde_json::{Value, json};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use vernis_testkit::{Client, Database};

const THREADS: u64 = 6;

/// Kinds of work that are killed, times two databases.
const STORIES: u64 = 6;

fn full_run() -> Option<u64> {
    std::env::var("VERNIS_SOAK").ok()?.parse().ok()
}

/// Kills of each story.
fn kills() -> u64 {
    full_run().map_or(2, |all| all.div_ceil(STORIES))
}

/// Rows of the files: a few chunks here, more in the full run.
fn rows() -> u64 {
    if full_run().is_some() {
        300_000
    } else {
        120_000
    }
}

/// Spreads the kills over the work; the same on every run.
fn spread(round: u64) -> f64 {
    (round as f64 * 0.618_033_988_749_895 + 0.37).fract()
}

/// Purchases in the base, after `vernis verify` found nothing wrong.
#[track_caller]
fn verified(folder: &Folder) -> u64 {
    let output = folder.run(&["verify", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["findings"], json!([]));
    answer["purchases"].as_u64().unwrap()
}

/// Sales of many customers, no two alike.
fn sales(rows: u64) -> String {
    let mut text = String::from("date;phone;amount\n");
    for n in 0..rows {
        text += &format!(
            "{:02}.{:02}.2026;8916{:07};{}\n",
            n % 28 + 1,
            n / 28 % 10 + 1,
            n % 20_000 + 1_230_000,
            n + 1
        );
    }
    text
}

/// Chunks of the file and the mean time of one, from a whole import by the command.
struct Pace {
    chunks: u64,
    chunk: Duration,
}

fn pace(database: Database, text: &str, rows: u64) -> Option<Pace> {
    let folder = Folder::on(database)?;
    let file = folder.file("sales.csv", text);
    let begun = Instant::now();
    folder.ok(&["import", file.to_str().unwrap(), "--yes", "--json"]);
    let whole = begun.elapsed();
    assert_eq!(verified(&folder), rows);
    let chunks = folder.chunks()();
    assert!(chunks >= 3, "{chunks} chunks are too few to kill between");
    Some(Pace {
        chunks,
        chunk: whole / chunks as u32,
    })
}

/// Waits until a chosen number of chunks is committed and the next one is under way, or until
/// `over` says that there is nothing to wait for.
fn wait_to_kill(folder: &Folder, pace: &Pace, round: u64, mut over: impl FnMut() -> bool) {
    let mut chunks = folder.chunks();
    // A first kill early in the file, a second one later.
    let wanted = (round % 2) * (pace.chunks / 2) + round / 2 % (pace.chunks / 2).max(1);
    let begun = Instant::now();
    while chunks() < wanted && !over() {
        assert!(begun.elapsed() < Duration::from_secs(300), "it hangs");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(pace.chunk.mul_f64(0.5 * spread(round)));
}

/// Kills that met a part of the file in the base, of all.
#[derive(Default)]
struct Tally {
    kills: u64,
    with_a_part: u64,
    finished: u64,
}

fn an_import_by_command(database: Database) {
    let rows = rows();
    let text = sales(rows);
    let Some(pace) = pace(database, &text, rows) else {
        return;
    };
    let mut tally = Tally::default();
    let mut round = 0;
    while tally.kills < kills() {
        let folder = Folder::on(database).expect("the server is there");
        let file = folder.file("sales.csv", &text);
        let command = ["import", file.to_str().unwrap(), "--yes", "--json"];
        let mut before = 0;
        // Two kills of one import, each further on, then it goes on to its end.
        for _ in 0..2 {
            let mut child = folder
                .command(&command)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            wait_to_kill(&folder, &pace, round, || {
                child.try_wait().unwrap().is_some()
            });
            round += 1;
            tally.kills += u64::from(child.try_wait().unwrap().is_none());
            child.kill().unwrap();
            child.wait().unwrap();
            let kept = verified(&folder);
            assert!(before <= kept && kept <= rows, "{before} ≤ {kept} ≤ {rows}");
            tally.with_a_part += u64::from(kept > 0 && kept < rows);
            before = kept;
        }
        folder.ok(&command);
        assert_eq!(verified(&folder), rows, "after {before}");
        tally.finished += 1;
    }
    tell("`vernis import`", database, rows, &tally);
}

fn an_import_by_the_server(database: Database) {
    let rows = rows();
    let text = sales(rows);
    let Some(pace) = pace(database, &text, rows) else {
        return;
    };
    let mut tally = Tally::default();
    let mut round = 0;
    while tally.kills < kills() {
        let folder = Folder::on(database).expect("the server is there");
        folder.add_staff();
        let mut serving = folder.serve();
        let client = serving.signed_in();
        let made = client
            .upload("sales.csv", text.clone().into_bytes())
            .expect(201);
        let path = format!("/imports/{}", made["id"].as_str().unwrap());
        client
            .post(
                &format!("{path}/run"),
                &json!({"kind": made["preview"]["kind"], "mapping": made["mapping"], "keep_good_rows": true}),
            )
            .expect(202);
        let mut before = 0;
        for _ in 0..2 {
            let client = serving.signed_in();
            wait_to_kill(&folder, &pace, round, || {
                client.get(&path).expect(200)["state"] == "done"
            });
            round += 1;
            tally.kills += u64::from(client.get(&path).expect(200)["state"] == "importing");
            serving.kill();
            let kept = verified(&folder);
            assert!(before <= kept && kept <= rows, "{before} ≤ {kept} ≤ {rows}");
            tally.with_a_part += u64::from(kept > 0 && kept < rows);
            before = kept;
            serving = folder.serve();
            let client = serving.signed_in();
            // On PostgreSQL another process might be at it, so silence is waited for.
            let state = ended(&client, &path, "importing");
            if kept < rows {
                assert_eq!(state, "interrupted", "after {kept} of {rows}");
            }
            if state == "interrupted" {
                client
                    .post(&format!("{path}/resume"), &json!({}))
                    .expect(202);
            }
        }
        let client = serving.signed_in();
        assert_eq!(ended(&client, &path, "importing"), "done");
        let answer = client.get("/session").expect(200);
        assert_eq!(answer["purchases"], json!(rows));
        serving.kill();
        assert_eq!(verified(&folder), rows, "after {before}");
        tally.finished += 1;
    }
    tell("imports of a running server", database, rows, &tally);
}

/// The state of an import when it is no longer `state`.
fn ended(client: &Client, path: &str, state: &str) -> Value {
    let begun = Instant::now();
    loop {
        let answer = client.get(path).expect(200);
        if answer["state"] != state {
            return answer["state"].clone();
        }
        assert!(begun.elapsed() < Duration::from_secs(300), "it hangs");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn tell(what: &str, database: Database, rows: u64, tally: &Tally) {
    let Tally {
        kills,
        with_a_part,
        finished,
    } = tally;
    assert!(*with_a_part > 0, "no kill met a part of the rows");
    println!(
        "SOAK {database:?}, {what} ({rows} rows): {kills} kills, after {with_a_part} of them a part of the rows was in; \
         verify clean after each; {finished} imports went on to exactly {rows} purchases"
    );
}

/// Records purchases until the server is gone; gives acknowledged keys.
fn record(client: &Client, round: u64, tried: &AtomicU64, stop: &AtomicBool) -> Vec<String> {
    let acknowledged = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (acknowledged, client) = (&acknowledged, client.clone());
            scope.spawn(move || {
                for n in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let key = format!("{round}/{thread}/{n}");
                    tried.fetch_add(1, Ordering::SeqCst);
                    let answer = client
                        .request(reqwest::Method::POST, "/purchases")
                        .header("Idempotency-Key", &key)
                        .json(&purchase(&key))
                        .send();
                    match answer {
                        Ok(answer) => {
                            assert_eq!(answer.status().as_u16(), 201, "{key}");
                            acknowledged.lock().unwrap().push(key);
                        }
                        Err(_) => return,
                    }
                }
            });
        }
    });
    acknowledged.into_inner().unwrap()
}

/// A purchase that its key decides: some by a known customer, some with lines, some anonymous.
fn purchase(key: &str) -> Value {
    let n: u64 = key
        .bytes()
        .fold(7, |sum, byte| (sum * 31 + u64::from(byte)) % 9973);
    let mut body = json!({"paid_minor": 100 + n, "occurred_at": "2026-01-15"});
    if !n.is_multiple_of(4) {
        body["customer"] = json!({"phone": format!("8916{:07}", 1_230_000 + n % 500)});
    }
    if n.is_multiple_of(3) {
        body["lines"] = json!([{"product": format!("A{}", n % 40), "quantity_micro": 1_000_000, "list_minor": 100 + n, "paid_minor": 100 + n}]);
    }
    body
}

fn purchases_over_http(database: Database) {
    let Some(folder) = Folder::on(database) else {
        return;
    };
    folder.add_staff();
    let serving = folder.serve();
    let made = serving
        .signed_in()
        .post("/api-keys", &json!({"name": "till"}))
        .expect(201);
    let key = made["key"].as_str().unwrap().to_owned();
    let connect = |serving: &Serving| serving.client().with_key(&key);
    let mut serving = Some(serving);
    let tried = AtomicU64::new(0);
    let (mut acknowledged, mut torn) = (0u64, 0u64);
    for round in 0..kills() {
        let mut running = serving.take().unwrap_or_else(|| folder.serve());
        let client = connect(&running);
        let before = client.get("/session").expect(200)["purchases"]
            .as_u64()
            .unwrap();
        let stop = AtomicBool::new(false);
        let keys = std::thread::scope(|scope| {
            let recorder = scope.spawn(|| record(&client, round, &tried, &stop));
            std::thread::sleep(Duration::from_millis(150 + (600.0 * spread(round)) as u64));
            running.kill();
            stop.store(true, Ordering::SeqCst);
            recorder.join().unwrap()
        });
        assert!(!keys.is_empty(), "round {round}: nothing was acknowledged");
        acknowledged += keys.len() as u64;
        let total = verified(&folder);
        assert!(
            total >= before + keys.len() as u64 && total <= tried.load(Ordering::SeqCst),
            "{before} + {} ≤ {total}",
            keys.len()
        );
        torn += total - before - keys.len() as u64;
        // Whoever was answered may ask again: nothing is recorded twice.
        let again = folder.serve();
        let client = connect(&again);
        for key in &keys {
            let answer = client.buy(key, &purchase(key));
            assert_eq!(answer.status, 200, "{key}: {}", answer.text);
        }
        assert_eq!(
            client.get("/session").expect(200)["purchases"],
            json!(total)
        );
        serving = Some(again);
    }
    drop(serving);
    let total = verified(&folder);
    assert_eq!(total, acknowledged + torn);
    println!(
        "SOAK {database:?}, purchases over HTTP from {THREADS} clients: {} kills; {acknowledged} acknowledged keys, \
         each exists exactly once (asked again: 200); {torn} were on the disk without an answer; verify clean after each",
        kills()
    );
}

macro_rules! on_both_databases {
    ($($name:ident: $story:ident),*) => {$(
        mod $name {
            #[test]
            fn on_sqlite() {
                super::$story(vernis_testkit::Database::Sqlite);
            }

            #[test]
            fn on_postgres() {
                super::$story(vernis_testkit::Database::Postgres);
            }
        }
    )*};
}

on_both_databases! {
    an_import_killed_again_and_again_goes_on_to_the_exact_count: an_import_by_command,
    an_import_of_a_killed_server_is_resumed_to_the_exact_count: an_import_by_the_server,
    purchases_acknowledged_before_a_kill_exist_exactly_once: purchases_over_http
}
