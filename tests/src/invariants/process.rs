//! I4 and I7: what a program leaves behind, and what it holds while it runs.

use std::path::{Path, PathBuf};

/// Far above what a bot with a hundred threads at work needs.
const MOST_MEMORY_KIB: u64 = 512 * 1024;
const MOST_FILES: usize = 512;
const MOST_THREADS: usize = 256;

/// What is left of a program that ended: its children, directories of calls, half written files.
pub(super) fn left_over(data: &Path) -> Vec<String> {
    let mut broken: Vec<String> =
        children(data).into_iter().map(|process| format!("I4: a process is left: {process}")).collect();
    // What is too long for an answer is kept below `threads` for its thread.
    let calls = entries(&data.join("scratch")).into_iter().filter(|path| !path.ends_with("threads"));
    let files = entries(data).into_iter().filter(|path| is_half(path)).chain(calls);
    broken.extend(files.map(|path| format!("I4: {} is left", path.display())));
    broken
}

/// Processes with the data directory in their environment or their command line.
fn children(data: &Path) -> Vec<String> {
    let mark = data.to_string_lossy().into_owned();
    let of = |process: PathBuf| {
        let read = |name: &str| std::fs::read(process.join(name)).unwrap_or_default();
        let line = String::from_utf8_lossy(&read("cmdline")).replace('\0', " ");
        let own = process.file_name().is_some_and(|id| *id == *std::process::id().to_string());
        let marked = line.contains(&mark) || String::from_utf8_lossy(&read("environ")).contains(&mark);
        (marked && !own).then_some(line)
    };
    entries(Path::new("/proc")).into_iter().filter_map(of).collect()
}

fn is_half(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(".tmp") || name.ends_with(".tmp") || name.starts_with("scratch-")
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// What of a running program is above its limits, and its numbers.
///
/// # Panics
///
/// Where the process is gone.
pub fn bounded(process: u32) -> (Vec<String>, String) {
    let place = PathBuf::from(format!("/proc/{process}"));
    let status = std::fs::read_to_string(place.join("status")).unwrap_or_else(|error| panic!("{process}: {error}"));
    let number = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
        line.trim().split(' ').next().and_then(|number| number.parse::<u64>().ok()).unwrap_or_default()
    };
    let (memory, threads, files) = (number("VmRSS:"), number("Threads:"), entries(&place.join("fd")).len());
    let rows = [
        (memory > MOST_MEMORY_KIB, format!("I7: {memory} KiB of memory")),
        (files > MOST_FILES, format!("I7: {files} open files")),
        (threads > MOST_THREADS as u64, format!("I7: {threads} threads")),
    ];
    let broken = rows.into_iter().filter_map(|(over, row)| over.then_some(row)).collect();
    (broken, format!("{memory} KiB, {files} files, {threads} threads"))
}
