//! One of every structure, with a value of its own in every field. The keys in them are no real keys.

use amanah_protocol::absence::Absence;
use amanah_protocol::account::{RecoveryRequest, Succession, SuccessionGround, VaultHead};
use amanah_protocol::attestation::{Attestation, SignedReport};
use amanah_protocol::card::{Card, XWingKey};
use amanah_protocol::cbor::ByteString;
use amanah_protocol::centre::{Appointment, Dismissal, Licence, RelayCertificate, Role, Root};
use amanah_protocol::consent::{Document, Grant, Guardianship, Permission, Purpose, Retention, Revocation, Wording};
use amanah_protocol::erasure::{Basis, Tombstone};
use amanah_protocol::escrow::{DepositReceipt, Ground, GroundCode, Policy, PolicyAcceptance, PolicyTrustee};
use amanah_protocol::hash::Hash;
use amanah_protocol::history::{History, HistoryOutline};
use amanah_protocol::ids::{AccountId, CaseId, CentreId, LetterId, SessionId};
use amanah_protocol::letter::{Letter, LetterHeader, Transcript};
use amanah_protocol::log::Salt;
use amanah_protocol::manifest::{
    Acceptance, Capabilities, Deposit, Escrow, Manifest, Member, Outline, Reason, Refusal, RefusalCode, Trustee,
};
use amanah_protocol::record::{
    DocumentUpload, Entry, EscrowUpload, HistoryUpload, Kind, LetterUpload, ManifestUpload, Page,
};
use amanah_protocol::release::{
    Approval, Cancellation, Justification, Notice, Outcome, Request, RequestOutline, Sighting, Veto,
};
use amanah_protocol::signature::VerifyingKey;
use amanah_protocol::statement::{HeadStatement, Receipt, WebBundle};
use uuid::Uuid;

use super::{LATER, NOW, hash};

pub(crate) const CENTRE: CentreId = CentreId([0xc0; 32]);
pub(crate) const CLIENT: AccountId = AccountId([0xa1; 32]);
pub(crate) const COUNSELLOR: AccountId = AccountId([0xa2; 32]);
pub(crate) const TRUSTEE: AccountId = AccountId([0xa3; 32]);
pub(crate) const GUARDIAN: AccountId = AccountId([0xa5; 32]);
pub(crate) const CASE: CaseId = CaseId(Uuid::from_bytes([0x71; 16]));
pub(crate) const SESSION: SessionId = SessionId(Uuid::from_bytes([0x72; 16]));
pub(crate) const LETTER: LetterId = LetterId(Uuid::from_bytes([0x73; 16]));
pub(crate) const CLIENT_CARD: Hash = hash(0xd1);
pub(crate) const COUNSELLOR_CARD: Hash = hash(0xd2);
pub(crate) const GRANT: Hash = hash(0xe1);
pub(crate) const MANIFEST: Hash = hash(0xe2);
pub(crate) const POLICY: Hash = hash(0xe6);
pub(crate) const REQUEST: Hash = hash(0xef);

pub(crate) fn first_card() -> Card {
    Card {
        account: None,
        number: 1,
        verifying_key: VerifyingKey([0x11; 32]),
        kem_key: XWingKey([0x22; 1216]),
        previous: None,
        created: NOW,
    }
}

pub(crate) fn next_card() -> Card {
    Card { account: Some(CLIENT), number: 2, previous: Some(CLIENT_CARD), ..first_card() }
}

pub(crate) fn first_root() -> Root {
    Root { number: 1, verifying_key: VerifyingKey([0x11; 32]), previous: None }
}

pub(crate) fn next_root() -> Root {
    Root { number: 2, previous: Some(hash(0xb1)), ..first_root() }
}

pub(crate) fn relay_certificate() -> RelayCertificate {
    RelayCertificate { centre: CENTRE, key: VerifyingKey([0x11; 32]), from: NOW, until: LATER }
}

