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

/// Two shapes of one name would silently become one in the document.
#[test]
fn no_two_shapes_of_the_api_have_one_name() {
    let api = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
    let mut seen = std::collections::BTreeMap::new();
    for file in std::fs::read_dir(api).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut shown = false;
        for line in text.lines() {
            shown |= line.starts_with("#[derive(") && line.contains("ToSchema");
            let Some((_, named)) = line
                .split_once("struct ")
                .or_else(|| line.split_once("enum "))
                .filter(|_| !line.starts_with(' ') && !line.starts_with("//"))
            else {
                continue;
            };
            let name = named.split([' ', '<', '(', '{']).next().unwrap().to_owned();
            if std::mem::take(&mut shown) {
                let other = seen.insert(name.clone(), path.clone());
                assert!(
                    other.is_none(),
                    "{name} is in {} too",
                    other.unwrap().display()
                );
            }
        }
    }
    assert!(seen.len() > 100, "the shapes are found");
}
