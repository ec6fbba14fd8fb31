//! Every reason to refuse a document, grant, revocation, manifest or letter, each by one change of a good one.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use amanah_protocol::centre::Role;
use amanah_protocol::consent::{ConsentError, Document, Grant, Permission, Purpose, Revocation};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::{AccountId, CaseId, SessionId};
use amanah_protocol::letter::{
    Letter, LetterError, MAX_PADDED, SenderState, TAG_LENGTH, Transcript, check_ciphertext, check_erased_letter,
    check_letter,
};
use amanah_protocol::manifest::{
    Capabilities, Deposit, Escrow, MAX_MEMBERS, Manifest, ManifestError, Member, Outline, WRAP_LENGTH, check_manifest,
    check_parts,
};
use amanah_protocol::policy::Denied;
use amanah_protocol::signature::Signed;
use common::samples::{CASE, SESSION};
use common::world::{MOMENT, Person, TEXTS, World, wording, wraps};
use common::{NOW, hash};

const OTHER_CASE: CaseId = CaseId(uuid::Uuid::from_bytes([0x79; 16]));
const OTHER_SESSION: SessionId = SessionId(uuid::Uuid::from_bytes([0x7a; 16]));

type DocumentChange = fn(&mut Document);

#[test]
fn a_document_says_everything_that_it_must() {
    let good = World::new().document.body().clone();
    assert_eq!(good.check(), Ok(()));
    let once = Document { wordings: vec![good.wordings[0].clone()], ..good.clone() };
    assert_eq!(once.check(), Ok(()));
    let exact = |change: fn(&mut Document)| {
        let mut document = good.clone();
        change(&mut document);
        document.check()
    };
    assert_eq!(exact(|d| (d.retention.floor_days, d.retention.ceiling_days) = (0, 1)), Ok(()));
    assert_eq!(exact(|d| d.retention.floor_days = d.retention.ceiling_days), Ok(()));

    let changes: [(&str, DocumentChange); 18] = [
        ("number 0", |d| d.number = 0),
        ("no wording", |d| d.wordings.clear()),
        ("empty locale", |d| d.wordings[1].locale.clear()),
        ("empty data", |d| d.wordings[1].data.clear()),
        ("empty rights", |d| d.wordings[1].rights.clear()),
        ("empty hours", |d| d.wordings[1].hours.clear()),
        ("empty contacts", |d| d.wordings[1].contacts.clear()),
        ("empty complaint", |d| d.wordings[1].complaint.clear()),
        ("blank data", |d| d.wordings[0].data = " \n\t".to_owned()),
        ("blank in other spaces", |d| d.wordings[0].rights = "\u{a0}\u{2003}".to_owned()),
        ("a locale twice", |d| d.wordings[1].locale = d.wordings[0].locale.clone()),
        ("a purpose twice", |d| d.purposes.push(Purpose::Escrow)),
        ("no purposes", |d| d.purposes.clear()),
        ("no counselling", |d| d.purposes.retain(|purpose| *purpose != Purpose::Counselling)),
        ("kept for longer than at the most", |d| d.retention.floor_days = d.retention.ceiling_days + 1),
        ("kept for no day", |d| (d.retention.floor_days, d.retention.ceiling_days) = (0, 0)),
        ("kept until nothing", |d| d.retention.ceiling_days = 0),
        ("one wording of two empty", |d| d.wordings[0].complaint.clear()),
    ];
    for (name, change) in changes {
        assert_eq!(exact(change), Err(ConsentError::Incomplete), "{name}");
    }
}

#[test]
fn the_texts_of_a_document_are_those_that_it_names() {
    let document = World::new().document.body().clone();
    assert_eq!(document.check_texts(&TEXTS), Ok(()));
    let wrong: [&[&str]; 5] =
        [&[], &TEXTS[..1], &[TEXTS[1], TEXTS[0]], &[TEXTS[0], "The whole text"], &[TEXTS[0], TEXTS[1], TEXTS[1]]];
    for texts in wrong {
        assert_eq!(document.check_texts(texts), Err(ConsentError::Text), "{texts:?}");
    }
    for text in [&b""[..], b" \n", b"\xff\xfe"] {
        let mut body = wording("id", "");
        body.body = of_bytes(text);
        let named = Document { wordings: vec![body], ..document.clone() };
        assert_eq!(named.check_texts(&[text]), Err(ConsentError::Text), "{text:?}");
    }
}

