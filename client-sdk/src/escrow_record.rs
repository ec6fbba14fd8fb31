//! The escrow of a session as anybody with a part in it checks it (docs/protocol.md §7): epochs with their deposits,
//! receipts, requests, and every step that answered them. No key is needed for it.

use std::collections::{BTreeMap, BTreeSet};

use amanah_protocol::card::SignedCard;
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::escrow::{DepositReceipt, check_deposit_receipt};
use amanah_protocol::evidence::{Evidence, Moment};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, SessionId};
use amanah_protocol::manifest::{Manifest, check_manifest, check_parts};
use amanah_protocol::record::{Entry, Kind};
use amanah_protocol::release::{Notice, Release, Request, Requested, UnverifiedStep, check_request};
use amanah_protocol::signature::Signed;

use crate::cards::Cards;
use crate::case_record::CaseRecord;
use crate::centre::Centre;
use crate::entry::{by_newest_card, by_relay, claimed, parse};
use crate::erasure::{Erased, Erasure};
use crate::thread::{Fault, Known, people_of};

/// An epoch of the session, and the sealed shares that stand beside its manifest.
pub(crate) struct DepositedEpoch {
    pub(crate) manifest: Signed<Manifest>,
    pub(crate) seals: Vec<Vec<u8>>,
}

/// A request that was accepted, and the sealed justifications beside it.
pub(crate) struct Asked {
    pub(crate) release: Release,
    pub(crate) justifications: Vec<Vec<u8>>,
}

/// Everything that was read of a session's escrow.
pub(crate) struct EscrowRecord {
    session: SessionId,
    position: u64,
    consent: CaseRecord,
    epochs: Vec<DepositedEpoch>,
    receipts: BTreeSet<(Hash, AccountId)>,
    asked: Vec<Asked>,
    noticed: BTreeMap<Hash, u64>,
    erasure: Erasure,
}

impl EscrowRecord {
    pub(crate) fn new(session: SessionId) -> Self {
        Self {
            session,
            position: 0,
            consent: CaseRecord::default(),
            epochs: Vec::new(),
            receipts: BTreeSet::new(),
            asked: Vec::new(),
            noticed: BTreeMap::new(),
            erasure: Erasure::default(),
        }
    }

    /// What the centre's record shows now.
    pub(crate) fn set_centre(&mut self, centre: &Evidence) {
        self.consent.set_centre(centre);
    }

    /// What the page tells, before its entries: that the session was erased.
    ///
    /// # Errors
    /// [`Fault::Erasure`].
    pub(crate) fn tell_erasure(&mut self, erased: Option<&Entry>, centre: &Centre) -> Result<(), Fault> {
        self.erasure.tell(erased, self.session, centre)
    }

    /// Checks, after the last entry, that the end is the one that was told.
    ///
    /// # Errors
    /// [`Fault::Erasure`].
    pub(crate) fn end(&self) -> Result<(), Fault> {
        self.erasure.end()
    }

    /// That the session was erased: no share of it is left.
    pub(crate) fn erased(&self) -> Option<Erased> {
        self.erasure.erased()
    }

    /// Position of the newest entry that was read.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// The epochs, oldest first.
    pub(crate) fn epochs(&self) -> &[DepositedEpoch] {
        &self.epochs
    }

    /// The epoch with this manifest.
    pub(crate) fn epoch(&self, manifest: &Hash) -> Option<&DepositedEpoch> {
        self.epochs.iter().find(|epoch| epoch.manifest.hash() == *manifest)
    }

    /// The requests, oldest first.
    pub(crate) fn asked(&self) -> &[Asked] {
        &self.asked
    }

    /// The request with this hash.
    pub(crate) fn find(&self, request: &Hash) -> Option<&Asked> {
        self.asked.iter().find(|asked| asked.release.request().hash() == *request)
    }

    pub(crate) fn into_releases(self) -> Vec<Release> {
        self.asked.into_iter().map(|asked| asked.release).collect()
    }

    /// Whether the session was told of a request.
    pub(crate) fn is_noticed(&self, request: &Hash) -> bool {
        self.noticed.contains_key(request)
    }

    /// Whether a trustee has posted a receipt for its share of an epoch.
    pub(crate) fn has_receipt(&self, manifest: &Hash, trustee: &AccountId) -> bool {
        self.receipts.contains(&(*manifest, *trustee))
    }

    /// The accounts whose cards must be known before this entry can be checked.
    pub(crate) fn accounts_of(entry: &Entry) -> Vec<AccountId> {
        let body = &entry.body.0;
        let one = |account: Option<AccountId>| account.into_iter().collect();
        match entry.kind {
            kind if CaseRecord::holds(kind) => one(CaseRecord::accounts_of(entry)),
            Kind::Manifest => claimed::<Manifest>(body).map(|m| people_of(&m).collect()).unwrap_or_default(),
            Kind::DepositReceipt => one(claimed::<DepositReceipt>(body).map(|receipt| receipt.trustee)),
            Kind::Request => claimed::<Request>(body)
                .map(|request| {
                    let trustees = request.justifications.iter().map(|justification| justification.trustee);
                    trustees.chain([request.outline.requester, request.outline.recipient]).collect()
                })
                .unwrap_or_default(),
            kind => one(UnverifiedStep::parse(kind, body).ok().flatten().map(|step| step.author())),
        }
    }

