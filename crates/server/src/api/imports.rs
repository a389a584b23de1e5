//! Imports: upload, preview, dry run, run, cancel, resume, rejected rows; and the demo shop.

use super::TextOut;
use crate::extract::{Body, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use vernis_app::import::{Counts, Kind, Preview, fields};
use vernis_app::imports::{ImportView, LookAgain};
use vernis_app::uploads::MAX_UPLOAD_BYTES;
use vernis_app::{Entity, Refusal};
use vernis_domain::{Language, Text};

/// Limit of an upload's body: the file and the form around it.
pub fn upload_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_UPLOAD_BYTES as usize + 64 * 1024)
}

/// An import.
#[derive(Serialize, ToSchema)]
pub struct ImportOut {
    /// Id.
    pub id: String,
    /// Name of the file.
    pub file_name: String,
    /// Its size.
    pub size_bytes: i64,
    /// When it was begun.
    pub created_at: String,
    /// uploaded, checking, checked, importing, done, cancelled, failed, interrupted.
    pub state: String,
    /// purchases, customers, both.
    pub kind: Option<&'static str>,
    /// First rows and guesses; null in lists.
    pub preview: Option<PreviewOut>,
    /// Field key by column index.
    pub mapping: Option<BTreeMap<String, String>>,
    /// How far a run is; null when none runs.
    pub progress: Option<ProgressOut>,
    /// What is in the base from this file.
    pub result: Option<CountsOut>,
    /// What would be.
    pub dry_run: Option<CountsOut>,
    /// Why it failed.
    pub error: Option<ImportErrorOut>,
}

/// First rows and guesses.
#[derive(Serialize, ToSchema)]
pub struct PreviewOut {
    /// csv or xlsx.
    pub format: String,
    /// Encoding, for text.
    pub encoding: Option<String>,
    /// Encodings to choose from.
    pub encodings: Vec<String>,
    /// Delimiter, for text.
    pub delimiter: Option<String>,
    /// Sheet, for a workbook.
    pub sheet: Option<String>,
    /// Sheets to choose from.
    pub sheets: Vec<String>,
    /// Row that names the columns, from 0; null: none.
    pub header_row: Option<u32>,
    /// purchases, customers, both.
    pub kind: &'static str,
    /// Columns.
    pub columns: Vec<ColumnOut>,
    /// First rows of data.
    pub rows: Vec<Vec<String>>,
    /// First rows of the file as they stand, to choose another header row from.
    pub top: Vec<Vec<String>>,
    /// What is worth knowing.
    pub warnings: Vec<TextOut>,
}

/// A column.
#[derive(Serialize, ToSchema)]
pub struct ColumnOut {
    /// Index from 0.
    pub index: usize,
    /// Name in the file.
    pub name: String,
    /// Field it is taken for.
    pub field: Option<String>,
    /// A few values.
    pub samples: Vec<String>,
}

/// How far a run is.
#[derive(Serialize, ToSchema)]
pub struct ProgressOut {
    /// Rows done.
    pub rows_done: u64,
    /// Rows of the file, guessed from the bytes read.
    pub rows_total_estimate: u64,
    /// Speed.
    pub rows_per_second: u64,
    /// Seconds left at this speed.
    pub seconds_left: u64,
}

/// A reason with its number.
#[derive(Serialize, ToSchema)]
pub struct ReasonOut {
    /// Stable code.
    pub code: String,
    /// In words.
    pub label: TextOut,
    /// How often.
    pub count: u64,
}

/// What an import did.
#[derive(Serialize, ToSchema)]
pub struct CountsOut {
    /// Rows of data read.
    pub rows: u64,
    /// Purchases and returns recorded.
    pub purchases_new: u64,
    /// Were in the base already.
    pub purchases_known: u64,
    /// Product lines recorded.
    pub lines_new: u64,
    /// Customers made.
    pub customers_new: u64,
    /// Customers that got something new.
    pub customers_changed: u64,
    /// Products made.
    pub products_new: u64,
    /// Stores made.
    pub stores_new: u64,
    /// Rows not taken.
    pub rejected: u64,
    /// Totals, repeated headers.
    pub skipped_service_rows: u64,
    /// Paid in the new purchases and returns.
    pub amount_minor: i64,
    /// First day of the purchases of the file.
    pub first_day: Option<String>,
    /// Last day.
    pub last_day: Option<String>,
    /// Why rows were not taken.
    pub reasons: Vec<ReasonOut>,
    /// What was noticed in rows that were taken.
    pub warnings: Vec<ReasonOut>,
}

