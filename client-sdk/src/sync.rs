//! Reading a session up to now (docs/protocol.md §5.8): its record, its escrow, and the consent of its case.

use std::collections::BTreeMap;

use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CaseId, SessionId};
use amanah_protocol::manifest::{Acceptance, Refusal};
use amanah_protocol::signature::{Signed, Unverified};
use amanah_protocol::statement::{CLOCK_SKEW_MS, HEAD_VALID_MS, HeadStatement};
use rand_core::CryptoRng;

use crate::account::Account;
use crate::case_record::CaseRecord;
use crate::centre::CentreError;
use crate::escrow_record::EscrowRecord;
use crate::log::Leaf;
use crate::session::SyncError;
use crate::thread::{Fault, Known, Owed, Thread};
use crate::transport::{Clock, Transport};

impl<T: Transport, C: Clock, R: CryptoRng> Account<T, C, R> {
    /// Reads a session up to now, checks everything, and remembers how far it was.
    ///
    /// # Errors
    /// [`SyncError`]: nothing could be read. What does not fit is a [`Fault`] of the thread instead.
    pub async fn sync(&mut self, session: SessionId) -> Result<&Thread, SyncError> {
        let mut thread = match self.threads.remove(&session) {
            Some(thread) => thread,
            None => Thread::new(session, self.id()),
        };
        let mut outcome = self.read_on(&mut thread).await;
        if outcome.is_ok() && thread.inherits() && thread.fault().is_none() {
            // what was closed before opens now
            thread = thread.again();
            outcome = self.read_on(&mut thread).await;
        }
        if outcome.is_ok() && thread.fault().is_none() && !thread.notices().is_empty() {
            outcome = self.read_releases(&mut thread).await;
        }
        if outcome.is_ok() && thread.fault().is_none() {
            self.remember(&thread).await?;
        }
        if let Err(error @ SyncError::Centre(CentreError::Log(_))) = outcome {
            // nothing of it is kept: what the log does not have was not read
            return Err(error);
        }
        let thread = self.threads.entry(session).insert_entry(thread).into_mut();
        outcome.map(|()| &*thread)
    }

    /// What was read of a session so far.
    pub fn thread(&self, session: &SessionId) -> Option<&Thread> {
        self.threads.get(session)
    }

    /// Reads what became of the requests of which the relay told.
    async fn read_releases(&mut self, thread: &mut Thread) -> Result<(), SyncError> {
        match self.escrow_record(thread.session()).await? {
            Ok(record) => thread.set_releases(record.into_releases()),
            Err(_) => thread.halt(Fault::Escrow),
        }
        Ok(())
    }

    /// Reads a session's escrow from its beginning, or says what does not fit in it.
    pub(crate) async fn escrow_record(&mut self, session: SessionId) -> Result<Result<EscrowRecord, Fault>, SyncError> {
        let (mut record, mut leaves) = (EscrowRecord::new(session), Vec::new());
        loop {
            let page = self.relay.escrow_record(&self.token, session, record.position()).await?;
            self.look_again().await?;
            record.set_centre(self.centre.evidence());
            if let Err(fault) = record.tell_erasure(page.erased.as_ref(), &self.centre) {
                return Ok(Err(fault));
            }
            for entry in &page.entries {
                self.learn_cards(&EscrowRecord::accounts_of(entry), entry.position).await?;
                let known = Known { cards: &self.cards, centre: &self.centre, keyring: &self.keyring };
                if let Err(fault) = record.take(entry, &known) {
                    return Ok(Err(fault));
                }
            }
            leaves.extend(
                page.entries.iter().map(Leaf::of).collect::<Result<Vec<_>, _>>().map_err(|_| Fault::Unreadable)?,
            );
            if !page.more {
                self.check_log(&leaves).await?;
                return Ok(record.end().map(|()| record));
            }
            if page.entries.is_empty() {
                return Ok(Err(Fault::Order));
            }
        }
    }

    /// Reads the consent of a case from its beginning.
    pub(crate) async fn case_record(&mut self, case: CaseId) -> Result<CaseRecord, SyncError> {
        let (mut record, mut leaves) = (CaseRecord::default(), Vec::new());
        let mut after = 0;
        loop {
            let page = self.relay.consent(&self.token, case, after).await?;
            self.look_again().await?;
            record.set_centre(self.centre.evidence());
            for entry in &page.entries {
                self.learn_cards(&CaseRecord::accounts_of(entry).into_iter().collect::<Vec<_>>(), entry.position)
                    .await?;
                let known = Known { cards: &self.cards, centre: &self.centre, keyring: &self.keyring };
                let in_order = entry.position > after;
                record.take(entry, &known).and_then(|()| in_order.then_some(()).ok_or(Fault::Order))?;
                after = entry.position;
                leaves.push(Leaf::of(entry).map_err(|_| Fault::Unreadable)?);
            }
            if !page.more {
                self.check_log(&leaves).await?;
                break;
            }
            if page.entries.is_empty() {
                return Err(Fault::Order.into());
            }
        }
        if record.case().is_some_and(|found| found != case) { Err(Fault::Order.into()) } else { Ok(record) }
    }

