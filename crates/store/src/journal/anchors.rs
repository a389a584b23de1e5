//! The head of the chain outside the database: `journal-anchors` (a line a day, append-only) and
//! `journal-head` (the newest, replaced) in the data folder. They tell of a tail that was cut off and of
//! a chain that was made anew by somebody who has the key.
//!
//! A line: `1 KEY KIND INSTANT NUMBER LINK BASE PROOF`. The proof is keyed, so that a line cannot be made
//! up. Kind `restored`: a backup was brought back whose journal ended at BASE; what was noted of later
//! entries before is of a history that is gone.

use super::chain::JournalHead;
use crate::keys::Keys;
use crate::store::Store;
use crate::tx::ReadTx;
use crate::verify::Findings;
use crate::{Finding, StoreError};
use data_encoding::HEXLOWER;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use vernis_domain::Instant;

const ANCHORS: &str = "journal-anchors";
const HEAD: &str = "journal-head";
const DAY_MICROS: i64 = 86_400_000_000;
/// The name under which `verify` tells of the journal.
pub(crate) const CHECK: &str = "journal";

/// A head that was noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchored {
    /// `day`, `head`, `restored`, or `lost`: a head that was no longer in the chain when it was replaced.
    pub kind: String,
    /// When.
    pub at: Instant,
    /// The head.
    pub head: JournalHead,
    /// Of a restore: the last entry of the backup.
    base: i64,
}

impl Anchored {
    fn line(&self, keys: &Keys) -> String {
        let said = format!(
            "1 {} {} {} {} {} {}",
            keys.id_hex(),
            self.kind,
            self.at.0,
            self.head.number,
            HEXLOWER.encode(&self.head.link),
            self.base
        );
        let proof = HEXLOWER.encode(&keys.journal_digest("anchor", said.as_bytes())[..16]);
        format!("{said} {proof}\n")
    }

    /// Reads a line; `None` for another base's, an error for one that nobody of us wrote.
    fn parse(line: &str, keys: &Keys) -> Result<Option<Anchored>, ()> {
        let parts: Vec<&str> = line.split(' ').collect();
        let [_, key, kind, at, number, link, base, _] = parts[..] else {
            return Err(());
        };
        if key != keys.id_hex() {
            return Ok(None);
        }
        let link = HEXLOWER.decode(link.as_bytes()).map_err(|_| ())?;
        let anchored = Anchored {
            kind: kind.to_owned(),
            at: Instant(at.parse().map_err(|_| ())?),
            head: JournalHead {
                number: number.parse().map_err(|_| ())?,
                link: link.try_into().map_err(|_| ())?,
            },
            base: base.parse().map_err(|_| ())?,
        };
        if anchored.line(keys).trim_end() == line {
            Ok(Some(anchored))
        } else {
            Err(())
        }
    }
}

fn lines(dir: &Path, file: &str) -> Result<Vec<String>, StoreError> {
    match std::fs::read_to_string(dir.join(file)) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// What is noted in the data folder for this base, oldest first; lines that do not fit are left out.
fn noted(dir: &Path, keys: &Keys, file: &str) -> Result<Vec<Anchored>, StoreError> {
    Ok(lines(dir, file)?
        .iter()
        .filter_map(|line| Anchored::parse(line, keys).ok().flatten())
        .collect())
}

fn append(dir: &Path, line: &str) -> Result<(), StoreError> {
    let mut file = File::options()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(dir.join(ANCHORS))?;
    file.write_all(line.as_bytes())?;
    file.sync_all()?;
    File::open(dir)?.sync_all()?;
    Ok(())
}

fn replace(dir: &Path, line: &str) -> Result<(), StoreError> {
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = ONE.lock();
    let temporary = dir.join(format!("{HEAD}.new.{}", std::process::id()));
    let mut file = File::options()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&temporary, dir.join(HEAD))?;
    Ok(())
}

/// Notes a restore, before it is committed.
pub(crate) fn note_restore(
    dir: &Path,
    keys: &Keys,
    base: i64,
    head: JournalHead,
    now: Instant,
) -> Result<(), StoreError> {
    let anchored = Anchored {
        kind: "restored".to_owned(),
        at: now,
        head,
        base,
    };
    append(dir, &anchored.line(keys))
}

