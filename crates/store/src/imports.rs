//! Imports: their state, their committed chunks, their rejected rows.

use crate::StoreError;
use crate::db::{IdSource, ids_of};
use crate::dialect::{Insert, insert};
use crate::seal::Place;
use crate::tx::{ReadTx, WriteTx};
use crate::value::{Row, Value};
use serde_json::Value as Json;
use vernis_domain::{CustomerId, ImportId, Instant, PurchaseId, UserId};

static IMPORT_IDS: IdSource = ids_of!("import");

static REJECTED: Insert<4> = insert!("rejected_row", key 0, [
    1 "import_id" Int, 2 "row_no" Int, 3 "reason" Text, 4 "cells" Bytes,
]);

/// An import to be begun.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// Name of the file as the person gave it.
    pub file_name: String,
    /// Its size.
    pub size_bytes: i64,
    /// Digest of its content.
    pub digest: Vec<u8>,
    /// State to begin in.
    pub state: String,
    /// Who began it.
    pub created_by: Option<UserId>,
}

/// An import as kept.
#[derive(Clone, Debug)]
pub struct ImportRecord {
    /// Row id.
    pub id: ImportId,
    /// Name of the file as the person gave it.
    pub file_name: String,
    /// Its size.
    pub size_bytes: i64,
    /// Digest of its content.
    pub digest: Vec<u8>,
    /// What is in it: purchases, customers, both.
    pub kind: Option<String>,
    /// File format.
    pub format: Option<String>,
    /// State, in the words of the interface.
    pub state: String,
    /// Mapping and switches.
    pub settings: Json,
    /// First rows and guessed columns: sealed on disk, because they show personal values.
    pub preview: Option<Json>,
    /// Counts of the run.
    pub counts: Option<Json>,
    /// Counts of the dry run.
    pub dry_run: Option<Json>,
    /// How far the run is.
    pub progress: Option<Json>,
    /// Why it failed.
    pub error: Option<Json>,
    /// Who began it.
    pub created_by: Option<UserId>,
    /// When it was begun.
    pub created_at: Instant,
    /// When this record last changed.
    pub updated_at: Instant,
    /// When it ended.
    pub finished_at: Option<Instant>,
}

/// A committed chunk: after a stop the import goes on behind the last one.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportChunk {
    /// Number from 0.
    pub chunk_no: i64,
    /// Rows of the file done with this chunk included.
    pub rows_done: i64,
    /// First and last purchase the chunk made. Other processes' rows may lie between.
    pub purchases: Option<(PurchaseId, PurchaseId)>,
    /// First and last customer the chunk made.
    pub customers: Option<(CustomerId, CustomerId)>,
    /// Counts so far.
    pub counts: Json,
}

/// A row of the file that was not taken. Its cells are sealed on disk.
#[derive(Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Number of the row in the file, from 1.
    pub row_no: i64,
    /// Code of the reason.
    pub reason: String,
    /// The row as it was.
    pub cells: Vec<String>,
}

fn json(text: &str) -> Result<Json, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Decode(format!("an import: {error}")))
}

fn opt_json(row: &Row<'_>, column: usize) -> Result<Option<Json>, StoreError> {
    row.opt_text(column)?.as_deref().map(json).transpose()
}

fn text(value: &Option<Json>) -> Option<String> {
    value.as_ref().map(Json::to_string)
}

fn preview_place(id: ImportId) -> Place {
    Place {
        table: "import.preview",
        id: id.0,
    }
}

fn cells_place(id: ImportId, row_no: i64) -> Place {
    // Both numbers are part of the place: a row cannot be shown as another import's.
    Place {
        table: "rejected_row",
        id: id.0.wrapping_shl(40) ^ row_no,
    }
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "select id, file_name, size_bytes, digest, kind, format, state, settings, preview, ",
            "counts, dry_run, progress, error, created_by, created_at, updated_at, finished_at ",
            "from import ",
            $tail
        )
    };
}

