//! Admission: what the relay checks before it stores anything (docs/protocol.md §3–§6). The rules are in `protocol`.
//!
//! Every function runs inside the writer's transaction, so that what it checks still holds when it stores.

use amanah_protocol::account::Succession;
use amanah_protocol::api::ProblemCode;
use amanah_protocol::card::{CardChain, SignedCard, UnverifiedCard};
use amanah_protocol::cbor::{ParseError, Structure};
use amanah_protocol::centre::{Appointment, Dismissal, Role, SignedByRoot, SignedRoot};
use amanah_protocol::consent::{Document, Grant, Revocation};
use amanah_protocol::hash::Hash;
use amanah_protocol::history::{History, HistoryError, check_history};
use amanah_protocol::ids::{AccountId, CaseId, SessionId, Timestamp};
use amanah_protocol::letter::{Letter, LetterError, check_letter};
use amanah_protocol::manifest::{Acceptance, Manifest, ManifestError, Member, Refusal, check_manifest, check_wraps};
use amanah_protocol::policy::{Action, Denied, Evidence, Moment, Placed, may};
use amanah_protocol::record::{DocumentUpload, Entry, HistoryUpload, Kind, LetterUpload, ManifestUpload};
use amanah_protocol::signature::{Signed, Unverified};
use amanah_protocol::statement::CLOCK_SKEW_MS;

use crate::store::{
    Connection, Filter, NewStructure, Place, Standing, StoreError, append, count_letter, letter_with_id, next_position,
    place_of, seat, sender_state, standing, touch, touch_case, whole, wire_of,
};

/// What an admission rests on besides the record.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    /// The centre's root.
    pub(crate) root: SignedRoot,
    /// The relay's time.
    pub(crate) now: Timestamp,
}

type Admitted<T> = Result<T, StoreError>;

/// Reads a signed structure from outside.
pub(crate) fn parse<S: Structure>(wire: &[u8]) -> Admitted<Unverified<S>> {
    Unverified::parse(wire).map_err(malformed)
}

pub(crate) fn malformed(error: ParseError) -> StoreError {
    match error {
        ParseError::TooLarge => ProblemCode::TooLarge.into(),
        ParseError::Malformed | ParseError::NotCanonical => ProblemCode::NotCanonical.into(),
    }
}

impl Scene {
    fn on_time(&self, time: Timestamp) -> Admitted<()> {
        if time.distance(self.now) <= CLOCK_SKEW_MS { Ok(()) } else { Err(ProblemCode::WrongTime.into()) }
    }

    fn by_root<S: SignedByRoot>(&self, wire: &[u8]) -> Admitted<Signed<S>> {
        self.root.verify(parse(wire)?).map_err(|_| ProblemCode::BadSignature.into())
    }

    /// A relay certificate or an appointment, which the root alone answers for.
    pub(crate) async fn root_statement<S: SignedByRoot>(
        &self,
        connection: &mut Connection,
        kind: Kind,
        wire: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let signed = self.by_root::<S>(wire)?;
        self.store(connection, kind, &signed, Context::default(), Vec::new()).await
    }

    /// A dismissal of an appointment that is stored.
    pub(crate) async fn dismissal(&self, connection: &mut Connection, wire: &[u8]) -> Admitted<(Hash, Place)> {
        let signed = self.by_root::<Dismissal>(wire)?;
        let appointment = wire_of(connection, &signed.body().appointment).await?;
        self.by_root::<Appointment>(&appointment.ok_or(ProblemCode::UnknownReference)?)?;
        self.store(connection, Kind::Dismissal, &signed, Context::default(), Vec::new()).await
    }

    /// A consent document with its texts.
    pub(crate) async fn document(&self, connection: &mut Connection, upload: &[u8]) -> Admitted<(Hash, Place)> {
        let upload = DocumentUpload::parse(upload).map_err(malformed)?;
        let signed = self.by_root::<Document>(&upload.document.0)?;
        let texts: Vec<Vec<u8>> = upload.texts.into_iter().map(|text| text.0).collect();
        signed.body().check().map_err(|_| ProblemCode::NotAdmitted)?;
        signed.body().check_texts(&texts).map_err(|_| ProblemCode::NotAdmitted)?;
        self.store(connection, Kind::Document, &signed, Context::default(), texts).await
    }

