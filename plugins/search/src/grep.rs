//! Grep: files by content, batch by batch.

use std::time::{Duration, Instant};

use claudetools_kit::tree::{Batch, Walk};
use claudetools_kit::{Failure, Output, progress};
use grep_regex::RegexMatcher;
use grep_searcher::Searcher;

use crate::answer::{self, Reach};
use crate::findings::{Candidate, Findings};
use crate::query::{self, Input};

/// Bytes asked for at a time: measured, fewer cost calls and more costs memory without gain.
const BATCH: u32 = 1 << 20;
/// Batches between two signs of progress; more often would cost more than it tells.
const PROGRESS: u32 = 16;

/// Searches. Nine tenths of the time allowed it may take: what was found until then is an answer.
pub fn call(input: &Input, budget_ms: u32) -> Result<Output, Failure> {
    let deadline = Instant::now() + Duration::from_millis(u64::from(budget_ms) * 9 / 10);
    let mut search = Search {
        matcher: query::matcher(input)?,
        searcher: query::searcher(input),
        findings: Findings::new(input),
        reach: Reach::default(),
    };
    let walk = Walk::open(&query::filter(input)?)?;
    search.all(&walk, deadline)?;
    search.reach.skipped = walk.skipped();
    Ok(answer::render(&search.findings.rows(), input.output_mode, search.reach))
}

struct Search {
    matcher: RegexMatcher,
    searcher: Searcher,
    findings: Findings,
    reach: Reach,
}

impl Search {
    /// Searches a walk's files until it ends, nothing more would be shown, or time is up.
    fn all(&mut self, walk: &Walk, deadline: Instant) -> Result<(), Failure> {
        for round in 1.. {
            let batch = walk.next_files(BATCH);
            if batch.files.is_empty() {
                break;
            }
            self.batch(&batch)?;
            if self.findings.is_full() {
                break;
            }
            if round % PROGRESS == 0 {
                progress::steps(self.reach.searched, None);
            }
            if Instant::now() > deadline {
                self.reach.late = true;
                break;
            }
        }
        Ok(())
    }

    fn batch(&mut self, batch: &Batch) -> Result<(), Failure> {
        let mut rest = &batch.data[..];
        for file in &batch.files {
            let size = usize::try_from(file.size).unwrap_or(usize::MAX).min(rest.len());
            let (bytes, after) = rest.split_at(size);
            rest = after;
            let candidate = Candidate { path: &file.path, modified_ms: file.modified_ms, bytes };
            self.findings.search(&mut self.searcher, &self.matcher, &candidate)?;
            self.reach.searched += 1;
            if self.findings.is_full() {
                break;
            }
        }
        Ok(())
    }
}
