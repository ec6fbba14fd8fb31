//! The coins of a derandomised encapsulation (docs/protocol.md §5): 64 derived bytes in place of a random source.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

use crate::secret::Secret;

/// Hands out exactly its 64 bytes, once. Anything else is remembered as misuse, and the result must be thrown away.
///
/// `hpke` draws the randomness of X-Wing in one call of 64 bytes, which is why its version is pinned. A random source
/// cannot report an error there, so a wrong call gets zeros, and [`Coins::were_used_right`] says so afterwards.
pub(crate) struct Coins {
    bytes: Secret<64>,
    calls: u32,
    misused: bool,
}

impl Coins {
    /// Coins that have not been used.
    pub(crate) fn new(bytes: Secret<64>) -> Self {
        Self { bytes, calls: 0, misused: false }
    }

    /// Whether all 64 bytes were taken in one call, and nothing else was asked for.
    pub(crate) fn were_used_right(&self) -> bool {
        self.calls == 1 && !self.misused
    }
}

impl TryRng for Coins {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.misused = true;
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.misused = true;
        Ok(0)
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), Infallible> {
        self.calls = self.calls.saturating_add(1);
        if self.calls == 1 && destination.len() == self.bytes.expose().len() {
            destination.copy_from_slice(self.bytes.expose());
        } else {
            self.misused = true;
            destination.fill(0);
        }
        Ok(())
    }
}

impl TryCryptoRng for Coins {}

#[cfg(test)]
mod tests {
    use rand_core::Rng;

    use super::*;

    fn coins() -> Coins {
        Coins::new(Secret::fill(|bytes| bytes.fill(7)))
    }

    #[test]
    fn sixty_four_bytes_once_are_right() {
        let mut coins = coins();
        let mut bytes = [0; 64];
        coins.fill_bytes(&mut bytes);
        assert_eq!(bytes, [7; 64]);
        assert!(coins.were_used_right());
    }

    #[test]
    fn another_length_is_misuse_and_gives_nothing_away() {
        for length in [0, 32, 63, 65, 128] {
            let mut coins = coins();
            let mut bytes = vec![1; length];
            coins.fill_bytes(&mut bytes);
            assert!(!coins.were_used_right(), "{length}");
            assert!(bytes.iter().all(|byte| *byte == 0), "{length}");
        }
    }

    #[test]
    fn a_second_time_is_misuse() {
        let mut coins = coins();
        coins.fill_bytes(&mut [0; 64]);
        let mut again = [1; 64];
        coins.fill_bytes(&mut again);
        assert_eq!(again, [0; 64]);
        assert!(!coins.were_used_right());
    }

    #[test]
    fn no_call_and_word_calls_are_misuse() {
        assert!(!coins().were_used_right());
        let mut words = coins();
        words.fill_bytes(&mut [0; 64]);
        assert_eq!((words.next_u32(), words.next_u64()), (0, 0));
        assert!(!words.were_used_right());
    }
}
