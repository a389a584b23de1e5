//! Work on many items on two threads: sealing and opening are most of the time of a bulk load or a
//! full scan.

use crate::StoreError;

/// Fewer items than this are not worth a thread.
const WORTH_IT: usize = 512;

/// What `work` makes of each item, in their order.
pub(crate) fn by_halves<I: Sync, T: Send>(
    items: &[I],
    work: impl Fn(&I) -> Result<T, StoreError> + Sync,
) -> Result<Vec<T>, StoreError> {
    let all = |items: &[I]| items.iter().map(&work).collect::<Result<Vec<T>, _>>();
    if items.len() < WORTH_IT {
        return all(items);
    }
    let (left, right) = items.split_at(items.len() / 2);
    std::thread::scope(|scope| {
        let right = scope.spawn(|| all(right));
        let mut done = all(left)?;
        done.extend(
            right
                .join()
                .map_err(|_| StoreError::Panicked("sealing or opening".to_owned()))??,
        );
        Ok(done)
    })
}
