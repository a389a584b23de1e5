//! What a shop notes about a customer beside who he is: values of its own fields, tags, what he
//! likes, the VIP and problem marks, when he was last in contact.

pub mod field;

use crate::text::{clean, fold};
use crate::{Day, FieldId, Instant, UserId};
use field::{CustomValue, FieldKind};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Tags (and likes) of one customer at most.
pub const MAX_WORDS: usize = 50;
/// Longest tag, in characters.
pub const MAX_WORD: usize = 60;
/// Longest reason of a mark, in characters.
pub const MAX_REASON: usize = 300;

/// A mark with its reason: VIP, problem.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Why.
    #[serde(rename = "w", default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who set it; 0 for a program. Known to the truth only, not to the live base.
    #[serde(rename = "b")]
    pub by: UserId,
    /// When. Known to the truth only.
    #[serde(rename = "a")]
    pub at: Instant,
}

/// How somebody was in contact with a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TouchKind {
    /// A call.
    Call,
    /// A visit, a talk in the shop.
    Visit,
    /// A message in a messenger.
    Message,
    /// A letter.
    Email,
    /// Anything else.
    Other,
}

/// Every kind, in the order offered; the place is the number in columns.
pub const TOUCHES: [TouchKind; 5] = [
    TouchKind::Call,
    TouchKind::Visit,
    TouchKind::Message,
    TouchKind::Email,
    TouchKind::Other,
];

impl TouchKind {
    /// Code stored in the database and shown by the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Visit => "visit",
            Self::Message => "message",
            Self::Email => "email",
            Self::Other => "other",
        }
    }

    /// The kind of a stored code.
    pub fn from_code(code: &str) -> Option<Self> {
        TOUCHES.into_iter().find(|kind| kind.code() == code)
    }
}

/// What came of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// They spoke, he answered.
    Done,
    /// They agreed on something.
    Agreed,
    /// He was not reached.
    NoAnswer,
    /// He does not want to.
    Refused,
}

/// Every outcome, in the order offered.
pub const OUTCOMES: [Outcome; 4] = [
    Outcome::Done,
    Outcome::Agreed,
    Outcome::NoAnswer,
    Outcome::Refused,
];

impl Outcome {
    /// Code stored in the database and shown by the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Agreed => "agreed",
            Self::NoAnswer => "no_answer",
            Self::Refused => "refused",
        }
    }

    /// The outcome of a stored code.
    pub fn from_code(code: &str) -> Option<Self> {
        OUTCOMES.into_iter().find(|one| one.code() == code)
    }
}

/// The last contact with a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LastTouch {
    /// When.
    #[serde(rename = "a")]
    pub at: Instant,
    /// The day in the shop's zone.
    #[serde(rename = "d")]
    pub day: Day,
    /// How.
    #[serde(rename = "k")]
    pub kind: TouchKind,
}

/// See the module. Kept sealed on disk.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Values of the shop's own fields, by field.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub custom: Vec<(FieldId, CustomValue)>,
    /// Tags, in the order of [`fold`].
    #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What he likes, in the order of [`fold`].
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    pub likes: Vec<String>,
    /// Very important.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub vip: Option<Mark>,
    /// To be careful with.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Mark>,
    /// The last contact; a projection of the notes marked as contacts.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub last_touch: Option<LastTouch>,
}

/// Shows nothing: what a shop notes about a person must not reach logs.
impl std::fmt::Debug for About {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("About(***)")
    }
}

impl About {
    /// Nothing noted.
    pub fn is_empty(&self) -> bool {
        *self == About::default()
    }

    /// The value of a field.
    pub fn value(&self, field: FieldId) -> Option<&CustomValue> {
        let at = self.custom.binary_search_by_key(&field, |(id, _)| *id);
        at.ok().map(|at| &self.custom[at].1)
    }

    /// Sets the value of a field, or takes it away.
    pub fn set(&mut self, field: FieldId, value: Option<CustomValue>) {
        match (
            self.custom.binary_search_by_key(&field, |(id, _)| *id),
            value,
        ) {
            (Ok(at), Some(value)) => self.custom[at].1 = value,
            (Ok(at), None) => {
                self.custom.remove(at);
            }
            (Err(at), Some(value)) => self.custom.insert(at, (field, value)),
            (Err(_), None) => {}
        }
    }

