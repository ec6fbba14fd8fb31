//! Padmé (docs/protocol.md §6.2): what the published scheme says of its lengths.

use amanah_protocol::letter::MAX_PADDED;
use amanah_protocol::padding::{MIN_PADDED, is_padded_length, padded_length};
use proptest::prelude::*;

/// Nikitin et al. (2019), §4, in the words of the paper: a length of exponent E has S = ⌊log₂ E⌋ + 1 bits of
/// mantissa; all bits after them are zero, and the length is rounded up to the next such number.
fn published(length: u64) -> u64 {
    let exponent = (u64::BITS - 1) - length.leading_zeros();
    let mantissa = (u32::BITS - 1) - exponent.leading_zeros() + 1;
    let step = 1u64 << (exponent - mantissa);
    length.div_ceil(step) * step
}

#[test]
fn lengths_of_letters_are_those_of_the_published_scheme() {
    for length in 257..=MAX_PADDED + 1 {
        let expected = published(u64::try_from(length).unwrap());
        assert_eq!(u64::try_from(padded_length(length)).unwrap(), expected, "{length}");
    }
}

#[test]
fn some_lengths_calculated_by_hand() {
    let table = [
        // 256 = 2⁸: E = 8, S = 4, so the lowest 4 bits are zero
        (257, 272),
        (272, 272),
        (273, 288),
        (511, 512),
        (512, 512),
        // 2⁹: E = 9, S = 4, 5 bits
        (513, 544),
        (1023, 1024),
        // 2¹⁵: E = 15, S = 4, 11 bits
        (32_768, 32_768),
        (32_769, 34_816),
        (65_535, 65_536),
        // 2¹⁶: E = 16, S = 5, 11 bits
        (65_537, 67_584),
        (1_000_000, 1_015_808),
        (262_144, 262_144),
        (262_145, 270_336),
        // 2³⁰: E = 30, S = 5, 25 bits
        (1_073_741_825, 1_107_296_256),
    ];
    for (length, padded) in table {
        assert_eq!(padded_length(length), padded, "{length}");
    }
}

#[test]
fn short_letters_all_have_one_length() {
    for length in 0..=MIN_PADDED {
        assert_eq!(padded_length(length), MIN_PADDED, "{length}");
        assert_eq!(is_padded_length(length), length == MIN_PADDED);
    }
    assert_eq!(MIN_PADDED, 256);
}

#[test]
fn the_greatest_letter_has_a_padded_length() {
    assert_eq!(MAX_PADDED, 262_144);
    assert!(is_padded_length(MAX_PADDED));
}

#[test]
fn letters_have_few_lengths() {
    let lengths = (0..=MAX_PADDED).filter(|length| is_padded_length(*length)).count();
    // one for 256; 16 steps for each of the 8 powers up to 2¹⁶; 32 for each of the 2 powers up to 2¹⁸
    assert_eq!(lengths, 1 + 8 * 16 + 2 * 32);
}

#[test]
fn the_greatest_number_does_not_overflow() {
    assert_eq!(padded_length(usize::MAX), usize::MAX);
    assert_eq!(padded_length(usize::MAX - 1), usize::MAX);
}

proptest! {
    #[test]
    fn a_padded_length_is_stable_and_at_most_an_eighth_more(length in 257..usize::MAX / 2) {
        let padded = padded_length(length);
        prop_assert!(padded >= length);
        prop_assert!(is_padded_length(padded));
        prop_assert!((padded - length) as u128 * 100 <= length as u128 * 12);
    }

    #[test]
    fn a_longer_content_is_never_padded_to_less(one in any::<usize>(), other in any::<usize>()) {
        let (short, long) = (one.min(other), one.max(other));
        prop_assert!(padded_length(short) <= padded_length(long));
    }

    #[test]
    fn no_padded_length_lies_between_a_length_and_its_own(length in 0..10_000_000usize, inside in any::<proptest::sample::Index>()) {
        let padded = padded_length(length);
        if padded > length {
            let between = length + inside.index(padded - length);
            prop_assert!(!is_padded_length(between));
            prop_assert_eq!(padded_length(between), padded);
        }
    }
}