pub(crate) fn appointment() -> Appointment {
    let licence = Licence {
        number: "SIPP-1".to_owned(),
        board: "HIMPSI".to_owned(),
        jurisdiction: "ID".to_owned(),
        link: "https://example.org/1".to_owned(),
        expires: LATER,
    };
    Appointment {
        centre: CENTRE,
        account: COUNSELLOR,
        role: Role::Counsellor,
        name: "Sari".to_owned(),
        licence: Some(licence),
        from: NOW,
        until: LATER,
    }
}

pub(crate) fn tombstone() -> Tombstone {
    Tombstone { centre: CENTRE, session: SESSION, basis: Basis::TimeIsOver, time: NOW }
}

pub(crate) fn dismissal() -> Dismissal {
    Dismissal { centre: CENTRE, appointment: hash(0xe3), from: NOW }
}

pub(crate) fn document() -> Document {
    let wording = Wording {
        locale: "id".to_owned(),
        data: "data".to_owned(),
        rights: "hak".to_owned(),
        hours: "jam".to_owned(),
        contacts: "kontak".to_owned(),
        complaint: "keluhan".to_owned(),
        body: hash(0xe4),
    };
    Document {
        centre: CENTRE,
        number: 1,
        wordings: vec![wording],
        purposes: vec![Purpose::Counselling, Purpose::Supervision],
        retention: Retention { floor_days: 1825, ceiling_days: 3650 },
        escrow_policy: None,
        grace_days: 30,
    }
}

pub(crate) fn grant() -> Grant {
    Grant {
        document: hash(0xe5),
        client: CLIENT,
        case: CASE,
        permissions: vec![
            Permission { purpose: Purpose::Counselling, named: Some(COUNSELLOR) },
            Permission { purpose: Purpose::Escrow, named: None },
        ],
        escrow_policy: Some(POLICY),
        locale: "id".to_owned(),
        issued: NOW,
        expires: Some(LATER),
        previous: Some(GRANT),
        guardian: Some(GUARDIAN),
    }
}

pub(crate) fn guardianship() -> Guardianship {
    Guardianship { centre: CENTRE, case: CASE, minor: CLIENT, guardian: GUARDIAN, checked_by: COUNSELLOR, time: NOW }
}

pub(crate) fn revocation() -> Revocation {
    Revocation { grant: GRANT, purposes: vec![Purpose::Counselling], issued: NOW }
}

pub(crate) fn opening_outline() -> Outline {
    let client = Member {
        account: CLIENT,
        card: CLIENT_CARD,
        role: Role::Client,
        capabilities: Capabilities::MANAGE,
        grant: Some(GRANT),
    };
    let counsellor = Member {
        account: COUNSELLOR,
        card: COUNSELLOR_CARD,
        role: Role::Counsellor,
        capabilities: Capabilities::WRITE,
        grant: None,
    };
    Outline {
        case: CASE,
        session: SESSION,
        epoch: 0,
        previous: None,
        transcript: None,
        members: vec![client, counsellor],
        escrow: None,
        reason: Reason::Opened,
        author: CLIENT,
        created: NOW,
    }
}

pub(crate) fn manifest() -> Manifest {
    let outline = Outline {
        epoch: 1,
        previous: Some(MANIFEST),
        transcript: Some(Transcript { count: 2, head: hash(0xe7) }),
        escrow: Some(Escrow {
            policy: POLICY,
            threshold: 1,
            trustees: vec![Trustee { x: 1, account: TRUSTEE, card: hash(0xd3) }],
        }),
        reason: Reason::Members,
        ..opening_outline()
    };
    Manifest {
        outline,
        commitment: hash(0xe8),
        wraps: vec![hash(0xf1), hash(0xf2)],
        deposits: vec![Deposit { share: hash(0xf3), seal: hash(0xf4) }],
    }
}

pub(crate) fn acceptance() -> Acceptance {
    Acceptance { session: SESSION, manifest: MANIFEST, account: COUNSELLOR, card: COUNSELLOR_CARD, time: NOW }
}

