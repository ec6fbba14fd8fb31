//! What this account has allowed: every case with its grants, what a newer document asks for again, and the end of it all.

use amanah_protocol::consent::{Grant, Permission, Purpose};
use amanah_protocol::ids::{CaseId, SessionId, Timestamp};
use amanah_protocol::signature::Signed;
use rand_core::CryptoRng;

use crate::account::Account;
use crate::consent::{ConsentFlowError, GivenGrant};
use crate::session::SyncError;
use crate::thread::Thread;
use crate::transport::{Clock, Transport};

/// A case of this account, one of its sessions, and what this account has granted in it, oldest first.
#[derive(Debug, Clone)]
pub struct GivenCase {
    /// The case.
    pub case: CaseId,
    /// The oldest session of it that is shown to this account.
    pub session: SessionId,
    /// Its grants.
    pub grants: Vec<GivenGrant>,
}

impl<T: Transport, C: Clock, R: CryptoRng> Account<T, C, R> {
    /// Reads a session up to now; `false` if the relay no longer shows it to this account.
    ///
    /// # Errors
    /// [`SyncError`]: the session is shown and could not be read.
    pub async fn look(&mut self, session: SessionId) -> Result<bool, SyncError> {
        match self.sync(session).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_closed() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Every case in which this account takes part, found through its sessions, read up to now.
    ///
    /// # Errors
    /// [`ConsentFlowError`].
    pub async fn given(&mut self) -> Result<Vec<GivenCase>, ConsentFlowError> {
        let mut found: Vec<GivenCase> = Vec::new();
        for session in self.sessions().await? {
            if !self.look(session).await? {
                continue;
            }
            let Some(case) = self.thread(&session).and_then(Thread::case) else { continue };
            if found.iter().all(|known| known.case != case) {
                let grants = self.grants(case).await?;
                found.push(GivenCase { case, session, grants });
            }
        }
        Ok(found)
    }

    /// Until when what is allowed in a case under an older document alone still holds, if anything is: the newest document
    /// waits to be signed ([`Account::renew_consent`]).
    pub fn replaced_at(&self, grants: &[GivenGrant]) -> Option<Timestamp> {
        let (centre, now) = (self.centre(), self.clock.now());
        let end = |given: &GivenGrant| centre.replaced_at(&given.signed.body().document, now);
        let current: Vec<&Permission> =
            grants.iter().filter(|given| end(given).is_none()).flat_map(GivenGrant::remaining).collect();
        let old = grants.iter().filter(|given| given.remaining().any(|permission| !current.contains(&permission)));
        old.filter_map(end).min()
    }

    /// The same for the case of a session that was read, and for what this account has signed in it.
    ///
    /// # Errors
    /// [`ConsentFlowError`].
    pub async fn renew_by(&mut self, session: SessionId) -> Result<Option<Timestamp>, ConsentFlowError> {
        let (own, now) = (self.id(), self.clock.now());
        let Some(thread) = self.thread(&session) else { return Ok(None) };
        let replaced = |grant: &Grant| self.centre().replaced_at(&grant.document, now).is_some();
        let affected = thread.grants().map(Signed::body).any(|grant| grant.client == own && replaced(grant));
        let Some(case) = thread.case().filter(|_| affected) else { return Ok(None) };
        let grants = self.grants(case).await?;
        Ok(self.replaced_at(&grants))
    }

    /// Takes back everything that this account still allows, in every case of its sessions, and returns in how many cases
    /// there was something. If it fails half way, nothing is stored that somebody may not read; call it again.
    ///
    /// # Errors
    /// [`ConsentFlowError`].
    pub async fn revoke_everything(&mut self) -> Result<usize, ConsentFlowError> {
        let mut cases = 0;
        for GivenCase { case, grants, .. } in self.given().await? {
            let held: Vec<&GivenGrant> = grants.iter().filter(|given| given.remaining().next().is_some()).collect();
            for given in &held {
                self.revoke(case, given.signed.hash(), &given.purposes()).await?;
            }
            cases += usize::from(!held.is_empty());
        }
        Ok(cases)
    }
}

impl GivenGrant {
    /// What this grant still allows, each purpose once.
    pub fn purposes(&self) -> Vec<Purpose> {
        let mut purposes: Vec<Purpose> = self.remaining().map(|permission| permission.purpose).collect();
        purposes.sort_unstable();
        purposes.dedup();
        purposes
    }
}
