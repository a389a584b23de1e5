//! Rows of a file made into chunks of purchases and people, ready to be written. Knows no database:
//! people, stores, channels and products are numbered in the order they first appear in the run.

mod cells;

use super::counts::Counts;
use super::fields::Field;
use super::plan::Plan;
use crate::files::RowRef;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use vernis_domain::CustomField;
use vernis_domain::phone::PhoneRegion;
use vernis_domain::text::clean;
use vernis_domain::{
    ChannelId, Currency, Customer, Day, Instant, Line, Product, ProductId, PurchaseKind, StoreId,
    TimePrecision, Zone,
};
use vernis_store::{NewPurchase, OperationKey, RejectedRow};

/// No number: nobody, nothing, or already put in.
pub(super) const NONE: u32 = u32::MAX;
/// Source of the operation keys of files: the same purchase in two files is one purchase.
const SOURCE: &str = "file";
/// Rejected rows kept for the person to look at; more are only counted.
const MAX_REJECTED_KEPT: u64 = 100_000;

/// Who and where a purchase of a chunk belongs to, by numbers of the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refs {
    pub person: u32,
    pub store: u32,
    pub channel: u32,
}

/// The rows of one step in which a file goes into the base.
#[derive(Default)]
pub(super) struct Chunk {
    pub no: i64,
    /// Rows of the file done with this chunk included.
    pub rows_done: u64,
    /// Bytes of the file the child had read by then.
    pub bytes_read: u64,
    pub counts: Counts,
    /// First seen in this chunk, with their numbers.
    pub stores: Vec<(u32, String)>,
    pub channels: Vec<(u32, String)>,
    pub products: Vec<(u32, Product)>,
    pub people: Vec<(u32, Customer, Refs)>,
    /// Ids in these are not set yet: see `refs` and `line_products`.
    pub purchases: Vec<NewPurchase>,
    pub refs: Vec<Refs>,
    /// Product number of every line of every purchase, in order.
    pub line_products: Vec<Vec<u32>>,
    /// Returns that name the receipt they take back: purchase and that receipt's operation.
    pub originals: Vec<(usize, OperationKey)>,
    pub rejected: Vec<RejectedRow>,
}

/// What the rows are read with.
pub(super) struct Context {
    pub plan: Plan,
    pub source: String,
    pub region: PhoneRegion,
    pub currency: Currency,
    /// The shop's own fields.
    pub own: Vec<CustomField>,
    pub zone: Zone,
    pub today: Day,
    /// Rows of the next chunk: fewer while others write too.
    pub chunk_rows: Box<dyn Fn() -> usize + Send>,
    /// Stores and channels of the base: folded code or name, and number. Number 0 is the default.
    pub stores: Vec<(Vec<String>, Zone)>,
    pub channels: Vec<Vec<String>>,
}

/// Turns rows into chunks.
pub(super) struct Reader {
    context: Context,
    done_rows: u64,
    chunk: Chunk,
    next_no: i64,
    rows: u64,
    chunk_rows: usize,
    /// Rows of this chunk at most.
    most_rows: usize,
    rejected_kept: u64,
    stores: HashMap<String, u32>,
    zones: Vec<Zone>,
    channels: HashMap<String, u32>,
    channel_count: u32,
    products: HashMap<String, u32>,
    people: HashMap<u128, u32>,
    people_count: u32,
    /// How often a row without a receipt number was seen with the same content.
    repeats: HashMap<u64, u32>,
    /// Receipts seen: content of a whole receipt, or the chunk of a receipt of lines.
    receipts: HashMap<u64, u32>,
    /// Day of a receipt by number and store, for returns that name it.
    receipt_days: HashMap<u64, (Day, OperationKey)>,
    /// Receipts of lines in this chunk.
    open: HashMap<u64, usize>,
    last_receipt: u64,
    noons: HashMap<(u32, i32), Instant>,
    key_text: String,
}

/// What a row of a purchase says.
struct RowPurchase {
    day: Day,
    occurred_at: Instant,
    precision: TimePrecision,
    store: u32,
    is_return: bool,
    paid: i64,
    list: i64,
    cost: Option<i64>,
    quantity_micro: Option<i64>,
    product: u32,
}

