//! The relay: it admits, orders and keeps what clients sealed and signed, and can read none of it (ARCHITECTURE.md).

mod admit;
mod bundle;
mod config;
mod http;
mod keys;
mod opaque;
mod serve;
mod store;
mod throttle;
mod tls;
mod web;

pub use config::Settings;
pub use serve::{App, Ready, RelayError, doctor, export, init, migrate, openapi, serve};
