//! What `verify` finds in the journal: an entry that was changed, removed, put in or moved.

use super::anchors::CHECK;
use super::chain::{Content, JournalHead, content_columns};
use super::{Subjects, reason_place};
use crate::StoreError;
use crate::tx::ReadTx;
use crate::verify::Findings;

impl ReadTx<'_> {
    /// Walks the whole chain and whatever is not in it yet.
    pub(crate) fn check_journal(&mut self, findings: &mut Findings) -> Result<(), StoreError> {
        let keys = self.keys;
        let mut head = JournalHead::START;
        let mut last = (-1, 0);
        let mut index = Index(0);
        self.db.query(
            concat!(
                "select s.number, s.link, s.journal_id, j.txid, ",
                content_columns!(),
                " from journal_seal s left join journal j on j.id = s.journal_id order by s.number"
            ),
            &[],
            &mut |row| {
                let (number, link, named) = (row.int(0)?, row.bytes(1)?, row.int(2)?);
                if number != head.number + 1 {
                    findings.add(CHECK, || {
                        format!("entries {} to {} are gone", head.number + 1, number - 1)
                    });
                }
                let Some(txid) = row.opt_int(3)? else {
                    findings.add(CHECK, || format!("entry {number} is gone (row {named})"));
                    head = JournalHead {
                        number,
                        link: link.try_into().unwrap_or_default(),
                    };
                    return Ok(());
                };
                let (content, mark) = Content::of(row, 4)?;
                index.entry(&content);
                if content.mark(keys)[..] != mark[..] || !opens(keys, &content) {
                    findings.add(CHECK, || format!("entry {number} was changed"));
                }
                let wanted = JournalHead {
                    number: number - 1,
                    ..head
                }
                .with(keys, &mark);
                if wanted.link[..] != link[..] {
                    findings.add(CHECK, || {
                        format!("entry {number} does not follow from the one before it")
                    });
                }
                // Goes on from what stands there: one break is one finding.
                head = JournalHead {
                    number,
                    link: link.try_into().unwrap_or_default(),
                };
                last = last.max((txid, content.id));
                Ok(())
            },
        )?;
        self.db.query(
            concat!(
                "select j.txid, ",
                content_columns!(),
                " from journal j left join journal_seal s on s.journal_id = j.id
                 where s.number is null order by j.txid, j.id"
            ),
            &[],
            &mut |row| {
                let txid = row.int(0)?;
                let (content, mark) = Content::of(row, 1)?;
                index.entry(&content);
                if content.mark(keys)[..] != mark[..] || !opens(keys, &content) {
                    findings.add(CHECK, || {
                        format!("row {} was not written by this program", content.id)
                    });
                }
                if (txid, content.id) < last {
                    findings.add(CHECK, || {
                        format!("row {} was put in among older entries", content.id)
                    });
                }
                Ok(())
            },
        )?;
        self.db.query(
            "select journal_id, kind, subject_id from journal_subject",
            &[],
            &mut |row| {
                index.row(row.int(0)?, &row.text(1)?, row.int(2)?, false);
                Ok(())
            },
        )?;
        if index.0 != 0 {
            findings.add(CHECK, || {
                "whom the entries concern and what finds them do not agree".to_owned()
            });
        }
        Ok(())
    }
}

fn opens(keys: &crate::Keys, content: &Content) -> bool {
    content
        .reason
        .as_ref()
        .is_none_or(|sealed| keys.open_for_shop(reason_place(content.id), sealed).is_ok())
}

/// A sum over all pairs of entry and subject: zero when both sides have the same ones, in whatever
/// order, without keeping any of them.
struct Index(u128);

impl Index {
    fn entry(&mut self, content: &Content) {
        if let Ok(subjects) = Subjects::parse(&content.subjects) {
            for (kind, id) in subjects.pairs() {
                self.row(content.id, kind, id, true);
            }
        }
    }

    fn row(&mut self, journal_id: i64, kind: &str, subject: i64, add: bool) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&journal_id.to_be_bytes());
        hasher.update(&subject.to_be_bytes());
        hasher.update(kind.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        let number = u128::from_be_bytes(bytes);
        self.0 = if add {
            self.0.wrapping_add(number)
        } else {
            self.0.wrapping_sub(number)
        };
    }
}
