//! What somebody may have meant: the words nearest to a mistyped one.

/// The nearest words, best first: those that begin like it, then those within few slips.
pub fn nearest<'a>(typed: &str, all: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let typed = crate::text::fold(typed);
    let most = 1 + typed.chars().count() / 4;
    let mut found: Vec<(usize, &str)> = all
        .into_iter()
        .filter_map(|word| {
            let folded = crate::text::fold(word);
            if !typed.is_empty() && folded.starts_with(&typed) {
                return Some((0, word));
            }
            let slips = slips(&typed, &folded);
            (slips <= most).then_some((slips, word))
        })
        .collect();
    found.sort();
    found.dedup_by_key(|(_, word)| *word);
    found
        .into_iter()
        .take(5)
        .map(|(_, word)| word.to_owned())
        .collect()
}

/// How many letters have to be put in, left out, changed or swapped.
fn slips(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.chars().take(60).collect(), b.chars().take(60).collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (row[j - 1] + same).min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            next[j] = best;
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_fingers_finds_the_word_that_was_meant() {
        let words = ["orders", "revenue", "returns", "выручка"];
        assert_eq!(nearest("ordres", words), ["orders"]);
        assert_eq!(nearest("revenu", words), ["revenue"]);
        assert_eq!(nearest("вырочка", words), ["выручка"]);
        assert!(nearest("shoe_size", words).is_empty());
    }
}
