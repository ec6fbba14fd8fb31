//! The web client that the relay serves: read once at the start, checked against its manifest, and kept in memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use amanah_protocol::hash::{Hash, of_bytes};
use serde::Deserialize;

/// The name of the manifest, in the folder and as an address.
pub(crate) const MANIFEST: &str = "bundle.json";
/// The name of the page.
pub(crate) const PAGE: &str = "index.html";

/// How the names of files end, with their content types; nothing else is served.
const TYPES: &[(&str, &str)] = &[
    ("css", "text/css; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("wasm", "application/wasm"),
    ("webmanifest", "application/manifest+json"),
];
/// The encodings of HTTP in which a file may also lie there, the better first, and how the names of those files end.
const ENCODINGS: &[(&str, &str)] = &[("br", "br"), ("gzip", "gz")];

/// Why a web client is not served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebClientError {
    /// A file cannot be read.
    #[error("{0}: {1}")]
    Io(String, #[source] std::io::Error),
    /// The manifest is not one.
    #[error("{MANIFEST} does not list a web client; build one with `cargo xtask web`")]
    Manifest,
    /// A name that is no plain file name, or of a type that is not served.
    #[error("{MANIFEST} lists {0:?}, which is not served under such a name")]
    Name(String),
    /// A file is not the one that the manifest lists.
    #[error("{0} is not the file that {MANIFEST} lists; build the web client again, or copy all of it")]
    Differs(String),
    /// There is no page to begin with.
    #[error("{MANIFEST} lists no {PAGE}")]
    NoPage,
}

/// Everything of the web client.
pub(crate) struct WebClient {
    /// The SHA-256 of the manifest.
    pub(crate) hash: Hash,
    /// By name.
    files: BTreeMap<String, WebFile>,
}

/// One file.
pub(crate) struct WebFile {
    pub(crate) content_type: &'static str,
    /// Whether the name tells the content, so that under this name there is never another.
    pub(crate) is_immutable: bool,
    pub(crate) bytes: Arc<[u8]>,
    /// The same in encodings of HTTP, the better first.
    pub(crate) encoded: Vec<(&'static str, Arc<[u8]>)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    files: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    sha256: String,
    size: usize,
    encodings: BTreeMap<String, Is>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Is {
    sha256: String,
    size: usize,
}

impl WebClient {
    /// Reads what the manifest of a folder lists, and nothing else that lies there.
    ///
    /// # Errors
    /// [`WebClientError`]: the first thing that is not as the manifest says.
    pub(crate) fn open(folder: &Path) -> Result<Self, WebClientError> {
        let read = |name: &str| {
            std::fs::read(folder.join(name))
                .map_err(|error| WebClientError::Io(folder.join(name).display().to_string(), error))
        };
        let listed = |name: &str, sha256: &str, size: usize| {
            let bytes = read(name)?;
            let fits = bytes.len() == size && sha256.parse() == Ok(of_bytes(&bytes));
            if fits { Ok(Arc::from(bytes)) } else { Err(WebClientError::Differs(name.to_owned())) }
        };
        let manifest = read(MANIFEST)?;
        let hash = of_bytes(&manifest);
        let entries: Manifest = serde_json::from_slice(&manifest).map_err(|_| WebClientError::Manifest)?;
        let mut files = BTreeMap::new();
        for Entry { path, sha256, size, encodings } in entries.files {
            let content_type = content_type(&path).ok_or_else(|| WebClientError::Name(path.clone()))?;
            let mut encoded = Vec::new();
            for (encoding, extension) in ENCODINGS {
                if let Some(is) = encodings.get(*encoding) {
                    encoded.push((*encoding, listed(&format!("{path}.{extension}"), &is.sha256, is.size)?));
                }
            }
            let bytes = listed(&path, &sha256, size)?;
            let is_immutable = path.contains(sha256.get(..16).unwrap_or(&sha256));
            files.insert(path, WebFile { content_type, is_immutable, bytes, encoded });
        }
        if !files.contains_key(PAGE) {
            return Err(WebClientError::NoPage);
        }
        let manifest = WebFile {
            content_type: "application/json",
            is_immutable: false,
            bytes: manifest.into(),
            encoded: Vec::new(),
        };
        files.insert(MANIFEST.to_owned(), manifest);
        Ok(Self { hash, files })
    }

    /// A file by its name.
    pub(crate) fn file(&self, name: &str) -> Option<&WebFile> {
        self.files.get(name)
    }
}

/// The content type that the end of a plain file name stands for.
fn content_type(name: &str) -> Option<&'static str> {
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || ['-', '.', '_'].contains(&sign);
    let (stem, end) = name.rsplit_once('.')?;
    let known = TYPES.iter().find(|(extension, _)| *extension == end);
    known.filter(|_| !stem.is_empty() && name.chars().all(is_plain)).map(|(_, content_type)| *content_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_elsewhere_has_no_type() {
        assert_eq!(content_type("amanah-0f.wasm"), Some("application/wasm"));
        for name in ["../relay.key", "/etc/x.css", "a/b.css", ".css", "relay.key", "style", "a b.css", "style.css.br"] {
            assert_eq!(content_type(name), None, "{name}");
        }
    }
}
