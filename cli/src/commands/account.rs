//! Accounts: joining, signing in, coming back, and changing secrets.

use amanah_client_sdk::account::{Account, Issued};
use amanah_client_sdk::fingerprint;
use amanah_client_sdk::invitation::Invitation;
use amanah_client_sdk::protocol::centre::Role;
use amanah_client_sdk::transport::Clock;
use clap::{Args, Subcommand};
use serde_json::json;

use super::secrets::SecretsOut;
use crate::args::Entrance;
use crate::invocation::{Device, Invocation, sign_out};
use crate::moment::Wall;
use crate::output::Answer;
use crate::passphrase;
use crate::problem::{Case, Problem};
use crate::profile::Profile;

/// Arguments of `join`.
#[derive(Debug, Args)]
pub(crate) struct Join {
    #[command(flatten)]
    entrance: Entrance,
    /// For staff: the account also gets a sheet, which is needed to sign in
    #[arg(long)]
    staff: bool,
    #[command(flatten)]
    secrets: SecretsOut,
}

/// Arguments of `sign-in`.
#[derive(Debug, Args)]
pub(crate) struct SignIn {
    #[command(flatten)]
    entrance: Entrance,
}

/// Arguments of `recover`.
#[derive(Debug, Args)]
pub(crate) struct Recover {
    #[command(flatten)]
    entrance: Entrance,
    /// Read the recovery code from this file descriptor
    #[arg(long, value_name = "N")]
    recovery_code_fd: Option<u32>,
    #[command(flatten)]
    secrets: SecretsOut,
}

/// Commands of `passphrase`.
#[derive(Debug, Subcommand)]
pub(crate) enum PassphraseCommand {
    /// Choose a new passphrase; other devices are signed out
    Change,
}

/// Commands of `recovery-code`.
#[derive(Debug, Subcommand)]
pub(crate) enum RecoveryCodeCommand {
    /// Make a new recovery code; the old one opens nothing any more
    Renew(Renew),
}

/// Arguments of `recovery-code renew`.
#[derive(Debug, Args)]
pub(crate) struct Renew {
    #[command(flatten)]
    secrets: SecretsOut,
}

/// Commands of `account`.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Show your account, its fingerprint and its roles
    Show,
}

/// Makes an account and remembers it.
pub(crate) async fn join(invocation: &Invocation, join: Join) -> Result<Answer, Problem> {
    let Join { entrance, staff, secrets } = join;
    let folder = invocation.folder()?;
    Profile::check_vacant(&folder)?;
    let profile = new_profile(invocation, &entrance)?;
    let global = &invocation.global;
    let passphrase = passphrase::chosen(global.new_passphrase_fd.or(global.passphrase_fd), invocation.texts)?;
    let place = secrets.prepare(invocation)?;
    let mut outside = invocation.outside(&profile.relay)?;
    let issued = Issued::generate(&mut outside.rng, staff);
    let account = Account::register(outside, profile.centre, &profile.handle, &passphrase, &issued).await?;
    let mut answer = described(invocation, &account, "joined");
    place.hand_over(invocation, &issued, &mut answer)?;
    sign_out(account).await;
    Ok(answer.with_problem(profile.save(&folder).err()))
}

/// Checks the secrets of an account and remembers it on this computer.
pub(crate) async fn sign_in(invocation: &Invocation, arguments: SignIn) -> Result<Answer, Problem> {
    Profile::check_vacant(&invocation.folder()?)?;
    let profile = new_profile(invocation, &arguments.entrance)?;
    let (account, _) = invocation.sign_in(&profile).await?;
    let answer = described(invocation, &account, "signed-in");
    sign_out(account).await;
    profile.save(&invocation.folder()?)?;
    Ok(answer)
}

