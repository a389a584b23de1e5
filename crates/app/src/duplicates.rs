//! The queue of people who may be one: conflicts of trusted ids, and likely duplicates found in the
//! background; and what was decided about them.

use crate::App;
use crate::caller::Caller;
use crate::journal::{Note, acts, fields};
use crate::lookup::origin_words;
use crate::merging::pair;
use crate::refusal::{Refusal, RefusalKind};
use crate::view::View;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use vernis_analytics::LiveBase;
use vernis_analytics::duplicates::{Duplicates, Pair, Reason};
use vernis_domain::{Contact, ContactKind, Customer, CustomerId, ImportId, Instant, Text};
use vernis_store::{Decided, Decision, IdConflict, Origin, WriteTx};

/// So many changed people are compared while somebody waits for the queue; more in the background.
const WHILE_WAITING: usize = 2_000;
/// A base of so few people is looked through while somebody waits.
const SMALL: usize = 10_000;
/// How long a case that was put off stays away.
const LATER_MICROS: i64 = 7 * 24 * 3_600_000_000;
/// Row ids read again at every look: on PostgreSQL a smaller one may be committed later.
const OVERLAP: i64 = 1_000;
/// How soon the background learns that the program ends.
const PAUSE: Duration = Duration::from_millis(250);
/// So many pauses lie between two looks of the background.
const PAUSES: u32 = 20;

/// What is known of duplicates, in memory.
#[derive(Default)]
pub(crate) struct Queue {
    found: Mutex<Duplicates>,
    /// The whole base is being looked through: nobody waits for the lock meanwhile.
    busy: AtomicBool,
    facts: Mutex<Facts>,
}

/// What the truth keeps of them, as read so far.
#[derive(Default)]
struct Facts {
    conflicts: BTreeMap<i64, IdConflict>,
    decisions: BTreeMap<i64, Decided>,
}

impl Queue {
    fn found(&self) -> MutexGuard<'_, Duplicates> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a case waits by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Conflicts first, then the likeliest.
    #[default]
    Likely,
    /// Those first who bought most.
    Money,
}

/// Where a conflict of ids came from.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// Kind of contact that found the first; `None`: Vernis's own id.
    pub first: Option<ContactKind>,
    /// Kind of contact that found the other.
    pub second: ContactKind,
    /// Where it came from, in words.
    pub source: Text,
    /// When it was seen first.
    pub recorded_at: Instant,
}

/// Two people to be decided about.
#[derive(Clone, Debug)]
pub struct Case {
    /// Who would stay: he of whom more is known.
    pub one: Customer,
    /// The other.
    pub other: Customer,
    /// Documents and money of each.
    pub bought: [(usize, i64); 2],
    /// How likely they are one, 0 to 99.
    pub score: u8,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Two trusted ids pointed to both.
    pub conflict: Option<Conflict>,
}

/// A page of the queue.
#[derive(Clone, Debug, Default)]
pub struct Cases {
    /// False while the base is being looked through for the first time.
    pub ready: bool,
    /// Conflicts of ids.
    pub conflicts: usize,
    /// Likely duplicates.
    pub likely: usize,
    /// Put off until another day.
    pub put_off: usize,
    /// The page.
    pub items: Vec<Case>,
}

/// A case of the queue before it is spelled out.
struct Waiting {
    one: CustomerId,
    other: CustomerId,
    score: u8,
    conflict: Option<i64>,
    money: i64,
}

fn key(a: CustomerId, b: CustomerId) -> (CustomerId, CustomerId) {
    (a.min(b), a.max(b))
}

