//! Looking one customer up in a moment: by contact, and the borders his card is seen by.

use crate::App;
use crate::customers::Contacts;
use crate::purchases::Who;
use crate::refusal::Refusal;
use crate::reports::RfmAsked;
use crate::view::{Key, View};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use vernis_analytics::facts::Lens;
use vernis_analytics::rfm::RfmQuery;
use vernis_domain::{CustomerId, Day, ImportId, Instant, Text};
use vernis_store::Origin;

/// How long the borders of cards are kept while purchases come in. A card shows the cell by borders
/// at most this old, and the time it takes to find the next (real time: a frozen clock must not
/// freeze them); the RFM page always computes them anew.
const LENS_KEPT: Duration = Duration::from_secs(1);

/// The lens of cards, kept between requests.
#[derive(Default)]
pub(crate) struct KeptLens(Mutex<Vec<Kept>>);

/// Scopes whose lens is kept.
const MOST_LENSES: usize = 64;

struct Kept {
    /// Whose borders these are: of those who see the same.
    scope: Key,
    version: u64,
    day: Day,
    /// When it was made, or when somebody last began to make the next one: meanwhile the others go
    /// on with this one instead of all doing the same work.
    since: std::time::Instant,
    lens: Arc<Lens>,
}

impl KeptLens {
    /// Forgets the lens: the borders were frozen anew.
    pub(crate) fn forget(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// Where a contact value was learned.
#[derive(Clone, Debug)]
pub struct LearnedFrom {
    /// In words.
    pub label: Text,
    /// When.
    pub recorded_at: Instant,
    /// How and when it was made sure that it is the person's own.
    pub verified: Option<(String, Instant)>,
}

/// Where each contact of a customer was learned last.
pub struct ContactOrigins(HashMap<(String, String), LearnedFrom>);

impl ContactOrigins {
    /// Where this contact was learned; external ids are recorded as `source:id`.
    pub fn of(&self, kind: &str, source: &str, value: &str) -> Option<&LearnedFrom> {
        let value = match kind {
            "external" => format!("{source}:{value}"),
            _ => value.to_owned(),
        };
        self.0.get(&(kind.to_owned(), value))
    }
}

impl App {
    /// The lens of a question: of today, or of a day in the past.
    pub fn lens_of(&self, rfm: RfmQuery) -> Lens {
        if rfm.as_of >= self.today() {
            Lens::now(rfm.as_of, rfm)
        } else {
            Lens::new(rfm.as_of, rfm)
        }
    }

    /// The day and the RFM borders cards are seen by.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn lens(&self, base: &View) -> Result<Arc<Lens>, Refusal> {
        let day = self.today();
        {
            let mut kept = self
                .kept_lens
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if let Some(kept) = kept.iter_mut().find(|kept| kept.scope == *base.key())
                && kept.day == day
            {
                if kept.version == base.version() || kept.since.elapsed() < LENS_KEPT {
                    return Ok(kept.lens.clone());
                }
                kept.since = std::time::Instant::now();
            }
        }
        let lens = Arc::new(self.lens_of(self.rfm_query(&RfmAsked::default())?));
        lens.cuts(base);
        let mut all = self
            .kept_lens
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.retain(|kept| kept.scope != *base.key());
        if all.len() >= MOST_LENSES {
            all.remove(0);
        }
        all.push(Kept {
            scope: base.key().clone(),
            version: base.version(),
            day,
            since: std::time::Instant::now(),
            lens: lens.clone(),
        });
        Ok(lens)
    }

    /// The customer with this phone, e-mail or card number.
    ///
    /// # Errors
    /// A contact that is none, or nobody's.
    pub fn find_by_contact(&self, view: &View, who: &Who) -> Result<CustomerId, Refusal> {
        let contacts = Contacts::of_known(who)?;
        self.store.read(|tx| {
            let found = contacts.find(tx, view)?;
            let record = found.id.ok_or_else(Refusal::not_found)?;
            Ok(tx.root(record)?)
        })
    }

    /// Where each contact of a customer was learned last.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn contact_origins(&self, view: &View, id: CustomerId) -> Result<ContactOrigins, Refusal> {
        view.check(id)?;
        self.store.read(|tx| -> Result<_, Refusal> {
            let mut values = Vec::new();
            let root = tx.root(id)?;
            for record in tx.records_of(root)? {
                values.extend(tx.customer_values(record)?);
            }
            let mut files: HashMap<i64, String> = HashMap::new();
            for value in &values {
                if let Origin::Import(import) = value.origin
                    && !files.contains_key(&import)
                {
                    let name = tx.import(ImportId(import))?.map(|import| import.file_name);
                    files.insert(import, name.unwrap_or_default());
                }
            }
            values.sort_by_key(|value| value.id);
            let mut learned: HashMap<(String, String), LearnedFrom> = HashMap::new();
            for value in values {
                let key = (value.kind, value.value);
                match (value.withdraws, value.verified) {
                    (Some(_), _) => {
                        learned.remove(&key);
                    }
                    (None, Some(how)) => {
                        if let Some(known) = learned.get_mut(&key) {
                            known.verified = Some((how, value.recorded_at));
                        }
                    }
                    (None, None) => {
                        let verified = learned.get(&key).and_then(|one| one.verified.clone());
                        let from = LearnedFrom {
                            label: origin_words(value.origin, &files),
                            recorded_at: value.recorded_at,
                            verified,
                        };
                        learned.insert(key, from);
                    }
                }
            }
            Ok(ContactOrigins(learned))
        })
    }
}

pub(crate) fn origin_words(origin: Origin, files: &HashMap<i64, String>) -> Text {
    match origin {
        Origin::Import(import) => match files.get(&import).map(String::as_str) {
            None | Some("") => Text::new("из файла", "from a file"),
            Some(name) => Text::owned(format!("из файла {name}"), format!("from the file {name}")),
        },
        Origin::Api | Origin::Key(_) => {
            Text::new("из кассы или программы", "from a till or program")
        }
        Origin::Form | Origin::Staff(_) => Text::new("введено вручную", "entered by hand"),
        Origin::Till => Text::new("с кассы", "from a till"),
        Origin::Bulk(_) => Text::new("массовое изменение", "bulk edit"),
    }
}
