//! What the page asks of the keeper, and what it is shown: data, and no key among it.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::problem::{Problem, Trouble};

/// Something that the page asks, and the type of its answer.
pub(crate) trait Ask: Serialize + 'static {
    /// What comes back.
    type Answer: Serialize + DeserializeOwned + 'static;

    /// As one of all requests.
    fn into_request(self) -> Request;
}

/// Who can answer it.
pub(crate) trait Answers<A: Ask> {
    /// The answer, or why there is none.
    async fn answer(&mut self, asked: A) -> Result<A::Answer, Problem>;
}

fn as_value(answer: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(answer).unwrap_or_default()
}

macro_rules! requests {
    ( $( $(#[$doc:meta])* $name:ident { $( $field:ident: $type:ty ),* $(,)? } -> $answer:ty; )* ) => {
        $(
            $(#[$doc])*
            #[derive(Serialize, Deserialize)]
            pub(crate) struct $name { $( pub(crate) $field: $type ),* }

            impl Ask for $name {
                type Answer = $answer;

                fn into_request(self) -> Request {
                    Request::$name(self)
                }
            }
        )*

        /// Everything that the page can ask.
        #[derive(Serialize, Deserialize)]
        pub(crate) enum Request { $( $name($name) ),* }

        impl Request {
            /// The keeper's answer.
            pub(crate) async fn answered_by<K>(self, keeper: &mut K) -> Result<serde_json::Value, Problem>
            where
                $( K: Answers<$name>, )*
            {
                match self {
                    $( Self::$name(asked) => keeper.answer(asked).await.map(|answer| as_value(&answer)), )*
                }
            }
        }
    };
}

requests! {
    /// Looks at the centre without an account; the one of the invitation, or the one that the relay names.
    Look { centre: Option<String>, locale: String } -> Centre;
    /// Makes the secrets of a new account, which comes to be with [`Confirm`].
    Join { centre: String, handle: String, passphrase: String, staff: bool } -> Issued;
    /// Signs in.
    SignIn { handle: String, passphrase: String, sheet: Option<String> } -> Me;
    /// Opens the account with its recovery code, and makes new secrets, which hold from [`Confirm`] on.
    Recover { handle: String, code: String, passphrase: String } -> Issued;
    /// Does what the secrets were made for, once the person has them.
    Confirm {} -> Me;
    /// Ends the sign-in at the relay and wipes the keys.
    SignOut {} -> ();
    /// Reads the centre's record up to now.
    Refresh { locale: String } -> Centre;
    /// Signs the consent document that was shown, and opens a session with a counsellor.
    Sign { counsellor: String, document: String, also: Vec<Allowed>, escrow: Option<String>, locale: String } -> String;
    /// All sessions, the newest last; all read anew, or only where something is new.
    Sessions { anew: bool } -> Vec<Seat>;
    /// Reads a session up to now, and shows so many of its newest letters.
    Open { session: String, newest: usize } -> Thread;
    /// Sends a letter; the same words again are the same letter until they have arrived.
    Send { session: String, text: String, newest: usize } -> Thread;
    /// Takes somebody's new keys for their own.
    AcknowledgeKeys { account: String } -> ();
    /// Takes notice of the account that follows somebody's.
    AcknowledgeAccount { account: String } -> ();
    /// Marks somebody as compared, if these are their words.
    Compare { account: String, words: String } -> ();
    /// Begins new keys in a session.
    RenewKeys { session: String } -> ();
    /// What this account has allowed.
    Consents {} -> Vec<Case>;
    /// Takes something back.
    TakeBack { case: String, grant: String, purpose: String } -> ();
    /// Turns escrow on in a case, by the rules that were shown.
    ChooseEscrow { case: String, document: String, escrow: String, locale: String } -> ();
    /// What would be signed again in the case of a session, under the newest consent document.
    ToRenew { session: String, locale: String } -> Vec<Permission>;
    /// Signs the newest consent document, which was shown, again in the case of a session.
    Renew { session: String, document: String, locale: String } -> ();
    /// Who could read a session.
    History { session: String } -> Vec<Access>;
    /// Everything of a session, or of all, to be saved.
    Export { session: Option<String> } -> Vec<Exported>;
    /// Agrees on code words with whoever reads a session.
    AgreeCodeWords { session: String, words: String } -> ();
    /// Seals what is being written, by session.
    SealDrafts { letters: BTreeMap<String, String> } -> String;
    /// Opens what was being written; nothing if it was somebody else who wrote.
    OpenDrafts { sealed: String } -> Option<BTreeMap<String, String>>;
    /// Says where this client is, and whom to call there.
    SayIntake { session: String, place: String, crisis: String, otherwise: String, called: String } -> ();
    /// Says how far the counselling has come.
    SetStage { session: String, stage: String } -> ();
    /// The prepared replies.
    Templates {} -> Vec<Template>;
    /// Keeps a prepared reply, in place of the one with this name.
    KeepTemplate { name: String, text: String } -> Vec<Template>;
    /// Drops a prepared reply.
    DropTemplate { name: String } -> Vec<Template>;
    /// Changes the passphrase, of somebody who knows the one that it has now.
    ChangePassphrase { current: String, passphrase: String } -> ();
    /// Makes a new recovery code, for somebody who knows the passphrase. It holds from [`Confirm`] on.
    RenewRecoveryCode { current: String } -> Issued;
    /// Says to everybody that this account is away until a time.
    AnnounceAbsence { until: u64, note: String } -> Me;
    /// Says that this account is back.
    EndAbsence {} -> Me;
    /// Takes back everything that this account allows; in how many cases there was something.
    RevokeEverything {} -> usize;
    /// The requests to trustees that concern this account; a trustee's shares are checked meanwhile.
    Requests {} -> Trust;
    /// Takes on the rules of an escrow, as one of its trustees.
    AcceptPolicy { policy: String } -> ();
    /// Hands this trustee's shares to whoever is to get them.
    Approve { session: String, request: String } -> ();
    /// Ends a request, as one of its trustees.
    Veto { session: String, request: String } -> ();
    /// Stops a request about this client's own letters.
    StopRelease { session: String, request: String } -> ();
    /// Reads the centre's record as its own people do.
    ReadRecord {} -> CentreRecord;
    /// Audits everything that the relay stores.
    RunAudit {} -> Audited;
    /// Signs the report of the audit, as a file.
    SignReport {} -> Vec<u8>;
    /// Who watches over the log, and on whom this account counts.
    LookAtWitnesses {} -> Witnesses;
    /// From now on demands that so many of the centre's auditors have cosigned the log, or none.
    DemandWitnesses { needed: Option<u32> } -> Witnesses;
}

/// One request on its way to the keeper.
#[derive(Serialize, Deserialize)]
pub(crate) struct Call {
    /// By which its answer finds back.
    pub(crate) id: u32,
    /// What is asked.
    pub(crate) request: Request,
}

/// What the keeper says.
#[derive(Serialize, Deserialize)]
pub(crate) enum Word {
    /// It listens.
    Ready,
    /// The answer to a call.
    Answer {
        /// Of which call.
        id: u32,
        /// What came of it.
        outcome: Result<serde_json::Value, Problem>,
    },
    /// Something is new.
    News {
        /// In which session.
        session: String,
    },
    /// The relay does not know the sign-in any more.
    Expired,
    /// So many bytes were audited so far.
    Audited(u64),
    /// It has failed and holds nothing any more.
    Broken,
}

/// The signed-in account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Me {
    /// The pseudonym.
    pub(crate) handle: String,
    /// The twelve words that others compare.
    pub(crate) words: String,
    /// The whole fingerprint, for a QR code.
    pub(crate) groups: String,
    /// What the centre has appointed this account to be; nothing for a client.
    pub(crate) roles: Vec<String>,
    /// Whether it has the second secret of staff.
    pub(crate) staff: bool,
    /// That it is away now or later, if it has said so.
    pub(crate) away: Option<Away>,
}

impl Me {
    /// Whether the centre has appointed this account for this.
    pub(crate) fn is(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
    }

    /// Whether the centre has appointed this account for nothing.
    pub(crate) fn is_client(&self) -> bool {
        self.roles.is_empty()
    }

    /// Whether this account writes letters.
    pub(crate) fn writes(&self) -> bool {
        self.is_client() || self.is("counsellor") || self.is("supervisor")
    }

    /// Whether this account may have to do with requests to trustees.
    pub(crate) fn asks(&self) -> bool {
        ["trustee", "counsellor", "supervisor", "registrar", "director"].iter().any(|role| self.is(role))
    }

    /// The page on which this account's work begins.
    pub(crate) fn home(&self) -> &'static str {
        match self {
            me if me.writes() => "/letters",
            me if me.is("trustee") => "/requests",
            me if me.is("auditor") => "/audit",
            _ => "/centre",
        }
    }
}

/// Secrets of an account that are shown once, and hold once the person has them.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Issued {
    /// Opens the account without the passphrase.
    pub(crate) recovery: String,
    /// The second secret of staff.
    pub(crate) sheet: Option<String>,
}