impl App {
    /// A page of the queue.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn duplicate_cases(
        &self,
        view: &View,
        order: Order,
        offset: usize,
        limit: usize,
    ) -> Result<Cases, Refusal> {
        let base = self.live.current();
        let ready = self.catch_up(&base)?;
        let pairs: Vec<Pair> = if ready {
            self.duplicates.found().pairs().collect()
        } else {
            Vec::new()
        };
        let facts = self.facts()?;
        let settled = Settled::of(&facts, &base, self.now());
        let mut cases = Cases {
            ready,
            ..Cases::default()
        };
        let mut waiting = Vec::new();
        let mut seen = HashSet::new();
        // Sums are of the purchases that are seen.
        let money = |one, other| view.bought(one).1.saturating_add(view.bought(other).1);
        for conflict in facts.conflicts.values().rev() {
            let root = |id| base.links().root(id);
            let (one, other) = (root(conflict.what.first.0), root(conflict.what.second.0));
            let there = |id| view.sees(id) && base.customer(id).is_some();
            if one == other || !there(one) || !there(other) || !seen.insert(key(one, other)) {
                continue;
            }
            match settled.of_pair(one, other) {
                Some(Decision::Different | Decision::Same) => continue,
                Some(Decision::Later) => {
                    cases.put_off += 1;
                    continue;
                }
                None => cases.conflicts += 1,
            }
            waiting.push(Waiting {
                one,
                other,
                score: 100,
                conflict: Some(conflict.id),
                money: money(one, other),
            });
        }
        for pair in pairs {
            let (one, other) = (pair.one, pair.other);
            if seen.contains(&key(one, other)) || !view.sees(one) || !view.sees(other) {
                continue;
            }
            match settled.of_pair(one, other) {
                Some(Decision::Different | Decision::Same) => continue,
                Some(Decision::Later) => {
                    cases.put_off += 1;
                    continue;
                }
                None => cases.likely += 1,
            }
            waiting.push(Waiting {
                one,
                other,
                score: pair.score,
                conflict: None,
                money: money(one, other),
            });
        }
        waiting.sort_unstable_by(|a, b| {
            let likely = b.score.cmp(&a.score);
            let rich = b.money.cmp(&a.money);
            let (first, then) = match order {
                Order::Likely => (likely, rich),
                Order::Money => (rich, likely),
            };
            first
                .then(then)
                .then(b.conflict.cmp(&a.conflict))
                .then((a.one, a.other).cmp(&(b.one, b.other)))
        });
        let page: Vec<Waiting> = waiting.into_iter().skip(offset).take(limit).collect();
        cases.items = self.spell_out((&base, view), &facts, page, ready)?;
        Ok(cases)
    }

    fn spell_out(
        &self,
        (base, view): (&LiveBase, &View),
        facts: &Facts,
        page: Vec<Waiting>,
        ready: bool,
    ) -> Result<Vec<Case>, Refusal> {
        let mut items = Vec::with_capacity(page.len());
        for case in page {
            let bought = [view.bought(case.one), view.bought(case.other)];
            let (Some(mut one), Some(mut other)) =
                (base.customer(case.one), base.customer(case.other))
            else {
                continue;
            };
            let (score, reasons) = if ready {
                let found = self.duplicates.found();
                found
                    .explain(base, case.one, case.other)
                    .unwrap_or_default()
            } else {
                (0, Vec::new())
            };
            let conflict = match case.conflict.and_then(|id| facts.conflicts.get(&id)) {
                Some(conflict) => Some(self.conflict(conflict)?),
                None => None,
            };
            let mut bought = bought;
            // With a conflict the first is he whom the stronger id found.
            if conflict.is_none() && bought[1] > bought[0] {
                std::mem::swap(&mut one, &mut other);
                bought.swap(0, 1);
            }
            items.push(Case {
                one,
                other,
                bought,
                score,
                reasons,
                conflict,
            });
        }
        Ok(items)
    }

    fn conflict(&self, conflict: &IdConflict) -> Result<Conflict, Refusal> {
        let mut files = HashMap::new();
        if let Origin::Import(id) = conflict.origin {
            let import = self
                .store
                .read(|tx| tx.import(ImportId(id)).map_err(Refusal::from))?;
            files.insert(id, import.map(|one| one.file_name).unwrap_or_default());
        }
        Ok(Conflict {
            first: conflict.what.first.1,
            second: conflict.what.second.1,
            source: origin_words(conflict.origin, &files),
            recorded_at: conflict.recorded_at,
        })
    }

    /// Brings what was found up to the base, when that takes a moment. False while the background
    /// still looks through the whole base.
    fn catch_up(&self, base: &LiveBase) -> Result<bool, Refusal> {
        let queue = &self.duplicates;
        if queue.busy.load(Ordering::SeqCst) {
            return Ok(false);
        }
        let blocked = self.blocked_now()?;
        let mut found = queue.found();
        if !found.looked() && base.customers() > SMALL {
            return Ok(false);
        }
        if base.customers() <= SMALL || found.behind(base) <= WHILE_WAITING {
            found.update(base, &blocked, &|| false);
        }
        Ok(true)
    }

    fn blocked_now(&self) -> Result<HashSet<Contact>, Refusal> {
        let blocked = self.blocked_contacts()?;
        Ok(blocked.into_iter().map(|one| one.contact).collect())
    }

    /// Looks for duplicates until nothing is left to look at; gives the bytes kept for it. The
    /// background does the same by itself.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn find_duplicates(&self) -> Result<usize, Refusal> {
        let blocked = self.blocked_now()?;
        let queue = &self.duplicates;
        let base = self.live.current();
        let mut found = queue.found();
        queue.busy.store(!found.looked(), Ordering::SeqCst);
        let stop = &self.stop;
        found.update(&base, &blocked, &|| stop.load(Ordering::Relaxed));
        queue.busy.store(false, Ordering::SeqCst);
        Ok(found.bytes())
    }

    /// What the truth keeps, with what came since the last look.
    fn facts(&self) -> Result<MutexGuard<'_, Facts>, Refusal> {
        let mut facts = self
            .duplicates
            .facts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let after = |last: Option<&i64>| last.map_or(0, |id| (id - OVERLAP).max(0));
        let conflicts = after(facts.conflicts.keys().next_back());
        let decisions = after(facts.decisions.keys().next_back());
        let (conflicts, decisions) = self.store.read(|tx| -> Result<_, Refusal> {
            Ok((
                tx.id_conflicts(conflicts)?,
                tx.duplicate_decisions(decisions)?,
            ))
        })?;
        facts
            .conflicts
            .extend(conflicts.into_iter().map(|one| (one.id, one)));
        facts
            .decisions
            .extend(decisions.into_iter().map(|one| (one.id, one)));
        Ok(facts)
    }

    /// Decides about two people: merges them (`one` stays), parts them for ever, or puts the case
    /// off. Gives the row id of the decision.
    ///
    /// # Errors
    /// One who is gone; two records of one person already.
    pub fn decide_duplicate(
        &self,
        caller: &Caller,
        view: &View,
        one: CustomerId,
        other: CustomerId,
        decision: Decision,
    ) -> Result<i64, Refusal> {
        view.check(one)?;
        view.check(other)?;
        let origin = caller.origin();
        let note = match decision {
            Decision::Same => Note::new(&acts::CUSTOMERS_MERGED, view.by()),
            Decision::Different | Decision::Later => Note::new(&acts::DUPLICATE_DECIDED, view.by())
                .fact(&fields::DECISION, decision.code()),
        };
        self.store
            .write(move |tx: &mut WriteTx<'_>| -> Result<i64, Refusal> {
                let (_, one, other) = pair(tx, one, other)?;
                note.clone().customers([one, other]).write(tx)?;
                let merge = match decision {
                    Decision::Same => Some(tx.merge_customers(one, other, origin)?),
                    Decision::Different | Decision::Later => None,
                };
                Ok(tx.note_decision(one, other, decision, merge, None, origin)?)
            })
    }

    /// Takes a decision back; a merge is taken apart.
    ///
    /// # Errors
    /// One that is not there, or taken back already.
    pub fn undo_duplicate(
        &self,
        caller: &Caller,
        view: &View,
        decision: i64,
    ) -> Result<(), Refusal> {
        let origin = caller.origin();
        let view = view.clone();
        self.store
            .write(move |tx: &mut WriteTx<'_>| -> Result<(), Refusal> {
                let since = tx.duplicate_decisions(decision - 1)?;
                let made = since
                    .iter()
                    .find(|one| one.id == decision && one.undoes.is_none())
                    .copied()
                    .ok_or_else(Refusal::not_found)?;
                if !view.may_tell(tx, made.one)? || !view.may_tell(tx, made.other)? {
                    return Err(Refusal::not_found());
                }
                let undone = Refusal::new(
                    RefusalKind::Conflict,
                    "undone_already",
                    Text::new(
                        "Это решение уже отменено.",
                        "This decision was taken back already.",
                    ),
                );
                if since.iter().any(|one| one.undoes == Some(decision)) {
                    return Err(undone);
                }
                if let Some(merge) = made.merge_id {
                    let joined = tx.joined_by(merge)?.ok_or(undone)?;
                    let note = Note::new(&acts::CUSTOMERS_UNMERGED, view.by());
                    note.customers([made.one, joined]).write(tx)?;
                    tx.unmerge_customer(joined, origin)?;
                } else {
                    Note::new(&acts::DUPLICATE_UNDONE, view.by())
                        .customers([made.one, made.other])
                        .fact(&fields::DECISION, made.decision.code())
                        .write(tx)?;
                }
                tx.note_decision(
                    made.one,
                    made.other,
                    made.decision,
                    made.merge_id,
                    Some(decision),
                    origin,
                )?;
                Ok(())
            })
    }
}

