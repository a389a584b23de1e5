//! What a shop notes about a customer, in JSON: own fields, tags, likes, marks.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use vernis_app::about::{json_of, value_of};
use vernis_app::{App, Caller, Refusal, contacts};
use vernis_domain::about::Mark;
use vernis_domain::about::field::{CustomField, CustomValue};
use vernis_domain::{About, FieldId, Instant, Text};

/// A mark wanted or taken away.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkIn {
    /// Whether he is to have it.
    pub set: bool,
    /// Why; at most 300 characters.
    #[serde(default)]
    pub reason: String,
}

impl MarkIn {
    pub(super) fn wanted(self) -> Option<String> {
        self.set.then_some(self.reason)
    }
}

/// A mark.
#[derive(Clone, Serialize, ToSchema)]
pub struct MarkOut {
    /// Why; may be empty.
    pub reason: String,
    /// Name of who set it; empty when a program did. The card of a look-up leaves it out.
    pub by: String,
    /// When. The card of a look-up leaves it out.
    pub at: Option<String>,
}

/// What is noted about a customer.
#[derive(Clone, Default, Serialize, ToSchema)]
pub struct AboutOut {
    /// Values of own fields by key.
    #[schema(value_type = Object)]
    pub custom: BTreeMap<String, serde_json::Value>,
    /// Tags.
    pub tags: Vec<String>,
    /// What he likes.
    pub likes: Vec<String>,
    /// VIP; null when he is none.
    pub vip: Option<MarkOut>,
    /// To be careful with; null when there is no need.
    pub problem: Option<MarkOut>,
}

pub(super) fn reason(caller: &Caller, mark: Option<&Mark>) -> Option<String> {
    mark.map(|mark| contacts::text(caller, &mark.reason))
}

/// What is noted, as the live base knows it.
pub(super) fn about_out(caller: &Caller, fields: &[CustomField], about: &About) -> AboutOut {
    let mark = |mark: &Option<Mark>| {
        mark.as_ref().map(|mark| MarkOut {
            reason: contacts::text(caller, &mark.reason),
            by: String::new(),
            at: None,
        })
    };
    let shown = fields.iter().filter(|field| field.archived_at.is_none());
    AboutOut {
        custom: shown
            .filter_map(|field| {
                let value = about.value(field.id)?;
                let json = match json_of(field, value) {
                    serde_json::Value::String(typed) => contacts::text(caller, &typed).into(),
                    other => other,
                };
                Some((field.key.clone(), json))
            })
            .collect(),
        tags: about.tags.clone(),
        likes: about.likes.clone(),
        vip: mark(&about.vip),
        problem: mark(&about.problem),
    }
}

impl AboutOut {
    /// Puts to the marks who set them and when.
    pub(super) fn sign(&mut self, app: &App, about: &About) -> Result<(), Refusal> {
        for (out, mark) in [
            (&mut self.vip, &about.vip),
            (&mut self.problem, &about.problem),
        ] {
            if let (Some(out), Some(mark)) = (out, mark) {
                out.by = app.staff_name(mark.by)?;
                out.at = Some(mark.at)
                    .filter(|at| *at != Instant(0))
                    .map(Instant::rfc3339);
            }
        }
        Ok(())
    }
}

/// Values of own fields by key.
pub(super) fn custom_values(
    app: &App,
    given: Option<&serde_json::Map<String, serde_json::Value>>,
) -> Result<Vec<(FieldId, Option<CustomValue>)>, Refusal> {
    let Some(given) = given else {
        return Ok(Vec::new());
    };
    let fields = app.custom_fields();
    let currency = app.shop().currency;
    let this_year = app.today().date().year();
    given
        .iter()
        .map(|(key, value)| {
            let field = fields
                .iter()
                .find(|field| field.key == *key && field.archived_at.is_none());
            let field = field.ok_or_else(|| {
                Refusal::field(
                    format!("custom.{key}"),
                    "unknown",
                    Text::new("такого поля нет", "there is no such field"),
                )
            })?;
            Ok((field.id, value_of(field, value, currency, this_year)?))
        })
        .collect()
}
