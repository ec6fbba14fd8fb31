//! The same work for many things, on all cores.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Fewer things than this are not worth another thread.
const LEAST: usize = 32;
/// Into how many shares the work of a core is cut, so that a core that is busy otherwise gets fewer of them.
const SHARES: usize = 8;

/// Does the same work for each item, and gives what each thread gathered.
pub(crate) fn each<T: Send, G: Default + Send>(items: &mut [T], work: impl Fn(&mut T, &mut G) + Sync) -> Vec<G> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(cores * SHARES).max(LEAST);
    let workers = items.len().div_ceil(share).min(cores);
    let shares = Mutex::new(items.chunks_mut(share));
    let next = || shares.lock().unwrap_or_else(PoisonError::into_inner).next();
    let gather = || {
        let mut gathered = G::default();
        while let Some(share) = next() {
            for item in share {
                work(item, &mut gathered);
            }
        }
        gathered
    };
    if workers <= 1 {
        return vec![gather()];
    }
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(gather)).collect();
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