    /// A succession by somebody appointed who is signed in.
    pub(crate) async fn succession(
        &self,
        connection: &mut Connection,
        account: AccountId,
        wire: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let signed = self.by_account::<Succession>(connection, account, wire).await?;
        let body = signed.body();
        self.on_time(body.time)?;
        if body.checked_by != account || body.centre != self.root.centre() || body.old == body.new {
            return Err(ProblemCode::NotAdmitted.into());
        }
        self.newest_card(connection, body.old).await?;
        self.newest_card(connection, body.new).await?;
        let evidence = self.appointed(connection).await?;
        let moment = Moment { position: u64::MAX, time: self.now };
        let held = evidence.appointments.iter().any(|placed| {
            let appointment = placed.signed.body();
            appointment.account == account
                && matches!(appointment.role, Role::Registrar | Role::Counsellor)
                && appointment.in_force(self.now)
                && !evidence.dismissed(&placed.signed.hash(), moment)
        });
        if !held {
            return Err(ProblemCode::NotAppointed.into());
        }
        self.store(connection, Kind::Succession, &signed, Context::default(), Vec::new()).await
    }

    /// The next card of the signed-in account.
    pub(crate) async fn card(
        &self,
        connection: &mut Connection,
        account: AccountId,
        wire: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let card = UnverifiedCard::parse(wire).map_err(malformed)?;
        self.on_time(card.claimed().created)?;
        let newest = self.newest_card(connection, account).await?;
        if newest.hash() == card.claimed().hash() {
            let place = place_of(connection, &newest.hash()).await?.ok_or(StoreError::Unavailable)?;
            return Ok((newest.hash(), place));
        }
        let card = card.verify_next(&newest).map_err(|_| ProblemCode::NotAdmitted)?;
        let place = append(connection, &card_structure(&card), self.now).await?;
        Ok((card.hash(), place))
    }

    /// A grant of the signed-in client.
    pub(crate) async fn grant(
        &self,
        connection: &mut Connection,
        account: AccountId,
        wire: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let signed = self.by_account::<Grant>(connection, account, wire).await?;
        if let Some(place) = place_of(connection, &signed.hash()).await? {
            return Ok((signed.hash(), place));
        }
        let grant = signed.body();
        self.on_time(grant.issued)?;
        let document = wire_of(connection, &grant.document).await?.ok_or(ProblemCode::UnknownReference)?;
        let document = self.by_root::<Document>(&document)?;
        grant.check(document.body(), &document.hash()).map_err(|_| ProblemCode::NotAdmitted)?;
        let evidence = self.evidence(connection, grant.case).await?;
        let own_case = evidence.grants.iter().all(|given| given.signed.body().client == account);
        let previous = grant.previous.as_ref();
        let follows = previous.is_none_or(|hash| evidence.grants.iter().any(|given| given.signed.hash() == *hash));
        if grant.client != account || !own_case || !follows {
            return Err(ProblemCode::NotAdmitted.into());
        }
        let stored = self.store(connection, Kind::Grant, &signed, Context::of_case(grant.case), Vec::new()).await?;
        touch_case(connection, grant.case, stored.1).await?;
        Ok(stored)
    }

    /// A revocation by the signed-in client.
    pub(crate) async fn revocation(
        &self,
        connection: &mut Connection,
        account: AccountId,
        wire: &[u8],
    ) -> Admitted<(Hash, Place)> {
        let signed = self.by_account::<Revocation>(connection, account, wire).await?;
        if let Some(place) = place_of(connection, &signed.hash()).await? {
            return Ok((signed.hash(), place));
        }
        self.on_time(signed.body().issued)?;
        let grant = wire_of(connection, &signed.body().grant).await?.ok_or(ProblemCode::UnknownReference)?;
        if parse::<Grant>(&grant)?.claimed().client != account {
            return Err(ProblemCode::NotAdmitted.into());
        }
        let grant = self.by_any_card::<Grant>(connection, account, &grant).await?;
        signed.body().check(grant.body(), &grant.hash()).map_err(|_| ProblemCode::NotAdmitted)?;
        let case = grant.body().case;
        let stored = self.store(connection, Kind::Revocation, &signed, Context::of_case(case), Vec::new()).await?;
        touch_case(connection, case, stored.1).await?;
        Ok(stored)
    }

