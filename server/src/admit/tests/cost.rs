//! What the log costs: the same letters, admitted and stored by relays with and without it, in turns.
//!
//! `cargo xtask bench` runs it, built for release. It is no test of a rule, so `cargo test` leaves it out.

use std::process::Command;
use std::time::{Duration, Instant};

use amanah_protocol::ids::LetterId;
use amanah_protocol::letter::{Letter, LetterHeader, SenderState};
use amanah_protocol::record::LetterUpload;
use futures_util::future::try_join_all;

use super::*;
use crate::store::head;

/// Letters of 2 KiB in each turn, and how many turns each relay has: short ones and many, because the machine and the
/// plans of PostgreSQL change meanwhile.
const LETTERS: u32 = 64;
const TURNS: usize = 51;
/// How many people write at the same time: the first is alone with each fsync, the others share it.
const WRITERS: [usize; 3] = [1, 16, 64];
/// By how much the log may slow the relay down.
const LIMIT: f64 = 1.10;

/// Somebody who writes in the session of a centre.
struct Writing {
    centre: Centre,
    state: SenderState,
    written: u64,
}

impl Writing {
    async fn new(store: Store) -> Self {
        let keys = std::env::temp_dir().join(format!("amanah-cost-{}", Uuid::new_v4()));
        std::fs::create_dir_all(&keys).unwrap();
        Self { centre: Centre::on(store, HOUR, keys).await, state: SenderState::default(), written: 0 }
    }

    /// The next letter.
    fn letter(&mut self) -> Vec<u8> {
        let client = &self.centre.client;
        let mut ciphertext = vec![7; 2048 + 16];
        ciphertext[..8].copy_from_slice(&self.written.to_be_bytes());
        let header = LetterHeader {
            session: SESSION,
            epoch: 0,
            manifest: self.centre.manifest,
            sender: client.id(),
            card: client.card.hash(),
            id: LetterId(Uuid::new_v4()),
            sequence: self.state.next,
            previous_own: self.state.last,
            seen: None,
            salt: of_bytes(&self.written.to_be_bytes()),
        };
        let letter = Letter { header, commitment: of_bytes(&ciphertext), ciphertext: of_bytes(&ciphertext) };
        let signed = Signed::sign(letter, &client.key);
        self.state = SenderState::after(&signed);
        self.written += 1;
        LetterUpload { letter: ByteString(signed.wire().to_vec()), ciphertext: ByteString(ciphertext) }.to_bytes()
    }

    /// How long so many writers need for the letters of a turn.
    async fn turn(&mut self, writers: usize) -> Duration {
        let letters: Vec<_> = (0..LETTERS).map(|_| self.letter()).collect();
        let account = self.centre.client.id();
        let start = Instant::now();
        for together in letters.chunks(writers) {
            let posted = together.iter().cloned().map(|letter| {
                self.centre.change(move |connection, scene| {
                    Box::pin(async move { scene.letter(connection, account, SESSION, &letter).await })
                })
            });
            try_join_all(posted).await.unwrap();
        }
        start.elapsed()
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Whether the log costs no more than it may on these two stores.
async fn compare(name: &str, urls: &[String], with: Store, without: Store) -> bool {
    let (mut with, mut without) = (Writing::new(with).await, Writing::new(without).await);
    let mut held = true;
    for writers in WRITERS {
        let (mut on, mut off, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for turn in 0..=TURNS {
            for url in urls {
                analyze(url);
            }
            let (first, second) = if turn % 2 == 0 {
                let on = with.turn(writers).await;
                (on, without.turn(writers).await)
            } else {
                let off = without.turn(writers).await;
                (with.turn(writers).await, off)
            };
            // the first turn of each warms up
            if turn > 0 {
                on.push(first.as_secs_f64());
                off.push(second.as_secs_f64());
                ratios.push(first.as_secs_f64() / second.as_secs_f64());
            }
        }
        let (on, off, ratio) = (median(on), median(off), median(ratios));
        let second = |time: f64| f64::from(LETTERS) / time;
        held &= ratio <= LIMIT;
        println!(
            "{} the log on {name}, {writers} at a time: {ratio:.3} × (limit {LIMIT} ×), {:.0} against {:.0} letters a second",
            if ratio <= LIMIT { "held" } else { "OVER" },
            second(on),
            second(off),
        );
    }
    let logged = async |writing: &Writing| {
        let store = &writing.centre.store;
        store.view(|connection| Box::pin(async move { Ok(head(connection).await?.tree.size) })).await.unwrap()
    };
    assert_eq!(logged(&with).await, next(&with).await);
    assert_eq!(logged(&without).await, 0);
    held
}

/// How many structures are stored.
async fn next(writing: &Writing) -> u64 {
    writing.centre.change(|c, _| Box::pin(crate::store::next_position(c))).await.unwrap() - 1
}

fn sqlite(folder: &std::path::Path, name: &str) -> String {
    format!("sqlite:{}", folder.join(name).display())
}

/// Lets PostgreSQL plan both by what is stored, not by when it happened to look: the tables grow from nothing here.
fn analyze(url: &str) {
    if url.starts_with("postgres") {
        assert!(Command::new("psql").args([url, "--quiet", "--command", "analyze"]).status().unwrap().success());
    }
}

/// A new database on the PostgreSQL that `cargo xtask bench` starts.
fn postgres(name: &str) -> String {
    let server = std::env::var("AMANAH_TEST_POSTGRES").expect("run it with `cargo xtask bench`");
    let create = format!("create database {name}");
    assert!(Command::new("psql").args([&server, "--quiet", "--command", &create]).status().unwrap().success());
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, built for release: cargo xtask bench"]
async fn the_log_costs_at_most_a_tenth_of_what_is_written() {
    let folder = std::env::temp_dir().join(format!("amanah-cost-{}", Uuid::new_v4()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut held = true;
    for (name, urls) in [
        ("SQLite", ["with.db", "without.db"].map(|name| sqlite(&folder, name))),
        ("PostgreSQL", ["log_on", "log_off"].map(postgres)),
    ] {
        let [with, without] = &urls;
        let (with, without) = (Store::create(with).await.unwrap(), Store::without_log(without).await.unwrap());
        held &= Box::pin(compare(name, &urls, with, without)).await;
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(held);
}
