//! Questions people ask of the live base, in their words (codes, dates, names of borders), turned
//! into questions the kernels answer; and what a shop may edit about RFM.

use crate::App;
use crate::caller::Caller;
use crate::journal::{Note, acts, fields};
use crate::refusal::{FieldError, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use vernis_analytics::Query;
use vernis_analytics::facts::filter::Filter;
use vernis_analytics::facts::{self, FactType};
use vernis_analytics::query::Segmented;
use vernis_analytics::rfm::{Borders, Cell, Cuts, RfmQuery};
use vernis_domain::{Day, Instant, StoreId, Text};
use vernis_store::Entity;

/// A period and its filters, as asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// First day; absent: the first day of this month.
    pub from: Option<Day>,
    /// Day after the last; absent: tomorrow.
    pub to: Option<Day>,
    /// Store code.
    pub store: Option<String>,
    /// Channel code.
    pub channel: Option<String>,
    /// RFM cell, `333`.
    pub cell: Option<String>,
    /// Segments by their names: `id`, `ready:key`, `a,not:b`.
    pub segment: Option<String>,
    /// The day it is seen from; absent: today.
    pub as_of: Option<Day>,
}

/// An RFM question, as asked.
#[derive(Clone, Debug, Default)]
pub struct RfmAsked {
    /// The day it is seen from; absent: today.
    pub as_of: Option<Day>,
    /// `terciles`, `fixed`, `rhythm`; absent: the shop's frozen borders if there are any.
    pub borders: Option<String>,
    /// `all` or a number of days.
    pub window: Option<String>,
    /// Store code.
    pub store: Option<String>,
    /// Channel code.
    pub channel: Option<String>,
}

/// Frozen borders: versions are never rewritten, the last one counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FrozenBorders {
    /// Number from 1.
    pub version: u32,
    /// When they were frozen.
    pub frozen_at: Instant,
    /// The borders.
    pub cuts: Cuts,
}

/// Name and strategy of a cell as the shop wrote them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CellWords {
    /// Name; `None` keeps the given one.
    pub name: Option<Text>,
    /// Strategy; `None` keeps the given one.
    pub strategy: Option<Text>,
}

const BORDERS: &str = "rfm_borders";
const CELLS: &str = "rfm_cells";
/// Longest name or strategy.
const MAX_WORDS: usize = 2_000;

impl App {
    /// A question to the metrics.
    ///
    /// # Errors
    /// An unknown code, or a period that ends before it begins.
    pub fn query(&self, asked: &Asked) -> Result<Query, Refusal> {
        let as_of = asked.as_of.unwrap_or_else(|| self.today());
        let from = asked.from.unwrap_or_else(|| as_of.month_start());
        let to = asked.to.unwrap_or_else(|| as_of.plus(1));
        if to <= from {
            return Err(Refusal::field(
                "to",
                "before_from",
                Text::new(
                    "конец периода раньше начала",
                    "the period ends before it begins",
                ),
            ));
        }
        let mut query = Query::new(from, to, as_of);
        query.store = asked
            .store
            .as_deref()
            .map(|c| self.store_by_code(c))
            .transpose()?;
        query.channel = asked
            .channel
            .as_deref()
            .map(|c| self.channel_by_code(c))
            .transpose()?;
        if let Some(names) = &asked.segment {
            query.segment = Some(Arc::new(self.segmented(names, as_of)?));
        }
        if let Some(cell) = &asked.cell {
            let rfm = self.rfm_query(&RfmAsked {
                as_of: Some(as_of),
                ..RfmAsked::default()
            })?;
            query.cell = Some((parse_cell(cell)?, rfm));
        }
        Ok(query)
    }

    /// A store by its public id or its code.
    ///
    /// # Errors
    /// Names the field when there is none.
    pub fn store_of(&self, text: &str) -> Result<StoreId, Refusal> {
        match self.row_id(Entity::Store, text) {
            Ok(id) => Ok(StoreId(id)),
            Err(_) => self.store_by_code(text),
        }
    }

