//! Names of people: split into last, first and middle, sex where it is certain.
//!
//! Russian order and patronymics are known; anything else is kept as written. A name is never
//! refused: whatever stands there is text.

use crate::Sex;
use crate::text::{clean, fold};

mod first_names;

/// Longest name part kept, in characters.
pub const MAX_PART_CHARS: usize = 100;
/// Longest full name looked at, in characters.
pub const MAX_NAME_CHARS: usize = 250;

/// A name in parts; empty where unknown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NameParts {
    /// Last name, or the whole name when it could not be split.
    pub last: String,
    /// First name or its initial.
    pub first: String,
    /// Patronymic or its initial.
    pub middle: String,
    /// Sex, only when patronymic or first name tell it for certain.
    pub sex: Option<Sex>,
}

/// Splits a full name: «Иванова Мария Петровна», «Мария Иванова», «ИВАНОВ И.И.», «Smith, John».
pub fn split(full: &str) -> NameParts {
    let cleaned = clean(full, MAX_NAME_CHARS);
    if let Some((last, rest)) = cleaned.split_once(',')
        && !last.trim().is_empty()
        && !rest.trim().is_empty()
        && !rest.contains(',')
    {
        let rest = tokens(rest);
        return with_sex(
            case(last.trim()),
            rest.first().cloned().unwrap_or_default(),
            rest[1.min(rest.len())..].join(" "),
        );
    }
    let words = tokens(&cleaned);
    let folded: Vec<String> = words.iter().map(|w| fold(w)).collect();
    let one = |range: std::ops::Range<usize>| words[range].join(" ");
    let n = words.len();
    // «Алиев Рашад Ильгам оглы»: the patronymic is two words.
    if n >= 3
        && matches!(
            folded[n - 1].as_str(),
            "оглы" | "кызы" | "оглу" | "гызы" | "улы" | "uly"
        )
    {
        let middle = one(n - 2..n);
        return match n {
            3 => with_sex(String::new(), one(0..1), middle),
            _ => with_sex(one(0..n - 3), one(n - 3..n - 2), middle),
        };
    }
    let patronymic = (1..n).rev().find(|i| patronymic_sex(&folded[*i]).is_some());
    let known = |i: usize| folded.get(i).is_some_and(|w| first_names::sex(w).is_some());
    match (n, patronymic) {
        (0, _) => NameParts::default(),
        (1, _) if known(0) => with_sex(String::new(), one(0..1), String::new()),
        (1, _) => with_sex(one(0..1), String::new(), String::new()),
        (2, Some(1)) if known(0) || !is_surname(&folded[0]) => {
            with_sex(String::new(), one(0..1), one(1..2))
        }
        // «Иванов Абрамович»: a surname that looks like a patronymic.
        (2, _) if known(1) => with_sex(one(0..1), one(1..2), String::new()),
        (2, _) if known(0) => with_sex(one(1..2), one(0..1), String::new()),
        (2, _) if is_initial(&words[0]) => with_sex(one(1..2), one(0..1), String::new()),
        (2, _) if is_latin(&words[0]) && is_latin(&words[1]) && !is_initial(&words[1]) => {
            with_sex(one(1..2), one(0..1), String::new())
        }
        (2, _) if is_surname(&folded[1]) && !is_surname(&folded[0]) => {
            with_sex(one(1..2), one(0..1), String::new())
        }
        (2, _) => with_sex(one(0..1), one(1..2), String::new()),
        // «Мария Петровна Иванова», «И. П. Иванов»
        (3, Some(1)) => with_sex(one(2..3), one(0..1), one(1..2)),
        (3, None) if is_initial(&words[0]) && is_initial(&words[1]) => {
            with_sex(one(2..3), one(0..1), one(1..2))
        }
        (_, Some(at)) if at >= 2 => {
            let rest = if at + 1 < n {
                format!("{} {}", one(0..at - 1), one(at + 1..n))
            } else {
                one(0..at - 1)
            };
            with_sex(rest, one(at - 1..at), one(at..at + 1))
        }
        (_, Some(at)) => with_sex(one(at + 1..n), one(at - 1..at), one(at..at + 1)),
        (3, None) if known(0) && !known(1) => with_sex(one(1..3), one(0..1), String::new()),
        _ if is_latin(&words[0]) && !words[1..].iter().any(|w| is_initial(w)) => {
            with_sex(one(n - 1..n), one(0..1), one(1..n - 1))
        }
        _ => with_sex(one(0..1), one(1..2), one(2..n)),
    }
}