/// Opens an account by its recovery code, gives it new secrets and remembers it.
pub(crate) async fn recover(invocation: &Invocation, recover: Recover) -> Result<Answer, Problem> {
    let Recover { entrance, recovery_code_fd, secrets } = recover;
    let profile = new_profile(invocation, &entrance)?;
    let folder = invocation.folder()?;
    let remembered = Profile::load(&folder).is_ok_and(|known| {
        (&known.relay, known.centre, &known.handle) == (&profile.relay, profile.centre, &profile.handle)
    });
    if !remembered {
        Profile::check_vacant(&folder)?;
    }
    let code = passphrase::recovery_code(recovery_code_fd, invocation.texts)?;
    let global = &invocation.global;
    let passphrase = passphrase::chosen(global.new_passphrase_fd.or(global.passphrase_fd), invocation.texts)?;
    let place = secrets.prepare(invocation)?;
    let outside = invocation.outside(&profile.relay)?;
    let (account, issued) = Account::recover(outside, profile.centre, &profile.handle, &code, &passphrase).await?;
    let mut answer = described(invocation, &account, "recovered");
    place.hand_over(invocation, &issued, &mut answer)?;
    sign_out(account).await;
    let unsaved = if remembered { None } else { profile.save(&folder).err() };
    Ok(answer.with_problem(unsaved))
}

/// Changes the passphrase.
pub(crate) async fn change_passphrase(invocation: &Invocation) -> Result<Answer, Problem> {
    let global = &invocation.global;
    if global.passphrase_fd.is_some() && global.passphrase_fd == global.new_passphrase_fd {
        return Err(Case::SameDescriptor.into());
    }
    invocation
        .signed_in(async |account, _| {
            let new = passphrase::chosen(global.new_passphrase_fd, invocation.texts)?;
            account.change_passphrase(&new).await?;
            Ok(Answer::new(json!({ "changed": true })).line(invocation.texts.say("passphrase-changed")))
        })
        .await
}

/// Makes a new recovery code.
pub(crate) async fn renew_recovery_code(invocation: &Invocation, renew: Renew) -> Result<Answer, Problem> {
    let place = renew.secrets.prepare(invocation)?;
    invocation
        .signed_in(async |account, passphrase| {
            let recovery = account.renew_recovery_code(&passphrase).await?;
            let issued = Issued { recovery, sheet: None };
            let mut answer =
                Answer::new(json!({ "renewed": true })).line(invocation.texts.say("recovery-code-renewed"));
            place.hand_over(invocation, &issued, &mut answer)?;
            Ok(answer)
        })
        .await
}

/// Shows the account.
pub(crate) async fn show(invocation: &Invocation) -> Result<Answer, Problem> {
    invocation.signed_in(async |account, _| Ok(described(invocation, account, "your-account"))).await
}

/// Forgets the account on this computer.
pub(crate) fn forget(invocation: &Invocation) -> Result<Answer, Problem> {
    let folder = invocation.folder()?;
    Profile::forget(&folder)?;
    Ok(Answer::new(json!({ "forgotten": true })).line(invocation.texts.say("forgotten")))
}

fn new_profile(invocation: &Invocation, entrance: &Entrance) -> Result<Profile, Problem> {
    let Invitation { relay, centre } = entrance.link.parse()?;
    let certificate = invocation.certificate(&relay)?;
    Ok(Profile { relay, centre, handle: entrance.handle.parse()?, certificate })
}

fn described(invocation: &Invocation, account: &Device, heading: &str) -> Answer {
    let texts = invocation.texts;
    let words = fingerprint::words(&account.id());
    let centre = account.centre().id();
    let roles: Vec<Role> = Role::ALL
        .iter()
        .copied()
        .filter(|role| account.centre().appointment(&account.id(), *role, Wall.now()).is_some())
        .collect();
    let names: Vec<String> = roles.iter().map(|role| super::show::role(*role).to_owned()).collect();
    let json = json!({
        "account": account.id().to_string(),
        "handle": account.handle().as_str(),
        "fingerprint": words,
        "centre": centre.map(|centre| centre.to_string()),
        "centre_fingerprint": centre.map(|centre| fingerprint::words(&centre)),
        "roles": names,
    });
    let mut answer = Answer::new(json).line(texts.say(heading));
    answer.push(texts.fill("handle-line", vec![("handle", account.handle().as_str().to_owned().into())]));
    answer.push(texts.fill("account-line", vec![("account", account.id().to_string().into())]));
    answer.push(texts.fill("fingerprint-line", vec![("words", words.into())]));
    for role in roles {
        let name = texts.say(&format!("role-{}", super::show::role(role)));
        answer.push(texts.fill("role-line", vec![("role", name.into())]));
    }
    answer
}