    /// A filter whose store or channel is a public id or a code, in the form the kernel reads.
    ///
    /// # Errors
    /// A condition that is none.
    pub fn parse_filter(&self, text: &str) -> Result<Filter, Refusal> {
        let mut parts = text.splitn(3, ':');
        let (key, op, value) = (parts.next(), parts.next(), parts.next());
        let base = self.whole_base();
        let kind = key
            .and_then(|key| facts::find_in(&base, key))
            .map(|fact| fact.kind);
        let row = match (kind, value) {
            (Some(FactType::Store), Some(value)) => Some(self.store_of(value)?.0),
            (Some(FactType::Channel), Some(value)) => {
                Some(match self.row_id(Entity::Channel, value) {
                    Ok(id) => id,
                    Err(_) => self.channel_by_code(value)?.0,
                })
            }
            _ => None,
        };
        let parsed = match (row, key, op) {
            (Some(id), Some(key), Some(op)) => Filter::parse_in(&base, &format!("{key}:{op}:{id}")),
            _ => Filter::parse_in(&base, text),
        };
        parsed.map_err(|error| {
            Refusal::field(
                "filter",
                "not_a_filter",
                Text::owned(
                    format!("условие «{text}» не понято: нужно факт:сравнение:значение"),
                    error.to_string(),
                ),
            )
        })
    }

    /// Named segments as a part of a question.
    ///
    /// # Errors
    /// Not found, or one refers to something that is gone.
    pub fn segmented(&self, names: &str, as_of: Day) -> Result<Segmented, Refusal> {
        Ok(Segmented {
            rule: self.rule_named(names)?,
            rfm: self.segment_lens(as_of)?.rfm,
            today: self.today(),
        })
    }

    /// A question to RFM.
    ///
    /// # Errors
    /// An unknown code or name, or `fixed` borders that were never frozen.
    pub fn rfm_query(&self, asked: &RfmAsked) -> Result<RfmQuery, Refusal> {
        let mut query = RfmQuery::new(asked.as_of.unwrap_or_else(|| self.today()));
        query.window_days = parse_window(asked.window.as_deref().unwrap_or("all"))?;
        query.store = asked
            .store
            .as_deref()
            .map(|c| self.store_by_code(c))
            .transpose()?;
        query.channel = asked
            .channel
            .as_deref()
            .map(|c| self.channel_by_code(c))
            .transpose()?;
        let frozen = || -> Result<Option<Borders>, Refusal> {
            Ok(self.frozen_borders()?.pop().map(|f| Borders::Fixed(f.cuts)))
        };
        query.borders = match asked.borders.as_deref() {
            None => frozen()?.unwrap_or(Borders::Terciles),
            Some("terciles") => Borders::Terciles,
            Some("rhythm") => Borders::Rhythm,
            Some("fixed") => frozen()?.ok_or_else(|| {
                Refusal::field(
                    "borders",
                    "not_frozen",
                    Text::new(
                        "постоянные границы ещё не заданы; задайте их в настройках",
                        "fixed borders were not set yet; set them in Settings",
                    ),
                )
            })?,
            Some(_) => {
                return Err(Refusal::field(
                    "borders",
                    "unknown",
                    Text::new(
                        "бывают terciles, fixed, rhythm",
                        "terciles, fixed or rhythm is wanted",
                    ),
                ));
            }
        };
        Ok(query)
    }

