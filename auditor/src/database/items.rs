//! A bundle entry by entry and vault by vault, beside the rows of a database.

use std::io::Read;
use std::vec::IntoIter;

use amanah_protocol::bundle::VaultItem;
use amanah_protocol::record::Entry;

use crate::bundle::{Bundle, BundleError};

/// A bundle: its entries first, and then its vaults.
pub(super) struct Items<R> {
    bundle: Bundle<R>,
    entries: IntoIter<Entry>,
    vaults: IntoIter<VaultItem>,
}

impl<R: Read> Items<R> {
    /// The bundle from its beginning.
    pub(super) fn of(bundle: Bundle<R>) -> Self {
        Self { bundle, entries: Vec::new().into_iter(), vaults: Vec::new().into_iter() }
    }

    /// The next entry.
    pub(super) fn entry(&mut self) -> Result<Option<Entry>, BundleError> {
        loop {
            if let Some(entry) = self.entries.next() {
                return Ok(Some(entry));
            }
            let Some(page) = self.bundle.page()? else { return Ok(None) };
            self.entries = page.entries.into_iter();
        }
    }

    /// The next vault, after all entries.
    pub(super) fn vault(&mut self) -> Result<Option<VaultItem>, BundleError> {
        loop {
            if let Some(vault) = self.vaults.next() {
                return Ok(Some(vault));
            }
            let Some(page) = self.bundle.vault_page()? else { return Ok(None) };
            self.vaults = page.vaults.into_iter();
        }
    }
}
