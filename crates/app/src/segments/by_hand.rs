//! People in a segment by hand: pinned, excluded, and static lists, which are segments of nobody else.

use super::MOST_SEGMENTS;
use crate::App;
use crate::caller::Caller;
use crate::journal::{Note, acts, fields};
use crate::refusal::Refusal;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use vernis_analytics::segment::Hand;
use vernis_domain::segment::{Definition, Node};
use vernis_domain::{CustomerId, Text};
use vernis_store::{SegmentPerson, SegmentRow, Stands};

/// Rows written in one transaction.
const AT_ONCE: usize = 20_000;

/// The hands of segments as they were last read, with the latest word each was made of.
#[derive(Default)]
pub(crate) struct Hands(Mutex<HashMap<i64, (i64, Arc<Hand>)>>);

impl App {
    /// Who is in a segment or out of it by hand.
    pub(crate) fn hand_of(&self, row: &SegmentRow) -> Result<Arc<Hand>, Refusal> {
        if row.people_no == 0 {
            return Ok(Arc::default());
        }
        let hands = || self.hands.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((no, hand)) = hands().get(&row.id)
            && *no == row.people_no
        {
            return Ok(Arc::clone(hand));
        }
        let mut hand = Hand::default();
        for one in self.segment_people(row.id)? {
            let side = match one.stands {
                Stands::In => &mut hand.pinned,
                _ => &mut hand.excluded,
            };
            side.put(one.customer_id, true);
        }
        let hand = Arc::new(hand);
        hands().insert(row.id, (row.people_no, Arc::clone(&hand)));
        Ok(hand)
    }

    /// The same with the time each was named.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn segment_people(&self, id: i64) -> Result<Vec<SegmentPerson>, Refusal> {
        self.store
            .read(|tx| tx.segment_people(id).map_err(Refusal::from))
    }

    /// Puts people into a segment, keeps them out, or leaves them to its conditions. Of a list one can
    /// only be in or not.
    ///
    /// # Errors
    /// Not found, or people excluded from a list.
    pub fn change_segment_people(
        &self,
        caller: &Caller,
        id: i64,
        people: &[(CustomerId, Stands)],
    ) -> Result<(), Refusal> {
        let row = self.segment_row(id)?;
        if row.is_list && people.iter().any(|(_, stands)| *stands == Stands::Out) {
            return Err(Refusal::field(
                "exclude",
                "is_list",
                Text::new(
                    "из списка людей убирают, а не исключают",
                    "people are taken off a list, not excluded from it",
                ),
            ));
        }
        self.put_people(id, people)?;
        let note = Note::new(&acts::SEGMENT_PEOPLE_CHANGED, caller)
            .fact(&fields::NAME, &row.name)
            .fact(&fields::CUSTOMERS, people.len());
        self.store
            .write(move |tx| note.clone().write(tx).map_err(Refusal::from))
    }

    fn put_people(&self, id: i64, people: &[(CustomerId, Stands)]) -> Result<(), Refusal> {
        for part in people.chunks(AT_ONCE) {
            let part = part.to_vec();
            self.store
                .write(move |tx| tx.put_segment_people(id, &part).map_err(Refusal::from))?;
        }
        Ok(())
    }

    /// Makes a static list. It is put away until everybody is on it.
    ///
    /// # Errors
    /// A name that is empty, long or taken; too many segments.
    pub fn create_list(
        &self,
        caller: &Caller,
        name: &str,
        people: &[CustomerId],
    ) -> Result<i64, Refusal> {
        let name = self.checked_name(name, None)?;
        self.room_for_a_segment()?;
        let nobody = Definition::of(Node::Any(Vec::new()));
        let json = serde_json::to_string(&nobody).map_err(Refusal::internal)?;
        let fresh = name.clone();
        let id = self
            .store
            .write(move |tx| tx.create_list(&fresh, &json).map_err(Refusal::from))?;
        let people: Vec<_> = people.iter().map(|one| (*one, Stands::In)).collect();
        self.put_people(id, &people)?;
        let note = Note::new(&acts::LIST_ADDED, caller)
            .fact(&fields::NAME, &name)
            .fact(&fields::CUSTOMERS, people.len());
        self.store.write(move |tx| -> Result<(), Refusal> {
            tx.change_segment(id, &name, None)?;
            note.clone().write(tx)?;
            Ok(())
        })?;
        Ok(id)
    }

    /// The row of a segment.
    pub(super) fn segment_row(&self, id: i64) -> Result<SegmentRow, Refusal> {
        let row = self.rows()?.into_iter().find(|row| row.id == id);
        row.ok_or_else(Refusal::not_found)
    }

    /// Whether one more may be saved.
    pub(super) fn room_for_a_segment(&self) -> Result<(), Refusal> {
        let rows = self.rows()?;
        let alive = rows.iter().filter(|row| row.archived_at.is_none()).count();
        if alive < MOST_SEGMENTS {
            return Ok(());
        }
        Err(Refusal::field(
            "name",
            "too_many",
            Text::owned(
                format!("сегментов не больше {MOST_SEGMENTS}: уберите лишние в архив"),
                format!("at most {MOST_SEGMENTS} segments: archive some"),
            ),
        ))
    }
}
