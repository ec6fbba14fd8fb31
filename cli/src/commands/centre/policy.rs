//! The rules of an escrow as a director writes them, and what is published of them.

use std::path::{Path, PathBuf};

use amanah_client_sdk::protocol::escrow::{Ground, Policy, PolicyTrustee};
use amanah_client_sdk::protocol::ids::CentreId;
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use super::Office;
use crate::commands::show;
use crate::files;
use crate::invocation::Invocation;
use crate::output::Answer;
use crate::problem::{Case, Problem};

/// Arguments of `centre publish-policy`.
#[derive(Debug, Args)]
pub(crate) struct PublishPolicy {
    #[command(flatten)]
    office: Office,
    /// The rules: a TOML file with trustees and reasons
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    number: u32,
    threshold: u8,
    trustees: Vec<TrusteePart>,
    grounds: Vec<GroundPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrusteePart {
    account: String,
    contact: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroundPart {
    code: String,
    delay_seconds: u64,
    notice_seconds: u64,
    requesters: Vec<String>,
    recipients: Vec<String>,
    cancellable: bool,
}

/// Reads the rules for a centre. Whether they make sense is checked when they are signed.
///
/// # Errors
/// [`Case::FileUnreadable`], [`Case::FileNotText`], [`Case::PolicyFile`].
fn read(path: &Path, centre: CentreId) -> Result<Policy, Problem> {
    let file: Option<PolicyFile> = toml::from_str(&files::read_text(path)?).ok();
    let policy = file.and_then(|file| {
        Some(Policy {
            centre,
            number: file.number,
            threshold: file.threshold,
            trustees: (1..=u8::MAX).zip(file.trustees).map(trustee).collect::<Option<_>>()?,
            grounds: file.grounds.iter().map(ground).collect::<Option<_>>()?,
        })
    });
    policy.ok_or_else(|| Problem::with_file(Case::PolicyFile, path))
}

fn trustee((x, part): (u8, TrusteePart)) -> Option<PolicyTrustee> {
    Some(PolicyTrustee { x, account: part.account.parse().ok()?, contact: part.contact })
}

fn ground(part: &GroundPart) -> Option<Ground> {
    let roles = |words: &[String]| words.iter().map(|word| show::parse_role(word)).collect::<Option<Vec<_>>>();
    Some(Ground {
        code: show::parse_ground(&part.code).ok()?,
        delay_ms: part.delay_seconds.checked_mul(1000)?,
        notice_ms: part.notice_seconds.checked_mul(1000)?,
        requesters: roles(&part.requesters)?,
        recipients: roles(&part.recipients)?,
        cancellable: part.cancellable,
    })
}

/// Signs the rules and publishes them.
pub(super) async fn publish(invocation: &Invocation, publish: PublishPolicy) -> Result<Answer, Problem> {
    let director = publish.office.director(invocation)?;
    let policy = read(&publish.policy, director.centre())?;
    let signed = director.publish_policy(invocation.transport(&publish.office.relay)?, policy).await?;
    let (hash, body) = (signed.hash().to_string(), signed.body());
    let json = json!({
        "policy": hash,
        "number": body.number,
        "threshold": body.threshold,
        "of": body.trustees.len(),
    });
    let texts = invocation.texts;
    Ok(Answer::new(json)
        .line(texts.fill("policy-published", vec![("number", body.number.to_string().into())]))
        .line(texts.fill("policy-line", vec![("policy", hash.into())]))
        .line(texts.say("policy-published-next")))
}

#[cfg(test)]
mod tests {
    use amanah_client_sdk::protocol::escrow::{GroundCode, PolicyError};

    use super::*;

    fn example() -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/escrow/policy.toml");
        std::fs::read_to_string(path).unwrap()
    }

    fn of(text: &str) -> Result<Policy, Case> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        std::fs::write(&path, text).unwrap();
        read(&path, CentreId([0; 32])).map_err(|problem| problem.case())
    }

    #[test]
    fn the_example_says_everything_that_an_escrow_must() {
        let policy = of(&example()).unwrap();
        policy.check().unwrap();
        assert_eq!((policy.threshold, policy.trustees.len()), (2, 3));
        assert!(policy.trustees.iter().map(|trustee| trustee.x).eq([1, 2, 3]));
        let court = policy.ground(GroundCode::CourtOrder).unwrap();
        assert_eq!((court.delay_ms, court.notice_ms), (3 * 86_400_000, 0));
    }

    #[test]
    fn a_wrong_word_or_number_in_the_rules_is_refused() {
        let text = example();
        for (right, wrong) in [
            ("\"court-order\"", "\"police\""),
            ("[\"registrar\", \"counsellor\"]", "[\"boss\"]"),
            ("delay_seconds = 259_200", "delay_seconds = \"72h\""),
            ("delay_seconds = 259_200", "delay_seconds = -1"),
            ("delay_seconds = 259_200", "delay_seconds = 18_446_744_073_709_551_615"),
            ("notice_seconds = 86_400", "notice_days = 1"),
            ("0000000000000000000000000000000000000000000000000000000000000001", "Sri"),
            ("cancellable = true", ""),
        ] {
            assert!(text.contains(right), "{right}");
            assert_eq!(of(&text.replace(right, wrong)).unwrap_err(), Case::PolicyFile, "{wrong}");
        }
    }

    #[test]
    fn rules_that_contradict_themselves_are_not_signed() {
        let alone = of(&example().replace("threshold = 2", "threshold = 1")).unwrap();
        assert_eq!(alone.check(), Err(PolicyError::Trustees));
        let long = of(&example().replace("delay_seconds = 259_200", "delay_seconds = 259_200_000")).unwrap();
        assert_eq!(long.check(), Err(PolicyError::Grounds));
    }
}
