//! A session as its reader checks it (docs/protocol.md §5, §6): the record replayed entry by entry.
//!
//! Nothing the relay says is believed. The first entry that does not fit halts the thread: what was read before it
//! stays readable, nothing after it is shown, and nothing is sealed any more.

use std::collections::{BTreeMap, BTreeSet};

use amanah_crypto_core::epoch::{Epoch, EpochCards, EpochError, open_epoch};
use amanah_crypto_core::history::open_history;
use amanah_crypto_core::identity::Keyring;
use amanah_crypto_core::letter::open_letter;
use amanah_protocol::card::SignedCard;
use amanah_protocol::cbor::Structure;
use amanah_protocol::centre::Role;
use amanah_protocol::consent::{Grant, Permission};
use amanah_protocol::evidence::{Evidence, Moment};
use amanah_protocol::hash::Hash;
use amanah_protocol::history::{History, HistoryError, check_erased_history, check_history};
use amanah_protocol::ids::{AccountId, CaseId, LetterId, SessionId, Timestamp};
use amanah_protocol::letter::{Letter, LetterError, SenderState, Transcript, check_erased_letter, check_letter};
use amanah_protocol::manifest::{
    Acceptance, Manifest, ManifestError, Refusal, RefusalCode, check_manifest, check_parts,
};
use amanah_protocol::record::{Entry, Kind, RecordMark};
use amanah_protocol::release::{Notice, Release};
use amanah_protocol::signature::Signed;
use amanah_protocol::statement::HeadStatement;

use crate::cards::Cards;
use crate::case_record::CaseRecord;
use crate::centre::Centre;
use crate::content::{Body, Content, Intake, Stage};
use crate::entry::{by_newest_card, by_relay, claimed, parse};
use crate::erasure::{Erased, Erasure};
use crate::reading::Reading;

/// What does not fit in a record. Each is the relay's doing or a member's, never the reader's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Entries are not in order, or of another session.
    #[error("the record is not in order")]
    Order,
    /// An entry is not a structure of this protocol.
    #[error("the record holds something that is not of this protocol")]
    Unreadable,
    /// A consent that its document does not offer, or under a document that the centre has not signed.
    #[error("a consent does not fit what the centre offers")]
    Consent,
    /// A step of escrow that must not be, or a request that the relay tells of and does not show.
    #[error("a step of escrow is missing, or not one that may be")]
    Escrow,
    /// Earlier epochs were handed to somebody without a grant for it, or not as the structure says.
    #[error("history was not handed over as it may be: {0}")]
    History(HistoryError),
    /// A signature does not fit, or a card is missing.
    #[error("a signature in the record does not fit")]
    Signature,
    /// A manifest that must not be.
    #[error("a list of readers is not allowed: {0}")]
    Manifest(ManifestError),
    /// A letter out of its place.
    #[error("a letter is missing, doubled or out of its place: {0}")]
    Letter(LetterError),
    /// Two letters with one id.
    #[error("a letter is doubled")]
    Doubled,
    /// The relay's own statement of the session does not fit the record that it shows.
    #[error("the relay's statement does not fit what it shows")]
    Head,
    /// The relay shows less than it showed before, or something else.
    #[error("the relay shows less than it showed before, or something else")]
    RolledBack,
    /// The keys of a member went back to older ones.
    #[error("a member's keys went back to older ones")]
    CardRolledBack,
    /// The relay says that the session was erased, and what it shows is not what the centre's root has signed for it.
    #[error("the relay says that this was erased, and does not show what the centre must have signed for it")]
    Erasure,
}

/// One letter of a thread.
#[derive(Debug)]
pub struct ReadLetter {
    /// Its id.
    pub id: LetterId,
    /// Its hash.
    pub hash: Hash,
    /// Who wrote it.
    pub sender: AccountId,
    /// What they were in the session then.
    pub role: Role,
    /// Its place in the relay's order.
    pub position: u64,
    /// When the relay stored it, by the relay's clock.
    pub stored: Timestamp,
    /// What it says; `None` if it is closed, or its sender sealed something that does not open or is not theirs to say.
    pub content: Option<Content>,
    /// Whether this reader has no keys to it: because it was written before it became one, or in an epoch that it
    /// refused.
    pub closed: bool,
}