    /// Checks the next entry and takes it in.
    ///
    /// # Errors
    /// [`Fault`]; what was read before it stays.
    pub(crate) fn take(&mut self, entry: &Entry, known: &Known<'_>) -> Result<(), Fault> {
        if entry.position <= self.position {
            return Err(Fault::Order);
        }
        self.erasure.pass(entry)?;
        match entry.kind {
            kind if CaseRecord::holds(kind) => self.consent.take(entry, known)?,
            Kind::Manifest => self.take_manifest(entry, known.cards)?,
            Kind::DepositReceipt => self.take_receipt(entry, known.cards)?,
            Kind::Request => self.take_request(entry, known.cards)?,
            Kind::Notice => self.take_notice(entry, known.centre)?,
            Kind::Tombstone => {}
            _ => self.take_step(entry, known.cards)?,
        }
        self.position = entry.position;
        Ok(())
    }

    /// The transcript is not checked here: it is of the letters, which not everybody is shown.
    fn take_manifest(&mut self, entry: &Entry, cards: &Cards) -> Result<(), Fault> {
        let manifest = parse::<Manifest>(entry)?;
        let author = manifest.claimed().outline.author;
        let signed = by_newest_card(manifest, &author, entry, cards)?;
        let outline = &signed.body().outline;
        if outline.session != self.session {
            return Err(Fault::Order);
        }
        let parts = self.erasure.beside(entry)?.map(owned);
        let previous = self.epochs.last().map(|epoch| &epoch.manifest);
        let newest = |account: &AccountId| cards.newest_before(account, entry.position).map(SignedCard::hash);
        let (moment, evidence) = (Moment::of(entry), self.consent.evidence());
        check_manifest(&signed, previous, outline.transcript.as_ref(), newest, moment, evidence)
            .and_then(|()| parts.as_ref().map_or(Ok(()), |parts| check_parts(signed.body(), parts)))
            .map_err(Fault::Manifest)?;
        let seals = parts.unwrap_or_default().into_iter().skip(outline.members.len()).collect();
        self.epochs.push(DepositedEpoch { manifest: signed, seals });
        Ok(())
    }

    fn take_receipt(&mut self, entry: &Entry, cards: &Cards) -> Result<(), Fault> {
        let signed = signed_by(entry, cards, |receipt: &DepositReceipt| receipt.trustee)?;
        let receipt = signed.body();
        let epoch = self.epoch(&receipt.manifest).ok_or(Fault::Escrow)?;
        check_deposit_receipt(receipt, &epoch.manifest).map_err(|_| Fault::Escrow)?;
        self.receipts.insert((receipt.manifest, receipt.trustee));
        Ok(())
    }

    fn take_request(&mut self, entry: &Entry, cards: &Cards) -> Result<(), Fault> {
        let signed = signed_by(entry, cards, |request: &Request| request.outline.requester)?;
        let outline = signed.body().outline.clone();
        let evidence = self.consent.evidence();
        let manifests = outline.epochs.iter().map(|hash| self.epoch(hash).map(|epoch| &epoch.manifest));
        let manifests = manifests.collect::<Option<Vec<_>>>().ok_or(Fault::Escrow)?;
        let justifications = self.erasure.beside(entry)?.map(owned);
        let against = Requested {
            policy: evidence.policy(&outline.policy).ok_or(Fault::Escrow)?,
            manifests: &manifests,
            justifications: justifications.as_deref(),
            moment: Moment::of(entry),
        };
        let newest = |account: &AccountId| cards.newest_before(account, entry.position).map(SignedCard::hash);
        let release = check_request(signed, &against, newest, evidence).map_err(|_| Fault::Escrow)?;
        self.asked.push(Asked { release, justifications: justifications.unwrap_or_default() });
        Ok(())
    }

    fn take_notice(&mut self, entry: &Entry, centre: &Centre) -> Result<(), Fault> {
        let notice = parse::<Notice>(entry)?;
        let signed = by_relay(&notice, entry, centre)?;
        if signed.body().session != self.session {
            return Err(Fault::Order);
        }
        self.noticed.insert(signed.body().request, entry.position);
        Ok(())
    }

    fn take_step(&mut self, entry: &Entry, cards: &Cards) -> Result<(), Fault> {
        let step = UnverifiedStep::parse(entry.kind, &entry.body.0).map_err(|_| Fault::Unreadable)?;
        let step = step.ok_or(Fault::Order)?;
        let request = step.request();
        let card = cards.newest_before(&step.author(), entry.position).ok_or(Fault::Signature)?;
        let parts = match entry.kind {
            Kind::Approval => self.erasure.beside(entry)?.map(owned),
            _ => Some(owned(&entry.parts)),
        };
        let step = step.verify(&card.card().verifying_key, parts).map_err(|_| Fault::Signature)?;
        let asked = self.asked.iter_mut().find(|asked| asked.release.request().hash() == request);
        let release = &mut asked.ok_or(Fault::Escrow)?.release;
        release.take(step, Moment::of(entry), self.consent.evidence()).map_err(|_| Fault::Escrow)
    }
}

fn owned(parts: &[ByteString]) -> Vec<Vec<u8>> {
    parts.iter().map(|part| part.0.clone()).collect()
}

fn signed_by<S: Structure>(entry: &Entry, cards: &Cards, by: fn(&S) -> AccountId) -> Result<Signed<S>, Fault> {
    let unverified = parse::<S>(entry)?;
    let account = by(unverified.claimed());
    by_newest_card(unverified, &account, entry, cards)
}
