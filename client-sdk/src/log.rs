//! The open log as a client checks it (docs/protocol.md §8.7): it only grows, what the relay shows is in it, and the
//! cards and vaults that the relay shows are the newest.

use std::collections::{BTreeMap, BTreeSet};

use amanah_protocol::cbor::ParseError;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, Timestamp};
use amanah_protocol::log::{
    EMPTY_ROOT, ForkError, MapEntry, SignedCheckpoint, Tile, TooFewWitnesses, TreeHead, UnverifiedCheckpoint, index_of,
    leaf_data, leaf_hash,
};
use amanah_protocol::record::{Entry, Kind};
use amanah_protocol::statement::Receipt;

use crate::centre::{Centre, CentreError};
use crate::relay::{Relay, RelayError, Token};
use crate::transport::Transport;

/// What does not fit between what the relay shows and its log. Each is the relay's doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The checkpoint is none, or not signed for this centre by a key that its root has certified.
    #[error("the log's checkpoint is not signed for this centre")]
    Checkpoint,
    /// The log has fewer entries than before.
    #[error("the log has fewer entries than before")]
    RolledBack,
    /// The log does not begin with what it was before: somebody was shown another one.
    #[error("the log is not the one that was shown before")]
    Forked,
    /// The hashes that the relay gives do not lead to the checkpoint.
    #[error("the log does not fit its checkpoint")]
    Hashes,
    /// The relay shows something that is not in its log, or stands there in another place.
    #[error("the relay shows something that is not in its log")]
    Missing,
    /// Fewer witnesses than this account demands have cosigned the log in the last 24 hours.
    #[error(transparent)]
    TooFewWitnesses(#[from] TooFewWitnesses),
    /// The log has a newer card or vault than the one that the relay shows.
    #[error("the relay shows an older card or vault than its log has")]
    NotNewest,
}

/// A leaf that the log must have: its index and its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leaf {
    index: u64,
    data: Hash,
}

impl Leaf {
    /// What an entry is in the log.
    pub(crate) fn of(entry: &Entry) -> Result<Self, ParseError> {
        let index = index_of(entry.position).ok_or(ParseError::Malformed)?;
        Ok(Self { index, data: entry.leaf_data()? })
    }

    /// What a letter is in the log, as the relay's receipt says.
    pub(crate) fn promised(receipt: &Receipt) -> Option<Self> {
        let data = leaf_data(Kind::Letter, &receipt.salt, &receipt.letter);
        Some(Self { index: index_of(receipt.position)?, data })
    }
}

/// The log as far as an account has checked it.
#[derive(Debug)]
pub(crate) struct Log {
    /// Trees that the next checkpoint has to begin with: the newest that was checked, and what other devices remember.
    known: Vec<TreeHead>,
    /// Full tiles, which never change.
    tiles: BTreeMap<Tile, Vec<u8>>,
    /// Accounts whose card is known to be the newest since the last look.
    newest: BTreeMap<AccountId, Hash>,
    /// The checkpoint that the relay showed last, whether or not it fits.
    shown: Option<SignedCheckpoint>,
}

/// What the account map says of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Newest {
    pub(crate) card: Hash,
    pub(crate) vault_head: Option<Hash>,
}

impl Log {
    /// What an account remembers of the log.
    pub(crate) fn remembered(head: TreeHead) -> Self {
        Self { known: vec![head], tiles: BTreeMap::new(), newest: BTreeMap::new(), shown: None }
    }

    /// The newest tree that was checked.
    pub(crate) fn head(&self) -> TreeHead {
        let newest = self.known.iter().max_by_key(|head| head.size).copied();
        newest.unwrap_or(TreeHead { size: 0, root: EMPTY_ROOT })
    }

    /// The checkpoint that the relay showed last, whether or not it fits.
    pub(crate) fn shown(&self) -> Option<&SignedCheckpoint> {
        self.shown.as_ref()
    }

    /// Another device of this account remembers this tree, or a witness has cosigned it.
    pub(crate) fn also(&mut self, head: TreeHead) {
        if !self.known.contains(&head) {
            self.known.push(head);
        }
    }

    /// Whose card was found to be the newest counts no more.
    pub(crate) fn forget_newest(&mut self) {
        self.newest.clear();
    }

