//! Tree to text, so that reading it gives the same tree.

use super::catalogue::{Catalogue, Choice, Kind, Term};
use super::decimal::Decimal;
use super::parse::{self as keys, Key, quote};
use super::{Node, Op, Restriction, Value, When, Window};
use crate::Language;

/// The text of a tree in one language.
pub fn print(tree: &Node, catalogue: &dyn Catalogue, language: Language) -> String {
    let printer = Printer {
        catalogue,
        language,
    };
    let mut out = String::new();
    printer.node(&tree.clone().normal(), false, &mut out);
    out
}

/// A number with its thousands apart by `space`.
pub fn number_text(number: Decimal, space: &str) -> String {
    let text = number.to_string();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut out = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push_str(space);
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

struct Printer<'a> {
    catalogue: &'a dyn Catalogue,
    language: Language,
}

impl Printer<'_> {
    fn key(&self, key: &Key) -> &'static str {
        key.print(self.language)
    }

    fn node(&self, node: &Node, inside: bool, out: &mut String) {
        match node {
            Node::All(nodes) if nodes.is_empty() => out.push_str(self.key(&keys::EVERYBODY)),
            Node::Any(nodes) if nodes.is_empty() => out.push_str(self.key(&keys::NOBODY)),
            Node::All(nodes) => self.group(nodes, &keys::AND, inside, out),
            Node::Any(nodes) => self.group(nodes, &keys::OR, inside, out),
            Node::Not(node) => {
                out.push_str(self.key(&keys::NOT));
                out.push(' ');
                self.node(node, true, out);
            }
            Node::Held(held) => {
                out.push_str(self.key(&keys::HELD));
                out.push_str(&format!(" {} (", self.days(held.days)));
                self.node(&held.what, false, out);
                out.push(')');
            }
            Node::Fact(leaf) => {
                let term = self
                    .catalogue
                    .facts()
                    .iter()
                    .find(|term| term.key == leaf.fact);
                self.test(term, &leaf.fact, leaf.op, leaf.value.as_ref(), out);
            }
            Node::Event(leaf) => self.event(leaf, out),
            Node::Sequence(leaf) => {
                self.bought(&leaf.first, &leaf.window, out);
                out.push_str(&format!(" {} ", self.key(&keys::THEN)));
                if !leaf.bought {
                    out.push_str(&format!("{} ", self.key(&keys::NOT)));
                }
                self.bought(&leaf.then, &Window::ALL, out);
                out.push_str(&format!(
                    " {} {}",
                    self.key(&keys::WITHIN),
                    self.days(leaf.within)
                ));
            }
            Node::Segment(id) => {
                let name = self.catalogue.name(Choice::Segment, id, self.language);
                let name = name.unwrap_or_else(|| id.clone());
                out.push_str(&format!("{} {}", self.key(&keys::IN_SEGMENT), quote(&name)));
            }
            Node::Sample(sample) => {
                out.push_str(&format!("{} {}%", self.key(&keys::SAMPLE), sample.percent));
                if !sample.key.is_empty() {
                    out.push_str(&format!(
                        " {} {}",
                        self.key(&keys::KEYED),
                        quote(&sample.key)
                    ));
                }
            }
            Node::Moved(moved) => out.push_str(&format!(
                "{} {} {} {} {} {}",
                self.key(&keys::MOVED),
                self.when(moved.since),
                self.key(&keys::MOVED_FROM),
                quote(&moved.from),
                self.key(&keys::MOVED_TO),
                quote(&moved.to),
            )),
            Node::Abc(abc) => out.push_str(&format!(
                "{} {} {} {} {} {}",
                keys::ABC.print(Language::En),
                quote(&abc.class),
                self.key(&keys::FROM),
                self.when(abc.from),
                self.key(&keys::TO),
                self.when(abc.to),
            )),
        }
    }

    fn group(&self, nodes: &[Node], key: &Key, inside: bool, out: &mut String) {
        if inside {
            out.push('(');
        }
        for (at, node) in nodes.iter().enumerate() {
            if at > 0 {
                out.push_str(&format!(" {} ", self.key(key)));
            }
            self.node(node, true, out);
        }
        if inside {
            out.push(')');
        }
    }

    fn event(&self, leaf: &super::EventLeaf, out: &mut String) {
        let one = Decimal::whole(1).map(Value::Number);
        if leaf.measure == "orders" && leaf.op == Op::Ge && leaf.value == one {
            self.bought(&leaf.with, &leaf.window, out);
            return;
        }
        let measures = self.catalogue.measures();
        let Some(measure) = measures.iter().find(|one| one.term.key == leaf.measure) else {
            return self.test(None, &leaf.measure, leaf.op, leaf.value.as_ref(), out);
        };
        let mut name = measure.term.ident(self.language);
        if !leaf.with.is_empty() {
            name.push_str(&format!(" {} ", self.key(&keys::WITH)));
            self.restrictions(measure.stream, &leaf.with, &mut name);
        }
        if leaf.window.is_all() {
            // Without it a fact of the same name would be read.
            name.push_str(&format!(" {}", self.key(&keys::ALL_TIME)));
        } else {
            self.window(&leaf.window, &mut name);
        }
        out.push_str(&name);
        self.comparison(Some(&measure.term), leaf.op, leaf.value.as_ref(), out);
    }

    fn bought(&self, with: &[Restriction], window: &Window, out: &mut String) {
        out.push_str(self.key(&keys::BOUGHT));
        if !with.is_empty() {
            out.push(' ');
            self.restrictions("purchases", with, out);
        }
        self.window(window, out);
    }

    fn restrictions(&self, stream: &str, with: &[Restriction], out: &mut String) {
        let fields = self.catalogue.fields(stream);
        for (at, one) in with.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            let term = fields.iter().find(|term| term.key == one.field);
            self.test(term, &one.field, one.op, Some(&one.value), out);
        }
    }

    fn window(&self, window: &Window, out: &mut String) {
        if let Some(days) = window.last {
            out.push_str(&format!(" {} {}", self.key(&keys::LAST), self.days(days)));
        }
        if let Some(from) = window.from {
            out.push_str(&format!(" {} {}", self.key(&keys::FROM), self.when(from)));
        }
        if let Some(to) = window.to {
            out.push_str(&format!(" {} {}", self.key(&keys::TO), self.when(to)));
        }
    }

    fn test(
        &self,
        term: Option<&Term>,
        key: &str,
        op: Op,
        value: Option<&Value>,
        out: &mut String,
    ) {
        match term {
            Some(term) => out.push_str(&term.ident(self.language)),
            None => out.push_str(key),
        }
        self.comparison(term, op, value, out);
    }

    fn comparison(&self, term: Option<&Term>, op: Op, value: Option<&Value>, out: &mut String) {
        let day = term.is_some_and(|term| term.kind == Kind::Day);
        out.push(' ');
        out.push_str(match op {
            Op::Empty => return out.push_str(self.key(&keys::EMPTY)),
            Op::Filled => return out.push_str(self.key(&keys::FILLED)),
            Op::Next => self.key(&keys::NEXT),
            Op::In => self.key(&keys::ONE_OF),
            Op::Lt if day => self.key(&keys::BEFORE),
            Op::Gt if day => self.key(&keys::AFTER),
            Op::Eq => "=",
            Op::Ne => "!=",
            Op::Lt => "<",
            Op::Le => "<=",
            Op::Gt => ">",
            Op::Ge => ">=",
        });
        out.push(' ');
        match (op, value) {
            (Op::Next, Some(Value::Number(days))) => out.push_str(&self.days(days)),
            (_, Some(Value::List(values))) => {
                let texts: Vec<String> =
                    values.iter().map(|value| self.value(term, value)).collect();
                out.push_str(&format!("({})", texts.join(", ")));
            }
            (_, Some(value)) => out.push_str(&self.value(term, value)),
            (_, None) => {}
        }
    }

    fn value(&self, term: Option<&Term>, value: &Value) -> String {
        match (term.map(|term| term.kind), value) {
            (Some(Kind::Money), Value::Number(n)) => {
                let unit = 10i64.pow(self.catalogue.currency().digits());
                number_text(n.over(unit), " ")
            }
            (Some(Kind::Share), Value::Number(n)) => match n.times(100) {
                Some(percent) => format!("{}%", number_text(percent, " ")),
                None => n.to_string(),
            },
            (_, Value::Number(n)) => number_text(*n, " "),
            (Some(Kind::Day), Value::Text(text)) => match text.parse::<When>() {
                Ok(when) => self.when(when),
                Err(_) => quote(text),
            },
            (Some(Kind::Choice(of)), Value::Text(code)) => {
                let name = self.catalogue.name(of, code, self.language);
                let name = name.unwrap_or_else(|| code.clone());
                // An article code may begin with zeros, which a number would lose.
                if of == Choice::RfmCell {
                    name
                } else {
                    quote(&name)
                }
            }
            (_, Value::Text(text)) => quote(text),
            (_, Value::List(_)) => String::new(),
        }
    }

    fn days(&self, days: impl std::fmt::Display) -> String {
        match self.language {
            Language::Ru => format!("{days} дн"),
            Language::En => format!("{days}d"),
        }
    }

    fn when(&self, when: When) -> String {
        match (when, self.language) {
            (When::Relative(0), _) => self.key(&keys::TODAY).to_owned(),
            (When::Relative(days), _) => {
                let sign = if days < 0 { "-" } else { "+" };
                format!("{sign}{}", self.days(days.unsigned_abs()))
            }
            (When::Date(day), Language::En) => day.to_string(),
            (When::Date(day), Language::Ru) => {
                let date = day.date();
                format!("{:02}.{:02}.{}", date.day(), date.month(), date.year())
            }
        }
    }
}
