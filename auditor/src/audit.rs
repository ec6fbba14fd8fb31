//! The audit: what a relay stores goes in page by page, and a report comes out.
//!
//! Each page is worked on in four steps: its entries are read on all cores; in their order it is found who must have
//! signed each; signatures and contents are checked on all cores; and in their order each is looked at in its place.
//! What is kept is about 130 bytes for each letter and 700 for each epoch.

#[cfg(feature = "database")]
mod store;

use amanah_protocol::bundle::{BundleHeader, VaultPage};
use amanah_protocol::cbor::Structure;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{CentreId, Timestamp};
use amanah_protocol::log::{Checkpoint, NotACheckpoint, TreeHead, UnverifiedCheckpoint};
use amanah_protocol::record::Page;

use crate::absence::Absences;
use crate::check::Check;
use crate::claimed::{Claimed, Proven};
use crate::consent::Consent;
use crate::control::Controls;
use crate::doubles::Doubles;
use crate::each::each;
use crate::erasure::Erasures;
use crate::escrow;
use crate::findings::Findings;
use crate::item::Item;
use crate::log::{Log, Positions};
use crate::place::Place;
use crate::randomness::Histogram;
use crate::release::Releases;
use crate::report::{AuditedHead, Report};
use crate::session::Sessions;
use crate::signers::Signers;
use crate::times::Times;
use crate::vaults::Vaults;
use crate::web_client::WebClient;

/// An audit under way.
///
/// It takes all entries in order, and then all vaults. Nothing that is wrong stops it: the report says what was found.
pub struct Audit {
    centre: CentreId,
    made: Timestamp,
    said_vaults: u64,
    checkpoint: Result<UnverifiedCheckpoint, NotACheckpoint>,
    last_seen: Option<TreeHead>,
    findings: Findings,
    controls: Controls,
    positions: Positions,
    log: Log,
    times: Times,
    signers: Signers,
    consent: Consent,
    sessions: Sessions,
    releases: Releases,
    erasures: Erasures,
    vaults: Vaults,
    web_client: WebClient,
    absences: Absences,
    structures: Doubles,
    whole: Histogram,
}

impl Audit {
    /// Begins the audit of the centre that is pinned.
    ///
    /// `last_seen` is the log as the auditor, or somebody whom the auditor believes, saw it before.
    pub fn begin(pinned: CentreId, header: &BundleHeader, last_seen: Option<TreeHead>) -> Self {
        let mut findings = Findings::default();
        if header.centre != pinned {
            findings.found(Check::Checkpoint, None, "this is of another centre than the one that is pinned");
        }
        let mut log = Log::default();
        if let Some(seen) = last_seen {
            log.ask(seen.size);
        }
        Self {
            centre: pinned,
            made: header.made,
            said_vaults: header.vaults,
            checkpoint: UnverifiedCheckpoint::parse(&header.checkpoint.0),
            last_seen,
            findings,
            controls: Controls::default(),
            positions: Positions::default(),
            log,
            times: Times::default(),
            signers: Signers::of(pinned),
            consent: Consent::of(pinned),
            sessions: Sessions::default(),
            releases: Releases::default(),
            erasures: Erasures::default(),
            vaults: Vaults::default(),
            web_client: WebClient::default(),
            absences: Absences::default(),
            structures: Doubles::default(),
            whole: Histogram::default(),
        }
    }

    /// Takes the next entries.
    pub fn page(&mut self, page: &Page) {
        if page.head.is_some() || page.erased.is_some() {
            self.findings.found(Check::ClosedWorld, None, "a statement of a session beside entries of all sessions");
        }
        let mut items: Vec<Item<'_>> = page.entries.iter().map(Item::of).collect();
        let _: Vec<()> = each(&mut items, |item, ()| item.read());
        self.append(&items);
        for item in &mut items {
            item.assign(&mut self.signers, &mut self.times, &mut self.findings);
            self.controls.plant_in(item);
        }
        for counted in each(&mut items, |item, whole: &mut Histogram| item.examine(whole)) {
            self.whole.add(&counted);
        }
        for item in items {
            self.take(item);
        }
    }

