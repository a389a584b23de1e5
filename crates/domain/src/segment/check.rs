//! Whether a definition says only what there is, within the limits; what is wrong is named with its
//! place in the tree.

use super::catalogue::{Catalogue, Choice, Kind, Term};
use super::near::nearest;
use super::{Node, Op, Restriction, VERSION, Value, When, Window, limits};
use crate::{Language, Text};

/// Something wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `all[1].fact.value`.
    pub path: String,
    /// What, in both languages.
    pub message: Text,
    /// What may have been meant.
    pub proposals: Vec<String>,
}

/// Everything that is wrong with a tree; empty when it can be computed.
pub fn check(tree: &Node, catalogue: &dyn Catalogue) -> Vec<Problem> {
    let mut checker = Checker {
        catalogue,
        problems: Vec::new(),
        leaves: 0,
    };
    checker.node(tree, "", 1);
    checker.problems
}

/// Whether this program reads the version.
pub(super) fn version_problem(version: u32) -> Option<Problem> {
    (version != VERSION).then(|| Problem {
        path: "version".to_owned(),
        message: Text::owned(
            format!("эта программа читает определения версии {VERSION}"),
            format!("this program reads definitions of version {VERSION}"),
        ),
        proposals: Vec::new(),
    })
}

impl super::Definition {
    /// Everything that is wrong with it.
    pub fn check(&self, catalogue: &dyn Catalogue) -> Vec<Problem> {
        let mut problems: Vec<Problem> = version_problem(self.version).into_iter().collect();
        problems.extend(check(&self.tree, catalogue));
        problems
    }
}

struct Checker<'a> {
    catalogue: &'a dyn Catalogue,
    problems: Vec<Problem>,
    leaves: usize,
}

