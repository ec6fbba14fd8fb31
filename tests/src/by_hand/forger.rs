//! A member of a session whose own program seals whatever it likes, with the right keys and in the right place.

use amanah_crypto_core::epoch::{Epoch, EpochCards, open_epoch};
use amanah_crypto_core::identity::Keyring;
use amanah_crypto_core::letter::seal_letter;
use amanah_protocol::card::{CardChain, SignedCard, UnverifiedCard};
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, LetterId, SessionId};
use amanah_protocol::letter::LetterHeader;
use amanah_protocol::manifest::Manifest;
use amanah_protocol::record::{Kind, LetterUpload, Page};
use amanah_protocol::signature::{Signer, Unverified};
use reqwest::Method;

use super::{keys_and_token_of, random};
use crate::door::{Asked, CBOR, Door};
use crate::people::{Centre, rng};

/// Whoever opened a session in which nothing was written yet, with their keys in hand.
pub struct Forger {
    door: Door,
    keys: Keyring,
    token: String,
    epoch: Epoch,
    written: u64,
    last: Option<Hash>,
}

impl Forger {
    /// Takes the keys out of the vault, and opens the first epoch of the session with them.
    ///
    /// # Panics
    /// If it does not open.
    pub async fn of(centre: &Centre, name: &str, session: SessionId) -> Self {
        let door = Door::of(&centre.relay);
        let (keys, token) = keys_and_token_of(centre, name).await;
        let record = page(&door, &token, format!("/v1/sessions/{session}/record?after=0")).await;
        let entry = record.entries.iter().find(|entry| entry.kind == Kind::Manifest).expect("an epoch");
        let manifest = Unverified::<Manifest>::parse(&entry.body.0).expect("a manifest");
        let manifest = manifest.verify(&keys.newest().verifying_key()).expect("their own");
        let mut cards = Vec::new();
        for member in &manifest.body().outline.members {
            cards.push(newest_card(&door, &token, member.account).await);
        }
        let members: Vec<&SignedCard> = cards.iter().collect();
        let parts: Vec<&[u8]> = entry.parts.iter().map(|part| part.0.as_slice()).collect();
        let epoch = open_epoch(&keys, &manifest, &parts, EpochCards { members: &members, trustees: &[] });
        Self { door, keys, token, epoch: epoch.expect("an epoch that opens"), written: 0, last: None }
    }

    /// Seals this content as their next envelope and posts it.
    ///
    /// # Panics
    /// If the relay refuses it.
    pub async fn posts(&mut self, content: &[u8]) {
        let header = LetterHeader {
            session: self.epoch.session(),
            epoch: self.epoch.number(),
            manifest: self.epoch.manifest(),
            sender: self.keys.account(),
            card: self.keys.newest().card_hash(),
            id: LetterId::from_random_bytes(random()),
            sequence: self.written,
            previous_own: self.last,
            seen: None,
            salt: Hash([0; 32]),
        };
        let path = format!("/v1/sessions/{}/letters", header.session);
        let sealed = seal_letter(&mut rng(), &self.epoch, self.keys.newest(), header, content).expect("sealed");
        let upload = LetterUpload {
            letter: ByteString(sealed.letter.wire().to_vec()),
            ciphertext: ByteString(sealed.ciphertext),
        };
        let asked = Asked::new(Method::POST, path).with(CBOR, upload.to_bytes()).by(&self.token);
        self.door.ask(asked).await.accepted();
        (self.written, self.last) = (self.written + 1, Some(sealed.letter.hash()));
    }
}

async fn page(door: &Door, token: &str, path: String) -> Page {
    Page::parse(&door.ask(Asked::new(Method::GET, path).by(token)).await.accepted()).expect("a page")
}

async fn newest_card(door: &Door, token: &str, account: AccountId) -> SignedCard {
    let page = page(door, token, format!("/v1/accounts/{account}/cards")).await;
    let cards = page.entries.iter().map(|entry| UnverifiedCard::parse(&entry.body.0).expect("a card"));
    CardChain::verify(account, cards).expect("a chain").newest().clone()
}
