//! What an import did, in numbers.

use super::reasons::{self, ReasonCount};
use serde::{Deserialize, Serialize};
use vernis_domain::Day;

/// Counts of a run or a dry run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows of data read, rejected and service rows among them.
    pub rows: u64,
    /// Purchases and returns recorded.
    pub purchases_new: u64,
    /// Purchases that were in the base already (or stood in the file twice).
    pub purchases_known: u64,
    /// Product lines recorded.
    pub lines_new: u64,
    /// Customers made.
    pub customers_new: u64,
    /// Customers of before this run that got something new.
    pub customers_changed: u64,
    /// Products made.
    pub products_new: u64,
    /// Stores made.
    pub stores_new: u64,
    /// Rows not taken.
    pub rejected: u64,
    /// Totals, repeated headers: rows that are not data.
    pub skipped_service_rows: u64,
    /// Sum of what was paid in the new purchases and returns, minor units.
    pub amount_minor: i64,
    /// First day of the purchases of the file.
    pub first_day: Option<Day>,
    /// Last day of the purchases of the file.
    pub last_day: Option<Day>,
    /// Why rows were not taken, most frequent first.
    pub reasons: Vec<ReasonCount>,
    /// What was noticed in rows that were taken.
    pub warnings: Vec<ReasonCount>,
}

impl Counts {
    pub(crate) fn reject(&mut self, code: &str) {
        self.rejected += 1;
        add(&mut self.reasons, code, 1);
    }

    pub(crate) fn warn(&mut self, code: &str, count: u64) {
        if count > 0 {
            add(&mut self.warnings, code, count);
        }
    }

    pub(crate) fn saw_day(&mut self, day: Day) {
        self.first_day = Some(self.first_day.map_or(day, |first| first.min(day)));
        self.last_day = Some(self.last_day.map_or(day, |last| last.max(day)));
    }

    /// Adds the counts of a chunk.
    pub(crate) fn add(&mut self, other: &Counts) {
        self.rows += other.rows;
        self.purchases_new += other.purchases_new;
        self.purchases_known += other.purchases_known;
        self.lines_new += other.lines_new;
        self.customers_new += other.customers_new;
        self.customers_changed += other.customers_changed;
        self.products_new += other.products_new;
        self.stores_new += other.stores_new;
        self.rejected += other.rejected;
        self.skipped_service_rows += other.skipped_service_rows;
        self.amount_minor = self.amount_minor.saturating_add(other.amount_minor);
        for day in other.first_day.into_iter().chain(other.last_day) {
            self.saw_day(day);
        }
        for reason in &other.reasons {
            add(&mut self.reasons, &reason.code, reason.count);
        }
        for warning in &other.warnings {
            add(&mut self.warnings, &warning.code, warning.count);
        }
    }
}

fn add(list: &mut Vec<ReasonCount>, code: &str, count: u64) {
    match list.iter_mut().find(|reason| reason.code == code) {
        Some(reason) => reason.count += count,
        None => list.push(ReasonCount {
            code: code.to_owned(),
            label: reasons::words(code),
            count,
        }),
    }
    list.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
}
