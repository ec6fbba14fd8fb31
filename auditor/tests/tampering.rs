//! One thing is wrong in a store or in what is shown of it, and exactly the check for it says so.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use amanah_auditor::{Check, Report};
use amanah_protocol::absence::{Absence, MAX_ABSENCES, MAX_NOTE};
use amanah_protocol::card::{Card, SignedCard};
use amanah_protocol::cbor::{ByteString, encode};
use amanah_protocol::centre::{Dismissal, Role};
use amanah_protocol::consent::{Document, Grant, Permission, Purpose};
use amanah_protocol::escrow::{DepositReceipt, GroundCode, Policy, PolicyAcceptance};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::history::History;
use amanah_protocol::ids::{CentreId, Timestamp};
use amanah_protocol::letter::Letter;
use amanah_protocol::log::TreeHead;
use amanah_protocol::manifest::{Acceptance, Capabilities, Manifest, Member};
use amanah_protocol::record::{Entry, Kind};
use amanah_protocol::release::Request;
use amanah_protocol::signature::{Signature, Signed, Unverified};
use amanah_protocol::statement::WebBundle;
use common::bundle::Bundle;
use common::story::Story;
use common::thread::Seat;
use common::{HOUR, Key, LATER};

/// How a store, or what is shown of it, is made wrong.
enum Tamper {
    /// The relay stores something that must not be, and signs it into its log.
    Store(fn(&mut Story)),
    /// What is shown is not what was signed.
    Show(fn(&mut Bundle)),
}
use Tamper::{Show, Store};

/// The audit of the story after it was tampered with.
fn audit(tamper: &Tamper) -> Report {
    let mut story = Story::new();
    match tamper {
        Store(change) => {
            change(&mut story);
            story.store.bundle().audit()
        }
        Show(change) => {
            let mut bundle = story.store.bundle();
            change(&mut bundle);
            bundle.audit()
        }
    }
}

/// The names of the checks that failed.
fn failed(report: &Report) -> Vec<&str> {
    report.checks.iter().filter(|check| !check.passed).map(|check| check.name.as_str()).collect()
}

fn expect(check: Check, cases: &[(&str, Tamper)]) {
    for (name, tamper) in cases {
        let report = audit(tamper);
        assert_eq!(failed(&report), [check.name()], "{name}: {report}");
        assert!(!report.passed());
        let result = report.result(check).unwrap();
        assert!(result.failed > 0 && !result.findings.is_empty(), "{name}");
    }
}

/// The structure of an entry.
fn read<S: amanah_protocol::cbor::Structure + Clone>(entry: &Entry) -> S {
    Unverified::<S>::parse(&entry.body.0).unwrap().claimed().clone()
}

/// Puts another structure in the place of an entry's.
fn write<S: amanah_protocol::cbor::Structure>(entry: &mut Entry, body: S, key: &Key) {
    entry.body = ByteString(Signed::sign(body, key).wire().to_vec());
}

const COUNSELLOR: u8 = 12;

/// What the relay said first of its web client.
fn web_bundle(story: &Story) -> &Entry {
    story.store.entries.iter().find(|entry| entry.kind == Kind::WebBundle).unwrap()
}

#[test]
fn a_log_that_is_not_the_signed_one() {
    expect(
        Check::LogRoot,
        &[
            (
                "an entry is removed",
                Show(|bundle| {
                    let place = bundle.entries.iter().position(|entry| entry.kind == Kind::Acceptance).unwrap();
                    bundle.entries.remove(place);
                    bundle.renumber();
                }),
            ),
            (
                "an entry is altered, and signed again",
                Show(|bundle| {
                    let entry = bundle.entry(Kind::Acceptance, 0);
                    let body: Acceptance = read(entry);
                    write(entry, Acceptance { time: body.time.plus(1), ..body }, &Key::new(COUNSELLOR));
                }),
            ),
            (
                "two entries change places",
                Show(|bundle| {
                    let place = bundle.entries.iter().position(|entry| entry.kind == Kind::DepositReceipt).unwrap();
                    bundle.entries.swap(place, place + 1);
                    bundle.renumber();
                }),
            ),
            (
                "an entry is added",
                Show(|bundle| {
                    let appointment = bundle.entry(Kind::Appointment, 0).clone();
                    let mut body: amanah_protocol::centre::Appointment = read(&appointment);
                    body.name = "Somebody".to_owned();
                    let mut entry = Entry { position: bundle.entries.len() as u64 + 1, ..appointment };
                    write(&mut entry, body, &Key::new(3));
                    entry.time = bundle.entries.last().unwrap().time;
                    bundle.entries.push(entry);
                }),
            ),
            ("a salt is exchanged", Show(|bundle| bundle.entry(Kind::Letter, 2).salt.0[3] ^= 1)),
            (
                "the positions have a gap",
                Show(|bundle| {
                    let last = bundle.entries.last_mut().unwrap();
                    last.position += 1;
                }),
            ),
        ],
    );
}

