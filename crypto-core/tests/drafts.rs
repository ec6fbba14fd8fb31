//! Drafts, sealed for their writer alone (docs/protocol.md §6.8).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use amanah_crypto_core::draft::{open_drafts, seal_drafts};
use amanah_crypto_core::identity::Identity;
use common::{Blocks, NOW};

#[test]
fn drafts_open_for_the_same_card_and_with_every_bit_in_its_place() {
    let mut rng = Blocks::new("drafts");
    let (writer, _) = Identity::generate(&mut rng, NOW);
    let sealed = seal_drafts(&mut rng, &writer, b"Saya takut").unwrap();
    assert_eq!(open_drafts(&writer, &sealed).unwrap().as_slice(), b"Saya takut");
    let (somebody, _) = Identity::generate(&mut rng, NOW);
    let (later, _) = writer.next(&mut rng, NOW);
    assert!(open_drafts(&somebody, &sealed).is_err() && open_drafts(&later, &sealed).is_err());
    for place in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[place] ^= 1;
        assert!(open_drafts(&writer, &altered).is_err(), "{place}");
        assert!(open_drafts(&writer, &sealed[..place]).is_err(), "{place}");
    }
}
