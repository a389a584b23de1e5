//! Who is in each saved segment, kept current. A reader brings a membership up to the version of the
//! base he answers from: only those touched since are asked again. A thread does the same all the time,
//! so that who came and went is written down with its time, also when nobody looks; at midnight and
//! after a stop it is the first to look.

use super::shelf::{Shelf, whole};
use crate::App;
use crate::refusal::Refusal;
use crate::view::View;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as Moment};
use vernis_analytics::base::products::Products;
use vernis_analytics::facts::Lens;
use vernis_analytics::rfm::{Borders, RfmQuery};
use vernis_analytics::segment::{Hand, Members, Rule, Tally, Whole, count, select};
use vernis_analytics::{CustomerSet, LiveBase};
use vernis_domain::{CustomField, Day, Text};
use vernis_store::{SegmentDay, SegmentRow, StoreError};

/// How often the thread looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How often a day's size is written down while people come and go.
const SIZE_EVERY: Duration = Duration::from_secs(30);
/// Moves written in one transaction.
const MOVES_AT_ONCE: usize = 20_000;
/// Names given with a count.
const SAMPLE: usize = 8;

/// What is kept of all segments.
#[derive(Default)]
pub(crate) struct SegmentKeeper(Mutex<State>);

#[derive(Default)]
struct State {
    /// Of the definitions that `kept` is made of.
    stamp: Option<(i64, i64)>,
    /// The products they were resolved by.
    goods: Arc<Products>,
    /// The shop's own fields they were resolved by.
    fields: Vec<CustomField>,
    kept: BTreeMap<i64, Kept>,
}

/// One segment.
struct Kept {
    row: SegmentRow,
    whole: Option<Whole>,
    rule: Result<Rule, Text>,
    /// Version of the base and day of `members`.
    at: Option<(u64, Day)>,
    members: Members,
    /// Counted at this version and day.
    tally: Option<((u64, Day), Tally)>,
    recorded: Option<Recorded>,
    /// Version of the base and day whose members are written down.
    written: Option<(u64, Day)>,
    /// Day whose size was written down last, and when that was.
    sized: Option<(Day, Moment)>,
}

/// Who is in as the database says.
struct Recorded {
    version_no: i64,
    moves: i64,
    last: i64,
    members: Members,
}

/// A segment as it is now.
#[derive(Clone, Debug)]
pub struct Now {
    /// Its definition.
    pub row: SegmentRow,
    /// The definition, read; `None` when this program cannot read it.
    pub whole: Option<Whole>,
    /// Why it cannot be computed: it matches nobody until mended.
    pub broken: Option<Text>,
    /// How many, how much money, some of them.
    pub tally: Tally,
}

/// A rule and the base and lens to look at it by.
pub struct Seen {
    /// The version that answers.
    pub base: Arc<LiveBase>,
    /// Day and borders.
    pub lens: Lens,
    /// The rule.
    pub rule: Rule,
    /// Why it matches nobody.
    pub broken: Option<Text>,
}

impl App {
    /// Day and borders by which segments are seen; `fixed` where a definition has its own borders.
    pub(crate) fn segment_lens(&self, day: Day) -> Result<Lens, Refusal> {
        let mut rfm = RfmQuery::new(day);
        if let Some(frozen) = self.frozen_borders()?.pop() {
            rfm.borders = Borders::Fixed(frozen.cuts);
        }
        Ok(self.lens_of(rfm))
    }