#[test]
fn a_grant_fits_its_document() {
    use ConsentError::{Named, NotOffered};
    type Change = fn(&mut Grant, &World);
    let changes: [(&str, Change, Result<(), ConsentError>); 29] = [
        ("nothing", |_, _| {}, Ok(())),
        ("in the other language", |g, _| g.locale = "en".to_owned(), Ok(())),
        ("without end", |g, _| g.expires = None, Ok(())),
        ("two counsellors", |g, w| g.permissions.push(counselling_by(&w.supervisor)), Ok(())),
        ("a partner", |g, w| g.permissions.push(named(Purpose::Joint, &w.relative)), Ok(())),
        ("somebody to consult", |g, w| g.permissions.push(named(Purpose::Consultation, &w.supervisor)), Ok(())),
        ("a guardian", |g, w| g.guardian = Some(w.relative.account()), Ok(())),
        ("the own guardian", |g, w| g.guardian = Some(w.client.account()), Err(Named)),
        ("the own counsellor", |g, w| g.permissions.push(counselling_by(&w.client)), Err(Named)),
        ("the own partner", |g, w| g.permissions.push(named(Purpose::Joint, &w.client)), Err(Named)),
        ("a partner without name", |g, _| g.permissions.push(allowed(Purpose::Joint)), Err(Named)),
        ("nobody to consult", |g, _| g.permissions.push(allowed(Purpose::Consultation)), Err(Named)),
        ("escrow without policy", |g, _| g.permissions.push(allowed(Purpose::Escrow)), Err(NotOffered)),
        (
            "escrow with the policy",
            |g, w| {
                g.permissions.push(allowed(Purpose::Escrow));
                g.escrow_policy = w.document.body().escrow_policy;
            },
            Ok(()),
        ),
        ("the policy without escrow", |g, w| g.escrow_policy = w.document.body().escrow_policy, Err(NotOffered)),
        (
            "another policy",
            |g, _| {
                g.permissions.push(allowed(Purpose::Escrow));
                g.escrow_policy = Some(hash(0xe7));
            },
            Err(NotOffered),
        ),
        ("another document", |g, _| g.document = hash(1), Err(NotOffered)),
        ("nothing allowed", |g, _| g.permissions.clear(), Err(NotOffered)),
        ("a purpose that is not offered", |g, _| g.permissions.push(allowed(Purpose::Research)), Err(NotOffered)),
        ("a language that is not offered", |g, _| g.locale = "jv".to_owned(), Err(NotOffered)),
        ("no language", |g, _| g.locale.clear(), Err(NotOffered)),
        ("the language in capitals", |g, _| g.locale = "ID".to_owned(), Err(NotOffered)),
        ("counselling by nobody", |g, _| g.permissions[0].named = None, Err(Named)),
        ("supervision by nobody", |g, _| g.permissions[1].named = None, Err(Named)),
        ("record keeping by somebody", |g, w| g.permissions[2].named = Some(w.counsellor.account()), Err(Named)),
        (
            "escrow by somebody",
            |g, w| {
                let named = Some(w.counsellor.account());
                g.permissions.push(allowed(Purpose::Escrow));
                g.permissions.push(Permission { purpose: Purpose::Escrow, named });
                g.escrow_policy = w.document.body().escrow_policy;
            },
            Err(Named),
        ),
        ("the same counsellor twice", |g, w| g.permissions.push(counselling_by(&w.counsellor)), Err(Named)),
        ("record keeping twice", |g, _| g.permissions.push(allowed(Purpose::RecordKeeping)), Err(Named)),
        ("not offered and naming nobody", |g, _| g.permissions.push(allowed(Purpose::History)), Err(NotOffered)),
    ];
    let world = World::new();
    for (name, change, expected) in changes {
        let mut grant = world.grant.body().clone();
        change(&mut grant, &world);
        assert_eq!(grant.check(world.document.body(), &world.document.hash()), expected, "{name}");
    }
}

fn allowed(purpose: Purpose) -> Permission {
    Permission { purpose, named: None }
}

fn counselling_by(person: &Person) -> Permission {
    named(Purpose::Counselling, person)
}

fn named(purpose: Purpose, person: &Person) -> Permission {
    Permission { purpose, named: Some(person.account()) }
}

