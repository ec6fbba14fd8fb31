//! Whether what is said to be sealed looks random: what any text, table or padding in its place would not.
//!
//! Ciphertexts, tags, salts and commitments are uniform bytes as long as ChaCha20-Poly1305 and HKDF hold. An encapsulation
//! is nearly so: its coefficients are rounded from 3329 values to 1024, so that some bytes are more frequent.
//! Three tests, each with a bound that holds for every length and not only for long ones:
//!
//! - **skew**: n times the relative entropy of the byte values against the uniform ones. For uniform bytes the chance
//!   of at least t is at most `e^(−t)·(e·t/255)^255` (Agrawal, "Finite-Sample Concentration of the Multinomial in Relative
//!   Entropy", 2020). This is the likelihood-ratio form of the chi-square test. Of an encapsulation those bytes are asked
//!   that are independent of each other: the first of every five, which are the lowest 8 bits of every fourth coefficient.
//! - **text**: how many bytes are printable ASCII, at most 98 of 256 values. The chance of at least k of n is at most
//!   `e^(−n·D(k/n ‖ p))` (Chernoff), where p bounds the chance of each byte, whatever those before it are: 0.45.
//! - **run**: the longest run of printable ASCII. The chance of one of r bytes among n is at most `n·p^r`.
//!
//! A field fails by chance with less than 5·10⁻²⁰: 10⁻²⁰ each for text and run (twice that where there is an encapsulation,
//! whose last byte has a bit that is always 0), and 10⁻³⁰ for skew, which the unevenness of an encapsulation makes at the
//! most 10⁷ times more. For 10¹² fields, far more than a bundle can hold, this adds up to 5·10⁻⁸. Everything uniform is
//! asked for skew once more as a whole, with 10⁻¹². So an audit of content that is random fails by chance with less than
//! 10⁻⁷. What is not found: text that is compressed or encrypted in any way, and less text in a field than about 70 bytes.

/// `ln 10³⁰`: how unlikely the skew of one field must be.
const FIELD_SKEW: f64 = 69.1;
/// `ln 10²⁰`: how unlikely so much text in one field must be.
const FIELD_TEXT: f64 = 46.1;
/// `ln 10¹²`: how unlikely the skew of everything must be.
const WHOLE_SKEW: f64 = 27.7;
/// The chance that a random byte is printable, at the most: 98/256 for uniform ones, more in places of an encapsulation.
const PRINTABLE: f64 = 0.45;
/// Degrees of freedom of the values of a byte.
const FREEDOM: f64 = 255.0;
/// The bytes of an encapsulation that hold coefficients of 10 bits, four in five bytes (FIPS 203, §5: d_u = 10, k = 3).
const COEFFICIENTS: usize = 960;
/// The bytes of four such coefficients.
const GROUP: usize = 5;

/// Why a field does not look random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotRandom {
    /// Some values are too frequent.
    #[error("a sealed content is not random: some byte values are far too frequent")]
    Skewed,
    /// Too much of it is text.
    #[error("a sealed content is not random: most of it can be read as text")]
    Text,
    /// It has a text in it.
    #[error("a sealed content is not random: a long run of it can be read as text")]
    Run,
    /// All contents together are not uniform.
    #[error("all sealed contents together are not random: some byte values are too frequent")]
    Together,
}

/// How often each value of a byte occurs.
#[derive(Debug, Clone)]
pub(crate) struct Histogram([u64; 256]);

impl Default for Histogram {
    fn default() -> Self {
        Self([0; 256])
    }
}

impl Histogram {
    fn of<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> Self {
        let mut counts = Self::default();
        for byte in bytes {
            if let Some(count) = counts.0.get_mut(usize::from(*byte)) {
                *count += 1;
            }
        }
        counts
    }

    /// Takes in what another one has counted.
    pub(crate) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, others)| *own += others);
    }

    /// `−ln` of an upper bound of the chance that uniform bytes are as skewed as this.
    fn skew(&self) -> f64 {
        let total = real(self.0.iter().sum());
        let seen = self.0.iter().filter(|count| **count > 0).map(|count| real(*count));
        let divergence: f64 = seen.map(|count| count * (count * 256.0 / total).ln()).sum();
        if divergence <= FREEDOM { 0.0 } else { divergence - FREEDOM * (1.0 + (divergence / FREEDOM).ln()) }
    }

    /// How many of the bytes are printable ASCII.
    fn printable(&self) -> u64 {
        (0..=u8::MAX).zip(self.0).filter(|(byte, _)| is_text(*byte)).map(|(_, count)| count).sum()
    }

    /// Whether everything that was counted is uniform.
    ///
    /// # Errors
    /// [`NotRandom::Together`].
    pub(crate) fn check(&self) -> Result<(), NotRandom> {
        if self.skew() > WHOLE_SKEW { Err(NotRandom::Together) } else { Ok(()) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "no log has so many bytes that a rounded count would matter")]
