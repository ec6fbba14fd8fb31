//! Vaults (docs/protocol.md §3): an account's secrets and memory, sealed by itself and kept by the relay.

use std::collections::BTreeMap;

use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, CentreId, SessionId};
use amanah_protocol::log::{EMPTY_ROOT, Quorum, TreeHead};
use amanah_protocol::record::RecordMark;
use amanah_protocol::structure;

use crate::identity::{Identity, Keyring};
use crate::recovery::RecoveryCode;
use crate::secret::Secret;
use crate::sheet::Sheet;
use crate::text_code;
pub use crate::vault_key::{VaultHeader, VaultKey, VaultOpenError, WrapError};

structure! {
    /// What an account remembers of another one.
    pub part Pin => {
        /// The other account.
        account: AccountId,
        /// Its newest card that this account has taken notice of.
        card: Hash,
        /// Whether its fingerprint was compared.
        verified: bool,
        /// The succession that this account has taken notice of.
        succession: Option<Hash>,
    }
}

structure! {
    /// A reply that an account has prepared.
    pub part Template => {
        /// Its name, by which its owner finds it.
        name: String,
        /// Its words.
        text: String,
    }
}

structure! {
    /// How far an account has read a session.
    pub part SessionMark => {
        /// The session.
        session: SessionId,
        /// Its record so far.
        record: RecordMark,
        /// Up to which position its letters were shown to the person.
        shown: u64,
    }
}

/// The opened vault of an account. Wiped on drop.
///
/// ```compile_fail,E0277
/// fn needs_debug<T: std::fmt::Debug>() {}
/// needs_debug::<amanah_crypto_core::vault::Vault>();
/// ```
/// ```compile_fail,E0277
/// fn needs_clone<T: Clone>() {}
/// needs_clone::<amanah_crypto_core::vault::Vault>();
/// ```
/// ```compile_fail,E0277
/// fn needs_eq<T: PartialEq>() {}
/// needs_eq::<amanah_crypto_core::vault::Vault>();
/// ```
pub struct Vault {
    pub(crate) keyring: Keyring,
    pub(crate) recovery: Secret<{ text_code::LENGTH }>,
    pub(crate) sheet: Option<Secret<{ text_code::LENGTH }>>,
    pub(crate) centre: CentreId,
    pub(crate) centre_mark: RecordMark,
    pub(crate) log: TreeHead,
    pub(crate) quorum: Option<Quorum>,
    pub(crate) pins: BTreeMap<AccountId, Pin>,
    pub(crate) templates: BTreeMap<String, Template>,
    pub(crate) marks: BTreeMap<SessionId, SessionMark>,
    /// The pins as they were stored, to tell on a merge which ones this device changed.
    pub(crate) stored_pins: BTreeMap<AccountId, Pin>,
    /// The quorum as it was stored, for the same reason.
    pub(crate) stored_quorum: Option<Quorum>,
    /// The templates as they were stored, for the same reason.
    pub(crate) stored_templates: BTreeMap<String, Template>,
}

impl Vault {
    /// The vault of a new account.
    pub fn new(centre: CentreId, identity: Identity, recovery: &RecoveryCode) -> Self {
        Self {
            keyring: Keyring::new(identity),
            recovery: recovery.secret().duplicate(),
            sheet: None,
            centre,
            centre_mark: RecordMark::start(centre.as_bytes()),
            log: TreeHead { size: 0, root: EMPTY_ROOT },
            quorum: None,
            pins: BTreeMap::new(),
            templates: BTreeMap::new(),
            marks: BTreeMap::new(),
            stored_pins: BTreeMap::new(),
            stored_quorum: None,
            stored_templates: BTreeMap::new(),
        }
    }

    /// The account's identities, as a second copy.
    pub fn keyring(&self) -> Keyring {
        self.keyring.duplicate()
    }

    /// Adds the identity of the account's next card; false if it is not the next one.
    pub fn add_identity(&mut self, identity: Identity) -> bool {
        self.keyring.add(identity)
    }

    /// The centre whose root is pinned.
    pub fn centre(&self) -> CentreId {
        self.centre
    }

    /// The recovery code, to wrap a new vault key under it.
    pub fn recovery_code(&self) -> RecoveryCode {
        RecoveryCode::from_secret(self.recovery.duplicate())
    }

    /// Puts another recovery code in place of the one before.
    pub fn set_recovery(&mut self, recovery: &RecoveryCode) {
        self.recovery = recovery.secret().duplicate();
    }

    /// The sheet that is needed with the passphrase, if the account has one.
    pub fn sheet(&self) -> Option<Sheet> {
        self.sheet.as_ref().map(|sheet| Sheet::from_secret(sheet.duplicate()))
    }

