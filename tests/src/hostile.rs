//! A relay that lies: stands between a device and the real relay, and changes what passes.

use std::sync::{Arc, Mutex};

use amanah_client_sdk::transport::{Method, Request, Response, Transport, TransportError};
use amanah_protocol::cbor::Structure;
use amanah_protocol::record::{Kind, Page};
use futures_util::Stream;

/// What the liar does with one exchange. It sees the request and the honest answer, and gives the answer that the
/// device will see.
pub type Lie = Box<dyn FnMut(&Request, Response) -> Result<Response, TransportError> + Send>;

/// A way to a relay, through a liar that can be told what to do in the middle of a story.
#[derive(Clone)]
pub struct Hostile<T> {
    honest: T,
    lie: Arc<Mutex<Option<Lie>>>,
    refused: Arc<Mutex<Option<(&'static str, TransportError)>>>,
}

impl<T> Hostile<T> {
    /// Honest until told otherwise.
    pub fn new(honest: T) -> Self {
        Self { honest, lie: Arc::new(Mutex::new(None)), refused: Arc::new(Mutex::new(None)) }
    }

    /// From now on, lies like this.
    ///
    /// # Panics
    /// If a lie panicked before.
    pub fn tell(&self, lie: impl FnMut(&Request, Response) -> Result<Response, TransportError> + Send + 'static) {
        *self.lie.lock().expect("no lie panicked") = Some(Box::new(lie));
    }

    /// From now on, changes every page of an address that contains `path`.
    ///
    /// # Panics
    /// If what comes is no page.
    pub fn change_pages(&self, path: &'static str, mut lie: impl FnMut(&mut Page) + Send + 'static) {
        self.tell(move |request: &Request, mut answer: Response| {
            if request.method == Method::Get && request.path.contains(path) {
                let mut page = Page::parse(&answer.body).expect("a page");
                lie(&mut page);
                answer.body = page.to_bytes();
            }
            Ok(answer)
        });
    }

    /// From now on, no page of such an address shows entries of this kind.
    pub fn hide(&self, path: &'static str, kind: Kind) {
        self.change_pages(path, move |page| page.entries.retain(|entry| entry.kind != kind));
    }

    /// From now on, requests whose path contains this do not reach the relay.
    ///
    /// # Panics
    /// If a lie panicked before.
    pub fn refuse(&self, path: &'static str, error: TransportError) {
        *self.refused.lock().expect("no lie panicked") = Some((path, error));
    }

    /// From now on, honest.
    ///
    /// # Panics
    /// If a lie panicked before.
    pub fn be_honest(&self) {
        *self.refused.lock().expect("no lie panicked") = None;
        *self.lie.lock().expect("no lie panicked") = None;
    }
}

impl<T: Transport> Transport for Hostile<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let refused = *self.refused.lock().expect("no lie panicked");
        if let Some((_, error)) = refused.filter(|(path, _)| request.path.contains(path)) {
            return Err(error);
        }
        let answer = self.honest.send(request.clone()).await?;
        match self.lie.lock().expect("no lie panicked").as_mut() {
            Some(lie) => lie(&request, answer),
            None => Ok(answer),
        }
    }

    async fn stream(
        &self,
        request: Request,
    ) -> Result<(u16, impl Stream<Item = Result<Vec<u8>, TransportError>> + Unpin), TransportError> {
        let Response { status, body } = self.send(request).await?;
        Ok((status, futures_util::stream::iter([Ok(body)])))
    }

    async fn events(
        &self,
        bearer: &str,
        after: u64,
    ) -> Result<impl Stream<Item = Result<String, TransportError>> + Unpin + use<T>, TransportError> {
        self.honest.events(bearer, after).await
    }
}
