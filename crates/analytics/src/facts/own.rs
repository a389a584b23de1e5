//! The shop's own fields as facts. A definition is interned: made a fact once for the life of the
//! program, so that facts of data are named by the same `&'static Fact` as those of the program and
//! kept facts cost what they did. A shop defines tens of fields and changes them by hand.

use super::{Compute, Fact, FactType};
use crate::metrics::Unit;
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use vernis_domain::about::field::{CustomField, FieldKind};

/// What keys of own fields begin with among the facts, so that a field can have any name.
pub const PREFIX: &str = "x_";

/// The own fields of one version of the base.
#[derive(Clone, Debug, Default)]
pub struct OwnFacts {
    fields: Vec<CustomField>,
    facts: Vec<&'static Fact>,
}

impl OwnFacts {
    /// The facts of these definitions, in their order.
    pub fn of(fields: Vec<CustomField>) -> OwnFacts {
        OwnFacts {
            facts: fields.iter().map(intern).collect(),
            fields,
        }
    }

    /// The definitions, archived ones too.
    pub fn fields(&self) -> &[CustomField] {
        &self.fields
    }

    /// The facts that are offered.
    pub fn offered(&self) -> impl Iterator<Item = &'static Fact> + '_ {
        let both = self.fields.iter().zip(&self.facts);
        both.filter(|(field, _)| field.archived_at.is_none())
            .map(|(_, fact)| *fact)
    }

    /// The fact of a key; of an archived field too: a saved list goes on.
    pub fn find(&self, key: &str) -> Option<&'static Fact> {
        self.facts.iter().find(|fact| fact.key == key).copied()
    }
}

fn intern(field: &CustomField) -> &'static Fact {
    static KNOWN: OnceLock<Mutex<HashMap<CustomField, &'static Fact>>> = OnceLock::new();
    let mut known = KNOWN
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(fact) = known.get(field) {
        return fact;
    }
    let own: &'static CustomField = Box::leak(Box::new(field.clone()));
    let fact: &'static Fact = Box::leak(Box::new(of_field(own)));
    known.insert(field.clone(), fact);
    fact
}

fn of_field(field: &'static CustomField) -> Fact {
    let (kind, unit) = match field.kind {
        FieldKind::Text => (FactType::Text, None),
        FieldKind::Link => (FactType::Link, None),
        FieldKind::Number => (FactType::Number, None),
        FieldKind::Money => (FactType::Money, Some(Unit::Money)),
        FieldKind::Date => (FactType::Day, None),
        FieldKind::Choice => (FactType::Choice, None),
        FieldKind::Choices => (FactType::Choices, None),
        FieldKind::Flag => (FactType::Flag, None),
    };
    Fact {
        key: Box::leak(format!("{PREFIX}{}", field.key).into_boxed_str()),
        label: crate::text::Text {
            ru: &field.ru,
            en: if field.en.is_empty() {
                &field.ru
            } else {
                &field.en
            },
        },
        kind,
        unit,
        sortable: kind != FactType::Choices,
        filterable: true,
        says: None,
        compute: Compute::Own(field),
    }
}
