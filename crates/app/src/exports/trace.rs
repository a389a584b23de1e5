//! Whose file is this? A leaked file, or a line of it, names the export it came from by what it carries:
//! row codes, addresses and names of invented customers, the order of its rows.

use super::mark::Marks;
use super::view::{self, ExportView};
use crate::App;
use crate::caller::Caller;
use crate::files::{Message, Options, Parser};
use crate::journal::{Note, acts, fields};
use crate::refusal::{Refusal, RefusalKind};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{Seek, Write};
use vernis_domain::phone::PhoneRegion;
use vernis_domain::{Contact, ContactKind, CustomerId, Text, UserId};
use vernis_store::ExportRow;

/// Exports that are looked through, the newest first.
const LOOKED_THROUGH: i64 = 10_000;
/// Rows that are looked at.
const ROWS: usize = 200_000;
/// Rows whose order is compared.
const ORDERED: usize = 4_000;
/// Invented customers an export can have.
const CANARIES: i64 = 3;

/// What in a file points to an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Rows whose code is of this export.
    pub row_codes: usize,
    /// Addresses of its invented customers.
    pub addresses: usize,
    /// Full names of its invented customers.
    pub names: usize,
    /// Rows that stand in its hidden order.
    pub ordered_rows: usize,
}

impl Evidence {
    /// Nobody but this export can have it: a code or an address. A name may be a namesake's; an order
    /// may be chance, of few rows.
    pub fn is_certain(&self) -> bool {
        self.row_codes > 0 || self.addresses > 0 || self.ordered_rows >= 20
    }
}

/// An export a file points to.
pub struct Traced {
    /// Which, by whom, when.
    pub export: ExportView,
    /// By what.
    pub evidence: Evidence,
}

/// What a file tells.
pub struct Trace {
    /// Exports it points to, the surest first.
    pub found: Vec<Traced>,
    /// Rows looked at.
    pub rows: usize,
    /// Rows whose person is a customer here.
    pub known: usize,
    /// Row codes of this shop whose export this base does not know: it was made before a restore.
    pub unknown_codes: usize,
}