fn real(count: u64) -> f64 {
    count as f64
}

fn length(bytes: &[u8]) -> f64 {
    real(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
}

/// Whether a sealed content looks random. Its first `encapsulation` bytes are an encapsulation; all others are uniform,
/// and are counted in `whole`.
///
/// # Errors
/// [`NotRandom`].
pub(crate) fn check(content: &[u8], encapsulation: usize, whole: &mut Histogram) -> Result<(), NotRandom> {
    let (encapsulated, uniform) = content.split_at_checked(encapsulation).unwrap_or((&[], content));
    let uniform = Histogram::of(uniform);
    whole.add(&uniform);
    let independent = Histogram::of(encapsulated.iter().take(COEFFICIENTS).step_by(GROUP));
    if uniform.skew() > FIELD_SKEW || independent.skew() > FIELD_SKEW {
        return Err(NotRandom::Skewed);
    }
    let mut counts = Histogram::of(encapsulated);
    counts.add(&uniform);
    check_text(content, &counts)
}

/// Whether a content, of which these are the counts, has no more text in it than chance gives.
fn check_text(content: &[u8], counts: &Histogram) -> Result<(), NotRandom> {
    let n = length(content).max(1.0);
    if has_run(content, least_run(n)) {
        return Err(NotRandom::Run);
    }
    let part = real(counts.printable()) / n;
    if n * divergence(part, PRINTABLE) > FIELD_TEXT { Err(NotRandom::Text) } else { Ok(()) }
}

fn is_text(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e | b'\t' | b'\n' | b'\r')
}

/// The shortest run of r bytes for which `n·p^r` is too little.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is between 58 and 120 for every length"
)]
fn least_run(n: f64) -> usize {
    ((FIELD_TEXT + n.ln()) / -PRINTABLE.ln()) as usize + 1
}

/// Whether so many bytes of text stand in a row. A window with another byte in it has no such row that begins before that
/// byte, so few bytes are looked at.
fn has_run(content: &[u8], least: usize) -> bool {
    let mut rest = content;
    while let Some(window) = rest.get(..least) {
        match window.iter().rposition(|byte| !is_text(*byte)) {
            None => return true,
            Some(other) => rest = rest.get(other + 1..).unwrap_or_default(),
        }
    }
    false
}

/// `D(part ‖ p)`, the relative entropy of two coins; 0 if the part is not greater than p.
fn divergence(part: f64, p: f64) -> f64 {
    if part <= p {
        return 0.0;
    }
    let other = if part < 1.0 { (1.0 - part) * ((1.0 - part) / (1.0 - p)).ln() } else { 0.0 };
    part * (part / p).ln() + other
}

#[cfg(test)]
mod tests {
    use amanah_protocol::hash::of_bytes;
    use ml_kem::DecapsulationKey768;
    use x25519_dalek::{PublicKey, StaticSecret};

    use super::*;

    /// Bytes that look random, always the same for a seed.
    fn random(seed: u64, length: usize) -> Vec<u8> {
        let blocks = (0u64..).flat_map(|block| of_bytes(&[seed.to_be_bytes(), block.to_be_bytes()].concat()).0);
        blocks.take(length).collect()
    }

    fn look(content: &[u8], encapsulation: usize) -> Result<(), NotRandom> {
        check(content, encapsulation, &mut Histogram::default())
    }

    #[test]
    fn random_contents_of_every_size_pass() {
        let mut whole = Histogram::default();
        for seed in 0..2_000 {
            for (length, encapsulation) in [(0, 0), (48, 0), (112, 0), (272, 0), (1168, 1120), (4176, 0)] {
                assert_eq!(check(&random(seed, length), encapsulation, &mut whole), Ok(()), "{seed} {length}");
            }
        }
        assert_eq!(whole.check(), Ok(()));
    }