#[test]
fn a_checkpoint_that_is_not_the_relays() {
    expect(
        Check::Checkpoint,
        &[
            ("signed by another key", Show(|bundle| bundle.sign(&Key::new(99)))),
            ("signed by a key that was certified for another time", Show(|bundle| bundle.header.made = LATER)),
            ("of another centre", Show(|bundle| bundle.header.centre = CentreId([7; 32]))),
            (
                "with another signature",
                Show(|bundle| {
                    let note = String::from_utf8(bundle.header.checkpoint.0.clone()).unwrap();
                    let mut other = Bundle { checkpoint: bundle.checkpoint, ..Story::new().store.bundle() };
                    other.checkpoint.size += 1;
                    other.sign_as_relay();
                    let other = String::from_utf8(other.header.checkpoint.0).unwrap();
                    let (text, signature) = (note.rsplit_once("\n\n").unwrap().0, other.rsplit_once("\n\n").unwrap().1);
                    bundle.header.checkpoint = ByteString(format!("{text}\n\n{signature}").into_bytes());
                }),
            ),
        ],
    );
}

#[test]
fn a_checkpoint_that_cannot_be_read_proves_nothing() {
    let report = audit(&Show(|bundle| bundle.header.checkpoint.0.push(b'x')));
    assert_eq!(failed(&report), ["log-root", "checkpoint", "map"]);
    assert_eq!(report.head, None);
}

#[test]
fn a_bundle_of_another_centre_is_nobodys() {
    let report = audit(&Show(|bundle| bundle.pinned = CentreId([7; 32])));
    assert!(failed(&report).starts_with(&["checkpoint", "signatures"]), "{report}");
}

#[test]
fn a_log_that_does_not_continue_the_one_seen_before() {
    expect(
        Check::Consistency,
        &[
            ("forked", Show(|bundle| bundle.last_seen = Some(TreeHead { root: Hash([1; 32]), ..bundle.head_at(50) }))),
            ("rolled back", Show(|bundle| bundle.last_seen = Some(TreeHead { size: 1_000, root: Hash([1; 32]) }))),
        ],
    );
    for size in [0, 1, 50, 118] {
        let mut bundle = Story::new().store.bundle();
        bundle.last_seen = Some(bundle.head_at(size));
        let report = bundle.audit();
        assert!(report.passed() && report.result(Check::Consistency).unwrap().counted == 1, "{size}: {report}");
    }
}

#[test]
fn signatures_of_others() {
    fn spoil(entry: &mut Entry) {
        let (body, _): (ByteString, Signature) = minicbor_parts(&entry.body.0);
        entry.body = ByteString(encode(&(body, Signature([9; 64]))));
    }
    expect(
        Check::Signatures,
        &[
            ("of a letter", Show(|bundle| spoil(bundle.entry(Kind::Letter, 0)))),
            ("of a vault head", Show(|bundle| spoil(bundle.entry(Kind::VaultHead, 0)))),
            ("of an acceptance", Show(|bundle| spoil(bundle.entry(Kind::Acceptance, 1)))),
            ("of a request", Show(|bundle| spoil(bundle.entry(Kind::Request, 0)))),
            ("of an approval", Show(|bundle| spoil(bundle.entry(Kind::Approval, 0)))),
            ("of a notice", Show(|bundle| spoil(bundle.entry(Kind::Notice, 0)))),
            ("of an absence", Show(|bundle| spoil(bundle.entry(Kind::Absence, 0)))),
            ("of a web client", Show(|bundle| spoil(bundle.entry(Kind::WebBundle, 0)))),
            (
                "of a web client, by a key that is not certified",
                Store(|story| {
                    let bundle = WebBundle { time: story.store.now, ..read(web_bundle(story)) };
                    story.store.post(Kind::WebBundle, bundle, &Key::new(99), Vec::new());
                }),
            ),
            (
                "of an appointment, by the root before",
                Store(|story| {
                    story.store.root_key = Key::new(1);
                    story.store.appoint(&story.director, Role::Auditor);
                }),
            ),
            (
                "of an acceptance, by the card before",
                Store(|story| {
                    story.store.next_card(&mut story.counsellor, 50);
                    story.counsellor.key = Key::new(COUNSELLOR);
                    story.two.refuse(&mut story.store, &story.counsellor);
                }),
            ),
            (
                "of a receipt, by an account without a card",
                Store(|story| {
                    let mut stranger = story.store.register(60);
                    story.store.entries.truncate(story.store.entries.len() - 2);
                    story.store.vaults.remove(&stranger.account());
                    stranger.version = 0;
                    let receipt = story.store.entries.iter().find(|entry| entry.kind == Kind::DepositReceipt).unwrap();
                    let body = DepositReceipt { trustee: stranger.account(), time: story.store.now, ..read(receipt) };
                    story.store.post(Kind::DepositReceipt, body, &stranger.key, Vec::new());
                }),
            ),
        ],
    );
}

#[test]
fn a_card_that_does_not_continue_its_chain_is_nobodys_newest() {
    let report = audit(&Store(|story| {
        let card = story.minor.card.card().clone();
        let (account, previous) = (Some(story.minor.account()), Some(story.minor.card.hash()));
        let next = Card { account, previous, number: 3, created: story.store.now, ..card };
        story.store.append(
            Kind::Card,
            SignedCard::sign_next(next, &story.minor.key, &story.minor.key).wire().to_vec(),
            vec![],
        );
    }));
    assert_eq!(failed(&report), ["signatures", "map"]);
}

