//! Consent (docs/protocol.md §4): the document that explains, the grant that allows, the revocation that ends it.

use crate::hash::Hash;
use crate::ids::{AccountId, CaseId, CentreId, Timestamp};
use crate::{code, structure};

code! {
    /// What a client may allow, each for itself.
    pub enum Purpose {
        /// A named counsellor reads and answers.
        Counselling = 1,
        /// The centre keeps the record for the legal period.
        RecordKeeping = 2,
        /// A named supervisor reads along.
        Supervision = 3,
        /// A named reader gets what was written before.
        History = 4,
        /// De-identified use for research.
        Research = 5,
        /// Live conversations are recorded.
        Recording = 6,
        /// Keys are escrowed under the policy that the grant names.
        Escrow = 7,
        /// Notices without content go to an e-mail address.
        EmailNotice = 8,
        /// Another named client reads and writes in the same sessions: couple and family counselling.
        Joint = 9,
        /// A named counsellor reads along, to advise the one who answers.
        Consultation = 10,
    }
}

structure! {
    /// What a consent document says in one language. No field may be empty (UU PDP 27/2022 art. 21; ACA H.2.a).
    pub part Wording => {
        /// Language tag (BCP 47), such as `id` or `en`.
        locale: String,
        /// Which data are kept.
        data: String,
        /// Which rights the client has.
        rights: String,
        /// When somebody answers, and within which time a letter is answered.
        hours: String,
        /// Whom to ask.
        contacts: String,
        /// Where to complain.
        complaint: String,
        /// SHA-256 of the full text, which is stored beside the document.
        body: Hash,
    }
}

structure! {
    /// How long records are kept, in days.
    pub part Retention => {
        /// Not erased before.
        floor_days: u32,
        /// Erased at the latest after.
        ceiling_days: u32,
    }
}

structure! {
    /// A version of the centre's consent document, signed by its root.
    pub struct Document = "consent-document", at most 65_536 => {
        /// The centre.
        centre: CentreId,
        /// 1, 2, 3 …
        number: u32,
        /// The same in every language offered.
        wordings: Vec<Wording>,
        /// What a grant under this document may allow.
        purposes: Vec<Purpose>,
        /// How long records are kept.
        retention: Retention,
        /// The escrow policy that a grant may name.
        escrow_policy: Option<Hash>,
        /// For how many days a grant under this document holds after the next document is published.
        grace_days: u32,
    }
}

structure! {
    /// One thing allowed, and to whom.
    pub part Permission => {
        /// For what.
        purpose: Purpose,
        /// The account named, where the purpose adds a reader.
        named: Option<AccountId>,
    }
}

structure! {
    /// A client's consent in one case, signed by the client.
    pub struct Grant = "grant", at most 8192 => {
        /// The document that was shown.
        document: Hash,
        /// Who grants.
        client: AccountId,
        /// In which case.
        case: CaseId,
        /// What, and to whom.
        permissions: Vec<Permission>,
        /// The escrow policy agreed to. Escrow is off without it.
        escrow_policy: Option<Hash>,
        /// The language in which the document was shown.
        locale: String,
        /// When.
        issued: Timestamp,
        /// Until when, or as long as the document says.
        expires: Option<Timestamp>,
        /// The grant that this one follows.
        previous: Option<Hash>,
        /// A minor's guardian, who must allow the same beside it.
        guardian: Option<AccountId>,
    }
}

structure! {
    /// Somebody appointed has checked that an account is a minor's guardian's (UU PDP 27/2022 art. 25). Signed by them.
    pub struct Guardianship = "guardianship", at most 512 => {
        /// The centre.
        centre: CentreId,
        /// The minor's case.
        case: CaseId,
        /// The minor.
        minor: AccountId,
        /// The guardian.
        guardian: AccountId,
        /// Who checked it.
        checked_by: AccountId,
        /// When.
        time: Timestamp,
    }
}

structure! {
    /// A client takes back purposes of a grant.
    pub struct Revocation = "revocation", at most 512 => {
        /// The grant.
        grant: Hash,
        /// What is no longer allowed.
        purposes: Vec<Purpose>,
        /// When.
        issued: Timestamp,
    }
}