    /// A manifest with its wraps: the first of a session, or the successor of the current one.
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
            let wraps: Vec<Vec<u8>> = upload.wraps.into_iter().map(|wrap| wrap.0).collect();
            check_wraps(signed.body(), &wraps).map_err(refused_manifest)?;
            let previous = match &current {
                Some(current) => Some(self.stored_manifest(connection, current).await?),
                None => None,
            };
            let mut cards = Vec::with_capacity(outline.members.len());
            for member in &outline.members {
                let card = self.newest_card(connection, member.account).await?;
                cards.push((member.account, card.hash()));
            }
            let newest = |id: &AccountId| cards.iter().find(|(account, _)| account == id).map(|(_, hash)| *hash);
            let evidence = self.evidence(connection, outline.case).await?;
            let moment = Moment { position: next_position(connection).await?, time: self.now };
            let transcript = current.as_ref().map(|current| &current.transcript);
            check_manifest(&signed, previous.as_ref(), transcript, newest, moment, &evidence)
                .map_err(refused_manifest)?;
            let context = Context { case: Some(outline.case), session: Some(session) };
            let (_, place) = self.store(connection, Kind::Manifest, &signed, context, wraps).await?;
            seat(connection, &signed, place).await?;
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
        let context = Context { case: None, session: Some(session) };
        let stored = if let Ok(acceptance) = Unverified::<Acceptance>::parse(wire) {
            let body = acceptance.claimed().clone();
            let fits = body.session == session && body.account == account && body.card == member.card;
            self.answers(fits, body.manifest, &manifest, body.time)?;
            let signed = self.by_account::<Acceptance>(connection, account, wire).await?;
            self.store(connection, Kind::Acceptance, &signed, context, Vec::new()).await?
        } else {
            let signed = self.by_account::<Refusal>(connection, account, wire).await?;
            let body = signed.body();
            self.answers(body.session == session && body.account == account, body.manifest, &manifest, body.time)?;
            self.store(connection, Kind::Refusal, &signed, context, Vec::new()).await?
        };
        touch(connection, session, stored.1).await?;
        Ok(stored)
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
        let evidence = self.evidence(connection, current.case).await?;
        let moment = Moment { position: next_position(connection).await?, time: self.now };
        check_letter(&signed, &upload.ciphertext.0, &manifest, &sender, moment, &evidence).map_err(refused_letter)?;
        let context = Context { case: None, session: Some(session) };
        let stored = self.store(connection, Kind::Letter, &signed, context, vec![upload.ciphertext.0]).await?;
        count_letter(connection, &signed, &current.transcript.with(&hash), stored.1).await?;
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
        let mut epochs = Vec::with_capacity(outline.epochs.len());
        for epoch in &outline.epochs {
            let wire = wire_of(connection, epoch).await?.ok_or(ProblemCode::UnknownReference)?;
            let before = Unverified::<Manifest>::parse(&wire).map_err(|_| ProblemCode::NotAdmitted)?;
            let before = &before.claimed().outline;
            if before.session == session && before.epoch < manifest.body().outline.epoch {
                epochs.push(*epoch);
            }
        }
        let evidence = self.evidence(connection, current.case).await?;
        let moment = Moment { position: next_position(connection).await?, time: self.now };
        check_history(&signed, &upload.bundle.0, &manifest, |epoch| epochs.contains(epoch), moment, &evidence)
            .map_err(refused_history)?;
        let context = Context { case: None, session: Some(session) };
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
        let moment = Moment { position: u64::MAX, time: self.now };
        may(Action::Read, member, current.case, moment, &evidence).map_err(|denied| denied_code(denied).into())
    }

    /// Whether an account is the client of a case, or named in a grant of it.
    pub(crate) async fn may_see_consent(
        &self,
        connection: &mut Connection,
        account: AccountId,
        case: CaseId,
    ) -> Admitted<()> {
        let evidence = self.evidence(connection, case).await?;
        let concerns = |grant: &Grant| {
            grant.client == account || grant.permissions.iter().any(|permission| permission.named == Some(account))
        };
        let concerned = evidence.grants.iter().any(|placed| concerns(placed.signed.body()));
        if concerned { Ok(()) } else { Err(ProblemCode::NotFound.into()) }
    }

    /// The newest card of an account.
    pub(crate) async fn newest_card(&self, connection: &mut Connection, account: AccountId) -> Admitted<SignedCard> {
        Ok(self.cards(connection, account).await?.newest().clone())
    }

    /// All cards of an account.
    async fn cards(&self, connection: &mut Connection, account: AccountId) -> Admitted<CardChain> {
        let entries = whole(connection, Filter::Cards(account)).await?;
        if entries.is_empty() {
            return Err(ProblemCode::UnknownReference.into());
        }
        let cards = entries.iter().map(|entry| UnverifiedCard::parse(&entry.body.0)).collect::<Result<Vec<_>, _>>();
        let chain = CardChain::verify(account, cards.map_err(|_| StoreError::Unavailable)?);
        chain.map_err(|_| StoreError::Unavailable)
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

    async fn stored_manifest(&self, connection: &mut Connection, current: &Standing) -> Admitted<Signed<Manifest>> {
        let wire = wire_of(connection, &current.manifest).await?.ok_or(StoreError::Unavailable)?;
        let unverified = parse::<Manifest>(&wire)?;
        let author = unverified.claimed().outline.author;
        self.by_any_card(connection, author, &wire).await
    }

    /// A stored structure, which one of its author's cards signed when it was admitted.
    async fn by_any_card<S: Structure>(
        &self,
        connection: &mut Connection,
        account: AccountId,
        wire: &[u8],
    ) -> Admitted<Signed<S>> {
        let cards = whole(connection, Filter::Cards(account)).await?;
        for entry in cards.iter().rev() {
            let card = UnverifiedCard::parse(&entry.body.0).map_err(malformed)?;
            if let Ok(signed) = parse::<S>(wire)?.verify(&card.claimed().verifying_key) {
                return Ok(signed);
            }
        }
        Err(StoreError::Unavailable)
    }

    async fn appointed(&self, connection: &mut Connection) -> Admitted<Evidence> {
        let mut evidence = Evidence::default();
        for entry in &whole(connection, Filter::Centre).await? {
            match entry.kind {
                Kind::Appointment => evidence.appointments.push(self.placed(entry)?),
                Kind::Dismissal => evidence.dismissals.push(self.placed(entry)?),
                _ => {}
            }
        }
        Ok(evidence)
    }

    fn placed<S: SignedByRoot>(&self, entry: &Entry) -> Admitted<Placed<S>> {
        Ok(Placed { position: entry.position, signed: self.by_root(&entry.body.0)? })
    }

    async fn evidence(&self, connection: &mut Connection, case: CaseId) -> Admitted<Evidence> {
        let mut evidence = self.appointed(connection).await?;
        for entry in &whole(connection, Filter::Consent(case)).await? {
            let position = entry.position;
            if entry.kind == Kind::Grant {
                let client = parse::<Grant>(&entry.body.0)?.claimed().client;
                let signed = self.by_any_card(connection, client, &entry.body.0).await?;
                evidence.grants.push(Placed { position, signed });
            } else {
                let grant = parse::<Revocation>(&entry.body.0)?.claimed().grant;
                let client = evidence.grants.iter().find(|given| given.signed.hash() == grant);
                let client = client.ok_or(StoreError::Unavailable)?.signed.body().client;
                let signed = self.by_any_card(connection, client, &entry.body.0).await?;
                evidence.revocations.push(Placed { position, signed });
            }
        }
        Ok(evidence)
    }

    async fn store<S: Structure>(
        &self,
        connection: &mut Connection,
        kind: Kind,
        signed: &Signed<S>,
        context: Context,
        parts: Vec<Vec<u8>>,
    ) -> Admitted<(Hash, Place)> {
        let new = NewStructure {
            kind,
            hash: signed.hash(),
            account: None,
            case: context.case,
            session: context.session,
            body: signed.wire().to_vec(),
            parts,
        };
        Ok((new.hash, append(connection, &new, self.now).await?))
    }
}

