//! The registries as definitions name them.

use super::event::{FIELDS, Fold, MEASURES, Of, Stream};
use crate::facts::{self, Fact, FactType};
use crate::metrics::Unit;
use vernis_domain::segment::catalogue::{DAYS, TIMES};
use vernis_domain::segment::{Choice, Kind, Measure, Noun, Term};

/// Usual gaps.
const GAPS: Noun = Noun {
    ru: [
        "обычный промежуток",
        "обычных промежутка",
        "обычных промежутков",
        "обычного промежутка",
    ],
    en: ["usual gap", "usual gaps"],
};

/// Pieces of goods.
const PIECES: Noun = Noun {
    ru: ["штуку", "штуки", "штук", "штуки"],
    en: ["piece", "pieces"],
};

/// Lines of receipts.
const LINES: Noun = Noun {
    ru: ["позиция", "позиции", "позиций", "позиции"],
    en: ["line", "lines"],
};

/// Facts, measures and fields as terms; made once.
#[derive(Debug)]
pub struct Vocabulary {
    /// Facts.
    pub facts: Vec<Term>,
    /// Measures.
    pub measures: Vec<Measure>,
    fields: Vec<(Stream, Vec<Term>)>,
}

impl Default for Vocabulary {
    fn default() -> Self {
        let measures = MEASURES.iter().map(|one| Measure {
            term: Term {
                key: one.key,
                label: one.label.into(),
                kind: match one.fold {
                    Fold::Quantity => Kind::Number(Some(PIECES)),
                    Fold::Lines => Kind::Number(Some(LINES)),
                    _ => kind(one.kind, one.unit),
                },
                says: Some(one.says.into()),
            },
            stream: one.stream.key(),
        });
        let fields = || {
            FIELDS.iter().map(|field| Term {
                key: field.key,
                label: field.label.into(),
                kind: match field.of {
                    Of::Store => Kind::Choice(Choice::Store),
                    Of::Channel => Kind::Choice(Choice::Channel),
                    Of::Amount | Of::Discount => Kind::Money,
                    Of::Weekday => Kind::Choice(Choice::Weekday),
                    Of::Hour => Kind::Number(None),
                    Of::Category => Kind::Choice(Choice::Category),
                    Of::Product => Kind::Choice(Choice::Product),
                },
                says: Some(field.says.into()),
            })
        };
        Vocabulary {
            facts: facts::all().iter().map(of_fact).collect(),
            measures: measures.collect(),
            fields: [Stream::Purchases, Stream::Returns]
                .map(|stream| (stream, fields().collect()))
                .into(),
        }
    }
}

impl Vocabulary {
    /// Fields of a stream's documents.
    pub fn fields(&self, stream: &str) -> &[Term] {
        let found = self.fields.iter().find(|(own, _)| own.key() == stream);
        found.map_or(&[], |(_, fields)| fields)
    }
}

/// A fact as definitions name it.
pub fn of_fact(fact: &'static Fact) -> Term {
    Term {
        key: fact.key,
        label: fact.label.into(),
        kind: match fact.kind {
            FactType::Choice | FactType::Choices => Kind::Choice(Choice::Own(fact.key)),
            other => kind(other, fact.unit),
        },
        says: fact.says.map(Into::into),
    }
}

fn kind(of: FactType, unit: Option<Unit>) -> Kind {
    match (of, unit) {
        (FactType::Number, Some(Unit::Count)) => Kind::Number(Some(TIMES)),
        (FactType::Number, Some(Unit::Days)) => Kind::Number(Some(DAYS)),
        (FactType::Number, Some(Unit::Ratio)) => Kind::Number(Some(GAPS)),
        (FactType::Number, Some(Unit::Share)) => Kind::Share,
        (FactType::Number, _) => Kind::Number(None),
        (FactType::Money, _) => Kind::Money,
        (FactType::Day, _) => Kind::Day,
        (FactType::Store, _) => Kind::Choice(Choice::Store),
        (FactType::Channel, _) => Kind::Choice(Choice::Channel),
        (FactType::RfmCell, _) => Kind::Choice(Choice::RfmCell),
        (FactType::LifeCycle, _) => Kind::Choice(Choice::LifeCycle),
        (FactType::Birthday, _) => Kind::Anniversary,
        (FactType::Sex, _) => Kind::Choice(Choice::Sex),
        (FactType::Flag, _) => Kind::Choice(Choice::Flag),
        (FactType::Text | FactType::Link | FactType::Tags, _) => Kind::Text,
        // Their choices are the fact's own: `of_fact`.
        (FactType::Choice | FactType::Choices, _) => Kind::Text,
    }
}
