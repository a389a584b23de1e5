//! What a shop notes about the customers of a shard, as columns: its own fields, tags, likes, marks,
//! the last contact. A column exists only where somebody has a value of it, so what is not used
//! costs nothing. Like a shard, it is never changed, only replaced.

use crate::text::fold;
use std::collections::HashMap;
use std::sync::Arc;
use vernis_domain::about::field::{CustomField, CustomValue, FieldKind};
use vernis_domain::about::{LastTouch, Mark, TOUCHES};
use vernis_domain::{About, Customer, Day, FieldId, Instant, UserId};

/// Names of the columns that are no fields; a field's column has its row id.
pub const TAGS: i64 = -1;
/// See [`TAGS`].
pub const LIKES: i64 = -2;
/// The reason why somebody is a VIP.
pub const VIP: i64 = -3;
/// The reason why one has to be careful with somebody.
pub const PROBLEM: i64 = -4;
/// Day of the last contact, times 8, and its kind.
pub const TOUCH: i64 = -5;
/// When the last contact was.
pub const TOUCHED_AT: i64 = -6;

/// Birthdays of children, as `2019-05-01` or `--05-01`. Their names stay in the truth.
pub const CHILDREN: i64 = -7;

/// "No number" in a column of numbers.
const NONE: i64 = i64::MIN;

/// A word as it was written, and folded for comparing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As written.
    pub shown: Arc<str>,
    /// Folded; the same text when folding changes nothing.
    pub folded: Arc<str>,
}

impl Word {
    /// A word and its fold.
    pub fn new(shown: &str) -> Word {
        let own: Arc<str> = shown.into();
        let folded = fold(shown);
        Word {
            folded: if folded == shown {
                Arc::clone(&own)
            } else {
                folded.into()
            },
            shown: own,
        }
    }

    fn bytes(&self) -> usize {
        let text = |text: &Arc<str>| text.len() + 16;
        let both = if Arc::ptr_eq(&self.shown, &self.folded) {
            0
        } else {
            text(&self.folded)
        };
        size_of::<Word>() + text(&self.shown) + both
    }
}

/// Whole numbers, as narrow as they fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// 8 bits: yes or no, choices.
    Byte(Vec<i8>),
    /// 32 bits: days, small numbers.
    Half(Vec<i32>),
    /// 64 bits.
    Wide(Vec<i64>),
}

impl Numbers {
    /// The narrowest column of these values; [`NONE`] for none.
    pub fn of(values: &[i64]) -> Numbers {
        let fits = |least: i64, most: i64| {
            let mut known = values.iter().filter(|&&n| n != NONE);
            known.all(|&n| n > least && n <= most)
        };
        let or = |n: i64, none: i64| if n == NONE { none } else { n };
        if fits(i64::from(i8::MIN), i64::from(i8::MAX)) {
            Numbers::Byte(
                values
                    .iter()
                    .map(|&n| or(n, i64::from(i8::MIN)) as i8)
                    .collect(),
            )
        } else if fits(i64::from(i32::MIN), i64::from(i32::MAX)) {
            Numbers::Half(
                values
                    .iter()
                    .map(|&n| or(n, i64::from(i32::MIN)) as i32)
                    .collect(),
            )
        } else {
            Numbers::Wide(values.to_vec())
        }
    }

    /// The number at a slot.
    #[inline]
    pub fn get(&self, slot: usize) -> Option<i64> {
        match self {
            Numbers::Byte(all) => Some(all[slot]).filter(|&n| n != i8::MIN).map(i64::from),
            Numbers::Half(all) => Some(all[slot]).filter(|&n| n != i32::MIN).map(i64::from),
            Numbers::Wide(all) => Some(all[slot]).filter(|&n| n != NONE),
        }
    }

    /// All of them, `i64::MIN` for none: what [`Numbers::of`] takes.
    pub fn values(&self) -> Vec<i64> {
        let all = 0..self.len();
        all.map(|slot| self.get(slot).unwrap_or(NONE)).collect()
    }

