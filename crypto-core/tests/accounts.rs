//! Accounts: sign-in, vaults, recovery codes, sheets, and the root key (docs/protocol.md §3).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;
#[path = "common/relay.rs"]
mod relay;

use amanah_crypto_core::identity::Identity;
use amanah_crypto_core::opaque::{ExportKey, OpaqueError, Registration, SignIn};
use amanah_crypto_core::recovery::RecoveryCode;
use amanah_crypto_core::root::{RootFileError, RootKey};
use amanah_crypto_core::sheet::Sheet;
use amanah_crypto_core::vault::{Pin, SessionMark, Template, Vault, VaultHeader, VaultKey, WrapError};
use amanah_protocol::account::RecoveryRequest;
use amanah_protocol::cbor::ByteString;
use amanah_protocol::centre::SignedRoot;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CentreId, Handle, SessionId};
use amanah_protocol::record::RecordMark;
use amanah_protocol::signature::{Signed, Signer, Unverified};
use common::{Blocks, NOW};
use relay::Relay;

const CENTRE: CentreId = CentreId([3; 32]);

fn handle() -> Handle {
    "melati".parse().unwrap()
}

fn register(relay: &mut Relay, passphrase: &[u8]) -> ExportKey {
    let mut rng = Blocks::new("registration");
    let (registration, request) = Registration::start(&mut rng, passphrase);
    let response = relay.registration(&request);
    let (upload, key) = registration.finish(&mut rng, passphrase, &response, &handle(), &CENTRE).unwrap();
    relay.store(&upload);
    key
}

fn sign_in(relay: &mut Relay, passphrase: &[u8], handle: &Handle, centre: &CentreId) -> Result<ExportKey, OpaqueError> {
    let (attempt, request) = SignIn::start(&mut Blocks::new("sign-in"), passphrase);
    let (response, login) = relay.sign_in(&request);
    let (finalization, key) = attempt.finish(passphrase, &response, handle, centre)?;
    assert!(relay.admits(login, &finalization));
    Ok(key)
}

fn vault(rng: &mut Blocks) -> (Vault, RecoveryCode, AccountId) {
    let (identity, card) = Identity::generate(rng, NOW);
    let code = RecoveryCode::generate(rng);
    (Vault::new(CENTRE, identity, &code), code, card.account())
}

fn header(account: AccountId, version: u64) -> VaultHeader {
    VaultHeader { account, version, previous: (version > 1).then_some(Hash([9; 32])) }
}

#[test]
fn an_export_key_is_the_same_at_every_sign_in_and_opens_the_vault() {
    let mut rng = Blocks::new("sign-in opens");
    let mut relay = Relay::new("relay", "melati", CENTRE.0);
    let registered = register(&mut relay, b"correct horse battery");
    let (vault, _, account) = vault(&mut rng);
    let key = VaultKey::generate(&mut rng);
    let sealed = key.seal(&mut rng, &header(account, 1), &vault);
    let wrap = key.passphrase_wrap(&mut rng, &header(account, 1), &registered, None);

    let signed_in = sign_in(&mut relay, b"correct horse battery", &handle(), &CENTRE).unwrap();
    let key = VaultKey::open_passphrase_wrap(&wrap, &signed_in, None).unwrap();
    let (opened, found) = key.open(&sealed).unwrap();
    assert_eq!(found, header(account, 1));
    assert_eq!(opened.keyring().newest().card_hash(), vault.keyring().newest().card_hash());
    assert_eq!(opened.keyring().newest().verifying_key(), vault.keyring().newest().verifying_key());
}

#[test]
fn wrong_passphrase_unknown_account_other_handle_and_other_centre_fail_alike() {
    let mut relay = Relay::new("relay", "melati", CENTRE.0);
    let unknown = sign_in(&mut relay, b"correct horse battery", &handle(), &CENTRE).err();
    register(&mut relay, b"correct horse battery");
    let wrong = sign_in(&mut relay, b"correct horse batterx", &handle(), &CENTRE).err();
    let other: Handle = "kenanga".parse().unwrap();
    let handle_swapped = sign_in(&mut relay, b"correct horse battery", &other, &CENTRE).err();
    let centre_swapped = sign_in(&mut relay, b"correct horse battery", &handle(), &CentreId([4; 32])).err();
    assert_eq!([unknown, wrong, handle_swapped, centre_swapped], [Some(OpaqueError); 4]);
}

