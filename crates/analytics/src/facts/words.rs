//! Words of what a shop notes: names of kinds of contacts, and the tags that are in use.

use crate::base::about::{LIKES, TAGS};
use crate::base::live::LiveBase;
use crate::text::{Text, fold, text};
use std::collections::HashMap;
use std::sync::Arc;
use vernis_domain::CustomerId;

/// Names of [`vernis_domain::about::TOUCHES`], in their order.
pub const TOUCH_WORDS: [Text; 5] = [
    text("Звонок", "Call"),
    text("Визит", "Visit"),
    text("Сообщение", "Message"),
    text("Письмо", "E-mail"),
    text("Другое", "Other"),
];

/// Which words are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordsOf {
    /// Tags.
    Tags,
    /// What customers like.
    Likes,
}

/// The words in use that begin with, or contain, what is typed: the most used first, each with how many
/// customers have it.
pub fn known(base: &LiveBase, of: WordsOf, typed: &str, limit: usize) -> Vec<(Arc<str>, usize)> {
    let name = match of {
        WordsOf::Tags => TAGS,
        WordsOf::Likes => LIKES,
    };
    let mut counts = HashMap::new();
    for shard in base.shards() {
        shard.about.count_words(name, &mut counts);
    }
    let typed = fold(typed);
    let mut found: Vec<_> = counts
        .into_iter()
        .filter(|(folded, _)| folded.contains(&typed))
        .collect();
    found.sort_by(|(a, (_, many)), (b, (_, more))| {
        let begins = |word: &str| !word.starts_with(&typed);
        begins(a)
            .cmp(&begins(b))
            .then(more.cmp(many))
            .then_with(|| a.cmp(b))
    });
    found.truncate(limit);
    found.into_iter().map(|(_, shown)| shown).collect()
}

/// The marks of a customer: why he is a VIP, why one has to be careful with him. An empty text is a
/// mark without a reason.
pub fn marks(base: &LiveBase, id: CustomerId) -> (Option<String>, Option<String>) {
    let Some((shard, slot)) = base.place(id) else {
        return (None, None);
    };
    let about = &base.shards()[shard].about;
    let reason = |name| {
        let word = about.word(name, slot)?;
        Some(word.shown.trim_start().to_owned())
    };
    (
        reason(crate::base::about::VIP),
        reason(crate::base::about::PROBLEM),
    )
}
