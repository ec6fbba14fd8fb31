//! The open log: foreign tools follow it, clients notice when it is forked, rolled back or lacks something, and it grows
//! on whichever relay takes the next letter.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story that cannot go on has failed"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use amanah_client_sdk::Sheet;
use amanah_client_sdk::account::AccountError;
use amanah_client_sdk::centre::CentreError;
use amanah_client_sdk::http::HttpTransport;
use amanah_client_sdk::log::LogError;
use amanah_client_sdk::people::FingerprintError;
use amanah_client_sdk::session::{SendError, SyncError};
use amanah_client_sdk::transport::{Clock, Method, Request, Response, TransportError};
use amanah_protocol::card::UnverifiedCard;
use amanah_protocol::cbor::Structure;
use amanah_protocol::centre::Role;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::SessionId;
use amanah_protocol::log::{Checkpoint, Edge, MapAnswer, Salt, SignedCheckpoint, Tile};
use amanah_protocol::record::Page;
use amanah_tests::accomplice::{RelayKey, checkpoint, leaves, rewrite, served};
use amanah_tests::by_hand::keys_and_token_of;
use amanah_tests::door::{Asked, CBOR, Door};
use amanah_tests::hostile::Hostile;
use amanah_tests::on_both_stores;
use amanah_tests::people::{Centre, Device, Wall, environment, handle, open_session, passphrase, read, rng, send};
use amanah_tests::relay::Store;
use base64ct::{Base64, Encoding};
use ed25519_dalek as ed25519;

on_both_stores! {
    foreign_tools_follow_the_log,
    what_was_stored_before_there_was_a_log_is_taken_in,
}

type Way = Hostile<HttpTransport>;
/// The tree of another implementation.
type Peer = ct_merkle::mem_backed_tree::MemoryBackedTree<sha2::Sha256, Vec<u8>>;

/// A session with enough letters that some tiles are full.
async fn long_session(centre: &Centre) -> (Device<HttpTransport>, SessionId) {
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    for number in 0..270 {
        send(&mut client, session, &number.to_string()).await;
    }
    (client, session)
}

/// Two public packages that know nothing of us: `signed_note` and `tlog_tiles` check the signature and read the tiles,
/// `ct-merkle` makes the root again from the data of all leaves.
async fn foreign_tools_follow_the_log(store: Store) {
    let centre = Centre::found(store).await;
    let (_, session) = long_session(&centre).await;
    let note = served(&centre, "checkpoint").await;
    let theirs = signed_note::Note::from_bytes(&note).unwrap();
    let origin = Checkpoint::origin(centre.id);
    let encoded = [&[1], &centre.relay.key.0[..]].concat();
    let key = format!("{origin}+{:08x}+{}", signed_note::key_id(&origin, &encoded), Base64::encode_string(&encoded));
    let key = signed_note::StandardVerifier::new(&key).unwrap();
    let (verified, _) = theirs.verify(&signed_note::VerifierList::new(vec![Box::new(key)])).unwrap();
    assert_eq!(verified.len(), 1);
    let head = tlog_tiles::Checkpoint::from_bytes(theirs.text()).unwrap();
    assert_eq!(head.origin(), origin);

    let mut tree = Peer::new();
    let size = head.size();
    assert!(size > 256, "{size}");
    for index in 0..size.div_ceil(256) {
        let width = (size - index * 256).min(256);
        let partial = if width == 256 { String::new() } else { format!(".p/{width}") };
        let data = served(&centre, &format!("tile/entries/{index:03}{partial}")).await;
        for leaf in data.chunks(34) {
            assert_eq!(leaf[..2], [0, 32]);
            tree.push(leaf[2..].to_vec());
        }
    }
    assert_eq!(tree.len(), size);
    assert_eq!(tree.root().as_bytes().as_slice(), head.hash().0, "ct-merkle makes the same root");

    let mut tiles = BTreeMap::new();
    for tile in [(0, 0, 256), (0, 1, size % 256), (1, 0, 1)] {
        let (level, index, width) = tile;
        let partial = if width == 256 { String::new() } else { format!(".p/{width}") };
        tiles.insert(tile, served(&centre, &format!("tile/{level}/{index:03}{partial}")).await);
    }
    let first = tlog_tiles::record_hash(&tree.get(0).unwrap().clone());
    assert_eq!(first.0, tiles[&(0, 0, 256)][..32], "tlog_tiles hashes a leaf as we do");
    let missing = Asked::new(reqwest::Method::GET, "/v1/log/tile/0/007");
    assert!(!Door::of(&centre.relay).ask(missing).await.is_success(), "a tile that is not there yet");

    let asked = Asked::new(reqwest::Method::GET, format!("/v1/sessions/{session}/record"));
    let (_, token) = keys_and_token_of(&centre, "bunga-3").await;
    let page = Page::parse(&Door::of(&centre.relay).ask(asked.by(&token)).await.accepted()).unwrap();
    for entry in &page.entries {
        let index = usize::try_from(entry.position - 1).unwrap();
        assert_eq!(entry.leaf_data().unwrap().0[..], tree.get(index).unwrap()[..]);
    }
}

