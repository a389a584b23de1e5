//! The shop's own fields: what it defines about its customers without a programmer.

use crate::App;
use crate::caller::Caller;
use crate::journal::{self, Note, acts};
use crate::refusal::{Refusal, RefusalKind};
use std::collections::HashSet;
use vernis_domain::about::field::{
    Choice, CustomField, FieldKind, MAX_CHOICES, MAX_FIELDS, is_key, key_of,
};
use vernis_domain::{FieldId, Text, text};

/// A choice as it is wanted.
#[derive(Clone, Debug)]
pub struct WantedChoice {
    /// Its key when it is there already.
    pub key: Option<String>,
    /// Russian name.
    pub ru: String,
    /// English name; empty: as the Russian one.
    pub en: String,
}

/// A new field.
#[derive(Clone, Debug)]
pub struct NewField {
    /// Stable name; made of the Russian name when absent.
    pub key: Option<String>,
    /// Russian name.
    pub ru: String,
    /// English name; empty: as the Russian one.
    pub en: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Choices in the order shown.
    pub choices: Vec<WantedChoice>,
    /// Whether it says something of a person.
    pub personal: bool,
}

/// A change of a field; `None` leaves a part as it is.
#[derive(Clone, Debug, Default)]
pub struct FieldPatch {
    /// Russian name.
    pub ru: Option<String>,
    /// English name.
    pub en: Option<String>,
    /// All choices offered from now on; those left out are archived, who has one keeps it.
    pub choices: Option<Vec<WantedChoice>>,
    /// Whether it says something of a person.
    pub personal: Option<bool>,
    /// Offered no more, or again.
    pub archived: Option<bool>,
    /// The field it is to stand before; `Some(None)`: at the end.
    pub before: Option<Option<FieldId>>,
}

impl App {
    /// All own fields in the order shown, archived ones too.
    pub fn custom_fields(&self) -> Vec<CustomField> {
        self.live.current().own_facts().fields().to_vec()
    }

    /// Adds a field.
    ///
    /// # Errors
    /// A wrong part; a key that is taken; too many fields.
    pub fn add_custom_field(&self, caller: &Caller, new: NewField) -> Result<CustomField, Refusal> {
        let note = Note::new(&acts::FIELD_ADDED, caller);
        let ru = name("name.ru", &new.ru)?;
        let en = text::clean(&new.en, 100);
        if let Some(key) = &new.key
            && !is_key(key)
        {
            return Err(Refusal::field(
                "key",
                "not_a_key",
                Text::new(
                    "нужны строчные латинские буквы, цифры и _, сначала буква",
                    "lower-case Latin letters, digits and _, a letter first",
                ),
            ));
        }
        let choices = choices(new.kind, &[], &new.choices)?;
        self.store.write(move |tx| -> Result<CustomField, Refusal> {
            let fields = tx.custom_fields()?;
            if fields.len() >= MAX_FIELDS {
                return Err(Refusal::new(
                    RefusalKind::Conflict,
                    "too_many_fields",
                    Text::owned(
                        format!("Полей уже {MAX_FIELDS}: больше нельзя. Ничего не изменено."),
                        format!("There are {MAX_FIELDS} fields already. Nothing was changed."),
                    ),
                ));
            }
            let taken = |key: &str| fields.iter().any(|field| field.key == key);
            let key = match &new.key {
                Some(key) if taken(key) => {
                    return Err(Refusal::field(
                        "key",
                        "taken",
                        Text::new("такой ключ уже есть", "this key is taken"),
                    ));
                }
                Some(key) => key.clone(),
                None => free_key(&key_of(&ru), taken),
            };
            let mut field = CustomField {
                id: FieldId(0),
                key,
                ru: ru.clone(),
                en: en.clone(),
                kind: new.kind,
                choices: choices.clone(),
                personal: new.personal,
                position: fields.last().map_or(1, |last| last.position + 1),
                archived_at: None,
            };
            field.id = tx.put_custom_field(&field)?;
            note.clone()
                .fact(&journal::fields::NAME, &field.ru)
                .write(tx)?;
            Ok(field)
        })
    }

