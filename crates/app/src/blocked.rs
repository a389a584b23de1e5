//! The shop's own list of contacts that say nobody: its phone, the cashier's card, an address that
//! cashiers type for everybody.

use crate::App;
use crate::caller::Caller;
use crate::journal::{Note, acts, fields};
use crate::refusal::{Refusal, RefusalKind};
use vernis_domain::phone::PhoneRegion;
use vernis_domain::{Contact, ContactKind, CustomerId, Text, blocked};

pub use vernis_store::BlockedContact;

/// Customers looked through for one who has a value.
const HOLDERS: usize = 1_000;

impl App {
    /// What the shop has blocked, the latest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn blocked_contacts(&self) -> Result<Vec<BlockedContact>, Refusal> {
        self.store
            .read(|tx| tx.blocked_contacts().map_err(Refusal::from))
    }

    /// Blocks a value: from now on nobody is recognised by it. It stays on the cards that have it.
    ///
    /// # Errors
    /// A value that is no contact, or is blocked already.
    pub fn block_contact(
        &self,
        caller: &Caller,
        kind: ContactKind,
        typed: &str,
    ) -> Result<BlockedContact, Refusal> {
        let value = match kind.normalise(typed, PhoneRegion::RUSSIA) {
            Ok(value) => value,
            Err("phone_filler") => return Err(already_given()),
            Err(rule) => {
                return Err(Refusal::field(
                    "value",
                    rule,
                    Text::new("такого контакта не бывает", "there is no such contact"),
                ));
            }
        };
        let contact = Contact::plain(kind, value);
        if blocked::given(&contact) || kind == ContactKind::External {
            return Err(already_given());
        }
        let origin = caller.origin();
        let note =
            Note::new(&acts::CONTACT_BLOCKED, caller).fact(&fields::CONTACT_KIND, kind.code());
        self.store
            .write(move |tx| -> Result<BlockedContact, Refusal> {
                if !tx.block_contact(&contact, origin)? {
                    return Err(Refusal::new(
                        RefusalKind::Conflict,
                        "blocked_already",
                        Text::new(
                            "Это значение уже в списке.",
                            "This value is on the list already.",
                        ),
                    ));
                }
                note.clone().write(tx)?;
                let all = tx.blocked_contacts()?;
                let one = all.into_iter().find(|one| one.contact == contact);
                one.ok_or_else(|| Refusal::internal("a blocked value that is not there"))
            })
    }

    /// Lets a value go: it finds who has it again.
    ///
    /// # Errors
    /// One that is not blocked.
    pub fn unblock_contact(&self, caller: &Caller, id: i64) -> Result<(), Refusal> {
        let known = self.blocked_contacts()?;
        let found = known.into_iter().find(|one| one.id == id);
        let contact = found.ok_or_else(Refusal::not_found)?.contact;
        let holders = self.holders(&contact)?;
        let origin = caller.origin();
        let note = Note::new(&acts::CONTACT_UNBLOCKED, caller)
            .fact(&fields::CONTACT_KIND, contact.kind.code());
        self.store.write(move |tx| -> Result<(), Refusal> {
            note.clone().write(tx)?;
            Ok(tx.unblock_contact(id, &holders, origin)?)
        })
    }

    /// Records that have a value, those first that were recorded first.
    fn holders(&self, contact: &Contact) -> Result<Vec<CustomerId>, Refusal> {
        let base = self.live.current();
        let (hits, _) = vernis_analytics::facts::search::search(&base, &contact.value, HOLDERS);
        let mut records = self.store.read(|tx| -> Result<Vec<CustomerId>, Refusal> {
            let mut records = Vec::new();
            for hit in hits {
                records.extend(tx.records_of(hit.id)?);
            }
            Ok(records)
        })?;
        records.sort_unstable();
        Ok(records)
    }
}

fn already_given() -> Refusal {
    Refusal::field(
        "value",
        "blocked_contact",
        Text::new(
            "это и так заглушка: по ней людей не узнают",
            "this is a filler anyway: nobody is recognised by it",
        ),
    )
}
