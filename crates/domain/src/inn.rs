//! ИНН and КПП: the numbers by which Russia knows its companies and sole traders.

/// The digits of an ИНН with its check digits right: 10 of a company, 12 of a sole trader. Spaces and
/// hyphens are passed over.
pub fn inn(typed: &str) -> Option<String> {
    let digits: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || digits.bytes().all(|b| b == b'0') {
        return None;
    }
    let number: Vec<u32> = digits.bytes().map(|byte| u32::from(byte - b'0')).collect();
    let check = |weights: &[u32]| {
        let sum: u32 = weights.iter().zip(&number).map(|(w, n)| w * n).sum();
        sum % 11 % 10
    };
    let good = match number.len() {
        10 => check(&[2, 4, 10, 3, 5, 9, 4, 6, 8]) == number[9],
        12 => {
            check(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == number[10]
                && check(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == number[11]
        }
        _ => false,
    };
    good.then_some(digits)
}

/// A КПП: four digits, two digits or capital letters of the Latin alphabet, three digits.
pub fn kpp(typed: &str) -> Option<String> {
    let kpp: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect::<String>()
        .to_ascii_uppercase();
    let good = kpp.len() == 9
        && kpp.bytes().enumerate().all(|(at, byte)| {
            byte.is_ascii_digit() || ((4..6).contains(&at) && byte.is_ascii_uppercase())
        });
    good.then_some(kpp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_are_taken_and_one_wrong_digit_is_found() {
        // Published numbers: Сбербанк, Яндекс, Газпром; the sole trader's is the tax service's example.
        for good in ["7707083893", "7736207543", "7736050003", "500100732259"] {
            assert_eq!(inn(good).as_deref(), Some(good));
            for at in 0..good.len() {
                for digit in b'0'..=b'9' {
                    let mut bytes = good.as_bytes().to_vec();
                    if bytes[at] == digit {
                        continue;
                    }
                    bytes[at] = digit;
                    let wrong = String::from_utf8(bytes).unwrap();
                    // A remainder of 10 is written as 0: one wrong digit in some hundred passes.
                    let by_hand = passes(&wrong);
                    assert_eq!(inn(&wrong).is_some(), by_hand, "{wrong}");
                }
            }
        }
        assert_eq!(inn(" 7707 083-893 ").as_deref(), Some("7707083893"));
        for wrong in [
            "",
            "0000000000",
            "770708389",
            "77070838933",
            "77070838a3",
            "٧٧٠٧٠٨٣٨٩٣",
        ] {
            assert_eq!(inn(wrong), None, "{wrong}");
        }
    }

    /// The rule once more, digit by digit from the last.
    fn passes(text: &str) -> bool {
        const ALL: [u64; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
        let digit = |at: usize| u64::from(text.as_bytes()[at] - b'0');
        let right = |at: usize| {
            let mut sum = 0;
            for back in 0..at {
                sum += ALL[ALL.len() - 1 - back] * digit(at - 1 - back);
            }
            sum % 11 % 10 == digit(at)
        };
        match text.len() {
            10 => right(9),
            _ => right(10) && right(11),
        }
    }

    #[test]
    fn a_kpp_has_nine_signs() {
        assert_eq!(kpp("7736 01001").as_deref(), Some("773601001"));
        assert_eq!(kpp("9979ab001").as_deref(), Some("9979AB001"));
        for wrong in ["", "77360100", "77A601001", "7736010011"] {
            assert_eq!(kpp(wrong), None, "{wrong}");
        }
    }
}