/// Why a document or a grant says too little to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConsentError {
    /// A required field of the document is empty, doubled or contradicts another.
    #[error("the consent document leaves out what it must say")]
    Incomplete,
    /// The texts beside the document are not those that it names.
    #[error("the texts are not those that the document names")]
    Text,
    /// The grant allows what its document does not offer, in a language it does not have, or nothing.
    #[error("the grant does not fit its document")]
    NotOffered,
    /// A purpose that adds a reader names nobody, or one that adds none names somebody.
    #[error("a purpose names the wrong reader, or none")]
    Named,
    /// The revocation belongs to another grant or takes back nothing.
    #[error("the revocation does not fit its grant")]
    Revocation,
}

impl Purpose {
    /// Whether this purpose lets a named person read.
    pub const fn adds_reader(self) -> bool {
        matches!(self, Self::Counselling | Self::Supervision | Self::History | Self::Joint | Self::Consultation)
    }
}

impl Document {
    /// Whether the document says everything that it must.
    ///
    /// # Errors
    /// [`ConsentError::Incomplete`].
    pub fn check(&self) -> Result<(), ConsentError> {
        let full = self.wordings.iter().all(|w| {
            [&w.locale, &w.data, &w.rights, &w.hours, &w.contacts, &w.complaint]
                .iter()
                .all(|text| !text.trim().is_empty())
        });
        let once = all_different(self.wordings.iter().map(|w| &w.locale)) && all_different(self.purposes.iter());
        let kept = self.retention.floor_days <= self.retention.ceiling_days && self.retention.ceiling_days > 0;
        let counselling = self.purposes.contains(&Purpose::Counselling);
        if full && once && kept && counselling && !self.wordings.is_empty() && self.number > 0 {
            Ok(())
        } else {
            Err(ConsentError::Incomplete)
        }
    }

    /// Checks the full texts that are stored beside the document, in the order of its wordings.
    ///
    /// # Errors
    /// [`ConsentError::Text`].
    pub fn check_texts<T: AsRef<[u8]>>(&self, texts: &[T]) -> Result<(), ConsentError> {
        let same = texts.len() == self.wordings.len()
            && texts.iter().zip(&self.wordings).all(|(text, wording)| {
                let text = text.as_ref();
                std::str::from_utf8(text).is_ok_and(|t| !t.trim().is_empty())
                    && crate::hash::of_bytes(text) == wording.body
            });
        if same { Ok(()) } else { Err(ConsentError::Text) }
    }
}

impl Grant {
    /// Whether this grant allows `purpose`, to `named` where it adds a reader.
    pub fn allows(&self, purpose: Purpose, named: Option<&AccountId>) -> bool {
        self.permissions.iter().any(|p| p.purpose == purpose && p.named.as_ref() == named)
    }

    /// Whether the grant fits the document under which it was given.
    ///
    /// # Errors
    /// [`ConsentError::NotOffered`] or [`ConsentError::Named`].
    pub fn check(&self, document: &Document, document_hash: &Hash) -> Result<(), ConsentError> {
        let offered = self.permissions.iter().all(|p| document.purposes.contains(&p.purpose));
        let shown = document.wordings.iter().any(|w| w.locale == self.locale);
        let escrow = match &self.escrow_policy {
            Some(policy) => self.allows(Purpose::Escrow, None) && document.escrow_policy.as_ref() == Some(policy),
            None => !self.allows(Purpose::Escrow, None),
        };
        if self.document != *document_hash || self.permissions.is_empty() || !offered || !shown || !escrow {
            return Err(ConsentError::NotOffered);
        }
        let named = self.permissions.iter().all(|p| p.purpose.adds_reader() == p.named.is_some());
        let others =
            self.permissions.iter().all(|p| p.named != Some(self.client)) && self.guardian != Some(self.client);
        let once = all_different(self.permissions.iter().map(|p| (p.purpose, p.named)));
        if named && others && once { Ok(()) } else { Err(ConsentError::Named) }
    }
}

impl Revocation {
    /// Whether the revocation takes back something of this grant.
    ///
    /// # Errors
    /// [`ConsentError::Revocation`].
    pub fn check(&self, grant: &Grant, grant_hash: &Hash) -> Result<(), ConsentError> {
        let granted = self.purposes.iter().all(|purpose| grant.permissions.iter().any(|p| p.purpose == *purpose));
        if self.grant == *grant_hash && !self.purposes.is_empty() && granted {
            Ok(())
        } else {
            Err(ConsentError::Revocation)
        }
    }
}

fn all_different<T: Ord>(items: impl Iterator<Item = T>) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    items.into_iter().all(|item| seen.insert(item))
}
