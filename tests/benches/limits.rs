//! What sealing and opening may cost, as ratios against the primitives underneath, measured in turn in one run.
//!
//! `cargo xtask bench`. Each pair is timed in many short turns, A B A B …, and the medians are compared, so that a busy
//! machine slows both alike.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark speaks to the person who runs it")]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use amanah_client_sdk::http::HttpTransport;
use amanah_client_sdk::transport::{Request, Response, Transport, TransportError};
use amanah_crypto_core::epoch::{AuthoredEpoch, Epoch, EpochCards, author_epoch, open_epoch};
use amanah_crypto_core::identity::{Identity, Keyring};
use amanah_crypto_core::letter::{SealedLetter, open_letter, seal_letter};
use amanah_protocol::card::SignedCard;
use amanah_protocol::centre::Role;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{CaseId, LetterId, SessionId, Timestamp};
use amanah_protocol::letter::LetterHeader;
use amanah_protocol::manifest::{Capabilities, Member, Outline, Reason};
use amanah_tests::people::{Centre, open_session, rng, send};
use amanah_tests::relay::{Relay, Store};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use ed25519_dalek::Signer as _;
use futures_util::Stream;
use hkdf::Hkdf;
use sha2::Sha256;

/// One epoch with one member, who writes and reads.
struct Bench {
    card: SignedCard,
    keyring: Keyring,
    epoch: Epoch,
    header: LetterHeader,
    content: Vec<u8>,
}

fn bench() -> Bench {
    let (identity, card) = Identity::generate(&mut rng(), Timestamp(0));
    let session = SessionId::from_random_bytes([1; 16]);
    let member = Member {
        account: card.account(),
        card: card.hash(),
        role: Role::Client,
        capabilities: Capabilities::MANAGE,
        grant: None,
    };
    let outline = Outline {
        case: CaseId::from_random_bytes([2; 16]),
        session,
        epoch: 0,
        previous: None,
        transcript: None,
        members: vec![member],
        escrow: None,
        reason: Reason::Opened,
        author: card.account(),
        created: Timestamp(0),
    };
    let cards = EpochCards { members: &[&card], trustees: &[] };
    let AuthoredEpoch { manifest, wraps, .. } = author_epoch(&mut rng(), &identity, outline, cards).unwrap();
    let keyring = Keyring::new(identity);
    let epoch = open_epoch(&keyring, &manifest, &wraps, cards).unwrap();
    let header = LetterHeader {
        session,
        epoch: 0,
        manifest: manifest.hash(),
        sender: card.account(),
        card: card.hash(),
        id: LetterId::from_random_bytes([3; 16]),
        sequence: 0,
        previous_own: None,
        seen: None,
        salt: Hash([0; 32]),
    };
    Bench { card, keyring, epoch, header, content: vec![b'a'; 2048 - 64] }
}

impl Bench {
    fn seal(&self) -> SealedLetter {
        seal_letter(&mut rng(), &self.epoch, self.keyring.newest(), self.header.clone(), &self.content).unwrap()
    }

    fn open(&self, wire: &[u8], ciphertext: &[u8]) {
        let letter = amanah_protocol::signature::Unverified::parse(wire).unwrap();
        let letter = letter.verify(&self.card.card().verifying_key).unwrap();
        black_box(open_letter(&self.epoch, &letter, ciphertext).unwrap());
    }
}

/// One HKDF (extract and expand to 64 bytes) and one ChaCha20-Poly1305 over a padded letter.
struct Raw {
    signing: ed25519_dalek::SigningKey,
    padded: Vec<u8>,
    header: Vec<u8>,
}

impl Raw {
    fn key(&self) -> [u8; 64] {
        let mut okm = [0; 64];
        Hkdf::<Sha256>::new(None, &[7; 32]).expand(&self.header, &mut okm).unwrap();
        okm
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new_from_slice(&self.key()[..32]).unwrap()
    }

    fn seal(&self) -> (Vec<u8>, ed25519_dalek::Signature) {
        let payload = Payload { msg: &self.padded, aad: &self.header };
        let sealed = self.cipher().encrypt(&Nonce::default(), payload).unwrap();
        (sealed, self.signing.sign(&self.header))
    }

    fn open(&self, sealed: &[u8], signature: &ed25519_dalek::Signature) {
        let key = ed25519_dalek::VerifyingKey::from_bytes(self.signing.verifying_key().as_bytes()).unwrap();
        key.verify_strict(&self.header, signature).unwrap();
        let payload = Payload { msg: sealed, aad: &self.header };
        black_box(self.cipher().decrypt(&Nonce::default(), payload).unwrap());
    }
}

/// The medians of two pieces of work, timed in turns.
fn in_turns(turns: usize, repeat: u32, mut a: impl FnMut(), mut b: impl FnMut()) -> (Duration, Duration) {
    let mut times = (Vec::new(), Vec::new());
    let time = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..repeat).for_each(|_| work());
        start.elapsed() / repeat
    };
    for _ in 0..turns {
        times.0.push(time(&mut a));
        times.1.push(time(&mut b));
    }
    (median(times.0), median(times.1))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap()
}

