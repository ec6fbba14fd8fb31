//! A request to release an escrowed epoch of the small centre, and the steps that answer it.

use amanah_protocol::account::{Succession, SuccessionGround};
use amanah_protocol::centre::Role;
use amanah_protocol::escrow::GroundCode;
use amanah_protocol::evidence::{Evidence, Moment};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::{AccountId, Timestamp};
use amanah_protocol::manifest::{Manifest, WRAP_LENGTH};
use amanah_protocol::release::{
    Approval, Cancellation, Justification, Outcome, Release, Request, RequestError, RequestOutline, Requested,
    Sighting, Step, StepError, Veto, check_request,
};
use amanah_protocol::signature::Signed;

use super::escrowed::{DELAY, Escrowed, HOUR};
use super::samples::SESSION;
use super::world::{MOMENT, Person, placed};
use super::{Key, hash};

/// When everybody asks and answers first: the time of the request.
pub(crate) const ASKED: Timestamp = MOMENT.time;
/// For how long a request stays open after its delay.
pub(crate) const OPEN: u64 = 48 * HOUR;
/// The shortest sealed justification: an encapsulation, 256 bytes and a tag.
pub(crate) const SEALED: usize = 1120 + 256 + 16;

/// A request to be checked, and what it is checked against; it begins good and is changed in one place.
pub(crate) struct Asked {
    pub(crate) escrowed: Escrowed,
    /// Somebody's new account.
    pub(crate) successor: Person,
    /// The manifests of the epochs 0 and 1.
    pub(crate) manifests: Vec<Signed<Manifest>>,
    pub(crate) outline: RequestOutline,
    pub(crate) justifications: Vec<Justification>,
    pub(crate) sealed: Vec<Vec<u8>>,
}

impl Asked {
    /// In danger, the director asks for both epochs, for the counsellor.
    pub(crate) fn new() -> Self {
        let escrowed = Escrowed::new();
        let outline = RequestOutline {
            session: SESSION,
            policy: escrowed.policy.hash(),
            epochs: Vec::new(),
            ground: GroundCode::ImminentDanger,
            requester: escrowed.director.account(),
            recipient: escrowed.world.counsellor.account(),
            card: escrowed.world.counsellor.card.hash(),
            created: ASKED,
            expires: ASKED.plus(DELAY + OPEN),
        };
        let sealed: Vec<_> = (1..=3).map(|x| vec![x; SEALED]).collect();
        let named = escrowed.trustees.iter().zip(&sealed);
        let justifications = named
            .map(|(trustee, sealed)| {
                let sealed = of_bytes(sealed);
                Justification { trustee: trustee.account(), card: trustee.card.hash(), sealed }
            })
            .collect();
        let successor = Person::new(15);
        let mut asked = Self { escrowed, successor, manifests: Vec::new(), outline, justifications, sealed };
        let first = asked.escrowed.opening();
        let mut second = first.clone();
        second.outline.epoch = 1;
        asked.ask_for(vec![first, second]);
        asked
    }

    /// The client's own drill, in a session in which nobody else is.
    pub(crate) fn drill() -> Self {
        let mut asked = Self::new();
        asked.outline.ground = GroundCode::Drill;
        asked.outline.expires = ASKED.plus(HOUR + OPEN);
        asked.outline.requester = asked.escrowed.world.client.account();
        asked.given_to(|asked| &asked.escrowed.world.client);
        asked.change(|manifest| manifest.outline.members.retain(|member| member.role == Role::Client));
        asked
    }

    /// The director asks for the client's new account.
    pub(crate) fn recovery() -> Self {
        let mut asked = Self::new();
        asked.outline.ground = GroundCode::AccountRecovery;
        asked.given_to(|asked| &asked.successor);
        asked.succeed(|_| {});
        asked
    }

