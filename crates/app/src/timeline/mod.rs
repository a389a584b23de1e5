//! Everything that happened with a customer, newest first, page by page. A stream is one line in
//! [`STREAMS`]: it names what it has of a person, and shows what is on the page.

mod learned;

use crate::App;
use crate::purchases::PurchaseCard;
use crate::refusal::Refusal;
use crate::view::View;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use vernis_analytics::facts::card::purchases;
use vernis_domain::{
    Channel, ContactKind, Currency, CustomField, CustomerId, ImportId, Instant, PurchaseId,
    PurchaseKind, Store, Text, UserId,
};
use vernis_store::{MergeAct, NoteRow, Origin, ReadTx, RecordedValue};

/// A kind of entry: its code and its name.
pub struct Kind {
    /// Stable code.
    pub code: &'static str,
    /// Name.
    pub label: Text,
}

/// What entries can be filtered by, in the order offered.
pub static KINDS: &[Kind] = &[
    kind("purchase", "Покупки", "Purchases"),
    kind("return", "Возвраты", "Returns"),
    kind("contact", "Контакты", "Contacts"),
    kind("note", "Заметки", "Notes"),
    kind("mark", "Отметки", "Marks"),
    kind("edit", "Изменения", "Edits"),
    kind("import", "Загрузки", "Imports"),
    kind("merge", "Объединения", "Merges"),
    kind("registered", "Регистрация", "Registration"),
];

const fn kind(code: &'static str, ru: &'static str, en: &'static str) -> Kind {
    Kind {
        code,
        label: Text::new(ru, en),
    }
}

/// Places of entries: when, kind, row of the stream.
type Keys = Vec<(Instant, &'static str, i64)>;

/// An entry that is shown, if it still is there.
type Shown = Result<Option<What>, Refusal>;

/// A stream of entries.
struct Stream {
    /// Places of what it has of a person: when, kind, and a row of its own to know it by.
    keys: fn(&Gathered) -> Keys,
    /// The entry of a row.
    show: fn(&App, &View, &Gathered, i64) -> Shown,
}

/// Every stream. The number of a stream is part of cursors: new ones go to the end.
static STREAMS: &[Stream] = &[
    Stream {
        keys: |all| all.bought.clone(),
        show: |app, view, _, row| {
            let found = app.purchase_cards(view, &[PurchaseId(row)])?.pop();
            Ok(found.map(|card| What::Purchase(Box::new(card))))
        },
    },
    Stream {
        keys: learned::keys,
        show: |_, _, all, row| Ok(learned::show(all, row)),
    },
    Stream {
        keys: |all| {
            let threads = all.notes.values();
            let keys = threads.map(|thread| {
                let last = &thread.last;
                let kind = if thread.touch { "contact" } else { "note" };
                let at = if last.removed {
                    last.recorded_at
                } else {
                    last.note.occurred_at
                };
                (at, kind, last.thread)
            });
            keys.collect()
        },
        show: |_, _, all, row| {
            Ok(all
                .notes
                .get(&row)
                .map(|one| What::Note(Box::new(one.clone()))))
        },
    },
    Stream {
        keys: |all| {
            let acts = all.merges.iter();
            acts.map(|act| (act.recorded_at, "merge", act.id)).collect()
        },
        show: |_, _, all, row| {
            let act = all.merges.iter().find(|act| act.id == row);
            Ok(act.map(|act| What::Merge {
                act: *act,
                survivor: all.name(act.survivor),
                joined: all.name(act.joined),
            }))
        },
    },
    Stream {
        keys: |all| vec![(all.registered, "registered", 0)],
        show: |_, _, _, _| Ok(Some(What::Registered)),
    },
];

/// A note as a timeline shows it: what holds of its thread, and how it came to it.
#[derive(Clone)]
pub struct NoteThread {
    /// The newest row.
    pub last: NoteRow,
    /// Who wrote the first one.
    pub author: Option<UserId>,
    /// It was ever a contact.
    pub touch: bool,
    /// It was written anew.
    pub edited: bool,
}

/// A value that came or went.
#[derive(Clone)]
pub struct Change {
    /// The kind of contact, when it is one: not everybody may see it whole.
    pub contact: Option<ContactKind>,
    /// What it is.
    pub label: Text,
    /// What was there and is no more.
    pub gone: Vec<Text>,
    /// What came.
    pub came: Vec<Text>,
}

/// What happened.
pub enum What {
    /// A purchase or a return.
    Purchase(Box<PurchaseCard>),
    /// Values were learned or changed, from one source at once.
    Learned {
        /// Where they came from.
        origin: Text,
        /// What came and went.
        changes: Vec<Change>,
    },
    /// A mark was set or taken away.
    Mark {
        /// `vip` or `problem`.
        kind: String,
        /// The reason it has now; none when it was taken away.
        reason: Option<String>,
        /// Who set it.
        by: UserId,
    },
    /// A note or a contact.
    Note(Box<NoteThread>),
    /// A merge or its taking back.
    Merge {
        /// What was done.
        act: MergeAct,
        /// Name of who stayed.
        survivor: String,
        /// Name of who joined him.
        joined: String,
    },
    /// The day of registration.
    Registered,
}

/// An entry.
pub struct Entry {
    /// When.
    pub at: Instant,
    /// Code of its kind.
    pub kind: &'static str,
    /// Its place: what a cursor is made of.
    pub place: Place,
    /// What happened.
    pub what: What,
}

/// Where an entry stands. Later entries of one moment come first by stream and row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When.
    pub at: Instant,
    /// Which stream.
    pub stream: usize,
    /// Row of the stream.
    pub row: i64,
}