impl Store {
    /// Notes the head in the data folder: always in `journal-head`, once a day in `journal-anchors`.
    pub fn anchor_journal(&self, dir: &Path) -> Result<(), StoreError> {
        let (head, now, keys) = (self.read(|tx| tx.journal_head())?, self.now(), self.keys());
        if head.number == 0 && lines(dir, HEAD)?.is_empty() {
            return Ok(());
        }
        let anchored = |kind: &str| Anchored {
            kind: kind.to_owned(),
            at: now,
            head,
            base: 0,
        };
        let days = noted(dir, keys, ANCHORS)?;
        let before = noted(dir, keys, HEAD)?.pop();
        // What was the head and is in the chain no more must not be forgotten by noting a new one.
        if let Some(before) = &before
            && before.head != head
            && self.read(|tx| tx.link_at(before.head.number))? != Some(before.head.link)
            && !is_of_the_past(before, &days, days.len())
        {
            tracing::error!(
                number = before.head.number,
                "the journal no longer holds the entry that was its last one: run `vernis verify`"
            );
            let lost = Anchored {
                kind: "lost".to_owned(),
                ..before.clone()
            };
            append(dir, &lost.line(keys))?;
        }
        if before.as_ref().is_none_or(|before| before.head != head) {
            replace(dir, &anchored("head").line(keys))?;
        }
        let last = days.iter().rfind(|one| one.kind == "day");
        let due = last.is_none_or(|last| {
            last.head != head && last.at.0.div_euclid(DAY_MICROS) != now.0.div_euclid(DAY_MICROS)
        });
        if due {
            append(dir, &anchored("day").line(keys))?;
        }
        Ok(())
    }

    /// The last head that was noted in the data folder's file of days.
    pub fn journal_anchor(&self, dir: &Path) -> Result<Option<Anchored>, StoreError> {
        Ok(noted(dir, self.keys(), ANCHORS)?.pop())
    }

    /// Whether the chain is the one that was noted in the data folder.
    pub fn verify_anchors(&self, dir: &Path) -> Result<Vec<Finding>, StoreError> {
        let keys = self.keys();
        let mut findings = Findings::default();
        for file in [ANCHORS, HEAD] {
            for (number, line) in lines(dir, file)?.iter().enumerate() {
                if Anchored::parse(line, keys).is_err() {
                    findings.add(CHECK, || {
                        format!(
                            "line {} of {file} was not written by this program",
                            number + 1
                        )
                    });
                }
            }
        }
        let mut all = noted(dir, keys, ANCHORS)?;
        all.extend(noted(dir, keys, HEAD)?);
        self.read(|tx| -> Result<(), StoreError> {
            let head = tx.journal_head()?;
            for (index, one) in all.iter().enumerate() {
                let number = one.head.number;
                if is_of_the_past(one, &all, index + 1) {
                    continue;
                }
                match tx.link_at(number)? {
                    Some(link) if link == one.head.link => {}
                    Some(_) => findings.add(CHECK, || {
                        format!(
                            "entry {number} is not the one that was noted on {}",
                            one.at.rfc3339()
                        )
                    }),
                    None => findings.add(CHECK, || {
                        format!(
                            "the end is cut off: entry {number} was noted on {}, the journal ends at {}",
                            one.at.rfc3339(),
                            head.number
                        )
                    }),
                }
            }
            let old = tx.first_sealed_at()?.is_some_and(|at| at.0 < tx.now().0 - 2 * DAY_MICROS);
            if old && all.is_empty() {
                findings.add(CHECK, || {
                    format!("{ANCHORS} and {HEAD} are not in the data folder: whether the end is cut off cannot be told")
                });
            }
            Ok(())
        })?;
        Ok(findings.finish())
    }
}

/// Whether what was noted is of a history that a restore noted later left behind. (The `journal-head`
/// of before stands behind the lines of the other file: its time counts.)
fn is_of_the_past(one: &Anchored, all: &[Anchored], from: usize) -> bool {
    all.iter().enumerate().any(|(index, other)| {
        other.kind == "restored"
            && other.base < one.head.number
            && other.head != one.head
            && (index >= from || (one.kind == "head" && one.at <= other.at))
    })
}

impl ReadTx<'_> {
    fn link_at(&mut self, number: i64) -> Result<Option<[u8; 32]>, StoreError> {
        if number == 0 {
            return Ok(Some(JournalHead::START.link));
        }
        self.db.first(
            "select link from journal_seal where number = $1",
            &[number.into()],
            |row| row.array(0),
        )
    }

    fn first_sealed_at(&mut self) -> Result<Option<Instant>, StoreError> {
        self.db.first(
            "select j.recorded_at from journal_seal s join journal j on j.id = s.journal_id
             order by s.number limit 1",
            &[],
            |row| Ok(Instant(row.int(0)?)),
        )
    }
}
