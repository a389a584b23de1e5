//! Exports: asking, deciding, fetching the file.

use super::TextOut;
use crate::extract::{Body, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vernis_app::Entity;
use vernis_app::exports::{ExportAsked, ExportView, Fetched, Form, Question};
use vernis_domain::Language;

/// Customers, as a list asks for them.
#[derive(Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct QuestionJson {
    /// Part of a name, phone, e-mail or card.
    pub search: Option<String>,
    /// RFM cell.
    pub cell: Option<String>,
    /// Saved segment.
    pub segment: Option<String>,
    /// Conditions, as lists write them.
    pub filters: Vec<String>,
    /// The day it is seen from.
    pub as_of: Option<String>,
    /// How RFM borders are set.
    pub borders: Option<String>,
    /// RFM window.
    pub window: Option<String>,
    /// RFM of a store.
    pub store: Option<String>,
    /// RFM of a channel.
    pub channel: Option<String>,
}

impl QuestionJson {
    fn question(self) -> Question {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        Question {
            search: self.search.unwrap_or_default(),
            cell: filled(self.cell),
            segment: filled(self.segment),
            filters: self.filters,
            as_of: filled(self.as_of),
            borders: filled(self.borders),
            window: filled(self.window),
            store: filled(self.store),
            channel: filled(self.channel),
        }
    }

    fn of(question: Question) -> QuestionJson {
        QuestionJson {
            search: Some(question.search).filter(|text| !text.is_empty()),
            cell: question.cell,
            segment: question.segment,
            filters: question.filters,
            as_of: question.as_of,
            borders: question.borders,
            window: question.window,
            store: question.store,
            channel: question.channel,
        }
    }
}

/// A column that can be asked for.
#[derive(Serialize, ToSchema)]
pub struct ExportColumnOut {
    /// Key.
    pub key: &'static str,
    /// Name.
    pub label: TextOut,
    /// Masked for whoever asks.
    pub masked: bool,
}

/// What an export would be.
#[derive(Serialize, ToSchema)]
pub struct OutlookOut {
    /// How many people.
    pub people: usize,
    /// A second person has to approve it.
    pub needs_second: bool,
    /// There is somebody who could.
    pub second_exists: bool,
    /// Contacts are masked in it.
    pub masked: bool,
    /// Invented customers in the file.
    pub canaries: i64,
    /// From how many people in a day a second person is asked.
    pub approve_over: u32,
    /// Columns that can be asked for.
    pub columns: Vec<ExportColumnOut>,
}

