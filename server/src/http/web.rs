//! The web client, served from memory: its files by their names, and its page wherever a browser goes.

use std::sync::Arc;

use amanah_protocol::api::ProblemCode;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};

use super::Relay;
use super::problem::Refusal;
use crate::web::{PAGE, WebClient, WebFile};

/// What a page may do: run and load what this relay serves, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";
/// Nothing that a browser would ask a person for.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";
const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
];
/// Paths of programs, where a browser finds no page either.
const PROGRAMS: &[&str] = &["/v1/", "/health/"];

/// What no other address answers: a file of the web client, or the page for a browser that goes somewhere.
pub(super) async fn file_or_page(
    State(relay): State<Arc<Relay>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let web_client = relay.web_client.as_ref().filter(|_| [Method::GET, Method::HEAD].contains(&method));
    let file = web_client.and_then(|web_client| find(web_client, uri.path(), &headers));
    Ok(answer(file.ok_or(ProblemCode::NotFound)?, &headers))
}

fn find<'w>(web_client: &'w WebClient, path: &str, headers: &HeaderMap) -> Option<&'w WebFile> {
    let name = path.strip_prefix('/')?;
    web_client.file(name).or_else(|| {
        let is_page = names(headers, &header::ACCEPT).any(|name| name == "text/html")
            && !PROGRAMS.iter().any(|prefix| path.starts_with(prefix));
        web_client.file(PAGE).filter(|_| is_page)
    })
}

fn answer(file: &WebFile, headers: &HeaderMap) -> Response {
    let accepted = |encoding: &str| names(headers, &header::ACCEPT_ENCODING).any(|name| name == encoding);
    let encoded = file.encoded.iter().find(|(encoding, _)| accepted(encoding));
    let keep = if file.is_immutable { super::FOR_EVER } else { super::FOR_NOW };
    let bytes = encoded.map_or(&file.bytes, |(_, bytes)| bytes);
    let mut response = Bytes::from_owner(bytes.clone()).into_response();
    let answered = response.headers_mut();
    answered.extend(HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    answered.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    answered.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
    if let Some((encoding, _)) = encoded {
        answered.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// The names in a list of preferences (RFC 9110 §12.4.2), without those that are refused.
fn names<'h>(headers: &'h HeaderMap, list: &HeaderName) -> impl Iterator<Item = &'h str> {
    let values = headers.get_all(list).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|preference| {
        let mut parts = preference.split(';').map(str::trim);
        let name = parts.next()?;
        let is_refused = parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)));
        (!is_refused).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preference_of_zero_is_a_refusal() {
        let mut headers = HeaderMap::new();
        headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip;q=0.5, br;q=0, zstd;q=0.0"));
        headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        assert_eq!(names(&headers, &header::ACCEPT_ENCODING).collect::<Vec<_>>(), ["gzip", "identity"]);
    }
}
