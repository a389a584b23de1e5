//! Segments named in a question. `a,not:b` means the customers of `a` who are not in `b`; a name is the
//! id of a saved segment, or `ready:` and the key of a ready one. Everything that can be narrowed by a
//! segment is narrowed by such a text: lists, reports, comparisons, and the parts of an overlap.

use super::asked::Asking;
use super::ready::{self, ReadySegment};
use super::shelf::Shelf;
use crate::App;
use crate::refusal::Refusal;
use vernis_analytics::segment::{Rule, resolve};
use vernis_domain::segment::{Catalogue, Choice, Definition, Node};
use vernis_domain::{Text, text::fold};
use vernis_store::Entity;

/// Names in one question at most.
const MOST_NAMES: usize = 10;
const NOT: &str = "not:";
const READY: &str = "ready:";

/// One name of a question.
#[derive(Clone, Debug)]
pub struct Named {
    /// Those who are not in it.
    pub not: bool,
    /// Which segment.
    pub of: Of,
}

/// A segment, saved or ready.
#[derive(Clone, Debug)]
pub enum Of {
    /// A saved one, by its row.
    Saved(i64),
    /// A ready one.
    Ready(Box<ReadySegment>),
}

fn unknown() -> Refusal {
    Refusal::field(
        "segment",
        "unknown",
        Text::new("такого сегмента нет", "there is no such segment"),
    )
}

impl App {
    /// The names of a question, in its order.
    ///
    /// # Errors
    /// A segment that is not there, or too many of them.
    pub fn named_segments(&self, text: &str) -> Result<Vec<Named>, Refusal> {
        let names: Vec<&str> = text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        if names.len() > MOST_NAMES {
            return Err(Refusal::field(
                "segment",
                "too_many",
                Text::owned(
                    format!("не больше {MOST_NAMES} сегментов в одном вопросе"),
                    format!("at most {MOST_NAMES} segments in one question"),
                ),
            ));
        }
        let read = |name: &str| {
            let (not, name) = match name.strip_prefix(NOT) {
                Some(rest) => (true, rest),
                None => (false, name),
            };
            let of = match name.strip_prefix(READY) {
                Some(key) => Of::Ready(Box::new(
                    ready::all()
                        .into_iter()
                        .find(|one| one.key == key)
                        .ok_or_else(unknown)?,
                )),
                None => Of::Saved(self.segment_id(name)?),
            };
            Ok(Named { not, of })
        };
        names.into_iter().map(read).collect()
    }

    /// The text that names a segment by what people call it: a saved one by its name or id, a ready
    /// one by its name or key.
    ///
    /// # Errors
    /// No such segment, or several of this name.
    pub fn segment_called(&self, typed: &str, shelf: &Shelf) -> Result<String, Refusal> {
        if let Some(id) = shelf.find(Choice::Segment, typed) {
            return Ok(id);
        }
        let typed = typed.strip_prefix(READY).unwrap_or(typed);
        let (key, name) = (typed.to_owned(), fold(typed));
        ready::all()
            .into_iter()
            .find(|one| one.key == key || fold(&one.name.ru) == name || fold(&one.name.en) == name)
            .map(|one| format!("{READY}{}", one.key))
            .ok_or_else(unknown)
    }

    /// The rule of a text of names: all of them hold.
    ///
    /// # Errors
    /// A segment that is not there, or refers to something that is gone.
    pub fn rule_named(&self, text: &str) -> Result<Rule, Refusal> {
        let names = self.named_segments(text)?;
        // The shelf costs reads: only ready definitions are resolved here.
        let shelf = if names.iter().any(|one| matches!(one.of, Of::Ready(_))) {
            Some(self.shelf()?)
        } else {
            None
        };
        let rule = |one: &Named| {
            let rule = match (&one.of, &shelf) {
                (Of::Saved(id), _) => self.segment_rule(*id)?,
                (Of::Ready(ready), Some(shelf)) => {
                    let definition = self.ready_definition(ready, shelf)?;
                    resolve(&definition.tree, None, shelf)
                        .map_err(|error| Refusal::field("segment", "broken", error.0))?
                }
                (Of::Ready(_), None) => Rule::nobody(),
            };
            Ok(if one.not {
                Rule::Not(Box::new(rule))
            } else {
                rule
            })
        };
        let rules = names.iter().map(rule).collect::<Result<_, Refusal>>()?;
        Ok(Rule::All(rules))
    }

    /// The same text as conditions of a definition.
    ///
    /// # Errors
    /// A segment that is not there.
    pub fn nodes_named(&self, text: &str, shelf: &Shelf) -> Result<Vec<Node>, Refusal> {
        let node = |one: Named| {
            let node = match &one.of {
                Of::Saved(id) => Node::Segment(self.public_id(Entity::Segment, *id)),
                Of::Ready(ready) => self.ready_definition(ready, shelf)?.tree,
            };
            Ok(if one.not {
                Node::Not(Box::new(node))
            } else {
                node
            })
        };
        self.named_segments(text)?.into_iter().map(node).collect()
    }

    /// What a segment is called, and its definition; `None` for a saved one that this program cannot
    /// read.
    ///
    /// # Errors
    /// Not found.
    pub fn told_segment(
        &self,
        of: &Of,
        shelf: &Shelf,
    ) -> Result<(Text, Option<Definition>), Refusal> {
        match of {
            Of::Saved(id) => {
                let row = self.rows()?.into_iter().find(|row| row.id == *id);
                let row = row.ok_or_else(Refusal::not_found)?;
                let definition = serde_json::from_str(&row.definition).ok();
                Ok((Text::owned(row.name.clone(), row.name), definition))
            }
            Of::Ready(ready) => {
                let cell = ready.key.strip_prefix("rfm_");
                let own = match cell {
                    Some(cell) => self.cell_words()?.remove(cell).and_then(|words| words.name),
                    None => None,
                };
                let name = own.unwrap_or_else(|| ready.name.clone());
                Ok((name, Some(self.ready_definition(ready, shelf)?)))
            }
        }
    }

    /// The definition of a ready segment.
    ///
    /// # Errors
    /// Never in a program whose tests pass.
    pub fn ready_definition(
        &self,
        ready: &ReadySegment,
        shelf: &Shelf,
    ) -> Result<Definition, Refusal> {
        self.read_segment(&Asking::Text(ready.text.clone()), shelf)
            .map_err(|wrong| Refusal::internal(format!("ready segment {}: {wrong:?}", ready.key)))
    }
}
