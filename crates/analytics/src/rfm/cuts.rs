//! Borders between the scores: three ways to set them, one way to read them.

use serde::{Deserialize, Serialize};

/// The borders of all three axes, as whole numbers, so that equal values always fall together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cuts {
    /// Days since the last purchase: up to the first number is 3, up to the second is 2, more is 1.
    pub recency_days: [i32; 2],
    /// Purchases: up to the first number is 1, up to the second is 2, more is 3.
    pub frequency: [i64; 2],
    /// Paid, minor units: up to the first number is 1, up to the second is 2, more is 3.
    pub monetary_minor: [i64; 2],
}

/// How the borders are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Borders {
    /// Terciles of the base itself (type 7, ties together, an equal value goes to the lower score).
    Terciles,
    /// Fixed numbers the shop chose and froze.
    Fixed(Cuts),
    /// By the shop's rhythm: recency in multiples (1×, 2×) of the typical customer's median gap,
    /// frequency 1, 2–4, 5 and more, money by terciles.
    Rhythm,
}

impl Borders {
    /// Code in addresses and commands.
    pub const fn code(&self) -> &'static str {
        match self {
            Borders::Terciles => "terciles",
            Borders::Fixed(_) => "fixed",
            Borders::Rhythm => "rhythm",
        }
    }
}

/// Purchases up to which frequency is 1 and 2 under [`Borders::Rhythm`].
pub(super) const RHYTHM_FREQUENCY: [i64; 2] = [1, 4];

/// Median gap assumed while nobody has bought twice.
pub(super) const ASSUMED_GAP_DAYS: i32 = 90;
