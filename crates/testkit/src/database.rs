//! Stores for tests, on both databases.
//!
//! SQLite always; PostgreSQL when `VERNIS_TEST_POSTGRES` names a maintenance database of a
//! superuser (`.ci/postgres start DIR` prints such a URL). Each test gets a database of its own and
//! drops it. Without the variable the PostgreSQL half says loudly that it was skipped; with
//! `CI=true` it fails.
//!
//! This file uses nothing but `vernis-store` and `vernis-domain`: the store's own tests include it
//! by path, so that they need not build the rest of the house.

use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use vernis_domain::{Event, Instant};
use vernis_store::{Clock, Keys, Location, Store, StoreError};

/// Environment variable with the URL of a superuser's maintenance database.
pub const POSTGRES_VARIABLE: &str = "VERNIS_TEST_POSTGRES";

/// 2026-11-23T09:00:00Z, the instant test clocks begin at.
pub const START: Instant = Instant(1_795_424_400_000_000);

/// A clock that moves only when told.
#[derive(Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock that stands at this instant.
    pub fn at(instant: Instant) -> Self {
        Self(Arc::new(AtomicI64::new(instant.0)))
    }

    /// The instant it shows.
    pub fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }

    /// Moves it on.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// In the form the store takes.
    pub fn as_clock(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file in a temporary directory.
    Sqlite,
    /// A database of its own on the test server.
    Postgres,
}

/// A store in a place of its own, removed when dropped.
pub struct TestStore {
    store: Option<Store>,
    events: Arc<Mutex<Vec<Event>>>,
    place: Place,
    /// The clock the store runs on.
    pub clock: TestClock,
}

/// A place for one base: a temporary directory and, on PostgreSQL, a database.
pub struct Place {
    directory: tempfile::TempDir,
    postgres: Option<PostgresDatabase>,
}

impl Place {
    /// A new empty place; `None` when PostgreSQL is asked for and there is no server.
    pub fn new(database: Database) -> Option<Place> {
        let postgres = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(PostgresDatabase::new()?),
        };
        Some(Place {
            directory: tempfile::tempdir().expect("a temporary directory"),
            postgres,
        })
    }

    /// The directory of the key file (and of the SQLite file).
    pub fn dir(&self) -> &Path {
        self.directory.path()
    }

    /// Where the truth lies.
    pub fn location(&self) -> Location {
        match &self.postgres {
            None => Location::Sqlite(self.dir().to_owned()),
            Some(postgres) => Location::Postgres(postgres.url.clone()),
        }
    }

    /// Every row of every table of PostgreSQL as bytes; empty on SQLite, whose file can be read.
    pub fn raw_rows(&self) -> Vec<u8> {
        let Some(postgres) = &self.postgres else {
            return Vec::new();
        };
        let read = || -> Result<Vec<u8>, postgres::Error> {
            let mut client = postgres::Client::connect(&postgres.url, postgres::NoTls)?;
            let tables = client.query(
                "select format('%I.%I', schemaname, tablename) from pg_tables \
                 where schemaname not in ('pg_catalog', 'information_schema')",
                &[],
            )?;
            let mut bytes = Vec::new();
            for table in tables {
                let table: String = table.get(0);
                let mut rows =
                    client.copy_out(&format!("copy {table} to stdout (format binary)"))?;
                std::io::Read::read_to_end(&mut rows, &mut bytes).expect("whole rows");
            }
            Ok(bytes)
        };
        read().expect("the test server answers")
    }

    /// Every row of every table but these, as text: two that are equal tell that nothing was written.
    pub fn digest(&self, but: &[&str]) -> String {
        let mut text = String::new();
        let Some(postgres) = &self.postgres else {
            let file = self.dir().join("vernis.db");
            let base = rusqlite::Connection::open(file).expect("the data file");
            let list = |sql: &str| -> Vec<String> {
                let mut statement = base.prepare(sql).expect("a statement");
                let columns = statement.column_count();
                let rows = statement.query_map([], |row| {
                    let value = |at| row.get_ref(at).map(|value| format!("{value:?}"));
                    let one: Result<Vec<String>, _> = (0..columns).map(value).collect();
                    Ok(one?.join("|"))
                });
                rows.expect("rows").map(|row| row.expect("a row")).collect()
            };
            let mut tables = Vec::new();
            let mut names = base
                .prepare("select name from sqlite_master where type = 'table' order by name")
                .expect("a statement");
            let all = names.query_map([], |row| row.get::<_, String>(0));
            tables.extend(all.expect("tables").map(|name| name.expect("a name")));
            for table in tables.iter().filter(|name| !but.contains(&name.as_str())) {
                let mut rows = list(&format!("select * from {table}"));
                rows.sort_unstable();
                text.push_str(&format!("{table}\n{}\n", rows.join("\n")));
            }
            return text;
        };
        let mut client = postgres::Client::connect(&postgres.url, postgres::NoTls)
            .expect("the test server answers");
        let tables = client
            .query(
                "select tablename from pg_tables where schemaname = 'public' order by 1",
                &[],
            )
            .expect("tables");
        for table in tables {
            let table: String = table.get(0);
            if but.contains(&table.as_str()) {
                continue;
            }
            let rows = client
                .query(&format!("select t::text from {table} t order by 1"), &[])
                .expect("rows");
            let rows: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
            text.push_str(&format!("{table}\n{}\n", rows.join("\n")));
        }
        text
    }

    /// The key file's keys.
    pub fn keys(&self) -> Result<Keys, StoreError> {
        Keys::open_or_create(self.dir())
    }
}