#[test]
fn a_relays_altered_or_truncated_message_is_refused() {
    let mut relay = Relay::new("relay", "melati", CENTRE.0);
    register(&mut relay, b"correct horse battery");
    let start = || SignIn::start(&mut Blocks::new("sign-in"), b"correct horse battery");
    let (response, _) = relay.sign_in(&start().1);
    // each byte that is not refused when parsing costs 64 MiB of stretching, so some of every field stand for all
    for byte in [0, 31, 32, 63, 64, 100, 159, 191, 192, 223, 255, 256, 300, 319] {
        let mut altered = response.clone();
        altered[byte] ^= 1;
        assert!(start().0.finish(b"correct horse battery", &altered, &handle(), &CENTRE).is_err(), "{byte}");
    }
    for length in [0, 1, 32, 191, 319] {
        assert!(start().0.finish(b"correct horse battery", &response[..length], &handle(), &CENTRE).is_err());
    }
    // the identity element, and the client's own blinded element sent back
    let identity = [&[0; 32], &response[32..]].concat();
    assert!(start().0.finish(b"correct horse battery", &identity, &handle(), &CENTRE).is_err());
    let reflected = [&start().1[..32], &response[32..]].concat();
    assert!(start().0.finish(b"correct horse battery", &reflected, &handle(), &CENTRE).is_err());
    let registration = || Registration::start(&mut Blocks::new("r"), b"correct horse battery");
    for response in [&[0; 64][..], &[0xff; 64], &[], &[1; 63]] {
        let mut rng = Blocks::new("f");
        let finished = registration().0.finish(&mut rng, b"correct horse battery", response, &handle(), &CENTRE);
        assert!(finished.is_err());
    }
}

struct Wraps {
    sealed: Vec<u8>,
    passphrase: Vec<u8>,
    recovery: Vec<u8>,
    export: ExportKey,
    sheet: Sheet,
    code: RecoveryCode,
    account: AccountId,
}

/// A vault of staff: passphrase and sheet, or recovery code.
fn wraps() -> Wraps {
    let mut rng = Blocks::new("wraps");
    let export = register(&mut Relay::new("relay", "melati", CENTRE.0), b"correct horse battery");
    let (mut vault, code, account) = vault(&mut rng);
    let sheet = Sheet::generate(&mut rng);
    vault.set_sheet(Some(&sheet));
    let key = VaultKey::generate(&mut rng);
    let header = header(account, 4);
    let sealed = key.seal(&mut rng, &header, &vault);
    let passphrase = key.passphrase_wrap(&mut rng, &header, &export, Some(&sheet));
    let recovery = key.recovery_wrap(&mut rng, &header, &code);
    Wraps { sealed, passphrase, recovery, export, sheet, code, account }
}

#[test]
fn staff_needs_the_sheet_and_no_other_one() {
    let one = wraps();
    let open = |sheet| VaultKey::open_passphrase_wrap(&one.passphrase, &one.export, sheet);
    assert!(VaultKey::wrap_needs_sheet(&one.passphrase));
    assert_eq!(open(None).err(), Some(WrapError::NeedsSheet));
    let other = Sheet::generate(&mut Blocks::new("other sheet"));
    assert_eq!(open(Some(&other)).err(), Some(WrapError::DoesNotOpen));
    let (vault, _) = open(Some(&one.sheet)).unwrap().open(&one.sealed).unwrap();
    assert_eq!(*vault.sheet().unwrap().to_text(), *one.sheet.to_text());
    assert_eq!(*vault.recovery_code().to_text(), *one.code.to_text());
}

