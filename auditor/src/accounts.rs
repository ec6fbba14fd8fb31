//! The cards of all accounts (docs/protocol.md §3.1): each chain, and where the relay placed each card.

use std::collections::BTreeMap;

use amanah_protocol::card::{CardError, MAX_CARDS, SignedCard, UnverifiedCard};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::AccountId;
use amanah_protocol::signature::VerifyingKey;

/// Why a card is not one of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CardRefused {
    /// Its chain, its keys or its signatures.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The account has no first card before it.
    #[error("a card of an account that is not there")]
    NoAccount,
    /// The account is there already.
    #[error("a second first card of an account")]
    Twice,
    /// The account has all the cards that it may have.
    #[error("an account has more than 100 cards")]
    TooMany,
}

/// A card at its place, without what nobody asks of it again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlacedCard {
    pub(crate) position: u64,
    pub(crate) hash: Hash,
    pub(crate) key: VerifyingKey,
}

/// The cards of one account, oldest first.
#[derive(Debug)]
struct Chain {
    cards: Vec<PlacedCard>,
    newest: Box<SignedCard>,
}

/// The cards of all accounts.
#[derive(Debug, Default)]
pub(crate) struct Accounts(BTreeMap<AccountId, Chain>);

impl Accounts {
    /// Checks a card against the chain of its account, and takes it in.
    ///
    /// # Errors
    /// [`CardRefused`]; nothing is taken in then.
    pub(crate) fn take(&mut self, card: UnverifiedCard, position: u64) -> Result<(), CardRefused> {
        let Some(account) = card.claimed().account else {
            let first = card.verify_first()?;
            if self.0.contains_key(&first.account()) {
                return Err(CardRefused::Twice);
            }
            let cards = vec![placed(&first, position)];
            self.0.insert(first.account(), Chain { cards, newest: Box::new(first) });
            return Ok(());
        };
        let chain = self.0.get_mut(&account).ok_or(CardRefused::NoAccount)?;
        let next = card.verify_next(&chain.newest)?;
        if chain.cards.len() >= MAX_CARDS {
            return Err(CardRefused::TooMany);
        }
        chain.cards.push(placed(&next, position));
        *chain.newest = next;
        Ok(())
    }

    /// The newest card that an account had before a position.
    pub(crate) fn newest_before(&self, account: &AccountId, position: u64) -> Option<&PlacedCard> {
        self.0.get(account)?.cards.iter().rev().find(|card| card.position < position)
    }

    /// The card of an account with this hash, if it stands before a position.
    pub(crate) fn find(&self, account: &AccountId, card: &Hash, position: u64) -> Option<&PlacedCard> {
        self.0.get(account)?.cards.iter().find(|placed| placed.hash == *card && placed.position < position)
    }

    /// The keys of all its cards, oldest first.
    #[cfg(feature = "database")]
    pub(crate) fn keys(&self, account: &AccountId) -> Vec<VerifyingKey> {
        self.0.get(account).map(|chain| chain.cards.iter().map(|card| card.key).collect()).unwrap_or_default()
    }

    /// Whether an account has a card.
    #[cfg(feature = "database")]
    pub(crate) fn has(&self, account: &AccountId) -> bool {
        self.0.contains_key(account)
    }

    /// Every account with its newest card, ascending.
    pub(crate) fn newest(&self) -> impl Iterator<Item = (&AccountId, &PlacedCard)> {
        self.0.iter().filter_map(|(account, chain)| Some((account, chain.cards.last()?)))
    }
}

fn placed(card: &SignedCard, position: u64) -> PlacedCard {
    PlacedCard { position, hash: card.hash(), key: card.card().verifying_key }
}
