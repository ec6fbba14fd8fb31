//! Checkpoints and cosignatures: their bytes, what foreign tools say of them, and whoever alters them
//! (docs/protocol.md §8).
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use std::cell::RefCell;

use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{CentreId, Timestamp};
use amanah_protocol::log::{
    Checkpoint, CheckpointError, EMPTY_ROOT, MAX_NOTE, MAX_SIGNATURES, MAX_SIZE, NotACheckpoint, NotACosignature,
    NotAWitness, SignatureLine, SignatureType, SignedCheckpoint, TreeHead, UnverifiedCheckpoint, Witness, key_id,
};
use amanah_protocol::signature::{Signature, Signer, SigningInput, VerifyingKey};
use base64ct::{Base64, Encoding};
use common::samples::CENTRE;
use common::{Key, NOW, hash};
use ed25519_dalek::Signer as _;
use proptest::prelude::*;

const TEXT: &str = "\
amanah/c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0
300
t+8dfRR2eeD73ODAs9kBoDc71IpWAnHN9RvwBcne35Y=
map GO2BWtXc7BvS4CnXuokwk5JWx8hIbQvm8ch3n+k8trw=
";
const ORIGIN: &str = "amanah/c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0";
/// By the key whose seed is 07 * 32.
const RELAY_LINE: &str = "— amanah/c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0 9LEUkDEF+l2RkXjtzgVU54s8o5zM6LWiCPsAA3J9o5RK/leYTJRlNcNh6DQwxHZusma7jDmCrj8g32S01UZe+Nfs8Qs=";
const WITNESS: &str = "witness.example.org/w1";
/// By the key whose seed is 08 * 32, at 2026-01-01T00:00:00Z.
const WITNESS_LINE: &str = "— witness.example.org/w1 9wVazgAAAABpVbkAXZVg7svcWZV/Ji4OrnNBuTWRpfSKmqHi21rG2DWAmjOGaTYThG3o83rwIlh1GuQxn8Bqu8bKJCRZnjXqSGWSCg==";

/// The relay's key.
fn relay() -> Key {
    Key::new(7)
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        centre: CENTRE,
        size: 300,
        root: "b7ef1d7d147679e0fbdce0c0b3d901a0373bd48a560271cdf51bf005c9dedf96".parse().unwrap(),
        map: "18ed815ad5dcec1bd2e029d7ba8930939256c7c8486d0be6f1c8779fe93cb6bc".parse().unwrap(),
    }
}

fn signed() -> SignedCheckpoint {
    SignedCheckpoint::sign(checkpoint(), &relay())
}

/// A note with this text, signed as the relay's by any key.
fn note_of(text: &str, key: &Key) -> String {
    let id = key_id(ORIGIN, SignatureType::Ed25519, &key.verifying_key());
    let bytes = [&id.to_be_bytes()[..], &key.0.sign(text.as_bytes()).to_bytes()].concat();
    format!("{text}\n— {ORIGIN} {}\n", Base64::encode_string(&bytes))
}

fn read(note: &str) -> Result<SignedCheckpoint, CheckpointError> {
    UnverifiedCheckpoint::parse(note.as_bytes()).unwrap().verify(CENTRE, &[relay().verifying_key()])
}

fn witness(number: u8) -> Witness {
    Witness::new(&format!("witness.example.org/{number}"), Key::new(number).verifying_key()).unwrap()
}

/// The checkpoint, cosigned by these at these seconds after now.
fn cosigned(by: &[(u8, u64)]) -> SignedCheckpoint {
    by.iter().fold(signed(), |checkpoint, (number, after)| {
        let line = checkpoint.cosign(witness(*number).name(), NOW.plus(after * 1000), &Key::new(*number)).unwrap();
        checkpoint.with_cosignature(&witness(*number), line).unwrap()
    })
}

fn at(after: u64) -> Timestamp {
    NOW.plus(after * 1000)
}

// the bytes

#[test]
fn a_checkpoint() {
    assert_eq!(checkpoint().text(), TEXT);
    assert_eq!(Checkpoint::origin(CENTRE), ORIGIN);
    assert_eq!(signed().note(), format!("{TEXT}\n{RELAY_LINE}\n"));
    let read = read(&signed().note()).unwrap();
    assert_eq!(read, signed());
    assert_eq!(*read.checkpoint(), checkpoint());
    assert_eq!(read.head(), TreeHead { size: 300, root: checkpoint().root });
}

