//! Counting the processes of a jail and their memory, from outside.
//!
//! A control group would count for us, but an ordinary user has none to give; this works for everybody in the
//! same way. What grows between two counts is bounded by the kernel's limits.

use std::fs;
use std::io;

/// What a jail uses at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Use {
    /// Processes and their threads, without the first process.
    pub(super) tasks: u32,
    /// Bytes of memory that belong to them: what they share with files on disk does not count.
    pub(super) memory: u64,
}

/// Counts everything that came from the jail's first process, until there are more tasks than `most`: who forks without
/// end takes the time that a longer count would need. All of it hangs below that process: whatever loses its parent
/// becomes its child.
pub(super) fn count(first: i32, most: u32) -> Use {
    let mut found = Use::default();
    let mut waiting = children(first);
    while let Some(process) = waiting.pop() {
        let children = children(process);
        found.tasks = found.tasks.saturating_add(threads(process).max(1));
        found.memory = found.memory.saturating_add(memory(process).unwrap_or_default());
        waiting.extend(children);
        let seen = found.tasks.saturating_add(u32::try_from(waiting.len()).unwrap_or(u32::MAX));
        if seen > most {
            return Use { tasks: seen, ..found };
        }
    }
    found
}

/// Whether this kernel tells the children of a thread.
pub(super) fn works() -> io::Result<()> {
    let own = rustix::thread::gettid().as_raw_nonzero();
    fs::metadata(format!("/proc/self/task/{own}/children")).map(drop)
}

/// The children of every thread of a process; none where it is gone.
fn children(process: i32) -> Vec<i32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return Vec::new() };
    let lists = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<_>>()).collect()
}

fn threads(process: i32) -> u32 {
    let listed = fs::read_dir(format!("/proc/{process}/task"));
    listed.map_or(0, |threads| u32::try_from(threads.count()).unwrap_or(u32::MAX))
}

/// Private and shared memory without a file behind it, in bytes.
fn memory(process: i32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()
    };
    Some((field("RssAnon:")? + field("RssShmem:")?) << 10)
}
