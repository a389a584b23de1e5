//! `kill -9` of a process that writes: what it told others was kept exists exactly once.

use crate::build::{customer, line, ok, sale, shop};
use crate::database::{Database, Place, TestStore};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vernis_domain::Instant;
use vernis_store::{Keys, Location, NewLine, OperationKey, Origin, Store, StoreError};

const PLACE: &str = "VERNIS_TEST_CRASH_DIR";
const URL: &str = "VERNIS_TEST_CRASH_URL";
const ROUND: &str = "VERNIS_TEST_CRASH_ROUND";
/// Kills per database here; the soak run does many more through the shipped binary.
const KILLS: usize = 6;

/// Not a test of its own: the body of the process that is killed.
#[test]
fn the_process_that_is_killed() {
    let Ok(dir) = std::env::var(PLACE) else {
        return;
    };
    let dir = PathBuf::from(dir);
    let round = std::env::var(ROUND).unwrap();
    let keys = ok(Keys::open_or_create(&dir));
    let location = match std::env::var(URL) {
        Ok(url) => Location::Postgres(url),
        Err(_) => Location::Sqlite(dir),
    };
    let clock = Arc::new(|| Instant(1_795_424_400_000_000));
    let store = ok(Store::open(location, keys, Box::new(|_| {}), clock));
    // Should the parent vanish, its pipe closes and this process must not write for ever.
    let orphaned = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let (store, round, orphaned) = (store.clone(), round.clone(), orphaned.clone());
            scope.spawn(move || {
                for n in 0.. {
                    if orphaned.load(Ordering::SeqCst) {
                        return;
                    }
                    let key = format!("{round}/{thread}/{n}");
                    let put = key.clone();
                    ok(store.write(move |tx| {
                        let person = customer("Ф", &format!("+7{put}"));
                        let id = tx.insert_customers(vec![person], Origin::Api)?[0];
                        let mut sale = sale(&put, Some(id), 300);
                        sale.lines = vec![NewLine::from(line(100, 0)), NewLine::from(line(200, 0))];
                        tx.insert_purchase(&sale)
                    }));
                    // One write call per line: lines of threads never mix.
                    if std::io::stdout()
                        .write_all(format!("\nACK {key}\n").as_bytes())
                        .is_err()
                    {
                        orphaned.store(true, Ordering::SeqCst);
                    }
                }
            });
        }
    });
}

fn kill_and_look(database: Database) {
    let Some(place) = Place::new(database) else {
        return;
    };
    let store = TestStore::open(place);
    shop(&store);
    let mut place = store.close();
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..KILLS {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args([
                "crash::the_process_that_is_killed",
                "--exact",
                "--nocapture",
            ])
            .env(PLACE, place.dir())
            .env(ROUND, round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Location::Postgres(url) = place.location() {
            command.env(URL, url);
        }
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut told = 0;
        let mut killed = false;
        // After the kill the pipe still holds what was acknowledged before: read it to its end.
        while let Some(Ok(line)) = lines.next() {
            if let Some(key) = line.strip_prefix("ACK ") {
                acknowledged.push(key.to_owned());
                told += 1;
            }
            if told >= 20 + 37 * round && !killed {
                child.kill().unwrap();
                killed = true;
            }
        }
        child.wait().unwrap();
        assert!(
            killed,
            "the process ended by itself after {told} acknowledgements"
        );
        let store = TestStore::open(place);
        assert_eq!(ok(store.verify()), vec![]);
        let missing: Vec<_> = ok(store.read(|tx| {
            let mut missing = Vec::new();
            for key in &acknowledged {
                if tx
                    .purchase_by_operation(&OperationKey::new("test", key))?
                    .is_none()
                {
                    missing.push(key.clone());
                }
            }
            Ok::<_, StoreError>(missing)
        }));
        assert_eq!(missing, Vec::<String>::new());
        let (customers, purchases) =
            ok(store.read(|tx| Ok::<_, StoreError>((tx.customer_count()?, tx.purchase_count()?))));
        // Customer and purchase were one transaction: there is never one without the other.
        assert_eq!(customers, purchases);
        assert!(purchases >= acknowledged.len() as i64);
        place = store.close();
    }
}

#[test]
fn acknowledged_purchases_outlive_a_kill_on_sqlite() {
    kill_and_look(Database::Sqlite);
}

#[test]
fn acknowledged_purchases_outlive_a_kill_on_postgres() {
    kill_and_look(Database::Postgres);
}
