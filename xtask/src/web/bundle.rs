//! The files of the web client: hashed names, references between them, the manifest, the budget.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use base64ct::{Base64, Encoding as _};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::bind::Program;
use super::compress::ENCODINGS;
use crate::run;

/// What all files together may weigh on the way to a browser.
const BUDGET: usize = 1024 * 1024;
/// The name of the manifest.
const MANIFEST: &str = "bundle.json";
/// The page, whose name is not hashed, because it is what people open.
const PAGE: &str = "index.html";

/// Everything that is served, by its name.
#[derive(Default)]
pub(super) struct Bundle {
    files: BTreeMap<String, Vec<u8>>,
    /// The names by which the sources call each other, and those of the files that are served.
    names: BTreeMap<String, String>,
    manifest: Vec<u8>,
    /// The sum of what is sent for each file at best.
    weight: usize,
}

#[derive(Serialize)]
struct Manifest {
    files: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    path: String,
    #[serde(flatten)]
    is: Is,
    /// The same file in encodings of HTTP.
    encodings: BTreeMap<&'static str, Is>,
}

#[derive(Serialize)]
struct Is {
    sha256: String,
    size: usize,
}

impl Is {
    fn of(bytes: &[u8]) -> Self {
        Self { sha256: hex(bytes), size: bytes.len() }
    }
}

impl Bundle {
    /// Packs the program with the page and the assets of `web/`.
    ///
    /// # Errors
    /// When a file cannot be read, names one that is not there, or everything together is over the budget.
    pub(super) fn new(program: Program) -> Result<Self> {
        let mut bundle = Self::default();
        let module = bundle.hashed("amanah.wasm", program.module);
        let integrity = bundle.integrity(&module);
        bundle.hashed("amanah.js", start(&program.script, &module, &integrity).into_bytes());
        let mut assets = assets()?;
        // what names others comes after them
        assets.sort_by_key(|(name, _)| (is_text(name), name.clone()));
        for (name, bytes) in assets {
            let bytes = if is_text(&name) { bundle.referring(&name, bytes)?.into_bytes() } else { bytes };
            bundle.hashed(&name, bytes);
        }
        let page = bundle.referring(PAGE, std::fs::read(run::root().join("web").join(PAGE))?)?;
        bundle.files.insert(PAGE.to_owned(), page.into_bytes());
        bundle.compress()?;
        Ok(bundle)
    }

    /// The SHA-256 of the manifest, which names everything else by its own.
    pub(super) fn hash(&self) -> String {
        hex(&self.manifest)
    }

    /// Writes everything into a folder in place of what was in it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder)?;
        for (name, bytes) in &self.files {
            std::fs::write(folder.join(name), bytes)?;
        }
        Ok(std::fs::write(folder.join(MANIFEST), &self.manifest)?)
    }

    /// Adds a file under a name that tells its content, and returns that name.
    fn hashed(&mut self, name: &str, bytes: Vec<u8>) -> String {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let hash = hex(&bytes);
        let served = format!("{stem}-{}.{extension}", hash.get(..16).unwrap_or(&hash));
        self.names.insert(name.to_owned(), served.clone());
        self.files.insert(served.clone(), bytes);
        served
    }

    /// A text in which `"name"` of another file is the path that it is served under; for scripts and styles with its hash.
    fn referring(&self, name: &str, bytes: Vec<u8>) -> Result<String> {
        let mut text = String::from_utf8(bytes).with_context(|| format!("{name} is no text"))?;
        for (plain, served) in &self.names {
            let pinned = name == PAGE && [".js", ".css"].iter().any(|end| plain.ends_with(end));
            let integrity = if pinned { format!(" integrity=\"{}\"", self.integrity(served)) } else { String::new() };
            text = text.replace(&format!("\"{plain}\""), &format!("\"/{served}\"{integrity}"));
        }
        for part in ["src=\"", "href=\""].iter().flat_map(|start| text.split(start).skip(1)) {
            let address = part.split('"').next().unwrap_or_default();
            if name == PAGE && !address.starts_with(['/', '#']) && !address.contains(':') {
                bail!("{name} names `{address}`, which is not in web/assets");
            }
        }
        Ok(text)
    }

    /// The hash of a file, as a page names it for its browser to check.
    fn integrity(&self, served: &str) -> String {
        let bytes = self.files.get(served).map(Vec::as_slice).unwrap_or_default();
        format!("sha256-{}", Base64::encode_string(&Sha256::digest(bytes)))
    }

    /// Lays the encodings beside the files, weighs them, and lists everything.
    fn compress(&mut self) -> Result<()> {
        let mut listed = Vec::new();
        for (path, bytes) in std::mem::take(&mut self.files) {
            let mut encodings = BTreeMap::new();
            for encoding in ENCODINGS {
                if let Some(encoded) = encoding.encode(&bytes)? {
                    encodings.insert(encoding.name, Is::of(&encoded));
                    self.files.insert(format!("{path}.{}", encoding.extension), encoded);
                }
            }
            let is = Is::of(&bytes);
            self.weight += encodings.values().map(|encoded| encoded.size).min().unwrap_or(is.size);
            listed.push(Entry { path: path.clone(), is, encodings });
            self.files.insert(path, bytes);
        }
        self.manifest = serde_json::to_vec_pretty(&Manifest { files: listed })?;
        if self.weight > BUDGET {
            bail!("the web client weighs {} bytes compressed, and {BUDGET} are allowed", self.weight);
        }
        Ok(())
    }
}

