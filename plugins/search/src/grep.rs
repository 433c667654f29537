//! Grep: files by content, batch by batch.

use std::time::{Duration, Instant};

use claudetools_kit::tree::Walk;
use claudetools_kit::{Failure, Output, progress};

use crate::findings::{Findings, Reach};
use crate::query::{self, Input};

/// Bytes asked for at a time: measured, fewer cost calls and more costs memory without gain.
const BATCH: u32 = 1 << 20;
/// Batches between two signs of progress; more often would cost more than it tells.
const PROGRESS: u32 = 16;

/// Searches. Nine tenths of the time allowed it may take: what was found until then is an answer.
pub fn call(input: &Input, budget_ms: u32) -> Result<Output, Failure> {
    let deadline = Instant::now() + Duration::from_millis(u64::from(budget_ms) * 9 / 10);
    let matcher = query::matcher(input)?;
    let mut searcher = query::searcher(input);
    let walk = Walk::open(&query::filter(input)?)?;
    let mut findings = Findings::new(input);
    let mut reach = Reach::default();
    for round in 1.. {
        let batch = walk.next_files(BATCH);
        if batch.files.is_empty() {
            break;
        }
        let mut rest = &batch.data[..];
        for file in &batch.files {
            let size = usize::try_from(file.size)
                .unwrap_or(usize::MAX)
                .min(rest.len());
            let (bytes, after) = rest.split_at(size);
            rest = after;
            findings.search(
                &mut searcher,
                &matcher,
                (&file.path, file.modified_ms),
                bytes,
            )?;
            reach.searched += 1;
            if findings.is_full() {
                return Ok(findings.render(
                    input,
                    Reach {
                        skipped: walk.skipped(),
                        ..reach
                    },
                ));
            }
        }
        if round % PROGRESS == 0 {
            progress::steps(reach.searched, None);
        }
        if Instant::now() > deadline {
            reach.late = true;
            break;
        }
    }
    reach.skipped = walk.skipped();
    Ok(findings.render(input, reach))
}