#[test]
fn a_cosignature() {
    let line = signed().cosign(WITNESS, Timestamp(NOW.0 + 999), &Key::new(8)).unwrap();
    assert_eq!(line.line(), WITNESS_LINE);
    assert_eq!(SignatureLine::parse(WITNESS_LINE), Some(line.clone()));
    let witness = Witness::new(WITNESS, Key::new(8).verifying_key()).unwrap();
    assert_eq!((line.name(), line.key_id()), (WITNESS, witness.key_id()));
    assert_eq!(line.signature().len(), 72);
    assert_eq!(witness.verify(&signed(), &line), Ok(NOW));
    let with = signed().with_cosignature(&witness, line).unwrap();
    assert_eq!(with.note(), format!("{TEXT}\n{RELAY_LINE}\n{WITNESS_LINE}\n"));
    assert_eq!(read(&with.note()).unwrap(), with);
}

#[test]
fn an_empty_log_has_a_checkpoint() {
    let empty = Checkpoint { size: 0, root: EMPTY_ROOT, map: EMPTY_ROOT, ..checkpoint() };
    let note = SignedCheckpoint::sign(empty, &relay()).note();
    assert_eq!(*read(&note).unwrap().checkpoint(), empty);
    let filled = Checkpoint { root: hash(1), ..empty };
    let note = SignedCheckpoint::sign(filled, &relay()).note();
    assert_eq!(UnverifiedCheckpoint::parse(note.as_bytes()).unwrap_err(), NotACheckpoint::Malformed);
}

/// Remembers what it is given to sign.
struct Spy(RefCell<Vec<Vec<u8>>>);

impl Signer for Spy {
    fn verifying_key(&self) -> VerifyingKey {
        relay().verifying_key()
    }

    fn sign(&self, input: &SigningInput) -> Signature {
        self.0.borrow_mut().push(input.as_bytes().to_vec());
        Signature([0; 64])
    }
}

#[test]
fn what_is_signed_for_the_log_is_no_structure_and_no_other_text() {
    let spy = Spy(RefCell::default());
    let centres = [[0; 32], [0xff; 32], [0xc0; 32]];
    for centre in centres {
        let signed = SignedCheckpoint::sign(Checkpoint { centre: CentreId(centre), ..checkpoint() }, &spy);
        signed.cosign(WITNESS, NOW, &spy).unwrap();
    }
    let inputs = spy.0.into_inner();
    for (number, input) in inputs.iter().enumerate() {
        assert!(!input.starts_with(b"amanah/v1/"));
        assert_eq!(input.starts_with(b"cosignature/v1\ntime 1767225600\namanah/"), number % 2 == 1);
        assert_eq!(input.starts_with(b"amanah/"), number % 2 == 0);
    }
    assert_eq!(inputs[4], TEXT.as_bytes());
    assert_eq!(inputs[5], format!("cosignature/v1\ntime 1767225600\n{TEXT}").as_bytes());
}

// foreign tools

#[test]
fn signed_note_and_tlog_tiles_read_and_verify_a_checkpoint() {
    let note = cosigned(&[(11, 0)]).note();
    let theirs = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
    assert_eq!(theirs.text(), TEXT.as_bytes());
    assert_eq!(theirs.to_bytes(), note.as_bytes());

    let encoded = [&[1][..], &relay().verifying_key().0].concat();
    let key = format!("{ORIGIN}+{:08x}+{}", signed_note::key_id(ORIGIN, &encoded), Base64::encode_string(&encoded));
    let key = signed_note::StandardVerifier::new(&key).unwrap();
    let (verified, others) = theirs.verify(&signed_note::VerifierList::new(vec![Box::new(key)])).unwrap();
    assert_eq!((verified.len(), others.len()), (1, 1));
    assert_eq!(others[0].id(), witness(11).key_id());

    let theirs = tlog_tiles::Checkpoint::from_bytes(theirs.text()).unwrap();
    assert_eq!((theirs.origin(), theirs.size(), theirs.hash().0), (ORIGIN, 300, checkpoint().root.0));
    assert_eq!(theirs.extension(), format!("map {}\n", Base64::encode_string(&checkpoint().map.0)));
}

