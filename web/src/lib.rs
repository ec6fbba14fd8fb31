//! Amanah in the browser: pages over the same SDK as the command line, whose keys live in a worker.
//!
//! One module runs in two places. In a window it shows pages (`pages`); in a dedicated worker it is the keeper
//! (`keeper`), which holds the account. Between them go the messages of `message`.

#![expect(unreachable_pub, reason = "leptos makes what it writes for a component public")]
#![expect(clippy::needless_pass_by_value, reason = "a component owns what it shows")]

mod desk;
mod drafts;
mod keeper;
mod link;
mod message;
mod pages;
mod parts;
mod problem;
mod safety;
mod strength;
mod texts;
mod words;

use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

/// Starts what belongs where it runs.
pub fn start() {
    if let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
        keeper::start(scope);
    } else {
        pages::start();
    }
}
