//! What a client demands of witnesses (docs/protocol.md §8.5).
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::BTreeSet;

use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::ids::{AccountId, Timestamp};
use amanah_protocol::log::{
    COSIGNATURE_AGE_MS, Checkpoint, CosignedCheckpoints, MAX_WITNESSES, NotAQuorum, Quorum, SignedCheckpoint,
    TooFewWitnesses, TreeHead, Witness,
};
use amanah_protocol::signature::{Signer, VerifyingKey};
use common::samples::CENTRE;
use common::{Key, NOW, hash};

fn account(number: u8) -> AccountId {
    AccountId([number; 32])
}

fn witness(number: u8) -> Witness {
    Witness::of(account(number), Key::new(number).verifying_key()).unwrap()
}

/// A checkpoint over so many entries.
fn checkpoint(size: u8) -> SignedCheckpoint {
    let checkpoint = Checkpoint { centre: CENTRE, size: size.into(), root: hash(size), map: hash(0) };
    SignedCheckpoint::sign(checkpoint, &Key::new(7))
}

fn head(size: u8) -> TreeHead {
    checkpoint(size).head()
}

/// Cosigned by a witness, at this time.
fn cosigned(size: u8, number: u8, time: Timestamp) -> SignedCheckpoint {
    let line = checkpoint(size).cosign(witness(number).name(), time, &Key::new(number)).unwrap();
    checkpoint(size).with_cosignature(&witness(number), line).unwrap()
}

fn quorum(needed: u32, witnesses: &[u8]) -> Quorum {
    Quorum::new(needed, witnesses.iter().map(|number| account(*number)).collect()).unwrap()
}

/// Each account has the key of its number.
#[expect(clippy::unnecessary_wraps, reason = "as a quorum asks")]
fn keys(account: &AccountId) -> Option<VerifyingKey> {
    Some(Key::new(account.0[0]).verifying_key())
}

fn too_few(found: u32, needed: u32) -> Result<Vec<TreeHead>, TooFewWitnesses> {
    Err(TooFewWitnesses { found, needed })
}

#[test]
fn the_name_of_a_witness_is_its_account() {
    assert_eq!(witness(0xa1).name(), format!("amanah/witness/{}", "a1".repeat(32)));
    let two = cosigned(5, 11, NOW);
    let line = two.cosign(witness(12).name(), NOW, &Key::new(12)).unwrap();
    let two = two.with_cosignature(&witness(12), line).unwrap();
    assert_eq!(two.witnesses_claimed(), BTreeSet::from([account(11), account(12)]));
    assert_eq!(checkpoint(5).witnesses_claimed(), BTreeSet::new());
}

#[test]
fn enough_witnesses_give_the_trees_that_they_cosigned() {
    let notes = [cosigned(5, 11, NOW), cosigned(9, 12, NOW), cosigned(7, 14, NOW)];
    assert_eq!(quorum(2, &[11, 12, 13]).check(&notes, keys, NOW), Ok(vec![head(5), head(9)]));
    assert_eq!(quorum(3, &[11, 12, 13]).check(&notes, keys, NOW), too_few(2, 3));
    assert_eq!(quorum(1, &[13]).check(&notes, keys, NOW), too_few(0, 1));
    assert_eq!(quorum(1, &[11]).check(&[], keys, NOW), too_few(0, 1));
}

#[test]
fn the_newest_that_a_witness_cosigned_counts() {
    let notes = [cosigned(9, 11, NOW), cosigned(5, 11, NOW)];
    assert_eq!(quorum(1, &[11]).check(&notes, keys, NOW), Ok(vec![head(9)]));
}

#[test]
fn an_old_cosignature_does_not_count_nor_one_of_the_future() {
    let demanded = quorum(1, &[11]);
    let at = |now: Timestamp| demanded.check(&[cosigned(5, 11, NOW)], keys, now);
    assert!(at(NOW.plus(COSIGNATURE_AGE_MS)).is_ok());
    assert_eq!(at(NOW.plus(COSIGNATURE_AGE_MS + 1)), too_few(0, 1));
    let ahead = |ahead: u64| demanded.check(&[cosigned(5, 11, NOW.plus(ahead))], keys, NOW);
    assert!(ahead(600_000).is_ok());
    assert_eq!(ahead(601_000), too_few(0, 1));
}

#[test]
fn another_key_or_no_key_is_no_witness() {
    let notes = [cosigned(5, 11, NOW)];
    let other = |_: &AccountId| Some(Key::new(12).verifying_key());
    assert_eq!(quorum(1, &[11]).check(&notes, other, NOW), too_few(0, 1));
    assert_eq!(quorum(1, &[11]).check(&notes, |_| None, NOW), too_few(0, 1));
}

/// Somebody with two accounts is one witness.
#[test]
fn a_key_counts_once_whatever_accounts_have_it() {
    let line = |number: u8| {
        let witness = Witness::of(account(number), Key::new(11).verifying_key()).unwrap();
        let line = checkpoint(5).cosign(witness.name(), NOW, &Key::new(11)).unwrap();
        checkpoint(5).with_cosignature(&witness, line).unwrap()
    };
    let one = |_: &AccountId| Some(Key::new(11).verifying_key());
    assert_eq!(quorum(1, &[21, 22]).check(&[line(21), line(22)], one, NOW), Ok(vec![head(5)]));
    assert_eq!(quorum(2, &[21, 22]).check(&[line(21), line(22)], one, NOW), too_few(1, 2));
}

#[test]
fn the_relay_is_not_its_own_witness() {
    assert_eq!(quorum(1, &[7]).check(&[cosigned(5, 7, NOW)], keys, NOW), too_few(0, 1));
}

#[test]
fn a_quorum_demands_at_least_one_and_at_most_all() {
    let accounts = |count: usize| -> BTreeSet<AccountId> { (0..u8::try_from(count).unwrap()).map(account).collect() };
    for (needed, count) in [(0, 0), (0, 1), (1, 0), (2, 1), (1, MAX_WITNESSES + 1)] {
        assert_eq!(Quorum::new(needed, accounts(count)), Err(NotAQuorum), "{needed} of {count}");
    }
    assert!(Quorum::new(1, accounts(1)).is_ok());
    assert!(Quorum::new(32, accounts(MAX_WITNESSES)).is_ok());
}

#[test]
fn cosigned_checkpoints() {
    let notes = CosignedCheckpoints { notes: vec![ByteString(vec![1, 2, 3]), ByteString(vec![])] };
    assert_eq!(notes.to_bytes(), [0x82, 0x01, 0x82, 0x43, 1, 2, 3, 0x40]);
    assert_eq!(CosignedCheckpoints::parse(&notes.to_bytes()).unwrap(), notes);
}
