//! A director erases a session: nothing that was sealed in it is left, everybody is told so, and no relay can pretend it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use amanah_auditor::{Check, audit_bundle, look};
use amanah_client_sdk::centre::CentreError;
use amanah_client_sdk::consent::GrantedCase;
use amanah_client_sdk::director::{Director, DirectorError};
use amanah_client_sdk::escrow::{Asking, EscrowFlowError};
use amanah_client_sdk::http::HttpTransport;
use amanah_client_sdk::log::LogError;
use amanah_client_sdk::session::{SendError, SyncError};
use amanah_client_sdk::thread::Fault;
use amanah_client_sdk::transport::Clock;
use amanah_client_sdk::{Erased, RelayError};
use amanah_protocol::api::ProblemCode;
use amanah_protocol::consent::Purpose;
use amanah_protocol::erasure::{Basis, Tombstone};
use amanah_protocol::escrow::GroundCode;
use amanah_protocol::ids::SessionId;
use amanah_protocol::manifest::ManifestError;
use amanah_protocol::record::{Entry, Kind, Page};
use amanah_tests::escrow::{Offer, grounds};
use amanah_tests::hostile::Hostile;
use amanah_tests::on_both_stores;
use amanah_tests::people::{Centre, Device, Wall, escrow_by, passphrase, read, rng, send};
use amanah_tests::relay::{Relay, Store};

type Way = Hostile<HttpTransport>;
type Lie = fn(&mut Page);
type BoxedLie = Box<dyn Fn(&mut Page) + Send>;

on_both_stores! {
    an_erased_session_is_gone_and_everything_else_goes_on,
    an_audit_passes_after_an_erasure_also_against_a_bundle_of_before,
}

/// A client with two escrowed sessions in one case, and everything that was sealed in the first.
struct Story {
    centre: Centre,
    offer: Offer<HttpTransport>,
    client: Device<HttpTransport>,
    counsellor: Device<HttpTransport>,
    granted: GrantedCase,
    /// The session that is erased.
    one: SessionId,
    other: SessionId,
    sealed: Vec<Vec<u8>>,
}

async fn story(store: Store) -> Story {
    let centre = Centre::found(store).await;
    let offer = centre.offer_escrow(2, 3, grounds()).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let terms = escrow_by(&client, offer.policy);
    let granted = client.grant(counsellor.id(), &terms).await.unwrap();
    let one = client.open_session(granted, counsellor.id()).await.unwrap();
    let other = client.open_session(granted, counsellor.id()).await.unwrap();
    for number in 0..12 {
        for session in [one, other] {
            send(&mut client, session, &"cerita ".repeat(1 + 90 * number)).await;
            send(&mut counsellor, session, &format!("jawaban {number}")).await;
        }
    }
    counsellor.rotate(one).await.unwrap();
    let sealed = sealed_in(&centre, one).await;
    assert_eq!(sealed.len(), 2 * (2 + 3) + 24, "wraps, shares and ciphertexts");
    Story { centre, offer, client, counsellor, granted, one, other, sealed }
}

/// Everything that the relay serves beside the structures of a session.
async fn sealed_in(centre: &Centre, session: SessionId) -> Vec<Vec<u8>> {
    let pages = recorded(centre, session).await;
    pages.into_iter().flat_map(|page| page.entries).flat_map(|e| e.parts).map(|part| part.0).collect()
}

/// The pages of a session as a new device of the client gets them.
async fn recorded(centre: &Centre, session: SessionId) -> Vec<Page> {
    let way = Hostile::new(centre.relay.transport());
    let mut device = centre.another_device_over("bunga-3", None, way.clone()).await;
    let pages = Arc::new(Mutex::new(Vec::new()));
    let seen = pages.clone();
    way.change_pages("/record", move |page| seen.lock().unwrap().push(page.clone()));
    device.sync(session).await.unwrap();
    let pages = pages.lock().unwrap();
    pages.clone()
}

impl Story {
    fn tombstone(&self) -> Tombstone {
        Tombstone { centre: self.centre.id, session: self.one, basis: Basis::ClientAsked, time: Wall.now() }
    }

    async fn erase(&self, tombstone: &Tombstone) -> Result<(), DirectorError> {
        self.centre.director.erase(self.centre.relay.transport(), tombstone.clone()).await.map(|_| ())
    }

    /// A new device of the client behind a liar, who is honest until told otherwise.
    async fn new_device(&self) -> (Way, Device<Way>) {
        let way = Hostile::new(self.centre.relay.transport());
        let device = self.centre.another_device_over("bunga-3", None, way.clone()).await;
        (way, device)
    }

