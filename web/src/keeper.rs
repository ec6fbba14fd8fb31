//! The keeper: the one place in the browser that holds an account, its keys and what they opened.
//!
//! It runs in a worker of its own. Ending the worker drops all of it at once, and stretching a passphrase never stops the
//! page. It answers one call after the other.

mod account;
mod audit;
mod beside;
mod consent;
mod escrow;
mod letters;
mod record;
mod shown;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use amanah_auditor::Report;
use amanah_client_sdk::account::{self as sdk_account, Account, Environment};
use amanah_client_sdk::consent::GrantedCase;
use amanah_client_sdk::content::Draft;
use amanah_client_sdk::drafts::DraftSealer;
use amanah_client_sdk::events::News;
use amanah_client_sdk::http::HttpTransport;
use amanah_client_sdk::protocol::api::ProblemCode;
use amanah_client_sdk::protocol::ids::{CentreId, Handle, SessionId, Timestamp};
use amanah_client_sdk::transport::Clock;
use amanah_client_sdk::{Passphrase, RelayError};
use futures_channel::mpsc::{UnboundedSender, unbounded};
use futures_util::StreamExt;
use getrandom::SysRng;
use rand_core::UnwrapErr;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};
use zeroize::Zeroizing;

use crate::message::{Call, Request, Word};
use crate::problem::{Problem, Trouble};

/// How long to wait before listening for news again.
const PAUSE_MS: u32 = 5000;

/// The clock of the device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeviceClock;

impl Clock for DeviceClock {
    fn now(&self) -> Timestamp {
        Timestamp(crate::parts::now())
    }
}

type Outside = Environment<HttpTransport, DeviceClock, UnwrapErr<SysRng>>;
type Device = Account<HttpTransport, DeviceClock, UnwrapErr<SysRng>>;

/// What comes to the keeper.
enum Incoming {
    Call(Call),
    News(News),
    Quiet,
    Expired,
}

/// A consent that was signed, on its way to a session with everybody in it.
struct Signed {
    /// What was asked.
    asked: String,
    /// What was signed.
    granted: GrantedCase,
    /// The session, once it is open.
    opened: Option<SessionId>,
}

/// Secrets that a person is taking down, and what is done once they have them.
struct Pending {
    passphrase: Passphrase,
    issued: sdk_account::Issued,
    then: Then,
}

/// What new secrets are for.
enum Then {
    /// A new account.
    Join { centre: CentreId, handle: Handle },
    /// An account that was opened with its recovery code.
    Recover(Box<Device>),
    /// The account that is signed in.
    Renew,
}

/// What seals drafts, beside the calls that wait for each other.
type Sealer = Rc<RefCell<Option<DraftSealer>>>;

/// Everything that the browser knows of an account.
struct Keeper {
    origin: String,
    device: Option<Device>,
    /// The second secret of staff, for signing in again.
    sheet: Option<Zeroizing<String>>,
    /// Secrets that are shown just now.
    pending: Option<Pending>,
    /// Letters that this tab had kept; one may have arrived although its writer never saw it.
    restored: BTreeMap<SessionId, String>,
    /// Letters of which it is not known that they arrived.
    unsent: BTreeMap<SessionId, Draft>,
    /// What was signed and is not wholly begun.
    signed: Option<Signed>,
    /// Sessions in which something is new.
    stale: BTreeSet<SessionId>,
    /// Whether news are wanted, once the sessions were looked at.
    listens: bool,
    /// Whether somebody listens just now.
    listening: bool,
    /// How far the sessions were read.
    read_to: u64,
    /// What came of the audit that was made last.
    report: Option<Report>,
}

impl Keeper {
    /// The signed-in account.
    ///
    /// # Errors
    /// [`Trouble::Expired`].
    fn device(&mut self) -> Result<&mut Device, Problem> {
        self.device.as_mut().ok_or_else(|| Trouble::Expired.into())
    }

    fn transport(&self) -> HttpTransport {
        HttpTransport::new(reqwest::Client::new(), &self.origin)
    }

    fn outside(&self) -> Outside {
        Environment { transport: self.transport(), clock: DeviceClock, rng: UnwrapErr(SysRng) }
    }

    /// Listens for news, once the sessions were looked at. When the stream ends, or cannot be opened, it is tried again.
    fn listen(&mut self, sender: &UnboundedSender<Incoming>) {
        let (Some(device), true, false) = (&self.device, self.listens, self.listening) else { return };
        // nothing waits for a relay that keeps whoever listens waiting
        let opening = device.news(self.read_to);
        self.listening = true;
        let sender = sender.clone();
        spawn_local(async move {
            match opening.await {
                Ok(mut stream) => {
                    while let Some(Ok(news)) = stream.next().await {
                        let _ended = sender.unbounded_send(Incoming::News(news));
                    }
                }
                Err(RelayError::Refused(ProblemCode::NotSignedIn)) => {
                    let _ended = sender.unbounded_send(Incoming::Expired);
                    return;
                }
                Err(_) => {}
            }
            gloo_timers::future::TimeoutFuture::new(PAUSE_MS).await;
            let _ended = sender.unbounded_send(Incoming::Quiet);
        });
    }
}

/// Starts the keeper in its worker.
pub(crate) fn start(scope: DedicatedWorkerGlobalScope) {
    let (sender, mut inbox) = unbounded();
    let (calls, answers) = (sender.clone(), scope.clone());
    let sealer = Sealer::default();
    let seals = sealer.clone();
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        match event.data().as_string().and_then(|text| serde_json::from_str(&text).ok()) {
            // what is being written is sealed at once, whatever else takes its time
            Some(Call { id, request: Request::SealDrafts(asked) }) => {
                let outcome = beside::seal(seals.borrow().as_ref(), asked).map(serde_json::Value::from);
                say(&answers, &Word::Answer { id, outcome });
            }
            Some(call) => {
                let _ended = calls.unbounded_send(Incoming::Call(call));
            }
            None => {}
        }
    });
    scope.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    heard.forget();
    let broken = scope.clone();
    std::panic::set_hook(Box::new(move |_| say(&broken, &Word::Broken)));
    spawn_local(async move {
        let mut keeper = Keeper {
            origin: scope.location().origin(),
            device: None,
            sheet: None,
            pending: None,
            restored: BTreeMap::new(),
            unsent: BTreeMap::new(),
            signed: None,
            stale: BTreeSet::new(),
            listens: false,
            listening: false,
            read_to: 0,
            report: None,
        };
        say(&scope, &Word::Ready);
        while let Some(incoming) = inbox.next().await {
            match incoming {
                Incoming::Call(Call { id, request }) => {
                    let outcome = request.answered_by(&mut keeper).await;
                    say(&scope, &Word::Answer { id, outcome });
                }
                Incoming::News(News { session, position }) => {
                    keeper.read_to = keeper.read_to.max(position);
                    keeper.stale.insert(session);
                    say(&scope, &Word::News { session: session.to_string() });
                }
                Incoming::Expired => say(&scope, &Word::Expired),
                Incoming::Quiet => keeper.listening = false,
            }
            *sealer.borrow_mut() = keeper.device.as_ref().map(Device::draft_sealer);
            keeper.listen(&sender);
        }
    });
}

fn say(scope: &DedicatedWorkerGlobalScope, word: &Word) {
    if let Ok(text) = serde_json::to_string(word) {
        let _nobody_listens = scope.post_message(&JsValue::from_str(&text));
    }
}

/// Says something in the middle of a call.
fn tell(word: &Word) {
    if let Ok(scope) = js_sys::global().dyn_into() {
        say(&scope, word);
    }
}