#[test]
fn key_ids_are_those_of_signed_note() {
    for number in 1..20 {
        let key = Key::new(number).verifying_key();
        for kind in SignatureType::ALL {
            let encoded = [&[kind.number()][..], &key.0].concat();
            assert_eq!(key_id(WITNESS, *kind, &key), signed_note::key_id(WITNESS, &encoded));
        }
    }
}

// whoever alters a checkpoint

#[test]
fn a_checkpoint_of_another_centre_is_refused() {
    let unverified = UnverifiedCheckpoint::parse(signed().note().as_bytes()).unwrap();
    assert_eq!(*unverified.claimed(), checkpoint());
    let other = unverified.verify(CentreId([0xc1; 32]), &[relay().verifying_key()]);
    assert_eq!(other, Err(CheckpointError::OtherCentre));
    // the text of one centre with a signature under the name of another
    let note = signed().note().replacen("amanah/c0", "amanah/c1", 1);
    assert_eq!(read(&note), Err(CheckpointError::OtherCentre));
    let note = signed().note().replacen("— amanah/c0", "— amanah/c1", 1);
    assert_eq!(read(&note), Err(CheckpointError::Unsigned));
}

#[test]
fn a_checkpoint_by_another_key_is_refused() {
    let note = SignedCheckpoint::sign(checkpoint(), &Key::new(9)).note();
    assert_eq!(read(&note), Err(CheckpointError::Unsigned));
    // under the short name of the relay's key
    let id = key_id(ORIGIN, SignatureType::Ed25519, &relay().verifying_key());
    let bytes = [&id.to_be_bytes()[..], &Key::new(9).0.sign(TEXT.as_bytes()).to_bytes()].concat();
    let note = format!("{TEXT}\n— {ORIGIN} {}\n", Base64::encode_string(&bytes));
    assert_eq!(read(&note), Err(CheckpointError::Signature));
    let nobody = UnverifiedCheckpoint::parse(signed().note().as_bytes()).unwrap().verify(CENTRE, &[]);
    assert_eq!(nobody, Err(CheckpointError::Unsigned));
}

#[test]
fn one_of_several_keys_of_the_relay_suffices_and_one_that_does_not_fit_is_too_much() {
    let keys = [Key::new(9).verifying_key(), relay().verifying_key()];
    let read = |note: &str| UnverifiedCheckpoint::parse(note.as_bytes()).unwrap().verify(CENTRE, &keys);
    assert!(read(&signed().note()).is_ok());
    let other = SignedCheckpoint::sign(checkpoint(), &Key::new(9)).lines()[0].line();
    assert!(read(&format!("{}{other}\n", signed().note())).is_ok());
    let forged = SignedCheckpoint::sign(Checkpoint { size: 301, ..checkpoint() }, &Key::new(9)).lines()[0].line();
    assert_eq!(read(&format!("{}{forged}\n", signed().note())), Err(CheckpointError::Signature));
}

/// A key of small order verifies a signature of anything where verification is not strict.
#[test]
fn a_weak_key_is_refused() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let weak = VerifyingKey(identity);
    let mut signature = [0; 64];
    signature[0] = 1;
    let id = key_id(ORIGIN, SignatureType::Ed25519, &weak);
    let bytes = [&id.to_be_bytes()[..], &signature].concat();
    let note = format!("{TEXT}\n— {ORIGIN} {}\n", Base64::encode_string(&bytes));
    let verified = UnverifiedCheckpoint::parse(note.as_bytes()).unwrap().verify(CENTRE, &[weak]);
    assert_eq!(verified, Err(CheckpointError::Signature));
    assert_eq!(Witness::new(WITNESS, weak), Err(NotAWitness));

    // signed_note's own verifier, which is not strict, takes it
    let encoded = [&[1][..], &weak.0].concat();
    let key = format!("{ORIGIN}+{id:08x}+{}", Base64::encode_string(&encoded));
    let key = signed_note::StandardVerifier::new(&key).unwrap();
    assert!(signed_note::Verifier::verify(&key, TEXT.as_bytes(), &signature));
}

#[test]
fn a_checkpoint_of_other_content_is_refused() {
    let line = signed().lines()[0].line();
    let others = [
        Checkpoint { size: 301, ..checkpoint() },
        Checkpoint { root: hash(1), ..checkpoint() },
        Checkpoint { map: hash(1), ..checkpoint() },
    ];
    for other in others {
        assert_eq!(read(&format!("{}\n{line}\n", other.text())), Err(CheckpointError::Signature), "{other:?}");
    }
}

