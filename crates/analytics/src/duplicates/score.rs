//! How likely two people are one, and why.
//!
//! Points for what speaks for it and against it; a pair is proposed from [`ENOUGH`] on. The points
//! follow how rarely two strangers share a thing in a base of a million: a birthday one time in
//! twenty thousand, a name as often as the base says.

use super::face::Face;
use crate::text::{Text, text};
use serde::Serialize;

/// Points from which on a pair is shown to people.
pub const ENOUGH: u8 = 60;

/// What speaks for one person, or against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Reason {
    /// Last and first name are the same.
    SameName,
    /// And hardly anybody else in the base has it.
    RareName,
    /// And few in the base have it.
    FewHaveName,
    /// They differ by a slip of the finger.
    LikeName,
    /// The middle name is the same.
    SameMiddle,
    /// First name the same, the last one is not known of one.
    SameFirst,
    /// Born on the same day.
    SameBirthday,
    /// Day and month are the same, the year of one is not known.
    SameDay,
    /// Day and month changed places.
    TurnedBirthday,
    /// The phones differ in one digit, or two neighbours changed places.
    LikePhone,
    /// Only the code of the operator differs.
    SameTail,
    /// The address leads to the same box.
    SameBox,
    /// The host was written with a slip, or is another name of the same service.
    LikeHost,
    /// The same name before the @ at another service.
    SameLocal,
    /// The same house and flat.
    SameAddress,
    /// The same city.
    SameCity,
    /// Against: another first name.
    OtherFirst,
    /// Against: another middle name.
    OtherMiddle,
    /// Against: born on another day.
    OtherBirthday,
    /// Against: another sex.
    OtherSex,
    /// Against: another city.
    OtherCity,
}

impl Reason {
    /// In words.
    pub fn words(self) -> Text {
        match self {
            Self::SameName => text("имя и фамилия совпадают", "the same last and first name"),
            Self::RareName => text("такое имя в базе редкость", "the name is rare in this base"),
            Self::FewHaveName => text(
                "такое имя в базе у немногих",
                "few in this base have the name",
            ),
            Self::LikeName => text("имена почти одинаковы", "the names are nearly the same"),
            Self::SameMiddle => text("отчество совпадает", "the same middle name"),
            Self::SameFirst => text("имя совпадает", "the same first name"),
            Self::SameBirthday => text("день рождения совпадает", "the same birthday"),
            Self::SameDay => text(
                "день и месяц рождения совпадают",
                "the same day and month of birth",
            ),
            Self::TurnedBirthday => text(
                "день и месяц рождения переставлены",
                "day and month of birth changed places",
            ),
            Self::LikePhone => text(
                "телефоны отличаются одной цифрой",
                "the phones differ in one digit",
            ),
            Self::SameTail => text(
                "телефоны отличаются только кодом",
                "the phones differ in their code only",
            ),
            Self::SameBox => text("почта — один и тот же ящик", "one and the same mailbox"),
            Self::LikeHost => text(
                "почта отличается опиской в адресе",
                "the e-mails differ by a slip in the host",
            ),
            Self::SameLocal => text(
                "одинаковое имя почты на разных службах",
                "the same name of e-mail at different services",
            ),
            Self::SameAddress => text("один адрес", "the same address"),
            Self::SameCity => text("один город", "the same city"),
            Self::OtherFirst => text("имена разные", "different first names"),
            Self::OtherMiddle => text("отчества разные", "different middle names"),
            Self::OtherBirthday => text("дни рождения разные", "different birthdays"),
            Self::OtherSex => text("пол разный", "different sex"),
            Self::OtherCity => text("города разные", "different cities"),
        }
    }

    /// Whether it speaks against one person.
    pub fn against(self) -> bool {
        matches!(
            self,
            Self::OtherFirst
                | Self::OtherMiddle
                | Self::OtherBirthday
                | Self::OtherSex
                | Self::OtherCity
        )
    }
}

