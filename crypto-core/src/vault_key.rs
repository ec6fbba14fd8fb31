//! Vault keys (docs/protocol.md §3): new at every change of passphrase or recovery code, wrapped under both.
//!
//! Sealed vault and wraps are CBOR `[header as byte string, CAEAD(…) as byte string]`. The header is bound by the
//! sealing. A wrap names the account and the first vault version of its key, and the key opens no other vault.

use amanah_protocol::account::MAX_VAULT;
use amanah_protocol::cbor::{ByteString, Structure, encode};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::AccountId;
use amanah_protocol::structure;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::committed;
use crate::labels;
use crate::opaque::ExportKey;
use crate::recovery::RecoveryCode;
use crate::secret::Secret;
use crate::sheet::Sheet;
use crate::vault::Vault;
use crate::vault_content;

structure! {
    /// What a sealed vault is bound to.
    pub struct VaultHeader = "vault-header", at most 128 => {
        /// The account.
        account: AccountId,
        /// 1, 2, 3 …
        version: u64,
        /// Hash of the sealed vault before; null in the first.
        previous: Option<Hash>,
    }
}

structure! {
    /// What a wrapped vault key is bound to.
    pub struct WrapHeader = "vault-wrap-header", at most 128 => {
        /// The account.
        account: AccountId,
        /// The first vault version that this key seals.
        since: u64,
        /// Whether a sheet is joined with the passphrase. Never in a wrap under a recovery code.
        sheet: bool,
    }
}

/// A vault does not open: another key or account, an older version than the key, or altered bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the vault does not open")]
pub struct VaultOpenError;

/// A wrapped vault key does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    /// A sheet is needed, and none was given.
    #[error("the sheet of this account is needed")]
    NeedsSheet,
    /// Another secret, or altered bytes.
    #[error("the vault key does not open with this secret")]
    DoesNotOpen,
}

impl WrapError {
    /// Whether it would have to be tried with a sheet.
    pub fn needs_sheet(self) -> bool {
        self == Self::NeedsSheet
    }
}

/// The key of a vault. Wiped on drop.
///
/// ```compile_fail,E0277
/// fn needs_debug<T: std::fmt::Debug>() {}
/// needs_debug::<amanah_crypto_core::vault::VaultKey>();
/// ```
/// ```compile_fail,E0277
/// fn needs_clone<T: Clone>() {}
/// needs_clone::<amanah_crypto_core::vault::VaultKey>();
/// ```
/// ```compile_fail,E0277
/// fn needs_eq<T: PartialEq>() {}
/// needs_eq::<amanah_crypto_core::vault::VaultKey>();
/// ```
pub struct VaultKey {
    key: Secret<32>,
    /// Account and first version, known once the key came out of a wrap.
    bound: Option<(AccountId, u64)>,
}

