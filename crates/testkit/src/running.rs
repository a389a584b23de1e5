//! The whole program for a test: the use cases and the HTTP server on a free port, on a clock that
//! moves only when told, with seeded randomness and a data folder of its own.

use crate::database::{Database, Place, START, TestClock};
use reqwest::blocking::{Client as Http, RequestBuilder};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use vernis_app::api_keys::KeyPlan;
use vernis_app::environment::Randomness;
use vernis_app::{App, Caller, Options};
use vernis_server::{Listen, Server, Tls};
use vernis_store::Location;

/// Login of the first member of staff.
pub const LOGIN: &str = "anna";
/// His password.
pub const PASSWORD: &str = "a long enough secret";

/// A running program.
pub struct TestApp {
    /// The use cases, for what has no endpoint.
    pub app: Arc<App>,
    /// The clock it runs on.
    pub clock: TestClock,
    address: String,
    // Dropped in this order: the server ends before its database goes.
    serving: Option<(
        tokio::sync::watch::Sender<bool>,
        std::thread::JoinHandle<()>,
    )>,
    place: Arc<Place>,
}

impl TestApp {
    /// An empty program; `None` when PostgreSQL is asked for and there is no server.
    pub fn new(database: Database) -> Option<TestApp> {
        let place = Arc::new(Place::new(database)?);
        Some(Self::start(place, TestClock::at(START)))
    }

    /// One more program on the same base: a second process.
    pub fn beside(&self) -> TestApp {
        Self::start(self.place.clone(), self.clock.clone())
    }

    /// The program ended in the middle of whatever it does, and begun again on the same base.
    pub fn again(self) -> TestApp {
        let (place, clock) = (self.place.clone(), self.clock.clone());
        let ended = Arc::downgrade(&self.app);
        drop(self);
        while ended.strong_count() > 0 {
            std::thread::yield_now();
        }
        Self::start(place, clock)
    }

    fn start(place: Arc<Place>, clock: TestClock) -> TestApp {
        static SEED: AtomicU64 = AtomicU64::new(1);
        let app = App::open(Options {
            data_dir: place.dir().to_owned(),
            database_url: match place.location() {
                Location::Postgres(url) => Some(url),
                Location::Sqlite(_) => None,
            },
            clock: clock.as_clock(),
            randomness: Randomness::seeded(SEED.fetch_add(1, Ordering::SeqCst)),
            kernel_threads: 1,
            program: parsing_child(),
        })
        .expect("the program opens");
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let (told, address) = std::sync::mpsc::channel();
        let served = app.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let listen = Listen {
                    address: ([127, 0, 0, 1], 0).into(),
                    tls: Tls::Off,
                    secure: false,
                };
                let server = Server::bind(served, listen).await.expect("a free port");
                told.send(server.address().to_string())
                    .expect("the test waits");
                server.run(stopped).await;
            });
        });
        TestApp {
            app,
            clock,
            address: address.recv().expect("the server listens"),
            serving: Some((stop, thread)),
            place,
        }
    }

    /// The data folder.
    pub fn dir(&self) -> &Path {
        self.place.dir()
    }

    /// Whether it runs on PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        matches!(self.place.location(), Location::Postgres(_))
    }

    /// Every row of every table of PostgreSQL as bytes, to look for what must not be there.
    pub fn raw_rows(&self) -> Vec<u8> {
        self.place.raw_rows()
    }

    /// Every row of every table but these, as text.
    pub fn digest(&self, but: &[&str]) -> String {
        self.place.digest(but)
    }

    /// A stranger: a browser without a cookie.
    pub fn stranger(&self) -> Client {
        Client::at(&format!("http://{}", self.address))
    }

    /// Goes through the first run and gives the browser that is signed in; the shop counts in
    /// this currency.
    pub fn first_run(&self, currency: &str) -> Client {
        let client = self.stranger();
        let link = self.app.first_run_link().expect("a link");
        client
            .post(&format!("/first-run/{link}"), &first_run_form(currency))
            .expect(204);
        client
    }

    /// A shop in roubles with somebody signed in.
    pub fn signed_in(&self) -> Client {
        self.first_run("RUB")
    }

    /// A till: comes with an API key.
    pub fn till(&self, name: &str) -> Client {
        let plan = KeyPlan::full(name);
        let made = self.app.add_api_key(&Caller::shell(), plan);
        let (_, key) = made.expect("a key");
        Client {
            key: Some(key),
            ..self.stranger()
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.app.stop();
        if let Some((stop, thread)) = self.serving.take() {
            let _ = stop.send(true);
            let _ = thread.join();
        }
    }
}

