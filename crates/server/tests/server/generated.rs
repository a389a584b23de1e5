//! The OpenAPI document that is kept in the repository is the one that is served.
//! `VERNIS_GEN=1` writes it.

use std::path::Path;

#[test]
fn the_openapi_document_is_the_one_in_the_repository() {
    let (_, document) = vernis_server::api::router().split_for_parts();
    let text = vernis_server::api::document_text(&document);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/openapi.json");
    if std::env::var_os("VERNIS_GEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "docs/reference/openapi.json is not what the code says: run `make gen`"
    );
}
