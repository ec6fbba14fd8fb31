//! Text of other people, made harmless for whatever shows it: escape sequences and turns of direction become
//! visible signs and do nothing.

/// A text of several lines. Line ends and tabs stay; other control characters and turns of direction become visible.
pub fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").chars().map(|c| if matches!(c, '\n' | '\t') { c } else { shown(c) }).collect()
}

/// A text of one line, such as a name.
pub fn line(text: &str) -> String {
    text.chars().map(shown).collect()
}

/// JSON whose strings hold no raw control character and no turn of direction, by escapes that mean the same.
pub fn json(text: &str) -> String {
    let harmful = |c: char| c != '\n' && (c.is_control() || turns(c));
    let escaped = |c: char| if harmful(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    text.chars().map(escaped).collect()
}

/// Whether a character turns the direction of what follows, so that a line reads otherwise than it is.
const fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Control pictures (U+2400 and on) for what a terminal would obey.
fn shown(c: char) -> char {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '\u{2028}' | '\u{2029}' => '\u{fffd}',
        _ if c.is_control() || turns(c) => '\u{fffd}',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_is_seen_and_not_obeyed() {
        assert_eq!(lines("Halo\u{1b}[2J\u{1b}]0;judul\u{7}"), "Halo␛[2J␛]0;judul␇");
        assert_eq!(line("Bu\u{9b}31mRini\u{7f}"), "Bu\u{fffd}31mRini␡");
    }

    #[test]
    fn blank_lines_diacritics_and_joined_emoji_stay() {
        let letter = "Selamat malam, Bu.\n\n\tSaya lelah… é ñ 👩‍👧 ❤️\n";
        assert_eq!(lines(letter), letter);
        assert_eq!(lines("a\r\nb\rc"), "a\nb␍c");
    }

    #[test]
    fn a_name_is_one_line_and_reads_as_it_is_written() {
        assert_eq!(line("Rini\nadmin"), "Rini␊admin");
        assert_eq!(line("Rini\u{202e}nidA"), "Rini\u{fffd}nidA");
    }

    #[test]
    fn json_means_the_same_without_raw_control_characters() {
        let raw = serde_json::to_string("a\u{1b}[1m\u{9b}\u{7f}\u{202e}b\n").unwrap();
        let safe = json(&raw);
        assert!(!safe.chars().any(|c| c.is_control() || turns(c)), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), "a\u{1b}[1m\u{9b}\u{7f}\u{202e}b\n");
    }
}