    /// All versions of frozen borders, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn frozen_borders(&self) -> Result<Vec<FrozenBorders>, Refusal> {
        self.store.read(|tx| -> Result<_, Refusal> {
            Ok(tx
                .setting::<Vec<FrozenBorders>>(BORDERS)?
                .unwrap_or_default())
        })
    }

    /// Freezes borders as a new version.
    ///
    /// # Errors
    /// Borders that do not grow.
    pub fn freeze_borders(&self, caller: &Caller, cuts: Cuts) -> Result<FrozenBorders, Refusal> {
        let note = Note::new(&acts::BORDERS_CHANGED, caller);
        let mut wrong = Vec::new();
        for (field, grows) in [
            (
                "recency_days",
                0 <= cuts.recency_days[0] && cuts.recency_days[0] < cuts.recency_days[1],
            ),
            (
                "frequency",
                1 <= cuts.frequency[0] && cuts.frequency[0] < cuts.frequency[1],
            ),
            (
                "monetary_minor",
                cuts.monetary_minor[0] < cuts.monetary_minor[1],
            ),
        ] {
            if !grows {
                wrong.push(FieldError {
                    field: field.to_owned(),
                    rule: "must_grow",
                    message: Text::new(
                        "вторая граница должна быть больше первой",
                        "the second border must be above the first",
                    ),
                });
            }
        }
        if !wrong.is_empty() {
            return Err(Refusal::fields(wrong));
        }
        let now = self.now();
        self.store
            .write(move |tx| -> Result<FrozenBorders, Refusal> {
                let mut versions = tx
                    .setting::<Vec<FrozenBorders>>(BORDERS)?
                    .unwrap_or_default();
                let frozen = FrozenBorders {
                    version: versions.len() as u32 + 1,
                    frozen_at: now,
                    cuts,
                };
                versions.push(frozen.clone());
                tx.put_setting(BORDERS, &versions)?;
                note.clone()
                    .fact(&fields::FREEZE, frozen.version)
                    .write(tx)?;
                Ok(frozen)
            })
            .inspect(|_| self.kept_lens.forget())
    }

    /// What the shop wrote about cells, by cell.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn cell_words(&self) -> Result<BTreeMap<String, CellWords>, Refusal> {
        self.store
            .read(|tx| -> Result<_, Refusal> { Ok(tx.setting(CELLS)?.unwrap_or_default()) })
    }

    /// Writes name or strategy of a cell.
    ///
    /// # Errors
    /// No such cell, or a text that is too long.
    pub fn put_cell_words(
        &self,
        caller: &Caller,
        cell: &str,
        words: CellWords,
    ) -> Result<(), Refusal> {
        let cell = parse_cell(cell)?.to_string();
        let note = Note::new(&acts::CELL_CHANGED, caller).fact(&fields::CELL, &cell);
        for text in [&words.name, &words.strategy].into_iter().flatten() {
            if text.ru.chars().count() > MAX_WORDS || text.en.chars().count() > MAX_WORDS {
                return Err(Refusal::field(
                    "strategy",
                    "too_long",
                    Text::new("не длиннее 2000 знаков", "at most 2000 characters"),
                ));
            }
        }
        self.store.write(move |tx| -> Result<(), Refusal> {
            let mut all: BTreeMap<String, CellWords> = tx.setting(CELLS)?.unwrap_or_default();
            let kept = all.entry(cell.clone()).or_default();
            if words.name.is_some() {
                kept.name = words.name.clone();
            }
            if words.strategy.is_some() {
                kept.strategy = words.strategy.clone();
            }
            tx.put_setting(CELLS, &all)?;
            note.clone()
                .touched(&fields::NAME, words.name.is_some())
                .touched(&fields::STRATEGY, words.strategy.is_some())
                .write(tx)?;
            Ok(())
        })
    }
}

/// The cell of three digits.
///
/// # Errors
/// Anything but 111…333.
pub fn parse_cell(text: &str) -> Result<Cell, Refusal> {
    let digits: Vec<u8> = text.bytes().map(|b| b.wrapping_sub(b'0')).collect();
    let cell = match digits[..] {
        [r, f, m] => Cell::new(r, f, m),
        _ => None,
    };
    cell.ok_or_else(|| {
        Refusal::field(
            "cell",
            "unknown",
            Text::new(
                "нужны три цифры от 111 до 333",
                "three digits from 111 to 333 are wanted",
            ),
        )
    })
}

fn parse_window(text: &str) -> Result<Option<i32>, Refusal> {
    if text == "all" {
        return Ok(None);
    }
    match text.parse::<i32>() {
        Ok(days) if (1..=36_500).contains(&days) => Ok(Some(days)),
        _ => Err(Refusal::field(
            "window",
            "not_a_window",
            Text::new(
                "нужно all или число дней",
                "all or a number of days is wanted",
            ),
        )),
    }
}
