//! One-time codes by time (RFC 6238, over RFC 4226): six digits, half a minute, SHA-1, which is what
//! every program for phones computes.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use vernis_domain::Instant;

/// Seconds of one code.
const STEP_SECONDS: i64 = 30;
const DIGITS: u32 = 6;
/// Steps before and after now whose codes are taken: a clock that is half a minute off.
const AROUND: i64 = 1;

/// Characters of the shop's name that the phone is told.
const LONGEST_NAME: usize = 20;

/// Bytes of a new secret: as many as the digest has (RFC 4226, section 4).
pub(crate) const SECRET_BYTES: usize = 20;

/// The half-minute of an instant.
fn step_of(now: Instant) -> i64 {
    now.0.div_euclid(STEP_SECONDS * 1_000_000)
}

/// The code of a half-minute.
fn code_of(secret: &[u8], step: i64, digits: u32) -> Option<u32> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 0x0f);
    let four: [u8; 4] = digest[offset..offset + 4].try_into().ok()?;
    Some((u32::from_be_bytes(four) & 0x7fff_ffff) % 10u32.pow(digits))
}

/// The half-minute for which a typed code is right now; spaces in it do not matter.
pub(crate) fn fits(secret: &[u8], typed: &str, now: Instant) -> Option<i64> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != DIGITS as usize || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let typed: u32 = digits.parse().ok()?;
    let now = step_of(now);
    // All are computed, whichever fits: the time tells nothing.
    (now - AROUND..=now + AROUND)
        .filter(|step| code_of(secret, *step, DIGITS) == Some(typed))
        .max()
}

/// What a program for phones reads from the picture.
pub(crate) fn address(secret: &[u8], shop: &str, login: &str) -> String {
    let escape = |text: &str| {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect::<String>()
    };
    // Each letter is six signs of the picture: a long name would make it too fine to read.
    let shop: String = shop.chars().take(LONGEST_NAME).collect();
    format!(
        "otpauth://totp/{}:{}?secret={}",
        escape(&shop),
        escape(login),
        data_encoding::BASE32_NOPAD.encode(secret)
    )
}

/// The code that is right now, for tests and for whoever has the secret.
pub fn code_now(secret: &[u8], now: Instant) -> String {
    format!("{:06}", code_of(secret, step_of(now), DIGITS).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RFC_SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, the rows of SHA-1.
        for (seconds, code) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            let step = step_of(Instant(seconds * 1_000_000));
            assert_eq!(code_of(RFC_SECRET, step, 8), Some(code), "at {seconds}");
        }
    }

    #[test]
    fn counters_are_those_of_rfc_4226() {
        // Appendix D.
        let wanted = [
            755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871,
            520_489,
        ];
        for (step, code) in wanted.into_iter().enumerate() {
            assert_eq!(code_of(RFC_SECRET, step as i64, 6), Some(code));
        }
    }

    #[test]
    fn a_code_is_taken_half_a_minute_early_and_late_and_not_longer() {
        let at = |seconds: i64| Instant(seconds * 1_000_000);
        let code = code_now(RFC_SECRET, at(1_000_000_020));
        let step = 1_000_000_020 / 30;
        for (seconds, wanted) in [
            (1_000_000_020, Some(step)),
            (1_000_000_049, Some(step)),
            (1_000_000_079, Some(step)),
            (1_000_000_080, None),
            (999_999_990, Some(step)),
            (999_999_989, None),
        ] {
            assert_eq!(fits(RFC_SECRET, &code, at(seconds)), wanted, "at {seconds}");
        }
        assert_eq!(
            fits(
                RFC_SECRET,
                &format!(" {} {}", &code[..3], &code[3..]),
                at(1_000_000_020)
            ),
            Some(step)
        );
        for bad in ["", "12345", "1234567", "abcdef", "+12345", "१२३४५६"] {
            assert_eq!(fits(RFC_SECRET, bad, at(1_000_000_020)), None, "{bad}");
        }
    }

    #[test]
    fn the_address_is_one_whatever_the_names_hold() {
        assert_eq!(
            address(RFC_SECRET, "Ромашка & К?", "anna:1"),
            "otpauth://totp/%D0%A0%D0%BE%D0%BC%D0%B0%D1%88%D0%BA%D0%B0%20%26%20%D0%9A%3F:anna%3A1?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        );
    }
}
