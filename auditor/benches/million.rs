//! The audit of many letters, by the program itself: its time against verifying their signatures and hashing their bytes,
//! and its memory.
//!
//! `cargo xtask bench`. The bundle is made once, of 1,000,000 letters of 2 KiB if no other number is given, and removed at
//! the end. Both sides use all cores. The limit is measured before and after the audit, so that a busy machine slows both.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark speaks to the person who runs it"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use amanah_protocol::bundle::{VaultPage, frame, frame_length};
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::centre::Role;
use amanah_protocol::consent::{Grant, Permission, Purpose};
use amanah_protocol::hash::of_bytes;
use amanah_protocol::ids::{CaseId, CentreId};
use amanah_protocol::letter::Letter;
use amanah_protocol::log::{Checkpoint, Edge, map_root};
use amanah_protocol::record::{Entry, Kind, Page};
use amanah_protocol::signature::Unverified;
use common::bundle::{leaf, map};
use common::story::Story;
use common::thread::{Seat, Thread};
use ed25519_dalek::{Signature, VerifyingKey};

/// Bytes of a letter after padding.
const PADDED: usize = 2048;
/// Letters of one session, and of one epoch (docs/protocol.md §5.6).
const SESSION: usize = 1000;
const EPOCH: usize = 100;
/// How much slower than the limit an audit may be, and how much memory it may have.
const RATIO: f64 = 1.5;
const MEMORY_MIB: u64 = 200;
/// How often the memory of the program is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// A bundle on the disk, removed in the end.
struct Made {
    path: PathBuf,
    centre: CentreId,
    entries: u64,
}

impl Drop for Made {
    fn drop(&mut self) {
        let _already_gone = std::fs::remove_file(&self.path);
    }
}

/// Writes pages to a file, and grows the log by what they hold.
struct Writer {
    file: BufWriter<File>,
    log: Edge,
    entries: u64,
}

impl Writer {
    fn page(&mut self, entries: Vec<Entry>, more: bool) {
        let leaves: Vec<_> = entries.iter().map(leaf).collect();
        self.log = self.log.with(&leaves).unwrap().edge;
        self.entries += entries.len() as u64;
        self.file.write_all(&frame(&Page { entries, more, head: None, erased: None }.to_bytes())).unwrap();
    }
}

/// A centre in which everything happens once, and then so many letters are written.
fn make(path: PathBuf, letters: usize) -> Made {
    let mut story = Story::new();
    let known = map(&story.store.entries);
    let accounts = map_root(known).unwrap();
    let centre = story.store.root.centre();
    let mut writer = Writer { file: BufWriter::new(File::create(&path).unwrap()), log: Edge::empty(), entries: 0 };
    let checkpoint = |size, root| Checkpoint { centre, size, root, map: accounts };
    // as long as the header that will stand in its place
    let place = frame(&story.store.header(checkpoint(letters as u64, accounts)).to_bytes());
    writer.file.write_all(&place).unwrap();
    writer.page(story.store.take_entries(), true);
    let sessions = letters.div_ceil(SESSION);
    for number in 0..sessions {
        converse(&mut story, SESSION.min(letters - number * SESSION));
        writer.page(story.store.take_entries(), number + 1 < sessions);
    }
    let vaults = story.store.vaults.values().cloned().collect();
    writer.file.write_all(&frame(&VaultPage { vaults, more: false }.to_bytes())).unwrap();
    let head = writer.log.head();
    let header = frame(&story.store.header(checkpoint(head.size, head.root)).to_bytes());
    assert_eq!(header.len(), place.len());
    writer.file.rewind().unwrap();
    writer.file.write_all(&header).unwrap();
    writer.file.into_inner().unwrap().sync_all().unwrap();
    Made { path, centre, entries: head.size }
}

/// A session in a case of its own.
fn converse(story: &mut Story, letters: usize) {
    let case = CaseId::from_random_bytes(story.store.id());
    let counselling = Permission { purpose: Purpose::Counselling, named: Some(story.counsellor.account()) };
    let grant = Grant { case, permissions: vec![counselling], escrow_policy: None, ..story.grant_of_client(&[]) };
    let Story { store, client, counsellor, .. } = story;
    let grant = store.post(Kind::Grant, grant, &client.key, Vec::new()).hash();
    let mut thread = Thread::new(store, case);
    for number in 0..letters {
        if number % EPOCH == 0 {
            let seats = [Seat(client, Role::Client, grant), Seat(counsellor, Role::Counsellor, grant)];
            thread.epoch(store, client, &seats, None);
            thread.accept(store, counsellor);
        }
        thread.write_padded(store, if number % 2 == 0 { client } else { counsellor }, PADDED);
    }
}

/// A letter with what verifies it.
struct Signed {
    key: [u8; 32],
    input: Vec<u8>,
    signature: [u8; 64],
    body: Vec<u8>,
    ciphertext: Vec<u8>,
}