impl Reader {
    /// A reader that cuts at `done_rows` too: up to there the file is in the base already, in
    /// chunks of whatever size.
    pub(super) fn new(context: Context, done_rows: u64) -> Reader {
        let mut stores = HashMap::new();
        for (number, (names, _)) in context.stores.iter().enumerate() {
            for name in names {
                stores.entry(name.clone()).or_insert(number as u32);
            }
        }
        let mut channels = HashMap::new();
        for (number, names) in context.channels.iter().enumerate() {
            for name in names {
                channels.entry(name.clone()).or_insert(number as u32);
            }
        }
        Reader {
            zones: context
                .stores
                .iter()
                .map(|(_, zone)| zone.clone())
                .collect(),
            channel_count: context.channels.len() as u32,
            most_rows: (context.chunk_rows)().max(1),
            context,
            done_rows,
            chunk: Chunk::default(),
            next_no: 0,
            rows: 0,
            chunk_rows: 0,
            rejected_kept: 0,
            stores,
            channels,
            products: HashMap::new(),
            people: HashMap::new(),
            people_count: 0,
            repeats: HashMap::new(),
            receipts: HashMap::new(),
            receipt_days: HashMap::new(),
            open: HashMap::new(),
            last_receipt: 0,
            noons: HashMap::new(),
            key_text: String::new(),
        }
    }

    /// The chunk before this row, when it is full. To be asked before [`Reader::take`]: what the
    /// caller does with the chunk (forgetting its numbers) must come before the row is numbered.
    pub(super) fn full_before(&mut self, row: &RowRef) -> Option<Chunk> {
        let full = self.chunk_rows >= self.most_rows && !self.continues(row);
        let begun = self.chunk_rows > 0;
        (full || begun && self.rows == self.done_rows).then(|| self.cut())
    }

    /// Takes a row.
    pub(super) fn take(&mut self, row: RowRef, bytes_read: u64) {
        self.rows += 1;
        self.chunk_rows += 1;
        self.chunk.counts.rows += 1;
        self.chunk.bytes_read = bytes_read;
        if self.context.plan.is_service_row(&row) {
            self.chunk.counts.skipped_service_rows += 1;
        } else if let Err(reason) = self.take_data(&row) {
            self.reject(&row, reason);
        }
    }

    /// The last chunk.
    pub(super) fn finish(mut self) -> Option<Chunk> {
        (self.chunk_rows > 0).then(|| self.cut())
    }

    /// What follows is new: forgets what chunks that are already in the base have numbered, and numbers
    /// its own chunks from here.
    pub(super) fn go_on(&mut self, next_chunk: i64) {
        self.next_no = next_chunk;
        let stores = self.context.stores.len() as u32;
        let channels = self.context.channels.len() as u32;
        self.people.clear();
        self.products.clear();
        self.stores.retain(|_, number| *number < stores);
        self.zones.truncate(stores as usize);
        self.noons.clear();
        self.channels.retain(|_, number| *number < channels);
        self.channel_count = channels;
    }

    fn cut(&mut self) -> Chunk {
        let mut chunk = std::mem::take(&mut self.chunk);
        chunk.no = self.next_no;
        chunk.rows_done = self.rows;
        self.next_no += 1;
        self.chunk_rows = 0;
        self.most_rows = (self.context.chunk_rows)().max(1);
        self.open.clear();
        chunk.purchases.iter_mut().for_each(settle);
        if self.context.plan.ambiguous_dates && chunk.no == 0 {
            chunk.counts.warn("ambiguous_dates", 1);
        }
        chunk
    }

    /// A receipt of lines is never cut in two.
    fn continues(&self, row: &RowRef) -> bool {
        self.context.plan.by_lines
            && self.chunk_rows < self.most_rows * 8
            && receipt_text(&self.context.plan, row) == self.last_receipt
    }

    fn reject(&mut self, row: &RowRef, reason: &str) {
        self.chunk.counts.reject(reason);
        self.rejected_kept += 1;
        if self.rejected_kept <= MAX_REJECTED_KEPT {
            self.chunk.rejected.push(RejectedRow {
                row_no: i64::from(row.line()),
                reason: reason.to_owned(),
                cells: row.cells().map(|cell| clean(cell, 2_000)).collect(),
            });
        }
    }

