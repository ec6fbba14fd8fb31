//! The audit of what a relay gives to an appointed auditor, while it comes in: however much it is, little is held.

use std::io::{self, Read};

use amanah_auditor::{Report, audit_bundle};
use amanah_client_sdk::protocol::log::TreeHead;
use tokio::sync::mpsc::{self, Receiver};

use super::progress::Progress;
use crate::invocation::{Device, Invocation};
use crate::problem::{Case, Problem};

/// How many pieces wait to be audited.
const WAITING: usize = 16;

/// Audits the relay of a signed-in account, and compares with the log that it saw before, or with the one that is named,
/// and the web client that is served with the log.
pub(super) async fn run(
    invocation: &Invocation,
    account: &mut Device,
    since: Option<TreeHead>,
) -> Result<Report, Problem> {
    let centre = invocation.profile()?.centre;
    let known = since.unwrap_or_else(|| account.checked_log());
    let (to, from) = mpsc::channel(WAITING);
    let progress = Progress::new(None, invocation.global.json);
    let pieces = progress.reads(Pieces { from, piece: Vec::new(), read: 0 });
    let audit = tokio::task::spawn_blocking(move || audit_bundle(pieces, centre, Some(known)));
    account.audit_bundle(async |piece| to.send(piece).await.is_ok()).await?;
    drop(to);
    let report = audit.await.map_err(|_| Case::Runtime)??;
    Ok(report.with_served(account.served_web_client().await?))
}

/// Pieces that come in, as one file.
struct Pieces {
    from: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    read: usize,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read >= self.piece.len() {
            let Some(next) = self.from.blocking_recv() else { return Ok(0) };
            (self.piece, self.read) = (next, 0);
        }
        let mut rest = self.piece.get(self.read..).unwrap_or_default();
        let read = rest.read(into)?;
        self.read = self.read.saturating_add(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_read_as_one_file() {
        let (to, from) = mpsc::channel(WAITING);
        for piece in [&b"ab"[..], b"", b"cde"] {
            to.try_send(piece.to_vec()).unwrap();
        }
        drop(to);
        let mut whole = String::new();
        Pieces { from, piece: Vec::new(), read: 0 }.read_to_string(&mut whole).unwrap();
        assert_eq!(whole, "abcde");
    }
}
