//! An entry on its way through an audit: what can be said of it alone, on any core, before it is looked at in its place.

use amanah_protocol::cbor::ParseError;
use amanah_protocol::hash::Hash;
use amanah_protocol::log::{leaf_data, leaf_hash};
use amanah_protocol::record::Entry;
use amanah_protocol::signature::VerifyingKey;

use crate::check::Check;
use crate::claimed::{Claimed, Proven};
use crate::erasure::Belongs;
use crate::findings::Findings;
use crate::parts::{self, Named};
use crate::randomness::{self, Histogram};
use crate::signers::{Signature, Signers};
use crate::times::Times;

/// An entry, and what is known of it so far.
pub(crate) struct Item<'a> {
    pub(crate) entry: &'a Entry,
    /// The hash of its leaf, if it could be read.
    pub(crate) leaf: Option<Hash>,
    /// The hash of its structure.
    pub(crate) hash: Option<Hash>,
    /// Who must have signed it.
    pub(crate) keys: Vec<VerifyingKey>,
    /// What was proven.
    pub(crate) proven: Option<Proven>,
    /// Whether what stands beside it is what it names.
    pub(crate) whole: bool,
    /// Whether what it names is missing as if it was erased.
    pub(crate) erased: bool,
    /// The session to which it belongs.
    pub(crate) belongs: Belongs,
    claimed: Result<Claimed, ParseError>,
    named: Vec<Named>,
    found: Vec<(Check, String)>,
}

impl<'a> Item<'a> {
    pub(crate) fn of(entry: &'a Entry) -> Self {
        Self {
            entry,
            leaf: None,
            hash: None,
            keys: Vec::new(),
            proven: None,
            whole: false,
            erased: false,
            belongs: Belongs::default(),
            claimed: Err(ParseError::Malformed),
            named: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Reads the structure, and computes the leaf.
    pub(crate) fn read(&mut self) {
        self.claimed = Claimed::parse(self.entry);
        self.hash = self.entry.structure_hash().ok();
        self.leaf = self.hash.map(|hash| leaf_hash(&leaf_data(self.entry.kind, &self.entry.salt, &hash)));
        match &self.claimed {
            Ok(claimed) => {
                self.named = parts::named(claimed);
                self.belongs = claimed.belongs();
                self.erased = self.entry.is_erased() && !self.named.is_empty();
            }
            Err(error) => self.found.push((Check::ClosedWorld, error.to_string())),
        }
    }

    /// Finds who must have signed it.
    pub(crate) fn assign(&mut self, signers: &mut Signers, times: &mut Times, findings: &mut Findings) {
        let claimed = std::mem::replace(&mut self.claimed, Err(ParseError::Malformed));
        times.take(self.entry, claimed.as_ref().ok().and_then(Claimed::time), findings);
        let Ok(claimed) = claimed else { return };
        match signers.signature(claimed, self.entry) {
            Signature::Proven(proven) => self.proven = Some(proven),
            Signature::Keys(claimed, keys) => (self.claimed, self.keys) = (Ok(claimed), keys),
            Signature::Refused(reason) => self.found.push((Check::Signatures, reason)),
        }
    }

    /// Checks the signature, and what stands beside the structure. Uniform bytes are counted in `whole`.
    pub(crate) fn examine(&mut self, whole: &mut Histogram) {
        self.examine_parts(whole);
        let claimed = std::mem::replace(&mut self.claimed, Err(ParseError::Malformed));
        let Ok(claimed) = claimed else { return };
        match claimed.verify(&self.keys, self.entry) {
            Ok(proven) => self.proven = Some(proven),
            Err(error) => self.found.push((Check::Signatures, error.to_string())),
        }
    }

    fn examine_parts(&mut self, whole: &mut Histogram) {
        if self.erased {
            return;
        }
        let (parts, named) = (&self.entry.parts, &self.named);
        let mut found = Vec::new();
        self.whole = parts.len() == named.len();
        if !self.whole {
            let reason = format!("{} parts stand beside a structure that names {}", parts.len(), named.len());
            found.push((Check::ClosedWorld, reason));
        }
        for (part, named) in parts.iter().zip(named) {
            if !named.shape.has_length(part.0.len()) {
                self.whole = false;
                found.push((Check::Padding, "a length that nothing sealed can have".to_owned()));
            }
            if !named.is(&part.0) {
                self.whole = false;
                found.push((Check::ClosedWorld, "a part is not the one that its structure names".to_owned()));
            }
            if named.shape.is_sealed()
                && let Err(error) = randomness::check(&part.0, named.shape.encapsulation(), whole)
            {
                found.push((Check::Randomness, error.to_string()));
            }
        }
        self.found.append(&mut found);
    }

    /// Hands over what was counted and found.
    pub(crate) fn tell(&mut self, findings: &mut Findings) {
        let sealed = self.named.iter().filter(|named| named.shape.is_sealed() && !self.erased).count();
        let sealed = u64::try_from(sealed).unwrap_or(u64::MAX);
        for (check, number) in
            [(Check::Signatures, 1), (Check::ClosedWorld, 1), (Check::Padding, sealed), (Check::Randomness, sealed)]
        {
            findings.count(check, number);
        }
        for (check, reason) in self.found.drain(..) {
            findings.found(check, Some(self.entry.position), &reason);
        }
    }
}
