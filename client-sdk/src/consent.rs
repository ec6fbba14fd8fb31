//! Consent (docs/protocol.md §4): granting under the newest document, looking at what was granted, taking it back.

use amanah_protocol::cbor::Structure;
use amanah_protocol::centre::Role;
use amanah_protocol::consent::{ConsentError, Grant, Permission, Purpose, Revocation};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CaseId, SessionId};
use amanah_protocol::manifest::Reason;
use amanah_protocol::record::{Entry, Kind};
use amanah_protocol::signature::{Signed, Signer, Unverified};
use rand_core::CryptoRng;

use crate::account::Account;
use crate::centre::CentreError;
use crate::relay::RelayError;
use crate::session::SendError;
use crate::transport::{Clock, Transport};

/// Why consent was neither given nor taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConsentFlowError {
    /// The relay did not answer, or refused.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// The centre's record is not believed.
    #[error(transparent)]
    Centre(#[from] CentreError),
    /// The centre has published no consent document.
    #[error("the centre has published no consent document")]
    NoDocument,
    /// The counsellor is not appointed.
    #[error("the centre has not appointed this counsellor")]
    NotAppointed,
    /// The grant does not fit the document.
    #[error(transparent)]
    Consent(#[from] ConsentError),
    /// There is no such grant of this account.
    #[error("there is no such grant of yours")]
    NoGrant,
    /// It is taken back, but the new epoch without the readers of before could not be begun yet. Until it is, the relay
    /// takes no letter in the session.
    #[error("it is taken back, but the session has no new keys yet: {0}")]
    NewEpoch(SendError),
    /// The relay said that it took the revocation, and does not show it.
    #[error("the relay does not show what you have taken back")]
    NotKept,
    /// The relay shows a grant that this account did not sign.
    #[error("the relay shows a consent that you did not sign")]
    NotSigned,
}

/// A case in which this account has granted counselling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantedCase {
    /// The case.
    pub case: CaseId,
    /// The grant.
    pub grant: Hash,
}

/// A grant and what was taken back of it.
#[derive(Debug, Clone)]
pub struct GivenGrant {
    /// The grant.
    pub signed: Signed<Grant>,
    /// What is no longer allowed.
    pub revoked: Vec<Purpose>,
}

impl<T: Transport, C: Clock, R: CryptoRng> Account<T, C, R> {
    /// Signs the newest consent document for counselling by one counsellor, and for what else is allowed.
    ///
    /// Begins a new case. Show the document, and what each purpose means, before calling this.
    ///
    /// # Errors
    /// [`ConsentFlowError`].
    pub async fn grant(
        &mut self,
        counsellor: AccountId,
        further: &[Permission],
        locale: &str,
    ) -> Result<GrantedCase, ConsentFlowError> {
        self.refresh_centre().await?;
        let now = self.clock.now();
        self.centre.appointment(&counsellor, Role::Counsellor, now).ok_or(ConsentFlowError::NotAppointed)?;
        let case = CaseId::from_random_bytes(self.random());
        let document = self.centre.newest_document().ok_or(ConsentFlowError::NoDocument)?;
        let counselling = Permission { purpose: Purpose::Counselling, named: Some(counsellor) };
        let grant = Grant {
            document: document.signed.hash(),
            client: self.id(),
            case,
            permissions: std::iter::once(counselling).chain(further.iter().cloned()).collect(),
            escrow_policy: None,
            locale: locale.to_owned(),
            issued: now,
            expires: None,
            previous: None,
        };
        grant.check(document.signed.body(), &document.signed.hash())?;
        let signed = Signed::sign(grant, self.keyring.newest());
        self.relay.post("/v1/grants", Some(&self.token), signed.wire().to_vec()).await?;
        Ok(GrantedCase { case, grant: signed.hash() })
    }

    /// Signs the newest consent document for something more in a case: a supervisor, another counsellor, research.
    ///
    /// Show what each purpose means, and whom it lets read, before calling this. A named person reads once
    /// [`Account::add_reader`] has made them a reader.
    ///
    /// # Errors
    /// [`ConsentFlowError`].
    pub async fn grant_further(
        &mut self,
        case: CaseId,
        permissions: &[Permission],
        locale: &str,
    ) -> Result<GrantedCase, ConsentFlowError> {
        self.refresh_centre().await?;
        let previous = self.grants(case).await?.last().ok_or(ConsentFlowError::NoGrant)?.signed.hash();
        let document = self.centre.newest_document().ok_or(ConsentFlowError::NoDocument)?;
        let grant = Grant {
            document: document.signed.hash(),
            client: self.id(),
            case,
            permissions: permissions.to_vec(),
            escrow_policy: None,
            locale: locale.to_owned(),
            issued: self.clock.now(),
            expires: None,
            previous: Some(previous),
        };
        grant.check(document.signed.body(), &document.signed.hash())?;
        let signed = Signed::sign(grant, self.keyring.newest());
        self.relay.post("/v1/grants", Some(&self.token), signed.wire().to_vec()).await?;
        Ok(GrantedCase { case, grant: signed.hash() })
    }

