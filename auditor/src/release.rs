//! Releases (docs/protocol.md §7.5, §7.6): every request, every step that answered it, and the notice to the session.

use std::collections::{BTreeMap, BTreeSet};

use amanah_protocol::evidence::Evidence;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, SessionId, Timestamp};
use amanah_protocol::release::{Notice, Release, Request, RequestError, Requested, Step, StepError, check_request};
use amanah_protocol::signature::Signed;

use crate::check::Check;
use crate::claimed::part_bytes;
use crate::consent::Consent;
use crate::findings::Findings;
use crate::place::Place;
use crate::session::Sessions;

/// How much later than it was due a notice may be: one day, in which an honest relay may have been off.
const NOTICE_TOLERANCE_MS: u64 = 86_400_000;
/// How many requests of one person in one session may be there that have not expired (docs/protocol.md §5.7).
const MAX_OPEN_REQUESTS: usize = 32;

/// Why something of a release must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum ReleaseRefused {
    /// The request itself.
    #[error("a request that must not be: {0}")]
    Request(#[from] RequestError),
    /// A step.
    #[error("a step of a release that must not be: {0}")]
    Step(#[from] StepError),
    /// There is no such session, epoch or policy.
    #[error("a request for epochs or under a policy that are not there")]
    NotThere,
    /// One person has too many.
    #[error("a person has more than 32 open requests in a session")]
    TooMany,
    /// There is no such request.
    #[error("it is about a request that is not there, or must not be")]
    NoRequest,
    /// The session was told before.
    #[error("the session is told of the same request twice")]
    NoticeTwice,
    /// The notice counts other letters than there are.
    #[error("the notice does not fit the letters before it")]
    NoticeTranscript,
    /// The notice came before its time.
    #[error("the session was told before the time that the policy says")]
    NoticeEarly,
    /// The notice came late, or never.
    #[error("the session was told more than a day late, or not at all")]
    NoticeLate,
}

/// A request that was accepted, and whether its session was told.
struct Asked {
    release: Release,
    session: SessionId,
    noticed: bool,
}

/// All requests.
#[derive(Default)]
pub(crate) struct Releases {
    asked: BTreeMap<Hash, Asked>,
    /// Requests of which something was found that must not be: what follows of them is not looked at.
    lost: BTreeSet<Hash>,
    /// When the requests of one person in one session close.
    open: BTreeMap<(SessionId, AccountId), Vec<Timestamp>>,
}

impl Releases {
    pub(crate) fn take_request(
        &mut self,
        place: &mut Place<'_>,
        signed: Signed<Request>,
        sessions: &Sessions,
        consent: &mut Consent,
    ) {
        place.count(Check::Releases);
        let (hash, session) = (signed.hash(), signed.body().outline.session);
        match self.check_request(place, signed, sessions, consent) {
            Ok(release) => {
                self.asked.insert(hash, Asked { release, session, noticed: false });
            }
            Err(error) => {
                self.lose(hash);
                // what is not the justification that is named was found as such
                if place.whole || error != ReleaseRefused::Request(RequestError::Justifications) {
                    place.found(Check::Releases, &error);
                }
            }
        }
    }

    /// Follows a request no further: it, or an answer to it, must not be or is not proven.
    pub(crate) fn lose(&mut self, request: Hash) {
        self.asked.remove(&request);
        self.lost.insert(request);
    }

    fn check_request(
        &mut self,
        place: &Place<'_>,
        signed: Signed<Request>,
        sessions: &Sessions,
        consent: &mut Consent,
    ) -> Result<Release, ReleaseRefused> {
        let outline = signed.body().outline.clone();
        let case = sessions.case(&outline.session).ok_or(ReleaseRefused::NotThere)?;
        let manifests = outline.epochs.iter().map(|epoch| sessions.manifest(&outline.session, epoch));
        let manifests = manifests.collect::<Option<Vec<_>>>().ok_or(ReleaseRefused::NotThere)?;
        let open = self.open.entry((outline.session, outline.requester)).or_default();
        open.retain(|expires| *expires > place.entry.time);
        if open.len() >= MAX_OPEN_REQUESTS {
            return Err(ReleaseRefused::TooMany);
        }
        let (manifests, justifications) = (manifests.iter().collect::<Vec<_>>(), part_bytes(place.entry));
        let release = consent.ask(case, |evidence: &Evidence| {
            let against = Requested {
                policy: evidence.policy(&outline.policy).ok_or(ReleaseRefused::NotThere)?,
                manifests: &manifests,
                justifications: (!place.erased).then_some(&justifications),
                moment: place.moment(),
            };
            Ok::<_, ReleaseRefused>(check_request(signed, &against, |account| place.newest_card(account), evidence)?)
        })?;
        open.push(outline.expires);
        Ok(release)
    }

    pub(crate) fn take_step(&mut self, place: &mut Place<'_>, step: Step, sessions: &Sessions, consent: &mut Consent) {
        let request = request_of(&step);
        if self.lost.contains(&request) {
            return;
        }
        place.count(Check::Releases);
        let asked = self.asked.get_mut(&request);
        let Some((case, asked)) = asked.and_then(|asked| Some((sessions.case(&asked.session)?, asked))) else {
            return place.found(Check::Releases, &ReleaseRefused::NoRequest);
        };
        let moment = place.moment();
        if let Err(error) = consent.ask(case, |evidence| asked.release.take(step, moment, evidence)) {
            self.lose(request);
            // what are not the shares that are named were found as such
            if place.whole || error != StepError::Shares {
                place.found(Check::Releases, &ReleaseRefused::from(error));
            }
        }
    }

    pub(crate) fn take_notice(&mut self, place: &mut Place<'_>, signed: &Signed<Notice>, sessions: &mut Sessions) {
        if !self.lost.contains(&signed.body().request) {
            place.count(Check::Releases);
            let outcome = self.check_notice(place, signed.body(), sessions);
            place.check(Check::Releases, outcome);
        }
        sessions.remember_notice(&signed.body().session, &signed.hash());
    }

    fn check_notice(&mut self, place: &Place<'_>, body: &Notice, sessions: &Sessions) -> Result<(), ReleaseRefused> {
        let asked = self.asked.get_mut(&body.request).filter(|asked| asked.session == body.session);
        let asked = asked.ok_or(ReleaseRefused::NoRequest)?;
        if asked.noticed {
            return Err(ReleaseRefused::NoticeTwice);
        }
        asked.noticed = true;
        if sessions.transcript(&body.session) != Some(&body.transcript) {
            return Err(ReleaseRefused::NoticeTranscript);
        }
        let due = asked.release.notice_due();
        if place.entry.time < due {
            return Err(ReleaseRefused::NoticeEarly);
        }
        if place.entry.time > due.plus(NOTICE_TOLERANCE_MS) { Err(ReleaseRefused::NoticeLate) } else { Ok(()) }
    }

    /// Whether a session has yet to be told of a request.
    pub(crate) fn has_untold(&self, session: &SessionId) -> bool {
        self.asked.values().any(|asked| asked.session == *session && !asked.noticed)
    }

    /// Looks for notices that never came, as of this time.
    pub(crate) fn finish(&self, now: Timestamp, findings: &mut Findings) {
        let late = |asked: &&Asked| !asked.noticed && now > asked.release.notice_due().plus(NOTICE_TOLERANCE_MS);
        for asked in self.asked.values().filter(late) {
            let position = asked.release.moment().position;
            findings.found(Check::Releases, Some(position), &ReleaseRefused::NoticeLate);
        }
    }
}

/// The request that a step answers.
fn request_of(step: &Step) -> Hash {
    match step {
        Step::Seen(step) => step.body().request,
        Step::Approved(step, _) => step.body().request,
        Step::Vetoed(step) => step.body().request,
        Step::Cancelled(step) => step.body().request,
        Step::Tried(step) => step.body().request,
    }
}
