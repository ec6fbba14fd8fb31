//! Compresses once what is served many times.

use std::io::Write;

use anyhow::Result;

/// An encoding of HTTP: its name there, and how the names of its files end.
pub(super) struct Encoding {
    pub(super) name: &'static str,
    pub(super) extension: &'static str,
    encode: fn(&[u8]) -> Result<Vec<u8>>,
}

/// The better first.
pub(super) const ENCODINGS: &[Encoding] = &[
    Encoding { name: "br", extension: "br", encode: brotli },
    Encoding { name: "gzip", extension: "gz", encode: gzip },
];

impl Encoding {
    /// The bytes in this encoding, if that is shorter.
    ///
    /// # Errors
    /// When the library refuses, which it has no reason to.
    pub(super) fn encode(&self, bytes: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(Some((self.encode)(bytes)?).filter(|encoded| encoded.len() < bytes.len()))
    }
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let parameters =
        brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: bytes.len(), ..Default::default() };
    let mut encoded = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut encoded, &parameters)?;
    Ok(encoded)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
