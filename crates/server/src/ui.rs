//! The web interface, embedded in the binary. Every path that is not the API and not a file is
//! answered with the page itself: the page knows its own addresses.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

/// What pages may load: only what this server itself gives. Styles may stand in attributes because
/// the component library sets them there; scripts never.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; \
     connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

/// Answers a file of the interface, or the page for every other address.
pub async fn asset(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let (name, file) = match Dist::get(path) {
        Some(file) => (path, file),
        // A missing file with an extension is missing; a missing address is the page's own.
        None if path.starts_with("assets/") => return StatusCode::NOT_FOUND.into_response(),
        None => match Dist::get("index.html") {
            Some(file) => ("index.html", file),
            None => return (StatusCode::NOT_FOUND, MISSING).into_response(),
        },
    };
    let tag = format!("\"{}\"", hex16(&file.metadata.sha256_hash()));
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes())
    {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    // Names under assets/ carry a digest of the content: they never change.
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    (
        [
            (header::CONTENT_TYPE, file.metadata.mimetype().to_owned()),
            (header::CACHE_CONTROL, cache.to_owned()),
            (header::ETAG, tag),
        ],
        Body::from(file.data),
    )
        .into_response()
}

const MISSING: &str =
    "The web interface was not built into this binary. Build it with `make web` and build again.";

fn hex16(hash: &[u8; 32]) -> String {
    hash[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