    /// All segments as they are now, of those who are seen; archived ones left out.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn segments_now(&self, view: &View) -> Result<Vec<Now>, Refusal> {
        let base = self.live.current();
        let lens = self.segment_lens(self.today())?;
        let mut state = self.segments.state();
        self.reload(&mut state)?;
        let all = state
            .kept
            .values_mut()
            .filter(|kept| kept.row.archived_at.is_none());
        Ok(all.map(|kept| kept.seen(&base, &lens, view).1).collect())
    }

    /// One segment as it is now, archived or not: those of it who are seen.
    ///
    /// # Errors
    /// Not found.
    pub fn segment_now(
        &self,
        view: &View,
        id: i64,
    ) -> Result<(Arc<LiveBase>, CustomerSet, Now), Refusal> {
        let base = self.live.current();
        let lens = self.segment_lens(self.today())?;
        let mut state = self.segments.state();
        self.reload(&mut state)?;
        let kept = state.kept.get_mut(&id).ok_or_else(Refusal::not_found)?;
        let (set, now) = kept.seen(&base, &lens, view);
        let base = if view.is_whole() { base } else { view.arc() };
        Ok((base, set, now))
    }

    /// The rule of a saved segment, for lists and reports of any day.
    ///
    /// # Errors
    /// Not found, or it refers to something that is gone.
    pub fn segment_rule(&self, id: i64) -> Result<Rule, Refusal> {
        let mut state = self.segments.state();
        self.reload(&mut state)?;
        let kept = state.kept.get(&id).ok_or_else(Refusal::not_found)?;
        kept.rule
            .clone()
            .map_err(|broken| Refusal::field("segment", "broken", broken))
    }

    /// Reads the definitions again when something about them has changed.
    fn reload(&self, state: &mut State) -> Result<(), Refusal> {
        // A category that is gone breaks definitions, one that is back mends them; so does a product.
        let base = self.live.current();
        let goods = base.products().clone();
        let is_broken = || state.kept.values().any(|kept| kept.rule.is_err());
        let other = base.own_facts().fields() != state.fields
            || goods.turns() != state.goods.turns()
            || (!Arc::ptr_eq(&goods, &state.goods) && is_broken());
        let known = state.stamp.filter(|_| !other);
        let rows = self.store.read(|tx| -> Result<_, Refusal> {
            let stamp = tx.segments_stamp()?;
            if Some(stamp) == known {
                return Ok(None);
            }
            Ok(Some((stamp, tx.segments()?)))
        })?;
        let Some((stamp, rows)) = rows else {
            return Ok(());
        };
        let shelf = self.shelf()?;
        let mut before = std::mem::take(&mut state.kept);
        for row in rows {
            let hand = self.hand_of(&row)?;
            let fresh = Kept::new(row, hand, &shelf);
            let kept = match before.remove(&fresh.row.id) {
                // What it refers to may have changed too: members are kept only where nothing can have.
                Some(old) if old.row.version_no == fresh.row.version_no => {
                    let same = fresh.stands_alone()
                        && old.rule.is_ok()
                        && old.row.people_no == fresh.row.people_no;
                    Kept {
                        at: old.at.filter(|_| same),
                        members: old.members,
                        recorded: old.recorded,
                        written: old.written.filter(|_| same),
                        sized: old.sized,
                        ..fresh
                    }
                }
                _ => fresh,
            };
            state.kept.insert(kept.row.id, kept);
        }
        state.stamp = Some(stamp);
        state.goods = goods;
        state.fields = base.own_facts().fields().to_vec();
        Ok(())
    }

    /// One look of the thread: brings everything up and writes down who came and went.
    ///
    /// # Errors
    /// When the database does not answer; the next look goes on.
    pub fn keep_segments(&self) -> Result<(), Refusal> {
        let day = self.today();
        let ids: Vec<i64> = {
            let mut state = self.segments.state();
            self.reload(&mut state)?;
            let alive = state
                .kept
                .values()
                .filter(|kept| kept.row.archived_at.is_none());
            alive.map(|kept| kept.row.id).collect()
        };
        if ids.is_empty() {
            return Ok(());
        }
        let lens = self.segment_lens(day)?;
        for id in ids {
            // One at a time: a reader waits for one segment at most.
            let mut state = self.segments.state();
            let base = self.live.current();
            let Some(kept) = state.kept.get_mut(&id) else {
                continue;
            };
            kept.bring_up(&base, &lens);
            let size = kept.size_if_due(&base, day);
            let at = kept.at;
            if kept.written == at && size.is_none() {
                continue;
            }
            let (version_no, members, recorded) = (
                kept.row.version_no,
                kept.members.clone(),
                kept.recorded.take(),
            );
            drop(state);
            let (recorded, whole) = self.record(id, version_no, &members, recorded)?;
            if let Some(size) = size {
                self.store
                    .write(move |tx| tx.put_segment_day(id, size).map_err(Refusal::from))?;
            }
            let mut state = self.segments.state();
            let kept = state.kept.get_mut(&id);
            if let Some(kept) = kept.filter(|kept| kept.row.version_no == version_no) {
                kept.recorded = Some(recorded);
                kept.written = at.filter(|_| whole);
            }
        }
        Ok(())
    }

    /// Writes down who came and went since the last time, and tells whether all of it is there now.
    fn record(
        &self,
        id: i64,
        version_no: i64,
        members: &Members,
        recorded: Option<Recorded>,
    ) -> Result<(Recorded, bool), Refusal> {
        let mut recorded = match recorded.filter(|own| own.version_no == version_no) {
            Some(own) => own,
            None => self.recorded(id, version_no, members)?,
        };
        loop {
            let moves = members.since(&recorded.members);
            if moves.is_empty() {
                return Ok((recorded, true));
            }
            let part = moves[..moves.len().min(MOVES_AT_ONCE)].to_vec();
            let (known, written) = (recorded.moves, part.clone());
            let won = self.store.write(move |tx| {
                tx.add_segment_moves(id, version_no, known, &written)
                    .map_err(Refusal::from)
            })?;
            if !won {
                // Another process was first. What it knows of may not have come here yet: to compare
                // at once would take it back. The next look goes on.
                return Ok((self.recorded(id, version_no, members)?, false));
            }
            recorded.moves += part.len() as i64;
            part.iter()
                .for_each(|(customer, came)| recorded.members.put(*customer, *came));
        }
    }

    /// Who is in as the database says; a version that is seen for the first time is put there.
    fn recorded(&self, id: i64, version_no: i64, members: &Members) -> Result<Recorded, Refusal> {
        if let Some(recorded) = self.recorded_in(id, version_no)? {
            return Ok(recorded);
        }
        let bytes = members.bytes();
        self.store
            .write(move |tx| tx.put_segment_state(id, version_no, &bytes))
            .map_err(|error: StoreError| Refusal::from(error))?;
        // Another process may have been first: what it wrote counts. A version that is older than the
        // one in the database by now is no longer written down at all.
        Ok(self
            .recorded_in(id, version_no)?
            .unwrap_or_else(|| Recorded {
                version_no,
                moves: -1,
                last: 0,
                members: members.clone(),
            }))
    }

    fn recorded_in(&self, id: i64, version_no: i64) -> Result<Option<Recorded>, Refusal> {
        self.store.read(|tx| -> Result<Option<Recorded>, Refusal> {
            let Some(state) = tx
                .segment_state(id)?
                .filter(|state| state.version_no == version_no)
            else {
                return Ok(None);
            };
            let Some(members) = Members::from_bytes(&state.members) else {
                return Ok(None);
            };
            let mut recorded = Recorded {
                version_no,
                moves: state.moves,
                last: state.moves_before,
                members,
            };
            loop {
                let moves = tx.segment_moves(id, recorded.last, MOVES_AT_ONCE as i64)?;
                for one in &moves {
                    recorded.members.put(one.customer_id, one.came);
                    recorded.last = one.id;
                }
                if moves.len() < MOVES_AT_ONCE {
                    return Ok(Some(recorded));
                }
            }
        })
    }
}

