//! Whoever has the relay's key in hand, and signs logs that never were.

use amanah_client_sdk::http::HttpTransport;
use amanah_client_sdk::transport::{Request, Response};
use amanah_protocol::hash::Hash;
use amanah_protocol::log::{Checkpoint, Edge, SignedCheckpoint, Tile, UnverifiedCheckpoint};
use amanah_protocol::signature::{Signature, Signer, SigningInput, VerifyingKey};
use ed25519_dalek as ed25519;
use ed25519_dalek::Signer as _;

use crate::door::{Asked, Door};
use crate::hostile::Hostile;
use crate::people::Centre;

/// The relay's key in the hands of its accomplice.
pub struct RelayKey(pub ed25519::SigningKey);

impl Signer for RelayKey {
    fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key().to_bytes())
    }

    fn sign(&self, input: &SigningInput) -> Signature {
        Signature(self.0.sign(input.as_bytes()).to_bytes())
    }
}

/// What the log serves at an address below `/v1/log/`.
///
/// # Panics
/// If it refuses.
pub async fn served(centre: &Centre, path: &str) -> Vec<u8> {
    let asked = Asked::new(reqwest::Method::GET, format!("/v1/log/{path}"));
    Door::of(&centre.relay).ask(asked).await.accepted()
}

/// The newest checkpoint of the real log.
///
/// # Panics
/// If there is none.
pub async fn checkpoint(centre: &Centre) -> SignedCheckpoint {
    let note = UnverifiedCheckpoint::parse(&served(centre, "checkpoint").await).expect("a checkpoint");
    note.verify(centre.id, &[centre.relay.key]).expect("by the relay")
}

/// The hashes of all leaves of the real log, at the most 256.
///
/// # Panics
/// If there are more.
pub async fn leaves(centre: &Centre) -> Vec<Hash> {
    let head = checkpoint(centre).await.head();
    let tile = Tile::in_tree(head.size, 0, 0).expect("a log");
    let bytes = served(centre, &tile.path()).await;
    bytes.chunks(32).map(|hash| Hash::from_slice(hash).expect("32 bytes")).collect()
}

/// The relay's key.
///
/// # Panics
/// If it has none.
pub fn relay_key(centre: &Centre) -> RelayKey {
    let seed = std::fs::read(centre.relay.folder().join("relay.key")).expect("a key");
    RelayKey(ed25519::SigningKey::from_bytes(&seed.try_into().expect("32 bytes")))
}

/// From now on the log has these leaves, under the relay's own signature, for whoever comes by this way.
///
/// # Panics
/// If the log cannot be made.
pub async fn rewrite(centre: &Centre, way: &Hostile<HttpTransport>, leaves: &[Hash]) {
    let map = checkpoint(centre).await.checkpoint().map;
    let growth = Edge::empty().with(leaves).expect("room");
    let head = growth.edge.head();
    let forged = Checkpoint { centre: centre.id, size: head.size, root: head.root, map };
    let note = SignedCheckpoint::sign(forged, &relay_key(centre)).note();
    way.tell(move |request: &Request, mut answer: Response| {
        if request.path == "/v1/log/checkpoint" {
            answer.body = note.clone().into_bytes();
        }
        if let Some(tile) = request.path.strip_prefix("/v1/log/").and_then(|path| Tile::from_path(path).ok()) {
            answer.status = 200;
            answer.body.clone_from(growth.tiles.get(&tile).expect("a tile of this log"));
        }
        Ok(answer)
    });
}