    /// Puts what another record of the same person knows behind what this one does: a field, a mark
    /// of the first that knows; tags and likes of all; the later contact.
    pub fn merge(&mut self, other: &About) {
        for (field, value) in &other.custom {
            if self.value(*field).is_none() {
                self.set(*field, Some(value.clone()));
            }
        }
        self.tags = words(self.tags.iter().chain(&other.tags));
        self.likes = words(self.likes.iter().chain(&other.likes));
        if self.vip.is_none() {
            self.vip.clone_from(&other.vip);
        }
        if self.problem.is_none() {
            self.problem.clone_from(&other.problem);
        }
        self.last_touch = self.last_touch.max(other.last_touch);
    }

    /// Puts an edit of what is shown of several records (`before` was shown, `after` is wanted) into
    /// them: what is new is the first's, what is taken away is taken from all. The last contact is
    /// no value that is edited.
    pub fn distribute(before: &About, after: &About, records: &mut [&mut About]) {
        let fields = before.custom.iter().chain(&after.custom).map(|(id, _)| *id);
        for field in fields.collect::<std::collections::BTreeSet<_>>() {
            let (was, is) = (before.value(field), after.value(field));
            if was != is {
                match is {
                    None => records.iter_mut().for_each(|one| one.set(field, None)),
                    Some(_) => records[0].set(field, is.cloned()),
                }
            }
        }
        for pick in [About::tags_mut, About::likes_mut] {
            let (mut was, mut is) = (before.clone(), after.clone());
            let (was, is) = (pick(&mut was), pick(&mut is));
            // Compared by fold: records may spell a word differently, and one spelling is shown.
            let kept: HashSet<String> = is
                .iter()
                .filter(|word| was.contains(word))
                .map(|word| fold(word))
                .collect();
            for record in records.iter_mut() {
                pick(record).retain(|word| kept.contains(&fold(word)));
            }
            let own = pick(records[0]);
            let new = is.iter().filter(|word| !was.contains(word));
            *own = words(own.iter().chain(new));
        }
        for (was, is, pick) in [
            (
                &before.vip,
                &after.vip,
                About::vip_mut as fn(&mut About) -> &mut Option<Mark>,
            ),
            (&before.problem, &after.problem, About::problem_mut),
        ] {
            if was != is {
                match is {
                    None => records.iter_mut().for_each(|one| *pick(one) = None),
                    Some(_) => pick(records[0]).clone_from(is),
                }
            }
        }
    }

    fn tags_mut(&mut self) -> &mut Vec<String> {
        &mut self.tags
    }

    fn likes_mut(&mut self) -> &mut Vec<String> {
        &mut self.likes
    }

    fn vip_mut(&mut self) -> &mut Option<Mark> {
        &mut self.vip
    }

    fn problem_mut(&mut self) -> &mut Option<Mark> {
        &mut self.problem
    }
}

/// Words cleaned, one of a spelling once (the first one stays), in the order of [`fold`].
pub fn words<T: AsRef<str>>(typed: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut found: Vec<(String, String)> = Vec::new();
    for word in typed {
        let word = clean(word.as_ref().trim_start_matches('#'), MAX_WORD);
        let folded = fold(&word);
        if folded.is_empty() {
            continue;
        }
        if let Err(at) = found.binary_search_by(|(own, _)| own.cmp(&folded)) {
            found.insert(at, (folded, word));
        }
    }
    found.truncate(MAX_WORDS);
    found.into_iter().map(|(_, word)| word).collect()
}

/// The words of one cell or input, parted by commas, semicolons or lines.
pub fn words_of(typed: &str) -> Vec<String> {
    words(typed.split([',', ';', '\n', '|']))
}

/// A custom value in the sealed profile: one letter of its kind and the text of a fact.
impl Serialize for CustomValue {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let letter = match self {
            Self::Text(_) => 't',
            Self::Number(_) => 'n',
            Self::Money(_) => 'm',
            Self::Date(_) => 'd',
            Self::Choice(_) => 'c',
            Self::Choices(_) => 's',
            Self::Flag(_) => 'f',
        };
        to.serialize_str(&format!("{letter}{}", self.stored()))
    }
}