/// Body and signature of a wire form.
fn minicbor_parts(wire: &[u8]) -> (ByteString, Signature) {
    let body = wire.len() - 66;
    let head = if body > 258 { 4 } else { 3 };
    let (body, signature) = (&wire[head..body], &wire[body + 2..]);
    let parts = (ByteString(body.to_vec()), Signature::from_slice(signature).unwrap());
    assert_eq!(encode(&parts), wire);
    parts
}

#[test]
fn an_erasure_that_must_not_be() {
    fn lose(story: &mut Story, kind: Kind) {
        story.store.entries.iter_mut().find(|entry| entry.kind == kind).unwrap().parts.clear();
    }
    expect(
        Check::Erasure,
        &[
            ("wraps are missing", Store(|story| lose(story, Kind::Manifest))),
            ("a ciphertext is missing", Store(|story| lose(story, Kind::Letter))),
            ("a bundle is missing", Store(|story| lose(story, Kind::History))),
            ("justifications are missing", Store(|story| lose(story, Kind::Request))),
            ("shares are missing", Store(|story| lose(story, Kind::Approval))),
            ("a ciphertext is not shown", Show(|bundle| bundle.entry(Kind::Letter, 3).parts.clear())),
            ("all of a session is missing", Store(|story| _ = story.store.delete_parts(story.two.session))),
            (
                "one thing is still there",
                Store(|story| {
                    let (index, parts) = story.gone.pop().unwrap();
                    story.store.entries[index].parts = parts;
                }),
            ),
            (
                "everything is still there",
                Store(|story| {
                    for (index, parts) in std::mem::take(&mut story.gone) {
                        story.store.entries[index].parts = parts;
                    }
                }),
            ),
            ("a reader answers after it", Store(|story| story.three.accept(&mut story.store, &story.supervisor))),
            ("a second tombstone", Store(|story| _ = story.store.erase(story.three.session))),
            (
                "of a session that is not there",
                Store(|story| {
                    let nobodys = amanah_protocol::ids::SessionId::from_random_bytes([9; 16]);
                    story.store.erase(nobodys);
                }),
            ),
            (
                "before the session was told of a release",
                Store(|story| {
                    story.ask(GroundCode::ImminentDanger);
                    story.store.erase(story.one.session);
                }),
            ),
        ],
    );
}

#[test]
fn an_erasure_that_somebody_else_has_signed_is_none() {
    let report = audit(&Store(|story| {
        let tombstone = story.store.tombstone_of(story.two.session);
        story.store.post(Kind::Tombstone, tombstone, &story.director.key, Vec::new());
        story.store.delete_parts(story.two.session);
    }));
    assert_eq!(failed(&report), ["signatures", "erasure"], "{report}");
}

#[test]
fn a_session_that_was_erased_is_checked_in_everything_else() {
    for (check, tamper) in [
        (
            Check::Letters,
            Store(|story| {
                let letters = story.store.entries.iter().enumerate().filter(|(_, entry)| entry.is_erased());
                let (index, _) = letters.filter(|(_, entry)| entry.kind == Kind::Letter).nth(1).unwrap();
                let body: Letter = read(&story.store.entries[index]);
                let key = if body.header.sender == story.client.account() {
                    &story.client.key
                } else {
                    &story.counsellor.key
                };
                let header = amanah_protocol::letter::LetterHeader { sequence: 7, ..body.header };
                write(&mut story.store.entries[index], Letter { header, ..body }, key);
            }),
        ),
        (
            Check::Padding,
            Store(|story| {
                story.store.entries.iter_mut().rfind(|e| e.kind == Kind::Letter).unwrap().parts[0].0.truncate(271);
            }),
        ),
    ] {
        let report = audit(&tamper);
        assert!(failed(&report).contains(&check.name()), "{report}");
    }
}

#[test]
fn consent_that_must_not_be() {
    fn grant(story: &mut Story, change: fn(&mut Grant, &Story)) {
        let mut grant = story.grant_of_client(&[]);
        change(&mut grant, story);
        story.store.post(Kind::Grant, grant, &story.client.key, Vec::new());
    }
    expect(
        Check::Consent,
        &[
            ("under no document", Store(|story| grant(story, |grant, _| grant.document = Hash([5; 32])))),
            ("in a language that was not offered", Store(|story| grant(story, |grant, _| grant.locale = "fr".into()))),
            (
                "for something that was not offered",
                Store(|story| {
                    grant(story, |grant, _| {
                        grant.permissions.push(Permission { purpose: Purpose::Research, named: None });
                    });
                }),
            ),
            ("in somebody else's case", Store(|story| grant(story, |grant, story| grant.case = story.two.case))),
            (
                "taken back twice",
                Store(|story| {
                    let revocation = story.revocation(&[Purpose::Supervision]);
                    story.store.post(Kind::Revocation, revocation, &story.client.key, Vec::new());
                }),
            ),
            (
                "taken back though it was not granted",
                Store(|story| {
                    let revocation = story.revocation(&[Purpose::Research]);
                    story.store.post(Kind::Revocation, revocation, &story.client.key, Vec::new());
                }),
            ),
            (
                "a guardian, attested by nobody appointed",
                Store(|story| {
                    let body = story.guardianship(&story.supervisor);
                    story.store.post(Kind::Guardianship, body, &story.supervisor.key, Vec::new());
                }),
            ),
            (
                "a succession, attested by nobody appointed",
                Store(|story| {
                    let body = story.succession(&story.supervisor);
                    story.store.post(Kind::Succession, body, &story.supervisor.key, Vec::new());
                }),
            ),
            (
                "a succession to the same account",
                Store(|story| {
                    let mut body = story.succession(&story.registrar);
                    body.new = body.old;
                    story.store.post(Kind::Succession, body, &story.registrar.key, Vec::new());
                }),
            ),
            (
                "a dismissal from nothing",
                Store(|story| {
                    let (centre, from) = (story.store.root.centre(), story.store.now);
                    let body = Dismissal { centre, appointment: Hash([5; 32]), from };
                    story.store.by_root(Kind::Dismissal, body);
                }),
            ),
            (
                "a document that leaves something out",
                Store(|story| {
                    let body = Document { number: 2, wordings: Vec::new(), ..story.document.body().clone() };
                    story.store.by_root(Kind::Document, body);
                }),
            ),
        ],
    );
}

