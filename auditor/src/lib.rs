//! Audits everything that a relay of Amanah stores (docs/protocol.md §9, docs/auditing.md), without any key.
//!
//! An [`Audit`] is given what a relay stores, page by page, and asks of every entry what its readers ask: who signed it,
//! which consent it rests on, whether it is in its place in the log, whether what stands beside it is what it names, and
//! whether that looks like ciphertext. [`audit_bundle`] reads the pages from a file; a live relay gives the same ones.
//! An [`Arriving`] bundle is audited while it comes in. With the feature `database`, `look` compares it with the relay's
//! database itself.
//!
//! It cannot open anything: no key goes in, and the code that opens letters is not in it.

mod absence;
mod accounts;
mod arriving;
mod audit;
mod bundle;
mod check;
mod claimed;
mod consent;
mod control;
#[cfg(feature = "database")]
mod database;
mod doubles;
mod each;
mod erasure;
mod escrow;
mod findings;
mod item;
mod log;
mod parts;
mod place;
mod randomness;
mod release;
mod report;
mod session;
mod signed;
mod signers;
mod times;
mod vaults;
mod web_client;

pub use arriving::Arriving;
pub use audit::Audit;
pub use bundle::{BundleError, audit_bundle};
pub use check::Check;
pub use control::PLANTED;
#[cfg(feature = "database")]
pub use database::{Look, LookError, look};
pub use findings::Finding;
pub use report::{AuditedHead, CheckResult, Control, Looked, NOT_PROVED, Report, Served};
pub use signed::{ReportError, verify_report};
