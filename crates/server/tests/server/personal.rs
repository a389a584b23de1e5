//! No name, phone or e-mail of ten thousand customers lies readable on the disk.

use crate::imports::import;
use std::collections::HashSet;
use std::path::Path;
use vernis_testkit::{Database, TestApp, on_both_databases};

const PEOPLE: u64 = 10_000;
/// Letters of a made-up surname: every one is unique and of one length.
const LETTERS: [char; 10] = ['а', 'е', 'и', 'о', 'у', 'л', 'м', 'н', 'р', 'с'];

struct Person {
    surname: String,
    phone: String,
    email: String,
}

fn person(n: u64) -> Person {
    let mixed = (n * 7_368_787 + 1_234_567) % 10_000_000;
    let digits = format!("{mixed:07}");
    let tail: String = digits
        .bytes()
        .map(|d| LETTERS[usize::from(d - b'0')])
        .collect();
    Person {
        surname: format!("Брж{tail}ев"),
        phone: format!("916{digits}"),
        email: format!("qx{digits}"),
    }
}

/// Finds any of many needles of one length.
struct Needles {
    length: usize,
    all: HashSet<Vec<u8>>,
    /// What all of them begin with.
    begin: String,
}

impl Needles {
    fn new(begin: &str, values: impl Iterator<Item = String>) -> Needles {
        let all: HashSet<Vec<u8>> = values.map(String::into_bytes).collect();
        let length = all.iter().next().unwrap().len();
        let fit = |needle: &Vec<u8>| needle.len() == length && needle.starts_with(begin.as_bytes());
        assert!(all.iter().all(fit) && all.len() as u64 > PEOPLE);
        Needles {
            length,
            all,
            begin: begin.to_owned(),
        }
    }

    fn found(&self, bytes: &[u8]) -> usize {
        let known: HashSet<&[u8]> = memchr::memmem::find_iter(bytes, &self.begin)
            .filter_map(|at| bytes.get(at..at + self.length))
            .filter(|piece| self.all.contains(*piece))
            .collect();
        known.len()
    }
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

on_both_databases! {
    fn ten_thousand_customers_leave_nothing_readable(app: TestApp) {
        let client = app.signed_in();
        let mut csv = String::from("Дата;ФИО;Телефон;E-mail;Сумма\n");
        for n in 0..PEOPLE {
            let person = person(n);
            csv += &format!("{:02}.03.2026;{} Анна Петровна;8{};{}@example.com;100\n", n % 28 + 1, person.surname, person.phone, person.email);
        }
        // The last row cannot be taken: rejected rows are kept too.
        let last = person(PEOPLE);
        csv += &format!("41.03.2026;{} Анна Петровна;8{};{}@example.com;100\n", last.surname, last.phone, last.email);
        let people = || (0..=PEOPLE).map(person);
        let needles = [
            Needles::new("Брж", people().map(|p| p.surname)),
            Needles::new("брж", people().map(|p| p.surname.to_lowercase())),
            Needles::new("БРЖ", people().map(|p| p.surname.to_uppercase())),
            Needles::new("916", people().map(|p| p.phone)),
            Needles::new("qx", people().map(|p| p.email)),
        ];
        let found = |bytes: &[u8]| needles.iter().map(|n| n.found(bytes)).collect::<Vec<_>>();
        let all = PEOPLE as usize + 1;
        assert_eq!(found(csv.as_bytes()), [all, 0, 0, all, all], "the search itself finds them");

        let done = import(&client, "people.csv", csv.clone().into_bytes());
        // The copy of a finished file is dropped; one that waits for a decision is kept sealed.
        client.upload("waiting.csv", csv.into_bytes()).expect(201);
        assert_eq!(done["result"]["customers_new"], PEOPLE, "{done}");
        assert_eq!(done["result"]["rejected"], 1);
        assert_eq!(client.get(&format!("/customers?search={}", person(77).surname)).expect(200)["total"], 1);
        app.app.write_snapshot();
        app.app.backup(&app.dir().join("copy.vernis"), "a long passphrase").unwrap();

        let mut seen = Vec::new();
        for path in files(app.dir()) {
            let bytes = std::fs::read(&path).unwrap();
            let name = path.strip_prefix(app.dir()).unwrap().display().to_string();
            assert_eq!(found(&bytes), [0; 5], "{name}");
            seen.push((name, bytes.len()));
        }
        let size = |part: &str| seen.iter().filter(|(name, _)| name.contains(part)).map(|(_, size)| size).max().copied().unwrap_or(0);
        for part in ["live.snapshot", "copy.vernis", "uploads/"] {
            assert!(size(part) > 100_000, "{part}: {seen:?}");
        }
        if app.is_postgres() {
            let rows = app.raw_rows();
            assert!(rows.len() > 1_000_000, "{}", rows.len());
            assert_eq!(found(&rows), [0; 5], "rows of PostgreSQL");
        } else {
            for part in ["vernis.db", "vernis.db-wal"] {
                assert!(size(part) > 100_000, "{part}: {seen:?}");
            }
        }
    }
}