/// Texts that the relay did sign, and that are still no checkpoints.
#[test]
fn a_text_in_another_spelling_is_refused() {
    let [origin, size, root, map]: [&str; 4] = TEXT.lines().collect::<Vec<_>>().try_into().unwrap();
    let texts = [
        ("no extension", format!("{origin}\n{size}\n{root}\n")),
        ("the extension twice", format!("{TEXT}{map}\n")),
        ("another extension", format!("{TEXT}more\n")),
        ("another extension before", format!("{origin}\n{size}\n{root}\nmore\n{map}\n")),
        ("an empty line", format!("{TEXT}\n")),
        ("an empty line within", format!("{origin}\n{size}\n\n{root}\n{map}\n")),
        ("leading zeros", format!("{origin}\n0300\n{root}\n{map}\n")),
        ("a sign", format!("{origin}\n+300\n{root}\n{map}\n")),
        ("a space", format!("{origin}\n300 \n{root}\n{map}\n")),
        ("a negative size", format!("{origin}\n-1\n{root}\n{map}\n")),
        ("no size", format!("{origin}\n\n{root}\n{map}\n")),
        ("too great a size", format!("{origin}\n{}\n{root}\n{map}\n", MAX_SIZE + 1)),
        ("a size of 65 bits", format!("{origin}\n18446744073709551616\n{root}\n{map}\n")),
        ("base64 without padding", format!("{origin}\n{size}\n{}\n{map}\n", root.trim_end_matches('='))),
        ("base64 with other last bits", format!("{origin}\n{size}\n{}\n{map}\n", root.replace("5Y=", "5Z="))),
        ("base64url", format!("{origin}\n{size}\n{}\n{map}\n", root.replace('+', "-"))),
        ("a root of 31 bytes", format!("{origin}\n{size}\n{}\n{map}\n", Base64::encode_string(&[1; 31]))),
        ("a root of 33 bytes", format!("{origin}\n{size}\n{}\n{map}\n", Base64::encode_string(&[1; 33]))),
        ("another word", TEXT.replace("map ", "Map ")),
        ("two spaces", TEXT.replace("map ", "map  ")),
        ("no space", TEXT.replace("map ", "map")),
        ("upper case", TEXT.replacen("c0c0", "C0c0", 1)),
        ("another origin", TEXT.replacen("amanah/", "example.org/", 1)),
        ("a short origin", TEXT.replacen("c0", "", 1)),
        ("a long origin", TEXT.replacen("c0", "c0c0", 1)),
        ("lines in another order", format!("{origin}\n{root}\n{size}\n{map}\n")),
    ];
    assert!(read(&note_of(TEXT, &relay())).is_ok());
    for (name, text) in texts {
        assert_ne!(text, TEXT, "{name}");
        let parsed = UnverifiedCheckpoint::parse(note_of(&text, &relay()).as_bytes());
        assert_eq!(parsed.unwrap_err(), NotACheckpoint::Malformed, "{name}");
    }
    for text in [TEXT.replace('\n', "\r\n"), TEXT.replace("map ", "map\t"), TEXT.replace("map ", "map\0")] {
        let parsed = UnverifiedCheckpoint::parse(note_of(&text, &relay()).as_bytes());
        assert_eq!(parsed.unwrap_err(), NotACheckpoint::NotANote);
    }
}

