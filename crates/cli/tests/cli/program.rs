//! Runs `vernis` on a folder.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use vernis_testkit::database::PostgresDatabase;
use vernis_testkit::{Client, Database, LOGIN, PASSWORD};

pub const PASSPHRASE: &str = "a long passphrase";

/// The place of one test: a data folder and, where asked for, a PostgreSQL database.
pub struct Folder {
    directory: tempfile::TempDir,
    postgres: Option<PostgresDatabase>,
}

impl Folder {
    /// A folder with an embedded SQLite file.
    pub fn new() -> Folder {
        Folder {
            directory: tempfile::tempdir().unwrap(),
            postgres: None,
        }
    }

    /// A place on this database; `None` when there is no PostgreSQL server to test with.
    pub fn on(database: Database) -> Option<Folder> {
        let postgres = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(PostgresDatabase::new()?),
        };
        Some(Folder {
            postgres,
            ..Folder::new()
        })
    }

    /// The folder itself; the data lie in `data` below it.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A look at the truth from outside: how many chunks of imports are committed now.
    pub fn chunks(&self) -> impl FnMut() -> u64 + use<> {
        const SQL: &str = "select count(*) from import_chunk";
        let file = self.path().join("data/vernis.db");
        let mut postgres = self.postgres.as_ref().map(|database| {
            postgres::Client::connect(database.url(), postgres::NoTls).expect("the server answers")
        });
        let mut sqlite = None;
        move || {
            if let Some(client) = &mut postgres {
                let row = client.query_one(SQL, &[]);
                return row.map_or(0, |row| row.get::<_, i64>(0).cast_unsigned());
            }
            if sqlite.is_none() {
                let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
                sqlite = rusqlite::Connection::open_with_flags(&file, flags).ok();
            }
            // No file or no table yet is no chunk.
            sqlite
                .as_ref()
                .and_then(|db| db.query_row(SQL, [], |row| row.get::<_, i64>(0)).ok())
                .map_or(0, i64::cast_unsigned)
        }
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vernis"));
        command
            .args(args)
            .env("VERNIS_DATA", self.path().join("data"))
            .env("VERNIS_LANG", "en")
            .env("VERNIS_PASSPHRASE", PASSPHRASE)
            .env("VERNIS_PASSWORD", PASSWORD)
            .env_remove("VERNIS_DATABASE")
            .stdin(Stdio::null());
        if let Some(postgres) = &self.postgres {
            command.env("VERNIS_DATABASE", postgres.url());
        }
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a command that must succeed; gives what it printed.
    #[track_caller]
    pub fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same, as JSON.
    #[track_caller]
    pub fn json(&self, args: &[&str]) -> Value {
        let text = self.ok(args);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{args:?}: {error}: {text}"))
    }

    /// Runs a command that must fail with one plain sentence.
    #[track_caller]
    pub fn refused(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {text}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            !text.contains("panicked") && !text.contains("RUST_BACKTRACE"),
            "{text}"
        );
        assert!(
            error.trim().len() > 10 && error.trim().lines().count() <= 3,
            "{text}"
        );
        error
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Adds the member of staff every test signs in as.
    pub fn add_staff(&self) {
        self.ok(&["user", "add", LOGIN]);
    }

    pub fn serve(&self) -> Serving {
        let mut child = self
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .env("VERNIS_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().expect("it says where it runs").unwrap();
        let address = first.rsplit(' ').next().unwrap().to_owned();
        assert!(address.starts_with("http://127.0.0.1:"), "{first}");
        // Further lines must find a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Serving { child, address }
    }
}

/// A running `vernis serve`; killed when dropped.
pub struct Serving {
    child: Child,
    pub address: String,
}

impl Serving {
    pub fn client(&self) -> Client {
        Client::at(&self.address)
    }

    pub fn signed_in(&self) -> Client {
        let client = self.client();
        let body = json!({"login": LOGIN, "password": PASSWORD});
        client.post("/session", &body).expect(204);
        client
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, as a service manager does, and waits.
    pub fn end(mut self) -> Option<i32> {
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        assert!(asked.unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn said(output: &Output) -> String {
    format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

pub fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(name)
        .to_str()
        .unwrap()
        .to_owned()
}
