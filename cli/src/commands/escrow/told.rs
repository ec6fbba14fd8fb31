//! What the readers of a session are told of requests to open a part of it.

use amanah_client_sdk::protocol::release::{Release, Standing};
use amanah_client_sdk::thread::Thread;
use amanah_client_sdk::transport::Clock;
use amanah_client_sdk::words::standing;
use serde_json::{Value, json};

use crate::commands::show;
use crate::moment::Wall;
use crate::texts::Texts;

/// The requests in a session of which its readers were told.
fn told(thread: &Thread) -> impl Iterator<Item = &Release> {
    thread.releases().iter().filter(|release| thread.notice_of(&release.request().hash()).is_some())
}

/// As JSON: which request, on which ground, and how it stands.
pub(crate) fn told_json(thread: &Thread) -> Vec<Value> {
    let shown = told(thread).map(|release| {
        json!({
            "request": release.request().hash().to_string(),
            "ground": show::ground(release.outline().ground),
            "standing": standing(release.standing(Wall.now())),
        })
    });
    shown.collect()
}

/// As lines: what waits, and what was opened. What came to nothing stands in the access history alone.
pub(crate) fn told_lines(texts: Texts, thread: &Thread) -> Vec<String> {
    let line = |release: &Release| {
        let variables = || {
            let ground = show::ground_text(texts, release.outline().ground);
            vec![("ground", ground.into()), ("session", thread.session().to_string().into())]
        };
        match release.standing(Wall.now()) {
            Standing::Waiting => Some(texts.fill("told-waiting", variables())),
            Standing::Released => Some(texts.fill("told-released", variables())),
            Standing::Vetoed | Standing::Cancelled | Standing::Expired => None,
        }
    };
    told(thread).filter_map(line).collect()
}