/// Why an import failed.
#[derive(Serialize, ToSchema)]
pub struct ImportErrorOut {
    /// Stable code.
    pub code: String,
    /// In words.
    pub message: TextOut,
}

impl From<Preview> for PreviewOut {
    fn from(preview: Preview) -> Self {
        PreviewOut {
            format: serde_json::to_value(preview.format)
                .ok()
                .and_then(|json| json.as_str().map(str::to_owned))
                .unwrap_or_default(),
            encoding: preview.encoding,
            encodings: preview.encodings,
            delimiter: preview.delimiter,
            sheet: preview.sheet,
            sheets: preview.sheets,
            header_row: preview.header_row,
            kind: preview.kind.code(),
            columns: preview
                .columns
                .into_iter()
                .map(|column| ColumnOut {
                    index: column.index,
                    name: column.name,
                    field: column.field,
                    samples: column.samples,
                })
                .collect(),
            rows: preview.rows,
            top: preview.top,
            warnings: preview.warnings.into_iter().map(Into::into).collect(),
        }
    }
}

fn reasons(list: Vec<vernis_app::import::ReasonCount>) -> Vec<ReasonOut> {
    list.into_iter()
        .map(|reason| ReasonOut {
            code: reason.code,
            label: reason.label.into(),
            count: reason.count,
        })
        .collect()
}

impl From<Counts> for CountsOut {
    fn from(counts: Counts) -> Self {
        CountsOut {
            rows: counts.rows,
            purchases_new: counts.purchases_new,
            purchases_known: counts.purchases_known,
            lines_new: counts.lines_new,
            customers_new: counts.customers_new,
            customers_changed: counts.customers_changed,
            products_new: counts.products_new,
            stores_new: counts.stores_new,
            rejected: counts.rejected,
            skipped_service_rows: counts.skipped_service_rows,
            amount_minor: counts.amount_minor,
            first_day: counts.first_day.map(|day| day.to_string()),
            last_day: counts.last_day.map(|day| day.to_string()),
            reasons: reasons(counts.reasons),
            warnings: reasons(counts.warnings),
        }
    }
}

fn import_out(state: &ServerState, view: ImportView) -> ImportOut {
    ImportOut {
        id: state.app.public_id(Entity::Import, view.id.0),
        file_name: view.file_name,
        size_bytes: view.size_bytes,
        created_at: view.created_at.rfc3339(),
        state: view.state,
        kind: view.kind.map(Kind::code),
        preview: view.preview.map(Into::into),
        mapping: view.mapping,
        progress: view.progress.map(|progress| ProgressOut {
            rows_done: progress.rows_done,
            rows_total_estimate: progress.rows_total_estimate,
            rows_per_second: progress.rows_per_second,
            seconds_left: progress.seconds_left,
        }),
        result: view.result.map(Into::into),
        dry_run: view.dry_run.map(Into::into),
        error: view.error.map(|error| ImportErrorOut {
            code: error.code,
            message: error.message.into(),
        }),
    }
}

/// The file to import.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the form; it is read part by part")]
pub struct UploadIn {
    /// The file as it is.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Takes a file and looks at it.
#[utoipa::path(post, path = "/imports", tag = "imports", request_body(content = UploadIn, content_type = "multipart/form-data"), responses((status = CREATED, body = ImportOut), (status = PAYLOAD_TOO_LARGE, body = ProblemOut)))]
pub async fn upload(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    mut form: Multipart,
) -> Result<(StatusCode, Json<ImportOut>), Problem> {
    while let Some(mut field) = form.next_field().await.map_err(cut_off)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or("file").to_owned();
        let mut upload = state.app.begin_upload()?;
        while let Some(bytes) = field.chunk().await.map_err(cut_off)? {
            upload = compute(move || {
                upload.take(&bytes)?;
                Ok(upload)
            })
            .await?;
        }
        let app = state.app.clone();
        let view = compute(move || app.create_import(&caller, &name, upload.finish()?)).await?;
        return Ok((StatusCode::CREATED, Json(import_out(&state, view))));
    }
    Err(Problem(Refusal::field(
        "file",
        "missing",
        Text::new("файла в запросе нет", "there is no file in the request"),
    )))
}

