//! What definitions can speak of: facts, measures, fields of events, names of stores and segments.
//! The registries of `analytics` and the data of the shop stand behind it.

use crate::text::fold;
use crate::{Currency, Language, Text};

/// What kind of value something has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number counted in something.
    Number(Option<Noun>),
    /// A share of one, written in percent.
    Share,
    /// Money in minor units.
    Money,
    /// A calendar day.
    Day,
    /// One of a list of names.
    Choice(Choice),
    /// A day of the year.
    Anniversary,
    /// Any text, compared without case.
    Text,
}

/// Lists of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// Stores.
    Store,
    /// Channels.
    Channel,
    /// The 27 cells of RFM.
    RfmCell,
    /// States of the life cycle.
    LifeCycle,
    /// Male, female.
    Sex,
    /// Days of the week.
    Weekday,
    /// Products.
    Product,
    /// Categories of products.
    Category,
    /// Saved segments.
    Segment,
    /// Yes, no.
    Flag,
    /// The choices of a fact, by its key.
    Own(&'static str),
}

/// Forms of a counted noun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noun {
    /// Russian: 1 раз, 2 раза, 5 раз, (не меньше) 1 раза.
    pub ru: [&'static str; 4],
    /// English: one, many.
    pub en: [&'static str; 2],
}

/// Days.
pub const DAYS: Noun = Noun {
    ru: ["день", "дня", "дней", "дня"],
    en: ["day", "days"],
};

/// Times.
pub const TIMES: Noun = Noun {
    ru: ["раз", "раза", "раз", "раза"],
    en: ["time", "times"],
};

impl Noun {
    /// The form after a number; `genitive` after “not less than”.
    pub fn after(&self, number: i64, genitive: bool, language: Language) -> &'static str {
        let n = number.unsigned_abs();
        if language == Language::En {
            return self.en[usize::from(n != 1)];
        }
        let one = n % 10 == 1 && n % 100 != 11;
        let few = (2..=4).contains(&(n % 10)) && !(12..=14).contains(&(n % 100));
        match (one, few, genitive) {
            (true, _, true) => self.ru[3],
            (true, _, false) => self.ru[0],
            (_, true, false) => self.ru[1],
            _ => self.ru[2],
        }
    }
}

/// A fact or a field.
#[derive(Clone, Debug)]
pub struct Term {
    /// Stable name; also how the English text names it.
    pub key: &'static str,
    /// What it is called; the Russian text names it by this, with `_` for spaces.
    pub label: Text,
    /// What kind of value it has.
    pub kind: Kind,
    /// The sentence about it, with `{}` for the comparison: “купили {}”.
    pub says: Option<Text>,
}

/// Something measured over events.
#[derive(Clone, Debug)]
pub struct Measure {
    /// Name, label, kind, sentence.
    pub term: Term,
    /// Key of the stream whose events are measured.
    pub stream: &'static str,
}

/// What definitions can speak of.
pub trait Catalogue {
    /// Facts of a customer.
    fn facts(&self) -> &[Term];
    /// Measures over his events.
    fn measures(&self) -> &[Measure];
    /// Fields of the events of a stream.
    fn fields(&self, stream: &str) -> &[Term];
    /// The shop's currency.
    fn currency(&self) -> Currency;
    /// The code of what somebody named, by name or code; `None` when there is no such thing.
    fn find(&self, of: Choice, typed: &str) -> Option<String>;
    /// How a text names a code, so that [`Catalogue::find`] finds it; `None` when it is gone.
    fn name(&self, of: Choice, code: &str, language: Language) -> Option<String>;
    /// How a sentence names a code.
    fn says(&self, of: Choice, code: &str, language: Language) -> Option<String> {
        self.name(of, code, language)
    }
    /// Some names, for proposals; those that begin like `typed` first.
    fn names(&self, of: Choice, typed: &str, language: Language) -> Vec<String>;
}

/// A label as a text names it: one word.
pub fn ident(label: &str) -> String {
    let mut out = String::new();
    for c in fold(label).chars() {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
    }
    out.trim_end_matches('_').to_owned()
}

impl Term {
    /// How a text names it.
    pub fn ident(&self, language: Language) -> String {
        match language {
            Language::En => self.key.to_owned(),
            Language::Ru => ident(&self.label.ru),
        }
    }

    /// Whether a word (folded) names it.
    pub fn is(&self, word: &str) -> bool {
        self.key == word || ident(&self.label.ru) == word || ident(&self.label.en) == word
    }
}
