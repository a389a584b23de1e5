//! Text to tree. Both languages are read, also mixed. An error names its place and proposes what may
//! have been meant; the same knowledge completes a text while it is typed.

use super::catalogue::{Catalogue, Choice, Kind as Of, Term};
use super::check::{check, ops};
use super::decimal::Decimal;
use super::lex::{Kind, Token, tokens};
use super::near::nearest;
use super::{
    Abc, EventLeaf, FactLeaf, Held, Moved, Node, Op, Restriction, Sample, SequenceLeaf, Value,
    When, Window, limits,
};
use crate::{Language, Text};
use std::ops::Range;

/// Why a text is no definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// Where, in characters.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: Text,
    /// What may be written there instead.
    pub proposals: Vec<String>,
}

/// A way to go on with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What it replaces, in characters.
    pub at: Range<usize>,
    /// What to write there.
    pub insert: String,
}

/// A keyword: its spellings, the one that is printed first.
pub(super) struct Key {
    en: &'static [&'static str],
    ru: &'static [&'static str],
}

impl Key {
    pub(super) fn print(&self, language: Language) -> &'static str {
        match language {
            Language::Ru => self.ru[0],
            Language::En => self.en[0],
        }
    }
}

macro_rules! keys {
    ($($name:ident: [$($en:literal)*] [$($ru:literal)*];)*) => {
        $(pub(super) const $name: Key = Key { en: &[$($en),*], ru: &[$($ru),*] };)*
    };
}

keys! {
    AND: ["and" "but"] ["и" "но"];
    OR: ["or"] ["или"];
    NOT: ["not"] ["не"];
    EVERYBODY: ["everybody" "everyone"] ["все"];
    NOBODY: ["nobody"] ["никто"];
    IN_SEGMENT: ["in segment" "segment" "in list" "list"] ["в сегменте" "сегмент" "в списке" "список"];
    HELD: ["held for" "held"] ["уже"];
    SAMPLE: ["sample"] ["доля"];
    KEYED: ["key"] ["ключ"];
    MOVED: ["moved since"] ["перешел с" "перешли с"];
    MOVED_FROM: ["from"] ["из"];
    MOVED_TO: ["to"] ["в"];
    ABC: ["abc"] ["абц" "abc"];
    BOUGHT: ["bought"] ["купил" "покупал" "купили" "покупали" "купила"];
    THEN: ["then"] ["потом"];
    WITHIN: ["within"] ["в течение" "за"];
    WITH: ["with" "where"] ["где"];
    LAST: ["in last" "in the last" "last"] ["за последние" "за последний" "за"];
    ALL_TIME: ["in all time" "ever"] ["за все время"];
    FROM: ["from" "since"] ["с"];
    TO: ["to" "until"] ["по"];
    BEFORE: ["before"] ["до" "раньше"];
    AFTER: ["after"] ["после" "позже"];
    EMPTY: ["is empty" "empty"] ["пусто"];
    FILLED: ["is filled" "filled" "is not empty"] ["заполнено" "не пусто"];
    ONE_OF: ["in"] ["из"];
    NEXT: ["in next" "in the next"] ["в ближайшие"];
    TODAY: ["today"] ["сегодня"];
    DAYS: ["d" "days" "day"] ["дн" "дней" "дня" "день" "д"];
}

const COMPARISONS: [(&str, Op); 6] = [
    (">=", Op::Ge),
    ("<=", Op::Le),
    ("!=", Op::Ne),
    ("=", Op::Eq),
    ("<", Op::Lt),
    (">", Op::Gt),
];

/// Brackets within brackets: what is deeper is refused before it is read.
const MOST_BRACKETS: usize = 40;

type Result<T> = std::result::Result<T, TextError>;

/// Reads a text.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub fn parse(text: &str, catalogue: &dyn Catalogue) -> Result<Node> {
    let length = text.chars().take(limits::TEXT + 1).count();
    let whole = |message: Text| TextError {
        at: 0..length,
        message,
        proposals: Vec::new(),
    };
    if length > limits::TEXT {
        return Err(whole(Text::owned(
            format!("не длиннее {} знаков", limits::TEXT),
            format!("at most {} characters", limits::TEXT),
        )));
    }
    let mut parser = Parser::new(text, catalogue);
    let tree = parser.any(0)?;
    parser.want_key(&AND);
    parser.want_key(&OR);
    if parser.peek() != &Kind::End {
        return Err(parser.unexpected());
    }
    let tree = tree.normal();
    match check(&tree, catalogue).into_iter().next() {
        Some(problem) => Err(whole(problem.message)),
        None => Ok(tree),
    }
}

