//! Sessions: manifests, the answers to them, letters and histories, and who may read them (docs/protocol.md §5, §6).

use std::collections::BTreeMap;

use amanah_protocol::api::ProblemCode;
use amanah_protocol::cbor::Structure;
use amanah_protocol::evidence::Moment;
use amanah_protocol::hash::Hash;
use amanah_protocol::history::{History, check_history};
use amanah_protocol::ids::{AccountId, SessionId, Timestamp};
use amanah_protocol::letter::{Letter, check_letter};
use amanah_protocol::manifest::{Acceptance, Manifest, Member, Refusal, check_manifest, check_parts};
use amanah_protocol::policy::{Action, may};
use amanah_protocol::record::{HistoryUpload, Kind, LetterUpload, ManifestUpload};
use amanah_protocol::signature::{Signed, Unverified};

use super::refused::{denied_code, refused_history, refused_letter, refused_manifest};
use super::{Admitted, Context, Scene, malformed, parse};
use crate::store::{
    Connection, Place, Standing, StoreError, advance, answers_to, author_of_letter, deposit, letter_with_id,
    next_position, place_of, remember_letter, seat, sender_state, standing, touch, wire_of,
};

impl Scene {
    /// A manifest with its wraps and sealed shares: the first of a session, or the successor of the current one.
    pub(crate) async fn manifest(
        &self,
        connection: &mut Connection,
        account: AccountId,
        session: SessionId,
        upload: &[u8],
    ) -> Admitted<(Standing, u64)> {
        let upload = ManifestUpload::parse(upload).map_err(malformed)?;
        let signed = self.by_account::<Manifest>(connection, account, &upload.manifest.0).await?;
        let outline = &signed.body().outline;
        if outline.session != session || outline.author != account {
            return Err(ProblemCode::NotAdmitted.into());
        }
        let current = standing(connection, session).await?;
        if current.as_ref().is_none_or(|current| current.manifest != signed.hash()) {
            self.on_time(outline.created)?;
            let parts: Vec<Vec<u8>> = upload.wraps.into_iter().chain(upload.seals).map(|part| part.0).collect();
            check_parts(signed.body(), &parts).map_err(refused_manifest)?;
            let previous = match &current {
                Some(current) => Some(self.stored_manifest(connection, current).await?),
                None => None,
            };
            let trustees = outline.trustees().iter().map(|trustee| trustee.account);
            let accounts: Vec<_> = outline.members.iter().map(|member| member.account).chain(trustees).collect();
            let moment = Moment { position: next_position(connection).await?, time: self.now };
            let cards = self.cards_before(connection, &accounts, moment.position).await?;
            if accounts.iter().any(|account| !cards.contains_key(account)) {
                return Err(ProblemCode::UnknownReference.into());
            }
            let newest = |account: &AccountId| cards.get(account).copied();
            let evidence = self.evidence(connection, outline.case).await?;
            let transcript = current.as_ref().map(|current| &current.transcript);
            check_manifest(&signed, previous.as_ref(), transcript, newest, moment, &evidence)
                .map_err(refused_manifest)?;
            let context = Context { case: Some(outline.case), session: Some(session) };
            let (_, place) = self.store(connection, Kind::Manifest, &signed, context, parts).await?;
            seat(connection, &signed, place).await?;
            deposit(connection, &signed, place).await?;
        }
        let standing = standing(connection, session).await?.ok_or(StoreError::Unavailable)?;
        Ok((standing, next_position(connection).await?.saturating_sub(1)))
    }

