//! What definitions can speak of in this shop: the registries, and the names of its stores, channels
//! and segments at one moment.

use super::goods::Goods;
use crate::App;
use crate::refusal::Refusal;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use vernis_analytics::facts::{self, Fact, FactType};
use vernis_analytics::life_cycle::STATES;
use vernis_analytics::rfm::Cell;
use vernis_analytics::segment::{Names, Place, Vocabulary, WEEKDAYS, Whole, of_fact};
use vernis_domain::segment::catalogue::ident;
use vernis_domain::segment::{Catalogue, Choice, Definition, Kind, Measure, Term, clashes};
use vernis_domain::text::fold;
use vernis_domain::{Currency, Language, Text};
use vernis_store::Entity;

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::default);

/// Names proposed at once.
const PROPOSED: usize = 50;

/// A thing with a name.
#[derive(Clone, Debug)]
pub struct Named {
    /// How definitions name it.
    pub code: String,
    /// How people do.
    pub name: Text,
    /// Other spellings that are understood.
    pub also: Vec<String>,
}

/// See the module.
pub struct Shelf {
    currency: Currency,
    named: HashMap<Choice, Vec<Named>>,
    rows: HashMap<(Choice, String), i64>,
    segments: HashMap<String, Whole>,
    goods: Goods,
    /// Facts of the program and the shop's own fields.
    facts: Vec<Term>,
    own: Vec<&'static Fact>,
}

fn fixed(code: &str, name: impl Into<Text>) -> Named {
    Named {
        code: code.to_owned(),
        name: name.into(),
        also: Vec::new(),
    }
}

impl App {
    /// What definitions can speak of now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn shelf(&self) -> Result<Shelf, Refusal> {
        let (stores, channels, segments) = self.store.read(|tx| -> Result<_, Refusal> {
            Ok((tx.stores()?, tx.channels()?, tx.segments()?))
        })?;
        let base = self.live.current();
        let mut shelf = Shelf {
            currency: self.shop().currency,
            named: HashMap::new(),
            rows: HashMap::new(),
            segments: HashMap::new(),
            goods: Goods(base.products().clone()),
            facts: VOCABULARY.facts.clone(),
            own: base.own_facts().offered().collect(),
        };
        for fact in &shelf.own {
            let term = own_term(fact, &shelf.facts);
            shelf.facts.push(term);
        }
        let same = |name: &str| Text::owned(name, name);
        let places = stores
            .iter()
            .map(|one| (Choice::Store, Entity::Store, one.id.0, &one.code, &one.name))
            .chain(channels.iter().map(|one| {
                (
                    Choice::Channel,
                    Entity::Channel,
                    one.id.0,
                    &one.code,
                    &one.name,
                )
            }));
        for (choice, entity, row, code, name) in places {
            let id = self.public_id(entity, row);
            shelf.rows.insert((choice, id.clone()), row);
            shelf.named.entry(choice).or_default().push(Named {
                code: id,
                name: same(name),
                also: vec![code.clone()],
            });
        }
        for row in segments.into_iter().filter(|row| row.archived_at.is_none()) {
            let id = self.public_id(Entity::Segment, row.id);
            let Some(mut whole) = whole(&row.definition, row.borders.as_deref()) else {
                continue;
            };
            whole.hand = self.hand_of(&row)?;
            shelf
                .named
                .entry(Choice::Segment)
                .or_default()
                .push(fixed(&id, same(&row.name)));
            shelf.segments.insert(id, whole);
        }
        let words = self.cell_words()?;
        let cells = Cell::all().map(|cell| {
            let key = cell.to_string();
            let own = words.get(&key).and_then(|words| words.name.clone());
            Named {
                name: own.unwrap_or_else(|| cell.name().into()),
                also: Vec::new(),
                code: key,
            }
        });
        shelf.named.insert(Choice::RfmCell, cells.collect());
        let states = STATES.iter().map(|state| fixed(state.key(), state.label()));
        shelf.named.insert(Choice::LifeCycle, states.collect());
        let weekdays = WEEKDAYS.iter().map(|(code, name)| fixed(code, *name));
        shelf.named.insert(Choice::Weekday, weekdays.collect());
        for fact in facts::all().iter().chain(shelf.own.iter().copied()) {
            if let FactType::Choice | FactType::Choices = fact.kind {
                let choices = fact.choices().into_iter();
                let named = choices.map(|(code, name)| fixed(code, Text::owned(name.ru, name.en)));
                shelf.named.insert(Choice::Own(fact.key), named.collect());
            }
        }
        let flags = [
            fixed("yes", Text::new("да", "yes")),
            fixed("no", Text::new("нет", "no")),
        ];
        shelf.named.insert(Choice::Flag, flags.into());
        let sexes = [
            fixed("male", Text::new("мужской", "male")),
            fixed("female", Text::new("женский", "female")),
        ];
        shelf.named.insert(Choice::Sex, sexes.into());
        Ok(shelf)
    }
}

/// A field of the shop's own as definitions name it: by its label where that is told apart from what
/// there is already, else by its key.
fn own_term(fact: &'static Fact, others: &[Term]) -> Term {
    let term = of_fact(fact);
    let word = ident(&term.label.ru);
    let taken = others.iter().any(|other| other.is(&word))
        || VOCABULARY.measures.iter().any(|one| one.term.is(&word));
    let is_word = word.starts_with(char::is_alphabetic) && !clashes(&term.label.ru);
    match is_word && !taken {
        true => term,
        false => Term {
            label: Text::owned(fact.key, fact.key),
            says: Some(Text::owned(
                format!("у которых {} {{}}", fact.label.ru),
                format!("whose {} is {{}}", fact.label.en),
            )),
            ..term
        },
    }
}

