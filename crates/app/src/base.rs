//! Opening: the truth, the live base over it, and the thread that follows other processes.

use crate::access::Access;
use crate::duplicates::{Queue, search_in_background};
use crate::environment::{Clock, Randomness};
use crate::exports::{Jobs, tidy_in_background};
use crate::exposure::SharedExposure;
use crate::follow::{OwnNews, follow};
use crate::imports::Running;
use crate::journal::keeper::Keeper;
use crate::journal::spool::Spool;
use crate::lookup::KeptLens;
use crate::refusal::{Refusal, RefusalKind};
use crate::segments::{Hands, SegmentKeeper, keep};
use crate::snapshot;
use crate::view::{View, Views};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use vernis_analytics::{Live, LiveBase, Pool};
use vernis_domain::{
    ChannelId, Currency, CustomerId, Day, Event, Instant, ProductId, PurchaseId, Shop, StoreId,
    Text, Zone,
};
use vernis_store::{Entity, FeedPosition, Keys, Location, Store, StoreError};

/// How to open the program.
pub struct Options {
    /// Data folder: SQLite file, master key, uploads, snapshot.
    pub data_dir: PathBuf,
    /// PostgreSQL URL; `None` for the SQLite file in the data folder.
    pub database_url: Option<String>,
    /// Tells the time.
    pub clock: Clock,
    /// Gives tokens and salts.
    pub randomness: Randomness,
    /// Threads of the kernels; 0: all cores but one, at least one.
    pub kernel_threads: usize,
    /// This program's file, started again to parse untrusted files.
    pub program: PathBuf,
}

/// The program: the truth, the live base, and the use cases over them.
pub struct App {
    /// The truth.
    pub(crate) store: Store,
    /// The live base.
    pub(crate) live: Arc<Live>,
    pub(crate) clock: Clock,
    pub(crate) randomness: Randomness,
    pub(crate) access: Access,
    pub(crate) kept_lens: KeptLens,
    pub(crate) views: Views,
    pub(crate) running: Running,
    pub(crate) bulk_work: crate::bulk_edits::AtWork,
    pub(crate) exports: Jobs,
    /// What was shown to whom today.
    pub(crate) exposure: SharedExposure,
    /// Views of cards on their way into the journal.
    pub(crate) spool: Arc<Spool>,
    keeper: Keeper,
    pub(crate) segments: SegmentKeeper,
    pub(crate) hands: Hands,
    pub(crate) duplicates: Queue,
    /// Other processes may work on the same base.
    pub(crate) follows: bool,
    /// What this program put into the live base itself while the follower reads.
    pub(crate) own: Arc<OwnNews>,
    /// How far the follower is.
    pub(crate) followed: Arc<Mutex<FeedPosition>>,
    pub(crate) data_dir: PathBuf,
    pub(crate) program: PathBuf,
    pub(crate) keys: Keys,
    /// One snapshot is written at a time.
    snapshot: Mutex<()>,
    pub(crate) stop: Arc<AtomicBool>,
    follower: OnceLock<std::thread::JoinHandle<()>>,
}

impl App {
    /// Opens the data, makes what a new base needs, and brings the live base up to the last commit.
    ///
    /// # Errors
    /// One plain sentence: a start gate failed, the key is another one, the file is in use.
    pub fn open(options: Options) -> Result<Arc<App>, Refusal> {
        std::fs::create_dir_all(&options.data_dir)
            .map_err(|e| cannot_start(format!("{}: {e}", options.data_dir.display())))?;
        let keys = Keys::open_or_create(&options.data_dir).map_err(cannot_start)?;
        let location = match &options.database_url {
            Some(url) => Location::Postgres(url.clone()),
            None => Location::Sqlite(options.data_dir.clone()),
        };
        let follows = options.database_url.is_some();
        let pool = Pool::new(options.kernel_threads).map_err(cannot_start)?;
        let live = Arc::new(Live::new(LiveBase::empty(pool.clone())));
        let told = live.clone();
        let own = Arc::new(OwnNews::new(follows));
        let noted = own.clone();
        let store = Store::open(
            location,
            keys.clone(),
            Box::new(move |events: &[Event]| noted.apply(&told, events)),
            options.clock.clone(),
        )
        .map_err(cannot_start)?;
        found_shop(&store)?;
        let position = fill(&store, &live, &keys, &options.data_dir, pool)?;
        let spool = Arc::new(Spool::new(&options.data_dir, options.randomness.clone()));
        let keeper = Keeper::start(store.clone(), spool.clone(), options.data_dir.clone())?;
        let app = Arc::new(App {
            store,
            live,
            spool,
            keeper,
            clock: options.clock,
            randomness: options.randomness,
            access: Access::default(),
            kept_lens: KeptLens::default(),
            views: Views::default(),
            running: Running::default(),
            exports: Jobs::default(),
            exposure: SharedExposure::default(),
            segments: SegmentKeeper::default(),
            hands: Hands::default(),
            duplicates: Queue::default(),
            bulk_work: crate::bulk_edits::AtWork::default(),
            follows,
            own,
            followed: Arc::new(Mutex::new(position)),
            data_dir: options.data_dir,
            program: options.program,
            keys,
            snapshot: Mutex::new(()),
            stop: Arc::new(AtomicBool::new(false)),
            follower: OnceLock::new(),
        });
        keep(&app)?;
        if follows {
            let follower = follow(&app)?;
            let _ = app.follower.set(follower);
        }
        search_in_background(&app)?;
        tidy_in_background(&app)?;
        Ok(app)
    }

