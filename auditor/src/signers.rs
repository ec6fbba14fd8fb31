//! Who must have signed an entry: the root's chain, the relay's certified keys, and the newest card of its author.

use std::collections::BTreeMap;

use amanah_protocol::cbor::Structure;
use amanah_protocol::centre::{RelayCertificate, SignedByRoot, SignedRoot, UnverifiedRoot};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CaseId, CentreId, Timestamp};
use amanah_protocol::record::Entry;
use amanah_protocol::signature::{Signed, Unverified, VerifyingKey};

use crate::accounts::Accounts;
use crate::claimed::{Claimed, Proven};

/// How the signature of an entry is to be checked.
pub(crate) enum Signature {
    /// It was checked, because the keys of others follow from it.
    Proven(Proven),
    /// It must fit one of these keys.
    Keys(Claimed, Vec<VerifyingKey>),
    /// It cannot be right.
    Refused(String),
}

/// Why nobody can have signed an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum NoSigner {
    /// There is no root before it.
    #[error("the centre has no root before it")]
    NoRoot,
    /// The root did not sign it.
    #[error("the centre's root did not sign it")]
    NotByRoot,
    /// Its author has no card before it.
    #[error("its author has no card before it")]
    NoCard,
    /// It takes back a grant that does not stand before it.
    #[error("it takes back a grant that is not there")]
    NoGrant,
    /// No certificate is in force at its time.
    #[error("no key of the relay was certified at its time")]
    NoCertificate,
}

/// Whose a grant is, to know who may take it back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given {
    pub(crate) case: CaseId,
    client: AccountId,
}

/// Everybody who may have signed something so far.
pub(crate) struct Signers {
    centre: CentreId,
    root: Option<SignedRoot>,
    certificates: Vec<RelayCertificate>,
    accounts: Accounts,
    grants: BTreeMap<Hash, Given>,
}

impl Signers {
    /// Nobody yet; the first root must be the one that is pinned.
    pub(crate) fn of(centre: CentreId) -> Self {
        let (accounts, grants) = (Accounts::default(), BTreeMap::new());
        Self { centre, root: None, certificates: Vec::new(), accounts, grants }
    }

    /// The cards of all accounts.
    pub(crate) fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Whose a grant is that was read, checked or not.
    pub(crate) fn grant(&self, hash: &Hash) -> Option<&Given> {
        self.grants.get(hash)
    }

    /// The keys that were ever certified for the relay.
    #[cfg(feature = "database")]
    pub(crate) fn relay_keys_ever(&self) -> Vec<VerifyingKey> {
        self.certificates.iter().map(|certificate| certificate.key).collect()
    }

    /// The keys with which the relay may sign at this time.
    pub(crate) fn relay_keys(&self, time: Timestamp) -> Vec<VerifyingKey> {
        self.certificates
            .iter()
            .filter(|certificate| certificate.in_force(time))
            .map(|certified| certified.key)
            .collect()
    }

    /// Finds who must have signed the next entry. Roots, what they sign, and cards are checked at once.
    pub(crate) fn signature(&mut self, claimed: Claimed, entry: &Entry) -> Signature {
        let keys = match claimed {
            Claimed::Root(root) => return self.root(root),
            Claimed::Card(card) => {
                let taken = self.accounts.take(*card, entry.position);
                return taken.map_or_else(|error| refused(&error), |()| Signature::Proven(Proven::Card));
            }
            Claimed::RelayCertificate(certificate) => return self.certificate(certificate),
            Claimed::Appointment(appointment) => return self.by_root(appointment, Proven::Appointment),
            Claimed::Dismissal(dismissal) => return self.by_root(dismissal, Proven::Dismissal),
            Claimed::Document(document) => return self.by_root(document, Proven::Document),
            Claimed::Policy(policy) => return self.by_root(policy, Proven::Policy),
            Claimed::Tombstone(tombstone) => return self.by_root(tombstone, Proven::Tombstone),
            Claimed::Letter(ref letter) => {
                let header = &letter.claimed().header;
                self.accounts.find(&header.sender, &header.card, entry.position).map(|card| vec![card.key])
            }
            Claimed::Notice(_) | Claimed::WebBundle(_) => {
                let keys = self.relay_keys(entry.time);
                if keys.is_empty() {
                    return refused(&NoSigner::NoCertificate);
                }
                Some(keys)
            }
            Claimed::Revocation(ref revocation) => {
                let Some(given) = self.grants.get(&revocation.claimed().grant) else {
                    return refused(&NoSigner::NoGrant);
                };
                self.newest_key(&given.client, entry)
            }
            ref other => other.author().and_then(|author| self.newest_key(&author, entry)),
        };
        if let Claimed::Grant(grant) = &claimed {
            let grant = grant.claimed();
            self.grants.insert(grant.hash(), Given { case: grant.case, client: grant.client });
        }
        keys.map_or_else(|| refused(&NoSigner::NoCard), |keys| Signature::Keys(claimed, keys))
    }

    fn newest_key(&self, account: &AccountId, entry: &Entry) -> Option<Vec<VerifyingKey>> {
        self.accounts.newest_before(account, entry.position).map(|card| vec![card.key])
    }

    fn root(&mut self, root: UnverifiedRoot) -> Signature {
        let next = match &self.root {
            None => root.verify_first(self.centre),
            Some(newest) => root.verify_next(newest),
        };
        match next {
            Ok(root) => {
                self.root = Some(root);
                Signature::Proven(Proven::Root)
            }
            Err(error) => refused(&error),
        }
    }

    fn certificate(&mut self, certificate: Unverified<RelayCertificate>) -> Signature {
        let signature = self.by_root(certificate, Proven::RelayCertificate);
        if let Signature::Proven(Proven::RelayCertificate(certificate)) = &signature {
            self.certificates.push(certificate.body().clone());
        }
        signature
    }

    /// What stands after a root was signed by that root, the newest before it.
    fn by_root<S: SignedByRoot>(&self, structure: Unverified<S>, proven: fn(Signed<S>) -> Proven) -> Signature {
        let Some(root) = &self.root else {
            return refused(&NoSigner::NoRoot);
        };
        root.verify(structure)
            .map_or_else(|_| refused(&NoSigner::NotByRoot), |signed| Signature::Proven(proven(signed)))
    }
}

fn refused(reason: &impl ToString) -> Signature {
    Signature::Refused(reason.to_string())
}
