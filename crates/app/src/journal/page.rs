//! The journal as it is read: filters, pages, names instead of row ids.

use super::fields::field;
use super::words;
use super::{Details, JournalPlace, acts};
use crate::App;
use crate::caller::Caller;
use crate::refusal::{Refusal, RefusalKind};
use crate::roles::Roles;
use std::collections::HashMap;
use vernis_domain::{CustomerId, ImportId, Instant, Text};
use vernis_store::{Actor, Entity, JournalEntry, JournalHead, JournalQuery, ReadTx, StoreError};

/// Rows of one kind that are named in an entry; of more only the number is told.
const NAMED: usize = 5;

/// What is asked of the journal.
#[derive(Clone, Debug, Default)]
pub struct JournalAsked {
    /// By whom: `staff:7`, `key:3`, `command`, `program`, `stranger`.
    pub who: Option<Actor>,
    /// A group of acts or one act, by code.
    pub what: Option<String>,
    /// Whose.
    pub customer: Option<CustomerId>,
    /// Not before.
    pub from: Option<Instant>,
    /// Before.
    pub until: Option<Instant>,
    /// After this place.
    pub after: Option<JournalPlace>,
    /// Most entries.
    pub limit: usize,
}

/// Who did something.
#[derive(Clone, Debug)]
pub struct WhoView {
    /// Who.
    pub actor: Actor,
    /// Name of a member of staff or of a key, or what stands for it.
    pub name: Text,
}

/// Rows of one kind.
#[derive(Clone, Debug)]
pub struct Named {
    /// `customer`, `staff`, `import`, …
    pub kind: String,
    /// How many.
    pub count: usize,
    /// The first of them: public id where there is one, name where there is one.
    pub first: Vec<(Option<String>, Option<String>)>,
}

/// A field an entry names.
#[derive(Clone, Debug)]
pub struct SaidField {
    /// Code.
    pub code: String,
    /// In words.
    pub label: Text,
    /// Value before, in words where it is a code.
    pub before: Option<Text>,
    /// Value after, or the value of a fact.
    pub after: Option<Text>,
}

/// An entry as it is shown.
#[derive(Clone, Debug)]
pub struct EntryView {
    /// Its place in the chain; none for a moment after it was written.
    pub number: Option<i64>,
    /// When.
    pub at: Instant,
    /// Who.
    pub who: WhoView,
    /// Code of the act.
    pub act: String,
    /// The act in words.
    pub label: Text,
    /// Whose and which.
    pub subjects: Vec<Named>,
    /// What was changed.
    pub changed: Vec<SaidField>,
    /// What else is worth knowing.
    pub facts: Vec<SaidField>,
    /// Why.
    pub reason: Option<String>,
    /// From which address; empty where there is none.
    pub address: String,
    /// The browser in words; none for a program.
    pub browser: Option<Text>,
    /// The browser or program as it names itself.
    pub agent: String,
}

/// A page of the journal.
#[derive(Clone, Debug)]
pub struct JournalView {
    /// Newest first.
    pub entries: Vec<EntryView>,
    /// Where the next page begins.
    pub next: Option<JournalPlace>,
    /// The end of the chain.
    pub head: JournalHead,
    /// When the head was last noted in the data folder.
    pub anchored_at: Option<Instant>,
}

impl App {
    /// A page of the journal.
    ///
    /// # Errors
    /// A code of an act or group that is not there; somebody who does not see all customers.
    pub fn journal(&self, caller: &Caller, asked: &JournalAsked) -> Result<JournalView, Refusal> {
        sees_everybody(caller)?;
        let query = JournalQuery {
            actor: asked.who,
            acts: acts_of(asked.what.as_deref())?,
            subject: asked.customer.map(|id| ("customer".to_owned(), id.0)),
            from: asked.from,
            until: asked.until,
            after: asked.after,
            limit: asked.limit,
        };
        let anchored = self.store.journal_anchor(&self.data_dir)?;
        let base = self.live.current();
        self.store.read(|tx| -> Result<JournalView, Refusal> {
            let page = tx.journal_page(&query)?;
            let names = Names::read(tx)?;
            let mut entries = Vec::with_capacity(page.entries.len());
            for entry in page.entries {
                let mut subjects = Vec::new();
                for (kind, ids) in entry.subjects.kinds() {
                    let mut first = Vec::new();
                    for id in ids.iter().take(NAMED) {
                        first.push(match kind {
                            "customer" => {
                                let customer = base.customer(base.links().root(CustomerId(*id)));
                                let name = customer.map(|customer| customer.shown_name());
                                (Some(self.public_customer_id(CustomerId(*id))), name)
                            }
                            "purchase" => (Some(self.public_id(Entity::Purchase, *id)), None),
                            "import" => {
                                let import = tx.import(ImportId(*id))?;
                                (
                                    Some(self.public_id(Entity::Import, *id)),
                                    import.map(|import| import.file_name),
                                )
                            }
                            other => (None, names.of(other, *id)),
                        });
                    }
                    subjects.push(Named {
                        kind: kind.to_owned(),
                        count: ids.len(),
                        first,
                    });
                }
                entries.push(view(entry, &names, subjects));
            }
            Ok(JournalView {
                entries,
                next: page.next,
                head: tx.journal_head()?,
                anchored_at: anchored.map(|anchored| anchored.at),
            })
        })
    }