#[test]
fn a_grant_under_a_document_without_escrow_names_no_policy() {
    let world = World::new();
    let document = Document { escrow_policy: None, ..world.document.body().clone() };
    let document = Signed::sign(document, &world.root_key);
    let mut grant = Grant { document: document.hash(), ..world.grant.body().clone() };
    assert_eq!(grant.check(document.body(), &document.hash()), Ok(()));
    grant.permissions.push(allowed(Purpose::Escrow));
    assert_eq!(grant.check(document.body(), &document.hash()), Err(ConsentError::NotOffered));
    grant.escrow_policy = Some(hash(0xe6));
    assert_eq!(grant.check(document.body(), &document.hash()), Err(ConsentError::NotOffered));
}

#[test]
fn every_purpose_that_adds_a_reader_names_one() {
    for purpose in Purpose::ALL {
        let adds = matches!(
            purpose,
            Purpose::Counselling | Purpose::Supervision | Purpose::History | Purpose::Joint | Purpose::Consultation
        );
        assert_eq!(purpose.adds_reader(), adds, "{purpose:?}");
        let world = World::new();
        let document = Document { purposes: Purpose::ALL.to_vec(), ..world.document.body().clone() };
        let document = Signed::sign(document, &world.root_key);
        let named = [None, Some(world.counsellor.account())];
        let fits = named.map(|named| {
            let permissions = vec![Permission { purpose: *purpose, named }];
            let escrow_policy = document.body().escrow_policy.filter(|_| *purpose == Purpose::Escrow);
            let grant = Grant { document: document.hash(), permissions, escrow_policy, ..world.grant.body().clone() };
            grant.check(document.body(), &document.hash()).is_ok()
        });
        assert_eq!(fits, [!adds, adds], "{purpose:?}");
    }
}

#[test]
fn a_revocation_takes_back_what_its_grant_allows() {
    let world = World::new();
    let check = |grant, purposes: &[Purpose]| {
        let revocation = Revocation { grant, purposes: purposes.to_vec(), issued: NOW };
        revocation.check(world.grant.body(), &world.grant.hash())
    };
    let grant = world.grant.hash();
    assert_eq!(check(grant, &[Purpose::Counselling]), Ok(()));
    assert_eq!(check(grant, &[Purpose::RecordKeeping, Purpose::Counselling]), Ok(()));
    assert_eq!(check(grant, &[]), Err(ConsentError::Revocation));
    assert_eq!(check(grant, &[Purpose::Escrow]), Err(ConsentError::Revocation));
    assert_eq!(check(grant, &[Purpose::Counselling, Purpose::Research]), Err(ConsentError::Revocation));
    assert_eq!(check(hash(1), &[Purpose::Counselling]), Err(ConsentError::Revocation));
}

/// A manifest to be checked, and what it is checked against; it begins good and is changed in one place.
struct Proposal {
    world: World,
    manifest: Manifest,
    previous: Option<Signed<Manifest>>,
    transcript: Option<Transcript>,
}

type Change = fn(&mut Proposal);
type Expected = Result<(), ManifestError>;

impl Proposal {
    /// The first epoch.
    fn opening() -> Self {
        let world = World::new();
        Self { manifest: world.opening(), world, previous: None, transcript: None }
    }

    /// The second epoch, after one letter.
    fn next() -> Self {
        let world = World::new();
        let previous = Signed::sign(world.opening(), &world.client.key);
        let transcript = Transcript::start(SESSION).with(&hash(1));
        let mut manifest = world.opening();
        manifest.outline.epoch = 1;
        manifest.outline.previous = Some(previous.hash());
        manifest.outline.transcript = Some(transcript.clone());
        Self { world, manifest, previous: Some(previous), transcript: Some(transcript) }
    }

    fn check(&self) -> Expected {
        let manifest = Signed::sign(self.manifest.clone(), &self.world.client.key);
        check_manifest(
            &manifest,
            self.previous.as_ref(),
            self.transcript.as_ref(),
            |account| self.world.newest_card(account),
            MOMENT,
            &self.world.evidence,
        )
    }

    fn outline(&mut self) -> &mut Outline {
        &mut self.manifest.outline
    }

    /// The member with this role.
    fn member(&mut self, role: Role) -> &mut Member {
        self.manifest.outline.members.iter_mut().find(|member| member.role == role).unwrap()
    }

