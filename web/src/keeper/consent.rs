//! Consent: signing for a counsellor, looking at what was allowed, taking it back, and escrow.

use amanah_client_sdk::consent::Terms;
use amanah_client_sdk::protocol::centre::Role;
use amanah_client_sdk::protocol::consent::{Permission, Purpose};
use amanah_client_sdk::protocol::hash::Hash;
use amanah_client_sdk::protocol::ids::{AccountId, CaseId};
use amanah_client_sdk::thread::Thread;

use super::{Keeper, shown};
use crate::message::{self, Allowed, Answers, Case, ChooseEscrow, Consents, Renew, Sign, TakeBack, ToRenew};
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
        // what was signed before the session could be opened is not signed twice
        let same = serde_json::to_string(&asked).unwrap_or_default();
        let before = self.granted.take().filter(|(signed, _)| *signed == same);
        let granted = match before {
            Some((_, granted)) => granted,
            None => self.device()?.grant(counsellor, &terms).await?,
        };
        self.granted = Some((same, granted));
        let device = self.device()?;
        let session = device.open_session(granted, counsellor).await?;
        for permission in further.iter().filter(|permission| permission.purpose == Purpose::Supervision) {
            if let Some(supervisor) = permission.named {
                device.add_reader(session, supervisor, Role::Supervisor, granted.grant).await?;
            }
        }
        self.granted = None;
        Ok(session.to_string())
    }
}

impl Answers<Consents> for Keeper {
    async fn answer(&mut self, _: Consents) -> Result<Vec<Case>, Problem> {
        let device = self.device()?;
        let mut cases: Vec<Case> = Vec::new();
        for session in device.sessions().await? {
            match device.sync(session).await {
                Ok(_) => {}
                Err(error) if error.is_closed() => continue,
                Err(error) => return Err(error.into()),
            }
            let Some(case) = device.thread(&session).and_then(Thread::case) else { continue };
            if cases.iter().any(|known| known.id == case.to_string()) {
                continue;
            }
            let grants = device.grants(case).await?;
            let Some(thread) = device.thread(&session) else { continue };
            let escrow = thread.manifest().and_then(|manifest| manifest.body().outline.escrow.as_ref());
            cases.push(Case {
                id: case.to_string(),
                people: shown::people(device, thread),
                escrowed: escrow.is_some(),
                grants: grants.iter().map(|given| shown::grant(device, given)).collect(),
            });
        }
        Ok(cases)
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
