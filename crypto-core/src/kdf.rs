//! Extract and expand (docs/protocol.md §2): HKDF-SHA-256 (RFC 5869) with labels.
//!
//! `KDF(prk, label, ctx, L) = HKDF-Expand(prk, "amanah/v1/kdf/" ‖ label ‖ 0x00 ‖ ctx, L)`.

use hkdf::{Hkdf, HkdfExtract};
use sha2::Sha256;
use zeroize::Zeroize;

use crate::labels;
use crate::secret::Secret;

/// A pseudo-random key, from which labelled keys are derived.
pub(crate) struct Prk(Secret<32>);

impl Prk {
    /// `Extract(salt, key material)`; the parts of the key material are joined.
    pub(crate) fn extract(salt: &[u8], key_material: &[&[u8]]) -> Self {
        let mut extract = HkdfExtract::<Sha256>::new(Some(salt));
        for part in key_material {
            extract.input_ikm(part);
        }
        let (mut prk, _) = extract.finalize();
        let kept = Secret::fill(|bytes| bytes.copy_from_slice(&prk));
        prk.zeroize();
        Self(kept)
    }

    /// `KDF(self, label, context, N)`; the parts of the context are joined.
    #[expect(clippy::expect_used, reason = "both lengths are fixed when compiling: a whole PRK, at most 64 bytes out")]
    pub(crate) fn derive<const N: usize>(&self, label: &str, context: &[&[u8]]) -> Secret<N> {
        const { assert!(N <= 64) };
        let hkdf = Hkdf::<Sha256>::from_prk(self.0.expose()).expect("a PRK of the hash's length");
        Secret::fill(|okm| {
            let prefix = [labels::KDF.as_bytes(), label.as_bytes(), &[0]];
            let info = prefix.iter().chain(context).copied().collect::<Vec<_>>();
            hkdf.expand_multi_info(&info, okm).expect("a length that HKDF can give");
        })
    }
}
