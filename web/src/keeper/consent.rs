//! Consent: signing for a counsellor, looking at what was allowed, taking it back, and escrow.

use amanah_client_sdk::consent::Terms;
use amanah_client_sdk::protocol::centre::Role;
use amanah_client_sdk::protocol::consent::{Permission, Purpose};
use amanah_client_sdk::protocol::hash::Hash;
use amanah_client_sdk::protocol::ids::{AccountId, CaseId};

use super::{Keeper, Signed, shown};
use crate::message::{
    self, Allowed, Answers, Case, ChooseEscrow, Consents, Renew, RevokeEverything, Sign, TakeBack, ToRenew,
};
use crate::problem::{Problem, Trouble};
use crate::words;

/// A name that only this program writes: what does not read is a mistake of its own.
pub(super) fn named<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Trouble::Broken.into())
}

fn permission(allowed: &Allowed) -> Result<Permission, Problem> {
    let purpose = words::parse_purpose(&allowed.purpose).ok_or(Trouble::Broken)?;
    Ok(Permission { purpose, named: allowed.named.as_deref().map(named).transpose()? })
}

impl Answers<Sign> for Keeper {
    async fn answer(&mut self, asked: Sign) -> Result<String, Problem> {
        let counsellor: AccountId = named(&asked.counsellor)?;
        let further = asked.also.iter().map(permission).collect::<Result<Vec<_>, _>>()?;
        let escrow = asked.escrow.as_deref().map(named).transpose()?;
        let terms = Terms {
            document: named(&asked.document)?,
            further: further.clone(),
            escrow,
            guardian: None,
            locale: asked.locale.clone(),
        };
        // what was done before something failed is not done twice
        let same = serde_json::to_string(&asked).unwrap_or_default();
        let (granted, opened) = match self.signed.take().filter(|signed| signed.asked == same) {
            Some(Signed { granted, opened, .. }) => (granted, opened),
            None => (self.device()?.grant(counsellor, &terms).await?, None),
        };
        let signed = self.signed.insert(Signed { asked: same, granted, opened });
        let device = self.device.as_mut().ok_or(Trouble::Expired)?;
        let session = match opened {
            Some(session) => session,
            None => device.open_session(granted, counsellor).await?,
        };
        signed.opened = Some(session);
        for permission in further.iter().filter(|permission| permission.purpose == Purpose::Supervision) {
            if let Some(supervisor) = permission.named {
                device.add_reader(session, supervisor, Role::Supervisor, granted.grant).await?;
            }
        }
        self.signed = None;
        Ok(session.to_string())
    }
}

impl Answers<Consents> for Keeper {
    async fn answer(&mut self, _: Consents) -> Result<Vec<Case>, Problem> {
        let device = self.device()?;
        let given = device.given().await?;
        let shown = given.iter().filter_map(|given| Some(shown::case(device, given, device.thread(&given.session)?)));
        Ok(shown.collect())
    }
}

impl Answers<RevokeEverything> for Keeper {
    async fn answer(&mut self, _: RevokeEverything) -> Result<usize, Problem> {
        Ok(self.device()?.revoke_everything().await?)
    }
}

impl Keeper {
    /// The case of a session, read up to now.
    async fn case_of(&mut self, session: &str) -> Result<CaseId, Problem> {
        let thread = self.device()?.sync(named(session)?).await?;
        thread.case().ok_or_else(|| Trouble::NoLongerReader.into())
    }
}

impl Answers<ToRenew> for Keeper {
    async fn answer(&mut self, asked: ToRenew) -> Result<Vec<message::Permission>, Problem> {
        let case = self.case_of(&asked.session).await?;
        let device = self.device()?;
        let terms = device.to_renew(case, &asked.locale).await?;
        let escrow = terms.escrow.map(|_| Permission { purpose: Purpose::Escrow, named: None });
        let all = terms.further.iter().chain(&escrow);
        Ok(all.map(|permission| shown::permission(device, permission, false)).collect())
    }
}

impl Answers<Renew> for Keeper {
    async fn answer(&mut self, asked: Renew) -> Result<(), Problem> {
        let case = self.case_of(&asked.session).await?;
        let device = self.device()?;
        let terms = device.to_renew(case, &asked.locale).await?;
        if terms.document != named(&asked.document)? {
            return Err(Trouble::OtherDocument.into());
        }
        device.renew_consent(case, &terms).await?;
        Ok(())
    }
}

impl Answers<TakeBack> for Keeper {
    async fn answer(&mut self, asked: TakeBack) -> Result<(), Problem> {
        let (case, grant): (CaseId, Hash) = (named(&asked.case)?, named(&asked.grant)?);
        let purpose = words::parse_purpose(&asked.purpose).ok_or(Trouble::Broken)?;
        Ok(self.device()?.revoke(case, grant, &[purpose]).await?)
    }
}

impl Answers<ChooseEscrow> for Keeper {
    async fn answer(&mut self, asked: ChooseEscrow) -> Result<(), Problem> {
        let case: CaseId = named(&asked.case)?;
        let device = self.device()?;
        let escrow: Hash = named(&asked.escrow)?;
        let terms = device.to_renew(case, &asked.locale).await?;
        // what is signed with it is the whole document: only one that was read and signed before
        let signed = device.grants(case).await?.last().map(|given| given.signed.body().document);
        if terms.document != named(&asked.document)? || signed != Some(terms.document) {
            return Err(Trouble::OtherDocument.into());
        }
        Ok(device.choose_escrow(case, Some(&Terms { escrow: Some(escrow), ..terms })).await?)
    }
}