    /// Puts other members in order, with a wrap for each.
    fn members(&mut self, mut members: Vec<Member>) {
        members.sort_by_key(|member| member.account);
        self.manifest.wraps = wraps(members.len()).iter().map(|wrap| of_bytes(wrap)).collect();
        self.manifest.outline.members = members;
    }

    fn without(&mut self, role: Role) {
        let members = self.manifest.outline.members.iter().filter(|member| member.role != role).cloned().collect();
        self.members(members);
    }

    /// Signs the manifest before this one again, after a change.
    fn previous(&mut self, change: impl FnOnce(&mut Manifest)) {
        let mut previous = self.previous.take().unwrap().body().clone();
        change(&mut previous);
        let previous = Signed::sign(previous, &self.world.client.key);
        self.manifest.outline.previous = Some(previous.hash());
        self.previous = Some(previous);
    }
}

/// Lets a couple and their counsellor be in the epoch before, and the client and the counsellor alone in the next. Gives
/// the partner's grant.
fn without_the_partner(p: &mut Proposal) -> Hash {
    let partners = p.world.join();
    let mut partner = p.world.member(&p.world.relative, Role::Client, Capabilities::MANAGE);
    partner.grant = Some(partners);
    let (mut before, members) = (p.world.members(), p.world.members());
    before.push(partner);
    p.members(members);
    p.previous(|previous| previous.outline.members = before);
    partners
}

/// Gives all members these capabilities.
fn everybody(manifest: &mut Manifest, capabilities: Capabilities) {
    for member in &mut manifest.outline.members {
        member.capabilities = capabilities;
    }
}

fn check_proposals(start: fn() -> Proposal, table: &[(&str, Change, Expected)]) {
    for (name, change, expected) in table {
        let mut proposal = start();
        change(&mut proposal);
        assert_eq!(proposal.check(), *expected, "{name}");
    }
}