/// The next epoch of the client's session, changed in one place, at the end of the story.
fn epoch(story: &mut Story, change: fn(&mut Manifest, &mut Vec<Vec<u8>>, &Story)) {
    let (mut manifest, mut parts) = {
        let seats =
            [Seat(&story.client, Role::Client, story.grant), Seat(&story.counsellor, Role::Counsellor, story.grant)];
        let escrow = Some(story.escrow());
        story.one.draft(&mut story.store, &story.client, &seats, escrow)
    };
    change(&mut manifest, &mut parts, story);
    story.one.begin(&mut story.store, &story.client, (manifest, parts));
}

#[test]
fn readers_who_must_not_read() {
    fn add(manifest: &mut Manifest, parts: &mut Vec<Vec<u8>>, member: Member) {
        let place = manifest.outline.members.partition_point(|other| other.account < member.account);
        let wrap = common::random(77 << 32, 1168);
        manifest.outline.members.insert(place, member);
        manifest.wraps.insert(place, of_bytes(&wrap));
        parts.insert(place, wrap);
    }
    expect(
        Check::Readers,
        &[
            (
                "a counsellor whom no grant names",
                Store(|story| {
                    epoch(story, |manifest, parts, story| {
                        let (account, card) = (story.registrar.account(), story.registrar.card.hash());
                        let (role, capabilities) = (Role::Counsellor, Capabilities::MANAGE);
                        add(manifest, parts, Member { account, card, role, capabilities, grant: Some(story.grant) });
                    });
                }),
            ),
            (
                "a supervisor whose grant was taken back",
                Store(|story| {
                    epoch(story, |manifest, parts, story| {
                        let (account, card) = (story.supervisor.account(), story.supervisor.card.hash());
                        let (role, capabilities) = (Role::Supervisor, Capabilities::READ);
                        add(manifest, parts, Member { account, card, role, capabilities, grant: Some(story.grant) });
                    });
                }),
            ),
            (
                "somebody who may read is left out",
                Store(|story| {
                    epoch(story, |manifest, parts, story| {
                        let place = manifest.outline.members.iter().position(|m| m.role == Role::Counsellor).unwrap();
                        assert_eq!(manifest.outline.members.remove(place).account, story.counsellor.account());
                        manifest.wraps.remove(place);
                        parts.remove(place);
                    });
                }),
            ),
            (
                "a reader with an old card",
                Store(|story| {
                    story.store.next_card(&mut story.counsellor, 52);
                    epoch(story, |manifest, _, story| {
                        let old = Story::new().counsellor.card.hash();
                        let member = manifest.outline.members.iter_mut().find(|m| m.role == Role::Counsellor).unwrap();
                        assert_eq!(member.card, story.counsellor.card.hash());
                        member.card = old;
                    });
                }),
            ),
            (
                "an epoch that counts other letters",
                Store(|story| {
                    epoch(story, |manifest, _, _| manifest.outline.transcript.as_mut().unwrap().count -= 1);
                }),
            ),
            (
                "an epoch that is not the next",
                Store(|story| epoch(story, |manifest, _, _| manifest.outline.epoch += 1)),
            ),
            (
                "an acceptance by nobody in the epoch",
                Store(|story| story.one.accept(&mut story.store, &story.supervisor)),
            ),
            ("a second acceptance", Store(|story| story.one.accept(&mut story.store, &story.counsellor))),
            (
                "an acceptance of an epoch before",
                Store(|story| {
                    let last = story.one.manifests.pop();
                    story.one.accept(&mut story.store, &story.supervisor);
                    story.one.manifests.extend(last);
                }),
            ),
        ],
    );
}

/// One more letter of the client, changed in one place.
fn letter(story: &mut Story, change: fn(&mut Letter, &Story)) {
    let ciphertext = story.store.random(272);
    let mut letter = story.one.letter_of(&mut story.store, &story.client, &ciphertext);
    change(&mut letter, story);
    story.one.post(&mut story.store, &story.client, letter, ciphertext);
}

