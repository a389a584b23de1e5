//! The base as a caller sees it. What is outside his scope is not in it: every list, sum and search
//! is asked of the view, and what is read from the truth is checked against it first.

use crate::App;
use crate::caller::Caller;
use crate::journal::By;
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::reports::RfmAsked;
use crate::scope::Scope;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use vernis_analytics::facts::filter::Filter;
use vernis_analytics::{Cutter, LiveBase, Rule};
use vernis_domain::{CustomerId, Purchase, StoreId, Text, UserId};
use vernis_store::{ReadTx, StoreError};

/// Scopes whose cut bases are kept; the one not asked for longest goes.
const MOST_SCOPES: usize = 64;

/// Which purchases somebody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Documents {
    /// All there are.
    All,
    /// Everything his customers bought; receipts without a person in these stores.
    OfPeople(Vec<StoreId>),
    /// What was bought in these stores.
    OfStores(Vec<StoreId>),
}

/// The base as one caller sees it, at one version.
#[derive(Clone)]
pub struct View {
    base: Arc<LiveBase>,
    documents: Documents,
    scope: Key,
    by: By,
}

impl Deref for View {
    type Target = LiveBase;

    fn deref(&self) -> &LiveBase {
        &self.base
    }
}

impl View {
    /// Who sees it, for the journal.
    pub(crate) fn by(&self) -> By {
        self.by.clone()
    }

    /// The version it is of.
    pub(crate) fn arc(&self) -> Arc<LiveBase> {
        Arc::clone(&self.base)
    }

    /// Whether it is the whole base.
    pub fn is_whole(&self) -> bool {
        self.documents == Documents::All
    }

    /// Whether the person of a record is seen.
    pub fn sees(&self, id: CustomerId) -> bool {
        self.is_whole() || self.base.place(self.base.links().root(id)).is_some()
    }

    /// Refuses a person who is not seen as one who does not exist.
    ///
    /// # Errors
    /// Not found.
    pub fn check(&self, id: CustomerId) -> Result<(), Refusal> {
        if self.sees(id) {
            Ok(())
        } else {
            Err(Refusal::not_found())
        }
    }

    /// Whether a purchase is seen.
    pub fn sees_purchase(&self, purchase: &Purchase) -> bool {
        let in_stores = |stores: &[StoreId]| stores.contains(&purchase.store_id);
        match (&self.documents, purchase.customer_id) {
            (Documents::All, _) => true,
            (Documents::OfPeople(stores), None) => in_stores(stores),
            (Documents::OfPeople(_), Some(id)) => self.sees(id),
            (Documents::OfStores(stores), None) => in_stores(stores),
            (Documents::OfStores(stores), Some(id)) => in_stores(stores) && self.sees(id),
        }
    }

    /// The stores one works in, when one's scope is stores.
    pub fn stores(&self) -> Option<&[StoreId]> {
        match (&self.scope, &self.documents) {
            (Key::Stores(..), Documents::OfPeople(stores) | Documents::OfStores(stores)) => {
                Some(stores)
            }
            _ => None,
        }
    }

    /// Whether one works in this store.
    pub fn works_in(&self, store: StoreId) -> bool {
        self.stores().is_none_or(|stores| stores.contains(&store))
    }

    /// Whose customers these are, when one sees only one's own.
    pub(crate) fn own_of(&self) -> Option<UserId> {
        match self.scope {
            Key::Own(user) => Some(UserId(user)),
            _ => None,
        }
    }

    /// Of the records somebody is found by, whether this one may be told of. Read in a transaction,
    /// because merges move people.
    pub(crate) fn may_tell(&self, tx: &mut ReadTx<'_>, id: CustomerId) -> Result<bool, StoreError> {
        Ok(self.is_whole() || self.base.place(tx.root(id)?).is_some())
    }

    /// What tells apart those who see the same.
    pub(crate) fn key(&self) -> &Key {
        &self.scope
    }
}

/// What tells scopes apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    All,
    Stores(Vec<i64>, bool),
    Own(i64),
    Filter(Vec<String>),
}