/// What holds for the first and for every later epoch.
const EVERY_EPOCH: &[(&str, Change, Expected)] = &[
    ("nothing", |_| {}, Ok(())),
    (
        "a supervisor who writes",
        |p| {
            let mut members = p.world.members();
            members.push(p.world.member(&p.world.supervisor, Role::Supervisor, Capabilities::WRITE));
            p.members(members);
        },
        Err(ManifestError::Capabilities),
    ),
    (
        "a supervisor who manages",
        |p| {
            let mut members = p.world.members();
            members.push(p.world.member(&p.world.supervisor, Role::Supervisor, Capabilities::MANAGE));
            p.members(members);
        },
        Err(ManifestError::Capabilities),
    ),
    (
        "a counsellor who may not manage",
        |p| p.member(Role::Counsellor).capabilities = Capabilities::WRITE,
        Err(ManifestError::Capabilities),
    ),
    (
        "a counsellor who only reads",
        |p| p.member(Role::Counsellor).capabilities = Capabilities::READ,
        Err(ManifestError::Capabilities),
    ),
    (
        "a supervisor too",
        |p| {
            let mut members = p.world.members();
            members.push(p.world.member(&p.world.supervisor, Role::Supervisor, Capabilities::READ));
            p.members(members);
        },
        Ok(()),
    ),
    ("members not sorted", |p| p.outline().members.reverse(), Err(ManifestError::Members)),
    (
        "a member twice",
        |p| {
            let client = p.member(Role::Client).clone();
            let mut members = p.world.members();
            members.push(client);
            p.members(members);
        },
        Err(ManifestError::Members),
    ),
    ("no members", |p| p.members(Vec::new()), Err(ManifestError::Members)),
    ("a wrap missing", |p| _ = p.manifest.wraps.pop(), Err(ManifestError::Members)),
    ("a wrap too many", |p| p.manifest.wraps.push(hash(1)), Err(ManifestError::Members)),
    ("no client", |p| p.without(Role::Client), Err(ManifestError::Members)),
    (
        "too many members",
        |p| {
            let like = p.member(Role::Counsellor).clone();
            let mut members = p.world.members();
            for number in 0..=u8::try_from(MAX_MEMBERS - members.len()).unwrap() {
                let account = AccountId([number; 32]);
                members.push(Member { account, ..like.clone() });
            }
            assert_eq!(members.len(), MAX_MEMBERS + 1);
            p.members(members);
        },
        Err(ManifestError::Members),
    ),
    ("an author who is no member", |p| p.outline().author = p.world.supervisor.account(), Err(ManifestError::Author)),
    (
        "a counsellor whose counselling was taken back",
        |p| p.world.revoke(50, &[Purpose::Counselling]),
        Err(ManifestError::Denied(Denied::Revoked)),
    ),
    (
        "without that counsellor",
        |p| {
            p.world.revoke(50, &[Purpose::Counselling]);
            p.without(Role::Counsellor);
        },
        Ok(()),
    ),
    ("an old card", |p| p.member(Role::Counsellor).card = hash(1), Err(ManifestError::Card)),
    ("the author's old card", |p| p.member(Role::Client).card = hash(1), Err(ManifestError::Card)),
    (
        "a member without card",
        |p| {
            let stranger = Person::new(40);
            let mut members = p.world.members();
            members.push(p.world.member(&stranger, Role::Counsellor, Capabilities::READ));
            p.members(members);
        },
        Err(ManifestError::Card),
    ),
    (
        "a counsellor who is not appointed",
        |p| p.world.evidence.appointments.clear(),
        Err(ManifestError::Denied(Denied::NotAppointed)),
    ),
    ("a dismissed counsellor", |p| p.world.dismiss(0, 50, NOW), Err(ManifestError::Denied(Denied::NotAppointed))),
    (
        "a member without grant",
        |p| p.member(Role::Counsellor).grant = None,
        Err(ManifestError::Denied(Denied::NoGrant)),
    ),
    (
        "a member whom nobody named",
        |p| {
            let mut members = p.world.members();
            members.push(p.world.member(&p.world.supervisor, Role::Counsellor, Capabilities::READ));
            p.members(members);
        },
        Err(ManifestError::Denied(Denied::NotNamed)),
    ),
    (
        "a second client",
        |p| p.member(Role::Counsellor).role = Role::Client,
        Err(ManifestError::Denied(Denied::NotNamed)),
    ),
    (
        "a role without place",
        |p| p.member(Role::Counsellor).role = Role::Auditor,
        Err(ManifestError::Denied(Denied::Role)),
    ),
    (
        "escrow",
        |p| p.outline().escrow = Some(Escrow { policy: hash(0xe6), threshold: 1, trustees: Vec::new() }),
        Err(ManifestError::Escrow),
    ),
    ("a deposit", |p| p.manifest.deposits.push(Deposit { share: hash(1), seal: hash(2) }), Err(ManifestError::Escrow)),
];

#[test]
fn a_first_epoch() {
    check_proposals(Proposal::opening, EVERY_EPOCH);
    check_proposals(
        Proposal::opening,
        &[
            ("the client alone", |p| p.without(Role::Counsellor), Ok(())),
            ("epoch 1", |p| p.outline().epoch = 1, Err(ManifestError::Stale)),
            ("with a previous", |p| p.outline().previous = Some(hash(1)), Err(ManifestError::Stale)),
            (
                "with a transcript",
                |p| p.outline().transcript = Some(Transcript::start(SESSION)),
                Err(ManifestError::Stale),
            ),
            (
                "made by the counsellor",
                |p| {
                    p.outline().author = p.world.counsellor.account();
                    p.member(Role::Counsellor).capabilities = Capabilities::MANAGE;
                },
                Err(ManifestError::Author),
            ),
            (
                "made by a client who may not manage",
                |p| p.member(Role::Client).capabilities = Capabilities::WRITE,
                Err(ManifestError::Author),
            ),
            ("of another case", |p| p.outline().case = OTHER_CASE, Err(ManifestError::Author)),
            ("before the grant", |p| p.world.evidence.grants[0].position = MOMENT.position, Err(ManifestError::Author)),
        ],
    );
}

