//! Tampers with copies of an audit bundle, as somebody who has the relay's disk could, to show what an audit finds.
//!
//! `tamper BUNDLE FOLDER` writes one file for each way into the folder, and prints its name and what was done.
#![expect(clippy::print_stdout, reason = "a command speaks to the person who runs it")]

use std::path::Path;

use amanah_protocol::bundle::{BundleHeader, VaultPage, frame};
use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::record::{Entry, Kind, Page};

/// What is written where nobody may write in clear.
const WORDS: &str = "Saya sudah tiga minggu tidak tidur, dan tidak ada yang tahu. ";

/// A bundle in memory.
#[derive(Clone)]
struct Bundle {
    header: BundleHeader,
    entries: Vec<Entry>,
    vaults: Vec<VaultPage>,
}

/// A name, what is done, and how.
type Way = (&'static str, &'static str, fn(&mut Bundle) -> Option<()>);

const WAYS: [Way; 5] = [
    ("words", "the words of a letter in clear, in place of its ciphertext", |bundle| {
        let part = bundle.first(Kind::Letter)?.parts.first_mut()?;
        part.0 = WORDS.bytes().cycle().take(part.0.len()).collect();
        Some(())
    }),
    ("reader", "a list of readers that was changed after it was signed", |bundle| {
        let body = &mut bundle.first(Kind::Manifest)?.body.0;
        let middle = body.len() / 2;
        *body.get_mut(middle)? ^= 1;
        Some(())
    }),
    ("removed", "a revocation that was removed", |bundle| {
        let place = bundle.entries.iter().rposition(|entry| entry.kind == Kind::Revocation)?;
        bundle.entries.remove(place);
        for (position, entry) in (1..).zip(&mut bundle.entries) {
            entry.position = position;
        }
        Some(())
    }),
    ("moved", "two letters that were exchanged", |bundle| {
        let letters: Vec<usize> = (0..)
            .zip(&bundle.entries)
            .filter(|(_, entry)| entry.kind == Kind::Letter)
            .map(|(place, _)| place)
            .collect();
        let [first, second, ..] = letters[..] else {
            return None;
        };
        bundle.entries.swap(first, second);
        for (position, entry) in (1..).zip(&mut bundle.entries) {
            entry.position = position;
        }
        Some(())
    }),
    ("vault", "a vault in place of which something else stands", |bundle| {
        let vault = bundle.vaults.first_mut()?.vaults.first_mut()?;
        vault.vault = ByteString(WORDS.bytes().cycle().take(vault.vault.0.len()).collect());
        Some(())
    }),
];

impl Bundle {
    /// The frames of a file: a header, pages of entries up to the last, pages of vaults up to the last.
    fn read(mut bytes: &[u8]) -> Option<Self> {
        let header = BundleHeader::parse(next(&mut bytes)?).ok()?;
        let (mut entries, mut vaults) = (Vec::new(), Vec::new());
        loop {
            let page = Page::parse(next(&mut bytes)?).ok()?;
            entries.extend(page.entries);
            if !page.more {
                break;
            }
        }
        while !bytes.is_empty() {
            vaults.push(VaultPage::parse(next(&mut bytes)?).ok()?);
        }
        Some(Self { header, entries, vaults })
    }

    fn write(self) -> Vec<u8> {
        let page = Page { entries: self.entries, more: false, head: None, erased: None };
        let vaults = self.vaults.iter().flat_map(|page| frame(&page.to_bytes()));
        [frame(&self.header.to_bytes()), frame(&page.to_bytes())].concat().into_iter().chain(vaults).collect()
    }

    fn first(&mut self, kind: Kind) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.kind == kind)
    }
}

/// Takes the next frame.
fn next<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (frame, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *bytes = rest;
    Some(frame)
}

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, file, folder] = &arguments[..] else {
        return Err("tamper BUNDLE FOLDER".to_owned());
    };
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let bundle = Bundle::read(&bytes).ok_or("this is no bundle")?;
    for (name, what, tamper) in WAYS {
        let mut changed = bundle.clone();
        tamper(&mut changed).ok_or_else(|| format!("the bundle has nothing for: {what}"))?;
        let path = Path::new(folder).join(name);
        std::fs::write(&path, changed.write()).map_err(|error| error.to_string())?;
        println!("{}\t{what}", path.display());
    }
    Ok(())
}
