//! The registry of facts: what is known about one customer today. A fact can be shown, sorted by
//! and filtered by in lists. One entry in [`all`] adds one everywhere.

pub mod card;
pub mod filter;
pub mod list;
pub mod own;
pub mod search;
pub mod words;

use crate::base::about::{self, Abouts, Word, WordList};
use crate::base::history::{History, NO_GAP};
use crate::base::live::LiveBase;
use crate::base::people::People;
use crate::base::row::Row;
use crate::base::shard::Shard;
use crate::life_cycle::{STATES, State};
use crate::metrics::Unit;
use crate::query::day;
use crate::rfm::kernel::{Thresholds, score_one};
use crate::rfm::{CELLS, Cell, Cuts, RfmQuery, quick};
use crate::text::{Text, Words, text};
use serde::Serialize;
use std::borrow::Cow;
use std::sync::OnceLock;
use vernis_domain::about::TOUCHES;
use vernis_domain::about::field::{CustomField, FieldKind};
use vernis_domain::{ChannelId, CustomerId, Day, Sex, StoreId};

/// The day and the borders facts are seen by; made once per question (or kept by the caller for as
/// long as the version of the base and the day stay).
#[derive(Debug)]
pub struct Lens {
    /// Today.
    pub as_of: Day,
    /// Purchases after this day do not exist yet. On a past day it is that day. Now it is none: what is
    /// recorded has happened, also in a store where the day is already another one.
    pub seen_to: Day,
    /// How RFM cells are cut.
    pub rfm: RfmQuery,
    cuts: OnceLock<Cuts>,
}

impl Lens {
    /// A lens of a day; the RFM borders are found when first needed.
    pub fn new(as_of: Day, rfm: RfmQuery) -> Lens {
        Lens {
            as_of,
            seen_to: as_of,
            rfm,
            cuts: OnceLock::new(),
        }
    }

    /// The lens of today: everything that is recorded is seen.
    pub fn now(as_of: Day, rfm: RfmQuery) -> Lens {
        Lens {
            seen_to: Day::MAX,
            ..Lens::new(as_of, rfm)
        }
    }

    /// The same question on another day.
    pub fn on(&self, day: Day) -> Lens {
        Lens::new(
            day,
            RfmQuery {
                as_of: day,
                ..self.rfm
            },
        )
    }

    /// The RFM borders.
    pub fn cuts(&self, base: &LiveBase) -> Cuts {
        *self.cuts.get_or_init(|| quick(base, &self.rfm).cuts)
    }

    /// The RFM borders, when somebody has asked for them.
    pub(crate) fn known_cuts(&self) -> Option<Cuts> {
        self.cuts.get().copied()
    }
}

/// One customer and the lens. Purchases that the lens does not see do not exist yet.
pub struct Subject<'a> {
    pub(crate) base: &'a LiveBase,
    pub(crate) lens: &'a Lens,
    pub(crate) history: Cow<'a, History>,
    pub(crate) at: usize,
    pub(crate) people: &'a People,
    pub(crate) about: &'a Abouts,
    pub(crate) slot: usize,
    pub(crate) id: CustomerId,
    /// Key of his shard.
    pub(crate) shard: i64,
}

impl<'a> Subject<'a> {
    /// The customer at a slot.
    pub fn new(base: &'a LiveBase, lens: &'a Lens, shard: &'a Shard, slot: usize) -> Subject<'a> {
        Self::of(base, lens, shard, slot, shard.at(slot))
    }

    /// The same when it is known where his purchases are.
    pub(crate) fn of(
        base: &'a LiveBase,
        lens: &'a Lens,
        shard: &'a Shard,
        slot: usize,
        (history, at): (&'a History, usize),
    ) -> Subject<'a> {
        let mut subject = Subject {
            base,
            lens,
            history: Cow::Borrowed(history),
            at,
            people: &shard.people,
            about: &shard.about,
            slot,
            id: shard.id(slot),
            shard: shard.key,
        };
        let rows = history.range(at);
        let last = rows.end.checked_sub(1).filter(|&last| last >= rows.start);
        if last.is_some_and(|last| i32::from(history.columns.day[last]) > lens.seen_to.0) {
            let known = history.columns.day[rows.clone()]
                .partition_point(|&day| i32::from(day) <= lens.seen_to.0);
            subject.history = Cow::Owned(history.first_rows(at, known));
            subject.at = 0;
        }
        subject
    }

    /// The same customer with other purchases (what if?).
    pub(crate) fn with_rows(&self, rows: &mut [Row]) -> Subject<'a> {
        Subject {
            base: self.base,
            lens: self.lens,
            history: Cow::Owned(History::of_one(rows)),
            at: 0,
            people: self.people,
            about: self.about,
            slot: self.slot,
            id: self.id,
            shard: self.shard,
        }
    }