#[test]
fn a_next_epoch() {
    check_proposals(Proposal::next, EVERY_EPOCH);
    check_proposals(
        Proposal::next,
        &[
            ("the same epoch", |p| p.outline().epoch = 0, Err(ManifestError::Stale)),
            ("an epoch left out", |p| p.outline().epoch = 2, Err(ManifestError::Stale)),
            ("no previous", |p| p.outline().previous = None, Err(ManifestError::Stale)),
            ("another previous", |p| p.outline().previous = Some(hash(1)), Err(ManifestError::Stale)),
            ("another session", |p| p.outline().session = OTHER_SESSION, Err(ManifestError::Stale)),
            ("another case", |p| p.outline().case = OTHER_CASE, Err(ManifestError::Stale)),
            ("no transcript", |p| p.outline().transcript = None, Err(ManifestError::Stale)),
            (
                "a transcript that lacks the letter",
                |p| p.outline().transcript = Some(Transcript::start(SESSION)),
                Err(ManifestError::Stale),
            ),
            ("a letter more", |p| p.transcript = p.transcript.as_ref().map(|t| t.with(&hash(2))), {
                Err(ManifestError::Stale)
            }),
            ("the first epoch once more", |p| p.manifest = p.world.opening(), Err(ManifestError::Stale)),
            (
                "after the last number",
                |p| {
                    p.previous(|previous| previous.outline.epoch = u32::MAX);
                    p.outline().epoch = 0;
                },
                Err(ManifestError::Stale),
            ),
            (
                "made by a counsellor who could not manage before",
                |p| {
                    p.outline().author = p.world.counsellor.account();
                    p.previous(|previous| everybody(previous, Capabilities::WRITE));
                },
                Err(ManifestError::Author),
            ),
            (
                "made by a counsellor who could manage before",
                |p| p.outline().author = p.world.counsellor.account(),
                Ok(()),
            ),
            (
                "made by a counsellor who could manage before and leaves",
                |p| {
                    p.outline().author = p.world.counsellor.account();
                    p.without(Role::Counsellor);
                },
                Err(ManifestError::Author),
            ),
            ("without a counsellor who may read", |p| p.without(Role::Counsellor), Err(ManifestError::LeftOut)),
            ("without a partner who may read", |p| _ = without_the_partner(p), Err(ManifestError::LeftOut)),
            (
                "without a partner who has left",
                |p| {
                    let partners = without_the_partner(p);
                    p.world.revoke_of(50, partners, &[Purpose::Joint]);
                },
                Ok(()),
            ),
            (
                "without a partner who has taken back something else",
                |p| {
                    let partners = without_the_partner(p);
                    p.world.revoke_of(50, partners, &[Purpose::Counselling]);
                },
                Err(ManifestError::LeftOut),
            ),
            (
                "without a supervisor who may read",
                |p| {
                    let supervisor = p.world.member(&p.world.supervisor, Role::Supervisor, Capabilities::READ);
                    p.previous(|previous| previous.outline.members.push(supervisor));
                },
                Err(ManifestError::LeftOut),
            ),
            (
                "made by somebody who was no member before",
                |p| {
                    p.outline().author = p.world.counsellor.account();
                    p.previous(|previous| previous.outline.members.retain(|member| member.role == Role::Client));
                },
                Err(ManifestError::Author),
            ),
        ],
    );
}

#[test]
fn the_wraps_are_those_that_the_manifest_names() {
    let manifest = World::new().opening();
    let good = wraps(2);
    assert_eq!(check_parts(&manifest, &good), Ok(()));
    let named = |wrap: &[u8]| Manifest { wraps: vec![of_bytes(&good[0]), of_bytes(wrap)], ..manifest.clone() };
    for length in [0, WRAP_LENGTH - 1, WRAP_LENGTH + 1] {
        let wrap = vec![1; length];
        let wrong = check_parts(&named(&wrap), &[good[0].clone(), wrap]);
        assert_eq!(wrong, Err(ManifestError::Wraps), "{length} bytes");
    }
    let [first, second] = [0, 1].map(|index| good[index].clone());
    let mut altered = second.clone();
    altered[WRAP_LENGTH - 1] ^= 1;
    let wrong = [
        vec![],
        vec![first.clone()],
        vec![second.clone(), first.clone()],
        vec![first.clone(), altered],
        vec![first, second.clone(), second],
    ];
    for wraps in wrong {
        assert_eq!(check_parts(&manifest, &wraps), Err(ManifestError::Wraps));
    }
}

#[test]
fn an_outline_knows_its_members_and_its_context() {
    let world = World::new();
    let outline = world.opening().outline;
    assert_eq!(outline.member(&world.client.account()).unwrap().role, Role::Client);
    assert_eq!(outline.member(&world.supervisor.account()), None);
    let other = Outline { created: NOW.plus(1), ..outline.clone() };
    assert_ne!(outline.context(), other.context());
}

