//! The bare server: axum, rusqlite, one writer thread with group commit, the same file. It writes
//! the rows Vernis writes for the same body, into the same tables and indexes, and answers when
//! they are on the disk. It checks nobody's key, seals nothing, keeps no numbers, and has no
//! savepoints: one wrong request would fail its whole group.

use crate::shop::FILE;
use anyhow::{Context, Result};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::oneshot;

/// Most requests of one commit, as in Vernis.
const GROUP: usize = 256;

#[derive(Deserialize)]
struct PurchaseIn {
    customer: WhoIn,
    store: String,
    channel: String,
    receipt_no: String,
    till: String,
    paid_minor: i64,
    discount_minor: i64,
    lines: Vec<LineIn>,
}

#[derive(Deserialize)]
struct WhoIn {
    phone: String,
}

#[derive(Deserialize)]
struct LineIn {
    product: String,
    quantity_micro: i64,
    list_minor: i64,
    paid_minor: i64,
}

#[derive(Serialize)]
struct RecordedOut {
    id: i64,
    customer_id: i64,
    recorded: bool,
    day: i64,
}

struct Job {
    key: [u8; 16],
    purchase: PurchaseIn,
    done: oneshot::Sender<Option<RecordedOut>>,
}

#[derive(Clone)]
struct Peer {
    jobs: Sender<Job>,
    readers: Arc<Mutex<Vec<Connection>>>,
    file: Arc<PathBuf>,
}

/// Serves the base in `dir` on a free port until it is ended.
///
/// # Errors
/// When the base cannot be opened.
pub fn serve(dir: &Path) -> Result<()> {
    let file = dir.join(FILE);
    let conn = Connection::open(&file)?;
    // As Vernis opens it. SQLite itself copies the log back, at every 64 MB instead of every 4:
    // seldom is faster.
    conn.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -262144;
         pragma wal_autocheckpoint = 16384; pragma temp_store = memory;",
    )?;
    conn.set_prepared_statement_cache_capacity(64);
    let (jobs, waiting) = channel();
    std::thread::spawn(move || write(&conn, &waiting));
    let peer = Peer {
        jobs,
        readers: Arc::default(),
        file: Arc::new(file),
    };
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
            println!("listening at http://{}", listener.local_addr()?);
            let router = Router::new()
                .route("/api/v1/purchases", post(record))
                .route("/api/v1/customers/lookup", get(card))
                .route("/api/v1/card-index", post(index_for_cards))
                .with_state(peer);
            use axum::serve::ListenerExt;
            let listener = listener.tap_io(|socket| {
                let _ = socket.set_nodelay(true);
            });
            axum::serve(listener, router).await?;
            Ok(())
        })
}

