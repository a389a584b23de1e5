//! What the shop says about exports: from how many people a second person is asked, and where the mail
//! of invented customers comes.

use crate::App;
use crate::caller::Caller;
use crate::journal::{Note, acts, fields};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use vernis_domain::phone::PhoneRegion;
use vernis_domain::{ContactKind, Text};
use vernis_store::ReadTx;

const SETTING: &str = "export_rules";

/// What somebody types who does without a second person.
pub const ALONE: Text = Text::new("Я один отвечаю за выгрузки", "I alone answer for exports");

/// The shop's rules of exports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportRules {
    /// More people than this in a day need a second person.
    pub approve_over: u32,
    /// A second person is asked at all.
    pub second_person: bool,
    /// `@shop.ru` or `box@shop.ru`; empty: files carry no invented customers.
    pub canary_mail: String,
    /// A phone of the shop's own for invented customers; may be empty.
    pub canary_phone: String,
}

impl Default for ExportRules {
    fn default() -> Self {
        ExportRules {
            approve_over: 500,
            second_person: true,
            canary_mail: String::new(),
            canary_phone: String::new(),
        }
    }
}

impl ExportRules {
    pub(crate) fn read(tx: &mut ReadTx<'_>) -> Result<ExportRules, Refusal> {
        Ok(tx.setting(SETTING)?.unwrap_or_default())
    }

    fn checked(mut self) -> Result<ExportRules, Refusal> {
        if self.approve_over > 1_000_000 {
            return Err(Refusal::field(
                "approve_over",
                "out_of_range",
                Text::new("от 0 до 1000000", "from 0 to 1000000"),
            ));
        }
        let mail = self.canary_mail.trim().to_lowercase();
        self.canary_mail = match mail.as_str() {
            "" => mail,
            _ => {
                let (mailbox, domain) = mail.split_once('@').unwrap_or(("", &mail));
                let probe = format!(
                    "{}@{domain}",
                    if mailbox.is_empty() { "x" } else { mailbox }
                );
                vernis_domain::email::parse(&probe).map_err(|_| {
                    Refusal::field(
                        "canary_mail",
                        "not_a_mail",
                        Text::new(
                            "нужен домен магазина (@shop.ru) или ящик (info@shop.ru)",
                            "the shop's domain (@shop.ru) or a mailbox (info@shop.ru) is wanted",
                        ),
                    )
                })?;
                format!("{mailbox}@{domain}")
            }
        };
        let phone = self.canary_phone.trim();
        self.canary_phone = match phone {
            "" => String::new(),
            typed => ContactKind::Phone
                .normalise(typed, PhoneRegion::RUSSIA)
                .map_err(|rule| {
                    Refusal::field(
                        "canary_phone",
                        rule,
                        Text::new("это не телефон", "this is no phone"),
                    )
                })?,
        };
        Ok(self)
    }
}

impl App {
    /// The rules of exports.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn export_rules(&self) -> Result<ExportRules, Refusal> {
        self.store.read(ExportRules::read)
    }

    /// Sets the rules of exports. Doing without a second person is confirmed in writing.
    ///
    /// # Errors
    /// A wrong field; a confirmation that is missing.
    pub fn set_export_rules(
        &self,
        caller: &Caller,
        rules: ExportRules,
        confirmation: &str,
    ) -> Result<ExportRules, Refusal> {
        let rules = rules.checked()?;
        let typed = confirmation.trim().trim_end_matches('.').to_lowercase();
        let confirmed = [&ALONE.ru, &ALONE.en]
            .iter()
            .any(|words| words.to_lowercase() == typed);
        let note = Note::new(&acts::EXPORT_RULES_SET, caller);
        self.store.write(move |tx| -> Result<ExportRules, Refusal> {
            let before = ExportRules::read(tx)?;
            if before.second_person && !rules.second_person && !confirmed {
                return Err(Refusal::field(
                    "confirmation",
                    "not_confirmed",
                    Text::owned(
                        format!("напишите дословно: {}", ALONE.ru),
                        format!("type exactly: {}", ALONE.en),
                    ),
                ));
            }
            tx.put_setting(SETTING, &rules)?;
            note.clone()
                .changed(
                    &fields::APPROVE_OVER,
                    before.approve_over,
                    rules.approve_over,
                )
                .changed(
                    &fields::SECOND_PERSON,
                    before.second_person,
                    rules.second_person,
                )
                .changed(
                    &fields::CANARY_MAIL,
                    &before.canary_mail,
                    &rules.canary_mail,
                )
                .changed(
                    &fields::CANARY_PHONE,
                    &before.canary_phone,
                    &rules.canary_phone,
                )
                .write(tx)?;
            Ok(rules.clone())
        })
    }
}