impl ReadTx<'_> {
    fn read_imports(
        &mut self,
        sql: &'static str,
        params: &[Value],
    ) -> Result<Vec<ImportRecord>, StoreError> {
        let keys = self.keys;
        self.db.all(sql, params, |row| {
            let id = ImportId(row.int(0)?);
            let preview = row
                .opt_bytes(8)?
                .map(|sealed| {
                    let plain = keys.open_for_shop(preview_place(id), &sealed)?;
                    json(&String::from_utf8_lossy(&plain))
                })
                .transpose()?;
            Ok(ImportRecord {
                id,
                file_name: row.text(1)?,
                size_bytes: row.int(2)?,
                digest: row.bytes(3)?,
                kind: row.opt_text(4)?,
                format: row.opt_text(5)?,
                state: row.text(6)?,
                settings: json(&row.text(7)?)?,
                preview,
                counts: opt_json(row, 9)?,
                dry_run: opt_json(row, 10)?,
                progress: opt_json(row, 11)?,
                error: opt_json(row, 12)?,
                created_by: row.opt_int(13)?.map(UserId),
                created_at: Instant(row.int(14)?),
                updated_at: Instant(row.int(15)?),
                finished_at: row.opt_int(16)?.map(Instant),
            })
        })
    }

    /// All imports, newest first.
    pub fn imports(&mut self) -> Result<Vec<ImportRecord>, StoreError> {
        self.read_imports(select!("order by id desc"), &[])
    }

    /// One import.
    pub fn import(&mut self, id: ImportId) -> Result<Option<ImportRecord>, StoreError> {
        Ok(self
            .read_imports(select!("where id = $1"), &[id.into()])?
            .pop())
    }

    /// The committed chunks of an import, in order.
    pub fn import_chunks(&mut self, id: ImportId) -> Result<Vec<ImportChunk>, StoreError> {
        self.db.all(
            "select chunk_no, rows_done, first_purchase_id, last_purchase_id, first_customer_id,
               last_customer_id, counts
             from import_chunk where import_id = $1 order by chunk_no",
            &[id.into()],
            |row| {
                Ok(ImportChunk {
                    chunk_no: row.int(0)?,
                    rows_done: row.int(1)?,
                    purchases: row
                        .opt_int(2)?
                        .zip(row.opt_int(3)?)
                        .map(|(first, last)| (PurchaseId(first), PurchaseId(last))),
                    customers: row
                        .opt_int(4)?
                        .zip(row.opt_int(5)?)
                        .map(|(first, last)| (CustomerId(first), CustomerId(last))),
                    counts: json(&row.text(6)?)?,
                })
            },
        )
    }

    /// Purchases an import made within one of its chunks' ranges, in id order: for an undo.
    pub fn import_purchases(
        &mut self,
        id: ImportId,
        (first, last): (PurchaseId, PurchaseId),
    ) -> Result<Vec<PurchaseId>, StoreError> {
        // Other writers' rows may lie in the range: the import's number decides.
        self.db.all(
            "select id from purchase where id between $1 and $2 and import_id = $3 order by id",
            &[first.into(), last.into(), id.into()],
            |row| Ok(PurchaseId(row.int(0)?)),
        )
    }

    /// Customers an import made within one of its chunks' ranges, in id order: for an undo.
    pub fn import_customers(
        &mut self,
        id: ImportId,
        (first, last): (CustomerId, CustomerId),
    ) -> Result<Vec<CustomerId>, StoreError> {
        self.db.all(
            "select id from customer where id between $1 and $2 and import_id = $3 order by id",
            &[first.into(), last.into(), id.into()],
            |row| Ok(CustomerId(row.int(0)?)),
        )
    }

    /// Rejected rows of an import after a row number, in order, at most `limit`.
    pub fn rejected_rows(
        &mut self,
        id: ImportId,
        after_row: i64,
        limit: i64,
    ) -> Result<Vec<RejectedRow>, StoreError> {
        let keys = self.keys;
        self.db.all(
            "select row_no, reason, cells from rejected_row
             where import_id = $1 and row_no > $2 order by row_no limit $3",
            &[id.into(), after_row.into(), limit.into()],
            |row| {
                let row_no = row.int(0)?;
                let plain = keys.open_for_shop(cells_place(id, row_no), &row.bytes(2)?)?;
                Ok(RejectedRow {
                    row_no,
                    reason: row.text(1)?,
                    cells: serde_json::from_slice(&plain)
                        .map_err(|error| StoreError::Decode(error.to_string()))?,
                })
            },
        )
    }
}