/// What the first-run page sends.
pub fn first_run_form(currency: &str) -> Value {
    json!({
        "login": LOGIN, "name": "Анна", "password": PASSWORD,
        "shop_name": "Ромашка", "currency": currency, "time_zone": "Europe/Moscow",
    })
}

/// Somebody who asks over HTTP.
#[derive(Clone)]
pub struct Client {
    http: Http,
    base: String,
    key: Option<String>,
}

impl Client {
    /// A stranger at this address.
    pub fn at(address: &str) -> Client {
        Client {
            http: Http::builder()
                .cookie_store(true)
                .timeout(std::time::Duration::from_secs(120))
                .build()
                .expect("a client"),
            base: format!("{address}/api/v1"),
            key: None,
        }
    }

    /// The API key it comes with.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// A request to fill in further.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// Asks with these credentials instead of a cookie.
    pub fn with_key(&self, key: &str) -> Client {
        Client {
            key: Some(key.to_owned()),
            ..self.clone()
        }
    }

    /// GET.
    pub fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path))
    }

    /// POST of a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(body))
    }

    /// Another method with a JSON body.
    pub fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(method, path).json(body))
    }

    /// Records a purchase under an operation key.
    pub fn buy(&self, key: &str, body: &Value) -> Answer {
        Answer::of(
            self.request(Method::POST, "/purchases")
                .header("Idempotency-Key", key)
                .json(body),
        )
    }

    /// Uploads a file as the page does.
    pub fn upload(&self, name: &str, bytes: Vec<u8>) -> Answer {
        let part = reqwest::blocking::multipart::Part::bytes(bytes).file_name(name.to_owned());
        let form = reqwest::blocking::multipart::Form::new().part("file", part);
        Answer::of(self.request(Method::POST, "/imports").multipart(form))
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Body as JSON; null when it is not.
    pub json: Value,
    /// Body as text.
    pub text: String,
}

impl Answer {
    /// Sends a request.
    pub fn of(request: RequestBuilder) -> Answer {
        let response = request.send().expect("the server answers");
        let status: StatusCode = response.status();
        let text = response.text().expect("a whole answer");
        Answer {
            status: status.as_u16(),
            json: serde_json::from_str(&text).unwrap_or_default(),
            text,
        }
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json
    }

    /// The problem code of a refusal with this status.
    #[track_caller]
    pub fn refused(self, status: u16) -> String {
        let body = self.expect(status);
        assert_eq!(body["status"], status, "{body}");
        body["code"].as_str().expect("a code").to_owned()
    }
}

/// The program that parses files. A test of the server has no `vernis` of its own: the one of
/// `vernis-app` lies beside it when the workspace is built, and is built when it does not.
fn parsing_child() -> PathBuf {
    static CHILD: OnceLock<PathBuf> = OnceLock::new();
    CHILD
        .get_or_init(|| {
            let test = std::env::current_exe().expect("this program");
            let profile = test.ancestors().nth(2).expect("target/debug/deps/test");
            let child = profile.join("vernis-parse-file");
            if !child.exists() {
                let built = std::process::Command::new(env!("CARGO"))
                    .args(["build", "-p", "vernis-app", "--bin", "vernis-parse-file"])
                    .current_dir(env!("CARGO_MANIFEST_DIR"))
                    .status();
                assert!(
                    built.is_ok_and(|status| status.success()),
                    "{}",
                    child.display()
                );
            }
            child
        })
        .clone()
}
