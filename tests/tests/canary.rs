//! What people write is nowhere at the relay: not in its files, its database, its logs or its memory.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use std::path::PathBuf;

use amanah_client_sdk::content::Intake;
use amanah_tests::canary::{Form, forms, found_in_memory, found_under, plant};
use amanah_tests::people::{Centre, PASSPHRASE, open_session, read, send};
use amanah_tests::postgres::from_xtask;
use amanah_tests::relay::Store;

const CANARY: &str = "burung-kenari-bernyanyi-di-jendela";

async fn nothing_readable_at_the_relay(store: Store) {
    let centre = Centre::found(store).await;
    let (mut counsellor, _) = centre.counsellor("bu-rini").await;
    let mut client = centre.client("bunga-3").await;
    let (session, _) = open_session(&mut client, counsellor.id()).await;
    let intake = client.intake_draft(Intake::new(CANARY, CANARY, CANARY, CANARY)).unwrap();
    client.send(session, &intake).await.unwrap();
    counsellor.keep_template(CANARY, CANARY).await.unwrap();
    for number in 0..20 {
        send(&mut client, session, &format!("{CANARY} {number} {}", "kata ".repeat(400))).await;
    }
    read(&mut counsellor, session).await;
    send(&mut counsellor, session, CANARY).await;

    let mut places = vec![centre.relay.folder().to_path_buf()];
    if store == Store::Postgres {
        places.push(PathBuf::from(from_xtask("AMANAH_TEST_POSTGRES_DATA")));
        places.push(PathBuf::from(from_xtask("AMANAH_TEST_POSTGRES_LOG")));
    }
    for secret in [CANARY, PASSPHRASE] {
        let forms = forms(secret);
        for place in &places {
            assert_eq!(found_at(place, &forms), [""; 0]);
        }
        assert_eq!(found_in_memory(centre.relay.process(), &forms), [""; 0]);
    }

    // The search is not blind: the relay's memory holds the handle, and planted canaries are found in every form.
    assert!(!found_in_memory(centre.relay.process(), &forms("bunga-3")).is_empty());
    let planted = plant(centre.relay.folder(), CANARY);
    let found = found_under(centre.relay.folder(), &forms(CANARY));
    for number in 0..planted - 2 {
        assert!(found.iter().any(|place| place.contains(&format!("planted-{number}: "))), "{number}: {found:?}");
    }
    assert!(found.iter().any(|place| place.contains("planted-gzip: gzip of ")), "{found:?}");
    assert!(found.iter().any(|place| place.contains("planted-padded: ")), "{found:?}");
}

fn found_at(place: &std::path::Path, forms: &[Form]) -> Vec<String> {
    if place.is_dir() {
        return found_under(place, forms);
    }
    amanah_tests::canary::found_in(&std::fs::read(place).unwrap(), forms)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_nowhere_readable_on_sqlite() {
    nothing_readable_at_the_relay(Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_nowhere_readable_on_postgres() {
    nothing_readable_at_the_relay(Store::Postgres).await;
}

#[test]
fn the_search_looks_into_memory() {
    let kept = format!("{CANARY}-in-this-very-process");
    let found = found_in_memory(std::process::id(), &forms(&kept));
    assert!(found.iter().any(|form| form == "memory: UTF-8"), "{found:?}");
}