impl App {
    /// Whose export a file is.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn trace_file(&self, caller: &Caller, content: &[u8]) -> Result<Trace, Refusal> {
        let memory = rustix::fs::memfd_create("vernis-trace", rustix::fs::MemfdFlags::CLOEXEC)
            .map_err(Refusal::internal)?;
        let mut file = File::from(memory);
        file.write_all(content)
            .and_then(|()| file.rewind())
            .map_err(Refusal::internal)?;
        let mut parser =
            Parser::spawn(&self.program, file, &Options::default()).map_err(Refusal::internal)?;
        let unreadable = |error: crate::files::FileError| {
            let words = error.words();
            Refusal::new(
                RefusalKind::Invalid,
                "file_unreadable",
                Text::owned(words.ru, words.en),
            )
        };
        let mut rows: Vec<Vec<String>> = Vec::new();
        while rows.len() < ROWS {
            match parser.next_message().map_err(unreadable)? {
                Some(Message::Header(header)) => rows.push(header.names),
                Some(Message::Rows(batch)) => rows.extend(
                    batch
                        .rows()
                        .map(|row| row.cells().map(str::to_owned).collect()),
                ),
                Some(Message::Warning(_)) => {}
                None => break,
            }
        }
        self.trace(caller, rows)
    }

    /// Whose export a pasted part of a file is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn trace_text(&self, caller: &Caller, text: &str) -> Result<Trace, Refusal> {
        let rows = text.lines().filter(|line| !line.trim().is_empty());
        let cells = |line: &str| line.split([';', '\t']).map(str::to_owned).collect();
        self.trace(caller, rows.take(ROWS).map(cells).collect())
    }

    fn trace(&self, caller: &Caller, rows: Vec<Vec<String>>) -> Result<Trace, Refusal> {
        let me = caller.user_id().unwrap_or(UserId(0));
        let now = self.now();
        let (exports, names) = self
            .store
            .read(|tx| Ok::<_, Refusal>((tx.exports(LOOKED_THROUGH)?, view::names(tx)?)))?;
        let marks: Vec<Marks> = exports
            .iter()
            .map(|row| Marks::new(self.keys.export_secret(&row.seed)))
            .collect();
        let mut found: BTreeMap<usize, Evidence> = BTreeMap::new();
        let signs = Signs::of(&exports, &marks);
        let mut unknown_codes = 0;
        // Who stands in each row, by a code or by a contact.
        let mut people: Vec<Option<CustomerId>> = Vec::with_capacity(rows.len());
        let mut asked: Vec<(usize, Contact)> = Vec::new();
        for cells in &rows {
            let mut who = None;
            let (mut codes, mut addresses) = (HashSet::new(), HashSet::new());
            for token in cells.iter().flat_map(|cell| tokens(cell)) {
                if let Some((mark, id)) = self.store.public_ids().row_of_code(token) {
                    match signs.by_mark.get(&mark) {
                        Some(at) => {
                            codes.insert(*at);
                        }
                        None => unknown_codes += 1,
                    }
                    who = Some(CustomerId(id)).filter(|id| id.0 > 0);
                }
                if let Some(at) = signs.by_code.get(token) {
                    addresses.insert(*at);
                }
            }
            for at in codes {
                found.entry(at).or_default().row_codes += 1;
            }
            for at in addresses {
                found.entry(at).or_default().addresses += 1;
            }
            let words: Vec<String> = cells
                .iter()
                .flat_map(|cell| cell.split_whitespace())
                .map(|word| vernis_domain::text::fold(word.trim_matches('"')))
                .collect();
            for three in words.windows(3) {
                for at in signs.by_name.get(three).into_iter().flatten() {
                    found.entry(*at).or_default().names += 1;
                }
            }
            if who.is_none() {
                let contacts = cells.iter().filter_map(|cell| contact(cell));
                asked.extend(contacts.map(|contact| (people.len(), contact)));
            }
            people.push(who);
        }
        for part in asked.chunks(500) {
            let contacts: Vec<Contact> = part.iter().map(|(_, contact)| contact.clone()).collect();
            let owners = self.store.read(|tx| tx.find_customers(&contacts))?;
            for ((row, _), owner) in part.iter().zip(owners) {
                people[*row] = people[*row].or(owner);
            }
        }
        let known: Vec<CustomerId> = people.into_iter().flatten().collect();
        let base = self.live.current();
        let mut line: Vec<CustomerId> = known.iter().map(|id| base.links().root(*id)).collect();
        line.dedup();
        line.truncate(ORDERED);
        for (at, marks) in marks.iter().enumerate() {
            if let Some(rows) = in_order(marks, &line, exports.len()) {
                found.entry(at).or_default().ordered_rows = rows;
            }
        }
        let mut found: Vec<Traced> = found
            .into_iter()
            .map(|(at, evidence)| Traced {
                export: view::view(exports[at].clone(), now, None, &names, me),
                evidence,
            })
            .collect();
        found.sort_by_key(|one| {
            let sum = one.evidence;
            std::cmp::Reverse((
                sum.is_certain(),
                sum.row_codes + sum.addresses,
                sum.ordered_rows,
                sum.names,
            ))
        });
        let note = Note::new(&acts::EXPORT_TRACED, caller)
            .of("export", found.iter().map(|one| one.export.id))
            .fact(&fields::ROWS, rows.len());
        self.tell(note)?;
        Ok(Trace {
            found,
            rows: rows.len(),
            known: known.len(),
            unknown_codes,
        })
    }
}

/// What to look for.
struct Signs {
    by_mark: HashMap<u32, usize>,
    by_code: HashMap<String, usize>,
    by_name: HashMap<[String; 3], Vec<usize>>,
}