#[test]
fn letters_out_of_their_place() {
    expect(
        Check::Letters,
        &[
            ("a gap", Store(|story| letter(story, |letter, _| letter.header.sequence += 1))),
            ("another letter before", Store(|story| letter(story, |letter, _| letter.header.previous_own = None))),
            ("seen nowhere", Store(|story| letter(story, |letter, _| letter.header.seen = Some(Hash([5; 32]))))),
            (
                "seen by itself",
                Store(|story| letter(story, |letter, _| letter.header.seen = letter.header.previous_own)),
            ),
            (
                "under an epoch before",
                Store(|story| {
                    letter(story, |letter, story| {
                        letter.header.manifest = story.one.manifests[3].hash();
                        letter.header.epoch = 3;
                    });
                }),
            ),
            (
                "with the id of another letter",
                Store(|story| {
                    letter(story, |letter, story| {
                        let first = story.store.entries.iter().find(|entry| entry.kind == Kind::Letter).unwrap();
                        letter.header.id = read::<Letter>(first).header.id;
                    });
                }),
            ),
            (
                "by somebody who is no reader",
                Store(|story| {
                    let supervisor = &story.supervisor;
                    let ciphertext = story.store.random(272);
                    let letter = story.one.letter_of(&mut story.store, supervisor, &ciphertext);
                    story.one.post(&mut story.store, supervisor, letter, ciphertext);
                }),
            ),
            (
                "sealed to a counsellor after consent was taken back",
                Store(|story| {
                    let revocation = story.revocation(&[Purpose::Counselling]);
                    story.store.post(Kind::Revocation, revocation, &story.client.key, Vec::new());
                    story.one.write(&mut story.store, &story.counsellor);
                }),
            ),
            (
                "removed from the middle",
                Store(|story| {
                    // the newest of the client's, so that no list of readers has counted it
                    let mut letters = story.store.entries.iter().rev().filter(|entry| entry.kind == Kind::Letter);
                    let place = letters.find(|entry| {
                        let letter = read::<Letter>(entry);
                        letter.header.session == story.one.session && letter.header.sender == story.client.account()
                    });
                    let place = usize::try_from(place.unwrap().position).unwrap() - 1;
                    story.store.entries.remove(place);
                    story.store.entries.iter_mut().zip(1..).for_each(|(entry, position)| entry.position = position);
                }),
            ),
        ],
    );
}

#[test]
fn histories_without_a_grant() {
    fn history(story: &mut Story, change: fn(&mut History, &Story)) {
        let entry = story.store.entries.iter().find(|entry| entry.kind == Kind::History).unwrap().clone();
        let mut body: History = read(&entry);
        body.outline.manifest = story.one.current().hash();
        body.outline.to = story.counsellor.account();
        body.outline.card = story.counsellor.card.hash();
        body.outline.time = story.store.now;
        body.outline.grant = story.grant;
        change(&mut body, story);
        let bundle = story.store.random(1136 + 32 * body.outline.epochs.len());
        body.bundle = of_bytes(&bundle);
        story.store.post(Kind::History, body, &story.client.key, vec![bundle]);
    }
    expect(
        Check::Histories,
        &[
            ("to somebody whom no grant names for it", Store(|story| history(story, |_, _| {}))),
            (
                "to nobody in the epoch",
                Store(|story| {
                    history(story, |history, story| {
                        history.outline.to = story.supervisor.account();
                        history.outline.card = story.supervisor.card.hash();
                    });
                }),
            ),
            (
                "of another session",
                Store(|story| {
                    history(story, |history, story| history.outline.epochs = vec![story.two.manifests[0].hash()]);
                }),
            ),
        ],
    );
}

#[test]
fn escrow_that_was_not_agreed_to() {
    fn without(manifest: &mut Manifest, parts: &mut Vec<Vec<u8>>) {
        manifest.outline.escrow = None;
        manifest.deposits.clear();
        parts.truncate(manifest.outline.members.len());
    }
    expect(
        Check::Escrow,
        &[
            ("left out", Store(|story| epoch(story, |manifest, parts, _| without(manifest, parts)))),
            (
                "with a lower threshold",
                Store(|story| epoch(story, |m, _, _| m.outline.escrow.as_mut().unwrap().threshold = 1)),
            ),
            (
                "added where nobody agreed",
                Store(|story| {
                    let seats = [
                        Seat(&story.minor, Role::Client, story.minors_grant),
                        Seat(&story.counsellor, Role::Counsellor, story.minors_grant),
                    ];
                    let escrow = Some(story.escrow());
                    let draft = story.two.draft(&mut story.store, &story.minor, &seats, escrow);
                    story.two.begin(&mut story.store, &story.minor, draft);
                }),
            ),
            (
                "a receipt for another share",
                Store(|story| {
                    let entry = story.store.entries.iter().find(|entry| entry.kind == Kind::DepositReceipt).unwrap();
                    let body = DepositReceipt { share: Hash([5; 32]), time: story.store.now, ..read(entry) };
                    story.store.post(Kind::DepositReceipt, body, &story.trustees[0].key, Vec::new());
                }),
            ),
            (
                "a policy that one trustee opens alone",
                Store(|story| {
                    let body = Policy { number: 2, threshold: 1, ..story.policy.body().clone() };
                    story.store.by_root(Kind::Policy, body);
                }),
            ),
            (
                "a policy accepted by somebody else",
                Store(|story| {
                    let (policy, trustee, time) = (story.policy.hash(), story.director.account(), story.store.now);
                    let body = PolicyAcceptance { policy, trustee, time };
                    story.store.post(Kind::PolicyAcceptance, body, &story.director.key, Vec::new());
                }),
            ),
        ],
    );
}

