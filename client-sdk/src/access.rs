//! Who could read a session, since when, and why (docs/protocol.md §7.6): from signed structures, not from the relay's word.

use amanah_protocol::centre::Role;
use amanah_protocol::evidence::Moment;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, Timestamp};
use amanah_protocol::manifest::Member;
use amanah_protocol::release::Release;

use crate::thread::Thread;

/// One way in which somebody got access to a session. Times are the relay's; order and names are signed.
#[derive(Debug, Clone)]
pub enum Access {
    /// Somebody was a reader of consecutive epochs.
    Reader {
        /// Who.
        account: AccountId,
        /// As what.
        role: Role,
        /// The grant under which it began.
        grant: Option<Hash>,
        /// When it began.
        from: Timestamp,
        /// When it ended, if it did.
        until: Option<Timestamp>,
    },
    /// Earlier epochs were handed to somebody.
    History {
        /// To whom.
        to: AccountId,
        /// By whom.
        by: AccountId,
        /// Under which grant.
        grant: Hash,
        /// How many epochs.
        epochs: usize,
        /// When.
        at: Timestamp,
    },
    /// A release of escrowed keys was asked for.
    Release(Box<Release>),
}

impl Access {
    /// When it began.
    pub fn begun(&self) -> Timestamp {
        match self {
            Self::Reader { from, .. } => *from,
            Self::History { at, .. } => *at,
            Self::Release(release) => release.moment().time,
        }
    }
}

/// The access history of a session, oldest first, as far as this reader has read and checked it.
pub fn access_history(thread: &Thread) -> Vec<Access> {
    let mut history = readers(thread);
    history.extend(thread.histories().iter().map(|(moment, signed)| {
        let outline = &signed.body().outline;
        Access::History {
            to: outline.to,
            by: outline.author,
            grant: outline.grant,
            epochs: outline.epochs.len(),
            at: moment.time,
        }
    }));
    history.extend(thread.releases().iter().map(|release| Access::Release(Box::new(release.clone()))));
    history.sort_by_key(Access::begun);
    history
}

/// Somebody who reads while the epochs are gone through.
struct Reading {
    member: Member,
    from: Timestamp,
}

impl Reading {
    fn ended(self, until: Option<Timestamp>) -> Access {
        let Member { account, role, grant, .. } = self.member;
        Access::Reader { account, role, grant, from: self.from, until }
    }
}

fn readers(thread: &Thread) -> Vec<Access> {
    let (mut reading, mut history): (Vec<Reading>, Vec<Access>) = (Vec::new(), Vec::new());
    for (Moment { time, .. }, manifest) in thread.epochs() {
        let outline = &manifest.body().outline;
        let (stay, leave): (Vec<_>, Vec<_>) = reading.into_iter().partition(|reader| {
            outline.member(&reader.member.account).is_some_and(|member| member.role == reader.member.role)
        });
        history.extend(leave.into_iter().map(|reader| reader.ended(Some(time))));
        reading = stay;
        for member in &outline.members {
            if reading.iter().all(|reader| reader.member.account != member.account) {
                reading.push(Reading { member: member.clone(), from: time });
            }
        }
    }
    history.extend(reading.into_iter().map(|reader| reader.ended(None)));
    history
}
