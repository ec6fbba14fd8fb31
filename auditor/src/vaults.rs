//! Vaults (docs/protocol.md §3.6), and the account map (§8.6): of each account the newest card, vault head and vault.

use std::collections::BTreeMap;

use amanah_protocol::account::{MAX_VAULT, VaultHead, vault_hash};
use amanah_protocol::bundle::VaultItem;
use amanah_protocol::cbor::{ByteString, VERSION, is_encoding_of};
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::AccountId;
use amanah_protocol::log::{MapEntry, NotAscending, map_root};
use minicbor::{Decode, Encode};

use crate::accounts::Accounts;
use crate::check::Check;
use crate::findings::Findings;
use crate::place::Place;
use crate::randomness::{self, Histogram};

/// What sealing under a symmetric key adds: salt (32), commitment (32), tag (16). `OVERHEAD` in crypto-core/src/committed.rs.
const OVERHEAD: usize = 80;
/// The content of a vault is a whole number of these. `STEP` in crypto-core/src/vault_content.rs.
const STEP: usize = 4096;
/// A sealed vault key: `OVERHEAD`, and 32 bytes of key (crypto-core/src/vault_key.rs).
const SEALED_KEY: usize = OVERHEAD + 32;

/// Why a vault, or the head of one, must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum VaultRefused {
    /// The head is not the next one of its account.
    #[error("a vault head that does not follow the one before")]
    HeadOrder,
    /// The accounts are not in ascending order, each once.
    #[error("a vault that is not in its order")]
    Order,
    /// The account has no vault head in the log.
    #[error("a vault of an account that has no vault head in the log")]
    NoHead,
    /// The head beside the vault is not the newest one of the log.
    #[error("the vault stands beside another head than the newest in the log")]
    OtherHead,
    /// The vault is not the one of its head.
    #[error("the vault is not the one that its newest head names")]
    OtherVault,
    /// The vault or a wrap has another form, or speaks of another account or version.
    #[error("the vault or a wrap of its key is not of this account and version, or has another form")]
    Form,
    /// The account has a head and no vault.
    #[error("the account's vault is missing")]
    Missing,
    /// The account has a card and no head.
    #[error("the account has no vault head")]
    NoVault,
    /// There is another number of vaults.
    #[error("there is another number of vaults than was said")]
    Number,
}

/// The newest vault head of an account.
#[derive(Debug)]
struct Head {
    hash: Hash,
    position: u64,
    version: u64,
    vault: Hash,
    /// The vault of the version before.
    previous: Option<Hash>,
    /// SHA-256 of the signed wire form.
    wire: Hash,
    /// Whether the vault was shown.
    shown: bool,
}

/// The vault heads of all accounts.
#[derive(Debug, Default)]
pub(crate) struct Vaults {
    heads: BTreeMap<AccountId, Head>,
    last: Option<AccountId>,
    shown: u64,
}

impl Vaults {
    /// Takes the next head of an account in, whether its signature is right or not: the map is of what is in the log.
    pub(crate) fn take_head(&mut self, place: &mut Place<'_>, body: &VaultHead, hash: Hash) {
        let before = self.heads.get(&body.account);
        if before.map_or(0, |head| head.version).checked_add(1) != Some(body.version) {
            place.found(Check::ClosedWorld, &VaultRefused::HeadOrder);
        }
        let head = Head {
            hash,
            position: place.entry.position,
            version: body.version,
            vault: body.vault,
            previous: before.map(|head| head.vault),
            wire: of_bytes(&place.entry.body.0),
            shown: false,
        };
        self.heads.insert(body.account, head);
    }

    /// Checks the next vault against its newest head in the log.
    pub(crate) fn take(&mut self, item: &VaultItem, findings: &mut Findings, whole: &mut Histogram) {
        findings.count(Check::ClosedWorld, 1);
        self.shown = self.shown.saturating_add(1);
        let ascends = self.last.is_none_or(|last| last < item.account);
        self.last = Some(item.account);
        let head = self.heads.get_mut(&item.account);
        let position = head.as_ref().map(|head| head.position);
        let outcome = match head {
            None => Err(VaultRefused::NoHead),
            Some(_) if !ascends => Err(VaultRefused::Order),
            Some(head) => {
                head.shown = true;
                check_vault(item, head)
            }
        };
        if let Err(error) = outcome {
            findings.found(Check::ClosedWorld, position, &error);
        }
        check_content(item, position, findings, whole);
    }

