//! Escrow: the requests to trustees, with everything that one must know before saying yes, and saying yes or no.

use amanah_client_sdk::escrow::EscrowFlowError;
use amanah_client_sdk::protocol::ids::SessionId;

use super::consent::named;
use super::{Device, Keeper, shown};
use crate::message::{AcceptPolicy, Answers, Approve, Requests, StopRelease, Trust, Veto};
use crate::problem::Problem;

/// Checks the shares in a session, if this account holds any, and takes in its requests.
async fn look(
    device: &mut Device,
    (session, as_trustee): (SessionId, bool),
    trust: &mut Trust,
) -> Result<(), EscrowFlowError> {
    if as_trustee {
        let checked = device.check_deposits(session).await?;
        trust.right = trust.right.saturating_add(checked.right);
        trust.bad = trust.bad.saturating_add(checked.bad.len());
    }
    let requests = device.see_requests(session).await?;
    trust.requests.extend(requests.iter().map(|seen| shown::asked(device, seen)));
    Ok(())
}

impl Answers<Requests> for Keeper {
    async fn answer(&mut self, _: Requests) -> Result<Trust, Problem> {
        let device = self.device()?;
        device.refresh_centre().await?;
        let (own, centre) = (device.id(), device.centre());
        let offered = centre.policies().filter(|policy| {
            policy.body().trustee(&own).is_some() && !centre.has_accepted_policy(&policy.hash(), &own)
        });
        let offered = offered.map(|policy| shown::escrow(centre, policy)).collect();
        let mut trust = Trust { right: 0, bad: 0, offered, requests: Vec::new(), troubles: Vec::new() };
        for part in device.escrow_sessions().await? {
            match look(device, part, &mut trust).await {
                // nothing is left that could be opened
                Ok(()) | Err(EscrowFlowError::Erased(_)) => {}
                // what does not fit in one session is said, and the others are looked at all the same
                Err(error @ EscrowFlowError::Record(_)) => trust.troubles.push(error.into()),
                Err(error) => return Err(error.into()),
            }
        }
        trust.requests.sort_by_key(|asked| std::cmp::Reverse(asked.made));
        Ok(trust)
    }
}

impl Answers<AcceptPolicy> for Keeper {
    async fn answer(&mut self, asked: AcceptPolicy) -> Result<(), Problem> {
        Ok(self.device()?.accept_policy(named(&asked.policy)?).await?)
    }
}

impl Answers<Approve> for Keeper {
    async fn answer(&mut self, asked: Approve) -> Result<(), Problem> {
        Ok(self.device()?.approve(named(&asked.session)?, named(&asked.request)?).await?)
    }
}

impl Answers<StopRelease> for Keeper {
    async fn answer(&mut self, asked: StopRelease) -> Result<(), Problem> {
        Ok(self.device()?.cancel(named(&asked.session)?, named(&asked.request)?).await?)
    }
}

impl Answers<Veto> for Keeper {
    async fn answer(&mut self, asked: Veto) -> Result<(), Problem> {
        Ok(self.device()?.veto(named(&asked.session)?, named(&asked.request)?).await?)
    }
}
