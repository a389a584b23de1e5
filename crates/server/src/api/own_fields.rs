//! The shop's own fields: made and changed on a settings page; and the tags that are in use.

use super::TextOut;
use crate::extract::{Body, Params, ServerState, SignedIn, compute};
use crate::problem::{Problem, ProblemOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vernis_analytics::facts::words::{WordsOf, known};
use vernis_app::own_fields::{FieldPatch, NewField, WantedChoice};
use vernis_app::{App, Entity, Refusal};
use vernis_domain::about::field::{CustomField, FieldKind};
use vernis_domain::{FieldId, Text};

/// What kind of value a field holds.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKindJson {
    /// A line of text.
    Text,
    /// A number.
    Number,
    /// Minor units of the shop's currency.
    Money,
    /// A calendar day.
    Date,
    /// One of the choices.
    Choice,
    /// Several of the choices.
    Choices,
    /// Yes or no.
    Flag,
    /// A web address.
    Link,
}

impl From<FieldKindJson> for FieldKind {
    fn from(kind: FieldKindJson) -> Self {
        match kind {
            FieldKindJson::Text => FieldKind::Text,
            FieldKindJson::Number => FieldKind::Number,
            FieldKindJson::Money => FieldKind::Money,
            FieldKindJson::Date => FieldKind::Date,
            FieldKindJson::Choice => FieldKind::Choice,
            FieldKindJson::Choices => FieldKind::Choices,
            FieldKindJson::Flag => FieldKind::Flag,
            FieldKindJson::Link => FieldKind::Link,
        }
    }
}

impl From<FieldKind> for FieldKindJson {
    fn from(kind: FieldKind) -> Self {
        match kind {
            FieldKind::Text => FieldKindJson::Text,
            FieldKind::Number => FieldKindJson::Number,
            FieldKind::Money => FieldKindJson::Money,
            FieldKind::Date => FieldKindJson::Date,
            FieldKind::Choice => FieldKindJson::Choice,
            FieldKind::Choices => FieldKindJson::Choices,
            FieldKind::Flag => FieldKindJson::Flag,
            FieldKind::Link => FieldKindJson::Link,
        }
    }
}

/// A choice of a field.
#[derive(Serialize, ToSchema)]
pub struct ChoiceOut {
    /// Value in the API and in filters.
    pub key: String,
    /// Name.
    pub label: TextOut,
}

/// An own field.
#[derive(Serialize, ToSchema)]
pub struct CustomFieldOut {
    /// Id.
    pub id: String,
    /// Stable name under `custom`; as a fact it is `x_` and this.
    pub key: String,
    /// Name.
    pub label: TextOut,
    /// What it holds.
    pub kind: FieldKindJson,
    /// Choices that are offered, in the order shown.
    pub choices: Vec<ChoiceOut>,
    /// Says something of a person.
    pub personal: bool,
    /// Offered no more.
    pub archived: bool,
}

/// All own fields.
#[derive(Serialize, ToSchema)]
pub struct CustomFieldsOut {
    /// In the order shown.
    pub items: Vec<CustomFieldOut>,
}

/// A name in both languages; English may be left out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameIn {
    /// Russian.
    pub ru: String,
    /// English; empty: as the Russian one.
    #[serde(default)]
    pub en: String,
}

/// A choice wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceIn {
    /// Its key, when it is there already and is to be called otherwise.
    pub key: Option<String>,
    /// Name.
    pub name: NameIn,
}

impl ChoiceIn {
    fn wanted(self) -> WantedChoice {
        WantedChoice {
            key: self.key,
            ru: self.name.ru,
            en: self.name.en,
        }
    }
}

/// A new field.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomFieldIn {
    /// Stable name; made of the Russian name when absent.
    pub key: Option<String>,
    /// Name.
    pub name: NameIn,
    /// What it holds; cannot be changed later.
    pub kind: FieldKindJson,
    /// For choice fields.
    #[serde(default)]
    pub choices: Vec<ChoiceIn>,
    /// Says something of a person; yes when absent.
    pub personal: Option<bool>,
}

/// A change of a field; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomFieldPatchIn {
    /// Name.
    pub name: Option<NameIn>,
    /// All choices offered from now on, in their order.
    pub choices: Option<Vec<ChoiceIn>>,
    /// Says something of a person.
    pub personal: Option<bool>,
    /// Offered no more, or again. Values are kept.
    pub archived: Option<bool>,
    /// Id of the field it is to stand before; empty for the end.
    pub before: Option<String>,
}