fn cut_off(_: axum::extract::multipart::MultipartError) -> Problem {
    Problem(Refusal::new(
        vernis_app::RefusalKind::Invalid,
        "upload_cut_off",
        Text::new(
            "Файл не дошёл целиком. Ничего не записано; бросьте его ещё раз.",
            "The file did not arrive whole. Nothing was recorded; drop it again.",
        ),
    ))
}

/// Imports.
#[derive(Serialize, ToSchema)]
pub struct ImportsOut {
    /// Newest first.
    pub items: Vec<ImportOut>,
}

/// All imports, newest first.
#[utoipa::path(get, path = "/imports", tag = "imports", responses((status = OK, body = ImportsOut)))]
pub async fn all(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
) -> Result<Json<ImportsOut>, Problem> {
    let app = state.app.clone();
    let views = compute(move || app.import_views()).await?;
    Ok(Json(ImportsOut {
        items: views
            .into_iter()
            .map(|view| import_out(&state, view))
            .collect(),
    }))
}

/// One import.
#[utoipa::path(get, operation_id = "import", path = "/imports/{id}", tag = "imports", params(("id" = String, Path)), responses((status = OK, body = ImportOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn read(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<ImportOut>, Problem> {
    let id = state.app.row_id(Entity::Import, &id)?;
    let app = state.app.clone();
    let view = compute(move || app.import_view(id.into())).await?;
    Ok(Json(import_out(&state, view)))
}

/// How to look at the file; what is absent is guessed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookIn {
    /// Encoding.
    pub encoding: Option<String>,
    /// Delimiter, one character.
    pub delimiter: Option<String>,
    /// Sheet.
    pub sheet: Option<String>,
    /// Row that names the columns, from 0; -1: there is none.
    pub header_row: Option<i64>,
    /// purchases, customers, both.
    pub kind: Option<String>,
    /// Field key by column index.
    pub mapping: Option<BTreeMap<String, String>>,
}

fn kind(text: &str) -> Result<Kind, Refusal> {
    Kind::from_code(text).ok_or_else(|| {
        Refusal::field(
            "kind",
            "unknown",
            Text::new(
                "бывают purchases, customers, both",
                "purchases, customers or both is wanted",
            ),
        )
    })
}

/// Looks at the file again with another encoding, delimiter, sheet, header or mapping.
#[utoipa::path(post, path = "/imports/{id}/preview", tag = "imports", params(("id" = String, Path)), request_body = LookIn, responses((status = OK, body = ImportOut), (status = CONFLICT, body = ProblemOut)))]
pub async fn look(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<LookIn>,
) -> Result<Json<ImportOut>, Problem> {
    let id = state.app.row_id(Entity::Import, &id)?;
    let choice = LookAgain {
        encoding: body.encoding,
        delimiter: body.delimiter.and_then(|text| text.chars().next()),
        sheet: body.sheet,
        header_row: body.header_row.map(|row| u32::try_from(row).ok()),
        kind: body.kind.as_deref().map(kind).transpose()?,
        mapping: body.mapping,
    };
    let app = state.app.clone();
    let view = compute(move || app.look_again(id.into(), choice)).await?;
    Ok(Json(import_out(&state, view)))
}

/// How to run.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunIn {
    /// Only count.
    #[serde(default)]
    pub dry_run: bool,
    /// purchases, customers, both.
    pub kind: String,
    /// Field key by column index.
    pub mapping: BTreeMap<String, String>,
    /// Take the good rows when some are bad; otherwise all or nothing.
    #[serde(default)]
    pub keep_good_rows: bool,
}

/// Begins a run in the background; ask the import for its progress.
#[utoipa::path(post, path = "/imports/{id}/run", tag = "imports", params(("id" = String, Path)), request_body = RunIn, responses((status = ACCEPTED, body = ImportOut), (status = CONFLICT, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn run(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<RunIn>,
) -> Result<(StatusCode, Json<ImportOut>), Problem> {
    let id = state.app.row_id(Entity::Import, &id)?;
    let kind = kind(&body.kind)?;
    let app = state.app.clone();
    let view = compute(move || {
        app.run_import(
            &caller,
            id.into(),
            body.dry_run,
            kind,
            body.mapping,
            body.keep_good_rows,
        )
    })
    .await?;
    Ok((StatusCode::ACCEPTED, Json(import_out(&state, view))))
}