    /// The day of the last purchase up to the lens's day.
    fn last_day_seen(&self) -> Option<i32> {
        self.last_day()
    }

    fn last_day(&self) -> Option<i32> {
        day(self.history.kept.last_day[self.at])
    }
}

/// A fact's value. Words are borrowed from the version of the base that was asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FactValue<'a> {
    /// Not known or not applicable.
    Empty,
    /// A whole number (count or days).
    Number(i64),
    /// Minor units.
    Money(i64),
    /// A calendar day.
    Day(Day),
    /// A fraction or a half number of days.
    Real(f64),
    /// A store.
    Store(StoreId),
    /// A channel.
    Channel(ChannelId),
    /// An RFM cell.
    Cell(Cell),
    /// A life-cycle state.
    State(State),
    /// A text or link.
    Text(&'a Word),
    /// Number of a choice of the fact ([`Fact::choices`]).
    Choice(u8),
    /// Numbers of choices of the fact as bits.
    Choices(u64),
    /// Yes or no.
    Flag(bool),
    /// Several words: tags.
    Words(WordList<'a>),
    /// A day of the year: month, day.
    Birthday(i8, i8),
    /// Male or female.
    Sex(Sex),
}

impl FactValue<'_> {
    /// The value without the base it was read from: words are left out.
    pub fn plain(self) -> FactValue<'static> {
        match self {
            FactValue::Empty | FactValue::Text(_) | FactValue::Words(_) => FactValue::Empty,
            FactValue::Number(n) => FactValue::Number(n),
            FactValue::Money(n) => FactValue::Money(n),
            FactValue::Day(day) => FactValue::Day(day),
            FactValue::Real(x) => FactValue::Real(x),
            FactValue::Store(id) => FactValue::Store(id),
            FactValue::Channel(id) => FactValue::Channel(id),
            FactValue::Cell(cell) => FactValue::Cell(cell),
            FactValue::State(state) => FactValue::State(state),
            FactValue::Birthday(month, day) => FactValue::Birthday(month, day),
            FactValue::Sex(sex) => FactValue::Sex(sex),
            FactValue::Choice(no) => FactValue::Choice(no),
            FactValue::Choices(bits) => FactValue::Choices(bits),
            FactValue::Flag(yes) => FactValue::Flag(yes),
        }
    }

    /// A whole number that orders values of one fact; `None` when empty.
    pub fn rank(&self) -> Option<i64> {
        Some(match self {
            FactValue::Empty => return None,
            FactValue::Number(n) | FactValue::Money(n) => *n,
            FactValue::Day(day) => i64::from(day.0),
            FactValue::Real(x) => {
                let bits = x.to_bits() as i64;
                bits ^ (((bits >> 63) as u64) >> 1) as i64
            }
            FactValue::Store(id) => id.0,
            FactValue::Channel(id) => id.0,
            FactValue::Cell(cell) => cell.number() as i64,
            FactValue::State(state) => *state as i64,
            // Texts that begin alike are told apart by the whole of them.
            FactValue::Text(word) => list::text_rank(&word.folded),
            FactValue::Choice(no) => i64::from(*no),
            FactValue::Choices(0) => return None,
            FactValue::Choices(bits) => i64::from(bits.count_ones()),
            FactValue::Flag(yes) => i64::from(*yes),
            FactValue::Words(words) if words.is_empty() => return None,
            FactValue::Words(words) => words.len() as i64,
            FactValue::Birthday(month, day) => i64::from(*month) * 32 + i64::from(*day),
            FactValue::Sex(sex) => i64::from(*sex == Sex::Female),
        })
    }
}