/// Where in the record a structure belongs.
#[derive(Default)]
struct Context {
    case: Option<CaseId>,
    session: Option<SessionId>,
}

impl Context {
    fn of_case(case: CaseId) -> Self {
        Self { case: Some(case), session: None }
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

fn denied_code(denied: Denied) -> ProblemCode {
    match denied {
        Denied::NoGrant | Denied::NotNamed => ProblemCode::NoGrant,
        Denied::Revoked => ProblemCode::GrantRevoked,
        Denied::Expired => ProblemCode::GrantExpired,
        Denied::NotAppointed => ProblemCode::NotAppointed,
        Denied::Role | Denied::NotCapable => ProblemCode::Forbidden,
    }
}

fn refused_manifest(error: ManifestError) -> StoreError {
    match error {
        ManifestError::Stale => ProblemCode::StaleManifest,
        ManifestError::Denied(denied) => denied_code(denied),
        ManifestError::Author => ProblemCode::Forbidden,
        ManifestError::Members | ManifestError::Card | ManifestError::Escrow | ManifestError::Wraps => {
            ProblemCode::NotAdmitted
        }
    }
    .into()
}

fn refused_history(error: HistoryError) -> StoreError {
    match error {
        HistoryError::Stale => ProblemCode::StaleManifest,
        HistoryError::Author => ProblemCode::Forbidden,
        HistoryError::Reader(denied) => denied_code(denied),
        HistoryError::Epochs | HistoryError::Bundle => ProblemCode::NotAdmitted,
    }
    .into()
}

fn refused_letter(error: LetterError) -> StoreError {
    match error {
        LetterError::StaleManifest => ProblemCode::StaleManifest,
        LetterError::StaleSequence => ProblemCode::StaleSequence,
        LetterError::Reader(_) => ProblemCode::NewEpochNeeded,
        LetterError::NotAMember => ProblemCode::NotAMember,
        LetterError::Denied(denied) => denied_code(denied),
        LetterError::Session | LetterError::Ciphertext => ProblemCode::NotAdmitted,
    }
    .into()
}