    /// A member's acceptance or refusal of the current manifest.
    pub(crate) async fn answer(
        &self,
        connection: &mut Connection,
        account: AccountId,
        session: SessionId,
        wire: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let current = standing(connection, session).await?.ok_or(ProblemCode::NotFound)?;
        let manifest = self.stored_manifest(connection, &current).await?;
        let member = manifest.body().outline.member(&account).ok_or(ProblemCode::NotAMember)?;
        let context = Context::of_session(session);
        let stored = if let Ok(acceptance) = Unverified::<Acceptance>::parse(wire) {
            let body = acceptance.claimed().clone();
            let fits = body.session == session && body.account == account && body.card == member.card;
            self.answers(fits, body.manifest, &manifest, body.time)?;
            let signed = self.by_account::<Acceptance>(connection, account, wire).await?;
            if let Some(place) = self.answered(connection, &current, Kind::Acceptance, &signed, |a| a.account).await? {
                return Ok((signed.hash(), place));
            }
            self.store(connection, Kind::Acceptance, &signed, context, Vec::new()).await?
        } else {
            let signed = self.by_account::<Refusal>(connection, account, wire).await?;
            let body = signed.body();
            self.answers(body.session == session && body.account == account, body.manifest, &manifest, body.time)?;
            if let Some(place) = self.answered(connection, &current, Kind::Refusal, &signed, |r| r.account).await? {
                return Ok((signed.hash(), place));
            }
            self.store(connection, Kind::Refusal, &signed, context, Vec::new()).await?
        };
        touch(connection, session, stored.1).await?;
        Ok(stored)
    }

    /// Where this very answer to the current manifest is stored, if it is.
    ///
    /// # Errors
    /// [`ProblemCode::AlreadyExists`] if its author has given another one of the same kind.
    async fn answered<S: Structure>(
        &self,
        connection: &mut Connection,
        current: &Standing,
        kind: Kind,
        answer: &Signed<S>,
        author: fn(&S) -> AccountId,
    ) -> Admitted<Option<Place>> {
        if let Some(place) = place_of(connection, &answer.hash()).await? {
            return Ok(Some(place));
        }
        let given = answers_to(connection, &current.manifest, kind).await?;
        let authors = given.iter().map(|wire| Ok(author(parse::<S>(wire)?.claimed())));
        let authors = authors.collect::<Admitted<Vec<_>>>()?;
        if authors.contains(&author(answer.body())) { Err(ProblemCode::AlreadyExists.into()) } else { Ok(None) }
    }

    fn answers(&self, fits: bool, named: Hash, current: &Signed<Manifest>, time: Timestamp) -> Admitted<()> {
        if !fits {
            return Err(ProblemCode::NotAdmitted.into());
        }
        if named != current.hash() {
            return Err(ProblemCode::StaleManifest.into());
        }
        self.on_time(time)
    }

    /// A letter with its ciphertext. The identical letter is answered as the first time.
    pub(crate) async fn letter(
        &self,
        connection: &mut Connection,
        account: AccountId,
        session: SessionId,
        upload: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let upload = LetterUpload::parse(upload).map_err(malformed)?;
        let letter = parse::<Letter>(&upload.letter.0)?;
        let header = letter.claimed().header.clone();
        if header.session != session || header.sender != account {
            return Err(ProblemCode::NotAdmitted.into());
        }
        let hash = letter.claimed().hash();
        if let Some(stored) = letter_with_id(connection, session, header.id).await? {
            let place = place_of(connection, &hash).await?.filter(|_| stored == hash);
            return place.map(|place| (hash, place)).ok_or(ProblemCode::DuplicateId.into());
        }
        let current = standing(connection, session).await?.ok_or(ProblemCode::NotFound)?;
        let manifest = self.stored_manifest(connection, &current).await?;
        let member = manifest.body().outline.member(&account).ok_or(ProblemCode::NotAMember)?;
        let cards = self.cards(connection, account).await?;
        let card = cards.find(&member.card).ok_or(StoreError::Unavailable)?;
        let signed = letter.verify(&card.card().verifying_key).map_err(|_| ProblemCode::BadSignature)?;
        let sender = sender_state(connection, session, account).await?;
        let seen = match &header.seen {
            Some(seen) => author_of_letter(connection, session, seen).await?,
            None => None,
        };
        let evidence = self.evidence(connection, current.case).await?;
        let moment = Moment { position: next_position(connection).await?, time: self.now };
        check_letter(&signed, &upload.ciphertext.0, &manifest, &sender, seen, moment, &evidence)
            .map_err(refused_letter)?;
        let context = Context::of_session(session);
        let stored = self.store(connection, Kind::Letter, &signed, context, vec![upload.ciphertext.0]).await?;
        remember_letter(connection, &signed, stored.1).await?;
        advance(connection, session, &current.transcript.with(&hash), stored.1).await?;
        Ok(stored)
    }

