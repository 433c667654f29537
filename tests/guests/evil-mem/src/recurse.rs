//! Calls itself without end.

pub fn recurse(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    if frame[0] == 0 { 0 } else { recurse(depth + 1) + frame[1] }
}