/// What may stand at the cursor (in characters), best first.
pub fn complete(
    text: &str,
    cursor: usize,
    catalogue: &dyn Catalogue,
    language: Language,
) -> Vec<Completion> {
    let before: String = text.chars().take(cursor.min(limits::TEXT)).collect();
    let cursor = before.chars().count();
    let mut parser = Parser::new(&before, catalogue);
    parser.language = language;
    // The word or the open quotation the cursor stands in is still being typed.
    let last = parser
        .tokens
        .len()
        .checked_sub(2)
        .map(|at| parser.tokens[at].clone());
    let typed = match last {
        Some(Token {
            kind: Kind::Word(word),
            at,
        }) if at.end == cursor => Some((word, at)),
        Some(Token {
            kind: Kind::Strange(open),
            at,
        }) if open.starts_with(['"', '«', '“', '„']) => {
            Some((open.chars().skip(1).collect(), at))
        }
        _ => None,
    };
    let (typed, at) = match typed {
        Some((typed, at)) => {
            let end = parser.tokens.len() - 2;
            parser.tokens.remove(end);
            (typed, at)
        }
        None => (String::new(), cursor..cursor),
    };
    parser.typed.clone_from(&typed);
    let end = parser.tokens.len() - 1;
    if parser.any(0).is_ok() && parser.pos == end {
        parser.want_key(&AND);
        parser.want_key(&OR);
    }
    if parser.wanted_at != end {
        return Vec::new();
    }
    let mut found = Vec::new();
    let typed = crate::text::fold(&typed);
    for word in std::mem::take(&mut parser.wanted) {
        let bare = crate::text::fold(word.trim_matches(['"', '(', ' ']));
        if (typed.is_empty() || bare.contains(&typed)) && !found.contains(&word) {
            found.push(word);
        }
    }
    found.sort_by_key(|word| {
        let bare = crate::text::fold(word.trim_matches(['"', '(', ' ']));
        !bare.starts_with(&typed)
    });
    found.truncate(30);
    let completion = |insert| Completion {
        at: at.clone(),
        insert,
    };
    found.into_iter().map(completion).collect()
}

struct Parser<'a> {
    catalogue: &'a dyn Catalogue,
    tokens: Vec<Token>,
    pos: usize,
    /// Of the proposals.
    language: Language,
    /// What could stand at `wanted_at`.
    wanted: Vec<String>,
    wanted_at: usize,
    /// The part of a name that is typed already.
    typed: String,
}

