//! A store as an auditor is given it: a signed checkpoint, pages of entries, pages of vaults.

use std::collections::BTreeMap;

use amanah_auditor::{Audit, Report};
use amanah_protocol::account::VaultHead;
use amanah_protocol::bundle::{BundleHeader, VaultItem, VaultPage, frame};
use amanah_protocol::card::UnverifiedCard;
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CentreId};
use amanah_protocol::log::{Checkpoint, MapEntry, SignedCheckpoint, TreeHead, leaf_hash, map_root, root};
use amanah_protocol::record::{Entry, Kind, Page};
use amanah_protocol::signature::{Signer, Unverified};

use super::store::Store;
use super::{HOUR, Key};

/// How many entries stand in a page.
const PAGE: usize = 40;

/// Everything that an auditor is given, and what the auditor knows besides.
pub(crate) struct Bundle {
    pub(crate) header: BundleHeader,
    pub(crate) entries: Vec<Entry>,
    pub(crate) vaults: Vec<VaultItem>,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) pinned: CentreId,
    pub(crate) last_seen: Option<TreeHead>,
}

impl Store {
    /// Everything that is stored, under a checkpoint that the relay signs.
    pub(crate) fn bundle(&self) -> Bundle {
        let leaves: Vec<Hash> = self.entries.iter().map(leaf).collect();
        let checkpoint = Checkpoint {
            centre: self.root.centre(),
            size: leaves.len() as u64,
            root: root(leaves),
            map: map_root(map(&self.entries)).unwrap(),
        };
        let header = self.header(checkpoint);
        let (entries, vaults) = (self.entries.clone(), self.vaults.values().cloned().collect());
        let pinned = checkpoint.centre;
        Bundle { header, entries, vaults, checkpoint, pinned, last_seen: None }
    }

    /// The header of a bundle up to this checkpoint, which the relay signs.
    pub(crate) fn header(&self, checkpoint: Checkpoint) -> BundleHeader {
        BundleHeader {
            centre: checkpoint.centre,
            checkpoint: ByteString(SignedCheckpoint::sign(checkpoint, &self.relay).note().into_bytes()),
            vaults: self.vaults.len() as u64,
            made: self.now.plus(HOUR),
        }
    }
}

pub(crate) fn leaf(entry: &Entry) -> Hash {
    leaf_hash(&entry.leaf_data().unwrap())
}

/// The newest card and vault head of each account.
pub(crate) fn map(entries: &[Entry]) -> Vec<MapEntry> {
    let mut newest: BTreeMap<AccountId, MapEntry> = BTreeMap::new();
    for entry in entries {
        match entry.kind {
            Kind::Card => {
                let card = UnverifiedCard::parse(&entry.body.0).unwrap().claimed().clone();
                let account = card.account.unwrap_or(AccountId::from(card.hash()));
                let vault_head = newest.get(&account).and_then(|known| known.vault_head);
                newest.insert(account, MapEntry { account, card: card.hash(), vault_head });
            }
            Kind::VaultHead => {
                let head = Unverified::<VaultHead>::parse(&entry.body.0).unwrap().claimed().clone();
                newest.get_mut(&head.account).unwrap().vault_head = Some(head.hash());
            }
            _ => {}
        }
    }
    newest.into_values().collect()
}

impl Bundle {
    /// Signs the checkpoint.
    pub(crate) fn sign(&mut self, key: &impl Signer) {
        let signed = SignedCheckpoint::sign(self.checkpoint, key);
        self.header.checkpoint = ByteString(signed.note().into_bytes());
    }

    /// Signs the checkpoint as the relay.
    pub(crate) fn sign_as_relay(&mut self) {
        self.sign(&Key::new(2));
    }

    /// The log as it was at a size.
    pub(crate) fn head_at(&self, size: usize) -> TreeHead {
        TreeHead { size: size as u64, root: root(self.entries[..size].iter().map(leaf)) }
    }

    /// Numbers the entries again.
    pub(crate) fn renumber(&mut self) {
        self.entries.iter_mut().zip(1..).for_each(|(entry, position)| entry.position = position);
    }

    /// The entry of this kind with this number, from 0.
    pub(crate) fn entry(&mut self, kind: Kind, number: usize) -> &mut Entry {
        self.entries.iter_mut().filter(|entry| entry.kind == kind).nth(number).unwrap()
    }

    pub(crate) fn pages(&self) -> Vec<Page> {
        let chunks: Vec<_> = self.entries.chunks(PAGE).collect();
        let more = |index: usize| index + 1 < chunks.len();
        let page = |(index, chunk): (usize, &&[Entry])| Page {
            entries: chunk.to_vec(),
            more: more(index),
            head: None,
            erased: None,
        };
        chunks.iter().enumerate().map(page).collect()
    }

    pub(crate) fn vault_pages(&self) -> Vec<VaultPage> {
        let half = self.vaults.len().div_ceil(2);
        let (first, second) = self.vaults.split_at(half);
        [(first, true), (second, false)].map(|(vaults, more)| VaultPage { vaults: vaults.to_vec(), more }).into()
    }

    /// The bundle as a file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let pages = self.pages().iter().map(Structure::to_bytes).collect::<Vec<_>>();
        let vaults = self.vault_pages().iter().map(Structure::to_bytes).collect::<Vec<_>>();
        let frames = [vec![self.header.to_bytes()], pages, vaults].concat();
        frames.iter().flat_map(|bytes| frame(bytes)).collect()
    }

    pub(crate) fn audit(&self) -> Report {
        let mut audit = Audit::begin(self.pinned, &self.header, self.last_seen);
        self.pages().iter().for_each(|page| audit.page(page));
        self.vault_pages().iter().for_each(|page| audit.vaults(page));
        audit.finish()
    }
}