/// Points of a pair, 0 to 99, and why. `holders` is how many people of the base have the name of the
/// first.
pub(super) fn compare(a: &Face, b: &Face, holders: usize) -> (u8, Vec<Reason>) {
    let mut points = 0_i32;
    let mut reasons = Vec::new();
    let mut say = |reason: Reason, worth: i32| {
        points += worth;
        reasons.push(reason);
    };
    names(a, b, holders, &mut say);
    if let (Some(x), Some(y)) = (a.birthday, b.birthday) {
        let known = x.0 != 0 && y.0 != 0;
        if (x.1, x.2) == (y.1, y.2) && x.0 == y.0 && known {
            say(Reason::SameBirthday, 40);
        } else if (x.1, x.2) == (y.1, y.2) && !known {
            say(Reason::SameDay, 20);
        } else if x.0 == y.0 && (x.1, x.2) == (y.2, y.1) {
            say(Reason::TurnedBirthday, 20);
        } else {
            say(Reason::OtherBirthday, -40);
        }
    }
    phones(a, b, &mut say);
    mails(a, b, &mut say);
    if !a.address.is_empty() && a.address == b.address {
        // A family has it too: its first names differ.
        say(Reason::SameAddress, 30);
    }
    if !a.city.is_empty() && !b.city.is_empty() {
        if a.city == b.city {
            say(Reason::SameCity, 5);
        } else {
            say(Reason::OtherCity, -5);
        }
    }
    if let (Some(x), Some(y)) = (a.sex, b.sex)
        && x != y
    {
        say(Reason::OtherSex, -40);
    }
    (points.clamp(0, 99) as u8, reasons)
}

fn names(a: &Face, b: &Face, holders: usize, say: &mut impl FnMut(Reason, i32)) {
    let straight = |x: &Face, y: &Face| x.last == y.last && x.first == y.first;
    let both = a.named() && b.named();
    let turned = both && a.last == b.first && a.first == b.last;
    if both && (straight(a, b) || turned) {
        say(Reason::SameName, 30);
        match holders {
            0..=3 => say(Reason::RareName, 20),
            4..=20 => say(Reason::FewHaveName, 10),
            _ => {}
        }
    } else if both {
        // Sasha may be anybody, one slip in eight letters is a slip.
        let alike = |x: &str, y: &str| {
            x == y || x.len().min(y.len()) >= 4 && strsim::osa_distance(x, y) <= 1
        };
        let near = alike(&a.last, &b.last) && alike(&a.first, &b.first);
        if near || alike(&a.last, &b.first) && alike(&a.first, &b.last) {
            say(Reason::LikeName, 25);
        } else if a.first == b.first {
            // The same given name alone is one in fifty.
            say(Reason::SameFirst, 0);
        } else {
            say(Reason::OtherFirst, -30);
        }
    } else if a.first.len() > 1 && b.first.len() > 1 {
        if a.first == b.first {
            say(Reason::SameFirst, 10);
        } else if strsim::osa_distance(&a.first, &b.first) > 1 {
            say(Reason::OtherFirst, -30);
        }
    }
    if a.middle.len() > 1 && b.middle.len() > 1 {
        if a.middle == b.middle {
            say(Reason::SameMiddle, 10);
        } else if strsim::osa_distance(&a.middle, &b.middle) > 1 {
            say(Reason::OtherMiddle, -30);
        }
    }
}

fn phones(a: &Face, b: &Face, say: &mut impl FnMut(Reason, i32)) {
    let mut best = None;
    for x in &a.phones {
        for y in &b.phones {
            if x == y || x.len() != y.len() {
                continue;
            }
            if strsim::osa_distance(x, y) == 1 {
                best = Some((Reason::LikePhone, 35));
            } else if best.is_none() && x.len() == 10 && x[3..] == y[3..] {
                best = Some((Reason::SameTail, 25));
            }
        }
    }
    if let Some((reason, worth)) = best {
        say(reason, worth);
    }
}

fn mails(a: &Face, b: &Face, say: &mut impl FnMut(Reason, i32)) {
    let mut best: Option<(Reason, i32)> = None;
    for x in &a.mails {
        for y in &b.mails {
            if x.local != y.local || x.local.len() < 4 {
                continue;
            }
            let found = if x.host == y.host && x.slip == y.slip {
                (Reason::SameBox, 60)
            } else if x.host == y.host {
                (Reason::LikeHost, 50)
            } else if x.local.len() >= 6 {
                (Reason::SameLocal, 30)
            } else {
                continue;
            };
            if best.is_none_or(|(_, worth)| worth < found.1) {
                best = Some(found);
            }
        }
    }
    if let Some((reason, worth)) = best {
        say(reason, worth);
    }
}
