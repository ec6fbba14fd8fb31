//! Accounts: looking around, joining, signing in, coming back, and changing secrets.

use amanah_client_sdk::account::{self, Account, AccountError};
use amanah_client_sdk::centre::claimed_centre;
use amanah_client_sdk::protocol::centre::Role;
use amanah_client_sdk::protocol::ids::{CentreId, Handle, Timestamp};
use amanah_client_sdk::transport::Clock;
use amanah_client_sdk::{Passphrase, RecoveryCode, Sheet, director, fingerprint};
use getrandom::SysRng;
use rand_core::UnwrapErr;

use super::{Device, DeviceClock, Keeper, Pending, Then, shown};
use crate::message::{
    AnnounceAbsence, Answers, Centre, ChangePassphrase, Confirm, EndAbsence, Issued, Join, Look, Me, Recover, Refresh,
    RenewRecoveryCode, SignIn, SignOut,
};
use crate::problem::{Problem, Trouble};
use crate::words;

/// The centre of an invitation.
fn invited(text: &str) -> Result<CentreId, Problem> {
    text.parse().map_err(|_| Trouble::NotAnInvitation.into())
}

/// What went wrong with a secret, named as on the page on which it was typed.
fn typed(wrong: Trouble) -> impl FnOnce(AccountError) -> Problem {
    move |error| if error == AccountError::WrongSecret { wrong.into() } else { error.into() }
}

/// The pseudonym that somebody typed, however they wrote it.
fn handle(text: &str) -> Result<Handle, Problem> {
    Ok(text.trim().to_lowercase().parse()?)
}

fn me(device: &Device) -> Me {
    let (id, now) = (device.id(), DeviceClock.now());
    let held = |role: &&Role| device.centre().appointment(&id, **role, now).is_some();
    Me {
        handle: device.handle().as_str().to_owned(),
        words: fingerprint::words(&id),
        groups: fingerprint::groups(&id),
        staff: device.has_sheet(),
        away: device.centre().newest_absence(&id).filter(|absence| absence.until > now).map(shown::away),
        roles: Role::ALL.iter().filter(held).map(|role| words::role(*role).to_owned()).collect(),
    }
}

impl Keeper {
    /// Signs in once more, so that only who knows the passphrase changes a secret, and the sign-in is fresh.
    async fn sign_in_again(&mut self, passphrase: &Passphrase) -> Result<&mut Device, Problem> {
        let (handle, centre) = {
            let device = self.device()?;
            (device.handle().clone(), device.centre().id().ok_or(Trouble::Broken)?)
        };
        let sheet =
            self.sheet.as_deref().map(|text| Sheet::parse(text).map_err(|_| Trouble::SheetMistyped)).transpose()?;
        let again = Account::sign_in(self.outside(), centre, &handle, passphrase, sheet.as_ref())
            .await
            .map_err(typed(Trouble::WrongPassphrase))?;
        // the sign-in of before is not ended here, since a browser would forget what its tabs keep; new secrets end it
        self.device = Some(again);
        self.device()
    }

    /// Shows secrets to the person who is to have them, before anything is done with them.
    fn show(&mut self, passphrase: Passphrase, issued: account::Issued, then: Then) -> Issued {
        let sheet = issued.sheet.as_ref().filter(|_| !matches!(then, Then::Renew));
        let shown = Issued {
            recovery: issued.recovery.to_text().to_string(),
            sheet: sheet.map(|sheet| sheet.to_text().to_string()),
        };
        self.pending = Some(Pending { passphrase, issued, then });
        shown
    }
}

impl Answers<Look> for Keeper {
    async fn answer(&mut self, asked: Look) -> Result<Centre, Problem> {
        let id = match &asked.centre {
            Some(text) => invited(text)?,
            None => claimed_centre(self.transport()).await?,
        };
        let centre = director::look(self.transport(), id).await?;
        Ok(shown::centre(&centre, &asked.locale, None))
    }
}

impl Answers<Join> for Keeper {
    async fn answer(&mut self, asked: Join) -> Result<Issued, Problem> {
        let (centre, handle) = (invited(&asked.centre)?, handle(&asked.handle)?);
        let passphrase = Passphrase::new(asked.passphrase)?;
        // whoever comes back because of the name has these secrets already
        let issued = match self.pending.take() {
            Some(Pending { issued, then: Then::Join { .. }, .. }) if issued.sheet.is_some() == asked.staff => issued,
            _ => account::Issued::generate(&mut UnwrapErr(SysRng), asked.staff),
        };
        Ok(self.show(passphrase, issued, Then::Join { centre, handle }))
    }
}

