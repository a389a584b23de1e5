//! An export as pages show it.

use super::question::Wanted;
use super::{Form, KEPT, Question, WAITS};
use std::collections::HashMap;
use vernis_domain::{Instant, UserId};
use vernis_store::{ExportRow, ReadTx, StoreError};

/// Where an export stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportState {
    /// A second person has not decided yet.
    Waiting,
    /// Approved: whoever asked can have it made.
    Approved,
    /// Refused by the second person.
    Refused,
    /// Taken back by whoever asked.
    Withdrawn,
    /// Nobody decided, or nobody had it made, in time.
    Lapsed,
    /// The file is being made.
    Making,
    /// The file can be downloaded.
    Ready,
    /// The file could not be made.
    Failed,
    /// The file is gone.
    Removed,
}

impl ExportState {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            ExportState::Waiting => "waiting",
            ExportState::Approved => "approved",
            ExportState::Refused => "refused",
            ExportState::Withdrawn => "withdrawn",
            ExportState::Lapsed => "lapsed",
            ExportState::Making => "making",
            ExportState::Ready => "ready",
            ExportState::Failed => "failed",
            ExportState::Removed => "removed",
        }
    }
}

/// Something that became of an export.
#[derive(Clone, Debug)]
pub struct StepView {
    /// asked, approved, refused, withdrawn, begun, made, failed, downloaded, expired, erased, by_hand.
    pub code: String,
    /// Who did it; empty for the program.
    pub who: String,
    /// When.
    pub at: Instant,
}

/// An export as pages show it.
#[derive(Clone, Debug)]
pub struct ExportView {
    /// Row id.
    pub id: i64,
    /// Where it stands.
    pub state: ExportState,
    /// Who asked.
    pub asked_by: String,
    /// The caller himself did.
    pub mine: bool,
    /// When.
    pub asked_at: Instant,
    /// Why.
    pub reason: String,
    /// Whom.
    pub question: Question,
    /// Columns by key.
    pub columns: Vec<String>,
    /// As what.
    pub form: Form,
    /// People: in the file, or when it was asked for.
    pub people: i64,
    /// Contacts are masked in it.
    pub masked: bool,
    /// A second person has to approve it.
    pub needs_second: bool,
    /// People written so far while it is being made, and of how many.
    pub progress: Option<(u64, u64)>,
    /// Size of the file.
    pub size_bytes: Option<i64>,
    /// Invented customers in it.
    pub canaries: Option<i64>,
    /// When the file goes.
    pub ends_at: Option<Instant>,
    /// How often it was downloaded.
    pub downloads: usize,
    /// What became of it, the earliest first.
    pub steps: Vec<StepView>,
}

/// Names of members of staff.
pub(super) fn names(tx: &mut ReadTx<'_>) -> Result<HashMap<UserId, String>, StoreError> {
    let all = tx.users()?.into_iter();
    Ok(all.map(|user| (user.id, user.name)).collect())
}

pub(super) fn state(row: &ExportRow, now: Instant, progress: Option<(u64, u64)>) -> ExportState {
    if row.step("removed").is_some() {
        return ExportState::Removed;
    }
    if let Some(ended) = row.step("ended") {
        return match ended.outcome.as_str() {
            "made" if now.0 < ended.recorded_at.0 + KEPT => ExportState::Ready,
            "made" => ExportState::Removed,
            _ => ExportState::Failed,
        };
    }
    if row.step("begun").is_some() || progress.is_some() {
        return ExportState::Making;
    }
    match row.step("decided") {
        Some(step) => match step.outcome.as_str() {
            "approved" if now.0 < step.recorded_at.0 + KEPT => ExportState::Approved,
            "approved" => ExportState::Lapsed,
            "refused" => ExportState::Refused,
            _ => ExportState::Withdrawn,
        },
        // One that needs nobody and was not begun: the program ended in between.
        None if !row.needs_second => ExportState::Failed,
        None if now.0 < row.asked_at.0 + WAITS => ExportState::Waiting,
        None => ExportState::Lapsed,
    }
}

pub(super) fn view(
    row: ExportRow,
    now: Instant,
    progress: Option<(u64, u64)>,
    names: &HashMap<UserId, String>,
    me: UserId,
) -> ExportView {
    let name = |id: UserId| names.get(&id).cloned().unwrap_or_default();
    let state = state(&row, now, progress);
    let ended = row.step("ended").cloned();
    let wanted: Wanted = serde_json::from_str(&row.wanted).unwrap_or_else(|_| Wanted {
        reason: String::new(),
        question: Question::default(),
        columns: Vec::new(),
        form: Form::Xlsx,
        english: false,
    });
    let asked = StepView {
        code: "asked".to_owned(),
        who: name(row.asked_by),
        at: row.asked_at,
    };
    let steps = row.steps.iter().map(|step| StepView {
        code: match step.outcome.as_str() {
            "" => step.step.clone(),
            outcome => outcome.to_owned(),
        },
        who: step.actor.map(name).unwrap_or_default(),
        at: step.recorded_at,
    });
    let made = ended.filter(|step| step.outcome == "made");
    ExportView {
        id: row.id,
        state,
        asked_by: name(row.asked_by),
        mine: row.asked_by == me,
        asked_at: row.asked_at,
        reason: wanted.reason,
        question: wanted.question,
        columns: wanted.columns,
        form: wanted.form,
        people: made
            .as_ref()
            .and_then(|step| step.people)
            .unwrap_or(row.people),
        masked: row.masked,
        needs_second: row.needs_second,
        progress: progress.filter(|_| state == ExportState::Making),
        size_bytes: made.as_ref().and_then(|step| step.size_bytes),
        canaries: made.as_ref().and_then(|step| step.canaries),
        ends_at: made
            .filter(|_| state == ExportState::Ready)
            .map(|step| Instant(step.recorded_at.0 + KEPT)),
        downloads: row
            .steps
            .iter()
            .filter(|one| one.step == "downloaded")
            .count(),
        steps: std::iter::once(asked).chain(steps).collect(),
    }
}
