//! A small centre in which everything happens once, as it must.

use amanah_protocol::absence::Absence;
use amanah_protocol::account::{Succession, SuccessionGround};
use amanah_protocol::cbor::ByteString;
use amanah_protocol::centre::{Dismissal, Role};
use amanah_protocol::consent::{Document, Grant, Guardianship, Permission, Purpose, Retention, Revocation, Wording};
use amanah_protocol::escrow::{Ground, GroundCode, Policy, PolicyAcceptance, PolicyTrustee};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::CaseId;
use amanah_protocol::manifest::{Escrow, WRAP_LENGTH};
use amanah_protocol::record::Kind;
use amanah_protocol::release::{
    Approval, Cancellation, Justification, Notice, Outcome, Request, RequestOutline, Sighting, Veto,
};
use amanah_protocol::signature::Signed;
use amanah_protocol::statement::WebBundle;

use super::HOUR;
use super::bundle::Bundle;
use super::store::{Person, Store};
use super::thread::{Seat, Thread, escrow_of};

/// The centre, its people, and two sessions.
pub(crate) struct Story {
    pub(crate) store: Store,
    pub(crate) client: Person,
    pub(crate) counsellor: Person,
    pub(crate) supervisor: Person,
    pub(crate) registrar: Person,
    pub(crate) director: Person,
    pub(crate) trustees: Vec<Person>,
    pub(crate) minor: Person,
    pub(crate) guardian: Person,
    pub(crate) successor: Person,
    pub(crate) policy: Signed<Policy>,
    pub(crate) document: Signed<Document>,
    /// The client's newest grant.
    pub(crate) grant: Hash,
    /// The minor's grant.
    pub(crate) minors_grant: Hash,
    /// The client's session.
    pub(crate) one: Thread,
    /// The minor's session.
    pub(crate) two: Thread,
    /// Another session of the client, which is erased.
    pub(crate) three: Thread,
    /// What was sealed in it, and where.
    pub(crate) gone: Vec<(usize, Vec<ByteString>)>,
}

/// The whole story, for tests that only look at it.
pub(crate) fn whole() -> Bundle {
    Story::new().store.bundle()
}

impl Story {
    pub(crate) fn new() -> Self {
        let mut story = Self::staffed();
        story.counsel();
        story.release();
        story.ask_in_vain();
        story.look_after_a_minor();
        story.erase();
        story.end();
        story
    }

    /// People, their roles, policy and document.
    fn staffed() -> Self {
        let mut store = Store::new();
        let [client, counsellor, supervisor, registrar, director] = [11, 12, 13, 14, 15].map(|n| store.register(n));
        let trustees: Vec<_> = [21, 22, 23].map(|n| store.register(n)).into();
        let [minor, guardian, successor] = [31, 32, 33].map(|n| store.register(n));
        for (person, role) in [
            (&counsellor, Role::Counsellor),
            (&supervisor, Role::Supervisor),
            (&registrar, Role::Registrar),
            (&director, Role::Director),
        ] {
            store.appoint(person, role);
        }
        for trustee in &trustees {
            store.appoint(trustee, Role::Trustee);
        }
        store.next_root(3);
        let policy = policy(&store, &trustees);
        let policy = store.by_root(Kind::Policy, policy);
        for trustee in &trustees {
            let body = PolicyAcceptance { policy: policy.hash(), trustee: trustee.account(), time: store.now };
            store.post(Kind::PolicyAcceptance, body, &trustee.key, Vec::new());
        }
        let document = document(&store, policy.hash());
        let document = Signed::sign(document, &store.root_key);
        let texts = TEXTS.map(|text| text.as_bytes().to_vec()).into();
        store.append(Kind::Document, document.wire().to_vec(), texts);
        let cases = [(); 2].map(|()| CaseId::from_random_bytes(store.id()));
        let [one, two, three] = [0, 1, 0].map(|number: usize| Thread::new(&mut store, cases[number]));
        let (grant, minors_grant) = (Hash([0; 32]), Hash([0; 32]));
        Self {
            store,
            client,
            counsellor,
            supervisor,
            registrar,
            director,
            trustees,
            minor,
            guardian,
            successor,
            policy,
            document,
            grant,
            minors_grant,
            one,
            two,
            three,
            gone: Vec::new(),
        }
    }