impl SegmentKeeper {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn new(row: SegmentRow, hand: Arc<Hand>, shelf: &Shelf) -> Kept {
        let whole = whole(&row.definition, row.borders.as_deref());
        let whole = whole.map(|whole| Whole { hand, ..whole });
        let rule = match &whole {
            Some(whole) => whole.rule(shelf).map_err(|error| error.0),
            None => Err(Text::new(
                "эта версия программы не понимает определения",
                "this version of the program does not understand the definition",
            )),
        };
        Kept {
            row,
            whole,
            rule,
            at: None,
            members: Members::default(),
            tally: None,
            recorded: None,
            written: None,
            sized: None,
        }
    }

    /// Whether nothing but its own definition decides.
    fn stands_alone(&self) -> bool {
        self.rule.is_ok()
            && self
                .whole
                .as_ref()
                .is_some_and(|whole| whole.definition.tree.segments().is_empty())
    }

    fn bring_up(&mut self, base: &LiveBase, lens: &Lens) {
        let nobody = Rule::nobody();
        let rule = self.rule.as_ref().unwrap_or(&nobody);
        match self.at {
            Some((version, day)) if day == lens.as_of || !rule.is_moved_by_time() => {
                // A reader with an older version has to count anew; he takes nothing back.
                if version <= base.version() {
                    self.members.follow(base, lens, rule, version);
                }
            }
            _ => self.members = Members::of(base, &select(base, lens, rule)),
        }
        let version = self
            .at
            .map_or(0, |(version, _)| version)
            .max(base.version());
        self.at = Some((version, lens.as_of));
    }

