//! Looking one customer up in a moment: by contact, and the borders his card is seen by.

use crate::App;
use crate::customers::Contacts;
use crate::purchases::Who;
use crate::refusal::Refusal;
use crate::reports::RfmAsked;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use vernis_analytics::LiveBase;
use vernis_analytics::facts::Lens;
use vernis_domain::{CustomerId, Day, Instant, Text};
use vernis_store::Origin;

/// How long the borders of cards are kept while purchases come in. A card shows the cell by borders
/// at most this old, and the time it takes to find the next (real time: a frozen clock must not freeze them); the RFM page always computes
/// them anew.
const LENS_KEPT: Duration = Duration::from_secs(1);

/// The lens of cards, kept between requests.
#[derive(Default)]
pub(crate) struct KeptLens(Mutex<Option<Kept>>);

struct Kept {
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
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Where a contact value was learned.
#[derive(Clone, Debug)]
pub struct LearnedFrom {
    /// In words.
    pub label: Text,
    /// When.
    pub recorded_at: Instant,
}

impl App {
    /// The day and the RFM borders cards are seen by.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn lens(&self, base: &LiveBase) -> Result<Arc<Lens>, Refusal> {
        let day = self.today();
        {
            let mut kept = self
                .kept_lens
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if let Some(kept) = kept.as_mut()
                && kept.day == day
            {
                if kept.version == base.version() || kept.since.elapsed() < LENS_KEPT {
                    return Ok(kept.lens.clone());
                }
                kept.since = std::time::Instant::now();
            }
        }
        let lens = Arc::new(Lens::new(day, self.rfm_query(&RfmAsked::default())?));
        lens.cuts(base);
        *self
            .kept_lens
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Kept {
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
    pub fn find_by_contact(&self, who: &Who) -> Result<CustomerId, Refusal> {
        let contacts = Contacts::of(who)?;
        self.store
            .read(|tx| contacts.find(tx))?
            .ok_or_else(Refusal::not_found)
    }

    /// Where each contact of a customer was learned last, by (kind, value).
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn contact_origins(
        &self,
        id: CustomerId,
    ) -> Result<HashMap<(String, String), LearnedFrom>, Refusal> {
        self.store.read(|tx| -> Result<_, Refusal> {
            Ok(tx
                .customer_values(id)?
                .into_iter()
                .filter(|value| value.withdraws.is_none())
                .map(|value| {
                    let learned = LearnedFrom {
                        label: origin_words(value.origin),
                        recorded_at: value.recorded_at,
                    };
                    ((value.kind, value.value), learned)
                })
                .collect())
        })
    }
}

fn origin_words(origin: Origin) -> Text {
    match origin {
        Origin::Import(_) => Text::new("из файла", "from a file"),
        Origin::Api => Text::new("из кассы или программы", "from a till or program"),
        Origin::Form => Text::new("введено вручную", "entered by hand"),
        Origin::Till => Text::new("с кассы", "from a till"),
    }
}