async fn what_was_stored_before_there_was_a_log_is_taken_in(store: Store) {
    let mut centre = Centre::found(store).await;
    let (mut client, session) = long_session(&centre).await;
    let before = checkpoint(&centre).await;
    centre.relay.stop();
    centre.relay.sql("delete from log_tiles");
    centre.relay.sql("delete from log_head");
    centre.relay.restart();
    assert_eq!(checkpoint(&centre).await.note(), before.note());
    assert_eq!(read(&mut client, session).await.len(), 270);
}

/// A client who has written, and a device of the same client behind a liar.
struct Story {
    centre: Centre,
    client: Device<HttpTransport>,
    sheet: Sheet,
    way: Way,
    device: Device<Way>,
    session: SessionId,
}

async fn story() -> Story {
    let centre = Centre::found(Store::Sqlite).await;
    let (counsellor, sheet) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    send(&mut client, session, "satu").await;
    let way = Hostile::new(centre.relay.transport());
    let mut device = centre.another_device_over("bunga-3", None, way.clone()).await;
    assert_eq!(read(&mut device, session).await, ["satu"]);
    Story { centre, client, sheet, way, device, session }
}

impl Story {
    /// What the device finds wrong when it reads, and again when it writes.
    async fn noticed(&mut self) -> LogError {
        let found = self.device.sync(self.session).await.map(drop).unwrap_err();
        let draft = self.device.draft("must not leave".to_owned(), None).unwrap();
        assert_eq!(self.device.send(self.session, &draft).await.unwrap_err(), SendError::Sync(found));
        match found {
            SyncError::Centre(CentreError::Log(found)) => found,
            other => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forked_log_is_noticed() {
    let mut story = story().await;
    let mut leaves = leaves(&story.centre).await;
    leaves[3] = Hash([7; 32]);
    rewrite(&story.centre, &story.way, &leaves).await;
    assert_eq!(story.noticed().await, LogError::Forked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forked_log_that_has_grown_is_noticed() {
    let mut story = story().await;
    send(&mut story.client, story.session, "dua").await;
    let mut leaves = leaves(&story.centre).await;
    leaves.swap(2, 3);
    rewrite(&story.centre, &story.way, &leaves).await;
    assert_eq!(story.noticed().await, LogError::Forked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_leaf_is_noticed() {
    let mut story = story().await;
    for text in ["dua", "tiga"] {
        send(&mut story.client, story.session, text).await;
    }
    let mut leaves = leaves(&story.centre).await;
    let length = leaves.len();
    leaves.remove(length - 2);
    rewrite(&story.centre, &story.way, &leaves).await;
    let found = story.noticed().await;
    assert!(matches!(found, LogError::Missing), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_rolled_back_is_noticed() {
    let mut story = story().await;
    let old = served(&story.centre, "checkpoint").await;
    send(&mut story.client, story.session, "dua").await;
    assert_eq!(read(&mut story.device, story.session).await.len(), 2);
    story.way.tell(move |request: &Request, mut answer: Response| {
        if request.path == "/v1/log/checkpoint" {
            answer.body.clone_from(&old);
        }
        Ok(answer)
    });
    assert_eq!(story.noticed().await, LogError::RolledBack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_for_a_letter_that_is_not_in_the_log_is_noticed() {
    let mut story = story().await;
    let old = served(&story.centre, "checkpoint").await;
    story.way.tell(move |request: &Request, mut answer: Response| {
        if request.path == "/v1/log/checkpoint" {
            answer.body.clone_from(&old);
        }
        Ok(answer)
    });
    let draft = story.device.draft("dua".to_owned(), None).unwrap();
    let sent = story.device.send(story.session, &draft).await.unwrap_err();
    assert_eq!(sent, SendError::Sync(SyncError::Centre(CentreError::Log(LogError::Missing))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_by_another_key_or_an_altered_one_is_noticed() {
    let mut story = story().await;
    let honest = checkpoint(&story.centre).await;
    let other = RelayKey(ed25519::SigningKey::from_bytes(&[9; 32]));
    let by_other = SignedCheckpoint::sign(*honest.checkpoint(), &other).note();
    let altered = honest.note().replacen(&format!("\n{}\n", honest.head().size), "\n99\n", 1);
    for note in [by_other, altered, String::new()] {
        story.way.tell(move |request: &Request, mut answer: Response| {
            if request.path == "/v1/log/checkpoint" {
                answer.body = note.clone().into_bytes();
            }
            Ok(answer)
        });
        assert_eq!(story.noticed().await, LogError::Checkpoint);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_tile_is_noticed() {
    let mut story = story().await;
    send(&mut story.client, story.session, "dua").await;
    story.way.tell(|request: &Request, mut answer: Response| {
        if request.path.starts_with("/v1/log/tile/0/") {
            answer.body[33] ^= 1;
        }
        Ok(answer)
    });
    assert_eq!(story.noticed().await, LogError::Hashes);
}

/// The relay shows an entry that is not the one in its log.
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_not_in_the_log_is_noticed() {
    let mut story = story().await;
    send(&mut story.client, story.session, "dua").await;
    story.way.change_pages("/record", |page| {
        page.entries.iter_mut().for_each(|entry| entry.salt = Salt([9; 16]));
    });
    assert_eq!(story.noticed().await, LogError::Missing);
    story.way.be_honest();
    assert_eq!(read(&mut story.device, story.session).await, ["satu", "dua"], "nothing of it was kept");
}

/// A relay that has no checkpoint to show at first does not get what it showed believed by that.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_while_the_log_could_not_be_reached_is_checked_later() {
    let mut story = story().await;
    send(&mut story.client, story.session, "dua").await;
    story.way.tell(|request: &Request, mut answer: Response| {
        if request.path == "/v1/log/checkpoint" {
            return Err(TransportError::Offline);
        }
        if request.path.contains("/record") {
            let mut page = Page::parse(&answer.body).unwrap();
            page.entries.iter_mut().for_each(|entry| entry.salt = Salt([9; 16]));
            answer.body = page.to_bytes();
        }
        Ok(answer)
    });
    let offline = SyncError::Centre(CentreError::Relay(TransportError::Offline.into()));
    assert_eq!(story.device.sync(story.session).await.map(drop).unwrap_err(), offline);
    story.way.be_honest();
    let found = story.device.sync(story.session).await.map(drop).unwrap_err();
    assert_eq!(found, SyncError::Centre(CentreError::Log(LogError::Missing)));
    assert_eq!(read(&mut story.device, story.session).await, ["satu", "dua"], "nothing of it was kept");
}

/// An auditor who reads no session remembers the log all the same.
#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_remembers_the_log_of_the_last_audit() {
    let mut story = story().await;
    let (mut auditor, sheet) = story.centre.counsellor("auditor-1").await;
    story.centre.appoint(auditor.id(), Role::Auditor, "Kantor Akuntan").await;
    let old = served(&story.centre, "checkpoint").await;
    send(&mut story.client, story.session, "dua").await;
    auditor.refresh_centre().await.unwrap();
    auditor.audit_bundle(async |_| true).await.unwrap();
    let way = Hostile::new(story.centre.relay.transport());
    way.tell(move |request: &Request, mut answer: Response| {
        if request.path == "/v1/log/checkpoint" {
            answer.body.clone_from(&old);
        }
        Ok(answer)
    });
    let (handle, passphrase) = (handle("auditor-1"), passphrase());
    let signed_in = Device::sign_in(environment(way), story.centre.id, &handle, &passphrase, Some(&sheet)).await;
    assert_eq!(signed_in.map(drop).unwrap_err(), AccountError::Centre(CentreError::Log(LogError::RolledBack)));
}

/// Somebody makes new keys, and the relay goes on showing the old ones to a counterpart who has never seen the new.
#[tokio::test(flavor = "multi_thread")]
async fn old_keys_of_a_counterpart_are_noticed() {
    let Story { centre, sheet, session, client, .. } = story().await;
    let way = Hostile::new(centre.relay.transport());
    let mut counsellor = centre.another_device_over("bu-rini", Some(&sheet), way.clone()).await;
    send(&mut counsellor, session, "dua").await;
    let (keys, token) = keys_and_token_of(&centre, "bunga-3").await;
    let (_, card) = keys.newest().next(&mut rng(), Wall.now());
    let before = leaves(&centre).await.len();
    let asked = Asked::new(reqwest::Method::POST, "/v1/cards").with(CBOR, card.wire().to_vec()).by(&token);
    Door::of(&centre.relay).ask(asked).await.accepted();
    let new = card.hash();
    way.change_pages("/cards", move |page| {
        page.entries.retain(|entry| UnverifiedCard::parse(&entry.body.0).unwrap().claimed().hash() != new);
    });
    let draft = counsellor.draft("tiga".to_owned(), None).unwrap();
    let sent = counsellor.send(session, &draft).await.unwrap_err();
    assert_eq!(sent, SendError::Sync(SyncError::Centre(CentreError::Log(LogError::NotNewest))));
    way.be_honest();
    let sent = counsellor.send(session, &draft).await.unwrap_err();
    let SendError::KeysChanged(keys) = sent else { panic!("{sent}") };
    assert_eq!(keys.account, client.id(), "the new ones are shown, and asked about");
    way.change_pages("/cards", |page| page.entries.iter_mut().for_each(|entry| entry.salt = Salt([9; 16])));
    let lied = counsellor.acknowledge_keys(client.id()).await.unwrap_err();
    assert_eq!(lied, FingerprintError::Sync(SyncError::Centre(CentreError::Log(LogError::Missing))));
    way.be_honest();
    assert_eq!(counsellor.acknowledge_keys(client.id()).await.unwrap(), keys, "and where the log has them");
    assert_eq!(usize::try_from(keys.position).unwrap(), before + 1);
    counsellor.send(session, &draft).await.unwrap();
    let outline = &counsellor.thread(&session).unwrap().manifest().unwrap().body().outline;
    assert_eq!((outline.epoch, outline.member(&client.id()).unwrap().card), (1, new), "sealed to the new keys");
}

/// Somebody makes new keys after their first letter was read and before it was answered.
#[tokio::test(flavor = "multi_thread")]
async fn new_keys_of_somebody_who_was_only_read_are_noticed() {
    let Story { centre, sheet, session, client, .. } = story().await;
    let mut counsellor = centre.another_device("bu-rini", Some(&sheet)).await;
    counsellor.sync(session).await.unwrap();
    let (keys, token) = keys_and_token_of(&centre, "bunga-3").await;
    let (_, card) = keys.newest().next(&mut rng(), Wall.now());
    let asked = Asked::new(reqwest::Method::POST, "/v1/cards").with(CBOR, card.wire().to_vec()).by(&token);
    Door::of(&centre.relay).ask(asked).await.accepted();
    // also from a device that has read nothing yet
    for mut device in [counsellor, centre.another_device("bu-rini", Some(&sheet)).await] {
        let draft = device.draft("dua".to_owned(), None).unwrap();
        let sent = device.send(session, &draft).await.unwrap_err();
        assert!(matches!(sent, SendError::KeysChanged(keys) if keys.account == client.id()), "{sent}");
    }
}

/// A new device is shown the vault of before, with its own signed head.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_vault_is_noticed_by_a_new_device() {
    let mut story = story().await;
    let way = Hostile::new(story.centre.relay.transport());
    let old = Arc::new(Mutex::new(None));
    let keep = old.clone();
    way.tell(move |request: &Request, answer: Response| {
        if request.method == Method::Get && request.path == "/v1/vault" {
            *keep.lock().unwrap() = Some(answer.body.clone());
        }
        Ok(answer)
    });
    let _device = story.centre.another_device_over("bunga-3", None, way.clone()).await;
    send(&mut story.client, story.session, "dua").await;
    read(&mut story.client, story.session).await;
    way.tell(move |request: &Request, mut answer: Response| {
        if request.method == Method::Get && request.path == "/v1/vault" {
            answer.body = old.lock().unwrap().clone().unwrap();
        }
        Ok(answer)
    });
    let refused = signs_in(&story.centre, way.clone()).await;
    assert_eq!(refused, AccountError::Centre(CentreError::Log(LogError::NotNewest)));
    // a map that says otherwise has no proof
    let lie = move |request: &Request, mut answer: Response| {
        if request.path.starts_with("/v1/log/map/") {
            let mut map = MapAnswer::parse(&answer.body).unwrap();
            map.vault_head = Some(Hash([7; 32]));
            answer.body = map.to_bytes();
        }
        Ok(answer)
    };
    way.tell(lie);
    let refused = signs_in(&story.centre, way).await;
    assert_eq!(refused, AccountError::Centre(CentreError::Log(LogError::Hashes)));
}

/// Why the client is not signed in over this way.
async fn signs_in(centre: &Centre, way: Way) -> AccountError {
    let (handle, passphrase) = (handle("bunga-3"), passphrase());
    let signed_in = Device::sign_in(environment(way), centre.id, &handle, &passphrase, None).await;
    signed_in.map(drop).unwrap_err()
}

/// Two relays write into one database; one is killed, and the other goes on with the same log.
#[tokio::test(flavor = "multi_thread")]
async fn another_relay_goes_on_with_the_log_when_one_is_killed() {
    let centre = Centre::found(Store::Postgres).await;
    let (counsellor, _) = centre.counsellor("bu-rini").await;
    let mut second = centre.relay.beside();
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    let other = centre.another_device_over("bunga-3", None, second.transport(&centre.relay)).await;
    let mut devices = [client, other];
    for number in 0..20 {
        send(&mut devices[number % 2], session, &number.to_string()).await;
    }
    let before = checkpoint(&centre).await;
    second.kill();
    for number in 20..30 {
        send(&mut devices[0], session, &number.to_string()).await;
    }
    let after = checkpoint(&centre).await.head();
    assert!(after.size >= before.head().size + 10);
    assert_eq!(read(&mut devices[0], session).await.len(), 30);
    let leaves = served(&centre, &Tile::in_tree(after.size, 0, 0).unwrap().path()).await;
    let leaves: Vec<_> = leaves.chunks(32).map(|hash| Hash::from_slice(hash).unwrap()).collect();
    assert_eq!(Edge::empty().with(&leaves).unwrap().edge.head(), after);
}
