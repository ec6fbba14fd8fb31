//! Bytes as people write them down, and all the other ways to write the same CBOR.

/// Reads annotated hexadecimal: `#` begins a comment, `a1*32` is a byte 32 times, `"id"` is text.
pub(crate) fn spell(text: &str) -> Vec<u8> {
    let tokens = text.lines().flat_map(|line| line.split('#').next().unwrap().split_whitespace());
    tokens
        .flat_map(|token| match (token.strip_prefix('"'), token.split_once('*')) {
            (Some(quoted), _) => quoted.strip_suffix('"').unwrap().as_bytes().to_vec(),
            (None, Some((byte, times))) => hex::decode(byte).unwrap().repeat(times.parse().unwrap()),
            (None, None) => hex::decode(token).unwrap(),
        })
        .collect()
}

/// One data item: where it begins, how long its head is, its major type and argument, and where it ends.
#[derive(Debug, Clone, Copy)]
struct Item {
    start: usize,
    head: usize,
    major: u8,
    argument: u64,
    end: usize,
    /// Where the last element of an array begins.
    last_element: usize,
}

/// All items of canonical bytes, the outermost first.
fn items(bytes: &[u8]) -> Vec<Item> {
    let mut found = Vec::new();
    assert_eq!(walk(bytes, 0, &mut found), bytes.len(), "one item and nothing after it");
    found.sort_by_key(|item| item.start);
    found
}

fn walk(bytes: &[u8], start: usize, found: &mut Vec<Item>) -> usize {
    let (major, low) = (bytes[start] >> 5, bytes[start] & 0x1f);
    let (argument, head) = match low {
        0..24 => (u64::from(low), 1),
        24..28 => {
            let width = 1 << (low - 24);
            (bytes[start + 1..][..width].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), 1 + width)
        }
        _ => panic!("no such head in this profile"),
    };
    let mut end = start + head;
    let mut last_element = end;
    match major {
        0 | 7 => {}
        2 | 3 => end += usize::try_from(argument).unwrap(),
        4 => {
            for _ in 0..argument {
                last_element = end;
                end = walk(bytes, end, found);
            }
        }
        _ => panic!("no such item in this profile"),
    }
    found.push(Item { start, head, major, argument, end, last_element });
    end
}

/// The head of an item with an argument of 0 (in the first byte), 1, 2, 4 or 8 bytes.
fn head(major: u8, argument: u64, width: usize) -> Vec<u8> {
    let low = match width {
        0 => u8::try_from(argument).unwrap(),
        _ => 24 + u8::try_from(width.ilog2()).unwrap(),
    };
    [&[major << 5 | low], &argument.to_be_bytes()[8 - width..]].concat()
}

/// The same values in every spelling that deterministic CBOR forbids, each with its name.
pub(crate) fn other_spellings(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut spellings = Vec::new();
    for item in items(bytes) {
        let Item { start, head: length, major, argument, end, .. } = item;
        let mut add = |name: &str, replacement: Vec<u8>, to: usize| {
            spellings.push((format!("{name} at {start}"), [&bytes[..start], &replacement, &bytes[to..]].concat()));
        };
        for width in [1, 2, 4, 8] {
            if width >= length && major != 7 {
                add("longer head", head(major, argument, width), start + length);
            }
        }
        let inside = &bytes[start + length..end];
        match major {
            2 | 3 => {
                let chunk = &bytes[start..end];
                add("indefinite string", [&[major << 5 | 31], chunk, &[0xff]].concat(), end);
            }
            4 => add("indefinite array", [&[0x9f], inside, &[0xff]].concat(), end),
            7 => add("long simple value", vec![0xf8, bytes[start]], end),
            _ => {}
        }
        add("tag", [&[0xc1], &bytes[start..end]].concat(), end);
    }
    spellings
}

/// Every array in turn with one element more: a null, or a number.
pub(crate) fn with_surplus(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let arrays = items(bytes).into_iter().filter(|item| item.major == 4);
    arrays
        .flat_map(|item| {
            let Item { start, head: length, argument, end, .. } = item;
            [&[0xf6][..], &[0x00]].map(|surplus| {
                let longer = [&head(4, argument + 1, 0), &bytes[start + length..end], surplus].concat();
                (format!("surplus at {start}"), [&bytes[..start], &longer, &bytes[end..]].concat())
            })
        })
        .collect()
}

/// Every string and array in turn with a head that announces far more than there is.
pub(crate) fn with_lying_lengths(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let lengths = [u64::from(u32::MAX), u64::MAX >> 1, u64::MAX];
    let items = items(bytes).into_iter().filter(|item| matches!(item.major, 2..=4));
    items
        .flat_map(|item| {
            lengths.map(|length| {
                let long = head(item.major, length, 8);
                let lying = [&bytes[..item.start], &long, &bytes[item.start + item.head..]].concat();
                (format!("length {length} at {}", item.start), lying)
            })
        })
        .collect()
}

/// The outermost array without its last element.
pub(crate) fn without_last(bytes: &[u8]) -> Vec<u8> {
    let outer = items(bytes)[0];
    [&head(4, outer.argument - 1, 0), &bytes[outer.head..outer.last_element]].concat()
}

/// The same structure with another version.
pub(crate) fn with_version(bytes: &[u8], version: u8) -> Vec<u8> {
    let outer = items(bytes)[0];
    let width = usize::from(version >= 24);
    [&bytes[..outer.head], &head(0, version.into(), width), &bytes[outer.head + 1..]].concat()
}
