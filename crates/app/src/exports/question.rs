//! Whom an export holds: the same question as a list of customers, kept sealed with the request.

use crate::App;
use crate::caller::Caller;
use crate::contacts;
use crate::refusal::Refusal;
use crate::reports::{RfmAsked, parse_cell};
use crate::view::View;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use vernis_analytics::facts::list::{ListPage, ListQuery, list};
use vernis_domain::{Day, Text};

/// What file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A workbook.
    Xlsx,
    /// Text with `;` between.
    Csv,
}

impl Form {
    /// Its code and the end of its name.
    pub fn code(self) -> &'static str {
        match self {
            Form::Xlsx => "xlsx",
            Form::Csv => "csv",
        }
    }
}

/// Customers, as a list asks for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Question {
    /// Part of a name, phone, e-mail or card.
    pub search: String,
    /// RFM cell.
    pub cell: Option<String>,
    /// Public id of a saved segment.
    pub segment: Option<String>,
    /// Conditions.
    pub filters: Vec<String>,
    /// The day it is seen from.
    pub as_of: Option<String>,
    /// How RFM borders are set.
    pub borders: Option<String>,
    /// RFM window.
    pub window: Option<String>,
    /// RFM of a store.
    pub store: Option<String>,
    /// RFM of a channel.
    pub channel: Option<String>,
}

/// A request as it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Wanted {
    pub reason: String,
    pub question: Question,
    pub columns: Vec<String>,
    pub form: Form,
    pub english: bool,
}

impl Question {
    fn rfm(&self) -> Result<RfmAsked, Refusal> {
        let as_of = self.as_of.as_deref().map(|text| {
            text.parse::<Day>().map_err(|_| {
                Refusal::field(
                    "as_of",
                    "not_a_day",
                    Text::new("нужен день", "a day is wanted"),
                )
            })
        });
        Ok(RfmAsked {
            as_of: as_of.transpose()?,
            borders: self.borders.clone(),
            window: self.window.clone(),
            store: self.store.clone(),
            channel: self.channel.clone(),
        })
    }
}

impl App {
    /// The customers of a question, of those whom the caller sees; ids of the first `limit`.
    pub(crate) fn people_of(
        &self,
        caller: &Caller,
        view: &View,
        question: &Question,
        limit: usize,
    ) -> Result<ListPage, Refusal> {
        let lens = self.lens_of(self.rfm_query(&question.rfm()?)?);
        let filters = question.filters.iter();
        let query = ListQuery {
            search: question.search.clone(),
            masked: contacts::are_masked(caller),
            cell: question.cell.as_deref().map(parse_cell).transpose()?,
            filters: filters
                .map(|text| self.parse_filter(text))
                .collect::<Result<Vec<_>, _>>()?,
            segment: question
                .segment
                .as_deref()
                .map(|names| self.rule_named(names).map(Arc::new))
                .transpose()?,
            limit,
            ..ListQuery::default()
        };
        Ok(list(view, &lens, &query))
    }

    /// The lens of a question: by what day and borders its facts are seen.
    pub(crate) fn lens_of_question(
        &self,
        question: &Question,
    ) -> Result<vernis_analytics::facts::Lens, Refusal> {
        Ok(self.lens_of(self.rfm_query(&question.rfm()?)?))
    }
}