async fn record(
    State(peer): State<Peer>,
    headers: HeaderMap,
    Json(purchase): Json<PurchaseIn>,
) -> Result<(StatusCode, Json<RecordedOut>), StatusCode> {
    let key = headers
        .get("idempotency-key")
        .ok_or(StatusCode::BAD_REQUEST)?;
    let mut digest = [0; 16];
    digest.copy_from_slice(&blake3::hash(key.as_bytes()).as_bytes()[..16]);
    let (done, answer) = oneshot::channel();
    let job = Job {
        key: digest,
        purchase,
        done,
    };
    peer.jobs
        .send(job)
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    match answer.await {
        Ok(Some(recorded)) => Ok((StatusCode::CREATED, Json(recorded))),
        _ => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// Makes the index that the bare card needs and Vernis does not keep: only when recording is
/// measured, so that both record with the same indexes.
async fn index_for_cards(State(peer): State<Peer>) -> Result<Json<()>, StatusCode> {
    let made = tokio::task::spawn_blocking(move || {
        Connection::open(peer.file.as_path())?.execute_batch(
            "create index if not exists purchase_customer on purchase (customer_id)
             where customer_id is not null; pragma wal_checkpoint(truncate)",
        )
    });
    match made.await {
        Ok(Ok(())) => Ok(Json(())),
        _ => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// The writer: takes what waits, writes it in one transaction, answers after the commit.
fn write(conn: &Connection, waiting: &Receiver<Job>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok(next) = waiting.try_recv()
        {
            group.push(next);
        }
        let written = (|| {
            conn.execute_batch("begin immediate")?;
            let recorded = group
                .iter()
                .map(|job| insert(conn, job))
                .collect::<Result<Vec<_>>>()?;
            conn.execute_batch("commit")?;
            Ok::<_, anyhow::Error>(recorded)
        })();
        match written {
            Ok(recorded) => {
                for (job, recorded) in group.into_iter().zip(recorded) {
                    let _ = job.done.send(Some(recorded));
                }
            }
            Err(error) => {
                eprintln!("{error:#}");
                let _ = conn.execute_batch("rollback");
            }
        }
    }
}

fn insert(conn: &Connection, job: &Job) -> Result<RecordedOut> {
    let bought = &job.purchase;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros() as i64;
    let day = (now / 1_000_000 + 3 * 3600) / 86_400;
    let id_of = |sql: &str, code: &str| -> Result<i64> {
        conn.prepare_cached(sql)?
            .query_row([code], |row| row.get(0))
            .optional()?
            .context("an unknown code")
    };
    let customer_id = id_of(
        "select customer_id from plain_customer where phone = ?1",
        &bought.customer.phone,
    )?;
    let store = id_of("select id from store where code = ?1", &bought.store)?;
    let channel = id_of("select id from channel where code = ?1", &bought.channel)?;
    let new = conn
        .prepare_cached(
            "insert into purchase (operation_key, kind, customer_id, store_id, channel_id,
               occurred_at, recorded_at, local_day, time_precision, paid_minor, discount_minor,
               line_count, receipt_no, till)
             values (?1, 0, ?2, ?3, ?4, ?5, ?5, ?6, 0, ?7, ?8, ?9, ?10, ?11)
             on conflict do nothing",
        )?
        .execute(params![
            &job.key[..],
            customer_id,
            store,
            channel,
            now,
            day,
            bought.paid_minor,
            bought.discount_minor,
            bought.lines.len() as i64,
            bought.receipt_no,
            bought.till,
        ])?;
    if new == 0 {
        let id = conn
            .prepare_cached("select id from purchase where operation_key = ?1")?
            .query_row([&job.key[..]], |row| row.get(0))?;
        return Ok(RecordedOut {
            id,
            customer_id,
            recorded: false,
            day,
        });
    }
    let id = conn.last_insert_rowid();
    let mut insert_line = conn.prepare_cached(
        "insert into purchase_line (purchase_id, line_no, product_id, quantity_micro, list_minor,
           paid_minor, discount_auto_minor, discount_code_minor, discount_points_minor,
           discount_manual_minor, discount_rounding_minor)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, 0, 0)",
    )?;
    for (line, number) in bought.lines.iter().zip(1..) {
        let product = id_of("select id from product where code = ?1", &line.product)?;
        insert_line.execute(params![
            id,
            number,
            product,
            line.quantity_micro,
            line.list_minor,
            line.paid_minor,
            line.list_minor - line.paid_minor,
        ])?;
    }
    conn.prepare_cached(
        "insert into change (kind, subjects, recorded_at) values ('purchases', ?1, ?2)",
    )?
    .execute(params![id.to_string(), now])?;
    Ok(RecordedOut {
        id,
        customer_id,
        recorded: true,
        day,
    })
}

#[derive(Deserialize)]
struct LookupIn {
    phone: String,
}

#[derive(Serialize)]
struct CardOut {
    id: i64,
    last_name: String,
    first_name: String,
    middle_name: String,
    city: String,
    phone: String,
    email: Option<String>,
    facts: Facts,
    recent_purchases: Vec<BriefOut>,
}

#[derive(Serialize)]
struct Facts {
    orders: i64,
    revenue: i64,
    average_order: Option<i64>,
    first_purchase_day: Option<i64>,
    last_purchase_day: Option<i64>,
    days_since: Option<i64>,
    rfm_cell: Option<String>,
    life_cycle: &'static str,
    median_gap_days: Option<f64>,
    overdue_ratio: Option<f64>,
    margin: Option<i64>,
    returns: i64,
    discount: i64,
    discount_share: f64,
    first_store: Option<String>,
    first_channel: Option<String>,
    store: Option<String>,
    channel: Option<String>,
    registered: i64,
}

#[derive(Serialize)]
struct BriefOut {
    id: i64,
    kind: i64,
    day: i64,
    occurred_at: i64,
    paid_minor: i64,
    discount_minor: i64,
    store: String,
    channel: String,
}