    /// How many pieces of what was sealed in the session stand in the files of the relay.
    fn found(&self) -> usize {
        let pieces: BTreeSet<&[u8]> = self.sealed.iter().flat_map(|part| part.chunks_exact(16)).collect();
        found_under(self.centre.relay.folder(), &pieces)
    }

    /// How many things are sealed beside the structures of the session, in the database itself.
    fn parts(&self) -> String {
        let session = hex::encode(self.one.0.as_bytes());
        let session = match self.centre.relay.database() {
            Some(_) => format!("'\\x{session}'::bytea"),
            None => format!("x'{session}'"),
        };
        let of_session = format!("select position from structures where session = {session}");
        let count = format!("select count(*) from parts where position in ({of_session})");
        self.centre.relay.sql(&count).trim().trim_matches(['[', ']', '(', ')', ',']).to_owned()
    }
}

fn found_under(folder: &Path, pieces: &BTreeSet<&[u8]>) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found = entries.map(|path| {
        if path.is_dir() {
            return found_under(&path, pieces);
        }
        let bytes = std::fs::read(&path).unwrap();
        bytes.windows(16).filter(|window| pieces.contains(window)).count()
    });
    found.sum()
}

fn refused(code: ProblemCode) -> Result<(), DirectorError> {
    Err(DirectorError::Relay(RelayError::Refused(code)))
}

async fn an_erased_session_is_gone_and_everything_else_goes_on(database: Store) {
    let mut story = story(database).await;
    assert_eq!(read(&mut story.client, story.one).await.len(), 24);
    assert_eq!(read(&mut story.counsellor, story.one).await.len(), 24);
    let there = |story: &Story| story.parts() != "0" && (database == Store::Postgres || story.found() > 0);
    assert!(there(&story));

    let tombstone = story.tombstone();
    story.erase(&tombstone).await.unwrap();
    story.erase(&tombstone).await.unwrap();
    let again = Tombstone { basis: Basis::Law, ..tombstone.clone() };
    assert_eq!(story.erase(&again).await, refused(ProblemCode::SessionErased), "once, and for one reason");
    assert_eq!((story.parts().as_str(), story.found()), ("0", 0));

    story.centre.relay.kill_and_restart();
    assert_eq!((story.parts().as_str(), story.found()), ("0", 0));
    // who has read it before, on the same device, and a new device
    let (_, mut phone) = story.new_device().await;
    let (one, other) = (story.one, story.other);
    for erased in
        [shown(&mut story.client, one).await, shown(&mut story.counsellor, one).await, shown(&mut phone, one).await]
    {
        assert_eq!(erased.basis, Basis::ClientAsked);
        assert!(erased.at.distance(tombstone.time) < 600_000);
    }
    let draft = story.client.draft("tidak boleh keluar".to_owned(), None).unwrap();
    let refused = story.client.send(one, &draft).await.unwrap_err();
    assert!(matches!(refused, SendError::Erased(_)), "{refused}");
    let refused = story.counsellor.rotate(one).await.unwrap_err();
    assert!(matches!(refused, SendError::Erased(_)), "{refused}");
    let refused = story.offer.trustees[0].check_deposits(one).await.unwrap_err();
    assert!(matches!(refused, EscrowFlowError::Erased(_)), "{refused}");
    let asking = Asking {
        session: one,
        from_epoch: 0,
        to_epoch: 0,
        ground: GroundCode::ImminentDanger,
        recipient: story.counsellor.id(),
        reason: "Nyawa dalam bahaya.".to_owned().into(),
        open_ms: 86_400_000,
    };
    let refused = story.counsellor.request_release(&asking).await.unwrap_err();
    assert!(matches!(refused, EscrowFlowError::Erased(_)), "{refused}");

    // the other session of the same case, also when consent changes
    story.client.revoke(story.granted.case, story.granted.grant, &[Purpose::Escrow]).await.unwrap();
    send(&mut story.client, other, "kita lanjutkan").await;
    assert_eq!(read(&mut story.counsellor, other).await.len(), 25);
    assert_eq!(shown(&mut story.client, one).await.basis, Basis::ClientAsked);
}

/// What a device is told of a session that was erased.
async fn shown<T: amanah_client_sdk::transport::Transport>(device: &mut Device<T>, session: SessionId) -> Erased {
    let thread = device.sync(session).await.unwrap();
    assert_eq!(thread.fault(), None);
    assert_eq!(thread.letters().len(), 24, "who wrote when is still known");
    assert!(thread.letters().iter().all(|letter| letter.content.is_none() && letter.closed));
    thread.erased().unwrap()
}

/// What the operator gives an auditor.
fn exported(relay: &Relay) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bundle");
    let done = relay.run("export-audit", &["--to", file.to_str().unwrap()]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::read(file).unwrap()
}