/// A kept definition; `None` when this program cannot read it.
pub(crate) fn whole(definition: &str, borders: Option<&str>) -> Option<Whole> {
    Some(Whole {
        definition: serde_json::from_str::<Definition>(definition).ok()?,
        cuts: match borders {
            Some(json) => Some(serde_json::from_str(json).ok()?),
            None => None,
        },
        hand: Arc::default(),
    })
}

impl Shelf {
    /// Lists that belong to one fact.
    pub fn own_lists(&self) -> impl Iterator<Item = (Choice, &'static str)> + '_ {
        self.facts.iter().filter_map(|term| match term.kind {
            Kind::Choice(of @ Choice::Own(key)) => Some((of, key)),
            _ => None,
        })
    }

    /// All things of a list.
    pub fn all(&self, of: Choice) -> &[Named] {
        self.named.get(&of).map_or(&[], Vec::as_slice)
    }

    /// Things of a list whose name or code has `typed` in it, those that begin like it first: for
    /// lists that are too long to be told whole.
    pub fn look(&self, of: Choice, typed: &str, most: usize) -> Vec<Named> {
        let typed = fold(typed);
        if Goods::are(of) {
            return self.goods.look(of, &typed, most);
        }
        let begins = |one: &&Named| !fold(&one.name.ru).starts_with(&typed);
        let has = |one: &&Named| {
            [&one.name.ru, &one.name.en]
                .iter()
                .any(|name| fold(name).contains(&typed))
        };
        let mut found: Vec<&Named> = self.all(of).iter().filter(has).collect();
        found.sort_by_key(begins);
        found.into_iter().take(most).cloned().collect()
    }

    /// The thing of a code.
    pub fn thing(&self, of: Choice, code: &str) -> Option<Named> {
        if Goods::are(of) {
            return self.goods.named(of, code);
        }
        self.of_code(of, code).cloned()
    }

    fn of_code(&self, of: Choice, code: &str) -> Option<&Named> {
        self.all(of).iter().find(|one| one.code == code)
    }

    /// A name that leads back to its thing: not one that two of them share.
    fn unique(&self, of: Choice, one: &Named, language: Language) -> bool {
        let name = fold(one.name.get(language));
        let same = |other: &&Named| {
            fold(&other.name.ru) == name
                || fold(&other.name.en) == name
                || other.also.iter().any(|also| fold(also) == name)
        };
        !name.contains(['"', '«', '»']) && self.all(of).iter().filter(same).count() == 1
    }
}

impl Catalogue for Shelf {
    fn facts(&self) -> &[Term] {
        &self.facts
    }

    fn measures(&self) -> &[Measure] {
        &VOCABULARY.measures
    }

    fn fields(&self, stream: &str) -> &[Term] {
        VOCABULARY.fields(stream)
    }

    fn currency(&self) -> Currency {
        self.currency
    }

    fn find(&self, of: Choice, typed: &str) -> Option<String> {
        if Goods::are(of) {
            return self.goods.find(of, typed);
        }
        if let Some(one) = self.of_code(of, typed) {
            return Some(one.code.clone());
        }
        let typed = fold(typed);
        let by = |matches: &dyn Fn(&Named) -> bool| {
            let mut found = self.all(of).iter().filter(|one| matches(one));
            found
                .next()
                .filter(|_| found.next().is_none())
                .map(|one| one.code.clone())
        };
        by(&|one| fold(&one.name.ru) == typed || fold(&one.name.en) == typed)
            .or_else(|| by(&|one| one.also.iter().any(|also| fold(also) == typed)))
    }

    fn name(&self, of: Choice, code: &str, language: Language) -> Option<String> {
        if Goods::are(of) {
            return self.goods.name(of, code);
        }
        let one = self.of_code(of, code)?;
        if of == Choice::RfmCell {
            return Some(one.code.clone());
        }
        Some(if self.unique(of, one, language) {
            one.name.get(language).to_owned()
        } else {
            one.code.clone()
        })
    }

    fn says(&self, of: Choice, code: &str, language: Language) -> Option<String> {
        if Goods::are(of) {
            return self.goods.says(of, code);
        }
        Some(self.of_code(of, code)?.name.get(language).to_owned())
    }

    fn names(&self, of: Choice, typed: &str, language: Language) -> Vec<String> {
        let typed = fold(typed);
        if Goods::are(of) {
            return self.goods.names(of, &typed, PROPOSED);
        }
        let mut names: Vec<String> = self
            .all(of)
            .iter()
            .filter_map(|one| self.name(of, &one.code, language))
            .collect();
        names.sort_by_key(|name| !fold(name).starts_with(&typed));
        names.truncate(PROPOSED);
        names
    }
}

impl Names for Shelf {
    fn row(&self, of: Place, code: &str) -> Option<i64> {
        if Goods::are(of.into()) {
            return self.goods.row(of, code);
        }
        self.rows.get(&(of.into(), code.to_owned())).copied()
    }

    fn segment(&self, id: &str) -> Option<Whole> {
        self.segments.get(id).cloned()
    }

    fn fact(&self, key: &str) -> Option<&'static Fact> {
        let own = self.own.iter().find(|fact| fact.key == key).copied();
        own.or_else(|| facts::find(key))
    }
}