    /// The time.
    pub fn now(&self) -> Instant {
        (self.clock)()
    }

    /// Today in the shop's zone.
    pub fn today(&self) -> Day {
        let zone = Zone::new(&self.shop().time_zone);
        zone.map_or_else(
            || Day((self.now().0 / 86_400_000_000) as i32),
            |zone| zone.day_of(self.now()),
        )
    }

    /// The shop.
    pub fn shop(&self) -> Shop {
        self.live
            .current()
            .shop()
            .cloned()
            .unwrap_or_else(default_shop)
    }

    /// The truth, for the command line's own files.
    pub fn truth(&self) -> &Store {
        &self.store
    }

    /// The data folder.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Public id of a customer: of the record that stands for him.
    pub fn public_customer_id(&self, id: CustomerId) -> String {
        let root = self.live.current().links().root(id);
        self.store.public_ids().encode(Entity::Customer, root.0)
    }

    /// Public id of a purchase.
    pub fn public_purchase_id(&self, id: PurchaseId) -> String {
        self.store.public_ids().encode(Entity::Purchase, id.0)
    }

    /// Public id of another kind of row.
    pub fn public_id(&self, entity: Entity, id: i64) -> String {
        self.store.public_ids().encode(entity, id)
    }

    /// The customer of a public id: the record that stands for him, also when the id is of one
    /// merged into it.
    ///
    /// # Errors
    /// Not found, the same for every wrong id and for whoever is not seen.
    pub fn customer_id(&self, view: &View, public: &str) -> Result<CustomerId, Refusal> {
        let root = view.links().root(self.record_id(view, public)?);
        view.place(root).ok_or_else(Refusal::not_found)?;
        Ok(root)
    }

    /// The very record of a public id: what is recorded by the id of one merged away goes to him,
    /// and back with him.
    ///
    /// # Errors
    /// Not found, the same for every wrong id and for whoever is not seen.
    pub fn record_id(&self, view: &View, public: &str) -> Result<CustomerId, Refusal> {
        let record = self.row_id(Entity::Customer, public).map(CustomerId)?;
        view.check(record)?;
        Ok(record)
    }

    /// The purchase of a public id.
    ///
    /// # Errors
    /// Not found.
    pub fn purchase_id(&self, public: &str) -> Result<PurchaseId, Refusal> {
        self.row_id(Entity::Purchase, public).map(PurchaseId)
    }

    /// The row of a public id.
    ///
    /// # Errors
    /// Not found.
    pub fn row_id(&self, entity: Entity, public: &str) -> Result<i64, Refusal> {
        self.store
            .public_ids()
            .decode(entity, public)
            .ok_or_else(Refusal::not_found)
    }

    /// The store of a code.
    ///
    /// # Errors
    /// Names the field when there is none.
    pub fn store_by_code(&self, code: &str) -> Result<StoreId, Refusal> {
        let wanted = code.to_owned();
        self.store
            .read(|tx| tx.stores().map_err(Refusal::from))?
            .into_iter()
            .find(|store| store.code == wanted)
            .map(|store| store.id)
            .ok_or_else(|| unknown("store"))
    }

    /// The channel of a code.
    ///
    /// # Errors
    /// Names the field when there is none.
    pub fn channel_by_code(&self, code: &str) -> Result<ChannelId, Refusal> {
        let wanted = code.to_owned();
        self.store
            .read(|tx| tx.channels().map_err(Refusal::from))?
            .into_iter()
            .find(|channel| channel.code == wanted)
            .map(|channel| channel.id)
            .ok_or_else(|| unknown("channel"))
    }

    /// Writes the snapshot file for a quick next start. A failure is no harm: the base is rebuilt.
    pub fn write_snapshot(&self) {
        let _one = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
        let written = self.applied_position().and_then(|position| {
            snapshot::write(&self.data_dir, &self.keys, &self.live.current(), position)
        });
        if let Err(error) = written {
            tracing::warn!(%error, "the snapshot file could not be written; the next start rebuilds");
        }
    }

    /// A place in the feed up to which everything is in the live base. Read before the base is: what
    /// comes after it is applied again at the next start, which changes nothing.
    fn applied_position(&self) -> Result<FeedPosition, Refusal> {
        if self.follows {
            // The follower applies this process's changes too: its place is the one that counts.
            return Ok(*self.followed.lock().unwrap_or_else(PoisonError::into_inner));
        }
        // An answer of the writer comes after the events of everything before it were applied.
        Ok(self.store.write(|tx| tx.feed_position())?)
    }

