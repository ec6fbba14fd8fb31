//! What is beside the letters: drafts, where a client is, the stage, and prepared replies.

use std::collections::BTreeMap;

use amanah_client_sdk::content::Intake;
use amanah_client_sdk::drafts::{DraftSealer, Drafts, Unfinished};
use amanah_client_sdk::protocol::api::Bytes;
use getrandom::SysRng;
use rand_core::UnwrapErr;

use super::consent::named;
use super::{Device, Keeper};
use crate::message::{
    Answers, DropTemplate, KeepTemplate, OpenDrafts, SayIntake, SealDrafts, SetStage, Template, Templates,
};
use crate::problem::{Problem, Trouble};
use crate::words;

/// Seals what the account of this sealer is writing.
pub(super) fn seal(sealer: Option<&DraftSealer>, asked: SealDrafts) -> Result<String, Problem> {
    let one = |(session, text): (String, String)| Ok(Unfinished { session: named(&session)?, text });
    let letters = asked.letters.into_iter().map(one).collect::<Result<_, Problem>>()?;
    let sealer = sealer.ok_or(Trouble::Expired)?;
    let kept = sealer.seal(&mut UnwrapErr(SysRng), &Drafts { letters })?;
    serde_json::to_string(&Bytes(kept)).map_err(|_| Trouble::Broken.into())
}

impl Answers<SealDrafts> for Keeper {
    async fn answer(&mut self, asked: SealDrafts) -> Result<String, Problem> {
        seal(self.device.as_ref().map(Device::draft_sealer).as_ref(), asked)
    }
}

impl Answers<OpenDrafts> for Keeper {
    async fn answer(&mut self, asked: OpenDrafts) -> Result<Option<BTreeMap<String, String>>, Problem> {
        let device = self.device()?;
        let opened = serde_json::from_str::<Bytes>(&asked.sealed).ok().and_then(|sealed| device.open_drafts(&sealed.0));
        let Some(drafts) = opened else { return Ok(None) };
        self.restored = drafts.letters.iter().map(|letter| (letter.session, letter.text.clone())).collect();
        Ok(Some(drafts.letters.iter().map(|letter| (letter.session.to_string(), letter.text.clone())).collect()))
    }
}

impl Answers<SayIntake> for Keeper {
    async fn answer(&mut self, asked: SayIntake) -> Result<(), Problem> {
        let session = named(&asked.session)?;
        let device = self.device()?;
        let draft = device.intake_draft(Intake::new(&asked.place, &asked.crisis, &asked.otherwise, &asked.called))?;
        device.send(session, &draft).await?;
        Ok(())
    }
}

impl Answers<SetStage> for Keeper {
    async fn answer(&mut self, asked: SetStage) -> Result<(), Problem> {
        let session = named(&asked.session)?;
        let stage = words::parse_stage(&asked.stage).ok_or(Trouble::Broken)?;
        let device = self.device()?;
        let draft = device.stage_draft(stage);
        device.send(session, &draft).await?;
        Ok(())
    }
}

impl Keeper {
    fn templates(&mut self) -> Result<Vec<Template>, Problem> {
        let shown = |known: &amanah_client_sdk::templates::Template| Template {
            name: known.name.clone(),
            text: known.text.clone(),
        };
        Ok(self.device()?.templates().map(shown).collect())
    }
}

impl Answers<Templates> for Keeper {
    async fn answer(&mut self, _: Templates) -> Result<Vec<Template>, Problem> {
        self.templates()
    }
}

impl Answers<KeepTemplate> for Keeper {
    async fn answer(&mut self, asked: KeepTemplate) -> Result<Vec<Template>, Problem> {
        self.device()?.keep_template(&asked.name, &asked.text).await?;
        self.templates()
    }
}

impl Answers<DropTemplate> for Keeper {
    async fn answer(&mut self, asked: DropTemplate) -> Result<Vec<Template>, Problem> {
        self.device()?.drop_template(&asked.name).await?;
        self.templates()
    }
}