    /// A client's grant under the document, to the counsellor and with escrow.
    pub(crate) fn grant_of_client(&self, more: &[Permission]) -> Grant {
        let counselling = Permission { purpose: Purpose::Counselling, named: Some(self.counsellor.account()) };
        let escrow = Permission { purpose: Purpose::Escrow, named: None };
        Grant {
            document: self.document.hash(),
            client: self.client.account(),
            case: self.one.case,
            permissions: [&[counselling, escrow][..], more].concat(),
            escrow_policy: Some(self.policy.hash()),
            locale: "id".to_owned(),
            issued: self.store.now,
            expires: None,
            previous: None,
            guardian: None,
        }
    }

    pub(crate) fn escrow(&self) -> Escrow {
        escrow_of(&self.policy, &self.trustees)
    }

    /// Makes the next epoch of the client's session, with or without the supervisor.
    pub(crate) fn next_epoch(&mut self, with_supervisor: bool) {
        let escrow = Some(self.escrow());
        let mut seats =
            vec![Seat(&self.client, Role::Client, self.grant), Seat(&self.counsellor, Role::Counsellor, self.grant)];
        if with_supervisor {
            seats.push(Seat(&self.supervisor, Role::Supervisor, self.grant));
        }
        self.one.epoch(&mut self.store, &self.client, &seats, escrow);
        self.one.accept(&mut self.store, &self.counsellor);
        self.trustees.iter().for_each(|trustee| self.one.receipt(&mut self.store, trustee));
    }

    fn write_some(&mut self, letters: usize) {
        for number in 0..letters {
            let sender = if number % 2 == 0 { &self.client } else { &self.counsellor };
            self.one.write(&mut self.store, sender);
        }
    }

    /// Grants, epochs, letters, a history, new keys.
    fn counsel(&mut self) {
        let keeping = Permission { purpose: Purpose::RecordKeeping, named: None };
        let grant = self.grant_of_client(&[keeping]);
        self.grant = self.store.post(Kind::Grant, grant, &self.client.key, Vec::new()).hash();
        self.next_epoch(false);
        self.write_some(5);
        let supervisor = Some(self.supervisor.account());
        let more = [Purpose::Supervision, Purpose::History].map(|purpose| Permission { purpose, named: supervisor });
        let grant = Grant { previous: Some(self.grant), ..self.grant_of_client(&more) };
        self.grant = self.store.post(Kind::Grant, grant, &self.client.key, Vec::new()).hash();
        self.next_epoch(true);
        self.one.accept(&mut self.store, &self.supervisor);
        self.one.hand_over(&mut self.store, &self.client, &self.supervisor, self.grant);
        self.write_some(4);
        self.store.next_card(&mut self.client, 41);
        self.next_epoch(true);
        self.write_some(3);
    }

    /// A request of the director for the first two epochs, for the counsellor, and what is sealed beside it.
    pub(crate) fn request(&mut self, code: GroundCode) -> (Request, Vec<Vec<u8>>) {
        let now = self.store.now;
        let outline = RequestOutline {
            session: self.one.session,
            policy: self.policy.hash(),
            epochs: self.one.manifests.iter().take(2).map(Signed::hash).collect(),
            ground: code,
            requester: self.director.account(),
            recipient: self.counsellor.account(),
            card: self.counsellor.card.hash(),
            created: now,
            expires: now.plus(48 * HOUR),
        };
        let sealed: Vec<_> = self.trustees.iter().map(|_| self.store.random(1136 + 256)).collect();
        let named = self.trustees.iter().zip(&sealed);
        let justifications = named
            .map(|(trustee, sealed)| {
                let (trustee, card) = (trustee.account(), trustee.card.hash());
                Justification { trustee, card, sealed: of_bytes(sealed) }
            })
            .collect();
        (Request { outline, justifications }, sealed)
    }

    pub(crate) fn ask(&mut self, code: GroundCode) -> Hash {
        let (request, sealed) = self.request(code);
        self.store.post(Kind::Request, request, &self.director.key, sealed).hash()
    }

    pub(crate) fn notice(&mut self, request: Hash) {
        let (session, transcript) = (self.one.session, self.one.transcript.clone());
        let notice = Notice { session, request, transcript, time: self.store.now };
        let signed = Signed::sign(notice, &self.store.relay);
        self.store.append(Kind::Notice, signed.wire().to_vec(), Vec::new());
        self.one.transcript = self.one.transcript.with(&signed.hash());
    }

