//! Contacts as a caller may see them: whole, or masked; and showing them one by one, counted.

use crate::App;
use crate::caller::{Actor, Caller};
use crate::journal::{Note, acts};
use crate::permission::Permission;
use crate::refusal::{Refusal, RefusalKind};
use crate::view::View;
use vernis_domain::contact::spans;
use vernis_domain::{Contact, ContactKind, Customer, CustomerId, Day, Instant, Text, Zone};

/// Setting: how many people's contacts somebody may be shown in a day.
const BUDGET: &str = "reveals_a_day";
/// That number until the shop sets another.
pub const USUAL_BUDGET: u32 = 30;

/// A contact as a caller sees it.
pub fn shown(caller: &Caller, kind: ContactKind, value: &str) -> String {
    if caller.may(Permission::ContactsSee) {
        value.to_owned()
    } else {
        masked(kind, value)
    }
}

/// The main contact of a kind as a caller sees it.
pub fn main(caller: &Caller, customer: &Customer, kind: ContactKind) -> Option<String> {
    let value = customer.contact(kind)?;
    Some(shown(caller, kind, value))
}

/// The name of a customer as a caller sees it: a contact may stand for it.
pub fn name(caller: &Caller, customer: &Customer) -> String {
    customer.shown_name_by(|kind, value| shown(caller, kind, value))
}

/// A text somebody typed (a note, a reason, an own field) as a caller sees it: phones and e-mails in
/// it are masked like any other.
pub fn text(caller: &Caller, text: &str) -> String {
    if caller.may(Permission::ContactsSee) {
        text.to_owned()
    } else {
        spans::rewritten(text, masked_typed)
    }
}

/// A text typed over one that was perhaps seen masked: what was not seen stays.
pub(crate) fn typed_over(before: &str, typed: &str) -> String {
    spans::restored(typed, before, masked_typed)
}

/// The mask of a contact as people write it in a text.
fn masked_typed(kind: ContactKind, typed: &str) -> String {
    if kind != ContactKind::Phone {
        return masked(kind, typed);
    }
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix('8') {
        Some(rest) if rest.len() == 10 => masked(kind, &format!("+7{rest}")),
        _ => masked(kind, &format!("+{digits}")),
    }
}

/// Whether a caller sees contacts masked.
pub fn are_masked(caller: &Caller) -> bool {
    !caller.may(Permission::ContactsSee)
}

/// `+7 *** ***-12-34`, `i***@mail.ru`, `***4567`. An id in another system tells nothing of a person
/// and stays.
pub fn masked(kind: ContactKind, value: &str) -> String {
    let count = value.chars().count();
    let tail = |of: usize| {
        value
            .chars()
            .skip(count.saturating_sub(of))
            .collect::<String>()
    };
    match kind {
        ContactKind::Phone if count >= 9 && value.is_ascii() => {
            let last = tail(4);
            let country = if value.starts_with("+7") { "+7" } else { "+" };
            format!("{country} *** ***-{}-{}", &last[..2], &last[2..])
        }
        ContactKind::Email => match value.split_once('@') {
            Some((own, at)) => {
                let first: String = own.chars().take(1).collect();
                format!("{first}***@{at}")
            }
            None => "***".to_owned(),
        },
        ContactKind::Card if count >= 8 => format!("***{}", tail(4)),
        ContactKind::External => value.to_owned(),
        _ => "***".to_owned(),
    }
}

/// What was shown, and what is left for today.
pub struct Revealed {
    /// The customer with all his contacts.
    pub customer: Customer,
    /// How many more people's contacts may be shown today; `None`: no limit.
    pub left: Option<u32>,
}

impl Revealed {
    /// All contacts, the main one of each kind first.
    pub fn contacts(&self) -> &[Contact] {
        &self.customer.contacts
    }
}

