//! `kill -9` of the real program in the middle of work: the data stay clean, what was acknowledged
//! exists exactly once, and an import goes on to the exact count.
//!
//! `VERNIS_SOAK=N` kills N times (half in imports, half in purchases); `benches/soak` runs it so.

use crate::program::{Folder, Serving, said};
use serde_json::json;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use vernis_testkit::Client;

const THREADS: u64 = 6;

/// Kills of each of the two kinds of work.
fn kills() -> u64 {
    let all = std::env::var("VERNIS_SOAK")
        .ok()
        .and_then(|n| n.parse().ok());
    all.map_or(3, |n: u64| n.div_ceil(2))
}

/// Rows of the file: several chunks here, many in the full run.
fn rows() -> u64 {
    if kills() >= 50 { 200_000 } else { 70_000 }
}

/// Spreads the kills over the time of the work; the same on every run.
fn spread(round: u64) -> f64 {
    (round as f64 * 0.618_033_988_749_895 + 0.37).fract()
}

#[track_caller]
fn verified(folder: &Folder) -> u64 {
    let output = folder.run(&["verify", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["findings"], json!([]));
    answer["purchases"].as_u64().unwrap()
}

#[test]
fn an_import_killed_again_and_again_goes_on_to_the_exact_count() {
    let rows = rows();
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
    let mut folder = Folder::new();
    let file = folder.file("sales.csv", &text);
    let path = file.to_str().unwrap().to_owned();
    let source = folder;
    folder = Folder::new();
    let (mut done, mut middle, mut finished, mut round) = (0, 0, 0, 0);
    // How long a whole run takes is learnt from runs that were not killed.
    let begun = Instant::now();
    folder.ok(&["import", &path, "--yes", "--json"]);
    let mut whole = begun.elapsed();
    assert_eq!(verified(&folder), rows);
    folder = Folder::new();
    while done < kills() {
        round += 1;
        let mut child = folder
            .command(&["import", &path, "--yes", "--json"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The first part is the dry run; most kills shall meet the writing.
        std::thread::sleep(whole.mul_f64(0.25 + 0.7 * spread(round)));
        let was_running = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        child.wait().unwrap();
        let kept = verified(&folder);
        assert!(kept <= rows, "{kept}");
        if was_running {
            done += 1;
            middle += u64::from(kept > 0 && kept < rows);
        }
        // Go on from there twice, then to the end, then in a new folder.
        if round % 3 == 0 || kept == rows {
            let begun = Instant::now();
            folder.ok(&["import", &path, "--yes", "--json"]);
            assert_eq!(verified(&folder), rows, "after {kept}");
            finished += 1;
            whole = whole.max(begun.elapsed());
            folder = Folder::new();
        }
    }
    if folder.0.path().join("data").exists() {
        folder.ok(&["import", &path, "--yes", "--json"]);
        assert_eq!(verified(&folder), rows);
        finished += 1;
    }
    drop(source);
    println!(
        "SOAK imports of {rows} rows: {done} kills, {middle} of them with a part of the rows in; \
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
fn purchase(key: &str) -> serde_json::Value {
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

#[test]
fn purchases_acknowledged_before_a_kill_exist_exactly_once() {
    let folder = Folder::new();
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
        "SOAK purchases over HTTP from {THREADS} clients: {} kills; {acknowledged} acknowledged keys, each exists \
         exactly once (asked again: 200); {torn} were on the disk without an answer; verify clean after each",
        kills()
    );
}