    fn take_data(&mut self, row: &RowRef) -> Result<(), &'static str> {
        let plan = &self.context.plan;
        if let Some(width) = plan.width
            && (width..row.len()).any(|column| !row.cell(column).trim().is_empty())
        {
            return Err("too_many_cells");
        }
        let person_only = match plan.kind {
            super::Kind::Customers => true,
            super::Kind::Purchases => false,
            super::Kind::Both => {
                plan.cell(row, Field::Date).is_empty() && plan.cell(row, Field::Paid).is_empty()
            }
        };
        if person_only {
            return match self.person(row) {
                NONE => Err("no_person"),
                _ => Ok(()),
            };
        }
        let read = self.purchase(row)?;
        self.chunk.counts.saw_day(read.day);
        if self.context.plan.has(Field::Receipt) {
            self.receipt(row, read)
        } else {
            self.row_alone(row, read);
            Ok(())
        }
    }

    /// A row that is one purchase known by its content: the third same row of a file is the third
    /// purchase, in every file.
    fn row_alone(&mut self, row: &RowRef, read: RowPurchase) {
        use std::fmt::Write;
        let plan = &self.context.plan;
        let who = hash128(plan.identity.iter().map(|column| row.cell(*column).trim()));
        self.key_text.clear();
        let _ = write!(
            self.key_text,
            "d\n{who:x}\n{}\n{}\n{}\n{}\n{}\n{}\n{}",
            read.occurred_at.0,
            plan.cell(row, Field::Store),
            plan.cell(row, Field::Channel),
            read.paid,
            read.is_return,
            read.quantity_micro.unwrap_or(0),
            plan.cell(row, Field::ProductCode),
        );
        if !plan.has(Field::ProductCode) {
            self.key_text.push_str(plan.cell(row, Field::ProductName));
        }
        let repeat = self.repeats.entry(hash64(&self.key_text)).or_insert(0);
        *repeat += 1;
        let repeat = *repeat;
        let _ = write!(self.key_text, "\n{repeat}");
        let operation = OperationKey::dated(SOURCE, read.day, &self.key_text);
        self.push(row, read, operation);
    }

    /// A row of a numbered receipt: the whole of it, or one of its lines.
    fn receipt(&mut self, row: &RowRef, read: RowPurchase) -> Result<(), &'static str> {
        let plan = &self.context.plan;
        let number = plan.cell(row, Field::Receipt);
        if number.is_empty() {
            if plan.by_lines {
                return Err("no_receipt");
            }
            self.row_alone(row, read);
            return Ok(());
        }
        self.last_receipt = receipt_text(plan, row);
        let (store, till) = (plan.cell(row, Field::Store), plan.cell(row, Field::Till));
        self.key_text.clear();
        for part in ["r", number, store, till] {
            self.key_text.push_str(part);
            self.key_text.push('\n');
        }
        let operation = OperationKey::dated(SOURCE, read.day, &self.key_text);
        let key = hash64(&(&self.key_text, read.day.0));
        if plan.by_lines {
            if let Some(at) = self.open.get(&key).copied() {
                self.add_line(at, &read);
                return Ok(());
            }
            if self.receipts.insert(key, 0).is_some() {
                return Err("receipt_split");
            }
            self.open.insert(key, self.chunk.purchases.len());
        } else {
            let who = hash128(plan.identity.iter().map(|column| row.cell(*column).trim()));
            let content = hash64(&(read.paid, read.is_return, who)) as u32;
            match self.receipts.insert(key, content) {
                Some(before) if before == content => {
                    self.chunk.counts.purchases_known += 1;
                    return Ok(());
                }
                Some(before) => {
                    self.receipts.insert(key, before);
                    return Err("receipt_repeated");
                }
                None => {}
            }
        }
        if plan.has(Field::Original) {
            let original = plan.cell(row, Field::Original).to_owned();
            self.receipt_days
                .insert(hash64(&(number, store)), (read.day, operation));
            if read.is_return && !original.is_empty() {
                match self.receipt_days.get(&hash64(&(original.as_str(), store))) {
                    Some((_, sale)) => self
                        .chunk
                        .originals
                        .push((self.chunk.purchases.len(), *sale)),
                    None => self.chunk.counts.warn("original_not_found", 1),
                }
            }
        }
        self.push(row, read, operation);
        Ok(())
    }

    fn push(&mut self, row: &RowRef, read: RowPurchase, operation: OperationKey) {
        let person = self.person(row);
        let channel = self.channel(row);
        let plan = &self.context.plan;
        let text = |field| {
            let cell = plan.cell(row, field);
            (!cell.is_empty()).then(|| clean(cell, 60))
        };
        let at = self.chunk.purchases.len();
        self.chunk.purchases.push(NewPurchase {
            operation,
            customer_id: None,
            kind: if read.is_return {
                PurchaseKind::Return
            } else {
                PurchaseKind::Sale
            },
            store_id: StoreId(0),
            channel_id: ChannelId(0),
            occurred_at: read.occurred_at,
            precision: read.precision,
            local_day: read.day,
            paid_minor: read.paid,
            discount_minor: read.list - read.paid,
            cost_minor: read.cost,
            returned_purchase_id: None,
            import_id: None,
            receipt_no: text(Field::Receipt),
            till: text(Field::Till),
            cashier: text(Field::Cashier),
            fiscal_drive: None,
            fiscal_document: None,
            fiscal_sign: None,
            lines: Vec::new(),
        });
        self.chunk.refs.push(Refs {
            person,
            store: read.store,
            channel,
        });
        self.chunk.line_products.push(Vec::new());
        if self.context.plan.by_lines || read.product != NONE || read.quantity_micro.is_some() {
            self.add_line(at, &read);
        }
    }

    fn add_line(&mut self, at: usize, read: &RowPurchase) {
        let sign = if read.is_return { -1 } else { 1 };
        let line = Line {
            line_no: 0,
            product_id: None::<ProductId>,
            quantity_micro: sign * read.quantity_micro.unwrap_or(1_000_000).abs(),
            list_minor: read.list,
            paid_minor: read.paid,
            discount_auto_minor: read.list - read.paid,
            discount_code_minor: 0,
            discount_points_minor: 0,
            discount_manual_minor: 0,
            discount_rounding_minor: 0,
            cost_minor: read.cost,
            returned_line_no: None,
        };
        self.chunk.purchases[at].lines.push(line.into());
        self.chunk.line_products[at].push(read.product);
    }
}