    /// Takes the next vaults.
    pub fn vaults(&mut self, page: &VaultPage) {
        for item in &page.vaults {
            self.vaults.take(item, &mut self.findings, &mut self.whole);
        }
    }

    /// Ends the audit: everything was shown.
    pub fn finish(mut self) -> Report {
        let claimed = self.checkpoint.as_ref().ok().map(|checkpoint| *checkpoint.claimed());
        self.finish_log(claimed.as_ref());
        self.finish_checkpoint();
        self.finish_entries();
        let controls = self.controls.finish(claimed.map(|checkpoint| checkpoint.head()).as_ref());
        let head = claimed.map(|Checkpoint { size, root, map, .. }| AuditedHead { size, root, map });
        Report::new(self.centre, self.made, head, &self.findings, controls, self.web_client.newest())
    }

    /// How many accounts have a card.
    pub(crate) fn accounts(&self) -> u64 {
        u64::try_from(self.signers.accounts().newest().count()).unwrap_or(u64::MAX)
    }

    /// The root of the account map after everything that was read; nothing if its accounts are not in order.
    pub(crate) fn map(&self) -> Option<Hash> {
        self.vaults.map(self.signers.accounts()).ok()
    }

    fn finish_entries(&mut self) {
        self.times.check_made(self.made, &mut self.findings);
        self.releases.finish(self.made.max(self.times.latest()), &mut self.findings);
        self.vaults.finish(self.signers.accounts(), self.said_vaults, &mut self.findings);
        std::mem::take(&mut self.sessions).finish(&mut self.findings);
        std::mem::take(&mut self.erasures).finish(&mut self.findings);
        for position in std::mem::take(&mut self.structures).positions() {
            self.findings.found(Check::ClosedWorld, Some(position), "a structure that is stored twice");
        }
        if let Err(error) = self.whole.check() {
            self.findings.found(Check::Randomness, None, &error);
        }
    }

