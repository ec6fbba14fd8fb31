//! The relay's front door without a client: any bytes go in, and each answer is seen whole.

use amanah_protocol::api::{PROBLEM_PREFIX, Problem, ProblemCode};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap};

use crate::relay::Relay;

/// Bodies of structures.
pub const CBOR: &str = "application/cbor";
/// Bodies of messages.
pub const JSON: &str = "application/json";

/// A request, right or wrong.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// The content type, if there is one.
    pub content_type: Option<String>,
    /// What stands in `Authorization`, if anything.
    pub authorization: Option<String>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
}

impl Asked {
    /// Without token and body.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), content_type: None, authorization: None, headers: Vec::new(), body: None }
    }

    /// With a body of a content type.
    #[must_use]
    pub fn with(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.content_type = Some(content_type.to_owned());
        self.body = Some(body.into());
        self
    }

    /// With a token.
    #[must_use]
    pub fn by(mut self, token: &str) -> Self {
        self.authorization = Some(format!("Bearer {token}"));
        self
    }
}

/// An answer with everything that is in it.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the relay did what was asked.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body, if the relay did what was asked.
    ///
    /// # Panics
    /// If it refused.
    pub fn accepted(self) -> Vec<u8> {
        assert!(self.is_success(), "{} {}", self.status, String::from_utf8_lossy(&self.body));
        self.body
    }

    /// The problem of a refusal.
    ///
    /// # Errors
    /// What of the answer is not as docs/api.md promises: a problem document of a known code with its own title and
    /// status, a random instance, and nothing besides, so that nothing of the request can be repeated in it.
    pub fn problem(&self) -> Result<ProblemCode, String> {
        let text = String::from_utf8_lossy(&self.body);
        let shown = || format!("{} {:?} {text}", self.status, self.headers.get(CONTENT_TYPE));
        if self.headers.get(CONTENT_TYPE).is_none_or(|value| value != "application/problem+json") {
            return Err(format!("no problem document: {}", shown()));
        }
        let problem: Problem = serde_json::from_slice(&self.body).map_err(|error| format!("{error}: {}", shown()))?;
        let code = ProblemCode::from_type(&problem.r#type).ok_or_else(|| format!("unknown type: {}", shown()))?;
        let instance = problem.instance.strip_prefix("urn:uuid:").unwrap_or_default();
        let random = instance.len() == 36 && instance.as_bytes().get(14) == Some(&b'4');
        let expected = Problem {
            r#type: format!("{PROBLEM_PREFIX}{}", code.code()),
            title: code.title().to_owned(),
            status: code.status(),
            instance: problem.instance.clone(),
        };
        if random && problem == expected && problem.status == self.status {
            Ok(code)
        } else {
            Err(format!("not the problem that it says: {}", shown()))
        }
    }
}

/// The way to one relay.
#[derive(Debug, Clone)]
pub struct Door {
    client: reqwest::Client,
    url: String,
}

impl Door {
    /// The door of a relay.
    pub fn of(relay: &Relay) -> Self {
        Self { client: relay.client(), url: relay.url.clone() }
    }

    /// Asks.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn ask(&self, asked: Asked) -> Answer {
        let shown = format!("{} {}", asked.method, asked.path);
        self.try_ask(asked).await.unwrap_or_else(|error| panic!("{shown}: no answer: {error:?}"))
    }

    /// Asks a relay that may be gone.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn try_ask(&self, asked: Asked) -> Result<Answer, reqwest::Error> {
        let mut request = self.client.request(asked.method, format!("{}{}", self.url, asked.path));
        if let Some(value) = asked.content_type {
            request = request.header("content-type", value);
        }
        if let Some(value) = asked.authorization {
            request = request.header("authorization", value);
        }
        for (name, value) in asked.headers {
            request = request.header(name, value);
        }
        if let Some(body) = asked.body {
            request = request.body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, body: response.bytes().await?.to_vec() })
    }

    /// Asks for something without a token.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Asked::new(Method::GET, path)).await
    }
}