    /// Who can be met in the journal: staff and keys, the gone ones too.
    ///
    /// # Errors
    /// The database.
    pub fn journal_people(&self) -> Result<Vec<WhoView>, Refusal> {
        self.store.read(|tx| -> Result<Vec<WhoView>, Refusal> {
            let names = Names::read(tx)?;
            let staff = tx.users()?.into_iter().map(|user| Actor::Staff(user.id));
            let keys = tx.api_keys()?.into_iter().map(|key| Actor::Key(key.id));
            let rest = [Actor::Command, Actor::Program, Actor::Stranger];
            Ok(staff
                .chain(keys)
                .chain(rest)
                .map(|actor| names.who(actor))
                .collect())
        })
    }
}

/// The journal names customers of all stores and all members of staff: no part of it is somebody's own.
fn sees_everybody(caller: &Caller) -> Result<(), Refusal> {
    if caller.scope().is_all() {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalKind::Forbidden,
        "whole_base_only",
        Text::new(
            "Журнал видят только те, кому видны все клиенты.",
            "Only those who see all customers may read the journal.",
        ),
    ))
}

fn acts_of(what: Option<&str>) -> Result<Vec<String>, Refusal> {
    let Some(what) = what else {
        return Ok(Vec::new());
    };
    let found: Vec<String> = acts::ACTS
        .iter()
        .filter(|act| act.code == what || act.group.code() == what)
        .map(|act| act.code.to_owned())
        .collect();
    if found.is_empty() {
        return Err(Refusal::field(
            "what",
            "unknown",
            Text::new("такого действия нет", "there is no such act"),
        ));
    }
    Ok(found)
}

/// Names of what entries name.
struct Names {
    rows: HashMap<(&'static str, i64), String>,
    roles: Roles,
}

impl Names {
    fn read(tx: &mut ReadTx<'_>) -> Result<Names, StoreError> {
        let mut names = HashMap::new();
        names.extend(
            tx.users()?
                .into_iter()
                .map(|one| (("staff", one.id.0), one.name)),
        );
        names.extend(
            tx.api_keys()?
                .into_iter()
                .map(|one| (("key", one.id), one.name)),
        );
        names.extend(
            tx.stores()?
                .into_iter()
                .map(|one| (("store", one.id.0), one.name)),
        );
        names.extend(
            tx.channels()?
                .into_iter()
                .map(|one| (("channel", one.id.0), one.name)),
        );
        Ok(Names {
            rows: names,
            roles: Roles::read(tx)?,
        })
    }

    fn of(&self, kind: &str, id: i64) -> Option<String> {
        let kind = ["staff", "key", "store", "channel"]
            .into_iter()
            .find(|one| *one == kind)?;
        self.rows.get(&(kind, id)).cloned()
    }

    /// The value of a field in words.
    fn say(&self, code: &str, value: String) -> Text {
        let role = (code == "role").then(|| self.roles.find(&value)).flatten();
        match role {
            Some(role) => role.name.clone(),
            None => words::of(code, &value).unwrap_or_else(|| Text::owned(value.clone(), value)),
        }
    }

    fn who(&self, actor: Actor) -> WhoView {
        let name = match actor {
            Actor::Staff(user) => self
                .of("staff", user.0)
                .map(|name| Text::owned(name.clone(), name)),
            Actor::Key(id) => self.of("key", id).map(|name| {
                Text::owned(
                    format!("Ключ «{name}»"),
                    format!("Key \u{201c}{name}\u{201d}"),
                )
            }),
            Actor::Command => Some(Text::new("Командная строка", "Command line")),
            Actor::Program => Some(Text::new("Программа", "The program")),
            Actor::Stranger => Some(Text::new("Неизвестный", "A stranger")),
        };
        WhoView {
            actor,
            name: name.unwrap_or_else(|| Text::new("Кого уже нет", "Somebody who is gone")),
        }
    }
}

fn view(entry: JournalEntry, names: &Names, subjects: Vec<Named>) -> EntryView {
    let details: Details = serde_json::from_str(&entry.details).unwrap_or_default();
    let label_of = |code: &str| {
        field(code).map_or_else(
            || Text::owned(code.to_owned(), code.to_owned()),
            |field| field.label.clone(),
        )
    };
    let is_browser = matches!(entry.actor, Actor::Staff(_) | Actor::Stranger);
    EntryView {
        number: entry.number,
        at: entry.recorded_at,
        who: names.who(entry.actor),
        label: acts::act(&entry.act).map_or_else(
            || Text::owned(entry.act.clone(), entry.act.clone()),
            |act| act.label.clone(),
        ),
        act: entry.act,
        subjects,
        changed: details
            .changed
            .into_iter()
            .map(|one| SaidField {
                label: label_of(&one.field),
                before: one.before.map(|value| names.say(&one.field, value)),
                after: one.after.map(|value| names.say(&one.field, value)),
                code: one.field,
            })
            .collect(),
        facts: details
            .facts
            .into_iter()
            .map(|(code, value)| SaidField {
                label: label_of(&code),
                before: None,
                after: Some(names.say(&code, value)),
                code,
            })
            .collect(),
        reason: entry.reason,
        address: entry.address,
        browser: is_browser.then(|| crate::browser::words(&entry.agent)),
        agent: entry.agent,
    }
}