    #[test]
    fn what_is_sealed_to_a_person_passes() {
        let key = DecapsulationKey768::from_seed([7; 64].into());
        let mut whole = Histogram::default();
        for seed in 0..500 {
            let coins = of_bytes(&random(seed, 32)).0;
            let (encapsulated, _) = key.encapsulation_key().encapsulate_deterministic(&coins.into());
            let point = PublicKey::from(&StaticSecret::from(coins));
            let wrap = [&encapsulated[..], point.as_bytes(), &random(seed, 48)].concat();
            assert_eq!(check(&wrap, 1120, &mut whole), Ok(()), "{seed}");
        }
    }

    #[test]
    fn text_is_found_in_any_script_and_encoding() {
        let english = "It was late when she wrote that nothing had been the same since spring. ".repeat(20);
        let arabic = "كانت الرسالة طويلة ولم يقرأها أحد بعد ".repeat(20);
        let wide: Vec<u8> = english.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for text in [english.as_bytes(), arabic.as_bytes(), &wide] {
            for length in [272, 512] {
                assert!(look(&text[..length], 0).is_err(), "{length}");
            }
            let wrap = [&text[..700], &text[..468]].concat();
            assert!(look(&wrap, 1120).is_err());
        }
    }

    #[test]
    fn zeros_and_padding_are_found() {
        let short = [&b"yes"[..], &[0x80], &[0; 268]].concat();
        assert_eq!(look(&short, 0), Err(NotRandom::Skewed));
        assert_eq!(look(&[0; 1168], 1120), Err(NotRandom::Skewed));
        assert_eq!(look(&[&[0; 1120][..], &random(1, 48)].concat(), 1120), Err(NotRandom::Skewed));
    }

    #[test]
    fn a_text_among_random_bytes_is_found() {
        let mut content = random(3, 4096);
        content[1000..1070].fill(b'a');
        assert_eq!(look(&content, 0), Err(NotRandom::Run));
    }

    #[test]
    fn a_run_is_found_wherever_it_stands_and_a_shorter_one_is_none() {
        let least = least_run(300.0);
        assert!(real(least as u64) * -PRINTABLE.ln() - 300f64.ln() > FIELD_TEXT);
        assert!(real(least as u64 - 1) * -PRINTABLE.ln() - 300f64.ln() <= FIELD_TEXT);
        for start in 0..=300 - least {
            let mut content = [0; 300];
            content[start..start + least].fill(b'a');
            assert!(has_run(&content, least), "{start}");
            content[start + start % least] = 0;
            assert!(!has_run(&content, least), "{start}");
        }
    }

    #[test]
    fn a_little_skew_of_everything_is_found() {
        let mut whole = Histogram::of(&random(4, 400_000));
        assert_eq!(whole.check(), Ok(()));
        whole.add(&Histogram::of(&[0x20; 2_000]));
        assert_eq!(whole.check(), Err(NotRandom::Together));
    }

    /// The coefficients of an ML-KEM ciphertext (FIPS 203, Compress with d = 10) for each value of a uniform one.
    fn coefficients() -> Vec<usize> {
        (0..3329).map(|value| ((value << 10) + 1664) / 3329 % 1024).collect()
    }

    #[test]
    fn the_bytes_of_an_encapsulation_are_as_even_as_the_bounds_say() {
        let mut lowest = [0u32; 256];
        for coefficient in coefficients() {
            lowest[coefficient % 256] += 1;
        }
        let excess = f64::from(*lowest.iter().max().unwrap()) * 256.0 / 3329.0;
        // so many times more likely is any outcome of the bytes that are asked
        assert!(excess.powf(192.0) < 1e7, "{excess}");
    }

    #[test]
    fn text_in_an_encapsulation_is_as_rare_as_the_bounds_say() {
        let printable = |byte: usize| matches!(byte, 0x20..=0x7e | 9 | 10 | 13);
        // bits of a coefficient that the byte before has taken
        for taken in [8u32, 6, 4, 2, 0] {
            let left = if taken == 0 { 0 } else { 10 - taken };
            for known in 0..1 << taken {
                let all = coefficients();
                let before: Vec<_> = all.iter().filter(|own| *own % (1 << taken) == known).collect();
                let before: Vec<usize> =
                    if taken == 0 { vec![0] } else { before.iter().map(|c| *c >> taken).collect() };
                let (mut hits, mut cases) = (0.0, 0.0);
                for low in before {
                    for coefficient in all.iter().step_by(7) {
                        cases += 1.0;
                        hits += f64::from(u8::from(printable((low | coefficient << left) % 256)));
                    }
                }
                assert!(hits / cases < PRINTABLE, "{taken} {known}: {}", hits / cases);
            }
        }
    }
}
