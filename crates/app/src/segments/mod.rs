//! Saved segments and what is asked about segments that are not saved: count, words, reasons.

mod asked;
mod by_hand;
mod goods;
mod keeper;
mod parts;
pub mod ready;
mod shelf;

pub use asked::{Asking, Narrowed, Problem, from_list};
pub(crate) use by_hand::Hands;
pub use keeper::{Now, Seen};
pub(crate) use keeper::{SegmentKeeper, keep};
pub use parts::Of;
pub use shelf::{Named, Shelf};

use crate::App;
use crate::caller::Caller;
use crate::journal::{Note, acts, fields};
use crate::refusal::Refusal;
use crate::view::View;
use vernis_analytics::rfm::quick;
use vernis_analytics::segment::resolve;
use vernis_domain::segment::Definition;
use vernis_domain::{CustomerId, Text, text};
use vernis_store::{Entity, SegmentDay, SegmentMove, SegmentRow, SegmentVersion};

pub use vernis_store::SegmentMove as Move;
pub use vernis_store::{SegmentPerson as Person, Stands};

/// Longest name.
const MAX_NAME: usize = 120;
/// Segments that are not archived, at most.
const MOST_SEGMENTS: usize = 500;

/// What is known about a segment's past.
#[derive(Clone, Debug)]
pub struct History {
    /// Size and money by day.
    pub days: Vec<SegmentDay>,
    /// Latest moves, newest first.
    pub moves: Vec<SegmentMove>,
    /// Versions, newest first.
    pub versions: Vec<SegmentVersion>,
}

impl App {
    /// The row of a segment by its public id.
    ///
    /// # Errors
    /// Not found.
    pub fn segment_id(&self, public: &str) -> Result<i64, Refusal> {
        self.row_id(Entity::Segment, public)
    }

    /// Saves a new segment.
    ///
    /// # Errors
    /// A name that is empty, long or taken; a definition that cannot be computed.
    pub fn create_segment(
        &self,
        caller: &Caller,
        name: &str,
        definition: &Definition,
    ) -> Result<i64, Refusal> {
        let name = self.checked_name(name, None)?;
        self.room_for_a_segment()?;
        let (json, borders) = self.checked_definition(definition, None)?;
        let note = Note::new(&acts::SEGMENT_ADDED, caller).fact(&fields::NAME, &name);
        self.store.write(move |tx| -> Result<i64, Refusal> {
            let id = tx.create_segment(&name, &json, borders.as_deref())?;
            note.clone().write(tx)?;
            Ok(id)
        })
    }

    /// Changes a segment; what is `None` stays. A new definition is a new version.
    ///
    /// # Errors
    /// Not found, or a wrong field.
    pub fn change_segment(
        &self,
        caller: &Caller,
        id: i64,
        name: Option<&str>,
        definition: Option<&Definition>,
        archived: Option<bool>,
    ) -> Result<(), Refusal> {
        let row = self.segment_row(id)?;
        if row.is_list && definition.is_some() {
            return Err(Refusal::field(
                "definition",
                "is_list",
                Text::new("у списка нет условий", "a list has no conditions"),
            ));
        }
        let name = match name {
            Some(name) => self.checked_name(name, Some(id))?,
            None => row.name.clone(),
        };
        let same = serde_json::from_str::<Definition>(&row.definition).ok();
        let version = match definition.filter(|own| Some(*own) != same.as_ref()) {
            Some(definition) => Some(self.checked_definition(definition, Some(id))?),
            None => None,
        };
        let archived_at = match archived {
            Some(true) => row.archived_at.or(Some(self.now())),
            Some(false) => None,
            None => row.archived_at,
        };
        let note = Note::new(&acts::SEGMENT_CHANGED, caller)
            .fact(&fields::NAME, &name)
            .fact(&fields::ARCHIVED, archived_at.is_some())
            .touched(&fields::DEFINITION, version.is_some());
        self.store.write(move |tx| -> Result<(), Refusal> {
            note.clone().write(tx)?;
            tx.change_segment(id, &name, archived_at)?;
            if let Some((json, borders)) = &version {
                tx.add_segment_version(id, json, borders.as_deref())?;
            }
            Ok(())
        })
    }

    fn rows(&self) -> Result<Vec<SegmentRow>, Refusal> {
        self.store.read(|tx| tx.segments().map_err(Refusal::from))
    }

