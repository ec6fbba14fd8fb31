//! Problems (RFC 9457): a status and one fixed sentence, never what came in.

use amanah_protocol::api::{PROBLEM_PREFIX, Problem, ProblemCode};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use crate::store::StoreError;
use crate::throttle::TooMany;

/// What went wrong, as the caller is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    code: ProblemCode,
    wait: Option<u64>,
}

impl From<ProblemCode> for Refusal {
    fn from(code: ProblemCode) -> Self {
        Self { code, wait: (code == ProblemCode::Unavailable).then_some(5) }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(code) => code.into(),
            StoreError::Unavailable | StoreError::Migration(_) | StoreError::Outdated | StoreError::Url => {
                ProblemCode::Unavailable.into()
            }
        }
    }
}

impl From<TooMany> for Refusal {
    fn from(too_many: TooMany) -> Self {
        Self { code: ProblemCode::TooManyRequests, wait: Some(too_many.wait.as_secs().saturating_add(1)) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem = Problem {
            r#type: format!("{PROBLEM_PREFIX}{}", self.code.code()),
            title: self.code.title().to_owned(),
            status: self.code.status(),
            instance: Uuid::new_v4().urn().to_string(),
        };
        tracing::info!(problem = self.code.code(), instance = problem.instance, "refused");
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = self.wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        if self.code == ProblemCode::NotSignedIn {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