impl fmt::Display for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "web client: {} bytes compressed of {BUDGET}, bundle {}", self.weight, self.hash())
    }
}

/// The script of the binding, which starts the module as soon as it is loaded, in a page or in a worker.
fn start(script: &str, module: &str, integrity: &str) -> String {
    let module = format!("new Request(new URL(\"{module}\", import.meta.url), {{ integrity: \"{integrity}\" }})");
    format!("{script}\nawait __wbg_init({{ module_or_path: {module} }});\n")
}

/// The files of `web/assets`.
fn assets() -> Result<Vec<(String, Vec<u8>)>> {
    let folder = run::root().join("web/assets");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let read = entries.map(|entry| {
        let path = entry?.path();
        let name = path.file_name().context("a file without a name")?.to_string_lossy().into_owned();
        Ok((name, std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?))
    });
    read.collect()
}

/// Whether other files are named in one of this name.
fn is_text(name: &str) -> bool {
    [".css", ".webmanifest"].iter().any(|end| name.ends_with(end))
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle() -> Bundle {
        let mut bundle = Bundle::default();
        bundle.hashed("style.css", b"p {}".to_vec());
        bundle.hashed("icon.svg", b"<svg/>".to_vec());
        bundle
    }

    #[test]
    fn a_page_pins_its_styles_and_names_the_rest() {
        let page =
            bundle().referring(PAGE, b"<link href=\"style.css\"><link href=\"icon.svg\"><a href=\"#x\">".to_vec());
        let expected = "<link href=\"/style-48d24394dd48cb69.css\" \
             integrity=\"sha256-SNJDlN1Iy2mnt7DOjQIyDb2LQE6O5PQiSZomcdzawQ4=\"><link href=\"/icon-d4dc56669143034f.svg\"><a href=\"#x\">";
        assert_eq!(page.unwrap(), expected);
    }

    #[test]
    fn another_content_has_another_name() {
        let mut bundle = bundle();
        let before = bundle.names["style.css"].clone();
        assert_ne!(before, bundle.hashed("style.css", b"q {}".to_vec()));
    }

    #[test]
    fn a_page_that_names_what_is_not_there_is_refused() {
        for address in ["other.css", "icons/icon.svg"] {
            assert!(bundle().referring(PAGE, format!("<link href=\"{address}\">").into_bytes()).is_err(), "{address}");
        }
    }

    #[test]
    fn what_is_over_the_budget_is_refused() {
        let mut bundle = bundle();
        let mut heavy = vec![0; BUDGET];
        getrandom::fill(&mut heavy).unwrap();
        bundle.hashed("heavy.wasm", heavy);
        assert!(bundle.compress().is_err());
    }

    #[test]
    fn the_same_files_give_the_same_manifest() {
        let [one, other] = [(); 2].map(|()| {
            let mut bundle = bundle();
            bundle.compress().unwrap();
            bundle.hash()
        });
        assert_eq!(one, other);
    }
}