/// A letter to be checked, and what it is checked against; it begins good and is changed in one place.
struct Sent {
    world: World,
    manifest: Signed<Manifest>,
    state: SenderState,
    letter: Letter,
    ciphertext: Vec<u8>,
    /// Who sent the letter that it names as seen.
    seen: Option<AccountId>,
}

impl Sent {
    /// The client's second letter.
    fn new() -> Self {
        let world = World::new();
        let manifest = Signed::sign(world.opening(), &world.client.key);
        let (first, _) = world.letter(&manifest, &SenderState::default());
        let state = SenderState::after(&Signed::sign(first, &world.client.key));
        let (letter, ciphertext) = world.letter(&manifest, &state);
        Self { world, manifest, state, letter, ciphertext, seen: None }
    }

    fn check(&self) -> Result<(), LetterError> {
        let letter = Signed::sign(self.letter.clone(), &self.world.client.key);
        check_letter(&letter, &self.ciphertext, &self.manifest, &self.state, self.seen, MOMENT, &self.world.evidence)
    }

    fn check_erased(&self) -> Result<(), LetterError> {
        let letter = Signed::sign(self.letter.clone(), &self.world.client.key);
        check_erased_letter(&letter, &self.manifest, &self.state, self.seen, MOMENT, &self.world.evidence)
    }

    /// Another ciphertext, which the letter names.
    fn seal(&mut self, length: usize) {
        self.ciphertext = vec![0x5c; length];
        self.letter.ciphertext = of_bytes(&self.ciphertext);
    }

    /// Lets another member send.
    fn sent_by(&mut self, person: fn(&World) -> &Person) {
        let person = person(&self.world);
        (self.letter.header.sender, self.letter.header.card) = (person.account(), person.card.hash());
    }

    /// Signs the current manifest again, after a change, and seals under it.
    fn manifest(&mut self, change: impl FnOnce(&mut Manifest)) {
        let mut manifest = self.manifest.body().clone();
        change(&mut manifest);
        self.manifest = Signed::sign(manifest, &self.world.client.key);
        self.letter.header.manifest = self.manifest.hash();
    }
}