impl Answers<SignIn> for Keeper {
    async fn answer(&mut self, asked: SignIn) -> Result<Me, Problem> {
        let handle = handle(&asked.handle)?;
        let passphrase = current(asked.passphrase, Trouble::WrongSecret)?;
        let sheet =
            asked.sheet.map(|text| Sheet::parse(text.trim()).map_err(|_| Trouble::SheetMistyped)).transpose()?;
        let centre = claimed_centre(self.transport()).await?;
        let device = Account::sign_in(self.outside(), centre, &handle, &passphrase, sheet.as_ref()).await?;
        let me = me(&device);
        self.sheet = sheet.as_ref().map(Sheet::to_text);
        self.device = Some(device);
        Ok(me)
    }
}

impl Answers<Recover> for Keeper {
    async fn answer(&mut self, asked: Recover) -> Result<Issued, Problem> {
        let handle = handle(&asked.handle)?;
        let code = RecoveryCode::parse(asked.code.trim()).map_err(|_| Trouble::RecoveryCodeMistyped)?;
        let passphrase = Passphrase::new(asked.passphrase)?;
        let centre = claimed_centre(self.transport()).await?;
        let mut device =
            Account::open_by_code(self.outside(), centre, &handle, &code).await.map_err(typed(Trouble::WrongCode))?;
        let issued = device.new_secrets();
        Ok(self.show(passphrase, issued, Then::Recover(Box::new(device))))
    }
}

impl Answers<Confirm> for Keeper {
    async fn answer(&mut self, _: Confirm) -> Result<Me, Problem> {
        let outside = self.outside();
        let Pending { passphrase, issued, then } = self.pending.as_mut().ok_or(Trouble::Broken)?;
        match then {
            Then::Join { centre, handle } => {
                self.device = Some(Account::register(outside, *centre, handle, passphrase, issued).await?);
            }
            Then::Recover(device) => device.renew(passphrase, issued).await?,
            Then::Renew => self.device.as_mut().ok_or(Trouble::Expired)?.renew(passphrase, issued).await?,
        }
        if let Some(Pending { issued, then, .. }) = self.pending.take() {
            self.sheet = issued.sheet.as_ref().map(Sheet::to_text);
            if let Then::Recover(device) = then {
                self.device = Some(*device);
            }
        }
        Ok(me(self.device()?))
    }
}

impl Answers<SignOut> for Keeper {
    async fn answer(&mut self, _: SignOut) -> Result<(), Problem> {
        match self.device.take() {
            Some(device) => Ok(device.sign_out().await?),
            None => Ok(()),
        }
    }
}

impl Answers<Refresh> for Keeper {
    async fn answer(&mut self, asked: Refresh) -> Result<Centre, Problem> {
        let device = self.device()?;
        device.refresh_centre().await?;
        let offered = device.centre().policy_on_offer(DeviceClock.now());
        Ok(shown::centre(device.centre(), &asked.locale, offered))
    }
}

impl Answers<AnnounceAbsence> for Keeper {
    async fn answer(&mut self, asked: AnnounceAbsence) -> Result<Me, Problem> {
        let device = self.device()?;
        device.announce_absence(None, Timestamp(asked.until), asked.note.trim().to_owned()).await?;
        device.refresh_centre().await?;
        Ok(me(device))
    }
}

impl Answers<EndAbsence> for Keeper {
    async fn answer(&mut self, _: EndAbsence) -> Result<Me, Problem> {
        let device = self.device()?;
        device.end_absence().await?;
        device.refresh_centre().await?;
        Ok(me(device))
    }
}

impl Answers<ChangePassphrase> for Keeper {
    async fn answer(&mut self, asked: ChangePassphrase) -> Result<(), Problem> {
        let passphrase = Passphrase::new(asked.passphrase)?;
        let current = current(asked.current, Trouble::WrongPassphrase)?;
        Ok(self.sign_in_again(&current).await?.change_passphrase(&passphrase).await?)
    }
}

impl Answers<RenewRecoveryCode> for Keeper {
    async fn answer(&mut self, asked: RenewRecoveryCode) -> Result<Issued, Problem> {
        let current = current(asked.current, Trouble::WrongPassphrase)?;
        let issued = self.sign_in_again(&current).await?.new_recovery_code();
        Ok(self.show(current, issued, Then::Renew))
    }
}

/// The passphrase that somebody has. Whoever mistypes one that is too short is told no more than that it is wrong.
fn current(text: String, wrong: Trouble) -> Result<Passphrase, Problem> {
    Passphrase::new(text).map_err(|_| wrong.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_taken_however_it_was_typed() {
        assert_eq!(handle("  Bunga-3 ").unwrap().as_str(), "bunga-3");
        assert_eq!(handle("Bu Rini"), Err(Trouble::NotAHandle.into()));
    }

    #[test]
    fn half_an_invitation_is_none() {
        assert_eq!(invited("ab"), Err(Trouble::NotAnInvitation.into()));
        assert!(invited(&"ab".repeat(32)).is_ok());
    }
}
