//! Evidence: what a decision rests on, read from the record (docs/protocol.md §4.2).

use amanah_protocol::account::Succession;
use amanah_protocol::cbor::Structure;
use amanah_protocol::centre::{Appointment, Role, SignedByRoot};
use amanah_protocol::consent::{Grant, Guardianship, Revocation};
use amanah_protocol::escrow::PolicyAcceptance;
use amanah_protocol::evidence::{Evidence, Moment, Placed, Published};
use amanah_protocol::ids::{AccountId, CaseId};
use amanah_protocol::record::{Entry, Kind};

use super::{Admitted, Scene, parse};
use crate::store::{Connection, Filter, StoreError, whole};

impl Scene {
    /// The question asked about everything that is stored, now.
    pub(super) fn latest(&self) -> Moment {
        Moment::latest(self.now)
    }

    /// Whether an account is appointed in one of these roles now.
    pub(crate) async fn is_appointed(
        &self,
        connection: &mut Connection,
        account: AccountId,
        roles: &[Role],
    ) -> Admitted<bool> {
        let evidence = self.of_centre(connection).await?;
        Ok(roles.iter().any(|role| evidence.appointed(&account, *role, self.latest())))
    }

    /// Whether the root has ever appointed an account, in whatever role.
    pub(crate) async fn was_appointed(&self, connection: &mut Connection, account: AccountId) -> Admitted<bool> {
        for entry in whole(connection, Filter::Centre).await?.iter().filter(|entry| entry.kind == Kind::Appointment) {
            if parse::<Appointment>(&entry.body.0)?.claimed().account == account {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the root says of people, documents and policies, and what people signed about policies and accounts.
    pub(super) async fn of_centre(&self, connection: &mut Connection) -> Admitted<Evidence> {
        let mut evidence = Evidence::default();
        for entry in &whole(connection, Filter::Centre).await? {
            match entry.kind {
                Kind::Appointment => evidence.appointments.push(self.placed(entry)?),
                Kind::Dismissal => evidence.dismissals.push(self.placed(entry)?),
                Kind::Policy => evidence.policies.push(self.placed(entry)?),
                Kind::Document => evidence.documents.push(self.published(entry)?),
                Kind::PolicyAcceptance => {
                    let accepted = self.placed_by(connection, entry, |body: &PolicyAcceptance| body.trustee).await?;
                    evidence.policy_acceptances.push(accepted);
                }
                Kind::Succession => {
                    let attested = self.placed_by(connection, entry, |body: &Succession| body.checked_by).await?;
                    evidence.successions.push(attested);
                }
                _ => {}
            }
        }
        Ok(evidence)
    }

    /// Everything on which decisions in a case rest.
    pub(super) async fn evidence(&self, connection: &mut Connection, case: CaseId) -> Admitted<Evidence> {
        let mut evidence = self.of_centre(connection).await?;
        for entry in &whole(connection, Filter::Consent(case)).await? {
            match entry.kind {
                Kind::Grant => {
                    let given = self.placed_by(connection, entry, |body: &Grant| body.client).await?;
                    evidence.grants.push(given);
                }
                Kind::Guardianship => {
                    let attested = self.placed_by(connection, entry, |body: &Guardianship| body.checked_by).await?;
                    evidence.guardianships.push(attested);
                }
                _ => {
                    let grant = parse::<Revocation>(&entry.body.0)?.claimed().grant;
                    let given = evidence.grants.iter().find(|given| given.signed.hash() == grant);
                    let client = given.ok_or(StoreError::Unavailable)?.signed.body().client;
                    let signed = self.by_any_card(connection, client, &entry.body.0).await?;
                    evidence.revocations.push(Placed { position: entry.position, signed });
                }
            }
        }
        Ok(evidence)
    }

    fn placed<S: SignedByRoot>(&self, entry: &Entry) -> Admitted<Placed<S>> {
        Ok(Placed { position: entry.position, signed: self.by_root(&entry.body.0)? })
    }

    fn published(&self, entry: &Entry) -> Admitted<Published> {
        Ok(Published { position: entry.position, time: entry.time, signed: self.by_root(&entry.body.0)? })
    }

    /// A stored structure, signed by the account that its body names as its author.
    async fn placed_by<S: Structure + Clone>(
        &self,
        connection: &mut Connection,
        entry: &Entry,
        author: fn(&S) -> AccountId,
    ) -> Admitted<Placed<S>> {
        let author = author(parse::<S>(&entry.body.0)?.claimed());
        Ok(Placed { position: entry.position, signed: self.by_any_card(connection, author, &entry.body.0).await? })
    }
}