/// What kind of value a fact has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactType {
    /// Whole or real number.
    Number,
    /// Minor units.
    Money,
    /// A calendar day.
    Day,
    /// A store of the catalogue.
    Store,
    /// A channel of the catalogue.
    Channel,
    /// An RFM cell code.
    RfmCell,
    /// A life-cycle state key.
    LifeCycle,
    /// A line of text.
    Text,
    /// A web address.
    Link,
    /// One of the fact's choices.
    Choice,
    /// Several of the fact's choices.
    Choices,
    /// Yes or no.
    Flag,
    /// Any number of words: tags.
    Tags,
    /// A day of the year.
    Birthday,
    /// Male or female.
    Sex,
}

/// A registry entry.
pub struct Fact {
    /// Stable name.
    pub key: &'static str,
    /// What it is called.
    pub label: Text,
    /// What kind of value it has.
    pub kind: FactType,
    /// What it is measured in, for numbers and money.
    pub unit: Option<Unit>,
    /// Lists can be sorted by it.
    pub sortable: bool,
    /// Lists can be filtered by it.
    pub filterable: bool,
    /// The sentence about it, with `{}` for the comparison; `None` makes one of the label.
    pub says: Option<Text>,
    /// Where the value comes from: ask [`Fact::value`].
    pub(crate) compute: Compute,
}

/// Where a fact's value comes from.
#[derive(Clone, Copy)]
pub(crate) enum Compute {
    /// A fact of the program.
    Kept(for<'s, 'a> fn(&'s Subject<'a>) -> FactValue<'a>),
    /// A field of the shop's own.
    Own(&'static CustomField),
}

impl std::fmt::Debug for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fact({})", self.key)
    }
}

impl Fact {
    /// The value of one customer.
    #[inline]
    pub fn value<'a>(&self, subject: &Subject<'a>) -> FactValue<'a> {
        match self.compute {
            Compute::Kept(compute) => compute(subject),
            Compute::Own(field) => of_field(field, subject),
        }
    }

    /// The definition behind the fact, when it is a field of the shop's own.
    pub fn field(&self) -> Option<&'static CustomField> {
        match self.compute {
            Compute::Kept(_) => None,
            Compute::Own(field) => Some(field),
        }
    }

    /// The values that are named: states, choices. Key and label; a choice is known by the place of
    /// its number ([`Fact::choice_no`]).
    pub fn choices(&self) -> Vec<(&'static str, Words)> {
        if self.kind == FactType::LifeCycle {
            let named = STATES.iter().map(|one| (one.key(), one.label().into()));
            return named.collect();
        }
        if self.kind == FactType::Sex {
            return vec![
                ("female", text("женский", "female").into()),
                ("male", text("мужской", "male").into()),
            ];
        }
        if self.key == TOUCH_KIND {
            let kinds = TOUCHES.iter().zip(words::TOUCH_WORDS);
            return kinds
                .map(|(one, label)| (one.code(), label.into()))
                .collect();
        }
        let Some(field) = self.field() else {
            return Vec::new();
        };
        let offered = field.choices.iter().filter(|one| !one.archived);
        offered
            .map(|one| {
                let en = if one.en.is_empty() { &one.ru } else { &one.en };
                let label = Words {
                    ru: one.ru.clone(),
                    en: en.clone(),
                };
                (one.key.as_str(), label)
            })
            .collect()
    }

    /// The key of a choice.
    pub fn choice_key(&self, no: u8) -> Option<&'static str> {
        match self.field() {
            Some(field) => field.choice(no).map(|one| one.key.as_str()),
            None => TOUCHES.get(usize::from(no)).map(|one| one.code()),
        }
    }

    /// The choice of a key.
    pub fn choice_no(&self, key: &str) -> Option<u8> {
        match self.field() {
            Some(field) => field.choice_named(key).map(|one| one.no),
            None => {
                let at = TOUCHES.iter().position(|one| one.code() == key);
                at.map(|at| at as u8)
            }
        }
    }

    /// Finds what the value needs to know of the whole base, before a list parts its threads: the
    /// thread that finds the borders may be given another part of the same list while it waits, and
    /// would wait for itself.
    pub(crate) fn look(&self, base: &LiveBase, lens: &Lens) {
        if self.kind == FactType::RfmCell {
            lens.cuts(base);
        }
    }
}