pub(crate) fn refusal() -> Refusal {
    Refusal {
        session: SESSION,
        manifest: MANIFEST,
        account: COUNSELLOR,
        code: RefusalCode::OtherWrap,
        index: Some(0),
        time: NOW,
    }
}

pub(crate) fn letter_header() -> LetterHeader {
    LetterHeader {
        session: SESSION,
        epoch: 1,
        manifest: MANIFEST,
        sender: CLIENT,
        card: CLIENT_CARD,
        id: LETTER,
        sequence: 1,
        previous_own: Some(hash(0xe9)),
        seen: None,
        salt: hash(0xea),
    }
}

pub(crate) fn letter() -> Letter {
    Letter { header: letter_header(), commitment: hash(0xeb), ciphertext: hash(0xec) }
}

pub(crate) fn history_outline() -> HistoryOutline {
    HistoryOutline {
        session: SESSION,
        manifest: MANIFEST,
        to: COUNSELLOR,
        card: COUNSELLOR_CARD,
        grant: hash(0xe4),
        epochs: vec![hash(0xea), hash(0xe9)],
        author: CLIENT,
        time: NOW,
    }
}

pub(crate) fn history() -> History {
    History { outline: history_outline(), bundle: hash(0xec) }
}

pub(crate) fn history_upload() -> HistoryUpload {
    HistoryUpload { history: ByteString(vec![0x0b; 3]), bundle: ByteString(vec![0x0c; 25]) }
}

pub(crate) fn head_statement() -> HeadStatement {
    HeadStatement {
        session: SESSION,
        manifest: MANIFEST,
        position: 300,
        transcript: Transcript { count: 2, head: hash(0xe7) },
        time: NOW,
    }
}

pub(crate) fn receipt() -> Receipt {
    Receipt { letter: hash(0xed), position: 301, salt: Salt([0x5a; 16]), time: NOW }
}

pub(crate) fn vault_head() -> VaultHead {
    VaultHead { account: CLIENT, version: 3, vault: hash(0xee), time: NOW }
}

pub(crate) fn recovery_request() -> RecoveryRequest {
    RecoveryRequest { centre: CENTRE, handle: "kunang".parse().unwrap(), challenge: ByteString(vec![0x0c; 4]) }
}

pub(crate) fn succession() -> Succession {
    Succession {
        centre: CENTRE,
        old: CLIENT,
        new: AccountId([0xa4; 32]),
        checked_by: COUNSELLOR,
        ground: SuccessionGround::KeysStolen,
        time: NOW,
    }
}

pub(crate) fn attestation() -> Attestation {
    Attestation { centre: CENTRE, auditor: COUNSELLOR, card: COUNSELLOR_CARD, report: hash(0xf1), time: NOW }
}

pub(crate) fn signed_report() -> SignedReport {
    SignedReport {
        report: ByteString(vec![0x0a; 3]),
        attestation: ByteString(vec![0x0b; 2]),
        roots: vec![ByteString(vec![0x0c]), ByteString(vec![])],
        appointment: ByteString(vec![0x0d; 4]),
        cards: vec![ByteString(vec![0x0e; 2])],
    }
}

pub(crate) fn page() -> Page {
    let entry = Entry {
        position: 7,
        time: NOW,
        kind: Kind::Letter,
        salt: Salt([0x5a; 16]),
        body: ByteString(vec![0x0b; 3]),
        parts: vec![ByteString(vec![0x0d; 2])],
    };
    let tombstone = Entry {
        position: 9,
        kind: Kind::Tombstone,
        salt: Salt([0x5b; 16]),
        body: ByteString(vec![0x0c; 3]),
        parts: Vec::new(),
        ..entry.clone()
    };
    Page { entries: vec![entry], more: true, head: Some(ByteString(vec![0x0e])), erased: Some(tombstone) }
}