/// Reads where it stands: a card comes from cached pages, a thread of its own would cost more.
async fn card(
    State(peer): State<Peer>,
    Query(wanted): Query<LookupIn>,
) -> Result<Json<CardOut>, StatusCode> {
    let idle = |peer: &Peer| {
        peer.readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    };
    let conn = match idle(&peer) {
        Some(conn) => conn,
        None => open_reader(&peer.file).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?,
    };
    let found = read_card(&conn, &wanted.phone);
    peer.readers
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(conn);
    match found {
        Ok(Some(card)) => Ok(Json(card)),
        Ok(None) => Err(StatusCode::NOT_FOUND),
        Err(error) => {
            eprintln!("{error:#}");
            Err(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

fn open_reader(file: &Path) -> Result<Connection> {
    let conn = Connection::open(file)?;
    conn.execute_batch("pragma query_only = on; pragma cache_size = -65536;")?;
    Ok(conn)
}

fn read_card(conn: &Connection, phone: &str) -> Result<Option<CardOut>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() as i64;
    let today = (now + 3 * 3600) / 86_400;
    let card = conn
        .prepare_cached(
            "select c.customer_id, c.last_name, c.first_name, c.middle_name, c.city, c.phone, c.email,
               c.registered_day, s.name, h.name
             from plain_customer c left join store s on s.id = c.store_id
               left join channel h on h.id = c.channel_id
             where c.phone = ?1",
        )?
        .query_row([phone], |row| {
            Ok(CardOut {
                id: row.get(0)?,
                last_name: row.get(1)?,
                first_name: row.get(2)?,
                middle_name: row.get(3)?,
                city: row.get(4)?,
                phone: row.get(5)?,
                email: row.get(6)?,
                facts: Facts {
                    orders: 0,
                    revenue: 0,
                    average_order: None,
                    first_purchase_day: None,
                    last_purchase_day: None,
                    days_since: None,
                    rfm_cell: None,
                    life_cycle: "prospect",
                    median_gap_days: None,
                    overdue_ratio: None,
                    margin: None,
                    returns: 0,
                    discount: 0,
                    discount_share: 0.0,
                    first_store: None,
                    first_channel: None,
                    store: row.get(8)?,
                    channel: row.get(9)?,
                    registered: row.get(7)?,
                },
                recent_purchases: Vec::new(),
            })
        })
        .optional()?;
    let Some(mut card) = card else {
        return Ok(None);
    };
    facts(conn, card.id, today, &mut card.facts)?;
    card.recent_purchases = conn
        .prepare_cached(
            "select p.id, p.kind, p.local_day, p.occurred_at, p.paid_minor, p.discount_minor, s.name,
               h.name
             from purchase p join store s on s.id = p.store_id join channel h on h.id = p.channel_id
             where p.customer_id = ?1
               and not exists (select 1 from purchase_void v where v.purchase_id = p.id)
             order by p.occurred_at desc, p.id desc limit 10",
        )?
        .query_map([card.id], |row| {
            Ok(BriefOut {
                id: row.get(0)?,
                kind: row.get(1)?,
                day: row.get(2)?,
                occurred_at: row.get(3)?,
                paid_minor: row.get(4)?,
                discount_minor: row.get(5)?,
                store: row.get(6)?,
                channel: row.get(7)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(card))
}

/// The sums by one statement, the first place and the usual gap by another. The borders of RFM are
/// constants: the bare server is spared finding them.
fn facts(conn: &Connection, id: i64, today: i64, facts: &mut Facts) -> Result<()> {
    let mut uncosted = 0;
    let mut cost: Option<i64> = None;
    conn.prepare_cached(
        "select count(*) filter (where kind = 0), coalesce(sum(paid_minor), 0),
           min(local_day) filter (where kind = 0), max(local_day) filter (where kind = 0),
           count(*) filter (where cost_minor is null), sum(cost_minor),
           coalesce(-sum(paid_minor) filter (where kind = 1), 0), coalesce(sum(discount_minor), 0)
         from purchase p where customer_id = ?1
           and not exists (select 1 from purchase_void v where v.purchase_id = p.id)",
    )?
    .query_row([id], |row| {
        facts.orders = row.get(0)?;
        facts.revenue = row.get(1)?;
        facts.first_purchase_day = row.get(2)?;
        facts.last_purchase_day = row.get(3)?;
        uncosted = row.get(4)?;
        cost = row.get(5)?;
        facts.returns = row.get(6)?;
        facts.discount = row.get(7)?;
        Ok(())
    })?;
    let mut days: Vec<i64> = Vec::new();
    let mut statement = conn.prepare_cached(
        "select p.local_day, s.name, h.name
         from purchase p join store s on s.id = p.store_id join channel h on h.id = p.channel_id
         where p.customer_id = ?1 and p.kind = 0 order by p.occurred_at, p.id",
    )?;
    let mut rows = statement.query([id])?;
    while let Some(row) = rows.next()? {
        if days.is_empty() {
            facts.first_store = row.get(1)?;
            facts.first_channel = row.get(2)?;
        }
        days.push(row.get(0)?);
    }
    days.dedup();
    let mut gaps: Vec<i64> = days.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable();
    if !gaps.is_empty() {
        let twice = gaps[(gaps.len() - 1) / 2] + gaps[gaps.len() / 2];
        facts.median_gap_days = Some(twice as f64 / 2.0);
    }
    if let Some(last) = facts.last_purchase_day {
        let silent = (today - last).max(0);
        facts.days_since = Some(silent);
        facts.overdue_ratio = facts.median_gap_days.map(|gap| silent as f64 / gap);
        facts.average_order = Some(facts.revenue / facts.orders.max(1));
        facts.life_cycle = match silent {
            ..=90 => "active",
            91..=180 => "at_risk",
            181..=365 => "sleeping",
            _ => "lost",
        };
        let score = |value: i64, borders: [i64; 2]| {
            1 + borders.iter().filter(|border| value > **border).count()
        };
        facts.rfm_cell = Some(format!(
            "{}{}{}",
            4 - score(silent, [60, 240]),
            score(facts.orders, [2, 8]),
            score(facts.revenue, [300_000, 1_500_000])
        ));
    }
    facts.margin = (uncosted == 0).then(|| facts.revenue - cost.unwrap_or(0));
    let list = facts.revenue + facts.discount;
    if list != 0 {
        facts.discount_share = facts.discount as f64 / list as f64;
    }
    Ok(())
}
