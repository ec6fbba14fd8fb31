//! The search for a canary: words that must be nowhere, in every form in which careless code leaves them.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use base64ct::{Base64, Base64Unpadded, Encoding};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

/// A form of the canary: its name and bytes.
pub type Form = (&'static str, Vec<u8>);

/// The canary in UTF-8, UTF-16, hexadecimal and base64 at each of the three alignments.
pub fn forms(canary: &str) -> Vec<Form> {
    let plain = canary.as_bytes();
    let utf16 = |to: fn(u16) -> [u8; 2]| canary.encode_utf16().flat_map(to).collect::<Vec<u8>>();
    let mut forms = vec![
        ("UTF-8", plain.to_vec()),
        ("UTF-16LE", utf16(u16::to_le_bytes)),
        ("UTF-16BE", utf16(u16::to_be_bytes)),
        ("hex", hex::encode(plain).into_bytes()),
        ("HEX", hex::encode_upper(plain).into_bytes()),
    ];
    for skip in 0..3.min(plain.len()) {
        let aligned = plain.get(skip..).unwrap_or_default();
        let whole = aligned.len() / 3 * 3;
        let text = Base64Unpadded::encode_string(aligned.get(..whole).unwrap_or_default());
        forms.push(("base64url", text.replace('+', "-").replace('/', "_").into_bytes()));
        forms.push(("base64", text.into_bytes()));
    }
    forms
}

/// The forms found in these bytes, or in any gzip stream that begins within them.
pub fn found_in(bytes: &[u8], forms: &[Form]) -> Vec<String> {
    let mut found = direct(bytes, forms, "");
    for start in positions(bytes, &[0x1f, 0x8b, 0x08]) {
        let mut inner = Vec::new();
        let stream = GzDecoder::new(bytes.get(start..).unwrap_or_default());
        let _truncated_is_searched_too = stream.take(1 << 22).read_to_end(&mut inner);
        found.extend(direct(&inner, forms, "gzip of "));
    }
    found
}

fn direct(bytes: &[u8], forms: &[Form], prefix: &str) -> Vec<String> {
    let contains = |needle: &[u8]| !positions(bytes, needle).is_empty();
    forms.iter().filter(|(_, needle)| contains(needle)).map(|(name, _)| format!("{prefix}{name}")).collect()
}

fn positions(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    memchr::memmem::find_iter(bytes, needle).collect()
}

/// Every file under a folder in which a form is found, with the form.
///
/// # Panics
/// If a file cannot be read.
pub fn found_under(folder: &Path, forms: &[Form]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            found.extend(found_under(&path, forms));
        } else if path.is_file() {
            // A database may remove a file while we look.
            let bytes = std::fs::read(&path).unwrap_or_default();
            found.extend(found_in(&bytes, forms).into_iter().map(|form| format!("{}: {form}", path.display())));
        }
    }
    found
}

/// The forms found in the memory of a running process, in everything that it may write.
///
/// # Panics
/// If the process, or a part of its memory that stays mapped, cannot be looked into.
pub fn found_in_memory(process: u32, forms: &[Form]) -> Vec<String> {
    let mut memory = std::fs::File::open(format!("/proc/{process}/mem")).expect("memory that we may read");
    let mut found = Vec::new();
    let mut unread = Vec::new();
    for (start, end) in writable(process) {
        let mut bytes = vec![0; usize::try_from(end - start).unwrap_or_default()];
        if memory.seek(SeekFrom::Start(start)).is_ok() && memory.read_exact(&mut bytes).is_ok() {
            found.extend(direct(&bytes, forms, "memory: "));
        } else {
            unread.push((start, end));
        }
    }
    // what was given back meanwhile holds nothing any more
    let still = writable(process);
    unread.retain(|range| still.contains(range));
    assert!(unread.is_empty(), "not looked into: {unread:x?}");
    found
}

/// Where the writable memory of a process begins and ends.
fn writable(process: u32) -> Vec<(u64, u64)> {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).expect("a running process of ours");
    let range = |line: &str| {
        let mut fields = line.split_whitespace();
        let (range, rights) = (fields.next()?, fields.next()?);
        let (start, end) = range.split_once('-').filter(|_| rights.starts_with("rw"))?;
        Some((u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?))
    };
    maps.lines().filter_map(range).collect()
}

/// Plants the canary in a folder in each form, and returns how many files that were.
///
/// # Panics
/// If the folder cannot be written.
pub fn plant(folder: &Path, canary: &str) -> usize {
    let forms = forms(canary);
    for (number, (_, bytes)) in forms.iter().enumerate() {
        std::fs::write(folder.join(format!("planted-{number}")), [b"noise ", bytes.as_slice(), b" noise"].concat())
            .expect("a writable folder");
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(format!("noise {canary} noise").as_bytes()).expect("memory");
    std::fs::write(folder.join("planted-gzip"), gzip.finish().expect("memory")).expect("a writable folder");
    let padded = Base64::encode_string(canary.as_bytes());
    std::fs::write(folder.join("planted-padded"), padded).expect("a writable folder");
    forms.len() + 2
}
