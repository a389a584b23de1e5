//! What handlers ask for: the program, who is asking, a checked body, a public id.

use crate::problem::Problem;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRef, FromRequest, FromRequestParts, Json, Query, Request};
use axum::http::header;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use vernis_app::access::Credential;
use vernis_app::{App, Caller, Refusal, RefusalKind};
use vernis_domain::Text;

/// What every handler shares.
#[derive(Clone)]
pub struct ServerState {
    /// The program.
    pub app: Arc<App>,
    /// Whether browsers reach this server by TLS: decides the name and marks of the cookie.
    pub secure: bool,
    /// Whether a declared proxy stands before it: then its word counts about who is behind it.
    pub proxied: bool,
}

impl FromRef<ServerState> for Arc<App> {
    fn from_ref(state: &ServerState) -> Self {
        state.app.clone()
    }
}

impl ServerState {
    /// Name of the session cookie. The `__Host-` prefix binds it to this host and to TLS.
    pub fn cookie_name(&self) -> &'static str {
        if self.secure {
            "__Host-vernis"
        } else {
            "vernis"
        }
    }

    /// Name of the cookie by which a browser is known at the next sign-in.
    pub fn device_cookie_name(&self) -> &'static str {
        if self.secure {
            "__Host-vernis-device"
        } else {
            "vernis-device"
        }
    }
}

/// Whoever asks, let through by the endpoint's policy. A handler that takes this cannot be reached
/// by a stranger.
pub struct SignedIn(pub Caller);

impl FromRequestParts<ServerState> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &ServerState,
    ) -> Result<Self, Self::Rejection> {
        let caller = parts.extensions.remove::<Caller>();
        caller
            .map(SignedIn)
            .ok_or_else(|| Problem(sign_in_required()))
    }
}

/// The session token or API key of a request.
pub fn credential(parts: &Parts, state: &ServerState) -> Option<Credential> {
    let bearer = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if let Some(key) = bearer {
        return Some(Credential::ApiKey(key.trim().to_owned()));
    }
    CookieJar::from_headers(&parts.headers)
        .get(state.cookie_name())
        .map(|cookie| Credential::Session(cookie.value().to_owned()))
}

/// The refusal of a stranger.
pub fn sign_in_required() -> Refusal {
    Refusal::new(
        RefusalKind::SignInRequired,
        "sign_in_required",
        Text::new("Войдите, чтобы продолжить.", "Sign in to go on."),
    )
}

/// A JSON body; a wrong one is answered with the field and the rule.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<ServerState> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ServerState) -> Result<Self, Self::Rejection> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Body(body)),
            Err(rejection) => Err(Problem(wrong_body(&rejection))),
        }
    }
}

fn wrong_body(rejection: &JsonRejection) -> Refusal {
    match rejection {
        JsonRejection::JsonDataError(_) | JsonRejection::JsonSyntaxError(_) => {
            // "…: lines[0].paid_minor: invalid type: …": the path and the rule, from the decoder.
            let text = rejection.body_text();
            let cause = text
                .split_once(": ")
                .map_or(text.as_str(), |(_, cause)| cause);
            let (field, rule) = match cause.split_once(": ") {
                Some((path, rule)) if !path.contains(' ') => (path, rule),
                _ => ("", cause),
            };
            Refusal::field(
                if field.is_empty() { "body" } else { field },
                "wrong_type",
                Text::owned(
                    format!("не то, что ожидалось ({rule})"),
                    format!("not what was expected ({rule})"),
                ),
            )
        }
        JsonRejection::MissingJsonContentType(_) => Refusal::new(
            RefusalKind::Invalid,
            "json_expected",
            Text::new(
                "Тело запроса должно быть JSON (Content-Type: application/json).",
                "The body must be JSON (Content-Type: application/json).",
            ),
        ),
        _ => Refusal::new(
            RefusalKind::TooLarge,
            "body_too_large",
            Text::new(
                "Тело запроса слишком велико или оборвалось. Ничего не записано.",
                "The body is too large or was cut off. Nothing was recorded.",
            ),
        ),
    }
}

/// Query parameters; wrong ones are answered with the rule.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<ServerState> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &ServerState,
    ) -> Result<Self, Self::Rejection> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Params(params)),
            Err(QueryRejection::FailedToDeserializeQueryString(error)) => {
                let rule = error.body_text();
                Err(Problem(Refusal::field(
                    "query",
                    "wrong_value",
                    Text::owned(rule.clone(), rule),
                )))
            }
            Err(_) => Err(Problem(Refusal::not_found())),
        }
    }
}

/// Runs work that computes for longer than a moment off the network threads.
///
/// # Errors
/// The work's own refusal; a fault of the program if the work panicked.
pub async fn compute<T, F>(work: F) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Refusal> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Problem),
        Err(error) => Err(Problem(Refusal::internal(error))),
    }
}

/// From where a request came, for endpoints that a stranger may reach.
pub struct Where(pub vernis_app::Origin);

impl FromRequestParts<ServerState> for Where {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &ServerState,
    ) -> Result<Self, Self::Rejection> {
        Ok(Where(crate::policy::origin(parts, state)))
    }
}
