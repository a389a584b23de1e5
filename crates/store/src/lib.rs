#[derive(Debug, thiserror::Error)]
#[error("placeholder until the store branch is merged")]
pub struct StoreError;