impl Checker<'_> {
    fn wrong(&mut self, path: impl Into<String>, message: Text, proposals: Vec<String>) {
        if self.problems.len() < 20 {
            self.problems.push(Problem {
                path: path.into(),
                message,
                proposals,
            });
        }
    }

    fn too_much(&mut self, path: &str, what: (&str, &str), most: impl std::fmt::Display) {
        let message = Text::owned(
            format!("{}: не больше {most}", what.0),
            format!("{}: at most {most}", what.1),
        );
        self.wrong(path, message, Vec::new());
    }

    fn node(&mut self, node: &Node, path: &str, depth: usize) {
        if depth > limits::DEPTH {
            self.too_much(
                path,
                ("вложенных групп", "groups within groups"),
                limits::DEPTH,
            );
            return;
        }
        let join = |name: &str| match path {
            "" => name.to_owned(),
            _ => format!("{path}.{name}"),
        };
        let group = match node {
            Node::All(nodes) => Some((join("all"), nodes)),
            Node::Any(nodes) => Some((join("any"), nodes)),
            _ => None,
        };
        if let Some((path, nodes)) = group {
            for (at, child) in nodes.iter().enumerate() {
                self.node(child, &format!("{path}[{at}]"), depth + 1);
            }
            return;
        }
        if !matches!(node, Node::Not(_) | Node::Held(_)) {
            self.leaves += 1;
            if self.leaves == limits::LEAVES + 1 {
                self.too_much(path, ("условий", "conditions"), limits::LEAVES);
            }
            if self.leaves > limits::LEAVES {
                return;
            }
        }
        match node {
            Node::All(_) | Node::Any(_) => {}
            Node::Not(child) => self.node(child, &join("not"), depth + 1),
            Node::Held(held) => {
                let path = join("held");
                self.days(held.days, limits::HELD, &format!("{path}.days"));
                self.node(&held.what, &format!("{path}.what"), depth + 1);
            }
            Node::Fact(leaf) => {
                let path = join("fact");
                let facts = self.catalogue.facts();
                match facts.iter().find(|term| term.key == leaf.fact) {
                    Some(term) => self.test(term, leaf.op, leaf.value.as_ref(), &path),
                    None => self.unknown(&leaf.fact, facts, format!("{path}.fact")),
                }
            }
            Node::Event(leaf) => {
                let path = join("event");
                let measures = self.catalogue.measures();
                match measures.iter().find(|one| one.term.key == leaf.measure) {
                    Some(measure) => {
                        self.restrictions(measure.stream, &leaf.with, &format!("{path}.with"));
                        self.window(&leaf.window, &format!("{path}.in"));
                        self.test(&measure.term, leaf.op, leaf.value.as_ref(), &path);
                    }
                    None => {
                        let terms: Vec<Term> = measures.iter().map(|m| m.term.clone()).collect();
                        self.unknown(&leaf.measure, &terms, format!("{path}.measure"));
                    }
                }
            }
            Node::Sequence(leaf) => {
                let path = join("sequence");
                self.restrictions("purchases", &leaf.first, &format!("{path}.first"));
                self.restrictions("purchases", &leaf.then, &format!("{path}.second"));
                self.window(&leaf.window, &format!("{path}.in"));
                self.days(leaf.within, limits::DAYS, &format!("{path}.within"));
            }
            Node::Segment(id) => {
                if self
                    .catalogue
                    .name(Choice::Segment, id, Language::Ru)
                    .is_none()
                {
                    let message = Text::new(
                        "такого сегмента нет: он удалён или не был создан",
                        "there is no such segment: it was removed or never made",
                    );
                    let near = self.catalogue.names(Choice::Segment, id, Language::Ru);
                    self.wrong(join("segment"), message, near);
                }
            }
            Node::Sample(sample) => {
                if !(0..=100_000_000).contains(&sample.percent.0) {
                    let message = Text::new("нужна доля от 0 до 100 %", "from 0 to 100 %");
                    self.wrong(join("sample.percent"), message, Vec::new());
                }
                self.length(&sample.key, &join("sample.key"));
            }
            Node::Moved(moved) => {
                for (name, place) in [("from", &moved.from), ("to", &moved.to)] {
                    let good = matches!(place.as_str(), "new" | "outside")
                        || ((2..=3).contains(&place.len())
                            && place.bytes().all(|b| (b'1'..=b'3').contains(&b)));
                    if !good {
                        let message = Text::new(
                            "нужен сегмент RFM (333), три сразу (33), new или outside",
                            "an RFM segment (333), three at once (33), new or outside is wanted",
                        );
                        self.wrong(join(&format!("moved.{name}")), message, Vec::new());
                    }
                }
            }
            Node::Abc(abc) => {
                if !matches!(abc.class.as_str(), "A" | "B" | "C") {
                    let message = Text::new("бывают классы A, B и C", "the classes are A, B and C");
                    let all = ["A", "B", "C"].map(str::to_owned);
                    self.wrong(join("abc.class"), message, all.into());
                }
            }
        }
    }

    fn unknown(&mut self, key: &str, terms: &[Term], path: String) {
        let message = Text::owned(
            format!("Вернись не знает «{key}»"),
            format!("Vernis does not know “{key}”"),
        );
        let near = nearest(key, terms.iter().map(|term| term.key));
        self.wrong(path, message, near);
    }

    fn days(&mut self, days: u32, most: u32, path: &str) {
        if days == 0 || days > most {
            let message = Text::owned(
                format!("нужно число дней от 1 до {most}"),
                format!("a number of days from 1 to {most} is wanted"),
            );
            self.wrong(path, message, Vec::new());
        }
    }

    fn window(&mut self, window: &Window, path: &str) {
        if let Some(days) = window.last {
            self.days(days, limits::DAYS, &format!("{path}.last"));
            if window.from.is_some() || window.to.is_some() {
                let message = Text::new(
                    "либо последние дни, либо с какого по какой",
                    "either the last days, or from one to another",
                );
                self.wrong(path, message, Vec::new());
            }
        }
    }

    fn length(&mut self, text: &str, path: &str) {
        if text.chars().count() > limits::VALUE {
            self.too_much(path, ("знаков", "characters"), limits::VALUE);
        }
        if text.contains(char::is_control) || text.contains('"') {
            let message = Text::new(
                "кавычек \" и переводов строки здесь не бывает",
                "no quotation marks \" and line breaks here",
            );
            self.wrong(path, message, Vec::new());
        }
    }

    fn restrictions(&mut self, stream: &str, with: &[Restriction], path: &str) {
        if with.len() > limits::RESTRICTIONS {
            self.too_much(path, ("уточнений", "restrictions"), limits::RESTRICTIONS);
            return;
        }
        let fields = self.catalogue.fields(stream);
        for (at, one) in with.iter().enumerate() {
            let path = format!("{path}[{at}]");
            match fields.iter().find(|term| term.key == one.field) {
                Some(term) => self.test(term, one.op, Some(&one.value), &path),
                None => self.unknown(&one.field, fields, format!("{path}.field")),
            }
        }
    }

    fn test(&mut self, term: &Term, op: Op, value: Option<&Value>, path: &str) {
        if !ops(term.kind).contains(&op) {
            let message = Text::owned(
                format!("«{}» так не сравнивают", term.label.ru),
                format!("“{}” is not compared like that", term.label.en),
            );
            return self.wrong(format!("{path}.op"), message, Vec::new());
        }
        let path = format!("{path}.value");
        match (op, value) {
            (Op::Empty | Op::Filled, None) => {}
            (Op::Empty | Op::Filled, Some(_)) => {
                let message = Text::new("здесь значения не нужно", "no value is wanted here");
                self.wrong(path, message, Vec::new());
            }
            (Op::In, Some(Value::List(values))) => {
                if values.is_empty() || values.len() > limits::VALUES {
                    let message = Text::owned(
                        format!("нужно от 1 до {} значений", limits::VALUES),
                        format!("from 1 to {} values are wanted", limits::VALUES),
                    );
                    self.wrong(path, message, Vec::new());
                } else {
                    for (at, value) in values.iter().enumerate() {
                        self.value(term.kind, value, &format!("{path}[{at}]"));
                    }
                }
            }
            (Op::Next, Some(value)) => {
                let days = match value {
                    Value::Number(n) => n.as_whole(),
                    _ => None,
                };
                if !days.is_some_and(|days| (0..=366).contains(&days)) {
                    let message = Text::new(
                        "нужно число дней от 0 до 366",
                        "a number of days from 0 to 366 is wanted",
                    );
                    self.wrong(path, message, Vec::new());
                }
            }
            (_, Some(value)) => self.value(term.kind, value, &path),
            (_, None) => {
                let message = Text::new("нужно значение", "a value is wanted");
                self.wrong(path, message, Vec::new());
            }
        }
    }

    fn value(&mut self, kind: Kind, value: &Value, path: &str) {
        let message = match (kind, value) {
            (Kind::Number(_) | Kind::Share, Value::Number(_)) => return,
            (Kind::Money, Value::Number(n)) if n.as_whole().is_some() => return,
            (Kind::Day, Value::Text(text)) if text.parse::<When>().is_ok() => return,
            (Kind::Text, Value::Text(text)) => return self.length(text, path),
            (Kind::Choice(of), Value::Text(code)) => {
                if self.catalogue.name(of, code, Language::Ru).is_some() {
                    return;
                }
                let message = Text::owned(
                    format!("«{code}» здесь нет: удалено или не было"),
                    format!("there is no “{code}”: it was removed or never was"),
                );
                let near = self.catalogue.names(of, code, Language::Ru);
                return self.wrong(path, message, near);
            }
            (Kind::Number(_) | Kind::Share, _) => Text::new("нужно число", "a number is wanted"),
            (Kind::Money, _) => Text::new(
                "нужна сумма в копейках (целое число)",
                "an amount in minor units is wanted (a whole number)",
            ),
            (Kind::Day, _) => Text::new(
                "нужен день: 2026-01-31, -60d или today",
                "a day is wanted: 2026-01-31, -60d or today",
            ),
            _ => Text::new("нужен текст", "a text is wanted"),
        };
        self.wrong(path, message, Vec::new());
    }
}

/// Comparisons a kind of value takes.
pub fn ops(kind: Kind) -> &'static [Op] {
    match kind {
        Kind::Number(_) | Kind::Share | Kind::Money => &[
            Op::Ge,
            Op::Gt,
            Op::Le,
            Op::Lt,
            Op::Eq,
            Op::Ne,
            Op::Empty,
            Op::Filled,
        ],
        Kind::Day => &[
            Op::Lt,
            Op::Gt,
            Op::Le,
            Op::Ge,
            Op::Eq,
            Op::Ne,
            Op::Empty,
            Op::Filled,
        ],
        Kind::Choice(_) | Kind::Text => &[Op::Eq, Op::Ne, Op::In, Op::Empty, Op::Filled],
        Kind::Anniversary => &[Op::Next, Op::Empty, Op::Filled],
    }
}