    fn len(&self) -> usize {
        match self {
            Numbers::Byte(all) => all.len(),
            Numbers::Half(all) => all.len(),
            Numbers::Wide(all) => all.len(),
        }
    }
}

/// One column of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// Numbers, days, money, choices as bits.
    Numbers(Numbers),
    /// One word each: place in `words` plus 1; 0 for none.
    Words {
        /// The dictionary of this shard.
        words: Vec<Word>,
        /// By slot.
        codes: Vec<u16>,
    },
    /// Several words each.
    Lists {
        /// The dictionary of this shard.
        words: Vec<Word>,
        /// Start of each customer's codes, plus the end.
        at: Vec<u32>,
        /// Places in `words`.
        codes: Vec<u16>,
    },
}

/// The words of one customer.
#[derive(Clone, Copy, Debug)]
pub struct WordList<'a> {
    words: &'a [Word],
    codes: &'a [u16],
}

impl<'a> WordList<'a> {
    /// His words.
    pub fn iter(&self) -> impl Iterator<Item = &'a Word> + use<'a> {
        let words = self.words;
        self.codes
            .iter()
            .map(move |&code| &words[usize::from(code)])
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// None.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }
}

impl PartialEq for WordList<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

/// What of a customer stands in these columns.
#[derive(Clone)]
pub(crate) struct Noted<'a> {
    about: &'a About,
    children: Vec<String>,
}

