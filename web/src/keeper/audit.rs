//! The audit of everything that the relay stores, the signed report of it, and who else watches over the log.

use amanah_auditor::{Arriving, Report};
use amanah_client_sdk::protocol::cbor::Structure;
use amanah_client_sdk::protocol::log::Quorum;
use amanah_client_sdk::transport::Clock;

use super::{DeviceClock, Keeper, tell};
use crate::message::{
    Answers, Audited, Checked, DemandWitnesses, LookAtWitnesses, RunAudit, SignReport, Witness, Witnesses, Word,
};
use crate::problem::{Problem, Trouble};

/// After how many bytes the page is told how far it is.
const OFTEN: u64 = 256 * 1024;

impl Answers<RunAudit> for Keeper {
    async fn answer(&mut self, _: RunAudit) -> Result<Audited, Problem> {
        let device = self.device()?;
        let centre = device.centre().id().ok_or(Trouble::Broken)?;
        let mut arriving = Arriving::new(centre, Some(device.checked_log()));
        let (mut read, mut taken) = (0_u64, Ok(()));
        let take = async |piece: Vec<u8>| {
            let before = read / OFTEN;
            read = read.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if read / OFTEN > before {
                tell(&Word::Audited(read));
            }
            taken = arriving.take(&piece);
            taken.is_ok()
        };
        device.audit_bundle(take).await?;
        taken?;
        let report = arriving.finish()?.with_served(device.served_web_client().await?);
        let audited = shown(&report);
        self.report = Some(report);
        Ok(audited)
    }
}

fn shown(report: &Report) -> Audited {
    let checks = report.checks.iter().map(|check| {
        let told = u64::try_from(check.findings.len()).unwrap_or(u64::MAX);
        Checked {
            name: check.name.clone(),
            passed: check.passed,
            counted: check.counted,
            findings: check.findings.iter().map(|found| (found.position, found.reason.clone())).collect(),
            more: check.failed.saturating_sub(told),
        }
    });
    Audited {
        passed: report.passed(),
        logged: report.web_client.map(|hash| hash.to_string()),
        served: report.served.as_ref().and_then(|served| served.web_client).map(|hash| hash.to_string()),
        head: report.head.as_ref().map(|head| (head.size, head.root.to_string())),
        checks: checks.collect(),
        planted: report.controls.iter().map(|control| control.found).collect(),
        not_proved: report.not_proved.len(),
    }
}

impl Answers<SignReport> for Keeper {
    async fn answer(&mut self, _: SignReport) -> Result<Vec<u8>, Problem> {
        let report = self.report.take().ok_or(Trouble::Broken)?;
        let signed = self.device()?.sign_report(&report).await;
        self.report = Some(report);
        Ok(signed?.to_bytes())
    }
}

impl Keeper {
    async fn witnesses(&mut self) -> Result<Witnesses, Problem> {
        let device = self.device()?;
        let standing = device.witnesses().await?;
        let witnesses = standing.into_iter().map(|witness| Witness {
            name: witness.name.unwrap_or_default(),
            cosigned: witness.cosigned.map(|(head, time)| (head.size, time.0)),
            demanded: witness.demanded,
        });
        Ok(Witnesses {
            demanded: device.quorum().map(|quorum| (quorum.needed, quorum.witnesses.len())),
            witnesses: witnesses.collect(),
        })
    }
}

impl Answers<LookAtWitnesses> for Keeper {
    async fn answer(&mut self, _: LookAtWitnesses) -> Result<Witnesses, Problem> {
        self.witnesses().await
    }
}

impl Answers<DemandWitnesses> for Keeper {
    async fn answer(&mut self, asked: DemandWitnesses) -> Result<Witnesses, Problem> {
        let device = self.device()?;
        let quorum = match asked.needed {
            Some(needed) => {
                let auditors = device.centre().auditors(DeviceClock.now());
                Some(Quorum::new(needed, auditors).map_err(|_| Trouble::NoQuorum)?)
            }
            None => None,
        };
        device.demand_witnesses(quorum).await?;
        self.witnesses().await
    }
}