/// One part of a name (a cell of its own column), made safe and put into usual case.
pub fn part(text: &str) -> String {
    let cleaned = clean(text, MAX_PART_CHARS);
    if cleaned.is_empty() {
        cleaned
    } else {
        case(&cleaned)
    }
}

/// Sex by patronymic, then by first name; `None` when neither is certain or they disagree.
pub fn sex_of(first: &str, middle: &str) -> Option<Sex> {
    let by_middle = patronymic_sex(&fold(middle));
    let by_first = first_names::sex(&fold(first)).flatten();
    match (by_middle, by_first) {
        (Some(a), Some(b)) if a != b => None,
        (Some(sex), _) | (None, Some(sex)) => Some(sex),
        (None, None) => None,
    }
}

fn with_sex(last: String, first: String, middle: String) -> NameParts {
    let sex = sex_of(&first, &middle);
    let cap = |text: String| match text.char_indices().nth(MAX_PART_CHARS) {
        Some((at, _)) => text[..at].to_owned(),
        None => text,
    };
    NameParts {
        last: cap(last),
        first: cap(first),
        middle: cap(middle),
        sex,
    }
}

/// Words in usual case; glued initials come apart («И.И.» is two).
fn tokens(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let dots = word.matches('.').count();
        let short = word.split('.').all(|piece| piece.chars().count() <= 1);
        if dots >= 1 && (short || word.chars().nth(1) == Some('.')) {
            out.extend(word.split_inclusive('.').map(|piece| {
                if piece.chars().count() == 1 {
                    format!("{}.", case(piece))
                } else {
                    case(piece)
                }
            }));
        } else {
            out.push(case(word));
        }
    }
    out
}

/// ALL CAPITALS and all small become Capitalised, by hyphen and apostrophe parts; mixed case is
/// the writer's own and stays.
fn case(word: &str) -> String {
    let letters = || word.chars().filter(|c| c.is_alphabetic());
    let upper = letters().all(|c| !c.is_lowercase()) && letters().count() > 1;
    let lower = letters().all(|c| !c.is_uppercase());
    if !(upper || lower)
        || matches!(
            word.to_lowercase().as_str(),
            "оглы"
                | "кызы"
                | "оглу"
                | "гызы"
                | "де"
                | "фон"
                | "ван"
                | "von"
                | "van"
                | "de"
        )
    {
        return if upper {
            word.to_lowercase()
        } else {
            word.to_owned()
        };
    }
    let mut out = String::with_capacity(word.len());
    let mut start = true;
    for c in word.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        start = matches!(c, '-' | ' ' | '.');
    }
    out
}

fn is_initial(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_alphabetic)
        && matches!((chars.next(), chars.next()), (None | Some('.'), None))
}

fn is_latin(word: &str) -> bool {
    word.chars()
        .all(|c| c.is_ascii() || ('\u{c0}'..='\u{24f}').contains(&c))
}

/// Sex of a folded patronymic by its ending; `None` if it is not one.
fn patronymic_sex(word: &str) -> Option<Sex> {
    let ends = |endings: &[&str]| endings.iter().any(|e| word.ends_with(e));
    if word.chars().count() < 5 {
        return None;
    }
    if ends(&["овна", "евна", "ична", " кызы", " гызы"]) {
        Some(Sex::Female)
    } else if ends(&["ович", "евич", "ьич", " оглы", " оглу", " улы"])
        || matches!(word, "фомич" | "лукич" | "кузьмич" | "никитич" | "саввич")
    {
        Some(Sex::Male)
    } else {
        None
    }
}