#[test]
fn a_note_in_another_spelling_is_refused() {
    let good = signed().note();
    let notes = [
        ("nothing", String::new()),
        ("the text alone", TEXT.to_owned()),
        ("no signature", format!("{TEXT}\n")),
        ("no blank line", good.replacen("\n\n", "\n", 1)),
        ("no last line end", good.trim_end().to_owned()),
        ("an empty line after", format!("{good}\n")),
        ("more after", format!("{good}more\n")),
        ("a byte after", format!("{good} ")),
        ("a hyphen", good.replacen('—', "-", 1)),
        ("two spaces", good.replacen("— ", "—  ", 1)),
        ("no padding", good.replacen("8Qs=\n", "8Qs\n", 1)),
        ("other last bits", good.replacen("8Qs=\n", "8Qt=\n", 1)),
        ("a key id alone", format!("{TEXT}\n— {ORIGIN} {}\n", Base64::encode_string(&[1; 4]))),
        ("too short for a key id", format!("{TEXT}\n— {ORIGIN} {}\n", Base64::encode_string(&[1; 3]))),
        ("no bytes", format!("{TEXT}\n— {ORIGIN} \n")),
        ("a plus in a name", format!("{good}— a+b {}\n", Base64::encode_string(&[1; 68]))),
        ("a space in a name", format!("{good}— a\u{a0}b {}\n", Base64::encode_string(&[1; 68]))),
        ("no name", format!("{good}—  {}\n", Base64::encode_string(&[1; 68]))),
        ("a long name", format!("{good}— {} {}\n", "a".repeat(256), Base64::encode_string(&[1; 68]))),
        ("too many lines", format!("{good}{}", format!("{WITNESS_LINE}\n").repeat(MAX_SIGNATURES))),
    ];
    for (name, note) in notes {
        let parsed = UnverifiedCheckpoint::parse(note.as_bytes());
        assert_eq!(parsed.unwrap_err(), NotACheckpoint::NotANote, "{name}");
    }
    let long = [good.as_bytes(), &vec![b'a'; MAX_NOTE]].concat();
    assert_eq!(UnverifiedCheckpoint::parse(&long).unwrap_err(), NotACheckpoint::TooLarge);
    let mut not_utf8 = good.into_bytes();
    not_utf8[10] = 0xff;
    assert_eq!(UnverifiedCheckpoint::parse(&not_utf8).unwrap_err(), NotACheckpoint::NotANote);
}

#[test]
fn a_signature_of_another_length_is_refused() {
    for length in [1, 32, 63, 65, 72] {
        let id = key_id(ORIGIN, SignatureType::Ed25519, &relay().verifying_key());
        let mut signature = relay().0.sign(TEXT.as_bytes()).to_bytes().to_vec();
        signature.resize(length, 0);
        let bytes = [&id.to_be_bytes()[..], &signature].concat();
        let note = format!("{TEXT}\n— {ORIGIN} {}\n", Base64::encode_string(&bytes));
        assert_eq!(read(&note), Err(CheckpointError::Signature), "{length} bytes");
    }
}

/// Of a checkpoint nobody checked the witnesses' lines, so whoever passes it on keeps them.
#[test]
fn lines_of_others_are_kept_and_not_looked_at() {
    let unknown = format!("— example.org/log {}", Base64::encode_string(&[5; 4 + 2420]));
    let note = format!("{TEXT}\n{unknown}\n{WITNESS_LINE}\n{RELAY_LINE}\n");
    let read = read(&note).unwrap();
    assert_eq!(read.lines().iter().map(SignatureLine::line).collect::<Vec<_>>(), [&unknown, WITNESS_LINE, RELAY_LINE]);
    assert_eq!(read.note(), note);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Any checkpoint is read as it was signed, and by foreign tools as well.
    #[test]
    fn any_checkpoint_is_read_again(
        centre in any::<[u8; 32]>(), size in 1..=MAX_SIZE, root in any::<[u8; 32]>(), map in any::<[u8; 32]>(),
    ) {
        let checkpoint = Checkpoint { centre: CentreId(centre), size, root: Hash(root), map: Hash(map) };
        let signed = SignedCheckpoint::sign(checkpoint, &relay());
        let unverified = UnverifiedCheckpoint::parse(signed.note().as_bytes()).unwrap();
        prop_assert_eq!(unverified.verify(checkpoint.centre, &[relay().verifying_key()]), Ok(signed.clone()));
        let theirs = signed_note::Note::from_bytes(signed.note().as_bytes()).unwrap();
        prop_assert_eq!(tlog_tiles::Checkpoint::from_bytes(theirs.text()).unwrap().size(), size);
    }

    /// No byte of a note can be another one, wherever it stands.
    #[test]
    fn no_change_of_a_byte_is_accepted(place in any::<prop::sample::Index>(), with in 1..=255u8) {
        let mut note = signed().note().into_bytes();
        *place.get_mut(&mut note) ^= with;
        let read = UnverifiedCheckpoint::parse(&note).ok();
        prop_assert!(read.is_none_or(|read| read.verify(CENTRE, &[relay().verifying_key()]).is_err()));
    }

    /// What is read is written as it was, and what is read here is a note to others.
    #[test]
    fn no_bytes_do_harm(note in proptest::collection::vec(any::<u8>(), 0..400), cut in any::<prop::sample::Index>()) {
        let good = cosigned(&[(11, 0)]).note().into_bytes();
        let spliced = [&good[..cut.index(good.len())], &note, &good[cut.index(good.len())..]].concat();
        for bytes in [note, spliced] {
            if let Ok(read) = UnverifiedCheckpoint::parse(&bytes) {
                prop_assert!(signed_note::Note::from_bytes(&bytes).is_ok());
                if let Ok(read) = read.verify(CENTRE, &[relay().verifying_key()]) {
                    prop_assert_eq!(read.note().into_bytes(), bytes);
                }
            }
        }
    }
}