    /// Changes a field. Its kind and key stay for ever: values are kept by them.
    ///
    /// # Errors
    /// Not found; a wrong part.
    pub fn change_custom_field(
        &self,
        caller: &Caller,
        id: FieldId,
        patch: FieldPatch,
    ) -> Result<CustomField, Refusal> {
        let note = Note::new(&acts::FIELD_CHANGED, caller);
        self.store.write(move |tx| -> Result<CustomField, Refusal> {
            let mut fields = tx.custom_fields()?;
            let at = fields.iter().position(|field| field.id == id);
            let at = at.ok_or_else(Refusal::not_found)?;
            let now = tx.now();
            let field = &mut fields[at];
            if let Some(ru) = &patch.ru {
                field.ru = name("name.ru", ru)?;
            }
            if let Some(en) = &patch.en {
                field.en = text::clean(en, 100);
            }
            if let Some(wanted) = &patch.choices {
                field.choices = choices(field.kind, &field.choices, wanted)?;
            }
            field.personal = patch.personal.unwrap_or(field.personal);
            match patch.archived {
                Some(true) if field.archived_at.is_none() => field.archived_at = Some(now),
                Some(false) => field.archived_at = None,
                _ => {}
            }
            let field = field.clone();
            tx.put_custom_field(&field)?;
            note.clone()
                .fact(&journal::fields::NAME, &field.ru)
                .write(tx)?;
            if let Some(before) = patch.before {
                fields.remove(at);
                let to = before.and_then(|id| fields.iter().position(|one| one.id == id));
                fields.insert(to.unwrap_or(fields.len()), field.clone());
                for (position, mut one) in (1..).zip(fields) {
                    if one.position != position {
                        one.position = position;
                        tx.put_custom_field(&one)?;
                    }
                }
            }
            let changed = tx.custom_fields()?.into_iter().find(|one| one.id == id);
            changed.ok_or_else(Refusal::not_found)
        })
    }
}

fn name(field: &str, typed: &str) -> Result<String, Refusal> {
    let name = text::clean(typed, 100);
    if name.is_empty() {
        return Err(Refusal::field(
            field,
            "empty",
            Text::new("назовите поле", "a name is wanted"),
        ));
    }
    Ok(name)
}

fn free_key(wanted: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|no| format!("{}_{no}", &wanted[..wanted.len().min(36)]));
    std::iter::once(wanted.to_owned())
        .chain(numbered)
        .find(|key| !taken(key))
        .unwrap_or_default()
}

/// The choices of a field after those wanted are put in: known ones keep their numbers, those left
/// out are archived behind them.
fn choices(
    kind: FieldKind,
    known: &[Choice],
    wanted: &[WantedChoice],
) -> Result<Vec<Choice>, Refusal> {
    let refuse = |rule: &'static str, ru: String, en: String| {
        Err(Refusal::field("choices", rule, Text::owned(ru, en)))
    };
    if !kind.has_choices() {
        return Ok(Vec::new());
    }
    let mut all: Vec<Choice> = Vec::new();
    let mut next = known.iter().map(|one| one.no + 1).max().unwrap_or(0);
    let mut names = HashSet::new();
    for one in wanted {
        let (ru, en) = (text::clean(&one.ru, 100), text::clean(&one.en, 100));
        if ru.is_empty() || !names.insert(text::fold(&ru)) {
            return refuse(
                "name",
                "у каждого варианта своё название".to_owned(),
                "every choice wants a name of its own".to_owned(),
            );
        }
        let old = one
            .key
            .as_ref()
            .and_then(|key| known.iter().find(|c| c.key == *key));
        // A name that was taken away and comes back is the old choice again.
        let old = old.or_else(|| known.iter().find(|c| text::fold(&c.ru) == text::fold(&ru)));
        let (no, key) = match old {
            Some(old) => (old.no, old.key.clone()),
            None => {
                let taken = |key: &str| all.iter().chain(known).any(|choice| choice.key == key);
                let key = free_key(&key_of(&ru), taken);
                next += 1;
                (next - 1, key)
            }
        };
        all.push(Choice {
            no,
            key,
            ru,
            en,
            archived: false,
        });
    }
    if all.is_empty() {
        return refuse(
            "empty",
            "нужен хотя бы один вариант".to_owned(),
            "at least one choice is wanted".to_owned(),
        );
    }
    for old in known {
        if !all.iter().any(|one| one.no == old.no) {
            all.push(Choice {
                archived: true,
                ..old.clone()
            });
        }
    }
    if all.len() > MAX_CHOICES || usize::from(next) > MAX_CHOICES {
        return refuse(
            "too_many",
            format!("не больше {MAX_CHOICES} вариантов, считая убранные"),
            format!("at most {MAX_CHOICES} choices, those taken away included"),
        );
    }
    Ok(all)
}
