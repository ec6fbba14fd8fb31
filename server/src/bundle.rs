//! Everything that is stored, for an auditor (docs/protocol.md §9): one state of the database as frames.

use std::sync::Arc;

use amanah_protocol::bundle::{BundleHeader, VaultPage, frame};
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::centre::SignedRoot;
use amanah_protocol::ids::Timestamp;
use amanah_protocol::log::{Checkpoint, SignedCheckpoint};
use amanah_protocol::record::Page;
use tokio::sync::mpsc::Sender;

use crate::keys::RelayKey;
use crate::store::{Filter, LogHead, Store, StoreError, count_vaults, head, next_vault, page};

/// How many bytes of vaults a page holds before it ends.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// The log's checkpoint, signed by the relay's key.
pub(crate) fn checkpoint(root: &SignedRoot, key: &RelayKey, head: LogHead) -> SignedCheckpoint {
    let LogHead { tree, map } = head;
    SignedCheckpoint::sign(Checkpoint { centre: root.centre(), size: tree.size, root: tree.root, map }, key)
}

/// Sends a bundle frame by frame. Ends when nobody listens any more.
///
/// # Errors
/// [`StoreError`]; what was sent before is no whole bundle, and whoever reads it notices.
pub(crate) async fn send(
    store: &Store,
    (root, key): (SignedRoot, Arc<RelayKey>),
    made: Timestamp,
    to: Sender<Vec<u8>>,
) -> Result<(), StoreError> {
    store
        .view(move |connection| {
            Box::pin(async move {
                let head = head(connection).await?;
                let vaults = count_vaults(connection).await?;
                let checkpoint = ByteString(checkpoint(&root, &key, head).note().into_bytes());
                let header = BundleHeader { centre: root.centre(), checkpoint, vaults, made };
                if to.send(frame(&header.to_bytes())).await.is_err() {
                    return Ok(());
                }
                let (mut after, mut more) = (0, head.tree.size > 0);
                while more {
                    let entries;
                    (entries, more) = page(connection, Filter::All, after).await?;
                    after = entries.last().map_or(after, |entry| entry.position);
                    let page = Page { entries, more, head: None, erased: None };
                    if to.send(frame(&page.to_bytes())).await.is_err() {
                        return Ok(());
                    }
                }
                let (mut after, mut more) = (None, true);
                while more {
                    let (mut vaults, mut bytes) = (Vec::new(), 0);
                    more = false;
                    while let Some(next) = next_vault(connection, after).await? {
                        after = Some(next.account);
                        bytes += next.vault.0.len();
                        vaults.push(next);
                        if bytes > PAGE_BYTES {
                            more = true;
                            break;
                        }
                    }
                    if to.send(frame(&VaultPage { vaults, more }.to_bytes())).await.is_err() {
                        return Ok(());
                    }
                }
                Ok(())
            })
        })
        .await
}