/// What the centre's root has signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Centre {
    /// Its fingerprint as twelve words.
    pub(crate) words: String,
    /// The newest consent document in the language that was asked for, or the first that it has.
    pub(crate) document: Option<Document>,
    /// Who answers.
    pub(crate) counsellors: Vec<Appointed>,
    /// Who advises them.
    pub(crate) supervisors: Vec<Appointed>,
    /// The escrow that may be chosen now. Known only when signed in.
    pub(crate) escrow: Option<Escrow>,
}

/// Somebody whom the centre has appointed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Appointed {
    /// Their account, by which requests name them.
    pub(crate) account: String,
    /// Their name.
    pub(crate) name: String,
    /// Their licence.
    pub(crate) licence: Option<Licence>,
    /// That they are away now.
    pub(crate) away: Option<Away>,
}

/// That somebody is away, as they say it to everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Away {
    /// Until when, in milliseconds since 1970.
    pub(crate) until: u64,
    /// What they say besides, or nothing.
    pub(crate) note: String,
}

/// A licence to practise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Licence {
    /// Its number.
    pub(crate) number: String,
    /// Who gave it.
    pub(crate) board: String,
    /// Where it is valid.
    pub(crate) jurisdiction: String,
    /// Where anyone can check it, if that is an address of the web.
    pub(crate) link: Option<String>,
    /// When it ends, in milliseconds since 1970.
    pub(crate) expires: u64,
}

