//! The rules of exports, and whose a leaked file is.

use super::TextOut;
use super::exports::{ExportOut, export_out};
use crate::extract::{Body, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vernis_app::Refusal;
use vernis_app::exports::{ALONE, ExportRules, Trace};
use vernis_domain::Text;

/// Largest file that is traced.
const TRACED_BYTES: usize = 64 << 20;

/// The rules of exports.
#[derive(Serialize, ToSchema)]
pub struct ExportRulesOut {
    /// More people than this in a day need a second person.
    pub approve_over: u32,
    /// A second person is asked at all.
    pub second_person: bool,
    /// `@shop.ru` or `box@shop.ru`; empty: files carry no invented customers.
    pub canary_mail: String,
    /// A phone of the shop's own for invented customers; may be empty.
    pub canary_phone: String,
    /// What is typed to do without a second person.
    pub confirmation: TextOut,
}

fn rules_out(rules: ExportRules) -> ExportRulesOut {
    ExportRulesOut {
        approve_over: rules.approve_over,
        second_person: rules.second_person,
        canary_mail: rules.canary_mail,
        canary_phone: rules.canary_phone,
        confirmation: ALONE.into(),
    }
}

/// The rules of exports.
#[utoipa::path(get, operation_id = "export_rules", path = "/export-rules", tag = "exports", responses((status = OK, body = ExportRulesOut)))]
pub async fn rules(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
) -> Result<Json<ExportRulesOut>, Problem> {
    let rules = compute(move || state.app.export_rules()).await?;
    Ok(Json(rules_out(rules)))
}

/// New rules of exports.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportRulesIn {
    /// More people than this in a day need a second person.
    pub approve_over: u32,
    /// A second person is asked at all.
    pub second_person: bool,
    /// `@shop.ru` or `box@shop.ru`; empty for none.
    #[serde(default)]
    pub canary_mail: String,
    /// A phone of the shop's own; may be empty.
    #[serde(default)]
    pub canary_phone: String,
    /// The words that `confirmation` of the rules shows: wanted to do without a second person.
    #[serde(default)]
    pub confirmation: String,
}

/// Sets the rules of exports.
#[utoipa::path(put, operation_id = "set_export_rules", path = "/export-rules", tag = "exports", request_body = ExportRulesIn, responses((status = OK, body = ExportRulesOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn set_rules(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<ExportRulesIn>,
) -> Result<Json<ExportRulesOut>, Problem> {
    let rules = compute(move || {
        let rules = ExportRules {
            approve_over: body.approve_over,
            second_person: body.second_person,
            canary_mail: body.canary_mail,
            canary_phone: body.canary_phone,
        };
        state
            .app
            .set_export_rules(&caller, rules, &body.confirmation)
    })
    .await?;
    Ok(Json(rules_out(rules)))
}

/// What in a file points to an export.
#[derive(Serialize, ToSchema)]
pub struct EvidenceOut {
    /// Nobody but this export can have it.
    pub certain: bool,
    /// Rows whose code is of this export.
    pub row_codes: usize,
    /// Addresses of its invented customers.
    pub addresses: usize,
    /// Full names of its invented customers.
    pub names: usize,
    /// Rows that stand in its hidden order.
    pub ordered_rows: usize,
}

/// An export a file points to.
#[derive(Serialize, ToSchema)]
pub struct TracedOut {
    /// Which, by whom, when.
    pub export: ExportOut,
    /// By what.
    pub evidence: EvidenceOut,
}

/// What a file tells.
#[derive(Serialize, ToSchema)]
pub struct TraceOut {
    /// Exports it points to, the surest first.
    pub found: Vec<TracedOut>,
    /// Rows looked at.
    pub rows: usize,
    /// Rows whose person is a customer here.
    pub known: usize,
    /// Row codes of this shop whose export is not known here: it was made before a restore.
    pub unknown_codes: usize,
}

fn trace_out(state: &ServerState, trace: Trace) -> TraceOut {
    TraceOut {
        found: trace
            .found
            .into_iter()
            .map(|one| TracedOut {
                evidence: EvidenceOut {
                    certain: one.evidence.is_certain(),
                    row_codes: one.evidence.row_codes,
                    addresses: one.evidence.addresses,
                    names: one.evidence.names,
                    ordered_rows: one.evidence.ordered_rows,
                },
                export: export_out(state, one.export),
            })
            .collect(),
        rows: trace.rows,
        known: trace.known,
        unknown_codes: trace.unknown_codes,
    }
}

/// A part of a leaked file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TraceIn {
    /// Some lines of it, as they are.
    pub text: String,
}

/// Whose export some lines are of.
#[utoipa::path(post, operation_id = "trace_text", path = "/exports/trace", tag = "exports", request_body = TraceIn, responses((status = OK, body = TraceOut)))]
pub async fn trace_text(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<TraceIn>,
) -> Result<Json<TraceOut>, Problem> {
    let out = compute(move || {
        let trace = state.app.trace_text(&caller, &body.text)?;
        Ok(trace_out(&state, trace))
    })
    .await?;
    Ok(Json(out))
}

/// Limit of a traced file's body: the file and the form around it.
pub fn trace_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(TRACED_BYTES + 64 * 1024)
}

/// A leaked file: a form with one part, `file`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the form; it is read part by part")]
pub struct TraceFileIn {
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Whose export a file is: CSV, XLSX, any text with one person a line.
#[utoipa::path(post, operation_id = "trace_file", path = "/exports/trace-file", tag = "exports", request_body(content = TraceFileIn, content_type = "multipart/form-data"), responses((status = OK, body = TraceOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn trace_file(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Json<TraceOut>, Problem> {
    let no_file = || {
        Problem(Refusal::field(
            "file",
            "missing",
            Text::new("приложите файл", "attach a file"),
        ))
    };
    let mut form = form.map_err(|_| no_file())?;
    let mut content = None;
    while let Some(part) = form.next_field().await.map_err(|_| no_file())? {
        if part.name() == Some("file") {
            content = Some(part.bytes().await.map_err(|_| no_file())?);
        }
    }
    let content = content.ok_or_else(no_file)?;
    let out = compute(move || {
        let trace = state.app.trace_file(&caller, &content)?;
        Ok(trace_out(&state, trace))
    })
    .await?;
    Ok(Json(out))
}
