//! HTTP: translates requests into use cases and answers into JSON. No SQL, no rules of the shop.

mod accept;
pub mod api;
mod extract;
mod policy;
mod problem;
mod tls;
mod ui;

pub use tls::{Tls, TlsError};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{from_fn, map_response};
use axum::response::{IntoResponse, Response};
use extract::ServerState;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::TimeoutLayer;
use vernis_app::{App, Refusal};

/// Largest body of an ordinary request; uploads have their own limit.
const BODY_LIMIT: usize = 4 * 1024 * 1024;
/// How long one answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);

/// How to listen.
pub struct Listen {
    /// Address; port 0 takes a free one.
    pub address: SocketAddr,
    /// Where the certificate comes from.
    pub tls: Tls,
    /// Whether browsers come by TLS: by ours or by the proxy's.
    pub secure: bool,
}

/// A server that listens and has not begun to answer.
pub struct Server {
    listener: TcpListener,
    tls: Option<tokio_rustls::TlsAcceptor>,
    router: Router,
    address: SocketAddr,
}

impl Server {
    /// Binds the address and prepares the routes.
    ///
    /// # Errors
    /// One plain sentence: the address is taken, or the certificate does not fit.
    pub async fn bind(app: Arc<App>, listen: Listen) -> Result<Server, String> {
        let tls = tls::acceptor(&listen.tls).map_err(|e| e.to_string())?;
        let listener = TcpListener::bind(listen.address)
            .await
            .map_err(|e| format!("{} cannot be listened at: {e}", listen.address))?;
        let address = listener
            .local_addr()
            .map_err(|e| format!("the address is not known: {e}"))?;
        Ok(Server {
            listener,
            tls,
            router: router(
                app,
                listen.secure,
                listen.secure && matches!(listen.tls, Tls::Off),
            ),
            address,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` becomes true.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        accept::serve(self.listener, self.tls, self.router, stop).await;
    }
}

/// All routes with their limits and guards.
pub fn router(app: Arc<App>, secure: bool, proxied: bool) -> Router {
    let state = ServerState {
        app,
        secure,
        proxied,
    };
    let (api, document) = api::router().split_for_parts();
    let document = api::document_text(&document);
    let api = api
        .route(
            "/openapi.json",
            axum::routing::get(move || {
                let document = document.clone();
                async move { ([(header::CONTENT_TYPE, "application/json")], document) }
            }),
        )
        .fallback(missing)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CsrfLayer::new().with_rejection_response(|_| refused_cross_site()))
        .layer(map_response(no_store))
        .layer(axum::Extension(state.clone()));
    Router::new()
        .nest("/api/v1", api)
        .fallback(ui::asset)
        .layer(TimeoutLayer::with_status_code(
            axum::http::StatusCode::SERVICE_UNAVAILABLE,
            ANSWER_TIMEOUT,
        ))
        .layer(CompressionLayer::new().compress_when(
            SizeAbove::new(1024).and(NotForContentType::new("application/octet-stream")),
        ))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(map_response(guard_headers))
        .layer(from_fn(problem::localise))
        .with_state(state)
}

async fn missing() -> Response {
    problem::Problem(Refusal::not_found()).into_response()
}

fn refused_cross_site() -> Response {
    problem::Problem(api::cross_site()).into_response()
}

fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let text = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    problem::Problem(Refusal::internal(text)).into_response()
}

/// Answers of the API are never kept by a cache on the way.
async fn no_store(mut response: Response) -> Response {
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn guard_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, ui::CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