/// What holds of the decisions, by the people as they stand now.
struct Settled(HashMap<(CustomerId, CustomerId), Decision>);

impl Settled {
    fn of(facts: &Facts, base: &LiveBase, now: Instant) -> Settled {
        let undone: HashSet<i64> = facts
            .decisions
            .values()
            .filter_map(|one| one.undoes)
            .collect();
        let mut settled = HashMap::new();
        for decided in facts.decisions.values() {
            if decided.undoes.is_some() || undone.contains(&decided.id) {
                continue;
            }
            let root = |id| base.links().root(id);
            let pair = key(root(decided.one), root(decided.other));
            let known = settled.get(&pair) == Some(&Decision::Different);
            match decided.decision {
                Decision::Different => {
                    settled.insert(pair, Decision::Different);
                }
                Decision::Later if !known && decided.recorded_at.0 + LATER_MICROS > now.0 => {
                    settled.insert(pair, Decision::Later);
                }
                _ => {}
            }
        }
        Settled(settled)
    }

    fn of_pair(&self, a: CustomerId, b: CustomerId) -> Option<Decision> {
        self.0.get(&key(a, b)).copied()
    }
}

/// The decision of a code.
pub fn decision(code: &str) -> Option<Decision> {
    Decision::from_code(code)
}

/// The thread that looks for duplicates when nobody asks, behind everything else.
pub(crate) fn search_in_background(app: &Arc<App>) -> Result<(), Refusal> {
    let (app, stop): (Weak<App>, _) = (Arc::downgrade(app), app.stop.clone());
    std::thread::Builder::new()
        .name("vernis-duplicates".to_owned())
        .spawn(move || {
            vernis_analytics::pool::stand_back();
            let (mut looked_at, mut pauses) = (0, 0);
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(PAUSE);
                let Some(app) = app.upgrade() else { return };
                pauses += 1;
                let version = app.live.current().version();
                // What an import brings is looked at when it has ended.
                if version == looked_at || pauses < PAUSES || app.importing() {
                    continue;
                }
                pauses = 0;
                match app.find_duplicates() {
                    Ok(_) => looked_at = version,
                    Err(error) => tracing::warn!(%error, "duplicates were not looked for"),
                }
            }
        })
        .map(drop)
        .map_err(Refusal::internal)
}