impl<'a> Parser<'a> {
    fn new(text: &str, catalogue: &'a dyn Catalogue) -> Parser<'a> {
        let russian = text.chars().any(|c| ('а'..='я').contains(&c));
        Parser {
            catalogue,
            tokens: tokens(text),
            pos: 0,
            language: if russian { Language::Ru } else { Language::En },
            wanted: Vec::new(),
            wanted_at: 0,
            typed: String::new(),
        }
    }

    fn peek(&self) -> &Kind {
        &self.tokens[self.pos].kind
    }

    fn skip(&mut self) {
        self.pos = (self.pos + 1).min(self.tokens.len() - 1);
    }

    fn want(&mut self, words: impl IntoIterator<Item = String>) {
        if self.wanted_at != self.pos {
            self.wanted.clear();
            self.wanted_at = self.pos;
        }
        self.wanted.extend(words);
    }

    fn want_key(&mut self, key: &Key) {
        let word = key.print(self.language).to_owned();
        self.want([word]);
    }

    /// Takes a keyword if it is there.
    fn key(&mut self, key: &Key) -> bool {
        for spelled in key.en.iter().chain(key.ru) {
            let mut at = self.pos;
            let whole = spelled.split(' ').all(|word| {
                let same = matches!(&self.tokens[at].kind, Kind::Word(own) if own == word);
                at = (at + 1).min(self.tokens.len() - 1);
                same
            });
            if whole {
                self.pos = at;
                return true;
            }
        }
        self.want_key(key);
        false
    }

    /// Whether a keyword is there, without taking it.
    fn at_key(&mut self, key: &Key) -> bool {
        let before = self.pos;
        let found = self.key(key);
        self.pos = before;
        found
    }

    fn sign(&mut self, sign: &'static str) -> bool {
        if *self.peek() == Kind::Sign(sign) {
            self.skip();
            return true;
        }
        false
    }

    fn expect(&mut self, sign: &'static str) -> Result<()> {
        if self.sign(sign) {
            return Ok(());
        }
        self.want([sign.to_owned()]);
        Err(self.unexpected())
    }

    fn expect_key(&mut self, key: &Key) -> Result<()> {
        if self.key(key) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn error(&self, message: Text, proposals: Vec<String>) -> TextError {
        TextError {
            at: self.tokens[self.pos].at.clone(),
            message,
            proposals,
        }
    }

    /// Something else was expected here.
    fn unexpected(&self) -> TextError {
        let wanted: &[String] = if self.wanted_at == self.pos {
            &self.wanted
        } else {
            &[]
        };
        let first = || wanted.iter().take(6).cloned().collect();
        match self.peek() {
            Kind::End => self.error(
                Text::new("здесь чего-то не хватает", "something is missing here"),
                first(),
            ),
            Kind::Word(word) => {
                let near = nearest(word, wanted.iter().map(String::as_str));
                let message = Text::owned(
                    format!("«{word}» здесь не понято"),
                    format!("“{word}” is not understood here"),
                );
                self.error(message, if near.is_empty() { first() } else { near })
            }
            Kind::Strange(open) if open.starts_with(['"', '«', '“', '„']) => self.error(
                Text::new("кавычка не закрыта", "the quotation mark is not closed"),
                Vec::new(),
            ),
            _ => self.error(
                Text::new("это здесь лишнее", "this does not belong here"),
                first(),
            ),
        }
    }

    fn any(&mut self, depth: usize) -> Result<Node> {
        let mut nodes = vec![self.all(depth)?];
        while self.key(&OR) {
            nodes.push(self.all(depth)?);
        }
        Ok(if nodes.len() == 1 {
            nodes.remove(0)
        } else {
            Node::Any(nodes)
        })
    }

    fn all(&mut self, depth: usize) -> Result<Node> {
        let mut nodes = vec![self.one(depth)?];
        while self.key(&AND) {
            nodes.push(self.one(depth)?);
        }
        Ok(if nodes.len() == 1 {
            nodes.remove(0)
        } else {
            Node::All(nodes)
        })
    }

    fn one(&mut self, depth: usize) -> Result<Node> {
        if depth > MOST_BRACKETS {
            return Err(self.error(
                Text::owned(
                    format!("скобок в скобках: не больше {}", limits::DEPTH),
                    format!("brackets within brackets: at most {}", limits::DEPTH),
                ),
                Vec::new(),
            ));
        }
        if self.key(&NOT) {
            return Ok(Node::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.sign("(") {
            let inner = self.any(depth + 1)?;
            self.expect(")")?;
            return Ok(inner);
        }
        self.leaf(depth)
    }

    fn leaf(&mut self, depth: usize) -> Result<Node> {
        // Facts and measures first: they are what is proposed first.
        let facts = self.catalogue.facts();
        let measures = self.catalogue.measures();
        let language = self.language;
        self.want(facts.iter().map(|term| term.ident(language)));
        self.want(measures.iter().map(|one| one.term.ident(language)));
        if self.key(&BOUGHT) {
            return self.bought();
        }
        if self.key(&IN_SEGMENT) {
            return Ok(Node::Segment(self.choice(Choice::Segment)?));
        }
        if self.key(&HELD) {
            let days = self.days()?;
            self.expect("(")?;
            let what = Box::new(self.any(depth + 1)?);
            self.expect(")")?;
            return Ok(Node::Held(Held { days, what }));
        }
        if self.key(&SAMPLE) {
            return self.sample();
        }
        if self.key(&MOVED) {
            let since = self.when()?;
            self.expect_key(&MOVED_FROM)?;
            let from = self.plain_text()?;
            self.expect_key(&MOVED_TO)?;
            let to = self.plain_text()?;
            return Ok(Node::Moved(Moved { since, from, to }));
        }
        if self.key(&ABC) {
            let class = self.plain_text()?.to_uppercase();
            self.expect_key(&FROM)?;
            let from = self.when()?;
            self.expect_key(&TO)?;
            let to = self.when()?;
            return Ok(Node::Abc(Abc { class, from, to }));
        }
        if self.key(&EVERYBODY) {
            return Ok(Node::All(Vec::new()));
        }
        if self.key(&NOBODY) {
            return Ok(Node::Any(Vec::new()));
        }
        let Kind::Word(word) = self.peek().clone() else {
            return Err(self.unexpected());
        };
        let fact = facts.iter().find(|term| term.is(&word));
        let measure = measures.iter().find(|one| one.term.is(&word));
        if fact.is_none() && measure.is_none() {
            return Err(self.unexpected());
        }
        self.skip();
        if let Some(measure) = measure {
            let with = if self.key(&WITH) {
                self.restrictions(measure.stream)?
            } else {
                Vec::new()
            };
            let (window, told) = self.window()?;
            if !with.is_empty() || told || fact.is_none() {
                let (op, value) = self.test(&measure.term)?;
                return Ok(Node::Event(EventLeaf {
                    measure: measure.term.key.to_owned(),
                    with,
                    window,
                    op,
                    value,
                }));
            }
        }
        let fact = fact.ok_or_else(|| self.unexpected())?;
        let (op, value) = self.test(fact)?;
        Ok(Node::Fact(FactLeaf {
            fact: fact.key.to_owned(),
            op,
            value,
        }))
    }

    fn bought(&mut self) -> Result<Node> {
        let first = self.restrictions_if_any("purchases")?;
        let (window, _) = self.window()?;
        if !self.key(&THEN) {
            return Ok(Node::Event(EventLeaf {
                measure: "orders".to_owned(),
                with: first,
                window,
                op: Op::Ge,
                value: Decimal::whole(1).map(Value::Number),
            }));
        }
        let bought = !self.key(&NOT);
        self.expect_key(&BOUGHT)?;
        let then = self.restrictions_if_any("purchases")?;
        self.expect_key(&WITHIN)?;
        let within = self.days()?;
        Ok(Node::Sequence(SequenceLeaf {
            first,
            window,
            bought,
            then,
            within,
        }))
    }

    fn sample(&mut self) -> Result<Node> {
        let percent = self.number()?;
        self.expect("%")?;
        let key = if self.key(&KEYED) {
            self.plain_text()?
        } else {
            String::new()
        };
        Ok(Node::Sample(Sample { percent, key }))
    }

    fn restrictions_if_any(&mut self, stream: &str) -> Result<Vec<Restriction>> {
        let fields = self.catalogue.fields(stream);
        let language = self.language;
        self.want(fields.iter().map(|term| term.ident(language)));
        let named =
            matches!(self.peek(), Kind::Word(word) if fields.iter().any(|term| term.is(word)));
        if named {
            self.restrictions(stream)
        } else {
            Ok(Vec::new())
        }
    }

    fn restrictions(&mut self, stream: &str) -> Result<Vec<Restriction>> {
        let fields = self.catalogue.fields(stream);
        let language = self.language;
        let mut all = Vec::new();
        loop {
            self.want(fields.iter().map(|term| term.ident(language)));
            let Kind::Word(word) = self.peek().clone() else {
                return Err(self.unexpected());
            };
            let term = fields.iter().find(|term| term.is(&word));
            let term = term.ok_or_else(|| self.unexpected())?;
            self.skip();
            // “store "Main"” says “is”.
            if let Of::Choice(of) = term.kind {
                let names = self.catalogue.names(of, &self.typed, language);
                self.want(names.iter().map(|name| quote(name)));
            }
            let named = matches!(self.peek(), Kind::Quoted(_));
            let (op, value) = if named {
                (Op::Eq, Some(self.value(term)?))
            } else {
                self.test(term)?
            };
            let value = value.ok_or_else(|| self.unexpected())?;
            all.push(Restriction {
                field: term.key.to_owned(),
                op,
                value,
            });
            if !self.sign(",") {
                return Ok(all);
            }
        }
    }

    /// A window, and whether one was told at all.
    fn window(&mut self) -> Result<(Window, bool)> {
        if self.key(&ALL_TIME) {
            return Ok((Window::ALL, true));
        }
        let mut window = Window::ALL;
        if self.key(&LAST) {
            window.last = Some(self.days()?);
            return Ok((window, true));
        }
        if self.key(&FROM) {
            window.from = Some(self.when()?);
        }
        if self.key(&TO) {
            window.to = Some(self.when()?);
        }
        Ok((window, !window.is_all()))
    }

    fn test(&mut self, term: &Term) -> Result<(Op, Option<Value>)> {
        let allowed = ops(term.kind);
        if self.key(&FILLED) {
            return Ok((Op::Filled, None));
        }
        if self.key(&EMPTY) {
            return Ok((Op::Empty, None));
        }
        if allowed.contains(&Op::Next) {
            self.expect_key(&NEXT)?;
            let days = i64::from(self.days_or_none()?);
            return Ok((Op::Next, Decimal::whole(days).map(Value::Number)));
        }
        if term.kind == Of::Day {
            for (key, op) in [(&BEFORE, Op::Lt), (&AFTER, Op::Gt)] {
                if self.key(key) {
                    return Ok((op, Some(self.value(term)?)));
                }
            }
        }
        if allowed.contains(&Op::In) && self.at_key(&ONE_OF) {
            self.key(&ONE_OF);
            self.expect("(")?;
            let mut values = vec![self.value(term)?];
            while self.sign(",") {
                values.push(self.value(term)?);
            }
            self.expect(")")?;
            return Ok((Op::In, Some(Value::List(values))));
        }
        let signs = COMPARISONS.iter().filter(|(_, op)| allowed.contains(op));
        let signs: Vec<(&'static str, Op)> = signs.copied().collect();
        self.want(signs.iter().map(|(sign, _)| (*sign).to_owned()));
        for (sign, op) in signs {
            if self.sign(sign) {
                return Ok((op, Some(self.value(term)?)));
            }
        }
        if matches!(self.peek(), Kind::Sign(sign) if COMPARISONS.iter().any(|(own, _)| own == sign))
        {
            let message = Text::owned(
                format!("«{}» так не сравнивают", term.label.ru),
                format!("“{}” is not compared like that", term.label.en),
            );
            return Err(self.error(message, vec!["=".to_owned(), "!=".to_owned()]));
        }
        Err(self.unexpected())
    }

    fn value(&mut self, term: &Term) -> Result<Value> {
        match term.kind {
            Of::Number(noun) => {
                let number = self.number()?;
                // The unit may be said.
                if let Kind::Word(word) = self.peek() {
                    let forms = noun.iter().flat_map(|noun| noun.ru.iter().chain(&noun.en));
                    let days = DAYS.en.iter().chain(DAYS.ru);
                    let of_days = noun.is_some_and(|noun| noun == super::catalogue::DAYS);
                    if forms.into_iter().any(|form| *form == word)
                        || (of_days && days.into_iter().any(|form| *form == word))
                    {
                        self.skip();
                    }
                }
                Ok(Value::Number(number))
            }
            Of::Share => {
                let place = self.pos;
                let number = self.number()?;
                if !self.sign("%") {
                    return Ok(Value::Number(number));
                }
                if number.0 % 100 != 0 {
                    self.pos = place;
                    let message = Text::new(
                        "в процентах не больше четырёх знаков после точки",
                        "at most four digits after the point in percent",
                    );
                    return Err(self.error(message, Vec::new()));
                }
                Ok(Value::Number(number.over(100)))
            }
            Of::Money => self.money(),
            Of::Day => Ok(Value::Text(self.when()?.to_string())),
            Of::Choice(of) => Ok(Value::Text(self.choice(of)?)),
            Of::Text | Of::Anniversary => Ok(Value::Text(self.plain_text()?)),
        }
    }

    fn number(&mut self) -> Result<Decimal> {
        let place = self.pos;
        let negative = self.sign("-");
        let Kind::Number(number) = *self.peek() else {
            let typed = self.peek() != &Kind::End;
            self.pos = if negative { self.pos } else { place };
            let message = if typed {
                Text::new("нужно число", "a number is wanted")
            } else {
                Text::new("здесь нужно число", "a number is wanted here")
            };
            return Err(self.error(message, Vec::new()));
        };
        self.skip();
        Ok(if negative { Decimal(-number.0) } else { number })
    }

    fn money(&mut self) -> Result<Value> {
        let place = self.pos;
        let number = self.number()?;
        let currency = self.catalogue.currency();
        let minor = number.times(10i64.pow(currency.digits()));
        let Some(minor) = minor.filter(|minor| minor.as_whole().is_some()) else {
            self.pos = place;
            let message = Text::new(
                "такой суммы не бывает: слишком велика или слишком мелкие доли",
                "there is no such amount: too large, or too small a part",
            );
            return Err(self.error(message, Vec::new()));
        };
        if !self.sign("₽")
            && let Kind::Word(word) = self.peek()
            && (word.starts_with("руб") || *word == "р" || *word == currency.code().to_lowercase())
        {
            self.skip();
        }
        Ok(Value::Number(minor))
    }

    fn whole(&mut self, least: i64) -> Result<u32> {
        let place = self.pos;
        let number = self.number()?;
        let days = number.as_whole().filter(|days| *days >= least);
        let days = days.and_then(|days| u32::try_from(days).ok());
        let Some(days) = days.filter(|days| *days <= limits::DAYS) else {
            self.pos = place;
            let message = Text::owned(
                format!("нужно целое число дней от {least} до {}", limits::DAYS),
                format!(
                    "a whole number of days from {least} to {} is wanted",
                    limits::DAYS
                ),
            );
            return Err(self.error(message, Vec::new()));
        };
        Ok(days)
    }

    fn days(&mut self) -> Result<u32> {
        let days = self.whole(1)?;
        self.expect_key(&DAYS)?;
        Ok(days)
    }

    fn days_or_none(&mut self) -> Result<u32> {
        let days = self.whole(0)?;
        self.expect_key(&DAYS)?;
        Ok(days)
    }

    fn when(&mut self) -> Result<When> {
        if let Kind::Day(day) = *self.peek() {
            self.skip();
            return Ok(When::Date(day));
        }
        if self.key(&TODAY) {
            return Ok(When::Relative(0));
        }
        let sign = if self.sign("-") {
            -1
        } else if self.sign("+") {
            1
        } else {
            self.want(["-60d", "2026-01-31"].map(str::to_owned));
            let message = Text::new(
                "нужен день: 2026-01-31, 31.01.2026, -60 дн или сегодня",
                "a day is wanted: 2026-01-31, -60d or today",
            );
            return Err(self.error(message, Vec::new()));
        };
        Ok(When::Relative(sign * self.days_or_none()? as i32))
    }

    fn choice(&mut self, of: Choice) -> Result<String> {
        let names = self.catalogue.names(of, &self.typed, self.language);
        self.want(names.iter().map(|name| quote(name)));
        let typed = match self.peek() {
            Kind::Quoted(text) => text.clone(),
            Kind::Word(word) => word.clone(),
            Kind::Number(number) => number.to_string(),
            _ => return Err(self.unexpected()),
        };
        if let Some(code) = self.catalogue.find(of, &typed) {
            self.skip();
            return Ok(code);
        }
        let near = self.catalogue.names(of, &typed, self.language);
        let near = nearest(&typed, near.iter().map(String::as_str));
        let near = if near.is_empty() {
            names.into_iter().take(6).collect()
        } else {
            near
        };
        let message = Text::owned(
            format!("«{typed}» здесь нет"),
            format!("there is no “{typed}” here"),
        );
        Err(self.error(message, near.iter().map(|name| quote(name)).collect()))
    }

    fn plain_text(&mut self) -> Result<String> {
        let text = match self.peek() {
            Kind::Quoted(text) => text.clone(),
            Kind::Word(word) => word.clone(),
            Kind::Number(number) => number.to_string(),
            _ => return Err(self.unexpected()),
        };
        self.skip();
        Ok(text)
    }
}

/// A name in quotation marks.
pub(super) fn quote(name: &str) -> String {
    if name.contains('"') {
        format!("«{name}»")
    } else {
        format!("\"{name}\"")
    }
}

/// Whether a label, as a text names it, is a keyword of either language.
pub fn clashes(label: &str) -> bool {
    let word = super::catalogue::ident(label);
    [
        AND, OR, NOT, EVERYBODY, NOBODY, IN_SEGMENT, HELD, SAMPLE, MOVED, ABC, BOUGHT, THEN, WITH,
        LAST, ALL_TIME, FROM, TO,
    ]
    .iter()
    .any(|key| key.en.iter().chain(key.ru).any(|spelled| *spelled == word))
}