impl ReadLetter {
    /// Whether this is a letter, as far as this reader knows.
    pub fn is_letter(&self) -> bool {
        self.body().is_none_or(|body| matches!(body, Body::Letter(_)))
    }

    /// What it says.
    pub fn body(&self) -> Option<&Body> {
        self.content.as_ref().map(|content| &content.body)
    }

    /// The words of a letter.
    pub fn words(&self) -> Option<&str> {
        match self.body()? {
            Body::Letter(words) => Some(words),
            _ => None,
        }
    }
}

/// A session and everything that was read of it.
pub struct Thread {
    session: SessionId,
    reader: AccountId,
    position: u64,
    manifest: Option<Signed<Manifest>>,
    manifests: BTreeMap<Hash, Signed<Manifest>>,
    begun: Vec<(Moment, Hash)>,
    histories: Vec<(Moment, Signed<History>)>,
    notices: Vec<Signed<Notice>>,
    releases: Vec<Release>,
    epochs: BTreeMap<Hash, Epoch>,
    inherits: bool,
    unopened: Vec<Hash>,
    transcript: Transcript,
    senders: BTreeMap<AccountId, SenderState>,
    letters: Vec<ReadLetter>,
    written_by: BTreeMap<Hash, AccountId>,
    ids: BTreeSet<LetterId>,
    reading: Reading,
    accepted: BTreeSet<(Hash, AccountId)>,
    refused: Vec<Refusal>,
    refusers: BTreeSet<(Hash, AccountId)>,
    consent: CaseRecord,
    erasure: Erasure,
    fault: Option<Fault>,
}

/// What a reader owes the other members after reading: its word on an epoch that it saw for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owed {
    Acceptance(Hash),
    Refusal(Hash, RefusalCode, Option<u32>),
}

/// What the reader knows besides the record.
pub(crate) struct Known<'a> {
    pub(crate) cards: &'a Cards,
    pub(crate) centre: &'a Centre,
    pub(crate) keyring: &'a Keyring,
}

impl Thread {
    /// The same thread from its beginning, with the earlier epochs that were handed to the reader.
    pub(crate) fn again(self) -> Self {
        Self { epochs: self.epochs, ..Self::new(self.session, self.reader) }
    }

    /// Whether earlier epochs were handed to the reader since the beginning, so that it is worth reading again.
    pub(crate) fn inherits(&self) -> bool {
        self.inherits
    }

    pub(crate) fn new(session: SessionId, reader: AccountId) -> Self {
        Self {
            session,
            reader,
            position: 0,
            manifest: None,
            manifests: BTreeMap::new(),
            begun: Vec::new(),
            histories: Vec::new(),
            notices: Vec::new(),
            releases: Vec::new(),
            epochs: BTreeMap::new(),
            inherits: false,
            unopened: Vec::new(),
            transcript: Transcript::start(session),
            senders: BTreeMap::new(),
            letters: Vec::new(),
            written_by: BTreeMap::new(),
            ids: BTreeSet::new(),
            reading: Reading::start(session.0.as_bytes()),
            accepted: BTreeSet::new(),
            refused: Vec::new(),
            refusers: BTreeSet::new(),
            consent: CaseRecord::default(),
            erasure: Erasure::default(),
            fault: None,
        }
    }

    /// The same thread for somebody to whom these epochs were released.
    pub(crate) fn released_to(session: SessionId, reader: AccountId, epochs: Vec<Epoch>) -> Self {
        let epochs = epochs.into_iter().map(|epoch| (epoch.manifest(), epoch)).collect();
        Self { epochs, ..Self::new(session, reader) }
    }

    /// What the centre's record shows now.
    pub(crate) fn set_centre(&mut self, centre: &Evidence) {
        self.consent.set_centre(centre);
    }