const fn fact(
    key: &'static str,
    label: Text,
    kind: FactType,
    unit: Option<Unit>,
    compute: for<'s, 'a> fn(&'s Subject<'a>) -> FactValue<'a>,
) -> Fact {
    Fact {
        key,
        label,
        kind,
        unit,
        sortable: true,
        filterable: true,
        says: None,
        compute: Compute::Kept(compute),
    }
}

impl Fact {
    /// The sentence about it.
    const fn says(mut self, ru: &'static str, en: &'static str) -> Fact {
        self.says = Some(text(ru, en));
        self
    }

    /// For conditions and columns only: lists have no order of it and no plain filter.
    const fn only_shown(mut self) -> Fact {
        self.sortable = false;
        self.filterable = false;
        self
    }
}

/// Birthdays of his children: year where known, month, day.
fn children<'a>(s: &Subject<'a>) -> impl Iterator<Item = (Option<i32>, i8, i8)> + use<'a> {
    let list = s.about.list(about::CHILDREN, s.slot);
    list.iter().filter_map(|word| about::birthday(&word.shown))
}

/// Full years of his children whose year of birth is known; one not born yet has none.
fn ages<'a>(s: &Subject<'a>) -> impl Iterator<Item = i64> + use<'a> {
    let today = s.lens.as_of.date();
    let (year, of_year) = (i32::from(today.year()), (today.month(), today.day()));
    children(s).filter_map(move |(born, month, day)| {
        let age = year - born? - i32::from(of_year < (month, day));
        (age >= 0).then_some(i64::from(age))
    })
}

fn of_field<'a>(field: &CustomField, subject: &Subject<'a>) -> FactValue<'a> {
    let name = field.id.0;
    if matches!(field.kind, FieldKind::Text | FieldKind::Link) {
        let word = subject.about.word(name, subject.slot);
        return word.map_or(FactValue::Empty, FactValue::Text);
    }
    let Some(number) = subject.about.number(name, subject.slot) else {
        return FactValue::Empty;
    };
    match field.kind {
        FieldKind::Number => FactValue::Real(number as f64 / 1e6),
        FieldKind::Money => FactValue::Money(number),
        FieldKind::Date => FactValue::Day(Day(number as i32)),
        FieldKind::Choice => FactValue::Choice(number as u8),
        FieldKind::Choices => FactValue::Choices(number as u64),
        FieldKind::Flag => FactValue::Flag(number != 0),
        FieldKind::Text | FieldKind::Link => FactValue::Empty,
    }
}

fn a_day<'a>(value: Option<i32>) -> FactValue<'a> {
    value.map_or(FactValue::Empty, |d| FactValue::Day(Day(d)))
}

fn share<'a>(top: i64, bottom: i64) -> FactValue<'a> {
    if bottom == 0 {
        FactValue::Empty
    } else {
        FactValue::Real(top as f64 / bottom as f64)
    }
}

fn bought<'a>(s: &'a Subject<'_>) -> Option<&'a History> {
    (s.history.kept.orders[s.at] > 0).then_some(&*s.history)
}

/// Key of the fact whose choices are the kinds of contacts.
const TOUCH_KIND: &str = "last_contact_kind";