    /// Ends the follower, takes what waits into the journal; called before the program ends.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.stop_imports();
        self.keeper.end();
    }
}

/// What a new base needs: a shop, a first store and a first channel, so that every purchase has both.
fn found_shop(store: &Store) -> Result<(), Refusal> {
    let founded = store.read(|tx| -> Result<bool, StoreError> {
        Ok(tx.shop()?.is_some() && !tx.stores()?.is_empty() && !tx.channels()?.is_empty())
    })?;
    if founded {
        return Ok(());
    }
    store.write(|tx| -> Result<(), StoreError> {
        let shop = match tx.shop()? {
            Some(shop) => shop,
            None => {
                let shop = default_shop();
                tx.put_shop(&shop)?;
                shop
            }
        };
        if tx.stores()?.is_empty() {
            tx.store_by_code("main", "Основной магазин", &shop.time_zone)?;
        }
        if tx.channels()?.is_empty() {
            tx.channel_by_code("store", "Касса")?;
        }
        Ok(())
    })?;
    Ok(())
}

fn default_shop() -> Shop {
    Shop {
        name: "Магазин".to_owned(),
        currency: Currency::new("RUB").unwrap_or_else(|| unreachable!("roubles are known")),
        time_zone: "Europe/Moscow".to_owned(),
    }
}

/// Fills the live base: from the snapshot file and what came since, or from the truth.
fn fill(
    store: &Store,
    live: &Live,
    keys: &Keys,
    data_dir: &Path,
    pool: Pool,
) -> Result<FeedPosition, Refusal> {
    if let Some((base, position)) = snapshot::read(data_dir, keys, pool.clone()) {
        live.replace(base);
        match catch_up(store, live, position) {
            Ok(position) => return Ok(position),
            Err(StoreError::FeedEpochChanged) => {
                tracing::info!("the data were restored since the snapshot; rebuilding");
                live.replace(LiveBase::empty(pool));
            }
            Err(error) => return Err(error.into()),
        }
    }
    rebuild(store, live)
}

/// Builds the live base from the truth.
pub(crate) fn rebuild(store: &Store, live: &Live) -> Result<FeedPosition, Refusal> {
    store.read(|tx| -> Result<FeedPosition, Refusal> {
        // One snapshot of the truth: the position and the rows belong together.
        let position = tx.feed_position()?;
        let mut head = vec![
            Event::Stores(tx.stores()?),
            Event::Channels(tx.channels()?),
            Event::Fields(tx.custom_fields()?),
            Event::Links(tx.links()?),
            Event::Managers(tx.managers()?),
        ];
        head.extend(tx.shop()?.map(Event::Shop));
        live.apply(&head);
        let mut after = ProductId(i64::MIN);
        loop {
            let products = tx.products_after(after, PRODUCTS_AT_ONCE)?;
            let Some(last) = products.last() else {
                break;
            };
            after = last.id;
            live.apply(&[Event::Products(products)]);
        }
        tx.scan_customers(|customers| -> Result<(), Refusal> {
            live.apply(&[Event::Customers(customers)]);
            Ok(())
        })?;
        // Large groups: a shard is folded once a group, not once a chunk.
        let mut group = Vec::new();
        tx.scan_purchases(|mut purchases| -> Result<(), Refusal> {
            group.append(&mut purchases);
            if group.len() >= REBUILD_GROUP {
                live.apply(&[Event::Purchases(std::mem::take(&mut group))]);
            }
            Ok(())
        })?;
        live.apply(&[Event::Purchases(group)]);
        Ok(position)
    })
}

/// The same after the data were replaced under a running process: nothing of the old base stays.
pub(crate) fn rebuild_anew(store: &Store, live: &Live) -> Result<FeedPosition, Refusal> {
    let fresh = Live::new(LiveBase::empty(live.current().pool().clone()));
    let position = rebuild(store, &fresh)?;
    live.replace(LiveBase::clone(&fresh.current()));
    Ok(position)
}

/// Purchases applied at once while rebuilding: a million with their lines are 300 MB on the way.
const REBUILD_GROUP: usize = 1_000_000;
/// Products read at once.
const PRODUCTS_AT_ONCE: i64 = 10_000;

fn catch_up(
    store: &Store,
    live: &Live,
    mut position: FeedPosition,
) -> Result<FeedPosition, StoreError> {
    loop {
        let followed = store.follow(position, Duration::ZERO)?;
        if followed.position == position {
            return Ok(position);
        }
        live.apply(&followed.events);
        position = followed.position;
    }
}

fn cannot_start(cause: impl std::fmt::Display) -> Refusal {
    let cause = cause.to_string();
    Refusal::new(
        RefusalKind::Unavailable,
        "cannot_start",
        Text::owned(
            format!("Запуск невозможен: {cause}"),
            format!("Cannot start: {cause}"),
        ),
    )
}

fn unknown(field: &'static str) -> Refusal {
    Refusal::field(
        field,
        "unknown",
        Text::new("такого кода нет", "there is no such code"),
    )
}
