//! Which files a walk gives.

use std::path::Path;

use claudetools_policy::{Code, Refusal};
use globset::{Glob, GlobSet, GlobSetBuilder};
use ignore::Match;
use ignore::overrides::{Override, OverrideBuilder};

use crate::bindings::claudetools::plugin::tree;
use crate::quote::quoted;

/// Globs of one walk, and the bytes of one: a bomb such as `{a,b}{a,b}…` must compile in no time.
const MAX_GLOBS: usize = 256;
const MAX_GLOB: usize = 1024;

/// The largest file where the guest names no size. It has to fit into a guest's memory beside a batch.
const MAX_FILE: u64 = 16 << 20;

/// A walk's filter, compiled.
pub(super) struct Filter {
    globs: Override,
    names: Option<GlobSet>,
    pub(super) ignore_files: bool,
    hidden: bool,
    pub(super) max_file_bytes: u64,
}

/// What the globs say of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Take it, whatever ignore files say.
    Yes,
    /// Leave it out.
    No,
    /// Nothing.
    Nothing,
}

impl Filter {
    pub(super) fn new(filter: tree::Filter) -> Result<Self, Refusal> {
        let all = filter.globs.iter().chain(&filter.names);
        if filter.globs.len() + filter.names.len() > MAX_GLOBS || all.into_iter().any(|glob| glob.len() > MAX_GLOB) {
            let message = format!("A search may have {MAX_GLOBS} globs of {MAX_GLOB} bytes.");
            return Err(Refusal::new(Code::ProtoShape, message));
        }
        let mut globs = OverrideBuilder::new(".");
        for glob in &filter.globs {
            globs.add(glob).map_err(|_| bad(glob))?;
        }
        Ok(Self {
            globs: globs.build().map_err(|_| bad(&filter.globs.join(" ")))?,
            names: names(&filter.names)?,
            ignore_files: filter.ignore_files,
            hidden: filter.hidden,
            max_file_bytes: filter.max_file_bytes.unwrap_or(MAX_FILE),
        })
    }

    /// What the globs say of a path relative to the base.
    pub(super) fn globs(&self, path: &str, directory: bool) -> Said {
        match self.globs.matched(Path::new(path), directory) {
            Match::Whitelist(_) => Said::Yes,
            Match::Ignore(_) => Said::No,
            Match::None => Said::Nothing,
        }
    }

    /// Whether a file's name is one of the wanted ones.
    pub(super) fn names(&self, name: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.is_match(name))
    }

    /// Whether a name is left out for its leading dot.
    pub(super) fn hides(&self, name: &str) -> bool {
        !self.hidden && name.starts_with('.')
    }
}

fn names(globs: &[String]) -> Result<Option<GlobSet>, Refusal> {
    if globs.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(Glob::new(glob).map_err(|_| bad(glob))?);
    }
    set.build().map(Some).map_err(|_| bad(&globs.join(" ")))
}

fn bad(glob: &str) -> Refusal {
    Refusal::new(Code::ProtoShape, format!("{} is not a glob.", quoted(glob)))
}
