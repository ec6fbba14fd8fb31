//! The arguments of the command line.

use std::path::PathBuf;

use amanah_client_sdk::invitation::Invitation;
use amanah_client_sdk::protocol::ids::{AccountId, CentreId};
use clap::{Args, Parser, Subcommand};

use crate::commands::{
    absence, access, account, acknowledge, audit, centre, code_words, consent, escrow, intake, letters, people,
    registrar, witnesses,
};
use crate::texts::Language;

/// Counselling by letters that nobody else can read.
#[derive(Debug, Parser)]
#[command(name = "amanah", version, about, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command. No secret is ever an argument: it is asked for, or read from a file descriptor.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Folder that remembers relay, centre and handle; no secret is kept in it
    #[arg(long, global = true, value_name = "FOLDER", env = "AMANAH_PROFILE", hide_env_values = true)]
    pub(crate) profile: Option<PathBuf>,
    /// Answer with one JSON object
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Language of the answers
    #[arg(long, global = true, value_name = "LANGUAGE", env = "AMANAH_LANG", hide_env_values = true)]
    pub(crate) lang: Option<Language>,
    /// Trust exactly the relay certificate in this PEM file
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) relay_certificate: Option<PathBuf>,
    /// Read the passphrase from this file descriptor
    #[arg(long, global = true, value_name = "N")]
    pub(crate) passphrase_fd: Option<u32>,
    /// Read the new passphrase from this file descriptor
    #[arg(long, global = true, value_name = "N")]
    pub(crate) new_passphrase_fd: Option<u32>,
    /// Read the sheet of staff from this file descriptor
    #[arg(long, global = true, value_name = "N")]
    pub(crate) sheet_fd: Option<u32>,
}

/// Where a centre is, for somebody who has no profile there.
#[derive(Debug, Clone, Args)]
pub(crate) struct Place {
    /// Address of the relay; without it, the one of the profile
    #[arg(long, value_name = "URL", value_parser = relay_address, requires = "centre")]
    pub(crate) relay: Option<String>,
    /// Id of the centre; without it, the one of the profile
    #[arg(long, value_name = "HEX", requires = "relay")]
    pub(crate) centre: Option<CentreId>,
}

/// An invitation, and the name under which to use it.
#[derive(Debug, Clone, Args)]
pub(crate) struct Entrance {
    /// The invitation link of the centre
    #[arg(value_name = "LINK")]
    pub(crate) link: String,
    /// Your name here: 3 to 32 of a-z, 0-9, dot, underscore, hyphen; not your real name
    #[arg(long, value_name = "NAME")]
    pub(crate) handle: String,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Director: the centre, its relay, its staff, its consent document and its escrow
    #[command(subcommand)]
    Centre(centre::Command),
    /// Registrar: invitations, accounts that follow others, and guardians of minors
    #[command(subcommand)]
    Registrar(registrar::Command),
    /// Make an account with an invitation link
    Join(account::Join),
    /// Use an account that you have on this computer
    SignIn(account::SignIn),
    /// Come back with the recovery code when the passphrase is lost
    Recover(account::Recover),
    /// Your passphrase
    #[command(subcommand)]
    Passphrase(account::PassphraseCommand),
    /// Your recovery code
    #[command(subcommand)]
    RecoveryCode(account::RecoveryCodeCommand),
    /// Your account
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Forget the account on this computer
    SignOut,
    /// Read, sign, list and take back consent
    #[command(subcommand)]
    Consent(consent::Command),
    /// Escrow: what several trustees can open together, for a few reasons only
    #[command(subcommand)]
    Escrow(escrow::Command),
    /// Who could read a session, since when and why
    AccessHistory(access::AccessHistory),
    /// Code words, by which you can show later who you are when every key is lost
    #[command(subcommand)]
    CodeWords(code_words::Command),
    /// Say where you are, and whom to call near you in a crisis
    Intake(intake::Intake),
    /// Counsellor: say how far the counselling has come
    Stage(intake::SetStage),
    /// The counsellors of the centre
    Counsellors,
    /// Counsellor or supervisor: say that you are away, for everybody to see
    #[command(subcommand)]
    Absence(absence::Command),
    /// Write a letter
    Write(letters::Write),
    /// Your sessions and how many letters wait for an answer
    Inbox,
    /// Read a session
    Read(letters::Read),
    /// Answer the last letter of a session
    Reply(letters::Reply),
    /// Begin new keys for everything that follows in a session
    RenewKeys(letters::RenewKeys),
    /// The fingerprint of your account, or of another
    Fingerprint(people::Fingerprint),
    /// Mark an account as compared, by its twelve words
    Verify(people::Verify),
    /// Go on after somebody has new keys or a new account
    #[command(subcommand)]
    Acknowledge(acknowledge::Command),
    /// Save a session as plain text
    Export(letters::Export),
    /// Wait for news and print a line for each
    Watch(letters::Watch),
    /// Auditor: check everything that a relay stores, without any key
    Audit(audit::Audit),
    /// Who watches over the log, and whom you count on
    #[command(subcommand)]
    Witnesses(witnesses::Command),
    /// Check whose signed report of an audit a file is, and show it
    Report(audit::saved::SavedReport),
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// An account id.
pub(crate) fn account_id(text: &str) -> Result<AccountId, String> {
    text.parse().map_err(|_| "an account is 64 digits of 0-9 and a-f".to_owned())
}

/// An address that begins with `https://`, without the slash at its end.
pub(crate) fn relay_address(text: &str) -> Result<String, String> {
    let address = text.trim_end_matches('/');
    let sample = Invitation { relay: address.to_owned(), centre: CentreId([0; 32]) };
    match sample.to_string().parse::<Invitation>() {
        Ok(_) => Ok(address.to_owned()),
        Err(_) => Err("an address of a relay looks like https://amanah.example:8443".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn only_addresses_over_tls_are_taken() {
        assert_eq!(relay_address("https://localhost:8443/").unwrap(), "https://localhost:8443");
        for wrong in ["http://localhost:8443", "https://", "https://a/b", "localhost"] {
            assert!(relay_address(wrong).is_err(), "{wrong}");
        }
    }
}
