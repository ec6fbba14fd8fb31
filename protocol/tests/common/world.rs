//! A small centre in which everything is in order: one client, one counsellor, one supervisor, one session.
//! A relative of the client has a part in some tests, as partner or as guardian.

use amanah_protocol::card::{Card, SignedCard};
use amanah_protocol::centre::{Appointment, Dismissal, Licence, Role, SignedRoot};
use amanah_protocol::consent::{Document, Grant, Permission, Purpose, Retention, Revocation, Wording};
use amanah_protocol::evidence::{Evidence, Moment, Placed, Published};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::{AccountId, Timestamp};
use amanah_protocol::letter::{Letter, LetterHeader, SenderState, TAG_LENGTH};
use amanah_protocol::manifest::{Capabilities, Manifest, Member, Outline, Reason, WRAP_LENGTH};
use amanah_protocol::signature::{Signed, Signer};

use super::samples::{CASE, LETTER, SESSION};
use super::{Key, LATER, NOW, hash, x_wing_key};

/// Where its document stands.
pub(crate) const PUBLISHED: u64 = 5;
/// Where the appointments of the world stand.
pub(crate) const APPOINTED: u64 = 10;
/// Where its grant stands.
pub(crate) const GRANTED: u64 = 20;
/// When the tests ask: at position 100, one hour after everything was signed.
pub(crate) const MOMENT: Moment = Moment { position: 100, time: NOW.plus(3_600_000) };

/// Somebody with one card.
pub(crate) struct Person {
    pub(crate) key: Key,
    pub(crate) card: SignedCard,
}

impl Person {
    pub(crate) fn new(number: u8) -> Self {
        let key = Key::new(number);
        let card = Card {
            account: None,
            number: 1,
            verifying_key: key.verifying_key(),
            kem_key: x_wing_key(number),
            previous: None,
            created: NOW,
        };
        Self { card: SignedCard::sign_first(card, &key), key }
    }

    pub(crate) fn account(&self) -> AccountId {
        self.card.account()
    }

    /// The card that would follow, with a key of this number.
    pub(crate) fn next_card(&self, number: u8) -> Card {
        Card {
            account: Some(self.account()),
            number: self.card.card().number + 1,
            verifying_key: Key::new(number).verifying_key(),
            kem_key: x_wing_key(number),
            previous: Some(self.card.hash()),
            created: NOW,
        }
    }
}

pub(crate) struct World {
    pub(crate) root_key: Key,
    pub(crate) root: SignedRoot,
    pub(crate) client: Person,
    pub(crate) counsellor: Person,
    pub(crate) supervisor: Person,
    pub(crate) relative: Person,
    pub(crate) document: Signed<Document>,
    pub(crate) grant: Signed<Grant>,
    pub(crate) evidence: Evidence,
}

/// The full texts of the world's document.
pub(crate) const TEXTS: [&str; 2] = ["Seluruh naskah.", "The whole text."];

