//! From paths to the fewest globs.

use std::collections::BTreeMap;

use claudetools_policy::FsGrant;
use globset::GlobBuilder;

use crate::GrantUse;

/// So many paths of one kind are listed one by one; more become a glob.
const EXACT: usize = 3;
/// More patterns than this nobody reads: a wider kind of glob is tried.
const MOST: usize = 8;

/// A glob for some paths.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Glob<'p> {
    /// This path.
    Path(&'p str),
    /// `dir/*.ext`.
    Children(&'p str, Option<&'p str>),
    /// `dir/**/*.ext`.
    Tree(&'p str, Option<&'p str>),
}

impl Glob<'_> {
    /// As it stands in `plugins.toml`.
    pub fn written(&self) -> String {
        let below = |dir: &str, rest: &str| {
            if dir.is_empty() { rest.to_owned() } else { format!("{}/{rest}", globset::escape(dir)) }
        };
        let name =
            |extension: &Option<&str>| extension.map_or("*".to_owned(), |end| format!("*.{}", globset::escape(end)));
        match self {
            Self::Path(path) => globset::escape(path),
            Self::Children(dir, extension) => below(dir, &name(extension)),
            Self::Tree(dir, None) => below(dir, "**"),
            Self::Tree(dir, extension) => below(dir, &format!("**/{}", name(extension))),
        }
    }

    /// Whether every path of this is surely one of a pattern's.
    fn is_within(&self, pattern: &str) -> bool {
        let (dir, extension) = match self {
            Self::Path(_) => return true,
            Self::Children(dir, extension) | Self::Tree(dir, extension) => (dir, extension),
        };
        let (base, end) = match pattern.rsplit_once("**") {
            Some((base, end)) => (base.trim_end_matches('/'), end.trim_start_matches('/')),
            None => return self.written() == pattern,
        };
        let below = base.is_empty() || *dir == base || dir.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'));
        let kind = end.is_empty() || extension.is_some_and(|extension| end == format!("*.{extension}"));
        below && kind && !base.contains(['*', '?', '[', '{', '\\'])
    }
}

/// The patterns of a narrower grant; `None` where the use does not fit the grant, or cannot be said in patterns.
pub(super) fn patterns(grant: &FsGrant, used: &GrantUse) -> Option<Vec<String>> {
    let mut left: Vec<&str> = used.files.keys().map(String::as_str).collect();
    let mut narrow = Vec::new();
    for pattern in &grant.patterns {
        let (here, others): (Vec<&str>, Vec<&str>) = left.into_iter().partition(fitting(pattern));
        left = others;
        let globs = globs(&here);
        let sayable = here.iter().all(|path| !path.is_empty() && !path.contains('\\'));
        if sayable && globs.iter().all(|glob| glob.is_within(pattern)) {
            narrow.extend(globs.iter().map(Glob::written).filter(|glob| !narrow.contains(glob)).collect::<Vec<_>>());
        } else {
            narrow.push(pattern.clone());
        }
    }
    left.is_empty().then_some(narrow)
}

/// Whether a grant's pattern gives a path; `docs/**` gives `docs` itself for listing.
fn fitting(pattern: &str) -> impl Fn(&&str) -> bool {
    let glob = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
    let matcher = glob.ok().map(|glob| glob.compile_matcher());
    let folder = pattern.strip_suffix("/**").map(str::to_owned);
    move |path| matcher.as_ref().is_some_and(|matcher| matcher.is_match(path)) || folder.as_deref() == Some(*path)
}

/// The fewest globs for some paths: few paths one by one, many by directory and extension, more by the first part.
pub(super) fn globs<'p>(paths: &[&'p str]) -> Vec<Glob<'p>> {
    let kinds: [fn(&'p str) -> Glob<'p>; 3] = [
        |path| Glob::Children(dir(path), extension(path)),
        |path| Glob::Tree(top(path), extension(path)),
        |path| Glob::Tree(top(path), None),
    ];
    let tried = kinds.iter().map(|kind| grouped(paths, kind)).find(|globs| globs.len() <= MOST);
    tried.unwrap_or_else(|| vec![Glob::Tree("", None)])
}

fn grouped<'p>(paths: &[&'p str], kind: &fn(&'p str) -> Glob<'p>) -> Vec<Glob<'p>> {
    let mut groups: BTreeMap<Glob<'p>, Vec<&'p str>> = BTreeMap::new();
    for path in paths {
        groups.entry(kind(path)).or_default().push(path);
    }
    let either = |(group, members): (Glob<'p>, Vec<&'p str>)| match members.len() {
        0..=EXACT => members.into_iter().map(Glob::Path).collect(),
        _ => vec![group],
    };
    groups.into_iter().flat_map(either).collect()
}

fn dir(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn top(path: &str) -> &str {
    path.split_once('/').map_or("", |(top, _)| top)
}

/// The extension of the last part; a name that begins with its only dot has none.
fn extension(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').filter(|(stem, end)| !stem.is_empty() && !end.is_empty()).map(|(_, end)| end)
}
