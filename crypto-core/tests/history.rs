//! History: earlier epochs for one reader, and for nobody else (docs/protocol.md §5.9).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use amanah_crypto_core::OpenError;
use amanah_crypto_core::epoch::Epoch;
use amanah_crypto_core::history::{HandOverError, SealedHistory, open_history, seal_history};
use amanah_crypto_core::letter::{open_letter, seal_letter};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::history::{History, HistoryOutline};
use amanah_protocol::signature::Signed;
use common::{Blocks, NOW, Person, Session, person, session};

/// Two epochs of two people, handed by the first of the first to a third person.
struct Story {
    rng: Blocks,
    epochs: [Session; 2],
    reader: Person,
}

fn story() -> Story {
    let mut rng = Blocks::new("history");
    let epochs = [session(&mut rng, 2), session(&mut rng, 2)];
    let reader = person(&mut rng);
    Story { rng, epochs, reader }
}

impl Story {
    fn outline(&self) -> HistoryOutline {
        let first = &self.epochs[0];
        HistoryOutline {
            session: first.manifest.body().outline.session,
            manifest: Hash([9; 32]),
            to: self.reader.card.account(),
            card: self.reader.card.hash(),
            grant: Hash([8; 32]),
            epochs: self.epochs.iter().map(|epoch| epoch.manifest.hash()).collect(),
            author: first.people[0].card.account(),
            time: NOW,
        }
    }

    fn keys(&self) -> [Epoch; 2] {
        [self.epochs[0].epoch(0), self.epochs[1].epoch(0)]
    }

    fn seal(&mut self, outline: HistoryOutline, keys: &[&Epoch]) -> Result<SealedHistory, HandOverError> {
        let author = self.epochs[0].people[0].keyring.newest();
        seal_history(&mut self.rng, author, outline, &self.reader.card, keys)
    }

    fn sealed(&mut self) -> SealedHistory {
        let [one, two] = self.keys();
        self.seal(self.outline(), &[&one, &two]).unwrap()
    }

    fn open(&self, reader: &Person, history: &Signed<History>, bundle: &[u8]) -> Result<Vec<Epoch>, OpenError> {
        let manifests = [&self.epochs[0].manifest, &self.epochs[1].manifest];
        open_history(&reader.keyring, history, bundle, &manifests)
    }
}

#[test]
fn whoever_gets_history_opens_the_letters_of_those_epochs() {
    let mut story = story();
    let SealedHistory { history, bundle } = story.sealed();
    assert_eq!(bundle.len(), 1120 + 2 * 32 + 16);
    assert_eq!(history.body().bundle, of_bytes(&bundle));
    let opened = story.open(&story.reader, &history, &bundle).unwrap();
    for (session, epoch) in story.epochs.iter().zip(&opened) {
        let (sender, header) = (session.people[1].keyring.newest(), session.header(1, 1));
        let letter = seal_letter(&mut Blocks::new("letter"), &session.epoch(1), sender, header, b"satu").unwrap();
        assert_eq!(open_letter(epoch, &letter.letter, &letter.ciphertext).unwrap().as_bytes(), b"satu");
    }
}

/// A second implementation with the same random bytes makes the same bundle.
#[test]
fn the_bundle_of_these_random_bytes() {
    let SealedHistory { history, .. } = story().sealed();
    assert_eq!(history.body().bundle.to_string(), "e9544739be70045f16855acb1fdc9eb32c14f8d412be4def10bb7ca080a18d9e");
    assert_eq!(history.hash().to_string(), "c770becaaf1786f731267824a66f4e97eb24541258568496920df61c171ed030");
}

#[test]
fn nobody_else_opens_the_bundle() {
    let mut story = story();
    let SealedHistory { history, bundle } = story.sealed();
    let stranger = person(&mut story.rng);
    assert!(story.open(&stranger, &history, &bundle).is_err());
    assert!(story.open(&story.epochs[1].people[1], &history, &bundle).is_err());
}

#[test]
fn a_bundle_belongs_to_its_outline() {
    let mut story = story();
    let SealedHistory { history, bundle } = story.sealed();
    let author = &story.epochs[0].people[0];
    let changes: [fn(&mut HistoryOutline); 5] = [
        |outline| outline.manifest = Hash([1; 32]),
        |outline| outline.grant = Hash([1; 32]),
        |outline| outline.epochs.reverse(),
        |outline| outline.time.0 += 1,
        |outline| outline.session = amanah_protocol::ids::SessionId::from_random_bytes([1; 16]),
    ];
    for change in changes {
        let mut outline = history.body().outline.clone();
        change(&mut outline);
        let other = Signed::sign(History { outline, bundle: of_bytes(&bundle) }, author.keyring.newest());
        assert!(story.open(&story.reader, &other, &bundle).is_err());
    }
}

#[test]
fn altered_bundles_do_not_open() {
    let mut story = story();
    let SealedHistory { history, bundle } = story.sealed();
    for index in (0..bundle.len()).step_by(7).chain([bundle.len() - 1]) {
        let mut altered = bundle.clone();
        altered[index] ^= 1;
        assert!(story.open(&story.reader, &history, &altered).is_err(), "{index}");
    }
    for length in [0, 1, 1119, 1120, bundle.len() - 1] {
        assert!(story.open(&story.reader, &history, &bundle[..length]).is_err(), "{length}");
    }
}

#[test]
fn secrets_of_other_epochs_are_noticed_by_the_commitment() {
    let mut story = story();
    let [one, two] = story.keys();
    let mut outline = story.outline();
    outline.epochs.reverse();
    let swapped = story.seal(outline, &[&two, &one]).unwrap();
    assert!(story.open(&story.reader, &swapped.history, &swapped.bundle).is_err(), "checked by the other manifests");
    let mut outline = story.outline();
    outline.epochs.pop();
    let short = story.seal(outline, &[&one]).unwrap();
    assert!(story.open(&story.reader, &short.history, &short.bundle).is_err(), "one secret for two manifests");
}

#[test]
fn only_what_the_outline_names_is_sealed() {
    let mut story = story();
    let [one, two] = story.keys();
    assert!(story.seal(story.outline(), &[&two, &one]).is_err(), "another order");
    assert!(story.seal(story.outline(), &[&one]).is_err(), "an epoch missing");
    let stranger = person(&mut story.rng).card;
    let outlines = [
        HistoryOutline { to: stranger.account(), ..story.outline() },
        HistoryOutline { card: stranger.hash(), ..story.outline() },
        HistoryOutline { author: stranger.account(), ..story.outline() },
    ];
    for outline in outlines {
        assert!(story.seal(outline, &[&one, &two]).is_err());
    }
}