    pub(crate) fn see(&mut self, request: Hash, trustee: usize) {
        let person = &self.trustees[trustee];
        let body = Sighting { request, trustee: person.account(), time: self.store.now };
        self.store.post(Kind::Sighting, body, &person.key, Vec::new());
    }

    pub(crate) fn approve(&mut self, request: Hash, trustee: usize) {
        let reseals = [(); 2].map(|()| self.store.random(WRAP_LENGTH)).to_vec();
        let person = &self.trustees[trustee];
        let body = Approval {
            request,
            trustee: person.account(),
            x: u8::try_from(trustee + 1).unwrap(),
            reseals: reseals.iter().map(|reseal| of_bytes(reseal)).collect(),
            time: self.store.now,
        };
        self.store.post(Kind::Approval, body, &person.key, reseals);
    }

    /// In danger, the counsellor gets the first two epochs; the session hears of it later.
    fn release(&mut self) {
        let request = self.ask(GroundCode::ImminentDanger);
        self.see(request, 0);
        self.see(request, 2);
        self.store.wait(HOUR);
        self.approve(request, 0);
        self.approve(request, 2);
        let (recipient, time) = (self.counsellor.account(), self.store.now);
        let outcome = Outcome { request, recipient, used: vec![1, 3], bad: Vec::new(), time };
        self.store.post(Kind::Outcome, outcome, &self.counsellor.key, Vec::new());
        self.write_some(2);
        self.store.wait(HOUR);
        self.notice(request);
        self.next_epoch(true);
        self.write_some(2);
    }

    /// A court's order, which the client ends, and another one, which a trustee ends.
    fn ask_in_vain(&mut self) {
        let request = self.ask(GroundCode::CourtOrder);
        self.notice(request);
        let body = Cancellation { request, client: self.client.account(), time: self.store.now };
        self.store.post(Kind::Cancellation, body, &self.client.key, Vec::new());
        let request = self.ask(GroundCode::CourtOrder);
        self.notice(request);
        let body = Veto { request, trustee: self.trustees[1].account(), time: self.store.now };
        self.store.post(Kind::Veto, body, &self.trustees[1].key, Vec::new());
        self.write_some(2);
    }

    /// A minor, a guardian who allows the same, and a session that begins again after a refusal.
    fn look_after_a_minor(&mut self) {
        let counselling = Permission { purpose: Purpose::Counselling, named: Some(self.counsellor.account()) };
        let grant = Grant {
            client: self.minor.account(),
            case: self.two.case,
            permissions: vec![counselling],
            escrow_policy: None,
            guardian: Some(self.guardian.account()),
            ..self.grant_of_client(&[])
        };
        let guardians = Grant { client: self.guardian.account(), guardian: None, ..grant.clone() };
        self.minors_grant = self.store.post(Kind::Grant, grant, &self.minor.key, Vec::new()).hash();
        self.store.post(Kind::Grant, guardians, &self.guardian.key, Vec::new());
        let guardianship = self.guardianship(&self.counsellor);
        self.store.post(Kind::Guardianship, guardianship, &self.counsellor.key, Vec::new());
        for _ in 0..2 {
            let grant = self.minors_grant;
            let seats = [Seat(&self.minor, Role::Client, grant), Seat(&self.counsellor, Role::Counsellor, grant)];
            self.two.epoch(&mut self.store, &self.minor, &seats, None);
            if self.two.manifests.len() == 1 {
                self.two.refuse(&mut self.store, &self.counsellor);
            }
        }
        self.two.accept(&mut self.store, &self.counsellor);
        self.two.write(&mut self.store, &self.minor);
        self.two.write(&mut self.store, &self.counsellor);
    }

    /// A second session, in which everything happens that seals something, and which is erased then.
    fn erase(&mut self) {
        std::mem::swap(&mut self.one, &mut self.three);
        self.next_epoch(false);
        self.write_some(3);
        self.next_epoch(true);
        self.one.hand_over(&mut self.store, &self.client, &self.supervisor, self.grant);
        self.write_some(2);
        let request = self.ask(GroundCode::CourtOrder);
        self.notice(request);
        self.see(request, 1);
        self.store.wait(HOUR);
        self.approve(request, 1);
        std::mem::swap(&mut self.one, &mut self.three);
        self.gone = self.store.erase(self.three.session);
    }

