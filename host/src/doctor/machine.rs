//! What the machine has: disk, open files, processes, its kernel.

use std::path::Path;

use rustix::fs::statvfs;
use rustix::process::{Resource, getrlimit};

use super::{Check, State};

const MIB: u64 = 1 << 20;
/// Below this a day's work may fill the disk; below the second, a turn may.
const LITTLE_DISK: u64 = 1024 * MIB;
const NO_DISK: u64 = 100 * MIB;
/// Files and connections of three hundred threads that stream, and their jails.
const FILES: u64 = 4096;
/// Processes and threads of some jails at once, of 64 each, beside the bot's own.
const PROCESSES: u64 = 1024;

pub(super) fn checks(data_dir: &Path) -> Vec<Check> {
    let mut checks: Vec<Check> = disk(data_dir).into_iter().collect();
    checks.push(limit("open files", getrlimit(Resource::Nofile).current, FILES, "LimitNOFILE"));
    checks.push(limit("processes", processes(), PROCESSES, "TasksMax and LimitNPROC"));
    let kernel = rustix::system::uname().release().to_string_lossy().into_owned();
    checks.push(Check::new("kernel", State::Ok, kernel));
    checks
}

/// The free disk where the data directory is, or is to be.
fn disk(data_dir: &Path) -> Option<Check> {
    let stat = data_dir.ancestors().find_map(|place| statvfs(place).ok())?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    Some(free_disk(free))
}

fn free_disk(free: u64) -> Check {
    let says = format!("{} MiB are free for the data directory", free / MIB);
    match free {
        ..NO_DISK => {
            Check::new("disk", State::Bad, format!("{says}; without space nothing is done that has to be audited"))
        }
        NO_DISK..LITTLE_DISK => Check::new("disk", State::Note, format!("{says}; make some room")),
        _ => Check::new("disk", State::Ok, says),
    }
}

/// The least of what the user, the control group and the kernel allow; `None` where nobody does not.
fn processes() -> Option<u64> {
    let read = |path: &str| std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let group = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let group = group.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or_default().to_owned();
    let limits = [
        getrlimit(Resource::Nproc).current,
        read(&format!("/sys/fs/cgroup{group}/pids.max")),
        read("/proc/sys/kernel/pid_max"),
    ];
    limits.into_iter().flatten().min()
}

/// A limit of this process; `None` is none.
fn limit(name: &str, has: Option<u64>, needs: u64, setting: &str) -> Check {
    match has {
        Some(has) if has < needs => {
            let says = format!("{has} at most, and a busy bot needs {needs}; raise {setting} of its service");
            Check::new(name, State::Note, says)
        }
        Some(has) => Check::new(name, State::Ok, format!("{has} at most")),
        None => Check::new(name, State::Ok, "without a limit"),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn too_little_is_said_with_what_to_do() {
        let checks = [
            free_disk(50 * MIB),
            free_disk(500 * MIB),
            free_disk(5000 * MIB),
            limit("open files", Some(1024), FILES, "LimitNOFILE"),
            limit("open files", Some(65_536), FILES, "LimitNOFILE"),
            limit("processes", None, PROCESSES, "TasksMax"),
        ];
        let said = checks.map(|check| format!("{:?} · {} · {}", check.state, check.name, check.says));
        assert_snapshot!(said.join("\n"), @r"
        Bad · disk · 50 MiB are free for the data directory; without space nothing is done that has to be audited
        Note · disk · 500 MiB are free for the data directory; make some room
        Ok · disk · 5000 MiB are free for the data directory
        Note · open files · 1024 at most, and a busy bot needs 4096; raise LimitNOFILE of its service
        Ok · open files · 65536 at most
        Ok · processes · without a limit
        ");
    }
}