#[test]
fn the_recovery_code_opens_and_no_other_one_does() {
    let one = wraps();
    assert!(VaultKey::open_recovery_wrap(&one.recovery, &one.code).unwrap().open(&one.sealed).is_ok());
    let other = RecoveryCode::generate(&mut Blocks::new("other code"));
    assert_eq!(VaultKey::open_recovery_wrap(&one.recovery, &other).err(), Some(WrapError::DoesNotOpen));
    assert!(VaultKey::open_recovery_wrap(&one.passphrase, &one.code).is_err());
    assert!(VaultKey::open_passphrase_wrap(&one.recovery, &one.export, Some(&one.sheet)).is_err());
}

/// The flag is bound: a relay that flips it gets no answer but "does not open".
#[test]
fn a_wrap_whose_sheet_flag_was_flipped_does_not_open() {
    let one = wraps();
    let at = one.passphrase.iter().position(|byte| *byte == 0xf5).unwrap();
    let mut flipped = one.passphrase.clone();
    flipped[at] = 0xf4;
    assert!(!VaultKey::wrap_needs_sheet(&flipped));
    let opened = VaultKey::open_passphrase_wrap(&flipped, &one.export, None);
    assert_eq!(opened.err(), Some(WrapError::DoesNotOpen));
}

#[test]
fn every_altered_bit_and_truncation_of_vault_and_wraps_is_refused() {
    let one = wraps();
    let key = VaultKey::open_recovery_wrap(&one.recovery, &one.code).unwrap();
    for bit in 0..one.recovery.len() * 8 {
        let mut altered = one.recovery.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(VaultKey::open_recovery_wrap(&altered, &one.code).is_err(), "{bit}");
        let mut altered = one.passphrase.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(VaultKey::open_passphrase_wrap(&altered, &one.export, Some(&one.sheet)).is_err(), "{bit}");
    }
    for bit in 0..one.sealed.len() * 8 {
        if bit > 2_000 && bit % 101 != 0 {
            continue;
        }
        let mut altered = one.sealed.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(key.open(&altered).is_err(), "{bit}");
    }
    for length in 0..one.recovery.len() {
        assert!(VaultKey::open_recovery_wrap(&one.recovery[..length], &one.code).is_err());
        assert!(key.open(&one.sealed[..length]).is_err());
    }
}

#[test]
fn an_older_vault_than_the_key_and_a_foreign_vault_do_not_open() {
    let mut rng = Blocks::new("older");
    let (vault, code, account) = vault(&mut rng);
    let key = VaultKey::generate(&mut rng);
    let wrap = key.recovery_wrap(&mut rng, &header(account, 4), &code);
    let opened = VaultKey::open_recovery_wrap(&wrap, &code).unwrap();
    assert!(opened.open(&key.seal(&mut rng, &header(account, 5), &vault)).is_ok());
    assert!(opened.open(&key.seal(&mut rng, &header(account, 3), &vault)).is_err());
    assert!(key.open(&key.seal(&mut rng, &header(AccountId([1; 32]), 4), &vault)).is_err());
    let foreign = key.recovery_wrap(&mut rng, &header(AccountId([1; 32]), 4), &code);
    let foreign = VaultKey::open_recovery_wrap(&foreign, &code).unwrap();
    assert!(foreign.open(&key.seal(&mut rng, &header(account, 4), &vault)).is_err());
}

/// A change of passphrase makes a new key: the old passphrase, with the old wrap, opens no later vault.
#[test]
fn after_a_change_the_old_secrets_open_no_later_vault() {
    let mut rng = Blocks::new("change");
    let old = wraps();
    let key = VaultKey::open_recovery_wrap(&old.recovery, &old.code).unwrap();
    let (vault, _) = key.open(&old.sealed).unwrap();
    let renewed = VaultKey::generate(&mut rng);
    let later = renewed.seal(&mut rng, &header(old.account, 5), &vault);
    assert!(key.open(&later).is_err());
    let by_passphrase = VaultKey::open_passphrase_wrap(&old.passphrase, &old.export, Some(&old.sheet)).unwrap();
    assert!(by_passphrase.open(&later).is_err());
    assert!(renewed.open(&later).is_ok() && renewed.open(&old.sealed).is_err());
}