/// A consent document in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Document {
    /// Its hash, by which it is signed.
    pub(crate) hash: String,
    /// Its language.
    pub(crate) locale: String,
    /// Which data are kept.
    pub(crate) data: String,
    /// Which rights the client has.
    pub(crate) rights: String,
    /// When somebody answers, and how soon.
    pub(crate) hours: String,
    /// Whom to ask.
    pub(crate) contacts: String,
    /// Where to complain.
    pub(crate) complaint: String,
    /// The whole text.
    pub(crate) text: String,
    /// Kept at least so many days.
    pub(crate) floor_days: u32,
    /// Erased after so many days at the latest.
    pub(crate) ceiling_days: u32,
    /// What may be allowed.
    pub(crate) purposes: Vec<String>,
}

/// The rules of an escrow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Escrow {
    /// Its hash, by which it is chosen.
    pub(crate) hash: String,
    /// Its number.
    pub(crate) number: u32,
    /// How many trustees are needed.
    pub(crate) needed: u8,
    /// All of them.
    pub(crate) trustees: Vec<Trustee>,
    /// For which reasons.
    pub(crate) grounds: Vec<Ground>,
}

/// A trustee of an escrow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trustee {
    /// Their name.
    pub(crate) name: String,
    /// How to reach them.
    pub(crate) contact: String,
    /// Whether they have taken it on.
    pub(crate) accepted: bool,
}

/// One reason of an escrow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ground {
    /// Its word.
    pub(crate) word: String,
    /// How long each trustee waits, in milliseconds.
    pub(crate) delay: u64,
    /// When the client is told at the latest, in milliseconds; 0 is at once.
    pub(crate) notice: u64,
    /// Whether the client can stop it.
    pub(crate) cancellable: bool,
    /// The roles of who may ask.
    pub(crate) requesters: Vec<String>,
    /// The roles of to whom it may be opened.
    pub(crate) recipients: Vec<String>,
}

