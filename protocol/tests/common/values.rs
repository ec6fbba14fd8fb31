//! Any value of every structure, for the properties.

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
use amanah_protocol::ids::{AccountId, CaseId, CentreId, Handle, LetterId, SessionId, Timestamp};
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
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use uuid::Uuid;

/// Declares, for each structure or part, a function that gives any value of it.
macro_rules! values {
    ( $( $function:ident: $name:ident { $( $field:ident: $value:expr ),* $(,)? } )* ) => { $(
        pub(crate) fn $function() -> impl Strategy<Value = $name> {
            ( $( $value, )* ).prop_map(|( $( $field, )* )| $name { $( $field ),* })
        }
    )* };
}

fn hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash)
}

fn account() -> impl Strategy<Value = AccountId> {
    any::<[u8; 32]>().prop_map(AccountId)
}

fn centre() -> impl Strategy<Value = CentreId> {
    any::<[u8; 32]>().prop_map(CentreId)
}

fn key() -> impl Strategy<Value = VerifyingKey> {
    any::<[u8; 32]>().prop_map(VerifyingKey)
}

fn kem_key() -> impl Strategy<Value = XWingKey> {
    vec(any::<u8>(), 1216).prop_map(|bytes| XWingKey::from_slice(&bytes).unwrap())
}

fn case() -> impl Strategy<Value = CaseId> {
    any::<[u8; 16]>().prop_map(|bytes| CaseId(Uuid::from_bytes(bytes)))
}

fn session() -> impl Strategy<Value = SessionId> {
    any::<[u8; 16]>().prop_map(|bytes| SessionId(Uuid::from_bytes(bytes)))
}

fn salt() -> impl Strategy<Value = Salt> {
    any::<[u8; 16]>().prop_map(Salt)
}

fn letter_id() -> impl Strategy<Value = LetterId> {
    any::<[u8; 16]>().prop_map(|bytes| LetterId(Uuid::from_bytes(bytes)))
}

/// Numbers of every length of head.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..30u64, 0..600u64, 0..70_000u64, any::<u32>().prop_map(u64::from), any::<u64>()]
}

fn small() -> impl Strategy<Value = u32> {
    number().prop_map(|number| u32::try_from(number).unwrap_or(u32::MAX))
}

fn time() -> impl Strategy<Value = Timestamp> {
    number().prop_map(Timestamp)
}

fn handle() -> impl Strategy<Value = Handle> {
    "[a-z0-9][a-z0-9._-]{2,31}".prop_map(|text| text.parse().unwrap())
}

/// Any text, in any script, of up to 30 characters.
fn text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..30).prop_map(String::from_iter)
}

fn bytes() -> impl Strategy<Value = ByteString> {
    vec(any::<u8>(), 0..300).prop_map(ByteString)
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    proptest::sample::select(all)
}

const CAPABILITIES: &[Capabilities] = &[Capabilities::READ, Capabilities::WRITE, Capabilities::MANAGE];

