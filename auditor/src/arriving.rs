//! The audit of a bundle that arrives piece by piece, for whoever cannot wait in the middle: a program in a browser.

use std::collections::VecDeque;

use amanah_protocol::bundle::{FrameTooLong, frame_length};
use amanah_protocol::ids::CentreId;
use amanah_protocol::log::TreeHead;

use crate::audit::Audit;
use crate::bundle::{Bundle, BundleError};
use crate::report::Report;

/// The audit of a bundle as far as it has arrived. It holds no more than one page.
pub struct Arriving {
    centre: CentreId,
    last_seen: Option<TreeHead>,
    /// Bytes before the header is whole.
    early: VecDeque<u8>,
    audit: Option<(Bundle<VecDeque<u8>>, Audit)>,
}

impl Arriving {
    /// Waits for the bundle of the centre that is pinned.
    pub fn new(pinned: CentreId, last_seen: Option<TreeHead>) -> Self {
        Self { centre: pinned, last_seen, early: VecDeque::new(), audit: None }
    }

    /// Takes the next piece, and audits every page that is whole by now.
    ///
    /// # Errors
    /// [`BundleError`]: it is not a bundle.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), BundleError> {
        self.waiting().extend(piece);
        while self.is_whole()? {
            self.step()?;
        }
        Ok(())
    }

    /// Ends the audit: everything has arrived.
    ///
    /// # Errors
    /// [`BundleError`]: something is missing, or stands after the end.
    pub fn finish(mut self) -> Result<Report, BundleError> {
        while !self.audit.as_ref().is_some_and(|(bundle, _)| bundle.is_over()) {
            // reading on where nothing is whole says what is missing
            self.step()?;
        }
        if !self.waiting().is_empty() {
            return Err(BundleError::Trailing);
        }
        self.audit.map(|(_, audit)| audit.finish()).ok_or(BundleError::Truncated { frame: 1 })
    }

    fn waiting(&mut self) -> &mut VecDeque<u8> {
        match &mut self.audit {
            Some((bundle, _)) => bundle.waiting(),
            None => &mut self.early,
        }
    }

    /// Whether the next frame has arrived.
    fn is_whole(&mut self) -> Result<bool, BundleError> {
        let frame = self.audit.as_ref().map_or(1, |(bundle, _)| bundle.next_frame());
        let waiting = self.waiting();
        let mut head = waiting.iter().copied();
        let (Some(a), Some(b), Some(c), Some(d)) = (head.next(), head.next(), head.next(), head.next()) else {
            return Ok(false);
        };
        let length = frame_length([a, b, c, d]).map_err(|FrameTooLong| BundleError::TooLong { frame })?;
        Ok(waiting.len() - 4 >= length)
    }

    /// Takes the next frame.
    fn step(&mut self) -> Result<(), BundleError> {
        let Some((bundle, audit)) = &mut self.audit else {
            let bundle = Bundle::open(std::mem::take(&mut self.early))?;
            let audit = Audit::begin(self.centre, &bundle.header, self.last_seen);
            self.audit = Some((bundle, audit));
            return Ok(());
        };
        if let Some(page) = bundle.page()? {
            audit.page(&page);
        } else if let Some(page) = bundle.vault_page()? {
            audit.vaults(&page);
        } else {
            return Err(BundleError::Trailing);
        }
        Ok(())
    }
}