#[test]
fn a_vault_keeps_everything_and_grows_in_steps() {
    let mut rng = Blocks::new("content");
    let (mut vault, _, account) = vault(&mut rng);
    let key = VaultKey::generate(&mut rng);
    let small = key.seal(&mut rng, &header(account, 1), &vault).len();
    let (next, _) = vault.keyring().newest().next(&mut rng, NOW);
    assert!(vault.add_identity(next));
    let pins: Vec<_> = (0..40_u8)
        .map(|n| Pin {
            account: AccountId([n; 32]),
            card: Hash([n; 32]),
            verified: n % 2 == 0,
            succession: (n % 3 == 0).then_some(Hash([n; 32])),
        })
        .collect();
    let marks: Vec<_> = (0..40_u8)
        .map(|n| SessionMark {
            session: SessionId::from_random_bytes([n; 16]),
            record: RecordMark { count: u64::from(n) << 33, head: Hash([n; 32]) },
            shown: u64::from(n),
        })
        .collect();
    pins.iter().cloned().for_each(|pin| vault.set_pin(pin));
    marks.iter().cloned().for_each(|mark| vault.set_mark(mark));
    let templates = ["Akhir", "Salam"].map(|name| template(name, &"kata ".repeat(900)));
    for template in &templates {
        vault.set_template(&template.name, Some(template.clone()));
    }
    let centre_mark = RecordMark { count: 7, head: Hash([7; 32]) };
    vault.set_centre_mark(centre_mark.clone());
    let sealed = key.seal(&mut rng, &header(account, 1), &vault);
    assert_eq!((sealed.len() - small) % 4096, 0);
    let (opened, _) = key.open(&sealed).unwrap();
    assert!(pins.iter().all(|pin| opened.pin(&pin.account) == Some(pin)));
    assert!(marks.iter().all(|mark| opened.mark(&mark.session) == Some(&mark.record)));
    assert!(opened.templates().values().eq(&templates));
    assert_eq!(opened.centre_mark(), &centre_mark);
    assert_eq!(opened.keyring().iter().map(Identity::number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(opened.centre(), CENTRE);
}

fn template(name: &str, text: &str) -> Template {
    Template { name: name.to_owned(), text: text.to_owned() }
}

fn pin(account: u8, card: u8) -> Pin {
    Pin { account: AccountId([account; 32]), card: Hash([card; 32]), verified: false, succession: None }
}

fn mark(count: u64) -> SessionMark {
    let session = SessionId::from_random_bytes([1; 16]);
    SessionMark { session, record: record(count), shown: 0 }
}

fn record(count: u64) -> RecordMark {
    RecordMark { count, head: Hash([2; 32]) }
}

#[test]
fn merging_takes_in_the_other_device_without_losing_what_this_one_did() {
    let mut rng = Blocks::new("merge");
    let (mut base, _, account) = vault(&mut rng);
    for pin in [pin(1, 1), pin(2, 1), pin(3, 1)] {
        base.set_pin(pin);
    }
    base.set_mark(mark(5));
    let key = VaultKey::generate(&mut rng);
    let sealed = key.seal(&mut rng, &header(account, 1), &base);
    let (mut here, _) = key.open(&sealed).unwrap();
    let (mut there, _) = key.open(&sealed).unwrap();
    here.set_pin(pin(1, 2));
    here.set_mark(mark(9));
    for pin in [pin(2, 2), pin(4, 1)] {
        there.set_pin(pin);
    }
    there.set_mark(SessionMark { shown: 6, ..mark(7) });
    there.set_centre_mark(record(3));
    assert!(here.merge(&there), "the pin and the mark of this device are not stored yet");
    let card = |account: u8| here.pin(&AccountId([account; 32])).map(|pin| pin.card);
    let expected = [2, 2, 1, 1].map(|card| Some(Hash([card; 32])));
    assert_eq!([card(1), card(2), card(3), card(4)], expected);
    assert_eq!((here.mark(&mark(0).session), here.shown(&mark(0).session)), (Some(&record(9)), 6));
    assert_eq!(here.centre_mark(), &record(3));
    let sealed = key.seal(&mut rng, &header(account, 2), &here);
    assert!(!there.merge(&key.open(&sealed).unwrap().0), "the other device has nothing that is not stored");
}

/// Of five prepared replies one device changes, drops and adds one, and the other, too.
#[test]
fn merging_keeps_what_each_device_did_to_prepared_replies() {
    let mut rng = Blocks::new("templates");
    let (mut base, _, account) = vault(&mut rng);
    for name in ["a", "b", "c", "d", "e"] {
        base.set_template(name, Some(template(name, "before")));
    }
    let key = VaultKey::generate(&mut rng);
    let sealed = key.seal(&mut rng, &header(account, 1), &base);
    let (mut here, _) = key.open(&sealed).unwrap();
    let (mut there, _) = key.open(&sealed).unwrap();
    for (vault, changed, dropped, added) in [(&mut here, "a", "b", "f"), (&mut there, "c", "d", "g")] {
        vault.set_template(changed, Some(template(changed, "after")));
        vault.set_template(dropped, None);
        vault.set_template(added, Some(template(added, "new")));
    }
    assert!(here.merge(&there));
    let known: Vec<_> = here.templates().values().map(|t| format!("{} {}", t.name, t.text)).collect();
    assert_eq!(known, ["a after", "c after", "e before", "f new", "g new"]);
    let sealed = key.seal(&mut rng, &header(account, 2), &here);
    assert!(!there.merge(&key.open(&sealed).unwrap().0), "the other device has nothing that is not stored");
    assert!(there.templates() == here.templates());
}

#[test]
fn a_mark_never_goes_back() {
    let (mut vault, ..) = vault(&mut Blocks::new("marks"));
    for count in [5, 4, 9, 2] {
        vault.set_mark(mark(count));
        vault.set_centre_mark(record(count));
    }
    assert_eq!(vault.mark(&mark(0).session), Some(&record(9)));
    assert_eq!(vault.centre_mark(), &record(9));
}

#[test]
fn a_recovery_code_signs_the_same_after_it_was_read_from_paper() {
    let code = RecoveryCode::generate(&mut Blocks::new("paper"));
    let request = RecoveryRequest { centre: CENTRE, handle: handle(), challenge: ByteString(vec![7; 32]) };
    let again = RecoveryCode::parse(&code.to_text().to_lowercase()).unwrap();
    let signed = Signed::sign(request, &again.signer());
    let unverified = Unverified::<RecoveryRequest>::parse(signed.wire()).unwrap();
    assert!(unverified.verify(&code.signer().verifying_key()).is_ok());
    let sheet = Sheet::generate(&mut Blocks::new("paper"));
    assert_ne!(*sheet.to_text(), *code.to_text());
    assert!(RecoveryCode::parse(&sheet.to_text()).is_err() && Sheet::parse(&code.to_text()).is_err());
}

#[test]
fn a_root_file_opens_with_its_passphrase_only_and_gives_the_same_centre() {
    let mut rng = Blocks::new("root");
    let key = RootKey::generate(&mut rng);
    let file = key.seal(&mut rng, b"the director's passphrase");
    let opened = RootKey::open(&file, b"the director's passphrase").unwrap();
    assert_eq!(SignedRoot::sign_first(&opened).centre(), SignedRoot::sign_first(&key).centre());
    assert_eq!(RootKey::open(&file, b"another").err(), Some(RootFileError::DoesNotOpen));
    for byte in [4, 10, 30, 60, 70, file.len() - 1] {
        let mut altered = file.clone();
        altered[byte] ^= 1;
        assert!(RootKey::open(&altered, b"the director's passphrase").is_err(), "{byte}");
    }
    for length in [0, 1, 20, file.len() - 1] {
        assert!(RootKey::open(&file[..length], b"the director's passphrase").is_err());
    }
}
