//! The director erases a session for good, after being told what that covers and what not.

use amanah_client_sdk::RelayError;
use amanah_client_sdk::director::DirectorError;
use amanah_client_sdk::protocol::api::ProblemCode;
use amanah_client_sdk::protocol::erasure::{Basis, Tombstone};
use amanah_client_sdk::protocol::ids::SessionId;
use amanah_client_sdk::transport::Clock;
use clap::Args;
use serde_json::json;

use super::Office;
use crate::commands::show;
use crate::confirm;
use crate::invocation::Invocation;
use crate::moment::{self, Wall};
use crate::output::Answer;
use crate::problem::{Case, Problem};

/// Arguments of `centre erase`.
#[derive(Debug, Args)]
pub(crate) struct Erase {
    #[command(flatten)]
    office: Office,
    /// The session
    #[arg(long, value_name = "ID")]
    session: SessionId,
    /// Why: client-asked, time-is-over or law
    #[arg(long, value_name = "BASIS", value_parser = show::parse_basis)]
    basis: Basis,
}

/// Erases a session.
pub(super) async fn erase(invocation: &Invocation, erase: Erase) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    let session = || vec![("session", erase.session.to_string().into())];
    let asked = [
        texts.fill("erase-session", session()),
        texts.say("erase-covers"),
        texts.say("erase-keeps"),
        texts.say("erase-leaves"),
    ];
    confirm::before(invocation, &asked)?;
    let director = erase.office.director(invocation)?;
    let (centre, time) = (director.centre(), Wall.now());
    let tombstone = Tombstone { centre, session: erase.session, basis: erase.basis, time };
    let erased = director.erase(invocation.transport(&erase.office.relay)?, tombstone).await;
    let signed = erased.map_err(|error| match error {
        DirectorError::Relay(RelayError::Refused(ProblemCode::Unavailable) | RelayError::Transport(_)) => {
            Case::ErasureUnsure.into()
        }
        other => Problem::from(other),
    })?;
    let json = json!({
        "session": erase.session.to_string(),
        "basis": show::basis(erase.basis),
        "tombstone": signed.hash().to_string(),
        "time": moment::exact(time),
    });
    Ok(Answer::new(json).line(texts.fill("session-gone", session())).line(texts.say("erase-leaves")))
}