pub(crate) fn manifest_upload() -> ManifestUpload {
    ManifestUpload {
        manifest: ByteString(vec![0x0b; 3]),
        wraps: vec![ByteString(vec![0x0d; 2]), ByteString(vec![])],
        seals: vec![ByteString(vec![0x0e; 3])],
    }
}

pub(crate) fn letter_upload() -> LetterUpload {
    LetterUpload { letter: ByteString(vec![0x0b; 3]), ciphertext: ByteString(vec![0x0c; 25]) }
}

pub(crate) fn document_upload() -> DocumentUpload {
    DocumentUpload { document: ByteString(vec![0x0b; 3]), texts: vec![ByteString(vec![0x61; 2])] }
}

pub(crate) fn policy() -> Policy {
    let ground = Ground {
        code: GroundCode::CourtOrder,
        delay_ms: 86_400_000,
        notice_ms: 3_600_000,
        requesters: vec![Role::Registrar, Role::Director],
        recipients: vec![Role::Counsellor],
        cancellable: true,
    };
    Policy {
        centre: CENTRE,
        number: 1,
        threshold: 2,
        trustees: vec![
            PolicyTrustee { x: 1, account: TRUSTEE, contact: "+62 1".to_owned() },
            PolicyTrustee { x: 2, account: AccountId([0xa6; 32]), contact: "Jalan 2".to_owned() },
        ],
        grounds: vec![ground],
    }
}

pub(crate) fn policy_acceptance() -> PolicyAcceptance {
    PolicyAcceptance { policy: POLICY, trustee: TRUSTEE, time: NOW }
}

pub(crate) fn deposit_receipt() -> DepositReceipt {
    DepositReceipt { session: SESSION, manifest: MANIFEST, x: 1, trustee: TRUSTEE, share: hash(0xf3), time: NOW }
}

pub(crate) fn request_outline() -> RequestOutline {
    RequestOutline {
        session: SESSION,
        policy: POLICY,
        epochs: vec![hash(0xea), MANIFEST],
        ground: GroundCode::ImminentDanger,
        requester: AccountId([0xa7; 32]),
        recipient: COUNSELLOR,
        card: COUNSELLOR_CARD,
        created: NOW,
        expires: LATER,
    }
}

pub(crate) fn request() -> Request {
    let justification = Justification { trustee: TRUSTEE, card: hash(0xd3), sealed: hash(0xf5) };
    Request { outline: request_outline(), justifications: vec![justification] }
}

pub(crate) fn sighting() -> Sighting {
    Sighting { request: REQUEST, trustee: TRUSTEE, time: NOW }
}

pub(crate) fn approval() -> Approval {
    Approval { request: REQUEST, trustee: TRUSTEE, x: 1, reseals: vec![hash(0xf6), hash(0xf7)], time: NOW }
}

pub(crate) fn veto() -> Veto {
    Veto { request: REQUEST, trustee: TRUSTEE, time: NOW }
}

pub(crate) fn cancellation() -> Cancellation {
    Cancellation { request: REQUEST, client: CLIENT, time: NOW }
}

pub(crate) fn outcome() -> Outcome {
    Outcome { request: REQUEST, recipient: COUNSELLOR, used: vec![1, 3], bad: vec![2], time: NOW }
}

pub(crate) fn notice() -> Notice {
    Notice { session: SESSION, request: REQUEST, transcript: Transcript { count: 2, head: hash(0xe7) }, time: NOW }
}

pub(crate) fn absence() -> Absence {
    let note = "in July".to_owned();
    Absence { centre: CENTRE, account: COUNSELLOR, from: NOW, until: LATER, note, time: NOW }
}

pub(crate) fn web_bundle() -> WebBundle {
    WebBundle { centre: CENTRE, manifest: hash(0xb4), time: NOW }
}

pub(crate) fn escrow_upload() -> EscrowUpload {
    EscrowUpload { kind: Kind::Approval, step: ByteString(vec![0x0b; 3]), parts: vec![ByteString(vec![0x0d; 2])] }
}
