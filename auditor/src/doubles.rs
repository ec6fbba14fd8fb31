//! Values that may occur once: 21 bytes for each, however many there are.

use amanah_protocol::hash::of_bytes;

/// Bytes of a value's hash that are compared.
///
/// Equal values are always found. Two different ones are taken for equal with a probability of n² / 2¹²⁹ for n values,
/// 10⁻²⁰ for a thousand million; somebody who wants to make two such values needs 2⁶⁴ hashes.
const COMPARED: usize = 16;

/// How much room is made at once, as a part of what there is: so little is ever unused.
const GROWTH: usize = 8;

/// Many values, and where each was.
#[derive(Debug, Default)]
pub(crate) struct Doubles(Vec<[u8; COMPARED + 5]>);

impl Doubles {
    /// Takes down a value at a position, of which the lowest 40 bits are kept: a log has no more entries.
    pub(crate) fn add(&mut self, value: &[u8], position: u64) {
        let mut place = [0; COMPARED + 5];
        let (hash, position) = (of_bytes(value), position.to_be_bytes());
        for (to, from) in place.iter_mut().zip(hash.0.iter().take(COMPARED).chain(position.iter().skip(3))) {
            *to = *from;
        }
        if self.0.len() == self.0.capacity() {
            self.0.reserve_exact(self.0.len() / GROWTH + 64);
        }
        self.0.push(place);
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }

    /// The positions of values that were there before, ascending.
    pub(crate) fn positions(mut self) -> Vec<u64> {
        self.0.sort_unstable();
        let mut before: Option<&[u8]> = None;
        let mut doubled = Vec::new();
        for place in &self.0 {
            let (value, position) = place.split_at(COMPARED);
            if before == Some(value) {
                doubled.push(position.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
            }
            before = Some(value);
        }
        doubled.sort_unstable();
        doubled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_of_two_equal_values_is_found() {
        let mut values = Doubles::default();
        for (position, value) in [(1, "a"), (2, "b"), (3, "a"), (1 << 39, "b"), (5, "c"), (6, "a")] {
            values.add(value.as_bytes(), position);
        }
        assert_eq!(values.len(), 6);
        assert_eq!(values.positions(), [3, 6, 1 << 39]);
    }

    #[test]
    fn different_values_are_not_doubled() {
        let mut values = Doubles::default();
        (0u64..10_000).for_each(|number| values.add(&number.to_be_bytes(), number));
        assert_eq!(values.positions(), Vec::<u64>::new());
    }
}
