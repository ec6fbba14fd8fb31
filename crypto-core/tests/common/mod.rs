//! People, sessions and letters for tests, all repeatable.
#![allow(dead_code, reason = "each test file uses its part")]

#[path = "../../src/tests/source.rs"]
mod source;

use amanah_crypto_core::epoch::{AuthoredEpoch, Epoch, EpochCards, EpochError, author_epoch, open_epoch};
use amanah_crypto_core::identity::{Identity, Keyring};
use amanah_protocol::card::SignedCard;
use amanah_protocol::centre::Role;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{CaseId, LetterId, SessionId, Timestamp};
use amanah_protocol::letter::LetterHeader;
use amanah_protocol::manifest::{Capabilities, Escrow, Manifest, Member, Outline, Reason, Trustee};
use amanah_protocol::signature::Signed;
pub(crate) use source::Blocks;

/// 2026-01-01T00:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp(1_767_225_600_000);

/// Somebody with one card.
pub(crate) struct Person {
    pub(crate) keyring: Keyring,
    pub(crate) card: SignedCard,
}

pub(crate) fn person(rng: &mut Blocks) -> Person {
    let (identity, card) = Identity::generate(rng, NOW);
    Person { keyring: Keyring::new(identity), card }
}

/// Some people, sorted by account as manifests are.
pub(crate) fn people(rng: &mut Blocks, number: usize) -> Vec<Person> {
    let mut people: Vec<_> = (0..number).map(|_| person(rng)).collect();
    people.sort_by_key(|person| person.card.account());
    people
}

/// The first one is the author and client.
pub(crate) fn outline(rng: &mut Blocks, people: &[Person]) -> Outline {
    let member = |(index, person): (usize, &Person)| Member {
        account: person.card.account(),
        card: person.card.hash(),
        role: if index == 0 { Role::Client } else { Role::Counsellor },
        capabilities: Capabilities::MANAGE,
        grant: Some(Hash([8; 32])),
    };
    Outline {
        case: CaseId::from_random_bytes(rng.bytes()),
        session: SessionId::from_random_bytes(rng.bytes()),
        epoch: 0,
        previous: None,
        transcript: None,
        members: people.iter().enumerate().map(member).collect(),
        escrow: None,
        reason: Reason::Opened,
        author: people[0].card.account(),
        created: NOW,
    }
}

pub(crate) fn cards(people: &[Person]) -> Vec<&SignedCard> {
    people.iter().map(|person| &person.card).collect()
}

/// The policy of the sessions with escrow.
pub(crate) const POLICY: Hash = Hash([0xe6; 32]);

/// The escrow section for these trustees.
pub(crate) fn escrow(trustees: &[Person], threshold: u8) -> Escrow {
    let held = (1..).zip(trustees);
    let trustees = held.map(|(x, held)| Trustee { x, account: held.card.account(), card: held.card.hash() }).collect();
    Escrow { policy: POLICY, threshold, trustees }
}

/// A session with its manifest, and what stands beside it.
pub(crate) struct Session {
    pub(crate) people: Vec<Person>,
    pub(crate) trustees: Vec<Person>,
    pub(crate) manifest: Signed<Manifest>,
    pub(crate) wraps: Vec<Vec<u8>>,
    pub(crate) seals: Vec<Vec<u8>>,
}

/// A session without escrow.
pub(crate) fn session(rng: &mut Blocks, number: usize) -> Session {
    let people = people(rng, number);
    authored(rng, people, Vec::new(), None)
}

/// A session of this policy with so many trustees, of whom so many are needed.
pub(crate) fn escrowed(rng: &mut Blocks, number: usize, trustees: usize, threshold: u8) -> Session {
    let people = people(rng, number);
    let trustees: Vec<_> = (0..trustees).map(|_| person(rng)).collect();
    let escrow = escrow(&trustees, threshold);
    authored(rng, people, trustees, Some(escrow))
}

fn authored(rng: &mut Blocks, people: Vec<Person>, trustees: Vec<Person>, escrow: Option<Escrow>) -> Session {
    let outline = Outline { escrow, ..outline(rng, &people) };
    let (members, held) = (cards(&people), cards(&trustees));
    let all = EpochCards { members: &members, trustees: &held };
    let authored = author_epoch(rng, people[0].keyring.newest(), outline, all).unwrap();
    let AuthoredEpoch { manifest, wraps, seals } = authored;
    Session { people, trustees, manifest, wraps, seals }
}

impl Session {
    /// What a keyring makes of the epoch.
    pub(crate) fn opened_by(&self, keyring: &Keyring) -> Result<Epoch, EpochError> {
        let (members, trustees) = (cards(&self.people), cards(&self.trustees));
        self.opened_with(keyring, EpochCards { members: &members, trustees: &trustees })
    }

    /// The same with these cards.
    pub(crate) fn opened_with(&self, keyring: &Keyring, cards: EpochCards<'_>) -> Result<Epoch, EpochError> {
        let parts: Vec<&Vec<u8>> = self.wraps.iter().chain(&self.seals).collect();
        open_epoch(keyring, &self.manifest, &parts, cards)
    }

    /// What one of the members opens.
    pub(crate) fn epoch(&self, reader: usize) -> Epoch {
        self.opened_by(&self.people[reader].keyring).unwrap()
    }

    /// The manifest with other content, signed again by its author: what a cheating author can make.
    pub(crate) fn resign(&mut self, change: impl FnOnce(&mut Manifest)) {
        let mut manifest = self.manifest.body().clone();
        change(&mut manifest);
        self.manifest = Signed::sign(manifest, self.people[0].keyring.newest());
    }

    /// A header of one of the members.
    pub(crate) fn header(&self, sender: usize, id: u8) -> LetterHeader {
        LetterHeader {
            session: self.manifest.body().outline.session,
            epoch: 0,
            manifest: self.manifest.hash(),
            sender: self.people[sender].card.account(),
            card: self.people[sender].card.hash(),
            id: LetterId::from_random_bytes([id; 16]),
            sequence: 0,
            previous_own: None,
            seen: None,
            salt: Hash([0; 32]),
        }
    }
}

/// A random source that is stuck.
pub(crate) struct Stuck(pub(crate) u8);

impl rand_core::TryRng for Stuck {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(u32::from_le_bytes([self.0; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from_le_bytes([self.0; 8]))
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), Self::Error> {
        destination.fill(self.0);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Stuck {}