static ALL: [Fact; 31] = [
    fact(
        "orders",
        text("Покупок", "Orders"),
        FactType::Number,
        Some(Unit::Count),
        |s| FactValue::Number(i64::from(s.history.kept.orders[s.at])),
    )
    .says("которые купили {}", "who bought {}"),
    fact(
        "revenue",
        text("Выручка", "Revenue"),
        FactType::Money,
        Some(Unit::Money),
        |s| FactValue::Money(s.history.kept.paid[s.at]),
    )
    .says("которые потратили {}", "who spent {}"),
    fact(
        "average_order",
        text("Средняя покупка", "Average order"),
        FactType::Money,
        Some(Unit::Money),
        |s| {
            bought(s).map_or(FactValue::Empty, |h| {
                let orders = i128::from(h.kept.orders[s.at]);
                let mean = vernis_domain::money::div_round(i128::from(h.kept.paid[s.at]), orders);
                mean.map_or(FactValue::Empty, |m| FactValue::Money(m as i64))
            })
        },
    )
    .says("у которых средняя покупка {}", "whose average order is {}"),
    fact(
        "last_purchase_day",
        text("Последняя покупка", "Last purchase"),
        FactType::Day,
        None,
        |s| a_day(s.last_day_seen()),
    )
    .says(
        "которые последний раз купили {}",
        "whose last purchase was {}",
    ),
    fact(
        "first_purchase_day",
        text("Первая покупка", "First purchase"),
        FactType::Day,
        None,
        |s| a_day(day(s.history.kept.first_day[s.at])),
    )
    .says("которые впервые купили {}", "whose first purchase was {}"),
    fact(
        "days_since",
        text("Дней без покупок", "Days since last purchase"),
        FactType::Number,
        Some(Unit::Days),
        |s| {
            s.last_day_seen().map_or(FactValue::Empty, |last| {
                FactValue::Number(i64::from((s.lens.as_of.0 - last).max(0)))
            })
        },
    )
    .says("которые не покупают {}", "who have not bought for {}"),
    fact(
        "rfm_cell",
        text("Сегмент RFM", "RFM segment"),
        FactType::RfmCell,
        None,
        |s| {
            let cuts = s.lens.cuts(s.base);
            let rfm = &s.lens.rfm;
            let scores = score_one(&s.history, s.at, &rfm.window(s.base));
            let number = Thresholds::new(&cuts, rfm.as_of.0).cell(
                scores.last[0],
                scores.orders[0],
                scores.paid[0],
            );
            if number < CELLS {
                FactValue::Cell(Cell::at(number))
            } else {
                FactValue::Empty
            }
        },
    )
    .says("которые в сегменте RFM {}", "who are in the RFM segment {}"),
    fact(
        "life_cycle",
        text("Состояние", "Life-cycle state"),
        FactType::LifeCycle,
        None,
        |s| {
            let first = day(s.history.kept.first_day[s.at]);
            let known = day(s.people.registered[s.slot]);
            let on_record = first.into_iter().chain(known).min();
            if on_record.is_some_and(|since| since > s.lens.as_of.0) {
                return FactValue::Empty;
            }
            let last = s.last_day_seen();
            FactValue::State(State::of(
                first.filter(|_| last.is_some()),
                last,
                s.lens.as_of.0,
            ))
        },
    )
    .says("у которых состояние {}", "whose state is {}"),
    fact(
        "median_gap_days",
        text("Обычный промежуток, дней", "Usual gap, days"),
        FactType::Number,
        Some(Unit::Days),
        |s| match s.history.kept.gap_twice[s.at] {
            NO_GAP => FactValue::Empty,
            twice => FactValue::Real(f64::from(twice) / 2.0),
        },
    )
    .says("у которых обычный промежуток {}", "whose usual gap is {}"),
    fact(
        "overdue_ratio",
        text("Опаздывает, раз", "Overdue, times"),
        FactType::Number,
        Some(Unit::Ratio),
        |s| {
            // Silence in units of his own usual gap: above 1 he is late.
            match (s.history.kept.gap_twice[s.at], s.last_day()) {
                (NO_GAP, _) | (_, None) => FactValue::Empty,
                (twice, Some(last)) => FactValue::Real(
                    f64::from((s.lens.as_of.0 - last).max(0)) * 2.0 / f64::from(twice),
                ),
            }
        },
    )
    .says("которые молчат {}", "who have been silent for {}"),
    fact(
        "margin",
        text("Прибыль", "Margin"),
        FactType::Money,
        Some(Unit::Money),
        |s| {
            let kept = &s.history.kept;
            if kept.uncosted[s.at] > 0 || s.history.range(s.at).is_empty() {
                FactValue::Empty
            } else {
                FactValue::Money(kept.paid[s.at] - kept.cost[s.at])
            }
        },
    )
    .says("которые принесли прибыль {}", "who brought a margin of {}"),
    fact(
        "returns",
        text("Возвраты", "Returns"),
        FactType::Money,
        Some(Unit::Money),
        |s| FactValue::Money(-s.history.kept.returned[s.at]),
    )
    .says(
        "которые вернули товаров на сумму {}",
        "who returned goods for {}",
    ),
    fact(
        "discount",
        text("Скидки", "Discounts"),
        FactType::Money,
        Some(Unit::Money),
        |s| FactValue::Money(s.history.kept.discount[s.at]),
    )
    .says(
        "которые получили скидок на сумму {}",
        "who got discounts of {}",
    ),
    fact(
        "discount_share",
        text("Доля скидок", "Discount share"),
        FactType::Number,
        Some(Unit::Share),
        |s| {
            let kept = &s.history.kept;
            share(kept.discount[s.at], kept.paid[s.at] + kept.discount[s.at])
        },
    )
    .says("у которых доля скидок {}", "whose discount share is {}"),
    fact(
        "first_store",
        text("Магазин первой покупки", "Store of first purchase"),
        FactType::Store,
        None,
        |s| {
            bought(s)
                .and_then(|h| s.base.catalogue().store_id(h.kept.first_store[s.at]))
                .map_or(FactValue::Empty, FactValue::Store)
        },
    )
    .says(
        "которые впервые купили в магазине {}",
        "whose first purchase was at {}",
    ),
    fact(
        "first_channel",
        text("Канал первой покупки", "Channel of first purchase"),
        FactType::Channel,
        None,
        |s| {
            bought(s)
                .and_then(|h| s.base.catalogue().channel_id(h.kept.first_channel[s.at]))
                .map_or(FactValue::Empty, FactValue::Channel)
        },
    )
    .says(
        "у которых канал первой покупки {}",
        "whose first purchase came by {}",
    ),
    fact(
        "store",
        text("Магазин регистрации", "Store of registration"),
        FactType::Store,
        None,
        |s| match s.people.store[s.slot] {
            0 => FactValue::Empty,
            id => FactValue::Store(StoreId(id)),
        },
    )
    .says("которые записаны в магазине {}", "who are registered at {}"),
    fact(
        "channel",
        text("Канал привлечения", "Acquisition channel"),
        FactType::Channel,
        None,
        |s| match s.people.channel[s.slot] {
            0 => FactValue::Empty,
            id => FactValue::Channel(ChannelId(id)),
        },
    )
    .says(
        "у которых канал привлечения {}",
        "whose acquisition channel is {}",
    ),
    fact(
        "registered",
        text("Дата регистрации", "Registered"),
        FactType::Day,
        None,
        |s| a_day(day(s.people.registered[s.slot])),
    )
    .says("которые записаны {}", "who were registered {}"),
    fact(
        "birthday",
        text("День рождения", "Birthday"),
        FactType::Birthday,
        None,
        |s| match s.people.birthday[s.slot] {
            0 => FactValue::Empty,
            packed => FactValue::Birthday((packed / 32 % 16) as i8, (packed % 32) as i8),
        },
    )
    .says("у которых день рождения {}", "whose birthday is {}")
    .only_shown(),
    fact(
        "children",
        text("Детей", "Children"),
        FactType::Number,
        None,
        |s| match s.about.list(about::CHILDREN, s.slot).len() {
            0 => FactValue::Empty,
            n => FactValue::Number(n as i64),
        },
    )
    .says("у которых детей {}", "whose number of children is {}"),
    fact(
        "child_birthday",
        text(
            "Ближайший день рождения ребёнка",
            "Next birthday of a child",
        ),
        FactType::Birthday,
        None,
        |s| {
            let soonest = children(s).min_by_key(|(_, month, day)| {
                crate::segment::days_until(*month, *day, s.lens.as_of)
            });
            soonest.map_or(FactValue::Empty, |(_, month, day)| {
                FactValue::Birthday(month, day)
            })
        },
    )
    .says(
        "у чьих детей день рождения {}",
        "whose child\u{2019}s birthday is {}",
    )
    .only_shown(),
    fact(
        "child_age",
        text("Возраст младшего ребёнка", "Age of the youngest child"),
        FactType::Number,
        None,
        |s| ages(s).min().map_or(FactValue::Empty, FactValue::Number),
    )
    .says(
        "у которых возраст младшего ребёнка {}",
        "whose youngest child\u{2019}s age is {}",
    ),
    fact(
        "eldest_age",
        text("Возраст старшего ребёнка", "Age of the eldest child"),
        FactType::Number,
        None,
        |s| ages(s).max().map_or(FactValue::Empty, FactValue::Number),
    )
    .says(
        "у которых возраст старшего ребёнка {}",
        "whose eldest child\u{2019}s age is {}",
    ),
    fact(
        "sex",
        text("Пол", "Sex"),
        FactType::Sex,
        None,
        |s| match s.people.sex[s.slot] {
            1 => FactValue::Sex(Sex::Male),
            2 => FactValue::Sex(Sex::Female),
            _ => FactValue::Empty,
        },
    )
    .says("у которых пол {}", "whose sex is {}")
    .only_shown(),
    fact(
        "tags",
        text("Теги", "Tags"),
        FactType::Tags,
        None,
        |s| FactValue::Words(s.about.list(about::TAGS, s.slot)),
    ),
    fact(
        "likes",
        text("Любит", "Likes"),
        FactType::Tags,
        None,
        |s| FactValue::Words(s.about.list(about::LIKES, s.slot)),
    ),
    fact("vip", text("VIP", "VIP"), FactType::Flag, None, |s| {
        FactValue::Flag(s.about.word(about::VIP, s.slot).is_some())
    }),
    fact(
        "problem",
        text("Проблемный", "Problem"),
        FactType::Flag,
        None,
        |s| FactValue::Flag(s.about.word(about::PROBLEM, s.slot).is_some()),
    ),
    fact(
        "last_contact_day",
        text("Последний контакт", "Last contact"),
        FactType::Day,
        None,
        |s| {
            let touch = s.about.touch(s.slot);
            a_day(touch.map(|touch| touch.day.0))
        },
    ),
    fact(
        TOUCH_KIND,
        text("Вид последнего контакта", "Kind of last contact"),
        FactType::Choice,
        None,
        |s| {
            let touch = s.about.touch(s.slot);
            touch.map_or(FactValue::Empty, |touch| {
                FactValue::Choice(touch.kind as u8)
            })
        },
    ),
];

/// Facts of the program in the order they are offered; [`offered`] has the shop's own behind them.
pub fn all() -> &'static [Fact] {
    &ALL
}

/// All facts in the order they are offered: those of the program, then the shop's own fields.
pub fn offered(base: &LiveBase) -> Vec<&'static Fact> {
    ALL.iter().chain(base.own_facts().offered()).collect()
}

/// The fact of a key: one of the program or an own field of the shop.
pub fn find_in(base: &LiveBase, key: &str) -> Option<&'static Fact> {
    find(key).or_else(|| base.own_facts().find(key))
}

/// The fact of the program of a key.
pub fn find(key: &str) -> Option<&'static Fact> {
    ALL.iter().find(|fact| fact.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_values_rank_like_numbers() {
        let ranks: Vec<_> = [-2.5, -0.5, 0.0, 0.25, 7.0]
            .map(|x| FactValue::Real(x).rank())
            .into();
        assert!(ranks.is_sorted());
    }
}