// witnesses

#[test]
fn a_cosignature_at_another_time_is_refused() {
    let line = signed().cosign(witness(11).name(), at(0), &Key::new(11)).unwrap();
    for bit in 0..64 {
        let mut bytes = [&line.key_id().to_be_bytes()[..], line.signature()].concat();
        bytes[4 + bit / 8] ^= 1 << (bit % 8);
        let altered = format!("— {} {}", line.name(), Base64::encode_string(&bytes));
        let altered = SignatureLine::parse(&altered).unwrap();
        assert_eq!(witness(11).verify(&signed(), &altered), Err(NotACosignature), "bit {bit} of the time");
    }
}

#[test]
fn a_cosignature_by_another_witness_is_refused() {
    let line = signed().cosign(witness(11).name(), at(0), &Key::new(11)).unwrap();
    assert_eq!(witness(11).verify(&signed(), &line), Ok(at(0)));
    assert_eq!(witness(12).verify(&signed(), &line), Err(NotACosignature));
    let renamed = Witness::new("witness.example.org/other", *witness(11).key()).unwrap();
    assert_eq!(renamed.verify(&signed(), &line), Err(NotACosignature));
    assert_eq!(signed().with_cosignature(&witness(12), line), Err(NotACosignature));
    // another key's signature under this witness's name and short name
    let other = signed().cosign(witness(12).name(), at(0), &Key::new(12)).unwrap();
    let bytes = [&witness(11).key_id().to_be_bytes()[..], other.signature()].concat();
    let forged = format!("— {} {}", witness(11).name(), Base64::encode_string(&bytes));
    assert_eq!(witness(11).verify(&signed(), &SignatureLine::parse(&forged).unwrap()), Err(NotACosignature));
}

#[test]
fn a_cosignature_is_not_one_of_another_checkpoint() {
    let line = signed().cosign(witness(11).name(), at(0), &Key::new(11)).unwrap();
    let others = [
        Checkpoint { centre: CentreId([1; 32]), ..checkpoint() },
        Checkpoint { size: 301, ..checkpoint() },
        Checkpoint { root: hash(1), ..checkpoint() },
        Checkpoint { map: hash(1), ..checkpoint() },
    ];
    for other in others {
        let other = SignedCheckpoint::sign(other, &relay());
        assert_eq!(witness(11).verify(&other, &line), Err(NotACosignature));
        let replayed = format!("{}{}\n", other.note(), line.line());
        let replayed = UnverifiedCheckpoint::parse(replayed.as_bytes()).unwrap();
        let replayed = replayed.verify(other.checkpoint().centre, &[relay().verifying_key()]).unwrap();
        assert_eq!(witness(11).cosigned(&replayed), None);
    }
}

#[test]
fn a_signature_of_a_checkpoint_is_no_cosignature_and_the_other_way() {
    // the relay's own signature with a time before it
    let own = signed().lines()[0].signature().to_vec();
    let as_witness = Witness::new(ORIGIN, relay().verifying_key()).unwrap();
    let bytes = [&as_witness.key_id().to_be_bytes()[..], &1u64.to_be_bytes(), &own].concat();
    let line = SignatureLine::parse(&format!("— {ORIGIN} {}", Base64::encode_string(&bytes))).unwrap();
    assert_eq!(as_witness.verify(&signed(), &line), Err(NotACosignature));
    // a cosignature by the relay's key is no signature of the checkpoint
    let cosignature = signed().cosign(ORIGIN, at(0), &relay()).unwrap();
    assert_eq!(read(&format!("{TEXT}\n{}\n", cosignature.line())), Err(CheckpointError::Unsigned));
    let id = key_id(ORIGIN, SignatureType::Ed25519, &relay().verifying_key());
    let bytes = [&id.to_be_bytes()[..], &cosignature.signature()[8..]].concat();
    let note = format!("{TEXT}\n— {ORIGIN} {}\n", Base64::encode_string(&bytes));
    assert_eq!(read(&note), Err(CheckpointError::Signature));
}