#[test]
fn releases_that_must_not_be() {
    fn request(story: &mut Story, change: fn(&mut Request, &Story)) {
        let (mut body, sealed) = story.request(GroundCode::CourtOrder);
        change(&mut body, story);
        story.store.post(Kind::Request, body, &story.director.key, sealed);
    }
    expect(
        Check::Releases,
        &[
            (
                "approved before the delay",
                Store(|story| {
                    let request = story.ask(GroundCode::CourtOrder);
                    story.notice(request);
                    story.see(request, 0);
                    story.store.wait(HOUR - 10_000);
                    story.approve(request, 0);
                }),
            ),
            (
                "approved unseen",
                Store(|story| {
                    let request = story.ask(GroundCode::CourtOrder);
                    story.notice(request);
                    story.store.wait(2 * HOUR);
                    story.approve(request, 0);
                }),
            ),
            (
                "on a ground that the policy does not have",
                Store(|story| request(story, |request, _| request.outline.ground = GroundCode::AccountRecovery)),
            ),
            (
                "for somebody who may not get it",
                Store(|story| {
                    request(story, |request, story| {
                        request.outline.recipient = story.supervisor.account();
                        request.outline.card = story.supervisor.card.hash();
                    });
                }),
            ),
            ("to another card", Store(|story| request(story, |request, _| request.outline.card = Hash([5; 32])))),
            (
                "open for ever",
                Store(|story| request(story, |request, _| request.outline.expires = Timestamp(u64::MAX))),
            ),
            (
                "without telling the session",
                Store(|story| {
                    story.ask(GroundCode::CourtOrder);
                    story.store.wait(48 * HOUR);
                }),
            ),
            (
                "told too late",
                Store(|story| {
                    let request = story.ask(GroundCode::CourtOrder);
                    story.store.wait(25 * HOUR);
                    story.notice(request);
                }),
            ),
            (
                "told too early",
                Store(|story| {
                    let request = story.ask(GroundCode::ImminentDanger);
                    story.notice(request);
                }),
            ),
            ("told of nothing", Store(|story| story.notice(Hash([5; 32])))),
            (
                "told of other letters",
                Store(|story| {
                    let request = story.ask(GroundCode::CourtOrder);
                    story.one.transcript.count += 1;
                    story.notice(request);
                }),
            ),
        ],
    );
}

#[test]
fn bytes_that_belong_to_nothing() {
    expect(
        Check::ClosedWorld,
        &[
            ("an altered ciphertext", Show(|bundle| bundle.entry(Kind::Letter, 0).parts[0].0[100] ^= 1)),
            ("an altered wrap", Show(|bundle| bundle.entry(Kind::Manifest, 0).parts[0].0[100] ^= 1)),
            ("an altered bundle", Show(|bundle| bundle.entry(Kind::History, 0).parts[0].0[100] ^= 1)),
            ("an altered text", Show(|bundle| bundle.entry(Kind::Document, 0).parts[0].0[3] ^= 1)),
            ("an altered share", Show(|bundle| bundle.entry(Kind::Approval, 0).parts[0].0[1160] ^= 1)),
            ("an altered justification", Show(|bundle| bundle.entry(Kind::Request, 2).parts[0].0[3] ^= 1)),
            ("a part too many", Show(|bundle| bundle.entry(Kind::Letter, 3).parts.push(ByteString(vec![1])))),
            (
                "a part beside a structure that has none",
                Show(|bundle| bundle.entry(Kind::Card, 0).parts.push(ByteString(b"hidden".to_vec()))),
            ),
            ("a part too few", Show(|bundle| _ = bundle.entry(Kind::Manifest, 1).parts.pop())),
            ("two parts that changed places", Show(|bundle| bundle.entry(Kind::Manifest, 1).parts.swap(0, 1))),
            (
                "the same structure twice",
                Store(|story| {
                    let entry = story.store.entries.iter().find(|entry| entry.kind == Kind::Appointment).unwrap();
                    let wire = entry.body.0.clone();
                    let wire = {
                        // by the newest root, so that only the doubling is wrong
                        let body = Unverified::<amanah_protocol::centre::Appointment>::parse(&wire).unwrap();
                        Signed::sign(body.claimed().clone(), &story.store.root_key).wire().to_vec()
                    };
                    story.store.append(Kind::Appointment, wire, Vec::new());
                }),
            ),
            (
                "a vault is missing",
                Show(|bundle| {
                    bundle.vaults.remove(3);
                    bundle.header.vaults -= 1;
                }),
            ),
            ("a vault too many is announced", Show(|bundle| bundle.header.vaults += 1)),
            ("an altered vault", Show(|bundle| bundle.vaults[2].vault.0[500] ^= 1)),
            ("an altered head", Show(|bundle| bundle.vaults[2].vault_head.0[50] ^= 1)),
            ("another version", Show(|bundle| bundle.vaults[2].version += 1)),
            ("two vaults changed places", Show(|bundle| bundle.vaults.swap(0, 1))),
            (
                "an old vault",
                Store(|story| {
                    let old = story.store.vaults[&story.counsellor.account()].clone();
                    story.store.store_vault(&mut story.counsellor);
                    story.store.vaults.insert(old.account, old);
                }),
            ),
            (
                "a vault that leaves a version out",
                Store(|story| {
                    let (sealed, version) = (story.store.random(80 + 4096), story.minor.version + 2);
                    story.store.store_vault_of(&mut story.minor, sealed, version);
                }),
            ),
            (
                "a vault that does not follow the one before",
                Store(|story| {
                    story.minor.vault = Some(Hash([5; 32]));
                    story.store.store_vault(&mut story.minor);
                }),
            ),
            (
                "a wrap of another account",
                Show(|bundle| {
                    let other = bundle.vaults[3].passphrase_wrap.clone();
                    bundle.vaults[2].passphrase_wrap = other;
                }),
            ),
            (
                "an account without a vault",
                Store(|story| {
                    let person = story.store.register(61);
                    story.store.entries.pop();
                    story.store.vaults.remove(&person.account());
                }),
            ),
        ],
    );
}

