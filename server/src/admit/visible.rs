//! Who is served the escrow of a session, and which of it (docs/protocol.md §7).

use std::collections::BTreeSet;

use amanah_protocol::api::ProblemCode;
use amanah_protocol::centre::Role;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, SessionId};
use amanah_protocol::record::Entry;

use super::release::request_of;
use super::{Admitted, Scene};
use crate::store::{
    Connection, Filter, Standing, StoreError, asked_in, escrow_policies, is_trustee, page, standing, tombstone,
};

impl Scene {
    /// A page of a session's escrow, as far as the account may see it.
    pub(crate) async fn escrow_page(
        &self,
        connection: &mut Connection,
        account: AccountId,
        session: SessionId,
        mut after: u64,
    ) -> Admitted<(Vec<Entry>, bool)> {
        let current = standing(connection, session).await?.ok_or(ProblemCode::NotFound)?;
        let hidden = self.hidden(connection, account, session, &current).await?;
        loop {
            let (entries, more) = page(connection, Filter::Escrow(session, current.case), after).await?;
            after = entries.last().map_or(after, |entry| entry.position);
            let mut seen = Vec::with_capacity(entries.len());
            for entry in entries {
                if request_of(&entry)?.is_none_or(|request| !hidden.contains(&request)) {
                    seen.push(entry);
                }
            }
            // an empty page with more to come would leave the reader without a position to go on from
            if !more || !seen.is_empty() {
                return Ok((seen, more));
            }
        }
    }

    /// The requests of a session that an account may not see yet.
    async fn hidden(
        &self,
        connection: &mut Connection,
        account: AccountId,
        session: SessionId,
        current: &Standing,
    ) -> Admitted<BTreeSet<Hash>> {
        if is_trustee(connection, session, account).await?
            || self.may_ask(connection, account, session, current).await?
        {
            return Ok(BTreeSet::new());
        }
        let requests = asked_in(connection, session).await?;
        if !requests.iter().any(|asked| asked.concerns(account)) {
            self.may_read(connection, account, current).await.map_err(unseen)?;
        }
        let hidden = requests.iter().filter(|asked| !asked.noticed && !asked.concerns(account));
        Ok(hidden.map(|asked| asked.request).collect())
    }

    /// Whether an account is appointed as somebody who may ask for a release of this session. A client of it waits for
    /// the notice, whatever else they are.
    async fn may_ask(
        &self,
        connection: &mut Connection,
        account: AccountId,
        session: SessionId,
        current: &Standing,
    ) -> Admitted<bool> {
        let mut roles = BTreeSet::new();
        for policy in escrow_policies(connection, session).await? {
            let policy = self.policy_named(connection, &policy).await?;
            roles.extend(policy.body().grounds.iter().flat_map(|ground| ground.requesters.iter().copied()));
        }
        let manifest = self.stored_manifest(connection, current).await?;
        if roles.is_empty() || manifest.body().outline.clients().any(|client| *client == account) {
            return Ok(false);
        }
        let staff: Vec<_> = roles.into_iter().filter(|role| *role != Role::Client).collect();
        self.is_appointed(connection, account, &staff).await
    }

    /// Whether an account may be served the record of a session: as a member, or as the recipient of an open release.
    pub(crate) async fn may_be_served(
        &self,
        connection: &mut Connection,
        account: AccountId,
        session: SessionId,
        current: &Standing,
    ) -> Admitted<()> {
        let Err(refused) = self.may_read(connection, account, current).await else {
            return Ok(());
        };
        // of an erased session nothing is left that was released
        if matches!(refused, StoreError::Refused(_)) && tombstone(connection, session).await?.is_none() {
            let requests = asked_in(connection, session).await?;
            let evidence = self.evidence(connection, current.case).await?;
            for asked in requests.iter().filter(|asked| asked.recipient == account && asked.expires > self.now) {
                let release = self.release(connection, asked, current.case, &evidence).await?;
                if release.is_open(self.now) && release.has_its_people(self.latest(), &evidence) {
                    return Ok(());
                }
            }
        }
        Err(refused)
    }
}

/// Whoever has no part in a session does not learn whether it is there.
fn unseen(error: StoreError) -> StoreError {
    match error {
        StoreError::Refused(_) => ProblemCode::NotFound.into(),
        other => other,
    }
}
