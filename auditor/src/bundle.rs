//! Bundles as files (docs/protocol.md §9): frames, one after the other, of a header, pages of entries, pages of vaults.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::panic::resume_unwind;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use amanah_protocol::bundle::{BundleHeader, FrameTooLong, VaultPage, frame_length};
use amanah_protocol::cbor::{ParseError, Structure};
use amanah_protocol::ids::CentreId;
use amanah_protocol::log::{TreeHead, UnverifiedCheckpoint};
use amanah_protocol::record::Page;

use crate::audit::Audit;
use crate::report::Report;

/// Why a file is not a bundle. Nothing was audited then.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Read(#[from] io::Error),
    /// It ends before everything is there that it announces.
    #[error("the file ends too early, in frame {frame}: it was cut off")]
    Truncated {
        /// Which frame, from 1.
        frame: u64,
    },
    /// A frame is longer than it may be.
    #[error("frame {frame} is longer than a frame may be: this is not a bundle, or it was damaged")]
    TooLong {
        /// Which frame, from 1.
        frame: u64,
    },
    /// A frame is not what must stand in its place.
    #[error("frame {frame} is not {expected}: {error}")]
    Frame {
        /// Which frame, from 1.
        frame: u64,
        /// What must stand there.
        expected: &'static str,
        /// Why it is not that.
        error: ParseError,
    },
    /// Something stands after the last frame.
    #[error("something stands after the end of the bundle")]
    Trailing,
}

/// How many pages are read ahead of the one that is audited.
const AHEAD: usize = 1;

/// Audits a bundle for the centre that is pinned. Nothing is held in memory but a few pages and what the audit keeps.
///
/// # Errors
/// [`BundleError`]: it is not a bundle. What is wrong with what it holds is in the report.
pub fn audit_bundle(
    file: impl Read + Send,
    pinned: CentreId,
    last_seen: Option<TreeHead>,
) -> Result<Report, BundleError> {
    let bundle = Bundle::open(file)?;
    let mut audit = Audit::begin(pinned, &bundle.header, last_seen);
    thread::scope(|scope| {
        let (to, pages) = sync_channel(AHEAD);
        let reader = scope.spawn(move || read(bundle, &to));
        for page in pages {
            match page {
                Either::Entries(page) => audit.page(&page),
                Either::Vaults(page) => audit.vaults(&page),
            }
        }
        reader.join().unwrap_or_else(|panic| resume_unwind(panic))
    })?;
    Ok(audit.finish())
}

/// A page of a bundle.
enum Either {
    Entries(Page),
    Vaults(VaultPage),
}

/// Reads all pages, as long as somebody takes them.
fn read(mut bundle: Bundle<impl Read>, to: &SyncSender<Either>) -> Result<(), BundleError> {
    while let Some(page) = bundle.page()? {
        if to.send(Either::Entries(page)).is_err() {
            return Ok(());
        }
    }
    while let Some(page) = bundle.vault_page()? {
        if to.send(Either::Vaults(page)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// A file that is read as a bundle: its entries first, and then its vaults.
pub(crate) struct Bundle<R> {
    pub(crate) header: BundleHeader,
    frames: Frames<R>,
    more_entries: bool,
    more_vaults: bool,
}

impl<R: Read> Bundle<R> {
    /// Reads the header.
    pub(crate) fn open(file: R) -> Result<Self, BundleError> {
        let mut frames = Frames { file, frame: 0 };
        let header: BundleHeader = frames.next("the header of a bundle")?;
        let more_entries = has_entries(&header);
        Ok(Self { header, frames, more_entries, more_vaults: true })
    }

    /// The next page of entries.
    pub(crate) fn page(&mut self) -> Result<Option<Page>, BundleError> {
        if !self.more_entries {
            return Ok(None);
        }
        let page: Page = self.frames.next("a page of entries")?;
        self.more_entries = page.more;
        Ok(Some(page))
    }

    /// The next page of vaults, after all entries. Nothing may stand after the last one.
    pub(crate) fn vault_page(&mut self) -> Result<Option<VaultPage>, BundleError> {
        if !self.more_vaults {
            return Ok(None);
        }
        let page: VaultPage = self.frames.next("a page of vaults")?;
        self.more_vaults = page.more;
        if !page.more {
            self.frames.end()?;
        }
        Ok(Some(page))
    }
}

impl Bundle<VecDeque<u8>> {
    /// What has arrived and was not read yet.
    pub(crate) fn waiting(&mut self) -> &mut VecDeque<u8> {
        &mut self.frames.file
    }

    /// Which frame is read next, from 1.
    pub(crate) fn next_frame(&self) -> u64 {
        self.frames.frame.saturating_add(1)
    }

    /// Whether its last page was read.
    pub(crate) fn is_over(&self) -> bool {
        !self.more_entries && !self.more_vaults
    }
}

/// Whether pages of entries follow: a log without entries has none.
fn has_entries(header: &BundleHeader) -> bool {
    UnverifiedCheckpoint::parse(&header.checkpoint.0).map_or(true, |checkpoint| checkpoint.claimed().size > 0)
}

/// The frames of a file.
struct Frames<R> {
    file: R,
    frame: u64,
}

impl<R: Read> Frames<R> {
    /// Reads the next frame as this structure.
    fn next<S: Structure>(&mut self, expected: &'static str) -> Result<S, BundleError> {
        self.frame = self.frame.saturating_add(1);
        let frame = self.frame;
        let mut head = [0; 4];
        self.file.read_exact(&mut head).map_err(|error| self.unread(error))?;
        let length = frame_length(head).map_err(|FrameTooLong| BundleError::TooLong { frame })?;
        let bytes = self.bytes(length)?;
        S::parse(&bytes).map_err(|error| BundleError::Frame { frame, expected, error })
    }

    /// Reads so many bytes; no more room is made than there are bytes.
    fn bytes(&mut self, length: usize) -> Result<Vec<u8>, BundleError> {
        let mut bytes = Vec::new();
        let limit = u64::try_from(length).unwrap_or(u64::MAX);
        (&mut self.file).take(limit).read_to_end(&mut bytes)?;
        if bytes.len() == length { Ok(bytes) } else { Err(BundleError::Truncated { frame: self.frame }) }
    }

    /// Checks that nothing follows.
    fn end(&mut self) -> Result<(), BundleError> {
        match self.file.read_exact(&mut [0]) {
            Ok(()) => Err(BundleError::Trailing),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn unread(&self, error: io::Error) -> BundleError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => BundleError::Truncated { frame: self.frame },
            _ => error.into(),
        }
    }
}