/// A page of a timeline.
pub struct Page {
    /// Newest first.
    pub entries: Vec<Entry>,
    /// Where to go on.
    pub next: Option<Place>,
    /// How many entries of each kind there are in all, in the order of [`KINDS`].
    pub counts: Vec<usize>,
}

/// What is known of a person before anything is shown.
struct Gathered {
    bought: Keys,
    values: Vec<RecordedValue>,
    notes: HashMap<i64, NoteThread>,
    merges: Vec<MergeAct>,
    names: HashMap<CustomerId, String>,
    files: HashMap<i64, String>,
    fields: Vec<CustomField>,
    stores: Vec<Store>,
    channels: Vec<Channel>,
    currency: Currency,
    registered: Instant,
}

impl Gathered {
    fn name(&self, id: CustomerId) -> String {
        self.names.get(&id).cloned().unwrap_or_default()
    }
}

impl App {
    /// A page of the timeline of a person: entries after `after`, of these kinds (all when none is
    /// named).
    ///
    /// # Errors
    /// Nobody of that id; the database.
    pub fn timeline(
        &self,
        view: &View,
        id: CustomerId,
        kinds: &[String],
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page, Refusal> {
        view.check(id)?;
        let all = self.gather(view, id)?;
        let mut counts = vec![0; KINDS.len()];
        let mut places: Vec<(Place, &'static str)> = Vec::new();
        for (stream, one) in STREAMS.iter().enumerate() {
            for (at, kind, row) in (one.keys)(&all) {
                if let Some(at) = KINDS.iter().position(|known| known.code == kind) {
                    counts[at] += 1;
                }
                let place = Place { at, stream, row };
                let wanted = kinds.is_empty() || kinds.iter().any(|one| one == kind);
                if wanted && after.is_none_or(|after| place < after) {
                    places.push((place, kind));
                }
            }
        }
        places.sort_unstable_by_key(|(place, _)| Reverse(*place));
        let more = places.len() > limit;
        places.truncate(limit);
        let next = places.last().filter(|_| more).map(|(place, _)| *place);
        let mut entries = Vec::with_capacity(places.len());
        for (place, kind) in places {
            if let Some(what) = (STREAMS[place.stream].show)(self, view, &all, place.row)? {
                entries.push(Entry {
                    at: place.at,
                    kind,
                    place,
                    what,
                });
            }
        }
        Ok(Page {
            entries,
            next,
            counts,
        })
    }

    fn gather(&self, view: &View, id: CustomerId) -> Result<Gathered, Refusal> {
        let root = view.links().root(id);
        let (documents, _) = purchases(view, root, 0, usize::MAX);
        let bought = documents
            .into_iter()
            .map(|one| {
                let kind = match one.kind {
                    PurchaseKind::Sale => "purchase",
                    PurchaseKind::Return => "return",
                };
                (one.occurred_at, kind, one.id.0)
            })
            .collect();
        let zone = vernis_domain::Zone::new(&self.shop().time_zone)
            .ok_or_else(|| Refusal::internal("the shop's time zone"))?;
        self.store.read(|tx| -> Result<Gathered, Refusal> {
            let root = tx.root(id)?;
            let person = tx.person(root)?.ok_or_else(Refusal::not_found)?;
            let records = tx.records_of(root)?;
            let mut values = Vec::new();
            let mut notes: HashMap<i64, NoteThread> = HashMap::new();
            let mut merges: Vec<MergeAct> = Vec::new();
            for record in &records {
                values.extend(tx.customer_values(*record)?);
                for row in tx.notes_of(*record)? {
                    put_note(&mut notes, row);
                }
                merges.extend(tx.merge_acts(*record)?);
            }
            merges.sort_unstable_by_key(|act| act.id);
            merges.dedup_by_key(|act| act.id);
            let names = names(tx, view, &merges)?;
            let files = files(tx, &values)?;
            Ok(Gathered {
                bought,
                values,
                notes,
                merges,
                names,
                files,
                fields: tx.custom_fields()?,
                stores: tx.stores()?,
                channels: tx.channels()?,
                currency: self.shop().currency,
                registered: zone.noon_of(person.registered_day),
            })
        })
    }
}

fn put_note(threads: &mut HashMap<i64, NoteThread>, row: NoteRow) {
    match threads.get_mut(&row.thread) {
        Some(thread) => {
            thread.edited = true;
            thread.touch |= row.note.touch.is_some();
            thread.last = row;
        }
        None => {
            let thread = NoteThread {
                author: row.note.author,
                touch: row.note.touch.is_some(),
                edited: false,
                last: row,
            };
            threads.insert(thread.last.thread, thread);
        }
    }
}

/// Names of all who took part in merges, as far as they are seen: somebody taken apart may belong to
/// others now.
fn names(
    tx: &mut ReadTx<'_>,
    view: &View,
    merges: &[MergeAct],
) -> Result<HashMap<CustomerId, String>, Refusal> {
    let ids: HashSet<CustomerId> = merges
        .iter()
        .flat_map(|act| [act.survivor, act.joined])
        .filter(|id| view.sees(*id))
        .collect();
    let ids: Vec<CustomerId> = ids.into_iter().collect();
    let own = tx.customers(&ids)?;
    Ok(own.iter().map(|one| (one.id, one.shown_name())).collect())
}

/// Names of the files values came from.
fn files(tx: &mut ReadTx<'_>, values: &[RecordedValue]) -> Result<HashMap<i64, String>, Refusal> {
    let mut files = HashMap::new();
    for value in values {
        if let Origin::Import(import) = value.origin
            && !files.contains_key(&import)
        {
            let name = tx.import(ImportId(import))?.map(|one| one.file_name);
            files.insert(import, name.unwrap_or_default());
        }
    }
    Ok(files)
}
