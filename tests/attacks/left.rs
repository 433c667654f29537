//! What a call must not leave behind: descriptors, scratch directories, processes, memory.

use std::time::{Duration, Instant};

use claudetools_tests::company::Places;

use crate::check::Check;

/// What this process may hold more than before a row: what allocators and pools keep for the next call.
const MEMORY: u64 = 8 << 20;

/// What this process holds.
pub struct Held {
    descriptors: Vec<String>,
    processes: usize,
    memory: u64,
}

/// What is left, and how long it may take until it is not.
struct Left {
    what: String,
    patience: Duration,
}

impl Held {
    /// Counts.
    pub fn now(places: &Places) -> Self {
        Self { descriptors: descriptors(), processes: processes(places), memory: memory() }
    }

    /// From here on no more memory may be held than now.
    pub fn take_memory_of_now(&mut self) {
        self.memory = memory();
    }

    /// Waits until nothing is held that was not held before: what was cancelled takes a moment to end.
    pub async fn check(&self, places: &Places) -> Check {
        let start = Instant::now();
        loop {
            let Err(left) = self.compare(places) else { return Ok(()) };
            if start.elapsed() > left.patience {
                return Err(left.what);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn compare(&self, places: &Places) -> Result<(), Left> {
        let now = Self::now(places);
        let scratch = std::fs::read_dir(places.path("data/scratch")).map(Iterator::count).unwrap_or_default();
        let left = |what, patience| Err(Left { what, patience: Duration::from_secs(patience) });
        if scratch > 0 {
            return left(format!("{scratch} scratch directories are left"), 10);
        }
        if now.descriptors.len() > self.descriptors.len() {
            let (before, after) = (&self.descriptors, now.descriptors);
            return left(format!("descriptors are left\nbefore: {before:?}\nafter: {after:?}"), 10);
        }
        if now.processes > self.processes {
            return left(format!("{} processes are left", now.processes - self.processes), 10);
        }
        if now.memory > self.memory + MEMORY {
            return left(format!("{} KiB of memory are left", (now.memory - self.memory) >> 10), 1);
        }
        Ok(())
    }
}

/// Open file descriptors of this process, by what they lead to. The memory images of compiled plugins stay
/// open by design, and the ledger opens its connections when it needs them.
fn descriptors() -> Vec<String> {
    let open = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let shown = open.map(|entry| std::fs::read_link(entry.path()).unwrap_or_default().to_string_lossy().into_owned());
    let lasting = |target: &String| target.starts_with("/memfd:wasm-memory-image") || target.contains("/ledger.sqlite");
    shown.filter(|target| !lasting(target)).collect()
}

/// Child processes of this one, and processes of a jail: they see a file system that this one does not.
fn processes(places: &Places) -> usize {
    let me = std::process::id().to_string();
    let ours = places.temp.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
    let own = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let read = |entry: &std::fs::DirEntry, name| std::fs::read_to_string(entry.path().join(name)).unwrap_or_default();
    // The parent's id is the second field behind the name, which ends with the last bracket.
    let is_child = |stat: &str| stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)) == Some(me.as_str());
    // The table of a jail names what its places are; the directory's own name is in no other.
    let is_jailed = |mounts: &str| mounts != own && mounts.contains(&ours);
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter(|entry| is_child(&read(entry, "stat")) || is_jailed(&read(entry, "mountinfo"))).count()
}

/// Bytes of memory that belong to this process alone.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kib: Option<u64> = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kib.unwrap_or_else(|| panic!("/proc/self/status does not tell how much memory is in use:\n{status}")) << 10
}