    /// Whether this card is known to be the newest of an account since the last look.
    pub(crate) fn is_newest(&self, account: &AccountId, card: &Hash) -> bool {
        self.newest.get(account) == Some(card)
    }

    /// Reads the newest checkpoint, and checks that the log has only grown and that these leaves are in it. Gives the
    /// checkpoint.
    pub(crate) async fn check<T: Transport>(
        &mut self,
        relay: &Relay<T>,
        centre: &Centre,
        now: Timestamp,
        leaves: &[Leaf],
    ) -> Result<SignedCheckpoint, CentreError> {
        let note = relay.checkpoint().await?;
        let signed = verified(&note, centre, now)?;
        self.shown = Some(signed.clone());
        self.advance(relay, signed.head(), leaves).await?;
        Ok(signed)
    }

    /// What the account map of the newest checkpoint says of an account; nothing if the account is not in it.
    pub(crate) async fn newest<T: Transport>(
        &mut self,
        relay: &Relay<T>,
        token: &Token,
        centre: &Centre,
        now: Timestamp,
        account: AccountId,
    ) -> Result<Newest, CentreError> {
        let answer = relay.map(token, account).await?;
        let signed = verified(&answer.checkpoint.0, centre, now)?;
        self.advance(relay, signed.head(), &[]).await?;
        let entry = MapEntry { account, card: answer.card, vault_head: answer.vault_head };
        answer.proof.check(&signed.checkpoint().map, &entry).map_err(|_| LogError::Hashes)?;
        self.newest.insert(account, answer.card);
        Ok(Newest { card: answer.card, vault_head: answer.vault_head })
    }

    /// Takes a newer tree for the log, if it begins with all that are known and has these leaves.
    async fn advance<T: Transport>(
        &mut self,
        relay: &Relay<T>,
        head: TreeHead,
        leaves: &[Leaf],
    ) -> Result<(), CentreError> {
        if self.known == [head] && leaves.is_empty() {
            return Ok(());
        }
        if self.known.iter().any(|known| known.size > head.size) {
            return Err(LogError::RolledBack.into());
        }
        let indices: Vec<u64> = leaves.iter().map(|leaf| leaf.index).collect();
        let mut names = head.tiles_for_leaves(&indices).map_err(|_| LogError::Missing)?;
        for known in &self.known {
            names.extend(head.tiles_for_older(known.size).map_err(|_| LogError::RolledBack)?);
        }
        let checked = head.check(&self.fetch(relay, names).await?).map_err(|_| LogError::Hashes)?;
        for known in &self.known {
            checked.check_older(known).map_err(|error| match error {
                ForkError::Forked => LogError::Forked,
                ForkError::Read(_) => LogError::Hashes,
            })?;
        }
        let found = checked.leaves(&indices).map_err(|_| LogError::Hashes)?;
        if !leaves.iter().map(|leaf| leaf_hash(&leaf.data)).eq(found) {
            return Err(LogError::Missing.into());
        }
        self.known = vec![head];
        Ok(())
    }

    /// The bytes of these tiles. Full ones are kept, though they are believed only under a root.
    async fn fetch<T: Transport>(
        &mut self,
        relay: &Relay<T>,
        names: BTreeSet<Tile>,
    ) -> Result<BTreeMap<Tile, Vec<u8>>, RelayError> {
        let mut tiles = BTreeMap::new();
        for tile in names {
            let bytes = match self.tiles.get(&tile) {
                Some(bytes) => bytes.clone(),
                None => relay.tile(&tile).await?,
            };
            tiles.insert(tile, bytes);
        }
        let full = tiles.iter().filter(|(tile, _)| tile.is_full());
        self.tiles.extend(full.map(|(tile, bytes)| (*tile, bytes.clone())));
        Ok(tiles)
    }
}

/// A checkpoint that a key of the relay has signed for this centre.
pub(crate) fn verified(note: &[u8], centre: &Centre, now: Timestamp) -> Result<SignedCheckpoint, CentreError> {
    let unverified = UnverifiedCheckpoint::parse(note).map_err(|_| LogError::Checkpoint)?;
    let id = centre.id().ok_or(LogError::Checkpoint)?;
    Ok(unverified.verify(id, &centre.relay_keys(now)?).map_err(|_| LogError::Checkpoint)?)
}
