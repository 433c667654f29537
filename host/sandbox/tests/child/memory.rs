//! What a process could give away: everything that is in its memory.

use std::fs::File;
use std::os::unix::fs::FileExt;

/// The token that only the parent has, backwards: whoever looks for it must not hold it.
const BACKWARDS: &[u8] = b"a3f7-dlihc-eht-ot-nwonk-ton";

/// The token.
pub fn token() -> String {
    BACKWARDS.iter().rev().map(|byte| char::from(*byte)).collect()
}

/// Whether the token is anywhere in the memory of this process, its environment included.
pub fn holds_token() -> std::io::Result<bool> {
    let memory = File::open("/proc/self/mem")?;
    let maps = std::fs::read_to_string("/proc/self/maps")?;
    let regions: Vec<(u64, u64)> = maps.lines().filter_map(readable).collect();
    assert!(regions.len() > 9, "a process has more memory than that");
    let mut found = false;
    for (start, end) in regions {
        found |= region(&memory, start, end);
    }
    Ok(found)
}

/// Where a line of `maps` begins and ends, but for what the kernel shows to everybody.
fn readable(line: &str) -> Option<(u64, u64)> {
    let (range, rest) = line.split_once(' ')?;
    let (start, end) = range.split_once('-')?;
    let hex = |text| u64::from_str_radix(text, 16).ok();
    (rest.starts_with('r') && !line.contains("[v")).then_some((hex(start)?, hex(end)?))
}

fn region(memory: &File, mut at: u64, end: u64) -> bool {
    let mut piece = vec![0; 1 << 20];
    let overlap = BACKWARDS.len() as u64;
    while at < end {
        let most = piece.len().min(usize::try_from(end - at).unwrap_or(piece.len()));
        // What is not backed by anything can't be read, and holds nothing.
        let Ok(read) = memory.read_at(&mut piece[..most], at) else { return false };
        let first = BACKWARDS[BACKWARDS.len() - 1];
        let mut rest = &piece[..read];
        while let Some(next) = rest.iter().position(|byte| *byte == first) {
            rest = &rest[next..];
            if rest.len() >= BACKWARDS.len() && rest.iter().zip(BACKWARDS.iter().rev()).all(|(one, other)| one == other)
            {
                return true;
            }
            rest = &rest[1..];
        }
        if read as u64 <= overlap {
            return false;
        }
        at += read as u64 - overlap;
    }
    false
}