/// What an export of these people would be: how many, which columns, whether a second person is asked.
#[utoipa::path(post, operation_id = "look_at_export", path = "/exports/outlook", tag = "exports", request_body = QuestionJson, responses((status = OK, body = OutlookOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn outlook(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<QuestionJson>,
) -> Result<Json<OutlookOut>, Problem> {
    let out = compute(move || {
        let view = state.app.base(&caller)?;
        let seen = state.app.look_at_export(&caller, &view, &body.question())?;
        Ok(OutlookOut {
            people: seen.people,
            needs_second: seen.needs_second,
            second_exists: seen.second_exists,
            masked: seen.masked,
            canaries: seen.canaries,
            approve_over: seen.approve_over,
            columns: seen
                .columns
                .into_iter()
                .map(|one| ExportColumnOut {
                    key: one.key,
                    label: one.label.into(),
                    masked: one.masked,
                })
                .collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// A file to be made.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FormJson {
    /// A workbook.
    Xlsx,
    /// Text with `;` between.
    Csv,
}

/// An export to ask for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportIn {
    /// Why; names nobody.
    pub reason: String,
    /// Whom.
    #[serde(default)]
    pub question: QuestionJson,
    /// Columns by key, in this order.
    pub columns: Vec<String>,
    /// As what.
    pub form: FormJson,
}

/// Something that became of an export.
#[derive(Serialize, ToSchema)]
pub struct ExportStepOut {
    /// asked, approved, refused, withdrawn, begun, made, failed, downloaded, expired, erased, by_hand.
    pub code: String,
    /// Who did it; empty for the program.
    pub who: String,
    /// When.
    pub at: String,
}

/// How far the making is.
#[derive(Serialize, ToSchema)]
pub struct ExportProgressOut {
    /// People written.
    pub done: u64,
    /// Of so many.
    pub total: u64,
}

/// An export.
#[derive(Serialize, ToSchema)]
pub struct ExportOut {
    /// Id.
    pub id: String,
    /// waiting, approved, refused, withdrawn, lapsed, making, ready, failed, removed.
    pub state: &'static str,
    /// Who asked.
    pub asked_by: String,
    /// The caller himself did.
    pub mine: bool,
    /// When.
    pub asked_at: String,
    /// Why.
    pub reason: String,
    /// Whom.
    pub question: QuestionJson,
    /// Columns by key.
    pub columns: Vec<String>,
    /// As what.
    pub form: FormJson,
    /// People: in the file, or when it was asked for.
    pub people: i64,
    /// Contacts are masked in it.
    pub masked: bool,
    /// A second person has to approve it.
    pub needs_second: bool,
    /// How far the making is; null when nothing is made.
    pub progress: Option<ExportProgressOut>,
    /// Size of the file.
    pub size_bytes: Option<i64>,
    /// Invented customers in it.
    pub canaries: Option<i64>,
    /// When the file goes.
    pub ends_at: Option<String>,
    /// How often it was downloaded.
    pub downloads: usize,
    /// What became of it, the earliest first.
    pub steps: Vec<ExportStepOut>,
}

pub(super) fn export_out(state: &ServerState, view: ExportView) -> ExportOut {
    ExportOut {
        id: state.app.public_id(Entity::Export, view.id),
        state: view.state.code(),
        asked_by: view.asked_by,
        mine: view.mine,
        asked_at: view.asked_at.rfc3339(),
        reason: view.reason,
        question: QuestionJson::of(view.question),
        columns: view.columns,
        form: match view.form {
            Form::Xlsx => FormJson::Xlsx,
            Form::Csv => FormJson::Csv,
        },
        people: view.people,
        masked: view.masked,
        needs_second: view.needs_second,
        progress: view
            .progress
            .map(|(done, total)| ExportProgressOut { done, total }),
        size_bytes: view.size_bytes,
        canaries: view.canaries,
        ends_at: view.ends_at.map(|at| at.rfc3339()),
        downloads: view.downloads,
        steps: view
            .steps
            .into_iter()
            .map(|step| ExportStepOut {
                code: step.code,
                who: step.who,
                at: step.at.rfc3339(),
            })
            .collect(),
    }
}

/// An export with the password that opens it.
#[derive(Serialize, ToSchema)]
pub struct ExportBegunOut {
    /// The export.
    pub export: ExportOut,
    /// Opens the file; shown this once and kept nowhere. Null while a second person is waited for.
    pub password: Option<String>,
}

/// Exports.
#[derive(Serialize, ToSchema)]
pub struct ExportsOut {
    /// The newest first.
    pub items: Vec<ExportOut>,
}

/// Asks for an export; what needs no second person is begun at once, and its password is shown once.
#[utoipa::path(post, operation_id = "ask_export", path = "/exports", tag = "exports", request_body = ExportIn, responses((status = CREATED, body = ExportBegunOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn ask(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    headers: HeaderMap,
    Body(body): Body<ExportIn>,
) -> Result<(StatusCode, Json<ExportBegunOut>), Problem> {
    let language = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map(Language::from_accept)
        .unwrap_or_default();
    let out = compute(move || {
        let view = state.app.base(&caller)?;
        let asked = ExportAsked {
            reason: body.reason,
            question: body.question.question(),
            columns: body.columns,
            form: match body.form {
                FormJson::Xlsx => Form::Xlsx,
                FormJson::Csv => Form::Csv,
            },
            language,
        };
        let begun = state.app.ask_export(&caller, &view, asked)?;
        let export = state.app.export(&caller, begun.id)?;
        Ok(ExportBegunOut {
            export: export_out(&state, export),
            password: begun.password,
        })
    })
    .await?;
    Ok((StatusCode::CREATED, Json(out)))
}

/// One's own exports.
#[utoipa::path(get, operation_id = "exports", path = "/exports", tag = "exports", responses((status = OK, body = ExportsOut)))]
pub async fn all(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
) -> Result<Json<ExportsOut>, Problem> {
    let out = compute(move || {
        let all = state.app.exports(&caller, false)?.into_iter();
        Ok(ExportsOut {
            items: all.map(|one| export_out(&state, one)).collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// Everybody's exports, for whoever approves them.
#[utoipa::path(get, operation_id = "export_requests", path = "/export-requests", tag = "exports", responses((status = OK, body = ExportsOut)))]
pub async fn requests(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
) -> Result<Json<ExportsOut>, Problem> {
    let out = compute(move || {
        let all = state.app.exports(&caller, true)?.into_iter();
        Ok(ExportsOut {
            items: all.map(|one| export_out(&state, one)).collect(),
        })
    })
    .await?;
    Ok(Json(out))
}

/// Has the file of an approved export made; its password is shown once.
#[utoipa::path(post, operation_id = "make_export", path = "/exports/{id}/make", tag = "exports", params(("id" = String, Path)), responses((status = OK, body = ExportBegunOut), (status = CONFLICT, body = ProblemOut)))]
pub async fn make(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<ExportBegunOut>, Problem> {
    let out = compute(move || {
        let id = state.app.row_id(Entity::Export, &id)?;
        let password = state.app.begin_export(&caller, id)?;
        Ok(ExportBegunOut {
            export: export_out(&state, state.app.export(&caller, id)?),
            password: Some(password),
        })
    })
    .await?;
    Ok(Json(out))
}

/// What a second person decides.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportDecisionIn {
    /// Let it be made, or not.
    pub approve: bool,
}

/// Approves somebody else's export, or refuses it.
#[utoipa::path(post, operation_id = "decide_export", path = "/exports/{id}/decision", tag = "exports", params(("id" = String, Path)), request_body = ExportDecisionIn, responses((status = OK, body = ExportOut), (status = FORBIDDEN, body = ProblemOut, description = "One's own export: own_export"), (status = CONFLICT, body = ProblemOut)))]
pub async fn decide(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<ExportDecisionIn>,
) -> Result<Json<ExportOut>, Problem> {
    let out = compute(move || {
        let id = state.app.row_id(Entity::Export, &id)?;
        state.app.decide_export(&caller, id, body.approve)?;
        Ok(export_out(&state, state.app.export(&caller, id)?))
    })
    .await?;
    Ok(Json(out))
}

/// Takes one's own request back.
#[utoipa::path(post, operation_id = "withdraw_export", path = "/exports/{id}/withdrawal", tag = "exports", params(("id" = String, Path)), responses((status = NO_CONTENT), (status = CONFLICT, body = ProblemOut)))]
pub async fn withdraw(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    compute(move || {
        let id = state.app.row_id(Entity::Export, &id)?;
        state.app.withdraw_export(&caller, id)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn attachment(file: Fetched) -> Response {
    let name = format!("attachment; filename=\"{}\"", file.name);
    let kind = match file.name.rsplit('.').next() {
        Some("csv") => "text/csv; charset=utf-8",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "application/zip",
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    (headers, file.bytes).into_response()
}

/// The sealed file of one's own export: a zip archive (AES-256), within its day, counted.
#[utoipa::path(get, operation_id = "fetch_export", path = "/exports/{id}/file", tag = "exports", params(("id" = String, Path)), responses((status = OK, content_type = "application/zip", body = Vec<u8>), (status = NOT_FOUND, body = ProblemOut, description = "Not made, or its day is over: export_gone")))]
pub async fn fetch(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let file = compute(move || {
        let id = state.app.row_id(Entity::Export, &id)?;
        state.app.fetch_export(&caller, id)
    })
    .await?;
    Ok(attachment(file))
}

/// The password of an export.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportPasswordIn {
    /// As it was shown.
    pub password: String,
}

/// The file itself, opened here with its password: for a machine without a program for sealed archives.
#[utoipa::path(post, operation_id = "open_export", path = "/exports/{id}/opened", tag = "exports", params(("id" = String, Path)), request_body = ExportPasswordIn, responses((status = OK, content_type = "application/octet-stream", body = Vec<u8>), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn open(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<ExportPasswordIn>,
) -> Result<Response, Problem> {
    let file = compute(move || {
        let id = state.app.row_id(Entity::Export, &id)?;
        state.app.open_export(&caller, id, &body.password)
    })
    .await?;
    Ok(attachment(file))
}

/// Removes the file of one's own export before its day is over.
#[utoipa::path(delete, operation_id = "remove_export_file", path = "/exports/{id}/file", tag = "exports", params(("id" = String, Path)), responses((status = NO_CONTENT), (status = NOT_FOUND, body = ProblemOut)))]
pub async fn remove(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    compute(move || {
        let id = state.app.row_id(Entity::Export, &id)?;
        state.app.remove_export_file(&caller, id)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
