//! The same work for many things, on all cores.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

/// Fewer things than this are not worth another thread.
const LEAST: usize = 32;

/// Does the same work for each item, and gives what each thread gathered.
pub(crate) fn each<T: Send, G: Default + Send>(items: &mut [T], work: impl Fn(&mut T, &mut G) + Sync) -> Vec<G> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(cores).max(LEAST);
    let gather = |items: &mut [T]| {
        let mut gathered = G::default();
        for item in items {
            work(item, &mut gathered);
        }
        gathered
    };
    if items.len() <= share {
        return vec![gather(items)];
    }
    thread::scope(|scope| {
        let workers: Vec<_> = items.chunks_mut(share).map(|share| scope.spawn(|| gather(share))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once() {
        for length in [0, 1, LEAST, 10 * LEAST + 1] {
            let mut items: Vec<usize> = (0..length).collect();
            let gathered: Vec<usize> = each(&mut items, |item, count| {
                *item += 1;
                *count += 1;
            });
            assert!(items.iter().copied().eq(1..=length));
            assert_eq!(gathered.into_iter().sum::<usize>(), length);
        }
    }
}
