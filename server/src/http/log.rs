//! The open log (C2SP tlog-tiles): anyone reads checkpoint and tiles. What the account map says of somebody is for whoever
//! is signed in.

use std::str::FromStr;
use std::sync::Arc;

use amanah_protocol::api::ProblemCode;
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::ids::AccountId;
use amanah_protocol::log::{CosignedCheckpoints, MapAnswer, NotATile, TILE_HASHES, Tile, UnverifiedCheckpoint};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::extract::{Id, Note, SignedIn};
use super::problem::Refusal;
use super::{FOR_EVER, FOR_NOW, Relay, cbor};
use crate::store::{cosigned, head};

/// What is asked for below `tile/`: the hashes of a tile, or the data of the leaves of one.
pub(super) struct TilePath {
    tile: Tile,
    data: bool,
}

impl FromStr for TilePath {
    type Err = NotATile;

    fn from_str(path: &str) -> Result<Self, NotATile> {
        let (data, hashes) = match path.strip_prefix("entries/") {
            Some(index) => (true, format!("tile/0/{index}")),
            None => (false, format!("tile/{path}")),
        };
        Ok(Self { tile: Tile::from_path(&hashes)?, data })
    }
}

/// The newest checkpoint: a note that the relay's key has signed, with the lines of witnesses who have cosigned just this.
#[utoipa::path(get, path = "/v1/log/checkpoint", responses((status = 200, content_type = "text/plain")))]
pub(super) async fn checkpoint(State(relay): State<Arc<Relay>>) -> Result<Response, Refusal> {
    let (head, cosigned) = relay
        .store
        .view(|connection| Box::pin(async move { Ok((head(connection).await?, cosigned(connection).await?)) }))
        .await?;
    let cosigned = cosigned.iter().filter_map(|(_, note)| UnverifiedCheckpoint::parse(note).ok());
    let note = cosigned.fold(relay.checkpoint(head), |note, other| note.with_lines_of(&other)).note();
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, FOR_NOW)], note).into_response())
}

/// The newest checkpoint that each witness has cosigned.
#[utoipa::path(get, path = "/v1/log/cosigned", responses((status = 200, content_type = "application/cbor")))]
pub(super) async fn all_cosigned(State(relay): State<Arc<Relay>>) -> Result<Response, Refusal> {
    let scene = relay.scene();
    let all = relay.store.view(move |connection| Box::pin(async move { scene.all_cosigned(connection).await })).await?;
    let notes = all.iter().map(|checkpoint| ByteString(checkpoint.note().into_bytes())).collect();
    Ok(cbor(StatusCode::OK, CosignedCheckpoints { notes }.to_bytes()))
}

/// A witness has cosigned a checkpoint: the note with its line beside the relay's.
#[utoipa::path(
    post,
    path = "/v1/log/cosigned",
    request_body(content_type = "text/plain"),
    responses((status = 204))
)]
pub(super) async fn cosign(State(relay): State<Arc<Relay>>, Note(note): Note) -> Result<StatusCode, Refusal> {
    let (scene, shown) = (relay.scene(), note.clone());
    // anybody may post: what is refused does not come before the one writer
    let checked = relay
        .store
        .view(move |connection| Box::pin(async move { scene.check_cosignature(connection, &shown).await.map(drop) }));
    checked.await?;
    let scene = relay.scene();
    let kept =
        relay.store.change(move |connection| Box::pin(async move { scene.cosignature(connection, &note).await }));
    kept.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A tile of hashes, or a bundle of the data of leaves, by its path (C2SP tlog-tiles).
#[utoipa::path(
    get,
    path = "/v1/log/tile/{*path}",
    params(("*path" = String, Path, description = "level/index[.p/width], or entries/index[.p/width]")),
    responses((status = 200, content_type = "application/octet-stream"))
)]
pub(super) async fn tile(
    State(relay): State<Arc<Relay>>,
    Id(TilePath { tile, data }): Id<TilePath>,
) -> Result<Response, Refusal> {
    let bytes = if data { relay.data_of(tile).await? } else { relay.store.tile(tile).await? };
    let bytes = bytes.ok_or(ProblemCode::NotFound)?;
    let keep = if tile.is_full() { FOR_EVER } else { FOR_NOW };
    Ok(([(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, keep)], bytes).into_response())
}

/// What the account map of the newest checkpoint says of an account, with the proof.
#[utoipa::path(
    get,
    path = "/v1/log/map/{account}",
    params(("account" = String, Path, description = "Account id")),
    responses((status = 200, content_type = "application/cbor"))
)]
pub(super) async fn map(
    State(relay): State<Arc<Relay>>,
    _: SignedIn,
    Id(account): Id<AccountId>,
) -> Result<Response, Refusal> {
    let (head, found) = relay.store.newest_of(account).await?;
    let (entry, proof) = found.ok_or(ProblemCode::NotFound)?;
    let checkpoint = ByteString(relay.checkpoint(head).note().into_bytes());
    let answer = MapAnswer { checkpoint, card: entry.card, vault_head: entry.vault_head, proof };
    Ok(cbor(StatusCode::OK, answer.to_bytes()))
}

impl Relay {
    /// The data of the leaves of a tile: each 32 bytes, after its length as two.
    async fn data_of(&self, tile: Tile) -> Result<Option<Vec<u8>>, Refusal> {
        let from = tile.index().saturating_mul(TILE_HASHES);
        let leaves = self.store.leaves(from, from.saturating_add(u64::from(tile.width()))).await?;
        Ok(leaves.map(|leaves| leaves.iter().flat_map(|leaf| [&[0, 32], &leaf.0[..]].concat()).collect()))
    }
}