/// Prints a line and says whether the ratio is within its limit.
fn report(name: &str, ours: Duration, peer: Duration, limit: f64) -> bool {
    let ratio = ours.as_secs_f64() / peer.as_secs_f64();
    let held = ratio <= limit;
    println!(
        "{} {name}: {ratio:.2} × (limit {limit} ×), {:.1} µs against {:.1} µs",
        if held { "held" } else { "OVER" },
        ours.as_secs_f64() * 1e6,
        peer.as_secs_f64() * 1e6,
    );
    held
}

/// Answers from what the relay answered before: the network's share of the work is none.
struct Recorded {
    relay: HttpTransport,
    pages: std::rc::Rc<std::cell::RefCell<std::collections::BTreeMap<String, Response>>>,
}

impl Transport for Recorded {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let key = format!("{:?} {}", request.method, request.path);
        let known = self.pages.borrow().get(&key).cloned();
        if let Some(answer) = known {
            return Ok(answer);
        }
        let answer = self.relay.send(request).await?;
        self.pages.borrow_mut().insert(key, answer.clone());
        Ok(answer)
    }

    async fn stream(
        &self,
        request: Request,
    ) -> Result<(u16, impl Stream<Item = Result<Vec<u8>, TransportError>> + Unpin), TransportError> {
        self.relay.stream(request).await
    }

    async fn events(
        &self,
        bearer: &str,
        after: u64,
    ) -> Result<impl Stream<Item = Result<String, TransportError>> + Unpin + use<>, TransportError> {
        self.relay.events(bearer, after).await
    }
}

/// The times of opening and checking a whole thread of this many letters, without the network, and of as many turns of
/// `peer`, measured one after the other.
async fn thread(letters: usize, peer: impl Fn()) -> (Duration, Duration) {
    let centre = Centre::found(Store::Sqlite).await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    for number in 0..letters {
        send(&mut client, session, &format!("{number} {}", "kata ".repeat(390))).await;
    }
    let pages = std::rc::Rc::default();
    let mut times = (Vec::new(), Vec::new());
    for turn in 0..8 {
        let way = Recorded { relay: centre.relay.transport(), pages: std::rc::Rc::clone(&pages) };
        let mut device = centre.another_device_over("bunga-3", None, way).await;
        let start = Instant::now();
        let read = device.sync(session).await.unwrap();
        assert_eq!((read.letters().len(), read.fault()), (letters, None));
        let read_in = start.elapsed();
        let start = Instant::now();
        (0..letters).for_each(|_| peer());
        if turn > 0 {
            times.0.push(read_in);
            times.1.push(start.elapsed());
        }
        let kept = ["/record", "/cards", "/centre"];
        pages.borrow_mut().retain(|key: &String, _| kept.iter().any(|kept| key.contains(kept)));
    }
    (median(times.0), median(times.1))
}

fn idle_memory_kib(relay: &Relay) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", relay.process())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let bench = bench();
    let sealed = bench.seal();
    let raw = Raw {
        signing: ed25519_dalek::SigningKey::from_bytes(&[9; 32]),
        padded: vec![b'a'; sealed.ciphertext.len() - 16],
        header: amanah_protocol::cbor::encode(&sealed.letter.body().header),
    };
    let (raw_sealed, raw_signature) = raw.seal();
    let mut held = Vec::new();

    let (ours, limit) = in_turns(200, 20, || drop(black_box(bench.seal())), || drop(black_box(raw.seal())));
    held.push(report("sealing 2 KiB against sign + AEAD + HKDF", ours, limit, 1.3));
    let wire = sealed.letter.wire();
    let open = || bench.open(wire, &sealed.ciphertext);
    let (ours, limit) = in_turns(200, 20, open, || raw.open(&raw_sealed, &raw_signature));
    held.push(report("opening 2 KiB against verify + AEAD + HKDF", ours, limit, 1.3));

    let peer = || raw.open(&raw_sealed, &raw_signature);
    let (short, (long, peers)) = (thread(250, peer).await.0, thread(1000, peer).await);
    held.push(report("a thread of 1,000 letters against the opening limit of each", long, peers, 1.5));
    held.push(report("a thread of 1,000 letters against four of 250 (linear)", long, short * 4, 1.25));

    let mut centre = Centre::found(Store::Sqlite).await;
    centre.relay.kill();
    let start = Instant::now();
    centre.relay.kill_and_restart();
    held.push(report(
        "start to ready on an existing database against 1 s",
        start.elapsed(),
        Duration::from_secs(1),
        1.0,
    ));
    let memory = idle_memory_kib(&centre.relay);
    let small = memory < 40 * 1024;
    println!("{} idle relay: {} MiB (limit 40 MiB)", if small { "held" } else { "OVER" }, memory / 1024);
    held.push(small);
    if held.into_iter().all(|held| held) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
