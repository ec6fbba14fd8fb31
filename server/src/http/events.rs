//! News as Server-Sent Events: that something is new in a session, never what. `Last-Event-ID` resumes after a position.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use amanah_protocol::api::{self, ProblemCode};
use amanah_protocol::ids::AccountId;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::unfold;
use tokio::sync::watch;

use super::Relay;
use super::extract::SignedIn;
use super::problem::Refusal;
use crate::store::Seat;

/// How often a quiet stream looks whether its token is still in force, and says so to proxies on the way.
const QUIET: Duration = Duration::from_secs(20);

/// A listener and how far it is.
struct Listener {
    relay: Arc<Relay>,
    account: AccountId,
    token_hash: [u8; 32],
    after: u64,
    newest: watch::Receiver<u64>,
    closing: watch::Receiver<bool>,
    waiting: VecDeque<Seat>,
}

/// News of the account's sessions, from the position in `Last-Event-ID` on. The id of each message is a position.
#[utoipa::path(
    get,
    path = "/v1/events",
    params(("last-event-id" = Option<u64>, Header, description = "The last position that was received")),
    responses((status = 200, body = api::Event, content_type = "text/event-stream"))
)]
pub(super) async fn stream(
    State(relay): State<Arc<Relay>>,
    SignedIn { account, token_hash, .. }: SignedIn,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Refusal> {
    let after = match headers.get("last-event-id") {
        Some(id) => id.to_str().ok().and_then(|id| id.parse().ok()).ok_or(ProblemCode::BadRequest)?,
        None => 0,
    };
    let (newest, closing) = (relay.store.newest(), relay.closing.clone());
    let listener = Listener { relay, account, token_hash, after, newest, closing, waiting: VecDeque::new() };
    let events = unfold(listener, async |mut listener| {
        let seat = listener.next().await?;
        Some((Ok::<_, Infallible>(message(&seat)), listener))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(QUIET)))
}

fn message(seat: &Seat) -> Event {
    let news = api::Event { session: seat.session.to_string(), position: seat.position };
    let data = serde_json::to_string(&news).unwrap_or_default();
    Event::default().id(seat.position.to_string()).data(data)
}

impl Listener {
    /// The next news; `None` when the sign-in or the relay ends, or the store cannot be asked: the client comes again.
    async fn next(&mut self) -> Option<Seat> {
        loop {
            if *self.closing.borrow() {
                return None;
            }
            if let Some(seat) = self.waiting.pop_front() {
                self.after = seat.position;
                return Some(seat);
            }
            self.newest.borrow_and_update();
            self.relay.store.token(self.token_hash, self.relay.now()).await.ok()??;
            self.waiting = self.relay.store.seats(self.account, self.after).await.ok()?.into();
            if self.waiting.is_empty() {
                tokio::select! {
                    changed = self.newest.changed() => changed.ok()?,
                    _ = self.closing.changed() => return None,
                    () = tokio::time::sleep(QUIET) => {}
                }
            }
        }
    }
}