/// How long it takes to verify the signatures of all letters and to hash their bytes, on all cores. Reading does not count.
fn limit(made: &Made) -> Duration {
    let cores = thread::available_parallelism().unwrap().get();
    let mut keys = std::collections::BTreeMap::new();
    let mut spent = Duration::ZERO;
    let mut file = BufReader::new(File::open(&made.path).unwrap());
    next(&mut file);
    loop {
        let page = Page::parse(&next(&mut file)).unwrap();
        let letters: Vec<Signed> = page.entries.iter().filter_map(|entry| signed(entry, &mut keys)).collect();
        let start = Instant::now();
        thread::scope(|scope| {
            for share in letters.chunks(letters.len().div_ceil(cores).max(1)) {
                scope.spawn(move || share.iter().for_each(check));
            }
        });
        spent += start.elapsed();
        if !page.more {
            return spent;
        }
    }
}

/// The next frame.
fn next(file: &mut impl Read) -> Vec<u8> {
    let mut head = [0; 4];
    file.read_exact(&mut head).unwrap();
    let mut bytes = vec![0; frame_length(head).unwrap()];
    file.read_exact(&mut bytes).unwrap();
    bytes
}

fn check(letter: &Signed) {
    let key = VerifyingKey::from_bytes(&letter.key).unwrap();
    key.verify_strict(&letter.input, &Signature::from_bytes(&letter.signature)).unwrap();
    std::hint::black_box((of_bytes(&letter.body), of_bytes(&letter.ciphertext)));
}

/// What is verified of a letter; nothing of other entries, except that cards are remembered.
fn signed(entry: &Entry, keys: &mut std::collections::BTreeMap<[u8; 32], [u8; 32]>) -> Option<Signed> {
    match entry.kind {
        Kind::Card => {
            let card = amanah_protocol::card::UnverifiedCard::parse(&entry.body.0).unwrap();
            keys.insert(card.claimed().hash().0, card.claimed().verifying_key.0);
            None
        }
        Kind::Letter => {
            let (ByteString(body), signature): (ByteString, ByteString) = minicbor::decode(&entry.body.0).unwrap();
            let letter = Unverified::<Letter>::parse(&entry.body.0).unwrap();
            Some(Signed {
                key: keys[&letter.claimed().header.card.0],
                input: [b"amanah/v1/sign/letter\0", &body[..]].concat(),
                signature: signature.0.try_into().unwrap(),
                // nothing of an erased one
                ciphertext: entry.parts.first().map(|part| part.0.clone()).unwrap_or_default(),
                body,
            })
        }
        _ => None,
    }
}

/// How long the program audits, and the most memory that it had, in KiB.
fn audit(made: &Made) -> (Duration, u64) {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("amanah");
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(["audit", "--json", "--centre", &made.centre.to_string(), "--bundle"])
        .arg(&made.path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (ended, memory) = watch(&mut child);
    let time = start.elapsed();
    let mut report = String::new();
    child.stdout.take().unwrap().read_to_string(&mut report).unwrap();
    assert!(ended.success(), "{report}");
    (time, memory)
}

fn watch(child: &mut Child) -> (ExitStatus, u64) {
    let mut most = 0;
    loop {
        most = most.max(peak_kib(child.id()).unwrap_or(0));
        if let Some(ended) = child.try_wait().unwrap() {
            return (ended, most);
        }
        thread::sleep(LOOK);
    }
}

/// The most memory that a process has had, in KiB.
fn peak_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn main() -> ExitCode {
    let letters = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(1_000_000);
    let start = Instant::now();
    let made = make(Path::new(env!("CARGO_TARGET_TMPDIR")).join("letters.bundle"), letters);
    let bytes = std::fs::metadata(&made.path).unwrap().len();
    println!(
        "     {letters} letters of {PADDED} bytes in {} entries, {} MB, made in {:.0} s",
        made.entries,
        bytes / 1_000_000,
        start.elapsed().as_secs_f64()
    );
    let before = limit(&made);
    let (time, memory) = audit(&made);
    let limit = (before + limit(&made)) / 2;
    let ratio = time.as_secs_f64() / limit.as_secs_f64();
    let per = |time: Duration| time.as_secs_f64() * 1e6 / letters as f64;
    let (fast, small) = (ratio <= RATIO, memory < MEMORY_MIB * 1024);
    println!(
        "{} an audit against verifying and hashing on all cores: {ratio:.2} × (limit {RATIO} ×), {:.1} s against {:.1} s, {:.1} µs against {:.1} µs a letter",
        if fast { "held" } else { "OVER" },
        time.as_secs_f64(),
        limit.as_secs_f64(),
        per(time),
        per(limit),
    );
    println!(
        "{} memory of an audit: {} MiB (limit {MEMORY_MIB} MiB)",
        if small { "held" } else { "OVER" },
        memory / 1024
    );
    if fast && small { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