/// One thing that is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Allowed {
    /// For what.
    pub(crate) purpose: String,
    /// The account that it names.
    pub(crate) named: Option<String>,
}

/// Somebody in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Person {
    /// Their account, by which requests name them.
    pub(crate) account: String,
    /// The name under which the centre appointed them; clients have none.
    pub(crate) name: Option<String>,
    /// What they want to be called, or else a nickname.
    pub(crate) called: String,
    /// What they are here.
    pub(crate) role: String,
    /// Whether it is this account.
    pub(crate) own: bool,
    /// Whether their words were compared.
    pub(crate) compared: bool,
    /// Their twelve words.
    pub(crate) words: String,
    /// The code words on which a client has agreed.
    pub(crate) code_words: Option<String>,
    /// That they are away now.
    pub(crate) away: Option<Away>,
    /// Where a client is, and whom to call there.
    pub(crate) intake: Option<Intake>,
}

/// What a client has said before the first letter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Intake {
    /// Where they are.
    pub(crate) place: String,
    /// Whom to call near them in a crisis.
    pub(crate) crisis: Option<String>,
    /// How to reach them otherwise.
    pub(crate) otherwise: Option<String>,
    /// What they want to be called.
    pub(crate) called: Option<String>,
}

/// A prepared reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Template {
    /// Its name.
    pub(crate) name: String,
    /// Its words.
    pub(crate) text: String,
}

/// A session in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seat {
    /// Which.
    pub(crate) session: String,
    /// Everybody in it.
    pub(crate) people: Vec<Person>,
    /// How many letters.
    pub(crate) letters: usize,
    /// Letters of others that were not shown before.
    pub(crate) unread: usize,
    /// Letters of others since this account's last one.
    pub(crate) unanswered: usize,
    /// Whether this account has written here.
    pub(crate) answered_before: bool,
    /// When the newest letter was stored.
    pub(crate) newest: Option<u64>,
    /// What is wrong, if anything is.
    pub(crate) trouble: Option<Problem>,
    /// Until when an older consent document holds, if a newer one waits to be signed.
    pub(crate) renew_by: Option<u64>,
}

/// A session as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Thread {
    /// Its place in the list.
    pub(crate) seat: Seat,
    /// How many letters are before those that are shown.
    pub(crate) earlier: usize,
    /// Its newest letters, oldest first.
    pub(crate) letters: Vec<Letter>,
    /// What its clients allow now.
    pub(crate) allowed: Vec<Held>,
    /// Until when a consent under an older document holds, if a newer one waits for a client.
    pub(crate) waits: Option<u64>,
    /// The stage, and since when.
    pub(crate) stage: Option<(String, u64)>,
    /// What was asked of the trustees about it.
    pub(crate) releases: Vec<Release>,
}

impl Thread {
    /// Whether nobody may write here any more: counselling is not allowed now, or it was erased.
    pub(crate) fn is_over(&self) -> bool {
        self.is_erased() || self.allowed.iter().all(|held| held.purpose != "counselling")
    }

    /// Whether it was erased.
    pub(crate) fn is_erased(&self) -> bool {
        self.seat.trouble.as_ref().is_some_and(|problem| problem.trouble == Trouble::SessionErased)
    }
}

/// Everything of a session, to be saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Exported {
    /// The session with all its letters.
    pub(crate) thread: Thread,
    /// Who could read it.
    pub(crate) history: Vec<Access>,
}

/// Something that was asked of the trustees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Release {
    /// Which request.
    pub(crate) request: String,
    /// Why.
    pub(crate) ground: String,
    /// Whether something was opened.
    pub(crate) opened: bool,
    /// Whether this account can stop it now.
    pub(crate) can_stop: bool,
}

/// Something that is allowed now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    /// For what.
    pub(crate) purpose: String,
    /// The name of whom it names.
    pub(crate) name: Option<String>,
    /// Since when.
    pub(crate) since: u64,
    /// Until when, if that is known.
    pub(crate) until: Option<u64>,
}

