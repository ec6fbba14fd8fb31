//! What the page knows while somebody is there. Leaving, locking and signing out empty it.

use std::collections::BTreeMap;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::drafts;
use crate::link;
use crate::message::{Ask, Issued, Me};
use crate::problem::{Problem, Trouble};

/// Why nobody is signed in any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Nothing happened for a while, or somebody locked it.
    Locked,
    /// They signed out.
    SignedOut,
    /// The relay forgot the sign-in.
    Expired,
    /// The keeper failed.
    Broken,
    /// The page locked before somebody had the secrets that were made for them.
    Unfinished,
}

impl Ended {
    /// The id of its text.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Locked => "ended-locked",
            Self::SignedOut => "ended-signed-out",
            Self::Expired => "ended-expired",
            Self::Broken => "ended-broken",
            Self::Unfinished => "ended-unfinished",
        }
    }
}

/// Everything that the page knows.
#[derive(Clone, Copy)]
pub(crate) struct Desk {
    /// Who is signed in.
    pub(crate) me: RwSignal<Option<Me>>,
    /// Why nobody is, if somebody was.
    pub(crate) ended: RwSignal<Option<Ended>>,
    /// The centre of the invitation with which the page was opened.
    pub(crate) invitation: RwSignal<Option<String>>,
    /// The session that is open.
    pub(crate) session: RwSignal<Option<String>>,
    /// Letters that are being written, by session.
    pub(crate) drafts: RwSignal<BTreeMap<String, String>>,
    /// Whether what is being written could not be kept in this tab.
    pub(crate) unkept: RwSignal<bool>,
    /// What was new last: a session, or anything.
    pub(crate) news: RwSignal<Option<String>>,
    /// How many bytes the audit that runs has read.
    pub(crate) audited: RwSignal<u64>,
    /// Secrets that are shown once. Nothing else is shown until the person has them.
    pub(crate) issued: RwSignal<Option<Issued>>,
    /// Whether the browser is connected.
    pub(crate) online: RwSignal<bool>,
}

impl Desk {
    /// An empty desk.
    pub(crate) fn new(invitation: Option<String>) -> Self {
        Self {
            me: RwSignal::new(None),
            ended: RwSignal::new(None),
            invitation: RwSignal::new(invitation),
            session: RwSignal::new(None),
            drafts: RwSignal::new(BTreeMap::new()),
            unkept: RwSignal::new(false),
            news: RwSignal::new(None),
            audited: RwSignal::new(0),
            issued: RwSignal::new(None),
            online: RwSignal::new(true),
        }
    }

    /// Seals what is being written, and then ends everything.
    pub(crate) fn lock(self, why: Ended) {
        spawn_local(async move {
            drafts::seal_at_once(self).await;
            self.end(why);
        });
    }

    /// Ends the keeper and empties the desk.
    ///
    /// What was being written stays in this tab, sealed, unless the person signed out.
    pub(crate) fn end(self, why: Ended) {
        link::end();
        if why == Ended::SignedOut {
            drafts::forget();
            self.unkept.set(false);
        }
        self.me.set(None);
        self.issued.set(None);
        self.session.set(None);
        self.drafts.set(BTreeMap::new());
        self.ended.set(Some(why));
    }

    /// The letter of a session has arrived: it is no draft any more, unless somebody has written on.
    pub(crate) fn is_sent(self, session: &str, text: &str) {
        if self.drafts.with_untracked(|drafts| drafts.get(session).is_some_and(|draft| draft == text)) {
            self.keep_draft(session, String::new());
        }
    }

    /// Something is new in this session, or anywhere.
    pub(crate) fn tell(self, session: Option<String>) {
        self.news.set(session);
    }

    /// The letter that is being written in a session.
    pub(crate) fn draft(self, session: &str) -> String {
        self.drafts.with(|drafts| drafts.get(session).cloned().unwrap_or_default())
    }

    /// Keeps the letter that is being written in a session.
    pub(crate) fn keep_draft(self, session: &str, text: String) {
        self.drafts.update(|drafts| {
            if text.is_empty() {
                drafts.remove(session)
            } else {
                drafts.insert(session.to_owned(), text)
            };
        });
    }
}

/// The desk of this page.
pub(crate) fn desk() -> Desk {
    expect_context()
}

/// One thing that is being done at a time, and what went wrong with it.
#[derive(Clone, Copy)]
pub(crate) struct Doing {
    desk: Desk,
    /// Whether it is being done.
    pub(crate) busy: RwSignal<bool>,
    /// What went wrong.
    pub(crate) problem: RwSignal<Option<Problem>>,
    /// How often it is to be tried again.
    again: RwSignal<usize>,
}

impl Doing {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self { desk: desk(), busy: RwSignal::new(false), problem: RwSignal::new(None), again: RwSignal::new(0) }
    }

    /// How often somebody has asked to try it again. Whoever loads something does it anew each time.
    pub(crate) fn tries(self) -> usize {
        self.again.get()
    }

    /// Asks to try it again.
    pub(crate) fn try_again(self) {
        self.again.update(|again| *again += 1);
    }

    /// Asks the keeper, and goes on with its answer.
    pub(crate) fn run<A: Ask>(self, asked: A, then: impl FnOnce(A::Answer) + 'static) {
        self.run_through(asked, |_| {}, then);
    }

    /// The same, with something that is done with the answer also if whoever asked has gone to another page.
    pub(crate) fn run_through<A: Ask>(
        self,
        asked: A,
        always: impl FnOnce(&A::Answer) + 'static,
        then: impl FnOnce(A::Answer) + 'static,
    ) {
        self.busy.set(true);
        self.problem.set(None);
        self.ask(asked, always, then);
    }

    /// The same without showing that it is done.
    pub(crate) fn quietly<A: Ask>(self, asked: A, then: impl FnOnce(A::Answer) + 'static) {
        self.ask(asked, |_| {}, then);
    }

    fn ask<A: Ask>(self, asked: A, always: impl FnOnce(&A::Answer) + 'static, then: impl FnOnce(A::Answer) + 'static) {
        spawn_local(async move {
            let outcome = link::ask(asked).await;
            if let Ok(answer) = &outcome {
                always(answer);
            }
            // whoever asked may be gone by now
            if self.busy.try_set(false).is_some() {
                return;
            }
            match outcome {
                Ok(answer) => {
                    self.problem.set(None);
                    then(answer);
                }
                Err(Problem { trouble: Trouble::Expired, .. }) => self.desk.lock(Ended::Expired),
                Err(problem) => self.problem.set(Some(problem)),
            }
        });
    }
}