impl<'de> Deserialize<'de> for CustomValue {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let kind = match text.as_bytes().first() {
            Some(b't') => FieldKind::Text,
            Some(b'n') => FieldKind::Number,
            Some(b'm') => FieldKind::Money,
            Some(b'd') => FieldKind::Date,
            Some(b'c') => FieldKind::Choice,
            Some(b's') => FieldKind::Choices,
            Some(b'f') => FieldKind::Flag,
            _ => return Err(serde::de::Error::custom("a value of a field")),
        };
        CustomValue::from_stored(kind, &text[1..])
            .ok_or_else(|| serde::de::Error::custom("a value of a field"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(reason: &str) -> Mark {
        Mark {
            reason: reason.into(),
            by: UserId(1),
            at: Instant(5),
        }
    }

    fn about(tags: &[&str], field: Option<i64>, vip: Option<&str>) -> About {
        let mut about = About {
            tags: words(tags),
            vip: vip.map(mark),
            ..About::default()
        };
        about.set(FieldId(3), field.map(CustomValue::Number));
        about
    }

    fn shown(records: &[About]) -> About {
        let mut one = records[0].clone();
        records[1..].iter().for_each(|other| one.merge(other));
        one
    }

    #[test]
    fn words_are_cleaned_sorted_and_kept_once() {
        assert_eq!(
            words_of("#Опт, зелёный;опт;  Зеленый ; арабика\n"),
            ["арабика", "зелёный", "Опт"]
        );
    }

    #[test]
    fn what_the_survivor_knows_wins_and_tags_of_all_are_shown() {
        let one = shown(&[
            about(&["опт"], None, None),
            about(&["кофе"], Some(7), Some("директор")),
            about(&[], Some(9), None),
        ]);
        assert_eq!(one.tags, ["кофе", "опт"]);
        assert!(one.value(FieldId(3)) == Some(&CustomValue::Number(7)));
        assert!(one.vip == Some(mark("директор")));
    }

    #[test]
    fn what_an_edit_wants_is_what_is_shown_after_it_and_the_joined_keep_the_rest() {
        let start = [
            about(&["опт"], None, None),
            about(&["кофе", "опт"], Some(7), Some("директор")),
        ];
        let before = shown(&start);
        for wanted in [
            about(&[], None, None),
            about(&["кофе"], Some(8), Some("другой")),
            about(&["чай", "опт", "кофе"], Some(7), None),
        ] {
            let mut records = start.clone();
            let mut parts: Vec<&mut About> = records.iter_mut().collect();
            About::distribute(&before, &wanted, &mut parts);
            assert!(shown(&records) == wanted);
        }
        // Another spelling of a tag taken away does not come back from the joined.
        let mut records = [about(&["Опт"], None, None), about(&["опт"], None, None)];
        let mut parts: Vec<&mut About> = records.iter_mut().collect();
        About::distribute(&about(&["Опт"], None, None), &About::default(), &mut parts);
        assert!(shown(&records).is_empty());
        let mut records = start.clone();
        let mut parts: Vec<&mut About> = records.iter_mut().collect();
        let mut wanted = before.clone();
        wanted.tags.push("чай".into());
        wanted.tags = words(&wanted.tags);
        About::distribute(&before, &wanted, &mut parts);
        assert!(records[1] == start[1]);
        assert_eq!(records[0].tags, ["опт", "чай"]);
    }

    #[test]
    fn the_sealed_form_comes_back() {
        let mut about = about(&["опт"], Some(-7), Some("a"));
        about.set(FieldId(1), Some(CustomValue::Text("t".into())));
        about.set(FieldId(9), Some(CustomValue::Choices(5)));
        let text = serde_json::to_string(&about).unwrap();
        assert!(serde_json::from_str::<About>(&text).unwrap() == about);
        assert_eq!(serde_json::to_string(&About::default()).unwrap(), "{}");
    }
}