    /// Earlier epochs that a member hands to another one.
    pub(crate) async fn history(
        &self,
        connection: &mut Connection,
        account: AccountId,
        session: SessionId,
        upload: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let upload = HistoryUpload::parse(upload).map_err(malformed)?;
        let signed = self.by_account::<History>(connection, account, &upload.history.0).await?;
        if let Some(place) = place_of(connection, &signed.hash()).await? {
            return Ok((signed.hash(), place));
        }
        let outline = &signed.body().outline;
        if outline.session != session || outline.author != account {
            return Err(ProblemCode::NotAdmitted.into());
        }
        self.on_time(outline.time)?;
        let current = standing(connection, session).await?.ok_or(ProblemCode::NotFound)?;
        let manifest = self.stored_manifest(connection, &current).await?;
        let mut epochs = BTreeMap::new();
        for epoch in &outline.epochs {
            let wire = wire_of(connection, epoch).await?.ok_or(ProblemCode::UnknownReference)?;
            let before = Unverified::<Manifest>::parse(&wire).map_err(|_| ProblemCode::NotAdmitted)?;
            let before = &before.claimed().outline;
            if before.session == session && before.epoch < manifest.body().outline.epoch {
                epochs.insert(*epoch, before.clone());
            }
        }
        let evidence = self.evidence(connection, current.case).await?;
        let moment = Moment { position: next_position(connection).await?, time: self.now };
        check_history(&signed, &upload.bundle.0, &manifest, |epoch| epochs.get(epoch), moment, &evidence)
            .map_err(refused_history)?;
        let context = Context::of_session(session);
        let stored = self.store(connection, Kind::History, &signed, context, vec![upload.bundle.0]).await?;
        touch(connection, session, stored.1).await?;
        Ok(stored)
    }

    /// Whether an account may be served a session, as a member of the current manifest.
    pub(crate) async fn may_read(
        &self,
        connection: &mut Connection,
        account: AccountId,
        current: &Standing,
    ) -> Admitted<()> {
        let manifest = self.stored_manifest(connection, current).await?;
        let member: &Member = manifest.body().outline.member(&account).ok_or(ProblemCode::NotAMember)?;
        let evidence = self.evidence(connection, current.case).await?;
        may(Action::Read, member, &manifest.body().outline, self.latest(), &evidence)
            .map_err(|denied| denied_code(denied).into())
    }

    /// The current manifest of a session.
    pub(super) async fn stored_manifest(
        &self,
        connection: &mut Connection,
        current: &Standing,
    ) -> Admitted<Signed<Manifest>> {
        self.manifest_named(connection, &current.manifest).await?.ok_or(StoreError::Unavailable)
    }

    /// The stored manifest with this hash.
    pub(super) async fn manifest_named(
        &self,
        connection: &mut Connection,
        hash: &Hash,
    ) -> Admitted<Option<Signed<Manifest>>> {
        let Some(wire) = wire_of(connection, hash).await? else {
            return Ok(None);
        };
        let Ok(unverified) = Unverified::<Manifest>::parse(&wire) else {
            return Ok(None);
        };
        let author = unverified.claimed().outline.author;
        self.by_any_card(connection, author, &wire).await.map(Some)
    }
}