impl Signs {
    fn of(exports: &[ExportRow], marks: &[Marks]) -> Signs {
        let mut signs = Signs {
            by_mark: HashMap::new(),
            by_code: HashMap::new(),
            by_name: HashMap::new(),
        };
        for (at, (row, marks)) in exports.iter().zip(marks).enumerate() {
            signs.by_mark.insert(row.mark, at);
            let carried = row.step("ended").and_then(|step| step.canaries);
            for number in 0..carried.unwrap_or(0).min(CANARIES) {
                let canary = marks.canary(number);
                signs.by_name.entry(canary.words()).or_default().push(at);
                signs.by_code.insert(canary.code, at);
            }
        }
        signs
    }
}

/// Words of a cell as codes could stand in it.
fn tokens(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|token| matches!(token.len(), 8 | 26))
}

/// A phone or an e-mail in a cell.
fn contact(cell: &str) -> Option<Contact> {
    let cell = cell.trim().trim_matches(['"', '\'']);
    let kind = match cell {
        cell if cell.len() > 100 => return None,
        cell if cell.contains('@') => ContactKind::Email,
        cell if cell.bytes().filter(u8::is_ascii_digit).count() >= 10 => ContactKind::Phone,
        _ => return None,
    };
    let value = kind.normalise(cell, PhoneRegion::RUSSIA).ok()?;
    Some(Contact::plain(kind, value))
}

/// How many rows stand in the hidden order of an export, when that is no chance: a part cut out of a file
/// keeps its order, sorting destroys it.
fn in_order(marks: &Marks, line: &[CustomerId], exports: usize) -> Option<usize> {
    let pairs = line.len().checked_sub(1)?;
    if pairs < 7 {
        return None;
    }
    let places: Vec<u64> = line.iter().map(|id| marks.place(*id)).collect();
    let up = places.windows(2).filter(|two| two[0] < two[1]).count();
    // Of rows in any other order half the pairs go up; how far more is chance, spread over all exports.
    let spread = ((line.len() + 1) as f64 / 12.0).sqrt();
    let beyond = (up as f64 - pairs as f64 / 2.0) / spread;
    // All in order by chance: one in n!; asked of every export there is.
    let chance = (1..=line.len().min(20)).fold(exports as f64, |left, n| left / n as f64);
    let all = up == pairs && chance < 1e-3;
    (all || beyond > 6.5).then_some(up + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(marks: &Marks, ids: impl Iterator<Item = i64>) -> Vec<CustomerId> {
        let mut all: Vec<CustomerId> = ids.map(CustomerId).collect();
        all.sort_by_key(|id| marks.place(*id));
        all
    }

    #[test]
    fn a_part_of_a_file_keeps_the_order_and_another_export_has_another() {
        let (one, other) = (Marks::new([1; 32]), Marks::new([2; 32]));
        let all = line(&one, 1..=400);
        assert_eq!(in_order(&one, &all, 1_000), Some(400));
        assert_eq!(in_order(&other, &all, 1_000), None);
        // Every third row of a part.
        let part: Vec<_> = all[50..150].iter().step_by(3).copied().collect();
        assert_eq!(in_order(&one, &part, 1_000), Some(part.len()));
        // A few rows moved by hand do not hide it.
        let mut moved = all.clone();
        for at in (0..400).step_by(40) {
            moved.swap(at, 399 - at);
        }
        assert!(in_order(&one, &moved, 1_000).is_some());
        // Sorting does, and few rows are no proof.
        let mut sorted = all.clone();
        sorted.sort_unstable();
        assert_eq!(in_order(&one, &sorted, 1_000), None);
        assert_eq!(in_order(&one, &all[..7], 1_000), None);
    }

    #[test]
    fn rows_in_chance_order_accuse_nobody() {
        let marks: Vec<Marks> = (0..=255_u8).map(|n| Marks::new([n; 32])).collect();
        for length in [8, 12, 30, 200, 2_000] {
            let rows: Vec<CustomerId> = (1..=length).map(CustomerId).collect();
            let accused = marks
                .iter()
                .filter(|marks| in_order(marks, &rows, 10_000).is_some());
            assert_eq!(accused.count(), 0, "{length} rows");
        }
    }
}
