//! Whether a request may be made: its epochs, its people, its times, and the reasons given with it.

use std::collections::BTreeSet;

use super::{MAX_EPOCHS, MAX_JUSTIFICATION, MAX_OPEN_MS, Release, Request, RequestOutline};
use crate::centre::Role;
use crate::escrow::{Ground, GroundCode, Policy};
use crate::evidence::{Evidence, Moment};
use crate::hash::{Hash, of_bytes};
use crate::ids::AccountId;
use crate::manifest::Manifest;
use crate::padding;
use crate::signature::Signed;
use crate::statement::CLOCK_SKEW_MS;

/// Length of what sealing to a person adds: an encapsulation and a tag.
const OVERHEAD: usize = 1120 + 16;

/// Why a request is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No epochs, too many, one twice or out of order, of another session, or not escrowed under this policy.
    #[error("the epochs are not escrowed epochs of this session, under one policy")]
    Epochs,
    /// The policy has no such ground.
    #[error("the policy has no such ground")]
    Ground,
    /// The requester has no role that may ask on this ground.
    #[error("on this ground somebody else may ask")]
    Requester,
    /// The recipient has no role that may get it, is a trustee, or is not the client's new account.
    #[error("on this ground somebody else may get it")]
    Recipient,
    /// A card is not the newest.
    #[error("a card is not the newest")]
    Card,
    /// It would close before anybody could approve it, or stay open for too long, or was not asked for now.
    #[error("the request would close too early or too late")]
    Times,
    /// The justifications are not one for each trustee, or not those that are named.
    #[error("the justifications are not one for each trustee")]
    Justifications,
}

/// What a request is checked against.
pub struct Requested<'a> {
    /// The policy that it names.
    pub policy: &'a Signed<Policy>,
    /// The manifests that it names, in its order.
    pub manifests: &'a [&'a Signed<Manifest>],
    /// The sealed justifications beside it; nothing if its session was erased.
    pub justifications: Option<&'a [Vec<u8>]>,
    /// Where it stands.
    pub moment: Moment,
}

/// Checks a request whose signature is already known to be its requester's.
///
/// `newest_card` gives the hash of an account's newest card before the moment.
///
/// # Errors
/// [`RequestError`], the first that is found.
pub fn check_request(
    request: Signed<Request>,
    against: &Requested<'_>,
    newest_card: impl Fn(&AccountId) -> Option<Hash>,
    evidence: &Evidence,
) -> Result<Release, RequestError> {
    let outline = &request.body().outline;
    check_epochs(outline, against)?;
    let policy = against.policy.body();
    let ground = policy.ground(outline.ground).ok_or(RequestError::Ground)?;
    let clients = against.manifests.iter().flat_map(|m| m.body().outline.clients()).copied().collect();
    check_people(outline, ground, &clients, policy, against.moment, evidence)?;
    let alone = against.manifests.iter().all(|manifest| manifest.body().outline.members.len() == 1);
    if outline.ground == GroundCode::Drill && !alone {
        return Err(RequestError::Recipient);
    }
    if newest_card(&outline.recipient) != Some(outline.card) {
        return Err(RequestError::Card);
    }
    let earliest = outline.created.plus(ground.delay_ms);
    let now = outline.created.distance(against.moment.time) <= CLOCK_SKEW_MS;
    if !now || outline.expires <= earliest || outline.expires > earliest.plus(MAX_OPEN_MS) {
        return Err(RequestError::Times);
    }
    check_justifications(&request, against, newest_card)?;
    let (ground, policy) = (ground.clone(), against.policy.clone());
    Ok(Release::asked(request, policy, ground, clients, against.moment))
}

fn check_epochs(outline: &RequestOutline, against: &Requested<'_>) -> Result<(), RequestError> {
    let named = against.manifests.iter().map(|manifest| manifest.hash()).eq(outline.epochs.iter().copied());
    let rising = against.manifests.is_sorted_by(|a, b| a.body().outline.epoch < b.body().outline.epoch);
    let escrowed = against.manifests.iter().all(|manifest| {
        let of = &manifest.body().outline;
        of.session == outline.session && of.escrow.as_ref().is_some_and(|escrow| escrow.policy == outline.policy)
    });
    let counted = (1..=MAX_EPOCHS).contains(&outline.epochs.len()) && outline.policy == against.policy.hash();
    if named && rising && escrowed && counted { Ok(()) } else { Err(RequestError::Epochs) }
}

pub(super) fn check_people(
    outline: &RequestOutline,
    ground: &Ground,
    clients: &BTreeSet<AccountId>,
    policy: &Policy,
    moment: Moment,
    evidence: &Evidence,
) -> Result<(), RequestError> {
    let has_role = |roles: &[Role], account: &AccountId| {
        roles.iter().any(|role| match role {
            Role::Client => clients.contains(account),
            other => evidence.appointed(account, *other, moment),
        })
    };
    if !has_role(&ground.requesters, &outline.requester) || policy.trustee(&outline.requester).is_some() {
        return Err(RequestError::Requester);
    }
    let gets = match outline.ground {
        GroundCode::ImminentDanger | GroundCode::CourtOrder => has_role(&ground.recipients, &outline.recipient),
        GroundCode::AccountRecovery => evidence.successions.iter().any(|placed| {
            let body = placed.signed.body();
            placed.position < moment.position && clients.contains(&body.old) && body.new == outline.recipient
        }),
        GroundCode::Drill => outline.recipient == outline.requester,
    };
    if gets && policy.trustee(&outline.recipient).is_none() { Ok(()) } else { Err(RequestError::Recipient) }
}

fn check_justifications(
    request: &Signed<Request>,
    against: &Requested<'_>,
    newest_card: impl Fn(&AccountId) -> Option<Hash>,
) -> Result<(), RequestError> {
    let given = &request.body().justifications;
    let trustees = against.policy.body().trustees.iter().map(|trustee| trustee.account);
    if !given.iter().map(|justification| justification.trustee).eq(trustees) {
        return Err(RequestError::Justifications);
    }
    if given.iter().any(|justification| newest_card(&justification.trustee) != Some(justification.card)) {
        return Err(RequestError::Card);
    }
    let Some(beside) = against.justifications else {
        return Ok(());
    };
    if given.len() != beside.len() {
        return Err(RequestError::Justifications);
    }
    let fits = given.iter().zip(beside).all(|(justification, sealed)| {
        let padded = sealed.len().checked_sub(OVERHEAD);
        let bucket = padded.is_some_and(|length| length <= MAX_JUSTIFICATION && padding::is_padded_length(length));
        bucket && of_bytes(sealed) == justification.sealed
    });
    if fits { Ok(()) } else { Err(RequestError::Justifications) }
}
