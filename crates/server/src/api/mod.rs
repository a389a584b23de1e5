//! The API: one family of endpoints a file, one line here each. The OpenAPI document is made from
//! the same lines.

mod session;

pub use session::cross_site;

use crate::extract::ServerState;
use serde::Serialize;
use utoipa::ToSchema;
use vernis_domain::Text;

/// A text in both languages.
#[derive(Clone, Serialize, ToSchema)]
pub struct TextOut {
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl From<Text> for TextOut {
    fn from(text: Text) -> Self {
        TextOut {
            ru: text.ru.into_owned(),
            en: text.en.into_owned(),
        }
    }
}
