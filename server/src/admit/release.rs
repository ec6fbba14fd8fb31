//! Releases: a request and the steps that answer it, each checked against all before it (docs/protocol.md §7).

use amanah_protocol::api::ProblemCode;
use amanah_protocol::cbor::Structure;
use amanah_protocol::evidence::{Evidence, Moment};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CaseId, SessionId};
use amanah_protocol::record::{Entry, Kind};
use amanah_protocol::release::{Release, Request, Requested, UnverifiedStep, check_request};
use amanah_protocol::signature::{Signed, VerifyingKey};

use super::refused::{refused_request, refused_step};
use super::{Admitted, Context, Scene, malformed, parse};
use crate::store::{
    Asked, Connection, Filter, NewStructure, Place, StoreError, append, asked, asked_in, next_position, open_request,
    place_of, standing, tombstone, touch, whole,
};

/// How many requests of one requester in one session may be there that have not expired.
const MAX_OPEN_REQUESTS: usize = 32;

/// The request to which a stored structure of escrow belongs; `None` if it belongs to none.
pub(super) fn request_of(entry: &Entry) -> Admitted<Option<Hash>> {
    let wire = &entry.body.0;
    if entry.kind == Kind::Request {
        return Ok(Some(parse::<Request>(wire)?.claimed().hash()));
    }
    Ok(UnverifiedStep::parse(entry.kind, wire).map_err(malformed)?.map(|step| step.request()))
}

impl Scene {
    /// A request with its sealed justifications. Where its ground lets the clients know at once, they are told with it.
    pub(super) async fn request(
        &self,
        connection: &mut Connection,
        account: AccountId,
        session: SessionId,
        wire: &[u8],
        justifications: Vec<Vec<u8>>,
    ) -> Admitted<(Hash, Place)> {
        let signed = self.by_account::<Request>(connection, account, wire).await?;
        if let Some(place) = place_of(connection, &signed.hash()).await? {
            return Ok((signed.hash(), place));
        }
        let outline = signed.body().outline.clone();
        if outline.session != session || outline.requester != account {
            return Err(ProblemCode::NotAdmitted.into());
        }
        self.on_time(outline.created)?;
        let current = standing(connection, session).await?.ok_or(ProblemCode::NotFound)?;
        let evidence = self.evidence(connection, current.case).await?;
        let moment = Moment { position: next_position(connection).await?, time: self.now };
        let release = self.asked_for(connection, signed.clone(), &justifications, moment, &evidence).await?;
        let before = asked_in(connection, session).await?;
        let open = before.iter().filter(|asked| asked.requester == account && asked.expires > self.now);
        if open.count() >= MAX_OPEN_REQUESTS {
            return Err(ProblemCode::LimitReached.into());
        }
        let context = Context::of_session(session);
        let stored = self.store(connection, Kind::Request, &signed, context, justifications).await?;
        let asked = Asked {
            request: stored.0,
            session,
            requester: outline.requester,
            recipient: outline.recipient,
            expires: outline.expires,
            noticed: false,
        };
        open_request(connection, &asked, release.notice_due()).await?;
        self.announce_due(connection, session).await?;
        Ok(stored)
    }

