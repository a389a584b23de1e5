//! A tree told in a sentence, as one would say it to a colleague.

use super::catalogue::{Catalogue, Choice, DAYS, Kind, Noun, Term};
use super::decimal::Decimal;
use super::print::number_text;
use super::{EventLeaf, Node, Op, Restriction, Value, When, Window};
use crate::{Day, Language};

/// The sentence of a tree.
pub fn words(tree: &Node, catalogue: &dyn Catalogue, language: Language) -> String {
    let teller = Teller {
        catalogue,
        language,
    };
    let tree = tree.clone().normal();
    let sentence = match &tree {
        Node::All(nodes) if nodes.is_empty() => {
            teller.pick("все клиенты", "all customers").to_owned()
        }
        Node::Any(nodes) if nodes.is_empty() => teller.pick("никто", "nobody").to_owned(),
        tree => format!(
            "{} {}",
            teller.pick("клиенты,", "customers"),
            teller.clause(tree, false)
        ),
    };
    let mut letters = sentence.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// What one condition says, without “who”: “купили не меньше 3 раз”.
pub fn words_of_leaf(leaf: &Node, catalogue: &dyn Catalogue, language: Language) -> String {
    let teller = Teller {
        catalogue,
        language,
    };
    let clause = teller.clause(leaf, false);
    let (_, rest) = teller.lead(&clause);
    rest.to_owned()
}

struct Teller<'a> {
    catalogue: &'a dyn Catalogue,
    language: Language,
}

/// How a clause begins.
const LEADS: [&str; 7] = [
    "которые ",
    "у которых ",
    "чей ",
    "чья ",
    "кроме тех, ",
    "who ",
    "whose ",
];

const MONTHS: [[&str; 2]; 12] = [
    ["января", "January"],
    ["февраля", "February"],
    ["марта", "March"],
    ["апреля", "April"],
    ["мая", "May"],
    ["июня", "June"],
    ["июля", "July"],
    ["августа", "August"],
    ["сентября", "September"],
    ["октября", "October"],
    ["ноября", "November"],
    ["декабря", "December"],
];

