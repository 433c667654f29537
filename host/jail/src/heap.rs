//! What this process does with memory that it does not need any more.

/// From this size on, in bytes, memory is taken from the system by itself and goes back at once.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 128 << 10;

/// Has memory that is freed go back to the system. Left alone, glibc keeps a heap for almost every thread, each as large as it ever
/// was: a long conversation that is loaded once by each of them stays eight times. To be called before there are threads; with
/// another C library it does nothing.
#[cfg_attr(all(target_os = "linux", target_env = "gnu"), expect(unsafe_code, reason = "a call without a wrapper"))]
pub fn give_back_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (what, value) in [(libc::M_ARENA_MAX, 1), (libc::M_MMAP_THRESHOLD, LARGE), (libc::M_TRIM_THRESHOLD, LARGE)] {
        // SAFETY: it takes two numbers, and refuses those that it does not know.
        let taken = unsafe { libc::mallopt(what, value) };
        debug_assert_eq!(taken, 1, "{what}");
    }
}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod tests {
    use std::sync::{Barrier, Mutex};

    use super::*;

    fn resident() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Each thread loads 16 MB, keeps the last small piece, and frees the rest.
    #[test]
    fn what_one_thread_freed_is_there_for_the_next() {
        give_back_memory();
        let (before, all_are_there, kept) = (resident(), Barrier::new(8), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    all_are_there.wait();
                    let mut kept = kept.lock().unwrap();
                    let loaded: Vec<_> = (0..160).map(|_| vec![1_u8; 100 << 10]).collect();
                    kept.push(vec![1_u8; 1000]);
                    drop(loaded);
                });
            }
        });
        let more = resident().saturating_sub(before);
        assert!(more < 48 << 10, "{more} KiB more, for one that needs 16,000 at a time");
    }
}
