//! The cards of other people (docs/protocol.md §3): fetched, checked as chains, and kept for the time of a sign-in.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use amanah_protocol::card::{CardChain, CardError, SignedCard, UnverifiedCard};
use amanah_protocol::cbor::Structure as _;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, Timestamp};
use amanah_protocol::record::Kind;

use crate::log::Leaf;
use crate::relay::{Relay, RelayError, Token};
use crate::transport::Transport;

/// Why somebody's cards are not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardsError {
    /// The relay did not answer, or refused.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// The chain is not one.
    #[error(transparent)]
    Card(#[from] CardError),
}

/// A checked chain, and where the relay placed each card.
#[derive(Debug, Clone)]
pub(crate) struct PlacedChain {
    chain: CardChain,
    places: Vec<PlacedCard>,
}

/// Where a card stands in the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlacedCard {
    pub(crate) position: u64,
    pub(crate) time: Timestamp,
    pub(crate) leaf: Leaf,
    card: Hash,
}

impl PlacedChain {
    pub(crate) fn newest(&self) -> &SignedCard {
        self.chain.newest()
    }

    /// All cards, oldest first.
    pub(crate) fn cards(&self) -> &[SignedCard] {
        self.chain.cards()
    }

    pub(crate) fn find(&self, hash: &Hash) -> Option<&SignedCard> {
        self.chain.find(hash)
    }

    /// The newest card that was stored before `position`.
    pub(crate) fn newest_before(&self, position: u64) -> Option<&SignedCard> {
        let place = self.places.iter().rev().find(|place| place.position < position)?;
        self.chain.find(&place.card)
    }

    /// Where a card stands.
    pub(crate) fn place_of(&self, card: &Hash) -> Option<PlacedCard> {
        self.places.iter().find(|place| place.card == *card).copied()
    }
}

/// All chains that were fetched.
#[derive(Debug, Default)]
pub(crate) struct Cards {
    chains: BTreeMap<AccountId, PlacedChain>,
}

impl Cards {
    pub(crate) fn get(&self, account: &AccountId) -> Option<&PlacedChain> {
        self.chains.get(account)
    }

    pub(crate) fn newest_before(&self, account: &AccountId, position: u64) -> Option<&SignedCard> {
        self.chains.get(account)?.newest_before(position)
    }

    /// Forgets what was fetched, so that the next look sees new cards.
    pub(crate) fn forget(&mut self) {
        self.chains.clear();
    }

    /// Forgets what was fetched of one account.
    pub(crate) fn forget_one(&mut self, account: &AccountId) {
        self.chains.remove(account);
    }

    /// Fetches and checks the chain of an account, unless it is here already. Without a token, of somebody appointed.
    pub(crate) async fn learn<T: Transport>(
        &mut self,
        relay: &Relay<T>,
        token: Option<&Token>,
        account: AccountId,
    ) -> Result<&PlacedChain, CardsError> {
        match self.chains.entry(account) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(fetch(relay, token, account).await?)),
        }
    }
}

async fn fetch<T: Transport>(
    relay: &Relay<T>,
    token: Option<&Token>,
    account: AccountId,
) -> Result<PlacedChain, CardsError> {
    let page = relay.cards(token, account).await?;
    let cards = page.entries.iter().map(|entry| match entry.kind {
        Kind::Card => UnverifiedCard::parse(&entry.body.0).map_err(|_| CardError::Chain),
        _ => Err(CardError::Chain),
    });
    let cards = cards.collect::<Result<Vec<_>, _>>()?;
    let each = page.entries.iter().zip(&cards).map(|(entry, card)| {
        let leaf = Leaf::of(entry).map_err(|_| CardError::Chain)?;
        Ok(PlacedCard { position: entry.position, time: entry.time, leaf, card: card.claimed().hash() })
    });
    let places = each.collect::<Result<Vec<_>, CardError>>()?;
    let chain = CardChain::verify(account, cards)?;
    if page.more || !page.entries.is_sorted_by(|a, b| a.position < b.position) {
        return Err(CardError::Chain.into());
    }
    Ok(PlacedChain { chain, places })
}