    /// What the page tells, before its entries: that the session was erased. Then nothing that was opened is kept.
    pub(crate) fn tell_erasure(&mut self, erased: Option<&Entry>, centre: &Centre) {
        if let Err(fault) = self.erasure.tell(erased, self.session, centre) {
            self.halt(fault);
        } else if self.erasure.is_told() {
            self.epochs.clear();
            for letter in &mut self.letters {
                (letter.content, letter.closed) = (None, true);
            }
        }
    }

    /// That the session was erased, and why: what was written in it can be read by nobody any more.
    pub fn erased(&self) -> Option<Erased> {
        self.erasure.erased().filter(|_| self.fault.is_none())
    }

    /// The accounts whose cards must be known before this entry can be checked.
    pub(crate) fn accounts_of(entry: &Entry) -> Vec<AccountId> {
        let body = &entry.body.0;
        match entry.kind {
            kind if CaseRecord::holds(kind) => CaseRecord::accounts_of(entry).into_iter().collect(),
            Kind::Manifest => {
                claimed::<Manifest>(body).map(|manifest| people_of(&manifest).collect()).unwrap_or_default()
            }
            Kind::Acceptance => claimed::<Acceptance>(body).map(|a| vec![a.account]).unwrap_or_default(),
            Kind::Refusal => claimed::<Refusal>(body).map(|r| vec![r.account]).unwrap_or_default(),
            Kind::History => claimed::<History>(body).map(|h| vec![h.outline.author]).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// Checks the next entry and takes it in, or halts at it.
    pub(crate) fn apply(&mut self, entry: &Entry, known: &Known<'_>) -> Option<Owed> {
        if self.fault.is_some() {
            return None;
        }
        let checked = self.check(entry, known);
        let taken = checked.and_then(|owed| {
            self.reading.take(entry).map_err(|_| Fault::Unreadable)?;
            Ok(owed)
        });
        match taken {
            Ok(owed) => {
                self.position = entry.position;
                owed
            }
            Err(Halt { fault, owed }) => {
                self.fault = Some(fault);
                owed
            }
        }
    }

    fn check(&mut self, entry: &Entry, known: &Known<'_>) -> Result<Option<Owed>, Halt> {
        let cards = known.cards;
        if entry.position <= self.position {
            return Err(Fault::Order.into());
        }
        self.erasure.pass(entry)?;
        match entry.kind {
            kind if CaseRecord::holds(kind) => self.consent.take(entry, known)?,
            Kind::Manifest => return self.check_manifest(entry, known),
            Kind::Acceptance => self.check_acceptance(entry, cards)?,
            Kind::Refusal => self.check_refusal(entry, cards)?,
            Kind::Letter => self.check_letter(entry, cards)?,
            Kind::History => self.check_history(entry, known)?,
            Kind::Notice => self.check_notice(entry, known.centre)?,
            Kind::Tombstone => {}
            _ => return Err(Fault::Order.into()),
        }
        Ok(None)
    }

    fn check_manifest(&mut self, entry: &Entry, known: &Known<'_>) -> Result<Option<Owed>, Halt> {
        let Known { cards, keyring, .. } = *known;
        let manifest = parse::<Manifest>(entry)?;
        let author = manifest.claimed().outline.author;
        let signed = by_newest_card(manifest, &author, entry, cards)?;
        if signed.body().outline.session != self.session {
            return Err(Fault::Order.into());
        }
        let refuse = |code, index| Owed::Refusal(signed.hash(), code, index);
        let beside = self.erasure.beside(entry)?;
        let parts: Option<Vec<&[u8]>> = beside.map(|parts| parts.iter().map(|part| part.0.as_slice()).collect());
        let transcript = self.manifest.as_ref().map(|_| &self.transcript);
        let newest = |account: &AccountId| cards.newest_before(account, entry.position).map(SignedCard::hash);
        let moment = Moment::of(entry);
        check_manifest(&signed, self.manifest.as_ref(), transcript, newest, moment, self.consent.evidence())
            .and_then(|()| parts.as_ref().map_or(Ok(()), |parts| check_parts(signed.body(), parts)))
            .map_err(|error| Halt::owing(Fault::Manifest(error), refuse(RefusalCode::Manifest, None)))?;
        let outline = &signed.body().outline;
        let members = outline.members.iter().map(|m| cards.get(&m.account)?.find(&m.card));
        let trustees = outline.trustees().iter().map(|t| cards.get(&t.account)?.find(&t.card));
        let members = members.collect::<Option<Vec<_>>>().ok_or(Fault::Signature)?;
        let trustees = trustees.collect::<Option<Vec<_>>>().ok_or(Fault::Signature)?;
        let mut owed = None;
        self.refused.clear();
        if let Some(parts) = parts.filter(|_| outline.member(&self.reader).is_some()) {
            let all = EpochCards { members: &members, trustees: &trustees };
            match open_epoch(keyring, &signed, &parts, all) {
                Ok(opened) => {
                    self.epochs.insert(signed.hash(), opened);
                    owed = Some(Owed::Acceptance(signed.hash()));
                }
                // nothing is sealed in this epoch, and nothing in it is opened; the next one mends it
                Err(EpochError { code, index }) => {
                    let (session, account, time) = (self.session, self.reader, entry.time);
                    self.refused.push(Refusal { session, manifest: signed.hash(), account, code, index, time });
                    owed = Some(refuse(code, index));
                }
            }
        }
        self.manifests.insert(signed.hash(), signed.clone());
        self.begun.push((moment, signed.hash()));
        self.manifest = Some(signed);
        Ok(owed)
    }

    fn check_acceptance(&mut self, entry: &Entry, cards: &Cards) -> Result<(), Fault> {
        let acceptance = parse::<Acceptance>(entry)?;
        let account = acceptance.claimed().account;
        let signed = by_newest_card(acceptance, &account, entry, cards)?;
        if signed.body().session != self.session {
            return Err(Fault::Order);
        }
        self.accepted.insert((signed.body().manifest, account));
        Ok(())
    }

    fn check_refusal(&mut self, entry: &Entry, cards: &Cards) -> Result<(), Fault> {
        let refusal = parse::<Refusal>(entry)?;
        let account = refusal.claimed().account;
        let signed = by_newest_card(refusal, &account, entry, cards)?;
        if signed.body().session != self.session {
            return Err(Fault::Order);
        }
        self.refusers.insert((signed.body().manifest, account));
        let current = self.manifest.as_ref().is_some_and(|manifest| manifest.hash() == signed.body().manifest);
        if current && !self.refused.iter().any(|refusal| refusal.account == account) {
            self.refused.push(signed.body().clone());
        }
        Ok(())
    }

    fn check_letter(&mut self, entry: &Entry, cards: &Cards) -> Result<(), Fault> {
        let letter = parse::<Letter>(entry)?;
        let header = letter.claimed().header.clone();
        let card = cards.get(&header.sender).and_then(|chain| chain.find(&header.card)).ok_or(Fault::Signature)?;
        let signed = letter.verify(&card.card().verifying_key).map_err(|_| Fault::Signature)?;
        let manifest = self.manifest.as_ref().ok_or(Fault::Order)?;
        let ciphertext = match self.erasure.beside(entry)? {
            Some([ciphertext]) => Some(ciphertext.0.as_slice()),
            Some(_) => return Err(Fault::Unreadable),
            None => None,
        };
        let state = self.senders.get(&header.sender).copied().unwrap_or_default();
        let moment = Moment::of(entry);
        let seen = header.seen.and_then(|seen| self.written_by.get(&seen)).copied();
        let evidence = self.consent.evidence();
        match ciphertext {
            Some(ciphertext) => check_letter(&signed, ciphertext, manifest, &state, seen, moment, evidence),
            None => check_erased_letter(&signed, manifest, &state, seen, moment, evidence),
        }
        .map_err(Fault::Letter)?;
        if self.ids.contains(&header.id) {
            return Err(Fault::Doubled);
        }
        let epoch = self.epochs.get(&header.manifest);
        let closed = epoch.is_none();
        let role = manifest.body().outline.member(&header.sender).ok_or(Fault::Order)?.role;
        let content = epoch.and_then(|epoch| {
            let opened = open_letter(epoch, &signed, ciphertext?).ok()?;
            Content::parse(opened.as_bytes()).ok().filter(|content| content.body.is_for(role))
        });
        self.transcript = self.transcript.with(&signed.hash());
        self.senders.insert(header.sender, SenderState::after(&signed));
        self.written_by.insert(signed.hash(), header.sender);
        self.ids.insert(header.id);
        self.letters.push(ReadLetter {
            id: header.id,
            hash: signed.hash(),
            sender: header.sender,
            role,
            position: entry.position,
            stored: entry.time,
            content,
            closed,
        });
        Ok(())
    }

    /// Checks a history; if it is handed to this reader, opens it and keeps the epochs that were closed before.
    fn check_history(&mut self, entry: &Entry, known: &Known<'_>) -> Result<(), Fault> {
        let history = parse::<History>(entry)?;
        let author = history.claimed().outline.author;
        let signed = by_newest_card(history, &author, entry, known.cards)?;
        let current = self.manifest.as_ref().ok_or(Fault::Order)?;
        let bundle = match self.erasure.beside(entry)? {
            Some([bundle]) => Some(bundle.0.as_slice()),
            Some(_) => return Err(Fault::Unreadable),
            None => None,
        };
        let moment = Moment::of(entry);
        let earlier = |hash: &Hash| {
            let manifest = self.manifests.get(hash).filter(|manifest| manifest.hash() != current.hash());
            manifest.map(|manifest| &manifest.body().outline)
        };
        let evidence = self.consent.evidence();
        match bundle {
            Some(bundle) => check_history(&signed, bundle, current, earlier, moment, evidence),
            None => check_erased_history(&signed, current, earlier, moment, evidence),
        }
        .map_err(Fault::History)?;
        self.histories.push((moment, signed.clone()));
        let outline = &signed.body().outline;
        let Some(bundle) = bundle else {
            return Ok(());
        };
        if outline.to != self.reader || outline.epochs.iter().all(|epoch| self.epochs.contains_key(epoch)) {
            return Ok(());
        }
        let manifests: Option<Vec<_>> = outline.epochs.iter().map(|epoch| self.manifests.get(epoch)).collect();
        let manifests = manifests.ok_or(Fault::Order)?;
        // a bundle that does not open lets nobody read more, and is no reason to read less
        match open_history(known.keyring, &signed, bundle, &manifests) {
            Ok(opened) => {
                self.epochs.extend(opened.into_iter().map(|epoch| (epoch.manifest(), epoch)));
                self.inherits = true;
            }
            Err(_) => self.unopened.push(signed.hash()),
        }
        Ok(())
    }

    /// Checks that the relay told of a request, and takes it into the transcript.
    fn check_notice(&mut self, entry: &Entry, centre: &Centre) -> Result<(), Fault> {
        let notice = parse::<Notice>(entry)?;
        let signed = by_relay(&notice, entry, centre)?;
        let body = signed.body();
        let told = self.notice_of(&body.request).is_some();
        if body.session != self.session || body.transcript != self.transcript || told {
            return Err(Fault::Order);
        }
        self.transcript = self.transcript.with(&signed.hash());
        self.notices.push(signed);
        Ok(())
    }

    /// Compares the relay's statement, whose signature is checked, with what was read.
    pub(crate) fn compare(&mut self, head: &HeadStatement) {
        let current = self.manifest.as_ref().map(Signed::hash);
        let same = head.session == self.session
            && current == Some(head.manifest)
            && head.transcript == self.transcript
            && head.position >= self.position;
        if !same {
            self.halt(Fault::Head);
        }
        if let Err(fault) = self.erasure.end() {
            self.halt(fault);
        }
    }

    /// Compares what was read with what this account remembers having read.
    pub(crate) fn compare_mark(&mut self, remembered: &RecordMark) {
        if !self.reading.continues(remembered) {
            self.halt(Fault::RolledBack);
        }
    }

    /// What was read, and is still to be found in the log.
    pub(crate) fn reading(&mut self) -> &mut Reading {
        &mut self.reading
    }

    /// How far the record was read.
    pub(crate) fn mark(&self) -> &RecordMark {
        self.reading.mark()
    }

    /// Stops the thread at a fault; the first one stays.
    pub(crate) fn halt(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }

    /// How many letters the current epoch has.
    pub(crate) fn letters_in_epoch(&self) -> u64 {
        let before = self.manifest.as_ref().and_then(|manifest| manifest.body().outline.transcript.as_ref());
        self.transcript.count.saturating_sub(before.map_or(0, |transcript| transcript.count))
    }

    pub(crate) fn has_accepted(&self, manifest: &Hash) -> bool {
        self.accepted.contains(&(*manifest, self.reader))
    }

    pub(crate) fn has_refused(&self, manifest: &Hash) -> bool {
        self.refusers.contains(&(*manifest, self.reader))
    }

    /// The keys of the current epoch.
    pub(crate) fn epoch(&self) -> Option<&Epoch> {
        self.epochs.get(&self.manifest.as_ref()?.hash())
    }

    /// The keys of the epochs before the current one, oldest first, as far as this reader has them.
    pub(crate) fn earlier_epochs(&self) -> Vec<&Epoch> {
        let current = self.manifest.as_ref().map(Signed::hash);
        let mut earlier: Vec<_> = self.epochs.values().filter(|epoch| Some(epoch.manifest()) != current).collect();
        earlier.sort_by_key(|epoch| epoch.number());
        earlier
    }

    /// The manifest of an epoch.
    pub(crate) fn manifest_of(&self, epoch: &Epoch) -> Option<&Signed<Manifest>> {
        self.manifests.get(&epoch.manifest())
    }

    pub(crate) fn evidence(&self) -> &Evidence {
        self.consent.evidence()
    }

    /// What the escrow record says of the requests of which the relay told. One that it does not show is a fault.
    pub(crate) fn set_releases(&mut self, releases: Vec<Release>) {
        let shown = |notice: &Signed<Notice>| releases.iter().any(|r| r.request().hash() == notice.body().request);
        if !self.notices.iter().all(shown) {
            self.halt(Fault::Escrow);
        }
        self.releases = releases;
    }

    /// Whether somebody has got keys of this session by a release since the current epoch began.
    pub(crate) fn is_released(&self) -> bool {
        let begun = self.begun.last().map_or(0, |(moment, _)| moment.position);
        self.releases.iter().any(|release| release.released_at().is_some_and(|moment| moment.position > begun))
    }

    /// How the relay told this session of a request, if it did.
    pub fn notice_of(&self, request: &Hash) -> Option<&Notice> {
        self.notices.iter().map(Signed::body).find(|notice| notice.request == *request)
    }

    /// The requests of which the relay told this session.
    pub fn notices(&self) -> &[Signed<Notice>] {
        &self.notices
    }

    /// The requests to release keys of this session, and everything that answered them.
    pub fn releases(&self) -> &[Release] {
        &self.releases
    }

    /// The lists of readers, oldest first, and when each began.
    pub fn epochs(&self) -> impl Iterator<Item = (Moment, &Signed<Manifest>)> {
        self.begun.iter().filter_map(|(moment, hash)| Some((*moment, self.manifests.get(hash)?)))
    }

    /// The histories that were handed over, oldest first, and when.
    pub fn histories(&self) -> &[(Moment, Signed<History>)] {
        &self.histories
    }

    /// The histories that were handed to this reader and do not open: who handed them over sealed something else.
    pub fn unopened_histories(&self) -> &[Hash] {
        &self.unopened
    }

    pub(crate) fn sender_state(&self) -> SenderState {
        self.senders.get(&self.reader).copied().unwrap_or_default()
    }

    /// The last letter of somebody else.
    pub(crate) fn last_foreign(&self) -> Option<Hash> {
        self.letters.iter().rev().find(|letter| letter.sender != self.reader).map(|letter| letter.hash)
    }

    /// Position of the newest structure that was read.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Who reads.
    pub fn reader(&self) -> AccountId {
        self.reader
    }

    /// The session.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The case, once the first manifest is read.
    pub fn case(&self) -> Option<CaseId> {
        self.manifest.as_ref().map(|manifest| manifest.body().outline.case)
    }

    /// The current list of readers, signed.
    pub fn manifest(&self) -> Option<&Signed<Manifest>> {
        self.manifest.as_ref()
    }

    /// Everything that was read, oldest first.
    pub fn letters(&self) -> &[ReadLetter] {
        &self.letters
    }

    /// What was written, oldest first, without what is known beside it: code words, intakes, stages.
    pub fn written(&self) -> impl DoubleEndedIterator<Item = &ReadLetter> {
        self.letters.iter().filter(|letter| letter.is_letter())
    }

    /// Letters of others since this reader's last one.
    pub fn unanswered(&self) -> usize {
        self.written().rev().take_while(|letter| letter.sender != self.reader).count()
    }

    /// The newest letter of somebody else, which is the one to answer.
    pub fn to_answer(&self) -> Option<LetterId> {
        self.written().rev().find(|letter| letter.sender != self.reader).map(|letter| letter.id)
    }

    /// The newest code words of a client.
    pub fn code_words(&self, client: &AccountId) -> Option<&str> {
        self.said(|letter| match letter.body()? {
            Body::CodeWords(words) if letter.sender == *client => Some(words.as_str()),
            _ => None,
        })
    }

    /// The newest intake of a client.
    pub fn intake(&self, client: &AccountId) -> Option<&Intake> {
        self.said(|letter| match letter.body()? {
            Body::Intake(intake) if letter.sender == *client => Some(intake),
            _ => None,
        })
    }

    /// The stage, as a counsellor of the session said it last, and when.
    pub fn stage(&self) -> Option<(Stage, Timestamp)> {
        self.said(|letter| match letter.body()? {
            Body::Stage(stage) => Some((*stage, letter.stored)),
            _ => None,
        })
    }

    /// The newest of what counts.
    fn said<'a, A>(&'a self, counts: impl FnMut(&'a ReadLetter) -> Option<A>) -> Option<A> {
        self.letters.iter().rev().find_map(counts)
    }

    /// Number of letters and running hash.
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// The members who have accepted the current epoch.
    pub fn has_member_accepted(&self, account: &AccountId) -> bool {
        self.manifest.as_ref().is_some_and(|manifest| self.accepted.contains(&(manifest.hash(), *account)))
    }

    /// Refusals of the current epoch by its members, also this reader's own.
    pub fn refusals(&self) -> &[Refusal] {
        &self.refused
    }

    /// What halted the thread, if anything did.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// What the clients of the case allow at this time: each grant with what of it holds.
    pub fn allowed(&self, now: Timestamp) -> Vec<(&Signed<Grant>, Vec<&Permission>)> {
        let moment = Moment::latest(now);
        let holds = |grant: &Signed<Grant>, permission: &Permission| {
            self.evidence().consents(grant, permission.purpose, permission.named.as_ref(), moment).is_ok()
        };
        let grants = self.grants();
        grants.map(|grant| (grant, grant.body().permissions.iter().filter(|p| holds(grant, p)).collect())).collect()
    }

    /// The grants of the case, of all its clients.
    pub fn grants(&self) -> impl Iterator<Item = &Signed<Grant>> {
        self.evidence().grants.iter().map(|placed| &placed.signed)
    }
}

/// A fault, and what the reader must tell the others about it.
struct Halt {
    fault: Fault,
    owed: Option<Owed>,
}

impl Halt {
    fn owing(fault: Fault, owed: Owed) -> Self {
        Self { fault, owed: Some(owed) }
    }
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self { fault, owed: None }
    }
}

/// Members, trustees and author of an epoch.
pub(crate) fn people_of(manifest: &Manifest) -> impl Iterator<Item = AccountId> {
    let outline = &manifest.outline;
    let members = outline.members.iter().map(|member| member.account);
    members.chain(outline.trustees().iter().map(|trustee| trustee.account)).chain([outline.author])
}