    /// Remembers the sheet, so that a later change of passphrase does not drop it.
    pub fn set_sheet(&mut self, sheet: Option<&Sheet>) {
        self.sheet = sheet.map(|sheet| sheet.secret().duplicate());
    }

    /// What is remembered of an account.
    pub fn pin(&self, account: &AccountId) -> Option<&Pin> {
        self.pins.get(account)
    }

    /// Remembers an account.
    pub fn set_pin(&mut self, pin: Pin) {
        self.pins.insert(pin.account, pin);
    }

    /// The replies that were prepared, by name.
    pub fn templates(&self) -> &BTreeMap<String, Template> {
        &self.templates
    }

    /// Keeps a prepared reply under its name, in place of the one before, or none any more.
    pub fn set_template(&mut self, name: &str, template: Option<Template>) {
        self.templates.remove(name);
        self.templates.extend(template.map(|template| (template.name.clone(), template)));
    }

    /// How far the centre's record was read.
    pub fn centre_mark(&self) -> &RecordMark {
        &self.centre_mark
    }

    /// Remembers how far the centre's record was read; never less than before.
    pub fn set_centre_mark(&mut self, mark: RecordMark) {
        if self.centre_mark.count <= mark.count {
            self.centre_mark = mark;
        }
    }

    /// The newest tree of the log that was checked.
    pub fn log(&self) -> TreeHead {
        self.log
    }

    /// Remembers the newest tree of the log that was checked; never a smaller one than before.
    pub fn set_log(&mut self, head: TreeHead) {
        if self.log.size <= head.size {
            self.log = head;
        }
    }

    /// Which witnesses must have cosigned the log.
    pub fn quorum(&self) -> Option<&Quorum> {
        self.quorum.as_ref()
    }

    /// Demands that witnesses have cosigned the log, or no longer.
    pub fn set_quorum(&mut self, quorum: Option<Quorum>) {
        self.quorum = quorum;
    }

    /// How far a session was read.
    pub fn mark(&self, session: &SessionId) -> Option<&RecordMark> {
        self.marks.get(session).map(|mark| &mark.record)
    }

    /// Remembers how far a session was read and shown; never less than before.
    pub fn set_mark(&mut self, mark: SessionMark) {
        match self.marks.get_mut(&mark.session) {
            Some(known) => {
                known.shown = known.shown.max(mark.shown);
                if known.record.count <= mark.record.count {
                    known.record = mark.record;
                }
            }
            None => drop(self.marks.insert(mark.session, mark)),
        }
    }

    /// Up to which position the letters of a session were shown to the person.
    pub fn shown(&self, session: &SessionId) -> u64 {
        self.marks.get(session).map_or(0, |mark| mark.shown)
    }

    /// Takes in what another device of this account stored meanwhile.
    ///
    /// A pin, quorum or template that this device changed stays; otherwise the stored one counts. Of two marks the further
    /// one counts.
    /// Says whether this device then knows something that is not stored.
    pub fn merge(&mut self, stored: &Self) -> bool {
        let changed = |account: &AccountId, pin: &Pin| self.stored_pins.get(account) != Some(pin);
        self.pins.retain(|account, pin| changed(account, pin));
        for (account, pin) in &stored.pins {
            self.pins.entry(*account).or_insert_with(|| pin.clone());
        }
        stored.marks.values().cloned().for_each(|mark| self.set_mark(mark));
        self.set_centre_mark(stored.centre_mark.clone());
        self.set_log(stored.log);
        self.stored_pins.clone_from(&stored.pins);
        if self.quorum == self.stored_quorum {
            self.quorum.clone_from(&stored.quorum);
        }
        self.stored_quorum.clone_from(&stored.quorum);
        let (mine, before) = (std::mem::take(&mut self.templates), &self.stored_templates);
        let changed = |name: &String| mine.get(name) != before.get(name);
        let theirs = stored.templates.iter().filter(|(name, _)| !changed(name));
        let own = mine.iter().filter(|(name, _)| changed(name));
        self.templates = theirs.chain(own).map(|(name, template)| (name.clone(), template.clone())).collect();
        self.stored_templates.clone_from(&stored.templates);
        self.recovery = stored.recovery.duplicate();
        self.sheet = stored.sheet.as_ref().map(Secret::duplicate);
        if stored.keyring.newest().number() >= self.keyring.newest().number() {
            self.keyring = stored.keyring.duplicate();
        }
        let newer = self.keyring.newest().number() > stored.keyring.newest().number();
        newer
            || self.quorum != stored.quorum
            || self.pins != stored.pins
            || self.templates != stored.templates
            || self.marks != stored.marks
            || self.centre_mark != stored.centre_mark
    }
}