/// A folded word that ends like a Russian, Ukrainian, Caucasian surname.
fn is_surname(word: &str) -> bool {
    [
        "ов",
        "ев",
        "ин",
        "ын",
        "ова",
        "ева",
        "ина",
        "ына",
        "ский",
        "цкий",
        "ская",
        "цкая",
        "ой",
        "ых",
        "их",
        "енко",
        "ук",
        "юк",
        "ко",
        "ян",
        "янц",
        "швили",
        "дзе",
        "ия",
        "ава",
        "оев",
        "иев",
        "ич",
        "ец",
        "ман",
        "берг",
    ]
    .iter()
    .any(|ending| word.ends_with(ending) && word.chars().count() > ending.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(full: &str) -> String {
        let n = split(full);
        let sex = match n.sex {
            Some(Sex::Male) => "m",
            Some(Sex::Female) => "f",
            None => "?",
        };
        format!("{}|{}|{}|{sex}", n.last, n.first, n.middle)
    }

    #[test]
    fn russian_names_are_split_in_every_order() {
        for (full, want) in [
            ("Иванова Мария Петровна", "Иванова|Мария|Петровна|f"),
            ("Мария Петровна Иванова", "Иванова|Мария|Петровна|f"),
            ("Мария Иванова", "Иванова|Мария||f"),
            ("Иванова Мария", "Иванова|Мария||f"),
            ("Мария Петровна", "|Мария|Петровна|f"),
            ("ИВАНОВ И.И.", "Иванов|И.|И.|?"),
            ("Иванов И. И.", "Иванов|И.|И.|?"),
            ("И.И. Иванов", "Иванов|И.|И.|?"),
            ("И. Иванов", "Иванов|И.||?"),
            ("иванов пётр ильич", "Иванов|Пётр|Ильич|m"),
            (
                "САЛТЫКОВ-ЩЕДРИН МИХАИЛ ЕВГРАФОВИЧ",
                "Салтыков-Щедрин|Михаил|Евграфович|m",
            ),
            ("Алиев Рашад Ильгам оглы", "Алиев|Рашад|Ильгам оглы|m"),
            ("Анна", "|Анна||f"),
            ("Незнакомцев", "Незнакомцев|||?"),
            ("Саша", "|Саша||?"),
            ("Smith, John", "Smith|John||?"),
            ("John Smith", "Smith|John||?"),
            ("Ким Чен Ын", "Ким|Чен|Ын|?"),
            ("Абрамович Роман", "Абрамович|Роман||m"),
            ("", "|||?"),
        ] {
            assert_eq!(shown(full), want, "{full}");
        }
    }

    #[test]
    fn a_hostile_name_is_only_text() {
        let formula = split("=cmd|'/c calc'!A1");
        assert_eq!(
            (formula.first.as_str(), formula.last.as_str()),
            ("=cmd|'/c", "calc'!A1")
        );
        let long = split(&"я ".repeat(5000));
        assert!(long.last.chars().count() + long.middle.chars().count() <= 2 * MAX_PART_CHARS + 1);
        assert!(!shown("Ива\u{202e}нов\0 Пётр\r\n").contains(['\u{202e}', '\0', '\r']));
    }

    #[test]
    fn sex_is_said_only_when_nothing_contradicts() {
        assert_eq!(sex_of("Женя", "Петровна"), Some(Sex::Female));
        assert_eq!(sex_of("Мария", "Петрович"), None);
        assert_eq!(sex_of("", ""), None);
    }

    proptest::proptest! {
        #[test]
        fn no_name_panics_or_grows(full in ".{0,80}|[А-Яа-яё. ,-]{0,60}") {
            let n = split(&full);
            for part in [&n.last, &n.first, &n.middle] {
                proptest::prop_assert!(part.chars().count() <= MAX_PART_CHARS);
                proptest::prop_assert_eq!(clean(part, MAX_PART_CHARS), part.trim_end());
            }
        }
    }
}