#[test]
fn a_cosignature_with_any_bit_flipped_or_of_another_length_is_refused() {
    let line = signed().cosign(witness(11).name(), at(0), &Key::new(11)).unwrap();
    let with = |bytes: &[u8]| {
        let bytes = [&line.key_id().to_be_bytes()[..], bytes].concat();
        SignatureLine::parse(&format!("— {} {}", line.name(), Base64::encode_string(&bytes))).unwrap()
    };
    for bit in 0..72 * 8 {
        let mut bytes = line.signature().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(witness(11).verify(&signed(), &with(&bytes)), Err(NotACosignature), "bit {bit}");
    }
    for length in [1, 7, 8, 64, 71, 73, 80] {
        let mut bytes = line.signature().to_vec();
        bytes.resize(length, 0);
        assert_eq!(witness(11).verify(&signed(), &with(&bytes)), Err(NotACosignature), "{length} bytes");
    }
}

#[test]
fn a_time_that_no_clock_shows_is_refused() {
    for seconds in [u64::MAX / 1000 + 1, 1 << 63, u64::MAX] {
        let text = format!("cosignature/v1\ntime {seconds}\n{TEXT}");
        let signature = Key::new(11).0.sign(text.as_bytes()).to_bytes();
        let bytes = [&witness(11).key_id().to_be_bytes()[..], &seconds.to_be_bytes(), &signature].concat();
        let line = format!("— {} {}", witness(11).name(), Base64::encode_string(&bytes));
        assert_eq!(witness(11).verify(&signed(), &SignatureLine::parse(&line).unwrap()), Err(NotACosignature));
    }
    let latest = signed().cosign(witness(11).name(), Timestamp(u64::MAX), &Key::new(11)).unwrap();
    assert_eq!(witness(11).verify(&signed(), &latest), Ok(Timestamp(u64::MAX / 1000 * 1000)));
}

#[test]
fn the_relay_is_not_its_own_witness() {
    let itself = Witness::new("witness.example.org/relay", relay().verifying_key()).unwrap();
    let line = signed().cosign(itself.name(), at(0), &relay()).unwrap();
    let checkpoint = signed().with_cosignature(&itself, line).unwrap();
    assert_eq!(itself.cosigned(&checkpoint), None);
    assert_eq!(itself.cosigned(&read(&checkpoint.note()).unwrap()), None);
}

#[test]
fn a_later_cosignature_stands_in_place_of_the_earlier() {
    let once = cosigned(&[(11, 0), (11, 60)]);
    assert_eq!(once.lines().len(), 2);
    assert_eq!(witness(11).cosigned(&once), Some(at(60)));
    assert_eq!(witness(12).cosigned(&once), None);
}

#[test]
fn there_is_room_for_a_number_of_witnesses() {
    let full: Vec<_> = (100..100 + u8::try_from(MAX_SIGNATURES).unwrap() - 1).map(|number| (number, 0)).collect();
    let full = cosigned(&full);
    assert!(read(&full.note()).is_ok());
    let line = full.cosign(witness(11).name(), at(0), &Key::new(11)).unwrap();
    assert_eq!(full.with_cosignature(&witness(11), line), Err(NotACosignature));
    let again = full.cosign(witness(100).name(), at(9), &Key::new(100)).unwrap();
    assert!(full.with_cosignature(&witness(100), again).is_ok());
}

#[test]
fn names_of_keys_are_plain() {
    let key = Key::new(1).verifying_key();
    for name in ["", " ", "a b", "a+b", "a\nb", "a\tb", "a\u{2003}b", "a\0b", &"a".repeat(256)] {
        assert_eq!(Witness::new(name, key), Err(NotAWitness), "{name:?}");
        assert_eq!(signed().cosign(name, at(0), &Key::new(1)), Err(NotAWitness), "{name:?}");
    }
    for name in ["w", "witness.example.org/w1", "saksi—1", &"a".repeat(255)] {
        assert!(Witness::new(name, key).is_ok(), "{name:?}");
    }
}
