//! One entry of a record (docs/protocol.md §5.5): read, and checked by the card of whoever signed it, or by the relay's keys.

use amanah_protocol::cbor::Structure;
use amanah_protocol::ids::AccountId;
use amanah_protocol::record::Entry;
use amanah_protocol::signature::{Signed, Unverified};

use crate::cards::Cards;
use crate::centre::Centre;
use crate::thread::Fault;

/// Reads the structure of an entry.
pub(crate) fn parse<S: Structure>(entry: &Entry) -> Result<Unverified<S>, Fault> {
    Unverified::parse(&entry.body.0).map_err(|_| Fault::Unreadable)
}

/// What an entry claims, to know whose cards are needed. Nothing else may be done with it.
pub(crate) fn claimed<S: Structure + Clone>(wire: &[u8]) -> Option<S> {
    Unverified::<S>::parse(wire).ok().map(|unverified| unverified.claimed().clone())
}

/// Checks a structure by the newest card that its author had before the entry.
pub(crate) fn by_newest_card<S: Structure>(
    unverified: Unverified<S>,
    account: &AccountId,
    entry: &Entry,
    cards: &Cards,
) -> Result<Signed<S>, Fault> {
    let card = cards.newest_before(account, entry.position).ok_or(Fault::Signature)?;
    unverified.verify(&card.card().verifying_key).map_err(|_| Fault::Signature)
}

/// Checks a structure by the relay's keys of the entry's time.
pub(crate) fn by_relay<S: Structure + Clone>(
    unverified: &Unverified<S>,
    entry: &Entry,
    centre: &Centre,
) -> Result<Signed<S>, Fault> {
    centre.signed_by_relay(unverified, entry.time).ok().flatten().ok_or(Fault::Signature)
}