/// Stops a run after the rows under way; what is written stays.
#[utoipa::path(post, path = "/imports/{id}/cancel", tag = "imports", params(("id" = String, Path)), responses((status = OK, body = ImportOut), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn cancel(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<ImportOut>, Problem> {
    let id = state.app.row_id(Entity::Import, &id)?;
    let app = state.app.clone();
    let view = compute(move || app.cancel_import(&caller, id.into())).await?;
    Ok(Json(import_out(&state, view)))
}

/// Goes on with an interrupted or cancelled import.
#[utoipa::path(post, path = "/imports/{id}/resume", tag = "imports", params(("id" = String, Path)), responses((status = ACCEPTED, body = ImportOut), (status = CONFLICT, body = ProblemOut)))]
pub async fn resume(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<ImportOut>), Problem> {
    let id = state.app.row_id(Entity::Import, &id)?;
    let app = state.app.clone();
    let view = compute(move || app.resume_import(&caller, id.into())).await?;
    Ok((StatusCode::ACCEPTED, Json(import_out(&state, view))))
}

/// The rows that were not taken, with their reasons, as a CSV file.
#[utoipa::path(get, path = "/imports/{id}/rejected.csv", tag = "imports", params(("id" = String, Path)), responses((status = OK, content_type = "text/csv"), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn rejected(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = state.app.row_id(Entity::Import, &id)?;
    let russian = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map(Language::from_accept)
        .unwrap_or_default()
        == Language::Ru;
    let app = state.app.clone();
    let csv = compute(move || app.rejected_csv(&caller, id.into(), russian)).await?;
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"rejected.csv\"",
            ),
        ],
        csv,
    )
        .into_response())
}

/// A field a column may hold.
#[derive(Serialize, ToSchema)]
pub struct ImportFieldOut {
    /// Key used in mappings; of an own field `x_` and its key.
    pub key: String,
    /// Name.
    pub label: TextOut,
    /// customer, purchase, line.
    #[schema(value_type = String)]
    pub group: fields::Group,
    /// Kinds of files it may stand in.
    pub kinds: Vec<&'static str>,
    /// Several columns may hold it.
    pub many: bool,
}

/// Fields a column may hold.
#[derive(Serialize, ToSchema)]
pub struct ImportFieldsOut {
    /// In the order they are offered.
    pub items: Vec<ImportFieldOut>,
}

/// Fields a column may hold.
#[utoipa::path(get, path = "/import-fields", tag = "imports", responses((status = OK, body = ImportFieldsOut)))]
pub async fn import_fields(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
) -> Json<ImportFieldsOut> {
    let own = state.app.custom_fields().into_iter();
    let own = own
        .filter(|field| field.archived_at.is_none())
        .map(|field| ImportFieldOut {
            key: format!("{}{}", fields::OWN, field.key),
            label: TextOut {
                en: if field.en.is_empty() {
                    field.ru.clone()
                } else {
                    field.en
                },
                ru: field.ru,
            },
            group: fields::Group::Customer,
            kinds: vec![Kind::Customers.code(), Kind::Both.code()],
            many: false,
        });
    Json(ImportFieldsOut {
        items: fields::items()
            .into_iter()
            .map(|item| ImportFieldOut {
                key: item.key.to_owned(),
                label: item.label.into(),
                group: item.group,
                kinds: item.kinds.iter().map(|kind| kind.code()).collect(),
                many: item.many,
            })
            .chain(own)
            .collect(),
    })
}

/// What demo shop to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DemoIn {
    /// Customers, at most 20000 here; more by the command line.
    pub customers: Option<u32>,
    /// The same seed makes the same shop.
    pub seed: Option<u64>,
}

/// What was loaded.
#[derive(Serialize, ToSchema)]
pub struct DemoOut {
    /// Customers added.
    pub customers: u64,
    /// Purchases and returns added.
    pub purchases: u64,
}

/// Fills an empty base with the demo shop.
#[utoipa::path(post, path = "/demo", tag = "imports", request_body = DemoIn, responses((status = CREATED, body = DemoOut), (status = CONFLICT, body = ProblemOut)))]
pub async fn demo(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<DemoIn>,
) -> Result<(StatusCode, Json<DemoOut>), Problem> {
    let app = state.app.clone();
    let loaded = compute(move || {
        app.load_demo(
            &caller,
            body.customers.unwrap_or(3000).clamp(1, 20_000),
            body.seed.unwrap_or(1),
            None,
            |_| {},
        )
    })
    .await?;
    Ok((
        StatusCode::CREATED,
        Json(DemoOut {
            customers: loaded.customers_new,
            purchases: loaded.purchases_new,
        }),
    ))
}
