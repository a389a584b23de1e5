//! A base in a temporary directory and files to import into it.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use vernis_app::files::Options;
use vernis_app::import::{self, Job, Kind, Mapping, Outcome, Preview};
use vernis_domain::phone::PhoneRegion;
use vernis_domain::{Currency, CustomerId, Day, ImportId, Instant, Shop, Zone};
use vernis_store::{Keys, Location, NewImport, Store, StoreError};

/// The parsing child of these tests.
pub fn child() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_vernis-parse-file"))
}

/// A file of the repository's fixtures.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(name)
}

/// A shop with a base of its own, on a frozen clock: noon of 23 November 2026 in Moscow.
pub struct TestShop {
    pub store: Store,
    pub dir: tempfile::TempDir,
}

impl TestShop {
    pub fn new() -> TestShop {
        Self::with_currency("RUB")
    }

    pub fn with_currency(currency: &str) -> TestShop {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        let shop = Shop {
            name: "Ромашка".into(),
            currency: Currency::new(currency).unwrap(),
            time_zone: "Europe/Moscow".into(),
        };
        store
            .write(move |tx| -> Result<(), StoreError> {
                tx.put_shop(&shop)?;
                tx.store_by_code("main", "Ромашка", "Europe/Moscow")?;
                tx.channel_by_code("store", "Магазин")?;
                Ok(())
            })
            .unwrap();
        TestShop { store, dir }
    }

    /// Writes a file of the test.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Looks at a file.
    pub fn preview(&self, file: &Path) -> Preview {
        import::preview(
            &child(),
            File::open(file).unwrap(),
            &Options::default(),
            None,
            None,
            &[],
        )
        .unwrap()
    }

    /// A job as the preview proposes it.
    pub fn job(&self, file: &Path) -> Job {
        let preview = self.preview(file);
        Job {
            import: self.new_import(file),
            file: file.to_owned(),
            options: preview.options(),
            kind: preview.kind,
            mapping: preview.mapping(),
            dry_run: false,
            keep_good_rows: true,
            source: "file".into(),
            region: PhoneRegion::RUSSIA,
            exe: child(),
            chunk_rows: None,
            transaction_rows: import::TRANSACTION_ROWS,
        }
    }

    fn new_import(&self, file: &Path) -> ImportId {
        let new = NewImport {
            file_name: file.file_name().unwrap().to_string_lossy().into_owned(),
            size_bytes: 0,
            digest: vec![0; 32],
            state: "importing".into(),
            created_by: None,
        };
        self.store
            .write(move |tx| -> Result<_, StoreError> { tx.create_import(&new) })
            .unwrap()
    }

    /// Runs a job to its end.
    pub fn run(&self, job: &Job) -> Outcome {
        import::run(&self.store, job, &mut |_| {}, &AtomicBool::new(false)).unwrap()
    }

    /// Imports a file as guessed.
    pub fn import(&self, file: &Path) -> Outcome {
        self.run(&self.job(file))
    }

    /// Imports a text with this kind and these fields in order of its columns.
    pub fn import_text(&self, kind: Kind, fields: &[&str], text: &str) -> Outcome {
        let file = self.file("text.csv", text);
        let mut job = self.job(&file);
        job.kind = kind;
        job.mapping = mapping(fields);
        self.run(&job)
    }

    /// What each person has paid, by his contacts; the anonymous under no contacts.
    pub fn paid_by_person(&self) -> BTreeMap<Vec<String>, i64> {
        let mut contacts: HashMap<CustomerId, Vec<String>> = HashMap::new();
        let mut paid = BTreeMap::new();
        self.store
            .read(|tx| -> Result<(), StoreError> {
                tx.scan_customers(|customers| {
                    for customer in customers {
                        let values = customer.contacts.into_iter().map(|c| c.value).collect();
                        contacts.insert(customer.id, values);
                    }
                    Ok::<_, StoreError>(())
                })?;
                tx.scan_purchases(|purchases| {
                    for purchase in purchases {
                        let who = purchase.customer_id.map(|id| contacts[&id].clone());
                        *paid.entry(who.unwrap_or_default()).or_insert(0) += purchase.paid_minor;
                    }
                    Ok::<_, StoreError>(())
                })
            })
            .unwrap();
        paid
    }

    /// Purchases and customers in the base, with the sum paid.
    pub fn totals(&self) -> (i64, i64, i64) {
        self.store
            .read(|tx| -> Result<_, StoreError> {
                let mut paid = 0;
                tx.scan_purchases(|purchases| {
                    paid += purchases
                        .iter()
                        .map(|purchase| purchase.paid_minor)
                        .sum::<i64>();
                    Ok::<_, StoreError>(())
                })?;
                Ok((tx.purchase_count()?, tx.customer_count()?, paid))
            })
            .unwrap()
    }
}

/// Field keys by column; empty ones are left out.
pub fn mapping(fields: &[&str]) -> Mapping {
    fields
        .iter()
        .enumerate()
        .filter(|(_, field)| !field.is_empty())
        .map(|(column, field)| (column.to_string(), (*field).to_owned()))
        .collect()
}

/// Opens (again) the base of a directory.
pub fn open(dir: &Path) -> Store {
    let keys = Keys::open_or_create(dir).unwrap();
    let zone = Zone::new("Europe/Moscow").unwrap();
    let now: Instant = zone.noon_of(Day::from_ymd(2026, 11, 23).unwrap());
    Store::open(
        Location::Sqlite(dir.to_owned()),
        keys,
        Box::new(|_| {}),
        Arc::new(move || now),
    )
    .unwrap()
}