fn out(app: &App, field: CustomField) -> CustomFieldOut {
    let label = |ru: String, en: String| TextOut {
        en: if en.is_empty() { ru.clone() } else { en },
        ru,
    };
    CustomFieldOut {
        id: app.public_id(Entity::CustomField, field.id.0),
        key: field.key,
        label: label(field.ru, field.en),
        kind: field.kind.into(),
        choices: field
            .choices
            .into_iter()
            .filter(|choice| !choice.archived)
            .map(|choice| ChoiceOut {
                key: choice.key,
                label: label(choice.ru, choice.en),
            })
            .collect(),
        personal: field.personal,
        archived: field.archived_at.is_some(),
    }
}

/// All own fields, archived ones too.
#[utoipa::path(get, operation_id = "custom_fields", path = "/custom-fields", tag = "settings", responses((status = OK, body = CustomFieldsOut)))]
pub async fn all(
    State(state): State<ServerState>,
    SignedIn(_caller): SignedIn,
) -> Json<CustomFieldsOut> {
    let app = &state.app;
    let fields = app.custom_fields().into_iter();
    Json(CustomFieldsOut {
        items: fields.map(|field| out(app, field)).collect(),
    })
}

/// Makes a field. It is on cards, in lists, filters, files and the API at once.
#[utoipa::path(post, operation_id = "add_custom_field", path = "/custom-fields", tag = "settings", request_body = CustomFieldIn, responses((status = CREATED, body = CustomFieldOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn add(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Body(body): Body<CustomFieldIn>,
) -> Result<(StatusCode, Json<CustomFieldOut>), Problem> {
    let new = NewField {
        key: body.key,
        ru: body.name.ru,
        en: body.name.en,
        kind: body.kind.into(),
        choices: body.choices.into_iter().map(ChoiceIn::wanted).collect(),
        personal: body.personal.unwrap_or(true),
    };
    let made = compute(move || {
        let field = state.app.add_custom_field(&caller, new)?;
        Ok(out(&state.app, field))
    })
    .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Changes a field.
#[utoipa::path(patch, operation_id = "change_custom_field", path = "/custom-fields/{id}", tag = "settings", params(("id" = String, Path)), request_body = CustomFieldPatchIn, responses((status = OK, body = CustomFieldOut), (status = NOT_FOUND, body = ProblemOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn change(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    Body(body): Body<CustomFieldPatchIn>,
) -> Result<Json<CustomFieldOut>, Problem> {
    let row = |id: &str| state.app.row_id(Entity::CustomField, id).map(FieldId);
    let id = row(&id)?;
    let before = match body.before.as_deref() {
        None => None,
        Some("") => Some(None),
        Some(other) => Some(Some(row(other)?)),
    };
    let (ru, en) = body.name.map(|name| (name.ru, name.en)).unzip();
    let patch = FieldPatch {
        ru,
        en,
        choices: body
            .choices
            .map(|all| all.into_iter().map(ChoiceIn::wanted).collect()),
        personal: body.personal,
        archived: body.archived,
        before,
    };
    let changed = compute(move || {
        let field = state.app.change_custom_field(&caller, id, patch)?;
        Ok(out(&state.app, field))
    })
    .await?;
    Ok(Json(changed))
}

/// What is typed so far.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WordsIn {
    /// tags or likes.
    pub of: Option<String>,
    /// Part of a word; empty for the most used.
    pub q: Option<String>,
}

/// A word in use.
#[derive(Serialize, ToSchema)]
pub struct KnownWordOut {
    /// The word.
    pub word: String,
    /// How many customers have it.
    pub customers: usize,
}

/// Words in use.
#[derive(Serialize, ToSchema)]
pub struct KnownWordsOut {
    /// The most used first.
    pub items: Vec<KnownWordOut>,
}

/// Tags (or likes) that customers have, for choosing while typing.
#[utoipa::path(get, operation_id = "known_words", path = "/words", tag = "customers", params(WordsIn), responses((status = OK, body = KnownWordsOut), (status = UNPROCESSABLE_ENTITY, body = ProblemOut)))]
pub async fn words(
    State(state): State<ServerState>,
    SignedIn(caller): SignedIn,
    Params(wanted): Params<WordsIn>,
) -> Result<Json<KnownWordsOut>, Problem> {
    let of = match wanted.of.as_deref() {
        None | Some("" | "tags") => WordsOf::Tags,
        Some("likes") => WordsOf::Likes,
        Some(_) => {
            return Err(Problem(Refusal::field(
                "of",
                "unknown",
                Text::new("tags или likes", "tags or likes is wanted"),
            )));
        }
    };
    let found = compute(move || {
        let base = state.app.base(&caller)?;
        Ok(known(&base, of, wanted.q.as_deref().unwrap_or(""), 50))
    })
    .await?;
    Ok(Json(KnownWordsOut {
        items: found
            .into_iter()
            .map(|(word, customers)| KnownWordOut {
                word: word.to_string(),
                customers,
            })
            .collect(),
    }))
}
