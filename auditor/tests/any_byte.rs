//! Any change of one byte in a bundle that passed is found, but in what nothing binds: the relay's word on times, closer
//! than ten minutes, and the wraps of vault keys.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use std::ops::Range;
use std::sync::LazyLock;

use amanah_auditor::audit_bundle;
use amanah_protocol::cbor::{Structure, encode};
use common::bundle::Bundle;
use common::story::whole;
use proptest::prelude::*;

/// A bundle, its bytes, and those of them that nothing binds.
struct Sample {
    bundle: Bundle,
    bytes: Vec<u8>,
    unbound: Vec<Range<usize>>,
}

static SAMPLE: LazyLock<Sample> = LazyLock::new(|| {
    let bundle = whole();
    let bytes = bundle.bytes();
    let mut unbound = Vec::new();
    let made = encode(&bundle.header.made);
    let header = 4 + bundle.header.to_bytes().len();
    unbound.push(header - made.len()..header);
    for entry in &bundle.entries {
        // an entry begins with the head of its array, its position and its time
        let start = find(&bytes, &encode(entry)) + 1 + encode(&entry.position).len();
        unbound.push(start..start + encode(&entry.time).len());
    }
    for item in &bundle.vaults {
        for wrap in [&item.passphrase_wrap, &item.recovery_wrap] {
            let start = find(&bytes, &wrap.0);
            unbound.push(start..start + wrap.0.len());
        }
    }
    Sample { bundle, bytes, unbound }
});

/// Where these bytes stand first.
fn find(bytes: &[u8], part: &[u8]) -> usize {
    let place = bytes.windows(4).enumerate().position(|(start, window)| {
        // a cheap look before the whole one
        window == &part[..4] && bytes[start..].starts_with(part)
    });
    place.unwrap()
}

fn passes(place: usize, change: u8) -> bool {
    let sample = &*SAMPLE;
    let mut bytes = sample.bytes.clone();
    bytes[place] ^= change;
    audit_bundle(&bytes[..], sample.bundle.pinned, None).is_ok_and(|report| report.passed())
}

#[test]
fn the_sample_passes() {
    assert!(passes(0, 0));
    let unbound: usize = SAMPLE.unbound.iter().map(ExactSizeIterator::len).sum();
    // nearly everything is bound
    assert!(unbound * 25 < SAMPLE.bytes.len(), "{unbound} of {}", SAMPLE.bytes.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_other_byte_is_found(place in 0..SAMPLE.bytes.len(), change in 1u8..) {
        prop_assume!(!SAMPLE.unbound.iter().any(|range| range.contains(&place)));
        prop_assert!(!passes(place, change), "{place} {change}");
    }

    /// Small things have as great a chance here as wraps and vaults.
    #[test]
    fn any_other_byte_of_what_is_signed_is_found(
        entry in 0..SAMPLE.bundle.entries.len(), place in any::<prop::sample::Index>(), change in 1u8..
    ) {
        let entry = &SAMPLE.bundle.entries[entry];
        let start = find(&SAMPLE.bytes, &entry.body.0);
        let place = start + place.index(entry.body.0.len());
        prop_assert!(!passes(place, change), "{place} {change}");
    }
}

#[test]
fn times_are_bound_to_ten_minutes_of_what_was_signed() {
    let entry = SAMPLE.bundle.entries.iter().find(|entry| entry.kind == amanah_protocol::record::Kind::Grant).unwrap();
    let start = find(&SAMPLE.bytes, &encode(entry)) + 1 + encode(&entry.position).len();
    for place in start + 1..start + 6 {
        assert!(!passes(place, 0x80), "{place}");
    }
}