impl<'a> Noted<'a> {
    /// Of a customer.
    pub fn of(customer: &'a Customer) -> Noted<'a> {
        let children = customer.children.iter();
        Noted {
            about: &customer.about,
            children: children.map(|child| child.birthday.text()).collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.about.is_empty() && self.children.is_empty()
    }
}

/// A birthday as the column of children spells it: year where known, month, day.
pub fn birthday(text: &str) -> Option<(Option<i32>, i8, i8)> {
    let (year, rest) = match text.strip_prefix("--") {
        Some(rest) => (None, rest),
        None => {
            let (year, rest) = text.split_once('-')?;
            (Some(year.parse().ok()?), rest)
        }
    };
    let (month, day) = rest.split_once('-')?;
    Some((year, month.parse().ok()?, day.parse().ok()?))
}

/// A value of a column while it is put in.
#[derive(Clone)]
enum Cell<'a> {
    Number(i64),
    Word(&'a str),
    List(&'a [String]),
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abouts {
    /// By name.
    columns: Vec<(i64, Column)>,
}

/// Where the values of a slot of the next version come from.
#[derive(Clone, Copy)]
enum From<'a> {
    Slot(usize),
    New(&'a Noted<'a>),
    Nothing,
}

impl Abouts {
    /// Columns as they were read; every one must be of `customers` customers.
    pub(crate) fn of(columns: Vec<(i64, Column)>, customers: usize) -> Option<Abouts> {
        let sorted = columns.is_sorted_by_key(|(name, _)| *name);
        let good = columns.iter().all(|(_, column)| column.is_sound(customers));
        (sorted && good).then_some(Abouts { columns })
    }

    /// All columns by name.
    pub fn columns(&self) -> &[(i64, Column)] {
        &self.columns
    }

    /// A column, if anybody of the shard has a value of it.
    pub fn column(&self, name: i64) -> Option<&Column> {
        let at = self.columns.binary_search_by_key(&name, |(own, _)| *own);
        at.ok().map(|at| &self.columns[at].1)
    }

    /// A number.
    pub fn number(&self, name: i64, slot: usize) -> Option<i64> {
        match self.column(name)? {
            Column::Numbers(numbers) => numbers.get(slot),
            _ => None,
        }
    }

    /// A word.
    pub fn word(&self, name: i64, slot: usize) -> Option<&Word> {
        match self.column(name)? {
            Column::Words { words, codes } => words.get(usize::from(codes[slot]).checked_sub(1)?),
            _ => None,
        }
    }

    /// Words; an empty list for none.
    pub fn list(&self, name: i64, slot: usize) -> WordList<'_> {
        match self.column(name) {
            Some(Column::Lists { words, at, codes }) => WordList {
                words,
                codes: &codes[at[slot] as usize..at[slot + 1] as usize],
            },
            _ => WordList {
                words: &[],
                codes: &[],
            },
        }
    }

    /// Adds how many customers have each word of a column, by fold.
    pub fn count_words(&self, name: i64, counts: &mut HashMap<Arc<str>, (Arc<str>, usize)>) {
        let (words, codes): (&[Word], Box<dyn Iterator<Item = usize>>) = match self.column(name) {
            Some(Column::Lists { words, codes, .. }) => {
                (words, Box::new(codes.iter().map(|&code| usize::from(code))))
            }
            Some(Column::Words { words, codes }) => {
                let known = codes
                    .iter()
                    .filter_map(|&code| usize::from(code).checked_sub(1));
                (words, Box::new(known))
            }
            _ => return,
        };
        let mut own = vec![0; words.len()];
        codes.for_each(|code| own[code] += 1);
        for (word, count) in words.iter().zip(own) {
            let known = counts
                .entry(Arc::clone(&word.folded))
                .or_insert_with(|| (Arc::clone(&word.shown), 0));
            known.1 += count;
        }
    }

    /// What is noted about the customer at a slot, as far as the columns know: of a mark the reason.
    pub fn about(&self, slot: usize, fields: &[CustomField]) -> About {
        let list = |name| {
            self.list(name, slot)
                .iter()
                .map(|w| w.shown.to_string())
                .collect()
        };
        let mark = |name| {
            self.word(name, slot).map(|word| Mark {
                reason: word.shown.trim_start_matches(' ').to_owned(),
                by: UserId(0),
                at: Instant(0),
            })
        };
        let mut about = About {
            custom: Vec::new(),
            tags: list(TAGS),
            likes: list(LIKES),
            vip: mark(VIP),
            problem: mark(PROBLEM),
            last_touch: self.touch(slot),
        };
        for field in fields {
            about.set(field.id, self.value(field, slot));
        }
        about
    }

    /// The value of a field.
    pub fn value(&self, field: &CustomField, slot: usize) -> Option<CustomValue> {
        let name = field.id.0;
        match field.kind {
            FieldKind::Text | FieldKind::Link => {
                let word = self.word(name, slot)?;
                Some(CustomValue::Text(word.shown.to_string()))
            }
            kind => {
                let number = self.number(name, slot)?;
                CustomValue::from_stored(kind, &number.to_string())
            }
        }
    }

    /// The last contact.
    pub fn touch(&self, slot: usize) -> Option<LastTouch> {
        let packed = self.number(TOUCH, slot)?;
        Some(LastTouch {
            at: Instant(self.number(TOUCHED_AT, slot)?),
            day: Day((packed >> 3) as i32),
            kind: *TOUCHES.get((packed & 7) as usize)?,
        })
    }

    /// The columns after some customers were put in or came and went. `slots` gives for each new
    /// slot the old one, `news` what is noted about some (new slot, ascending).
    pub(crate) fn next(
        &self,
        slots: impl Iterator<Item = Option<usize>>,
        news: &[(usize, Noted<'_>)],
    ) -> Abouts {
        if self.columns.is_empty() && news.is_empty() {
            return Abouts::default();
        }
        let mut news = news.iter().peekable();
        let sources: Vec<From<'_>> = slots
            .enumerate()
            .map(|(slot, old)| match news.next_if(|(at, _)| *at == slot) {
                Some((_, about)) => From::New(about),
                None => old.map_or(From::Nothing, From::Slot),
            })
            .collect();
        let mut names: Vec<i64> = self.columns.iter().map(|(name, _)| *name).collect();
        for source in &sources {
            if let From::New(about) = source {
                names_of(about, &mut names);
            }
        }
        names.sort_unstable();
        names.dedup();
        let columns = names.into_iter().filter_map(|name| {
            let column = build(name, self.column(name), &sources)?;
            Some((name, column))
        });
        Abouts {
            columns: columns.collect(),
        }
    }

    /// Whether what is noted about the customer at a slot is this already.
    pub(crate) fn knows(&self, slot: Option<usize>, about: &Noted<'_>) -> bool {
        let Some(slot) = slot else {
            return about.is_empty();
        };
        if self.columns.is_empty() {
            return about.is_empty();
        }
        let mut names: Vec<i64> = self.columns.iter().map(|(name, _)| *name).collect();
        names_of(about, &mut names);
        names.iter().all(|&name| match cell(name, about) {
            None => match self.column(name) {
                None => true,
                Some(Column::Numbers(numbers)) => numbers.get(slot).is_none(),
                Some(Column::Words { codes, .. }) => codes[slot] == 0,
                Some(Column::Lists { .. }) => self.list(name, slot).is_empty(),
            },
            Some(Cell::Number(n)) => self.number(name, slot) == Some(n),
            Some(Cell::Word(text)) => self.word(name, slot).is_some_and(|w| *w.shown == *text),
            Some(Cell::List(list)) => {
                let own = self.list(name, slot);
                own.len() == list.len() && own.iter().zip(list).all(|(a, b)| *a.shown == **b)
            }
        })
    }

    /// Bytes of all columns.
    pub fn bytes(&self) -> usize {
        let dictionary = |words: &[Word]| words.iter().map(Word::bytes).sum::<usize>();
        let columns = self.columns.iter().map(|(_, column)| match column {
            Column::Numbers(Numbers::Byte(all)) => all.len(),
            Column::Numbers(Numbers::Half(all)) => all.len() * 4,
            Column::Numbers(Numbers::Wide(all)) => all.len() * 8,
            Column::Words { words, codes } => dictionary(words) + codes.len() * 2,
            Column::Lists { words, at, codes } => {
                dictionary(words) + at.len() * 4 + codes.len() * 2
            }
        });
        columns.sum()
    }
}

impl Column {
    fn is_sound(&self, customers: usize) -> bool {
        match self {
            Column::Numbers(numbers) => numbers.len() == customers,
            Column::Words { words, codes } => {
                let known = codes.iter().all(|&code| usize::from(code) <= words.len());
                codes.len() == customers && known
            }
            Column::Lists { words, at, codes } => {
                at.len() == customers + 1
                    && at.first() == Some(&0)
                    && at.is_sorted()
                    && at.last().is_some_and(|&end| end as usize == codes.len())
                    && codes.iter().all(|&code| usize::from(code) < words.len())
            }
        }
    }
}

/// Adds the names of the columns that something is noted in.
fn names_of(about: &Noted<'_>, names: &mut Vec<i64>) {
    names.extend(about.about.custom.iter().map(|(field, _)| field.0));
    let others = [TAGS, LIKES, VIP, PROBLEM, TOUCH, TOUCHED_AT, CHILDREN];
    names.extend(
        others
            .into_iter()
            .filter(|&name| cell(name, about).is_some()),
    );
}

/// What is to stand in a column.
fn cell<'a>(name: i64, noted: &'a Noted<'_>) -> Option<Cell<'a>> {
    let about = noted.about;
    // A mark without a reason is a word of one space: no word is no mark.
    fn reason(mark: &Option<Mark>) -> Option<Cell<'_>> {
        mark.as_ref().map(|mark| match mark.reason.as_str() {
            "" => Cell::Word(" "),
            reason => Cell::Word(reason),
        })
    }
    fn list(words: &[String]) -> Option<Cell<'_>> {
        (!words.is_empty()).then_some(Cell::List(words))
    }
    match name {
        TAGS => list(&about.tags),
        LIKES => list(&about.likes),
        CHILDREN => list(&noted.children),
        VIP => reason(&about.vip),
        PROBLEM => reason(&about.problem),
        TOUCH => about.last_touch.map(|touch| {
            let kind = TOUCHES.iter().position(|one| *one == touch.kind);
            Cell::Number(i64::from(touch.day.0) << 3 | kind.unwrap_or(0) as i64)
        }),
        TOUCHED_AT => about.last_touch.map(|touch| Cell::Number(touch.at.0)),
        field => Some(match about.value(FieldId(field))? {
            CustomValue::Text(text) => Cell::Word(text),
            CustomValue::Number(n) | CustomValue::Money(n) => Cell::Number(*n),
            CustomValue::Date(days) => Cell::Number(i64::from(*days)),
            CustomValue::Choice(no) => Cell::Number(i64::from(*no)),
            CustomValue::Choices(bits) => Cell::Number(*bits as i64),
            CustomValue::Flag(yes) => Cell::Number(i64::from(*yes)),
        }),
    }
}

/// A dictionary in the making.
#[derive(Default)]
struct Dictionary {
    words: Vec<Word>,
    by_text: HashMap<Arc<str>, u16>,
    /// Old code to new code plus 1.
    moved: Vec<u16>,
}

impl Dictionary {
    fn add(&mut self, word: &Word) -> u16 {
        if let Some(code) = self.by_text.get(&word.shown) {
            return *code;
        }
        // A shard has 4,096 customers: only lists could have more words, 16 each new ones.
        let code = u16::try_from(self.words.len())
            .unwrap_or(u16::MAX - 1)
            .min(u16::MAX - 1);
        if usize::from(code) == self.words.len() {
            self.words.push(word.clone());
            self.by_text.insert(Arc::clone(&word.shown), code);
        }
        code
    }

    fn new_word(&mut self, text: &str) -> u16 {
        match self.by_text.get(text) {
            Some(code) => *code,
            None => self.add(&Word::new(text)),
        }
    }

    fn old(&mut self, words: &[Word], code: usize) -> u16 {
        self.moved.resize(words.len(), 0);
        if self.moved[code] == 0 {
            self.moved[code] = self.add(&words[code]) + 1;
        }
        self.moved[code] - 1
    }
}

/// The next version of a column; `None` when nobody has a value any more.
fn build(name: i64, old: Option<&Column>, sources: &[From<'_>]) -> Option<Column> {
    let news = sources.iter().find_map(|source| match source {
        From::New(about) => cell(name, about),
        _ => None,
    });
    let mut dictionary = Dictionary::default();
    match (old, news) {
        (Some(Column::Numbers(_)), _) | (None, Some(Cell::Number(_))) => {
            let mut values = Vec::with_capacity(sources.len());
            for source in sources {
                let number = match (source, old) {
                    (From::Slot(slot), Some(Column::Numbers(numbers))) => numbers.get(*slot),
                    (From::New(about), _) => match cell(name, about) {
                        Some(Cell::Number(n)) => Some(n),
                        _ => None,
                    },
                    _ => None,
                };
                values.push(number.unwrap_or(NONE));
            }
            let any = values.iter().any(|&n| n != NONE);
            any.then(|| Column::Numbers(Numbers::of(&values)))
        }
        (Some(Column::Words { .. }), _) | (None, Some(Cell::Word(_))) => {
            let mut codes = Vec::with_capacity(sources.len());
            for source in sources {
                codes.push(match (source, old) {
                    (From::Slot(slot), Some(Column::Words { words, codes })) => {
                        match usize::from(codes[*slot]).checked_sub(1) {
                            Some(code) => dictionary.old(words, code) + 1,
                            None => 0,
                        }
                    }
                    (From::New(about), _) => match cell(name, about) {
                        Some(Cell::Word(text)) => dictionary.new_word(text) + 1,
                        _ => 0,
                    },
                    _ => 0,
                });
            }
            let words = dictionary.words;
            (!words.is_empty()).then_some(Column::Words { words, codes })
        }
        (Some(Column::Lists { .. }), _) | (None, Some(Cell::List(_))) => {
            let mut at = Vec::with_capacity(sources.len() + 1);
            let mut codes = Vec::new();
            at.push(0);
            for source in sources {
                match (source, old) {
                    (
                        From::Slot(slot),
                        Some(Column::Lists {
                            words,
                            at,
                            codes: own,
                        }),
                    ) => {
                        let own = &own[at[*slot] as usize..at[*slot + 1] as usize];
                        codes.extend(own.iter().map(|&c| dictionary.old(words, usize::from(c))));
                    }
                    (From::New(about), _) => {
                        if let Some(Cell::List(list)) = cell(name, about) {
                            codes.extend(list.iter().map(|word| dictionary.new_word(word)));
                        }
                    }
                    _ => {}
                }
                at.push(codes.len() as u32);
            }
            let words = dictionary.words;
            (!words.is_empty()).then_some(Column::Lists { words, at, codes })
        }
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vernis_domain::about::TouchKind;

    fn field(id: i64, kind: FieldKind) -> CustomField {
        CustomField {
            id: FieldId(id),
            key: format!("f{id}"),
            ru: String::new(),
            en: String::new(),
            kind,
            choices: Vec::new(),
            personal: true,
            position: id,
            archived_at: None,
        }
    }

    fn noted(tags: &[&str], text: &str, number: Option<i64>) -> About {
        let mut about = About {
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..About::default()
        };
        let text = (!text.is_empty()).then(|| CustomValue::Text(text.to_owned()));
        about.set(FieldId(1), text);
        about.set(FieldId(2), number.map(CustomValue::Money));
        about
    }

    #[test]
    fn what_is_noted_comes_back_and_unused_columns_are_gone() {
        let fields = [field(1, FieldKind::Text), field(2, FieldKind::Money)];
        let (a, b) = (
            noted(&["опт", "кофе"], "Ёж", Some(7)),
            noted(&["опт"], "", None),
        );
        let none = About::default();
        let start = Abouts::default();
        let noted_of = |about| Noted {
            about,
            children: Vec::new(),
        };
        assert!(start.knows(None, &noted_of(&none)) && !start.knows(None, &noted_of(&a)));
        let first = start.next(
            [None, None, None].into_iter(),
            &[(0, noted_of(&a)), (2, noted_of(&b))],
        );
        for (slot, about) in [(0, &a), (1, &none), (2, &b)] {
            assert!(first.about(slot, &fields) == *about);
            assert!(first.knows(Some(slot), &noted_of(about)));
        }
        assert!(!first.knows(Some(0), &noted_of(&b)) && !first.knows(Some(2), &noted_of(&a)));
        assert_eq!(&*first.word(1, 0).unwrap().folded, "еж");
        // A customer comes before, one goes, a large sum widens the column.
        let c = noted(&["чай"], "Уж", Some(1 << 40));
        let second = first.next([None, Some(0), Some(2)].into_iter(), &[(0, noted_of(&c))]);
        for (slot, about) in [(0, &c), (1, &a), (2, &b)] {
            assert!(second.about(slot, &fields) == *about);
        }
        let mut counts = HashMap::new();
        second.count_words(TAGS, &mut counts);
        assert_eq!(counts["опт"].1, 2);
        // Nothing is left: no column is.
        let last = second.next(
            [Some(0), Some(1)].into_iter(),
            &[(0, noted_of(&none)), (1, noted_of(&none))],
        );
        assert_eq!((last.columns().len(), last.bytes()), (0, 0));
    }

    #[test]
    fn marks_and_the_last_contact_come_back() {
        let mark = |reason: &str| {
            Some(Mark {
                reason: reason.to_owned(),
                by: UserId(0),
                at: Instant(0),
            })
        };
        let about = About {
            vip: mark("директор"),
            problem: mark(""),
            last_touch: Some(LastTouch {
                at: Instant(1_700_000_000_000_001),
                day: Day(19_675),
                kind: TouchKind::Message,
            }),
            ..About::default()
        };
        let noted = Noted {
            about: &about,
            children: vec!["2019-05-01".to_owned(), "--02-29".to_owned()],
        };
        let columns = Abouts::default().next([None].into_iter(), &[(0, noted.clone())]);
        assert!(columns.about(0, &[]) == about);
        assert!(columns.knows(Some(0), &noted));
        let less = Noted {
            about: &about,
            children: vec!["2019-05-01".to_owned()],
        };
        assert!(!columns.knows(Some(0), &less));
        let children: Vec<_> = columns
            .list(CHILDREN, 0)
            .iter()
            .map(|word| birthday(&word.shown))
            .collect();
        assert_eq!(children, [Some((Some(2019), 5, 1)), Some((None, 2, 29))]);
    }
}
