//! What the relay stored beside what the people read: the bytes of a letter in the database file, and its words.

use anyhow::Result;

use super::checks::Checks;
use super::letters::Exchange;
use super::relay::Relay;

/// How many bytes stand in a line, and how many lines are shown.
const LINE: usize = 16;
const LINES: usize = 5;
/// How wide the column of words is.
const WIDTH: usize = 42;
/// How `SQLite` writes that a column holds the number 0.
const ZERO: u8 = 8;

/// The bytes of one part in a file of the database.
struct Part<'a> {
    bytes: &'a [u8],
    length: u64,
}

/// Prints the ciphertext of the first letter beside its words.
///
/// # Errors
/// When it is not in the relay's files.
pub(super) fn show(relay: &Relay, exchange: &Exchange, checks: &mut Checks) -> Result<()> {
    let letter = exchange.letter()?;
    let position = exchange.stored()?.position;
    let [folder, _] = relay.folders();
    let files = ["amanah.db", "amanah.db-wal"].map(|name| std::fs::read(folder.join(name)).unwrap_or_default());
    let found = files.iter().find_map(|file| find(file, position));
    let length = found.as_ref().map(|part| part.length);
    println!();
    let shown = found.map(|part| part.bytes).unwrap_or_default();
    let title = format!("entry {position} of the record");
    println!("   {title:<47} │ the first lines of the letter");
    for (bytes, words) in shown.chunks(LINE).zip(wrapped(&letter).iter().chain(std::iter::repeat(&String::new()))) {
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        println!("   {} │ {words}", hex.join(" "));
    }
    println!();
    let sentence =
        format!("The letter of {} bytes stands there as {} sealed bytes.", letter.len(), length.unwrap_or(0));
    let sealed = length.is_some_and(|length| length > letter.len() as u64);
    checks.holds(&sentence, sealed, "a sealed part longer than the letter", format!("{length:?}"))
}

/// The first part of an entry: `SQLite` stores its row as header (lengths of position, place, bytes), position, bytes.
fn find(file: &[u8], position: u64) -> Option<Part<'_>> {
    let big_endian = position.to_be_bytes();
    let number = big_endian.get(if position < 1 << 7 { 7.. } else { 6.. })?;
    (0..file.len()).find_map(|at| {
        let (&[header, width, place], rest) = file.get(at..)?.split_first_chunk()?;
        let (kind, used) = varint(rest)?;
        let fits = usize::from(header) == 3 + used && usize::from(width) == number.len() && place == ZERO;
        let bytes = rest.get(used..)?.strip_prefix(number).filter(|_| fits && kind >= 12 && kind % 2 == 0)?;
        Some(Part { bytes: bytes.get(..LINE * LINES)?, length: (kind - 12) / 2 })
    })
}

/// A number of `SQLite`'s file format: seven bits in each byte, the highest first. Returns how many bytes it takes, too.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let used = bytes.iter().take(4).position(|byte| byte & 0x80 == 0)? + 1;
    let value = bytes.get(..used)?.iter().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f));
    Some((value, used))
}

/// The first lines of a text, broken between words.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for paragraph in text.lines().filter(|line| !line.is_empty()) {
        for word in paragraph.split(' ') {
            match lines.last_mut() {
                Some(line) if line.is_empty() => word.clone_into(line),
                Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines.push(String::new());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_part_of_an_entry_is_found_by_the_shape_of_its_row() {
        let length = 2064_u64;
        let kind = 2 * length + 12;
        let header = [5, 1, ZERO, 0x80 | u8::try_from(kind >> 7).unwrap(), u8::try_from(kind & 0x7f).unwrap()];
        let row = [b"page".as_slice(), &header, &[17], &[0xab; 2064]].concat();
        let part = find(&row, 17).unwrap();
        assert_eq!((part.length, part.bytes), (length, [0xab; LINE * LINES].as_slice()));
        assert!(find(&row, 18).is_none());
    }

    #[test]
    fn a_text_is_broken_between_words() {
        let lines = wrapped("Selamat malam,\n\nIni surat pertama saya. Jujur, saya menulisnya sudah tiga kali 😅.");
        assert_eq!(
            lines,
            ["Selamat malam,", "Ini surat pertama saya. Jujur, saya", "menulisnya sudah tiga kali 😅.", ""]
        );
    }
}
