//! E-mail addresses folded to one form.

/// Why a text is not an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum EmailError {
    /// Not of the form `name@host.zone`.
    #[error("not an e-mail address")]
    NotAnAddress,
    /// Longer than mail systems take (64 before the @, 254 in all).
    #[error("too long")]
    TooLong,
}

impl EmailError {
    /// Stable code for reports.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAnAddress => "email_not_an_address",
            Self::TooLong => "email_too_long",
        }
    }
}

/// The addresses of one cell: good ones folded and without repeats, and why others were not taken.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EmailCell {
    /// Folded addresses in the order they stand.
    pub emails: Vec<String>,
    /// What was wrong with the rest.
    pub errors: Vec<EmailError>,
}

/// One address, trimmed and in lower case. `mailto:`, `<…>` and a trailing dot are taken off.
/// Nothing else is folded: dots and `+tags` may mean another person.
///
/// # Errors
/// The reason when it is not an address.
pub fn parse(text: &str) -> Result<String, EmailError> {
    let text = text.trim_matches(|c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\'' | '"' | ',' | ';' | '\u{feff}' | '\u{200b}')
    });
    let text = match (text.rfind('<'), text.ends_with('>')) {
        (Some(at), true) => &text[at + 1..text.len() - 1],
        _ => text,
    };
    let text = match text.get(..7) {
        Some(head) if head.eq_ignore_ascii_case("mailto:") => &text[7..],
        _ => text,
    };
    let text = text.trim().trim_end_matches('.');
    let (local, host) = text.rsplit_once('@').ok_or(EmailError::NotAnAddress)?;
    if local.len() > 64 || text.len() > 254 {
        return Err(EmailError::TooLong);
    }
    let local_ok = !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| {
            c.is_ascii_alphanumeric()
                || ".!#$%&'*+/=?^_`{|}~-".contains(c)
                || (!c.is_ascii() && c.is_alphanumeric())
        });
    let labels = host.split('.').count();
    let host_ok = labels >= 2
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
        && host
            .rsplit('.')
            .next()
            .is_some_and(|zone| zone.chars().count() >= 2 && zone.chars().any(char::is_alphabetic));
    if local_ok && host_ok {
        Ok(text.to_lowercase())
    } else {
        Err(EmailError::NotAnAddress)
    }
}

/// All addresses of a cell, separated by commas, semicolons, spaces, bars or line breaks.
pub fn parse_cell(text: &str) -> EmailCell {
    let mut cell = EmailCell::default();
    if text.trim().is_empty() {
        return cell;
    }
    let mut one = |piece: &str| match parse(piece) {
        Ok(email) if cell.emails.contains(&email) => {}
        Ok(email) => cell.emails.push(email),
        Err(error) => cell.errors.push(error),
    };
    if text.contains('<') {
        text.split([',', ';', '\n'])
            .filter(|p| !p.trim().is_empty())
            .for_each(&mut one);
    } else {
        text.split(|c: char| matches!(c, ',' | ';' | '|') || c.is_whitespace())
            .filter(|piece| !piece.is_empty())
            .for_each(&mut one);
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_folded_to_one_form() {
        assert_eq!(
            parse(" Ivan.Petrov@Mail.RU "),
            Ok("ivan.petrov@mail.ru".into())
        );
        assert_eq!(parse("mailto:a@b.ru"), Ok("a@b.ru".into()));
        assert_eq!(parse("Иван <I@ya.ru>"), Ok("i@ya.ru".into()));
        assert_eq!(parse("почта@пример.рф"), Ok("почта@пример.рф".into()));
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for bad in [
            "нет",
            "a@b",
            "@mail.ru",
            "a b@mail.ru",
            "a@@b.ru",
            "a@-b.ru",
            "a..b@c.ru",
            "a@1.2",
            "x@y.r",
        ] {
            assert_eq!(parse(bad), Err(EmailError::NotAnAddress), "{bad}");
        }
        assert_eq!(
            parse(&format!("{}@b.ru", "a".repeat(65))),
            Err(EmailError::TooLong)
        );
    }

    #[test]
    fn several_addresses_in_a_cell_are_all_taken_once() {
        let cell = parse_cell("a@b.ru; A@B.RU, c@d.com нет");
        assert_eq!(cell.emails, ["a@b.ru", "c@d.com"]);
        assert_eq!(cell.errors, [EmailError::NotAnAddress]);
    }

    proptest::proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in ".{0,40}|[a-zA-Z.+]{1,9}@[a-zA-Z-]{1,9}\\.[a-z]{2,3}") {
            for email in parse_cell(&text).emails {
                proptest::prop_assert_eq!(parse(&email), Ok(email));
            }
        }
    }
}
