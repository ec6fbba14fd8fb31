//! Asking the trustees to open something: in earnest, or to practise.

use amanah_client_sdk::escrow::Asking;
use amanah_client_sdk::protocol::escrow::GroundCode;
use amanah_client_sdk::protocol::ids::SessionId;
use amanah_client_sdk::transport::Clock;
use zeroize::Zeroizing;

use super::{Request, Which, outcome};
use crate::commands::consent::locale;
use crate::files;
use crate::invocation::{Device, Invocation};
use crate::moment::{DAY, Wall};
use crate::output::Answer;
use crate::problem::{Case, Problem};

/// For how many days a request stays open after its delay, unless somebody says otherwise.
pub(super) const OPEN_DAYS: u64 = 30;

/// Asks for a part of a session.
pub(super) async fn request(invocation: &Invocation, request: Request) -> Result<Answer, Problem> {
    let reason = files::read_text(&request.reason_file)?;
    let Request { session, ground, recipient, from_epoch, to_epoch, open_days, .. } = request;
    let open_ms = open_days.saturating_mul(DAY);
    invocation
        .signed_in(async |account, _| {
            let asking = Asking { session, from_epoch, to_epoch, ground, recipient, reason, open_ms };
            let request = account.request_release(&asking).await?;
            outcome(invocation, account, Which { session, request }, invocation.texts.say("request-sent")).await
        })
        .await
}

/// Opens an empty session of one's own, and asks for its release.
pub(super) async fn drill(invocation: &Invocation) -> Result<Answer, Problem> {
    let texts = invocation.texts;
    invocation
        .signed_in(async |account, _| {
            let session = practice_session(invocation, account).await?;
            let asking = Asking {
                session,
                from_epoch: 0,
                to_epoch: u32::MAX,
                ground: GroundCode::Drill,
                recipient: account.id(),
                reason: Zeroizing::new(texts.say("drill-reason")),
                open_ms: OPEN_DAYS.saturating_mul(DAY),
            };
            let request = account.request_release(&asking).await?;
            let which = Which { session, request };
            let answer = outcome(invocation, account, which, texts.say("drill-begun")).await?;
            let variables = || vec![("session", session.to_string().into()), ("request", request.to_string().into())];
            Ok(answer
                .line("")
                .line(texts.fill("drill-next-trustees", variables()))
                .line(texts.fill("drill-next-open", variables())))
        })
        .await
}

async fn practice_session(invocation: &Invocation, account: &mut Device) -> Result<SessionId, Problem> {
    account.refresh_centre().await?;
    let policy = account.centre().policy_on_offer(Wall.now()).ok_or(Case::EscrowNotOffered)?;
    policy.body().ground(GroundCode::Drill).ok_or(Case::NoGround)?;
    let locale = locale(invocation.texts, account)?;
    let granted = account.grant_practice(&locale).await?;
    Ok(account.open_practice_session(granted).await?)
}