async fn an_audit_passes_after_an_erasure_also_against_a_bundle_of_before(database: Store) {
    let mut story = story(database).await;
    let before = exported(&story.centre.relay);
    story.erase(&story.tombstone()).await.unwrap();
    let after = exported(&story.centre.relay);
    let file = format!("sqlite:{}", story.centre.relay.folder().join("amanah.db").display());
    let url = story.centre.relay.database().map_or(file, str::to_owned);
    let centre = story.centre.id;
    for (bundle, erased) in [(&before, 0), (&after, 1)] {
        let report = audit_bundle(&bundle[..], centre, None).unwrap();
        let report = report.with_look(look(&url, &bundle[..], centre).await.unwrap());
        assert!(report.passed(), "{report}");
        assert_eq!(report.result(Check::Erasure).unwrap().counted, erased);
    }
    // a database in which something is left of it, or from which more is gone
    story.centre.relay.stop();
    let position = "(select min(position) from structures where kind = 14)";
    let bytes = if database == Store::Sqlite { "zeroblob(272)" } else { "decode(repeat('00', 272), 'hex')" };
    let kept = format!("insert into parts (position, place, bytes) values ({position}, 0, {bytes})");
    let lost = "delete from parts where position = (select max(position) from structures where kind = 14)";
    for (statement, undone) in
        [(kept, format!("delete from parts where position = {position}")), (lost.to_owned(), "select 1".to_owned())]
    {
        story.centre.relay.sql(&statement);
        let look = look(&url, &after[..], centre).await.unwrap();
        let report = audit_bundle(&after[..], centre, None).unwrap().with_look(look);
        let found = report.result(Check::Database).unwrap();
        let reasons: Vec<_> = found.findings.iter().map(|finding| finding.reason.as_str()).collect();
        assert!(reasons.iter().any(|reason| reason.starts_with("erasure: ")), "{statement}: {reasons:?}");
        story.centre.relay.sql(&undone);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_root_erases() {
    let story = story(Store::Sqlite).await;
    let (stranger, _) = Director::create(&mut rng(), &passphrase());
    let transport = || story.centre.relay.transport();
    assert_eq!(stranger.erase(transport(), story.tombstone()).await.map(drop), Err(DirectorError::OtherCentre));
    let theirs = Tombstone { centre: stranger.centre(), ..story.tombstone() };
    assert_eq!(stranger.erase(transport(), theirs).await.map(drop), refused(ProblemCode::BadSignature));
    assert!(story.found() > 0 && story.parts() != "0");
    let nowhere = Tombstone { session: SessionId::from_random_bytes([9; 16]), ..story.tombstone() };
    assert_eq!(story.erase(&nowhere).await, refused(ProblemCode::UnknownReference));
}

/// While somebody reads an older state of the database, it is not gone, and the relay does not say so.
#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_is_only_confirmed_once_it_is_gone_from_all_files() {
    const READS: &str = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('begin'); \
        c.execute('select count(*) from parts').fetchall(); print('reading', flush=True); sys.stdin.read()";
    let story = story(Store::Sqlite).await;
    let file = story.centre.relay.folder().join("amanah.db");
    let mut python = Command::new("python3");
    python.args(["-c", READS]).arg(&file).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut reader = python.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(reader.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let tombstone = story.tombstone();
    assert_eq!(story.erase(&tombstone).await, refused(ProblemCode::Unavailable));
    assert!(story.found() > 0);
    drop(reader.stdin.take());
    reader.wait().unwrap();
    // also for a director who signs it anew
    let anew = Tombstone { time: tombstone.time.plus(1), ..tombstone };
    assert_eq!(story.erase(&anew).await, refused(ProblemCode::SessionErased));
    assert_eq!((story.parts().as_str(), story.found()), ("0", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_keeps_something_back_without_a_tombstone_is_found() {
    let story = story(Store::Sqlite).await;
    let lies: [(Lie, Fault); 3] = [
        (|page| lose(page, Kind::Letter), Fault::Unreadable),
        (|page| lose(page, Kind::Manifest), Fault::Manifest(ManifestError::Wraps)),
        (|page| page.entries.iter_mut().for_each(|entry| entry.parts.clear()), Fault::Manifest(ManifestError::Wraps)),
    ];
    for (lie, fault) in lies {
        let (way, mut device) = story.new_device().await;
        way.change_pages("/record", lie);
        let thread = device.sync(story.one).await.unwrap();
        assert_eq!((thread.fault(), thread.erased()), (Some(fault), None));
    }
}

fn lose(page: &mut Page, kind: Kind) {
    page.entries.iter_mut().filter(|entry| entry.kind == kind).for_each(|entry| entry.parts.clear());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_hides_the_tombstone_is_found() {
    let mut story = story(Store::Sqlite).await;
    let before = recorded(&story.centre, story.one).await;
    story.erase(&story.tombstone()).await.unwrap();
    let lies: [Lie; 3] = [
        |page| page.erased = None,
        |page| page.entries.retain(|entry| entry.kind != Kind::Tombstone),
        |page| {
            page.erased = None;
            page.entries.retain(|entry| entry.kind != Kind::Tombstone);
        },
    ];
    for lie in lies {
        let (way, mut device) = story.new_device().await;
        way.change_pages("/record", lie);
        let thread = device.sync(story.one).await.unwrap();
        assert!(thread.fault().is_some() && thread.erased().is_none());
    }
    // who was told once cannot be shown the session as it was
    shown(&mut story.client, story.one).await;
    let (way, mut device) = story.new_device().await;
    let mut before = before.into_iter();
    way.change_pages("/record", move |page| {
        if let Some(old) = before.next() {
            (page.entries, page.more, page.erased) = (old.entries, old.more, None);
        }
    });
    assert_eq!(device.sync(story.one).await.unwrap().fault(), Some(Fault::RolledBack));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_pretends_an_erasure_is_found() {
    let story = story(Store::Sqlite).await;
    let honest = recorded(&story.centre, story.one).await;
    story.erase(&story.tombstone()).await.unwrap();

    // one that is not in the log, to somebody who has never seen it there
    let (way, mut device) = story.new_device().await;
    way.change_pages("/record", |page| change_tombstone(page, |entry| entry.salt.0[0] ^= 1));
    let noticed = device.sync(story.one).await.map(drop).unwrap_err();
    assert_eq!(noticed, SyncError::Centre(CentreError::Log(LogError::Missing)));
    let tombstone = recorded(&story.centre, story.one).await[0].erased.clone().unwrap();

    // the tombstone of another session
    let (way, mut device) = story.new_device().await;
    let told = tombstone.clone();
    way.change_pages("/record", move |page| {
        page.entries.iter_mut().for_each(|entry| entry.parts.clear());
        page.erased = Some(told.clone());
    });
    assert_eq!(device.sync(story.other).await.unwrap().fault(), Some(Fault::Erasure));

    // one that the root has not signed, one before the last letter, and parts that are still there
    let parts = honest[0].entries.clone();
    let lies: [BoxedLie; 3] = [
        Box::new(|page| {
            change_tombstone(page, |entry| {
                let last = entry.body.0.len() - 1;
                entry.body.0[last] ^= 1;
            });
        }),
        Box::new(|page| {
            let entries = &mut page.entries;
            let last = entries.iter().rposition(|entry| entry.kind == Kind::Letter).unwrap();
            let end = entries.iter().position(|entry| entry.kind == Kind::Tombstone).unwrap();
            let (early, late) = (entries[last].position, entries[end].position);
            entries.swap(last, end);
            (entries[last].position, entries[end].position) = (early, late);
            page.erased.as_mut().unwrap().position = early;
        }),
        Box::new(move |page| {
            for (entry, old) in page.entries.iter_mut().zip(&parts) {
                entry.parts.clone_from(&old.parts);
            }
        }),
    ];
    for lie in lies {
        let (way, mut device) = story.new_device().await;
        way.change_pages("/record", move |page| lie(page));
        let thread = device.sync(story.one).await.unwrap();
        assert_eq!((thread.erased(), thread.fault()), (None, Some(Fault::Erasure)));
    }
}

/// Changes the tombstone wherever a page shows it.
fn change_tombstone(page: &mut Page, change: impl Fn(&mut Entry)) {
    page.erased.iter_mut().for_each(&change);
    page.entries.iter_mut().filter(|entry| entry.kind == Kind::Tombstone).for_each(change);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trustees_are_shown_an_erasure_only_under_a_tombstone() {
    let story = story(Store::Sqlite).await;
    let way = Hostile::new(story.centre.relay.transport());
    let mut trustee = story.centre.another_device_over("wali-1", None, way.clone()).await;
    way.change_pages("/escrow", |page| lose(page, Kind::Manifest));
    let refused = trustee.check_deposits(story.one).await.unwrap_err();
    assert!(matches!(refused, EscrowFlowError::Record(Fault::Manifest(_))), "{refused}");
    way.be_honest();
    story.erase(&story.tombstone()).await.unwrap();
    way.change_pages("/escrow", |page| page.erased = None);
    let refused = trustee.check_deposits(story.one).await.unwrap_err();
    assert!(matches!(refused, EscrowFlowError::Record(_)), "{refused}");
    way.be_honest();
    let refused = trustee.check_deposits(story.one).await.unwrap_err();
    assert!(matches!(refused, EscrowFlowError::Erased(Erased { basis: Basis::ClientAsked, .. })), "{refused}");
}