    fn counted(&mut self, base: &LiveBase) -> &Tally {
        let at = self.at.unwrap_or((base.version(), Day(0)));
        if self
            .tally
            .as_ref()
            .is_none_or(|(counted, _)| *counted != at)
        {
            self.tally = Some((at, count(base, &self.members.set(base), SAMPLE)));
        }
        self.tally
            .as_ref()
            .map_or_else(|| unreachable!("just counted"), |(_, tally)| tally)
    }

    /// Who of it is seen, and the segment as it is now. A part of the base is asked itself.
    fn seen(&mut self, base: &LiveBase, lens: &Lens, view: &View) -> (CustomerSet, Now) {
        if !view.is_whole() {
            let nobody = Rule::nobody();
            let set = select(view, lens, self.rule.as_ref().unwrap_or(&nobody));
            let tally = count(view, &set, SAMPLE);
            return (set, self.told(tally));
        }
        self.bring_up(base, lens);
        let now = self.now(base);
        (self.members.set(base), now)
    }

    fn told(&self, tally: Tally) -> Now {
        Now {
            row: self.row.clone(),
            whole: self.whole.clone(),
            broken: self.rule.as_ref().err().cloned(),
            tally,
        }
    }

    fn now(&mut self, base: &LiveBase) -> Now {
        let tally = self.counted(base).clone();
        self.told(tally)
    }

    /// The size to be written down: on a new day, and from time to time.
    fn size_if_due(&mut self, base: &LiveBase, day: Day) -> Option<SegmentDay> {
        let due = self
            .sized
            .is_none_or(|(of, when)| of != day || when.elapsed() >= SIZE_EVERY);
        if !due {
            return None;
        }
        self.sized = Some((day, Moment::now()));
        let tally = self.counted(base);
        Some(SegmentDay {
            day,
            customers: tally.customers as i64,
            paid_minor: tally.paid_minor,
        })
    }
}

/// The thread that keeps segments current.
pub(crate) fn keep(app: &Arc<App>) -> Result<std::thread::JoinHandle<()>, Refusal> {
    let kept = Arc::downgrade(app);
    let stop = app.stop.clone();
    std::thread::Builder::new()
        .name("vernis-segments".to_owned())
        .spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let Some(app) = kept.upgrade() else {
                    return;
                };
                if let Err(error) = app.keep_segments() {
                    tracing::warn!(%error, "segments could not be written down; trying again");
                    std::thread::sleep(Duration::from_secs(1));
                }
                drop(app);
                std::thread::sleep(LOOK_EVERY);
            }
        })
        .map_err(Refusal::internal)
}