    /// The grants of a case, each checked, with what was taken back.
    ///
    /// # Errors
    /// [`ConsentFlowError`].
    pub async fn grants(&mut self, case: CaseId) -> Result<Vec<GivenGrant>, ConsentFlowError> {
        let mut given: Vec<GivenGrant> = Vec::new();
        let mut after = 0;
        loop {
            let page = self.relay.consent(&self.token, case, after).await?;
            for entry in &page.entries {
                if entry.position <= after {
                    return Err(ConsentFlowError::NotSigned);
                }
                after = entry.position;
                self.take_in_consent(&mut given, entry)?;
            }
            if !page.more {
                return Ok(given);
            }
            if page.entries.is_empty() {
                return Err(ConsentFlowError::NotSigned);
            }
        }
    }

    fn take_in_consent(&self, given: &mut Vec<GivenGrant>, entry: &Entry) -> Result<(), ConsentFlowError> {
        match entry.kind {
            Kind::Grant => {
                let signed = self.verify_own(&entry.body.0)?;
                given.push(GivenGrant { signed, revoked: Vec::new() });
            }
            Kind::Revocation => {
                let signed: Signed<Revocation> = self.verify_own(&entry.body.0)?;
                let grant = given.iter_mut().find(|grant| grant.signed.hash() == signed.body().grant);
                grant.ok_or(ConsentFlowError::NotSigned)?.revoked.extend_from_slice(&signed.body().purposes);
            }
            _ => return Err(ConsentFlowError::NotSigned),
        }
        Ok(())
    }

    /// Takes back purposes of a grant, and begins a new epoch without whoever may no longer read, in the same action.
    ///
    /// From the revocation on the relay takes nothing that is sealed to them. The sessions of the case are read
    /// afterwards, so that the vault remembers it and no relay can hide it later.
    ///
    /// # Errors
    /// [`ConsentFlowError`].
    pub async fn revoke(&mut self, case: CaseId, grant: Hash, purposes: &[Purpose]) -> Result<(), ConsentFlowError> {
        let given = self.grants(case).await?;
        let given = given.iter().find(|given| given.signed.hash() == grant).ok_or(ConsentFlowError::NoGrant)?;
        let revocation = Revocation { grant, purposes: purposes.to_vec(), issued: self.clock.now() };
        revocation.check(given.signed.body(), &grant)?;
        let signed = Signed::sign(revocation, self.keyring.newest());
        self.relay.post("/v1/revocations", Some(&self.token), signed.wire().to_vec()).await?;
        let given = self.grants(case).await?;
        let taken_back = given.iter().find(|given| given.signed.hash() == grant).map(|given| &given.revoked);
        if !taken_back.is_some_and(|revoked| purposes.iter().all(|purpose| revoked.contains(purpose))) {
            return Err(ConsentFlowError::NotKept);
        }
        for session in self.sessions_of(case).await? {
            self.begin_epoch(session, Reason::Members, None).await.map_err(ConsentFlowError::NewEpoch)?;
        }
        Ok(())
    }

    /// Moves a session to another counsellor: allows them, lets them read, and takes back counselling by whoever had it.
    ///
    /// With `history` they also get what was written before. Name both to the client before calling this. If it fails
    /// half way, nothing is stored that the one before may not read; call it again.
    ///
    /// # Errors
    /// [`ConsentFlowError`]; [`ConsentFlowError::NotAppointed`] if the centre has not appointed the new one.
    pub async fn transfer(
        &mut self,
        case: CaseId,
        session: SessionId,
        to: AccountId,
        history: bool,
        locale: &str,
    ) -> Result<GrantedCase, ConsentFlowError> {
        self.refresh_centre().await?;
        self.centre.appointment(&to, Role::Counsellor, self.clock.now()).ok_or(ConsentFlowError::NotAppointed)?;
        let purposes = [Purpose::Counselling, Purpose::History];
        let purposes = purposes.into_iter().take(if history { 2 } else { 1 });
        let permissions: Vec<_> = purposes.map(|purpose| Permission { purpose, named: Some(to) }).collect();
        let before = self.grants(case).await?;
        let granted = self.grant_further(case, &permissions, locale).await?;
        let reader = self.add_reader(session, to, Role::Counsellor, granted.grant).await;
        reader.map_err(ConsentFlowError::NewEpoch)?;
        if history {
            let handed = self.hand_over_history(session, to, granted.grant).await;
            handed.map_err(ConsentFlowError::NewEpoch)?;
        }
        for given in &before {
            let counsels = given.signed.body().permissions.iter().any(|p| p.purpose == Purpose::Counselling);
            if counsels && !given.revoked.contains(&Purpose::Counselling) {
                self.revoke(case, given.signed.hash(), &[Purpose::Counselling]).await?;
            }
        }
        Ok(granted)
    }

    fn verify_own<S: Structure + Clone>(&self, wire: &[u8]) -> Result<Signed<S>, ConsentFlowError> {
        let unverified = Unverified::<S>::parse(wire).map_err(|_| ConsentFlowError::NotSigned)?;
        let mut identities = self.keyring.iter();
        identities
            .find_map(|identity| {
                let key = identity.verifying_key();
                unverified.clone().verify(&key).ok()
            })
            .ok_or(ConsentFlowError::NotSigned)
    }
}
