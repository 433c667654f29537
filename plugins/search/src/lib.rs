//! The plugin `search`: Glob and Grep.
//!
//! The host walks and reads (`tree`), confined and decided file by file; the searching itself, with
//! ripgrep's own crates, happens here, where a pattern from a model can do no harm.
//!
//! - `glob`: files by name, the newest first.
//! - `grep`: files by content: batch by batch through `query` into `findings`.
//! - `query`: what was asked for, as a matcher, a searcher and a filter of files.
//! - `findings`: what was found, in one of the three modes; `answer`: how it is told.
//! - `lines`: matching lines as they are shown.
//! - `page`: rows within an offset, a limit and a size.

#![forbid(unsafe_code)]

use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output};

mod answer;
mod findings;
mod glob;
mod grep;
mod lines;
mod page;
mod query;

struct Search;

impl Guest for Search {
    fn call(invocation: Invocation) -> Result<Output, Failure> {
        match invocation.tool.as_str() {
            "Glob" => glob::call(&kit::input(&invocation)?),
            "Grep" => grep::call(&kit::input(&invocation)?, invocation.budget_ms),
            other => Err(Failure::Internal(format!("the manifest has no tool {other}"))),
        }
    }
}

kit::manifest!("manifest.toml");
kit::export!(Search);
