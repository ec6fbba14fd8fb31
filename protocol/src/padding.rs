//! Padmé sizes (docs/protocol.md §6): lengths that tell little.
//!
//! Source: Nikitin et al., “Reducing Metadata Leakage from Encrypted Files and Communication with PURBs” (2019), §4.

/// The smallest padded length.
pub const MIN_PADDED: usize = 256;

/// The smallest Padmé length, at least [`MIN_PADDED`], that holds `length` bytes.
///
/// A length of `E` bits keeps its highest `⌊log₂ E⌋ + 1` bits; at most 12 % is added.
pub const fn padded_length(length: usize) -> usize {
    if length <= MIN_PADDED {
        return MIN_PADDED;
    }
    let exponent = length.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1usize << exponent.saturating_sub(kept)) - 1;
    match length.checked_add(mask) {
        Some(rounded) => rounded & !mask,
        None => usize::MAX,
    }
}

/// Whether this is a length that padding gives.
pub const fn is_padded_length(length: usize) -> bool {
    padded_length(length) == length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_follow_the_published_scheme() {
        for (length, padded) in [(0, 256), (256, 256), (257, 272), (1_000, 1_024), (4_095, 4_096), (9_000, 9_216)] {
            assert_eq!(padded_length(length), padded, "{length}");
        }
    }

    #[test]
    fn padding_adds_little_and_is_stable() {
        for length in 257..100_000 {
            let padded = padded_length(length);
            assert!(padded >= length && (padded - length) * 100 <= length * 12, "{length} → {padded}");
            assert!(is_padded_length(padded));
        }
    }
}
