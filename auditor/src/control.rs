//! The positive control: in copies of what is audited, something wrong is planted, and the same checks must find it.
//!
//! An audit that finds nothing says little if it could not find anything. Nothing that is planted touches what is audited.

use amanah_protocol::centre::Role;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::AccountId;
use amanah_protocol::letter::TAG_LENGTH;
use amanah_protocol::log::TreeHead;
use amanah_protocol::manifest::{Capabilities, MAX_MEMBERS, Manifest, ManifestError, Member};
use amanah_protocol::record::{Entry, Kind};
use amanah_protocol::signature::{Signature, Signed, Signer, SigningInput, VerifyingKey};

use crate::claimed::Claimed;
use crate::item::Item;
use crate::log::Log;
use crate::randomness::{self, Histogram};
use crate::report::Control;

/// What is planted, in the order of a report.
pub const PLANTED: [&str; 4] = [
    "a text in place of a ciphertext",
    "a reader whom no grant names",
    "a flipped bit in a signed structure",
    "a removed entry of the log",
];

/// An account that nobody has, since it would have to be the hash of a card; it stands last in every list.
const STRANGER: AccountId = AccountId([0xff; 32]);
/// The card of the stranger.
const STRANGERS_CARD: Hash = Hash([0xff; 32]);
/// What is written in place of a ciphertext.
const PLAINTEXT: &[u8] = b"These words were planted by the audit, and it must find them.\x80";
/// From the end of a signed structure to the last byte of its body: the signature (64) and its head (2).
const SIGNATURE: usize = 66;

/// What was planted so far, and whether it was found.
#[derive(Default)]
pub(crate) struct Controls {
    plaintext: Option<bool>,
    reader: Option<bool>,
    flipped: Option<bool>,
    /// The log without its first leaf.
    shortened: Log,
    first: Option<Hash>,
    last: Option<Hash>,
}

/// Whoever signs nothing: what is planted is offered to checks that come after the signature.
struct Nobody;

impl Signer for Nobody {
    fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey([0; 32])
    }

    fn sign(&self, _: &SigningInput) -> Signature {
        Signature([0; 64])
    }
}

impl Controls {
    /// Plants a text in place of the first ciphertext, and flips a bit in the first body whose signer is known.
    pub(crate) fn plant_in(&mut self, item: &Item<'_>) {
        if self.plaintext.is_none() && item.entry.kind == Kind::Letter {
            self.plaintext = item.entry.parts.first().and_then(|ciphertext| plaintext_is_found(&ciphertext.0));
        }
        if self.flipped.is_none() && !item.keys.is_empty() {
            self.flipped = flip_is_found(item);
        }
    }

    /// Takes a leaf of the log.
    pub(crate) fn append(&mut self, leaves: &[Hash]) {
        let rest = match self.first {
            Some(_) => leaves,
            None => leaves.split_first().map_or(leaves, |(first, rest)| {
                self.first = Some(*first);
                rest
            }),
        };
        self.shortened.append(rest);
        self.last = leaves.last().copied().or(self.last);
    }

    /// The same list of readers with a stranger on it; nothing if that was tried, or there is no room.
    pub(crate) fn with_stranger(&self, manifest: &Signed<Manifest>) -> Option<Signed<Manifest>> {
        let mut planted = manifest.body().clone();
        let members = &mut planted.outline.members;
        let grant = members.iter().find(|member| member.role == Role::Client)?.grant;
        if self.reader.is_some() || members.len() >= MAX_MEMBERS {
            return None;
        }
        members.push(Member {
            account: STRANGER,
            card: STRANGERS_CARD,
            role: Role::Counsellor,
            capabilities: Capabilities::MANAGE,
            grant,
        });
        planted.wraps.push(Hash([0xff; 32]));
        Some(Signed::sign(planted, &Nobody))
    }

    /// The card of the stranger, so that no card is the reason why it is found.
    pub(crate) fn card_of_stranger(account: &AccountId) -> Option<Hash> {
        (*account == STRANGER).then_some(STRANGERS_CARD)
    }

    /// What the check said of the list with the stranger on it.
    pub(crate) fn tried_reader(&mut self, outcome: Result<(), ManifestError>) {
        self.reader = Some(matches!(outcome, Err(ManifestError::Denied(_))));
    }

    /// What came of everything that was planted. Of the log, one leaf is missing and the last one stands there twice.
    pub(crate) fn finish(mut self, head: Option<&TreeHead>) -> Vec<Control> {
        let leaf = self.last.zip(head).map(|(last, head)| {
            self.shortened.append(&[last]);
            self.shortened.check(head).is_err()
        });
        // of a log of one leaf, the last one is the one that was removed
        let leaf = leaf.filter(|_| self.first != self.last);
        let found = [self.plaintext, self.reader, self.flipped, leaf];
        let outcomes = PLANTED.iter().zip(found);
        outcomes.map(|(planted, found)| Control { planted: (*planted).to_owned(), found }).collect()
    }
}

/// Whether words of the same length as a ciphertext, with zeros and the tag after them, are found.
fn plaintext_is_found(ciphertext: &[u8]) -> Option<bool> {
    let (content, tag) = ciphertext.split_at_checked(ciphertext.len().checked_sub(TAG_LENGTH)?)?;
    let words = PLAINTEXT.iter().copied().chain(std::iter::repeat(0)).take(content.len());
    let planted: Vec<u8> = words.chain(tag.iter().copied()).collect();
    (content.len() >= PLAINTEXT.len()).then(|| randomness::check(&planted, 0, &mut Histogram::default()).is_err())
}

/// Whether a structure with one bit of its body flipped is refused.
fn flip_is_found(item: &Item<'_>) -> Option<bool> {
    let mut entry: Entry = item.entry.clone();
    let place = entry.body.0.len().checked_sub(SIGNATURE + 1)?;
    *entry.body.0.get_mut(place)? ^= 1;
    Some(Claimed::parse(&entry).is_err() || Claimed::parse(&entry).is_ok_and(|c| c.verify(&item.keys, &entry).is_err()))
}
