//! Passwords: Argon2id, and a refusal of the ones everybody tries first.

use argon2::password_hash::phc::{PasswordHash, Salt};
use argon2::password_hash::{CustomizedPasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::collections::HashSet;
use std::sync::OnceLock;
use vernis_domain::Text;

use crate::environment::Randomness;
use crate::refusal::Refusal;

/// Shortest password taken.
const MIN_LENGTH: usize = 10;
/// Longest password taken: longer ones only cost the server time.
const MAX_LENGTH: usize = 256;

/// 19 MiB and two passes: OWASP's first recommendation for Argon2id (Password Storage Cheat Sheet).
fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

/// Hashes a password for keeping.
///
/// # Errors
/// Refuses a password that is too short, too long, or easily guessed.
pub fn hash(password: &str, login: &str, randomness: &Randomness) -> Result<String, Refusal> {
    let length = password.chars().count();
    if !(MIN_LENGTH..=MAX_LENGTH).contains(&length) {
        return Err(Refusal::field(
            "password",
            "length",
            Text::new(
                "в пароле должно быть от 10 до 256 знаков",
                "a password has 10 to 256 characters",
            ),
        ));
    }
    if is_common(password, login) {
        return Err(Refusal::field(
            "password",
            "common",
            Text::new(
                "такой пароль подбирают первым; возьмите, например, четыре случайных слова",
                "this password is among the first to be tried; take four random words, for example",
            ),
        ));
    }
    let salt: [u8; 16] = randomness.bytes();
    let salt = Salt::new(&salt).map_err(Refusal::internal)?;
    argon2()
        .hash_password_customized(password.as_bytes(), &salt, None, None, Params::default())
        .map(|hash| hash.to_string())
        .map_err(Refusal::internal)
}

/// Whether a password fits its kept hash. Takes the same time for an absent hash, so that a
/// stranger cannot learn which logins exist.
pub fn verify(password: &str, kept: Option<&str>) -> bool {
    static NOBODY: OnceLock<Option<String>> = OnceLock::new();
    let nobody = NOBODY.get_or_init(|| {
        let salt = Salt::new(b"vernis of nobody").ok()?;
        argon2()
            .hash_password_customized(b"", &salt, None, None, Params::default())
            .ok()
            .map(|hash| hash.to_string())
    });
    let Some(hash) = kept.or(nobody.as_deref()) else {
        return false;
    };
    let fits = PasswordHash::new(hash)
        .is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok());
    fits && kept.is_some()
}

/// Roots of the passwords that head every published list of leaked ones.
const COMMON: &[&str] = &[
    "password",
    "qwerty",
    "йцукен",
    "пароль",
    "iloveyou",
    "letmein",
    "welcome",
    "monkey",
    "dragon",
    "football",
    "admin",
    "administrator",
    "vernis",
    "вернись",
    "magazin",
    "магазин",
    "zxcvbn",
    "asdfgh",
    "фывапр",
    "1q2w3e4r",
    "qazwsx",
    "abc",
    "marina",
    "natasha",
    "любовь",
    "привет",
];

/// Passwords of leaked lists; its source and licence stand in the file.
fn leaked() -> &'static HashSet<&'static str> {
    static LEAKED: OnceLock<HashSet<&'static str>> = OnceLock::new();
    LEAKED.get_or_init(|| {
        let lines = include_str!("common_passwords.txt").lines();
        lines.filter(|line| !line.starts_with('#')).collect()
    })
}

/// One of the leaked lists, a common root with digits and signs around it, one repeated character, or
/// a run of digits.
fn is_common(password: &str, login: &str) -> bool {
    let folded = password.to_lowercase();
    if leaked().contains(folded.as_str()) {
        return true;
    }
    let letters: String = folded.chars().filter(|c| c.is_alphabetic()).collect();
    let distinct: std::collections::BTreeSet<char> = folded.chars().collect();
    letters.is_empty()
        || distinct.len() < 5
        || COMMON.contains(&letters.as_str())
        || leaked().contains(letters.as_str())
        || COMMON.iter().any(|root| folded == root.repeat(2))
        || (!login.is_empty() && letters == login.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_password_is_kept_as_argon2id_and_fits_only_itself() {
        let kept = hash("четыре кота на крыше", "olga", &Randomness::seeded(1)).unwrap();
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        assert!(verify("четыре кота на крыше", Some(&kept)));
        assert!(!verify("четыре кота на крыши", Some(&kept)));
        assert!(!verify("четыре кота на крыше", None));
    }

    #[test]
    fn what_everybody_tries_first_is_refused() {
        for bad in [
            "1234567890",
            "qwerty12345",
            "Пароль2026!",
            "aaaaaaaaaaaa",
            "olga1234567",
            "короткий",
            "manchester",
            "Manchester-2026",
            "1qaz2wsx3edc",
            "Q1W2E3R4T5Y6",
            "123princess!",
        ] {
            assert!(hash(bad, "olga", &Randomness::seeded(1)).is_err(), "{bad}");
        }
    }
}