    /// What answers a request. Until the session was told of the request, its members hear of no step either.
    pub(super) async fn release_step(
        &self,
        connection: &mut Connection,
        account: AccountId,
        session: SessionId,
        kind: Kind,
        (wire, parts): (&[u8], Vec<Vec<u8>>),
    ) -> Admitted<(Hash, Place)> {
        let unverified = UnverifiedStep::parse(kind, wire).map_err(malformed)?.ok_or(ProblemCode::NotAdmitted)?;
        let (request, author) = (unverified.request(), unverified.author());
        let card = self.newest_card(connection, account).await?;
        let step = unverified.verify(&card.card().verifying_key, Some(parts.clone()));
        let step = step.map_err(|_| ProblemCode::BadSignature)?;
        if author != account {
            return Err(ProblemCode::NotAdmitted.into());
        }
        let hash = step.hash();
        if let Some(place) = place_of(connection, &hash).await? {
            return Ok((hash, place));
        }
        if tombstone(connection, session).await?.is_some() {
            // what answered the request before cannot be checked any more
            return Err(ProblemCode::SessionErased.into());
        }
        let asked = asked(connection, &request).await?.filter(|asked| asked.session == session);
        let asked = asked.ok_or(ProblemCode::UnknownReference)?;
        let current = standing(connection, session).await?.ok_or(StoreError::Unavailable)?;
        let evidence = self.evidence(connection, current.case).await?;
        let mut release = self.release(connection, &asked, current.case, &evidence).await?;
        let moment = Moment { position: next_position(connection).await?, time: self.now };
        release.take(step, moment, &evidence).map_err(refused_step)?;
        let body = wire.to_vec();
        let new = NewStructure { kind, hash, account: None, case: None, session: Some(session), body, parts };
        let place = append(connection, &new, self.now).await?;
        if asked.noticed {
            touch(connection, session, place).await?;
        }
        Ok((hash, place))
    }

    /// A stored request with everything that answered it so far.
    pub(super) async fn release(
        &self,
        connection: &mut Connection,
        asked: &Asked,
        case: CaseId,
        evidence: &Evidence,
    ) -> Admitted<Release> {
        let entries = whole(connection, Filter::Escrow(asked.session, case)).await?;
        let mut own = Vec::new();
        for entry in entries {
            if request_of(&entry)? == Some(asked.request) {
                own.push(entry);
            }
        }
        let mut own = own.into_iter().map(|entry| {
            let moment = Moment::of(&entry);
            let parts: Vec<Vec<u8>> = entry.parts.into_iter().map(|part| part.0).collect();
            (entry.kind, entry.body.0, parts, moment)
        });
        let (_, wire, justifications, moment) = own.next().ok_or(StoreError::Unavailable)?;
        let signed = self.by_any_card::<Request>(connection, asked.requester, &wire).await?;
        let release = self.asked_for(connection, signed, &justifications, moment, evidence).await;
        // what was admitted once is admitted again at the same moment
        let mut release = release.map_err(|_| StoreError::Unavailable)?;
        for (kind, wire, parts, moment) in own {
            let unverified = UnverifiedStep::parse(kind, &wire).map_err(malformed)?.ok_or(StoreError::Unavailable)?;
            let verified = |key: &VerifyingKey| unverified.clone().verify(key, Some(parts.clone())).ok();
            let step = self.verified_by_any_card(connection, unverified.author(), verified).await?;
            release.take(step, moment, evidence).map_err(|_| StoreError::Unavailable)?;
        }
        Ok(release)
    }

    async fn asked_for(
        &self,
        connection: &mut Connection,
        signed: Signed<Request>,
        justifications: &[Vec<u8>],
        moment: Moment,
        evidence: &Evidence,
    ) -> Admitted<Release> {
        let outline = signed.body().outline.clone();
        let policy = evidence.policy(&outline.policy).ok_or(ProblemCode::UnknownReference)?;
        let mut manifests = Vec::with_capacity(outline.epochs.len());
        for epoch in &outline.epochs {
            let manifest = self.manifest_named(connection, epoch).await?;
            manifests.push(manifest.ok_or(ProblemCode::UnknownReference)?);
        }
        let manifests: Vec<_> = manifests.iter().collect();
        let mut accounts = vec![outline.recipient];
        accounts.extend(policy.body().trustees.iter().map(|trustee| trustee.account));
        let cards = self.cards_before(connection, &accounts, moment.position).await?;
        let against = Requested { policy, manifests: &manifests, justifications: Some(justifications), moment };
        check_request(signed, &against, |account| cards.get(account).copied(), evidence).map_err(refused_request)
    }
}