impl VaultKey {
    /// A new key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self { key: Secret::generate(rng), bound: None }
    }

    /// Seals a vault.
    pub fn seal(&self, rng: &mut impl CryptoRng, header: &VaultHeader, vault: &Vault) -> Vec<u8> {
        let header = header.to_bytes();
        let content = vault_content::encode(vault);
        let sealed = committed::seal(rng, &[self.key.expose()], labels::VAULT, &header, &content);
        encode(&(ByteString(header), ByteString(sealed)))
    }

    /// Opens a sealed vault of this key's account.
    ///
    /// # Errors
    /// [`VaultOpenError`].
    pub fn open(&self, sealed: &[u8]) -> Result<(Vault, VaultHeader), VaultOpenError> {
        if sealed.len() > MAX_VAULT {
            return Err(VaultOpenError);
        }
        let (header, sealed): (VaultHeader, _) = parts(sealed).ok_or(VaultOpenError)?;
        let content = committed::open(&[self.key.expose()], labels::VAULT, &header.to_bytes(), &sealed)
            .map_err(|_| VaultOpenError)?;
        let vault = vault_content::decode(&content).ok_or(VaultOpenError)?;
        let ours = |(account, since)| header.account == account && header.version >= since;
        let fits = vault.keyring.account() == header.account && self.bound.is_none_or(ours);
        if fits { Ok((vault, header)) } else { Err(VaultOpenError) }
    }

    /// Wraps this key under the export key, joined with the sheet if there is one.
    pub fn passphrase_wrap(
        &self,
        rng: &mut impl CryptoRng,
        header: &VaultHeader,
        export_key: &ExportKey,
        sheet: Option<&Sheet>,
    ) -> Vec<u8> {
        self.wrap(rng, header, &joined(export_key, sheet), labels::VAULT_PASSPHRASE, sheet.is_some())
    }

    /// Wraps this key under a recovery code.
    pub fn recovery_wrap(&self, rng: &mut impl CryptoRng, header: &VaultHeader, code: &RecoveryCode) -> Vec<u8> {
        self.wrap(rng, header, &[code.wrap_key().expose()], labels::VAULT_RECOVERY, false)
    }

    /// Opens a wrap under a passphrase. A sheet that is not needed is not used.
    ///
    /// # Errors
    /// [`WrapError`].
    pub fn open_passphrase_wrap(wrap: &[u8], export_key: &ExportKey, sheet: Option<&Sheet>) -> Result<Self, WrapError> {
        let needed = Self::wrap_needs_sheet(wrap);
        if needed && sheet.is_none() {
            return Err(WrapError::NeedsSheet);
        }
        Self::unwrap(wrap, &joined(export_key, sheet.filter(|_| needed)), labels::VAULT_PASSPHRASE)
    }

    /// Opens a wrap under a recovery code.
    ///
    /// # Errors
    /// [`WrapError::DoesNotOpen`].
    pub fn open_recovery_wrap(wrap: &[u8], code: &RecoveryCode) -> Result<Self, WrapError> {
        Self::unwrap(wrap, &[code.wrap_key().expose()], labels::VAULT_RECOVERY)
    }

    /// Whether a wrap says that a sheet is needed. The relay could have altered this: ask [`Vault::sheet`] where it
    /// matters.
    pub fn wrap_needs_sheet(wrap: &[u8]) -> bool {
        parts::<WrapHeader>(wrap).is_some_and(|(header, _)| header.sheet)
    }

    fn wrap(&self, rng: &mut impl CryptoRng, header: &VaultHeader, key: &[&[u8]], label: &str, sheet: bool) -> Vec<u8> {
        let header = WrapHeader { account: header.account, since: header.version, sheet }.to_bytes();
        let sealed = committed::seal(rng, key, label, &header, self.key.expose());
        encode(&(ByteString(header), ByteString(sealed)))
    }

    fn unwrap(wrap: &[u8], key: &[&[u8]], label: &str) -> Result<Self, WrapError> {
        let (header, sealed): (WrapHeader, _) = parts(wrap).ok_or(WrapError::DoesNotOpen)?;
        let opened: Zeroizing<Vec<u8>> =
            committed::open(key, label, &header.to_bytes(), &sealed).map_err(|_| WrapError::DoesNotOpen)?;
        let key = Secret::from_slice(&opened).ok_or(WrapError::DoesNotOpen)?;
        Ok(Self { key, bound: Some((header.account, header.since)) })
    }
}

/// The key material of passphrase and sheet: 64 bytes, or 80 with a sheet.
fn joined<'a>(export_key: &'a ExportKey, sheet: Option<&'a Sheet>) -> Vec<&'a [u8]> {
    let export_key: &[u8] = export_key.expose();
    std::iter::once(export_key).chain(sheet.map(|sheet| sheet.secret().expose().as_slice())).collect()
}

/// Header and sealed part, if they are in canonical form.
fn parts<H: Structure>(bytes: &[u8]) -> Option<(H, Vec<u8>)> {
    let (ByteString(header), ByteString(sealed)) = minicbor::decode(bytes).ok()?;
    let parsed = H::parse(&header).ok()?;
    let canonical = encode(&(ByteString(header), ByteString(sealed.clone()))) == bytes;
    canonical.then_some((parsed, sealed))
}