impl WriteTx<'_> {
    /// Begins an import.
    pub fn create_import(&mut self, new: &NewImport) -> Result<ImportId, StoreError> {
        let id = self.db.new_ids(&IMPORT_IDS, 1)?[0];
        let now = self.now();
        self.db.execute(
            "insert into import (id, file_name, size_bytes, digest, state, settings, created_by,
               created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &[
                id.into(),
                (&new.file_name).into(),
                new.size_bytes.into(),
                (&new.digest).into(),
                (&new.state).into(),
                "{}".into(),
                new.created_by.into(),
                now.into(),
                now.into(),
            ],
        )?;
        Ok(ImportId(id))
    }

    /// Writes everything of an import that can change; `updated_at` is set here.
    pub fn put_import(&mut self, import: &ImportRecord) -> Result<(), StoreError> {
        let preview = import
            .preview
            .as_ref()
            .map(|json| {
                self.keys
                    .seal_for_shop(preview_place(import.id), json.to_string().as_bytes())
            })
            .transpose()?;
        let now = self.now();
        let settings = import.settings.to_string();
        let [counts, dry_run, progress, error] = [
            text(&import.counts),
            text(&import.dry_run),
            text(&import.progress),
            text(&import.error),
        ];
        let rows = self.db.execute(
            "update import set kind = $2, format = $3, state = $4, settings = $5, preview = $6,
               counts = $7, dry_run = $8, progress = $9, error = $10, updated_at = $11,
               finished_at = $12
             where id = $1",
            &[
                import.id.into(),
                import.kind.as_ref().into(),
                import.format.as_ref().into(),
                (&import.state).into(),
                (&settings).into(),
                preview.as_ref().into(),
                counts.as_ref().into(),
                dry_run.as_ref().into(),
                progress.as_ref().into(),
                error.as_ref().into(),
                now.into(),
                import.finished_at.into(),
            ],
        )?;
        if rows == 0 {
            return Err(StoreError::NotFound("The import"));
        }
        Ok(())
    }

    /// Notes a chunk as done, in the same transaction as its rows: after a stop it is either whole
    /// or not there.
    pub fn put_import_chunk(
        &mut self,
        id: ImportId,
        chunk: &ImportChunk,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let counts = chunk.counts.to_string();
        self.db.execute(
            "insert into import_chunk (import_id, chunk_no, rows_done, first_purchase_id,
               last_purchase_id, first_customer_id, last_customer_id, counts, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &[
                id.into(),
                chunk.chunk_no.into(),
                chunk.rows_done.into(),
                chunk.purchases.map(|range| range.0).into(),
                chunk.purchases.map(|range| range.1).into(),
                chunk.customers.map(|range| range.0).into(),
                chunk.customers.map(|range| range.1).into(),
                (&counts).into(),
                now.into(),
            ],
        )?;
        // A sign of life for other processes.
        self.db.execute(
            "update import set updated_at = $2 where id = $1",
            &[id.into(), now.into()],
        )?;
        Ok(())
    }

    /// Keeps rows that were not taken.
    pub fn insert_rejected_rows(
        &mut self,
        id: ImportId,
        rows: &[RejectedRow],
    ) -> Result<(), StoreError> {
        let sealed = rows
            .iter()
            .map(|row| {
                let cells = serde_json::to_vec(&row.cells)
                    .map_err(|error| StoreError::Invalid(error.to_string()))?;
                self.keys.seal_for_shop(cells_place(id, row.row_no), &cells)
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        self.db.insert_many(
            &REJECTED,
            rows.iter().zip(&sealed).map(|(row, cells)| {
                [
                    id.into(),
                    row.row_no.into(),
                    (&row.reason).into(),
                    cells.into(),
                ]
            }),
        )
    }
}
