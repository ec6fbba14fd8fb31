//! The page's way to the keeper: starts it when it is first needed, carries calls and answers, and ends it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use futures_channel::oneshot;
use leptos::prelude::document;
use serde_json::Value;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlScriptElement, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::message::{Ask, Call, Word};
use crate::problem::{Problem, Trouble};

/// What the keeper says by itself.
pub(crate) enum Unasked {
    /// Something is new in this session.
    News(String),
    /// The sign-in is over.
    Expired,
    /// So many bytes were audited so far.
    Audited(u64),
    /// It has failed, and everything in it is gone.
    Broken,
}

type Heard = Box<dyn Fn(Unasked)>;
type Outcome = Result<Value, Problem>;

#[derive(Default)]
struct Link {
    keeper: Option<Running>,
    waiting: BTreeMap<u32, oneshot::Sender<Outcome>>,
    next: u32,
    heard: Option<Heard>,
}

struct Running {
    worker: Worker,
    /// Calls from before it listened; none once it does.
    early: Option<Vec<String>>,
    _message: Closure<dyn Fn(MessageEvent)>,
    _error: Closure<dyn Fn(JsValue)>,
}

thread_local! {
    /// The keeper, to end it whatever else is in use.
    static KEEPER: Cell<Option<Worker>> = const { Cell::new(None) };
    static LINK: RefCell<Link> = RefCell::default();
}

/// Who is told what the keeper says by itself.
pub(crate) fn listen(heard: impl Fn(Unasked) + 'static) {
    LINK.with(|link| link.borrow_mut().heard = Some(Box::new(heard)));
}

/// Asks the keeper.
///
/// # Errors
/// [`Problem`] of the keeper; [`Trouble::Broken`] if it was ended meanwhile.
pub(crate) async fn ask<A: Ask>(asked: A) -> Result<A::Answer, Problem> {
    let (sender, answer) = oneshot::channel();
    LINK.with(|link| link.borrow_mut().call(asked, sender))?;
    let value = answer.await.map_err(|_| Trouble::Broken)??;
    serde_json::from_value(value).map_err(|_| Trouble::Broken.into())
}

/// Ends the keeper, and with it every key and everything that was opened. Who still waits is told.
pub(crate) fn end() {
    if let Some(worker) = KEEPER.take() {
        worker.terminate();
    }
    LINK.with(|link| {
        // it is in use only where it has failed itself
        if let Ok(mut link) = link.try_borrow_mut() {
            link.keeper = None;
            link.waiting.clear();
        }
    });
}

impl Link {
    fn call<A: Ask>(&mut self, asked: A, sender: oneshot::Sender<Outcome>) -> Result<(), Problem> {
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        let call = Call { id, request: asked.into_request() };
        let text = serde_json::to_string(&call).map_err(|_| Trouble::Broken)?;
        let running = match &mut self.keeper {
            Some(running) => running,
            place => place.insert(Running::start().ok_or(Trouble::Broken)?),
        };
        match &mut running.early {
            Some(early) => early.push(text),
            None => running.worker.post_message(&JsValue::from_str(&text)).map_err(|_| Trouble::Broken)?,
        }
        self.waiting.insert(id, sender);
        Ok(())
    }

    /// Takes in what the keeper says; what it says by itself comes back.
    fn take(&mut self, word: Word) -> Option<Unasked> {
        match word {
            Word::Ready => {
                let running = self.keeper.as_mut()?;
                for text in running.early.take().unwrap_or_default() {
                    let _it_is_there = running.worker.post_message(&JsValue::from_str(&text));
                }
                None
            }
            Word::Answer { id, outcome } => {
                let _nobody_waits = self.waiting.remove(&id)?.send(outcome);
                None
            }
            Word::News { session } => Some(Unasked::News(session)),
            Word::Expired => Some(Unasked::Expired),
            Word::Audited(bytes) => Some(Unasked::Audited(bytes)),
            Word::Broken => Some(Unasked::Broken),
        }
    }
}

impl Running {
    /// Starts the same module in a worker.
    fn start() -> Option<Self> {
        let script = document().query_selector("script[type=module]").ok()??.dyn_into::<HtmlScriptElement>().ok()?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&script.src(), &options).ok()?;
        KEEPER.set(Some(worker.clone()));
        let message = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
            let word = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok());
            if let Some(word) = word {
                let unasked = LINK.with(|link| link.borrow_mut().take(word));
                tell(unasked);
            }
        });
        let error = Closure::<dyn Fn(JsValue)>::new(|_| tell(Some(Unasked::Broken)));
        worker.set_onmessage(Some(message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(error.as_ref().unchecked_ref()));
        Some(Self { worker, early: Some(Vec::new()), _message: message, _error: error })
    }
}

fn tell(unasked: Option<Unasked>) {
    let Some(unasked) = unasked else { return };
    let heard = LINK.with(|link| link.borrow_mut().heard.take());
    if let Some(heard) = heard {
        heard(unasked);
        LINK.with(|link| link.borrow_mut().heard = Some(heard));
    }
}