impl Key {
    fn of(caller: &Caller) -> Key {
        match caller.scope() {
            Scope::All => Key::All,
            Scope::Stores { stores } => {
                Key::Stores(stores.clone(), caller.may(Permission::OtherStoresSee))
            }
            // A key has no customers of its own: it sees nobody.
            Scope::Own => Key::Own(caller.user_id().map_or(0, |id| id.0)),
            Scope::Filter { filters } => Key::Filter(filters.clone()),
        }
    }
}

/// What is kept of one scope.
struct Kept {
    key: Key,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cutter: Cutter,
    /// The base it was cut from last, and the cut.
    last: Option<(Arc<LiveBase>, vernis_domain::Day, Arc<LiveBase>)>,
}

/// Cut bases between requests.
#[derive(Default)]
pub(crate) struct Views(Mutex<Vec<Arc<Kept>>>);

impl Views {
    fn kept(&self, key: &Key) -> Arc<Kept> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.iter().rposition(|kept| kept.key == *key) {
            Some(at) => all[at..].rotate_left(1),
            None => all.push(Arc::new(Kept {
                key: key.clone(),
                state: Mutex::default(),
            })),
        }
        if all.len() > MOST_SCOPES {
            all.remove(0);
        }
        Arc::clone(&all[all.len() - 1])
    }
}

impl App {
    /// The base as the caller sees it, up to the last commit.
    ///
    /// # Errors
    /// When the database does not answer, or a condition of his scope is none any more.
    pub fn base(&self, caller: &Caller) -> Result<View, Refusal> {
        let scope = Key::of(caller);
        let whole = self.live.current();
        let stores = |rows: &[i64]| rows.iter().copied().map(StoreId).collect::<Vec<_>>();
        let documents = match &scope {
            Key::All => {
                return Ok(View {
                    base: whole,
                    documents: Documents::All,
                    scope,
                    by: caller.into(),
                });
            }
            Key::Stores(rows, true) => Documents::OfPeople(stores(rows)),
            Key::Stores(rows, false) => Documents::OfStores(stores(rows)),
            Key::Own(_) | Key::Filter(_) => Documents::OfPeople(Vec::new()),
        };
        let kept = self.views.kept(&scope);
        // One cuts, the others who ask for the same wait for him.
        let mut state = kept.state.lock().unwrap_or_else(PoisonError::into_inner);
        // A base read before the lock may be older than what the last one cut.
        let whole = self.live.current();
        let day = self.today();
        let same = |last: &&(Arc<LiveBase>, vernis_domain::Day, Arc<LiveBase>)| {
            Arc::ptr_eq(&last.0, &whole) && last.1 == day
        };
        let base = match state.last.as_ref().filter(same) {
            Some((_, _, cut)) => Arc::clone(cut),
            None => {
                let rule = match &scope {
                    Key::All => Rule::Chosen(vernis_analytics::Chosen::default()),
                    Key::Stores(rows, whole) => Rule::Stores {
                        stores: stores(rows),
                        whole: *whole,
                    },
                    Key::Own(user) => {
                        let links = whole.links();
                        Rule::Chosen(whole.managers().people_of(links, UserId(*user)))
                    }
                    Key::Filter(filters) => Rule::Fitting {
                        lens: Arc::new(self.lens_of(self.rfm_query(&RfmAsked::default())?)),
                        filters: filters
                            .iter()
                            .map(|filter| self.parse_filter(filter))
                            .collect::<Result<Vec<Filter>, _>>()?,
                    },
                };
                let cut = Arc::new(state.cutter.cut(&whole, &rule));
                state.last = Some((whole, day, Arc::clone(&cut)));
                cut
            }
        };
        drop(state);
        Ok(View {
            base,
            documents,
            scope,
            by: caller.into(),
        })
    }

    /// The whole base, whoever asks: for the command line, the program's own work, and what is
    /// published to everybody. No endpoint may answer from it.
    pub fn whole_base(&self) -> Arc<LiveBase> {
        self.live.current()
    }
}

/// The refusal of what only whoever sees everybody may do.
pub fn whole_shop_only() -> Refusal {
    Refusal::new(
        crate::RefusalKind::Forbidden,
        "whole_shop_only",
        Text::new(
            "Это касается всей базы, а вам видна её часть. Ничего не изменено.",
            "This concerns the whole base, and you see a part of it. Nothing was changed.",
        ),
    )
}