    fn checked_name(&self, name: &str, own: Option<i64>) -> Result<String, Refusal> {
        let name = text::clean(name, MAX_NAME + 1);
        let wrong = |rule, message| Err(Refusal::field("name", rule, message));
        if name.is_empty() || name.chars().count() > MAX_NAME {
            let message = Text::owned(
                format!("от 1 до {MAX_NAME} знаков"),
                format!("from 1 to {MAX_NAME} characters"),
            );
            return wrong("length", message);
        }
        if name.contains(['"', '«', '»']) {
            return wrong(
                "quotation",
                Text::new("без кавычек", "without quotation marks"),
            );
        }
        let taken = self.rows()?.into_iter().any(|row| {
            row.archived_at.is_none()
                && Some(row.id) != own
                && text::fold(&row.name) == text::fold(&name)
        });
        if taken {
            return wrong(
                "taken",
                Text::new(
                    "сегмент с таким названием уже есть",
                    "there is a segment of this name",
                ),
            );
        }
        Ok(name)
    }

    /// A definition as it is kept, with the borders of RFM it is to be seen by for ever: a tercile
    /// that moves with every purchase would move everybody.
    fn checked_definition(
        &self,
        definition: &Definition,
        own: Option<i64>,
    ) -> Result<(String, Option<String>), Refusal> {
        let shelf = self.shelf()?;
        let problems = definition.check(&shelf);
        if !problems.is_empty() {
            return Err(asked::refused(&problems));
        }
        let tree = definition.tree.clone().normal();
        let broken = |message| Refusal::field("definition", "broken", message);
        let rule = resolve(&tree, None, &shelf).map_err(|error| broken(error.0))?;
        if let Some(own) = own
            && self.refers_to(&tree, &self.public_id(Entity::Segment, own), &shelf)
        {
            return Err(broken(Text::new(
                "сегменты ссылались бы друг на друга по кругу",
                "segments would refer to one another in a circle",
            )));
        }
        let json = serde_json::to_string(&Definition::of(tree)).map_err(Refusal::internal)?;
        if !rule.wants_borders() {
            return Ok((json, None));
        }
        let lens = self.segment_lens(self.today())?;
        let cuts = quick(&self.live.current(), &lens.rfm).cuts;
        let borders = serde_json::to_string(&cuts).map_err(Refusal::internal)?;
        Ok((json, Some(borders)))
    }

    fn refers_to(&self, tree: &vernis_domain::segment::Node, id: &str, shelf: &Shelf) -> bool {
        use vernis_analytics::segment::Names;
        let mut seen: Vec<String> = Vec::new();
        let mut next: Vec<String> = tree.segments().into_iter().map(str::to_owned).collect();
        while let Some(one) = next.pop() {
            if one == id {
                return true;
            }
            if !seen.contains(&one)
                && let Some(whole) = shelf.segment(&one)
            {
                next.extend(
                    whole
                        .definition
                        .tree
                        .segments()
                        .into_iter()
                        .map(str::to_owned),
                );
                seen.push(one);
            }
        }
        false
    }

    /// A segment's past.
    ///
    /// # Errors
    /// Not found.
    pub fn segment_history(&self, view: &View, id: i64, moves: i64) -> Result<History, Refusal> {
        self.keep_segments()?;
        let (_, _, now) = self.segment_now(view, id)?;
        let mut history = self.store.read(|tx| -> Result<History, Refusal> {
            let versions = tx.segment_versions(id)?;
            if versions.is_empty() {
                return Err(Refusal::not_found());
            }
            Ok(History {
                days: tx.segment_days(id)?,
                moves: tx.latest_segment_moves(id, moves)?,
                versions,
            })
        })?;
        // Today's size is what it is now, not what was last written down.
        let today = self.today();
        history.days.retain(|one| one.day < today);
        history.days.push(SegmentDay {
            day: today,
            customers: now.tally.customers as i64,
            paid_minor: now.tally.paid_minor,
        });
        Ok(history)
    }

    /// Moves of a segment after one of them, the earliest first: what a subscriber asks for again and
    /// again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn segment_moves(
        &self,
        id: i64,
        after: i64,
        limit: i64,
    ) -> Result<Vec<SegmentMove>, Refusal> {
        self.keep_segments()?;
        self.store
            .read(|tx| tx.segment_moves(id, after, limit).map_err(Refusal::from))
    }

    /// The latest moves of a customer between segments, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn segment_moves_of(
        &self,
        customer: CustomerId,
        limit: i64,
    ) -> Result<Vec<SegmentMove>, Refusal> {
        self.store
            .read(|tx| tx.segment_moves_of(customer, limit).map_err(Refusal::from))
    }
}