    /// Looks for vaults that were not shown.
    pub(crate) fn finish(&self, accounts: &Accounts, said: u64, findings: &mut Findings) {
        if self.shown != said {
            findings.found(Check::ClosedWorld, None, &VaultRefused::Number);
        }
        for head in self.heads.values().filter(|head| !head.shown) {
            findings.found(Check::ClosedWorld, Some(head.position), &VaultRefused::Missing);
        }
        for (_, card) in accounts.newest().filter(|(account, _)| !self.heads.contains_key(account)) {
            findings.found(Check::ClosedWorld, Some(card.position), &VaultRefused::NoVault);
        }
    }

    /// The root of the account map after everything that was read.
    ///
    /// # Errors
    /// Those of [`map_root`].
    pub(crate) fn map(&self, accounts: &Accounts) -> Result<Hash, NotAscending> {
        map_root(accounts.newest().map(|(account, card)| MapEntry {
            account: *account,
            card: card.hash,
            vault_head: self.heads.get(account).map(|head| head.hash),
        }))
    }
}

fn check_vault(item: &VaultItem, head: &Head) -> Result<(), VaultRefused> {
    if of_bytes(&item.vault_head.0) != head.wire || item.version != head.version {
        return Err(VaultRefused::OtherHead);
    }
    if vault_hash(&item.vault.0) != head.vault || item.vault.0.len() > MAX_VAULT {
        return Err(VaultRefused::OtherVault);
    }
    let (version, account, number, previous): (u8, AccountId, u64, Option<Hash>) =
        header_of(&item.vault).ok_or(VaultRefused::Form)?;
    let of_wrap = |wrap: &ByteString| header_of::<(u8, AccountId, u64, bool)>(wrap).ok_or(VaultRefused::Form);
    let wraps = [of_wrap(&item.passphrase_wrap)?, of_wrap(&item.recovery_wrap)?];
    let wrapped = wraps.iter().all(|(version, account, since, _)| {
        *version == VERSION && *account == item.account && (1..=item.version).contains(since)
    });
    let with_sheet = wraps.last().is_some_and(|(.., sheet)| *sheet);
    let same = (version, account, number, previous) == (VERSION, item.account, item.version, head.previous);
    if same && wrapped && !with_sheet { Ok(()) } else { Err(VaultRefused::Form) }
}

/// Checks the lengths and bytes of what is sealed in a vault and its wraps.
fn check_content(item: &VaultItem, position: Option<u64>, findings: &mut Findings, whole: &mut Histogram) {
    let of_vault = |length: usize| {
        length.checked_sub(OVERHEAD).is_some_and(|content| content >= STEP && content.is_multiple_of(STEP))
    };
    let of_key = |length: usize| length == SEALED_KEY;
    let sealed: [(&ByteString, &dyn Fn(usize) -> bool); 3] =
        [(&item.vault, &of_vault), (&item.passphrase_wrap, &of_key), (&item.recovery_wrap, &of_key)];
    for (bytes, has_length) in sealed {
        findings.count(Check::Padding, 1);
        findings.count(Check::Randomness, 1);
        // what has another form is looked at as a whole
        let sealed = parts_of(bytes).map_or_else(|| bytes.0.clone(), |(_, sealed)| sealed.0);
        if !has_length(sealed.len()) {
            findings.found(Check::Padding, position, "a length that no vault, or no wrap of its key, can have");
        }
        if let Err(error) = randomness::check(&sealed, 0, whole) {
            findings.found(Check::Randomness, position, &error);
        }
    }
}

/// Header and sealed part of a vault or wrap: `[header as byte string, CAEAD(…) as byte string]`.
fn parts_of(bytes: &ByteString) -> Option<(ByteString, ByteString)> {
    canonical(&bytes.0)
}

fn header_of<H: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &ByteString) -> Option<H> {
    canonical(&parts_of(bytes)?.0.0)
}

/// Reads what is written in its one spelling.
fn canonical<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Option<T> {
    minicbor::decode(bytes).ok().filter(|value| is_encoding_of(value, bytes))
}
