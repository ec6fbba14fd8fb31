//! Replies that somebody prepares (docs/protocol.md §3.6): kept in the vault, and so on each of their devices.

pub use amanah_crypto_core::vault::Template;
use rand_core::CryptoRng;

use crate::account::{Account, VaultError};
use crate::transport::{Clock, Transport};

/// How many replies somebody can prepare.
pub const MAX_TEMPLATES: usize = 20;
/// The longest name in bytes.
pub const MAX_NAME: usize = 80;
/// The longest prepared reply in bytes.
pub const MAX_TEMPLATE: usize = 4096;

/// Why a prepared reply was not kept. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Without a name or without words.
    #[error("a prepared reply needs a name and words")]
    Empty,
    /// Its name or its words are too long.
    #[error("the prepared reply is too long")]
    TooLong,
    /// There are as many as there can be.
    #[error("there are {MAX_TEMPLATES} prepared replies already")]
    TooMany,
    /// The vault could not be kept.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl<T: Transport, C: Clock, R: CryptoRng> Account<T, C, R> {
    /// The replies that were prepared, by name.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        self.vault.templates().values()
    }

    /// Keeps a prepared reply, in place of the one with the same name.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub async fn keep_template(&mut self, name: &str, text: &str) -> Result<(), TemplateError> {
        let template = Template { name: name.trim().to_owned(), text: text.trim().to_owned() };
        if template.name.is_empty() || template.text.is_empty() {
            return Err(TemplateError::Empty);
        }
        if template.name.len() > MAX_NAME || template.text.len() > MAX_TEMPLATE {
            return Err(TemplateError::TooLong);
        }
        let known = self.vault.templates();
        if known.len() >= MAX_TEMPLATES && !known.contains_key(&template.name) {
            return Err(TemplateError::TooMany);
        }
        let name = template.name.clone();
        self.change_template(&name, Some(template)).await
    }

    /// Drops a prepared reply.
    ///
    /// # Errors
    /// [`TemplateError::Vault`].
    pub async fn drop_template(&mut self, name: &str) -> Result<(), TemplateError> {
        self.change_template(name, None).await
    }

    async fn change_template(&mut self, name: &str, template: Option<Template>) -> Result<(), TemplateError> {
        let before = self.vault.templates().get(name).cloned();
        self.vault.set_template(name, template);
        let kept = self.keep_vault().await;
        if kept.is_err() {
            self.vault.set_template(name, before);
        }
        Ok(kept?)
    }
}