impl App {
    /// Shows the contacts of one customer. Each customer counts once a day.
    ///
    /// # Errors
    /// Somebody who is not seen; a budget that is used up.
    pub fn reveal(
        &self,
        caller: &Caller,
        view: &View,
        id: CustomerId,
    ) -> Result<Revealed, Refusal> {
        view.check(id)?;
        let actor = match caller.actor {
            Actor::Staff(user) => ("staff", user.0),
            Actor::Key(key) => ("key", key),
            Actor::Shell => ("shell", 0),
        };
        let limited = !caller.may(Permission::ContactsSee);
        self.expose_contacts(caller, [view.links().root(id)])?;
        let since = self.day_began();
        let note = Note::new(&acts::CONTACTS_REVEALED, caller).customers([id]);
        self.store.write(move |tx| -> Result<Revealed, Refusal> {
            let root = tx.root(id)?;
            let customer = tx.person(root)?.ok_or_else(Refusal::not_found)?;
            if !limited {
                note.write(tx)?;
                return Ok(Revealed {
                    customer,
                    left: None,
                });
            }
            let budget = tx.setting::<u32>(BUDGET)?.unwrap_or(USUAL_BUDGET) as usize;
            let seen = tx.revealed_since(actor, since)?;
            let again = seen.contains(&root);
            if !again && seen.len() >= budget {
                return Err(used_up(budget));
            }
            tx.note_reveal(actor, root)?;
            note.write(tx)?;
            let used = seen.len() + usize::from(!again);
            Ok(Revealed {
                customer,
                left: Some((budget - used.min(budget)) as u32),
            })
        })
    }

    /// How many people's contacts somebody may be shown in a day.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn reveals_a_day(&self) -> Result<u32, Refusal> {
        let set = self
            .store
            .read(|tx| tx.setting::<u32>(BUDGET).map_err(Refusal::from))?;
        Ok(set.unwrap_or(USUAL_BUDGET))
    }

    /// Sets how many people's contacts somebody may be shown in a day.
    ///
    /// # Errors
    /// More than 10000.
    pub fn set_reveals_a_day(&self, caller: &Caller, budget: u32) -> Result<(), Refusal> {
        if budget > 10_000 {
            return Err(Refusal::field(
                "reveals_a_day",
                "out_of_range",
                Text::new("от 0 до 10000", "from 0 to 10000"),
            ));
        }
        let note = Note::new(&acts::REVEALS_SET, caller);
        self.store.write(move |tx| -> Result<(), Refusal> {
            let before = tx.setting::<u32>(BUDGET)?.unwrap_or(USUAL_BUDGET);
            tx.put_setting(BUDGET, &budget)?;
            let note = note.clone();
            note.changed(&crate::journal::fields::REVEALS_A_DAY, before, budget)
                .write(tx)?;
            Ok(())
        })
    }

    /// When the shop's day began.
    fn day_began(&self) -> Instant {
        let today: Day = self.today();
        Zone::new(&self.shop().time_zone).map_or_else(
            || Instant(i64::from(today.0) * 86_400_000_000),
            |zone| Instant(zone.noon_of(today).0 - 12 * 3_600_000_000),
        )
    }
}

fn used_up(budget: usize) -> Refusal {
    Refusal::new(
        RefusalKind::TooMany,
        "reveals_used_up",
        Text::owned(
            format!(
                "На сегодня показы контактов закончились: их {budget} в день. Завтра можно снова; если нужно больше, скажите владельцу."
            ),
            format!(
                "No more contacts can be shown today: it is {budget} a day. Tomorrow they can again; if you need more, tell the owner."
            ),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_leaves_what_tells_namesakes_apart() {
        for (kind, value, mask) in [
            (ContactKind::Phone, "+79161231234", "+7 *** ***-12-34"),
            (ContactKind::Phone, "+375291112233", "+ *** ***-22-33"),
            (ContactKind::Phone, "+123", "***"),
            (ContactKind::Email, "ivan@mail.ru", "i***@mail.ru"),
            (ContactKind::Email, "я@почта.рф", "я***@почта.рф"),
            (ContactKind::Card, "2000001234567", "***4567"),
            (ContactKind::Card, "1234", "***"),
            (ContactKind::External, "A-1", "A-1"),
        ] {
            assert_eq!(masked(kind, value), mask);
        }
        assert_eq!(
            spans::rewritten("мама 8 (916) 123-12-34, m@mail.ru", masked_typed),
            "мама +7 *** ***-12-34, m***@mail.ru"
        );
    }
}
