//! Search while typing: substrings of names, phones, e-mails and cards, over the folded arenas.

use crate::base::live::LiveBase;
use crate::base::people::People;
use crate::base::shard::Shard;
use crate::text::fold;
use memchr::memmem::Finder;
use rayon::prelude::*;
use vernis_domain::CustomerId;

/// What is searched for: every word must occur in the customer's record.
#[derive(Clone, Debug)]
pub struct Needle {
    words: Vec<String>,
    longest: usize,
    masked: bool,
}

/// How well a record fits, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// The name, phone, e-mail or card begins with the first word.
    Start,
    /// Some other word begins with it.
    Word,
    /// It occurs inside.
    Inside,
}

/// A customer found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Who.
    pub id: CustomerId,
    /// How well he fits.
    pub fit: Fit,
}

impl Needle {
    /// Folds the query. A query of digits and phone punctuation is one phone or card number; a
    /// Russian number dialled with 8 is found under +7. `None` for an empty query.
    pub fn new(query: &str) -> Option<Needle> {
        let folded = fold(query);
        let digits: String = folded.chars().filter(char::is_ascii_digit).collect();
        let number_like = digits.len() >= 4
            && folded
                .chars()
                .all(|c| c.is_ascii_digit() || "+-() .".contains(c));
        let words: Vec<String> = if number_like {
            match digits.strip_prefix('8') {
                Some(rest) if digits.len() == 11 => vec![format!("7{rest}")],
                _ => vec![digits],
            }
        } else {
            folded
                .split(' ')
                .filter(|w| !w.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let longest = (0..words.len()).max_by_key(|&n| words[n].len())?;
        Some(Needle {
            words,
            longest,
            masked: false,
        })
    }

    /// The same for somebody who sees contacts masked: by name as ever, by a whole phone, e-mail or
    /// card, or by the last four digits, which the mask shows. Else a phone could be found out digit
    /// by digit.
    #[must_use]
    pub fn of_masked(self, masked: bool) -> Needle {
        Needle { masked, ..self }
    }

    /// Calls `each` with every slot of the block whose record has all words.
    pub fn find(&self, people: &People, mut each: impl FnMut(usize, Fit)) {
        let arena = people.search.as_bytes();
        let finder = Finder::new(self.words[self.longest].as_bytes());
        let mut from = 0;
        let mut slot = 0;
        while let Some(found) = finder.find(&arena[from..]) {
            let position = (from + found) as u32;
            // Records are visited in order: look on from the last one.
            slot += people.search_at[slot + 1..].partition_point(|&end| end <= position);
            let record = people.search_record(slot);
            if let Some(fit) = self.fit(record) {
                each(slot, fit);
            }
            from = people.search_at[slot + 1] as usize;
            slot += 1;
            if slot >= people.len() {
                return;
            }
        }
    }

    fn fit_masked(&self, record: &str) -> Option<Fit> {
        let mut fields = record.split('\n');
        let mut field = || fields.next().unwrap_or("");
        let (name, phones, emails, cards) = (field(), field(), field(), field());
        let others = field();
        let all = |name: &str| self.words.iter().all(|word| name.contains(word.as_str()));
        if all(name) || all(others) {
            let first = self.words[0].as_str();
            let begins = |part: &str| part.starts_with(first);
            return Some(if begins(name) {
                Fit::Start
            } else if name.split([' ', '-']).any(begins) {
                Fit::Word
            } else {
                Fit::Inside
            });
        }
        let [word] = &self.words[..] else { return None };
        let whole = |field: &str| {
            let mut all = field.split(' ').filter(|one| !one.is_empty());
            all.any(|one| one.strip_prefix('+').unwrap_or(one) == word)
        };
        let tail = word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
        let ends = |field: &str| {
            let mut all = field.split(' ');
            tail && all.any(|one| one.len() >= 8 && one.ends_with(word.as_str()))
        };
        let fits = whole(phones) || whole(emails) || whole(cards) || ends(phones) || ends(cards);
        fits.then_some(Fit::Start)
    }

    fn fit(&self, record: &str) -> Option<Fit> {
        if self.masked {
            return self.fit_masked(record);
        }
        if !self.words.iter().all(|word| record.contains(word.as_str())) {
            return None;
        }
        let first = self.words[0].as_str();
        let begins = |field: &str| field.strip_prefix('+').unwrap_or(field).starts_with(first);
        if record.split('\n').any(begins) {
            return Some(Fit::Start);
        }
        if record.split(['\n', ' ', '@', '-']).any(begins) {
            return Some(Fit::Word);
        }
        Some(Fit::Inside)
    }
}

/// The best `limit` customers for a query, by fit, then name, then id; and how many fit in all.
pub fn search(base: &LiveBase, query: &str, limit: usize) -> (Vec<Hit>, usize) {
    match Needle::new(query) {
        Some(needle) => search_for(base, &needle, limit),
        None => (Vec::new(), 0),
    }
}

/// The same for a needle that was made already.
pub fn search_for(base: &LiveBase, needle: &Needle, limit: usize) -> (Vec<Hit>, usize) {
    let of_shard = |shard: &Shard| {
        let mut hits = Vec::new();
        needle.find(&shard.people, |slot, fit| hits.push((fit, slot)));
        hits
    };
    let found: Vec<Vec<(Fit, usize)>> = base.pool().run(|| {
        base.shards()
            .par_iter()
            .map(|shard| of_shard(shard))
            .collect()
    });
    let total = found.iter().map(Vec::len).sum();
    let mut hits: Vec<(Fit, usize, usize)> = found
        .into_iter()
        .enumerate()
        .flat_map(|(shard, hits)| hits.into_iter().map(move |(fit, slot)| (fit, shard, slot)))
        .collect();
    let name = |shard: usize, slot: usize| base.shards()[shard].people.folded_name(slot);
    let by = |a: &(Fit, usize, usize), b: &(Fit, usize, usize)| {
        a.0.cmp(&b.0)
            .then_with(|| name(a.1, a.2).cmp(name(b.1, b.2)))
            .then_with(|| (a.1, a.2).cmp(&(b.1, b.2)))
    };
    if hits.len() > limit && limit > 0 {
        hits.select_nth_unstable_by(limit - 1, by);
    }
    hits.truncate(limit);
    hits.sort_unstable_by(by);
    let hits = hits
        .into_iter()
        .map(|(fit, shard, slot)| Hit {
            id: base.shards()[shard].id(slot),
            fit,
        })
        .collect();
    (hits, total)
}
