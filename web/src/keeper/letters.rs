//! Letters: the list of sessions, reading, writing, and what goes with who somebody is.

use amanah_client_sdk::RelayError;
use amanah_client_sdk::access::access_history;
use amanah_client_sdk::content::{Body, Draft};
use amanah_client_sdk::protocol::ids::{AccountId, SessionId};
use amanah_client_sdk::session::SendError;
use amanah_client_sdk::thread::{ReadLetter, Thread};

use super::consent::named;
use super::{Keeper, shown};
use crate::message;
use crate::message::{
    Access, AcknowledgeAccount, AcknowledgeKeys, AgreeCodeWords, Answers, Compare, Export, Exported, History, Open,
    RenewKeys, Seat, Send, Sessions,
};
use crate::problem::{Problem, Trouble};

impl Keeper {
    /// A session as it was read last.
    async fn shown(&mut self, session: SessionId, newest: usize) -> Result<message::Thread, Problem> {
        let device = self.device()?;
        let renew_by = device.renew_by(session).await?;
        let thread = device.thread(&session).ok_or(Trouble::NoLongerReader)?;
        Ok(shown::thread(device, thread, newest, renew_by))
    }
}

impl Answers<Sessions> for Keeper {
    async fn answer(&mut self, asked: Sessions) -> Result<Vec<Seat>, Problem> {
        let mut seats = Vec::new();
        let sessions = self.device()?.sessions().await?;
        if asked.anew {
            self.stale.extend(&sessions);
        }
        for session in sessions {
            seats.extend(self.seat(session).await?);
        }
        self.listens = true;
        Ok(seats)
    }
}

impl Keeper {
    /// A session in the list, read anew where it was not read yet or something is new in it.
    async fn seat(&mut self, session: SessionId) -> Result<Option<Seat>, Problem> {
        let stale = self.stale.remove(&session);
        let device = self.device()?;
        if stale || device.thread(&session).is_none() {
            let read = match device.sync(session).await {
                Ok(thread) => thread.position(),
                Err(error) if error.is_closed() => {
                    return Ok(Some(shown::closed_seat(session.to_string(), error.into())));
                }
                Err(error) => {
                    self.stale.insert(session);
                    return Err(error.into());
                }
            };
            self.read_to = self.read_to.max(read);
        }
        let device = self.device()?;
        let renew_by = device.renew_by(session).await?;
        Ok(device.thread(&session).map(|thread| shown::seat(device, thread, renew_by)))
    }
}

impl Answers<Open> for Keeper {
    async fn answer(&mut self, asked: Open) -> Result<message::Thread, Problem> {
        let session = named(&asked.session)?;
        self.device()?.sync(session).await?;
        self.stale.remove(&session);
        let shown = self.shown(session, asked.newest).await?;
        if asked.newest > 0 {
            self.device()?.remember_shown(session).await?;
        }
        Ok(shown)
    }
}

impl Answers<Send> for Keeper {
    async fn answer(&mut self, asked: Send) -> Result<message::Thread, Problem> {
        let session: SessionId = named(&asked.session)?;
        if self.arrived_before(session, &asked.text).await? {
            return self.shown(session, asked.newest).await;
        }
        let draft = match self
            .unsent
            .get(&session)
            .filter(|draft| matches!(&draft.body, Body::Letter(text) if *text == asked.text))
        {
            Some(draft) => draft.clone(),
            None => self.new_draft(session, asked.text)?,
        };
        self.unsent.insert(session, draft.clone());
        self.device()?.send(session, &draft).await.map_err(|error| match error {
            SendError::Relay(RelayError::Transport(_)) => Trouble::LetterUnsure.into(),
            other => Problem::from(other),
        })?;
        self.device()?.sync(session).await?;
        // until it was seen there, the same words are the same letter
        let shown = self.shown(session, asked.newest).await?;
        self.unsent.remove(&session);
        Ok(shown)
    }
}

impl Keeper {
    /// Whether a letter that this tab had kept is the last one of this account already: it arrived, and its writer never saw
    /// the answer.
    async fn arrived_before(&mut self, session: SessionId, text: &str) -> Result<bool, Problem> {
        if self.restored.get(&session).is_none_or(|restored| restored != text) {
            return Ok(false);
        }
        let device = self.device()?;
        let own = device.id();
        let last = device.sync(session).await?.written().rfind(|letter| letter.sender == own);
        let arrived =
            last.and_then(ReadLetter::body).is_some_and(|body| matches!(body, Body::Letter(words) if words == text));
        // only whoever could look knows; until then it is asked again
        self.restored.remove(&session);
        Ok(arrived)
    }

    /// A letter that answers the last one of somebody else.
    fn new_draft(&mut self, session: SessionId, text: String) -> Result<Draft, Problem> {
        let device = self.device()?;
        let reply_to = device.thread(&session).and_then(Thread::to_answer);
        Ok(device.draft(text, reply_to)?)
    }
}

impl Answers<AgreeCodeWords> for Keeper {
    async fn answer(&mut self, asked: AgreeCodeWords) -> Result<(), Problem> {
        let session = named(&asked.session)?;
        let device = self.device()?;
        let draft = device.code_words_draft(&asked.words)?;
        device.send(session, &draft).await?;
        Ok(())
    }
}

impl Answers<AcknowledgeKeys> for Keeper {
    async fn answer(&mut self, asked: AcknowledgeKeys) -> Result<(), Problem> {
        self.device()?.acknowledge_keys(named(&asked.account)?).await?;
        Ok(())
    }
}

impl Answers<AcknowledgeAccount> for Keeper {
    async fn answer(&mut self, asked: AcknowledgeAccount) -> Result<(), Problem> {
        self.device()?.acknowledge_succession(named(&asked.account)?).await?;
        Ok(())
    }
}

impl Answers<Compare> for Keeper {
    async fn answer(&mut self, asked: Compare) -> Result<(), Problem> {
        let account: AccountId = named(&asked.account)?;
        Ok(self.device()?.verify_fingerprint(account, &asked.words).await?)
    }
}

impl Answers<RenewKeys> for Keeper {
    async fn answer(&mut self, asked: RenewKeys) -> Result<(), Problem> {
        Ok(self.device()?.rotate(named(&asked.session)?).await?)
    }
}

impl Answers<Export> for Keeper {
    async fn answer(&mut self, asked: Export) -> Result<Vec<Exported>, Problem> {
        if let Some(session) = asked.session {
            let history = self.answer(History { session: session.clone() }).await?;
            return Ok(vec![Exported { thread: self.shown(named(&session)?, usize::MAX).await?, history }]);
        }
        let mut all = Vec::new();
        for session in self.device()?.sessions().await? {
            // among all, what is closed to this account is left out
            if self.device()?.look(session).await? {
                let history = self.history(session)?;
                all.push(Exported { thread: self.shown(session, usize::MAX).await?, history });
            }
        }
        Ok(all)
    }
}

impl Keeper {
    /// Who could read a session, as it was read last.
    fn history(&mut self, session: SessionId) -> Result<Vec<Access>, Problem> {
        let device = self.device()?;
        let thread = device.thread(&session).ok_or(Trouble::NoLongerReader)?;
        Ok(access_history(thread).iter().map(|access| shown::access(device, thread, access)).collect())
    }
}

impl Answers<History> for Keeper {
    async fn answer(&mut self, asked: History) -> Result<Vec<Access>, Problem> {
        let session = named(&asked.session)?;
        self.device()?.sync(session).await?;
        self.history(session)
    }
}