/// Totals of a receipt of lines.
fn settle(purchase: &mut NewPurchase) {
    if purchase.lines.len() < 2 {
        return;
    }
    let sum =
        |of: &dyn Fn(&Line) -> i64| purchase.lines.iter().map(|new| of(&new.line)).sum::<i64>();
    let paid = sum(&|line| line.paid_minor);
    let mut discount = sum(&|line| line.list_minor) - paid;
    purchase.kind = if paid < 0 || (paid == 0 && purchase.kind == PurchaseKind::Return) {
        PurchaseKind::Return
    } else {
        PurchaseKind::Sale
    };
    // A receipt that mixes sold and returned goods: discounts of both signs do not add up to one.
    if (purchase.kind == PurchaseKind::Return) == (discount > 0) && discount != 0 {
        for new in &mut purchase.lines {
            new.line.list_minor = new.line.paid_minor;
            new.line.discount_auto_minor = 0;
        }
        discount = 0;
    }
    purchase.paid_minor = paid;
    purchase.discount_minor = discount;
    purchase.cost_minor = purchase.lines.iter().map(|new| new.line.cost_minor).sum();
}

fn receipt_text(plan: &Plan, row: &RowRef) -> u64 {
    hash64(&(
        plan.cell(row, Field::Receipt),
        plan.cell(row, Field::Store),
        plan.cell(row, Field::Date),
    ))
}

fn hash64(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Two differently begun 64-bit hashes: among ten million people a chance equality stays unthinkable.
fn hash128<'a>(cells: impl Iterator<Item = &'a str>) -> u128 {
    let (mut a, mut b) = (DefaultHasher::new(), DefaultHasher::new());
    0x5654_u16.hash(&mut b);
    for cell in cells {
        cell.hash(&mut a);
        cell.hash(&mut b);
    }
    u128::from(a.finish()) << 64 | u128::from(b.finish())
}