#[test]
fn a_letter() {
    use LetterError::{Ciphertext, NotAMember, Session, StaleManifest, StaleSequence};
    type Change = fn(&mut Sent);
    let denied = |reason| Err(LetterError::Denied(reason));
    let table: [(&str, Change, Result<(), LetterError>); 34] = [
        ("nothing", |_| {}, Ok(())),
        (
            "the first one",
            |s| {
                s.state = SenderState::default();
                (s.letter.header.sequence, s.letter.header.previous_own) = (0, None);
            },
            Ok(()),
        ),
        ("the counsellor's", |s| s.sent_by(|world| &world.counsellor), Ok(())),
        ("longer", |s| s.seal(MAX_PADDED + TAG_LENGTH), Ok(())),
        ("of another session", |s| s.letter.header.session = OTHER_SESSION, Err(Session)),
        ("another ciphertext", |s| s.ciphertext[0] ^= 1, Err(Ciphertext)),
        ("another ciphertext named", |s| s.letter.ciphertext = hash(1), Err(Ciphertext)),
        ("no ciphertext", |s| s.seal(0), Err(Ciphertext)),
        ("a tag alone", |s| s.seal(TAG_LENGTH), Err(Ciphertext)),
        ("shorter than a tag", |s| s.seal(TAG_LENGTH - 1), Err(Ciphertext)),
        ("a byte less", |s| s.seal(256 + TAG_LENGTH - 1), Err(Ciphertext)),
        ("a byte more", |s| s.seal(256 + TAG_LENGTH + 1), Err(Ciphertext)),
        ("a length of padding without tag", |s| s.seal(256), Err(Ciphertext)),
        ("too long", |s| s.seal(MAX_PADDED * 2 + TAG_LENGTH), Err(Ciphertext)),
        ("another manifest", |s| s.letter.header.manifest = hash(1), Err(StaleManifest)),
        ("another epoch", |s| s.letter.header.epoch = 1, Err(StaleManifest)),
        (
            "a newer manifest",
            |s| {
                let before = s.letter.header.manifest;
                s.manifest(|manifest| manifest.commitment = hash(1));
                s.letter.header.manifest = before;
            },
            Err(StaleManifest),
        ),
        ("by somebody else", |s| s.sent_by(|world| &world.supervisor), Err(NotAMember)),
        ("with another card", |s| s.letter.header.card = s.world.counsellor.card.hash(), Err(NotAMember)),
        ("counselling revoked", |s| s.world.revoke(50, &[Purpose::Counselling]), denied(Denied::Revoked)),
        (
            "the grant expired",
            |s| {
                let expires = Some(MOMENT.time);
                s.world.grant_again(Grant { expires, ..s.world.grant.body().clone() });
                let grant = Some(s.world.grant.hash());
                s.manifest(|manifest| manifest.outline.members.iter_mut().for_each(|member| member.grant = grant));
            },
            denied(Denied::Expired),
        ),
        (
            "by a member who may only read",
            |s| s.manifest(|manifest| everybody(manifest, Capabilities::READ)),
            denied(Denied::NotCapable),
        ),
        (
            "by a dismissed counsellor",
            |s| {
                s.sent_by(|world| &world.counsellor);
                s.world.dismiss(0, 50, NOW);
            },
            denied(Denied::NotAppointed),
        ),
        (
            "by the client while the counsellor may no longer read",
            |s| s.world.dismiss(0, 50, NOW),
            Err(LetterError::Reader(Denied::NotAppointed)),
        ),
        ("without grants", |s| s.world.evidence.grants.clear(), denied(Denied::NoGrant)),
        ("in another case", |s| s.manifest(|m| m.outline.case = OTHER_CASE), denied(Denied::NotNamed)),
        ("a number left out", |s| s.letter.header.sequence = 2, Err(StaleSequence)),
        ("a number again", |s| s.letter.header.sequence = 0, Err(StaleSequence)),
        ("no letter before", |s| s.letter.header.previous_own = None, Err(StaleSequence)),
        ("another letter before", |s| s.letter.header.previous_own = Some(hash(1)), Err(StaleSequence)),
        ("the other device was faster", |s| s.state.next = 2, Err(StaleSequence)),
        ("the other device wrote something else", |s| s.state.last = Some(hash(1)), Err(StaleSequence)),
        (
            "another session and another manifest",
            |s| (s.letter.header.session, s.letter.header.manifest) = (OTHER_SESSION, hash(1)),
            Err(Session),
        ),
        (
            "stale manifest and stale sequence",
            |s| (s.letter.header.manifest, s.letter.header.sequence) = (hash(1), 9),
            Err(StaleManifest),
        ),
    ];
    for (name, change, expected) in table {
        let mut sent = Sent::new();
        change(&mut sent);
        assert_eq!(sent.check(), expected, "{name}");
        // what was erased is not looked at, and everything else is
        let without = if expected == Err(Ciphertext) { Ok(()) } else { expected };
        assert_eq!(sent.check_erased(), without, "{name}, erased");
    }
}

#[test]
fn a_letter_names_a_letter_of_somebody_else_as_seen() {
    let check = |seen: fn(&World) -> Option<AccountId>| {
        let mut sent = Sent::new();
        sent.letter.header.seen = Some(hash(1));
        sent.seen = seen(&sent.world);
        sent.check()
    };
    assert_eq!(check(|world| Some(world.counsellor.account())), Ok(()));
    assert_eq!(check(|world| Some(world.client.account())), Err(LetterError::Seen), "an own letter");
    assert_eq!(check(|_| None), Err(LetterError::Seen), "one that is not there");
}

#[test]
fn after_a_letter_the_next_number_and_its_hash_are_expected() {
    let sent = Sent::new();
    assert_eq!((sent.state.next, sent.letter.header.sequence), (1, 1));
    let letter = Signed::sign(sent.letter, &sent.world.client.key);
    assert_eq!(SenderState::after(&letter), SenderState { next: 2, last: Some(letter.hash()) });
    assert_eq!(SenderState::default(), SenderState { next: 0, last: None });
}

#[test]
fn a_ciphertext_is_checked_without_its_session() {
    let sent = Sent::new();
    assert_eq!(check_ciphertext(&sent.letter, &sent.ciphertext), Ok(()));
    assert_eq!(check_ciphertext(&sent.letter, &sent.ciphertext[1..]), Err(LetterError::Ciphertext));
    assert_eq!(sent.manifest.body().outline.case, CASE);
}