    pub(crate) fn guardianship(&self, checked_by: &Person) -> Guardianship {
        Guardianship {
            centre: self.store.root.centre(),
            case: self.two.case,
            minor: self.minor.account(),
            guardian: self.guardian.account(),
            checked_by: checked_by.account(),
            time: self.store.now,
        }
    }

    pub(crate) fn revocation(&self, purposes: &[Purpose]) -> Revocation {
        Revocation { grant: self.grant, purposes: purposes.to_vec(), issued: self.store.now }
    }

    pub(crate) fn succession(&self, checked_by: &Person) -> Succession {
        Succession {
            centre: self.store.root.centre(),
            old: self.client.account(),
            new: self.successor.account(),
            checked_by: checked_by.account(),
            ground: SuccessionGround::KeysLost,
            time: self.store.now,
        }
    }

    /// The relay serves another web client from now on.
    pub(crate) fn serve(&mut self, manifest: Hash) {
        let bundle = WebBundle { centre: self.store.root.centre(), manifest, time: self.store.now };
        let signed = Signed::sign(bundle, &self.store.relay);
        self.store.append(Kind::WebBundle, signed.wire().to_vec(), Vec::new());
    }

    /// Somebody is away for a week.
    pub(crate) fn absence(&self, who: &Person) -> Absence {
        let (centre, now) = (self.store.root.centre(), self.store.now);
        let (account, until) = (who.account(), now.plus(168 * HOUR));
        Absence { centre, account, from: now, until, note: "Until Monday.".to_owned(), time: now }
    }

    /// Two web clients, an absence, a succession, a dismissal, a revocation, and the last letters.
    fn end(&mut self) {
        self.serve(Hash([0xb3; 32]));
        self.serve(Hash([0xb4; 32]));
        let absence = self.absence(&self.supervisor);
        self.store.post(Kind::Absence, absence, &self.supervisor.key, Vec::new());
        let succession = self.succession(&self.registrar);
        self.store.post(Kind::Succession, succession, &self.registrar.key, Vec::new());
        let appointment = self.store.appoint(&self.director, Role::Registrar).hash();
        let (centre, from) = (self.store.root.centre(), self.store.now);
        self.store.by_root(Kind::Dismissal, Dismissal { centre, appointment, from });
        let revocation = self.revocation(&[Purpose::Supervision]);
        self.store.post(Kind::Revocation, revocation, &self.client.key, Vec::new());
        self.next_epoch(false);
        self.write_some(4);
        self.store.store_vault(&mut self.counsellor);
        self.store.store_vault(&mut self.counsellor);
    }
}

/// The full texts of the document.
const TEXTS: [&str; 2] = ["Seluruh naskah persetujuan.", "The whole text of the consent."];

fn policy(store: &Store, trustees: &[Person]) -> Policy {
    let ground = |code, requester, recipient, notice_ms, cancellable| Ground {
        code,
        delay_ms: HOUR,
        notice_ms,
        requesters: vec![requester],
        recipients: vec![recipient],
        cancellable,
    };
    let named = (1..).zip(trustees);
    Policy {
        centre: store.root.centre(),
        number: 1,
        threshold: 2,
        trustees: named.map(|(x, t)| PolicyTrustee { x, account: t.account(), contact: format!("+62 {x}") }).collect(),
        grounds: vec![
            ground(GroundCode::ImminentDanger, Role::Director, Role::Counsellor, 2 * HOUR, false),
            ground(GroundCode::CourtOrder, Role::Director, Role::Counsellor, 0, true),
        ],
    }
}

fn document(store: &Store, policy: Hash) -> Document {
    let wording = |(locale, text): (&str, &str)| Wording {
        locale: locale.to_owned(),
        data: "letters".to_owned(),
        rights: "to see them".to_owned(),
        hours: "within two days".to_owned(),
        contacts: "the desk".to_owned(),
        complaint: "the ministry".to_owned(),
        body: of_bytes(text.as_bytes()),
    };
    Document {
        centre: store.root.centre(),
        number: 1,
        wordings: ["id", "en"].into_iter().zip(TEXTS).map(wording).collect(),
        purposes: vec![
            Purpose::Counselling,
            Purpose::RecordKeeping,
            Purpose::Supervision,
            Purpose::History,
            Purpose::Escrow,
        ],
        retention: Retention { floor_days: 1825, ceiling_days: 3650 },
        escrow_policy: Some(policy),
        grace_days: 30,
    }
}
