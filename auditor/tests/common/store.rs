//! What a relay stores: entries in order, and a vault for each account.

use std::collections::BTreeMap;

use amanah_protocol::account::{VaultHead, vault_hash};
use amanah_protocol::bundle::VaultItem;
use amanah_protocol::card::{Card, SignedCard};
use amanah_protocol::cbor::{ByteString, Structure, encode};
use amanah_protocol::centre::{Appointment, Licence, RelayCertificate, Role, SignedRoot};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, Timestamp};
use amanah_protocol::log::Salt;
use amanah_protocol::record::{Entry, Kind};
use amanah_protocol::signature::{Signed, Signer};

use super::{Key, LATER, NOW, random, x_wing_key};

/// Somebody with an account.
pub(crate) struct Person {
    pub(crate) key: Key,
    pub(crate) card: SignedCard,
    pub(crate) version: u64,
    pub(crate) vault: Option<Hash>,
}

impl Person {
    pub(crate) fn account(&self) -> AccountId {
        self.card.account()
    }
}

/// What a relay stores.
pub(crate) struct Store {
    pub(crate) root_key: Key,
    pub(crate) root: SignedRoot,
    pub(crate) relay: Key,
    pub(crate) now: Timestamp,
    pub(crate) entries: Vec<Entry>,
    /// How many entries were taken away before those.
    taken: u64,
    pub(crate) vaults: BTreeMap<AccountId, VaultItem>,
    seed: u64,
}

impl Store {
    /// The root, and the certificate of the relay's key.
    pub(crate) fn new() -> Self {
        let (root_key, relay) = (Key::new(1), Key::new(2));
        let root = SignedRoot::sign_first(&root_key);
        let (entries, vaults) = (Vec::new(), BTreeMap::new());
        let mut store = Self { root_key, root, relay, now: NOW, entries, taken: 0, vaults, seed: 0 };
        store.append(Kind::Root, store.root.wire().to_vec(), Vec::new());
        let (centre, key) = (store.root.centre(), store.relay.verifying_key());
        store.by_root(Kind::RelayCertificate, RelayCertificate { centre, key, from: NOW, until: LATER });
        store
    }

    /// Bytes that look random, other ones each time.
    pub(crate) fn random(&mut self, length: usize) -> Vec<u8> {
        self.seed += 1;
        random(self.seed, length)
    }

    /// A hash of nothing, another one each time.
    pub(crate) fn hash(&mut self) -> Hash {
        Hash::from_slice(&self.random(32)).unwrap()
    }

    /// 16 random bytes.
    pub(crate) fn id(&mut self) -> [u8; 16] {
        self.random(16).try_into().unwrap()
    }

    /// Appends an entry, one second after the one before.
    pub(crate) fn append(&mut self, kind: Kind, wire: Vec<u8>, parts: Vec<Vec<u8>>) {
        self.now = self.now.plus(1_000);
        let entry = Entry {
            position: self.taken + self.entries.len() as u64 + 1,
            time: self.now,
            kind,
            salt: Salt(self.id()),
            body: ByteString(wire),
            parts: parts.into_iter().map(ByteString).collect(),
        };
        self.entries.push(entry);
    }

    /// Takes away what was appended since the last time, so that a store can be longer than memory.
    pub(crate) fn take_entries(&mut self) -> Vec<Entry> {
        self.taken += self.entries.len() as u64;
        std::mem::take(&mut self.entries)
    }

    /// Signs a structure and appends it.
    pub(crate) fn post<S: Structure>(&mut self, kind: Kind, body: S, key: &Key, parts: Vec<Vec<u8>>) -> Signed<S> {
        let signed = Signed::sign(body, key);
        self.append(kind, signed.wire().to_vec(), parts);
        signed
    }

    /// What the root signs.
    pub(crate) fn by_root<S: Structure>(&mut self, kind: Kind, body: S) -> Signed<S> {
        let signed = Signed::sign(body, &self.root_key);
        self.append(kind, signed.wire().to_vec(), Vec::new());
        signed
    }

    /// The root that follows.
    pub(crate) fn next_root(&mut self, number: u8) {
        let key = Key::new(number);
        self.root = self.root.sign_next(&self.root_key, &key);
        self.root_key = key;
        self.append(Kind::Root, self.root.wire().to_vec(), Vec::new());
    }

    /// A new account, with its card and vault.
    pub(crate) fn register(&mut self, number: u8) -> Person {
        let key = Key::new(number);
        let card = Card {
            account: None,
            number: 1,
            verifying_key: key.verifying_key(),
            kem_key: x_wing_key(number),
            previous: None,
            created: self.now,
        };
        let card = SignedCard::sign_first(card, &key);
        self.append(Kind::Card, card.wire().to_vec(), Vec::new());
        let mut person = Person { key, card, version: 0, vault: None };
        self.store_vault(&mut person);
        person
    }

    /// The next card of an account, and its vault.
    pub(crate) fn next_card(&mut self, person: &mut Person, number: u8) {
        let key = Key::new(number);
        let card = Card {
            account: Some(person.account()),
            number: person.card.card().number + 1,
            verifying_key: key.verifying_key(),
            kem_key: x_wing_key(number),
            previous: Some(person.card.hash()),
            created: self.now,
        };
        let card = SignedCard::sign_next(card, &key, &person.key);
        self.append(Kind::Card, card.wire().to_vec(), Vec::new());
        (person.key, person.card) = (key, card);
        self.store_vault(person);
    }

    /// The next version of a vault.
    pub(crate) fn store_vault(&mut self, person: &mut Person) {
        let sealed = self.random(80 + 4096);
        self.store_vault_of(person, sealed, person.version + 1);
    }

    /// A vault with any sealed content and version.
    pub(crate) fn store_vault_of(&mut self, person: &mut Person, sealed: Vec<u8>, version: u64) {
        let (account, previous) = (person.account(), person.vault);
        let vault = encode(&(ByteString(encode(&(1u8, account, version, previous))), ByteString(sealed)));
        let wrap = |store: &mut Self| {
            encode(&(ByteString(encode(&(1u8, account, 1u64, false))), ByteString(store.random(112))))
        };
        let (passphrase_wrap, recovery_wrap) = (ByteString(wrap(self)), ByteString(wrap(self)));
        let head = VaultHead { account, version, vault: vault_hash(&vault), time: self.now };
        (person.version, person.vault) = (version, Some(head.vault));
        let head = self.post(Kind::VaultHead, head, &person.key, Vec::new());
        let (vault, vault_head) = (ByteString(vault), ByteString(head.wire().to_vec()));
        self.vaults.insert(account, VaultItem { account, version, vault, vault_head, passphrase_wrap, recovery_wrap });
    }

    /// The root appoints somebody.
    pub(crate) fn appoint(&mut self, person: &Person, role: Role) -> Signed<Appointment> {
        let licence = Licence {
            number: "1".to_owned(),
            board: "board".to_owned(),
            jurisdiction: "ID".to_owned(),
            link: "https://example.org".to_owned(),
            expires: LATER,
        };
        let (centre, account, name) = (self.root.centre(), person.account(), "Sari".to_owned());
        let body = Appointment { centre, account, role, name, licence: Some(licence), from: NOW, until: LATER };
        self.by_root(Kind::Appointment, body)
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, milliseconds: u64) {
        self.now = self.now.plus(milliseconds);
    }
}