    fn append(&mut self, items: &[Item<'_>]) {
        for item in items {
            self.positions.take(item.entry.position, &mut self.findings);
            if item.leaf.is_none() {
                self.findings.found(Check::LogRoot, Some(item.entry.position), "an entry that gives no leaf");
            }
            if let Some(hash) = &item.hash {
                self.structures.add(hash.as_bytes(), item.entry.position);
            }
        }
        let leaves: Vec<_> = items.iter().filter_map(|item| item.leaf).collect();
        self.log.append(&leaves);
        self.controls.append(&leaves);
    }

    /// Looks at an entry in its place.
    fn take(&mut self, mut item: Item<'_>) {
        item.tell(&mut self.findings);
        let proven = item.proven.take();
        let Item { entry, whole, erased, belongs, .. } = item;
        self.erasures.take(entry, belongs, erased, &mut self.findings);
        let place = &mut Place { entry, whole, erased, signers: &self.signers, findings: &mut self.findings };
        let (consent, sessions) = (&mut self.consent, &mut self.sessions);
        match proven {
            Some(proven) => match proven {
                Proven::Root | Proven::Card | Proven::RelayCertificate(_) => {}
                Proven::Appointment(signed) => consent.take_appointment(place, signed),
                Proven::Dismissal(signed) => consent.take_dismissal(place, signed),
                Proven::Document(signed) => {
                    escrow::check_document(place, signed.body(), consent);
                    consent.take_document(place, signed);
                }
                Proven::Policy(signed) => escrow::take_policy(place, signed, consent),
                Proven::VaultHead(signed) => self.vaults.take_head(place, signed.body(), signed.hash()),
                Proven::Succession(signed) => consent.take_succession(place, signed),
                Proven::Grant(signed) => consent.take_grant(place, signed),
                Proven::Revocation(signed) => consent.take_revocation(place, signed),
                Proven::Guardianship(signed) => consent.take_guardianship(place, signed),
                Proven::Manifest(signed) => sessions.take_manifest(place, signed, consent, &mut self.controls),
                Proven::Acceptance(signed) => sessions.take_acceptance(place, signed.body()),
                Proven::Refusal(signed) => sessions.take_refusal(place, signed.body()),
                Proven::Letter(signed) => sessions.take_letter(place, &signed, consent),
                Proven::History(signed) => sessions.take_history(place, &signed, consent),
                Proven::PolicyAcceptance(signed) => escrow::take_policy_acceptance(place, signed, consent),
                Proven::DepositReceipt(signed) => escrow::take_receipt(place, &signed, sessions),
                Proven::Request(signed) => self.releases.take_request(place, signed, sessions, consent),
                Proven::Step(step) => self.releases.take_step(place, step, sessions, consent),
                Proven::Notice(signed) => self.releases.take_notice(place, &signed, sessions),
                Proven::WebBundle(signed) => self.web_client.take(place, signed.body(), self.centre),
                Proven::Absence(signed) => self.absences.take(place, signed.body(), self.centre, consent.centre()),
                Proven::Tombstone(signed) => {
                    self.erasures.take_tombstone(place, &signed.body().session, &self.releases);
                }
            },
            None => take_unproven(place, sessions, &mut self.releases, &mut self.vaults),
        }
    }

    fn finish_log(&mut self, checkpoint: Option<&Checkpoint>) {
        let Some(checkpoint) = checkpoint else {
            self.findings.found(Check::LogRoot, None, "there is no checkpoint to compare the entries with");
            self.findings.found(Check::Map, None, "there is no checkpoint to compare the map with");
            return;
        };
        if let Err(error) = self.log.check(&checkpoint.head()) {
            self.findings.found(Check::LogRoot, None, &error);
        }
        self.findings.count(Check::Map, self.accounts());
        if self.map() != Some(checkpoint.map) {
            self.findings.found(
                Check::Map,
                None,
                "the newest cards and vault heads do not give the map of the checkpoint",
            );
        }
        self.finish_older();
    }

    fn finish_older(&mut self) {
        if let Some(seen) = &self.last_seen {
            self.findings.count(Check::Consistency, 1);
            if let Err(error) = self.log.check_older(seen) {
                self.findings.found(Check::Consistency, None, &error);
            }
        }
    }

    fn finish_checkpoint(&mut self) {
        self.findings.count(Check::Checkpoint, 1);
        let keys = self.signers.relay_keys(self.made);
        match self.checkpoint.clone() {
            Ok(checkpoint) => {
                if let Err(error) = checkpoint.verify(self.centre, &keys) {
                    self.findings.found(Check::Checkpoint, None, &error);
                }
            }
            Err(error) => self.findings.found(Check::Checkpoint, None, &error),
        }
    }
}

/// What is not proven is no ground for anything. What follows it is looked at as if it were there.
fn take_unproven(place: &mut Place<'_>, sessions: &mut Sessions, releases: &mut Releases, vaults: &mut Vaults) {
    match Claimed::parse(place.entry) {
        Ok(Claimed::Letter(letter)) => sessions.take_unproven_letter(place.entry, letter.claimed()),
        Ok(Claimed::Manifest(manifest)) => sessions.take_unproven_manifest(manifest.claimed()),
        Ok(Claimed::Request(request)) => releases.lose(request.claimed().hash()),
        Ok(Claimed::Step(step)) => releases.lose(step.request()),
        Ok(Claimed::Notice(notice)) => {
            let notice = notice.claimed();
            releases.lose(notice.request);
            sessions.remember_notice(&notice.session, &notice.hash());
        }
        Ok(Claimed::VaultHead(head)) => {
            let head = head.claimed();
            vaults.take_head(place, head, head.hash());
        }
        _ => {}
    }
}