values! {
    card: Card {
        account: of(account()), number: small(), verifying_key: key(), kem_key: kem_key(), previous: of(hash()),
        created: time(),
    }
    root: Root { number: small(), verifying_key: key(), previous: of(hash()) }
    relay_certificate: RelayCertificate { centre: centre(), key: key(), from: time(), until: time() }
    licence: Licence { number: text(), board: text(), jurisdiction: text(), link: text(), expires: time() }
    appointment: Appointment {
        centre: centre(), account: account(), role: one_of(Role::ALL), name: text(), licence: of(licence()),
        from: time(), until: time(),
    }
    tombstone: Tombstone { centre: centre(), session: session(), basis: one_of(Basis::ALL), time: time() }
    attestation: Attestation { centre: centre(), auditor: account(), card: hash(), report: hash(), time: time() }
    signed_report: SignedReport {
        report: bytes(), attestation: bytes(), roots: vec(bytes(), 0..3), appointment: bytes(), cards: vec(bytes(), 0..3),
    }
    dismissal: Dismissal { centre: centre(), appointment: hash(), from: time() }
    wording: Wording {
        locale: text(), data: text(), rights: text(), hours: text(), contacts: text(), complaint: text(), body: hash(),
    }
    retention: Retention { floor_days: small(), ceiling_days: small() }
    document: Document {
        centre: centre(), number: small(), wordings: vec(wording(), 0..4),
        purposes: vec(one_of(Purpose::ALL), 0..30), retention: retention(), escrow_policy: of(hash()),
        grace_days: small(),
    }
    permission: Permission { purpose: one_of(Purpose::ALL), named: of(account()) }
    grant: Grant {
        document: hash(), client: account(), case: case(), permissions: vec(permission(), 0..30),
        escrow_policy: of(hash()), locale: text(), issued: time(), expires: of(time()), previous: of(hash()),
        guardian: of(account()),
    }
    guardianship: Guardianship {
        centre: centre(), case: case(), minor: account(), guardian: account(), checked_by: account(), time: time(),
    }
    revocation: Revocation { grant: hash(), purposes: vec(one_of(Purpose::ALL), 0..30), issued: time() }
    transcript: Transcript { count: number(), head: hash() }
    member: Member {
        account: account(), card: hash(), role: one_of(Role::ALL), capabilities: one_of(CAPABILITIES),
        grant: of(hash()),
    }
    trustee: Trustee { x: any::<u8>(), account: account(), card: hash() }
    escrow: Escrow { policy: hash(), threshold: any::<u8>(), trustees: vec(trustee(), 0..5) }
    outline: Outline {
        case: case(), session: session(), epoch: small(), previous: of(hash()), transcript: of(transcript()),
        members: vec(member(), 0..5), escrow: of(escrow()), reason: one_of(Reason::ALL), author: account(),
        created: time(),
    }
    deposit: Deposit { share: hash(), seal: hash() }
    manifest: Manifest {
        outline: outline(), commitment: hash(), wraps: vec(hash(), 0..5), deposits: vec(deposit(), 0..5),
    }
    acceptance: Acceptance { session: session(), manifest: hash(), account: account(), card: hash(), time: time() }
    refusal: Refusal {
        session: session(), manifest: hash(), account: account(), code: one_of(RefusalCode::ALL),
        index: of(small()), time: time(),
    }
    letter_header: LetterHeader {
        session: session(), epoch: small(), manifest: hash(), sender: account(), card: hash(), id: letter_id(),
        sequence: number(), previous_own: of(hash()), seen: of(hash()), salt: hash(),
    }
    letter: Letter { header: letter_header(), commitment: hash(), ciphertext: hash() }
    history_outline: HistoryOutline {
        session: session(), manifest: hash(), to: account(), card: hash(), grant: hash(), epochs: vec(hash(), 0..5),
        author: account(), time: time(),
    }
    history: History { outline: history_outline(), bundle: hash() }
    head_statement: HeadStatement {
        session: session(), manifest: hash(), position: number(), transcript: transcript(), time: time(),
    }
    receipt: Receipt { letter: hash(), position: number(), salt: salt(), time: time() }
    vault_head: VaultHead { account: account(), version: number(), vault: hash(), time: time() }
    recovery_request: RecoveryRequest { centre: centre(), handle: handle(), challenge: bytes() }
    succession: Succession {
        centre: centre(), old: account(), new: account(), checked_by: account(),
        ground: one_of(SuccessionGround::ALL), time: time(),
    }
    entry: Entry {
        position: number(), time: time(), kind: one_of(Kind::ALL), salt: salt(), body: bytes(), parts: vec(bytes(), 0..3),
    }
    page: Page { entries: vec(entry(), 0..4), more: any::<bool>(), head: of(bytes()), erased: of(entry()) }
    manifest_upload: ManifestUpload { manifest: bytes(), wraps: vec(bytes(), 0..4), seals: vec(bytes(), 0..4) }
    letter_upload: LetterUpload { letter: bytes(), ciphertext: bytes() }
    history_upload: HistoryUpload { history: bytes(), bundle: bytes() }
    policy_trustee: PolicyTrustee { x: any::<u8>(), account: account(), contact: text() }
    ground: Ground {
        code: one_of(GroundCode::ALL), delay_ms: number(), notice_ms: number(),
        requesters: vec(one_of(Role::ALL), 0..30), recipients: vec(one_of(Role::ALL), 0..4),
        cancellable: any::<bool>(),
    }
    policy: Policy {
        centre: centre(), number: small(), threshold: any::<u8>(), trustees: vec(policy_trustee(), 0..5),
        grounds: vec(ground(), 0..4),
    }
    policy_acceptance: PolicyAcceptance { policy: hash(), trustee: account(), time: time() }
    deposit_receipt: DepositReceipt {
        session: session(), manifest: hash(), x: any::<u8>(), trustee: account(), share: hash(), time: time(),
    }
    request_outline: RequestOutline {
        session: session(), policy: hash(), epochs: vec(hash(), 0..5), ground: one_of(GroundCode::ALL),
        requester: account(), recipient: account(), card: hash(), created: time(), expires: time(),
    }
    justification: Justification { trustee: account(), card: hash(), sealed: hash() }
    request: Request { outline: request_outline(), justifications: vec(justification(), 0..4) }
    sighting: Sighting { request: hash(), trustee: account(), time: time() }
    approval: Approval {
        request: hash(), trustee: account(), x: any::<u8>(), reseals: vec(hash(), 0..5), time: time(),
    }
    veto: Veto { request: hash(), trustee: account(), time: time() }
    cancellation: Cancellation { request: hash(), client: account(), time: time() }
    outcome: Outcome {
        request: hash(), recipient: account(), used: vec(any::<u8>(), 0..30), bad: vec(any::<u8>(), 0..5),
        time: time(),
    }
    notice: Notice { session: session(), request: hash(), transcript: transcript(), time: time() }
    absence: Absence {
        centre: centre(), account: account(), from: time(), until: time(), note: text(), time: time(),
    }
    web_bundle: WebBundle { centre: centre(), manifest: hash(), time: time() }
    escrow_upload: EscrowUpload { kind: one_of(Kind::ALL), step: bytes(), parts: vec(bytes(), 0..4) }
    document_upload: DocumentUpload { document: bytes(), texts: vec(bytes(), 0..4) }
}