impl TestStore {
    /// An empty store; `None` when PostgreSQL is asked for and there is no server.
    pub fn new(database: Database) -> Option<TestStore> {
        Place::new(database).map(Self::open)
    }

    /// Opens what lies in a place.
    pub fn open(place: Place) -> TestStore {
        let mut test = TestStore {
            store: None,
            events: Arc::default(),
            place,
            clock: TestClock::at(START),
        };
        test.reopen();
        test
    }

    /// Closes the store and opens it again, as a restart does.
    pub fn reopen(&mut self) {
        self.store = None;
        self.store = Some(self.another().expect("the store opens"));
    }

    /// One more store on the same place: what a second process would open.
    pub fn another(&self) -> Result<Store, StoreError> {
        let events = self.events.clone();
        Store::open(
            self.place.location(),
            self.place.keys()?,
            Box::new(move |new| {
                if let Ok(mut events) = events.lock() {
                    events.extend_from_slice(new);
                }
            }),
            self.clock.as_clock(),
        )
    }

    /// Closes the store and gives its place back.
    pub fn close(mut self) -> Place {
        self.store = None;
        self.place
    }

    /// Where it lies.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Events handed to `on_commit` since the last call.
    pub fn take_events(&self) -> Vec<Event> {
        std::mem::take(&mut *self.events.lock().expect("events"))
    }

    /// Whether this is the PostgreSQL half.
    pub fn is_postgres(&self) -> bool {
        self.place.postgres.is_some()
    }
}

impl std::ops::Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        self.store.as_ref().expect("an open store")
    }
}

/// A PostgreSQL database of one test.
pub struct PostgresDatabase {
    url: String,
    name: String,
    maintenance: String,
}

impl PostgresDatabase {
    /// A new database, or `None` (said loudly) when there is no server.
    pub fn new() -> Option<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let Ok(maintenance) = std::env::var(POSTGRES_VARIABLE) else {
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "{POSTGRES_VARIABLE} is not set: in CI every store test must run on PostgreSQL too"
            );
            eprintln!(
                "\n*** SKIPPED ON POSTGRESQL: set {POSTGRES_VARIABLE} (see .ci/postgres) ***\n"
            );
            return None;
        };
        let name = format!(
            "vernis_test_{}_{}_{:x}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::SeqCst),
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |since| since.as_nanos())
        );
        run_sql(&maintenance, &format!("create database {name}"));
        let (server, _) = maintenance
            .rsplit_once('/')
            .expect("a URL with a database name");
        Some(Self {
            url: format!("{server}/{name}"),
            name,
            maintenance,
        })
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        run_sql(
            &self.maintenance,
            &format!("drop database if exists {} with (force)", self.name),
        );
    }
}

/// Runs one statement on a thread of its own: the client must not meet an async runtime.
pub fn run_sql(url: &str, sql: &str) {
    std::thread::scope(|scope| {
        scope
            .spawn(|| {
                postgres::Client::connect(url, postgres::NoTls)
                    .and_then(|mut client| client.batch_execute(sql))
            })
            .join()
            .expect("no panic")
            .expect("the test server answers");
    });
}

/// Makes one test of each function for each database: `name_on_sqlite`, `name_on_postgres`.
#[macro_export]
macro_rules! on_both_databases {
    ($(fn $name:ident($store:ident: $type:ty) $body:block)*) => {$(
        mod $name {
            use super::*;

            fn body($store: $type) $body

            #[test]
            fn on_sqlite() {
                if let Some(store) = <$type>::new(Database::Sqlite) {
                    body(store);
                }
            }

            #[test]
            fn on_postgres() {
                if let Some(store) = <$type>::new(Database::Postgres) {
                    body(store);
                }
            }
        }
    )*};
}
