//! Cards: the chain of each account, and what was signed with one of them.

use std::collections::BTreeMap;

use amanah_protocol::api::ProblemCode;
use amanah_protocol::card::{CardChain, SignedCard, UnverifiedCard};
use amanah_protocol::cbor::Structure;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::AccountId;
use amanah_protocol::record::Kind;
use amanah_protocol::signature::{Signed, VerifyingKey};

use super::{Admitted, Scene, malformed, parse};
use crate::store::{Connection, Filter, NewStructure, Place, StoreError, append, place_of, whole};

impl Scene {
    /// The next card of the signed-in account.
    pub(crate) async fn card(
        &self,
        connection: &mut Connection,
        account: AccountId,
        wire: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let card = UnverifiedCard::parse(wire).map_err(malformed)?;
        self.on_time(card.claimed().created)?;
        let chain = self.cards(connection, account).await?;
        let newest = chain.newest();
        if newest.hash() == card.claimed().hash() {
            let place = place_of(connection, &newest.hash()).await?.ok_or(StoreError::Unavailable)?;
            return Ok((newest.hash(), place));
        }
        let card = card.verify_next(newest).map_err(|_| ProblemCode::NotAdmitted)?;
        if chain.is_full() {
            return Err(ProblemCode::LimitReached.into());
        }
        let place = append(connection, &card_structure(&card), self.now).await?;
        Ok((card.hash(), place))
    }

    /// The newest card of an account.
    pub(crate) async fn newest_card(&self, connection: &mut Connection, account: AccountId) -> Admitted<SignedCard> {
        Ok(self.cards(connection, account).await?.newest().clone())
    }

    /// All cards of an account.
    pub(super) async fn cards(&self, connection: &mut Connection, account: AccountId) -> Admitted<CardChain> {
        let entries = whole(connection, Filter::Cards(account)).await?;
        if entries.is_empty() {
            return Err(ProblemCode::UnknownReference.into());
        }
        let cards = entries.iter().map(|entry| UnverifiedCard::parse(&entry.body.0)).collect::<Result<Vec<_>, _>>();
        let chain = CardChain::verify(account, cards.map_err(|_| StoreError::Unavailable)?);
        chain.map_err(|_| StoreError::Unavailable)
    }

    /// The hash of each account's newest card before a position; an account without any is left out.
    pub(super) async fn cards_before(
        &self,
        connection: &mut Connection,
        accounts: &[AccountId],
        position: u64,
    ) -> Admitted<BTreeMap<AccountId, Hash>> {
        let mut cards = BTreeMap::new();
        for account in accounts {
            let entries = whole(connection, Filter::Cards(*account)).await?;
            if let Some(newest) = entries.iter().rfind(|entry| entry.position < position) {
                let card = UnverifiedCard::parse(&newest.body.0).map_err(|_| StoreError::Unavailable)?;
                cards.insert(*account, card.claimed().hash());
            }
        }
        Ok(cards)
    }

    /// A structure from outside that this account's newest card must have signed.
    pub(crate) async fn by_account<S: Structure>(
        &self,
        connection: &mut Connection,
        account: AccountId,
        wire: &[u8],
    ) -> Admitted<Signed<S>> {
        let unverified = parse::<S>(wire)?;
        let card = self.newest_card(connection, account).await?;
        unverified.verify(&card.card().verifying_key).map_err(|_| ProblemCode::BadSignature.into())
    }

    /// A stored structure, which one of its author's cards signed when it was admitted.
    pub(super) async fn by_any_card<S: Structure + Clone>(
        &self,
        connection: &mut Connection,
        account: AccountId,
        wire: &[u8],
    ) -> Admitted<Signed<S>> {
        let unverified = parse::<S>(wire)?;
        self.verified_by_any_card(connection, account, |key| unverified.clone().verify(key).ok()).await
    }

    /// What `verify` makes of a stored structure with the newest of its author's cards for which it makes anything.
    pub(super) async fn verified_by_any_card<T>(
        &self,
        connection: &mut Connection,
        account: AccountId,
        verify: impl Fn(&VerifyingKey) -> Option<T>,
    ) -> Admitted<T> {
        let cards = whole(connection, Filter::Cards(account)).await?;
        for entry in cards.iter().rev() {
            let card = UnverifiedCard::parse(&entry.body.0).map_err(malformed)?;
            if let Some(verified) = verify(&card.claimed().verifying_key) {
                return Ok(verified);
            }
        }
        Err(StoreError::Unavailable)
    }
}

/// A card as the record keeps it.
pub(crate) fn card_structure(card: &SignedCard) -> NewStructure {
    NewStructure {
        kind: Kind::Card,
        hash: card.hash(),
        account: Some(card.account()),
        case: None,
        session: None,
        body: card.wire().to_vec(),
        parts: Vec::new(),
    }
}