pub(crate) fn wording(locale: &str, text: &str) -> Wording {
    Wording {
        locale: locale.to_owned(),
        data: "letters".to_owned(),
        rights: "to see them".to_owned(),
        hours: "within two days".to_owned(),
        contacts: "the desk".to_owned(),
        complaint: "the ministry".to_owned(),
        body: of_bytes(text.as_bytes()),
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let root_key = Key::new(1);
        let root = SignedRoot::sign_first(&root_key);
        let [client, counsellor, supervisor, relative] = [11, 12, 13, 14].map(Person::new);
        let document = Document {
            centre: root.centre(),
            number: 1,
            wordings: vec![wording("id", TEXTS[0]), wording("en", TEXTS[1])],
            purposes: vec![
                Purpose::Counselling,
                Purpose::RecordKeeping,
                Purpose::Supervision,
                Purpose::Escrow,
                Purpose::Joint,
                Purpose::Consultation,
            ],
            retention: Retention { floor_days: 1825, ceiling_days: 3650 },
            escrow_policy: Some(hash(0xe6)),
            grace_days: 30,
        };
        let document = Signed::sign(document, &root_key);
        let grant = Grant {
            document: document.hash(),
            client: client.account(),
            case: CASE,
            permissions: vec![
                Permission { purpose: Purpose::Counselling, named: Some(counsellor.account()) },
                Permission { purpose: Purpose::Supervision, named: Some(supervisor.account()) },
                Permission { purpose: Purpose::RecordKeeping, named: None },
            ],
            escrow_policy: None,
            locale: "id".to_owned(),
            issued: NOW,
            expires: Some(LATER),
            previous: None,
            guardian: None,
        };
        let grant = Signed::sign(grant, &client.key);
        let evidence = Evidence::default();
        let mut world = Self { root_key, root, client, counsellor, supervisor, relative, document, grant, evidence };
        let appointments = [(&world.counsellor, Role::Counsellor), (&world.supervisor, Role::Supervisor)]
            .map(|(person, role)| world.appointment(person.account(), role));
        world.evidence.documents = vec![Published { position: PUBLISHED, time: NOW, signed: world.document.clone() }];
        world.evidence.appointments = appointments.map(|body| placed(APPOINTED, body, &world.root_key)).into();
        world.evidence.grants = vec![Placed { position: GRANTED, signed: world.grant.clone() }];
        world
    }

    pub(crate) fn appointment(&self, account: AccountId, role: Role) -> Appointment {
        let licence = Licence {
            number: "1".to_owned(),
            board: "board".to_owned(),
            jurisdiction: "ID".to_owned(),
            link: "https://example.org".to_owned(),
            expires: LATER,
        };
        let (centre, name) = (self.root.centre(), "Sari".to_owned());
        Appointment { centre, account, role, name, licence: Some(licence), from: NOW, until: LATER }
    }

    /// Dismisses whoever holds the appointment with this index.
    pub(crate) fn dismiss(&mut self, index: usize, position: u64, from: Timestamp) {
        let appointment = self.evidence.appointments[index].signed.hash();
        let dismissal = Dismissal { centre: self.root.centre(), appointment, from };
        self.evidence.dismissals.push(placed(position, dismissal, &self.root_key));
    }

    /// The client takes these purposes of the world's grant back.
    pub(crate) fn revoke(&mut self, position: u64, purposes: &[Purpose]) {
        self.revoke_of(position, self.grant.hash(), purposes);
    }

    /// Takes these purposes of any grant back.
    pub(crate) fn revoke_of(&mut self, position: u64, grant: Hash, purposes: &[Purpose]) {
        let revocation = Revocation { grant, purposes: purposes.to_vec(), issued: NOW };
        self.evidence.revocations.push(placed(position, revocation, &self.client.key));
    }

    /// Publishes the document that follows the newest one.
    pub(crate) fn publish_next(&mut self, position: u64, time: Timestamp) -> Hash {
        let newest = self.evidence.documents.iter().map(|published| published.signed.body().number).max();
        let number = newest.unwrap_or_default() + 1;
        let signed = Signed::sign(Document { number, ..self.document.body().clone() }, &self.root_key);
        let hash = signed.hash();
        self.evidence.documents.push(Published { position, time, signed });
        hash
    }

    /// Puts another document in the place of the world's own; the grant is given again under it.
    pub(crate) fn document_again(&mut self, change: impl FnOnce(&mut Document)) {
        let mut document = self.document.body().clone();
        change(&mut document);
        self.document = Signed::sign(document, &self.root_key);
        self.evidence.documents = vec![Published { position: PUBLISHED, time: NOW, signed: self.document.clone() }];
        self.grant_again(Grant { document: self.document.hash(), ..self.grant.body().clone() });
    }

    /// Stores one more grant.
    pub(crate) fn give(&mut self, position: u64, grant: Grant) -> Hash {
        let placed = placed(position, grant, &self.client.key);
        let hash = placed.signed.hash();
        self.evidence.grants.push(placed);
        hash
    }

    /// What the relative grants: the same as the client, without any policy.
    pub(crate) fn relatives_grant(&self) -> Grant {
        Grant { client: self.relative.account(), guardian: None, ..self.grant.body().clone() }
    }

    /// Client and relative come as a couple, each with a grant that lets the other one read. Gives the relative's.
    pub(crate) fn join(&mut self) -> Hash {
        let joint = |person: &Person| Permission { purpose: Purpose::Joint, named: Some(person.account()) };
        let mut grants = [self.grant.body().clone(), self.relatives_grant()];
        grants[0].permissions.push(joint(&self.relative));
        grants[1].permissions.push(joint(&self.client));
        let [own, relatives] = grants;
        self.grant_again(own);
        self.give(GRANTED + 1, relatives)
    }

    /// Puts another grant in the place of the world's own.
    pub(crate) fn grant_again(&mut self, grant: Grant) {
        self.grant = Signed::sign(grant, &self.client.key);
        self.evidence.grants = vec![Placed { position: GRANTED, signed: self.grant.clone() }];
    }

    pub(crate) fn member(&self, person: &Person, role: Role, capabilities: Capabilities) -> Member {
        let grant = Some(self.grant.hash());
        Member { account: person.account(), card: person.card.hash(), role, capabilities, grant }
    }

    /// The hash of the newest card, of whoever has one.
    pub(crate) fn newest_card(&self, account: &AccountId) -> Option<Hash> {
        let people = [&self.client, &self.counsellor, &self.supervisor, &self.relative];
        people.into_iter().find(|person| person.account() == *account).map(|person| person.card.hash())
    }

    /// Client and counsellor, who may both manage.
    pub(crate) fn members(&self) -> Vec<Member> {
        let mut members = vec![
            self.member(&self.client, Role::Client, Capabilities::MANAGE),
            self.member(&self.counsellor, Role::Counsellor, Capabilities::MANAGE),
        ];
        members.sort_by_key(|member| member.account);
        members
    }

    /// The manifest of epoch 0.
    pub(crate) fn opening(&self) -> Manifest {
        let outline = Outline {
            case: CASE,
            session: SESSION,
            epoch: 0,
            previous: None,
            transcript: None,
            members: self.members(),
            escrow: None,
            reason: Reason::Opened,
            author: self.client.account(),
            created: NOW,
        };
        let wraps = wraps(outline.members.len()).iter().map(|wrap| of_bytes(wrap)).collect();
        Manifest { outline, commitment: hash(0xe8), wraps, deposits: Vec::new() }
    }

    /// A letter of the client under this manifest, with its ciphertext.
    pub(crate) fn letter(&self, manifest: &Signed<Manifest>, state: &SenderState) -> (Letter, Vec<u8>) {
        let ciphertext = vec![0x5c; 256 + TAG_LENGTH];
        let header = LetterHeader {
            session: SESSION,
            epoch: manifest.body().outline.epoch,
            manifest: manifest.hash(),
            sender: self.client.account(),
            card: self.client.card.hash(),
            id: LETTER,
            sequence: state.next,
            previous_own: state.last,
            seen: None,
            salt: hash(0xea),
        };
        (Letter { header, commitment: hash(0xeb), ciphertext: of_bytes(&ciphertext) }, ciphertext)
    }
}

/// Bytes of the length of wraps, all different.
pub(crate) fn wraps(number: usize) -> Vec<Vec<u8>> {
    (0..number).map(|index| vec![u8::try_from(index).unwrap(); WRAP_LENGTH]).collect()
}

pub(crate) fn placed<T: amanah_protocol::cbor::Structure>(position: u64, body: T, key: &Key) -> Placed<T> {
    Placed { position, signed: Signed::sign(body, key) }
}