    /// Names another recipient, with its card.
    pub(crate) fn given_to(&mut self, person: impl FnOnce(&Self) -> &Person) {
        let person = person(self);
        (self.outline.recipient, self.outline.card) = (person.account(), person.card.hash());
    }

    /// The successor follows the client, in a succession that is changed in one place.
    pub(crate) fn succeed(&mut self, change: impl FnOnce(&mut Succession)) {
        let world = &mut self.escrowed.world;
        let mut succession = Succession {
            centre: world.root.centre(),
            old: world.client.account(),
            new: self.successor.account(),
            checked_by: self.escrowed.director.account(),
            ground: SuccessionGround::KeysLost,
            time: super::NOW,
        };
        change(&mut succession);
        world.evidence.successions = vec![placed(60, succession, &self.escrowed.director.key)];
    }

    /// Asks for other epochs.
    pub(crate) fn ask_for(&mut self, manifests: Vec<Manifest>) {
        let key = &self.escrowed.world.client.key;
        self.manifests = manifests.into_iter().map(|manifest| Signed::sign(manifest, key)).collect();
        self.outline.epochs = self.manifests.iter().map(Signed::hash).collect();
    }

    /// Asks for the same epochs, after a change of the newest.
    pub(crate) fn change_newest(&mut self, change: impl FnOnce(&mut Manifest)) {
        let mut manifests: Vec<_> = self.manifests.iter().map(|manifest| manifest.body().clone()).collect();
        change(manifests.last_mut().unwrap());
        self.ask_for(manifests);
    }

    /// Asks for the same epochs, after a change of each.
    pub(crate) fn change(&mut self, change: impl FnMut(&mut Manifest)) {
        let mut manifests: Vec<_> = self.manifests.iter().map(|manifest| manifest.body().clone()).collect();
        manifests.iter_mut().for_each(change);
        self.ask_for(manifests);
    }

    /// Seals other bytes to the trustee with this index, and names them.
    pub(crate) fn seal(&mut self, index: usize, sealed: Vec<u8>) {
        if let (Some(old), Some(justification)) = (self.sealed.get_mut(index), self.justifications.get_mut(index)) {
            justification.sealed = of_bytes(&sealed);
            *old = sealed;
        }
    }

    pub(crate) fn request(&self) -> Signed<Request> {
        let request = Request { outline: self.outline.clone(), justifications: self.justifications.clone() };
        Signed::sign(request, &self.escrowed.director.key)
    }

    pub(crate) fn check(&self) -> Result<Release, RequestError> {
        self.check_with(Some(&self.sealed))
    }

    /// The same with other justifications beside it, or none because the session was erased.
    pub(crate) fn check_with(&self, justifications: Option<&[Vec<u8>]>) -> Result<Release, RequestError> {
        let manifests: Vec<_> = self.manifests.iter().collect();
        let against =
            Requested { policy: &self.escrowed.policy, manifests: &manifests, justifications, moment: MOMENT };
        check_request(self.request(), &against, |account| self.newest_card(account), &self.escrowed.world.evidence)
    }

    fn newest_card(&self, account: &AccountId) -> Option<Hash> {
        let new = (self.successor.account() == *account).then(|| self.successor.card.hash());
        new.or_else(|| self.escrowed.newest_card(account))
    }
}

/// A request that was accepted; steps are made and taken at times after it was asked.
#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) release: Release,
    /// The trustees by number, then the director, who is none.
    pub(crate) people: [AccountId; 4],
    pub(crate) client: AccountId,
    pub(crate) recipient: AccountId,
    pub(crate) evidence: Evidence,
}

impl Story {
    pub(crate) fn of(asked: &Asked) -> Self {
        let [first, second, third] = &asked.escrowed.trustees;
        let people = [first, second, third, &asked.escrowed.director].map(Person::account);
        let (client, recipient) = (asked.escrowed.world.client.account(), asked.outline.recipient);
        let evidence = asked.escrowed.world.evidence.clone();
        Self { release: asked.check().unwrap(), people, client, recipient, evidence }
    }

