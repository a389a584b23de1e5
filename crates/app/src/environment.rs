//! The clock and the source of randomness, as arguments: the whole program can run on a frozen
//! clock, and everything random can be made the same again.

use rand::{Rng, SeedableRng, TryRng};
use std::sync::{Arc, Mutex};
use vernis_domain::Instant;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// The clock on the wall.
pub fn system_clock() -> Clock {
    Arc::new(|| Instant(jiff::Timestamp::now().as_microsecond()))
}

/// A clock that stands still.
pub fn frozen_clock(at: Instant) -> Clock {
    Arc::new(move || at)
}

/// Where unguessable bytes come from.
#[derive(Clone)]
pub struct Randomness(Arc<Mutex<Fill>>);

/// Fills bytes with randomness.
type Fill = dyn FnMut(&mut [u8]) + Send;

impl Randomness {
    /// The operating system's generator.
    pub fn system() -> Randomness {
        Randomness(Arc::new(Mutex::new(|bytes: &mut [u8]| {
            // Without randomness there are no safe keys or sessions: going on would be worse.
            rand::rngs::SysRng
                .try_fill_bytes(bytes)
                .expect("the operating system gives random bytes");
        })))
    }

    /// A generator that gives the same bytes for the same seed: tests, demo, screenshots.
    pub fn seeded(seed: u64) -> Randomness {
        let mut generator = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
        Randomness(Arc::new(Mutex::new(move |bytes: &mut [u8]| {
            generator.fill_bytes(bytes);
        })))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        // A poisoned lock means a panic inside a generator; its state is still a state.
        let mut fill = self
            .0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        (*fill)(&mut bytes);
        bytes
    }

    /// A new secret of 160 bits as text fit for links and headers.
    pub fn token(&self) -> String {
        data_encoding::BASE32_NOPAD
            .encode(&self.bytes::<20>())
            .to_ascii_lowercase()
    }
}
