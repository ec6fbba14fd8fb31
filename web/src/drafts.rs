//! Letters that are being written: the keeper seals them, and this tab keeps what it sealed over a reload and a lock.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;

use futures_util::future::select;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::Storage;

use crate::desk::Desk;
use crate::link;
use crate::message::{OpenDrafts, SealDrafts};

/// Under which name. It says nothing.
const NAME: &str = "page";
/// How long after a change.
const AFTER_MS: u32 = 2000;
/// How long somebody who locks the page waits for it.
const LAST_MS: u32 = 500;

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

/// Whether this tab keeps something.
pub(crate) fn are_kept() -> bool {
    storage().is_some_and(|storage| storage.get_item(NAME).ok().flatten().is_some())
}

/// Drops what this tab keeps.
pub(crate) fn forget() {
    if let Some(storage) = storage() {
        let _it_is_gone = storage.remove_item(NAME);
    }
}

/// What whoever has just signed in was writing in this tab. What somebody else was writing is dropped.
pub(crate) async fn restore() -> BTreeMap<String, String> {
    let sealed = storage().and_then(|storage| storage.get_item(NAME).ok().flatten());
    let Some(sealed) = sealed else { return BTreeMap::new() };
    match link::ask(OpenDrafts { sealed }).await {
        Ok(Some(drafts)) => drafts,
        Ok(None) => {
            forget();
            BTreeMap::new()
        }
        Err(_) => BTreeMap::new(),
    }
}

/// Keeps what is being written for as long as the page is open. What was sent or emptied is gone at once.
pub(crate) fn keep(desk: Desk) {
    let waiting = StoredValue::new(false);
    Effect::new(move |before: Option<BTreeSet<String>>| {
        let written: BTreeSet<String> = desk.drafts.with(|drafts| drafts.keys().cloned().collect());
        if desk.me.with_untracked(Option::is_none) {
            return BTreeSet::new();
        }
        if before.is_some_and(|before| !before.is_subset(&written)) {
            forget();
        }
        if written.is_empty() {
            desk.unkept.set(false);
        }
        if !written.is_empty() && !waiting.get_value() {
            waiting.set_value(true);
            spawn_local(async move {
                TimeoutFuture::new(AFTER_MS).await;
                waiting.set_value(false);
                seal(desk).await;
            });
        }
        written
    });
}

/// Seals what is being written now, before the page locks, which waits no longer than a moment for it.
pub(crate) async fn seal_at_once(desk: Desk) {
    let _the_first = select(pin!(seal(desk)), TimeoutFuture::new(LAST_MS)).await;
}

async fn seal(desk: Desk) {
    let letters = desk.drafts.get_untracked();
    let written: BTreeSet<String> = letters.keys().cloned().collect();
    if written.is_empty() {
        return;
    }
    let sealed = link::ask(SealDrafts { letters }).await;
    // something may have been sent meanwhile, or whoever wrote has gone
    let still = desk.drafts.with_untracked(|drafts| written.iter().all(|session| drafts.contains_key(session)));
    if still {
        let kept = sealed.ok().zip(storage()).is_some_and(|(sealed, storage)| storage.set_item(NAME, &sealed).is_ok());
        desk.unkept.set(!kept);
    }
}
