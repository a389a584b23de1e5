//! Whose and which rows an entry concerns: row ids by kind, on disk as `customer:5-7,9;import:3`.

use crate::StoreError;
use crate::changes::{ranges, subjects};
use std::collections::BTreeMap;

/// Row ids by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subjects(BTreeMap<String, Vec<i64>>);

impl Subjects {
    /// Nobody and nothing.
    pub fn none() -> Subjects {
        Subjects::default()
    }

    /// One row.
    pub fn one(kind: &str, id: i64) -> Subjects {
        Subjects::none().and(kind, [id])
    }

    /// More rows.
    #[must_use]
    pub fn and(mut self, kind: &str, ids: impl IntoIterator<Item = i64>) -> Subjects {
        let list = self.0.entry(kind.to_owned()).or_default();
        list.extend(ids);
        list.sort_unstable();
        list.dedup();
        self.0.retain(|_, ids| !ids.is_empty());
        self
    }

    /// Kinds with their row ids, both in order.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &[i64])> {
        self.0.iter().map(|(kind, ids)| (kind.as_str(), &ids[..]))
    }

    /// Every row with its kind.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0
            .iter()
            .flat_map(|(kind, ids)| ids.iter().map(|id| (kind.as_str(), *id)))
    }

    pub(crate) fn text(&self) -> String {
        let parts: Vec<String> = self
            .0
            .iter()
            .map(|(kind, ids)| format!("{kind}:{}", subjects(ids.clone())))
            .collect();
        parts.join(";")
    }

    pub(crate) fn parse(text: &str) -> Result<Subjects, StoreError> {
        let mut all = Subjects::none();
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (kind, ids) = part
                .split_once(':')
                .ok_or_else(|| StoreError::Decode("the subjects of an entry".to_owned()))?;
            for (first, last) in ranges(ids)? {
                // A damaged range must not be unfolded into memory.
                if last - first > 50_000_000 {
                    return Err(StoreError::Decode("the subjects of an entry".to_owned()));
                }
                all.0
                    .entry(kind.to_owned())
                    .or_default()
                    .extend(first..=last);
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_come_back_from_their_text() {
        let all = Subjects::one("import", 3).and("customer", [9, 5, 6, 7, 5]);
        assert_eq!(all.text(), "customer:5-7,9;import:3");
        assert_eq!(Subjects::parse(&all.text()).unwrap(), all);
        assert_eq!(Subjects::parse("").unwrap(), Subjects::none());
        assert_eq!(Subjects::none().and("customer", []).text(), "");
        assert!(Subjects::parse("customer").is_err());
        assert!(Subjects::parse("customer:9-1").is_err());
        assert!(Subjects::parse("customer:1-9000000000").is_err());
    }
}