/// One letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Letter {
    /// Its place in the order.
    pub(crate) position: u64,
    /// Who wrote it.
    pub(crate) from: Person,
    /// When it was stored, in milliseconds since 1970.
    pub(crate) stored: u64,
    /// Whether it was not shown before.
    pub(crate) new: bool,
    /// What it says.
    pub(crate) body: Body,
}

/// What a letter says to this reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Body {
    /// Its words.
    Words(String),
    /// Code words were agreed on.
    CodeWords,
    /// It was said where a client is.
    Intake,
    /// The stage was said.
    Stage(String),
    /// This reader has no key to it.
    Closed,
    /// It does not open.
    Unreadable,
}

/// A case and what was allowed in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Case {
    /// Which.
    pub(crate) id: String,
    /// Who is in its session.
    pub(crate) people: Vec<Person>,
    /// Whether its newest letters are escrowed.
    pub(crate) escrowed: bool,
    /// The grants, oldest first.
    pub(crate) grants: Vec<Grant>,
}

/// What was signed at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// Which.
    pub(crate) id: String,
    /// When.
    pub(crate) issued: u64,
    /// What, to whom, and whether it was taken back.
    pub(crate) permissions: Vec<Permission>,
}

/// One thing in a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Permission {
    /// For what.
    pub(crate) purpose: String,
    /// The name of whom it names.
    pub(crate) name: Option<String>,
    /// Whether it was taken back.
    pub(crate) taken_back: bool,
}

/// One line of an access history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Access {
    /// Somebody could read.
    Reader {
        /// Who.
        person: Person,
        /// Since when.
        from: u64,
        /// Until when.
        until: Option<u64>,
    },
    /// What was written before was handed on.
    Handed {
        /// To whom.
        to: Person,
        /// When.
        at: u64,
    },
    /// The trustees were asked.
    Release {
        /// To open it to whom.
        to: Person,
        /// Why.
        ground: String,
        /// When.
        at: u64,
        /// How it stands: `waiting`, `released`, `vetoed`, `cancelled` or `expired`.
        standing: String,
    },
}

/// The centre's record as its own people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CentreRecord {
    /// The address of the relay, for commands.
    pub(crate) relay: String,
    /// Everybody who is appointed, by role.
    pub(crate) people: Vec<Post>,
    /// The consent documents, the newest first.
    pub(crate) documents: Vec<Version>,
    /// The rules of escrow, the newest first.
    pub(crate) policies: Vec<Published>,
}

/// An appointment in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Post {
    /// Its hash, for commands.
    pub(crate) appointment: String,
    /// Under which name.
    pub(crate) name: String,
    /// As what.
    pub(crate) role: String,
    /// Until when.
    pub(crate) until: u64,
    /// Their licence.
    pub(crate) licence: Option<Licence>,
}

/// A consent document in all its languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    /// Its number.
    pub(crate) number: u32,
    /// Until when what was signed under it holds; nothing for the newest.
    pub(crate) until: Option<u64>,
    /// For how many days it holds after the next one.
    pub(crate) grace_days: u32,
    /// It in each language.
    pub(crate) wordings: Vec<Document>,
}

/// The rules of an escrow as they are published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Published {
    /// The rules.
    pub(crate) escrow: Escrow,
    /// Whether clients can choose them now.
    pub(crate) offered: bool,
}

/// The report of an audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Audited {
    /// Whether everything passed.
    pub(crate) passed: bool,
    /// How many entries the log has, and the root over them, for comparing with other people's.
    pub(crate) head: Option<(u64, String)>,
    /// The hash of the web client that the log names last.
    pub(crate) logged: Option<String>,
    /// The hash of the one that the relay serves.
    pub(crate) served: Option<String>,
    /// What came of each check.
    pub(crate) checks: Vec<Checked>,
    /// Whether each thing that was planted was found; nothing where there was nothing to plant in.
    pub(crate) planted: Vec<Option<bool>>,
    /// How many things are not proved.
    pub(crate) not_proved: usize,
}

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checked {
    /// Its name.
    pub(crate) name: String,
    /// Whether nothing was found.
    pub(crate) passed: bool,
    /// How many things were looked at.
    pub(crate) counted: u64,
    /// What was found first: where in the log, and why it must not be.
    pub(crate) findings: Vec<(Option<u64>, String)>,
    /// How many more findings there are.
    pub(crate) more: u64,
}