    pub(crate) fn new() -> Self {
        Self::of(&Asked::new())
    }

    /// With the ground of the recovery, which a client may cancel.
    pub(crate) fn cancellable() -> Self {
        Self::of(&Asked::recovery())
    }

    /// Offers a step at this time of the relay. What is refused has changed nothing.
    pub(crate) fn take(&mut self, step: Step, at: Timestamp) -> Result<(), StepError> {
        let before = format!("{:?}", self.release);
        let taken = self.release.take(step, Moment { position: 200, time: at }, &self.evidence);
        let same = format!("{:?}", self.release) == before;
        assert_eq!(same, taken.is_err(), "{taken:?}");
        taken
    }

    pub(crate) fn request(&self) -> Hash {
        self.release.request().hash()
    }

    pub(crate) fn sighting(&self, person: usize, time: Timestamp) -> Sighting {
        Sighting { request: self.request(), trustee: self.people[person], time }
    }

    /// The approval of this trustee, with a share for each epoch.
    pub(crate) fn approval(&self, person: usize, time: Timestamp) -> (Approval, Vec<Vec<u8>>) {
        let x = u8::try_from(person + 1).unwrap();
        let reseals: Vec<_> = [0x10, 0x20].map(|epoch| vec![epoch | x; WRAP_LENGTH]).into();
        let hashes = reseals.iter().map(|reseal| of_bytes(reseal)).collect();
        (Approval { request: self.request(), trustee: self.people[person], x, reseals: hashes, time }, reseals)
    }

    pub(crate) fn veto(&self, person: usize, time: Timestamp) -> Veto {
        Veto { request: self.request(), trustee: self.people[person], time }
    }

    pub(crate) fn cancellation(&self, time: Timestamp) -> Cancellation {
        Cancellation { request: self.request(), client: self.client, time }
    }

    pub(crate) fn outcome(&self, used: &[u8], bad: &[u8], time: Timestamp) -> Outcome {
        let (used, bad) = (used.to_vec(), bad.to_vec());
        Outcome { request: self.request(), recipient: self.recipient, used, bad, time }
    }

    pub(crate) fn see(&mut self, person: usize, at: Timestamp) -> Result<(), StepError> {
        self.take(seen(self.sighting(person, at)), at)
    }

    pub(crate) fn approve(&mut self, person: usize, at: Timestamp) -> Result<(), StepError> {
        self.take(approved(self.approval(person, at)), at)
    }

    /// These trustees have seen it when it was asked for.
    pub(crate) fn seen_by(mut self, people: &[usize]) -> Self {
        for person in people {
            self.see(*person, ASKED).unwrap();
        }
        self
    }

    /// These trustees have seen it, and have approved it right after the delay.
    pub(crate) fn approved_by(self, people: &[usize]) -> Self {
        let mut story = self.seen_by(people);
        for person in people {
            story.approve(*person, ASKED.plus(DELAY)).unwrap();
        }
        story
    }
}

/// Signatures are checked before a step is offered, so any key will do.
fn key() -> Key {
    Key::new(99)
}

pub(crate) fn seen(sighting: Sighting) -> Step {
    Step::Seen(Signed::sign(sighting, &key()))
}

pub(crate) fn approved((approval, reseals): (Approval, Vec<Vec<u8>>)) -> Step {
    Step::Approved(Signed::sign(approval, &key()), Some(reseals))
}

pub(crate) fn vetoed(veto: Veto) -> Step {
    Step::Vetoed(Signed::sign(veto, &key()))
}

pub(crate) fn cancelled(cancellation: Cancellation) -> Step {
    Step::Cancelled(Signed::sign(cancellation, &key()))
}

pub(crate) fn tried(outcome: Outcome) -> Step {
    Step::Tried(Signed::sign(outcome, &key()))
}

/// A hash that no request has.
pub(crate) const ANOTHER: Hash = hash(0x99);
