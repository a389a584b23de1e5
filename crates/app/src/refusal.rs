//! Why the program did not do what was asked: one type for the page, the API and the command line.
//!
//! A refusal says what happened, what was kept and what to do, in both languages, under a stable
//! code that programs can rely on.

use vernis_domain::Text;
use vernis_store::StoreError;

/// What sort of refusal it is; the server turns it into an HTTP status, the command line into an
/// exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The request itself is wrong (400/422).
    Invalid,
    /// Nobody is signed in (401).
    SignInRequired,
    /// Signed in, but this is not his to do (403).
    Forbidden,
    /// There is no such thing, or it does not exist for this person (404).
    NotFound,
    /// It clashes with what is there already (409).
    Conflict,
    /// Too large to take in (413).
    TooLarge,
    /// Too often (429).
    TooMany,
    /// Cannot be done right now; trying again later may help (503).
    Unavailable,
    /// A fault of the program itself (500).
    Internal,
}

/// One wrong field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Path of the field in the body: `lines[2].paid_minor`.
    pub field: String,
    /// Stable code of the broken rule.
    pub rule: &'static str,
    /// The rule in words.
    pub message: Text,
}

/// A refusal in words and code.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}: {}", detail.en)]
pub struct Refusal {
    /// What sort it is.
    pub kind: RefusalKind,
    /// Stable code for programs.
    pub code: &'static str,
    /// What happened, what was kept, what to do.
    pub detail: Text,
    /// Wrong fields, when the request was wrong.
    pub fields: Vec<FieldError>,
}

impl Refusal {
    /// A refusal without field errors.
    pub fn new(kind: RefusalKind, code: &'static str, detail: Text) -> Refusal {
        Refusal {
            kind,
            code,
            detail,
            fields: Vec::new(),
        }
    }

    /// The one answer to every id that is wrong, foreign or gone: it does not say which.
    pub fn not_found() -> Refusal {
        Refusal::new(
            RefusalKind::NotFound,
            "not_found",
            Text::new("Такой записи нет.", "There is no such record."),
        )
    }

    /// One wrong field.
    pub fn field(field: impl Into<String>, rule: &'static str, message: Text) -> Refusal {
        Refusal::fields(vec![FieldError {
            field: field.into(),
            rule,
            message,
        }])
    }

    /// Several wrong fields; the detail names them all.
    pub fn fields(fields: Vec<FieldError>) -> Refusal {
        let join = |pick: fn(&Text) -> &str| {
            fields
                .iter()
                .map(|f| format!("{}: {}", f.field, pick(&f.message)))
                .collect::<Vec<_>>()
                .join("; ")
        };
        Refusal {
            kind: RefusalKind::Invalid,
            code: "invalid_request",
            detail: Text::owned(
                format!("Ничего не записано. Исправьте: {}", join(|t| &t.ru)),
                format!("Nothing was recorded. Mend: {}", join(|t| &t.en)),
            ),
            fields,
        }
    }

    /// A fault of the program; the cause goes to the log, not to the person.
    pub fn internal(cause: impl std::fmt::Display) -> Refusal {
        tracing::error!(%cause, "internal error");
        Refusal::new(
            RefusalKind::Internal,
            "internal",
            Text::new(
                "Ошибка программы. Ничего не записано; подробности в журнале сервера.",
                "A fault of the program. Nothing was recorded; details are in the server's log.",
            ),
        )
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Refusal::internal(error)
    }
}