    pub(crate) async fn read_on(&mut self, thread: &mut Thread) -> Result<(), SyncError> {
        let mut owed: BTreeMap<Hash, Owed> = BTreeMap::new();
        loop {
            let page = self.relay.record(&self.token, thread.session(), thread.position()).await?;
            // after the page, so that it holds everything on which the page rests
            self.look_again().await?;
            thread.set_centre(self.centre.evidence());
            thread.tell_erasure(page.erased.as_ref(), &self.centre);
            self.learn_members(thread).await?;
            let before = thread.position();
            for entry in &page.entries {
                self.learn_cards(&Thread::accounts_of(entry), entry.position).await?;
                let known = Known { cards: &self.cards, centre: &self.centre, keyring: &self.keyring };
                if let Some(debt) = thread.apply(entry, &known) {
                    let (Owed::Acceptance(manifest) | Owed::Refusal(manifest, ..)) = debt;
                    owed.insert(manifest, debt);
                }
            }
            if thread.fault().is_some() {
                break;
            }
            if page.more {
                if thread.position() == before {
                    thread.halt(Fault::Order);
                    break;
                }
                continue;
            }
            let head = page.head.ok_or(SyncError::Statement)?;
            let head = Unverified::parse(&head.0).map_err(|_| SyncError::Statement)?;
            let head = self.verify_statement(&head)?;
            thread.compare(head.body());
            self.compare_with_vault(thread);
            break;
        }
        let remembered = self.remembered(&thread.session());
        self.check_log(thread.reading().unlogged(remembered)).await?;
        thread.reading().is_logged();
        self.answer(thread, owed.into_values()).await;
        Ok(())
    }

    /// The centre's record and everybody's cards as they are now.
    async fn look_again(&mut self) -> Result<(), SyncError> {
        self.read_centre().await?;
        self.cards.forget();
        self.log.forget_newest();
        Ok(())
    }

    /// Posts what this reader owes. If that fails, the next reading owes it again.
    async fn answer(&mut self, thread: &Thread, owed: impl Iterator<Item = Owed>) {
        let time = self.clock.now();
        let (session, account) = (thread.session(), self.id());
        for debt in owed {
            let identity = self.keyring.newest();
            let wire = match debt {
                Owed::Acceptance(manifest) if thread.has_accepted(&manifest) => continue,
                Owed::Refusal(manifest, ..) if thread.has_refused(&manifest) => continue,
                Owed::Acceptance(manifest) => {
                    let card = identity.card_hash();
                    let acceptance = Acceptance { session, manifest, account, card, time };
                    Signed::sign(acceptance, identity).wire().to_vec()
                }
                Owed::Refusal(manifest, code, index) => {
                    let refusal = Refusal { session, manifest, account, code, index, time };
                    Signed::sign(refusal, identity).wire().to_vec()
                }
            };
            let _unsent_is_owed_again = self.relay.post_answer(&self.token, session, wire).await;
        }
    }

    /// The cards of the members and of whoever has consented so far: what was fetched before may have been forgotten.
    async fn learn_members(&mut self, thread: &Thread) -> Result<(), SyncError> {
        let members = thread.manifest().map(|manifest| manifest.body().outline.members.as_slice()).unwrap_or_default();
        let consenting = thread.grants().map(|grant| grant.body().client);
        for account in members.iter().map(|member| member.account).chain(consenting) {
            self.cards.learn(&self.relay, Some(&self.token), account).await?;
        }
        Ok(())
    }

    async fn learn_cards(&mut self, accounts: &[AccountId], position: u64) -> Result<(), SyncError> {
        for account in accounts {
            let known = self.cards.get(account).is_some_and(|chain| chain.newest_before(position).is_some());
            if !known {
                self.cards.learn(&self.relay, Some(&self.token), *account).await?;
            }
        }
        Ok(())
    }

    pub(crate) fn verify_statement(
        &self,
        head: &Unverified<HeadStatement>,
    ) -> Result<Signed<HeadStatement>, SyncError> {
        let now = self.clock.now();
        let head = self.centre.signed_by_relay(head, now)?.ok_or(SyncError::Statement)?;
        let limit = HEAD_VALID_MS.min(CLOCK_SKEW_MS);
        if head.body().time.distance(now) > limit {
            return Err(SyncError::Statement);
        }
        Ok(head)
    }
}