#[test]
fn an_entry_that_is_no_structure_is_found_twice() {
    let report = audit(&Show(|bundle| bundle.entry(Kind::Refusal, 0).body.0.push(0)));
    assert_eq!(failed(&report), ["log-root", "closed-world"]);
}

#[test]
fn lengths_that_padding_does_not_give() {
    fn vault(story: &mut Story, length: usize) {
        let (sealed, version) = (story.store.random(length), story.minor.version + 1);
        story.store.store_vault_of(&mut story.minor, sealed, version);
    }
    expect(
        Check::Padding,
        &[
            (
                "a letter of its own length",
                Store(|story| {
                    let ciphertext = story.store.random(300);
                    let letter = story.one.letter_of(&mut story.store, &story.client, &ciphertext);
                    story.one.post(&mut story.store, &story.client, letter, ciphertext);
                }),
            ),
            (
                "a wrap with one byte more",
                Store(|story| {
                    epoch(story, |manifest, parts, _| {
                        parts[0] = common::random(78 << 32, 1169);
                        manifest.wraps[0] = of_bytes(&parts[0]);
                    });
                }),
            ),
            (
                "a justification of its own length",
                Store(|story| {
                    let (mut request, mut sealed) = story.request(GroundCode::CourtOrder);
                    sealed[0] = story.store.random(1136 + 300);
                    request.justifications[0].sealed = of_bytes(&sealed[0]);
                    story.store.post(Kind::Request, request, &story.director.key, sealed);
                }),
            ),
            ("a vault that is not in steps", Store(|story| vault(story, 80 + 4095))),
            ("an empty vault", Store(|story| vault(story, 80))),
            (
                "a long wrap of a vault key",
                Show(|bundle| {
                    let header = encode(&(1u8, bundle.vaults[1].account, 1u64, false));
                    bundle.vaults[1].recovery_wrap =
                        ByteString(encode(&(ByteString(header), ByteString(common::random(79 << 32, 113)))));
                }),
            ),
        ],
    );
}

/// A letter that somebody could write, of any length.
fn words(length: usize) -> Vec<u8> {
    let text = b"I have not slept since Tuesday, and I do not know whom to tell. ";
    text.iter().copied().cycle().take(length).collect()
}

#[test]
fn content_that_is_not_sealed() {
    fn post(story: &mut Story, ciphertext: Vec<u8>) {
        let letter = story.one.letter_of(&mut story.store, &story.client, &ciphertext);
        story.one.post(&mut story.store, &story.client, letter, ciphertext);
    }
    expect(
        Check::Randomness,
        &[
            ("a letter in clear", Store(|story| post(story, words(272)))),
            (
                "a short letter in clear, padded",
                Store(|story| post(story, [&words(20)[..], &[0x80], &[0; 251]].concat())),
            ),
            (
                "some words in a letter",
                Store(|story| {
                    let ciphertext = [story.store.random(300), words(100), story.store.random(640)].concat();
                    post(story, ciphertext);
                }),
            ),
            (
                "a wrap in clear",
                Store(|story| {
                    epoch(story, |manifest, parts, _| {
                        parts[1] = words(1168);
                        manifest.wraps[1] = of_bytes(&parts[1]);
                    });
                }),
            ),
            (
                "a share of zeros",
                Store(|story| {
                    epoch(story, |manifest, parts, _| {
                        let place = manifest.wraps.len();
                        parts[place] = vec![0; 1168];
                        manifest.deposits[0].seal = of_bytes(&parts[place]);
                    });
                }),
            ),
            (
                "a vault in clear",
                Store(|story| {
                    let version = story.minor.version + 1;
                    story.store.store_vault_of(&mut story.minor, words(80 + 4096), version);
                }),
            ),
        ],
    );
}