/// Who watches over the log, and on whom an account counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Witnesses {
    /// How many of how many must have cosigned it.
    pub(crate) demanded: Option<(u32, usize)>,
    /// The witnesses.
    pub(crate) witnesses: Vec<Witness>,
}

/// Somebody who may watch over the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Witness {
    /// Under which name.
    pub(crate) name: String,
    /// How many entries they have cosigned last, and when.
    pub(crate) cosigned: Option<(u64, u64)>,
    /// Whether this account counts on them.
    pub(crate) demanded: bool,
}

/// What an account has to do with escrow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trust {
    /// How many shares of this trustee are right and confirmed.
    pub(crate) right: usize,
    /// How many shares are not the ones that were promised.
    pub(crate) bad: usize,
    /// Rules that name this account as a trustee and were not taken on.
    pub(crate) offered: Vec<Escrow>,
    /// The requests, the newest first.
    pub(crate) requests: Vec<Asked>,
    /// What is wrong with sessions whose requests cannot be shown.
    pub(crate) troubles: Vec<Problem>,
}

/// A request to the trustees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// Of which session.
    pub(crate) session: String,
    /// Which.
    pub(crate) request: String,
    /// On which ground.
    pub(crate) ground: String,
    /// When it was asked for.
    pub(crate) made: u64,
    /// Who asks.
    pub(crate) by: Person,
    /// To whom it would be opened.
    pub(crate) to: Person,
    /// The clients whose letters they are.
    pub(crate) clients: Vec<Person>,
    /// The parts of the session that it would open.
    pub(crate) epochs: Vec<u32>,
    /// Why, in the words of whoever asks, if this account may read them.
    pub(crate) reason: Option<String>,
    /// Whether the clients were told.
    pub(crate) told: bool,
    /// By when they are told.
    pub(crate) tell_by: u64,
    /// Whether the clients can stop it.
    pub(crate) cancellable: bool,
    /// Who has seen it.
    pub(crate) seen: Vec<Person>,
    /// Since when this trustee has seen it.
    pub(crate) own_seen: Option<u64>,
    /// Who has approved it.
    pub(crate) approved: Vec<Person>,
    /// How many approvals are needed.
    pub(crate) needed: u8,
    /// How it stands: `waiting`, `released`, `over`, `vetoed`, `cancelled` or `expired`.
    pub(crate) standing: String,
    /// Who has ended it.
    pub(crate) ended_by: Option<Person>,
    /// When it closes by itself.
    pub(crate) closes: u64,
    /// What this account can do with it now.
    pub(crate) can: Can,
}

/// What somebody can do with a request to the trustees now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Can {
    /// Nothing.
    Nothing,
    /// End it.
    Veto,
    /// End it now, or approve it from a time on.
    Wait(u64),
    /// End it or approve it.
    Approve,
    /// Read what was released.
    Open,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_and_its_answer_cross_over_as_they_were() {
        let asked = SignIn { handle: "bunga-3".to_owned(), passphrase: "kata".to_owned(), sheet: None };
        let text = serde_json::to_string(&Call { id: 7, request: asked.into_request() }).unwrap();
        let Call { id, request: Request::SignIn(back) } = serde_json::from_str(&text).unwrap() else { panic!() };
        assert_eq!((id, back.handle.as_str(), back.passphrase.as_str()), (7, "bunga-3", "kata"));
        let outcome = Err(Problem::from(crate::problem::Trouble::WrongSecret));
        let text = serde_json::to_string(&Word::Answer { id: 7, outcome: outcome.clone() }).unwrap();
        let Word::Answer { id: 7, outcome: back } = serde_json::from_str(&text).unwrap() else { panic!() };
        assert_eq!(back, outcome);
    }

    #[test]
    fn what_is_no_call_is_refused() {
        for wrong in
            ["", "{}", "[1,2]", r#"{"id":1,"request":{"Unknown":{}}}"#, r#"{"id":-1,"request":{"SignOut":{}}}"#]
        {
            assert!(serde_json::from_str::<Call>(wrong).is_err(), "{wrong}");
        }
    }
}