impl Teller<'_> {
    fn pick<'t>(&self, ru: &'t str, en: &'t str) -> &'t str {
        match self.language {
            Language::Ru => ru,
            Language::En => en,
        }
    }

    /// The clause's “who” and the rest.
    fn lead<'t>(&self, clause: &'t str) -> (&'t str, &'t str) {
        let lead = LEADS.iter().find(|lead| clause.starts_with(*lead));
        clause.split_at(lead.map_or(0, |lead| lead.len()))
    }

    fn clause(&self, node: &Node, inside: bool) -> String {
        match node {
            Node::All(nodes) if nodes.is_empty() => {
                self.pick("которые есть", "who are on record").to_owned()
            }
            Node::Any(nodes) if nodes.is_empty() => {
                self.pick("которых нет", "who are nobody").to_owned()
            }
            Node::All(nodes) => self.several(nodes, self.pick("и", "and"), inside),
            Node::Any(nodes) => self.several(nodes, self.pick("или", "or"), inside),
            Node::Not(node) => self.not(node),
            Node::Held(held) => {
                let clause = self.clause(&held.what, true);
                let days = self.count(held.days.into(), &DAYS, false);
                match self.language {
                    Language::Ru => format!(
                        "про которых уже {days} подряд верно: {}",
                        self.lead(&clause).1
                    ),
                    Language::En => format!(
                        "of whom it has been true for {days}: {}",
                        self.lead(&clause).1
                    ),
                }
            }
            Node::Fact(leaf) => {
                let term = self
                    .catalogue
                    .facts()
                    .iter()
                    .find(|term| term.key == leaf.fact);
                self.told(term, &leaf.fact, leaf.op, leaf.value.as_ref())
            }
            Node::Event(leaf) => self.event(leaf, false),
            Node::Sequence(leaf) => {
                let first = self.with("purchases", &leaf.first) + &self.window(&leaf.window);
                let then = self.with("purchases", &leaf.then);
                let days = self.count(leaf.within.into(), &DAYS, false);
                match (self.language, leaf.bought) {
                    (Language::Ru, true) => {
                        format!("которые купили{first}, а потом за {days} купили{then}")
                    }
                    (Language::Ru, false) => {
                        format!("которые купили{first}, а потом за {days} не купили{then}")
                    }
                    (Language::En, true) => {
                        format!("who bought{first} and then bought{then} within {days}")
                    }
                    (Language::En, false) => {
                        format!("who bought{first} and then did not buy{then} within {days}")
                    }
                }
            }
            Node::Segment(id) => {
                let name = self.segment(id);
                match self.language {
                    Language::Ru => format!("которые входят в сегмент {name}"),
                    Language::En => format!("who are in the segment {name}"),
                }
            }
            Node::Sample(sample) => match self.language {
                Language::Ru => format!("которые попали в случайные {} %", comma(sample.percent)),
                Language::En => format!("who fell into a random {}%", sample.percent),
            },
            Node::Moved(moved) => {
                let (from, to) = (self.place(&moved.from), self.place(&moved.to));
                match self.language {
                    Language::Ru => format!(
                        "которые {} были в RFM {from}, а теперь {to}",
                        self.on(moved.since)
                    ),
                    Language::En => format!(
                        "who were in RFM {from} {} and are in {to} now",
                        self.on(moved.since)
                    ),
                }
            }
            Node::Abc(abc) => {
                let window = Window {
                    last: None,
                    from: Some(abc.from),
                    to: Some(abc.to),
                };
                let days = self.window(&window);
                match self.language {
                    Language::Ru => format!("которые по тратам{days} в классе {}", abc.class),
                    Language::En => format!("who are in class {} by spending{days}", abc.class),
                }
            }
        }
    }

    fn not(&self, node: &Node) -> String {
        match (node, self.language) {
            (Node::Segment(id), Language::Ru) => {
                format!("которые не входят в сегмент {}", self.segment(id))
            }
            (Node::Segment(id), Language::En) => {
                format!("who are not in the segment {}", self.segment(id))
            }
            (Node::Event(leaf), _) if is_bought(leaf) => self.event(leaf, true),
            (node, Language::Ru) => format!("кроме тех, {}", self.clause(node, true)),
            (node, Language::En) => format!("except those {}", self.clause(node, true)),
        }
    }

    fn several(&self, nodes: &[Node], joint: &str, inside: bool) -> String {
        let mut out = String::new();
        let mut lead = String::new();
        for (at, node) in nodes.iter().enumerate() {
            let clause = self.clause(node, true);
            let (own, rest) = self.lead(&clause);
            let except = own.starts_with("кроме") || clause.starts_with("except");
            let last = at + 1 == nodes.len();
            if at > 0 {
                let same = own == lead && !own.is_empty();
                out.push_str(if same && last && !except { " " } else { ", " });
                if (last && !except) || joint == self.pick("или", "or") {
                    out.push_str(joint);
                    out.push(' ');
                }
            }
            out.push_str(if at > 0 && own == lead && !own.is_empty() {
                rest
            } else {
                &clause
            });
            if !except {
                own.clone_into(&mut lead);
            }
        }
        if inside { format!("({out})") } else { out }
    }

    fn segment(&self, id: &str) -> String {
        let name = self.catalogue.says(Choice::Segment, id, self.language);
        let gone = || self.pick("(удалён)", "(removed)").to_owned();
        name.map_or_else(gone, |name| self.quoted(&name))
    }

    fn place(&self, place: &str) -> String {
        match place {
            "new" => self
                .pick("«ещё не купили»", "“had not bought yet”")
                .to_owned(),
            "outside" => self.pick("«вне окна»", "“outside the window”").to_owned(),
            cell => {
                let name = self.catalogue.says(Choice::RfmCell, cell, self.language);
                name.map_or_else(|| cell.to_owned(), |name| self.quoted(&name))
            }
        }
    }

    fn quoted(&self, name: &str) -> String {
        match self.language {
            Language::Ru => format!("«{name}»"),
            Language::En => format!("“{name}”"),
        }
    }

    fn event(&self, leaf: &EventLeaf, not: bool) -> String {
        let measures = self.catalogue.measures();
        let Some(measure) = measures.iter().find(|one| one.term.key == leaf.measure) else {
            return self.told(None, &leaf.measure, leaf.op, leaf.value.as_ref());
        };
        let which = self.with(measure.stream, &leaf.with) + &self.window(&leaf.window);
        if is_bought(leaf) {
            return match (self.language, not) {
                (Language::Ru, false) => format!("которые покупали{which}"),
                (Language::Ru, true) => format!("которые не покупали{which}"),
                (Language::En, false) => format!("who bought{which}"),
                (Language::En, true) => format!("who did not buy{which}"),
            };
        }
        self.told(
            Some(&measure.term),
            &leaf.measure,
            leaf.op,
            leaf.value.as_ref(),
        ) + &which
    }

    fn with(&self, stream: &str, with: &[Restriction]) -> String {
        let fields = self.catalogue.fields(stream);
        let mut out = String::new();
        for one in with {
            let term = fields.iter().find(|term| term.key == one.field);
            let compared = self.compared(term.map(|term| term.kind), one.op, Some(&one.value));
            let says = term.and_then(|term| term.says.as_ref());
            out.push(' ');
            match says {
                Some(says) => out.push_str(&says.get(self.language).replace("{}", &compared)),
                None => out.push_str(&format!("({}: {compared})", one.field)),
            }
        }
        out
    }

    fn told(&self, term: Option<&Term>, key: &str, op: Op, value: Option<&Value>) -> String {
        let label = term.map_or_else(
            || key.to_owned(),
            |term| lower(term.label.get(self.language)),
        );
        match (op, self.language) {
            (Op::Empty, Language::Ru) => return format!("у которых неизвестно: {label}"),
            (Op::Empty, Language::En) => return format!("whose {label} is not known"),
            (Op::Filled, Language::Ru) => return format!("у которых известно: {label}"),
            (Op::Filled, Language::En) => return format!("whose {label} is known"),
            _ => {}
        }
        let compared = self.compared(term.map(|term| term.kind), op, value);
        match term.and_then(|term| term.says.as_ref()) {
            Some(says) => says.get(self.language).replace("{}", &compared),
            None => match self.language {
                Language::Ru => format!("у которых {label} {compared}"),
                Language::En => format!("whose {label} is {compared}"),
            },
        }
    }

    fn compared(&self, kind: Option<Kind>, op: Op, value: Option<&Value>) -> String {
        let genitive = !matches!(op, Op::Eq | Op::Ne);
        let text = match (kind, value) {
            (Some(Kind::Day), Some(Value::Text(text))) => {
                return match text.parse::<When>() {
                    Ok(when) => self.day_compared(op, when),
                    Err(_) => text.clone(),
                };
            }
            (Some(Kind::Anniversary), Some(Value::Number(days))) => {
                let days = days.as_whole().unwrap_or(0);
                let count = self.count(days, &DAYS, false);
                return match (days, self.language) {
                    (0, _) => self.pick("сегодня", "today").to_owned(),
                    (_, Language::Ru) => format!("сегодня или в ближайшие {count}"),
                    (_, Language::En) => format!("today or in the next {count}"),
                };
            }
            (_, Some(Value::List(values))) => {
                let each: Vec<String> = values
                    .iter()
                    .map(|value| self.value(kind, value, false))
                    .collect();
                let (last, others) = each
                    .split_last()
                    .map_or((String::new(), &[][..]), |(l, o)| (l.clone(), o));
                return match others.is_empty() {
                    true => last,
                    false => format!("{} {} {last}", others.join(", "), self.pick("или", "or")),
                };
            }
            (_, Some(value)) => self.value(kind, value, genitive),
            (_, None) => String::new(),
        };
        let name = matches!(kind, Some(Kind::Choice(_) | Kind::Text) | None);
        let counted = matches!(kind, Some(Kind::Number(Some(noun))) if noun != DAYS);
        match (op, name) {
            (Op::Eq | Op::In | Op::Next, true) => text,
            (Op::Ne, true) => format!("{} {text}", self.pick("не", "other than")),
            (Op::Ge, _) => format!("{} {text}", self.pick("не меньше", "at least")),
            (Op::Le, _) => format!("{} {text}", self.pick("не больше", "at most")),
            (Op::Gt, _) => format!("{} {text}", self.pick("больше", "more than")),
            (Op::Lt, _) if counted => format!("{} {text}", self.pick("меньше", "fewer than")),
            (Op::Lt, _) => format!("{} {text}", self.pick("меньше", "less than")),
            (Op::Ne, _) => format!("{} {text}", self.pick("не ровно", "not exactly")),
            _ => format!("{} {text}", self.pick("ровно", "exactly")),
        }
    }

    fn value(&self, kind: Option<Kind>, value: &Value, genitive: bool) -> String {
        match (kind, value) {
            (Some(Kind::Money), Value::Number(n)) => {
                let currency = self.catalogue.currency();
                let text = self.number(n.over(10i64.pow(currency.digits())));
                match currency.code() {
                    "RUB" => format!("{text}\u{a0}₽"),
                    code => format!("{text}\u{a0}{code}"),
                }
            }
            (Some(Kind::Share), Value::Number(n)) => {
                let percent = self.number(n.times(100).unwrap_or(*n));
                self.pick("{}\u{a0}%", "{}%").replace("{}", &percent)
            }
            (Some(Kind::Number(Some(noun))), Value::Number(n)) => match n.as_whole() {
                Some(whole) => self.count(whole, &noun, genitive),
                None => format!(
                    "{}\u{a0}{}",
                    self.number(*n),
                    noun.after(2, false, self.language)
                ),
            },
            (_, Value::Number(n)) => self.number(*n),
            (Some(Kind::Choice(of)), Value::Text(code)) => {
                let name = self.catalogue.says(of, code, self.language);
                let gone = || format!("{code} {}", self.pick("(удалено)", "(removed)"));
                match of {
                    Choice::Weekday | Choice::Sex | Choice::Flag => name.unwrap_or_else(gone),
                    _ => self.quoted(&name.unwrap_or_else(gone)),
                }
            }
            (_, Value::Text(text)) => self.quoted(text),
            (_, Value::List(_)) => String::new(),
        }
    }

    fn number(&self, number: Decimal) -> String {
        match self.language {
            Language::Ru => number_text(number, "\u{a0}").replace('.', ","),
            Language::En => number_text(number, ","),
        }
    }

    fn count(&self, number: i64, noun: &Noun, genitive: bool) -> String {
        let text = Decimal::whole(number).map_or_else(|| number.to_string(), |n| self.number(n));
        format!(
            "{text}\u{a0}{}",
            noun.after(number, genitive, self.language)
        )
    }

    fn date(&self, day: Day) -> String {
        let date = day.date();
        let month = MONTHS[usize::from(date.month().unsigned_abs()) - 1];
        let month = self.pick(month[0], month[1]);
        format!("{}\u{a0}{month} {}", date.day(), date.year())
    }

    /// “60 дней назад”, “1 января 2026”.
    fn on(&self, when: When) -> String {
        match (when, self.language) {
            (When::Date(day), _) => self.date(day),
            (When::Relative(0), _) => self.pick("сегодня", "today").to_owned(),
            (When::Relative(days), _) => {
                let count = self.count(i64::from(days.unsigned_abs()), &DAYS, false);
                match (days < 0, self.language) {
                    (true, Language::Ru) => format!("{count} назад"),
                    (true, Language::En) => format!("{count} ago"),
                    (false, Language::Ru) => format!("через {count}"),
                    (false, Language::En) => format!("in {count}"),
                }
            }
        }
    }

    fn day_compared(&self, op: Op, when: When) -> String {
        let on = self.on(when);
        let ago = matches!(when, When::Relative(days) if days < 0);
        let date = matches!(when, When::Date(_));
        match (op, ago) {
            (Op::Lt, true) => format!("{} {on}", self.pick("больше", "more than")),
            (Op::Gt, true) => format!("{} {on}", self.pick("меньше", "less than")),
            (Op::Le, true) => format!("{on} {}", self.pick("или раньше", "or earlier")),
            (Op::Ge, true) => format!("{on} {}", self.pick("или позже", "or later")),
            (Op::Lt, _) if date => format!("{} {on}", self.pick("раньше", "before")),
            (Op::Gt, _) if date => format!("{} {on}", self.pick("позже", "after")),
            (Op::Lt, _) => format!("{} {on}", self.pick("раньше, чем", "before")),
            (Op::Gt, _) => format!("{} {on}", self.pick("позже, чем", "after")),
            (Op::Le, _) => format!("{} {on}", self.pick("не позже", "not after")),
            (Op::Ge, _) => format!("{} {on}", self.pick("не раньше", "not before")),
            (Op::Ne, _) => format!("{} {on}", self.pick("не", "other than")),
            _ => match (date, self.language) {
                (true, Language::En) => format!("on {on}"),
                _ => on,
            },
        }
    }

    fn window(&self, window: &Window) -> String {
        let mut out = String::new();
        if let Some(days) = window.last {
            let count = self.count(days.into(), &DAYS, false);
            let one = days % 10 == 1 && days % 100 != 11;
            out.push_str(&match (self.language, one) {
                (Language::Ru, true) => format!(" за последний {count}"),
                (Language::Ru, false) => format!(" за последние {count}"),
                (Language::En, _) => format!(" in the last {count}"),
            });
        }
        match (window.from, window.to) {
            (Some(When::Date(from)), Some(When::Date(to))) => {
                let (from, to) = (self.date(from), self.date(to));
                out.push_str(&match self.language {
                    Language::Ru => format!(" с {from} по {to}"),
                    Language::En => format!(" from {from} to {to}"),
                });
            }
            (from, to) => {
                if let Some(from) = from {
                    out.push_str(&format!(
                        " {} {}",
                        self.pick("не раньше чем", "not before"),
                        self.on(from)
                    ));
                }
                if let Some(to) = to {
                    out.push_str(&format!(
                        " {} {}",
                        self.pick("не позже чем", "not after"),
                        self.on(to)
                    ));
                }
            }
        }
        out
    }
}

/// “Bought at all”: told without a number.
fn is_bought(leaf: &EventLeaf) -> bool {
    leaf.measure == "orders"
        && leaf.op == Op::Ge
        && leaf.value == Decimal::whole(1).map(Value::Number)
}

fn lower(label: &str) -> String {
    let mut letters = label.chars();
    let first = letters.next();
    let second = letters.clone().next();
    match (first, second) {
        // An abbreviation keeps its capitals.
        (Some(_), Some(second)) if second.is_uppercase() => label.to_owned(),
        (Some(first), _) => first.to_lowercase().chain(letters).collect(),
        _ => String::new(),
    }
}

fn comma(number: Decimal) -> String {
    number.to_string().replace('.', ",")
}