#[test]
fn keys_that_were_used_before() {
    fn first(story: &Story) -> Letter {
        read(story.store.entries.iter().find(|entry| entry.kind == Kind::Letter).unwrap())
    }
    expect(
        Check::UniqueKeys,
        &[
            (
                "two letters under one key",
                Store(|story| letter(story, |letter, story| letter.commitment = first(story).commitment)),
            ),
            (
                "two letters with one salt",
                Store(|story| letter(story, |letter, story| letter.header.salt = first(story).header.salt)),
            ),
            (
                "two epochs with one secret",
                Store(|story| {
                    epoch(story, |manifest, _, story| {
                        manifest.commitment = story.two.manifests[0].body().commitment;
                    });
                }),
            ),
            (
                "one wrap in two places",
                Store(|story| {
                    epoch(story, |manifest, parts, _| {
                        manifest.wraps[1] = manifest.wraps[0];
                        parts[1] = parts[0].clone();
                    });
                }),
            ),
        ],
    );
}

#[test]
fn a_map_that_nobody_can_make_again() {
    expect(
        Check::Map,
        &[(
            "another root",
            Show(|bundle| {
                bundle.checkpoint.map = Hash([5; 32]);
                bundle.sign_as_relay();
            }),
        )],
    );
}

#[test]
fn times_that_were_not_signed() {
    expect(
        Check::Times,
        &[
            (
                "an entry dated otherwise",
                Show(|bundle| {
                    let entry = bundle.entry(Kind::Acceptance, 0);
                    entry.time = entry.time.plus(HOUR);
                }),
            ),
            (
                "an entry that stands before its time",
                Show(|bundle| {
                    let entry = bundle.entry(Kind::Appointment, 3);
                    entry.time = Timestamp(entry.time.0 - HOUR);
                }),
            ),
            (
                "everything given before it was stored",
                Show(|bundle| bundle.header.made = Timestamp(bundle.header.made.0 - 3 * HOUR)),
            ),
            (
                "a head of another time",
                Store(|story| {
                    let before = story.store.now;
                    story.store.wait(HOUR);
                    let entry = story.store.entries.iter().rev().find(|entry| entry.kind == Kind::Acceptance).unwrap();
                    let body =
                        Acceptance { account: story.client.account(), card: story.client.card.hash(), ..read(entry) };
                    let body = Acceptance { manifest: story.one.current().hash(), session: story.one.session, ..body };
                    story.store.post(Kind::Acceptance, Acceptance { time: before, ..body }, &story.client.key, vec![]);
                }),
            ),
        ],
    );
}

#[test]
fn web_clients_that_must_not_be_said() {
    fn say(story: &mut Story, change: fn(&mut WebBundle)) {
        let mut bundle = WebBundle { time: story.store.now, ..read(web_bundle(story)) };
        change(&mut bundle);
        let key = Key::new(2);
        story.store.post(Kind::WebBundle, bundle, &key, Vec::new());
    }
    expect(
        Check::WebClient,
        &[
            ("of another centre", Store(|story| say(story, |bundle| bundle.centre = CentreId([7; 32])))),
            (
                "the one before, again",
                Store(|story| {
                    say(story, |_| {});
                    say(story, |bundle| bundle.time = bundle.time.plus(1));
                }),
            ),
        ],
    );
}

#[test]
fn a_web_client_that_is_not_in_the_log() {
    let report = || Story::new().store.bundle().audit();
    for served in [None, report().web_client] {
        let report = report().with_served(served);
        assert!(report.passed(), "{report}");
        let counted = report.result(Check::WebClient).unwrap().counted;
        assert_eq!(counted, 2 + u64::from(served.is_some()));
    }
    let never = Hash([0xb5; 32]);
    let before = Hash([0xb3; 32]);
    for served in [never, before] {
        let report = report().with_served(Some(served));
        assert_eq!(failed(&report), [Check::WebClient.name()]);
        assert!(report.to_string().contains(&served.to_string()), "{report}");
    }
    let report = common::store::Store::new().bundle().audit();
    assert!(report.clone().with_served(None).passed());
    assert_eq!(failed(&report.with_served(Some(never))), [Check::WebClient.name()]);
}

#[test]
fn absences_of_nobody() {
    fn say(story: &mut Story, change: fn(&mut Absence)) {
        let mut absence = story.absence(&story.counsellor);
        change(&mut absence);
        story.store.post(Kind::Absence, absence, &story.counsellor.key, Vec::new());
    }
    expect(
        Check::Absences,
        &[
            (
                "of a client",
                Store(|story| {
                    let absence = story.absence(&story.minor);
                    story.store.post(Kind::Absence, absence, &story.minor.key, Vec::new());
                }),
            ),
            ("at another centre", Store(|story| say(story, |absence| absence.centre = CentreId([7; 32])))),
            ("that ends before it begins", Store(|story| say(story, |absence| absence.from = LATER))),
            ("for years", Store(|story| say(story, |absence| absence.until = absence.time.plus(367 * 24 * HOUR)))),
            ("with a long story", Store(|story| say(story, |absence| absence.note = "é".repeat(MAX_NOTE + 1)))),
            ("again and again", Store(|story| (0..=MAX_ABSENCES).for_each(|_| say(story, |_| ())))),
        ],
    );
    let mut story = Story::new();
    say(&mut story, |absence| absence.note = "é".repeat(MAX_NOTE));
    say(&mut story, |absence| absence.until = absence.from);
    for number in 2..=MAX_ABSENCES {
        if number == MAX_ABSENCES {
            story.store.wait(30 * 24 * HOUR);
        }
        say(&mut story, |_| ());
    }
    let report = story.store.bundle().audit();
    assert!(report.passed(), "{report}");
}
