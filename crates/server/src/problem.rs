//! Refusals as problem documents (RFC 9457) with a stable `code`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use vernis_app::{Refusal, RefusalKind};
use vernis_domain::{Language, Text};

/// Problem document.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemOut {
    /// `urn:vernis:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short name of the status.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable code.
    pub code: &'static str,
    /// What happened, what was kept, what to do; in the language of `Accept-Language`.
    pub detail: String,
    /// The same in both languages.
    #[schema(value_type = crate::api::TextOut)]
    pub message: Text,
    /// Wrong fields, if any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblemOut>,
}

/// One wrong field.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldProblemOut {
    /// Path in the body.
    pub field: String,
    /// Stable code of the rule.
    pub rule: &'static str,
    /// The rule in words, both languages.
    #[schema(value_type = crate::api::TextOut)]
    pub message: Text,
}

/// A refusal on its way out. The language is settled by [`localise`].
pub struct Problem(pub Refusal);

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Problem(refusal)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let refusal = self.0;
        let status = match refusal.kind {
            RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            RefusalKind::SignInRequired => StatusCode::UNAUTHORIZED,
            RefusalKind::Forbidden => StatusCode::FORBIDDEN,
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::Conflict => StatusCode::CONFLICT,
            RefusalKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            RefusalKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            RefusalKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            RefusalKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let language = REQUEST_LANGUAGE
            .try_with(|language| *language)
            .unwrap_or_default();
        let body = ProblemOut {
            kind: format!("urn:vernis:problem:{}", refusal.code),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: refusal.code,
            detail: refusal.detail.get(language).to_owned(),
            message: refusal.detail,
            errors: refusal
                .fields
                .into_iter()
                .map(|f| FieldProblemOut {
                    field: f.field,
                    rule: f.rule,
                    message: f.message,
                })
                .collect(),
        };
        let mut response = (status, Json(body)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}

tokio::task_local! {
    /// Language of the request being answered.
    pub static REQUEST_LANGUAGE: Language;
}

/// Middleware: remembers the language the caller reads.
pub async fn localise(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let language = request
        .headers()
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map(Language::from_accept)
        .unwrap_or_default();
    REQUEST_LANGUAGE.scope(language, next.run(request)).await
}
